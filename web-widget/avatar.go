package widget

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"html"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"threadline/bridge"
)

const (
	// maxPicture is the largest picture that is passed on, in bytes.
	maxPicture = 2 << 20
	// pictureTimeout bounds the fetch of one.
	pictureTimeout = 5 * time.Second
	// pictureLife is how long a fetched picture is kept, missLife how long a
	// failed fetch is not repeated.
	pictureLife = time.Hour
	missLife    = time.Minute
	// pictureRoom bounds all that is kept, in bytes.
	pictureRoom = 32 << 20
)

// picture is an agent's photo, or the initials that stand for it.
type picture struct {
	kind  string
	body  []byte
	etag  string
	photo bool
	until time.Time
}

// avatars keeps agents' pictures, so that visitors talk to one origin only.
// Safe for concurrent use.
type avatars struct {
	client *http.Client
	clock  bridge.Clock

	mu   sync.Mutex
	kept map[string]picture // by agent and picture version
	// busy holds a channel for each picture that is being fetched; it is
	// closed when that is done.
	busy map[string]chan struct{}
}

func newAvatars(clock bridge.Clock) *avatars {
	return &avatars{
		client: &http.Client{
			Timeout: pictureTimeout,
			CheckRedirect: func(next *http.Request, via []*http.Request) error {
				first := via[0].URL
				if len(via) > 3 || next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
					return errors.New("a picture may not lead to another place")
				}
				return nil
			},
		},
		clock: clock, kept: make(map[string]picture), busy: make(map[string]chan struct{}),
	}
}

// avatar serves an agent's picture.
func (h *Handler) avatar(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), callTimeout)
	defer cancel()
	id := bridge.AgentID(r.PathValue("agent"))
	agent, err := h.store.Agent(ctx, id)
	if errors.Is(err, bridge.ErrNotFound) {
		err = notFound()
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	p, err := h.avatars.get(ctx, agent)
	if err != nil {
		h.log.Debug("picture of an agent", "agent", id, "error", err)
	}
	head := w.Header()
	head.Set("Content-Type", p.kind)
	head.Set("ETag", `"`+p.etag+`"`)
	head.Set("Access-Control-Allow-Origin", "*")
	head.Set("Cross-Origin-Resource-Policy", "cross-origin")
	// A drawing may hold a script; opened as a page of its own it stays dead.
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	switch {
	case !p.photo:
		head.Set("Cache-Control", "public, max-age=60")
	case r.URL.Query().Get("v") == pictureVersion(agent):
		head.Set("Cache-Control", "public, max-age=86400")
	default:
		head.Set("Cache-Control", "public, max-age=300")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.body))
}

// get returns the agent's picture, fetching it if need be, and their initials
// if it cannot be had. The error only says why.
func (a *avatars) get(ctx context.Context, agent bridge.Agent) (picture, error) {
	key := string(agent.ID) + "?" + pictureVersion(agent)
	for {
		a.mu.Lock()
		p, ok := a.kept[key]
		if ok && a.clock.Now().Before(p.until) {
			a.mu.Unlock()
			return p, nil
		}
		wait := a.busy[key]
		if wait == nil {
			a.busy[key] = make(chan struct{})
		}
		a.mu.Unlock()
		if wait == nil {
			return a.refresh(ctx, key, agent, p)
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return initials(agent), ctx.Err()
		}
	}
}

// refresh fetches the picture and keeps what came of it. An old photo is
// better than none.
func (a *avatars) refresh(ctx context.Context, key string, agent bridge.Agent, old picture) (picture, error) {
	p, err := a.fetch(ctx, agent.Picture)
	life := pictureLife
	if err != nil {
		if p, life = old, missLife; !old.photo {
			p = initials(agent)
		}
	}
	p.until = a.clock.Now().Add(life)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.makeRoom(len(p.body))
	a.kept[key] = p
	close(a.busy[key])
	delete(a.busy, key)
	return p, err
}

// makeRoom forgets pictures, the soonest to expire first.
func (a *avatars) makeRoom(size int) {
	total := size
	for _, p := range a.kept {
		total += len(p.body)
	}
	for total > pictureRoom && len(a.kept) > 0 {
		var oldest string
		for key, p := range a.kept {
			if oldest == "" || p.until.Before(a.kept[oldest].until) {
				oldest = key
			}
		}
		total -= len(a.kept[oldest].body)
		delete(a.kept, oldest)
	}
}

func (a *avatars) fetch(ctx context.Context, address string) (picture, error) {
	if webAddress(address) == "" {
		return picture{}, errors.New("no picture")
	}
	// One visitor's leaving does not spoil the picture for the next.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pictureTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return picture{}, err
	}
	req.Header.Set("Accept", "image/*")
	resp, err := a.client.Do(req)
	if err != nil {
		return picture{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return picture{}, fmt.Errorf("picture: %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPicture+1))
	if err != nil {
		return picture{}, err
	}
	if len(body) > maxPicture {
		return picture{}, errors.New("the picture is too large")
	}
	kind := pictureType(resp.Header.Get("Content-Type"), body)
	if kind == "" {
		return picture{}, errors.New("not a picture")
	}
	return picture{kind: kind, body: body, etag: bodyTag(body), photo: true}, nil
}

// pictureType is the type of a picture that both its server and its content
// call one.
func pictureType(declared string, body []byte) string {
	kind, _, err := mime.ParseMediaType(declared)
	if err != nil {
		return ""
	}
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		if found := http.DetectContentType(body); strings.HasPrefix(found, "image/") {
			return found
		}
	case "image/svg+xml":
		if bytes.Contains(body[:min(len(body), 1024)], []byte("<svg")) {
			return kind
		}
	}
	return ""
}

func bodyTag(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8])
}

// initials draws the first letters of the agent's name on a colour of theirs.
func initials(agent bridge.Agent) picture {
	var letters []rune
	for word := range strings.FieldsSeq(agent.Name) {
		if r, _ := utf8.DecodeRuneInString(word); unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters = append(letters, unicode.ToUpper(r))
		}
	}
	if len(letters) > 2 {
		letters = []rune{letters[0], letters[len(letters)-1]}
	}
	hue := fnv.New32a()
	_, _ = hue.Write([]byte(agent.ID))
	body := fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96">`+
		`<rect width="96" height="96" fill="hsl(%d 45%% 35%%)"/>`+
		`<text x="48" y="48" dy=".36em" text-anchor="middle" font-family="sans-serif" font-size="38" fill="#fff">%s</text></svg>`,
		hue.Sum32()%360, html.EscapeString(string(letters)))
	return picture{kind: "image/svg+xml", body: body, etag: bodyTag(body)}
}
