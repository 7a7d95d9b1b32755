package slackapp

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// names says what a person is called in front of a visitor; empty if unknown.
type names func(userID string) string

// publicForm turns what an agent typed, as Slack stores it, into what a
// visitor sees: plain text with links as "label (url)", and safe HTML. Ids of
// people and channels never get through. It takes linear time.
func publicForm(source string, who names) (text, page string) {
	r := reader{who: who}
	var t, h strings.Builder
	for i, part := range strings.Split(source, "```") {
		if i%2 == 1 {
			code := strings.Trim(r.literal(part), "\n")
			if code == "" {
				continue
			}
			newline(&t)
			t.WriteString(code + "\n")
			h.WriteString("<pre><code>" + html.EscapeString(code) + "</code></pre>")
			continue
		}
		pt, ph := r.blocks(part)
		if pt == "" {
			continue
		}
		if i > 0 {
			newline(&t)
		}
		t.WriteString(pt)
		h.WriteString(ph)
	}
	return strings.TrimSpace(t.String()), h.String()
}

func newline(b *strings.Builder) {
	if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") {
		b.WriteByte('\n')
	}
}

// mentions finds what addresses somebody at the desk: people, groups,
// everyone, channels (Slack: formatting text, retrieving messages).
var mentions = regexp.MustCompile(`<(@[^>]+|#[^>]+|!subteam\^[^>]+|!(?:here|channel|everyone)(?:\|[^>]*)?)>`)

func mentionsColleague(source string) bool { return mentions.MatchString(source) }

type reader struct{ who names }

var (
	bulletLine = regexp.MustCompile(`^\s*[•◦▪▫‣]\s+(.*)$`)
	numberLine = regexp.MustCompile(`^\s*(\d{1,4})[.)]\s+(.*)$`)
)

type lineKind int

const (
	proseLine lineKind = iota
	quoteLine
	bulletItem
	numberItem
)

// blocks reads lines outside code fences: quotes, lists and prose.
func (r reader) blocks(s string) (string, string) {
	s = strings.Trim(s, "\n")
	if s == "" {
		return "", ""
	}
	var t, h strings.Builder
	var open lineKind
	first := true
	closeBlock := func() {
		switch open {
		case quoteLine:
			h.WriteString("</blockquote>")
		case bulletItem:
			h.WriteString("</ul>")
		case numberItem:
			h.WriteString("</ol>")
		}
	}
	for line := range strings.SplitSeq(s, "\n") {
		kind, body, number := classify(line)
		pt, ph := r.inline(body, 0)
		same := !first && kind == open
		if !same {
			closeBlock()
			switch kind {
			case quoteLine:
				h.WriteString("<blockquote>")
			case bulletItem:
				h.WriteString("<ul>")
			case numberItem:
				h.WriteString("<ol>")
			}
		}
		if !first {
			t.WriteByte('\n')
		}
		switch kind {
		case quoteLine:
			t.WriteString("> " + pt)
		case bulletItem:
			t.WriteString("• " + pt)
		case numberItem:
			t.WriteString(number + ". " + pt)
		default:
			t.WriteString(pt)
		}
		switch kind {
		case bulletItem, numberItem:
			h.WriteString("<li>" + ph + "</li>")
		default:
			if same {
				h.WriteString("<br>")
			}
			h.WriteString(ph)
		}
		open, first = kind, false
	}
	closeBlock()
	return t.String(), h.String()
}

func classify(line string) (lineKind, string, string) {
	if rest, ok := strings.CutPrefix(line, "&gt;"); ok {
		return quoteLine, strings.TrimPrefix(rest, " "), ""
	}
	if m := bulletLine.FindStringSubmatch(line); m != nil {
		return bulletItem, m[1], ""
	}
	if m := numberLine.FindStringSubmatch(line); m != nil {
		return numberItem, m[2], m[1]
	}
	return proseLine, line, ""
}

// maxNesting bounds emphasis within emphasis; three kinds exist.
const maxNesting = 4

// inline reads one line: tokens, code, emphasis, emoji, entities.
func (r reader) inline(s string, depth int) (string, string) {
	var t, h strings.Builder
	// none remembers marks that have no partner on the rest of the line.
	none := map[byte]bool{}
	last := lastOf(s)
	prev := ' '
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '<' && i < last.bracket:
			end := strings.IndexByte(s[i:], '>')
			pt, ph := r.token(s[i+1 : i+end])
			t.WriteString(pt)
			h.WriteString(ph)
			i += end + 1
			prev = 'x'
			continue
		case c == '`' && i < last.tick:
			if end := strings.IndexByte(s[i+1:], '`'); end > 0 {
				code := r.literal(s[i+1 : i+1+end])
				t.WriteString(code)
				h.WriteString("<code>" + html.EscapeString(code) + "</code>")
				i += end + 2
				prev = 'x'
				continue
			}
		case (c == '*' || c == '_' || c == '~') && !none[c] && depth < maxNesting && opens(s, i, prev):
			if end := closing(s, i, last); end > 0 {
				pt, ph := r.inline(s[i+1:end], depth+1)
				tag := map[byte]string{'*': "strong", '_': "em", '~': "del"}[c]
				t.WriteString(pt)
				h.WriteString("<" + tag + ">" + ph + "</" + tag + ">")
				i = end + 1
				prev = '.'
				continue
			}
			none[c] = true
		case c == ':':
			if sign, n := emojiAt(s[i:]); n > 0 {
				t.WriteString(sign)
				h.WriteString(html.EscapeString(sign))
				i += n
				prev = '.'
				continue
			}
		case c == '&':
			if sign, n := entityAt(s[i:]); n > 0 {
				t.WriteString(sign)
				h.WriteString(html.EscapeString(sign))
				i += n
				prev = '.'
				continue
			}
		}
		ru, n := utf8.DecodeRuneInString(s[i:])
		t.WriteString(s[i : i+n])
		h.WriteString(html.EscapeString(s[i : i+n]))
		prev = ru
		i += n
	}
	return t.String(), h.String()
}

