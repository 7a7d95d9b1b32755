package slacksim_test

import (
	"encoding/json"
	"strings"
	"testing"

	"threadline/slackapp/slacksim"
)

func TestAnAnswerThatBreaksOff(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	s.control("faults", object{"truncate": object{"method": "chat.postMessage", "times": 1}})
	status, _, text, err := s.attempt("chat.postMessage", hello)
	if err != nil || status != 200 || json.Valid([]byte(text)) || !strings.HasPrefix(text, "{") {
		t.Errorf("%d %q %v", status, text, err)
	}
	if n := len(s.messages("support")); n != 1 {
		t.Errorf("%d messages: the call was carried out", n)
	}
	if !has(s.logged("call"), "error", "truncated") {
		t.Error("the log does not say so")
	}
	if _, _, text, err := s.attempt("chat.postMessage", hello); err != nil || !json.Valid([]byte(text)) {
		t.Errorf("once is once: %q %v", text, err)
	}
}

func TestAChannelInWhichTheAppMayNotPost(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	s.must("chat.postMessage", object{"channel": "support", "text": "before"})
	s.control("faults", object{"restrict": "#support"})
	if out := s.api("chat.postMessage", object{"channel": "support", "text": "x"}); out["error"] != "restricted_action_read_only_channel" {
		t.Errorf("a post: %v", out)
	}
	s.must("chat.postMessage", object{"channel": "sales", "text": "elsewhere"})
	s.control("say", object{"user": "dana", "channel": "support", "text": "people may"})
	s.control("faults", object{"clear": true})
	s.must("chat.postMessage", object{"channel": "support", "text": "after"})
}

func TestScopesTakenAway(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	w := s.listen(t, nil)
	ts := s.must("chat.postMessage", object{"channel": "support", "text": "before"})["ts"]
	eventually(t, "its echo", func() bool { return len(w.events("message")) == 1 })
	s.control("faults", object{"revoke_scopes": []string{"chat:write", "channels:history", "reactions:read"}})
	out := s.api("chat.postMessage", object{"channel": "support", "text": "x"})
	if provided, _ := out["provided"].(string); out["error"] != "missing_scope" || out["needed"] != "chat:write" || provided == "" || strings.Contains(provided, "chat:write,") {
		t.Errorf("a post: %v", out)
	}
	// Nor is there any event that needs them.
	s.control("say", object{"user": "dana", "channel": "support", "text": "unheard"})
	s.control("react", object{"user": "dana", "channel": "support", "ts": ts, "emoji": "eyes"})
	s.control("home", object{"user": "dana"})
	eventually(t, "another event", func() bool { return len(w.events("app_home_opened")) == 1 })
	if n, m := len(w.events("message")), len(w.events("reaction_added")); n != 1 || m != 0 {
		t.Errorf("%d messages and %d reactions", n, m)
	}
	s.control("faults", object{"clear": true})
	s.must("chat.postMessage", object{"channel": "support", "text": "after"})
	eventually(t, "events again", func() bool { return len(w.events("message")) == 2 })
}

func TestAnUnknownEventAmongOthers(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	w := s.listen(t, nil)
	s.control("faults", object{"unknown_event": 2})
	s.control("say", object{"user": "dana", "channel": "support", "text": "hi"})
	eventually(t, "all of them", func() bool { return len(w.events("beacon_lit")) == 2 && len(w.events("message")) == 1 })
}

func TestARetryUnderTheSameEnvelope(t *testing.T) {
	t.Parallel()
	s := start(t, quick())
	w := s.dial(t, &wire{mute: true}, nil)
	s.control("faults", object{"same_envelope": true})
	s.control("say", object{"user": "dana", "channel": "support", "text": "hi"})
	eventually(t, "a retry", func() bool { return len(w.events("message")) > 1 })
	got := w.events("message")
	if got[0]["envelope_id"] != got[1]["envelope_id"] || got[1]["retry_attempt"] != 1.0 {
		t.Errorf("%v, then %v", got[0], got[1])
	}
	w.ack(t.Context(), object{"envelope_id": got[0]["envelope_id"]})
	eventually(t, "it is taken", func() bool { return s.get("/sim/v1/state")["pending_envelopes"] == 0.0 })
}

func TestAcknowledgementsThatCountOnlyOnTheirSocket(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	a, b := s.dial(t, &wire{mute: true}, nil), s.dial(t, &wire{mute: true}, nil)
	s.control("faults", object{"strict_acks": true})
	s.control("say", object{"user": "dana", "channel": "support", "text": "hi"})
	eventually(t, "the event arrives", func() bool { return len(a.events("message"))+len(b.events("message")) == 1 })
	got, other := a, b
	if len(a.events("message")) == 0 {
		got, other = b, a
	}
	ack := object{"envelope_id": got.events("message")[0]["envelope_id"]}
	other.ack(t.Context(), ack)
	eventually(t, "it is turned down", func() bool { return has(s.logged("ack"), "error", "not_its_socket") })
	if n := s.get("/sim/v1/state")["pending_envelopes"]; n != 1.0 {
		t.Errorf("%v pending", n)
	}
	got.ack(t.Context(), ack)
	eventually(t, "on its own socket it is taken", func() bool { return s.get("/sim/v1/state")["pending_envelopes"] == 0.0 })
}

func TestPostsBeyondTheLimitThatNobodySees(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, slacksim.Config{Seed: 1, Strict: true, Now: clock.now})
	s.control("faults", object{"hide_over_limit": true})
	for range 5 {
		if out := s.must("chat.postMessage", object{"channel": "support", "text": "x"}); out["ts"] == "" || out["message"] == nil {
			t.Errorf("the answer %v", out)
		}
	}
	hidden := 0
	for _, e := range s.logged("call") {
		if e["error"] == "hidden" {
			hidden++
		}
	}
	if n := len(s.messages("support")); n != 3 || hidden != 2 {
		t.Errorf("%d are there and %d hidden, want 3 and 2", n, hidden)
	}
	s.control("faults", object{"clear": true})
	if out := s.api("chat.postMessage", object{"channel": "support", "text": "x"}); out["error"] != "ratelimited" {
		t.Errorf("without the fault: %v", out)
	}
}
