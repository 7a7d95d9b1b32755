// Package trigger judges from a visitor's words alone whether a person is
// needed, and for what: an outright request, a sensitive topic, an emergency,
// anger, a large deal, something too entangled to answer or that depends on
// this one buyer. It is pure, needs no model, reads English, Spanish, German,
// French, Italian, Portuguese and Hindi in Latin letters, and takes bounded
// time whatever it is given.
//
// It prefers silence to a false alarm: a question about a policy, a refusal
// ("don't transfer me"), a fault report ("not working") and look-alikes ("are
// you human?") find nothing.
package trigger

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"
)

// The names of every trigger a handoff can have, whoever pulls it.
const (
	ExplicitRequest = "explicit_request"
	InformationGap  = "information_gap"
	Frustration     = "frustration"
	Urgency         = "urgency"
	SensitiveTopic  = "sensitive_topic"
	HighValue       = "high_value"
	Complexity      = "complexity"
	BuyerSpecific   = "buyer_specific"
	Rule            = "rule"
	AgentInitiated  = "agent_initiated"
)

// Names lists every trigger.
func Names() []string {
	return []string{
		ExplicitRequest, InformationGap, Frustration, Urgency, SensitiveTopic,
		HighValue, Complexity, BuyerSpecific, Rule, AgentInitiated,
	}
}

// Priorities of a finding; smaller is sooner.
const (
	Urgent = iota
	High
	Normal
	Low
)

// DefaultThreshold is the least strength that Judge reports where the settings
// name no other.
const DefaultThreshold = 0.5

// maxRunes bounds what is read of one message.
const maxRunes = 10_000

// maxEvidence bounds the quoted words, in code points.
const maxEvidence = 200

// Turn is an earlier line of the chat.
type Turn struct {
	Visitor bool
	Text    string
}

// Input is the message to judge and what came before it, oldest first.
type Input struct {
	Text    string
	Earlier []Turn
	PageURL string
	// Visitor holds what is known of them by name: "vip", "plan", "tier".
	Visitor  map[string]string
	Settings Settings
}

// Mood is what the visitor seems to feel.
type Mood string

// Anger is frustration with the service; the others are not aimed at anybody.
const (
	Calm      Mood = ""
	Confusion Mood = "confusion"
	Anxiety   Mood = "anxiety"
	Panic     Mood = "panic"
	Anger     Mood = "anger"
)

// Finding is one reason to hand off. Strength runs from the trigger's threshold
// to 1; Evidence quotes the visitor; Priority is 0 (urgent) to 3 (low).
type Finding struct {
	Trigger  string
	Strength float64
	Evidence string
	Priority int
}

// Reading is what a message says beside its words.
type Reading struct {
	// Findings are the reasons to hand off, strongest first, at most one for
	// each trigger.
	Findings []Finding
	Mood     Mood
}

// Judge returns what it finds in the message, strongest first, at most one
// finding for each trigger; nil if nothing. Safe for concurrent use.
func Judge(in Input) []Finding { return Read(in).Findings }

// Read judges the message and tells the visitor's mood. Safe for concurrent
// use.
func Read(in Input) Reading {
	t := engine().read(in.Text)
	if len(t.words) == 0 {
		return Reading{}
	}
	var found []Finding
	add := func(name string, priority int, m mark) {
		if in.Settings.Off[name] {
			return
		}
		m = in.Settings.taught(name, t, m)
		if m.strength < in.Settings.threshold(name) {
			return
		}
		evidence := m.words
		if evidence == "" {
			evidence = t.quote(m.at)
		}
		found = append(found, Finding{Trigger: name, Strength: m.strength, Priority: priority, Evidence: evidence})
	}
	angry := frustration(t, in.Earlier)
	mood := t.mood(angry)
	danger := urgency(t)
	urgent := Urgent
	if danger.strength == 0 && mood == Panic {
		// Someone in panic without a danger we know of comes soon, not first.
		danger, urgent = t.strongest("panic", 0.7), High
	}
	// Whoever asks in anger or fear should not wait behind the calm.
	asking := Normal
	if mood == Anger || mood == Panic || mood == Anxiety {
		asking = High
	}
	add(Urgency, urgent, danger)
	add(SensitiveTopic, High, sensitive(t))
	add(ExplicitRequest, asking, explicit(t, in.Earlier))
	add(Frustration, High, angry)
	add(HighValue, High, highValue(t, in))
	add(BuyerSpecific, Normal, buyerSpecific(t))
	add(Complexity, Normal, complexity(t, in.Earlier, mood))
	sort.SliceStable(found, func(i, j int) bool {
		if found[i].Strength != found[j].Strength {
			return found[i].Strength > found[j].Strength
		}
		return found[i].Priority < found[j].Priority
	})
	return Reading{Findings: found, Mood: mood}
}

// engine is the compiled grammar, built on first use and never changed.
var engine = sync.OnceValue(func() *grammar { //nolint:gochecknoglobals // a constant that takes a computation
	return build(classes, requests, languages, sensitives, dangers, sales, moods)
})

// mark is how strong a sign is and at which word it stands. words replace the
// quote where the reason lies outside the message.
type mark struct {
	strength float64
	at       int
	words    string
}

// stronger keeps the stronger of two marks, the earlier on a tie.
func (m mark) stronger(o mark) mark {
	if o.strength > m.strength {
		return o
	}
	return m
}

// strongest is the strongest hit of a group, at most limit.
func (t *text) strongest(group string, limit float64) mark {
	m := mark{}
	for _, h := range t.found(group) {
		m = m.stronger(mark{strength: min(h.strength, limit), at: h.from})
	}
	return m
}

// quote returns the visitor's own sentence around a word.
func (t *text) quote(at int) string {
	if at >= len(t.words) {
		at = len(t.words) - 1
	}
	first, last := at, at
	for first > 0 && !t.begins(first) {
		first--
	}
	for last+1 < len(t.words) && !t.begins(last+1) {
		last++
	}
	from, to := t.words[first].from, len(t.source)
	for from > 0 && !unicode.IsSpace(t.source[from-1]) {
		from--
	}
	if last+1 < len(t.words) {
		to = t.words[last+1].from
	}
	q := []rune(strings.Join(strings.Fields(string(t.source[from:to])), " "))
	if len(q) > maxEvidence {
		// The word that fired must be in what is kept.
		head := len([]rune(strings.Join(strings.Fields(string(t.source[from:t.words[at].from])), " ")))
		start := max(0, min(head-maxEvidence/2, len(q)-maxEvidence))
		q = q[start : start+maxEvidence]
	}
	return strings.TrimSpace(string(q))
}

// begins reports whether a sentence begins with a word for whoever reads it: a
// dot within an address ends none.
func (t *text) begins(i int) bool {
	before, w := t.words[i-1], t.words[i]
	return before.sentence != w.sentence && slices.ContainsFunc(t.source[before.from:w.from], unicode.IsSpace)
}
