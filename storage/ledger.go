package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"threadline/bridge"
)

// errRepeat: another transaction settled the same event meanwhile, so this one
// rolls back and runs again to find its receipt.
var errRepeat = errors.New("the event was settled meanwhile")

// refusal carries an error of decide out of the transaction. It hides what it
// holds, so that nothing takes it for the database's own.
type refusal struct{ cause error }

func (r *refusal) Error() string { return "decide: " + r.cause.Error() }

// Settle implements bridge.Ledger.
func (s *Store) Settle(ctx context.Context, q bridge.Query, decide func(bridge.State) (bridge.Changes, error)) (bridge.Receipt, error) {
	var receipt bridge.Receipt
	err := s.engine.write(ctx, func(ctx context.Context, t *tx) error {
		var err error
		receipt, err = s.settle(ctx, t, q, decide)
		return err
	})
	var refused *refusal
	if errors.As(err, &refused) {
		return bridge.Receipt{}, refused.cause
	}
	if err != nil {
		return bridge.Receipt{}, s.report(ctx, fmt.Sprintf("settle %q", q.Key), err)
	}
	return receipt, nil
}

func (s *Store) settle(ctx context.Context, t *tx, q bridge.Query, decide func(bridge.State) (bridge.Changes, error)) (bridge.Receipt, error) {
	// The lock comes first: while it is awaited, a repeat may settle the event.
	conversation, err := t.lockConversation(ctx, q.Conversation)
	if err != nil {
		return bridge.Receipt{}, err
	}
	if q.Key != "" {
		first, err := t.receipt(ctx, q.Key)
		if err == nil {
			first.Repeat = true
			return first, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return bridge.Receipt{}, err
		}
	}
	if q.Bookings {
		if err := t.lockBookings(ctx); err != nil {
			return bridge.Receipt{}, err
		}
	}
	if err := t.lockCrew(ctx, q.Crew); err != nil {
		return bridge.Receipt{}, err
	}
	state, err := t.state(ctx, conversation, q)
	if err != nil {
		return bridge.Receipt{}, err
	}
	changes, err := decide(state)
	if err != nil {
		return bridge.Receipt{}, &refusal{err}
	}
	if err := s.apply(ctx, t, changes); err != nil {
		return bridge.Receipt{}, err
	}
	receipt := changes.Receipt
	receipt.Repeat = false
	if q.Key == "" || q.KeepIfDone && receipt.Verdict != bridge.Done {
		return receipt, nil
	}
	n, err := t.exec(ctx, `INSERT INTO events (event_key, conversation_id, receipt, at) VALUES ($1, $2, $3, $4) ON CONFLICT (event_key) DO NOTHING`,
		q.Key, q.Conversation, document[bridge.Receipt]{receipt}, at(s.now()))
	if err == nil && n == 0 {
		err = errRepeat
	}
	return receipt, err
}

// lockConversation reads the conversation and keeps every other event of it
// waiting until this transaction ends. One that has not begun is locked by its
// id's hash, since there is no row yet.
func (t *tx) lockConversation(ctx context.Context, id bridge.ConversationID) (bridge.Conversation, error) {
	query := selectConversation + ` WHERE c.id = $1` + t.forUpdate
	var r conversationRow
	err := t.get(ctx, &r, query, id)
	if t.locks && errors.Is(err, sql.ErrNoRows) {
		if err := t.lockName(ctx, "conversation:"+string(id)); err != nil {
			return bridge.Conversation{}, err
		}
		err = t.get(ctx, &r, query, id)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return bridge.Conversation{ID: id}, nil
	}
	return r.domain(), err
}

// lockName takes PostgreSQL's advisory lock of that name until the transaction
// ends; on SQLite the writer is alone anyway.
func (t *tx) lockName(ctx context.Context, name string) error {
	if !t.locks {
		return nil
	}
	_, err := t.exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, name)
	return err
}

func (c conn) receipt(ctx context.Context, key string) (bridge.Receipt, error) {
	var r document[bridge.Receipt]
	err := c.get(ctx, &r, `SELECT receipt FROM events WHERE event_key = $1`, key)
	return r.V, err
}

