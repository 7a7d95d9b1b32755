package trigger

import "strings"

// speller mends slips of key words: one edit from five letters on, two from
// nine, a swap of neighbours being one edit. It knows keys by what is left of
// them when letters are taken away, so that a look-up takes no walk over all.
type speller struct {
	keys  map[string]bool
	less  map[string][]string // a key with a letter missing → the keys
	less2 map[string][]string // long keys with two letters missing
	known map[string]bool     // words that are right as they stand
	chat  map[string]string   // chat spellings
}

func newSpeller() *speller {
	s := &speller{
		keys: map[string]bool{}, less: map[string][]string{}, less2: map[string][]string{},
		known: map[string]bool{}, chat: map[string]string{},
	}
	for _, w := range strings.Fields(words) {
		s.known[w] = true
	}
	for line := range strings.Lines(spellings) {
		if strings.HasPrefix(line, "//") {
			continue
		}
		to, from, _ := strings.Cut(strings.TrimSpace(line), ": ")
		for _, f := range strings.Fields(from) {
			s.chat[f] = to
		}
	}
	return s
}

// longKey is the length from which two edits are forgiven.
const longKey = 9

func (s *speller) learn(key string) {
	if len(key) < 5 || s.keys[key] {
		return
	}
	s.keys[key] = true
	for _, l := range without(key) {
		s.less[l] = append(s.less[l], key)
		if len(key) >= longKey {
			for _, l2 := range without(l) {
				s.less2[l2] = append(s.less2[l2], key)
			}
		}
	}
}

// know keeps a word of the grammar from being taken for a slip.
func (s *speller) know(w string) { s.known[w] = true }

// without lists the word with each one letter taken away.
func without(w string) []string {
	out := make([]string, 0, len(w))
	for i := range len(w) {
		if i > 0 && w[i] == w[i-1] {
			continue
		}
		out = append(out, w[:i]+w[i+1:])
	}
	return out
}

// mend returns the key that w is a slip of, or w.
func (s *speller) mend(w string) string {
	if c, ok := s.chat[w]; ok {
		return c
	}
	if s.known[w] || len(w) < 4 || len(w) > 24 || !ascii(w) {
		return w
	}
	if k := s.nearest(w); k != "" {
		return k
	}
	// A blank is missing: "toagent", "mysubscription".
	for _, glue := range []string{"to", "my", "an", "the", "a", "do", "i"} {
		if rest, ok := strings.CutPrefix(w, glue); ok && len(rest) >= 6 && s.keys[rest] {
			return rest
		}
	}
	return w
}

func (s *speller) nearest(w string) string {
	best := func(keys []string, limit int) string {
		for _, k := range keys {
			if near(w, k, limit) && sameStart(w, k) {
				return k
			}
		}
		return ""
	}
	if k := best(s.less[w], 1); k != "" {
		return k
	}
	shorter := without(w)
	for _, l := range shorter {
		if s.keys[l] && sameStart(w, l) {
			return l
		}
		if k := best(s.less[l], 1); k != "" {
			return k
		}
	}
	if len(w) < longKey-1 {
		return ""
	}
	if k := best(s.less2[w], 2); k != "" {
		return k
	}
	for _, l := range shorter {
		if k := best(s.less2[l], 2); k != "" {
			return k
		}
		for _, l2 := range without(l) {
			if len(l2) >= longKey && s.keys[l2] && sameStart(w, l2) {
				return l2
			}
			if k := best(s.less2[l2], 2); k != "" {
				return k
			}
		}
	}
	return ""
}

// sameStart: the first letter is right, or swapped with its neighbour.
func sameStart(w, key string) bool {
	return w[0] == key[0] || w[0] == key[1] && w[1] == key[0]
}

func ascii(w string) bool {
	for i := range len(w) {
		if w[i] >= 0x80 {
			return false
		}
	}
	return true
}

// near reports whether a and b are at most limit edits apart.
func near(a, b string, limit int) bool {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return false
	}
	var rows [3][32]int
	before, prev, cur := rows[0][:len(b)+1], rows[1][:len(b)+1], rows[2][:len(b)+1]
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)] <= limit
}
