package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEvalAnswers(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return p
	}
	evaluated := func(args ...string) (int, string, string) {
		var stdout, stderr strings.Builder
		code := run(t.Context(), append([]string{"eval", "answers"}, args...), &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	table := file("faq.tsv", "id\tquestion\nopen\tWhen do you open?\nopen\tWhat are your opening hours?\npay\tCan I pay by card?\npay\tDo you accept cards?\n")
	file("kb/prices/boiler.md", "# Boilers\n\nA boiler service costs $120.\n\n## Parts\n\nParts are extra.\n")
	file("kb/roof.md", "# Roofs\n\nWe mend slate roofs and gutters.\n")
	for kb, questions := range map[string]string{
		table:                    "open\twhat are yuor opening hours\nnone\twho won the football\npay\tcan i pay by card\n",
		filepath.Join(dir, "kb"): "prices/boiler.md\thow much is a boiler service\nnone\twho won the football\nroof.md\tdo you mend slate roofs?\n",
	} {
		code, out, errs := evaluated("--json", "--kb", kb, file("q.tsv", questions))
		if code != exitOK {
			t.Fatalf("exit %d: %s", code, errs)
		}
		var got answersReport
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if got.N != 3 || got.AccuracyAt1 != 1 || got.RecallAt3 != 1 || got.GapAUROC != 1 || len(got.Rows) != 3 {
			t.Errorf("got %+v", got)
		}
		for i, r := range got.Rows {
			if want, _, _ := strings.Cut(strings.Split(questions, "\n")[i], "\t"); r.I != i || r.Expected != want || r.Top == nil || r.Confidence < 0 || r.Confidence > 1 {
				t.Errorf("row %d: %+v, want %s", i, r, want)
			}
		}
		if code, out, _ := evaluated("--kb", kb, filepath.Join(dir, "q.tsv")); code != exitOK || !strings.Contains(out, "accuracy at 1       1.000") {
			t.Errorf("exit %d, printed %s", code, out)
		}
	}

	good := file("good.tsv", "none\thello?\n")
	for _, c := range []struct {
		kb, questions, says string
	}{
		{table, file("a.tsv", "none\tone\nno tab here\n"), "a.tsv:2: there is no tab"},
		{table, file("b.tsv", "\nopening\twhen?\n"), `b.tsv:2: the knowledge has no article "opening"`},
		{table, file("c.tsv", "none\t \n"), "c.tsv:1: the question is empty"},
		{table, file("d.tsv", "\n"), "d.tsv has no rows"},
		{table, file("e.tsv", "none\t\xff\n"), "not UTF-8"},
		{table, filepath.Join(dir, "missing.tsv"), "missing.tsv"},
		{file("f.tsv", "intent\ttext\na\tb\n"), good, `f.tsv:1: not a FAQ table: no column is called "question"`},
		{file("g.tsv", "id\tquestion\n"), good, "it has no rows"},
		{t.TempDir(), good, "has no Markdown"},
		{filepath.Join(dir, "nowhere"), good, "nowhere"},
		{"", good, "write eval answers"},
	} {
		if code, _, errs := evaluated("--kb", c.kb, c.questions); code != exitConfig || !strings.Contains(errs, c.says) {
			t.Errorf("--kb %s %s: exit %d, said %q, want %q", c.kb, c.questions, code, errs, c.says)
		}
	}
}

func TestAnswersReportArithmetic(t *testing.T) {
	got := reportAnswers([]answerRow{
		{Expected: "a", Top: []string{"a", "b"}, Confidence: 0.95, Answered: true},
		{Expected: "a", Top: []string{"b", "a"}, Confidence: 0.85, Answered: true},
		{Expected: "b", Top: []string{"a"}, Confidence: 0.35},
		{Expected: "none", Top: []string{"a"}, Confidence: 0.85, Answered: true},
		{Expected: "none", Top: []string{}, Confidence: 0},
	})
	for name, pair := range map[string][2]float64{
		"accuracy":  {got.AccuracyAt1, 1.0 / 3},
		"recall":    {got.RecallAt3, 2.0 / 3},
		"share":     {got.AnsweredShare, 2.0 / 3},
		"precision": {got.AnsweredPrecision, 1.0 / 3},
		"auroc":     {got.GapAUROC, (2 + 1.5 + 1) / 6},
		"ece":       {got.ECE, (0.05 + 2*0.85 + 0.35) / 5},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, pair[0], pair[1])
		}
	}
	if got := reportAnswers([]answerRow{{Expected: "none", Top: []string{}}}); got.AccuracyAt1 != 0 || got.GapAUROC != 0.5 || math.IsNaN(got.AnsweredPrecision) {
		t.Errorf("no in-scope rows: %+v", got)
	}
}

func TestIntervalsOfWhatIsMeasured(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{ // the middle two after Newcombe (1998), table I
		{0, 0, 0, 1}, {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {20, 20, 0.8389, 1},
	} {
		if got := wilson(c.k, c.n); math.Abs(got.low-c.low) > 5e-5 || math.Abs(got.high-c.high) > 5e-5 {
			t.Errorf("%d of %d: got %v, want %v to %v", c.k, c.n, got, c.low, c.high)
		}
	}
	var rows []answerRow
	for i := range 400 {
		row := answerRow{Expected: "a", Top: []string{"a"}, Confidence: 0.9}
		if i%4 == 0 {
			row.Top = []string{"b"}
		}
		rows = append(rows, row)
	}
	accuracy := func(r answersReport) float64 { return r.AccuracyAt1 }
	got := bootstrapped(rows)(accuracy)
	// Three in four of 400 have a standard error of 0.0217.
	if math.Abs(got.low-0.7075) > 0.015 || math.Abs(got.high-0.7925) > 0.015 {
		t.Errorf("three in four of 400: got %v, want about 0.708 to 0.793", got)
	}
	if again := bootstrapped(rows)(accuracy); again != got {
		t.Errorf("a second run says %v, the first %v", again, got)
	}
}