// state reads everything that Decide sees.
func (t *tx) state(ctx context.Context, c bridge.Conversation, q bridge.Query) (bridge.State, error) {
	state := bridge.State{Conversation: c}
	var errs []error
	keep := func(err error) {
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			errs = append(errs, err)
		}
	}
	var err error
	state.Handoff, err = t.handoffWhere(ctx, `h.conversation_id = $1 AND h.status IN ('open', 'claimed')`, q.Conversation)
	keep(err)
	if q.Handoff != "" && len(errs) == 0 {
		state.Named, err = t.handoffWhere(ctx, `h.id = $1`, q.Handoff)
		keep(err)
	}
	visitor := c.VisitorID
	if !c.Begun() {
		visitor = q.Visitor
	}
	if visitor != "" && len(errs) == 0 {
		state.Visitor, err = t.visitor(ctx, visitor)
		keep(err)
	}
	if len(errs) == 0 {
		keep(t.spoken(ctx, &state, q))
	}
	if c.Booking != "" && len(errs) == 0 {
		b, err := t.booking(ctx, c.Booking)
		if err == nil {
			state.Booking = &b
		}
		keep(err)
	}
	if q.Bookings && len(errs) == 0 {
		state.Booked, err = t.booked(ctx)
		keep(err)
	}
	if len(q.Files) > 0 && len(errs) == 0 {
		state.Files, err = t.wholeFiles(ctx, q.Files)
		keep(err)
	}
	if q.Task != "" && len(errs) == 0 {
		state.Task, err = t.task(ctx, q.Task)
		keep(err)
	}
	if len(errs) == 0 {
		state.Agents, err = t.agents(ctx, agentsOf(state))
		keep(err)
	}
	if len(errs) == 0 && len(q.Crew) > 0 {
		state.Crew, err = t.crew(ctx, q.Crew)
		keep(err)
	}
	return state, errors.Join(errs...)
}

