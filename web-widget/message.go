package widget

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"threadline/bridge"
)

const (
	// maxText is the longest line a visitor can send, in code points.
	maxText = 8000
	// maxClientID is the longest id a visitor's program may give a line.
	maxClientID  = 64
	defaultLimit = 200
	maxLimit     = 500
)

type messageRequest struct {
	ClientID      string   `json:"client_id"`
	Text          string   `json:"text"`
	PageURL       string   `json:"page_url"`
	AttachmentIDs []string `json:"attachment_ids"`
}

type messageReply struct {
	Message messageJSON `json:"message"`
}

type messagesReply struct {
	Messages     []messageJSON    `json:"messages"`
	Conversation conversationJSON `json:"conversation"`
	More         bool             `json:"more"`
}

func textTooLong() error {
	return &problem{
		status: http.StatusRequestEntityTooLarge, code: "text_too_long",
		message: "A message can have 8,000 characters. Please split it in two.",
	}
}

// check refuses what cannot be a line. The text stays as it was typed.
func (m *messageRequest) check() error {
	if !plausibleID(m.ClientID) {
		return invalid("invalid_client_id", "A message needs a client_id of 1 to 64 letters, digits, dots, colons, dashes or underscores.")
	}
	m.Text = clean(m.Text)
	if utf8.RuneCountInString(m.Text) > maxText {
		return textTooLong()
	}
	if len(m.AttachmentIDs) > bridge.MessageFiles {
		return invalid("too_many_attachments", "A message can carry 10 files.")
	}
	for _, id := range m.AttachmentIDs {
		if !plausibleID(id) {
			return unknownFile()
		}
	}
	if blank(m.Text) && len(m.AttachmentIDs) == 0 {
		return invalid("empty_text", "The message is empty.")
	}
	return nil
}

// blank says that a text shows nothing: blanks, and characters without a shape.
func blank(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Cc, r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
	}) < 0
}

func (m *messageRequest) files() []bridge.FileID {
	var ids []bridge.FileID
	for _, id := range m.AttachmentIDs {
		ids = append(ids, bridge.FileID(id))
	}
	return ids
}

func unknownFile() error {
	return invalid("unknown_attachment", "A file of this message was not uploaded here, or another message has it. Please attach it again.")
}

func plausibleID(s string) bool {
	if s == "" || len(s) > maxClientID {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.:", r) {
			return false
		}
	}
	return true
}

// postMessage takes a visitor's line. Once it answers 200 or 201, the line is
// kept for good.
func (h *Handler) postMessage(w http.ResponseWriter, r *http.Request, c claims) error {
	var in messageRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	receipt, err := h.bridge.Handle(r.Context(), bridge.VisitorWrote{
		Conversation: c.Conversation, Visitor: c.Visitor, SiteID: c.Site,
		ClientID: in.ClientID, Text: in.Text, Files: in.files(),
		PageURL: webAddress(in.PageURL), Referrer: c.Referrer, Locale: c.Locale, Device: c.Device,
	})
	if err != nil {
		return err
	}
	switch receipt.Verdict {
	case bridge.Conflict:
		return conflict()
	case bridge.UnknownFile:
		return unknownFile()
	case bridge.Blocked:
		return blocked()
	}
	if receipt.Message == "" {
		return fmt.Errorf("widget: message %s of %s: verdict %s without a message", in.ClientID, c.Conversation, receipt.Verdict)
	}
	m, err := h.store.Message(r.Context(), receipt.Message)
	if err != nil {
		return err
	}
	j, err := h.scribe().message(r.Context(), m)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if receipt.Repeat {
		status = http.StatusOK
	}
	writeJSON(w, status, messageReply{j})
	return nil
}

// blocked tells a visitor whom the team has blocked.
func blocked() error {
	return &problem{status: http.StatusForbidden, code: "blocked", message: "This chat has been closed. No further messages are taken here."}
}

func conflict() error {
	return &problem{
		status: http.StatusConflict, code: "client_id_conflict",
		message: "This client_id belongs to a message with another text or other files.",
	}
}

// getMessages reads a piece of the conversation in rising seq.
func (h *Handler) getMessages(w http.ResponseWriter, r *http.Request, c claims) error {
	after, err := number(r, "after", 0)
	if err != nil {
		return err
	}
	limit, err := number(r, "limit", defaultLimit)
	if err != nil {
		return err
	}
	limit = min(max(limit, 1), maxLimit)
	// The conversation first, for the reason given in sessionReply.
	conv, err := h.conversation(r.Context(), c)
	if err != nil {
		return err
	}
	var list []bridge.Message
	if conv.Begun() {
		if list, err = h.store.Messages(r.Context(), c.Conversation, after, int(limit)+1); err != nil {
			return err
		}
	}
	reply := messagesReply{More: len(list) > int(limit)}
	if reply.More {
		list = list[:limit]
	}
	s := h.scribe()
	if reply.Messages, err = s.messages(r.Context(), list); err != nil {
		return err
	}
	if reply.Conversation, err = s.conversation(r.Context(), conv); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, reply)
	return nil
}

// number reads a whole number of at least zero from the query.
func number(r *http.Request, name string, absent int64) (int64, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, &problem{
			status: http.StatusBadRequest, code: "invalid_parameter",
			message: "The parameter " + name + " must be a whole number of at least 0.",
		}
	}
	return n, nil
}
