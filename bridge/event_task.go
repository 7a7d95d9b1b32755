package bridge

import "time"

// TaskPress is what every press on a task carries.
type TaskPress struct {
	// Key is the desk's natural key of the press.
	Key  string
	Task TaskID
	// Conversation is the task's; empty where it stands alone.
	Conversation ConversationID
	Agent        Agent
}

// TaskAdded: an agent wants a task done. The task's id is its natural key.
// Verdicts: Done, Stale (there is no such conversation), NotEligible (To
// cannot act, or there is no such team), NotAllowed.
type TaskAdded struct {
	TaskPress
	Wish TaskWish
	// To is the person in Wish.Agent, if there is one.
	To Agent
}

// TaskChanged: an agent has changed a task. Verdicts: as for TaskAdded,
// AlreadyOver, and Stale also where somebody else has changed it since Rev.
type TaskChanged struct {
	TaskPress
	Rev  int64
	Wish TaskWish
	To   Agent
}

// TaskClosed: a task is done, with what came of it. Verdicts: Done, AlreadyOver,
// Stale, NotAllowed.
type TaskClosed struct {
	TaskPress
	Outcome Outcome
	Note    string
}

// TaskPutOff: a task is to be done later. Verdicts: as for TaskClosed, and
// Stale where Until has passed.
type TaskPutOff struct {
	TaskPress
	Until time.Time
}

// TaskTried: an agent has tried and reached nobody. Verdicts: as for
// TaskClosed.
type TaskTried struct{ TaskPress }

// TaskLeft: the person who has a task is gone. Void if somebody else has it by
// now.
type TaskLeft struct {
	Task         TaskID
	Conversation ConversationID
	Agent        AgentID
}

// TaskDue: a task is to be brought to mind. Void unless Arm is current.
type TaskDue struct {
	Task         TaskID
	Conversation ConversationID
	Arm          int64
}

func (p TaskPress) query() Query {
	return Query{Key: p.Key, Conversation: taskLane(p.Conversation, p.Task), Task: p.Task}
}

func (e TaskAdded) query() Query {
	q := e.TaskPress.query().keepIfDone()
	q.Key = "task:" + string(e.Task)
	return q
}

func (e TaskChanged) query() Query { return e.TaskPress.query().keepIfDone() }

func (e TaskClosed) query() Query { return e.TaskPress.query().keepIfDone() }

func (e TaskPutOff) query() Query { return e.TaskPress.query().keepIfDone() }

func (e TaskLeft) query() Query {
	return Query{Conversation: taskLane(e.Conversation, e.Task), Task: e.Task}
}

func (e TaskDue) query() Query {
	return Query{
		Key:          "task-due:" + string(e.Task) + ":" + itoa(e.Arm),
		Conversation: taskLane(e.Conversation, e.Task), Task: e.Task,
	}
}
