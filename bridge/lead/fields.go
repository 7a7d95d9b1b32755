package lead

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	fiveDigits = regexp.MustCompile(`\d{5}(?:-\d{4})?`)
	british    = regexp.MustCompile(`(?i)[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}`)
	canadian   = regexp.MustCompile(`(?i)[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d`)
	portuguese = regexp.MustCompile(`\d{4}-\d{3}`)
	dutch      = regexp.MustCompile(`[1-9]\d{3} ?[A-Z]{2}`)
	modelShape = regexp.MustCompile(`[A-Z0-9](?:[A-Z0-9]|[\-/.][A-Z0-9]){3,19}`)
	amount     = regexp.MustCompile(`^\d+(?:V|W|KW|BTU|BTUH|GAL|GPM|AMP|AMPS|A|HP|PSI|SEER|AFUE|SQFT|SF|FT|IN|MM|CM|KG|LB|LBS|AM|PM|TH|ST|ND|RD|TON|TONS|HZ|F|C|K|M|USD|EUR|YR|YRS)$`)
	refrigeran = regexp.MustCompile(`^(?:R-?\d{2,3}[A-Z]{0,2}|MERV-?\d+|SEER-?\d?|COVID-?19|MP[34]|HTML5|CO2)$`)
)

const (
	postcodeWords = " zip zipcode postcode postal plz postleitzahl código codigo cap cep code "
	placeWords    = " in near around serve service cover to at area here aus nach en à dans "
	amountWords   = " btu btus dollar dollars usd euro euros sq square feet ft foot sf gallon gallons people person years miles km units kwh watts watt hours times steps % percent rpm "
	modelWords    = " model modell modèle modelo modello unit "
	noModels      = " order invoice account serial ticket case tracking ref reference confirmation policy error code fault zip postcode room apt suite flight gate route po license licence plate number no nr "
	states        = " al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc "
)

func (r *reader) postcode() string {
	asked := slices.Contains(Asks(r.asked, nil), Postcode)
	var found [][2]int
	try := func(shape *regexp.Regexp, sure func(m string, from, to int) bool) {
		for _, m := range shape.FindAllStringIndex(r.text, 20) {
			if r.alone(m[0], m[1]) && r.free(m[0], m[1]) && !r.notTheirs(m[0]) && sure(r.text[m[0]:m[1]], m[0], m[1]) {
				found = append(found, [2]int{m[0], m[1]})
			}
		}
	}
	near := func(from int) bool {
		w := r.wordsBefore(from, 4)
		return anyOf(w, postcodeWords) && !anyOf(w[max(0, len(w)-2):], " error promo discount ")
	}
	lonely := func(from, to int) bool {
		return asked && strings.IndexFunc(r.text[:from], unicode.IsDigit) < 0 || strings.TrimSpace(r.text) == r.text[from:to] && asked
	}
	try(fiveDigits, func(m string, from, to int) bool {
		w := r.wordsBefore(from, 1)
		switch {
		case anyOf([]string{r.wordAfter(to)}, amountWords), strings.HasPrefix(r.text[to:], "%"), anyOf(r.wordsBefore(from, 2), noModels) && !near(from):
			return false
		}
		served, _ := Served(r.in.Area, m)
		return served || near(from) || lonely(from, to) || anyOf(w, placeWords) || anyOf(w, states) && isUpper(r.text[max(0, from-4):from])
	})
	try(canadian, func(m string, from, to int) bool { return isUpper(m) || near(from) || lonely(from, to) })
	try(british, func(m string, from, to int) bool {
		return near(from) || lonely(from, to) || isUpper(m) && (strings.Contains(m, " ") || anyOf(r.wordsBefore(from, 1), placeWords))
	})
	try(portuguese, func(m string, from, to int) bool { return near(from) || lonely(from, to) })
	try(dutch, func(m string, from, to int) bool {
		return near(from) || lonely(from, to) || strings.EqualFold(r.in.Country, "NL")
	})
	slices.SortFunc(found, func(a, b [2]int) int { return a[0] - b[0] })
	from, to, ok := r.pick(found)
	if !ok {
		return ""
	}
	r.take(from, to)
	return tidyPostcode(r.text[from:to])
}

