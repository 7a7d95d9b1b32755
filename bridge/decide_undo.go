package bridge

import (
	"slices"
	"time"
)

// LineDue: the time in which a line could be taken back is over. Void unless
// the line still waits.
type LineDue struct {
	Conversation ConversationID
	Line         string
}

// AgentUndid: the author of a line that waits takes it back; it stays between
// colleagues. Verdicts: Done, Ignored (the visitor has it), NotAuthor, Stale
// (the line is unknown, gone or inside already), NotAllowed.
type AgentUndid struct {
	Press
	Line string
}

func (e LineDue) query() Query {
	return Query{Key: "line-due:" + e.Line, Conversation: e.Conversation, Line: e.Line}
}

func (e AgentUndid) query() Query {
	q := e.Press.query()
	q.Line = e.Line
	return q
}

func (e LineDue) decide(d *decision) {
	l := d.state.Line
	if l == nil || l.Standing != Delayed {
		d.verdict(Stale)
		return
	}
	d.sendUpTo(*l)
}

func (e AgentUndid) decide(d *decision) {
	l := d.state.Line
	switch {
	case e.Agent.Outsider:
		d.refuse(NotAllowed)
	case l == nil:
		d.verdict(Stale)
	case l.Agent != e.Agent.ID:
		d.verdict(NotAuthor)
	case l.Standing == Public:
		d.verdict(Ignored)
	case l.Standing != Delayed:
		d.verdict(Stale)
	default:
		d.takeBack(*l)
	}
}

// delays reports whether a public line waits, so that it can be taken back. It
// only does while somebody holds: what is heard after a hold is late already.
func (d *decision) delays() bool { return d.setup.Windows.Undo > 0 && d.c.Status == Assigned }

// delay lets a line wait and tells its author how long. The timer is committed
// with the line, so a restart keeps both.
func (d *decision) delay(l Line) {
	due := d.now.Add(min(d.setup.Windows.Undo, time.Minute))
	d.c.Delayed = append(d.c.Delayed, l.Key)
	d.dirty = true
	d.put(Delivery{Lane: LaneTimer, Key: "send:" + l.Key, Kind: KindSend, Subject: l.Key, Due: due})
	d.put(Delivery{
		Lane: LanePrivate, Key: "undo:" + l.Key, Kind: KindUndo, Subject: l.Key, Priority: 0,
		Body: body(UndoBody{LineKey: l.Key, Agent: l.Agent, Stamp: l.Stamp, Value: d.c.Handoff, Until: due}),
	})
}

// undelay ends the wait of a line, if it waits.
func (d *decision) undelay(key string) {
	i := slices.Index(d.c.Delayed, key)
	if i < 0 {
		return
	}
	d.c.Delayed = slices.Delete(d.c.Delayed, i, i+1)
	d.dirty = true
	d.cancel(LaneTimer, "send:"+key)
	d.cancel(LanePrivate, "undo:"+key)
}

// sendUpTo makes a line that waits public, and before it whatever else waits
// that its author wrote earlier.
func (d *decision) sendUpTo(l Line) {
	d.sendDelayed(func(o Line) bool { return o.Agent == l.Agent && o.Stamp <= l.Stamp })
}

// sendDelayed makes those of the lines that wait public, in the order of their
// stamps.
func (d *decision) sendDelayed(which func(Line) bool) {
	receipt, elsewhere := d.out.Receipt.Message, d.elsewhere
	for _, l := range d.state.Delayed {
		if !slices.Contains(d.c.Delayed, l.Key) || !which(l) {
			continue
		}
		d.undelay(l.Key)
		l.Standing = Public
		d.elsewhere = l.Elsewhere || d.leftBehind(l.Key)
		l.Message = d.sayAgent(d.agent(l.Agent), l, d.orderOf(l.Stamp), nil).ID
		d.fetch(l, nil)
		d.out.Lines = append(d.out.Lines, l)
	}
	d.out.Receipt.Message, d.elsewhere = receipt, elsewhere
}

// takeBack keeps a line that waits between colleagues, and marks it.
func (d *decision) takeBack(l Line) {
	d.undelay(l.Key)
	l.Standing = Internal
	d.mark(l, false)
	d.acted(l.Agent)
	d.out.Lines = append(d.out.Lines, l)
}
