package slacksim_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"threadline/slackapp/slacksim"
)

// quick is a simulator whose acknowledgement timer and redelivery schedule are short.
func quick() slacksim.Config {
	return slacksim.Config{Seed: 1, AckTimeout: 150 * time.Millisecond, Scale: 0.001, PingInterval: 100 * time.Millisecond}
}

func payloadOf(env object) object { p, _ := env["payload"].(object); return p }

func TestUnacknowledgedEventsComeAgain(t *testing.T) {
	t.Parallel()
	s := start(t, quick())
	w := s.dial(t, &wire{mute: true}, nil)
	s.control("say", object{"user": "dana", "channel": "support", "text": "hi"})
	eventually(t, "the last retry is given up", func() bool { return has(s.logged("drop"), "error", "not_acknowledged") })
	got := w.events("message")
	if len(got) != 4 {
		t.Fatalf("sent %d times, want once and three retries", len(got))
	}
	ids := map[any]bool{}
	for i, env := range got {
		if env["retry_attempt"] != float64(i) {
			t.Errorf("attempt %d says %v", i, env["retry_attempt"])
		}
		if want := map[bool]string{true: "", false: "timeout"}[i == 0]; env["retry_reason"] != want {
			t.Errorf("attempt %d has reason %q", i, env["retry_reason"])
		}
		if payloadOf(env)["event_id"] != payloadOf(got[0])["event_id"] {
			t.Error("a retry bears another event_id")
		}
		ids[env["envelope_id"]] = true
	}
	if len(ids) != 4 {
		t.Errorf("%d envelope ids for 4 attempts", len(ids))
	}
}

func TestEventsWithoutASocketGoOutOnTheNext(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	s.control("say", object{"user": "dana", "channel": "support", "text": "anyone?"})
	w := s.listen(t, nil)
	eventually(t, "the event arrives", func() bool { return len(w.events("message")) == 1 })
	if env := w.events("message")[0]; env["retry_attempt"] != 1.0 || env["retry_reason"] != "timeout" {
		t.Errorf("the only delivery must be marked a retry: %v", env)
	}
}

func TestWhatASocketOwedGoesOutOnTheNext(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	first := s.dial(t, &wire{mute: true}, nil)
	s.control("say", object{"user": "dana", "channel": "support", "text": "hi"})
	eventually(t, "the event arrives", func() bool { return len(first.events("message")) == 1 })
	_ = first.ws.CloseNow()
	second := s.listen(t, nil)
	within(t, 2*time.Second, func() {
		eventually(t, "the event arrives again", func() bool { return len(second.events("message")) == 1 })
	})
	if a, b := first.events("message")[0]["envelope_id"], second.events("message")[0]["envelope_id"]; a != b {
		t.Errorf("envelope %v became %v", a, b)
	}
	eventually(t, "it is acknowledged", func() bool { return s.get("/sim/v1/state")["pending_envelopes"] == 0.0 })
}

func TestAnAcknowledgementOnAnotherSocketCounts(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	a, b := s.dial(t, &wire{mute: true}, nil), s.dial(t, &wire{mute: true}, nil)
	s.control("say", object{"user": "dana", "channel": "support", "text": "hi"})
	eventually(t, "the event arrives", func() bool { return len(a.events("message"))+len(b.events("message")) == 1 })
	got, other := a, b
	if len(a.events("message")) == 0 {
		got, other = b, a
	}
	other.ack(t.Context(), object{"envelope_id": got.events("message")[0]["envelope_id"]})
	eventually(t, "it is taken", func() bool { return s.get("/sim/v1/state")["pending_envelopes"] == 0.0 })
}

func TestLargeAcknowledgementsAreIgnored(t *testing.T) {
	t.Parallel()
	s := start(t, quick())
	w := s.dial(t, &wire{mute: true}, nil)
	s.control("say", object{"user": "dana", "channel": "support", "text": "hi"})
	eventually(t, "the event arrives", func() bool { return len(w.events("message")) == 1 })
	w.ack(t.Context(), object{"envelope_id": w.events("message")[0]["envelope_id"], "payload": object{"x": strings.Repeat("x", 20480)}})
	eventually(t, "it is logged as too large", func() bool { return has(s.logged("ack"), "error", "too_large") })
	eventually(t, "the event comes again", func() bool { return len(w.events("message")) > 1 })
}

func TestTicketsServeOnce(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, slacksim.Config{Seed: 1, Now: clock.now})
	dial := func(url string) int {
		ws, res, err := websocket.Dial(t.Context(), url, nil)
		if res != nil && res.Body != nil {
			_ = res.Body.Close()
		}
		if err == nil {
			_ = ws.CloseNow()
		}
		return res.StatusCode
	}
	url := s.ticket()
	if got := dial(url); got != http.StatusSwitchingProtocols {
		t.Fatalf("a fresh ticket: %d", got)
	}
	if got := dial(url); got != http.StatusForbidden {
		t.Errorf("a used ticket: %d", got)
	}
	url = s.ticket()
	clock.add(31 * time.Second)
	if got := dial(url); got != http.StatusForbidden {
		t.Errorf("a ticket of 31 s: %d", got)
	}
}

