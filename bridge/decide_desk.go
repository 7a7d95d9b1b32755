package bridge

import (
	"slices"
	"strings"
	"time"

	"threadline/bridge/trigger"
)

func (e AgentTransferred) decide(d *decision) {
	if e.Manager {
		if d.overtaken(e.Press) {
			return
		}
		if d.c.Status == Resolved {
			d.refuse(AlreadyOver)
			return
		}
	} else if d.notHeldBy(e.Press) {
		return
	}
	if e.To.ID == "" {
		e.toTeam(d)
		return
	}
	switch {
	case e.To.Outsider:
		d.refuse(NotEligible)
		return
	case d.c.Holder == e.To.ID:
		d.refuse(AlreadyClaimed)
		return
	case d.full(e.To.ID):
		d.refuse(Full)
		d.out.Receipt.Agent = e.To
		return
	}
	stamp := d.stamp(e.Press)
	d.endHold(stamp, EndedByClick)
	d.hold(e.To, stamp)
	d.note("🤝", d.nameOf(e.Agent)+" gave this chat to you.", e.Note, e.To.ID)
	d.record(e.Press, AuditTransfer, string(e.To.ID))
}

func (e AgentTransferred) toTeam(d *decision) {
	if !d.setup.HasTeam(e.Team) {
		d.refuse(NotEligible)
		return
	}
	d.endHold(d.stamp(e.Press), EndedByClick)
	held := d.c.Status == Assigned
	if d.h == nil {
		d.newHandoff(want{trigger: trigger.AgentInitiated, priority: Normal})
		d.h.Reason = d.nameOf(e.Agent) + " sent it to " + d.setup.Team(e.Team).Name + "."
	}
	d.h.Team = e.Team
	loud := d.requeue()
	if held {
		said := d.site.Texts.Transferred
		if d.closed() && d.h.Priority != Urgent {
			said = strings.TrimSpace(said + " " + d.site.Texts.WaitingClosed)
		}
		d.announce(said, Agent{Name: d.nameOf(e.Agent)})
	}
	text := d.nameOf(e.Agent) + " sent this chat to " + d.setup.Team(e.Team).Name + "."
	var call AgentID
	if team := d.setup.Team(e.Team); len(team.Members) == 0 {
		text += " Nobody is in that team, so whoever claims it first has it."
		call = AgentID(team.Group)
	}
	d.noteLoudly(loud, "🤝", text, e.Note, call)
	d.record(e.Press, AuditTransfer, "team "+string(e.Team))
}

// requeue puts the conversation, with its handoff, into the queue. It reports
// whether the channel is to be told: a chat that nobody was alerted about yet,
// or that goes on in another channel, has its alert there.
func (d *decision) requeue() (loud bool) {
	route := d.c.Route
	d.h.Status, d.h.ClaimedBy = HandoffOpen, ""
	d.h.WaitingSince = d.now
	d.c.AssistantHelps = !d.h.CallManagers && d.helpsMeanwhile(d.h.Trigger)
	d.become(Queued)
	d.followTeam()
	loud = d.h.Alerted && d.c.Route == route
	if !d.h.Alerted {
		d.alert()
	}
	d.armWait()
	return loud
}

func (e AgentTookOver) decide(d *decision) {
	if d.overtaken(e.Press) {
		return
	}
	switch {
	case d.c.Status == Resolved:
		d.refuse(AlreadyOver)
		return
	case d.c.Holder == e.Agent.ID:
		d.refuse(AlreadyClaimed)
		return
	case d.c.Status == Assigned && !e.Manager && d.team().TakeOver != TakeOverByAll:
		d.refuse(NotManager)
		return
	}
	stamp, from := d.stamp(e.Press), d.c.Holder
	d.endHold(stamp, EndedByClick)
	d.hold(e.Agent, stamp)
	if from != "" {
		d.note("🤝", d.nameOf(e.Agent)+" has taken this chat over from "+d.agent(from).Name+".", "", from)
		d.record(e.Press, AuditTakeOver, string(e.Agent.ID))
	}
}

