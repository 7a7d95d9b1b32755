package slacksim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
)

// Config says how a simulator runs. The zero value is a relaxed one in memory on a free port.
type Config struct {
	// Listen is the address to serve on; port 0 takes a free one. Only loopback addresses are
	// accepted. Empty means 127.0.0.1:0.
	Listen string
	// Dir is where state is kept across restarts and kills; empty keeps it in memory.
	Dir string
	// Seed decides tokens, ids and the choice of sockets: the same seed gives the same ones.
	Seed int64
	// Strict enforces Slack's rate limits.
	Strict bool
	// Manifest is the application's manifest.yaml; scopes, events, commands and shortcuts are
	// taken from it. Nil grants every scope, subscribes to every event, and knows any command.
	Manifest []byte
	// Logger receives what goes wrong inside the simulator; nil discards it.
	Logger *slog.Logger
	// Scale multiplies the redelivery schedule (at once, 1 minute, 5 minutes). 0 means 1.
	Scale float64
	// AckTimeout is how long an envelope may stay unacknowledged. 0 means Slack's 3 s.
	AckTimeout time.Duration
	// PingInterval is the time between WebSocket pings. 0 means 5 s.
	PingInterval time.Duration
	// OpenTier is the tier of apps.connections.open, of which Slack documents two: 1 or 3; 0 means 3.
	OpenTier int
	// EventsPerHour bounds the events that are sent within an hour. 0 means Slack's 30,000 with
	// Strict and no bound without.
	EventsPerHour int
	// SiteURL is where the visitors' site is, for the page's first hint.
	SiteURL string
	// Colleagues are the names of further people of the workspace, who are in every public
	// channel that dana is in, beside the cast that is always there.
	Colleagues []string
	// Now is the clock of timestamps, triggers, tickets and rate limits; nil means time.Now.
	Now func() time.Time
}

// Server is a running simulator. It is safe for concurrent use.
type Server struct {
	cfg     Config
	log     *slog.Logger
	now     func() time.Time
	base    string
	host    string
	ln      net.Listener
	http    *http.Server
	ctx     context.Context
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	methods map[string]method
	app     manifest
	ids     idMaker
	limits  *limiter
	hub     *hub
	journal *journal
	closed  sync.Once
	wake    chan struct{} // tells the dispatcher to look again

	ending sync.RWMutex // held for reading while a request begins, for writing while Close begins
	ended  bool

	mu         sync.Mutex // guards everything below
	st         *state
	rng        *rand.Rand
	conns      map[int64]*socket
	lastConn   int64
	tickets    map[string]ticket
	triggers   map[string]*trigger
	running    map[*interaction]struct{}
	statuses   []threadStatus
	deliveries []*delivery
	faults     faults
	offers     map[string][]any // options that people were offered; see offerKey
	armed      map[string]int   // how many faults of each kind were left to chance
	calls      callLog
	lastMove   time.Time // real clock, whatever Config.Now says
	inflight   int
}

