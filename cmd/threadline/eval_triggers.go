package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"threadline/bridge"
	"threadline/bridge/assistant"
	"threadline/bridge/trigger"
)

// maxEvalLine bounds one line of a labelled file, in bytes.
const maxEvalLine = 4 << 20

// noLabel marks a message that calls for nobody.
const noLabel = "none"

// evalCase is a labelled message and what was judged of it.
type evalCase struct {
	labels    []string
	in        trigger.Input
	predicted []prediction
}

// evalReport is what eval triggers prints as JSON.
type evalReport struct {
	Labels map[string]evalScore `json:"labels"`
	Rows   []evalRow            `json:"rows"`
}

type evalScore struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Support   int     `json:"support"`
	Predicted int     `json:"predicted"`
}

type evalRow struct {
	I         int          `json:"i"`
	Labels    []string     `json:"labels"`
	Predicted []prediction `json:"predicted"`
}

type prediction struct {
	Trigger  string  `json:"trigger"`
	Strength float64 `json:"strength"`
}

// evalTriggers judges a labelled file and prints how right the triggers are.
func evalTriggers(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("threadline eval triggers", flag.ContinueOnError)
	asJSON := fs.Bool("json", false, "print the measures and every row as JSON")
	llm := fs.Bool("llm", false, "ask the configured model too; it may add findings, never remove one")
	if err := parse(fs, args, stderr); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return usageError{errors.New("write eval triggers [--json] [--llm] FILE, a .tsv of label<TAB>text or a .jsonl of labels and turns")}
	}
	var second func(context.Context, trigger.Input) (string, error)
	if *llm {
		cfg, err := loadConfig(withoutSlack)
		if err != nil {
			return err
		}
		if !cfg.hasModel() {
			return usageError{errors.New("--llm asks a model, and none is configured: set OPENAI_API_KEY or OPENAI_BASE_URL")}
		}
		second = modelJudge(cfg.assistant(assistant.NewIndex(emptyLibrary{}), cfg.logger(stderr)))
	}
	cases, err := readEvalCases(fs.Arg(0))
	if err != nil {
		return usageError{err}
	}
	for i := range cases {
		c := &cases[i]
		c.predicted = []prediction{}
		for _, f := range trigger.Judge(c.in) {
			c.predicted = append(c.predicted, prediction{f.Trigger, f.Strength})
		}
		if second == nil {
			continue
		}
		name, err := second(ctx, c.in)
		if err != nil {
			return fmt.Errorf("eval: row %d: %w", i, err)
		}
		if name != "" && !c.has(name) {
			c.predicted = append(c.predicted, prediction{name, modelStrength})
		}
	}
	r := score(cases)
	if *asJSON {
		return json.NewEncoder(stdout).Encode(r)
	}
	return printEval(stdout, r, cases)
}

func (c evalCase) has(name string) bool {
	return slices.ContainsFunc(c.predicted, func(p prediction) bool { return p.Trigger == name })
}

// readEvalCases reads a .tsv or .jsonl file. Its errors name the line.
func readEvalCases(path string) ([]evalCase, error) {
	var read func([]byte) (evalCase, error)
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".tsv":
		read = readEvalTSV
	case ".jsonl":
		read = readEvalJSON
	default:
		return nil, fmt.Errorf("%s: the name must end in .tsv (label<TAB>text) or .jsonl (labels and turns)", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 64<<10), maxEvalLine)
	var cases []evalCase
	n := 0
	for lines.Scan() {
		n++
		line := lines.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		c, err := read(line)
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, n, err)
		}
		cases = append(cases, c)
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("%s: line %d is longer than %d MiB", path, n+1, maxEvalLine>>20)
	case err != nil:
		return nil, fmt.Errorf("%s: line %d: %w", path, n+1, err)
	case n == 0:
		return nil, fmt.Errorf("%s: the file is empty", path)
	}
	return cases, nil
}

func readEvalTSV(line []byte) (evalCase, error) {
	label, text, ok := strings.Cut(string(line), "\t")
	if !ok {
		return evalCase{}, errors.New("there is no tab: write label<TAB>text")
	}
	labels, err := evalLabels([]string{label})
	return evalCase{labels: labels, in: trigger.Input{Text: text}}, err
}

func readEvalJSON(line []byte) (evalCase, error) {
	var r struct {
		Labels []string `json:"labels"`
		Turns  []struct {
			Role string `json:"role"`
			Text string `json:"text"`
		} `json:"turns"`
		PageURL string `json:"page_url"`
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return evalCase{}, fmt.Errorf("not the JSON of labels and turns: %w", err)
	}
	labels, err := evalLabels(r.Labels)
	if err != nil {
		return evalCase{}, err
	}
	last := -1
	var turns []trigger.Turn
	for i, t := range r.Turns {
		switch t.Role {
		case "visitor":
			last = i
		case "assistant":
		default:
			return evalCase{}, fmt.Errorf("turn %d has the role %q: write visitor or assistant", i, t.Role)
		}
		turns = append(turns, trigger.Turn{Visitor: t.Role == "visitor", Text: t.Text})
	}
	if last < 0 {
		return evalCase{}, errors.New("no turn is the visitor's")
	}
	return evalCase{labels: labels, in: trigger.Input{Text: turns[last].Text, Earlier: turns[:last], PageURL: r.PageURL}}, nil
}

