package storage_test

import (
	"testing"

	"threadline/bridge"
	"threadline/storage"
)

// A message is found by its number, and keeps what the visitor said of it.
func TestThumbs(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "c1")
		begin(t, s, "c2")
		q := bridge.Query{Conversation: "c1", Seq: 1}
		for _, thumb := range []bridge.Thumb{bridge.ThumbDown, bridge.ThumbUp} {
			settle(t, s, q, func(st bridge.State) bridge.Changes {
				if st.Message == nil || st.Message.ID != "first-c1" {
					t.Fatalf("found %+v", st.Message)
				}
				m := *st.Message
				m.Thumb = thumb
				return bridge.Changes{Messages: []bridge.Message{m}}
			})
		}
		for id, want := range map[bridge.MessageID]bridge.Thumb{"first-c1": bridge.ThumbUp, "first-c2": bridge.NoThumb} {
			if m, err := s.Message(t.Context(), id); err != nil || m.Thumb != want {
				t.Errorf("%s: %d, %v, want %d", id, m.Thumb, err, want)
			}
		}
		settle(t, s, bridge.Query{Conversation: "c1", Seq: 9}, func(st bridge.State) bridge.Changes {
			if st.Message != nil {
				t.Errorf("found %+v", st.Message)
			}
			return bridge.Changes{}
		})
	})
}