func tidyPostcode(p string) string {
	p = strings.ToUpper(strings.Join(strings.Fields(p), " "))
	if n := len(p); unicode.IsLetter(rune(p[0])) && !strings.Contains(p, " ") && n >= 5 {
		return p[:n-3] + " " + p[n-3:]
	}
	return p
}

// alone reports whether no letter, digit or currency sign touches a stretch.
func (r *reader) alone(from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(r.text[:from])
	after, _ := utf8.DecodeRuneInString(r.text[to:])
	joined := func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) || c == '_' || c == '@' }
	if from > 0 && (joined(before) || strings.ContainsRune("$€£#-./+", before)) {
		return false
	}
	if to < len(r.text) && joined(after) {
		return false
	}
	next := strings.TrimLeft(r.text[to:], "-.,/")
	return next == r.text[to:] || next == "" || !unicode.IsDigit(rune(next[0]))
}

// Served says whether a postcode is in the area, and whether that is known at
// all: an empty list or postcode knows nothing. An entry is a postcode, a
// beginning with "*", or a range of numbers "60601-60661"; the first half of a
// British postcode stands for all of it.
func Served(area []string, postcode string) (served, known bool) {
	p := bare(postcode)
	if len(area) == 0 || p == "" {
		return false, false
	}
	short := p
	if head, _, ok := strings.Cut(strings.ToUpper(strings.TrimSpace(postcode)), "-"); ok && len(head) == 5 && len(p) == 9 {
		short = head // ZIP+4
	}
	for _, e := range area {
		entry := strings.ToUpper(strings.TrimSpace(e))
		lo, hi, ranged := strings.Cut(entry, "-")
		lo, hi = strings.TrimSpace(lo), strings.TrimSpace(hi)
		switch b := bare(entry); {
		case b == "":
		case strings.HasSuffix(entry, "*"):
			if prefix := strings.TrimSuffix(b, "*"); prefix != "" && strings.HasPrefix(p, prefix) {
				return true, true
			}
		case ranged && len(lo) == len(hi) && len(lo) >= 4 && digits(lo) == lo && digits(hi) == hi:
			if len(short) == len(lo) && digits(short) == short && lo <= short && short <= hi {
				return true, true
			}
		case b == p, b == short, unicode.IsLetter(rune(b[0])) && len(b) <= 4 && len(p) == len(b)+3 && strings.HasPrefix(p, b):
			return true, true
		}
	}
	return false, true
}

// bare is a postcode without blanks and hyphens.
func bare(p string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || c == '-' {
			return -1
		}
		return unicode.ToUpper(c)
	}, p)
}

// model reads a product's make and number: "Carrier 24ACC6".
func (r *reader) model() string {
	asked := slices.Contains(Asks(r.asked, nil), Model)
	for _, m := range modelShape.FindAllStringIndex(r.text, 20) {
		code := strings.TrimRight(r.text[m[0]:m[1]], "-/.")
		letters := strings.IndexFunc(code, unicode.IsLetter) >= 0
		if !letters || len(digits(code)) < 1 || len(digits(code)) == len(code) || len(code) < 4 || !r.alone(m[0], m[0]+len(code)) || !r.free(m[0], m[1]) {
			continue
		}
		w := r.wordsBefore(m[0], 2)
		last := lastWord(w)
		if amount.MatchString(code) || refrigeran.MatchString(code) || anyOf(w, noModels) && !anyOf(w, modelWords) || british.FindString(code) == code || canadian.FindString(code) == code {
			continue
		}
		brand := ""
		if head := strings.TrimRight(r.text[:m[0]], " "); strings.HasSuffix(strings.ToLower(head), last) && last != "" {
			word := head[len(head)-len(last):]
			if c, _ := utf8.DecodeRuneInString(word); unicode.IsUpper(c) && len(word) >= 3 && !anyOf([]string{last}, noNames+modelWords+noModels+placeWords) && !strings.ContainsFunc(word, unicode.IsDigit) {
				brand = word + " "
			}
		}
		if brand == "" && !anyOf(w, modelWords) && !asked {
			continue
		}
		return brand + code
	}
	return ""
}

func isUpper(s string) bool {
	return strings.ContainsFunc(s, unicode.IsUpper) && !strings.ContainsFunc(s, unicode.IsLower)
}

