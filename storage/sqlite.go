package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// readers is how many connections read a SQLite file beside the writer.
const readers = 4

// openSQLite takes the file's lock, opens one connection that writes and a
// pool that only reads, and migrates.
func (s *Store) openSQLite(ctx context.Context, path string, o Options) error {
	if path == "" {
		return errors.New("the database URL names no file: write sqlite:PATH")
	}
	path, err := settledPath(path)
	if err != nil {
		return sqliteSentence(path, err)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a directory, not a SQLite file", path)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		if errors.Is(err, ErrInUse) {
			return fmt.Errorf("the SQLite file %s is %w: stop it first, or use PostgreSQL for several", path, ErrInUse)
		}
		return sqliteSentence(path, err)
	}
	e := &sqliteEngine{lock: lock}
	err = private(path)
	if err == nil {
		e.writer, err = openPool(path, 1, o.pragmas...)
	}
	if err == nil {
		err = migrate(ctx, e.writer.DB, sqliteMigrations())
	}
	if err == nil {
		// Nobody else can be alive: the leases are those of a dead process.
		_, err = e.writer.ExecContext(ctx, `DELETE FROM leases`)
	}
	if err == nil {
		e.reader, err = openPool(path, readers, "query_only(1)")
	}
	if err != nil {
		_ = e.close()
		return sqliteSentence(path, err)
	}
	e.group = startGroup(e.writer, sqliteDialect(), s.lanes)
	s.engine = e
	s.reads = conn{e.reader, sqliteDialect(), &s.closed}
	return nil
}

// private makes the file if there is none, readable for its owner alone: it
// holds what visitors said. SQLite gives the files beside it the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

type sqliteEngine struct {
	*group
	writer, reader *sqlx.DB
	lock           *os.File
}

func (e *sqliteEngine) close() error {
	var errs []error
	if e.group != nil {
		e.stop()
	}
	if e.reader != nil {
		errs = append(errs, e.reader.Close())
	}
	if e.writer != nil {
		errs = append(errs, e.writer.Close())
	}
	return errors.Join(append(errs, e.lock.Close())...)
}

// openPool opens the file with at most n connections. The pragmas travel in
// the name: one given by a statement would reach one connection of the pool.
func openPool(path string, n int, pragmas ...string) (*sqlx.DB, error) {
	q := url.Values{
		"_txlock": {"immediate"},
		"_pragma": append([]string{
			"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
			"journal_size_limit(67108864)",
		}, pragmas...),
	}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	db, err := openFile(name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// sqliteFold is our own function in SQL: SQLite's LOWER knows the 26 letters of
// English only.
const sqliteFold = `small`

// opener opens connections that know [sqliteFold]. Its driver is its own, for
// what is registered with the library's is global.
type opener struct {
	driver *sqlite.Driver
	name   string
}

// Connect implements [driver.Connector].
func (o opener) Connect(ctx context.Context) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return o.driver.Open(o.name)
}

// Driver implements [driver.Connector].
func (o opener) Driver() driver.Driver { return o.driver }

// openFile is a pool of connections of that name.
func openFile(name string) (*sqlx.DB, error) {
	d := &sqlite.Driver{}
	oneForm := strings.NewReplacer("ς", "σ", "\u0307", "")
	err := d.RegisterDeterministicScalarFunction(sqliteFold, 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		if s, ok := args[0].(string); ok {
			return oneForm.Replace(strings.ToLower(s)), nil
		}
		return args[0], nil
	})
	if err != nil {
		return nil, err
	}
	return sqlx.NewDb(sql.OpenDB(opener{d, name}), "sqlite"), nil
}

// settledPath is the absolute path without symbolic links, so that two ways to
// write one file meet at one lock.
func settledPath(path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return path, err
	}
	if real, err := filepath.EvalSymlinks(full); err == nil {
		return real, nil
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(full))
	if err != nil {
		return full, err
	}
	return filepath.Join(dir, filepath.Base(full)), nil
}

// sqliteSentence says what is wrong with the file in words an operator can act
// on.
func sqliteSentence(path string, err error) error {
	var e *sqlite.Error
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the directory of the SQLite file %s does not exist", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("no permission to use the SQLite file %s: %w", path, err)
	case errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_NOTADB:
		return fmt.Errorf("%s is not a SQLite database: %w", path, err)
	case errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_CANTOPEN:
		return fmt.Errorf("the SQLite file %s cannot be opened: %w", path, err)
	}
	return fmt.Errorf("SQLite file %s: %w", path, err)
}
