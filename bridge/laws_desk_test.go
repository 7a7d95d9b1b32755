package bridge

import (
	"slices"
	"time"

	"threadline/bridge/booking"
)

// drawDesk draws what happens at the desk beside claiming and answering, and
// what time brings.
func (w *world) drawDesk() Event {
	if w.pick("changes", 4) == 0 {
		id := []AgentID{"U1", "U2"}[w.pick("whose", 2)]
		switch w.pick("what", 2) {
		case 0:
			w.elsewhere[id] = w.pick("load", 4)
		case 1:
			v := w.duties[id]
			v.Agent, v.State = id, Availabilities()[w.pick("state", 4)]
			w.duties[id] = v
		}
	}
	switch w.pick("deskEvent", 22) {
	case 18, 19, 20:
		return w.drawCall()
	case 0, 1:
		e := AgentTransferred{Press: w.pressed(), Manager: w.pick("manager", 3) == 0, Note: "Please."}
		if w.pick("team", 3) == 0 {
			e.Team = []TeamID{"sales", "support", "nowhere"}[w.pick("which", 3)]
		} else {
			e.To = w.who()
		}
		return e
	case 2:
		return AgentTookOver{Press: w.pressed(), Manager: w.pick("manager", 2) == 0}
	case 3:
		return AgentJoined{w.pressed()}
	case 4:
		return AgentLeft{w.pressed()}
	case 5:
		return AgentPassed{w.pressed()}
	case 6:
		return AgentSnoozed{Press: w.pressed(), Until: w.now.Add(time.Duration(w.pick("until", 4)-1) * time.Minute)}
	case 7:
		return SnoozeEnded{Conversation: convID, Until: w.conv.SnoozedUntil.Add(-time.Duration(w.pick("older", 2)) * time.Second)}
	case 8:
		return AgentBlocked{Press: w.pressed(), Manager: w.pick("manager", 2) == 0, Reason: "Spam."}
	case 9, 10:
		return AgentUnblocked{w.pressed()}
	case 11:
		return AgentTagged{Press: w.pressed(), Tags: []string{[]string{"vip", " Big Job ", ""}[w.pick("tag", 3)]}, Off: w.pick("off", 3) == 0}
	case 12, 13:
		h := w.handoffID()
		w.later(KindOffer)
		return OfferDue{
			Conversation: convID, Handoff: h, Arm: w.handoffs[h].Arm - int64(w.pick("oldArm", 3))/2,
			Offer: w.handoffs[h].Offers - int64(w.pick("oldOffer", 3))/2, Members: []AgentID{"U1", "U2"},
		}
	case 14:
		h := w.handoffID()
		w.later(KindStep)
		return StepDue{
			Conversation: convID, Handoff: h, Arm: w.handoffs[h].Arm - int64(w.pick("oldArm", 3))/2,
			Step: w.handoffs[h].Steps - w.pick("oldStep", 3)/2, Members: []AgentID{"U1", "U2"},
		}
	case 15:
		switch w.pick("copilot", 4) {
		case 0:
			return AgentAskedForBrief{w.pressed()}
		case 1:
			return AgentAskedForDraft{w.pressed()}
		case 2:
			return AssistantBriefed{Conversation: convID, Agent: w.who().ID, Task: w.id(), Summary: Summary{Issue: "An issue."}}
		}
		return AssistantDrafted{Conversation: convID, Agent: w.who().ID, Task: w.id(), Answer: Answer{Move: MoveAnswer, Text: "We do."}}
	case 16:
		var drafts []string
		for k, l := range w.lines {
			if l.Standing == Drafted {
				drafts = append(drafts, k)
			}
		}
		if len(drafts) == 0 {
			return AssistantDrafted{Conversation: convID, Agent: w.conv.Holder, Task: w.id(), Answer: Answer{Move: MoveAnswer, Text: "We do."}}
		}
		slices.Sort(drafts)
		return AgentSentLine{Press: w.pressed(), Line: drafts[w.pick("draft", len(drafts))], Claim: w.pick("claim", 2) == 0, Text: []string{"", "Mine."}[w.pick("own words", 2)]}
	case 17:
		if w.pick("revised", 3) == 0 {
			return WaitRevised{Conversation: convID, Handoff: w.handoffID()}
		}
		if w.pick("opened", 3) == 0 {
			return Opened{Conversation: convID, SiteID: "default", Team: "support", At: w.now, Waiting: []DigestLine{{Conversation: convID}}}
		}
		w.later(KindSLA)
		return ResponseLate{Conversation: convID, Handoff: w.handoffID()}
	default:
		h := w.handoffID()
		w.later(KindSilent)
		return HolderSilent{
			Conversation: convID, Handoff: h, Arm: w.handoffs[h].Arm - int64(w.pick("oldArm", 3))/2,
			Since: w.conv.UnansweredSince, Idle: w.pick("idle", 2) == 0,
		}
	}
}

