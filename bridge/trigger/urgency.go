package trigger

// urgency looks for danger to people or the house, now.
func urgency(t *text) mark {
	m := mark{}
	for _, group := range []string{"danger", "emergency"} {
		for _, h := range t.found(group) {
			if !t.distant(h) {
				m = m.stronger(mark{strength: h.strength, at: h.from})
			}
		}
	}
	for _, h := range t.found("cold") {
		if t.distant(h) {
			continue
		}
		switch {
		case t.any("frail"):
			m = m.stronger(mark{strength: 0.95, at: h.from})
		case t.any("freeze"):
			m = m.stronger(mark{strength: 0.85, at: h.from})
		}
	}
	for _, h := range t.found("chilly") {
		if !t.distant(h) && t.any("frail") {
			m = m.stronger(mark{strength: 0.9, at: h.from})
		}
	}
	return m
}

// distant reports whether the danger is denied, past, supposed, told as a joke
// or asked about in general.
func (t *text) distant(h hit) bool {
	from, to := t.sentence(h.from)
	for _, d := range t.found("denied") {
		if d.from >= max(h.from-3, t.clauseStart(h.from)) && d.from < h.from {
			return true
		}
	}
	if t.within("blamed", max(h.from-3, from), h.from+1) && !t.within("present", from, to) {
		return true // what somebody did is a reproach, not what goes on
	}
	if t.within("habit", from, to) && !t.within("present", from, to) {
		return true
	}
	if t.within("suppose", from, h.from) || t.within("past", from, to) || t.any("joke") {
		return true
	}
	for _, g := range t.found("general") {
		// "There is a fire" states what "is a fire covered" asks.
		if stated := g.from > from && t.within("stated", g.from-1, g.from); stated {
			continue
		}
		if g.from >= from && g.from < min(from+2, h.from) {
			return !t.within("own", from, to) && !t.within("here", from, to)
		}
	}
	return false
}
