package slackapp_test

import (
	"fmt"
	"strings"
	"testing"

	"threadline/bridge"
)

// TestABusyHomeStaysWithinItsBlocks: Slack refuses a home of more than 100
// blocks, and the old one would stand.
func TestABusyHomeStaysWithinItsBlocks(t *testing.T) {
	r := newRig(t)
	const each = 14
	for i := range each {
		for _, holder := range []string{"", "dana", "lee"} {
			v := r.visitor(fmt.Sprintf("v%d%s", i, holder))
			v.ask()
			if holder == "" {
				continue
			}
			c := v.conversation()
			got := v.handle(bridge.AgentClaimed{Press: bridge.Press{
				Key: "claim-" + string(c.ID), Conversation: c.ID, Handoff: c.Handoff, Agent: bridge.Agent{ID: bridge.AgentID(r.userID(holder)), Name: holder},
			}})
			if got.Verdict != bridge.Done {
				t.Fatalf("%s could not claim: %v", holder, got.Verdict)
			}
		}
		r.overdueTask(r.userID("dana"), "", bridge.TaskWish{Title: fmt.Sprint("Call ", i), Priority: bridge.Normal})
	}
	r.post("home", object{"user": "dana"})
	var blocks []any
	r.within("dana's home is published", func() bool {
		homes, _ := r.get("state")["homes"].(object)
		view, _ := homes[r.userID("dana")].(object)
		blocks, _ = view["blocks"].([]any)
		return len(blocks) > 0
	})
	shown := fmt.Sprint(blocks)
	wants(t, "the home", shown, "Your chats: 14", "Waiting for a person: 14", "With another agent: 14", "Your tasks: 14")
	if n := strings.Count(shown, "and 2 more"); n != 3 {
		t.Errorf("%d of 3 lists say what they leave out: %s", n, shown)
	}
	if len(blocks) > 100 {
		t.Errorf("the home has %d blocks", len(blocks))
	}
}
