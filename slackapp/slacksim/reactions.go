package slacksim

import (
	"slices"
	"strings"
)

// reactTarget finds the message of a reactions call.
func (s *Server) reactTarget(c *call) (*channel, *message, *apiError) {
	ts := c.args.str("timestamp")
	if ts == "" {
		return nil, nil, fault("no_item_specified")
	}
	ch, fail := s.visible(c, false)
	if fail != nil {
		return nil, nil, fail
	}
	c.ts = ts
	m := ch.msgs[ts]
	if m == nil {
		return nil, nil, fault("message_not_found")
	}
	return ch, m, nil
}

func (s *Server) reactionsAdd(c *call) (object, *apiError) {
	name := strings.Trim(c.args.str("name"), ":")
	if name == "" {
		return nil, missing("name")
	}
	ch, m, fail := s.reactTarget(c)
	if fail != nil {
		return nil, fail
	}
	if ch.Archived {
		return nil, fault("is_archived")
	}
	if code := s.react(ch, m, s.st.ws.BotUser, name); code != "" {
		return nil, fault(code)
	}
	return object{}, nil
}

func (s *Server) reactionsRemove(c *call) (object, *apiError) {
	name := strings.Trim(c.args.str("name"), ":")
	if name == "" {
		return nil, missing("name")
	}
	ch, m, fail := s.reactTarget(c)
	if fail != nil {
		return nil, fail
	}
	if code := s.unreact(ch, m, s.st.ws.BotUser, name); code != "" {
		return nil, fault(code)
	}
	return object{}, nil
}

func (s *Server) reactionsGet(c *call) (object, *apiError) {
	ch, m, fail := s.reactTarget(c)
	if fail != nil {
		return nil, fail
	}
	return object{"type": "message", "channel": ch.ID, "message": s.render(ch, m)}, nil
}

// Slack's help centre: a message has at most 50 different emoji, and 23 of one person.
const (
	maxEmoji     = 50
	maxReactions = 23
)

func reactionsOf(m *message, user string) int {
	n := 0
	for _, r := range m.Reactions {
		if slices.Contains(r.Users, user) {
			n++
		}
	}
	return n
}

// react adds a reaction; the answer is one of Slack's error names, or empty.
// Names are checked for form only: which emoji exist is not simulated.
func (s *Server) react(ch *channel, m *message, user, name string) string {
	if !s.st.text.emoji.MatchString(name) {
		return "invalid_name"
	}
	i := slices.IndexFunc(m.Reactions, func(r reaction) bool { return r.Name == name })
	switch {
	case i < 0 && len(m.Reactions) >= maxEmoji:
		return "too_many_emoji"
	case reactionsOf(m, user) >= maxReactions && (i < 0 || !slices.Contains(m.Reactions[i].Users, user)):
		return "too_many_reactions"
	case i < 0:
		m.Reactions = append(m.Reactions, reaction{Name: name, Users: []string{user}})
	case slices.Contains(m.Reactions[i].Users, user):
		return "already_reacted"
	default:
		m.Reactions[i].Users = append(m.Reactions[i].Users, user)
	}
	s.reacted("reaction_added", ch, m, user, name)
	return ""
}

func (s *Server) unreact(ch *channel, m *message, user, name string) string {
	i := slices.IndexFunc(m.Reactions, func(r reaction) bool { return r.Name == name })
	if i < 0 || !slices.Contains(m.Reactions[i].Users, user) {
		return "no_reaction"
	}
	m.Reactions[i].Users = removeString(m.Reactions[i].Users, user)
	if len(m.Reactions[i].Users) == 0 {
		m.Reactions = slices.Delete(m.Reactions, i, i+1)
	}
	s.reacted("reaction_removed", ch, m, user, name)
	return ""
}

func (s *Server) reacted(event string, ch *channel, m *message, user, name string) {
	s.saveMessage(ch, m)
	s.hub.send("message", object{"channel": ch.ID, "ts": m.TS, "thread_ts": m.ThreadTS})
	ev := object{"type": event, "user": user, "reaction": name,
		"item": object{"type": "message", "channel": ch.ID, "ts": m.TS}}
	if m.User != "" {
		ev["item_user"] = m.User
	}
	s.raise(event, ch, ev)
}
