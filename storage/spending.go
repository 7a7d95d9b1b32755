package storage

import (
	"context"

	"threadline/bridge"
)

// Spent implements bridge.Reader.
func (s *Store) Spent(ctx context.Context, site bridge.SiteID, visitor bridge.VisitorID, day string) (bridge.Spent, error) {
	var r struct {
		VisitorTurns  int64 `db:"visitor_turns"`
		VisitorTokens int64 `db:"visitor_tokens"`
		SiteTurns     int64 `db:"site_turns"`
		SiteTokens    int64 `db:"site_tokens"`
	}
	err := s.reads.get(ctx, &r, `SELECT COALESCE(sum(turns), 0) AS site_turns, COALESCE(sum(tokens), 0) AS site_tokens,
		COALESCE(sum(CASE WHEN visitor_id = $1 THEN turns ELSE 0 END), 0) AS visitor_turns,
		COALESCE(sum(CASE WHEN visitor_id = $1 THEN tokens ELSE 0 END), 0) AS visitor_tokens
		FROM spending WHERE site_id = $2 AND day = $3`, visitor, site, day)
	return bridge.Spent(r), failure("spending of "+string(site), err)
}

// Spend implements bridge.Ledger.
func (s *Store) Spend(ctx context.Context, p bridge.Spending) error {
	return s.write(ctx, "count what was spent", func(ctx context.Context, t *tx) error { return t.spend(ctx, p) })
}

func (c conn) spend(ctx context.Context, p bridge.Spending) error {
	_, err := c.exec(ctx, `INSERT INTO spending (day, site_id, visitor_id, turns, tokens) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (site_id, day, visitor_id) DO UPDATE SET turns = spending.turns + excluded.turns, tokens = spending.tokens + excluded.tokens`,
		p.Day, p.Site, p.Visitor, p.Turns, p.Tokens)
	return err
}
