package slackapp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/slackapp"
	"threadline/slackapp/slacksim"
)

// The tests here are bad days: each is a row of the table in
// docs/reliability.md.

// TestAnotherBotInTheThread: what another application writes in a chat's thread
// stays there, is answered by nothing, and settles nothing of ours even if it
// bears our metadata.
func TestAnotherBotInTheThread(t *testing.T) {
	r := newRig(t)
	v := r.visitor("otto")
	v.held("dana")
	v.write("the line that waits")
	v.reply("the line that waits")
	root := v.root().Stamp
	r.post("faults", object{"error": object{"method": "chat.postMessage", "error": "service_unavailable", "times": 1000}})
	v.write("the line to come")
	var waits bridge.Delivery
	r.within("a post waits", func() bool {
		b, err := r.store.Backlog(t.Context(), time.Now())
		for _, d := range b.Stuck {
			if d.Kind == bridge.KindLine {
				waits = d
			}
		}
		return err == nil && waits.ID != ""
	})
	forged := object{"event_type": "threadline_lines", "event_payload": object{"conversation_id": string(v.id), "delivery": string(waits.ID), "seq_from": 1, "seq_to": 9}}
	r.post("say", object{"bot": "Deploybot", "channel": "support", "thread_ts": root, "text": "the line to come", "metadata": forged})
	r.post("say", object{"bot": "Deploybot", "channel": "support", "thread_ts": root, "text": "deployed v1.2"})
	r.post("say", object{"bot": "Deploybot", "channel": "support", "text": "a root of mine", "metadata": object{"event_type": "threadline_thread", "event_payload": object{"conversation_id": "c-nobody", "delivery": "x"}}})
	r.post("faults", object{"clear": true})
	r.within("ours goes out although theirs looks like it", func() bool {
		for _, m := range v.ours() {
			if strings.Contains(m.Text, "the line to come") {
				return true
			}
		}
		return false
	})
	v.say("dana", "done")
	r.within("dana is heard", func() bool { return v.heard() == "done" })
	posts := len(r.calls("chat.postMessage"))
	r.stop()
	r.readAgain()
	r.get("wait?idle_ms=500&timeout_ms=5000")
	if got := v.heard(); got != "done" {
		t.Errorf("the visitor read %q", got)
	}
	lines, err := r.store.Lines(t.Context(), v.id)
	if err != nil || len(lines) != 1 {
		t.Errorf("%d lines of the thread are known, want dana's: %v", len(lines), err)
	}
	if n := len(r.calls("chat.postMessage")); n != posts {
		t.Errorf("%d posts after another bot spoke", n-posts)
	}
}

// ours are the replies in the chat's thread that our own app wrote.
func (v *visitor) ours() []msg {
	v.r.t.Helper()
	var out []msg
	for _, m := range v.root().Replies {
		if m.User == v.root().User {
			out = append(out, m)
		}
	}
	return out
}

// TestAnAgentWhoEditsFiftyTimes: every edit is applied in order, the visitor
// ends with the last, and they cost no call to Slack each.
func TestAnAgentWhoEditsFiftyTimes(t *testing.T) {
	r := newRig(t)
	v := r.visitor("edna")
	v.held("dana")
	ts := v.say("dana", "version 0")
	r.within("the first version", func() bool { return v.heard() == "version 0" })
	r.get("wait?idle_ms=500&timeout_ms=5000")
	rev, calls := v.conversation().Rev, len(r.made())
	for i := 1; i <= 50; i++ {
		r.post("edit", object{"user": "dana", "channel": "support", "ts": ts, "text": fmt.Sprintf("version %d", i)})
	}
	r.within("the last version", func() bool { return v.heard() == "version 50" })
	r.get("wait?idle_ms=500&timeout_ms=5000")
	if got := v.conversation().Rev - rev; got != 50 {
		t.Errorf("%d of 50 edits were applied", got)
	}
	if list := r.made()[calls:]; len(list) > 5 { // a slow machine redraws the card, or connects, meanwhile
		t.Errorf("%d calls to Slack for 50 edits: %v", len(list), list)
	}
	if got := v.heard(); got != "version 50" {
		t.Errorf("the visitor reads %q", got)
	}
}

