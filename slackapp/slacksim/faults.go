package slacksim

import (
	"net"
	"net/http"
	"net/url"
	"time"
)

// faults are what is set to go wrong. Server.mu guards them.
type faults struct {
	down, revoked                                bool
	dropAcks, dropEvents                         counted
	duplicateEvents, malformedBlock              counted
	disconnectAfterHello, reorderEvents          int
	skew                                         time.Duration // how far the workspace's clock is ahead
	delayEvents, latency                         time.Duration
	hang, reset, fail, errs, applyThenFail, rate []*aimed
	truncate                                     []*aimed
	held                                         []*delivery
	hanging                                      int
	release                                      chan struct{} // closed to end calls that hang
	departed                                     []departed
	kicked, archived                             []string
	openTier                                     int           // of apps.connections.open, 1 or 3; 0 as configured
	eventsPerHour                                int           // 0 as configured
	refreshEvery                                 time.Duration // of connections from now on; 0 as announced
	restricted                                   []string      // channels in which the application may not post
	sameEnvelope                                 bool          // an event comes again under the same envelope_id
	hideOverLimit                                bool          // posts beyond the limit succeed and nobody sees them
	strictAcks                                   bool          // an acknowledgement counts for the attempt and on the socket that it answers
}

func newFaults() faults { return faults{release: make(chan struct{})} }

// take spends one of a counted fault.
func (f *faults) take(n *int) bool {
	if *n <= 0 {
		return false
	}
	*n--
	return true
}

func (f *faults) eventDelay(d *delivery) time.Duration {
	if d.Type == "events_api" {
		return f.delayEvents
	}
	return 0
}

// planned is what will go wrong with one call.
type planned struct {
	down, hang, reset, cutAfter bool
	truncate                    bool
	fail                        *aimed
	rate                        *apiError
	err                         string
	latency                     time.Duration
	release                     chan struct{}
}

func (f *faults) before(method, channel string) planned {
	p := planned{down: f.down, latency: f.latency, release: f.release}
	if p.down {
		return p
	}
	switch {
	case takeAimed(&f.hang, method, channel) != nil:
		p.hang = true
		f.hanging++
	case takeAimed(&f.reset, method, channel) != nil:
		p.reset = true
	default:
		if p.fail = takeAimed(&f.fail, method, channel); p.fail != nil {
			return p
		}
		if a := takeAimed(&f.rate, method, channel); a != nil {
			p.rate = limited(a.retryAfter, !a.noHeader)
			return p
		}
		if a := takeAimed(&f.errs, method, channel); a != nil {
			p.err = a.code
			return p
		}
		p.cutAfter = takeAimed(&f.applyThenFail, method, channel) != nil
		p.truncate = !p.cutAfter && takeAimed(&f.truncate, method, channel) != nil
	}
	return p
}

// applyFault does what goes wrong before a call is looked at; true means the call is over, and
// finish has been called.
func (s *Server) applyFault(w http.ResponseWriter, r *http.Request, p planned, e *entry, finish func()) bool {
	if p.latency > 0 {
		t := time.NewTimer(p.latency)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
		}
	}
	switch {
	case p.down:
		e.Status, e.Error = http.StatusServiceUnavailable, "down"
		finish()
		htmlError(w, http.StatusServiceUnavailable)
	case p.hang:
		e.Status, e.Error = 0, "hung"
		select {
		case <-p.release:
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
		s.lock()
		s.faults.hanging--
		s.unlock()
		finish()
		cut(w, false)
	case p.reset:
		e.Status, e.Error = 0, "reset"
		finish()
		cut(w, true)
	case p.fail != nil:
		e.Status, e.Error = p.fail.status, "failed_by_fault"
		finish()
		if p.fail.html {
			htmlError(w, p.fail.status)
		} else {
			sendJSON(w, p.fail.status, object{"ok": false, "error": "internal_error"})
		}
	default:
		return false
	}
	return true
}

func htmlError(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<!DOCTYPE html><html><body><h1>Server Error</h1></body></html>"))
}

