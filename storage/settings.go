package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/google/uuid"

	"threadline/bridge"
)

// setupCache keeps the newest settings read, so that a look costs one small
// query while nothing changes.
type setupCache struct{ setup bridge.Setup }

// Setup implements bridge.Reader.
func (s *Store) Setup(ctx context.Context) (bridge.Setup, error) {
	var edition int64
	err := s.reads.get(ctx, &edition, `SELECT edition FROM settings WHERE id = 1`)
	if err != nil {
		return bridge.Setup{}, failure("edition of the settings", err)
	}
	if c := s.setup.Load(); c != nil && c.setup.Edition == edition {
		return c.setup, nil
	}
	setup, err := s.reads.setup(ctx, "")
	if err != nil {
		return bridge.Setup{}, failure("settings", err)
	}
	// Sites that changed between the two reads leave the older edition behind,
	// so that the next look reads again.
	setup.Edition = edition
	if setup, err = setup.Compile(); err != nil {
		return bridge.Setup{}, failure("settings", err)
	}
	s.setup.Store(&setupCache{setup})
	return setup, nil
}

// setup reads the settings as they are kept.
func (c conn) setup(ctx context.Context, lock string) (bridge.Setup, error) {
	var row struct {
		Edition int64                  `db:"edition"`
		Data    document[bridge.Setup] `db:"data"`
	}
	if err := c.get(ctx, &row, `SELECT edition, data FROM settings WHERE id = 1`+lock); err != nil {
		return bridge.Setup{}, err
	}
	setup := row.Data.V
	setup.Edition = row.Edition
	sites, err := c.sites(ctx)
	setup.Sites = sites
	return setup, err
}

// putSetup keeps the settings without the sites under the next edition.
func (t *tx) putSetup(ctx context.Context, setup bridge.Setup) error {
	_, err := t.exec(ctx, `UPDATE settings SET edition = edition + 1, data = $1 WHERE id = 1`, document[bridge.Setup]{setup})
	return err
}

func (t *tx) putSite(ctx context.Context, site bridge.Site) error {
	_, err := t.exec(ctx, `INSERT INTO sites (id, data) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET data = excluded.data`,
		site.ID, document[bridge.Site]{site})
	return err
}

// ChangeSetup implements bridge.Keeper.
func (s *Store) ChangeSetup(ctx context.Context, by bridge.Actor, change func(bridge.Setup) (bridge.Setup, error)) ([]bridge.Change, error) {
	var changes []bridge.Change
	err := s.engine.write(ctx, func(ctx context.Context, t *tx) error {
		before, err := t.setup(ctx, t.forUpdate)
		if err != nil {
			return err
		}
		after, err := t.setup(ctx, "") // a copy that change may write into
		if err != nil {
			return err
		}
		after, err = change(after)
		if err == nil {
			err = checkSetup(before, after)
		}
		if err != nil {
			return &refusal{&bridge.SetupError{Cause: err}}
		}
		if changes = before.ChangesTo(after); len(changes) == 0 {
			return nil
		}
		if err := t.putSetup(ctx, after); err != nil {
			return err
		}
		for _, site := range after.Sites {
			if old, ok := before.Site(site.ID); ok && reflect.DeepEqual(old, site) {
				continue
			}
			if err := t.putSite(ctx, site); err != nil {
				return fmt.Errorf("site %s: %w", site.ID, err)
			}
		}
		now := s.now()
		for _, c := range changes {
			err := t.record(ctx, bridge.AuditEntry{
				At: now, Actor: by, Action: bridge.AuditSettings, Subject: c.Path, Before: c.Before, After: c.After,
			})
			if err != nil {
				return fmt.Errorf("put %s on record: %w", c.Path, err)
			}
		}
		return nil
	})
	var refused *refusal
	if errors.As(err, &refused) {
		return nil, refused.cause
	}
	return changes, s.report(ctx, "change settings", err)
}

// checkSetup refuses settings that cannot be kept.
func checkSetup(before, after bridge.Setup) error {
	for _, site := range before.Sites {
		if _, ok := after.Site(site.ID); !ok {
			return fmt.Errorf("sites.%s: a site stays, because its conversations do", site.ID)
		}
	}
	return after.Check()
}

// record puts something on record.
func (t *tx) record(ctx context.Context, e bridge.AuditEntry) error {
	_, err := t.exec(ctx, `INSERT INTO audit (id, at, actor, actor_name, action, subject, old_value, new_value)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		uuid.NewString(), at(e.At), e.Actor.ID, e.Actor.Name, e.Action, e.Subject, e.Before, e.After)
	return err
}

// Audit implements bridge.Reader.
func (s *Store) Audit(ctx context.Context, before time.Time, limit int) ([]bridge.AuditEntry, error) {
	var rows []struct {
		At        instant        `db:"at"`
		Actor     bridge.AgentID `db:"actor"`
		ActorName string         `db:"actor_name"`
		Action    string         `db:"action"`
		Subject   string         `db:"subject"`
		Before    string         `db:"old_value"`
		After     string         `db:"new_value"`
	}
	err := s.reads.list(ctx, &rows, `SELECT at, actor, actor_name, action, subject, old_value, new_value FROM audit
		WHERE at < COALESCE($1, CAST(9223372036854775807 AS BIGINT)) ORDER BY at DESC, subject LIMIT $2`, at(before), limit)
	entries := make([]bridge.AuditEntry, len(rows))
	for i, r := range rows {
		entries[i] = bridge.AuditEntry{
			At: r.At.Time, Actor: bridge.Actor{ID: r.Actor, Name: r.ActorName},
			Action: r.Action, Subject: r.Subject, Before: r.Before, After: r.After,
		}
	}
	return entries, failure("audit", err)
}

// seedSetup gives an empty database its settings.
func (t *tx) seedSetup(ctx context.Context) error {
	_, err := t.exec(ctx, `INSERT INTO settings (id, edition, data) VALUES (1, 1, $1) ON CONFLICT (id) DO NOTHING`,
		document[bridge.Setup]{bridge.DefaultSetup()})
	return err
}

// hasSetup reports whether the settings were seeded.
func (c conn) hasSetup(ctx context.Context) (bool, error) {
	var one int
	err := c.get(ctx, &one, `SELECT 1 FROM settings WHERE id = 1`)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
