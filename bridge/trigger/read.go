package trigger

import (
	"strings"
	"unicode"
)

// word is a normalised word: lower case, no accents, no apostrophes, letters
// drawn out three times or more written once, slips of known words mended.
type word struct {
	s                string
	clause, sentence int
	from             int // index into text.source
	entry            *entry
}

type text struct {
	source []rune
	words  []word
	// letters and upper count letters as typed; bangs and asks count
	// exclamation and question marks.
	letters, upper, bangs, asks int
	*matches
}

// number and telephone stand for digits in patterns; the rest for
// pictures that say so.
const (
	number    = "#n"
	telephone = "#phone"
	nod       = "#yes"
	shake     = "#no"
	cross     = "#cross"
)

// face is the word that a picture stands for, empty for most.
func face(r rune) string {
	switch r {
	case '👍', '👌', '✅', '🆗', '✔', '☑':
		return nod
	case '👎', '❌', '🚫', '🙅', '✖':
		return shake
	case '😡', '😠', '🤬', '👿', '😤', '🖕':
		return cross
	}
	return ""
}

// read splits a text into normalised words and matches the grammar. Sentences
// end at . ! ? and line breaks, clauses also at commas, semicolons, dashes and
// "but".
func (g *grammar) read(s string) *text {
	t := scan(s)
	t.spelledOut()
	t.telephones()
	known := map[string]word{}
	for i := range t.words {
		w := &t.words[i]
		if k, ok := known[w.s]; ok {
			w.s, w.entry = k.s, k.entry
			continue
		}
		typed := w.s
		if isNumber(w.s) {
			w.entry = g.look(number)
			if len(w.s) >= 7 && len(w.s) <= 15 {
				w.entry = g.look(telephone)
			}
		} else {
			w.s = g.slips.mend(w.s)
			w.entry = g.look(w.s)
		}
		known[typed] = *w
	}
	t.matches = g.run(t, g.groups["mask"])
	for _, h := range t.hits[g.groups["mask"]] {
		for i := h.from; i < h.to; i++ {
			t.words[i].entry = g.nothing
		}
	}
	t.matches = g.run(t, -1)
	return t
}

func isNumber(w string) bool {
	return w != "" && w[0] >= '0' && w[0] <= '9' && strings.Trim(w, "0123456789") == ""
}

// scan splits a text into words as typed, folded to plain letters.
func scan(s string) *text {
	src := []rune(strings.ToValidUTF8(s, " "))
	if len(src) > maxRunes {
		src = src[:maxRunes]
	}
	t := &text{source: src}
	clause, sentence := 0, 0
	var b []rune
	from := 0
	flush := func() {
		if len(b) == 0 {
			return
		}
		w := squeeze(b)
		if w == "but" || w == "however" || w == "pero" || w == "aber" || w == "mais" || w == "lekin" {
			clause++
		}
		t.words = append(t.words, word{s: w, clause: clause, sentence: sentence, from: from})
		b = b[:0]
	}
	digit := func(i int) bool { return i >= 0 && i < len(src) && unicode.IsDigit(src[i]) }
	for i, r := range src {
		switch {
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) || r == '\'' || r == '’' || r == 'ʼ' || r == '`' || r == '´':
			continue // invisible, an accent of its own, or an apostrophe
		case unicode.IsLetter(r) || unicode.IsDigit(r) || (r == '*' || r == '@' || r == '$') && len(b) > 0 && i+1 < len(src) && (unicode.IsLetter(src[i+1]) || src[i+1] == r):
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
		case (r == '.' || r == ',' || r == ':') && digit(i-1) && digit(i+1):
			continue // within a number
		}
		flush()
		if w := face(r); w != "" {
			clause++
			t.words = append(t.words, word{s: w, clause: clause, sentence: sentence, from: i})
			clause++
		}
		switch r {
		case '$', '€', '£', '₹':
			t.words = append(t.words, word{s: "#money", clause: clause, sentence: sentence, from: i})
		case '.', '\n', '。', '…':
			clause++
			sentence++
		case '!', '！':
			t.bangs++
			clause++
			sentence++
		case '?', '？':
			if i == 0 || src[i-1] != r {
				t.asks++
			}
			clause++
			sentence++
		case ',', ';', ':', '(', ')', '—', '–', '/':
			clause++
		}
	}
	flush()
	return t
}

// spelledOut joins letters that stand alone, four or more in a row: "b o r i n g".
func (t *text) spelledOut() {
	out := t.words[:0]
	for i := 0; i < len(t.words); {
		j := i
		for j < len(t.words) && len(t.words[j].s) == 1 && !isNumber(t.words[j].s) && t.words[j].sentence == t.words[i].sentence {
			j++
		}
		if j-i < 4 {
			out = append(out, t.words[i])
			i++
			continue
		}
		var b []rune
		for _, w := range t.words[i:j] {
			b = append(b, rune(w.s[0]))
		}
		w := t.words[i]
		w.s = squeeze(b)
		out = append(out, w)
		i = j
	}
	t.words = out
}

