package assistant_test

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/bridge/assistant"
	"threadline/bridge/assistant/openaitest"
)

// vectors keeps vectors in memory.
type vectors struct {
	mu   sync.Mutex
	kept map[string][]float32
	// whole hears whenever every text of a shelf has its vector.
	whole chan struct{}
}

func newVectors() *vectors {
	return &vectors{kept: map[string][]float32{}, whole: make(chan struct{}, 100)}
}

func (v *vectors) Vectors(_ context.Context, model string, hashes []string) (map[string][]float32, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := map[string][]float32{}
	for _, h := range hashes {
		if w, ok := v.kept[model+" "+h]; ok {
			out[h] = w
		}
	}
	return out, nil
}

func (v *vectors) KeepVectors(_ context.Context, model string, made map[string][]float32) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for h, w := range made {
		v.kept[model+" "+h] = w
	}
	return nil
}

func (v *vectors) ForgetVectors(_ context.Context, _ int64, hashes []string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	maps.DeleteFunc(v.kept, func(k string, _ []float32) bool {
		_, h, _ := strings.Cut(k, " ")
		return !slices.Contains(hashes, h)
	})
	v.whole <- struct{}{}
	return nil
}

func (v *vectors) size() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.kept)
}

func hear[T any](t *testing.T, what string, c <-chan T) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s never came", what)
	}
}

// lines is a log that says when a line comes.
type lines struct {
	mu    sync.Mutex
	b     bytes.Buffer
	heard chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.heard <- struct{}{}:
	default: // heard already
	}
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// embedding starts an endpoint in which some words mean alike, and an embedder
// that talks to it.
func embedding(t *testing.T, change ...func(*assistant.EmbedderConfig)) (*openaitest.Server, *assistant.Embedder, *lines) {
	t.Helper()
	s := openaitest.New()
	t.Cleanup(s.Close)
	s.Synonyms([]string{"duct", "ducts", "airways"}, []string{"clean", "cleaning", "scrub"})
	log := &lines{heard: make(chan struct{}, 1)}
	c := assistant.EmbedderConfig{
		APIKey: testKey, BaseURL: s.URL(), Model: "vectors", Clock: wall{}, Logger: slog.New(slog.NewTextHandler(log, nil)),
		Query: 10 * time.Second, Rest: time.Hour,
	}
	for _, f := range change {
		f(&c)
	}
	t.Cleanup(func() {
		for _, p := range s.Problems() {
			t.Errorf("a real endpoint refuses this: %s", p)
		}
		if strings.Contains(log.String(), testKey) {
			t.Error("the key is in the log")
		}
	})
	return s, assistant.NewEmbedder(c), log
}

// runs lets an index run until the test ends.
func runs(t *testing.T, x *assistant.Index) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = x.Run(ctx) // it ends with its context
	}()
	t.Cleanup(func() {
		stop()
		hear(t, "the end of the index", done)
	})
}

// paraphrase shares no word with the passage on ducts.
const (
	paraphrase = "could somebody scrub my airways?"
	onDucts    = "Duct cleaning"
)

func search(t *testing.T, x *assistant.Index, query string) []assistant.Hit {
	t.Helper()
	hits, err := x.Search(t.Context(), query, 5)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range hits {
		if h.Confidence < 0 || h.Confidence > 1 || i > 0 && h.Score > hits[i-1].Score {
			t.Errorf("%q: hit %d is %+v", query, i, h)
		}
	}
	return hits
}

