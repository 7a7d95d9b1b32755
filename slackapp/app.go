package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"threadline/bridge"
	"threadline/bridge/killpoint"
)

// Handler settles events; it is the bridge.
type Handler interface {
	// Handle settles an event. On an error nothing was committed, and the
	// envelope behind it is handled again later.
	Handle(ctx context.Context, e bridge.Event) (bridge.Receipt, error)
	// Offer hands what waits out at once to somebody who has become available.
	Offer(ctx context.Context, to bridge.AgentID) error
}

// App hears what happens in Slack and turns it into events.
type App struct {
	d      *Desk
	inbox  bridge.Inbox
	bridge Handler
	log    *slog.Logger
	first  *socket
	second *socket
	queue  *dispatcher
	homes  *homes
	gap    chan struct{} // a connection was opened: something may be missing
	wg     sync.WaitGroup

	mu       sync.Mutex
	failures map[string]int
	threads  map[bridge.Place]time.Time // roots known to be none of ours

	slowFiles slow
	pointed   recent // who was told where a chat goes on
}

// New returns an app; it hears nothing until Run. The desk must be running for
// its answers to be sent.
func New(d *Desk, inbox bridge.Inbox, br Handler) *App {
	a := &App{
		d: d, inbox: inbox, bridge: br, log: d.log,
		gap:      make(chan struct{}, 1),
		failures: map[string]int{},
		threads:  map[bridge.Place]time.Time{},
	}
	a.queue = newDispatcher(a.handle)
	a.homes = &homes{}
	g := &gate{}
	a.first, a.second = newSocket("first", d.c, g, a.log), newSocket("second", d.c, g, a.log)
	d.state.wire(a.first.name, connecting)
	return a
}

// drainFor is how long queued envelopes may take after the intake stopped.
// What is left then is handled after the next start.
const drainFor = 3 * time.Second

// Run hears until ctx ends, then handles what it has queued.
func (a *App) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := make(chan struct{})
	drained := make(chan struct{})
	go func() {
		a.queue.run(work, stop)
		close(drained)
	}()

	var intake sync.WaitGroup
	intake.Go(func() { a.first.run(ctx, a) })
	intake.Go(func() { a.second.runSecond(ctx, a, a.first) })
	intake.Go(func() { a.reload(ctx) })
	intake.Go(func() { a.catchUp(ctx) })
	intake.Go(func() { a.homes.run(ctx, a) })
	for range fetchers {
		intake.Go(func() { a.d.drive(ctx, a.d.lane(bridge.LaneFile), nil, a.fetchFile) })
	}
	intake.Go(func() { a.watchLost(ctx) })
	intake.Go(func() { a.standIn(ctx) })
	intake.Go(func() { a.watchGone(ctx) })
	intake.Wait()

	close(stop)
	late := time.AfterFunc(drainFor, cancel)
	defer late.Stop()
	<-drained
	a.wg.Wait()
	return nil
}

// receiveWithin leaves half of Slack's 3 s for the way back.
const receiveWithin = 1500 * time.Millisecond

// receive keeps an envelope, then acknowledges it, then has it handled. What
// cannot be kept is not acknowledged: Slack sends it again.
func (a *App) receive(ctx context.Context, raw json.RawMessage, ack func(id string, payload any)) {
	now := a.d.c.Clock.Now()
	in, err := open(raw, now, a.d.known)
	if err != nil {
		a.log.Warn("slack: cannot read an envelope", "error", err, "bytes", len(raw))
		if in.id != "" {
			ack(in.id, nil)
		}
		return
	}
	a.d.clock.observe(in.note.At, now)
	switch {
	case in.limited:
		a.log.Warn("slack: too many events for Slack's limit; reading threads back instead")
		if err := a.heldBack(ctx, now); err != nil {
			a.log.Error("slack: cannot keep an envelope; it stays unacknowledged", "error", err)
			return
		}
		ack(in.id, nil)
	case in.echo != nil && len(in.echo.files) > 0:
		if me, err := a.d.identity(ctx); err == nil && (in.echo.bot == "" || in.echo.bot == me.bot) {
			a.confirmFiles(ctx, in.echo.files, in.echo.place)
		}
		ack(in.id, nil)
	case in.echo != nil:
		a.confirm(ctx, *in.echo)
		ack(in.id, nil)
	case in.note.Kind == noteLine && len(in.note.Files) > 0 && a.d.isMe(in.note.User):
		// Slack shows what we shared as a person's: it has no bot_id.
		var ids []string
		for _, f := range in.note.Files {
			ids = append(ids, f.ID)
		}
		a.confirmFiles(ctx, ids, bridge.Place{Channel: in.note.Channel, Stamp: in.note.Stamp})
		ack(in.id, nil)
	case in.submit != nil:
		a.wg.Go(func() { ack(in.id, a.submitted(ctx, *in.submit)) })
	case in.keep == nil:
		ack(in.id, nil)
	default:
		a.keep(ctx, in, ack)
	}
}

func (a *App) keep(ctx context.Context, in incoming, ack func(string, any)) {
	killpoint.Reach(killpoint.EnvelopeBeforeInsert)
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), receiveWithin)
	fresh, err := a.inbox.Receive(bounded, *in.keep)
	cancel()
	if err != nil {
		a.log.Error("slack: cannot keep an envelope; it stays unacknowledged", "key", in.keep.Key, "error", err)
		return
	}
	killpoint.Reach(killpoint.EnvelopeBeforeAck)
	ack(in.id, nil)
	killpoint.Reach(killpoint.EnvelopeAcked)
	if !fresh {
		return
	}
	if in.note.Kind == noteMoved || in.note.Kind == noteCommand || hurries(in.note.Action) {
		// A modal must be opened within 3 s of the press or command and cannot
		// wait for its turn; what follows a change of id needs to know of it.
		if a.queue.hold(in.keep.Key) {
			e := *in.keep
			a.wg.Go(func() {
				defer a.queue.release(e.Key)
				if err := a.handle(context.WithoutCancel(ctx), e); err != nil {
					a.queue.miss()
				}
			})
		}
		return
	}
	a.queue.add(*in.keep)
}

