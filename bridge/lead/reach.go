package lead

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	emailShape  = regexp.MustCompile(`[\p{L}\p{N}._%+\-]{1,64}(?:'[\p{L}\p{N}._%+\-]{1,60})?@[\p{L}\p{N}](?:[\p{L}\p{N}.\-]{0,250})\.\p{L}{2,24}`)
	numberShape = regexp.MustCompile(`\+?\(?\d(?:[ ().\-/]{0,2}\d){6,24}`)
	dateShape   = regexp.MustCompile(`^\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}$`)
	groupShape  = regexp.MustCompile(`\d+`)
	// mended begins a correction of what was said before.
	mended = regexp.MustCompile(`(?:^|[^\p{L}])(?:no|nope|not|wrong|sorry|correction|corrected|actually|oops|typo|i mean|i meant|rather|instead|should be|perdón|perdon|en realidad|corrección|nein|falsch|entschuldigung|sondern|non|pardon|plutôt|scusa|anzi|não|desculpe|na verdade)(?:[^\p{L}]|$)`)
)

// Words that stand right before a number or an address which is not a way to
// reach the visitor.
const (
	notPhones = " order orders invoice account acct serial model ticket case tracking ref reference confirmation policy card ssn iban routing vin po sku meter id code error part license licence permit claim agent bestellung rechnung kundennummer vertrag commande facture pedido factura fattura ordine encomenda visa mastercard amex "
	others    = " your yours his her their wife's husband's neighbor's neighbour's landlord's tenant's mother's father's mom's dad's son's daughter's boss's friend's agent's company's technician's someone's somebody's else's tu su vuestro ihre deine votre ton vostro "
	negations = " not isn't wasn't never don't no instead "
	callWords = " phone number call tel telephone mobile cell text reach whatsapp contact telefon telefonnummer handy nummer rufen erreichen anrufen téléphone numéro appelez portable teléfono telefono número llamar móvil movil cellulare numero chiamare telefone telemóvel ligar celular "
)

// pick chooses among what was found in the order of the text: the first, but
// what follows a correction wins over what stands before it.
func (r *reader) pick(found [][2]int) (int, int, bool) {
	if len(found) == 0 {
		return 0, 0, false
	}
	at := found[0]
	for _, f := range found[1:] {
		if mended.MatchString(r.low[at[1]:f[0]]) {
			at = f
		}
	}
	return at[0], at[1], true
}

// notTheirs reports whether the words before a place say that what stands
// there is somebody else's, or is just being denied.
func (r *reader) notTheirs(at int) bool {
	w := r.wordsBefore(at, 5)
	if anyOf(w[max(0, len(w)-1):], negations) || anyOf(w[max(0, len(w)-3):], others) {
		return true
	}
	said := " " + strings.Join(w, " ") + " "
	return strings.Contains(said, " you said ") || strings.Contains(said, " you wrote ") || strings.Contains(said, " don't call ") || strings.Contains(said, " not call ") ||
		strings.Contains(said, " stop calling ") || strings.HasSuffix(said, " is not ") || strings.HasSuffix(said, " instead of ")
}

func (r *reader) email() string {
	if !strings.Contains(r.text, "@") {
		return r.meantEmail()
	}
	var found [][2]int
	for _, m := range emailShape.FindAllStringIndex(r.text, 20) {
		e := r.text[m[0]:m[1]]
		before, _ := utf8.DecodeLastRuneInString(r.text[:m[0]])
		r.take(m[0], m[1])
		if !validEmail(e) || before == '/' || before == ':' && strings.Contains(r.low[max(0, m[0]-8):m[0]], "//") || r.saidByUs(e) || r.notTheirs(m[0]) {
			continue
		}
		found = append(found, [2]int{m[0], m[1]})
	}
	from, to, ok := r.pick(found)
	if !ok {
		return ""
	}
	return r.text[from:to]
}

// meantEmail is the address that we asked about, if the visitor says yes to it.
func (r *reader) meantEmail() string {
	if m := meantShape.FindStringSubmatch(r.asked); m != nil && yesShape.MatchString(r.low) && validEmail(m[1]) {
		return m[1]
	}
	return ""
}

// DidYouMean asks whether an address was meant; [Read] understands a yes to it.
func DidYouMean(email string) string { return "Did you mean " + email + "?" }

var (
	meantShape = regexp.MustCompile(`did you mean ([^ ]+@[^ ]+)\?`)
	yesShape   = regexp.MustCompile(`^ *(?:oh |oops |sorry,? |haha )*(?:y|yes|yep|yeah|yea|yup|ya|correct|right|exactly|sure|sí|si|ja|oui|sì|sim|👍)(?:[^\p{L}]|$)`)
)

