package slackapp

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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
	mu       sync.Mutex
	web      string                // the Web API
	sockets  map[string]string     // the Socket Mode connections; empty if there is no in-half
	homeless map[bridge.Route]bool // channels that are missing or closed to us
	lastErr  string
}

// works notes that a call to the Web API did. Slack may have sent nothing for as
// long as it refused our token or its scopes, so that is read back.
func (d *Desk) works() {
	s := &d.state
	s.mu.Lock()
	before := s.web
	s.web, s.lastErr = connected, ""
	s.mu.Unlock()
	if before == refused {
		d.outside()
	}
}

// refuse notes that Slack does not take our token any more.
func (s *state) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.web = refused
}

// channel notes whether a channel in which chats begin was found.
func (s *state) channel(r bridge.Route, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.homeless == nil {
		s.homeless = map[bridge.Route]bool{}
	}
	if found {
		delete(s.homeless, r)
	} else {
		s.homeless[r] = true
	}
}

// only forgets channels in which chats no longer begin.
func (s *state) only(routes []bridge.Route) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.homeless, func(r bridge.Route, _ bool) bool { return !slices.Contains(routes, r) })
}

// healthy reports whether the newest call to the Web API worked and every
// channel is there.
func (s *state) healthy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.web == connected && len(s.homeless) == 0
}

// wire sets how a socket stands. A refusal lasts until a connection is made:
// trying again is no better news.
func (s *state) wire(name, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sockets == nil {
		s.sockets = map[string]string{}
	}
	if to == connecting && s.sockets[name] == refused {
		return
	}
	s.sockets[name] = to
}

// hears is how the best of the sockets stands: one is enough to hear.
func (s *state) hears() string {
	best := ""
	for _, is := range s.sockets {
		switch {
		case is == connected:
			return connected
		case is == refused || best == "":
			best = is
		}
	}
	return orElse(best, connected)
}

// Status is connected, connecting or refused. Refused means that Slack does
// not take one of the tokens, or that a channel is missing in which chats begin.
func (d *Desk) Status() string {
	s := &d.state
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.web == refused || len(s.homeless) > 0 || s.hears() == refused:
		return refused
	case s.web == connected && s.hears() == connected:
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
	if !ourOwn(err) && (f.kind == tokenTrouble || f.kind == outcomeUnknown || f.kind == notSent) {
		s.web = to
	}
	fresh := s.lastErr != text
	s.lastErr = text
	s.mu.Unlock()
	if fresh {
		d.log.Warn("slack: "+doing, "error", err, "status", to)
	}
}

// ourOwn reports whether an error says nothing about Slack.
func ourOwn(err error) bool {
	return errors.Is(err, errNoThread) || errors.Is(err, errUnfit) ||
		errors.Is(err, bridge.ErrNotFound) || errors.Is(err, bridge.ErrUnavailable)
}

// drift estimates Slack's clock from the stamps it gives us. A stamp is never
// later than the instant we see it, so the largest difference of the last
// minutes is the best estimate from below.
type drift struct {
	mu        sync.Mutex
	seen      time.Time // the last look at our own clock
	began     time.Time // of the present stretch
	this, old *time.Duration
}

const (
	driftFor = 5 * time.Minute
	// clockStep is a jump of our own clock that makes old differences void.
	clockStep = time.Second
)

func (c *drift) observe(stamp string, now time.Time) {
	t, ok := stampTime(stamp)
	if !ok {
		return
	}
	diff := t.Sub(now)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look(now)
	if now.Sub(c.began) > driftFor && c.this != nil {
		c.old, c.this = c.this, nil
	}
	if c.this == nil {
		c.this, c.began = &diff, now
	}
	if diff > *c.this {
		*c.this = diff
	}
}

// look forgets everything if our clock was set since the last look.
func (c *drift) look(now time.Time) {
	if !c.seen.IsZero() && stepped(c.seen, now, now.Sub(c.seen)) {
		c.this, c.old = nil, nil
	}
	c.seen = now
}

// stepped reports whether the wall clock went further, or less far, than the
// time that passed.
func stepped(was, now time.Time, passed time.Duration) bool {
	return (now.Round(0).Sub(was.Round(0)) - passed).Abs() > clockStep
}

// now is the present instant as a stamp of Slack's clock.
func (c *drift) now(now time.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look(now)
	best := c.this
	if best == nil || c.old != nil && *c.old > *best {
		best = c.old
	}
	if best == nil {
		return stampOf(now)
	}
	return stampOf(now.Add(*best))
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
