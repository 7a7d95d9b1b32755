package storage_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"threadline/bridge"
	"threadline/storage"
)

func TestDuties(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		until := epoch().Add(2 * time.Hour)
		duty, err := s.SetDuty(ctx, "U1", bridge.Busy, until, bridge.Actor{ID: "U1"})
		must(t, err)
		if duty.State != bridge.Busy || !duty.Until.Equal(until) || duty.ChangedAt.IsZero() {
			t.Errorf("duty is %+v", duty)
		}
		if entries, err := s.Audit(ctx, time.Time{}, 10); err != nil || len(entries) != 0 {
			t.Errorf("one's own word is on record: %v, %v", entries, err)
		}
		_, err = s.SetDuty(ctx, "U1", bridge.Away, time.Time{}, morgan())
		must(t, err)
		entries, err := s.Audit(ctx, time.Time{}, 10)
		if err != nil || len(entries) != 1 || entries[0].Action != bridge.AuditDuty || entries[0].Subject != "U1" || entries[0].After != "away" {
			t.Errorf("a manager's word for somebody is on record as %+v, %v", entries, err)
		}

		begin(t, s, "c1")
		begin(t, s, "c2")
		settle(t, s, bridge.Query{Conversation: "c1"}, func(st bridge.State) bridge.Changes {
			c := st.Conversation
			c.Status, c.Holder = bridge.Assigned, "U1"
			return bridge.Changes{Conversation: &c}
		})
		offered := epoch().Add(time.Minute)
		settle(t, s, bridge.Query{Conversation: "c2", Crew: []bridge.AgentID{"U2", "U1"}}, func(st bridge.State) bridge.Changes {
			if st.Crew["U1"].Load != 1 || st.Crew["U1"].Duty.State != bridge.Away || st.Crew["U2"].Load != 0 || st.Crew["U2"].Duty.Agent != "U2" {
				t.Errorf("decide sees the crew %+v", st.Crew)
			}
			c := st.Conversation
			c.Status, c.Handoff = bridge.Queued, "h2"
			c.SnoozedUntil, c.UnansweredSince, c.Tags = offered, offered, []string{"vip"}
			c.Joins = []bridge.Hold{{Agent: "U3", From: "1.0"}}
			c.Alone = 17
			c.Trail, c.Device = []string{"https://a.example/", "https://a.example/b"}, "Phone · Safari · iOS"
			return bridge.Changes{
				Conversation: &c,
				Handoff: &bridge.Handoff{
					ID: "h2", Conversation: "c2", Status: bridge.HandoffOpen, Team: "sales", OfferedTo: "U2", OfferedAt: offered,
					Offers: 3, Passed: []bridge.AgentID{"U1"}, Steps: 2, ResponseDue: offered, RespondedAt: offered, BreachedAt: offered,
				},
				Duties: []bridge.Duty{{Agent: "U2", Missed: 2, LastOffered: offered}},
			}
		})
		crew, err := s.Crew(ctx, []bridge.AgentID{"U1", "U2", "U3"})
		must(t, err)
		if crew["U1"].Load != 1 || crew["U2"].Load != 1 || crew["U3"].Load != 0 {
			t.Errorf("loads are %+v", crew)
		}
		if d := crew["U2"].Duty; d.Missed != 2 || !d.LastOffered.Equal(offered) || d.At(offered) != bridge.Available {
			t.Errorf("duty of U2 is %+v", d)
		}
		h, err := s.Handoff(ctx, "h2")
		if err != nil || h.Team != "sales" || h.OfferedTo != "U2" || h.Offers != 3 || h.Steps != 2 || len(h.Passed) != 1 ||
			!h.ResponseDue.Equal(offered) || !h.RespondedAt.Equal(offered) || !h.BreachedAt.Equal(offered) || !h.OfferedAt.Equal(offered) {
			t.Errorf("handoff is %+v, %v", h, err)
		}
		c, err := s.Conversation(ctx, "c2")
		if err != nil || !c.SnoozedUntil.Equal(offered) || !c.UnansweredSince.Equal(offered) || len(c.Tags) != 1 || len(c.Joins) != 1 ||
			len(c.Trail) != 2 || c.Trail[1] != "https://a.example/b" || c.Device != "Phone · Safari · iOS" || c.Alone != 17 {
			t.Errorf("conversation is %+v, %v", c, err)
		}
		_, err = s.SetDuty(ctx, "U2", bridge.Available, time.Time{}, bridge.Actor{ID: "U2"})
		must(t, err)
		if crew, err := s.Crew(ctx, []bridge.AgentID{"U2"}); err != nil || crew["U2"].Duty.Missed != 0 || !crew["U2"].Duty.LastOffered.Equal(offered) {
			t.Errorf("after coming back the duty is %+v, %v", crew, err)
		}
	})
}

