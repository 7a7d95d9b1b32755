package trigger

import (
	"strings"
	"testing"
)

func first(fs []Finding) string {
	if len(fs) == 0 {
		return ""
	}
	return fs[0].Trigger
}

func TestJudgeHits(t *testing.T) {
	for want, texts := range map[string][]string{
		ExplicitRequest: {
			"I want to talk to a human",
			"Could I please speak with someone from your team?",
			"GET ME A HUMAN NOW",
			"get me a hooman pls",
			"cna i tlak to an agnet plz",
			"can i talk to a huma\u200bn",
			"I'd like to speak to a représentative",
			"ｈｕｍａｎ please",
			"AGENT!!!",
			"operator",
			"real person please",
			"lemme talk to ur manager",
			"gimme a real person",
			"is there a real person there?",
			"is there anyone I can talk to?",
			"why can't I talk to a person?",
			"why won't you let me talk to a person",
			"put me through",
			"transfer me please",
			"please connect me to customer service",
			"can you patch me through to someone",
			"it's not working I want an agent",
			"I don't want a bot, I want a human",
			"i dont want to talk to a bot",
			"call me back at 312 555 0199",
			"please have someone call me",
			"can someone else take a look",
			"how do I talk to a person",
			"I need a representativ",
			"talk to humaaaaan",
			"I need to chat with customer support",
			"speak to a supervisor, please",
			"I would rather talk to a person",
			"Can I have a human?",
			"please stop this and let me speak to a real person",
			"kindly pass me on to a human",
			"can I get someone else on the line",
			"stop talking to bots, get me to someone else!",
			"I do not wish to chat with you",
		},
		SensitiveTopic: {
			"I want a refund",
			"I WANT MY MONEY BACK",
			"give me a reffund",
			"How do I get a refund?",
			"when will my refund arrive",
			"you still haven't refunded me",
			"I'll do a chargeback",
			"cancel my maintenance plan",
			"I want to cancel my subscription",
			"how can I end my contract?",
			"I want to cancel",
			"I need to cancel my visit on Tuesday",
			"my lawyer will contact you",
			"I'm going to sue you",
			"see you in court",
			"I will file a complaint with the BBB",
			"I'm taking legal action",
			"How would I go about a refund?",
			"I called the job off in March, and still no refund...",
			"I want a refund, let me talk to a manager",
		},
		Urgency: {
			"There is water everywhere in my basement!",
			"I smell gas in the kitchen",
			"my house smells like gas",
			"a pipe burst and the ceiling is dripping",
			"burst pipe!!",
			"my carbon monoxide detector is going off",
			"the furnace caught fire",
			"sparks are coming out of the furnace",
			"this is an emergency",
			"We have no heat and a newborn baby",
			"the heat is out and my grandmother is 85",
			"sewage is backing up into the tub",
			"no heat and it is 10 below zero",
			"I smell gas, get me a human",
		},
		Frustration: {
			"you didn't answer my question",
			"This is ridiculous!!! I already told you twice",
			"are you stupid? this is useless",
			"I am so frustrated with this",
			"WHAT THE HELL IS WRONG WITH YOU",
			"that's not what I asked",
			"stupid bot",
			"you are wasting my time",
			"you are all useless",
			"fuck off",
			"you cheated me",
		},
	} {
		for _, s := range texts {
			fs := Judge(Input{Text: s})
			if first(fs) != want {
				t.Errorf("Judge(%q) = %+v, want %s first", s, fs, want)
			}
		}
	}
}

func TestJudgeFindsNothing(t *testing.T) {
	for _, s := range []string{
		"", "   ", "\u200b", "!!!", "🙂🙂",
		"hello", "thanks, that helps!", "yes please", "ok",
		"don't transfer me",
		"please don't transfer me to an agent",
		"no need to get a person",
		"stop transferring me",
		"can you put me on the list",
		"no refund needed, thanks",
		"can someone else be home during the visit?",
		"do I have to be there or can someone else let you in?",
		"I don't want to talk to a human",
		"I don't think I need a person for this",
		"are you human?",
		"am I talking to a human?",
		"are you a real person?",
		"do humans install these?",
		"my agent number is 7",
		"my insurance agent told me to get a quote",
		"call me Bob",
		"call me by another name",
		"will the technician call me before coming?",
		"do I need a person at home during the visit?",
		"do I need to talk to someone before booking?",
		"what is human resources' number",
		"do you use a cleaning agent on the coils?",
		"how many people work at your company?",
		"what does it cost per person",
		"do you have a technician in Evanston?",
		"I need someone to fix my AC",
		"I need a person to install a furnace",
		"what is your refund policy?",
		"do you offer refunds if I'm not happy?",
		"do you have a money back guarantee?",
		"is the deposit non-refundable?",
		"is there a federal tax refund for heat pumps",
		"I don't want a refund, I want it fixed",
		"can I cancel my appointment?",
		"how late can I cancel a visit?",
		"what is your cancellation policy?",
		"can I cancel the plan at any time?",
		"how do you cancel noise from the compressor?",
		"hi Sue is coming at 4",
		"I'm a lawyer and need an AC for my apartment",
		"do you service lawyer's offices?",
		"what is your BBB rating?",
		"is it legal to vent a dryer indoors?",
		"do you fix gas leaks?",
		"do you offer emergency service?",
		"what are your emergency rates?",
		"it's not an emergency",
		"how do I prevent burst pipes?",
		"what should I do if I smell gas?",
		"we had a burst pipe last year",
		"is a flooded basement covered by the plan?",
		"do you install smoke detectors?",
		"do you clean fireplaces?",
		"do you install a carbon monoxide detector?",
		"do you install gas lines?",
		"what is your hot water heater warranty?",
		"how hot does the water get",
		"Do you service heat pumps in 60614?",
		"what is the capital of Peru?",
		"my thermostat is useless in winter",
		"my old AC was terrible, can you replace it?",
		"HVAC AC",
		"fuck yeah that's great, thanks",
		"how long is the warranty?",
		"WHAT ARE YOUR OPENING HOURS",
		"when are you open!!",
	} {
		if fs := Judge(Input{Text: s}); len(fs) != 0 {
			t.Errorf("Judge(%q) = %+v, want nothing", s, fs)
		}
	}
}

