package assistant

import (
	"html"
	"net/url"
	"regexp"
	"strings"

	"threadline/bridge"
	"threadline/bridge/trigger"
)

// heldBack says why a sentence must not reach the visitor, and what the
// handoff that replaces the answer is for.
type heldBack struct{ trigger, reason string }

func (h *heldBack) Error() string { return h.reason }

// leakWords is how many of the instructions' words in a row are a leak.
const leakWords = 8

// rules are the patterns of every guard. Safe for concurrent use.
type rules struct {
	transfer, offer, money, refund, commit, when, promise, price, percent,
	staff, speaker, link, host, mail, phone, human, honest, href *regexp.Regexp
	defanged, numeric *regexp.Regexp

	tongues   tongues
	disguises disguises
}

func newRules() *rules {
	re := func(s string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + s) }
	return &rules{
		tongues: newTongues(), disguises: newDisguises(),
		defanged: re(`\bhxxps?\b|\[\.\]|\(dot\)|\[dot\]|\bdot (com|net|org|io|co|info|biz|shop|zone|site|app)\b`),
		numeric:  re(`\b\d{1,3}(?:\.\d{1,3}){3}\b`),
		transfer: re(`\b(transferr?ing|connecting|escalat(e|ed|ing)|hand(ing)?[- ](you|this|it|over)|redirecting|forward(ed|ing)|rout(ed|ing)) ?(you|your|this|it|the|to|over)?\b.*\b(you|your|person|people|human|agent|team|colleague|staff|manager|supervisor|specialist|representative|expert|request|chat|message|details)\b` +
			`|\b(i|we)('ll| will|'m going to| am going to| can now| have|'ve|'m| am)( just| now| already)? (transfer|connect|escalate|hand|pass|put|notif|alert|inform|contact|loop|forward|page|patch|fetch|bring|get|let|ask|tell|told|ask)\w* .*\b(person|people|human|agent|team|colleague|staff|manager|supervisor|specialist|representative|expert|technician|someone|somebody)` +
			`|\b(someone|somebody|a (person|human|colleague|teammate|manager|specialist|representative|team member|member of (our|the) (team|staff))|an (agent|expert)|our team|the team|my colleagues?|one of (my|our) \w+|an? \w+ (agent|representative|specialist|person))\b.{0,20}\b(will|'ll|is going to|is about to|is joining|is coming|has been|have been|was)\b.{0,40}\b(contact|call|reach|join|assist|help|be with|get back|respond|reply|take over|notified|alerted|informed|message|text|e-?mail|follow up|look into)` +
			`|\b(hold on|one moment|please (wait|hold|stay)|stand by)\b`),
		offer:   re(`\b(would you like|do you want|want me to|shall i|should i|may i)\b|\byou can (always )?ask for\b`),
		money:   re(`\b(refund|reimburs|discount|rebate|compensat|coupon|voucher|waiv(e|ed|ing)\b|free of charge|for free\b|at no (charge|cost)|money back|% off|percent off|credit (your|you|to your))`),
		refund:  re(`\b(refund|reimburs|money back|compensat)`),
		commit:  re(`\b(i|we)('ll| will|'ve| have|'m| am|'d| would|'re| are)?( just| now| already| happily| gladly| can| also| hereby)* (refund|reimburs|issu|grant|approv|appl|credit|waiv|offer|giv|process|compensat|arrang|send)\w*\b|\byou('ll| will| get| are getting| shall)\b.{0,30}\b(refund|discount|money|credit|compensat)|\b(your|the|a|full) (full )?(refund|discount|credit|compensation)\b.{0,30}\b(approved|issued|processed|on its way|granted|applied|guaranteed|confirmed|is yours)`),
		when:    re(`\b(within|in|under|in less than|less than|in about|after|next|in the next) (the next )?(\d+|one|two|three|four|five|six|ten|twelve|fifteen|twenty|thirty|an?|a few|few|a couple of)([- –]+\d+)?( business| working)? (second|minute|min|hour|day|week)s?\b|\b(by|before|until) (tomorrow|tonight|noon|monday|tuesday|wednesday|thursday|friday|saturday|sunday|end of (the )?day|\d)|\b(today|tomorrow|tonight|this (morning|afternoon|evening)|monday|tuesday|wednesday|thursday|friday|saturday|sunday)( morning| afternoon| evening)?( at| by| around) \d|\bright away\b|\bimmediately\b|\bshortly\b`),
		promise: re(`\b(will|'ll|going to|guarantee[ds]?|promise[ds]?|scheduled|booked|confirmed|on (the|its|his|her|their) way|expect)\b`),
		price:   re(`[$€£]\s?\d[\d,.]*|\b\d[\d,.]*\s?(dollars|usd|euros|eur|bucks)\b`),
		percent: re(`\b\d+(\.\d+)?\s?(%|percent\b)`),
		staff:   regexp.MustCompile(`\b(?:[Ii]['’]?m|[Ii] am|[Mm]y name is|[Mm]y name['’]s|[Tt]his is|[Ii]t['’]s|[Hh]ere is|[Ss]igned,?)\s+(?:called\s+)?([A-Z][a-zà-ÿ]+)`),
		speaker: re(`^\W*(human|agent|human agent|live agent|staff|manager|system|support|visitor|technician|supervisor)\s*[:>\]]`),
		human:   re(`\b(i'?m|i am|as|this is|you('re| are) (talking|speaking|chatting) (to|with)) (actually |really |just |now )?(an? )?(real |actual |live |human |fellow )*(human|person|technician|manager|supervisor|employee|representative|agent|plumber|engineer|member of (our|the) (team|staff)|team member|owner)\b|\bnot (an? )?(ai|bot|robot|machine|assistant|computer)\b|\bmy (manager|boss|supervisor|coworkers?)\b`),
		href:    re(`href="([^"]*)"`),
		honest:  re(`\bnot (an? )?(real |actual |live )?(human|person)\b`),
		link:    re(`\b(?:https?|ftp)://[^\s<>()\[\]"']+|\bwww\.[^\s<>()\[\]"']+|\]\(([^)\s]+)\)|\b(?:javascript|data|vbscript|file):[^\s]+`),
		host:    re(`\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|net|org|io|co|us|info|biz|dev|app|example|ru|cn|xyz|top|site|online|shop|store|link|click|me|ly|gg|to|ai|uk|de|fr|es|nl|pl|br|jp|au|nz|ch|se|dk|fi|pt|mx|cc|tv|ws|eu|ca|tk|live|page|test|invalid|zone|ninja|world|email|support|company|agency|network|tech|cloud|pro|mobi|loan|win|bid|icu|buzz|monster|rocks|run|vip|fun|club|team|chat|money|cash|finance|bank|pay)\b(?:/[^\s<>()]*)?|\b[a-z0-9-]+\.[a-z]{2,24}/[^\s<>()]*`),
		mail:    re(`\b[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}\b`),
		phone:   re(`\+?\(?\d[\d\s().-]{6,}\d`),
	}
}

