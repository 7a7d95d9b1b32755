package slackapp

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"threadline/bridge"
)

// listed is how many chats a list names.
const listed = 20

func (a *App) sayStatus(ctx context.Context, _ order) (string, error) {
	held, err := a.d.store.Held(ctx, listed)
	if err != nil {
		return "", err
	}
	counts, err := a.d.store.Counts(ctx)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := a.listWaiting(ctx, &b, counts[bridge.Queued]); err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "*With an agent: %d*\n", counts[bridge.Assigned])
	for _, c := range held {
		b.WriteString("• " + a.caseLine(ctx, c) + "\n")
	}
	fmt.Fprintf(&b, "With the assistant: %d · resolved: %d", counts[bridge.Automatic], counts[bridge.Resolved])
	if lag, err := a.d.Lag(ctx); err == nil && lag.Seconds() >= 5 {
		fmt.Fprintf(&b, "\n⚠️ Slack is %d s behind the website.", int(lag.Seconds()))
	}
	return b.String(), nil
}

func (a *App) sayQueue(ctx context.Context, _ order) (string, error) {
	counts, err := a.d.store.Counts(ctx)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := a.listWaiting(ctx, &b, counts[bridge.Queued]); err != nil {
		return "", err
	}
	if counts[bridge.Queued] == 0 {
		b.WriteString("Nobody waits.")
	}
	return b.String(), nil
}

func (a *App) listWaiting(ctx context.Context, b *strings.Builder, total int) error {
	waiting, err := a.d.store.Waiting(ctx, listed)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "*Waiting for a person: %d*\n", total)
	for _, c := range waiting {
		b.WriteString("• " + a.caseLine(ctx, c) + "\n")
	}
	return nil
}

func (a *App) sayFound(ctx context.Context, o order) (string, error) {
	words := make([]string, 0, len(o.words))
	for _, w := range o.words {
		words = append(words, decode(w))
	}
	if len(words) == 0 {
		return usage("find"), nil
	}
	found, err := a.d.store.Find(ctx, words, listed)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "No chat has all of these words.", nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "*Chats with all of these words: %d*", len(found))
	if len(found) == listed {
		b.WriteString(" (the newest)")
	}
	for _, c := range found {
		b.WriteString("\n• " + a.caseLine(ctx, c) + " · last on " + dateToken(c.Conversation.UpdatedAt, "{date_short}, {time}"))
	}
	return b.String(), nil
}

// audited is how many changes a list names.
const audited = 15

func (a *App) sayAudit(ctx context.Context, _ order) (string, error) {
	entries, err := a.d.store.Audit(ctx, a.d.c.Clock.Now().Add(pressFor), audited)
	if err != nil {
		return "", err
	}
	if len(entries) == 0 {
		return "Nothing has been changed yet.", nil
	}
	var b strings.Builder
	b.WriteString("*The newest changes*")
	for _, e := range entries {
		b.WriteString("\n• " + a.auditLine(ctx, e))
	}
	return b.String(), nil
}

// auditLine is one change: when, who, to what, before and after.
func (a *App) auditLine(ctx context.Context, e bridge.AuditEntry) string {
	line := fmt.Sprintf("%s · %s · %s %s", dateToken(e.At, "{date_short}, {time}"),
		inert(orElse(e.Actor.Name, string(e.Actor.ID))), inert(e.Action), a.changed(ctx, e))
	switch {
	case e.Action == bridge.AuditBlock || e.Action == bridge.AuditUnblock:
		if e.After != "" {
			line += ": " + code(clip(e.After, 80))
		}
	case e.Before != "" || e.After != "":
		line += ": " + code(orElse(clip(a.named(ctx, e.Before), 80), "nothing")) +
			" → " + code(orElse(clip(a.named(ctx, e.After), 80), "nothing"))
	}
	return line
}

// changed names what a change was made to: a setting by its path, a person by
// their name, a chat by its visitor's, with a link.
func (a *App) changed(ctx context.Context, e bridge.AuditEntry) string {
	if e.Action != bridge.AuditSettings && e.Action != bridge.AuditDuty {
		if c, err := a.d.store.Conversation(ctx, bridge.ConversationID(e.Subject)); err == nil {
			if v, err := a.d.visitor(ctx, c.VisitorID); err == nil {
				return "“" + a.chatLink(ctx, c, v) + "”"
			}
		}
	}
	return code(a.named(ctx, e.Subject))
}

// anID finds people's ids in what settings and records hold.
var anID = regexp.MustCompile(`\b[UW][A-Z0-9]{7,}\b`)

// named is a text with people's names in the place of their ids.
func (a *App) named(ctx context.Context, s string) string {
	return anID.ReplaceAllStringFunc(s, func(id string) string { return orElse(a.d.nameOf(ctx, id), id) })
}

// chatLink is a chat by its visitor's name.
func (a *App) chatLink(ctx context.Context, c bridge.Conversation, v bridge.Visitor) string {
	who := inert(visitorName(v))
	if link := a.d.permalink(ctx, c.Thread); link != "" {
		who = "<" + link + "|" + who + ">"
	}
	return who
}

// code is text of anybody's as code in mrkdwn, where it is literal.
func code(s string) string {
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "`", "'")), " ")
	return "`" + escape(s) + "`"
}

// caseLine is one chat in a list of ours. A visitor's name is not ours: what
// could be markup in it is taken out.
func (a *App) caseLine(ctx context.Context, c bridge.Case) string {
	who := a.chatLink(ctx, c.Conversation, c.Visitor)
	switch c.Conversation.Status {
	case bridge.Queued:
		s := priorityIcon(c.Handoff.Priority) + " " + c.Handoff.Priority.String() + " · " + who
		if !c.Handoff.WaitingSince.IsZero() {
			s += " · since " + dateToken(c.Handoff.WaitingSince, "{time}")
		}
		if words := strings.TrimSpace(c.Handoff.Evidence); words != "" {
			s += " · “" + inert(words) + "”"
		}
		return s
	case bridge.Assigned:
		return statusIcon(bridge.Assigned) + " " + who + " · with " + inert(orElse(c.Agent.Name, "an agent"))
	default:
		return statusIcon(c.Conversation.Status) + " " + who + " · " + string(c.Conversation.Status)
	}
}

// inert makes a name safe inside mrkdwn of ours: no tokens, no emphasis, no
// automatic mentions.
func inert(name string) string {
	name = strings.Map(func(r rune) rune {
		switch r {
		case '*', '_', '~', '`', '|', '<', '>', '&', '@', '#', '\n', '\r', '\t':
			return ' '
		}
		return r
	}, clip(name, 60))
	return orElse(strings.Join(strings.Fields(name), " "), "a visitor")
}

// dates finds date tokens of ours.
var dates = regexp.MustCompile(`<!date\^[^|>]*\|([^>]*)>`)

// plainWords is one of our sentences where Slack shows text as it is.
func plainWords(s string) string {
	return decode(dates.ReplaceAllString(s, "$1"))
}
