package trigger

import "strings"

// general reports whether the sentence around i asks how things are done in
// general, not about the visitor's own case.
func (t text) general(i int) bool {
	from, to := t.sentence(i)
	if t.find(i, i+2, "policy|policies|guarantee|rate|rates|rating|accredited") >= 0 || t.find(from, to, "policy|policies") >= 0 {
		return t.find(from, to, "i want|demand|need|deserve", "give me", "despite", "my money") < 0
	}
	if t.find(from, from+3, "do|does|did you|your|they|the", "what is|are|s|kind|happens", "whats", "is|are there", "how long|do|does|are|much|often", "which", "can you explain") < 0 &&
		t.find(from, from+1, "are|is your|it|the|a|an") < 0 {
		return false
	}
	return t.find(from, to, "my", "i want|need|get|demand|ask|claim|request", "give me", "owe", "im|i am|have|smell|hear|see") < 0
}

// declined reports whether the visitor says they do not want what stands at i.
func (t text) declined(i int) bool {
	return t.find(max(i-5, t.clauseStart(i)), i, "dont|not|never want|need|asking|looking|after|trying") >= 0 ||
		t.find(i-1, i, "no|without") >= 0 && t.find(i-3, i-1, "still|and|got|yet") < 0
}

func (t text) clauseStart(i int) int {
	for n := 0; n < reach && i > 0 && t.words[i-1].clause == t.words[i].clause; n++ {
		i--
	}
	return i
}

// sensitive looks for money back, ending a contract, and the law.
func sensitive(t text) mark {
	m := mark{}
	for _, g := range []struct {
		strength float64
		phrases  []string
	}{
		{0.96, []string{
			"refund|refunds|refunded|refunding|reimburse|reimbursed|reimbursement|chargeback|chargebacks",
			"money back", "charge back", "dispute .. charge|charges|payment|bill|invoice",
		}},
		{0.96, []string{
			"lawyer|lawyers|attorney|attorneys|lawsuit|litigation|suing|solicitor",
			"sue you|your|them|the|for", "to|will|ill|gonna|can|could|should sue",
			"legal action|proceedings|department|team|counsel", "small claims", "you .. to court", "in court",
		}},
		{0.96, []string{
			"better business bureau", "bbb", "attorney general", "consumer protection|affairs", "trading standards", "ombudsman",
			"report you|your", "file|filing|formal|official|lodge .. complaint", "complain|complaint to|about|with the|your",
		}},
		{0.92, []string{
			"cancel|cancelling|canceling|terminate|terminating|end|ending|quit .. contract|subscription|membership|plan|agreement|account",
			"cancellation of .. contract|subscription|membership|plan|agreement|account",
			"cancel|cancelling|canceling .. service|services|everything",
			"get|want out of .. contract|subscription|agreement|plan",
		}},
		{0.6, []string{"i want|need|wish to cancel", "id like to cancel", "cancel this|it now|immediately|please"}},
	} {
		for i := t.find(0, len(t.words), g.phrases...); i >= 0; i = t.find(i+1, len(t.words), g.phrases...) {
			if !t.general(i) && !t.declined(i) && !t.innocent(i) {
				m = m.stronger(mark{g.strength, i})
				break
			}
		}
	}
	return m
}

// innocent knows the words' other meanings.
func (t text) innocent(i int) bool {
	from, to := t.sentence(i)
	switch w := t.words[i].s; {
	case strings.HasPrefix(w, "refund"):
		return t.at(i-1) == "tax" || t.at(i-1) == "energy"
	case strings.HasPrefix(w, "lawyer"), strings.HasPrefix(w, "attorney"):
		return t.find(i-3, i, "im a|an", "am a|an", "as a|an", "is a|an") >= 0 || t.find(i+1, i+2, "office|offices|building") >= 0
	case w == "bbb":
		return t.find(i+1, i+2, "rating|accredited|score|member") >= 0 && t.find(from, to, "complain*|report") < 0
	case strings.HasPrefix(w, "cancel"), w == "i", w == "id", strings.HasPrefix(w, "terminat"), w == "end", w == "ending":
		return t.find(from, to, "appointment|appointments|booking|visit|order|reservation|meeting|tuesday|monday|wednesday|thursday|friday|saturday|sunday|tomorrow") >= 0 ||
			t.find(from, to, "service call|visit|appointment", "any time", "anytime|whenever", "if i", "noise|sound") >= 0
	case w == "to", w == "can", w == "will":
		return t.find(i+2, i+3, "about|is|will|back") >= 0
	}
	return false
}

