package assistant

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
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

// fetched is a reply's body and what is said of it.
type fetched struct {
	at             *url.URL // after redirects
	kind           string
	body           []byte
	etag, modified string
	unchanged      bool
}

// errGone: the page is no longer there.
var errGone = errors.New("the page is gone")

// fetch gets an address, minding robots.txt at every step.
func (v *visit) fetch(ctx context.Context, at *url.URL, note pageNote) (fetched, error) {
	for range maxRedirects + 1 {
		r, err := v.robotsOf(ctx, at)
		if err != nil {
			return fetched{}, err
		}
		if !r.allows(at.RequestURI()) {
			return fetched{}, ErrForbidden
		}
		got, to, err := v.get(ctx, at, note, v.MaxBytes, r.pause)
		if err != nil || to == nil {
			return got, err
		}
		if to.Scheme != "http" && to.Scheme != "https" || to.Host == "" {
			return fetched{}, fmt.Errorf("it redirects to %s, which is not fetched", to.Scheme+":")
		}
		to.Fragment, to.User = "", nil
		at = to
	}
	return fetched{}, fmt.Errorf("it redirects more than %d times", maxRedirects)
}

// get makes one request; to is where it redirects.
func (v *visit) get(ctx context.Context, at *url.URL, note pageNote, most int64, pause time.Duration) (got fetched, to *url.URL, err error) {
	if v.asked {
		select {
		case <-ctx.Done():
			return fetched{}, nil, ctx.Err()
		case <-v.Clock.After(max(v.Pause, pause)):
		}
	}
	v.asked = true
	ctx, done := context.WithTimeout(ctx, requestTime)
	defer done()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return fetched{}, nil, err
	}
	req.Header.Set("User-Agent", Agent+"/1 (knowledge import)")
	req.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,text/markdown;q=0.9,text/plain;q=0.8")
	if note.ETag != "" {
		req.Header.Set("If-None-Match", note.ETag)
	}
	if note.Modified != "" {
		req.Header.Set("If-Modified-Since", note.Modified)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return fetched{}, nil, plainer(err)
	}
	defer func() { _ = resp.Body.Close() }() // the reply was read, or is of no use
	switch {
	case resp.StatusCode == http.StatusNotModified:
		return fetched{at: at, unchanged: true}, nil, nil
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		to, err := resp.Location()
		if err != nil {
			return fetched{}, nil, fmt.Errorf("it answered %s without saying where to", resp.Status)
		}
		return fetched{}, to, nil
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		return fetched{}, nil, fmt.Errorf("%w (%s)", errGone, resp.Status)
	case resp.StatusCode != http.StatusOK:
		return fetched{}, nil, fmt.Errorf("the server answered %s", resp.Status)
	case resp.ContentLength > most:
		return fetched{}, nil, fmt.Errorf("%w of %d bytes", ErrTooLarge, most)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return fetched{}, nil, plainer(err)
	}
	if int64(len(body)) > most {
		return fetched{}, nil, fmt.Errorf("%w of %d bytes", ErrTooLarge, most)
	}
	return fetched{at: at, kind: resp.Header.Get("Content-Type"), body: body, etag: resp.Header.Get("ETag"), modified: resp.Header.Get("Last-Modified")}, nil, nil
}

