package slacksim

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// limiter holds token buckets: one a method, and for posting one a channel besides.
type limiter struct{ buckets map[string]*rate.Limiter }

func newLimiter() *limiter { return &limiter{buckets: map[string]*rate.Limiter{}} }

// Bursts are not published. These are small so that an application relying on a burst fails here.
const (
	channelBurst = 3
	teamPosts    = 300 // posts a minute in the workspace: "several hundred"
	teamBurst    = 30
)

func (l *limiter) bucket(key string, perMinute float64, burst int) *rate.Limiter {
	b := l.buckets[key]
	if b == nil {
		b = rate.NewLimiter(rate.Limit(perMinute/60), burst)
		l.buckets[key] = b
	}
	return b
}

// limit spends a token of every bucket that the call draws on, or of none.
func (s *Server) limit(m method, c *call) *apiError {
	if !s.cfg.Strict {
		return nil
	}
	now := s.now()
	var need []*rate.Limiter
	switch {
	case c.method == "chat.postMessage":
		key := c.args.str("channel")
		if ch := s.st.channelRef(key); ch != nil {
			key = ch.ID
		}
		need = append(need, s.limits.bucket("post/"+key, 60, channelBurst), s.limits.bucket("post", teamPosts, teamBurst))
	case m.tier > 0:
		need = append(need, s.limits.bucket(c.method, float64(m.tier), max(3, m.tier/10)))
	}
	var wait time.Duration
	var taken []*rate.Reservation
	for _, b := range need {
		r := b.ReserveN(now, 1)
		taken = append(taken, r)
		wait = max(wait, r.DelayFrom(now))
	}
	if wait == 0 {
		return nil
	}
	for _, r := range taken {
		r.CancelAt(now)
	}
	return limited(int(math.Ceil(wait.Seconds())), true)
}
