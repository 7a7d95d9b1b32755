package slacksim_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"threadline/slackapp/slacksim"
)

// outcomes is which of so many posts an armed error struck, as a line of x and dots.
func (s *sim) outcomes(n int, channel string) string {
	s.t.Helper()
	var out strings.Builder
	for range n {
		mark := "."
		if s.api("chat.postMessage", object{"channel": channel, "text": "x"})["error"] == "fatal_error" {
			mark = "x"
		}
		out.WriteString(mark)
	}
	return out.String()
}

func TestAFaultByChanceIsRepeatable(t *testing.T) {
	t.Parallel()
	play := func(seed int64, between bool) string {
		s := start(t, slacksim.Config{Seed: seed})
		s.control("faults", object{"error": object{"method": "chat.postMessage", "error": "fatal_error", "probability": 0.25}})
		var out strings.Builder
		for range 40 {
			if between { // other calls throw no dice
				s.must("auth.test", nil)
			}
			out.WriteString(s.outcomes(1, "support"))
		}
		if got := strings.Count(out.String(), "."); len(s.messages("support")) != got {
			t.Errorf("%d posts for %s", len(s.messages("support")), out.String())
		}
		return out.String()
	}
	first := play(7, false)
	if struck := strings.Count(first, "x"); struck < 4 || struck > 18 {
		t.Errorf("a quarter of 40 are %d: %s", struck, first)
	}
	if again := play(7, true); again != first {
		t.Errorf("the same seed gives %s and %s", first, again)
	}
	if other := play(8, false); other == first {
		t.Errorf("two seeds give %s", first)
	}
}

func TestAFaultByChanceEnds(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	arm := func(more object) {
		o := object{"method": "chat.postMessage", "error": "fatal_error"}
		for k, v := range more {
			o[k] = v
		}
		s.control("faults", object{"error": o})
	}
	arm(object{"probability": 1, "times": 2})
	if got := s.outcomes(4, "support"); got != "xx.." {
		t.Errorf("certain and twice: %s", got)
	}
	arm(object{"probability": 1})
	if got := s.outcomes(4, "support"); got != "xxxx" {
		t.Errorf("certain: %s", got)
	}
	s.control("faults", object{"clear": true})
	if got := s.outcomes(2, "support"); got != ".." {
		t.Errorf("cleared: %s", got)
	}
}

func TestAFaultOfOneChannel(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	s.control("faults", object{"error": object{"method": "*", "channel": "#support", "error": "fatal_error", "times": 4}})
	if got := s.outcomes(2, "sales"); got != ".." {
		t.Errorf("another channel: %s", got)
	}
	s.must("auth.test", nil)
	id := s.channel("support")["id"].(string)
	if got := s.outcomes(1, id) + s.outcomes(1, "support"); got != "xx" {
		t.Errorf("the channel by id and by name: %s", got)
	}
	next := s.control("change_id", object{"channel": "support"})["id"].(string)
	if got := s.outcomes(3, next); got != "xx." {
		t.Errorf("under another id: %s", got)
	}
	s.control("faults", object{"apply_then_fail": object{"method": "chat.postMessage", "channel": "support"}, "hang": object{"channel": "managers"}})
	s.must("chat.postMessage", object{"channel": "sales", "text": "x"})
	n := len(s.messages("support"))
	if _, _, _, err := s.attempt("chat.postMessage", hello); err == nil || len(s.messages("support")) != n+1 {
		t.Errorf("apply_then_fail: %v, %d posts of %d", err, len(s.messages("support")), n)
	}
	s.must("chat.postMessage", object{"channel": "support", "text": "x"})
}

func TestFaultsOfSomeEvents(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	w := s.listen(t, nil)
	say := func(channel, text string) {
		s.control("say", object{"user": "dana", "channel": channel, "text": text})
	}
	texts := func() string {
		var out []string
		for _, env := range w.events("message") {
			out = append(out, payloadOf(env)["event"].(object)["text"].(string))
		}
		return strings.Join(out, " ")
	}
	s.control("faults", object{"drop_events": object{"method": "message", "channel": "support", "times": 2}})
	say("sales", "a")
	say("support", "lost")
	say("support", "lost")
	say("support", "b")
	eventually(t, "two are lost", func() bool { return texts() == "a b" })
	if n := len(s.logged("drop")); n != 2 {
		t.Errorf("the log names %d lost events", n)
	}
	s.control("faults", object{"drop_events": 1})
	say("sales", "lost")
	say("sales", "c")
	eventually(t, "one more is lost", func() bool { return texts() == "a b c" })
	s.control("faults", object{"duplicate_events": object{"method": "message", "probability": 1, "times": 1}})
	s.control("react", object{"user": "dana", "channel": "support", "ts": s.messages("support")[0].(object)["ts"], "emoji": "eyes"})
	say("support", "d")
	eventually(t, "one comes twice", func() bool { return texts() == "a b c d d" })
	if n := len(w.events("reaction_added")); n != 1 {
		t.Errorf("a reaction came %d times", n)
	}
	s.control("faults", object{"drop_acks": object{"method": "message", "channel": "sales", "times": 1}})
	say("support", "e")
	say("sales", "f")
	eventually(t, "an acknowledgement in vain", func() bool { return has(s.logged("ack"), "error", "dropped_by_fault") })
	for _, ack := range s.logged("ack") {
		if lost := ack["error"] == "dropped_by_fault"; lost && ack["channel"] != s.channel("sales")["id"] {
			t.Errorf("lost: %v", ack)
		}
	}
}

func TestClockSkew(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, slacksim.Config{Seed: 1, Now: clock.now})
	w := s.listen(t, nil)
	seconds := func(ts any) int64 {
		whole, _, _ := strings.Cut(ts.(string), ".")
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	hour := int64(time.Hour / time.Second)
	now := clock.now().Unix()
	s.control("faults", object{"clock_skew_ms": -hour * 1000})
	status, h, _, err := s.attempt("auth.test", "")
	if err != nil || status != http.StatusOK {
		t.Fatalf("%d %v", status, err)
	}
	if at, err := http.ParseTime(h.Get("Date")); err != nil || at.Unix() != now-hour {
		t.Errorf("the answer is of %s", h.Get("Date"))
	}
	slow := s.control("say", object{"user": "dana", "channel": "support", "text": "slow"})["ts"]
	if got := seconds(slow); got != now-hour {
		t.Errorf("an hour behind: %d, want %d", got, now-hour)
	}
	s.control("faults", object{"clock_skew_ms": hour * 1000})
	fast := s.must("chat.postMessage", object{"channel": "support", "text": "fast"})["ts"]
	if got := seconds(fast); got != now+hour {
		t.Errorf("an hour ahead: %d, want %d", got, now+hour)
	}
	eventually(t, "both events", func() bool { return len(w.events("message")) == 2 })
	for i, want := range []int64{now - hour, now + hour} {
		if got := payloadOf(w.events("message")[i])["event_time"]; got != float64(want) {
			t.Errorf("event %d is of %v, want %d", i, got, want)
		}
	}
	s.control("faults", object{"clear": true})
	if last := s.must("chat.postMessage", object{"channel": "support", "text": "right"})["ts"].(string); last <= fast.(string) {
		t.Errorf("after %v came %s", fast, last)
	}
}
