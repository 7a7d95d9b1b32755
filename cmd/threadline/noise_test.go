package main_test

import (
	"net/http"
	"strings"
	"testing"

	"threadline/storage/storagetest"
)

// alerts counts the alerts of a chat.
func (s *simulated) alerts(conversation string) (n int) {
	root, _ := s.thread(conversation)
	for _, r := range root.Replies {
		if r.Metadata.EventType == "threadline_alert" {
			n++
		}
	}
	return n
}

// One open handoff a chat, and no second one for what a person has just dealt
// with; a wish for a person is never put off. Managers read how many chats came
// to people and why, and are warned where that is more than 30 in a hundred.
func TestNoiseIsKeptDownAndTold(t *testing.T) {
	const angry = "This is the worst service ever, you people are completely useless!!!"
	sim, env := workspace(t)
	p := launch(t, binary(t, ""), append(env, "DATABASE_URL="+storagetest.SQLite(t)), "serve")
	site := p.lines["site"]
	triggers := func(days string) string {
		return sim.post("command", map[string]any{"user": "morgan", "channel": "#support", "command": "/handoff", "text": "triggers " + days}).told()
	}
	if said := triggers("7"); !strings.Contains(said, "No chats in the last 7 days") {
		t.Errorf("before the first chat: %s", said)
	}
	if said := triggers("soon"); !strings.Contains(said, "number of days from 1 to 365") {
		t.Errorf("days that are none: %s", said)
	}

	v := newVisitor(t, site)
	v.say(angry)
	until(t, "a person to be asked for", func() bool { return v.status() == "queued" })
	v.say(angry)
	v.say("I want to talk to a human")
	until(t, "the alert", func() bool { return sim.alerts(v.id) > 0 })
	alert, _ := sim.alert(v.id)
	sim.click("dana", alert.TS, "claim")
	until(t, "the claim", func() bool { return v.status() == "assigned" })
	if n := sim.alerts(v.id); n != 1 {
		t.Errorf("%d alerts for one open handoff", n)
	}
	root, _ := sim.thread(v.id)
	sim.say("dana", root.TS, "!resolve we have apologised")
	until(t, "the resolve", func() bool { return v.status() == "resolved" })
	v.say(angry)
	settledTurn(t, v)
	if s := v.status(); s != "automatic" {
		t.Errorf("the same anger at once again: %s", s)
	}
	v.say("I want to talk to a human")
	until(t, "a person to be asked for again", func() bool { return v.status() == "queued" })
	until(t, "the second alert", func() bool { return sim.alerts(v.id) == 2 })
	if said := triggers("1"); !strings.Contains(said, "Too few chats to judge") || !strings.Contains(said, "frustration") {
		t.Errorf("after a few chats: %s", said)
	}

	for i := range 20 {
		other := newVisitor(t, site)
		other.say("thanks")
		if i%2 == 0 {
			if code := call(t, "POST", site+"/api/v1/handoff", other.token, map[string]any{}, nil); code != http.StatusAccepted {
				t.Fatalf("handoff: status %d", code)
			}
		}
	}
	said := triggers("7")
	for _, want := range []string{"of 22 chats", "more than 30 %", "main causes: explicit request", "by the button", "frustration"} {
		if !strings.Contains(said, want) {
			t.Errorf("the report lacks %q: %s", want, said)
		}
	}
}

// Where hardly a chat comes to a person, managers are shown those that perhaps
// needed one, with a link to each.
func TestSuspiciousSilenceIsTold(t *testing.T) {
	sim, env := workspace(t)
	env = append(env, "DATABASE_URL="+storagetest.SQLite(t))
	furnished(t, env, "triggers:\n  frustration: {off: true}\n")
	p := launch(t, binary(t, ""), env, "serve")
	missed := newVisitor(t, p.lines["site"])
	for range 3 {
		missed.say("How much is duct cleaning?")
		settledTurn(t, missed)
	}
	for range 20 {
		newVisitor(t, p.lines["site"]).say("thanks")
	}
	until(t, "the thread", func() bool { _, ok := sim.thread(missed.id); return ok })
	said := sim.post("command", map[string]any{"user": "morgan", "channel": "#support", "command": "/handoff", "text": "triggers"}).told()
	for _, want := range []string{"0 of 21 chats", "suspiciously low", "perhaps needed a person", "/archives/"} {
		if !strings.Contains(said, want) {
			t.Errorf("the report lacks %q: %s", want, said)
		}
	}
}
