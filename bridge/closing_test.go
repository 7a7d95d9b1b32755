package bridge

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// evening is Chicago's site five minutes before it closes on a Friday.
func evening(t *testing.T) *model {
	t.Helper()
	m := chicago(t)
	m.now = time.Date(2026, 3, 13, 21, 55, 0, 0, time.UTC)
	return m
}

func (m *model) lastSaid() string { return m.messages[len(m.messages)-1].Text }

// Whoever still waits when the team goes home is handed out at the next opening,
// and nobody is paged and no wait runs out over the weekend.
func TestAWaitOutlastsTheClosing(t *testing.T) {
	m := evening(t)
	m.settle(m.writes("I want to talk to a human"))
	opening := time.Date(2026, 3, 16, 13, 0, 0, 0, time.UTC)
	if d, ok := m.pending(KindOpening); !ok || !d.Due.Equal(opening) {
		t.Errorf("the digest is due at %v (%v), want %v", d.Due, ok, opening)
	}
	if d, _ := m.pending(KindReturn); !d.Due.Equal(opening.Add(8*time.Hour - 5*time.Minute)) {
		t.Errorf("the wait ends at %v", d.Due)
	}
	m.fire(t, KindStep, 0) // after two minutes
	m.fire(t, KindStep, 0) // after five
	if d, _ := m.pending(KindStep); !d.Due.Equal(opening.Add(5 * time.Minute)) {
		t.Errorf("managers are called at %v", d.Due)
	}

	urgent := evening(t)
	urgent.settle(urgent.writes("water is pouring through the ceiling"))
	if d, _ := urgent.pending(KindReturn); !d.Due.Equal(urgent.now.Add(2 * time.Hour)) {
		t.Errorf("an emergency's wait ends at %v", d.Due)
	}
}

// A visitor who writes on after the closing is not left to silence.
func TestTheAssistantStandsInAfterTheClosing(t *testing.T) {
	m := evening(t)
	m.settle(m.writes("I want to talk to a human"))
	m.settle(m.writes("Do you service boilers?"))
	if m.conv.AssistantHelps || m.has(KindAnswer) {
		t.Fatal("the assistant answers while people are there")
	}
	m.now = m.now.Add(time.Hour)
	m.settle(m.writes("And heat pumps?"))
	if !m.conv.AssistantHelps || !m.has(KindAnswer) || !strings.Contains(m.lastSaid(), "on Monday at 08:00 CDT") || !strings.Contains(m.conv.Expectation, "on Monday") {
		t.Errorf("after the closing: helps %v, last said %q, expects %q", m.conv.AssistantHelps, m.lastSaid(), m.conv.Expectation)
	}
	said := len(m.messages)
	m.settle(m.writes("Hello?"))
	if len(m.messages) != said+1 {
		t.Errorf("it is said twice: %q", m.lastSaid())
	}

	sensitive := evening(t)
	sensitive.settle(sensitive.writes("I want to talk to a human"))
	sensitive.settle(sensitive.writes("I want a refund"))
	sensitive.now = sensitive.now.Add(time.Hour)
	sensitive.settle(sensitive.writes("Do you service boilers?"))
	if sensitive.conv.AssistantHelps {
		t.Error("the assistant answers somebody who wants a refund")
	}
}

// A chat that is given back at night promises nobody, and is not left to
// silence until the morning.
func TestGivenBackAtNight(t *testing.T) {
	for name, c := range map[string]struct {
		words string
		leave func(*model) Event
		helps bool
	}{
		"released": {"I want to talk to a human", func(m *model) Event { return AgentReleased{m.press(dana(), m.conv.Handoff)} }, true},
		"sent to a team": {"I want to talk to a human", func(m *model) Event {
			return AgentTransferred{Press: m.press(dana(), m.conv.Handoff), Team: "support"}
		}, true},
		"a refund": {"I want a refund", func(m *model) Event { return AgentReleased{m.press(dana(), m.conv.Handoff)} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := chicago(t)
			m.settle(m.writes(c.words))
			m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
			m.settle(c.leave(m))
			if m.conv.Status != Queued || m.conv.AssistantHelps != c.helps {
				t.Fatalf("it is %q, the assistant helps: %v", m.conv.Status, m.conv.AssistantHelps)
			}
			if s := m.lastSaid(); !strings.Contains(s, "tomorrow at 08:00 CDT") || strings.Contains(s, "asked the team") || strings.Contains(s, "{") {
				t.Errorf("the visitor reads %q", s)
			}
			m.settle(m.writes("Do you service boilers?"))
			if m.has(KindAnswer) != c.helps {
				t.Errorf("the assistant is asked: %v", m.has(KindAnswer))
			}
		})
	}
}

