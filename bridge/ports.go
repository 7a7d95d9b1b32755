package bridge

import (
	"context"
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
	// Seq is the number of the public message that the event is about, if any.
	Seq int64
	// Handoff is a handoff to load although it may no longer be open.
	Handoff HandoffID
	// Files are kept files that the event names.
	Files []FileID
	// Crew are agents whose duty and load Decide must see. They are locked
	// after the conversation, in rising order, so that nothing else is given to
	// them meanwhile.
	Crew []AgentID
	// Bookings asks for all callbacks that are booked. They stand still until the
	// event is settled, so that none is booked into the same room meanwhile.
	Bookings bool
	// Task is a task to load.
	Task TaskID
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
	// Delayed are the lines that [Conversation.Delayed] names, by stamp.
	Delayed []Line
	// Crew are the agents whom the query named.
	Crew map[AgentID]Crew
	// Message is the message that Line became, that bears the client id or has
	// the number.
	Message *Message
	// Files are those that the query named, as far as they are whole.
	Files []File
	// Booking is the conversation's callback, or nil; Booked are all that are
	// booked, whosever they are, where the query asked for them.
	Booking *Booking
	Booked  []Booking
	// Task is the one that the query named, open or not; nil if none.
	Task *Task
}

// RecentMessages is how many messages State carries.
const RecentMessages = 40

// Changes are what one event commits, all of it or nothing.
type Changes struct {
	// Conversation is the new row; nil means nothing about it changes. The
	// store ignores its Thread.
	Conversation *Conversation
	// Spending is what the assistant did.
	Spending *Spending
	// Episode is one that begins with the event.
	Episode *Episode
	// Rating is the visitor's of an episode, in place of an earlier one.
	Rating     *EpisodeRating
	Handoff    *Handoff // inserted or replaced; the store ignores its Alert
	Visitor    *Visitor
	Agent      *Agent
	Messages   []Message // inserted, or replaced by id
	Lines      []Line    // inserted, or replaced by key
	Duties     []Duty    // inserted, or replaced by agent
	Audit      []AuditEntry
	Files      []FileLink
	Booking    *Booking   // inserted or replaced
	Kept       []KeptFile // inserted whole; a few kilobytes each
	Tasks      []Task     // inserted, or replaced by id; the store ignores their places
	Deliveries []Delivery
	// Replay, if set, puts messages into the mirror before Deliveries.
	Replay *Replay
	// Cancel names deliveries, by lane and key, that no longer matter. One in
	// flight finishes and finds its fence stale.
	Cancel  []DeliveryKey
	Receipt Receipt
}

// FileLink says which message carries a file from now on; empty for none.
type FileLink struct {
	File    FileID
	Message MessageID
}

// KeptFile is a file of our own making with its bytes.
type KeptFile struct {
	File
	Data []byte
}

// Replay asks for the messages with After < seq <= To to be put into the
// mirror: of each that is not deleted, its [MirrorOf].
type Replay struct {
	After, To int64
	// Anew says that they go into another thread. The conversation's unsettled
	// lines and files are cancelled first, and what agents wrote, which otherwise
	// stands in the thread anyway, is mirrored too.
	Anew     bool
	Priority int
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
	NotManager     Verdict = "not_manager"     // only managers may
	NotEligible    Verdict = "not_eligible"    // whom it should go to cannot have it
	Full           Verdict = "full"            // Receipt.Agent has no room
	Blocked        Verdict = "blocked"         // the visitor may not write
	UnknownFile    Verdict = "unknown_file"    // unknown, another's, or used
	NoSlot         Verdict = "no_slot"         // no call can be booked
)

