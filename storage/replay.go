package storage

import (
	"context"
	"time"

	"threadline/bridge"
)

// replay puts messages that are committed, or are just being, into the mirror.
func (t *tx) replay(ctx context.Context, id bridge.ConversationID, r bridge.Replay, now time.Time) error {
	if r.Anew {
		t.wake(bridge.LanePost)
		_, err := t.exec(ctx, `UPDATE deliveries SET done_at = $3, outcome = $4, fence = fence + 1, lease_until = NULL
			WHERE lane = $1 AND conversation_id = $2 AND kind IN ($5, $6) AND done_at IS NULL`,
			bridge.LanePost, id, at(now), cancelled, bridge.KindLine, bridge.KindFile)
		if err != nil {
			return err
		}
	}
	var rows []messageRow
	err := t.list(ctx, &rows, selectMessage+` WHERE m.conversation_id = $1 AND m.seq > $2 AND m.seq <= $3
		AND NOT m.deleted AND (m.line_key = '' OR $4) ORDER BY m.seq`, id, r.After, r.To, r.Anew)
	if err != nil {
		return err
	}
	for _, row := range rows {
		for _, d := range bridge.MirrorOf(row.domain(), r.Priority, now) {
			if err := t.putDelivery(ctx, d, now); err != nil {
				return err
			}
		}
	}
	return nil
}
