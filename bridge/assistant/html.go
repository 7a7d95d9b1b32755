package assistant

import (
	"bytes"
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"threadline/bridge"
)

// ParseHTML cuts a web page into sections at its headings. Only the main part is
// read: what is around it (navigation, header, footer, asides, forms, banners
// about cookies) is left out, and what is hidden too. A section's title is the
// path of headings; its URL is the page's, with the nearest heading's anchor if
// it has one.
func ParseHTML(page *url.URL, contentType string, src []byte) ([]bridge.Section, error) {
	var r io.Reader = bytes.NewReader(src)
	if decoded, err := charset.NewReader(r, contentType); err == nil {
		r = decoded
	} else {
		r = bytes.NewReader(src)
	}
	root, err := html.Parse(r)
	if err != nil {
		return nil, err
	}
	source := page.String()
	p := &htmlPage{page: page, source: source, base: page, seen: map[string]int{}}
	if b := first(root, func(n *html.Node) bool { return n.DataAtom == atom.Base }); b != nil {
		if u, err := page.Parse(attribute(b, "href")); err == nil {
			p.base = u
		}
	}
	if t := first(root, func(n *html.Node) bool { return n.DataAtom == atom.Title }); t != nil {
		p.document = oneLine(visibleText(t))
	}
	if p.document == "" {
		p.document = strings.Trim(page.Path, "/")
	}
	if p.document == "" {
		p.document = page.Host
	}
	p.read(mainPart(root))
	p.flush()
	return p.sections, nil
}

// htmlPage collects a page's sections.
type htmlPage struct {
	page, base *url.URL
	source     string
	document   string
	headings   [6]string
	anchor     string
	blocks     []string
	line       strings.Builder // inline text of the block being read
	sections   []bridge.Section
	seen       map[string]int
}

// mainPart is the element that holds the page's own content.
func mainPart(root *html.Node) *html.Node {
	body := first(root, func(n *html.Node) bool { return n.DataAtom == atom.Body })
	if body == nil {
		return root
	}
	if m := first(body, func(n *html.Node) bool {
		return n.DataAtom == atom.Main || attribute(n, "role") == "main"
	}); m != nil && len(oneLine(visibleText(m))) > 0 {
		return m
	}
	// One article is the page; several are a list of them.
	var articles []*html.Node
	each(body, func(n *html.Node) bool {
		if n.DataAtom == atom.Article {
			articles = append(articles, n)
			return false
		}
		return true
	})
	if len(articles) == 1 && 2*len(oneLine(visibleText(articles[0]))) > len(oneLine(visibleText(body))) {
		return articles[0]
	}
	return body
}

// around reports whether an element is no part of the content.
func around(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Nav, atom.Footer, atom.Aside, atom.Form, atom.Iframe, atom.Svg, atom.Button, atom.Select, atom.Dialog, atom.Object, atom.Head, atom.Input, atom.Textarea:
		return true
	case atom.Header:
		// A header within the content may hold its title.
		return first(n, func(n *html.Node) bool { return n.DataAtom == atom.H1 }) == nil
	}
	switch attribute(n, "role") {
	case "navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "complementary", "menu", "menubar":
		return true
	}
	if _, hidden := attributeThere(n, "hidden"); hidden || attribute(n, "aria-hidden") == "true" {
		return true
	}
	style := strings.ReplaceAll(strings.ToLower(attribute(n, "style")), " ", "")
	if strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") || strings.Contains(style, "font-size:0") || strings.Contains(style, "opacity:0;") || strings.HasSuffix(style, "opacity:0") {
		return true
	}
	if n.DataAtom == atom.Div || n.DataAtom == atom.Section || n.DataAtom == atom.Ul || n.DataAtom == atom.P {
		for _, name := range strings.Fields(strings.ToLower(attribute(n, "class") + " " + attribute(n, "id"))) {
			for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' }) {
				switch part {
				case "cookie", "cookies", "consent", "gdpr", "breadcrumb", "breadcrumbs", "navbar", "sidebar", "newsletter", "skiplink", "advert", "ads":
					return true
				}
			}
		}
	}
	return false
}

// read goes through an element.
func (p *htmlPage) read(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		p.line.WriteString(n.Data)
		return
	case html.ElementNode:
		if around(n) {
			return
		}
	case html.CommentNode, html.DoctypeNode:
		return
	}
	if level := headingLevel(n); level > 0 {
		if t := oneLine(visibleText(n)); t != "" {
			p.flush()
			p.headings[level-1] = t
			clear(p.headings[level:])
			p.anchor = anchorOf(n)
		}
		return
	}
	switch n.DataAtom {
	case atom.Br:
		p.line.WriteByte('\n')
		return
	case atom.Img:
		return
	case atom.A:
		p.link(n)
		return
	case atom.Table:
		p.block()
		p.table(n)
		return
	case atom.Ul, atom.Ol:
		p.block()
		if l := htmlList(n, p, ""); l != "" {
			p.blocks = append(p.blocks, l)
		}
		return
	case atom.Pre:
		p.block()
		if t := strings.Trim(visibleText(n), "\n"); t != "" {
			p.blocks = append(p.blocks, t)
		}
		return
	case atom.Dt, atom.Summary:
		p.block()
	}
	own := isBlock(n)
	if own {
		p.block()
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.read(c)
	}
	if own {
		p.block()
	}
}

