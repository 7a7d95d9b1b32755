package bridge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"threadline/bridge/booking"
)

// BookingID is an opaque name of a callback.
type BookingID string

// BookingStatus says how a callback stands.
type BookingStatus string

const (
	// BookingOffered: the visitor was shown times and has picked none.
	BookingOffered BookingStatus = "offered"
	// BookingMade: somebody calls at its time. Slots, if any, are those that it
	// may be moved to.
	BookingMade      BookingStatus = "booked"
	BookingCancelled BookingStatus = "cancelled"
	// BookingOver: its time has passed.
	BookingOver BookingStatus = "over"
)

// Booking is a call that a visitor was offered or is to get. A conversation has
// at most one that is offered or booked.
type Booking struct {
	ID           BookingID
	Conversation ConversationID
	SiteID       SiteID
	// Team calls; Agent is who of it, empty for whoever can.
	Team   TeamID
	Agent  AgentID
	Status BookingStatus
	// Start and End are zero until it is booked.
	Start, End time.Time
	// Slots are the beginnings of the times that were offered last.
	Slots []time.Time
	// Said is the seq of our newest message about it.
	Said int64
	// Sequence rises with every change of a booked one.
	Sequence int
	// AskedNumber says that the visitor was asked which number to call.
	AskedNumber bool
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Booked reports whether somebody is to call.
func (b Booking) Booked() bool { return b.Status == BookingMade }

// books reports whether a call that is booked is kept with the changes.
func (c Changes) books() bool { return c.Booking != nil && c.Booking.Booked() }

func (b Booking) slot() booking.Slot { return booking.Slot{From: b.Start, To: b.End} }

// BookingSettings say which callbacks visitors can book.
type BookingSettings struct {
	// Length is how long a callback takes; zero is half an hour.
	Length time.Duration `json:"length"`
	// Notice is how long before it a callback can be booked at the latest.
	Notice time.Duration `json:"notice"`
	// Horizon is how long before it at the earliest; zero is two weeks.
	Horizon time.Duration `json:"horizon"`
	// Reminder is how long before it the visitor and the team are reminded; zero
	// is at its time.
	Reminder time.Duration `json:"reminder"`
}

// BookingMode says whether callbacks of a team can be booked.
type BookingMode string

const (
	// BookingByHours: they can if the team or its site has hours. It is the
	// default.
	BookingByHours BookingMode = ""
	BookingOn      BookingMode = "on"
	BookingOff     BookingMode = "off"
)

// Bookable reports whether callbacks of a team can be booked for a site.
func (s Setup) Bookable(site SiteID, team TeamID) bool {
	switch t := s.Team(team); t.Booking {
	case BookingOn:
		return true
	case BookingOff:
		return false
	default:
		return !s.Schedule(site, t.ID).Always()
	}
}

// BookingRules are the rules by which a team's callbacks are booked.
func (s Setup) BookingRules(team TeamID) booking.Rules {
	t, usual := s.Team(team), DefaultSetup().Booking
	return booking.Rules{
		Length: cmp.Or(s.Booking.Length, usual.Length), Notice: s.Booking.Notice,
		Horizon:  cmp.Or(s.Booking.Horizon, usual.Horizon),
		Capacity: cmp.Or(t.Callbacks, len(t.Members), 1),
	}
}

// Bookings finds callbacks outside any transaction.
type Bookings interface {
	// Booking finds one; [ErrNotFound].
	Booking(ctx context.Context, id BookingID) (Booking, error)
	// Booked are all that are booked, the soonest first.
	Booked(ctx context.Context) ([]Booking, error)
}

// Callback is what an assistant may know about booking calls.
type Callback struct {
	// Free are the soonest times.
	Free []booking.Slot
	// Talk reads the visitor's words about it.
	Talk booking.Talk
}

// talk is how words are read while b is how the callback stands, nil for none.
// An offer lapses when the assistant or an agent goes on to something else, and
// with the episode, which began after the line from. What an agent wrote before
// the offer and the visitor got behind it is nothing else.
func talk(b *Booking, from int64, said []Message, now time.Time, zone *time.Location) booking.Talk {
	t := booking.Talk{Now: now, Zone: zone}
	if b == nil {
		return t
	}
	t.Fresh = true
	lapsed := b.Said <= from
	for _, m := range said {
		before := m.Author.Kind == ByAgent && m.Stamp != "" && stampMicros(m.Stamp) < b.UpdatedAt.UnixMicro()
		if m.Seq > b.Said && m.Author.Kind != ByVisitor && !m.Deleted && !before {
			t.Fresh = false
			lapsed = lapsed || m.Author.Kind == ByAssistant || m.Author.Kind == ByAgent
		}
	}
	if !lapsed {
		t.Offered = b.Slots
	}
	if b.Booked() && b.End.After(now) {
		t.Booked = b.Start
	}
	return t
}

// taken are the slots that a team's other callbacks take.
func taken(all []Booking, team TeamID, but BookingID) []booking.Slot {
	var out []booking.Slot
	for _, b := range all {
		if b.Booked() && b.Team == team && b.ID != but {
			out = append(out, b.slot())
		}
	}
	return out
}

// offers is how many times are offered at once.
const offers = 3

// callback is what the assistant may know about booking for a turn; nil where
// nothing can be booked.
func (b *Bridge) callback(ctx context.Context, c Conversation, said []Message) (*Callback, error) {
	setup, err := b.c.Store.Setup(ctx)
	if err != nil {
		return nil, fmt.Errorf("bridge: settings for %s: %w", c.ID, err)
	}
	var present *Booking
	if c.Booking != "" {
		found, err := b.c.Store.Booking(ctx, c.Booking)
		switch {
		case err == nil:
			present = &found
		case !errors.Is(err, ErrNotFound):
			return nil, fmt.Errorf("bridge: callback %s: %w", c.Booking, err)
		}
	}
	site, _ := setup.Site(c.SiteID)
	team := setup.Team(site.Team).ID
	if c.Handoff != "" {
		h, err := b.c.Store.Handoff(ctx, c.Handoff)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, fmt.Errorf("bridge: handoff %s: %w", c.Handoff, err)
		}
		team = setup.Team(cmp.Or(h.Team, site.Team)).ID
	}
	if !setup.Bookable(c.SiteID, team) && (present == nil || !present.Booked()) {
		return nil, nil
	}
	all, err := b.c.Store.Booked(ctx)
	if err != nil {
		return nil, fmt.Errorf("bridge: callbacks: %w", err)
	}
	s, now := setup.Schedule(c.SiteID, team), b.c.Clock.Now()
	return &Callback{
		Free: booking.Free(s, setup.BookingRules(team), taken(all, team, c.Booking), now, time.Time{}, 12),
		Talk: talk(present, c.EpisodeFrom, said, now, s.Zone),
	}, nil
}

// nearest sorts slots by how near they are to a time of day.
func nearest(slots []booking.Slot, clock time.Duration, zone *time.Location) []booking.Slot {
	far := func(s booking.Slot) time.Duration {
		at := s.From.In(zone)
		return (time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute - clock).Abs()
	}
	slots = slices.Clone(slots)
	slices.SortStableFunc(slots, func(a, b booking.Slot) int { return cmp.Compare(far(a), far(b)) })
	slots = slots[:min(offers, len(slots))]
	slices.SortFunc(slots, func(a, b booking.Slot) int { return a.From.Compare(b.From) })
	return slots
}
