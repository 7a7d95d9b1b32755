package assistant

import "math"

// DefaultThreshold is the confidence from which on a question is answered
// where the site names none.
const DefaultThreshold = 0.75

// fitted are the weights that turn traits into the log-odds that the best
// answer is the right one, as scripts/fit-confidence prints them. What differs
// between knowledge bases is in the traits: zmid and mz are measured in the
// self-test's own units.
func fitted() traits {
	return traits{
		"zmid": 0.792, "mz": 0.396, "covt": 1.227, "cov": -0.420, "nw": 0.805, "negmis2": -0.981,
		"unk": -2.888, "lacc": 0.460, "exact": 2.335, "prel": 0.580,
	}
}

// baseOdds are the log-odds where every trait is zero.
const baseOdds = -2.492

// confidence is the chance, 0 to 1, that an answer with such traits is right.
func (t traits) confidence() float64 {
	odds := baseOdds
	for name, w := range fitted() {
		v, ok := t[name]
		if !ok && name == "prel" {
			v = 0.6 // nothing was trained: what is usual
		}
		odds += w * v
	}
	return 1 / (1 + math.Exp(-odds))
}

// enough is the share of a question that passages must cover to be as sure of
// as [DefaultThreshold] says.
const enough = 0.42

// sure puts a share of a question that passages cover on the scale of
// confidence.
func sure(covered float64) float64 {
	if covered < enough {
		return covered / enough * DefaultThreshold
	}
	return DefaultThreshold + (covered-enough)/(1-enough)*(1-DefaultThreshold)
}
