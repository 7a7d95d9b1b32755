package bridge

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// overtaken handles a press that names a handoff which is no longer the open
// one: it settles nothing, the card is redrawn and shows what is true now.
func (d *decision) overtaken(p Press) bool {
	if p.Agent.Outsider {
		d.refuse(NotAllowed)
		return true
	}
	if !d.c.Begun() {
		d.verdict(Stale)
		return true
	}
	if p.Handoff != "" && p.Handoff != d.c.Handoff {
		d.refuse(AlreadyOver)
		return true
	}
	return false
}

// stamp is the press's instant in the desk's clock; an unstamped press gets
// the present one in the same form.
func (d *decision) stamp(p Press) string {
	return cmp.Or(p.Stamp, formatStamp(d.now.UnixMicro()))
}

func (e AgentClaimed) decide(d *decision) {
	if d.overtaken(e.Press) {
		return
	}
	switch d.c.Status {
	case Assigned:
		d.refuse(AlreadyClaimed)
	case Resolved:
		d.refuse(AlreadyOver)
	default:
		d.hold(e.Agent, d.stamp(e.Press))
	}
}

func (e AgentReleased) decide(d *decision) {
	if d.notHeldBy(e.Press) {
		return
	}
	d.endHold(d.stamp(e.Press), EndedByClick)
	if !d.h.Alerted {
		// The agent had stepped in unasked, so nobody has been alerted yet.
		d.h.Reason = d.nameOf(e.Agent) + " stepped in and released it again."
	}
	if d.requeue() {
		d.noteLoudly(true, "↩️", d.nameOf(e.Agent)+" gave this chat back, so the visitor waits for a person again. Press Claim on its card to take it.", "")
	}
	d.h.Passed = []AgentID{e.Agent.ID}
	d.sayRequeued(d.site.Texts.Released, Agent{Name: d.nameOf(e.Agent)})
}

func (e AgentResolved) decide(d *decision) {
	if d.notHeldBy(e.Press) {
		return
	}
	d.endHold(d.stamp(e.Press), EndedByClick)
	d.h.Outcome, d.h.Note, d.h.ResolvedBy = e.Outcome, e.Note, e.Agent.ID
	d.own(e.Agent.ID, e.Outcome)
	d.closeHandoff(HandoffResolved)
	d.c.HandBack = e.Note
	d.become(Resolved)
	d.announce(d.site.Texts.Resolved, Agent{Name: d.nameOf(e.Agent)})
}

// own remembers who solved something for the visitor.
func (d *decision) own(a AgentID, o Outcome) {
	if o != Solved && o != Booked || d.state.Visitor.ID == "" || d.state.Visitor.Owner == a {
		return
	}
	v := d.state.Visitor
	if d.out.Visitor != nil {
		v = *d.out.Visitor
	}
	v.Owner = a
	d.out.Visitor = &v
}

func (e AgentReopened) decide(d *decision) {
	if d.overtaken(e.Press) {
		return
	}
	switch d.c.Status {
	case Assigned:
		d.refuse(AlreadyClaimed)
	case Resolved:
		if !d.blocked() {
			d.hold(e.Agent, d.stamp(e.Press))
		}
	default:
		d.refuse(Stale)
	}
}

func (d *decision) nameOf(a Agent) string { return cmp.Or(a.Name, d.agent(a.ID).Name) }

// notHeldBy refuses a press that only the holder may make.
func (d *decision) notHeldBy(p Press) bool {
	switch {
	case d.overtaken(p):
	case d.c.Status == Queued:
		d.refuse(NotHolder)
	case d.c.Status != Assigned:
		d.refuse(AlreadyOver)
	case d.c.Holder != p.Agent.ID:
		d.refuse(NotHolder)
	default:
		return false
	}
	return true
}

