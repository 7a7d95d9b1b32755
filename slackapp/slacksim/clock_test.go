package slacksim_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"
)

// clock is a time that tests move by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func parse(t *testing.T, raw []byte) object {
	t.Helper()
	out := object{}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	return out
}

func contextWithin(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), d)
}
