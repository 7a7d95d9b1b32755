package bridge

// SignKind is what a Sign is about.
type SignKind string

const (
	// SignAgent: the holder is seen at work on the conversation. The desk does
	// not tell who types (Slack: no event for it reaches apps), so this is what
	// they press, and what they write to colleagues.
	SignAgent SignKind = "agent"
	// SignAssistant: the assistant is at a turn.
	SignAssistant SignKind = "assistant"
	// SignVisitor: the visitor is typing.
	SignVisitor SignKind = "visitor"
	// SignStreams: how many of the visitor's streams a process has open.
	SignStreams SignKind = "streams"
)

// Sign is something passing. It is told at once to whoever shows it, and never
// kept: what is lost is lost, and what is old fades by the clock of whoever
// shows it.
type Sign struct {
	Conversation ConversationID `json:"conversation"`
	Kind         SignKind       `json:"kind"`
	// Epoch and Author are of SignAgent and SignAssistant; a sign of another
	// epoch than the present is void.
	Epoch  int64  `json:"epoch,omitempty"`
	Author Author `json:"author,omitzero"`
	// On says whether it begins or ends; not for SignStreams.
	On bool `json:"on,omitempty"`
	// Streams are those of the process Origin.
	Streams int    `json:"streams,omitempty"`
	Origin  string `json:"origin,omitempty"`
}

// atWork is the sign that a settled event gives of the holder, if it gives one:
// they claimed the conversation, pressed something, or wrote a line that the
// visitor does not see.
func atWork(e Event, before State, c Changes) (Sign, bool) {
	now := before.Conversation
	if c.Conversation != nil {
		now = *c.Conversation
	}
	if now.Status != Assigned || c.Receipt.Verdict != Done {
		return Sign{}, false
	}
	for _, m := range c.Messages {
		if m.Author.Kind == ByAgent {
			return Sign{}, false // the line itself says more
		}
	}
	var a Agent
	switch e := e.(type) {
	case AgentClaimed:
		a = e.Agent
	case AgentReopened:
		a = e.Agent
	case AgentKeptLine:
		a = e.Agent
	case AgentWrote:
		a = e.Agent
	default:
		return Sign{}, false
	}
	if a.ID != now.Holder {
		return Sign{}, false
	}
	return Sign{
		Conversation: now.ID, Kind: SignAgent, Epoch: now.Epoch, On: true,
		Author: Author{Kind: ByAgent, Name: a.Name, Title: a.Title, Agent: a.ID},
	}, true
}
