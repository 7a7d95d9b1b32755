package assistant_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"threadline/bridge"
	"threadline/bridge/assistant"
)

// drains is prose that says what is done before it says what it costs.
func drains(t *testing.T) *library {
	t.Helper()
	l := &library{}
	if _, err := assistant.ImportFS(t.Context(), l, fstest.MapFS{
		"heaters.md": {Data: []byte("# Water heaters\n\nWe repair and replace water heaters, tank and tankless.\n\n## Replacing a water heater\n\nA new water heater of 50 gallons starts at $2,150. Tankless starts at $4,300. Old ones are recycled.\n\n## Descaling\n\nHard water calls for descaling of tankless heaters.\n")},
		"drains.md":  {Data: []byte("# Drains\n\nWe clear drains of every size.\n\n## The work\n\nA drain is clear within two hours.\n\n## Cleaners\n\nNo chemical cleaners in a drain, please, before we come out.\n")},
		"visits.md":  {Data: []byte("# Saturdays\n\nOn Saturdays we work from nine to two.\n\n# Visits\n\nA visit to find the fault costs $89.\n")},
	}, "kb"); err != nil {
		t.Fatal(err)
	}
	return l
}

// TestAPriceIsAnsweredWithAPrice holds that who asks what something costs, or
// how long it takes, is told that, and not what is nearest by its words.
func TestAPriceIsAnsweredWithAPrice(t *testing.T) {
	b := assistant.NewBuiltin(assistant.NewIndex(drains(t)), nil)
	for asked, want := range map[string]string{
		"how much is a tankless heater":     "$4,300",
		"what do tankless heaters cost":     "$4,300",
		"price of a new water heater?":      "$2,150",
		"how long does a drain take":        "two hours",
		"how much do you charge for visits": "$89",
	} {
		if got := answer(t, b, ask("v "+asked)); got.Move != bridge.MoveAnswer || !strings.Contains(got.Text, want) {
			t.Errorf("%q: %+v, want %s", asked, got, want)
		}
	}
	// What has no price is not passed off as one.
	for _, asked := range []string{"how much is descaling of tankless heaters", "what do cleaners for a drain cost"} {
		if got := answer(t, b, ask("v "+asked)); got.Move == bridge.MoveAnswer {
			t.Errorf("%q: answered with %q", asked, got.Text)
		}
	}
}

func TestTimesInOtherUnitsContradictEachOther(t *testing.T) {
	said := func(a, b string) bridge.Answer {
		l := &library{}
		if _, err := assistant.ImportFS(t.Context(), l, fstest.MapFS{
			"a.md": {Data: []byte("# Warranty\n\nUsed cars come with a " + a + " warranty.\n")},
			"b.md": {Data: []byte("# Used cars\n\nAll used cars come with a " + b + " warranty.\n")},
			"c.md": {Data: []byte("# Hours\n\nThe showroom is open from nine to eight.\n")},
		}, "kb"); err != nil {
			t.Fatal(err)
		}
		return answer(t, assistant.NewBuiltin(assistant.NewIndex(l), nil), ask("v what warranty do used cars come with?"))
	}
	if got := said("90 day", "6 month"); got.Move != bridge.MoveAskBack || !strings.Contains(got.Text, "90 day") || !strings.Contains(got.Text, "6 month") {
		t.Errorf("90 days against 6 months: %+v", got)
	}
	for _, same := range [][2]string{{"90 day", "3 month"}, {"1 year", "12 month"}, {"2 week", "14 day"}} {
		if got := said(same[0], same[1]); got.Move != bridge.MoveAnswer {
			t.Errorf("%s and %s: %+v", same[0], same[1], got)
		}
	}
}
