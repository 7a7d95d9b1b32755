package bridge

import (
	"fmt"
	"slices"
	"testing"
)

func TestRouteFor(t *testing.T) {
	site := Site{
		Channels: []string{"#support", "managers"},
		Pages:    []PageRule{{Path: "/pricing*", Channel: "sales"}, {Path: "/jobs", Channel: "#people"}},
	}
	for page, want := range map[string]Route{
		"":                                   "support",
		"https://example.com/":               "support",
		"https://example.com/pricing":        "sales",
		"https://example.com/pricing/2?x=/a": "sales",
		"https://example.com/jobs":           "people",
		"https://example.com/jobs/12":        "support",
		"://no address":                      "support",
	} {
		if got := site.RouteFor("c1", page); got != want {
			t.Errorf("%s goes to %s, want %s", page, got, want)
		}
	}
	if got := (Site{}).RouteFor("c1", "https://example.com/"); got != "" {
		t.Errorf("a site without channels uses %q", got)
	}
	if got := site.Routes(); !slices.Equal(got, []Route{"support", "managers", "sales", "people"}) {
		t.Errorf("all of them: %q", got)
	}
	site.Spread = true
	used := map[Route]int{}
	for i := range 100 {
		id := ConversationID(fmt.Sprint("c", i))
		r := site.RouteFor(id, "")
		if r != site.RouteFor(id, "https://example.com/") {
			t.Errorf("%s has two channels", id)
		}
		used[r]++
	}
	if used["support"] < 20 || used["managers"] < 20 || len(used) != 2 {
		t.Errorf("spread as %v", used)
	}
}

func TestCardsKeepQuietUntilAPersonIsWanted(t *testing.T) {
	m := newModel()
	m.site.Mirror = MirrorCard
	rows := func() int {
		n := 0
		for _, d := range m.deliveries {
			if d.Kind == KindLine {
				n++
			}
		}
		return n
	}
	m.settle(m.writes("Do you service heat pumps?"))
	m.settle(m.answers(MoveAnswer))
	if rows() != 0 || !m.conv.Quiet {
		t.Errorf("%d lines are mirrored, quiet %v", rows(), m.conv.Quiet)
	}
	_, c := m.settle(m.writes("I want to talk to a human"))
	if rows() != len(m.messages) || m.conv.Quiet {
		t.Errorf("%d of %d lines are mirrored, quiet %v", rows(), len(m.messages), m.conv.Quiet)
	}
	if c.Replay == nil || c.Replay.To != 3 {
		t.Errorf("replay %+v", c.Replay)
	}
	// After a resolve the next stretch begins quietly, and only it is caught up.
	m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
	m.settle(AgentResolved{Press: m.press(dana(), m.conv.Handoff), Outcome: Solved})
	told := rows()
	m.settle(m.writes("one more thing"))
	if rows() != told || !m.conv.Quiet {
		t.Errorf("after the resolve %d lines, then %d", told, rows())
	}
	m.settle(AgentClaimed{m.press(dana(), "")})
	if rows() != len(m.messages) {
		t.Errorf("%d of %d lines are mirrored", rows(), len(m.messages))
	}
}
