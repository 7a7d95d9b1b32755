package trigger

import "math"

// Settings are a team's own, by trigger. The zero value is the product's
// default.
type Settings struct {
	// Off silences a trigger.
	Off map[string]bool
	// Thresholds are the least strengths to report, above 0 to 1; where none is
	// named DefaultThreshold holds.
	Thresholds map[string]float64
	// Examples are messages in plain words that shall pull a trigger, and
	// CounterExamples such that shall not; both reach beyond their exact words.
	// At most 200 of each are read.
	Examples        map[string][]string
	CounterExamples map[string][]string
}

func (s Settings) threshold(name string) float64 {
	if v := s.Thresholds[name]; v > 0 {
		return v
	}
	return DefaultThreshold
}

// taught weighs a team's own examples and counter-examples against a mark. A
// message that is nearer to a counter-example than to any example, and near
// enough, finds nothing.
func (s Settings) taught(name string, t *text, m mark) mark {
	examples, against := s.Examples[name], s.CounterExamples[name]
	if len(examples) == 0 && len(against) == 0 {
		return m
	}
	said := gramsOf(t)
	pro, con := nearest(said, examples), nearest(said, against)
	switch {
	case con >= pro && (con >= same || con >= alike && m.strength == 0):
		return mark{}
	case pro >= alike:
		return m.stronger(mark{strength: min(pro, 0.95), at: m.at})
	}
	return m
}

// alike is the likeness, 0 to 1, from which an example speaks for a message;
// same the one from which a counter-example overrules what the rules found.
const (
	alike = 0.6
	same  = 0.9
)

// maxExamples bounds how many examples of a trigger are read.
const maxExamples = 200

// nearest is the likeness of the most similar example.
func nearest(said map[uint32]float64, examples []string) float64 {
	best := 0.0
	for i, e := range examples {
		if i >= maxExamples {
			break
		}
		t := scan(e)
		for i := range t.words {
			t.words[i].s = engine().slips.mend(t.words[i].s)
		}
		best = max(best, likeness(said, gramsOf(t)))
	}
	return best
}

// gramsOf counts the letters three to five in a row within and across words.
// Longer ones weigh more: they say more.
func gramsOf(t *text) map[uint32]float64 {
	grams := map[uint32]float64{}
	for i := range t.words {
		if i >= 200 {
			break
		}
		w := " " + t.words[i].s + " "
		weight := 1.0
		if len(w) <= 5 {
			weight = 0.35 // little words tie anything to anything
		}
		for n := 3; n <= 5; n++ {
			for j := 0; j+n <= len(w); j++ {
				grams[hash(w[j:j+n])] += weight
			}
		}
	}
	return grams
}

// likeness is the cosine between two counts.
func likeness(a, b map[uint32]float64) float64 {
	dot, aa, bb := 0.0, 0.0, 0.0
	for g, v := range a {
		aa += v * v
		dot += v * b[g]
	}
	for _, v := range b {
		bb += v * v
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return dot / math.Sqrt(aa*bb)
}

// hash is FNV-1a.
func hash(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
