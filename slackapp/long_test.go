package slackapp_test

import (
	"strings"
	"testing"

	"threadline/bridge"
)

// TestALongAnswerArrivesWhole: an assistant's answer may be longer than any
// block, and than all blocks of one post (Slack: section text, 3,000
// characters; message text, 40,000).
func TestALongAnswerArrivesWhole(t *testing.T) {
	r := newRig(t)
	v := r.visitor("long")
	v.write("hello")
	v.reply("hello")
	answer := strings.Repeat("An answer goes on & on. ", 1250) + "END" // 30,003 characters
	c := v.conversation()
	v.handle(bridge.AssistantAnswered{
		Conversation: v.id, Turn: c.Turn, Epoch: c.Epoch, ReplyID: "r1",
		Answer: bridge.Answer{Move: bridge.MoveAnswer, Text: answer, HTML: answer, Confidence: 1},
	})
	m := v.reply("END")
	if plain := strings.ReplaceAll(m.Text, "&amp;", "&"); !strings.Contains(plain, answer) {
		t.Errorf("%d characters of the answer's text hold not all of it", len(plain))
	}
	if n := strings.Count(gather(m.Blocks), "An answer goes on & on. "); n != 1250 {
		t.Errorf("its blocks hold %d of 1,250 sentences", n)
	}
}
