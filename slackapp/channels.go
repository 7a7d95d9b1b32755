package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"threadline/bridge"
)

// A channel may get another id: a private one does when it begins to be shared
// (Slack: channel_id_changed). Our books go on calling it what it was called
// first; its present id is used towards Slack alone.
type renamed struct {
	mu  sync.Mutex
	now map[string]string // by the first id
	was map[string]string // by the present id
}

// renamedMark keeps the present ids by the first ones, as JSON.
const renamedMark = "channel ids"

func (r *renamed) set(now map[string]string) {
	was := map[string]string{}
	for first, present := range now {
		was[present] = first
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now, r.was = now, was
}

// called is the id by which Slack knows a channel of our books.
func (d *Desk) called(first string) string {
	d.renamed.mu.Lock()
	defer d.renamed.mu.Unlock()
	if id, ok := d.renamed.now[first]; ok {
		return id
	}
	return first
}

// known is the id by which our books know a channel of Slack.
func (d *Desk) known(present string) string {
	d.renamed.mu.Lock()
	defer d.renamed.mu.Unlock()
	if id, ok := d.renamed.was[present]; ok {
		return id
	}
	return present
}

// recallRenamed reads what any process learned of changed ids.
func (d *Desk) recallRenamed(ctx context.Context) (map[string]string, error) {
	s, err := d.store.Mark(ctx, renamedMark)
	if err != nil {
		return nil, err
	}
	now := map[string]string{}
	if s != "" {
		if err := json.Unmarshal([]byte(s), &now); err != nil {
			return nil, fmt.Errorf("read %q: %w", renamedMark, err)
		}
	}
	d.renamed.set(now)
	return now, nil
}

// moved notes that a channel has another id.
func (d *Desk) moved(ctx context.Context, from, to string) error {
	now, err := d.recallRenamed(ctx)
	if err != nil {
		return err
	}
	first := d.known(from)
	if from == "" || to == "" || from == to || first == to || now[first] == to {
		return nil
	}
	next := map[string]string{first: to}
	for k, v := range now {
		if k != first {
			next[k] = v
		}
	}
	list, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if err := d.store.SetMark(ctx, renamedMark, string(list)); err != nil {
		return err
	}
	d.renamed.set(next)
	if d.closed.open(first) {
		d.outside()
	}
	d.forgetChannels()
	d.log.Info("slack: a channel has another id", "from", from, "to", to)
	return nil
}

// follow looks anew for a route's channel after one of ours took no post or
// could not be read. If it is another, ours may have got its id: it has if the
// thread stands in it. Posts wait for it, so it never waits for its turn to
// read: whoever finds the channel closed next looks again.
func (d *Desk) follow(ctx context.Context, r bridge.Route, channel, thread string) error {
	d.forgetChannel(r)
	found, err := d.home(ctx, r)
	if err != nil || found == channel || thread == "" {
		return err
	}
	if d.limit.of(reading(thread)).wait(d.c.Clock.Now()) > 0 {
		return nil
	}
	msgs, _, err := d.page(ctx, found, thread, "", "")
	if err != nil {
		return err
	}
	for i := range msgs {
		if msgs[i].Timestamp == thread && msgs[i].Metadata.EventType == metaThread {
			return d.moved(ctx, channel, found)
		}
	}
	return nil
}

// outside notes that we have not heard for a while what is said in the channel.
func (d *Desk) outside() {
	select {
	case d.missed <- struct{}{}:
	default:
	}
}

// byThread finds the conversation of a thread, under either id of its channel.
func (d *Desk) byThread(ctx context.Context, root bridge.Place) (bridge.Conversation, error) {
	c, err := d.store.ConversationByThread(ctx, root)
	if present := d.called(root.Channel); errors.Is(err, bridge.ErrNotFound) && present != root.Channel {
		return d.store.ConversationByThread(ctx, bridge.Place{Channel: present, Stamp: root.Stamp})
	}
	return c, err
}

// closed are channels that take no posts at present. One post at a time asks
// whether that is still so; the others wait.
type closed struct {
	mu   sync.Mutex
	by   map[string]*closure
	told map[string]time.Time // what a sender has told of its own, and until when that counts
}

type closure struct {
	why   string
	tries int
	since time.Time // the first refusal
	until time.Time // when to ask again
}

// closedCap bounds how long a channel that has been opened again goes unnoticed.
const closedCap = 30 * time.Second

// shut notes that a channel refused a post, and returns when to ask again.
func (c *closed) shut(channel, why string, now time.Time, jitter float64) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[string]*closure{}
	}
	x := c.by[channel]
	if x == nil {
		x = &closure{since: now}
		c.by[channel] = x
	}
	x.tries++
	wait := backoff(x.tries, closedCap, jitter)
	x.why, x.until = why, now.Add(wait)
	return wait
}

// open notes that a channel takes posts, and reports whether it did not before.
func (c *closed) open(channel string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, was := c.by[channel]
	delete(c.by, channel)
	delete(c.told, channel)
	return was
}

// wait is how long nothing should be posted to a channel, and why.
func (c *closed) wait(channel string, now time.Time) (time.Duration, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.by[channel]
	if x == nil {
		return 0, ""
	}
	return x.until.Sub(now), x.why
}

// closedFor is how long a channel has been refusing posts; zero if it takes
// them, or nobody has asked for so long that it is not known.
func (c *closed) closedFor(channel string, now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.by[channel]
	if x == nil || now.Sub(x.until) > closedCap {
		return 0
	}
	return max(now.Sub(x.since), time.Nanosecond)
}

// any reports whether some channel refuses posts.
func (c *closed) any() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.by) > 0
}
