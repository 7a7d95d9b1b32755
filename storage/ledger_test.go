package storage_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

// TestMain runs everything far from UTC, so that a lost zone shows.
func TestMain(m *testing.M) {
	time.Local = time.FixedZone("Kolkata", 5*3600+1800)
	os.Exit(m.Run())
}

func TestRepeatedEvent(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "c1")
		var mu sync.Mutex
		fresh := 0
		all(20, func(i int) {
			// Half of them name another conversation, so that not even its
			// lock keeps them apart.
			q := bridge.Query{Key: "the-event", Conversation: bridge.ConversationID(fmt.Sprintf("c%d", 1+i%2))}
			r, err := s.Settle(context.Background(), q, func(st bridge.State) (bridge.Changes, error) {
				st.Conversation.ID = "c1"
				return bridge.Changes{
					Deliveries: []bridge.Delivery{post("", "c1")},
					Receipt:    bridge.Receipt{Verdict: bridge.Done, Message: bridge.MessageID(fmt.Sprint("m", i)), Agent: bridge.Agent{ID: "U1", Name: "Ann"}},
				}, nil
			})
			if err != nil {
				t.Errorf("settle: %v", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if !r.Repeat {
				fresh++
			}
		})
		if fresh != 1 {
			t.Errorf("%d of 20 reports took effect, want 1", fresh)
		}
		if b, err := s.Backlog(t.Context(), epoch()); err != nil || b.Pending != 1 {
			t.Errorf("%d deliveries, %v; want 1", b.Pending, err)
		}
		first := settle(t, s, bridge.Query{Key: "the-event", Conversation: "c1"}, func(bridge.State) bridge.Changes {
			t.Error("decide ran for a known event")
			return bridge.Changes{}
		})
		again := settle(t, s, bridge.Query{Key: "the-event", Conversation: "c1"}, nil)
		if first != again || !first.Repeat || first.Verdict != bridge.Done || first.Agent.Name != "Ann" {
			t.Errorf("receipts differ: %+v, %+v", first, again)
		}
	})
}

func TestEventsWithoutKeyAreNotRemembered(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		for range 2 {
			if r := settle(t, s, bridge.Query{Conversation: "c"}, func(bridge.State) bridge.Changes {
				return bridge.Changes{Receipt: bridge.Receipt{Verdict: bridge.Done}}
			}); r.Repeat {
				t.Error("an event without a key was called a repeat")
			}
		}
	})
}

func TestSequenceUnderFire(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		const n = 40
		all(n, func(i int) { // the conversation does not exist yet
			_, err := s.Settle(context.Background(), bridge.Query{Key: fmt.Sprint("e", i), Conversation: "c1"}, func(st bridge.State) (bridge.Changes, error) {
				return say(st, fmt.Sprint("m", i), fmt.Sprint("text ", i)), nil
			})
			if err != nil {
				t.Errorf("settle: %v", err)
			}
		})
		ms, err := s.Messages(t.Context(), "c1", 0, 1000)
		if err != nil || len(ms) != n {
			t.Fatalf("%d messages, %v; want %d", len(ms), err, n)
		}
		for i, m := range ms {
			if m.Seq != int64(i+1) || m.Rev != m.Seq || m.FirstRev != m.Seq {
				t.Errorf("message %d has seq %d, rev %d, first %d", i, m.Seq, m.Rev, m.FirstRev)
			}
			if i > 0 && m.Order.Sub(ms[i-1].Order) != time.Microsecond {
				t.Errorf("orders %v and %v are not a microsecond apart", ms[i-1].Order, m.Order)
			}
		}
		// An old message that changes moves to the end of the changes.
		edited := ms[4]
		settle(t, s, bridge.Query{Conversation: "c1"}, func(st bridge.State) bridge.Changes {
			c := st.Conversation
			if len(st.Recent) != bridge.RecentMessages || st.Recent[0].Seq != 1 || st.Recent[39].Seq != n {
				t.Errorf("recent messages are %d, from seq %d", len(st.Recent), st.Recent[0].Seq)
			}
			c.Rev++
			edited.Rev, edited.Text, edited.EditedAt, edited.Deleted = c.Rev, "", epoch(), true
			return bridge.Changes{Conversation: &c, Messages: []bridge.Message{edited}}
		})
		changed, err := s.Changed(t.Context(), "c1", n-1, 10)
		if err != nil || len(changed) != 2 || changed[0].Seq != n || changed[1].Seq != 5 || !changed[1].Deleted || changed[1].EditedAt != epoch().UTC() || changed[1].FirstRev != 5 {
			t.Errorf("changed since %d: %+v, %v", n-1, changed, err)
		}
		some, err := s.Messages(t.Context(), "c1", 10, 3)
		if err != nil || len(some) != 3 || some[0].Seq != 11 {
			t.Errorf("three messages after 10: %+v, %v", some, err)
		}
	})
}

