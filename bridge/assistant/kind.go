package assistant

import (
	"regexp"
	"slices"

	"threadline/bridge"
)

// kind is what sort of answer a question wants, beyond its topic.
type kind int

const (
	anyKind  kind = iota
	amount        // what something costs
	duration      // how long it takes or lasts
)

var (
	amounts   = regexp.MustCompile(`(?i)[$€£]\s?\d|\d[\d.,]*\s?(?:[$€£%]|dollars?\b|euros?\b|bucks\b|pounds?\b|usd\b|eur\b|gbp\b|francs?\b|percent\b)|\bfree\b|\bno (?:extra )?charge\b|\bat no cost\b`)
	durations = regexp.MustCompile(`(?i)\b(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|half an|few|several|same|next)(?:[ -](?:to|or|and)[ -](?:\w+))?[ -](?:business |working )?(?:minutes?|hours?|days?|weeks?|months?|years?|nights?)\b`)
)

// kindOf reads what sort of answer a question wants.
func kindOf(query string) kind {
	words := rawWords(query)
	for i, w := range words {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch {
		case w == "how" && next == "long":
			return duration
		case w == "how" && next == "much" && !slices.Contains(words, "time"), w == "price" || w == "prices", stem(w) == "price" && w != "charged" && w != "cheap":
			return amount
		}
	}
	return anyKind
}

// in reports whether a text holds such an answer.
func (k kind) in(text string) bool {
	switch k {
	case amount:
		return amounts.MatchString(text)
	case duration:
		return durations.MatchString(text)
	case anyKind:
	}
	return true
}

// lacking reports whether a price is asked for and the prose that was found has
// none. What was written for a question answers it.
func (k kind) lacking(sections ...bridge.Section) bool {
	return k == amount && !slices.ContainsFunc(sections, func(s bridge.Section) bool { return s.Questions != "" || k.in(s.Text) })
}

// Weights of the kind of answer.
const (
	// kindBonus is what a passage with such an answer is worth more among equals.
	kindBonus = 1.3
	// kindShare is what is left of the confidence in passages without a price.
	kindShare = 0.7
)