// team is the one that the open handoff is for.
func (d *decision) team() Team {
	if d.h != nil && d.h.Team != "" {
		return d.setup.Team(d.h.Team)
	}
	return d.setup.Team(d.site.Team)
}

func (e AgentJoined) decide(d *decision) {
	if d.overtaken(e.Press) {
		return
	}
	switch {
	case d.c.Status == Resolved:
		d.refuse(AlreadyOver)
	case d.c.Status != Assigned:
		d.refuse(Stale)
	case d.c.Holder == e.Agent.ID || d.joined(e.Agent.ID):
		d.verdict(Ignored)
	default:
		d.c.Joins = append(d.c.Joins, Hold{Agent: e.Agent.ID, From: d.stamp(e.Press)})
		d.dirty = true
		d.out.Agent = &e.Agent
		d.announce(d.site.Texts.AlsoJoined, e.Agent)
		d.redraw()
	}
}

func (e AgentLeft) decide(d *decision) {
	if d.overtaken(e.Press) {
		return
	}
	i := slices.IndexFunc(d.c.Joins, func(h Hold) bool { return h.Agent == e.Agent.ID && h.End == HoldLasts })
	if i < 0 {
		d.verdict(Ignored)
		return
	}
	d.c.Joins[i].Until, d.c.Joins[i].End = d.stamp(e.Press), EndedByClick
	d.dirty = true
	d.redraw()
}

// joined reports whether somebody speaks beside the holder.
func (d *decision) joined(id AgentID) bool {
	return slices.ContainsFunc(d.c.Joins, func(h Hold) bool { return h.Agent == id && h.End == HoldLasts })
}

func (e AgentPassed) decide(d *decision) {
	if d.overtaken(e.Press) {
		return
	}
	switch {
	case d.c.Status == Assigned:
		d.refuse(AlreadyClaimed)
	case d.c.Status != Queued:
		d.refuse(AlreadyOver)
	case d.h.OfferedTo != e.Agent.ID:
		d.refuse(Stale)
	default:
		d.endOffer()
		d.offerAt(d.now)
		d.redraw()
	}
}

func (e AgentSnoozed) decide(d *decision) {
	if d.notHeldBy(e.Press) {
		return
	}
	if !e.Until.IsZero() && !e.Until.After(d.now) {
		d.refuse(Stale)
		return
	}
	d.snooze(e.Until.UTC())
	d.answeredVisitor()
	d.redraw()
}

func (d *decision) snooze(until time.Time) {
	if d.c.SnoozedUntil.Equal(until) {
		return
	}
	d.c.SnoozedUntil = until
	d.dirty = true
	if until.IsZero() {
		d.cancel(LaneTimer, "snooze:"+string(d.c.ID))
		return
	}
	d.put(Delivery{
		Lane: LaneTimer, Key: "snooze:" + string(d.c.ID), Kind: KindSnooze, Subject: string(d.c.ID),
		Due: until, Body: body(SnoozeBody{Until: until}),
	})
}

func (e SnoozeEnded) decide(d *decision) {
	if d.c.Status != Assigned || d.c.SnoozedUntil.IsZero() || !d.c.SnoozedUntil.Equal(e.Until) {
		d.verdict(Stale)
		return
	}
	d.snooze(time.Time{})
	if d.visitorSpokeLast() {
		d.visitorWaits()
	}
	d.note("⏰", "This chat is awake again.", "", d.c.Holder)
	d.redraw()
}

func (e AgentBlocked) decide(d *decision) {
	switch {
	case e.Agent.Outsider:
		d.refuse(NotAllowed)
		return
	case !d.c.Begun() || d.state.Visitor.ID == "":
		d.verdict(Stale)
		return
	case !d.state.Visitor.BlockedAt.IsZero():
		d.refuse(Ignored)
		return
	case d.c.Status == Assigned && d.c.Holder != e.Agent.ID && !e.Manager:
		d.refuse(NotHolder)
		return
	}
	v := d.state.Visitor
	v.BlockedAt, v.BlockedBy = d.now, e.Agent.ID
	d.out.Visitor = &v
	d.forgetCall()
	d.endHold("", EndedByOther)
	d.closeHandoff(HandoffEnded)
	d.become(Resolved)
	d.announce(d.site.Texts.Blocked, Agent{})
	d.note("🚫", d.nameOf(e.Agent)+" has blocked this visitor. They cannot write until somebody unblocks them.", e.Reason)
	d.record(e.Press, AuditBlock, e.Reason)
}

