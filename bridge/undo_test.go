package bridge

import (
	"slices"
	"testing"
	"time"
)

// delayedLine is a line of Dana's that can be undone, where she holds.
func (m *model) delayedLine() string {
	m.setup.Windows.Undo = 10 * time.Second
	e := m.line(dana(), "On my way.")
	for _, h := range m.conv.Holds {
		if h.Agent == "U1" && m.conv.Status == Resolved {
			e.Stamp, e.Key = h.From, "C1:"+h.From // written while she held, heard now
		}
	}
	m.settle(e)
	return e.Key
}

// spoken is what the visitor sees of agents, in its order.
func (m *model) spoken() []string {
	all := slices.Clone(m.messages)
	slices.SortFunc(all, func(a, b Message) int { return a.Order.Compare(b.Order) })
	var out []string
	for _, msg := range all {
		if msg.Author.Kind == ByAgent && !msg.Deleted {
			out = append(out, msg.Text)
		}
	}
	return out
}

func TestALineWaitsAndCanBeTakenBack(t *testing.T) {
	m := in(t, Assigned)
	m.setup.Windows.Undo = 10 * time.Second
	first, second := m.line(dana(), "one"), m.line(dana(), "two")
	m.settle(first)
	m.settle(second)
	if got := m.spoken(); len(got) != 0 || len(m.conv.Delayed) != 2 {
		t.Fatalf("the visitor saw %q at once; %v wait", got, m.conv.Delayed)
	}
	d, ok := m.pending(KindSend)
	if !ok || !d.Due.Equal(m.now.Add(10*time.Second)) {
		t.Fatalf("the timer is %+v", d)
	}
	if ask, ok := m.pending(KindUndo); !ok || bodyOf[UndoBody](ask).Agent != "U1" || !bodyOf[UndoBody](ask).Until.Equal(d.Due) {
		t.Errorf("dana is asked %+v", ask)
	}
	if r, _ := m.settle(AgentUndid{Press: m.press(lee(), ""), Line: first.Key}); r.Verdict != NotAuthor {
		t.Errorf("a colleague's undo came to %s", r.Verdict)
	}
	if r, _ := m.settle(AgentUndid{Press: m.press(dana(), ""), Line: first.Key}); r.Verdict != Done || m.lines[first.Key].Standing != Internal {
		t.Errorf("undo came to %s, %+v", r.Verdict, m.lines[first.Key])
	}
	if d, ok := m.pending(KindLock); !ok || d.Subject != first.Key || bodyOf[LockBody](d).Off {
		t.Errorf("the line that was taken back is marked by %+v", d)
	}
	m.now = m.now.Add(10 * time.Second)
	if r, _ := m.settle(LineDue{Conversation: convID, Line: first.Key}); r.Verdict != Stale {
		t.Errorf("the time of an undone line came to %s", r.Verdict)
	}
	m.settle(LineDue{Conversation: convID, Line: second.Key})
	if got := m.spoken(); !slices.Equal(got, []string{"two"}) || len(m.conv.Delayed) != 0 {
		t.Errorf("the visitor saw %q; %v wait", got, m.conv.Delayed)
	}
	if r, _ := m.settle(AgentUndid{Press: m.press(dana(), ""), Line: second.Key}); r.Verdict != Ignored {
		t.Errorf("undo too late came to %s", r.Verdict)
	}
	if r, c := m.settle(LineDue{Conversation: convID, Line: second.Key}); !r.Repeat || len(c.Messages) != 0 {
		t.Errorf("the timer twice: %+v", r)
	}
}

// Timers may fire in any order; an author's lines keep theirs.
func TestLinesThatWaitKeepTheirOrder(t *testing.T) {
	m := in(t, Assigned)
	m.setup.Windows.Undo = 5 * time.Second
	first, second := m.line(dana(), "one"), m.line(dana(), "two")
	m.settle(second)
	m.settle(first) // heard late
	m.settle(LineDue{Conversation: convID, Line: second.Key})
	m.settle(LineDue{Conversation: convID, Line: first.Key})
	withdrawn := m.line(dana(), "never")
	m.settle(withdrawn)
	if r, _ := m.settle(AgentWithdrewLine{Press: m.press(dana(), ""), Line: withdrawn.Key}); r.Verdict != Done || m.lines[withdrawn.Key].Standing != Internal {
		t.Errorf("Take back came to %s, %+v", r.Verdict, m.lines[withdrawn.Key])
	}
	third := m.line(dana(), "three")
	m.settle(third)
	m.settle(AgentSentLine{Press: m.press(dana(), ""), Line: third.Key}) // she does not want to wait
	if got := m.spoken(); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("the visitor saw %q", got)
	}
}

