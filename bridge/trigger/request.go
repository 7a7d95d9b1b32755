package trigger

import "strings"

// explicit looks for a request to deal with a person.
func explicit(t *text, earlier []Turn) mark {
	m := accepted(t, earlier).stronger(bare(t))
	for _, group := range []string{"request", "move", "wish", "whom", "dept"} {
		for _, h := range t.found(group) {
			if t.refused(h.from) || t.undone(h) || t.asked(h.from) || t.oneself(h.from) || t.identity(h) || t.within("lawmask", h.from, h.to) {
				continue
			}
			m = m.stronger(mark{strength: h.strength, at: h.from})
		}
	}
	for _, h := range t.found("gerund") {
		if !t.refused(h.from) && !t.asked(h.from) && !t.narrated(h.from) && !t.oneself(h.from) {
			m = m.stronger(mark{strength: h.strength, at: h.from})
		}
	}
	for _, h := range t.found("reach") {
		if !t.refused(h.from) && !t.oneself(h.from) {
			m = m.stronger(mark{strength: h.strength, at: h.from})
		}
	}
	for _, h := range t.found("call") {
		if from, to := t.sentence(h.from); t.within("naming", from, to) {
			continue // "what do you call me"
		}
		if !t.refused(h.from) && !t.undone(h) && !t.asked(h.from) && !t.usually(h.from) {
			m = m.stronger(mark{strength: h.strength, at: h.from})
		}
	}
	m = m.stronger(t.strongest("notbot", 1))
	if t.asks == 0 {
		m = m.stronger(t.strongest("notyou", 1))
	}
	return m
}

// refused reports whether the wish at i is denied: "don't transfer me". A "why
// won't you" asks for it all the same, and "it's not working i want" denies
// something else, as does "i don't know how to".
func (t *text) refused(i int) bool {
	for j := i - 1; j >= 0 && j >= i-6 && t.words[j].clause == t.words[i].clause; j-- {
		if t.startsIn("subject", j) && j < i {
			return !t.clauseEnd(j) && (t.startsIn("denial", j-1) || t.startsIn("think", j-1) && t.startsIn("denial", j-2))
		}
		if j == i-1 && fits([]string{"stop", "avoid", "quit"}, t.at(j)) {
			return true
		}
		if fits([]string{"need", "reason"}, t.at(j)) && t.at(j-1) == "no" {
			return true
		}
		if t.startsIn("denial", j) {
			if fits([]string{"know", "see", "understand", "get", "find", "figure", "sure", "mind", "working", "work", "helping", "helpful"}, t.at(j+1)) && j+1 < i {
				return false
			}
			return t.at(j-1) != "why" && t.at(j-2) != "why"
		}
	}
	return t.startsIn("denial", i) || fits([]string{"nunca"}, t.at(i-1))
}

// undone reports whether the wish is denied behind the verb, as French and
// Hindi do: "baat nahi karni".
func (t *text) undone(h hit) bool { return t.within("undone", h.from, h.to+1) }

// startsIn reports whether a hit of the group begins at word i.
func (t *text) startsIn(group string, i int) bool {
	if i < 0 {
		return false
	}
	return t.within(group, i, i+1)
}

// asked reports whether the verb at i stands in a question about others or
// about what is necessary: "do you talk to", "do i need".
func (t *text) asked(i int) bool {
	for j := i - 1; j > 0 && j >= i-3 && t.words[j].clause == t.words[i].clause; j-- {
		if fits([]string{"you", "he", "she", "they", "i", "we"}, t.words[j].s) &&
			fits([]string{"do", "did", "does", "have", "should", "if", "when", "before"}, t.at(j-1)) {
			if t.words[j].s == "you" && t.at(j+1) == "have" {
				return false
			}
			return !fits([]string{"how", "where", "who", "what"}, t.at(j-2))
		}
	}
	return false
}

// identity reports whether the hit is part of "are you a real person".
func (t *text) identity(h hit) bool {
	for _, a := range t.found("areyou") {
		if a.from < h.from && h.from < a.to || h.from <= a.from && a.from < h.to {
			return true
		}
	}
	return false
}

// oneself reports whether the visitor tells what they do on their own: "i will
// reach out to an agent", "i talked to a person".
func (t *text) oneself(i int) bool {
	for _, h := range t.found("self") {
		if h.from <= i && i <= h.to && h.from >= i-9 {
			return true
		}
	}
	return false
}

// narrated reports whether talking is what is going on, not what is wanted.
func (t *text) narrated(i int) bool {
	return fits([]string{"i", "am", "was", "were", "been", "are", "im", "is", "you", "be", "keep", "stop", "we", "after", "before"}, t.at(i-1))
}

