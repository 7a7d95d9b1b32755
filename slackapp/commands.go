package slackapp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"threadline/bridge"
)

// slashCommand is the one command; its first word says what to do.
const slashCommand = "/handoff"

// subcommand is a word that /handoff knows.
type subcommand struct {
	word string
	// args are shown in the help; does says what it does.
	args, does string
	// changes says that it changes settings, which is for managers only.
	changes bool
	// form says that it may open one.
	form bool
	// run answers in mrkdwn of ours. No answer means that a modal opened.
	run func(*App, context.Context, order) (string, error)
}

// order is a command that somebody gave.
type order struct {
	notice
	who   person
	words []string // behind the subcommand
}

// subcommands are all that there are, in the order of the help.
func subcommands() []subcommand {
	return []subcommand{
		{word: "help", does: "shows this", run: (*App).sayHelp},
		{word: "status", does: "who waits, who holds which chat, and how far behind Slack is", run: (*App).sayStatus},
		{word: "me", args: "available|busy|away|offline [for 2h]", does: "whether chats are offered to you", run: (*App).me},
		{word: "queue", does: "who waits for a person, the most urgent first", run: (*App).sayQueue},
		{word: "tasks", args: "[all|mine|team|overdue]", does: "booked calls, handoffs and tasks that are not done, with what is due", run: (*App).tasks},
		{word: "triggers", args: "[DAYS]", does: "how often chats came to people lately, and why", run: (*App).sayTriggers},
		{word: "find", args: "WORDS", does: "chats in which all the words stand", run: (*App).sayFound},
		{word: "team", args: "[TEAM]", does: "the teams; for managers, a form to change one", form: true, run: (*App).team},
		{word: "hours", args: "[SITE]", does: "when we are open; for managers, a form to change it", form: true, run: (*App).hours},
		{word: "config", does: "targets and windows; for managers, a form to change them", form: true, run: (*App).targets},
		{word: "audit", does: "the newest changes, who made them, before and after, and targets that were missed", run: (*App).sayAudit},
		{word: "route", args: "TEAM METHOD", does: "how a team's chats are offered: round_robin, first_available, skill_based or load_balanced", changes: true, run: (*App).route},
		{word: "capacity", args: "TEAM|@AGENT NUMBER", does: "how many chats an agent may be offered at a time; 0 for any number", changes: true, run: (*App).capacity},
		{word: "pause-ai", args: "[SITE]", does: "from now on the assistant only suggests, and people answer", changes: true, run: (*App).pauseAI},
		{word: "resume-ai", args: "[SITE]", does: "the assistant answers visitors again", changes: true, run: (*App).resumeAI},
	}
}

// findSubcommand is the command of that name.
func findSubcommand(word string) (subcommand, bool) {
	all := subcommands()
	i := slices.IndexFunc(all, func(c subcommand) bool { return c.word == word })
	if i < 0 {
		return subcommand{}, false
	}
	return all[i], true
}

const (
	sayTypeAgain   = "That took too long to reach us, so nothing was changed. Please type it again."
	sayManagers    = "Only managers may change that. Reading is open to everybody: try `" + slashCommand + " help`."
	sayNoOutsiders = "Guests and people of other organisations can read along in the channel, but not use this."
)

// command answers a slash command, to its sender only.
func (a *App) command(ctx context.Context, e bridge.Envelope, n notice) error {
	words := strings.Fields(n.Text)
	if len(words) == 0 {
		words = []string{menuWord}
	}
	text, err := a.obey(ctx, e, n, strings.ToLower(words[0]), words[1:])
	if err != nil {
		return err
	}
	if text != "" {
		a.tell(ctx, n, text)
	}
	return nil
}

// obey runs a subcommand for whoever sent it.
func (a *App) obey(ctx context.Context, e bridge.Envelope, n notice, word string, words []string) (string, error) {
	c, known := findSubcommand(word)
	if a.d.c.Clock.Now().Sub(e.ReceivedAt) > pressFor {
		// What only tells is forgotten; what changes must not happen unexpectedly.
		if known && c.changes {
			return sayTypeAgain, nil
		}
		return "", nil
	}
	who, err := a.d.person(ctx, n.User)
	if err != nil {
		return "", err
	}
	switch {
	case who.Nobody:
		return "", nil
	case who.Outsider:
		return sayNoOutsiders, nil
	case word == menuWord:
		return "", a.menu(ctx, n)
	case !known:
		return unknownCommand(word), nil
	case c.changes:
		if ok, err := a.d.manages(ctx, who.ID); err != nil {
			return "", err
		} else if !ok {
			return sayManagers, nil
		}
	}
	var text string
	run := func(n notice) (err error) {
		text, err = c.run(a, ctx, order{notice: n, who: who, words: words})
		return err
	}
	if c.form {
		err = a.patiently(ctx, e, n, run)
	} else {
		err = run(n)
	}
	var refused *bridge.SetupError
	if errors.As(err, &refused) {
		return "Nothing was changed. " + escape(refused.Error()), nil
	}
	return text, err
}

func unknownCommand(word string) string {
	text := fmt.Sprintf("I don't know `%s %s`.", slashCommand, escape(clip(strings.ReplaceAll(word, "`", ""), 40)))
	if near := nearest(word); near != "" {
		text += fmt.Sprintf(" Did you mean `%s %s`?", slashCommand, near)
	}
	return text + "\n" + helpText()
}

// usage says how a command is written.
func usage(word string) string {
	c, _ := findSubcommand(word)
	return fmt.Sprintf("Write it as `%s`: %s.", strings.TrimSpace(slashCommand+" "+c.word+" "+c.args), c.does)
}

func (a *App) sayHelp(context.Context, order) (string, error) { return helpText(), nil }

func helpText() string {
	var b strings.Builder
	b.WriteString("*What I can do*\n")
	for _, changes := range []bool{false, true} {
		if changes {
			b.WriteString("*For managers*\n")
		}
		for _, c := range subcommands() {
			if c.changes == changes {
				fmt.Fprintf(&b, "• `%s` %s\n", strings.TrimSpace(slashCommand+" "+c.word+" "+c.args), c.does)
			}
		}
	}
	b.WriteString("*In a chat's thread*\n")
	b.WriteString("• Press *Claim* and write: your lines reach the visitor.\n")
	b.WriteString("• A line that starts with `!` or `//`, or that mentions a colleague, stays internal.\n")
	b.WriteString("• The message menu has *Send to visitor*, *Keep internal*, *Take back* and *Make article*.\n")
	b.WriteString("• *Release* gives the chat back, *Resolve* closes it; so does a ✅ of yours on the card.")
	return b.String()
}

// nearest is the known word that a typo most likely meant, if any is near.
func nearest(word string) string {
	var known []string
	for _, c := range subcommands() {
		known = append(known, c.word)
	}
	return nearestOf(word, known)
}

func nearestOf(word string, known []string) string {
	best, at := "", min(3, len(word))
	for _, k := range known {
		if d := distance(word, k); d < at {
			best, at = k, d
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
