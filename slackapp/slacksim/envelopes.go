package slacksim

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// delivery is something that the application must acknowledge: an event, which is sent again
// until it is, or a press, command or submission, which somebody waits for.
type delivery struct {
	ID      string // envelope_id of the latest attempt
	Type    string
	Name    string
	Channel string
	Payload json.RawMessage
	EventID string
	Attempt int
	Reason  string
	Raised  time.Time
	Order   int64

	due      time.Time // real clock
	raised   time.Time // real clock
	sentOn   int64
	sentAt   time.Time
	deadline time.Time
	missed   bool // raised while no socket was open
	by       *interaction
	over     bool     // acknowledged or given up
	earlier  []string // envelope ids of attempts before
}

// longestOutage is how long an event waits for a socket (Slack: without Delayed Events, 2 hours).
const longestOutage = 2 * time.Hour

// retryAfter is Slack's schedule of redelivery: at once, after 1 minute, after 5 minutes.
func retryAfter(attempt int) (time.Duration, bool) {
	switch attempt {
	case 1:
		return 0, true
	case 2:
		return time.Minute, true
	case 3:
		return 5 * time.Minute, true
	}
	return 0, false
}

// enqueue takes a delivery and sends it as soon as a socket is there.
func (s *Server) enqueue(d *delivery) {
	d.Order = s.count()
	d.ID = s.nextUUID("envelope")
	d.Raised, d.raised = s.now(), time.Now()
	d.due = d.raised.Add(s.faults.eventDelay(d))
	if d.Type == "events_api" && s.faults.take(&s.faults.reorderEvents) {
		s.faults.held = append(s.faults.held, d)
		if s.faults.reorderEvents > 0 {
			return
		}
		slices.Reverse(s.faults.held)
		for _, h := range s.faults.held {
			h.Order = s.count()
			s.deliveries = append(s.deliveries, h)
			s.saveDelivery(h)
		}
		s.faults.held = nil
	} else {
		s.deliveries = append(s.deliveries, d)
		s.saveDelivery(d)
	}
	s.moved()
	s.nudge()
}

// requeue takes a delivery over from an earlier run: its socket has ended.
func (s *Server) requeue(d *delivery) {
	d.raised, d.due = time.Now(), time.Now()
	s.deliveries = append(s.deliveries, d)
	slices.SortFunc(s.deliveries, func(a, b *delivery) int { return int(a.Order - b.Order) })
}

func (s *Server) saveDelivery(d *delivery) {
	if d.by == nil {
		s.journal.put(fmt.Sprintf("envelope/%d", d.Order), d)
	}
}

func (s *Server) forget(d *delivery) {
	d.over = true
	if i := slices.Index(s.deliveries, d); i >= 0 {
		s.deliveries = slices.Delete(s.deliveries, i, i+1)
	}
	if d.by == nil {
		s.journal.put(fmt.Sprintf("envelope/%d", d.Order), nil)
	}
}

// dispatch sends what is due and times what was sent, until the server ends.
func (s *Server) dispatch() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		s.lock()
		next := s.step(time.Now())
		s.unlock()
		timer.Reset(time.Until(next))
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
	}
}

