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
		if n := strings.Count(r.errs.String(), "level=ERROR"); n > 0 {
			t.Errorf("replica %s logged %d errors:\n%s", r.name, n, r.errs)
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
const soon = 2500 * time.Millisecond

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

// TestReplicasTakeOver: SIGKILL of the replica that writes an answer, and of the
// one that posts, while Slack has a post of its that it does not know of.
func TestReplicasTakeOver(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	deadAnswerer(c)
	deadSender(c)
}

// answerWithin is the ten seconds of a turn's lease, one look, and the answer.
const answerWithin = 14 * time.Second

func deadAnswerer(c *cluster) {
	t := c.t
	open, shut := gate(t)
	c.model.Always(atLength(open))
	v := newVisitor(t, c.replicas[0].site)
	before := len(c.model.Requests())
	v.say("Do you service heat pumps?")
	i := c.asks(before)
	e, stop := v.listen(c.replicas[(i+1)%3].site)
	e.await(t, "a piece of the answer", aPiece)
	c.replicas[i].kill()
	died := time.Now()
	shut()
	answer := e.await(t, "another's answer", aLine("assistant", "That is all."))
	if took := answer.At.Sub(died); took > answerWithin {
		t.Errorf("the answer came after %v, want %v at most", took, answerWithin)
	}
	c.again(c.replicas[i])
	stop()
	e.check(t, "the stream")
	if said := v.at(c.replicas[(i+1)%3].site).said("assistant"); len(said) != 1 {
		t.Errorf("the turn was answered with %q, want one answer", said)
	}
}

// senderWithin is a lease of 10 s, 2 s until somebody tries for it, and the
// 4 s that a call of the dead may still take; the rest is for a busy machine.
const senderWithin = 20 * time.Second

func deadSender(c *cluster) {
	t := c.t
	c.model.Always(shortly)
	var chats []*visitor
	for range 3 {
		chats = append(chats, newVisitor(t, c.replicas[0].site))
	}
	var dead *replica
	struck := make(chan struct{})
	left := 4
	c.mu.Lock()
	c.strike = func(r *replica) {
		c.mu.Lock()
		left--
		now := left == 0
		c.mu.Unlock()
		if now {
			dead = r
			r.kill()
			close(struck)
		}
	}
	c.mu.Unlock()
	var died time.Time
	for i := 0; ; i++ {
		v := chats[i%len(chats)]
		if err := v.sayAnywhere(c.sites(), fmt.Sprintf("Do you service heat pumps? Number %d", i)); err != nil {
			t.Fatal(err)
		}
		if died.IsZero() {
			select {
			case <-struck:
				died = time.Now()
			case <-time.After(300 * time.Millisecond):
			}
		} else {
			posts := c.passed()
			if last := posts[len(posts)-1]; last.by != dead {
				break
			}
			<-time.After(time.Second)
		}
		if i > 200 {
			t.Fatal("nobody posts after the sender's death")
		}
	}
	posts := c.passed()
	i := slices.IndexFunc(posts, func(p posted) bool { return p.at.After(died) })
	if i < 0 || posts[i].by == dead {
		t.Fatalf("no post after the sender died: %v", posts)
	}
	if took := posts[i].at.Sub(died); took > senderWithin {
		t.Errorf("the next post left %v after the sender died, want %v at most", took, senderWithin)
	}
	c.again(dead)
	for _, v := range chats {
		c.settled(v)
	}
	if n := c.oneSender(false); n < 1 {
		t.Errorf("the sender changed %d times", n)
	}
}

// TestReplicasRestartInTurn: every replica is stopped and started again, one
// after the other, while visitors and an agent talk without a break.
func TestReplicasRestartInTurn(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.model.Always(shortly)
	sites := c.sites()
	held, alone := newVisitor(t, sites[0]), newVisitor(t, sites[1])
	held.say("I want to talk to a human")
	until(t, "the alert", func() bool { _, ok := c.sim.alert(held.id); return ok })
	until(t, "the claim", func() bool {
		alert, _ := c.sim.alert(held.id)
		c.sim.click("dana", alert.TS, "claim")
		return held.status() == "assigned"
	})
	root, _ := c.sim.thread(held.id)

	stopTalk := make(chan struct{})
	var talking sync.WaitGroup
	steadily := func(say func(n int) error) {
		talking.Go(func() {
			for n := 1; ; n++ {
				if err := say(n); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-stopTalk:
					return
				case <-time.After(500 * time.Millisecond):
				}
			}
		})
	}
	var wroteHeld, wroteAlone, wroteDana []string
	steadily(func(n int) error {
		text := fmt.Sprintf("Held line %d", n)
		wroteHeld = append(wroteHeld, text)
		return held.sayAnywhere(slices.Concat(sites[n%3:], sites[:n%3]), text)
	})
	steadily(func(n int) error {
		text := fmt.Sprintf("Do you service heat pumps, line %d?", n)
		wroteAlone = append(wroteAlone, text)
		return alone.sayAnywhere(slices.Concat(sites[n%3:], sites[:n%3]), text)
	})
	steadily(func(n int) error {
		text := fmt.Sprintf("Dana's line %d", n)
		wroteDana = append(wroteDana, text)
		if code := call(t, "POST", c.sim.url+"/sim/v1/say", "", map[string]any{"user": "dana", "channel": "#support", "thread_ts": root.TS, "text": text}, nil); code != 200 {
			return fmt.Errorf("dana's line %d: status %d", n, code)
		}
		return nil
	})
	ears := map[*visitor]*ear{}
	var stops []func()
	for _, v := range []*visitor{held, alone} {
		e, stop := v.listen(sites...)
		ears[v], stops = e, append(stops, stop)
	}

	for _, r := range c.replicas {
		began := time.Now()
		if code := r.stop(t); code != 0 {
			t.Errorf("replica %s: exit code %d on SIGTERM\n%s", r.name, code, r.errs)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("replica %s took %v to stop", r.name, took)
		}
		for _, line := range strings.Split(r.errs.String(), "\n") {
			if strings.Contains(line, "level=ERROR") {
				t.Errorf("replica %s: %s", r.name, line)
			}
		}
		said := time.Now()
		for _, e := range ears { // the talk goes on meanwhile
			e.await(t, "news after a stop", func(h heard) bool { return h.Name == "message" && h.At.After(said) })
		}
		until(t, "a post after a stop", func() bool {
			posts := c.passed()
			return posts[len(posts)-1].at.After(said)
		})
		c.again(r)
		until(t, "its socket", func() bool { return c.sockets() >= len(c.replicas) })
	}
	close(stopTalk)
	talking.Wait()

	for v, wrote := range map[*visitor][]string{held: append([]string{"I want to talk to a human"}, wroteHeld...), alone: wroteAlone} {
		if v == held {
			v.heard("agent", wroteDana[len(wroteDana)-1])
		}
		messages := c.settled(v)
		if got := texts(messages, "visitor"); !slices.Equal(got, wrote) {
			t.Errorf("the chat has %d lines of the visitor, want %d: %q", len(got), len(wrote), got)
		}
		e := ears[v]
		until(t, "the stream to have the whole chat", func() bool {
			_, messages = v.chat()
			e.mu.Lock()
			defer e.mu.Unlock()
			return !slices.ContainsFunc(messages, func(m publicMessage) bool { return e.texts[m.Seq] != m.Text })
		})
		if e.connects < 2 {
			t.Errorf("the stream was never resumed")
		}
	}
	for _, stop := range stops {
		stop()
	}
	for _, e := range ears {
		e.check(t, "a stream")
	}
	_, messages := held.chat()
	if got := texts(messages, "agent"); !slices.Equal(got, wroteDana) {
		t.Errorf("the visitor has %d of Dana's %d lines: %q", len(got), len(wroteDana), got)
	}
	checkSilence(t, messages)
	if n := c.oneSender(true); n < 1 {
		t.Errorf("the sender changed %d times", n)
	}
	if most, refused := c.mostSockets(); most > 10 || refused {
		t.Errorf("%d connections at once, refused %v; Slack allows ten", most, refused)
	}
}
