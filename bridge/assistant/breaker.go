package assistant

import (
	"sync"
	"time"

	"threadline/bridge"
)

// breaker keeps a failing vendor from costing every visitor a time-out: after
// so many failures in a row it refuses for a while, then lets one try through
// at a time until one succeeds.
type breaker struct {
	clock bridge.Clock
	after int
	rest  time.Duration

	mu      sync.Mutex
	failed  int
	until   time.Time
	probing bool
}

// allow reports whether a call may be made; every allowed call must be settled.
func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < b.after {
		return true
	}
	if b.probing || b.clock.Now().Before(b.until) {
		return false
	}
	b.probing = true
	return true
}

type callEnd int

const (
	callWorked callEnd = iota
	callFailed
	callCancelled // by us; it says nothing about the vendor
)

func (b *breaker) settle(e callEnd) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	switch e {
	case callWorked:
		b.failed = 0
	case callFailed:
		b.failed++
		if b.failed >= b.after {
			b.until = b.clock.Now().Add(b.rest)
		}
	}
}
