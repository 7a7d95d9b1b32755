package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"threadline/bridge"
)

// Site implements bridge.Reader.
func (s *Store) Site(ctx context.Context, id bridge.SiteID) (bridge.Site, error) {
	var d document[bridge.Site]
	err := s.reads.get(ctx, &d, `SELECT data FROM sites WHERE id = $1`, id)
	return d.V, failure("site "+string(id), err)
}

// Sites implements bridge.Reader.
func (s *Store) Sites(ctx context.Context) ([]bridge.Site, error) {
	sites, err := s.reads.sites(ctx)
	return sites, failure("sites", err)
}

func (c conn) sites(ctx context.Context) ([]bridge.Site, error) {
	var rows []document[bridge.Site]
	err := c.list(ctx, &rows, `SELECT data FROM sites ORDER BY id`)
	sites := make([]bridge.Site, len(rows))
	for i, r := range rows {
		sites[i] = r.V
	}
	return sites, err
}

// SaveSite implements bridge.Keeper.
func (s *Store) SaveSite(ctx context.Context, site bridge.Site) error {
	return s.write(ctx, "save site "+string(site.ID), func(ctx context.Context, t *tx) error {
		// The edition first: its row keeps this and ChangeSetup apart.
		if _, err := t.exec(ctx, `UPDATE settings SET edition = edition + 1 WHERE id = 1`); err != nil {
			return err
		}
		return t.putSite(ctx, site)
	})
}

// Secret implements bridge.Keeper.
func (s *Store) Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error) {
	s.secrets.Lock() // one make a process; among processes the first row wins
	defer s.secrets.Unlock()
	const query = `SELECT value FROM secrets WHERE name = $1`
	var value []byte
	err := s.reads.get(ctx, &value, query, name)
	if !errors.Is(err, sql.ErrNoRows) {
		return value, failure("secret "+name, err)
	}
	made, err := make()
	if err != nil {
		return nil, fmt.Errorf("storage: make secret %s: %w", name, err)
	}
	err = s.write(ctx, "keep secret "+name, func(ctx context.Context, t *tx) error {
		if _, err := t.exec(ctx, `INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, made); err != nil {
			return err
		}
		value = nil
		return t.get(ctx, &value, query, name)
	})
	return value, err
}

// Lease implements bridge.Keeper.
func (s *Store) Lease(ctx context.Context, name, owner string, ttl time.Duration) (bool, error) {
	var taken int64
	err := s.write(ctx, "lease "+name, func(ctx context.Context, t *tx) (err error) {
		taken, err = t.exec(ctx, `INSERT INTO leases (name, owner, lease_until) VALUES ($1, $2, `+t.now+` + CAST($3 AS BIGINT))
			ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until
			WHERE leases.owner = excluded.owner OR leases.lease_until <= `+t.now, name, owner, ttl.Microseconds())
		return err
	})
	return taken > 0, err
}

// Unlease implements bridge.Keeper.
func (s *Store) Unlease(ctx context.Context, name, owner string) error {
	return s.write(ctx, "unlease "+name, func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, `DELETE FROM leases WHERE name = $1 AND owner = $2`, name, owner)
		return err
	})
}

// Mark implements bridge.Keeper.
func (s *Store) Mark(ctx context.Context, name string) (string, error) {
	var value string
	err := s.reads.get(ctx, &value, `SELECT value FROM marks WHERE name = $1`, name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, failure("mark "+name, err)
}

// SetMark implements bridge.Keeper.
func (s *Store) SetMark(ctx context.Context, name, value string) error {
	return s.write(ctx, "set mark "+name, func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO marks (name, value) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		return err
	})
}

const sectionColumns = "source, ordinal, id, title, url, text, questions"

type sectionRow struct {
	Source    string `db:"source"`
	Ordinal   int    `db:"ordinal"`
	ID        string `db:"id"`
	Title     string `db:"title"`
	URL       string `db:"url"`
	Text      string `db:"text"`
	Questions string `db:"questions"`
}

func (r sectionRow) domain() bridge.Section {
	return bridge.Section{ID: r.ID, Source: r.Source, Title: r.Title, URL: r.URL, Text: r.Text, Questions: r.Questions}
}

// ReplaceSource implements bridge.Library.
func (s *Store) ReplaceSource(ctx context.Context, source string, sections []bridge.Section) (bool, error) {
	wanted := make([]bridge.Section, len(sections))
	for i, n := range sections {
		wanted[i] = bridge.Section{
			ID: cleanText(n.ID), Source: cleanText(source), Title: cleanText(n.Title), URL: cleanText(n.URL), Text: cleanText(n.Text),
			Questions: cleanText(n.Questions),
		}
	}
	changed := false
	err := s.write(ctx, "replace source "+source, func(ctx context.Context, t *tx) error {
		changed = false
		// The edition's row also keeps two replacements apart.
		if _, err := t.exec(ctx, `UPDATE library SET edition = edition + 0 WHERE id = 1`); err != nil {
			return err
		}
		there, err := t.sections(ctx, `WHERE source = $1`, source)
		if err != nil || slices.Equal(there, wanted) {
			return err
		}
		changed = true
		if _, err := t.exec(ctx, `DELETE FROM sections WHERE source = $1`, source); err != nil {
			return err
		}
		for i, n := range wanted {
			if _, err := t.exec(ctx, `INSERT INTO sections (`+sectionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				n.Source, i, n.ID, n.Title, n.URL, n.Text, n.Questions); err != nil {
				return fmt.Errorf("section %s: %w", n.ID, err)
			}
		}
		_, err = t.exec(ctx, `UPDATE library SET edition = edition + 1 WHERE id = 1`)
		return err
	})
	return changed && err == nil, err
}

// Sections implements bridge.Library.
func (s *Store) Sections(ctx context.Context) ([]bridge.Section, error) {
	sections, err := s.reads.sections(ctx, "")
	return sections, failure("sections", err)
}

func (c conn) sections(ctx context.Context, where string, args ...any) ([]bridge.Section, error) {
	var rows []sectionRow
	if err := c.list(ctx, &rows, `SELECT `+sectionColumns+` FROM sections `+where+` ORDER BY source, ordinal`, args...); err != nil {
		return nil, err
	}
	sections := make([]bridge.Section, len(rows))
	for i, r := range rows {
		sections[i] = r.domain()
	}
	return sections, nil
}

// Edition implements bridge.Library.
func (s *Store) Edition(ctx context.Context) (int64, error) {
	var n int64
	err := s.reads.get(ctx, &n, `SELECT edition FROM library WHERE id = 1`)
	return n, failure("edition", err)
}
