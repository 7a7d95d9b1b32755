package bridge_test

import (
	"context"
	"strings"
	"testing"

	"threadline/bridge"
	"threadline/bridge/trigger"
)

// A visitor who writes in short lines has fewer answers among the newest
// messages than the assistant may give. It hears of all of them, so that they
// come to a person all the same.
func TestShortLinesComeToAPersonToo(t *testing.T) {
	const most = 18
	visible := 0
	d := open(t, func(_ context.Context, q bridge.Question, _ func(string)) (bridge.Answer, error) {
		visible = 0
		for _, m := range q.Transcript {
			if m.Author.Kind == bridge.ByAssistant {
				visible++
			}
		}
		if q.Alone >= most {
			return bridge.Answer{Move: bridge.MoveHandOff, Trigger: trigger.Complexity, Reason: "enough"}, nil
		}
		return bridge.Answer{Move: bridge.MoveAnswer, Text: "It costs $129."}, nil
	})
	// Every turn is about something else: who asks twice is frustrated.
	parts := strings.Fields("filter blower thermostat burner chimney compressor condenser duct fan furnace gasket humidifier " +
		"igniter louver motor nozzle pump radiator sensor valve washer")
	turn := func(part string) bridge.Conversation {
		d.writes("next")
		d.writes("the " + part)
		d.writes(part + " price?")
		d.clock.advance(bridge.AnswerPause)
		var c bridge.Conversation
		d.until("an answer about the "+part, func() bool {
			c = d.conversation()
			return c.AnsweredTurn == c.Turn
		})
		return c
	}
	for i, part := range parts[:most] {
		if c := turn(part); c.Status != bridge.Automatic || c.Alone != i+1 {
			t.Fatalf("after %d answers it is %q and counts %d", i+1, c.Status, c.Alone)
		}
	}
	c := turn(parts[most])
	if h, err := d.store.Handoff(t.Context(), c.Handoff); err != nil || h.Trigger != trigger.Complexity {
		t.Fatalf("then came %+v, %v", h, err)
	}
	if visible >= most {
		t.Errorf("%d answers are among the newest messages: the visitor's lines are not short enough", visible)
	}
	if n := len(d.said(bridge.ByAssistant)); n != most {
		t.Errorf("the assistant answered %d times, want %d", n, most)
	}
	// After a person it begins again.
	d.claims()
	if c := d.conversation(); c.Status != bridge.Assigned || c.Alone != 0 {
		t.Errorf("after the claim it is %q and counts %d", c.Status, c.Alone)
	}
}
