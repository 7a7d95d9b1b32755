package chaos_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
)

// tap stands between the program and Slack and reads along: a line's post must
// be the same at every attempt, because Slack may have taken any of them.
type tap struct {
	http *httptest.Server

	mu       sync.Mutex
	first    map[string]string // delivery → content at its first attempt
	attempts map[string]int
	changed  []string
}

func newTap(slack string) (*tap, error) {
	target, err := url.Parse(slack)
	if err != nil {
		return nil, err
	}
	t := &tap{first: map[string]string{}, attempts: map[string]int{}}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
			r.Out.Host = target.Host
		},
		// A connection that Slack cuts is cut for the program too.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     log.New(io.Discard, "", 0),
	}
	t.http = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/chat.postMessage") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			t.read(body)
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		proxy.ServeHTTP(w, r)
	}))
	t.http.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.http.Start()
	return t, nil
}

func (t *tap) read(body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return
	}
	var meta struct {
		EventType    string                    `json:"event_type"`
		EventPayload struct{ Delivery string } `json:"event_payload"`
	}
	if json.Unmarshal([]byte(form.Get("metadata")), &meta) != nil || meta.EventType != "threadline_lines" {
		return
	}
	id := meta.EventPayload.Delivery
	content := strings.Join([]string{form.Get("channel"), form.Get("thread_ts"), form.Get("text"), form.Get("blocks"), form.Get("metadata")}, "\x00")
	t.mu.Lock()
	defer t.mu.Unlock()
	t.attempts[id]++
	if was, ok := t.first[id]; !ok {
		t.first[id] = content
	} else if was != content {
		t.changed = append(t.changed, id+": first "+was+" then "+content)
	}
}

// report says how many posts of lines were tried, how many more than once, and
// which changed in between.
func (t *tap) report() (posts, repeated int, changed []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.attempts {
		posts++
		if n > 1 {
			repeated++
		}
	}
	return posts, repeated, t.changed
}

func (t *tap) close() {
	t.http.CloseClientConnections()
	t.http.Close()
}
