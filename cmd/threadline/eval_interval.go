package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// bootstraps is how often eval answers draws its questions anew for intervals.
const bootstraps = 300

// interval is where a measured figure lies with 95 % certainty.
type interval struct{ low, high float64 }

func (i interval) String() string { return fmt.Sprintf("(%.3f–%.3f)", i.low, i.high) }

// wilson is the interval of a share of n, k of which were hits, after Wilson: it
// stays sensible for few and for shares of nearly nothing or all. Of nothing
// nothing is known.
func wilson(k, n int) interval {
	if n == 0 {
		return interval{0, 1}
	}
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return interval{max(0, mid-half), min(1, mid+half)}
}

// bootstrapped draws as many rows as there are, with replacement, again and
// again, and returns the middle 95 % of what each figure then is. The draws are
// the same in every run.
func bootstrapped(rows []answerRow) (of func(func(answersReport) float64) interval) {
	draw := rand.New(rand.NewPCG(1, uint64(len(rows)))) //nolint:gosec // repeatable, and no secret
	reports := make([]answersReport, bootstraps)
	sample := make([]answerRow, len(rows))
	for i := range reports {
		for j := range sample {
			sample[j] = rows[draw.IntN(len(rows))]
		}
		reports[i] = reportAnswers(sample)
	}
	return func(figure func(answersReport) float64) interval {
		values := make([]float64, len(reports))
		for i, r := range reports {
			values[i] = figure(r)
		}
		slices.Sort(values)
		tail := len(values) / 40
		return interval{values[tail], values[len(values)-1-tail]}
	}
}
