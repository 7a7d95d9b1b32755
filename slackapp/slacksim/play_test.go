package slacksim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"threadline/slackapp/slacksim"
)

type object = map[string]any

// sim is a running simulator and the doors a test uses.
type sim struct {
	t *testing.T
	*slacksim.Server
}

func start(t *testing.T, c slacksim.Config) *sim {
	t.Helper()
	srv, err := slacksim.Start(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return &sim{t: t, Server: srv}
}

// do sends JSON and reads JSON.
func (s *sim) do(method, url, token string, body any) (int, object) {
	s.t.Helper()
	var rd io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		rd = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, url, rd)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, url, err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	out := object{}
	if err := json.Unmarshal(raw, &out); err != nil {
		s.t.Fatalf("%s %s: %d %q", method, url, res.StatusCode, raw)
	}
	return res.StatusCode, out
}

// api calls a Web API method with the bot token.
func (s *sim) api(method string, body object) object {
	s.t.Helper()
	_, out := s.do(http.MethodPost, s.APIURL()+method, s.BotToken(), body)
	return out
}

// must is api for calls that have to succeed.
func (s *sim) must(method string, body object) object {
	s.t.Helper()
	out := s.api(method, body)
	if out["ok"] != true {
		s.t.Fatalf("%s: %v", method, out)
	}
	return out
}

// control calls one of the simulator's own doors.
func (s *sim) control(name string, body object) object {
	s.t.Helper()
	status, out := s.do(http.MethodPost, s.URL()+"/sim/v1/"+name, "", body)
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d %v", name, status, out)
	}
	return out
}

func (s *sim) get(path string) object {
	s.t.Helper()
	_, out := s.do(http.MethodGet, s.URL()+path, "", nil)
	return out
}

func (s *sim) channel(name string) object {
	s.t.Helper()
	for _, c := range s.get("/sim/v1/state")["channels"].([]any) {
		if c := c.(object); c["name"] == name {
			return c
		}
	}
	s.t.Fatalf("no channel %s", name)
	return nil
}

func (s *sim) user(name string) string {
	s.t.Helper()
	for _, u := range s.get("/sim/v1/state")["users"].([]any) {
		if u := u.(object); u["name"] == name {
			return u["id"].(string)
		}
	}
	s.t.Fatalf("no user %s", name)
	return ""
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("did not happen in 10 s: %s", what)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// app is an application on slack-go's own clients, which acknowledges everything.
type app struct {
	api *slack.Client

	mu     sync.Mutex
	events []socketmode.Event
	answer func(app *app, ev socketmode.Event) any // acknowledgement payload
}

func (s *sim) connect(answer func(*app, socketmode.Event) any) *app {
	s.t.Helper()
	a := &app{answer: answer}
	a.api = slack.New(s.BotToken(), slack.OptionAppLevelToken(s.AppToken()), slack.OptionAPIURL(s.APIURL()))
	sm := socketmode.New(a.api)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Add(2)
	ended := make(chan struct{})
	go func() {
		defer wg.Done()
		defer close(ended)
		_ = sm.RunContext(ctx)
	}()
	ready := make(chan struct{}, 100)
	go func() {
		defer wg.Done()
		for {
			select {
			case <-ended: // not at ctx's end: the client may be waiting to hand an event over
				return
			case ev := <-sm.Events:
				if ev.Type == socketmode.EventTypeHello {
					select {
					case ready <- struct{}{}:
					default:
					}
				}
				a.mu.Lock()
				a.events = append(a.events, ev)
				a.mu.Unlock()
				if ev.Request != nil && ev.Request.EnvelopeID != "" {
					var payload any
					if a.answer != nil {
						payload = a.answer(a, ev)
					}
					if payload != nil {
						_ = sm.Ack(*ev.Request, payload)
					} else {
						_ = sm.Ack(*ev.Request)
					}
				}
			}
		}
	}()
	s.t.Cleanup(func() { cancel(); wg.Wait() })
	select {
	case <-ready:
	case <-time.After(10 * time.Second):
		s.t.Fatal("no hello")
	}
	return a
}

// inner gathers the inner events of a type, as raw JSON.
func (a *app) inner(kind string) []object {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []object
	for _, ev := range a.events {
		if ev.Request == nil {
			continue
		}
		var p struct {
			Type  string
			Event object
		}
		if json.Unmarshal(ev.Request.Payload, &p) == nil && p.Event["type"] == kind {
			out = append(out, p.Event)
		}
	}
	return out
}

func TestPostClickModalSubmit(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	a := s.connect(func(a *app, ev socketmode.Event) any {
		cb, ok := ev.Data.(slack.InteractionCallback)
		switch {
		case ok && cb.Type == slack.InteractionTypeBlockActions:
			_, err := a.api.OpenView(cb.TriggerID, slack.ModalViewRequest{Type: slack.VTModal,
				Title: slack.NewTextBlockObject("plain_text", "Resolve", false, false), Submit: slack.NewTextBlockObject("plain_text", "OK", false, false),
				Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("note", slack.NewTextBlockObject("plain_text", "Note", false, false), nil,
					slack.NewPlainTextInputBlockElement(nil, "note"))}}})
			if err != nil {
				t.Error(err)
			}
		case ok && cb.Type == slack.InteractionTypeViewSubmission && cb.View.State.Values["note"]["note"].Value == "bad":
			return slack.NewErrorsViewSubmissionResponse(map[string]string{"note": "no"})
		}
		return nil
	})
	ch := s.channel("support")["id"].(string)
	_, ts, err := a.api.PostMessage(ch, slack.MsgOptionText("hello", false), slack.MsgOptionBlocks(
		slack.NewActionBlock("b", slack.NewButtonBlockElement("claim", "h1", slack.NewTextBlockObject("plain_text", "Claim", false, false)))))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "our own post comes back", func() bool { return len(a.inner("message")) == 1 })
	out := s.control("click", object{"user": "dana", "channel": "support", "message_ts": ts, "action_id": "claim"})
	if out["acked"] != true || out["error"] != "" || out["view_id"] == "" {
		t.Fatalf("click: %v", out)
	}
	out = s.control("submit", object{"user": "dana", "view_id": out["view_id"], "values": object{"note": object{"note": "bad"}}})
	if errs, _ := out["errors"].(object); errs["note"] != "no" {
		t.Fatalf("submit: %v", out)
	}
	view := s.get("/sim/v1/state")["views"].([]any)[0].(object)
	out = s.control("submit", object{"user": "dana", "view_id": view["view_id"], "values": object{"note": object{"note": "good"}}})
	if out["acked"] != true || out["errors"] != nil {
		t.Fatalf("submit: %v", out)
	}
	if v := s.get("/sim/v1/state")["views"].([]any); len(v) != 0 {
		t.Fatalf("the accepted modal is still open: %v", v)
	}
	out = s.control("click", object{"user": "dana", "channel": "support", "message_ts": ts, "action_id": "nothing"})
	if out["error"] != "no_such_element" {
		t.Fatalf("a press of nothing: %v", out)
	}
}
