package storage_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
	"threadline/storage/storagetest"
)

const lease = 10 * time.Second

// put settles an event that does nothing but put the deliveries.
func put(tb testing.TB, s *storage.Store, ds ...bridge.Delivery) {
	tb.Helper()
	settle(tb, s, bridge.Query{}, func(bridge.State) bridge.Changes { return bridge.Changes{Deliveries: ds} })
}

func post(id bridge.DeliveryID, c bridge.ConversationID) bridge.Delivery {
	return bridge.Delivery{
		ID: id, Lane: bridge.LanePost, Kind: bridge.KindLine, Conversation: c, Subject: "m-" + string(id),
		Priority: 3, Rank: bridge.RankLine, Body: json.RawMessage(`{"text":"x"}`), Due: epoch(), CreatedAt: epoch(),
	}
}

func take(tb testing.TB, s *storage.Store, lane bridge.Lane, now time.Time, limit int) []bridge.Delivery {
	tb.Helper()
	ds, err := s.Take(tb.Context(), lane, now, lease, limit)
	if err != nil {
		tb.Fatalf("take: %v", err)
	}
	return ds
}

// ids joins the ids of what was taken.
func ids(ds []bridge.Delivery) string {
	names := make([]string, len(ds))
	for i, d := range ds {
		names[i] = string(d.ID)
	}
	return strings.Join(names, " ")
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func wantTaken(tb testing.TB, got []bridge.Delivery, want string) {
	tb.Helper()
	if ids(got) != want {
		tb.Fatalf("took %q, want %q", ids(got), want)
	}
}

func TestDeliveryComesBackWhole(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		d := post("d1", "c1")
		d.Key = "k"
		put(t, s, d)
		want := d
		want.Due, want.CreatedAt = d.Due.UTC(), d.CreatedAt.UTC()
		want.Attempts, want.FirstAttempt, want.Fence = 1, epoch().UTC(), 1
		got := take(t, s, bridge.LanePost, epoch(), 5)
		if len(got) != 1 || fmt.Sprintf("%#v", got[0]) != fmt.Sprintf("%#v", want) {
			t.Errorf("took\n%#v, want\n%#v", got, want)
		}
	})
}

func TestHeadsRanksAndPriorities(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		root, alert := post("root", "a"), post("alert", "a")
		root.Rank, root.Kind = bridge.RankRoot, bridge.KindRoot
		alert.Rank, alert.Kind, alert.Priority = bridge.RankAlert, bridge.KindAlert, 0
		put(t, s, post("b1", "b"), post("b2", "b"))
		put(t, s, root, post("a1", "a"), alert)
		now := epoch()

		// The alert of a lends its urgency to a's root, which goes before b1
		// although it came later; nothing else of either may go yet.
		got := take(t, s, bridge.LanePost, now, 10)
		wantTaken(t, got, "root b1")
		wantTaken(t, take(t, s, bridge.LanePost, now, 10), "")
		must(t, s.Complete(t.Context(), got[0], bridge.Place{Channel: "C", Stamp: "1"}, now))
		got = take(t, s, bridge.LanePost, now, 10)
		wantTaken(t, got, "alert")

		// A head that must wait keeps its thread waiting.
		must(t, s.Retry(t.Context(), got[0], now.Add(time.Minute), "busy"))
		wantTaken(t, take(t, s, bridge.LanePost, now.Add(5*time.Second), 10), "")
		got = take(t, s, bridge.LanePost, now.Add(time.Minute), 1)
		wantTaken(t, got, "alert")
		if got[0].Attempts != 2 || got[0].LastError != "busy" || !got[0].FirstAttempt.Equal(now) {
			t.Errorf("second attempt is %+v", got[0])
		}
		must(t, s.Complete(t.Context(), got[0], bridge.Place{Channel: "C", Stamp: "2"}, now))
		wantTaken(t, take(t, s, bridge.LanePost, now.Add(5*time.Second), 10), "a1")
	})
}

