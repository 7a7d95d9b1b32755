package slacksim_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"threadline/slackapp/slacksim"
)

// counsel answers questions for options with what a test sets.
type counsel struct {
	mu     sync.Mutex
	answer object
	asked  []object
}

func (c *counsel) see(env object) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := payloadOf(env)
	if p["type"] != "block_suggestion" {
		return nil
	}
	c.asked = append(c.asked, p)
	return c.answer
}

func (c *counsel) says(answer object) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = answer
}

func (c *counsel) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.asked)
}

// of are the payloads of one type.
func (w *wire) of(kind string) (out []object) {
	for _, env := range w.all() {
		if p := payloadOf(env); p["type"] == kind {
			out = append(out, p)
		}
	}
	return out
}

func choice(value string) object {
	return object{"text": object{"type": "plain_text", "text": "the " + value}, "value": value}
}

func choices(values ...string) object {
	list := []any{}
	for _, v := range values {
		list = append(list, choice(v))
	}
	return object{"options": list}
}

func lookUp(action string, more object) object {
	out := object{"type": "external_select", "action_id": action}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func TestOptionsThatTheApplicationKnows(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	var app counsel
	w := s.listen(t, app.see)
	post := func(els ...object) any {
		list := []any{}
		for _, e := range els {
			list = append(list, e)
		}
		return s.must("chat.postMessage", object{"channel": "support", "text": "find", "blocks": []any{object{"type": "actions", "block_id": "b", "elements": list}}})["ts"]
	}
	ts := post(lookUp("find", object{"min_query_length": 2, "initial_option": choice("old")}), lookUp("many", object{"type": "multi_external_select", "min_query_length": 0}))
	ask := func(user, action, typed string) object {
		return s.control("options", object{"user": user, "channel": "support", "message_ts": ts, "action_id": action, "value": typed})
	}
	if out := ask("dana", "find", "p"); out["error"] != "query_too_short" || app.count() != 0 {
		t.Errorf("one letter: %v, asked %d times", out, app.count())
	}
	if out := ask("dana", "never", "pump"); out["error"] != "no_such_element" {
		t.Errorf("no such menu: %v", out)
	}
	app.says(choices("pump", "pipe"))
	if out := ask("dana", "find", "pu"); out["error"] != "" || len(out["options"].([]any)) != 2 {
		t.Fatalf("two letters: %v", out)
	}
	// The application's answer to the press is not waited for: it has none.
	var presses sync.WaitGroup
	defer presses.Wait()
	chosen := func(user, action, value string) string {
		had := len(w.of("block_actions"))
		var refused string
		done := make(chan struct{})
		presses.Go(func() {
			defer close(done)
			out := s.control("click", object{"user": user, "channel": "support", "message_ts": ts, "action_id": action, "selected_option": value})
			refused, _ = out["error"].(string)
		})
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
			select {
			case <-done:
				if refused != "" {
					return refused
				}
			case <-time.After(5 * time.Millisecond):
			}
			if got := w.of("block_actions"); len(got) > had {
				a := got[had]["actions"].([]any)[0].(object)
				return fmt.Sprint(a["selected_option"], a["selected_options"])
			}
		}
		return "nothing came"
	}
	if got, want := chosen("dana", "find", "pipe"), fmt.Sprint(choice("pipe"), nil); got != want {
		t.Errorf("what was offered: %s, want %s", got, want)
	}
	if got, want := chosen("dana", "find", "old"), fmt.Sprint(choice("old"), nil); got != want {
		t.Errorf("what stood in it: %s, want %s", got, want)
	}
	for who, value := range map[string]string{"dana": "valve", "lee": "pump"} {
		if got := chosen(who, "find", value); got != "no_such_element" {
			t.Errorf("%s chose %s, which nobody offered them: %s", who, value, got)
		}
	}
	app.says(object{"option_groups": []any{object{"label": object{"type": "plain_text", "text": "parts"}, "options": choices("fan", "fin")["options"]}}})
	if out := ask("dana", "many", ""); out["error"] != "" || len(out["option_groups"].([]any)) != 1 {
		t.Fatalf("groups: %v", out)
	}
	if got, want := chosen("dana", "many", "fan,fin"), fmt.Sprint(nil, choices("fan", "fin")["options"]); got != want {
		t.Errorf("two at once: %s, want %s", got, want)
	}
	if out := s.api("chat.postMessage", object{"channel": "support", "text": "x", "blocks": []any{object{"type": "actions", "elements": []any{lookUp("x", choices("a"))}}}}); out["error"] != "invalid_blocks" {
		t.Errorf("such a menu with options of its own: %v", out["error"])
	}
}

func TestOptionsThatSlackRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	var app counsel
	w := s.listen(t, app.see)
	ts := s.must("chat.postMessage", object{"channel": "support", "text": "x", "blocks": []any{object{"type": "actions", "elements": []any{lookUp("find", object{"min_query_length": 0})}}}})["ts"]
	ask := func() object {
		return s.control("options", object{"user": "dana", "channel": "support", "message_ts": ts, "action_id": "find"})
	}
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for name, answer := range map[string]object{
		"none": {}, "too many": choices(many...), "one twice": choices("a", "a"), "something else": {"response_action": "clear"},
		"both": {"options": choices("a")["options"], "option_groups": []any{}},
	} {
		app.says(answer)
		if out := ask(); out["acked"] != true || out["error"] != "invalid_response" || out["options"] != nil {
			t.Errorf("%s: %v", name, out)
		}
	}
	app.says(choices())
	if out := ask(); out["error"] != "" {
		t.Errorf("nothing fits: %v", out)
	}
	if err := w.ws.CloseNow(); err != nil {
		t.Fatal(err)
	}
	s.dial(t, &wire{mute: true}, nil)
	if out := ask(); out["acked"] != false || out["error"] != "operation_timeout" {
		t.Errorf("no answer: %v", out)
	}
}
