package slackapp

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// settleDoubt looks for a post whose outcome is unknown. Found: it is
// complete. A complete read that lacks it allows another try; a failed read
// leaves it unknown.
func (d *Desk) settleDoubt(ctx context.Context, row bridge.Delivery) {
	d.settleDoubtOf(ctx, row, nil, func() {})
}

// settleDoubtOf does the same for what bears no metadata: is tells it apart,
// and absent is called before it is tried again.
func (d *Desk) settleDoubtOf(ctx context.Context, row bridge.Delivery, is func(*slack.Message) bool, absent func()) {
	now := d.c.Clock.Now()
	// A request that was cut may still be on its way inside Slack. The first
	// attempt's instant is known; of later ones only that none came after we
	// became the sender, if it was not ours.
	last := row.FirstAttempt
	if row.Attempts > 2 {
		last = d.lease.gained()
	}
	if ripe := last.Add(d.c.DoubtAfter); now.Before(ripe) {
		d.doubt(ctx, row, ripe.Sub(now), row.LastError)
		return
	}
	p, err := d.whereTo(ctx, row)
	if err == nil && p.thread == "" && !standsAlone(row) {
		// Its root is gone from our books: nothing to search, nothing sent.
		err = errNoThread
	}
	if w := d.limit.of(reading(p.thread)).wait(now); err == nil && w > 0 {
		// Other posts go first: waiting here would hold up the whole lane.
		d.doubt(ctx, row, w, row.LastError)
		return
	}
	var found bridge.Place
	if err == nil {
		found, err = d.search(ctx, row, p.channel, p.thread, is)
	}
	switch {
	case err != nil:
		d.noteError("look for an unknown post", err)
		wait := d.c.DoubtAfter
		switch f := judge(err); f.kind {
		case rateLimited:
			wait = max(wait, f.wait)
		case threadGone:
			d.missing(bridge.Place{Channel: p.channel, Stamp: p.thread})
		case channelTrouble, notInChannel:
			if ferr := d.follow(ctx, p.route, p.channel, p.thread); ferr != nil {
				d.log.Debug("slack: cannot look for the channel", "error", ferr)
			}
		}
		d.doubt(ctx, row, wait, err.Error())
	case found.IsZero():
		d.log.Info("slack: an unknown post never arrived; sending it again", "delivery", row.ID)
		absent()
		d.settle(ctx, row, "refute", func(ctx context.Context) error {
			return d.store.Refute(ctx, row, d.c.Clock.Now())
		})
	default:
		d.log.Info("slack: an unknown post had arrived", "delivery", row.ID)
		d.complete(ctx, row, found)
	}
}

// search reads a thread, or with no thread the channel's own history, from a
// minute before the first attempt on, and returns where the delivery is; zero
// if a complete read lacks it. It keeps the row's lease while it reads. A post
// is known by its metadata or, if given, by is.
func (d *Desk) search(ctx context.Context, row bridge.Delivery, channel, thread string, is func(*slack.Message) bool) (bridge.Place, error) {
	me, err := d.identity(ctx)
	if err != nil {
		return bridge.Place{}, err
	}
	from := stampOf(row.FirstAttempt.Add(-time.Minute))
	cursor := ""
	for {
		msgs, next, err := d.page(ctx, channel, thread, from, cursor)
		if err != nil {
			return bridge.Place{}, err
		}
		for i := range msgs {
			ours := is != nil && is(&msgs[i])
			if id, _ := msgs[i].Metadata.EventPayload["delivery"].(string); ours || id == string(row.ID) && (msgs[i].BotID == "" || msgs[i].BotID == me.bot) {
				return bridge.Place{Channel: channel, Stamp: msgs[i].Timestamp}, nil
			}
		}
		if next == "" {
			return bridge.Place{}, nil
		}
		if err := d.store.Extend(ctx, row, d.c.Clock.Now().Add(takeFor)); err != nil {
			return bridge.Place{}, err
		}
		cursor = next
	}
}

// reading is the method that reads a thread, or with no thread a channel.
func reading(thread string) string {
	if thread == "" {
		return "conversations.history"
	}
	return "conversations.replies"
}

// page reads one page of a thread or of a channel, with metadata. It waits for
// its turn.
func (d *Desk) page(ctx context.Context, channel, thread, oldest, cursor string) ([]slack.Message, string, error) {
	method := reading(thread)
	for d.limit.of(method).wait(d.c.Clock.Now()) > 0 {
		if !d.sleep(ctx, d.limit.of(method).wait(d.c.Clock.Now())) {
			return nil, "", ctx.Err()
		}
	}
	d.limit.of(method).take(d.c.Clock.Now())
	bounded, cancel := d.call(ctx)
	defer cancel()
	var (
		msgs []slack.Message
		next string
		more bool
		err  error
	)
	if thread != "" {
		msgs, more, next, err = d.api.GetConversationRepliesContext(bounded, &slack.GetConversationRepliesParameters{
			ChannelID: d.called(channel), Timestamp: thread, Oldest: oldest, Cursor: cursor,
			Limit: 200, Inclusive: true, IncludeAllMetadata: true,
		})
	} else {
		var got *slack.GetConversationHistoryResponse
		got, err = d.api.GetConversationHistoryContext(bounded, &slack.GetConversationHistoryParameters{
			ChannelID: d.called(channel), Oldest: oldest, Cursor: cursor,
			Limit: 200, Inclusive: true, IncludeAllMetadata: true,
		})
		if err == nil {
			msgs, next, more = got.Messages, got.ResponseMetaData.NextCursor, got.HasMore
		}
	}
	if err != nil {
		if f := judge(err); f.kind == rateLimited {
			d.limit.of(method).park(d.c.Clock.Now().Add(f.wait))
		}
		return nil, "", fmt.Errorf("%s: %w", method, err)
	}
	if more && next == "" {
		// A page that says there is more but not where is no complete read.
		return nil, "", fmt.Errorf("%s: %s messages and no cursor", method, strconv.Itoa(len(msgs)))
	}
	return msgs, next, nil
}

// adopt asks Slack whether an unknown thread's root is one of ours whose post
// is still unsettled, and settles it. It reports whether it was.
func (d *Desk) adopt(ctx context.Context, root bridge.Place) (bool, error) {
	me, err := d.identity(ctx)
	if err != nil {
		return false, err
	}
	msgs, _, err := d.page(ctx, root.Channel, root.Stamp, "", "")
	if err != nil {
		return false, err
	}
	for i := range msgs {
		m := &msgs[i]
		if m.Timestamp != root.Stamp || m.Metadata.EventType != metaThread || m.BotID != "" && m.BotID != me.bot {
			continue
		}
		id, _ := m.Metadata.EventPayload["delivery"].(string)
		if id == "" {
			return false, nil
		}
		ours, err := d.store.Confirm(ctx, bridge.DeliveryID(id), root, d.c.Clock.Now())
		if errors.Is(err, bridge.ErrStale) {
			err = nil // the chat has moved on, and its echo says so
		}
		return ours, err
	}
	return false, nil
}
