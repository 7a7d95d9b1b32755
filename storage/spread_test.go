package storage_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/lib/pq"

	"threadline/bridge"
	"threadline/storage"
	"threadline/storage/storagetest"
)

// ear is a feed that remembers what it heard.
type ear struct {
	mu     sync.Mutex
	heard  []string // changes by id, drafts by "draft", in the order they came
	seen   map[bridge.ConversationID]int
	drafts []bridge.Draft
	signs  []bridge.Sign
}

func (e *ear) Changed(id bridge.ConversationID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.seen == nil {
		e.seen = map[bridge.ConversationID]int{}
	}
	e.seen[id]++
	e.heard = append(e.heard, string(id))
}

func (e *ear) Draft(d bridge.Draft) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.drafts = append(e.drafts, d)
	e.heard = append(e.heard, "draft")
}

func (e *ear) Sign(s bridge.Sign) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.signs = append(e.signs, s)
	e.heard = append(e.heard, "sign")
}

func (e *ear) changes(id bridge.ConversationID) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seen[id]
}

func (e *ear) all() ([]string, []bridge.Draft) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.heard...), append([]bridge.Draft(nil), e.drafts...)
}

// eventually waits until f holds.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !f() {
		select {
		case <-deadline:
			t.Fatalf("in 20 s it did not happen that %s", what)
		case <-tick.C:
		}
	}
}

// replica is a process at the database.
type replica struct {
	*storage.Store
	feed bridge.Feed
	ear  *ear
}

func replicate(t *testing.T, url string) *replica {
	t.Helper()
	r := &replica{Store: open(t, url), ear: &ear{}}
	feed, run := r.Spread(r.ear)
	r.feed = feed
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("run ended with %v, want the context's end", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("run goes on although its context has ended")
		}
	})
	return r
}

// replicas are two processes that hear each other.
func replicas(t *testing.T, url string) (a, b *replica) {
	t.Helper()
	a, b = replicate(t, url), replicate(t, url)
	meet(t, a, b)
	meet(t, b, a)
	return a, b
}

// meet waits until b hears a.
func meet(t *testing.T, a, b *replica) {
	t.Helper()
	hello := bridge.ConversationID(fmt.Sprintf("hello from %p", a))
	n := 0
	eventually(t, "a replica hears the other", func() bool {
		if n++; n%50 == 1 { // it may not listen yet
			a.feed.Changed(hello)
		}
		return b.ear.changes(hello) > 0
	})
}

func TestChangesAndDraftsCross(t *testing.T) {
	a, b := replicas(t, storagetest.Postgres(t))
	began := time.Now()
	piece := bridge.Draft{Conversation: "c1", Epoch: 7, ReplyID: "r1", Offset: 3, Text: "say \"grüß\x00 <Gott>\" 🎉"}
	over := bridge.Draft{Conversation: "c1", Epoch: 7, ReplyID: "r2", Cancelled: true}
	a.feed.Changed("c1")
	a.feed.Draft(piece)
	a.feed.Changed("c1")
	a.feed.Draft(over)
	eventually(t, "a change and a draft cross", func() bool {
		_, drafts := b.ear.all()
		return len(drafts) == 2 && b.ear.changes("c1") == 2
	})
	if took := time.Since(began); took > time.Second {
		t.Errorf("that took %v, want less than a second", took)
	}
	heard, drafts := b.ear.all()
	if drafts[0] != piece || drafts[1] != over {
		t.Errorf("drafts came as %+v", drafts)
	}
	if got, want := strings.Join(heard[len(heard)-4:], " "), "c1 draft c1 draft"; got != want {
		t.Errorf("they came in the order %q, want %q", got, want)
	}

	// b's word comes after all that a could have heard of itself.
	b.feed.Changed("c2")
	eventually(t, "b's change crosses", func() bool { return a.ear.changes("c2") == 1 })
	if _, drafts := a.ear.all(); len(drafts) != 2 || a.ear.changes("c1") != 2 || b.ear.changes("c2") != 1 {
		t.Errorf("a heard %d drafts and %d changes, b %d changes of their own; want each once", len(drafts), a.ear.changes("c1"), b.ear.changes("c2"))
	}
}

func TestSignsCross(t *testing.T) {
	a, b := replicas(t, storagetest.Postgres(t))
	meet(t, a, b)
	sent := []bridge.Sign{
		{Conversation: "c1", Kind: bridge.SignAgent, Epoch: 3, On: true, Author: bridge.Author{Kind: bridge.ByAgent, Name: "Dana \"D\" Reyes", Agent: "U1"}},
		{Conversation: "c1", Kind: bridge.SignVisitor, On: true},
		{Conversation: "c1", Kind: bridge.SignStreams, Streams: 2, Origin: "a"},
	}
	for _, s := range sent {
		a.feed.Sign(s)
	}
	eventually(t, "signs cross", func() bool {
		b.ear.mu.Lock()
		defer b.ear.mu.Unlock()
		return len(b.ear.signs) == len(sent)
	})
	b.ear.mu.Lock()
	defer b.ear.mu.Unlock()
	for i, s := range b.ear.signs {
		if s != sent[i] {
			t.Errorf("came as %+v", s)
		}
	}
}

