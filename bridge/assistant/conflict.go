package assistant

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"threadline/bridge"
)

// Two passages that give different figures for the same thing are both shown:
// neither is more right than the other for being found first.

const (
	// alike is the share of words that two statements must have in common to be
	// about the same thing.
	alike = 0.75
	// rival is the share of the best one's confidence that a passage needs to
	// contradict it.
	rival = 0.6
)

// quantity is a figure and what it counts; a time also in hours, so that 90 days
// and 6 months can be compared.
type quantity struct {
	kind, value string
	hours       float64
}

// equal reports whether two quantities of a kind say the same: 3 months are 90
// days.
func (q quantity) equal(p quantity) bool {
	if q.hours > 0 {
		return math.Abs(q.hours-p.hours) <= 0.06*max(q.hours, p.hours)
	}
	return q.value == p.value
}

// inHours is how long a unit of time is; 0 for other units.
func inHours(unit string) float64 {
	switch unit {
	case "minute":
		return 1.0 / 60
	case "hour":
		return 1
	case "day":
		return 24
	case "week":
		return 7 * 24
	case "month":
		return 365 * 24 / 12
	case "year":
		return 365 * 24
	}
	return 0
}

// statement is a sentence with figures.
type statement struct {
	section    bridge.Section
	text       string
	words      []string // distinct, without the figures, with its heading's
	quantities []quantity
}

// figures finds quantities: money, shares, and numbers with a unit.
type figures struct{ quantity *regexp.Regexp }

func newFigures() figures {
	return figures{regexp.MustCompile(`(?i)([$€£])\s?(\d[\d,]*(?:\.\d+)?)|(\d[\d,]*(?:\.\d+)?)\s?(%|percent|dollars|usd|eur|euros|hours?|days?|weeks?|months?|years?|minutes?|miles?|km|kilometers?|kilometres?|feet|ft|degrees?)\b?`)}
}

// find returns a text's quantities and the text without them.
func (f figures) find(s string) ([]quantity, string) {
	var out []quantity
	for _, m := range f.quantity.FindAllStringSubmatch(s, -1) {
		kind, value := strings.ToLower(m[4]), m[3]
		if m[1] != "" {
			kind, value = m[1], m[2]
		}
		switch kind {
		case "dollars", "usd":
			kind = "$"
		case "eur", "euros":
			kind = "€"
		case "percent":
			kind = "%"
		default:
			if len(kind) > 2 {
				kind = strings.TrimSuffix(kind, "s")
			}
		}
		if hours := inHours(kind); hours > 0 {
			if n, err := strconv.ParseFloat(strings.ReplaceAll(value, ",", ""), 64); err == nil {
				out = append(out, quantity{kind: "time", value: value, hours: n * hours})
				continue
			}
		}
		out = append(out, quantity{kind: kind, value: strings.TrimSuffix(strings.ReplaceAll(value, ",", ""), ".00")})
	}
	return out, f.quantity.ReplaceAllString(s, " ")
}

// conflict are two statements of different passages that cannot both hold and
// bear on the question; nil where there are none.
func (f finding) conflict(figures figures) []statement {
	if len(f.sections) == 0 {
		return nil
	}
	var all []statement
	for i, h := range f.hits[:min(passages, len(f.hits))] {
		if h.meant || i > 0 && h.Confidence < rival*f.confidence {
			continue
		}
		heading := h.Section.Title
		if j := strings.LastIndex(heading, titleSeparator); j >= 0 {
			heading = heading[j+len(titleSeparator):]
		}
		for _, u := range units(h.Section.Text) {
			found, rest := figures.find(u)
			if len(found) == 0 {
				continue
			}
			s := statement{section: h.Section, text: u, words: distinct(append(terms(rest), terms(heading)...)), quantities: found}
			if slices.ContainsFunc(f.terms, func(t sought) bool { _, ok := slices.BinarySearch(s.words, t.term); return ok }) {
				all = append(all, s)
			}
		}
	}
	for i, a := range all {
		// One of them must be what would be said.
		if !slices.Contains(f.sections, a.section) {
			continue
		}
		for _, b := range all[i+1:] {
			if a.section != b.section && a.against(b) {
				return []statement{a, b}
			}
		}
	}
	return nil
}

// against reports whether two statements speak of the same thing and agree on
// none of the figures of some kind that both give.
func (a statement) against(b statement) bool {
	common := 0
	for _, w := range a.words {
		if _, ok := slices.BinarySearch(b.words, w); ok {
			common++
		}
	}
	union := len(a.words) + len(b.words) - common
	if common < 2 || float64(common) < alike*float64(union) {
		return false
	}
	for _, q := range a.quantities {
		shared, same := false, false
		for _, p := range b.quantities {
			if p.kind == q.kind {
				shared = true
				same = same || q.equal(p)
			}
		}
		if shared && !same {
			return true
		}
	}
	return false
}

// conflictText says both.
func conflictText(c []statement) string {
	return fmt.Sprintf("What I know does not agree here:\n- %s (%s)\n- %s (%s)\nI can't tell which one holds. %s",
		sentenceEnd(clip(oneLine(c[0].text), 300)), choiceTitle(c[0].section), sentenceEnd(clip(oneLine(c[1].text), 300)), choiceTitle(c[1].section), personOffer)
}
