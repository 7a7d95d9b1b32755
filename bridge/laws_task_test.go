package bridge

import (
	"slices"
	"time"
)

// drawTask draws what happens to tasks.
func (w *world) drawTask() Event {
	p := w.taskPress(w.who(), w.anyTask())
	switch w.pick("taskEvent", 9) {
	case 0, 1:
		e := w.addsTask(p.Agent, w.someTime())
		e.Wish.Cadence = time.Duration(w.pick("cadence", 3)) * time.Hour
		e.Wish.Tries = w.pick("tries", 3)
		if w.pick("for", 2) == 0 {
			e.To = w.who()
			e.Wish.Agent = e.To.ID
		}
		return e
	case 2:
		return TaskChanged{
			TaskPress: p, Rev: w.tasks[p.Task].Rev - int64(w.pick("oldRev", 3))/2,
			Wish: TaskWish{Title: "Changed", Due: w.someTime(), Team: []TeamID{"", "sales", "nowhere"}[w.pick("team", 3)]},
		}
	case 3:
		e := w.closesTask(p.Task)
		e.Agent, e.Outcome = p.Agent, []Outcome{Solved, Booked, Lost, NeedsEscalation}[w.pick("outcome", 4)]
		return e
	case 4:
		return TaskPutOff{TaskPress: p, Until: w.someTime()}
	case 5:
		return TaskTried{p}
	case 6:
		return TaskLeft{Task: p.Task, Conversation: convID, Agent: w.who().ID}
	default:
		if t := w.tasks[p.Task]; w.pick("waits", 4) > 0 && !t.RemindAt.IsZero() {
			w.now = laterOf(w.now, t.RemindAt)
		}
		return TaskDue{Task: p.Task, Conversation: convID, Arm: w.tasks[p.Task].Arm - int64(w.pick("oldArm", 3))/2}
	}
}

func (w *world) someTime() time.Time {
	if n := w.pick("when", 4); n > 0 {
		return w.now.Add(time.Duration(n-2) * time.Hour)
	}
	return time.Time{}
}

func (w *world) anyTask() TaskID {
	ids := []TaskID{"unknown"}
	for id := range w.tasks {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids[w.pick("task", len(ids))]
}

// checkTasks: a task that is over is never brought to mind again; one that is
// to be has exactly one timer, of the present arm; nobody is told twice of one
// due time; what is over stays as it is; outsiders change nothing.
func (w *world) checkTasks(e Event, c Changes) {
	if due, ok := e.(TaskDue); ok { // its timer has fired
		w.deliveries = slices.DeleteFunc(w.deliveries, func(d Delivery) bool {
			return d.Kind == KindTaskDue && d.Subject == string(due.Task) && bodyOf[TaskDueBody](d).Arm == due.Arm
		})
	}
	timers, posts := map[TaskID]int64{}, map[TaskID]int{}
	for _, d := range w.deliveries {
		switch d.Kind {
		case KindTaskDue:
			timers[TaskID(d.Subject)] = bodyOf[TaskDueBody](d).Arm
		case KindReminder:
			posts[TaskID(d.Subject)]++
		}
	}
	for id, t := range w.tasks {
		arm, armed := timers[id]
		if armed && arm != t.Arm {
			w.rt.Fatalf("after %T a timer of another arm is left: %d of %+v", e, arm, t)
		}
		if !t.RemindAt.IsZero() && (!armed || arm != t.Arm) {
			w.rt.Fatalf("after %T task %+v has no timer", e, t)
		}
		if !t.Open() && (armed || posts[id] > 0 || !t.RemindAt.IsZero()) {
			w.rt.Fatalf("after %T a task that is over comes to mind: %+v", e, t)
		}
		if t.Open() && t.Tries > 0 && t.failed() >= t.Tries {
			w.rt.Fatalf("after %T a task goes on past its last attempt: %+v", e, t)
		}
		if t.Agent == gus().ID || t.CreatedBy == gus().ID || t.ClosedBy == gus().ID {
			w.rt.Fatalf("after %T a guest has to do with %+v", e, t)
		}
	}
	for _, t := range c.Tasks {
		if was := w.over[t.ID]; was != "" {
			w.rt.Fatalf("%T changed a task that is over: %+v", e, t)
		}
		if !t.Open() {
			w.over[t.ID] = t.Outcome
		}
	}
	reminded := 0
	for _, d := range c.Deliveries {
		if d.Kind == KindReminder && !bodyOf[ReminderBody](d).Due.IsZero() {
			reminded++
		}
	}
	if due, ok := e.(TaskDue); ok && reminded > 0 {
		if w.told[due.Task] == nil {
			w.told[due.Task] = map[int64]bool{}
		}
		if w.told[due.Task][due.Arm] {
			w.rt.Fatalf("task %s was brought to mind twice by arm %d", due.Task, due.Arm)
		}
		w.told[due.Task][due.Arm] = true
	} else if reminded > 0 {
		w.rt.Fatalf("%T brought a task to mind", e)
	}
}
