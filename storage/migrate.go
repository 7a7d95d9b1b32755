package storage

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrationFiles embed.FS

// migrations are the steps of one engine: those in common and those that only
// it understands, in the order of their numbers.
type migrations struct {
	dialect goose.Dialect
	folder  string
	options []goose.ProviderOption
}

func sqliteMigrations() migrations {
	return migrations{dialect: goose.DialectSQLite3, folder: "sqlite"}
}

// postgresMigrations run under a lock of the session, so that processes that
// start together migrate one after another.
func postgresMigrations() (migrations, error) {
	// Look every second, for five minutes.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return migrations{}, err
	}
	return migrations{
		dialect: goose.DialectPostgres, folder: "postgres",
		options: []goose.ProviderOption{goose.WithSessionLocker(locker)},
	}, nil
}

// migrate brings the schema up to date. A database that a newer program has
// migrated further is refused.
func migrate(ctx context.Context, db *sql.DB, m migrations) error {
	files, err := overlaid("common", m.folder)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(m.dialect, db, files, append(m.options, goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		var partial *goose.PartialError
		if errors.As(err, &partial) {
			err = fmt.Errorf("step %s: %w", partial.Failed.Source.Path, partial.Err)
		}
		return fmt.Errorf("migrate: %w", err)
	}
	there, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	var known int64
	for _, step := range p.ListSources() {
		known = max(known, step.Version)
	}
	if there > known {
		return fmt.Errorf("the database is at schema %d and this program knows only %d: a newer version has used it", there, known)
	}
	return nil
}

// overlay shows several folders as one.
type overlay []fs.FS

func overlaid(folders ...string) (overlay, error) {
	var o overlay
	for _, f := range folders {
		sub, err := fs.Sub(migrationFiles, "migrations/"+f)
		if err != nil {
			return nil, err
		}
		o = append(o, sub)
	}
	return o, nil
}

// Open implements fs.FS.
func (o overlay) Open(name string) (fs.File, error) {
	for _, f := range o {
		file, err := f.Open(name)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir implements fs.ReadDirFS.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	for _, f := range o {
		entries, err := fs.ReadDir(f, name)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}
