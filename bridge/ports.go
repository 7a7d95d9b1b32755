package bridge

import (
	"context"
	"encoding/json"
	"time"
)

// Query says which event is being settled and what Decide must see for it.
type Query struct {
	// Key is the event's natural key, kept for ever. A second event with the
	// same key changes nothing and gets the first one's Receipt.
	Key          string
	Conversation ConversationID
	// Visitor is whose the conversation will be if it has not begun.
	Visitor VisitorID
	// Line is the key of the desk line that the event is about, if any.
	Line string
	// Client is the visitor's own id of the message, if any.
	Client string
	// Handoff is a handoff to load although it may no longer be open.
	Handoff HandoffID
	// KeepIfDone says that only an accepted event uses the key up: a form that
	// was refused may be sent again.
	KeepIfDone bool
}

// State is everything that Decide sees, read under the conversation's lock.
type State struct {
	Conversation Conversation // zero, with only ID set, if it has not begun
	Handoff      *Handoff     // the open one, or nil
	// Named is the handoff that the query named, open or not; nil if none.
	Named   *Handoff
	Visitor Visitor
	Agents  map[AgentID]Agent // holder and others that lines name
	// Recent are the newest public messages, at most [RecentMessages], rising
	// in seq.
	Recent []Message
	Line   *Line // the desk line the query named, or nil
	// Message is the message that Line became or that bears the client id.
	Message *Message
}

// RecentMessages is how many messages State carries.
const RecentMessages = 40

// Changes are what one event commits, all of it or nothing.
type Changes struct {
	// Conversation is the new row; nil means nothing about it changes. The
	// store ignores its Thread.
	Conversation *Conversation
	Handoff      *Handoff // inserted or replaced; the store ignores its Alert
	Visitor      *Visitor
	Agent        *Agent
	Messages     []Message // inserted, or replaced by id
	Lines        []Line    // inserted, or replaced by key
	Deliveries   []Delivery
	// Cancel names deliveries, by lane and key, that no longer matter. One in
	// flight finishes and finds its fence stale.
	Cancel  []DeliveryKey
	Receipt Receipt
}

// Verdict says in one word what an event came to.
type Verdict string

const (
	Done Verdict = "done"
	// Ignored: the event changes nothing, and nobody needs to be told.
	Ignored        Verdict = "ignored"
	AlreadyClaimed Verdict = "already_claimed" // Receipt.Agent has it
	AlreadyOver    Verdict = "already_over"    // resolved, expired or ended
	NotHolder      Verdict = "not_holder"      // Receipt.Agent holds it, if anyone
	NotAllowed     Verdict = "not_allowed"     // guests and other organisations
	NotAuthor      Verdict = "not_author"      // the line is somebody else's
	Stale          Verdict = "stale"           // the world moved on
	Conflict       Verdict = "conflict"        // a client id with another text
)

// Receipt is the outcome of an event, kept with its key.
type Receipt struct {
	Verdict      Verdict        `json:"verdict"`
	Conversation ConversationID `json:"conversation,omitempty"`
	Message      MessageID      `json:"message,omitempty"`
	Handoff      HandoffID      `json:"handoff,omitempty"`
	// Agent is who holds the conversation, where the verdict is about that.
	Agent Agent `json:"agent,omitzero"`
	// Repeat says that the event had been settled before. Not stored.
	Repeat bool `json:"-"`
}

// Ledger settles events.
type Ledger interface {
	// Settle looks the key up, loads the state under the conversation's lock,
	// calls decide and commits what it returns, in one transaction. decide must
	// be pure: it may run again if the database asks for a retry. An error of
	// decide rolls back and is returned. A full disk or an unreachable database
	// gives [ErrUnavailable].
	Settle(ctx context.Context, q Query, decide func(State) (Changes, error)) (Receipt, error)
}

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
	// LaneTimer holds events to ourselves.
	LaneTimer Lane = "timer"
)

// Kinds of delivery, with the type of their body and what Subject names.
const (
	KindRoot      = "root"       // LanePost; RootBody; the conversation
	KindAlert     = "alert"      // LanePost; AlertBody; the handoff
	KindLine      = "line"       // LanePost; LineBody; the message
	KindNote      = "note"       // LanePost; NoteBody; nothing
	KindRootCard  = "root_card"  // LaneCard; no body; the conversation
	KindAlertCard = "alert_card" // LaneCard; no body; the handoff
	KindHeld      = "held"       // LanePrivate; HeldBody; the line
	KindLock      = "lock"       // LanePrivate; LockBody; the line
	KindAnswer    = "answer"     // LaneAssistant; AnswerBody; the conversation
	KindSummarise = "summarise"  // LaneAssistant; no body; the handoff
	KindReturn    = "return"     // LaneTimer; ReturnBody; the handoff
	KindUnposted  = "unposted"   // LaneTimer; no body; the handoff
)