func TestMeaningFindsWhatSharesNoWord(t *testing.T) {
	l := sample(t)
	if hits := search(t, assistant.NewIndex(l), paraphrase); len(hits) != 0 {
		t.Fatalf("words find %+v", hits)
	}
	s, e, log := embedding(t)
	kept := newVectors()
	x := assistant.NewHybridIndex(l, e, kept)
	runs(t, x)
	hear(t, "the vectors", kept.whole)
	hits := search(t, x, paraphrase)
	if len(hits) == 0 || hits[0].Section.Title != onDucts {
		t.Fatalf("got %+v, want %q first", hits, onDucts)
	}
	if c := hits[0].Confidence; c < 0.5 || c >= assistant.DefaultThreshold {
		t.Errorf("confidence %v, want one that offers and does not answer", c)
	}
	for _, r := range s.Embeddings() {
		if r.Authorization != "Bearer "+testKey || r.Model != "vectors" {
			t.Errorf("asked as %q for %q", r.Authorization, r.Model)
		}
	}
	// What words are sure of stays first and as sure as it was.
	before := search(t, assistant.NewIndex(l), "how much is a tune up")
	after := search(t, x, "how much is a tune up")
	if after[0].Section != before[0].Section || after[0].Confidence != before[0].Confidence {
		t.Errorf("words alone %+v, with meaning %+v", before[0], after[0])
	}
	// Nothing that the knowledge has: no passage is worth showing.
	for _, h := range search(t, x, "capital of Peru") {
		if h.Confidence >= 0.5 {
			t.Errorf("the capital of Peru is in %+v", h)
		}
	}
	if log.String() != "" {
		t.Errorf("logged %s", log)
	}
}

