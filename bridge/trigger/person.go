package trigger

import "strings"

// explicit looks for a request to deal with a person.
func explicit(t text, earlier []Turn) mark {
	m := accepted(t, earlier).stronger(bare(t))
	for i := range t.words {
		m = m.stronger(t.contact(i)).stronger(t.wish(i)).stronger(t.callMe(i)).stronger(t.notABot(i)).stronger(t.notYou(i))
	}
	return m
}

// named reports whether word i names somebody who could take over. loose also
// lets in the indefinite ones, which need a verb of talking beside them.
func (t text) named(i int, loose bool) bool {
	switch w := t.at(i); w {
	case "human", "humans":
		return !fits([]string{"resources", "error", "errors", "rights", "hair", "being"}, t.at(i+1)) || t.at(i+1) == "being"
	case "person":
		return !fits([]string{"in", "per", "each", "service", "delivery"}, t.at(i-1))
	case "agent", "agents", "rep", "reps", "representative", "representatives":
		return !fits([]string{"number", "id", "name", "code", "fee"}, t.at(i+1)) &&
			!fits([]string{"insurance", "estate", "travel", "cleaning", "my", "realtor", "cooling"}, t.at(i-1))
	case "operator", "manager", "supervisor", "boss", "receptionist", "advisor", "adviser", "dispatcher", "csr":
		return t.at(i+1) != "manual" && (w != "manager" || t.at(i-1) != "property")
	case "people":
		return loose || fits([]string{"real", "actual", "live"}, t.at(i-1))
	case "service", "support", "care", "services":
		return t.at(i-1) == "customer" && !fits([]string{"number", "hours"}, t.at(i+1))
	case "guy", "lady", "dude":
		return fits([]string{"real", "actual", "live"}, t.at(i-1))
	case "someone", "anyone", "staff", "reception", "technician", "tech", "specialist", "team", "owner", "employee", "colleague", "expert", "salesperson", "sales":
		return loose
	}
	return false
}

// refused reports whether the verb at i is denied: "don't transfer me". A
// "why won't you" asks for it all the same, and "it's not working i want"
// denies something else.
func (t text) refused(i int) bool {
	for j := i - 1; j >= 0 && j >= i-5 && t.words[j].clause == t.words[i].clause; j-- {
		switch t.words[j].s {
		case "stop", "avoid":
			if j == i-1 {
				return true
			}
		case "i":
			return fits([]string{"think", "believe"}, t.at(j-1)) && fits([]string{"dont", "not"}, t.at(j-2))
		case "dont", "doesnt", "didnt", "not", "never", "without", "wont", "no", "isnt", "shouldnt":
			return t.at(j-1) != "why" && t.at(j-2) != "why"
		}
	}
	return false
}

// asked reports whether the verb at i stands in a question about others or
// about what is necessary: "do you talk to", "do i need".
func (t text) asked(i int) bool {
	for j := i - 1; j > 0 && j >= i-3 && t.words[j].clause == t.words[i].clause; j-- {
		if fits([]string{"you", "he", "she", "they", "i", "we"}, t.words[j].s) &&
			fits([]string{"do", "did", "does", "have", "should", "if", "when"}, t.at(j-1)) {
			if t.words[j].s == "you" && t.at(j+1) == "have" {
				return false
			}
			return t.at(j-2) != "how" && t.at(j-2) != "where" && t.at(j-2) != "who"
		}
	}
	return false
}

