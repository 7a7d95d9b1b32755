package assistant

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"threadline/bridge"
	"threadline/bridge/lead"
)

// areaTitle names the list of postcodes as a source.
const areaTitle = "Service area"

// known is what a model is told about the visitor.
func known(q bridge.Question) map[string]string {
	k := map[string]string{}
	c := q.Visitor.Contact()
	put := func(name, value string) {
		if v := clip(oneLine(value), 200); v != "" {
			k[name] = v
		}
	}
	put(lead.Name, c.Name)
	put(lead.Email, c.Email)
	put(lead.Phone, c.Phone)
	for name, value := range c.Fields {
		put(clip(oneLine(name), 60), value)
	}
	if in, ok := lead.Served(q.Site.Lead.ServiceArea, c.Get(lead.Postcode)); ok {
		k["postcode_in_service_area"] = fmt.Sprint(in)
	}
	return k
}

// asksKnown reports whether a question asks only for what the visitor has said.
func asksKnown(question string, q bridge.Question) bool {
	asks := lead.Asks(question, q.Site.Lead.Fields)
	c := q.Visitor.Contact()
	return len(asks) > 0 && !slices.ContainsFunc(asks, func(k string) bool { return c.Get(k) == "" })
}

// gather is the question to end an answer with, if there is one to ask: one at
// a time, and each once.
func gather(q bridge.Question) string {
	missing := bridge.Missing(q.Site, q.Visitor, q.Transcript)
	if len(missing) == 0 {
		return ""
	}
	return "\n\n" + askFor(missing[0], q.Site)
}

func askFor(name string, s bridge.Site) string {
	switch name {
	case lead.Name:
		return "By the way, may I have your name?"
	case lead.Phone:
		return "What's the best phone number to reach you, in case we get cut off?"
	case lead.Email:
		return "What's the best e-mail address to reach you, in case we get cut off?"
	case lead.Postcode:
		return "What's the postcode of the place? Then I can check our service area."
	case lead.Model:
		return "Which model is it, if you have it at hand?"
	}
	label := name
	for _, f := range s.Lead.Fields {
		if f.Name == name && f.Label != "" {
			label = f.Label
		}
	}
	return fmt.Sprintf("May I ask for your %s?", strings.ToLower(label))
}

// told is what the visitor's pending lines say about themselves, whether known
// already or not.
func told(q bridge.Question) (lead.Contact, string) {
	asked := pending(q.Transcript)
	before := q.Transcript
	for len(before) > 0 && before[len(before)-1].Author.Kind == bridge.ByVisitor {
		before = before[:len(before)-1]
	}
	return lead.Read(bridge.LeadInput(q.Site, lead.Contact{}, asked, before)), asked
}

// served answers whether a postcode is in the service area, from the site's
// list alone: it is typed and certain, so neither a passage nor a model is
// asked. It leaves alone what asks for more than that of a place that is served.
func served(q bridge.Question) (bridge.Answer, bool) {
	if len(q.Site.Lead.ServiceArea) == 0 {
		return bridge.Answer{}, false
	}
	c, asked := told(q)
	code := c.Get(lead.Postcode)
	in, ok := lead.Served(q.Site.Lead.ServiceArea, code)
	if !ok || !asksArea(asked, code) {
		return bridge.Answer{}, false
	}
	only := bareArea(asked, c)
	if in && !only {
		return bridge.Answer{}, false
	}
	text := fmt.Sprintf("Yes, %s is in our service area.", code)
	if !in {
		text = fmt.Sprintf("I'm sorry, %s is outside our service area. Would you like me to bring in a person from our team?", code)
	} else {
		text += gather(q)
	}
	return bridge.Answer{
		Move: bridge.MoveAnswer, Text: text, HTML: plainHTML(text), Confidence: 1,
		Sources: []bridge.Source{{Title: areaTitle}},
	}, true
}

// areaWords are what a question about the area is made of.
const areaWords = " do does you your guys service services serve serving served cover covers come coming out to in is are the a my our area areas zip zipcode code postcode postal here for at we i live located am im i'm home house what about and ok hi hello please work also yes it its region within and this location address "

// asksArea reports whether the words speak of coming to a place, or are nothing
// but the postcode.
func asksArea(asked, code string) bool {
	words := rawWords(asked)
	return len(words) <= 3 || slices.ContainsFunc(words, func(w string) bool {
		switch w {
		case "service", "serve", "cover", "covers", "area", "come", "coming", "work", "serving", "services":
			return true
		}
		return false
	}) && strings.Contains(strings.ToUpper(asked), strings.ToUpper(code[:min(3, len(code))]))
}

// bareArea reports whether nothing but the area is asked about.
func bareArea(asked string, c lead.Contact) bool {
	return len(beyond(asked, c, areaWords)) == 0
}

