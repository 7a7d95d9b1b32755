package assistant

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"threadline/bridge"
)

// maxSection is how long a section's text may be, in code points, before it is
// split at a paragraph.
const maxSection = 1200

// titleSeparator stands between the headings of a section's title.
const titleSeparator = " › "

// ParseMarkdown cuts a Markdown document into sections at its headings, and
// long sections at paragraphs. A section's title is its path of headings; its
// URL is what the front matter's url line says, if anything. Text is plain:
// list items begin with "- ", table cells are split by " | ".
func ParseMarkdown(source string, src []byte) []bridge.Section {
	src = bytes.ReplaceAll(bytes.TrimPrefix(src, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	src = bytes.ToValidUTF8(src, []byte("\ufffd"))
	matter, body := frontMatter(src)
	root := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(body))

	document := matter["title"]
	if document == "" {
		document = strings.TrimSuffix(path.Base(source), path.Ext(source))
	}
	var (
		sections []bridge.Section
		blocks   []string
		headings []string // by level, from 1
		seen     = map[string]int{}
	)
	title := func() string {
		parts := []string{}
		for _, h := range headings {
			if h != "" {
				parts = append(parts, h)
			}
		}
		if len(parts) == 0 {
			parts = []string{document}
		}
		return strings.Join(parts, titleSeparator)
	}
	flush := func() {
		for _, chunk := range chunks(blocks) {
			t := title()
			seen[t]++
			sections = append(sections, bridge.Section{
				ID: sectionID(source, t, seen[t]), Source: source, Title: t, URL: matter["url"], Text: chunk,
			})
		}
		blocks = nil
	}
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok {
			flush()
			for len(headings) < h.Level {
				headings = append(headings, "")
			}
			headings = headings[:h.Level]
			headings[h.Level-1] = strings.TrimSpace(inline(h, body))
			continue
		}
		if b := block(n, body, ""); b != "" {
			blocks = append(blocks, b)
		}
	}
	flush()
	return sections
}

// sectionID is stable as long as source, title and position under that title
// are.
func sectionID(source, title string, n int) string {
	sum := sha256.Sum256([]byte(source + "\x00" + title + "\x00" + strconv.Itoa(n)))
	return hex.EncodeToString(sum[:6])
}

// frontMatter reads "key: value" lines between two lines of dashes.
func frontMatter(src []byte) (map[string]string, []byte) {
	rest, ok := bytes.CutPrefix(src, []byte("---\n"))
	if !ok {
		return nil, src
	}
	head, body, ok := bytes.Cut(rest, []byte("\n---\n"))
	if !ok {
		return nil, src
	}
	matter := map[string]string{}
	for _, line := range strings.Split(string(head), "\n") {
		if k, v, ok := strings.Cut(line, ":"); ok {
			matter[strings.ToLower(strings.TrimSpace(k))] = strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return matter, body
}

// block is the plain text of a block, nested lists indented.
func block(n ast.Node, src []byte, indent string) string {
	switch n := n.(type) {
	case *ast.List:
		var items []string
		for i := n.FirstChild(); i != nil; i = i.NextSibling() {
			var parts []string
			for c := i.FirstChild(); c != nil; c = c.NextSibling() {
				if b := block(c, src, indent+"  "); b != "" {
					parts = append(parts, b)
				}
			}
			items = append(items, indent+"- "+strings.TrimSpace(strings.Join(parts, "\n")))
		}
		return strings.Join(items, "\n")
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		return strings.TrimRight(string(n.Lines().Value(src)), "\n")
	case *ast.HTMLBlock, *ast.ThematicBreak:
		return ""
	case *extast.Table:
		var rows []string
		for r := n.FirstChild(); r != nil; r = r.NextSibling() {
			var cells []string
			for c := r.FirstChild(); c != nil; c = c.NextSibling() {
				cells = append(cells, strings.TrimSpace(inline(c, src)))
			}
			rows = append(rows, "- "+strings.Join(cells, " | "))
		}
		return strings.Join(rows, "\n")
	}
	if n.Type() == ast.TypeBlock && n.FirstChild() != nil && n.FirstChild().Type() == ast.TypeBlock {
		var parts []string
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			if b := block(c, src, indent); b != "" {
				parts = append(parts, b)
			}
		}
		return strings.Join(parts, "\n")
	}
	return strings.TrimSpace(inline(n, src))
}

// inline is the plain text of what a node holds; links keep their address.
func inline(n ast.Node, src []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Segment.Value(src))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			b.Write(c.Label(src))
		case *ast.RawHTML:
		case *ast.Link:
			label, to := inline(c, src), string(c.Destination)
			b.WriteString(label)
			if label != to && !strings.HasPrefix(to, "#") {
				b.WriteString(" (" + to + ")")
			}
		default:
			b.WriteString(inline(c, src))
		}
	}
	return b.String()
}

// chunks joins blocks into texts of at most maxSection code points; a block
// longer than that is cut between sentences, or words.
func chunks(blocks []string) []string {
	var out []string
	var cur string
	for _, b := range blocks {
		for _, piece := range pieces(b, maxSection) {
			if cur != "" && utf8.RuneCountInString(cur)+2+utf8.RuneCountInString(piece) > maxSection {
				out = append(out, cur)
				cur = ""
			}
			if cur != "" {
				cur += "\n\n"
			}
			cur += piece
		}
	}
	if cur != "" {
		out = append(out, cur)
	}
	return out
}

// pieces cuts s so that each part has at most limit code points, at the last
// line break, sentence end or blank that fits.
func pieces(s string, limit int) []string {
	var out []string
	for utf8.RuneCountInString(s) > limit {
		r := []rune(s)
		head := string(r[:limit])
		at := strings.LastIndex(head, "\n")
		if at < len(head)/2 {
			if i := strings.LastIndex(head, ". "); i > 0 {
				at = max(at, i+1)
			}
		}
		if at < len(head)/2 {
			at = max(at, strings.LastIndex(head, " "))
		}
		if at <= 0 {
			at = len(head)
		}
		out = append(out, strings.TrimSpace(s[:at]))
		s = strings.TrimSpace(s[at:])
	}
	if s != "" {
		out = append(out, s)
	}
	return out
}
