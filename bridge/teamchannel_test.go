package bridge

import (
	"slices"
	"testing"
	"time"

	"threadline/bridge/trigger"
)

// TestAChatWaitsWhereItsTeamLooks: a transfer, a release and a new handoff each
// put it there, and nothing moves that is there already.
func TestAChatWaitsWhereItsTeamLooks(t *testing.T) {
	sales := func(m *model) {
		if r, _ := m.settle(AgentTransferred{Press: m.press(dana(), m.conv.Handoff), Team: "sales", Note: "wants a quote"}); r.Verdict != Done {
			t.Fatalf("the transfer came to %q", r.Verdict)
		}
	}
	for name, c := range map[string]struct {
		own      string
		channels map[Route]string
		site     []string
		begins   Route
		do       func(*model)
		want     Route
	}{
		"transferred to a team with a channel":   {own: "#sales", do: sales, want: "sales"},
		"transferred to a team without one":      {do: sales},
		"a channel that is the chat's by its id": {own: "C1", channels: map[Route]string{"": "C1", "C1": "C1"}, do: sales},
		"a channel that takes no posts":          {own: "sales", channels: map[Route]string{"": "C1", "sales": ""}, do: sales},
		"from a page's channel":                  {own: "sales", begins: "shop", do: sales, want: "sales"},
		"back to the support team": {own: "sales", do: func(m *model) {
			sales(m)
			m.settle(AgentClaimed{m.press(lee(), m.conv.Handoff)})
			m.settle(AgentTransferred{Press: m.press(lee(), m.conv.Handoff), Team: "support"})
		}},
		"a new handoff for the support team": {own: "sales", site: []string{"front"}, begins: "front", do: func(m *model) {
			sales(m)
			m.settle(AgentClaimed{m.press(lee(), m.conv.Handoff)})
			m.settle(AgentResolved{Press: m.press(lee(), m.conv.Handoff), Outcome: Solved})
			if m.conv.Route != "sales" {
				t.Errorf("a resolved chat went to %q", m.conv.Route)
			}
			m.settle(VisitorAskedForPerson{Conversation: convID, Visitor: "v1", SiteID: "default", Press: "again"})
		}, want: "front"},
		"in a channel that is both a team's and the site's": {own: "sales", site: []string{"front", "sales"}, begins: "sales", do: func(m *model) {
			m.settle(AgentTransferred{Press: m.press(dana(), m.conv.Handoff), Team: "support"})
		}, want: "sales"},
		"released into the queue": {do: func(m *model) {
			m.setup.Teams[0].Channel = "front"
			m.settle(AgentReleased{m.press(dana(), m.conv.Handoff)})
		}, want: "front"},
		"resolved": {own: "sales", do: func(m *model) {
			m.settle(AgentResolved{Press: m.press(dana(), m.conv.Handoff), Outcome: Solved})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			m := in(t, Assigned)
			m.setup.Teams[1].Channel, m.channels, m.site.Channels = c.own, c.channels, c.site
			m.conv.Route, m.conv.Thread = c.begins, Place{Channel: "C1", Stamp: "1700000000.000001"}
			c.do(m)
			if m.conv.Route != c.want {
				t.Errorf("it waits in %q, want %q", m.conv.Route, c.want)
			}
			if h := m.openHandoff(); m.conv.Status == Queued && (h == nil || !m.has(KindAlert)) {
				t.Errorf("nobody is alerted: %+v", h)
			}
		})
	}
}

