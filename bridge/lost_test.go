package bridge

import (
	"encoding/json"
	"strings"
	"testing"
)

func notesOf(t *testing.T, list []Delivery) []NoteBody {
	t.Helper()
	var out []NoteBody
	for _, d := range list {
		if d.Kind != KindNote {
			continue
		}
		var b NoteBody
		if err := json.Unmarshal(d.Body, &b); err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// TestALostThreadBeginsAnew: what the desk has seen stands in the new thread
// before whatever still waits, in posts that fit, and an alert that went down
// with the thread goes up again.
func TestALostThreadBeginsAnew(t *testing.T) {
	for name, c := range map[string]struct {
		left, alerts bool
	}{
		"the replies are gone too": {left: false, alerts: true},
		"the replies are left":     {left: true, alerts: false},
	} {
		t.Run(name, func(t *testing.T) {
			m := in(t, Queued)
			m.conv.Thread = Place{Channel: "C1", Stamp: "1.000001"}
			for range 3 {
				m.settle(m.writes(strings.Repeat("long ", 400)))
			}
			for i := range m.messages[:len(m.messages)-1] {
				m.messages[i].Stamp = m.stamp()
			}
			_, changes := m.settle(ThreadLost{Conversation: convID, Root: m.conv.Thread, Left: c.left})
			var alerts, roots int
			for _, d := range changes.Deliveries {
				switch d.Kind {
				case KindAlert:
					alerts++
				case KindRoot:
					roots++
				case KindNote:
					if d.Rank != RankRoot {
						t.Errorf("a note of rank %d would stand behind lines that wait", d.Rank)
					}
				}
			}
			if roots != 1 || alerts != 0 != c.alerts {
				t.Errorf("%d roots, %d alerts", roots, alerts)
			}
			var said []string
			for i, n := range notesOf(t, changes.Deliveries) {
				size := 0
				for _, l := range n.Lines {
					said = append(said, l.Text)
					size += len(l.Text)
				}
				if size > BatchRunes {
					t.Errorf("note %d holds %d characters", i, size)
				}
			}
			var want []string
			for _, x := range m.messages[:len(m.messages)-1] {
				want = append(want, x.Text)
			}
			if strings.Join(said, "|") != strings.Join(want, "|") {
				t.Errorf("the new thread says %d lines, want the %d that the desk had", len(said), len(want))
			}
		})
	}
}

// TestALineInAnEarlierThreadIsShownInThePresentOne: whoever goes on in the old
// thread is heard, and colleagues in the new one see it.
func TestALineInAnEarlierThreadIsShownInThePresentOne(t *testing.T) {
	m := in(t, Assigned)
	e := m.line(dana(), "On my way.")
	e.Elsewhere = true
	_, changes := m.settle(e)
	if len(changes.Messages) != 1 || len(changes.Lines) != 1 || !changes.Lines[0].Elsewhere {
		t.Fatalf("%+v", changes)
	}
	shown := 0
	for _, d := range changes.Deliveries {
		if d.Kind == KindLine && d.Subject == string(changes.Messages[0].ID) {
			shown++
		}
	}
	if shown != 1 {
		t.Errorf("shown %d times", shown)
	}
}
