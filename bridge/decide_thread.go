package bridge

import (
	"cmp"
	"strings"
	"time"
)

// putRoot asks for a root in the conversation's channel.
func (d *decision) putRoot(priority int) {
	d.put(Delivery{
		Lane: LanePost, Key: rootKey(d.c), Kind: KindRoot,
		Subject: string(d.c.ID), Priority: priority, Rank: RankRoot, Body: body(RootBody{}),
	})
}

// rootKey tells the roots of a conversation in several channels apart.
func rootKey(c Conversation) string {
	if c.Route == "" {
		return "root:" + string(c.ID)
	}
	return "root:" + string(c.ID) + ":" + string(c.Route)
}

// LineDelivery mirrors a public message, whoever wrote it.
func LineDelivery(m Message, priority int, now time.Time) Delivery {
	return Delivery{
		Lane: LanePost, Kind: KindLine, Conversation: m.Conversation, Subject: string(m.ID), Priority: priority,
		Rank: RankLine, Body: body(lineBody(m, "")), Due: now, CreatedAt: now,
	}
}

// MirrorOf is all that mirrors a public message: its line, and behind it the
// files that a visitor sent.
func MirrorOf(m Message, priority int, now time.Time) []Delivery {
	out := []Delivery{LineDelivery(m, priority, now)}
	for _, f := range visitorFiles(m, priority) {
		f.Conversation, f.Due, f.CreatedAt = m.Conversation, now, now
		out = append(out, f)
	}
	return out
}

func lineBody(m Message, page string) LineBody {
	return LineBody{Seq: m.Seq, Kind: m.Author.Kind, Name: m.Author.Name, Text: m.Text, Source: m.Sources, Page: page, Files: m.Attachments}
}

// quieten stops the mirror where the site wants a card alone for chats that
// nobody but the assistant answers.
func (d *decision) quieten() {
	if d.site.Mirror == MirrorCard && !d.c.Quiet {
		d.c.Quiet, d.c.QuietAfter = true, d.c.Seq
		d.dirty = true
	}
}

// speakUp mirrors what a quiet thread has not shown, and every line from now on.
func (d *decision) speakUp() {
	if !d.c.Quiet {
		return
	}
	d.c.Quiet = false
	if d.c.Seq > d.c.QuietAfter {
		d.out.Replay = &Replay{After: d.c.QuietAfter, To: d.c.Seq, Priority: d.priority()}
	}
}

// decide moves the thread of somebody who waits for a person or has one: a new
// root in the other channel with the whole transcript, and the alert or a word
// to the holder. Of what was on its way to the old thread, notes follow. The
// old root and alert link on as soon as their channel lets them.
func (e ThreadMoved) decide(d *decision) {
	pending := d.c.Thread == d.c.Left // the root of an earlier move is not posted yet
	if d.c.Status != Queued && d.c.Status != Assigned || d.c.Route != e.From || d.c.Thread != e.Root || e.To == e.From && pending {
		d.verdict(Stale)
		return
	}
	d.cancel(LanePost, rootKey(d.c))
	old := d.c.Thread
	if pending {
		old = Place{} // moved again before the root it was to get was posted
	}
	d.c.Route = e.To
	if !old.IsZero() {
		d.c.Left = old
	}
	d.dirty = true
	d.out.Replay = &Replay{To: d.c.Seq, Anew: true, Priority: d.priority()}
	d.putRoot(0)
	if d.h != nil && d.h.Alerted {
		d.moveAlert()
	}
	note := NoteBody{Text: "This chat goes on here, because its channel takes no posts.", Link: old}
	if d.c.Status == Assigned {
		note.Call = []AgentID{d.c.Holder}
	}
	d.put(Delivery{Lane: LanePost, Kind: KindNote, Priority: 0, Rank: RankAlert, Body: body(note)})
	if !old.IsZero() {
		d.linkOn(old, "")
	}
	d.put(Delivery{
		Lane: LaneCard, Key: "reopened:" + cmp.Or(old.Channel, string(e.From)), Kind: KindReopened, Priority: 2,
		Body: body(ReopenedBody{Channel: old.Channel, Route: e.From, To: e.To}),
	})
}

// moveAlert posts the alert again in the other channel.
func (d *decision) moveAlert() {
	if !d.h.Alert.IsZero() {
		d.linkOn(d.h.Alert, d.h.ID)
	}
	d.alert()
}

// linkOn makes a post that is no longer live say where the chat goes on.
func (d *decision) linkOn(p Place, h HandoffID) {
	d.put(Delivery{
		Lane: LaneCard, Key: "left:" + p.Channel + ":" + p.Stamp, Kind: KindLeft, Subject: string(d.c.ID), Priority: 3,
		Body: body(LeftBody{Place: p, Handoff: h}),
	})
}

// alertLeft reports whether the handoff's alert stands in the channel that its
// conversation has left.
func (d *decision) alertLeft() bool {
	return !d.h.Alert.IsZero() && d.h.Alert.Channel == d.c.Left.Channel
}

// inOtherChannel reports whether a line stands in another channel than the
// live thread.
func (d *decision) inOtherChannel(line string) bool {
	channel, _, _ := strings.Cut(line, ":")
	return !d.c.Left.IsZero() && !d.c.Thread.IsZero() && channel != d.c.Thread.Channel
}
