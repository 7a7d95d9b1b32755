package assistant

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

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
