package slackapp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"threadline/bridge"
)

// change changes the settings as an operator would.
func (r *rig) change(how func(*bridge.Setup)) {
	r.t.Helper()
	_, err := r.store.ChangeSetup(r.t.Context(), bridge.Actor{Name: "test"}, func(s bridge.Setup) (bridge.Setup, error) {
		s.Teams = slices.Clone(s.Teams)
		how(&s)
		return s, nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// answered lets somebody write a word of command in the thread and waits for
// what they alone are told.
func (v *visitor) answered(who, text string) string {
	v.r.t.Helper()
	was := len(v.r.get("state")["ephemerals"].([]any))
	v.say(who, text)
	said := ""
	v.r.within("an answer to "+text, func() bool {
		all := v.r.get("state")["ephemerals"].([]any)
		said = fmt.Sprint(all[was:])
		return len(all) > was
	})
	return said
}

func TestATransferPastCapacityIsRefused(t *testing.T) {
	r := newRig(t)
	lee := r.userID("lee")
	r.change(func(s *bridge.Setup) { s.Teams[0].Members = []bridge.Member{{ID: bridge.AgentID(lee), Capacity: 1}} })
	full, v := r.visitor("uma"), r.visitor("val")
	full.held("lee")
	v.held("dana")
	wants(t, "!assign", v.answered("dana", "!assign <@"+lee+">"), "Lee Okafor has as many chats as they can take", "Nothing was changed")
	r.within("the alert offers Transfer", func() bool { _, ok := v.alert().buttons()["transfer"]; return ok })
	for _, who := range []string{"dana", "morgan"} { // a manager may not either
		view, said := r.form(who, v.alert().Stamp, "transfer")
		if view == "" {
			t.Fatalf("%s got no form: %s", who, said)
		}
		errs := r.submit(who, view, map[string]string{"to": lee, "note": "Yours"})
		wants(t, "the form of "+who, fmt.Sprint(errs["to"]), "as many chats as they can take")
	}
	v.heldBy("dana")
	for _, m := range v.root().Replies {
		if strings.Contains(m.Text, "Yours") || strings.Contains(m.Text, "gave this chat") {
			t.Errorf("a refused transfer left %q in the thread", m.Text)
		}
	}
}

// A form that a manager opened and sends after they have ceased to be one.
func TestAFormerManagersFormChangesNothing(t *testing.T) {
	r := newRig(t)
	out := r.post("command", object{"user": "morgan", "channel": "support", "command": "/handoff", "text": "team support"})
	view, _ := out["view_id"].(string)
	if view == "" {
		t.Fatalf("no form: %v", out)
	}
	r.change(func(s *bridge.Setup) { s.Managers = []string{r.userID("lee")} })
	before := r.setup()
	errs := r.submit("morgan", view, map[string]string{"name": "Mine", "members": "", "method": "load_balanced", "capacity": "9", "channel": ""})
	wants(t, "the form", fmt.Sprint(errs["name"]), "Only managers may change this.")
	if changes := before.ChangesTo(r.setup()); len(changes) > 0 {
		t.Errorf("it changed %v", changes)
	}
	v := r.visitor("tess")
	v.held("dana")
	r.within("the card offers Take over", func() bool { _, ok := v.alert().buttons()["take_over"]; return ok })
	wants(t, "a former manager's take-over", r.told(r.click("morgan", v.alert().Stamp, "take_over")), "Only managers")
	v.heldBy("dana")
}

// Who has left the workspace gets nothing, and what they held can be taken.
func TestAUserWhoLeft(t *testing.T) {
	r := newRig(t)
	v, orphan := r.visitor("ned"), r.visitor("oda")
	v.held("dana")
	xena := r.userID("xena")
	wants(t, "a partner", v.answered("dana", "!assign <@"+xena+">"), "That person or team cannot take chats")
	lee := r.userID("lee")
	r.post("faults", object{"deactivate": "lee"})
	wants(t, "!assign", v.answered("dana", "!assign <@"+lee+"> please"), "nobody of that name")
	r.within("the alert offers Transfer", func() bool { _, ok := v.alert().buttons()["transfer"]; return ok })
	view, _ := r.form("dana", v.alert().Stamp, "transfer")
	if form := fmt.Sprint(r.get("state")["views"]); view == "" || strings.Contains(form, lee) || !strings.Contains(form, r.userID("morgan")) {
		t.Errorf("the form offers %s", form)
	}
	v.heldBy("dana")

	orphan.held("dana")
	r.post("faults", object{"deactivate": "dana"})
	r.within("the card offers Take over", func() bool { _, ok := orphan.alert().buttons()["take_over"]; return ok })
	r.click("morgan", orphan.alert().Stamp, "take_over")
	orphan.heldBy("morgan")
}

// A channel that is called otherwise now goes on under its old name in the
// settings, across a restart too, until somebody writes the new one.
func TestARenamedChannel(t *testing.T) {
	r := newRig(t)
	before := r.visitor("rae")
	before.held("dana")
	channel := before.conversation().Thread.Channel
	r.post("rename", object{"channel": "#support", "name": "front-desk"})
	r.stop()
	r.run()
	after := r.visitor("sue")
	after.ask()
	r.within("a new chat begins in the renamed channel", func() bool { return after.conversation().Thread.Channel == channel })
	r.post("say", object{"user": "dana", "channel": channel, "thread_ts": before.conversation().Thread.Stamp, "text": "Still here."})
	r.within("an old one goes on", func() bool { return before.heard() == "Still here." })
	for _, c := range r.desk.Check(t.Context()) {
		if c.Name == "slack channel" && !strings.Contains(c.Detail, "#front-desk, which was #support,") {
			t.Errorf("doctor says %+v", c)
		}
	}
}
