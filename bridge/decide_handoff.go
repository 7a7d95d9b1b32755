package bridge

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"threadline/bridge/lead"
	"threadline/bridge/trigger"
)

// want is why a handoff is wanted.
type want struct {
	trigger, evidence, reason string
	priority                  Priority
	origin                    Origin
	summary                   Summary
	// mood is what the visitor seems to feel.
	mood trigger.Mood
	// bridge replaces the site's text for the trigger.
	bridge string
}

// openHandoff puts the conversation into the queue: the visitor is told at
// once, the alert goes up, and the wait gets an end.
func (d *decision) openHandoff(w want) {
	d.newHandoff(w)
	d.c.AssistantHelps = w.trigger == trigger.InformationGap && w.bridge == "" || d.helpsMeanwhile(w.trigger)
	if emergency := d.site.AfterHours; d.closed() && w.priority == Urgent && emergency.Team != "" {
		d.h.Team = emergency.Team
	}
	d.become(Queued)
	d.followTeam()
	text := w.bridge
	if text == "" {
		text = d.bridgeText(w)
	}
	if ask := d.site.Texts.AskContact; ask != "" && d.lacksContact() {
		text = strings.TrimSpace(text + " " + ask)
	}
	d.announce(text, Agent{})
	d.alert()
	d.armWait()
	d.armResponse()
	d.inviteCall(w)
	if d.modelSummaries && !d.h.Summary.ByModel {
		d.put(Delivery{Lane: LaneAssistant, Key: "summary:" + string(d.h.ID), Kind: KindSummarise, Subject: string(d.h.ID), Priority: 2})
	}
}

// alert puts the handoff's one alert up.
func (d *decision) alert() {
	d.h.Alerted, d.handoffDirty = true, true
	d.put(Delivery{
		Lane: LanePost, Key: inRoute("alert:"+string(d.h.ID), d.c.Route), Kind: KindAlert, Subject: string(d.h.ID),
		Priority: 0, Rank: RankAlert, Body: body(AlertBody{}),
	})
	d.put(Delivery{
		Lane: LaneTimer, Key: "unposted:" + string(d.h.ID), Kind: KindUnposted, Subject: string(d.h.ID),
		Due: d.now.Add(AlertPatience),
	})
}

// AlertPatience is how long an alert may take to be posted before the visitor
// is told that the team cannot be reached.
const AlertPatience = time.Minute

// newHandoff makes the conversation's open handoff.
func (d *decision) newHandoff(w want) {
	said := append(slices.Clone(d.recent()), d.out.Messages...)
	h := Handoff{
		ID: HandoffID(d.newID()), Conversation: d.c.ID, Episode: d.c.Episode, Status: HandoffOpen,
		Trigger: w.trigger, Origin: w.origin, Evidence: w.evidence, Reason: w.reason, Priority: w.priority,
		CallManagers: callsManagers(w.trigger, w.priority), Tags: tagsFor(w.trigger, w.mood),
		Summary: w.summary, PageURL: d.c.PageURL, OpenedAt: d.now, WaitingSince: d.now,
		Team: cmp.Or(d.setup.Triggers[w.trigger].Team, d.site.Team),
	}
	if h.Reason == "" {
		h.Reason = reasons(w.trigger) + feeling(w.trigger, w.mood)
	}
	extract := Extract(said)
	if h.Summary.Issue == "" {
		h.Summary.Issue = extract.Issue
		if line := lastOf(said, ByVisitor); tellsTheIssue(w.trigger) && line != "" && line != extract.Issue {
			h.Summary.Issue = clip(oneLine(line), 140) + " (before that: " + clip(extract.Issue, 140) + ")"
		}
		h.Summary.OpenQuestion = extract.OpenQuestion
	} else {
		h.Summary.ByModel = true
	}
	h.Summary.Tried = extract.Tried
	h.Summary.Lead = d.standing(append(d.saidByVisitor(), textsOf(d.out.Messages, ByVisitor)...), []string{w.trigger})
	d.h, d.handoffDirty = &h, true
	d.c.Handoff = h.ID
	d.dirty = true
	d.out.Receipt.Handoff = h.ID
}

