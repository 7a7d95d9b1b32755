package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// Forms of tasks. In modals a block's id is its element's action id.
const (
	viewTask      = "task_modal"
	viewTaskDone  = "task_done_modal"
	viewTaskLater = "task_later_modal"

	fieldTitle    = "title"
	fieldContext  = "context"
	fieldPriority = "priority"
	fieldDue      = "due"
	fieldAgent    = "agent"
	fieldTeam     = "team"
	fieldCadence  = "cadence"
	fieldTries    = "tries"
)

// taskMetaForm is what a form about a task carries to its submission.
type taskMetaForm struct {
	// Task is empty for a new one, which is about Conversation.
	Task         bridge.TaskID         `json:"task,omitempty"`
	Conversation bridge.ConversationID `json:"conversation,omitempty"`
	Rev          int64                 `json:"rev,omitempty"`
	// Team is the one that the form showed, Due the time.
	Team bridge.TeamID `json:"team,omitempty"`
	Due  int64         `json:"due,omitempty"`
}

// openTask shows the form of a button within the life of its trigger. Only Edit
// needs to read anything first; teams are left out where they are slow to come.
func (a *App) openTask(ctx context.Context, n notice) error {
	m := taskMetaForm{Task: bridge.TaskID(n.Value)}
	var v slack.ModalViewRequest
	switch n.Action {
	case actTaskDone:
		v = taskDoneView(m.encode())
	case actTaskLater:
		v = taskLaterView(m.encode())
	default:
		teams := make(chan []bridge.Team, 1)
		a.wg.Go(func() { teams <- a.teamsSoon(ctx) })
		t := bridge.Task{TaskWish: bridge.TaskWish{Priority: bridge.Normal, Agent: bridge.AgentID(n.User)}}
		if n.Action == actTaskNew {
			if n.Value != taskAlone {
				t.Conversation = bridge.ConversationID(n.Value)
			}
		} else {
			var err error
			if t, err = a.d.store.Task(ctx, m.Task); errors.Is(err, bridge.ErrNotFound) {
				a.tell(ctx, n, sayNoTask)
				return nil
			} else if err != nil {
				return err
			}
			if !t.Open() {
				a.tell(ctx, n, taskRefusal(bridge.AlreadyOver))
				return nil
			}
		}
		v = taskView(t, <-teams)
	}
	said, err := a.open(ctx, n, v)
	if said != "" {
		a.tell(ctx, n, sayPressAgain)
	}
	return err
}

// teamsSoon are the teams, if the database tells them in time.
func (a *App) teamsSoon(ctx context.Context) []bridge.Team {
	ctx, cancel := context.WithTimeout(ctx, namesWithin)
	defer cancel()
	s, err := a.d.store.Setup(ctx)
	if err != nil {
		a.log.Warn("slack: a form goes without the teams", "error", err)
	}
	return s.Teams
}

func (m taskMetaForm) encode() string {
	b, err := json.Marshal(m)
	if err != nil {
		return "{}" // plain strings and numbers always encode
	}
	return string(b)
}

func priorities() [][2]string {
	var out [][2]string
	for _, p := range []bridge.Priority{bridge.Urgent, bridge.High, bridge.Normal, bridge.Low} {
		out = append(out, [2]string{p.String(), priorityIcon(p) + " " + p.String()})
	}
	return out
}

func taskView(t bridge.Task, teams []bridge.Team) slack.ModalViewRequest {
	m := taskMetaForm{Task: t.ID, Conversation: t.Conversation, Rev: t.Rev}
	if t.Agent == "" {
		m.Team = t.Team
	}
	if !t.Due.IsZero() {
		m.Due = t.Due.Unix()
	}
	title := "New task"
	if t.ID != "" {
		title = "Task"
	}
	f := newForm(viewTask, title, m.encode())
	f.bounded(fieldTitle, "What is to be done", "", t.Title, false, false, bridge.MaxTaskTitle)
	f.bounded(fieldContext, "What one should know", "Whom to reach, and what about.", t.Text, true, true, bridge.MaxTaskText)
	f.choice(fieldPriority, "Priority", priorities(), t.Priority.String())
	due := slack.NewDateTimePickerBlockElement(fieldDue)
	due.InitialDateTime = m.Due
	f.input(fieldDue, "Due", "You are reminded then, within your team's hours. Empty: no reminder.", true, due)
	who := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, words("Choose a person"), fieldAgent)
	who.InitialUser = string(t.Agent)
	f.input(fieldAgent, "Who does it", "", true, who)
	if len(teams) > 0 {
		el := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, words("Choose a team"), fieldTeam)
		for _, team := range teams[:min(len(teams), maxChoices)] {
			o := slack.NewOptionBlockObject(string(team.ID), words(clip(team.Name, maxOption)), nil)
			el.Options = append(el.Options, o)
			if team.ID == m.Team {
				el.InitialOption = o
			}
		}
		f.input(fieldTeam, "Or a team", "A team chosen here has it instead of a person.", true, el)
	}
	cadence, tries := "", ""
	if t.Cadence > 0 {
		cadence = bridge.ShortDuration(t.Cadence)
	}
	if t.Tries > 0 {
		tries = strconv.Itoa(t.Tries)
	}
	f.optional(fieldCadence, "Remind again every", "Such as 4h or 1d, until somebody was reached. Empty: once.", cadence)
	f.optional(fieldTries, "Give up after how many attempts", "Empty: never.", tries)
	return f.v
}

func (f *form) optional(id, label, hint, value string) {
	f.text(id, label, hint, value, false, true)
}

