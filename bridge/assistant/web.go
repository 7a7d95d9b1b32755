package assistant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"threadline/bridge"
)

// Agent is how imports introduce themselves to web servers.
const Agent = "threadline"

// Errors of an import from the web.
var (
	// ErrTooLarge: a page is larger than the cap; reading stopped there.
	ErrTooLarge = errors.New("larger than the cap")
	// ErrForbidden: the host's robots.txt asks not to fetch it.
	ErrForbidden = errors.New("its robots.txt asks not to fetch it")
	// ErrNoContent: there is nothing in it that could be knowledge.
	ErrNoContent = errors.New("there is no text in it")
)

// Notes keeps what an import must remember: which version of a page it has
// seen, and which pages a sitemap had.
type Notes interface {
	Mark(ctx context.Context, name string) (string, error)
	SetMark(ctx context.Context, name, value string) error
}

// Shelf is where an import puts knowledge and its notes.
type Shelf interface {
	bridge.Library
	Notes
}

// Web imports pages and sitemaps, one request at a time. Zero fields take the
// defaults.
type Web struct {
	Clock bridge.Clock
	// Private names hosts that may be reached though they are not public.
	Private []string
	// Pause between two requests; 500 ms, or what robots.txt asks for.
	Pause time.Duration
	// MaxPages of a sitemap are read, 500; MaxBytes of one page, 4 MiB.
	MaxPages int
	MaxBytes int64
	// Tell hears of progress, a line at a time; nil for nobody.
	Tell func(line string)
}

const (
	maxRedirects = 5
	maxRobots    = 512 << 10
	maxSitemaps  = 50 // sitemaps that one index may lead to
	requestTime  = 30 * time.Second
)

// Import imports a page, or every page of a sitemap or an index of sitemaps
// that lies on the same host. Pages that have not changed since are not fetched
// whole again; pages that are gone, or no longer in the sitemap, vanish. A page
// that fails keeps what it had. Nothing changes unless the whole sitemap could
// be read.
func (w Web) Import(ctx context.Context, shelf Shelf, where string) (Report, error) {
	at, err := url.Parse(where)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return Report{}, fmt.Errorf("import %s: only http and https addresses can be fetched", where)
	}
	if at.User != nil {
		return Report{}, errors.New("import: an address with a password in it is not fetched")
	}
	at.Fragment = ""
	w = w.orDefaults()
	v := &visit{Web: w, shelf: shelf, client: guardedClient(w.Private), robots: map[string]robots{}, docs: map[string][]bridge.Section{}, pages: map[string]pageNote{}}
	defer v.client.CloseIdleConnections()
	r, err := v.all(ctx, at)
	if err != nil {
		return r, fmt.Errorf("import %s: %w", where, err)
	}
	return r, nil
}

func (w Web) orDefaults() Web {
	if w.Pause <= 0 {
		w.Pause = 500 * time.Millisecond
	}
	if w.MaxPages <= 0 {
		w.MaxPages = 500
	}
	if w.MaxBytes <= 0 {
		w.MaxBytes = maxSource
	}
	if w.Tell == nil {
		w.Tell = func(string) {}
	}
	return w
}

// visit is one import.
type visit struct {
	Web
	shelf  Shelf
	client *http.Client
	robots map[string]robots // by scheme and host
	asked  bool              // a request was made: the next one waits
	docs   map[string][]bridge.Section
	pages  map[string]pageNote
	kept   int // pages that are as they were
	failed []string
}

// pageNote is what is remembered of a page.
type pageNote struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
	// Listed is the sitemap's own date of the last change.
	Listed string `json:"listed,omitempty"`
}

func pageMark(u string) string { return "page:" + u }

// all fetches the address and, if it is a sitemap, what it lists.
func (v *visit) all(ctx context.Context, at *url.URL) (Report, error) {
	old, err := v.shelf.Sections(ctx)
	if err != nil {
		return Report{}, err
	}
	had := map[string]bool{}
	for _, s := range old {
		had[s.Source] = true
	}
	got, err := v.fetch(ctx, at, v.note(ctx, at.String(), had))
	if err != nil {
		if errors.Is(err, errGone) && had[at.String()] {
			v.docs[at.String()] = nil
			return v.keep(ctx, "", nil)
		}
		return Report{}, err
	}
	if got.unchanged {
		v.kept++
		return v.keep(ctx, "", nil)
	}
	listed, isMap, err := v.sitemap(ctx, got)
	switch {
	case err != nil:
		return Report{}, err
	case !isMap:
		if err := v.page(at.String(), got, ""); err != nil {
			return Report{}, err
		}
		return v.keep(ctx, "", nil)
	case len(listed) == 0:
		return Report{}, fmt.Errorf("the sitemap lists no page of %s: %w", at.Host, ErrNoContent)
	}
	if len(listed) > v.MaxPages {
		v.Tell(fmt.Sprintf("the sitemap lists %d pages; the first %d are read", len(listed), v.MaxPages))
		listed = listed[:v.MaxPages]
	}
	for i, l := range listed {
		v.Tell(fmt.Sprintf("%d/%d %s", i+1, len(listed), l.at))
		if err := v.listed(ctx, l, had); err != nil {
			return Report{}, err
		}
	}
	if len(v.failed) == len(listed) {
		return Report{}, fmt.Errorf("no page of the sitemap could be read; the first: %s", v.failed[0])
	}
	return v.keep(ctx, at.String(), listed)
}

