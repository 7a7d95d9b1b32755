package bridge

import (
	"context"
	"encoding/json"
	"time"
)

// Lane is a queue of deliveries to one kind of destination.
type Lane string

const (
	// LanePost holds new posts to the desk. Within a conversation they go out
	// one at a time, lowest Rank first, then in the order they were put.
	LanePost Lane = "post"
	// LaneCard holds updates of posts that show the present state: one row a
	// card, the newest wish wins, no order between cards.
	LaneCard Lane = "card"
	// LanePrivate holds what only one agent sees, and reactions; in order
	// within a conversation.
	LanePrivate Lane = "private"
	// LaneAssistant holds turns to answer and summaries to write, one at a time
	// a conversation.
	LaneAssistant Lane = "assistant"
	// LaneFile holds files to fetch from the desk, in no order.
	LaneFile Lane = "file"
	// LaneTimer holds events to ourselves.
	LaneTimer Lane = "timer"
	// LaneNotify holds what goes out by further channels.
	LaneNotify Lane = "notify"
)

// Kinds of delivery, with the type of their body and what Subject names.
const (
	KindRoot      = "root"       // LanePost; RootBody; the conversation
	KindAlert     = "alert"      // LanePost; AlertBody; the handoff
	KindLine      = "line"       // LanePost; LineBody; the message
	KindNote      = "note"       // LanePost; NoteBody; nothing
	KindFile      = "file"       // LanePost; FileBody; the kept file
	KindFetch     = "fetch"      // LaneFile; FetchBody; the line
	KindTell      = "tell"       // LanePrivate; TellBody; the line, if it is about one
	KindWarn      = "warn"       // LanePrivate; LockBody; the line
	KindRootCard  = "root_card"  // LaneCard; no body; the conversation
	KindAlertCard = "alert_card" // LaneCard; no body; the handoff
	KindLeft      = "left"       // LaneCard; LeftBody; the conversation
	KindReopened  = "reopened"   // LaneCard; ReopenedBody; nothing
	KindHeld      = "held"       // LanePrivate; HeldBody; the line
	KindLock      = "lock"       // LanePrivate; LockBody; the line
	// KindSuggestion is a reply that the assistant suggests to an agent.
	KindSuggestion = "suggestion" // LanePrivate; SuggestionBody; the conversation
	KindBriefing   = "briefing"   // LanePrivate; BriefBody; the conversation
	KindDraft      = "draft"      // LaneAssistant; AsideBody; the conversation
	KindBrief      = "brief"      // LaneAssistant; AsideBody; the conversation
	KindAnswer     = "answer"     // LaneAssistant; AnswerBody; the conversation
	KindSummarise  = "summarise"  // LaneAssistant; no body; the handoff
	KindReturn     = "return"     // LaneTimer; ReturnBody; the handoff
	KindUnposted   = "unposted"   // LaneTimer; no body; the handoff
	KindSnooze     = "snooze"     // LaneTimer; SnoozeBody; the conversation
	KindOffer      = "offer"      // LaneTimer; OfferBody; the handoff
	KindStep       = "step"       // LaneTimer; StepBody; the handoff
	KindSLA        = "sla"        // LaneTimer; no body; the handoff
	KindHours      = "hours"      // LaneTimer; no body; the handoff
	KindSilent     = "silent"     // LaneTimer; SilentBody; the conversation
	KindBook       = "book"       // LaneTimer; BookBody; the conversation
	KindCall       = "call"       // LaneTimer; CallBody; the callback
	KindOpening    = "opening"    // LaneTimer; OpeningBody; the site
	KindDigest     = "digest"     // LanePost; DigestBody; the site
	KindNotify     = "notify"     // LaneNotify; NotifyBody; the handoff
	KindSend       = "send"       // LaneTimer; no body; the line
	KindUndo       = "undo"       // LanePrivate; UndoBody; the line
	KindTaskDue    = "task_due"   // LaneTimer; TaskDueBody; the task
	KindReminder   = "reminder"   // LanePost; ReminderBody; the task
	KindTaskCard   = "task_card"  // LaneCard; no body; the task
)

// Ranks of LanePost: an alert overtakes its own thread's waiting lines, never
// its root.
const (
	RankRoot = iota
	RankAlert
	RankLine
)

// RankMark is that of marks in LanePrivate: a question to a person overtakes
// them, because they go out slowly (Slack: reactions.add, 50 a minute,
// reactions.remove, 20) and it is a person who waits.
const RankMark = 1

// DeliveryKey names the one pending delivery of its kind in a lane.
type DeliveryKey struct {
	Lane Lane
	Key  string
}

