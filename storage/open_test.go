package storage_test

import (
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
	"threadline/storage/storagetest"
)

func TestOpenTwice(t *testing.T) {
	for name, address := range engines() {
		t.Run(name, func(t *testing.T) {
			url := address(t)
			for range 2 {
				s, err := storage.Open(t.Context(), url, storage.Options{})
				must(t, err)
				begin(t, s, "c")
				if setup, err := s.Setup(t.Context()); err != nil || len(setup.Teams) != 1 || setup.Teams[0].ID != "support" {
					t.Errorf("the teams are %+v, %v; want support", setup.Teams, err)
				}
				var site bridge.Site
				if site, err = s.Site(t.Context(), "default"); err != nil || site.ID != "default" {
					t.Errorf("default site is %+v, %v", site, err)
				}
				must(t, s.Close())
			}
			s := open(t, url)
			if c, err := s.Conversation(t.Context(), "c"); err != nil || c.Seq != 1 {
				t.Errorf("conversation after reopening is %+v, %v", c, err)
			}
		})
	}
}

func TestThreeOpensAtOnce(t *testing.T) {
	url := storagetest.Postgres(t)
	var mu sync.Mutex
	var stores []*storage.Store
	all(3, func(int) {
		s, err := storage.Open(t.Context(), url, storage.Options{})
		if err != nil {
			t.Errorf("open: %v", err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		stores = append(stores, s)
	})
	for _, s := range stores {
		sites, err := s.Sites(t.Context())
		if err != nil || len(sites) != 1 {
			t.Errorf("sites are %+v, %v; want the default alone", sites, err)
		}
		must(t, s.Close())
	}
}

func TestASiteOfYourOwnStaysAlone(t *testing.T) {
	for name, address := range engines() {
		t.Run(name, func(t *testing.T) {
			url := address(t)
			s, err := storage.Open(t.Context(), url, storage.Options{})
			must(t, err)
			must(t, s.SaveSite(t.Context(), bridge.Site{ID: "mine"}))
			must(t, s.Exec(t.Context(), `DELETE FROM sites WHERE id = 'default'`))
			must(t, s.Close())
			sites, err := open(t, url).Sites(t.Context())
			if want := []bridge.Site{{ID: "mine"}}; err != nil || !reflect.DeepEqual(sites, want) {
				t.Errorf("sites are %+v, %v; want %+v", sites, err, want)
			}
		})
	}
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	for name, address := range engines() {
		t.Run(name, func(t *testing.T) {
			url := address(t)
			s, err := storage.Open(t.Context(), url, storage.Options{})
			must(t, err)
			must(t, s.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, TRUE)`))
			must(t, s.Close())
			wantRefused(t, url, "newer version")
		})
	}
}

func TestOneProcessOwnsAFile(t *testing.T) {
	url := storagetest.SQLite(t)
	path := strings.TrimPrefix(url, "sqlite:")
	s, err := storage.Open(t.Context(), url, storage.Options{})
	must(t, err)
	wantRefused(t, url, "in use by another process")
	link := filepath.Join(t.TempDir(), "link.db")
	must(t, os.Symlink(path, link))
	wantRefused(t, "sqlite:"+link, "in use by another process")
	must(t, s.Close())
	open(t, "sqlite:"+link)
}

// wantRefused opens in vain and returns what was said.
func wantRefused(t *testing.T, url string, want string) string {
	t.Helper()
	s, err := storage.Open(t.Context(), url, storage.Options{})
	if err == nil {
		t.Errorf("open %s succeeded", url)
		must(t, s.Close())
		return ""
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("open gave %q, want it to say %q", err, want)
	}
	return err.Error()
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	must(t, os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600))
	closed, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	nobody := closed.Addr().String()
	must(t, closed.Close())

	for url, want := range map[string]string{
		"":                              "must begin with sqlite: or postgres://",
		"mysql://user:hunter2@host/db":  "must begin with sqlite: or postgres://",
		"sqlite:":                       "names no file",
		"sqlite:" + dir + "/no/such.db": "does not exist",
		"sqlite:" + dir:                 "directory",
		"sqlite:" + text:                "is not a SQLite database",
		"postgres://ann:hunter2@" + nobody + "/db":                 "cannot be reached",
		"postgres://ann:hunter2%zz@host/db":                        "percent-encoded",
		"postgres://ann:hunter2@host:port/db":                      "percent-encoded",
		"postgres://ann:hunter2@" + nobody + "/db?sslmode=hunter2": "not usable",
	} {
		if said := wantRefused(t, url, want); strings.Contains(said, "hunter2") {
			t.Errorf("the password shows in %q", said)
		}
	}

	server := storagetest.Postgres(t)
	if said := wantRefused(t, strings.Replace(server, "/threadline_test_", "/no_such_", 1), `create it first`); !strings.Contains(said, "no_such_") {
		t.Errorf("%q does not name the database", said)
	}
}

func TestOddPaths(t *testing.T) {
	for _, name := range []string{"with space.db", "per%20cent.db", "what?.db", "a#b.db", "ünï&=.db"} {
		path := filepath.Join(t.TempDir(), name)
		s := open(t, "sqlite:"+path)
		begin(t, s, "c")
		if _, err := os.Stat(path); err != nil {
			t.Errorf("no file under the name given: %v", err)
		}
	}
}

func TestARestartTakesTheLeaseAtOnceOnSQLite(t *testing.T) {
	for name, address := range engines() {
		t.Run(name, func(t *testing.T) {
			url := address(t)
			s, err := storage.Open(t.Context(), url, storage.Options{})
			must(t, err)
			if ok, err := s.Lease(t.Context(), "sender", "before", time.Hour); !ok || err != nil {
				t.Fatalf("lease: %v, %v", ok, err)
			}
			must(t, s.Close())
			ok, err := open(t, url).Lease(t.Context(), "sender", "after", time.Hour)
			if want := name == "sqlite"; err != nil || ok != want {
				t.Errorf("lease after a restart: %v, %v; want %v", ok, err, want)
			}
		})
	}
}

func TestTheFileIsPrivate(t *testing.T) {
	url := storagetest.SQLite(t)
	s := open(t, url)
	begin(t, s, "c")
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		info, err := os.Stat(strings.TrimPrefix(url, "sqlite:") + suffix)
		must(t, err)
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%q has mode %v, want 0600", suffix, mode)
		}
	}
}

func TestPragmasReachEveryConnection(t *testing.T) {
	s := open(t, storagetest.SQLite(t))
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "query_only": "1"} {
		var got string
		must(t, s.Read(t.Context(), &got, `PRAGMA `+pragma))
		if got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}
