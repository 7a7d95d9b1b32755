package main

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// clock is the machine's clock, except that it never goes back. Where the
// machine's is set back, this one runs at half speed until the other has caught
// up, so that what is due in a minute is due in two at most and not in an hour,
// and no lease or order is older than one before it. Where it is set forward,
// this one follows at once: a machine that slept looks the same, and what fell
// due meanwhile is due.
type clock struct {
	// read gives the machine's wall clock and one that only ever runs.
	read func() (wall time.Time, run time.Duration)

	mu    sync.Mutex
	wall  time.Time
	run   time.Duration
	ahead time.Duration // of the wall clock
}

func newClock() *clock {
	began := time.Now()
	return &clock{read: func() (time.Time, time.Duration) {
		now := time.Now()
		return now.Round(0).UTC(), now.Sub(began) // without and by its monotonic reading
	}}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, run := c.read()
	if !c.wall.IsZero() {
		passed := run - c.run
		set := wall.Sub(c.wall) - passed // by how much the machine's clock was set
		c.ahead = max(0, c.ahead-set-passed/2)
	}
	c.wall, c.run = wall, run
	return wall.Add(c.ahead)
}

func (*clock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// newID makes an id that sorts by the time it was made.
func newID() string {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.NewString() // the clock is of no use; random is as unique
	}
	return id.String()
}
