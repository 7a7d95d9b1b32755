package chaos_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// unescape undoes Slack's three entities.
func unescape(s string) string {
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(s)
}

// compare holds both sides of every chat against each other and against what
// the harness did, line by line.
func (w *world) compare(a *audit, s *slackState) {
	calls := &booked{w: w}
	for _, c := range w.chats {
		if c.v.id == "" {
			continue
		}
		conv, messages, err := c.v.chat()
		if err != nil {
			a.broken(checkHarness, "chat %d: %v", c.n, err)
			continue
		}
		if c.stalled != "" {
			a.broken(checkWaiting, "chat %d (%s, %s): %s", c.n, c.v.id, conv.Status, c.stalled)
		}
		if len(messages) == 0 {
			continue
		}
		p := proof{a, c, s, conv, messages, map[string][]message{}}
		for _, m := range messages {
			p.byText[m.Text] = append(p.byText[m.Text], m)
		}
		p.visitorLines()
		p.moved()
		p.agentLines()
		p.order()
		p.silence()
		p.streamed()
		p.cards()
		p.calls(calls)
	}
	calls.crowded(a)
	w.pings(a, s)
	w.posts, w.repeated = w.tap.report(a)
}

// proof is the comparison of one chat.
type proof struct {
	*audit
	c        *chat
	s        *slackState
	conv     conversation
	messages []message
	byText   map[string][]message
}

func (p proof) at(format string, args ...any) string {
	return fmt.Sprintf("chat %d (%s): ", p.c.n, p.c.v.id) + fmt.Sprintf(format, args...)
}

// all says of each finding which chat it is about.
func (p proof) all(findings []string) []string {
	var said []string
	for _, x := range findings {
		said = append(said, p.at("%s", x))
	}
	return said
}

// visitorLines: whatever was acknowledged is there, once, and in order.
func (p proof) visitorLines() {
	p.c.mu.Lock()
	said, doubled := slices.Clone(p.c.said), slices.Clone(p.c.v.doubled)
	p.tally(checkDoubled, p.c.v.resent, p.all(doubled))
	p.c.mu.Unlock()
	last := ""
	for _, text := range said {
		n := len(p.byText[text])
		p.hold(checkLost, n > 0, "%s", p.at("%q", text))
		p.hold(checkDoubled, n < 2, "%s", p.at("%q stands %d times", text, n))
		if n == 0 {
			continue
		}
		at := p.byText[text][0].Order
		p.hold(checkWidget, at > last, "%s", p.at("%q of the visitor's", text))
		last = at
	}
}

// agentLines: each line's fate is what the rules say, given who held when it
// was written.
func (p proof) agentLines() {
	reply := map[place]slackPost{}
	for _, root := range p.s.threads[p.c.v.id] {
		for _, r := range root.Replies {
			reply[r.at()] = r
		}
	}
	p.c.v.view.mu.Lock()
	defer p.c.v.view.mu.Unlock()
	for _, l := range p.c.lines {
		var shown []message // undeleted messages with any version
		hidden := 0
		for _, m := range p.messages {
			for _, v := range l.versions {
				if m.Text == v.text {
					shown = append(shown, m)
				}
			}
		}
		for i, v := range l.versions {
			mark := fmt.Sprintf("#%sx%d#", l.name, i)
			leaked := v.never && (p.c.v.view.seen[mark] || slices.ContainsFunc(p.messages, func(m message) bool { return strings.Contains(m.Text+m.HTML, mark) }))
			p.hold(checkLeak, !leaked, "%s", p.at("%s %q", l.name, v.text))
			if v.never {
				hidden++
			}
		}
		p.hold(checkAgentTwo, len(shown) < 2, "%s", p.at("%s stands %d times", l.name, len(shown)))
		if r, ok := reply[l.at]; ok && l.undo {
			p.undone(l, len(shown), r.marked("lock"))
		}
		if l.either || l.undo {
			continue
		}
		switch {
		case l.deleted, len(l.versions) > 1 && !l.public && hidden == 1:
			p.hold(checkEdit, len(shown) == 0, "%s", p.at("%s was taken back and is still shown", l.name))
		case l.public && len(l.versions) > 1:
			p.hold(checkAgent, len(shown) > 0, "%s", p.at("%s of %s: %q", l.name, l.agent, l.newest().text))
			p.hold(checkEdit, len(shown) == 0 || shown[0].Text == l.newest().text, "%s", p.at("%s is shown as %q, edited to %q", l.name, first(shown), l.newest().text))
		case l.public:
			p.hold(checkAgent, len(shown) > 0, "%s", p.at("%s of %s: %q", l.name, l.agent, l.newest().text))
		default:
			p.hold(checkLeak, len(shown) == 0, "%s", p.at("%s of %s: %q", l.name, l.agent, l.newest().text))
		}
		if r, ok := reply[l.at]; ok && !l.deleted {
			locked := r.marked("lock")
			p.hold(checkLock, locked != l.public, "%s", p.at("%s public %v, marked with a lock %v", l.name, l.public, locked))
		}
		if l.asks && !l.sentLater || l.tookBack && !l.deleted && p.c.v.view.seen["#"+l.name+"x0#"] {
			p.hold(checkAsked, p.s.question(l.agent, l.at) != nil, "%s", p.at("%s about %s", l.agent, l.name))
		}
	}
}

