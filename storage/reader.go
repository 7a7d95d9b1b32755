package storage

import (
	"context"
	"strconv"
	"strings"
	"time"

	"threadline/bridge"
)

// Conversation implements bridge.Reader.
func (s *Store) Conversation(ctx context.Context, id bridge.ConversationID) (bridge.Conversation, error) {
	var r conversationRow
	err := s.reads.get(ctx, &r, selectConversation+` WHERE c.id = $1`, id)
	return r.domain(), failure("conversation "+string(id), err)
}

// ConversationByThread implements bridge.Reader.
func (s *Store) ConversationByThread(ctx context.Context, root bridge.Place) (bridge.Conversation, error) {
	var r conversationRow
	err := s.reads.get(ctx, &r, selectConversation+` WHERE c.id =
		(SELECT o.conversation_id FROM places o WHERE o.channel = $1 AND o.stamp = $2 AND o.kind = 'root')`, root.Channel, root.Stamp)
	return r.domain(), failure("conversation of thread "+root.Channel+":"+root.Stamp, err)
}

// Roots implements bridge.Reader.
func (s *Store) Roots(ctx context.Context, id bridge.ConversationID, limit int) ([]bridge.Place, error) {
	var rows []struct {
		Channel string `db:"channel"`
		Stamp   string `db:"stamp"`
	}
	err := s.reads.list(ctx, &rows, `SELECT channel, stamp FROM places WHERE conversation_id = $1 AND kind = 'root'
		ORDER BY at DESC, stamp DESC LIMIT $2`, id, limit)
	roots := make([]bridge.Place, len(rows))
	for i, r := range rows {
		roots[i] = bridge.Place{Channel: r.Channel, Stamp: r.Stamp}
	}
	return roots, failure("roots of "+string(id), err)
}

// Revs implements bridge.Reader.
func (s *Store) Revs(ctx context.Context, ids []bridge.ConversationID) (map[bridge.ConversationID]int64, error) {
	var rows []struct {
		ID  bridge.ConversationID `db:"id"`
		Rev int64                 `db:"rev"`
	}
	err := listIn(ctx, s.reads, &rows, `SELECT id, rev FROM conversations WHERE id IN (`, `)`, ids)
	revs := make(map[bridge.ConversationID]int64, len(rows))
	for _, r := range rows {
		revs[r.ID] = r.Rev
	}
	return revs, failure("revs", err)
}

// Handoff implements bridge.Reader.
func (s *Store) Handoff(ctx context.Context, id bridge.HandoffID) (bridge.Handoff, error) {
	h, err := s.reads.handoffWhere(ctx, `h.id = $1`, id)
	if err != nil {
		return bridge.Handoff{}, failure("handoff "+string(id), err)
	}
	return *h, nil
}

func (c conn) handoffWhere(ctx context.Context, where string, args ...any) (*bridge.Handoff, error) {
	var r handoffRow
	if err := c.get(ctx, &r, selectHandoff+` WHERE `+where, args...); err != nil {
		return nil, err
	}
	h := r.domain()
	return &h, nil
}

// Message implements bridge.Reader.
func (s *Store) Message(ctx context.Context, id bridge.MessageID) (bridge.Message, error) {
	m, err := s.reads.messageWhere(ctx, `m.id = $1`, id)
	if err != nil {
		return bridge.Message{}, failure("message "+string(id), err)
	}
	return *m, nil
}

func (c conn) messageWhere(ctx context.Context, where string, args ...any) (*bridge.Message, error) {
	var r messageRow
	if err := c.get(ctx, &r, selectMessage+` WHERE `+where, args...); err != nil {
		return nil, err
	}
	m := r.domain()
	return &m, nil
}

// Messages implements bridge.Reader.
func (s *Store) Messages(ctx context.Context, id bridge.ConversationID, after int64, limit int) ([]bridge.Message, error) {
	return s.messages(ctx, `m.seq > $2 ORDER BY m.seq LIMIT $3`, id, after, limit)
}

// Changed implements bridge.Reader.
func (s *Store) Changed(ctx context.Context, id bridge.ConversationID, after int64, limit int) ([]bridge.Message, error) {
	return s.messages(ctx, `m.rev > $2 ORDER BY m.rev, m.seq LIMIT $3`, id, after, limit)
}

