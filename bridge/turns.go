package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"threadline/bridge/killpoint"
)

func decode(b json.RawMessage, v any) error { return json.Unmarshal(b, v) }

// turnLimit is the longest a visitor waits for one try of the assistant;
// tries bounds how often a quick failure is tried again before people are
// asked.
const (
	turnLimit = 45 * time.Second
	quick     = 3 * time.Second
	tries     = 2
)

// errOvertaken ends a turn whose answer nobody waits for any more.
var errOvertaken = errors.New("overtaken")

// turns knows which answers this process is writing, so that a claim or a
// newer line stops them at once.
type turns struct {
	mu      sync.Mutex
	running map[ConversationID]*turn
	waiting map[ConversationID]*turn // the newest that waits for the running one
}

type turn struct {
	number, epoch int64
	shown         bool // some of its text has gone out
	cancel        context.CancelCauseFunc
	ended         chan struct{}
}

// overtake stops a running answer if its epoch has passed, or if a newer turn
// has come before any of its text was shown.
func (t *turns) overtake(id ConversationID, epoch, number int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r := t.running[id]; r != nil && (r.epoch != epoch || (r.number < number && !r.shown)) {
		r.cancel(errOvertaken)
	}
}

// start lets a turn begin once the one before it has ended: an answer of which
// the visitor has seen a part is finished first. A newer turn sends an older one
// that waits away. It reports whether the turn may begin; it may not if ctx
// ends before.
func (t *turns) start(ctx context.Context, id ConversationID, r *turn) bool {
	for {
		t.mu.Lock()
		before, other := t.running[id], t.waiting[id]
		if before == nil {
			t.running[id] = r
		} else {
			if other != nil && other != r {
				other.cancel(errOvertaken)
			}
			t.waiting[id] = r
		}
		t.mu.Unlock()
		if before == nil {
			break
		}
		select {
		case <-before.ended:
		case <-ctx.Done():
			t.unwait(id, r)
			return false
		}
	}
	t.unwait(id, r)
	return true
}

func (t *turns) unwait(id ConversationID, r *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting[id] == r {
		delete(t.waiting, id)
	}
}

func (t *turns) end(id ConversationID, r *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.running, id)
	close(r.ended)
}

// lost ends a turn whose row is no longer ours, unless the visitor has seen a
// part of its answer: then a newer line took the row, and this answer is
// finished first.
func (t *turns) lost(r *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !r.shown {
		r.cancel(errOvertaken)
	}
}

// show marks the turn as shown, unless it has been overtaken.
func (t *turns) show(ctx context.Context, r *turn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ctx.Err() != nil {
		return false
	}
	r.shown = true
	return true
}

// assist does one delivery of the assistant's lane.
func (b *Bridge) assist(ctx context.Context, d Delivery) {
	switch d.Kind {
	case KindAnswer:
		b.answer(ctx, d)
	case KindDraft, KindBrief:
		b.aside(ctx, d)
	case KindSummarise:
		b.summarise(ctx, d)
	default:
		b.settle(ctx, d, "an assistant's task of an unknown kind")
	}
}

// answer asks the assistant for one turn and brings its outcome home as an
// event. Whatever happens, the turn ends in words or in a handoff.
func (b *Bridge) answer(ctx context.Context, d Delivery) {
	var body AnswerBody
	if err := decode(d.Body, &body); err != nil {
		b.settle(ctx, d, "unreadable turn: "+err.Error())
		return
	}
	started, cancel := context.WithCancelCause(ctx)
	t := &turn{number: body.Turn, epoch: body.Epoch, cancel: cancel, ended: make(chan struct{})}
	var held sync.WaitGroup
	defer held.Wait()
	defer cancel(nil)
	held.Go(func() { b.hold(started, d, func() { b.turns.lost(t) }) })
	if !b.turns.start(started, d.Conversation, t) {
		if ctx.Err() != nil {
			b.again(ctx, d, ctx.Err())
		}
		return // a newer turn has the row
	}
	defer b.turns.end(d.Conversation, t)
	running, stopClock := context.WithTimeout(started, turnLimit)
	defer stopClock()

	c, err := b.c.Store.Conversation(ctx, d.Conversation)
	if err != nil {
		b.again(ctx, d, err)
		return
	}
	if c.Epoch != body.Epoch || c.AnsweredTurn >= body.Turn || c.Turn > body.Turn {
		b.settle(ctx, d, "") // answered, void, or a newer turn has the row
		return
	}
	q, err := b.question(ctx, c)
	if err != nil {
		b.again(ctx, d, err)
		return
	}
	q.Transcript = openLast(q.Transcript, int(body.Turn-c.AnsweredTurn))

	if q.Site.Mode == ModeSuggest {
		q.ForAgent, q.Callback = true, nil
	} else {
		defer b.signed(c, q.Site)()
	}
	b.write(ctx, running, d, &writing{b: b, turn: t, c: c, reply: "reply_" + b.c.NewID()}, q)
}

