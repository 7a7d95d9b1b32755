package bridge

import "time"

// AgentTransferred: a conversation goes to a colleague, who holds it at once,
// or to a team, in whose queue it waits. The holder may, and a manager, who may
// assign conversations that nobody holds as well. Exactly one of To and Team is
// set. Verdicts: Done, NotHolder, AlreadyOver, AlreadyClaimed (To holds it
// already), Full (To has no room), NotEligible (To cannot act, or there is no
// such team), NotAllowed.
type AgentTransferred struct {
	Press
	Manager bool
	To      Agent
	Team    TeamID
	// Note is for whoever takes it, never for the visitor.
	Note string
}

// AgentTookOver: an agent takes the conversation from the colleague who holds
// it, or claims it if nobody does. Managers may, and everybody where the team
// says so. Verdicts: Done, NotManager, AlreadyClaimed (it is the presser's
// own), AlreadyOver, NotAllowed.
type AgentTookOver struct {
	Press
	Manager bool
}

// AgentJoined: an agent speaks to the visitor beside the holder from now on.
// Verdicts: Done, Ignored (they speak already), Stale (nobody holds it),
// AlreadyOver, NotAllowed.
type AgentJoined struct{ Press }

// AgentLeft: an agent who joined stops speaking. Verdicts: Done, Ignored.
type AgentLeft struct{ Press }

// AgentPassed: an agent does not take what they were offered. Verdicts: Done,
// Stale (it is not offered to them any more), AlreadyClaimed, AlreadyOver.
type AgentPassed struct{ Press }

// AgentSnoozed: the holder wants to be reminded of the conversation later; a
// zero Until wakes it now. Verdicts: as for AgentReleased, and Stale where
// Until has passed.
type AgentSnoozed struct {
	Press
	Until time.Time
}

// SnoozeEnded: the time of a snooze has come. Void unless Until is the present
// one.
type SnoozeEnded struct {
	Conversation ConversationID
	Until        time.Time
}

// AgentBlocked: the visitor may not write any more: the chat is over, and
// neither the assistant nor anybody answers until they are unblocked. The
// holder may, a manager, and anybody while nobody holds it. Verdicts: Done,
// Ignored (blocked already), NotHolder, Stale, NotAllowed.
type AgentBlocked struct {
	Press
	Manager bool
	Reason  string
}

// AgentUnblocked takes a block back. Verdicts: Done, Ignored, Stale,
// NotAllowed.
type AgentUnblocked struct{ Press }

// AgentTagged: an agent puts tags on the conversation, or with Off takes them
// away. Verdicts: Done, Ignored (nothing changes), Stale, NotAllowed.
type AgentTagged struct {
	Press
	Tags []string
	Off  bool
}

func (e AgentTransferred) query() Query {
	q := e.Press.query().keepIfDone()
	if e.To.ID != "" {
		q.Crew = []AgentID{e.To.ID}
	}
	return q
}

func (e AgentTookOver) query() Query { return e.holding() }

func (e AgentClaimed) query() Query { return e.holding() }

func (e AgentReopened) query() Query { return e.holding() }

// holding is the query of a press after which the presser may hold: their load
// must stand still for whoever offers them something meanwhile.
func (p Press) holding() Query {
	q := p.query()
	q.Crew = []AgentID{p.Agent.ID}
	return q
}

func (e AgentPassed) query() Query { return e.holding() }

func (e AgentSnoozed) query() Query { return e.Press.query().keepIfDone() }

func (e AgentBlocked) query() Query { return e.Press.query().keepIfDone() }

func (e SnoozeEnded) query() Query {
	return Query{Key: "snooze:" + string(e.Conversation) + ":" + itoa(e.Until.UnixMicro()), Conversation: e.Conversation}
}
