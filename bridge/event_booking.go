package bridge

import (
	"time"

	"threadline/bridge/booking"
)

// VisitorBooked: the visitor's words in line Seq ask for a call, pick one of
// the times that were offered, or change the call that is booked, while the
// assistant does not speak. Verdicts: Done, Ignored (nothing of that kind is
// there any more), Blocked, Stale.
type VisitorBooked struct {
	Conversation ConversationID
	Seq          int64
	Wanted       CallWanted
}

// CallWanted is what is wanted about a callback. Slot is the beginning of the
// time that was picked, zero for none; Wish is one that was named. Unasked is an
// invitation of ours, to a visitor who waits.
type CallWanted struct {
	Act  booking.Act  `json:"act"`
	Slot time.Time    `json:"slot,omitzero"`
	Wish booking.Wish `json:"wish,omitzero"`

	Unasked bool `json:"unasked,omitempty"`
}

// Wanted is what the visitor wants by words that package booking has read.
func Wanted(r booking.Reading, t booking.Talk) CallWanted {
	w := CallWanted{Act: r.Act, Wish: r.Wish}
	if r.Choice >= 0 && r.Choice < len(t.Offered) {
		w.Slot = t.Offered[r.Choice]
	}
	return w
}

// AgentOfferedCall: the holder offers the visitor times for a call; the visitor
// picks. Verdicts: as for AgentReleased, and NoSlot where nothing can be booked
// or nothing is free.
type AgentOfferedCall struct{ Press }

// AgentCancelledCall: an agent takes the visitor's call back. Verdicts: Done,
// Ignored (none is booked), Stale, NotAllowed.
type AgentCancelledCall struct{ Press }

// CallDue: it is time to remind of a call, or with Over its time has passed.
// Void unless Sequence is current.
type CallDue struct {
	Conversation ConversationID
	Booking      BookingID
	Sequence     int
	Over         bool
}

func (e VisitorBooked) query() Query {
	return Query{Key: "book:" + string(e.Conversation) + ":" + itoa(e.Seq), Conversation: e.Conversation, Bookings: true}
}

func (e AgentOfferedCall) query() Query {
	q := e.Press.query()
	q.Bookings = true
	return q
}

func (e AgentCancelledCall) query() Query { return e.Press.query() }

func (e CallDue) query() Query {
	key := "call:"
	if e.Over {
		key = "called:"
	}
	return Query{Key: key + string(e.Booking) + ":" + itoa(int64(e.Sequence)), Conversation: e.Conversation, KeepIfDone: true}
}
