package assistant

import (
	"math"
	"slices"
	"strings"
)

// phrases finds the answer whose known questions are most like what is asked.
// It never changes once made.
type phrases struct {
	answers int     // how many there are to tell apart
	of      []int32 // by question: its answer
	asked   []phrase
	by      [][]int32 // by answer: its questions
	chars   *space
	pairs   *space
	post    [][]weight // by gram of letters: the questions that have it
	linear  *linear    // nil where there is too much to train on
	wording *wording
	self    selfTest
}

// phrase is a known question.
type phrase struct {
	plain  string
	refuse bool // speaks of what is not, or does not work
	chars  []weight
}

// pairShare is what pairs of words and words count beside grams of letters in
// training.
const pairShare = 0.7

// conceptWeight is how many grams of letters a word's concept counts as: a short
// word has as many.
const conceptWeight = 9

// wordingShare is what sharing all terms with the nearest question adds to an
// answer's score, as likeness of spelling counts there.
const wordingShare = 0.3

// linearShare is what a unit of the linear part's log-odds adds to the likeness
// of the nearest questions.
const linearShare = 0.1

// newPhrases reads the questions of each answer.
func newPhrases(answers [][]string) *phrases {
	p := &phrases{answers: len(answers), by: make([][]int32, len(answers))}
	var texts [][]string
	for a, questions := range answers {
		for _, q := range questions {
			words := plainWords(q)
			if len(words) == 0 {
				continue
			}
			p.by[a] = append(p.by[a], int32(len(p.of)))
			p.of = append(p.of, int32(a))
			texts = append(texts, words)
			p.asked = append(p.asked, phrase{plain: strings.Join(words, " "), refuse: refuses(words)})
		}
	}
	t := newThesaurus()
	p.wording = newWording(t, texts)
	p.chars = newSpace(texts, t.withConcepts(charGrams, conceptWeight))
	p.pairs = newSpace(texts, t.withConcepts(wordGrams, 1))
	p.post = make([][]weight, len(p.chars.idf))
	both := make([][]weight, len(texts))
	for i, words := range texts {
		v := p.chars.vector(words)
		p.asked[i].chars = v
		for _, x := range v {
			p.post[x.at] = append(p.post[x.at], weight{int32(i), x.w})
		}
		both[i] = join(v, p.pairs.vector(words), len(p.chars.idf), pairShare)
	}
	if features := len(p.chars.idf) + len(p.pairs.idf); trainable(both, features, p.answers) {
		p.linear = train(both, p.of, features, p.answers)
	}
	p.self = p.examine()
	return p
}

// match is how one question compares with all answers.
type match struct {
	near  []float32 // by answer: likeness of its nearest questions' spelling, 0 to 1
	terms []string  // of the question
	alike []kindred // by answer
	odds  []float32 // by answer: log-odds; nil without a linear part
	score []float32 // all together
	order []int32   // the best answers, best first
}

// kindred is the known question of an answer that speaks most of the same things.
type kindred struct {
	question int32
	likeness float64 // 0 to 1
	common   float64 // the weight of what both speak of
}

// maxOrder is how many answers a match puts in order.
const maxOrder = 64

// match compares a question's words with every answer. A question that is known
// itself can be left out, or a whole answer (-1: none), and another linear part
// put in place.
func (p *phrases) match(words []string, but int32, butAnswer int32, l *linear) match {
	v := p.chars.vector(words)
	like := make([]float32, len(p.of))
	for _, x := range v {
		for _, q := range p.post[x.at] {
			like[q.at] += x.w * q.w
		}
	}
	m := match{near: make([]float32, p.answers), score: make([]float32, p.answers), terms: p.wording.terms(words), alike: make([]kindred, p.answers)}
	common, total := p.wording.common(m.terms), p.wording.weigh(m.terms)
	for a, questions := range p.by {
		var top [3]float32
		m.alike[a] = kindred{question: -1, likeness: -1}
		n := 0
		for _, q := range questions {
			if q == but {
				continue
			}
			n++
			if f := p.wording.likeness(q, common[q], total); f > m.alike[a].likeness {
				m.alike[a] = kindred{q, f, common[q]}
			}
			switch s := like[q]; {
			case s > top[0]:
				top = [3]float32{s, top[0], top[1]}
			case s > top[1]:
				top[1], top[2] = s, top[1]
			case s > top[2]:
				top[2] = s
			}
		}
		if n = min(n, 3); n > 0 {
			m.near[a] = 0.6*top[0] + 0.4*(top[0]+top[1]+top[2])/float32(n)
			m.score[a] = m.near[a] + wordingShare*float32(m.alike[a].likeness)
		}
	}
	if l != nil {
		m.odds = make([]float32, p.answers)
		l.scores(join(v, p.pairs.vector(words), len(p.chars.idf), pairShare), m.odds)
		for a, o := range m.odds {
			m.score[a] += linearShare * max(o, -30)
		}
	}
	var best []ranked
	for a := range p.answers {
		if int32(a) != butAnswer && len(p.by[a]) > 0 {
			best = keepBest(best, ranked{int32(a), float64(m.score[a])}, maxOrder, func(a, b int32) bool { return a < b })
		}
	}
	for _, r := range best {
		m.order = append(m.order, r.at)
	}
	return m
}

// traits are what confidence rests on, by name.
type traits map[string]float64