// TestAMoveTakesEverythingAlong: every line once and in order, and posts that
// are left say where it went.
func TestAMoveTakesEverythingAlong(t *testing.T) {
	m := in(t, Assigned)
	m.setup.Teams[1].Channel = "sales"
	old := Place{Channel: "C1", Stamp: "1700000000.000001"}
	alert := Place{Channel: "C1", Stamp: "1700000000.000002"}
	m.conv.Thread = old
	h := *m.openHandoff()
	h.Alert = alert
	m.handoffs[h.ID] = h
	rev := m.conv.Rev
	_, c := m.settle(AgentTransferred{Press: m.press(dana(), m.conv.Handoff), Team: "sales"})
	if m.conv.Left != old || m.conv.Route != "sales" {
		t.Fatalf("it left %v for %q", m.conv.Left, m.conv.Route)
	}
	if c.Replay == nil || !c.Replay.Anew || c.Replay.After != 0 {
		t.Errorf("the transcript is %+v", c.Replay)
	}
	mirrored := map[MessageID]int{}
	var left []Place
	for _, d := range m.deliveries {
		switch d.Kind {
		case KindLine:
			mirrored[MessageID(d.Subject)]++
		case KindLeft:
			if b := bodyOf[LeftBody](d); !b.Closed {
				left = append(left, b.Place)
			}
		}
	}
	for _, msg := range m.messages {
		if mirrored[msg.ID] != 1 {
			t.Errorf("%q is mirrored %d times", msg.Text, mirrored[msg.ID])
		}
	}
	if !slices.Contains(left, old) || !slices.Contains(left, alert) || len(left) != 2 {
		t.Errorf("these link on: %v", left)
	}
	// The visitor's page learns of it what it learns of any transfer.
	if len(c.Messages) != 1 || m.conv.Rev != rev+2 {
		t.Errorf("the visitor got %d messages, the rev rose by %d", len(c.Messages), m.conv.Rev-rev)
	}
}

// TestARootThatTurnsUpIsOneThatWasLeft: the chat had moved on before Slack's
// answer. It links on, once, and the next root is still to come.
func TestARootThatTurnsUpIsOneThatWasLeft(t *testing.T) {
	first, second, third := Place{Channel: "C1", Stamp: "1700000000.000001"}, Place{Channel: "C2", Stamp: "1700000000.000300"}, Place{Channel: "C3", Stamp: "1700000000.000200"}
	for name, c := range map[string]struct {
		left, thread, turnsUp Place
		want                  Place // left from now on
	}{
		"before the next one":           {turnsUp: first, thread: first, want: first},
		"after the next one":            {turnsUp: first, thread: second, want: first},
		"on a second way, before":       {turnsUp: third, thread: third, left: first, want: third},
		"on a second way, after":        {turnsUp: third, thread: second, left: first, want: first},
		"before the next, newest known": {turnsUp: first, thread: third, left: third, want: third},
	} {
		t.Run(name, func(t *testing.T) {
			m := in(t, Queued)
			m.conv.Left, m.conv.Thread = c.left, c.thread
			links := func() (out []Place) {
				r, changes := m.settle(RootTurnedUp{Conversation: convID, Root: c.turnsUp})
				for _, d := range changes.Deliveries {
					if d.Kind == KindLeft {
						out = append(out, bodyOf[LeftBody](d).Place)
					}
				}
				if r.Verdict != Done {
					t.Errorf("it came to %q", r.Verdict)
				}
				return out
			}
			if got := links(); !slices.Equal(got, []Place{c.turnsUp}) || m.conv.Left != c.want {
				t.Errorf("these link on: %v; it left %v", got, m.conv.Left)
			}
			if got := links(); len(got) != 0 {
				t.Errorf("told again these link on: %v", got)
			}
		})
	}
}