func TestAnAlertWaitsForTheLineInFlight(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		put(t, s, post("line", "a"))
		line := take(t, s, bridge.LanePost, epoch(), 1)
		alert := post("alert", "a")
		alert.Rank = bridge.RankAlert
		put(t, s, alert)
		wantTaken(t, take(t, s, bridge.LanePost, epoch(), 1), "")
		must(t, s.Complete(t.Context(), line[0], bridge.Place{}, epoch()))
		wantTaken(t, take(t, s, bridge.LanePost, epoch(), 1), "alert")
	})
}

func TestUnorderedLanesGoSideBySide(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		var cards []bridge.Delivery
		for i, id := range []bridge.DeliveryID{"late", "low", "high"} {
			d := post(id, "a")
			d.Lane, d.Key, d.Priority = bridge.LaneCard, string(id), 2-i
			cards = append(cards, d)
		}
		cards[0].Due = epoch().Add(time.Hour)
		put(t, s, cards...)
		wantTaken(t, take(t, s, bridge.LaneCard, epoch(), 10), "high low")
	})
}

func TestLeaseRunsOut(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		for _, lane := range []bridge.Lane{bridge.LanePost, bridge.LanePrivate, bridge.LaneAssistant, bridge.LaneCard, bridge.LaneTimer} {
			d := post(bridge.DeliveryID(lane), "a")
			d.Lane = lane
			put(t, s, d)
			first := take(t, s, lane, epoch(), 1)
			if len(first) != 1 || first[0].Doubtful {
				t.Fatalf("%s: first take is %+v", lane, first)
			}
			if next, ok, err := s.NextDue(t.Context(), lane); err != nil || !ok || !next.Equal(epoch().Add(lease)) {
				t.Errorf("%s: next due is %v %v %v, want the lease's end", lane, next, ok, err)
			}
			wantTaken(t, take(t, s, lane, epoch().Add(lease-time.Microsecond), 1), "")
			second := take(t, s, lane, epoch().Add(lease), 1)
			doubt := lane == bridge.LanePost || lane == bridge.LanePrivate
			if len(second) != 1 || second[0].Doubtful != doubt || second[0].Attempts != 2 || second[0].Fence <= first[0].Fence {
				t.Errorf("%s: after the lease took %+v, want doubtful %v, attempt 2, a higher fence", lane, second, doubt)
			}
			ctx := t.Context()
			for name, err := range map[string]error{
				"complete": s.Complete(ctx, first[0], bridge.Place{Channel: "X", Stamp: "9"}, epoch()),
				"retry":    s.Retry(ctx, first[0], epoch(), ""),
				"doubt":    s.Doubt(ctx, first[0], epoch(), ""),
				"refute":   s.Refute(ctx, first[0], epoch()),
				"abandon":  s.Abandon(ctx, first[0], "", epoch()),
			} {
				if !errors.Is(err, bridge.ErrStale) {
					t.Errorf("%s: %s by the first holder gave %v, want ErrStale", lane, name, err)
				}
			}
			must(t, s.Complete(ctx, second[0], bridge.Place{}, epoch()))
			must(t, s.Complete(ctx, second[0], bridge.Place{}, epoch()))
			if _, ok, err := s.NextDue(ctx, lane); ok || err != nil {
				t.Errorf("%s: an empty lane has a next due, %v", lane, err)
			}
		}
	})
}

func TestExtend(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		put(t, s, post("d", "a"))
		ctx := t.Context()
		first := take(t, s, bridge.LanePost, epoch(), 1)[0]
		must(t, s.Extend(ctx, first, epoch().Add(3*lease)))
		wantTaken(t, take(t, s, bridge.LanePost, epoch().Add(2*lease), 1), "")
		second := take(t, s, bridge.LanePost, epoch().Add(3*lease), 1)
		wantTaken(t, second, "d")
		if err := s.Extend(ctx, first, epoch().Add(time.Hour)); !errors.Is(err, bridge.ErrStale) {
			t.Errorf("extending a lost lease gave %v, want ErrStale", err)
		}
		must(t, s.Retry(ctx, second[0], epoch(), ""))
		if err := s.Extend(ctx, second[0], epoch().Add(time.Hour)); !errors.Is(err, bridge.ErrStale) {
			t.Errorf("extending a lease given back gave %v, want ErrStale", err)
		}
	})
}

