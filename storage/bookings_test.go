package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

func TestBookingsComeBackAsTheyWere(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "c1")
		at := epoch().UTC().Add(24 * time.Hour)
		b := bridge.Booking{
			ID: "b1", Conversation: "c1", SiteID: "default", Team: "support", Agent: "U1", Status: bridge.BookingOffered,
			Slots: []time.Time{at, at.Add(time.Hour)}, Said: 7, AskedNumber: true, CreatedAt: epoch().UTC(), UpdatedAt: epoch().UTC(),
		}
		calendar := []byte("BEGIN:VCALENDAR\r\nSUMMARY:Müller\r\nEND:VCALENDAR\r\n")
		put := func(key string, b bridge.Booking, kept ...bridge.KeptFile) {
			settle(t, s, bridge.Query{Key: key, Conversation: "c1"}, func(st bridge.State) bridge.Changes {
				c := st.Conversation
				c.Booking = b.ID
				return bridge.Changes{Conversation: &c, Booking: &b, Kept: kept, Receipt: bridge.Receipt{Verdict: bridge.Done, Conversation: "c1"}}
			})
		}
		put("offer", b)
		if got, err := s.Booking(t.Context(), "b1"); err != nil || !reflect.DeepEqual(got, b) {
			t.Fatalf("offered: %v\n%+v\nwant\n%+v", err, got, b)
		}
		if all, err := s.Booked(t.Context()); err != nil || len(all) != 0 {
			t.Fatalf("an offer counts as booked: %v %v", all, err)
		}
		b.Status, b.Start, b.End, b.Slots, b.Sequence = bridge.BookingMade, at, at.Add(30*time.Minute), nil, 3
		file := bridge.Attachment{ID: "f1", Name: "callback.ics", Type: "text/calendar", Size: int64(len(calendar))}
		put("pick", b, bridge.KeptFile{File: bridge.File{Attachment: file, Conversation: "c1", FromDesk: true, Message: "m9", CreatedAt: epoch().UTC()}, Data: calendar})
		if all, err := s.Booked(t.Context()); err != nil || len(all) != 1 || !reflect.DeepEqual(all[0], b) {
			t.Fatalf("booked: %v\n%+v\nwant\n%+v", err, all, b)
		}
		settle(t, s, bridge.Query{Conversation: "c1", Bookings: true}, func(st bridge.State) bridge.Changes {
			if st.Booking == nil || !reflect.DeepEqual(*st.Booking, b) || len(st.Booked) != 1 {
				t.Errorf("an event sees %+v and %+v", st.Booking, st.Booked)
			}
			return bridge.Changes{Receipt: bridge.Receipt{Verdict: bridge.Ignored}}
		})
		settle(t, s, bridge.Query{Conversation: "c1"}, func(st bridge.State) bridge.Changes {
			if st.Booking == nil || st.Booked != nil {
				t.Errorf("an event that did not ask sees %+v and %+v", st.Booking, st.Booked)
			}
			return bridge.Changes{Receipt: bridge.Receipt{Verdict: bridge.Ignored}}
		})
		var got bytes.Buffer
		if f, err := s.File(t.Context(), "f1"); err != nil || f.Attachment != file || f.Message != "m9" {
			t.Errorf("the calendar is %+v, %v", f, err)
		}
		if err := s.ReadFile(t.Context(), "f1", &got); err != nil || !bytes.Equal(got.Bytes(), calendar) {
			t.Errorf("its bytes are %q, %v", got.Bytes(), err)
		}
		if _, err := s.Booking(t.Context(), "b2"); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("an unknown callback gives %v", err)
		}
	})
}

// However many ask for the same time at once, it is given as often as there is
// room.
func TestTwentyWantTheLastTime(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		const room = 3
		at := epoch().UTC().Add(24 * time.Hour)
		for i := range 20 {
			begin(t, s, bridge.ConversationID(fmt.Sprintf("c%d", i)))
		}
		var mu sync.Mutex
		given := 0
		all(20, func(i int) {
			id := bridge.ConversationID(fmt.Sprintf("c%d", i))
			r, err := s.Settle(context.Background(), bridge.Query{Key: fmt.Sprintf("pick:%d", i), Conversation: id, Bookings: true}, func(st bridge.State) (bridge.Changes, error) {
				if len(st.Booked) >= room {
					return bridge.Changes{Receipt: bridge.Receipt{Verdict: bridge.NoSlot}}, nil
				}
				c := st.Conversation
				b := bridge.Booking{ID: bridge.BookingID("b-" + string(id)), Conversation: id, Status: bridge.BookingMade, Start: at, End: at.Add(time.Hour), CreatedAt: at, UpdatedAt: at}
				c.Booking = b.ID
				return bridge.Changes{Conversation: &c, Booking: &b, Receipt: bridge.Receipt{Verdict: bridge.Done}}, nil
			})
			if err != nil {
				t.Errorf("pick %d: %v", i, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if r.Verdict == bridge.Done {
				given++
			}
		})
		kept, err := s.Booked(t.Context())
		if err != nil || given != room || len(kept) != room {
			t.Errorf("given to %d, kept %d, room for %d (%v)", given, len(kept), room, err)
		}
	})
}