// spoken reads what was said: the newest messages, the line and the message
// that the event is about.
func (t *tx) spoken(ctx context.Context, state *bridge.State, q bridge.Query) error {
	var recent []messageRow
	err := t.list(ctx, &recent, selectMessage+` WHERE m.conversation_id = $1 ORDER BY m.seq DESC LIMIT $2`, q.Conversation, bridge.RecentMessages)
	if err != nil {
		return err
	}
	for i := len(recent) - 1; i >= 0; i-- {
		state.Recent = append(state.Recent, recent[i].domain())
	}
	if len(state.Conversation.Delayed) > 0 {
		var lines []lineRow
		if err := listIn(ctx, t.conn, &lines, `SELECT `+lineColumns+` FROM lines WHERE line_key IN (`, `)`, state.Conversation.Delayed); err != nil {
			return err
		}
		for _, r := range lines {
			state.Delayed = append(state.Delayed, r.domain())
		}
		slices.SortFunc(state.Delayed, func(a, b bridge.Line) int { return strings.Compare(a.Stamp, b.Stamp) })
	}
	if q.Line != "" {
		line, err := t.line(ctx, q.Line)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err == nil {
			state.Line = &line
		}
	}
	switch {
	case state.Line != nil && state.Line.Message != "":
		state.Message, err = t.messageWhere(ctx, `m.id = $1`, state.Line.Message)
	case q.Client != "":
		state.Message, err = t.messageWhere(ctx, `m.conversation_id = $1 AND m.client_id = $2 AND m.client_id <> ''`, q.Conversation, q.Client)
	case q.Seq > 0:
		state.Message, err = t.messageWhere(ctx, `m.conversation_id = $1 AND m.seq = $2`, q.Conversation, q.Seq)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

func agentsOf(s bridge.State) []bridge.AgentID {
	var ids []bridge.AgentID
	seen := map[bridge.AgentID]bool{"": true}
	add := func(id bridge.AgentID) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	add(s.Conversation.Holder)
	for _, h := range s.Conversation.Holds {
		add(h.Agent)
	}
	for _, h := range []*bridge.Handoff{s.Handoff, s.Named} {
		if h != nil {
			add(h.ClaimedBy)
			add(h.ResolvedBy)
		}
	}
	for _, m := range s.Recent {
		add(m.Author.Agent)
	}
	for _, l := range s.Delayed {
		add(l.Agent)
	}
	if s.Line != nil {
		add(s.Line.Agent)
	}
	if s.Message != nil {
		add(s.Message.Author.Agent)
	}
	return ids
}

// apply writes what Decide wants.
func (s *Store) apply(ctx context.Context, t *tx, c bridge.Changes) error {
	if c.Visitor != nil {
		if err := t.putVisitor(ctx, *c.Visitor); err != nil {
			return fmt.Errorf("visitor %s: %w", c.Visitor.ID, err)
		}
	}
	if c.Agent != nil {
		if err := t.putAgent(ctx, *c.Agent); err != nil {
			return fmt.Errorf("agent %s: %w", c.Agent.ID, err)
		}
	}
	if c.Conversation != nil {
		if err := t.put(ctx, "conversations", "id", conversationColumns, conversationOf(*c.Conversation)); err != nil {
			return fmt.Errorf("conversation %s: %w", c.Conversation.ID, err)
		}
	}
	if c.Spending != nil {
		if err := t.spend(ctx, *c.Spending); err != nil {
			return fmt.Errorf("spending of %s: %w", c.Spending.Site, err)
		}
	}
	if e := c.Episode; e != nil {
		_, err := t.exec(ctx, `INSERT INTO episodes (conversation_id, number, site_id, from_seq, began_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (conversation_id, number) DO NOTHING`, e.Conversation, e.Number, e.SiteID, e.From, at(e.Began))
		if err != nil {
			return fmt.Errorf("episode %d of %s: %w", e.Number, e.Conversation, err)
		}
	}
	if r := c.Rating; r != nil {
		_, err := t.exec(ctx, `INSERT INTO ratings (conversation_id, episode, score, comment, rated_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (conversation_id, episode) DO UPDATE SET score = excluded.score, comment = excluded.comment, rated_at = excluded.rated_at`,
			r.Conversation, r.Episode, r.Score, r.Comment, at(r.At))
		if err != nil {
			return fmt.Errorf("rating of %s: %w", r.Conversation, err)
		}
	}
	if c.Handoff != nil {
		if err := t.put(ctx, "handoffs", "id", handoffColumns, handoffOf(*c.Handoff)); err != nil {
			return fmt.Errorf("handoff %s: %w", c.Handoff.ID, err)
		}
	}
	for _, m := range c.Messages {
		if err := t.put(ctx, "messages", "id", messageColumns, messageOf(m)); err != nil {
			return fmt.Errorf("message %s: %w", m.ID, err)
		}
	}
	for _, l := range c.Lines {
		if err := t.put(ctx, "lines", "line_key", lineColumns, lineOf(l)); err != nil {
			return fmt.Errorf("line %s: %w", l.Key, err)
		}
	}
	if b := c.Booking; b != nil {
		if err := t.put(ctx, "bookings", "id", bookingColumns, bookingOf(*b)); err != nil {
			return fmt.Errorf("callback %s: %w", b.ID, err)
		}
	}
	for _, f := range c.Kept {
		if err := t.keepFile(ctx, f); err != nil {
			return fmt.Errorf("file %s: %w", f.ID, err)
		}
	}
	for _, f := range c.Files {
		if err := t.linkFile(ctx, f, s.now()); err != nil {
			return fmt.Errorf("file %s: %w", f.File, err)
		}
	}
	for _, d := range c.Duties {
		if err := t.putDuty(ctx, d); err != nil {
			return fmt.Errorf("duty of %s: %w", d.Agent, err)
		}
	}
	for _, v := range c.Tasks {
		if err := t.putTask(ctx, v); err != nil {
			return fmt.Errorf("task %s: %w", v.ID, err)
		}
	}
	for _, a := range c.Audit {
		if err := t.record(ctx, a); err != nil {
			return fmt.Errorf("record %s: %w", a.Action, err)
		}
	}
	for _, k := range c.Cancel {
		if err := t.cancelDelivery(ctx, k, s.now()); err != nil {
			return fmt.Errorf("cancel %s %s: %w", k.Lane, k.Key, err)
		}
	}
	if c.Replay != nil {
		if err := t.replay(ctx, c.Receipt.Conversation, *c.Replay, s.now()); err != nil {
			return fmt.Errorf("replay: %w", err)
		}
	}
	for _, d := range c.Deliveries {
		if err := t.putDelivery(ctx, d, s.now()); err != nil {
			return fmt.Errorf("delivery %s %s: %w", d.Lane, d.Kind, err)
		}
	}
	return nil
}
