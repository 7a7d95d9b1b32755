package bridge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"threadline/bridge/killpoint"
)

// fire turns a timer back into the event it stands for.
func (b *Bridge) fire(ctx context.Context, d Delivery) {
	if early := b.began.Add(AlertPatience); d.Kind == KindUnposted && b.c.Clock.Now().Before(early) {
		// We were down meanwhile; the alert gets its time from our start on.
		b.putBack(ctx, d, early, "started lately")
		return
	}
	event, err := b.timed(ctx, d)
	switch {
	case errors.Is(err, errTimer):
		b.settle(ctx, d, err.Error())
		return
	case err != nil:
		b.again(ctx, d, err)
		return
	case event == nil:
		b.settle(ctx, d, "")
		return
	}
	if _, err := b.Handle(ctx, event); err != nil {
		b.again(ctx, d, err)
		return
	}
	switch d.Kind {
	case KindSend:
		killpoint.Reach(killpoint.HoldOver)
	case KindCall:
		killpoint.Reach(killpoint.CallReminded)
	}
	b.settle(ctx, d, "")
}

var errTimer = errors.New("a timer that cannot be read")

// timed is the event of a timer; nil if its time has passed.
func (b *Bridge) timed(ctx context.Context, d Delivery) (Event, error) {
	h := HandoffID(d.Subject)
	switch d.Kind {
	case KindReturn:
		body, err := bodyAs[ReturnBody](d)
		return WaitRanOut{Conversation: d.Conversation, Handoff: h, Arm: body.Arm}, err
	case KindUnposted:
		return AlertNotPosted{Conversation: d.Conversation, Handoff: h}, nil
	case KindSnooze:
		body, err := bodyAs[SnoozeBody](d)
		return SnoozeEnded{Conversation: d.Conversation, Until: body.Until}, err
	case KindSLA:
		return ResponseLate{Conversation: d.Conversation, Handoff: h}, nil
	case KindHours:
		return WaitRevised{Conversation: d.Conversation, Handoff: h}, nil
	case KindSilent:
		body, err := bodyAs[SilentBody](d)
		return HolderSilent{Conversation: d.Conversation, Handoff: h, Arm: body.Arm, Since: body.Since, Idle: body.Idle}, err
	case KindOffer:
		body, err := bodyAs[OfferBody](d)
		if err != nil {
			return nil, err
		}
		members, err := b.members(ctx, d.Conversation, h)
		return OfferDue{Conversation: d.Conversation, Handoff: h, Arm: body.Arm, Offer: body.Offer, Members: members}, err
	case KindStep:
		body, err := bodyAs[StepBody](d)
		if err != nil {
			return nil, err
		}
		members, err := b.members(ctx, d.Conversation, h)
		return StepDue{Conversation: d.Conversation, Handoff: h, Arm: body.Arm, Step: body.Step, Members: members}, err
	case KindBook:
		body, err := bodyAs[BookBody](d)
		return VisitorBooked{Conversation: d.Conversation, Seq: body.Seq, Wanted: body.Wanted}, err
	case KindCall:
		body, err := bodyAs[CallBody](d)
		return CallDue{Conversation: d.Conversation, Booking: BookingID(d.Subject), Sequence: body.Sequence, Over: body.Over}, err
	case KindSend:
		return LineDue{Conversation: d.Conversation, Line: d.Subject}, nil
	case KindTaskDue:
		body, err := bodyAs[TaskDueBody](d)
		c := d.Conversation
		if c == taskLane("", TaskID(d.Subject)) {
			c = ""
		}
		return TaskDue{Task: TaskID(d.Subject), Conversation: c, Arm: body.Arm}, err
	case KindOpening:
		body, err := bodyAs[OpeningBody](d)
		if err != nil {
			return nil, err
		}
		return b.opened(ctx, d, body)
	}
	return nil, fmt.Errorf("%w: kind %q", errTimer, d.Kind)
}

func bodyAs[T any](d Delivery) (T, error) {
	var v T
	if err := decode(d.Body, &v); err != nil {
		return v, fmt.Errorf("%w: %w", errTimer, err)
	}
	return v, nil
}

