package bridge

import (
	"time"

	"threadline/bridge/lead"
)

// Priority orders waiting handoffs. Smaller is sooner.
type Priority int

const (
	Urgent Priority = iota
	High
	Normal
	Low
)

// String is the word agents read.
func (p Priority) String() string {
	switch p {
	case Urgent:
		return "urgent"
	case High:
		return "high"
	case Low:
		return "low"
	default:
		return "normal"
	}
}

// ParsePriority returns the priority of that name.
func ParsePriority(s string) (Priority, bool) {
	for _, p := range []Priority{Urgent, High, Normal, Low} {
		if s == p.String() {
			return p, true
		}
	}
	return Normal, false
}

// HandoffStatus says how far a handoff has come.
type HandoffStatus string

const (
	HandoffOpen     HandoffStatus = "open"     // waiting for an agent
	HandoffClaimed  HandoffStatus = "claimed"  // an agent holds the conversation
	HandoffResolved HandoffStatus = "resolved" // an agent resolved it
	HandoffExpired  HandoffStatus = "expired"  // nobody came; the assistant returned
	HandoffEnded    HandoffStatus = "ended"    // the visitor ended the chat
	// HandoffWithdrawn: the visitor took the wish for a person back.
	HandoffWithdrawn HandoffStatus = "withdrawn"
)

// Outcome is what an agent says came of a handoff.
type Outcome string

const (
	Solved          Outcome = "solved"
	Booked          Outcome = "booked"
	NeedsEscalation Outcome = "needs_escalation"
	Lost            Outcome = "lost"
)

// ParseOutcome returns the outcome with that name.
func ParseOutcome(s string) (Outcome, bool) {
	switch o := Outcome(s); o {
	case Solved, Booked, NeedsEscalation, Lost:
		return o, true
	}
	return "", false
}

// Summary is what whoever takes over should know before the first word.
type Summary struct {
	// Lead is what the visitor has come to as a lead: intent, facts, score.
	Lead lead.Assessment `json:"lead,omitzero"`
	// Issue is what the visitor wants, in one sentence.
	Issue string `json:"issue"`
	// OpenQuestion is the visitor's last question that nobody has answered.
	OpenQuestion string `json:"open_question,omitempty"`
	// Tried is what the assistant already answered, newest last.
	Tried []string `json:"tried,omitempty"`
	// ByModel says that a language model wrote it; otherwise it quotes.
	ByModel bool `json:"by_model,omitempty"`
}

// Handoff is one request for a person: the task, the alert and the row that
// reports count. A conversation has at most one open.
type Handoff struct {
	ID           HandoffID
	Conversation ConversationID
	Episode      int
	Status       HandoffStatus
	// Trigger is why, in the product's list of names; Evidence is the
	// visitor's own words behind it; Reason says it in a sentence.
	Trigger, Evidence, Reason string
	Origin                    Origin
	Priority                  Priority
	// CallManagers asks the desk to mention the managers in the alert.
	CallManagers bool
	Tags         []string
	Summary      Summary
	// Alerted says that an alert was put up; a handoff that an agent began by
	// stepping in has none until they release it.
	Alerted bool
	// Team is whose it is; empty is the site's.
	Team TeamID
	// OfferedTo is the agent it is offered to, OfferedAt since when. Offers
	// counts the offers of all waits, Passed are those who were offered it in
	// the present wait and did not take it.
	OfferedTo AgentID
	OfferedAt time.Time
	Offers    int64
	Passed    []AgentID
	// Steps counts the widenings of the present wait.
	Steps int
	// ResponseDue is when the first human answer is due, zero for no target;
	// RespondedAt when it came; BreachedAt when it was found to be late.
	ResponseDue, RespondedAt, BreachedAt time.Time
	PageURL                              string
	OpenedAt                             time.Time
	// WaitingSince is when the present wait began: the opening or the release.
	WaitingSince time.Time
	ClaimedBy    AgentID
	ClaimedAt    time.Time
	// Arm fences timers: a timer set for an earlier arm is void.
	Arm        int64
	Outcome    Outcome
	Note       string
	ResolvedBy AgentID
	ClosedAt   time.Time
	// Alert is where the alert was posted; zero until then. The store fills it
	// in; Decide never sets it.
	Alert Place
}

// Open reports whether the handoff still wants or has an agent.
func (h Handoff) Open() bool { return h.Status == HandoffOpen || h.Status == HandoffClaimed }
