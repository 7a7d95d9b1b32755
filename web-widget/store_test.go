package widget

import (
	"context"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

// shelf is a store on a file that can be made to fail like a full disk and to
// recover. What only the desk reads is nil: to call it is a test's mistake.
type shelf struct {
	bridge.Outbox
	bridge.Reader
	bridge.Keeper
	bridge.Files

	good, closed *storage.Store

	mu     sync.Mutex
	broken bool
	// pause, if set, is called before each reading of changed messages.
	pause func()
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	open := func(name string) *storage.Store {
		s, err := storage.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), name), storage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := &shelf{good: open("good.db"), closed: open("closed.db")}
	s.Outbox = s.good
	if err := s.closed.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.good.Close(); err != nil {
			t.Error(err)
		}
	})
	own, other := bridge.DefaultSite(), bridge.DefaultSite()
	own.Origins = []string{"https://shop.example"}
	other.ID, other.Origins = "other", []string{"https://other.example/"}
	for _, site := range []bridge.Site{own, other} {
		if err := s.good.SaveSite(t.Context(), site); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *shelf) setBroken(b bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = b
}

func (s *shelf) setPause(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pause = f
}

func (s *shelf) now() *storage.Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return s.closed
	}
	return s.good
}

func (s *shelf) Booking(ctx context.Context, id bridge.BookingID) (bridge.Booking, error) {
	return s.now().Booking(ctx, id)
}

func (s *shelf) Booked(ctx context.Context) ([]bridge.Booking, error) { return s.now().Booked(ctx) }

func (s *shelf) Spend(ctx context.Context, p bridge.Spending) error { return s.now().Spend(ctx, p) }

func (s *shelf) Spent(ctx context.Context, site bridge.SiteID, v bridge.VisitorID, day string) (bridge.Spent, error) {
	return s.now().Spent(ctx, site, v, day)
}

func (s *shelf) Settle(ctx context.Context, q bridge.Query, decide func(bridge.State) (bridge.Changes, error)) (bridge.Receipt, error) {
	return s.now().Settle(ctx, q, decide)
}

func (s *shelf) Site(ctx context.Context, id bridge.SiteID) (bridge.Site, error) {
	return s.now().Site(ctx, id)
}

func (s *shelf) Setup(ctx context.Context) (bridge.Setup, error) { return s.now().Setup(ctx) }

func (s *shelf) Sites(ctx context.Context) ([]bridge.Site, error) { return s.now().Sites(ctx) }

func (s *shelf) Visitor(ctx context.Context, id bridge.VisitorID) (bridge.Visitor, error) {
	return s.now().Visitor(ctx, id)
}

func (s *shelf) Agent(ctx context.Context, id bridge.AgentID) (bridge.Agent, error) {
	return s.now().Agent(ctx, id)
}

func (s *shelf) Conversation(ctx context.Context, id bridge.ConversationID) (bridge.Conversation, error) {
	return s.now().Conversation(ctx, id)
}

func (s *shelf) Message(ctx context.Context, id bridge.MessageID) (bridge.Message, error) {
	return s.now().Message(ctx, id)
}

func (s *shelf) Messages(ctx context.Context, id bridge.ConversationID, after int64, limit int) ([]bridge.Message, error) {
	return s.now().Messages(ctx, id, after, limit)
}

func (s *shelf) Changed(ctx context.Context, id bridge.ConversationID, after int64, limit int) ([]bridge.Message, error) {
	s.mu.Lock()
	pause := s.pause
	s.mu.Unlock()
	if pause != nil {
		pause()
	}
	return s.now().Changed(ctx, id, after, limit)
}

func (s *shelf) Revs(ctx context.Context, ids []bridge.ConversationID) (map[bridge.ConversationID]int64, error) {
	return s.now().Revs(ctx, ids)
}

func (s *shelf) Handoff(ctx context.Context, id bridge.HandoffID) (bridge.Handoff, error) {
	return s.now().Handoff(ctx, id)
}

func (s *shelf) Waiting(ctx context.Context, limit int) ([]bridge.Case, error) {
	return s.now().Waiting(ctx, limit)
}

func (s *shelf) Counts(ctx context.Context) (map[bridge.Status]int, error) {
	return s.now().Counts(ctx)
}

func (s *shelf) SaveVisitor(ctx context.Context, v bridge.Visitor) error {
	return s.now().SaveVisitor(ctx, v)
}

func (s *shelf) SaveAgent(ctx context.Context, a bridge.Agent) error {
	return s.now().SaveAgent(ctx, a)
}

func (s *shelf) AddFile(ctx context.Context, f bridge.File, data []byte, room bridge.UploadRoom) error {
	return s.now().AddFile(ctx, f, data, room)
}

func (s *shelf) File(ctx context.Context, id bridge.FileID) (bridge.File, error) {
	return s.now().File(ctx, id)
}

func (s *shelf) ReadFile(ctx context.Context, id bridge.FileID, to io.Writer) error {
	return s.now().ReadFile(ctx, id, to)
}

func (s *shelf) DropFile(ctx context.Context, c bridge.ConversationID, id bridge.FileID) error {
	return s.now().DropFile(ctx, c, id)
}

func (s *shelf) SweepFiles(ctx context.Context, before time.Time) (int, error) {
	return s.now().SweepFiles(ctx, before)
}
