// Package chaos_test proves that the relay loses nothing: scripted visitors and
// agents talk through the public doors while processes are killed, connections
// cut, and Slack and the AI misbehave in every way the simulator knows. At the
// end both sides are compared line by line.
//
// CHAOS_SEED, CHAOS_CONVERSATIONS, CHAOS_ENGINE (sqlite, postgres),
// CHAOS_REPLICAS (1, 3), CHAOS_AI (model, builtin), CHAOS_KILLS and CHAOS_FAULTS
// (names of faults, with commas) choose what is run; the seed of a run is
// printed, and the same seed plans the same acts and the same faults.
package chaos_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"threadline"
	"threadline/bridge/assistant/openaitest"
	"threadline/slackapp/slacksim"
	"threadline/storage/storagetest"
)

// world is one run.
type world struct {
	hands    map[string]*sync.Mutex // by agent: whoever fills in a form does nothing else
	engine   string
	seed     uint64
	kills    int
	only     string        // the faults that strike, with commas; empty for all
	gap      time.Duration // between two misfortunes, on average
	late     time.Duration // how long a late post is on its way
	database string
	began    time.Time
	struck   map[string]bool // faults that did
	acked    chan string     // where a visitor's line was acknowledged just now
	pair     chan struct{}   // where two meet who are to pick a time for a call
	holds    atomic.Bool     // agents' lines are held back by now
	closures atomic.Int32    // how often the team's channel was closed

	bin   string
	env   []string
	files map[string]calendar // by message

	slack    *workspace
	tap      *tap
	model    *openaitest.Server
	replicas []*replica
	chats    []*chat
	audit    *audit
	streams  sync.WaitGroup

	dana, support   string // ids
	posts, repeated int
}

func (w *world) danaID() string { return w.dana }

func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s is %q: write a number", name, s)
	}
	return n
}

func TestChaos(t *testing.T) {
	patience = time.Duration(setting(t, "CHAOS_PATIENCE", 180)) * time.Second
	seed := setting(t, "CHAOS_SEED", 0)
	if seed == 0 {
		seed = int(time.Now().UnixNano() % 1_000_000)
	}
	engines := []string{"sqlite", "postgres"}
	if e := os.Getenv("CHAOS_ENGINE"); e != "" {
		engines = strings.Split(e, ",")
	}
	for i, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			ai := os.Getenv("CHAOS_AI")
			if ai == "" {
				// Each run has another one; over time both meet both.
				ai = []string{"model", "builtin"}[(seed+i)%2]
			}
			w := newWorld(t, engine, uint64(seed), ai)
			w.run(t)
		})
	}
}

