package storage

import (
	"context"
	"strconv"
	"strings"
	"time"

	"threadline/bridge"
)

const taskColumns = "id, conversation_id, title, context, priority, due, agent_id, team, cadence, tries, attempts, outcome, note, " +
	"remind_at, reminded, told, arm, rev, created_by, closed_by, created_at, updated_at, closed_at"

// selectTask reads tasks with their conversation's thread and the newest post
// about each.
const selectTask = `SELECT ` + taskColumns + `,
	COALESCE((SELECT p.channel FROM places p WHERE t.conversation_id <> '' AND p.conversation_id = t.conversation_id AND p.kind = 'root' ORDER BY p.at DESC, p.stamp DESC LIMIT 1), '') AS thread_channel,
	COALESCE((SELECT p.stamp FROM places p WHERE t.conversation_id <> '' AND p.conversation_id = t.conversation_id AND p.kind = 'root' ORDER BY p.at DESC, p.stamp DESC LIMIT 1), '') AS thread_stamp,
	COALESCE((SELECT p.channel FROM places p WHERE p.kind = 'reminder' AND p.subject = t.id ORDER BY p.at DESC, p.stamp DESC LIMIT 1), '') AS card_channel,
	COALESCE((SELECT p.stamp FROM places p WHERE p.kind = 'reminder' AND p.subject = t.id ORDER BY p.at DESC, p.stamp DESC LIMIT 1), '') AS card_stamp
	FROM tasks t`

type taskRow struct {
	ID            bridge.TaskID              `db:"id"`
	Conversation  bridge.ConversationID      `db:"conversation_id"`
	Title         string                     `db:"title"`
	Text          string                     `db:"context"`
	Priority      bridge.Priority            `db:"priority"`
	Due           instant                    `db:"due"`
	Agent         bridge.AgentID             `db:"agent_id"`
	Team          bridge.TeamID              `db:"team"`
	Cadence       time.Duration              `db:"cadence"`
	Tries         int                        `db:"tries"`
	Attempts      document[[]bridge.Attempt] `db:"attempts"`
	Outcome       bridge.Outcome             `db:"outcome"`
	Note          string                     `db:"note"`
	RemindAt      instant                    `db:"remind_at"`
	Reminded      instant                    `db:"reminded"`
	Told          int                        `db:"told"`
	Arm           int64                      `db:"arm"`
	Rev           int64                      `db:"rev"`
	CreatedBy     bridge.AgentID             `db:"created_by"`
	ClosedBy      bridge.AgentID             `db:"closed_by"`
	CreatedAt     instant                    `db:"created_at"`
	UpdatedAt     instant                    `db:"updated_at"`
	ClosedAt      instant                    `db:"closed_at"`
	ThreadChannel string                     `db:"thread_channel"`
	ThreadStamp   string                     `db:"thread_stamp"`
	CardChannel   string                     `db:"card_channel"`
	CardStamp     string                     `db:"card_stamp"`
}

func taskOf(t bridge.Task) taskRow {
	return taskRow{
		ID: t.ID, Conversation: t.Conversation, Title: t.Title, Text: t.Text, Priority: t.Priority, Due: at(t.Due),
		Agent: t.Agent, Team: t.Team, Cadence: t.Cadence, Tries: t.Tries, Attempts: document[[]bridge.Attempt]{t.Attempts},
		Outcome: t.Outcome, Note: t.Note, RemindAt: at(t.RemindAt), Reminded: at(t.Reminded), Told: t.Told, Arm: t.Arm, Rev: t.Rev,
		CreatedBy: t.CreatedBy, ClosedBy: t.ClosedBy, CreatedAt: at(t.CreatedAt), UpdatedAt: at(t.UpdatedAt), ClosedAt: at(t.ClosedAt),
	}
}

func (r taskRow) domain() bridge.Task {
	return bridge.Task{
		ID: r.ID, Conversation: r.Conversation,
		TaskWish: bridge.TaskWish{
			Title: r.Title, Text: r.Text, Priority: r.Priority, Due: r.Due.Time,
			Agent: r.Agent, Team: r.Team, Cadence: r.Cadence, Tries: r.Tries,
		},
		Attempts: r.Attempts.V, Outcome: r.Outcome, Note: r.Note, RemindAt: r.RemindAt.Time, Reminded: r.Reminded.Time,
		Told: r.Told, Arm: r.Arm, Rev: r.Rev, CreatedBy: r.CreatedBy, ClosedBy: r.ClosedBy,
		CreatedAt: r.CreatedAt.Time, UpdatedAt: r.UpdatedAt.Time, ClosedAt: r.ClosedAt.Time,
		Thread: bridge.Place{Channel: r.ThreadChannel, Stamp: r.ThreadStamp}, Card: bridge.Place{Channel: r.CardChannel, Stamp: r.CardStamp},
	}
}

func (c conn) putTask(ctx context.Context, t bridge.Task) error {
	return c.put(ctx, "tasks", "id", taskColumns, taskOf(t))
}

func (c conn) task(ctx context.Context, id bridge.TaskID) (*bridge.Task, error) {
	var r taskRow
	if err := c.get(ctx, &r, selectTask+` WHERE t.id = $1`, id); err != nil {
		return nil, err
	}
	t := r.domain()
	return &t, nil
}

// Task implements bridge.Reader.
func (s *Store) Task(ctx context.Context, id bridge.TaskID) (bridge.Task, error) {
	t, err := s.reads.task(ctx, id)
	if err != nil {
		return bridge.Task{}, failure("task "+string(id), err)
	}
	return *t, nil
}

// Tasks implements bridge.Reader.
func (s *Store) Tasks(ctx context.Context, f bridge.TaskFilter, limit int) ([]bridge.Task, error) {
	where, args := []string{`t.outcome = ''`}, []any{}
	and := func(clause string, arg any) {
		args = append(args, arg)
		where = append(where, clause+"$"+strconv.Itoa(len(args)))
	}
	if f.Agent != "" {
		and(`t.agent_id = `, f.Agent)
	}
	if len(f.Teams) > 0 {
		where = append(where, `t.agent_id = '' AND t.team IN (`+marks(len(args)+1, len(f.Teams))+`)`)
		for _, t := range f.Teams {
			args = append(args, t)
		}
	}
	if !f.DueBefore.IsZero() {
		and(`t.due < `, at(f.DueBefore))
	}
	if f.Conversation != "" {
		and(`t.conversation_id = `, f.Conversation)
	}
	args = append(args, limit)
	var rows []taskRow
	err := s.reads.list(ctx, &rows, selectTask+` WHERE `+strings.Join(where, ` AND `)+
		` ORDER BY CASE WHEN t.due IS NULL THEN 1 ELSE 0 END, t.due, t.priority, t.created_at, t.id LIMIT $`+strconv.Itoa(len(args)), args...)
	tasks := make([]bridge.Task, len(rows))
	for i, r := range rows {
		tasks[i] = r.domain()
	}
	return tasks, failure("tasks", err)
}
