package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

func TestInbox(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		receive := func(key, order, stamp string, after time.Duration) bridge.Envelope {
			e := bridge.Envelope{Key: key, Order: order, Stamp: stamp, Kind: "message", Payload: []byte{0, 0xff, '{'}, ReceivedAt: epoch().Add(after)}
			if fresh, err := s.Receive(ctx, e); err != nil || !fresh {
				t.Fatalf("receive %s: %v, %v", key, fresh, err)
			}
			return e
		}
		receive("late", "thread1", "200", 0)
		first := receive("early", "thread1", "100", 2*time.Second)
		receive("lone", "", "", time.Second)
		receive("other", "thread2", "050", 3*time.Second)

		var fresh atomic.Int64
		all(10, func(int) {
			again := first
			again.Payload = []byte("another")
			ok, err := s.Receive(ctx, again)
			if err != nil {
				t.Errorf("receive again: %v", err)
			}
			if ok {
				fresh.Add(1)
			}
		})
		if fresh.Load() != 0 {
			t.Errorf("%d repeats were taken for new", fresh.Load())
		}

		keys := func(limit int) []string {
			es, err := s.Unhandled(ctx, limit)
			must(t, err)
			var keys []string
			for _, e := range es {
				keys = append(keys, e.Key)
			}
			return keys
		}
		if got, want := keys(10), []string{"early", "late", "lone", "other"}; !slices.Equal(got, want) {
			t.Errorf("unhandled are %v, want %v", got, want)
		}
		if got, want := keys(1), []string{"early"}; !slices.Equal(got, want) {
			t.Errorf("the first unhandled is %v, want %v", got, want)
		}
		es, err := s.Unhandled(ctx, 1)
		first.ReceivedAt = first.ReceivedAt.UTC()
		if err != nil || !reflect.DeepEqual(es[0], first) {
			t.Errorf("envelope came back as %+v, %v; want %+v", es, err, first)
		}

		must(t, s.Handled(ctx, "early", epoch()))
		must(t, s.Handled(ctx, "early", epoch()))
		if err := s.Handled(ctx, "nothing", epoch()); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("handling what never came gave %v, want ErrNotFound", err)
		}
		if got, want := keys(10), []string{"late", "lone", "other"}; !slices.Equal(got, want) {
			t.Errorf("unhandled are %v, want %v", got, want)
		}
		if ok, err := s.Receive(ctx, first); ok || err != nil {
			t.Errorf("a handled envelope came again as %v, %v; want known", ok, err)
		}
	})
}

func TestTheSameEnvelopeAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		var fresh atomic.Int64
		all(20, func(int) {
			ok, err := s.Receive(t.Context(), bridge.Envelope{Key: "k", Kind: "x", ReceivedAt: epoch()})
			if err != nil {
				t.Errorf("receive: %v", err)
			}
			if ok {
				fresh.Add(1)
			}
		})
		if fresh.Load() != 1 {
			t.Errorf("one envelope was new %d times", fresh.Load())
		}
	})
}

func TestMissingThings(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		for name, look := range map[string]func() error{
			"conversation": func() error { _, err := s.Conversation(ctx, "x"); return err },
			"thread": func() error {
				_, err := s.ConversationByThread(ctx, bridge.Place{Channel: "C", Stamp: "1"})
				return err
			},
			"handoff": func() error { _, err := s.Handoff(ctx, "x"); return err },
			"visitor": func() error { _, err := s.Visitor(ctx, "x"); return err },
			"agent":   func() error { _, err := s.Agent(ctx, "x"); return err },
			"message": func() error { _, err := s.Message(ctx, "x"); return err },
			"line":    func() error { _, err := s.Line(ctx, "x"); return err },
			"site":    func() error { _, err := s.Site(ctx, "x"); return err },
		} {
			if err := look(); !errors.Is(err, bridge.ErrNotFound) {
				t.Errorf("a missing %s gave %v, want ErrNotFound", name, err)
			}
		}
		if ms, err := s.Messages(ctx, "x", 0, 10); err != nil || len(ms) != 0 {
			t.Errorf("messages of nothing are %v, %v", ms, err)
		}
	})
}