// usually: "will the technician call me before coming" asks what happens.
func (t *text) usually(i int) bool {
	for j := max(i-5, t.clauseStart(i)); j < i; j++ {
		if fits([]string{"will", "does", "do", "would", "when", "did", "if"}, t.at(j)) {
			for k := max(i-4, 0); k < i; k++ {
				if t.at(k) == "you" {
					return false
				}
			}
			return true
		}
	}
	return false
}

// bare: the whole message is little more than the word.
func bare(t *text) mark {
	if len(t.words) > 6 {
		return mark{}
	}
	at := -1
	for i, w := range t.words {
		if t.startsIn("person", i) {
			at = i
			continue
		}
		if at >= 0 && fits([]string{"service", "support", "care", "agent", "representative", "person", "human"}, w.s) {
			continue
		}
		if !fits([]string{
			"a", "an", "the", "please", "real", "live", "actual", "now", "customer", "just", "hello", "hi", "hey", "asap",
			"ok", "okay", "yes", "being", "help", "your", "no", "not", "bot", "por", "favor", "svp", "bitte", "un", "una", "uma", "um", nod, shake, cross,
		}, w.s) {
			return mark{}
		}
	}
	if at < 0 || t.asks > 0 && len(t.words) < 3 || fits([]string{"no", "not"}, t.at(at-1)) {
		return mark{}
	}
	return mark{strength: 0.9, at: at}
}

// accepted: the assistant offered a person and the visitor says yes, or gives
// the number it asked for to be called at.
func accepted(t *text, earlier []Turn) mark {
	if len(t.words) > 60 || len(earlier) == 0 || earlier[len(earlier)-1].Visitor || Declines(string(t.source)) {
		return mark{}
	}
	_, end := t.sentence(0)
	yes := false
	for _, h := range t.found("yesno") {
		yes = yes || h.from < end && h.from < 8
	}
	if len(t.words) <= 10 {
		end = len(t.words)
	}
	if yes && !t.within("notyes", 0, min(end, 14)) {
		if o := offers(earlier[len(earlier)-1].Text); o == asks || o == mentions && t.within("firmyes", 0, end) {
			return mark{strength: 0.9}
		}
	}
	if len(t.words) <= 8 && t.any("telephone") && asksForNumber(earlier[len(earlier)-1].Text) {
		return mark{strength: 0.8, at: t.found("telephone")[0].from}
	}
	return mark{}
}

// offer is how an assistant's line ends.
type offer int

const (
	none     offer = iota
	mentions       // it says that a person could be brought in
	asks           // it asks whether one shall
)

// offers tells whether an assistant's line ends by offering a person.
func offers(s string) offer {
	o := engine().read(tail(s))
	if len(o.words) == 0 {
		return none
	}
	// The last two sentences: what is offered, and "would you like that?".
	from := 0
	if last := o.words[len(o.words)-1].sentence; last > 0 {
		for from < len(o.words) && o.words[from].sentence < last-1 {
			from++
		}
	}
	if !o.within("wouldyou", from, len(o.words)) {
		return none
	}
	for _, h := range o.found("offer") {
		if h.from >= from && !o.refusedOffer(h.from) {
			if strings.HasSuffix(strings.TrimSpace(s), "?") {
				return asks
			}
			return mentions
		}
	}
	for i := from; i < len(o.words); i++ {
		if o.startsIn("person", i) && strings.HasSuffix(strings.TrimSpace(s), "?") {
			return asks
		}
	}
	return none
}

// refusedOffer: "i cannot transfer you".
func (t *text) refusedOffer(i int) bool {
	for j := i - 1; j >= max(0, i-3); j-- {
		if fits([]string{"cannot", "cant", "unable", "not", "wont", "without"}, t.at(j)) {
			return true
		}
	}
	return false
}

// asksForNumber reports whether an assistant's line asks how to call back, and
// not only how to reach the visitor should the line break.
func asksForNumber(s string) bool {
	o := engine().read(tail(s))
	if o.asks == 0 || !o.any("asknumber") || o.any("incase") {
		return false
	}
	for _, h := range o.found("offer") {
		if !fits([]string{"reach", "contact", "contacting", "get"}, o.at(h.from)) {
			return true
		}
	}
	return o.any("callyou")
}

// maxTail bounds what is read of an earlier line, in bytes.
const maxTail = 1200

// tail is the end of a long line; what is offered stands there.
func tail(s string) string {
	if len(s) > maxTail {
		s = s[len(s)-maxTail:]
	}
	return s
}
