// Package trigger judges from a visitor's words alone whether a person is
// needed: an outright request for one, a sensitive topic, an emergency, or
// plain frustration. It is pure, needs no model and no configuration, reads
// English, and takes time linear in the length of the text.
//
// It prefers silence to a false alarm: a question about a policy, a refusal
// ("don't transfer me") and look-alikes ("are you human?") find nothing.
package trigger

import (
	"sort"
	"strings"
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

// DefaultThreshold is the least strength that Judge reports.
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
}

// Finding is one reason to hand off. Strength runs from DefaultThreshold to 1;
// Evidence quotes the visitor; Priority is 0 (urgent) to 3 (low).
type Finding struct {
	Trigger  string
	Strength float64
	Evidence string
	Priority int
}

// Judge returns what it finds in the message, strongest first, at most one
// finding for each trigger; nil if nothing. Safe for concurrent use.
func Judge(in Input) []Finding {
	t := read(in.Text)
	if len(t.words) == 0 {
		return nil
	}
	var found []Finding
	add := func(name string, priority int, m mark) {
		if m.strength < DefaultThreshold {
			return
		}
		found = append(found, Finding{
			Trigger: name, Strength: m.strength, Priority: priority, Evidence: t.quote(m.at),
		})
	}
	add(Urgency, Urgent, urgency(t))
	add(SensitiveTopic, High, sensitive(t))
	angry := frustration(t, in.Earlier)
	asking := Normal
	if angry.strength >= DefaultThreshold {
		asking = High // whoever asks in anger should not wait behind the calm
	}
	add(ExplicitRequest, asking, explicit(t, in.Earlier))
	add(Frustration, High, angry)
	sort.SliceStable(found, func(i, j int) bool {
		if found[i].Strength != found[j].Strength {
			return found[i].Strength > found[j].Strength
		}
		return found[i].Priority < found[j].Priority
	})
	return found
}

// mark is how strong a sign is and at which word it stands.
type mark struct {
	strength float64
	at       int
}

// stronger keeps the stronger of two marks, the earlier on a tie.
func (m mark) stronger(o mark) mark {
	if o.strength > m.strength {
		return o
	}
	return m
}

// quote returns the visitor's own sentence around a word.
func (t text) quote(at int) string {
	if at >= len(t.words) {
		at = len(t.words) - 1
	}
	s := t.words[at].sentence
	first, last := at, at
	for first > 0 && t.words[first-1].sentence == s {
		first--
	}
	for last+1 < len(t.words) && t.words[last+1].sentence == s {
		last++
	}
	to := len(t.source)
	if last+1 < len(t.words) {
		to = t.words[last+1].from
	}
	q := []rune(strings.Join(strings.Fields(string(t.source[t.words[first].from:to])), " "))
	if len(q) > maxEvidence {
		// The word that fired must be in what is kept.
		head := len([]rune(strings.Join(strings.Fields(string(t.source[t.words[first].from:t.words[at].from])), " ")))
		from := max(0, min(head-maxEvidence/2, len(q)-maxEvidence))
		q = q[from : from+maxEvidence]
	}
	return strings.TrimSpace(string(q))
}
