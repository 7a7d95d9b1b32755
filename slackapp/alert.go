package slackapp

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

const (
	// mentionless asks for an alert that mentions nobody: an update.
	mentionless = 0
	// mentionPatience is how many attempts an alert waits for the list of
	// managers before it goes out without them.
	mentionPatience = 4
)

// alertCard shows a handoff to everyone. attempt is the number of the attempt
// to post it, or mentionless.
func (d *Desk) alertCard(ctx context.Context, id bridge.HandoffID, attempt int) (card, error) {
	h, err := d.store.Handoff(ctx, id)
	if err != nil {
		return card{}, err
	}
	c, err := d.store.Conversation(ctx, h.Conversation)
	if err != nil {
		return card{}, err
	}
	v, err := d.visitor(ctx, c.VisitorID)
	if err != nil {
		return card{}, err
	}
	a := alert{handoff: h, visitor: v, link: d.permalink(ctx, c.Thread), page: orElse(h.PageURL, c.PageURL)}
	a.snoozed = !c.SnoozedUntil.IsZero()
	if h.OfferedTo != "" {
		if a.offered, err = d.agent(ctx, h.OfferedTo); err != nil {
			return card{}, err
		}
	}
	who := h.ClaimedBy
	if h.Status == bridge.HandoffResolved && h.ResolvedBy != "" {
		who = h.ResolvedBy
	}
	if who != "" {
		if a.agent, err = d.agent(ctx, who); err != nil {
			return card{}, err
		}
	}
	if h.CallManagers && h.Status == bridge.HandoffOpen && attempt != mentionless {
		if a.call, err = d.whomToCall(ctx, attempt); err != nil {
			return card{}, err
		}
	}
	return a.draw(), nil
}

// whomToCall lists the managers to mention. An error asks for another attempt;
// after a few the post goes out without their names.
func (d *Desk) whomToCall(ctx context.Context, attempt int) ([]string, error) {
	ids, err := d.managers(ctx)
	if err != nil && attempt <= mentionPatience {
		return nil, err
	}
	if err != nil {
		d.log.Error("slack: calling the managers without their names", "error", err)
	}
	return ids[:min(len(ids), maxManagers)], nil
}

// ring mentions users and user groups, each after a space.
func ring(ids []string) string {
	var b strings.Builder
	for _, id := range ids {
		if isID(id, 'S') {
			b.WriteString(" <!subteam^" + id + ">")
		} else {
			b.WriteString(" <@" + id + ">")
		}
	}
	return b.String()
}

// An alert is what drawing one needs.
type alert struct {
	handoff bridge.Handoff
	visitor bridge.Visitor
	agent   bridge.Agent // who claimed or resolved it
	link    string       // to the thread
	page    string
	call    []string     // user or user group ids to mention
	offered bridge.Agent // who is asked to take it, while nobody has
	snoozed bool
}

// Bounds on what an alert quotes, so that its whole text fits into an update.
const (
	maxEvidence = 700
	maxIssue    = 400
	maxQuestion = 400
	maxTried    = 200
	maxReason   = 200
	maxKnown    = 240 // what is known, and the lead, each
)

// draw lays the alert out; it is pure.
func (a alert) draw() card {
	h := a.handoff
	title := a.title()
	who := []para{
		{bold("Visitor: "), plain(clip(visitorName(a.visitor), 100))},
		labelled("Contact", contactLine(a.visitor)),
		labelled("Known", knownLine(h.Summary.Lead)),
		labelled("Lead", leadLine(h.Summary.Lead)),
		pageLine(a.page),
		labelled("Reason", clip(orElse(h.Reason, strings.ReplaceAll(h.Trigger, "_", " ")), maxReason)),
	}
	words := clip(strings.TrimSpace(h.Evidence), maxEvidence)
	what := []para{
		labelled("Issue", clip(h.Summary.Issue, maxIssue)),
		labelled("Open question", clip(h.Summary.OpenQuestion, maxQuestion)),
	}
	if n := len(h.Summary.Tried); n > 0 {
		what = append(what, para{bold("What the assistant tried:")})
		for _, t := range h.Summary.Tried[max(0, n-3):] {
			what = append(what, para{plain("• " + clip(t, maxTried))})
		}
	}
	if note := strings.TrimSpace(h.Note); note != "" && h.Status == bridge.HandoffResolved {
		what = append(what, labelled("Note", clip(note, maxIssue)))
	}

	blocks := []slack.Block{ours(title)}
	text := []string{title}
	add := func(b []slack.Block, s string) {
		blocks = append(blocks, b...)
		if s != "" {
			text = append(text, s)
		}
	}
	add(rich(a.settled()...), sayAll(a.settled(), maxUpdateText))
	add(rich(who...), sayAll(who, maxUpdateText))
	if words != "" {
		add(quoted(words), "“"+escape(words)+"”")
	}
	add(rich(what...), sayAll(what, maxUpdateText))
	foot := a.foot()
	add([]slack.Block{aside(foot)}, foot)

	spare := []slack.Block{ours(title), aside(foot)}
	switch h.Status {
	case bridge.HandoffOpen:
		row := []slack.BlockElement{button(actClaim, string(h.ID), "Claim", slack.StylePrimary)}
		if h.OfferedTo != "" {
			row = append(row, button(actPass, string(h.ID), "Pass", slack.StyleDefault))
		}
		row = append(row, button(actSummarise, string(h.ID), "Summarize", slack.StyleDefault))
		claim := slack.NewActionBlock("", row...)
		blocks, spare = append(blocks, claim), append(spare, claim)
	case bridge.HandoffClaimed:
		held := handButtons(string(h.ID), a.snoozed, false)
		blocks, spare = append(blocks, held...), append(spare, held...)
	}
	return card{text: strings.Join(text, "\n"), blocks: blocks, spare: spare}
}