// TestANightEmergencyWaitsInItsTeamsChannel also where it is the first line.
func TestANightEmergencyWaitsInItsTeamsChannel(t *testing.T) {
	m := chicago(t)
	m.setup.Teams[1].Channel = "oncall"
	m.settle(m.writes("There is a gas leak in my basement"))
	if h := m.openHandoff(); h == nil || h.Trigger != trigger.Urgency || h.Team != "sales" || m.conv.Route != "oncall" {
		t.Fatalf("it waits in %q: %+v", m.conv.Route, h)
	}
	roots, mirrored := 0, map[MessageID]int{}
	for _, d := range m.deliveries {
		switch d.Kind {
		case KindRoot:
			roots++
		case KindLine:
			mirrored[MessageID(d.Subject)]++
		}
	}
	for _, msg := range m.messages {
		if mirrored[msg.ID] != 1 {
			t.Errorf("%q is mirrored %d times", msg.Text, mirrored[msg.ID])
		}
	}
	if roots != 1 || m.has(KindLeft) || !m.conv.Left.IsZero() {
		t.Errorf("%d roots, left %v", roots, m.conv.Left)
	}
}

// TestAnAlertThatIsBackIsNotLost: a chat that came back into the channel that it
// had left has its alert under the newer root.
func TestAnAlertThatIsBackIsNotLost(t *testing.T) {
	at := func(stamp string) Place { return Place{Channel: "C1", Stamp: stamp} }
	for name, c := range map[string]struct {
		thread, alert Place
		lost          bool
	}{
		"under the newer root":           {at("1700000000.000003"), at("1700000000.000004"), false},
		"still under the former":         {at("1700000000.000003"), at("1700000000.000002"), true},
		"the newer root is not there":    {at("1700000000.000001"), at("1700000000.000002"), true},
		"in another channel than left":   {Place{"C2", "1700000000.000003"}, Place{"C2", "1700000000.000004"}, false},
		"left behind in another channel": {Place{"C2", "1700000000.000003"}, at("1700000000.000002"), true},
	} {
		t.Run(name, func(t *testing.T) {
			m := in(t, Queued)
			m.conv.Left, m.conv.Thread = at("1700000000.000001"), c.thread
			h := *m.openHandoff()
			h.Alert = c.alert
			m.handoffs[h.ID] = h
			m.now = m.now.Add(time.Minute)
			r, _ := m.settle(AlertNotPosted{Conversation: convID, Handoff: h.ID})
			if told := r.Verdict == Done; told != c.lost {
				t.Errorf("the visitor is told: %v", told)
			}
		})
	}
}

// TestALineLeftBehindIsShownWhereTheChatIs: what an agent wrote in a thread that
// the chat has left meanwhile stands in the live one, whichever way it becomes
// public.
func TestALineLeftBehindIsShownWhereTheChatIs(t *testing.T) {
	first, second := Place{Channel: "C1", Stamp: "1700000000.000001"}, Place{Channel: "C2", Stamp: "1700000000.000300"}
	for name, c := range map[string]struct {
		left, thread Place
		want         bool
	}{
		"never moved":                      {thread: first},
		"the new root is not posted yet":   {left: first, thread: first, want: true},
		"in another channel":               {left: first, thread: second, want: true},
		"back under a newer root":          {left: second, thread: Place{Channel: "C1", Stamp: "1700000000.900000"}, want: true},
		"moved here before it was written": {left: second, thread: first},
	} {
		t.Run(name, func(t *testing.T) {
			m := in(t, Assigned)
			held := m.line(lee(), "it costs 90")
			held.Key = "C1:" + held.Stamp
			m.settle(held)
			m.conv.Left, m.conv.Thread = c.left, c.thread
			mirrored := func(e Event) int {
				n := 0
				_, changes := m.settle(e)
				for _, d := range changes.Deliveries {
					if d.Kind == KindLine {
						n++
					}
				}
				return n
			}
			own := m.line(dana(), "one moment")
			own.Key = "C1:" + own.Stamp
			for what, e := range map[string]Event{
				"the holder's line":   own,
				"a line that is sent": AgentSentLine{Press: m.press(lee(), m.conv.Handoff), Line: held.Key},
			} {
				if n := mirrored(e); (n == 1) != c.want || n > 1 {
					t.Errorf("%s is mirrored %d times, want it: %v", what, n, c.want)
				}
			}
		})
	}
}
