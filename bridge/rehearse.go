package bridge

import (
	"context"

	"threadline/bridge/trigger"
)

// Hit is the line at which a visitor's words bring in a person.
type Hit struct {
	Trigger  string  `json:"trigger"`
	Strength float64 `json:"strength"`
	Evidence string  `json:"evidence"`
	// Seq is the line's number in the conversation.
	Seq int64 `json:"seq"`
}

// Hit plays what was said in an episode, oldest first, and returns the first
// line that brings in a person under these settings; false if none does. What
// was said once an agent spoke is not judged.
func (s Setup) Hit(said []Message, page string, attributes map[string]string) (Hit, bool) {
	judging := s.Judging()
	for i, m := range said {
		if m.Author.Kind == ByAgent {
			break
		}
		if m.Author.Kind != ByVisitor || m.Deleted {
			continue
		}
		findings := trigger.Judge(trigger.Input{
			Text: m.Text, Earlier: Turns(said[max(0, i-RecentMessages):i]), PageURL: page, Visitor: attributes, Settings: judging,
		})
		if f, ok := s.Worst(findings); ok {
			return Hit{Trigger: f.Trigger, Strength: f.Strength, Evidence: f.Evidence, Seq: m.Seq}, true
		}
	}
	return Hit{}, false
}

// Rehearsed is what becomes of one episode under other settings.
type Rehearsed struct {
	Episode Episode
	// Before and After are where words bring in a person, nil if they do not.
	Before, After *Hit
	// Anyway: a person was brought in by something else than words: a button,
	// the assistant's own judgement, a failure, an agent. That stays.
	Anyway bool
}

// Rehearsal is what becomes of past episodes under other settings.
type Rehearsal struct {
	Episodes int
	// Now are those that words would now hand over, NoLonger those that they
	// would not any more, Otherwise those that another trigger or line would.
	Now, NoLonger, Otherwise []Rehearsed
	// HandedBefore and HandedAfter count the episodes that come to people, by
	// words or anyway.
	HandedBefore, HandedAfter int
}

// rehearsedLines is how many lines of an episode a rehearsal reads.
const rehearsedLines = 500

// Rehearse plays past episodes against changed settings. Without a change
// (next is nil) it compares what happened with what the present settings do.
// Where words decide, both sides are judged anew; the rest stays as it was.
func Rehearse(ctx context.Context, r Reader, episodes []Episode, next *Setup) (Rehearsal, error) {
	present, err := r.Setup(ctx)
	if err != nil {
		return Rehearsal{}, err
	}
	out := Rehearsal{Episodes: len(episodes)}
	for _, e := range episodes {
		said, err := e.Said(ctx, r, rehearsedLines)
		if err != nil {
			return Rehearsal{}, err
		}
		var attributes map[string]string
		if v, err := r.Visitor(ctx, e.Visitor); err == nil {
			attributes = v.Attributes
		}
		one := Rehearsed{Episode: e}
		for _, h := range e.Handoffs {
			one.Anyway = one.Anyway || !byWords(h)
		}
		if next == nil {
			one.Before = happened(e)
			one.After = hitOf(present.Hit(said, e.PageURL, attributes))
		} else {
			one.Before = hitOf(present.Hit(said, e.PageURL, attributes))
			one.After = hitOf(next.Hit(said, e.PageURL, attributes))
		}
		if one.Before != nil || one.Anyway {
			out.HandedBefore++
		}
		if one.After != nil || one.Anyway {
			out.HandedAfter++
		}
		switch {
		case one.Before == nil && one.After != nil:
			out.Now = append(out.Now, one)
		case one.Before != nil && one.After == nil:
			out.NoLonger = append(out.NoLonger, one)
		case one.Before != nil && one.Before.Trigger != one.After.Trigger:
			out.Otherwise = append(out.Otherwise, one)
		}
	}
	return out, nil
}

func hitOf(h Hit, ok bool) *Hit {
	if !ok {
		return nil
	}
	return &h
}

// byWords reports whether a handoff came of the visitor's words. One that does
// not say, by a program of before, is taken by its evidence.
func byWords(h Handoff) bool {
	return h.Origin == FromWords || h.Origin == "" && h.Evidence != "" && h.Trigger != trigger.InformationGap && h.Trigger != trigger.AgentInitiated
}

// happened is the first handoff of the episode that words brought about.
func happened(e Episode) *Hit {
	for _, h := range e.Handoffs {
		if byWords(h) {
			return &Hit{Trigger: h.Trigger, Evidence: h.Evidence}
		}
	}
	return nil
}
