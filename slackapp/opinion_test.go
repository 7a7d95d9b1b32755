package slackapp_test

import (
	"strings"
	"testing"

	"threadline/bridge"
)

// TestWhatTheVisitorThinksIsToldToColleagues: on the card and in the thread,
// as data, to nobody's ears and never back to the visitor.
func TestWhatTheVisitorThinksIsToldToColleagues(t *testing.T) {
	r := newRig(t)
	v := r.visitor("iris")
	v.write("do you?")
	c := v.conversation()
	v.handle(bridge.AssistantAnswered{
		Conversation: v.id, Turn: c.Turn, Epoch: c.Epoch, ReplyID: "r1",
		Answer: bridge.Answer{Move: bridge.MoveAnswer, Text: "We do.", HTML: "We do.", Confidence: 1},
	})
	v.handle(bridge.VisitorJudged{Conversation: v.id, Seq: 2, Thumb: bridge.ThumbDown})
	comment := "<!channel> *slow* " + strings.Repeat("and rude ", 500) + "END"
	for range 2 {
		v.handle(bridge.VisitorRated{Conversation: v.id, Score: 2, Comment: comment})
	}
	note := func(sign string) []msg {
		var out []msg
		for _, m := range v.root().Replies {
			if m.Metadata.Type == "threadline_note" && strings.HasPrefix(m.Text, sign) {
				out = append(out, m)
			}
		}
		return out
	}
	r.within("the notes", func() bool { return len(note("👎")) > 0 && len(note("⭐")) > 0 })
	r.within("the card", func() bool { return strings.Contains(v.root().Text, "★★☆☆☆ 2 of 5") })
	r.get("wait?idle_ms=300&timeout_ms=5000")
	if n := note("👎"); len(n) != 1 || !strings.Contains(n[0].Text, "“We do.”") {
		t.Errorf("of the answer: %+v", n)
	}
	if n := note("⭐"); len(n) != 1 || !strings.Contains(n[0].Text, "rated this chat 2 of 5") ||
		!strings.Contains(n[0].Text, "&lt;!channel&gt; *slow*") || gather(n[0].Blocks[1:]) != comment {
		t.Errorf("of the chat: %+v", n)
	}
	for _, n := range r.get("state")["notifications"].([]any) {
		t.Errorf("the visitor's opinion rang: %v", n)
	}
	if n := len(v.saw(bridge.BySystem)) + len(v.saw(bridge.ByAgent)); n != 0 {
		t.Errorf("the visitor was told %d lines", n)
	}
}
