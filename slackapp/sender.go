package slackapp

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
	"threadline/bridge/killpoint"
)

const (
	// takeFor is how long a row is ours: more than any call or look-up takes.
	takeFor = 45 * time.Second
	// idlePoll is how often a lane looks although nobody woke it: another
	// process may have put something.
	idlePoll = time.Second
	// retryCap bounds the wait between attempts of a row that matters for ever.
	retryCap = time.Minute
)

// A feed is where deliveries are taken from, one row at a time.
type feed struct {
	name string
	lane bridge.Lane
	take func(ctx context.Context, now time.Time) ([]bridge.Delivery, error)
	next func(ctx context.Context) (time.Time, bool, error)
}

// lane is all of a lane.
func (d *Desk) lane(l bridge.Lane) feed {
	return feed{
		name: string(l), lane: l,
		take: func(ctx context.Context, now time.Time) ([]bridge.Delivery, error) {
			return d.store.Take(ctx, l, now, takeFor, 1)
		},
		next: func(ctx context.Context) (time.Time, bool, error) { return d.store.NextDue(ctx, l) },
	}
}

// posts are those of one route.
func (d *Desk) posts(r bridge.Route) feed {
	return feed{
		name: "post " + string(r), lane: bridge.LanePost,
		take: func(ctx context.Context, now time.Time) ([]bridge.Delivery, error) {
			return d.store.TakePost(ctx, r, now, takeFor, 1)
		},
		next: func(ctx context.Context) (time.Time, bool, error) { return d.store.PostDue(ctx, r) },
	}
}

// routesEvery is the least time between two looks for routes with posts.
const routesEvery = 100 * time.Millisecond

// drivePosts sends the posts of every route, each by a sender of its own: no
// channel waits for another that is slow or takes nothing.
func (d *Desk) drivePosts(ctx context.Context) {
	var senders sync.WaitGroup
	defer senders.Wait()
	running := map[bridge.Route]bool{}
	for d.sleep(ctx, routesEvery) {
		woken := d.store.Woken(bridge.LanePost)
		if d.maySend() {
			list, err := d.store.PostRoutes(ctx)
			if err != nil && ctx.Err() == nil {
				d.log.Warn("slack: cannot tell which channels have posts", "error", err)
			}
			for _, r := range list {
				if !running[r] {
					running[r] = true
					ready := func(now time.Time) time.Duration { return d.limit.postWait(d.channelIfKnown(r), now) }
					senders.Go(func() { d.drive(ctx, d.posts(r), ready, d.sendPost) })
				}
			}
		}
		select {
		case <-ctx.Done():
		case <-woken:
		case <-d.c.Clock.After(idlePoll):
		}
	}
}

// drive takes what is due, one row at a time, and sends it.
func (d *Desk) drive(ctx context.Context, from feed, ready func(time.Time) time.Duration, send func(context.Context, bridge.Delivery)) {
	for ctx.Err() == nil {
		if !d.maySend() {
			if !d.sleep(ctx, 50*time.Millisecond) {
				return
			}
			continue
		}
		if ready != nil {
			if w := ready(d.c.Clock.Now()); w > 0 {
				if !d.sleep(ctx, min(w, idlePoll)) {
					return
				}
				continue
			}
		}
		woken := d.store.Woken(from.lane)
		rows, err := from.take(ctx, d.c.Clock.Now())
		if err != nil {
			if ctx.Err() == nil {
				d.log.Warn("slack: cannot take deliveries", "lane", from.name, "error", err)
			}
			if !d.sleep(ctx, time.Second) {
				return
			}
			continue
		}
		for _, row := range rows {
			send(ctx, row)
		}
		if len(rows) == 0 && !d.rest(ctx, from, woken) {
			return
		}
	}
}

// rest waits until something may be due.
func (d *Desk) rest(ctx context.Context, from feed, woken <-chan struct{}) bool {
	wait := idlePoll
	if due, ok, err := from.next(ctx); err == nil && ok {
		wait = min(wait, max(due.Sub(d.c.Clock.Now()), 10*time.Millisecond))
	}
	select {
	case <-ctx.Done():
		return false
	case <-woken:
	case <-d.c.Clock.After(wait):
	}
	return true
}

