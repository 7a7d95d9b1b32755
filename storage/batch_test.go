package storage_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
	"threadline/storage/storagetest"
)

// line is a public line for the mirror, number seq of its conversation.
func line(id bridge.DeliveryID, c bridge.ConversationID, seq int64) bridge.Delivery {
	d := post(id, c)
	d.Body = json.RawMessage(fmt.Sprintf(`{"seq":%d,"kind":"visitor","text":"line %d"}`, seq, seq))
	return d
}

// lines are those from one number to another, named a1, a2… in conversation a.
func lines(c bridge.ConversationID, from, to int64) []bridge.Delivery {
	var ds []bridge.Delivery
	for n := from; n <= to; n++ {
		ds = append(ds, line(bridge.DeliveryID(fmt.Sprint(c, n)), c, n))
	}
	return ds
}

func takeLine(tb testing.TB, s *storage.Store, now time.Time, head, batch string) bridge.Delivery {
	tb.Helper()
	got := take(tb, s, bridge.LanePost, now, 10)
	wantTaken(tb, got, head)
	if ids(got[0].Batch) != batch {
		tb.Fatalf("behind %s go %q, want %q", head, ids(got[0].Batch), batch)
	}
	return got[0]
}

func TestABatchNeverChanges(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx, now := t.Context(), epoch()
		put(t, s, lines("a", 1, 3)...)
		const behind = "a2 a3"
		head := takeLine(t, s, now, "a1", behind)
		if first := head.Batch[0]; string(first.Body) != string(line("a2", "a", 2).Body) || first.Subject != "m-a2" || first.Attempts != 0 {
			t.Errorf("the first row behind is %+v", first)
		}
		put(t, s, lines("a", 4, 5)...) // too late for this one
		wantTaken(t, take(t, s, bridge.LanePost, now, 10), "")

		must(t, s.Retry(ctx, head, now.Add(time.Second), "busy"))
		now = now.Add(time.Second)
		head = takeLine(t, s, now, "a1", behind)
		must(t, s.Doubt(ctx, head, now, "time-out"))
		if head = takeLine(t, s, now, "a1", behind); !head.Doubtful {
			t.Error("after a doubt the head is not doubtful")
		}
		must(t, s.Refute(ctx, head, now))
		head = takeLine(t, s, now, "a1", behind)
		must(t, s.Extend(ctx, head, now.Add(lease)))
		now = now.Add(lease)
		if head = takeLine(t, s, now, "a1", behind); !head.Doubtful || head.Attempts != 5 {
			t.Errorf("after the lease ran out the head is %+v", head)
		}
		if n, err := s.Recover(ctx, []bridge.Lane{bridge.LanePost}, now); err != nil || n != 1 {
			t.Errorf("recovered %d, %v; want the head alone", n, err)
		}
		// An alert overtakes the batch, and leaves it as it was.
		alert := post("alert", "a")
		alert.Kind, alert.Rank, alert.Priority = bridge.KindAlert, bridge.RankAlert, 0
		put(t, s, alert)
		must(t, s.Complete(ctx, takeLine(t, s, now, "alert", ""), bridge.Place{}, now))
		head = takeLine(t, s, now, "a1", behind)
		must(t, s.Complete(ctx, head, bridge.Place{Channel: "C", Stamp: "1"}, now))
		takeLine(t, s, now, "a4", "a5")
	})
}

func TestABatchOutlivesItsProcess(t *testing.T) {
	for name, address := range engines() {
		t.Run(name, func(t *testing.T) {
			url := address(t)
			s, err := storage.Open(t.Context(), url, storage.Options{})
			must(t, err)
			put(t, s, lines("a", 1, 3)...)
			takeLine(t, s, epoch(), "a1", "a2 a3")
			put(t, s, lines("a", 4, 4)...)
			must(t, s.Close())

			s = open(t, url)
			_, err = s.Recover(t.Context(), []bridge.Lane{bridge.LanePost}, epoch())
			must(t, err)
			if head := takeLine(t, s, epoch(), "a1", "a2 a3"); !head.Doubtful {
				t.Error("what was in flight is not doubtful")
			}
		})
	}
}

func TestALineTriedAloneStaysAlone(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		put(t, s, lines("a", 1, 1)...)
		head := takeLine(t, s, epoch(), "a1", "")
		put(t, s, lines("a", 2, 3)...)
		must(t, s.Doubt(t.Context(), head, epoch(), "cut"))
		head = takeLine(t, s, epoch(), "a1", "")
		must(t, s.Complete(t.Context(), head, bridge.Place{}, epoch()))
		takeLine(t, s, epoch(), "a2", "a3")
	})
}