// listed fetches one page of a sitemap. Only the end of ctx is an error.
func (v *visit) listed(ctx context.Context, l listing, had map[string]bool) error {
	source := l.at.String()
	note := v.note(ctx, source, had)
	if l.modified != "" && note.Listed == l.modified {
		v.kept++
		return nil
	}
	got, err := v.fetch(ctx, l.at, note)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errGone), errors.Is(err, ErrForbidden):
		if had[source] {
			v.docs[source] = nil
		}
		v.Tell(fmt.Sprintf("%s: %v", source, err))
		return nil
	case err == nil && got.unchanged:
		v.kept++
		note.Listed = l.modified
		v.pages[source] = note
		return nil
	case err == nil:
		err = v.page(source, got, l.modified)
	}
	if err != nil {
		v.failed = append(v.failed, fmt.Sprintf("%s: %v", source, err))
		v.Tell(v.failed[len(v.failed)-1])
	}
	return nil
}

// page parses what was fetched.
func (v *visit) page(source string, got fetched, listed string) error {
	sections, err := parsePage(source, got)
	if err != nil {
		return err
	}
	if len(sections) == 0 {
		return ErrNoContent
	}
	v.docs[source] = sections
	v.pages[source] = pageNote{ETag: got.etag, Modified: got.modified, Listed: listed}
	return nil
}

// parsePage reads a page by its kind. Its name is the address asked for, so
// that a moved page stays the same source.
func parsePage(source string, got fetched) ([]bridge.Section, error) {
	kind, _, err := mime.ParseMediaType(got.kind)
	if err != nil || kind == "" {
		kind = http.DetectContentType(got.body)
		kind, _, _ = strings.Cut(kind, ";")
	}
	switch kind {
	case "text/html", "application/xhtml+xml":
		sections, err := ParseHTML(got.at, got.kind, got.body)
		for i := range sections {
			sections[i].Source = source
		}
		return sections, err
	case "text/plain", "text/markdown", "text/x-markdown":
		sections := ParseMarkdown(source, got.body)
		for i := range sections {
			sections[i].URL = got.at.String()
		}
		return sections, nil
	}
	return nil, fmt.Errorf("it is %s; only HTML, Markdown and plain text can be read", kind)
}

// keep brings the library to what was fetched, then notes it. With a sitemap's
// name, pages that it listed once and no longer does are removed.
func (v *visit) keep(ctx context.Context, sitemap string, listed []listing) (Report, error) {
	if sitemap != "" {
		before, err := v.shelf.Mark(ctx, "sitemap:"+sitemap)
		if err != nil {
			return Report{}, err
		}
		var had []string
		if before != "" {
			if err := json.Unmarshal([]byte(before), &had); err != nil {
				had = nil // an unreadable note removes nothing
			}
		}
		now := make([]string, 0, len(listed))
		for _, l := range listed {
			now = append(now, l.at.String())
		}
		for _, u := range had {
			if !slices.Contains(now, u) {
				v.docs[u] = nil
			}
		}
		defer func() {
			if b, err := json.Marshal(now); err == nil {
				if err := v.shelf.SetMark(ctx, "sitemap:"+sitemap, string(b)); err != nil {
					v.Tell(fmt.Sprintf("the sitemap's pages could not be noted: %v", err))
				}
			}
		}()
	}
	r, err := replace(ctx, v.shelf, v.docs, "")
	if err != nil {
		return r, err
	}
	r.Unchanged += v.kept
	r.Failed = len(v.failed)
	for _, u := range slices.Sorted(maps.Keys(v.pages)) {
		b, err := json.Marshal(v.pages[u])
		if err != nil {
			return r, err
		}
		if err := v.shelf.SetMark(ctx, pageMark(u), string(b)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// note is what is remembered of a page whose sections are still there.
func (v *visit) note(ctx context.Context, source string, had map[string]bool) pageNote {
	var n pageNote
	if !had[source] {
		return n
	}
	s, err := v.shelf.Mark(ctx, pageMark(source))
	if err != nil || s == "" || json.Unmarshal([]byte(s), &n) != nil {
		return pageNote{} // fetched whole once more
	}
	return n
}