// guard checks what a model wants to say in one turn, sentence by sentence.
type guard struct {
	rules *rules
	site  bridge.Site
	// known is everything the answer may repeat: passages, and what was agreed.
	known      string
	knownWords map[string]bool // runs of leakWords words in known
	private    map[string]bool // runs of leakWords words in the instructions
	hosts      map[string]bool
	visitor    string     // what the visitor wrote
	cited      *citations // nil before the answer is decided
	words      []string
	secret     secret // the instructions
	said       string // the newest letters that were let out
	letters    string // those of known
	tail       string // the newest text, as it was written
}

func newGuard(r *rules, q bridge.Question, ps []passage) *guard {
	g := &guard{rules: r, site: q.Site, hosts: map[string]bool{}, knownWords: map[string]bool{}, private: map[string]bool{}}
	var known, visitor strings.Builder
	for _, p := range ps {
		known.WriteString(p.Title + "\n" + p.URL + "\n" + p.Text + "\n")
	}
	g.known = strings.ToLower(known.String())
	for _, m := range q.Transcript {
		if m.Author.Kind == bridge.ByVisitor {
			visitor.WriteString(m.Text + "\n")
		}
	}
	g.visitor = strings.ToLower(visitor.String())
	for _, u := range append(r.link.FindAllString(g.known, -1), r.host.FindAllString(g.known, -1)...) {
		g.hosts[hostOf(u)] = true
	}
	for _, o := range q.Site.Origins {
		g.hosts[hostOf(o)] = true
	}
	delete(g.hosts, "")
	runs(rawWords(g.known), g.knownWords)
	runs(rawWords(instructions(q.Site, q.ForAgent)), g.private)
	g.secret, g.letters = newSecret(instructions(q.Site, q.ForAgent)), letters(g.known)
	return g
}