func TestWhereABatchEnds(t *testing.T) {
	note := post("note", "a")
	note.Kind = bridge.KindNote
	later := line("a2", "a", 2)
	later.Due = epoch().Add(time.Second)
	long := line("a2", "a", 2)
	long.Body = json.RawMessage(`{"seq":2,"text":"` + strings.Repeat("x", bridge.BatchRunes) + `"}`)
	for name, tt := range map[string]struct {
		rows []bridge.Delivery
		want string
	}{
		"an agent's line between": {append(lines("a", 1, 2), lines("a", 4, 5)...), "a2"},
		"a note between":          {slices.Concat(lines("a", 1, 2), []bridge.Delivery{note}, lines("a", 3, 4)), "a2"},
		"one that is not due yet": {[]bridge.Delivery{line("a1", "a", 1), later, line("a3", "a", 3)}, ""},
		"as long as a post":       {[]bridge.Delivery{line("a1", "a", 1), long, line("a3", "a", 3)}, ""},
		"another conversation":    {append(lines("a", 1, 2), line("b3", "b", 3)), "a2"},
		"fifty lines":             {lines("a", 1, 60), ids(lines("a", 2, bridge.BatchLines))},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *storage.Store) {
				put(t, s, tt.rows...)
				got := take(t, s, bridge.LanePost, epoch(), 1)
				wantTaken(t, got, "a1")
				if ids(got[0].Batch) != tt.want {
					t.Errorf("behind a1 go %q, want %q", ids(got[0].Batch), tt.want)
				}
			})
		})
	}
}

func TestOtherLanesAndKindsHaveNoBatch(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		private := lines("p", 1, 3)
		for i := range private {
			private[i].Lane = bridge.LanePrivate
		}
		root := post("root", "a")
		root.Kind, root.Rank = bridge.KindRoot, bridge.RankRoot
		put(t, s, private...)
		put(t, s, append(lines("a", 1, 2), root)...)
		for _, lane := range []bridge.Lane{bridge.LanePrivate, bridge.LanePost} {
			if got := take(t, s, lane, epoch(), 1); len(got) != 1 || got[0].Batch != nil {
				t.Errorf("%s gave %+v, want one row alone", lane, got)
			}
		}
	})
}

// mirror begins a conversation of n messages, m1…, each with a line to post,
// and takes them in one batch.
func mirror(t *testing.T, s *storage.Store, n int) bridge.Delivery {
	t.Helper()
	for i := 1; i <= n; i++ {
		settle(t, s, bridge.Query{Conversation: "a"}, func(st bridge.State) bridge.Changes {
			ch := say(st, fmt.Sprint("m", i), "hello")
			d := line(bridge.DeliveryID(fmt.Sprint("a", i)), "a", int64(i))
			d.Subject = fmt.Sprint("m", i)
			ch.Deliveries = []bridge.Delivery{d}
			return ch
		})
	}
	return takeLine(t, s, epoch(), "a1", ids(lines("a", 2, int64(n))))
}

func wantStamps(t *testing.T, s *storage.Store, n int, want string) {
	t.Helper()
	ms, err := s.Messages(t.Context(), "a", 0, 100)
	if err != nil || len(ms) != n {
		t.Fatalf("%d messages, %v; want %d", len(ms), err, n)
	}
	for _, m := range ms {
		if m.Stamp != want {
			t.Errorf("%s bears the stamp %q, want %q", m.ID, m.Stamp, want)
		}
	}
}

func TestABatchIsSettledAsOne(t *testing.T) {
	place := bridge.Place{Channel: "C", Stamp: "1700000000.000100"}
	for name, end := range map[string]func(t *testing.T, s *storage.Store, head bridge.Delivery){
		"complete": func(t *testing.T, s *storage.Store, head bridge.Delivery) {
			must(t, s.Complete(t.Context(), head, place, epoch()))
			must(t, s.Complete(t.Context(), head, place, epoch()))
		},
		"confirm in flight": func(t *testing.T, s *storage.Store, head bridge.Delivery) {
			if ours, err := s.Confirm(t.Context(), head.ID, place, epoch()); !ours || err != nil {
				t.Fatalf("confirm: %v, %v", ours, err)
			}
			must(t, s.Complete(t.Context(), head, place, epoch()))
		},
		"confirm in doubt": func(t *testing.T, s *storage.Store, head bridge.Delivery) {
			must(t, s.Doubt(t.Context(), head, epoch().Add(time.Hour), "cut"))
			if ours, err := s.Confirm(t.Context(), head.ID, place, epoch()); !ours || err != nil {
				t.Fatalf("confirm: %v, %v", ours, err)
			}
		},
		"complete, then its place": func(t *testing.T, s *storage.Store, head bridge.Delivery) {
			must(t, s.Complete(t.Context(), head, bridge.Place{}, epoch()))
			wantStamps(t, s, 3, "")
			if ours, err := s.Confirm(t.Context(), head.ID, place, epoch()); !ours || err != nil {
				t.Fatalf("confirm: %v, %v", ours, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *storage.Store) {
				end(t, s, mirror(t, s, 3))
				wantStamps(t, s, 3, place.Stamp)
				if _, ok, err := s.NextDue(t.Context(), bridge.LanePost); ok || err != nil {
					t.Errorf("something is left in the lane, %v", err)
				}
				if _, err := s.ConversationByThread(t.Context(), place); !errors.Is(err, bridge.ErrNotFound) {
					t.Errorf("a batch's place counts as a thread's root: %v", err)
				}
			})
		})
	}
}

