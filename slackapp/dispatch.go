package slackapp

import (
	"context"
	"hash/fnv"
	"sync"

	"threadline/bridge"
)

const (
	shards = 8
	// maxQueued bounds what waits in memory. What does not fit stays in the
	// inbox and is read back later.
	maxQueued = 2048
)

// dispatcher hands envelopes to workers: those of one thread to one worker,
// lowest stamp first. It is a view on the inbox, not a store: whatever it
// drops is still unhandled there.
type dispatcher struct {
	handle func(context.Context, bridge.Envelope) error
	mu     sync.Mutex
	shard  [shards]*shard
	queued int
	known  map[string]bool // keys queued or being handled
	stuck  map[string]bool // orders whose oldest envelope failed
	missed bool            // something was left in the inbox
	// done are keys that were handled lately: a list of the inbox that was read
	// before that may still name them.
	done recent
}

type shard struct {
	wake  chan struct{}
	items []bridge.Envelope
}

func newDispatcher(handle func(context.Context, bridge.Envelope) error) *dispatcher {
	d := &dispatcher{handle: handle, known: map[string]bool{}, stuck: map[string]bool{}}
	for i := range d.shard {
		d.shard[i] = &shard{wake: make(chan struct{}, 1)}
	}
	return d
}

// add queues an envelope unless it is queued already, its thread waits for an
// earlier one that failed, or there is no room.
func (d *dispatcher) add(e bridge.Envelope) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known[e.Key] || d.done.has(e.Key) {
		return
	}
	if d.queued >= maxQueued || (e.Order != "" && d.stuck[e.Order]) {
		d.missed = true
		return
	}
	d.known[e.Key] = true
	d.queued++
	s := d.shard[shardOf(e)]
	at := len(s.items)
	// Keep a thread's envelopes in the order of their stamps; others stay in
	// the order in which they came.
	for i := len(s.items) - 1; i >= 0; i-- {
		if s.items[i].Order == e.Order && e.Order != "" && e.Stamp < s.items[i].Stamp {
			at = i
		}
	}
	s.items = append(s.items, bridge.Envelope{})
	copy(s.items[at+1:], s.items[at:])
	s.items[at] = e
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func shardOf(e bridge.Envelope) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(orElse(e.Order, e.Key)))
	return int(h.Sum32() % shards)
}

// run works until stop is closed and everything queued is handled, or ctx
// ends.
func (d *dispatcher) run(ctx context.Context, stop <-chan struct{}) {
	var wg sync.WaitGroup
	for _, s := range d.shard {
		wg.Go(func() { d.work(ctx, s, stop) })
	}
	wg.Wait()
}

func (d *dispatcher) work(ctx context.Context, s *shard, stop <-chan struct{}) {
	for ctx.Err() == nil {
		e, ok := d.next(s)
		if !ok {
			select {
			case <-s.wake:
				continue
			case <-ctx.Done():
				return
			case <-stop:
				if e, ok = d.next(s); !ok {
					return
				}
			}
		}
		err := d.handle(ctx, e)
		d.finish(s, e, err)
	}
}

func (d *dispatcher) next(s *shard) (bridge.Envelope, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(s.items) == 0 {
		return bridge.Envelope{}, false
	}
	e := s.items[0]
	s.items = s.items[1:]
	d.queued--
	return e, true
}

// finish forgets an envelope. After a failure its whole thread is put back
// into the inbox, so that nothing of it is handled out of order.
func (d *dispatcher) finish(s *shard, e bridge.Envelope, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.known, e.Key)
	if err == nil {
		return
	}
	d.missed = true
	if e.Order == "" {
		return
	}
	d.stuck[e.Order] = true
	kept := s.items[:0]
	for _, q := range s.items {
		if q.Order == e.Order {
			delete(d.known, q.Key)
			d.queued--
			continue
		}
		kept = append(kept, q)
	}
	s.items = kept
}

// behind reports whether the inbox holds something that the dispatcher
// dropped, and lets stuck threads try again.
func (d *dispatcher) behind() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.missed
	d.missed = false
	clear(d.stuck)
	return m
}

// hold marks a key as being handled elsewhere; false if it is queued or was
// handled already.
func (d *dispatcher) hold(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known[key] || d.done.has(key) {
		return false
	}
	d.known[key] = true
	return true
}

func (d *dispatcher) release(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.known, key)
}

// miss says that the inbox holds something to read back.
func (d *dispatcher) miss() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.missed = true
}
