package bridge

import (
	"strings"
	"time"
)

// TaskID names a task. Whoever adds one makes it out of the press that asked
// for it, so that the same press twice is one task.
type TaskID string

// Task is something that an agent or a team is to do by some time, about a
// conversation or standing alone. A handoff is a task by itself and has none.
type Task struct {
	ID TaskID
	// Conversation is the one it is about; empty where it stands alone.
	Conversation ConversationID
	TaskWish
	// Attempts are the tries to reach somebody, oldest first.
	Attempts []Attempt
	// Outcome is what came of it; empty while it is open. Note says more.
	Outcome Outcome
	Note    string
	// RemindAt is when the next reminder is due, zero for none; Reminded when
	// the last one was. Told counts the posts about it.
	RemindAt, Reminded time.Time
	Told               int
	// Arm fences timers: a timer set for an earlier arm is void. Rev rises with
	// every change by a person, so that a form knows whether it is out of date.
	Arm, Rev             int64
	CreatedBy, ClosedBy  AgentID
	CreatedAt, UpdatedAt time.Time
	ClosedAt             time.Time
	// Thread is the conversation's, Card the newest post about the task; zero
	// until there is one. The store fills them in; Decide never sets them.
	Thread, Card Place
}

// TaskWish is what people fill in about a task.
type TaskWish struct {
	Title string
	// Text is its context, in as many lines as it takes.
	Text     string
	Priority Priority
	// Due is when it is to be done; zero for whenever.
	Due time.Time
	// Agent has to do it; empty leaves it to Team.
	Agent AgentID
	Team  TeamID
	// Cadence is how long after a reminder the next one comes, until somebody
	// was reached or it was given up; zero reminds once.
	Cadence time.Duration
	// Tries is how many attempts may fail before it is given up; zero is any
	// number.
	Tries int
}

// Attempt is one try to reach somebody.
type Attempt struct {
	At      time.Time `json:"at"`
	Agent   AgentID   `json:"agent"`
	Reached bool      `json:"reached,omitempty"`
}

// GivenUp is what came of a task whose attempts were all in vain. No handoff
// ends so.
const GivenUp Outcome = "given_up"

// Bounds on a task, in code points, and on its attempts.
const (
	MaxTaskTitle = 150
	MaxTaskText  = 2000
	MaxTries     = 50
)

// Open reports whether the task is still to be done.
func (t Task) Open() bool { return t.Outcome == "" }

// Overdue reports whether the task should have been done by now.
func (t Task) Overdue(now time.Time) bool {
	return t.Open() && !t.Due.IsZero() && now.After(t.Due)
}

// Lane is what stands for the conversation of a task's events and deliveries:
// the conversation itself, or for a task that stands alone a name that no
// conversation has.
func (t Task) Lane() ConversationID { return taskLane(t.Conversation, t.ID) }

const taskPrefix = "task:"

func taskLane(c ConversationID, id TaskID) ConversationID {
	if c != "" {
		return c
	}
	return ConversationID(taskPrefix + string(id))
}

// clean brings what people filled in into bounds.
func (w TaskWish) clean() TaskWish {
	w.Title = clip(strings.Join(strings.Fields(CleanText(w.Title)), " "), MaxTaskTitle)
	if w.Title == "" {
		w.Title = "Follow up"
	}
	w.Text = clip(CleanText(w.Text), MaxTaskText)
	w.Due = w.Due.UTC().Truncate(time.Microsecond)
	w.Cadence = max(w.Cadence, 0)
	w.Tries = min(max(w.Tries, 0), MaxTries)
	return w
}

// Contact status of a visitor, as far as tasks tell.
const (
	ReachTrying      = "trying"
	ReachReached     = "reached"
	ReachUnreachable = "given_up"
)

// Reach says how the attempts to reach a visitor stand.
type Reach struct {
	// Status is empty where nobody has tried.
	Status string `json:"status,omitempty"`
	// Tries counts the attempts since the visitor was last reached.
	Tries int       `json:"tries,omitempty"`
	Last  time.Time `json:"last,omitzero"`
}

// TaskFilter chooses open tasks. What is empty chooses all.
type TaskFilter struct {
	// Agent chooses one person's, Teams those of teams that no person has.
	Agent AgentID
	Teams []TeamID
	// DueBefore chooses those that were due before an instant.
	DueBefore time.Time
	// Conversation chooses those about one.
	Conversation ConversationID
}

// StandsAlone reports whether the name stands for a task without a
// conversation.
func StandsAlone(id ConversationID) bool { return strings.HasPrefix(string(id), taskPrefix) }
