package bridge

import (
	"cmp"
	"slices"
	"time"

	"threadline/bridge/hours"
	"threadline/bridge/trigger"
)

// armWait gives the present wait its timers: the end, at which the assistant
// comes back, the offers and the widenings.
func (d *decision) armWait() {
	start := d.waitsFrom(d.now)
	d.h.Arm++
	d.h.Passed, d.h.Steps = nil, 0
	d.h.OfferedTo, d.h.OfferedAt = "", time.Time{}
	d.handoffDirty = true
	d.cancel(LaneTimer, "offer:"+string(d.h.ID))
	d.cancel(LaneTimer, "step:"+string(d.h.ID))
	d.armReturn(d.now)
	d.offerAt(start)
	d.armStep()
	d.watchHours()
}

// worked is when people have had so long for the wait since t: open time alone
// counts, except for urgent ones and where nobody is ever there.
func (d *decision) worked(t time.Time, long time.Duration) time.Time {
	if d.h.Priority != Urgent {
		if at, ok := d.schedule().After(t, long); ok {
			return at
		}
	}
	return t.Add(long)
}

func (d *decision) disarmWait() {
	d.h.Arm++
	d.handoffDirty = true
	d.h.OfferedTo, d.h.OfferedAt = "", time.Time{}
	for _, timer := range []string{"return:", "unposted:", "offer:", "step:", "hours:"} {
		d.cancel(LaneTimer, timer+string(d.h.ID))
	}
}

// steps are the widenings for the handoff's priority.
func (d *decision) steps() []Step {
	return slices.DeleteFunc(slices.Clone(d.setup.Escalation), func(s Step) bool { return !s.For(d.h.Priority) })
}

// armStep sets the timer of the next widening.
func (d *decision) armStep() {
	steps := d.steps()
	if d.h.Steps >= len(steps) {
		return
	}
	d.handoffDirty = true
	d.put(Delivery{
		Lane: LaneTimer, Key: "step:" + string(d.h.ID), Kind: KindStep, Subject: string(d.h.ID),
		Due:  d.worked(d.h.WaitingSince, steps[d.h.Steps].After),
		Body: body(StepBody{Arm: d.h.Arm, Step: d.h.Steps}),
	})
}

func (e StepDue) decide(d *decision) {
	if !d.waitsAs(e.Handoff, e.Arm) || d.h.Steps != e.Step {
		d.verdict(Stale)
		return
	}
	// After a downtime several steps are due. Only the last one is taken: it
	// reaches further than those before it.
	steps, last := d.steps(), -1
	for i := e.Step; i < len(steps); i++ {
		if !d.worked(d.h.WaitingSince, steps[i].After).After(d.now) {
			last = i
		}
	}
	if last < 0 {
		d.verdict(Stale) // the settings have changed; the wait goes on
		d.armStep()
		return
	}
	d.h.Steps = last + 1
	d.handoffDirty = true
	d.widen(steps[last], e.Members)
	d.armStep()
	d.redraw()
}

// widen takes one step. A step that has nobody to reach says nothing.
func (d *decision) widen(s Step, members []AgentID) {
	waited := ShortDuration(max(d.now.Sub(d.waitsFrom(d.h.WaitingSince)).Truncate(time.Second), 0))
	text := "Nobody has claimed this chat for " + waited + "."
	switch s.To {
	case StepNextAgent:
		d.missedOffer()
		d.offer(members)
	case StepGroup:
		if group := cmp.Or(s.Group, d.team().Group); group != "" {
			d.note("📣", text, "", AgentID(group))
		}
	case StepManagers:
		d.put(Delivery{
			Lane: LanePost, Kind: KindNote, Priority: 0, Rank: RankAlert,
			Body: body(NoteBody{Sign: "📣", Text: text, CallManagers: true}),
		})
	case StepNotify:
		d.put(Delivery{
			Lane: LaneNotify, Key: "notify:" + string(d.h.ID) + ":" + itoa(d.h.Arm), Kind: KindNotify, Subject: string(d.h.ID),
			Priority: int(d.h.Priority),
			Body:     body(NotifyBody{Priority: d.h.Priority, Text: "A visitor of " + d.site.Name + " waits for a person (" + d.h.Priority.String() + "). " + text}),
		})
	}
}

// armResponse sets the target for the first human answer.
func (d *decision) armResponse() {
	target := d.setup.SLA.Target(d.h.Priority)
	if target <= 0 || !d.h.RespondedAt.IsZero() {
		return
	}
	due := d.h.OpenedAt.Add(target)
	if d.h.Priority != Urgent {
		if at, ok := d.schedule().After(d.h.OpenedAt, target); ok {
			due = at
		}
	}
	d.h.ResponseDue = due
	d.handoffDirty = true
	d.put(Delivery{Lane: LaneTimer, Key: "sla:" + string(d.h.ID), Kind: KindSLA, Subject: string(d.h.ID), Due: due})
}

