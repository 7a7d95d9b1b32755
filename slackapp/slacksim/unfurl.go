package slacksim

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// unfurled is a preview that a link in a message caused: Slack fetched what the writer chose.
type unfurled struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	URL     string `json:"url"`
	By      string `json:"by"`
}

// unfurl adds previews of a new message's links, as Slack does unless told not to, and tells of it
// by message_changed without an edit. Nothing is fetched. Hosts that Slack could not reach from
// outside have no preview.
func (s *Server) unfurl(c *channel, m *message) {
	var links []string
	for _, u := range s.links(m) {
		if reachable(u) && !slices.Contains(links, u) && len(links) < 5 {
			links = append(links, u)
		}
	}
	if len(links) == 0 {
		return
	}
	before := withMetadata(m, s.render(c, m))
	m.Attachments = slices.Clone(m.Attachments)
	for _, u := range links {
		m.Attachments = append(m.Attachments, object{"id": len(m.Attachments) + 1, "from_url": u, "original_url": u,
			"title": u, "title_link": u, "fallback": u, "service_name": hostOf(u)})
		n := unfurled{Channel: c.ID, TS: m.TS, URL: u, By: m.author()}
		s.journal.put(fmt.Sprintf("unfurl/%d", len(s.st.Unfurls)), n)
		s.st.Unfurls = append(s.st.Unfurls, n)
	}
	s.changed(c, m, before)
}

// links are the web addresses that a message shows as links.
func (s *Server) links(m *message) []string {
	var out []string
	mrkdwn := func(t string) {
		for _, e := range s.st.text.entity.FindAllString(t, -1) {
			head, _, _ := strings.Cut(strings.Trim(e, "<>"), "|")
			if strings.HasPrefix(head, "http://") || strings.HasPrefix(head, "https://") {
				out = append(out, unescape(head))
			}
		}
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case object:
			if t, ok := v["text"].(string); ok && v["type"] == "mrkdwn" {
				mrkdwn(t)
			}
			if u, ok := v["url"].(string); ok && v["type"] == "link" {
				out = append(out, u)
			}
			for _, k := range sortedKeys(v) {
				walk(v[k])
			}
		}
	}
	mrkdwn(m.Text)
	walk(any(m.Blocks))
	return out
}

func hostOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func reachable(link string) bool {
	host := hostOf(link)
	ip := net.ParseIP(host)
	return strings.Contains(host, ".") && (ip == nil || ip.IsGlobalUnicast() && !ip.IsPrivate())
}

// wantsUnfurl says whether a post lets links be previewed: it does unless it turns off both kinds.
func (a args) wantsUnfurl() bool {
	off := func(k string) bool { return a.has(k) && !a.bool(k) }
	return !off("unfurl_links") || !off("unfurl_media")
}
