package widget

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"threadline/bridge"
)

// Store is what the visitors' interface reads and the little it writes itself.
type Store interface {
	bridge.Reader
	bridge.Keeper
	bridge.Files
}

// Events is the way into the bridge; [bridge.Bridge] is one.
type Events interface {
	Handle(ctx context.Context, e bridge.Event) (bridge.Receipt, error)
}

// Readiness is how the parts that visitors do not wait for are doing.
type Readiness struct {
	Slack     string // connected, connecting or refused
	Assistant string // what answers: model or builtin
	// Lag is how long the oldest unsent post to the desk has been waiting.
	Lag time.Duration
}

// Config is what a Handler is made of. Page may be nil, Rate zero,
// TrustedProxies empty; everything else is required.
type Config struct {
	// PublicURL is how browsers reach this handler, without a path.
	PublicURL string
	// Secret signs visitors' tokens; at least 16 bytes.
	Secret []byte
	Rate   Rate
	// TrustedProxies may say in X-Forwarded-For whose call they pass on;
	// loopback always may.
	TrustedProxies []netip.Prefix
	Logger         *slog.Logger
	Clock          bridge.Clock
	Store          Store
	// Ready tells /readyz how the other parts are doing, within a second or so.
	Ready func() Readiness
	// Feed carries what passes to the desk, in whichever process that is.
	Feed bridge.Feed
	// Page serves every path that is not the widget's own.
	Page http.Handler
}

// Handler serves visitors. Safe for concurrent use.
type Handler struct {
	publicURL string
	origin    origin
	tokens    signer
	limits    *limits
	proxies   *proxies
	log       *slog.Logger
	clock     bridge.Clock
	store     Store
	ready     func() Readiness
	bridge    Events
	hub       *Hub
	feed      bridge.Feed
	name      string // of this process among replicas
	avatars   *avatars
	uploads   *uploads
	room      bridge.UploadRoom
	mux       *http.ServeMux
	// done is closed when streams must end; streams counts those that last.
	done    chan struct{}
	closing sync.Once
	mu      sync.Mutex
	closed  bool
	streams sync.WaitGroup
}

// callTimeout bounds how long a call may wait for the store.
const callTimeout = 10 * time.Second

// New returns a handler that streams what the hub is told. It owns the hub:
// Close ends both. A server's WriteTimeout and ReadTimeout do not cut streams,
// which set their own deadlines.
func New(c Config, events Events, hub *Hub) (*Handler, error) {
	own, err := parseOrigin(c.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("widget: public url %q: %w", c.PublicURL, err)
	}
	if len(c.Secret) < 16 {
		return nil, errors.New("widget: the secret must have at least 16 bytes")
	}
	files, err := loadAssets(dist)
	if err != nil {
		return nil, fmt.Errorf("widget: embedded files: %w", err)
	}
	h := &Handler{
		publicURL: strings.TrimRight(c.PublicURL, "/"),
		origin:    own,
		tokens:    signer{c.Secret},
		limits:    newLimits(c.Rate, c.Clock),
		proxies:   &proxies{trusted: c.TrustedProxies, log: c.Logger},
		log:       c.Logger,
		clock:     c.Clock,
		store:     c.Store,
		ready:     c.Ready,
		bridge:    events,
		hub:       hub,
		feed:      c.Feed,
		name:      rand.Text(),
		avatars:   newAvatars(c.Clock),
		uploads:   newUploads(),
		room:      bridge.UploadRoom{Files: maxPending, Bytes: maxUnsent},
		done:      make(chan struct{}),
	}
	h.routes(files, c.Page)
	return h, nil
}

// Close ends every stream and waits until the last is gone, at most the few
// seconds that a write to a stuck client may take. Calls are still served.
func (h *Handler) Close() {
	h.closing.Do(func() {
		h.mu.Lock()
		h.closed = true
		h.mu.Unlock()
		close(h.done)
	})
	h.streams.Wait()
	h.hub.close()
}

// enter counts a stream in, unless the handler is closing.
func (h *Handler) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.streams.Add(1)
	return true
}

// call is an endpoint for a known visitor.
type call func(w http.ResponseWriter, r *http.Request, c claims) error

