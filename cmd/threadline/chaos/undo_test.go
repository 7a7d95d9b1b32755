package chaos_test

import (
	"fmt"
	"strings"
	"time"
)

// held is how long agents' lines are held back in the later chats of a run, so
// that they can be undone.
const held = 5 * time.Second

// holdsBack reports whether lines are held back by now.
func (w *world) holdsBack() bool { return w.holds.Load() }

// undo lets the holder write a line and think better of it. The press may come
// too late; what counts is that thread and visitor agree about it.
func (c *chat) undo() {
	l := c.write(c.holder, "Oh, and one more thing %s", true)
	l.undo = true
	notice := ""
	if !c.w.slack.wait(held, func(s *slackState) bool {
		if e := s.undo(l.agent, l.at); e != nil {
			notice = e.ID
		}
		return notice != ""
	}) {
		return
	}
	c.w.slack.post("click", map[string]any{"user": l.agent, "ephemeral_id": notice, "action_id": "undo"})
}

// undone: a line that its author undid, as its lock tells, never reached the
// visitor, and any other one did, once.
func (p proof) undone(l *line, shown int, locked bool) {
	mark := fmt.Sprintf("#%sx0#", l.name)
	seen := p.c.v.view.seen[mark]
	for _, m := range p.messages {
		seen = seen || strings.Contains(m.Text+m.HTML, mark)
	}
	if locked {
		p.hold(checkUndo, !seen, "%s", p.at("%s was undone, and the visitor saw it", l.name))
	} else {
		p.hold(checkUndo, shown == 1, "%s", p.at("%s of %s was not undone in time, and the visitor has it %d times", l.name, l.agent, shown))
	}
}
