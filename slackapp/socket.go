package slackapp

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"threadline/bridge"
)

const (
	// socketBuffer is room for events while the database is slow: slack-go
	// drops the connection when its reader cannot go on.
	socketBuffer = 2048
	// openTimeout bounds apps.connections.open and the handshake after it;
	// slack-go itself would wait for ever.
	openTimeout = 10 * time.Second
	// steady is how long a connection must last to be called good.
	steady = 30 * time.Second
)

// socket is one Socket Mode connection.
type socket struct {
	name   string
	client *socketmode.Client
	clock  bridge.Clock
	log    *slog.Logger
	pace   *pace
	once   bool // a hello was seen before
	// open is closed at the first hello; crowd is how many connections the app
	// had then, this one among them.
	open  chan struct{}
	crowd int
}

// newSocket makes a connection that opens in turn with those of the same gate.
func newSocket(name string, c Config, g *gate, log *slog.Logger) *socket {
	log = log.With("socket", name)
	p := &pace{base: &http.Client{Timeout: openTimeout}, clock: c.Clock, least: time.Second, gate: g}
	api := slack.New(c.BotToken,
		slack.OptionAPIURL(c.APIURL),
		slack.OptionHTTPClient(p),
		slack.OptionAppLevelToken(c.AppToken))
	client := socketmode.New(api, socketmode.OptionLog(quiet{log}), socketmode.OptionDialer(&websocket.Dialer{
		Proxy:            http.ProxyFromEnvironment,
		HandshakeTimeout: openTimeout,
		// One frame for every acknowledgement: Slack drops fragmented ones.
		WriteBufferSize: 32 << 10,
	}))
	client.Events = make(chan socketmode.Event, socketBuffer)
	return &socket{name: name, client: client, clock: c.Clock, log: log, pace: p, open: make(chan struct{})}
}

// maxCrowd is how many connections the app may have, this process's first
// among them, for a second to be opened: Slack gives an app ten, and a rolling
// restart needs room for its successors.
const maxCrowd = 4

// runSecond opens another connection once the first has stood for a while, so
// that the two are not renewed at the same time. Where many processes listen,
// one each is enough.
func (s *socket) runSecond(ctx context.Context, a *App, first *socket) {
	after := a.d.c.SecondSocketAfter
	if after < 0 {
		return
	}
	select {
	case <-ctx.Done():
		return
	case <-first.open:
	}
	if !a.d.sleep(ctx, after) {
		return
	}
	if first.crowd > maxCrowd {
		s.log.Info("slack: one connection is enough here", "connections", first.crowd)
		return
	}
	s.run(ctx, a)
}

// run keeps the connection open until ctx ends. slack-go returns only when
// Slack refuses the token; that may be mended, so it is tried again, slowly.
func (s *socket) run(ctx context.Context, a *App) {
	var wg sync.WaitGroup
	wg.Go(func() { s.read(ctx, a) })
	for wait := 5 * time.Second; ctx.Err() == nil; wait = min(2*wait, time.Minute) {
		began := s.clock.Now()
		err := s.client.RunContext(ctx)
		if ctx.Err() != nil {
			break
		}
		if s.clock.Now().Sub(began) > steady {
			wait = 5 * time.Second
		}
		a.d.state.wire(s.name, refused)
		s.log.Error("slack: Socket Mode refused us", "error", err, "retry_in", wait)
		if !a.d.sleep(ctx, wait) {
			break
		}
	}
	wg.Wait()
}

// read takes events off the connection and never waits for anything but the
// database, and that not for long.
func (s *socket) read(ctx context.Context, a *App) {
	ack := func(id string, payload any) {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := s.client.AckCtx(bounded, id, payload); err != nil {
			s.log.Warn("slack: cannot acknowledge", "envelope", id, "error", err)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-s.client.Events:
			s.event(ctx, a, e, ack)
		}
	}
}

func (s *socket) event(ctx context.Context, a *App, e socketmode.Event, ack func(string, any)) {
	switch e.Type {
	case socketmode.EventTypeConnecting:
		a.d.state.wire(s.name, connecting)
	case socketmode.EventTypeHello:
		s.pace.opened()
		a.d.state.wire(s.name, connected)
		s.log.Info("slack: connected", "again", s.once)
		if !s.once {
			if e.Request != nil {
				s.crowd = e.Request.NumConnections
			}
			close(s.open)
		}
		s.once = true
		select {
		case a.gap <- struct{}{}:
		default:
		}
	case socketmode.EventTypeConnectionError:
		if ce, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
			s.log.Warn("slack: cannot connect", "error", ce.ErrorObj, "attempt", ce.Attempt)
			if judge(ce.ErrorObj).kind == tokenTrouble {
				a.d.state.wire(s.name, refused)
			}
		}
	case socketmode.EventTypeDisconnect:
		if e.Request != nil {
			s.log.Info("slack: asked to reconnect", "reason", e.Request.Reason)
		}
	case socketmode.EventTypeErrorBadMessage:
		// What slack-go cannot decode it neither hands over nor acknowledges;
		// what we need of it may be readable all the same.
		if bad, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
			a.receive(ctx, bad.Message, ack)
		}
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand:
		if e.Request == nil {
			return
		}
		raw, err := json.Marshal(wire{EnvelopeID: e.Request.EnvelopeID, Type: e.Request.Type, Payload: e.Request.Payload})
		if err != nil {
			s.log.Error("slack: cannot read an envelope", "error", err)
			return
		}
		a.receive(ctx, raw, ack)
	}
}

// pace is the HTTP client under slack-go's Socket Mode. slack-go reconnects at
// once after a connection that succeeded, however short it was: a server that
// greets and hangs up would be asked thousands of times a second.
type pace struct {
	base  *http.Client
	clock bridge.Clock
	least time.Duration
	gate  *gate
	mu    sync.Mutex
	last  time.Time // of the last call
	since time.Time // of the last hello
	quick int       // connections in a row that did not last
}

const maxPace = time.Minute

// gate keeps the connections of one process from opening at the same time.
type gate struct {
	mu   sync.Mutex
	next time.Time
}

// enter books the first free instant at or after at.
func (g *gate) enter(at time.Time, least time.Duration) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at.Before(g.next) {
		at = g.next
	}
	g.next = at.Add(least)
	return at
}

func (p *pace) opened() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since = p.clock.Now()
}

// wait is how long the next call must be put off.
func (p *pace) wait() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	if p.last.IsZero() {
		p.last = p.gate.enter(now, p.least)
		return p.last.Sub(now)
	}
	if !p.since.IsZero() {
		if now.Sub(p.since) < steady {
			p.quick++
		} else {
			p.quick = 0
		}
		p.since = time.Time{}
	}
	gap := min(maxPace, p.least<<min(max(p.quick-1, 0), 6))
	next := p.last.Add(gap)
	if next.Before(now) {
		next = now
	}
	p.last = p.gate.enter(next, p.least)
	return p.last.Sub(now)
}

// Do puts calls that open connections off as needed and passes the rest on.
func (p *pace) Do(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/apps.connections.open") {
		return p.base.Do(r)
	}
	if w := p.wait(); w > 0 {
		// The client's time-out begins after the wait, with the call itself.
		select {
		case <-p.clock.After(w):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return p.base.Do(r)
}

// quiet takes slack-go's log lines at debug level; they may bear payloads.
type quiet struct{ log *slog.Logger }

func (q quiet) Output(_ int, s string) error {
	q.log.Debug("slack-go", "line", strings.TrimSpace(s))
	return nil
}
