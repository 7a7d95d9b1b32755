package assistant_test

import (
	"errors"
	"strings"
	"testing"

	"threadline/bridge"
	"threadline/bridge/assistant"
)

func answer(t *testing.T, a bridge.Assistant, q bridge.Question) bridge.Answer {
	t.Helper()
	var b strings.Builder
	got, err := a.Answer(t.Context(), q, func(p string) { b.WriteString(p) })
	if err != nil {
		t.Fatal(err)
	}
	if got.Move == bridge.MoveHandOff {
		if b.Len() > 0 || got.Text != "" || got.HTML != "" {
			t.Errorf("a handoff came with text %q (emitted %q)", got.Text, b.String())
		}
	} else if !strings.HasPrefix(got.Text, b.String()) || got.Text == "" || got.HTML == "" {
		t.Errorf("emitted %q is no start of %q (%q)", b.String(), got.Text, got.HTML)
	}
	return got
}

func TestBuiltinAnswers(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil)
	for _, c := range []struct {
		q      bridge.Question
		text   []string
		source []string
	}{
		{ask("v Do you service heat pumps in 60614?"), []string{"heat pumps", "60614"}, []string{"Heat pumps", "Where we work › ZIP codes"}},
		{ask("v how much is a furnace tune-up?"), []string{"$149"}, []string{"Furnaces › Tune-up"}},
		{ask("v what does duct cleening cost"), []string{"$450"}, []string{"Duct cleaning"}},
		{ask("v how long is your warrenty?"), []string{"two years"}, []string{"Warranty"}},
		{ask("v how often should I change my filter?"), []string{"90 days"}, []string{"Furnaces › Filters"}},
		{ask("v do you clean ducts in Evanston?"), []string{"ducts", "Evanston"}, []string{"Duct cleaning", "Where we work › ZIP codes"}},
		{ask("v Hi, I am Ann from Rogers Park. We moved in last month and nobody has looked at anything yet. How much is a furnace tune-up?"), []string{"$149"}, []string{"Furnaces › Tune-up"}},
		{ask("v does Hearthline service heat pumps in 60614"), []string{"heat pumps"}, []string{"Heat pumps"}},
		{ask("v what does it cost to fix a furnace", "v i mean the diagnostic visit"), []string{"$95"}, []string{"Furnaces"}},
		{ask("v are you open on saturdays"), []string{"Saturdays"}, []string{"Opening hours"}},
		{ask("v do heat pumps work in cold weather"), []string{"-13"}, []string{"Heat pumps › Cold weather"}},
		{ask("v do you clean ducts?", "a Yes.", "v and what does it cost?"), []string{"$450"}, []string{"Duct cleaning"}},
	} {
		got := answer(t, b, c.q)
		last := c.q.Transcript[len(c.q.Transcript)-1].Text
		if got.Move != bridge.MoveAnswer {
			t.Errorf("%q: %+v, want an answer", last, got)
			continue
		}
		for _, w := range c.text {
			if !strings.Contains(got.Text, w) {
				t.Errorf("%q: %q lacks %q", last, got.Text, w)
			}
		}
		for _, w := range c.source {
			found := false
			for _, s := range got.Sources {
				found = found || s.Title == w
			}
			if !found {
				t.Errorf("%q: sources %+v lack %q", last, got.Sources, w)
			}
		}
	}
}

func TestBuiltinDoesNotGuess(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil)
	for text, want := range map[string]bridge.Move{
		"what is the capital of Peru?":              bridge.MoveAskBack,
		"can you tell me the capital of Peru?":      bridge.MoveAskBack,
		"who won the world cup in 1998":             bridge.MoveAskBack,
		"do you sell snowboards?":                   bridge.MoveHandOff,
		"do you repair dishwashers?":                bridge.MoveHandOff,
		"do you service heat pumps in 10001?":       bridge.MoveHandOff,
		"do you service heat pumps in Naperville?":  bridge.MoveHandOff,
		"how much is a hot tub?":                    bridge.MoveHandOff,
		"what is 2+2?":                              bridge.MoveAskBack,
		"tell me a joke":                            bridge.MoveAskBack,
		"can your technician speak Portuguese?":     bridge.MoveHandOff,
		"what happened to my invoice from February": bridge.MoveHandOff,
		"do you offer financing on a new boiler?":   bridge.MoveHandOff,
	} {
		got := answer(t, b, ask("v "+text))
		if got.Move != want {
			t.Errorf("%q: %+v, want %s", text, got, want)
		}
		if got.Move == bridge.MoveHandOff && (got.Trigger != "information_gap" || got.Reason == "") {
			t.Errorf("%q: trigger %q, reason %q", text, got.Trigger, got.Reason)
		}
		if got.Move == bridge.MoveAskBack && (!strings.Contains(got.Text, "Hearthline") || !strings.HasSuffix(got.Text, "person from our team?") || len(got.Sources) > 0) {
			t.Errorf("%q: %q does not offer a person honestly", text, got.Text)
		}
	}
	first := answer(t, b, ask("v what is the capital of Peru?"))
	again := answer(t, b, ask("v what is the capital of Peru?", "a "+first.Text, "v and of Chile?"))
	if again.Move != bridge.MoveHandOff {
		t.Errorf("a second unknown question gave %+v, want a handoff", again)
	}
}

