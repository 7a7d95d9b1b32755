package lead_test

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"threadline/bridge/lead"
)

// talk builds earlier lines: "a …" is ours, anything else the visitor's.
func talk(lines ...string) []lead.Line {
	var out []lead.Line
	for _, l := range lines {
		text, ours := strings.CutPrefix(l, "a ")
		out = append(out, lead.Line{Visitor: !ours, Text: text})
	}
	return out
}

func show(c lead.Contact) string {
	var b strings.Builder
	for _, k := range []string{"name", "email", "phone", "postcode", "model"} {
		if v := c.Get(k); v != "" {
			b.WriteString(k + "=" + v + "; ")
		}
	}
	for k, v := range c.Fields {
		if k != "postcode" && k != "model" {
			b.WriteString(k + "=" + v + "; ")
		}
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestRead(t *testing.T) {
	for text, want := range map[string]string{
		"I'm Ana, 312-555-0142, Carrier 24ACC6":                       "name=Ana; phone=312-555-0142; model=Carrier 24ACC6",
		"i'm ana, 312-555-0142":                                       "phone=312-555-0142",
		"My name is ana lopez, mail ana.lopez@example.com":            "name=Ana Lopez; email=ana.lopez@example.com",
		"my name is ana and i need help":                              "name=Ana",
		"Hi, this is Bob Smith from Oak Park. Call (773) 555-0188.":   "name=Bob Smith; phone=(773) 555-0188",
		"you can reach me at +1 312 555 0142 60614":                   "phone=+1 312 555 0142",
		"60614 312-555-0142":                                          "phone=312-555-0142",
		"zip 60614, 312-555-0142":                                     "phone=312-555-0142; postcode=60614",
		"we live in 60614":                                            "postcode=60614",
		"Chicago, IL 60614-2210":                                      "postcode=60614-2210",
		"my postcode is sw1a1aa":                                      "postcode=SW1A 1AA",
		"We are in SW1A 1AA":                                          "postcode=SW1A 1AA",
		"postal code K1A 0B1":                                         "postcode=K1A 0B1",
		"Model: 58STA090-16":                                          "model=58STA090-16",
		"Me llamo Lucía Pérez y mi teléfono es +34 612 345 678":       "name=Lucía Pérez; phone=+34 612 345 678",
		"Ich heiße Jörg Müller, Telefon +49 30 1234567":               "name=Jörg Müller; phone=+49 30 1234567",
		"Je m'appelle Zoé, j'habite à 75011, mon mail zoe@exemple.fr": "name=Zoé; email=zoe@exemple.fr; postcode=75011",
		"mi chiamo Paolo Rossi":                                       "name=Paolo Rossi",
		"o meu nome é João da Silva":                                  "name=João da Silva",
		"Ana here, quick question":                                    "name=Ana",
		"my name is Ludwig van Beethoven.":                            "name=Ludwig van Beethoven",
		"call me at 312.555.0142 please":                              "phone=312.555.0142",
		"３１２-555-0142 is my cell":                                     "phone=312-555-0142",
		"my num\u200bber is 312-\u200b555-0142":                       "phone=312-555-0142",
		"not 312-555-0142, sorry, I mean 312-555-0143":                "phone=312-555-0143",
		"reach me at a@b.example, no wait, sorry, c@d.example":        "email=c@d.example",
		"> you wrote: call 312-555-0100\nmine is 312-555-0142":        "phone=312-555-0142",
		"I'm Ana's husband":                                           "",
		"I'm Tired of this":                                           "",
		"I'm interested in a quote":                                   "",
		"I AM ANGRY AND I AM LEAVING":                                 "",
		"This is Unacceptable":                                        "",
		"I am looking for heat pumps":                                 "",
		"call me back later":                                          "",
		"call me by another name":                                     "",
		"my card is 4111 1111 1111 1111":                              "",
		"amex 3782 822463 10005":                                      "",
		"3782 822463 10005":                                           "",
		"order 3125550142 never came":                                 "",
		"invoice #312-555-0142":                                       "",
		"SSN 123-45-6789":                                             "",
		"it costs $60614":                                             "",
		"I need 60000 BTU":                                            "",
		"in 20000 dollars":                                            "",
		"error code E4F12 shows":                                      "",
		"Uses R410A and 240V, 16SEER":                                 "",
		"my wife's number is 312-555-0142":                            "",
		"your number 312-555-0142 is always busy":                     "",
		"please don't call 312-555-0142":                              "",
		"222-222-2222":                                                "",
		"312-155-0142":                                                "",
		"911":                                                         "",
		"it happened on 2026-11-21 10:30":                             "",
		"user@@example.com a..b@example.com @x.com":                   "",
		"see https://user@example.com/path":                           "",
		"":                                                            "",
		"\u202e\u202d":                                                "",
		"My furnace Lennox ML180UH070P36 leaks, I'm at 60614 and I'm Maria.": "name=Maria; postcode=60614; model=Lennox ML180UH070P36",
	} {
		if got := show(lead.Read(lead.Input{Text: text})); got != want {
			t.Errorf("%q\n got  %s\n want %s", text, got, want)
		}
	}
}

func TestReadInContext(t *testing.T) {
	known := lead.Contact{Name: "Ana", Phone: "312-555-0142", Email: "ana@example.com"}
	for name, c := range map[string]struct {
		in   lead.Input
		want string
	}{
		"the end of the number, put right": {lead.Input{Text: "no, it's 0143", Earlier: talk("my number is 312-555-0142", "a Thanks!"), Known: known}, "phone=312-555-0143"},
		"seven digits put right":           {lead.Input{Text: "Sorry, 555-0199", Earlier: talk("312-555-0142"), Known: known}, "phone=312-555-0199"},
		"after we repeat it":               {lead.Input{Text: "no: not 0142 but 0143", Earlier: talk("a So I have 312-555-0142?"), Known: known}, "phone=312-555-0143"},
		"a time is no correction":          {lead.Input{Text: "no, it's 10 am", Earlier: talk("312-555-0142"), Known: known}, ""},
		"nothing to put right":             {lead.Input{Text: "no, it's 0143", Earlier: talk("a When was it built?")}, ""},
		"another subject":                  {lead.Input{Text: "no, it's 1987", Earlier: talk("312-555-0142", "it was built in 1986", "a Built in 1986?"), Known: known}, ""},
		"a new address wins":               {lead.Input{Text: "actually use ana.l@example.com", Known: known}, "email=ana.l@example.com"},
		"what is known is not news":        {lead.Input{Text: "I'm Ana, +1 312 555 0142, ANA@example.com", Known: known}, ""},
		"our own number":                   {lead.Input{Text: "so I call 773-555-0100?", Earlier: talk("a You can call us at (773) 555-0100.")}, ""},
		"our own address":                  {lead.Input{Text: "I wrote to help@example.com", Earlier: talk("a Write to help@example.com")}, ""},
		"a weak name does not displace":    {lead.Input{Text: "I'm Homeowner, hello", Known: known}, ""},
		"a strong one does":                {lead.Input{Text: "my name is Anna", Known: known}, "name=Anna"},
		"the name put right":               {lead.Input{Text: "no, it's Anna", Earlier: talk("I'm Ana"), Known: known}, "name=Anna"},
		"a bare name we asked for":         {lead.Input{Text: "ana lopez", Earlier: talk("a What's your name?")}, "name=Ana Lopez"},
		"name and number we asked for":     {lead.Input{Text: "Ana, 312-555-0142", Earlier: talk("a May I have your name and phone number?")}, "name=Ana; phone=312-555-0142"},
		"no name":                          {lead.Input{Text: "why?", Earlier: talk("a What's your name?")}, ""},
		"a refusal":                        {lead.Input{Text: "no thanks", Earlier: talk("a What's your name?")}, ""},
		"a bare postcode we asked for":     {lead.Input{Text: "60614", Earlier: talk("a What's your zip code?")}, "postcode=60614"},
		"a served postcode anywhere":       {lead.Input{Text: "60614!", Area: []string{"60614"}}, "postcode=60614"},
		"a bare number of no meaning":      {lead.Input{Text: "60614!"}, ""},
		"a model we asked for":             {lead.Input{Text: "24ACC6", Earlier: talk("a Which model is it?")}, "model=24ACC6"},
		"at home in Germany":               {lead.Input{Text: "030 1234567", Country: "DE"}, "phone=030 1234567"},
		"at home in Spain":                 {lead.Input{Text: "612 345 678", Country: "ES"}, "phone=612 345 678"},
		"a date is no number":              {lead.Input{Text: "Telefon 01.02.2026", Country: "DE"}, ""},
		"the team's pattern":               {lead.Input{Text: "contract AB-1234 please", Fields: []lead.Field{{Name: "contract", Pattern: `\b[A-Z]{2}-\d{4}\b`}}}, "contract=AB-1234"},
		"the team's group":                 {lead.Input{Text: "I have 3 floors", Fields: []lead.Field{{Name: "floors", Pattern: `(\d+) floors`}}}, "floors=3"},
		"label and value":                  {lead.Input{Text: "roof type: flat, thanks", Fields: []lead.Field{{Name: "roof", Label: "Roof type"}}}, "roof=flat"},
		"an answer to our question":        {lead.Input{Text: "a flat one.", Earlier: talk("a What roof type do you have?"), Fields: []lead.Field{{Name: "roof", Label: "roof type"}}}, "roof=a flat one"},
		"a bad pattern reads nothing":      {lead.Input{Text: "x", Fields: []lead.Field{{Name: "x", Pattern: "("}}}, ""},
		"never a card":                     {lead.Input{Text: "4111 1111 1111 1111", Fields: []lead.Field{{Name: "x", Pattern: `[\d ]+`}}}, ""},
	} {
		if got := show(lead.Read(c.in)); got != c.want {
			t.Errorf("%s: %q\n got  %s\n want %s", name, c.in.Text, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	in := lead.Input{Earlier: talk("a Call us: 773-555-0100"), Fields: []lead.Field{{Name: "contract", Pattern: `^[A-Z]{2}-\d{4}$`}}}
	got := lead.Check(lead.Contact{Name: "Ana", Email: "not an address", Phone: "773-555-0100", Fields: map[string]string{"contract": "zzz", "note": "4111111111111111", "pet": "a dog"}}, in)
	if show(got) != "name=Ana; pet=a dog" {
		t.Errorf("kept %s", show(got))
	}
	good := lead.Contact{Name: "Ana", Email: "ana@example.com", Phone: "312-555-0142", Fields: map[string]string{"contract": "AB-1234"}}
	if got := lead.Check(good, in); got.Name != good.Name || got.Email != good.Email || got.Phone != good.Phone || !maps.Equal(got.Fields, good.Fields) {
		t.Errorf("of a good one it kept %+v", got)
	}
}

func TestServed(t *testing.T) {
	area := []string{"60614", "606 40", "6070*", "60810-60815", "SW1A", "N1 9GU"}
	for p, want := range map[string]bool{
		"60614": true, "60614-2210": true, "60640": true, "60701": true, "60812": true, "sw1a 1aa": true, "N1 9GU": true,
		"60615": false, "60816": false, "6081": false, "SW1 1AA": false, "N1 9GX": false, "60812-1": false,
	} {
		if got, known := lead.Served(area, p); got != want || !known {
			t.Errorf("%q: %v, %v", p, got, known)
		}
	}
	if _, known := lead.Served(nil, "60614"); known {
		t.Error("an empty list knows something")
	}
	if _, known := lead.Served(area, " "); known {
		t.Error("an empty postcode is known")
	}
}

func TestAssess(t *testing.T) {
	area := []string{"60614"}
	full := lead.Contact{Name: "Ana", Phone: "312-555-0142", Fields: map[string]string{lead.Postcode: "60614"}}
	outside := lead.Contact{Phone: "312-555-0142", Fields: map[string]string{lead.Postcode: "99999"}}
	for name, c := range map[string]struct {
		s      lead.Story
		stage  lead.Stage
		intent lead.Intent
		score  int
	}{
		"nothing":        {lead.Story{Said: []string{"hello"}}, lead.New, lead.NoIntent, 0},
		"a question":     {lead.Story{Said: []string{"do you work in winter?"}}, lead.Engaged, lead.Question, 0},
		"reachable":      {lead.Story{Contact: lead.Contact{Email: "a@b.example"}, Said: []string{"hello"}}, lead.Reachable, lead.NoIntent, 15},
		"qualified":      {lead.Story{Contact: full, Area: area, Said: []string{"I'd like to schedule a tune-up"}}, lead.Qualified, lead.Booking, 70},
		"outside":        {lead.Story{Contact: outside, Area: area, Said: []string{"how much is a quote"}}, lead.Outside, lead.Pricing, 0},
		"the newest":     {lead.Story{Said: []string{"how much is it?", "my boiler is leaking"}}, lead.Engaged, lead.Repair, 15},
		"an emergency":   {lead.Story{Triggers: []string{"urgency"}}, lead.Engaged, lead.Emergency, 25},
		"many units":     {lead.Story{Said: []string{"we run 12 restaurants"}, Triggers: []string{"high_value"}}, lead.Engaged, lead.NoIntent, 20},
		"a swap":         {lead.Story{Said: []string{"we need 140 heaters swapped"}, Triggers: []string{"high_value"}}, lead.Engaged, lead.Purchase, 45},
		"a threat":       {lead.Story{Said: []string{"my attorney will be in touch"}, Triggers: []string{"sensitive_topic"}}, lead.Engaged, lead.Complaint, 0},
		"money and law":  {lead.Story{Said: []string{"refund me or my lawyer calls"}, Triggers: []string{"sensitive_topic"}}, lead.Engaged, lead.Cancel, 0},
		"money back":     {lead.Story{Said: []string{"i want my 149 dollars back"}, Triggers: []string{"sensitive_topic"}}, lead.Engaged, lead.Cancel, 0},
		"a fat contract": {lead.Story{Contact: full, Triggers: []string{"high_value"}, PageURL: "https://x.example/pricing"}, lead.Qualified, lead.NoIntent, 55},
	} {
		a := lead.Assess(c.s)
		if a.Stage != c.stage || a.Intent != c.intent || a.Score != c.score {
			t.Errorf("%s: %+v, want %s, %q, %d", name, a, c.stage, c.intent, c.score)
		}
		if a.Score > 0 && len(a.Reasons) == 0 {
			t.Errorf("%s: a score without reasons", name)
		}
	}
}

func TestAsks(t *testing.T) {
	fields := []lead.Field{{Name: "roof", Label: "Roof type"}}
	for q, want := range map[string]string{
		"What's your name and your phone number?": "name phone", "Could I have your e-mail address?": "email", "Which ZIP code is it?": "postcode",
		"What roof type do you have?": "roof", "We cover that. Anything else?": "", "Your name is on the list.": "",
	} {
		if got := strings.Join(lead.Asks(q, fields), " "); got != want {
			t.Errorf("%q asks for %q, want %q", q, got, want)
		}
	}
}

// FuzzRead: whatever is written, what is read is bounded, clean, stands in the
// text, is no card, and is not news a second time.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"I'm Ana, 312-555-0142, Carrier 24ACC6", "no, it's 0143", "4111 1111 1111 1111", "\u202e312-555-0142", "ich heiße İİİ", "sw1a1aa",
		strings.Repeat("a@", 5000), strings.Repeat("1", 10_000), strings.Repeat("312-555-0142 ", 800), strings.Repeat("I'm ", 3000), "\xff\xfe312\x00555\x000142", "ȺȺȺ my name is Ⱥna",
	} {
		f.Add(s, "a What's your phone number?")
	}
	f.Fuzz(func(t *testing.T, text, before string) {
		in := lead.Input{
			Text: text, Earlier: talk(before), Known: lead.Contact{Phone: "312-555-0142"},
			Fields: []lead.Field{{Name: "own", Label: "size", Pattern: `size (\w+)`}}, Area: []string{"60614"},
		}
		c := lead.Read(in)
		for _, k := range []string{"name", "email", "phone", "postcode", "model", "own"} {
			v := c.Get(k)
			if len([]rune(v)) > 200 || !utf8.ValidString(v) || strings.ContainsAny(v, "\n\x00\u202e") || strings.TrimSpace(v) != v {
				t.Fatalf("%s = %q of %q", k, v, text)
			}
		}
		in.Known = lead.Contact{Name: pick(c.Name, in.Known.Name), Email: pick(c.Email, in.Known.Email), Phone: pick(c.Phone, in.Known.Phone), Fields: c.Fields}
		if again := lead.Read(in); again.Email != "" || again.Fields["own"] != "" {
			t.Fatalf("%q: read again %+v after %+v", text, again, c)
		}
	})
}

func pick(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Prints the cost of the longest message beside that of a short one.
func BenchmarkRead(b *testing.B) {
	for name, text := range map[string]string{
		"short": "I'm Ana, 312-555-0142, Carrier 24ACC6", "long": strings.Repeat("my number is 312 555 and I'm at home ", 270),
		"digits": strings.Repeat("1 ", 5000), "ats": strings.Repeat("a@a.", 2500),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				lead.Read(lead.Input{Text: text})
			}
		})
	}
}
