// Package booking decides at which times a visitor can be called back, reads
// from a visitor's words which of them is meant, and writes the calendar file
// that goes with it. It is pure and needs no model.
package booking

import (
	"slices"
	"time"

	"threadline/bridge/hours"
)

// Rules say which times can be booked.
type Rules struct {
	// Length is how long a callback takes. Slots begin with an opening and
	// follow one another; what is left before the closing is no slot.
	Length time.Duration
	// Notice is how long before its beginning a slot can be booked at the
	// latest, Horizon how long before it at the earliest.
	Notice, Horizon time.Duration
	// Capacity is how many callbacks may overlap; less than one is one.
	Capacity int
}

// Slot is a stretch of time for one callback.
type Slot struct{ From, To time.Time }

// overlaps reports whether two slots share an instant.
func (s Slot) overlaps(o Slot) bool { return s.From.Before(o.To) && o.From.Before(s.To) }

// maxLooked bounds one search, so that slots of a second with everything taken
// do not keep anybody waiting.
const maxLooked = 50_000

// Free are the soonest slots that can be booked now and begin at or after from,
// in order, at most limit. taken are the slots of callbacks that are booked; a
// slot has room while fewer than Capacity of them overlap it.
func Free(s hours.Schedule, r Rules, taken []Slot, now, from time.Time, limit int) []Slot {
	if r.Length <= 0 {
		return nil
	}
	first, last := now.Add(r.Notice), now.Add(r.Horizon)
	if from.After(first) {
		first = from
	}
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	var out []Slot
	looked, full := 0, 0
	// A night shift belongs to the day on which it begins, and one may end after
	// the next day's first opening: a day more is read than is needed.
	for d := hours.DateOf(first.In(zone)).Next(-1); full < 2 && looked < maxLooked && d.Days() <= hours.DateOf(last.In(zone)).Days(); d = d.Next(1) {
		for _, o := range s.Openings(d) {
			at, added := o.From, 0
			if at.Before(first) {
				// Straight to the slot that first lies in.
				at = at.Add(first.Sub(at) / r.Length * r.Length)
			}
			for ; added < limit && looked < maxLooked && !at.Add(r.Length).After(o.To) && !at.After(last); at = at.Add(r.Length) {
				slot := Slot{at.UTC(), at.Add(r.Length).UTC()}
				looked++
				if !slot.From.Before(first) && r.room(slot, taken) && !slices.Contains(out, slot) {
					out = append(out, slot)
					added++
				}
			}
		}
		slices.SortFunc(out, func(a, b Slot) int { return a.From.Compare(b.From) })
		out = out[:min(limit, len(out))]
		if len(out) == limit {
			full++
		}
	}
	return out
}

// Fits reports whether a slot that was free when it was shown can still be
// booked: it has not begun, people are there for all of it, and it has room.
// What it was shown for may have become shorter than Notice meanwhile.
func Fits(s hours.Schedule, r Rules, taken []Slot, now time.Time, slot Slot) bool {
	return slot.From.After(now) && (s.Always() || s.Covers(slot.From, slot.To)) && r.room(slot, taken)
}

// room reports whether one more callback fits into the slot.
func (r Rules) room(slot Slot, taken []Slot) bool {
	n := 0
	for _, t := range taken {
		if t.overlaps(slot) {
			n++
		}
	}
	return n < max(r.Capacity, 1)
}
