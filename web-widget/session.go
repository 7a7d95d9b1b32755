package widget

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"threadline/bridge"
)

// What a website or a visitor may say about a visitor, in bytes and entries.
const (
	maxName       = 200
	maxEmail      = 254
	maxPhone      = 64
	maxFields     = 50
	maxFieldName  = 64
	maxFieldValue = 1024
	maxAddress    = 2048
	maxReferrer   = 512
)

// sessionMessages is how many of the newest messages a session brings along.
const sessionMessages = 200

type sessionRequest struct {
	Site     string `json:"site"`
	Referrer string `json:"referrer"`
	Locale   string `json:"locale"`
	Visitor  struct {
		Name       string         `json:"name"`
		Email      string         `json:"email"`
		Phone      string         `json:"phone"`
		Attributes map[string]any `json:"attributes"`
	} `json:"visitor"`
}

type sessionReply struct {
	Token          string           `json:"token"`
	VisitorID      string           `json:"visitor_id"`
	ConversationID string           `json:"conversation_id"`
	Conversation   conversationJSON `json:"conversation"`
	Messages       []messageJSON    `json:"messages"`
	Site           siteJSON         `json:"site"`
}

// sessions begins a visitor's session or, with an earlier token, goes on with
// it. A token that is genuine but expired still resumes.
func (h *Handler) sessions(w http.ResponseWriter, r *http.Request) error {
	var in sessionRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	site, err := h.store.Site(r.Context(), bridge.SiteID(in.Site))
	if errors.Is(err, bridge.ErrNotFound) {
		return &problem{status: http.StatusNotFound, code: "unknown_site", message: "There is no site of that name here."}
	}
	if err != nil {
		return err
	}
	if err := h.siteAdmits(r, site.ID); err != nil {
		return err
	}
	c, resumed, err := h.claimsFor(r, site.ID)
	if err != nil {
		return err
	}
	now := h.clock.Now()
	c.Issued, c.Expires = now.Unix(), now.Add(tokenLife).Unix()
	c.Locale = locale(in.Locale, c.Locale)
	c.Device = device(r.UserAgent())
	if c.Referrer == "" {
		c.Referrer = cut(webAddress(in.Referrer), maxReferrer)
	}
	attributes, err := plainFields(in.Visitor.Attributes)
	if err != nil {
		return err
	}
	contact := bridge.Contact{Name: in.Visitor.Name, Email: in.Visitor.Email, Phone: in.Visitor.Phone}
	usable(&contact)
	if err := h.welcome(r.Context(), c, resumed, contact, attributes, now); err != nil {
		return err
	}
	reply, err := h.sessionReply(r.Context(), c, site)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, reply)
	return nil
}

// claimsFor is who the request speaks for: whoever its token names, or a new
// visitor. The bool tells which.
func (h *Handler) claimsFor(r *http.Request, site bridge.SiteID) (claims, bool, error) {
	token, ok := bearer(r)
	if ok {
		c, genuine := h.tokens.parse(token)
		if !genuine || c.Site != site {
			return claims{}, false, invalidToken()
		}
		return c, true, nil
	}
	visitor, err := uuid.NewV7()
	if err != nil {
		return claims{}, false, fmt.Errorf("widget: visitor id: %w", err)
	}
	conversation, err := uuid.NewV7()
	if err != nil {
		return claims{}, false, fmt.Errorf("widget: conversation id: %w", err)
	}
	return claims{
		Site: site, Visitor: bridge.VisitorID(visitor.String()), Conversation: bridge.ConversationID(conversation.String()),
	}, false, nil
}

// welcome keeps the visitor and whatever the website says about them.
func (h *Handler) welcome(ctx context.Context, c claims, resumed bool, given bridge.Contact, attributes map[string]string, now time.Time) error {
	v := bridge.Visitor{ID: c.Visitor, SiteID: c.Site, CreatedAt: now}
	fresh := true
	if resumed {
		old, err := h.store.Visitor(ctx, c.Visitor)
		switch {
		case err == nil:
			v, fresh = old, false
		case !errors.Is(err, bridge.ErrNotFound):
			return err
		}
	}
	changed := mergeContact(&v, given)
	for key, value := range attributes {
		if old, ok := v.Attributes[key]; ok && old == value {
			continue
		}
		next := maps.Clone(v.Attributes)
		if next == nil {
			next = make(map[string]string)
		}
		if next[key] = value; len(next) > maxFields {
			return tooManyFields()
		}
		v.Attributes, changed = next, true
	}
	if !fresh && !changed {
		return nil
	}
	if conv, err := h.conversation(ctx, c); err != nil {
		return err
	} else if conv.Begun() {
		// Others write to this visitor too: settled under the conversation's
		// lock, neither overwrites the other.
		_, err = h.bridge.Handle(ctx, bridge.VisitorIntroduced{
			Conversation: c.Conversation, Visitor: c.Visitor, Contact: given, Attributes: attributes,
		})
		return err
	}
	return h.store.SaveVisitor(ctx, v)
}

