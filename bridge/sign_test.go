package bridge

import "testing"

// TestAtWork: only what the holder did says that they are at work, and not a
// line that says so itself.
func TestAtWork(t *testing.T) {
	aside := func(m *model) Event {
		e := m.line(dana(), "! let me ask Lee")
		e.Source = "! let me ask Lee"
		return e
	}
	for name, c := range map[string]struct {
		from  Status
		event func(*model) Event
		want  bool
	}{
		"claim":                {Queued, func(m *model) Event { return AgentClaimed{m.press(dana(), m.conv.Handoff)} }, true},
		"a claim that lost":    {Assigned, func(m *model) Event { return AgentClaimed{m.press(lee(), m.conv.Handoff)} }, false},
		"reopen":               {Resolved, func(m *model) Event { return AgentReopened{m.press(dana(), "")} }, true},
		"an aside":             {Assigned, aside, true},
		"a public line":        {Assigned, func(m *model) Event { return m.line(dana(), "On my way.") }, false},
		"a colleague's line":   {Assigned, func(m *model) Event { return m.line(lee(), "I know that street.") }, false},
		"talk before a claim":  {Queued, aside, false},
		"the visitor's line":   {Assigned, func(m *model) Event { return m.writes("Hello?") }, false},
		"release":              {Assigned, func(m *model) Event { return AgentReleased{m.press(dana(), m.conv.Handoff)} }, false},
		"resolve":              {Assigned, func(m *model) Event { return AgentResolved{Press: m.press(dana(), m.conv.Handoff)} }, false},
		"the visitor's answer": {Assigned, func(m *model) Event { return VisitorSaw{Conversation: convID, Seq: 1} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := in(t, c.from)
			e := c.event(m)
			before := m.state(e.query())
			_, changes := m.settle(e)
			s, ok := atWork(e, before, changes)
			if ok != c.want {
				t.Fatalf("%v, want %v", ok, c.want)
			}
			if ok && (s.Author.Agent != "U1" || s.Epoch != m.conv.Epoch || !s.On || s.Kind != SignAgent) {
				t.Errorf("%+v", s)
			}
		})
	}
}