// evalLabels checks the names; none stands for no label.
func evalLabels(names []string) ([]string, error) {
	labels := []string{}
	for _, n := range names {
		n = strings.TrimSpace(n)
		switch {
		case n == noLabel:
		case !slices.Contains(trigger.Names(), n):
			return nil, fmt.Errorf("there is no trigger %q: write none or one of %s", n, strings.Join(trigger.Names(), ", "))
		case !slices.Contains(labels, n):
			labels = append(labels, n)
		}
	}
	return labels, nil
}

// score compares labels and predictions.
func score(cases []evalCase) evalReport {
	r := evalReport{Labels: map[string]evalScore{}, Rows: []evalRow{}}
	hits := map[string]int{}
	for i, c := range cases {
		for _, l := range c.labels {
			s := r.Labels[l]
			s.Support++
			r.Labels[l] = s
		}
		for _, p := range c.predicted {
			s := r.Labels[p.Trigger]
			s.Predicted++
			r.Labels[p.Trigger] = s
			if slices.Contains(c.labels, p.Trigger) {
				hits[p.Trigger]++
			}
		}
		r.Rows = append(r.Rows, evalRow{I: i, Labels: c.labels, Predicted: c.predicted})
	}
	for name, s := range r.Labels {
		// A share of nothing is printed as 0, which JSON can hold.
		if s.Predicted > 0 {
			s.Precision = float64(hits[name]) / float64(s.Predicted)
		}
		if s.Support > 0 {
			s.Recall = float64(hits[name]) / float64(s.Support)
		}
		if s.Precision+s.Recall > 0 {
			s.F1 = 2 * s.Precision * s.Recall / (s.Precision + s.Recall)
		}
		r.Labels[name] = s
	}
	return r
}

// printEval prints the table and the mistakes, for a person.
func printEval(stdout io.Writer, r evalReport, cases []evalCase) error {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	var b strings.Builder
	_, _ = fmt.Fprintf(w, "trigger\tprecision\trecall\tF1\tfalse alarms\tlabelled\tfound\n")
	for _, name := range trigger.Names() {
		s, ok := r.Labels[name]
		if !ok {
			continue
		}
		hits := int(math.Round(s.Recall * float64(s.Support)))
		others, wrong := len(cases)-s.Support, s.Predicted-hits
		_, _ = fmt.Fprintf(w, "%s\t%.3f %v\t%.3f %v\t%.3f\t%.4f %v\t%d\t%d\n", name,
			s.Precision, wilson(hits, s.Predicted), s.Recall, wilson(hits, s.Support), s.F1,
			share(wrong, others), wilson(wrong, others), s.Support, s.Predicted)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i, c := range cases {
		text := strings.Join(strings.Fields(c.in.Text), " ")
		for _, l := range c.labels {
			if !c.has(l) {
				fmt.Fprintf(&b, "row %d  missed %s: %s\n", i, l, text)
			}
		}
		for _, p := range c.predicted {
			if !slices.Contains(c.labels, p.Trigger) {
				fmt.Fprintf(&b, "row %d  false %s (%.2f): %s\n", i, p.Trigger, p.Strength, text)
			}
		}
	}
	if b.Len() == 0 {
		b.WriteString("no mistakes\n")
	}
	_, err := fmt.Fprintf(stdout, "\n%d rows\n\n%s", len(cases), b.String())
	return err
}

// modelStrength is how sure a model's own judgement counts.
const modelStrength = 0.8

// modelJudge asks the assistant what it would do with the message and returns
// the trigger it would hand over for, or none. That it knows nothing is no
// judgement: there is no knowledge to evaluate triggers on.
func modelJudge(a bridge.Assistant) func(context.Context, trigger.Input) (string, error) {
	return func(ctx context.Context, in trigger.Input) (string, error) {
		site := bridge.DefaultSite()
		var said []bridge.Message
		alone := 0
		for _, t := range append(slices.Clone(in.Earlier), trigger.Turn{Visitor: true, Text: in.Text}) {
			kind := bridge.ByAssistant
			if t.Visitor {
				kind = bridge.ByVisitor
			} else {
				alone++
			}
			seq := int64(len(said) + 1)
			said = append(said, bridge.Message{Seq: seq, Author: bridge.Author{Kind: kind}, Text: t.Text})
		}
		out, err := a.Answer(ctx, bridge.Question{Site: site, Transcript: said, Alone: alone, PageURL: in.PageURL}, func(string) {})
		if err != nil {
			return "", err
		}
		if out.Move != bridge.MoveHandOff || out.Trigger == trigger.InformationGap {
			return "", nil
		}
		return out.Trigger, nil
	}
}

// emptyLibrary holds no knowledge.
type emptyLibrary struct{}

func (emptyLibrary) ReplaceSource(context.Context, string, []bridge.Section) (bool, error) {
	return false, nil
}
func (emptyLibrary) Sections(context.Context) ([]bridge.Section, error) { return nil, nil }
func (emptyLibrary) Edition(context.Context) (int64, error)             { return 1, nil }
