package slacksim

import (
	"encoding/base64"
	"mime"
	"net/http"
	"path"
	"strings"
)

// say posts as a person. Text is mrkdwn as Slack stores it; with link_names, bare @names and URLs
// become markup first, as a composer does.
func (s *Server) say(r *actRequest) (object, *actError) {
	if r.a.str("bot") != "" {
		return s.sayAsBot(r)
	}
	u, c, fail := s.actor(r)
	if fail != nil {
		return nil, fail
	}
	if c.Archived {
		return nil, refuse(http.StatusConflict, "is_archived", "that channel is archived")
	}
	thread := r.a.str("thread_ts")
	if root := c.msgs[thread]; thread != "" && (root == nil || root.isReply()) {
		return nil, refuse(http.StatusNotFound, "thread_not_found", "there is no such thread")
	}
	text := r.a.str("text")
	if r.a.bool("link_names") {
		text = s.autoParse(text, true, true)
	}
	m := &message{TS: s.nextTS(), ThreadTS: thread, User: u.ID, Team: u.Team, Text: text, AutoBlocks: true,
		ClientMsgID: s.nextUUID("client"), Broadcast: thread != "" && r.a.bool("reply_broadcast")}
	if files, ok := r.a["files"].([]any); ok {
		for _, f := range files {
			o, _ := f.(object)
			name, _ := o["name"].(string)
			b64, _ := o["content_base64"].(string)
			data, err := base64.StdEncoding.DecodeString(b64)
			if err != nil || name == "" {
				return nil, refuse(http.StatusBadRequest, "invalid_file", "a file needs a name and content_base64")
			}
			f := s.addFile(name, data, u, c, m)
			f.Access, _ = o["file_access"].(string)
			s.saveFile(f)
			m.FileIDs = append(m.FileIDs, f.ID)
		}
	}
	if text == "" && len(m.FileIDs) == 0 {
		return nil, refuse(http.StatusUnprocessableEntity, "no_text", "there is nothing to say")
	}
	if tooLong(text, maxText) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "msg_too_long", "a message holds 40,000 characters")
	}
	blocks, fail := s.composed(r, text)
	if fail != nil {
		return nil, fail
	}
	if len(m.FileIDs) > 0 {
		m.Subtype = "file_share"
	}
	m.Blocks = blocks
	c.add(m)
	s.posted(c, m)
	s.unfurl(c, m)
	return object{"ts": m.TS}, nil
}

// composed is the rich_text block of what a person says: given, as a composer
// sends it beside the text that it derives from it, or else made of the text.
func (s *Server) composed(r *actRequest, text string) ([]any, *actError) {
	given, ok := r.a["blocks"].([]any)
	if !ok {
		return s.nameBlocks(s.st.text.richText(text)), nil
	}
	var kind string
	if len(given) == 1 {
		o, _ := given[0].(object)
		kind, _ = o["type"].(string)
	}
	if kind != "rich_text" {
		return nil, refuse(http.StatusBadRequest, "invalid_blocks", "a composer sends one rich_text block")
	}
	if bad := checkBlocks(given, surfaceMessage, "/blocks"); len(bad) > 0 {
		return nil, refuse(http.StatusBadRequest, "invalid_blocks", bad.messages()[0])
	}
	return s.nameBlocks(given), nil
}

func (s *Server) addFile(name string, data []byte, u *user, c *channel, m *message) *file {
	f := &file{ID: s.next("F"), Name: name, Title: name, User: u.ID, Channel: c.ID, TS: m.TS, Mime: mimeOf(name, data), Data: data,
		Created: s.stamp().Unix(), Shares: []fileShare{{Channel: c.ID, TS: m.TS, ThreadTS: m.ThreadTS}}}
	s.st.Files[f.ID] = f
	return f
}

// mimeOf is what Slack takes a file for: it goes by the name first.
func mimeOf(name string, data []byte) string {
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = http.DetectContentType(data)
	}
	kind, _, _ = strings.Cut(kind, ";")
	return kind
}

// own finds a person's own message.
func (s *Server) own(r *actRequest) (*user, *channel, *message, *actError) {
	u, c, fail := s.actor(r)
	if fail != nil {
		return nil, nil, nil, fail
	}
	m := c.msgs[r.a.str("ts")]
	if m == nil || m.Subtype == "tombstone" {
		return nil, nil, nil, refuse(http.StatusNotFound, "message_not_found", "there is no such message")
	}
	return u, c, m, nil
}

func (s *Server) edit(r *actRequest) (object, *actError) {
	u, c, m, fail := s.own(r)
	if fail != nil {
		return nil, fail
	}
	if m.User != u.ID {
		return nil, refuse(http.StatusForbidden, "cant_update_message", "people edit their own messages only")
	}
	text := r.a.str("text")
	if r.a.bool("link_names") {
		text = s.autoParse(text, true, true)
	}
	blocks, fail := s.composed(r, text)
	if fail != nil {
		return nil, fail
	}
	before := withMetadata(m, s.render(c, m))
	was := *m
	m.Text, m.Blocks = text, blocks
	m.EditedBy, m.EditedTS = u.ID, s.nextTS()
	s.notify(c, m, &was)
	s.changed(c, m, before)
	return object{}, nil
}

func (s *Server) remove(r *actRequest) (object, *actError) {
	u, c, m, fail := s.own(r)
	if fail != nil {
		return nil, fail
	}
	if m.User != u.ID && !u.Admin {
		return nil, refuse(http.StatusForbidden, "cant_delete_message", "people delete their own messages only")
	}
	s.deleted(c, m)
	return object{}, nil
}

func (s *Server) reactAs(r *actRequest, add bool) (object, *actError) {
	u, c, m, fail := s.own(r)
	if fail != nil {
		return nil, fail
	}
	name := strings.Trim(r.a.str("emoji"), ":")
	code := ""
	if add {
		code = s.react(c, m, u.ID, name)
	} else {
		code = s.unreact(c, m, u.ID, name)
	}
	if code != "" {
		return nil, refuse(http.StatusConflict, code, "Slack would answer "+code)
	}
	return object{}, nil
}
