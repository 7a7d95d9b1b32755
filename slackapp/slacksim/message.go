package slacksim

import (
	"encoding/json"
	"slices"
)

// render is a message as Slack's endpoints and events show it. Metadata is left out: see withMetadata.
func (s *Server) render(c *channel, m *message) object {
	o := object{"type": "message", "text": m.Text, "ts": m.TS}
	if m.Subtype != "" {
		o["subtype"] = m.Subtype
	}
	if m.Broadcast && m.Subtype == "" {
		o["subtype"] = "thread_broadcast"
	}
	if m.Subtype == "tombstone" {
		o["user"], o["hidden"] = "USLACKBOT", true
	}
	set := func(k, v string) {
		if v != "" {
			o[k] = v
		}
	}
	set("user", m.User)
	set("team", m.Team)
	set("client_msg_id", m.ClientMsgID)
	set("app_id", m.AppID)
	set("username", m.Username)
	if m.BotID != "" {
		o["bot_id"] = m.BotID
		if m.Username == "" {
			o["bot_profile"] = s.profileOfBot(m)
		}
	}
	if len(m.Icons) > 0 {
		o["icons"] = m.Icons
	}
	if m.Blocks != nil {
		o["blocks"] = m.Blocks
	}
	if len(m.Attachments) > 0 {
		o["attachments"] = m.Attachments
	}
	if len(m.FileIDs) > 0 {
		o["files"] = s.renderFiles(m.FileIDs)
		o["upload"], o["display_as_bot"] = false, false
	}
	if m.EditedTS != "" {
		o["edited"] = object{"user": m.EditedBy, "ts": m.EditedTS}
	}
	if len(m.Reactions) > 0 {
		var list []any
		for _, r := range m.Reactions {
			list = append(list, object{"name": r.Name, "users": slices.Clone(r.Users), "count": len(r.Users)})
		}
		o["reactions"] = list
	}
	if m.isReply() {
		o["thread_ts"] = m.ThreadTS
		if root := c.msgs[m.ThreadTS]; root != nil {
			set("parent_user_id", root.author())
			if m.Broadcast {
				o["root"] = s.renderRoot(c, root)
			}
		}
		return o
	}
	s.addThread(c, m, o)
	return o
}

// addThread gives a parent what Slack keeps on it about its replies.
func (s *Server) addThread(c *channel, m *message, o object) {
	replies := c.replies[m.TS]
	if len(replies) == 0 {
		return
	}
	users := c.replyUsers(m.TS)
	o["thread_ts"] = m.TS
	o["reply_count"], o["reply_users_count"] = len(replies), len(users)
	o["reply_users"], o["latest_reply"] = users, replies[len(replies)-1]
	o["is_locked"], o["subscribed"] = false, false
}

func (s *Server) renderRoot(c *channel, root *message) object {
	o := object{"type": "message", "text": root.Text, "ts": root.TS}
	if root.User != "" {
		o["user"] = root.User
	}
	if root.BotID != "" {
		o["bot_id"] = root.BotID
	}
	if root.Username != "" {
		o["username"], o["subtype"] = root.Username, root.Subtype
	}
	s.addThread(c, root, o)
	delete(o, "is_locked")
	return o
}

// author is who a message counts as: its user, or the bot's id for posts under another name.
func (m *message) author() string {
	if m.User != "" {
		return m.User
	}
	return m.BotID
}

func (c *channel) replyUsers(root string) []string {
	var users []string
	for _, ts := range c.replies[root] {
		if a := c.msgs[ts].author(); a != "" && !slices.Contains(users, a) {
			users = append(users, a)
		}
	}
	return users
}

func withMetadata(m *message, o object) object {
	if m.Metadata != nil {
		o["metadata"] = m.Metadata
	}
	return o
}

// setBlocks puts blocks on a message and remembers their interactive elements for stale presses.
func (s *Server) setBlocks(blocks []any, had []carried) ([]any, []carried) {
	blocks = s.nameBlocks(blocks)
	return blocks, collectCarried(blocks, had)
}

// nameBlocks copies blocks, giving a block_id and action_id to those without.
func (s *Server) nameBlocks(blocks []any) []any {
	out := make([]any, 0, len(blocks))
	for _, b := range blocks {
		o, ok := cloneJSON(b).(object)
		if !ok {
			continue
		}
		if id, _ := o["block_id"].(string); id == "" {
			o["block_id"] = s.nextShort()
		}
		walkElements(o, func(e object) {
			if id, _ := e["action_id"].(string); id == "" {
				e["action_id"] = s.nextShort()
			}
		})
		out = append(out, o)
	}
	return out
}

func collectCarried(blocks []any, had []carried) []carried {
	for _, b := range blocks {
		o, ok := b.(object)
		if !ok {
			continue
		}
		id, _ := o["block_id"].(string)
		walkElements(o, func(e object) {
			for _, h := range had {
				if h.BlockID == id && sameJSON(h.Element, e) {
					return
				}
			}
			had = append(had, carried{BlockID: id, Element: e})
		})
	}
	return had
}

// walkElements visits the interactive elements of a block.
func walkElements(block object, visit func(object)) {
	each := func(v any) {
		if e, ok := v.(object); ok && interactive(e["type"]) {
			visit(e)
		}
	}
	each(block["accessory"])
	each(block["element"])
	if block["type"] == "actions" || block["type"] == "context_actions" {
		if list, ok := block["elements"].([]any); ok {
			for _, e := range list {
				each(e)
			}
		}
	}
}

func interactive(t any) bool {
	switch t {
	case "button", "static_select", "external_select", "users_select", "conversations_select", "channels_select",
		"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select",
		"multi_channels_select", "overflow", "radio_buttons", "checkboxes", "datepicker", "timepicker",
		"datetimepicker", "plain_text_input", "email_text_input", "url_text_input", "number_input",
		"rich_text_input", "file_input", "workflow_button", "feedback_buttons", "icon_button":
		return true
	}
	return false
}

func cloneJSON(v any) any {
	switch v := v.(type) {
	case object:
		out := make(object, len(v))
		for k, x := range v {
			out[k] = cloneJSON(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = cloneJSON(x)
		}
		return out
	}
	return v
}

func sameJSON(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}
