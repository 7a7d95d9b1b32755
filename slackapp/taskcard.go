package slackapp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// Buttons of tasks. Their value is the task's id, that of New task the
// conversation it is to be about.
const (
	actTaskNew   = "task_new"
	actTaskEdit  = "task_edit"
	actTaskDone  = "task_done"
	actTaskLater = "task_later"
	actTaskTried = "task_tried"
)

// taskAlone is the value of a New task that is about no conversation: a
// button's value must not be empty to be told apart.
const taskAlone = "-"

func isTaskAction(s string) bool {
	switch s {
	case actTaskNew, actTaskEdit, actTaskDone, actTaskLater, actTaskTried:
		return true
	}
	return false
}

// taskPost is a task as it is posted: because it fell due, or because somebody
// was given it.
func (d *Desk) taskPost(ctx context.Context, row bridge.Delivery) (card, slack.SlackMetadata, error) {
	var b bridge.ReminderBody
	if err := json.Unmarshal(row.Body, &b); err != nil {
		return card{}, slack.SlackMetadata{}, fmt.Errorf("%w: %w", errUnfit, err)
	}
	t, err := d.store.Task(ctx, bridge.TaskID(row.Subject))
	if err != nil {
		return card{}, slack.SlackMetadata{}, err
	}
	call, err := d.callFor(ctx, t)
	if err != nil {
		return card{}, slack.SlackMetadata{}, err
	}
	title := "⏰ *This is due*"
	if b.Due.IsZero() {
		title = "📝 *A task for you*"
	}
	return d.taskCard(ctx, t, title+ring(call)), taskMeta(t, row.ID), nil
}

// whereToTask is the channel for a task that stands alone: its team's, else the
// first site's.
func (d *Desk) whereToTask(ctx context.Context, row bridge.Delivery) (post, error) {
	t, err := d.store.Task(ctx, bridge.TaskID(row.Subject))
	if err != nil {
		return post{}, err
	}
	s, err := d.store.Setup(ctx)
	if err != nil {
		return post{}, err
	}
	var p post
	if c := s.Team(t.Team).Channel; c != "" {
		p.route = bridge.Route(c)
	} else if len(s.Sites) > 0 {
		p.route = s.Sites[0].RouteFor("", "")
	}
	p.channel, err = d.beginIn(ctx, p.route)
	return p, err
}

func taskMeta(t bridge.Task, id bridge.DeliveryID) slack.SlackMetadata {
	payload := map[string]any{"task_id": string(t.ID)}
	if t.Conversation != "" {
		payload["conversation_id"] = string(t.Conversation)
	}
	return meta(metaNote, id, payload)
}

// callFor are those to mention for a task: whoever has it, else the group of
// its team. Somebody who is gone is not called, and the in-half is told.
func (d *Desk) callFor(ctx context.Context, t bridge.Task) ([]string, error) {
	if t.Agent != "" {
		who, err := d.person(ctx, string(t.Agent))
		if err != nil {
			return nil, err
		}
		if !who.Nobody && !who.Outsider {
			return []string{string(t.Agent)}, nil
		}
		select {
		case d.gone <- struct{}{}:
		default: // it looks already
		}
	}
	s, err := d.store.Setup(ctx)
	if err != nil {
		return nil, err
	}
	if g := s.Team(t.Team).Group; g != "" {
		return []string{g}, nil
	}
	return nil, nil
}

// redrawTask brings the newest post about a task up to date; false means that
// it is not posted yet.
func (d *Desk) redrawTask(ctx context.Context, row bridge.Delivery) (bool, error) {
	d.cards.Lock()
	defer d.cards.Unlock()
	t, err := d.store.Task(ctx, bridge.TaskID(row.Subject))
	if err != nil {
		return false, composeError{err}
	}
	if t.Card.IsZero() {
		return false, nil
	}
	title := "📝 *A task*"
	switch {
	case !t.Open():
		title = closedWords(t)
		if t.ClosedBy != "" {
			title += " · " + inert(orElse(d.nameOf(ctx, string(t.ClosedBy)), "an agent"))
		}
	case t.Overdue(d.c.Clock.Now()):
		title = "⏰ *This is due*"
	}
	c := d.taskCard(ctx, t, title)
	err = d.update(ctx, t.Card, c.text, c.blocks, taskMeta(t, d.marks.of(t.Card, row.ID)))
	return err == nil, err
}

