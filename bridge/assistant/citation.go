package assistant

import (
	"slices"
	"strings"
	"unicode"

	"threadline/bridge"
	"threadline/bridge/trigger"
)

// citations are what an answer says that it rests on.
type citations struct {
	numbers map[string]bool  // of the cited passages, and of what was said before
	others  []bridge.Section // shown, and not cited
	also    []bridge.Section // of those, what figures were taken from
	words   map[string]bool  // of everything that was shown, and said before
}

// strays is how many words of its own a sentence needs, none of which stands
// anywhere in what was read, to rest on nothing.
const strays = 8

// cite tells the guard which passages the answer cites. What an agent agreed
// counts as cited where it was shown.
func (g *guard) cite(cited, others []bridge.Section, q bridge.Question) {
	c := &citations{others: others, numbers: map[string]bool{}, words: map[string]bool{}}
	var source strings.Builder
	for _, s := range cited {
		source.WriteString(s.Title + "\n" + s.URL + "\n" + s.Text + "\n")
	}
	source.WriteString(q.HandBack + "\n" + q.Site.Instructions + "\n")
	for _, m := range q.Transcript {
		source.WriteString(m.Text + "\n")
	}
	for _, n := range longNumbers(source.String()) {
		c.numbers[n] = true
	}
	for _, w := range terms(g.known + "\n" + source.String() + "\n" + q.Site.Name + " " + q.Site.AssistantName) {
		c.words[w] = true
	}
	g.cited = c
}

// unsupported holds back a sentence with a number that no cited passage has,
// and one that shares no word with anything that was read. Small numbers are
// left alone: they count what stands there in words.
func (g *guard) unsupported(s string) *heldBack {
	if g.cited == nil {
		return nil
	}
	for _, n := range longNumbers(s) {
		if !g.cited.numbers[n] && !g.cited.takes(n) {
			return &heldBack{trigger.InformationGap, "The answer was held back: it named a figure that the passages do not state."}
		}
	}
	own := distinct(terms(s))
	latin := 0
	for _, w := range own {
		if g.cited.words[w] {
			return nil
		}
		if strings.IndexFunc(w, func(r rune) bool { return r > unicode.MaxLatin1 }) < 0 {
			latin++
		}
	}
	if latin >= strays && inEnglish(rawWords(s)) {
		return &heldBack{trigger.InformationGap, "The answer was held back: the passages it cites do not say so."}
	}
	return nil
}

// takes finds a figure in a passage that was shown and not cited, which then
// counts as cited.
func (c *citations) takes(number string) bool {
	for _, s := range c.others {
		if slices.Contains(longNumbers(s.Text), number) {
			if !slices.Contains(c.also, s) {
				c.also = append(c.also, s)
			}
			return true
		}
	}
	return false
}

// inEnglish reports whether words seem to be English: in another language an
// answer may share none with what it was made from.
func inEnglish(words []string) bool {
	n := 0
	for _, w := range words {
		switch w {
		case "the", "and", "of", "is", "are", "with", "for", "you", "this", "that", "it", "was", "to":
			n++
		}
	}
	return n >= 2
}

// longNumbers are the numbers of two digits or more, without separators of
// thousands.
func longNumbers(s string) []string {
	var out []string
	for _, n := range strings.FieldsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != ',' }) {
		n = strings.Trim(strings.ReplaceAll(n, ",", ""), ".")
		n = strings.TrimSuffix(n, ".00")
		if len(n) >= 2 {
			out = append(out, n)
		}
	}
	return out
}
