package assistant

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"threadline/bridge"
)

// Offline is knowledge read from disk into memory, to be measured or tried
// without a database.
type Offline struct {
	*Index
	articles map[bridge.Section]string
}

// OpenOffline reads a directory of Markdown, whose articles are named by their
// paths within it, or a FAQ table, whose articles are its ids; its answers may
// be missing.
func OpenOffline(ctx context.Context, where string) (*Offline, error) {
	info, err := os.Stat(where)
	if err != nil {
		return nil, fmt.Errorf("read the knowledge: %w", err)
	}
	o := &Offline{articles: map[bridge.Section]string{}}
	var sections []bridge.Section
	if info.IsDir() {
		docs, err := markdownTree(ctx, os.DirFS(where), "")
		if err != nil {
			return nil, fmt.Errorf("read the knowledge: %w", err)
		}
		for _, name := range slices.Sorted(maps.Keys(docs)) {
			for _, s := range docs[name] {
				o.articles[s] = name
				sections = append(sections, s)
			}
		}
		if len(sections) == 0 {
			return nil, fmt.Errorf("read the knowledge: %s has no Markdown (.md, .markdown) with text in it", where)
		}
	} else {
		src, err := readSource(os.DirFS(filepath.Dir(where)), filepath.Base(where))
		if err != nil {
			return nil, fmt.Errorf("read the knowledge: %w", err)
		}
		entries, err := ParseFAQ(where, src)
		if err != nil {
			return nil, fmt.Errorf("read the knowledge: %w", err)
		}
		if len(entries) == 0 {
			return nil, fmt.Errorf("read the knowledge: %s: %w: it has no rows", where, ErrTable)
		}
		for _, e := range entries {
			s := e.Section(where)
			o.articles[s] = e.ID
			sections = append(sections, s)
		}
	}
	o.Index = NewIndex(fixed(sections))
	return o, nil
}

// Article names the article that a section belongs to.
func (o *Offline) Article(s bridge.Section) string { return o.articles[s] }

// Articles are all their names.
func (o *Offline) Articles() map[string]bool {
	names := map[string]bool{}
	for _, n := range o.articles {
		names[n] = true
	}
	return names
}

// fixed is a library that never changes.
type fixed []bridge.Section

func (f fixed) Sections(context.Context) ([]bridge.Section, error) { return f, nil }
func (f fixed) Edition(context.Context) (int64, error)             { return 1, nil }
func (f fixed) ReplaceSource(context.Context, string, []bridge.Section) (bool, error) {
	return false, fmt.Errorf("this knowledge cannot be changed: %w", bridge.ErrUnavailable)
}

// Traits are what the confidence in the best answer to a question rests on, by
// name, and that answer's article. They are nil where no known question is
// near; prose has none.
func (o *Offline) Traits(ctx context.Context, question string) (map[string]float64, string, error) {
	s, err := o.current(ctx)
	if err != nil || s.known == nil {
		return nil, "", err
	}
	m := s.known.match(plainWords(clip(question, maxQuery)), -1, -1, s.known.linear)
	if len(m.order) == 0 {
		return nil, "", nil
	}
	return s.known.traits(question, m), o.Article(s.sections[s.answers[m.order[0]]]), nil
}

// Weighed names the traits that confidence weighs.
func Weighed() []string { return slices.Sorted(maps.Keys(fitted())) }
