package widget

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"threadline/bridge"
)

// press makes the natural key of something a visitor does once.
func press() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("widget: press id: %w", err)
	}
	return id.String(), nil
}

// handoff asks for a person. Asking again while somebody is on the way changes
// nothing and is answered alike.
func (h *Handler) handoff(w http.ResponseWriter, r *http.Request, c claims) error {
	var in struct {
		PageURL string `json:"page_url"`
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	id, err := press()
	if err != nil {
		return err
	}
	receipt, err := h.bridge.Handle(r.Context(), bridge.VisitorAskedForPerson{
		Conversation: c.Conversation, Visitor: c.Visitor, SiteID: c.Site, Press: id,
		PageURL: webAddress(in.PageURL), Referrer: c.Referrer, Locale: c.Locale, Device: c.Device,
	})
	if err != nil {
		return err
	}
	if receipt.Verdict == bridge.Blocked {
		return blocked()
	}
	writeJSON(w, http.StatusAccepted, struct{}{})
	return nil
}

// end ends the chat. One that has not begun, or is over, stays as it is.
func (h *Handler) end(w http.ResponseWriter, r *http.Request, c claims) error {
	var in struct{}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	conv, err := h.conversation(r.Context(), c)
	if err != nil {
		return err
	}
	if conv.Begun() {
		id, err := press()
		if err != nil {
			return err
		}
		if _, err := h.bridge.Handle(r.Context(), bridge.VisitorEnded{Conversation: c.Conversation, Press: id}); err != nil {
			return err
		}
	}
	writeJSON(w, http.StatusOK, struct{}{})
	return nil
}

// seen notes how far the visitor has read. Only progress is an event.
func (h *Handler) seen(w http.ResponseWriter, r *http.Request, c claims) error {
	var in struct {
		Seq *int64 `json:"seq"`
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if in.Seq == nil || *in.Seq < 0 {
		return invalid("invalid_seq", "The field seq must be a whole number of at least 0.")
	}
	conv, err := h.conversation(r.Context(), c)
	if err != nil {
		return err
	}
	if seq := min(*in.Seq, conv.Seq); seq > conv.VisitorSeen {
		if _, err := h.bridge.Handle(r.Context(), bridge.VisitorSaw{Conversation: c.Conversation, Seq: seq}); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// typing tells the desk while a person holds the chat. It is never kept, and
// the visitor never hears whether it could be shown.
func (h *Handler) typing(w http.ResponseWriter, r *http.Request, c claims) error {
	var in struct {
		Typing *bool `json:"typing"`
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if in.Typing == nil {
		return invalid("invalid_field", "The field typing must be true or false.")
	}
	h.feed.Sign(bridge.Sign{Conversation: c.Conversation, Kind: bridge.SignVisitor, On: *in.Typing})
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// contact takes how the visitor can be reached. Before the conversation begins
// nobody at the desk needs to be told, so it is only kept.
func (h *Handler) contact(w http.ResponseWriter, r *http.Request, c claims) error {
	var in struct {
		Name   string         `json:"name"`
		Email  string         `json:"email"`
		Phone  string         `json:"phone"`
		Fields map[string]any `json:"fields"`
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	fields, err := plainFields(in.Fields)
	if err != nil {
		return err
	}
	given := bridge.Contact{Name: in.Name, Email: in.Email, Phone: in.Phone}
	if err := checkContact(&given); err != nil {
		return err
	}
	if len(fields) > 0 {
		given.Fields = fields
	}
	if given.Name == "" && given.Email == "" && given.Phone == "" && len(fields) == 0 {
		return invalid("empty_contact", "Please give a name, an e-mail address or a phone number.")
	}
	conv, err := h.conversation(r.Context(), c)
	if err != nil {
		return err
	}
	if !conv.Begun() {
		err = h.keepContact(r, c, given)
	} else {
		var id string
		if id, err = press(); err == nil {
			_, err = h.bridge.Handle(r.Context(), bridge.VisitorGaveContact{
				Conversation: c.Conversation, Visitor: c.Visitor, Press: id, Contact: given,
			})
		}
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, struct{}{})
	return nil
}

func (h *Handler) keepContact(r *http.Request, c claims, given bridge.Contact) error {
	v, err := h.store.Visitor(r.Context(), c.Visitor)
	if errors.Is(err, bridge.ErrNotFound) {
		v = bridge.Visitor{ID: c.Visitor, SiteID: c.Site, CreatedAt: h.clock.Now().Truncate(time.Millisecond)}
	} else if err != nil {
		return err
	}
	if !mergeContact(&v, given) {
		return nil
	}
	if len(v.Fields) > maxFields {
		return tooManyFields()
	}
	return h.store.SaveVisitor(r.Context(), v)
}