// sendPost sends one new post. A post is never sent again while it is unknown
// whether Slack has it.
func (d *Desk) sendPost(ctx context.Context, row bridge.Delivery) {
	switch {
	case row.Kind == bridge.KindFile && row.Doubtful:
		d.settleFile(ctx, row)
		return
	case row.Kind == bridge.KindFile:
		d.sendFile(ctx, row)
		return
	case row.Doubtful:
		d.settleDoubt(ctx, row)
		return
	}
	d.sendAhead(ctx, row)
	p, err := d.compose(ctx, row)
	if err != nil {
		d.cannotCompose(ctx, row, err)
		return
	}
	if w, why := d.closed.wait(p.channel, d.c.Clock.Now()); w > 0 {
		d.retry(ctx, row, w, why)
		return
	}
	killpoint.Reach(killpoint.PostLeased)
	place, err := d.post(ctx, p)
	if err != nil && judge(err).kind == notInChannel {
		if jerr := d.join(ctx, d.called(p.channel)); jerr == nil {
			place, err = d.post(ctx, p)
		}
	}
	if err != nil && judge(err).kind == badContent {
		d.log.Error("slack: refused content; sending it plain", "kind", row.Kind, "delivery", row.ID, "error", err)
		p.blocks = p.spare
		place, err = d.post(ctx, p)
		if err != nil && judge(err).kind == badContent && len(p.blocks) > 0 {
			p.blocks = nil
			place, err = d.post(ctx, p)
		}
	}
	if err != nil {
		d.postFailed(ctx, row, p, err)
		return
	}
	killpoint.Reach(killpoint.PostSent)
	if d.closed.open(p.channel) {
		d.outside()
	}
	d.typists.posted(row.Conversation)
	d.works()
	d.complete(ctx, row, place)
}

// errLeaseShort: nothing was sent, because we may not be the sender any more.
var errLeaseShort = errors.New("the sender's lease ran short")

// post calls chat.postMessage once, in its channel's turn.
func (d *Desk) post(ctx context.Context, p post) (bridge.Place, error) {
	opts := []slack.MsgOption{
		slack.MsgOptionText(p.text, false),
		slack.MsgOptionMetadata(p.metadata),
		slack.MsgOptionParse(false),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
	}
	if p.thread != "" {
		opts = append(opts, slack.MsgOptionTS(p.thread))
	}
	if p.broadcast {
		opts = append(opts, slack.MsgOptionBroadcast())
	}
	if len(p.blocks) > 0 {
		opts = append(opts, slack.MsgOptionBlocks(p.blocks...))
	}
	for w := d.limit.spend(p.channel, d.c.Clock.Now()); w > 0; w = d.limit.spend(p.channel, d.c.Clock.Now()) {
		if !d.sleep(ctx, w) {
			return bridge.Place{}, errLeaseShort
		}
	}
	if !d.maySend() {
		return bridge.Place{}, errLeaseShort
	}
	ctx, cancel := d.call(ctx)
	defer cancel()
	channel, ts, err := d.api.PostMessageContext(ctx, d.called(p.channel), opts...)
	if err != nil {
		return bridge.Place{}, err
	}
	if ts == "" {
		return bridge.Place{}, errNoStamp
	}
	d.clock.observe(ts, d.c.Clock.Now())
	return bridge.Place{Channel: d.known(channel), Stamp: ts}, nil
}

var errNoStamp = errors.New("slack answered without a stamp")

func (d *Desk) postFailed(ctx context.Context, row bridge.Delivery, p post, err error) {
	if errors.Is(err, errLeaseShort) {
		d.retry(ctx, row, 0, err.Error())
		return
	}
	f := judge(err)
	switch f.kind {
	case rateLimited:
		d.parked(ctx, row, "post:"+p.channel, f.wait, err)
	case outcomeUnknown:
		d.noteError("post", err)
		d.doubt(ctx, row, d.c.DoubtAfter, err.Error())
	case badContent, subjectGone:
		d.abandon(ctx, row, err)
	case channelTrouble, notInChannel:
		d.noteError("post", err)
		wait := d.closed.shut(p.channel, err.Error(), d.c.Clock.Now(), rand.Float64())
		if ferr := d.follow(ctx, p.route, p.channel, p.thread); ferr != nil {
			d.log.Debug("slack: cannot look for the channel", "error", ferr)
		} else if left, _ := d.closed.wait(p.channel, d.c.Clock.Now()); left <= 0 {
			wait = 0
		}
		d.retry(ctx, row, wait, err.Error())
	case threadGone:
		d.missing(bridge.Place{Channel: p.channel, Stamp: p.thread})
		d.retry(ctx, row, backoff(row.Attempts, retryCap/4, rand.Float64()), err.Error())
	case tokenTrouble:
		d.noteError("post", err)
		d.retry(ctx, row, backoff(row.Attempts+2, retryCap/2, rand.Float64()), err.Error())
	default:
		d.noteError("post", err)
		d.retry(ctx, row, backoff(row.Attempts, retryCap/4, rand.Float64()), err.Error())
	}
}

