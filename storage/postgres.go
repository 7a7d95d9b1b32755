package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

const (
	// postgresConns bounds the pool; PostgreSQL allows 100 in all by default.
	postgresConns = 20
	// connectSeconds bounds one attempt to connect, where the URL does not.
	connectSeconds = "5"
	// retries is how often a transaction runs again when the server asks for
	// it.
	retries = 10
	// application is what the server calls our connections.
	application = "threadline"
)

// openPostgres connects and migrates.
func (s *Store) openPostgres(ctx context.Context, address string) error {
	e, err := s.connectPostgres(ctx, address, postgresConns, migrate)
	if err != nil {
		return err
	}
	e.db.SetMaxIdleConns(postgresConns / 2)
	e.db.SetConnMaxIdleTime(5 * time.Minute)
	s.engine = e
	return nil
}

// connectPostgres connects with at most so many connections, has prepare see to
// the schema, and sets the store up to read.
func (s *Store) connectPostgres(ctx context.Context, address string, most int, prepare func(context.Context, *sql.DB, migrations) error) (*postgresEngine, error) {
	name, secrets, err := postgresName(address)
	if err != nil {
		return nil, err
	}
	connector, err := pq.NewConnector(name)
	if err != nil {
		return nil, errors.New(redact("the PostgreSQL URL is not usable: "+err.Error(), secrets))
	}
	db := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	db.SetMaxOpenConns(most)
	steps, err := postgresMigrations()
	if err == nil {
		err = db.PingContext(ctx)
	}
	if err == nil {
		err = prepare(ctx, db.DB, steps)
	}
	d := postgresDialect()
	if err == nil {
		d.fold, err = folding(ctx, db, d.fold)
	}
	if err != nil {
		_ = db.Close()
		return nil, postgresSentence(address, secrets, err)
	}
	s.reads = conn{db, d, &s.closed}
	return &postgresEngine{db: db, lanes: s.lanes, closed: &s.closed, listener: listenerName(name), secrets: secrets}, nil
}

// folding is the expression that folds the letters of every language: a database
// with the locale C knows those of English only, and one with Turkish another i.
// Where the server was built without ICU, or the database's encoding is not one of
// Unicode, it stays plain, and the database's own rules apply. 775 is the dot that
// the dotted I leaves behind.
func folding(ctx context.Context, db *sqlx.DB, plain string) (string, error) {
	there := false
	err := db.GetContext(ctx, &there, `SELECT getdatabaseencoding() = 'UTF8' AND EXISTS (SELECT 1 FROM pg_collation
		WHERE collname = 'und-x-icu' AND collnamespace = 'pg_catalog'::regnamespace)`)
	if err != nil || !there {
		return plain, err
	}
	return `replace(replace(lower(? COLLATE pg_catalog."und-x-icu"), 'ς', 'σ'), chr(775), '')`, nil
}

type postgresEngine struct {
	db     *sqlx.DB
	lanes  *lanes
	closed *atomic.Bool
	// listener is the name for the connection that listens; secrets are what
	// must not be shown of it.
	listener string
	secrets  []string
}

func (e *postgresEngine) close() error { return e.db.Close() }

// write runs f in a transaction of its own, and again while the server asks
// for it.
func (e *postgresEngine) write(ctx context.Context, f func(context.Context, *tx) error) error {
	for try := 1; ; try++ {
		err := e.once(ctx, f)
		if err == nil || try == retries || !wantsRetry(err) && !errors.Is(err, errRepeat) {
			return ended(ctx, err)
		}
		if err := pause(ctx, time.Duration(try)*5*time.Millisecond); err != nil {
			return err
		}
	}
}

func (e *postgresEngine) once(ctx context.Context, f func(context.Context, *tx) error) error {
	x, err := e.begin(ctx)
	if err != nil && e.closed.Load() {
		return errClosed
	}
	if err != nil {
		return err
	}
	t := newTx(x, postgresDialect())
	committed := false
	defer func() {
		if !committed { // a panic of f comes by here too
			_ = x.Rollback()
		}
	}()
	if err := f(ctx, t); err != nil {
		return err
	}
	if err := x.Commit(); err != nil {
		return err
	}
	committed = true
	e.lanes.wake(t.woken)
	return nil
}

// begin starts a transaction. A restart of the server leaves dead connections
// in the pool, each of which says so only now, when nothing is lost yet.
func (e *postgresEngine) begin(ctx context.Context) (*sqlx.Tx, error) {
	for try := 0; ; try++ {
		x, err := e.db.BeginTxx(ctx, nil)
		var refused *net.OpError
		if err == nil || try == postgresConns || !isUnavailable(err) || ctx.Err() != nil ||
			errors.As(err, &refused) && refused.Op == "dial" || isServerWord(err) {
			return x, err
		}
	}
}

// isServerWord reports whether the server itself turned the connection away,
// rather than an old connection having ended.
func isServerWord(err error) bool {
	var e *pq.Error
	return errors.As(err, &e) && e.Code != "57P01"
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// postgresName is the URL with our defaults, and the secrets in it that must
// not be shown. Errors of url.Parse quote the URL, so they are not passed on.
func postgresName(address string) (string, []string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", nil, errors.New("the PostgreSQL URL cannot be read: special characters in its user or password must be percent-encoded")
	}
	q := u.Query()
	var secrets []string
	if p, ok := u.User.Password(); ok {
		secrets = append(secrets, p, url.PathEscape(p), url.QueryEscape(p))
	}
	if p := q.Get("password"); p != "" {
		secrets = append(secrets, p, url.QueryEscape(p))
	}
	for key, value := range map[string]string{"connect_timeout": connectSeconds, "application_name": application} {
		if !q.Has(key) {
			q.Set(key, value)
		}
	}
	u.RawQuery = q.Encode()
	return u.String(), secrets, nil
}

// listenerName is the name for a connection that only listens, to be told
// apart on the server.
func listenerName(name string) string {
	u, err := url.Parse(name)
	if err != nil {
		return name
	}
	q := u.Query()
	if q.Get("application_name") == application {
		q.Set("application_name", application+" listener")
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func redact(text string, secrets []string) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "[redacted]")
		}
	}
	return text
}

// postgresSentence says why the server cannot be used in words an operator can
// act on.
func postgresSentence(address string, secrets []string, err error) error {
	where, who, which := "the server", "", ""
	if u, e := url.Parse(address); e == nil {
		if u.Host != "" {
			where = u.Host
		}
		who, which = u.User.Username(), strings.TrimPrefix(u.Path, "/")
	}
	var refused *pq.Error
	var network *net.OpError
	switch {
	case errors.As(err, &refused) && (refused.Code == "28P01" || refused.Code == "28000"):
		return fmt.Errorf("PostgreSQL at %s does not let user %q in: check user and password in the database URL", where, who)
	case errors.As(err, &refused) && refused.Code == "3D000":
		return fmt.Errorf("PostgreSQL at %s has no database %q: create it first", where, which)
	case errors.As(err, &refused) && refused.Code == "42501":
		return fmt.Errorf("user %q may not create tables in database %q at %s: %s", who, which, where, redact(refused.Message, secrets))
	case errors.Is(err, pq.ErrSSLNotSupported):
		return fmt.Errorf("PostgreSQL at %s does not speak TLS: add sslmode=disable to the database URL if you trust the network between", where)
	case errors.As(err, &network):
		return fmt.Errorf("PostgreSQL at %s cannot be reached: %s", where, redact(network.Error(), secrets))
	}
	return fmt.Errorf("PostgreSQL at %s: %s", where, redact(err.Error(), secrets))
}
