package slackapp_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
)

// undoFor sets how long lines are held back.
func (r *rig) undoFor(d time.Duration) {
	r.t.Helper()
	_, err := r.store.ChangeSetup(context.Background(), bridge.Actor{Name: "test"}, func(s bridge.Setup) (bridge.Setup, error) {
		s.Windows.Undo = d
		return s, nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// fires runs the bridge's timers until the test ends.
func (r *rig) fires() {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = r.bridge.Run(ctx) }) // it only ever ends with ctx
	r.t.Cleanup(func() { cancel(); wg.Wait() })
}

// undoOf waits for the private notice about a line that is held back.
func (r *rig) undoOf(n int) ephemeral {
	r.t.Helper()
	var all []ephemeral
	r.within("a notice with Undo", func() bool {
		all = nil
		for _, e := range r.ephemerals() {
			if strings.Contains(e.Text, "The visitor gets this line at") {
				all = append(all, e)
			}
		}
		return len(all) >= n
	})
	return all[n-1]
}

func TestALineCanBeUndoneForAWhile(t *testing.T) {
	r := newRig(t)
	r.undoFor(time.Minute)
	v := r.visitor("una")
	v.held("dana")
	ts := v.say("dana", "This is not *ready*")
	ask := r.undoOf(1)
	if ask.User != r.userID("dana") || ask.Thread != v.root().Stamp {
		t.Errorf("the notice is %+v", ask)
	}
	if got := v.saw(bridge.ByAgent); len(got) != 0 {
		t.Fatalf("the visitor saw %+v at once", got)
	}
	r.presses("dana", ask, "undo")
	r.within("the line is marked and stays inside", func() bool {
		for _, m := range v.root().Replies {
			if m.Stamp == ts && len(m.Reactions) == 1 && m.Reactions[0].Name == "lock" {
				return len(v.conversation().Delayed) == 0
			}
		}
		return false
	})
	// An edit within the time changes what is sent; Resolve sends it first.
	ts = v.say("dana", "See you on Tusday")
	r.undoOf(1)
	r.within("it waits", func() bool { return len(v.conversation().Delayed) == 1 })
	r.post("edit", object{"user": "dana", "channel": "support", "ts": ts, "text": "See you on Tuesday"})
	r.within("the edit is known", func() bool {
		lines, err := r.store.Lines(context.Background(), v.id)
		return err == nil && lines[len(lines)-1].Text == "See you on Tuesday"
	})
	v.say("dana", "!resolve")
	v.status(bridge.Resolved)
	if got := v.saw(bridge.ByAgent); len(got) != 1 || got[0].Text != "See you on Tuesday" {
		t.Errorf("the visitor saw %+v", got)
	}
	r.presses("dana", r.undoOf(1), "undo")
	r.within("an undo that comes too late says so", func() bool {
		for _, e := range r.ephemerals() {
			if strings.Contains(e.Text, "The visitor has this line already") {
				return true
			}
		}
		return false
	})
	if got := v.saw(bridge.ByAgent); len(got) != 1 {
		t.Errorf("it took the line back: %+v", got)
	}
}

func TestWhatIsNotUndoneIsSentOnceInOrder(t *testing.T) {
	r := newRig(t)
	r.undoFor(2 * time.Second)
	v := r.visitor("ode")
	v.held("dana")
	v.say("dana", "one")
	v.say("dana", "two")
	r.within("both wait", func() bool { return len(v.conversation().Delayed) == 2 })
	r.fires()
	r.within("the visitor has both", func() bool { return len(v.saw(bridge.ByAgent)) == 2 })
	if got := v.saw(bridge.ByAgent); got[0].Text != "one" || got[1].Text != "two" || got[1].CreatedAt.Sub(got[0].CreatedAt) > time.Minute {
		t.Errorf("the visitor saw %+v", got)
	}
	v.say("dana", "three")
	r.undoFor(0)
	v.say("dana", "four")
	r.within("what came after the setting was turned off, too", func() bool { return len(v.saw(bridge.ByAgent)) == 4 })
	if got := v.saw(bridge.ByAgent); got[2].Text != "three" || got[3].Text != "four" {
		t.Errorf("the visitor saw %q before %q", got[2].Text, got[3].Text)
	}
}
