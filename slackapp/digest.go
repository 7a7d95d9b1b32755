package slackapp

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// digestPost is one post about many chats, each with a link to its thread. What
// visitors wrote is literal in it.
func (d *Desk) digestPost(ctx context.Context, b bridge.DigestBody) (string, []slack.Block) {
	said := []string{"☀️ " + escape(b.Text)}
	paras := []para{{bold("☀️ " + b.Text)}}
	for _, l := range b.Lines {
		name := orElse(strings.TrimSpace(l.Visitor), "A visitor")
		p := para{
			plain(priorityIcon(l.Priority) + " " + l.Priority.String() + " · "), bold(clip(name, 60)),
			plain(": " + clip(l.Issue, 160)),
		}
		if c, err := d.store.Conversation(ctx, l.Conversation); err == nil {
			if link := d.permalink(ctx, c.Thread); link != "" {
				p = append(p, plain(" — "), span{text: "open the thread", url: link})
			}
		}
		paras = append(paras, p)
		said = append(said, fmt.Sprintf("%s %s · %s: %s", priorityIcon(l.Priority), l.Priority, escape(clip(name, 60)), escape(clip(l.Issue, 160))))
	}
	return clipEscaped(strings.Join(said, "\n"), maxPostText), rich(paras...)
}
