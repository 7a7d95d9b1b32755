package slacksim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"threadline/slackapp/slacksim"
)

// quietAPI is api for goroutines, which may not end a test.
func (s *sim) quietAPI(method, body string) object {
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.APIURL()+method, strings.NewReader(body))
	if err != nil {
		return object{"error": err.Error()}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+s.BotToken())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return object{"error": err.Error()}
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	out := object{}
	if err != nil || json.Unmarshal(raw, &out) != nil {
		return object{"error": "unreadable"}
	}
	return out
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1, Dir: t.TempDir()})
	a, b := s.listen(t, nil), s.listen(t, nil)
	root := s.must("chat.postMessage", object{"channel": "support", "text": "root"})["ts"].(string)
	const writers, each = 8, 25
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]bool{root: true}
	for range writers {
		wg.Go(func() {
			last := ""
			for range each {
				out := s.quietAPI("chat.postMessage", `{"channel":"support","text":"x","thread_ts":"`+root+`"}`)
				ts, _ := out["ts"].(string)
				mu.Lock()
				if ts == "" || seen[ts] || ts <= last {
					t.Errorf("after %s came %v", last, out)
				}
				seen[ts] = true
				mu.Unlock()
				last = ts
			}
		})
	}
	wg.Wait()
	eventually(t, "every echo arrives once", func() bool {
		got := map[any]int{}
		for _, w := range []*wire{a, b} {
			for _, env := range w.events("message") {
				got[payloadOf(env)["event"].(object)["ts"]]++
			}
		}
		for ts, n := range got {
			if n > 1 {
				t.Fatalf("%v came %d times", ts, n)
			}
		}
		return len(got) == writers*each+1
	})
	if m := s.messages("support")[0].(object); m["reply_count"] != float64(writers*each) {
		t.Errorf("the root counts %v replies", m["reply_count"])
	}
}

func TestDebugReconnectsShortenAConnection(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	for suffix, want := range map[string]float64{"": 18060, "&debug_reconnects=true": 360} {
		ws, res, err := websocket.Dial(t.Context(), s.ticket()+suffix, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.Body != nil {
			_ = res.Body.Close()
		}
		_, raw, err := ws.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := parse(t, raw)["debug_info"].(object)["approximate_connection_time"]; got != want {
			t.Errorf("%q: %v, want %v", suffix, got, want)
		}
		_ = ws.Close(websocket.StatusNormalClosure, "")
	}
	eventually(t, "a closing handshake ends the connection", func() bool { return s.get("/sim/v1/state")["sockets"] == 0.0 })
}