func TestCases(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		make := func(id bridge.ConversationID, status bridge.Status, p bridge.Priority, since time.Duration) {
			settle(t, s, bridge.Query{Conversation: id}, func(bridge.State) bridge.Changes {
				c := bridge.Conversation{ID: id, Status: status, VisitorID: bridge.VisitorID("v-" + id), Rev: 7}
				h := bridge.Handoff{ID: bridge.HandoffID("h-" + id), Conversation: id, Priority: p, WaitingSince: epoch().Add(since), Status: bridge.HandoffOpen}
				if status == bridge.Assigned {
					c.Holder, h.ClaimedBy, h.ClaimedAt, h.Status = "U1", "U1", epoch().Add(since), bridge.HandoffClaimed
				}
				c.Handoff = h.ID
				return bridge.Changes{Conversation: &c, Handoff: &h, Visitor: &bridge.Visitor{ID: c.VisitorID}, Agent: &bridge.Agent{ID: "U1", Name: "Ann"}}
			})
		}
		make("new", bridge.Queued, bridge.Normal, 2*time.Second)
		make("old", bridge.Queued, bridge.Normal, time.Second)
		make("urgent", bridge.Queued, bridge.Urgent, 3*time.Second)
		make("held2", bridge.Assigned, bridge.Urgent, 5*time.Second)
		make("held1", bridge.Assigned, bridge.Low, 4*time.Second)
		begin(t, s, "plain")

		names := func(cases []bridge.Case, err error) string {
			must(t, err)
			out := ""
			for _, c := range cases {
				if string(c.Handoff.ID) != "h-"+string(c.Conversation.ID) || string(c.Visitor.ID) != "v-"+string(c.Conversation.ID) || c.Agent.ID != c.Conversation.Holder {
					t.Errorf("case %+v does not belong together", c)
				}
				out += string(c.Conversation.ID) + " "
			}
			return out
		}
		if got, want := names(s.Waiting(ctx, 10)), "urgent old new "; got != want {
			t.Errorf("waiting are %q, want %q", got, want)
		}
		if got, want := names(s.Waiting(ctx, 1)), "urgent "; got != want {
			t.Errorf("first waiting is %q, want %q", got, want)
		}
		if got, want := names(s.Held(ctx, 10)), "held1 held2 "; got != want {
			t.Errorf("held are %q, want %q", got, want)
		}
		counts, err := s.Counts(ctx)
		if want := map[bridge.Status]int{bridge.Queued: 3, bridge.Assigned: 2, bridge.Automatic: 1}; err != nil || !reflect.DeepEqual(counts, want) {
			t.Errorf("counts are %v, %v; want %v", counts, err, want)
		}
		revs, err := s.Revs(ctx, []bridge.ConversationID{"old", "plain", "nothing"})
		if want := map[bridge.ConversationID]int64{"old": 7, "plain": 1}; err != nil || !reflect.DeepEqual(revs, want) {
			t.Errorf("revs are %v, %v; want %v", revs, err, want)
		}
		if revs, err := s.Revs(ctx, nil); err != nil || len(revs) != 0 {
			t.Errorf("revs of nothing are %v, %v", revs, err)
		}
	})
}

func TestKnownLines(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "c")
		settle(t, s, bridge.Query{Key: "msg:C:1", Conversation: "c"}, func(bridge.State) bridge.Changes {
			return bridge.Changes{Lines: []bridge.Line{{Key: "C:1", Conversation: "c"}}}
		})
		settle(t, s, bridge.Query{Key: "msg:C:2", Conversation: "c"}, func(bridge.State) bridge.Changes { return bridge.Changes{} })
		keys := []string{"C:1", "C:2", "C:3"}
		for i := range 1000 { // more than one query's worth
			keys = append(keys, fmt.Sprint("D:", i))
		}
		known, err := s.KnownLines(t.Context(), keys)
		if want := map[string]bool{"C:1": true, "C:2": true}; err != nil || !reflect.DeepEqual(known, want) {
			t.Errorf("known are %v, %v; want %v", known, err, want)
		}
	})
}

