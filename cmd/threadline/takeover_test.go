package main_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestReplicasTakeOver: SIGKILL of the replica that writes an answer, and of the
// one that posts, while Slack has a post of its that it does not know of.
func TestReplicasTakeOver(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	deadAnswerer(c)
	deadSender(c)
}

// answerWithin is the ten seconds of a turn's lease, one look, and the answer.
const answerWithin = 16 * time.Second

func deadAnswerer(c *cluster) {
	t := c.t
	open, shut := gate(t)
	c.model.Always(atLength(open))
	v := newVisitor(t, c.replicas[0].site)
	before := len(c.model.Requests())
	// A stream shows the pieces from its beginning on, and which replica will
	// answer shows only once it does: so they listen at all of them first.
	var streams [3]*ear
	var stops [3]func()
	for i, r := range c.replicas {
		streams[i], stops[i] = v.listen(r.site)
	}
	v.say("Do you service heat pumps?")
	i := c.asks(before)
	e, stop := streams[(i+1)%3], stops[(i+1)%3]
	stops[i]()
	stops[(i+2)%3]()
	e.await(t, "a piece of the answer", aPiece)
	c.replicas[i].Kill()
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
const senderWithin = 24 * time.Second

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
			r.Kill()
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
	if n := c.oneSender(); n < 1 {
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
		if wrong := mistakes(r.errs.String()); wrong != "" {
			t.Errorf("replica %s logged errors:\n%s", r.name, wrong)
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
	if n := c.oneSender(); n < 1 {
		t.Errorf("the sender changed %d times", n)
	}
	if most, refused := c.mostSockets(); most > 10 || refused {
		t.Errorf("%d connections at once, refused %v; Slack allows ten", most, refused)
	}
}
