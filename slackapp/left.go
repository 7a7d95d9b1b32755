package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// errStillLive: a post that a chat is leaving is still the one to read.
var errStillLive = errors.New("the chat has no other root yet")

// leave makes a root or an alert that is no longer live say where its chat goes
// on. It carries no button any more.
func (d *Desk) leave(ctx context.Context, row bridge.Delivery) error {
	var b bridge.LeftBody
	if err := json.Unmarshal(row.Body, &b); err != nil {
		return composeError{fmt.Errorf("%w: %w", errUnfit, err)}
	}
	d.cards.Lock()
	defer d.cards.Unlock()
	c, err := d.store.Conversation(ctx, row.Conversation)
	if err != nil {
		return composeError{err}
	}
	if c.Thread == c.Left {
		return composeError{errStillLive}
	}
	if err := d.askClosed(b.Place.Channel); err != nil {
		return err
	}
	m := threadMeta(c.ID, d.marks.of(b.Place, row.ID))
	if b.Handoff != "" {
		m = alertMeta(c.ID, b.Handoff, d.marks.of(b.Place, row.ID))
	}
	now, err := d.leftCard(ctx, c, b.Closed)
	if err != nil {
		return composeError{err}
	}
	return d.noteClosed(ctx, b.Place.Channel, d.update(ctx, b.Place, now.text, now.blocks, m))
}

// retire makes a root that catch-up found link on. It waits for its turn, and
// the next catch-up finds what fails.
func (d *Desk) retire(ctx context.Context, c bridge.Conversation, at bridge.Place, id bridge.DeliveryID) error {
	for w := d.limit.of("chat.update").wait(d.c.Clock.Now()); w > 0; w = d.limit.of("chat.update").wait(d.c.Clock.Now()) {
		if !d.sleep(ctx, w) {
			return ctx.Err()
		}
	}
	d.cards.Lock()
	defer d.cards.Unlock()
	now, err := d.leftCard(ctx, c, false)
	if err != nil {
		return err
	}
	return d.update(ctx, at, now.text, now.blocks, threadMeta(c.ID, id))
}

func (d *Desk) leftCard(ctx context.Context, c bridge.Conversation, closed bool) (card, error) {
	v, err := d.visitor(ctx, c.VisitorID)
	if err != nil {
		return card{}, err
	}
	return drawLeft(visitorName(v), d.permalink(ctx, c.Thread), closed), nil
}

// drawLeft lays out what is left behind; it is pure.
func drawLeft(visitor, link string, closed bool) card {
	title := "💬 " + visitor
	text := "➡️ *This chat goes on in another thread.* What you write here reaches it too."
	if closed {
		text = "➡️ *This chat goes on in another channel,* because this one took no posts. What you write here reaches it too."
	}
	if link != "" {
		text += " <" + link + "|Open it there>"
	}
	return card{text: escape(title) + "\n" + text, blocks: []slack.Block{header(title), ours(text)}}
}

// tellReopened says in a channel that it takes posts again. It is one post
// however many chats had left, and is looked for before it is tried again.
func (d *Desk) tellReopened(ctx context.Context, row bridge.Delivery) error {
	var b bridge.ReopenedBody
	if err := json.Unmarshal(row.Body, &b); err != nil {
		return composeError{fmt.Errorf("%w: %w", errUnfit, err)}
	}
	channel := b.Channel
	if channel == "" {
		var err error
		if channel, err = d.beginIn(ctx, b.Route); err != nil {
			return err
		}
	}
	if err := d.askClosed(channel); err != nil {
		return err
	}
	if row.Attempts > 1 {
		found, err := d.search(ctx, row, channel, "", nil)
		if err != nil || !found.IsZero() {
			return d.noteClosed(ctx, channel, err)
		}
	}
	other := "another channel"
	if id, err := d.channel(ctx, b.To); err == nil {
		other = "<#" + d.called(id) + ">"
	}
	text := "🟢 This channel takes posts again. Chats that needed a person meanwhile went on in " + other +
		" and stay there; their threads here say where. New ones come here again."
	_, err := d.post(ctx, post{
		channel: channel, text: text, blocks: []slack.Block{ours(text)},
		metadata: meta(metaNote, row.ID, map[string]any{"conversation_id": string(row.Conversation)}),
	})
	return d.noteClosed(ctx, channel, err)
}

// errClosed: the channel refused posts a moment ago.
type errClosed struct{ channel, why string }

func (e errClosed) Error() string { return e.why }

// askClosed refuses while a channel is known to take no posts.
func (d *Desk) askClosed(channel string) error {
	if w, why := d.closed.wait(channel, d.c.Clock.Now()); w > 0 {
		return errClosed{channel, why}
	}
	return nil
}

// noteClosed remembers what a call taught us about a channel.
func (d *Desk) noteClosed(ctx context.Context, channel string, err error) error {
	switch {
	case err == nil:
		if d.closed.open(channel) {
			d.outside()
		}
	case judge(err).kind == notInChannel && d.join(ctx, d.called(channel)) == nil:
		return errClosed{channel, err.Error()} // it goes at the next attempt
	case isChannelTrouble(err):
		d.closed.shut(channel, err.Error(), d.c.Clock.Now(), rand.Float64())
		return errClosed{channel, err.Error()}
	}
	return err
}
