package slacksim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/slack-go/slack/slackevents"

	"threadline/slackapp/slacksim"
)

// opens asks for connections until one is refused.
func (s *sim) opens(most int) int {
	s.t.Helper()
	for n := range most {
		status, out := s.do(http.MethodPost, s.APIURL()+"apps.connections.open", s.AppToken(), nil)
		if status == http.StatusTooManyRequests && out["error"] == "ratelimited" {
			return n
		}
		if out["ok"] != true {
			s.t.Fatalf("connection %d: %d %v", n, status, out)
		}
	}
	return most
}

func TestBothTiersOfConnectionsOpen(t *testing.T) {
	t.Parallel()
	clock := newClock()
	for tier, want := range map[int][2]int{0: {5, 50}, 3: {5, 50}, 1: {3, 1}} {
		s := start(t, slacksim.Config{Seed: 1, Strict: true, OpenTier: tier, Now: clock.now})
		if got := s.opens(20); got != want[0] {
			t.Errorf("tier %d: %d at once, want %d", tier, got, want[0])
		}
		refilled := 0
		for range 60 {
			clock.add(time.Second)
			refilled += s.opens(2)
		}
		if refilled != want[1] {
			t.Errorf("tier %d: %d within a minute, want %d", tier, refilled, want[1])
		}
	}
	s := start(t, slacksim.Config{Seed: 1, Strict: true, Now: clock.now})
	s.control("faults", object{"open_tier": 1})
	if got := s.opens(20); got != 3 {
		t.Errorf("tier 1 by a fault: %d at once", got)
	}
}

func TestLimitsOfUpdatesAndReactions(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, slacksim.Config{Seed: 1, Strict: true, Now: clock.now})
	support, sales := s.channel("support")["id"], s.channel("sales")["id"]
	a := s.must("chat.postMessage", object{"channel": support, "text": "a"})["ts"]
	b := s.must("chat.postMessage", object{"channel": sales, "text": "b"})["ts"]
	within := func(call func(i int) object) (n int) {
		t.Helper()
		for range 120 { // a minute by half seconds, from an empty bucket
			clock.add(500 * time.Millisecond)
			for call(n)["ok"] == true {
				n++
			}
		}
		return n
	}
	drain := func(call func(i int) object) {
		for i := 1000; call(i)["ok"] == true; i++ {
		}
	}
	// Slack: tier 3 is 50 a minute in the whole workspace, whatever the channel.
	update := func(i int) object {
		if i%2 == 0 {
			return s.api("chat.update", object{"channel": support, "ts": a, "text": fmt.Sprint(i)})
		}
		return s.api("chat.update", object{"channel": sales, "ts": b, "text": fmt.Sprint(i)})
	}
	drain(update)
	if got := within(update); got != 50 {
		t.Errorf("%d updates a minute, want 50", got)
	}
	// An emoji put and taken: reactions.add is tier 3, reactions.remove tier 2.
	add := func(i int) object {
		return s.api("reactions.add", object{"channel": support, "timestamp": a, "name": fmt.Sprint("e", i)})
	}
	for i := range 5 {
		if out := add(i); out["ok"] != true {
			t.Fatalf("reaction %d: %v", i, out)
		}
	}
	if out := add(9); out["error"] != "ratelimited" {
		t.Errorf("the sixth reaction at once: %v", out)
	}
	for i := range 3 {
		if out := s.api("reactions.remove", object{"channel": support, "timestamp": a, "name": fmt.Sprint("e", i)}); out["ok"] != true {
			t.Fatalf("reaction %d: %v", i, out)
		}
	}
	if out := s.api("reactions.remove", object{"channel": support, "timestamp": a, "name": "e3"}); out["error"] != "ratelimited" {
		t.Errorf("the fourth reaction taken at once: %v", out)
	}
}

func TestHowManyReactionsAMessageTakes(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	ch := s.channel("support")["id"]
	ts := s.must("chat.postMessage", object{"channel": ch, "text": "a"})["ts"]
	add := func(i int) object {
		return s.api("reactions.add", object{"channel": ch, "timestamp": ts, "name": fmt.Sprint("e", i)})
	}
	for i := range 23 {
		if out := add(i); out["ok"] != true {
			t.Fatalf("reaction %d: %v", i, out)
		}
	}
	if out := add(23); out["error"] != "too_many_reactions" {
		t.Errorf("the 24th of one person: %v", out)
	}
	if out := add(0); out["error"] != "already_reacted" {
		t.Errorf("one that stands: %v", out)
	}
	for i := 23; i < 50; i++ {
		s.control("react", object{"user": []string{"dana", "lee"}[i%2], "channel": "support", "ts": ts, "emoji": fmt.Sprint("e", i)})
	}
	s.must("reactions.remove", object{"channel": ch, "timestamp": ts, "name": "e0"})
	s.control("react", object{"user": "lee", "channel": "support", "ts": ts, "emoji": "e0"})
	if out := add(99); out["error"] != "too_many_emoji" {
		t.Errorf("the 51st emoji: %v", out)
	}
}

