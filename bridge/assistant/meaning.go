package assistant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strings"
)

// Vectors keeps what embedding models made of texts, by the texts' hashes.
type Vectors interface {
	// Vectors reads those that are kept.
	Vectors(ctx context.Context, model string, hashes []string) (map[string][]float32, error)
	KeepVectors(ctx context.Context, model string, vectors map[string][]float32) error
	// ForgetVectors forgets every model's vectors of other texts, unless the
	// library has another edition by now.
	ForgetVectors(ctx context.Context, edition int64, hashes []string) error
}

const (
	// ownQuestions is how many of a section's known questions have a vector of
	// their own.
	ownQuestions = 8
	// maxProbes is how many questions the knowledge asks itself by meaning, and
	// fewProbes how many it takes to draw anything from the answers.
	maxProbes = 64
	fewProbes = 6
	// meantCeiling is the most confidence that meaning alone gives: too little
	// for an answer, whatever the site's threshold, enough for a choice.
	meantCeiling = 0.7
)

// piece is a text of a section that has a vector.
type piece struct {
	at    int32 // its section; -1 for a mere probe
	hash  string
	words string
}

// probe is a question that the knowledge asks itself: the first known question
// of a section, or its title. It should find the section's other texts; of
// prose the text without the title, which would find itself.
type probe struct {
	at      int32
	asked   string   // hash
	answers []string // hashes
}

// meaning is a shelf by what its texts mean; it never changes.
type meaning struct {
	shelf   *shelf
	texts   []piece
	probes  []probe
	vectors map[string][]float32 // by hash; a text may have none yet
	// known and strange are the mean likenesses of the probes to the best text
	// of their own section and of the others; 0 where too few are there. width
	// is what lies between them, or the deviation of strange if that is more.
	known, strange, width float64
}

func hashOf(words string) string {
	h := sha256.Sum256([]byte(words))
	return hex.EncodeToString(h[:])
}

// newMeaning lists what has a vector: of prose its titles and text, of known
// questions each of the first few beside the answer.
func newMeaning(s *shelf) *meaning {
	m := &meaning{shelf: s}
	add := func(at int32, words string) string {
		words = clip(strings.TrimSpace(words), maxInput)
		h := hashOf(words)
		if words != "" {
			m.texts = append(m.texts, piece{at, h, words})
		}
		return h
	}
	step := max(1, (len(s.sections)+maxProbes-1)/maxProbes)
	for i, sec := range s.sections {
		p := probe{at: int32(i)}
		whole := add(p.at, sec.Title+"\n"+sec.Text)
		var asked []string
		if sec.Questions != "" {
			for _, q := range firstOf(strings.Split(sec.Questions, "\n"), ownQuestions) {
				asked = append(asked, add(p.at, q))
			}
			p.asked, p.answers = asked[0], append(asked[1:], whole)
		} else if i%step == 0 {
			p.asked, p.answers = add(-1, sec.Title), []string{add(-1, sec.Text)}
		}
		if i%step == 0 && sec.Text != "" {
			m.probes = append(m.probes, p)
		}
	}
	return m
}

func firstOf(s []string, n int) []string { return s[:min(n, len(s))] }

func (m *meaning) hashes() []string {
	out := make([]string, len(m.texts))
	for i, t := range m.texts {
		out[i] = t.hash
	}
	return distinct(out)
}

// with is the same with these vectors.
func (m *meaning) with(vectors map[string][]float32) *meaning {
	n := *m
	n.vectors = vectors
	var known, strange []float64
	for _, p := range n.probes {
		own, other := -1.0, -1.0
		for _, o := range n.probes {
			for _, h := range o.answers {
				c := cosine(vectors[p.asked], vectors[h])
				switch {
				case o.at == p.at:
					own = max(own, c)
				case h != p.asked && !m.beside(p, o):
					other = max(other, c)
				}
			}
		}
		if own > -1 && other > -1 {
			known, strange = append(known, own), append(strange, other)
		}
	}
	n.known, n.strange, n.width = 0, 0, 0
	if len(known) >= fewProbes {
		n.known, _ = spreadOf(known)
		mean, variance := spreadOf(strange)
		n.strange, n.width = mean, max(n.known-mean, math.Sqrt(variance))
	}
	return &n
}

