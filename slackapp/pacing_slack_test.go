package slackapp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"threadline/bridge"
)

// pacingClock is the bubble's clock. It notes the instant it told last, for the
// server outside: the sender reads the clock just before it posts.
type pacingClock struct{ told atomic.Int64 }

func (c *pacingClock) Now() time.Time {
	now := time.Now()
	c.told.Store(now.UnixMicro())
	return now
}

func (c *pacingClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func (c *pacingClock) last() time.Time { return time.UnixMicro(c.told.Load()).UTC() }

// pacingSlack is as much of Slack as posting takes, and stricter: it allows a
// channel one post a second with a burst of two (Slack: about one a second,
// short bursts tolerated), the workspace 300 posts a minute with a burst of ten
// (Slack: several hundred), and 50 updates a minute.
type pacingSlack struct {
	clock *pacingClock

	mu      sync.Mutex
	posts   []pacingPost
	refused []string
	channel map[string]*pacingBucket
	all     pacingBucket
	update  pacingBucket
}

type pacingPost struct {
	at      time.Time
	channel string
	text    string
	kind    string
	payload struct {
		Conversation bridge.ConversationID `json:"conversation_id"`
		Handoff      bridge.HandoffID      `json:"handoff_id"`
		From         int64                 `json:"seq_from"`
		To           int64                 `json:"seq_to"`
	}
}

func newPacingSlack(c *pacingClock) *pacingSlack {
	return &pacingSlack{
		clock: c, channel: map[string]*pacingBucket{},
		all:    pacingBucket{tokens: 10, burst: 10, rate: 5},
		update: pacingBucket{tokens: 5, burst: 5, rate: 50.0 / 60},
	}
}

func (s *pacingSlack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.last()
	answer := object{"ok": true}
	switch method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; method {
	case "auth.test":
		answer["team_id"], answer["user_id"], answer["bot_id"], answer["url"] = "T0", "U0BOT", "B0", "https://example.slack.com/"
	case "conversations.info":
		id := r.PostFormValue("channel")
		answer["channel"] = object{"id": id, "name": strings.ToLower(id), "is_member": true}
	case "chat.update":
		if !s.update.allow(now) {
			s.refuse(w, method, now)
			return
		}
		answer["channel"], answer["ts"] = r.PostFormValue("channel"), r.PostFormValue("ts")
	case "chat.postMessage":
		id := r.PostFormValue("channel")
		if s.channel[id] == nil {
			s.channel[id] = &pacingBucket{tokens: 2, burst: 2, rate: 1}
		}
		if !s.channel[id].allow(now) || !s.all.allow(now) {
			s.refuse(w, method+" in "+id, now)
			return
		}
		p := pacingPost{at: now, channel: id, text: r.PostFormValue("text")}
		var m struct {
			Type    string          `json:"event_type"`
			Payload json.RawMessage `json:"event_payload"`
		}
		if json.Unmarshal([]byte(r.PostFormValue("metadata")), &m) == nil && json.Unmarshal(m.Payload, &p.payload) == nil {
			p.kind = m.Type
		}
		s.posts = append(s.posts, p)
		// A stamp names one post, also where two come in one microsecond.
		answer["channel"], answer["ts"] = id, fmt.Sprintf("%d.%06d", now.Unix(), len(s.posts))
	default:
		answer = object{"ok": false, "error": "unknown_method"}
		s.refused = append(s.refused, "unexpected "+method)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *pacingSlack) refuse(w http.ResponseWriter, method string, now time.Time) {
	s.refused = append(s.refused, method+" at "+now.Format("04:05.000"))
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusTooManyRequests)
}

// pacingBucket fills at rate a second up to burst.
type pacingBucket struct {
	tokens, burst, rate float64
	last                time.Time
}

func (b *pacingBucket) allow(now time.Time) bool {
	if !b.last.IsZero() {
		b.tokens = min(b.burst, b.tokens+now.Sub(b.last).Seconds()*b.rate)
	}
	b.last = now
	if b.tokens < 1-1e-6 {
		return false
	}
	b.tokens--
	return true
}

func (s *pacingSlack) seen() []pacingPost {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.posts)
}
