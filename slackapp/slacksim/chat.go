package slacksim

import (
	"slices"
	"unicode/utf8"
)

// visible finds the channel an argument names and checks that the bot may act in it.
// Slack: a private channel one is not in looks unknown; a public one is not_in_channel.
func (s *Server) visible(c *call, byName bool) (*channel, *apiError) {
	ref := c.args.str("channel")
	if ref == "" {
		return nil, missing("channel")
	}
	ch := s.st.channel(ref)
	if ch == nil && byName {
		ch = s.st.channelRef(ref)
		if u := s.st.ws.user(ref); ch == nil && u != nil {
			ch = s.st.im(u.ID)
		}
	}
	if ch == nil {
		c.channel = ref
		return nil, fault("channel_not_found")
	}
	c.channel = ch.ID
	if !ch.has(s.st.ws.BotUser) {
		if ch.Private {
			return nil, fault("channel_not_found")
		}
		return nil, fault("not_in_channel")
	}
	return ch, nil
}

// body is what a post or update carries, checked.
type body struct {
	text        string
	hasText     bool
	blocks      []any
	hasBlocks   bool
	attachments []any
	hasAttach   bool
	metadata    object
	hasMeta     bool
}

func (b body) empty() bool {
	return b.text == "" && len(b.blocks) == 0 && len(b.attachments) == 0
}

// readBody reads and checks text, blocks, attachments and metadata.
func (s *Server) readBody(c *call) (body, *apiError) {
	var b body
	b.text, b.hasText = c.args.str("text"), c.args.has("text")
	if md := c.args.str("markdown_text"); md != "" {
		if b.hasText || c.args.has("blocks") {
			return b, fault("markdown_text_conflict")
		}
		if utf8.RuneCountInString(md) > 12000 {
			return b, fault("msg_too_long")
		}
		b.text, b.hasText = md, true
	}
	blocks, present, err := c.args.json("blocks")
	if present || err != nil {
		list, ok := blocks.([]any)
		if err != nil || !ok {
			return b, fault("invalid_blocks_format")
		}
		if v := checkBlocks(list, surfaceMessage, "/blocks"); len(v) > 0 {
			return b, invalid("invalid_blocks", v.messages()...)
		}
		if total := blocksSize(list); total > maxBlocksText {
			return b, fault("msg_blocks_too_long")
		}
		b.blocks, b.hasBlocks = s.parseBlocks(list), true
	}
	att, present, err := c.args.json("attachments")
	if present || err != nil {
		list, ok := att.([]any)
		if err != nil || !ok {
			return b, fault("invalid_attachments")
		}
		if len(list) > 100 {
			return b, fault("too_many_attachments")
		}
		b.attachments, b.hasAttach = list, true
	}
	meta, present, err := c.args.json("metadata")
	if present || err != nil {
		o, ok := meta.(object)
		if err != nil || !ok {
			return b, fault("invalid_metadata_format")
		}
		b.hasMeta = true
		if len(o) > 0 {
			if fail := checkMetadata(o); fail != nil {
				return b, fail
			}
			b.metadata = object{"event_type": o["event_type"], "event_payload": o["event_payload"]}
		}
	}
	return b, nil
}

// maxMetadata is a guess: Slack has metadata_too_large but does not publish the size.
const maxMetadata = 8 << 10

func checkMetadata(o object) *apiError {
	t, ok := o["event_type"].(string)
	if !ok || t == "" {
		return fault("invalid_metadata_schema")
	}
	if _, ok := o["event_payload"].(object); !ok {
		return fault("invalid_metadata_schema")
	}
	if len(mustJSON(o)) > maxMetadata {
		return fault("metadata_too_large")
	}
	return nil
}

// maxText is where a message's text is cut (Slack: chat.postMessage, truncating content).
const maxText = 40000

