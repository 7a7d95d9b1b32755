package assistant

import (
	"regexp"
	"strings"

	"threadline/bridge/trigger"
)

// tongues are the same promises, roles and handovers in further wordings and
// languages. They read text in lower case and without marks.
type tongues struct {
	refund, gift, granted, sum, transfer, joined, role, named, signed, label, here, dictated *regexp.Regexp
}

func newTongues() tongues {
	re := regexp.MustCompile
	return tongues{
		refund: re(`\b(?:reembols\w*|devolve?r\w*|devolucion|dinero de vuelta|geld zuruck|zuruckerstatt\w*|ruckerstatt\w*|ruckzahlung|erstatten|erstattet|erstattung|gutschrift|rembours\w*|rimbors\w*|devolu\w+|make you whole|pay you back)\b`),
		gift:   re(`\b(?:on the house|complimentary|comped|store credit|binding offer|legally binding|no takesies|zero (?:charge|cost|dollars)|no charge|on us|dollars? off|percent less|descuento|sin costo|gratis|rabatt|kostenlos|umsonst|remise de|gratuit\w*|sconto|desconto|gratuito)\b`),
		granted: re(`\b(?:i|we)(?:'ve| have| hereby| just| already| can| do)* (?:approved?|authori[sz]ed?|granted?)\b|\b(?:is|are|was|been|being|get|got) (?:\w+ )?(?:approved|authori[sz]ed|granted)\b|,? approved (?:by|for)\b|, approved\b` +
			`|\b(?:aprobad[oa]|aprovad[oa]|genehmigt|bewilligt|approuvee?|accordee?|approvat[oa])\b`),
		sum: re(`\b(?:(?:one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|a)[ -]+)+(?:dollars?|bucks|euros?|pounds)\b`),
		transfer: re(`\b(?:le|te|lo|la) (?:paso|comunico|transfiero|conecto|derivo)\b|\btransfiriendo\b|\b(?:ich )(?:verbinde|leite|ubergebe|stelle) (?:sie|dich|ihre?n?|das)\b|\bje (?:vous|te) (?:transfere|passe|mets en (?:relation|contact))\b` +
			`|\b(?:la|ti) (?:passo|metto in contatto|trasferisco)\b|\b(?:vou|estou) (?:te |lhe |a )?(?:transferi\w+|passar|passando)\b`),
		joined:   re(`\b(?:has|have) (?:now |just )?(?:joined|entered|taken over)\b|\byou(?:'re| are) (?:now )?connected\b|\bi(?:'m| am| have| will|'ll)? (?:taking|taken|take|took) over\b`),
		role:     re(`\b(?:owner|manager|supervisor|director|ceo|technician|boss) (?:speaking|here)\b|\bon behalf of (?:the )?(?:management|owner|manager|team|company|director)\b|\b(?:echte|realer|echter) (?:mensch|person|mitarbeiter\w*)\b|\bpersona (?:real|de verdad|vera|reale)\b|\b(?:vraie personne|etre humain|pessoa real|de verdade)\b|\bno soy (?:un )?(?:robot|bot|ia)\b|\bkeine? (?:ki|bot|maschine)\b`),
		named:    regexp.MustCompile(`(?:^|[^\p{L}])(?:[Mm]e llamo|[Mm]i nombre es|[Ss]oy|[Ii]ch bin|[Ii]ch hei(?:ss|ß)e|[Mm]ein Name ist|[Jj]e suis|[Jj]e m'appelle|[Ss]ono|[Mm]i chiamo|[Ee]u sou|[Ss]ou [ao]|[Mm]e chamo) +(\p{Lu}\p{L}+)`),
		signed:   regexp.MustCompile(`(?m)^\W*(?:(?:--|[—–~]) ?|(?:[Rr]egards|[Ss]incerely|[Cc]heers|[Ss]igned|[Yy]ours),? )(\p{Lu}\p{L}+)\b[^.]*$`),
		label:    regexp.MustCompile(`^\W*(\p{Lu}\p{L}+)?\s*[(\[]\s*(?i:[^)\]]{0,20}\b)?(?i:support|agent|staff|manager|team|human|technician|system|admin)\b[^)\]]{0,30}[)\]]\s*:?`),
		here:     regexp.MustCompile(`(?:^|[.!?:] +)(\p{Lu}\p{L}+) here\b`),
		dictated: re(`(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b[ ,.-]*){7,}`),
	}
}

// pledge holds back what gives something away, in whatever words.
func (g *guard) pledge(s string) *heldBack {
	t := g.rules.tongues
	low := strings.ToLower(undisguised(s))
	if m := t.refund.FindString(low); m != "" && !g.backed(m) {
		return promised(trigger.SensitiveTopic)
	}
	for _, p := range []*regexp.Regexp{t.gift, t.sum, t.dictated} {
		if m := p.FindString(low); m != "" && !g.backed(m) {
			return promised(trigger.InformationGap)
		}
	}
	// Nothing that an assistant says can have been granted, not even where a
	// page says so.
	if t.granted.MatchString(low) {
		return promised(trigger.SensitiveTopic)
	}
	return nil
}

// promised does not quote what was promised: colleagues might take it for
// something that was said.
func promised(name string) *heldBack {
	return &heldBack{name, "The answer was held back: it promised something that the knowledge does not state."}
}

// role holds back what is said in somebody else's name.
func (g *guard) role(s string) *heldBack {
	held := &heldBack{trigger.InformationGap, "The answer was held back: it spoke as if it were a person of the team."}
	t := g.rules.tongues
	low := strings.ToLower(undisguised(s))
	if t.role.MatchString(low) || t.label.MatchString(s) {
		return held
	}
	ours := strings.ToLower(g.site.AssistantName + " " + g.site.Name)
	for _, p := range []*regexp.Regexp{t.named, t.signed, t.here} {
		for _, m := range p.FindAllStringSubmatch(s, -1) {
			name := strings.ToLower(m[1])
			if strings.Contains(ours, name) || isStop(name) || strings.Contains(" ai ia ki ihr ihre dein deine assistant asistente assistent assistentin assistente click right start look see press tap over only from in starting from ", " "+name+" ") {
				continue
			}
			if p == t.signed && strings.Contains(g.known, name) {
				continue // a list of what the passages name
			}
			return held
		}
	}
	return nil
}

// elsewhere holds back words of a handover in further wordings.
func (g *guard) elsewhere(s string) *heldBack {
	low := strings.ToLower(undisguised(s))
	for _, p := range []*regexp.Regexp{g.rules.tongues.transfer, g.rules.tongues.joined} {
		if m := p.FindString(low); m != "" && !g.backed(m) {
			return &heldBack{trigger.InformationGap, "The answer was held back: it spoke of handing over without doing it."}
		}
	}
	return nil
}
