package slackapp_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"threadline/bridge"
)

// scenes are what a chat can look like in Slack, by what its cards offer.
func scenes(r *rig) map[string]*visitor {
	r.t.Helper()
	out := map[string]*visitor{}
	add := func(name string) *visitor {
		out[name] = r.visitor(name)
		return out[name]
	}
	quick := add("automatic")
	quick.write("Do you service heat pumps?")
	quick.handle(bridge.AgentClaimed{Press: bridge.Press{Key: "none", Conversation: quick.id, Agent: bridge.Agent{ID: "U0", Outsider: true}}})
	add("queued").ask()
	add("held").held("dana")
	joined := add("joined")
	joined.held("dana")
	r.within("the card offers Join", func() bool { _, ok := joined.root().buttons()["join"]; return ok })
	r.click("lee", joined.root().Stamp, "join")
	r.within("the card offers Leave", func() bool { _, ok := joined.root().buttons()["leave"]; return ok })
	asleep := add("snoozed")
	asleep.held("dana")
	asleep.say("dana", "!snooze 2h")
	r.within("the card offers Wake", func() bool { _, ok := asleep.root().buttons()["wake"]; return ok })
	done := add("resolved")
	done.held("dana")
	done.say("dana", "!resolve")
	r.within("the card offers Reopen", func() bool { _, ok := done.root().buttons()["reopen"]; return ok })
	shut := add("blocked")
	shut.held("dana")
	r.within("the card offers Block", func() bool { _, ok := shut.root().buttons()["block"]; return ok })
	r.click("dana", shut.root().Stamp, "block")
	r.within("the card offers Unblock", func() bool { _, ok := shut.root().buttons()["unblock"]; return ok })
	return out
}

// TestWhoMayPressWhat presses every button that any card bears, as everybody
// who must not: they are told why, privately, and nothing changes.
func TestWhoMayPressWhat(t *testing.T) {
	r := newRig(t)
	refused := func(v *visitor, who, stamp, action, because string) {
		t.Helper()
		before := v.conversation()
		out := r.click(who, stamp, action)
		if id, _ := out["view_id"].(string); id != "" && !strings.Contains(r.shown(id), "waiting_modal") {
			t.Errorf("%s: %s got a form", action, who)
		}
		if said := r.told(out); !strings.Contains(said, because) {
			t.Errorf("%s by %s was answered %q, want %q", action, who, said, because)
		}
		after := v.conversation()
		if before.Status != after.Status || before.Holder != after.Holder || before.Epoch != after.Epoch || !before.SnoozedUntil.Equal(after.SnoozedUntil) || len(before.Joins) != len(after.Joins) {
			t.Errorf("%s by %s changed the chat from %+v to %+v", action, who, before, after)
		}
	}
	seen := map[string]bool{}
	all := scenes(r)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		v := all[name]
		cards := []msg{v.root()}
		if name != "automatic" {
			cards = append(cards, v.alert())
		}
		for _, card := range cards {
			for action := range card.buttons() {
				seen[action] = true
				for _, who := range []string{"gus", "xena"} {
					refused(v, who, card.Stamp, action, "Guests and people of other organisations")
				}
				switch action {
				case "release", "resolve", "snooze", "wake", "transfer", "block":
					if name != "queued" {
						refused(v, "lee", card.Stamp, action, "Dana")
					}
				case "suggest_reply":
					if name != "joined" {
						refused(v, "lee", card.Stamp, action, "Dana")
					}
				case "take_over":
					refused(v, "lee", card.Stamp, action, "Only managers")
				case "leave":
					refused(v, "dana", card.Stamp, action, "nothing to do")
				}
			}
		}
	}
	for _, want := range []string{"claim", "resolve", "transfer", "snooze", "wake", "release", "join", "leave", "take_over", "block", "unblock", "reopen", "suggest_reply", "summarize"} {
		if !seen[want] {
			t.Errorf("no card bears %q", want)
		}
	}
}

// TestOutsidersWordsAndShortcutsDoNothing: what they type or choose in a thread
// reaches nobody and changes nothing.
func TestOutsidersWordsAndShortcutsDoNothing(t *testing.T) {
	r := newRig(t)
	v := r.visitor("ola")
	v.held("dana")
	own := v.say("dana", "! an aside")
	for _, who := range []string{"gus", "xena"} {
		for _, words := range []string{"!resolve", "!snooze 2h", "!assign <@" + r.userID("lee") + ">", "!tag vip", "plain words"} {
			v.say(who, words)
		}
	}
	// Slack itself keeps shortcuts from people of other organisations.
	out := r.post("shortcut", object{"user": "gus", "channel": "support", "message_ts": own, "callback_id": "send_to_visitor"})
	wants(t, "a guest's shortcut", r.told(out), "Guests")
	v.say("dana", "The last word")
	r.within("dana's line is public", func() bool { return len(v.saw(bridge.ByAgent)) > 0 })
	if got := v.saw(bridge.ByAgent); len(got) != 1 || got[0].Text != "The last word" {
		t.Errorf("the visitor saw %v", got)
	}
	c := v.conversation()
	if c.Status != bridge.Assigned || c.Holder != bridge.AgentID(r.userID("dana")) || !c.SnoozedUntil.IsZero() || len(c.Tags) > 0 {
		t.Errorf("outsiders' words changed the chat: %+v", c)
	}
	if a, err := r.store.Agent(context.Background(), bridge.AgentID(r.userID("gus"))); err != nil || !a.Outsider {
		t.Errorf("gus is kept as %+v, %v", a, err)
	}
}
