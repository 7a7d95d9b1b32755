package bridge

// Event is something that happened. The types of this package that implement it
// are all there are: their comments begin with their name and a colon, tell what
// happened, and list the verdicts beside Done. Each has a natural key: the same
// happening has the same key however often it is reported.
type Event interface {
	query() Query
	decide(*decision)
}

// VisitorWrote: the visitor sent a message. Verdicts: Done, Conflict where
// ClientID was used before with another text or other files, UnknownFile where
// a file is not theirs to send.
type VisitorWrote struct {
	Conversation ConversationID
	Visitor      VisitorID
	SiteID       SiteID
	ClientID     string
	Text         string // may be empty where there are files
	Files        []FileID
	PageURL      string
	Referrer     string
	Locale       string
	Device       string
}

// VisitorAskedForPerson: the visitor pressed the button. A conversation begins
// with it if it has not begun. Every press is an event of its own, and a press
// while a handoff is open is Ignored.
type VisitorAskedForPerson struct {
	Conversation ConversationID
	Visitor      VisitorID
	SiteID       SiteID
	Press        string // unique for each press
	PageURL      string
	Referrer     string
	Locale       string
	Device       string
}

// VisitorGaveContact: the visitor filled in how to be reached.
type VisitorGaveContact struct {
	Conversation ConversationID
	Visitor      VisitorID
	Press        string
	Contact      Contact
}

// VisitorIntroduced: the website says who its visitor is, each time their
// session begins or goes on.
type VisitorIntroduced struct {
	Conversation ConversationID
	Visitor      VisitorID
	Contact      Contact
	Attributes   map[string]string
}

// VisitorSaw: the widget has shown everything up to Seq.
type VisitorSaw struct {
	Conversation ConversationID
	Seq          int64
}

// VisitorEnded: the visitor ended the chat.
type VisitorEnded struct {
	Conversation ConversationID
	Press        string
}

// AssistantAnswered: the assistant has an outcome for a turn. Void unless the
// conversation is still in that epoch and the turn unanswered.
type AssistantAnswered struct {
	Conversation ConversationID
	Turn, Epoch  int64
	ReplyID      string
	Answer       Answer
}

// AssistantFailed: the assistant could not answer a turn, Attempts times.
type AssistantFailed struct {
	Conversation ConversationID
	Turn, Epoch  int64
	Cause        string
	Tokens       int64
}

// HandoffSummarised: a model has written the summary of a handoff.
type HandoffSummarised struct {
	Conversation ConversationID
	Handoff      HandoffID
	Summary      Summary
}

// Press is what every button press, shortcut and modal at the desk carries.
type Press struct {
	// Key is the desk's natural key of the press.
	Key          string
	Conversation ConversationID
	// Handoff is the one named by the button; empty where a card names only
	// the conversation.
	Handoff HandoffID
	Agent   Agent
	// Stamp is the instant of the press in the desk's clock, comparable with
	// the stamps of lines.
	Stamp string
}

// AgentClaimed: an agent pressed Claim, on an alert or on the card of a
// conversation that nobody handed off. Verdicts: Done, AlreadyClaimed (also
// when it is the presser's own), AlreadyOver, NotAllowed.
type AgentClaimed struct{ Press }

// AgentReleased: the holder gives the conversation back to the queue.
// Verdicts: Done, NotHolder, AlreadyOver, NotAllowed.
type AgentReleased struct{ Press }

// AgentResolved: the holder closed it. Verdicts: as for AgentReleased.
type AgentResolved struct {
	Press
	Outcome Outcome
	Note    string
}

// AgentReopened: an agent takes a resolved conversation up again and holds it.
// Verdicts: Done, AlreadyClaimed, Stale (it is not resolved), NotAllowed.
type AgentReopened struct{ Press }

