package bridge

import (
	"slices"

	"threadline/bridge/trigger"
)

// judge reads the visitor's newest words in the light of what was said and
// returns the reasons for a person that need no model to see, and what the
// visitor seems to feel.
func (d *decision) judge(text string) trigger.Reading {
	r := trigger.Read(trigger.Input{
		Text: text, Earlier: Turns(d.recent()), PageURL: d.c.PageURL,
		Visitor: d.visitor().Attributes, Settings: d.setup.Judging(),
	})
	if d.h == nil {
		r.Findings = slices.DeleteFunc(r.Findings, func(f trigger.Finding) bool { return d.cooling(f.Trigger) })
	}
	return r
}

// Judging are the teams' own settings as the judge reads them.
func (s Setup) Judging() trigger.Settings {
	var t trigger.Settings
	for name, own := range s.Triggers {
		if t.Off == nil {
			t = trigger.Settings{
				Off: map[string]bool{}, Thresholds: map[string]float64{},
				Examples: map[string][]string{}, CounterExamples: map[string][]string{},
			}
		}
		t.Off[name], t.Thresholds[name] = own.Off, own.Threshold
		t.Examples[name], t.CounterExamples[name] = own.Examples, own.Negative
	}
	return t
}

// feeling says what the visitor seems to feel, for the agents; what pulled the
// trigger says it of anger already.
func feeling(name string, mood trigger.Mood) string {
	switch mood {
	case trigger.Anger:
		if name != trigger.Frustration {
			return " They are angry."
		}
	case trigger.Anxiety:
		return " They seem worried."
	case trigger.Panic:
		return " They seem to panic."
	case trigger.Confusion:
		return " They seem confused."
	}
	return ""
}

// tone is what to say first to a visitor who feels so; empty if nothing.
func (t Texts) tone(mood trigger.Mood) string {
	switch mood {
	case trigger.Anger:
		return t.ToneAnger
	case trigger.Anxiety:
		return t.ToneAnxiety
	case trigger.Panic:
		return t.TonePanic
	case trigger.Confusion:
		return t.ToneConfusion
	}
	return ""
}
