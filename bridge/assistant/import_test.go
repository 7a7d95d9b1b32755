package assistant_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"threadline/bridge/assistant"
)

func TestParseMarkdown(t *testing.T) {
	src := "\ufeff---\r\nurl: https://x.example/a\r\ntitle: ignored\r\n---\r\n" +
		"Before any heading.\n\n# One *two*\n\nFirst [link](https://x.example/b) line\nwraps.\n\n- a\n- b\n  - c\n\n" +
		"## Sub\n\n| p | q |\n|---|---|\n| 1 | 2 |\n\n<script>alert(1)</script>\n\n### Deep\n\n> quoted\n\n```\ncode\n```\n\n## Empty\n\n# Two\n\nEnd.\n"
	got := assistant.ParseMarkdown("docs/a.md", []byte(src))
	want := []struct{ title, text string }{
		{"ignored", "Before any heading."},
		{"One two", "First link (https://x.example/b) line wraps.\n\n- a\n- b\n  - c"},
		{"One two › Sub", "- p | q\n- 1 | 2"},
		{"One two › Sub › Deep", "quoted\n\ncode"},
		{"Two", "End."},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d sections %+v, want %d", len(got), got, len(want))
	}
	ids := map[string]bool{}
	for i, s := range got {
		if s.Title != want[i].title || s.Text != want[i].text || s.URL != "https://x.example/a" || s.Source != "docs/a.md" {
			t.Errorf("section %d = %+v, want %+v", i, s, want[i])
		}
		ids[s.ID] = true
	}
	if len(ids) != len(want) {
		t.Errorf("ids are not distinct: %v", ids)
	}
	if s := assistant.ParseMarkdown("docs/tips.md", []byte("Only text.")); len(s) != 1 || s[0].Title != "tips" || s[0].URL != "" {
		t.Errorf("got %+v, want one section named by its file", s)
	}
	if s := assistant.ParseMarkdown("e.md", nil); len(s) != 0 {
		t.Errorf("an empty document gave %+v", s)
	}
}

func TestParseMarkdownSplitsLongSections(t *testing.T) {
	para := strings.Repeat("Wörter und mehr davon. ", 20)
	src := "# Long\n\n" + strings.Repeat(para+"\n\n", 10) + strings.Repeat("x", 5000)
	got := assistant.ParseMarkdown("l.md", []byte(src))
	if len(got) < 5 {
		t.Fatalf("got %d sections, want it split", len(got))
	}
	total := 0
	for _, s := range got {
		n := utf8.RuneCountInString(s.Text)
		total += n
		if n > 1200 || !utf8.ValidString(s.Text) || s.Title != "Long" {
			t.Errorf("section of %d code points titled %q", n, s.Title)
		}
	}
	if total < 5000+10*400 {
		t.Errorf("%d code points are left, some were lost", total)
	}
}

func TestImportDirChangesOnlyWhatChanged(t *testing.T) {
	dir := t.TempDir()
	write := func(name, s string) {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l := &library{}
	other := fstest.MapFS{"z.md": {Data: []byte("# Z\n\nz")}}
	if _, err := assistant.ImportFS(t.Context(), l, other, "elsewhere"); err != nil {
		t.Fatal(err)
	}
	imports := func(want assistant.Report) {
		t.Helper()
		got, err := assistant.Import(t.Context(), l, dir)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	write("a.md", "# A\n\none\n\n## B\n\ntwo")
	write("sub/b.markdown", "# B\n\ntwo")
	write(".hidden.md", "# H\n\nhidden")
	write(".git/c.md", "# C\n\nhidden")
	write("notes.txt", "not ours")
	imports(assistant.Report{Added: 2, Sections: 3})
	edition := l.edition
	imports(assistant.Report{Unchanged: 2, Sections: 3})
	if l.edition != edition {
		t.Error("importing the same files again changed the library")
	}
	write("a.md", "# A\n\nother")
	imports(assistant.Report{Changed: 1, Unchanged: 1, Sections: 2})
	if err := os.Remove(filepath.Join(dir, "sub", "b.markdown")); err != nil {
		t.Fatal(err)
	}
	imports(assistant.Report{Removed: 1, Unchanged: 1, Sections: 1})
	if len(l.sources) != 2 {
		t.Errorf("sources %v, want a.md and the one of elsewhere", l.sources)
	}
}

func TestImportFile(t *testing.T) {
	l := &library{}
	r, err := assistant.Import(t.Context(), l, "testdata/knowledge/warranty.md")
	if err != nil || r != (assistant.Report{Added: 1, Sections: 2}) {
		t.Errorf("got %+v, %v", r, err)
	}
	dir := t.TempDir()
	txt := filepath.Join(dir, "a.html")
	if err := os.WriteFile(txt, []byte("<p>x</p>"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, where := range []string{"https://x.example/faq", txt} {
		if _, err := assistant.Import(t.Context(), l, where); !errors.Is(err, assistant.ErrUnsupported) {
			t.Errorf("import %s: %v, want ErrUnsupported", where, err)
		}
	}
	if _, err := assistant.Import(t.Context(), l, filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
	big := filepath.Join(dir, "big.md")
	if err := os.WriteFile(big, make([]byte, 5<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.md"), []byte("# A\n\none"), 0o644); err != nil {
		t.Fatal(err)
	}
	edition := l.edition
	for _, where := range []string{big, dir} {
		if _, err := assistant.Import(t.Context(), l, where); err == nil || !strings.Contains(err.Error(), "big.md: larger than 4194304 bytes") {
			t.Errorf("import %s: %v, want it to name the file of 5 MiB", where, err)
		}
	}
	if l.edition != edition {
		t.Error("half of a directory was imported")
	}
}

func FuzzParseMarkdown(f *testing.F) {
	f.Add([]byte("---\nurl: x\n---\n# a\n\n- b\n\n| c |\n|---|\n| d |\n"))
	f.Add([]byte("# \n\n###### x\n\n[a](b \"c\")\n\n> - 1. x"))
	f.Fuzz(func(t *testing.T, src []byte) {
		ids := map[string]bool{}
		for _, s := range assistant.ParseMarkdown("f.md", src) {
			if s.Title == "" || strings.TrimSpace(s.Text) == "" || ids[s.ID] || !utf8.ValidString(s.Text+s.Title) || utf8.RuneCountInString(s.Text) > 1200 {
				t.Errorf("section %+v of %q", s, src)
			}
			ids[s.ID] = true
		}
	})
}
