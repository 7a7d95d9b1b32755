package slackapp_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/slackapp"
)

// failing is a bridge that cannot settle lines for a while.
type failing struct {
	slackapp.Handler
	on atomic.Bool
}

func (f *failing) Handle(ctx context.Context, e bridge.Event) (bridge.Receipt, error) {
	if _, line := e.(bridge.AgentWrote); line && f.on.Load() {
		return bridge.Receipt{}, errors.New("disk full")
	}
	return f.Handler.Handle(ctx, e)
}

// TestALineThatCannotReachTheVisitorIsMarked while that lasts, and its author
// is told.
func TestALineThatCannotReachTheVisitorIsMarked(t *testing.T) {
	r := newDeafRig(t)
	f := &failing{Handler: r.bridge}
	app := slackapp.New(r.desk, r.store, f)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- app.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	v := r.visitor("late")
	v.held("dana")
	f.on.Store(true)
	ts := v.say("dana", "on my way")
	marked := func() bool {
		for _, m := range v.root().Replies {
			if m.Stamp == ts {
				for _, x := range m.Reactions {
					if x.Name == "warning" {
						return true
					}
				}
			}
		}
		return false
	}
	r.within("the mark", marked)
	r.within("dana is told", func() bool {
		return slices.ContainsFunc(r.ephemerals(), func(e ephemeral) bool {
			return e.User == r.user("dana") && strings.Contains(e.Text, "has not reached the visitor")
		})
	})
	f.on.Store(false)
	r.within("it arrives", func() bool { return v.heard() == "on my way" })
	r.within("the mark is gone", func() bool { return !marked() })
}

// TestWhatWasGivenUpCanBeSentAgain from App Home.
func TestWhatWasGivenUpCanBeSentAgain(t *testing.T) {
	r := newRig(t)
	v := r.visitor("again")
	v.write("hello")
	v.reply("hello")
	r.post("faults", object{"error": object{"method": "chat.postMessage", "error": "invalid_blocks", "times": 3}})
	v.write("the refused one")
	r.within("it is given up", func() bool {
		b, err := r.store.Backlog(t.Context(), time.Now())
		return err == nil && len(b.Lost) == 1
	})
	r.post("faults", object{"clear": true})
	home := func() string {
		raw := remarshal[struct {
			View struct {
				Blocks []any `json:"blocks"`
			} `json:"view"`
		}](t, r.post("home", object{"user": "dana"}))
		return msg{Blocks: raw.View.Blocks}.blocks()
	}
	r.within("App Home says so", func() bool {
		s := home()
		return strings.Contains(s, "1 post was given up") && strings.Contains(s, "Try again")
	})
	check := r.desk.Check(t.Context())
	if i := slices.IndexFunc(check, func(c slackapp.Check) bool { return c.Name == "slack deliveries" }); i < 0 || !strings.Contains(check[i].Mend, "Try again") {
		t.Errorf("doctor says %+v", check)
	}
	// A guest may look, not press.
	r.within("gus' home", func() bool { return r.post("home", object{"user": "gus"})["view"] != nil })
	r.post("click", object{"user": "gus", "home": true, "action_id": "try_again"})
	r.get("wait?idle_ms=300&timeout_ms=5000")
	if b, err := r.store.Backlog(t.Context(), time.Now()); err != nil || len(b.Lost) != 1 {
		t.Errorf("a guest sent it again: %+v %v", b, err)
	}
	r.post("click", object{"user": "dana", "home": true, "action_id": "try_again"})
	v.reply("the refused one")
	r.within("nothing is lost any more", func() bool { return !strings.Contains(home(), "given up") })
}
