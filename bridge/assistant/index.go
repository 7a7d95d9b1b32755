package assistant

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"

	"threadline/bridge"
)

// Hit is a section that a search found.
type Hit struct {
	Section bridge.Section
	// Score orders hits of one search and means nothing across searches.
	Score float64
	// Confidence, 0 to 1, is the chance that the section alone answers the
	// query. Where meaning alone found it, that is no measured chance and stays
	// below [DefaultThreshold].
	Confidence float64

	meant bool // found by meaning alone
}

// Index searches a library. It reads the library anew whenever its edition has
// changed: in [Index.Run] if that runs, so that searches go on in the edition
// before meanwhile, and else in the search that finds it changed. Safe for
// concurrent use.
type Index struct {
	lib  bridge.Library
	wake chan struct{}

	mu      sync.Mutex
	shelf   *shelf
	meaning *meaning // nil until there are vectors
	running bool

	embedder *Embedder // nil: by words alone
	kept     Vectors
	fresh    chan struct{} // a shelf was made
	// refused are the hashes of texts that have no vector in this process's
	// life; Run alone knows them.
	refused map[string]bool

	building sync.Mutex // held while a shelf is made
}

// NewIndex returns an index of the library; nothing is read yet.
func NewIndex(lib bridge.Library) *Index {
	return &Index{lib: lib, wake: make(chan struct{}, 1), fresh: make(chan struct{}, 1)}
}

// NewHybridIndex returns an index that searches by words and by meaning. Run
// asks the embedder for the vectors that are not kept yet; without Run those
// that are kept serve.
func NewHybridIndex(lib bridge.Library, e *Embedder, kept Vectors) *Index {
	x := NewIndex(lib)
	x.embedder, x.kept, x.refused = e, kept, map[string]bool{}
	return x
}

// Run reads the library now, and whenever a search finds that it has changed,
// until ctx ends. A library that fails is left to the searches, which say so.
func (x *Index) Run(ctx context.Context) error {
	x.mu.Lock()
	x.running = true
	x.mu.Unlock()
	defer func() {
		x.mu.Lock()
		x.running = false
		x.mu.Unlock()
	}()
	if x.embedder != nil {
		// On its own, so that a slow endpoint holds no new edition up.
		var vectors sync.WaitGroup
		defer vectors.Wait()
		vectors.Go(func() { x.embed(ctx) })
	}
	for {
		if edition, err := x.lib.Edition(ctx); err == nil {
			_, _ = x.build(ctx, edition) // a search meets the same error
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-x.wake:
		}
	}
}

// Search returns at most k sections for the query, best first.
func (x *Index) Search(ctx context.Context, query string, k int) ([]Hit, error) {
	s, err := x.current(ctx)
	if err != nil {
		return nil, err
	}
	hits := s.search(s.query(query), kindOf(query), k)
	for i := range hits {
		hits[i].Confidence = sure(hits[i].Confidence)
	}
	hits = merge(s.knownHits(query, k), hits, k)
	var first []bridge.Section
	if len(hits) > 0 && hits[0].Confidence >= offerFrom {
		first = []bridge.Section{hits[0].Section}
	}
	return fuse(hits, x.meant(ctx, s, query, k), first, len(first) == 0, k), nil
}

// Size is how many sections the library has.
func (x *Index) Size(ctx context.Context) (int, error) {
	s, err := x.current(ctx)
	if err != nil {
		return 0, err
	}
	return len(s.sections), nil
}

func (x *Index) current(ctx context.Context) (*shelf, error) {
	edition, err := x.lib.Edition(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the knowledge's edition: %w", err)
	}
	x.mu.Lock()
	s, running := x.shelf, x.running
	x.mu.Unlock()
	switch {
	case s == nil || s.edition != edition && !running:
		return x.build(ctx, edition)
	case s.edition != edition:
		select {
		case x.wake <- struct{}{}:
		default: // it is told already
		}
	}
	return s, nil
}

// build makes the shelf of an edition, unless it is there.
func (x *Index) build(ctx context.Context, edition int64) (*shelf, error) {
	x.building.Lock()
	defer x.building.Unlock()
	x.mu.Lock()
	s := x.shelf
	x.mu.Unlock()
	if s != nil && s.edition == edition {
		return s, nil
	}
	sections, err := x.lib.Sections(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the knowledge: %w", err)
	}
	// Sections read after the edition may be newer than it; the next search
	// then sees another edition and reads them once more.
	s = shelve(sections, edition)
	x.mu.Lock()
	x.shelf = s
	x.mu.Unlock()
	select {
	case x.fresh <- struct{}{}:
	default: // it is told already
	}
	return s, nil
}

