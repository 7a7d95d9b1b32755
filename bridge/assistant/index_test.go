package assistant_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/bridge/assistant"
)

func TestIndexSearch(t *testing.T) {
	x := assistant.NewIndex(sample(t))
	for query, want := range map[string]string{
		"how much is a tune up":               "Furnaces › Tune-up",
		"furnance tuneing":                    "Furnaces › Tune-up",
		"do you come to 60657":                "Where we work › ZIP codes",
		"emergency surcharge":                 "Emergencies › Emergency visits",
		"how often are ducts cleaned":         "Duct cleaning › How often",
		"what does a new heat pump cost":      "Heat pumps › What a new one costs",
		"ductless heatpumps heat pumps brand": "Heat pumps",
	} {
		hits, err := x.Search(t.Context(), query, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(hits) == 0 || hits[0].Section.Title != want {
			t.Errorf("Search(%q) = %+v, want %q first", query, hits, want)
		}
		for i, h := range hits {
			if h.Confidence < 0 || h.Confidence > 1 || i > 0 && h.Score > hits[i-1].Score {
				t.Errorf("Search(%q) hit %d: %+v", query, i, h)
			}
		}
	}
	for _, query := range []string{"", "the and of", "capital of Peru", "🙂"} {
		if hits, err := x.Search(t.Context(), query, 3); err != nil || len(hits) != 0 {
			t.Errorf("Search(%q) = %+v, %v, want nothing", query, hits, err)
		}
	}
	if hits, err := x.Search(t.Context(), "heat pumps", 0); err != nil || len(hits) != 0 {
		t.Errorf("k = 0 gave %+v, %v", hits, err)
	}
}

func TestIndexNumbersAreExact(t *testing.T) {
	x := assistant.NewIndex(sample(t))
	in, err := x.Search(t.Context(), "60614", 1)
	if err != nil || len(in) != 1 || in[0].Confidence < assistant.DefaultThreshold {
		t.Errorf("60614: %+v, %v, want a confident hit", in, err)
	}
	out, err := x.Search(t.Context(), "service heat pumps in 60615", 1)
	if err != nil || len(out) == 1 && out[0].Confidence >= assistant.DefaultThreshold {
		t.Errorf("60615: %+v, %v, want no confident hit", out, err)
	}
}

func TestIndexFollowsTheLibrary(t *testing.T) {
	l := sample(t)
	x := assistant.NewIndex(l)
	for range 5 {
		if _, err := x.Search(t.Context(), "snowboards", 1); err != nil {
			t.Fatal(err)
		}
	}
	before := l.reads
	if before != 2 { // one by the import, one by the index
		t.Errorf("the library was read %d times, want 2", before)
	}
	if _, err := l.ReplaceSource(t.Context(), "s.md", []bridge.Section{{ID: "s", Source: "s.md", Title: "Snowboards", Text: "We wax snowboards."}}); err != nil {
		t.Fatal(err)
	}
	if hits, err := x.Search(t.Context(), "snowboards", 1); err != nil || len(hits) != 1 {
		t.Errorf("got %+v, %v, want the section added", hits, err)
	}
	if _, err := l.ReplaceSource(t.Context(), "s.md", nil); err != nil {
		t.Fatal(err)
	}
	if hits, err := x.Search(t.Context(), "snowboards", 1); err != nil || len(hits) != 0 {
		t.Errorf("got %+v, %v, want nothing", hits, err)
	}
}

func TestIndexConcurrentUse(t *testing.T) {
	l := sample(t)
	x := assistant.NewIndex(l)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				if i == 0 {
					_, err := l.ReplaceSource(t.Context(), "s.md", []bridge.Section{{ID: "s", Source: "s.md", Title: "Snow", Text: string(rune('a' + j))}})
					if err != nil {
						t.Error(err)
					}
				}
				if hits, err := x.Search(t.Context(), "tune-up", 1); err != nil || len(hits) != 1 {
					t.Errorf("got %v, %v", hits, err)
				}
			}
		})
	}
	wg.Wait()
}

// slowLibrary holds every reading of the sections until it is let go.
type slowLibrary struct {
	*library
	reading chan struct{}
	goOn    chan struct{}
}

func (l *slowLibrary) Sections(ctx context.Context) ([]bridge.Section, error) {
	select {
	case l.reading <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case <-l.goOn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return l.library.Sections(ctx)
}

func TestIndexSearchesOnWhileItReads(t *testing.T) {
	l := &slowLibrary{sample(t), make(chan struct{}), make(chan struct{})}
	x := assistant.NewIndex(l)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx) }()
	<-l.reading
	l.goOn <- struct{}{}
	search := func(want int) bool {
		t.Helper()
		hits, err := x.Search(t.Context(), "snowboards", 1)
		if err != nil {
			t.Fatal(err)
		}
		return len(hits) == want
	}
	// The first search may still wait for the first reading; then it is there.
	if !search(0) {
		t.Error("found what is not there")
	}
	if _, err := l.ReplaceSource(t.Context(), "s.md", []bridge.Section{{ID: "s", Source: "s.md", Title: "Snowboards", Text: "We wax snowboards."}}); err != nil {
		t.Fatal(err)
	}
	if !search(0) {
		t.Error("the search waited for the new edition")
	}
	<-l.reading // it is being read, and not let go
	if !search(0) {
		t.Error("the search waited for the new edition")
	}
	l.goOn <- struct{}{}
	deadline := time.After(10 * time.Second)
	for !search(1) {
		select {
		case <-deadline:
			t.Fatal("the new edition was never found")
		default:
		}
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run ended with %v", err)
	}
}
