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
// short bursts tolerated), and 50 updates a minute.
type pacingSlack struct {
	clock *pacingClock

	mu              sync.Mutex
	posts           []pacingPost
	refused         []string
	post, update    float64
	posted, updated time.Time
}

type pacingPost struct {
	at      time.Time
	text    string
	kind    string
	payload struct {
		Conversation bridge.ConversationID `json:"conversation_id"`
		Handoff      bridge.HandoffID      `json:"handoff_id"`
		From         int64                 `json:"seq_from"`
		To           int64                 `json:"seq_to"`
	}
}

func newPacingSlack(c *pacingClock) *pacingSlack { return &pacingSlack{clock: c, post: 2, update: 5} }

func (s *pacingSlack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.last()
	answer := object{"ok": true}
	switch method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; method {
	case "auth.test":
		answer["team_id"], answer["user_id"], answer["bot_id"], answer["url"] = "T0", "U0BOT", "B0", "https://example.slack.com/"
	case "conversations.info":
		answer["channel"] = object{"id": pacingChannel, "name": "support", "is_member": true}
	case "chat.update":
		if !allow(&s.update, 5, 50.0/60, &s.updated, now) {
			s.refuse(w, method, now)
			return
		}
		answer["channel"], answer["ts"] = r.PostFormValue("channel"), r.PostFormValue("ts")
	case "chat.postMessage":
		if !allow(&s.post, 2, 1, &s.posted, now) {
			s.refuse(w, method, now)
			return
		}
		p := pacingPost{at: now, text: r.PostFormValue("text")}
		var m struct {
			Type    string          `json:"event_type"`
			Payload json.RawMessage `json:"event_payload"`
		}
		if json.Unmarshal([]byte(r.PostFormValue("metadata")), &m) == nil && json.Unmarshal(m.Payload, &p.payload) == nil {
			p.kind = m.Type
		}
		s.posts = append(s.posts, p)
		// A stamp names one post, also where two come in one microsecond.
		answer["channel"], answer["ts"] = pacingChannel, fmt.Sprintf("%d.%06d", now.Unix(), len(s.posts))
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

// allow takes a token from a bucket that fills at rate a second up to burst.
func allow(tokens *float64, burst, rate float64, last *time.Time, now time.Time) bool {
	if !last.IsZero() {
		*tokens = min(burst, *tokens+now.Sub(*last).Seconds()*rate)
	}
	*last = now
	if *tokens < 1-1e-6 {
		return false
	}
	*tokens--
	return true
}

func (s *pacingSlack) seen() []pacingPost {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.posts)
}