func TestSites(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		want := bridge.DefaultSite()
		if got, err := s.Site(ctx, "default"); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("an empty database has the site %+v, %v; want the default", got, err)
		}
		want.ID, want.Origins, want.Threshold = "shop", []string{"https://a.example"}, 0.25
		must(t, s.SaveSite(ctx, want))
		want.Name = "renamed"
		must(t, s.SaveSite(ctx, want))
		sites, err := s.Sites(ctx)
		if err != nil || len(sites) != 2 || !reflect.DeepEqual(sites[1], want) {
			t.Errorf("sites are %+v, %v", sites, err)
		}
	})
}

func TestSecretsAreMadeOnce(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		var made atomic.Int64
		got := make([][]byte, 20)
		all(20, func(i int) {
			v, err := s.Secret(t.Context(), "key", func() ([]byte, error) {
				made.Add(1)
				return []byte{0, 0xff, byte(i)}, nil
			})
			if err != nil {
				t.Errorf("secret: %v", err)
			}
			got[i] = v
		})
		for _, v := range got {
			if !bytes.Equal(v, got[0]) || len(v) != 3 {
				t.Errorf("racers got %v and %v", got[0], v)
			}
		}
		if made.Load() != 1 {
			t.Errorf("made %d times", made.Load())
		}
		no := errors.New("no entropy")
		if _, err := s.Secret(t.Context(), "other", func() ([]byte, error) { return nil, no }); !errors.Is(err, no) {
			t.Errorf("a failing make gave %v", err)
		}
	})
}

func TestLeasesRunOnTheDatabasesClock(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		leased := func(owner string, ttl time.Duration) bool {
			t.Helper()
			ok, err := s.Lease(ctx, "sender", owner, ttl)
			must(t, err)
			return ok
		}
		var winners atomic.Int64
		all(10, func(i int) {
			ok, err := s.Lease(ctx, "race", fmt.Sprint("owner", i), time.Minute)
			if err != nil {
				t.Errorf("lease: %v", err)
			}
			if ok {
				winners.Add(1)
			}
		})
		if winners.Load() != 1 {
			t.Errorf("%d owners got one lease", winners.Load())
		}

		if !leased("a", time.Hour) || leased("b", time.Hour) || !leased("a", 200*time.Millisecond) {
			t.Error("a lease must be refused to others and renewed for its owner")
		}
		began := time.Now()
		for !leased("b", time.Hour) {
			if time.Since(began) > 20*time.Second {
				t.Fatal("the lease never ran out")
			}
		}
		if early := time.Since(began); early < 150*time.Millisecond {
			t.Errorf("the lease ran out after %v, want 200ms", early)
		}
		must(t, s.Unlease(ctx, "sender", "a"))
		if leased("c", time.Hour) {
			t.Error("somebody else's unlease freed the lease")
		}
		must(t, s.Unlease(ctx, "sender", "b"))
		if !leased("c", time.Hour) {
			t.Error("an unleased lease is not free")
		}
	})
}

func TestLibrary(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		edition := func() int64 {
			n, err := s.Edition(ctx)
			must(t, err)
			return n
		}
		replace := func(source string, want bool, sections ...bridge.Section) {
			t.Helper()
			before := edition()
			changed, err := s.ReplaceSource(ctx, source, sections)
			if err != nil || changed != want || (edition() != before) != want {
				t.Errorf("replacing %s changed %v, %v (edition %d, then %d); want %v", source, changed, err, before, edition(), want)
			}
		}
		one := bridge.Section{ID: "b", Source: "x.md", Title: "T", URL: "u", Text: "nul\x00", Questions: "a?\nb?"}
		two := bridge.Section{ID: "a", Source: "x.md", Title: "T2", Text: "text"}
		replace("x.md", true, one, two)
		replace("x.md", false, one, two)
		replace("x.md", true, two, one)
		replace("y.md", true, bridge.Section{ID: "a", Text: "same id, other source"})
		replace("z.md", false)
		got, err := s.Sections(ctx)
		one.Text = "nul\uFFFD"
		if want := []bridge.Section{two, one, {ID: "a", Source: "y.md", Text: "same id, other source"}}; err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("sections are %+v, %v; want %+v", got, err, want)
		}
		replace("x.md", true)
		if got, err := s.Sections(ctx); err != nil || len(got) != 1 {
			t.Errorf("after removing a source: %+v, %v", got, err)
		}
		all(8, func(i int) {
			if _, err := s.ReplaceSource(ctx, "race", []bridge.Section{{ID: "1", Text: fmt.Sprint(i)}, {ID: "2", Text: fmt.Sprint(i)}}); err != nil {
				t.Errorf("replace: %v", err)
			}
		})
		got, err = s.Sections(ctx)
		if err != nil || len(got) != 3 || got[0].Text != got[1].Text {
			t.Errorf("after a race: %+v, %v; want one racer's sections whole", got, err)
		}
	})
}

