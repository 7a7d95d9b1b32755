package widget

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"threadline/bridge"
)

func (w *world) draft(s sessionReply, epoch int64, reply string, offset int, text string) {
	w.hub.Draft(bridge.Draft{
		Conversation: bridge.ConversationID(s.ConversationID), Epoch: epoch, ReplyID: reply, Offset: offset, Text: text,
	})
}

func TestDraftsStreamAndTheMessageReplacesThem(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "question")
	epoch := w.row(s).Epoch
	l := w.listen(s.Token, "")
	l.expect("conversation#2")
	w.draft(s, epoch, "r1", 0, "Ja, wir können ")
	w.draft(s, epoch, "r1", 15, "das.")
	got := l.expect("delta", "delta")
	if d := got[1].decoded; d["reply_id"] != "r1" || d["offset"] != 15.0 || d["text"] != "das." || d["epoch"] != float64(epoch) {
		t.Errorf("got %v", got[1])
	}
	// One who comes in the middle has nothing to join the rest to.
	late := w.listen(s.Token, "")
	late.expect("conversation#2")
	w.draft(s, epoch, "r1", 19, " Gern.")
	l.expect("delta")
	w.reply(s, "r1", "Ja, wir können das. Gern.")
	if m := l.expect("message#3")[0]; m.decoded["reply_id"] != "r1" {
		t.Errorf("the message names no draft: %v", m)
	}
	// A piece that comes after its message is dropped on both.
	w.draft(s, epoch, "r1", 25, "!")
	w.draft(s, epoch, "r1", 0, "Ja, ")
	w.draft(s, epoch, "r2", 0, "Und ")
	late.expect("message#3", "delta")
	if e := l.expect("delta")[0]; e.decoded["reply_id"] != "r2" {
		t.Errorf("got %v", e)
	}
	// The second draft is given up for a third without a word.
	w.draft(s, epoch, "r3", 0, "Oder ")
	got = l.expect("delta_cancelled", "delta")
	if got[0].decoded["reply_id"] != "r2" || got[1].decoded["reply_id"] != "r3" {
		t.Errorf("got %v", got)
	}
	// A message has replaced it by the time of the claim: nothing is withdrawn.
	w.say(s, "well?")
	w.reply(s, "r3", "Oder nicht.")
	l.expect("message#4", "message#5")
	w.claim(s)
	for e := l.next(); e.name != eventConversation; e = l.next() {
		if e.name == eventCancelled {
			t.Errorf("got %v", e)
		}
	}
}

func TestACancelledDraftIsWithdrawnOnlyWhereItShows(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "question")
	l := w.listen(s.Token, "")
	l.expect("conversation#2")
	w.draft(s, 0, "r1", 0, "Well")
	l.expect("delta")
	late := w.listen(s.Token, "")
	late.expect("conversation#2")
	w.hub.Draft(bridge.Draft{Conversation: bridge.ConversationID(s.ConversationID), ReplyID: "r1", Cancelled: true})
	if e := l.expect("delta_cancelled")[0]; e.decoded["reply_id"] != "r1" {
		t.Errorf("got %v", e)
	}
	w.draft(s, 0, "r2", 0, "Again")
	late.expect("delta")
	l.expect("delta")
}

func TestNoDeltaFollowsTheClaim(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "question")
	old := w.row(s).Epoch
	l := w.listen(s.Token, "")
	l.expect("conversation#2")
	w.draft(s, old, "r1", 0, "I think ")
	l.expect("delta")
	w.claim(s)
	w.draft(s, old, "r1", 8, "that ")
	got := l.expect("delta_cancelled")
	if got[0].decoded["reply_id"] != "r1" {
		t.Errorf("got %v", got[0])
	}
	w.draft(s, old, "r1", 13, "you")
	w.draft(s, old, "r9", 0, "Another")
	w.line(s, "Hi, I'm here")
	rev := w.row(s).Rev
	// Up to dana's line: her introduction and the new status, and no delta.
	assigned := false
	for {
		e := l.next()
		switch e.name {
		case eventConversation:
			assigned = true
			if e.decoded["status"] != "assigned" || e.decoded["epoch"] == float64(old) {
				t.Errorf("got %v", e)
			}
			agent, _ := e.decoded["agent"].(map[string]any)
			if agent["name"] != "Dana Reyes" || agent["title"] != "Comfort advisor" {
				t.Errorf("got %v", e)
			}
		case eventMessage:
		default:
			t.Fatalf("after the claim: %v", e)
		}
		if e.id == fmt.Sprint(rev) {
			break
		}
	}
	if !assigned {
		t.Error("the new status did not come")
	}
	// The next epoch's drafts are welcome, even ahead of the wake-up.
	w.handle(bridge.AgentResolved{
		Press:   w.press(s),
		Outcome: bridge.Solved,
	})
	w.say(s, "one more thing")
	w.draft(s, w.row(s).Epoch, "r2", 0, "Sure")
	for {
		e := l.next()
		if e.name == eventCancelled || (e.name == eventDelta && e.decoded["reply_id"] != "r2") {
			t.Fatalf("got %v", e)
		}
		if e.name == eventDelta {
			return
		}
	}
}

