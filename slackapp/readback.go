package slackapp

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// readBack reads a conversation's thread whole and puts what was missed into
// the inbox, as if it had been heard: lines, edits and deletions. It reports
// false if the thread cannot be read at present.
func (a *App) readBack(ctx context.Context, c bridge.Conversation) (bool, error) {
	// What is known before the read began and is missing in it is gone.
	lines, err := a.d.store.Lines(ctx, c.ID)
	if err != nil {
		return false, err
	}
	// The chat may have gone on in another thread since it was listed; lines
	// that are known by now stand in the one that is live by now.
	if c, err = a.d.store.Conversation(ctx, c.ID); err != nil {
		return false, err
	}
	var written []notice
	stands := map[string]bool{}
	headless := false // the root was deleted, what hangs under it was not
	var checked []string
	err = a.readAll(ctx, c.Thread.Channel, c.Thread.Stamp, "", func(m *slack.Message) {
		if m.SubType == tombstone && m.Timestamp != c.Thread.Stamp {
			return
		}
		headless = headless || m.SubType == tombstone
		if m.Timestamp == c.Thread.Stamp {
			checked = checkedBy(m)
		}
		stands[m.Timestamp] = true
		if n, ok := lateLine(c.Thread, m); ok {
			written = append(written, n)
		}
	})
	if err != nil {
		switch judge(err).kind {
		case threadGone, subjectGone:
			return true, a.threadLost(ctx, c, false)
		case channelTrouble, notInChannel:
			a.d.noteError("read a thread back", err)
			if ferr := a.d.follow(ctx, c.Route, c.Thread.Channel, c.Thread.Stamp); ferr != nil {
				a.log.Debug("slack: cannot look for the channel", "error", ferr)
			}
			return false, nil
		}
		return false, err
	}
	if err := a.unheard(ctx, c.Thread, lines, written); err != nil {
		return false, err
	}
	if err := a.vanished(ctx, c.Thread, lines, stands); err != nil {
		return false, err
	}
	if err := a.checkedLate(ctx, c, checked); err != nil || !headless {
		return true, err
	}
	return true, a.threadLost(ctx, c, len(stands) > 1)
}

// maxLeft is how many of the newest threads that a chat has left are read back.
const maxLeft = 5

// readLeft reads the threads that a chat has left, for lines that were written
// there while nothing listened. One that cannot be read is no news.
func (a *App) readLeft(ctx context.Context, c bridge.Conversation) error {
	if c.Left.IsZero() {
		return nil
	}
	roots, err := a.d.store.Roots(ctx, c.ID, maxLeft+1)
	if err != nil {
		return err
	}
	lines, err := a.d.store.Lines(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, root := range roots {
		if root == c.Thread {
			continue
		}
		if err := a.readFormer(ctx, root, lines); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) readFormer(ctx context.Context, root bridge.Place, lines []bridge.Line) error {
	var written []notice
	err := a.readAll(ctx, root.Channel, root.Stamp, "", func(m *slack.Message) {
		if n, ok := lateLine(root, m); ok {
			written = append(written, n)
		}
	})
	if err != nil {
		switch judge(err).kind {
		case threadGone, subjectGone, channelTrouble, notInChannel:
			return nil
		}
		return err
	}
	return a.unheard(ctx, root, lines, written)
}

const tombstone = "tombstone"

// lateLine is what a person wrote, as a thread shows it later. At is the
// instant of its newest edit, or that of the line.
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
		User: m.User, Text: m.Text, Rich: richRead(m),
	}
	if m.Edited != nil && m.Edited.Timestamp > m.Timestamp {
		n.At = m.Edited.Timestamp
		n.User = firstOf(m.Edited.User, m.User)
	}
	for _, f := range m.Files {
		n.Files = append(n.Files, sharedOf(f))
	}
	return n, true
}

