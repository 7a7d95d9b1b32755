package slacksim_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"threadline/slackapp/slacksim"
)

// triggers keeps the payloads of presses for a test to use.
type triggers struct {
	mu   sync.Mutex
	last object
}

func (g *triggers) see(env object) any {
	g.mu.Lock()
	defer g.mu.Unlock()
	if env["type"] != "events_api" {
		g.last = payloadOf(env)
	}
	return nil
}

func (g *triggers) get(k string) any {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last[k]
}

func TestTriggersAndStacks(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := start(t, slacksim.Config{Seed: 1, Now: clock.now})
	var got triggers
	s.listen(t, func(env object) any {
		got.see(env)
		return object{"text": "at once, so that nobody waits for more"}
	})
	command := func() any {
		s.control("command", object{"user": "dana", "channel": "support", "command": "/handoff"})
		return got.get("trigger_id")
	}
	open := func(method string, trigger any, view object) object {
		return s.api(method, object{"trigger_id": trigger, "view": view})
	}
	old := command()
	clock.add(3 * time.Second)
	if out := open("views.open", old, modal(false)); out["error"] != "expired_trigger_id" {
		t.Errorf("after 3 s: %v", out["error"])
	}
	if out := open("views.open", "1.2.3", modal(false)); out["error"] != "invalid_trigger_id" {
		t.Errorf("a made-up trigger: %v", out["error"])
	}
	fresh := command()
	clock.add(2900 * time.Millisecond)
	first := open("views.open", fresh, modal(false))
	if first["ok"] != true {
		t.Fatal(first)
	}
	if out := open("views.open", fresh, modal(false)); out["error"] != "exchanged_trigger_id" {
		t.Errorf("a second use: %v", out["error"])
	}
	view := first["view"].(object)
	for i, want := range []any{nil, nil, "push_limit_reached"} {
		if out := open("views.push", command(), modal(false)); out["error"] != want {
			t.Errorf("push %d: %v", i, out["error"])
		}
	}
	if out := s.api("views.update", object{"view_id": view["id"], "hash": "0.x", "view": modal(false)}); out["error"] != "hash_conflict" {
		t.Errorf("an old hash: %v", out["error"])
	}
	if out := s.api("views.update", object{"view_id": view["id"], "hash": view["hash"], "view": modal(false)}); out["ok"] != true {
		t.Errorf("the right hash: %v", out)
	}
	if out := s.api("views.update", object{"view_id": "V0NONE", "view": modal(false)}); out["error"] != "not_found" {
		t.Errorf("an unknown view: %v", out["error"])
	}
	if status, out := s.do(http.MethodPost, s.URL()+"/sim/v1/submit", "", object{"user": "dana", "view_id": view["id"]}); status != http.StatusConflict {
		t.Errorf("submitting the lowest of three: %d %v", status, out)
	}
}