// AgentWrote: a person wrote a line in the conversation's thread.
type AgentWrote struct {
	Conversation ConversationID
	Key          string // channel:stamp
	Agent        Agent
	Stamp        string
	// Source is the text as the desk has it; Text and HTML are its public
	// form. MentionsColleague says that it addresses somebody at the desk.
	Source            string
	Text, HTML        string
	MentionsColleague bool
	// Elsewhere says that it stands in a thread that is no longer the
	// conversation's, so that the present one does not show it.
	Elsewhere bool
	Files     []DeskFile
	// Kept are those of the files that have been fetched already, each under
	// its [KeptID].
	Kept []Attachment
}

// AgentEdited: the author changed a line. An edit never makes a line public.
// Files are those that it still has.
type AgentEdited struct {
	Conversation      ConversationID
	Key               string // of the original line
	Edit              string // stamp of the edit
	Agent             Agent
	Source            string
	Text, HTML        string
	MentionsColleague bool
	Files             []DeskFile
}

// AgentFileArrived: a file of a public line has been fetched and kept. Stale if
// the line is not public any more or has lost the file.
type AgentFileArrived struct {
	Conversation ConversationID
	Line         string
	Message      MessageID
	File         string // what the desk calls it
	Kept         Attachment
}

// AgentFileRefused: a file of a public line cannot be passed on, and why, as
// half a sentence. Stale as for [AgentFileArrived].
type AgentFileRefused struct {
	Conversation ConversationID
	Line         string
	Message      MessageID
	File         string
	Reason       string
}

// AgentDeleted: a line was deleted at the desk.
type AgentDeleted struct {
	Conversation ConversationID
	Key          string
	Stamp        string // of the deletion
}

// AgentSentLine: the author of a held or internal line wants the visitor to
// see it. With Claim it also claims the conversation first. Verdicts: Done,
// Ignored (it is public already), NotHolder, AlreadyClaimed, Stale (the line
// is unknown or gone), AlreadyOver, NotAllowed. A drafted line goes out only
// while its agent speaks in the chat, in the words of Text if there are any.
type AgentSentLine struct {
	Press
	Line  string
	Claim bool
	Text  string
}

// AgentKeptLine: the author of a held line wants it to stay in the thread.
type AgentKeptLine struct {
	Press
	Line string
}

// AgentWithdrewLine: the author of a public line, or a manager, takes it back
// from the visitor. It stays in the thread as internal and may be sent again.
// Verdicts: Done, Ignored (the visitor does not have it), NotAuthor, Stale (the
// line is unknown or gone), NotAllowed.
type AgentWithdrewLine struct {
	Press
	Line    string
	Manager bool
}

// WaitRanOut: nobody claimed a handoff in time. Void unless Arm is current.
type WaitRanOut struct {
	Conversation ConversationID
	Handoff      HandoffID
	Arm          int64
}

// AlertNotPosted: a handoff's alert could not be posted for so long that the
// visitor must be told honestly, which is done once. Void once it is posted.
type AlertNotPosted struct {
	Conversation ConversationID
	Handoff      HandoffID
	// Closed says that it was posted, but its channel has been closed since and
	// nothing stands in for it.
	Closed bool
}

// ThreadMoved: the conversation's channel takes no posts, and another of its
// site does. Void unless somebody waits or is held in From, so that a second
// report changes nothing.
type ThreadMoved struct {
	Conversation ConversationID
	From, To     Route
	// Root is the thread that is left, as the reporter knew it.
	Root Place
}

func (e ThreadMoved) query() Query { return Query{Conversation: e.Conversation} }

// RootTurnedUp: a root that was called off because its chat moved on was posted
// all the same.
type RootTurnedUp struct {
	Conversation ConversationID
	Root         Place
}

func (e RootTurnedUp) query() Query {
	return Query{Key: "turned up:" + e.Root.Channel + ":" + e.Root.Stamp, Conversation: e.Conversation, KeepIfDone: true}
}

