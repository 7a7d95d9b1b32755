package bridge

import (
	"testing"
	"time"
)

// Events about tasks as they come from the desk.

func (m *model) taskPress(a Agent, id TaskID) TaskPress {
	return TaskPress{Key: "task-press:" + m.id(), Task: id, Conversation: convID, Agent: a}
}

func (m *model) addsTask(a Agent, due time.Time) TaskAdded {
	return TaskAdded{
		TaskPress: m.taskPress(a, TaskID("t"+m.id())), To: dana(),
		Wish: TaskWish{Title: "Call Ana back", Text: "She asked about a heat pump.", Due: due, Agent: dana().ID, Priority: Normal},
	}
}

// hasTask adds a task of Dana's that is due in an hour.
func (m *model) hasTask() TaskID {
	e := m.addsTask(dana(), m.now.Add(time.Hour))
	m.settle(e)
	return e.Task
}

func (m *model) closesTask(id TaskID) TaskClosed {
	return TaskClosed{TaskPress: m.taskPress(dana(), id), Outcome: Solved, Note: "Visit on Friday."}
}

// falls lets a task fall due and settles its timer.
func (m *model) falls(t *testing.T, id TaskID) Receipt {
	t.Helper()
	d, ok := m.pending(KindTaskDue)
	if !ok || d.Subject != string(id) {
		t.Fatalf("no timer for %s", id)
	}
	m.now = laterOf(m.now, d.Due)
	r, _ := m.settle(TaskDue{Task: id, Conversation: m.tasks[id].Conversation, Arm: bodyOf[TaskDueBody](d).Arm})
	if now, ok := m.pending(KindTaskDue); ok && now.ID == d.ID {
		m.done(d.ID)
	}
	return r
}

func TestATaskIsBroughtToMindOncePerDueTime(t *testing.T) {
	m := in(t, Queued)
	id := m.hasTask()
	due := m.tasks[id].Due
	if r := m.falls(t, id); r.Verdict != Done {
		t.Fatalf("verdict %s", r.Verdict)
	}
	d, ok := m.pending(KindReminder)
	if !ok || d.Subject != string(id) || !m.tasks[id].Reminded.Equal(due) || m.tasks[id].Told != 1 {
		t.Fatalf("the reminder is %+v of %+v", d, m.tasks[id])
	}
	if _, again := m.pending(KindTaskDue); again {
		t.Error("without a cadence there is another timer")
	}
	if r, _ := m.settle(TaskDue{Task: id, Conversation: convID, Arm: m.tasks[id].Arm}); !r.Repeat {
		t.Errorf("the same timer again came to %s", r.Verdict)
	}
	m.done(d.ID)
	m.settle(TaskPutOff{TaskPress: m.taskPress(dana(), id), Until: m.now.Add(2 * time.Hour)})
	if r := m.falls(t, id); r.Verdict != Done || m.tasks[id].Told != 2 {
		t.Errorf("after it was put off: %s, %+v", r.Verdict, m.tasks[id])
	}
}

func TestATaskWaitsForItsTeamsHours(t *testing.T) {
	m := in(t, Queued)
	site := DefaultSite()
	site.Hours = Hours{Zone: "Europe/Berlin", Week: map[string]string{"mon-fri": "09:00-17:00"}}
	m.setup.Sites = []Site{site}
	var err error
	if m.setup, err = m.setup.Compile(); err != nil {
		t.Fatal(err)
	}
	m.site = site
	monday := time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC) // 09:00 in Berlin
	id := m.hasTask()                                     // due on a Sunday
	if at := m.tasks[id].RemindAt; !at.Equal(monday) {
		t.Errorf("a task due on Sunday comes to mind at %v", at)
	}
	urgent := m.addsTask(dana(), m.now.Add(time.Hour))
	urgent.Wish.Priority = Urgent
	m.settle(urgent)
	if at := m.tasks[urgent.Task].RemindAt; !at.Equal(m.now.Add(time.Hour)) {
		t.Errorf("an urgent one comes to mind at %v", at)
	}
	// Found late, on the evening of the Monday, it waits for Tuesday.
	m.now = monday.Add(12 * time.Hour)
	r, c := m.settle(TaskDue{Task: id, Conversation: convID, Arm: m.tasks[id].Arm})
	if r.Verdict != Ignored || len(c.Tasks) != 1 || !m.tasks[id].RemindAt.Equal(monday.Add(24*time.Hour)) || m.tasks[id].Told != 0 {
		t.Errorf("found late it came to %s, %+v", r.Verdict, m.tasks[id])
	}
}

