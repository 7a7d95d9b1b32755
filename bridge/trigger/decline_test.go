package trigger

import "testing"

const offering = "I can't help with that. Would you like me to bring in a person from our team?"

func TestAnOfferIsAcceptedInAnyWords(t *testing.T) {
	accepts := func(text string) bool {
		return first(Judge(Input{Text: text, Earlier: []Turn{{Visitor: true, Text: "do you fix roofs"}, {Text: offering}}})) == ExplicitRequest
	}
	for _, text := range []string{
		"👍", "👍🏽", "👌 thx", "✅", "k", "ya", "u", "mhm", "i guess", "why not", "if you could", "thatd be nice", "if that helps",
		"bring them in", "cool", "perfect, thank you", "vale", "d'accord", "va bene", "pode ser", "yes but hurry", "uh huh", "i would",
		"ok thanks", "go ahead", "sure thing", "yes pls",
	} {
		if !accepts(text) {
			t.Errorf("%q is no yes", text)
		}
	}
	for _, text := range []string{
		"ok thanks anyway", "ok never mind then", "ok i'll look elsewhere", "ok, i'll just call them myself", "ok forget it", "ok too bad",
		"ok bye", "ok ill try somewhere else thanks", "👎", "ok no 👍", "sure, but what are your hours", "oh ok. bummer", "thats fine, nvm",
		"why not tell me yourself", "great, and what does it cost",
	} {
		if accepts(text) {
			t.Errorf("%q is a yes", text)
		}
	}
}

func TestDeclines(t *testing.T) {
	for _, text := range []string{
		"nah", "no thx", "that's ok, never mind", "maybe later", "i'm good", "im good thanks", "i'll figure it out", "don't bother", "i'll pass",
		"not really", "skip it", "👎", "no gracias", "nein danke", "non merci", "no grazie", "não obrigado", "nvm i found it", "actually forget it",
		"no wait, don't transfer me, I found it", "all good", "NO THANKS!!",
	} {
		if !Declines(text) {
			t.Errorf("%q declines nothing", text)
		}
	}
	for _, text := range []string{
		"", "yes", "ok", "no heat", "no hot water", "no i want a refund", "i don't want this furnace", "never mind that, how much is it",
		"I need a person", "it's not working", "no?", "cancel my plan", "later today at 5", "good", "no one came",
		"don't transfer me, just tell me your hours",
	} {
		if Declines(text) {
			t.Errorf("%q declines", text)
		}
	}
}

func TestWithdraws(t *testing.T) {
	for _, text := range []string{"no wait, don't transfer me, I found it", "nvm", "never mind, got it sorted", "i changed my mind", "I don't need a person any more", "forget it"} {
		if !Withdraws(text) {
			t.Errorf("%q withdraws nothing", text)
		}
	}
	for _, text := range []string{"no", "nope", "no thanks", "rather not", "not now", "I need a person", "never mind the rain, come anyway please send someone now"} {
		if Withdraws(text) {
			t.Errorf("%q withdraws", text)
		}
	}
}

// TestANumberForCaseOfNeedIsNoCall holds that whoever gives the number that the
// assistant asked for, should the chat break off, is not handed over for it.
func TestANumberForCaseOfNeedIsNoCall(t *testing.T) {
	for asked, want := range map[string]bool{
		"Yes, we do. What's the best phone number to reach you, in case we get cut off?": false,
		"What's the best number to reach you at?":                                        false,
		"Shall a colleague call you? Which number is best?":                              true,
		"What number can we call you back on?":                                           true,
	} {
		found := first(Judge(Input{Text: "503 555 0143", Earlier: []Turn{{Visitor: true, Text: "do you fix toilets"}, {Text: asked}}}))
		if (found == ExplicitRequest) != want {
			t.Errorf("after %q: found %q", asked, found)
		}
	}
}
