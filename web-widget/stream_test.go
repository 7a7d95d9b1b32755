package widget

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
)

func TestStreamBeginsWithTheConversationAndThenIsLive(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	l := w.listen(s.Token, "")
	first := l.expect("conversation#0")[0]
	if first.decoded["status"] != "automatic" || first.decoded["agent"] != nil || first.decoded["epoch"] != 0.0 {
		t.Errorf("before the first message: %v", first)
	}
	for key, want := range map[string]string{
		"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no",
	} {
		if got := l.head.Get(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	m := w.say(s, "Do you service heat pumps?")
	got := l.expect("conversation#1", "message#2")
	if got[1].decoded["id"] != m.ID || got[1].decoded["text"] != m.Text {
		t.Errorf("got %v, want %+v", got[1], m)
	}

	again := w.listen(s.Token, "")
	again.expect("conversation#2")
	w.say(s, "Hello?")
	again.expect("message#3")
	l.expect("message#3")
}

func TestStreamReplaysWhatChangedByRevAndEachOnce(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "one")         // conversation 1, message 2
	w.reply(s, "r1", "two") // message 3
	w.call("POST", "/api/v1/handoff", s.Token, map[string]any{})
	w.claim(s)
	before := w.row(s).Rev
	kept := w.line(s, "first line")
	gone := w.line(s, "second line")
	after := w.row(s).Rev
	if after != before+2 {
		t.Fatalf("two lines took %d revs", after-before)
	}
	w.edit(s, kept, "first line, better") // +3
	w.remove(s, gone)                     // +4
	w.edit(s, kept, "first line, best")   // +5
	fresh := w.line(s, "third line")      // +6
	w.edit(s, fresh, "third line!")       // +7
	unborn := w.line(s, "fourth")         // +8
	w.remove(s, unborn)                   // +9

	id := func(name string, n int64) string { return fmt.Sprintf("%s#%d", name, before+n) }
	l := w.listen(s.Token, "", "Last-Event-ID", fmt.Sprint(after))
	got := l.expect(id("message_deleted", 4), id("message_updated", 5), id("message", 7), id("message", 9))
	if d := got[0].decoded; d["deleted"] != true || d["text"] != "" || d["html"] != "" {
		t.Errorf("a deleted message kept its words: %v", got[0])
	}
	if d := got[1].decoded; d["text"] != "first line, best" || d["edited_at"] == nil {
		t.Errorf("not the latest state: %v", got[1])
	}
	if got[3].decoded["deleted"] != true {
		t.Errorf("not the latest state: %v", got[3])
	}
	w.say(s, "thanks")
	l.expect(id("message", 10))

	// From the middle of the handoff: its messages and the status, by rev.
	status := w.row(s).StatusRev
	mid := w.listen(s.Token, "?after_rev=3")
	var seen []string
	for rev, last := int64(0), w.row(s).Rev; rev < last; {
		e := mid.next()
		var n int64
		if _, err := fmt.Sscan(e.id, &n); err != nil || n <= rev {
			t.Fatalf("%v after rev %d", e, rev)
		}
		rev = n
		seen = append(seen, e.name+"#"+e.id)
	}
	conversations := strings.Count(strings.Join(seen, " "), "conversation#")
	if conversations != 1 || !strings.Contains(strings.Join(seen, " "), fmt.Sprintf("conversation#%d", status)) {
		t.Errorf("the status must come once, at %d: %v", status, seen)
	}
}

func TestStreamTakesTheHeaderBeforeTheAddress(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "one")
	w.say(s, "two")
	w.listen(s.Token, "?after_rev=0", "Last-Event-ID", "2").expect("message#3")
	w.listen(s.Token, "?after_rev=0").expect("conversation#1", "message#2", "message#3")
	// A resume point from another database counts as none.
	w.listen(s.Token, "?after_rev=900").expect("conversation#3")
	// Nothing changed: nothing comes but what is new.
	l := w.listen(s.Token, "?after_rev=3")
	w.say(s, "three")
	l.expect("message#4")
}