// runs collects every run of leakWords words.
func runs(words []string, into map[string]bool) {
	for i := 0; i+leakWords <= len(words); i++ {
		into[strings.Join(words[i:i+leakWords], " ")] = true
	}
}

// hostOf is the host of an address, without "www.", or empty.
func hostOf(u string) string {
	u = strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(u), "]("), ")")
	if !strings.Contains(u, "://") {
		u = "https://" + u
	}
	p, err := url.Parse(u)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(p.Hostname(), "www.")
}

// check judges the next sentence as the visitor would see it, and as it was
// written. Nil if it may go out.
func (g *guard) check(sentence string) *heldBack {
	s := strings.NewReplacer("’", "'", "‘", "'", "\u00a0", " ", "\u200c", "", "\u200d", "", "**", "", "__", "").Replace(html.UnescapeString(sentence))
	if h := g.disguise(s); h != nil {
		return h
	}
	if h := g.leak(s); h != nil {
		return h
	}
	for _, form := range forms(s) {
		for _, f := range []func(string) *heldBack{g.staff, g.role, g.handover, g.elsewhere, g.money, g.pledge, g.times, g.addresses, g.unsupported} {
			if h := f(form); h != nil {
				return h
			}
		}
	}
	return nil
}

// forms are a sentence as it is written and, where that differs, as it reads.
func forms(s string) []string {
	if u := undisguised(s); u != s {
		return []string{s, u}
	}
	return []string{s}
}

func (g *guard) leak(s string) *heldBack {
	words := rawWords(s)
	g.said = tailOf(g.said, 2*leakLetters) + letters(s)
	if g.secret.within(g.said, g.letters) {
		return &heldBack{trigger.InformationGap, "The answer was held back: it repeated the assistant's instructions."}
	}
	before := len(g.words)
	g.words = append(g.words, words...)
	for i := max(0, before-leakWords+1); i+leakWords <= len(g.words); i++ {
		run := strings.Join(g.words[i:i+leakWords], " ")
		if g.private[run] && !g.knownWords[run] {
			return &heldBack{trigger.InformationGap, "The answer was held back: it repeated the assistant's instructions."}
		}
	}
	return nil
}

func tailOf(s string, n int) string { return strings.ToValidUTF8(s[max(0, len(s)-n):], "") }

func (g *guard) staff(s string) *heldBack {
	held := &heldBack{trigger.InformationGap, "The answer was held back: it spoke as if it were a person of the team."}
	if g.rules.speaker.MatchString(s) {
		return held
	}
	if g.rules.human.MatchString(s) && !g.rules.honest.MatchString(s) {
		return held
	}
	ours := strings.ToLower(g.site.AssistantName + " " + g.site.Name)
	for _, m := range g.rules.staff.FindAllStringSubmatch(s, -1) {
		switch name := strings.ToLower(m[1]); {
		case name == "ai", name == "assistant", strings.Contains(ours, name):
		case strings.HasPrefix(strings.ToLower(m[0]), "it") || strings.HasPrefix(strings.ToLower(m[0]), "this") || strings.HasPrefix(strings.ToLower(m[0]), "here"):
			// "It's Tuesday", "This is Chicago's…" introduce nobody unless they go on so.
			if strings.Contains(strings.ToLower(s), strings.ToLower(m[1])+" from") || strings.Contains(strings.ToLower(s), strings.ToLower(m[1])+" speaking") || strings.Contains(strings.ToLower(s), strings.ToLower(m[1])+" here") {
				return held
			}
		case isStop(name), name == "sorry", name == "glad", name == "happy", name == "afraid":
		default:
			return held
		}
	}
	return nil
}

// handover holds back words of a handover: saying is doing, and an answer does
// nothing. An offer is a question and may stand; so may a passage's own words.
func (g *guard) handover(s string) *heldBack {
	m := g.rules.transfer.FindString(s)
	if m == "" || g.backed(m) || g.rules.offer.MatchString(s) {
		return nil
	}
	return &heldBack{trigger.InformationGap, "The answer was held back: it spoke of handing over without doing it."}
}