func newWorld(t *testing.T, engine string, seed uint64, ai string) *world {
	t.Helper()
	w := &world{
		hands:  map[string]*sync.Mutex{agents[0]: {}, agents[1]: {}},
		engine: engine, seed: seed, audit: newAudit(), began: time.Now(), struck: map[string]bool{}, acked: make(chan string, 1), pair: make(chan struct{}), files: map[string]calendar{},
		only: os.Getenv("CHAOS_FAULTS"), late: time.Duration(setting(t, "CHAOS_LATE_MS", 5000)) * time.Millisecond,
		kills: setting(t, "CHAOS_KILLS", 5), gap: time.Duration(setting(t, "CHAOS_GAP_MS", 800)) * time.Millisecond,
	}
	switch engine {
	case "sqlite":
		w.database = storagetest.SQLite(t)
	case "postgres":
		w.database = storagetest.Postgres(t)
	default:
		t.Fatalf("CHAOS_ENGINE is %q: write sqlite or postgres", engine)
	}
	// Redelivery is quick, but not so quick that a socket which is half open,
	// and noticed after half a minute, eats every attempt.
	sim, err := slacksim.Start(t.Context(), slacksim.Config{Seed: int64(seed), Manifest: threadline.Manifest, Scale: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	w.tap = newTap(sim.URL())
	t.Cleanup(w.tap.close)
	w.slack = newWorkspace(sim.URL())
	env := []string{
		"VISITOR_RATE=off", "DATABASE_URL=" + w.database, "KNOWLEDGE_DIR=" + filepath.Join("..", "demo", "knowledge"),
		"SLACK_BOT_TOKEN=" + sim.BotToken(), "SLACK_APP_TOKEN=" + sim.AppToken(),
	}
	if ai == "model" {
		w.model = openaitest.New()
		t.Cleanup(w.model.Close)
		w.model.Always(moody(rand.New(rand.NewPCG(seed, 3))))
		env = append(env, "OPENAI_BASE_URL="+w.model.URL(), "OPENAI_MODEL=test")
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	w.bin, w.env = bin, env
	w.furnish(t, settings)
	n := setting(t, "CHAOS_REPLICAS", 1)
	if n > 1 && engine == "sqlite" {
		t.Fatalf("CHAOS_REPLICAS is %d: SQLite has one process; set CHAOS_ENGINE=postgres", n)
	}
	var sites []string
	for range n {
		addr := freePort(t)
		way, err := w.tap.way()
		if err != nil {
			t.Fatal(err)
		}
		r := &replica{bin: bin, addr: addr, env: append(slices.Clone(env), "LISTEN_ADDR="+addr, "PUBLIC_URL=http://"+addr, "SLACK_API_URL="+way+"/api/")}
		if err := r.start(); err != nil {
			t.Fatalf("%v\n%s", err, &r.log)
		}
		t.Cleanup(r.kill)
		w.replicas = append(w.replicas, r)
		sites = append(sites, "http://"+addr)
	}
	for i := range setting(t, "CHAOS_CONVERSATIONS", 20) + 1 { // the last one only hums
		w.chats = append(w.chats, &chat{
			w: w, n: i, rng: rand.New(rand.NewPCG(seed, uint64(1000+i))),
			v: &visitor{sites: sites, acked: w.acked, rng: rand.New(rand.NewPCG(seed, uint64(2000+i)))},
		})
	}
	fmt.Printf("chaos: CHAOS_SEED=%d CHAOS_ENGINE=%s CHAOS_REPLICAS=%d CHAOS_CONVERSATIONS=%d CHAOS_KILLS=%d CHAOS_AI=%s\n",
		seed, engine, n, len(w.chats)-1, w.kills, ai)
	return w
}

// moody is a model that mostly answers, slowly, and otherwise stalls, breaks
// off or refuses.
func moody(rng *rand.Rand) openaitest.Reply {
	var mu sync.Mutex
	return func(s *openaitest.Stream) {
		mu.Lock()
		mood := rng.IntN(12)
		mu.Unlock()
		switch {
		case len(s.Request.Tools) == 0 || len(s.Request.Passages()) == 0:
			openaitest.FromPassages()(s)
		case mood == 0:
			openaitest.Stall()(s)
		case mood == 1:
			openaitest.CutAfter(0.9, []string{openaitest.First}, "We do. And we")(s)
		case mood == 2:
			openaitest.Status(500, "boom")(s)
		default:
			slowly(s)
		}
	}
}

// slowly answers with the first passage, piece by piece, so that a claim may
// fall between two of them.
func slowly(s *openaitest.Stream) {
	p := s.Request.Passages()[0]
	if s.Tooled() {
		s.Delta(map[string]any{"role": "assistant", "content": ""}, "")
		s.Call(0, "answer", fmt.Sprintf(`{"confidence":0.9,"passages":[%q]}`, p.ID))
	}
	for _, word := range strings.SplitAfter(p.Text, " ") {
		s.Say(word)
		if s.Gone(40 * time.Millisecond) {
			return
		}
	}
	if s.Tooled() {
		s.End("tool_calls")
	} else {
		s.End("stop")
	}
}

func (w *world) run(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var watching sync.WaitGroup
	watching.Go(func() { w.slack.watch(ctx) })
	defer func() { cancel(); watching.Wait(); w.streams.Wait() }()
	if !w.slack.wait(patience, func(s *slackState) bool {
		w.dana, w.support = s.User("dana"), s.channel("support")
		return w.dana != ""
	}) {
		t.Fatal("no picture of the workspace")
	}

	// Chats begin one after another while everything goes wrong, so that each
	// misfortune meets chats at every point of the road.
	var playing, tormenting, humming sync.WaitGroup
	over, quiet := make(chan struct{}), make(chan struct{})
	tormenting.Go(func() { w.torment(ctx, rand.New(rand.NewPCG(w.seed, 4)), over) })
	between := min(max(70*time.Second/time.Duration(len(w.chats)), 250*time.Millisecond), 3500*time.Millisecond)
	slots := make(chan struct{}, 40)
	hum := w.chats[len(w.chats)-1]
	humming.Go(func() { hum.hum(ctx, quiet) })
	for i, c := range w.chats[:len(w.chats)-1] {
		if i == len(w.chats)*3/5 {
			w.furnish(t, fmt.Sprintf("windows: {undo: %s}\n", held))
			w.holds.Store(true)
		}
		slots <- struct{}{}
		playing.Go(func() {
			defer func() { <-slots }()
			c.play(ctx)
		})
		pause(ctx, between)
	}
	playing.Wait()
	close(over)
	w.audit.note("%5.1fs all chats are over", time.Since(w.began).Seconds())
	tormenting.Wait()
	pause(ctx, 3*time.Second) // for the last faults to strike
	close(quiet)
	humming.Wait()
	w.audit.note("%5.1fs all faults have struck", time.Since(w.began).Seconds())
	if err := w.slack.fault(map[string]any{"clear": true}); err != nil {
		t.Fatal(err)
	}
	w.settle(ctx, patience/2+time.Duration(len(w.chats)/2)*time.Second)
	w.audit.note("%5.1fs settled", time.Since(w.began).Seconds())

	// Whatever was in flight has settled. Once more from the start: nothing
	// may come again, nothing may be gone.
	for _, r := range w.replicas {
		code := r.stop()
		w.audit.hold(checkShutdown, code == 0, "exit code %d on SIGTERM", code)
		if err := r.start(); err != nil {
			t.Fatalf("%v\n%s", err, &r.log)
		}
	}
	call("GET", w.slack.url+"/sim/v1/wait?idle_ms=2000&timeout_ms=20000", "", nil, nil, patience)
	found, s := w.settle(ctx, patience/8)
	if s == nil {
		t.Fatal("no picture of the workspace in the end")
	}
	w.audit.add(found)
	if w.only == "" {
		w.happened()
	} else {
		fmt.Printf("chaos: with %s\n%s", w.only, w.trouble())
	}

	questions, again := s.repeats()
	fmt.Printf("chaos: %s seed %d, %d chats in %.0f s, %d posts of lines, %d of them tried again, %d late, %d private questions, %d of them twice\n%s",
		w.engine, w.seed, len(w.chats), time.Since(w.began).Seconds(), w.posts, w.repeated, w.tap.delayed, questions, again, w.audit.table())
	if idle := w.audit.idle(); len(idle) > 0 && len(w.chats) > 20 && w.only == "" {
		t.Errorf("checks that compared nothing: %q", idle)
	}
	if n := w.audit.failures(); n > 0 {
		t.Errorf("%d broken; run again with CHAOS_SEED=%d CHAOS_ENGINE=%s; kept in %s", n, w.seed, w.engine, w.keep(t))
	}
}

// settle waits until the comparison finds nothing broken any more, or long
// enough, and returns the last one. Reminders of calls fall due all the time, so
// that the next one might meet a line on its way.
func (w *world) settle(ctx context.Context, limit time.Duration) (trial *audit, last *slackState) {
	for deadline := time.Now().Add(limit); (last == nil || time.Now().Before(deadline)) && ctx.Err() == nil; pause(ctx, time.Second) {
		s, err := w.slack.look()
		if err != nil {
			continue
		}
		trial, last = newAudit(), s
		w.compare(trial, s)
		stalled := 0
		for _, c := range w.chats {
			if c.stalled != "" {
				stalled++
			}
		}
		if trial.failures() <= stalled {
			return trial, last
		}
	}
	return trial, last
}

// happened makes sure that faults did strike and were not only set.
func (w *world) happened() {
	var reply struct {
		Entries []struct {
			Kind, Method, Error string
			Status              int
			Attempt             int `json:"retry_attempt"`
		}
	}
	call("GET", w.slack.url+"/sim/v1/log?after=0", "", nil, &reply, patience)
	seen := map[string]int{}
	for _, e := range reply.Entries {
		seen[e.Error]++
		if e.Kind == "envelope" && e.Attempt > 0 {
			seen["redelivered"]++
		}
		if e.Kind == "call" && e.Status == 429 {
			seen["limited"]++
		}
	}
	for _, what := range []string{"down", "hung", "reset", "failed_by_fault", "dropped_by_fault", "redelivered", "limited"} {
		w.audit.hold(checkHappening, seen[what] > 0, "%s", what)
	}
	for name, struck := range w.struck {
		w.audit.hold(checkHappening, struck, "%s", name)
	}
	deaths := 0
	for _, r := range w.replicas {
		deaths += r.deaths
	}
	w.audit.hold(checkHappening, deaths >= w.kills, "%d SIGKILLs of %d", deaths, w.kills)
}

// keep writes down what a person needs to find a defect: what happened when,
// what the processes said, what Slack was asked and what it holds.
func (w *world) keep(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", fmt.Sprintf("threadline-chaos-%s-%d-", w.engine, w.seed))
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]string{"story.txt": strings.Join(w.audit.notes, "\n") + "\n" + w.audit.whole()}
	for i, r := range w.replicas {
		kept[fmt.Sprintf("replica-%d.log", i)] = r.log.String()
	}
	for _, what := range []string{"state", "log?after=0"} {
		var all json.RawMessage
		call("GET", w.slack.url+"/sim/v1/"+what, "", nil, &all, patience)
		name, _, _ := strings.Cut(what, "?")
		kept["slack-"+name+".json"] = string(all)
	}
	for name, text := range kept {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
