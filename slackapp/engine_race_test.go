//go:build race

package slackapp_test

import (
	"testing"

	"threadline/storage/storagetest"
)

// database is PostgreSQL, whose own process the race detector leaves alone. It
// makes SQLite, which runs in ours, twenty times as slow.
func database(t *testing.T) string {
	t.Helper()
	return storagetest.Postgres(t)
}
