package slackapp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/slackapp"
	"threadline/slackapp/slacksim"
)

func (r *rig) quiet() {
	r.t.Helper()
	r.within("nothing is left to send", func() bool {
		b, err := r.store.Backlog(r.t.Context(), time.Now())
		return err == nil && b.Pending == 0
	})
}

func TestLagShowsOnTheCardWhileItLasts(t *testing.T) {
	r := newRig(t, func(_ *slacksim.Config, c *slackapp.Config) { c.LagAfter = 500 * time.Millisecond })
	v := r.visitor("tia")
	v.held("dana")
	r.quiet()
	updates := len(r.calls("chat.update"))
	r.post("faults", object{"rate_limit": object{"method": "chat.postMessage", "retry_after": 10, "times": 1}})
	for i := range 3 {
		v.write(fmt.Sprint("line ", i))
	}
	r.within("the card says so", func() bool { return strings.Contains(v.root().Text, "Catching up (3 lines)") })
	if !strings.Contains(v.root().blocks(), "Catching up (3 lines)") {
		t.Errorf("not in the blocks: %s", v.root().blocks())
	}
	v.reply("line 2")
	r.within("the card says no more", func() bool { return !strings.Contains(v.root().Text, "Catching up") })
	r.quiet()
	// It may have said one line and two before three.
	if n := len(r.calls("chat.update")) - updates; n < 2 || n > 4 {
		t.Errorf("the card was redrawn %d times", n)
	}
}

func TestASuccessorEndsTheLagOnTheCard(t *testing.T) {
	r := newRig(t, func(_ *slacksim.Config, c *slackapp.Config) { c.LagAfter = 500 * time.Millisecond })
	v := r.visitor("uma")
	v.held("dana")
	r.quiet()
	r.post("faults", object{"rate_limit": object{"method": "chat.postMessage", "retry_after": 10, "times": 1}})
	v.write("slowly")
	r.within("the card says so", func() bool { return strings.Contains(v.root().Text, "Catching up (1 line)") })
	r.stop()
	r.run()
	v.reply("slowly")
	r.within("the card says no more", func() bool { return !strings.Contains(v.root().Text, "Catching up") })
}

func TestWhatTheVisitorHasSeenShowsOnTheCard(t *testing.T) {
	const every = time.Second
	r := newRig(t, func(_ *slacksim.Config, c *slackapp.Config) {
		c.LagAfter, c.SeenEvery = 500*time.Millisecond, every
	})
	v := r.visitor("val")
	v.held("dana")
	saw := func() {
		v.handle(bridge.VisitorSaw{Conversation: v.id, Seq: v.conversation().Seq})
	}
	says := func(what string) func() bool {
		return func() bool { return strings.Contains(v.root().Text, what) }
	}
	saw()
	r.within("the card says that all was seen", says("has seen everything"))
	v.say("dana", "we can come at 9")
	r.within("the line arrives", func() bool { return v.heard() == "we can come at 9" })
	r.within("the card says that it was not seen", says("has not seen the newest"))
	began, updates := time.Now(), len(r.calls("chat.update"))
	// Eyes that come and go change the card seldom.
	for i := range 6 {
		saw()
		v.say("dana", fmt.Sprint("and at ", i))
		r.within("it arrives", func() bool { return len(v.saw(bridge.ByAgent)) == i+2 })
	}
	saw()
	r.within("the card says that all was seen", says("has seen everything"))
	r.quiet()
	if n, most := len(r.calls("chat.update"))-updates, int(time.Since(began)/every)+1; n > most {
		t.Errorf("%d updates within %s", n, time.Since(began))
	}
	// What the visitor wrote themselves is nothing to be seen.
	v.write("thanks")
	v.reply("thanks")
	if !says("has seen everything")() {
		t.Errorf("the card says %s", v.root().Text)
	}
	r.click("dana", v.root().Stamp, "release")
	v.status(bridge.Queued)
	r.within("nobody holds it, nobody waits for eyes", func() bool { return !strings.Contains(v.root().Text, "👁") })
}
