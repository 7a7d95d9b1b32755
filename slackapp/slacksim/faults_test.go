package slacksim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"threadline/slackapp/slacksim"
)

// attempt is one call whose connection may break.
func (s *sim) attempt(method, body string) (status int, header http.Header, text string, err error) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.APIURL()+method, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+s.BotToken())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(raw), err
}

func (s *sim) messages(channel string) []any {
	s.t.Helper()
	return s.channel(channel)["messages"].([]any)
}

const hello = `{"channel":"support","text":"hello"}`

func TestFaultsOfTheWebAPI(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	aim := func(kind string, more object) {
		o := object{"method": "chat.postMessage", "times": 1}
		for k, v := range more {
			o[k] = v
		}
		s.control("faults", object{kind: o})
	}
	aim("fail", object{"status": 502, "html": true})
	if status, h, text, err := s.attempt("chat.postMessage", hello); err != nil || status != 502 || !strings.HasPrefix(h.Get("Content-Type"), "text/html") || !strings.Contains(text, "<html>") {
		t.Errorf("fail: %d %q %v", status, text, err)
	}
	aim("error", object{"error": "fatal_error"})
	if _, _, text, _ := s.attempt("chat.postMessage", hello); !strings.Contains(text, `"fatal_error"`) {
		t.Errorf("error: %q", text)
	}
	aim("rate_limit", object{"retry_after": 7})
	if status, h, text, _ := s.attempt("chat.postMessage", hello); status != 429 || h.Get("Retry-After") != "7" || !strings.Contains(text, `"ratelimited"`) {
		t.Errorf("rate_limit: %d %v %q", status, h, text)
	}
	aim("rate_limit", object{"retry_after": nil})
	if status, h, _, _ := s.attempt("chat.postMessage", hello); status != 429 || h.Get("Retry-After") != "" {
		t.Errorf("rate_limit without a header: %d %v", status, h)
	}
	aim("reset", nil)
	if _, _, _, err := s.attempt("chat.postMessage", hello); err == nil {
		t.Error("reset: an answer came")
	}
	if n := len(s.messages("support")); n != 0 {
		t.Fatalf("a failed call posted: %d", n)
	}
	aim("apply_then_fail", nil)
	if _, _, _, err := s.attempt("chat.postMessage", hello); err == nil {
		t.Error("apply_then_fail: an answer came")
	}
	if n := len(s.messages("support")); n != 1 {
		t.Errorf("apply_then_fail posted %d", n)
	}
	if status, _, _, err := s.attempt("chat.postMessage", hello); err != nil || status != 200 {
		t.Errorf("once is once: %d %v", status, err)
	}
	var errs []string
	for _, e := range s.logged("call") {
		errs = append(errs, fmt.Sprint(e["error"]))
	}
	if got := strings.Join(errs, " "); got != "failed_by_fault fatal_error ratelimited ratelimited reset connection_cut " {
		t.Errorf("the log says %q", got)
	}
	s.control("faults", object{"latency_ms": 150})
	begin := time.Now()
	if _, _, _, err := s.attempt("auth.test", ""); err != nil || time.Since(begin) < 150*time.Millisecond {
		t.Errorf("latency: %v after %v", err, time.Since(begin))
	}
	s.control("faults", object{"clear": true, "hang": object{"method": "auth.test", "times": 1}})
	done := make(chan error, 1)
	go func() { _, _, _, err := s.attempt("auth.test", ""); done <- err }()
	eventually(t, "the call hangs, and counts as nothing moving", func() bool {
		return s.get("/sim/v1/wait?idle_ms=50&timeout_ms=1000")["idle"] == true
	})
	s.control("faults", object{"clear": true})
	if err := <-done; err == nil {
		t.Error("hang: an answer came")
	}
}