// signed tells the visitor that the assistant is at work, until the function
// that it returns is called.
func (b *Bridge) signed(c Conversation, site Site) func() {
	sign := Sign{
		Conversation: c.ID, Kind: SignAssistant, Epoch: c.Epoch, On: true,
		Author: Author{Kind: ByAssistant, Name: site.AssistantName},
	}
	b.c.Feed.Sign(sign)
	return func() {
		sign.On = false
		b.c.Feed.Sign(sign)
	}
}

// write has the assistant write the answer to a turn, which runs until running
// ends, and settles what came of it.
func (b *Bridge) write(ctx, running context.Context, d Delivery, w *writing, q Question) {
	began := b.c.Clock.Now()
	answer, err := w.ask(running, q)
	switch {
	case errors.Is(context.Cause(running), errOvertaken):
		// The row was replaced or cancelled by the event that overtook it.
		w.drop(ctx, answer)
		b.settle(ctx, d, "")
		return
	case ctx.Err() != nil: // shutting down
		w.drop(ctx, answer)
		b.again(ctx, d, ctx.Err())
		return
	case err != nil && d.Attempts < tries && w.shown == 0 && b.c.Clock.Now().Sub(began) < quick:
		w.drop(ctx, answer)
		b.again(ctx, d, err)
		return
	}

	killpoint.Reach(killpoint.AnswerBeforeCommit)
	var event Event = AssistantAnswered{Conversation: w.c.ID, Turn: w.turn.number, Epoch: w.turn.epoch, ReplyID: w.reply, Answer: answer}
	if err != nil {
		b.c.Logger.Warn("assistant failed", "conversation", w.c.ID, "turn", w.turn.number, "err", err)
		event = AssistantFailed{Conversation: w.c.ID, Turn: w.turn.number, Epoch: w.turn.epoch, Cause: failure(err), Tokens: answer.Tokens}
	}
	receipt, commitErr := b.Handle(ctx, event)
	if commitErr != nil {
		w.withdraw()
		b.again(ctx, d, commitErr)
		return
	}
	if err != nil || answer.Move == MoveHandOff || receipt.Verdict != Done || receipt.Repeat || receipt.Message == "" {
		w.withdraw() // the visitor gets no message of it
	}
	b.settle(ctx, d, "")
}

// writing is an answer while it is being written.
type writing struct {
	b     *Bridge
	turn  *turn
	c     Conversation
	reply string // the draft's id
	shown int    // code points of the draft that have gone out
}

// ask has the assistant answer and shows the pieces as they come, unless they
// are for an agent.
func (w *writing) ask(ctx context.Context, q Question) (Answer, error) {
	return w.b.c.Assistant.Answer(ctx, q, func(piece string) {
		if piece == "" || q.ForAgent || !w.b.turns.show(ctx, w.turn) {
			return
		}
		killpoint.Reach(killpoint.AnswerStreaming)
		w.b.c.Feed.Draft(Draft{Conversation: w.c.ID, Epoch: w.turn.epoch, ReplyID: w.reply, Offset: w.shown, Text: piece})
		w.shown += utf8.RuneCountInString(piece)
	})
}

// withdraw takes back what was shown of the draft.
func (w *writing) withdraw() {
	if w.shown > 0 {
		w.b.c.Feed.Draft(Draft{Conversation: w.c.ID, Epoch: w.turn.epoch, ReplyID: w.reply, Cancelled: true})
	}
}

