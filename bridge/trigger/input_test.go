package trigger

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// nasty are units that are repeated to make long texts: words that begin many
// patterns, gaps that fit everything, slips, invisible and broken characters.
func nasty() []string {
	return []string{
		"refund policy ", "talk no human not ", "i want i want ", "smell if gas ", "a", "\u0301", "heat not working last year ",
		"🏳️‍🌈 ", "you are so ", "you you ", "can i we to talk with ", "no ", "need a the your some any ", "representativve ",
		"what how when ", "\u202e\u202d", "\u200b", "\xff\xfe", "１２３ ", "人 ", "ж ", "1 2 3 ", "b o r i n g ", "fuck*", "!!!???", "call 555-0142 ",
		strings.Repeat("abcdefghij", 30), "cancel the account ", "i dont want to not never talk to ",
	}
}

func TestTheWorkIsBounded(t *testing.T) {
	for _, unit := range nasty() {
		long := strings.Repeat(unit, 1+400_000/len(unit))
		if got := engine().read(long).steps; got > maxSteps+100 {
			t.Errorf("%q repeated took %d steps, want at most about %d", unit, got, maxSteps)
		}
		in := Input{Text: long, Earlier: []Turn{{Visitor: true, Text: long}, {Text: long}}}
		for _, f := range Judge(in) {
			if n := utf8.RuneCountInString(f.Evidence); n > maxEvidence {
				t.Errorf("%q: evidence of %d code points, want at most %d", unit, n, maxEvidence)
			}
		}
	}
}

func TestWordsAreFoundInLongText(t *testing.T) {
	long := strings.Repeat("well ", 300) + "I want a refund " + strings.Repeat("well ", 300)
	fs := Judge(Input{Text: long})
	if first(fs) != SensitiveTopic || !strings.Contains(fs[0].Evidence, "refund") {
		t.Errorf("got %+v, want a refund quoted", fs)
	}
}

func TestDisguisedWordsAreRead(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"ｔａｌｋ ｔｏ ａ ｈｕｍａｎ", ExplicitRequest},
		{"t\u200ba\u200bl\u200bk to a hu\u00adman", ExplicitRequest},
		{"\u202etalk to a human\u202c", ExplicitRequest},
		{"tаlk to а humаn", ExplicitRequest}, // Cyrillic а
		{"talk to a h\u0301u\u0308man", ExplicitRequest},
		{"TALK   TO \u00a0 A\tHUMAN", ExplicitRequest},
		{"TALK TO A HUUUUUMAN", ExplicitRequest},
		{"I want a r e f u n d", SensitiveTopic},
		{"f**k you all", Frustration},
		{"I smell g\u200bas in here", Urgency},
		{"人间 I want a refund 退款", SensitiveTopic},
		{"\xff\xfetalk to a \xc3human", ""},
	} {
		if got := first(Judge(Input{Text: c.text})); got != c.want && c.want != "" {
			t.Errorf("Judge(%q) found %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAnyBytesAreJudged(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	units := nasty()
	for range 40 {
		var b strings.Builder
		for b.Len() < 10_000 {
			b.WriteString(units[random.IntN(len(units))])
			if random.IntN(3) == 0 {
				b.WriteByte(byte(random.IntN(256)))
			}
		}
		checkFindings(t, Input{Text: b.String(), PageURL: "%zz://"})
	}
}

// checkFindings holds what every caller relies on.
func checkFindings(t *testing.T, in Input) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range Judge(in) {
		if f.Strength < DefaultThreshold || f.Strength > 1 || f.Evidence == "" || seen[f.Trigger] || f.Priority < Urgent || f.Priority > Low {
			t.Errorf("Judge(%q) = %+v", in.Text, f)
		}
		if !utf8.ValidString(f.Evidence) {
			t.Errorf("Judge(%q) quotes broken text %q", in.Text, f.Evidence)
		}
		seen[f.Trigger] = true
	}
}

func FuzzJudge(f *testing.F) {
	f.Add("talk to a human", "would you like a person?")
	f.Add("refund\x00\u200d", "")
	for _, u := range nasty() {
		f.Add(u+u, u)
	}
	f.Fuzz(func(t *testing.T, s, before string) {
		checkFindings(t, Input{Text: s, Earlier: []Turn{{Visitor: true, Text: s}, {Text: before}}})
		checkFindings(t, Input{Text: s, Settings: Settings{
			Examples: map[string][]string{Complexity: {before}}, CounterExamples: map[string][]string{Urgency: {before}},
		}})
	})
}

// BenchmarkLongInput prints how much more a message of ten thousand characters
// costs, at worst, than an ordinary one of a hundred.
func BenchmarkLongInput(b *testing.B) {
	ordinary := Input{Text: "Hello, the thermostat in the hall shows an error since Monday, can you tell me what E4 stands for, please?"}
	var short, worst time.Duration
	for b.Loop() {
		worst = 0
		began := time.Now()
		for range 20 {
			Judge(ordinary)
		}
		short = time.Since(began) / 20
		for _, u := range nasty() {
			in := Input{Text: strings.Repeat(u, 1+10_000/len(u))}
			began = time.Now()
			Judge(in)
			worst = max(worst, time.Since(began))
		}
	}
	b.ReportMetric(float64(worst)/float64(short), "worst/ordinary")
	b.ReportMetric(float64(short.Microseconds()), "µs/ordinary")
	b.ReportMetric(float64(worst.Microseconds()), "µs/worst")
}