func (d *decision) bridgeText(w want) string {
	t := d.site.Texts
	text := ""
	switch {
	case w.priority == Urgent && d.closed() && d.site.AfterHours.Text != "":
		text = d.site.AfterHours.Text
	case w.priority == Urgent:
		text = t.BridgeUrgent
	case w.trigger == trigger.SensitiveTopic && d.closed():
		text = strings.TrimSpace(t.BridgeSensitive + " " + t.WaitingClosed)
	case d.closed() && d.site.Mode == ModeSuggest:
		text = t.WaitingClosed // nobody helps meanwhile
	case d.closed():
		text = t.BridgeClosed
	case w.trigger == trigger.SensitiveTopic:
		text = t.BridgeSensitive
	case w.trigger == trigger.InformationGap && w.origin != FromFile:
		text = t.BridgeGap
	}
	if text == "" {
		text = t.Bridge
	}
	if w.priority != Urgent { // who is in danger reads what to do, nothing else
		text = strings.TrimSpace(t.tone(w.mood) + " " + text)
	}
	return text
}

// tellsTheIssue reports whether the words that pulled a trigger are themselves
// what the visitor wants.
func tellsTheIssue(name string) bool {
	switch name {
	case trigger.SensitiveTopic, trigger.Urgency, trigger.HighValue, trigger.BuyerSpecific:
		return true
	}
	return false
}

// lacksContact reports whether the site wants to know how to reach the visitor
// and neither does nor has asked.
func (d *decision) lacksContact() bool {
	v := d.visitor()
	if v.Phone != "" || v.Email != "" {
		return false
	}
	m := Missing(d.site, v, d.state.Recent)
	return slices.Contains(m, lead.Phone) || slices.Contains(m, lead.Email)
}