// Receipt is the outcome of an event, kept with its key.
type Receipt struct {
	Verdict      Verdict        `json:"verdict"`
	Conversation ConversationID `json:"conversation,omitempty"`
	Message      MessageID      `json:"message,omitempty"`
	Handoff      HandoffID      `json:"handoff,omitempty"`
	Task         TaskID         `json:"task,omitempty"`
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
	// Spend counts what the assistant did and no event tells.
	Spend(ctx context.Context, s Spending) error
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
	// Roots are the conversation's root posts, at most limit of them, newest
	// first; the first is its thread.
	Roots(ctx context.Context, id ConversationID, limit int) ([]Place, error)
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
	// Episodes are those that began since then with their handoffs, the newest
	// first, at most limit.
	Episodes(ctx context.Context, since time.Time, limit int) ([]Episode, error)
	// Spent is what the assistant did that day.
	Spent(ctx context.Context, site SiteID, visitor VisitorID, day string) (Spent, error)
	// Find are conversations in which every one of the words stands, in the
	// visitor's name or contact or in a public line, the newest first, at most
	// limit. Case is not minded, accents are. No words find nothing.
	Find(ctx context.Context, words []string, limit int) ([]Case, error)
	Site(ctx context.Context, id SiteID) (Site, error)
	// Sites are all sites, a short list.
	Sites(ctx context.Context) ([]Site, error)
	// Revs tells the Rev of each of the conversations that has begun, in one
	// query.
	Revs(ctx context.Context, ids []ConversationID) (map[ConversationID]int64, error)
	// Setup is the present settings, compiled. It costs one small query while
	// nothing changes, whichever process made the last change.
	Setup(ctx context.Context) (Setup, error)
	// Crew are agents as routing sees them at present. Those who never said
	// anything are there with a zero duty.
	Crew(ctx context.Context, ids []AgentID) (map[AgentID]Crew, error)
	Task(ctx context.Context, id TaskID) (Task, error)
	// Tasks are open tasks that the filter chooses, those with the earliest due
	// time first and those without one last, at most limit.
	Tasks(ctx context.Context, f TaskFilter, limit int) ([]Task, error)
	// Audit is what was put on record before an instant, newest first; the zero
	// time means from the newest on.
	Audit(ctx context.Context, before time.Time, limit int) ([]AuditEntry, error)
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
	// SaveSite furnishes a site. People's changes go by ChangeSetup, which
	// checks them and puts them on record.
	SaveSite(ctx context.Context, s Site) error
	// ChangeSetup gives the present settings to change and keeps what comes
	// back, all or nothing, one such change at a time. Each setting that
	// differs is put on record under by and returned. What change or the check
	// refuses is a [*SetupError], and nothing is kept. change may run again if
	// the database asks for a retry.
	ChangeSetup(ctx context.Context, by Actor, change func(Setup) (Setup, error)) ([]Change, error)
	// SetDuty keeps what an agent says about being there, or what by says for
	// them, and forgets the offers they missed. until is zero for no end.
	SetDuty(ctx context.Context, id AgentID, state Availability, until time.Time, by Actor) (Duty, error)
	// Secret returns the secret with that name, made by make on first use and
	// the same for every process ever after.
	Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error)
	// Lease takes or renews a named lease for owner on the database's clock.
	// It returns false while somebody else has it.
	Lease(ctx context.Context, name, owner string, ttl time.Duration) (bool, error)
	// Unlease gives it up early.
	Unlease(ctx context.Context, name, owner string) error
	// Mark returns what SetMark kept under a name; empty if nothing.
	Mark(ctx context.Context, name string) (string, error)
	SetMark(ctx context.Context, name, value string) error
}

// Actor is who changed something: an agent, or the operator at a terminal, who
// has no ID.
type Actor struct {
	ID   AgentID
	Name string
}

// AuditEntry is a change on record.
type AuditEntry struct {
	At    time.Time
	Actor Actor
	// Action says in a word what was done, Subject to what: the path of a
	// setting, or the id of a conversation.
	Action, Subject string
	Before, After   string
}

// Actions on record.
const (
	AuditSettings = "settings"
	AuditTransfer = "transfer"
	AuditTakeOver = "take_over"
	AuditBlock    = "block"
	AuditUnblock  = "unblock"
	AuditDuty     = "duty"
	AuditArticle  = "article"
	AuditLate     = "late_answer" // Before says when it was due
)

// Section is a citable piece of the knowledge.
type Section struct {
	ID string `json:"id"`
	// Source is the file or page it comes from; Title its heading path.
	Source string `json:"source"`
	Title  string `json:"title"`
	URL    string `json:"url"`
	Text   string `json:"text"`
	// Questions it is known to answer, one a line; empty for mere prose.
	Questions string `json:"questions,omitempty"`
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
	// Sign carries something that passes.
	Sign(s Sign)
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

// Clock is where time comes from.
type Clock interface {
	Now() time.Time
	// After delivers once, when d has passed.
	After(d time.Duration) <-chan time.Time
}
