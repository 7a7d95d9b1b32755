package routing

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestChoose(t *testing.T) {
	noon := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	team := func(change ...func([]Candidate)) []Candidate {
		cs := []Candidate{
			{ID: "dana", Available: true, Load: 2, Capacity: 4, Skills: []string{"heating"}, LastOffered: noon.Add(-time.Hour)},
			{ID: "lee", Available: true, Load: 1, Capacity: 2, Skills: []string{"plumbing", "Heating"}, LastOffered: noon.Add(-2 * time.Hour)},
			{ID: "kim", Available: true, Load: 1, LastOffered: noon},
		}
		for _, c := range change {
			c(cs)
		}
		return cs
	}
	away := func(i int) func([]Candidate) { return func(cs []Candidate) { cs[i].Available = false } }
	full := func(i int) func([]Candidate) { return func(cs []Candidate) { cs[i].Capacity, cs[i].Load = 2, 2 } }
	for _, c := range []struct {
		name string
		r    Request
		team []Candidate
		want string
	}{
		{"the longest without an offer", Request{Method: RoundRobin}, team(), "lee"},
		{"who was never offered anything comes first", Request{Method: RoundRobin}, team(func(cs []Candidate) { cs[2].LastOffered = time.Time{} }), "kim"},
		{"first in the team's order", Request{Method: FirstAvailable}, team(), "dana"},
		{"the first who is there", Request{Method: FirstAvailable}, team(away(0), full(1)), "kim"},
		{"most of the skills", Request{Method: SkillBased, Skills: []string{"heating", "plumbing"}}, team(), "lee"},
		{"a skill named twice counts once", Request{Method: SkillBased, Skills: []string{"heating", "HEATING", "gas"}}, team(func(cs []Candidate) { cs[1].Skills = []string{"gas", "heating"} }), "lee"},
		{"equal skills, least to do", Request{Method: SkillBased, Skills: []string{"gas"}}, team(), "kim"},
		{"nobody has the skill, but nobody waits for that", Request{Method: SkillBased, Skills: []string{"chess"}}, team(away(2)), "lee"},
		{"least to do for their capacity", Request{Method: LoadBalanced}, team(), "kim"},
		{"half of four is as much as half of two, then the longest without", Request{Method: LoadBalanced}, team(away(2)), "lee"},
		{"the owner first", Request{Method: FirstAvailable, Owner: "kim"}, team(), "kim"},
		{"an owner who is away is not waited for", Request{Method: FirstAvailable, Owner: "dana"}, team(away(0)), "lee"},
		{"nor is a full one", Request{Method: FirstAvailable, Owner: "dana"}, team(full(0)), "lee"},
		{"nor one who passed", Request{Method: FirstAvailable, Owner: "dana", Passed: []string{"dana"}}, team(), "lee"},
		{"nor one of another team", Request{Method: FirstAvailable, Owner: "zoe"}, team(), "dana"},
		{"everybody passed", Request{Method: RoundRobin, Passed: []string{"dana", "lee", "kim"}}, team(), ""},
		{"nobody there", Request{Method: RoundRobin}, team(away(0), away(1), away(2)), ""},
		{"a team without members", Request{Method: RoundRobin}, nil, ""},
		{"a method unknown to this version goes round", Request{Method: "later"}, team(), "lee"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := Choose(c.r, c.team); got != c.want || ok != (c.want != "") {
				t.Errorf("got %q (%v), want %q", got, ok, c.want)
			}
		})
	}
}

func teams() *rapid.Generator[[]Candidate] {
	return rapid.Custom(func(rt *rapid.T) []Candidate {
		cs := make([]Candidate, rapid.IntRange(1, 6).Draw(rt, "members"))
		for i := range cs {
			cs[i] = Candidate{
				ID: fmt.Sprint("agent", i), Available: rapid.IntRange(0, 3).Draw(rt, "there") > 0,
				Capacity: rapid.IntRange(0, 4).Draw(rt, "capacity"), Load: rapid.IntRange(0, 5).Draw(rt, "load"),
				Skills: rapid.SliceOfN(rapid.SampledFrom([]string{"gas", "heat", "water"}), 0, 3).Draw(rt, "skills"),
			}
		}
		return cs
	})
}

