package slackapp

import (
	"context"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

const (
	// statusMethod shows a line below a thread: "Threadline sees the visitor
	// typing…" (Slack: assistant.threads.setStatus; it goes by itself with our
	// next post to the thread, or after two minutes).
	statusMethod = "assistant.threads.setStatus"
	typingStatus = "sees the visitor typing…"
	// typingFor is how long one sign of typing counts; the widget repeats it
	// every 3 s while the visitor goes on.
	typingFor = 8 * time.Second
	// typingAgain is when a status that lasts is set again.
	typingAgain = 90 * time.Second
	// typingQuiet is for how long nothing is tried where Slack does not offer
	// the method to this app or channel.
	typingQuiet = time.Hour
)

// typists are the visitors who type. Only the newest wish of each counts, and
// nothing of it is kept: it is never worth a post's budget or anybody's wait.
type typists struct {
	mu    sync.Mutex
	by    map[bridge.ConversationID]*typist
	quiet time.Time // nothing is tried before
}

type typist struct {
	on   bool
	last time.Time // the newest sign
	set  time.Time // when the status was set; zero if it is not
}

// maxTypists bounds how many are remembered; more are let go.
const maxTypists = 1000

// Sign implements the part of [bridge.Feed] that the desk shows: whether the
// visitor types, and how many streams of theirs are open. It never blocks.
func (d *Desk) Sign(s bridge.Sign) {
	now := d.c.Clock.Now()
	switch s.Kind {
	case bridge.SignVisitor:
		d.typists.note(s.Conversation, s.On, now)
	case bridge.SignStreams:
		d.presence.note(s, now)
	}
}

func (t *typists) note(id bridge.ConversationID, on bool, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.by[id]
	if x == nil {
		if !on || len(t.by) >= maxTypists || now.Before(t.quiet) {
			return
		}
		if t.by == nil {
			t.by = map[bridge.ConversationID]*typist{}
		}
		x = &typist{}
		t.by[id] = x
	}
	x.on, x.last = on, now
}

// next is a conversation whose status is not what it should be, and what it
// should be. What has faded is forgotten.
func (t *typists) next(now time.Time) (id bridge.ConversationID, on, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, x := range t.by {
		types := x.on && now.Sub(x.last) < typingFor
		switch {
		case types && now.Sub(x.set) >= typingAgain:
			return id, true, true
		case !types && !x.set.IsZero():
			return id, false, true
		case !types:
			delete(t.by, id)
		}
	}
	return "", false, false
}

// shown notes that a status was set or cleared. A sign that came while Slack was
// asked stands: the next look sees to it.
func (t *typists) shown(id bridge.ConversationID, on bool, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if x := t.by[id]; x != nil {
		x.set = time.Time{}
		if on {
			x.set = now
		}
	}
}

// forget lets go of a visitor whose typing cannot be shown; their next sign is
// tried anew.
func (t *typists) forget(id bridge.ConversationID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.by, id)
}

func (t *typists) hush(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.quiet = until
	clear(t.by)
}

// posted notes that our post to a thread took its status away.
func (t *typists) posted(id bridge.ConversationID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if x := t.by[id]; x != nil {
		x.set, x.on = time.Time{}, false
	}
}

// showTyping sets and clears statuses as the sender for the workspace.
func (d *Desk) showTyping(ctx context.Context) {
	for d.sleep(ctx, 200*time.Millisecond) {
		id, on, ok := d.typists.next(d.c.Clock.Now())
		if !ok {
			continue
		}
		if !d.maySend() {
			d.typists.forget(id)
			continue
		}
		b := d.limit.of(statusMethod)
		if b.wait(d.c.Clock.Now()) > 0 {
			continue
		}
		c, err := d.store.Conversation(ctx, id)
		if err != nil || c.Thread.IsZero() || on && c.Status != bridge.Assigned {
			d.typists.forget(id)
			continue
		}
		b.take(d.c.Clock.Now())
		d.setStatus(ctx, c, on)
	}
}

func (d *Desk) setStatus(ctx context.Context, c bridge.Conversation, on bool) {
	status := ""
	if on {
		status = typingStatus
	}
	bounded, cancel := d.call(ctx)
	defer cancel()
	err := d.api.SetAssistantThreadsStatusContext(bounded, slack.AssistantThreadsSetStatusParameters{
		ChannelID: d.called(c.Thread.Channel), ThreadTS: c.Thread.Stamp, Status: status,
	})
	now := d.c.Clock.Now()
	if err == nil {
		d.typists.shown(c.ID, on, now)
		return
	}
	switch f := judge(err); f.kind {
	case rateLimited:
		d.limit.of(statusMethod).park(now.Add(f.wait))
		return
	case outcomeUnknown, notSent, channelTrouble, notInChannel, threadGone, subjectGone:
	default:
		d.typists.hush(now.Add(typingQuiet))
		d.log.Info("slack: cannot show that a visitor types; not trying for a while", "error", err)
	}
	d.typists.forget(c.ID)
}
