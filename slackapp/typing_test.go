package slackapp_test

import (
	"strings"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/slackapp"
	"threadline/slackapp/slacksim"
)

// statuses are the lines below threads, by thread.
func (r *rig) statuses() map[string]string {
	r.t.Helper()
	out := map[string]string{}
	for _, s := range r.get("state")["statuses"].([]any) {
		s := s.(object)
		out[s["thread_ts"].(string)] = s["status"].(string)
	}
	return out
}

func (v *visitor) types(on bool) {
	v.r.desk.Sign(bridge.Sign{Conversation: v.id, Kind: bridge.SignVisitor, On: on})
}

const statusCall = "assistant.threads.setStatus"

func TestTheHolderSeesTheVisitorType(t *testing.T) {
	r := newRig(t)
	v := r.visitor("tess")
	v.write("hello")
	v.reply("hello")
	root := v.root().Stamp
	v.types(true)
	v.held("dana")
	if n := len(r.calls(statusCall)); n != 0 {
		t.Errorf("%d calls while nobody held the chat", n)
	}
	r.quiet()
	for range 20 {
		v.types(true)
	}
	r.within("the thread says so", func() bool { return strings.Contains(r.statuses()[root], "typing") })
	v.types(false)
	r.within("it ends", func() bool { return r.statuses()[root] == "" })
	v.types(true)
	r.within("it comes back", func() bool { return r.statuses()[root] != "" })
	v.write("what I typed")
	v.reply("what I typed")
	r.within("the line ends it", func() bool { return r.statuses()[root] == "" })
	r.get("wait?idle_ms=600&timeout_ms=5000")
	if n := len(r.calls(statusCall)); n != 3 {
		t.Errorf("%d calls for two stretches of typing", n)
	}
}

// TestTypingIsQuietWhereSlackDoesNotOfferIt: one refusal, then no more calls,
// and lines go out as ever.
func TestTypingIsQuietWhereSlackDoesNotOfferIt(t *testing.T) {
	r := newRig(t)
	v := r.visitor("tom")
	v.held("dana")
	r.quiet()
	r.post("faults", object{"error": object{"method": statusCall, "error": "not_allowed_token_type", "times": 1}})
	v.types(true)
	r.within("it is refused", func() bool { return len(r.calls(statusCall)) == 1 })
	v.types(true)
	v.write("all the same")
	v.reply("all the same")
	r.get("wait?idle_ms=600&timeout_ms=5000")
	if n := len(r.calls(statusCall)); n != 1 {
		t.Errorf("%d calls", n)
	}
	if got := r.desk.Status(); got != "connected" {
		t.Errorf("the desk says %s", got)
	}
}

func TestWhereTheVisitorIsShowsOnTheCard(t *testing.T) {
	r := newRig(t, func(_ *slacksim.Config, c *slackapp.Config) {
		c.LagAfter, c.SeenEvery = 500*time.Millisecond, 500*time.Millisecond
	})
	v := r.visitor("wes")
	v.held("dana")
	say := func(origin string, n int) {
		r.desk.Sign(bridge.Sign{Conversation: v.id, Kind: bridge.SignStreams, Streams: n, Origin: origin})
	}
	shows := func(want string) {
		t.Helper()
		r.within("the card says "+want, func() bool {
			return strings.Contains(v.root().Text, want) && strings.Contains(v.root().blocks(), want)
		})
	}
	say("a", 1)
	shows("The visitor is here")
	// Another process has a stream of theirs: the end of one is not the end.
	say("b", 1)
	say("a", 0)
	r.get("wait?idle_ms=700&timeout_ms=5000")
	shows("The visitor is here")
	say("b", 0)
	shows("The visitor is away")
}
