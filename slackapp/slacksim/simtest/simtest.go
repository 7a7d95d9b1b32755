// Package simtest plays the people of a simulated workspace through the
// simulator's controls, for tests that have it in their own process or in
// another one. It knows the controls' JSON, and no code of the simulator or of
// the product.
package simtest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Post is a message as the simulator shows it. EventPayload is what the product
// says of its own posts.
type Post struct {
	TS                  string
	ThreadTS            string `json:"thread_ts"`
	User, Text, Subtype string
	Metadata            struct {
		EventType    string `json:"event_type"`
		EventPayload struct {
			ConversationID string `json:"conversation_id"`
			HandoffID      string `json:"handoff_id"`
			SeqFrom        int64  `json:"seq_from"`
			SeqTo          int64  `json:"seq_to"`
			Delivery       string `json:"delivery"`
		} `json:"event_payload"`
	}
	Blocks    json.RawMessage
	Reactions []struct{ Name string }
	Files     []struct{ Name string }
	Replies   []Post
}

// Ephemeral is a message that one person alone can see.
type Ephemeral struct {
	ID, User, Channel, Text string
	ThreadTS                string `json:"thread_ts"`
	Blocks                  json.RawMessage
}

// State is everything in the workspace. Messages and replies are the oldest
// first.
type State struct {
	Users []struct {
		ID, Name string
		RealName string `json:"real_name"`
	}
	Channels []struct {
		ID, Name string
		Messages []Post
	}
	Ephemerals    []Ephemeral
	Notifications []struct{ User, By, Channel, TS, Kind string }
	App           struct {
		BotUser string `json:"bot_user_id"`
	}
	Pending int            `json:"pending_envelopes"`
	Faults  map[string]any // those that are on: numbers tell how often they will strike yet
}

// User is the id of the person of that name; empty if there is none.
func (s *State) User(name string) string {
	for _, u := range s.Users {
		if u.Name == name {
			return u.ID
		}
	}
	return ""
}

// Workspace is where a simulator's controls are: its URL, without a trailing
// slash. Safe for concurrent use.
type Workspace string

// Do lets somebody do something, or sets the simulator: POST /sim/v1/control.
// The reply may be nil. A control that is refused is an error.
func (w Workspace) Do(ctx context.Context, control string, body, reply any) error {
	return w.call(ctx, http.MethodPost, control, body, reply)
}

// Get looks at something: GET /sim/v1/control.
func (w Workspace) Get(ctx context.Context, control string, reply any) error {
	return w.call(ctx, http.MethodGet, control, nil, reply)
}

func (w Workspace) call(ctx context.Context, method, control string, body, reply any) error {
	status, raw, err := exchange(ctx, method, string(w)+"/sim/v1/"+control, "", body)
	switch {
	case err != nil:
		return fmt.Errorf("simulator: %s: %w", control, err)
	case status != http.StatusOK:
		return fmt.Errorf("simulator: %s: status %d: %s", control, status, raw)
	case reply == nil:
		return nil
	}
	return json.Unmarshal(raw, reply)
}

// State looks at the whole workspace.
func (w Workspace) State(ctx context.Context) (State, error) {
	var s State
	err := w.Get(ctx, "state", &s)
	return s, err
}

// Listening begins to listen for what the person of that name or id is told in
// private. The function that it returns tells what has come since, the oldest
// first. It is asked until there is something: the simulator answers an act of
// a person after at most 3 s, and a busy machine may need more.
func (w Workspace) Listening(ctx context.Context, user string) (func(context.Context) ([]Ephemeral, error), error) {
	s, err := w.State(ctx)
	if err != nil {
		return nil, err
	}
	id, known := cmp.Or(s.User(user), user), map[string]bool{}
	for _, e := range s.Ephemerals {
		known[e.ID+e.Text] = true
	}
	return func(ctx context.Context) ([]Ephemeral, error) {
		s, err := w.State(ctx)
		var fresh []Ephemeral
		for _, e := range s.Ephemerals {
			if e.User == id && !known[e.ID+e.Text] {
				fresh = append(fresh, e)
			}
		}
		return fresh, err
	}, nil
}

// Answers reports whether the simulator waits, after that control, for what the
// application says to the person.
func Answers(control string) bool {
	return strings.Contains(" click command shortcut submit ", " "+control+" ")
}

// Call sends JSON to any address and decodes the reply, unless that is nil or
// the status is no success. Status 0 means that nobody answered, or not whole;
// the error says why, or what could not be decoded.
func Call(ctx context.Context, method, url, token string, body, reply any) (int, error) {
	status, raw, err := exchange(ctx, method, url, token, body)
	if err == nil && reply != nil && status < 300 {
		if err = json.Unmarshal(raw, reply); err != nil {
			err = fmt.Errorf("%s %s: %w in %s", method, url, err, raw)
		}
	}
	return status, err
}

func exchange(ctx context.Context, method, url, token string, body any) (int, []byte, error) {
	var payload io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		payload = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, payload)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, err
	}
	return resp.StatusCode, raw, nil
}
