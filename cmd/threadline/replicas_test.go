package main_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/lib/pq"

	"threadline/bridge/assistant/openaitest"
)

// TestReplicasShareStreamsAndPresses: a visitor's stream may be on any
// replica, their messages on any other, and Slack may tell any of them.
func TestReplicasShareStreamsAndPresses(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	var waiting []*visitor
	for round := range 3 {
		waiting = append(waiting, overtakenAnswer(c, round))
	}
	unbegunAnswer(c)
	finishedAnswer(c)
	onePressWins(c, waiting)
	oneEventIsOne(c, waiting[0])
	lostListener(c, waiting[1])
	finishedAnswer(c) // pieces cross again: nothing but a listener brings them
	for _, r := range c.replicas {
		if wrong := mistakes(r.errs.String()); wrong != "" {
			t.Errorf("replica %s logged errors:\n%s\n%s", r.name, wrong, r.errs)
		}
	}
}

// everywhere listens to a visitor's chat at every replica at once, so that most
// streams are where neither the message came in nor the answer is written.
func (c *cluster) everywhere(v *visitor) ([]*ear, func()) {
	var ears []*ear
	var stops []func()
	for _, r := range c.replicas {
		e, stop := v.listen(r.site)
		ears, stops = append(ears, e), append(stops, stop)
		until(c.t, "a stream at "+r.name, func() bool {
			e.mu.Lock()
			defer e.mu.Unlock()
			return e.connects > 0
		})
	}
	return ears, func() {
		for i, stop := range stops {
			stop()
			ears[i].check(c.t, "the stream at "+c.replicas[i].name)
		}
	}
}

// finishedAnswer: every stream has the pieces of an answer, and then the answer
// that they make.
func finishedAnswer(c *cluster) {
	t := c.t
	open, shut := gate(t)
	c.model.Always(atLength(open))
	v := newVisitor(t, c.replicas[0].site)
	ears, stop := c.everywhere(v)
	v.at(c.replicas[1].site).say("Do you service heat pumps?")
	for _, e := range ears {
		e.await(t, "pieces on every stream", aPiece)
	}
	shut()
	for i, e := range ears {
		answer := e.await(t, "the answer", aLine("assistant", "That is all."))
		e.mu.Lock()
		written, shown := e.written[answer.Data.ReplyID]
		e.mu.Unlock()
		// A late piece may lose the race against the answer itself.
		if !shown || !strings.HasPrefix(answer.Data.Text, strings.TrimSpace(written)) {
			t.Errorf("the stream at %s showed %q of the answer %q", c.replicas[i].name, written, answer.Data.Text)
		}
	}
	stop()
}

// overtakenAnswer: the visitor asks for a person while an answer is being
// written elsewhere. No stream shows a piece of it after the new epoch, and the
// answer never stands in the chat.
func overtakenAnswer(c *cluster, round int) *visitor {
	t := c.t
	open, shut := gate(t)
	c.model.Always(atLength(open))
	v := newVisitor(t, c.replicas[round].site)
	ears, stop := c.everywhere(v)
	v.at(c.replicas[(round+1)%3].site).say("Do you service heat pumps?")
	for _, e := range ears {
		e.await(t, "pieces on every stream", aPiece)
	}
	v.at(c.replicas[(round+2)%3].site).say("I want to talk to a human")
	for _, e := range ears {
		e.await(t, "the wait on every stream", aStatus("queued"))
	}
	// Whoever writes the answer may not know yet, and goes on.
	v.at(c.replicas[round].site).say("Thank you")
	for _, e := range ears {
		e.await(t, "the last line on every stream", aLine("visitor", "Thank you"))
	}
	shut()
	until(t, "the model to be done", func() bool { return c.model.Open() == 0 })
	stop()
	if said := strings.Join(v.said("assistant"), "\n"); strings.Contains(said, "Filter number") {
		t.Errorf("an answer of a past epoch stands in the chat: %q", said)
	}
	return v
}

// unbegunAnswer: the answer's first piece is written after the visitor asked
// another replica for a person, before the writer knows of it. Nobody sees it.
func unbegunAnswer(c *cluster) {
	t := c.t
	wait, begin := gate(t)
	open, shut := gate(t)
	shut()
	c.model.Always(func(s *openaitest.Stream) {
		<-wait
		atLength(open)(s)
	})
	v := newVisitor(t, c.replicas[0].site)
	ears, stop := c.everywhere(v)
	before := len(c.model.Requests())
	v.say("Do you service heat pumps?")
	writer := c.asks(before)
	v.at(c.replicas[(writer+1)%3].site).say("I want to talk to a human")
	for _, e := range ears {
		e.await(t, "the wait on every stream", aStatus("queued"))
	}
	begin()
	until(t, "the model to be done", func() bool { return c.model.Open() == 0 })
	v.say("Thank you")
	for i, e := range ears {
		e.await(t, "the last line on every stream", aLine("visitor", "Thank you"))
		if h, ok := e.first(aPiece); ok {
			t.Errorf("the stream at %s showed %q of an answer of a past epoch", c.replicas[i].name, h.Data.Text)
		}
	}
	stop()
}

// asks waits for the model's request with that number and returns who asked.
func (c *cluster) asks(number int) int {
	c.t.Helper()
	until(c.t, "somebody to ask the model", func() bool { return len(c.model.Requests()) > number })
	key := strings.TrimPrefix(c.model.Requests()[number].Authorization, "Bearer ")
	i := slices.IndexFunc(c.replicas, func(r *replica) bool { return r.name == key })
	if i < 0 {
		c.t.Fatalf("nobody's key is %q", key)
	}
	return i
}

