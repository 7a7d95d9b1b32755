package slackapp

import (
	"strings"
	"sync"
	"time"
)

// bucket lets one call through per interval, with a small burst, and none
// while it is parked. It is empty when the process starts: whoever sent before
// us may have used up what Slack allows.
type bucket struct {
	mu       sync.Mutex
	interval time.Duration
	burst    float64
	tokens   float64
	last     time.Time
	parked   time.Time
}

// wait is how long until a call may go; zero means now. It takes nothing.
func (b *bucket) wait(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now)
	var w time.Duration
	if b.tokens < 1 {
		w = time.Duration((1 - b.tokens) * float64(b.interval))
		w = max(w, time.Millisecond)
	}
	return max(w, b.parked.Sub(now))
}

// waitFor is how long until the bucket holds that many calls, at most its
// burst; who waits for more than one leaves the first to others.
func (b *bucket) waitFor(now time.Time, calls float64) time.Duration {
	w := b.wait(now)
	b.mu.Lock()
	defer b.mu.Unlock()
	if short := min(calls, b.burst) - b.tokens; short > 0 {
		w = max(w, time.Duration(short*float64(b.interval)), time.Millisecond)
	}
	return w
}

// take uses up one call.
func (b *bucket) take(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now)
	b.tokens--
}

// park holds every call back until then.
func (b *bucket) park(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until.After(b.parked) {
		b.parked = until
	}
	b.tokens = min(b.tokens, 0)
}

func (b *bucket) fill(now time.Time) {
	if d := now.Sub(b.last); d > 0 {
		b.tokens = min(b.burst, b.tokens+float64(d)/float64(b.interval))
		b.last = now
	}
}

// limits holds a bucket for each method, and one for posts to each channel.
// Slack counts calls per method and workspace, posts per channel; each rate is
// a fifth below the published one (Slack: rate limits, tiers 2, 3 and 4).
type limits struct {
	mu                 sync.Mutex
	by                 map[string]*bucket
	post, update, read time.Duration
	call               time.Duration // of a method of tier 3 that has no pace of its own
	began              time.Time
	posting            sync.Mutex // held by whoever takes from both buckets of a post
}

// callInterval is the pace of tier 3 but for a fifth.
const callInterval = time.Minute / 40

func newLimits(post, update, read time.Duration, now time.Time) *limits {
	return &limits{by: map[string]*bucket{}, post: post, update: update, read: read, call: callInterval, began: now}
}

// of returns the bucket with that name: a method, or post:<channel>.
func (l *limits) of(name string) *bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.by[name]
	if b == nil {
		b = &bucket{interval: l.call, burst: 5}
		switch name {
		case "chat.postEphemeral", "files.completeUploadExternal", "files.getUploadURLExternal", "files.info",
			"views.open", "views.publish", "views.update", "users.info":
			b = &bucket{interval: l.call / 2, burst: 10}
		case "reactions.remove", "users.list", "conversations.list":
			b = &bucket{interval: l.call * 5 / 2, burst: 3}
		case "catch-up":
			b = &bucket{interval: l.read, burst: 2}
		case "conversations.replies", "conversations.history":
			b = &bucket{interval: l.read, burst: 5}
		case statusMethod:
			// Slack: 60 a minute.
			b = &bucket{interval: l.call * 5 / 6, burst: 3}
		case "chat.update":
			b = &bucket{interval: l.update, burst: updateBurst}
		case "post":
			// The workspace's: Slack takes several hundred a minute.
			b = &bucket{interval: l.post / 5, burst: 5}
		}
		if strings.HasPrefix(name, "post:") {
			b = &bucket{interval: l.post, burst: 2}
		}
		b.last = l.began
		l.by[name] = b
	}
	return b
}

// empty takes what every bucket has gathered: whoever sent before us may have
// used it up. Parks stay.
func (l *limits) empty(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.began = now
	for _, b := range l.by {
		b.mu.Lock()
		b.tokens, b.last = min(b.tokens, 0), now
		b.mu.Unlock()
	}
}

// updateBurst is how many updates of cards may go out at once.
const updateBurst = 5

// ready is how long until a call of that name may go.
func (l *limits) ready(name string) func(time.Time) time.Duration {
	return l.of(name).wait
}

// postWait is how long until a post may go to a channel.
func (l *limits) postWait(channel string, now time.Time) time.Duration {
	return max(l.of("post:"+channel).wait(now), l.of("post").wait(now))
}

// spend uses up one post to a channel, or says how long that must wait. Two
// senders to one channel cannot both have its last one.
func (l *limits) spend(channel string, now time.Time) time.Duration {
	l.posting.Lock()
	defer l.posting.Unlock()
	if w := l.postWait(channel, now); w > 0 {
		return w
	}
	l.of("post:" + channel).take(now)
	l.of("post").take(now)
	return 0
}
