package storage_test

import (
	"sync"
	"testing"

	"threadline/bridge"
	"threadline/storage"
)

// What is spent adds up by visitor, site and day, whoever writes at once.
func TestSpending(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if err := s.Spend(t.Context(), bridge.Spending{Day: "2026-03-08", Site: "a", Visitor: "v", Turns: 1, Tokens: 10}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		settle(t, s, bridge.Query{Conversation: "c"}, func(bridge.State) bridge.Changes {
			return bridge.Changes{Spending: &bridge.Spending{Day: "2026-03-08", Site: "a", Visitor: "w", Turns: 2, Tokens: 5}}
		})
		must(t, s.Spend(t.Context(), bridge.Spending{Day: "2026-03-09", Site: "a", Visitor: "v", Turns: 100}))
		must(t, s.Spend(t.Context(), bridge.Spending{Day: "2026-03-08", Site: "b", Visitor: "v", Turns: 100}))
		got, err := s.Spent(t.Context(), "a", "v", "2026-03-08")
		if want := (bridge.Spent{VisitorTurns: 10, VisitorTokens: 100, SiteTurns: 12, SiteTokens: 105}); err != nil || got != want {
			t.Errorf("spent %+v, %v; want %+v", got, err, want)
		}
		if got, err := s.Spent(t.Context(), "none", "v", "2026-03-08"); err != nil || got != (bridge.Spent{}) {
			t.Errorf("nothing spent, and yet %+v, %v", got, err)
		}
	})
}
