package bridge

import (
	"time"

	"threadline/bridge/lead"
)

// Ids are opaque strings made by this program, except AgentID, which is
// whatever the desk calls the person, and SiteID, which the operator chooses.
type (
	ConversationID string
	VisitorID      string
	MessageID      string
	HandoffID      string
	AgentID        string
	SiteID         string
	DeliveryID     string
)

// Status says who answers the visitor.
type Status string

const (
	// Automatic: the assistant answers.
	Automatic Status = "automatic"
	// Queued: a handoff is open and nobody holds the conversation.
	Queued Status = "queued"
	// Assigned: an agent holds the conversation; the assistant is silent.
	Assigned Status = "assigned"
	// Resolved: closed; the visitor's next message reopens it to Automatic.
	Resolved Status = "resolved"
)

// Statuses lists every status in the order a conversation usually meets them.
func Statuses() []Status { return []Status{Automatic, Queued, Assigned, Resolved} }

// Place is where the desk keeps a post. Its fields mean nothing to this
// package except that, within one Channel, stamps order as strings.
type Place struct {
	Channel string `json:"channel"`
	Stamp   string `json:"stamp"`
}

// IsZero reports whether the place is unknown.
func (p Place) IsZero() bool { return p.Stamp == "" }

// Conversation is one visitor's talk with a site. It goes on for ever; each
// stretch from a first message to its resolve is an episode.
type Conversation struct {
	ID        ConversationID
	SiteID    SiteID
	VisitorID VisitorID
	Status    Status
	// Epoch rises with every change of who may speak. An assistant outcome of
	// an older epoch is void.
	Epoch int64
	// Rev rises with every public change: a message, an edit, a status.
	Rev int64
	// StatusRev is the Rev at which the visitor's view of the conversation
	// itself (status, agent, expectation) last changed.
	StatusRev int64
	// Seq is the number of the newest public message.
	Seq     int64
	Episode int
	// EpisodeFrom is the seq of the newest message of the episode before.
	EpisodeFrom int64
	// Turn counts visitor messages that ask for an answer; AnsweredTurn is the
	// newest turn that got one. Restarts counts how often a newer line has
	// restarted the pause before the pending answer.
	Turn, AnsweredTurn int64
	Restarts           int
	// Alone is how many lines the assistant has said in this episode since an
	// agent or the system spoke.
	Alone int
	// AssistantHelps says whether the assistant may answer while Queued.
	AssistantHelps bool
	// Holder is the agent who claimed it; empty unless Assigned.
	Holder AgentID
	// Holds are the stretches of time in which somebody held it, oldest first,
	// in the desk's clock. They decide which lines are public.
	Holds []Hold
	// Joins are the stretches in which others spoke beside the holder.
	Joins []Hold
	// SnoozedUntil is when the holder wants to be reminded; zero for no snooze.
	SnoozedUntil time.Time
	// UnansweredSince is when the visitor began to wait for the present holder's
	// answer; zero while they do not.
	UnansweredSince time.Time
	// Delayed are the keys of lines that wait for the end of their time for
	// undo, in the order in which they came.
	Delayed []string
	// Tags are what people and rules call it.
	Tags []string
	// Handoff is the open handoff, empty if none.
	Handoff HandoffID
	// Booking is the call that the visitor was offered or is to get; empty if
	// none.
	Booking BookingID
	// Cooling says when handoffs for triggers with a cool-down last ended.
	Cooling []Cooled
	// HandBack is what the last agent said was agreed, for the assistant.
	HandBack string
	// Expectation is what the visitor was told about the wait.
	Expectation string
	PageURL     string
	// Trail are the newest six pages they wrote from, without repetition, oldest
	// first; PageURL is the newest.
	Trail    []string
	Referrer string
	Locale   string
	// Device is what they use, as in "Phone · Safari · iOS".
	Device string
	// LastOrder is the order of the newest public message.
	LastOrder     time.Time
	LastVisitorAt time.Time
	// Rating is the visitor's of the present episode.
	Rating Rating
	// VisitorSeen is the newest seq that the visitor's widget has shown.
	VisitorSeen int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
	// Route is the channel in which the thread stands or will stand; Left the
	// root of the thread that it went on from when it was moved there.
	Route Route
	Left  Place
	// Quiet says that lines after QuietAfter are not mirrored; see MirrorCard.
	Quiet      bool
	QuietAfter int64
	// Thread is the newest root post of the conversation at the desk; zero
	// until it is posted. The store fills it in; Decide never sets it. Between
	// a move and the new root's post it is still the one that was left.
	Thread Place
}

// Begun reports whether the conversation exists: it does from its first
// message or handoff on, not from a page view.
func (c Conversation) Begun() bool { return c.Status != "" }

