package storage_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"threadline/bridge"
	"threadline/storage"
	"threadline/storage/storagetest"
)

// A second process reads while the first one writes, and changes nothing.
func TestOpenToRead(t *testing.T) {
	for _, url := range []string{storagetest.SQLite(t), storagetest.Postgres(t)} {
		if s, err := storage.OpenToRead(t.Context(), url); err == nil {
			must(t, s.Close())
			t.Errorf("%.10s: opened what is not there or empty", url)
		}
		first, err := storage.Open(t.Context(), url, storage.Options{})
		must(t, err)
		must(t, first.SaveVisitor(t.Context(), bridge.Visitor{ID: "v", Name: "Ana"}))
		second, err := storage.OpenToRead(t.Context(), url)
		must(t, err)
		must(t, first.SaveVisitor(t.Context(), bridge.Visitor{ID: "v", Name: "Anna"}))
		if v, err := second.Visitor(t.Context(), "v"); err != nil || v.Name != "Anna" {
			t.Errorf("%.10s: read %+v, %v", url, v, err)
		}
		if _, err := second.Setup(t.Context()); err != nil {
			t.Errorf("%.10s: settings: %v", url, err)
		}
		if err := second.SaveVisitor(t.Context(), bridge.Visitor{ID: "w"}); !errors.Is(err, storage.ErrReadOnly) {
			t.Errorf("%.10s: a write gave %v", url, err)
		}
		must(t, second.Close())
		must(t, first.Close())
		// The file of a process that has stopped is read as well.
		third, err := storage.OpenToRead(t.Context(), url)
		must(t, err)
		if v, err := third.Visitor(t.Context(), "v"); err != nil || v.Name != "Anna" {
			t.Errorf("%.10s: after the stop: %+v, %v", url, v, err)
		}
		must(t, third.Close())
	}
	for url, says := range map[string]string{
		"sqlite:" + filepath.Join(t.TempDir(), "none.db"): "no SQLite file",
		"sqlite:" + t.TempDir():                           "directory",
		"mysql://x":                                       "must begin with",
		"postgres://nobody:secret@127.0.0.1:1/x":          "127.0.0.1",
	} {
		_, err := storage.OpenToRead(t.Context(), url)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", url, err, says)
		}
	}
}
