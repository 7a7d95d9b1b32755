package slackapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

const (
	// pressable is how many tasks of a list have buttons.
	pressable = 10
	// maxListed is how long a section's text may be (Slack: section block,
	// 3,000), less some room.
	maxListed = 2800
)

// taskChoices are what a list of tasks can show.
func taskChoices() []string { return []string{"all", "mine", "team", "overdue"} }

// taskID is the id of the task that a press, form or line asks for: the same
// one asks for the same task.
func taskID(key string) bridge.TaskID {
	sum := sha256.Sum256([]byte(key))
	return bridge.TaskID("t" + hex.EncodeToString(sum[:10]))
}

// tasks lists what is to be done: handoffs, each a task by itself, and the
// tasks that people have added.
func (a *App) tasks(ctx context.Context, o order) (string, error) {
	which := "all"
	if len(o.words) > 0 {
		which = strings.ToLower(o.words[0])
	}
	if !slices.Contains(taskChoices(), which) {
		return usage("tasks"), nil
	}
	s, err := a.d.store.Setup(ctx)
	if err != nil {
		return "", err
	}
	own := s.TeamsOf(o.who.ID)
	if len(own) == 0 {
		own = []bridge.TeamID{s.Team("").ID} // whoever is in no team helps the default one
	}
	handoffs, err := a.openHandoffs(ctx, s, which, o.who.ID, own)
	if err != nil {
		return "", err
	}
	calls, err := a.calls(ctx, which, o.who.ID, own)
	if err != nil {
		return "", err
	}
	handoffs = append(calls, handoffs...)
	f := bridge.TaskFilter{}
	switch which {
	case "mine":
		f.Agent = o.who.ID
	case "team":
		f.Teams = own
	case "overdue":
		f.DueBefore = a.d.c.Clock.Now()
	}
	tasks, err := a.d.store.Tasks(ctx, f, maxHeld)
	if err != nil {
		return "", err
	}
	text, blocks := a.taskList(ctx, which, handoffs, tasks)
	a.show(ctx, o.notice, text, blocks...)
	return "", nil
}

// openHandoffs are lines about the chats that wait or are held.
func (a *App) openHandoffs(ctx context.Context, s bridge.Setup, which string, who bridge.AgentID, own []bridge.TeamID) ([]string, error) {
	waiting, err := a.d.store.Waiting(ctx, maxHeld)
	if err != nil {
		return nil, err
	}
	held, err := a.d.store.Held(ctx, maxHeld)
	if err != nil {
		return nil, err
	}
	now := a.d.c.Clock.Now()
	var lines []string
	for _, c := range append(waiting, held...) {
		late := overdue(c, now)
		switch which {
		case "mine":
			if c.Conversation.Holder != who && c.Handoff.OfferedTo != who {
				continue
			}
		case "team":
			site, _ := s.Site(c.Conversation.SiteID)
			if c.Conversation.Holder != "" || !slices.Contains(own, s.Team(bridge.TeamID(orElse(string(c.Handoff.Team), string(site.Team)))).ID) {
				continue
			}
		case "overdue":
			if !late {
				continue
			}
		}
		lines = append(lines, a.handoffLine(ctx, c, late))
	}
	return lines, nil
}

func (a *App) handoffLine(ctx context.Context, c bridge.Case, late bool) string {
	line := "• " + a.caseLine(ctx, c)
	if issue := strings.TrimSpace(c.Handoff.Summary.Issue); issue != "" && issue != strings.TrimSpace(c.Handoff.Evidence) {
		line += " · " + inert(issue)
	}
	switch {
	case late:
		line += " · ⚠️ first answer was due " + dateToken(c.Handoff.ResponseDue, "{date_short_pretty}, {time}")
	case !c.Handoff.ResponseDue.IsZero() && c.Handoff.RespondedAt.IsZero():
		line += " · first answer due " + dateToken(c.Handoff.ResponseDue, "{time}")
	}
	if !c.Conversation.SnoozedUntil.IsZero() {
		line += " · 💤 until " + dateToken(c.Conversation.SnoozedUntil, "{date_short_pretty}, {time}")
	}
	return line
}

// overdue reports whether the first human answer is late.
func overdue(c bridge.Case, now time.Time) bool {
	h := c.Handoff
	return !h.ResponseDue.IsZero() && h.RespondedAt.IsZero() && now.After(h.ResponseDue)
}

