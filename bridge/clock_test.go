package bridge_test

import (
	"testing"
	"time"

	"threadline/bridge"
)

// TestTheOrderOutlivesTheClock: a process that starts again after the machine's
// clock was set back or forth writes its lines behind those that stand.
func TestTheOrderOutlivesTheClock(t *testing.T) {
	d := open(t, nil)
	d.writes("I want to talk to a human")
	d.clock.advance(-time.Hour)
	d.writes("an hour earlier, and later all the same")
	d.claims()
	d.clock.advance(2 * time.Hour)
	d.writes("an hour later")
	d.clock.advance(-time.Hour)
	d.writes("at last")
	var last bridge.Message
	all, err := d.store.Messages(t.Context(), "c1", 0, 100)
	if err != nil || len(all) < 6 {
		t.Fatalf("%d messages: %v", len(all), err)
	}
	for _, m := range all {
		if !m.Order.After(last.Order) || m.Seq <= last.Seq {
			t.Errorf("%q at %v does not stand behind %q at %v", m.Text, m.Order, last.Text, last.Order)
		}
		last = m
	}
	if last.Text != "at last" {
		t.Errorf("the last line is %q", last.Text)
	}
}

// TestTimersAfterALeap: a machine that slept for an hour does what fell due
// meanwhile, once.
func TestTimersAfterALeap(t *testing.T) {
	d := open(t, nil)
	d.writes("I want to talk to a human")
	d.clock.advance(9 * time.Hour)
	d.until("the assistant's return", func() bool { return d.conversation().Status == bridge.Automatic })
	told := map[string]int{}
	for _, m := range d.said(bridge.BySystem) {
		told[m.Text]++
	}
	for text, n := range told {
		if n > 1 {
			t.Errorf("said %d times: %q", n, text)
		}
	}
}
