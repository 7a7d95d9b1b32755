package bridge

import (
	"slices"
	"time"

	"threadline/bridge/booking"
	"threadline/bridge/trigger"
)

// calling is the team that calls the visitor back: that of the call which is
// booked, else that which the chat is with.
func (d *decision) calling() Team {
	if b := d.state.Booking; b != nil && b.Booked() {
		return d.setup.Team(b.Team)
	}
	return d.team()
}

// bookable reports whether a call can be booked for the conversation.
func (d *decision) bookable() bool { return d.setup.Bookable(d.site.ID, d.calling().ID) }

// zone is the zone in which the visitor reads times.
func (d *decision) zone() *time.Location {
	if z := d.setup.Schedule(d.site.ID, d.calling().ID).Zone; z != nil {
		return z
	}
	return time.UTC
}

// talk is how the visitor's words about a call are read.
func (d *decision) talk() booking.Talk {
	return talk(d.state.Booking, d.c.EpisodeFrom, d.state.Recent, d.now, d.zone())
}

// reading is what the visitor's newest words want of a call.
func (d *decision) reading(text string) booking.Reading {
	r := booking.Read(text, d.talk())
	if r.Act == booking.Want && !d.bookable() {
		r.Act = booking.None
	}
	return r
}

// bookLater lets what is wanted of a call be acted on with all calls in view,
// where the assistant does not speak.
func (d *decision) bookLater(w CallWanted, seq int64) {
	d.put(Delivery{
		Lane: LaneTimer, Key: "book:" + string(d.c.ID), Kind: KindBook, Subject: string(d.c.ID),
		Body: body(BookBody{Seq: seq, Wanted: w}),
	})
}

// inviteCall offers times for a call unasked to those who would do better than
// to wait in a queue: the ready buyer, the one whose case is too much for a
// chat, and whoever comes while nobody is there.
func (d *decision) inviteCall(w want) {
	better := buys(w.trigger) || w.trigger != trigger.SensitiveTopic && d.closed()
	if !better || w.priority == Urgent || d.c.Booking != "" || !d.bookable() {
		return
	}
	d.bookLater(CallWanted{Act: booking.Want, Unasked: true}, d.c.Seq)
}

// besides leaves those reasons for a person that words about a call do not
// settle: who asks to be called wants a person, but not at once. Whatever else
// the words want of a person comes first, and the call is theirs to see to.
func (d *decision) besides(r booking.Reading, text string, found []trigger.Finding) []trigger.Finding {
	settled := func(trigger.Finding) bool { return false }
	switch r.Act {
	case booking.Want:
		settled = func(f trigger.Finding) bool { return f.Trigger == trigger.ExplicitRequest || buys(f.Trigger) }
	case booking.Pick, booking.Later:
		// "Call me at three" asks for a person only to be called by them.
		calls := booking.Read(text, booking.Talk{Now: d.now, Zone: d.zone()}).Act == booking.Want
		settled = func(f trigger.Finding) bool { return f.Trigger == trigger.ExplicitRequest && calls || buys(f.Trigger) }
	case booking.Cancel, booking.Move:
		// To cancel or to move sounds like a contract's end; it is one only if
		// something else in the words does.
		rest := d.judge(booking.Without(text)).Findings
		settled = func(f trigger.Finding) bool {
			switch f.Trigger {
			case trigger.ExplicitRequest, trigger.SensitiveTopic:
				return !slices.ContainsFunc(rest, func(o trigger.Finding) bool { return o.Trigger == f.Trigger })
			}
			return true
		}
	}
	return slices.DeleteFunc(slices.Clone(found), func(f trigger.Finding) bool {
		return d.setup.priorityOf(f.Trigger, Priority(f.Priority)) != Urgent && settled(f)
	})
}

// buys reports whether a trigger is of those who can as well be called.
func buys(name string) bool {
	switch name {
	case trigger.HighValue, trigger.Complexity, trigger.BuyerSpecific:
		return true
	}
	return false
}

func (e VisitorBooked) decide(d *decision) {
	switch {
	case d.blocked():
	case !d.c.Begun():
		d.verdict(Stale)
	case e.Wanted.Unasked && (d.c.Status != Queued || d.c.Booking != ""):
		d.verdict(Ignored)
	case d.book(e.Wanted):
		if d.out.Receipt.Verdict == Done {
			d.seenTo(e.Seq)
		}
	case e.Wanted.Unasked:
		d.verdict(Ignored)
	case d.c.Status == Automatic:
		d.queueForCall(FromWords)
	default:
		d.sayCall(orText(d.site.Texts.CallNone, DefaultSite().Texts.CallNone), Agent{})
	}
}

