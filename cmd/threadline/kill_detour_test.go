package main_test

import (
	"fmt"
	"slices"
	"strings"

	"threadline/bridge/killpoint"
)

// detour is what a road passes besides, because the point at which the process
// is to die lies there. Both calls and Undo are a setting.
type detour struct {
	call, reminder, undo bool
}

// by chooses the road's detours so that it comes by a point, and sets what they
// need. Where a line is undone lines wait for a minute, so that the press cannot
// come too late.
func (r *road) by(point killpoint.Name) {
	hold := "0s"
	switch point {
	case killpoint.CallBeforeCommit, killpoint.CallCommitted:
		r.detour.call = true
	case killpoint.CallReminded:
		r.detour.call, r.detour.reminder = true, true
	case killpoint.HoldOver:
		hold = "2s"
	case killpoint.UndoCommitted:
		r.detour.undo, hold = true, "1m"
	default:
		return
	}
	// The reminder is due 40 s after the times were shown at the earliest.
	furnished(r.t, r.env, fmt.Sprintf("booking: {length: 5s, notice: 10m, horizon: 2h, reminder: 9m20s}\n"+
		"teams:\n  - {id: support, booking: \"on\"}\nwindows: {undo: %s}\n", hold))
}

// book lets the visitor, who waits, book a call.
func (r *road) book() {
	if !r.detour.call {
		return
	}
	r.visitor.say("Could somebody call me back?")
	r.visitor.heard("system", "\n3. ")
	r.visitor.say("1")
	r.visitor.heard("system", "is booked")
}

// undo lets Dana take a line back; false if this road does not.
func (r *road) undo(thread string) bool {
	if !r.detour.undo {
		return false
	}
	for _, p := range r.replies(thread) {
		if slices.Contains(r.lines, p.Text) {
			r.sim.asked("dana", `"undo"`, p.TS) // so it is known to wait
		}
	}
	ts := r.sim.say("dana", thread, "A line to undo")
	notice := r.sim.asked("dana", `"undo"`, ts)
	until(r.t, "the line to be undone", func() bool {
		r.sim.post("click", map[string]any{"user": "dana", "ephemeral_id": notice.ID, "action_id": "undo"})
		return slices.ContainsFunc(r.replies(thread), func(p slackPost) bool {
			return p.TS == ts && slices.ContainsFunc(p.Reactions, func(x struct{ Name string }) bool { return x.Name == "lock" })
		})
	})
	return true
}

func (r *road) replies(thread string) []slackPost {
	root, _ := r.sim.thread(r.visitor.id)
	if root.TS != thread {
		r.t.Errorf("the chat is in %s, not in %s", root.TS, thread)
	}
	return root.Replies
}

// reminded waits until both sides have been reminded of the call.
func (r *road) reminded() {
	if !r.detour.reminder {
		return
	}
	r.visitor.heard("system", "A reminder: our team calls you")
	until(r.t, "the team to be reminded", func() bool { return r.callNotes() > 0 })
}

func (r *road) callNotes() (n int) {
	root, _ := r.sim.thread(r.visitor.id)
	for _, p := range root.Replies {
		if strings.Contains(p.Text, "time to call this visitor") {
			n++
		}
	}
	return n
}

// compareDetour: the call was booked and reminded of once, and what was undone
// never left the thread.
func (r *road) compareDetour() {
	t, v := r.t, r.visitor
	if n := v.count("system", "Your call is booked"); r.detour.call && n != 1 {
		t.Errorf("the call is confirmed %d times", n)
	}
	if n, notes := v.count("system", "A reminder: our team calls you"), r.callNotes(); r.detour.reminder && (n != 1 || notes != 1) {
		t.Errorf("the visitor is reminded %d times, the team %d times", n, notes)
	}
	if n := v.count("agent", "A line to undo"); n != 0 {
		t.Errorf("the visitor has the line that was undone %d times", n)
	}
}
