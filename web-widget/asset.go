package widget

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"
)

// dist is the widget, built ahead.
//
//go:embed all:dist
var dist embed.FS

// asset is a file of the widget, compressed once.
type asset struct {
	kind       string
	etag       string
	plain, zip []byte
	hashed     bool
}

type assets struct{ files map[string]asset }

// hashedName is a name that changes with the content.
func hashedName(name string) bool {
	return regexp.MustCompile(`-[0-9A-Za-z]{8,}\.[a-z0-9]+$`).MatchString(name)
}

// contentType knows the types that a widget is made of; what the machine's
// tables say of them differs from place to place.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".json", ".map":
		return "application/json; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// loadAssets reads the widget's files; their names are relative to dist.
func loadAssets(fsys fs.FS) (*assets, error) {
	out := &assets{files: make(map[string]asset)}
	err := fs.WalkDir(fsys, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(data); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		a := asset{
			kind: contentType(name), etag: hex.EncodeToString(sum[:8]), plain: data, hashed: hashedName(name),
		}
		if packed.Len() < len(data) {
			a.zip = packed.Bytes()
		}
		out.files[strings.TrimPrefix(name, "dist/")] = a
		return nil
	})
	return out, err
}

// asset serves a file of the widget. Any website may load it: that is what the
// widget is for.
func (h *Handler) asset(w http.ResponseWriter, r *http.Request, files *assets, name string) {
	a, ok := files.files[name]
	if !ok {
		h.fail(w, r, notFound())
		return
	}
	head := w.Header()
	head.Set("Content-Type", a.kind)
	head.Set("Access-Control-Allow-Origin", "*")
	head.Set("Cross-Origin-Resource-Policy", "cross-origin")
	head.Add("Vary", "Accept-Encoding")
	if a.hashed {
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		head.Set("Cache-Control", "no-cache")
	}
	body, etag := a.plain, a.etag
	if a.zip != nil && r.Header.Get("Range") == "" && acceptsGzip(r) {
		body, etag = a.zip, a.etag+"-gz"
		head.Set("Content-Encoding", "gzip")
	}
	head.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(name, "gzip") {
			return strings.TrimSpace(weight) != "q=0"
		}
	}
	return false
}