// contact: a verb of talking with somebody who could take over within reach,
// before it ("talk to a human") or after ("a human i can talk to").
func (t text) contact(i int) mark {
	w := t.words[i].s
	talks := fits([]string{"talk", "speak", "chat"}, w)
	ing := fits([]string{"talking", "speaking", "chatting"}, w)
	moves := fits([]string{"connect", "transfer", "escalate", "patch", "forward", "handoff", "contact", "reach", "switch", "redirect", "through", "over", "pass", "put"}, w)
	if !talks && !ing && !moves || t.refused(i) {
		return mark{}
	}
	if ing {
		if fits([]string{"i", "am", "was", "were", "been", "are", "im", "is", "you"}, t.at(i-1)) {
			return mark{}
		}
	}
	if t.asked(i) {
		return mark{}
	}
	if (w == "pass" || w == "put") && t.at(i+1) != "me" && t.at(i+1) != "us" {
		return mark{}
	}
	if w == "through" && t.find(i-4, i, "put|get|patch|pass") < 0 || w == "over" && t.find(i-4, i, "hand|pass|send") < 0 {
		return mark{}
	}
	if moves && w != "through" && w != "put" && t.at(i+1) == "me" &&
		(t.clauseEnd(i+2) || fits([]string{"please", "now", "already", "asap", "over", "through"}, t.at(i+2))) {
		return mark{0.9, i}
	}
	if w == "through" && t.at(i-1) == "me" && t.clauseEnd(i+1) {
		return mark{0.9, i}
	}
	for j := i + 1; j <= i+6 && !t.clauseEnd(j); j++ {
		if t.named(j, true) {
			return mark{0.95, j}
		}
	}
	if talks {
		// "a person i can talk to", "is there anyone to talk to", "can someone talk to me"
		for j := i - 1; j >= 0 && j >= i-4 && t.words[j].clause == t.words[i].clause; j-- {
			if !t.named(j, true) {
				continue
			}
			if t.find(j+1, i, "i|to|we|who|that") >= 0 || t.find(i+1, i+3, "me|us") >= 0 {
				return mark{0.9, j}
			}
		}
	}
	return mark{}
}

// wish: "get me a human", "i want an agent", "is there a real person".
func (t text) wish(i int) mark {
	strength := 0.95
	switch w := t.words[i].s; w {
	case "want", "wants", "need", "get", "give", "prefer", "bring", "find", "request", "require", "demand", "wanting", "needs", "send", "let", "rather", "like", "asking", "ask":
	case "have":
		if t.find(i-3, i, "can|could|may i", "let|lets me", "id like to") < 0 {
			return mark{}
		}
	case "is", "are":
		if t.at(i+1) != "there" || t.find(i+2, i+6, "real|live|actual", "human|humans") < 0 {
			return mark{}
		}
		strength = 0.85
	default:
		return mark{}
	}
	if t.refused(i) || t.asked(i) {
		return mark{}
	}
	for j := i + 1; j <= i+5 && !t.clauseEnd(j); j++ {
		if !t.named(j, false) {
			continue
		}
		next := t.at(j + 1)
		if !t.clauseEnd(j+1) && next == "to" && !fits([]string{"talk", "speak", "help", "call", "chat", "assist", "answer", "respond", "contact", "handle", "take"}, t.at(j+2)) {
			return mark{}
		}
		if !t.clauseEnd(j+1) && fits([]string{"who", "that"}, next) && t.find(j+2, j+5, "help|talk|answer|assist|understand*|speak") < 0 {
			return mark{}
		}
		if t.find(i+1, j, "what|how|about|why|if") >= 0 {
			return mark{}
		}
		return mark{strength, j}
	}
	return mark{}
}

// callMe: "call me back", "have someone call me"; not "call me by my name".
func (t text) callMe(i int) mark {
	if !fits([]string{"call", "ring", "phone"}, t.words[i].s) {
		if fits([]string{"give"}, t.words[i].s) && fits([]string{"me", "us"}, t.at(i+1)) && t.find(i+2, i+5, "call|ring|callback") >= 0 && !t.refused(i) {
			return mark{0.8, i}
		}
		if t.words[i].s == "someone" && t.find(i+1, i+3, "else take|help|look|please|on", "contact|call|reach me|us", "real") >= 0 && !t.refused(i) && !t.asked(i) {
			return mark{0.8, i}
		}
		if t.words[i].s == "someone" && t.at(i+1) == "else" && t.clauseEnd(i+2) && t.find(i-4, i, "get|give|want|need|have") >= 0 && !t.refused(i) && !t.asked(i) {
			return mark{0.8, i}
		}
		return mark{}
	}
	if !fits([]string{"me", "us"}, t.at(i+1)) || t.refused(i) || t.asked(i) {
		return mark{}
	}
	// "will the technician call me before coming" asks what usually happens.
	if t.find(i-5, i, "will|does|do|would|when") >= 0 && t.find(i-4, i, "you") < 0 {
		return mark{}
	}
	next := t.at(i + 2)
	if t.clauseEnd(i+2) || fits([]string{"at", "on", "back", "asap", "please", "now", "today", "tomorrow", "when", "tonight", "in", "this", "to", "soon", "immediately", "about", "as"}, next) || next[0] >= '0' && next[0] <= '9' {
		return mark{0.8, i}
	}
	return mark{}
}

