package chaos_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// root waits until the chat has a thread and returns the root of that in which
// it lives now.
func (c *chat) root() place {
	var root place
	c.must(c.w.slack.wait(patience, func(s *slackState) bool {
		if r := s.root(c.v.id); r != nil {
			root = r.at()
		}
		return root.ts != ""
	}), "a thread")
	return root
}

// card is what agents press on now.
func (c *chat) card() place {
	var card place
	c.must(c.w.slack.wait(patience, func(s *slackState) bool {
		if p := s.card(c.v.id); p != nil {
			card = p.at()
		}
		return card.ts != ""
	}), "a card")
	return card
}

var agents = []string{"dana", "lee"}

func other(agent string) string {
	if agent == "dana" {
		return "lee"
	}
	return "dana"
}

// insist repeats an act until the visitor's stream shows its effect, as people
// do. Presses that were repeated are given time to run out. What a chat waits
// for its agent's hands is not the program's time.
func (c *chat) insist(what string, act func(), done func(*view) bool) {
	began, busy := time.Now(), c.busy
	for try := 0; ; try++ {
		c.must(time.Since(began)-(c.busy-busy) < patience, "%s", what)
		act()
		if c.v.view.wait(5*time.Second, done) {
			if try > 0 {
				pause(context.Background(), 4*time.Second)
			}
			return
		}
	}
}

// claim lets one agent, or two at the same instant, press Claim.
func (c *chat) claim(race bool) {
	who := []string{agents[c.rng.IntN(2)]}
	if race {
		who = agents
	}
	c.insist("the claim", func() {
		card := c.card()
		var both sync.WaitGroup
		for _, a := range who {
			both.Go(func() { c.w.slack.press(a, card, "claim") })
		}
		both.Wait()
	}, func(v *view) bool { return v.status == "assigned" })
	c.took()
}

// took notes who holds the chat now.
func (c *chat) took() {
	_, c.holder = c.v.view.state()
	c.must(c.holder == "dana" || c.holder == "lee", "a holder that we know, not %q", c.holder)
	c.holds++
}

// stepIn lets an agent claim while the assistant is answering.
func (c *chat) stepIn() {
	c.ask()
	c.root()
	if s, _ := c.v.view.state(); s == "automatic" {
		c.say(questions[c.rng.IntN(len(questions))])
		writing := c.v.view.wait(8*time.Second, func(v *view) bool { return len(v.drafts) > 0 })
		c.w.audit.note("%5.1fs chat %d is claimed, assistant writing: %v", time.Since(c.w.began).Seconds(), c.n, writing)
	}
	c.claim(c.rng.IntN(2) == 0)
}

// write lets somebody write a line whose fate is decided by who holds now.
func (c *chat) write(agent, format string, public bool) *line {
	return c.writeIn(c.root(), agent, format, public)
}

// writeIn is write for a thread that the chat may have left by now.
func (c *chat) writeIn(root place, agent, format string, public bool) *line {
	l := &line{name: fmt.Sprintf("a%dx%d", c.n, len(c.lines)), agent: agent, public: public}
	text := fmt.Sprintf(format, "#"+l.name+"x0#")
	ts, ok := c.w.slack.say(agent, root, text)
	c.must(ok, "a line in the thread")
	l.root, l.at, l.versions = root, place{root.channel, ts}, []version{{text: text, never: !public}}
	c.lines = append(c.lines, l)
	return l
}

// early: what is written before a claim is internal, however late it is
// handled, unless its author then sends it.
func (c *chat) early() {
	agent := agents[c.rng.IntN(2)]
	l := c.write(agent, "who takes this one? %s", false)
	l.asks = true
	if c.n%2 == 0 {
		return
	}
	c.sendHeld(l, "claim_and_send")
	c.must(c.v.view.wait(patience, func(v *view) bool { return v.status == "assigned" }), "the claim with its line")
	c.took()
}

// sendHeld lets a held line's author send it after all.
func (c *chat) sendHeld(l *line, action string) {
	var question string
	c.must(c.w.slack.wait(patience, func(s *slackState) bool {
		if e := s.question(l.agent, l.at); e != nil {
			question = e.ID
		}
		return question != ""
	}), "the question about %s", l.name)
	l.public, l.sentLater = true, true
	for i := range l.versions {
		l.versions[i].never = false
	}
	mark := l.newest().text
	c.insist("the line "+l.name+" that was sent", func() {
		c.w.slack.post("click", map[string]any{"user": l.agent, "ephemeral_id": question, "action_id": action})
	}, func(v *view) bool {
		for _, m := range v.msgs {
			if m.Text == mark {
				return true
			}
		}
		return false
	})
}

// hostileWords end the line by which a visitor tries to ring people.
const hostileWords = "are you there?"