// validEmail is stricter than the standard: an address that people have.
func validEmail(e string) bool {
	local, domain, ok := strings.Cut(e, "@")
	if !ok || local == "" || len(local) > 64 || len(domain) > 253 || len(e) > maxValue || strings.Contains(domain, "@") {
		return false
	}
	if strings.Contains(e, "..") || strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.ContainsAny(e, " <>()[],;:\\\"") {
		return false
	}
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") {
			return false
		}
	}
	top := labels[len(labels)-1]
	return len(labels) >= 2 && len(top) >= 2 && !strings.ContainsFunc(top, func(c rune) bool { return !unicode.IsLetter(c) })
}

func (r *reader) phone() string {
	var found [][2]int
	whole := map[int]string{}
	for _, m := range numberShape.FindAllStringIndex(r.text, 20) {
		from, to, number, ok := r.numberIn(m[0], m[1])
		if !ok {
			continue
		}
		r.take(from, to)
		if r.numberOfOurs(number) || r.notTheirs(from) {
			continue
		}
		found = append(found, [2]int{from, to})
		whole[from] = number
	}
	from, to, ok := r.pick(found)
	if !ok {
		return r.mendedPhone()
	}
	return strings.Join(strings.Fields(strings.Trim(r.text[from:to], " -./")), " ")
}

// numberIn finds the phone number in a run of digits and what may part them.
// Other figures may stand beside it: parts are tried, the longest first.
func (r *reader) numberIn(from, to int) (int, int, string, bool) {
	if before, _ := utf8.DecodeLastRuneInString(r.text[:from]); unicode.IsLetter(before) || unicode.IsDigit(before) || strings.ContainsRune("#$€£@_/=-", before) {
		return 0, 0, "", false
	}
	if after, _ := utf8.DecodeRuneInString(r.text[to:]); unicode.IsLetter(after) || after == '@' || after == '%' || after == '_' {
		return 0, 0, "", false
	}
	w := r.wordsBefore(from, 3)
	if anyOf(w, notPhones) && !anyOf(w, " phone call tel mobile cell ") {
		return 0, 0, "", false
	}
	run := r.text[from:to]
	if cardWithin(run) {
		r.take(from, to)
		return 0, 0, "", false
	}
	context := anyOf(r.wordsBefore(from, 6), callWords) || slices.Contains(Asks(r.asked, nil), Phone)
	starts := []int{0}
	ends := []int{}
	for i := range run {
		if run[i] == ' ' && i > 0 && run[i-1] != ' ' {
			ends = append(ends, i)
		}
		if i > 0 && run[i-1] == ' ' && run[i] != ' ' {
			starts = append(starts, i)
		}
	}
	ends = append(ends, len(run))
	best := [2]int{-1, -1}
	for _, a := range starts {
		for _, b := range ends {
			if b-a <= best[1]-best[0] || b <= a {
				continue
			}
			if _, ok := r.number(run[a:b], context); ok {
				best = [2]int{a, b}
			}
		}
	}
	if best[0] < 0 {
		return 0, 0, "", false
	}
	number, _ := r.number(run[best[0]:best[1]], context)
	return from + best[0], from + best[1], number, true
}

// number reads a whole phone number and returns its digits, with the country's
// where they are given. context says that words around it speak of a phone.
func (r *reader) number(s string, context bool) (string, bool) {
	s = strings.TrimSpace(s)
	if n := strings.Count(s, "("); n != strings.Count(s, ")") || n > 1 || dateShape.MatchString(s) || len(s) > 30 {
		return "", false
	}
	if strings.ContainsFunc(s, func(c rune) bool { return !strings.ContainsRune("+0123456789 ().-/", c) }) {
		return "", false
	}
	d := digits(s)
	if strings.Count(d, d[:min(1, len(d))]) == len(d) {
		return "", false // one digit over and over
	}
	plus := strings.HasPrefix(s, "+") || strings.HasPrefix(s, "(+")
	if !plus && strings.HasPrefix(d, "00") && len(d) > 10 {
		plus, d = true, d[2:]
	}
	if strings.LastIndex(s, "+") > 1 {
		return "", false
	}
	if plus {
		return "+" + d, international(d)
	}
	country := strings.ToUpper(r.in.Country)
	if country == "" || country == "US" || country == "CA" {
		if northAmerican(groupShape.FindAllString(s, -1)) {
			return d, true
		}
		return d, context && strings.HasPrefix(d, "0") && len(d) >= 9 && len(d) <= 12
	}
	return d, national(country, d, context)
}

// northAmerican reports whether groups of digits are a number of the North
// American plan, grouped as people write it.
func northAmerican(groups []string) bool {
	d := strings.Join(groups, "")
	if len(d) == 11 && d[0] == '1' {
		d = d[1:]
		if groups[0] == "1" {
			groups = groups[1:]
		} else {
			groups = append([]string{groups[0][1:]}, groups[1:]...)
		}
	}
	if len(d) != 10 || d[0] < '2' || d[3] < '2' || d[1:3] == "11" || d[4:6] == "11" {
		return false
	}
	var sizes []int
	for _, g := range groups {
		sizes = append(sizes, len(g))
	}
	for _, fit := range [][]int{{3, 3, 4}, {10}, {3, 7}, {6, 4}} {
		if slices.Equal(sizes, fit) {
			return true
		}
	}
	return false
}

