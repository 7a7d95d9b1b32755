package storage

import (
	"context"
	"database/sql"
	"time"

	"threadline/bridge"
)

// Receive implements bridge.Inbox.
func (s *Store) Receive(ctx context.Context, e bridge.Envelope) (bool, error) {
	if e.ReceivedAt.IsZero() {
		e.ReceivedAt = s.now()
	}
	payload := e.Payload
	if payload == nil {
		payload = []byte{}
	}
	var n int64
	err := s.write(ctx, "receive "+e.Key, func(ctx context.Context, t *tx) (err error) {
		n, err = t.exec(ctx, `INSERT INTO envelopes (envelope_key, order_key, stamp, kind, payload, received_at)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (envelope_key) DO NOTHING`,
			e.Key, e.Order, e.Stamp, e.Kind, payload, at(e.ReceivedAt))
		return err
	})
	return n > 0, err
}

// Unhandled implements bridge.Inbox. Envelopes of one Order stand by Stamp,
// where the oldest of them stands.
func (s *Store) Unhandled(ctx context.Context, limit int) ([]bridge.Envelope, error) {
	var rows []struct {
		Key        string  `db:"envelope_key"`
		Order      string  `db:"order_key"`
		Stamp      string  `db:"stamp"`
		Kind       string  `db:"kind"`
		Payload    []byte  `db:"payload"`
		ReceivedAt instant `db:"received_at"`
	}
	err := s.reads.list(ctx, &rows, `SELECT envelope_key, order_key, stamp, kind, payload, received_at FROM (
			SELECT envelope_key, order_key, stamp, kind, payload, received_at,
				CASE WHEN order_key = '' THEN received_at ELSE min(received_at) OVER (PARTITION BY order_key) END AS since
			FROM envelopes WHERE handled_at IS NULL
		) e ORDER BY since, order_key, stamp, received_at, envelope_key LIMIT $1`, limit)
	if err != nil {
		return nil, failure("unhandled envelopes", err)
	}
	envelopes := make([]bridge.Envelope, len(rows))
	for i, r := range rows {
		envelopes[i] = bridge.Envelope{
			Key: r.Key, Order: r.Order, Stamp: r.Stamp, Kind: r.Kind, Payload: r.Payload, ReceivedAt: r.ReceivedAt.Time,
		}
	}
	return envelopes, nil
}

// Handled implements bridge.Inbox. Handling an envelope twice is no error.
func (s *Store) Handled(ctx context.Context, key string, now time.Time) error {
	return s.write(ctx, "handled "+key, func(ctx context.Context, t *tx) error {
		n, err := t.exec(ctx, `UPDATE envelopes SET handled_at = COALESCE(handled_at, CAST($2 AS BIGINT)), payload = NULL WHERE envelope_key = $1`, key, at(now))
		if err == nil && n == 0 {
			err = sql.ErrNoRows
		}
		return err
	})
}
