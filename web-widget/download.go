package widget

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"threadline/bridge"
	"threadline/bridge/attachment"
)

// sendTimeout is how long a client may take to accept a piece of a file.
const sendTimeout = 30 * time.Second

// fileKey is what makes a file's address unguessable.
func (s signer) fileKey(id bridge.FileID) string {
	return hex.EncodeToString(s.mac("attachment\n" + string(id))[:16])
}

// attachment is a file as visitors' programs read it. Its address holds as
// long as a message shows it.
func (s *scribe) attachment(a bridge.Attachment) attachmentJSON {
	return attachmentJSON{
		ID: string(a.ID), Name: a.Name, Type: a.Type, Size: a.Size, Width: a.Width, Height: a.Height,
		URL: s.publicURL + "/attachments/" + url.PathEscape(string(a.ID)) + "/" + s.tokens.fileKey(a.ID) + "/" + url.PathEscape(a.Name),
	}
}

// visible finds a file that may be seen: a visitor's own upload, or one that a
// message shows.
func (h *Handler) visible(ctx context.Context, id bridge.FileID) (bridge.File, error) {
	f, err := h.store.File(ctx, id)
	if err != nil {
		return bridge.File{}, err
	}
	if f.Message == "" {
		if f.FromDesk {
			return bridge.File{}, bridge.ErrNotFound
		}
		return f, nil
	}
	m, err := h.store.Message(ctx, f.Message)
	if err != nil {
		return bridge.File{}, err
	}
	if m.Deleted || !slices.ContainsFunc(m.Attachments, func(a bridge.Attachment) bool { return a.ID == id }) {
		return bridge.File{}, bridge.ErrNotFound
	}
	return f, nil
}

// download serves a file's bytes to whoever has its address. Pictures may be
// shown; everything else is handed over to be saved.
func (h *Handler) download(w http.ResponseWriter, r *http.Request) {
	if err := h.limits.address.take(h.proxies.address(r)); err != nil {
		h.fail(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), callTimeout)
	id := bridge.FileID(r.PathValue("id"))
	err := bridge.ErrNotFound
	var f bridge.File
	if hmac.Equal([]byte(r.PathValue("key")), []byte(h.tokens.fileKey(id))) {
		f, err = h.visible(ctx, id)
	}
	cancel()
	if errors.Is(err, bridge.ErrNotFound) {
		err = notFound()
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	head := w.Header()
	kind, disposition := f.Type, "attachment"
	if attachment.Inline(kind) {
		disposition = "inline"
	}
	if strings.HasPrefix(kind, "text/") {
		kind += "; charset=utf-8"
	}
	head.Set("Content-Type", kind)
	head.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
	head.Set("Cross-Origin-Resource-Policy", "cross-origin")
	head.Set("Referrer-Policy", "no-referrer")
	// What is withdrawn must be gone, so every look asks again.
	head.Set("Cache-Control", "private, no-cache")
	etag := `"` + string(f.ID) + `"`
	head.Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	head.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	if r.Method == http.MethodHead {
		return
	}
	if err := h.store.ReadFile(r.Context(), f.ID, &patient{w, http.NewResponseController(w)}); err != nil {
		if r.Context().Err() == nil {
			h.log.Warn("file broke off", "file", f.ID, "error", err)
		}
		panic(http.ErrAbortHandler) // a short file must not look like a whole one
	}
}

// patient gives a client its time for each piece.
type patient struct {
	http.ResponseWriter
	rc *http.ResponseController
}

func (p *patient) Write(b []byte) (int, error) {
	if err := p.rc.SetWriteDeadline(time.Now().Add(sendTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := p.ResponseWriter.Write(b)
	_ = p.rc.SetWriteDeadline(time.Time{})
	return n, err
}
