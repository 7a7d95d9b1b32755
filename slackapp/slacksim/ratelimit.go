package slacksim

import (
	"math"
	"strconv"
	"time"

	"golang.org/x/time/rate"
)

// limiter holds token buckets: one a method, and for posting one a channel besides.
type limiter struct {
	buckets map[string]*rate.Limiter
	events  []time.Time // raised within the last hour, oldest first
	told    time.Time   // the minute that the application was last told is too much
}

func newLimiter() *limiter { return &limiter{buckets: map[string]*rate.Limiter{}} }

// Bursts are not published. These are small so that an application relying on a burst fails here.
const (
	channelBurst = 3
	teamPosts    = 300 // posts a minute in the workspace: "several hundred"
	teamBurst    = 30
	// Slack: Events API, deliveries in a workspace within 60 minutes.
	eventsPerHour = 30_000
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
	case c.method == "apps.connections.open":
		tier := s.openTier()
		need = append(need, s.limits.bucket(c.method+strconv.Itoa(tier), float64(tier), max(3, tier/10)))
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
	if c.method == "chat.postMessage" && s.faults.hideOverLimit {
		c.hidden = true
		return nil
	}
	return limited(int(math.Ceil(wait.Seconds())), true)
}

// openTier is how many connections a minute may be asked for. Slack's sources differ: the method's
// page says tier 3, an older page and a table in one of its SDKs say tier 1.
func (s *Server) openTier() int {
	tier := s.cfg.OpenTier
	if s.faults.openTier != 0 {
		tier = s.faults.openTier
	}
	if tier == 1 {
		return tier1
	}
	return tier3
}

// tooManyEvents counts an event that is to be raised. Beyond the limit Slack delivers none and, once
// a minute, an app_rate_limited in their place.
func (s *Server) tooManyEvents() bool {
	most := s.cfg.EventsPerHour
	if most == 0 && s.cfg.Strict {
		most = eventsPerHour
	}
	if s.faults.eventsPerHour > 0 {
		most = s.faults.eventsPerHour
	}
	if most <= 0 {
		return false
	}
	now, l := s.now(), s.limits
	old := 0
	for old < len(l.events) && now.Sub(l.events[old]) >= time.Hour {
		old++
	}
	if l.events = l.events[old:]; len(l.events) < most {
		l.events = append(l.events, now)
		return false
	}
	s.record(entry{Kind: "drop", Method: "event", Error: "app_rate_limited"})
	if minute := now.Truncate(time.Minute); minute.After(l.told) {
		l.told = minute
		s.enqueue(&delivery{Type: "events_api", Name: "app_rate_limited", Payload: mustJSON(object{
			"token": s.ids.named("v", "verification"), "type": "app_rate_limited", "team_id": s.st.ws.TeamID,
			"minute_rate_limited": minute.Unix(), "api_app_id": s.st.ws.AppID})})
	}
	return true
}
