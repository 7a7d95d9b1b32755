package storage

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"time"

	"github.com/lib/pq"

	"threadline/bridge"
)

const (
	// spreadChannel is what replicas notify each other on.
	spreadChannel = "threadline"
	// spreadGather is how long a change waits for others to go with it.
	spreadGather = 4 * time.Millisecond
	// spreadPause is how long a lane that was told of waits until it may be
	// told of again.
	spreadPause = 50 * time.Millisecond
	// spreadTimeout bounds one round of notifications, and spreadRest is the
	// rest after one that failed.
	spreadTimeout = 5 * time.Second
	spreadRest    = 500 * time.Millisecond
	// A listener that lost its connection tries again after spreadAgain, and
	// each time later, up to spreadLatest.
	spreadAgain  = 100 * time.Millisecond
	spreadLatest = time.Second
)

// Spread returns a feed that tells local of every change and every piece of a
// draft at once, and soon after that the other processes at the same database;
// what those say reaches local alone. Puts into lanes cross in the same way and
// make [Store.Woken] fire there. All of it lives by run, which ends with ctx;
// the feed itself never blocks, whether run runs or not. Call Spread once.
//
// Nothing depends on a notification's arrival. While the listening connection
// is lost, changes are found by the hub, which compares the revs of streamed
// conversations once a second, and deliveries by their lanes, which look as
// often; so a new connection needs to ask for nothing. A piece of a draft that
// is lost shows by the offset of the next one.
//
// A SQLite file has one process: there the feed is local itself.
func (s *Store) Spread(local bridge.Feed) (bridge.Feed, func(ctx context.Context) error) {
	e, ok := s.engine.(*postgresEngine)
	if !ok {
		return local, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
	}
	x := &spread{store: s, engine: e, local: local, origin: rand.Text(), queue: newQueue()}
	s.lanes.tell(x.queue.lane)
	return x, x.run
}

// spread is a process's share of the talk among replicas.
type spread struct {
	store  *Store
	engine *postgresEngine
	local  bridge.Feed
	origin string // marks our own notifications, which come back to us
	queue  *queue
}

// Changed implements bridge.Feed.
func (x *spread) Changed(id bridge.ConversationID) {
	x.local.Changed(id)
	x.queue.change(id)
}

// Draft implements bridge.Feed.
func (x *spread) Draft(d bridge.Draft) {
	x.local.Draft(d)
	x.queue.draft(d)
}

// Sign implements bridge.Feed.
func (x *spread) Sign(s bridge.Sign) {
	x.local.Sign(s)
	x.queue.sign(s)
}

func (x *spread) run(ctx context.Context) error {
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		x.send(ctx)
	}()
	err := x.listen(ctx)
	<-sent
	return err
}

// send notifies the others of what is in the queue until ctx ends. It does so
// in transactions of its own, after those that made the changes: PostgreSQL
// commits transactions that notify one after another.
func (x *spread) send(ctx context.Context) {
	var again <-chan time.Time // when a lane that is held back may be told of
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.queue.ready:
		case <-again:
		}
		if pause(ctx, spreadGather) != nil {
			return
		}
		items, lanes, wait := x.queue.take(time.Now())
		again = nil
		if wait > 0 {
			again = time.After(wait)
		}
		if len(items) == 0 && len(lanes) == 0 {
			continue
		}
		err := x.notify(ctx, packets(x.origin, items, lanes))
		if err == nil || ctx.Err() != nil {
			continue
		}
		x.complain(ctx, "other processes were not told of changes", err)
		x.queue.putBack(items)
		if pause(ctx, spreadRest) != nil {
			return
		}
	}
}

func (x *spread) complain(ctx context.Context, what string, err error) {
	x.store.logger.LogAttrs(ctx, slog.LevelWarn, what, slog.String("error", redact(err.Error(), x.engine.secrets)))
}

func (x *spread) notify(ctx context.Context, payloads []string) error {
	ctx, cancel := context.WithTimeout(ctx, spreadTimeout)
	defer cancel()
	_, err := x.engine.db.ExecContext(ctx, `SELECT pg_notify($1, p) FROM unnest($2::text[]) WITH ORDINALITY AS u(p, n) ORDER BY n`,
		spreadChannel, pq.Array(payloads))
	return err
}

// listen tells local what the others say until ctx ends.
func (x *spread) listen(ctx context.Context) error {
	l := pq.NewDialListener(dialer{ctx}, x.engine.listener, spreadAgain, spreadLatest, func(_ pq.ListenerEventType, err error) {
		if err != nil && ctx.Err() == nil {
			x.complain(ctx, "the connection that listens to other processes is lost", err)
		}
	})
	stop := context.AfterFunc(ctx, func() { _ = l.Close() }) // ends Listen, and closes Notify
	defer stop()
	for {
		err := l.Listen(spreadChannel)
		if err == nil || ctx.Err() != nil {
			break
		}
		x.complain(ctx, "the server refuses to let this process listen to others", err)
		if pause(ctx, spreadLatest) != nil {
			break
		}
	}
	for n := range l.Notify {
		if n != nil { // nil says that the connection is a new one; see Spread
			x.hear(n.Extra)
		}
	}
	return ctx.Err()
}

// dialer makes connections that end with ctx. A peer that is gone without a
// word is noticed within half a minute.
type dialer struct{ ctx context.Context }

// Dial implements pq.Dialer.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialTimeout(network, address, 0)
}

// DialTimeout implements pq.Dialer.
func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	n := net.Dialer{Timeout: timeout, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}}
	c, err := n.DialContext(d.ctx, network, address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(d.ctx, func() { _ = c.Close() })
	return &dialed{Conn: c, stop: stop}, nil
}

// dialed forgets about its context when it is closed.
type dialed struct {
	net.Conn
	stop func() bool
}

// Close implements net.Conn.
func (d *dialed) Close() error {
	d.stop()
	return d.Conn.Close()
}

// hear passes on what another process said.
func (x *spread) hear(payload string) {
	p, ok := unpack(payload)
	if !ok || p.Origin == x.origin {
		return
	}
	for _, i := range p.Items {
		switch {
		case i.sign != nil:
			x.local.Sign(*i.sign)
		case i.draft != nil:
			x.local.Draft(*i.draft)
		case i.changed != "":
			x.local.Changed(i.changed)
		}
	}
	if len(p.Lanes) > 0 {
		woken := make(map[bridge.Lane]bool, len(p.Lanes))
		for _, l := range p.Lanes {
			woken[l] = false // it was not put here: nobody else need hear of it
		}
		x.store.lanes.wake(woken)
	}
}
