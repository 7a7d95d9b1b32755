package trigger

// sensitive looks for money back, the end of a contract, and the law.
func sensitive(t *text) mark {
	m := mark{}
	for _, h := range t.found("refund") {
		if !t.general(h.from) && !t.declined(h.from, 5) {
			m = m.stronger(mark{strength: h.strength, at: h.from})
		}
	}
	for _, h := range t.found("cancel") {
		if !t.general(h.from) && !t.declined(h.from, 3) && !t.visit(h.from) && !t.feeOnly(h.from) {
			m = m.stronger(mark{strength: h.strength, at: h.from})
		}
	}
	for _, h := range t.found("law") {
		if !t.general(h.from) && !t.declined(h.from, 5) && !t.lawyerly(h.from) {
			m = m.stronger(mark{strength: h.strength, at: h.from})
		}
	}
	for _, h := range t.found("money") {
		if !t.general(h.from) && !t.refused(h.from) {
			m = m.stronger(mark{strength: h.strength, at: h.from})
		}
	}
	return m
}

// general reports whether the sentence around i asks how things are done in
// general, not about the visitor's own case.
func (t *text) general(i int) bool {
	from, to := t.sentence(i)
	if t.within("policy", from, to) {
		return !t.within("demand", from, to)
	}
	for _, h := range t.found("general") {
		if h.from >= from && h.from < min(from+3, i+1) {
			return !t.within("own", from, to) && !t.within("demand", from, to)
		}
	}
	return false
}

// feeOnly: what a cancellation costs is asked, not the cancellation.
func (t *text) feeOnly(i int) bool {
	from, to := t.sentence(i)
	return t.within("fees", from, to) && !t.within("demand", from, to)
}

// declined reports whether the visitor says they do not want what stands at i.
func (t *text) declined(i, within int) bool {
	start := t.clauseStart(i)
	for _, h := range t.found("notwant") {
		if h.from >= max(i-within, start) && h.from < i && h.to <= i+1 {
			return !t.within("still", max(i-3, start), i) || h.to-h.from > 1
		}
	}
	return false
}

// visit knows questions that the knowledge may answer: whether an appointment
// can be cancelled, whether a plan at any time.
func (t *text) visit(i int) bool {
	from, to := t.sentence(i)
	return t.within("visit", from, to) && t.within("mayi", from, i) || t.within("anytime", i, to)
}

// lawyerly: the visitor is a lawyer, or the office is one.
func (t *text) lawyerly(i int) bool {
	for _, h := range t.found("lawmask") {
		if h.from <= i && i < h.to+1 {
			return true
		}
	}
	return fits([]string{"office", "offices", "building", "firm", "firms"}, t.at(i+1))
}
