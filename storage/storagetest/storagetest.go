// Package storagetest hands each test a database of its own, on either engine.
//
// It imports the standard library and the PostgreSQL driver, so that a test
// of any package may use it without drawing in storage itself. A test that
// asks for PostgreSQL on a machine without one fails; it never skips.
package storagetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
)

// serverVariable names the environment variable that says where the
// PostgreSQL server for tests is. Its role must be allowed to create
// databases.
const serverVariable = "TEST_POSTGRES_URL"

// setupTimeout bounds one CREATE or DROP DATABASE. Both take tens of
// milliseconds alone, but wait for checkpoints when many tests run at once.
const setupTimeout = 30 * time.Second

// Postgres returns the DATABASE_URL of an empty PostgreSQL database that
// belongs to this test alone and is dropped when the test ends, with every
// connection that is still open to it. It is a database and not a schema
// because notifications and advisory locks reach across the schemas of one
// database. Without TEST_POSTGRES_URL the test fails. Safe for parallel tests.
func Postgres(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv(serverVariable)
	if server == "" {
		tb.Fatalf("%s is not set: run `make unit`, which starts a PostgreSQL server, or point it at one of your own", serverVariable)
	}
	address, err := url.Parse(server)
	if err != nil || !strings.HasPrefix(address.Scheme, "postgres") {
		tb.Fatalf("%s must be a postgres:// URL", serverVariable)
	}

	name := "threadline_test_" + strings.ToLower(rand.Text())
	// template0 admits no connections, so that copies made at the same
	// moment never find it in use, as they would template1.
	execute(tb.Context(), tb, server, "CREATE DATABASE "+pq.QuoteIdentifier(name)+" TEMPLATE template0 ENCODING 'UTF8'")
	tb.Cleanup(func() {
		// The test's own context has ended by now.
		execute(context.WithoutCancel(tb.Context()), tb, server, "DROP DATABASE IF EXISTS "+pq.QuoteIdentifier(name)+" WITH (FORCE)")
	})
	address.Path = "/" + name
	return address.String()
}

// SQLite returns the DATABASE_URL of a SQLite file that does not exist yet,
// in the test's own temporary directory. It is a file because two
// connections to ":memory:" see two databases.
func SQLite(tb testing.TB) string {
	tb.Helper()
	return "sqlite:" + filepath.Join(tb.TempDir(), "threadline.db")
}

// execute runs one statement on the server outside any transaction, which
// CREATE and DROP DATABASE demand.
func execute(ctx context.Context, tb testing.TB, server, statement string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(ctx, setupTimeout)
	defer cancel()
	db, err := sql.Open("postgres", server)
	if err != nil {
		tb.Fatalf("storagetest: open %s: %v", serverVariable, err)
	}
	_, err = db.ExecContext(ctx, statement)
	if closeErr := db.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		tb.Fatalf("storagetest: %s: %v", statement, err)
	}
}
