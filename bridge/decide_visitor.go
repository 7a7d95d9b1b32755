package bridge

import (
	"maps"
	"slices"
	"strings"
	"time"

	"threadline/bridge/booking"
	"threadline/bridge/trigger"
)

func (e VisitorWrote) decide(d *decision) {
	if d.blocked() {
		return
	}
	e.Text = CleanText(e.Text)
	files, ok := d.uploads(e.Files)
	if !ok {
		d.verdict(UnknownFile)
		return
	}
	d.begin(e.Visitor, e.SiteID, e.PageURL, e.Referrer, e.Locale, e.Device)
	if d.c.Status == Resolved {
		d.newEpisode()
		d.quieten()
		d.become(Automatic)
	}
	m := d.say(Message{
		Author: Author{Kind: ByVisitor, Name: d.state.Visitor.Name},
		Text:   e.Text, HTML: PlainHTML(e.Text), ClientID: e.ClientID, Attachments: files,
	})
	d.carry(m.ID, files...)
	d.c.LastVisitorAt = d.now
	d.snooze(time.Time{})
	judged := d.judge(e.Text)
	mood := judged.Mood
	pulled, _ := d.setup.Worst(judged.Findings)
	call := d.reading(e.Text)
	finding, found := d.setup.Worst(d.besides(call, e.Text, judged.Findings))
	wordless := strings.TrimSpace(e.Text) == ""
	d.learn(e.Text, pulled.Trigger)
	if call.Act != booking.None && !found && !d.assistantSpeaks() && (d.c.Status != Assigned || call.Act != booking.Want) {
		d.bookLater(Wanted(call, d.talk()), m.Seq)
		if d.c.Status == Assigned {
			d.visitorWaits() // until the call is seen to
		}
		d.out.Receipt.Message = m.ID
		return
	}
	switch d.c.Status {
	case Automatic:
		switch {
		case found:
			d.openHandoff(want{trigger: finding.Trigger, evidence: finding.Evidence, priority: Priority(finding.Priority), mood: mood, origin: FromWords})
		case wordless:
			d.openHandoff(want{
				trigger: trigger.InformationGap, priority: Normal, origin: FromFile,
				reason: "The visitor sent a file, which the assistant cannot look into.",
			})
		case d.site.Mode == ModeSuggest:
			d.peopleAnswer()
		default:
			d.askAssistant()
		}
		if d.site.Mode == ModeSuggest && !wordless && d.c.Status == Queued {
			d.askAssistant()
		}
	case Queued:
		if !found && d.tookBack(e.Text) {
			break
		}
		if found {
			d.raise(finding)
		}
		d.standIn()
		if (d.c.AssistantHelps || d.site.Mode == ModeSuggest) && !wordless {
			d.askAssistant()
		}
	case Assigned:
		d.visitorWaits()
		if d.site.Mode == ModeSuggest && !wordless {
			d.askAssistant()
		}
	}
	d.out.Receipt.Message = m.ID
}

// tookBack takes a wish for a person back whom nobody has answered, where the
// visitor says that they need none after all. What people should see in any
// case, such as an emergency or anger, stays with them.
func (d *decision) tookBack(text string) bool {
	if d.h == nil || d.h.Priority == Urgent || d.site.Mode == ModeSuggest || !trigger.Withdraws(text) ||
		d.h.Trigger != trigger.ExplicitRequest && d.h.Trigger != trigger.InformationGap {
		return false
	}
	name, cooling := d.h.Trigger, d.c.Cooling
	d.closeHandoff(HandoffWithdrawn)
	if name == trigger.InformationGap {
		d.c.Cooling = cooling // nobody has dealt with it
	}
	d.c.AssistantHelps = false
	d.become(Automatic)
	d.announce(orText(d.site.Texts.Withdrawn, DefaultSite().Texts.Withdrawn), Agent{})
	d.note("↩️", "The visitor says that they need nobody any more.", "")
	return true
}

// newEpisode begins another stretch of the talk after a resolve.
func (d *decision) newEpisode() {
	d.c.Episode++
	d.c.EpisodeFrom = d.c.Seq
	d.c.Alone = 0
	d.c.Rating = Rating{}
	d.out.Episode = &Episode{Conversation: d.c.ID, Number: d.c.Episode, SiteID: d.c.SiteID, Began: d.now, From: d.c.Seq}
	d.dirty = true
}