// seenTo notes that a line which wanted something of a call has it. A visitor
// who has waited for longer waits for something else as well.
func (d *decision) seenTo(seq int64) {
	i := slices.IndexFunc(d.state.Recent, func(m Message) bool { return m.Seq == seq })
	if i >= 0 && d.c.UnansweredSince.Equal(d.state.Recent[i].CreatedAt) {
		d.answeredVisitor()
	}
}

func (e AgentOfferedCall) decide(d *decision) {
	if d.notHeldBy(e.Press) {
		return
	}
	if !d.bookable() || !d.offerTimes(d.site.Texts.CallOffer, d.free(time.Time{}, offers), e.Agent) {
		d.acted(e.Agent.ID)
		d.refuse(NoSlot)
		return
	}
	d.answeredVisitor()
}

func (e AgentCancelledCall) decide(d *decision) {
	switch b := d.state.Booking; {
	case e.Agent.Outsider:
		d.refuse(NotAllowed)
	case !d.c.Begun():
		d.verdict(Stale)
	case b == nil || !b.Booked():
		d.refuse(Ignored)
	default:
		d.cancelCall()
		d.note("📅", d.nameOf(e.Agent)+" has cancelled the call.", "")
	}
}

// book does what the visitor wants of a call; false if there is no time for
// one.
func (d *decision) book(w CallWanted) bool {
	b, texts := d.state.Booking, d.site.Texts
	booked := b != nil && b.Booked() && b.End.After(d.now)
	switch w.Act {
	case booking.Cancel:
		if !booked {
			d.verdict(Ignored)
			return true
		}
		d.cancelCall()
		return true
	case booking.Want:
		if booked {
			d.remark(*b, orText(texts.CallHave, DefaultSite().Texts.CallHave), b.Start, nil)
			return true
		}
	case booking.Later:
		if b != nil && len(b.Slots) > 0 && d.offerTimes(texts.CallOffer, d.free(b.Slots[len(b.Slots)-1].Add(time.Second), offers), Agent{}) {
			return true
		}
	case booking.Move:
		if !booked {
			d.verdict(Ignored)
			return true
		}
	}
	if !d.bookable() {
		return false
	}
	rules, s := d.setup.BookingRules(d.calling().ID), d.setup.Schedule(d.site.ID, d.calling().ID)
	if !w.Slot.IsZero() {
		slot := booking.Slot{From: w.Slot, To: w.Slot.Add(rules.Length)}
		if booking.Fits(s, rules, d.taken(), d.now, slot) {
			d.makeCall(slot)
			return true
		}
		return d.offerTimes(texts.CallTaken, d.free(time.Time{}, offers), Agent{})
	}
	if w.Unasked {
		return d.offerTimes(orText(texts.CallInvite, DefaultSite().Texts.CallInvite), d.free(time.Time{}, offers), Agent{})
	}
	if w.Wish.IsZero() {
		return d.offerTimes(texts.CallOffer, d.free(time.Time{}, offers), Agent{})
	}
	return d.bookWish(w.Wish)
}

// bookWish books the time that the visitor named, or offers those that are
// nearest to it.
func (d *decision) bookWish(w booking.Wish) bool {
	const plenty = 400
	zone := d.zone()
	from := time.Time{}
	if w.Day.Year != 0 {
		from = time.Date(w.Day.Year, w.Day.Month, w.Day.Day, 0, 0, 0, 0, zone)
	}
	all := d.free(from, plenty)
	exact := slices.DeleteFunc(slices.Clone(all), func(s booking.Slot) bool { return !w.Fits(s.From, zone) })
	if w.HasClock && len(exact) > 0 {
		if w.Day.Year != 0 {
			d.makeCall(exact[0])
			return true
		}
		return d.offerTimes(d.site.Texts.CallOffer, exact[:min(offers, len(exact))], Agent{})
	}
	if w.HasClock {
		day := slices.DeleteFunc(slices.Clone(all), func(s booking.Slot) bool {
			return !booking.Wish{Day: w.Day}.Fits(s.From, zone)
		})
		return d.offerTimes(d.site.Texts.CallOther, nearest(day, w.Clock, zone), Agent{}) ||
			d.offerTimes(d.site.Texts.CallOther, all[:min(offers, len(all))], Agent{})
	}
	if len(exact) > 0 {
		return d.offerTimes(d.site.Texts.CallOffer, exact[:min(offers, len(exact))], Agent{})
	}
	return d.offerTimes(d.site.Texts.CallOther, all[:min(offers, len(all))], Agent{}) ||
		d.offerTimes(d.site.Texts.CallOther, d.free(time.Time{}, offers), Agent{})
}