func taskDoneView(meta string) slack.ModalViewRequest {
	f := newForm(viewTaskDone, "Close this task", meta)
	f.v.Submit = words("Close")
	f.choice(fieldOutcome, "What came of it", [][2]string{
		{string(bridge.Solved), "Solved"}, {string(bridge.Booked), "Booked"},
		{string(bridge.NeedsEscalation), "Needs escalation"}, {string(bridge.Lost), "Lost"},
		{string(bridge.GivenUp), "Given up"},
	}, string(bridge.Solved))
	f.bounded(fieldNote, "Note", "", "", true, true, bridge.MaxNote)
	return f.v
}

func taskLaterView(meta string) slack.ModalViewRequest {
	f := newForm(viewTaskLater, "Do it later", meta)
	f.choice(fieldFor, "Remind me in", snoozes(), "24h")
	return f.v
}

// tasked settles a form about a task and returns what is wrong with it, by
// field.
func (a *App) tasked(ctx context.Context, s submission, who person) (map[string]string, error) {
	first := firstField(s.callback)
	refuse := func(why string) (map[string]string, error) { return map[string]string{first: why}, nil }
	var m taskMetaForm
	if err := json.Unmarshal([]byte(s.meta), &m); err != nil {
		return refuse("This form is out of date. Please close it and press the button again.")
	}
	if who.Outsider || who.Nobody {
		return refuse(taskRefusal(bridge.NotAllowed))
	}
	p := bridge.TaskPress{Key: "view:" + s.view, Task: m.Task, Conversation: m.Conversation, Agent: who.Agent}
	if m.Task != "" {
		t, err := a.d.store.Task(ctx, m.Task)
		if errors.Is(err, bridge.ErrNotFound) {
			return refuse(sayNoTask)
		}
		if err != nil {
			return nil, err
		}
		p.Conversation = t.Conversation
	}
	var ev bridge.Event
	switch s.callback {
	case viewTaskDone:
		outcome, ok := bridge.ParseOutcome(s.chosen(fieldOutcome))
		if s.chosen(fieldOutcome) == string(bridge.GivenUp) {
			outcome, ok = bridge.GivenUp, true
		}
		if !ok {
			return refuse("Please choose what came of it.")
		}
		ev = bridge.TaskClosed{TaskPress: p, Outcome: outcome, Note: s.text(fieldNote)}
	case viewTaskLater:
		d, err := time.ParseDuration(s.chosen(fieldFor))
		if err != nil || d <= 0 {
			return refuse("Please choose how long.")
		}
		ev = bridge.TaskPutOff{TaskPress: p, Until: a.d.c.Clock.Now().Add(d)}
	default:
		wish, to, wrong, err := a.wish(ctx, s, m)
		if err != nil || len(wrong) > 0 {
			return wrong, err
		}
		if m.Task == "" {
			p.Task = taskID(p.Key)
			ev = bridge.TaskAdded{TaskPress: p, Wish: wish, To: to}
		} else {
			ev = bridge.TaskChanged{TaskPress: p, Rev: m.Rev, Wish: wish, To: to}
		}
	}
	r, err := a.bridge.Handle(ctx, ev)
	if err != nil {
		return nil, err
	}
	a.homes.want(s.user)
	if r.Verdict != bridge.Done {
		return refuse(taskRefusal(r.Verdict))
	}
	return nil, nil
}

func (s submission) chosen(field string) string {
	if f := s.values[field][field]; f.Selected != nil {
		return f.Selected.Value
	}
	return ""
}

// wish reads the form of a task, and says what is wrong with it by field.
func (a *App) wish(ctx context.Context, s submission, m taskMetaForm) (bridge.TaskWish, bridge.Agent, map[string]string, error) {
	w := bridge.TaskWish{Title: s.text(fieldTitle), Text: s.text(fieldContext)}
	bad := func(field, why string) (bridge.TaskWish, bridge.Agent, map[string]string, error) {
		return w, bridge.Agent{}, map[string]string{field: why}, nil
	}
	if w.Title == "" {
		return bad(fieldTitle, "Please say what is to be done.")
	}
	w.Priority, _ = bridge.ParsePriority(s.chosen(fieldPriority))
	if at := s.values[fieldDue][fieldDue].At; at != 0 {
		w.Due = time.Unix(at, 0)
		if at != m.Due && !w.Due.After(a.d.c.Clock.Now()) {
			return bad(fieldDue, "That time has passed.")
		}
	}
	if text := s.text(fieldCadence); text != "" {
		d, ok := howLong(text)
		if !ok {
			return bad(fieldCadence, "Please write it as 30m, 4h or 1d.")
		}
		w.Cadence = d
	}
	if text := s.text(fieldTries); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > bridge.MaxTries {
			return bad(fieldTries, "Please write a number up to "+strconv.Itoa(bridge.MaxTries)+".")
		}
		w.Tries = n
	}
	person, team := s.values[fieldAgent][fieldAgent].User, bridge.TeamID(s.chosen(fieldTeam))
	if person != "" && team != "" && team != m.Team {
		person = "" // the team was chosen instead
	}
	w.Team = team
	if person == "" {
		return w, bridge.Agent{}, nil, nil
	}
	to, err := a.d.person(ctx, person)
	if err != nil {
		return w, bridge.Agent{}, nil, err
	}
	if to.Nobody || to.Outsider {
		return bad(fieldAgent, "That person cannot take tasks: guests, people of other organisations and apps can only read along.")
	}
	w.Agent = to.ID
	return w, to.Agent, nil, nil
}
