package report_test

import (
	"slices"
	"strings"
	"testing"

	"threadline/bridge/report"
)

// some are episodes: n of them, of which the first k came to people by a cause.
func some(n, k int, c report.Cause) []report.Episode {
	e := make([]report.Episode, n)
	for i := range k {
		e[i].Causes = []report.Cause{c}
	}
	return e
}

func TestRates(t *testing.T) {
	words := report.Cause{Trigger: "frustration", Origin: "words", Evidence: "this is  useless"}
	for name, c := range map[string]struct {
		episodes []report.Episode
		handed   int
		verdict  report.Verdict
	}{
		"none":        {nil, 0, report.TooFew},
		"too few":     {some(19, 10, words), 10, report.TooFew},
		"at 30 %":     {some(20, 6, words), 6, report.Usual},
		"above 30 %":  {some(20, 7, words), 7, report.High},
		"suspicious":  {some(100, 2, words), 2, report.Low},
		"at 3 %":      {some(100, 3, words), 3, report.Usual},
		"agents only": {some(40, 20, report.Cause{Trigger: "agent_initiated", ByAgent: true}), 0, report.Low},
	} {
		r := report.OfTriggers(c.episodes)
		if r.HandedOver != c.handed || r.Verdict != c.verdict || r.Episodes != len(c.episodes) {
			t.Errorf("%s: %+v, want %d, %q", name, r, c.handed, c.verdict)
		}
	}
}

// An episode that came to people twice counts once in the rate, and both
// handoffs count among the causes.
func TestCauses(t *testing.T) {
	a := report.Cause{Trigger: "explicit_request", Origin: "button"}
	b := report.Cause{Trigger: "explicit_request", Origin: "words", Evidence: "a human please"}
	c := report.Cause{Trigger: "urgency", Origin: "words", Evidence: "gas smell"}
	e := []report.Episode{{Causes: []report.Cause{a, b}}, {Causes: []report.Cause{b, c}}, {}, {}}
	r := report.OfTriggers(e)
	if r.HandedOver != 2 || r.Rate != 0.5 || len(r.Causes) != 2 {
		t.Fatalf("%+v", r)
	}
	first, second := r.Causes[0], r.Causes[1]
	if first.Trigger != "explicit_request" || first.Handoffs != 3 || first.Share != 0.75 || first.Rate != 0.5 ||
		!slices.Equal(first.Evidence, []string{"a human please"}) || !slices.Equal(first.Origins, []report.OriginCount{{Origin: "words", N: 2}, {Origin: "button", N: 1}}) {
		t.Errorf("first %+v", first)
	}
	if second.Handoffs != 1 || second.Share != 0.25 || second.Rate != 0.25 {
		t.Errorf("second %+v", second)
	}
}

func TestMissed(t *testing.T) {
	say := func(lines ...string) report.Episode {
		var e report.Episode
		for _, l := range lines {
			text, ours := strings.CutPrefix(l, "a ")
			e.Lines = append(e.Lines, report.Line{Visitor: !ours, Text: text, Sourced: strings.Contains(text, "source")})
		}
		return e
	}
	almost := say("can someone look at it")
	almost.Lines[0].Nearly = []string{"explicit_request"}
	for want, e := range map[string]report.Episode{
		"":                         say("how much is a visit?", "a $95, says the source", "thanks"),
		"asked the same again":     say("how much is a visit today?", "a hm", "so how much is a visit today"),
		"answers without a source": say("a?", "a x", "b?", "a y", "c?", "a z", "fine"),
		"left disappointed":        say("hello", "a hi source", "never mind then"),
		"a long chat":              say("1", "2", "3", "4", "5", "6", "7", "8"),
		"almost explicit request":  almost,
		"asked the same again, left disappointed": say("when do you open on friday", "a source", "when do you open on friday?", "a source", "useless"),
	} {
		r := report.OfTriggers([]report.Episode{e})
		got := ""
		if len(r.Missed) > 0 {
			got = strings.Join(r.Missed[0].Signs, ", ")
		}
		if got != want {
			t.Errorf("signs %q, want %q", got, want)
		}
	}
	many := report.OfTriggers(append(slices.Repeat([]report.Episode{almost}, 30), say("never mind", "never mind")))
	if len(many.Missed) != 10 {
		t.Errorf("%d chats listed", len(many.Missed))
	}
	taken := say("never mind")
	taken.Causes = []report.Cause{{Trigger: "urgency"}}
	if r := report.OfTriggers([]report.Episode{taken}); len(r.Missed) != 0 {
		t.Errorf("one that people took was missed: %+v", r.Missed)
	}
}