// drop withdraws an answer that no event tells of, and counts what it cost.
func (w *writing) drop(ctx context.Context, answer Answer) {
	w.withdraw()
	if answer.Tokens <= 0 {
		return
	}
	s := Spending{Day: DayOf(w.b.c.Clock.Now()), Site: w.c.SiteID, Visitor: w.c.VisitorID, Tokens: answer.Tokens}
	if err := w.b.c.Store.Spend(context.WithoutCancel(ctx), s); err != nil {
		w.b.c.Logger.Warn("count tokens", "conversation", w.c.ID, "err", err)
	}
}

// hold extends the lease of a task until ctx ends, and tells the task when the
// row is no longer ours: it was answered, replaced or cancelled by an event,
// perhaps in another process.
func (b *Bridge) hold(ctx context.Context, d Delivery, lost func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.c.Clock.After(answerLease / 3):
		}
		switch err := b.c.Store.Extend(ctx, d, b.c.Clock.Now().Add(answerLease)); {
		case errors.Is(err, ErrStale):
			lost()
			return
		case err != nil && ctx.Err() == nil:
			b.c.Logger.Warn("extend lease", "id", d.ID, "err", err)
		}
	}
}

// failure says in words an agent can use why the assistant could not answer;
// the error itself, which may quote a vendor, goes to the log.
func failure(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "it took too long"
	}
	return "the model's service failed"
}

// openLast moves the newest open messages of the visitor behind everything that
// was said meanwhile.
func openLast(said []Message, open int) []Message {
	var before, last []Message
	for _, m := range slices.Backward(said) {
		if m.Author.Kind == ByVisitor && len(last) < open {
			last = append(last, m)
		} else {
			before = append(before, m)
		}
	}
	slices.Reverse(before)
	slices.Reverse(last)
	return append(before, last...)
}

func (b *Bridge) summarise(ctx context.Context, d Delivery) {
	c, err := b.c.Store.Conversation(ctx, d.Conversation)
	if err != nil {
		b.again(ctx, d, err)
		return
	}
	if c.Handoff != HandoffID(d.Subject) {
		b.settle(ctx, d, "")
		return
	}
	q, err := b.question(ctx, c)
	if err != nil {
		b.again(ctx, d, err)
		return
	}
	var s Summary
	err = b.held(ctx, d, func(ctx context.Context) (err error) {
		s, err = b.c.Assistant.Summarise(ctx, q)
		return err
	})
	if ctx.Err() != nil {
		b.again(ctx, d, ctx.Err())
		return
	}
	if err != nil {
		// The alert already quotes the visitor; a better summary is a luxury.
		if !errors.Is(err, ErrNoModel) {
			b.c.Logger.Warn("summary failed", "handoff", d.Subject, "err", err)
		}
		b.settle(ctx, d, "")
		return
	}
	if _, err := b.Handle(ctx, HandoffSummarised{Conversation: c.ID, Handoff: c.Handoff, Summary: s}); err != nil {
		b.again(ctx, d, err)
		return
	}
	b.settle(ctx, d, "")
}

// question gathers what the assistant may know about a turn.
func (b *Bridge) question(ctx context.Context, c Conversation) (Question, error) {
	site, err := b.c.Store.Site(ctx, c.SiteID)
	if err != nil {
		return Question{}, fmt.Errorf("bridge: site %s: %w", c.SiteID, err)
	}
	said, err := b.c.Store.Messages(ctx, c.ID, max(c.Seq-RecentMessages, 0), RecentMessages)
	if err != nil {
		return Question{}, fmt.Errorf("bridge: transcript of %s: %w", c.ID, err)
	}
	visitor, err := b.c.Store.Visitor(ctx, c.VisitorID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Question{}, fmt.Errorf("bridge: visitor %s: %w", c.VisitorID, err)
	}
	call, err := b.callback(ctx, c, said)
	if err != nil {
		return Question{}, err
	}
	return Question{Site: site, Visitor: visitor, Transcript: said, Alone: c.Alone, HandBack: c.HandBack, PageURL: c.PageURL, Callback: call}, nil
}