// parked gives a row back and holds its whole bucket until Slack's time.
func (d *Desk) parked(ctx context.Context, row bridge.Delivery, bucket string, wait time.Duration, err error) {
	until := d.c.Clock.Now().Add(wait)
	d.limit.of(bucket).park(until)
	d.log.Info("slack: asked to slow down", "bucket", bucket, "wait", wait)
	d.retry(ctx, row, wait, err.Error())
}

// cannotCompose handles a row whose content cannot be made at present.
func (d *Desk) cannotCompose(ctx context.Context, row bridge.Delivery, err error) {
	if errors.Is(err, errUnfit) || errors.Is(err, bridge.ErrNotFound) {
		d.abandon(ctx, row, err)
		return
	}
	d.noteError("compose "+row.Kind, err)
	if w, why := d.closedRoute(err); w > 0 {
		d.retry(ctx, row, w, why)
		return
	}
	d.retry(ctx, row, backoff(row.Attempts, 15*time.Second, rand.Float64()), err.Error())
}

// sendPrivate sends what only one agent sees, and reactions. Neither can be
// looked up; a reaction is the same twice, and a question asked twice is
// better than one never asked.
func (d *Desk) sendPrivate(ctx context.Context, row bridge.Delivery) {
	do, bucket, err := d.private(ctx, row)
	if err != nil {
		d.cannotCompose(ctx, row, err)
		return
	}
	now := d.c.Clock.Now()
	if w := d.limit.of(bucket).wait(now); w > 0 {
		if w > 2*time.Second {
			d.retry(ctx, row, w, "waiting for "+bucket)
			return
		}
		if !d.sleep(ctx, w) {
			d.retry(ctx, row, 0, "stopping")
			return
		}
	}
	if !d.maySend() {
		d.retry(ctx, row, 0, "the sender's lease ran short")
		return
	}
	d.limit.of(bucket).take(d.c.Clock.Now())
	bounded, cancel := d.call(ctx)
	err = do(bounded)
	cancel()
	if err == nil {
		d.works()
		d.complete(ctx, row, bridge.Place{})
		return
	}
	switch f := judge(err); f.kind {
	case alreadySo:
		d.complete(ctx, row, bridge.Place{})
	case rateLimited:
		d.parked(ctx, row, bucket, f.wait, err)
	case badContent, subjectGone:
		d.abandon(ctx, row, err)
	default:
		if row.Attempts >= privateAttempts {
			d.abandon(ctx, row, err)
			return
		}
		d.noteError(bucket, err)
		d.retry(ctx, row, backoff(row.Attempts, 30*time.Second, rand.Float64()), err.Error())
	}
}

// privateAttempts is how often a private message or reaction is tried; with
// the back-off that is about two hours.
const privateAttempts = 240

// The settling calls below run to their end although the process is stopping:
// what was sent must be written down.

func (d *Desk) settle(ctx context.Context, row bridge.Delivery, how string, f func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := f(ctx)
	if err != nil && !errors.Is(err, bridge.ErrStale) {
		// The lease on the row runs out and it is looked at again.
		d.log.Warn("slack: cannot settle a delivery", "how", how, "delivery", row.ID, "error", err)
	}
}

func (d *Desk) complete(ctx context.Context, row bridge.Delivery, place bridge.Place) {
	d.settle(ctx, row, "complete", func(ctx context.Context) error {
		if err := d.store.Complete(ctx, row, place, d.c.Clock.Now()); err != nil {
			return err
		}
		d.sent.add(string(row.ID))
		if !place.IsZero() {
			d.marks.set(place, row.ID)
		}
		return nil
	})
}

func (d *Desk) retry(ctx context.Context, row bridge.Delivery, wait time.Duration, cause string) {
	d.settle(ctx, row, "retry", func(ctx context.Context) error {
		return d.store.Retry(ctx, row, d.c.Clock.Now().Add(wait), cause)
	})
}

func (d *Desk) doubt(ctx context.Context, row bridge.Delivery, wait time.Duration, cause string) {
	d.settle(ctx, row, "doubt", func(ctx context.Context) error {
		return d.store.Doubt(ctx, row, d.c.Clock.Now().Add(wait), cause)
	})
}

func (d *Desk) abandon(ctx context.Context, row bridge.Delivery, cause error) {
	d.log.Error("slack: gave a delivery up", "kind", row.Kind, "delivery", row.ID, "error", cause)
	d.settle(ctx, row, "abandon", func(ctx context.Context) error {
		return d.store.Abandon(ctx, row, cause.Error(), d.c.Clock.Now())
	})
}