func (e AlertNotPosted) query() Query {
	return Query{Key: "unposted:" + string(e.Handoff), Conversation: e.Conversation, Handoff: e.Handoff, KeepIfDone: true}
}

func (e VisitorWrote) query() Query {
	return Query{
		Key: "visitor:" + string(e.Conversation) + ":" + e.ClientID, Conversation: e.Conversation, Visitor: e.Visitor, Client: e.ClientID,
		Files: e.Files, KeepIfDone: true,
	}
}

func (e VisitorAskedForPerson) query() Query {
	return Query{Key: "ask:" + string(e.Conversation) + ":" + e.Press, Conversation: e.Conversation, Visitor: e.Visitor}
}

func (e VisitorGaveContact) query() Query {
	return Query{Key: "contact:" + string(e.Conversation) + ":" + e.Press, Conversation: e.Conversation, Visitor: e.Visitor}
}

func (e VisitorIntroduced) query() Query {
	return Query{Conversation: e.Conversation, Visitor: e.Visitor}
}

func (e VisitorSaw) query() Query {
	return Query{Conversation: e.Conversation}
}

func (e VisitorEnded) query() Query {
	return Query{Key: "end:" + string(e.Conversation) + ":" + e.Press, Conversation: e.Conversation}
}

func (e AssistantAnswered) query() Query {
	q := turnQuery(e.Conversation, e.Turn, e.Epoch)
	q.Bookings = e.Answer.Move == MoveBook
	return q
}

func (e AssistantFailed) query() Query { return turnQuery(e.Conversation, e.Turn, e.Epoch) }

// turnQuery gives a turn's answer and its failure one key: a turn has one
// outcome.
func turnQuery(c ConversationID, turn, epoch int64) Query {
	return Query{Key: "turn:" + string(c) + ":" + itoa(turn) + ":" + itoa(epoch), Conversation: c}
}

func (e HandoffSummarised) query() Query {
	return Query{Key: "summary:" + string(e.Handoff), Conversation: e.Conversation, Handoff: e.Handoff}
}

// keepIfDone is the query of what may be tried again after a refusal.
func (q Query) keepIfDone() Query {
	q.KeepIfDone = true
	return q
}

func (p Press) query() Query {
	return Query{Key: p.Key, Conversation: p.Conversation, Handoff: p.Handoff}
}

func (e AgentResolved) query() Query { return e.Press.query().keepIfDone() }

func (e AgentSentLine) query() Query {
	q := e.holding()
	q.Line = e.Line
	return q
}

func (e AgentKeptLine) query() Query {
	q := e.Press.query()
	q.Line = e.Line
	return q
}

func (e AgentWithdrewLine) query() Query {
	q := e.Press.query()
	q.Line = e.Line
	return q
}

func (e AgentWrote) query() Query {
	return Query{Key: "msg:" + e.Key, Conversation: e.Conversation, Crew: []AgentID{e.Agent.ID}, Line: e.Key}
}

func (e AgentEdited) query() Query {
	return Query{Key: "edit:" + e.Key + ":" + e.Edit, Conversation: e.Conversation, Line: e.Key}
}

// A file arrives once in a message, and is refused once.

func (e AgentFileArrived) query() Query {
	return Query{Key: "file:" + string(e.Message) + ":" + e.File, Conversation: e.Conversation, Line: e.Line, Files: []FileID{e.Kept.ID}}
}

func (e AgentFileRefused) query() Query {
	return Query{Key: "file:" + string(e.Message) + ":" + e.File, Conversation: e.Conversation, Line: e.Line}
}

func (e AgentDeleted) query() Query {
	return Query{Key: "del:" + e.Key, Conversation: e.Conversation, Line: e.Key}
}

func (e WaitRanOut) query() Query {
	return Query{
		Key:          "return:" + string(e.Handoff) + ":" + itoa(e.Arm),
		Conversation: e.Conversation, Handoff: e.Handoff,
	}
}