func TestJudgeAcceptedOffer(t *testing.T) {
	offer := Turn{Text: "I can't help with that. Would you like me to bring in a person from our team?"}
	for _, c := range []struct {
		text  string
		turns []Turn
		want  bool
	}{
		{"yes please", []Turn{offer}, true},
		{"Yeah, go ahead", []Turn{offer}, true},
		{"sure!", []Turn{offer}, true},
		{"that would be great", []Turn{offer}, true},
		{"no thanks", []Turn{offer}, false},
		{"yes but first tell me the price", []Turn{offer}, false},
		{"ok never mind, not needed", []Turn{offer}, false},
		{"yes please", nil, false},
		{"yes please", []Turn{{Text: "Would you like to see our prices?"}}, false},
		{"yes please", []Turn{{Text: "Our team serves Chicago."}}, false},
		{"yes please", []Turn{offer, {Visitor: true, Text: "do you fix boilers?"}}, false},
	} {
		fs := Judge(Input{Text: c.text, Earlier: c.turns})
		if got := first(fs) == ExplicitRequest; got != c.want {
			t.Errorf("Judge(%q after %v) = %+v, want explicit %v", c.text, c.turns, fs, c.want)
		}
	}
}

func TestJudgeRepeatedQuestion(t *testing.T) {
	q := "what does a furnace tune-up cost?"
	earlier := []Turn{{Visitor: true, Text: q}, {Text: "We are open from eight to six."}}
	if got := first(Judge(Input{Text: "What does a furnace tune up cost", Earlier: earlier})); got != Frustration {
		t.Errorf("the same question again found %q, want %q", got, Frustration)
	}
	if fs := Judge(Input{Text: q, Earlier: earlier[:1]}); len(fs) != 0 {
		t.Errorf("a question sent twice before any answer found %+v, want nothing", fs)
	}
}

func TestJudgeFinding(t *testing.T) {
	fs := Judge(Input{Text: "Hello there. I smell gas,  get me a human! My number is 5."})
	if len(fs) != 2 {
		t.Fatalf("got %+v, want urgency and explicit_request", fs)
	}
	if fs[0].Trigger != Urgency || fs[0].Priority != Urgent || fs[1].Trigger != ExplicitRequest || fs[1].Priority != Normal {
		t.Errorf("got %+v, want urgency (0) before explicit_request (2)", fs)
	}
	if want := "I smell gas, get me a human!"; fs[0].Evidence != want {
		t.Errorf("evidence %q, want %q", fs[0].Evidence, want)
	}
	for _, f := range fs {
		if f.Strength < DefaultThreshold || f.Strength > 1 {
			t.Errorf("strength %v is out of range", f.Strength)
		}
	}
}

func TestEvidenceIsTheWholeSentence(t *testing.T) {
	for text, want := range map[string]string{
		"I want to talk to a human, I'm ana@example.com. Thanks":               "I want to talk to a human, I'm ana@example.com.",
		"(see shop.example.com/a.html) get me a human":                         "(see shop.example.com/a.html) get me a human",
		"Hello there.\nget me a human":                                         "get me a human",
		"get me a human... please":                                             "get me a human...",
		strings.Repeat("so ", 200) + "get me a human " + "or mail a@b.example": "",
	} {
		fs := Judge(Input{Text: text})
		if len(fs) != 1 {
			t.Fatalf("%q: got %+v", text, fs)
		}
		got := fs[0].Evidence
		if want != "" && got != want || !strings.Contains(got, "get me a human") && !strings.Contains(got, "talk to a human") || len([]rune(got)) > maxEvidence {
			t.Errorf("%q: evidence %q, want %q", text, got, want)
		}
	}
}

func TestJudgeAngryRequestIsHigh(t *testing.T) {
	fs := Judge(Input{Text: "GET ME A HUMAN RIGHT NOW!!!"})
	if len(fs) != 2 || fs[0].Trigger != ExplicitRequest || fs[0].Priority != High || fs[1].Trigger != Frustration {
		t.Errorf("got %+v, want a request of high priority before frustration", fs)
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range Names() {
		seen[n] = true
	}
	if len(seen) != 10 {
		t.Errorf("Names() has %d names, want 10", len(seen))
	}
}
