package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"threadline/bridge"
)

// How a delivery ended.
const (
	completed = "completed"
	abandoned = "abandoned"
	cancelled = "cancelled"
)

const deliveryColumns = "id, lane, dedupe_key, kind, conversation_id, subject, priority, rank, body, due, created_at, " +
	"attempts, first_attempt, last_error, doubtful, fence"

type deliveryRow struct {
	ID           bridge.DeliveryID     `db:"id"`
	Lane         bridge.Lane           `db:"lane"`
	Key          string                `db:"dedupe_key"`
	Kind         string                `db:"kind"`
	Conversation bridge.ConversationID `db:"conversation_id"`
	Subject      string                `db:"subject"`
	Priority     int                   `db:"priority"`
	Rank         int                   `db:"rank"`
	Body         string                `db:"body"`
	Due          instant               `db:"due"`
	CreatedAt    instant               `db:"created_at"`
	Attempts     int                   `db:"attempts"`
	FirstAttempt instant               `db:"first_attempt"`
	LastError    string                `db:"last_error"`
	Doubtful     bool                  `db:"doubtful"`
	Fence        int64                 `db:"fence"`
}

func (r deliveryRow) domain() bridge.Delivery {
	d := bridge.Delivery{
		ID: r.ID, Lane: r.Lane, Key: r.Key, Kind: r.Kind, Conversation: r.Conversation, Subject: r.Subject,
		Priority: r.Priority, Rank: r.Rank, Due: r.Due.Time, CreatedAt: r.CreatedAt.Time, Attempts: r.Attempts,
		FirstAttempt: r.FirstAttempt.Time, LastError: r.LastError, Doubtful: r.Doubtful, Fence: r.Fence,
	}
	if r.Body != "" {
		d.Body = json.RawMessage(r.Body)
	}
	return d
}

// ordered reports whether the lane goes out one row at a time within a
// conversation.
func ordered(l bridge.Lane) bool {
	return l == bridge.LanePost || l == bridge.LanePrivate || l == bridge.LaneAssistant
}

// doubts reports whether an attempt of the lane that did not come home may
// have been seen at its destination.
func doubts(l bridge.Lane) bool { return l == bridge.LanePost || l == bridge.LanePrivate }

// putDelivery inserts the delivery, or replaces the unsettled one with its
// key. An attempt in flight is void then; where it may have been seen, that is
// a doubt. A card keeps its turn: it shows the state at the time of sending, and
// whatever wishes for it again must not send it to the end of the lane.
func (t *tx) putDelivery(ctx context.Context, d bridge.Delivery, now time.Time) error {
	if d.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		d.ID = bridge.DeliveryID(id.String())
	}
	if d.CreatedAt.IsZero() {
		d.CreatedAt = now
	}
	if d.Due.IsZero() {
		d.Due = d.CreatedAt
	}
	t.woken[d.Lane] = true
	_, err := t.exec(ctx, `INSERT INTO deliveries (`+deliveryColumns+`, outcome)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, '')
		ON CONFLICT (lane, dedupe_key) WHERE done_at IS NULL AND dedupe_key <> '' DO UPDATE SET
			kind = excluded.kind, subject = excluded.subject, rank = excluded.rank,
			priority = CASE WHEN deliveries.lane = 'card' AND deliveries.priority < excluded.priority THEN deliveries.priority ELSE excluded.priority END,
			body = excluded.body,
			due = CASE WHEN deliveries.lane = 'card' AND deliveries.due < excluded.due THEN deliveries.due ELSE excluded.due END, fence = deliveries.fence + 1, lease_until = NULL,
			attempts = CASE WHEN deliveries.lane = 'post' THEN deliveries.attempts ELSE 0 END,
			first_attempt = CASE WHEN deliveries.lane = 'post' THEN deliveries.first_attempt ELSE NULL END,
			doubtful = deliveries.lane IN ('post', 'private') AND (deliveries.doubtful OR deliveries.lease_until IS NOT NULL)`,
		d.ID, d.Lane, d.Key, d.Kind, d.Conversation, d.Subject, d.Priority, d.Rank, string(d.Body), at(d.Due), at(d.CreatedAt),
		d.Attempts, at(d.FirstAttempt), d.LastError, d.Doubtful, d.Fence)
	return err
}

func (t *tx) cancelDelivery(ctx context.Context, k bridge.DeliveryKey, now time.Time) error {
	t.wake(k.Lane)
	_, err := t.exec(ctx, `UPDATE deliveries SET done_at = $3, outcome = $4, fence = fence + 1, lease_until = NULL
		WHERE lane = $1 AND dedupe_key = $2 AND done_at IS NULL AND dedupe_key <> ''`, k.Lane, k.Key, at(now), cancelled)
	return err
}