// whole is a set of rows in which every field is filled.
func whole(t *testing.T) (bridge.Conversation, bridge.Handoff, bridge.Visitor, bridge.Agent, bridge.Message, bridge.Line) {
	t.Helper()
	n := 0
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		n++
		switch {
		case v.Type() == reflect.TypeFor[time.Time]():
			v.Set(reflect.ValueOf(epoch().Add(time.Duration(n) * time.Microsecond).UTC()))
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		case v.Kind() == reflect.String:
			v.SetString(fmt.Sprint("s", n))
		case v.Kind() == reflect.Bool:
			v.SetBool(true)
		case v.CanInt():
			v.SetInt(int64(n))
		case v.Kind() == reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			fill(v.Index(0))
			fill(v.Index(1))
		case v.Kind() == reflect.Map:
			v.Set(reflect.ValueOf(map[string]string{"k": "v"}))
		default:
			t.Fatalf("no way to fill a %s", v.Type())
		}
	}
	var c bridge.Conversation
	var h bridge.Handoff
	var v bridge.Visitor
	var a bridge.Agent
	var m bridge.Message
	var l bridge.Line
	for _, p := range []any{&c, &h, &v, &a, &m, &l} {
		fill(reflect.ValueOf(p).Elem())
	}
	c.Status, h.Status = bridge.Queued, bridge.HandoffOpen
	c.Thread, h.Alert = bridge.Place{}, bridge.Place{}
	h.Conversation, m.Conversation, l.Conversation = c.ID, c.ID, c.ID
	c.VisitorID, c.Handoff, c.Holder = v.ID, h.ID, a.ID
	l.Message, m.LineKey = m.ID, l.Key
	return c, h, v, a, m, l
}

