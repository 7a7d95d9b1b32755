package widget

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
)

func (w *world) sign(s sessionReply, g bridge.Sign) {
	g.Conversation = bridge.ConversationID(s.ConversationID)
	w.hub.Sign(g)
}

// TestTheHolderIsShownAtWork from the claim on, until they write, the chat
// changes hands, or a minute has passed; and again with the next sign.
func TestTheHolderIsShownAtWork(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "question")
	l := w.listen(s.Token, "")
	l.expect("conversation#2")
	w.claim(s)
	if got := l.sign(); !got.Typing || got.Author.Kind != "agent" || got.Author.Name != "Dana Reyes" || got.Author.AvatarURL == "" {
		t.Fatalf("after the claim: %+v", got)
	}
	epoch := w.row(s).Epoch
	at := bridge.Sign{Kind: bridge.SignAgent, Epoch: epoch, On: true, Author: bridge.Author{Kind: bridge.ByAgent, Name: "Dana Reyes", Agent: "UDANA"}}
	w.clock.advance(busyFor + time.Second)
	if got := l.sign(); got.Typing || got.Author.Name != "Dana Reyes" {
		t.Errorf("after a minute: %+v", got)
	}
	old := at
	old.Epoch--
	w.sign(s, old)
	w.sign(s, at)
	if got := l.sign(); !got.Typing {
		t.Errorf("a new sign: %+v", got)
	}
	w.line(s, "I am on it")
	if got := l.sign(); got.Typing {
		t.Errorf("before the line: %+v", got)
	}
	if e := l.next(); e.name != eventMessage {
		t.Errorf("then %v", e)
	}
	w.sign(s, at)
	l.sign()
	w.call(http.MethodPost, "/api/v1/end", s.Token, map[string]any{})
	if got := l.sign(); got.Typing {
		t.Errorf("at the end of the chat: %+v", got)
	}
}

// TestSignsOfTheVisitorGoToTheDesk: typing, and how many streams are open.
func TestSignsOfTheVisitorGoToTheDesk(t *testing.T) {
	ear := &signs{}
	w := newWorld(t, func(c *Config) { c.Feed = ear })
	s := w.session()
	w.say(s, "question")
	l := w.listen(s.Token, "")
	l.expect("conversation#2")
	if got := ear.last(bridge.SignStreams); got.Streams != 1 || got.Origin == "" {
		t.Errorf("with a stream: %+v", got)
	}
	l.hangUp()
	w.eventually("the stream's end is told", func() bool { return ear.last(bridge.SignStreams).Streams == 0 })
	for _, on := range []bool{true, false} {
		w.call(http.MethodPost, "/api/v1/typing", s.Token, map[string]any{"typing": on})
		if got := ear.last(bridge.SignVisitor); got.On != on || string(got.Conversation) != s.ConversationID {
			t.Errorf("typing %v: %+v", on, got)
		}
	}
}

// signs is a feed that remembers what passes.
type signs struct {
	mu   sync.Mutex
	list []bridge.Sign
}

func (*signs) Changed(bridge.ConversationID) {}
func (*signs) Draft(bridge.Draft)            {}

func (f *signs) Sign(s bridge.Sign) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, s)
}

func (f *signs) last(k bridge.SignKind) bridge.Sign {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range slices.Backward(f.list) {
		if s.Kind == k {
			return s
		}
	}
	return bridge.Sign{}
}
