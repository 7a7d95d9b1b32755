package slackapp_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/slackapp"
	"threadline/slackapp/slacksim"
	"threadline/storage"
)

type object = map[string]any

type clock struct{}

func (clock) Now() time.Time                         { return time.Now() }
func (clock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// silent is an assistant that hands every question over and a feed that
// nobody listens to.
type silent struct{}

func (silent) Answer(context.Context, bridge.Question, func(string)) (bridge.Answer, error) {
	return bridge.Answer{Move: bridge.MoveHandOff, Trigger: "information_gap", Reason: "nothing known"}, nil
}

func (silent) Summarise(context.Context, bridge.Question) (bridge.Summary, error) {
	return bridge.Summary{}, bridge.ErrNoModel
}
func (silent) Changed(bridge.ConversationID) {}
func (silent) Draft(bridge.Draft)            {}
func (silent) Sign(bridge.Sign)              {}

// rig is the whole road below the website: a simulator, a real store, the
// bridge and both halves of the desk.
type rig struct {
	t      *testing.T
	sim    *slacksim.Server
	store  *storage.Store
	bridge *bridge.Bridge
	desk   *slackapp.Desk
	app    *slackapp.App
	ids    atomic.Int64
	config slackapp.Config
	log    *slog.Logger
	stop   func()
	deaf   bool
	books  func(*storage.Store) slackapp.Store // what the next desk reads; nil for the store itself
}

// TestMain lets more tests run side by side than there are processors: they
// mostly wait for each other's clocks.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

type rigOption func(*slacksim.Config, *slackapp.Config)

func manifest(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newRig(t *testing.T, opts ...rigOption) *rig {
	t.Helper()
	return start(&rig{t: t, log: logger(t)}, opts...)
}

// newDeafRig has no in-half: no echo of a post settles it.
func newDeafRig(t *testing.T, opts ...rigOption) *rig {
	t.Helper()
	return start(&rig{t: t, log: logger(t), deaf: true}, opts...)
}

func start(r *rig, opts ...rigOption) *rig {
	t := r.t
	t.Helper()
	t.Parallel()
	sc := slacksim.Config{Listen: "127.0.0.1:0", Seed: 1, Manifest: manifest(t), Scale: 0.01, Logger: r.log}
	dc := slackapp.Config{
		Channel: "support", VisitorURL: "http://127.0.0.1:1/", Logger: r.log, Clock: clock{},
		PostInterval: 5 * time.Millisecond, UpdateInterval: 5 * time.Millisecond, ReadInterval: 5 * time.Millisecond, DoubtAfter: 200 * time.Millisecond, Owner: "rig",
	}
	for _, o := range opts {
		o(&sc, &dc)
	}
	sim, err := slacksim.Start(context.Background(), sc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	r.sim = sim
	r.store, err = storage.Open(context.Background(), database(t), storage.Options{Logger: r.log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.store.Close(); err != nil {
			t.Error(err)
		}
	})
	r.bridge = bridge.New(bridge.Config{
		Store: r.store, Assistant: silent{}, Feed: silent{}, Clock: clock{}, Logger: r.log,
		NewID:     func() string { return fmt.Sprintf("id%04d", r.ids.Add(1)) },
		ChannelOf: func(c bridge.Route) string { return r.desk.ChannelOf(c) },
	})
	dc.APIURL, dc.BotToken, dc.AppToken = sim.APIURL(), sim.BotToken(), sim.AppToken()
	r.config = dc
	r.run()
	return r
}

// run starts both halves; stop ends them and waits.
func (r *rig) run() {
	r.t.Helper()
	var books slackapp.Store = r.store
	if r.books != nil {
		books = r.books(r.store)
	}
	r.desk = slackapp.NewDesk(r.config, books)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := r.desk.Run(ctx); err != nil {
			r.t.Error(err)
		}
	})
	if !r.deaf {
		r.app = slackapp.New(r.desk, r.store, r.bridge)
	}
	wg.Go(func() {
		if r.deaf {
			return
		}
		if err := r.app.Run(ctx); err != nil {
			r.t.Error(err)
		}
	})
	var once sync.Once
	r.stop = func() { once.Do(func() { cancel(); wg.Wait() }) }
	r.t.Cleanup(func() { r.stop() })
}

func logger(t *testing.T) *slog.Logger {
	if !testing.Verbose() {
		return slog.New(slog.DiscardHandler)
	}
	w := &lockedWriter{t: t}
	t.Cleanup(w.close)
	return slog.New(slog.NewTextHandler(w, nil))
}

type lockedWriter struct {
	mu sync.Mutex
	t  *testing.T
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.t != nil {
		w.t.Log(strings.TrimSpace(string(p)))
	}
	return len(p), nil
}

func (w *lockedWriter) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t = nil
}

