package storage

import (
	"context"
	"time"

	"threadline/bridge"
)

// lostFor is how long a post that was given up is offered to be sent again.
const lostFor = 7 * 24 * time.Hour

// lost finds posts that were given up since then and that nothing has replaced.
const lost = `lane = $1 AND outcome = 'abandoned' AND done_at >= $2 AND NOT EXISTS (
	SELECT 1 FROM deliveries o WHERE o.lane = deliveries.lane AND o.dedupe_key = deliveries.dedupe_key
		AND o.dedupe_key <> '' AND o.position > deliveries.position)`

// Again implements bridge.Outbox.
func (s *Store) Again(ctx context.Context, now time.Time) (int, error) {
	total := 0
	err := s.write(ctx, "send again", func(ctx context.Context, t *tx) error {
		back, err := t.exec(ctx, `UPDATE deliveries SET done_at = NULL, outcome = '', due = CAST($3 AS BIGINT), attempts = 0, first_attempt = NULL, fence = fence + 1
			WHERE `+lost, bridge.LanePost, at(now.Add(-lostFor)), at(now))
		if err != nil {
			return err
		}
		due, err := t.exec(ctx, `UPDATE deliveries SET due = $1
			WHERE lane IN ('post', 'card', 'private') AND done_at IS NULL AND lease_until IS NULL AND attempts >= 3 AND due > $1`, at(now))
		if err != nil {
			return err
		}
		for _, l := range []bridge.Lane{bridge.LanePost, bridge.LaneCard, bridge.LanePrivate} {
			t.wake(l)
		}
		total = int(back + due)
		return nil
	})
	return total, err
}