// link writes a link's label, and its address where that says more.
func (p *htmlPage) link(n *html.Node) {
	label := oneLine(visibleText(n))
	p.line.WriteString(label)
	u, err := p.base.Parse(strings.TrimSpace(attribute(n, "href")))
	if err != nil || label == "" {
		return
	}
	switch u.Scheme {
	case "tel", "mailto":
		if to := u.Opaque; !strings.Contains(label, to) && to != "" {
			p.line.WriteString(" (" + to + ")")
		}
	case "http", "https":
		if u.Host != p.page.Host && u.String() != label {
			p.line.WriteString(" (" + u.String() + ")")
		}
	}
}

// block ends the block being read.
func (p *htmlPage) block() {
	var lines []string
	for _, l := range strings.Split(p.line.String(), "\n\n") {
		if l = oneLine(l); l != "" {
			lines = append(lines, l)
		}
	}
	p.line.Reset()
	if len(lines) > 0 {
		p.blocks = append(p.blocks, strings.Join(lines, "\n"))
	}
}

func (p *htmlPage) table(n *html.Node) {
	var rows []string
	each(n, func(r *html.Node) bool {
		if r.DataAtom != atom.Tr {
			return r.DataAtom != atom.Script && r.DataAtom != atom.Style
		}
		var cells []string
		for c := r.FirstChild; c != nil; c = c.NextSibling {
			if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
				cells = append(cells, oneLine(visibleText(c)))
			}
		}
		if strings.Join(cells, "") != "" {
			rows = append(rows, "- "+strings.Join(cells, " | "))
		}
		return false
	})
	if len(rows) > 0 {
		p.blocks = append(p.blocks, strings.Join(rows, "\n"))
	}
}

// flush makes sections of the blocks under the present headings.
func (p *htmlPage) flush() {
	p.block()
	var path []string
	for _, h := range p.headings {
		if h != "" {
			path = append(path, h)
		}
	}
	if len(path) == 0 {
		path = []string{p.document}
	}
	title := strings.Join(path, titleSeparator)
	to := *p.page
	to.Fragment = p.anchor
	for _, chunk := range chunks(p.blocks) {
		p.seen[title]++
		p.sections = append(p.sections, bridge.Section{
			ID: sectionID(p.source, title, p.seen[title]), Source: p.source, Title: title, URL: to.String(), Text: chunk,
		})
	}
	p.blocks = nil
}

// htmlList is a list's items, nested ones indented.
func htmlList(n *html.Node, p *htmlPage, indent string) string {
	var items []string
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode || around(c) {
			continue
		}
		inner := &htmlPage{page: p.page, base: p.base}
		var nested []string
		for g := c.FirstChild; g != nil; g = g.NextSibling {
			if g.DataAtom == atom.Ul || g.DataAtom == atom.Ol {
				if l := htmlList(g, p, indent+"  "); l != "" {
					nested = append(nested, l)
				}
				continue
			}
			inner.read(g)
		}
		inner.block()
		if own := oneLine(strings.Join(inner.blocks, " ")); own != "" {
			items = append(items, indent+"- "+own)
		}
		items = append(items, nested...)
	}
	return strings.Join(items, "\n")
}

func headingLevel(n *html.Node) int {
	switch n.DataAtom {
	case atom.H1:
		return 1
	case atom.H2:
		return 2
	case atom.H3:
		return 3
	case atom.H4:
		return 4
	case atom.H5:
		return 5
	case atom.H6:
		return 6
	}
	return 0
}

// anchorOf is the name by which a heading can be linked to.
func anchorOf(n *html.Node) string {
	if id := attribute(n, "id"); id != "" {
		return id
	}
	if a := first(n, func(c *html.Node) bool {
		return attribute(c, "id") != "" || c.DataAtom == atom.A && attribute(c, "name") != ""
	}); a != nil {
		if id := attribute(a, "id"); id != "" {
			return id
		}
		return attribute(a, "name")
	}
	if s := n.Parent; s != nil && s.DataAtom == atom.Section && attribute(s, "id") != "" {
		return attribute(s, "id")
	}
	return ""
}

func isBlock(n *html.Node) bool {
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Header, atom.Blockquote, atom.Dl, atom.Dt, atom.Dd, atom.Li, atom.Figure, atom.Figcaption, atom.Details, atom.Summary, atom.Address, atom.Hr, atom.Fieldset, atom.Body, atom.Center:
		return true
	}
	return false
}

// visibleText is all text within a node that is shown.
func visibleText(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Type == html.ElementNode && n.DataAtom != atom.Title && around(n):
			return
		case n.DataAtom == atom.Br:
			b.WriteByte('\n')
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		if isBlock(n) {
			b.WriteByte('\n')
		}
	}
	walk(n)
	return b.String()
}

func attribute(n *html.Node, name string) string {
	v, _ := attributeThere(n, name)
	return v
}

func attributeThere(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// each visits elements in order; where f is false it goes no deeper.
func each(n *html.Node, f func(*html.Node) bool) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && f(c) {
			each(c, f)
		}
	}
}

// first is the first element for which f is true, or nil.
func first(n *html.Node, f func(*html.Node) bool) *html.Node {
	var found *html.Node
	each(n, func(c *html.Node) bool {
		if found == nil && f(c) {
			found = c
		}
		return found == nil
	})
	return found
}
