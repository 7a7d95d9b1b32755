package storage_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"threadline/bridge"
	"threadline/storage"
	"threadline/storage/storagetest"
)

// big is a decision that takes a few pages of room.
func big(st bridge.State) (bridge.Changes, error) {
	return say(st, "m-"+string(st.Conversation.ID), strings.Repeat("room ", 4000)), nil
}

func TestFullDisk(t *testing.T) {
	url := storagetest.SQLite(t)
	s, err := storage.Open(t.Context(), url, storage.Options{})
	must(t, err)
	var pages int
	must(t, s.Read(t.Context(), &pages, `PRAGMA page_count`))
	must(t, s.Close())

	s, err = storage.Open(t.Context(), url, storage.WithPragma(storage.Options{}, fmt.Sprintf("max_page_count(%d)", pages+60)))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	ctx := t.Context()
	settled := 0
	for {
		id := bridge.ConversationID(fmt.Sprint("c", settled))
		_, err := s.Settle(ctx, bridge.Query{Key: string(id), Conversation: id}, big)
		if err != nil {
			var full *sqlite.Error
			if !errors.Is(err, bridge.ErrUnavailable) || !errors.As(err, &full) || full.Code() != lib.SQLITE_FULL {
				t.Fatalf("a full disk gave %v, want ErrUnavailable because of SQLITE_FULL", err)
			}
			break
		}
		if settled++; settled > 100 {
			t.Fatal("the disk never fills up")
		}
	}
	if settled == 0 {
		t.Fatal("no room at all: nothing can be learnt")
	}

	// Reads go on, groups fail whole, and nothing is half there.
	const n = 30
	wanting := func() (failed int64) {
		var count atomic.Int64
		all(n, func(i int) {
			id := bridge.ConversationID(fmt.Sprint("group", i))
			_, err := s.Settle(ctx, bridge.Query{Key: string(id), Conversation: id}, big)
			if err == nil {
				return
			}
			count.Add(1)
			if !errors.Is(err, bridge.ErrUnavailable) {
				t.Errorf("settle on a full disk gave %v", err)
			}
			if _, err := s.Conversation(ctx, id); !errors.Is(err, bridge.ErrNotFound) {
				t.Errorf("what was not settled is there: %v", err)
			}
		})
		return count.Load()
	}
	if failed := wanting(); failed == 0 {
		t.Error("thirty settles found room on a full disk")
	}
	for i := range settled {
		if _, err := s.Message(ctx, bridge.MessageID(fmt.Sprint("m-c", i))); err != nil {
			t.Errorf("read on a full disk: %v", err)
		}
	}

	must(t, s.Exec(ctx, `PRAGMA max_page_count = 1000000`))
	if failed := wanting(); failed != 0 {
		t.Errorf("%d settles fail although there is room again", failed)
	}
}

func TestWhatWasAcknowledgedIsInTheFiles(t *testing.T) {
	url := storagetest.SQLite(t)
	s := open(t, url)
	var acknowledged sync.Map
	all(50, func(i int) {
		id := bridge.ConversationID(fmt.Sprint("c", i))
		if _, err := s.Settle(t.Context(), bridge.Query{Key: string(id), Conversation: id}, big); err != nil {
			t.Errorf("settle: %v", err)
			return
		}
		acknowledged.Store(id, true)
	})
	// The files as a crash would leave them, while the store is still open.
	copied := filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(strings.TrimPrefix(url, "sqlite:") + suffix)
		must(t, err)
		must(t, os.WriteFile(copied+suffix, b, 0o600))
	}
	after := open(t, "sqlite:"+copied)
	acknowledged.Range(func(id, _ any) bool {
		c := id.(bridge.ConversationID)
		if _, err := after.Message(t.Context(), bridge.MessageID("m-"+c)); err != nil {
			t.Errorf("%s is lost: %v", c, err)
		}
		return true
	})
	var check string
	must(t, after.Read(t.Context(), &check, `PRAGMA integrity_check`))
	if check != "ok" {
		t.Errorf("integrity check says %s", check)
	}
}

// killConnections ends every other connection to the database, as a restart of
// the server does.
func killConnections(t *testing.T, url string) int {
	t.Helper()
	db, err := sql.Open("postgres", url)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	var n int
	must(t, db.QueryRowContext(t.Context(), `SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`).Scan(&n))
	return n
}

func TestConnectionsCut(t *testing.T) {
	url := storagetest.Postgres(t)
	s := open(t, url)
	begin(t, s, "c1")
	tries := 0
	_, err := s.Settle(t.Context(), bridge.Query{Key: "cut", Conversation: "c1"}, func(st bridge.State) (bridge.Changes, error) {
		tries++
		if killConnections(t, url) == 0 {
			t.Error("there was nothing to cut")
		}
		return say(st, "m2", "text"), nil
	})
	if !errors.Is(err, bridge.ErrUnavailable) {
		t.Errorf("a cut connection gave %v, want ErrUnavailable", err)
	}
	if tries != 1 {
		t.Errorf("decide ran %d times", tries)
	}
	if _, err := s.Message(t.Context(), "m2"); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("message of a cut transaction: %v, want ErrNotFound", err)
	}
	r := settle(t, s, bridge.Query{Key: "cut", Conversation: "c1"}, func(st bridge.State) bridge.Changes { return say(st, "m2", "text") })
	if r.Repeat {
		t.Error("what was cut counts as settled")
	}

	// Fill the pool, cut all of it, and go on as if nothing had been.
	all(20, func(i int) {
		if _, err := s.Message(t.Context(), "m2"); err != nil {
			t.Errorf("read: %v", err)
		}
	})
	killConnections(t, url)
	begin(t, s, "c2")
	all(20, func(i int) {
		if _, err := s.Message(t.Context(), "m2"); err != nil {
			t.Errorf("read: %v", err)
		}
	})
	killConnections(t, url)
	if _, err := s.Message(t.Context(), "m2"); err != nil {
		t.Errorf("the first read after a cut: %v", err)
	}
}