func (h *Handler) routes(files *assets, page http.Handler) {
	h.mux = http.NewServeMux()
	api := []struct {
		method, path string
		serve        http.HandlerFunc
	}{
		{"POST", "/api/v1/sessions", h.open(h.sessions)},
		{"POST", "/api/v1/messages", h.known(h.limits.messages, h.postMessage)},
		{"GET", "/api/v1/messages", h.known(h.limits.calls, h.getMessages)},
		{"GET", "/api/v1/events", h.known(h.limits.calls, h.events)},
		{"POST", "/api/v1/handoff", h.known(h.limits.calls, h.handoff)},
		{"POST", "/api/v1/end", h.known(h.limits.calls, h.end)},
		{"POST", "/api/v1/typing", h.known(h.limits.calls, h.typing)},
		{"POST", "/api/v1/seen", h.known(h.limits.calls, h.seen)},
		{"POST", "/api/v1/contact", h.known(h.limits.calls, h.contact)},
		{"POST", "/api/v1/rating", h.known(h.limits.messages, h.rating)},
		{"POST", "/api/v1/feedback", h.known(h.limits.messages, h.feedback)},
		{"POST", "/api/v1/attachments", h.known(h.limits.uploads, h.upload)},
		{"DELETE", "/api/v1/attachments/{id}", h.known(h.limits.calls, h.dropUpload)},
		{"GET", "/api/v1/transcript", h.known(h.limits.calls, h.transcript)},
	}
	methods := make(map[string][]string)
	for _, e := range api {
		h.mux.HandleFunc(e.method+" "+e.path, e.serve)
		methods[e.path] = append(methods[e.path], e.method)
	}
	for path, allowed := range methods {
		allow := strings.Join(allowed, ", ")
		h.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allow)
			h.fail(w, r, &problem{status: http.StatusMethodNotAllowed, code: "method_not_allowed", message: "Use " + allow + " here."})
		})
	}
	missing := func(w http.ResponseWriter, r *http.Request) { h.fail(w, r, notFound()) }
	h.mux.HandleFunc("/api/", missing)
	h.mux.HandleFunc("GET /healthz", h.healthz)
	h.mux.HandleFunc("GET /readyz", h.readyz)
	h.mux.HandleFunc("GET /avatars/{agent}", h.avatar)
	h.mux.HandleFunc("GET /attachments/{id}/{key}/{name}", h.download)
	h.mux.HandleFunc("GET /widget.js", func(w http.ResponseWriter, r *http.Request) { h.asset(w, r, files, "widget.js") })
	h.mux.HandleFunc("GET /widget/{file...}", func(w http.ResponseWriter, r *http.Request) {
		h.asset(w, r, files, r.PathValue("file"))
	})
	if page == nil {
		page = http.HandlerFunc(missing)
	}
	h.mux.Handle("/", page)
}

// ServeHTTP serves the widget, the visitors' interface and the health checks.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler { //nolint:errorlint // a panic value, not a returned error
				panic(v)
			}
			h.log.Error("visitor call panicked", "method", r.Method, "path", r.URL.Path, "panic", v)
			panic(http.ErrAbortHandler)
		}
	}()
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if strings.HasPrefix(r.URL.Path, "/api/") {
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.log.Debug("visitor call", "method", r.Method, "url", redacted(r.URL))
		if done, err := h.admit(w, r); err != nil {
			h.fail(w, r, err)
			return
		} else if done {
			return
		}
	}
	h.mux.ServeHTTP(w, r)
}

// redacted is the address without a token that stands in it.
func redacted(u *url.URL) string {
	q := u.Query()
	if len(q) == 0 {
		return u.Path
	}
	if q.Has("token") {
		q.Set("token", "redacted")
	}
	return u.Path + "?" + q.Encode()
}

// open wraps an endpoint that needs no token.
func (h *Handler) open(serve func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), callTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		if err := h.limits.sessions.take(h.proxies.address(r)); err != nil {
			h.fail(w, r, err)
		} else if err := serve(w, r); err != nil {
			h.fail(w, r, err)
		}
	}
}

// known wraps an endpoint for visitors with a token. The event stream sets its
// own time limits; an upload takes as long as the visitor's connection needs.
func (h *Handler) known(limit *keyed, serve call) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		stream := r.URL.Path == "/api/v1/events"
		limitation := callTimeout
		if r.URL.Path == "/api/v1/attachments" {
			limitation = uploadTimeout
		}
		if !stream {
			ctx, cancel := context.WithTimeout(r.Context(), limitation)
			defer cancel()
			r = r.WithContext(ctx)
		}
		err := h.limits.address.take(h.proxies.address(r))
		var c claims
		if err == nil {
			c, err = h.identify(r, stream)
		}
		if err == nil {
			err = h.siteAdmits(r, c.Site)
		}
		if err == nil {
			err = limit.take(string(c.Visitor))
		}
		if err == nil {
			err = serve(w, r, c)
		}
		if err != nil {
			h.fail(w, r, err)
		}
	}
}
