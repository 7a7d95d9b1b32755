package assistant

import (
	"math"
	"math/rand/v2"
	"slices"
)

// linear tells the answers apart: for each a logistic regression of "this one"
// against all others, over grams of letters and words. It is trained in the
// dual, one question at a time for all answers together.
type linear struct {
	classes int
	w       []float32 // by feature, then by class
	bias    []float32
	alpha   []float32 // by example, then by class; 0 to looseness
	vectors [][]weight
	of      []int32
}

const (
	// looseness is how far the examples may pull against simplicity.
	looseness = 30
	// epochs of training, and of adapting to left-out examples.
	epochs, adaptEpochs = 12, 4
	// maxWeights bounds the memory (4 bytes each), maxWork the time of training
	// in multiplications; beyond either there is no linear part.
	maxWeights = 16 << 20
	maxWork    = 12 << 30
)

// trainable says whether the task is small enough to train on.
func trainable(vectors [][]weight, features, classes int) bool {
	entries := 0
	for _, v := range vectors {
		entries += len(v)
	}
	return classes > 1 && features*classes <= maxWeights && 2*entries*classes*epochs <= maxWork
}

func train(vectors [][]weight, of []int32, features, classes int) *linear {
	l := &linear{
		classes: classes, vectors: vectors, of: of,
		w: make([]float32, features*classes), bias: make([]float32, classes), alpha: make([]float32, len(vectors)*classes),
	}
	l.run(epochs, nil)
	return l
}

// run goes over the examples that are not left out, in an order that is
// shuffled and always the same.
func (l *linear) run(rounds int, out []bool) {
	order := make([]int, 0, len(l.vectors))
	for i := range l.vectors {
		if out == nil || !out[i] {
			order = append(order, i)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	m := make([]float32, l.classes)
	for range rounds {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			l.scores(l.vectors[i], m)
			alpha := l.alpha[i*l.classes : (i+1)*l.classes]
			for c := range m {
				y := float32(-1)
				if int(l.of[i]) == c {
					y = 1
				}
				next := settle(alpha[c], y*m[c])
				m[c] = y * (next - alpha[c])
				alpha[c] = next
			}
			l.add(l.vectors[i], m)
		}
	}
}

// settle solves one coordinate of the dual: the multiplier a of an example with
// margin m, for vectors of squared length two (one, and one for the bias).
func settle(a, m float32) float32 {
	const q = 2
	low, high := -30.0, 30.0
	u := min(max(-float64(m), -8), 8)
	a0, m0 := float64(a), float64(m)
	s := 0.0
	for range 12 {
		s = 1 / (1 + math.Exp(-u))
		g := u + q*(looseness*s-a0) + m0
		if math.Abs(g) < 1e-3 {
			break
		}
		if g > 0 {
			high = u
		} else {
			low = u
		}
		next := u - g/(1+q*looseness*s*(1-s))
		if next <= low || next >= high {
			next = (low + high) / 2
		}
		u = next
	}
	return float32(looseness * s)
}

// add moves the weights by d, a step for each class, along a vector.
func (l *linear) add(v []weight, d []float32) {
	for c := range d {
		l.bias[c] += d[c]
	}
	for _, x := range v {
		row := l.w[int(x.at)*l.classes : (int(x.at)+1)*l.classes]
		for c := range row {
			row[c] += x.w * d[c]
		}
	}
}

// scores fills m with each class's log-odds for a vector.
func (l *linear) scores(v []weight, m []float32) {
	copy(m, l.bias)
	for _, x := range v {
		row := l.w[int(x.at)*l.classes : (int(x.at)+1)*l.classes]
		for c, w := range row {
			m[c] += x.w * w
		}
	}
}

// without is the same model as if the examples had not been there.
func (l *linear) without(out []bool) *linear {
	n := &linear{classes: l.classes, vectors: l.vectors, of: l.of, w: slices.Clone(l.w), bias: slices.Clone(l.bias), alpha: slices.Clone(l.alpha)}
	d := make([]float32, l.classes)
	for i, gone := range out {
		if !gone {
			continue
		}
		alpha := n.alpha[i*l.classes : (i+1)*l.classes]
		for c := range d {
			d[c] = alpha[c]
			if int(l.of[i]) == c {
				d[c] = -alpha[c]
			}
			alpha[c] = 0
		}
		n.add(l.vectors[i], d)
	}
	n.run(adaptEpochs, out)
	return n
}
