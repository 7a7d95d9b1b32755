package slackapp_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"threadline/bridge"
	"threadline/slackapp"
	"threadline/slackapp/slacksim"
)

// steal has somebody else acknowledge what comes meanwhile and forget it, as a
// replica does that dies at the wrong moment.
func (r *rig) steal(events int, do func()) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	thief := socketmode.New(slack.New(r.sim.BotToken(), slack.OptionAPIURL(r.sim.APIURL()), slack.OptionAppLevelToken(r.sim.AppToken())))
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = thief.RunContext(ctx)
	}()
	do()
	deadline := time.After(time.Minute)
	for stolen := 0; stolen < events; {
		select {
		case e := <-thief.Events:
			if e.Type == socketmode.EventTypeEventsAPI {
				if err := thief.Ack(*e.Request); err != nil {
					r.t.Fatal(err)
				}
				stolen++
			}
		case <-deadline:
			r.t.Fatalf("%d of %d envelopes came", stolen, events)
		}
	}
	// Ack only queues: what Slack has not received is sent again, to the desk.
	r.within("Slack has every acknowledgement", func() bool { return r.get("state")["pending_envelopes"] == 0.0 })
	cancel()
	<-gone
}

func (v *visitor) heard() string {
	v.r.t.Helper()
	var out []string
	for _, m := range v.saw(bridge.ByAgent) {
		out = append(out, m.Text)
	}
	return strings.Join(out, ",")
}

func (r *rig) mark() string {
	r.t.Helper()
	for _, c := range r.get("state")["channels"].([]any) {
		if c := c.(object); c["name"] == "support" {
			s, err := r.store.Mark(context.Background(), "caught up:"+c["id"].(string))
			if err != nil {
				r.t.Fatal(err)
			}
			return s
		}
	}
	r.t.Fatal("no #support")
	return ""
}

func TestWhatNobodyHeardIsReadBack(t *testing.T) {
	r := newRig(t)
	v := r.visitor("finn")
	v.held("dana")
	v.say("dana", "heard")
	two := v.say("dana", "two")
	three := v.say("dana", "three")
	r.within("the first lines arrive", func() bool { return v.heard() == "heard,two,three" })
	r.stop()
	r.steal(4, func() {
		v.say("dana", "missed one")
		v.say("dana", "missed two")
		r.post("edit", object{"user": "dana", "channel": "support", "ts": two, "text": "two, corrected"})
		r.post("delete", object{"user": "dana", "channel": "support", "ts": three})
	})
	r.run()
	r.within("everything is made good", func() bool {
		return v.heard() == "heard,two, corrected,missed one,missed two"
	})
	// A second read of the same thread finds nothing new.
	revs := v.conversation().Rev
	r.stop()
	before := r.mark()
	r.run()
	r.within("another read is complete", func() bool { return r.mark() > before })
	if got := v.conversation().Rev; got != revs {
		t.Errorf("reading it again changed something: rev %d after %d", got, revs)
	}
}

func TestAQuietThreadIsReadBackToo(t *testing.T) {
	r := newRig(t)
	v := r.visitor("gil")
	v.write("hello")
	v.reply("hello")
	r.within("the first read", func() bool { return r.mark() != "" })
	r.stop()
	r.steal(1, func() { v.say("dana", "shall I take this?") })
	r.run()
	r.within("the talk is known, and internal", func() bool {
		lines, err := r.store.Lines(t.Context(), v.id)
		return err == nil && len(lines) == 1 && lines[0].Standing != bridge.Public
	})
}

// lone opens no second socket, which would have everything read back too.
func lone(_ *slacksim.Config, c *slackapp.Config) { c.SecondSocketAfter = -1 }

func TestWhatSlackHoldsBackIsReadBack(t *testing.T) {
	r := newRig(t, lone)
	v := r.visitor("uma")
	v.held("dana")
	v.say("dana", "heard")
	r.within("the first line arrives", func() bool { return v.heard() == "heard" })
	r.within("the first read", func() bool { return r.mark() != "" })
	// At least the second of these is held back.
	r.post("faults", object{"events_per_hour": 1})
	v.say("dana", "the last of this hour")
	v.say("dana", "one too many")
	r.within("the notice comes", func() bool { return len(r.calls("app_rate_limited")) > 0 })
	r.within("it brings the line", func() bool { return v.heard() == "heard,the last of this hour,one too many" })
	// Within that minute Slack says nothing more: only reading often helps.
	reads := len(r.calls("conversations.replies"))
	v.say("dana", "another")
	r.within("it reads again", func() bool { return len(r.calls("conversations.replies")) > reads })
	r.within("the next read brings it", func() bool { return strings.HasSuffix(v.heard(), ",one too many,another") })
	for _, e := range r.calls("app_rate_limited") {
		if e["kind"] == "ack" {
			return
		}
	}
	t.Errorf("the notice was not acknowledged: %v", r.calls("app_rate_limited"))
}

