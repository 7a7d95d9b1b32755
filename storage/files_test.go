package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

// upload is a file that a visitor has uploaded.
func upload(id string, size int, at time.Time) (bridge.File, []byte) {
	data := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = r.Read(data) // never fails
	return bridge.File{
		Attachment:   bridge.Attachment{ID: bridge.FileID(id), Name: "a.png", Type: "image/png", Size: int64(size), Width: 3, Height: 2},
		Conversation: "c1", CreatedAt: at,
	}, data
}

func keep(t *testing.T, s *storage.Store, f bridge.File, data []byte) {
	t.Helper()
	if err := s.AddFile(t.Context(), f, data, bridge.UploadRoom{}); err != nil {
		t.Fatal(err)
	}
}

// attach settles a message that carries the files.
func attach(t *testing.T, s *storage.Store, id string, files ...bridge.FileID) {
	t.Helper()
	settle(t, s, bridge.Query{Key: "attach:" + id, Conversation: "c1", Files: files}, func(st bridge.State) bridge.Changes {
		c := say(st, id, "")
		for _, f := range st.Files {
			c.Messages[0].Attachments = append(c.Messages[0].Attachments, f.Attachment)
			c.Files = append(c.Files, bridge.FileLink{File: f.ID, Message: bridge.MessageID(id)})
		}
		return c
	})
}

func TestAFileComesBackAsItWas(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		for i, size := range []int{1, 256 << 10, 256<<10 + 1, 10 << 20} {
			f, data := upload(fmt.Sprint("f", i), size, epoch())
			keep(t, s, f, data)
			keep(t, s, f, data[:1]) // a repeat changes nothing
			var got bytes.Buffer
			if err := s.ReadFile(t.Context(), f.ID, &got); err != nil || !bytes.Equal(got.Bytes(), data) {
				t.Errorf("%d bytes came back as %d, %v", size, got.Len(), err)
			}
			back, err := s.File(t.Context(), f.ID)
			if err != nil || !back.CreatedAt.Equal(f.CreatedAt) || back.Attachment != f.Attachment || back.Conversation != "c1" {
				t.Errorf("%+v, %v", back, err)
			}
		}
		if err := s.ReadFile(t.Context(), "nothing", io.Discard); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("an unknown file: %v", err)
		}
		if err := s.SetDeskID(t.Context(), "nothing", "F1"); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("naming an unknown file: %v", err)
		}
		if err := s.SetDeskID(t.Context(), "f0", "F1"); err != nil {
			t.Fatal(err)
		}
		if f, err := s.File(t.Context(), "f0"); err != nil || f.DeskID != "F1" {
			t.Errorf("%+v, %v", f, err)
		}
	})
}

func TestAHalfWrittenFileIsNone(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		f, data := upload("f1", 4<<20, epoch())
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.AddFile(ctx, f, data, bridge.UploadRoom{}); err == nil {
			t.Fatal("kept although its caller had gone")
		}
		if _, err := s.File(t.Context(), "f1"); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("read: %v", err)
		}
		attach(t, s, "m1", "f1")
		m, err := s.Message(t.Context(), "m1")
		if err != nil || len(m.Attachments) != 0 {
			t.Errorf("sent %+v, %v", m.Attachments, err)
		}
	})
}

func TestUploadsNobodySendsAreFew(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "c1")
		kept := make([]bool, 12)
		all(len(kept), func(i int) {
			f, data := upload(fmt.Sprint("f", i), 10, epoch())
			err := s.AddFile(context.Background(), f, data, bridge.UploadRoom{Files: 5})
			if kept[i] = err == nil; err != nil && !errors.Is(err, bridge.ErrTooMany) {
				t.Error(err)
			}
		})
		n := 0
		for _, k := range kept {
			if k {
				n++
			}
		}
		if n != 5 {
			t.Fatalf("%d of 12 at once were kept, want 5", n)
		}
		i := slices.Index(kept, true)
		attach(t, s, "m1", bridge.FileID(fmt.Sprint("f", i)))
		f, data := upload("more", 10, epoch())
		if err := s.AddFile(t.Context(), f, data, bridge.UploadRoom{Files: 5}); err != nil {
			t.Errorf("after one was sent: %v", err)
		}
		f, data = upload("toomany", 10, epoch())
		if err := s.AddFile(t.Context(), f, data, bridge.UploadRoom{Files: 5}); !errors.Is(err, bridge.ErrTooMany) {
			t.Errorf("one too many: %v", err)
		}
		if err := s.DropFile(t.Context(), "c1", "more"); err != nil {
			t.Fatal(err)
		}
		for _, id := range []bridge.FileID{"more", bridge.FileID(fmt.Sprint("f", i))} {
			if err := s.DropFile(t.Context(), "c1", id); !errors.Is(err, bridge.ErrNotFound) {
				t.Errorf("dropping %s: %v", id, err)
			}
		}
		f, data = upload("later", 10, epoch().Add(2*time.Hour))
		f.Conversation = "c1"
		if err := s.AddFile(t.Context(), f, data, bridge.UploadRoom{Files: 5}); err != nil {
			t.Errorf("two hours later: %v", err)
		}
	})
}