func (s *Server) chatPostMessage(c *call) (object, *apiError) {
	if !c.args.has("channel") {
		return nil, missing("channel")
	}
	if !c.args.has("text") && !c.args.has("blocks") && !c.args.has("attachments") && !c.args.has("markdown_text") {
		return nil, fault("no_text")
	}
	custom := c.args.has("username") || c.args.has("icon_emoji") || c.args.has("icon_url")
	if custom {
		if fail := s.needScope("chat:write.customize"); fail != nil {
			return nil, fail
		}
	}
	ch, fail := s.visible(c, true)
	if fail != nil {
		return nil, fail
	}
	if ch.Archived {
		return nil, fault("is_archived")
	}
	if slices.Contains(s.faults.restricted, ch.ID) {
		return nil, fault("restricted_action_read_only_channel")
	}
	thread, fail := s.threadRoot(ch, c.args.str("thread_ts"))
	if fail != nil {
		return nil, fail
	}
	b, fail := s.readBody(c)
	if fail != nil {
		return nil, fail
	}
	if b.empty() {
		return nil, fault("no_text")
	}
	if utf8.RuneCountInString(b.text) > maxText {
		b.text = string([]rune(b.text)[:maxText])
		c.warn("message_truncated")
	}
	w := s.st.ws
	m := &message{TS: s.nextTS(), ThreadTS: thread, User: w.BotUser, Team: w.TeamID, BotID: w.BotID, AppID: w.AppID,
		Text: s.parseText(b.text, c.args, ""), Attachments: b.attachments, Metadata: b.metadata,
		Broadcast: thread != "" && c.args.bool("reply_broadcast")}
	if custom {
		m.User, m.Subtype, m.Username, m.Icons = "", "bot_message", c.args.str("username"), object{}
		if m.Username == "" {
			m.Username = w.BotName
		}
		if e := c.args.str("icon_emoji"); e != "" {
			m.Icons["emoji"] = e
		} else if u := c.args.str("icon_url"); u != "" {
			m.Icons["image_48"] = u
		}
	}
	if b.hasBlocks {
		m.Blocks, m.Carried = s.setBlocks(b.blocks, nil)
	} else {
		m.Blocks, m.AutoBlocks = s.nameBlocks(s.st.text.richText(m.Text)), true
	}
	c.ts = m.TS
	if c.hidden { // Slack: rate limits, "not displaying some messages sent by this application"
		return object{"channel": ch.ID, "ts": m.TS, "message": withMetadata(m, s.render(ch, m))}, nil
	}
	ch.add(m)
	s.dropStatus(ch.ID, m.ThreadTS)
	s.posted(ch, m)
	out := object{"channel": ch.ID, "ts": m.TS, "message": withMetadata(m, s.render(ch, m))}
	if c.args.wantsUnfurl() {
		s.unfurl(ch, m)
	}
	return out, nil
}

// threadRoot checks the parent that a reply names. What Slack does with an unknown parent is not
// documented; refusing it is the stricter choice.
func (s *Server) threadRoot(ch *channel, ts string) (string, *apiError) {
	if ts == "" {
		return "", nil
	}
	root := ch.msgs[ts]
	switch {
	case root == nil:
		return "", fault("thread_not_found")
	case root.isReply():
		return "", fault("cannot_reply_to_message")
	}
	return ts, nil
}

