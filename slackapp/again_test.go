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

// The record names people and chats as people know them, and the taker as the
// one who has a chat then.
func TestTheRecordCanBeRead(t *testing.T) {
	r := newRig(t)
	v := r.visitor("pat")
	v.held("dana")
	view, said := r.form("dana", v.alert().Stamp, "transfer")
	if errs := r.submit("dana", view, map[string]string{"to": r.userID("lee"), "note": ""}); len(errs) > 0 {
		t.Fatalf("the transfer was refused: %v, %q", errs, said)
	}
	v.heldBy("lee")
	r.within("the card offers Take over", func() bool { _, ok := v.alert().buttons()["take_over"]; return ok })
	r.click("morgan", v.alert().Stamp, "take_over")
	v.heldBy("morgan")
	r.change(func(s *bridge.Setup) { s.Managers = []string{r.userID("morgan")} })
	got := r.command("dana", "audit")
	wants(t, "the record", got, "transfer “", "|pat>”: `Dana", "` → `Lee", "take over “", "` → `Morgan", "`managers`: `nothing` → `Morgan")
	for _, id := range []string{string(v.id), r.userID("dana"), r.userID("lee"), r.userID("morgan")} {
		if strings.Contains(got, id) {
			t.Errorf("it shows the id %s: %s", id, got)
		}
	}
}

// Whoever asks for the hours is told those that count: a team's own stand in for
// its site's.
func TestHoursAreThoseThatCount(t *testing.T) {
	r := newRig(t)
	never := bridge.Hours{Zone: "America/Chicago", Week: map[string]string{}, Exceptions: map[string]string{"2001-01-01": "09:00-17:00"}}
	r.change(func(s *bridge.Setup) {
		s.Teams[0].Hours = never
		s.Teams = append(s.Teams, bridge.Team{ID: "night", Name: "Night", Hours: bridge.Hours{Zone: "Asia/Tokyo", Week: map[string]string{"daily": "24h"}}})
	})
	got := r.command("dana", "hours")
	wants(t, "hours", got, "closed, and never open again", "by the hours of its team", "times of America/Chicago", "on 2001-01-01 09:00-17:00",
		"its chats for *Night*: open round the clock", "times of Asia/Tokyo")
}

// Whom a chat is given to without being there is said before and after.
func TestATransferSaysWhoIsNotThere(t *testing.T) {
	r := newRig(t)
	r.command("lee", "me offline For 2h")
	v := r.visitor("pat")
	v.held("dana")
	r.within("the alert offers Transfer", func() bool { _, ok := v.alert().buttons()["transfer"]; return ok })
	view, said := r.form("dana", v.alert().Stamp, "transfer")
	if s := r.shown(view); !strings.Contains(s, "Lee Okafor · ⚫ offline") || strings.Contains(s, "Morgan Reyes ·") {
		t.Errorf("the form shows %s, %q", s, said)
	}
	v.say("dana", "!assign <@"+r.userID("lee")+"> please")
	v.heldBy("lee")
	r.within("dana is told", func() bool {
		return strings.Contains(r.heard("dana"), "Lee Okafor has the chat now, but is ⚫ offline: the visitor may wait.")
	})
}

// heard is all that somebody was told in private.
func (r *rig) heard(name string) string {
	var b strings.Builder
	for _, e := range r.ephemerals() {
		if e.User == r.userID(name) {
			b.WriteString(e.Text + "\n")
		}
	}
	return b.String()
}

// A word that is misspelt is answered with the nearest, and a line that says two
// things is not half done.
func TestWordsAreNotHalfDone(t *testing.T) {
	r := newRig(t)
	v := r.visitor("pat")
	v.held("dana")
	v.say("dana", "!tag vip")
	r.within("it is tagged", func() bool { return len(v.conversation().Tags) == 1 })
	v.say("dana", "!tag warranty -vip")
	v.say("dana", "!snoze 2h")
	r.within("dana is told of both", func() bool {
		said := r.heard("dana")
		return strings.Contains(said, "one line does one of the two. Nothing was changed.") && strings.Contains(said, "Did you mean `!snooze`?")
	})
	if tags := v.conversation().Tags; len(tags) != 1 || tags[0] != "vip" {
		t.Errorf("the tags are %v", tags)
	}
}
