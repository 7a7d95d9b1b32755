package assistant

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"threadline/bridge"
)

// Between sure and unsure the visitor is shown the nearest titles and picks.
const (
	// offerFrom is the confidence from which on choices are worth showing.
	offerFrom = 0.5
	// beside is the share of the best one's confidence that another choice needs.
	beside = 0.2
	// tied is the share from which on two are as good as each other.
	tied        = 0.9
	mostChoices = 3
	// picked is the confidence in what a visitor has picked.
	picked = 0.95
)

const (
	choicesOpening = "I'm not sure which of these you mean:"
	choicesClosing = "Answer with a number or in other words, or ask for a person."
)

// choices are the titles to pick from, best first; nil where the knowledge is
// sure, or too far from it, or has but one that fits.
func (f finding) choices(least float64) []string {
	// A site that asks for more than is usual wants a person, not a guess.
	if !f.guessed && !f.ambiguous() && f.confidence >= min(least, DefaultThreshold) || f.confidence < offerFrom || f.lacks {
		return nil
	}
	var out []string
	for _, h := range f.hits {
		// A guess is shown with the next nearest, so that there is a choice.
		if len(out) == mostChoices || h.Confidence < beside*f.confidence && (!f.guessed || len(out) >= 2) {
			break
		}
		if t := choiceTitle(h.Section); t != "" && !slices.Contains(out, t) && h.Section.Text != "" {
			out = append(out, t)
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// ambiguous reports whether one word is all that is asked, and passages of
// several sources are as good as each other for it.
func (f finding) ambiguous() bool {
	if len(f.terms) != 1 || len(f.hits) < 2 {
		return false
	}
	a, b := f.hits[0], f.hits[1]
	return a.Section.Source != b.Section.Source && b.Confidence >= tied*a.Confidence && b.Score >= tied*a.Score
}

func choiceTitle(s bridge.Section) string { return clip(oneLine(s.Title), 120) }

// choicesText asks for a pick, in lines that can be answered with a number.
func choicesText(titles []string) string {
	var b strings.Builder
	b.WriteString(choicesOpening)
	for i, t := range titles {
		fmt.Fprintf(&b, "\n%d. %s", i+1, t)
	}
	b.WriteString("\n" + choicesClosing)
	return b.String()
}

// offeredChoices are the titles that our last line offered, if it did.
func offeredChoices(transcript []bridge.Message) []string {
	for _, m := range slices.Backward(transcript) {
		switch m.Author.Kind {
		case bridge.ByVisitor:
			continue
		case bridge.ByAssistant:
			rest, ok := strings.CutPrefix(m.Text, choicesOpening)
			if !ok || m.Deleted {
				return nil
			}
			var titles []string
			for _, line := range strings.Split(rest, "\n") {
				if t, ok := strings.CutPrefix(line, fmt.Sprintf("%d. ", len(titles)+1)); ok {
					titles = append(titles, t)
				}
			}
			return titles
		}
		return nil
	}
	return nil
}

// pick is the choice that a message means, by number, place or words; -1 for
// none of them.
func pick(message string, titles []string) int {
	words := rawWords(message)
	if len(words) == 0 || len(words) > 12 {
		return -1
	}
	if len(words) <= 4 {
		found := -1
		for _, w := range words {
			n := ordinal(w, len(titles))
			switch {
			case n < 0, w == "one" && found >= 0: // "the second one"
			case found >= 0 && found != n:
				return -1 // "1 or 2"
			default:
				found = n
			}
		}
		if found >= 0 {
			return found
		}
	}
	// The words must fit one title better than all others.
	asked := distinct(terms(message))
	best, second, at := 0.0, 0.0, -1
	for i, t := range titles {
		if strings.EqualFold(oneLine(message), oneLine(t)) {
			return i
		}
		common := 0
		in := terms(t)
		for _, w := range asked {
			if slices.ContainsFunc(in, func(v string) bool { return v == w || len(w) >= 5 && near(v, w, 1) }) {
				common++
			}
		}
		share := float64(common) / max(float64(len(asked)), 1)
		if share > best {
			best, second, at = share, best, i
		} else {
			second = max(second, share)
		}
	}
	if best >= 0.6 && best > second {
		return at
	}
	return -1
}

// ordinal reads "2", "2nd", "two", "second" or "last" among n, from 0; -1 for
// anything else.
func ordinal(w string, n int) int {
	number := strings.TrimRightFunc(w, unicode.IsLetter)
	for i, names := range [][]string{{"1", "first", "one"}, {"2", "second", "two"}, {"3", "third", "three"}} {
		if i < n && (slices.Contains(names, w) || number == names[0] && len(w)-len(number) == 2) {
			return i
		}
	}
	if w == "last" {
		return n - 1
	}
	return -1
}

// picked replaces what was found by the choice that the visitor picks.
func (s *shelf) pickedChoice(asked string, q bridge.Question, f finding) finding {
	titles := offeredChoices(q.Transcript)
	if len(titles) == 0 {
		return f
	}
	f.offered = true
	i := pick(asked, titles)
	if i < 0 {
		return f
	}
	at := slices.IndexFunc(s.sections, func(sec bridge.Section) bool { return choiceTitle(sec) == titles[i] && sec.Text != "" })
	if at < 0 {
		return f // it has left the knowledge since
	}
	sec := s.sections[at]
	g := s.find(previous(q.Transcript), nil) // the words to quote by
	g.sections, g.confidence, g.covered, g.touches, g.offered, g.picked, g.lacks = []bridge.Section{sec}, picked, picked, true, true, true, false
	g.hits = slices.DeleteFunc(g.hits, func(h Hit) bool { return h.Section == sec })
	g.hits = slices.Insert(g.hits, 0, Hit{Section: sec, Score: picked, Confidence: picked})
	return g
}
