package storage_test

import (
	"errors"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

func TestBehind(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		want := func(posts int, oldest time.Duration) {
			t.Helper()
			n, old, err := s.Behind(t.Context(), "a", epoch().Add(time.Minute))
			if err != nil || n != posts || old != oldest {
				t.Errorf("a is %d posts and %v behind, %v; want %d and %v", n, old, err, posts, oldest)
			}
		}
		want(0, 0)
		rows := lines("a", 1, 3)
		rows[0].CreatedAt = epoch().Add(-time.Minute)
		card, other := post("card", "a"), post("other", "b")
		card.Lane, card.CreatedAt, other.CreatedAt = bridge.LaneCard, epoch().Add(-time.Hour), epoch().Add(-time.Hour)
		later := line("later", "a", 9)
		put(t, s, append(rows, card, other, later)...)
		want(4, 2*time.Minute)
		got := take(t, s, bridge.LanePost, epoch(), 10)
		wantTaken(t, got, "other a1")
		want(4, 2*time.Minute)
		must(t, s.Complete(t.Context(), got[1], bridge.Place{}, epoch()))
		want(1, time.Minute) // the batch is gone as one
	})
}

func TestRedraw(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		woken := s.Woken(bridge.LaneCard)
		must(t, s.Redraw(ctx, "a", epoch()))
		<-woken
		got := take(t, s, bridge.LaneCard, epoch(), 5)
		if len(got) != 1 || got[0].Kind != bridge.KindRootCard || got[0].Conversation != "a" || got[0].Subject != "a" {
			t.Fatalf("redrawing put %+v", got)
		}
		// Another wish while one is in flight voids that, and two are one.
		must(t, s.Redraw(ctx, "a", epoch()))
		must(t, s.Redraw(ctx, "a", epoch().Add(time.Second)))
		if err := s.Complete(ctx, got[0], bridge.Place{}, epoch()); !errors.Is(err, bridge.ErrStale) {
			t.Errorf("completing the older drawing gave %v, want ErrStale", err)
		}
		if got := take(t, s, bridge.LaneCard, epoch(), 5); len(got) != 1 {
			t.Errorf("two wishes are %d deliveries", len(got))
		}
		wantTaken(t, take(t, s, bridge.LaneCard, epoch().Add(time.Second), 5), "")
	})
}