func first(m []message) string {
	if len(m) == 0 {
		return ""
	}
	return m[0].Text
}

// order: sorted as the widget sorts, agents' lines follow Slack's stamps, and
// each comes after every line that stood above it in the thread.
func (p proof) order() {
	type stamped struct {
		root            place
		ts, order, name string
	}
	var theirs, ours []stamped
	for _, l := range p.c.lines {
		if l.sentLater {
			continue
		}
		for _, v := range l.versions {
			for _, m := range p.byText[v.text] {
				theirs = append(theirs, stamped{l.root, l.at.ts, m.Order, l.name})
			}
		}
	}
	for _, root := range p.s.threads[p.c.v.id] {
		for _, r := range root.Replies {
			x := r.Metadata.EventPayload
			if r.Metadata.EventType != "threadline_lines" {
				continue
			}
			for _, m := range p.messages {
				if m.Seq >= x.SeqFrom && m.Seq <= x.SeqTo {
					ours = append(ours, stamped{root.at(), r.TS, m.Order, fmt.Sprintf("line %d", m.Seq)})
				}
			}
		}
	}
	slices.SortFunc(theirs, func(a, b stamped) int { return cmp.Compare(a.ts, b.ts) })
	for i, l := range theirs {
		if i > 0 {
			p.hold(checkWidget, theirs[i-1].order < l.order, "%s", p.at("%+v before %+v", l, theirs[i-1]))
		}
		for _, m := range ours {
			if m.root == l.root && m.ts < l.ts {
				p.hold(checkWidget, m.order < l.order, "%s", p.at("%+v before %+v, which stood above it in the thread", l, m))
			}
		}
	}
}

// silence: while a person holds, the assistant says nothing; and no visitor is
// left without a word.
func (p proof) silence() {
	held, introductions := false, 0
	for _, m := range p.messages {
		if m.Author.Kind == "system" {
			switch {
			case strings.HasPrefix(m.Text, "Hi, I'm "):
				p.hold(checkHolder, !held, "%s", p.at("%q while somebody held already", m.Text))
				held = true
				introductions++
			case strings.Contains(m.Text, "has closed this request"), strings.Contains(m.Text, "had to step away"), strings.Contains(m.Text, "is passing you to colleagues"), strings.Contains(m.Text, "This chat has ended"):
				held = false
			}
		}
		p.hold(checkClaim, !held || m.Author.Kind != "assistant", "%s", p.at("line %d: %q", m.Seq, m.Text))
	}
	if p.c.stalled == "" {
		p.hold(checkHolder, introductions == p.c.holds, "%s", p.at("%d introductions for %d claims", introductions, p.c.holds))
	}
	waiting := p.conv.Status == "queued" || p.conv.Status == "assigned"
	for i, m := range p.messages {
		if m.Author.Kind != "visitor" {
			continue
		}
		answered := slices.ContainsFunc(p.messages[i:], func(x message) bool { return x.Author.Kind != "visitor" })
		p.hold(checkSilence, answered || waiting, "%s", p.at("line %d while %s: %q", m.Seq, p.conv.Status, m.Text))
	}
	if p.c.steady != "" && p.c.stalled == "" {
		p.hold(checkStatus, p.conv.Status == p.c.steady, "%s", p.at("%s, must be %s", p.conv.Status, p.c.steady))
	}
}

