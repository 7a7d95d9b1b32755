package assistant

import "math"

// DefaultThreshold is the confidence from which on a question is answered
// where the site names none.
const DefaultThreshold = 0.78

// fitted are the weights that turn traits into the log-odds that the best
// answer is the right one, as "threadline eval fit" prints them. What differs
// between knowledge bases is in the traits: zmid is measured in the self-test's
// own units.
func fitted() traits {
	return traits{
		"covt": 1.892, "exact": 2.373, "len": 1.049, "negmis2": -0.619, "nw": -0.516, "prel": 1.875,
		"unk": -2.305, "wcov": -2.196, "wgap": 1.890, "zmid": 1.043,
	}
}

// baseOdds are the log-odds where every trait is zero.
const baseOdds = -3.731

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