// Complete implements bridge.Outbox. A row that was replaced or cancelled
// meanwhile gives [bridge.ErrStale].
func (s *Store) Complete(ctx context.Context, d bridge.Delivery, place bridge.Place, now time.Time) error {
	return s.write(ctx, "complete "+string(d.ID), func(ctx context.Context, t *tx) error {
		n, err := t.end(ctx, d, completed, d.LastError, now)
		if err != nil {
			return err
		}
		if n == 0 {
			var outcome string
			err := t.get(ctx, &outcome, `SELECT outcome FROM deliveries WHERE id = $1`, d.ID)
			if err == nil && outcome != completed || errors.Is(err, sql.ErrNoRows) {
				return bridge.ErrStale
			}
			if err != nil {
				return err
			}
		}
		if err := t.endBatch(ctx, d.ID, now); err != nil {
			return err
		}
		return t.putPlace(ctx, d.ID, place)
	})
}

// Abandon implements bridge.Outbox. It settles the head of a batch alone: the
// lines behind it go out by themselves.
func (s *Store) Abandon(ctx context.Context, d bridge.Delivery, cause string, now time.Time) error {
	return s.write(ctx, "abandon "+string(d.ID), func(ctx context.Context, t *tx) error {
		if err := stale(t.end(ctx, d, abandoned, cause, now)); err != nil {
			return err
		}
		return t.disband(ctx, d.ID)
	})
}

// end settles the row if d's fence is current.
func (t *tx) end(ctx context.Context, d bridge.Delivery, outcome, cause string, now time.Time) (int64, error) {
	t.wake(d.Lane)
	return t.exec(ctx, `UPDATE deliveries SET done_at = $3, outcome = $4, last_error = $5, doubtful = FALSE, lease_until = NULL
		WHERE id = $1 AND fence = $2 AND done_at IS NULL`, d.ID, d.Fence, at(now), outcome, cause)
}

// putPlace keeps where a post stands, and with it its whole batch, once.
func (t *tx) putPlace(ctx context.Context, id bridge.DeliveryID, p bridge.Place) error {
	if p.IsZero() {
		return nil
	}
	// A place is as old as the wish for it: a root that turns up late in a
	// channel that the conversation has left is not the newest.
	_, err := t.exec(ctx, `INSERT INTO places (delivery_id, conversation_id, kind, subject, channel, stamp, at)
		SELECT id, conversation_id, kind, subject, $2, $3, created_at FROM deliveries
		WHERE (id = $1 OR batch = $1 AND batch <> '') AND kind IN ('root', 'alert', 'line', 'note', 'file', 'reminder') ON CONFLICT DO NOTHING`,
		id, p.Channel, p.Stamp)
	return err
}

// Retry implements bridge.Outbox.
func (s *Store) Retry(ctx context.Context, d bridge.Delivery, due time.Time, cause string) error {
	return s.giveBack(ctx, "retry", d, `due = $3, last_error = $4`, at(due), cause)
}

// Extend implements bridge.Outbox.
func (s *Store) Extend(ctx context.Context, d bridge.Delivery, until time.Time) error {
	return s.write(ctx, "extend "+string(d.ID), func(ctx context.Context, t *tx) error {
		return stale(t.exec(ctx, `UPDATE deliveries SET lease_until = $3 WHERE id = $1 AND fence = $2 AND lease_until IS NOT NULL`,
			d.ID, d.Fence, at(until)))
	})
}

// Doubt implements bridge.Outbox.
func (s *Store) Doubt(ctx context.Context, d bridge.Delivery, due time.Time, cause string) error {
	return s.giveBack(ctx, "doubt", d, `due = $3, last_error = $4, doubtful = TRUE`, at(due), cause)
}

// Refute implements bridge.Outbox.
func (s *Store) Refute(ctx context.Context, d bridge.Delivery, due time.Time) error {
	return s.giveBack(ctx, "refute", d, `due = $3, doubtful = FALSE`, at(due))
}

func (s *Store) giveBack(ctx context.Context, what string, d bridge.Delivery, set string, args ...any) error {
	return s.write(ctx, what+" "+string(d.ID), func(ctx context.Context, t *tx) error {
		t.wake(d.Lane)
		return stale(t.exec(ctx, `UPDATE deliveries SET `+set+`, lease_until = NULL WHERE id = $1 AND fence = $2 AND done_at IS NULL`,
			append([]any{d.ID, d.Fence}, args...)...))
	})
}

// stale says what it means that a fenced update found no row.
func stale(n int64, err error) error {
	if err == nil && n == 0 {
		return bridge.ErrStale
	}
	return err
}

