package slackapp

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"threadline/bridge"
)

// slashCommand is the one command; its first word says what to do.
const slashCommand = "/handoff"

// subcommands are the words that /handoff knows, with what they do.
func subcommands() [][2]string {
	return [][2]string{
		{"help", "shows this"},
		{"status", "who waits, who holds which chat, and how far behind Slack is"},
		{"triggers", "how often chats came to people lately, and why; add a number of days"},
	}
}

// command answers a slash command, to its sender only. It changes nothing, so
// one found too late is forgotten.
func (a *App) command(ctx context.Context, e bridge.Envelope, n notice) error {
	if a.d.c.Clock.Now().Sub(e.ReceivedAt) > pressFor {
		return nil
	}
	word, rest, _ := strings.Cut(strings.TrimSpace(strings.ToLower(n.Text)), " ")
	var (
		text string
		err  error
	)
	switch word {
	case "", "help":
		text = helpText()
	case "status":
		text, err = a.statusText(ctx)
	case "triggers":
		text, err = a.triggersText(ctx, rest)
	default:
		text = fmt.Sprintf("I don't know `%s %s`.", slashCommand, escape(clip(strings.ReplaceAll(word, "`", ""), 40)))
		if near := nearest(word); near != "" {
			text += fmt.Sprintf(" Did you mean `%s %s`?", slashCommand, near)
		}
		text += "\n" + helpText()
	}
	if err != nil {
		return err
	}
	a.tell(ctx, n, text)
	return nil
}

func helpText() string {
	var b strings.Builder
	b.WriteString("*What I can do*\n")
	for _, c := range subcommands() {
		fmt.Fprintf(&b, "• `%s %s` %s\n", slashCommand, c[0], c[1])
	}
	b.WriteString("*In a chat's thread*\n")
	b.WriteString("• Press *Claim* and write: your lines reach the visitor.\n")
	b.WriteString("• A line that starts with `!` or `//`, or that mentions a colleague, stays internal.\n")
	b.WriteString("• The message menu has *Send to visitor* and *Keep internal*.\n")
	b.WriteString("• *Release* gives the chat back, *Resolve* closes it; so does a ✅ of yours on the card.")
	return b.String()
}

// listed is how many chats a list names.
const listed = 20

func (a *App) statusText(ctx context.Context) (string, error) {
	waiting, err := a.d.store.Waiting(ctx, listed)
	if err != nil {
		return "", err
	}
	held, err := a.d.store.Held(ctx, listed)
	if err != nil {
		return "", err
	}
	counts, err := a.d.store.Counts(ctx)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "*Waiting for a person: %d*\n", counts[bridge.Queued])
	for _, c := range waiting {
		b.WriteString("• " + a.caseLine(ctx, c) + "\n")
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

// caseLine is one chat in a list of ours. A visitor's name is not ours: what
// could be markup in it is taken out.
func (a *App) caseLine(ctx context.Context, c bridge.Case) string {
	who := inert(visitorName(c.Visitor))
	if link := a.d.permalink(ctx, c.Conversation.Thread); link != "" {
		who = "<" + link + "|" + who + ">"
	}
	if c.Conversation.Status == bridge.Assigned {
		return statusIcon(bridge.Assigned) + " " + who + " · with " + inert(orElse(c.Agent.Name, "an agent"))
	}
	s := priorityIcon(c.Handoff.Priority) + " " + c.Handoff.Priority.String() + " · " + who
	if !c.Handoff.WaitingSince.IsZero() {
		s += " · since " + dateToken(c.Handoff.WaitingSince, "{time}")
	}
	return s
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

// nearest is the known word that a typo most likely meant, if any is near.
func nearest(word string) string {
	best, at := "", 3
	for _, c := range subcommands() {
		if d := distance(word, c[0]); d < at {
			best, at = c[0], d
		}
	}
	return best
}

// distance counts the edits between two short words, a swap of neighbours
// being one.
func distance(a, b string) int {
	x, y := []rune(clip(a, 20)), []rune(b)
	d := make([][]int, len(x)+1)
	for i := range d {
		d[i] = make([]int, len(y)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(x)][len(y)]
}

// dates finds date tokens of ours.
var dates = regexp.MustCompile(`<!date\^[^|>]*\|([^>]*)>`)

// plainWords is one of our sentences where Slack shows text as it is.
func plainWords(s string) string {
	return decode(dates.ReplaceAllString(s, "$1"))
}
