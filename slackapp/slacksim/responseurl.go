package slacksim

import (
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	responseUses = 5
	responseAge  = 30 * time.Minute
)

// serveResponseURL takes an answer to an interaction (Slack: response_url).
func (s *Server) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	e, pre, finish := s.answering("response_url", func() string {
		if u := s.st.URLs[r.PathValue("secret")]; u != nil {
			return u.Channel
		}
		return ""
	})
	if s.applyFault(w, r, pre, e, finish) {
		return
	}
	s.lock()
	status, code := http.StatusOK, ""
	u := s.st.URLs[r.PathValue("secret")]
	var payload object
	switch {
	case pre.rate != nil:
		status, code = http.StatusTooManyRequests, "ratelimited"
		w.Header().Set("Retry-After", pre.rate.header)
	case pre.err != "":
		code = pre.err
	case u == nil:
		status, code = http.StatusNotFound, "no_such_url"
	case !s.now().Before(u.Expires):
		status, code = http.StatusNotFound, "expired_url"
	case u.Uses >= responseUses:
		status, code = http.StatusNotFound, "used_url"
	case r.Method != http.MethodPost:
		status, code = http.StatusMethodNotAllowed, "invalid_post_type"
	case err != nil || decode(raw, &payload) != nil:
		status, code = http.StatusBadRequest, "invalid_payload"
	default:
		e.Channel, e.ThreadTS = u.Channel, args(payload).str("thread_ts")
		u.Uses++
		s.journal.put("url/"+u.ID, u)
		if fail := s.respond(u, payload); fail != nil {
			code = fail.code
		}
	}
	s.unlock()
	e.Status, e.Error, e.OK = status, code, code == ""
	finish()
	if code != "" {
		sendJSON(w, status, object{"ok": false, "error": code})
		return
	}
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, "ok")
}

// respond does what an answer asks: a private message by default, one in the channel, or a change
// of what was pressed. An ephemeral stays one.
func (s *Server) respond(u *responseURL, payload object) *apiError {
	a := args(payload)
	ch := s.st.channel(u.Channel)
	if ch == nil {
		return fault("channel_not_found")
	}
	eph := s.st.Ephemeral[u.EphemeralID]
	msg := ch.msgs[u.MessageTS]
	seen := func() {
		for i := range s.running {
			if i.user == u.User {
				i.response = payload
				i.effect()
			}
		}
	}
	if a.bool("delete_original") {
		switch {
		case eph != nil:
			eph.Gone = true
			s.saveEphemeral(eph)
		case msg != nil && msg.BotID == s.st.ws.BotID:
			s.deleted(ch, msg)
		default:
			return fault("message_not_found")
		}
		seen()
		return nil
	}
	b, fail := s.readBody(&call{args: a})
	if fail != nil {
		return fail
	}
	if b.empty() {
		return fault("no_text")
	}
	if a.bool("replace_original") {
		switch {
		case eph != nil:
			eph.Text, eph.Attachments = s.parseText(b.text, a, ""), b.attachments
			eph.Blocks, eph.Carried = s.setBlocks(b.blocks, eph.Carried)
			s.saveEphemeral(eph)
		case msg != nil && msg.BotID == s.st.ws.BotID:
			if tooLong(b.text, 4000) {
				return fault("msg_too_long")
			}
			b.hasBlocks = true // an answer replaces the whole message
			s.applyUpdate(ch, msg, b, a)
		default:
			return fault("cant_update_message")
		}
		seen()
		return nil
	}
	thread, fail := s.threadRoot(ch, a.str("thread_ts"))
	if fail != nil {
		return fail
	}
	if strings.EqualFold(a.str("response_type"), "in_channel") {
		w := s.st.ws
		m := &message{TS: s.nextTS(), ThreadTS: thread, User: w.BotUser, Team: w.TeamID, BotID: w.BotID, AppID: w.AppID,
			Text: s.parseText(b.text, a, ""), Attachments: b.attachments}
		if b.hasBlocks {
			m.Blocks, m.Carried = s.setBlocks(b.blocks, nil)
		} else {
			m.Blocks, m.AutoBlocks = s.nameBlocks(s.st.text.richText(m.Text)), true
		}
		ch.add(m)
		s.posted(ch, m)
		if a.wantsUnfurl() {
			s.unfurl(ch, m)
		}
	} else {
		s.addEphemeral(u.User, ch, thread, b, a)
	}
	seen()
	return nil
}