// plainer drops the address from a client's error: whoever asked says it.
func plainer(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// robotsOf reads a host's robots.txt once. A host without one allows all; one
// that cannot be reached allows nothing (RFC 9309, 2.3.1.4).
func (v *visit) robotsOf(ctx context.Context, at *url.URL) (robots, error) {
	host := at.Scheme + "://" + at.Host
	if r, ok := v.robots[host]; ok {
		return r, nil
	}
	file := &url.URL{Scheme: at.Scheme, Host: at.Host, Path: "/robots.txt"}
	for range maxRedirects {
		got, to, err := v.get(ctx, file, pageNote{}, maxRobots, 0)
		switch {
		case errors.Is(err, errGone), errors.Is(err, ErrTooLarge):
			got.body = nil
		case err != nil:
			if strings.HasPrefix(err.Error(), "the server answered 4") {
				break
			}
			return robots{}, fmt.Errorf("its robots.txt cannot be read: %w", err)
		case to != nil:
			file = to
			continue
		}
		v.robots[host] = parseRobots(string(got.body), Agent)
		return v.robots[host], nil
	}
	return robots{}, errors.New("its robots.txt redirects too often")
}

// listing is a page of a sitemap.
type listing struct {
	at       *url.URL
	modified string
}

// sitemap reads a sitemap, and those that it leads to, each once; isMap is
// false for anything else. Pages of other hosts are left out.
func (v *visit) sitemap(ctx context.Context, from fetched) (pages []listing, isMap bool, err error) {
	type pending struct {
		got fetched
		at  *url.URL
	}
	queue := []pending{{got: from, at: from.at}}
	read, seen := map[string]bool{from.at.String(): true}, map[string]bool{}
	elsewhere := 0
	for i := 0; i < len(queue); i++ {
		q := queue[i]
		if i > 0 {
			v.Tell("sitemap " + q.at.String())
			if q.got, err = v.fetch(ctx, q.at, pageNote{}); err != nil {
				return nil, true, fmt.Errorf("the sitemap %s: %w", q.at, err)
			}
		}
		body, err := gunzipped(q.got.body, v.MaxBytes)
		if err != nil {
			return nil, true, fmt.Errorf("the sitemap %s: %w", q.at, err)
		}
		m, ok, err := parseSitemap(body)
		if !ok && i == 0 {
			return nil, false, nil
		}
		if err == nil && !ok {
			err = errors.New("it is no sitemap")
		}
		if err != nil {
			return nil, true, fmt.Errorf("the sitemap %s: %w", q.at, err)
		}
		for _, l := range m.Maps {
			u, err := q.at.Parse(strings.TrimSpace(l.Loc))
			if err != nil || read[u.String()] {
				continue // a loop leads back to what was read
			}
			if u.Host != from.at.Host {
				elsewhere++
				continue
			}
			if len(read) >= maxSitemaps {
				return nil, true, fmt.Errorf("it leads to more than %d sitemaps", maxSitemaps)
			}
			read[u.String()] = true
			queue = append(queue, pending{at: u})
		}
		for _, l := range m.Pages {
			u, err := q.at.Parse(strings.TrimSpace(l.Loc))
			if err != nil || u.Scheme != "http" && u.Scheme != "https" {
				continue
			}
			u.Fragment, u.User = "", nil
			if u.Host != from.at.Host {
				elsewhere++
				continue
			}
			if !seen[u.String()] {
				seen[u.String()] = true
				pages = append(pages, listing{u, strings.TrimSpace(l.Modified)})
			}
		}
	}
	if elsewhere > 0 {
		v.Tell(fmt.Sprintf("%d addresses on other hosts than %s are passed over", elsewhere, from.at.Host))
	}
	return pages, true, nil
}

// gunzipped unpacks a body that is a gzip file, at most so many bytes.
func gunzipped(body []byte, most int64) ([]byte, error) {
	if !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(z, 4*most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(out)) > 4*most {
		return nil, fmt.Errorf("unpacked, it is %w of %d bytes", ErrTooLarge, 4*most)
	}
	return out, nil
}

type location struct {
	Loc      string `xml:"loc"`
	Modified string `xml:"lastmod"`
}

type sitemapFile struct {
	XMLName xml.Name
	Pages   []location `xml:"url"`
	Maps    []location `xml:"sitemap"`
}

// parseSitemap reads a urlset or a sitemapindex; ok is false for other things.
func parseSitemap(body []byte) (m sitemapFile, ok bool, err error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.Token()
		if err != nil {
			return m, false, nil // no XML at all
		}
		start, isStart := t.(xml.StartElement)
		if !isStart {
			continue
		}
		if start.Name.Local != "urlset" && start.Name.Local != "sitemapindex" {
			return m, false, nil
		}
		if err := d.DecodeElement(&m, &start); err != nil {
			return m, true, fmt.Errorf("it breaks off: %w", err)
		}
		return m, true, nil
	}
}