// Delivery is one thing that must go out. It is written in the transaction
// that decided it and done afterwards, until it is done.
type Delivery struct {
	ID   DeliveryID
	Lane Lane
	// Key, if set, makes the row unique in its lane while unsettled: putting
	// it again replaces body and due of the pending row and voids the attempt
	// in flight. In LaneCard it keeps the earlier due and the more urgent
	// priority.
	Key          string
	Kind         string
	Conversation ConversationID
	Subject      string
	// Priority: 0 alert and claim state, 1 held chats, 2 waiting chats, 3 the
	// rest. Among the heads of conversations the lowest goes first, a
	// conversation counting by the lowest of its pending rows.
	Priority int
	Rank     int
	Body     json.RawMessage
	// Due is the earliest instant of the next attempt.
	Due          time.Time
	CreatedAt    time.Time
	Attempts     int
	FirstAttempt time.Time
	LastError    string
	// Doubtful says that an earlier attempt's outcome is unknown: look for its
	// id at the destination before trying again.
	Doubtful bool
	// Fence rises with each lease and each replacement; settling with an old
	// one gives [ErrStale].
	Fence int64
	// Batch are further lines of the same conversation that go out in the same
	// post, behind this one; see [BatchWith].
	Batch []Delivery
}

// Bodies of deliveries. They are frozen when put.
type (
	// RootBody is empty: the card shows the state at the time of posting.
	RootBody struct{}
	// AlertBody is empty: the alert shows the handoff at the time of posting.
	AlertBody struct{}
	// LineBody is one public line for the mirror.
	LineBody struct {
		Seq    int64      `json:"seq"`
		Kind   AuthorKind `json:"kind"`
		Name   string     `json:"name,omitempty"`
		Text   string     `json:"text"`
		Source []Source   `json:"sources,omitempty"`
		Page   string     `json:"page,omitempty"`
		// Files are named here; their bytes follow, each in a row of its own.
		Files []Attachment `json:"files,omitempty"`
	}
	// FileBody is a visitor's file for the mirror, behind line Seq.
	FileBody struct {
		Seq  int64      `json:"seq"`
		File Attachment `json:"file"`
	}
	// FetchBody is a file of a line that is public as Message.
	FetchBody struct {
		Line    string    `json:"line"`
		Message MessageID `json:"message"`
		File    DeskFile  `json:"file"`
	}
	// TellBody is a sentence for one agent alone; Stamp is the line that it is
	// about, if it is about one.
	TellBody struct {
		Agent AgentID `json:"agent"`
		Stamp string  `json:"stamp"`
		Text  string  `json:"text"`
	}
	// AsideBody is a task of the assistant's for one agent. Task is the key of
	// the press that asked for it.
	AsideBody struct {
		Agent AgentID `json:"agent"`
		Task  string  `json:"task"`
	}
	// SuggestionBody shows an agent a reply that is kept as Line. Sources are
	// what it rests on, for the agent alone; Value is the handoff that its
	// buttons name.
	SuggestionBody struct {
		Line    string    `json:"line"`
		Agent   AgentID   `json:"agent"`
		Value   HandoffID `json:"value,omitempty"`
		Text    string    `json:"text"`
		Sources []Source  `json:"sources,omitempty"`
	}
	// BriefBody tells an agent what a chat is about. Said are its newest lines.
	BriefBody struct {
		Agent   AgentID    `json:"agent"`
		Summary Summary    `json:"summary"`
		Said    []LineBody `json:"said,omitempty"`
	}
	// NoteBody is a line of the product's own in the thread. Evidence are the
	// visitor's words behind it, data like every word of theirs; CallManagers
	// asks the desk to mention the managers.
	NoteBody struct {
		Text     string `json:"text"`
		Evidence string `json:"evidence,omitempty"`
		// Whole says that Evidence is all to be shown, not the gist of it.
		Whole        bool `json:"whole,omitempty"`
		CallManagers bool `json:"call_managers,omitempty"`
		// Loud shows it in the channel too, beside the thread.
		Loud bool `json:"loud,omitempty"`
		// Sign is a picture that stands before the text.
		Sign string `json:"sign,omitempty"`
		// Lines are public lines that the desk has seen before.
		Lines []LineBody `json:"lines,omitempty"`
		// Call are agents, or groups of them, to mention; Link is a post to link to.
		Call []AgentID `json:"call,omitempty"`
		Link Place     `json:"link,omitzero"`
	}
	// LeftBody is a root, or a handoff's alert, that is no longer live: it is to
	// say where the chat goes on, as soon as its channel lets it.
	LeftBody struct {
		Place   Place     `json:"place"`
		Handoff HandoffID `json:"handoff,omitempty"`
		// Closed says that the channel took no posts.
		Closed bool `json:"closed,omitempty"`
	}
	// ReopenedBody tells the team once that a channel takes posts again, and
	// where its chats went on meanwhile.
	ReopenedBody struct {
		// Channel is the channel's own id, empty where it was never found.
		Channel string `json:"channel,omitempty"`
		Route   Route  `json:"route"`
		To      Route  `json:"to"`
	}
	// HeldBody asks the author of a line that was not sent what to do with it.
	// Value is the handoff that its buttons name.
	HeldBody struct {
		LineKey string  `json:"line"`
		Agent   AgentID `json:"agent"`
		Stamp   string  `json:"stamp"`
		// Offer is which buttons fit: OfferClaimAndSend or OfferSend; empty
		// where the author may not send at all and is only told why.
		Offer  string    `json:"offer"`
		Value  HandoffID `json:"value,omitempty"`
		Reason string    `json:"reason"`
	}
	// UndoBody tells the author of a line that it is held back until then, and
	// lets them take it back. Value is the handoff that its button names.
	UndoBody struct {
		LineKey string    `json:"line"`
		Agent   AgentID   `json:"agent"`
		Stamp   string    `json:"stamp"`
		Value   HandoffID `json:"value"`
		Until   time.Time `json:"until"`
	}
	// LockBody marks a line as internal, or as one with a file that did not
	// pass; with Off it takes the mark away.
	LockBody struct {
		Stamp string `json:"stamp"`
		Off   bool   `json:"off,omitempty"`
	}
	// AnswerBody is a turn to answer.
	AnswerBody struct {
		Turn  int64 `json:"turn"`
		Epoch int64 `json:"epoch"`
	}
	// SnoozeBody is the end of a snooze.
	SnoozeBody struct {
		Until time.Time `json:"until"`
	}
	// OfferBody is the end of an offer, or the time of the next.
	OfferBody struct {
		Arm   int64 `json:"arm"`
		Offer int64 `json:"offer"`
	}
	// StepBody is the time of a widening.
	StepBody struct {
		Arm  int64 `json:"arm"`
		Step int   `json:"step"`
	}
	// SilentBody is how long a holder has left a visitor waiting; with Idle it
	// is so long that the conversation goes back to the queue.
	SilentBody struct {
		Arm   int64     `json:"arm"`
		Since time.Time `json:"since"`
		Idle  bool      `json:"idle,omitempty"`
	}
	// BookBody is what the visitor wants of a call, in line Seq.
	BookBody struct {
		Seq    int64      `json:"seq"`
		Wanted CallWanted `json:"wanted"`
	}
	// CallBody is the time of a reminder of a call, or with Over its end.
	CallBody struct {
		Sequence int  `json:"sequence"`
		Over     bool `json:"over,omitempty"`
	}
	// OpeningBody is an opening after which the queue is handed out.
	OpeningBody struct {
		Team TeamID    `json:"team"`
		At   time.Time `json:"at"`
	}
	// DigestBody is one post about many conversations, outside of any thread.
	DigestBody struct {
		Text  string       `json:"text"`
		Lines []DigestLine `json:"lines"`
	}
	// DigestLine is one conversation of a digest. Issue and Visitor are the
	// visitor's words, data like every word of theirs.
	DigestLine struct {
		Conversation ConversationID `json:"conversation"`
		Priority     Priority       `json:"priority"`
		Visitor      string         `json:"visitor,omitempty"`
		Issue        string         `json:"issue"`
		Since        time.Time      `json:"since"`
	}
	// NotifyBody is an alert for further channels. It names no visitor and
	// quotes nobody.
	NotifyBody struct {
		Priority Priority `json:"priority"`
		Text     string   `json:"text"`
	}
	// TaskDueBody is the time of a reminder.
	TaskDueBody struct {
		Arm int64 `json:"arm"`
	}
	// ReminderBody says why a task is posted: because it fell due then, or, with
	// a zero Due, because somebody was given it. The rest is shown as it stands
	// at the time of posting.
	ReminderBody struct {
		Due time.Time `json:"due,omitzero"`
	}
	// ReturnBody is the end of a wait.
	ReturnBody struct {
		Arm int64 `json:"arm"`
	}
)

