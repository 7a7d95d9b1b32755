package widget

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// heard is one thing that came down a stream.
type heard struct {
	id      string
	name    string // "comment" for a comment line
	data    string
	decoded map[string]any
}

func (e heard) String() string { return e.name + "#" + e.id + " " + e.data }

// listener is a visitor's stream.
type listener struct {
	w      *world
	events chan heard
	head   http.Header
	hangUp context.CancelFunc
}

// listen opens a stream that must be accepted; headers come in pairs.
func (w *world) listen(token, query string, headers ...string) *listener {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/api/v1/events"+query, nil)
	if err != nil {
		w.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		w.Fatal(err)
	}
	finished := make(chan struct{})
	w.Cleanup(func() {
		cancel()
		<-finished
		_ = resp.Body.Close()
	})
	if resp.StatusCode != http.StatusOK {
		close(finished)
		w.Fatalf("stream: %s", resp.Status)
	}
	l := &listener{w: w, events: make(chan heard, 4096), head: resp.Header, hangUp: cancel}
	go func() {
		defer close(finished)
		l.read(resp.Body)
	}()
	return l
}

func (l *listener) read(body io.Reader) {
	defer close(l.events)
	var e heard
	for lines := bufio.NewScanner(body); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		switch key {
		case "":
			if value != "" {
				l.events <- heard{name: "comment", data: value}
			} else if e.name != "" {
				_ = json.Unmarshal([]byte(e.data), &e.decoded)
				l.events <- e
				e = heard{}
			}
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data = value
		}
	}
}

// next is the next event or comment.
func (l *listener) nextAny() (heard, bool) {
	l.w.Helper()
	select {
	case e, ok := <-l.events:
		return e, ok
	case <-time.After(patience):
		l.w.Fatal("nothing came down the stream")
		return heard{}, false
	}
}

// next is the next event, comments and what only passes by aside.
func (l *listener) next() heard {
	l.w.Helper()
	for {
		e, ok := l.nextAny()
		if !ok {
			l.w.Fatal("the stream ended")
		}
		if e.name != "comment" && e.name != eventTyping {
			return e
		}
	}
}

// sign is the next word about somebody at work.
func (l *listener) sign() typingJSON {
	l.w.Helper()
	for {
		e, ok := l.nextAny()
		if !ok {
			l.w.Fatal("the stream ended")
		}
		if e.name != eventTyping {
			continue
		}
		if e.id != "" {
			l.w.Fatalf("a passing event bears an id: %v", e)
		}
		var out typingJSON
		if err := json.Unmarshal([]byte(e.data), &out); err != nil {
			l.w.Fatal(err)
		}
		return out
	}
}

// expect reads one event for each of the words "name#id", or "name" for one
// without an id, and returns them.
func (l *listener) expect(words ...string) []heard {
	l.w.Helper()
	var got []heard
	for _, want := range words {
		e := l.next()
		name := e.name
		if e.id != "" {
			name += "#" + e.id
		}
		if name != want {
			l.w.Fatalf("got %v, want %s (after %v)", e, want, got)
		}
		if rev, ok := e.decoded["rev"].(float64); ok && strconv.FormatFloat(rev, 'f', -1, 64) != e.id {
			l.w.Fatalf("id and rev differ: %v", e)
		}
		got = append(got, e)
	}
	return got
}

// end waits for the stream to end and returns what else came, without
// comments.
func (l *listener) end() []heard {
	l.w.Helper()
	var rest []heard
	for {
		e, ok := l.nextAny()
		if !ok {
			return rest
		}
		if e.name != "comment" {
			rest = append(rest, e)
		}
	}
}