// richRead is the message's rich text, as it came.
func richRead(m *slack.Message) json.RawMessage {
	if len(m.Blocks.BlockSet) != 1 {
		return nil
	}
	raw, err := json.Marshal(m.Blocks.BlockSet[0])
	if err != nil {
		return nil
	}
	return richBlock([]json.RawMessage{raw})
}

// unheard keeps lines that were never handled, and edits that are newer than
// what is known.
func (a *App) unheard(ctx context.Context, root bridge.Place, lines []bridge.Line, written []notice) error {
	keys := make([]string, len(written))
	for i, n := range written {
		keys[i] = n.Channel + ":" + n.Stamp
	}
	known, err := a.d.store.KnownLines(ctx, keys)
	if err != nil {
		return err
	}
	by := map[string]bridge.Line{}
	for _, l := range lines {
		by[l.Stamp] = l
	}
	for i, n := range written {
		l, seen := by[n.Stamp]
		if !known[keys[i]] && (!seen || l.Standing == bridge.Awaited) {
			n.Kind = noteLine
			if err := a.heardLate(ctx, root, lineEnvelopeKey(n.Channel, n.Stamp), n.Stamp, n); err != nil {
				return err
			}
			continue
		}
		if !seen || l.Standing == bridge.Withdrawn {
			continue
		}
		text, _ := a.public(ctx, n)
		edited := n.At > l.Edited && n.At != n.Stamp && text != l.Text
		if !edited && !lostFile(l, n) {
			continue
		}
		if !edited {
			// A file that is taken away leaves no mark of an edit.
			n.At = a.d.clock.now(a.d.c.Clock.Now())
		}
		n.Kind = noteEdit
		if err := a.heardLate(ctx, root, editEnvelopeKey(n.Channel, n.Stamp, n.At), n.At, n); err != nil {
			return err
		}
	}
	return nil
}

// lostFile reports whether a line was known with a file that it no longer has.
func lostFile(l bridge.Line, n notice) bool {
	for _, f := range l.Files {
		if !slices.ContainsFunc(standing(n.Files), func(s sharedFile) bool { return s.ID == f.ID }) {
			return true
		}
	}
	return false
}

// vanished keeps a deletion for every line that the thread no longer has. A
// very new line may not be shown to readers yet, so it is left for later.
func (a *App) vanished(ctx context.Context, root bridge.Place, lines []bridge.Line, stands map[string]bool) error {
	if !stands[root.Stamp] {
		return nil // without its root it is no read of the thread
	}
	now := a.d.c.Clock.Now()
	settled := stampOf(now.Add(-a.d.c.DoubtAfter))
	for _, l := range lines {
		if stands[l.Stamp] || l.Stamp > settled || l.Stamp < root.Stamp || l.Elsewhere {
			continue
		}
		switch l.Standing {
		case bridge.Public, bridge.Held, bridge.Internal, bridge.Delayed:
		default:
			continue
		}
		channel, stamp, ok := strings.Cut(l.Key, ":")
		if !ok {
			continue
		}
		at := a.d.clock.now(now)
		n := notice{Kind: noteDelete, Channel: channel, Stamp: stamp, At: at}
		if err := a.heardLate(ctx, root, deleteEnvelopeKey(channel, stamp), at, n); err != nil {
			return err
		}
	}
	return nil
}

// heardLate puts what was missed into the inbox.
func (a *App) heardLate(ctx context.Context, root bridge.Place, key, stamp string, n notice) error {
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	e := bridge.Envelope{
		Key: key, Order: root.Channel + ":" + root.Stamp, Stamp: stamp,
		Kind: n.Kind, Payload: body, ReceivedAt: a.d.c.Clock.Now(),
	}
	fresh, err := a.inbox.Receive(ctx, e)
	if err != nil {
		return err
	}
	if fresh {
		a.log.Info("slack: found what was never heard", "key", e.Key)
		a.queue.add(e)
	}
	return nil
}