func TestBuiltinEmptyKnowledge(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(&library{}), nil)
	if got := answer(t, b, ask("v how much is a tune-up?")); got.Move != bridge.MoveHandOff {
		t.Errorf("got %+v, want a handoff", got)
	}
	if got := answer(t, b, ask("v hello")); got.Move != bridge.MoveAnswer {
		t.Errorf("got %+v, want a greeting", got)
	}
}

func TestBuiltinSmallTalk(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil)
	for _, s := range []string{"hi", "Hello there!", "thanks so much!", "ok", "👋", "good morning", "bye", "are you a bot or a person?", "what can you do, hey?", "cool thanks", "hey, who are you", "hows it going today", "hi, some help please"} {
		got := answer(t, b, ask("v "+s))
		if got.Move != bridge.MoveAnswer || len(got.Text) > 200 || len(got.Sources) > 0 {
			t.Errorf("%q: %+v, want a short answer", s, got)
		}
		if strings.Contains(strings.ToLower(got.Text), "transfer") {
			t.Errorf("%q: %q speaks of a transfer", s, got.Text)
		}
	}
}

// Words of small talk within a question are no small talk.
func TestBuiltinSmallTalkIsNothingElse(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil)
	for _, s := range []string{"can you help me with a furnace?", "is this a real warranty?", "what is the price?", "how is the boiler doing"} {
		got := answer(t, b, ask("v "+s))
		for _, never := range []string{"an AI assistant", "Yes, gladly", "All good here", "How can I help"} {
			if strings.Contains(got.Text, never) {
				t.Errorf("%q: %q, want it taken for a question", s, got.Text)
			}
		}
	}
}

func TestBuiltinThreshold(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil)
	q := ask("v how much is a furnace tune-up?")
	q.Site.Threshold = 0.999
	if got := answer(t, b, q); got.Move != bridge.MoveHandOff {
		t.Errorf("got %+v under the site's threshold, want a handoff", got)
	}
}

func TestBuiltinKnowsWhatWasAgreed(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil)
	for _, s := range []string{"what did we agree?", "when will he come?", "what time is the technician coming", "is the replacement compressor ordered?"} {
		q := ask("v " + s)
		q.HandBack = "Mike replaces the compressor on Tuesday 9 am, replacement ordered"
		got := answer(t, b, q)
		if got.Move != bridge.MoveAnswer || !strings.Contains(got.Text, "Tuesday 9 am") || len(got.Sources) != 1 {
			t.Errorf("%q: %+v, want the note", s, got)
		}
	}
	q := ask("v how often should I change my filter?")
	q.HandBack = "Mike replaces the compressor on Tuesday 9 am"
	if got := answer(t, b, q); strings.Contains(got.Text, "Mike") {
		t.Errorf("an unrelated question got the note: %q", got.Text)
	}
	q = ask("v what did we agree?")
	if got := answer(t, b, q); got.Move == bridge.MoveAnswer {
		t.Errorf("got %+v with nothing agreed", got)
	}
}

func TestBuiltinEscapes(t *testing.T) {
	l := &library{}
	md := "# Widgets\n\nOur `<script>alert(1)</script>` widget & friends are blue."
	if _, err := l.ReplaceSource(t.Context(), "w.md", assistant.ParseMarkdown("w.md", []byte(md))); err != nil {
		t.Fatal(err)
	}
	got := answer(t, assistant.NewBuiltin(assistant.NewIndex(l), nil), ask("v which colour do widgets have, blue?"))
	if strings.Contains(got.HTML, "<script") {
		t.Errorf("unsafe html %q", got.HTML)
	}
}

func TestBuiltinFailsWithTheLibrary(t *testing.T) {
	l := sample(t)
	l.fail = bridge.ErrUnavailable
	b := assistant.NewBuiltin(assistant.NewIndex(l), nil)
	if _, err := b.Answer(t.Context(), ask("v how much is a tune-up?"), func(string) {}); !errors.Is(err, bridge.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if _, err := b.Summarise(t.Context(), ask("v hi")); !errors.Is(err, bridge.ErrNoModel) {
		t.Errorf("got %v, want ErrNoModel", err)
	}
}

// TestBuiltinTakesNoForAnAnswer holds that whoever declines the person who was
// offered is not brought one.
func TestBuiltinTakesNoForAnAnswer(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil)
	offer := answer(t, b, ask("v who wrote hamlet"))
	if !strings.Contains(offer.Text, "bring in a person") {
		t.Fatalf("nothing is offered: %+v", offer)
	}
	for _, no := range []string{"nah", "no thx", "maybe later", "i'm good", "ill figure it out", "rather not", "👎", "no gracias", "nein danke", "oh ok. bummer", "its fine, never mind"} {
		if got := answer(t, b, ask("v who wrote hamlet", "a "+offer.Text, "v "+no)); got.Move != bridge.MoveAnswer {
			t.Errorf("%q: %+v, want no person", no, got)
		}
	}
	if got := answer(t, b, ask("v who wrote hamlet", "a "+offer.Text, "v and who wrote faust")); got.Move != bridge.MoveHandOff {
		t.Errorf("another question without an answer: %+v, want a person", got)
	}
	for _, face := range []string{"❤️", "🎉", "👍"} {
		if got := answer(t, b, ask("v do you clean ducts?", "a Yes.", "v "+face)); strings.Contains(got.Text, "How can I help") {
			t.Errorf("%q is answered with %q", face, got.Text)
		}
	}
}