func TestSubmissions(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1, AckTimeout: 300 * time.Millisecond})
	var mu sync.Mutex
	var answer any
	set := func(v any) { mu.Lock(); answer = v; mu.Unlock() }
	var got triggers
	s.listen(t, func(env object) any {
		got.see(env)
		p := payloadOf(env)
		if env["type"] == "slash_commands" {
			if out := s.api("views.open", object{"trigger_id": p["trigger_id"], "view": modal(true)}); out["ok"] != true {
				t.Error(out)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		if p["type"] == "view_submission" {
			return answer
		}
		return nil
	})
	open := func() any {
		return s.control("command", object{"user": "dana", "channel": "support", "command": "/handoff"})["view_id"]
	}
	id := open()
	submit := func(values object) object {
		return s.control("submit", object{"user": "dana", "view_id": id, "values": values})
	}
	good := object{"outcome": object{"outcome": "solved"}, "note": object{"note": "all well"}}
	views := func() []any { return s.get("/sim/v1/state")["views"].([]any) }

	if out := submit(object{}); out["error"] != "not_filled_in" || out["errors"].(object)["outcome"] == nil || out["acked"] != false {
		t.Errorf("an empty form: %v", out)
	}
	if out := submit(object{"outcome": object{"outcome": "won"}}); out["error"] != "no_such_option" {
		t.Errorf("an option of nobody's: %v", out)
	}
	if out := submit(object{"hat": object{"hat": "x"}}); out["error"] != "no_such_element" {
		t.Errorf("a field of nobody's: %v", out)
	}
	set(object{"response_action": "errors", "errors": object{"note": "too short"}})
	if out := submit(good); out["errors"].(object)["note"] != "too short" || len(views()) != 1 {
		t.Errorf("errors: %v", out)
	}
	state := got.get("view").(object)["state"].(object)["values"].(object)
	if state["outcome"].(object)["outcome"].(object)["selected_option"].(object)["value"] != "solved" ||
		state["note"].(object)["note"].(object)["value"] != "all well" {
		t.Errorf("the state that was sent: %v", state)
	}
	if shown := views()[0].(object)["errors"].(object); shown["note"] != "too short" {
		t.Errorf("the errors shown: %v", shown)
	}
	set(object{"response_action": "errors", "errors": object{"hat": "no such block"}})
	if out := submit(good); out["error"] != "invalid_response" {
		t.Errorf("errors for no block: %v", out)
	}
	set(object{"text": "no response_action"})
	if out := submit(good); out["error"] != "invalid_response" || len(views()) != 1 {
		t.Errorf("an answer that is none: %v", out)
	}
	set(object{"response_action": "update", "view": modal(false)})
	if out := submit(good); out["view_id"] != id {
		t.Errorf("an update: %v", out)
	}
	set(object{"response_action": "push", "view": modal(false)})
	out := submit(good)
	if out["view_id"] == id || len(views()) != 2 {
		t.Errorf("a push: %v, %d open", out, len(views()))
	}
	id = out["view_id"]
	set(object{"response_action": "clear"})
	if submit(good); len(views()) != 0 {
		t.Errorf("clear leaves %d open", len(views()))
	}
	set(nil)
	id = open()
	if out := submit(good); out["acked"] != true || out["error"] != "" || len(views()) != 0 {
		t.Errorf("an empty answer: %v, %d open", out, len(views()))
	}
	id = open()
	out = s.control("close", object{"user": "dana", "view_id": id})
	if out["acked"] != true || got.get("type") != "view_closed" || got.get("is_cleared") != false || len(views()) != 0 {
		t.Errorf("closing: %v", out)
	}
	id = open()
	s.control("close", object{"user": "dana", "view_id": id, "clear": true})
	if got.get("is_cleared") != true {
		t.Error("closing all is not marked is_cleared")
	}
	id = open()
	s.control("faults", object{"drop_acks": 1})
	if out := submit(good); out["error"] != "operation_timeout" || len(views()) != 1 {
		t.Errorf("no answer in time: %v, %d open", out, len(views()))
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	dana := s.user("dana")
	var got triggers
	var once sync.Once
	w := s.listen(t, func(env object) any {
		got.see(env)
		if ev, _ := payloadOf(env)["event"].(object); ev["type"] == "app_home_opened" {
			once.Do(func() {
				if out := s.api("views.publish", object{"user_id": dana, "view": object{"type": "home", "blocks": actions(button("claim", "h1"))}}); out["ok"] != true {
					t.Error(out)
				}
			})
		}
		return nil
	})
	view, _ := s.control("home", object{"user": "dana"})["view"].(object)
	if view["type"] != "home" {
		t.Fatalf("the home: %v", view)
	}
	if ev := payloadOf(w.events("app_home_opened")[0])["event"].(object); ev["tab"] != "home" || ev["user"] != dana || ev["view"] != nil {
		t.Errorf("the first opening: %v", ev)
	}
	if out := s.api("views.publish", object{"user_id": dana, "hash": "1.x", "view": object{"type": "home", "blocks": []any{}}}); out["error"] != "hash_conflict" {
		t.Errorf("an old hash: %v", out["error"])
	}
	if out := s.control("click", object{"user": "dana", "home": true, "action_id": "claim"}); out["acked"] != true {
		t.Errorf("a press in the home: %v", out)
	}
	if c := got.get("container").(object); c["type"] != "view" || got.get("view").(object)["type"] != "home" || got.get("response_url") != nil {
		t.Errorf("its payload: %v", got.last)
	}
}
