package assistant_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"threadline/bridge"
	"threadline/bridge/assistant"
)

// library keeps knowledge in memory and counts how often it is read.
type library struct {
	mu      sync.Mutex
	sources map[string][]bridge.Section
	edition int64
	reads   int
	fail    error
}

func (l *library) ReplaceSource(_ context.Context, source string, sections []bridge.Section) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return false, l.fail
	}
	if l.sources == nil {
		l.sources = map[string][]bridge.Section{}
	}
	l.edition++
	if len(sections) == 0 {
		delete(l.sources, source)
	} else {
		l.sources[source] = sections
	}
	return true, nil
}

func (l *library) Sections(context.Context) ([]bridge.Section, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	var all []bridge.Section
	for _, source := range slices.Sorted(maps.Keys(l.sources)) {
		all = append(all, l.sources[source]...)
	}
	return all, l.fail
}

func (l *library) Edition(context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.edition, l.fail
}

// sample is the sample knowledge.
func sample(t testing.TB) *library {
	t.Helper()
	l := &library{}
	if _, err := assistant.ImportDir(t.Context(), l, "testdata/knowledge"); err != nil {
		t.Fatal(err)
	}
	return l
}

func site() bridge.Site {
	s := bridge.DefaultSite()
	s.Name = "Hearthline"
	return s
}

// ask makes a question of lines: "v " the visitor's, "a " the assistant's.
func ask(lines ...string) bridge.Question {
	q := bridge.Question{Site: site()}
	for i, l := range lines {
		kind := bridge.ByVisitor
		if l[:2] == "a " {
			kind = bridge.ByAssistant
		}
		q.Transcript = append(q.Transcript, bridge.Message{Seq: int64(i + 1), Author: bridge.Author{Kind: kind}, Text: l[2:]})
	}
	return q
}