func TestStreamPagesThroughALongAbsence(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "hello")
	w.claim(s)
	early := w.line(s, "early")
	w.crowd(s, pageSize+50)
	// The status changes in the middle of the second page.
	w.handle(bridge.AgentReleased{Press: w.press(s)})
	w.crowd(s, pageSize)
	w.edit(s, early, "early, but changed at last")
	row := w.row(s)
	l := w.listen(s.Token, "?after_rev=1")
	last, status := int64(1), 0
	for last < row.Rev {
		e := l.next()
		var n int64
		if _, err := fmt.Sscan(e.id, &n); err != nil || n <= last {
			t.Fatalf("%v after %d", e, last)
		}
		switch e.name {
		case eventConversation:
			if status++; n != row.StatusRev {
				t.Errorf("status at %d, want %d", n, row.StatusRev)
			}
		case eventMessage:
		default:
			t.Errorf("%v was created after the resume point", e)
		}
		last = n
	}
	if status != 1 {
		t.Errorf("%d conversation events", status)
	}

	var again sessionReply
	w.call("POST", "/api/v1/sessions", s.Token, map[string]any{"site": "default"}).into(t, 201, &again)
	if n := len(again.Messages); n != sessionMessages || again.Messages[n-1].Seq != row.Seq {
		t.Errorf("a session brought %d messages up to %d, want the newest %d up to %d", n, again.Messages[n-1].Seq, sessionMessages, row.Seq)
	}
}

// crowd commits that many messages at once.
func (w *world) crowd(s sessionReply, n int) {
	w.Helper()
	c := w.row(s)
	list := make([]bridge.Message, n)
	for i := range list {
		at := int64(i + 1)
		list[i] = bridge.Message{Seq: c.Seq + at, Rev: c.Rev + at, FirstRev: c.Rev + at, Text: "one of many", Order: w.clock.Now()}
	}
	w.tamper(s, func(c *bridge.Conversation) {
		c.Seq, c.Rev = c.Seq+int64(n), c.Rev+int64(n)
	}, list...)
}

// tamper commits what another process might have: this hub is not told.
func (w *world) tamper(s sessionReply, change func(*bridge.Conversation), list ...bridge.Message) {
	w.Helper()
	id := bridge.ConversationID(s.ConversationID)
	for i := range list {
		list[i].ID, list[i].Conversation = bridge.MessageID(w.id()), id
	}
	_, err := w.store.Settle(w.Context(), bridge.Query{Key: w.id(), Conversation: id}, func(st bridge.State) (bridge.Changes, error) {
		c := st.Conversation
		change(&c)
		return bridge.Changes{Conversation: &c, Messages: list}, nil
	})
	if err != nil {
		w.Error(err)
	}
}

func TestAStatusThatChangesBetweenTwoReadsIsNotLost(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "one")
	w.say(s, "two")
	w.store.setPause(sync.OnceFunc(func() {
		w.tamper(s, func(c *bridge.Conversation) {
			c.Expectation, c.StatusRev, c.Rev, c.Seq = "soon", 4, 5, 3
		}, bridge.Message{Seq: 3, Rev: 5, FirstRev: 5, Text: "three"})
	}))
	got := w.listen(s.Token, "?after_rev=2").expect("message#3", "conversation#4", "message#5")
	if got[1].decoded["expectation"] != "soon" {
		t.Errorf("got %v", got[1])
	}
}

func TestAChangeThatNobodyToldOfIsFoundWithinASecond(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "one")
	l := w.listen(s.Token, "")
	l.expect("conversation#2")
	w.tamper(s, func(c *bridge.Conversation) { c.Expectation, c.Rev, c.StatusRev = "soon", 3, 3 })
	w.eventually("the sweep sleeps", func() bool { return w.clock.waiting(sweepEvery) == 1 })
	w.clock.advance(sweepEvery)
	if e := l.expect("conversation#3")[0]; e.decoded["expectation"] != "soon" {
		t.Errorf("got %v", e)
	}
	l.hangUp()
	w.eventually("the hub forgets", func() bool {
		w.hub.mu.Lock()
		defer w.hub.mu.Unlock()
		return len(w.hub.topics) == 0
	})
	w.eventually("the sweep sleeps", func() bool { return w.clock.waiting(sweepEvery) == 1 })
	w.clock.advance(sweepEvery)
	w.eventually("the sweep ends", func() bool {
		w.hub.mu.Lock()
		defer w.hub.mu.Unlock()
		return !w.hub.sweeping
	})
}