// traits describes how well the best answer fits a question.
func (p *phrases) traits(question string, m match) traits {
	best := m.order[0]
	top := float64(m.score[best])
	second := 0.0
	if len(m.order) > 1 {
		second = float64(m.score[m.order[1]])
	}
	words := plainWords(question)
	total, known, inBest := p.wording.weigh(m.terms), 0.0, 0.0
	for _, t := range m.terms {
		texts := p.wording.post[t]
		if len(texts) > 0 {
			known += p.wording.weight(t)
		}
		if slices.ContainsFunc(texts, func(q int32) bool { return p.of[q] == best }) {
			inBest += p.wording.weight(t)
		}
	}
	refusing := 0.0
	for _, q := range p.by[best] {
		refusing += flag(p.asked[q].refuse) / float64(len(p.by[best]))
	}
	near := m.alike[best]
	twin := 0.0 // the likeness of the best of the others
	for a, other := range m.alike {
		if int32(a) != best {
			twin = max(twin, other.likeness)
		}
	}
	strange := 0
	for _, w := range words {
		if !isStop(w) && !everyday(w) && !hasDigit(w) && !p.wording.knows(w) {
			strange++
		}
	}
	refuse := refuses(words)
	t := traits{
		"zmid": (top - (p.self.in+p.self.out)/2) / p.self.deviation, "mz": (top - second) / p.self.deviation,
		"near": float64(m.near[best]), "cov": known / (total + 1e-9), "covt": inBest / (total + 1e-9),
		"nw": math.Log1p(float64(len(m.terms))), "len": math.Log1p(float64(len(strings.Join(words, " ")))),
		"neg": flag(refuse), "negmis": flag(refuse && !p.asked[near.question].refuse), "negmis2": flag(refuse) * (1 - refusing),
		"unk":  float64(strange) / max(float64(len(words)), 1),
		"wcov": near.common / (total + 1e-9), "wback": near.common / (p.wording.weighs[near.question] + 1e-9), "wlike": near.likeness, "wgap": near.likeness - twin,
		"exact": flag(strings.Join(words, " ") == p.asked[near.question].plain), "qm": flag(asks(question, words)), "self": flag(ownAffair(words)),
		"lnl": math.Log(float64(p.answers)), "lacc": p.self.logit(), "auc": p.self.apart, "mi": p.self.in,
	}
	if m.odds != nil {
		t["odds"] = float64(m.odds[best])
		sum := 0.0
		for a, o := range m.odds {
			if int32(a) != best {
				sum += 1 / (1 + math.Exp(-float64(o)))
			}
		}
		pb := 1 / (1 + math.Exp(-float64(m.odds[best])))
		t["pmax"], t["prel"] = pb, pb/(pb+sum)
	}
	return t
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// selfTest is how a knowledge base answers its own questions: each with itself
// left out (in), and each with its whole answer left out (out).
type selfTest struct {
	in, out   float64 // mean best score
	deviation float64
	right     float64 // share of the left-out questions answered right
	apart     float64 // chance that an in scores above an out
}

// logit of the share answered right, bounded.
func (s selfTest) logit() float64 {
	r := min(max(s.right, 0.2), 0.95)
	return math.Log(r / (1 - r))
}

// maxSelf is how many of the questions the self-test asks, folds in how many
// parts it leaves them out.
const (
	maxSelf = 400
	folds   = 5
)

// examine asks the knowledge base its own questions.
func (p *phrases) examine() selfTest {
	step := max(1, (len(p.of)+maxSelf-1)/maxSelf)
	var in, out []float64
	right := 0
	for f := range folds {
		gone := make([]bool, len(p.of))
		var ask []int32
		for a, questions := range p.by {
			if len(questions) < 2 {
				continue
			}
			for i, q := range questions {
				if (i+a)%folds == f && i > 0 || i == 0 && len(questions) > folds && a%folds == f {
					gone[q] = true
					if int(q)%step == 0 {
						ask = append(ask, q)
					}
				}
			}
		}
		l := p.linear
		if l != nil && len(ask) > 0 {
			l = l.without(gone)
		}
		for _, q := range ask {
			m := p.match(strings.Fields(p.asked[q].plain), q, -1, l)
			in = append(in, float64(m.score[m.order[0]]))
			if m.order[0] == p.of[q] {
				right++
			}
		}
		gone = make([]bool, len(p.of))
		ask = ask[:0]
		for a, questions := range p.by {
			if a%folds != f {
				continue
			}
			for _, q := range questions {
				gone[q] = true
				if int(q)%step == 0 {
					ask = append(ask, q)
				}
			}
		}
		l = p.linear
		if l != nil && len(ask) > 0 {
			l = l.without(gone)
		}
		for _, q := range ask {
			if m := p.match(strings.Fields(p.asked[q].plain), -1, p.of[q], l); len(m.order) > 0 {
				out = append(out, float64(m.score[m.order[0]]))
			}
		}
	}
	s := selfTest{in: 1.0, out: 0.65, deviation: 0.25, right: 0.75, apart: 0.8}
	if len(in) >= 20 && len(out) >= 20 {
		mi, vi := spreadOf(in)
		mo, vo := spreadOf(out)
		s = selfTest{in: mi, out: mo, deviation: max(math.Sqrt((vi+vo)/2), 0.05), right: float64(right) / float64(len(in)), apart: apart(in, out)}
	}
	return s
}

func spreadOf(xs []float64) (mean, variance float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		variance += (x - mean) * (x - mean) / float64(len(xs))
	}
	return mean, variance
}

// apart is the chance that one of a is above one of b.
func apart(a, b []float64) float64 {
	b = slices.Clone(b)
	slices.Sort(b)
	sum := 0.0
	for _, x := range a {
		lo, _ := slices.BinarySearch(b, x)
		hi, _ := slices.BinarySearchFunc(b, x, func(y, t float64) int {
			if y <= t {
				return -1
			}
			return 1
		})
		sum += float64(lo) + float64(hi-lo)/2
	}
	return sum / float64(len(a)*len(b))
}
