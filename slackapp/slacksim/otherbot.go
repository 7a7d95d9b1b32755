package slacksim

import "net/http"

// sayAsBot posts as another application of the workspace, under the name that
// the request gives it. Such a post has a bot_id of its own, and it may carry
// metadata, also metadata that imitates ours: any application can write any
// event_type.
func (s *Server) sayAsBot(r *actRequest) (object, *actError) {
	c := s.st.channelRef(r.a.str("channel"))
	if c == nil {
		return nil, refuse(http.StatusNotFound, "no_such_channel", "there is no channel by that name or id")
	}
	if c.Archived {
		return nil, refuse(http.StatusConflict, "is_archived", "that channel is archived")
	}
	thread := r.a.str("thread_ts")
	if root := c.msgs[thread]; thread != "" && (root == nil || root.isReply()) {
		return nil, refuse(http.StatusNotFound, "thread_not_found", "there is no such thread")
	}
	text, name := r.a.str("text"), r.a.str("bot")
	if text == "" {
		return nil, refuse(http.StatusUnprocessableEntity, "no_text", "there is nothing to say")
	}
	m := &message{TS: s.nextTS(), ThreadTS: thread, User: s.ids.named("U", "other "+name), Team: s.st.ws.TeamID,
		BotID: s.ids.named("B", "other "+name), AppID: s.ids.named("A", "other "+name), BotName: name,
		Text: text, AutoBlocks: true}
	m.Metadata, _ = r.a["metadata"].(object)
	m.Blocks = s.nameBlocks(s.st.text.richText(text))
	c.add(m)
	s.posted(c, m)
	return object{"ts": m.TS}, nil
}

// profileOfBot is who a program's post was written by.
func (s *Server) profileOfBot(m *message) object {
	p := s.botProfile()
	if m.BotID != s.st.ws.BotID {
		p["id"], p["app_id"], p["name"] = m.BotID, m.AppID, m.BotName
	}
	return p
}
