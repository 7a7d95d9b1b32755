package slackapp_test

import (
	"strings"
	"testing"

	"threadline/bridge"
)

// live are the root cards of a chat that stand, oldest first.
func (v *visitor) live() []msg {
	v.r.t.Helper()
	var out []msg
	for _, m := range v.r.roots() {
		if m.Metadata.Type == "threadline_thread" && m.Metadata.Payload["conversation_id"] == string(v.id) {
			out = append(out, m)
		}
	}
	return out
}

func (v *visitor) movedFrom(old string) msg {
	v.r.t.Helper()
	var got msg
	v.r.within("a new root", func() bool {
		list := v.live()
		if len(list) != 1 || list[0].Stamp == old || v.conversation().Thread.Stamp != list[0].Stamp {
			return false
		}
		got = list[0]
		return true
	})
	return got
}

func (m msg) says(text string) bool {
	for _, x := range m.Replies {
		if strings.Contains(x.Text, text) {
			return true
		}
	}
	return false
}

// TestARootThatSomebodyDeletes is a bad day: a manager deletes the first post of
// a chat whose replies stand.
func TestARootThatSomebodyDeletes(t *testing.T) {
	r := newRig(t)
	v := r.visitor("ada")
	v.held("dana")
	v.write("the first words")
	v.reply("the first words")
	v.say("dana", "I am here")
	r.within("dana is heard", func() bool { return v.heard() == "I am here" })
	old := v.root().Stamp
	r.post("delete", object{"user": "morgan", "channel": "support", "ts": old})
	root := v.movedFrom(old)
	r.within("the new thread tells what was said, and why it is new", func() bool {
		root = v.live()[0]
		return root.says("deleted the first post") && root.says("the first words") && root.says("I am here")
	})
	v.write("and after that")
	v.reply("and after that")
	v.say("dana", "still here")
	r.within("the holder is heard from the new thread", func() bool { return v.heard() == "I am here,still here" })

	// Who goes on in the old thread is heard too, is told, and colleagues see it.
	for _, text := range []string{"from the old one", "once more"} {
		r.post("say", object{"user": "dana", "channel": "support", "thread_ts": old, "text": text})
	}
	v.reply("from the old one")
	v.reply("once more")
	r.within("it counts", func() bool { return v.heard() == "I am here,still here,from the old one,once more" })
	pointers := 0
	r.within("dana is told where it goes on", func() bool {
		pointers = 0
		for _, e := range r.ephemerals() {
			if e.User == r.user("dana") && e.Thread == old && strings.Contains(e.Text, strings.ReplaceAll(root.Stamp, ".", "")) {
				pointers++
			}
		}
		return pointers > 0
	})
	if pointers != 1 {
		t.Errorf("told %d times", pointers)
	}
	if alerts := r.kinds("threadline_alert"); alerts != 1 {
		t.Errorf("%d alerts for one handoff", alerts)
	}
	// A read of the new thread does not take lines of the old one for deleted.
	r.stop()
	before := r.mark()
	r.run()
	r.within("another read", func() bool { return r.mark() > before })
	if got := v.heard(); got != "I am here,still here,from the old one,once more" {
		t.Errorf("after a read back: %q", got)
	}
}

// kinds counts posts by their metadata, replies too.
func (r *rig) kinds(kind string) int {
	n := 0
	for _, m := range r.roots() {
		for _, x := range append([]msg{m}, m.Replies...) {
			if x.Metadata.Type == kind {
				n++
			}
		}
	}
	return n
}

// TestARootDeletedBeforeItsFirstReply: Slack leaves nothing of it, and posts to
// the thread are refused until there is another.
func TestARootDeletedBeforeItsFirstReply(t *testing.T) {
	r := newRig(t)
	v := r.visitor("bea")
	v.write("hello")
	v.reply("hello")
	old := v.root()
	r.stop()
	for _, m := range append(old.Replies, old) {
		r.post("delete", object{"user": "morgan", "channel": "support", "ts": m.Stamp})
	}
	v.ask()
	r.run()
	root := v.movedFrom(old.Stamp)
	if card := v.alert(); card.Thread != root.Stamp {
		t.Errorf("the alert stands in %s", card.Thread)
	}
	v.write("are you there?")
	v.reply("are you there?")
	r.click("dana", v.alert().Stamp, "claim")
	v.status(bridge.Assigned)
	r.within("nothing is stuck", func() bool {
		b, err := r.store.Backlog(t.Context(), clock{}.Now())
		return err == nil && b.Pending == 0
	})
}

// TestARootDeletedWhileNobodyListens: the next read of the thread finds out.
func TestARootDeletedWhileNobodyListens(t *testing.T) {
	r := newRig(t)
	v := r.visitor("cal")
	v.held("dana")
	v.write("words")
	v.reply("words")
	old := v.root().Stamp
	r.stop()
	r.steal(1, func() { r.post("delete", object{"user": "morgan", "channel": "support", "ts": old}) })
	r.run()
	root := v.movedFrom(old)
	r.within("with what was said", func() bool { return v.live()[0].says("words") })
	r.click("dana", root.Stamp, "resolve")
}