func (s *Store) messages(ctx context.Context, rest string, id bridge.ConversationID, after int64, limit int) ([]bridge.Message, error) {
	var rows []messageRow
	err := s.reads.list(ctx, &rows, selectMessage+` WHERE m.conversation_id = $1 AND `+rest, id, after, limit)
	if err != nil {
		return nil, failure("messages of "+string(id), err)
	}
	messages := make([]bridge.Message, len(rows))
	for i, r := range rows {
		messages[i] = r.domain()
	}
	return messages, nil
}

const lineColumns = "line_key, conversation_id, agent_id, stamp, text, html, files, standing, message_id, edited, elsewhere, created_at"

type lineRow struct {
	Key          string                      `db:"line_key"`
	Conversation bridge.ConversationID       `db:"conversation_id"`
	Agent        bridge.AgentID              `db:"agent_id"`
	Stamp        string                      `db:"stamp"`
	Text         string                      `db:"text"`
	HTML         string                      `db:"html"`
	Files        document[[]bridge.DeskFile] `db:"files"`
	Standing     bridge.Standing             `db:"standing"`
	Message      bridge.MessageID            `db:"message_id"`
	Edited       string                      `db:"edited"`
	Elsewhere    bool                        `db:"elsewhere"`
	CreatedAt    instant                     `db:"created_at"`
}

func (r lineRow) domain() bridge.Line {
	return bridge.Line{
		Key: r.Key, Conversation: r.Conversation, Agent: r.Agent, Stamp: r.Stamp, Text: r.Text, HTML: r.HTML, Files: r.Files.V,
		Standing: r.Standing, Message: r.Message, Edited: r.Edited, Elsewhere: r.Elsewhere, CreatedAt: r.CreatedAt.Time,
	}
}

func lineOf(l bridge.Line) lineRow {
	return lineRow{
		Key: l.Key, Conversation: l.Conversation, Agent: l.Agent, Stamp: l.Stamp, Text: l.Text, HTML: l.HTML, Files: document[[]bridge.DeskFile]{l.Files},
		Standing: l.Standing, Message: l.Message, Edited: l.Edited, Elsewhere: l.Elsewhere, CreatedAt: at(l.CreatedAt),
	}
}

func (c conn) line(ctx context.Context, key string) (bridge.Line, error) {
	var r lineRow
	err := c.get(ctx, &r, `SELECT `+lineColumns+` FROM lines WHERE line_key = $1`, key)
	return r.domain(), err
}

// Line implements bridge.Reader.
func (s *Store) Line(ctx context.Context, key string) (bridge.Line, error) {
	l, err := s.reads.line(ctx, key)
	return l, failure("line "+key, err)
}

// KnownLines implements bridge.Reader.
func (s *Store) KnownLines(ctx context.Context, keys []string) (map[string]bool, error) {
	known := make(map[string]bool, len(keys))
	var rows, settled []string
	err := listIn(ctx, s.reads, &rows, `SELECT line_key FROM lines WHERE standing <> 'awaited' AND line_key IN (`, `)`, keys)
	if err == nil {
		// A line that came to nothing leaves only its event behind.
		events := make([]string, len(keys))
		for i, k := range keys {
			events[i] = lineEvent + k
		}
		err = listIn(ctx, s.reads, &settled, `SELECT event_key FROM events WHERE event_key IN (`, `)`, events)
	}
	for _, k := range rows {
		known[k] = true
	}
	for _, k := range settled {
		known[k[len(lineEvent):]] = true
	}
	return known, failure("known lines", err)
}

// lineEvent begins the key of the event that a line of the desk is.
const lineEvent = "msg:"

// Waiting implements bridge.Reader.
func (s *Store) Waiting(ctx context.Context, limit int) ([]bridge.Case, error) {
	return s.cases(ctx, `c.status = $1`, `h.priority, h.waiting_since`, limit, bridge.Queued)
}

// Held implements bridge.Reader.
func (s *Store) Held(ctx context.Context, limit int) ([]bridge.Case, error) {
	return s.cases(ctx, `c.status = $1`, `COALESCE(h.claimed_at, c.updated_at)`, limit, bridge.Assigned)
}

