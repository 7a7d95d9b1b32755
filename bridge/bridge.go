package bridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"threadline/bridge/killpoint"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Store is everything the bridge itself needs kept.
type Store interface {
	Ledger
	Outbox
	Reader
	Files
	Bookings
}

// Config is what a Bridge is made of. Everything down to NewID is required.
type Config struct {
	Store     Store
	Assistant Assistant
	Feed      Feed
	Clock     Clock
	Logger    *slog.Logger
	// NewID makes an id that nothing has yet, of ASCII letters, digits and
	// dashes.
	NewID func() string
	// SoleOwner says that no other process works on this store, so whatever is
	// found leased at the start was left by a crash.
	SoleOwner bool
	// NoLimits lifts the sites' limits on the assistant.
	NoLimits bool
	// ModelSummaries asks the assistant for the summary of each handoff.
	ModelSummaries bool
	// Notifier reaches people by further channels; nil reaches nobody.
	Notifier Notifier
	// ChannelOf names the desk's channel of a route: the same for every route
	// that means it, and empty if it is known to take no posts. It is asked at
	// every event and answers from memory. Nil takes each for a channel of its
	// own.
	ChannelOf func(Route) string
}

// Notifier reaches people by further channels, such as SMS or push. It bears
// repeats of a notice: one whose outcome is unknown comes again.
type Notifier interface {
	Notify(ctx context.Context, h HandoffID, n NotifyBody) error
}

// Bridge is the one way through for events. Safe for concurrent use.
type Bridge struct {
	c     Config
	turns turns
	began time.Time // set by Run before anything else
}

// New returns a bridge; it does nothing by itself until Run.
func New(c Config) *Bridge {
	return &Bridge{c: c, turns: turns{running: map[ConversationID]*turn{}, waiting: map[ConversationID]*turn{}}}
}