func TestEveryFieldComesBack(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		c, h, v, a, m, l := whole(t)
		ctx := t.Context()
		settle(t, s, bridge.Query{Key: "k", Conversation: c.ID}, func(st bridge.State) bridge.Changes {
			if want := (bridge.State{Conversation: bridge.Conversation{ID: c.ID}, Agents: map[bridge.AgentID]bridge.Agent{}}); !reflect.DeepEqual(st, want) {
				t.Errorf("state of what has not begun is %+v", st)
			}
			root := bridge.Delivery{ID: "dr", Lane: bridge.LanePost, Kind: bridge.KindRoot, Conversation: c.ID, Subject: string(c.ID), Due: epoch()}
			alert := bridge.Delivery{ID: "da", Lane: bridge.LanePost, Kind: bridge.KindAlert, Conversation: c.ID, Subject: string(h.ID), Due: epoch()}
			again := alert
			again.ID = "db"
			return bridge.Changes{
				Conversation: &c, Handoff: &h, Visitor: &v, Agent: &a, Messages: []bridge.Message{m}, Lines: []bridge.Line{l},
				Deliveries: []bridge.Delivery{root, alert, again},
			}
		})
		for i, id := range []bridge.DeliveryID{"dr", "da", "db"} {
			place := bridge.Place{Channel: "C", Stamp: fmt.Sprint("170000000", i, ".000100")}
			if ours, err := s.Confirm(ctx, id, place, epoch().Add(time.Duration(i)*time.Second)); !ours || err != nil {
				t.Fatalf("confirm %s: %v %v", id, ours, err)
			}
		}
		c.Thread = bridge.Place{Channel: "C", Stamp: "1700000000.000100"}
		h.Alert = bridge.Place{Channel: "C", Stamp: "1700000002.000100"}

		equal := func(what string, got, want any, err error) {
			t.Helper()
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s came back as\n%#v, %v; want\n%#v", what, got, err, want)
			}
		}
		gotC, err := s.Conversation(ctx, c.ID)
		equal("conversation", gotC, c, err)
		gotH, err := s.Handoff(ctx, h.ID)
		equal("handoff", gotH, h, err)
		gotV, err := s.Visitor(ctx, v.ID)
		equal("visitor", gotV, v, err)
		gotA, err := s.Agent(ctx, a.ID)
		equal("agent", gotA, a, err)
		gotM, err := s.Message(ctx, m.ID)
		equal("message", gotM, m, err)
		gotL, err := s.Line(ctx, l.Key)
		equal("line", gotL, l, err)
		cases, err := s.Waiting(ctx, 5)
		equal("case", cases, []bridge.Case{{Conversation: c, Handoff: h, Visitor: v, Agent: a}}, err)

		settle(t, s, bridge.Query{Conversation: c.ID, Line: l.Key, Handoff: h.ID}, func(st bridge.State) bridge.Changes {
			equal("state", st, bridge.State{
				Conversation: c, Handoff: &h, Named: &h, Visitor: v, Agents: map[bridge.AgentID]bridge.Agent{a.ID: a},
				Recent: []bridge.Message{m}, Line: &l, Message: &m,
			}, nil)
			return bridge.Changes{}
		})
		settle(t, s, bridge.Query{Conversation: c.ID, Client: m.ClientID}, func(st bridge.State) bridge.Changes {
			equal("message by client id", st.Message, &m, nil)
			if st.Named != nil || st.Line != nil {
				t.Errorf("named %v, line %v; neither was asked for", st.Named, st.Line)
			}
			return bridge.Changes{}
		})
		settle(t, s, bridge.Query{Conversation: "new", Visitor: v.ID}, func(st bridge.State) bridge.Changes {
			equal("visitor of what has not begun", st.Visitor, v, nil)
			return bridge.Changes{}
		})
	})
}

func TestRowsAreReplaced(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		c, h, v, a, m, l := whole(t)
		write := func() {
			settle(t, s, bridge.Query{Conversation: c.ID}, func(bridge.State) bridge.Changes {
				return bridge.Changes{Conversation: &c, Handoff: &h, Visitor: &v, Agent: &a, Messages: []bridge.Message{m}, Lines: []bridge.Line{l}}
			})
		}
		write()
		// Emptied fields must be emptied, zero times included.
		c = bridge.Conversation{ID: c.ID, Status: bridge.Assigned}
		h = bridge.Handoff{ID: h.ID, Conversation: c.ID, Status: bridge.HandoffClaimed}
		v, a = bridge.Visitor{ID: v.ID}, bridge.Agent{ID: a.ID}
		m = bridge.Message{ID: m.ID, Conversation: c.ID, Seq: m.Seq}
		l = bridge.Line{Key: l.Key, Conversation: c.ID}
		write()
		ctx := t.Context()
		gotC, err1 := s.Conversation(ctx, c.ID)
		gotH, err2 := s.Handoff(ctx, h.ID)
		gotV, err3 := s.Visitor(ctx, v.ID)
		gotA, err4 := s.Agent(ctx, a.ID)
		gotM, err5 := s.Message(ctx, m.ID)
		gotL, err6 := s.Line(ctx, l.Key)
		must(t, errors.Join(err1, err2, err3, err4, err5, err6))
		if !reflect.DeepEqual([]any{gotC, gotH, gotV, gotA, gotM, gotL}, []any{c, h, v, a, m, l}) {
			t.Errorf("emptied rows came back as\n%+v\n%+v\n%+v\n%+v\n%+v\n%+v", gotC, gotH, gotV, gotA, gotM, gotL)
		}
	})
}

func TestARefusalChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		begin(t, s, "c1")
		no := errors.New("no")
		_, err := s.Settle(t.Context(), bridge.Query{Key: "k", Conversation: "c1"}, func(bridge.State) (bridge.Changes, error) {
			return bridge.Changes{Deliveries: []bridge.Delivery{post("d", "c1")}}, no
		})
		if err != no { //nolint:errorlint // the very error is promised, not one that wraps it
			t.Errorf("settle gave %v, want decide's own error", err)
		}
		wantTaken(t, take(t, s, bridge.LanePost, epoch(), 1), "")

		_, err = s.Settle(t.Context(), bridge.Query{Conversation: "c1"}, func(bridge.State) (bridge.Changes, error) {
			return bridge.Changes{Messages: []bridge.Message{{ID: "orphan", Conversation: "nowhere", Seq: 1}}}, nil
		})
		if err == nil || errors.Is(err, bridge.ErrUnavailable) {
			t.Errorf("a message of no conversation gave %v, want an error that retrying does not mend", err)
		}

		// Changes that break a rule of the schema take back everything.
		h1 := bridge.Handoff{ID: "h1", Conversation: "c1", Status: bridge.HandoffOpen}
		settle(t, s, bridge.Query{Conversation: "c1"}, func(bridge.State) bridge.Changes { return bridge.Changes{Handoff: &h1} })
		h2 := bridge.Handoff{ID: "h2", Conversation: "c1", Status: bridge.HandoffClaimed}
		_, err = s.Settle(t.Context(), bridge.Query{Key: "k", Conversation: "c1"}, func(st bridge.State) (bridge.Changes, error) {
			ch := say(st, "m2", "text")
			ch.Handoff = &h2
			return ch, nil
		})
		if err == nil || errors.Is(err, bridge.ErrUnavailable) {
			t.Errorf("a second open handoff gave %v, want an error that retrying does not mend", err)
		}
		if c, err := s.Conversation(t.Context(), "c1"); err != nil || c.Seq != 1 {
			t.Errorf("conversation has seq %d, %v; want 1", c.Seq, err)
		}
		if r := settle(t, s, bridge.Query{Key: "k", Conversation: "c1"}, func(bridge.State) bridge.Changes { return bridge.Changes{} }); r.Repeat {
			t.Error("the key of what was refused is taken")
		}
	})
}

func TestAPanicIsTheCallers(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		func() {
			defer func() {
				if p := recover(); p != "oops" {
					t.Errorf("recovered %v, want decide's panic", p)
				}
			}()
			_, _ = s.Settle(t.Context(), bridge.Query{Key: "k", Conversation: "c1"}, func(bridge.State) (bridge.Changes, error) { panic("oops") })
		}()
		begin(t, s, "c1")
	})
}

func TestManyConversationsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		const n = 100
		no := errors.New("no")
		all(n, func(i int) {
			id := bridge.ConversationID(fmt.Sprint("c", i))
			_, err := s.Settle(context.Background(), bridge.Query{Key: "e:" + string(id), Conversation: id}, func(st bridge.State) (bridge.Changes, error) {
				ch := say(st, "m-"+string(id), "hello")
				switch i % 10 {
				case 3:
					return ch, no
				case 7: // the schema refuses it half-way through
					ch.Messages = append(ch.Messages, bridge.Message{ID: "other-" + bridge.MessageID(id), Conversation: id, Seq: 1})
				}
				return ch, nil
			})
			if failed := i%10 == 3 || i%10 == 7; failed != (err != nil) || i%10 == 3 && !errors.Is(err, no) {
				t.Errorf("settle %d gave %v", i, err)
			}
		})
		counts, err := s.Counts(t.Context())
		if err != nil || counts[bridge.Automatic] != 80 || len(counts) != 1 {
			t.Errorf("counts are %v, %v; want 80 automatic", counts, err)
		}
	})
}

