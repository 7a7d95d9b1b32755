package slackapp

import (
	"context"
	"encoding/json"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// maxHeld bounds how many held conversations are caught up at once.
const maxHeld = 500

// catchUp reads the threads of held conversations back after every new
// connection: what was written while nobody listened may never be sent again.
func (a *App) catchUp(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.gap:
		}
		for wait := time.Second; ; wait = min(2*wait, time.Minute) {
			err := a.catchUpOnce(ctx)
			if err == nil || ctx.Err() != nil {
				break
			}
			a.log.Warn("slack: cannot catch up yet", "error", err)
			if f := judge(err); f.kind == rateLimited {
				wait = max(wait, f.wait)
			}
			if !a.d.sleep(ctx, wait) {
				return
			}
		}
	}
}

func (a *App) catchUpOnce(ctx context.Context) error {
	held, err := a.d.store.Held(ctx, maxHeld)
	if err != nil {
		return err
	}
	for _, c := range held {
		if c.Conversation.Thread.IsZero() {
			continue
		}
		if err := a.readBack(ctx, c.Conversation.Thread); err != nil {
			if f := judge(err); f.kind == channelTrouble || f.kind == subjectGone {
				a.log.Warn("slack: a held thread cannot be read back", "conversation", c.Conversation.ID, "error", err)
				continue
			}
			return err
		}
	}
	return nil
}

// readBack reads a thread whole and puts lines that were never handled into
// the inbox, as if they had been heard.
func (a *App) readBack(ctx context.Context, root bridge.Place) error {
	var lines []notice
	cursor := ""
	for {
		msgs, next, err := a.d.page(ctx, root.Channel, root.Stamp, "", cursor)
		if err != nil {
			return err
		}
		for i := range msgs {
			if n, ok := lateLine(root, &msgs[i]); ok {
				lines = append(lines, n)
			}
		}
		if next == "" {
			break
		}
		cursor = next
	}
	if len(lines) == 0 {
		return nil
	}
	keys := make([]string, len(lines))
	for i, n := range lines {
		keys[i] = n.Channel + ":" + n.Stamp
	}
	known, err := a.d.store.KnownLines(ctx, keys)
	if err != nil {
		return err
	}
	for i, n := range lines {
		if known[keys[i]] {
			continue
		}
		if err := a.heardLate(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func lateLine(root bridge.Place, m *slack.Message) (notice, bool) {
	switch m.SubType {
	case "", slack.MsgSubTypeFileShare, slack.MsgSubTypeThreadBroadcast:
	default:
		return notice{}, false
	}
	if m.Timestamp == root.Stamp || m.BotID != "" || m.User == "" {
		return notice{}, false
	}
	n := notice{
		Kind: noteLine, Channel: root.Channel, Thread: root.Stamp, Stamp: m.Timestamp, At: m.Timestamp,
		User: m.User, Text: m.Text,
	}
	for _, f := range m.Files {
		n.Files = append(n.Files, f.Name)
	}
	return n, true
}

func (a *App) heardLate(ctx context.Context, n notice) error {
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	e := bridge.Envelope{
		Key: lineEnvelopeKey(n.Channel, n.Stamp), Order: n.Channel + ":" + n.Thread, Stamp: n.Stamp,
		Kind: noteLine, Payload: body, ReceivedAt: a.d.c.Clock.Now(),
	}
	fresh, err := a.inbox.Receive(ctx, e)
	if err != nil {
		return err
	}
	if fresh {
		a.log.Info("slack: found a line that was never heard", "key", e.Key)
		a.queue.add(e)
	}
	return nil
}