// cut ends the connection without an answer, by reset or by a plain close.
func cut(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// setFaults takes any of the faults, or clears them all.
func (s *Server) setFaults(r *actRequest) (object, *actError) {
	f, a := &s.faults, r.a
	if a.bool("clear") {
		s.clearFaults()
	}
	if _, ok := a["down"]; ok {
		f.down = a.bool("down")
		if f.down {
			for _, c := range s.conns {
				s.dropSocket(c)
				c.kill()
			}
		}
	}
	for key, n := range map[string]*int{"disconnect_after_hello": &f.disconnectAfterHello, "reorder_events": &f.reorderEvents} {
		if _, ok := a[key]; ok {
			*n = a.int(key, 0)
		}
	}
	for key, c := range map[string]*counted{"drop_acks": &f.dropAcks, "drop_events": &f.dropEvents,
		"duplicate_events": &f.duplicateEvents, "malformed_block": &f.malformedBlock} {
		if fail := s.countOrAim(a, key, c); fail != nil {
			return nil, fail
		}
	}
	if _, ok := a["clock_skew_ms"]; ok {
		f.skew = time.Duration(a.int("clock_skew_ms", 0)) * time.Millisecond
	}
	if _, ok := a["latency_ms"]; ok {
		f.latency = time.Duration(a.int("latency_ms", 0)) * time.Millisecond
	}
	if _, ok := a["delay_events_ms"]; ok {
		f.delayEvents = time.Duration(a.int("delay_events_ms", 0)) * time.Millisecond
	}
	for key, list := range map[string]*[]*aimed{"hang": &f.hang, "reset": &f.reset, "fail": &f.fail, "error": &f.errs,
		"apply_then_fail": &f.applyThenFail, "rate_limit": &f.rate, "truncate": &f.truncate} {
		if fail := s.addAimed(a, key, list); fail != nil {
			return nil, fail
		}
	}
	if reason := a.str("disconnect"); reason != "" {
		for _, c := range s.conns {
			if c.open {
				s.disconnect(c, reason)
			}
		}
	}
	if a.bool("half_open") {
		for _, c := range s.conns {
			c.half = true
			c.conn.silent.Store(true)
		}
	}
	for range a.int("unknown_envelope", 0) {
		s.enqueue(&delivery{Type: "beacon", Name: "unknown_envelope", Payload: mustJSON(object{"type": "beacon"})})
	}
	for range a.int("unknown_event", 0) {
		s.raiseAlways(nil, object{"type": "beacon_lit"})
	}
	for key, on := range map[string]*bool{"same_envelope": &f.sameEnvelope, "strict_acks": &f.strictAcks,
		"hide_over_limit": &f.hideOverLimit} {
		if _, ok := a[key]; ok {
			*on = a.bool(key)
		}
	}
	if a.has("revoke_scopes") {
		s.app.lost = a.list("revoke_scopes")
	}
	for key, n := range map[string]*int{"open_tier": &f.openTier, "events_per_hour": &f.eventsPerHour} {
		if _, ok := a[key]; ok {
			*n = a.int(key, 0)
		}
	}
	if _, ok := a["refresh_every_ms"]; ok {
		f.refreshEvery = time.Duration(a.int("refresh_every_ms", 0)) * time.Millisecond
		for _, c := range s.conns {
			if c.open && f.refreshEvery > 0 {
				s.disconnect(c, "refresh_requested")
			}
		}
	}
	if fail := s.channelFaults(a); fail != nil {
		return nil, fail
	}
	if name := a.str("deactivate"); name != "" {
		u := s.st.ws.person(name)
		if u == nil || u.Bot {
			return nil, refuse(http.StatusNotFound, "no_such_user", "there is nobody by that name or id")
		}
		s.deactivate(u)
	}
	if a.bool("uninstall") {
		s.raise("app_uninstalled", nil, object{"type": "app_uninstalled"})
	}
	if a.bool("revoke_tokens") || a.bool("uninstall") {
		s.raise("tokens_revoked", nil, object{"type": "tokens_revoked", "tokens": object{"oauth": []any{}, "bot": []any{s.st.ws.BotUser}}})
		s.step(time.Now()) // the last thing the application hears
		f.revoked = true
		for _, c := range s.conns {
			s.disconnect(c, "link_disabled")
		}
	}
	return object{}, nil
}

// channelFaults removes the application from a channel, or archives one.
func (s *Server) channelFaults(a args) *actError {
	for _, key := range []string{"kick", "archive", "restrict"} {
		ref := a.str(key)
		if ref == "" {
			continue
		}
		c := s.st.channelRef(ref)
		if c == nil {
			return refuse(http.StatusNotFound, "no_such_channel", "there is no channel by that name or id")
		}
		prefix := "channel"
		if c.Private {
			prefix = "group"
		}
		admin := s.st.ws.idsOf("morgan")[0]
		if key == "kick" && c.has(s.st.ws.BotUser) {
			s.raise(prefix+"_left", c, object{"type": prefix + "_left", "channel": c.ID, "actor_id": admin})
			c.Members = removeString(c.Members, s.st.ws.BotUser)
			s.faults.kicked = append(s.faults.kicked, c.ID)
		}
		if key == "archive" && !c.Archived {
			c.Archived = true
			s.raise(prefix+"_archive", c, object{"type": prefix + "_archive", "channel": c.ID, "user": admin, "is_moved": 0})
			s.faults.archived = append(s.faults.archived, c.ID)
		}
		if key == "restrict" {
			s.faults.restricted = append(s.faults.restricted, c.ID)
		}
		s.saveChannel(c)
		s.hub.send("channel", object{"channel": c.ID})
	}
	return nil
}

// clearFaults mends everything that faults broke: archived channels are opened again and the
// application is back where it was removed.
func (s *Server) clearFaults() {
	old := s.faults
	close(old.release)
	s.faults = newFaults()
	s.faults.hanging = old.hanging
	s.app.lost = nil
	for _, d := range old.held {
		s.deliveries = append(s.deliveries, d)
		s.saveDelivery(d)
	}
	for _, gone := range old.departed {
		for _, c := range gone.from {
			c.Members = append(c.Members, gone.user)
			s.saveChannel(c)
		}
	}
	for _, id := range old.kicked {
		s.join(s.st.channel(id), s.st.ws.BotUser)
	}
	for _, id := range old.archived {
		c := s.st.channel(id)
		c.Archived = false
		s.saveChannel(c)
		prefix := "channel"
		if c.Private {
			prefix = "group"
		}
		s.raise(prefix+"_unarchive", c, object{"type": prefix + "_unarchive", "channel": c.ID, "user": s.st.ws.idsOf("morgan")[0]})
	}
	for _, c := range s.conns {
		if c.half {
			c.kill()
		}
	}
	s.nudge()
}

// view shows which faults are on.
func (f *faults) view() object {
	return object{"down": f.down, "revoked": f.revoked, "drop_acks": f.dropAcks.view(), "duplicate_events": f.duplicateEvents.view(),
		"drop_events": f.dropEvents.view(), "clock_skew_ms": f.skew.Milliseconds(),
		"disconnect_after_hello": f.disconnectAfterHello, "malformed_block": f.malformedBlock.view(), "reorder_events": f.reorderEvents,
		"latency_ms": f.latency.Milliseconds(), "delay_events_ms": f.delayEvents.Milliseconds(), "hang": len(f.hang), "reset": len(f.reset),
		"fail": len(f.fail), "error": len(f.errs), "apply_then_fail": len(f.applyThenFail), "rate_limit": len(f.rate),
		"truncate": len(f.truncate), "restrict": len(f.restricted), "same_envelope": f.sameEnvelope, "strict_acks": f.strictAcks,
		"hide_over_limit": f.hideOverLimit,
		"open_tier":       f.openTier, "events_per_hour": f.eventsPerHour, "refresh_every_ms": f.refreshEvery.Milliseconds()}
}

func escapePath(name string) string { return url.PathEscape(name) }
