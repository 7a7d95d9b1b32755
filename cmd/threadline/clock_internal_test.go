package main

import (
	"math/rand/v2"
	"testing"
	"time"
)

// machine is a clock that somebody sets.
type machine struct {
	wall time.Time
	run  time.Duration
}

func (m *machine) pass(d time.Duration) { m.wall, m.run = m.wall.Add(d), m.run+d }

func (m *machine) set(by time.Duration) { m.wall = m.wall.Add(by) }

func (m *machine) clock() *clock {
	return &clock{read: func() (time.Time, time.Duration) { return m.wall, m.run }}
}

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func TestTheClockIsSetBack(t *testing.T) {
	m := &machine{wall: noon()}
	c := m.clock()
	began := c.Now()
	m.pass(time.Second)
	m.set(-time.Hour)
	if got := c.Now().Sub(began); got != 500*time.Millisecond {
		t.Errorf("%v after it was set back, want half a second after", got)
	}
	// What is due in a minute is due in two.
	due := c.Now().Add(time.Minute)
	m.pass(2*time.Minute - time.Millisecond)
	if !c.Now().Before(due) {
		t.Error("it runs at more than half the speed")
	}
	m.pass(time.Millisecond)
	if c.Now().Before(due) {
		t.Error("it runs at less than half the speed")
	}
	m.pass(2 * time.Hour)
	if got := c.Now(); !got.Equal(m.wall) {
		t.Errorf("two hours later it is %v from the machine's", got.Sub(m.wall))
	}
	m.pass(time.Minute)
	if got := c.Now(); !got.Equal(m.wall) {
		t.Errorf("it goes on %v from the machine's", got.Sub(m.wall))
	}
}

func TestTheClockIsSetForward(t *testing.T) {
	m := &machine{wall: noon()}
	c := m.clock()
	c.Now()
	m.set(time.Hour)
	if got := c.Now(); !got.Equal(noon().Add(time.Hour)) {
		t.Errorf("it shows %v, want the machine's time: it may have slept", got)
	}
	// Back again: that was a mistake somebody mended.
	m.set(-time.Hour)
	if got := c.Now(); !got.Equal(noon().Add(time.Hour)) {
		t.Errorf("it went to %v", got)
	}
	m.set(time.Hour)
	if got := c.Now(); !got.Equal(m.wall) {
		t.Errorf("it is %v ahead although nothing is left to catch up with", got.Sub(m.wall))
	}
}

func TestNothingTurnsTheClockBack(t *testing.T) {
	m := &machine{wall: noon()}
	c := m.clock()
	rng := rand.New(rand.NewPCG(1, 1))
	last := c.Now()
	for i := range 20000 {
		if rng.IntN(10) == 0 {
			m.set(time.Duration(rng.Int64N(int64(4*time.Hour))) - 2*time.Hour)
		}
		m.pass(time.Duration(rng.Int64N(int64(time.Minute))))
		now := c.Now()
		if now.Before(last) || now.Before(m.wall) {
			t.Fatalf("reading %d: %v after %v, at %v by the machine", i, now, last, m.wall)
		}
		last = now
	}
}

func TestTheClockIsTheMachines(t *testing.T) {
	c := newClock()
	before := time.Now()
	if got := c.Now(); got.Before(before.Add(-time.Millisecond)) || got.After(time.Now().Add(time.Millisecond)) || got.Location() != time.UTC {
		t.Errorf("it shows %v at %v", got, before)
	}
}