func TestReplacingByKey(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		timer := post("d1", "a")
		timer.Lane, timer.Key, timer.Priority = bridge.LaneTimer, "timer", 3
		put(t, s, timer)
		old := take(t, s, bridge.LaneTimer, epoch(), 1)
		newer := timer
		newer.ID, newer.Kind, newer.Body, newer.Priority, newer.Rank, newer.Subject = "d2", "other", json.RawMessage(`{"n":2}`), 1, 7, "s2"
		newer.Due = epoch().Add(time.Second)
		put(t, s, newer)
		if err := s.Complete(t.Context(), old[0], bridge.Place{}, epoch()); !errors.Is(err, bridge.ErrStale) {
			t.Errorf("completing what was replaced in flight gave %v, want ErrStale", err)
		}
		wantTaken(t, take(t, s, bridge.LaneTimer, epoch(), 1), "")
		got := take(t, s, bridge.LaneTimer, epoch().Add(time.Second), 5)
		if len(got) != 1 || got[0].Kind != "other" || string(got[0].Body) != `{"n":2}` || got[0].Priority != 1 || got[0].Rank != 7 || got[0].Subject != "s2" || got[0].Doubtful || got[0].Attempts != 1 {
			t.Fatalf("after the replacement took %+v", got)
		}
		must(t, s.Complete(t.Context(), got[0], bridge.Place{}, epoch()))

		// Once settled, the key is free.
		newer.ID = "d3"
		put(t, s, newer)
		wantTaken(t, take(t, s, bridge.LaneTimer, epoch().Add(time.Second), 5), "d3")

		// A post replaced in flight may have been seen, and remembers its past.
		p := post("p1", "a")
		p.Key = "p"
		put(t, s, p)
		take(t, s, bridge.LanePost, epoch(), 1)
		put(t, s, p)
		again := take(t, s, bridge.LanePost, epoch(), 1)
		if len(again) != 1 || !again[0].Doubtful || again[0].Attempts != 2 || again[0].ID != "p1" {
			t.Errorf("a post replaced in flight came back as %+v", again)
		}
	})
}

func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		a, b := post("a1", "a"), post("a2", "a")
		a.Key, b.Key = "ka", "kb"
		put(t, s, a, b)
		flying := take(t, s, bridge.LanePost, epoch(), 1)
		settle(t, s, bridge.Query{}, func(bridge.State) bridge.Changes {
			return bridge.Changes{Cancel: []bridge.DeliveryKey{{Lane: bridge.LanePost, Key: "ka"}, {Lane: bridge.LaneCard, Key: "kb"}, {Lane: bridge.LanePost}}}
		})
		if err := s.Complete(t.Context(), flying[0], bridge.Place{Channel: "C", Stamp: "1"}, epoch()); !errors.Is(err, bridge.ErrStale) {
			t.Errorf("completing what was cancelled gave %v, want ErrStale", err)
		}
		wantTaken(t, take(t, s, bridge.LanePost, epoch(), 5), "a2")
	})
}

