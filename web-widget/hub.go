package widget

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"threadline/bridge"
)

const (
	// queueDrafts and queueBytes bound what a stream may fall behind in drafts
	// before it is dropped. Wake-ups need no room: two are one.
	queueDrafts = 1024
	queueBytes  = 256 << 10
	// sweepEvery is how soon a change that this process was not told of is
	// found all the same.
	sweepEvery = time.Second
)

// Hub tells streams to look at the store. It implements [bridge.Feed]: it
// never blocks and never fails. Safe for concurrent use.
type Hub struct {
	store bridge.Reader
	clock bridge.Clock
	log   *slog.Logger

	mu       sync.Mutex
	topics   map[bridge.ConversationID]*topic
	sweeping bool
	stop     context.CancelFunc
	sweeps   sync.WaitGroup
	closed   bool
}

var _ bridge.Feed = (*Hub)(nil)

// topic is a conversation that somebody streams.
type topic struct{ subs map[*subscription]struct{} }

// NewHub returns a hub that nobody listens to yet.
func NewHub(store bridge.Reader, clock bridge.Clock, log *slog.Logger) *Hub {
	return &Hub{store: store, clock: clock, log: log, topics: make(map[bridge.ConversationID]*topic)}
}

// Changed wakes the conversation's streams.
func (h *Hub) Changed(id bridge.ConversationID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.topics[id]; t != nil {
		t.wake()
	}
}

func (t *topic) wake() {
	for s := range t.subs {
		s.wake()
	}
}

// Draft hands a piece of an answer to the conversation's streams. One that has
// too much waiting already is dropped; its client comes back and resumes.
func (h *Hub) Draft(d bridge.Draft) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.topics[d.Conversation]; t != nil {
		for s := range t.subs {
			s.push(d)
		}
	}
}

// Sign hands on who is at work for the conversation's visitor.
func (h *Hub) Sign(g bridge.Sign) {
	if g.Kind != bridge.SignAgent && g.Kind != bridge.SignAssistant {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.topics[g.Conversation]; t != nil {
		for s := range t.subs {
			s.sign(g)
		}
	}
}

// streams is how many streams of a conversation are open here.
func (h *Hub) streams(id bridge.ConversationID) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.topics[id]; t != nil {
		return len(t.subs)
	}
	return 0
}

// subscribe begins to collect what a stream must hear. It returns nil when
// the conversation has max streams already; zero means no maximum.
func (h *Hub) subscribe(id bridge.ConversationID, maximum int) *subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[id]
	if t == nil {
		t = &topic{subs: make(map[*subscription]struct{})}
		h.topics[id] = t
	}
	if maximum > 0 && len(t.subs) >= maximum {
		return nil
	}
	s := &subscription{conversation: id, ready: make(chan struct{}, 1)}
	t.subs[s] = struct{}{}
	if !h.sweeping && !h.closed {
		ctx, cancel := context.WithCancel(context.Background())
		h.sweeping, h.stop = true, cancel
		h.sweeps.Add(1)
		go h.sweep(ctx)
	}
	return s
}

func (h *Hub) unsubscribe(s *subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.topics[s.conversation]; t != nil {
		if delete(t.subs, s); len(t.subs) == 0 {
			delete(h.topics, s.conversation)
		}
	}
}

// sweep compares revs once a second while anybody streams: another process may
// have committed, or a wake-up may have been lost with one.
func (h *Hub) sweep(ctx context.Context) {
	defer h.sweeps.Done()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.clock.After(sweepEvery):
		}
		ids, ok := h.active()
		if !ok {
			return
		}
		look, cancel := context.WithTimeout(ctx, 5*time.Second)
		revs, err := h.store.Revs(look, ids)
		cancel()
		if err != nil {
			if ctx.Err() == nil {
				h.log.Debug("revs of streamed conversations", "error", err)
			}
			continue
		}
		h.compare(revs)
	}
}

// active lists the streamed conversations; false ends the sweep, for nobody
// streams.
func (h *Hub) active() ([]bridge.ConversationID, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.topics) == 0 {
		h.sweeping = false
		h.stop()
		return nil, false
	}
	ids := make([]bridge.ConversationID, 0, len(h.topics))
	for id := range h.topics {
		ids = append(ids, id)
	}
	return ids, true
}

func (h *Hub) compare(revs map[bridge.ConversationID]int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, rev := range revs {
		if t := h.topics[id]; t != nil {
			for s := range t.subs {
				s.wakeBehind(rev)
			}
		}
	}
}

// close ends the sweep and waits for it.
func (h *Hub) close() {
	h.mu.Lock()
	h.closed = true
	if h.sweeping {
		h.stop()
	}
	h.mu.Unlock()
	h.sweeps.Wait()
}

// subscription is what one stream has not looked at yet. Safe for concurrent
// use.
type subscription struct {
	conversation bridge.ConversationID
	// ready holds a token while there is something to take.
	ready chan struct{}

	mu     sync.Mutex
	woken  bool
	drafts []bridge.Draft
	bytes  int
	slow   bool
	rev    int64
	signs  []bridge.Sign // the newest of each kind
}

func (s *subscription) wake() {
	s.mu.Lock()
	s.woken = true
	s.mu.Unlock()
	s.signal()
}

// reached notes the rev up to which the stream has told its client everything.
func (s *subscription) reached(rev int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rev = rev
}

// wakeBehind wakes the stream unless it has reached rev.
func (s *subscription) wakeBehind(rev int64) {
	s.mu.Lock()
	behind := s.rev < rev
	s.mu.Unlock()
	if behind {
		s.wake()
	}
}

func (s *subscription) push(d bridge.Draft) {
	s.mu.Lock()
	if len(s.drafts) >= queueDrafts || s.bytes+len(d.Text) > queueBytes {
		s.slow, s.drafts, s.bytes = true, nil, 0
	}
	if !s.slow {
		s.drafts, s.bytes = append(s.drafts, d), s.bytes+len(d.Text)
	}
	s.mu.Unlock()
	s.signal()
}

// sign keeps the newest sign of its kind.
func (s *subscription) sign(g bridge.Sign) {
	s.mu.Lock()
	s.signs = slices.DeleteFunc(s.signs, func(o bridge.Sign) bool { return o.Kind == g.Kind })
	s.signs = append(s.signs, g)
	s.mu.Unlock()
	s.signal()
}

// takeSigns empties what sign has kept.
func (s *subscription) takeSigns() []bridge.Sign {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.signs
	s.signs = nil
	return list
}

func (s *subscription) signal() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// take empties the subscription. slow says that drafts were thrown away and
// the stream must end.
func (s *subscription) take() (woken bool, drafts []bridge.Draft, slow bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	woken, drafts, slow = s.woken, s.drafts, s.slow
	s.woken, s.drafts, s.bytes = false, nil, 0
	return woken, drafts, slow
}
