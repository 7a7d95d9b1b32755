package assistant

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"threadline/bridge"
)

// ErrUnsupported: neither Markdown, nor a FAQ table, nor a directory.
var ErrUnsupported = errors.New("only Markdown (.md, .markdown), FAQ tables (.tsv, .csv) and directories of Markdown can be imported")

// maxSource bounds one document, in bytes.
const maxSource = 4 << 20

// Report counts the sources of an import by what became of them.
type Report struct {
	Added, Changed, Removed, Unchanged int
	// Failed pages keep what they had.
	Failed int
	// Sections is how many sections the imported sources have now.
	Sections int
}

// String says it for a person.
func (r Report) String() string {
	s := fmt.Sprintf("%d added, %d changed, %d removed, %d unchanged (%d sections)",
		r.Added, r.Changed, r.Removed, r.Unchanged, r.Sections)
	if r.Failed > 0 {
		s += fmt.Sprintf("; %d could not be read and are as they were", r.Failed)
	}
	return s
}

// Import imports a file or a directory; addresses are [Web.Import]'s. Another
// kind of file gives [ErrUnsupported].
func Import(ctx context.Context, lib bridge.Library, where string) (Report, error) {
	if strings.Contains(where, "://") {
		return Report{}, fmt.Errorf("import %s: %w", where, ErrUnsupported)
	}
	info, err := os.Stat(where)
	if err != nil {
		return Report{}, fmt.Errorf("import: %w", err)
	}
	if info.IsDir() {
		return ImportDir(ctx, lib, where)
	}
	return ImportFile(ctx, lib, where)
}

// ImportFile imports one Markdown file or FAQ table under its absolute path.
func ImportFile(ctx context.Context, lib bridge.Library, file string) (Report, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return Report{}, fmt.Errorf("import: %w", err)
	}
	table := isTable(file)
	if !table && !isMarkdown(file) {
		return Report{}, fmt.Errorf("import %s: %w", file, ErrUnsupported)
	}
	dir, name := filepath.Split(abs)
	src, err := readSource(os.DirFS(dir), name)
	if err != nil {
		return Report{}, fmt.Errorf("import: %w", err)
	}
	source := filepath.ToSlash(abs)
	var sections []bridge.Section
	if table {
		entries, err := ParseFAQ(file, src)
		if err == nil {
			sections, err = faqSections(source, entries)
		}
		if err != nil {
			return Report{}, fmt.Errorf("import %w", err)
		}
	} else {
		sections = ParseMarkdown(source, src)
	}
	return replace(ctx, lib, map[string][]bridge.Section{source: sections}, "")
}

func isTable(p string) bool {
	switch strings.ToLower(path.Ext(filepath.ToSlash(p))) {
	case ".tsv", ".csv":
		return true
	}
	return false
}

// ImportDir imports every Markdown file under dir and removes the sources that
// came from it and are gone. Unchanged files leave the library as it is.
func ImportDir(ctx context.Context, lib bridge.Library, dir string) (Report, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Report{}, fmt.Errorf("import: %w", err)
	}
	return ImportFS(ctx, lib, os.DirFS(abs), filepath.ToSlash(abs))
}

// ImportFS is [ImportDir] for a file system; its sources are named
// prefix/path. Hidden files and directories are passed over.
func ImportFS(ctx context.Context, lib bridge.Library, fsys fs.FS, prefix string) (Report, error) {
	prefix = strings.TrimSuffix(prefix, "/") + "/"
	docs, err := markdownTree(ctx, fsys, prefix)
	if err != nil {
		return Report{}, fmt.Errorf("import %s: %w", prefix, err)
	}
	return replace(ctx, lib, docs, prefix)
}

// markdownTree parses every Markdown file.
func markdownTree(ctx context.Context, fsys fs.FS, prefix string) (map[string][]bridge.Section, error) {
	docs := map[string][]bridge.Section{}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if p != "." && strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() || !isMarkdown(p) {
			return ctx.Err()
		}
		src, err := readSource(fsys, p)
		if err != nil {
			return err
		}
		docs[prefix+p] = ParseMarkdown(prefix+p, src)
		return nil
	})
	return docs, err
}

func isMarkdown(p string) bool {
	switch strings.ToLower(path.Ext(filepath.ToSlash(p))) {
	case ".md", ".markdown":
		return true
	}
	return false
}

func readSource(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSource {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxSource)
	}
	return fs.ReadFile(fsys, name)
}

// replace brings the library to the documents; with a prefix, sources under it
// that are not among them are removed.
func replace(ctx context.Context, lib bridge.Library, docs map[string][]bridge.Section, prefix string) (Report, error) {
	old, err := lib.Sections(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("import: %w", err)
	}
	had := map[string][]bridge.Section{}
	for _, s := range old {
		had[s.Source] = append(had[s.Source], s)
	}
	sources := make([]string, 0, len(docs))
	for s := range docs {
		sources = append(sources, s)
	}
	if prefix != "" {
		for s := range had {
			if _, still := docs[s]; !still && strings.HasPrefix(s, prefix) {
				sources = append(sources, s)
			}
		}
	}
	sort.Strings(sources)
	var r Report
	for _, source := range sources {
		sections := docs[source]
		r.Sections += len(sections)
		before := had[source]
		if same(before, sections) {
			if len(sections) > 0 {
				r.Unchanged++
			}
			continue
		}
		if _, err := lib.ReplaceSource(ctx, source, sections); err != nil {
			return r, fmt.Errorf("import %s: %w", source, err)
		}
		switch {
		case len(before) == 0:
			r.Added++
		case len(sections) == 0:
			r.Removed++
		default:
			r.Changed++
		}
	}
	return r, nil
}

func same(a, b []bridge.Section) bool {
	byID := func(x, y bridge.Section) int { return strings.Compare(x.ID, y.ID) }
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, byID)
	slices.SortFunc(b, byID)
	return slices.Equal(a, b)
}
