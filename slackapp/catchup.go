package slackapp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

const (
	// catchUpEvery is how often everything is read back although nothing seems
	// to be missing.
	catchUpEvery = 5 * time.Minute
	// While Slack holds events back, which it says once a minute, everything is
	// read every limitedEvery, and once after the minute is over.
	limitedEvery = 10 * time.Second
	limitedFor   = 70 * time.Second
	// catchUpMargin is how far before the last completed read the next one
	// begins: clocks differ, and what was in flight then may be missing.
	catchUpMargin = 10 * time.Minute
	// firstLook is how far back the very first read goes.
	firstLook = 24 * time.Hour
	// maxRead bounds how many conversations of one sort are asked for at once.
	maxRead = 1000
)

// catchUp reads back what may have been missed: after every new connection,
// after this process has become the sender for the workspace, after it was shut
// out of the channel, and now and then. Only the sender reads: the budget for it is the workspace's.
func (a *App) catchUp(ctx context.Context) {
	var (
		due   bool
		heard bool // a connection was made before
		since time.Time
		last  = a.d.c.Clock.Now()
		wait  time.Duration
		again time.Time // not before, after a failure

		held, looked time.Time // until when Slack holds events back, and when we looked
	)
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.gap:
			due, heard = true, true
		case <-a.d.missed:
			due = true
		case <-a.d.c.Clock.After(time.Second):
		}
		now := a.d.c.Clock.Now()
		gained := a.d.lease.gained()
		if (due || now.Sub(looked) >= limitedEvery) && a.d.maySend() {
			held, looked = a.heldUntil(ctx, held), now
		}
		every := catchUpEvery
		if last.Before(held) {
			every = limitedEvery
		}
		due = due || heard && !gained.Equal(since) || now.Sub(last) >= every
		if !due || now.Before(again) || !a.d.maySend() {
			continue
		}
		since, due, last = gained, false, now
		err := a.catchUpOnce(ctx)
		if err == nil {
			wait = 0
			continue
		}
		if ctx.Err() != nil {
			return
		}
		wait = min(max(2*wait, time.Second), time.Minute)
		a.log.Warn("slack: cannot catch up yet", "error", err, "retry_in", wait)
		due, again = true, a.d.c.Clock.Now().Add(wait)
	}
}

// heldBackMark keeps until when Slack is taken to hold events back: any process
// may be told, and only the sender reads.
const heldBackMark = "events held back"

// heldBack makes everything be read back soon and every limitedEvery until
// Slack has had its chance to say again that it holds events back.
func (a *App) heldBack(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), receiveWithin)
	defer cancel()
	if err := a.d.store.SetMark(ctx, heldBackMark, now.Add(limitedFor).UTC().Format(time.RFC3339Nano)); err != nil {
		return err
	}
	select {
	case a.gap <- struct{}{}:
	default:
	}
	return nil
}

// heldUntil is what heldBack kept; before if that cannot be read.
func (a *App) heldUntil(ctx context.Context, before time.Time) time.Time {
	s, err := a.d.store.Mark(ctx, heldBackMark)
	if err != nil {
		if ctx.Err() == nil {
			a.log.Warn("slack: cannot tell whether events are held back", "error", err)
		}
		return before
	}
	if until, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return until
	}
	return before
}

// catchUpOnce reads held threads, then waiting ones, then the channel's own
// history and what else was touched since the last completed read. Only a
// read that missed nothing moves the watermark.
func (a *App) catchUpOnce(ctx context.Context) error {
	began := a.d.c.Clock.Now()
	channels, err := a.channels(ctx)
	if err != nil {
		return err
	}
	from := map[string]time.Time{}
	first := began
	for _, channel := range channels {
		if from[channel], err = a.readFrom(ctx, markName(channel), began); err != nil {
			return err
		}
		if from[channel].Before(first) {
			first = from[channel]
		}
	}
	whole := true
	done := map[bridge.ConversationID]bool{}
	read := func(c bridge.Conversation) error {
		if c.Thread.IsZero() || done[c.ID] {
			return nil
		}
		done[c.ID] = true
		ok, err := a.readBack(ctx, c)
		if err == nil {
			err = a.readLeft(ctx, c)
		}
		whole = whole && ok
		return err
	}
	for _, list := range []func(context.Context, int) ([]bridge.Case, error){a.d.store.Held, a.d.store.Waiting} {
		cases, err := list(ctx, maxRead)
		if err != nil {
			return err
		}
		for _, c := range cases {
			if err := read(c.Conversation); err != nil {
				return err
			}
		}
		whole = whole && len(cases) < maxRead
	}
	var heard []string // channels that were read
	for _, channel := range channels {
		switch err := a.adoptRoots(ctx, channel, from[channel]); {
		case err == nil:
			heard = append(heard, channel)
		case !isChannelTrouble(err) || len(channels) == 1:
			return err
		default:
			a.d.noteError("read a channel back", err)
		}
	}
	touched, err := a.touchedSince(ctx, first)
	if err != nil {
		return err
	}
	for _, c := range touched {
		if err := read(c); err != nil {
			return err
		}
	}
	if !whole {
		return nil
	}
	for _, channel := range heard {
		if err := a.d.store.SetMark(ctx, markName(channel), stampOf(began)); err != nil {
			return err
		}
	}
	return nil
}

