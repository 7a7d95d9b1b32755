package trigger

// frustration adds up signs of anger at the service; a fault report is none.
func frustration(t *text, earlier []Turn) mark {
	now := t.anger()
	sum := now.strength
	if t.letters >= 12 && len(t.words) >= 3 && t.upper*10 >= t.letters*8 {
		sum += 0.25 // shouting
	}
	if t.bangs >= 3 {
		sum += 0.25
	}
	if repeats(t, earlier) {
		sum += 0.5
	}
	if sum >= 0.2 {
		sum += simmering(earlier)
	}
	return mark{strength: min(sum, 0.97), at: now.at}
}

// anger is what one line alone shows of it.
func (t *text) anger() mark {
	m := mark{}
	for _, group := range []string{"insult", "rage"} {
		for _, h := range t.found(group) {
			if t.calmAt(h, group == "rage") {
				continue
			}
			m = m.stronger(mark{strength: h.strength, at: h.from})
		}
	}
	if s := t.strongest("swear", 1); s.strength > 0 {
		if m.strength == 0 {
			m.at = s.at
		}
		m.strength += s.strength * 0.7
	}
	if t.any("glad") && !t.any("unglad") && !t.any("insult") {
		m.strength -= 0.5
	}
	m.strength = max(m.strength, 0)
	return m
}

// calmAt reports whether the words are about a thing of the visitor's own, or
// denied.
func (t *text) calmAt(h hit, things bool) bool {
	start := t.clauseStart(h.from)
	if things && t.within("third", max(start, h.from-4), h.from+1) && !t.at2(h, "you") {
		return true
	}
	for j := h.from - 1; j >= max(start, h.from-2); j-- {
		if fits([]string{"not", "isnt", "arent", "dont", "never", "wasnt"}, t.at(j)) && h.strength < 0.85 {
			return true
		}
	}
	return false
}

// at2 reports whether the word stands in the hit.
func (t *text) at2(h hit, w string) bool {
	for i := h.from; i < h.to; i++ {
		if t.at(i) == w {
			return true
		}
	}
	return false
}

// simmering is what earlier lines leave of anger: it grows over turns.
func simmering(earlier []Turn) float64 {
	sum, seen := 0.0, 0
	for i := len(earlier) - 1; i >= 0 && seen < 3; i-- {
		if !earlier[i].Visitor {
			continue
		}
		seen++
		if o := engine().read(tail(earlier[i].Text)); o.anger().strength >= 0.3 {
			sum += 0.2
		}
	}
	return sum
}

// mood tells anger, panic, anxiety and confusion apart.
func (t *text) mood(angry mark) Mood {
	panicking := t.any("panicask") && t.bangs >= 2
	for _, h := range t.found("panic") {
		panicking = panicking || !t.within("calmpanic", max(0, h.from-3), h.from+1)
	}
	switch {
	case panicking:
		return Panic
	case angry.strength >= DefaultThreshold:
		return Anger
	case t.any("anxiety") && !t.any("calmer"):
		return Anxiety
	case t.any("confusion"):
		return Confusion
	}
	return Calm
}

// repeats reports whether the visitor asks the same again although the
// assistant has answered in between.
func repeats(t *text, earlier []Turn) bool {
	if len(t.words) < 5 {
		return false
	}
	now := map[string]bool{}
	for _, w := range t.words {
		now[w.s] = true
	}
	answered := false
	for i := len(earlier) - 1; i >= 0 && i >= len(earlier)-6; i-- {
		if !earlier[i].Visitor {
			answered = true
			continue
		}
		if !answered {
			continue
		}
		before, common := map[string]bool{}, 0
		for _, w := range scan(tail(earlier[i].Text)).words {
			before[engine().slips.mend(w.s)] = true
		}
		for w := range before {
			if now[w] {
				common++
			}
		}
		if union := len(now) + len(before) - common; common*10 >= union*8 {
			return true
		}
	}
	return false
}
