package widget

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"

	"threadline/bridge"
	"threadline/bridge/attachment"
)

// transcript hands the visitor their chat, as a text or a page.
func (h *Handler) transcript(w http.ResponseWriter, r *http.Request, c claims) error {
	format := r.URL.Query().Get("format")
	if format == "" {
		format = "txt"
	}
	if format != "txt" && format != "html" {
		return &problem{status: http.StatusBadRequest, code: "invalid_parameter", message: "The format is txt or html."}
	}
	site, err := h.store.Site(r.Context(), c.Site)
	if err != nil {
		return err
	}
	list, err := h.allMessages(r.Context(), c)
	if err != nil {
		return err
	}
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("Content-Disposition", `attachment; filename="chat.`+format+`"`)
	if format == "html" {
		head.Set("Content-Type", "text/html; charset=utf-8")
		head.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
		_, _ = w.Write([]byte(htmlTranscript(site, list)))
		return nil
	}
	head.Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(textTranscript(site, list)))
	return nil
}

// allMessages reads the whole conversation in the order in which it is read.
func (h *Handler) allMessages(ctx context.Context, c claims) ([]bridge.Message, error) {
	var all []bridge.Message
	for after := int64(0); ; {
		page, err := h.store.Messages(ctx, c.Conversation, after, maxLimit)
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			after = m.Seq
			if !m.Deleted {
				all = append(all, m)
			}
		}
		if len(page) < maxLimit {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b bridge.Message) int {
		return cmp.Or(a.Order.Compare(b.Order), cmp.Compare(a.Seq, b.Seq))
	})
	return all, nil
}

// speaker is how a transcript calls the author of a line.
func speaker(m bridge.Message, site bridge.Site) string {
	switch name := strings.TrimSpace(m.Author.Name); {
	case m.Author.Kind == bridge.ByVisitor && name == "":
		return "You"
	case m.Author.Kind == bridge.ByAssistant && name == "":
		return site.AssistantName + " (AI)"
	case m.Author.Kind == bridge.ByAssistant:
		return name + " (AI)"
	case name == "":
		return site.Name
	case m.Author.Title != "":
		return name + ", " + m.Author.Title
	default:
		return name
	}
}

const minuteFormat = "2006-01-02 15:04 UTC"

func textTranscript(site bridge.Site, list []bridge.Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Chat with %s\n", site.Name)
	for _, m := range list {
		fmt.Fprintf(&b, "\n[%s] %s:\n%s\n", m.Order.UTC().Format(minuteFormat), speaker(m, site), strings.TrimPrefix(m.Text+fileLines(m), "\n"))
	}
	return b.String()
}

// fileLines names the files that a message carries, a line each.
func fileLines(m bridge.Message) string {
	var b strings.Builder
	for _, a := range m.Attachments {
		b.WriteString("\n📎 " + a.Name + " (" + attachment.Size(a.Size) + ")")
	}
	return b.String()
}

func htmlTranscript(site bridge.Site, list []bridge.Message) string {
	var b strings.Builder
	title := html.EscapeString("Chat with " + site.Name)
	fmt.Fprintf(&b, `<!doctype html><html><head><meta charset="utf-8"><title>%s</title>`+
		`<style>body{font:16px/1.5 sans-serif;max-width:42em;margin:2em auto;padding:0 1em}`+
		`article{margin:1em 0}header{color:#555;font-size:.85em}</style></head><body><h1>%s</h1>`, title, title)
	for _, m := range list {
		body := m.HTML
		if body == "" {
			body = plainHTML(m.Text)
		}
		body = strings.TrimPrefix(body+plainHTML(fileLines(m)), "<br>")
		at := m.Order.UTC()
		fmt.Fprintf(&b, "\n<article><header>%s · <time datetime=\"%s\">%s</time></header><div dir=\"auto\">%s</div></article>",
			html.EscapeString(speaker(m, site)), at.Format(orderFormat), at.Format(minuteFormat), body)
	}
	b.WriteString("\n</body></html>\n")
	return b.String()
}
