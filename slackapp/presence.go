package slackapp

import (
	"sync"
	"time"

	"threadline/bridge"
)

const (
	// presentFor is how long a process's word about its streams counts; each
	// stream gives it again every 15 s.
	presentFor = 45 * time.Second
	// awayFor is how long a visitor without a stream is away before they have
	// left: people change pages, and phones sleep.
	awayFor = 5 * time.Minute
)

// whether says where the visitor is.
type whether int

const (
	whereUnknown whether = iota
	online
	away
	left
)

func (w whether) String() string {
	switch w {
	case online:
		return "🟢 The visitor is here"
	case away:
		return "🌙 The visitor is away"
	case left:
		return "⚪ The visitor has left"
	}
	return ""
}

// presence is what all processes say about visitors' streams.
type presence struct {
	mu sync.Mutex
	by map[bridge.ConversationID]*streams
}

type streams struct {
	of   map[string]report // by process
	last time.Time         // when there was one
}

type report struct {
	n  int
	at time.Time
}

func (p *presence) note(s bridge.Sign, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.by == nil {
		p.by = map[bridge.ConversationID]*streams{}
	}
	x := p.by[s.Conversation]
	if x == nil {
		if s.Streams == 0 {
			return
		}
		if len(p.by) >= 4*recentSize {
			p.sweep(now)
		}
		x = &streams{of: map[string]report{}}
		p.by[s.Conversation] = x
	}
	x.of[s.Origin] = report{s.Streams, now}
	if s.Streams > 0 || x.open(now) {
		x.last = now
	}
}

func (x *streams) open(now time.Time) bool {
	for _, r := range x.of {
		if r.n > 0 && now.Sub(r.at) < presentFor {
			return true
		}
	}
	return false
}

// sweep forgets whoever left long ago.
func (p *presence) sweep(now time.Time) {
	for id, x := range p.by {
		if now.Sub(x.last) > 2*awayFor {
			delete(p.by, id)
		}
	}
}

func (p *presence) of(id bridge.ConversationID, now time.Time) whether {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.by[id]
	switch {
	case x == nil:
		return whereUnknown
	case x.open(now):
		return online
	case now.Sub(x.last) < awayFor:
		return away
	}
	return left
}
