package bridge

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

var webAddress = regexp.MustCompile(`https?://[^\s<>"'` + "`" + `]+`)

// PlainHTML makes plain text safe for a page: escaped, line breaks kept, and
// web addresses turned into links. Nothing in the text can become markup.
func PlainHTML(text string) string {
	var b strings.Builder
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if i > 0 {
			b.WriteString("<br>")
		}
		at := 0
		for _, m := range webAddress.FindAllStringIndex(line, -1) {
			url := strings.TrimRight(line[m[0]:m[1]], ".,;:!?)")
			b.WriteString(html.EscapeString(line[at:m[0]]))
			safe := html.EscapeString(url)
			b.WriteString(`<a href="` + safe + `" target="_blank" rel="noopener noreferrer nofollow">` + safe + `</a>`)
			at = m[0] + len(url)
		}
		b.WriteString(html.EscapeString(line[at:]))
	}
	return b.String()
}

// CleanText is a text as every database can keep it: whole UTF-8, and U+FFFD
// in the place of NUL and of what is no character.
func CleanText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// Extract writes a handoff's summary without a model, in the visitor's own
// words: the issue is their longest line of substance in this stretch, the open
// question their last one that nobody answered from the knowledge, and tried
// what the assistant said.
func Extract(said []Message) Summary {
	var s Summary
	longest, open := 0, ""
	for _, m := range said {
		if m.Deleted {
			continue
		}
		switch m.Author.Kind {
		case ByVisitor:
			if n := utf8.RuneCountInString(m.Text); n >= longest || longest < 20 {
				longest, s.Issue = n, clip(oneLine(saidBy(m)), 280)
			}
			if strings.ContainsAny(m.Text, "?？؟¿") {
				open = clip(oneLine(m.Text), 280)
			}
		case ByAssistant:
			if len(m.Sources) > 0 {
				open = "" // what rests on nothing has answered nothing
			}
			s.Tried = append(s.Tried, clip(oneLine(m.Text), 200))
		case ByAgent:
			open = ""
		}
	}
	if n := len(s.Tried); n > 3 {
		s.Tried = s.Tried[n-3:]
	}
	if open != s.Issue {
		s.OpenQuestion = open
	}
	return s
}

// saidBy is what a message says, or the files that it is instead of words.
func saidBy(m Message) string {
	if strings.TrimSpace(m.Text) != "" {
		return m.Text
	}
	var names []string
	for _, a := range m.Attachments {
		names = append(names, "📎 "+a.label())
	}
	return strings.Join(names, ", ")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