// Where the assistant only suggests, nobody helps before the morning.
func TestNobodyHelpsWhereTheAssistantOnlySuggests(t *testing.T) {
	m := chicago(t)
	m.site.Mode = ModeSuggest
	m.settle(m.writes("Do you service boilers?"))
	if s := m.lastSaid(); strings.Contains(s, "keep helping") || !strings.Contains(s, "tomorrow at 08:00 CDT") {
		t.Errorf("the visitor reads %q", s)
	}
}

// A chat that waits again is told to the channel, once: its alert is far up
// there by then.
func TestAWaitThatBeginsAnewIsToldToTheChannel(t *testing.T) {
	loud := func(m *model) (out []NoteBody) {
		for _, n := range m.notes() {
			if n.Loud {
				out = append(out, n)
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		words    string
		leave    func(*model)
		says     string
		managers bool
		call     []AgentID
	}{
		"released": {"I want to talk to a human", func(m *model) { m.settle(AgentReleased{m.press(dana(), m.conv.Handoff)}) },
			"Dana Whitfield gave this chat back", false, nil},
		"an emergency": {"water is pouring through the ceiling", func(m *model) { m.settle(AgentReleased{m.press(dana(), m.conv.Handoff)}) },
			"Dana Whitfield gave this chat back", true, nil},
		"a silent holder": {"I want to talk to a human", func(m *model) { m.fire(t, KindSilent, 0); m.fire(t, KindSilent, 0) },
			"Dana Whitfield has not answered", false, []AgentID{"U1"}},
		"sent to a team without members": {"I want to talk to a human", func(m *model) {
			m.settle(AgentTransferred{Press: m.press(dana(), m.conv.Handoff), Team: "sales"})
		}, "Dana Whitfield sent this chat to Sales.", false, []AgentID{"S1"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := newModel()
			m.settle(m.writes(c.words))
			m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
			c.leave(m)
			got := loud(m)
			if m.conv.Status != Queued || len(got) != 1 {
				t.Fatalf("it is %q, the channel reads %+v", m.conv.Status, got)
			}
			if n := got[0]; !strings.HasPrefix(n.Text, c.says) || n.CallManagers != c.managers || !slices.Equal(n.Call, c.call) {
				t.Errorf("the channel reads %+v", n)
			}
		})
	}

	unasked := newModel()
	unasked.settle(unasked.writes("Do you service boilers?"))
	unasked.settle(AgentClaimed{unasked.press(dana(), "")})
	unasked.settle(AgentReleased{unasked.press(dana(), unasked.conv.Handoff)})
	if !unasked.has(KindAlert) || len(loud(unasked)) > 0 {
		t.Errorf("nobody was alerted yet: an alert %v, notes %+v", unasked.has(KindAlert), loud(unasked))
	}
}

// What waits goes by the hours as they pass, and by the settings as they change.
func TestAWaitIsRevised(t *testing.T) {
	revise := func(m *model) {
		t.Helper()
		if r, _ := m.settle(WaitRevised{Conversation: convID, Handoff: m.conv.Handoff}); r.Verdict != Done {
			t.Fatalf("it comes to %s", r.Verdict)
		}
	}
	due := func(m *model, kind string) time.Time { d, _ := m.pending(kind); return d.Due }
	monday := time.Date(2026, 3, 16, 13, 0, 0, 0, time.UTC)

	m := evening(t)
	m.settle(m.writes("I want to talk to a human"))
	m.now = due(m, KindHours) // the team goes home
	if !m.now.Equal(time.Date(2026, 3, 13, 22, 0, 0, 0, time.UTC)) {
		t.Fatalf("it is looked at again at %v", m.now)
	}
	rev := m.conv.Rev
	revise(m)
	if !strings.Contains(m.conv.Expectation, "on Monday at 08:00") || m.conv.Rev == rev || !m.conv.AssistantHelps || !strings.Contains(m.lastSaid(), "on Monday") {
		t.Errorf("after the closing it expects %q, helps %v, last said %q", m.conv.Expectation, m.conv.AssistantHelps, m.lastSaid())
	}
	said := len(m.messages)
	for _, want := range []string{"on Monday at 08:00", "tomorrow at 08:00", "today at 08:00", "Waiting for a person."} { // on Saturday, Sunday, Monday and at eight
		m.now = due(m, KindHours)
		revise(m)
		if !strings.Contains(m.conv.Expectation, want) || len(m.messages) != said {
			t.Errorf("at %v it expects %q, want %q; said %d lines", m.now, m.conv.Expectation, want, len(m.messages)-said)
		}
	}
	if !m.now.Equal(monday) || !due(m, KindOffer).Equal(monday) {
		t.Errorf("at %v it is offered at %v", m.now, due(m, KindOffer))
	}

	// The hours were wrong: the team is there after all.
	early := chicago(t)
	early.settle(early.writes("I want to talk to a human"))
	if due(early, KindOffer).Equal(early.now) {
		t.Fatal("it is offered at night")
	}
	early.setup.Sites[0].Hours, early.site.Hours = Hours{}, Hours{}
	early.setup, _ = early.setup.Compile()
	early.now = early.now.Add(time.Minute)
	revise(early)
	if !due(early, KindOffer).Equal(early.now) || early.has(KindHours) || strings.Contains(early.conv.Expectation, "08:00") {
		t.Errorf("offered at %v, the hours are watched: %v, it expects %q", due(early, KindOffer), early.has(KindHours), early.conv.Expectation)
	}
	if at := due(early, KindReturn); !at.Equal(early.now.Add(8*time.Hour - time.Minute)) {
		t.Errorf("the wait ends at %v", at)
	}

	// A team that had no members gets some.
	empty := newModel()
	members := empty.setup.Teams[0].Members
	empty.setup.Teams[0].Members = nil
	empty.settle(empty.writes("I want to talk to a human"))
	if empty.has(KindOffer) {
		t.Fatal("it is offered to nobody")
	}
	empty.setup.Teams[0].Members = members
	revise(empty)
	empty.fire(t, KindOffer, 0)
	if to := empty.openHandoff().OfferedTo; to != "U1" {
		t.Fatalf("it is offered to %q", to)
	}
	since := due(empty, KindOffer)
	revise(empty)
	if h := empty.openHandoff(); h.OfferedTo != "U1" || !due(empty, KindOffer).Equal(since) {
		t.Error("a change of the settings cuts an offer short")
	}

	urgent := newModel()
	urgent.settle(urgent.writes("I want to talk to a human"))
	urgent.now = urgent.now.Add(3 * time.Hour)
	urgent.settle(urgent.writes("water is pouring through the ceiling"))
	end := due(urgent, KindReturn)
	revise(urgent)
	if !due(urgent, KindReturn).Equal(end) {
		t.Errorf("a change of the settings ends an emergency's wait at %v, not %v", due(urgent, KindReturn), end)
	}
}

// Only what a wait goes by has every wait revised.
func TestWhatAWaitGoesBy(t *testing.T) {
	base := newModel().setup
	base.Sites = []Site{DefaultSite()}
	for name, c := range map[string]struct {
		change func(*Setup)
		counts bool
	}{
		"capacity":   {func(s *Setup) { s.Teams[0].Members[0].Capacity = 9; s.Teams[0].Capacity = 3 }, false},
		"a text":     {func(s *Setup) { s.Sites[0].Texts.Greeting = "Hello" }, false},
		"a target":   {func(s *Setup) { s.SLA.Normal = time.Minute }, false},
		"members":    {func(s *Setup) { s.Teams[0].Members = s.Teams[0].Members[:1] }, true},
		"hours":      {func(s *Setup) { s.Sites[0].Hours = Hours{Zone: "UTC", Week: map[string]string{"mon": "09:00-17:00"}} }, true},
		"team hours": {func(s *Setup) { s.Teams[1].Hours = Hours{Zone: "UTC", Week: map[string]string{"mon": "09:00-17:00"}} }, true},
		"holidays":   {func(s *Setup) { s.Sites[0].Holidays = []string{"12-25"} }, true},
		"windows":    {func(s *Setup) { s.Windows.Reactivation = time.Hour }, true},
		"steps":      {func(s *Setup) { s.Escalation = nil }, true},
	} {
		next := base
		next.Teams = slices.Clone(base.Teams)
		next.Teams[0].Members = slices.Clone(base.Teams[0].Members)
		next.Sites = slices.Clone(base.Sites)
		c.change(&next)
		if got := next.waitsBy() != base.waitsBy(); got != c.counts {
			t.Errorf("a change of %s revises: %v", name, got)
		}
	}
}
