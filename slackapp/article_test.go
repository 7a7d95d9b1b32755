package slackapp_test

import (
	"strings"
	"testing"

	"threadline/bridge"
)

// TestAnAnswerBecomesAnArticle: an agent proposes it with words of their own,
// a manager's form, prefilled with those, makes it, and twice makes one.
func TestAnAnswerBecomesAnArticle(t *testing.T) {
	r := newRig(t)
	v := r.visitor("arlo")
	v.write("How long is the <warranty>\non a heat pump?")
	v.reply("warranty")
	v.held("dana")
	ts := v.say("dana", "Ten years on parts.")
	r.within("the line arrives", func() bool { return len(v.saw(bridge.ByAgent)) == 1 })
	use := func(who string) object {
		t.Helper()
		return r.post("shortcut", object{"user": who, "channel": "support", "message_ts": ts, "callback_id": "make_article"})
	}
	send := func(who string, out object, questions, answer string) object {
		t.Helper()
		id, _ := out["view_id"].(string)
		if id == "" {
			t.Fatalf("%s got no form: %v", who, out)
		}
		return r.post("submit", object{"user": who, "view_id": id, "values": object{
			"questions": object{"questions": questions}, "answer": object{"answer": answer},
		}})
	}
	known := func() []bridge.Section {
		t.Helper()
		all, err := r.store.Sections(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	notes := func(words string) (n []msg) {
		for _, m := range v.root().Replies {
			if m.Metadata.Type == "threadline_note" && strings.Contains(m.Text, words) {
				n = append(n, m)
			}
		}
		return n
	}

	wants(t, "a guest", r.told(use("gus")), "Guests")

	form := use("dana")
	if shown := r.view(form["view_id"].(string)); !strings.Contains(shown, "Ten years on parts.") || !strings.Contains(shown, "on a heat pump?") {
		t.Errorf("the form shows %s", shown)
	}
	if e := send("dana", form, " \n ", "Ten years."); !strings.Contains(jsonOf(t, e["errors"]), "write the question") {
		t.Errorf("a form without a question: %v", e)
	}
	send("dana", use("dana"), "How long is the warranty on heat pumps?\n*Is there* a <!channel> guarantee?", "Ten years on parts, five on labour.")
	r.within("the proposal", func() bool { return len(notes("proposes an article")) == 1 })
	if n := notes("proposes an article")[0]; !strings.Contains(n.Text, "<@"+r.user("morgan")+">") || !strings.Contains(n.Text, "&lt;!channel&gt;") ||
		!strings.Contains(gather(n.Blocks), "Ten years on parts, five on labour.") {
		t.Errorf("the managers read %+v", n)
	}
	if n := len(known()); n != 0 {
		t.Fatalf("an agent alone made %d articles", n)
	}

	for range 2 {
		form := use("morgan")
		if shown := r.view(form["view_id"].(string)); !strings.Contains(shown, "five on labour") && len(known()) == 0 {
			t.Errorf("the manager's form lacks what was proposed: %s", shown)
		}
		send("morgan", form, "How long is the warranty on heat pumps?", "Ten years on parts, five on labour.")
	}
	r.within("the thread hears of it", func() bool { return len(notes("added an article")) == 2 })
	all := known()
	if len(all) != 1 || all[0].Title != "How long is the warranty on heat pumps?" || all[0].Text != "Ten years on parts, five on labour." ||
		!strings.HasPrefix(all[0].Source, "learned/") || all[0].ID == "" {
		t.Fatalf("the knowledge has %+v", all)
	}
	if got := v.heard(); got != "Ten years on parts." {
		t.Errorf("the visitor reads %q", got)
	}
	if n := len(v.saw(bridge.BySystem)); n != 2 {
		t.Errorf("the visitor was told %d lines of ours, want the two of the handoff", n)
	}
	wants(t, "our own post", r.told(r.post("shortcut", object{"user": "dana", "channel": "support", "message_ts": v.alert().Stamp, "callback_id": "make_article"})), "thread of a visitor's chat")
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	return (msg{Blocks: []any{v}}).blocks()
}
