package storage

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"threadline/bridge"
)

// front reads a column of the row that is next in the conversation of g.
func front(column string) string {
	return `(SELECT d.` + column + ` FROM deliveries d WHERE d.lane = $1 AND d.conversation_id = g.conversation_id AND d.done_at IS NULL
		ORDER BY d.rank, d.position LIMIT 1) AS ` + column
}

// heads lists the next row of each conversation in a lane, and says beside it
// how long the conversation is busy with a leased one, how urgent its most
// urgent is and since when its oldest waits. Where something of priority 0 is
// among them, only the age of that counts: an alert is as old as itself, not
// as the lines that it overtakes. Window functions would say it in fewer words
// and take SQLite five times as long.
func heads() string {
	return `SELECT g.conversation_id, ` + front("id") + `, ` + front("due") + `, g.urgency, g.since, g.busy, g.oldest FROM (
		SELECT conversation_id, min(priority) AS urgency, COALESCE(min(CASE WHEN priority = 0 THEN created_at END), min(created_at)) AS since,
			max(COALESCE(lease_until, 0)) AS busy, min(position) AS oldest
		FROM deliveries WHERE lane = $1 AND done_at IS NULL GROUP BY conversation_id) g`
}

// Take implements bridge.Outbox. It looks among committed rows first, so that
// an idle lane costs no write and a long one does not hold the writer up, and
// judges each row it found again as it leases it.
func (s *Store) Take(ctx context.Context, lane bridge.Lane, now time.Time, lease time.Duration, limit int) ([]bridge.Delivery, error) {
	return s.takeBy(ctx, look(lane), lane, now, lease, limit)
}

// TakePost implements bridge.Outbox.
func (s *Store) TakePost(ctx context.Context, route bridge.Route, now time.Time, lease time.Duration, limit int) ([]bridge.Delivery, error) {
	return s.takeBy(ctx, lookForHeads(withRoute, ofRoute("$4")+` AND `), bridge.LanePost, now, lease, limit, route)
}

// PostDue implements bridge.Outbox.
func (s *Store) PostDue(ctx context.Context, route bridge.Route) (time.Time, bool, error) {
	var next instant
	query := `SELECT min(CASE WHEN busy > due THEN busy ELSE due END) AS next FROM (` + heads() + `) h` + withRoute + ` WHERE ` + ofRoute("$2")
	if err := s.reads.get(ctx, &next, query, bridge.LanePost, route); err != nil {
		return time.Time{}, false, failure("next post of route "+string(route), err)
	}
	return next.Time, !next.IsZero(), nil
}

// PostRoutes implements bridge.Outbox.
func (s *Store) PostRoutes(ctx context.Context) ([]bridge.Route, error) {
	var routes []bridge.Route
	err := s.reads.list(ctx, &routes, `SELECT DISTINCT COALESCE((SELECT c.route FROM conversations c WHERE c.id = d.conversation_id), '') AS route FROM
		(SELECT DISTINCT conversation_id FROM deliveries WHERE lane = $1 AND done_at IS NULL) d ORDER BY route`, bridge.LanePost)
	return routes, failure("routes with posts", err)
}

// withRoute joins heads with their conversations. What belongs to none goes with
// the default route.
const withRoute = ` LEFT JOIN conversations c ON c.id = h.conversation_id`

func ofRoute(parameter string) string { return `COALESCE(c.route, '') = ` + parameter }

func (s *Store) takeBy(ctx context.Context, query string, lane bridge.Lane, now time.Time, lease time.Duration, limit int, more ...any) ([]bridge.Delivery, error) {
	if limit <= 0 {
		return nil, nil
	}
	// What was found may be gone by the time it is leased; then another look
	// finds what is next.
	for range 3 {
		var ids []bridge.DeliveryID
		if err := s.reads.list(ctx, &ids, query, append([]any{lane, at(now), limit}, more...)...); err != nil {
			return nil, failure("look into lane "+string(lane), err)
		}
		if len(ids) == 0 {
			return nil, nil
		}
		taken, err := s.lease(ctx, lane, ids, now, now.Add(lease))
		if err != nil || len(taken) > 0 {
			return taken, err
		}
	}
	return nil, nil
}

// look finds the ids of what can be taken.
func look(lane bridge.Lane) string {
	if ordered(lane) {
		return lookForHeads("", "")
	}
	return `SELECT id FROM deliveries WHERE lane = $1 AND done_at IS NULL AND due <= $2 AND (lease_until IS NULL OR lease_until <= $2)
		ORDER BY priority * ` + ageing() + ` + due, position LIMIT $3`
}

// ageing is a step of priority in microseconds.
func ageing() string { return strconv.FormatInt(bridge.Ageing.Microseconds(), 10) }

// lookForHeads finds the ids of next rows that can be taken, among those that
// the condition leaves over.
func lookForHeads(join, where string) string {
	return `SELECT h.id FROM (` + heads() + `) h` + join + ` WHERE ` + where + `h.due <= $2 AND h.busy <= $2
		ORDER BY CASE WHEN h.urgency = 0 THEN 0 ELSE 1 END, h.urgency * ` + ageing() + ` + h.since, h.oldest LIMIT $3`
}

// lease leases those of the rows that can still be taken.
func (s *Store) lease(ctx context.Context, lane bridge.Lane, ids []bridge.DeliveryID, now, until time.Time) ([]bridge.Delivery, error) {
	free := `d.id = $1 AND d.done_at IS NULL AND d.due <= $2 AND (d.lease_until IS NULL OR d.lease_until <= $2)`
	if ordered(lane) {
		free += ` AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.lane = d.lane AND o.conversation_id = d.conversation_id
			AND o.done_at IS NULL AND o.id <> d.id AND (o.lease_until > $2 OR o.rank < d.rank OR o.rank = d.rank AND o.position < d.position))`
	}
	var taken []bridge.Delivery
	err := s.write(ctx, "take from lane "+string(lane), func(ctx context.Context, t *tx) error {
		taken = nil
		// Takers of a lane go one after another, or two could each lease what
		// is the head of a conversation in their own view.
		if err := t.lockName(ctx, "take:"+string(lane)); err != nil {
			return err
		}
		for _, id := range ids {
			var r deliveryRow
			err := t.get(ctx, &r, `UPDATE deliveries SET attempts = attempts + 1, first_attempt = COALESCE(first_attempt, $2),
					doubtful = doubtful OR ($4 AND lease_until IS NOT NULL), fence = fence + 1, lease_until = $3
				WHERE id = (SELECT d.id FROM deliveries d WHERE `+free+t.skipLocked+`)
				RETURNING `+deliveryColumns, id, at(now), at(until), doubts(lane))
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return err
			}
			d := r.domain()
			if d.Batch, err = t.batchOf(ctx, d, now); err != nil {
				return err
			}
			taken = append(taken, d)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}
