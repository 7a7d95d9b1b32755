package slackapp

import (
	"encoding/json"
	"html"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A composer keeps what was typed as a rich_text block and derives the text
// from it (Slack: rich text block). The block tells a list from lines with
// dots, and a star from bold; the text cannot.

// richBlock is the rich_text block among a message's blocks if it is the only
// one, and nothing if anything about it is unknown to us.
func richBlock(blocks []json.RawMessage) json.RawMessage {
	if len(blocks) != 1 || len(blocks[0]) > 256<<10 {
		return nil
	}
	var b struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(blocks[0], &b) != nil || b.Type != "rich_text" {
		return nil
	}
	return blocks[0]
}

type richNode struct {
	Type     string     `json:"type"`
	Elements []richNode `json:"elements"`

	// Of lists: bullet or ordered, how deep, and how many numbers are skipped.
	Style  json.RawMessage `json:"style"`
	Indent int             `json:"indent"`
	Offset int             `json:"offset"`

	// Of what stands in a line.
	Text      string `json:"text"`
	URL       string `json:"url"`
	Name      string `json:"name"`
	Unicode   string `json:"unicode"`
	SkinTone  int    `json:"skin_tone"`
	User      string `json:"user_id"`
	Group     string `json:"usergroup_id"`
	Channel   string `json:"channel_id"`
	Range     string `json:"range"`
	Value     string `json:"value"`
	Timestamp int64  `json:"timestamp"`
	Fallback  string `json:"fallback"`
}

type richStyle struct {
	Bold   bool `json:"bold"`
	Italic bool `json:"italic"`
	Strike bool `json:"strike"`
	Code   bool `json:"code"`
}

const (
	maxRichDepth = 6
	maxIndent    = 8
)

// marked finds what only the text tells: fences, quotes and lists that were
// typed, not composed.
var marked = regexp.MustCompile("(?m)```|^&gt;|^\\s*[•◦▪▫‣]\\s|^\\s*\\d{1,4}[.)]\\s")

// labels finds names that Slack wrote beside ids.
var labels = regexp.MustCompile(`<([#@!][^|>]+)\|([^>]+)>`)

// richForm is the visitor's form of a message: from its rich text where that
// says more than its text. It reports false where only the text will do.
func richForm(raw json.RawMessage, text string, who names) (plain, page string, ok bool) {
	var root richNode
	if len(raw) == 0 || json.Unmarshal(raw, &root) != nil {
		return "", "", false
	}
	composed := false
	for _, e := range root.Elements {
		switch e.Type {
		case "rich_text_section":
		case "rich_text_list", "rich_text_quote", "rich_text_preformatted":
			composed = true
		default:
			return "", "", false
		}
	}
	if !composed && marked.MatchString(text) {
		return "", "", false
	}
	w := richWriter{reader: reader{who: who}, labels: map[string]string{}}
	for _, m := range labels.FindAllStringSubmatch(text, -1) {
		w.labels[m[1]] = decode(m[2])
	}
	for i := 0; i < len(root.Elements); i++ {
		e := root.Elements[i]
		if e.Type != "rich_text_list" {
			if !w.block(e) {
				return "", "", false
			}
			continue
		}
		n := 1
		for i+n < len(root.Elements) && root.Elements[i+n].Type == "rich_text_list" && nests(root.Elements[i:i+n+1]) {
			n++
		}
		if !w.lists(root.Elements[i : i+n]) {
			return "", "", false
		}
		i += n - 1
	}
	return strings.TrimSpace(w.text.String()), w.page.String(), true
}

// nests reports whether the last of some lists belongs to the first: it is
// deeper, or goes on at a depth that is open.
func nests(lists []richNode) bool {
	first, last := lists[0], lists[len(lists)-1]
	return last.Indent > first.Indent || last.Indent == first.Indent && listTag(last) == listTag(first) && len(lists) > 2
}

func listTag(e richNode) string {
	if strings.Trim(string(e.Style), `"`) == "ordered" {
		return "ol"
	}
	return "ul"
}

type richWriter struct {
	reader
	labels     map[string]string
	text, page strings.Builder
}

func (w *richWriter) block(e richNode) bool {
	switch e.Type {
	case "rich_text_preformatted":
		plain, ok := w.raw(e.Elements)
		if !ok {
			return false
		}
		if plain = strings.Trim(plain, "\n"); plain == "" {
			return true
		}
		newline(&w.text)
		w.text.WriteString(plain + "\n")
		w.page.WriteString("<pre><code>" + html.EscapeString(plain) + "</code></pre>")
		return true
	case "rich_text_quote":
		plain, page, ok := w.line(e.Elements)
		newline(&w.text)
		w.text.WriteString("> " + strings.ReplaceAll(plain, "\n", "\n> ") + "\n")
		w.page.WriteString("<blockquote>" + page + "</blockquote>")
		return ok
	}
	plain, page, ok := w.line(e.Elements)
	if plain = strings.TrimSuffix(plain, "\n"); w.text.Len() > 0 {
		newline(&w.text)
		plain = strings.TrimPrefix(plain, "\n")
		page = strings.TrimPrefix(page, "<br>")
	}
	w.text.WriteString(plain)
	w.page.WriteString(strings.TrimSuffix(page, "<br>"))
	return ok
}

// lists writes a list with those that hang below its items.
func (w *richWriter) lists(all []richNode) bool {
	newline(&w.text)
	var open []string // the tags of the lists that are open, one a depth
	base := all[0].Indent
	for _, l := range all {
		depth := min(max(l.Indent-base, 0), maxIndent)
		for len(open) > depth+1 {
			w.page.WriteString("</li></" + open[len(open)-1] + ">")
			open = open[:len(open)-1]
		}
		if len(open) == depth+1 && open[depth] != listTag(l) {
			w.page.WriteString("</li></" + open[depth] + ">")
			open = open[:depth]
		}
		for i, item := range l.Elements {
			plain, page, ok := w.line(item.Elements)
			if !ok {
				return false
			}
			mark := "• "
			if listTag(l) == "ol" {
				mark = strconv.Itoa(max(l.Offset, 0)+i+1) + ". "
			}
			w.text.WriteString(strings.Repeat("  ", depth) + mark + strings.ReplaceAll(plain, "\n", "\n"+strings.Repeat("  ", depth+1)) + "\n")
			if len(open) == depth+1 {
				w.page.WriteString("</li><li>" + page)
				continue
			}
			for len(open) <= depth {
				w.page.WriteString("<" + listTag(l) + "><li>")
				open = append(open, listTag(l))
			}
			w.page.WriteString(page)
		}
	}
	for len(open) > 0 {
		w.page.WriteString("</li></" + open[len(open)-1] + ">")
		open = open[:len(open)-1]
	}
	return true
}

// raw is the text of what stands in a code block.
func (w *richWriter) raw(elements []richNode) (string, bool) {
	var b strings.Builder
	for _, e := range elements {
		plain, _, ok := w.piece(e)
		if !ok {
			return "", false
		}
		if e.Type == "link" {
			plain = orElse(e.Text, e.URL)
		}
		b.WriteString(plain)
	}
	return b.String(), true
}

func (w *richWriter) line(elements []richNode) (plain, page string, ok bool) {
	var t, h strings.Builder
	for _, e := range elements {
		p, g, ok := w.piece(e)
		if !ok {
			return "", "", false
		}
		t.WriteString(p)
		h.WriteString(g)
	}
	return t.String(), h.String(), true
}

// piece is one element of a line in plain text and as safe HTML.
func (w *richWriter) piece(e richNode) (plain, page string, ok bool) {
	word := func(s string) (string, string) { return s, strings.ReplaceAll(html.EscapeString(s), "\n", "<br>") }
	switch e.Type {
	case "text":
		plain, page = word(e.Text)
	case "link":
		plain, page = link(e.URL, e.Text, e.Text != "")
	case "emoji":
		plain, page = word(e.emoji())
	case "user":
		plain, page = w.token("@" + e.User + w.label("@"+e.User))
	case "channel":
		plain, page = w.token("#" + e.Channel + w.label("#"+e.Channel))
	case "usergroup":
		plain, page = w.token("!subteam^" + e.Group + w.label("!subteam^"+e.Group))
	case "broadcast":
		plain, page = word("@" + e.Range)
	case "date":
		plain, page = word(orElse(e.Fallback, time.Unix(e.Timestamp, 0).UTC().Format("2 Jan 2006 15:04 UTC")))
	case "color":
		plain, page = word(e.Value)
	default:
		return "", "", false
	}
	return plain, dress(page, e.Style), true
}

// label is a name for an id that stands in the text, in the form of a token's.
func (w *richWriter) label(id string) string {
	if s := w.labels[id]; s != "" {
		return "|" + escape(s)
	}
	return ""
}

func dress(page string, style json.RawMessage) string {
	var s richStyle
	if len(style) == 0 || page == "" || json.Unmarshal(style, &s) != nil {
		return page
	}
	for _, d := range []struct {
		on  bool
		tag string
	}{{s.Code, "code"}, {s.Strike, "del"}, {s.Italic, "em"}, {s.Bold, "strong"}} {
		if d.on {
			page = "<" + d.tag + ">" + page + "</" + d.tag + ">"
		}
	}
	return page
}

// emoji is the sign for it, or the workspace's own name between colons.
func (e richNode) emoji() string {
	name, tone, toned := strings.Cut(e.Name, "::")
	if s := emojiNamed(name); s.text != "" {
		if !toned && e.SkinTone >= 2 && e.SkinTone <= 6 {
			tone = "skin-tone-" + strconv.Itoa(e.SkinTone)
		}
		return s.withTone(skinTone(tone))
	}
	var sign strings.Builder
	for code := range strings.SplitSeq(e.Unicode, "-") {
		n, err := strconv.ParseUint(code, 16, 21)
		if err != nil || n < 0x20 || n > 0x10FFFF {
			return ":" + e.Name + ":"
		}
		sign.WriteRune(rune(n))
	}
	return sign.String()
}

// mentionsInRich reports whether rich text addresses somebody at the desk.
func mentionsInRich(raw json.RawMessage) bool {
	var root richNode
	if len(raw) == 0 || json.Unmarshal(raw, &root) != nil {
		return false
	}
	return root.mentions(0)
}

func (e richNode) mentions(depth int) bool {
	switch e.Type {
	case "user", "usergroup", "channel", "broadcast":
		return true
	}
	if depth > maxRichDepth {
		return false
	}
	for _, x := range e.Elements {
		if x.mentions(depth + 1) {
			return true
		}
	}
	return false
}