// responded notes the first human answer, and that the visitor waits no longer.
func (d *decision) responded() {
	if d.h != nil && d.h.RespondedAt.IsZero() {
		d.h.RespondedAt = d.now
		d.breach()
		d.handoffDirty = true
		d.cancel(LaneTimer, "sla:"+string(d.h.ID))
		d.redraw() // the card counts down to the first answer
	}
	d.answeredVisitor()
}

// breach records a target that was missed.
func (d *decision) breach() bool {
	if d.h.ResponseDue.IsZero() || !d.h.BreachedAt.IsZero() || !d.now.After(d.h.ResponseDue) && !d.now.Equal(d.h.ResponseDue) {
		return false
	}
	d.h.BreachedAt = d.now
	d.handoffDirty = true
	after := "nobody has answered yet"
	if !d.h.RespondedAt.IsZero() {
		after = "answered late"
	}
	d.out.Audit = append(d.out.Audit, AuditEntry{
		At: d.now, Actor: Actor{Name: "Threadline"}, Action: AuditLate, Subject: string(d.c.ID),
		Before: d.h.Priority.String() + ", due " + d.h.ResponseDue.UTC().Format(time.RFC3339), After: after,
	})
	return true
}

func (e ResponseLate) decide(d *decision) {
	if d.h == nil || d.h.ID != e.Handoff || !d.h.RespondedAt.IsZero() || !d.breach() {
		d.verdict(Stale)
		return
	}
	d.redraw()
}

// owed reports whether whoever comes to hold the conversation owes the visitor
// an answer: they wait in the queue, where each is told that a person will come,
// whatever was said before; for the holder before; for one who has snoozed; or
// for the assistant, which a claim silences.
func (d *decision) owed() bool {
	switch d.c.Status {
	case Queued:
		return true
	case Assigned:
		return !d.c.UnansweredSince.IsZero() || !d.c.SnoozedUntil.IsZero() && d.visitorSpokeLast()
	case Automatic:
		return d.visitorSpokeLast()
	default:
		return false
	}
}

// visitorSpokeLast reports whether nobody has answered the visitor's newest
// line in this episode; the product's own lines are no answers.
func (d *decision) visitorSpokeLast() bool {
	for _, m := range slices.Backward(append(slices.Clone(d.recent()), d.out.Messages...)) {
		if m.Author.Kind != BySystem && !m.Deleted {
			return m.Author.Kind == ByVisitor
		}
	}
	return false
}

// visitorWaits notes that the visitor waits for the holder: they have written,
// or whoever came to hold has not answered yet.
func (d *decision) visitorWaits() {
	if d.c.UnansweredSince.IsZero() {
		d.c.UnansweredSince = d.now
		d.armSilence()
	}
}

// armSilence sets the next timer of a visitor who waits for the holder.
func (d *decision) armSilence() {
	w := d.setup.Windows
	b := SilentBody{Arm: d.h.Arm, Since: d.c.UnansweredSince, Idle: w.Nudge <= 0}
	after := w.Nudge
	if b.Idle {
		after = w.Idle
	}
	d.dirty = true
	if after <= 0 {
		return
	}
	d.silentAt(b, after)
}

func (d *decision) silentAt(b SilentBody, after time.Duration) {
	due, ok := d.schedule().After(b.Since, after)
	if !ok {
		due = b.Since.Add(after)
	}
	d.put(Delivery{
		Lane: LaneTimer, Key: "silent:" + string(d.c.ID), Kind: KindSilent, Subject: string(d.c.Handoff),
		Due: due, Body: body(b),
	})
}

// answeredVisitor notes that the visitor has the holder's answer, or that there
// is no holder any more.
func (d *decision) answeredVisitor() {
	if d.c.UnansweredSince.IsZero() {
		return
	}
	d.c.UnansweredSince = time.Time{}
	d.dirty = true
	d.cancel(LaneTimer, "silent:"+string(d.c.ID))
}

// acted notes an act of an agent: one of the holder's refreshes the hold.
func (d *decision) acted(id AgentID) {
	if d.c.Status == Assigned && d.c.Holder == id && !d.c.UnansweredSince.IsZero() {
		d.c.UnansweredSince = d.now
		d.armSilence()
	}
}

