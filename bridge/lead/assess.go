package lead

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The triggers that say something about a lead, by the names that a handoff
// gives them.
const (
	urgency    = "urgency"
	sensitive  = "sensitive_topic"
	anger      = "frustration"
	highValue  = "high_value"
	ownTerms   = "buyer_specific"
	complexity = "complexity"
)

// Stage says how far a lead has come.
type Stage string

const (
	// New: nothing is known of what they want or who they are.
	New Stage = "new"
	// Engaged: they want something, but cannot be reached yet.
	Engaged Stage = "engaged"
	// Reachable: there is a phone number or an e-mail address.
	Reachable Stage = "reachable"
	// Qualified: reachable, not outside the service area, and with a need or a
	// reason to buy.
	Qualified Stage = "qualified"
	// Outside: their postcode is not in the service area.
	Outside Stage = "outside"
)

// Intent is what the visitor wants, in the words of a few kinds.
type Intent string

const (
	NoIntent  Intent = ""
	Emergency Intent = "emergency"
	Cancel    Intent = "cancel or refund"
	Complaint Intent = "complaint"
	Booking   Intent = "book a visit"
	Pricing   Intent = "price or quote"
	Purchase  Intent = "buy or replace"
	Repair    Intent = "repair"
	Question  Intent = "question"
)

// Story is what was said so far, as far as it tells about a lead.
type Story struct {
	Contact Contact
	Fields  []Field
	Area    []string
	// Said are the visitor's lines of this episode, oldest first.
	Said []string
	// Triggers are those that were pulled in this episode.
	Triggers []string
	PageURL  string
}

// Assessment is what a lead is worth, with the reasons for it.
type Assessment struct {
	Stage  Stage  `json:"stage,omitempty"`
	Intent Intent `json:"intent,omitempty"`
	// Score runs from 0 to 100; Reasons say what it is made of, each with its
	// points.
	Score   int      `json:"score"`
	Reasons []string `json:"reasons,omitempty"`
	// Facts are what is known beside name, phone and e-mail, a short line each.
	Facts []string `json:"facts,omitempty"`
}

// Equal reports whether two assessments say the same.
func (a Assessment) Equal(b Assessment) bool {
	return a.Stage == b.Stage && a.Intent == b.Intent && a.Score == b.Score && slices.Equal(a.Reasons, b.Reasons) && slices.Equal(a.Facts, b.Facts)
}

// maxFacts bounds the facts of an assessment.
const maxFacts = 8

// facts are the contact's fields, labelled.
func (s Story) facts() []string {
	var facts []string
	for _, k := range slices.Sorted(maps.Keys(s.Contact.Fields)) {
		value := clip(oneLine(s.Contact.Fields[k]), 120)
		if k == "" || value == "" || len(facts) >= maxFacts {
			continue
		}
		first, size := utf8.DecodeRuneInString(k)
		name := string(unicode.ToUpper(first)) + strings.ReplaceAll(k[size:], "_", " ")
		if i := slices.IndexFunc(s.Fields, func(f Field) bool { return f.Name == k && f.Label != "" }); i >= 0 {
			name = s.Fields[i].Label
		}
		if k == Postcode {
			switch served, known := Served(s.Area, value); {
			case known && served:
				value += " (in the service area)"
			case known:
				value += " (outside the service area)"
			}
		}
		facts = append(facts, clip(name, 40)+": "+value)
	}
	return facts
}

// intents are words of each kind, the more pressing kinds first. A word stands
// for all that begin with it.
func intents() []struct {
	kind  Intent
	words string
} {
	return []struct {
		kind  Intent
		words string
	}{
		{Cancel, "refund cancel money-back reembolso cancelar kündig erstatt rembours annul rimborso"},
		{Booking, "book appointment schedul reschedul visit come-out send-someone slot available termin cita rendez-vous appuntamento agendar"},
		{Pricing, "price pricing cost how-much quote estimate fee charge rate afford financ preis kosten angebot precio cuesta presupuesto prix coût devis prezzo preventivo preço"},
		{Purchase, "buy purchase replac swap upgrade install new-system new-unit order kaufen comprar acheter comprare"},
		{Repair, "broken broke fix repair leak not-working stopped dead won't doesn't-work noise clog burst no-heat no-hot no-cool kaputt reparier roto reparar panne répar rotto guasto"},
	}
}

