package storage_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
	"threadline/storage/storagetest"
)

// engines are what every behaviour is tried on.
func engines() map[string]func(testing.TB) string {
	return map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres}
}

// each runs the test on a fresh database of every engine.
func each(t *testing.T, f func(t *testing.T, s *storage.Store)) {
	t.Helper()
	for name, address := range engines() {
		t.Run(name, func(t *testing.T) {
			f(t, open(t, address(t)))
		})
	}
}

func open(tb testing.TB, url string) *storage.Store {
	tb.Helper()
	s, err := storage.Open(tb.Context(), url, storage.Options{})
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return s
}

// epoch is when the tests begin, with microseconds that milliseconds would
// lose, in a zone that is not UTC.
func epoch() time.Time {
	return time.Date(2026, 3, 8, 1, 59, 59, 123_456_000, time.FixedZone("", -6*3600))
}

// all runs f n times at once and waits.
func all(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

func settle(tb testing.TB, s *storage.Store, q bridge.Query, decide func(bridge.State) bridge.Changes) bridge.Receipt {
	tb.Helper()
	r, err := s.Settle(tb.Context(), q, func(st bridge.State) (bridge.Changes, error) { return decide(st), nil })
	if err != nil {
		tb.Fatalf("settle %q: %v", q.Key, err)
	}
	return r
}

// say is a decision that adds a visitor's message.
func say(st bridge.State, id, text string) bridge.Changes {
	c := st.Conversation
	if !c.Begun() {
		c.Status, c.SiteID, c.VisitorID, c.CreatedAt = bridge.Automatic, "default", "v1", epoch()
	}
	c.Seq++
	c.Rev++
	c.LastOrder = epoch().Add(time.Duration(c.Seq) * time.Microsecond)
	return bridge.Changes{
		Conversation: &c,
		Messages: []bridge.Message{{
			ID: bridge.MessageID(id), Conversation: c.ID, Seq: c.Seq, Rev: c.Rev, FirstRev: c.Rev, Order: c.LastOrder,
			Author: bridge.Author{Kind: bridge.ByVisitor}, Text: text, ClientID: "client-" + id, CreatedAt: epoch(),
		}},
		Receipt: bridge.Receipt{Verdict: bridge.Done, Conversation: c.ID, Message: bridge.MessageID(id)},
	}
}

// begin settles the first message of a conversation.
func begin(tb testing.TB, s *storage.Store, id bridge.ConversationID) {
	tb.Helper()
	settle(tb, s, bridge.Query{Key: "begin:" + string(id), Conversation: id}, func(st bridge.State) bridge.Changes {
		return say(st, "first-"+string(id), "hello")
	})
}

func TestFiftyClaimsOneWinner(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "c1")
		var mu sync.Mutex
		verdicts := map[bridge.Verdict]int{}
		holders := map[bridge.AgentID]bool{}
		all(50, func(i int) {
			me := bridge.AgentID(fmt.Sprintf("U%d", i))
			r, err := s.Settle(context.Background(), bridge.Query{Key: fmt.Sprintf("claim:%d", i), Conversation: "c1"}, func(st bridge.State) (bridge.Changes, error) {
				c := st.Conversation
				if c.Holder != "" {
					return bridge.Changes{Receipt: bridge.Receipt{Verdict: bridge.AlreadyClaimed, Agent: bridge.Agent{ID: c.Holder}}}, nil
				}
				c.Holder, c.Status = me, bridge.Assigned
				c.Epoch++
				return bridge.Changes{Conversation: &c, Receipt: bridge.Receipt{Verdict: bridge.Done, Agent: bridge.Agent{ID: me}}}, nil
			})
			if err != nil {
				t.Errorf("claim %d: %v", i, err)
			}
			mu.Lock()
			defer mu.Unlock()
			verdicts[r.Verdict]++
			holders[r.Agent.ID] = true
		})
		if verdicts[bridge.Done] != 1 || verdicts[bridge.AlreadyClaimed] != 49 || len(holders) != 1 {
			t.Errorf("50 claims came to %v, held by %v; want one winner whom all others name", verdicts, holders)
		}
		c, err := s.Conversation(t.Context(), "c1")
		if err != nil || c.Epoch != 1 || !holders[c.Holder] {
			t.Errorf("conversation is %+v, %v; want epoch 1 held by the winner", c, err)
		}
	})
}