func TestTenSocketsAndNoMore(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	for i := range 10 {
		w := s.listen(t, nil)
		hello := w.control("hello")
		if len(hello) != 1 || hello[0]["num_connections"] != float64(i+1) {
			t.Fatalf("socket %d: %v", i, hello)
		}
		if d := hello[0]["debug_info"].(object); d["host"] == "" || d["approximate_connection_time"] == nil {
			t.Fatalf("hello lacks its debug_info: %v", hello)
		}
	}
	w := s.listen(t, nil)
	if d := w.control("disconnect"); len(d) != 1 || d[0]["reason"] != "too_many_websockets" || len(w.control("hello")) != 0 {
		t.Fatalf("the eleventh: %v", w.frames)
	}
}

func TestSocketsAreChosenByChance(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	a, b := s.listen(t, nil), s.listen(t, nil)
	for range 20 {
		s.control("say", object{"user": "dana", "channel": "support", "text": "hi"})
	}
	eventually(t, "all arrive", func() bool { return len(a.events("message"))+len(b.events("message")) == 20 })
	if len(a.events("message")) == 0 || len(b.events("message")) == 0 {
		t.Errorf("one socket got all: %d and %d", len(a.events("message")), len(b.events("message")))
	}
}

func TestASilentPeerIsDropped(t *testing.T) {
	t.Parallel()
	s := start(t, quick())
	// Without reading, a client answers no ping.
	ws, res, err := websocket.Dial(t.Context(), s.ticket(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.Body != nil {
		_ = res.Body.Close()
	}
	defer func() { _ = ws.CloseNow() }()
	eventually(t, "it is dropped", func() bool { return has(s.logged("socket"), "method", "missed_pongs") })
	eventually(t, "nothing is open", func() bool { return s.get("/sim/v1/state")["sockets"] == 0.0 })
}

func TestPressesAreNotRetried(t *testing.T) {
	t.Parallel()
	s := start(t, quick())
	ts := s.must("chat.postMessage", object{"channel": "support", "text": "x", "blocks": actions(button("claim", "h1"))})["ts"]
	press := object{"user": "dana", "channel": "support", "message_ts": ts, "action_id": "claim"}
	if out := s.control("click", press); out["error"] != "dispatch_failed" || out["acked"] != false {
		t.Errorf("without a socket: %v", out)
	}
	w := s.dial(t, &wire{mute: true}, nil)
	if out := s.control("click", press); out["error"] != "operation_timeout" || out["acked"] != false {
		t.Errorf("without an acknowledgement: %v", out)
	}
	n := 0
	for _, env := range w.all() {
		if env["type"] == "interactive" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("sent %d times", n)
	}
}

func TestDisconnects(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	for _, reason := range []string{"warning", "refresh_requested", "link_disabled"} {
		w := s.listen(t, nil)
		s.control("faults", object{"disconnect": reason})
		eventually(t, reason, func() bool { return has(w.control("disconnect"), "reason", reason) })
		_ = w.ws.Close(websocket.StatusNormalClosure, "")
	}
	s.control("faults", object{"disconnect_after_hello": 1})
	w := s.listen(t, nil)
	eventually(t, "a disconnect after hello", func() bool { return len(w.control("disconnect")) == 1 && len(w.control("hello")) == 1 })
	s.listen(t, nil)
	eventually(t, "the next one stays", func() bool { return s.get("/sim/v1/state")["sockets"] == 1.0 })
}

// slack-go must live through disconnects, and lose nothing that it acknowledges on the next socket.
func TestSlackGoSurvivesRefreshes(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	a := s.connect(nil)
	const lines = 12
	for i := range lines {
		s.control("say", object{"user": "dana", "channel": "support", "text": "line"})
		if i%4 == 1 {
			s.control("faults", object{"disconnect": "refresh_requested"})
		}
	}
	eventually(t, "every line arrives", func() bool {
		seen := map[any]bool{}
		for _, ev := range a.inner("message") {
			seen[ev["ts"]] = true
		}
		return len(seen) == lines
	})
	eventually(t, "and is acknowledged", func() bool { return s.get("/sim/v1/state")["pending_envelopes"] == 0.0 })
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	s, err := slacksim.Start(context.Background(), slacksim.Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	x := &sim{t: t, Server: s}
	x.listen(t, nil)
	x.control("faults", object{"hang": object{"method": "auth.test", "times": 1}})
	hung := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.APIURL()+"auth.test", nil)
		if err == nil {
			var res *http.Response
			if res, err = http.DefaultClient.Do(req); err == nil {
				err = res.Body.Close()
			}
		}
		hung <- err
	}()
	eventually(t, "the call hangs", func() bool { return x.get("/sim/v1/state")["faults"].(object)["hang"] == 0.0 })
	within(t, 5*time.Second, func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := <-hung; err == nil {
		t.Error("the call that hung was answered")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestOnlyLoopback(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "nonsense"} {
		if srv, err := slacksim.Start(t.Context(), slacksim.Config{Listen: addr}); err == nil {
			_ = srv.Close()
			t.Errorf("%s was accepted", addr)
		}
	}
	s := start(t, slacksim.Config{})
	for name, set := range map[string]func(*http.Request){
		"a foreign origin": func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"a foreign name":   func(r *http.Request) { r.Host = "evil.example" },
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/sim/v1/state", nil)
		if err != nil {
			t.Fatal(err)
		}
		set(req)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
}