// international reports whether digits after a plus are a number: the lengths
// of the larger plans, else what E.164 allows.
func international(d string) bool {
	for _, p := range []struct {
		code     string
		min, max int
	}{
		{"1", 11, 11}, {"44", 11, 12}, {"49", 9, 14}, {"33", 11, 11}, {"34", 11, 11}, {"39", 9, 13}, {"351", 12, 12},
		{"31", 11, 11}, {"32", 10, 11}, {"41", 11, 11}, {"43", 9, 14}, {"52", 12, 13}, {"55", 12, 13}, {"61", 11, 11}, {"91", 12, 12},
	} {
		if strings.HasPrefix(d, p.code) {
			if p.code == "1" && len(d) == 11 {
				return northAmerican([]string{d[1:]})
			}
			return len(d) >= p.min && len(d) <= p.max
		}
	}
	return d != "" && d[0] != '0' && len(d) >= 8 && len(d) <= 15
}

// national reads a number as people of a country write it at home.
func national(country, d string, context bool) bool {
	starts := func(with string) bool { return d != "" && strings.ContainsRune(with, rune(d[0])) }
	switch country {
	case "GB", "IE":
		return starts("0") && (len(d) == 10 || len(d) == 11)
	case "FR":
		return starts("0") && len(d) == 10
	case "DE", "AT":
		return starts("0") && len(d) >= 9 && len(d) <= 13
	case "ES":
		return starts("6789") && len(d) == 9
	case "PT":
		return starts("29") && len(d) == 9
	case "IT":
		return (starts("0") || starts("3") && context) && len(d) >= 9 && len(d) <= 11
	}
	return context && len(d) >= 8 && len(d) <= 12
}

// numberOfOurs reports whether our side named the number before.
func (r *reader) numberOfOurs(number string) bool {
	d := digits(number)
	return slices.ContainsFunc(r.ours, func(s string) bool {
		for _, m := range numberShape.FindAllString(s, 40) {
			o := digits(m)
			if len(o) >= 7 && (strings.Contains(o, d) || strings.HasSuffix(d, o)) && !same(Phone, o, r.in.Known.Phone) {
				return true
			}
		}
		return false
	})
}

// mendedPhone reads "no, it's 0143": the end of the number we know, put right.
// It counts only right after the number was the subject.
func (r *reader) mendedPhone() string {
	known := r.in.Known.Phone
	if known == "" || !mended.MatchString(r.low[:min(len(r.low), 60)]) || len([]rune(r.text)) > 80 {
		return ""
	}
	subject := strings.Contains(digits(r.before), tail(digits(known), 4)) || strings.Contains(digits(r.asked), tail(digits(known), 4)) || slices.Contains(Asks(r.asked, nil), Phone)
	if !subject {
		return ""
	}
	end := ""
	for _, m := range regexp.MustCompile(`\d[\d \-]*\d|\d`).FindAllStringIndex(r.low, 4) {
		g := digits(r.low[m[0]:m[1]])
		switch {
		case len(g) < 2 || len(g) > 7 || len(g) >= len(digits(known)):
			continue
		case r.notTheirs(m[0]) && !strings.Contains(" no ", " "+lastWord(r.wordsBefore(m[0], 1))+" "):
			continue // "not 0142"
		case anyOf([]string{r.wordAfter(m[1])}, " am pm o'clock minutes hours days years people units % dollars uhr ") || m[0] > 0 && strings.ContainsRune("$€£#", rune(r.low[m[0]-1])):
			return ""
		}
		end = g
		break
	}
	if end == "" || strings.HasSuffix(digits(known), end) {
		return ""
	}
	out := []byte(known)
	for i, j := len(out)-1, len(end)-1; i >= 0 && j >= 0; i-- {
		if out[i] >= '0' && out[i] <= '9' {
			out[i] = end[j]
			j--
		}
	}
	if _, ok := r.number(string(out), true); !ok {
		return ""
	}
	return string(out)
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

func lastWord(w []string) string {
	if len(w) == 0 {
		return ""
	}
	return w[len(w)-1]
}

// card reports whether digits are a payment card's number.
func card(d string) bool {
	if len(d) < 13 || len(d) > 19 || d[0] < '2' || d[0] > '6' {
		return false
	}
	sum := 0
	for i := range len(d) {
		n := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// cardWithin reports whether neighbouring groups of digits are a card's number.
func cardWithin(s string) bool {
	groups := groupShape.FindAllString(s, 40)
	for i := range groups {
		d := ""
		for _, g := range groups[i:] {
			if d += g; len(d) > 19 {
				break
			}
			if card(d) {
				return true
			}
		}
	}
	return false
}
