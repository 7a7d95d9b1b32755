package trigger

import (
	"strings"
	"unicode"
)

// word is a normalised word: lower case, no accents, no apostrophes, letters
// drawn out three times or more written once.
type word struct {
	s                string
	clause, sentence int
	from             int // index into text.source
}

type text struct {
	source []rune
	words  []word
	// letters and upper count letters as typed; bangs counts exclamation marks.
	letters, upper, bangs int
	question              bool
}

// read splits a text into normalised words. Sentences end at . ! ? and line
// breaks, clauses also at commas, semicolons, dashes between blanks and "but".
func read(s string) text {
	src := []rune(strings.ToValidUTF8(s, " "))
	if len(src) > maxRunes {
		src = src[:maxRunes]
	}
	t := text{source: src}
	clause, sentence := 0, 0
	var b []rune
	from := 0
	flush := func() {
		if len(b) == 0 {
			return
		}
		w := canonical(squeeze(b))
		if w == "but" || w == "however" {
			clause++
		}
		t.words = append(t.words, word{s: w, clause: clause, sentence: sentence, from: from})
		b = b[:0]
	}
	for i, r := range src {
		switch {
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) || r == '\'' || r == '’' || r == 'ʼ' || r == '`':
			continue // invisible, an accent of its own, or an apostrophe
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if unicode.IsLetter(r) {
				t.letters++
				if unicode.IsUpper(r) {
					t.upper++
				}
			}
			if len(b) == 0 {
				from = i
			}
			b = append(b, plain(r)...)
			continue
		}
		flush()
		switch r {
		case '.', '\n', '。', '…':
			clause++
			sentence++
		case '!', '！':
			t.bangs++
			clause++
			sentence++
		case '?', '？':
			t.question = true
			clause++
			sentence++
		case ',', ';', ':', '(', ')', '—', '–':
			clause++
		}
	}
	flush()
	return t
}

// plain folds a letter to lower-case ASCII where it has one.
func plain(r rune) []rune {
	if r >= 0xFF01 && r <= 0xFF5E { // full-width forms
		r -= 0xFEE0
	}
	r = unicode.ToLower(r)
	if r < 0x80 {
		return []rune{r}
	}
	for _, g := range []struct {
		base rune
		of   string
	}{
		{'a', "àáâãäåāăąа"}, {'c', "çćĉċčс"}, {'d', "ďđ"}, {'e', "èéêëēĕėęěе"},
		{'g', "ĝğġģ"}, {'h', "ĥħ"}, {'i', "ìíîïĩīĭįıі"}, {'k', "ķ"}, {'l', "ĺļľł"},
		{'n', "ñńņňŋ"}, {'o', "òóôõöøōŏőо"}, {'p', "р"}, {'r', "ŕŗř"}, {'s', "śŝşšѕ"},
		{'t', "ţťŧ"}, {'u', "ùúûüũūŭůűų"}, {'w', "ŵ"}, {'y', "ýÿŷу"}, {'z', "źżž"}, {'x', "х"},
	} {
		if strings.ContainsRune(g.of, r) {
			return []rune{g.base}
		}
	}
	switch r {
	case 'ß':
		return []rune("ss")
	case 'æ':
		return []rune("ae")
	case 'œ':
		return []rune("oe")
	}
	return []rune{r}
}

// squeeze writes a letter once that is drawn out three times or more.
func squeeze(b []rune) string {
	out := make([]rune, 0, len(b))
	for i := 0; i < len(b); {
		j := i
		for j < len(b) && b[j] == b[i] {
			j++
		}
		n := j - i
		if n >= 3 && !unicode.IsDigit(b[i]) {
			n = 1
		}
		out = append(out, b[i:i+n]...)
		i = j
	}
	return string(out)
}

// canonical maps chat spellings and slips of known words to the word.
func canonical(w string) string {
	switch w {
	case "u", "ya", "yu":
		return "you"
	case "ur", "yr":
		return "your"
	case "pls", "plz", "plss", "plse", "pleas":
		return "please"
	case "wanna":
		return "want"
	case "gimme":
		return "give"
	case "lemme":
		return "let"
	case "tlk", "tak", "tlak", "takl", "tallk", "talkk":
		return "talk"
	case "caht", "chta", "cht":
		return "chat"
	case "spk", "speek", "spek", "speack":
		return "speak"
	case "sum1", "som1", "some1", "smone", "sm1":
		return "someone"
	case "smbdy", "somebody", "sombody", "sumbody":
		return "someone"
	case "anybody", "any1":
		return "anyone"
	case "persn", "preson", "perosn", "peson":
		return "person"
	case "hooman", "huamn", "hmuan", "humen", "humn":
		return "human"
	case "agnt":
		return "agent"
	case "mgr", "manger":
		return "manager"
	}
	return nearest(w)
}