// Meaning alone offers, even where a site answers at little confidence.
func TestMeaningAloneNeverAnswers(t *testing.T) {
	s, e, _ := embedding(t)
	kept := newVectors()
	x := assistant.NewHybridIndex(sample(t), e, kept)
	runs(t, x)
	hear(t, "the vectors", kept.whole)
	model := assistant.New(assistant.Config{APIKey: testKey, BaseURL: s.URL(), Index: x, Clock: wall{}})
	b := assistant.NewBuiltin(x, nil)
	const listed = "1. " + onDucts + "\n2. "
	for _, threshold := range []float64{0, 0.3, 0.95} {
		q := ask("v " + paraphrase)
		q.Site.Threshold = threshold
		got, err := b.Answer(t.Context(), q, func(string) {})
		if err != nil || got.Move != bridge.MoveAskBack || !strings.Contains(got.Text, listed) {
			t.Errorf("threshold %v: built in: %+v, %v, want a choice", threshold, got, err)
		}
		s.Script(openaitest.Text("We clean supply and return ducts with a negative-air machine."))
		got, err = model.Answer(t.Context(), q, func(string) {})
		if err != nil || got.Move != bridge.MoveAskBack || !strings.Contains(got.Text, listed) {
			t.Errorf("threshold %v: uncited: %+v, %v, want a choice", threshold, got, err)
		}
	}
	q := ask("v " + paraphrase)
	got, err := b.Answer(t.Context(), q, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	picks := ask("v "+paraphrase, "a "+got.Text, "v 1")
	asked := len(s.Embeddings())
	got, err = b.Answer(t.Context(), picks, func(string) {})
	if err != nil || got.Move != bridge.MoveAnswer || len(got.Sources) != 1 || got.Sources[0].Title != onDucts {
		t.Errorf("picked: %+v, %v", got, err)
	}
	if n := len(s.Embeddings()); n != asked {
		t.Errorf("a pick was looked up by meaning")
	}
	// Cited it answers: a model read it and names it.
	s.Script(openaitest.Answer(0.9, first, "A typical house takes four hours and costs $450."))
	got, err = model.Answer(t.Context(), q, func(string) {})
	if err != nil || got.Move != bridge.MoveAnswer || len(got.Sources) != 1 || got.Sources[0].Title != onDucts {
		t.Errorf("cited: %+v, %v", got, err)
	}
	// What stands nowhere is not guessed at.
	got, err = b.Answer(t.Context(), ask("v could somebody scrub my airways in 99999?"), func(string) {})
	if err != nil || got.Move == bridge.MoveAskBack && strings.Contains(got.Text, listed) || got.Move == bridge.MoveAnswer {
		t.Errorf("an unknown postcode: %+v, %v", got, err)
	}
}

// What words answer is answered alike with vectors, at any threshold.
func TestMeaningLeavesWhatWordsAnswer(t *testing.T) {
	l := sample(t)
	_, e, _ := embedding(t)
	kept := newVectors()
	x := assistant.NewHybridIndex(l, e, kept)
	runs(t, x)
	hear(t, "the vectors", kept.whole)
	answered := 0
	for _, line := range []string{
		"how much is a furnace tune-up?", "do you clean ducts?", "how long does cleaning a house take?", "are you on call at night?",
		"does my warranty cover a filter?", "what do pets change?", "heat pump when it is cold", "is there an emergency surcharge?",
	} {
		for _, threshold := range []float64{0, 0.2, 0.4, 0.6} {
			q := ask("v " + line)
			q.Site.Threshold = threshold
			var got [2]bridge.Answer
			for i, x := range []*assistant.Index{assistant.NewIndex(l), x} {
				a, err := assistant.NewBuiltin(x, nil).Answer(t.Context(), q, func(string) {})
				if err != nil {
					t.Fatal(err)
				}
				got[i] = a
			}
			if got[0].Move != bridge.MoveAnswer {
				continue
			}
			answered++
			if got[0].Text != got[1].Text || got[0].Confidence != got[1].Confidence {
				t.Errorf("%q at %v: by words %q (%v), with meaning %q (%v)", line, threshold, got[0].Text, got[0].Confidence, got[1].Text, got[1].Confidence)
			}
		}
	}
	if answered < 12 {
		t.Errorf("words answer %d of 32, too few to compare", answered)
	}
}

func TestVectorsAreKeptAndFollowTheLibrary(t *testing.T) {
	l := sample(t)
	s, e, _ := embedding(t)
	kept := newVectors()
	x := assistant.NewHybridIndex(l, e, kept)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = x.Run(ctx) // it ends with its context
	}()
	hear(t, "the vectors", kept.whole)
	stop()
	hear(t, "the end", done)
	before, size := len(s.Embeddings()), kept.size()

	again := assistant.NewHybridIndex(l, e, kept)
	runs(t, again)
	hear(t, "the second index", kept.whole)
	if n := len(s.Embeddings()); n != before {
		t.Errorf("%d more requests, want none for what is kept", n-before)
	}
	// Without Run, what is kept serves: one request, for the question.
	if hits := search(t, assistant.NewHybridIndex(l, e, kept), paraphrase); len(hits) == 0 || hits[0].Section.Title != onDucts {
		t.Errorf("without Run: %+v", hits)
	}
	before++
	if _, err := l.ReplaceSource(t.Context(), "s.md", []bridge.Section{{ID: "s", Source: "s.md", Title: "Snowboards", Text: "We wax snowboards."}}); err != nil {
		t.Fatal(err)
	}
	search(t, again, "snowboards")
	hear(t, "the new vectors", kept.whole)
	var asked []string
	for _, r := range s.Embeddings()[before:] {
		asked = append(asked, r.Input...)
	}
	// The question itself is asked for only where it comes before the new shelf.
	asked = slices.DeleteFunc(asked, func(s string) bool { return s == "snowboards" })
	slices.Sort(asked)
	if want := []string{"Snowboards", "Snowboards\nWe wax snowboards.", "We wax snowboards."}; !slices.Equal(slices.Compact(asked), want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
	if _, err := l.ReplaceSource(t.Context(), "s.md", nil); err != nil {
		t.Fatal(err)
	}
	search(t, again, "snowboards")
	hear(t, "the forgetting", kept.whole)
	if kept.size() != size {
		t.Errorf("%d vectors are kept, want the %d from before", kept.size(), size)
	}
}

func TestBatchesAndInputsAreBounded(t *testing.T) {
	l := &library{}
	var sections []bridge.Section
	for i := range 100 {
		name := strings.Repeat("x", i+4)
		sections = append(sections, bridge.Section{ID: name, Source: "s", Title: name, Text: strings.Repeat(name+" ", 500)})
	}
	if _, err := l.ReplaceSource(t.Context(), "s", sections); err != nil {
		t.Fatal(err)
	}
	s, e, _ := embedding(t)
	kept := newVectors()
	runs(t, assistant.NewHybridIndex(l, e, kept))
	hear(t, "the vectors", kept.whole)
	inputs := 0
	for _, r := range s.Embeddings() {
		inputs += len(r.Input)
		if len(r.Input) > 96 || slices.ContainsFunc(r.Input, func(t string) bool { return len([]rune(t)) > 2000 }) {
			t.Errorf("a request of %d inputs", len(r.Input))
		}
	}
	if inputs < 100 || inputs != kept.size() {
		t.Errorf("%d inputs, %d vectors kept", inputs, kept.size())
	}
}

// An endpoint that fails leaves search by words as it is, and one line.
func TestEmbeddingEndpointsThatFail(t *testing.T) {
	for name, reply := range map[string]openaitest.EmbedReply{
		"down":        openaitest.RefuseVectors(http.StatusInternalServerError, "boom "+testKey),
		"wrong key":   openaitest.RefuseVectors(http.StatusUnauthorized, "Incorrect API key provided: "+testKey),
		"cut":         openaitest.CutVectors,
		"slow":        openaitest.StallVectors,
		"fewer":       openaitest.FewerVectors,
		"no numbers":  openaitest.NoNumbers,
		"empty":       openaitest.EmptyVectors,
		"huge":        openaitest.HugeVectors,
		"wrong sizes": openaitest.ShortVectors,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := sample(t)
			s, good, _ := embedding(t)
			kept := newVectors()
			runs(t, assistant.NewHybridIndex(l, good, kept))
			hear(t, "the vectors", kept.whole)
			s.Embed(reply)
			_, bad, log := embedding(t, func(c *assistant.EmbedderConfig) {
				c.BaseURL = s.URL()
				c.Query, c.Batch = 50*time.Millisecond, 50*time.Millisecond
				if name != "slow" {
					c.Query, c.Batch = 10*time.Second, 10*time.Second
				}
			})
			if name != "wrong sizes" {
				// Nothing is kept, so that the batches fail too.
				x := assistant.NewHybridIndex(l, bad, newVectors())
				runs(t, x)
				hear(t, "the line", log.heard)
				if hits := search(t, x, "how much is a tune up"); len(hits) == 0 || hits[0].Section.Title != "Furnaces › Tune-up" {
					t.Errorf("without vectors: %+v", hits)
				}
			}
			x := assistant.NewHybridIndex(l, bad, kept)
			asked := len(s.Embeddings())
			for range 8 {
				if hits := search(t, x, "how much is a tune up"); len(hits) == 0 || hits[0].Section.Title != "Furnaces › Tune-up" {
					t.Errorf("without a question's vector: %+v", hits)
				}
			}
			if n := strings.Count(log.String(), "\n"); n != 1 {
				t.Errorf("%d lines in the log, want one:\n%s", n, log)
			}
			if n := len(s.Embeddings()) - asked; name != "wrong sizes" && n != 5 {
				t.Errorf("%d requests for 8 questions, want 5 and then a rest", n)
			}
		})
	}
}

