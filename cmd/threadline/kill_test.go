package main_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"threadline"
	"threadline/bridge/killpoint"
	"threadline/slackapp/slacksim"
	"threadline/storage/storagetest"
)

// TestKilledAnywhere plays the whole road against a process that is killed by
// SIGKILL at a named point of it and started again on the same data. Both sides
// must carry on: nothing lost, nothing doubled, nothing out of order.
func TestKilledAnywhere(t *testing.T) {
	engines := map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres}
	bin := binary(t, "killpoints")
	for engine, database := range engines {
		for _, point := range killpoint.Names() {
			t.Run(engine+"/"+string(point), func(t *testing.T) {
				t.Parallel()
				r := newRoad(t, bin, database(t))
				r.by(point)
				r.run("THREADLINE_KILL_AT=" + string(point))
				r.play()
				r.compare()
				if r.deaths != 1 {
					t.Errorf("the process died %d times at %s, want once", r.deaths, point)
				}
			})
		}
	}
}

// road is one chat between a visitor and Dana, played through a program that
// may die.
type road struct {
	t       *testing.T
	bin     string
	env     []string
	site    string
	sim     *simulated
	program *program
	visitor *visitor
	deaths  int
	stop    chan struct{}
	over    chan struct{}
	lines   []string // what Dana wrote for the visitor
	detour  detour
}

func newRoad(t *testing.T, bin, database string) *road {
	t.Helper()
	sim, err := slacksim.Start(t.Context(), slacksim.Config{Seed: 1, Strict: true, Manifest: threadline.Manifest, Scale: 0.02})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	addr := freePort(t)
	return &road{
		t: t, bin: bin, site: "http://" + addr, sim: &simulated{t, sim.URL()},
		env: []string{
			"LISTEN_ADDR=" + addr, "VISITOR_RATE=off", "DATABASE_URL=" + database, "KNOWLEDGE_DIR=demo/knowledge",
			"SLACK_API_URL=" + sim.APIURL(), "SLACK_BOT_TOKEN=" + sim.BotToken(), "SLACK_APP_TOKEN=" + sim.AppToken(),
		},
		stop: make(chan struct{}), over: make(chan struct{}),
	}
}

// run keeps the program alive: whenever it dies it is started again, without
// the wish to die.
func (r *road) run(extra ...string) {
	r.program = start(r.t, r.bin, append(slices.Clone(r.env), extra...), "serve")
	go func() {
		defer close(r.over)
		for {
			select {
			case <-r.stop:
				return
			case <-r.program.dead:
				r.deaths++
				if !strings.Contains(r.program.errs.String(), "killpoint") {
					r.t.Errorf("the program died by itself: %v\n%s", r.program.Err(), r.program.errs)
					return
				}
				r.program = start(r.t, r.bin, r.env, "serve")
			}
		}
	}()
	r.t.Cleanup(r.rest)
}

// rest stops watching over the program.
func (r *road) rest() {
	select {
	case <-r.stop:
	default:
		close(r.stop)
	}
	<-r.over
}

// play walks the road: question, handoff, claim, talk, resolve, question.
func (r *road) play() {
	t := r.t
	v := newVisitor(t, r.site)
	r.visitor = v
	v.say("Do you service heat pumps in 60614?")
	v.heard("assistant", "heat pump")
	v.say("I want to talk to a human")
	until(t, "the alert", func() bool { _, ok := r.sim.alert(v.id); return ok })
	r.book()

	// People press again when nothing happens.
	until(t, "the claim", func() bool {
		if v.status() == "assigned" {
			return true
		}
		alert, _ := r.sim.alert(v.id)
		r.sim.click("dana", alert.TS, "claim")
		return v.status() == "assigned"
	})
	root, _ := r.sim.thread(v.id)
	for i := range 3 {
		line := fmt.Sprintf("Line %d from Dana", i+1)
		r.lines = append(r.lines, line)
		r.sim.say("dana", root.TS, line)
	}
	r.sim.say("dana", root.TS, "! an aside that must stay inside")
	if !r.undo(root.TS) { // else they wait until the resolve
		v.heard("agent", "Line 3")
	}
	v.say("Great, thank you 🙏")
	v.attach("leak.png")
	until(t, "the resolve", func() bool {
		if v.status() == "resolved" {
			return true
		}
		alert, _ := r.sim.alert(v.id)
		if p := r.sim.click("dana", alert.TS, "resolve"); p.ViewID != "" {
			r.sim.post("submit", map[string]any{"user": "dana", "view_id": p.ViewID, "values": map[string]any{
				"outcome": map[string]string{"outcome": "booked"}, "note": map[string]string{"note": "A technician comes on Friday at nine."},
			}})
		}
		return v.status() == "resolved"
	})
	before := len(v.said("assistant"))
	v.say("Do you clean ducts?")
	until(t, "an answer after the resolve", func() bool { return len(v.said("assistant")) > before })
	r.reminded()
}