func (e AgentWrote) decide(d *decision) {
	awaited := d.state.Line != nil && d.state.Line.Standing == Awaited
	if !d.c.Begun() || d.state.Line != nil && !awaited {
		d.verdict(Ignored)
		return
	}
	l := Line{
		Key: e.Key, Conversation: d.c.ID, Agent: e.Agent.ID, Stamp: e.Stamp,
		Text: e.Text, HTML: e.HTML, Files: e.Files, CreatedAt: d.now, Elsewhere: e.Elsewhere,
	}
	judged := judgeLine(d.c, d.team().Lines, e.Agent, e.Stamp, words{e.Source, e.Text, e.MentionsColleague, e.Files})
	if d.replyClaims(e, judged) {
		d.hold(e.Agent, e.Stamp)
		judged = judgement{standing: Public}
	}
	l.Standing = judged.standing
	if awaited {
		l.Text, l.HTML, l.Edited = d.state.Line.Text, d.state.Line.HTML, d.state.Line.Edited
		l.Files = remaining(l.Files, d.state.Line.Files)
	}
	d.out.Agent = &e.Agent
	d.elsewhere = e.Elsewhere || d.leftBehind(e.Key)
	switch {
	case l.Standing == Public && d.delays():
		l.Standing = Delayed
		d.delay(l)
		d.acted(e.Agent.ID)
	case l.Standing == Public:
		l.Message = d.sayAgent(e.Agent, l, d.orderOf(l.Stamp), e.Kept).ID
		d.fetch(l, e.Kept)
	default:
		d.settleInside(l, judged)
		d.acted(e.Agent.ID)
	}
	d.out.Lines = append(d.out.Lines, l)
}

// replyClaims reports whether a line in a thread that nobody holds claims it,
// because the team wants it so. It does not where it was written before the
// last hold ended, when it was meant for whoever held.
func (d *decision) replyClaims(e AgentWrote, j judgement) bool {
	if d.team().Lines != LinesClaim || j.offer != OfferClaimAndSend || d.c.Status != Automatic && d.c.Status != Queued {
		return false
	}
	if unfit(words{e.Source, e.Text, e.MentionsColleague, e.Files}) != "" {
		return false
	}
	for _, h := range d.c.Holds {
		if e.Stamp <= max(h.From, h.Until) || h.End == EndedByOther {
			return false
		}
	}
	return true
}

// sayAgent makes a line public; a zero order is the time of the commit.
func (d *decision) sayAgent(a Agent, l Line, order time.Time, here []Attachment) Message {
	d.responded()
	has := kept(l, here)
	text, html := lineWords(l, has)
	m := d.say(Message{
		Author: Author{Kind: ByAgent, Name: a.Name, Title: a.Title, Agent: a.ID},
		Text:   text, HTML: html, Attachments: has, LineKey: l.Key, Stamp: l.Stamp, Order: order,
	})
	d.carry(m.ID, has...)
	return m
}

// orderOf places a line of the desk: it takes the time of its commit, unless an
// agent's line with a higher stamp is public already. Then it was heard late,
// and stands before that one and after every public line whose post has a lower
// stamp in the thread. Two clocks are never compared: only stamps with stamps
// and orders with orders; a mirrored line, posted some time after its commit,
// bounds from below only.
//
// Between its neighbours it stands in the proportion of the stamps, so that
// several late lines come out right in whatever order they are heard.
func (d *decision) orderOf(stamp string) time.Time {
	var after, before *Message
	for i, m := range d.state.Recent {
		if m.LineKey != "" && m.Stamp > stamp && (before == nil || m.Order.Before(before.Order)) {
			before = &d.state.Recent[i]
		}
	}
	if before == nil {
		return time.Time{}
	}
	for i, m := range d.state.Recent {
		// A line that its author sent later than they wrote it has a low stamp
		// and a high order; it says nothing about what comes before.
		if m.Stamp != "" && m.Stamp < stamp && m.Order.Before(before.Order) && (after == nil || m.Order.After(after.Order)) {
			after = &d.state.Recent[i]
		}
	}
	order, step := before.Order.Add(-orderGap), -time.Microsecond
	if after != nil {
		room := before.Order.Sub(after.Order)
		share := 0.5
		if span := stampMicros(before.Stamp) - stampMicros(after.Stamp); span > 0 {
			share = float64(stampMicros(stamp)-stampMicros(after.Stamp)) / float64(span)
		}
		inside := time.Duration(float64(room) * share).Truncate(time.Microsecond)
		order = after.Order.Add(min(max(inside, time.Microsecond), max(room-time.Microsecond, time.Microsecond)))
		step = time.Microsecond
	}
	for slices.ContainsFunc(d.state.Recent, func(m Message) bool { return m.Order.Equal(order) }) {
		order = order.Add(step)
	}
	return order
}