// noted answers a message that does nothing but tell who the visitor is.
func noted(q bridge.Question) (string, bool) {
	c, asked := told(q)
	if strings.Contains(asked, "?") {
		return "", false
	}
	if c.Empty() {
		c.Phone = endOfPhone(asked, q.Visitor.Phone)
	}
	if e := lead.Broken(asked); e != "" && c.Email == "" && len(beyond(strings.ReplaceAll(asked, e, " "), c, contactWords)) == 0 {
		return fmt.Sprintf("Thank you! Part of the e-mail address seems to be missing in %q. Could you write it once more?", clip(e, 100)), true
	}
	if c.Empty() && presents(asked) {
		return "Hello! What can I help you with?", true
	}
	rest := asked
	if c.Name != "" {
		rest = nickname.ReplaceAllString(asked, " ")
	}
	if c.Empty() || len(beyond(rest, c, contactWords)) > 0 {
		return "", false
	}
	if meant := lead.Meant(c.Email); meant != "" {
		return fmt.Sprintf("Thank you! I have noted %s. %s", clip(c.Email, 100), lead.DidYouMean(clip(meant, 100))), true
	}
	var kept []string
	if c.Phone != "" {
		kept = append(kept, "your phone number")
	}
	if c.Email != "" {
		kept = append(kept, "your e-mail address")
	}
	for _, k := range []string{lead.Postcode, lead.Model} {
		if c.Get(k) != "" {
			kept = append(kept, c.Get(k))
		}
	}
	for _, f := range q.Site.Lead.Fields {
		if v := c.Get(f.Name); v != "" && f.Name != lead.Postcode && f.Name != lead.Model {
			kept = append(kept, v)
		}
	}
	text := "Thank you!"
	if n := strings.Fields(q.Visitor.Name); len(n) > 0 {
		text = "Thank you, " + clip(n[0], 40) + "!"
	}
	if len(kept) > 0 {
		text += " I have noted " + list(kept) + "."
	}
	if in, ok := lead.Served(q.Site.Lead.ServiceArea, c.Get(lead.Postcode)); ok && in {
		text += fmt.Sprintf(" %s is in our service area.", c.Get(lead.Postcode))
	}
	if next := gather(q); next != "" {
		return text + next, true
	}
	return text + " What can I help you with?", true
}

// besides is a message without what it tells of the visitor: who they are, how
// to reach them and a postcode that is served say nothing about the question.
func besides(q bridge.Question) string {
	c, asked := told(q)
	rest := lead.Written(asked)
	cut := func(value, before string) {
		if value != "" {
			rest = regexp.MustCompile(`(?i)`+before+regexp.QuoteMeta(value)+`(?:$|\b)`).ReplaceAllString(rest, " ")
		}
	}
	cut(c.Email, `(?:my (?:e-?mail|mail)(?: address)? is |(?:e-?mail|mail)(?: me)?(?: at)?:? )?`)
	cut(c.Phone, `(?:my (?:phone|cell|number)(?: number)? is |(?:call|text|reach) me (?:at |on )?|(?:phone|tel|cell):? )?`)
	cut(c.Name, `(?:my name is |my name's |i'?m |i am |this is |name'?s )?`)
	if in, ok := lead.Served(q.Site.Lead.ServiceArea, c.Get(lead.Postcode)); ok && in {
		cut(c.Get(lead.Postcode), `(?:(?:i|we)(?:'?re|'?m| are| am)? (?:live |located |based )?|my (?:home|house|place|zip|zip code|postcode|address) is )?(?:in |at |near )?(?:zip |zip code |postcode )?`)
	}
	return rest
}

// nickname is how somebody wants to be called.
var nickname = regexp.MustCompile(`(?i)\b(?:(?:but |and )?(?:you can |please |just )?call me|(?:but )?(?:i )?go(?:es)? by|everyone calls me)(?: [\p{L}'-]+){1,3}`)

// endOfPhone is what a short message has of the number that is known by now, as
// it puts its end right: "no, it's 0143".
func endOfPhone(asked, phone string) string {
	figures := func(s string) string {
		return strings.Map(func(c rune) rune {
			if c >= '0' && c <= '9' {
				return c
			}
			return -1
		}, s)
	}
	end := figures(asked)
	if len(end) < 2 || len(end) > 7 || !strings.HasSuffix(figures(phone), end) {
		return ""
	}
	return end
}

// presents reports whether a message only says who writes, by one or two words
// that may as well be no name: "hi im marcus".
func presents(asked string) bool {
	words := rawWords(asked)
	greeted := len(words)
	for len(words) > 0 && slices.Contains(strings.Fields("hi hello hey hiya yo good morning afternoon evening there ok"), words[0]) {
		words = words[1:]
	}
	switch {
	case len(words) >= 2 && len(words) <= 3 && words[0] == "im", len(words) >= 3 && len(words) <= 4 && words[0] == "i" && words[1] == "am", len(words) == 3 && words[0] == "this" && words[1] == "is" && greeted > len(words):
		return !slices.ContainsFunc(words, func(w string) bool {
			return slices.Contains(strings.Fields("not no a an the in on at so very"), w) || strings.HasSuffix(w, "ing")
		})
	case len(words) == 2 && words[1] == "here":
		return !slices.Contains(strings.Fields("im is right over not still come its"), words[0])
	}
	return false
}

// contactWords are what people say around their name and number.
const contactWords = " anymore any more longer number's mail's email's phone's wrong digit digits number typo oops last first old new one file you change changed update updated should be that's thats correct corrected right best home work office cell's whatsapp text ext extension meant write again end ends ending with but yes yeah yep ok okay do don't use now instead other another double triple  hi hello hey i im i'm am my name is the this it its it's and or phone number cell mobile email e-mail mail address at you can reach me on call contact zip postcode code model make here please thanks thank no not sorry actually mean correction instead from in is a unit have me llamo soy mi nombre ich heiße heisse bin mein je m'appelle suis mi chiamo sono "

// beyond are the words of a message that are neither what it tells nor filler.
func beyond(asked string, c lead.Contact, filler string) []string {
	low := strings.ToLower(lead.Written(asked))
	values := []string{c.Name, c.Email, c.Phone}
	for _, v := range c.Fields {
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	for _, v := range values {
		if v != "" {
			low = strings.ReplaceAll(low, strings.ToLower(v), " ")
		}
	}
	idle := rawWords(filler)
	return slices.DeleteFunc(rawWords(low), func(w string) bool {
		// Beside a number stands the one that it replaces.
		return slices.Contains(idle, w) || c.Phone != "" && len(w) >= 3 && strings.Trim(w, "0123456789") == ""
	})
}

func list(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}
