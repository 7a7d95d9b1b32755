package slacksim

import (
	"fmt"
	"slices"
	"strings"
)

// ping is one thing in a message that calls somebody.
type ping struct{ kind, target string }

// pings finds what in a message's text and blocks would call people.
func (s *Server) pings(m *message) []ping {
	var out []ping
	add := func(p ping) {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	mrkdwn := func(t string) {
		for _, e := range s.st.text.entity.FindAllString(t, -1) {
			if p, ok := entityPing(strings.Trim(e, "<>")); ok {
				add(p)
			}
		}
	}
	mrkdwn(m.Text)
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case object:
			text, _ := v["text"].(string)
			switch v["type"] {
			case "mrkdwn", "markdown":
				mrkdwn(text)
			case "user":
				if id, ok := v["user_id"].(string); ok {
					add(ping{"mention", id})
				}
			case "usergroup":
				if id, ok := v["usergroup_id"].(string); ok {
					add(ping{"usergroup", id})
				}
			case "broadcast":
				if r, ok := v["range"].(string); ok {
					add(ping{r, ""})
				}
			}
			for k, x := range v {
				if k != "element" || v["type"] != "input" {
					walk(x)
				}
			}
		}
	}
	walk(any(m.Blocks))
	for _, a := range m.Attachments {
		if o, ok := a.(object); ok {
			for _, k := range []string{"text", "pretext", "fallback"} {
				if t, ok := o[k].(string); ok && k != "fallback" {
					mrkdwn(t)
				}
			}
			walk(o["blocks"])
		}
	}
	return out
}

func entityPing(e string) (ping, bool) {
	head, _, _ := strings.Cut(e, "|")
	switch {
	case strings.HasPrefix(head, "@"):
		return ping{"mention", head[1:]}, true
	case strings.HasPrefix(head, "!subteam^"):
		return ping{"usergroup", strings.TrimPrefix(head, "!subteam^")}, true
	case head == "!here", head == "!channel", head == "!everyone":
		return ping{head[1:], ""}, true
	}
	return ping{}, false
}

// notify writes down whom a message pings. Of an update only what it adds counts. People who
// are not in the channel are not notified; neither is the author.
func (s *Server) notify(c *channel, m *message, was *message) {
	author := m.User
	if author == "" {
		author = s.st.ws.BotUser
	}
	pings := s.pings(m)
	if was != nil {
		old := s.pings(was)
		pings = slices.DeleteFunc(pings, func(p ping) bool { return slices.Contains(old, p) })
	}
	var told []string
	tell := func(user, kind string) {
		u := s.st.ws.user(user)
		if u == nil || u.Bot || user == author || !c.has(user) {
			return
		}
		n := notice{User: user, By: author, Channel: c.ID, TS: m.TS, Kind: kind}
		for i := len(s.st.Notices) - 1; i >= 0 && s.st.Notices[i].TS >= m.TS; i-- {
			if s.st.Notices[i] == n {
				return
			}
		}
		s.journal.put(fmt.Sprintf("notice/%d", len(s.st.Notices)), n)
		s.st.Notices = append(s.st.Notices, n)
		s.hub.send("notification", n)
		told = append(told, user)
	}
	for _, p := range pings {
		switch p.kind {
		case "mention":
			tell(p.target, "mention")
		case "usergroup":
			if g := s.st.ws.group(p.target); g != nil {
				for _, u := range g.Users {
					tell(u, "usergroup")
				}
			}
		default:
			for _, u := range c.Members {
				tell(u, p.kind)
			}
		}
	}
	if was != nil {
		return
	}
	if c.IM != "" {
		tell(c.IM, "dm")
	}
	if m.isReply() {
		for _, u := range s.followers(c, m) {
			if !slices.Contains(told, u) {
				tell(u, "thread")
			}
		}
	}
}

// followers are the people whom Slack tells of a thread's replies: who wrote in it, who wrote its
// root, and who was mentioned in it.
func (s *Server) followers(c *channel, m *message) []string {
	var out []string
	for _, ts := range append([]string{m.ThreadTS}, c.replies[m.ThreadTS]...) {
		x := c.msgs[ts]
		if x == nil || x.TS == m.TS {
			continue
		}
		if x.User != "" && !slices.Contains(out, x.User) {
			out = append(out, x.User)
		}
		for _, e := range s.st.text.entity.FindAllString(x.Text, -1) {
			if p, ok := entityPing(strings.Trim(e, "<>")); ok && p.kind == "mention" && !slices.Contains(out, p.target) {
				out = append(out, p.target)
			}
		}
	}
	return out
}
