package slackapp

import (
	"context"
	"errors"
	"slices"
	"strings"

	"threadline/bridge"
)

// calling is the event of !book; nil after its author was told what to write.
func (a *App) calling(ctx context.Context, n notice, p bridge.Press, rest string) bridge.Event {
	switch strings.ToLower(rest) {
	case "":
		return bridge.AgentOfferedCall{Press: p}
	case "cancel", "off":
		return bridge.AgentCancelledCall{Press: p}
	}
	a.tell(ctx, n, "Write `!book` to offer the visitor free times for a call, or to move the one that is booked, and `!book cancel` to cancel it.")
	return nil
}

// callNote says when a chat's visitor is to be called; empty if they are not.
func (d *Desk) callNote(ctx context.Context, c bridge.Conversation) (string, error) {
	if c.Booking == "" {
		return "", nil
	}
	b, err := d.store.Booking(ctx, c.Booking)
	if errors.Is(err, bridge.ErrNotFound) || err == nil && !b.Booked() {
		return "", nil
	}
	return "📅 Call " + dateToken(b.Start, "{date_short_pretty}, {time}"), err
}

// calls are the calls that are booked, the soonest first, as lines of a list.
// Mine are an agent's own and those that anybody of their teams can make, the
// team's only the latter.
func (a *App) calls(ctx context.Context, which string, who bridge.AgentID, own []bridge.TeamID) ([]string, error) {
	booked, err := a.d.store.Booked(ctx)
	if err != nil {
		return nil, err
	}
	now := a.d.c.Clock.Now()
	var lines []string
	for _, b := range booked {
		anybodys, due := b.Agent == "" && slices.Contains(own, b.Team), !b.Start.After(now)
		if which == "mine" && b.Agent != who && !anybodys || which == "team" && !anybodys || which == "overdue" && !due {
			continue
		}
		line, err := a.callLine(ctx, b)
		if err != nil {
			return nil, err
		}
		if due {
			line += " · ⚠️ due"
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// callLine is a call in a list: whom, when, where they are reached, and who
// calls.
func (a *App) callLine(ctx context.Context, b bridge.Booking) (string, error) {
	c, err := a.d.store.Conversation(ctx, b.Conversation)
	if err != nil {
		return "", err
	}
	v, err := a.d.visitor(ctx, c.VisitorID)
	if err != nil {
		return "", err
	}
	who := inert(visitorName(v))
	if link := a.d.permalink(ctx, c.Thread); link != "" {
		who = "<" + link + "|" + who + ">"
	}
	line := "📞 Call " + who + " · " + dateToken(b.Start, "{date_short_pretty}, {time}")
	if v.Phone != "" {
		line += " · " + inert(v.Phone)
	} else {
		line += " · no number yet"
	}
	switch {
	case b.Agent != "":
		agent, err := a.d.agent(ctx, b.Agent)
		if err != nil {
			return "", err
		}
		line += " · " + inert(orElse(agent.Name, "an agent"))
	default:
		line += " · whoever can of " + code(string(b.Team))
	}
	return line, nil
}