func TestARootThatWasCalledOffIsKnownWhenItTurnsUp(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "a")
		root := post("root", "a")
		root.Kind, root.Subject, root.Rank, root.Key = bridge.KindRoot, "a", bridge.RankRoot, "root:a"
		put(t, s, root)
		take(t, s, bridge.LanePost, epoch(), 1)
		settle(t, s, bridge.Query{Key: "moves", Conversation: "a"}, func(bridge.State) bridge.Changes {
			return bridge.Changes{Cancel: []bridge.DeliveryKey{{Lane: bridge.LanePost, Key: "root:a"}}}
		})
		place := bridge.Place{Channel: "C", Stamp: "1700000000.000100"}
		for range 2 {
			if ours, err := s.Confirm(t.Context(), "root", place, epoch()); !ours || !errors.Is(err, bridge.ErrStale) {
				t.Errorf("confirm gave %v, %v", ours, err)
			}
		}
		if c, err := s.ConversationByThread(t.Context(), place); err != nil || c.ID != "a" {
			t.Errorf("its thread is that of %q, %v", c.ID, err)
		}
		wantTaken(t, take(t, s, bridge.LanePost, epoch().Add(time.Hour), 1), "")
	})
}

// TestACardKeepsItsTurn: one that is wished for again, less urgently, waits no
// longer for that; what is leased is due again.
func TestACardKeepsItsTurn(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "a")
		begin(t, s, "b")
		ctx, now := t.Context(), epoch()
		card := func(id bridge.ConversationID, priority int, due time.Time) bridge.Delivery {
			d := bridge.RootCard(id, due)
			d.Priority = priority
			return d
		}
		first := func() bridge.Delivery {
			t.Helper()
			got := take(t, s, bridge.LaneCard, now.Add(time.Minute), 1)
			if len(got) != 1 {
				t.Fatalf("took %d", len(got))
			}
			return got[0]
		}
		put(t, s, card("a", 1, now), card("b", 2, now))
		must(t, s.Redraw(ctx, "a", now.Add(time.Second)))
		d := first()
		if d.Conversation != "a" || d.Priority != 1 {
			t.Fatalf("took %s of priority %d", d.Conversation, d.Priority)
		}
		must(t, s.Redraw(ctx, "a", now.Add(2*time.Second)))
		if err := s.Complete(ctx, d, bridge.Place{}, now); !errors.Is(err, bridge.ErrStale) {
			t.Errorf("what was drawn before the wish is complete: %v", err)
		}
		d = first()
		if d.Conversation != "a" {
			t.Errorf("took %s", d.Conversation)
		}
		must(t, s.Retry(ctx, d, now.Add(time.Hour), "it failed"))
		must(t, s.Redraw(ctx, "a", now.Add(20*time.Second)))
		if d = first(); d.Conversation != "a" || d.Priority != 1 {
			t.Errorf("after a failure took %s of priority %d", d.Conversation, d.Priority)
		}
	})
}

// TestNoCardStarves: more pressing ones that keep coming hold a card up by
// [bridge.Ageing] for each step, not for good.
func TestNoCardStarves(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		now := epoch()
		put := func(id bridge.ConversationID, priority int, due time.Time) {
			t.Helper()
			begin(t, s, id)
			d := bridge.RootCard(id, due)
			d.Priority = priority
			put(t, s, d)
		}
		put("waits", 3, now)
		for i := range 5 {
			due := now.Add(time.Duration(i) * (bridge.Ageing - time.Second))
			put(bridge.ConversationID(fmt.Sprint("pressing", i)), 0, due)
			want := fmt.Sprint("pressing", i)
			if i == 4 {
				want = "waits"
			}
			got := take(t, s, bridge.LaneCard, due, 1)
			if len(got) != 1 || string(got[0].Conversation) != want {
				t.Fatalf("after %s took %v, want %s", due.Sub(now), got, want)
			}
			must(t, s.Complete(t.Context(), got[0], bridge.Place{}, due))
		}
	})
}