// stampMicros reads a stamp of the desk ("seconds.micros") as a number; what is
// none reads as zero.
func stampMicros(stamp string) int64 {
	seconds, fraction, _ := strings.Cut(stamp, ".")
	n, err := strconv.ParseInt(seconds+(fraction + "000000")[:6], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// mark puts the lock on a line, or takes it off.
func (d *decision) mark(l Line, off bool) {
	d.put(Delivery{
		Lane: LanePrivate, Key: "lock:" + l.Key, Kind: KindLock, Subject: l.Key, Priority: 1, Rank: RankMark,
		Body: body(LockBody{Stamp: l.Stamp, Off: off}),
	})
}

// ask asks a line's author what should become of it.
func (d *decision) ask(l Line, j judgement) {
	d.put(Delivery{
		Lane: LanePrivate, Key: "held:" + l.Key, Kind: KindHeld, Subject: l.Key, Priority: 0,
		Body: body(HeldBody{LineKey: l.Key, Agent: l.Agent, Stamp: l.Stamp, Offer: j.offer, Value: d.c.Handoff, Reason: j.reason}),
	})
}

func (e AgentEdited) decide(d *decision) {
	l := d.state.Line
	if l == nil && d.c.Begun() {
		e.beforeItsLine(d)
		return
	}
	if l == nil || l.Standing == Withdrawn || e.Edit <= l.Edited {
		d.verdict(Stale)
		return
	}
	n := *l
	n.Text, n.HTML, n.Edited = e.Text, e.HTML, e.Edit
	n.Files = remaining(l.Files, e.Files)
	if m := d.state.Message; l.Standing == Public && m != nil {
		if reason := unfit(words{e.Source, e.Text, e.MentionsColleague, n.Files}); reason != "" {
			n.Standing, n.Message = Held, ""
			d.withdraw(*m)
			d.mark(n, false)
			d.ask(n, judgement{standing: Held, offer: OfferSend, reason: "Your edit took this line back from the visitor: " + reason})
		} else {
			d.change(d.edited(*m, n))
		}
	}
	if reason := unfit(words{e.Source, e.Text, e.MentionsColleague, n.Files}); l.Standing == Delayed && reason != "" {
		n.Standing = Held
		d.undelay(n.Key)
		d.mark(n, false)
		d.ask(n, judgement{standing: Held, offer: OfferSend, reason: "Your edit keeps this line from the visitor: " + reason})
	}
	d.out.Lines = append(d.out.Lines, n)
}

// beforeItsLine keeps an edit that overtook the line it changes. Fit words wait
// for the line; others keep it inside whatever it said at first.
func (e AgentEdited) beforeItsLine(d *decision) {
	l := lineOf(d, e.Key, e.Agent.ID)
	l.Text, l.HTML, l.Files, l.Edited = e.Text, e.HTML, e.Files, e.Edit
	d.out.Agent = &e.Agent
	w := words{e.Source, e.Text, e.MentionsColleague, e.Files}
	if j := judgeLine(d.c, d.team().Lines, e.Agent, l.Stamp, w); unfit(w) != "" {
		l.Standing = j.standing
		d.settleInside(l, j)
	} else {
		l.Standing = Awaited
	}
	d.out.Lines = append(d.out.Lines, l)
}

// settleInside marks a line that stays in the thread, and asks its author where
// there is something to ask.
func (d *decision) settleInside(l Line, j judgement) {
	d.mark(l, false)
	if j.reason != "" {
		d.ask(l, j)
	}
}

// lineOf is a line of which nothing is known yet but its key.
func lineOf(d *decision, key string, a AgentID) Line {
	_, stamp, _ := strings.Cut(key, ":")
	return Line{Key: key, Conversation: d.c.ID, Agent: a, Stamp: stamp, CreatedAt: d.now}
}

func (e AgentDeleted) decide(d *decision) {
	l := d.state.Line
	if l == nil && d.c.Begun() {
		// The deletion overtook its line, and wins.
		gone := lineOf(d, e.Key, "")
		gone.Standing = Withdrawn
		d.out.Lines = append(d.out.Lines, gone)
		return
	}
	if l == nil || l.Standing == Withdrawn {
		d.verdict(Ignored)
		return
	}
	n := *l
	n.Standing = Withdrawn
	d.undelay(l.Key)
	d.cancel(LanePrivate, "held:"+l.Key)
	d.cancel(LanePrivate, "lock:"+l.Key)
	if m := d.state.Message; l.Standing == Public && m != nil {
		d.withdraw(*m)
	}
	d.out.Lines = append(d.out.Lines, n)
}

// withdraw takes a message back from the visitor; it keeps its place.
func (d *decision) withdraw(m Message) {
	d.carry("", m.Attachments...)
	m.Text, m.HTML, m.Attachments, m.Deleted, m.EditedAt = "", "", nil, true, d.now
	d.change(m)
}

func (d *decision) change(m Message) {
	d.c.Rev++
	m.Rev = d.c.Rev
	d.dirty = true
	d.out.Messages = append(d.out.Messages, m)
}

func (e AgentSentLine) decide(d *decision) {
	l := d.state.Line
	switch {
	case e.Agent.Outsider:
		d.refuse(NotAllowed)
		return
	case l == nil || l.Standing == Withdrawn || l.Standing == Awaited || !l.sendable() || !d.c.Begun():
		d.verdict(Stale)
		return
	case l.Agent != e.Agent.ID:
		d.verdict(NotAuthor)
		return
	case l.Standing == Public:
		d.verdict(Ignored)
		return
	case l.Standing == Drafted:
		e.sendDraft(d, *l)
		return
	case l.Standing == Delayed:
		d.sendUpTo(*l)
		return
	}
	if d.blocked() {
		return
	}
	if d.c.Status != Assigned {
		if !e.Claim {
			d.refuse(AlreadyOver)
			return
		}
		d.hold(e.Agent, d.stamp(e.Press))
	} else if e.Claim && d.c.Holder != e.Agent.ID {
		d.refuse(AlreadyClaimed)
		return
	}
	n := *l
	n.Standing = Public
	d.elsewhere = l.Elsewhere || d.leftBehind(l.Key)
	n.Message = d.sayAgent(e.Agent, n, time.Time{}, nil).ID
	d.fetch(n, nil)
	d.mark(n, true)
	d.cancel(LanePrivate, "held:"+l.Key)
	d.out.Agent = &e.Agent
	d.out.Lines = append(d.out.Lines, n)
}

func (e AgentKeptLine) decide(d *decision) {
	l := d.state.Line
	switch {
	case l == nil || l.Agent != e.Agent.ID:
		d.verdict(Stale)
	case l.Standing == Delayed:
		d.takeBack(*l)
	case l.Standing != Held:
		d.verdict(Ignored)
	default:
		n := *l
		n.Standing = Internal
		d.cancel(LanePrivate, "held:"+l.Key)
		d.out.Lines = append(d.out.Lines, n)
	}
}

func (e AgentWithdrewLine) decide(d *decision) {
	l, m := d.state.Line, d.state.Message
	switch {
	case e.Agent.Outsider:
		d.refuse(NotAllowed)
	case l == nil || l.Standing == Withdrawn || l.Standing == Awaited || !d.c.Begun():
		d.verdict(Stale)
	case l.Agent != e.Agent.ID && !e.Manager:
		d.verdict(NotAuthor)
	case l.Standing == Delayed:
		d.takeBack(*l)
	case l.Standing != Public || m == nil || m.Deleted:
		d.verdict(Ignored)
	default:
		n := *l
		n.Standing, n.Message = Internal, ""
		d.withdraw(*m)
		d.mark(n, false)
		d.out.Lines = append(d.out.Lines, n)
	}
}
