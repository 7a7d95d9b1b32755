package widget

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// hands is a clock that moves when it is told.
type hands struct {
	mu     sync.Mutex
	now    time.Time
	alarms map[chan time.Time]time.Time
}

func newHands() *hands {
	return &hands{
		now:    time.Date(2026, 3, 8, 12, 30, 15, 123456000, time.UTC),
		alarms: map[chan time.Time]time.Time{},
	}
}

func (c *hands) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *hands) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan time.Time, 1)
	c.alarms[ch] = c.now.Add(d)
	return ch
}

func (c *hands) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for ch, at := range c.alarms {
		if !at.After(c.now) {
			ch <- c.now
			delete(c.alarms, ch)
		}
	}
}

// waiting is how many alarms of exactly that length lie ahead.
func (c *hands) waiting(d time.Duration) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, at := range c.alarms {
		if at.Equal(c.now.Add(d)) {
			n++
		}
	}
	return n
}

// logged is a log that tests can read while it is written.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// actor is an assistant that answers as its test says. Without words it has no
// model.
type actor struct {
	mu    sync.Mutex
	words func(ctx context.Context, emit func(string)) bridge.Answer
}

func (a *actor) says(words func(context.Context, func(string)) bridge.Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.words = words
}

func (a *actor) Answer(ctx context.Context, _ bridge.Question, emit func(string)) (bridge.Answer, error) {
	a.mu.Lock()
	words := a.words
	a.mu.Unlock()
	if words == nil {
		return bridge.Answer{}, bridge.ErrNoModel
	}
	return words(ctx, emit), nil
}

func (a *actor) Summarise(context.Context, bridge.Question) (bridge.Summary, error) {
	return bridge.Summary{}, bridge.ErrNoModel
}

// world is a handler with everything around it.
type world struct {
	*testing.T
	store  *shelf
	clock  *hands
	log    *logged
	hub    *Hub
	bridge *bridge.Bridge
	actor  *actor
	h      *Handler
	url    string
	key    string

	mu    sync.Mutex
	count int
}

func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	w := &world{T: t, store: newShelf(t), clock: newHands(), log: &logged{}, actor: &actor{}, key: strings.Repeat("k", 32)}
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.hub = NewHub(w.store, w.clock, log)
	w.bridge = bridge.New(bridge.Config{
		Store: w.store, Assistant: w.actor, Feed: w.hub, Clock: w.clock, Logger: log, NewID: w.id,
	})
	server := httptest.NewUnstartedServer(nil)
	w.url = "http://" + server.Listener.Addr().String()
	c := Config{
		Feed:      w.hub,
		PublicURL: w.url, Secret: []byte(w.key), Logger: log, Clock: w.clock, Store: w.store,
		Ready: func() Readiness {
			return Readiness{Slack: "connecting", Assistant: "built-in", Lag: 1500 * time.Millisecond}
		},
	}
	for _, f := range change {
		f(&c)
	}
	h, err := New(c, w.bridge, w.hub)
	if err != nil {
		t.Fatal(err)
	}
	w.h = h
	server.Config.Handler = h
	server.Start()
	t.Cleanup(func() {
		h.Close()
		server.Close()
	})
	return w
}

// run lets the bridge work its lanes until the test ends, with time going by.
func (w *world) run() {
	ctx, cancel := context.WithCancel(w.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := w.bridge.Run(ctx); err != nil {
			w.Error(err)
		}
	})
	wg.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				w.clock.advance(100 * time.Millisecond)
			}
		}
	})
	w.Cleanup(func() {
		cancel()
		wg.Wait()
	})
}

func (w *world) id() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	return fmt.Sprintf("id%04d", w.count)
}

// answer is what came back from a call.
type answer struct {
	status int
	head   http.Header
	body   []byte
}

func (a answer) code(t *testing.T) string {
	t.Helper()
	var e struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal(a.body, &e); err != nil || e.Error.Message == "" {
		t.Fatalf("not an error reply: %s", a.body)
	}
	return e.Error.Code
}

