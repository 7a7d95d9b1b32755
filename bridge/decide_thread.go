package bridge

import (
	"cmp"
	"slices"
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

func rootKey(c Conversation) string { return inRoute("root:"+string(c.ID), c.Route) }

// inRoute tells posts of one kind in several channels apart: one that is on its
// way to the former is not what the present one needs.
func inRoute(key string, r Route) string {
	if r == "" {
		return key
	}
	return key + ":" + string(r)
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

// decide moves the thread of somebody who waits for a person or has one, and
// lets the team know as soon as the channel takes posts again.
func (e ThreadMoved) decide(d *decision) {
	pending := d.c.Thread == d.c.Left // the root of an earlier move is not posted yet
	if d.c.Status != Queued && d.c.Status != Assigned || d.c.Route != e.From || d.c.Thread != e.Root || e.To == e.From && pending {
		d.verdict(Stale)
		return
	}
	old := d.moveTo(e.To, "This chat goes on here, because its channel takes no posts.", true)
	d.put(Delivery{
		Lane: LaneCard, Key: "reopened:" + cmp.Or(old.Channel, string(e.From)), Kind: KindReopened, Priority: 2,
		Body: body(ReopenedBody{Channel: old.Channel, Route: e.From, To: e.To}),
	})
}

// moveTo makes the chat go on in another channel: a new root with the whole
// transcript, and the alert or a word to the holder. Of what was on its way to
// the old thread, notes follow. The old root and alert link on as soon as their
// channel lets them; closed says that it takes no posts. It returns the thread
// that is left, zero if there is none or it was left before.
func (d *decision) moveTo(to Route, why string, closed bool) Place {
	moved := "moved:" + string(d.c.ID)
	d.cancel(LanePost, rootKey(d.c))
	d.cancel(LanePost, inRoute(moved, d.c.Route))
	if d.h != nil {
		d.cancel(LanePost, inRoute("alert:"+string(d.h.ID), d.c.Route))
	}
	old := d.c.Thread
	if old == d.c.Left {
		old = Place{} // the root of an earlier move is not posted yet
	}
	d.c.Route = to
	if !old.IsZero() {
		d.c.Left = old
	}
	d.c.Quiet = false
	d.dirty = true
	// The replay has what this event has said so far.
	d.out.Deliveries = slices.DeleteFunc(d.out.Deliveries, func(o Delivery) bool {
		return o.Lane == LanePost && (o.Kind == KindLine || o.Kind == KindFile)
	})
	d.out.Replay = &Replay{To: d.c.Seq, Anew: true, Priority: d.priority()}
	d.putRoot(0)
	if d.h != nil && d.h.Alerted {
		if !d.h.Alert.IsZero() {
			d.linkOn(d.h.Alert, d.h.ID, closed && !old.IsZero())
		}
		d.alert()
	}
	note := NoteBody{Text: why, Link: d.c.Left}
	if d.c.Status == Assigned {
		note.Call = []AgentID{d.c.Holder}
	}
	if closed || !d.c.Left.IsZero() {
		d.put(Delivery{Lane: LanePost, Key: inRoute(moved, to), Kind: KindNote, Priority: 0, Rank: RankAlert, Body: body(note)})
	}
	if !old.IsZero() {
		d.linkOn(old, "", closed)
	}
	return old
}

// decide makes the root one that the chat has left, whether or not the next one
// is posted yet.
func (e RootTurnedUp) decide(d *decision) {
	if !d.c.Begun() || e.Root.IsZero() || e.Root == d.c.Left {
		d.verdict(Stale)
		return
	}
	if d.c.Left.IsZero() || d.c.Thread == e.Root {
		d.c.Left = e.Root
		d.dirty = true
	}
	d.linkOn(e.Root, "", false)
}

// followTeam takes a chat that waits for a team to where that team looks: into
// its own channel, or out of another team's into the site's. Where that is
// known to take no posts, the chat waits where it stands.
func (d *decision) followTeam() {
	team := d.setup.Team(d.h.Team)
	to := routeOf(team.Channel)
	if to == "" {
		if !d.amongAnotherTeam() {
			return
		}
		to = d.site.RouteFor(d.c.ID, d.c.PageURL)
	}
	id := d.channelOf(to)
	if id == "" || id == d.channelOf(d.c.Route) {
		return
	}
	d.moveTo(to, "This chat goes on here, where "+team.Name+" takes care of it.", false)
}

// amongAnotherTeam reports whether the chat stands in a team's channel that is
// none of its site's.
func (d *decision) amongAnotherTeam() bool {
	here := d.channelOf(d.c.Route)
	of := func(channel string) bool { return channel != "" && d.channelOf(routeOf(channel)) == here }
	return slices.ContainsFunc(d.setup.Teams, func(t Team) bool { return of(t.Channel) }) &&
		!slices.ContainsFunc(d.site.Routes(), func(r Route) bool { return d.channelOf(r) == here })
}

// channelOf names the channel of a route in the way of the desk; empty if it is
// known to take no posts.
func (d *decision) channelOf(r Route) string {
	if id, ok := d.channels[r]; ok {
		return id
	}
	return "route:" + string(r)
}

// linkOn makes a post that is no longer live say where the chat goes on.
func (d *decision) linkOn(p Place, h HandoffID, closed bool) {
	d.put(Delivery{
		Lane: LaneCard, Key: "left:" + p.Channel + ":" + p.Stamp, Kind: KindLeft, Subject: string(d.c.ID), Priority: 3,
		Body: body(LeftBody{Place: p, Handoff: h, Closed: closed}),
	})
}

// alertLeft reports whether the handoff's alert stands in the channel that its
// conversation has left, and not under a newer root there.
func (d *decision) alertLeft() bool {
	at := d.h.Alert
	again := d.c.Thread != d.c.Left && at.Channel == d.c.Thread.Channel && at.Stamp > d.c.Thread.Stamp
	return !at.IsZero() && at.Channel == d.c.Left.Channel && !again
}

// leftBehind reports whether a line stands in a thread that the chat has left,
// also where the new root is not posted yet: the live thread does not show it.
func (d *decision) leftBehind(line string) bool {
	channel, stamp, _ := strings.Cut(line, ":")
	return !d.c.Left.IsZero() && (d.c.Thread == d.c.Left || channel != d.c.Thread.Channel || stamp < d.c.Thread.Stamp)
}