// Handle settles an event and, once it is committed, tells whoever streams the
// conversation. A repeated event returns the first outcome with Repeat set.
// Errors: [ErrUnavailable]; nothing was committed then, and the caller must not
// acknowledge the event.
func (b *Bridge) Handle(ctx context.Context, e Event) (Receipt, error) {
	q := e.query()
	set, err := b.settings(ctx, e)
	if err != nil {
		return Receipt{}, fmt.Errorf("bridge: settings for %s: %w", q.Conversation, err)
	}
	_, fromVisitor := e.(VisitorWrote)
	if fromVisitor {
		killpoint.Reach(killpoint.VisitorBeforeCommit)
	}
	var before State
	var changes Changes
	receipt, err := b.c.Store.Settle(ctx, q, func(s State) (Changes, error) {
		before = s
		changes = Decide(s, set, e, b.c.Clock.Now(), b.c.NewID)
		if changes.books() {
			killpoint.Reach(killpoint.CallBeforeCommit)
		}
		return changes, nil
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("bridge: settle %q: %w", q.Key, err)
	}
	if receipt.Repeat {
		return b.checkRepeat(ctx, e, receipt)
	}
	if fromVisitor {
		killpoint.Reach(killpoint.VisitorAfterCommit)
	}
	if changes.books() {
		killpoint.Reach(killpoint.CallCommitted)
	}
	if c := changes.Conversation; c != nil {
		if c.Epoch != before.Conversation.Epoch || c.Turn != before.Conversation.Turn {
			b.turns.overtake(c.ID, c.Epoch, c.Turn)
		}
		if c.Rev != before.Conversation.Rev {
			b.c.Feed.Changed(c.ID)
		}
	}
	if s, ok := atWork(e, before, changes); ok {
		b.c.Feed.Sign(s)
	}
	return receipt, nil
}

// checkRepeat tells a resent message from another one under the same id.
func (b *Bridge) checkRepeat(ctx context.Context, e Event, r Receipt) (Receipt, error) {
	w, ok := e.(VisitorWrote)
	if !ok {
		return r, nil
	}
	m, err := b.c.Store.Message(ctx, r.Message)
	if err != nil {
		return Receipt{}, fmt.Errorf("bridge: message %s: %w", r.Message, err)
	}
	if m.Text != CleanText(w.Text) || !slices.EqualFunc(m.Attachments, w.Files, func(a Attachment, id FileID) bool { return a.ID == id }) {
		r.Verdict = Conflict
	}
	return r, nil
}

// settings finds the site whose words an event meets, and the settings.
func (b *Bridge) settings(ctx context.Context, e Event) (Settings, error) {
	setup, err := b.c.Store.Setup(ctx)
	if err != nil {
		return Settings{}, err
	}
	set := Settings{Setup: setup, ModelSummaries: b.c.ModelSummaries}
	var id SiteID
	switch e := e.(type) {
	case VisitorWrote:
		id = e.SiteID
	case VisitorAskedForPerson:
		id = e.SiteID
	default:
		c, err := b.c.Store.Conversation(ctx, e.query().Conversation)
		if errors.Is(err, ErrNotFound) {
			return set, nil // it has not begun: no text is due
		}
		if err != nil {
			return Settings{}, err
		}
		id = c.SiteID
	}
	site, ok := setup.Site(id)
	if !ok {
		return Settings{}, fmt.Errorf("site %s: %w", id, ErrNotFound)
	}
	set.Site = site
	set.Channels = b.channels(setup)
	set.Spent, err = b.spentToday(ctx, e, site)
	return set, err
}

// channels names what the settings call channels; nil where no team has one of
// its own, for then no chat moves into one.
func (b *Bridge) channels(s Setup) map[Route]string {
	teams := s.TeamRoutes()
	if b.c.ChannelOf == nil || len(teams) == 0 {
		return nil
	}
	out := map[Route]string{"": b.c.ChannelOf("")}
	for _, r := range teams {
		out[r] = b.c.ChannelOf(r)
	}
	for _, site := range s.Sites {
		for _, r := range site.Routes() {
			out[r] = b.c.ChannelOf(r)
		}
	}
	return out
}

// Run answers turns and fires timers until ctx ends, then waits for what is in
// flight.
func (b *Bridge) Run(ctx context.Context) error {
	b.began = b.c.Clock.Now()
	if b.c.SoleOwner {
		lanes := []Lane{LaneAssistant, LaneTimer, LaneNotify}
		if _, err := b.c.Store.Recover(ctx, lanes, b.c.Clock.Now()); err != nil {
			return fmt.Errorf("bridge: recover lanes: %w", err)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() { b.work(ctx, LaneAssistant, answerLease, 16, b.assist) })
	wg.Go(func() { b.sweep(ctx) })
	wg.Go(func() { b.heed(ctx) })
	wg.Go(func() { b.work(ctx, LaneTimer, timerLease, 4, b.fire) })
	wg.Go(func() { b.work(ctx, LaneNotify, notifyLease, 4, b.notify) })
	wg.Wait()
	return nil
}

const (
	// answerLease is how long a visitor waits for another process to take over
	// from one that died while it answered them. A living one extends it.
	answerLease = 10 * time.Second
	timerLease  = 30 * time.Second
	notifyLease = 30 * time.Second
	// lookAgain bounds how long a lane sleeps: a replica's put wakes only that
	// replica.
	lookAgain = time.Second
)

// work takes what is due from a lane and does it, a few at a time.
func (b *Bridge) work(ctx context.Context, lane Lane, lease time.Duration, parallel int, do func(context.Context, Delivery)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, parallel)
	freed := make(chan struct{}, 1)
	for ctx.Err() == nil {
		woken := b.c.Store.Woken(lane)
		now := b.c.Clock.Now()
		wait := lookAgain
		if free := parallel - len(slots); free > 0 {
			taken, err := b.c.Store.Take(ctx, lane, now, lease, free)
			if err != nil && ctx.Err() == nil {
				b.c.Logger.Error("take deliveries", "lane", lane, "err", err)
			}
			for _, d := range taken {
				slots <- struct{}{}
				wg.Go(func() {
					defer func() {
						<-slots
						select {
						case freed <- struct{}{}:
						default:
						}
					}()
					do(ctx, d)
				})
			}
			if len(taken) > 0 {
				continue
			}
			if next, ok, err := b.c.Store.NextDue(ctx, lane); err == nil && ok {
				wait = min(max(next.Sub(now), 5*time.Millisecond), lookAgain)
			}
		}
		select {
		case <-ctx.Done():
		case <-woken:
		case <-freed:
		case <-b.c.Clock.After(wait):
		}
	}
}

// settle closes a delivery: done, or abandoned where there is a cause.
func (b *Bridge) settle(ctx context.Context, d Delivery, cause string) {
	var err error
	if cause == "" {
		err = b.c.Store.Complete(ctx, d, Place{}, b.c.Clock.Now())
	} else {
		b.c.Logger.Error("delivery abandoned", "id", d.ID, "kind", d.Kind, "cause", cause)
		err = b.c.Store.Abandon(ctx, d, cause, b.c.Clock.Now())
	}
	if err != nil && !errors.Is(err, ErrStale) && ctx.Err() == nil {
		b.c.Logger.Error("settle delivery", "id", d.ID, "kind", d.Kind, "err", err)
	}
}

// again puts a delivery back that the database could not take.
func (b *Bridge) again(ctx context.Context, d Delivery, cause error) {
	if ctx.Err() == nil {
		b.c.Logger.Warn("delivery put back", "id", d.ID, "kind", d.Kind, "err", cause)
	}
	b.putBack(ctx, d, b.c.Clock.Now().Add(backOff(d.Attempts)), cause.Error())
}

func (b *Bridge) putBack(ctx context.Context, d Delivery, due time.Time, cause string) {
	if err := b.c.Store.Retry(context.WithoutCancel(ctx), d, due, cause); err != nil && !errors.Is(err, ErrStale) {
		b.c.Logger.Warn("put delivery back", "id", d.ID, "err", err)
	}
}

// backOff doubles from half a second to half a minute.
func backOff(attempts int) time.Duration {
	return min(500*time.Millisecond<<min(max(attempts-1, 0), 6), 30*time.Second)
}
