package bridge

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"threadline/bridge/hours"
)

// decide lets a wait go by the settings and the hours as they are now.
func (e WaitRevised) decide(d *decision) {
	if d.c.Status != Queued || d.h == nil || d.h.ID != e.Handoff {
		d.verdict(Stale)
		return
	}
	if d.h.Priority != Urgent { // whose wait may have begun anew when it became so
		d.armReturn(d.h.WaitingSince)
	}
	if d.h.OfferedTo == "" {
		d.offerAt(d.waitsFrom(d.now))
	}
	d.armStep()
	if d.schedule().Always() {
		d.cancel(LaneTimer, "hours:"+string(d.h.ID))
	}
	d.watchHours()
	d.standIn()
	if x := d.expectation(); x != d.c.Expectation {
		d.c.Expectation = x
		d.c.Rev++
		d.c.StatusRev = d.c.Rev
		d.dirty = true
	}
}

// armReturn sets the end of a wait, at which the assistant comes back.
func (d *decision) armReturn(since time.Time) {
	usual := DefaultSetup().Windows
	after := cmp.Or(d.site.ReturnAfter, d.setup.Windows.Reactivation, usual.Reactivation)
	if d.h.Priority == Urgent {
		after = cmp.Or(d.site.UrgentReturnAfter, d.setup.Windows.ReactivationUrgent, usual.ReactivationUrgent)
	}
	d.put(Delivery{
		Lane: LaneTimer, Key: "return:" + string(d.h.ID), Kind: KindReturn, Subject: string(d.h.ID),
		Due: d.worked(since, after), Body: body(ReturnBody{Arm: d.h.Arm}),
	})
}

// watchHours has the wait looked at again when the team goes home or is back,
// and for as long as it is not, with every day: what the visitor may expect is
// told by the day. The next opening has its digest.
func (d *decision) watchHours() {
	s := d.schedule()
	if s.Always() {
		return
	}
	var next time.Time
	if closing, ok := s.NextClosing(d.now); ok && s.Open(d.now) {
		next = closing
		if opening, ok := s.NextOpening(closing); ok {
			d.awaitOpening(opening) // the team may go home before anybody has it
		}
	} else if opening, ok := s.NextOpening(d.now); ok && opening.After(d.now) {
		next = opening
		if d.h.Priority != Urgent {
			d.awaitOpening(opening)
		}
		if day := midnight(d.now, s.Zone); day.Before(next) {
			next = day
		}
	}
	if next.IsZero() {
		return
	}
	d.put(Delivery{Lane: LaneTimer, Key: "hours:" + string(d.h.ID), Kind: KindHours, Subject: string(d.h.ID), Due: next})
}

// midnight is when the next day of a zone begins.
func midnight(t time.Time, zone *time.Location) time.Time {
	day := hours.DateOf(t.In(zone)).Next(1)
	return time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, zone)
}

// waitsBy is what of the settings a wait goes by: who is there when, and how
// long things may take. Two that are equal need no wait revised.
func (s Setup) waitsBy() string {
	var of struct {
		Windows    Windows
		Escalation []Step
		Teams      []Team
		Sites      []Site
	}
	of.Windows, of.Escalation = s.Windows, s.Escalation
	for _, t := range s.Teams {
		kept := Team{ID: t.ID, Hours: t.Hours}
		for _, m := range t.Members {
			kept.Members = append(kept.Members, Member{ID: m.ID})
		}
		of.Teams = append(of.Teams, kept)
	}
	for _, t := range s.Sites {
		of.Sites = append(of.Sites, Site{
			ID: t.ID, Team: t.Team, Hours: t.Hours, Holidays: t.Holidays,
			ReturnAfter: t.ReturnAfter, UrgentReturnAfter: t.UrgentReturnAfter,
		})
	}
	return string(body(of))
}

// heed lets what waits go by the settings as soon as they change, whoever has
// changed them.
func (b *Bridge) heed(ctx context.Context) {
	edition, by := int64(-1), ""
	for {
		setup, err := b.c.Store.Setup(ctx)
		if err == nil && setup.Edition != edition {
			now := setup.waitsBy()
			if edition >= 0 && now != by {
				err = b.revise(ctx)
			}
			if err == nil {
				edition, by = setup.Edition, now
			}
		}
		if err != nil && ctx.Err() == nil {
			b.c.Logger.Warn("revise what waits", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-b.c.Clock.After(lookAgain):
		}
	}
}

// revise tells everything that waits of changed settings.
func (b *Bridge) revise(ctx context.Context) error {
	waiting, err := b.c.Store.Waiting(ctx, maxWaiting)
	if err != nil {
		return fmt.Errorf("bridge: revise what waits: %w", err)
	}
	for _, w := range waiting {
		if _, err := b.Handle(ctx, WaitRevised{Conversation: w.Conversation.ID, Handoff: w.Handoff.ID}); err != nil {
			return err
		}
	}
	return nil
}
