package slacksim

import (
	"encoding/json"
	"strings"
)

// raise sends an event to the application if it subscribed to it and may see the channel.
// Slack delivers nothing from channels the bot is not in.
func (s *Server) raise(subscription string, c *channel, ev object) {
	if !s.app.subscribed(subscription) || (c != nil && !c.has(s.st.ws.BotUser)) || s.faults.revoked {
		return
	}
	s.raiseAlways(c, ev)
}

func (s *Server) raiseAlways(c *channel, ev object) {
	w := s.st.ws
	now, kind, in := s.stamp(), args(ev).str("type"), ""
	if c != nil {
		in = c.ID
	}
	if s.tooManyEvents() {
		return
	}
	if s.faults.dropEvents.take(kind, in) {
		s.record(entry{Kind: "drop", Method: kind, Channel: in, Error: "dropped_by_fault"})
		return
	}
	if _, ok := ev["event_ts"]; !ok && ev["type"] != "tokens_revoked" && ev["type"] != "app_uninstalled" {
		ev["event_ts"] = s.nextTS()
	}
	if kind == "message" && s.faults.malformedBlock.take(kind, in) {
		ev["blocks"] = []any{object{"type": "section", "text": "not an object", "fields": 7}}
	}
	id := s.next("Ev")
	outer := object{
		"token": s.ids.named("v", "verification"), "team_id": w.TeamID, "api_app_id": w.AppID,
		"type": "event_callback", "event": ev, "event_id": id, "event_time": now.Unix(),
		"event_context": "4-" + id,
		"authorizations": []any{object{"enterprise_id": nil, "team_id": w.TeamID, "user_id": w.BotUser,
			"is_bot": true, "is_enterprise_install": false}},
		"is_ext_shared_channel": c != nil && c.Shared,
	}
	name := kind
	if st, ok := ev["subtype"].(string); ok {
		name += "." + st
	}
	d := &delivery{Type: "events_api", Name: name, EventID: id, Channel: in, Payload: mustJSON(outer)}
	s.enqueue(d)
	if s.faults.duplicateEvents.take(kind, in) {
		twin := *d
		s.enqueue(&twin)
	}
}

func mustJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return raw
}

func (c *channel) subscription() string {
	switch c.kind() {
	case "im":
		return "message.im"
	case "group":
		return "message.groups"
	}
	return "message.channels"
}

// posted tells everyone of a message that is new: the event, a mention of the application, the
// page, and those whom it pings.
func (s *Server) posted(c *channel, m *message) {
	s.saveMessage(c, m)
	s.hub.send("message", object{"channel": c.ID, "ts": m.TS, "thread_ts": m.ThreadTS})
	s.notify(c, m, nil)
	ev := withMetadata(m, s.render(c, m))
	ev["channel"], ev["channel_type"], ev["event_ts"] = c.ID, c.kind(), m.TS
	trim(ev)
	s.addTeams(c, m, ev)
	s.raise(c.subscription(), c, ev)
	if m.User != "" && m.BotID == "" && strings.Contains(m.Text, "<@"+s.st.ws.BotUser) && c.IM == "" {
		ev := object{"type": "app_mention", "user": m.User, "text": m.Text, "ts": m.TS, "channel": c.ID,
			"team": m.Team, "blocks": m.Blocks, "client_msg_id": m.ClientMsgID, "event_ts": m.TS}
		if m.isReply() {
			ev["thread_ts"] = m.ThreadTS
		}
		s.addTeams(c, m, ev)
		s.raise("app_mention", c, ev)
	}
}

// trim takes from a message event what recorded events of its subtype do not have.
func trim(ev object) {
	var absent []string
	switch ev["subtype"] {
	case "bot_message":
		absent = []string{"app_id", "team", "parent_user_id"}
	case "thread_broadcast":
		absent = []string{"team", "parent_user_id"}
		if root, ok := ev["root"].(object); ok {
			delete(root, "reply_users")
		}
	case "file_share":
		absent = []string{"client_msg_id", "team", "bot_id", "app_id", "bot_profile"}
	}
	for _, k := range absent {
		delete(ev, k)
	}
}

// addTeams marks messages in channels shared by Slack Connect with where their author is from.
func (s *Server) addTeams(c *channel, m *message, ev object) {
	if c.Shared && m.User != "" {
		if u := s.st.ws.user(m.User); u != nil && u.Stranger {
			ev["user_team"], ev["source_team"] = u.Team, u.Team
		}
	}
}

// changed raises message_changed; before is how the message looked.
func (s *Server) changed(c *channel, m *message, before object) {
	s.saveMessage(c, m)
	s.hub.send("message", object{"channel": c.ID, "ts": m.TS, "thread_ts": m.ThreadTS})
	after := withMetadata(m, s.render(c, m))
	s.addTeams(c, m, after)
	ts := s.nextTS()
	s.raise(c.subscription(), c, object{"type": "message", "subtype": "message_changed", "hidden": true,
		"channel": c.ID, "channel_type": c.kind(), "ts": ts, "event_ts": ts, "message": after, "previous_message": before})
}

// deleted takes a message away. A parent with replies leaves a tombstone behind.
func (s *Server) deleted(c *channel, m *message) {
	before := withMetadata(m, s.render(c, m))
	if !m.isReply() && len(c.replies[m.TS]) > 0 {
		t := &message{TS: m.TS, Subtype: "tombstone", Text: "This message was deleted."}
		c.msgs[m.TS] = t
		s.changed(c, t, before)
		return
	}
	c.remove(m)
	s.journal.put("message/"+c.ID+"/"+m.TS, nil)
	s.hub.send("message", object{"channel": c.ID, "ts": m.TS, "thread_ts": m.ThreadTS, "deleted": true})
	ts := s.nextTS()
	s.raise(c.subscription(), c, object{"type": "message", "subtype": "message_deleted", "hidden": true,
		"channel": c.ID, "channel_type": c.kind(), "ts": ts, "event_ts": ts, "deleted_ts": m.TS, "previous_message": before})
	if root := c.msgs[m.ThreadTS]; m.isReply() && root != nil && root.Subtype == "tombstone" && len(c.replies[root.TS]) == 0 {
		c.remove(root)
		s.journal.put("message/"+c.ID+"/"+root.TS, nil)
	}
}