// onePressWins: two agents press Claim dozens of times at once; every replica
// hears of some presses, and one agent has the chat.
func onePressWins(c *cluster, chats []*visitor) {
	t := c.t
	var pressing sync.WaitGroup
	for _, v := range chats {
		until(t, "the alert", func() bool { _, ok := c.sim.alert(v.id); return ok })
	}
	for _, v := range chats {
		alert, _ := c.sim.alert(v.id)
		for i := range 18 {
			who := []string{"dana", "lee"}[i%2]
			pressing.Go(func() {
				var p pressed
				call(t, "POST", c.sim.url+"/sim/v1/click", "", map[string]any{
					"user": who, "channel": "#support", "message_ts": alert.TS, "action_id": "claim",
				}, &p)
				if !p.Acked {
					t.Errorf("a press by %s was not acknowledged: %s", who, p.Error)
				}
			})
		}
	}
	pressing.Wait()
	for _, v := range chats {
		until(t, "a claim", func() bool { return v.status() == "assigned" })
		first, _ := v.chat()
		for _, site := range c.sites() {
			if now, _ := v.at(site).chat(); now.Agent == nil || now.Agent.Name != first.Agent.Name || now.Epoch != first.Epoch {
				t.Errorf("%s says %+v, another replica %+v", site, now, first)
			}
		}
		var introduced []string
		for _, s := range v.said("system") {
			if strings.HasPrefix(s, "Hi, I'm ") {
				introduced = append(introduced, s)
			}
		}
		name, _, _ := strings.Cut(first.Agent.Name, " ")
		if len(introduced) != 1 || !strings.HasPrefix(introduced[0], "Hi, I'm "+name) {
			t.Errorf("%s holds the chat; introduced: %q", first.Agent.Name, introduced)
		}
	}
	heardBy := map[int64]bool{}
	for _, e := range c.log() {
		if e.Kind == "envelope" && e.Method == "block_actions" {
			heardBy[e.Connection] = true
		}
	}
	if len(heardBy) < len(c.replicas) {
		t.Errorf("presses came in on %d connections, want one of each replica", len(heardBy))
	}
}

// oneEventIsOne: what Slack says twice, on two sockets, reaches the visitor
// once and in its order.
func oneEventIsOne(c *cluster, v *visitor) {
	t := c.t
	holder := "dana"
	if now, _ := v.chat(); !strings.HasPrefix(now.Agent.Name, "Dana") {
		holder = "lee"
	}
	root, _ := c.sim.thread(v.id)
	call(t, "POST", c.sim.url+"/sim/v1/faults", "", map[string]any{"duplicate_events": 12}, nil)
	var wrote []string
	for i := range 12 {
		wrote = append(wrote, fmt.Sprintf("Told twice %d", i+1))
		c.sim.say(holder, root.TS, wrote[i])
	}
	for _, text := range wrote {
		v.heard("agent", text)
	}
	call(t, "GET", c.sim.url+"/sim/v1/wait?idle_ms=300&timeout_ms=10000", "", nil, nil)
	_, messages := v.chat()
	if got := texts(messages, "agent"); !slices.Equal(got, wrote) {
		t.Errorf("the visitor reads %q, want %q", got, wrote)
	}
	on := map[string]int64{}
	both := 0
	for _, e := range c.log() {
		if e.Kind != "envelope" || e.EventID == "" {
			continue
		}
		if was, ok := on[e.EventID]; ok && was != e.Connection {
			both++
		}
		on[e.EventID] = e.Connection
	}
	if both == 0 {
		t.Error("no event came on two sockets: nothing was shown")
	}
}

// soon is how soon a stream has what its replica was not told of: it looks once
// a second; the rest is for a busy machine.
const soon = 4 * time.Second

// lostListener: while no replica can hear another, streams have changes all
// the same; afterwards all listen again.
func lostListener(c *cluster, v *visitor) {
	t := c.t
	db, err := sql.Open("postgres", c.database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	const listeners = `FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`
	ears, stop := c.everywhere(v)
	over := make(chan struct{})
	var cutting sync.WaitGroup
	var cut atomic.Int64
	cutting.Go(func() {
		for {
			var n int64
			if err := db.QueryRowContext(t.Context(), `SELECT count(pg_terminate_backend(pid)) `+listeners).Scan(&n); err != nil {
				t.Errorf("end listeners: %v", err)
				return
			}
			cut.Add(n)
			select {
			case <-over:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
	until(t, "the listeners to be cut off", func() bool { return cut.Load() >= int64(len(c.replicas)) })
	for i := range 4 {
		text := fmt.Sprintf("Nobody tells of this %d", i+1)
		v.at(c.replicas[i%3].site).say(text)
		said := time.Now()
		for at, e := range ears {
			got := e.await(t, text, aLine("visitor", text))
			if late := got.At.Sub(said); late > soon {
				t.Errorf("the stream at %s had %q after %v, want %v at most", c.replicas[at].name, text, late, soon)
			}
		}
	}
	close(over)
	cutting.Wait()
	stop()
	until(t, "all to listen again", func() bool {
		var n int
		err := db.QueryRowContext(t.Context(), `SELECT count(*) `+listeners).Scan(&n)
		return err == nil && n == len(c.replicas)
	})
}
