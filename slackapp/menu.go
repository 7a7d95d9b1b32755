package slackapp

import (
	"context"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// menuWord stands for the command without any word.
const menuWord = ""

// The menu's buttons run the subcommand of their value.
const (
	actMenu   = "menu"
	menuBlock = "menu"
)

// menu shows the few things that most people want, privately.
func (a *App) menu(ctx context.Context, n notice) error {
	counts, err := a.d.store.Counts(ctx)
	if err != nil {
		return err
	}
	var buttons []slack.BlockElement
	for _, b := range [][2]string{{"queue", "Queue"}, {"status", "Status"}, {"team", "Teams"}, {"hours", "Hours"}, {"help", "Help"}} {
		buttons = append(buttons, button(actMenu+"_"+b[0], b[0], b[1], slack.StyleDefault))
	}
	text := plural(counts[bridge.Queued], "visitor waits", "visitors wait") + " for a person, " +
		plural(counts[bridge.Assigned], "chat is", "chats are") + " with an agent."
	a.show(ctx, n, text+" Type "+slashCommand+" help for every command.",
		ours(text), slack.NewActionBlock(menuBlock, buttons...), aside("`"+slashCommand+" help` lists every command."))
	return nil
}
