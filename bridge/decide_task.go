package bridge

import (
	"slices"
	"time"
)

// againAfter is when a task is due again whose attempt failed and which has no
// cadence.
const againAfter = 24 * time.Hour

func (e TaskAdded) decide(d *decision) {
	if d.refusesTask(e.TaskPress, e.Wish, e.To) {
		return
	}
	if e.Conversation != "" && !d.c.Begun() {
		d.verdict(Stale)
		return
	}
	t := Task{
		ID: e.Task, Conversation: e.Conversation, TaskWish: d.wished(e.Wish), Rev: 1,
		CreatedBy: e.Agent.ID, CreatedAt: d.now,
	}
	d.out.Receipt.Task = t.ID
	d.tellOfTask(&t, "", e.Agent.ID)
	d.armTask(&t, t.Due)
	d.keepTask(t)
}

func (e TaskChanged) decide(d *decision) {
	if d.refusesTask(e.TaskPress, e.Wish, e.To) {
		return
	}
	t, ok := d.openTask(e.TaskPress)
	if !ok {
		return
	}
	if t.Rev != e.Rev {
		d.verdict(Stale)
		return
	}
	had, due, cadence := t.Agent, t.Due, t.Cadence
	t.TaskWish = d.wished(e.Wish)
	t.Rev++
	d.tellOfTask(&t, had, e.Agent.ID)
	if !t.Due.Equal(due) || t.Cadence != cadence {
		d.armTask(&t, t.Due)
	}
	d.drawTask(t)
	d.keepTask(t)
}

func (e TaskClosed) decide(d *decision) {
	t, ok := d.openTask(e.TaskPress)
	if !ok {
		return
	}
	if e.Outcome != Lost && e.Outcome != GivenUp && (t.Cadence > 0 || len(t.Attempts) > 0) {
		t.Attempts = append(slices.Clone(t.Attempts), Attempt{At: d.now, Agent: e.Agent.ID, Reached: true})
		d.reached(Reach{Status: ReachReached, Last: d.now})
	}
	d.closeTask(&t, e.Outcome, e.Note, e.Agent.ID)
	if e.Outcome == NeedsEscalation && d.c.Begun() {
		d.put(Delivery{
			Lane: LanePost, Kind: KindNote, Priority: 0, Rank: RankAlert,
			Body: body(NoteBody{
				Sign: "📣", Text: d.nameOf(e.Agent) + " has closed a task that needs escalation.",
				Evidence: t.Title, CallManagers: true,
			}),
		})
	}
	d.keepTask(t)
}

func (e TaskPutOff) decide(d *decision) {
	t, ok := d.openTask(e.TaskPress)
	if !ok {
		return
	}
	if !e.Until.After(d.now) {
		d.verdict(Stale)
		return
	}
	t.Due = e.Until.UTC().Truncate(time.Microsecond)
	t.Rev++
	d.armTask(&t, t.Due)
	d.drawTask(t)
	d.keepTask(t)
}

func (e TaskTried) decide(d *decision) {
	t, ok := d.openTask(e.TaskPress)
	if !ok {
		return
	}
	t.Attempts = append(slices.Clone(t.Attempts), Attempt{At: d.now, Agent: e.Agent.ID})
	t.Rev++
	if v := d.state.Visitor; v.ID != "" {
		d.reached(Reach{Status: ReachTrying, Tries: v.Reach.Tries + 1, Last: d.now})
	}
	if t.Tries > 0 && t.failed() >= t.Tries || len(t.Attempts) >= MaxTries {
		if v := d.out.Visitor; v != nil {
			v.Reach.Status = ReachUnreachable
		}
		d.closeTask(&t, GivenUp, "", e.Agent.ID)
		d.keepTask(t)
		return
	}
	after := t.Cadence
	if after <= 0 {
		after = againAfter
	}
	t.Due = d.taskTime(t, d.now.Add(after))
	d.armTask(&t, t.Due)
	d.drawTask(t)
	d.keepTask(t)
}

// failed counts the attempts that reached nobody.
func (t Task) failed() int {
	n := 0
	for _, a := range t.Attempts {
		if !a.Reached {
			n++
		}
	}
	return n
}

func (e TaskLeft) decide(d *decision) {
	t := d.state.Task
	if t == nil || !t.Open() || t.Agent != e.Agent || t.Agent == "" || t.Lane() != d.c.ID {
		d.verdict(Stale)
		return
	}
	n := *t
	n.Agent = ""
	n.Team = d.setup.Team(n.Team).ID
	n.Rev++
	d.drawTask(n)
	d.keepTask(n)
}

