package storage

import (
	"sync"
	"time"

	"threadline/bridge"
)

// queueDrafts bounds how many pieces of drafts wait to be sent.
const queueDrafts = 2048

// queue holds what other processes are to be told. Changes are never dropped:
// a conversation is in it once, and once more behind each piece of its draft
// and each sign, so that what streams hear keeps its order. Drafts and signs are dropped when there are
// too many, which their receivers see by the next offset.
type queue struct {
	// ready holds a token while there is something to take.
	ready chan struct{}

	mu     sync.Mutex
	items  []item
	signs  int
	drafts int
	// changed says that the last item of a conversation is a change.
	changed map[bridge.ConversationID]bool
	lanes   map[bridge.Lane]bool
	// told is when the others were told of a lane last.
	told map[bridge.Lane]time.Time
}

func newQueue() *queue {
	return &queue{
		ready:   make(chan struct{}, 1),
		changed: make(map[bridge.ConversationID]bool),
		lanes:   make(map[bridge.Lane]bool),
		told:    make(map[bridge.Lane]time.Time),
	}
}

// signal says that there is something to take. The caller holds mu.
func (q *queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func (q *queue) change(id bridge.ConversationID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.add(item{changed: id})
}

func (q *queue) draft(d bridge.Draft) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.drafts < queueDrafts {
		q.add(item{draft: &d})
	}
}

func (q *queue) sign(s bridge.Sign) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.signs < queueDrafts {
		q.add(item{sign: &s})
	}
}

func (q *queue) add(i item) {
	if i.sign != nil {
		q.signs++
		q.changed[i.sign.Conversation] = false
	} else if i.draft != nil {
		q.drafts++
		q.changed[i.draft.Conversation] = false
	} else {
		if q.changed[i.changed] {
			return
		}
		q.changed[i.changed] = true
	}
	q.items = append(q.items, i)
	q.signal()
}

// lane notes that something was put into the lane.
func (q *queue) lane(l bridge.Lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.lanes[l] {
		q.lanes[l] = true
		q.signal()
	}
}

// take empties the queue but for lanes that were told of a moment ago; wait is
// how long the first of those waits still, zero if there is none.
func (q *queue) take(now time.Time) (items []item, lanes []bridge.Lane, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items = q.items
	q.items, q.drafts, q.signs = nil, 0, 0
	clear(q.changed)
	for l := range q.lanes {
		if left := q.told[l].Add(spreadPause).Sub(now); left > 0 {
			if wait == 0 || left < wait {
				wait = left
			}
			continue
		}
		q.told[l] = now
		delete(q.lanes, l)
		lanes = append(lanes, l)
	}
	return items, lanes, wait
}

// putBack returns the changes among what could not be sent; the drafts are too
// old by now.
func (q *queue) putBack(items []item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	newer := q.items
	q.items, q.drafts, q.signs = nil, 0, 0
	clear(q.changed)
	for _, i := range items {
		if i.draft == nil && i.sign == nil {
			q.add(i)
		}
	}
	for _, i := range newer {
		q.add(i)
	}
}
