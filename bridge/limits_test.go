package bridge

import (
	"strings"
	"testing"
)

func TestPastALimit(t *testing.T) {
	for name, c := range map[string]struct {
		limits Limits
		spent  Spent
		past   bool
	}{
		"no limit":        {Limits{}, Spent{VisitorTurns: 1e6, SiteTokens: 1e9}, false},
		"below":           {Limits{VisitorTurns: 3}, Spent{VisitorTurns: 2, SiteTurns: 50}, false},
		"visitor's turns": {Limits{VisitorTurns: 3}, Spent{VisitorTurns: 3}, true},
		"site's turns":    {Limits{SiteTurns: 3}, Spent{SiteTurns: 3}, true},
		"visitor's token": {Limits{VisitorTokens: 10}, Spent{VisitorTokens: 11}, true},
		"site's tokens":   {Limits{SiteTokens: 10}, Spent{SiteTokens: 11}, true},
	} {
		m := newModel()
		m.site.Limits, m.spent = c.limits, c.spent
		_, changes := m.settle(m.writes("How much is duct cleaning?"))
		h := m.openHandoff()
		switch {
		case c.past && (h == nil || h.Origin != FromLimit || !strings.Contains(h.Evidence, "duct")):
			t.Errorf("%s: %+v, want a handoff", name, h)
		case !c.past && (h != nil || changes.Spending == nil || changes.Spending.Turns != 1 || changes.Spending.Day != "2026-03-08"):
			t.Errorf("%s: handoff %+v, spending %+v", name, h, changes.Spending)
		case c.past && changes.Spending != nil:
			t.Errorf("%s: it counts what it does not do: %+v", name, changes.Spending)
		}
		if _, asked := m.pending(KindAnswer); asked == c.past {
			t.Errorf("%s: the assistant was asked: %v", name, asked)
		}
		m.settle(m.writes("hello?"))
		if n := len(m.handoffs); n > 1 {
			t.Errorf("%s: %d handoffs", name, n)
		}
	}

	m := newModel()
	m.site.Limits, m.spent = Limits{VisitorTurns: 1, Then: PastWords}, Spent{VisitorTurns: 1}
	m.settle(m.writes("How much is duct cleaning?"))
	if last := m.messages[len(m.messages)-1]; m.conv.Status != Automatic || last.Text != m.site.Texts.Spent {
		t.Errorf("honest words: %s, %q", m.conv.Status, last.Text)
	}
	m.settle(m.writes("let me talk to a human"))
	if m.conv.Status != Queued {
		t.Errorf("past the limit a person is asked for in vain: %s", m.conv.Status)
	}

	m = newModel()
	m.settle(m.writes("hello"))
	a := m.answers(MoveAnswer)
	a.Answer.Tokens = 42
	if _, changes := m.settle(a); changes.Spending == nil || changes.Spending.Tokens != 42 || changes.Spending.Turns != 0 {
		t.Errorf("tokens of an answer: %+v", changes.Spending)
	}
}

// Where the assistant only suggests, not a word of it reaches the visitor,
// whoever holds the chat.
func TestSuggestOnly(t *testing.T) {
	m := newModel()
	m.site.Mode = ModeSuggest
	silent := func(when string) {
		t.Helper()
		for _, msg := range m.messages {
			if msg.Author.Kind == ByAssistant {
				t.Fatalf("%s: the visitor reads %q", when, msg.Text)
			}
		}
	}
	m.settle(m.writes("How much is duct cleaning?"))
	h := m.openHandoff()
	if h == nil || h.Origin != FromMode || m.conv.Status != Queued {
		t.Fatalf("nobody was asked for: %+v", h)
	}
	if _, ok := m.pending(KindAnswer); !ok {
		t.Fatal("no suggestion was asked for")
	}
	note := func() string {
		for i := len(m.deliveries) - 1; i >= 0; i-- {
			if d := m.deliveries[i]; d.Kind == KindNote {
				return bodyOf[NoteBody](d).Evidence
			}
		}
		return ""
	}
	m.settle(m.answers(MoveAnswer))
	silent("while it waits")
	if note() != "We do." {
		t.Errorf("the thread shows %q", note())
	}

	m.settle(m.writes("And when?"))
	old := m.answers(MoveAnswer)
	m.settle(AgentClaimed{m.press(dana(), h.ID)})
	if r, _ := m.settle(old); r.Verdict != Stale {
		t.Errorf("a suggestion of before the claim was %s", r.Verdict)
	}
	m.settle(m.writes("Hello Dana, and the price?"))
	m.settle(m.answers(MoveAnswer))
	silent("while Dana holds it")
	d, ok := m.pending(KindSuggestion)
	if b := bodyOf[SuggestionBody](d); !ok || b.Agent != "U1" || b.Text != "We do." || m.lines[b.Line].Standing != Drafted {
		t.Errorf("the holder is shown %+v", d)
	}
	m.settle(m.writes("One more?"))
	if r, _ := m.settle(AssistantFailed{Conversation: convID, Turn: m.conv.Turn, Epoch: m.conv.Epoch, Cause: "x"}); r.Verdict != Done || m.conv.Status != Assigned {
		t.Errorf("a suggestion that failed: %s, %s", r.Verdict, m.conv.Status)
	}
	silent("at the end")
}

// TestSwitchedToSuggest: an answer that is under way when a site is switched to
// suggesting becomes a suggestion, and a person is asked for.
func TestSwitchedToSuggest(t *testing.T) {
	for name, outcome := range map[string]func(*model) Event{
		"an answer": func(m *model) Event { return m.answers(MoveAnswer) },
		"a handoff": func(m *model) Event { return m.answers(MoveHandOff) },
		"a failure": func(m *model) Event {
			return AssistantFailed{Conversation: convID, Turn: m.conv.Turn, Epoch: m.conv.Epoch, Cause: "x"}
		},
	} {
		m := newModel()
		m.settle(m.writes("How much is duct cleaning?"))
		m.site.Mode = ModeSuggest
		e := outcome(m)
		r, _ := m.settle(e)
		h := m.openHandoff()
		if r.Verdict != Done || r.Message != "" || m.conv.Status != Queued || h == nil || h.Origin != FromMode || !h.Alerted {
			t.Fatalf("%s came to %+v in %q with %+v", name, r, m.conv.Status, h)
		}
		if got := m.messages[len(m.messages)-1]; got.Author.Kind != BySystem || !strings.HasPrefix(got.Text, m.site.Texts.Bridge) {
			t.Errorf("%s: the visitor reads %+v", name, got)
		}
		suggested := false
		for _, n := range m.notes() {
			suggested = suggested || n.Evidence == "We do."
		}
		if suggested != (name == "an answer") {
			t.Errorf("%s: suggested %v", name, suggested)
		}
	}
}