// recent are the newest messages of this episode that were there before the
// event.
func (d *decision) recent() []Message {
	i := slices.IndexFunc(d.state.Recent, func(m Message) bool { return m.Seq > d.c.EpisodeFrom })
	if i < 0 {
		return nil
	}
	return d.state.Recent[i:]
}

// raise lets an open handoff grow more pressing; it never makes it less so.
func (d *decision) raise(f trigger.Finding) {
	emergency := Priority(f.Priority) == Urgent && d.h.Priority != Urgent
	if p := Priority(f.Priority); p < d.h.Priority {
		d.h.Priority = p
		d.h.Evidence = f.Evidence
		d.handoffDirty = true
	}
	if callsManagers(f.Trigger, Priority(f.Priority)) && !d.h.CallManagers {
		d.h.CallManagers = true
		d.handoffDirty = true
		d.put(Delivery{
			Lane: LanePost, Kind: KindNote, Priority: 0, Rank: RankAlert,
			Body: body(NoteBody{Text: reasons(f.Trigger), Evidence: f.Evidence, CallManagers: true}),
		})
	}
	if emergency {
		d.hurry()
	}
	if d.c.AssistantHelps && f.Trigger != trigger.InformationGap && !d.helpsMeanwhile(f.Trigger) {
		d.c.AssistantHelps = false
		d.become(Queued)
	} else if d.handoffDirty {
		d.redraw()
	}
}

func (e VisitorAskedForPerson) decide(d *decision) {
	if d.blocked() {
		return
	}
	d.begin(e.Visitor, e.SiteID, e.PageURL, e.Referrer, e.Locale, e.Device)
	switch d.c.Status {
	case Queued:
		d.verdict(Ignored)
		if d.c.AssistantHelps && !d.helpsMeanwhile(trigger.ExplicitRequest) {
			d.c.AssistantHelps = false
			d.verdict(Done)
			d.become(Queued)
		}
		return
	case Assigned:
		d.verdict(Ignored)
		return
	case Resolved:
		d.newEpisode()
	}
	d.c.LastVisitorAt = d.now
	d.openHandoff(want{trigger: trigger.ExplicitRequest, priority: Normal, origin: FromButton})
}

func (e VisitorGaveContact) decide(d *decision) {
	if !d.c.Begun() {
		d.c.VisitorID = e.Visitor
	}
	if !d.mergeContact(e.Contact) {
		d.verdict(Ignored)
		return
	}
	d.assess(d.saidByVisitor(), nil)
	d.redraw()
}

// maxAttributes bounds what websites say about one visitor over time.
const maxAttributes = 50

func (e VisitorIntroduced) decide(d *decision) {
	if !d.c.Begun() {
		d.c.VisitorID = e.Visitor
	}
	changed := d.mergeContact(e.Contact)
	v := d.visitor()
	next := maps.Clone(v.Attributes)
	if next == nil {
		next = map[string]string{}
	}
	for _, k := range slices.Sorted(maps.Keys(e.Attributes)) {
		if _, known := next[k]; known || len(next) < maxAttributes {
			next[k] = e.Attributes[k]
		}
	}
	if v.ID != "" && !maps.Equal(next, v.Attributes) {
		v.Attributes, changed = next, true
		d.out.Visitor = &v
	}
	if !changed {
		d.verdict(Ignored)
		return
	}
	d.assess(d.saidByVisitor(), nil)
	d.redraw()
}

func (e VisitorSaw) decide(d *decision) {
	seq := min(e.Seq, d.c.Seq)
	if !d.c.Begun() || seq <= d.c.VisitorSeen {
		d.verdict(Ignored)
		return
	}
	d.c.VisitorSeen = seq
	d.dirty = true
}

func (e VisitorEnded) decide(d *decision) {
	if !d.c.Begun() || d.c.Status == Resolved {
		d.verdict(Ignored)
		return
	}
	d.endHold("", EndedByOther)
	d.closeHandoff(HandoffEnded)
	d.become(Resolved)
	d.announce(d.site.Texts.Ended, Agent{})
}