// channels are the ids of all channels that any site or team names, as far as they are
// there; an error if none is.
func (a *App) channels(ctx context.Context) ([]string, error) {
	s, err := a.d.setup(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range routes(s) {
		id, cerr := a.d.channel(ctx, r)
		switch {
		case cerr != nil && !isChannelTrouble(cerr):
			return nil, cerr
		case cerr != nil:
			err = cerr
		case !slices.Contains(ids, id):
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, err
	}
	return ids, nil
}

func markName(channel string) string { return "caught up:" + channel }

// readFrom is the instant from which on something may be missing.
func (a *App) readFrom(ctx context.Context, mark string, now time.Time) (time.Time, error) {
	s, err := a.d.store.Mark(ctx, mark)
	if err != nil {
		return time.Time{}, err
	}
	at, ok := stampTime(s)
	if !ok || at.After(now) {
		return now.Add(-firstLook), nil
	}
	return at.Add(-catchUpMargin), nil
}

// touchedSince lists all conversations that changed since then.
func (a *App) touchedSince(ctx context.Context, from time.Time) ([]bridge.Conversation, error) {
	for limit := maxRead; ; limit *= 2 {
		list, err := a.d.store.Touched(ctx, from, limit)
		if err != nil || len(list) < limit {
			return list, err
		}
	}
}

// readAll reads a thread, or with no thread the channel's own history, page by
// page. It takes its turn behind whatever else reads, and where Slack asks it
// to wait it goes on from the same page.
func (a *App) readAll(ctx context.Context, channel, thread, oldest string, each func(*slack.Message)) error {
	method := reading(thread)
	cursor := ""
	for {
		for _, b := range []*bucket{a.d.limit.of("catch-up"), a.d.limit.of(method)} {
			// The last calls of a burst are left to look-ups that posts wait for.
			for w := b.waitFor(a.d.c.Clock.Now(), 2); w > 0; w = b.waitFor(a.d.c.Clock.Now(), 2) {
				if !a.d.sleep(ctx, w) {
					return ctx.Err()
				}
			}
		}
		a.d.limit.of("catch-up").take(a.d.c.Clock.Now())
		msgs, next, err := a.d.page(ctx, channel, thread, oldest, cursor)
		if err != nil {
			if judge(err).kind == rateLimited && ctx.Err() == nil {
				continue // its bucket is parked until Slack's time
			}
			return err
		}
		for i := range msgs {
			each(&msgs[i])
		}
		if next == "" {
			return nil
		}
		cursor = next
	}
}

// adoptRoots settles roots of ours that stand in the channel although their
// delivery does not know it, and makes those link on that are not live and
// still carry buttons: their outcome was unknown when the chat moved on.
func (a *App) adoptRoots(ctx context.Context, channel string, from time.Time) error {
	me, err := a.d.identity(ctx)
	if err != nil {
		return err
	}
	type root struct {
		id      bridge.DeliveryID
		at      bridge.Place
		buttons bool
	}
	var roots []root
	err = a.readAll(ctx, channel, "", stampOf(from), func(m *slack.Message) {
		id, _ := m.Metadata.EventPayload["delivery"].(string)
		if m.Metadata.EventType == metaThread && id != "" && m.User == me.user {
			buttons := slices.ContainsFunc(m.Blocks.BlockSet, func(b slack.Block) bool { return b.BlockType() == slack.MBTAction })
			roots = append(roots, root{bridge.DeliveryID(id), bridge.Place{Channel: channel, Stamp: m.Timestamp}, buttons})
		}
	})
	if err != nil {
		return err
	}
	for _, r := range roots {
		c, err := a.d.store.ConversationByThread(ctx, r.at)
		if errors.Is(err, bridge.ErrNotFound) {
			ours, cerr := a.d.store.Confirm(ctx, r.id, r.at, a.d.c.Clock.Now())
			if errors.Is(cerr, bridge.ErrStale) {
				if cerr = a.turnedUp(ctx, r.at); cerr == nil {
					a.log.Info("slack: a root of ours stands where its chat is no longer", "delivery", r.id)
					continue
				}
			}
			if cerr != nil {
				return fmt.Errorf("adopt a root: %w", cerr)
			}
			if !ours {
				continue
			}
			a.log.Info("slack: adopted a root of ours", "delivery", r.id)
			c, err = a.d.store.ConversationByThread(ctx, r.at)
		}
		if err != nil {
			return err
		}
		if r.buttons && c.Thread != r.at && c.Thread != c.Left {
			if err := a.d.retire(ctx, c, r.at, r.id); err != nil {
				a.d.noteError("link an old root on", err)
			}
		}
	}
	return nil
}