func TestDoubtRefuteConfirm(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "a")
		root := post("root", "a")
		root.Kind, root.Subject, root.Rank = bridge.KindRoot, "a", bridge.RankRoot
		line := post("line", "a")
		line.Subject = "first-a"
		put(t, s, root, line)
		ctx, now := t.Context(), epoch()

		d := take(t, s, bridge.LanePost, now, 1)[0]
		must(t, s.Doubt(ctx, d, now.Add(15*time.Second), "time-out"))
		wantTaken(t, take(t, s, bridge.LanePost, now.Add(14*time.Second), 1), "")
		now = now.Add(15 * time.Second)
		got := take(t, s, bridge.LanePost, now, 1)
		if len(got) != 1 || !got[0].Doubtful || got[0].LastError != "time-out" || !got[0].FirstAttempt.Equal(epoch()) {
			t.Fatalf("doubtful root came back as %+v", got)
		}
		must(t, s.Refute(ctx, got[0], now))
		got = take(t, s, bridge.LanePost, now, 1)
		if len(got) != 1 || got[0].Doubtful {
			t.Fatalf("refuted root came back as %+v", got)
		}
		must(t, s.Doubt(ctx, got[0], now.Add(time.Hour), "cut"))

		// Our own echo settles it wherever it stands.
		woken := s.Woken(bridge.LanePost)
		place := bridge.Place{Channel: "C", Stamp: "1700000000.000100"}
		if ours, err := s.Confirm(ctx, "root", place, now); err != nil || !ours {
			t.Fatalf("confirm gave %v, %v", ours, err)
		}
		<-woken
		if ours, err := s.Confirm(ctx, "nobody's", place, now); err != nil || ours {
			t.Errorf("confirm of a stranger gave %v, %v", ours, err)
		}
		if ours, err := s.Confirm(ctx, "root", place, now); err != nil || !ours {
			t.Errorf("confirm of what is settled gave %v, %v", ours, err)
		}
		if c, err := s.ConversationByThread(ctx, place); err != nil || c.ID != "a" || c.Thread != place {
			t.Errorf("conversation by thread is %+v, %v", c, err)
		}
		if _, err := s.ConversationByThread(ctx, bridge.Place{Channel: "C", Stamp: "2"}); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("an unknown thread gave %v, want ErrNotFound", err)
		}
		got = take(t, s, bridge.LanePost, now, 1)
		wantTaken(t, got, "line")
		must(t, s.Complete(ctx, got[0], bridge.Place{Channel: "C", Stamp: "1700000000.000200"}, now))
		if m, err := s.Message(ctx, "first-a"); err != nil || m.Stamp != "1700000000.000200" {
			t.Errorf("mirrored message bears %q, %v", m.Stamp, err)
		}
	})
}

func TestRecover(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		card := post("card", "a")
		card.Lane = bridge.LaneCard
		other := post("timer", "a")
		other.Lane = bridge.LaneTimer
		put(t, s, post("p", "a"), post("q", "b"), card, other)
		old := take(t, s, bridge.LanePost, epoch(), 1)
		take(t, s, bridge.LaneCard, epoch(), 1)
		take(t, s, bridge.LaneTimer, epoch(), 1)
		n, err := s.Recover(t.Context(), []bridge.Lane{bridge.LanePost, bridge.LaneCard}, epoch())
		if err != nil || n != 2 {
			t.Errorf("recovered %d, %v; want 2", n, err)
		}
		if err := s.Retry(t.Context(), old[0], epoch(), ""); !errors.Is(err, bridge.ErrStale) {
			t.Errorf("the dead sender's retry gave %v, want ErrStale", err)
		}
		got := take(t, s, bridge.LanePost, epoch(), 5)
		wantTaken(t, got, "p q")
		if !got[0].Doubtful || got[1].Doubtful {
			t.Errorf("doubtful: %v %v, want only the one in flight", got[0].Doubtful, got[1].Doubtful)
		}
		if got := take(t, s, bridge.LaneCard, epoch(), 5); len(got) != 1 || got[0].Doubtful {
			t.Errorf("recovered card is %+v", got)
		}
		wantTaken(t, take(t, s, bridge.LaneTimer, epoch(), 5), "")
	})
}

