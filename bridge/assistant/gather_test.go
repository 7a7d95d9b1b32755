package assistant_test

import (
	"strings"
	"testing"

	"threadline/bridge"
	"threadline/bridge/assistant"
	"threadline/bridge/assistant/openaitest"
	"threadline/bridge/lead"
)

// asking is a question on a site that gathers and has a service area.
func asking(lines ...string) bridge.Question {
	q := ask(lines...)
	q.Site.Lead = bridge.LeadSettings{
		Ask: []string{lead.Postcode, lead.Phone, "roof"}, ServiceArea: []string{"60614", "6062*"},
		Fields: []lead.Field{{Name: "roof", Label: "Roof type"}},
	}
	return q
}

func TestServiceAreaIsTypedAndCertain(t *testing.T) {
	s, m := endpoint(t)
	s.Always(openaitest.Answer(1, first, "Yes, we serve the whole world."))
	for _, a := range []bridge.Assistant{assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil), m} {
		for text, want := range map[string]string{
			"v Do you serve 60614?":                "Yes, 60614 is in our service area.",
			"v are you coming to 60625":            "Yes, 60625 is in our service area.",
			"v do you service heat pumps in 99999": "I'm sorry, 99999 is outside our service area.",
			"v do you cover zip 10001?":            "I'm sorry, 10001 is outside our service area.",
		} {
			got := answer(t, a, asking(text))
			if got.Move != bridge.MoveAnswer || !strings.HasPrefix(got.Text, want) || got.Confidence != 1 || len(got.Sources) != 1 {
				t.Errorf("%T %q: %+v, want %q", a, text, got, want)
			}
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("the model was asked %d times about what a list decides", n)
	}
	b := assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil)
	if got := answer(t, b, asking("v Do you service heat pumps in 60614?")); !strings.Contains(got.Text, "heat pump") {
		t.Errorf("what asks for more than the area: %+v", got)
	}
}

func TestBuiltinGathers(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil)
	const question = "v how much is a furnace tune-up?"
	got := answer(t, b, asking(question))
	if !strings.Contains(got.Text, "$149") || !strings.Contains(got.Text, "postcode") {
		t.Errorf("an answer without a question: %q", got.Text)
	}
	q := asking(question)
	q.Visitor.Fields = map[string]string{lead.Postcode: "60614"}
	if got := answer(t, b, q); strings.Contains(got.Text, "postcode") || !strings.Contains(got.Text, "phone number") {
		t.Errorf("with the postcode known: %q", got.Text)
	}
	// Asked once, never again, whether it was answered or not.
	q = asking("v hi", "a What's the postcode of the place? Then I can check our service area.", "v why?",
		"a What's the best phone number to reach you, in case we get cut off?", "v no", "a May I ask for your roof type?", question)
	if got := answer(t, b, q); strings.Contains(got.Text, "?") {
		t.Errorf("asked again: %q", got.Text)
	}
	q = asking("v hi", "a Hello!", "v I'm Ana, 312-555-0142")
	q.Visitor.Name, q.Visitor.Phone = "Ana", "312-555-0142"
	if got := answer(t, b, q); got.Move != bridge.MoveAnswer || !strings.HasPrefix(got.Text, "Thank you, Ana! I have noted your phone number.") {
		t.Errorf("who only tells their number hears %+v", got)
	}
	q = asking("v how much is a furnace tune-up? I'm Ana, 312-555-0142")
	if got := answer(t, b, q); !strings.Contains(got.Text, "$149") {
		t.Errorf("who asks and tells hears %+v", got)
	}
}

func TestModelKnowsWhatIsKnown(t *testing.T) {
	s, m := endpoint(t)
	q := asking(tuneUp)
	q.Visitor.Phone, q.Visitor.Fields = "312-555-0142", map[string]string{lead.Postcode: "60614"}
	s.Script(openaitest.AskBack("What's your phone number?"), openaitest.AskBack("Which model is it?"))
	var e emitted
	got, err := m.Answer(t.Context(), q, e.emit)
	if err != nil || got.Text != "Which model is it?" || e.String() != got.Text {
		t.Fatalf("%+v, %v, emitted %q", got, err, e.String())
	}
	body := string(s.Requests()[0].Body)
	for _, want := range []string{"312-555-0142", "postcode_in_service_area", "may_ask_visitor_for", "roof"} {
		if !strings.Contains(body, want) {
			t.Errorf("the request lacks %q", want)
		}
	}
	s.Script(openaitest.AskBack("What's your phone number?"), openaitest.AskBack("And your phone number?"))
	if got := answer(t, m, q); got.Move != bridge.MoveHandOff {
		t.Errorf("a model that asks for nothing else: %+v", got)
	}
	s.Script(openaitest.Answer(0.9, first, "A tune-up costs $149. What's your phone number?"))
	if got := answer(t, m, q); got.Text != "A tune-up costs $149." {
		t.Errorf("an answer that asks again: %q", got.Text)
	}
}

// TestBuiltinNotesHoweverItIsSaid holds that people who only say who they are,
// or put it right, hear that it was noted, and nobody is called for it.
func TestBuiltinNotesHoweverItIsSaid(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil)
	for text, want := range map[string]string{
		"im marcus":                             "Hello! What can I",
		"hi this is marcus":                     "Hello! What can I",
		"marcus here":                           "Hello! What can I",
		"my name is Al, but call me Big Al":     "Thank you",
		"sorry, wrong digit, it's 312-555-0112": "Thank you! I have noted your phone number",
		"you have my old number on file, the new one is 312 555 0177":   "Thank you! I have noted your phone number",
		"its not 312 555 0100 anymore, use 312 555 0199":                "Thank you! I have noted your phone number",
		"my number's +44 20 7946 0018 and mail is o'neil@example.ie":    "Thank you! I have noted your phone number and your e-mail address",
		"ok my email is bob dot smith at yahoo dot com":                 "Thank you! I have noted your e-mail address",
		"my number is three one two five five five oh one double seven": "Thank you! I have noted your phone number",
		"jane@gmail":                   `Thank you! Part of the e-mail address seems to be missing in "jane@gmail".`,
		"my email is jane@hotmial.com": "Thank you! I have noted jane@hotmial.com. Did you mean jane@hotmail.com?",
	} {
		if got := answer(t, b, asking("v "+text)); got.Move != bridge.MoveAnswer || !strings.HasPrefix(got.Text, want) {
			t.Errorf("%q: %+v, want %q", text, got, want)
		}
	}
	first := answer(t, b, asking("v my email is jane@hotmial.com"))
	if got := answer(t, b, asking("v my email is jane@hotmial.com", "a "+first.Text, "v yes")); !strings.HasPrefix(got.Text, "Thank you! I have noted your e-mail address") {
		t.Errorf("yes, it was meant: %+v", got)
	}
	q := asking("v 312-555-0111", "a Thank you!", "v no, it's 0112")
	q.Visitor.Phone = "312-555-0112" // as the newest line has left it
	if got := answer(t, b, q); !strings.HasPrefix(got.Text, "Thank you! I have noted your phone number") {
		t.Errorf("the end put right: %+v", got)
	}
	for _, text := range []string{"im in evanston", "i am not sure", "this is wrong", "im flooding", "furnace still here", "no, it's 0199", "call me by noon, 312-555-0142"} {
		if got := answer(t, b, asking("v "+text)); strings.HasPrefix(got.Text, "Hello! What can I") || strings.HasPrefix(got.Text, "Thank you") {
			t.Errorf("%q is taken for an introduction: %q", text, got.Text)
		}
	}
}