func closedWords(t bridge.Task) string {
	switch t.Outcome {
	case bridge.GivenUp:
		return "🏳️ *Given up* after " + plural(len(t.Attempts), "attempt", "attempts")
	case bridge.Lost:
		return "✖️ *Closed: lost*"
	case bridge.NeedsEscalation:
		return "📣 *Closed: needs escalation*"
	case bridge.Booked:
		return "✅ *Done: booked*"
	default:
		return "✅ *Done: solved*"
	}
}

// taskCard lays a task out under a title of ours. What people filled in is
// literal.
func (d *Desk) taskCard(ctx context.Context, t bridge.Task, title string) card {
	facts := d.taskFacts(ctx, t)
	paras := []para{{bold(t.Title)}}
	if strings.TrimSpace(t.Text) != "" {
		paras = append(paras, para{plain(t.Text)})
	}
	if t.Note != "" {
		paras = append(paras, labelled("Outcome", t.Note))
	}
	c := card{text: title + "\n" + sayAll(paras, maxUpdateText-800) + "\n" + facts}
	c.blocks = append([]slack.Block{ours(title)}, rich(paras...)...)
	c.blocks = append(c.blocks, aside(facts))
	c.spare = []slack.Block{ours(title)}
	if t.Open() {
		c.blocks = append(c.blocks, taskButtons(t))
		c.spare = append(c.spare, taskButtons(t))
	}
	return c
}

func taskButtons(t bridge.Task) slack.Block {
	id := string(t.ID)
	return slack.NewActionBlock("",
		button(actTaskDone, id, "Done", slack.StylePrimary),
		button(actTaskLater, id, "Later", slack.StyleDefault),
		button(actTaskTried, id, "Not reached", slack.StyleDefault),
		button(actTaskEdit, id, "Edit", slack.StyleDefault))
}

// taskFacts are what is known of a task beside its words, in mrkdwn of ours.
func (d *Desk) taskFacts(ctx context.Context, t bridge.Task) string {
	parts := []string{priorityIcon(t.Priority) + " " + t.Priority.String()}
	if !t.Due.IsZero() {
		due := "due "
		if t.Overdue(d.c.Clock.Now()) {
			due = "⚠️ overdue since "
		}
		parts = append(parts, due+dateToken(t.Due, "{date_short_pretty}, {time}"))
	}
	if t.Agent != "" {
		parts = append(parts, "with "+inert(orElse(d.nameOf(ctx, string(t.Agent)), "an agent")))
	} else if s, err := d.store.Setup(ctx); err == nil {
		parts = append(parts, "with "+inert(s.Team(t.Team).Name))
	}
	if n := len(t.Attempts); n > 0 {
		tried := plural(n, "attempt", "attempts")
		if t.Tries > 0 {
			tried = fmt.Sprintf("%d of %s", n, plural(t.Tries, "attempt", "attempts"))
		}
		parts = append(parts, tried)
	}
	if t.Cadence > 0 && t.Open() {
		parts = append(parts, "again every "+bridge.ShortDuration(t.Cadence))
	}
	if link := d.permalink(ctx, t.Thread); link != "" {
		parts = append(parts, "<"+link+"|the chat>")
	}
	return strings.Join(parts, " · ")
}

// goneEvery is how often the people who have tasks are looked at.
const goneEvery = 10 * time.Minute

// watchGone gives the tasks of people who have left to their teams: at the
// start, now and then, and when a reminder finds nobody.
func (a *App) watchGone(ctx context.Context) {
	for {
		if err := a.leaveTasks(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("slack: cannot look after the tasks of people who left", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-a.d.gone:
		case <-a.d.c.Clock.After(goneEvery):
		}
	}
}

func (a *App) leaveTasks(ctx context.Context) error {
	tasks, err := a.d.store.Tasks(ctx, bridge.TaskFilter{}, maxHeld)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if t.Agent == "" {
			continue
		}
		who, err := a.d.person(ctx, string(t.Agent))
		if err != nil {
			return err
		}
		if !who.Nobody && !who.Outsider {
			continue
		}
		if _, err := a.bridge.Handle(ctx, bridge.TaskLeft{Task: t.ID, Conversation: t.Conversation, Agent: t.Agent}); err != nil {
			return err
		}
	}
	return nil
}