// Find implements bridge.Reader.
func (s *Store) Find(ctx context.Context, words []string, limit int) ([]bridge.Case, error) {
	if len(words) == 0 {
		return nil, nil
	}
	d := s.reads.dialect
	like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	var (
		all  []string
		args []any
	)
	for i, w := range words {
		n := `CAST($` + strconv.Itoa(i+1) + ` AS TEXT)`
		match := func(column string) string { return d.small(column) + ` LIKE ` + d.small(n) + ` ESCAPE '\'` }
		all = append(all, `(EXISTS (SELECT 1 FROM visitors v WHERE v.id = c.visitor_id AND (`+
			match("v.name")+` OR `+match("v.email")+` OR `+match("v.phone")+`))
			OR EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.deleted = FALSE AND `+match("m.text")+`))`)
		args = append(args, "%"+like.Replace(w)+"%")
	}
	return s.cases(ctx, strings.Join(all, ` AND `), `c.updated_at DESC`, limit, args...)
}

// cases lists conversations with what belongs to each. It is several queries,
// so a case may be a moment older than the next.
func (s *Store) cases(ctx context.Context, where, order string, limit int, args ...any) ([]bridge.Case, error) {
	var rows []conversationRow
	err := s.reads.list(ctx, &rows, selectConversation+` LEFT JOIN (SELECT id AS its_id, priority, waiting_since, claimed_at FROM handoffs) h
		ON h.its_id = c.handoff_id WHERE `+where+` ORDER BY `+order+`, c.id LIMIT $`+strconv.Itoa(len(args)+1), append(args, limit)...)
	if err != nil {
		return nil, failure("cases", err)
	}
	visitors := make([]bridge.VisitorID, len(rows))
	agents := make([]bridge.AgentID, len(rows))
	handoffs := make([]bridge.HandoffID, len(rows))
	for i, r := range rows {
		visitors[i], agents[i], handoffs[i] = r.VisitorID, r.Holder, r.Handoff
	}
	byVisitor, err := s.reads.visitors(ctx, visitors)
	if err != nil {
		return nil, failure("visitors of cases", err)
	}
	byAgent, err := s.reads.agents(ctx, agents)
	if err != nil {
		return nil, failure("agents of cases", err)
	}
	var handoffRows []handoffRow
	if err := listIn(ctx, s.reads, &handoffRows, selectHandoff+` WHERE h.id IN (`, `)`, handoffs); err != nil {
		return nil, failure("handoffs of cases", err)
	}
	byHandoff := make(map[bridge.HandoffID]bridge.Handoff, len(rows))
	for _, h := range handoffRows {
		byHandoff[h.ID] = h.domain()
	}
	cases := make([]bridge.Case, len(rows))
	for i, r := range rows {
		cases[i] = bridge.Case{
			Conversation: r.domain(), Handoff: byHandoff[r.Handoff], Visitor: byVisitor[r.VisitorID], Agent: byAgent[r.Holder],
		}
	}
	return cases, nil
}

// Counts implements bridge.Reader.
func (s *Store) Counts(ctx context.Context) (map[bridge.Status]int, error) {
	var rows []struct {
		Status bridge.Status `db:"status"`
		N      int           `db:"n"`
	}
	err := s.reads.list(ctx, &rows, `SELECT status, count(*) AS n FROM conversations GROUP BY status`)
	counts := make(map[bridge.Status]int, len(rows))
	for _, r := range rows {
		counts[r.Status] = r.N
	}
	return counts, failure("counts", err)
}

// Lines implements bridge.Reader.
func (s *Store) Lines(ctx context.Context, id bridge.ConversationID) ([]bridge.Line, error) {
	var rows []lineRow
	err := s.reads.list(ctx, &rows, `SELECT `+lineColumns+` FROM lines WHERE conversation_id = $1 ORDER BY stamp, line_key`, id)
	lines := make([]bridge.Line, len(rows))
	for i, r := range rows {
		lines[i] = r.domain()
	}
	return lines, failure("lines of "+string(id), err)
}

// Touched implements bridge.Reader.
func (s *Store) Touched(ctx context.Context, since time.Time, limit int) ([]bridge.Conversation, error) {
	var rows []conversationRow
	err := s.reads.list(ctx, &rows, selectConversation+` WHERE c.updated_at >= $1
		AND EXISTS (SELECT 1 FROM places p WHERE p.conversation_id = c.id AND p.kind = 'root')
		ORDER BY c.updated_at DESC LIMIT $2`, at(since), limit)
	conversations := make([]bridge.Conversation, len(rows))
	for i, r := range rows {
		conversations[i] = r.domain()
	}
	return conversations, failure("conversations touched lately", err)
}
