package slackapp

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// Limits of Block Kit that our layouts could meet (Slack: Block Kit reference
// and the types package of its SDK).
const (
	maxHeader      = 150
	maxSection     = 3000
	maxPostText    = 40_000 // longer is truncated by chat.postMessage
	maxUpdateText  = 4_000  // longer is msg_too_long in chat.update
	maxPrivateMeta = 3000
	// maxRun keeps a single text element and a single rich_text block small;
	// neither has a published limit.
	maxRun = 2800
	// maxBlockText is how much text goes into blocks at all: Slack refuses
	// messages whose blocks together hold some 13,000 characters.
	maxBlockText = 11_000
)

// A span is a run of text in one style. The text is literal.
type span struct {
	text string
	bold bool
	ital bool
	url  string
}

// A para is a paragraph of spans, shown as rich text and said as plain text.
type para []span

func plain(s string) span { return span{text: s} }
func bold(s string) span  { return span{text: s, bold: true} }
func ital(s string) span  { return span{text: s, ital: true} }

// labelled is "Label: text", or nothing if there is no text.
func labelled(label, text string) para {
	if text == "" {
		return nil
	}
	return para{bold(label + ": "), plain(text)}
}

// rich makes rich_text blocks of paragraphs, each a section of its own. What a
// person typed can be no markup here: rich_text elements are literal.
func rich(paras ...para) []slack.Block {
	var (
		blocks   []slack.Block
		sections []slack.RichTextElement
		size     int
	)
	flush := func() {
		if len(sections) > 0 {
			blocks = append(blocks, slack.NewRichTextBlock("", sections...))
			sections, size = nil, 0
		}
	}
	for _, p := range paras {
		var elements []slack.RichTextSectionElement
		end := func() {
			if len(elements) > 0 {
				sections = append(sections, slack.NewRichTextSection(elements...))
				elements = nil
			}
		}
		for _, s := range p {
			for _, run := range runs(s.text, maxRun) {
				if n := utf8.RuneCountInString(run); size+n > maxRun && size > 0 {
					end()
					flush()
					size = n
				} else {
					size += n
				}
				elements = append(elements, element(s, run))
			}
		}
		end()
	}
	flush()
	return blocks
}

func element(s span, run string) slack.RichTextSectionElement {
	var style *slack.RichTextSectionTextStyle
	if s.bold || s.ital {
		style = &slack.RichTextSectionTextStyle{Bold: s.bold, Italic: s.ital}
	}
	if s.url != "" && run == s.text {
		return slack.NewRichTextSectionLinkElement(s.url, run, style)
	}
	return slack.NewRichTextSectionTextElement(run, style)
}

// quoted is a rich_text block with what somebody said.
func quoted(text string) []slack.Block {
	var blocks []slack.Block
	for _, run := range runs(text, maxRun) {
		blocks = append(blocks, slack.NewRichTextBlock("", &slack.RichTextQuote{
			Type:     slack.RTEQuote,
			Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(run, nil)},
		}))
	}
	return blocks
}

// said is the paragraph as plain text.
func (p para) said() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.text)
		if s.url != "" && s.url != s.text {
			b.WriteString(" (" + s.url + ")")
		}
	}
	return b.String()
}

// runs cuts text into pieces of at most limit characters, at a line end or a
// space if there is one near; joined they are the text again.
func runs(text string, limit int) []string {
	var out []string
	for utf8.RuneCountInString(text) > limit {
		at := byteIndex(text, limit)
		if i := strings.LastIndexAny(text[:at], "\n "); i > at-200 && i > 0 {
			at = i + 1
		}
		out = append(out, text[:at])
		text = text[at:]
	}
	if text != "" {
		out = append(out, text)
	}
	return out
}

// byteIndex is where the n-th character of s begins.
func byteIndex(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// clip shortens text to at most limit characters.
func clip(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return text[:byteIndex(text, limit-1)] + "…"
}

// escaper encodes the three characters that Slack's text treats as markup
// (Slack: formatting text, escaping).
func escape(s string) string {
	if !strings.ContainsAny(s, "&<>") {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		switch s[i] {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// escapeInto escapes s so that it fits into limit characters as whole as
// possible: an ampersand that begins no entity needs no escape.
func escapeInto(s string, limit int) string {
	full := escape(s)
	if utf8.RuneCountInString(full) <= limit {
		return full
	}
	var b strings.Builder
	for i := range len(s) {
		switch {
		case s[i] == '&' && startsEntity(s[i:]):
			b.WriteString("&amp;")
		case s[i] == '<':
			b.WriteString("&lt;")
		case s[i] == '>':
			b.WriteString("&gt;")
		default:
			b.WriteByte(s[i])
		}
	}
	return clipEscaped(b.String(), limit)
}

func startsEntity(s string) bool {
	return strings.HasPrefix(s, "&amp;") || strings.HasPrefix(s, "&lt;") || strings.HasPrefix(s, "&gt;")
}

// clipEscaped shortens escaped text without cutting an entity or token apart.
func clipEscaped(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	cut := s[:byteIndex(s, limit-1)]
	if i := strings.LastIndexByte(cut, '<'); i >= 0 && !strings.Contains(cut[i:], ">") {
		cut = cut[:i]
	}
	if i := strings.LastIndexByte(cut, '&'); i >= 0 && len(cut)-i < 6 && !strings.Contains(cut[i:], ";") {
		cut = cut[:i]
	}
	return cut + "…"
}

// ours is a section of our own words in mrkdwn. Nothing that anybody typed may
// go into it. verbatim keeps Slack from finding links and names in it.
func ours(text string) slack.Block {
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, clip(text, maxSection), false, true), nil, nil)
}

// aside is a small grey line of our own words in mrkdwn.
func aside(text string) slack.Block {
	return slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, text, false, true))
}

func header(text string) slack.Block {
	return slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, clip(text, maxHeader), false, false))
}

func button(action, value, label string, style slack.Style) *slack.ButtonBlockElement {
	b := slack.NewButtonBlockElement(action, value, slack.NewTextBlockObject(slack.PlainTextType, label, false, false))
	b.Style = style
	return b
}

// webLink returns u if it is a plain http or https address that a link may
// carry, else nothing.
func webLink(u string) string {
	if len(u) == 0 || len(u) > 2000 || strings.ContainsAny(u, " <>|\"\t\r\n") {
		return ""
	}
	p, err := url.Parse(u)
	if err != nil || p.Host == "" || (p.Scheme != "http" && p.Scheme != "https") {
		return ""
	}
	return u
}
