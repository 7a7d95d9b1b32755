package slackapp

import (
	"context"
	"time"

	"threadline/bridge"
)

// standInEvery is how often chats are looked after whose channel is closed.
const standInEvery = time.Second

// standIn moves chats that need a person out of closed channels, as long as we
// are the sender: only the sender finds out which are closed.
func (a *App) standIn(ctx context.Context) {
	for a.d.sleep(ctx, min(standInEvery, a.d.c.StandInAfter)) {
		if !a.d.maySend() || !a.d.closed.any() {
			continue
		}
		if err := a.standInOnce(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("slack: cannot look after chats in closed channels", "error", err)
		}
	}
}

func (a *App) standInOnce(ctx context.Context) error {
	for _, list := range []func(context.Context, int) ([]bridge.Case, error){a.d.store.Waiting, a.d.store.Held} {
		cases, err := list(ctx, maxRead)
		if err != nil {
			return err
		}
		for _, c := range cases {
			if err := a.standInFor(ctx, c.Conversation); err != nil {
				return err
			}
		}
	}
	return nil
}

// standInFor moves one chat if its channel has been closed for a while. Where
// nothing stands in, whoever waits is told that nobody can be reached.
func (a *App) standInFor(ctx context.Context, c bridge.Conversation) error {
	at := a.d.standsIn(c)
	if at == routeKey(c.Route) {
		// The channel is to be looked up anew, and perhaps nothing that waits
		// does so at present. What comes of it is kept among the closed.
		if _, err := a.d.beginIn(ctx, c.Route); err == nil {
			return nil
		}
	}
	shut := a.d.closed.closedFor(at, a.d.c.Clock.Now())
	if shut < a.d.c.StandInAfter || shut == 0 {
		return nil
	}
	site, err := a.d.store.Site(ctx, c.SiteID)
	if err != nil {
		return err
	}
	to, ok := a.d.standInOf(ctx, site, at)
	if ok {
		a.log.Warn("slack: a chat goes on in another channel", "conversation", c.ID, "from", a.d.named(c.Route), "to", a.d.named(to))
		_, err = a.bridge.Handle(ctx, bridge.ThreadMoved{Conversation: c.ID, From: c.Route, To: to, Root: c.Thread})
		return err
	}
	if c.Status == bridge.Queued && shut >= bridge.AlertPatience {
		_, err = a.bridge.Handle(ctx, bridge.AlertNotPosted{Conversation: c.ID, Handoff: c.Handoff, Closed: true})
	}
	return err
}

// standsIn names the channel in which a chat's thread stands or is to stand, as
// closed channels are named.
func (d *Desk) standsIn(c bridge.Conversation) string {
	if !c.Thread.IsZero() && c.Thread != c.Left {
		return c.Thread.Channel
	}
	if id := d.channelIfKnown(c.Route); id != "" {
		return id
	}
	return routeKey(c.Route)
}

// standInOf is the first channel of the site that takes posts, other than the
// closed one.
func (d *Desk) standInOf(ctx context.Context, site bridge.Site, closed string) (bridge.Route, bool) {
	now := d.c.Clock.Now()
	for _, r := range site.Routes() {
		if routeKey(r) == closed || d.closed.closedFor(routeKey(r), now) > 0 {
			continue
		}
		id, err := d.channel(ctx, r)
		if err != nil {
			if isChannelTrouble(err) {
				d.closed.shut(routeKey(r), err.Error(), now, 0)
			}
			continue
		}
		if id != closed && d.closed.closedFor(id, now) == 0 {
			return r, true
		}
	}
	return "", false
}
