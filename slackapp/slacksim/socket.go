package slacksim

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	ticketAge    = 30 * time.Second
	maxSockets   = 10
	connectionS  = 18060 // seconds, as real connections announce
	debugS       = 360   // with debug_reconnects=true
	warnAhead    = 10 * time.Second
	closeGrace   = 2 * time.Second // after a disconnect message
	missedPongs  = 2
	maxFrame     = 1 << 20
	writeTimeout = 10 * time.Second
)

type ticket struct{ expires time.Time }

// socket is one Socket Mode connection.
type socket struct {
	id     int64
	ws     *websocket.Conn
	conn   *silentConn
	ctx    context.Context
	cancel context.CancelFunc

	// Guarded by Server.mu.
	open    bool // said hello, and may be given envelopes
	half    bool // conn is silent
	closing bool

	mu     sync.Mutex
	queue  [][]byte
	signal chan struct{}
}

func (c *socket) send(raw []byte) {
	c.mu.Lock()
	c.queue = append(c.queue, raw)
	c.mu.Unlock()
	select {
	case c.signal <- struct{}{}:
	default:
	}
}

// kill ends the TCP connection without a closing handshake.
func (c *socket) kill() { c.cancel() }

func (s *Server) connectionsOpen(*call) (object, *apiError) {
	for t, v := range s.tickets {
		if s.now().After(v.expires) {
			delete(s.tickets, t)
		}
	}
	t := s.nextUUID("ticket")
	s.tickets[t] = ticket{expires: s.now().Add(ticketAge)}
	return object{"url": "ws://" + s.host + "/link/?ticket=" + t + "&app_id=" + s.st.ws.AppID}, nil
}

// serveSocket upgrades a connection that bears a fresh ticket. A ticket serves once.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	t := r.URL.Query().Get("ticket")
	s.lock()
	tk, ok := s.tickets[t]
	delete(s.tickets, t)
	down, refresh := s.faults.down, s.faults.refreshEvery
	ok = ok && s.now().Before(tk.expires) && !s.faults.revoked
	if down || !ok {
		s.record(entry{Kind: "socket", Method: "refused"})
	}
	s.unlock()
	if down {
		http.Error(w, "service unavailable", http.StatusServiceUnavailable)
		return
	}
	if !ok {
		http.Error(w, "ticket expired or used", http.StatusForbidden)
		return
	}
	// Origins are checked by localOnly; the SDKs send Slack's own or none.
	silent := &silencer{ResponseWriter: w}
	ws, err := websocket.Accept(silent, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		s.log.Debug("socket not upgraded", "error", err)
		return
	}
	ws.SetReadLimit(maxFrame)
	c := &socket{ws: ws, conn: silent.conn, signal: make(chan struct{}, 1)}
	c.ctx, c.cancel = context.WithCancel(s.ctx)
	life := connectionS * time.Second
	if r.URL.Query().Get("debug_reconnects") == "true" {
		life = debugS * time.Second
	}
	if refresh > 0 {
		life = refresh
	}
	s.runSocket(c, life)
}

// runSocket says hello, then reads until the connection ends. It returns when its goroutines have.
func (s *Server) runSocket(c *socket, life time.Duration) {
	var wg sync.WaitGroup
	wg.Add(2)
	go func() { defer wg.Done(); s.writeLoop(c) }()
	go func() { defer wg.Done(); s.pingLoop(c, life) }()

	s.lock()
	s.lastConn++
	c.id = s.lastConn
	full := len(s.conns) >= maxSockets
	if full {
		c.closing = true
		c.send(s.disconnectFrame("too_many_websockets"))
		s.record(entry{Kind: "socket", Method: "too_many_websockets", Conn: c.id})
	} else {
		s.conns[c.id] = c
		c.send(mustJSON(object{"type": "hello", "num_connections": len(s.conns),
			"connection_info": object{"app_id": s.st.ws.AppID},
			"debug_info": object{"host": "applink-sim", "build_number": 1,
				"approximate_connection_time": int(life / time.Second)}}))
		s.record(entry{Kind: "socket", Method: "hello", OK: true, Conn: c.id})
		if s.faults.take(&s.faults.disconnectAfterHello) {
			s.disconnect(c, "refresh_requested")
		} else {
			c.open = true
		}
	}
	s.moved()
	s.nudge()
	s.unlock()
	if full {
		s.closeLater(c, closeGrace)
	}

	s.readLoop(c)
	c.cancel()
	_ = c.ws.CloseNow() // the reader has ended: the peer has closed, or nobody is there
	wg.Wait()
	s.lock()
	s.dropSocket(c)
	s.unlock()
}