// drawCall draws what happens about a call.
func (w *world) drawCall() Event {
	b := w.bookings[w.conv.Booking]
	want := CallWanted{Act: []booking.Act{booking.Want, booking.Pick, booking.Later, booking.Move, booking.Cancel}[w.pick("act", 5)]}
	if n := len(b.Slots); n > 0 && w.pick("slot", 2) == 0 {
		want.Slot = b.Slots[w.pick("which", n)]
	}
	switch w.pick("call", 7) {
	case 0:
		return AgentOfferedCall{w.pressed()}
	case 1:
		return AgentCancelledCall{w.pressed()}
	case 2:
		w.later(KindCall)
		d, _ := w.pending(KindCall)
		return CallDue{
			Conversation: convID, Booking: b.ID, Sequence: b.Sequence - w.pick("oldCall", 2),
			Over: d.Body != nil && bodyOf[CallBody](d).Over,
		}
	case 3, 4:
		e := w.answers(MoveBook)
		e.Answer.Text, e.Answer.HTML, e.Answer.Call = "", "", &want
		return e
	default:
		return VisitorBooked{Conversation: convID, Seq: w.conv.Seq*1000 + int64(w.ids), Wanted: want}
	}
}

// checkCalls: a call that is booked has its timer, and no other has; one that
// is not the conversation's present one is settled; a booked one lies ahead of
// its booking and takes its length.
func (w *world) checkCalls(e Event) {
	for _, b := range w.bookings {
		present := b.ID == w.conv.Booking
		if !present && (b.Booked() || b.Status == BookingOffered) {
			w.rt.Fatalf("after %T a call is left that nobody knows of: %+v", e, b)
		}
		if b.Booked() && (b.End.Sub(b.Start) != w.setup.Booking.Length || !b.Start.After(b.CreatedAt)) {
			w.rt.Fatalf("after %T the call is %+v", e, b)
		}
	}
	b := w.bookings[w.conv.Booking]
	if b.Booked() != w.has(KindCall) {
		w.rt.Fatalf("after %T the call is %+v, timer %v", e, b, w.has(KindCall))
	}
	if d, ok := w.pending(KindCall); ok && (d.Subject != string(b.ID) || bodyOf[CallBody](d).Sequence != b.Sequence) {
		w.rt.Fatalf("after %T the timer %+v is not that of %+v", e, d, b)
	}
	if !w.visitor.BlockedAt.IsZero() && w.conv.Booking != "" {
		w.rt.Fatalf("after %T a blocked visitor is still to be called", e)
	}
}