func (e HolderSilent) decide(d *decision) {
	w := d.setup.Windows
	if d.c.Status != Assigned || d.h == nil || d.h.ID != e.Handoff || d.h.Arm != e.Arm ||
		d.c.UnansweredSince.IsZero() || !d.c.UnansweredSince.Equal(e.Since) {
		d.verdict(Stale)
		return
	}
	waited := ShortDuration(max(d.now.Sub(e.Since).Truncate(time.Second), 0))
	if !e.Idle {
		text := "The visitor has been waiting for your answer for " + waited + "."
		if w.Idle > 0 {
			text += " After " + ShortDuration(w.Idle) + " the chat goes back to the queue."
			d.silentAt(SilentBody{Arm: d.h.Arm, Since: e.Since, Idle: true}, w.Idle)
		}
		d.tell(d.c.Holder, text)
		return
	}
	holder := d.agent(d.c.Holder)
	d.endHold("", EndedByOther)
	loud := d.requeue()
	d.h.Passed = []AgentID{holder.ID}
	d.sayRequeued(d.site.Texts.Released, Agent{Name: holder.Name})
	d.noteLoudly(loud, "⏳", d.nameOf(holder)+" has not answered for "+waited+", so this chat is back in the queue.", "", holder.ID)
}

// closed reports whether nobody is there for the conversation at present.
func (d *decision) closed() bool { return !d.schedule().Open(d.now) }

// helpsMeanwhile reports whether the assistant goes on answering while a
// handoff of that cause waits, because nobody is there to answer instead.
func (d *decision) helpsMeanwhile(cause string) bool {
	return d.closed() && cause != trigger.SensitiveTopic && (d.h == nil || d.h.Priority != Urgent)
}

// standIn lets the assistant go on helping a visitor who writes after the team
// has gone home during the wait, and tells them when somebody is back.
func (d *decision) standIn() {
	if d.c.AssistantHelps || d.site.Mode == ModeSuggest || d.h.CallManagers || !d.helpsMeanwhile(d.h.Trigger) {
		return
	}
	d.c.AssistantHelps = true
	d.become(Queued)
	d.announce(d.site.Texts.BridgeClosed, Agent{})
}

// sayRequeued tells the visitor that their chat waits again. Where nobody is
// there, nothing is said that only an open office can keep.
func (d *decision) sayRequeued(text string, by Agent) {
	t := d.site.Texts
	switch {
	case !d.closed() || d.h.Priority == Urgent:
	case d.c.AssistantHelps && d.site.Mode != ModeSuggest:
		text = orText(t.BridgeClosed, text)
	default:
		text = orText(t.WaitingClosed, text)
	}
	d.announce(text, by)
}

// opening says when somebody is there again, in the team's own time.
func (d *decision) opening() string {
	s := d.schedule()
	at, ok := s.NextOpening(d.now)
	if !ok || s.Always() {
		return "as soon as they can"
	}
	local, now := at.In(s.Zone), d.now.In(s.Zone)
	clock := local.Format("15:04 MST")
	switch days := int(hours.DateOf(local).Days() - hours.DateOf(now).Days()); {
	case days == 0:
		return "today at " + clock
	case days == 1:
		return "tomorrow at " + clock
	case days < 7:
		return "on " + local.Format("Monday") + " at " + clock
	default:
		return "on " + local.Format("2 January") + " at " + clock
	}
}

// hurry lets a wait that became urgent go by the times of urgent ones.
func (d *decision) hurry() {
	offered, since := d.h.OfferedTo, d.h.OfferedAt
	d.armWait()
	d.armResponse()
	if offered != "" {
		d.h.OfferedTo, d.h.OfferedAt = offered, since
		d.offerAt(since.Add(d.offerWindow()))
	}
	if d.closed() {
		d.announce(d.site.AfterHours.Text, Agent{})
	}
}

// awaitOpening lets one digest tell the desk at the opening what has waited.
func (d *decision) awaitOpening(opening time.Time) {
	team := d.team().ID
	d.put(Delivery{
		Lane: LaneTimer, Key: "opening:" + string(d.site.ID) + ":" + string(team) + ":" + itoa(opening.Unix()),
		Kind: KindOpening, Subject: string(d.site.ID), Due: opening, Body: body(OpeningBody{Team: team, At: opening}),
	})
}

func (e Opened) decide(d *decision) {
	if !d.c.Begun() || len(e.Waiting) == 0 {
		d.verdict(Ignored)
		return
	}
	text := "Good morning. One chat has waited for the opening:"
	if n := len(e.Waiting); n > 1 {
		text = "Good morning. " + itoa(int64(n)) + " chats have waited for the opening:"
	}
	d.put(Delivery{
		Lane: LanePost, Kind: KindDigest, Subject: string(e.SiteID), Priority: 0, Rank: RankAlert,
		Body: body(DigestBody{Text: text, Lines: e.Waiting}),
	})
}