// urgency looks for danger to people or the house, now.
func urgency(t text) mark {
	m := mark{}
	for _, g := range []struct {
		strength float64
		phrases  []string
	}{
		{0.98, []string{
			"smell|smells|smelling|smelled .. gas|propane", "gas smell|leak|leaking|odor|odour", "leaking gas", "rotten egg|eggs",
			"carbon monoxide .. off|beeping|alarming|sounding|alarm|high|leak|poisoning", "co alarm|detector .. off|beeping|sounding|alarming",
			"on fire", "caught|catching fire", "smoke coming|pouring|everywhere|from|in", "smell|smells|smelling .. smoke|burning|burnt", "burning smell", "sparks", "sparking", "flames",
			"water everywhere", "water .. pouring|gushing|spraying|shooting|flooding", "flooding", "flooded", "burst pipe|pipes", "pipe|pipes .. burst|bursting|exploded",
			"ceiling .. collapsing|collapsed|caving|pouring", "sewage .. backing|everywhere|coming|backed", "cant breathe", "passed out",
		}},
		{0.9, []string{"this|it is an|a .. emergency", "its|thats|got|have an|a .. emergency", "emergency please|help|now", "help emergency", "need .. help immediately"}},
	} {
		for i := t.find(0, len(t.words), g.phrases...); i >= 0; i = t.find(i+1, len(t.words), g.phrases...) {
			if !t.calm(i) {
				m = m.stronger(mark{g.strength, i})
				break
			}
		}
	}
	cold := t.find(0, len(t.words),
		"no heat|heating|ac|air|hot|power", "without heat|heating|ac|air|hot", "heat|heating|heater|furnace|boiler|ac|conditioner .. out|off|died|dead|broke|broken|stopped|down|failed",
		"heat|heating|heater|furnace|boiler|ac|conditioner .. not|isnt|wont|doesnt|quit .. working|work|heating|cooling|start|on|turn", "freezing")
	if cold >= 0 && !t.calm(cold) {
		if t.find(0, len(t.words), "baby|babies|infant|newborn|toddler|elderly|grandmother|grandma|grandfather|grandpa|disabled|pregnant|oxygen|dialysis|medical", "year|years|month|months|week|weeks old", "old mother|father|mom|dad|parents") >= 0 {
			m = m.stronger(mark{0.95, cold})
		} else if t.words[cold].s != "freezing" && t.find(0, len(t.words), "freezing|subzero", "below zero|freezing", "pipes .. freeze") >= 0 {
			m = m.stronger(mark{0.85, cold})
		}
	}
	if len(t.words) <= 3 && t.find(0, len(t.words), "emergency") >= 0 && !t.question && t.find(0, len(t.words), "service|services|number|rates|rate|repair|no|not|plumber|fee|hours|contact|contacts") < 0 {
		m = m.stronger(mark{0.8, 0})
	}
	return m
}

// calm reports whether the danger at i is denied, past, supposed or asked
// about in general.
func (t text) calm(i int) bool {
	from, to := t.sentence(i)
	if t.find(max(i-3, t.clauseStart(i)), i, "not|isnt|never|dont|doesnt|didnt|arent|wasnt", "no") >= 0 && t.words[i].s != "no" {
		return true
	}
	if t.find(from, i, "if|unless", "in case", "how to|can|do|would|should prevent|avoid|stop", "prevent|avoid") >= 0 {
		return true
	}
	if t.find(from, to, "last year|month|winter|summer|week|time|spring|fall", "years|months|weeks ago", "already fixed|repaired|stopped", "fixed already", "used to") >= 0 {
		return true
	}
	return t.general(i)
}

// frustration adds up small signals.
func frustration(t text, earlier []Turn) mark {
	sum, at := 0.0, -1
	sign := func(weight float64, phrases ...string) {
		if i := t.find(0, len(t.words), phrases...); i >= 0 {
			sum += weight
			if at < 0 {
				at = i
			}
		}
	}
	sign(0.65, "didnt|doesnt|not|never|havent|hasnt .. answer|answered|answering my|the|our question|questions", "answer my|the .. question already",
		"thats not what i|we asked|said|meant", "how many times", "already told|said|asked|explained you|that|this|twice|it|three",
		"asked .. twice|times", "you .. dont|not|cant|never understand|listen|listening|get it", "waste|wasting of|my .. time", "fed up", "sick|tired of this|you|your|waiting|these|being|it|getting",
		"are you .. stupid|dumb|deaf|kidding", "stupid|dumb|useless|worthless|crappy|idiotic bot|ai|robot|thing|machine|assistant|chat|company|service", "wtf",
		"im|am|so|very|really|extremely|getting|beyond angry|furious|frustrated|frustrating|annoyed|annoying|pissed|livid|mad|outraged", "what .. hell|fuck",
		"this|that|it|you|your is|are|service .. joke|ridiculous|unacceptable|useless|terrible|awful|horrible|pathetic|bs|bullshit|garbage|nonsense|unbelievable|disgusting|disgraceful|outrageous|absurd",
		"thats ridiculous|unacceptable|useless|bullshit|bs|pathetic|absurd", "you .. useless|liars|liar|fraud|frauds|cheated|cheating|cheaters|scammers|thieves", "fuck you|off|this", "fuckoff", "i hate you|this bot|chat", "very bad|poor experience|service|support",
		"youre useless|stupid|dumb|not helping|wrong", "no help at", "worst .. service|company|experience|support|chat",
		"you|this|that|it are|is|was|were not|no .. helpful|help|helping", "isnt|arent|not helping|helpful", "nobody|no|noone .. answers|listens|cares|responds|helps")
	sign(0.3, "ridiculous|unacceptable|useless|terrible|awful|horrible|pathetic|worst|garbage|incompetent|liar|liars|scam|disappointed|disappointing|unprofessional")
	sign(0.35, "fuck*|shit|shitty|bullshit|damn|goddamn|crap|asshole|idiot|idiots|moron|bitch|screw|wtf|ffs|omfg")
	if t.letters >= 12 && len(t.words) >= 3 && t.upper*10 >= t.letters*8 {
		sum += 0.25
	}
	if t.bangs >= 3 {
		sum += 0.25
	}
	if repeats(t, earlier) {
		sum += 0.5
	}
	if t.find(0, len(t.words), "thanks|thank|great|awesome|love|perfect|amazing|lol|haha") >= 0 && t.find(0, len(t.words), "no|not|dont|thanks for nothing") < 0 {
		sum -= 0.5
	}
	return mark{min(sum, 0.94), max(at, 0)}
}

// repeats reports whether the visitor asks the same again although the
// assistant has answered in between.
func repeats(t text, earlier []Turn) bool {
	if len(t.words) < 4 {
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
		for _, w := range read(earlier[i].Text).words {
			before[w.s] = true
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
