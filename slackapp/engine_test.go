//go:build !race

package slackapp_test

import (
	"testing"

	"threadline/storage/storagetest"
)

// database is a SQLite file, which needs nothing.
func database(t *testing.T) string {
	t.Helper()
	return storagetest.SQLite(t)
}
