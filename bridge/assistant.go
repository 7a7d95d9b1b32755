package bridge

import "context"

// Question is a turn for the assistant.
type Question struct {
	Site    Site
	Visitor Visitor
	// Transcript is the newest part of the public chat. It ends with the
	// visitor's messages to answer: one that was written while an earlier one
	// was being answered stands behind that answer.
	Transcript []Message
	// Alone is [Conversation.Alone], of which Transcript may show a part only.
	Alone int
	// HandBack is what an agent agreed with the visitor, if anything.
	HandBack string
	PageURL  string
	// Callback is what can be booked; nil where nothing can.
	Callback *Callback
	// ForAgent asks for a reply that an agent who has the chat may send, not
	// for the assistant's own.
	ForAgent bool
}

// Move is what the assistant decided to do with a turn.
type Move string

const (
	MoveAnswer  Move = "answer"
	MoveAskBack Move = "ask_back"
	MoveHandOff Move = "hand_off"
	// MoveBook acts on the visitor's words about a call; the bridge says what
	// came of it, so Text is empty.
	MoveBook Move = "book_callback"
)

// Answer is the assistant's outcome for a turn.
type Answer struct {
	Move Move `json:"move"`
	// Text is plain and HTML safe; both empty for a handoff.
	Text       string   `json:"text,omitempty"`
	HTML       string   `json:"html,omitempty"`
	Sources    []Source `json:"sources,omitempty"`
	Confidence float64  `json:"confidence"`
	// Tokens is what the model's service read and wrote for it, estimated. It
	// counts for an error, too.
	Tokens int64 `json:"tokens,omitempty"`
	// Trigger, Reason and Summary describe a handoff.
	Trigger string  `json:"trigger,omitempty"`
	Reason  string  `json:"reason,omitempty"`
	Summary Summary `json:"summary,omitzero"`
	// Call is what is wanted with MoveBook.
	Call *CallWanted `json:"call,omitempty"`
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