func (e AgentUnblocked) decide(d *decision) {
	switch {
	case e.Agent.Outsider:
		d.refuse(NotAllowed)
		return
	case !d.c.Begun():
		d.verdict(Stale)
		return
	case d.state.Visitor.BlockedAt.IsZero():
		d.refuse(Ignored)
		return
	}
	v := d.state.Visitor
	v.BlockedAt, v.BlockedBy = time.Time{}, ""
	d.out.Visitor = &v
	// The epoch rises: the visitor may speak again.
	d.become(Resolved)
	d.note("✅", d.nameOf(e.Agent)+" has unblocked this visitor.", "")
	d.record(e.Press, AuditUnblock, "")
}

// blocked refuses what a blocked visitor sends.
func (d *decision) blocked() bool {
	if d.state.Visitor.BlockedAt.IsZero() {
		return false
	}
	d.verdict(Blocked)
	return true
}

// maxTags bounds the tags of one conversation, maxTag the length of one.
const (
	maxTags = 20
	maxTag  = 40
)

func (e AgentTagged) decide(d *decision) {
	switch {
	case e.Agent.Outsider:
		d.refuse(NotAllowed)
		return
	case !d.c.Begun():
		d.verdict(Stale)
		return
	}
	changed := false
	for _, t := range e.Tags {
		t = CleanTag(t)
		i := slices.Index(d.c.Tags, t)
		switch {
		case t == "":
		case e.Off && i >= 0:
			d.c.Tags = slices.Delete(slices.Clone(d.c.Tags), i, i+1)
			changed = true
		case !e.Off && i < 0 && len(d.c.Tags) < maxTags:
			d.c.Tags = append(slices.Clone(d.c.Tags), t)
			changed = true
		}
	}
	if !changed {
		d.verdict(Ignored)
		return
	}
	d.dirty = true
	d.acted(e.Agent.ID)
	d.redraw()
}

// CleanTag is the form in which a tag is kept: small letters, dashes for
// spaces, at most 40 code points.
func CleanTag(t string) string {
	t = strings.Join(strings.Fields(strings.ToLower(strings.TrimLeft(strings.TrimSpace(t), "#"))), "-")
	if r := []rune(t); len(r) > maxTag {
		t = string(r[:maxTag])
	}
	return t
}

// note puts a line of the product's own into the thread. said are somebody's
// own words behind it, shown to the last one; whom are mentioned.
func (d *decision) note(sign, text, said string, whom ...AgentID) {
	d.noteLoudly(false, sign, text, said, whom...)
}

// noteLoudly is a note that the channel sees too, and the managers where the
// handoff is theirs to know of.
func (d *decision) noteLoudly(loud bool, sign, text, said string, whom ...AgentID) {
	if said = strings.TrimSpace(said); said != "" {
		said = clip(said, MaxNote)
	}
	call := slices.DeleteFunc(slices.Clone(whom), func(id AgentID) bool { return id == "" })
	d.put(Delivery{
		Lane: LanePost, Kind: KindNote, Priority: 0, Rank: RankAlert,
		Body: body(NoteBody{
			Sign: sign, Text: text, Evidence: said, Whole: true, Call: call,
			Loud: loud, CallManagers: loud && d.h != nil && d.h.CallManagers,
		}),
	})
}

// MaxNote bounds a note that an agent leaves for a colleague or on a task, in
// code points. Whoever takes such a note refuses a longer one, for nothing else
// keeps what is cut off.
const MaxNote = 3000

// record puts a press on record.
func (d *decision) record(p Press, action, after string) {
	d.out.Audit = append(d.out.Audit, AuditEntry{
		At: d.now, Actor: Actor{ID: p.Agent.ID, Name: d.nameOf(p.Agent)}, Action: action,
		Subject: string(d.c.ID), Before: string(d.state.Conversation.Holder), After: after,
	})
}
