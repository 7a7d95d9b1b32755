package slackapp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"threadline/bridge"
	"threadline/slackapp/slacksim"

	"threadline/slackapp"
)

// view is what a modal shows at present, as JSON.
func (r *rig) view(id string) string {
	r.t.Helper()
	for _, v := range r.get("state")["views"].([]any) {
		if v := v.(object); v["view_id"] == id {
			raw, err := json.Marshal(v["view"])
			if err != nil {
				r.t.Fatal(err)
			}
			return string(raw)
		}
	}
	return ""
}

func TestAnAIOnlyChatIsACardWithItsTranscript(t *testing.T) {
	r := newRig(t, brisk)
	r.site("default", func(s *bridge.Site) { s.Mirror = bridge.MirrorCard })
	v := r.visitor("cara")
	const injected = "<!here> *hello* <https://evil.example|x>"
	v.write(injected)
	// The answer comes while nobody is asked for; long enough for pages.
	answer := func(n int) {
		c := v.conversation()
		v.handle(bridge.AssistantAnswered{
			Conversation: v.id, Turn: c.Turn, Epoch: c.Epoch, ReplyID: fmt.Sprint("reply", n),
			Answer: bridge.Answer{Move: bridge.MoveAnswer, Text: fmt.Sprintf("answer %d. %s", n, strings.Repeat("word ", 200)), Confidence: 1},
		})
	}
	answer(1)
	for i := 2; i <= 14; i++ {
		v.write(fmt.Sprint("question ", i))
		answer(i)
	}
	card := v.root()
	if got := card.buttons()["show_transcript"]; got != string(v.id) {
		t.Fatalf("the card's buttons are %v", card.buttons())
	}
	r.quiet()
	if n := len(v.root().Replies); n != 0 {
		t.Errorf("%d replies stand under the card", n)
	}

	// Guests see nothing.
	if out := r.click("gus", card.Stamp, "show_transcript"); out["view_id"] != nil && out["view_id"] != "" {
		t.Errorf("a guest was shown %v", out)
	}
	// An agent sees the newest page and turns back to the first.
	id, _ := r.click("dana", card.Stamp, "show_transcript")["view_id"].(string)
	first := r.view(id)
	if !strings.Contains(first, "answer 14.") || strings.Contains(first, "answer 1.") {
		t.Errorf("the newest page: %s", first)
	}
	seen := first
	for range 10 {
		if !strings.Contains(r.view(id), "transcript_earlier") {
			break
		}
		r.post("click", object{"user": "dana", "view_id": id, "action_id": "transcript_earlier"})
		r.within("the page turns", func() bool { return r.view(id) != first })
		first = r.view(id)
		seen = first + seen
	}
	for i := 1; i <= 14; i++ {
		if !strings.Contains(seen, fmt.Sprintf("answer %d.", i)) {
			t.Errorf("answer %d is on no page", i)
		}
	}
	if !strings.Contains(first, "transcript_later") || strings.Contains(seen, `"type":"broadcast"`) {
		t.Error("the first page")
	}
	for _, n := range r.get("state")["notifications"].([]any) {
		if n := n.(object); n["kind"] == "here" {
			t.Errorf("the visitor's words ring: %v", n)
		}
	}
	// Nothing of it went into the thread.
	if n := len(v.root().Replies); n != 0 {
		t.Errorf("%d replies stand under the card", n)
	}

	// A person is wanted: everything follows, in order, and stays live.
	v.ask()
	r.within("the transcript is mirrored", func() bool { return strings.Contains(v.linesIn("support"), "bringing in a person") })
	all := v.linesIn("support")
	words := []string{"*hello*"}
	for i := 2; i <= 14; i++ {
		words = append(words, fmt.Sprintf("answer %d.", i-1), fmt.Sprint("question ", i, "\n"))
	}
	ordered(t, all, append(words, "answer 14.", "bringing in a person")...)
	v.write("are you there?")
	v.reply("are you there?")
	r.within("the button is gone", func() bool { return v.root().buttons()["show_transcript"] == "" })
	r.quiet()
}

func TestSteppingInMirrorsTheTranscript(t *testing.T) {
	r := newRig(t, brisk, func(_ *slacksim.Config, c *slackapp.Config) { c.Owner = "quiet" })
	r.site("default", func(s *bridge.Site) { s.Mirror = bridge.MirrorCard })
	v := r.visitor("dory")
	v.write("just looking")
	r.click("dana", v.root().Stamp, "claim")
	v.status(bridge.Assigned)
	v.reply("just looking")
	ordered(t, v.linesIn("support"), "just looking", "taking over from here")
}
