package slackapp

import (
	"testing"
	"time"

	"threadline/bridge"
)

func TestPresence(t *testing.T) {
	var p presence
	now := time.Unix(1_800_000_000, 0)
	say := func(origin string, n int) {
		p.note(bridge.Sign{Conversation: "c", Kind: bridge.SignStreams, Streams: n, Origin: origin}, now)
	}
	is := func(what string, want whether) {
		t.Helper()
		if got := p.of("c", now); got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	is("before anything is known", whereUnknown)
	say("a", 0)
	is("after a word about nothing", whereUnknown)
	say("a", 2)
	is("with two streams", online)
	now = now.Add(presentFor - time.Second)
	is("shortly after", online)
	now = now.Add(2 * time.Second)
	is("when a process has gone silent", away)
	say("b", 1)
	is("on another process", online)
	say("b", 0)
	is("when that ends", away)
	now = now.Add(awayFor)
	is("long after", left)
	say("b", 1)
	is("back again", online)
	for i := range 3 * 4 * recentSize {
		now = now.Add(time.Second)
		p.note(bridge.Sign{Conversation: bridge.ConversationID(stampOf(now)), Streams: 1, Origin: "a"}, now)
		if len(p.by) > 4*recentSize+1 {
			t.Fatalf("%d visitors are remembered after %d", len(p.by), i)
		}
	}
}

func TestTypists(t *testing.T) {
	var w typists
	now := time.Unix(1_800_000_000, 0)
	want := func(what string, id bridge.ConversationID, on, ok bool) {
		t.Helper()
		if i, o, k := w.next(now); i != id || o != on || k != ok {
			t.Errorf("%s: %q %v %v", what, i, o, k)
		}
	}
	w.note("c", false, now)
	want("an end of nothing", "", false, false)
	w.note("c", true, now)
	want("typing", "c", true, true)
	w.shown("c", true, now)
	want("it is shown", "", false, false)
	now = now.Add(typingFor)
	want("it has faded", "c", false, true)
	w.shown("c", false, now)
	want("it is cleared", "", false, false)
	if len(w.by) != 0 {
		t.Errorf("%d are remembered", len(w.by))
	}
	w.note("c", true, now)
	w.shown("c", true, now)
	w.note("c", false, now)
	want("they stopped", "c", false, true)
	w.note("c", true, now)
	w.shown("c", false, now)
	want("they went on while Slack was asked", "c", true, true)
	w.note("c", false, now)
	w.shown("c", true, now)
	want("they stopped while Slack was asked", "c", false, true)
	w.shown("c", false, now)
	want("all is quiet", "", false, false)
	for range 40 {
		w.note("c", true, now)
		if id, on, ok := w.next(now); ok {
			w.shown(id, on, now)
		}
		now = now.Add(3 * time.Second)
	}
	w.posted("c")
	want("a post took it away", "", false, false)
	w.note("c", true, now)
	w.hush(now.Add(typingQuiet))
	want("Slack does not offer it", "", false, false)
	w.note("c", true, now)
	want("nor a minute later", "", false, false)
}
