package assistant

import (
	"html"
	"net/url"
	"strings"
)

// safeURL returns u if it is an absolute web address, empty otherwise.
func safeURL(u string) string {
	p, err := url.Parse(strings.TrimSpace(u))
	if err != nil || p.Host == "" || p.Scheme != "http" && p.Scheme != "https" {
		return ""
	}
	return p.String()
}

// plainHTML makes paragraphs and lists of plain text; everything in it is
// escaped.
func plainHTML(t string) string {
	var b strings.Builder
	for _, para := range strings.Split(t, "\n\n") {
		var lines []string
		list := false
		closeLines := func() {
			if len(lines) > 0 {
				b.WriteString("<p>" + strings.Join(lines, "<br>") + "</p>")
				lines = nil
			}
		}
		for _, line := range strings.Split(para, "\n") {
			if item, ok := strings.CutPrefix(line, "- "); ok {
				closeLines()
				if !list {
					b.WriteString("<ul>")
					list = true
				}
				b.WriteString("<li>" + html.EscapeString(item) + "</li>")
				continue
			}
			if list {
				b.WriteString("</ul>")
				list = false
			}
			if line != "" {
				lines = append(lines, html.EscapeString(line))
			}
		}
		closeLines()
		if list {
			b.WriteString("</ul>")
		}
	}
	return b.String()
}