// Start listens and serves until ctx ends or Close is called. The server is ready when it returns.
// It refuses an address that is not loopback, a manifest it cannot read, and a state directory
// that it cannot use.
func Start(ctx context.Context, c Config) (*Server, error) {
	s := &Server{
		cfg: c, log: c.Logger, now: c.Now,
		wake: make(chan struct{}, 1), conns: map[int64]*socket{}, tickets: map[string]ticket{},
		armed: map[string]int{}, offers: map[string][]any{}, triggers: map[string]*trigger{}, running: map[*interaction]struct{}{}, lastMove: time.Now(),
	}
	s.applyDefaults()
	m, err := parseManifest(c.Manifest)
	if err != nil {
		return nil, err
	}
	s.app = m
	s.ids = idMaker{seed: c.Seed}
	s.methods = methodTable()
	s.limits = newLimiter()
	s.hub = newHub()
	s.rng = rand.New(rand.NewPCG(uint64(c.Seed), 0x51ac4))
	s.faults = newFaults()

	ln, err := listenLoopback(ctx, s.cfg.Listen)
	if err != nil {
		return nil, err
	}
	s.ln, s.host = ln, ln.Addr().String()
	s.base = "http://" + s.host
	s.st = newState(s.ids, s.app, c.Colleagues)
	if err := s.openState(c.Dir); err != nil {
		return nil, errors.Join(err, ln.Close())
	}

	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return s.ctx },
	}
	s.lock()
	for _, id := range sortedKeys(s.st.Sharings) { // promised before the restart
		s.shareSoon(s.st.Sharings[id])
	}
	s.unlock()
	s.wg.Add(2)
	go func() {
		defer s.wg.Done()
		if err := s.http.Serve(ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("simulator stopped serving", "error", err)
		}
	}()
	go func() {
		defer s.wg.Done()
		s.dispatch()
	}()
	stop := context.AfterFunc(ctx, s.cancel)
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		<-s.ctx.Done()
		stop()
		if err := s.http.Close(); err != nil {
			s.log.Debug("closing listeners", "error", err)
		}
	}()
	return s, nil
}

func (s *Server) applyDefaults() {
	if s.cfg.Listen == "" {
		s.cfg.Listen = "127.0.0.1:0"
	}
	if s.cfg.Scale <= 0 {
		s.cfg.Scale = 1
	}
	if s.cfg.AckTimeout <= 0 {
		s.cfg.AckTimeout = 3 * time.Second
	}
	if s.cfg.PingInterval <= 0 {
		s.cfg.PingInterval = 5 * time.Second
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
}

func listenLoopback(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("slacksim: listen address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("slacksim: listen address %q is not a loopback address", addr)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("slacksim: listen: %w", err)
	}
	if a, ok := ln.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("slacksim: %q resolved to %v, not loopback", addr, ln.Addr()), ln.Close())
	}
	return ln, nil
}

// URL is where the simulator's page and controls are, without a trailing slash.
func (s *Server) URL() string { return s.base }

// APIURL is the base of the Web API, with a trailing slash.
func (s *Server) APIURL() string { return s.base + "/api/" }

// BotToken is the application's xoxb- token.
func (s *Server) BotToken() string { return s.ids.token("xoxb") }

// AppToken is the application's xapp- token, for Socket Mode.
func (s *Server) AppToken() string { return s.ids.token("xapp") }

// Close stops serving, waits for every goroutine, and writes the state down. It may be called more
// than once.
func (s *Server) Close() error {
	var err error
	s.closed.Do(func() {
		s.cancel()
		s.ending.Lock()
		s.ended = true
		s.ending.Unlock()
		s.mu.Lock()
		conns := make([]*socket, 0, len(s.conns))
		for _, c := range s.conns {
			conns = append(conns, c)
		}
		s.mu.Unlock()
		for _, c := range conns {
			c.kill()
		}
		s.wg.Wait()
		s.lock()
		s.dropAllSockets()
		s.unlock()
		err = s.journal.close(s)
	})
	return err
}

// begin counts work that Close must wait for; it says false once Close has begun.
func (s *Server) begin() bool {
	s.ending.RLock()
	defer s.ending.RUnlock()
	if s.ended {
		return false
	}
	s.wg.Add(1)
	return true
}

// lock takes the state; every change made before unlock is journaled by it.
func (s *Server) lock() { s.mu.Lock() }

// unlock writes the changes down, then releases the state. Writing comes first so that nobody is
// told of a change that a kill could still undo.
func (s *Server) unlock() {
	if err := s.journal.flush(s); err != nil {
		s.log.Error("state not written", "error", err)
	}
	s.mu.Unlock()
}

// moved notes that something happened, for /sim/v1/wait and for interactions.
func (s *Server) moved() {
	s.lastMove = time.Now()
	for i := range s.running {
		i.poke()
	}
}

func (s *Server) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