func TestBacklog(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		timer, card := post("t", "a"), post("c", "a")
		timer.Lane, card.Lane = bridge.LaneTimer, bridge.LaneCard
		card.CreatedAt = epoch().Add(-time.Hour)
		put(t, s, post("p", "a"), post("q", "a"), timer, card)
		for range 3 {
			d := take(t, s, bridge.LanePost, epoch(), 1)
			must(t, s.Retry(t.Context(), d[0], epoch(), "no"))
		}
		b, err := s.Backlog(t.Context(), epoch().Add(time.Minute))
		if err != nil || b.Pending != 3 || b.Oldest != time.Minute || ids(b.Stuck) != "p" {
			t.Errorf("backlog is %+v, %v; want 3 pending, a minute, p stuck", b, err)
		}
		d := take(t, s, bridge.LanePost, epoch(), 1)
		must(t, s.Abandon(t.Context(), d[0], "gone", epoch()))
		if b, err = s.Backlog(t.Context(), epoch()); err != nil || b.Pending != 2 || len(b.Stuck) != 0 {
			t.Errorf("after abandoning, backlog is %+v, %v", b, err)
		}
		wantTaken(t, take(t, s, bridge.LanePost, epoch(), 1), "q")
	})
}

func TestTakersNeverShare(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		const conversations, lines = 8, 6
		want := map[bridge.ConversationID][]string{}
		for i := range lines {
			for c := range conversations {
				id := bridge.ConversationID(fmt.Sprintf("c%d", c))
				d := post(bridge.DeliveryID(fmt.Sprintf("%s-%d", id, i)), id)
				put(t, s, d)
				want[id] = append(want[id], string(d.ID))
			}
		}
		var mu sync.Mutex
		sent := map[bridge.ConversationID][]string{}
		flying := map[bridge.ConversationID]int{}
		left := conversations * lines
		all(6, func(int) {
			deadline := time.Now().Add(30 * time.Second)
			for time.Now().Before(deadline) {
				mu.Lock()
				over := left == 0
				mu.Unlock()
				if over {
					return
				}
				ds, err := s.Take(t.Context(), bridge.LanePost, epoch(), lease, 3)
				if err != nil {
					t.Errorf("take: %v", err)
					return
				}
				mu.Lock()
				for _, d := range ds {
					if flying[d.Conversation]++; flying[d.Conversation] > 1 {
						t.Errorf("two of %s are in flight", d.Conversation)
					}
				}
				mu.Unlock()
				for _, d := range ds {
					mu.Lock()
					sent[d.Conversation] = append(sent[d.Conversation], string(d.ID))
					flying[d.Conversation]--
					left--
					mu.Unlock()
					if err := s.Complete(t.Context(), d, bridge.Place{}, epoch()); err != nil {
						t.Errorf("complete: %v", err)
					}
				}
			}
		})
		for id, order := range want {
			if !slices.Equal(sent[id], order) {
				t.Errorf("%s went out as %v, want %v", id, sent[id], order)
			}
		}
	})
}

func TestWoken(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		posts, cards := s.Woken(bridge.LanePost), s.Woken(bridge.LaneCard)
		if _, err := s.Settle(t.Context(), bridge.Query{}, func(bridge.State) (bridge.Changes, error) {
			select {
			case <-posts:
				t.Error("woken before the commit")
			default:
			}
			return bridge.Changes{Deliveries: []bridge.Delivery{post("d", "a")}}, nil
		}); err != nil {
			t.Fatal(err)
		}
		<-posts
		select {
		case <-cards:
			t.Error("a post woke the cards' lane")
		default:
		}
		if s.Woken(bridge.LanePost) == posts {
			t.Error("the channel was not replaced")
		}
	})
}

func TestSettledRowsAreNotLookedAt(t *testing.T) {
	s := open(t, storagetest.SQLite(t))
	for lane, index := range map[bridge.Lane]string{bridge.LanePost: "deliveries_head", bridge.LaneCard: "deliveries_due"} {
		plan, err := s.PlanOfTake(t.Context(), lane)
		if err != nil || !strings.Contains(plan, "SEARCH deliveries USING INDEX "+index) {
			t.Errorf("taking from %s goes by\n%s, %v; want the index of unsettled rows, %s", lane, plan, err, index)
		}
	}
}