// What a word weighs by where it stands, and how fast its repetition stops
// counting.
const (
	headingWeight  = 2.5
	documentWeight = 1.5
	bodyWeight     = 1.0
	saturation     = 1.2
	lengthPenalty  = 0.5
	typoWeight     = 0.8
	// openingBonus is what the first section of a source is worth more.
	openingBonus = 0.12
)

// shelf is an index of one edition; it never changes.
type shelf struct {
	edition  int64
	sections []bridge.Section
	// weight of each term in each section, already saturated: 0 to 1.
	weights []map[string]float64
	// headed are the terms of a section's own heading, titled those of all its
	// headings, counted how often the text has a term.
	headed, titled []map[string]bool
	names          []map[string]bool // see names
	places         map[string][]place
	counted        []map[string]int
	ordinal        []int          // place within the source
	spread         map[string]int // in how many sections a term stands
	rarest         float64
	vocab          map[rune][]string // terms by first letter, for typos
	// known finds sections by the questions they are known to answer; answers
	// are those sections' places. nil where there are none.
	known   *phrases
	answers []int
}

// place is a section that has a term: what the term weighs there, and how much
// the section is about it.
type place struct {
	at     int32
	weight float64
	stands float64
}

func shelve(sections []bridge.Section, edition int64) *shelf {
	s := &shelf{edition: edition, sections: sections, spread: map[string]int{}, vocab: map[rune][]string{}}
	type counted struct {
		count map[string]float64
		words float64
	}
	docs := make([]counted, len(sections))
	total := 0.0
	for i, sec := range sections {
		c := counted{count: map[string]float64{}}
		path := strings.Split(sec.Title, titleSeparator)
		headed, titled, counts := map[string]bool{}, map[string]bool{}, map[string]int{}
		for j, h := range path {
			weight := documentWeight
			if j == len(path)-1 {
				weight = headingWeight
			}
			// A short heading says more with each word.
			weight *= min(1.2, math.Pow(2/max(float64(len(rawWords(h))), 1), 0.25))
			for _, t := range terms(h) {
				c.count[t] += weight
				titled[t] = true
				if j == len(path)-1 {
					headed[t] = true
				}
			}
		}
		for _, t := range terms(sec.Text) {
			c.count[t] += bodyWeight
			counts[t]++
			c.words++
		}
		if costs := stem("cost"); amount.in(sec.Text) {
			// A sum says what something costs without the word.
			c.count[costs] += bodyWeight
			counts[costs]++
		}
		total += c.words
		docs[i] = c
		s.headed, s.titled, s.counted = append(s.headed, headed), append(s.titled, titled), append(s.counted, counts)
		s.names = append(s.names, names(sec.Text))
		ordinal := 0
		if i > 0 && sections[i-1].Source == sec.Source {
			ordinal = s.ordinal[i-1] + 1
		}
		s.ordinal = append(s.ordinal, ordinal)
	}
	mean := max(total/max(float64(len(sections)), 1), 1)
	for _, c := range docs {
		w := make(map[string]float64, len(c.count))
		norm := saturation * (1 - lengthPenalty + lengthPenalty*c.words/mean)
		for t, n := range c.count {
			w[t] = n / (n + norm)
			s.spread[t]++
		}
		s.weights = append(s.weights, w)
	}
	for t := range s.spread {
		first := []rune(t)[0]
		s.vocab[first] = append(s.vocab[first], t)
	}
	for _, v := range s.vocab {
		sort.Strings(v)
	}
	s.rarest = s.idf("")
	s.places = make(map[string][]place, len(s.spread))
	for i, w := range s.weights {
		for t, x := range w {
			s.places[t] = append(s.places[t], place{int32(i), x, s.stands(sought{term: t, number: isNumber(t)}, i)})
		}
	}
	s.learn()
	return s
}

// idf is a term's weight by rarity.
func (s *shelf) idf(term string) float64 {
	n := float64(s.spread[term])
	return math.Log(1 + (float64(len(s.sections))-n+0.5)/(n+0.5))
}

// sought is a word of a query.
type sought struct {
	term   string  // as it stands in the knowledge, or as asked if nowhere
	idf    float64 // of the term; the highest if it stands nowhere
	worth  float64 // 1, less for a corrected typo, 0 if it stands nowhere
	number bool    // five digits or more: a postcode, a model, an order
	name   bool    // written like a name
}

// query reads the distinct words of a question.
func (s *shelf) query(q string) []sought {
	var out []sought
	named := names(q)
	for _, t := range terms(q) {
		if slices.ContainsFunc(out, func(o sought) bool { return o.term == t }) || len(out) >= 64 {
			continue
		}
		w := sought{term: t, idf: s.rarest, number: isNumber(t), name: named[t]}
		if s.spread[t] > 0 {
			w.idf, w.worth = s.idf(t), 1
		} else if c, ok := s.correct(t); ok {
			w = sought{term: c, idf: s.idf(c), worth: typoWeight, name: named[t]}
		}
		if t == "often" {
			// It asks for a kind of answer; few passages say the word.
			w.idf *= 0.3
		}
		out = append(out, w)
	}
	return out
}