// members are whom a handoff can be offered to: those of its team, and whoever
// solved something for the visitor before.
func (b *Bridge) members(ctx context.Context, id ConversationID, handoff HandoffID) ([]AgentID, error) {
	setup, err := b.c.Store.Setup(ctx)
	if err != nil {
		return nil, err
	}
	c, err := b.c.Store.Conversation(ctx, id)
	if err != nil {
		return nil, err
	}
	h, err := b.c.Store.Handoff(ctx, handoff)
	if err != nil {
		return nil, err
	}
	v, err := b.c.Store.Visitor(ctx, c.VisitorID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	return offerable(setup, c.SiteID, h, v), nil
}

func offerable(setup Setup, id SiteID, h Handoff, v Visitor) []AgentID {
	site, _ := setup.Site(id)
	var members []AgentID
	for _, m := range setup.Team(cmp.Or(h.Team, site.Team)).Members {
		members = append(members, m.ID)
	}
	if v.Owner != "" && !slices.Contains(members, v.Owner) {
		members = append(members, v.Owner)
	}
	return members
}

// maxWaiting bounds one look at the queue; the rest waits for the next.
const maxWaiting = 500

// Offer hands waiting conversations that are offered to nobody out at once,
// because an agent has become available or has room again. It is safe to call
// at any time: what was offered meanwhile stays offered.
func (b *Bridge) Offer(ctx context.Context, to AgentID) error {
	setup, err := b.c.Store.Setup(ctx)
	if err != nil {
		return fmt.Errorf("bridge: offer to %s: %w", to, err)
	}
	waiting, err := b.c.Store.Waiting(ctx, maxWaiting)
	if err != nil {
		return fmt.Errorf("bridge: offer to %s: %w", to, err)
	}
	for _, w := range waiting {
		members := offerable(setup, w.Conversation.SiteID, w.Handoff, w.Visitor)
		if w.Handoff.OfferedTo != "" || !slices.Contains(members, to) {
			continue
		}
		_, err := b.Handle(ctx, OfferDue{
			Conversation: w.Conversation.ID, Handoff: w.Handoff.ID, Arm: w.Handoff.Arm, Offer: w.Handoff.Offers, Members: members,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// maxDigest bounds the lines of a digest.
const maxDigest = 20

// opened is the digest of what has waited for an opening.
func (b *Bridge) opened(ctx context.Context, d Delivery, o OpeningBody) (Event, error) {
	setup, err := b.c.Store.Setup(ctx)
	if err != nil {
		return nil, err
	}
	site, _ := setup.Site(SiteID(d.Subject))
	waiting, err := b.c.Store.Waiting(ctx, maxWaiting)
	if err != nil {
		return nil, err
	}
	e := Opened{Conversation: d.Conversation, SiteID: site.ID, Team: o.Team, At: o.At}
	for _, w := range waiting {
		team := setup.Team(cmp.Or(w.Handoff.Team, site.Team)).ID
		if w.Conversation.SiteID != site.ID || team != o.Team || !w.Handoff.WaitingSince.Before(o.At) || len(e.Waiting) == maxDigest {
			continue
		}
		e.Waiting = append(e.Waiting, DigestLine{
			Conversation: w.Conversation.ID, Priority: w.Handoff.Priority, Visitor: w.Visitor.Name,
			Issue: clip(w.Handoff.Summary.Issue, 140), Since: w.Handoff.WaitingSince,
		})
	}
	if len(e.Waiting) == 0 {
		return nil, nil
	}
	return e, nil
}

// notify does one delivery to the further channels.
func (b *Bridge) notify(ctx context.Context, d Delivery) {
	body, err := bodyAs[NotifyBody](d)
	switch {
	case err != nil || d.Kind != KindNotify:
		b.settle(ctx, d, "a notice that cannot be read")
		return
	case b.c.Notifier == nil:
		b.settle(ctx, d, "")
		return
	}
	if err := b.c.Notifier.Notify(ctx, HandoffID(d.Subject), body); err != nil {
		if d.FirstAttempt.IsZero() || b.c.Clock.Now().Sub(d.FirstAttempt) < notifyFor {
			b.again(ctx, d, err)
			return
		}
		b.settle(ctx, d, "nobody could be reached: "+err.Error())
		return
	}
	b.settle(ctx, d, "")
}

// notifyFor is how long a notice is worth trying.
const notifyFor = 15 * time.Minute
