package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
	"threadline/storage/storagetest"
)

// clock moves only when a test moves it.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	sleeps map[chan time.Time]time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 11, 1, 5, 59, 59, 0, time.UTC), sleeps: map[chan time.Time]time.Time{}}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan time.Time, 1)
	c.sleeps[ch] = c.now.Add(d)
	return ch
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for ch, at := range c.sleeps {
		if !at.After(c.now) {
			delete(c.sleeps, ch)
			ch <- c.now
		}
	}
}

// feed keeps what streams would have been told.
type feed struct {
	mu     sync.Mutex
	drafts []bridge.Draft
	signs  []bridge.Sign
}

func (f *feed) Changed(bridge.ConversationID) {}

func (f *feed) Draft(d bridge.Draft) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drafts = append(f.drafts, d)
}

func (f *feed) Sign(s bridge.Sign) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.signs = append(f.signs, s)
}

func (f *feed) last() bridge.Draft {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.drafts) == 0 {
		return bridge.Draft{}
	}
	return f.drafts[len(f.drafts)-1]
}

// assistant answers as a test says.
type assistant func(ctx context.Context, q bridge.Question, emit func(string)) (bridge.Answer, error)

func (a assistant) Answer(ctx context.Context, q bridge.Question, emit func(string)) (bridge.Answer, error) {
	return a(ctx, q, emit)
}

func (assistant) Summarise(context.Context, bridge.Question) (bridge.Summary, error) {
	return bridge.Summary{}, bridge.ErrNoModel
}

type desk struct {
	t     *testing.T
	clock *clock
	feed  *feed
	store *storage.Store
	*bridge.Bridge
	presses int
}