// taskList lays a list out. Its text holds all that the blocks hold. A message
// has at most 50 blocks; ten tasks with buttons and the lines stay below.
func (a *App) taskList(ctx context.Context, which string, handoffs []string, tasks []bridge.Task) (string, []slack.Block) {
	title := fmt.Sprintf("*Open tasks (%s)*", which)
	if len(handoffs)+len(tasks) == 0 {
		title = "Nothing is open."
	}
	lines := []string{title}
	lines = append(lines, shorten(handoffs, listed)...)
	blocks := sections(lines)
	var rest []string
	for i, t := range tasks {
		line := "📝 " + a.taskLine(ctx, t)
		if i < pressable {
			lines = append(lines, line)
			blocks = append(blocks, ours(line), taskButtons(t))
			continue
		}
		rest = append(rest, line)
	}
	rest = shorten(rest, listed-pressable)
	lines = append(lines, rest...)
	if len(rest) > 0 {
		blocks = append(blocks, sections(rest)...)
	}
	return clipEscaped(strings.Join(lines, "\n"), maxPostText), append(blocks, slack.NewActionBlock("", newTaskButton("")))
}

// shorten keeps the first lines and counts the others.
func shorten(lines []string, most int) []string {
	if len(lines) <= most {
		return lines
	}
	return append(slices.Clone(lines[:most]), fmt.Sprintf("… and %d more", len(lines)-most))
}

// sections puts lines into as few sections as take them.
func sections(lines []string) []slack.Block {
	var out []slack.Block
	var b strings.Builder
	for _, l := range lines {
		if b.Len() > 0 && b.Len()+len(l) > maxListed {
			out = append(out, ours(b.String()))
			b.Reset()
		}
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		b.WriteString(l)
	}
	if b.Len() > 0 {
		out = append(out, ours(b.String()))
	}
	return out
}

// taskLine is one task in a list of ours.
func (a *App) taskLine(ctx context.Context, t bridge.Task) string {
	return "*" + inert(t.Title) + "* · " + a.d.taskFacts(ctx, t)
}

func newTaskButton(c bridge.ConversationID) *slack.ButtonBlockElement {
	return button(actTaskNew, orElse(string(c), taskAlone), "New task", slack.StyleDefault)
}

// homeTasks is what somebody's App Home shows of tasks: their own and what
// their teams have overdue.
func (a *App) homeTasks(ctx context.Context, who person) ([]slack.Block, error) {
	mine, err := a.d.store.Tasks(ctx, bridge.TaskFilter{Agent: who.ID}, maxHeld)
	if err != nil {
		return nil, err
	}
	s, err := a.d.store.Setup(ctx)
	if err != nil {
		return nil, err
	}
	var late []bridge.Task
	now := a.d.c.Clock.Now()
	if own := s.TeamsOf(who.ID); len(own) > 0 {
		if late, err = a.d.store.Tasks(ctx, bridge.TaskFilter{Teams: own, DueBefore: now}, homeTasksShown); err != nil {
			return nil, err
		}
	}
	overdue := 0
	for _, t := range mine {
		if t.Overdue(now) {
			overdue++
		}
	}
	title := fmt.Sprintf("Your tasks: %d", len(mine))
	if overdue > 0 {
		title += fmt.Sprintf(" · %d overdue", overdue)
	}
	blocks := []slack.Block{slack.NewDividerBlock(), header(title)}
	for _, t := range mine[:min(len(mine), homeTasksShown)] {
		blocks = append(blocks, ours(a.taskLine(ctx, t)), taskButtons(t))
	}
	for _, t := range late {
		blocks = append(blocks, ours("👥 "+a.taskLine(ctx, t)))
	}
	return append(blocks, slack.NewActionBlock("", newTaskButton(""))), nil
}

// homeTasksShown bounds each list of tasks in App Home, which has at most 100
// blocks.
const homeTasksShown = 5

// taskPress settles a button of a task.
func (a *App) taskPress(ctx context.Context, e bridge.Envelope, n notice) error {
	if n.Ephemeral && n.Thread == n.Stamp {
		n.Thread = "" // a list stands in no thread
	}
	who, ok, err := a.presser(ctx, e, n)
	if !ok {
		return err
	}
	if n.Action != actTaskTried {
		return a.openTask(ctx, n)
	}
	t, err := a.d.store.Task(ctx, bridge.TaskID(n.Value))
	if errors.Is(err, bridge.ErrNotFound) {
		a.tell(ctx, n, sayNoTask)
		return nil
	}
	if err != nil {
		return err
	}
	r, err := a.bridge.Handle(ctx, bridge.TaskTried{TaskPress: bridge.TaskPress{
		Key: e.Key, Task: t.ID, Conversation: t.Conversation, Agent: who.Agent,
	}})
	if err != nil || r.Repeat {
		return err
	}
	a.homes.want(n.User)
	if r.Verdict != bridge.Done {
		a.tell(ctx, n, taskRefusal(r.Verdict))
		return nil
	}
	if now, err := a.d.store.Task(ctx, t.ID); err == nil {
		said := "Noted. The next attempt is due " + dateToken(now.Due, "{date_short_pretty}, {time}") + "."
		if !now.Open() {
			said = "Noted. That was the last attempt, so the task is given up."
		}
		a.tell(ctx, n, said)
	}
	return nil
}