// A batch that failed is asked for again.
func TestVectorsComeOnceTheEndpointWorks(t *testing.T) {
	s, e, log := embedding(t, func(c *assistant.EmbedderConfig) { c.Rest = time.Millisecond })
	s.Embed(openaitest.RefuseVectors(http.StatusServiceUnavailable, "later"))
	kept := newVectors()
	x := assistant.NewHybridIndex(sample(t), e, kept)
	runs(t, x)
	hear(t, "the line", log.heard)
	s.Embed(nil)
	hear(t, "the vectors", kept.whole)
	if hits := search(t, x, paraphrase); len(hits) == 0 || hits[0].Section.Title != onDucts {
		t.Errorf("got %+v", hits)
	}
}

// New sections are found by words while a request for vectors hangs.
func TestVectorsHoldNothingUp(t *testing.T) {
	l := sample(t)
	s, e, _ := embedding(t)
	waiting := make(chan struct{}, 1)
	s.Embed(func(w http.ResponseWriter, r *http.Request, right [][]float64) {
		select {
		case waiting <- struct{}{}:
		default: // it is known
		}
		openaitest.StallVectors(w, r, right)
	})
	x := assistant.NewHybridIndex(l, e, newVectors())
	runs(t, x)
	hear(t, "the request", waiting)
	if _, err := l.ReplaceSource(t.Context(), "s.md", []bridge.Section{{ID: "s", Source: "s.md", Title: "Snowboards", Text: "We wax snowboards."}}); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(20 * time.Second)
	for len(search(t, x, "snowboards")) == 0 {
		select {
		case <-deadline:
			t.Fatal("the new section is never found")
		default:
		}
	}
}