func TestADeadlockIsRunAgain(t *testing.T) {
	s := open(t, storagetest.Postgres(t))
	var both sync.WaitGroup // both hold their first lock
	both.Add(2)
	var runs atomic.Int64
	all(2, func(i int) {
		first, second := []string{"a", "b"}[i], []string{"b", "a"}[i]
		var once sync.Once
		err := s.Transact(t.Context(), func(lock func(string) error) error {
			runs.Add(1)
			if err := lock(first); err != nil {
				return err
			}
			once.Do(func() {
				both.Done()
				both.Wait()
			})
			return lock(second)
		})
		if err != nil {
			t.Errorf("transaction %d: %v", i, err)
		}
	})
	if runs.Load() != 3 {
		t.Errorf("two transactions in a deadlock ran %d times in all, want 3", runs.Load())
	}
}

func TestClosedStore(t *testing.T) {
	for name, address := range engines() {
		t.Run(name, func(t *testing.T) {
			s, err := storage.Open(t.Context(), address(t), storage.Options{})
			must(t, err)
			must(t, s.Close())
			if err := s.SaveAgent(t.Context(), bridge.Agent{ID: "U"}); !errors.Is(err, bridge.ErrUnavailable) {
				t.Errorf("write to a closed store gave %v, want ErrUnavailable", err)
			}
			if _, err := s.Agent(t.Context(), "U"); !errors.Is(err, bridge.ErrUnavailable) {
				t.Errorf("read from a closed store gave %v, want ErrUnavailable", err)
			}
		})
	}
}

func TestCloseWaitsForWhatIsInFlight(t *testing.T) {
	url := storagetest.SQLite(t)
	s, err := storage.Open(t.Context(), url, storage.Options{})
	must(t, err)
	inside, closing := make(chan struct{}), make(chan error)
	go func() {
		<-inside
		closing <- s.Close()
	}()
	r := settle(t, s, bridge.Query{Key: "k", Conversation: "c"}, func(st bridge.State) bridge.Changes {
		close(inside)
		return say(st, "m", "text")
	})
	must(t, <-closing)
	if _, err := open(t, url).Message(t.Context(), r.Message); err != nil {
		t.Errorf("what was settled while closing: %v", err)
	}
}

// refusing is a server that turns every connection away with the code.
func refusing(t *testing.T, code, message string) string {
	t.Helper()
	body := "SFATAL\x00VFATAL\x00C" + code + "\x00M" + message + "\x00\x00"
	return answering(t, append(binary.BigEndian.AppendUint32([]byte{'E'}, uint32(len(body)+4)), body...))
}

// answering is a server that has one answer to whatever a connection begins
// with.
func answering(t *testing.T, answer []byte) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			var length [4]byte
			if _, err := io.ReadFull(c, length[:]); err == nil {
				_, _ = io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(length[:]))-4)
				_, _ = c.Write(answer)
			}
			_ = c.Close()
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	return l.Addr().String()
}

func TestAWrongPassword(t *testing.T) {
	url := "postgres://ann:hunter2@" + refusing(t, "28P01", `password authentication failed for user "ann"`) + "/db?sslmode=disable"
	said := wantRefused(t, url, `does not let user "ann" in`)
	if strings.Contains(said, "hunter2") {
		t.Errorf("the password shows in %q", said)
	}
}

func TestAServerWithoutTLS(t *testing.T) {
	wantRefused(t, "postgres://ann@"+answering(t, []byte{'N'})+"/db", "sslmode=disable")
}

func TestTooManyConnections(t *testing.T) {
	began := time.Now()
	wantRefused(t, "postgres://ann@"+refusing(t, "53300", "sorry, too many clients already")+"/db?sslmode=disable", "too many clients")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("that took %v", took)
	}
}

// BenchmarkSettle compares settles that wait for each other, each with a
// commit of its own, with settles that share commits.
func BenchmarkSettle(b *testing.B) {
	for name, address := range engines() {
		b.Run(name, func(b *testing.B) {
			s := open(b, address(b))
			var n atomic.Int64
			one := func() {
				i := n.Add(1)
				id := bridge.ConversationID(fmt.Sprint("c", i))
				if _, err := s.Settle(context.Background(), bridge.Query{Key: string(id), Conversation: id}, func(st bridge.State) (bridge.Changes, error) {
					return say(st, fmt.Sprint("m", i), "hello"), nil
				}); err != nil {
					b.Error(err)
				}
			}
			var alone, together time.Duration
			for b.Loop() {
				began := time.Now()
				for range 64 {
					one()
				}
				alone += time.Since(began)
				began = time.Now()
				all(64, func(int) { one() })
				together += time.Since(began)
			}
			settles := float64(64 * b.N)
			b.ReportMetric(settles/alone.Seconds(), "alone/s")
			b.ReportMetric(settles/together.Seconds(), "grouped/s")
			b.ReportMetric(alone.Seconds()/together.Seconds(), "grouped/alone")
		})
	}
}
