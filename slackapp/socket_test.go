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

func TestTwoSocketsHearEveryLineOnce(t *testing.T) {
	r := newRig(t, func(_ *slacksim.Config, c *slackapp.Config) { c.SecondSocketAfter = 50 * time.Millisecond })
	opens := func() []object { return r.calls("apps.connections.open") }
	r.within("two connections", func() bool { return len(opens()) == 2 })
	v := r.visitor("sol")
	v.held("dana")
	r.post("faults", object{"duplicate_events": 6})
	var want []string
	for i := range 12 {
		want = append(want, fmt.Sprint("line ", i))
		v.say("dana", want[i])
	}
	r.within("all lines arrive", func() bool { return len(v.saw(bridge.ByAgent)) >= len(want) })
	r.get("wait?idle_ms=700&timeout_ms=4000")
	if got := v.heard(); got != strings.Join(want, ",") {
		t.Errorf("the visitor saw %s", got)
	}
	used := map[any]bool{}
	for _, e := range r.get("log")["entries"].([]any) {
		if e := e.(object); e["connection"] != nil && e["envelope_id"] != "" {
			used[e["connection"]] = true
		}
	}
	if len(used) < 2 {
		t.Errorf("connections used: %v", used)
	}
	if s := r.desk.Status(); s != "connected" {
		t.Errorf("status %s", s)
	}
	// Each of the two comes back after a renewal.
	r.post("faults", object{"disconnect": "refresh_requested"})
	r.within("both are renewed", func() bool { return len(opens()) >= 4 && r.desk.Status() == "connected" })
	v.say("dana", "still here")
	r.within("it arrives", func() bool { return strings.HasSuffix(v.heard(), "still here") })
}