func TestADraftIsNotWithdrawnWhenItsMessageComesWithTheNewEpoch(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "question")
	l := w.listen(s.Token, "")
	l.expect("conversation#2")
	w.draft(s, 0, "r1", 0, "I shall ask")
	l.expect("delta")
	w.tamper(s, func(c *bridge.Conversation) { c.Epoch, c.StatusRev, c.Rev, c.Seq = 1, 3, 4, 2 },
		bridge.Message{Seq: 2, Rev: 4, FirstRev: 4, Text: "I shall ask a person.", ReplyID: "r1"})
	w.hub.Changed(bridge.ConversationID(s.ConversationID))
	l.expect("conversation#3", "message#4")
}

func TestADraftOfAnUnseenEpochMakesTheStreamLookFirst(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "question")
	l := w.listen(s.Token, "")
	l.expect("conversation#2")
	w.tamper(s, func(c *bridge.Conversation) { c.Epoch, c.Rev, c.StatusRev = 5, 3, 3 })
	w.draft(s, 5, "r1", 0, "Hello")
	l.expect("conversation#3", "delta")
}

func TestAnAnswerStreamsAndThenStands(t *testing.T) {
	w := newWorld(t)
	// A stream that is late brings the message alone, so the answer waits.
	heard := make(chan struct{})
	w.actor.says(func(ctx context.Context, emit func(string)) bridge.Answer {
		emit("Ja, ")
		emit("täglich.")
		select {
		case <-heard:
		case <-ctx.Done():
		}
		return bridge.Answer{Move: bridge.MoveAnswer, Text: "Ja, täglich.", HTML: "Ja, täglich.", Confidence: 1}
	})
	s := w.session()
	l := w.listen(s.Token, "")
	l.expect("conversation#0")
	w.say(s, "Are you open?")
	l.expect("conversation#1", "message#2")
	w.run()
	got := l.expect("delta", "delta")
	close(heard)
	got = append(got, l.expect("message#3")...)
	reply := got[0].decoded["reply_id"]
	if reply == "" || got[1].decoded["reply_id"] != reply || got[1].decoded["offset"] != 4.0 || got[2].decoded["reply_id"] != reply {
		t.Errorf("got %v", got)
	}
}

func TestAClaimSilencesTheAnswerBeingWritten(t *testing.T) {
	w := newWorld(t)
	writing, silenced := make(chan struct{}), make(chan struct{})
	w.actor.says(func(ctx context.Context, emit func(string)) bridge.Answer {
		emit("I would say ")
		close(writing)
		<-ctx.Done()
		emit("that it is free.")
		close(silenced)
		return bridge.Answer{Move: bridge.MoveAnswer, Text: "I would say that it is free.", HTML: "x", Confidence: 1}
	})
	s := w.session()
	l := w.listen(s.Token, "")
	l.expect("conversation#0")
	w.say(s, "What does it cost?")
	l.expect("conversation#1", "message#2")
	w.run()
	<-writing
	l.expect("delta")
	w.claim(s)
	<-silenced
	w.line(s, "Let me look that up.")
	last := fmt.Sprint(w.row(s).Rev)
	l.expect("delta_cancelled")
	for {
		e := l.next()
		if e.name == eventDelta || strings.Contains(e.data, "free") {
			t.Fatalf("after the claim: %v", e)
		}
		if e.id == last {
			break
		}
	}
}
