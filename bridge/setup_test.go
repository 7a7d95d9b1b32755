package bridge

import (
	"errors"
	"testing"
	"time"

	"threadline/bridge/routing"
)

func TestTheDefaultSetupIsFit(t *testing.T) {
	s := DefaultSetup()
	s.Sites = []Site{DefaultSite()}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

func TestScheduleOfTeamAndSite(t *testing.T) {
	s := Setup{
		Teams: []Team{
			{ID: "support"},
			{ID: "night", Hours: Hours{Zone: "America/Chicago", Week: map[string]string{"mon-fri": "18:00-02:00"}}},
		},
		Sites: []Site{
			{ID: "shop", Hours: Hours{Zone: "America/Chicago", Week: map[string]string{"mon-fri": "09:00-17:00"}}, Holidays: []string{"11-26"}},
			{ID: "other"},
		},
	}
	s, err := s.Compile()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		site SiteID
		team TeamID
		at   string
		want bool
	}{
		{"shop", "support", "2026-11-25T16:00:00Z", true},
		{"shop", "support", "2026-11-26T16:00:00Z", false}, // a holiday
		{"shop", "support", "2026-11-26T02:00:00Z", false},
		{"shop", "night", "2026-11-26T02:00:00Z", true},  // Wednesday evening
		{"shop", "night", "2026-11-27T02:00:00Z", false}, // the holiday's evening
		{"other", "support", "2026-11-26T02:00:00Z", true},
		{"other", "night", "2026-11-26T16:00:00Z", false},
		{"other", "night", "2026-11-27T02:00:00Z", true}, // no holiday there
		{"nowhere", "nobody", "2026-11-26T02:00:00Z", true},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Schedule(c.site, c.team).Open(at); got != c.want {
			t.Errorf("%s of %s at %s: open %v, want %v", c.team, c.site, c.at, got, c.want)
		}
	}
	s.Teams[1].Hours.Zone = "Nowhere"
	if _, err := s.Compile(); err == nil {
		t.Error("a zone that does not exist was compiled")
	}
}

// A holiday is a date where the hours are, on whichever side of a change of
// clocks: London changes on 29 March 2026, Chicago had on the 8th.
func TestAHolidayInAnotherZone(t *testing.T) {
	week := map[string]string{"mon-fri": "09:00-17:00"}
	s, err := Setup{
		Teams: []Team{{ID: "support"}, {ID: "chicago", Hours: Hours{Zone: "America/Chicago", Week: week}}},
		Sites: []Site{{ID: "shop", Hours: Hours{Zone: "Europe/London", Week: week}, Holidays: []string{"2026-03-30"}}},
	}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	friday := time.Date(2026, 3, 27, 23, 0, 0, 0, time.UTC) // both are closed
	for team, want := range map[TeamID]time.Time{
		"support": time.Date(2026, 3, 31, 8, 0, 0, 0, time.UTC),  // 09:00 BST; before the change it were 09:00 UTC
		"chicago": time.Date(2026, 3, 31, 14, 0, 0, 0, time.UTC), // 09:00 CDT
	} {
		if opening, ok := s.Schedule("shop", team).NextOpening(friday); !ok || !opening.Equal(want) {
			t.Errorf("%s opens at %v (%v), want %v", team, opening, ok, want)
		}
	}
	evening := time.Date(2026, 3, 31, 0, 30, 0, 0, time.UTC) // over in London, not in Chicago
	if s.Schedule("shop", "chicago").Open(evening) {
		t.Error("the holiday ends in Chicago with London's")
	}
}

// Overlapping openings are one, and their time counts once.
func TestOverlappingHours(t *testing.T) {
	site := Site{ID: "shop", Hours: Hours{Zone: "UTC", Week: map[string]string{"daily": "08:00-12:00, 11:00-15:00"}}}
	setup := DefaultSetup()
	setup.Sites = []Site{site}
	s, err := setup.Compile()
	if err = errors.Join(err, setup.Check()); err != nil {
		t.Fatal(err)
	}
	opens := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	w := s.Schedule("shop", "support")
	if closes, ok := w.NextClosing(opens); !ok || closes.Sub(opens) != 7*time.Hour {
		t.Errorf("it closes at %v (%v)", closes, ok)
	}
	if after, ok := w.After(opens, 6*time.Hour); !ok || after.Sub(opens) != 6*time.Hour {
		t.Errorf("six open hours end at %v (%v)", after, ok)
	}
}

func TestTeamOfASetup(t *testing.T) {
	s := Setup{Teams: []Team{
		{ID: "sales", Capacity: 2, Members: []Member{{ID: "U1"}, {ID: "U2", Capacity: 5}}},
		{ID: "support", Name: "Help"},
	}}
	if got := s.Team("gone"); got.Name != "Help" {
		t.Errorf("a team that is gone is %+v", got)
	}
	if got := (Setup{}).Team("x"); got.ID != DefaultTeam || got.Method != routing.RoundRobin {
		t.Errorf("without teams it is %+v", got)
	}
	sales := s.Team("sales")
	if a, b, c := sales.MemberCapacity("U1"), sales.MemberCapacity("U2"), sales.MemberCapacity("U3"); a != 2 || b != 5 || c != 2 {
		t.Errorf("capacities are %d, %d, %d", a, b, c)
	}
	if !sales.Has("U1") || sales.Has("U3") {
		t.Error("members are mistaken")
	}
}

// An order of a list that matters is a change of its own.
func TestChangesToSeesOrder(t *testing.T) {
	a := Setup{Rules: []Rule{{Name: "a"}, {Name: "b"}}}
	b := Setup{Rules: []Rule{{Name: "b"}, {Name: "a"}}}
	changes := a.ChangesTo(b)
	if len(changes) != 1 || changes[0] != (Change{"rules", "a, b", "b, a"}) {
		t.Errorf("changes are %v", changes)
	}
}

func TestShortDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		8 * time.Hour: "8h", 90 * time.Minute: "1h30m", time.Minute: "1m", 90 * time.Second: "1m30s", time.Second: "1s",
		1500 * time.Millisecond: "1.5s", 0: "0s", 10 * time.Second: "10s", time.Hour + time.Second: "1h0m1s",
	} {
		if got := ShortDuration(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
		if back, err := time.ParseDuration(ShortDuration(d)); err != nil || back != d {
			t.Errorf("%q is read as %v, %v", ShortDuration(d), back, err)
		}
	}
}
