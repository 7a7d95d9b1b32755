package assistant

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"

	"threadline/bridge"
)

// maxAnswer bounds an answer's Markdown, in code points.
const maxAnswer = 6000

// renderer turns a model's Markdown into plain text and safe HTML. Safe for
// concurrent use.
type renderer struct {
	markdown                           goldmark.Markdown
	policy                             *bluemonday.Policy
	image, link, auto, strong, em, tag *regexp.Regexp
}

func newRenderer() *renderer {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return &renderer{
		markdown: goldmark.New(), policy: p,
		image:  regexp.MustCompile(`!\[([^\]\n]*)\]\([^)\n]*\)`),
		link:   regexp.MustCompile(`\[([^\]\n]+)\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"\n]*")?\s*\)`),
		auto:   regexp.MustCompile(`<((?:https?|mailto|tel):[^>\s]+)>`),
		strong: regexp.MustCompile(`\*\*|__`),
		em:     regexp.MustCompile(`(^|[\s(])[*_]([^\s*_][^*_\n]*)[*_]($|[\s.,;:!?)])`),
		tag:    regexp.MustCompile(`</?[a-zA-Z][^>\n]*>`),
	}
}

// html is safe for a page.
func (r *renderer) html(md string) string {
	var b bytes.Buffer
	if err := r.markdown.Convert([]byte(md), &b); err != nil {
		return plainHTML(md)
	}
	out := strings.TrimSpace(r.policy.Sanitize(b.String()))
	if out == "" {
		return plainHTML(md)
	}
	return out
}

// plain is a stretch of whole lines or sentences as plain text; the plain text
// of two stretches is that of one after the other.
func (r *renderer) plain(md string) string {
	lines := strings.Split(md, "\n")
	for i, l := range lines {
		if strings.HasPrefix(strings.TrimSpace(l), "```") {
			lines[i] = ""
			continue
		}
		body := strings.TrimLeft(l, " ")
		indent := l[:len(l)-len(body)]
		switch {
		case strings.HasPrefix(body, "#"):
			if h := strings.TrimLeft(body, "#"); strings.HasPrefix(h, " ") {
				body = strings.TrimSpace(h)
			}
		case strings.HasPrefix(body, "* "), strings.HasPrefix(body, "+ "):
			body = "- " + body[2:]
		case strings.HasPrefix(body, "> "):
			body = body[2:]
		}
		lines[i] = indent + body
	}
	s := strings.Join(lines, "\n")
	s = r.image.ReplaceAllString(s, "$1")
	s = r.link.ReplaceAllStringFunc(s, func(m string) string {
		p := r.link.FindStringSubmatch(m)
		if p[1] == p[2] {
			return p[2]
		}
		return p[1] + " (" + p[2] + ")"
	})
	s = r.auto.ReplaceAllString(s, "$1")
	s = r.tag.ReplaceAllString(s, "")
	s = r.strong.ReplaceAllString(s, "")
	s = r.em.ReplaceAllString(s, "$1$2$3")
	return strings.ReplaceAll(s, "`", "")
}

// releaser lets a model's text out sentence by sentence, each once it passed
// the guard.
type releaser struct {
	guard  *guard
	render *renderer
	emit   func(string)
	// idle names sentences to leave out: questions for what is known.
	idle func(sentence string) bool

	md      strings.Builder // what passed
	text    strings.Builder // the same, plain
	pending string          // what is not a whole sentence yet
	space   string          // blanks that end the text so far
}

// write takes the next piece of Markdown.
func (r *releaser) write(piece string) error {
	r.pending += strings.Map(visible, strings.ToValidUTF8(piece, "\ufffd"))
	if utf8.RuneCountInString(r.pending)+utf8.RuneCountInString(r.md.String()) > maxAnswer {
		return &heldBack{reason: "The answer was held back: it was far too long.", trigger: "information_gap"}
	}
	for {
		n := sentenceLength(r.pending)
		if n == 0 {
			return nil
		}
		if err := r.release(r.pending[:n]); err != nil {
			return err
		}
		r.pending = r.pending[n:]
	}
}

// visible drops what a reader cannot see but a pattern stumbles over: control
// and format characters, except line breaks and the joiners that scripts and
// emoji need.
func visible(r rune) rune {
	if r == '\n' || r == '\u200c' || r == '\u200d' {
		return r
	}
	if r == '\t' {
		return ' '
	}
	if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}

// close lets out what is left; whole says that the text was not cut off, or
// else an unfinished sentence is dropped.
func (r *releaser) close(whole bool) error {
	last := r.pending
	r.pending = ""
	if strings.TrimSpace(last) == "" || !whole && r.md.Len() > 0 {
		return nil
	}
	return r.release(last)
}

func (r *releaser) release(md string) error {
	plain := r.render.plain(md)
	if r.idle != nil && r.idle(plain) {
		return nil
	}
	if h := r.guard.check(plain); h != nil {
		return h
	}
	// An address may stand in the Markdown alone.
	if h := r.guard.addresses(md); h != nil {
		return h
	}
	r.md.WriteString(md)
	out := r.space + plain
	kept := strings.TrimRightFunc(out, unicode.IsSpace)
	r.space = out[len(kept):]
	if r.text.Len() == 0 {
		kept = strings.TrimLeftFunc(kept, unicode.IsSpace)
		if kept == "" {
			r.space = ""
		}
	}
	if n := strings.Count(r.space, "\n"); n > 0 {
		r.space = strings.Repeat("\n", min(n, 2))
	}
	if kept != "" {
		r.text.WriteString(kept)
		r.emit(kept)
	}
	return nil
}

// answer is what was let out.
func (r *releaser) answer(move bridge.Move, confidence float64, from []bridge.Source) bridge.Answer {
	return bridge.Answer{
		Move: move, Text: r.text.String(), HTML: r.render.html(strings.TrimSpace(r.md.String())),
		Sources: from, Confidence: confidence,
	}
}

// sentenceLength is the length of the first whole sentence or line of Markdown
// with the blanks after it, 0 if there is none yet. Links, code and emphasis
// are not cut.
func sentenceLength(md string) int {
	square, round, code := 0, 0, false
	for i, c := range md {
		switch c {
		case '`':
			code = !code
		case '[':
			square++
		case ']':
			square = max(0, square-1)
		case '(':
			round++
		case ')':
			round = max(0, round-1)
		case '\n':
			return i + 1
		case '.', '!', '?', '。', '！', '？':
			if square > 0 || round > 0 || code {
				continue
			}
			end := i + utf8.RuneLen(c)
			for end < len(md) && strings.ContainsRune(`*_"'”’)`, rune(md[end])) {
				end++
			}
			if end >= len(md) {
				return 0 // the next piece tells
			}
			if c > 0x7f {
				return end
			}
			next, size := utf8.DecodeRuneInString(md[end:])
			if next == '\n' || !unicode.IsSpace(next) {
				continue
			}
			after := end + size
			for after < len(md) && md[after] == ' ' {
				after++
			}
			if after >= len(md) {
				return 0
			}
			if r, _ := utf8.DecodeRuneInString(md[after:]); unicode.IsLower(r) || abbreviated(md[:i]) {
				continue
			}
			return after
		}
	}
	return 0
}