// within waits for a condition.
func (r *rig) within(what string, ok func() bool) {
	r.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for pause := 5 * time.Millisecond; !ok(); pause = min(pause*5/4, 100*time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("did not happen in a minute: %s\nin Slack:\n%s", what, r.show())
		}
		<-time.After(pause)
	}
}

// visitor is one chat of a test.
type visitor struct {
	r  *rig
	id bridge.ConversationID
	n  int
}

func (r *rig) visitor(name string) *visitor {
	r.t.Helper()
	id := bridge.VisitorID("v-" + name)
	err := r.store.SaveVisitor(context.Background(), bridge.Visitor{
		ID: id, SiteID: "default", Name: name, Email: name + "@example.com", CreatedAt: time.Now(),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return &visitor{r: r, id: bridge.ConversationID("c-" + name)}
}

func (v *visitor) handle(e bridge.Event) bridge.Receipt {
	v.r.t.Helper()
	got, err := v.r.bridge.Handle(context.Background(), e)
	if err != nil {
		v.r.t.Fatal(err)
	}
	return got
}

func (v *visitor) write(text string) {
	v.r.t.Helper()
	v.n++
	v.handle(bridge.VisitorWrote{
		Conversation: v.id, Visitor: bridge.VisitorID("v-" + string(v.id[2:])), SiteID: "default",
		ClientID: fmt.Sprint(v.n), Text: text, PageURL: "https://example.com/heat-pumps",
	})
}

func (v *visitor) ask() {
	v.r.t.Helper()
	v.n++
	v.handle(bridge.VisitorAskedForPerson{
		Conversation: v.id, Visitor: bridge.VisitorID("v-" + string(v.id[2:])), SiteID: "default",
		Press: fmt.Sprint(v.n), PageURL: "https://example.com/heat-pumps",
	})
}

func (v *visitor) conversation() bridge.Conversation {
	v.r.t.Helper()
	c, err := v.r.store.Conversation(context.Background(), v.id)
	if err != nil {
		v.r.t.Fatal(err)
	}
	return c
}

// saw is what the visitor was told, by whom.
func (v *visitor) saw(kind bridge.AuthorKind) []bridge.Message {
	v.r.t.Helper()
	all, err := v.r.store.Messages(context.Background(), v.id, 0, 500)
	if err != nil {
		v.r.t.Fatal(err)
	}
	var out []bridge.Message
	for _, m := range all {
		if m.Author.Kind == kind && !m.Deleted {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b bridge.Message) int { return a.Order.Compare(b.Order) })
	return out
}

// root waits for the chat's root card.
func (v *visitor) root() msg {
	v.r.t.Helper()
	var got msg
	v.r.within("root of "+string(v.id), func() bool {
		for _, m := range v.r.roots() {
			if m.Metadata.Type == "threadline_thread" && m.Metadata.Payload["conversation_id"] == string(v.id) {
				got = m
				return !v.conversation().Thread.IsZero()
			}
		}
		return false
	})
	return got
}

// alert waits for the chat's newest alert.
func (v *visitor) alert() msg {
	v.r.t.Helper()
	var got msg
	v.r.within("alert of "+string(v.id), func() bool {
		for _, m := range v.root().Replies {
			if m.Metadata.Type == "threadline_alert" {
				got = m
			}
		}
		return got.Stamp != ""
	})
	return got
}

func (v *visitor) reply(text string) msg {
	v.r.t.Helper()
	var got msg
	v.r.within(fmt.Sprintf("a reply with %.60q", text), func() bool {
		for _, m := range v.root().Replies {
			if m.Metadata.Type == "threadline_lines" && strings.Contains(m.Text, text) {
				got = m
				return true
			}
		}
		return false
	})
	return got
}

func (v *visitor) say(who, text string) string {
	v.r.t.Helper()
	out := v.r.post("say", object{"user": who, "channel": "support", "thread_ts": v.root().Stamp, "text": text})
	return out["ts"].(string)
}

func (v *visitor) status(want bridge.Status) {
	v.r.t.Helper()
	v.r.within("status "+string(want), func() bool { return v.conversation().Status == want })
}