func TestDownMeansPeopleGoOnTyping(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	w := s.listen(t, nil)
	url := s.ticket()
	s.control("faults", object{"down": true})
	eventually(t, "the socket ends", func() bool { return s.get("/sim/v1/state")["sockets"] == 0.0 })
	if status, _, _, err := s.attempt("chat.postMessage", hello); err != nil || status != 503 {
		t.Errorf("down: %d %v", status, err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.Replace(url, "ws://", "http://", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 503 {
		t.Errorf("a socket while down: %d", res.StatusCode)
	}
	s.control("say", object{"user": "dana", "channel": "support", "text": "typed meanwhile"})
	if len(w.events("message")) != 0 {
		t.Error("an event came while down")
	}
	s.control("faults", object{"down": false})
	w = s.listen(t, nil)
	eventually(t, "the line arrives", func() bool { return len(w.events("message")) == 1 })
}

func TestFaultsOfEvents(t *testing.T) {
	t.Parallel()
	c := quick()
	s := start(t, c)
	w := s.listen(t, nil)
	say := func(text string) { s.control("say", object{"user": "dana", "channel": "support", "text": text}) }
	texts := func() string {
		var out []string
		for _, env := range w.events("message") {
			out = append(out, payloadOf(env)["event"].(object)["text"].(string))
		}
		return strings.Join(out, " ")
	}
	s.control("faults", object{"duplicate_events": 1})
	say("a")
	eventually(t, "the event comes twice", func() bool { return texts() == "a a" })
	twice := w.events("message")
	if payloadOf(twice[0])["event_id"] != payloadOf(twice[1])["event_id"] || twice[0]["envelope_id"] == twice[1]["envelope_id"] {
		t.Error("a duplicate has its event's id and an envelope of its own")
	}
	s.control("faults", object{"reorder_events": 3})
	say("b")
	say("c")
	say("d")
	eventually(t, "three come backwards", func() bool { return texts() == "a a d c b" })
	s.control("faults", object{"delay_events_ms": 200})
	begin := time.Now()
	say("e")
	eventually(t, "a late one", func() bool { return texts() == "a a d c b e" })
	if took := time.Since(begin); took < 200*time.Millisecond {
		t.Errorf("it came after %v", took)
	}
	eventually(t, "all is acknowledged", func() bool { return s.get("/sim/v1/state")["pending_envelopes"] == 0.0 })
	s.control("faults", object{"clear": true, "drop_acks": 1})
	say("f")
	eventually(t, "what was acknowledged in vain comes again", func() bool { return texts() == "a a d c b e f f" })
	s.control("faults", object{"unknown_envelope": 1})
	eventually(t, "an envelope of an unknown type", func() bool {
		for _, env := range w.all() {
			if env["type"] == "beacon" {
				return true
			}
		}
		return false
	})
	s.control("faults", object{"malformed_block": 1})
	say("g")
	eventually(t, "a malformed block", func() bool { return strings.HasSuffix(texts(), " g") })
	got := w.events("message")
	blocks := payloadOf(got[len(got)-1])["event"].(object)["blocks"].([]any)
	if _, isText := blocks[0].(object)["text"].(string); !isText {
		t.Errorf("the blocks are fine: %v", blocks)
	}
}

func TestRevokedTokens(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	w := s.listen(t, nil)
	s.control("faults", object{"revoke_tokens": true})
	eventually(t, "the event, then the end", func() bool {
		return len(w.events("tokens_revoked")) == 1 && has(w.control("disconnect"), "reason", "link_disabled")
	})
	if out := s.api("auth.test", nil); out["error"] != "account_inactive" {
		t.Errorf("the bot token: %v", out["error"])
	}
	if _, out := s.do(http.MethodPost, s.APIURL()+"apps.connections.open", s.AppToken(), nil); out["error"] != "token_revoked" {
		t.Errorf("the app token: %v", out["error"])
	}
	s.control("faults", object{"clear": true})
	s.must("auth.test", nil)
}

func TestAHalfOpenSocketSaysNothing(t *testing.T) {
	t.Parallel()
	s := start(t, quick())
	w := s.listen(t, nil)
	s.control("faults", object{"half_open": true})
	ping := make(chan error, 1)
	ctx, cancel := contextWithin(t, 400*time.Millisecond)
	defer cancel()
	go func() { ping <- w.ws.Ping(ctx) }()
	s.control("say", object{"user": "dana", "channel": "support", "text": "into the void"})
	if err := <-ping; err == nil {
		t.Error("a half-open socket answers pings")
	}
	eventually(t, "the server gives it up", func() bool { return s.get("/sim/v1/state")["sockets"] == 0.0 })
	if len(w.events("message")) != 0 {
		t.Error("a half-open socket carries events")
	}
	next := s.listen(t, nil)
	eventually(t, "the line comes on the next socket", func() bool { return len(next.events("message")) > 0 })
}

func TestResponseURLs(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, slacksim.Config{Seed: 1, Now: clock.now})
	var got triggers
	s.listen(t, got.see)
	ts := s.must("chat.postMessage", object{"channel": "support", "text": "card", "blocks": actions(button("claim", "h1"))})["ts"]
	var clicks sync.WaitGroup // a press without effects is answered after 3 s; nobody waits for that here
	defer clicks.Wait()
	last := ""
	click := func() string {
		clicks.Go(func() {
			s.control("click", object{"user": "dana", "channel": "support", "message_ts": ts, "action_id": "claim"})
		})
		url := ""
		eventually(t, "the press arrives", func() bool {
			url, _ = got.get("response_url").(string)
			return url != "" && url != last
		})
		last = url
		return url
	}
	answer := func(url string, body object) (int, string) {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(string(raw)))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(text)
	}
	url := click()
	if status, text := answer(url, object{"text": "only you"}); status != 200 || text != "ok" {
		t.Fatalf("an answer: %d %s", status, text)
	}
	private := s.get("/sim/v1/state")["ephemerals"].([]any)
	if len(private) != 1 || private[0].(object)["text"] != "only you" || private[0].(object)["user"] != s.user("dana") {
		t.Errorf("private by default: %v", private)
	}
	answer(url, object{"text": "all of you", "response_type": "in_channel", "thread_ts": ts})
	card := s.messages("support")[0].(object)
	if replies := card["replies"].([]any); len(replies) != 1 || replies[0].(object)["text"] != "all of you" {
		t.Errorf("in the thread: %v", replies)
	}
	answer(url, object{"text": "taken", "replace_original": true})
	if card := s.messages("support")[0].(object); card["text"] != "taken" {
		t.Errorf("replaced: %v", card)
	}
	lee := object{"user": "lee", "channel": "support", "message_ts": ts, "action_id": "claim"}
	clicks.Go(func() {
		if out := s.control("click", lee); out["acked"] != true {
			t.Errorf("a stale press is not delivered: %v", out)
		}
	})
	eventually(t, "the stale press arrives", func() bool {
		who, _ := got.get("user").(object)
		return who["name"] == "lee"
	})
	last, _ = got.get("response_url").(string)
	answer(url, object{"text": "4"})
	answer(url, object{"text": "5"})
	if status, text := answer(url, object{"text": "6"}); status != 404 || !strings.Contains(text, "used_url") {
		t.Errorf("a sixth use: %d %s", status, text)
	}
	old := click()
	clock.add(30 * time.Minute)
	if status, text := answer(old, object{"text": "late"}); status != 404 || !strings.Contains(text, "expired_url") {
		t.Errorf("after 30 minutes: %d %s", status, text)
	}
	gone := click()
	answer(gone, object{"delete_original": true})
	if card := s.messages("support")[0].(object); card["subtype"] != "tombstone" {
		t.Errorf("deleted: %v", card)
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, slacksim.Config{Seed: 1, Strict: true, Now: clock.now})
	count := func(n int, method, body string) (ok, retry int) {
		for range n {
			status, h, text, err := s.attempt(method, body)
			switch {
			case err != nil:
				t.Fatal(err)
			case status == 429:
				if _, err := fmt.Sscan(h.Get("Retry-After"), &retry); err != nil || !strings.Contains(text, "ratelimited") {
					t.Errorf("429 with %q %s", h.Get("Retry-After"), text)
				}
			default:
				ok++
			}
		}
		return ok, retry
	}
	if ok, retry := count(6, "chat.postMessage", hello); ok != 3 || retry != 1 {
		t.Errorf("six posts at once: %d went, retry after %d", ok, retry)
	}
	if ok, _ := count(3, "chat.postMessage", `{"channel":"sales","text":"x"}`); ok != 3 {
		t.Errorf("another channel has its own bucket: %d", ok)
	}
	clock.add(time.Second)
	if ok, _ := count(2, "chat.postMessage", hello); ok != 1 {
		t.Errorf("after a second: %d", ok)
	}
	ok, _ := count(100, "conversations.info", `{"channel":"x"}`)
	if ok != 5 {
		t.Errorf("tier 3 at once: %d", ok)
	}
	clock.add(time.Minute)
	for range 60 {
		clock.add(time.Second)
		n, _ := count(1, "conversations.info", `{"channel":"x"}`)
		ok += n
	}
	if ok < 50 || ok > 60 {
		t.Errorf("tier 3 in the minute after: %d", ok)
	}
	if relaxed := start(t, slacksim.Config{Seed: 1}); relaxed != nil {
		for range 20 {
			relaxed.must("chat.postMessage", object{"channel": "support", "text": "x"})
		}
	}
}

func TestWaitSeesMovement(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	if s.get("/sim/v1/wait?idle_ms=10&timeout_ms=2000")["idle"] != true {
		t.Error("nothing moves and it is not idle")
	}
	s.dial(t, &wire{mute: true}, nil)
	s.control("say", object{"user": "dana", "channel": "support", "text": "unacknowledged"})
	if s.get("/sim/v1/wait?idle_ms=10&timeout_ms=300")["idle"] != false {
		t.Error("an envelope waits for its acknowledgement and it is idle")
	}
}

func TestControlsRefuse(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	mine := s.control("say", object{"user": "dana", "channel": "support", "text": "mine"})["ts"]
	for _, c := range []struct {
		name   string
		body   object
		status int
		code   string
	}{
		{"say", object{"user": "nobody", "channel": "support", "text": "x"}, 404, "no_such_user"},
		{"say", object{"user": "dana", "channel": "nowhere", "text": "x"}, 404, "no_such_channel"},
		{"say", object{"user": "xena", "channel": "sales", "text": "x"}, 403, "not_in_channel"},
		{"say", object{"user": "dana", "channel": "support", "text": "x", "thread_ts": "1.2"}, 404, "thread_not_found"},
		{"say", object{"user": "dana", "channel": "support", "text": long(40001)}, 413, "msg_too_long"},
		{"say", object{"user": "dana", "channel": "support"}, 422, "no_text"},
		{"edit", object{"user": "lee", "channel": "support", "ts": mine, "text": "x"}, 403, "cant_update_message"},
		{"delete", object{"user": "lee", "channel": "support", "ts": mine}, 403, "cant_delete_message"},
		{"react", object{"user": "lee", "channel": "support", "ts": "1.2", "emoji": "eyes"}, 404, "message_not_found"},
		{"unreact", object{"user": "lee", "channel": "support", "ts": mine, "emoji": "eyes"}, 409, "no_reaction"},
		{"submit", object{"user": "dana", "view_id": "V0"}, 404, "no_such_view"},
		{"click", object{"user": "dana", "ephemeral_id": "1.2", "action_id": "x"}, 404, "no_such_ephemeral"},
		{"home", object{"user": "xena"}, 403, "not_for_external_users"},
		{"faults", object{"kick": "#nowhere"}, 404, "no_such_channel"},
		{"faults", object{"hang": object{"channel": "#nowhere"}}, 404, "no_such_channel"},
		{"faults", object{"error": object{"probability": 0}}, 400, "invalid_fault"},
		{"faults", object{"reset": object{"probability": 1.5}}, 400, "invalid_fault"},
		{"faults", object{"drop_acks": object{"probability": "often"}}, 400, "invalid_fault"},
		{"faults", object{"fail": 1}, 400, "invalid_fault"},
		{"nothing", object{}, 404, "no_such_control"},
	} {
		status, out := s.do(http.MethodPost, s.URL()+"/sim/v1/"+c.name, "", c.body)
		e, _ := out["error"].(object)
		if status != c.status || e["code"] != c.code || e["message"] == "" {
			t.Errorf("%s %v: %d %v", c.name, c.body, status, out)
		}
	}
	// Names and ids are the same to a control.
	s.control("edit", object{"user": s.user("dana"), "channel": s.channel("support")["id"], "ts": mine, "text": "changed"})
	s.control("say", object{"user": "dana", "channel": "#support", "text": long(40000)})
}