// compare holds the two sides against each other, line by line.
func (r *road) compare() {
	t := r.t
	v := r.visitor
	mirrored := func() (map[int64]int, []int64) {
		root, _ := r.sim.thread(v.id)
		count := map[int64]int{}
		var order []int64
		for _, p := range root.Replies {
			if p.Metadata.EventType == "threadline_lines" {
				for n := p.Metadata.EventPayload.SeqFrom; n <= p.Metadata.EventPayload.SeqTo; n++ {
					count[n]++
					order = append(order, n)
				}
			}
		}
		return count, order
	}
	until(t, "the mirror to catch up", func() bool {
		_, messages := v.chat()
		count, _ := mirrored()
		for _, m := range messages {
			if m.Author.Kind != "agent" && count[m.Seq] == 0 {
				return false
			}
		}
		root, _ := r.sim.thread(v.id)
		return len(messages) > 0 && slices.ContainsFunc(root.Replies, func(p slackPost) bool { return len(p.Files) > 0 })
	})
	r.rest()
	if code := r.program.stop(t); code != 0 {
		t.Errorf("exit code %d on SIGTERM\n%s", code, r.program.errs)
	}
	// Whatever was in flight has settled; look once more.
	p := launch(t, r.bin, r.env, "serve")
	defer p.Kill()
	call(t, "GET", r.sim.url+"/sim/v1/wait?idle_ms=1500&timeout_ms=20000", "", nil, nil)

	_, messages := v.chat()
	count, order := mirrored()
	for _, m := range messages {
		want := 1
		if m.Author.Kind == "agent" {
			want = 0
		}
		if count[m.Seq] != want {
			t.Errorf("line %d (%s %q) stands %d times in the thread, want %d", m.Seq, m.Author.Kind, m.Text, count[m.Seq], want)
		}
	}
	if !slices.IsSorted(order) {
		t.Errorf("the mirror is out of order: %v", order)
	}
	if got := v.said("agent"); !slices.Equal(got, r.lines) {
		t.Errorf("the visitor has %q of Dana, she wrote %q", got, r.lines)
	}
	for _, m := range messages {
		if strings.Contains(m.Text, "aside") {
			t.Errorf("an aside leaked: %q", m.Text)
		}
	}
	roots, alerts, files := 0, 0, 0
	for _, c := range r.sim.state().Channels {
		for _, m := range c.Messages {
			if m.Metadata.EventType == "threadline_thread" {
				roots++
			}
			for _, reply := range m.Replies {
				if reply.Metadata.EventType == "threadline_alert" {
					alerts++
				}
				files += len(reply.Files)
			}
		}
	}
	if files != 1 {
		t.Errorf("the visitor's file stands %d times in the thread, want once", files)
	}
	if roots != 1 || alerts != 1 {
		t.Errorf("%d roots and %d alerts, want one of each", roots, alerts)
	}
	checkSilence(t, messages)
	r.compareDetour()
}

// checkSilence: between Dana's introduction and the resolve the assistant says
// nothing.
func checkSilence(t *testing.T, messages []publicMessage) {
	t.Helper()
	held := false
	for _, m := range messages {
		if m.Author.Kind == "system" {
			if strings.HasPrefix(m.Text, "Hi, I'm Dana") {
				held = true
			} else if strings.Contains(m.Text, "has closed this request") {
				held = false
			}
		}
		if held && m.Author.Kind == "assistant" {
			t.Errorf("the assistant spoke while Dana held the chat: %q", m.Text)
		}
	}
}
