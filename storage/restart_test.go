package storage_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"threadline/bridge"
	"threadline/storage/storagetest"
)

// TestTheServerRestartsInATransaction: what was being settled is not there, in
// no part; while the server is away everything says so; then all goes on.
func TestTheServerRestartsInATransaction(t *testing.T) {
	server := storagetest.NewServer(t)
	s := open(t, server.URL())
	begin(t, s, "c1")
	_, err := s.Settle(t.Context(), bridge.Query{Key: "cut", Conversation: "c1"}, func(st bridge.State) (bridge.Changes, error) {
		server.Stop()
		return say(st, "m2", "text"), nil
	})
	if !errors.Is(err, bridge.ErrUnavailable) {
		t.Errorf("a transaction that the restart cut gave %v, want ErrUnavailable", err)
	}
	if _, err := s.Message(t.Context(), "m2"); !errors.Is(err, bridge.ErrUnavailable) {
		t.Errorf("a read while the server is away gave %v, want ErrUnavailable", err)
	}
	if _, err := s.Settle(t.Context(), bridge.Query{Key: "away", Conversation: "c1"}, big); !errors.Is(err, bridge.ErrUnavailable) {
		t.Errorf("a write while the server is away gave %v, want ErrUnavailable", err)
	}
	server.Start()
	for deadline := time.Now().Add(30 * time.Second); ; {
		_, err := s.Message(t.Context(), "m2")
		if errors.Is(err, bridge.ErrNotFound) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after the restart the message of the cut transaction gives %v, want ErrNotFound", err)
		}
	}
	r := settle(t, s, bridge.Query{Key: "cut", Conversation: "c1"}, func(st bridge.State) bridge.Changes { return say(st, "m2", "text") })
	if r.Repeat {
		t.Error("what was cut counts as settled")
	}
}

// TestTheServerBecomesAStandby: what a failover leaves behind can be read and
// not written, until it leads again.
func TestTheServerBecomesAStandby(t *testing.T) {
	server := storagetest.NewServer(t)
	s := open(t, server.URL())
	begin(t, s, "c1")
	server.Standby()
	id := bridge.ConversationID("c2")
	_, err := s.Settle(t.Context(), bridge.Query{Key: "k", Conversation: id}, big)
	for deadline := time.Now().Add(30 * time.Second); err == nil || !strings.Contains(err.Error(), "recovery"); {
		if _, err = s.Settle(t.Context(), bridge.Query{Key: "k", Conversation: id}, big); time.Now().After(deadline) {
			t.Fatalf("a write to a standby gave %v", err)
		}
	}
	if !errors.Is(err, bridge.ErrUnavailable) {
		t.Errorf("a write to a standby gave %v, want ErrUnavailable", err)
	}
	if _, err := s.Conversation(t.Context(), "c1"); err != nil {
		t.Errorf("a read from a standby: %v", err)
	}
	if _, err := s.Conversation(t.Context(), id); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("what was refused is there: %v", err)
	}
	server.Primary()
	for deadline := time.Now().Add(30 * time.Second); ; {
		r, err := s.Settle(t.Context(), bridge.Query{Key: "k", Conversation: id}, big)
		if err == nil {
			if r.Repeat {
				t.Error("what was refused counts as settled")
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a write after the standby leads again: %v", err)
		}
	}
}

// TestAFileThatTakesNoWrites: SQLite refuses, nothing is half there, reads go
// on, and once it takes writes again so does the store.
func TestAFileThatTakesNoWrites(t *testing.T) {
	s := open(t, storagetest.SQLite(t))
	begin(t, s, "c1")
	must(t, s.Exec(t.Context(), `PRAGMA query_only = 1`))
	_, err := s.Settle(t.Context(), bridge.Query{Key: "k", Conversation: "c2"}, big)
	var refused *sqlite.Error
	if !errors.Is(err, bridge.ErrUnavailable) || !errors.As(err, &refused) || refused.Code() != lib.SQLITE_READONLY {
		t.Fatalf("a write gave %v, want ErrUnavailable because of SQLITE_READONLY", err)
	}
	if _, err := s.Conversation(t.Context(), "c1"); err != nil {
		t.Errorf("a read: %v", err)
	}
	if _, err := s.Conversation(t.Context(), "c2"); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("what was refused is there: %v", err)
	}
	must(t, s.Exec(t.Context(), `PRAGMA query_only = 0`))
	if r := settle(t, s, bridge.Query{Key: "k", Conversation: "c2"}, func(st bridge.State) bridge.Changes { return say(st, "m", "text") }); r.Repeat {
		t.Error("what was refused counts as settled")
	}
}
