package storage

import (
	"sync"

	"threadline/bridge"
)

// lanes tells whoever waits on a lane that it is worth a look.
type lanes struct {
	mu      sync.Mutex
	waiting map[bridge.Lane]chan struct{}
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

func (l *lanes) wake(woken map[bridge.Lane]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for lane := range woken {
		if c, ok := l.waiting[lane]; ok {
			close(c)
			delete(l.waiting, lane)
		}
	}
}

// Woken is closed after every committed change that may let Take return
// something sooner than NextDue said: a put, and every end of an attempt.
func (s *Store) Woken(lane bridge.Lane) <-chan struct{} { return s.lanes.channel(lane) }