// confirm settles a delivery whose post came back to us.
func (a *App) confirm(ctx context.Context, e echo) {
	if me, err := a.d.identity(ctx); err != nil || e.bot != "" && e.bot != me.bot {
		return // another program may write whatever it likes; ours is found by looking
	}
	a.d.clock.observe(e.place.Stamp, a.d.c.Clock.Now())
	if a.d.sent.has(e.delivery) {
		return
	}
	a.d.marks.set(e.place, bridge.DeliveryID(e.delivery))
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), receiveWithin)
	defer cancel()
	_, err := a.d.store.Confirm(bounded, bridge.DeliveryID(e.delivery), e.place, a.d.c.Clock.Now())
	if errors.Is(err, bridge.ErrStale) {
		err = a.turnedUp(bounded, e.place)
	}
	if err != nil {
		a.log.Warn("slack: cannot confirm a post of ours", "delivery", e.delivery, "error", err)
	}
}

// turnedUp has a root link on that stands although it was called off: its chat
// had moved on before Slack's answer. Other posts that were called off say
// nothing that is not so.
func (a *App) turnedUp(ctx context.Context, at bridge.Place) error {
	c, err := a.d.store.ConversationByThread(ctx, at)
	if errors.Is(err, bridge.ErrNotFound) {
		return nil
	}
	if err == nil {
		_, err = a.bridge.Handle(ctx, bridge.RootTurnedUp{Conversation: c.ID, Root: at})
	}
	return err
}

// leftAfter is how long an envelope lies before it counts as left behind: by
// a process that acknowledged it and died. What is handled takes milliseconds.
const leftAfter = 5 * time.Second

// reload puts what the inbox still holds back into the queue: at the start and
// soon after a failure all of it, and every few seconds what another process
// has left behind.
func (a *App) reload(ctx context.Context) {
	const soon, often = time.Second, 2 * time.Second
	first := true
	for since := often; ; since += soon {
		behind := a.queue.behind() || first
		if behind || since >= often {
			since, first = 0, false
			list, err := a.inbox.Unhandled(ctx, maxQueued)
			if err != nil {
				if ctx.Err() == nil {
					a.log.Warn("slack: cannot read the inbox", "error", err)
				}
				first = behind
			}
			now := a.d.c.Clock.Now()
			for _, e := range list {
				if behind || now.Sub(e.ReceivedAt) >= leftAfter {
					a.queue.add(e)
				}
			}
		}
		if !a.d.sleep(ctx, soon) {
			return
		}
	}
}

// maxFailures is how often an envelope may fail before it stops holding up
// its thread; it is still tried again, alone.
const maxFailures = 60

// handle settles one envelope. An error leaves it in the inbox.
func (a *App) handle(ctx context.Context, e bridge.Envelope) error {
	var n notice
	if err := json.Unmarshal(e.Payload, &n); err != nil {
		a.log.Error("slack: unreadable envelope in the inbox", "key", e.Key, "error", err)
		return a.handled(ctx, e.Key)
	}
	if err := a.act(ctx, e, n); err != nil {
		a.mu.Lock()
		a.failures[e.Key]++
		count := a.failures[e.Key]
		a.mu.Unlock()
		if count == lateAfter {
			a.markLate(ctx, n, true)
		}
		if count == 1 || count%maxFailures == 0 {
			a.log.Error("slack: cannot handle an envelope yet", "key", e.Key, "tries", count, "error", err)
		}
		if count >= maxFailures && !errors.Is(err, bridge.ErrUnavailable) {
			a.queue.miss()
			return nil
		}
		return err
	}
	a.mu.Lock()
	late := a.failures[e.Key] >= lateAfter
	delete(a.failures, e.Key)
	a.mu.Unlock()
	if late {
		a.markLate(ctx, n, false)
	}
	return a.handled(ctx, e.Key)
}

func (a *App) handled(ctx context.Context, key string) error {
	if err := a.inbox.Handled(ctx, key, a.d.c.Clock.Now()); err != nil {
		return err
	}
	a.queue.done.add(key)
	return nil
}

func (a *App) act(ctx context.Context, e bridge.Envelope, n notice) error {
	switch n.Kind {
	case noteLine:
		return a.line(ctx, n)
	case noteEdit:
		return a.edit(ctx, n)
	case noteDelete:
		return a.deletion(ctx, n)
	case notePress, noteShortcut:
		return a.press(ctx, e, n)
	case noteReaction:
		return a.reaction(ctx, e, n)
	case noteCommand:
		return a.command(ctx, e, n)
	case noteHome:
		a.homes.want(n.User)
		return nil
	case noteRootGone:
		return a.rootGone(ctx, bridge.Place{Channel: n.Channel, Stamp: n.Stamp})
	case noteMoved:
		return a.d.moved(ctx, n.Channel, n.Value)
	case noteRevoked:
		a.d.state.refuse()
		a.log.Error("slack: the app was removed or its tokens revoked", "event", n.Name)
		return nil
	}
	a.log.Warn("slack: unknown kind of notice in the inbox", "kind", n.Kind)
	return nil
}
