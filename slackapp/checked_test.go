package slackapp_test

import (
	"testing"

	"threadline/bridge"
)

func (v *visitor) check(who string) {
	v.r.t.Helper()
	v.r.post("react", object{"user": who, "channel": "support", "ts": v.root().Stamp, "emoji": "white_check_mark"})
}

// readAgain restarts the desk and waits for a complete read.
func (r *rig) readAgain() {
	r.t.Helper()
	before := r.mark()
	r.run()
	r.within("a complete read", func() bool { return r.mark() > before })
}

// TestAMarkSetWhileNobodyListens: the holder's resolves, after the lines they
// wrote before it; a colleague's does not, also not once they hold the chat;
// and one that stands from before does not resolve what was reopened.
func TestAMarkSetWhileNobodyListens(t *testing.T) {
	r := newRig(t)
	v := r.visitor("gwen")
	v.held("dana")
	v.reply("")
	r.within("the first read", func() bool { return r.mark() != "" })
	r.stop()
	r.steal(2, func() {
		v.say("dana", "all done then")
		v.check("lee")
	})
	r.readAgain()
	r.within("the line is heard", func() bool { return v.heard() == "all done then" })
	if got := v.conversation().Status; got != bridge.Assigned {
		t.Fatalf("a colleague's mark made it %s", got)
	}
	r.stop()
	r.steal(2, func() {
		v.say("dana", "bye")
		v.check("dana")
	})
	r.readAgain()
	v.status(bridge.Resolved)
	if got := v.heard(); got != "all done then,bye" {
		t.Errorf("the visitor read %q", got)
	}
	press := func(who, action string) {
		t.Helper()
		r.within("the card offers "+action, func() bool { return v.root().buttons()[action] != "" })
		r.click(who, v.root().Stamp, action)
	}
	for _, who := range []string{"dana", "lee"} {
		press(who, "reopen")
		v.status(bridge.Assigned)
		r.stop()
		r.readAgain()
		r.get("wait?idle_ms=300&timeout_ms=5000")
		if got := v.conversation().Status; got != bridge.Assigned {
			t.Fatalf("an old mark of %s made it %s", who, got)
		}
		v.handle(bridge.VisitorEnded{Conversation: v.id, Press: who})
		v.status(bridge.Resolved)
	}
}