// made are the methods that were called, in order, without the reads of a
// catch-up.
func (r *rig) made() []string {
	r.t.Helper()
	var out []string
	for _, e := range r.get("log?after=0")["entries"].([]any) {
		e := e.(object)
		if m, _ := e["method"].(string); e["kind"] == "call" && !strings.HasPrefix(m, "conversations.") {
			out = append(out, m)
		}
	}
	return out
}

// TestAVisitorWhoSendsAThousandLines: they go out in a bounded number of posts,
// each once and in order, and a visitor who needs a person meanwhile does not
// wait behind them.
func TestAVisitorWhoSendsAThousandLines(t *testing.T) {
	const lines = 1000
	r := newRig(t)
	loud, quiet := r.visitor("loud"), r.visitor("quiet")
	loud.write("hello")
	quiet.write("hello")
	loud.reply("hello")
	quiet.reply("hello")
	r.get("wait?idle_ms=500&timeout_ms=5000")
	r.stop()
	for i := range lines {
		loud.write(fmt.Sprintf("line %04d of many", i))
	}
	quiet.write("I want to talk to a human")
	before := len(r.calls("chat.postMessage"))
	r.run()
	alert := quiet.alert().Stamp
	loud.reply(fmt.Sprintf("line %04d", lines-1))
	posts := len(r.calls("chat.postMessage")) - before
	if posts > lines/20 {
		t.Errorf("%d posts for %d lines", posts, lines)
	}
	behind := 0
	var all strings.Builder
	for _, m := range loud.root().Replies {
		if m.Metadata.Type == "threadline_lines" {
			all.WriteString(m.Text + "\n")
			if m.Stamp < alert && strings.Contains(m.Text, "of many") {
				behind++
			}
		}
	}
	if behind > 1 {
		t.Errorf("the alert stood behind %d posts of the flood", behind)
	}
	at := 0
	for i := range lines {
		want := fmt.Sprintf("line %04d of many", i)
		if n := strings.Count(all.String(), want); n != 1 {
			t.Fatalf("%q stands %d times", want, n)
		}
		next := strings.Index(all.String(), want)
		if next < at {
			t.Fatalf("%q stands out of order", want)
		}
		at = next
	}
}

// TestAWeekOfDowntime: what agents wrote meanwhile is read back no faster than
// allowed, chats that somebody holds first, and visitors are served meanwhile.
func TestAWeekOfDowntime(t *testing.T) {
	const every, chats = 300 * time.Millisecond, 12
	r := newRig(t, func(_ *slacksim.Config, c *slackapp.Config) { c.ReadInterval = every })
	var all []*visitor
	for i := range chats {
		v := r.visitor(fmt.Sprintf("week%02d", i))
		v.write("hello")
		all = append(all, v)
	}
	for _, v := range all {
		v.reply("hello")
	}
	held := all[chats-1]
	held.held("dana")
	r.within("the first read", func() bool { return r.mark() != "" })
	r.stop()
	mark := "caught up:" + held.conversation().Thread.Channel
	week := time.Now().Add(-7 * 24 * time.Hour)
	if err := r.store.SetMark(t.Context(), mark, fmt.Sprintf("%d.000000", week.Unix())); err != nil {
		t.Fatal(err)
	}
	r.steal(chats, func() {
		for _, v := range all {
			v.say("dana", "written meanwhile")
		}
	})
	before := len(r.calls("conversations.replies"))
	began := time.Now()
	r.run()
	all[0].write("is anybody there?")
	all[0].reply("is anybody there?")
	served := len(r.calls("conversations.replies")) - before
	known := func() int {
		n := 0
		for _, v := range all {
			lines, err := r.store.Lines(t.Context(), v.id)
			if err != nil {
				t.Fatal(err)
			}
			n += len(lines)
		}
		return n
	}
	r.within("the held chat's line", func() bool { return held.heard() == "written meanwhile" })
	if n := known(); n > chats/2 {
		t.Errorf("%d of %d chats were read before the held one", n, chats)
	}
	r.within("every line is known", func() bool { return known() == chats })
	took := time.Since(began)
	reads := r.calls("conversations.replies")[before:]
	if allowed := 2 + int(took/every) + 1; len(reads) > allowed {
		t.Errorf("%d reads in %s, %d are allowed", len(reads), took, allowed)
	}
	if served >= chats {
		t.Errorf("the visitor's line waited for %d of %d reads", served, chats)
	}
}
