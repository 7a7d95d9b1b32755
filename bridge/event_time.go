package bridge

import "time"

// OfferDue: a waiting conversation is to be offered to the next agent, because
// its wait began, an offer was passed or ran out, or it is time to look again.
// Void unless Arm and Offer are current. Members are those who come into
// question.
type OfferDue struct {
	Conversation ConversationID
	Handoff      HandoffID
	Arm, Offer   int64
	Members      []AgentID
}

// StepDue: a handoff that nobody has claimed is to reach further. Void unless
// Arm and Step are current.
type StepDue struct {
	Conversation ConversationID
	Handoff      HandoffID
	Arm          int64
	Step         int
	Members      []AgentID
}

// ResponseLate: the target for the first human answer has passed. Void if the
// answer has come.
type ResponseLate struct {
	Conversation ConversationID
	Handoff      HandoffID
}

// HolderSilent: the visitor has waited for the holder's answer since an
// instant. With Idle it is so long that somebody else is asked. Void unless Arm
// and Since are current.
type HolderSilent struct {
	Conversation ConversationID
	Handoff      HandoffID
	Arm          int64
	Since        time.Time
	Idle         bool
}

// WaitRevised: the settings have changed while a conversation waits, or the
// team has gone home, is back, or a day has passed. Void unless it waits.
type WaitRevised struct {
	Conversation ConversationID
	Handoff      HandoffID
}

// Opened: a team of a site is there again, and these conversations have waited
// for it. Conversation is any of theirs; it carries the digest.
type Opened struct {
	Conversation ConversationID
	SiteID       SiteID
	Team         TeamID
	At           time.Time
	Waiting      []DigestLine
}

func (e OfferDue) query() Query {
	return Query{Conversation: e.Conversation, Handoff: e.Handoff, Crew: e.Members}
}

func (e StepDue) query() Query {
	return Query{
		Key:          "step:" + string(e.Handoff) + ":" + itoa(e.Arm) + ":" + itoa(int64(e.Step)),
		Conversation: e.Conversation, Handoff: e.Handoff, Crew: e.Members, KeepIfDone: true,
	}
}

func (e WaitRevised) query() Query {
	return Query{Conversation: e.Conversation, Handoff: e.Handoff}
}

func (e ResponseLate) query() Query {
	return Query{Key: "late:" + string(e.Handoff), Conversation: e.Conversation, Handoff: e.Handoff, KeepIfDone: true}
}

func (e HolderSilent) query() Query {
	return Query{Conversation: e.Conversation, Handoff: e.Handoff}
}

func (e Opened) query() Query {
	return Query{
		Key:          "opened:" + string(e.SiteID) + ":" + string(e.Team) + ":" + itoa(e.At.UnixMicro()),
		Conversation: e.Conversation,
	}
}