// title is the first line, in our own words. Nobody is mentioned elsewhere in
// an alert.
func (a alert) title() string {
	h := a.handoff
	s := ""
	switch h.Status {
	case bridge.HandoffOpen:
		s = priorityIcon(h.Priority) + " *A visitor needs a person* · priority " + h.Priority.String()
	case bridge.HandoffClaimed:
		s = "🟢 *Claimed* · priority " + h.Priority.String()
	case bridge.HandoffResolved:
		s = "✅ *Resolved* · " + outcomeWords(h.Outcome)
	case bridge.HandoffExpired:
		s = "⌛ *Nobody came in time; the assistant has returned*"
	case bridge.HandoffWithdrawn:
		s = "↩️ *The visitor needs nobody any more; the assistant has returned*"
	default:
		s = "👋 *The visitor has ended the chat*"
	}
	return s + ring(a.call)
}

// settled says who has it or had it.
func (a alert) settled() []para {
	name := orElse(a.agent.Name, "an agent")
	switch a.handoff.Status {
	case bridge.HandoffClaimed:
		return []para{{bold("Claimed by " + name)}}
	case bridge.HandoffResolved:
		return []para{{bold("Resolved by " + name)}}
	case bridge.HandoffOpen:
		if a.handoff.OfferedTo != "" {
			return []para{{bold("Offered to " + orElse(a.offered.Name, "an agent"))}}
		}
	}
	return nil
}

func (a alert) foot() string {
	h := a.handoff
	var parts []string
	switch h.Status {
	case bridge.HandoffOpen:
		since := h.WaitingSince
		if since.IsZero() {
			since = h.OpenedAt
		}
		parts = append(parts, waitingSince(since))
	case bridge.HandoffClaimed:
		if !h.ClaimedAt.IsZero() {
			parts = append(parts, "Claimed at "+dateToken(h.ClaimedAt, "{time}"))
		}
	default:
		if !h.ClosedAt.IsZero() {
			parts = append(parts, "Closed at "+dateToken(h.ClosedAt, "{time}"))
		}
	}
	if h.Open() && !h.ResponseDue.IsZero() && h.RespondedAt.IsZero() {
		due := "First answer due " + dateToken(h.ResponseDue, "{ago}")
		if !h.BreachedAt.IsZero() {
			due = "⚠️ First answer was due at " + dateToken(h.ResponseDue, "{time}")
		}
		parts = append(parts, due)
	}
	if a.link != "" {
		parts = append(parts, "<"+a.link+"|Open the thread>")
	}
	if len(parts) == 0 {
		return "Handoff"
	}
	return strings.Join(parts, " · ")
}

func priorityIcon(p bridge.Priority) string {
	switch p {
	case bridge.Urgent:
		return "🔴"
	case bridge.High:
		return "🟠"
	case bridge.Low:
		return "🔵"
	default:
		return "🟡"
	}
}

func outcomeWords(o bridge.Outcome) string {
	switch o {
	case bridge.Booked:
		return "booked"
	case bridge.NeedsEscalation:
		return "needs escalation"
	case bridge.Lost:
		return "lost"
	default:
		return "solved"
	}
}
