package storage_test

import (
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

// Episodes come with their handoffs and the stretch of what was said in them.
func TestEpisodes(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin := func(id bridge.ConversationID, number int, from int64, after time.Duration, handoffs ...bridge.HandoffID) {
			settle(t, s, bridge.Query{Conversation: id}, func(st bridge.State) bridge.Changes {
				c := st.Conversation
				c.SiteID, c.VisitorID, c.Status, c.Episode, c.PageURL = "default", "v", bridge.Resolved, number, "https://x.example/"
				return bridge.Changes{Conversation: &c, Episode: &bridge.Episode{
					Conversation: id, Number: number, SiteID: "default", From: from, Began: epoch().Add(after),
				}}
			})
			for _, h := range handoffs {
				settle(t, s, bridge.Query{Conversation: id}, func(bridge.State) bridge.Changes {
					return bridge.Changes{Handoff: &bridge.Handoff{
						ID: h, Conversation: id, Episode: number, Status: bridge.HandoffResolved, Trigger: "urgency", Origin: bridge.FromWords, OpenedAt: epoch().Add(after),
					}}
				})
			}
		}
		begin("a", 1, 0, time.Hour, "h1", "h2")
		begin("a", 2, 7, 2*time.Hour)
		begin("b", 1, 0, 3*time.Hour, "h3")
		begin("old", 1, 0, 0)
		begin("a", 2, 99, 9*time.Hour) // an episode begins once
		for i, said := range []bridge.Rating{{Score: 2, Comment: "slow", At: epoch()}, {Score: 5, Comment: "mended", At: epoch().Add(time.Second)}} {
			settle(t, s, bridge.Query{Conversation: "a"}, func(st bridge.State) bridge.Changes {
				c := st.Conversation
				if i > 0 && c.Rating.Score != 2 {
					t.Errorf("the rating before was not kept: %+v", c.Rating)
				}
				c.Rating = said
				return bridge.Changes{Conversation: &c, Rating: &bridge.EpisodeRating{Conversation: "a", Episode: 1, Rating: said}}
			})
		}

		got, err := s.Episodes(t.Context(), epoch().Add(time.Minute), 10)
		must(t, err)
		if len(got) != 3 {
			t.Fatalf("%d episodes, want 3: %+v", len(got), got)
		}
		newest, second, first := got[0], got[1], got[2]
		if newest.Conversation != "b" || len(newest.Handoffs) != 1 || newest.Handoffs[0].Origin != bridge.FromWords || newest.To != 0 || newest.PageURL == "" {
			t.Errorf("the newest is %+v", newest)
		}
		if second.Number != 2 || second.From != 7 || second.To != 0 || len(second.Handoffs) != 0 || !second.Began.Equal(epoch().Add(2*time.Hour)) {
			t.Errorf("the second is %+v", second)
		}
		if first.Number != 1 || first.From != 0 || first.To != 7 || len(first.Handoffs) != 2 || first.Handoffs[0].ID != "h1" {
			t.Errorf("the first is %+v", first)
		}
		if r := first.Rating; r.Score != 5 || r.Comment != "mended" || !r.At.Equal(epoch().Add(time.Second)) || second.Rating.Score != 0 {
			t.Errorf("the ratings are %+v and %+v, want the newest of the first alone", r, second.Rating)
		}
		if got, err := s.Episodes(t.Context(), epoch(), 1); err != nil || len(got) != 1 || got[0].Conversation != "b" {
			t.Errorf("of one: %+v, %v", got, err)
		}
		if got, err := s.Episodes(t.Context(), time.Time{}, 10); err != nil || len(got) != 4 {
			t.Errorf("of all: %+v, %v", got, err)
		}
		if got, err := s.Episodes(t.Context(), epoch().Add(24*time.Hour), 10); err != nil || len(got) != 0 {
			t.Errorf("of none: %+v, %v", got, err)
		}
	})
}
