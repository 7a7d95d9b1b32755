package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"threadline/bridge/assistant"
)

// topArticles is how many articles a row shows, best first.
const topArticles = 3

// answersReport is what eval answers prints as JSON.
type answersReport struct {
	N                 int         `json:"n"`
	AccuracyAt1       float64     `json:"accuracy_at_1"`
	RecallAt3         float64     `json:"recall_at_3"`
	GapAUROC          float64     `json:"gap_auroc"`
	AnsweredShare     float64     `json:"answered_share"`
	AnsweredPrecision float64     `json:"answered_precision"`
	ECE               float64     `json:"ece"`
	Rows              []answerRow `json:"rows"`
}

type answerRow struct {
	I          int      `json:"i"`
	Expected   string   `json:"expected"`
	Top        []string `json:"top"`
	Confidence float64  `json:"confidence"`
	Answered   bool     `json:"answered"`
	question   string
}

func (r answerRow) inScope() bool { return r.Expected != noLabel }
func (r answerRow) right() bool   { return len(r.Top) > 0 && r.Top[0] == r.Expected }

// evalAnswers measures retrieval and confidence on labelled questions.
func evalAnswers(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("threadline eval answers", flag.ContinueOnError)
	asJSON := fs.Bool("json", false, "print the report as JSON")
	kb := fs.String("kb", "", "the knowledge: a directory of Markdown, or a FAQ table (.tsv, .csv) with the columns id and question")
	if err := parse(fs, args, stderr); err != nil {
		return err
	}
	if fs.NArg() != 1 || *kb == "" {
		return usageError{fmt.Errorf("write eval answers [--json] --kb PATH FILE.tsv, each line of FILE an article's id or %q, a tab, and a question", noLabel)}
	}
	known, err := assistant.OpenOffline(ctx, *kb)
	if err != nil {
		return usageError{err}
	}
	file := fs.Arg(0)
	src, err := os.ReadFile(file)
	if err != nil {
		return usageError{fmt.Errorf("eval: %w", err)}
	}
	rows, err := answerRows(file, src, known.Articles())
	if err != nil {
		return usageError{fmt.Errorf("eval: %w", err)}
	}
	for i := range rows {
		if err := judgeAnswer(ctx, known, &rows[i]); err != nil {
			return fmt.Errorf("eval: %w", err)
		}
	}
	r := reportAnswers(rows)
	if *asJSON {
		return json.NewEncoder(stdout).Encode(r)
	}
	return r.print(stdout)
}

// answerRows reads lines of an expected id, a tab and a question.
func answerRows(file string, src []byte, articles map[string]bool) ([]answerRow, error) {
	if !utf8.Valid(src) {
		return nil, fmt.Errorf("%s: the text is not UTF-8", file)
	}
	rows := []answerRow{}
	for i, line := range strings.Split(string(bytes.TrimPrefix(src, []byte("\ufeff"))), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if strings.TrimSpace(line) == "" {
			continue
		}
		expected, question, ok := strings.Cut(line, "\t")
		switch {
		case !ok:
			return nil, fmt.Errorf("%s:%d: there is no tab: write an article's id or %q, a tab, and the question", file, i+1, noLabel)
		case strings.TrimSpace(question) == "":
			return nil, fmt.Errorf("%s:%d: the question is empty", file, i+1)
		case expected != noLabel && !articles[expected]:
			return nil, fmt.Errorf("%s:%d: the knowledge has no article %q", file, i+1, expected)
		}
		rows = append(rows, answerRow{I: len(rows), Expected: expected, Top: []string{}, question: question})
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s has no rows", file)
	}
	return rows, nil
}

// judgeAnswer fills a row by the way that a visitor's question goes.
func judgeAnswer(ctx context.Context, known *assistant.Offline, r *answerRow) error {
	hits, confidence, err := known.Judge(ctx, r.question, 50)
	if err != nil {
		return err
	}
	for _, h := range hits {
		if a := known.Article(h.Section); !slices.Contains(r.Top, a) && len(r.Top) < topArticles {
			r.Top = append(r.Top, a)
		}
	}
	r.Confidence, r.Answered = confidence, confidence >= assistant.DefaultThreshold
	return nil
}

func reportAnswers(rows []answerRow) answersReport {
	r := answersReport{N: len(rows), Rows: rows}
	var in, out []float64
	inScope, first, three, answeredIn, answered, answeredRight := 0, 0, 0, 0, 0, 0
	var bins [10]struct{ n, right, confidence float64 }
	for _, row := range rows {
		b := &bins[min(int(row.Confidence*10), 9)]
		b.n++
		b.confidence += row.Confidence
		if row.right() {
			b.right++
		}
		if row.Answered {
			answered++
			if row.right() {
				answeredRight++
			}
		}
		if !row.inScope() {
			out = append(out, row.Confidence)
			continue
		}
		in = append(in, row.Confidence)
		inScope++
		if row.right() {
			first++
		}
		if slices.Contains(row.Top, row.Expected) {
			three++
		}
		if row.Answered {
			answeredIn++
		}
	}
	r.AccuracyAt1, r.RecallAt3 = share(first, inScope), share(three, inScope)
	r.AnsweredShare, r.AnsweredPrecision = share(answeredIn, inScope), share(answeredRight, answered)
	r.GapAUROC = auroc(in, out)
	for _, b := range bins {
		if b.n > 0 {
			d := b.confidence/b.n - b.right/b.n
			r.ECE += max(d, -d) * b.n / float64(len(rows))
		}
	}
	return r
}

// share is n of all, 0 where there are none.
func share(n, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(n) / float64(all)
}

// auroc is the chance that one of the first scores above one of the second, a
// tie counting half; 0.5 where either is empty.
func auroc(above, below []float64) float64 {
	if len(above) == 0 || len(below) == 0 {
		return 0.5
	}
	below = slices.Clone(below)
	slices.Sort(below)
	wins := 0.0
	for _, x := range above {
		under, _ := slices.BinarySearch(below, x)
		same := 0
		for under+same < len(below) && below[under+same] == x {
			same++
		}
		wins += float64(under) + float64(same)/2
	}
	return wins / float64(len(above)) / float64(len(below))
}

func (r answersReport) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "questions           %d\n", r.N)
	within := bootstrapped(r.Rows)
	for _, l := range []struct {
		name   string
		figure func(answersReport) float64
	}{
		{"accuracy at 1", func(r answersReport) float64 { return r.AccuracyAt1 }},
		{"recall at 3", func(r answersReport) float64 { return r.RecallAt3 }},
		{"gap AUROC", func(r answersReport) float64 { return r.GapAUROC }},
		{"answered share", func(r answersReport) float64 { return r.AnsweredShare }},
		{"answered precision", func(r answersReport) float64 { return r.AnsweredPrecision }},
		{"calibration error", func(r answersReport) float64 { return r.ECE }},
	} {
		fmt.Fprintf(&b, "%-18s  %.3f %s\n", l.name, l.figure(r), within(l.figure))
	}
	b.WriteString("\nanswered wrongly:\n")
	for _, row := range r.Rows {
		if row.Answered && !row.right() {
			fmt.Fprintf(&b, "%6d  %.2f  %s  (expected %s, got %s)\n", row.I, row.Confidence, row.question, row.Expected, strings.Join(row.Top, ", "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