func TestAnEndedContextGivesUp(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Counts(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("a read under an ended context gave %v", err)
		}
		_, err := s.Settle(ended, bridge.Query{Key: "k", Conversation: "c1"}, func(st bridge.State) (bridge.Changes, error) {
			return say(st, "m", "x"), nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("settle under an ended context gave %v", err)
		}
		if _, err := s.Message(t.Context(), "m"); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("message after that: %v, want ErrNotFound", err)
		}

		// Callers that give up at any moment: either their event is settled as
		// a whole or not at all, and those beside them do not notice.
		const n = 40
		var settled [2 * n]bool
		all(2*n, func(i int) {
			ctx := context.Background()
			if i%2 == 0 {
				short, cancel := context.WithTimeout(ctx, time.Duration(i)*100*time.Microsecond)
				defer cancel()
				ctx = short
			}
			id := bridge.ConversationID(fmt.Sprint("storm", i))
			_, err := s.Settle(ctx, bridge.Query{Key: string(id), Conversation: id}, func(st bridge.State) (bridge.Changes, error) {
				return say(st, "m-"+string(id), "x"), nil
			})
			if err != nil && i%2 == 1 {
				t.Errorf("settle beside ended callers: %v", err)
			}
			settled[i] = err == nil
		})
		for i, ok := range settled {
			id := bridge.ConversationID(fmt.Sprint("storm", i))
			_, errC := s.Conversation(t.Context(), id)
			_, errM := s.Message(t.Context(), bridge.MessageID("m-"+id))
			if (errC == nil) != (errM == nil) || ok && errC != nil {
				t.Errorf("event %d settled %v: conversation %v, message %v", i, ok, errC, errM)
			}
		}
	})
}

func TestAnyTextSurvives(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		texts := map[string]string{
			"👩‍🚒🇺🇦 e\u0301":                  "👩‍🚒🇺🇦 e\u0301",
			"שלום \u202Eabc\u202C مرحبا":     "שלום \u202Eabc\u202C مرحبا",
			`a\u0000\\u0000`:                 `a\u0000\\u0000`,
			"\\\x00\\\\\x00":                 "\\\uFFFD\\\\\uFFFD",
			"nul\x00byte":                    "nul\uFFFDbyte",
			"broken \xff\xfe utf-8":          "broken \uFFFD utf-8",
			"'; DROP TABLE x; -- ? $1 :name": "'; DROP TABLE x; -- ? $1 :name",
			"line\r\n\ttab \u2028":           "line\r\n\ttab \u2028",
			strings.Repeat("ж", 100_000):     strings.Repeat("ж", 100_000),
		}
		i := 0
		for text, want := range texts {
			i++
			id := fmt.Sprint("m", i)
			settle(t, s, bridge.Query{Key: id, Conversation: "c"}, func(st bridge.State) bridge.Changes {
				ch := say(st, id, text)
				ch.Messages[0].Sources = []bridge.Source{{Title: text}}
				return ch
			})
			m, err := s.Message(t.Context(), bridge.MessageID(id))
			if err != nil || m.Text != want {
				t.Errorf("%.40q came back as %.40q, %v", text, m.Text, err)
			}
			if title := m.Sources[0].Title; title != want && strings.Trim(title, "broken utf-8\uFFFD") != "" {
				t.Errorf("in a document %.40q came back as %.40q", text, title)
			}
		}
	})
}
