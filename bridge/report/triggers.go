// Package report works out what the product's figures are, on plain values.
package report

import (
	"slices"
	"strings"
	"unicode"
)

// Bounds of a healthy handoff rate, and how many episodes it takes to speak of
// one: fewer say nothing.
const (
	TooHigh      = 0.30
	TooLow       = 0.03
	EnoughToRate = 20
)

// Verdict says what to think of a handoff rate.
type Verdict string

const (
	TooFew Verdict = "too few" // chats to tell
	Usual  Verdict = "usual"
	High   Verdict = "high"
	Low    Verdict = "low"
)

// Cause is a handoff of an episode.
type Cause struct {
	Trigger, Origin, Evidence string
	// ByAgent: an agent stepped in unasked, which no trigger caused.
	ByAgent bool
}

// Line is something said in an episode that nobody took over.
type Line struct {
	Visitor bool
	Text    string
	// Sourced: an answer that rests on a passage.
	Sourced bool
	// Nearly are triggers that the line almost pulled.
	Nearly []string
}

// Episode is a stretch of a chat. Lines matter only where there is no cause.
type Episode struct {
	Causes []Cause
	Lines  []Line
}

// Count is how often a trigger handed over.
type Count struct {
	Trigger string
	// Handoffs are those of the trigger; Share their part of all handoffs; Rate
	// the part of the episodes that came to people by it.
	Handoffs    int
	Share, Rate float64
	// Origins say who pulled it, the most frequent first.
	Origins []OriginCount
	// Evidence are a few of the visitors' words behind it, newest first.
	Evidence []string
}

// OriginCount is how often something pulled a trigger.
type OriginCount struct {
	Origin string
	N      int
}

// Missed is an episode that perhaps should have come to a person, by its place
// in what was given, with the signs of it.
type Missed struct {
	Episode int
	Signs   []string
}

// Triggers are the rates and causes of handoffs.
type Triggers struct {
	Episodes, HandedOver, SteppedIn int
	Rate                            float64
	Verdict                         Verdict
	// Causes are the triggers, the most frequent first.
	Causes []Count
	// Missed are the most doubtful episodes that nobody took, worst first, at
	// most ten.
	Missed []Missed
}

const (
	maxEvidence = 3
	maxMissed   = 10
)

// OfTriggers counts episodes, given newest first.
func OfTriggers(episodes []Episode) Triggers {
	t := Triggers{Episodes: len(episodes)}
	counts := map[string]*Count{}
	origins := map[string]map[string]int{}
	handoffs := 0
	for i, e := range episodes {
		handed := map[string]bool{}
		for _, c := range e.Causes {
			if c.ByAgent {
				t.SteppedIn++
				continue
			}
			handoffs++
			n := counts[c.Trigger]
			if n == nil {
				n = &Count{Trigger: c.Trigger}
				counts[c.Trigger], origins[c.Trigger] = n, map[string]int{}
			}
			n.Handoffs++
			origins[c.Trigger][c.Origin]++
			if !handed[c.Trigger] {
				n.Rate++
			}
			handed[c.Trigger] = true
			if words := strings.Join(strings.Fields(c.Evidence), " "); words != "" && len(n.Evidence) < maxEvidence && !slices.Contains(n.Evidence, words) {
				n.Evidence = append(n.Evidence, words)
			}
		}
		if len(handed) > 0 {
			t.HandedOver++
		}
		if len(e.Causes) == 0 {
			if s := signs(e.Lines); len(s) > 0 {
				t.Missed = append(t.Missed, Missed{i, s})
			}
		}
	}
	for name, n := range counts {
		n.Share = float64(n.Handoffs) / float64(handoffs)
		n.Rate /= float64(len(episodes))
		for o, k := range origins[name] {
			n.Origins = append(n.Origins, OriginCount{o, k})
		}
		slices.SortFunc(n.Origins, func(a, b OriginCount) int {
			if a.N != b.N {
				return b.N - a.N
			}
			return strings.Compare(a.Origin, b.Origin)
		})
		t.Causes = append(t.Causes, *n)
	}
	slices.SortFunc(t.Causes, func(a, b Count) int {
		if a.Handoffs != b.Handoffs {
			return b.Handoffs - a.Handoffs
		}
		return strings.Compare(a.Trigger, b.Trigger)
	})
	slices.SortStableFunc(t.Missed, func(a, b Missed) int { return len(b.Signs) - len(a.Signs) })
	t.Missed = t.Missed[:min(len(t.Missed), maxMissed)]
	if t.Episodes > 0 {
		t.Rate = float64(t.HandedOver) / float64(t.Episodes)
	}
	switch {
	case t.Episodes < EnoughToRate:
		t.Verdict = TooFew
	case t.Rate > TooHigh:
		t.Verdict = High
	case t.Rate < TooLow:
		t.Verdict = Low
	default:
		t.Verdict = Usual
	}
	return t
}

// signs says what in a chat that nobody took speaks for a person.
func signs(lines []Line) []string {
	var (
		out     []string
		said    []map[string]bool
		unbased int
		visitor int
		last    string
	)
	note := func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, l := range lines {
		if !l.Visitor {
			if !l.Sourced {
				unbased++
			}
			continue
		}
		visitor++
		last = l.Text
		for _, n := range l.Nearly {
			note("almost " + strings.ReplaceAll(n, "_", " "))
		}
		w := words(l.Text)
		if slices.ContainsFunc(said, func(o map[string]bool) bool { return alike(o, w) }) {
			note("asked the same again")
		}
		said = append(said, w)
	}
	if unbased >= 3 {
		note("answers without a source")
	}
	if visitor >= 8 {
		note("a long chat")
	}
	if disappointed(last) {
		note("left disappointed")
	}
	return out
}

// disappointed reports whether somebody's last words are those of giving up.
func disappointed(s string) bool {
	low := " " + strings.Join(fields(s), " ") + " "
	for _, p := range []string{" never mind ", " nevermind ", " forget it ", " not helpful ", " useless ", " doesn't help ", " didn't help ", " did not help ", " no help ", " not what i asked ", " waste of time ", " give up ", " that's wrong ", " not true "} {
		if strings.Contains(low, p) {
			return true
		}
	}
	return false
}

func fields(s string) []string {
	return strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(s, "’", "'")), func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '\''
	})
}

func words(s string) map[string]bool {
	w := map[string]bool{}
	for _, f := range fields(s) {
		if len(f) > 2 && len(w) < 100 {
			w[f] = true
		}
	}
	return w
}

// alike reports whether two lines say much the same: six tenths of their words.
func alike(a, b map[string]bool) bool {
	if len(a) < 3 || len(b) < 3 {
		return false
	}
	common := 0
	for w := range a {
		if b[w] {
			common++
		}
	}
	return float64(common) >= 0.6*float64(len(a)+len(b)-common)
}