// beside reports whether two probes are of sections of the same prose, of which
// one may well answer what the other's title asks.
func (m *meaning) beside(p, o probe) bool {
	a, b := m.shelf.sections[p.at], m.shelf.sections[o.at]
	return a.Source == b.Source && a.Questions == "" && b.Questions == ""
}

// cosine of two directions; -1 where one is missing or of another size.
func cosine(a, b []float32) float64 {
	if len(a) == 0 || len(a) != len(b) {
		return -1
	}
	sum := float32(0)
	for i, x := range a {
		sum += x * b[i]
	}
	return float64(sum)
}

// confidence in a passage that is as near as that to a question, for no other
// reason. It is 0 up to where the knowledge's own questions are to the nearest
// passage that does not answer them, and enough to be offered half a width
// beyond. It never reaches [DefaultThreshold], for it is no measured chance,
// unlike what words give.
func (m *meaning) confidence(near float64) float64 {
	if m.width <= 0 {
		return 0
	}
	way := min(max((near-m.strange)/m.width, 0), 1)
	if way < 0.5 {
		return 2 * way * offerFrom
	}
	return offerFrom + (2*way-1)*(meantCeiling-offerFrom)
}

// nearest are the sections whose texts are most like a question's vector, at
// most k, each once, best first.
func (m *meaning) nearest(v []float32, k int) []Hit {
	best := make([]float64, len(m.shelf.sections))
	for i := range best {
		best[i] = -1
	}
	for _, t := range m.texts {
		if t.at >= 0 {
			best[t.at] = max(best[t.at], cosine(v, m.vectors[t.hash]))
		}
	}
	var top []ranked
	for i, c := range best {
		if c > 0 {
			top = keepBest(top, ranked{int32(i), c}, k, func(a, b int32) bool { return a < b })
		}
	}
	hits := make([]Hit, len(top))
	for i, r := range top {
		hits[i] = Hit{Section: m.shelf.sections[r.at], Score: r.score, Confidence: m.confidence(r.score)}
	}
	return hits
}

// meant are the sections of a shelf that are nearest to a question by meaning;
// none without an embedder, or where its vectors are not there.
func (x *Index) meant(ctx context.Context, s *shelf, question string, k int) []Hit {
	question = strings.TrimSpace(question)
	if x.embedder == nil || k <= 0 || len(terms(question)) == 0 {
		return nil
	}
	x.mu.Lock()
	m, running := x.meaning, x.running
	x.mu.Unlock()
	if !running && (m == nil || m.shelf != s) {
		m = x.recall(ctx, s)
	}
	if m == nil || m.shelf != s || len(m.vectors) == 0 {
		return nil
	}
	v := x.embedder.query(ctx, clip(question, maxQuery))
	if v == nil {
		return nil
	}
	for _, w := range m.vectors {
		if len(w) != len(v) {
			x.embedder.tell(ctx, ErrVectorSize)
			return nil
		}
		break // they are all of one size
	}
	return m.nearest(v, k)
}

// recall takes what is kept of a shelf's vectors, and asks for none.
func (x *Index) recall(ctx context.Context, s *shelf) *meaning {
	m := newMeaning(s)
	vectors := map[string][]float32{}
	x.mu.Lock()
	before := x.meaning
	x.mu.Unlock()
	var unknown []string
	for _, h := range m.hashes() {
		if before != nil && before.vectors[h] != nil {
			vectors[h] = before.vectors[h]
		} else {
			unknown = append(unknown, h)
		}
	}
	kept, err := x.kept.Vectors(ctx, x.embedder.Model, unknown)
	if err != nil {
		x.embedder.tell(ctx, err)
	}
	for h, v := range kept {
		vectors[h] = v
	}
	return x.publish(m, vectors)
}

func (x *Index) publish(m *meaning, vectors map[string][]float32) *meaning {
	m = m.with(vectors)
	x.mu.Lock()
	x.meaning = m
	x.mu.Unlock()
	return m
}