// HoldEnd says how a hold ended.
type HoldEnd string

const (
	HoldLasts    HoldEnd = ""
	EndedByClick HoldEnd = "click" // a press: release, resolve, transfer, take-over, leaving
	EndedByOther HoldEnd = "other" // the visitor, a timer, a block
)

// Hold is a stretch in which an agent held the conversation. From and Until
// are stamps of the desk's clock, comparable with the stamps of lines.
type Hold struct {
	Agent AgentID `json:"agent"`
	From  string  `json:"from"`
	Until string  `json:"until,omitempty"`
	End   HoldEnd `json:"end,omitempty"`
}

// TimeZone is the attribute by which the widget tells the IANA name of its
// browser's time zone. It is a visitor's word: unchecked.
const TimeZone = "timezone"

// Visitor is a person on the website, as far as they have told us.
type Visitor struct {
	ID         VisitorID
	SiteID     SiteID
	Name       string
	Email      string
	Phone      string
	Fields     map[string]string
	Attributes map[string]string
	// Lead is what they have come to as a lead, with the reasons.
	Lead lead.Assessment
	// Owner is the agent who last solved something for them; routing prefers
	// them.
	Owner AgentID
	// Reach is how the attempts to reach them stand.
	Reach Reach
	// BlockedAt is when BlockedBy blocked them; zero if they are not.
	BlockedAt time.Time
	BlockedBy AgentID
	CreatedAt time.Time
}

// Agent is a person at the desk.
type Agent struct {
	ID    AgentID
	Name  string
	Title string
	// Picture is where the desk serves their photo; the widget's server
	// fetches it, so that visitors only ever talk to one origin.
	Picture string
	// Outsider is a guest or a person of another organisation: they may read
	// along but not act.
	Outsider bool
}

// AuthorKind says whose words a public message bears.
type AuthorKind string

const (
	ByVisitor   AuthorKind = "visitor"
	ByAssistant AuthorKind = "assistant"
	ByAgent     AuthorKind = "agent"
	BySystem    AuthorKind = "system"
)

// Author is who speaks. Agent is set for agents, and for system messages that
// introduce one.
type Author struct {
	Kind  AuthorKind
	Name  string
	Title string
	Agent AgentID
}

// Source is a passage that an answer rests on.
type Source struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Message is one public line: the visitor can see it. Internal talk is never
// a Message; see [Line].
type Message struct {
	ID           MessageID
	Conversation ConversationID
	// Seq rises by one within a conversation in the order messages were
	// handled; Order is the instant to sort by, in whole microseconds; Rev is
	// the conversation's Rev of the message's last change, FirstRev of its
	// creation.
	Seq, Rev, FirstRev int64
	Order              time.Time
	Author             Author
	// Text is plain, links written as "label (url)"; HTML is the same made
	// safe for a page.
	Text, HTML  string
	Sources     []Source
	Attachments []Attachment
	// ClientID is the visitor's own id for it, ReplyID the draft it replaces,
	// LineKey the desk line it was.
	ClientID, ReplyID, LineKey string
	CreatedAt, EditedAt        time.Time
	Deleted                    bool
	// Thumb is what the visitor says of an answer of the assistant.
	Thumb Thumb
	// Stamp is the desk's stamp of the mirrored post or of the agent's line;
	// empty until it is posted. For mirrored lines the store fills it in.
	Stamp string
}

// Standing says what became of a line that somebody wrote in the thread.
type Standing string

const (
	// Public: the visitor sees it as a Message.
	Public Standing = "public"
	// Internal: it stays in the thread.
	Internal Standing = "internal"
	// Held: it stays in the thread, and its author was asked.
	Held Standing = "held"
	// Delayed: it goes to the visitor when its time for undo is over.
	Delayed Standing = "delayed"
	// Awaited: an edit of it came before the line itself.
	Awaited Standing = "awaited"
	// Drafted: the assistant has suggested it to an agent, who has not sent it.
	Drafted Standing = "drafted"
	// Withdrawn: it was public and its author took it back.
	Withdrawn Standing = "withdrawn"
)

// Line is something a person wrote in a conversation's thread at the desk.
type Line struct {
	// Key is channel:stamp, or draft: and an id, unique for ever.
	Key          string
	Conversation ConversationID
	Agent        AgentID
	Stamp        string
	Text, HTML   string
	Files        []DeskFile
	Standing     Standing
	Message      MessageID
	// Edited is the stamp of the newest edit that was applied.
	Edited string
	// Elsewhere: it was written in a thread that was no longer the
	// conversation's, or is a draft and stands in none.
	Elsewhere bool
	CreatedAt time.Time
}
