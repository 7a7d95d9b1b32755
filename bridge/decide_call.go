package bridge

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"threadline/bridge/booking"
)

// makeCall books a slot that is free.
func (d *decision) makeCall(slot booking.Slot) {
	b := d.callNow()
	text := d.site.Texts.CallBooked
	if b.Booked() {
		b.Sequence++
		text = orText(d.site.Texts.CallMoved, DefaultSite().Texts.CallMoved)
	}
	b.Status, b.Start, b.End, b.Slots = BookingMade, slot.From, slot.To, nil
	b.Team = d.calling().ID
	if d.c.Status == Assigned {
		b.Agent = d.c.Holder
	}
	if owner := d.state.Visitor.Owner; b.Agent == "" && d.setup.Team(b.Team).Has(owner) {
		b.Agent = owner
	}
	text = orText(text, DefaultSite().Texts.CallBooked)
	v := d.visitor()
	switch {
	case v.Phone != "":
		text += " " + orText(d.site.Texts.CallKnown, DefaultSite().Texts.CallKnown)
	case !b.AskedNumber:
		text += " " + orText(d.site.Texts.CallNumber, DefaultSite().Texts.CallNumber)
		b.AskedNumber = true
	}
	d.withCalendar(&b, text, false)
	d.armCall(b)
	d.redraw()
}

// cancelCall takes the call that is booked back.
func (d *decision) cancelCall() {
	b := *d.state.Booking
	b.Status, b.UpdatedAt, b.Slots = BookingCancelled, d.now, nil
	b.Sequence++
	d.withCalendar(&b, orText(d.site.Texts.CallCancelled, DefaultSite().Texts.CallCancelled), true)
	d.cancel(LaneTimer, "call:"+string(b.ID))
	d.c.Booking = ""
	d.redraw()
}

// forgetCall takes back whatever is offered or booked without a word.
func (d *decision) forgetCall() {
	if d.state.Booking == nil || d.c.Booking == "" {
		return
	}
	b := *d.state.Booking
	b.Status, b.UpdatedAt, b.Slots = BookingCancelled, d.now, nil
	b.Sequence++
	d.out.Booking = &b
	d.cancel(LaneTimer, "call:"+string(b.ID))
	d.c.Booking, d.dirty = "", true
}

// armCall sets the timer of the reminder.
func (d *decision) armCall(b Booking) {
	due := b.Start.Add(-d.setup.Booking.Reminder)
	if !due.After(d.now) {
		due = b.Start
	}
	d.callAt(b, due, false)
}

func (d *decision) callAt(b Booking, due time.Time, over bool) {
	d.put(Delivery{
		Lane: LaneTimer, Key: "call:" + string(b.ID), Kind: KindCall, Subject: string(b.ID),
		Due: due, Body: body(CallBody{Sequence: b.Sequence, Over: over}),
	})
}

// withCalendar says a text about the call, with the file for the visitor's
// calendar.
func (d *decision) withCalendar(b *Booking, text string, cancelled bool) {
	e := booking.Event{
		UID: string(b.ID) + "@threadline", Sequence: b.Sequence, Stamp: d.now, Slot: b.slot(),
		Summary: "Call from " + d.site.Name, Organizer: d.site.Name, Cancelled: cancelled, Remind: d.setup.Booking.Reminder,
	}
	if phone := d.visitor().Phone; phone != "" {
		e.Description = "We call " + oneLine(phone) + "."
	}
	if len(d.site.Origins) > 0 {
		e.Address = d.site.Origins[0]
	}
	data := booking.Calendar(e)
	file := Attachment{ID: FileID(d.newID()), Name: "callback.ics", Type: booking.MediaType, Size: int64(len(data))}
	m := d.sayCall(d.callText(text, b.Start, nil), Agent{}, file)
	b.Said = m.Seq
	d.out.Booking, d.c.Booking = b, b.ID
	d.out.Kept = append(d.out.Kept, KeptFile{
		File: File{Attachment: file, Conversation: d.c.ID, FromDesk: true, Message: m.ID, CreatedAt: d.now}, Data: data,
	})
}

// remark says a text about the callback and keeps that it was said.
func (d *decision) remark(b Booking, text string, at time.Time, slots []booking.Slot, by ...Agent) {
	var who Agent
	if len(by) > 0 {
		who = by[0]
	}
	b.Said = d.sayCall(d.callText(text, at, slots), who).Seq
	b.UpdatedAt = d.now
	d.out.Booking, d.c.Booking, d.dirty = &b, b.ID, true
}

// callText fills in a text about a call.
func (d *decision) callText(text string, at time.Time, slots []booking.Slot) string {
	var lines []string
	for i, s := range slots {
		lines = append(lines, strconv.Itoa(i+1)+". "+booking.Line(s.From, d.now, d.zone()))
	}
	return strings.NewReplacer(
		"{time}", booking.When(at, d.now, d.zone()), "{slots}", strings.Join(lines, "\n"),
		"{contact}", clip(oneLine(d.visitor().Phone), 60), "{site}", d.site.Name,
	).Replace(text)
}

func (e CallDue) decide(d *decision) {
	b := d.state.Booking
	if b == nil || b.ID != e.Booking || !b.Booked() || b.Sequence != e.Sequence {
		d.verdict(Stale)
		return
	}
	n := *b
	n.UpdatedAt = d.now
	if e.Over || !d.now.Before(b.End) {
		n.Status, n.Slots = BookingOver, nil
		d.out.Booking = &n
		d.cancel(LaneTimer, "call:"+string(b.ID))
		d.c.Booking, d.dirty = "", true
		d.redraw()
		return
	}
	if d.now.Before(b.Start) {
		text := orText(d.site.Texts.CallReminder, DefaultSite().Texts.CallReminder)
		n.Said = d.sayCall(d.callText(text, b.Start, nil), Agent{}).Seq
	}
	v := d.visitor()
	text := "It is time to call this visitor: " + booking.When(b.Start, d.now, d.zone()) + "."
	switch {
	case v.Phone == "" && v.Email != "":
		text += " There is no phone number, only an e-mail address."
	case v.Phone == "":
		text += " There is no phone number yet; ask for it in the chat."
	}
	d.note("📞", text, strings.Join(slices.DeleteFunc([]string{v.Name, v.Phone}, func(s string) bool { return s == "" }), ", "), d.callers(*b)...)
	d.out.Booking = &n
	d.dirty = true
	d.callAt(n, b.End, true)
}

// mostCallers bounds how many agents one call mentions.
const mostCallers = 5

// callers are whom a call that is due mentions: whose it is, else the team's
// group, else its members.
func (d *decision) callers(b Booking) []AgentID {
	team := d.setup.Team(b.Team)
	switch {
	case d.c.Status == Assigned:
		return []AgentID{d.c.Holder}
	case b.Agent != "":
		return []AgentID{b.Agent}
	case team.Group != "":
		return []AgentID{AgentID(team.Group)}
	}
	var out []AgentID
	for _, m := range team.Members[:min(mostCallers, len(team.Members))] {
		out = append(out, m.ID)
	}
	return out
}