func TestACadenceGoesOnUntilReachedOrGivenUp(t *testing.T) {
	m := in(t, Assigned)
	add := m.addsTask(dana(), m.now.Add(time.Hour))
	add.Wish.Cadence, add.Wish.Tries = 4*time.Hour, 3
	m.settle(add)
	id := add.Task
	m.falls(t, id)
	if at := m.tasks[id].RemindAt; !at.Equal(m.now.Add(4 * time.Hour)) {
		t.Fatalf("unanswered it comes again at %v", at)
	}
	for n := 1; n <= 2; n++ {
		m.now = m.now.Add(time.Minute)
		m.settle(TaskTried{m.taskPress(dana(), id)})
		task := m.tasks[id]
		if len(task.Attempts) != n || !task.Open() || !task.Due.Equal(m.now.Add(4*time.Hour)) || m.visitor.Reach.Tries != n || m.visitor.Reach.Status != ReachTrying {
			t.Fatalf("after %d attempts: %+v, %+v", n, task, m.visitor.Reach)
		}
	}
	m.settle(TaskTried{m.taskPress(lee(), id)})
	if task := m.tasks[id]; task.Outcome != GivenUp || len(task.Attempts) != 3 || m.visitor.Reach.Status != ReachUnreachable {
		t.Errorf("after the last attempt: %+v, %+v", task, m.visitor.Reach)
	}
	if _, ok := m.pending(KindTaskDue); ok {
		t.Error("a task that was given up has a timer")
	}

	again := m.addsTask(dana(), m.now.Add(time.Hour))
	again.Wish.Cadence = time.Hour
	m.settle(again)
	m.settle(m.closesTask(again.Task))
	task := m.tasks[again.Task]
	if len(task.Attempts) != 1 || !task.Attempts[0].Reached || m.visitor.Reach.Status != ReachReached || m.visitor.Reach.Tries != 0 {
		t.Errorf("reached: %+v, %+v", task, m.visitor.Reach)
	}
}

func TestATaskMayStandAlone(t *testing.T) {
	m := newModel()
	m.conv.ID = taskLane("", "t1")
	add := TaskAdded{TaskPress: TaskPress{Key: "k", Task: "t1", Agent: lee()}, Wish: TaskWish{Title: "  Order\nfilters ", Due: m.now.Add(time.Hour), Agent: "U1"}, To: dana()}
	if r, _ := m.settle(add); r.Verdict != Done || r.Task != "t1" {
		t.Fatalf("receipt %+v", r)
	}
	task := m.tasks["t1"]
	if task.Title != "Order filters" || task.Team != DefaultTeam || task.Conversation != "" {
		t.Errorf("task %+v", task)
	}
	// Lee gave it to Dana, who is told; a fresh post says how it stands.
	d, ok := m.pending(KindReminder)
	if !ok || d.Conversation != "task:t1" || !bodyOf[ReminderBody](d).Due.IsZero() {
		t.Errorf("Dana is told by %+v", d)
	}
	if r, c := m.settle(add); !r.Repeat || len(c.Tasks) != 0 {
		t.Errorf("the form sent twice: %+v, %+v", r, c)
	}
	m.settle(TaskLeft{Task: "t1", Agent: "U1"})
	if task := m.tasks["t1"]; task.Agent != "" || task.Team != DefaultTeam {
		t.Errorf("after Dana has left it is %+v", task)
	}
	if r := m.falls(t, "t1"); r.Verdict != Done {
		t.Errorf("verdict %s", r.Verdict)
	}
	if m.conv.Begun() {
		t.Error("a task began a conversation")
	}
	elsewhere := TaskClosed{TaskPress: TaskPress{Key: "x", Task: "t1", Conversation: "task:t1x", Agent: dana()}, Outcome: Solved}
	m.conv.ID = "task:t1x"
	if r, _ := m.settle(elsewhere); r.Verdict != Stale {
		t.Errorf("a press that names another conversation came to %s", r.Verdict)
	}
}

func TestWhatNobodyMayDoWithTasks(t *testing.T) {
	m := in(t, Automatic)
	bad := m.addsTask(dana(), time.Time{})
	bad.Wish.Agent, bad.To = "U3", gus()
	if r, _ := m.settle(bad); r.Verdict != NotEligible {
		t.Errorf("a guest's task came to %s", r.Verdict)
	}
	bad = m.addsTask(dana(), time.Time{})
	bad.Wish.Team = "nowhere"
	if r, _ := m.settle(bad); r.Verdict != NotEligible {
		t.Errorf("a task of no team came to %s", r.Verdict)
	}
	id := m.hasTask()
	if r, _ := m.settle(TaskPutOff{TaskPress: m.taskPress(dana(), id), Until: m.now}); r.Verdict != Stale {
		t.Errorf("put off until now came to %s", r.Verdict)
	}
	for _, e := range []Event{
		TaskTried{m.taskPress(gus(), id)}, TaskPutOff{TaskPress: m.taskPress(gus(), id), Until: m.now.Add(time.Hour)},
		TaskClosed{TaskPress: m.taskPress(gus(), id), Outcome: Solved}, TaskChanged{TaskPress: m.taskPress(gus(), id), Rev: 1},
	} {
		if r, c := m.settle(e); r.Verdict != NotAllowed || len(c.Tasks) != 0 {
			t.Errorf("%T by a guest came to %s", e, r.Verdict)
		}
	}
}