// silent is a feed that tells nobody.
type silent struct{}

func (silent) Changed(bridge.ConversationID) {}
func (silent) Draft(bridge.Draft)            {}
func (silent) Sign(bridge.Sign)              {}

// wall is the system's clock.
type wall struct{}

func (wall) Now() time.Time                         { return time.Now() }
func (wall) After(d time.Duration) <-chan time.Time { return time.After(d) }

func bridgeOn(s *storage.Store) *bridge.Bridge {
	return bridge.New(bridge.Config{
		Store: s, Feed: silent{}, Clock: wall{}, Logger: slog.New(slog.DiscardHandler), NewID: uuid.NewString,
	})
}

// TestStorm: ten agents, fifty conversations and a seeded storm of claims,
// offers, passes, transfers, releases, status changes and edits of capacity on
// three replicas. Five agents never claim for themselves: what they have was
// given to them, so it never passes their capacity.
func TestStorm(t *testing.T) {
	for name, address := range engines() {
		t.Run(name, func(t *testing.T) {
			url := address(t)
			stores := []*storage.Store{open(t, url)}
			if name == "postgres" {
				stores = append(stores, open(t, url), open(t, url))
			}
			w := storm{t: t, stores: stores}
			w.setUp()
			w.blow()
			w.check()
		})
	}
}

type storm struct {
	t       *testing.T
	stores  []*storage.Store
	bridges []*bridge.Bridge
	agents  []bridge.AgentID
	chats   []bridge.ConversationID
}

const (
	stormCapacity = 3 // edited between this and one less
	stormGivenTo  = 5 // the first agents never claim
)

func (w *storm) setUp() {
	for _, s := range w.stores {
		w.bridges = append(w.bridges, bridgeOn(s))
	}
	for i := range 10 {
		w.agents = append(w.agents, bridge.AgentID(fmt.Sprint("U", i)))
	}
	_, err := w.stores[0].ChangeSetup(w.t.Context(), morgan(), func(s bridge.Setup) (bridge.Setup, error) {
		for _, id := range w.agents {
			s.Teams[0].Members = append(s.Teams[0].Members, bridge.Member{ID: id, Capacity: stormCapacity})
		}
		s.Teams = append(s.Teams, bridge.Team{ID: "sales", Members: s.Teams[0].Members[:4]})
		return s, nil
	})
	must(w.t, err)
	for i := range 50 {
		id := bridge.ConversationID(fmt.Sprint("c", i))
		w.chats = append(w.chats, id)
		_, err := w.bridges[0].Handle(w.t.Context(), bridge.VisitorAskedForPerson{
			Conversation: id, Visitor: bridge.VisitorID("v" + id), SiteID: "default", Press: "1",
		})
		must(w.t, err)
	}
}

// blow lets eight hands per replica act, and watches loads meanwhile.
func (w *storm) blow() {
	ctx, stop := context.WithCancel(w.t.Context())
	var watch sync.WaitGroup
	watch.Go(func() {
		for ctx.Err() == nil {
			w.loads(ctx)
		}
	})
	all(8*len(w.stores), func(i int) {
		r := rand.New(rand.NewPCG(7, uint64(i))) //nolint:gosec // the storm must be the same each time
		for n := range 30 {
			w.act(r, fmt.Sprintf("%d-%d", i, n), i%len(w.stores))
		}
	})
	stop()
	watch.Wait()
}

// loads fails the test if anybody was given more than they can take. It is one
// statement, so what moves from an offer to a holding is counted once.
func (w *storm) loads(ctx context.Context) {
	var most int
	err := w.stores[0].Read(ctx, &most, `SELECT COALESCE(max(n), 0) FROM (SELECT count(*) AS n FROM (
		SELECT holder AS agent FROM conversations WHERE holder IN ('U0','U1','U2','U3','U4')
		UNION ALL SELECT offered_to FROM handoffs WHERE status = 'open' AND offered_to IN ('U0','U1','U2','U3','U4')) g GROUP BY agent) l`)
	if err != nil && !errors.Is(err, context.Canceled) {
		w.t.Error(err)
	}
	if most > stormCapacity {
		w.t.Errorf("somebody has %d of %d", most, stormCapacity)
	}
}

