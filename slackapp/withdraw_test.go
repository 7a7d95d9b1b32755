package slackapp_test

import (
	"strings"
	"testing"

	"threadline/bridge"
)

// TestALineIsTakenBack by its author or a manager, and by nobody else; Slack
// keeps it, marked, and it can be sent again.
func TestALineIsTakenBack(t *testing.T) {
	r := newRig(t)
	v := r.visitor("wilma")
	v.held("dana")
	take := func(who, ts string) string {
		t.Helper()
		return r.told(r.post("shortcut", object{"user": who, "channel": "support", "message_ts": ts, "callback_id": "withdraw"}))
	}
	locked := func(ts string) bool {
		for _, m := range v.root().Replies {
			if m.Stamp == ts {
				return len(m.Reactions) == 1 && m.Reactions[0].Name == "lock"
			}
		}
		return false
	}
	one := v.say("dana", "the price is 5")
	two := v.say("dana", "the price is 50")
	r.within("both lines arrive", func() bool { return len(v.saw(bridge.ByAgent)) == 2 })
	wants(t, "a guest", take("gus", one), "Guests")
	wants(t, "a colleague", take("lee", one), "colleague's")
	if n := len(v.saw(bridge.ByAgent)); n != 2 {
		t.Fatalf("refused presses left %d lines of 2", n)
	}
	wants(t, "the author", take("dana", one), "Taken back")
	if got := v.heard(); got != "the price is 50" {
		t.Errorf("the visitor reads %q", got)
	}
	r.within("the line is marked", func() bool { return locked(one) })
	wants(t, "again", take("dana", one), "does not have this line")
	r.post("edit", object{"user": "dana", "channel": "support", "ts": one, "text": "the price is 500"})
	wants(t, "a manager", take("morgan", two), "Taken back")
	if got := v.heard(); got != "" {
		t.Errorf("the visitor reads %q", got)
	}
	internal := v.say("dana", "!for us")
	r.within("the aside is handled", func() bool { return locked(internal) })
	wants(t, "an aside", take("dana", internal), "does not have this line")
	wants(t, "our own post", take("dana", v.alert().Stamp), "thread of a visitor's chat")

	r.within("the edit is known", func() bool {
		l, err := r.store.Line(t.Context(), v.conversation().Thread.Channel+":"+one)
		return err == nil && strings.Contains(l.Text, "500")
	})
	r.post("shortcut", object{"user": "dana", "channel": "support", "message_ts": one, "callback_id": "send_to_visitor"})
	r.within("it is sent again", func() bool { return v.heard() == "the price is 500" })
	r.within("the mark is gone", func() bool { return !locked(one) })
}