func TestUploadsNobodySendsHaveOneRoom(t *testing.T) {
	const size = 300 << 10
	room := bridge.UploadRoom{Bytes: 4 * size}
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "c1")
		try := func(ctx context.Context, id string, size int, room bridge.UploadRoom) error {
			f, data := upload(id, size, epoch())
			f.Conversation = bridge.ConversationID("of " + id)
			return s.AddFile(ctx, f, data, room)
		}
		kept := make([]bool, 8)
		all(len(kept), func(i int) {
			err := try(context.Background(), fmt.Sprint("f", i), size, room)
			if kept[i] = err == nil; err != nil && !errors.Is(err, bridge.ErrFull) {
				t.Error(err)
			}
		})
		var ids []bridge.FileID
		for i, k := range kept {
			if k {
				ids = append(ids, bridge.FileID(fmt.Sprint("f", i)))
			}
		}
		if len(ids) != 4 {
			t.Fatalf("%d of 8 at once were kept, want 4", len(ids))
		}
		full := func(when string) {
			t.Helper()
			if err := try(t.Context(), "more", 1, room); !errors.Is(err, bridge.ErrFull) {
				t.Errorf("%s: %v", when, err)
			}
		}
		free := func(id, when string) {
			t.Helper()
			if err := try(t.Context(), id, size, room); err != nil {
				t.Errorf("%s: %v", when, err)
			}
			full(when + " and another came")
		}
		full("full")
		if err := try(t.Context(), "unbounded", 1, bridge.UploadRoom{}); err != nil {
			t.Errorf("without a bound: %v", err)
		}
		if err := s.DropFile(t.Context(), "of unbounded", "unbounded"); err != nil {
			t.Fatal(err)
		}
		desk, data := upload("desk", size, epoch())
		desk.FromDesk = true
		keep(t, s, desk, data)
		attach(t, s, "m1", ids[0])
		free("sent", "one was sent")
		if err := s.DropFile(t.Context(), bridge.ConversationID("of "+ids[1]), ids[1]); err != nil {
			t.Fatal(err)
		}
		free("dropped", "one was dropped")
		if _, err := s.SweepFiles(t.Context(), epoch().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		// The smallest files are not for nothing.
		n := 0
		for ; n < 100 && try(t.Context(), fmt.Sprint("tiny", n), 1, room) == nil; n++ {
		}
		if want := int(room.Bytes / bridge.LeastUpload); n != want {
			t.Errorf("%d tiny ones were kept, want %d", n, want)
		}
	})
}

func TestUploadsFromOnePlaceHaveAShareOfTheRoom(t *testing.T) {
	const size = 300 << 10
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "c1")
		try := func(ctx context.Context, id, place string) error {
			f, data := upload(id, size, epoch())
			f.Conversation = bridge.ConversationID("of " + id)
			return s.AddFile(ctx, f, data, bridge.UploadRoom{Bytes: 5 * size, Uploader: place, UploaderBytes: 3 * size})
		}
		kept := make([]bool, 8)
		all(len(kept), func(i int) {
			err := try(context.Background(), fmt.Sprint("f", i), "here")
			if kept[i] = err == nil; err != nil && !errors.Is(err, bridge.ErrShare) {
				t.Error(err)
			}
		})
		var ids []bridge.FileID
		for i, k := range kept {
			if k {
				ids = append(ids, bridge.FileID(fmt.Sprint("f", i)))
			}
		}
		if len(ids) != 3 {
			t.Fatalf("%d of 8 at once were kept, want 3", len(ids))
		}
		if err := try(t.Context(), "elsewhere", "there"); err != nil {
			t.Errorf("from another place: %v", err)
		}
		attach(t, s, "m1", ids[0])
		if err := try(t.Context(), "after one was sent", "here"); err != nil {
			t.Errorf("after one was sent: %v", err)
		}
		if err := try(t.Context(), "more", "here"); !errors.Is(err, bridge.ErrShare) {
			t.Errorf("past the share: %v", err)
		}
		// The room of everybody is full too, with the share of this place not.
		if err := try(t.Context(), "last", "there"); err != nil {
			t.Errorf("the last that there is room for: %v", err)
		}
		if err := try(t.Context(), "full", "there"); !errors.Is(err, bridge.ErrFull) {
			t.Errorf("past everybody's room: %v", err)
		}
	})
}

