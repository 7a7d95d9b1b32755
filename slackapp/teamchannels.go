package slackapp

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"threadline/bridge"
)

// closedMark keeps which channels the sender knows to be closed, and until when
// that counts, as JSON: others decide where chats wait, too.
const closedMark = "closed channels"

// teamsEvery is how soon every process answers [Desk.ChannelOf] as the settings
// and the sender say.
const teamsEvery = time.Second

// watchTeams keeps what [Desk.ChannelOf] answers from, in every process: each
// decides where chats wait, whichever sends. Where no team has a channel of its
// own nobody asks, and nothing is looked for.
func (d *Desk) watchTeams(ctx context.Context) {
	var w closedWatch
	for pause := time.Duration(0); d.sleep(ctx, pause); {
		pause = teamsEvery
		s, err := d.setup(ctx)
		if err == nil && len(s.TeamRoutes()) == 0 {
			continue
		}
		if err == nil {
			_, err = d.recallRenamed(ctx)
		}
		if err == nil {
			err = d.shareClosed(ctx, &w)
		}
		if err == nil {
			if err = d.teamChannels(ctx, s); err != nil {
				pause = watchEvery // Slack is not to be asked every second
			}
		}
		if err != nil && ctx.Err() == nil {
			d.log.Debug("slack: cannot look after the channels of teams", "error", err)
		}
	}
}

// teamChannels looks for the channels of teams and for those that they are told
// apart from. One that is missing is shut; the sender asks for it again when its
// time comes, the others when the sender has found it. It ends at the first
// error that is no news of a channel.
func (d *Desk) teamChannels(ctx context.Context, s bridge.Setup) error {
	for _, r := range routes(s) {
		now := d.c.Clock.Now()
		if d.closed.hearsay(routeKey(r), now) {
			d.forgetChannel(r)
			if !d.maySend() {
				continue
			}
		}
		if w, _ := d.closed.wait(routeKey(r), now); w > 0 || d.channelIfKnown(r) != "" {
			continue
		}
		if _, err := d.channel(ctx, r); err != nil && isChannelTrouble(err) {
			d.closed.shut(routeKey(r), err.Error(), now, rand.Float64())
		} else if err != nil {
			return fmt.Errorf("channel %q: %w", d.named(r), err)
		}
	}
	return nil
}

// closedWatch is what [Desk.shareClosed] remembers.
type closedWatch struct {
	since   time.Time // the lease under which the mark was read
	written string
}

// shareClosed tells the others which channels are closed, as the sender; as
// another it takes that over. A new sender goes on with what was told.
func (d *Desk) shareClosed(ctx context.Context, w *closedWatch) error {
	gained := d.lease.gained()
	sends := d.maySend()
	if !sends || !gained.Equal(w.since) {
		s, err := d.store.Mark(ctx, closedMark)
		if err != nil {
			return err
		}
		var told map[string]time.Time
		if s != "" {
			if err := json.Unmarshal([]byte(s), &told); err != nil {
				return fmt.Errorf("read %q: %w", closedMark, err)
			}
		}
		d.closed.hear(told)
		*w = closedWatch{written: s}
	}
	if !sends {
		return nil
	}
	w.since = gained
	b, err := json.Marshal(d.closed.tell(d.c.Clock.Now()))
	if err != nil || string(b) == w.written {
		return err
	}
	if err := d.store.SetMark(ctx, closedMark, string(b)); err != nil {
		return err
	}
	w.written = string(b)
	return nil
}

// hear takes over what the sender has told.
func (c *closed) hear(told map[string]time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = told
}

// tell is until when each closed channel counts as closed unless it is asked
// for again.
func (c *closed) tell(now time.Time) map[string]time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]time.Time{}
	for channel, until := range c.told {
		if until.After(now) {
			out[channel] = until
		}
	}
	for channel, x := range c.by {
		if until := x.until.Add(closedCap).UTC(); until.After(now) {
			out[channel] = until
		}
	}
	return out
}

// hearsay reports whether a sender has told that a channel is closed.
func (c *closed) hearsay(channel string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told[channel].After(now)
}

// known reports whether a channel takes no posts, by our own knowledge or by
// the sender's.
func (c *closed) known(channel string, now time.Time) bool {
	return c.closedFor(channel, now) > 0 || c.hearsay(channel, now)
}
