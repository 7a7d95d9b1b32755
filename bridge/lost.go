package bridge

import (
	"strconv"
	"unicode/utf8"
)

// ThreadLost: somebody deleted the root post of the conversation's thread. Void
// unless Root is the present one. The chat goes on in a new thread, which
// begins with what was said.
type ThreadLost struct {
	Conversation ConversationID
	Root         Place
	// Left says that the replies still stand under what is left of the root.
	Left bool
}

func (e ThreadLost) query() Query {
	return Query{Key: "lost:" + e.Root.Channel + ":" + e.Root.Stamp, Conversation: e.Conversation, KeepIfDone: true}
}

func (e ThreadLost) decide(d *decision) {
	if !d.c.Begun() || e.Root.IsZero() || d.c.Thread != e.Root {
		d.verdict(Stale)
		return
	}
	d.putRoot(d.priority())
	said, left := d.mirrored()
	text := "Somebody deleted the first post of this chat in Slack, so it goes on here. The visitor has noticed nothing."
	switch {
	case len(said) > 0 && left:
		text += " The newest " + strconv.Itoa(len(said)) + " lines were:"
	case len(said) > 0:
		text += " What was said:"
	}
	chunks := [][]LineBody{nil}
	size := 0
	for _, l := range said {
		n := utf8.RuneCountInString(l.Text) + labelRunes
		last := len(chunks) - 1
		if len(chunks[last]) > 0 && (size+n > BatchRunes || len(chunks[last]) == BatchLines) {
			chunks, last, size = append(chunks, nil), last+1, 0
		}
		chunks[last], size = append(chunks[last], l), size+n
	}
	for i, c := range chunks {
		n := NoteBody{Lines: c}
		if i == 0 {
			n.Text = text
		}
		// Before everything that waits for the thread: it was said before.
		d.put(Delivery{Lane: LanePost, Kind: KindNote, Priority: d.priority(), Rank: RankRoot, Body: body(n)})
	}
	if d.c.Status == Queued && d.h != nil && d.h.Alerted && !e.Left {
		d.alert()
	}
}

// mirrored are the newest public lines that the desk has seen, oldest first;
// left says that there are more.
func (d *decision) mirrored() (lines []LineBody, left bool) {
	seen := d.state.Recent
	for _, m := range seen {
		if m.Deleted || m.Stamp == "" {
			continue
		}
		lines = append(lines, lineBody(m, ""))
	}
	return lines, len(seen) > 0 && seen[0].Seq > 1
}