func TestMessagesCarryFilesAndLetThemGo(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "c1")
		f, data := upload("f1", 10, epoch())
		keep(t, s, f, data)
		attach(t, s, "m1", "f1", "unknown")
		m, err := s.Message(t.Context(), "m1")
		if err != nil || !slices.Equal(m.Attachments, []bridge.Attachment{f.Attachment}) {
			t.Fatalf("%+v, %v", m.Attachments, err)
		}
		if n, err := s.SweepFiles(t.Context(), epoch().Add(100*time.Hour)); n != 0 || err != nil {
			t.Errorf("swept %d that a message carries, %v", n, err)
		}
		settle(t, s, bridge.Query{Key: "let go", Conversation: "c1", Files: []bridge.FileID{"f1"}}, func(st bridge.State) bridge.Changes {
			if len(st.Files) != 1 || st.Files[0].Message != "m1" {
				t.Errorf("state has %+v", st.Files)
			}
			m.Attachments = nil
			return bridge.Changes{Messages: []bridge.Message{m}, Files: []bridge.FileLink{{File: "f1"}}}
		})
		back, err := s.File(t.Context(), "f1")
		if err != nil || back.Message != "" {
			t.Errorf("%+v, %v", back, err)
		}
		if n, err := s.SweepFiles(t.Context(), back.CreatedAt); n != 0 || err != nil {
			t.Errorf("swept %d at once, %v", n, err)
		}
		if n, err := s.SweepFiles(t.Context(), back.CreatedAt.Add(time.Microsecond)); n != 1 || err != nil {
			t.Errorf("swept %d, %v, want 1", n, err)
		}
		if err := s.ReadFile(t.Context(), "f1", io.Discard); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("after the sweep: %v", err)
		}
	})
}

func TestAFileOfTheDeskNamesItsDelivery(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "c1")
		f, data := upload("f1", 10, epoch())
		keep(t, s, f, data)
		settle(t, s, bridge.Query{Key: "mirror", Conversation: "c1"}, func(bridge.State) bridge.Changes {
			return bridge.Changes{Deliveries: []bridge.Delivery{{
				ID: "d1", Lane: bridge.LanePost, Kind: bridge.KindFile, Conversation: "c1", Subject: "f1", Rank: bridge.RankLine, Due: epoch(), CreatedAt: epoch(),
			}}}
		})
		look := func(want bridge.DeliveryID) {
			t.Helper()
			got, err := s.FileDelivery(t.Context(), "F1")
			if got != want || want == "" && !errors.Is(err, bridge.ErrNotFound) || want != "" && err != nil {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		}
		look("")
		if err := s.SetDeskID(t.Context(), "f1", "F1"); err != nil {
			t.Fatal(err)
		}
		look("d1")
		if _, err := s.Confirm(t.Context(), "d1", bridge.Place{Channel: "C1", Stamp: "9.000001"}, epoch()); err != nil {
			t.Fatal(err)
		}
		look("")
	})
}

func TestLinesRememberTheirFiles(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "c1")
		files := []bridge.DeskFile{{ID: "F1", Name: "a.pdf", Type: "application/pdf", Size: 9}, {ID: "F2", Name: "b.exe", Refused: "no"}}
		settle(t, s, bridge.Query{Key: "line", Conversation: "c1", Line: "C1:1"}, func(bridge.State) bridge.Changes {
			return bridge.Changes{Lines: []bridge.Line{{Key: "C1:1", Conversation: "c1", Stamp: "1", Files: files, Standing: bridge.Held}}}
		})
		l, err := s.Line(t.Context(), "C1:1")
		if err != nil || !slices.Equal(l.Files, files) {
			t.Errorf("%+v, %v", l.Files, err)
		}
	})
}
