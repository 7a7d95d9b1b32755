package assistant_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/bridge/assistant"
	"threadline/bridge/assistant/openaitest"
)

// refusing answers as a smaller endpoint does: 413 to what refused says.
func refusing(s *openaitest.Server, refused func(texts []string) bool) openaitest.EmbedReply {
	return func(w http.ResponseWriter, r *http.Request, right [][]float64) {
		asked := s.Embeddings()
		// One request runs at a time, so the newest is this one.
		if texts := asked[len(asked)-1].Input; refused(texts) {
			openaitest.RefuseVectors(http.StatusRequestEntityTooLarge, "cannot take "+texts[0]+" with "+testKey)(w, r, right)
			return
		}
		openaitest.Vectors(w, r, right)
	}
}

// stock is a library of n sections, and how many texts of it have a vector.
func stock(t *testing.T, n int) (*library, int) {
	t.Helper()
	l := &library{}
	var sections []bridge.Section
	for i := range n {
		id := fmt.Sprintf("s%03d", i)
		sections = append(sections, bridge.Section{ID: id, Source: "s", Title: "Article " + id, Text: "What article " + id + " says."})
	}
	sections[n/2] = bridge.Section{ID: "ducts", Source: "s", Title: onDucts, Text: "A truck comes, and the men take all of it away."}
	if _, err := l.ReplaceSource(t.Context(), "s", sections); err != nil {
		t.Fatal(err)
	}
	_, e, _ := embedding(t)
	kept := newVectors()
	runs(t, assistant.NewHybridIndex(l, e, kept))
	hear(t, "all vectors", kept.whole)
	return l, kept.size()
}

// An endpoint that takes fewer texts at once than are sent gets fewer.
func TestVectorsComeInSmallerBatches(t *testing.T) {
	l, texts := stock(t, 150)
	s, e, log := embedding(t)
	s.Embed(refusing(s, func(texts []string) bool { return len(texts) > 32 }))
	kept := newVectors()
	x := assistant.NewHybridIndex(l, e, kept)
	runs(t, x)
	hear(t, "the vectors", kept.whole)
	if kept.size() != texts {
		t.Errorf("%d vectors are kept, want all %d", kept.size(), texts)
	}
	if hits := search(t, x, paraphrase); len(hits) == 0 || hits[0].Section.Title != onDucts {
		t.Errorf("got %+v", hits)
	}
	if log.String() != "" {
		t.Errorf("logged %s", log)
	}
	if err := e.Check(t.Context()); err != nil {
		t.Errorf("the check: %v", err)
	}
}

// A text that an endpoint refuses stays without a vector, and is alone in that.
func TestATextThatIsRefusedHoldsNoOtherUp(t *testing.T) {
	const secret = "article s003 says"
	l, texts := stock(t, 150)
	s, e, log := embedding(t)
	refused := func(texts []string) bool {
		return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(t, secret) })
	}
	s.Embed(refusing(s, refused))
	kept := newVectors()
	x := assistant.NewHybridIndex(l, e, kept)
	runs(t, x)
	hear(t, "the vectors", kept.whole)
	// The section's whole text, and its text without the title.
	if want := texts - 2; kept.size() != want {
		t.Errorf("%d vectors are kept, want %d", kept.size(), want)
	}
	if hits := search(t, x, paraphrase); len(hits) == 0 || hits[0].Section.Title != onDucts {
		t.Errorf("got %+v", hits)
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "texts=2") || strings.Contains(got, secret) {
		t.Errorf("logged %q, want one line that does not quote the text", got)
	}
	// It is not asked for again while the process runs.
	before := len(s.Embeddings())
	if _, err := l.ReplaceSource(t.Context(), "s.md", []bridge.Section{{ID: "s", Source: "s.md", Title: "Snowboards", Text: "We wax snowboards."}}); err != nil {
		t.Fatal(err)
	}
	search(t, x, "snowboards")
	hear(t, "the new vectors", kept.whole)
	for _, r := range s.Embeddings()[before:] {
		if refused(r.Input) {
			t.Error("the refused text is asked for again")
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines in the log:\n%s", n, log)
	}
}