// step does all that is due at now and says when to look again.
func (s *Server) step(now time.Time) time.Time {
	next := now.Add(time.Minute)
	for _, d := range slices.Clone(s.deliveries) {
		if d.sentOn != 0 && !now.Before(d.deadline) {
			s.timedOut(d, now)
		}
		if d.sentOn == 0 && !d.over && !now.Before(d.due) {
			s.trySend(d, now)
		}
		switch {
		case d.over:
		case d.sentOn != 0:
			next = earliest(next, d.deadline)
		case d.due.After(now):
			next = earliest(next, d.due)
		case d.by != nil:
			next = earliest(next, d.raised.Add(s.cfg.AckTimeout))
		}
	}
	return next
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// trySend sends on one open socket chosen by chance, as Slack does.
func (s *Server) trySend(d *delivery, now time.Time) {
	c := s.pickSocket()
	if c == nil {
		switch {
		case d.by != nil && !now.Before(d.raised.Add(s.cfg.AckTimeout)):
			s.giveUp(d, "dispatch_failed")
		case d.by == nil && s.now().Sub(d.Raised) > longestOutage:
			s.giveUp(d, "undeliverable")
		default:
			d.missed = true
		}
		return
	}
	if d.missed && d.by == nil && d.Attempt == 0 && d.sentAt.IsZero() {
		// The attempt at the time of the event found no socket; this one is its first retry.
		d.Attempt, d.Reason = 1, "timeout"
		s.saveDelivery(d)
	}
	d.missed = false
	out := object{"envelope_id": d.ID, "type": d.Type, "payload": d.Payload, "accepts_response_payload": d.by != nil}
	if d.Type == "events_api" {
		out["retry_attempt"], out["retry_reason"] = d.Attempt, d.Reason
	}
	d.sentOn, d.sentAt, d.deadline = c.id, now, now.Add(s.cfg.AckTimeout)
	c.send(mustJSON(out))
	s.record(entry{Kind: "envelope", Method: d.Name, Channel: d.Channel, OK: true, EnvelopeID: d.ID,
		EventID: d.EventID, Attempt: d.Attempt, Conn: c.id})
	s.moved()
}

func (s *Server) timedOut(d *delivery, now time.Time) {
	d.sentOn = 0
	if d.by != nil {
		s.giveUp(d, "operation_timeout")
		return
	}
	d.Attempt++
	wait, again := retryAfter(d.Attempt)
	if !again {
		s.giveUp(d, "not_acknowledged")
		return
	}
	d.Reason = "timeout"
	d.due = now.Add(time.Duration(float64(wait) * s.cfg.Scale))
	if !s.faults.sameEnvelope {
		d.earlier = append(d.earlier, d.ID)
		d.ID = s.nextUUID("envelope")
	}
	s.saveDelivery(d)
	s.moved()
}

func (s *Server) giveUp(d *delivery, why string) {
	s.record(entry{Kind: "drop", Method: d.Name, Channel: d.Channel, Error: why, EnvelopeID: d.ID, EventID: d.EventID, Attempt: d.Attempt})
	s.forget(d)
	if d.by != nil {
		d.by.fail(why)
	}
	s.moved()
}

// socketEnded puts what the socket had not acknowledged back: it goes out on the next one at once,
// under the same envelope_id.
func (s *Server) socketEnded(id int64) {
	now := time.Now()
	for _, d := range s.deliveries {
		if d.sentOn == id {
			d.sentOn, d.due = 0, now
		}
	}
	s.nudge()
}

func (s *Server) awaitingAck() bool {
	now := time.Now()
	for _, d := range s.deliveries {
		if d.sentOn != 0 || (len(s.conns) > 0 && !d.due.After(now)) {
			return true
		}
	}
	return false
}

// maxAck is the size from which Slack drops acknowledgements without a word.
const maxAck = 20480

// acknowledge handles a text frame from the application. An acknowledgement is taken on any
// socket and for any attempt of its delivery, unless the fault strict_acks is on; what Slack does
// there is not known.
func (s *Server) acknowledge(c *socket, raw []byte) {
	s.lock()
	defer s.unlock()
	s.moved()
	var ack struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	e := entry{Kind: "ack", Conn: c.id}
	defer func() { s.record(e) }()
	if err := json.Unmarshal(raw, &ack); err != nil || ack.EnvelopeID == "" {
		e.Error = "not_an_acknowledgement"
		return
	}
	e.EnvelopeID = ack.EnvelopeID
	i := slices.IndexFunc(s.deliveries, func(d *delivery) bool {
		return d.ID == ack.EnvelopeID || slices.Contains(d.earlier, ack.EnvelopeID)
	})
	if i < 0 {
		e.Error = "unknown_envelope"
		return
	}
	d := s.deliveries[i]
	e.Method, e.Channel, e.EventID, e.Attempt = d.Name, d.Channel, d.EventID, d.Attempt
	if !d.sentAt.IsZero() {
		e.MS = time.Since(d.sentAt).Milliseconds()
	}
	switch {
	case len(raw) >= maxAck:
		e.Error = "too_large"
		return
	case s.faults.strictAcks && (d.ID != ack.EnvelopeID || d.sentOn != c.id):
		e.Error = "not_its_socket"
		return
	case s.faults.dropAcks.take(d.Name, d.Channel):
		e.Error = "dropped_by_fault"
		return
	}
	e.OK = true
	s.forget(d)
	if d.by != nil {
		var payload object
		if len(ack.Payload) > 0 {
			if err := decode(ack.Payload, &payload); err != nil {
				e.Error = "payload_not_an_object"
			}
		}
		d.by.ack(payload, e.MS)
	}
	s.nudge()
}
