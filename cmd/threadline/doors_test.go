package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"threadline/slackapp/slacksim/simtest"
)

// call sends JSON and decodes the reply; status 0 means that nobody answered.
func call(t *testing.T, method, url, token string, body, reply any) int {
	t.Helper()
	ctx, done := context.WithTimeout(context.Background(), 20*time.Second)
	defer done()
	status, err := simtest.Call(ctx, method, url, token, body, reply)
	if err != nil && status != 0 {
		t.Fatal(err)
	}
	return status
}

// publicMessage and publicConversation are what a script sees of a chat.
type publicMessage struct {
	ID     string
	Seq    int64
	Order  string
	Text   string
	HTML   string
	Author struct {
		Kind, Name, Title string
		AvatarURL         string `json:"avatar_url"`
	}
	Sources []struct{ Title, URL string }
	Deleted bool
}

type publicConversation struct {
	ID, Status, Expectation string
	Epoch, Rev              int64
	Agent                   *struct {
		Name, Title string
		AvatarURL   string `json:"avatar_url"`
	}
}

// visitor plays a visitor through the HTTP interface.
type visitor struct {
	t     *testing.T
	site  string
	token string
	id    string // of the conversation
}

func newVisitor(t *testing.T, site string) *visitor {
	v := &visitor{t: t, site: site}
	var s struct {
		Token          string
		ConversationID string `json:"conversation_id"`
	}
	until(t, "a session", func() bool {
		return call(t, "POST", site+"/api/v1/sessions", "", map[string]any{"site": "default", "page_url": site + "/", "locale": "en"}, &s) == http.StatusCreated
	})
	v.token, v.id = s.Token, s.ConversationID
	return v
}

// say sends a message until it is acknowledged, as the widget does: the same
// client id each time.
func (v *visitor) say(text string) {
	v.t.Helper()
	body := map[string]any{"client_id": uuid.NewString(), "text": text}
	until(v.t, "acknowledgement of "+text, func() bool {
		switch code := call(v.t, "POST", v.site+"/api/v1/messages", v.token, body, nil); code {
		case http.StatusOK, http.StatusCreated:
			return true
		case 0, http.StatusServiceUnavailable, http.StatusTooManyRequests:
			return false
		default:
			v.t.Fatalf("message %q: status %d", text, code)
			return false
		}
	})
}

// attach sends a picture and nothing else, until it is acknowledged.
func (v *visitor) attach(name string) {
	v.t.Helper()
	var picture, form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", name)
	err = errors.Join(err, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 9, 9))))
	if err == nil {
		_, err = part.Write(picture.Bytes())
	}
	if err = errors.Join(err, w.Close()); err != nil {
		v.t.Fatal(err)
	}
	var up struct{ Attachment struct{ ID string } }
	until(v.t, "the upload of "+name, func() bool {
		req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.site+"/api/v1/attachments", bytes.NewReader(form.Bytes()))
		if err != nil {
			v.t.Fatal(err)
		}
		req.Header.Set("Content-Type", w.FormDataContentType())
		req.Header.Set("Authorization", "Bearer "+v.token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false // it is dead at present
		}
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode == http.StatusCreated && json.NewDecoder(res.Body).Decode(&up) == nil
	})
	body := map[string]any{"client_id": uuid.NewString(), "text": "", "attachment_ids": []string{up.Attachment.ID}}
	until(v.t, "acknowledgement of "+name, func() bool {
		code := call(v.t, "POST", v.site+"/api/v1/messages", v.token, body, nil)
		return code == http.StatusOK || code == http.StatusCreated
	})
}

// chat reads the whole chat; nil if nobody answers.
func (v *visitor) chat() (publicConversation, []publicMessage) {
	var reply struct {
		Messages     []publicMessage
		Conversation publicConversation
	}
	code := http.StatusTooManyRequests
	for deadline := time.Now().Add(patience); code == http.StatusTooManyRequests && time.Now().Before(deadline); {
		code = call(v.t, "GET", v.site+"/api/v1/messages?limit=500", v.token, nil, &reply)
		if code == http.StatusTooManyRequests {
			<-time.After(100 * time.Millisecond) // tests ask more often than people
		}
	}
	return reply.Conversation, reply.Messages
}

