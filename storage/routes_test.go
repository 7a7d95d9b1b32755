package storage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

// on begins a conversation in a channel.
func on(t *testing.T, s *storage.Store, id bridge.ConversationID, route bridge.Route) {
	t.Helper()
	settle(t, s, bridge.Query{Key: "begin:" + string(id), Conversation: id}, func(st bridge.State) bridge.Changes {
		c := say(st, "first-"+string(id), "hello")
		c.Conversation.Route = route
		return c
	})
}

func takePost(t *testing.T, s *storage.Store, route bridge.Route, now time.Time) []bridge.Delivery {
	t.Helper()
	ds, err := s.TakePost(t.Context(), route, now, lease, 5)
	must(t, err)
	return ds
}

func TestPostsAreTakenByRoute(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		on(t, s, "a", "")
		on(t, s, "b", "sales")
		on(t, s, "c", "sales")
		later := post("c1", "c")
		later.Due = epoch().Add(time.Minute)
		put(t, s, post("a1", "a"), post("b1", "b"), later)
		routes, err := s.PostRoutes(t.Context())
		must(t, err)
		if !slices.Equal(routes, []bridge.Route{"", "sales"}) {
			t.Errorf("routes %q", routes)
		}
		wantTaken(t, takePost(t, s, "sales", epoch()), "b1")
		wantTaken(t, takePost(t, s, "nowhere", epoch()), "")
		if due, ok, err := s.PostDue(t.Context(), "sales"); err != nil || !ok || !due.Equal(epoch().Add(lease)) {
			t.Errorf("the next post of sales is due %v %v %v", due, ok, err)
		}
		if _, ok, err := s.PostDue(t.Context(), "nowhere"); err != nil || ok {
			t.Errorf("something is due nowhere: %v", err)
		}
		wantTaken(t, takePost(t, s, "", epoch()), "a1")
		// A conversation that moves takes its posts along.
		settle(t, s, bridge.Query{Conversation: "c"}, func(st bridge.State) bridge.Changes {
			st.Conversation.Route = ""
			st.Conversation.Left = bridge.Place{Channel: "C2", Stamp: "2.000001"}
			return bridge.Changes{Conversation: &st.Conversation, Receipt: bridge.Receipt{Verdict: bridge.Done}}
		})
		wantTaken(t, takePost(t, s, "", epoch().Add(time.Minute)), "a1 c1")
		if c, err := s.Conversation(t.Context(), "c"); err != nil || c.Left.Stamp != "2.000001" || c.Left.Channel != "C2" {
			t.Errorf("left %+v, %v", c.Left, err)
		}
	})
}

func TestAReplayPutsTheTranscriptBeforeItsEvent(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		on(t, s, "a", "")
		// Four more messages: one of an agent's, one deleted.
		settle(t, s, bridge.Query{Conversation: "a"}, func(st bridge.State) bridge.Changes {
			c := st.Conversation
			out := bridge.Changes{Conversation: &c, Receipt: bridge.Receipt{Verdict: bridge.Done}}
			for i := range 4 {
				c.Seq++
				c.Rev++
				m := bridge.Message{
					ID: bridge.MessageID(fmt.Sprint("m", c.Seq)), Conversation: "a", Seq: c.Seq, Rev: c.Rev, FirstRev: c.Rev,
					Order: epoch().Add(time.Duration(c.Seq) * time.Second), Author: bridge.Author{Kind: bridge.ByVisitor}, Text: fmt.Sprint("text ", c.Seq), CreatedAt: epoch(),
				}
				if i == 1 {
					m.LineKey, m.Author.Kind = "C1:1.000001", bridge.ByAgent
				}
				m.Deleted = i == 2
				out.Messages = append(out.Messages, m)
			}
			return out
		})
		n := 0
		replay := func(r bridge.Replay) string {
			n++
			after := post(bridge.DeliveryID(fmt.Sprint("after", n)), "a")
			settle(t, s, bridge.Query{Conversation: "a"}, func(st bridge.State) bridge.Changes {
				return bridge.Changes{
					Replay: &r, Deliveries: []bridge.Delivery{after},
					Receipt: bridge.Receipt{Verdict: bridge.Done, Conversation: "a"},
				}
			})
			var out []string
			for _, d := range takeLines(t, s) {
				out = append(out, d.Subject)
			}
			return strings.Join(out, " ")
		}
		// What waits for the old thread is cancelled, and everything goes out.
		put(t, s, post("old", "a"))
		if got := replay(bridge.Replay{To: 5, Anew: true, Priority: 2}); got != "first-a m2 m3 m5 m-after1" {
			t.Errorf("anew: %s", got)
		}
		// In the same thread what the agent wrote stands already.
		if got := replay(bridge.Replay{After: 1, To: 5}); got != "m2 m5 m-after2" {
			t.Errorf("what was left out: %s", got)
		}
	})
}

// takeLines takes and completes everything of the posts' lane.
func takeLines(t *testing.T, s *storage.Store) []bridge.Delivery {
	t.Helper()
	var out []bridge.Delivery
	for now := time.Now().Add(time.Hour); ; now = now.Add(time.Second) {
		ds := take(t, s, bridge.LanePost, now, 1)
		if len(ds) == 0 {
			return out
		}
		must(t, s.Complete(t.Context(), ds[0], bridge.Place{}, now))
		out = append(out, ds[0])
		out = append(out, ds[0].Batch...)
	}
}

func TestALateRootIsNotTheNewest(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		on(t, s, "a", "")
		old, live := post("old", "a"), post("live", "a")
		old.Kind, live.Kind = bridge.KindRoot, bridge.KindRoot
		live.CreatedAt = epoch().Add(time.Minute)
		put(t, s, old, live)
		for i, id := range []bridge.DeliveryID{"live", "old"} {
			ours, err := s.Confirm(t.Context(), id, bridge.Place{Channel: "C" + string(id), Stamp: fmt.Sprint(9-i, ".000001")}, epoch().Add(time.Hour))
			if err != nil || !ours {
				t.Fatalf("confirm %s: %v %v", id, ours, err)
			}
		}
		c, err := s.ConversationByThread(t.Context(), bridge.Place{Channel: "Cold", Stamp: "8.000001"})
		if err != nil || c.Thread.Channel != "Clive" {
			t.Errorf("the old root's conversation lives in %+v, %v", c.Thread, err)
		}
		for limit, want := range map[int]string{1: "Clive", 5: "Clive Cold"} {
			roots, err := s.Roots(t.Context(), "a", limit)
			must(t, err)
			var got []string
			for _, p := range roots {
				got = append(got, p.Channel)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("at most %d roots are %q, want %q", limit, got, want)
			}
		}
		if roots, err := s.Roots(t.Context(), "nobody", 5); err != nil || len(roots) != 0 {
			t.Errorf("nobody's roots are %v, %v", roots, err)
		}
	})
}
