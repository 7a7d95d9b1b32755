package slacksim_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// wire is a Socket Mode connection in the raw, which acknowledges unless told not to.
type wire struct {
	ws   *websocket.Conn
	mute bool

	mu     sync.Mutex
	frames []object
}

func (w *wire) all() []object {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []object
	for _, f := range w.frames {
		if f["envelope_id"] != nil {
			out = append(out, f)
		}
	}
	return out
}

// events are the envelopes whose inner event is of a type.
func (w *wire) events(kind string) []object {
	var out []object
	for _, f := range w.all() {
		p, _ := f["payload"].(object)
		if ev, _ := p["event"].(object); ev["type"] == kind {
			out = append(out, f)
		}
	}
	return out
}

func (w *wire) control(kind string) []object {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []object
	for _, f := range w.frames {
		if f["type"] == kind {
			out = append(out, f)
		}
	}
	return out
}

// ticket asks for a socket's address.
func (s *sim) ticket() string {
	s.t.Helper()
	_, out := s.do(http.MethodPost, s.APIURL()+"apps.connections.open", s.AppToken(), nil)
	url, _ := out["url"].(string)
	if url == "" {
		s.t.Fatalf("apps.connections.open: %v", out)
	}
	return url
}

// listen opens a connection and acknowledges each envelope with what answer returns.
func (s *sim) listen(t *testing.T, answer func(env object) any) *wire {
	t.Helper()
	return s.dial(t, &wire{}, answer)
}

func (s *sim) dial(t *testing.T, w *wire, answer func(env object) any) *wire {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ws, res, err := websocket.Dial(ctx, s.ticket(), nil)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	if res.Body != nil {
		_ = res.Body.Close()
	}
	ws.SetReadLimit(1 << 22)
	w.ws = ws
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			_, raw, err := ws.Read(ctx)
			if err != nil {
				return
			}
			f := object{}
			if json.Unmarshal(raw, &f) != nil {
				return
			}
			w.mu.Lock()
			w.frames = append(w.frames, f)
			w.mu.Unlock()
			if f["envelope_id"] == nil || w.mute {
				continue
			}
			ack := object{"envelope_id": f["envelope_id"]}
			if answer != nil {
				if p := answer(f); p != nil {
					ack["payload"] = p
				}
			}
			w.ack(ctx, ack)
		}
	}()
	t.Cleanup(func() { cancel(); _ = ws.CloseNow(); wg.Wait() })
	eventually(t, "hello", func() bool { return len(w.control("hello"))+len(w.control("disconnect")) > 0 })
	return w
}

func (w *wire) ack(ctx context.Context, v any) {
	raw, err := json.Marshal(v)
	if err == nil {
		_ = w.ws.Write(ctx, websocket.MessageText, raw)
	}
}

// logged are the log's entries of a kind, in order.
func (s *sim) logged(kind string) []object {
	s.t.Helper()
	var out []object
	for _, e := range s.get("/sim/v1/log?after=0")["entries"].([]any) {
		if e := e.(object); e["kind"] == kind {
			out = append(out, e)
		}
	}
	return out
}

func has(list []object, field, part string) bool {
	for _, o := range list {
		if v, _ := o[field].(string); strings.Contains(v, part) {
			return true
		}
	}
	return false
}

func within(t *testing.T, d time.Duration, f func()) {
	t.Helper()
	begin := time.Now()
	f()
	if took := time.Since(begin); took > d {
		t.Errorf("took %v, not within %v", took, d)
	}
}
