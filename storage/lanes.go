package storage

import (
	"sync"

	"threadline/bridge"
)

// lanes tells whoever waits on a lane that it is worth a look.
type lanes struct {
	mu      sync.Mutex
	waiting map[bridge.Lane]chan struct{}
	// put hears of lanes into which something was put; nil for nobody.
	put func(bridge.Lane)
}

func newLanes() *lanes { return &lanes{waiting: make(map[bridge.Lane]chan struct{})} }

func (l *lanes) channel(lane bridge.Lane) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, ok := l.waiting[lane]
	if !ok {
		c = make(chan struct{})
		l.waiting[lane] = c
	}
	return c
}

// tell makes f hear of lanes into which this process puts something. f must
// not block.
func (l *lanes) tell(f func(bridge.Lane)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put = f
}

// wake wakes the lanes; those that are true had something put into them.
func (l *lanes) wake(woken map[bridge.Lane]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for lane, put := range woken {
		if put && l.put != nil {
			l.put(lane)
		}
		if c, ok := l.waiting[lane]; ok {
			close(c)
			delete(l.waiting, lane)
		}
	}
}

// Woken is closed after every committed change of this process, and with
// [Store.Spread] soon after a put of another one, that may let Take return
// something sooner than NextDue said: a put, and every end of an attempt.
func (s *Store) Woken(lane bridge.Lane) <-chan struct{} { return s.lanes.channel(lane) }