// compile reads the field's pattern; nil if it has none or a bad one.
func (f Field) compile() *regexp.Regexp {
	if f.Pattern == "" || len(f.Pattern) > maxPattern {
		return nil
	}
	re, err := regexp.Compile(f.Pattern)
	if err != nil {
		return nil
	}
	return re
}

// field reads one of the team's own fields.
func (r *reader) field(f Field) string {
	if f.Pattern != "" {
		re := f.compile()
		if re == nil {
			return ""
		}
		m := re.FindStringSubmatchIndex(r.text)
		if m == nil || m[1] == m[0] {
			return ""
		}
		from, to := m[0], m[1]
		if len(m) > 3 && m[2] >= 0 {
			from, to = m[2], m[3]
		}
		if v := r.text[from:to]; !cardWithin(v) {
			return oneLine(v)
		}
		return ""
	}
	label := fold(f.label())
	if i := strings.Index(r.low, label); i >= 0 {
		rest := strings.TrimLeft(r.text[i+len(label):], " ")
		for _, by := range []string{":", "=", "is ", "ist ", "es ", "est ", "è ", "é "} {
			if v, ok := strings.CutPrefix(strings.ToLower(rest), by); ok {
				v = rest[len(rest)-len(v):]
				return r.value(firstPhrase(v))
			}
		}
	}
	if slices.Contains(Asks(r.asked, r.in.Fields), f.Name) && len([]rune(r.text)) <= 80 && !strings.Contains(r.text, "?") && !refuses(r.low) {
		return r.value(strings.TrimRight(oneLine(r.text), ".!"))
	}
	return ""
}

func (r *reader) value(v string) string {
	if v = oneLine(v); len([]rune(v)) > maxValue || cardWithin(v) {
		return ""
	}
	return v
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// firstPhrase is what stands before the next comma, full stop or line end.
func firstPhrase(s string) string {
	for i, c := range s {
		if c == ',' || c == ';' || c == '\n' || (c == '.' || c == '!' || c == '?') && (i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '\n') {
			return s[:i]
		}
	}
	return s
}

// refuses reports whether an answer is none.
func refuses(low string) bool {
	w := strings.FieldsFunc(low, func(c rune) bool { return !unicode.IsLetter(c) && c != '\'' })
	return len(w) == 0 || anyOf(w[:1], " no nope none nothing why idk skip nein non não ") || strings.Contains(low, "don't know") || strings.Contains(low, "not sure") || strings.Contains(low, "rather not")
}

// Asks says which facts a question asks the visitor for: the names of this
// package, and those of the fields. Nil if it asks for none.
func Asks(question string, fields []Field) []string {
	q := " " + strings.Join(strings.FieldsFunc(fold(question), func(c rune) bool { return !unicode.IsLetter(c) && c != '\'' && c != '-' }), " ") + " "
	if !strings.Contains(question, "?") && !strings.Contains(q, " please ") && !strings.Contains(q, " bitte ") && !strings.Contains(q, " por favor ") {
		return nil
	}
	var asks []string
	has := func(phrases ...string) bool {
		return slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(q, " "+p+" ") })
	}
	if has("your name", "your full name", "who am i", "tu nombre", "su nombre", "ihr name", "dein name", "ihren namen", "votre nom", "il tuo nome", "seu nome") {
		asks = append(asks, Name)
	}
	if has("your email", "your e-mail", "email address", "e-mail address", "an email", "an e-mail", "best email", "your e mail", "correo", "e-mail-adresse", "adresse e-mail", "an e-mail address") {
		asks = append(asks, Email)
	}
	if has("your phone", "phone number", "your number", "best number", "a number", "telephone number", "callback number", "mobile number", "teléfono", "telefonnummer", "numéro de téléphone", "telefone") {
		asks = append(asks, Phone)
	}
	if has("zip", "zip code", "zipcode", "postcode", "postal code", "código postal", "postleitzahl", "code postal") {
		asks = append(asks, Postcode)
	}
	if has("model number", "which model", "what model", "your model", "the model", "modelo", "modell") {
		asks = append(asks, Model)
	}
	for _, f := range fields {
		if l := strings.Join(strings.FieldsFunc(fold(f.label()), func(c rune) bool { return !unicode.IsLetter(c) && c != '\'' && c != '-' }), " "); l != "" && f.Name != "" && !slices.Contains(asks, f.Name) && has(l) {
			asks = append(asks, f.Name)
		}
	}
	return asks
}