// IntentOf reads what the visitor wants from their lines, the newest first.
func IntentOf(said, triggers []string) Intent {
	switch {
	case slices.Contains(triggers, urgency):
		return Emergency
	case slices.Contains(triggers, sensitive):
		if about(said, disputes) && !about(said, intents()[0].words) {
			return Complaint
		}
		return Cancel
	}
	asked := false
	for _, line := range slices.Backward(said[max(0, len(said)-12):]) {
		for _, i := range intents() {
			if about([]string{line}, i.words) {
				return i.kind
			}
		}
		asked = asked || strings.Contains(line, "?")
	}
	switch {
	case slices.Contains(triggers, anger):
		return Complaint
	case asked:
		return Question
	}
	return NoIntent
}

// disputes are words of the law, and of what was done to the visitor.
const disputes = "lawyer attorney solicitor lawsuit sue suing court legal ombudsman police stole stolen broke damaged abogad anwalt avocat avvocat advogad denunci tribunal"

// about reports whether a line has one of the words, or one that begins so.
func about(said []string, words string) bool {
	for _, line := range said[max(0, len(said)-12):] {
		low := " " + strings.Join(strings.FieldsFunc(fold(clip(line, 2000)), func(c rune) bool { return !isWordRune(c) }), " ")
		for w := range strings.FieldsSeq(words) {
			if strings.Contains(low, " "+strings.ReplaceAll(w, "-", " ")) || strings.Contains(w, "-") && strings.Contains(low, " "+w) {
				return true
			}
		}
	}
	return false
}

// Assess says what stage a lead has come to, its score and the reasons.
func Assess(s Story) Assessment {
	a := Assessment{Intent: IntentOf(s.Said, s.Triggers), Facts: s.facts()}
	add := func(points int, why string) {
		a.Score += points
		a.Reasons = append(a.Reasons, fmt.Sprintf("%+d %s", points, why))
	}
	if s.Contact.Phone != "" {
		add(20, "phone number")
	}
	if s.Contact.Email != "" {
		add(15, "e-mail address")
	}
	if s.Contact.Name != "" {
		add(5, "name")
	}
	served, known := Served(s.Area, s.Contact.Get(Postcode))
	switch {
	case known && served:
		add(20, "in the service area")
	case known:
		add(-40, "outside the service area")
	}
	if s.Contact.Get(Model) != "" {
		add(5, "product model")
	}
	need := true
	switch a.Intent {
	case Emergency:
		add(25, "an emergency")
	case Booking:
		add(25, "wants a visit")
	case Purchase:
		add(25, "wants to buy or replace")
	case Pricing:
		add(20, "asks about prices")
	case Repair:
		add(15, "needs a repair")
	default:
		need = false
	}
	for _, t := range []struct {
		name   string
		points int
		why    string
	}{{highValue, 20, "a high-value request"}, {ownTerms, 10, "asks about terms of their own"}, {complexity, 5, "a complex request"}} {
		if slices.Contains(s.Triggers, t.name) {
			add(t.points, t.why)
			need = true
		}
	}
	if p := strings.ToLower(s.PageURL); strings.Contains(p, "pricing") || strings.Contains(p, "quote") || strings.Contains(p, "financing") {
		add(10, "on a page about prices")
		need = true
	}
	a.Score = min(max(a.Score, 0), 100)
	reachable := s.Contact.Phone != "" || s.Contact.Email != ""
	switch {
	case known && !served:
		a.Stage = Outside
	case reachable && need:
		a.Stage = Qualified
	case reachable:
		a.Stage = Reachable
	case a.Intent != NoIntent || need:
		a.Stage = Engaged
	default:
		a.Stage = New
	}
	return a
}

func isWordRune(c rune) bool {
	return c == '\'' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c > 0x7f
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