// dropSocket forgets a connection and puts back what it owed.
func (s *Server) dropSocket(c *socket) {
	c.open = false
	if s.conns[c.id] == nil {
		return
	}
	delete(s.conns, c.id)
	s.record(entry{Kind: "socket", Method: "closed", Conn: c.id})
	s.socketEnded(c.id)
	s.moved()
}

func (s *Server) dropAllSockets() {
	for _, c := range s.conns {
		s.dropSocket(c)
	}
}

func (s *Server) readLoop(c *socket) {
	for {
		kind, raw, err := c.ws.Read(c.ctx)
		if err != nil {
			return
		}
		if kind == websocket.MessageText {
			s.acknowledge(c, raw)
		}
	}
}

func (s *Server) writeLoop(c *socket) {
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-c.signal:
		}
		for {
			c.mu.Lock()
			if len(c.queue) == 0 {
				c.mu.Unlock()
				break
			}
			raw := c.queue[0]
			c.queue = c.queue[1:]
			c.mu.Unlock()
			ctx, done := context.WithTimeout(c.ctx, writeTimeout)
			err := c.ws.Write(ctx, websocket.MessageText, raw)
			done()
			if err != nil {
				c.cancel()
				return
			}
		}
	}
}

// pingLoop pings, ends a connection that misses two pongs, and refreshes one that has lived long.
func (s *Server) pingLoop(c *socket, life time.Duration) {
	tick := time.NewTicker(s.cfg.PingInterval)
	defer tick.Stop()
	warn := time.NewTimer(max(life/2, life-warnAhead))
	defer warn.Stop()
	refresh := time.NewTimer(life)
	defer refresh.Stop()
	missed := 0
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-warn.C:
			c.send(s.disconnectFrame("warning"))
		case <-refresh.C:
			s.lock()
			s.disconnect(c, "refresh_requested")
			s.unlock()
		case <-tick.C:
			ctx, done := context.WithTimeout(c.ctx, s.cfg.PingInterval)
			err := c.ws.Ping(ctx)
			done()
			if err == nil {
				missed = 0
				continue
			}
			if missed++; missed >= missedPongs {
				s.lock()
				s.record(entry{Kind: "socket", Method: "missed_pongs", Conn: c.id})
				half := c.half
				if half {
					s.dropSocket(c) // the peer hears nothing of it
				}
				s.unlock()
				if !half {
					c.cancel()
				}
				return
			}
		}
	}
}

func (s *Server) disconnectFrame(reason string) []byte {
	return mustJSON(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "applink-sim"}})
}

// disconnect tells a connection to go. A warning leaves it usable for 10 s more.
func (s *Server) disconnect(c *socket, reason string) {
	c.send(s.disconnectFrame(reason))
	s.record(entry{Kind: "socket", Method: "disconnect:" + reason, Conn: c.id})
	if reason == "warning" {
		s.after(c.ctx, warnAhead, func() {
			s.lock()
			defer s.unlock()
			if s.conns[c.id] != nil {
				s.disconnect(c, "refresh_requested")
			}
		})
		return
	}
	c.open, c.closing = false, true
	s.closeLater(c, closeGrace)
}

func (s *Server) closeLater(c *socket, grace time.Duration) {
	s.after(c.ctx, grace, func() { _ = c.ws.Close(websocket.StatusNormalClosure, "") })
}

// after runs f later unless ctx or the server ends first; Close waits for it.
func (s *Server) after(ctx context.Context, d time.Duration, f func()) {
	if !s.begin() {
		return
	}
	go func() {
		defer s.wg.Done()
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-ctx.Done():
		case <-s.ctx.Done():
		case <-t.C:
			f()
		}
	}()
}

// pickSocket chooses among the open connections by the seeded chance.
func (s *Server) pickSocket() *socket {
	var ids []int64
	for id, c := range s.conns {
		if c.open {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	return s.conns[ids[s.rng.IntN(len(ids))]]
}