func TestAbandoningAHeadReleasesItsBatch(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		head := mirror(t, s, 4)
		if err := s.Abandon(t.Context(), bridge.Delivery{ID: head.ID, Lane: head.Lane, Fence: head.Fence - 1}, "", epoch()); !errors.Is(err, bridge.ErrStale) {
			t.Errorf("abandoning with an old fence gave %v", err)
		}
		must(t, s.Retry(t.Context(), head, epoch(), ""))
		head = takeLine(t, s, epoch(), "a1", "a2 a3 a4")
		must(t, s.Abandon(t.Context(), head, "msg_too_long", epoch()))
		head = takeLine(t, s, epoch(), "a2", "a3 a4")
		must(t, s.Complete(t.Context(), head, bridge.Place{Channel: "C", Stamp: "7"}, epoch()))
		ms, err := s.Messages(t.Context(), "a", 0, 10)
		must(t, err)
		for i, m := range ms {
			if want := []string{"", "7", "7", "7"}[i]; m.Stamp != want {
				t.Errorf("%s bears the stamp %q, want %q", m.ID, m.Stamp, want)
			}
		}
	})
}

func TestABatchIsOneTakersAlone(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		const most = 120
		put(t, s, lines("a", 1, 40)...)
		seen := make(chan []bridge.Delivery, most)
		var sent atomic.Int64
		all(5, func(i int) {
			if i == 0 { // lines keep coming
				for n := int64(41); n <= most; n++ {
					put(t, s, lines("a", n, n)...)
				}
				return
			}
			for deadline := time.Now().Add(30 * time.Second); sent.Load() < most && time.Now().Before(deadline); {
				ds, err := s.Take(t.Context(), bridge.LanePost, epoch(), lease, 3)
				if err != nil {
					t.Errorf("take: %v", err)
					return
				}
				for _, d := range ds {
					seen <- append([]bridge.Delivery{d}, d.Batch...)
					sent.Add(int64(1 + len(d.Batch)))
					if err := s.Complete(t.Context(), d, bridge.Place{}, epoch()); err != nil {
						t.Errorf("complete: %v", err)
					}
				}
			}
		})
		close(seen)
		var got []bridge.Delivery
		for ds := range seen {
			got = append(got, ds...)
		}
		if ids(got) != ids(lines("a", 1, most)) {
			t.Errorf("lines went out as %s, want each once and in order", ids(got))
		}
	})
}

func TestTheOrderOfConversations(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		age := func(id bridge.ConversationID, priority int, waits time.Duration) bridge.Delivery {
			d := post(bridge.DeliveryID(id), id)
			d.Priority, d.CreatedAt = priority, epoch().Add(-waits)
			return d
		}
		step := bridge.Ageing
		fresh := age("a-alert", 0, time.Second)
		fresh.ID, fresh.Rank, fresh.Kind = "alert", bridge.RankAlert, bridge.KindAlert
		put(t, s, age("idle", 3, 0), age("queued", 2, 0), age("held", 1, 0), // in the order of urgency while all are new
			age("idle-aged", 3, 2*step+time.Second), // has waited for longer than two steps are worth
			age("queued-aged", 2, step-time.Second), // not quite worth a step
			age("alert-old", 0, 5*time.Second),
			age("a-alert", 3, time.Hour), fresh) // its lines are older than any, its alert is not
		got := ids(take(t, s, bridge.LanePost, epoch(), 20))
		if want := "alert-old alert idle-aged held queued-aged queued idle"; got != want {
			t.Errorf("conversations went in the order %s, want %s", got, want)
		}
	})
}

func TestNobodyStarves(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		old := post("idle", "idle")
		put(t, s, old)
		// A new line of a held conversation every second, and room for one post
		// a second.
		for i := range 100 {
			now := epoch().Add(time.Duration(i) * time.Second)
			busy := post(bridge.DeliveryID(fmt.Sprint("busy", i)), bridge.ConversationID(fmt.Sprint("busy", i)))
			busy.Priority, busy.CreatedAt, busy.Due = 1, now, now
			put(t, s, busy)
			got := take(t, s, bridge.LanePost, now, 1)
			must(t, s.Complete(t.Context(), got[0], bridge.Place{}, now))
			if got[0].ID == old.ID {
				if want := int(2 * bridge.Ageing / time.Second); i < want || i > want+1 {
					t.Errorf("the idle conversation's turn came after %d s, want %d", i, want)
				}
				return
			}
		}
		t.Error("the idle conversation starved")
	})
}

func TestALongLaneGoesOutInFullBatches(t *testing.T) {
	s := open(t, storagetest.SQLite(t))
	var rows []bridge.Delivery
	for c := range 20 {
		rows = append(rows, lines(bridge.ConversationID(fmt.Sprintf("c%03d-", c)), 1, 50)...)
	}
	put(t, s, rows...)
	taken := 0
	for range 20 {
		for _, d := range take(t, s, bridge.LanePost, epoch(), 1) {
			taken += 1 + len(d.Batch)
		}
	}
	if taken != len(rows) {
		t.Errorf("20 posts brought %d of %d rows", taken, len(rows))
	}
}