// Ranks of LanePost: an alert overtakes its own thread's waiting lines, never
// its root.
const (
	RankRoot = iota
	RankAlert
	RankLine
)

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
	// in flight.
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
	}
	// NoteBody is a line of the product's own in the thread. Evidence are the
	// visitor's words behind it, data like every word of theirs; CallManagers
	// asks the desk to mention the managers.
	NoteBody struct {
		Text         string `json:"text"`
		Evidence     string `json:"evidence,omitempty"`
		CallManagers bool   `json:"call_managers,omitempty"`
	}
	// HeldBody asks the author of a line that was not sent what to do with it.
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
	// LockBody marks a line as internal, or with Off takes the mark away.
	LockBody struct {
		Stamp string `json:"stamp"`
		Off   bool   `json:"off,omitempty"`
	}
	// AnswerBody is a turn to answer.
	AnswerBody struct {
		Turn  int64 `json:"turn"`
		Epoch int64 `json:"epoch"`
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
	// worth [Ageing], so that nobody starves.
	//
	// A line that is taken for the first time brings the lines behind it along
	// as its Batch, as far as [BatchWith] lets it. Who is in a batch is committed
	// with the lease and never changes: every later attempt brings the same.
	// What settles the head settles them all, and they share its place.
	Take(ctx context.Context, lane Lane, now time.Time, lease time.Duration, limit int) ([]Delivery, error)
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
	// it was seen at its destination. It reports whether the id is ours.
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
	// Redraw puts the conversation's root card, because something that it shows
	// beside the state has changed.
	Redraw(ctx context.Context, id ConversationID, due time.Time) error
	// Woken is closed and replaced whenever something was put into the lane by
	// this process. Take it before looking, then wait on it.
	Woken(lane Lane) <-chan struct{}
}

// Backlog is how much waits to go out to the desk.
type Backlog struct {
	Pending int
	// Oldest is how long the oldest unsettled post has been waiting.
	Oldest time.Duration
	// Stuck are unsettled rows with at least three attempts, oldest first, at
	// most ten.
	Stuck []Delivery
}

// Envelope is something the desk sent us, kept before it is acknowledged.
type Envelope struct {
	// Key is natural and kept for ever: the same event twice is one envelope.
	Key string
	// Order groups envelopes that must be handled one after another, lowest
	// Stamp first.
	Order, Stamp string
	Kind         string
	Payload      []byte
	ReceivedAt   time.Time
}

// Inbox keeps envelopes until they are handled.
type Inbox interface {
	// Receive keeps the envelope; false says that its key was known.
	Receive(ctx context.Context, e Envelope) (bool, error)
	// Unhandled returns the oldest unhandled envelopes, at most limit.
	Unhandled(ctx context.Context, limit int) ([]Envelope, error)
	// Handled settles an envelope and forgets its payload, not its key.
	Handled(ctx context.Context, key string, now time.Time) error
}

// Reader answers questions outside any transaction. What it returns may be
// old by the time it is read; races are settled by the Ledger alone. Missing
// things give [ErrNotFound].
type Reader interface {
	Conversation(ctx context.Context, id ConversationID) (Conversation, error)
	// ConversationByThread finds the conversation with that root post.
	ConversationByThread(ctx context.Context, root Place) (Conversation, error)
	Handoff(ctx context.Context, id HandoffID) (Handoff, error)
	Visitor(ctx context.Context, id VisitorID) (Visitor, error)
	Agent(ctx context.Context, id AgentID) (Agent, error)
	Message(ctx context.Context, id MessageID) (Message, error)
	// Messages are public messages with seq > after, rising, at most limit.
	Messages(ctx context.Context, id ConversationID, after int64, limit int) ([]Message, error)
	// Changed are public messages with rev > after, rising in rev.
	Changed(ctx context.Context, id ConversationID, after int64, limit int) ([]Message, error)
	Line(ctx context.Context, key string) (Line, error)
	// Lines are all desk lines of a conversation, by stamp.
	Lines(ctx context.Context, id ConversationID) ([]Line, error)
	// Touched are conversations with a thread that changed at or after an
	// instant, the newest first, at most limit.
	Touched(ctx context.Context, since time.Time, limit int) ([]Conversation, error)
	// KnownLines says which of the keys were handled before.
	KnownLines(ctx context.Context, keys []string) (map[string]bool, error)
	// Waiting are queued conversations with their handoffs, most urgent and
	// then longest waiting first; Held the assigned ones, longest held first.
	Waiting(ctx context.Context, limit int) ([]Case, error)
	Held(ctx context.Context, limit int) ([]Case, error)
	Counts(ctx context.Context) (map[Status]int, error)
	Site(ctx context.Context, id SiteID) (Site, error)
	// Sites are all sites, a short list.
	Sites(ctx context.Context) ([]Site, error)
	// Revs tells the Rev of each of the conversations that has begun, in one
	// query.
	Revs(ctx context.Context, ids []ConversationID) (map[ConversationID]int64, error)
}

