package assistant_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"threadline/bridge"
	"threadline/bridge/assistant"
	"threadline/bridge/assistant/openaitest"
)

// plumber is prose in which a short question has several homes.
func plumber(t *testing.T) *library {
	t.Helper()
	l := &library{}
	if _, err := assistant.ImportFS(t.Context(), l, fstest.MapFS{
		"a.md": {Data: []byte("# Water heaters\n\n## Gas water heaters\n\nWe install and repair gas heaters with a new flue pipe for safety.\n")},
		"b.md": {Data: []byte("# Boilers\n\n## Boiler repair\n\nRepair of any make of boiler, parts kept on the van.\n")},
		"c.md": {Data: []byte("# Pipes\n\n## Burst pipe repair\n\nWe thaw and repair burst pipes.\n")},
	}, "kb"); err != nil {
		t.Fatal(err)
	}
	return l
}

const unsureOf = "my boiler needs new parts"

func TestBuiltinOffersChoices(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(plumber(t)), nil)
	offered := answer(t, b, ask("v "+unsureOf))
	if offered.Move != bridge.MoveAskBack || !strings.Contains(offered.Text, "\n1. ") || !strings.Contains(offered.Text, "\n2. ") || len(offered.Sources) > 0 {
		t.Fatalf("got %+v, want choices", offered)
	}
	lines := strings.Split(offered.Text, "\n")
	second := strings.TrimPrefix(lines[2], "2. ")
	for _, said := range []string{"2", "2.", "the second one", "number two please", "2nd", second, strings.ToUpper(second)} {
		got := answer(t, b, ask("v "+unsureOf, "a "+offered.Text, "v "+said))
		if got.Move != bridge.MoveAnswer || len(got.Sources) != 1 || got.Sources[0].Title != second {
			t.Errorf("%q after the choices: %+v, want an answer from %q", said, got, second)
		}
	}
	// None of them, or one more riddle: a person, not a second list.
	for _, said := range []string{"none of these", "1 or 2", unsureOf} {
		if got := answer(t, b, ask("v "+unsureOf, "a "+offered.Text, "v "+said)); got.Move != bridge.MoveHandOff {
			t.Errorf("%q after the choices: %+v, want a handoff", said, got)
		}
	}
	// Another question that is clear is simply answered.
	if got := answer(t, b, ask("v "+unsureOf, "a "+offered.Text, "v do you do boiler repair?")); got.Move != bridge.MoveAnswer {
		t.Errorf("a clear question after the choices: %+v", got)
	}
}

// One word that stands for several things is no question yet.
func TestBuiltinOffersChoicesForOneWord(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(plumber(t)), nil)
	got := answer(t, b, ask("v repair?"))
	if got.Move != bridge.MoveAskBack || !strings.Contains(got.Text, "Burst pipe repair") || !strings.Contains(got.Text, "Boiler repair") {
		t.Errorf("got %+v, want choices", got)
	}
	if got := answer(t, b, ask("v gas?")); got.Move != bridge.MoveAnswer {
		t.Errorf("one word for one thing: %+v", got)
	}
}

func TestModelOffersChoices(t *testing.T) {
	s, m := endpoint(t, func(c *assistant.Config) { c.Library = plumber(t) })
	s.Script(openaitest.Answer(0.1, first, "Perhaps."))
	offered := answer(t, m, ask("v "+unsureOf))
	if offered.Move != bridge.MoveAskBack || !strings.Contains(offered.Text, "\n1. ") || strings.Contains(offered.Text, "Perhaps") {
		t.Fatalf("got %+v, want choices", offered)
	}
	// The passage picked is the first that the model reads.
	second := strings.TrimPrefix(strings.Split(offered.Text, "\n")[2], "2. ")
	s.Script(openaitest.Answer(0.9, first, "We repair those."))
	got := answer(t, m, ask("v "+unsureOf, "a "+offered.Text, "v 2"))
	if got.Move != bridge.MoveAnswer || len(got.Sources) != 1 || got.Sources[0].Title != second {
		t.Errorf("got %+v, want an answer from %q", got, second)
	}
	s.Script(openaitest.Answer(0.1, first, "Perhaps."))
	if got := answer(t, m, ask("v "+unsureOf, "a "+offered.Text, "v "+unsureOf)); got.Move != bridge.MoveHandOff {
		t.Errorf("unsure again: %+v, want a handoff", got)
	}
}

