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
