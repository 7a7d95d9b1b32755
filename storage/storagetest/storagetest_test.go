package storagetest_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"threadline/storage/storagetest"
)

func query[T any](t *testing.T, databaseURL, statement string, args ...any) T {
	t.Helper()
	db, err := sql.Open("postgres", databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	var got T
	if err := db.QueryRowContext(context.Background(), statement, args...).Scan(&got); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return got
}

func TestPostgresGivesEachCallItsOwnEmptyDatabase(t *testing.T) {
	one, two := storagetest.Postgres(t), storagetest.Postgres(t)
	if one == two {
		t.Fatalf("two calls share %s", one)
	}
	if got := query[int](t, one, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); got != 0 {
		t.Errorf("a fresh database holds %d tables, want none", got)
	}
	first := query[string](t, one, "SELECT current_database()")
	second := query[string](t, two, "SELECT current_database()")
	if first == second {
		t.Errorf("both URLs reach %s", first)
	}
}

func TestPostgresDropsItsDatabaseUnderOpenConnections(t *testing.T) {
	var name string
	t.Run("user", func(t *testing.T) {
		var left *sql.DB
		// Registered before Postgres's own cleanup, hence run after it: the
		// connection is still open when the database is dropped.
		t.Cleanup(func() {
			if left == nil {
				return
			}
			if err := left.Close(); err != nil {
				t.Error(err)
			}
		})
		databaseURL := storagetest.Postgres(t)
		name = query[string](t, databaseURL, "SELECT current_database()")
		var err error
		if left, err = sql.Open("postgres", databaseURL); err != nil {
			t.Fatal(err)
		}
		if err := left.PingContext(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	server := os.Getenv("TEST_POSTGRES_URL")
	if got := query[int](t, server, "SELECT count(*) FROM pg_database WHERE datname = $1", name); got != 0 {
		t.Errorf("database %s outlived its test", name)
	}
}

// recorder stands in for a test that storagetest is expected to fail.
type recorder struct {
	testing.TB
	failure string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failure = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestPostgresFailsWithoutAServer(t *testing.T) {
	for name, test := range map[string]struct{ server, want string }{
		"unset":     {"", "TEST_POSTGRES_URL is not set"},
		"not a URL": {"host=localhost", "must be a postgres:// URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TEST_POSTGRES_URL", test.server)
			r := &recorder{TB: t}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				storagetest.Postgres(r)
			}()
			<-ended
			if !strings.Contains(r.failure, test.want) {
				t.Errorf("got failure %q, want one that says %q", r.failure, test.want)
			}
		})
	}
}

func TestSQLiteNamesAFileThatIsNotThereYet(t *testing.T) {
	got := storagetest.SQLite(t)
	path, isSQLite := strings.CutPrefix(got, "sqlite:")
	if !isSQLite || !filepath.IsAbs(path) {
		t.Fatalf("got %q, want sqlite: and an absolute path", got)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("stat %s: got %v, want no such file", path, err)
	}
	if again := storagetest.SQLite(t); again == got {
		t.Errorf("two calls share %s", got)
	}
}