// Whatever the method and however a day goes, an offer reaches only somebody
// who is there, has room and has not passed; and there is one whenever somebody
// can be.
func TestNeverPastCapacityNorToTheAbsent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cs := teams().Draw(rt, "team")
		now := time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			now = now.Add(time.Minute)
			i := rapid.IntRange(0, len(cs)-1).Draw(rt, "who")
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				cs[i].Available = !cs[i].Available
			case 1:
				cs[i].Load = max(cs[i].Load-1, 0)
			case 2:
				cs[i].Capacity = rapid.IntRange(0, 4).Draw(rt, "edited")
			}
			r := Request{
				Method: rapid.SampledFrom(Methods()).Draw(rt, "method"),
				Skills: rapid.SliceOfN(rapid.SampledFrom([]string{"gas", "heat"}), 0, 2).Draw(rt, "wanted"),
				Owner:  rapid.SampledFrom([]string{"", "agent0", "agent3", "gone"}).Draw(rt, "owner"),
				Passed: rapid.SliceOfN(rapid.SampledFrom([]string{"agent0", "agent1"}), 0, 2).Draw(rt, "passed"),
			}
			able := func(c Candidate) bool {
				return c.Available && (c.Capacity == 0 || c.Load < c.Capacity) && !slices.Contains(r.Passed, c.ID)
			}
			id, ok := Choose(r, cs)
			if ok != slices.ContainsFunc(cs, able) {
				rt.Fatalf("chosen is %v of %+v by %+v", ok, cs, r)
			}
			if !ok {
				continue
			}
			n := slices.IndexFunc(cs, func(c Candidate) bool { return c.ID == id })
			if !able(cs[n]) {
				rt.Fatalf("%+v was chosen by %+v", cs[n], r)
			}
			if o := slices.IndexFunc(cs, func(c Candidate) bool { return c.ID == r.Owner }); o >= 0 && able(cs[o]) && id != r.Owner {
				rt.Fatalf("%s was chosen before the owner %s", id, r.Owner)
			}
			cs[n].Load++
			cs[n].LastOffered = now
		}
	})
}

// Over a day in which people come and go, between two offers to one agent
// everybody who was there all the while got one too.
func TestRoundRobinIsFairOverADay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 6).Draw(rt, "members")
		cs := make([]Candidate, n)
		for i := range cs {
			cs[i] = Candidate{ID: fmt.Sprint("agent", i), Available: true}
		}
		alwaysThere := rapid.Bool().Draw(rt, "alwaysThere")
		now := time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)
		counts := make([]int, n)
		since := make([]map[int]bool, n) // offers since i's last one
		there := make([]map[int]bool, n) // who has been there all the while since
		for range rapid.IntRange(n, 200).Draw(rt, "chats") {
			now = now.Add(5 * time.Minute)
			if !alwaysThere && rapid.IntRange(0, 4).Draw(rt, "shift") == 0 {
				i := rapid.IntRange(0, n-1).Draw(rt, "who")
				cs[i].Available = !cs[i].Available
				for _, t := range there {
					delete(t, i)
				}
			}
			id, ok := Choose(Request{Method: RoundRobin}, cs)
			if !ok {
				continue
			}
			i := slices.IndexFunc(cs, func(c Candidate) bool { return c.ID == id })
			for other := range there[i] {
				if other != i && !since[i][other] {
					rt.Fatalf("%s was offered twice while agent%d was there and got nothing", id, other)
				}
			}
			for _, s := range since {
				if s != nil {
					s[i] = true
				}
			}
			since[i], there[i] = map[int]bool{}, map[int]bool{}
			for k := range cs {
				if cs[k].Available {
					there[i][k] = true
				}
			}
			cs[i].LastOffered = now
			counts[i]++
		}
		if alwaysThere && slices.Max(counts)-slices.Min(counts) > 1 {
			rt.Fatalf("with everybody there the day came out as %v", counts)
		}
	})
}

// Load-balanced never lets somebody fall behind who has as much room.
func TestLoadBalancedKeepsLoadsLevel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 6).Draw(rt, "members")
		cs := make([]Candidate, n)
		for i := range cs {
			cs[i] = Candidate{ID: fmt.Sprint("agent", i), Available: true}
		}
		for range rapid.IntRange(1, 60).Draw(rt, "chats") {
			id, _ := Choose(Request{Method: LoadBalanced}, cs)
			cs[slices.IndexFunc(cs, func(c Candidate) bool { return c.ID == id })].Load++
			loads := make([]int, n)
			for i, c := range cs {
				loads[i] = c.Load
			}
			if slices.Max(loads)-slices.Min(loads) > 1 {
				rt.Fatalf("loads are %v", loads)
			}
		}
	})
}

func TestParseMethod(t *testing.T) {
	for text, want := range map[string]Method{
		"round_robin": RoundRobin, "round-robin": RoundRobin, " First Available": FirstAvailable,
		"skill-based": SkillBased, "LOAD_BALANCED": LoadBalanced,
	} {
		if got, ok := ParseMethod(text); !ok || got != want {
			t.Errorf("%q is %q (%v)", text, got, ok)
		}
	}
	if got, ok := ParseMethod("random"); ok {
		t.Errorf("random is read as %q", got)
	}
}
