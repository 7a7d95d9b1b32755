package storage

import (
	"context"
	"fmt"
	"time"

	"threadline/bridge"
)

// batchOf is what goes out in one post behind a row that has just been leased.
// The first attempt decides it and writes it down; later ones only read.
func (t *tx) batchOf(ctx context.Context, head bridge.Delivery, now time.Time) ([]bridge.Delivery, error) {
	if head.Lane != bridge.LanePost || head.Kind != bridge.KindLine {
		return nil, nil
	}
	if head.Attempts > 1 {
		var rows []deliveryRow
		err := t.list(ctx, &rows, `SELECT `+deliveryColumns+` FROM deliveries
			WHERE batch = $1 AND batch <> '' AND done_at IS NULL ORDER BY position`, head.ID)
		return deliveries(rows), err
	}
	var rows []deliveryRow
	err := t.list(ctx, &rows, `SELECT `+deliveryColumns+` FROM deliveries
		WHERE lane = $1 AND conversation_id = $2 AND done_at IS NULL
			AND (rank, position) > (SELECT h.rank, h.position FROM deliveries h WHERE h.id = $3)
		ORDER BY rank, position LIMIT $4`, head.Lane, head.Conversation, head.ID, bridge.BatchLines-1)
	if err != nil {
		return nil, err
	}
	behind := deliveries(rows)
	for i, d := range behind {
		if d.Due.After(now) {
			behind = behind[:i]
			break
		}
	}
	batch := bridge.BatchWith(head, behind)
	if len(batch) == 0 {
		return nil, nil
	}
	ids := make([]any, 0, 1+len(batch))
	ids = append(ids, head.ID)
	for _, d := range batch {
		ids = append(ids, d.ID)
	}
	n, err := t.exec(ctx, `UPDATE deliveries SET batch = $1 WHERE done_at IS NULL AND attempts = 0 AND id IN (`+marks(2, len(batch))+`)`, ids...)
	if err == nil && n != int64(len(batch)) {
		err = fmt.Errorf("%d of the %d lines behind %s changed meanwhile", int64(len(batch))-n, len(batch), head.ID)
	}
	return batch, err
}

// endBatch completes what went out with the head. It must be a statement of
// its own after the one that settled the head: that one may have waited for
// the transaction that made the batch, whose rows its snapshot lacks.
func (t *tx) endBatch(ctx context.Context, head bridge.DeliveryID, now time.Time) error {
	_, err := t.exec(ctx, `UPDATE deliveries SET done_at = $2, outcome = $3, fence = fence + 1
		WHERE batch = $1 AND batch <> '' AND done_at IS NULL`, head, at(now), completed)
	return err
}

// disband lets the lines behind a head that is given up go out by themselves.
func (t *tx) disband(ctx context.Context, head bridge.DeliveryID) error {
	_, err := t.exec(ctx, `UPDATE deliveries SET batch = '' WHERE batch = $1 AND batch <> '' AND done_at IS NULL`, head)
	return err
}

func deliveries(rows []deliveryRow) []bridge.Delivery {
	if len(rows) == 0 {
		return nil
	}
	ds := make([]bridge.Delivery, len(rows))
	for i, r := range rows {
		ds[i] = r.domain()
	}
	return ds
}
