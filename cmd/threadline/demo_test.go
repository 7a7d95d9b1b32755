package main_test

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestDemo plays both sides of the demo the way a newcomer would.
func TestDemo(t *testing.T) {
	p := launch(t, binary(t, ""), nil, "demo", "--listen", "127.0.0.1:0", "--slack-listen", "127.0.0.1:0", "--data", t.TempDir())
	site, sim := p.lines["site"], &simulated{t, p.lines["slack"]}
	if site == "" || sim.url == "" {
		t.Fatalf("printed %v before ready", p.lines)
	}
	v := newVisitor(t, site)

	// The assistant answers from the knowledge, with its source, and does not
	// guess.
	v.say("Do you service heat pumps in 60614?")
	v.heard("assistant", "60614")
	_, messages := v.chat()
	if last := messages[len(messages)-1]; len(last.Sources) == 0 {
		t.Errorf("an answer without a source: %q", last.Text)
	}
	v.say("What is the capital of Peru?")
	until(t, "an honest word on Peru", func() bool { _, m := v.chat(); return m[len(m)-1].Author.Kind != "visitor" })
	_, messages = v.chat()
	if last := messages[len(messages)-1]; strings.Contains(last.Text, "Lima") || len(last.Sources) > 0 {
		t.Errorf("it guessed: %q from %v", last.Text, last.Sources)
	}

	// Hostile words arrive as typed and ping nobody.
	const hostile = "<!channel> @here <script>alert(1)</script> *_~` & 😀 שלום"
	v.say("I want a refund " + hostile)
	if c, _ := v.chat(); c.Status != "queued" || c.Expectation == "" {
		t.Errorf("after asking for a refund: status %q, expectation %q", c.Status, c.Expectation)
	}
	until(t, "the alert", func() bool { _, ok := sim.alert(v.id); return ok })
	alert, _ := sim.alert(v.id)
	shown := alert.Text + string(alert.Blocks)
	for _, want := range []string{"refund", "claim", "sensitive", "capital of Peru"} {
		if !strings.Contains(strings.ToLower(shown), strings.ToLower(want)) {
			t.Errorf("the alert lacks %q: %s", want, shown)
		}
	}
	until(t, "the hostile line in the thread", func() bool {
		root, _ := sim.thread(v.id)
		return slices.ContainsFunc(root.Replies, func(r slackPost) bool {
			return r.Metadata.EventType == "threadline_lines" && strings.Contains(unescape(r.Text), hostile)
		})
	})
	morgan := sim.user("morgan")
	until(t, "the manager to be mentioned", func() bool { return len(sim.state().Notifications) > 0 })
	for _, n := range sim.state().Notifications {
		if n.Kind == "thread" && n.User == morgan {
			continue // whoever was mentioned in a thread follows it
		}
		if n.User != morgan || n.Kind != "mention" || n.TS != alert.TS {
			t.Errorf("a visitor's words rang somebody: %+v", n)
		}
	}

	// Two press Claim at the same instant: one has it.
	var both sync.WaitGroup
	told := map[string]pressed{}
	var mu sync.Mutex
	for _, who := range []string{"dana", "lee"} {
		both.Go(func() {
			r := sim.click(who, alert.TS, "claim")
			mu.Lock()
			defer mu.Unlock()
			told[who] = r
		})
	}
	both.Wait()
	until(t, "a claim", func() bool { return v.status() == "assigned" })
	c, _ := v.chat()
	winner, loser := "dana", "lee"
	if !strings.HasPrefix(c.Agent.Name, "Dana") {
		winner, loser = loser, winner
	}
	introductions := 0
	for _, s := range v.said("system") {
		if strings.HasPrefix(s, "Hi, I'm ") {
			introductions++
		}
	}
	if introductions != 1 {
		t.Errorf("%d agents introduced themselves", introductions)
	}
	if !strings.Contains(told[loser].told(), c.Agent.Name) {
		t.Errorf("%s was not told who has it: %s", loser, told[loser].told())
	}
	if c.Agent.AvatarURL == "" || c.Agent.Title == "" {
		t.Errorf("the visitor sees no picture or title: %+v", c.Agent)
	}
	until(t, "the alert to say who has it", func() bool {
		a, _ := sim.alert(v.id)
		return strings.Contains(a.Text, "Claimed by") && strings.Contains(a.Text+string(a.Blocks), "release")
	})

	talk(t, v, sim, winner, loser)
	handBack(t, v, sim, winner, loser)
	stepIn(t, newVisitor(t, site), sim)
	if code := p.stop(t); code != 0 {
		t.Errorf("exit code %d on SIGTERM\n%s", code, p.errs)
	}
	if wrong := mistakes(p.errs.String()); wrong != "" {
		t.Errorf("errors in the log:\n%s\n%s", wrong, p.errs)
	}
}

