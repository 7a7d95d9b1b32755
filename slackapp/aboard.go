package slackapp

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"threadline/bridge"
)

// aboard is what rides along on the root cards of held chats beside their
// state: how far the mirror is behind, whether the visitor has seen the newest
// lines, and whether they are there.
type aboard struct {
	mu     sync.Mutex
	behind map[bridge.ConversationID]bool // their cards say that they catch up
	shown  map[bridge.ConversationID]glance
}

// glance is what the newest card showed.
type glance struct {
	seen  sight
	where whether
	at    time.Time
}

// sight is what we know of the visitor's eyes.
type sight int

const (
	sightUnknown sight = iota
	sightAll
	sightNotAll
)

func (s sight) String() string {
	switch s {
	case sightAll:
		return "👁 The visitor has seen everything"
	case sightNotAll:
		return "👁 The visitor has not seen the newest lines yet"
	}
	return ""
}

// behindMark keeps which cards say that they catch up, for whoever sends next.
const behindMark = "cards behind"

// lookAboard looks at every held chat a few times within the time after which
// lag shows, as long as we are the sender.
func (d *Desk) lookAboard(ctx context.Context) {
	var since time.Time
	for d.sleep(ctx, d.c.LagAfter/5) {
		if !d.maySend() {
			continue
		}
		if gained := d.lease.gained(); !gained.Equal(since) {
			if err := d.recallBehind(ctx); err != nil {
				d.log.Warn("slack: cannot read which cards are behind", "error", err)
				continue
			}
			since = gained
		}
		if err := d.lookOnce(ctx); err != nil && ctx.Err() == nil {
			d.log.Warn("slack: cannot look at held chats", "error", err)
		}
	}
}

// recallBehind takes over what the sender before us had shown.
func (d *Desk) recallBehind(ctx context.Context) error {
	s, err := d.store.Mark(ctx, behindMark)
	if err != nil {
		return err
	}
	var ids []bridge.ConversationID
	if s != "" {
		if err := json.Unmarshal([]byte(s), &ids); err != nil {
			return err
		}
	}
	d.aboard.mu.Lock()
	defer d.aboard.mu.Unlock()
	d.aboard.behind = map[bridge.ConversationID]bool{}
	for _, id := range ids {
		d.aboard.behind[id] = true
	}
	d.aboard.shown = map[bridge.ConversationID]glance{}
	return nil
}

func (d *Desk) lookOnce(ctx context.Context) error {
	now := d.c.Clock.Now()
	held, err := d.store.Held(ctx, maxRead)
	if err != nil {
		return err
	}
	backlog, err := d.store.Backlog(ctx, now)
	if err != nil {
		return err
	}
	d.aboard.mu.Lock()
	was := map[bridge.ConversationID]bool{}
	for id := range d.aboard.behind {
		was[id] = true
	}
	d.aboard.mu.Unlock()

	is := map[bridge.ConversationID]bool{}
	if backlog.Oldest > d.c.LagAfter {
		for _, c := range held {
			_, oldest, err := d.store.Behind(ctx, c.Conversation.ID, now)
			if err != nil {
				return err
			}
			if oldest > d.c.LagAfter {
				is[c.Conversation.ID] = true
			}
		}
	}
	if err := d.showLag(ctx, was, is); err != nil {
		return err
	}
	return d.showSeen(ctx, held)
}

// showLag redraws the cards of chats that have begun or ceased to lag.
func (d *Desk) showLag(ctx context.Context, was, is map[bridge.ConversationID]bool) error {
	var changed, all []bridge.ConversationID
	for id := range is {
		all = append(all, id)
		if !was[id] {
			changed = append(changed, id)
		}
	}
	for id := range was {
		if !is[id] {
			changed = append(changed, id)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	slices.Sort(all)
	list, err := json.Marshal(all)
	if err != nil {
		return err
	}
	d.aboard.mu.Lock()
	d.aboard.behind = is
	d.aboard.mu.Unlock()
	for _, id := range changed {
		if err := d.store.Redraw(ctx, id, d.c.Clock.Now()); err != nil {
			d.aboard.mu.Lock()
			d.aboard.behind = was // try again at the next look
			d.aboard.mu.Unlock()
			return err
		}
	}
	return d.store.SetMark(ctx, behindMark, string(list))
}

// showSeen redraws cards on which the visitor's eyes have moved, each of them
// seldom, and only while half of the budget for updates is free.
func (d *Desk) showSeen(ctx context.Context, held []bridge.Case) error {
	live := map[bridge.ConversationID]glance{}
	for _, c := range held {
		id := c.Conversation.ID
		d.aboard.mu.Lock()
		g, known := d.aboard.shown[id]
		d.aboard.mu.Unlock()
		now := d.c.Clock.Now()
		if !known {
			// The card may be from before our time, and is looked at in its turn.
			g.at = now
		}
		live[id] = g
		if now.Sub(g.at) < d.c.SeenEvery || d.limit.of("chat.update").waitFor(now, updateBurst/2) > 0 {
			continue
		}
		seen, err := d.seen(ctx, c.Conversation)
		if err != nil {
			return err
		}
		where := d.presence.of(id, now)
		if seen == g.seen && where == g.where {
			continue
		}
		if err := d.store.Redraw(ctx, id, now); err != nil {
			return err
		}
		live[id] = glance{seen: seen, where: where, at: now}
	}
	d.aboard.mu.Lock()
	defer d.aboard.mu.Unlock()
	for id, g := range live {
		if newer, ok := d.aboard.shown[id]; ok && newer.at.After(g.at) {
			live[id] = newer
		}
	}
	d.aboard.shown = live
	return nil
}

// seen tells whether the visitor has seen every line that is not their own.
func (d *Desk) seen(ctx context.Context, c bridge.Conversation) (sight, error) {
	if c.VisitorSeen == 0 {
		return sightUnknown, nil // their page has not said anything yet
	}
	for after := c.VisitorSeen; after < c.Seq; {
		list, err := d.store.Messages(ctx, c.ID, after, 50)
		if err != nil || len(list) == 0 {
			return sightAll, err
		}
		for _, m := range list {
			if m.Author.Kind != bridge.ByVisitor && !m.Deleted {
				return sightNotAll, nil
			}
			after = m.Seq
		}
	}
	return sightAll, nil
}

// notes are what rides along on the card of a held chat; drawing it counts as
// showing it.
func (d *Desk) notes(ctx context.Context, c bridge.Conversation) ([]string, error) {
	if c.Status != bridge.Assigned {
		return nil, nil
	}
	var out []string
	d.aboard.mu.Lock()
	behind := d.aboard.behind[c.ID]
	d.aboard.mu.Unlock()
	now := d.c.Clock.Now()
	if behind {
		n, _, err := d.store.Behind(ctx, c.ID, now)
		if err != nil {
			return nil, err
		}
		if n == 1 {
			out = append(out, "⏳ Catching up (1 line)")
		} else if n > 1 {
			out = append(out, fmt.Sprintf("⏳ Catching up (%d lines)", n))
		}
	}
	seen, err := d.seen(ctx, c)
	if err != nil {
		return nil, err
	}
	if s := seen.String(); s != "" {
		out = append(out, s)
	}
	where := d.presence.of(c.ID, now)
	if s := where.String(); s != "" {
		out = append(out, s)
	}
	d.aboard.mu.Lock()
	defer d.aboard.mu.Unlock()
	if d.aboard.shown == nil {
		d.aboard.shown = map[bridge.ConversationID]glance{}
	}
	d.aboard.shown[c.ID] = glance{seen: seen, where: where, at: now}
	return out, nil
}
