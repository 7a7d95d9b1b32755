package widget

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"threadline/bridge"
	"threadline/bridge/attachment"
)

const (
	// uploadTimeout bounds a whole upload; stallTimeout how long it may bring
	// nothing. 10 MB take 80 s at one megabit a second.
	uploadTimeout = 2 * time.Minute
	stallTimeout  = 15 * time.Second
	// uploadsAtOnce bounds how many files are in memory, uploadsEach how many
	// of one visitor's.
	uploadsAtOnce = 8
	uploadsEach   = 2
	// maxPending is how many files a visitor may have uploaded and not sent.
	maxPending = 10
	// maxUnsent is how many bytes all visitors together may have uploaded and
	// not sent: what strangers can take of the disk. Of one address it is at
	// most an eighth, for a message with ten of the largest files must fit.
	maxUnsent = 1 << 30
	// fullEvery is how often the log says that there is no room.
	fullEvery = 10 * time.Minute
	// maxWrapping is what a multipart body holds besides its file.
	maxWrapping = 64 << 10
	// maxDrained is how much of a body that is too large is read and thrown
	// away, so that clients which send before they listen hear why.
	maxDrained = 64 << 20
)

type attachmentJSON struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	URL    string `json:"url"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
}

type attachmentReply struct {
	Attachment attachmentJSON `json:"attachment"`
}

// uploader is what the store calls an address that files come from, so that it
// keeps none.
func (s signer) uploader(address string) string {
	return hex.EncodeToString(s.mac("uploader\n" + address)[:16])
}

// uploads counts the files that are being taken in. Safe for concurrent use.
type uploads struct {
	slots chan struct{}
	mu    sync.Mutex
	by    map[bridge.VisitorID]int
	// complained is when the log last said that there is no room.
	complained time.Time
}

func newUploads() *uploads {
	return &uploads{slots: make(chan struct{}, uploadsAtOnce), by: make(map[bridge.VisitorID]int)}
}

// enter waits for room; leave must be called unless there is an error.
func (u *uploads) enter(ctx context.Context, v bridge.VisitorID) (leave func(), err error) {
	u.mu.Lock()
	if u.by[v] >= uploadsEach {
		u.mu.Unlock()
		return nil, tooMany(2 * time.Second)
	}
	u.by[v]++
	u.mu.Unlock()
	forget := func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.by[v]--; u.by[v] == 0 {
			delete(u.by, v)
		}
	}
	select {
	case u.slots <- struct{}{}:
		return func() { <-u.slots; forget() }, nil
	case <-ctx.Done():
		forget()
		return nil, ctx.Err()
	}
}

// complains reports whether it is time to say again that there is no room.
func (u *uploads) complains(now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if now.Sub(u.complained) < fullEvery {
		return false
	}
	u.complained = now
	return true
}

func fileTooLarge() error {
	return &problem{status: http.StatusRequestEntityTooLarge, code: "file_too_large", message: "A file can have 10 MB."}
}

// refusedFile says why a file does not pass.
func refusedFile(err error) error {
	switch {
	case errors.Is(err, attachment.ErrSize):
		return fileTooLarge()
	case errors.Is(err, attachment.ErrPixels):
		return &problem{status: http.StatusRequestEntityTooLarge, code: "image_too_large", message: "This picture has too many pixels. Please send a smaller copy."}
	case errors.Is(err, attachment.ErrEmpty):
		return invalid("empty_file", "The file is empty.")
	case errors.Is(err, attachment.ErrBroken):
		return &problem{status: http.StatusUnsupportedMediaType, code: "damaged_file", message: "The file cannot be read. Please save it again and try once more."}
	}
	return &problem{
		status: http.StatusUnsupportedMediaType, code: "unsupported_file",
		message: "Files of this kind cannot be sent. Pictures, PDF, text, CSV and office documents can.",
	}
}

// upload takes a visitor's file, which waits for a message to carry it.
func (h *Handler) upload(w http.ResponseWriter, r *http.Request, c claims) error {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return &problem{status: http.StatusUnsupportedMediaType, code: "unsupported_media_type", message: "The body must be multipart/form-data with a file."}
	}
	address := h.proxies.address(r)
	if err := h.limits.addressUploads.take(address); err != nil {
		return err
	}
	leave, err := h.uploads.enter(r.Context(), c.Visitor)
	if err != nil {
		return err
	}
	defer leave()
	body := &paced{rc: http.NewResponseController(w), from: r.Body}
	defer body.rest()
	if r.ContentLength > attachment.MaxSize+maxWrapping {
		body.drain(r)
		return fileTooLarge()
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{body, r.Body}
	name, data, err := fileIn(r)
	if errors.Is(err, attachment.ErrSize) {
		body.drain(r)
		return fileTooLarge()
	}
	if err != nil {
		return err
	}
	info, err := attachment.Inspect(name, data)
	if err != nil {
		return refusedFile(err)
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return err
	}
	f := bridge.File{
		Attachment:   bridge.Attachment{ID: bridge.FileID(id.String()), Name: info.Name, Type: info.Type, Size: int64(len(data)), Width: info.Width, Height: info.Height},
		Conversation: c.Conversation, CreatedAt: h.clock.Now(),
	}
	room := h.room
	room.Uploader, room.UploaderBytes = h.tokens.uploader(address), h.limits.addressUnsent
	err = h.store.AddFile(r.Context(), f, data, room)
	if errors.Is(err, bridge.ErrShare) {
		return &problem{
			status: http.StatusTooManyRequests, code: "address_uploads_full", retry: time.Minute,
			message: "Too many files that were not sent have come from your network. Please send them, remove some, or try again later.",
		}
	}
	if errors.Is(err, bridge.ErrFull) {
		if h.uploads.complains(h.clock.Now()) {
			h.log.Warn("no room for uploads: visitors have sent too little of what they uploaded", "bytes", h.room.Bytes)
		}
		return &problem{
			status: http.StatusServiceUnavailable, code: "uploads_full", retry: time.Minute,
			message: "No more files can be taken at the moment. Please try again later.",
		}
	}
	if errors.Is(err, bridge.ErrTooMany) {
		return &problem{
			status: http.StatusTooManyRequests, code: "too_many_uploads", retry: time.Minute,
			message: "Please send the files that are waiting, or remove some, before you add more.",
		}
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, attachmentReply{h.scribe().attachment(f.Attachment)})
	return nil
}

// fileIn reads the part named file. What is larger than may be is
// [attachment.ErrSize].
func fileIn(r *http.Request) (name string, data []byte, err error) {
	unreadable := &problem{status: http.StatusBadRequest, code: "unreadable_body", message: "The request ended before its body did, or is no form."}
	form, err := r.MultipartReader()
	if err != nil {
		return "", nil, unreadable
	}
	for range 16 {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", nil, unreadable
		}
		if part.FormName() != "file" {
			if n, err := io.CopyN(io.Discard, part, maxWrapping+1); n > maxWrapping || err != nil && !errors.Is(err, io.EOF) {
				return "", nil, unreadable
			}
			continue
		}
		room := int64(64 << 10)
		if r.ContentLength > 0 {
			room = min(r.ContentLength, attachment.MaxSize+1)
		}
		data = make([]byte, 0, room)
		for {
			if len(data) == cap(data) {
				data = append(data, 0)[:len(data)]
			}
			n, err := part.Read(data[len(data):min(cap(data), attachment.MaxSize+1)])
			data = data[:len(data)+n]
			if len(data) > attachment.MaxSize {
				return "", nil, attachment.ErrSize
			}
			if errors.Is(err, io.EOF) {
				return part.FileName(), data, nil
			}
			if err != nil {
				return "", nil, unreadable
			}
		}
	}
	return "", nil, invalid("missing_file", "The form needs a field named file.")
}

// paced is a body that may take its time as long as it brings something.
type paced struct {
	rc   *http.ResponseController
	from io.Reader
	left int // bytes until the next patience
}

func (p *paced) Read(b []byte) (int, error) {
	if p.left <= 0 {
		p.left = 64 << 10
		if err := p.rc.SetReadDeadline(time.Now().Add(stallTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return 0, err
		}
	}
	n, err := p.from.Read(b)
	p.left -= n
	return n, err
}

// drain throws away what is left of a body that is refused, unless the client
// waits to be asked for it.
func (p *paced) drain(r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Expect"), "100-continue") || p.left != 0 {
		_, _ = io.CopyN(io.Discard, p, maxDrained)
	}
}

// rest lifts the patience, which must not outlive the body.
func (p *paced) rest() { _ = p.rc.SetReadDeadline(time.Time{}) }

// dropUpload forgets a file that the visitor uploaded and does not want to
// send after all.
func (h *Handler) dropUpload(w http.ResponseWriter, r *http.Request, c claims) error {
	err := h.store.DropFile(r.Context(), c.Conversation, bridge.FileID(r.PathValue("id")))
	if errors.Is(err, bridge.ErrNotFound) {
		return notFound()
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