func TestAnEndOfTheHoldSendsWhatWaitsFirst(t *testing.T) {
	for name, end := range map[string]func(*model) Event{
		"release":         func(m *model) Event { return AgentReleased{m.press(dana(), m.conv.Handoff)} },
		"resolve":         func(m *model) Event { return AgentResolved{Press: m.press(dana(), m.conv.Handoff), Outcome: Solved} },
		"transfer":        func(m *model) Event { return AgentTransferred{Press: m.press(dana(), m.conv.Handoff), To: lee()} },
		"to a team":       func(m *model) Event { return AgentTransferred{Press: m.press(dana(), m.conv.Handoff), Team: "sales"} },
		"take-over":       func(m *model) Event { return AgentTookOver{Press: m.press(lee(), m.conv.Handoff), Manager: true} },
		"visitor's end":   func(m *model) Event { return VisitorEnded{Conversation: convID, Press: m.id()} },
		"visitor blocked": func(m *model) Event { return AgentBlocked{Press: m.press(dana(), m.conv.Handoff)} },
	} {
		t.Run(name, func(t *testing.T) {
			m := in(t, Assigned)
			m.setup.Windows.Undo = 10 * time.Second
			l := m.line(dana(), "See you on Friday.")
			m.settle(l)
			said := len(m.messages)
			if r, _ := m.settle(end(m)); r.Verdict != Done {
				t.Fatalf("verdict %s", r.Verdict)
			}
			if got := m.messages[said]; got.LineKey != l.Key || got.Author.Agent != "U1" {
				t.Errorf("first came %+v", got)
			}
			if _, armed := m.pending(KindSend); armed || len(m.conv.Delayed) != 0 {
				t.Error("the line still waits")
			}
			if r, c := m.settle(LineDue{Conversation: convID, Line: l.Key}); r.Verdict != Stale || len(c.Messages) != 0 {
				t.Errorf("the timer came to %s and %d messages", r.Verdict, len(c.Messages))
			}
		})
	}
}

func TestAnEditWithinTheHoldChangesWhatIsSent(t *testing.T) {
	m := in(t, Assigned)
	m.setup.Windows.Undo = 10 * time.Second
	edit := func(key, text string) {
		m.settle(AgentEdited{Conversation: convID, Key: key, Edit: m.stamp(), Agent: dana(), Source: text, Text: text, HTML: PlainHTML(text)})
	}
	kept, inside, gone := m.line(dana(), "Tusday"), m.line(dana(), "He is difficult"), m.line(dana(), "Oops")
	for _, e := range []Event{kept, inside, gone} {
		m.settle(e)
	}
	edit(kept.Key, "Tuesday")
	edit(inside.Key, "! he is difficult")
	m.settle(AgentDeleted{Conversation: convID, Key: gone.Key, Stamp: m.stamp()})
	if l := m.lines[inside.Key]; l.Standing != Held {
		t.Errorf("an edit to an aside left %+v", l)
	}
	for _, e := range []AgentWrote{kept, inside, gone} {
		m.settle(LineDue{Conversation: convID, Line: e.Key})
	}
	if got := m.spoken(); !slices.Equal(got, []string{"Tuesday"}) {
		t.Errorf("the visitor saw %q", got)
	}
}

// drawUndo draws what happens to lines that wait.
func (w *world) drawUndo() Event {
	key := w.anyLine()
	if n := len(w.conv.Delayed); n > 0 && w.pick("waits", 4) > 0 {
		key = w.conv.Delayed[w.pick("delayed", n)]
	}
	if w.pick("undoes", 2) == 0 {
		p := w.pressed()
		if w.pick("own", 3) > 0 {
			p.Agent = w.written[key].Agent
		}
		return AgentUndid{Press: p, Line: key}
	}
	w.now = w.now.Add(w.setup.Windows.Undo)
	return LineDue{Conversation: convID, Line: key}
}

// checkDelayed: what waits has a timer and somebody who holds; nothing waits
// that is not listed; a line that was taken back stays inside unless its author
// sends it.
func (w *world) checkDelayed(e Event, r Receipt) {
	if u, ok := e.(AgentUndid); ok && r.Verdict == Done {
		w.undone[u.Line] = true
	}
	armed := map[string]bool{}
	for _, d := range w.deliveries {
		if d.Kind == KindSend {
			armed[d.Subject] = true
		}
	}
	if len(w.conv.Delayed) > 0 && w.conv.Status != Assigned {
		w.rt.Fatalf("after %T lines wait in status %q", e, w.conv.Status)
	}
	waiting := 0
	for _, l := range w.lines {
		if l.Standing == Delayed {
			waiting++
		}
		if armed[l.Key] != (l.Standing == Delayed) {
			w.rt.Fatalf("after %T line %s is %q, its timer %v", e, l.Key, l.Standing, armed[l.Key])
		}
		if l.Standing == Public && w.undone[l.Key] && !w.sent[l.Key] {
			w.rt.Fatalf("after %T the visitor sees a line that was taken back: %+v", e, l)
		}
	}
	if waiting != len(w.conv.Delayed) {
		w.rt.Fatalf("after %T %d lines wait, %v are listed", e, waiting, w.conv.Delayed)
	}
}