func (e TaskDue) decide(d *decision) {
	t := d.state.Task
	if t == nil || !t.Open() || t.Arm != e.Arm || t.RemindAt.IsZero() || t.Lane() != d.c.ID {
		d.verdict(Stale)
		return
	}
	n := *t
	if at := d.taskTime(n, d.now); at.After(d.now) {
		// It is found late, or the hours have changed.
		d.armTask(&n, at)
		d.keepTask(n)
		d.verdict(Ignored)
		return
	}
	n.Reminded = d.now
	n.Told++
	n.RemindAt = time.Time{}
	d.remindOf(n, n.Reminded)
	if n.Cadence > 0 {
		d.armTask(&n, d.now.Add(n.Cadence))
	}
	d.keepTask(n)
}

// refusesTask refuses what is filled in by or for somebody who cannot act.
func (d *decision) refusesTask(p TaskPress, w TaskWish, to Agent) bool {
	switch {
	case p.Agent.Outsider:
		d.verdict(NotAllowed)
	case w.Agent != "" && (to.Outsider || to.ID != w.Agent), w.Team != "" && !d.setup.HasTeam(w.Team):
		d.verdict(NotEligible)
	default:
		return false
	}
	return true
}

// openTask is a copy of the task that a press names; a press on one that is
// over redraws its card.
func (d *decision) openTask(p TaskPress) (Task, bool) {
	t := d.state.Task
	switch {
	case p.Agent.Outsider:
		d.verdict(NotAllowed)
	case t == nil || t.Lane() != d.c.ID:
		d.verdict(Stale)
	case !t.Open():
		d.verdict(AlreadyOver)
		d.drawTask(*t)
	default:
		d.out.Receipt.Task = t.ID
		return *t, true
	}
	return Task{}, false
}

// wished is what was filled in, with the team that has the task if the person
// leaves: one of theirs, or the site's.
func (d *decision) wished(w TaskWish) TaskWish {
	w = w.clean()
	if w.Team == "" {
		if own := d.setup.TeamsOf(w.Agent); w.Agent != "" && len(own) > 0 {
			w.Team = own[0]
		} else {
			w.Team = d.setup.Team(d.site.Team).ID
		}
	}
	return w
}

// taskTime is the first instant from at on in which the task's team is there.
// Urgent ones do not wait for that.
func (d *decision) taskTime(t Task, at time.Time) time.Time {
	if at.Before(d.now) {
		at = d.now
	}
	site := d.site.ID
	if site == "" && len(d.setup.Sites) > 0 {
		site = d.setup.Sites[0].ID // it stands alone
	}
	s := d.setup.Schedule(site, t.Team)
	if t.Priority == Urgent || s.Open(at) {
		return at
	}
	if opening, ok := s.NextOpening(at); ok {
		return opening
	}
	return at
}

// armTask sets the timer of the next reminder; the zero time takes it away.
func (d *decision) armTask(t *Task, at time.Time) {
	t.Arm++
	t.RemindAt = time.Time{}
	key := taskPrefix + string(t.ID)
	if at.IsZero() {
		d.cancel(LaneTimer, key)
		return
	}
	t.RemindAt = d.taskTime(*t, at)
	d.put(Delivery{
		Lane: LaneTimer, Key: key, Kind: KindTaskDue, Subject: string(t.ID),
		Due: t.RemindAt, Body: body(TaskDueBody{Arm: t.Arm}),
	})
}

// tellOfTask lets a person know that somebody else has given them a task.
func (d *decision) tellOfTask(t *Task, had, by AgentID) {
	if t.Agent == "" || t.Agent == had || t.Agent == by {
		return
	}
	t.Told++
	d.remindOf(*t, time.Time{})
}

// remindOf posts the task anew. What waits to be posted about it still is
// replaced: one post says how it stands.
func (d *decision) remindOf(t Task, due time.Time) {
	d.put(Delivery{
		Lane: LanePost, Key: "reminder:" + string(t.ID), Kind: KindReminder, Subject: string(t.ID),
		Priority: 2, Rank: RankAlert, Body: body(ReminderBody{Due: due}),
	})
}

func (d *decision) closeTask(t *Task, o Outcome, note string, by AgentID) {
	t.Outcome, t.Note = o, clip(note, MaxNote)
	t.ClosedAt, t.ClosedBy = d.now, by
	t.Rev++
	d.armTask(t, time.Time{})
	d.cancel(LanePost, "reminder:"+string(t.ID))
	d.drawTask(*t)
}

// drawTask brings the newest post about the task up to date.
func (d *decision) drawTask(t Task) {
	if t.Told == 0 {
		return
	}
	d.put(Delivery{Lane: LaneCard, Key: taskPrefix + string(t.ID), Kind: KindTaskCard, Subject: string(t.ID), Priority: 2})
}

func (d *decision) keepTask(t Task) {
	t.UpdatedAt = d.now
	d.out.Tasks = append(d.out.Tasks, t)
}

// reached keeps how the attempts to reach the visitor stand.
func (d *decision) reached(r Reach) {
	if d.state.Visitor.ID == "" || !d.c.Begun() {
		return
	}
	v := d.state.Visitor
	v.Reach = r
	d.out.Visitor = &v
	d.redraw()
}