// An endpoint that refuses everything is at fault itself: no text is given up,
// and few requests are spent on it.
func TestAnEndpointThatRefusesAllGivesUpNoText(t *testing.T) {
	l, texts := stock(t, 150)
	again := make(chan struct{}, 1)
	var mended atomic.Bool
	s, e, log := embedding(t, func(c *assistant.EmbedderConfig) { c.Rest = time.Millisecond })
	s.Embed(func(w http.ResponseWriter, r *http.Request, right [][]float64) {
		if mended.Load() && len(right) == 96 {
			s.Embed(nil) // from a whole batch on, not between a text and its check
			openaitest.Vectors(w, r, right)
			return
		}
		if len(s.Embeddings()) > 20 {
			select {
			case again <- struct{}{}:
			default: // it is known
			}
		}
		openaitest.RefuseVectors(http.StatusBadRequest, "no such model")(w, r, right)
	})
	kept := newVectors()
	runs(t, assistant.NewHybridIndex(l, e, kept))
	hear(t, "the line", log.heard)
	hear(t, "a third try", again)
	first := s.Embeddings()[0].Input
	tried := 0
	for _, r := range s.Embeddings() {
		if slices.Equal(r.Input, first) {
			tried++
		}
	}
	if tried < 2 {
		t.Errorf("the first batch was asked for %d times in 20 requests", tried)
	}
	mended.Store(true)
	hear(t, "the vectors", kept.whole)
	if kept.size() != texts {
		t.Errorf("%d vectors are kept, want all %d", kept.size(), texts)
	}
}

// What is no refusal is asked for again as it was.
func TestAFailedBatchIsAskedForAgainWhole(t *testing.T) {
	for _, status := range []int{http.StatusInternalServerError, http.StatusTooManyRequests, http.StatusUnauthorized, http.StatusNotFound} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			l, texts := stock(t, 150)
			often := make(chan struct{}, 1)
			s, e, _ := embedding(t, func(c *assistant.EmbedderConfig) { c.Rest = time.Millisecond })
			s.Embed(func(w http.ResponseWriter, r *http.Request, right [][]float64) {
				if len(s.Embeddings()) == 4 {
					often <- struct{}{}
				}
				openaitest.RefuseVectors(status, "no")(w, r, right)
			})
			kept := newVectors()
			runs(t, assistant.NewHybridIndex(l, e, kept))
			hear(t, "the fourth try", often)
			asked := s.Embeddings()
			for i, r := range asked {
				if !slices.Equal(r.Input, asked[0].Input) || len(r.Input) != 96 {
					t.Errorf("request %d has %d texts that differ from the first's %d", i, len(r.Input), len(asked[0].Input))
				}
			}
			s.Embed(nil)
			hear(t, "the vectors", kept.whole)
			if kept.size() != texts {
				t.Errorf("%d vectors are kept, want all %d", kept.size(), texts)
			}
		})
	}
}

// A check asks for as much at once as the knowledge does.
func TestACheckAsksForABatch(t *testing.T) {
	s, e, _ := embedding(t)
	s.Embed(func(w http.ResponseWriter, r *http.Request, right [][]float64) {
		if len(right) > 1 {
			openaitest.RefuseVectors(http.StatusInternalServerError, "out of memory "+testKey)(w, r, right)
			return
		}
		openaitest.Vectors(w, r, right)
	})
	if err := e.Check(t.Context()); err == nil || strings.Contains(err.Error(), testKey) {
		t.Errorf("got %v, want the endpoint's words without the key", err)
	}
	s.Embed(openaitest.RefuseVectors(http.StatusBadRequest, "no such model"))
	if err := e.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "no such model") {
		t.Errorf("got %v of an endpoint that refuses everything", err)
	}
	s.Embed(nil)
	if err := e.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