func TestTooManyEventsInAnHour(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, slacksim.Config{Seed: 1, EventsPerHour: 10, Now: clock.now})
	w := s.listen(t, nil)
	say := func(n int) {
		for range n {
			s.control("say", object{"user": "dana", "channel": "support", "text": "hi"})
		}
	}
	limited := func() (out []object) {
		for _, e := range w.all() {
			if p := payloadOf(e); p["type"] == "app_rate_limited" {
				out = append(out, p)
			}
		}
		return out
	}
	say(25)
	eventually(t, "the notice", func() bool { return len(limited()) == 1 })
	if n := len(w.events("message")); n != 10 {
		t.Errorf("%d of 25 events, want 10", n)
	}
	// slack-go is the judge of its form: Slack documents no inner event.
	e, err := slackevents.ParseEvent(mustRaw(t, limited()[0]), slackevents.OptionNoVerifyToken())
	if err != nil || e.Type != slackevents.AppRateLimited {
		t.Errorf("slack-go reads %+v: %v", e, err)
	}
	clock.add(time.Minute)
	say(5)
	eventually(t, "the next minute's notice", func() bool { return len(limited()) == 2 })
	clock.add(time.Hour)
	say(3)
	eventually(t, "events again an hour later", func() bool { return len(w.events("message")) == 13 })
	if n := len(limited()); n != 2 {
		t.Errorf("%d notices", n)
	}

	// By itself the limit is Slack's, and only where limits count.
	loose := start(t, slacksim.Config{Seed: 1})
	loose.control("faults", object{"events_per_hour": 1})
	v := loose.listen(t, nil)
	loose.control("say", object{"user": "dana", "channel": "support", "text": "one"})
	loose.control("say", object{"user": "dana", "channel": "support", "text": "two"})
	loose.control("faults", object{"clear": true})
	loose.control("say", object{"user": "dana", "channel": "support", "text": "three"})
	eventually(t, "one and three", func() bool { return len(v.events("message")) == 2 })
}

func TestRefreshCycles(t *testing.T) {
	t.Parallel()
	s := start(t, quick())
	w := s.listen(t, nil)
	s.control("faults", object{"refresh_every_ms": 400})
	eventually(t, "those that are open go", func() bool { return has(w.control("disconnect"), "reason", "refresh_requested") })
	for range 2 {
		next := s.listen(t, nil)
		eventually(t, "a warning, then the refresh", func() bool {
			d := next.control("disconnect")
			return len(d) == 2 && d[0]["reason"] == "warning" && d[1]["reason"] == "refresh_requested"
		})
	}
	s.control("say", object{"user": "dana", "channel": "support", "text": "between two sockets"})
	last := s.listen(t, nil)
	eventually(t, "the line comes on the next", func() bool { return len(last.events("message")) == 1 })
}

func TestUninstalled(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	w := s.listen(t, nil)
	s.control("faults", object{"uninstall": true})
	eventually(t, "both events, then the end", func() bool {
		return len(w.events("app_uninstalled")) == 1 && len(w.events("tokens_revoked")) == 1 && has(w.control("disconnect"), "reason", "link_disabled")
	})
	if out := s.api("auth.test", nil); out["error"] != "account_inactive" {
		t.Errorf("the bot token: %v", out["error"])
	}
	s.control("faults", object{"clear": true})
	s.must("auth.test", nil)
}

func TestARenamedChannel(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1, Dir: t.TempDir()})
	w := s.listen(t, nil)
	id := s.channel("support")["id"]
	s.control("rename", object{"channel": "#support", "name": "front-desk"})
	eventually(t, "the event", func() bool { return len(w.events("channel_rename")) == 1 })
	ev := payloadOf(w.events("channel_rename")[0])["event"].(object)
	if ch := ev["channel"].(object); ch["id"] != id || ch["name"] != "front-desk" {
		t.Errorf("the event %v", ev)
	}
	got := s.must("conversations.info", object{"channel": id})["channel"].(object)
	if before := got["previous_names"].([]any); got["name"] != "front-desk" || len(before) != 1 || before[0] != "support" {
		t.Errorf("the channel %v", got)
	}
	s.must("chat.postMessage", object{"channel": "front-desk", "text": "by its new name"})
	if out := s.api("chat.postMessage", object{"channel": "support", "text": "by its old one"}); out["error"] != "channel_not_found" {
		t.Errorf("its old name: %v", out)
	}
}

func TestAChannelWithAnotherID(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, slacksim.Config{Seed: 1, Dir: dir})
	w := s.listen(t, nil)
	old := s.channel("support")["id"]
	ts := s.must("chat.postMessage", object{"channel": old, "text": "before"})["ts"]
	file := s.control("say", object{"user": "dana", "channel": "support", "thread_ts": ts, "files": []object{{"name": "a.txt", "content_base64": "aGk="}}})["ts"]
	now := s.control("change_id", object{"channel": "#support"})["id"]
	eventually(t, "the event", func() bool { return len(w.events("channel_id_changed")) == 1 })
	ev := payloadOf(w.events("channel_id_changed")[0])["event"].(object)
	if ev["old_channel_id"] != old || ev["new_channel_id"] != now || now == old {
		t.Errorf("the event %v", ev)
	}
	if out := s.api("chat.postMessage", object{"channel": old, "text": "x"}); out["error"] != "channel_not_found" {
		t.Errorf("the old id: %v", out)
	}
	s.must("chat.postMessage", object{"channel": now, "thread_ts": ts, "text": "after"})
	s.control("faults", object{"archive": "#support", "kick": "#support"})
	now = s.control("change_id", object{"channel": "#support"})["id"]
	s.control("faults", object{"clear": true})
	s.must("chat.postMessage", object{"channel": now, "thread_ts": ts, "text": "opened again and back"})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := start(t, slacksim.Config{Seed: 1, Dir: dir})
	if got := again.must("conversations.replies", object{"channel": now, "ts": ts})["messages"].([]any); len(got) != 4 || got[1].(object)["ts"] != file {
		t.Errorf("after a restart %v", got)
	}
	if out := again.api("conversations.info", object{"channel": old}); out["error"] != "channel_not_found" {
		t.Errorf("the old id after a restart: %v", out)
	}
}

func mustRaw(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