// nearest maps a slip of a key word to it: one edit from five letters on, two
// from nine; a swap of neighbours is one edit, and the first letter must be
// right.
func nearest(w string) string {
	if len(w) < 4 || len(w) > 20 {
		return w
	}
	switch w {
	// Words of their own beside a key word.
	case "manage", "managed", "manages", "persona", "speck", "spear", "speaks",
		"agency", "operate", "operated", "operates", "humane", "humid", "services",
		"serviced", "supports", "connects", "connected", "refined", "refuse":
		return w
	}
	for _, key := range []string{
		"human", "person", "agent", "people", "someone", "operator", "manager", "speak",
		"supervisor", "representative", "customer", "service", "support", "transfer",
		"connect", "refund", "lawyer", "attorney", "cancel", "subscription",
		"emergency", "carbon", "monoxide", "flooding",
	} {
		if w == key {
			return w
		}
		if w[0] != key[0] || w == key+"s" {
			continue
		}
		d := 1
		if len(key) >= 9 {
			d = 2
		}
		if near(w, key, d) {
			return key
		}
	}
	return w
}

// near reports whether a and b are at most limit edits apart.
func near(a, b string, limit int) bool {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return false
	}
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
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

// at returns the word at i, empty outside the text.
func (t text) at(i int) string {
	if i < 0 || i >= len(t.words) {
		return ""
	}
	return t.words[i].s
}

// clauseEnd reports whether the clause ends before word i.
func (t text) clauseEnd(i int) bool {
	return i >= len(t.words) || i > 0 && t.words[i].clause != t.words[i-1].clause
}

// reach bounds how far from a word its sentence is read, so that a text without
// a full stop still takes linear time.
const reach = 60

// sentence returns the bounds of the sentence around word i, at most reach
// words either way.
func (t text) sentence(i int) (from, to int) {
	from, to = i, i+1
	for from > 0 && i-from < reach && t.words[from-1].sentence == t.words[i].sentence {
		from--
	}
	for to < len(t.words) && to-i < reach && t.words[to].sentence == t.words[i].sentence {
		to++
	}
	return from, to
}

// pattern is a phrase: words split by blanks, alternatives by |, a trailing *
// for any ending, and ".." for up to three words of anything.
type pattern [][]string

func compile(s string) pattern {
	var p pattern
	for _, f := range strings.Fields(s) {
		p = append(p, strings.Split(f, "|"))
	}
	return p
}

func fits(alternatives []string, w string) bool {
	for _, a := range alternatives {
		if stem, ok := strings.CutSuffix(a, "*"); ok && strings.HasPrefix(w, stem) || a == w {
			return true
		}
	}
	return false
}

// match reports whether the pattern begins at word i, within one sentence.
func (t text) match(p pattern, i int) bool {
	if len(p) == 0 {
		return true
	}
	if i >= len(t.words) {
		return false
	}
	if p[0][0] == ".." {
		for skip := 0; skip <= 3 && i+skip < len(t.words); skip++ {
			if t.words[i+skip].sentence != t.words[i].sentence {
				break
			}
			if t.match(p[1:], i+skip) {
				return true
			}
		}
		return false
	}
	if !fits(p[0], t.words[i].s) {
		return false
	}
	if len(p) > 1 && (i+1 >= len(t.words) || t.words[i+1].sentence != t.words[i].sentence) {
		return false
	}
	return t.match(p[1:], i+1)
}

// find returns where any of the phrases first begins in [from, to), or -1.
func (t text) find(from, to int, phrases ...string) int {
	ps := make([]pattern, len(phrases))
	for i, s := range phrases {
		ps[i] = compile(s)
	}
	for i := max(from, 0); i < min(to, len(t.words)); i++ {
		for _, p := range ps {
			if t.match(p, i) {
				return i
			}
		}
	}
	return -1
}