// textsOf are the texts by that kind of author.
func textsOf(said []Message, by AuthorKind) []string {
	var texts []string
	for _, m := range said {
		if m.Author.Kind == by && !m.Deleted {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// lastOf is the newest text by that kind of author.
func lastOf(said []Message, by AuthorKind) string {
	for _, m := range slices.Backward(said) {
		if m.Author.Kind == by && !m.Deleted {
			return m.Text
		}
	}
	return ""
}

func callsManagers(name string, p Priority) bool {
	return name == trigger.SensitiveTopic || p == Urgent
}

// usualPriority is how pressing a handoff is that a model asked for.
func usualPriority(name string) Priority {
	switch name {
	case trigger.Urgency:
		return Urgent
	case trigger.SensitiveTopic, trigger.Frustration, trigger.HighValue:
		return High
	}
	return Normal
}

func tagsFor(name string, mood trigger.Mood) []string {
	tags := []string{"human-handover"}
	switch name {
	case trigger.InformationGap:
		tags = append(tags, "info-gap")
	case trigger.Urgency:
		tags = append(tags, "urgent")
	case trigger.HighValue, trigger.BuyerSpecific:
		tags = append(tags, "sales-opportunity")
	}
	if mood != trigger.Calm {
		tags = append(tags, string(mood))
	}
	return tags
}

// reasons says in a sentence why a trigger calls for a person.
func reasons(name string) string {
	switch name {
	case trigger.ExplicitRequest:
		return "The visitor asked for a person."
	case trigger.InformationGap:
		return "The knowledge has no reliable answer."
	case trigger.Frustration:
		return "The visitor is frustrated."
	case trigger.Urgency:
		return "This sounds like an emergency."
	case trigger.SensitiveTopic:
		return "A sensitive topic that the assistant must not handle."
	case trigger.HighValue:
		return "A high-value request."
	case trigger.Complexity:
		return "A complex request."
	case trigger.BuyerSpecific:
		return "A question about this buyer's own terms."
	case trigger.AgentInitiated:
		return "An agent stepped in."
	default:
		return "A rule asked for a person."
	}
}

// hold gives the conversation to an agent and introduces them.
func (d *decision) hold(a Agent, stamp string) {
	if d.h == nil {
		d.newHandoff(want{trigger: trigger.AgentInitiated, priority: Normal, origin: FromAgent})
	}
	waits := d.owed()
	d.disarmWait()
	d.answeredOffer(a.ID)
	d.h.Status, d.h.ClaimedBy, d.h.ClaimedAt = HandoffClaimed, a.ID, d.now
	d.c.Handoff, d.c.Holder = d.h.ID, a.ID
	d.c.Holds = append(d.c.Holds, Hold{Agent: a.ID, From: stamp})
	d.c.AssistantHelps = false
	d.out.Agent = &a
	d.out.Receipt.Handoff, d.out.Receipt.Agent = d.h.ID, a
	d.become(Assigned)
	if waits {
		d.visitorWaits()
	}
	d.announce(d.site.Texts.Joined, a)
}

// endHold closes the last hold, if one lasts, and with it everybody's who
// joined.
func (d *decision) endHold(stamp string, end HoldEnd) {
	d.sendDelayed(func(Line) bool { return true })
	for i, j := range d.c.Joins {
		if j.End == HoldLasts {
			d.c.Joins[i].Until, d.c.Joins[i].End = stamp, end
			d.dirty = true
		}
	}
	if n := len(d.c.Holds); n > 0 && d.c.Holds[n-1].End == HoldLasts {
		d.c.Holds[n-1].Until, d.c.Holds[n-1].End = stamp, end
		d.dirty = true
	}
}

// closeHandoff ends the open handoff, if there is one.
func (d *decision) closeHandoff(s HandoffStatus) {
	if d.h == nil {
		return
	}
	d.disarmWait()
	if d.h.RespondedAt.IsZero() {
		d.breach()
	}
	d.cancel(LaneTimer, "sla:"+string(d.h.ID))
	d.cancel(LaneAssistant, "summary:"+string(d.h.ID))
	d.h.Status, d.h.ClosedAt = s, d.now
	d.cool(d.h.Trigger)
	d.c.Handoff = ""
	d.dirty = true
}

func (e WaitRanOut) decide(d *decision) {
	if d.c.Status != Queued || d.h == nil || d.h.ID != e.Handoff || d.h.Arm != e.Arm {
		d.verdict(Stale)
		return
	}
	d.closeHandoff(HandoffExpired)
	d.c.AssistantHelps = false
	d.become(Automatic)
	if d.site.Mode == ModeSuggest {
		d.announce(d.site.Texts.Unreachable, Agent{})
	} else {
		d.announce(d.site.Texts.Returned, Agent{})
	}
	d.put(Delivery{
		Lane: LanePost, Kind: KindNote, Priority: 0, Rank: RankAlert,
		Body: body(NoteBody{Text: "Nobody claimed this in time, so the assistant is answering again. Claim it from the card above to step in."}),
	})
}

func (e AlertNotPosted) decide(d *decision) {
	if d.c.Status != Queued || d.h == nil || d.h.ID != e.Handoff || !e.Closed && !d.h.Alert.IsZero() && !d.alertLeft() {
		d.verdict(Stale)
		return
	}
	text := d.site.Texts.Unreachable
	v := d.visitor()
	reach := v.Phone
	if reach == "" {
		reach = v.Email
	}
	if known := d.site.Texts.UnreachableKnown; known != "" && reach != "" {
		text = strings.ReplaceAll(known, "{contact}", clip(oneLine(reach), 100))
	}
	d.announce(text, Agent{})
}

func (e HandoffSummarised) decide(d *decision) {
	if d.h == nil || d.h.ID != e.Handoff || e.Summary.Issue == "" {
		d.verdict(Stale)
		return
	}
	tried := d.h.Summary.Tried
	e.Summary.Lead = d.h.Summary.Lead
	d.h.Summary = e.Summary
	d.h.Summary.ByModel = true
	if len(d.h.Summary.Tried) == 0 {
		d.h.Summary.Tried = tried
	}
	d.handoffDirty = true
	d.redraw()
}

func (e AssistantAnswered) decide(d *decision) {
	if !d.awaits(e.Turn, e.Epoch) {
		d.verdict(Stale)
		return
	}
	d.answered(e.Turn)
	d.spend(0, e.Answer.Tokens)
	known := d.taught(e.Answer.Contact)
	a := e.Answer
	if d.site.Mode == ModeSuggest {
		d.peopleAnswer()
		d.suggest(a)
		if known {
			d.redraw()
		}
		return
	}
	if a.Move == MoveBook && a.Call != nil {
		d.bookedByAssistant(*a.Call)
		if known {
			d.redraw()
		}
		return
	}
	if a.Move != MoveHandOff && a.Text != "" {
		d.say(Message{
			Author: Author{Kind: ByAssistant, Name: d.site.AssistantName},
			Text:   a.Text, HTML: a.HTML, Sources: a.Sources, ReplyID: e.ReplyID,
		})
		if known {
			d.redraw()
		}
		return
	}
	if d.c.Status == Queued {
		// Somebody is on the way already; a second handoff would only be noise.
		if known {
			d.redraw()
		}
		return
	}
	name := a.Trigger
	if name == "" {
		name = trigger.InformationGap
	}
	if d.cooling(name) || name == trigger.InformationGap && d.sameAgain() {
		// The team has just dealt with it: the visitor hears how to call them.
		d.announce(orText(d.site.Texts.Unsure, DefaultSite().Texts.Unsure), Agent{})
		if known {
			d.redraw()
		}
		return
	}
	d.openHandoff(want{
		trigger: name, evidence: d.lastWords(), reason: a.Reason, summary: a.Summary, origin: FromAssistant,
		priority: d.setup.priorityOf(name, usualPriority(name)),
	})
}

// peopleAnswer puts a chat that the assistant would answer into the queue, where
// it only suggests. A site may be switched to that while an answer is under way.
func (d *decision) peopleAnswer() {
	if d.c.Status == Automatic {
		d.openHandoff(want{
			trigger: trigger.Rule, priority: Normal, origin: FromMode,
			reason: "People answer on this site; the assistant only suggests.",
		})
	}
}

func (e AssistantFailed) decide(d *decision) {
	if !d.awaits(e.Turn, e.Epoch) {
		d.verdict(Stale)
		return
	}
	d.answered(e.Turn)
	d.spend(0, e.Tokens)
	if d.site.Mode == ModeSuggest {
		d.peopleAnswer()
		return
	}
	if d.c.Status == Queued {
		return
	}
	d.openHandoff(want{
		trigger: trigger.InformationGap, evidence: d.lastWords(),
		reason: "The assistant could not answer: " + e.Cause + ".", priority: Normal, origin: FromFailure,
		bridge: d.site.Texts.BridgeFailure,
	})
}

// orText is the text, or another where a stored site has none yet.
func orText(text, other string) string {
	if strings.TrimSpace(text) == "" {
		return other
	}
	return text
}

// awaits reports whether an outcome of that turn and epoch still counts.
func (d *decision) awaits(turn, epoch int64) bool {
	speaks := d.c.Status == Automatic || (d.c.Status == Queued && d.c.AssistantHelps)
	if d.site.Mode == ModeSuggest { // to agents alone
		speaks = d.c.Status == Automatic || d.c.Status == Queued || d.c.Status == Assigned
	}
	return speaks && epoch == d.c.Epoch && turn > d.c.AnsweredTurn && turn <= d.c.Turn
}

func (d *decision) answered(turn int64) {
	d.c.AnsweredTurn, d.c.Restarts = turn, 0
	d.dirty = true
}

// lastWords are the visitor's newest words.
func (d *decision) lastWords() string { return clip(lastOf(d.recent(), ByVisitor), 300) }

// clip shortens a text to at most n code points, at a word where it can.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	cut := n - 1
	for i := cut; i > cut-20 && i > 0; i-- {
		if r[i] == ' ' {
			cut = i
			break
		}
	}
	return string(r[:cut]) + "…"
}

// formatStamp writes an instant the way the desk stamps lines, for acts that
// the desk did not stamp.
func formatStamp(micro int64) string {
	s := strconv.FormatInt(micro%1_000_000, 10)
	for len(s) < 6 {
		s = "0" + s
	}
	return strconv.FormatInt(micro/1_000_000, 10) + "." + s
}