func isNumber(t string) bool {
	digits := 0
	for _, r := range t {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits >= 5
}

// correct finds the known word of which t is a slip: one edit from five
// letters on, two from eight, the first letter right. Words with digits are
// never corrected: 60614 is no slip of 60615.
func (s *shelf) correct(t string) (string, bool) {
	letters := []rune(t)
	if len(letters) < 5 || strings.IndexFunc(t, unicode.IsDigit) >= 0 {
		return "", false
	}
	for limit := 1; limit <= 2; limit++ {
		if limit == 2 && len(letters) < 8 {
			break
		}
		best := ""
		for _, v := range s.vocab[letters[0]] {
			if len(v) >= 4 && near(t, v, limit) && (best == "" || s.spread[v] > s.spread[best]) {
				best = v
			}
		}
		if best != "" {
			return best, true
		}
	}
	return "", false
}

func (s *shelf) search(q []sought, wants kind, k int) []Hit {
	if len(q) == 0 || k <= 0 {
		return nil
	}
	scores, found := make([]float64, len(s.sections)), make([]float64, len(s.sections))
	total := 0.0
	for _, w := range q {
		total += w.idf
		if w.worth == 0 {
			continue
		}
		for _, p := range s.places[w.term] {
			scores[p.at] += w.idf * w.worth * p.weight
			found[p.at] += w.idf * w.worth * p.stands
		}
	}
	var best []ranked
	for i, score := range scores {
		if score <= 0 || s.sections[i].Questions != "" && s.sections[i].Text == "" {
			continue
		}
		coverage := found[i] / total
		score *= coverage * coverage * (1 + openingBonus/float64(1+s.ordinal[i]))
		if wants != anyKind && wants.in(s.sections[i].Text) {
			score *= kindBonus
		}
		best = keepBest(best, ranked{int32(i), score}, k, func(a, b int32) bool { return s.sections[a].ID < s.sections[b].ID })
	}
	hits := make([]Hit, 0, len(best))
	for _, r := range best {
		hits = append(hits, Hit{Section: s.sections[r.at], Score: r.score, Confidence: s.confidence(q, int(r.at))})
	}
	return hits
}

// ranked is something with a score.
type ranked struct {
	at    int32
	score float64
}

// keepBest puts r in its place among the k best, best first; of equals the one
// that comes first by before stands first.
func keepBest(best []ranked, r ranked, k int, before func(a, b int32) bool) []ranked {
	better := func(a, b ranked) bool { return a.score > b.score || a.score == b.score && before(a.at, b.at) }
	if len(best) == k {
		if !better(r, best[k-1]) {
			return best
		}
		best = best[:k-1]
	}
	i := len(best)
	best = append(best, r)
	for ; i > 0 && better(r, best[i-1]); i-- {
		best[i] = best[i-1]
	}
	best[i] = r
	return best
}

// covered is the share of the query's weight that stands in the sections
// together, and the amount of it in units of the rarest word.
func (s *shelf) covered(q []sought, at ...int) (share, amount float64) {
	total, found := 0.0, 0.0
	for _, w := range q {
		total += w.idf
		best := 0.0
		for _, i := range at {
			best = max(best, s.stands(w, i))
		}
		found += w.idf * w.worth * best
	}
	if total == 0 {
		return 0, 0
	}
	return found / total, found / s.rarest
}

// stands says how much a section is about a word: 1 where a heading or a number
// has it, less where the text only mentions it.
func (s *shelf) stands(w sought, i int) float64 {
	switch n := s.counted[i][w.term]; {
	case s.titled[i][w.term], w.number && n > 0:
		return 1
	case n > 1:
		return 0.85
	case n == 1:
		return 0.65
	}
	return 0
}

// confidence says how sure it is that the sections together answer the query:
// the share covered, less where that is little in itself. A number that they
// lack (a postcode out of the area), or a name that no section has, leaves
// hardly any.
func (s *shelf) confidence(q []sought, at ...int) float64 {
	share, amount := s.covered(q, at...)
	c := share * (amount + 0.4) / (amount + 0.8)
	if len(at) == 1 && s.sections[at[0]].Questions != "" {
		// Its known questions judge better than the words of its answer.
		c *= 0.8
	}
	for _, w := range q {
		if w.name && w.worth == 0 {
			c = min(c, 0.3)
		}
		if !w.number {
			continue
		}
		there := slices.ContainsFunc(at, func(i int) bool { return s.weights[i][w.term] > 0 })
		if !there {
			c = min(c, 0.15)
		}
	}
	return c
}

// position finds a section, or -1.
func (s *shelf) position(sec bridge.Section) int { return slices.Index(s.sections, sec) }