// open runs a bridge on a real store until the test ends.
func open(t *testing.T, a assistant) *desk {
	t.Helper()
	c, f := newClock(), &feed{}
	store, err := storage.Open(t.Context(), storagetest.SQLite(t), storage.Options{Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	var ids atomic.Int64
	b := bridge.New(bridge.Config{
		Store: store, Assistant: a, Feed: f, Clock: c, Logger: slog.New(slog.DiscardHandler),
		NewID: func() string { return fmt.Sprintf("id%06d", ids.Add(1)) }, SoleOwner: true,
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &desk{t: t, clock: c, feed: f, store: store, Bridge: b}
}

func (d *desk) handle(e bridge.Event) bridge.Receipt {
	d.t.Helper()
	r, err := d.Handle(d.t.Context(), e)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d *desk) writes(text string) {
	d.t.Helper()
	d.presses++
	d.handle(bridge.VisitorWrote{Conversation: "c1", Visitor: "v1", SiteID: "default", ClientID: fmt.Sprint(d.presses), Text: text})
}

func (d *desk) claims() bridge.Receipt {
	d.presses++
	return d.handle(bridge.AgentClaimed{Press: bridge.Press{
		Key: fmt.Sprint("press", d.presses), Conversation: "c1",
		Agent: bridge.Agent{ID: "U1", Name: "Dana"}, Stamp: "1700000000.000001",
	}})
}

func (d *desk) conversation() bridge.Conversation {
	c, err := d.store.Conversation(d.t.Context(), "c1")
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func (d *desk) said(kind bridge.AuthorKind) []bridge.Message {
	all, err := d.store.Messages(d.t.Context(), "c1", 0, 100)
	if err != nil {
		d.t.Fatal(err)
	}
	var out []bridge.Message
	for _, m := range all {
		if m.Author.Kind == kind {
			out = append(out, m)
		}
	}
	return out
}

// until lets time pass in small steps until something is true.
func (d *desk) until(what string, ok func() bool) {
	d.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			d.t.Fatalf("in vain: %s", what)
		}
		d.clock.advance(100 * time.Millisecond)
		<-time.After(2 * time.Millisecond)
	}
}

func TestTheAssistantAnswersAfterAPause(t *testing.T) {
	began := make(chan time.Time, 1)
	var d *desk
	d = open(t, func(_ context.Context, q bridge.Question, emit func(string)) (bridge.Answer, error) {
		began <- d.clock.Now()
		emit("We ")
		emit("do.")
		return bridge.Answer{Move: bridge.MoveAnswer, Text: "We do.", HTML: "We do."}, nil
	})
	wrote := d.clock.Now()
	d.writes("Do you service heat pumps?")
	d.until("an answer", func() bool { return len(d.said(bridge.ByAssistant)) == 1 })
	if pause := (<-began).Sub(wrote); pause < bridge.AnswerPause {
		t.Errorf("it began after %v, before the pause of %v was over", pause, bridge.AnswerPause)
	}
	m := d.said(bridge.ByAssistant)[0]
	if last := d.feed.last(); last.Text != "do." || last.Offset != 3 || last.ReplyID != m.ReplyID || last.Cancelled {
		t.Errorf("last draft %+v, message %+v", last, m)
	}
}

func TestAClaimSilencesAnAnswerBeingWritten(t *testing.T) {
	writing := make(chan struct{})
	d := open(t, func(ctx context.Context, _ bridge.Question, emit func(string)) (bridge.Answer, error) {
		emit("We would ")
		close(writing)
		<-ctx.Done()
		emit("never say this")
		return bridge.Answer{Move: bridge.MoveAnswer, Text: "We would never say this"}, nil
	})
	d.writes("Do you service heat pumps?")
	d.until("the answer to be under way", func() bool {
		select {
		case <-writing:
			return true
		default:
			return false
		}
	})
	if r := d.claims(); r.Verdict != bridge.Done {
		t.Fatalf("claim: %s", r.Verdict)
	}
	d.until("the draft to be withdrawn", func() bool { return d.feed.last().Cancelled })
	if said := d.said(bridge.ByAssistant); len(said) != 0 {
		t.Errorf("the assistant said %q after the claim", said[0].Text)
	}
	for _, draft := range d.feed.drafts {
		if draft.Text == "never say this" {
			t.Error("a piece went out after the claim")
		}
	}
}

func TestANewerLineRestartsAnAnswerNotYetShown(t *testing.T) {
	var asked atomic.Int32
	d := open(t, func(ctx context.Context, q bridge.Question, _ func(string)) (bridge.Answer, error) {
		if asked.Add(1) == 1 {
			<-ctx.Done()
			return bridge.Answer{}, ctx.Err()
		}
		n := 0
		for _, m := range q.Transcript {
			if m.Author.Kind == bridge.ByVisitor {
				n++
			}
		}
		return bridge.Answer{Move: bridge.MoveAnswer, Text: fmt.Sprintf("to %d lines", n)}, nil
	})
	d.writes("Do you service")
	d.until("the first try", func() bool { return asked.Load() == 1 })
	d.writes("heat pumps?")
	d.until("one answer", func() bool { return len(d.said(bridge.ByAssistant)) == 1 })
	if got := d.said(bridge.ByAssistant)[0].Text; got != "to 2 lines" {
		t.Errorf("answered %q", got)
	}
	if c := d.conversation(); c.Status != bridge.Automatic || c.AnsweredTurn != 2 {
		t.Errorf("status %q, answered turn %d", c.Status, c.AnsweredTurn)
	}
}

func TestAFailingAssistantEndsInAHandoff(t *testing.T) {
	var asked atomic.Int32
	d := open(t, func(context.Context, bridge.Question, func(string)) (bridge.Answer, error) {
		asked.Add(1)
		return bridge.Answer{}, errors.New("503 from https://user:key@vendor.test")
	})
	d.writes("Do you service heat pumps?")
	d.until("a handoff", func() bool { return d.conversation().Status == bridge.Queued })
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times, want one second try", n)
	}
	h, err := d.store.Handoff(t.Context(), d.conversation().Handoff)
	if err != nil {
		t.Fatal(err)
	}
	if h.Reason != "The assistant could not answer: the model's service failed." || h.Evidence != "Do you service heat pumps?" {
		t.Errorf("reason %q, evidence %q", h.Reason, h.Evidence)
	}
	if got := d.said(bridge.BySystem)[0].Text; got != bridge.DefaultSite().Texts.BridgeFailure {
		t.Errorf("the visitor was told %q", got)
	}
}

// TestASwitchToSuggestWithdrawsWhatIsShown: the pieces of an answer that was
// under way go, and a person is asked for; from then on the assistant writes for
// agents.
func TestASwitchToSuggestWithdrawsWhatIsShown(t *testing.T) {
	writing, switched := make(chan struct{}), make(chan struct{})
	asked := make(chan bridge.Question, 2)
	d := open(t, func(ctx context.Context, q bridge.Question, emit func(string)) (bridge.Answer, error) {
		asked <- q
		if !q.ForAgent {
			emit("We ")
			close(writing)
			select {
			case <-switched:
			case <-ctx.Done():
				return bridge.Answer{}, ctx.Err()
			}
		}
		return bridge.Answer{Move: bridge.MoveAnswer, Text: "We do.", HTML: "We do."}, nil
	})
	d.writes("Do you service heat pumps?")
	d.until("the answer to be under way", func() bool {
		select {
		case <-writing:
			return true
		default:
			return false
		}
	})
	if q := <-asked; q.ForAgent {
		t.Fatal("where the assistant answers, it writes for an agent")
	}
	_, err := d.store.ChangeSetup(t.Context(), bridge.Actor{Name: "Morgan"}, func(s bridge.Setup) (bridge.Setup, error) {
		s.Sites[0].Mode = bridge.ModeSuggest
		return s, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	close(switched)
	d.until("a person to be asked for", func() bool { return d.conversation().Status == bridge.Queued })
	d.until("the draft to be withdrawn", func() bool { return d.feed.last().Cancelled })
	d.writes("And when?")
	d.until("a suggestion", func() bool { return d.conversation().AnsweredTurn == 2 })
	if q := <-asked; !q.ForAgent || q.Callback != nil {
		t.Errorf("a suggestion is asked for with %+v", q)
	}
	if said := d.said(bridge.ByAssistant); len(said) != 0 {
		t.Errorf("the visitor reads %q", said[0].Text)
	}
}

func TestAnUnclaimedWaitEnds(t *testing.T) {
	d := open(t, nil)
	d.writes("I want to talk to a human")
	if c := d.conversation(); c.Status != bridge.Queued {
		t.Fatalf("status %q", c.Status)
	}
	d.clock.advance(8*time.Hour - time.Second)
	if c := d.conversation(); c.Status != bridge.Queued {
		t.Fatalf("status %q before its time", c.Status)
	}
	d.until("the assistant's return", func() bool { return d.conversation().Status == bridge.Automatic })
	if r := d.claims(); r.Verdict != bridge.Done {
		t.Errorf("a late claim: %s", r.Verdict)
	}
}

func TestAResentLineIsOneLine(t *testing.T) {
	d := open(t, func(context.Context, bridge.Question, func(string)) (bridge.Answer, error) {
		return bridge.Answer{Move: bridge.MoveAnswer, Text: "Yes."}, nil
	})
	e := bridge.VisitorWrote{Conversation: "c1", Visitor: "v1", SiteID: "default", ClientID: "one", Text: "hello \x00 there\xff"}
	first, again := d.handle(e), d.handle(e)
	if !again.Repeat || again.Message != first.Message || again.Verdict != bridge.Done {
		t.Errorf("first %+v, again %+v", first, again)
	}
	e.Text = "another text"
	if r := d.handle(e); r.Verdict != bridge.Conflict {
		t.Errorf("another text under the same id: %s", r.Verdict)
	}
	if n := len(d.said(bridge.ByVisitor)); n != 1 {
		t.Errorf("%d lines", n)
	}
}

func TestAnAnswerBeingShownIsFinishedFirst(t *testing.T) {
	shown, finish := make(chan struct{}), make(chan struct{})
	var asked atomic.Int32
	d := open(t, func(ctx context.Context, q bridge.Question, emit func(string)) (bridge.Answer, error) {
		n := asked.Add(1)
		if n == 2 {
			k := len(q.Transcript)
			if k < 2 || q.Transcript[k-2].Text != "first" || q.Transcript[k-1].Text != "And water heaters?" {
				t.Errorf("the second turn is asked with %+v", q.Transcript)
			}
		}
		if n == 1 {
			emit("first")
			close(shown)
			select {
			case <-finish:
			case <-ctx.Done():
				return bridge.Answer{}, ctx.Err()
			}
			return bridge.Answer{Move: bridge.MoveAnswer, Text: "first"}, nil
		}
		return bridge.Answer{Move: bridge.MoveAnswer, Text: "second"}, nil
	})
	d.writes("Do you service heat pumps?")
	d.until("the first piece", func() bool {
		select {
		case <-shown:
			return true
		default:
			return false
		}
	})
	d.writes("And water heaters?")
	later := d.clock.Now().Add(12 * time.Second) // longer than the lease
	d.until("time to pass", func() bool { return d.clock.Now().After(later) })
	if n := asked.Load(); n != 1 {
		t.Errorf("%d answers are under way at once", n)
	}
	close(finish)
	d.until("both answers", func() bool { return len(d.said(bridge.ByAssistant)) == 2 })
	for i, want := range []string{"first", "second"} {
		if got := d.said(bridge.ByAssistant)[i].Text; got != want {
			t.Errorf("answer %d is %q, want %q", i+1, got, want)
		}
	}
	for _, draft := range d.feed.drafts {
		if draft.Cancelled {
			t.Errorf("a shown answer was withdrawn: %+v", draft)
		}
	}
}

func TestAVisitorHearsOfAnAlertThatCannotBePosted(t *testing.T) {
	d := open(t, nil)
	d.writes("I want to talk to a human")
	told := func() bool {
		for _, m := range d.said(bridge.BySystem) {
			if m.Text == bridge.DefaultSite().Texts.Unreachable {
				return true
			}
		}
		return false
	}
	d.until("an honest word", told)
	if c := d.conversation(); c.Status != bridge.Queued {
		t.Errorf("status %q", c.Status)
	}
}
