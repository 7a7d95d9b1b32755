package bridge

import (
	"context"
	"maps"
	"slices"
	"time"

	"threadline/bridge/report"
	"threadline/bridge/trigger"
)

// Origin says who or what asked for a person.
type Origin string

const (
	FromWords     Origin = "words"     // the triggers, on the visitor's own words
	FromButton    Origin = "button"    // the visitor's press
	FromAssistant Origin = "assistant" // the assistant's judgement
	FromFailure   Origin = "failure"   // the assistant could not answer
	FromAgent     Origin = "agent"     // an agent stepped in
	FromFile      Origin = "file"      // a file without words
	FromLimit     Origin = "limit"     // the assistant's limit for the day
	FromMode      Origin = "mode"      // the assistant only suggests here
)

// Cooled is a trigger whose handoff has ended.
type Cooled struct {
	Trigger string    `json:"trigger"`
	At      time.Time `json:"at"`
}

// neverPutOff are the triggers that no cool-down holds up: whoever asks for a
// person, is in danger or speaks of what an assistant must not touch gets one.
func neverPutOff(name string) bool {
	return name == trigger.ExplicitRequest || name == trigger.Urgency || name == trigger.SensitiveTopic
}

// coolDown is how long after a handoff for a trigger has ended the same
// conversation opens no other one for it.
func (s Setup) coolDown(name string) time.Duration {
	if neverPutOff(name) {
		return 0
	}
	if t, ok := s.Triggers[name]; ok && t.CoolDown > 0 {
		return t.CoolDown
	}
	switch name {
	case trigger.Frustration:
		return 15 * time.Minute
	case trigger.HighValue, trigger.Complexity, trigger.BuyerSpecific:
		return time.Hour
	}
	return 0
}

// priorityOf is the priority that the settings give a trigger, or its own.
func (s Setup) priorityOf(name string, own Priority) Priority {
	if p, ok := ParsePriority(s.Triggers[name].Priority); ok {
		return p
	}
	return own
}

// Worst is the most pressing of the findings; false if there is none.
func (s Setup) Worst(findings []trigger.Finding) (trigger.Finding, bool) {
	var worst trigger.Finding
	for i, f := range findings {
		f.Priority = int(s.priorityOf(f.Trigger, Priority(f.Priority)))
		if i == 0 || f.Priority < worst.Priority {
			worst = f
		}
	}
	return worst, len(findings) > 0
}

// cooling reports whether a handoff for the trigger has ended so lately that
// another one would be noise.
func (d *decision) cooling(name string) bool {
	wait := d.setup.coolDown(name)
	return wait > 0 && slices.ContainsFunc(d.c.Cooling, func(c Cooled) bool {
		return c.Trigger == name && d.now.Before(c.At.Add(wait))
	})
}

// sameAgain reports whether the visitor's newest words say nothing but what a
// person has just dealt with, so that to know no answer to them is no news.
func (d *decision) sameAgain() bool {
	if len(d.c.Cooling) == 0 {
		return false
	}
	said := d.recent()
	i := len(said) - 1
	for i >= 0 && (said[i].Author.Kind != ByVisitor || said[i].Deleted) {
		i--
	}
	if i < 0 {
		return false
	}
	found := trigger.Judge(trigger.Input{
		Text: said[i].Text, Earlier: Turns(said[:i]), PageURL: d.c.PageURL,
		Visitor: d.visitor().Attributes, Settings: d.setup.Judging(),
	})
	return len(found) > 0 && !slices.ContainsFunc(found, func(f trigger.Finding) bool { return !d.cooling(f.Trigger) })
}

// cool starts the cool-down of a trigger.
func (d *decision) cool(name string) {
	d.c.Cooling = slices.DeleteFunc(slices.Clone(d.c.Cooling), func(c Cooled) bool { return c.Trigger == name })
	if d.setup.coolDown(name) > 0 {
		d.c.Cooling = append(d.c.Cooling, Cooled{Trigger: name, At: d.now})
	}
	d.dirty = true
}

// Episode is a stretch of a conversation from its first message to its resolve.
type Episode struct {
	Conversation ConversationID
	Number       int
	SiteID       SiteID
	Began        time.Time
	// From is the seq of the newest message before it, To of its own newest;
	// zero where it is the present one.
	From, To int64
	Rating   Rating
	// Of what was read along:
	Visitor  VisitorID
	PageURL  string
	Thread   Place
	Handoffs []Handoff
}

// Turns are the visitor's and the assistant's lines of a transcript, as the
// triggers read them.
func Turns(said []Message) []trigger.Turn {
	var turns []trigger.Turn
	for _, m := range said {
		if !m.Deleted && (m.Author.Kind == ByVisitor || m.Author.Kind == ByAssistant) {
			turns = append(turns, trigger.Turn{Visitor: m.Author.Kind == ByVisitor, Text: m.Text})
		}
	}
	return turns
}

// Said are the episode's public messages, at most limit, the oldest first.
func (e Episode) Said(ctx context.Context, r Reader, limit int) ([]Message, error) {
	said, err := r.Messages(ctx, e.Conversation, e.From, limit)
	if err != nil {
		return nil, err
	}
	if e.To > 0 {
		said = slices.DeleteFunc(said, func(m Message) bool { return m.Seq > e.To })
	}
	return said, nil
}

// Bounds of a review: how many episodes it reads, and of how many that nobody
// took it reads what was said.
const (
	reviewEpisodes = 5000
	reviewTalks    = 300
	reviewLines    = 60
	// hint is the strength from which on a finding that pulled no trigger is a
	// sign that a chat was missed.
	hint = 0.3
)

// Review says how often conversations since then came to people and why, and
// returns the episodes that the report counts, in its order.
func Review(ctx context.Context, r Reader, since time.Time) (report.Triggers, []Episode, error) {
	episodes, err := r.Episodes(ctx, since, reviewEpisodes)
	if err != nil {
		return report.Triggers{}, nil, err
	}
	setup, err := r.Setup(ctx)
	if err != nil {
		return report.Triggers{}, nil, err
	}
	lower := setup.Judging()
	lower.Thresholds = maps.Clone(lower.Thresholds)
	if lower.Thresholds == nil {
		lower.Thresholds = map[string]float64{}
	}
	for _, name := range trigger.Names() {
		lower.Thresholds[name] = hint
	}
	talks := 0
	rows := make([]report.Episode, len(episodes))
	for i, e := range episodes {
		for _, h := range e.Handoffs {
			rows[i].Causes = append(rows[i].Causes, report.Cause{
				Trigger: h.Trigger, Origin: string(h.Origin), Evidence: h.Evidence, ByAgent: h.Trigger == trigger.AgentInitiated,
			})
		}
		if len(e.Handoffs) > 0 || talks >= reviewTalks {
			continue
		}
		talks++
		said, err := e.Said(ctx, r, reviewLines)
		if err != nil {
			return report.Triggers{}, nil, err
		}
		for j, m := range said {
			switch {
			case m.Deleted:
			case m.Author.Kind == ByVisitor:
				line := report.Line{Visitor: true, Text: m.Text}
				for _, f := range trigger.Judge(trigger.Input{Text: m.Text, Earlier: Turns(said[:j]), PageURL: e.PageURL, Settings: lower}) {
					line.Nearly = append(line.Nearly, f.Trigger)
				}
				rows[i].Lines = append(rows[i].Lines, line)
			case m.Author.Kind == ByAssistant:
				rows[i].Lines = append(rows[i].Lines, report.Line{Text: m.Text, Sourced: len(m.Sources) > 0})
			}
		}
	}
	return report.OfTriggers(rows), episodes, nil
}