func (w *storm) act(r *rand.Rand, key string, replica int) {
	ctx, b, s := w.t.Context(), w.bridges[replica], w.stores[replica]
	chat := w.chats[r.IntN(len(w.chats))]
	c, err := s.Conversation(ctx, chat)
	if err != nil {
		w.t.Error(err)
		return
	}
	agent := bridge.Agent{ID: w.agents[r.IntN(len(w.agents))]}
	press := bridge.Press{Key: "storm:" + key, Conversation: chat, Handoff: c.Handoff, Agent: agent}
	var e bridge.Event
	switch r.IntN(9) {
	case 0, 1, 2:
		h, err := s.Handoff(ctx, c.Handoff)
		if err != nil {
			return
		}
		e = bridge.OfferDue{Conversation: chat, Handoff: h.ID, Arm: h.Arm, Offer: h.Offers, Members: w.agents}
	case 3:
		press.Agent.ID = w.agents[stormGivenTo+r.IntN(len(w.agents)-stormGivenTo)]
		e = bridge.AgentClaimed{Press: press}
	case 4, 5:
		press.Agent.ID = c.Holder
		e = bridge.AgentTransferred{Press: press, Manager: r.IntN(2) == 0, To: agent}
	case 6:
		press.Agent.ID = c.Holder
		e = bridge.AgentReleased{Press: press}
	case 7:
		_, err := s.SetDuty(ctx, agent.ID, bridge.Availabilities()[r.IntN(2)], time.Time{}, morgan())
		if err != nil {
			w.t.Error(err)
		}
		return
	default:
		w.edit(ctx, s, r)
		return
	}
	if _, err := b.Handle(ctx, e); err != nil {
		w.t.Errorf("%T: %v", e, err)
	}
}

// edit gives somebody another capacity.
func (w *storm) edit(ctx context.Context, s *storage.Store, r *rand.Rand) {
	i, capacity := r.IntN(len(w.agents)), stormCapacity-r.IntN(2)
	_, err := s.ChangeSetup(ctx, morgan(), func(s bridge.Setup) (bridge.Setup, error) {
		s.Teams[0].Members[i].Capacity = capacity
		return s, nil
	})
	if err != nil {
		w.t.Error(err)
	}
}

// check: nobody has more than they can take, every chat has a way forward.
func (w *storm) check() {
	t, s := w.t, w.stores[0]
	crew, err := s.Crew(t.Context(), w.agents)
	must(t, err)
	for _, id := range w.agents[:stormGivenTo] {
		if load := crew[id].Load; load > stormCapacity {
			t.Errorf("%s ends with %d of %d", id, load, stormCapacity)
		}
	}
	statuses := map[bridge.Status]int{}
	for _, id := range w.chats {
		c, err := s.Conversation(t.Context(), id)
		must(t, err)
		statuses[c.Status]++
		h, err := s.Handoff(t.Context(), c.Handoff)
		must(t, err)
		switch c.Status {
		case bridge.Assigned:
			if c.Holder == "" || h.ClaimedBy != c.Holder || h.Status != bridge.HandoffClaimed || h.OfferedTo != "" {
				t.Errorf("%s is held by %q, its handoff is %+v", id, c.Holder, h)
			}
		case bridge.Queued:
			if c.Holder != "" || h.ClaimedBy != "" || h.Status != bridge.HandoffOpen {
				t.Errorf("%s waits, held by %q, its handoff is %+v", id, c.Holder, h)
			}
			for _, timer := range []string{"return:", "offer:"} {
				var n int
				must(t, s.Read(t.Context(), &n, `SELECT count(*) FROM deliveries WHERE lane = 'timer' AND dedupe_key = '`+timer+string(h.ID)+`' AND done_at IS NULL`))
				if n != 1 {
					t.Errorf("%s waits with %d timers %s", id, n, timer)
				}
			}
		default:
			t.Errorf("%s is %s", id, c.Status)
		}
	}
	if statuses[bridge.Assigned] == 0 || statuses[bridge.Queued] == 0 {
		t.Errorf("the storm ends with %v: it did not blow", statuses)
	}
}
