package slackapp

import (
	"context"
	"errors"

	"threadline/bridge"
)

// missing tells the in-half that Slack does not find a root. It is looked at
// before anything is believed; while many wait the next failure tells it again.
func (d *Desk) missing(root bridge.Place) {
	if root.IsZero() {
		return
	}
	select {
	case d.lost <- root:
	default:
	}
}

// watchLost looks after roots that the sender misses.
func (a *App) watchLost(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case root := <-a.d.lost:
			if err := a.rootGone(ctx, root); err != nil && ctx.Err() == nil {
				a.log.Warn("slack: cannot look after a lost thread", "stamp", root.Stamp, "error", err)
			}
		}
	}
}

// rootGone gives a conversation whose root was deleted a new thread. It asks
// Slack first: only a thread that is not found, or whose root is a tombstone,
// is lost.
func (a *App) rootGone(ctx context.Context, root bridge.Place) error {
	c, err := a.d.byThread(ctx, root)
	if errors.Is(err, bridge.ErrNotFound) || err == nil && c.Thread.Stamp != root.Stamp {
		return nil
	}
	if err != nil {
		return err
	}
	msgs, _, err := a.d.page(ctx, root.Channel, root.Stamp, "", "")
	if err != nil {
		switch judge(err).kind {
		case threadGone, subjectGone:
			return a.threadLost(ctx, c, false)
		case channelTrouble, notInChannel, tokenTrouble:
			return nil // catch-up sees it once we may read again
		}
		return err
	}
	if len(msgs) == 0 || msgs[0].Timestamp != root.Stamp || msgs[0].SubType != tombstone {
		return nil
	}
	return a.threadLost(ctx, c, len(msgs) > 1)
}

func (a *App) threadLost(ctx context.Context, c bridge.Conversation, left bool) error {
	a.log.Warn("slack: the root of a thread was deleted; the chat gets a new one", "conversation", c.ID)
	_, err := a.bridge.Handle(ctx, bridge.ThreadLost{Conversation: c.ID, Root: c.Thread, Left: left})
	return err
}

// pointOn tells whoever writes in a thread that is no longer the conversation's
// where it goes on, once.
func (a *App) pointOn(ctx context.Context, n notice, c bridge.Conversation) {
	key := n.User + ":" + n.Channel + ":" + n.Thread
	if a.pointed.has(key) {
		return
	}
	a.pointed.add(key)
	a.tell(ctx, n, "This chat goes on in <"+a.d.permalink(ctx, c.Thread)+"|another thread>. What you write here counts as if you wrote it there.")
}