func TestAnotherProcessIsToldThatSlackHoldsBack(t *testing.T) {
	r := newRig(t, lone)
	v := r.visitor("ugo")
	v.held("dana")
	r.within("the first read", func() bool { return r.mark() != "" })
	r.stop()
	r.run()
	again := r.mark()
	r.within("a read after the start", func() bool { return r.mark() > again })
	r.get("wait?idle_ms=500&timeout_ms=5000")
	before := r.mark()
	// What another process keeps when it is told.
	if err := r.store.SetMark(t.Context(), "events held back", time.Now().Add(time.Minute).UTC().Format(time.RFC3339Nano)); err != nil {
		t.Fatal(err)
	}
	r.within("the sender reads", func() bool { return r.mark() > before })
}

func TestOnlyACompletedReadMovesTheMark(t *testing.T) {
	r := newRig(t)
	v := r.visitor("ola")
	v.held("dana")
	r.within("the first read", func() bool { return r.mark() != "" })
	r.stop()
	before := r.mark()
	done := len(r.calls("conversations.history"))
	r.post("faults", object{"error": object{"method": "conversations.replies", "error": "channel_not_found", "times": 1}})
	r.run()
	r.within("the rest is read", func() bool { return len(r.calls("conversations.history")) > done })
	r.get("wait?idle_ms=500&timeout_ms=5000")
	r.stop()
	if got := r.mark(); got != before {
		t.Errorf("a read that missed a thread moved the mark from %s to %s", before, got)
	}
	r.run()
	r.within("a complete read moves it", func() bool { return r.mark() > before })
}

func TestCatchUpWaitsAsSlackAsks(t *testing.T) {
	r := newRig(t)
	v := r.visitor("pia")
	v.held("dana")
	r.within("the first read", func() bool { return r.mark() != "" })
	r.stop()
	before, reads := r.mark(), len(r.calls("conversations.replies"))
	r.post("faults", object{"rate_limit": object{"method": "conversations.replies", "retry_after": 2, "times": 1}})
	r.run()
	r.within("the read ends", func() bool { return r.mark() > before })
	calls := r.calls("conversations.replies")[reads:]
	if len(calls) < 2 {
		t.Fatalf("%d reads", len(calls))
	}
	at := func(i int) time.Time {
		s, err := time.Parse(time.RFC3339Nano, calls[i]["at"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if d := at(1).Sub(at(0)); d < 2*time.Second {
		t.Errorf("asked again after %s", d)
	}
}

func TestAnUnknownRootIsAdopted(t *testing.T) {
	r := newDeafRig(t, brisk, func(_ *slacksim.Config, c *slackapp.Config) { c.DoubtAfter = time.Hour })
	r.within("a connection", func() bool { return r.desk.Status() == "connected" })
	v := r.visitor("quin")
	r.steal(1, func() {
		r.post("faults", object{"apply_then_fail": object{"method": "chat.postMessage", "times": 1}})
		v.write("hello")
		r.within("the root stands", func() bool { return len(r.roots()) == 1 })
	})
	if !v.conversation().Thread.IsZero() {
		t.Fatal("the root is known already")
	}
	r.stop()
	r.deaf = false
	r.run()
	v.reply("hello")
	r.onceEach()
	if n := len(r.roots()); n != 1 {
		t.Errorf("%d roots", n)
	}
}

func TestAPressFoundLateIsNotActedOn(t *testing.T) {
	r := newRig(t)
	v := r.visitor("rae")
	v.ask()
	card := v.alert()
	r.stop()
	keep := func(at string, received time.Time) {
		body, err := json.Marshal(object{
			"kind": "press", "action": "claim", "value": card.buttons()["claim"], "user": r.user("dana"),
			"channel": v.conversation().Thread.Channel, "thread": v.root().Stamp, "stamp": card.Stamp, "at": at,
		})
		if err != nil {
			t.Fatal(err)
		}
		e := bridge.Envelope{Key: "action:" + at, Kind: "press", Payload: body, ReceivedAt: received}
		if _, err := r.store.Receive(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	keep("100.000001", time.Now().Add(-31*time.Second))
	r.run()
	r.within("dana is asked to press again", func() bool {
		for _, e := range r.ephemerals() {
			if e.User == r.user("dana") && strings.Contains(e.Text, "press it again") {
				return true
			}
		}
		return false
	})
	r.within("the press is settled", func() bool {
		left, err := r.store.Unhandled(t.Context(), 10)
		return err == nil && len(left) == 0
	})
	if got := v.conversation().Status; got != bridge.Queued {
		t.Errorf("it was acted on: %s", got)
	}
	r.stop()
	keep("100.000002", time.Now().Add(-20*time.Second))
	r.run()
	v.status(bridge.Assigned)
}

func TestWhatADeadProcessHadAcknowledgedIsTakenUp(t *testing.T) {
	r := newRig(t)
	v := r.visitor("ulf")
	v.ask()
	card := v.alert()
	r.within("a connection", func() bool { return r.desk.Status() == "connected" })
	body, err := json.Marshal(object{
		"kind": "press", "action": "claim", "value": card.buttons()["claim"], "user": r.user("dana"),
		"channel": v.conversation().Thread.Channel, "thread": v.root().Stamp, "stamp": card.Stamp, "at": "100.000001",
	})
	if err != nil {
		t.Fatal(err)
	}
	e := bridge.Envelope{Key: "action:left", Kind: "press", Payload: body, ReceivedAt: time.Now()}
	if _, err := r.store.Receive(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	v.status(bridge.Assigned) // well before the half minute after which presses are void
}
