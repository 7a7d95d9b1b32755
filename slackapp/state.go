package slackapp

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"threadline/bridge"
)

// What Status says.
const (
	connected  = "connected"
	connecting = "connecting"
	refused    = "refused"
)

// state is how we stand with Slack, both ways.
type state struct {
	mu      sync.Mutex
	web     string // the Web API
	socket  string // the Socket Mode connection; empty if there is no in-half
	lastErr string
}

func (s *state) api(to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.web = to
	if to == connected {
		s.lastErr = ""
	}
}

// healthy reports whether the newest call to the Web API worked.
func (s *state) healthy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.web == connected
}

// wire sets how the socket stands. A refusal lasts until a connection is made:
// trying again is no better news.
func (s *state) wire(to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if to == connecting && s.socket == refused {
		return
	}
	s.socket = to
}

// Status is connected, connecting or refused. Refused means that Slack does
// not take one of the tokens.
func (d *Desk) Status() string {
	s := &d.state
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.web == refused || s.socket == refused:
		return refused
	case s.web == connected && (s.socket == connected || s.socket == ""):
		return connected
	default:
		return connecting
	}
}

// noteError updates the status for a failed call and logs it once for as long
// as it stays the same.
func (d *Desk) noteError(doing string, err error) {
	f := judge(err)
	to := connecting
	if f.kind == tokenTrouble {
		to = refused
	}
	text := fmt.Sprintf("%s: %v", doing, err)
	s := &d.state
	s.mu.Lock()
	if f.kind == tokenTrouble || f.kind == outcomeUnknown || f.kind == notSent {
		s.web = to
	}
	fresh := s.lastErr != text
	s.lastErr = text
	s.mu.Unlock()
	if fresh {
		d.log.Warn("slack: "+doing, "error", err, "status", to)
	}
}

// drift estimates Slack's clock from the stamps it gives us. A stamp is never
// later than the instant we see it, so the largest difference is the best
// estimate from below.
type drift struct {
	mu     sync.Mutex
	offset time.Duration
	known  bool
}

func (c *drift) observe(stamp string, now time.Time) {
	t, ok := stampTime(stamp)
	if !ok {
		return
	}
	diff := t.Sub(now)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known || diff > c.offset || c.offset-diff > time.Hour {
		c.offset, c.known = diff, true
	}
}

// now is the present instant as a stamp of Slack's clock.
func (c *drift) now(now time.Time) string {
	c.mu.Lock()
	off := c.offset
	c.mu.Unlock()
	return stampOf(now.Add(off))
}

func stampOf(t time.Time) string {
	return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000)
}

func stampTime(s string) (time.Time, bool) {
	sec, frac, ok := strings.Cut(s, ".")
	if !ok || len(frac) != 6 {
		return time.Time{}, false
	}
	a, err1 := strconv.ParseInt(sec, 10, 64)
	b, err2 := strconv.ParseInt(frac, 10, 64)
	if err1 != nil || err2 != nil {
		return time.Time{}, false
	}
	return time.Unix(a, b*1000).UTC(), true
}

// recent remembers the last few hundred strings.
type recent struct {
	mu   sync.Mutex
	set  map[string]bool
	ring []string
	next int
}

const recentSize = 1024

func (r *recent) add(s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.set == nil {
		r.set = map[string]bool{}
		r.ring = make([]string, recentSize)
	}
	if r.set[s] {
		return
	}
	delete(r.set, r.ring[r.next])
	r.ring[r.next] = s
	r.set[s] = true
	r.next = (r.next + 1) % recentSize
}

func (r *recent) has(s string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.set[s]
}

// marks remembers which delivery made a post, so that updates of it go on
// bearing that delivery's id.
type marks struct {
	mu sync.Mutex
	by map[bridge.Place]bridge.DeliveryID
}

func (m *marks) set(at bridge.Place, id bridge.DeliveryID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by == nil || len(m.by) >= 4*recentSize {
		m.by = map[bridge.Place]bridge.DeliveryID{}
	}
	m.by[at] = id
}

// of is the delivery that made the post, or other if that is forgotten.
func (m *marks) of(at bridge.Place, other bridge.DeliveryID) bridge.DeliveryID {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id := m.by[at]; id != "" {
		return id
	}
	return other
}
