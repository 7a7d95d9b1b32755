package assistant_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/bridge/assistant"
	"threadline/bridge/assistant/openaitest"
	"threadline/bridge/booking"
)

// bookable is a question on a Monday morning at a site that calls back.
func bookable(offered bool, lines ...string) bridge.Question {
	q := ask(lines...)
	ten := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	c := &bridge.Callback{Talk: booking.Talk{Now: ten.Add(-time.Hour), Zone: time.UTC}}
	for i := range 4 {
		from := ten.Add(time.Duration(i) * 30 * time.Minute)
		c.Free = append(c.Free, booking.Slot{From: from, To: from.Add(30 * time.Minute)})
		if offered {
			c.Talk.Offered = append(c.Talk.Offered, from)
		}
	}
	q.Callback = c
	return q
}

func TestCallsWithoutAModel(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil)
	for _, c := range []struct {
		q    bridge.Question
		want *bridge.CallWanted
	}{
		{bookable(false, "v Can somebody call me back?"), &bridge.CallWanted{Act: booking.Want}},
		{bookable(true, "v call me", "a When?", "v 2"), &bridge.CallWanted{Act: booking.Pick, Slot: time.Date(2026, 11, 23, 16, 30, 0, 0, time.UTC)}},
		{bookable(false, "v how much is a furnace tune-up?"), nil},
		{ask("v how much is a furnace tune-up?"), nil},
	} {
		got, err := b.Answer(t.Context(), c.q, func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		asked := c.q.Transcript[len(c.q.Transcript)-1].Text
		switch {
		case c.want == nil && got.Move == bridge.MoveBook:
			t.Errorf("%q books %+v", asked, got.Call)
		case c.want != nil && (got.Move != bridge.MoveBook || got.Text != "" || *got.Call != *c.want):
			t.Errorf("%q came to %+v, %+v", asked, got, got.Call)
		}
	}
	if got, err := b.Answer(t.Context(), ask("v Can somebody call me back?"), func(string) {}); err != nil || got.Move == bridge.MoveBook {
		t.Errorf("where nothing can be booked: %+v, %v", got, err)
	}
}

func TestModelBooksCalls(t *testing.T) {
	const words = "v Sounds good, have somebody ring me about it"
	for slot, want := range map[string]bridge.CallWanted{
		"2026-11-23T16:30:00Z":                 {Act: booking.Pick, Slot: time.Date(2026, 11, 23, 16, 30, 0, 0, time.UTC)},
		"2026-11-23T10:30:00-06:00":            {Act: booking.Pick, Slot: time.Date(2026, 11, 23, 16, 30, 0, 0, time.UTC)},
		"today, Monday 23 November, 17:00 UTC": {Act: booking.Pick, Slot: time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)},
		"":                                     {Act: booking.Want},
		"whenever":                             {Act: booking.Want},
	} {
		s, m := endpoint(t)
		args, err := json.Marshal(map[string]string{"slot": slot})
		if err != nil {
			t.Fatal(err)
		}
		s.Script(openaitest.CallTool("book_callback", string(args)))
		var e emitted
		got, err := m.Answer(t.Context(), bookable(false, words), e.emit)
		if err != nil || got.Move != bridge.MoveBook || !got.Call.Slot.Equal(want.Slot) || got.Call.Act != want.Act || e.String() != "" {
			t.Errorf("slot %q: %+v %+v, %v, said %q", slot, got, got.Call, err, e.String())
		}
	}
}

// The tool and the times are there only where calls can be booked, and a model
// that calls it anyway is asked again.
func TestModelSeesFreeTimes(t *testing.T) {
	s, m := endpoint(t)
	s.Script(openaitest.CallTool("book_callback", `{"slot":""}`), openaitest.HandOff("explicit_request", "They want a call.", "A call."))
	got, err := m.Answer(t.Context(), ask("v Sounds good, have somebody ring me about it"), func(string) {})
	if err != nil || got.Move != bridge.MoveHandOff {
		t.Errorf("where nothing can be booked: %+v, %v", got, err)
	}
	s.Script(openaitest.CallTool("book_callback", `{"slot":""}`))
	if _, err := m.Answer(t.Context(), bookable(false, "v Sounds good, have somebody ring me about it"), func(string) {}); err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, r := range s.Requests() {
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(raw))
	}
	for i, want := range []bool{false, false, true} {
		if strings.Contains(bodies[i], "free_times") != want || strings.Contains(bodies[i], `"name":"book_callback"`) != want {
			t.Errorf("request %d shows times or the tool: %v\n%s", i, !want, bodies[i])
		}
	}
}
