package slackapp_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
)

// open are the open tasks that a filter chooses.
func (r *rig) open(f bridge.TaskFilter) []bridge.Task {
	r.t.Helper()
	tasks, err := r.store.Tasks(context.Background(), f, 50)
	if err != nil {
		r.t.Fatal(err)
	}
	return tasks
}

func (r *rig) task(id bridge.TaskID) bridge.Task {
	r.t.Helper()
	t, err := r.store.Task(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return t
}

// answered is the newest private answer to an act, with its buttons.
func (r *rig) answered(out object) ephemeral {
	r.t.Helper()
	all := r.answers(out)
	if len(all) == 0 {
		r.t.Fatalf("nothing was answered: %v", out)
	}
	return all[len(all)-1]
}

// presses presses a button of a private message.
func (r *rig) presses(user string, e ephemeral, action string) object {
	r.t.Helper()
	return r.post("click", object{"user": user, "ephemeral_id": e.ID, "action_id": action})
}

// newTask fills in the form of a new task, by the button under the list.
func (r *rig) newTask(user string, values map[string]string) object {
	r.t.Helper()
	list := r.answered(r.post("command", object{"user": user, "channel": "support", "command": "/handoff", "text": "tasks"}))
	view, _ := r.presses(user, list, "task_new")["view_id"].(string)
	if view == "" {
		r.t.Fatal("New task opened nothing")
	}
	return r.submit(user, view, values)
}

// inMinutes is an instant as a picker of dates sends it.
func inMinutes(n int) string {
	return fmt.Sprint(time.Now().Add(time.Duration(n) * time.Minute).Unix())
}

// overdueTask adds a task of somebody's that fell due a while ago.
func (r *rig) overdueTask(who string, c bridge.ConversationID, wish bridge.TaskWish) bridge.TaskID {
	r.t.Helper()
	id := bridge.TaskID("t" + strings.ReplaceAll(wish.Title, " ", "-"))
	agent := bridge.Agent{ID: bridge.AgentID(who)}
	wish.Agent, wish.Due = agent.ID, time.Now().Add(-time.Hour)
	got, err := r.bridge.Handle(context.Background(), bridge.TaskAdded{
		TaskPress: bridge.TaskPress{Key: "k" + string(id), Task: id, Conversation: c, Agent: agent}, Wish: wish, To: agent,
	})
	if err != nil || got.Verdict != bridge.Done {
		r.t.Fatalf("%v, %v", got, err)
	}
	return id
}

// due lets a task's timer fire.
func (r *rig) due(id bridge.TaskID) {
	r.t.Helper()
	t := r.task(id)
	if _, err := r.bridge.Handle(context.Background(), bridge.TaskDue{Task: id, Conversation: t.Conversation, Arm: t.Arm}); err != nil {
		r.t.Fatal(err)
	}
}

// posted waits for the newest post about a task.
func (r *rig) posted(id bridge.TaskID) msg {
	r.t.Helper()
	var got msg
	r.within("a post about "+string(id), func() bool {
		var look func([]msg)
		look = func(all []msg) {
			for _, m := range all {
				if m.Metadata.Payload["task_id"] == string(id) {
					got = m
				}
				look(m.Replies)
			}
		}
		look(r.roots())
		return got.Stamp != "" && !r.task(id).Card.IsZero()
	})
	return got
}

func TestATaskIsAddedByItsForm(t *testing.T) {
	r := newRig(t)
	if said := r.command("dana", "tasks"); !strings.Contains(said, "Nothing is open") {
		t.Errorf("an empty list says %q", said)
	}
	whole := map[string]string{
		"title": "Order *filters* <!here>", "context": "Two of 16x25.", "priority": "high", "due": inMinutes(90),
		"agent": r.userID("dana"), "team": "", "cadence": "", "tries": "",
	}
	for field, bad := range map[string]string{"title": " ", "due": inMinutes(-5), "agent": r.userID("gus"), "cadence": "soon", "tries": "many"} {
		if errs := r.newTask("dana", with(whole, field, bad)); errs[field] == nil {
			t.Errorf("%s %q was answered %v", field, bad, errs)
		}
	}
	if left := r.open(bridge.TaskFilter{}); len(left) != 0 {
		t.Fatalf("refused forms left %+v", left)
	}
	if errs := r.newTask("dana", whole); len(errs) > 0 {
		t.Fatalf("the task was refused: %v", errs)
	}
	all := r.open(bridge.TaskFilter{Agent: bridge.AgentID(r.userID("dana"))})
	if len(all) != 1 || all[0].Title != "Order *filters* <!here>" || all[0].Priority != bridge.High || all[0].Conversation != "" || all[0].RemindAt.IsZero() {
		t.Fatalf("the task is %+v", all)
	}
	if errs := r.newTask("lee", with(with(whole, "title", "Water the plants"), "team", "support")); len(errs) > 0 {
		t.Fatalf("the team's task was refused: %v", errs)
	}
	for words, want := range map[string][2]string{
		"tasks":         {"Order filters !here", "Water the plants"},
		"tasks mine":    {"Order filters !here", ""},
		"tasks team":    {"Water the plants", ""},
		"tasks overdue": {"Nothing is open", ""},
		"tasks later":   {"/handoff tasks [all|mine|team|overdue]", ""},
	} {
		wants(t, words, r.command("dana", words), want[0], want[1])
	}
	if said := r.command("dana", "tasks mine"); strings.Contains(said, "plants") || strings.Contains(said, "<!here>") {
		t.Errorf("mine says %q", said)
	}
	if said := r.command("gus", "tasks"); !strings.Contains(said, "Guests") {
		t.Errorf("a guest was told %q", said)
	}
}

func TestAFormSentTwiceOrTooLateChangesNothing(t *testing.T) {
	r := newRig(t)
	dana := r.userID("dana")
	id := r.overdueTask(dana, "", bridge.TaskWish{Title: "Call Ana", Priority: bridge.Normal})
	list := r.answered(r.post("command", object{"user": "dana", "channel": "support", "command": "/handoff", "text": "tasks overdue"}))
	first, _ := r.presses("dana", list, "task_edit")["view_id"].(string)
	second, _ := r.presses("lee", r.listFor("lee"), "task_edit")["view_id"].(string)
	done, _ := r.presses("morgan", r.listFor("morgan"), "task_done")["view_id"].(string)
	change := map[string]string{"title": "Call Ana at noon", "context": "", "priority": "urgent", "due": inMinutes(60), "agent": dana, "cadence": "4h", "tries": "3"}
	if errs := r.submit("dana", first, change); len(errs) > 0 {
		t.Fatalf("the change was refused: %v", errs)
	}
	changed := r.task(id)
	if changed.Title != "Call Ana at noon" || changed.Cadence != 4*time.Hour || changed.Tries != 3 || changed.Priority != bridge.Urgent {
		t.Errorf("the task is %+v", changed)
	}
	if errs := r.submit("lee", second, with(change, "title", "Lee's idea")); errs["title"] == nil {
		t.Error("a form that was out of date was kept")
	}
	if now := r.task(id); now.Title != changed.Title || now.Rev != changed.Rev {
		t.Errorf("it changed the task to %+v", now)
	}
	late, _ := r.presses("dana", list, "task_later")["view_id"].(string)
	if errs := r.submit("morgan", done, map[string]string{"outcome": "booked", "note": "Friday"}); len(errs) > 0 {
		t.Fatalf("closing was refused: %v", errs)
	}
	if errs := r.submit("dana", late, map[string]string{"for": "1h"}); !strings.Contains(fmt.Sprint(errs["for"]), "closed already") {
		t.Errorf("putting a closed task off was answered %v", errs)
	}
	if now := r.task(id); now.Outcome != bridge.Booked || now.Note != "Friday" || string(now.ClosedBy) != r.userID("morgan") || !now.RemindAt.IsZero() {
		t.Errorf("the closed task is %+v", now)
	}
	if said := r.told(r.presses("dana", list, "task_edit")); !strings.Contains(said, "closed already") {
		t.Errorf("Edit on a closed task was answered %q", said)
	}
}

func (r *rig) listFor(user string) ephemeral {
	r.t.Helper()
	return r.answered(r.post("command", object{"user": user, "channel": "support", "command": "/handoff", "text": "tasks"}))
}

func TestADueTaskCallsWhoeverHasItOnce(t *testing.T) {
	r := newRig(t)
	v := r.visitor("ana")
	v.held("dana")
	dana := r.userID("dana")
	id := r.overdueTask(dana, v.id, bridge.TaskWish{Title: "Call Ana *back*", Text: "About the <!channel> pump.", Cadence: 2 * time.Hour, Tries: 2, Priority: bridge.High})
	alone := r.overdueTask(dana, "", bridge.TaskWish{Title: "Order filters", Priority: bridge.Normal})
	arm := r.task(id).Arm
	r.due(id)
	r.due(alone)
	m := r.posted(id)
	if m.Thread != v.root().Stamp || !strings.Contains(m.Text, "<@"+dana+">") || !strings.Contains(m.Text, "Call Ana *back*") || strings.Contains(m.Text, "<!channel>") {
		t.Errorf("the reminder in thread %s says %q", m.Thread, m.Text)
	}
	if m := r.posted(alone); m.Thread != "" && m.Thread != m.Stamp || !strings.Contains(m.Text, "Order filters") {
		t.Errorf("the reminder of a task that stands alone is in thread %q: %q", m.Thread, m.Text)
	}
	// Again, and by a process that has just started.
	r.stop()
	r.run()
	if _, err := r.bridge.Handle(context.Background(), bridge.TaskDue{Task: id, Conversation: v.id, Arm: arm}); err != nil {
		t.Fatal(err)
	}
	if n := r.task(id).Told; n != 1 {
		t.Errorf("it was told %d times", n)
	}
	for _, said := range v.saw(bridge.BySystem) {
		if strings.Contains(said.Text, "Call Ana") {
			t.Errorf("the visitor saw %q", said.Text)
		}
	}

	before := r.task(id)
	for action := range m.buttons() {
		for _, who := range []string{"gus", "xena"} {
			out := r.click(who, m.Stamp, action)
			if said := r.told(out); !strings.Contains(said, "Guests and people of other organisations") {
				t.Errorf("%s by %s was answered %q (%v)", action, who, said, out)
			}
		}
	}
	if after := r.task(id); !reflect.DeepEqual(before, after) {
		t.Errorf("outsiders changed the task from %+v to %+v", before, after)
	}
	if said := r.told(r.click("dana", m.Stamp, "task_tried")); !strings.Contains(said, "next attempt is due") {
		t.Errorf("Not reached was answered %q", said)
	}
	r.within("the card counts the attempt", func() bool { return strings.Contains(r.posted(id).Text, "1 of 2 attempts") })
	r.within("the visitor's card tells it", func() bool { return strings.Contains(v.root().Text, "not reached yet, 1 attempt") })
	if said := r.told(r.click("lee", m.Stamp, "task_tried")); !strings.Contains(said, "given up") {
		t.Errorf("the last attempt was answered %q", said)
	}
	r.within("the card has no buttons any more", func() bool {
		p := r.posted(id)
		return strings.Contains(p.Text, "Given up") && len(p.buttons()) == 0
	})
	if said := r.told(r.click("dana", m.Stamp, "task_tried")); !strings.Contains(said, "closed already") {
		t.Errorf("a stale press was answered %q", said)
	}
}

func TestAWordInTheThreadAddsATask(t *testing.T) {
	r := newRig(t)
	v := r.visitor("eva")
	v.held("dana")
	v.say("dana", "!task call Eva back in 2h")
	r.within("the task is there", func() bool { return len(r.open(bridge.TaskFilter{Conversation: v.id})) == 1 })
	task := r.open(bridge.TaskFilter{Conversation: v.id})[0]
	if left := time.Until(task.Due); task.Title != "call Eva back" || string(task.Agent) != r.userID("dana") || left < 119*time.Minute || left > 121*time.Minute {
		t.Errorf("the task is %+v", task)
	}
	var card ephemeral
	r.within("its author alone sees it", func() bool {
		for _, e := range r.ephemerals() {
			if strings.Contains(e.Text, "Your task") && e.User == r.userID("dana") {
				card = e
			}
		}
		return card.ID != ""
	})
	view, _ := r.presses("dana", card, "task_later")["view_id"].(string)
	if errs := r.submit("dana", view, map[string]string{"for": "24h"}); len(errs) > 0 {
		t.Errorf("Later was refused: %v", errs)
	}
	if left := time.Until(r.task(task.ID).Due); left < 23*time.Hour {
		t.Errorf("after Later it is due in %v", left)
	}

	v.say("gus", "!task call Eva")
	v.say("lee", "!task")
	var form ephemeral
	r.within("a word alone offers the form", func() bool {
		for _, e := range r.ephemerals() {
			if strings.Contains(e.Text, "what is to be done") && e.User == r.userID("lee") {
				form = e
			}
		}
		return form.ID != ""
	})
	view, _ = r.presses("lee", form, "task_new")["view_id"].(string)
	if errs := r.submit("lee", view, map[string]string{"title": "Send the plan", "context": "", "priority": "normal", "due": "", "agent": r.userID("dana"), "cadence": "", "tries": ""}); len(errs) > 0 {
		t.Fatalf("the form was refused: %v", errs)
	}
	all := r.open(bridge.TaskFilter{Conversation: v.id})
	if len(all) != 2 || all[1].Title != "Send the plan" {
		t.Fatalf("the chat's tasks are %+v", all)
	}
	// Lee gave it to Dana, who is called in the thread.
	if m := r.posted(all[1].ID); !strings.Contains(m.Text, "A task for you") || !strings.Contains(m.Text, r.userID("dana")) {
		t.Errorf("Dana was told %q", m.Text)
	}
	if got := v.saw(bridge.ByAgent); len(got) != 0 {
		t.Errorf("the visitor saw %+v", got)
	}
}

func TestHomeShowsTasksAndPeopleWhoLeftHaveNone(t *testing.T) {
	r := newRig(t)
	dana := r.userID("dana")
	r.overdueTask(dana, "", bridge.TaskWish{Title: "Call Ana", Priority: bridge.Normal})
	id := r.overdueTask("U0GONE0000", "", bridge.TaskWish{Title: "Left behind", Priority: bridge.Normal})
	r.due(id)
	m := r.posted(id)
	if strings.Contains(m.Text, "U0GONE0000") {
		t.Errorf("somebody who is gone was called: %q", m.Text)
	}
	r.within("the team has it", func() bool { return r.task(id).Agent == "" })
	if got := r.task(id); got.Team != bridge.DefaultTeam || !got.Open() {
		t.Errorf("the task is %+v", got)
	}
	r.post("home", object{"user": "dana"})
	home := func() string { return fmt.Sprint(r.get("state")["homes"].(object)[dana]) }
	r.within("App Home shows what is overdue", func() bool {
		return strings.Contains(home(), "Your tasks: 1 · 1 overdue") && strings.Contains(home(), "Call Ana") && strings.Contains(home(), "task_new")
	})
	out := r.post("click", object{"user": "dana", "home": true, "action_id": "task_done"})
	view, _ := out["view_id"].(string)
	if errs := r.submit("dana", view, map[string]string{"outcome": "solved", "note": ""}); len(errs) > 0 {
		t.Fatalf("closing from App Home was refused: %v", errs)
	}
	r.within("App Home follows", func() bool { return strings.Contains(home(), "Your tasks: 0") })
}
