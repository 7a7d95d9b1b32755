package assistant

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"threadline/bridge"
	"threadline/bridge/booking"
)

// called reads what the visitor's pending lines want of a call. certain leaves
// out the wish for one, which a model understands better.
func called(q bridge.Question, certain bool) (bridge.Answer, bool) {
	if q.Callback == nil {
		return bridge.Answer{}, false
	}
	r := booking.Read(pending(q.Transcript), q.Callback.Talk)
	if r.Act == booking.None || certain && r.Act == booking.Want {
		return bridge.Answer{}, false
	}
	return booked(bridge.Wanted(r, q.Callback.Talk)), true
}

func booked(w bridge.CallWanted) bridge.Answer {
	return bridge.Answer{Move: bridge.MoveBook, Call: &w, Confidence: 1}
}

// freeTimes are the times that a model may book, with what the visitor calls
// them.
func freeTimes(c *bridge.Callback) []map[string]string {
	var out []map[string]string
	for _, s := range c.Free {
		out = append(out, map[string]string{
			"slot": s.From.UTC().Format(time.RFC3339), "local": booking.When(s.From, c.Talk.Now, c.Talk.Zone),
		})
	}
	return out
}

// slotOf is the time that a model names: by its instant, its local name, or its
// number in what was offered. Anything else asks for times to be shown.
func slotOf(text string, c *bridge.Callback) bridge.CallWanted {
	text = strings.TrimSpace(text)
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return bridge.CallWanted{Act: booking.Pick, Slot: at.UTC()}
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(c.Talk.Offered) {
		return bridge.CallWanted{Act: booking.Pick, Slot: c.Talk.Offered[n-1]}
	}
	i := slices.IndexFunc(c.Free, func(s booking.Slot) bool {
		return strings.EqualFold(text, booking.When(s.From, c.Talk.Now, c.Talk.Zone))
	})
	if i >= 0 {
		return bridge.CallWanted{Act: booking.Pick, Slot: c.Free[i].From}
	}
	return bridge.CallWanted{Act: booking.Want}
}
