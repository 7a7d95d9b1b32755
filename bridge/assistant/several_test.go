package assistant_test

import (
	"strings"
	"testing"

	"threadline/bridge"
	"threadline/bridge/assistant"
)

func TestBuiltinAnswersEachOfSeveralQuestions(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(drains(t)), nil)
	for _, asked := range []string{
		"do you work on saturdays and how much is a visit?",
		"Do you work on Saturdays? How much is a visit?",
		"do you work on saturdays? how much is a visit?",
		"how much is a visit, also do you work on saturdays",
		"do you work on saturdays?\nwhat is the price of a visit",
	} {
		got := answer(t, b, ask("v "+asked))
		if got.Move != bridge.MoveAnswer || !strings.Contains(got.Text, "nine to two") || !strings.Contains(got.Text, "$89") || len(got.Sources) != 2 {
			t.Errorf("%q: %+v, want both answers", asked, got)
		}
	}
	// What is not known is said, and a person offered for it.
	got := answer(t, b, ask("v do you work on saturdays and do you fix roofs?"))
	if got.Move != bridge.MoveAskBack || !strings.Contains(got.Text, "nine to two") || !strings.Contains(got.Text, "“do you fix roofs?”") || !strings.HasSuffix(got.Text, "Would you like me to bring in a person from our team?") {
		t.Errorf("one of two: %+v", got)
	}
	got = answer(t, b, ask("v do you work on saturdays? how much is a visit? do you sell boats?"))
	if got.Move != bridge.MoveAskBack || !strings.Contains(got.Text, "nine to two") || !strings.Contains(got.Text, "$89") || !strings.Contains(got.Text, "“do you sell boats?”") {
		t.Errorf("two of three: %+v", got)
	}
	// One question in two clauses stays one.
	if got := answer(t, b, ask("v do you clear drains and does that cost much?")); strings.Contains(got.Text, "nothing reliable") {
		t.Errorf("a question that leans on the first: %+v", got)
	}
}

func TestWhatIsAskedInAnotherLanguageIsForPeople(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(drains(t)), nil)
	for _, asked := range []string{
		"cuanto cuesta limpiar una caldera?", "¿abren hoy?", "Was kostet ein neuer Boiler?", "combien coûte une chaudière",
		"quanto costa una caldaia nuova", "vocês fazem visita no domingo? qual o preço",
	} {
		if got := answer(t, b, ask("v "+asked)); got.Move != bridge.MoveHandOff {
			t.Errorf("%q: %+v, want a person", asked, got)
		}
	}
	for _, asked := range []string{"who won in el paso", "what does carpe diem mean", "is la la land a good film"} {
		if got := answer(t, b, ask("v "+asked)); got.Move == bridge.MoveHandOff {
			t.Errorf("%q: %+v, want no person", asked, got)
		}
	}
}

// TestWhoAsksIsNotPartOfTheQuestion holds that names, numbers and postcodes in
// a message do not make what it asks less sure.
func TestWhoAsksIsNotPartOfTheQuestion(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(sample(t)), nil)
	for _, asked := range []string{
		"I live in 60625, how much is a furnace tune-up",
		"Hi I'm Marcus, how much is a furnace tune-up",
		"I live in 60614, how much is a furnace tune-up?",
		"we are in 60625 and how much is a furnace tune-up?",
		"how much is a furnace tune-up, my number is 312-555-0142",
		"my name is Marcus, ana@example.com, how much is a furnace tune-up",
	} {
		if got := answer(t, b, asking("v "+asked)); got.Move != bridge.MoveAnswer || !strings.Contains(got.Text, "$149") || strings.Contains(got.Text, "nothing reliable") {
			t.Errorf("%q: %+v, want the price", asked, got)
		}
	}
}