// taken are the times of the team's other calls.
func (d *decision) taken() []booking.Slot {
	return taken(d.state.Booked, d.calling().ID, d.c.Booking)
}

// free are the soonest times that can be booked from an instant on, but for
// that of the call which is to be moved.
func (d *decision) free(from time.Time, limit int) []booking.Slot {
	team := d.calling().ID
	slots := booking.Free(d.setup.Schedule(d.site.ID, team), d.setup.BookingRules(team), d.taken(), d.now, from, limit+1)
	if b := d.state.Booking; b != nil && b.Booked() {
		slots = slices.DeleteFunc(slots, func(s booking.Slot) bool { return s == b.slot() })
	}
	return slots[:min(limit, len(slots))]
}

// callNow is the conversation's callback as this event may change it: the
// present one, or a new one.
func (d *decision) callNow() Booking {
	if b := d.state.Booking; b != nil && (b.Status == BookingOffered || b.Booked()) {
		n := *b
		n.UpdatedAt = d.now
		return n
	}
	return Booking{
		ID: BookingID(d.newID()), Conversation: d.c.ID, SiteID: d.c.SiteID, Status: BookingOffered,
		CreatedAt: d.now, UpdatedAt: d.now,
	}
}

// offerTimes shows the visitor times to pick from; false if there are none. by
// is the agent who offers them, if one does.
func (d *decision) offerTimes(text string, slots []booking.Slot, by Agent) bool {
	if len(slots) == 0 {
		return false
	}
	b := d.callNow()
	b.Slots = nil
	for _, s := range slots {
		b.Slots = append(b.Slots, s.From)
	}
	if !b.Booked() {
		b.Team = d.calling().ID
	}
	if by.ID != "" {
		b.Agent = by.ID
	}
	d.remark(b, orText(text, DefaultSite().Texts.CallOffer), time.Time{}, slots, by)
	return true
}

// assistantSpeaks reports whether the assistant answers the visitor at present.
func (d *decision) assistantSpeaks() bool {
	return d.site.Mode != ModeSuggest && (d.c.Status == Automatic || d.c.Status == Queued && d.c.AssistantHelps)
}

// sayCall speaks about a call: as the assistant where it answers its turn, else
// as the product, on behalf of by. An agent's own lines are those alone that
// they wrote.
func (d *decision) sayCall(text string, by Agent, files ...Attachment) Message {
	author := Author{Kind: BySystem, Name: d.nameOf(by), Title: by.Title, Agent: by.ID}
	if d.answering {
		author = Author{Kind: ByAssistant, Name: d.site.AssistantName}
	}
	return d.say(Message{Author: author, Text: text, HTML: PlainHTML(text), Attachments: files})
}

// bookedByAssistant acts on what the assistant read from the visitor's words.
func (d *decision) bookedByAssistant(w CallWanted) {
	d.answering = true
	if w.Act == booking.Pick && !w.Slot.IsZero() && !d.agreed(w) {
		// A time that the visitor has not named is shown first, never taken.
		w.Act, w.Slot = booking.Want, time.Time{}
	}
	if d.book(w) {
		return
	}
	d.answering = d.c.Status == Queued
	if d.c.Status == Queued {
		d.sayCall(orText(d.site.Texts.CallNone, DefaultSite().Texts.CallNone), Agent{})
		return
	}
	d.queueForCall(FromAssistant)
}

// queueForCall puts whoever would like to be called, when no time is free, into
// the queue.
func (d *decision) queueForCall(from Origin) {
	d.openHandoff(want{
		trigger: trigger.ExplicitRequest, evidence: d.lastWords(), origin: from,
		reason:   "The visitor would like to be called, and no time for a call can be booked.",
		priority: d.setup.priorityOf(trigger.ExplicitRequest, Normal),
	})
}

// agreed reports whether the visitor was offered a time, or has named it.
func (d *decision) agreed(w CallWanted) bool {
	if b := d.state.Booking; b != nil && slices.ContainsFunc(b.Slots, w.Slot.Equal) {
		return true
	}
	r := booking.Read(d.lastWords(), booking.Talk{Now: d.now, Zone: d.zone()})
	return r.Wish.HasClock && r.Wish.Fits(w.Slot, d.zone())
}
