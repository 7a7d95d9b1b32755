package slackapp_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/slackapp"
	"threadline/storage"
)

// slowStore takes a second for each thing that is read or kept on the way to a
// form.
type slowStore struct{ *storage.Store }

func (s slowStore) wait() { <-time.After(time.Second) }

func (s slowStore) Receive(ctx context.Context, e bridge.Envelope) (bool, error) {
	s.wait()
	return s.Store.Receive(ctx, e)
}

func (s slowStore) Setup(ctx context.Context) (bridge.Setup, error) {
	s.wait()
	return s.Store.Setup(ctx)
}

func (s slowStore) Task(ctx context.Context, id bridge.TaskID) (bridge.Task, error) {
	s.wait()
	return s.Store.Task(ctx, id)
}

func (s slowStore) Conversation(ctx context.Context, id bridge.ConversationID) (bridge.Conversation, error) {
	s.wait()
	return s.Store.Conversation(ctx, id)
}

func (s slowStore) Handoff(ctx context.Context, id bridge.HandoffID) (bridge.Handoff, error) {
	s.wait()
	return s.Store.Handoff(ctx, id)
}

// slowDown ends the halves of the desk and starts them on a slow database.
func (r *rig) slowDown() {
	r.t.Helper()
	r.stop()
	slow := slowStore{r.store}
	desk := slackapp.NewDesk(r.config, slow)
	app := slackapp.New(desk, slow, r.bridge)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for _, run := range []func(context.Context) error{desk.Run, app.Run} {
		wg.Go(func() {
			if err := run(ctx); err != nil {
				r.t.Error(err)
			}
		})
	}
	r.t.Cleanup(func() { cancel(); wg.Wait() })
}

// shown is the open view of that id.
func (r *rig) shown(id string) string {
	r.t.Helper()
	all, _ := r.get("state")["views"].([]any)
	for _, v := range all {
		if o, _ := v.(object); o["view_id"] == id {
			return fmt.Sprint(o)
		}
	}
	return ""
}

// TestFormsOpenWithASlowDatabase: a trigger lives for 3 s and each reading
// takes one, so forms that need several are filled in after they have opened.
func TestFormsOpenWithASlowDatabase(t *testing.T) {
	r := newRig(t)
	v := r.visitor("sol")
	v.held("dana")
	card := v.root().Stamp
	r.within("the card offers Transfer", func() bool { _, ok := v.root().buttons()["transfer"]; return ok })
	id := r.overdueTask(r.userID("dana"), "", bridge.TaskWish{Title: "Call Ana", Priority: bridge.Normal})
	r.due(id)
	task := r.posted(id).Stamp
	r.slowDown()
	opened := func(what string, out object, callback string) string {
		t.Helper()
		view, _ := out["view_id"].(string)
		if view == "" {
			t.Fatalf("%s opened nothing: %v", what, out)
		}
		r.within(what+" becomes its form", func() bool { return strings.Contains(r.shown(view), callback) })
		return view
	}
	r.within("the app is connected again", func() bool {
		view, _ := r.click("dana", task, "task_later")["view_id"].(string)
		return view != ""
	})
	for action, callback := range map[string]string{"task_edit": "task_modal", "task_done": "task_done_modal"} {
		opened(action, r.click("dana", task, action), callback)
	}
	for _, word := range []string{"team support", "config"} {
		out := r.post("command", object{"user": "morgan", "channel": "support", "command": "/handoff", "text": word})
		opened(word, out, map[string]string{"team support": "team_modal", "config": "config_modal"}[word])
	}
	opened("resolve", r.click("dana", card, "resolve"), "resolve_modal")
	opened("snooze", r.click("dana", card, "snooze"), "snooze_modal")
	view := opened("transfer", r.click("dana", card, "transfer"), "transfer_modal")
	r.within("lee holds the chat", func() bool {
		// Slack tells dana to send it again when the acknowledgement is late.
		if errs := r.submit("dana", view, map[string]string{"to": r.userID("lee"), "note": ""}); len(errs) > 0 {
			t.Fatalf("the filled form was refused: %v", errs)
		}
		return v.conversation().Holder == bridge.AgentID(r.userID("lee"))
	})
	out := r.click("dana", card, "resolve")
	r.within("who may not is told, and the page says so", func() bool {
		view, _ := out["view_id"].(string)
		said := fmt.Sprint(r.get("state")["ephemerals"])
		return strings.Contains(said, "Lee") && (view == "" || strings.Contains(r.shown(view), "Nothing is to be filled in"))
	})
}