// notABot: the visitor will not deal with a machine.
func (t text) notABot(i int) mark {
	if !fits([]string{"bot", "bots", "robot", "robots", "machine", "computer", "chatbot", "ai"}, t.words[i].s) || !t.clauseEnd(i+1) {
		return mark{}
	}
	if t.find(i-6, i, "dont|not want|wanna|wish", "sick|tired of", "stop|enough .. this|the|these|with|a|of", "hate talking|speaking|chatting|this|these", "instead of") >= 0 {
		return mark{0.85, i}
	}
	return mark{}
}

// notYou: "i don't want to talk to you".
func (t text) notYou(i int) mark {
	if t.find(i, i+1, "dont|not want to talk|speak|chat to|with you") >= 0 && !t.question {
		return mark{0.75, i}
	}
	return mark{}
}

// bare: the whole message is little more than the word.
func bare(t text) mark {
	if len(t.words) > 6 {
		return mark{}
	}
	at := -1
	for i, w := range t.words {
		if t.named(i, false) {
			at = i
			continue
		}
		if !fits([]string{"a", "an", "the", "please", "real", "live", "actual", "now", "customer", "just", "hello", "hi", "hey", "asap", "ok", "okay", "yes", "being", "help", "your", "no", "not", "bot"}, w.s) {
			return mark{}
		}
	}
	if at < 0 || t.question && t.find(0, len(t.words), "real|human") >= 0 && len(t.words) < 3 || fits([]string{"no", "not"}, t.at(at-1)) {
		return mark{}
	}
	return mark{0.9, at}
}

// accepted: the assistant offered a person and the visitor says yes.
func accepted(t text, earlier []Turn) mark {
	if len(t.words) > 8 || len(earlier) == 0 || earlier[len(earlier)-1].Visitor {
		return mark{}
	}
	switch t.at(0) {
	case "yes", "yeah", "yea", "yep", "yup", "sure", "ok", "okay", "please", "absolutely", "definitely", "y", "yess", "si", "go", "do", "that", "sounds", "alright", "fine":
	default:
		return mark{}
	}
	if t.find(0, len(t.words), "no|not|dont|but|first|cancel|what|how|why|when|where|who|wait") >= 0 {
		return mark{}
	}
	switch t.at(0) {
	case "go":
		if t.at(1) != "ahead" {
			return mark{}
		}
	case "do":
		if !fits([]string{"it", "that", "so"}, t.at(1)) {
			return mark{}
		}
	case "that", "sounds":
		if t.find(0, len(t.words), "good|great|nice|fine|works|helpful|perfect") < 0 {
			return mark{}
		}
	}
	if !offers(earlier[len(earlier)-1].Text) {
		return mark{}
	}
	return mark{0.9, 0}
}

// offers reports whether an assistant's line ends by offering a person.
func offers(s string) bool {
	if !strings.HasSuffix(strings.TrimSpace(s), "?") {
		return false
	}
	o := read(s)
	if len(o.words) == 0 {
		return false
	}
	from, to := o.sentence(len(o.words) - 1)
	if o.find(from, to, "would you like|prefer", "do you want", "want me to", "shall|should|can|may i", "would it help") < 0 {
		return false
	}
	for i := from; i < to; i++ {
		if o.named(i, true) {
			return true
		}
	}
	return false
}