// Confirm implements bridge.Outbox.
func (s *Store) Confirm(ctx context.Context, id bridge.DeliveryID, place bridge.Place, now time.Time) (bool, error) {
	// Most of what is seen at a destination is somebody else's; that takes no
	// write.
	var lane bridge.Lane
	err := s.reads.get(ctx, &lane, `SELECT lane FROM deliveries WHERE id = $1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, failure("confirm "+string(id), err)
	}
	calledOff := false
	err = s.write(ctx, "confirm "+string(id), func(ctx context.Context, t *tx) error {
		t.wake(lane)
		n, err := t.exec(ctx, `UPDATE deliveries SET done_at = $2, outcome = $3, doubtful = FALSE, fence = fence + 1, lease_until = NULL
			WHERE id = $1 AND done_at IS NULL`, id, at(now), completed)
		if err == nil {
			err = t.endBatch(ctx, id, now)
		}
		calledOff = false
		if err == nil && n == 0 {
			err = t.get(ctx, &calledOff, `SELECT outcome = $2 FROM deliveries WHERE id = $1`, id, cancelled)
		}
		if err != nil {
			return err
		}
		return t.putPlace(ctx, id, place)
	})
	if err == nil && calledOff {
		return true, bridge.ErrStale
	}
	return err == nil, err
}

// Recover implements bridge.Outbox.
func (s *Store) Recover(ctx context.Context, lanes []bridge.Lane, now time.Time) (int, error) {
	total := 0
	err := s.write(ctx, "recover lanes", func(ctx context.Context, t *tx) error {
		total = 0
		for _, l := range lanes {
			t.wake(l)
			// What was in flight had been due, so it is due still.
			n, err := t.exec(ctx, `UPDATE deliveries SET lease_until = NULL, fence = fence + 1, doubtful = doubtful OR $2
				WHERE lane = $1 AND done_at IS NULL AND lease_until IS NOT NULL`, l, doubts(l))
			if err != nil {
				return err
			}
			total += int(n)
		}
		return nil
	})
	return total, err
}

// NextDue implements bridge.Outbox.
func (s *Store) NextDue(ctx context.Context, lane bridge.Lane) (time.Time, bool, error) {
	query := `SELECT min(COALESCE(lease_until, due)) AS next FROM deliveries WHERE lane = $1 AND done_at IS NULL`
	if ordered(lane) {
		query = `SELECT min(CASE WHEN busy > due THEN busy ELSE due END) AS next FROM (` + heads() + `) h`
	}
	var next instant
	if err := s.reads.get(ctx, &next, query, lane); err != nil {
		return time.Time{}, false, failure("next due of "+string(lane), err)
	}
	return next.Time, !next.IsZero(), nil
}

// Backlog implements bridge.Outbox. It counts what goes to the desk.
func (s *Store) Backlog(ctx context.Context, now time.Time) (bridge.Backlog, error) {
	var sum struct {
		Pending int     `db:"pending"`
		Oldest  instant `db:"oldest"`
	}
	const pending = ` FROM deliveries WHERE lane IN ('post', 'card', 'private') AND done_at IS NULL`
	err := s.reads.get(ctx, &sum, `SELECT count(*) AS pending, min(CASE WHEN lane = 'post' THEN created_at END) AS oldest`+pending)
	if err != nil {
		return bridge.Backlog{}, failure("backlog", err)
	}
	b := bridge.Backlog{Pending: sum.Pending}
	if !sum.Oldest.IsZero() {
		b.Oldest = max(0, now.Sub(sum.Oldest.Time))
	}
	var rows []deliveryRow
	err = s.reads.list(ctx, &rows, `SELECT `+deliveryColumns+pending+` AND attempts >= 3 ORDER BY created_at, position LIMIT 10`)
	b.Stuck = deliveries(rows)
	if err != nil {
		return b, failure("stuck deliveries", err)
	}
	rows = nil
	err = s.reads.list(ctx, &rows, `SELECT `+deliveryColumns+` FROM deliveries WHERE `+lost+` ORDER BY done_at DESC, position DESC LIMIT 10`,
		bridge.LanePost, at(now.Add(-lostFor)))
	b.Lost = deliveries(rows)
	return b, failure("lost deliveries", err)
}

// Behind implements bridge.Outbox.
func (s *Store) Behind(ctx context.Context, id bridge.ConversationID, now time.Time) (int, time.Duration, error) {
	var sum struct {
		Posts  int     `db:"posts"`
		Oldest instant `db:"oldest"`
	}
	err := s.reads.get(ctx, &sum, `SELECT count(*) AS posts, min(created_at) AS oldest FROM deliveries
		WHERE lane = $1 AND conversation_id = $2 AND done_at IS NULL`, bridge.LanePost, id)
	if err != nil || sum.Oldest.IsZero() {
		return 0, 0, failure("posts of "+string(id)+" that wait", err)
	}
	return sum.Posts, max(0, now.Sub(sum.Oldest.Time)), nil
}

// Redraw implements bridge.Outbox.
func (s *Store) Redraw(ctx context.Context, id bridge.ConversationID, due time.Time) error {
	return s.write(ctx, "redraw "+string(id), func(ctx context.Context, t *tx) error {
		return t.putDelivery(ctx, bridge.RootCard(id, due), due)
	})
}