// talk: the holder's words go out in order and formatted, everything else
// stays inside.
func talk(t *testing.T, v *visitor, sim *simulated, winner, loser string) {
	t.Helper()
	root, _ := sim.thread(v.id)
	sim.say(winner, root.TS, "I can *help* you, see <https://example.com/refunds|our page>.")
	sim.say(winner, root.TS, "One moment &amp; I am back")
	aside := sim.say(winner, root.TS, "!note he sounds upset")
	other := sim.say(loser, root.TS, "he had two refunds already")
	held := sim.say(winner, root.TS, "<@"+sim.user(loser)+"> can you look?")
	v.heard("agent", "One moment & I am back")
	said := v.said("agent")
	if want := "I can help you, see our page (https://example.com/refunds)."; len(said) < 2 || said[0] != want {
		t.Errorf("the visitor reads %q, want first %q", said, want)
	}
	_, messages := v.chat()
	for _, m := range messages {
		if m.Text == said[0] && (!strings.Contains(m.HTML, "<strong>help</strong>") || !strings.Contains(m.HTML, `href="https://example.com/refunds"`)) {
			t.Errorf("html %q", m.HTML)
		}
	}
	for _, ts := range []string{aside, other, held} {
		until(t, "the lock on a line", func() bool {
			root, _ := sim.thread(v.id)
			return slices.ContainsFunc(root.Replies, func(r slackPost) bool {
				return r.TS == ts && slices.ContainsFunc(r.Reactions, func(x struct{ Name string }) bool { return x.Name == "lock" })
			})
		})
	}
	sim.asked(loser, "keep_internal", "")
	question := sim.asked(winner, "send_to_visitor", "")
	sim.post("click", map[string]any{"user": winner, "ephemeral_id": question.ID, "action_id": "send_to_visitor"})
	v.heard("agent", "can you look?")
	for _, s := range v.said("agent") {
		if strings.Contains(s, "upset") || strings.Contains(s, "two refunds") || strings.Contains(s, "<@") {
			t.Errorf("internal talk leaked: %q", s)
		}
	}
	assistant := len(v.said("assistant"))
	v.say("Thanks, I will wait. Do you service heat pumps?")
	until(t, "the visitor's words in the thread", func() bool {
		root, _ := sim.thread(v.id)
		return slices.ContainsFunc(root.Replies, func(r slackPost) bool { return strings.Contains(r.Text, "I will wait") })
	})
	if n := len(v.said("assistant")); n != assistant {
		t.Errorf("the assistant spoke while %s held the chat", winner)
	}
}

// handBack: release queues it again, a colleague resolves it, and the
// assistant knows what was agreed.
func handBack(t *testing.T, v *visitor, sim *simulated, winner, loser string) {
	t.Helper()
	alert, _ := sim.alert(v.id)
	sim.click(loser, alert.TS, "release")
	if s := v.status(); s != "assigned" {
		t.Errorf("a colleague's release made it %q", s)
	}
	sim.click(winner, alert.TS, "release")
	until(t, "the release", func() bool { return v.status() == "queued" })
	until(t, "the second claim", func() bool {
		sim.click(loser, alert.TS, "claim")
		return v.status() == "assigned"
	})
	press := sim.click(loser, alert.TS, "resolve")
	if press.ViewID == "" {
		t.Fatalf("resolve opened no modal: %s", press.told())
	}
	sim.post("submit", map[string]any{"user": loser, "view_id": press.ViewID, "values": map[string]any{
		"outcome": map[string]string{"outcome": "solved"},
		"note":    map[string]string{"note": "We agreed on a full refund of the diagnostic fee within five days."},
	}})
	until(t, "the resolve", func() bool { return v.status() == "resolved" })
	v.heard("system", "has closed this request")
	v.say("What did we agree on?")
	v.heard("assistant", "five days")
	if s := v.status(); s != "automatic" {
		t.Errorf("after the visitor came back: %q", s)
	}
}

// stepIn: an agent's reply in a chat of the assistant offers Claim and send.
func stepIn(t *testing.T, v *visitor, sim *simulated) {
	t.Helper()
	v.say("Do you clean ducts?")
	until(t, "the thread", func() bool { _, ok := sim.thread(v.id); return ok })
	root, _ := sim.thread(v.id)
	sim.say("dana", root.TS, "I can take this one")
	question := sim.asked("dana", "claim_and_send", "")
	if s := v.status(); s != "automatic" {
		t.Errorf("a reply alone made it %q", s)
	}
	sim.post("click", map[string]any{"user": "dana", "ephemeral_id": question.ID, "action_id": "claim_and_send"})
	v.heard("agent", "I can take this one")
	if s := v.status(); s != "assigned" {
		t.Errorf("claim and send left it %q", s)
	}
}

var entities = regexp.MustCompile(`&(amp|lt|gt);`)

// unescape undoes Slack's three entities.
func unescape(s string) string {
	return entities.ReplaceAllStringFunc(s, func(e string) string {
		return map[string]string{"&amp;": "&", "&lt;": "<", "&gt;": ">"}[e]
	})
}