func (g *guard) money(s string) *heldBack {
	low := strings.ToLower(s)
	if m := g.rules.money.FindString(low); m != "" {
		held := promised(trigger.SensitiveTopic)
		if !g.rules.refund.MatchString(low) {
			held.trigger = trigger.InformationGap
		}
		switch {
		case !strings.Contains(g.known, strings.TrimSpace(m)):
			return held
		case g.rules.commit.MatchString(low) && !g.backed(g.rules.commit.FindString(low)):
			return held
		}
	}
	for _, p := range append(g.rules.price.FindAllString(low, -1), g.rules.percent.FindAllString(low, -1)...) {
		if !g.figure(p) && digits(p) != "100" {
			return &heldBack{trigger.InformationGap, "The answer was held back: it named a figure that the knowledge does not state."}
		}
	}
	return nil
}

// figure reports whether the number in p stands in the knowledge.
func (g *guard) figure(p string) bool {
	number := strings.Trim(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return -1
	}, p), ".")
	known := strings.ReplaceAll(g.known, ",", "")
	for from := 0; ; {
		i := strings.Index(known[from:], number)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(number)
		if (i == 0 || !isDigit(known[i-1])) && (end == len(known) || !isDigit(known[end])) {
			return true
		}
		from = i + 1
	}
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func (g *guard) times(s string) *heldBack {
	low := strings.ToLower(s)
	m := g.rules.when.FindString(low)
	if m == "" || !g.rules.promise.MatchString(low) || g.backed(m) {
		return nil
	}
	return &heldBack{trigger.InformationGap, "The answer was held back: it promised a time that the knowledge does not state."}
}

// backed reports whether the words stand in the knowledge as they are.
func (g *guard) backed(phrase string) bool {
	p := strings.Join(rawWords(phrase), " ")
	return p != "" && strings.Contains(" "+strings.Join(rawWords(g.known), " ")+" ", " "+p+" ")
}

func (g *guard) addresses(s string) *heldBack {
	held := &heldBack{trigger.InformationGap, "The answer was held back: it named an address that the knowledge does not."}
	low := strings.ToLower(s)
	if m := g.rules.defanged.FindString(low); m != "" && !g.backed(m) {
		return held
	}
	for _, m := range g.rules.numeric.FindAllString(low, -1) {
		if !strings.Contains(g.known, m) {
			return held
		}
	}
	for _, m := range g.rules.mail.FindAllString(low, -1) {
		if !strings.Contains(g.known, m) && !strings.Contains(g.visitor, m) {
			return held
		}
		low = strings.ReplaceAll(low, m, " ")
	}
	for _, m := range append(g.rules.link.FindAllString(low, -1), g.rules.host.FindAllString(low, -1)...) {
		target := strings.TrimSuffix(strings.TrimPrefix(m, "]("), ")")
		switch {
		case strings.HasPrefix(target, "tel:"), strings.HasPrefix(target, "mailto:"):
			continue // their digits and addresses are checked on their own
		case strings.HasPrefix(target, "#"), strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "//"):
			return held // relative to what?
		}
		if !g.hosts[hostOf(strings.TrimPrefix(target, "//"))] {
			return held
		}
	}
	for _, m := range g.rules.phone.FindAllString(low, -1) {
		if d := digits(m); len(d) >= 9 && len(d) <= 15 && !g.dials(d) {
			return held
		}
	}
	return nil
}

// dials reports whether the number stands in the knowledge or was given by the
// visitor, with or without its country's prefix.
func (g *guard) dials(number string) bool {
	for _, m := range append(g.rules.phone.FindAllString(g.known, -1), g.rules.phone.FindAllString(g.visitor, -1)...) {
		d := digits(m)
		if len(d) >= 9 && (strings.HasSuffix(d, number) || strings.HasSuffix(number, d)) {
			return true
		}
	}
	return false
}

// links judges the addresses of a finished page form: whatever way they were
// written, these are the ones that a press would open.
func (g *guard) links(page string) *heldBack {
	for _, m := range g.rules.href.FindAllStringSubmatch(page, -1) {
		if h := g.addresses("](" + html.UnescapeString(m[1]) + ")"); h != nil {
			return h
		}
	}
	return nil
}
