package trigger

import (
	"net/url"
	"strings"
)

// highValue looks for a deal that a salesperson should not miss.
func highValue(t *text, in Input) mark {
	m := mark{}
	for _, h := range t.found("value") {
		if !t.small(h) {
			m = m.stronger(mark{strength: h.strength, at: h.from})
		}
	}
	if len(t.words) >= 3 {
		if name, ok := important(in.Visitor); ok {
			m = m.stronger(mark{strength: 0.7, words: name})
		}
	}
	if onPricingPage(in.PageURL) && t.any("buyintent") {
		m = m.stronger(mark{strength: 0.6, at: t.found("buyintent")[0].from})
	}
	return m
}

// many is how many digits a count has that is more than a household's, at
// least; a leading zero is none.
const many = 2

// small reports whether the numbers in a hit are a household's, so that "40
// units" counts and "2 units" does not.
func (t *text) small(h hit) bool {
	numbers, large := false, false
	for i := h.from; i < h.to; i++ {
		if w := t.at(i); isNumber(w) {
			numbers = true
			large = large || len(strings.TrimLeft(w, "0")) >= many
		}
	}
	return numbers && !large
}

// important reports whether what is known of the visitor marks them out, and
// quotes it.
func important(visitor map[string]string) (string, bool) {
	for _, name := range []string{"vip", "tier", "plan", "segment", "status", "level"} {
		switch v := strings.ToLower(strings.TrimSpace(visitor[name])); {
		case name == "vip" && (v == "true" || v == "yes" || v == "1" || v == "vip"),
			name != "vip" && (v == "vip" || v == "enterprise" || v == "platinum" || v == "key account"):
			return name + ": " + visitor[name], true
		}
	}
	return "", false
}

func onPricingPage(page string) bool {
	u, err := url.Parse(page)
	if err != nil {
		return false
	}
	for _, part := range strings.Split(strings.ToLower(u.Path), "/") {
		switch strings.TrimSuffix(part, ".html") {
		case "pricing", "prices", "plans", "enterprise", "precios", "preise", "tarifs", "prezzi", "precos":
			return true
		}
	}
	return false
}

// buyerSpecific looks for what depends on this one buyer.
func buyerSpecific(t *text) mark {
	if t.any("offering") && !t.any("myself") {
		return t.strongest("buyer", general)
	}
	return t.strongest("buyer", 1)
}

// general is how strong at most a question is that concerns no buyer in
// particular: below every default threshold, above what settings may choose.
const general = 0.4

// complexity looks for what is too entangled for an answer.
func complexity(t *text, earlier []Turn, mood Mood) mark {
	m := t.strongest("complex", 1)
	if t.any("step") {
		steps := map[string]bool{}
		for _, h := range t.found("step") {
			steps[t.at(h.from)] = true
		}
		if len(steps) >= 3 {
			m = m.stronger(mark{strength: 0.8, at: t.found("step")[0].from})
		}
	}
	if t.questions() >= 4 {
		m = m.stronger(mark{strength: 0.7})
	}
	if mood == Confusion {
		// Twice lost in the same chat: the answers do not help.
		for i := len(earlier) - 1; i >= 0 && i >= len(earlier)-4; i-- {
			if earlier[i].Visitor && engine().read(tail(earlier[i].Text)).any("confusion") {
				return m.stronger(mark{strength: 0.6, at: t.found("confusion")[0].from})
			}
		}
	}
	return m
}

// questions counts the clauses that ask something.
func (t *text) questions() int {
	if t.asks == 0 {
		return 0
	}
	n, last := 0, -1
	for _, h := range t.found("asking") {
		if c := t.words[h.from].clause; c != last && (t.clauseStart(h.from) >= h.from-2) {
			n, last = n+1, c
		}
	}
	return max(n, t.asks)
}