// mergeContact writes what is given over what is known and reports whether
// that changed anything.
func mergeContact(v *bridge.Visitor, c bridge.Contact) bool {
	changed := false
	for _, f := range []struct {
		known *string
		given string
	}{{&v.Name, c.Name}, {&v.Email, c.Email}, {&v.Phone, c.Phone}} {
		if f.given != "" && f.given != *f.known {
			*f.known, changed = f.given, true
		}
	}
	for key, value := range c.Fields {
		if v.Fields[key] == value {
			continue
		}
		next := maps.Clone(v.Fields)
		if next == nil {
			next = make(map[string]string)
		}
		next[key] = value
		v.Fields, changed = next, true
	}
	return changed
}

func (h *Handler) sessionReply(ctx context.Context, c claims, site bridge.Site) (sessionReply, error) {
	// The conversation is read first: a message that comes in between is then
	// newer than its rev, and the stream brings it once more.
	conv, err := h.conversation(ctx, c)
	if err != nil {
		return sessionReply{}, err
	}
	var list []bridge.Message
	if conv.Begun() {
		list, err = h.store.Messages(ctx, c.Conversation, max(0, conv.Seq-sessionMessages), sessionMessages)
		if err != nil {
			return sessionReply{}, err
		}
	}
	s := h.scribe()
	reply := sessionReply{
		Token: h.tokens.sign(c), VisitorID: string(c.Visitor), ConversationID: string(c.Conversation), Site: siteShape(site),
	}
	if reply.Messages, err = s.messages(ctx, list); err != nil {
		return sessionReply{}, err
	}
	reply.Conversation, err = s.conversation(ctx, conv)
	return reply, err
}

// usable leaves out of a contact what cannot be one. A website says it, often
// from what people typed long ago, and its visitor is not to blame.
func usable(c *bridge.Contact) {
	c.Name, c.Email, c.Phone = cut(tidy(c.Name), maxName), tidy(c.Email), tidy(c.Phone)
	if checkContact(&bridge.Contact{Email: c.Email}) != nil {
		c.Email = ""
	}
	if len(c.Phone) > maxPhone {
		c.Phone = ""
	}
}

// checkContact tidies a contact and refuses what cannot be one.
func checkContact(c *bridge.Contact) error {
	c.Name, c.Email, c.Phone = tidy(c.Name), tidy(c.Email), tidy(c.Phone)
	switch {
	case len(c.Name) > maxName:
		return invalid("name_too_long", "The name is too long.")
	case len(c.Phone) > maxPhone:
		return invalid("phone_too_long", "The phone number is too long.")
	case c.Email == "":
		return nil
	}
	if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email || len(c.Email) > maxEmail {
		return invalid("invalid_email", "That does not look like an e-mail address.")
	}
	return nil
}

// plainFields turns JSON values into texts: a website may send a number or a
// yes where a person would write one.
func plainFields(in map[string]any) (map[string]string, error) {
	if len(in) > maxFields {
		return nil, tooManyFields()
	}
	out := make(map[string]string, len(in))
	for key, value := range in {
		text, ok := value.(string)
		if !ok && value != nil {
			raw, err := json.Marshal(value)
			if err != nil {
				return nil, malformed("A field cannot be read.")
			}
			text = string(raw)
		}
		key, text = tidy(key), tidy(text)
		if key == "" || len(key) > maxFieldName || len(text) > maxFieldValue {
			return nil, invalid("field_too_long", "A field's name or value is empty or too long.")
		}
		out[key] = text
	}
	return out, nil
}

func tooManyFields() error { return invalid("too_many_fields", "There are too many fields.") }

// clean takes out the one character that no database keeps.
func clean(s string) string { return strings.ReplaceAll(s, "\x00", "") }

func tidy(s string) string { return strings.TrimSpace(clean(s)) }

// webAddress is the address if a page can have it, else empty.
func webAddress(s string) string {
	s = tidy(s)
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return cut(s, maxAddress)
}

// cut shortens s to at most n bytes, at the end of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// locale is the language tag if it is one, else the one before.
func locale(s, before string) string {
	if s == "" || len(s) > 35 {
		return before
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return before
		}
	}
	return s
}
