package lead

import (
	"regexp"
	"strings"
)

// Endings of addresses that people write with a slip in the dot before them.
const endings = `(?:com|net|org|edu|info|io|us|ca|uk|de|at|ch|fr|es|it|pt|br|mx|eu|biz)`

var (
	// "ana@mail,com" and "ana @ mail . com"
	commaDot  = regexp.MustCompile(`(?i)(@[\p{L}\p{N}\-]{1,60}),(` + endings + `)\b`)
	spacedAt  = regexp.MustCompile(`(?i)([\p{L}\p{N}._%+\-]{1,64}) ?(?:@|\(at\)|\[at\]) ?([\p{L}\p{N}\-]{1,60}) ?(?:\.|\(dot\)|\[dot\]) ?(` + endings + `)\b`)
	spokenAt  = regexp.MustCompile(`(?i)\b([a-z0-9][a-z0-9._\-]{0,40}(?: dot [a-z0-9_\-]{1,40}){0,3}) at ([a-z0-9\-]{1,40}(?: dot [a-z0-9\-]{1,40}){0,2}) dot (` + endings + `)\b`)
	spokenDot = regexp.MustCompile(`(?i) dot `)
	numberRun = regexp.MustCompile(`(?i)[\p{L}\d]+(?:[ ,\-]{1,2}[\p{L}\d]+)*`)
)

// spoken maps number words to their digit, in the languages that are read.
func spoken() map[string]string {
	m := map[string]string{"double": "x2", "triple": "x3", "treble": "x3"}
	for d, words := range []string{
		"zero oh o nought cero null zéro", "one uno eins un um uma une", "two dos zwei zwo deux due dois", "three tres drei trois tre três",
		"four cuatro vier quatre quattro quatro", "five cinco fünf cinq cinque", "six seis sechs sei meia", "seven siete sieben sept sette sete",
		"eight ocho acht huit otto oito", "nine nueve neun neuf nove",
	} {
		for w := range strings.FieldsSeq(words) {
			m[w] = string(rune('0' + d))
		}
	}
	return m
}

// Written puts e-mail addresses and telephone numbers that are spelt out, or
// parted by a slip, the way they are written: "bob at mail dot com", "bob @
// mail . com", "five five five, oh one four two". The rest stays.
func Written(s string) string {
	if strings.ContainsAny(s, "@[(") {
		s = commaDot.ReplaceAllString(s, "$1.$2")
		s = spacedAt.ReplaceAllString(s, "$1@$2.$3")
	}
	if low := strings.ToLower(s); strings.Contains(low, " dot ") && strings.Contains(low, " at ") {
		s = spokenAt.ReplaceAllStringFunc(s, func(a string) string {
			m := spokenAt.FindStringSubmatch(a)
			return spokenDot.ReplaceAllString(m[1], ".") + "@" + spokenDot.ReplaceAllString(m[2], ".") + "." + m[3]
		})
	}
	return spokenNumbers(s)
}

// Bounds of a telephone number that is spelt out: digits in all, and words that
// are no figures.
const (
	leastSpoken = 7
	mostSpoken  = 15
	leastWords  = 4
)

func spokenNumbers(s string) string {
	figures := spoken()
	return numberRun.ReplaceAllStringFunc(s, func(run string) string {
		type token struct{ from, to int }
		var tokens []token
		for _, m := range wordShape.FindAllStringIndex(run, -1) {
			tokens = append(tokens, token{m[0], m[1]})
		}
		var out strings.Builder
		done := 0
		for i := 0; i < len(tokens); {
			digits, words, times, j := "", 0, 1, i
			for ; j < len(tokens); j++ {
				w := strings.ToLower(run[tokens[j].from:tokens[j].to])
				d, isWord := figures[w]
				switch {
				case isWord && d[0] == 'x':
					times = int(d[1] - '0')
					words++
					continue
				case isWord:
					words++
				case w[0] >= '0' && w[0] <= '9' && strings.Trim(w, "0123456789") == "":
					d = w
				default:
					d = ""
				}
				if d == "" || len(digits)+len(d)*times > mostSpoken {
					break
				}
				digits += strings.Repeat(d, times)
				times = 1
			}
			if words >= leastWords && len(digits) >= leastSpoken {
				out.WriteString(run[done:tokens[i].from])
				out.WriteString(digits)
				done = tokens[j-1].to
				i = j
				continue
			}
			i++
		}
		out.WriteString(run[done:])
		return out.String()
	})
}

var wordShape = regexp.MustCompile(`[\p{L}\d]+`)

// Meant is the address that an e-mail address with a slip in a well-known
// provider's name, or in its ending, was probably meant to be; empty where it
// looks right.
func Meant(email string) string {
	local, domain, ok := strings.Cut(strings.ToLower(email), "@")
	if !ok {
		return ""
	}
	providers := strings.Fields("gmail.com googlemail.com hotmail.com outlook.com yahoo.com icloud.com aol.com live.com msn.com protonmail.com comcast.net verizon.net gmx.de gmx.net web.de orange.fr libero.it hotmail.es hotmail.fr hotmail.it yahoo.es yahoo.fr yahoo.it yahoo.de hotmail.co.uk yahoo.co.uk gmx.at mail.com me.com mac.com live.de ymail.com rocketmail.com sky.com t-online.de")
	for _, p := range providers {
		if domain == p {
			return ""
		}
	}
	for _, p := range providers {
		if len(p) >= 8 && oneSlip(domain, p) {
			return local + "@" + p
		}
	}
	for _, wrong := range []string{".con", ".cmo", ".comm", ".ocm", ".vom", ".xom"} {
		if head, cut := strings.CutSuffix(domain, wrong); cut {
			return local + "@" + head + ".com"
		}
	}
	return ""
}

// oneSlip reports whether two words differ by one letter too many, too few or
// wrong, or by two that have changed places.
func oneSlip(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	x, y := a[i:], b[i:]
	switch {
	case x == y:
		return false
	case len(x) > 0 && x[1:] == y, len(y) > 0 && x == y[1:], len(x) > 0 && len(y) > 0 && x[1:] == y[1:]:
		return true
	}
	return len(x) > 1 && len(y) > 1 && x[0] == y[1] && x[1] == y[0] && x[2:] == y[2:]
}

// Broken is what a message has in the place of an e-mail address that cannot be
// one, such as "jane@mail"; empty if there is none.
func Broken(s string) string {
	for _, w := range strings.FieldsFunc(Written(s), func(c rune) bool { return c == ' ' || c == '\n' || c == ',' || c == ';' }) {
		w = strings.Trim(w, ".!?()<>\"'")
		local, domain, ok := strings.Cut(w, "@")
		if ok && local != "" && domain != "" && len(w) <= 100 && !validEmail(w) && !strings.Contains(w, "/") {
			return w
		}
	}
	return ""
}
