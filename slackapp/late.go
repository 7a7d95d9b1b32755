package slackapp

import (
	"context"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

const (
	// lateAfter is how many failures, about a second apart, it takes until the
	// author of a line is told that it has not reached the visitor.
	lateAfter = 5
	lateEmoji = "warning"
)

// markLate marks a line that has not reached the visitor and tells its author,
// or takes the mark away. It goes straight to Slack: what fails here is our own
// keeping, so the lanes may fail too.
func (a *App) markLate(ctx context.Context, n notice, on bool) {
	if n.Kind != noteLine && n.Kind != noteEdit {
		return
	}
	item := slack.NewRefToMessage(a.d.called(n.Channel), n.Stamp)
	method, do := "reactions.add", a.d.api.AddReactionContext
	if !on {
		method, do = "reactions.remove", a.d.api.RemoveReactionContext
	}
	b := a.d.limit.of(method)
	if b.wait(a.d.c.Clock.Now()) > 0 && on {
		return // many are late at once; the log has them all
	}
	b.take(a.d.c.Clock.Now())
	bounded, cancel := a.d.call(ctx)
	err := do(bounded, lateEmoji, item)
	cancel()
	if err != nil && judge(err).kind != alreadySo {
		a.log.Info("slack: cannot mark a line that is late", "error", err)
	}
	if on {
		a.tell(ctx, n, "⚠️ Your line has not reached the visitor yet: something fails on our side. We go on trying, and the mark goes away when it has.")
	}
}

// sendAgain tries what is stuck once more, and what was given up.
func (a *App) sendAgain(ctx context.Context, n notice, who bridge.Agent) error {
	if who.Outsider {
		a.tell(ctx, n, a.explain(ctx, bridge.Receipt{Verdict: bridge.NotAllowed}, bridge.Press{Agent: who}))
		return nil
	}
	rows, err := a.d.store.Again(ctx, a.d.c.Clock.Now())
	if err != nil {
		return err
	}
	a.log.Info("slack: sending again what was stuck", "rows", rows, "by", who.ID)
	a.homes.want(n.User)
	return nil
}