// streamed: what the stream showed, resumed many times, is the transcript.
func (p proof) streamed() {
	v := &p.c.v.view
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, m := range p.messages {
		got, ok := v.msgs[m.Seq]
		p.hold(checkStream, ok && got.Text == m.Text && got.Deleted == m.Deleted && got.Order == m.Order && got.Rev == m.Rev,
			"%s", p.at("line %d is %q at rev %d, streamed %q at rev %d", m.Seq, m.Text, m.Rev, got.Text, got.Rev))
	}
	p.hold(checkStream, len(v.msgs) == len(p.messages), "%s", p.at("%d lines, streamed %d", len(p.messages), len(v.msgs)))
	p.hold(checkStream, v.status == p.conv.Status && v.epoch == p.conv.Epoch, "%s", p.at("%s in epoch %d, streamed %s in epoch %d", p.conv.Status, p.conv.Epoch, v.status, v.epoch))
	p.tally(checkClaim, v.deltas, p.all(v.afterClaim))
	p.tally(checkStreamed, v.events, p.all(v.unordered))
}

// cards: one alert a handoff in each thread where it waited, as many as the
// visitor's wishes at least, and whoever waits has one where the chat lives.
func (p proof) cards() {
	roots := p.s.threads[p.c.v.id]
	all := map[string]bool{}
	here := 0
	for i, root := range roots {
		alerts := map[string]int{}
		for _, r := range root.Replies {
			if r.Metadata.EventType == "threadline_alert" {
				alerts[r.Metadata.EventPayload.HandoffID]++
			}
		}
		for id, n := range alerts {
			all[id] = true
			p.hold(checkAlert, n == 1, "%s", p.at("%d alerts for handoff %s in %s", n, id, root.TS))
		}
		if i == len(roots)-1 {
			here = len(alerts)
		}
	}
	if len(roots) == 0 {
		return
	}
	p.hold(checkAlert, len(all) >= p.c.wanted, "%s", p.at("%d alerts, the visitor asked %d times", len(all), p.c.wanted))
	if p.conv.Status == "queued" || p.conv.Status == "assigned" && len(roots) > 1 {
		p.hold(checkAlert, here > 0, "%s", p.at("no alert in the thread where it lives"))
	}
}

// aboutLine is the line that a private question names.
var aboutLine = regexp.MustCompile(`"line:[^"]+"`)

// repeats counts the private questions, and those of them that were asked again
// in the same words. They cannot be looked up, so after an unknown outcome one
// too many is better than none.
func (s *slackState) repeats() (questions, again int) {
	seen := map[string]bool{}
	for _, e := range s.Ephemerals {
		about := aboutLine.FindString(string(e.Blocks))
		if about == "" {
			continue
		}
		questions++
		key := e.User + about + e.Text
		if seen[key] {
			again++
		}
		seen[key] = true
	}
	return questions, again
}

// pings: nothing that visitors wrote calls anybody. Our alerts may mention the
// manager; our notes, which quote no visitor, also the agent to whom they speak;
// nothing else of ours mentions anyone.
func (w *world) pings(a *audit, s *slackState) {
	kinds, texts := map[string]string{}, map[string]string{}
	for _, ch := range s.Channels {
		for _, m := range ch.Messages {
			kinds[m.TS] = m.Metadata.EventType
			for _, r := range m.Replies {
				kinds[r.TS], texts[r.TS] = r.Metadata.EventType, r.Text
			}
		}
	}
	manager := s.User("morgan")
	for _, n := range s.Notifications {
		if n.By != s.App.BotUser || n.Kind == "thread" {
			continue
		}
		kind := kinds[n.TS]
		fine := n.Kind == "mention" && (kind == "threadline_alert" && n.User == manager ||
			kind == "threadline_note" && !strings.Contains(texts[n.TS], hostileWords))
		a.hold(checkPing, fine, "%s of %s by our %s", n.Kind, n.User, kind)
	}
	// Each hostile line was a chance to ring somebody.
	for _, c := range w.chats {
		for _, text := range c.said {
			if strings.Contains(text, "<!channel>") {
				a.hold(checkPing, true, "")
			}
		}
	}
}
