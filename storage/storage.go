package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"

	"threadline/bridge"
)

// Options are what a Store may be told besides its URL.
type Options struct {
	// Logger hears of a write that failed for reasons of the database. Nil
	// discards.
	Logger *slog.Logger
	// Clock dates settled events and deliveries that come without an instant.
	// Nil is the system's clock.
	Clock bridge.Clock

	// pragmas are added to the connection that writes a SQLite file.
	pragmas []string
}

// Store implements every storage port of bridge. Safe for concurrent use.
type Store struct {
	reads   conn
	engine  engine
	logger  *slog.Logger
	clock   bridge.Clock
	lanes   *lanes
	secrets sync.Mutex
	setup   atomic.Pointer[setupCache]
	closed  atomic.Bool
}

var (
	_ bridge.Store   = (*Store)(nil)
	_ bridge.Inbox   = (*Store)(nil)
	_ bridge.Keeper  = (*Store)(nil)
	_ bridge.Library = (*Store)(nil)
	_ bridge.Files   = (*Store)(nil)
)

// engine is the half of a database that writes.
type engine interface {
	// write runs f in a transaction and wakes the lanes f named once it is
	// committed. f may run more than once.
	write(ctx context.Context, f func(context.Context, *tx) error) error
	close() error
}

// Open opens the database, brings its schema up to date and seeds an empty one
// with the default site and settings. The URL is sqlite:PATH or postgres://…; a password in
// it never appears in an error. A SQLite file belongs to one process at a
// time: a second one gets an error at once.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{logger: o.Logger, clock: o.Clock, lanes: newLanes()}
	var err error
	switch scheme, rest, _ := strings.Cut(url, ":"); scheme {
	case "sqlite":
		err = s.openSQLite(ctx, rest, o)
	case "postgres", "postgresql":
		err = s.openPostgres(ctx, url)
	default:
		return nil, fmt.Errorf("storage: the database URL must begin with sqlite: or postgres://")
	}
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	if err := s.seed(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// Close finishes the writes in flight and closes the database. Calls that come
// after it give [bridge.ErrUnavailable].
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	if err := s.engine.close(); err != nil {
		return fmt.Errorf("storage: close: %w", err)
	}
	return nil
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return failure("ping", s.reads.get(ctx, &one, `SELECT 1`))
}

// seed gives an empty database what a first start needs.
func (s *Store) seed(ctx context.Context) error {
	var sites int
	if err := s.reads.get(ctx, &sites, `SELECT count(*) FROM sites`); err != nil {
		return failure("count sites", err)
	}
	settings, err := s.reads.hasSetup(ctx)
	if err != nil {
		return failure("look for settings", err)
	}
	if sites > 0 && settings {
		return nil
	}
	site := bridge.DefaultSite()
	return s.write(ctx, "seed", func(ctx context.Context, t *tx) error {
		if err := t.seedSetup(ctx); err != nil || sites > 0 {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO sites (id, data) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`,
			site.ID, document[bridge.Site]{site})
		return err
	})
}

// write runs f in a transaction. what says for the error what was being done.
func (s *Store) write(ctx context.Context, what string, f func(context.Context, *tx) error) error {
	return s.report(ctx, what, s.engine.write(ctx, f))
}

// report wraps the error of a write.
func (s *Store) report(ctx context.Context, what string, err error) error {
	err = failure(what, err)
	if err != nil && isUnavailable(err) {
		s.logger.LogAttrs(ctx, slog.LevelWarn, "database write failed", slog.Any("error", err))
	}
	return err
}

func (s *Store) now() time.Time {
	if s.clock == nil {
		return time.Now()
	}
	return s.clock.Now()
}

type querier interface {
	sqlx.QueryerContext
	sqlx.ExecerContext
}

// conn runs statements. Every string that goes in is cleaned on the way.
type conn struct {
	x querier
	dialect
	// closed says that the store is; nil within a transaction.
	closed *atomic.Bool
}

// tx is a transaction, or a job's share of one.
type tx struct {
	conn
	// woken are the lanes to wake after the commit, true for those into which
	// something was put.
	woken map[bridge.Lane]bool
}

func newTx(x querier, d dialect) *tx {
	return &tx{conn: conn{x: x, dialect: d}, woken: make(map[bridge.Lane]bool)}
}

func (t *tx) wake(l bridge.Lane) {
	if !t.woken[l] {
		t.woken[l] = false
	}
}

// get reads one row; none is sql.ErrNoRows.
func (c conn) get(ctx context.Context, to any, query string, args ...any) error {
	return c.outcome(ctx, sqlx.GetContext(ctx, c.x, to, query, clean(args)...))
}

// list reads all rows.
func (c conn) list(ctx context.Context, to any, query string, args ...any) error {
	return c.outcome(ctx, sqlx.SelectContext(ctx, c.x, to, query, clean(args)...))
}

// outcome says of an error of the driver what it cannot know itself: that the
// store is closed, or that the caller gave up.
func (c conn) outcome(ctx context.Context, err error) error {
	if err != nil && c.closed != nil && c.closed.Load() {
		return errClosed
	}
	return ended(ctx, err)
}

// ended adds to an error that ctx has ended, which the drivers report in words
// of their own.
func ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// exec returns how many rows it touched.
func (c conn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := c.x.ExecContext(ctx, query, clean(args)...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// put inserts the row, or replaces the one with the same key. columns are
// those of the row's db tags.
func (c conn) put(ctx context.Context, table, key, columns string, row any) error {
	names := strings.Split(columns, ", ")
	var q strings.Builder
	q.WriteString("INSERT INTO " + table + " (" + columns + ") VALUES (:" + strings.Join(names, ", :") + ") ON CONFLICT (" + key + ") DO UPDATE SET ")
	comma := ""
	for _, n := range names {
		if n != key {
			q.WriteString(comma + n + " = excluded." + n)
			comma = ", "
		}
	}
	query, args, err := sqlx.Named(q.String(), row)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, sqlx.Rebind(sqlx.DOLLAR, query), args...)
	return err
}