func (v *visitor) status() string {
	c, _ := v.chat()
	return c.Status
}

// said returns the texts of one kind of author, in seq order.
func (v *visitor) said(kind string) []string {
	_, messages := v.chat()
	var texts []string
	for _, m := range messages {
		if m.Author.Kind == kind && !m.Deleted {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// heard waits for a message of that kind with that text in it.
func (v *visitor) heard(kind, text string) {
	v.t.Helper()
	until(v.t, fmt.Sprintf("%s says %q", kind, text), func() bool {
		return slices.ContainsFunc(v.said(kind), func(s string) bool { return strings.Contains(s, text) })
	})
}

// simulated plays the people of the simulated workspace.
type simulated struct {
	t   *testing.T
	url string
}

type (
	slackPost  = simtest.Post
	slackState = simtest.State
	ephemeral  = simtest.Ephemeral
)

// pressed is what the simulator tells of a press.
type pressed struct {
	Acked      bool
	Error      string
	Response   json.RawMessage
	Ephemerals []ephemeral
	ViewID     string `json:"view_id"`
	Errors     map[string]string

	later func(context.Context) ([]ephemeral, error) // what has come since
}

// told is everything the presser read in answer; it waits for an answer unless
// the act opened a view or failed.
func (p pressed) told() string {
	for began := time.Now(); p.later != nil && p.ViewID == "" && p.Error == "" && len(p.Ephemerals) == 0 && time.Since(began) < patience; {
		<-time.After(20 * time.Millisecond)
		p.Ephemerals, _ = p.later(context.Background())
	}
	b, _ := json.Marshal(p)
	return string(b)
}

func (s *simulated) state() slackState {
	var st slackState
	call(s.t, "GET", s.url+"/sim/v1/state", "", nil, &st)
	return st
}

// thread returns a conversation's root with its replies; false until it is
// there.
func (s *simulated) thread(conversation string) (slackPost, bool) {
	for _, c := range s.state().Channels {
		for _, m := range c.Messages {
			p := m.Metadata
			if p.EventType == "threadline_thread" && p.EventPayload.ConversationID == conversation {
				return m, true
			}
		}
	}
	return slackPost{}, false
}

// alert returns a conversation's newest alert.
func (s *simulated) alert(conversation string) (slackPost, bool) {
	root, _ := s.thread(conversation)
	for _, r := range slices.Backward(root.Replies) {
		if r.Metadata.EventType == "threadline_alert" {
			return r, true
		}
	}
	return slackPost{}, false
}

// asked waits for a private question to a user that contains a text and offers
// an action.
func (s *simulated) asked(user, action, text string) ephemeral {
	s.t.Helper()
	id := s.user(user)
	var found ephemeral
	until(s.t, user+" is asked "+action, func() bool {
		for _, e := range slices.Backward(s.state().Ephemerals) {
			if e.User == id && strings.Contains(string(e.Blocks), action) && strings.Contains(e.Text+string(e.Blocks), text) {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

func (s *simulated) user(name string) string {
	st := s.state()
	id := st.User(name)
	if id == "" {
		s.t.Fatalf("no user %s", name)
	}
	return id
}

func (s *simulated) post(path string, body any) pressed {
	s.t.Helper()
	var p pressed
	act, _ := body.(map[string]any)
	if user, known := act["user"].(string); known && simtest.Answers(path) {
		heard, err := simtest.Workspace(s.url).Listening(s.t.Context(), user)
		if err != nil {
			s.t.Fatal(err)
		}
		p.later = heard
	}
	if err := simtest.Workspace(s.url).Do(s.t.Context(), path, body, &p); err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *simulated) say(user, thread, text string) string {
	s.t.Helper()
	var reply struct{ TS string }
	if code := call(s.t, "POST", s.url+"/sim/v1/say", "", map[string]any{"user": user, "channel": "#support", "thread_ts": thread, "text": text}, &reply); code != http.StatusOK {
		s.t.Fatalf("say: status %d", code)
	}
	return reply.TS
}

func (s *simulated) click(user, message, action string) pressed {
	s.t.Helper()
	return s.post("click", map[string]any{"user": user, "channel": "#support", "message_ts": message, "action_id": action})
}
