package slackapp

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"threadline/bridge"
	figures "threadline/bridge/report"
)

// Days that /handoff triggers looks back: unless told, and at most.
const (
	reviewDays    = 7
	maxReviewDays = 365
)

// sayTriggers says how often chats came to people lately, and why.
func (a *App) sayTriggers(ctx context.Context, o order) (string, error) {
	days := reviewDays
	if len(o.words) > 0 {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(o.words[0]), "days"), "d"))
		if err != nil || n < 1 || n > maxReviewDays {
			return fmt.Sprintf("Write a number of days from 1 to %d, as in `%s triggers 30`.", maxReviewDays, slashCommand), nil
		}
		days = n
	}
	r, episodes, err := bridge.Review(ctx, a.d.store, a.d.c.Clock.Now().Add(-time.Duration(days)*24*time.Hour))
	if err != nil {
		return "", err
	}
	links := map[int]string{}
	for _, m := range r.Missed {
		links[m.Episode] = a.d.permalink(ctx, episodes[m.Episode].Thread)
	}
	return sayTriggers(r, days, func(i int) string { return links[i] }), nil
}

// sayTriggers writes the report; it is pure. link leads to an episode's thread.
func sayTriggers(r figures.Triggers, days int, link func(episode int) string) string {
	var b strings.Builder
	if r.Episodes == 0 {
		return fmt.Sprintf("No chats in the last %s.", spell(days, "day"))
	}
	fmt.Fprintf(&b, "*Handoffs in the last %s: %s of %s (%s)*\n", spell(days, "day"), strconv.Itoa(r.HandedOver), spell(r.Episodes, "chat"), percent(r.Rate))
	switch r.Verdict {
	case figures.High:
		fmt.Fprintf(&b, "⚠️ That is more than %s. The main causes: %s.\n", percent(figures.TooHigh), mainCauses(r))
	case figures.Low:
		fmt.Fprintf(&b, "⚠️ That is less than %s, which is suspiciously low.\n", percent(figures.TooLow))
	case figures.TooFew:
		b.WriteString("Too few chats to judge the rate.\n")
	}
	for _, c := range r.Causes {
		fmt.Fprintf(&b, "• *%s*: %s, %s of all", triggerWords(c.Trigger), spell(c.Handoffs, "handoff"), percent(c.Share))
		var by []string
		for _, o := range c.Origins {
			by = append(by, fmt.Sprintf("%d %s", o.N, originWords(o.Origin)))
		}
		if len(by) > 0 {
			b.WriteString(" (" + strings.Join(by, ", ") + ")")
		}
		b.WriteByte('\n')
		for _, e := range c.Evidence {
			b.WriteString("      “" + quotedInert(e) + "”\n")
		}
	}
	if r.SteppedIn > 0 {
		fmt.Fprintf(&b, "Agents stepped in unasked %s.\n", spell(r.SteppedIn, "time"))
	}
	if r.Verdict == figures.Low {
		if len(r.Missed) == 0 {
			b.WriteString("No chat shows signs that a person was missed.\n")
		} else {
			b.WriteString("*Chats that perhaps needed a person*\n")
		}
		for i, m := range r.Missed {
			name := fmt.Sprintf("chat %d", i+1)
			if l := link(m.Episode); l != "" {
				name = "<" + l + "|" + name + ">"
			}
			b.WriteString("• " + name + ": " + strings.Join(m.Signs, ", ") + "\n")
		}
	}
	b.WriteString("Thresholds, cool-downs and examples are in the settings; `threadline rehearse` tries changes on past chats.")
	return b.String()
}

// mainCauses are the triggers behind most of the handoffs, three at most.
func mainCauses(r figures.Triggers) string {
	var parts []string
	for _, c := range r.Causes[:min(3, len(r.Causes))] {
		parts = append(parts, fmt.Sprintf("%s (%s)", triggerWords(c.Trigger), percent(c.Share)))
	}
	return strings.Join(parts, ", ")
}

// quotedInert makes a visitor's words safe inside mrkdwn of ours.
func quotedInert(s string) string {
	return clip(strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if strings.ContainsRune("*_~`|<>&@#", r) {
			return ' '
		}
		return r
	}, s)), " "), 120)
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func spell(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func triggerWords(name string) string { return strings.ReplaceAll(inert(name), "_", " ") }

func originWords(o string) string {
	switch bridge.Origin(o) {
	case bridge.FromWords:
		return "by their words"
	case bridge.FromButton:
		return "by the button"
	case bridge.FromAssistant:
		return "by the assistant's judgement"
	case bridge.FromFailure:
		return "because the assistant failed"
	case bridge.FromFile:
		return "by a file"
	case bridge.FromLimit:
		return "at the day's limit"
	case bridge.FromMode:
		return "because people answer here"
	}
	return "otherwise"
}
