package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
)

// ErrReadOnly: the store was opened to read.
var ErrReadOnly = errors.New("the database is open to read only")

// OpenToRead opens a database that is there already and writes nothing to it:
// no schema, no lock, no first settings. It works beside the process that
// serves from the same SQLite file. Every write gives [ErrReadOnly]. The error
// says so if the schema is not this program's.
func OpenToRead(ctx context.Context, address string) (*Store, error) {
	s := &Store{logger: slog.New(slog.DiscardHandler), lanes: newLanes()}
	var err error
	switch scheme, rest, _ := strings.Cut(address, ":"); scheme {
	case "sqlite":
		err = s.readSQLite(ctx, rest)
	case "postgres", "postgresql":
		err = s.readPostgres(ctx, address)
	default:
		return nil, fmt.Errorf("storage: the database URL must begin with sqlite: or postgres://")
	}
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	return s, nil
}

func (s *Store) readSQLite(ctx context.Context, path string) error {
	path, err := settledPath(path)
	if err != nil {
		return sqliteSentence(path, err)
	}
	if info, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no SQLite file %s", path)
	} else if err == nil && info.IsDir() {
		return fmt.Errorf("%s is a directory, not a SQLite file", path)
	}
	q := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)", "query_only(1)"}}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	db, err := openFile(name.String())
	if err != nil {
		return sqliteSentence(path, err)
	}
	db.SetMaxOpenConns(readers)
	steps := sqliteMigrations()
	if err := sameSchema(ctx, db.DB, steps); err != nil {
		_ = db.Close()
		return sqliteSentence(path, err)
	}
	s.engine = readOnly{db}
	s.reads = conn{db, sqliteDialect(), &s.closed}
	return nil
}

func (s *Store) readPostgres(ctx context.Context, address string) error {
	e, err := s.connectPostgres(ctx, address, readers, sameSchema)
	if err != nil {
		return err
	}
	s.engine = readOnly{e.db}
	return nil
}

// sameSchema refuses a database that another version of the program keeps.
func sameSchema(ctx context.Context, db *sql.DB, m migrations) error {
	known, err := m.newest()
	if err != nil {
		return err
	}
	var there sql.NullInt64
	if err := db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&there); err != nil {
		return fmt.Errorf("it holds no data of this program: %w", err)
	}
	switch {
	case there.Int64 < known:
		return fmt.Errorf("the database is at schema %d and this program reads %d: start threadline on it once, which brings it up to date", there.Int64, known)
	case there.Int64 > known:
		return fmt.Errorf("the database is at schema %d and this program knows only %d: a newer version has used it", there.Int64, known)
	}
	return nil
}

// readOnly is the half of a database that refuses to write.
type readOnly struct{ db *sqlx.DB }

func (readOnly) write(context.Context, func(context.Context, *tx) error) error { return ErrReadOnly }

func (r readOnly) close() error { return r.db.Close() }

// newest is the number of the last step.
func (m migrations) newest() (int64, error) {
	files, err := overlaid("common", m.folder)
	if err != nil {
		return 0, err
	}
	entries, err := files.ReadDir(".")
	if err != nil {
		return 0, err
	}
	var last int64
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s: %w", e.Name(), err)
		}
		last = max(last, n)
	}
	return last, nil
}