// later lets time pass until a timer is due, sometimes far longer, as after a
// downtime.
func (w *world) later(kind string) {
	if d, ok := w.pending(kind); ok && w.pick("waits", 3) > 0 {
		w.now = laterOf(w.now, d.Due).Add(time.Duration(w.pick("down", 2)) * time.Hour)
	}
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// rememberDesk keeps the world's own record of who speaks beside the holder.
func (w *world) rememberDesk(e Event, r Receipt) {
	if r.Verdict != Done {
		return
	}
	switch e := e.(type) {
	case AgentJoined:
		w.holds = append(w.holds, deskHold{agent: e.Agent.ID, from: e.Stamp, joined: true})
	case AgentLeft:
		for i, h := range w.holds {
			if h.agent == e.Agent.ID && h.joined && h.until == "" {
				w.holds[i].until, w.holds[i].byClick = e.Stamp, true
			}
		}
	}
}

// timerOf is the kind of the timer that an event stands for.
func timerOf(e Event) string {
	switch e.(type) {
	case OfferDue:
		return KindOffer
	case StepDue:
		return KindStep
	case HolderSilent:
		return KindSilent
	case SnoozeEnded:
		return KindSnooze
	case ResponseLate:
		return KindSLA
	case CallDue:
		return KindCall
	}
	return ""
}

// mayTake reports whether an event may end somebody else's hold.
func (w *world) mayTake(e Event, before Conversation) bool {
	switch e := e.(type) {
	case AgentTransferred:
		return e.Manager || e.Agent.ID == before.Holder
	case AgentTookOver:
		return e.Manager || w.setup.Teams[0].TakeOver == TakeOverByAll
	case AgentBlocked:
		return e.Manager || e.Agent.ID == before.Holder
	case HolderSilent:
		return e.Idle && w.now.Sub(before.UnansweredSince) >= 0 && !before.UnansweredSince.IsZero()
	}
	return false
}

// checkDesk: nothing is given past capacity or to who is not there; a blocked
// visitor is heard by nobody; whoever joined speaks no longer than the hold;
// timers belong to the present wait; every act against somebody is on record.
func (w *world) checkDesk(e Event, before Conversation, was *Handoff, r Receipt) {
	w.checkCalls(e)
	h := w.openHandoff()
	offered := AgentID("")
	if h != nil {
		offered = h.OfferedTo
	}
	if offered != "" && w.conv.Status != Queued {
		w.rt.Fatalf("after %T it is offered to %s in status %q", e, offered, w.conv.Status)
	}
	if offered != "" && (was == nil || was.OfferedTo != offered || was.Offers != h.Offers) {
		if load := w.load(offered); load > w.setup.Capacity(offered) {
			w.rt.Fatalf("%T offered %s their %d. of %d", e, offered, load, w.setup.Capacity(offered))
		}
		if state := w.duties[offered].At(w.now); state != Available || slices.Contains(h.Passed, offered) {
			w.rt.Fatalf("%T offered it to %s, who is %s or has passed %v", e, offered, state, h.Passed)
		}
	}
	if t, ok := e.(AgentTransferred); ok && r.Verdict == Done && t.To.ID != "" {
		if load, limit := w.load(t.To.ID), w.setup.Capacity(t.To.ID); limit > 0 && load > limit {
			w.rt.Fatalf("the transfer gave %s their %d. of %d", t.To.ID, load, limit)
		}
	}
	for _, j := range w.conv.Joins {
		if j.End == HoldLasts && w.conv.Status != Assigned {
			w.rt.Fatalf("%s still speaks in status %q", j.Agent, w.conv.Status)
		}
	}
	if !w.visitor.BlockedAt.IsZero() {
		if _, spoke := e.(VisitorWrote); w.conv.Status != Resolved || spoke && (r.Verdict != Blocked || w.conv.Seq != before.Seq) {
			w.rt.Fatalf("after %T a blocked visitor's chat is %q, the verdict %s", e, w.conv.Status, r.Verdict)
		}
	}
	if !w.conv.SnoozedUntil.IsZero() != w.has(KindSnooze) || !w.conv.SnoozedUntil.IsZero() && w.conv.Status != Assigned {
		w.rt.Fatalf("after %T snoozed until %v in status %q, timer %v", e, w.conv.SnoozedUntil, w.conv.Status, w.has(KindSnooze))
	}
	waits := !w.conv.UnansweredSince.IsZero()
	if waits != w.has(KindSilent) || waits && w.conv.Status != Assigned {
		w.rt.Fatalf("after %T unanswered since %v in status %q, timer %v", e, w.conv.UnansweredSince, w.conv.Status, w.has(KindSilent))
	}
	for _, d := range w.deliveries {
		switch d.Kind {
		case KindOffer:
			if b := bodyOf[OfferBody](d); w.conv.Status != Queued || d.Subject != string(h.ID) || b.Arm != h.Arm || b.Offer != h.Offers {
				w.rt.Fatalf("after %T a timer of another offer is left: %+v of %+v", e, b, h)
			}
		case KindStep:
			if b := bodyOf[StepBody](d); w.conv.Status != Queued || d.Subject != string(h.ID) || b.Arm != h.Arm || b.Step != h.Steps {
				w.rt.Fatalf("after %T a timer of another wait is left: %+v of %+v", e, b, h)
			}
		case KindSLA:
			if h == nil || d.Subject != string(h.ID) || !h.RespondedAt.IsZero() {
				w.rt.Fatalf("after %T a target is left of %+v", e, h)
			}
		}
	}
	// Whoever is offered something has a time to answer.
	if offered != "" && !w.has(KindOffer) {
		w.rt.Fatalf("after %T the offer to %s has no end", e, offered)
	}
	for _, past := range w.handoffs {
		if late := !past.ResponseDue.IsZero() && past.RespondedAt.After(past.ResponseDue); late && past.BreachedAt.IsZero() {
			w.rt.Fatalf("after %T a late answer is not on record: %+v", e, past)
		}
		if !past.BreachedAt.IsZero() && past.BreachedAt.Before(past.ResponseDue) {
			w.rt.Fatalf("after %T a breach came before its time: %+v", e, past)
		}
	}
	w.checkRecord(e, before, r)
}

// checkRecord: who took something from somebody, or shut somebody out, is on
// record.
func (w *world) checkRecord(e Event, before Conversation, r Receipt) {
	want := ""
	switch e.(type) {
	case AgentTransferred:
		want = AuditTransfer
	case AgentTookOver:
		if before.Holder != "" {
			want = AuditTakeOver
		}
	case AgentBlocked:
		want = AuditBlock
	case AgentUnblocked:
		want = AuditUnblock
	}
	if want == "" || r.Verdict != Done {
		return
	}
	p, _ := pressOf(e)
	n := len(w.audit)
	if n == 0 || w.audit[n-1].Action != want || w.audit[n-1].Actor.ID != p.Agent.ID || w.audit[n-1].Subject != string(convID) {
		w.rt.Fatalf("%T by %s is not on record: %+v", e, p.Agent.ID, w.audit)
	}
	if want == AuditTakeOver && w.audit[n-1].After != string(p.Agent.ID) {
		w.rt.Fatalf("a take-over by %s leaves %+v on record", p.Agent.ID, w.audit[n-1])
	}
}