const sayNoTask = "That task is not known any more."

// taskRefusal says why something was not done about a task.
func taskRefusal(v bridge.Verdict) string {
	switch v {
	case bridge.AlreadyOver:
		return "This task is closed already. Nothing was changed."
	case bridge.NotAllowed:
		return "Guests and people of other organisations can read along here, but not act."
	case bridge.NotEligible:
		return "That person or team cannot take tasks: guests and people of other organisations can only read along."
	default:
		return "Somebody has changed this task meanwhile, or its time has passed. Nothing was changed; please open it again."
	}
}

// taskWord adds a task about a chat, by !task in its thread.
func (a *App) taskWord(ctx context.Context, n notice, p bridge.Press, rest string) error {
	title, due := strings.TrimSpace(decode(rest)), time.Time{}
	if title == "" {
		text := "Write what is to be done, as in `!task call back in 2h`, or fill in a form."
		a.private(ctx, n, text, ours(text), slack.NewActionBlock("", newTaskButton(p.Conversation)))
		return nil
	}
	if i := strings.LastIndex(title, " in "); i > 0 {
		if d, ok := howLong(title[i+len(" in "):]); ok {
			title, due = title[:i], a.d.c.Clock.Now().Add(d)
		}
	}
	if size := utf8.RuneCountInString(title); size > bridge.MaxTaskTitle+bridge.MaxTaskText {
		a.tell(ctx, n, fmt.Sprintf("This has %d characters, and at most %d fit into a task. Nothing was done.", size, bridge.MaxTaskTitle+bridge.MaxTaskText))
		return nil
	}
	title, text := titled(title)
	id := taskID(p.Key)
	r, err := a.bridge.Handle(ctx, bridge.TaskAdded{
		TaskPress: bridge.TaskPress{Key: p.Key, Task: id, Conversation: p.Conversation, Agent: p.Agent},
		Wish:      bridge.TaskWish{Title: title, Text: text, Priority: bridge.Normal, Due: due, Agent: p.Agent.ID}, To: p.Agent,
	})
	if err != nil || r.Repeat {
		return err
	}
	if r.Verdict != bridge.Done {
		a.tell(ctx, n, taskRefusal(r.Verdict))
		return nil
	}
	t, err := a.d.store.Task(ctx, id)
	if err != nil {
		return err
	}
	a.homes.want(n.User)
	c := a.d.taskCard(ctx, t, "📝 *Your task* (only you see this)")
	a.private(ctx, n, c.text, c.blocks...)
	return nil
}

// titled parts what a task's title holds from the rest, at a space where there
// is one and the rest still fits into the task's text.
func titled(s string) (title, text string) {
	if utf8.RuneCountInString(s) <= bridge.MaxTaskTitle {
		return s, ""
	}
	end := byteIndex(s, bridge.MaxTaskTitle)
	if next, _ := utf8.DecodeRuneInString(s[end:]); !unicode.IsSpace(next) {
		if i := strings.LastIndexFunc(s[:end], unicode.IsSpace); i > 0 && utf8.RuneCountInString(s[i:]) <= bridge.MaxTaskText {
			end = i
		}
	}
	return s[:end], strings.TrimSpace(s[end:])
}

// private shows blocks of ours to whoever wrote a line, in its thread.
func (a *App) private(ctx context.Context, n notice, text string, blocks ...slack.Block) {
	bounded, cancel := a.d.call(ctx)
	defer cancel()
	_, err := a.d.api.PostEphemeralContext(bounded, a.d.called(n.Channel), n.User,
		slack.MsgOptionTS(n.Thread), slack.MsgOptionText(text, false), slack.MsgOptionParse(false), slack.MsgOptionBlocks(blocks...))
	if err != nil {
		a.log.Warn("slack: cannot answer a line", "error", err)
	}
}
