package chaos_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"threadline/slackapp/slacksim/simtest"
)

// patience bounds every wait on a condition.
var patience = 180 * time.Second

// call sends JSON and decodes the reply; status 0 means that nobody answered, or
// not in a way that can be read.
func call(method, url, token string, body, reply any, limit time.Duration) int {
	ctx, done := context.WithTimeout(context.Background(), limit)
	defer done()
	status, err := simtest.Call(ctx, method, url, token, body, reply)
	if err != nil {
		return 0
	}
	return status
}

// slackPost is a message, and the id of its channel.
type slackPost struct {
	simtest.Post
	Replies []slackPost

	channel string
}

// place is where a message stands.
type place struct{ channel, ts string }

func (p slackPost) at() place { return place{p.channel, p.TS} }

// pressable reports whether anything can be pressed on a post.
func (p slackPost) pressable() bool { return bytes.Contains(p.Blocks, []byte(`"action_id"`)) }

func (p slackPost) marked(emoji string) bool {
	for _, r := range p.Reactions {
		if r.Name == emoji {
			return true
		}
	}
	return false
}

// slackState is everything in the simulated workspace, with an index of our
// threads by conversation.
type slackState struct {
	simtest.State
	Channels []struct {
		ID, Name string
		Messages []slackPost
	}

	threads map[string][]*slackPost // conversation → its roots, oldest first
	taken   time.Time               // when it was asked for
}

func (s *slackState) index() {
	s.threads = map[string][]*slackPost{}
	for i := range s.Channels {
		for j := range s.Channels[i].Messages {
			m := &s.Channels[i].Messages[j]
			m.channel = s.Channels[i].ID
			for k := range m.Replies {
				m.Replies[k].channel = m.channel
			}
			if m.Metadata.EventType == "threadline_thread" {
				id := m.Metadata.EventPayload.ConversationID
				s.threads[id] = append(s.threads[id], m)
			}
		}
	}
	for _, roots := range s.threads {
		slices.SortFunc(roots, func(a, b *slackPost) int { return cmp.Compare(a.TS, b.TS) })
	}
}

// root is that of the thread in which a chat lives: each move begins a newer one.
func (s *slackState) root(conversation string) *slackPost {
	if roots := s.threads[conversation]; len(roots) > 0 {
		return roots[len(roots)-1]
	}
	return nil
}

// channel is the id of a channel.
func (s *slackState) channel(name string) string {
	for _, c := range s.Channels {
		if c.Name == name {
			return c.ID
		}
	}
	return ""
}

// card is what agents press on: the newest alert of a chat, else its root.
func (s *slackState) card(conversation string) *slackPost {
	root := s.root(conversation)
	if root == nil {
		return nil
	}
	for i := len(root.Replies) - 1; i >= 0; i-- {
		if root.Replies[i].Metadata.EventType == "threadline_alert" {
			return &root.Replies[i]
		}
	}
	return root
}

// question is the private question to a user about a line of theirs.
func (s *slackState) question(user string, line place) *simtest.Ephemeral {
	return s.private(user, line, false)
}

// undo is the private notice to a user that a line of theirs is held back.
func (s *slackState) undo(user string, line place) *simtest.Ephemeral {
	return s.private(user, line, true)
}

func (s *slackState) private(user string, line place, undo bool) *simtest.Ephemeral {
	id := s.User(user)
	for i := range s.Ephemerals {
		e := &s.Ephemerals[i]
		if e.User == id && bytes.Contains(e.Blocks, []byte("line:"+line.channel+":"+line.ts)) && undo == bytes.Contains(e.Blocks, []byte(`"undo"`)) {
			return e
		}
	}
	return nil
}

// workspace plays the people of the simulated workspace and keeps a recent
// picture of it.
type workspace struct {
	url string

	mu   sync.Mutex
	last *slackState
	tick chan struct{} // closed at the next picture
}

func newWorkspace(url string) *workspace {
	return &workspace{url: url, tick: make(chan struct{})}
}

func (w *workspace) look() (*slackState, error) {
	s := &slackState{taken: time.Now()}
	if code := call("GET", w.url+"/sim/v1/state", "", nil, s, 30*time.Second); code != http.StatusOK {
		return nil, fmt.Errorf("simulator: state: status %d", code)
	}
	s.index()
	return s, nil
}

// watch takes pictures until ctx ends, seldom enough to cost little.
func (w *workspace) watch(ctx context.Context) {
	for ctx.Err() == nil {
		began := time.Now()
		if s, err := w.look(); err == nil {
			w.mu.Lock()
			w.last = s
			close(w.tick)
			w.tick = make(chan struct{})
			w.mu.Unlock()
		}
		pause(ctx, max(250*time.Millisecond, 5*time.Since(began)))
	}
}

// wait looks at pictures until one satisfies ok.
func (w *workspace) wait(limit time.Duration, ok func(*slackState) bool) bool {
	deadline := time.After(limit)
	for {
		w.mu.Lock()
		s, tick := w.last, w.tick
		w.mu.Unlock()
		if s != nil && ok(s) {
			return true
		}
		select {
		case <-tick:
		case <-deadline:
			return false
		}
	}
}

// next is wait for pictures that are taken from now on.
func (w *workspace) next(limit time.Duration, ok func(*slackState) bool) bool {
	began := time.Now()
	return w.wait(limit, func(s *slackState) bool { return s.taken.After(began) && ok(s) })
}

// pressed is what the simulator tells of a press.
type pressed struct {
	Acked  bool
	Error  string
	ViewID string `json:"view_id"`
}

func (w *workspace) post(path string, body map[string]any) (pressed, int) {
	var p pressed
	code := call("POST", w.url+"/sim/v1/"+path, "", body, &p, 20*time.Second)
	return p, code
}

func (w *workspace) press(user string, on place, action string) pressed {
	p, _ := w.post("click", map[string]any{"user": user, "channel": on.channel, "message_ts": on.ts, "action_id": action})
	return p
}

// say writes a line in a thread; people try again while the channel is closed.
func (w *workspace) say(user string, thread place, text string) (string, bool) {
	var reply struct{ TS string }
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); pause(context.Background(), 200*time.Millisecond) {
		code := call("POST", w.url+"/sim/v1/say", "", map[string]any{"user": user, "channel": thread.channel, "thread_ts": thread.ts, "text": text}, &reply, 20*time.Second)
		if code == http.StatusOK {
			return reply.TS, true
		}
	}
	return "", false
}

// fault sets faults.
func (w *workspace) fault(f map[string]any) error {
	if code := call("POST", w.url+"/sim/v1/faults", "", f, nil, 20*time.Second); code != http.StatusOK {
		return fmt.Errorf("simulator: fault %v: status %d", f, code)
	}
	return nil
}

// pause waits on the clock, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
