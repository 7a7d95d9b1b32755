package bridge

import (
	"slices"
	"time"
)

// Availability says whether an agent wants to be offered conversations.
type Availability string

const (
	Available Availability = "available"
	Busy      Availability = "busy"
	Away      Availability = "away"
	Offline   Availability = "offline"
)

// Availabilities lists them all.
func Availabilities() []Availability { return []Availability{Available, Busy, Away, Offline} }

// Duty is what an agent last said about being there.
type Duty struct {
	Agent AgentID
	State Availability
	// Until is when State ends; zero for never. After it, whoever was available
	// is offline and whoever was not is available.
	Until time.Time
	// Missed counts offers in a row that they left unanswered; LastOffered is
	// when they were last offered anything.
	Missed      int
	LastOffered time.Time
	ChangedAt   time.Time
}

// At is the availability at an instant. Who never said anything is available.
func (d Duty) At(now time.Time) Availability {
	switch {
	case d.State == "":
		return Available
	case d.Until.IsZero() || now.Before(d.Until):
		return d.State
	case d.State == Available:
		return Offline
	default:
		return Available
	}
}

// Crew is an agent as routing sees them.
type Crew struct {
	Duty Duty
	// Load is how many conversations they hold and are offered.
	Load int
}

// Capacity is how much may be offered or transferred to an agent: the least
// that a team of theirs says; zero is any number.
func (s Setup) Capacity(id AgentID) int {
	least := 0
	for _, t := range s.Teams {
		if c := t.MemberCapacity(id); t.Has(id) && c > 0 && (least == 0 || c < least) {
			least = c
		}
	}
	return least
}

// TeamsOf are the teams that somebody is in.
func (s Setup) TeamsOf(id AgentID) []TeamID {
	var out []TeamID
	for _, t := range s.Teams {
		if t.Has(id) {
			out = append(out, t.ID)
		}
	}
	return slices.Clip(out)
}

// full reports whether nothing more may be given to an agent. What the open
// handoff has reserved for them is theirs.
func (d *decision) full(id AgentID) bool {
	limit, load := d.setup.Capacity(id), d.state.Crew[id].Load
	if d.h != nil && (d.h.OfferedTo == id || d.c.Holder == id) {
		load--
	}
	return limit > 0 && load >= limit
}