// talk: lines of all kinds while somebody holds the chat, with the visitor
// writing in between.
func (c *chat) talk() {
	aside := c.rng.IntN(4)
	var visitor sync.WaitGroup
	var failed any
	words := []string{"Great, thank you", "Hello <!channel> @here <@" + c.w.danaID() + "> *_~` & " + hostileWords}[c.rng.IntN(2)]
	visitor.Go(func() {
		defer func() { failed = recover() }()
		c.say(words)
	})
	burst := 2 + c.rng.IntN(3)
	for i := range burst {
		l := c.write(c.holder, "Line from me %s", true)
		if i == burst-1 {
			c.change(l)
		}
	}
	switch aside {
	case 0:
		c.write(c.holder, []string{"! he sounds upset %s", "// internal %s"}[c.rng.IntN(2)], false)
	case 1:
		l := c.write(other(c.holder), "he had two refunds already %s", false)
		l.asks = true
		if c.rng.IntN(2) == 0 {
			c.sendHeld(l, "send_to_visitor")
		}
	case 2:
		l := c.write(c.holder, "<@"+c.w.danaID()+"> can you look? %s", false)
		l.asks = true
	default:
		who, root := []string{"gus", "xena"}[c.rng.IntN(2)], c.root()
		if root.channel != c.w.support {
			who = "morgan" // guests and strangers are in #support alone
		}
		c.writeIn(root, who, "just reading along %s", false).asks = who == "morgan"
	}
	if c.w.holdsBack() && c.n%2 == 0 {
		c.undo()
	}
	c.write(c.holder, "That is all %s", true)
	visitor.Wait()
	if failed != nil {
		panic(failed)
	}
	if c.rng.IntN(2) == 0 {
		c.heard()
	}
}

// heard waits until the visitor has the newest public line.
func (c *chat) heard() {
	for i := len(c.lines) - 1; i >= 0; i-- {
		l := c.lines[i]
		if !l.public || l.deleted || l.undo {
			continue
		}
		ok := c.v.view.wait(patience, func(v *view) bool {
			for _, m := range v.msgs {
				if m.Text == l.newest().text {
					return true
				}
			}
			return false
		})
		c.must(ok, "the visitor to hear %s", l.name)
		return
	}
}

// change edits or deletes a line, at once or a moment later.
func (c *chat) change(l *line) {
	how := c.rng.IntN(5)
	if how == 4 {
		return
	}
	if c.rng.IntN(2) == 0 {
		pause(context.Background(), time.Duration(c.rng.IntN(1500))*time.Millisecond)
	}
	body := map[string]any{"user": l.agent, "channel": l.at.channel, "ts": l.at.ts}
	next := version{text: strings.Replace(l.newest().text, "x0#", "x1#", 1)}
	control := "edit"
	switch how {
	case 0, 1:
		next.text = "Corrected: " + next.text
	case 2:
		next.text, next.never = "! "+next.text, true
	case 3:
		control = "delete"
	}
	body["text"] = next.text
	if _, code := c.w.slack.post(control, body); code != http.StatusOK {
		c.must(false, "%s of %s: status %d", control, l.name, code)
	}
	switch how {
	case 0, 1:
		l.versions = append(l.versions, next)
	case 2:
		l.versions, l.public, l.tookBack = append(l.versions, next), false, true
	case 3:
		l.deleted = true
	}
}

// release gives the chat back to the queue. What its holder wrote before is
// the visitor's; what they write after is not.
func (c *chat) release() {
	c.insist("the release", func() { c.w.slack.press(c.holder, c.card(), "release") },
		func(v *view) bool { return v.status == "queued" })
	was := c.holder
	c.holder = ""
	l := c.write(was, "sorry, I had to go %s", false)
	l.asks = true
}

// resolve closes the chat by the form. A person has one form open at a time: in
// Slack another one would take its place.
func (c *chat) resolve() {
	c.insist("the resolve", func() {
		c.form("resolve", map[string]any{
			"outcome": map[string]string{"outcome": "booked"}, "note": map[string]string{"note": "A technician comes on Friday at nine."},
		})
	}, func(v *view) bool { return v.status == "resolved" })
	c.holder = ""
}

// form lets the holder fill in the form behind a button of the card.
func (c *chat) form(action string, values map[string]any) {
	hands, asked := c.w.hands[c.holder], time.Now()
	hands.Lock()
	defer hands.Unlock()
	c.busy += time.Since(asked)
	if p := c.w.slack.press(c.holder, c.card(), action); p.ViewID != "" {
		c.w.slack.post("submit", map[string]any{"user": c.holder, "view_id": p.ViewID, "values": values})
	}
}

// react closes the chat by the holder's mark on the root card.
func (c *chat) react() {
	c.insist("the resolve by a mark", func() {
		root := c.root()
		body := map[string]any{"user": c.holder, "channel": root.channel, "ts": root.ts, "emoji": "white_check_mark"}
		c.w.slack.post("unreact", body)
		c.w.slack.post("react", body)
	}, func(v *view) bool { return v.status == "resolved" })
	c.holder = ""
}

// after: what is written once the chat is over stays inside.
func (c *chat) after() {
	l := c.write(agents[c.rng.IntN(2)], "that went well %s", false)
	l.asks = true
}

// end lets the visitor end the chat. What the holder wrote and was not handled
// yet may go either way.
func (c *chat) end() {
	c.v.view.mu.Lock()
	have := map[string]bool{}
	for _, m := range c.v.view.msgs {
		have[m.Text] = true
	}
	c.v.view.mu.Unlock()
	for _, l := range c.lines {
		if l.public && !have[l.newest().text] {
			l.either = true
		}
	}
	_, err := c.v.until("POST", "/api/v1/end", map[string]any{}, nil, http.StatusOK)
	c.must(err == nil, "the end: %v", err)
	c.must(c.v.view.wait(patience, func(v *view) bool { return v.status == "resolved" }), "the end")
	c.holder = ""
}
