package assistant

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
)

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