// Case is a conversation with whatever a list of cases shows.
type Case struct {
	Conversation Conversation
	Handoff      Handoff
	Visitor      Visitor
	Agent        Agent // the holder, if any
}

// Keeper writes the few things that are not events of a conversation.
type Keeper interface {
	// SaveVisitor inserts or replaces a visitor.
	SaveVisitor(ctx context.Context, v Visitor) error
	SaveAgent(ctx context.Context, a Agent) error
	SaveSite(ctx context.Context, s Site) error
	// Secret returns the secret with that name, made by make on first use and
	// the same for every process ever after.
	Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error)
	// Lease takes or renews a named lease for owner on the database's clock.
	// It returns false while somebody else has it.
	Lease(ctx context.Context, name, owner string, ttl time.Duration) (bool, error)
	// Mark returns what SetMark kept under a name; empty if nothing.
	Mark(ctx context.Context, name string) (string, error)
	SetMark(ctx context.Context, name, value string) error
	// Unlease gives it up early.
	Unlease(ctx context.Context, name, owner string) error
}

// Section is a citable piece of the knowledge.
type Section struct {
	ID string `json:"id"`
	// Source is the file or page it comes from; Title its heading path.
	Source string `json:"source"`
	Title  string `json:"title"`
	URL    string `json:"url"`
	Text   string `json:"text"`
}

// Library keeps the knowledge.
type Library interface {
	// ReplaceSource makes the sections those of the source, all or nothing,
	// and reports whether anything changed. No sections removes the source.
	ReplaceSource(ctx context.Context, source string, sections []Section) (bool, error)
	Sections(ctx context.Context) ([]Section, error)
	// Edition changes whenever a section does.
	Edition(ctx context.Context) (int64, error)
}

// Feed tells visitors' streams that there is something to look at. It never
// blocks and never fails: streams re-read the store.
type Feed interface {
	// Changed says that something public was committed.
	Changed(id ConversationID)
	// Draft carries a piece of an answer being written.
	Draft(d Draft)
}

// Draft is a piece of an answer that is not committed yet.
type Draft struct {
	Conversation ConversationID
	Epoch        int64
	ReplyID      string
	// Offset is where Text begins, in code points from the draft's start.
	Offset int
	Text   string
	// Cancelled withdraws the draft; Offset and Text are zero.
	Cancelled bool
}

// Question is a turn for the assistant.
type Question struct {
	Site    Site
	Visitor Visitor
	// Transcript is the newest part of the public chat. It ends with the
	// visitor's messages to answer: one that was written while an earlier one
	// was being answered stands behind that answer.
	Transcript []Message
	// HandBack is what an agent agreed with the visitor, if anything.
	HandBack string
	PageURL  string
}

// Move is what the assistant decided to do with a turn.
type Move string

const (
	MoveAnswer  Move = "answer"
	MoveAskBack Move = "ask_back"
	MoveHandOff Move = "hand_off"
)

// Answer is the assistant's outcome for a turn.
type Answer struct {
	Move Move `json:"move"`
	// Text is plain and HTML safe; both empty for a handoff.
	Text       string   `json:"text,omitempty"`
	HTML       string   `json:"html,omitempty"`
	Sources    []Source `json:"sources,omitempty"`
	Confidence float64  `json:"confidence"`
	// Trigger, Reason and Summary describe a handoff.
	Trigger string  `json:"trigger,omitempty"`
	Reason  string  `json:"reason,omitempty"`
	Summary Summary `json:"summary,omitzero"`
	// Contact is what the visitor said about themselves; empty fields are
	// unknown. It may come with any move.
	Contact Contact `json:"contact,omitzero"`
}

// Contact is how a visitor can be reached.
type Contact struct {
	Name   string            `json:"name,omitempty"`
	Email  string            `json:"email,omitempty"`
	Phone  string            `json:"phone,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
}

// Assistant answers turns. Safe for concurrent use.
type Assistant interface {
	// Answer decides what to do with the question. Pieces of an answer's text
	// that passed every check go to emit, in order, before it returns; their
	// concatenation is the start of Answer.Text, or all of it. An error means
	// that the vendor failed; the caller hands off. It must return soon after
	// ctx ends.
	Answer(ctx context.Context, q Question, emit func(piece string)) (Answer, error)
	// Summarise writes the handoff's summary. [ErrNoModel] without a model.
	Summarise(ctx context.Context, q Question) (Summary, error)
}

// Clock is where time comes from.
type Clock interface {
	Now() time.Time
	// After delivers once, when d has passed.
	After(d time.Duration) <-chan time.Time
}
