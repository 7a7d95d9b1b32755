package slackapp_test

import (
	"strings"
	"testing"

	"threadline/bridge"
)

// What waits again is seen in the channel, where its alert has long scrolled
// away, and an emergency calls the managers again.
func TestAChatThatIsGivenBackIsSeenInTheChannel(t *testing.T) {
	r := newRig(t)
	v := r.visitor("pat")
	v.write("water is pouring through the ceiling")
	v.status(bridge.Queued)
	r.within("the alert can be claimed", func() bool { _, ok := v.alert().buttons()["claim"]; return ok })
	r.click("dana", v.alert().Stamp, "claim")
	v.heldBy("dana")
	r.within("the alert can be released", func() bool { _, ok := v.alert().buttons()["release"]; return ok })
	r.click("dana", v.alert().Stamp, "release")
	v.status(bridge.Queued)
	r.within("the channel is told, and morgan is called", func() bool {
		for _, m := range v.root().Replies {
			if strings.Contains(m.Text, "gave this chat back") && strings.Contains(m.Text, "Press Claim") {
				return m.Subtype == "thread_broadcast" && m.Metadata.Type == "threadline_note" && strings.Contains(m.Text, "<@"+r.userID("morgan")+">")
			}
		}
		return false
	})
}
