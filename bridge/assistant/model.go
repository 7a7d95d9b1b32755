package assistant

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"time"

	"threadline/bridge"
	"threadline/bridge/trigger"
)

// Limits bound a model's work. Zero fields take the defaults.
type Limits struct {
	FirstToken time.Duration // until the first piece of a stream; 10 s
	Idle       time.Duration // between pieces; 10 s
	Turn       time.Duration // all requests of one turn; 30 s
	Summary    time.Duration // a summary, or a check; 10 s
	// Turns is how many answers the assistant gives before it hands off,
	// counted in an episode since a person or the system last spoke; 18.
	Turns int
	// Failures in a row stop all calls for Rest; 5, and 30 s.
	Failures int
	Rest     time.Duration
}

func (l Limits) orDefaults() Limits {
	for _, d := range []struct {
		v *time.Duration
		s int
	}{{&l.FirstToken, 10}, {&l.Idle, 10}, {&l.Turn, 30}, {&l.Summary, 10}, {&l.Rest, 30}} {
		if *d.v <= 0 {
			*d.v = time.Duration(d.s) * time.Second
		}
	}
	if l.Turns <= 0 {
		l.Turns = 18
	}
	if l.Failures <= 0 {
		l.Failures = 5
	}
	return l
}

// Model asks an OpenAI-compatible endpoint. Safe for concurrent use.
type Model struct {
	index              *Index
	key, baseURL, name string
	http               *http.Client
	clock              bridge.Clock
	log                *slog.Logger
	limits             Limits
	breaker            *breaker
	figures            figures
	rules              *rules
	render             *renderer
	keys               *regexp.Regexp
}

// Answer implements [bridge.Assistant]. Its errors are [ErrVendor],
// [ErrTimeout], [ErrBreakerOpen], the library's, or ctx's.
func (m *Model) Answer(ctx context.Context, q bridge.Question, emit func(string)) (bridge.Answer, error) {
	if a, ok := called(q, true); ok {
		return a, nil
	}
	if q.Alone >= m.limits.Turns {
		return bridge.Answer{
			Move: bridge.MoveHandOff, Trigger: trigger.Complexity,
			Reason:  fmt.Sprintf("The assistant has answered %d times without a person.", m.limits.Turns),
			Summary: bridge.Summary{OpenQuestion: clip(oneLine(pending(q.Transcript)), 300)},
		}, nil
	}
	if a, ok := served(q); ok {
		emit(a.Text)
		return a, nil
	}
	f, err := m.index.retrieve(ctx, q)
	if err != nil {
		return bridge.Answer{}, err
	}
	if !m.breaker.allow() {
		return bridge.Answer{}, ErrBreakerOpen
	}
	began := m.clock.Now()
	t := m.turn(q, f.peaceful(), emit)
	a, err := t.run(ctx)
	a.Tokens = t.tokens()
	end := callWorked
	switch {
	case err != nil && ctx.Err() != nil:
		end = callCancelled
	case err != nil:
		end = callFailed
	}
	m.breaker.settle(end)
	if err != nil {
		m.log.DebugContext(ctx, "model failed", "took", m.clock.Now().Sub(began))
		return bridge.Answer{Tokens: a.Tokens}, err
	}
	m.log.DebugContext(ctx, "model answered", "move", string(a.Move), "confidence", a.Confidence, "took", m.clock.Now().Sub(began))
	return a, nil
}
