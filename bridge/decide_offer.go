package bridge

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"threadline/bridge/hours"
	"threadline/bridge/routing"
)

// schedule is when people are there for the conversation.
func (d *decision) schedule() hours.Schedule {
	team := d.site.Team
	if d.h != nil && d.h.Team != "" {
		team = d.h.Team
	}
	return d.setup.Schedule(d.site.ID, team)
}

// waitsFrom is the instant from which a wait counts that began then: urgent
// ones count at once, others from the next opening.
func (d *decision) waitsFrom(t time.Time) time.Time {
	if d.h.Priority == Urgent {
		return t
	}
	if opening, ok := d.schedule().NextOpening(t); ok {
		return opening
	}
	return t
}

func (d *decision) offerWindow() time.Duration {
	return cmp.Or(d.setup.Windows.Offer, DefaultSetup().Windows.Offer)
}

// offerAt lets the handoff be offered to somebody at an instant, if there is
// anybody to offer it to.
func (d *decision) offerAt(due time.Time) {
	if d.h.OfferedTo == "" && len(d.team().Members) == 0 && d.state.Visitor.Owner == "" {
		return
	}
	d.handoffDirty = true
	d.put(Delivery{
		Lane: LaneTimer, Key: "offer:" + string(d.h.ID), Kind: KindOffer, Subject: string(d.h.ID),
		Due: due, Body: body(OfferBody{Arm: d.h.Arm, Offer: d.h.Offers}),
	})
}

// waitsAs reports whether the handoff still waits in that arm.
func (d *decision) waitsAs(h HandoffID, arm int64) bool {
	return d.c.Status == Queued && d.h != nil && d.h.ID == h && d.h.Arm == arm
}

func (e OfferDue) decide(d *decision) {
	if !d.waitsAs(e.Handoff, e.Arm) || d.h.Offers != e.Offer {
		d.verdict(Stale)
		return
	}
	d.missedOffer()
	d.offer(e.Members)
}

// endOffer takes the offer back; whoever had it is not asked again in this
// wait.
func (d *decision) endOffer() {
	if d.h.OfferedTo == "" {
		return
	}
	d.answeredOffer(d.h.OfferedTo)
	d.h.Passed = append(slices.Clone(d.h.Passed), d.h.OfferedTo)
	d.h.OfferedTo, d.h.OfferedAt = "", time.Time{}
	d.handoffDirty = true
}

// answeredOffer forgets that an agent left offers unanswered.
func (d *decision) answeredOffer(id AgentID) {
	if c, known := d.state.Crew[id]; known && c.Duty.Missed > 0 {
		c.Duty.Agent, c.Duty.Missed = id, 0
		d.putDuty(c.Duty)
	}
}

// missedOffer counts an offer that ran out against the agent, who is away after
// too many.
func (d *decision) missedOffer() {
	id := d.h.OfferedTo
	if id == "" {
		return
	}
	d.h.Passed = append(slices.Clone(d.h.Passed), id)
	d.h.OfferedTo, d.h.OfferedAt = "", time.Time{}
	d.handoffDirty = true
	duty := d.state.Crew[id].Duty
	duty.Agent = id
	duty.Missed++
	if n := d.setup.Windows.AwayAfter; n > 0 && duty.Missed >= n && duty.At(d.now) == Available {
		duty.State, duty.Until, duty.Missed, duty.ChangedAt = Away, time.Time{}, 0, d.now
		d.tell(id, "You left "+strconv.Itoa(n)+" offers unanswered, so you count as away and are offered nothing more. Say when you are back.")
	}
	d.putDuty(duty)
}

// offer chooses who is asked and asks them; where nobody can be, it looks again
// later.
func (d *decision) offer(members []AgentID) {
	schedule := d.schedule()
	if d.h.Priority != Urgent && !schedule.Open(d.now) {
		if opening, ok := schedule.NextOpening(d.now); ok {
			d.offerAt(opening)
		}
		return
	}
	team := d.team()
	var candidates []routing.Candidate
	for _, id := range members {
		crew, known := d.state.Crew[id]
		if !known {
			continue
		}
		c := routing.Candidate{
			ID: string(id), Available: crew.Duty.At(d.now) == Available,
			Load: crew.Load, Capacity: d.setup.Capacity(id), LastOffered: crew.Duty.LastOffered,
		}
		if i := slices.IndexFunc(team.Members, func(m Member) bool { return m.ID == id }); i >= 0 {
			c.Skills = team.Members[i].Skills
		}
		candidates = append(candidates, c)
	}
	r := routing.Request{
		Method: team.Method, Skills: append(slices.Clone(d.h.Tags), d.c.Tags...), Owner: string(d.state.Visitor.Owner),
	}
	r.Skills = append(r.Skills, d.h.Trigger)
	for _, id := range d.h.Passed {
		r.Passed = append(r.Passed, string(id))
	}
	chosen, ok := routing.Choose(r, candidates)
	if !ok {
		d.offerAt(d.now.Add(d.offerWindow()))
		return
	}
	id := AgentID(chosen)
	d.h.OfferedTo, d.h.OfferedAt = id, d.now
	d.h.Offers++
	duty := d.duty(id)
	duty.Agent, duty.LastOffered = id, d.now
	d.putDuty(duty)
	why := "This chat is offered to you: press Claim to take it or Pass to let it go on."
	if id == d.state.Visitor.Owner {
		why = "You helped this visitor before, so this chat is offered to you first: press Claim to take it or Pass to let it go on."
	}
	d.note("👋", why, "", id)
	d.offerAt(d.now.Add(d.offerWindow()))
	d.redraw()
}

// duty is an agent's duty as this event leaves it.
func (d *decision) duty(id AgentID) Duty {
	for _, v := range d.out.Duties {
		if v.Agent == id {
			return v
		}
	}
	return d.state.Crew[id].Duty
}

func (d *decision) putDuty(v Duty) {
	d.out.Duties = append(slices.DeleteFunc(d.out.Duties, func(o Duty) bool { return o.Agent == v.Agent }), v)
}

// tell says something to one agent alone.
func (d *decision) tell(id AgentID, text string) {
	d.put(Delivery{
		Lane: LanePrivate, Kind: KindTell, Priority: 1, Body: body(TellBody{Agent: id, Text: text}),
	})
}
