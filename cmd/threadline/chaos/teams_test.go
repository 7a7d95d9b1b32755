package chaos_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// waitsFor notes that the chat begins to wait for a team. Sales have a channel
// of their own, so it may have to go on elsewhere.
func (c *chat) waitsFor(team string) {
	if (team == "sales") != (c.team == "sales") {
		c.moves++
	}
	c.team = team
}

// routed: the visitor's first line is one for a team with a channel of its own.
func (c *chat) routed() {
	c.waitsFor("sales")
	c.wanted++
	c.say("We would like a bulk discount on ten boilers")
	c.must(c.v.view.wait(patience, func(v *view) bool { return v.status == "queued" }), "the queue of the team")
}

// passOn gives the chat to the other team, by the form or by a word in the
// thread, where somebody claims it and goes on with it.
func (c *chat) passOn() {
	to := "sales"
	if c.team == "sales" {
		to = "support"
	}
	gone := func(v *view) bool { return v.status == "queued" }
	if c.rng.IntN(2) == 0 {
		c.insist("the transfer", func() {
			c.form("transfer", map[string]any{
				"to": map[string]string{"to": "team:" + to}, "note": map[string]string{"note": "They want a quote."},
			})
		}, gone)
	} else {
		c.write(c.holder, "!assign "+to+" they want a quote %s", false)
		c.must(c.v.view.wait(patience, gone), "the transfer by a word")
	}
	c.holder = ""
	c.waitsFor(to)
	c.say("Am I still in the right place?")
	c.claim(c.rng.IntN(2) == 0)
	c.talk()
}

// closing closes the team's channel for a while. Chats that wait for the team
// then stay where they are, or go back to their site's channel.
func (w *world) closing(how string) misfortune {
	closed := w.spell("the team's channel closed", 2*beat, map[string]any{how: "#sales"}, map[string]any{"clear": true})
	return misfortune{closed.name, func(ctx context.Context) (bool, error) {
		w.closures.Add(1)
		return closed.does(ctx)
	}}
}

// moved: whatever stands in a thread stands there once, in order and in full;
// the newest thread has everything, and those that the chat has left gain no
// line any more and offer nothing to press.
func (p proof) moved() {
	roots := p.s.threads[p.c.v.id]
	most := 1 + p.c.moves + int(p.c.w.closures.Load())
	p.hold(checkRoot, len(roots) > 0 && len(roots) <= most, "%s", p.at("%d roots after %d reasons to move", len(roots), p.c.moves))
	for i, root := range roots {
		live := i == len(roots)-1
		posts := p.thread(root)
		for _, m := range p.messages {
			if m.Author.Kind != "agent" {
				p.mirrored(m, posts[m.Seq], live)
			}
		}
		for _, l := range p.c.lines {
			p.standing(l, root, live)
		}
		if live {
			continue
		}
		p.hold(checkLeft, !root.pressable(), "%s", p.at("the root %s that it left can be pressed", root.TS))
		until := roots[i+1].TS
		for _, r := range root.Replies {
			if r.Metadata.EventType == "threadline_alert" {
				p.hold(checkLeft, !r.pressable(), "%s", p.at("the alert %s in the thread that it left can be pressed", r.TS))
			}
		}
		for _, m := range p.messages {
			// What was on its way when the chat moved may stand in either.
			if after(m.Created, until) {
				p.hold(checkLeft, len(posts[m.Seq]) == 0, "%s", p.at("line %d of %s is mirrored in the thread that it left for %s", m.Seq, m.Created, until))
			}
		}
	}
}

// thread are the posts of a thread that cover each line.
func (p proof) thread(root *slackPost) map[int64][]slackPost {
	posts := map[int64][]slackPost{}
	last := int64(0)
	for _, r := range root.Replies {
		if r.Metadata.EventType != "threadline_lines" {
			continue
		}
		x := r.Metadata.EventPayload
		p.hold(checkThread, x.SeqFrom > last && x.SeqTo >= x.SeqFrom, "%s", p.at("lines %d to %d after line %d in %s", x.SeqFrom, x.SeqTo, last, root.TS))
		last = max(last, x.SeqTo)
		for seq := x.SeqFrom; seq <= x.SeqTo; seq++ {
			posts[seq] = append(posts[seq], r)
		}
	}
	return posts
}

// mirrored: a line that was not written in Slack stands in the live thread, and
// nowhere twice.
func (p proof) mirrored(m message, posts []slackPost, live bool) {
	n := len(posts)
	if live {
		p.hold(checkMirror, n > 0, "%s", p.at("line %d of the %s: %q", m.Seq, m.Author.Kind, m.Text))
	}
	if mark := marks.FindString(m.Text); mark != "" { // a post may hold it twice
		n = 0
		for _, r := range posts {
			n += strings.Count(r.Text, mark)
		}
	}
	p.hold(checkTwice, n < 2, "%s", p.at("line %d of the %s stands %d times: %q", m.Seq, m.Author.Kind, n, m.Text))
	if len(posts) > 0 && !m.Deleted {
		p.hold(checkWording, strings.Contains(unescape(posts[0].Text), m.Text), "%s", p.at("line %d is %q, mirrored %q", m.Seq, m.Text, posts[0].Text))
	}
}

// standing: an agent's line that the visitor has stands in the live thread once,
// as it was written there or as a copy, and what is internal is never copied.
func (p proof) standing(l *line, root *slackPost, live bool) {
	copies := 0
	for _, r := range root.Replies {
		if r.Metadata.EventType == "threadline_lines" {
			copies += strings.Count(r.Text, "#"+l.name+"x")
		}
	}
	shown := slices.ContainsFunc(p.messages, func(m message) bool { return !m.Deleted && strings.Contains(m.Text, "#"+l.name+"x") })
	here := l.root == root.at()
	switch {
	case shown && here:
		p.hold(checkTwice, copies == 0, "%s", p.at("%s of %s stands in %s and is copied there %d times", l.name, l.agent, root.TS, copies))
	case shown && live:
		p.hold(checkMirror, copies > 0, "%s", p.at("%s of %s, written in %s, is missing in %s", l.name, l.agent, l.root.ts, root.TS))
		p.hold(checkTwice, copies < 2, "%s", p.at("%s of %s is copied %d times", l.name, l.agent, copies))
	case shown:
		p.hold(checkTwice, copies < 2, "%s", p.at("%s of %s is copied %d times", l.name, l.agent, copies))
	case !l.public && !l.tookBack:
		p.hold(checkLeak, copies == 0, "%s", p.at("%s of %s is internal and copied %d times", l.name, l.agent, copies))
	}
}

// after reports whether an instant is later than a stamp of Slack's, by more
// than clocks differ.
func after(created time.Time, ts string) bool {
	at, err := strconv.ParseFloat(ts, 64)
	if err != nil {
		panic(fmt.Sprintf("%q is no stamp: %v", ts, err))
	}
	return created.After(time.UnixMicro(int64(at * 1e6)).Add(time.Second))
}