func (s *Server) chatUpdate(c *call) (object, *apiError) {
	if !c.args.has("ts") {
		return nil, missing("ts")
	}
	_, emptied := c.args["blocks"]
	if !c.args.has("text") && !emptied && !c.args.has("attachments") && !c.args.has("metadata") && !c.args.has("markdown_text") {
		return nil, fault("no_text")
	}
	ch, fail := s.visible(c, false)
	if fail != nil {
		return nil, fail
	}
	c.ts = c.args.str("ts")
	if ch.Archived {
		return nil, fault("is_inactive")
	}
	m := ch.msgs[c.ts]
	if m == nil {
		return nil, fault("message_not_found")
	}
	if m.BotID != s.st.ws.BotID || m.Subtype == "tombstone" {
		return nil, fault("cant_update_message")
	}
	b, fail := s.readBody(c)
	if fail != nil {
		return nil, fail
	}
	if utf8.RuneCountInString(b.text) > 4000 {
		return nil, fault("msg_too_long")
	}
	s.applyUpdate(ch, m, b, c.args)
	// The message of this reply has neither its ts nor anything of its thread, as recorded replies show.
	out := withMetadata(m, s.render(ch, m))
	for _, k := range []string{"ts", "thread_ts", "reply_count", "reply_users_count", "reply_users", "latest_reply",
		"is_locked", "subscribed", "parent_user_id", "root", "reactions"} {
		delete(out, k)
	}
	return object{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": out}, nil
}

// applyUpdate changes a message of the application's own. What a call leaves out stays as it was
// (Slack: chat.update, blocks, attachments and metadata); blocks made from the old text follow a new text.
func (s *Server) applyUpdate(ch *channel, m *message, b body, a args) {
	before := withMetadata(m, s.render(ch, m))
	was := *m
	if b.hasText {
		m.Text = s.parseText(b.text, a, "client")
	}
	switch {
	case b.hasBlocks:
		m.Blocks, m.Carried = s.setBlocks(b.blocks, m.Carried)
		m.AutoBlocks = false
	case b.hasText && was.AutoBlocks:
		m.Blocks = s.nameBlocks(s.st.text.richText(m.Text))
	}
	if b.hasAttach {
		m.Attachments = b.attachments
	}
	if b.hasMeta {
		m.Metadata = b.metadata
	}
	if m.isReply() && a.bool("reply_broadcast") {
		m.Broadcast = true
	}
	changed := m.Text != was.Text || !sameJSON(stripIDs(m.Blocks), stripIDs(was.Blocks)) || !sameJSON(m.Attachments, was.Attachments)
	if b.hasText && changed {
		m.EditedBy, m.EditedTS = s.st.ws.BotUser, s.nextTS()
	}
	s.notify(ch, m, &was)
	if changed {
		s.changed(ch, m, before)
		return
	}
	s.saveMessage(ch, m)
}

func (s *Server) chatDelete(c *call) (object, *apiError) {
	if !c.args.has("ts") {
		return nil, missing("ts")
	}
	ch, fail := s.visible(c, false)
	if fail != nil {
		return nil, fail
	}
	c.ts = c.args.str("ts")
	m := ch.msgs[c.ts]
	switch {
	case m == nil || m.Subtype == "tombstone":
		return nil, fault("message_not_found")
	case m.BotID != s.st.ws.BotID || m.Username != "":
		// Slack: chat.delete makes no allowance for posts under a customised name.
		return nil, fault("cant_delete_message")
	}
	s.deleted(ch, m)
	return object{"channel": ch.ID, "ts": c.ts}, nil
}

func (s *Server) chatPostEphemeral(c *call) (object, *apiError) {
	if !c.args.has("channel") {
		return nil, missing("channel")
	}
	if !c.args.has("user") {
		return nil, missing("user")
	}
	if !c.args.has("text") && !c.args.has("blocks") && !c.args.has("attachments") {
		return nil, fault("no_text")
	}
	ch, fail := s.visible(c, false)
	if fail != nil {
		return nil, fail
	}
	if ch.Archived {
		return nil, fault("is_archived")
	}
	u := s.st.ws.user(c.args.str("user"))
	if u == nil || !ch.has(u.ID) {
		return nil, fault("user_not_in_channel")
	}
	thread, fail := s.threadRoot(ch, c.args.str("thread_ts"))
	if fail != nil {
		return nil, fail
	}
	b, fail := s.readBody(c)
	if fail != nil {
		return nil, fail
	}
	e := s.addEphemeral(u.ID, ch, thread, b, c.args)
	c.ts = e.ID
	return object{"message_ts": e.ID}, nil
}

// addEphemeral shows a message to one person. Its id is its message_ts; it is in no history.
func (s *Server) addEphemeral(user string, ch *channel, thread string, b body, a args) *ephemeral {
	e := &ephemeral{ID: s.nextTS(), User: user, Channel: ch.ID, ThreadTS: thread, Text: s.parseText(b.text, a, ""),
		Attachments: b.attachments}
	e.Blocks, e.Carried = s.setBlocks(b.blocks, nil)
	s.st.Ephemeral[e.ID] = e
	s.saveEphemeral(e)
	for i := range s.running {
		if i.user == user {
			i.ephemerals = append(i.ephemerals, e.ID)
			i.effect()
		}
	}
	return e
}

func (s *Server) saveEphemeral(e *ephemeral) {
	s.journal.put("ephemeral/"+e.ID, e)
	s.hub.send("ephemeral", object{"id": e.ID, "user": e.User, "channel": e.Channel})
}

func (s *Server) chatPermalink(c *call) (object, *apiError) {
	ts := c.args.str("message_ts")
	if ts == "" {
		return nil, missing("message_ts")
	}
	ch, fail := s.visible(c, false)
	if fail != nil {
		return nil, fail
	}
	m := ch.msgs[ts]
	if m == nil {
		return nil, fault("message_not_found")
	}
	return object{"channel": ch.ID, "permalink": s.permalink(ch, m)}, nil
}