// twoPrices is knowledge that contradicts itself.
func twoPrices(t *testing.T, other string) *library {
	t.Helper()
	l := &library{}
	if _, err := assistant.ImportFS(t.Context(), l, fstest.MapFS{
		"old.md":   {Data: []byte("# Price list 2024\n\n## Boiler service\n\nA boiler service costs $120 with all small parts.\n")},
		"new.md":   {Data: []byte("# Price list\n\n## Boiler service\n\nA boiler service costs " + other + " with all small parts.\n")},
		"pumps.md": {Data: []byte("# Pumps\n\n## Pump service\n\nA pump service costs $80 with all small parts.\n")},
	}, "kb"); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestConflictsAreSaid(t *testing.T) {
	s, m := endpoint(t, func(c *assistant.Config) { c.Library = twoPrices(t, "$150") })
	for name, a := range map[string]bridge.Assistant{"builtin": assistant.NewBuiltin(assistant.NewIndex(twoPrices(t, "$150")), nil), "model": m} {
		got := answer(t, a, ask("v how much is a boiler service?"))
		if got.Move != bridge.MoveAskBack || !strings.Contains(got.Text, "$120") || !strings.Contains(got.Text, "$150") || len(got.Sources) != 2 ||
			!strings.HasSuffix(got.Text, "Would you like me to bring in a person from our team?") {
			t.Errorf("%s: %+v, want both prices", name, got)
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("the model was asked %d times about a contradiction", n)
	}
	agreeing := assistant.NewBuiltin(assistant.NewIndex(twoPrices(t, "120 USD")), nil)
	if got := answer(t, agreeing, ask("v how much is a boiler service?")); got.Move != bridge.MoveAnswer || !strings.Contains(got.Text, "120") || strings.Contains(got.Text, "agree") {
		t.Errorf("the same price twice: %+v", got)
	}
	if got := answer(t, agreeing, ask("v how much is a pump service?")); got.Move != bridge.MoveAnswer || !strings.Contains(got.Text, "$80") {
		t.Errorf("another thing's price: %+v", got)
	}
}

func TestCitationsAreChecked(t *testing.T) {
	// A figure that another passage states is cited from there.
	s, m := endpoint(t)
	s.Script(openaitest.Answer(0.9, first, "Duct cleaning costs $450."))
	got := answer(t, m, ask("v my duct cleaning and a tune-up, what do you need?"))
	if got.Move != bridge.MoveAnswer || len(got.Sources) != 2 || got.Sources[1].Title != "Duct cleaning" {
		t.Errorf("got %+v, want the price's passage among the sources", got)
	}
	for text, move := range map[string]bridge.Move{
		"Duct cleaning takes about 47 minutes.": bridge.MoveHandOff,
		"We were founded in 1911.":              bridge.MoveHandOff,
		"Pirates sailed the seas with parrots and treasure chests of gold doubloons, which is glorious.": bridge.MoveHandOff,
		"Yes, we clean ducts.":                    bridge.MoveAnswer,
		"Ja, wir reinigen gern alle Kanäle.":      bridge.MoveAnswer,
		"Sure! Your model 24ACC6 is fine for us.": bridge.MoveAnswer,
	} {
		s, m := endpoint(t)
		s.Script(openaitest.Answer(0.9, first, text))
		if got := answer(t, m, ask("v do you clean the ducts of a 24ACC6?")); got.Move != move {
			t.Errorf("%q: %+v, want %s", text, got, move)
		}
	}
}
