package slackapp_test

import (
	"fmt"
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

// pages is a text of that many characters in which every word is another.
func pages(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "word%d & ", i)
	}
	return b.String()[:n-3] + "END"
}

// TestANoteForAColleagueArrivesWhole: what the form of a transfer takes stands
// in the thread to its last word, for it is kept nowhere else.
func TestANoteForAColleagueArrivesWhole(t *testing.T) {
	r := newRig(t)
	v := r.visitor("ned")
	v.held("dana")
	whole := func(note string) {
		t.Helper()
		r.within("the whole note", func() bool {
			for _, m := range v.root().Replies {
				if m.Metadata.Type == "threadline_note" && strings.Contains(m.Text, "END") {
					plain := strings.ReplaceAll(m.Text, "&amp;", "&")
					return strings.Contains(plain, note) && strings.Contains(gather(m.Blocks), note)
				}
			}
			return false
		})
	}
	r.within("the alert offers Transfer", func() bool { _, ok := v.alert().buttons()["transfer"]; return ok })
	view, _ := r.form("dana", v.alert().Stamp, "transfer")
	note := pages(bridge.MaxNote)
	if errs := r.submit("dana", view, map[string]string{"to": r.userID("lee"), "note": note}); len(errs) > 0 {
		t.Fatalf("the transfer was refused: %v", errs)
	}
	v.heldBy("lee")
	whole(note)
}

// TestASuggestionForAWaitingChatArrivesWhole: agents judge an answer by all of
// its words.
func TestASuggestionForAWaitingChatArrivesWhole(t *testing.T) {
	r := newRig(t)
	r.site("default", func(s *bridge.Site) { s.Mode = bridge.ModeSuggest })
	v := r.visitor("sue")
	v.write("How long does it take?")
	v.status(bridge.Queued)
	c := v.conversation()
	answer := pages(2400)
	v.handle(bridge.AssistantAnswered{
		Conversation: v.id, Turn: c.Turn, Epoch: c.Epoch, ReplyID: "r1",
		Answer: bridge.Answer{Move: bridge.MoveAnswer, Text: answer, HTML: answer, Confidence: 1},
	})
	r.within("the whole suggestion", func() bool {
		for _, m := range v.root().Replies {
			if m.Metadata.Type == "threadline_note" && strings.Contains(gather(m.Blocks), answer) {
				return true
			}
		}
		return false
	})
}

// TestATaskKeepsEveryWord: what is more than a title goes into the task's
// context, and what is more than both is refused.
func TestATaskKeepsEveryWord(t *testing.T) {
	r := newRig(t)
	v := r.visitor("tess")
	v.held("dana")
	long := pages(bridge.MaxTaskTitle + bridge.MaxTaskText - 50)
	v.say("dana", "!task "+long+" in 2h")
	r.within("the task is there", func() bool { return len(r.open(bridge.TaskFilter{Conversation: v.id})) == 1 })
	task := r.open(bridge.TaskFilter{Conversation: v.id})[0]
	if got := task.Title + " " + task.Text; got != long || task.Due.IsZero() {
		t.Errorf("of %d characters are kept %d, due %v:\n%s", len(long), len(got), task.Due, got)
	}
	v.say("dana", "!task "+pages(bridge.MaxTaskTitle+bridge.MaxTaskText+1))
	r.within("what is too long is refused", func() bool {
		return strings.Contains(fmt.Sprint(r.get("state")["ephemerals"]), "2151 characters")
	})
	if n := len(r.open(bridge.TaskFilter{Conversation: v.id})); n != 1 {
		t.Errorf("%d tasks, want the first alone", n)
	}
	// The form takes no more than is kept (Slack: plain_text_input, max_length).
	errs := r.newTask("dana", map[string]string{
		"title": "Order filters", "context": pages(bridge.MaxTaskText + 1), "priority": "normal", "due": "", "agent": r.userID("dana"), "cadence": "", "tries": "",
	})
	if errs["context"] == nil {
		t.Errorf("a context that is too long came to %v", errs)
	}
	note := pages(bridge.MaxNote)
	view, _ := r.presses("dana", r.listFor("dana"), "task_done")["view_id"].(string)
	if errs := r.submit("dana", view, map[string]string{"outcome": "solved", "note": note}); len(errs) > 0 {
		t.Fatalf("closing was refused: %v", errs)
	}
	if got := r.task(task.ID); got.Note != note {
		t.Errorf("of a closing note %d characters are kept", len(got.Note))
	}
}