func (a answer) into(t *testing.T, status int, v any) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("reply %s: %v", a.body, err)
	}
}

// call makes a request; headers come in pairs. A string body goes out as it
// is, anything else as JSON.
func (w *world) call(method, path, token string, body any, headers ...string) answer {
	w.Helper()
	var payload []byte
	switch b := body.(type) {
	case nil:
	case string:
		payload = []byte(b)
	default:
		var err error
		if payload, err = json.Marshal(b); err != nil {
			w.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(w.Context(), method, w.url+path, bytes.NewReader(payload))
	if err != nil {
		w.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, got}
}

// session begins one and returns its token and ids.
func (w *world) session() sessionReply {
	w.Helper()
	var s sessionReply
	w.call("POST", "/api/v1/sessions", "", map[string]any{"site": "default", "locale": "en"}).into(w.T, http.StatusCreated, &s)
	return s
}

// say posts a line that must be taken.
func (w *world) say(s sessionReply, text string) messageJSON {
	w.Helper()
	var m messageReply
	w.call("POST", "/api/v1/messages", s.Token, map[string]any{"client_id": w.id(), "text": text}).into(w.T, http.StatusCreated, &m)
	return m.Message
}

// handle settles an event that must be Done.
func (w *world) handle(e bridge.Event) bridge.Receipt {
	w.Helper()
	r, err := w.bridge.Handle(w.Context(), e)
	if err != nil || r.Verdict != bridge.Done {
		w.Fatalf("%T: %+v, %v", e, r, err)
	}
	return r
}

func (w *world) row(s sessionReply) bridge.Conversation {
	w.Helper()
	c, err := w.store.Conversation(w.Context(), bridge.ConversationID(s.ConversationID))
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// reply commits the assistant's answer to the newest turn.
func (w *world) reply(s sessionReply, replyID, text string) {
	w.Helper()
	c := w.row(s)
	w.handle(bridge.AssistantAnswered{
		Conversation: c.ID, Turn: c.Turn, Epoch: c.Epoch, ReplyID: replyID,
		Answer: bridge.Answer{Move: bridge.MoveAnswer, Text: text, HTML: text, Confidence: 0.9},
	})
}

func dana() bridge.Agent {
	return bridge.Agent{ID: "UDANA", Name: "Dana Reyes", Title: "Comfort advisor"}
}

// press is a press of dana's on a card of the conversation.
func (w *world) press(s sessionReply) bridge.Press {
	return bridge.Press{
		Key: "action:" + w.id(), Conversation: bridge.ConversationID(s.ConversationID), Agent: dana(), Stamp: w.stamp(),
	}
}

// claim lets dana take the conversation.
func (w *world) claim(s sessionReply) {
	w.Helper()
	w.handle(bridge.AgentClaimed{Press: w.press(s)})
}

// stamp is the next instant of the desk's clock.
func (w *world) stamp() string { return "1772973000." + w.id()[2:] + "00" }

// line is a line of dana's in the thread.
func (w *world) line(s sessionReply, text string) string {
	w.Helper()
	stamp := w.stamp()
	w.handle(bridge.AgentWrote{
		Conversation: bridge.ConversationID(s.ConversationID), Key: "C1:" + stamp, Stamp: stamp,
		Agent: dana(), Source: text, Text: text, HTML: text,
	})
	return "C1:" + stamp
}

func (w *world) edit(s sessionReply, key, text string) {
	w.Helper()
	w.handle(bridge.AgentEdited{
		Conversation: bridge.ConversationID(s.ConversationID), Key: key, Edit: w.stamp(),
		Agent: dana(), Source: text, Text: text, HTML: text,
	})
}

func (w *world) remove(s sessionReply, key string) {
	w.Helper()
	w.handle(bridge.AgentDeleted{Conversation: bridge.ConversationID(s.ConversationID), Key: key, Stamp: w.stamp()})
}

// eventually waits for a condition.
func (w *world) eventually(what string, ok func() bool) {
	w.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			w.Fatalf("%s: not in time", what)
		}
	}
}