func TestAQuietStreamBeatsAndEndsWithItsToken(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	l := w.listen(s.Token, "")
	l.expect("conversation#0")
	w.eventually("the heart", func() bool { return w.clock.waiting(beat) == 1 })
	w.clock.advance(beat)
	if e, ok := l.nextAny(); !ok || e.name != "comment" {
		t.Fatalf("got %v, want a comment", e)
	}
	w.eventually("the heart", func() bool { return w.clock.waiting(beat) == 1 })
	w.clock.advance(tokenLife)
	if rest := l.end(); len(rest) > 0 {
		t.Errorf("got %v", rest)
	}
	if a := w.call("GET", "/api/v1/events", s.Token, nil); a.status != 401 || a.code(t) != "token_expired" {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

func TestAStreamOutlivesAStoreThatFails(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "one")
	l := w.listen(s.Token, "")
	l.expect("conversation#2")
	w.say(s, "two")
	l.expect("message#3")
	w.store.setBroken(true)
	w.hub.Changed(bridge.ConversationID(s.ConversationID))
	w.eventually("the failure is known", func() bool { return strings.Contains(w.log.String(), "stream cannot read the store") })
	if a := w.call("GET", "/api/v1/events", s.Token, nil); a.status != 503 || a.head.Get("Retry-After") == "" {
		t.Errorf("a new stream: %d %s", a.status, a.body)
	}
	w.store.setBroken(false)
	w.say(s, "three")
	l.expect("message#4")
}

func TestCloseEndsStreamsAndRefusesNewOnes(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	l := w.listen(s.Token, "")
	l.expect("conversation#0")
	w.h.Close()
	if rest := l.end(); len(rest) > 0 {
		t.Errorf("got %v", rest)
	}
	if a := w.call("GET", "/api/v1/events", s.Token, nil); a.status != 503 {
		t.Errorf("got %d %s", a.status, a.body)
	}
	w.say(s, "calls are still served")
}

func TestStreamsPerConversationAreLimited(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Rate.Streams = 2 })
	s := w.session()
	one, two := w.listen(s.Token, ""), w.listen(s.Token, "")
	one.expect("conversation#0")
	two.expect("conversation#0")
	a := w.call("GET", "/api/v1/events", s.Token, nil)
	if a.status != 429 || a.code(t) != "too_many_streams" || a.head.Get("Retry-After") == "" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	other := w.session()
	w.listen(other.Token, "").expect("conversation#0")
}

// stuck is a client that accepts nothing until it is let go.
type stuck struct {
	*httptest.ResponseRecorder
	writing chan struct{}
	letGo   chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	select {
	case s.writing <- struct{}{}:
	default:
	}
	<-s.letGo
	return s.ResponseRecorder.Write(p)
}

func TestASlowStreamIsDroppedAndHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "question")
	quick := w.listen(s.Token, "")
	quick.expect("conversation#2")

	rec := &stuck{httptest.NewRecorder(), make(chan struct{}, 1), make(chan struct{})}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/events", nil)
	req.Header.Set("Authorization", "Bearer "+s.Token)
	served := make(chan struct{})
	go func() {
		defer close(served)
		w.h.ServeHTTP(rec, req)
	}()
	<-rec.writing
	piece := strings.Repeat("x", 1<<10)
	for i := range queueBytes/len(piece) + 2 {
		w.draft(s, 0, "r1", i*len(piece), piece)
		quick.expect("delta")
	}
	close(rec.letGo)
	select {
	case <-served:
	case <-time.After(patience):
		t.Fatal("the slow stream goes on")
	}
	if strings.Contains(rec.Body.String(), "event: delta") {
		t.Error("a draft with a hole went out")
	}
	w.say(s, "still here")
	quick.expect("message#3")
}

func TestATokenInTheAddressIsForStreamsAloneAndNeverLogged(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.listen("", "?token="+s.Token).expect("conversation#0")
	if a := w.call("GET", "/api/v1/messages?token="+s.Token, "", nil); a.status != 401 {
		t.Errorf("messages took a token from the address: %d", a.status)
	}
	if a := w.call("GET", "/api/v1/events?token=v1.x.y", "", nil); a.status != 401 || a.code(t) != "invalid_token" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	log := w.log.String()
	if strings.Contains(log, s.Token) || !strings.Contains(log, "token=redacted") {
		t.Error("the log must name the call without its token")
	}
}
