package bridge

import (
	"context"
	"time"

	"threadline/bridge/trigger"
)

// Limits cap what the assistant does in a day, which begins at midnight UTC.
// Zero is no cap. Turns are visitors' lines that ask it for an answer; tokens
// what the model's service reads and writes, estimated at four bytes each. They
// are counted in the database; answers being written when a cap is reached are
// finished, so it may be passed by as many.
type Limits struct {
	VisitorTurns  int64 `json:"visitor_turns,omitempty"`
	VisitorTokens int64 `json:"visitor_tokens,omitempty"`
	SiteTurns     int64 `json:"site_turns,omitempty"`
	SiteTokens    int64 `json:"site_tokens,omitempty"`
	// Then says what comes past a cap: a handoff, or Texts.Spent and the button
	// alone. Empty is PastPeople.
	Then PastLimit `json:"then,omitempty"`
}

// PastLimit is what visitors get once the assistant's day is spent.
type PastLimit string

const (
	PastPeople PastLimit = "people" // a handoff
	PastWords  PastLimit = "words"  // Texts.Spent, and the button
)

// Spending is what the assistant did for a visitor on a day, or did more of.
type Spending struct {
	Day     string // 2006-01-02, UTC
	Site    SiteID
	Visitor VisitorID
	Turns   int64
	Tokens  int64
}

// Spent is what the assistant did today, for the visitor and for all of the
// site.
type Spent struct {
	VisitorTurns, VisitorTokens, SiteTurns, SiteTokens int64
}

// DayOf is the day that an instant counts for, as [Spending] has it.
func DayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// none reports whether there is no cap.
func (l Limits) none() bool {
	return l.VisitorTurns <= 0 && l.VisitorTokens <= 0 && l.SiteTurns <= 0 && l.SiteTokens <= 0
}

// reached reports whether a cap is.
func (l Limits) reached(s Spent) bool {
	past := func(limit, spent int64) bool { return limit > 0 && spent >= limit }
	return past(l.VisitorTurns, s.VisitorTurns) || past(l.VisitorTokens, s.VisitorTokens) ||
		past(l.SiteTurns, s.SiteTurns) || past(l.SiteTokens, s.SiteTokens)
}

// spend counts what the assistant did.
func (d *decision) spend(turns, tokens int64) {
	if turns == 0 && tokens == 0 {
		return
	}
	d.out.Spending = &Spending{Day: DayOf(d.now), Site: d.c.SiteID, Visitor: d.c.VisitorID, Turns: turns, Tokens: tokens}
}

// pastLimit gives the visitor a person or honest words where the assistant's
// day is spent, and reports whether it is.
func (d *decision) pastLimit() bool {
	if !d.site.Limits.reached(d.spent) {
		return false
	}
	if d.c.Status != Automatic {
		return true // people are on it
	}
	if d.site.Limits.Then == PastWords || d.cooling(trigger.Rule) {
		d.announce(orText(d.site.Texts.Spent, DefaultSite().Texts.Spent), Agent{})
		return true
	}
	d.openHandoff(want{
		trigger: trigger.Rule, origin: FromLimit, priority: Normal, evidence: clip(lastOf(d.out.Messages, ByVisitor), 300),
		reason: "The assistant has reached its limit for today.",
	})
	return true
}

// spentToday reads what a visitor's line is measured by.
func (b *Bridge) spentToday(ctx context.Context, e Event, site Site) (Spent, error) {
	w, ok := e.(VisitorWrote)
	if !ok || site.Limits.none() || b.c.NoLimits {
		return Spent{}, nil
	}
	return b.c.Store.Spent(ctx, site.ID, w.Visitor, DayOf(b.c.Clock.Now()))
}