// telephones joins groups of digits that stand side by side into one number.
func (t *text) telephones() {
	out := t.words[:0]
	for i := 0; i < len(t.words); {
		w := t.words[i]
		j, all := i+1, w.s
		if isNumber(w.s) {
			for j < len(t.words) && isNumber(t.words[j].s) && t.beside(j) && len(all)+len(t.words[j].s) <= 15 {
				all += t.words[j].s
				j++
			}
		}
		if j > i+1 && len(all) >= 7 {
			w.s = all
			out = append(out, w)
			i = j
			continue
		}
		out = append(out, w)
		i++
	}
	t.words = out
}

// beside reports whether only the signs of a telephone number part word i from
// the digits before it.
func (t *text) beside(i int) bool {
	n := 0
	for k := t.words[i].from - 1; k >= 0 && !unicode.IsDigit(t.source[k]); k-- {
		if n++; n > 2 || !strings.ContainsRune(" -.()/+\u00a0", t.source[k]) {
			return false
		}
	}
	return n > 0
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
	switch r {
	case 'à', 'á', 'â', 'ã', 'ä', 'å', 'ā', 'ă', 'ą', 'а':
		return []rune{'a'}
	case 'ç', 'ć', 'ĉ', 'ċ', 'č', 'с':
		return []rune{'c'}
	case 'ď', 'đ':
		return []rune{'d'}
	case 'è', 'é', 'ê', 'ë', 'ē', 'ĕ', 'ė', 'ę', 'ě', 'е':
		return []rune{'e'}
	case 'ĝ', 'ğ', 'ġ', 'ģ':
		return []rune{'g'}
	case 'ĥ', 'ħ':
		return []rune{'h'}
	case 'ì', 'í', 'î', 'ï', 'ĩ', 'ī', 'ĭ', 'į', 'ı', 'і':
		return []rune{'i'}
	case 'ķ':
		return []rune{'k'}
	case 'ĺ', 'ļ', 'ľ', 'ł':
		return []rune{'l'}
	case 'ñ', 'ń', 'ņ', 'ň', 'ŋ':
		return []rune{'n'}
	case 'ò', 'ó', 'ô', 'õ', 'ö', 'ø', 'ō', 'ŏ', 'ő', 'о':
		return []rune{'o'}
	case 'р':
		return []rune{'p'}
	case 'ŕ', 'ŗ', 'ř':
		return []rune{'r'}
	case 'ś', 'ŝ', 'ş', 'š', 'ѕ':
		return []rune{'s'}
	case 'ţ', 'ť', 'ŧ':
		return []rune{'t'}
	case 'ù', 'ú', 'û', 'ü', 'ũ', 'ū', 'ŭ', 'ů', 'ű', 'ų':
		return []rune{'u'}
	case 'ŵ':
		return []rune{'w'}
	case 'ý', 'ÿ', 'ŷ', 'у':
		return []rune{'y'}
	case 'ź', 'ż', 'ž':
		return []rune{'z'}
	case 'х':
		return []rune{'x'}
	case 'ß':
		return []rune("ss")
	case 'æ':
		return []rune("ae")
	case 'œ':
		return []rune("oe")
	}
	return []rune{r}
}

// squeeze writes a letter once that is drawn out three times or more within a
// word, so that "sooo" is read and "BBB" stays.
func squeeze(b []rune) string {
	out := make([]rune, 0, len(b))
	for i := 0; i < len(b); {
		j := i
		for j < len(b) && b[j] == b[i] {
			j++
		}
		n := j - i
		if n >= 3 && n < len(b) && !unicode.IsDigit(b[i]) {
			n = 1
		}
		out = append(out, b[i:i+n]...)
		i = j
	}
	return string(out)
}

// at returns the word at i, empty outside the text.
func (t *text) at(i int) string {
	if i < 0 || i >= len(t.words) {
		return ""
	}
	return t.words[i].s
}

// clauseEnd reports whether the clause ends before word i.
func (t *text) clauseEnd(i int) bool {
	return i >= len(t.words) || i > 0 && t.words[i].clause != t.words[i-1].clause
}

// reach bounds how far from a word its sentence is read, so that a text without
// a full stop still takes linear time.
const reach = 60

// sentence returns the bounds of the sentence around word i, at most reach
// words either way.
func (t *text) sentence(i int) (from, to int) {
	from, to = i, i+1
	for from > 0 && i-from < reach && t.words[from-1].sentence == t.words[i].sentence {
		from--
	}
	for to < len(t.words) && to-i < reach && t.words[to].sentence == t.words[i].sentence {
		to++
	}
	return from, to
}

// clauseStart returns where the clause of word i begins, at most reach back.
func (t *text) clauseStart(i int) int {
	for n := 0; n < reach && i > 0 && t.words[i-1].clause == t.words[i].clause; n++ {
		i--
	}
	return i
}

// found returns the hits of a group.
func (t *text) found(group string) []hit {
	i, ok := engine().groups[group]
	if !ok {
		panic("trigger: no group " + group)
	}
	return t.hits[i]
}

// within reports whether a hit of the group begins in words from..to-1.
func (t *text) within(group string, from, to int) bool {
	for _, h := range t.found(group) {
		if h.from >= from && h.from < to {
			return true
		}
	}
	return false
}

// any reports whether the group was hit at all.
func (t *text) any(group string) bool { return len(t.found(group)) > 0 }

func fits(alternatives []string, w string) bool {
	for _, a := range alternatives {
		if a == w {
			return true
		}
	}
	return false
}