// opens reports whether the mark at i can begin emphasis: after a word's end,
// before a word.
func opens(s string, i int, prev rune) bool {
	if unicode.IsLetter(prev) || unicode.IsDigit(prev) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(s[i+1:])
	return i+1 < len(s) && !unicode.IsSpace(next) && s[i+1] != s[i]
}

// ends is where tokens and code of a text can end at the latest. Who asks it
// first searches no text to its end in vain, once for every mark.
type ends struct{ bracket, tick int }

func lastOf(s string) ends {
	return ends{bracket: strings.LastIndexByte(s, '>'), tick: strings.LastIndexByte(s, '`')}
}

// closing finds the mark that ends the emphasis begun at i, skipping tokens
// and code; 0 if there is none.
func closing(s string, i int, last ends) int {
	for j := i + 1; j < len(s); j++ {
		switch c := s[j]; {
		case c == '<' && j < last.bracket:
			j += strings.IndexByte(s[j:], '>')
		case c == '`' && j < last.tick:
			j += strings.IndexByte(s[j+1:], '`') + 1
		case c == s[i]:
			before, _ := utf8.DecodeLastRuneInString(s[:j])
			after, _ := utf8.DecodeRuneInString(s[j+1:])
			if j > i+1 && !unicode.IsSpace(before) && (j+1 == len(s) || !unicode.IsLetter(after) && !unicode.IsDigit(after)) {
				return j
			}
		}
	}
	return 0
}

// literal is text in code: entities decoded, tokens shown as their words.
func (r reader) literal(s string) string {
	var b strings.Builder
	last := lastOf(s)
	for i := 0; i < len(s); {
		if s[i] == '<' && i < last.bracket {
			end := strings.IndexByte(s[i:], '>')
			pt, _ := r.token(s[i+1 : i+end])
			b.WriteString(pt)
			i += end + 1
			continue
		}
		if sign, n := entityAt(s[i:]); n > 0 {
			b.WriteString(sign)
			i += n
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// entityAt decodes the three entities that Slack writes; each is decoded once.
func entityAt(s string) (string, int) {
	switch {
	case strings.HasPrefix(s, "&amp;"):
		return "&", 5
	case strings.HasPrefix(s, "&lt;"):
		return "<", 4
	case strings.HasPrefix(s, "&gt;"):
		return ">", 4
	}
	return "", 0
}

func decode(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(s)
}

// token reads what stands between < and >.
func (r reader) token(s string) (string, string) {
	body, label, labelled := strings.Cut(s, "|")
	label = decode(label)
	word := func(w string) (string, string) { return w, html.EscapeString(w) }
	switch {
	case strings.HasPrefix(body, "@"):
		if name := r.who(body[1:]); name != "" {
			return word("@" + name)
		}
		if label != "" {
			return word("@" + strings.TrimPrefix(label, "@"))
		}
		return word("a colleague")
	case strings.HasPrefix(body, "#"):
		if label != "" {
			return word("#" + strings.TrimPrefix(label, "#"))
		}
		return word("a channel")
	case strings.HasPrefix(body, "!subteam^"):
		if label != "" {
			return word("@" + strings.TrimPrefix(label, "@"))
		}
		return word("the team")
	case strings.HasPrefix(body, "!date^"):
		return word(label)
	case body == "!here" || body == "!channel" || body == "!everyone":
		return word("@" + body[1:])
	case strings.HasPrefix(body, "!"):
		return word(label)
	}
	return link(decode(body), label, labelled)
}

// link shows an address. Only web, mail and telephone addresses are links.
func link(target, label string, labelled bool) (string, string) {
	scheme, rest, ok := strings.Cut(target, ":")
	scheme = strings.ToLower(scheme)
	if !ok || strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		w := orElse(label, target)
		return w, html.EscapeString(w)
	}
	switch scheme {
	case "http", "https":
		if !strings.HasPrefix(rest, "//") {
			w := orElse(label, target)
			return w, html.EscapeString(w)
		}
		text := target
		if labelled && label != "" && label != target {
			text = label + " (" + target + ")"
		}
		return text, anchor(target, orElse(label, target))
	case "mailto", "tel":
		shown := orElse(label, rest)
		return shown, anchor(scheme+":"+rest, shown)
	default:
		// An address that only colleagues' programs can open.
		return label, html.EscapeString(label)
	}
}

func anchor(target, label string) string {
	return `<a href="` + html.EscapeString(target) + `" target="_blank" rel="noopener noreferrer nofollow">` +
		html.EscapeString(label) + `</a>`
}
