// Package routing chooses who of a team is offered a conversation. It decides
// on plain values and keeps nothing: what happened before comes in with the
// candidates.
package routing

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Method is how a team hands its conversations out.
type Method string

const (
	// RoundRobin offers to whoever has gone without an offer the longest.
	RoundRobin Method = "round_robin"
	// FirstAvailable offers to the first in the team's order.
	FirstAvailable Method = "first_available"
	// SkillBased offers to whoever has most of the skills that are wanted.
	SkillBased Method = "skill_based"
	// LoadBalanced offers to whoever holds least for their capacity.
	LoadBalanced Method = "load_balanced"
)

// Methods lists every method.
func Methods() []Method { return []Method{RoundRobin, FirstAvailable, SkillBased, LoadBalanced} }

// ParseMethod reads a method's name; hyphens, spaces and capitals do.
func ParseMethod(text string) (Method, bool) {
	m := Method(strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(strings.TrimSpace(text))))
	return m, slices.Contains(Methods(), m)
}

// Candidate is a member of the team as they are now.
type Candidate struct {
	ID string
	// Available says that they want offers now: present, on duty, not busy.
	Available bool
	// Load is what they hold and what is offered to them; Capacity is how much
	// of it they can take, zero for any amount.
	Load, Capacity int
	Skills         []string
	// LastOffered is when they were last offered anything; zero for never.
	LastOffered time.Time
}

// Full reports whether nothing more may be offered.
func (c Candidate) Full() bool { return c.Capacity > 0 && c.Load >= c.Capacity }

// Request is what is to be handed out.
type Request struct {
	Method Method
	// Skills are wanted, by name; case does not matter.
	Skills []string
	// Owner is the agent who last solved something for the visitor: they come
	// first by every method, if they can be offered anything at all.
	Owner string
	// Passed are candidates who were offered this before and did not take it.
	Passed []string
}

// Choose picks who is offered the request; false if nobody can be. Candidates
// come in the team's order, which settles every tie.
func Choose(r Request, candidates []Candidate) (string, bool) {
	var able []Candidate
	for _, c := range candidates {
		if !c.Available || c.Full() || slices.Contains(r.Passed, c.ID) {
			continue
		}
		if c.ID == r.Owner {
			return c.ID, true
		}
		able = append(able, c)
	}
	if len(able) == 0 {
		return "", false
	}
	return slices.MinFunc(able, order(r, candidates)).ID, true
}

// order compares two candidates, the better one first. MinFunc takes the first
// of equals, which is the team's order.
func order(r Request, candidates []Candidate) func(a, b Candidate) int {
	rested := func(a, b Candidate) int { return a.LastOffered.Compare(b.LastOffered) }
	largest := 1
	for _, c := range candidates {
		largest = max(largest, c.Capacity)
	}
	busy := func(a, b Candidate) int {
		// Loads as shares of capacities, compared crosswise; who takes any
		// amount counts as having the team's largest capacity.
		return cmp.Compare(a.Load*cmp.Or(b.Capacity, largest), b.Load*cmp.Or(a.Capacity, largest))
	}
	switch r.Method {
	case FirstAvailable:
		return func(Candidate, Candidate) int { return 0 }
	case LoadBalanced:
		return func(a, b Candidate) int { return cmp.Or(busy(a, b), rested(a, b)) }
	case SkillBased:
		return func(a, b Candidate) int {
			return cmp.Or(cmp.Compare(matches(r.Skills, b.Skills), matches(r.Skills, a.Skills)), busy(a, b), rested(a, b))
		}
	default:
		return rested
	}
}

// matches counts the wanted skills that somebody has.
func matches(wanted, has []string) int {
	n := 0
	for i, w := range wanted {
		same := func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), strings.TrimSpace(w)) }
		if !slices.ContainsFunc(wanted[:i], same) && slices.ContainsFunc(has, same) {
			n++
		}
	}
	return n
}
