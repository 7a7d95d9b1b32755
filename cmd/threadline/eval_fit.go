package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"threadline/bridge/assistant"
)

// fitCase is a labelled question with what confidence rests on.
type fitCase struct {
	x     []float64
	right bool
	inner bool // in scope
}

// evalFit fits the weights of confidence on labelled questions of several
// knowledge bases, each counting the same, and says how they do on what they
// were not fitted on: a tenth of the questions, and a whole knowledge base.
func evalFit(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("threadline eval fit", flag.ContinueOnError)
	if err := parse(fs, args, stderr); err != nil {
		return err
	}
	if fs.NArg() == 0 || fs.NArg()%2 != 0 {
		return usageError{errors.New("write eval fit KB.tsv QUESTIONS.tsv [KB.tsv QUESTIONS.tsv]…")}
	}
	names := assistant.Weighed()
	var sets [][]fitCase
	for i := 0; i < fs.NArg(); i += 2 {
		set, err := fitSet(ctx, fs.Arg(i), fs.Arg(i+1), names)
		if err != nil {
			return usageError{err}
		}
		sets = append(sets, set)
	}
	var b strings.Builder
	whole := fitWeights(sets, nil)
	for i, n := range names {
		fmt.Fprintf(&b, "%-8s %8.3f\n", n, whole[i])
	}
	fmt.Fprintf(&b, "%-8s %8.3f\n\n%-40s %28s %28s\n", "base", whole[len(names)], "", "a tenth left out", "the knowledge base left out")
	tenths := make([][]float64, len(sets)) // by set: confidence when left out
	for s := range sets {
		tenths[s] = make([]float64, len(sets[s]))
	}
	for fold := range 10 {
		w := fitWeights(sets, func(_, i int) bool { return i%10 == fold })
		for s, set := range sets {
			for i := fold; i < len(set); i += 10 {
				tenths[s][i] = chance(w, set[i].x)
			}
		}
	}
	for s, set := range sets {
		fmt.Fprintf(&b, "%-40s", fs.Arg(2*s))
		w := fitWeights(sets, func(t, _ int) bool { return t == s })
		alone := make([]float64, len(set))
		for i, c := range set {
			alone[i] = chance(w, c.x)
		}
		for _, confidence := range [][]float64{tenths[s], alone} {
			if len(sets) == 1 && &confidence[0] == &alone[0] {
				continue // nothing was left to fit on
			}
			rows := make([]answerRow, len(set))
			for i, c := range set {
				rows[i] = answerRow{Expected: noLabel, Top: []string{"other"}, Confidence: confidence[i], Answered: confidence[i] >= assistant.DefaultThreshold}
				if c.inner {
					rows[i].Expected = "in"
				}
				if c.right {
					rows[i].Top = []string{"in"}
				}
			}
			r := reportAnswers(rows)
			fmt.Fprintf(&b, " AUROC %.2f P %.2f of %.2f ECE %.2f", r.GapAUROC, r.AnsweredPrecision, r.AnsweredShare, r.ECE)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(stdout, b.String())
	return err
}

func fitSet(ctx context.Context, kb, file string, names []string) ([]fitCase, error) {
	known, err := assistant.OpenOffline(ctx, kb)
	if err != nil {
		return nil, err
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	rows, err := answerRows(file, src, known.Articles())
	if err != nil {
		return nil, err
	}
	var set []fitCase
	for _, r := range rows {
		traits, best, err := known.Traits(ctx, r.question)
		if err != nil {
			return nil, err
		}
		if traits == nil {
			continue
		}
		c := fitCase{right: best == r.Expected, inner: r.inScope()}
		for _, n := range names {
			c.x = append(c.x, traits[n])
		}
		set = append(set, c)
	}
	if len(set) == 0 {
		return nil, fmt.Errorf("%s: no question of %s is near any that it knows", kb, file)
	}
	return set, nil
}

// chance is what weights, the last of them the base, make of traits.
func chance(w, x []float64) float64 {
	z := w[len(x)]
	for i, v := range x {
		z += w[i] * v
	}
	return 1 / (1 + math.Exp(-z))
}

// fitWeights is a logistic regression by Newton's method, with a small penalty
// on weights in units of each trait's deviation. Cases that are left out do not
// count; every set counts as 400 cases.
func fitWeights(sets [][]fitCase, out func(set, i int) bool) []float64 {
	n := len(sets[0][0].x)
	mean, deviation := make([]float64, n), make([]float64, n)
	each := func(f func(c fitCase, weight float64)) {
		for s, set := range sets {
			for i, c := range set {
				if out == nil || !out(s, i) {
					f(c, 400/float64(len(set)))
				}
			}
		}
	}
	total := 0.0
	each(func(c fitCase, w float64) {
		total += w
		for j, v := range c.x {
			mean[j] += w * v
		}
	})
	for j := range mean {
		mean[j] /= total
	}
	each(func(c fitCase, w float64) {
		for j, v := range c.x {
			deviation[j] += w * (v - mean[j]) * (v - mean[j])
		}
	})
	for j := range deviation {
		deviation[j] = max(math.Sqrt(deviation[j]/total), 1e-9)
	}
	w := make([]float64, n+1)
	z := make([]float64, n+1)
	for range 30 {
		gradient := make([]float64, n+1)
		hessian := make([][]float64, n+1)
		for j := range hessian {
			hessian[j] = make([]float64, n+1)
			if j < n {
				hessian[j][j], gradient[j] = 1, -w[j]
			}
		}
		each(func(c fitCase, weight float64) {
			for j, v := range c.x {
				z[j] = (v - mean[j]) / deviation[j]
			}
			z[n] = 1
			p := chance(w, z[:n])
			y := 0.0
			if c.right {
				y = 1
			}
			for j := range z {
				gradient[j] += weight * (y - p) * z[j]
				for k := range z {
					hessian[j][k] += weight * p * (1 - p) * z[j] * z[k]
				}
			}
		})
		for j, d := range solve(hessian, gradient) {
			w[j] += d
		}
	}
	for j := range n {
		w[j] /= deviation[j]
		w[n] -= w[j] * mean[j]
	}
	return w
}

// solve is Gauss' elimination with pivots; both arguments are spent.
func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	for c := range n {
		best := c
		for r := c + 1; r < n; r++ {
			if math.Abs(a[r][c]) > math.Abs(a[best][c]) {
				best = r
			}
		}
		a[c], a[best], b[c], b[best] = a[best], a[c], b[best], b[c]
		for r := c + 1; r < n; r++ {
			f := a[r][c] / (a[c][c] + 1e-12)
			for k := c; k < n; k++ {
				a[r][k] -= f * a[c][k]
			}
			b[r] -= f * b[c]
		}
	}
	x := slices.Clone(b)
	for r := n - 1; r >= 0; r-- {
		for k := r + 1; k < n; k++ {
			x[r] -= a[r][k] * x[k]
		}
		x[r] /= a[r][r] + 1e-12
	}
	return x
}