func TestMarks(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		want := func(name, want string) {
			t.Helper()
			if got, err := s.Mark(ctx, name); err != nil || got != want {
				t.Errorf("mark %s is %q, %v; want %q", name, got, err, want)
			}
		}
		want("seen:C1", "")
		must(t, s.SetMark(ctx, "seen:C1", "1700000000.000100"))
		must(t, s.SetMark(ctx, "seen:C2", "other"))
		must(t, s.SetMark(ctx, "seen:C1", "1700000000.000200"))
		want("seen:C1", "1700000000.000200")
		want("seen:C2", "other")
		must(t, s.SetMark(ctx, "seen:C2", ""))
		want("seen:C2", "")
	})
}

func TestLinesOfAConversation(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "a")
		begin(t, s, "b")
		line := func(c bridge.ConversationID, stamp string) {
			settle(t, s, bridge.Query{Conversation: c}, func(bridge.State) bridge.Changes {
				return bridge.Changes{Lines: []bridge.Line{{
					Key: "C:" + stamp, Conversation: c, Agent: "U1", Stamp: stamp, Text: "text " + stamp, Standing: "internal", CreatedAt: epoch(),
				}}}
			})
		}
		line("a", "1700000000.000300")
		line("b", "1700000000.000200")
		line("a", "1700000000.000100")
		got, err := s.Lines(t.Context(), "a")
		if err != nil || len(got) != 2 || got[0].Stamp != "1700000000.000100" || got[1].Stamp != "1700000000.000300" {
			t.Fatalf("lines are %+v, %v; want the two of a by stamp", got, err)
		}
		one, err := s.Line(t.Context(), "C:1700000000.000100")
		if err != nil || !reflect.DeepEqual(got[0], one) {
			t.Errorf("a line comes as %+v among others, as %+v alone, %v", got[0], one, err)
		}
		if got, err := s.Lines(t.Context(), "nothing"); err != nil || len(got) != 0 {
			t.Errorf("lines of nothing are %+v, %v", got, err)
		}
	})
}

func TestTouched(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		make := func(id bridge.ConversationID, after time.Duration, thread bool) {
			settle(t, s, bridge.Query{Conversation: id}, func(bridge.State) bridge.Changes {
				c := bridge.Conversation{ID: id, Status: bridge.Queued, UpdatedAt: epoch().Add(after)}
				root := bridge.Delivery{ID: bridge.DeliveryID("root-" + id), Lane: bridge.LanePost, Kind: bridge.KindRoot, Conversation: id, Subject: string(id), Due: epoch()}
				return bridge.Changes{Conversation: &c, Deliveries: []bridge.Delivery{root}}
			})
			if thread {
				_, err := s.Confirm(ctx, bridge.DeliveryID("root-"+id), bridge.Place{Channel: "C", Stamp: string(id)}, epoch())
				must(t, err)
			}
		}
		make("before", -time.Microsecond, true)
		make("then", 0, true)
		make("later", time.Second, true)
		make("latest", 2*time.Second, true)
		make("threadless", time.Second, false)
		names := func(limit int) string {
			cs, err := s.Touched(ctx, epoch(), limit)
			must(t, err)
			out := ""
			for _, c := range cs {
				if c.Thread != (bridge.Place{Channel: "C", Stamp: string(c.ID)}) {
					t.Errorf("%s has the thread %v", c.ID, c.Thread)
				}
				out += string(c.ID) + " "
			}
			return out
		}
		if got, want := names(10), "latest later then "; got != want {
			t.Errorf("touched are %q, want %q", got, want)
		}
		if got, want := names(1), "latest "; got != want {
			t.Errorf("the newest is %q, want %q", got, want)
		}
	})
}