func TestALongDraftCrossesInPieces(t *testing.T) {
	a, b := replicas(t, storagetest.Postgres(t))
	for _, text := range []string{strings.Repeat("<é🎉\x01", 3000), strings.Repeat("x", 20_000)} {
		_, before := b.ear.all()
		a.feed.Draft(bridge.Draft{Conversation: "c", ReplyID: "r", Offset: 5, Text: text})
		var got strings.Builder
		eventually(t, "all pieces cross", func() bool {
			_, drafts := b.ear.all()
			got.Reset()
			for _, d := range drafts[len(before):] {
				if want := 5 + utf8.RuneCountInString(got.String()); d.Offset != want || d.ReplyID != "r" {
					t.Fatalf("a piece of %q begins at %d, want %d", d.ReplyID, d.Offset, want)
				}
				got.WriteString(d.Text)
			}
			return got.Len() >= len(text)
		})
		if got.String() != text {
			t.Error("the pieces together are not the draft")
		}
	}
}

func TestTenThousandChanges(t *testing.T) {
	url := storagetest.Postgres(t)
	l := pq.NewListener(url, time.Second, time.Second, nil)
	t.Cleanup(func() { _ = l.Close() })
	must(t, l.Listen("threadline"))
	a, b := replicas(t, url)
	for range 1000 {
		for c := range 10 {
			a.feed.Changed(bridge.ConversationID(fmt.Sprint("few", c)))
		}
	}
	for i := range 10_000 {
		a.feed.Changed(bridge.ConversationID(fmt.Sprintf("0198c2f4-8d3e-7cc1-9a54-%012d", i)))
	}
	a.feed.Changed("last")
	eventually(t, "the last of them crosses", func() bool { return b.ear.changes("last") > 0 })
	for i := range 10_000 {
		if id := fmt.Sprintf("0198c2f4-8d3e-7cc1-9a54-%012d", i); b.ear.changes(bridge.ConversationID(id)) != 1 {
			t.Fatalf("%s was heard %d times", id, b.ear.changes(bridge.ConversationID(id)))
		}
	}
	for c := range 10 {
		if n := b.ear.changes(bridge.ConversationID(fmt.Sprint("few", c))); n == 0 || n > 100 {
			t.Errorf("a conversation that changed a thousand times was heard of %d times", n)
		}
	}
	notified := 0
	for last := false; !last; notified++ {
		n := <-l.Notify
		if len(n.Extra) > 7000 {
			t.Errorf("a payload has %d bytes", len(n.Extra))
		}
		last = strings.Contains(n.Extra, `"last"`)
	}
	if notified > 250 {
		t.Errorf("they took %d notifications", notified)
	}
}

func TestAFeedNeverBlocksAndDropsDraftsFirst(t *testing.T) {
	url := storagetest.Postgres(t)
	b := replicate(t, url)
	ahead := replicate(t, url)
	meet(t, ahead, b)
	s := open(t, url)
	feed, run := s.Spread(&ear{})
	for i := range 100_000 { // nobody sends yet
		feed.Draft(bridge.Draft{Conversation: "c", ReplyID: "r", Offset: i, Text: "x"})
		feed.Changed("c")
	}
	feed.Changed("last")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	eventually(t, "the last change crosses", func() bool { return b.ear.changes("last") == 1 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("run ended with %v", err)
	}
	_, drafts := b.ear.all()
	if n := len(drafts); n == 0 || n > 5000 || b.ear.changes("c") == 0 {
		t.Errorf("%d drafts and %d changes came through, want some and not all", n, b.ear.changes("c"))
	}
	for i, d := range drafts {
		if d.Offset != i {
			t.Fatalf("draft %d begins at %d: what was dropped must be the end", i, d.Offset)
		}
	}
}

// killListeners ends the connections that listen.
func killListeners(t *testing.T, url string) int {
	t.Helper()
	db, err := sql.Open("postgres", url)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	var n int
	must(t, db.QueryRowContext(t.Context(), `SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'threadline listener'`).Scan(&n))
	return n
}

func TestAListenerComesBack(t *testing.T) {
	url := storagetest.Postgres(t)
	a, b := replicas(t, url)
	if n := killListeners(t, url); n != 2 {
		t.Fatalf("%d connections listen, want one a process", n)
	}
	n := 0
	eventually(t, "b hears a again", func() bool {
		if n++; n%50 == 1 { // what is said while nobody listens is lost
			a.feed.Changed("again")
		}
		return b.ear.changes("again") > 0
	})

	killConnections(t, url) // those that send, too
	n = 0
	eventually(t, "b hears a after all connections were cut", func() bool {
		if n++; n%50 == 1 {
			a.feed.Changed("at last")
		}
		return b.ear.changes("at last") > 0
	})
}

func TestLanesWakeAcrossProcesses(t *testing.T) {
	a, b := replicas(t, storagetest.Postgres(t))
	for i := range 3 {
		posts, cards := b.Woken(bridge.LanePost), b.Woken(bridge.LaneCard)
		put(t, a.Store, post(bridge.DeliveryID(fmt.Sprint("p", i)), "c"))
		select {
		case <-posts:
		case <-time.After(20 * time.Second):
			t.Fatal("a put did not wake the other process")
		}
		select {
		case <-cards:
			t.Error("a post woke the cards' lane")
		default:
		}
	}
}

func TestSpreadOnSQLiteIsLocal(t *testing.T) {
	s := open(t, storagetest.SQLite(t))
	local := &ear{}
	feed, run := s.Spread(local)
	if feed != bridge.Feed(local) {
		t.Errorf("the feed is %T, want the local one", feed)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("run ended with %v", err)
	}
}