// What HeldBody.Offer can be.
const (
	OfferClaimAndSend = "claim_and_send"
	OfferSend         = "send_to_visitor"
)

// Outbox hands out deliveries under leases. Safe for concurrent use; every
// method may return [ErrUnavailable].
type Outbox interface {
	// Take leases at most limit due deliveries of the lane for the given time
	// and counts the attempt. In LanePost, LanePrivate and LaneAssistant only
	// the head of each conversation can be taken, and none while its head is
	// leased or not due. A lease that ran out makes the row due again: doubtful
	// in LanePost and LanePrivate, plainly due elsewhere.
	//
	// Conversations with an alert or a claim's state to post (priority 0) go
	// first. The others go by how long they wait, each step of priority being
	// worth [Ageing], so that nobody starves. In lanes without heads, all go by
	// how long they are due, with the same worth.
	//
	// A line that is taken for the first time brings the lines behind it along
	// as its Batch, as far as [BatchWith] lets it. Who is in a batch is committed
	// with the lease and never changes: every later attempt brings the same.
	// What settles the head settles them all, and they share its place.
	Take(ctx context.Context, lane Lane, now time.Time, lease time.Duration, limit int) ([]Delivery, error)
	// TakePost is Take for LanePost among the conversations of one route alone,
	// so that channels neither hurry nor hold up one another.
	TakePost(ctx context.Context, route Route, now time.Time, lease time.Duration, limit int) ([]Delivery, error)
	// PostDue is NextDue for TakePost.
	PostDue(ctx context.Context, route Route) (time.Time, bool, error)
	// PostRoutes are the routes of all conversations with unsettled posts.
	PostRoutes(ctx context.Context) ([]Route, error)
	// Complete settles a delivery. place is where it was posted, zero if it
	// has no place; it becomes the thread, the alert or the stamp of its
	// subject. Completing a row that is already complete is no error.
	Complete(ctx context.Context, d Delivery, place Place, now time.Time) error
	// Extend keeps the lease until that instant, for work that takes longer.
	Extend(ctx context.Context, d Delivery, until time.Time) error
	// Retry gives the lease back; the next attempt is at due.
	Retry(ctx context.Context, d Delivery, due time.Time, cause string) error
	// Doubt does the same and marks the outcome of this attempt as unknown.
	Doubt(ctx context.Context, d Delivery, due time.Time, cause string) error
	// Refute says that a complete search did not find a doubtful delivery: it
	// is no longer doubtful and may be sent at due.
	Refute(ctx context.Context, d Delivery, due time.Time) error
	// Abandon settles a delivery that cannot ever succeed and keeps the cause.
	Abandon(ctx context.Context, d Delivery, cause string, now time.Time) error
	// Confirm completes the delivery with that id wherever it stands, because
	// it was seen at its destination. It reports whether the id is ours. One that
	// was called off gives [ErrStale]; its place is kept all the same.
	Confirm(ctx context.Context, id DeliveryID, place Place, now time.Time) (bool, error)
	// Recover voids every lease in the lanes, as after a crash: rows in flight
	// become due, in LanePost and LanePrivate doubtful. Only the owner of the
	// lanes may call it.
	Recover(ctx context.Context, lanes []Lane, now time.Time) (int, error)
	// NextDue is the earliest instant at which Take could return something,
	// and false if the lane is empty. Leased rows count at their lease's end.
	NextDue(ctx context.Context, lane Lane) (time.Time, bool, error)
	// Backlog says how far behind the lanes are.
	Backlog(ctx context.Context, now time.Time) (Backlog, error)
	// Behind says how many posts of one conversation wait, and how long the
	// oldest has.
	Behind(ctx context.Context, id ConversationID, now time.Time) (posts int, oldest time.Duration, err error)
	// Again makes what is stuck due now, puts back what was lost, and reports
	// how many rows that was.
	Again(ctx context.Context, now time.Time) (int, error)
	// Redraw puts the conversation's root card, because something that it shows
	// beside the state has changed.
	Redraw(ctx context.Context, id ConversationID, due time.Time) error
	// Woken is closed and replaced whenever something was put into the lane, by
	// another process perhaps unheard. Take it before looking, then wait on it,
	// but no longer than a second or so where there are several.
	Woken(lane Lane) <-chan struct{}
}

// Backlog is how much waits to go out to the desk.
type Backlog struct {
	Pending int
	// Oldest is how long the oldest unsettled post has been waiting.
	Oldest time.Duration
	// Lost are posts that were given up in the last week, newest first, at most
	// ten; see [Outbox.Again].
	Lost []Delivery
	// Stuck are unsettled rows with at least three attempts, oldest first, at
	// most ten.
	Stuck []Delivery
}
