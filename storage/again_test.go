package storage_test

import (
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

// TestAgain: what was given up is put back in its place and taken again, unless
// something has replaced it or a week has passed; what waits long is due now.
func TestAgain(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx, now := t.Context(), epoch()
		post := func(id, key string, at time.Time) bridge.Delivery {
			return bridge.Delivery{ID: bridge.DeliveryID(id), Lane: bridge.LanePost, Key: key, Kind: bridge.KindNote, Conversation: bridge.ConversationID("c-" + id), Due: at}
		}
		take := func(at time.Time) bridge.Delivery {
			t.Helper()
			list, err := s.Take(ctx, bridge.LanePost, at, time.Minute, 1)
			if err != nil || len(list) != 1 {
				t.Fatalf("took %v, %v", list, err)
			}
			return list[0]
		}
		put(t, s, post("old", "", now))
		if err := s.Abandon(ctx, take(now), "invalid_blocks", now); err != nil {
			t.Fatal(err)
		}
		later := now.Add(8 * 24 * time.Hour)
		for _, d := range []bridge.Delivery{post("a", "", later), post("b", "root:b", later)} {
			put(t, s, d)
			if err := s.Abandon(ctx, take(later), "invalid_blocks", later); err != nil {
				t.Fatal(err)
			}
		}
		put(t, s, post("b2", "root:b", later.Add(time.Hour)))
		b, err := s.Backlog(ctx, later)
		if err != nil || len(b.Lost) != 1 || b.Lost[0].ID != "a" || b.Lost[0].LastError != "invalid_blocks" {
			t.Fatalf("lost: %+v, %v", b.Lost, err)
		}
		if n, err := s.Again(ctx, later); err != nil || n != 1 {
			t.Fatalf("%d rows, %v", n, err)
		}
		if d := take(later); d.ID != "a" || d.Attempts != 1 {
			t.Errorf("took %+v", d)
		}
		if b, err := s.Backlog(ctx, later); err != nil || len(b.Lost) != 0 {
			t.Errorf("lost: %+v, %v", b.Lost, err)
		}
	})
}
