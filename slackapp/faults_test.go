package slackapp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/slackapp"
	"threadline/slackapp/slacksim"
)

func brisk(_ *slacksim.Config, c *slackapp.Config) { c.Timeout = 400 * time.Millisecond }

// mirrored are the visitor's lines in the thread, in order, whether each was
// posted by itself or several in one post.
func (v *visitor) mirrored() []string {
	var out []string
	for _, m := range v.root().Replies {
		if m.Metadata.Type != "threadline_lines" {
			continue
		}
		said := strings.Split(m.Text, "\n")
		for i := range len(said) - 1 {
			if strings.HasPrefix(said[i], "👤") {
				out = append(out, said[i+1])
			}
		}
	}
	return out
}

// onceEach fails if a delivery was posted twice anywhere.
func (r *rig) onceEach() {
	r.t.Helper()
	seen, chats := map[string]string{}, map[any]bool{}
	for _, root := range r.roots() {
		if root.Metadata.Type == "threadline_thread" {
			id := root.Metadata.Payload["conversation_id"]
			if chats[id] {
				r.t.Errorf("%s has two threads:\n%s", id, r.show())
			}
			chats[id] = true
		}
		for _, m := range append([]msg{root}, root.Replies...) {
			id := m.delivery()
			if id == "" {
				continue
			}
			// Updates bear the id of the delivery that asked for them; a post
			// is a repeat only as another message.
			if at, ok := seen[id]; ok && at != m.Stamp {
				r.t.Errorf("delivery %s stands at %s and %s:\n%s", id, at, m.Stamp, r.show())
			}
			seen[id] = m.Stamp
		}
	}
}

func TestPostsSurviveFaultsOnceAndInOrder(t *testing.T) {
	faults := []object{
		{"apply_then_fail": object{"method": "chat.postMessage", "times": 3}},
		{"fail": object{"method": "chat.postMessage", "status": 503, "html": true, "times": 3}},
		{"apply_then_fail": object{"method": "chat.postMessage", "times": 2}},
		{"reset": object{"method": "chat.postMessage", "times": 2}},
		{"hang": object{"method": "chat.postMessage", "times": 2}},
		{"rate_limit": object{"method": "chat.postMessage", "retry_after": 1, "times": 2}},
		{"error": object{"method": "chat.postMessage", "error": "internal_error", "times": 2}},
		{"error": object{"method": "chat.postMessage", "error": "service_unavailable", "times": 2}},
		{"error": object{"method": "chat.postMessage", "error": "not_in_channel", "times": 1}},
		{"apply_then_fail": object{"method": "chat.postMessage", "times": 1}, "fail": object{"method": "conversations.history", "status": 500, "times": 1}},
		{"apply_then_fail": object{"method": "*", "times": 2}},
		{"truncate": object{"method": "*", "times": 3}},
		{"truncate": object{"method": "chat.postMessage", "times": 2}},
	}
	for i, f := range faults {
		t.Run(strings.Trim(fmt.Sprint(f), "map[]"), func(t *testing.T) {
			rigOf := newRig
			if i%2 == 0 {
				rigOf = newDeafRig
			}
			r := rigOf(t, brisk)
			r.within("a connection", func() bool { return r.desk.Status() == "connected" })
			v := r.visitor("wes")
			want := []string{"one", "two", "three"}
			if i%3 == 0 {
				// The fault meets a line, not the root.
				v.write("zero")
				v.reply("zero")
			}
			r.post("faults", f)
			for _, s := range want {
				v.write(s)
			}
			if i%3 == 0 {
				want = append([]string{"zero"}, want...)
			}
			r.within("all lines are mirrored", func() bool { return len(v.mirrored()) >= len(want) })
			r.within("nothing is left to send", func() bool {
				b, err := r.store.Backlog(context.Background(), time.Now())
				return err == nil && b.Pending == 0
			})
			if got := v.mirrored(); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("mirrored %v, want %v", got, want)
			}
			r.onceEach()
		})
	}
}

// Slack may hide posts beyond its limit without a word (Slack: rate limits),
// which no answer or look-up could mend: the pace itself must stay below.
func TestThePaceStaysBelowWhatSlackHides(t *testing.T) {
	r := newRig(t, func(c *slacksim.Config, d *slackapp.Config) {
		c.Strict = true
		d.PostInterval, d.UpdateInterval, d.ReadInterval = 0, 0, 0
	})
	r.post("faults", object{"hide_over_limit": true})
	visitors := []*visitor{r.visitor("abe"), r.visitor("bea"), r.visitor("cal")}
	for i := range 3 {
		for _, v := range visitors {
			v.write(fmt.Sprint("line ", i))
		}
	}
	for _, v := range visitors {
		r.within("every line is in its thread", func() bool { return strings.Join(v.mirrored(), ",") == "line 0,line 1,line 2" })
	}
	for _, e := range r.calls("chat.postMessage") {
		if e["error"] != "" {
			t.Errorf("a post met the limit: %v", e)
		}
	}
	r.onceEach()
}

func TestSlackDownForAWhile(t *testing.T) {
	r := newRig(t, brisk)
	v := r.visitor("ida")
	v.write("before")
	v.reply("before")
	r.post("faults", object{"down": true})
	for i := range 5 {
		v.write(fmt.Sprint("during ", i))
	}
	r.within("the trouble is noticed", func() bool { return r.desk.Status() == "connecting" })
	r.post("faults", object{"clear": true})
	r.within("the mirror catches up", func() bool { return len(v.mirrored()) == 6 })
	if got := strings.Join(v.mirrored(), ","); got != "before,during 0,during 1,during 2,during 3,during 4" {
		t.Errorf("mirrored %s", got)
	}
	r.onceEach()
	r.within("connected again", func() bool { return r.desk.Status() == "connected" })
}

func TestLinesThatWaitTogetherGoOutInOnePost(t *testing.T) {
	r := newRig(t, brisk)
	v := r.visitor("liv")
	v.write("first")
	v.reply("first")
	r.post("faults", object{"rate_limit": object{"method": "chat.postMessage", "retry_after": 3, "times": 1}})
	v.write("parked")
	r.within("the channel is parked", func() bool { return len(r.calls("chat.postMessage")) > 2 })
	r.post("faults", object{"down": true})
	var want []string
	for i := range 6 {
		want = append(want, fmt.Sprint("waits ", i))
		v.write(want[i])
	}
	r.post("faults", object{"down": false, "apply_then_fail": object{"method": "chat.postMessage", "times": 1}})
	r.within("all are mirrored", func() bool { return len(v.mirrored()) == 8 })
	if got := strings.Join(v.mirrored()[2:], ","); got != strings.Join(want, ",") {
		t.Errorf("mirrored %s", got)
	}
	posts, next := 0, 1.0
	for _, m := range v.root().Replies {
		if m.Metadata.Type != "threadline_lines" {
			continue
		}
		posts++
		from, to := m.Metadata.Payload["seq_from"].(float64), m.Metadata.Payload["seq_to"].(float64)
		if from != next || to < from {
			t.Errorf("a post holds %v to %v, expected it to begin at %v", from, to, next)
		}
		next = to + 1
	}
	if posts > 5 {
		t.Errorf("eight lines took %d posts", posts)
	}
	r.onceEach()
}

func TestContentThatSlackRefusesGoesOutPlain(t *testing.T) {
	r := newRig(t)
	v := r.visitor("vic")
	v.write("first")
	v.reply("first")
	r.post("faults", object{"error": object{"method": "chat.postMessage", "error": "invalid_blocks", "times": 1}})
	v.write("second")
	if m := v.reply("second"); strings.Contains(m.blocks(), "bold") {
		t.Errorf("it went out with its blocks: %s", m.blocks())
	}
	r.post("faults", object{"error": object{"method": "chat.postMessage", "error": "invalid_blocks", "times": 3}})
	v.write("third")
	r.within("the third is given up", func() bool {
		b, err := r.store.Backlog(context.Background(), time.Now())
		return err == nil && b.Pending == 0
	})
	v.write("fourth")
	v.reply("fourth")
	if got := strings.Join(v.mirrored(), ","); got != "first,second,fourth" {
		t.Errorf("mirrored %s", got)
	}
}

func TestRetryAfterWithoutHeaderParksThePosts(t *testing.T) {
	r := newRig(t)
	r.within("a connection", func() bool { return r.desk.Status() == "connected" })
	r.post("faults", object{"rate_limit": object{"method": "chat.postMessage", "retry_after": nil, "times": 1}})
	v := r.visitor("may")
	v.write("patience")
	began := time.Now()
	v.reply("patience")
	if d := time.Since(began); d < 4*time.Second {
		t.Errorf("posted again after %s", d)
	}
	r.onceEach()
}

func TestARestartSettlesWhatWasInFlight(t *testing.T) {
	r := newDeafRig(t, brisk)
	v := r.visitor("kim")
	v.write("zero")
	v.reply("zero")
	r.post("faults", object{"apply_then_fail": object{"method": "chat.postMessage", "times": 1}})
	v.write("one")
	r.within("the post is in Slack", func() bool { return len(v.mirrored()) == 2 })
	r.stop()
	v.write("two")
	r.run()
	v.reply("two")
	if got := strings.Join(v.mirrored(), ","); got != "zero,one,two" {
		t.Errorf("mirrored %s", got)
	}
	r.onceEach()
}

func TestAnUnknownPostHoldsUpOnlyItsOwnThread(t *testing.T) {
	r := newDeafRig(t, brisk, func(_ *slacksim.Config, c *slackapp.Config) { c.ReadInterval = time.Hour })
	v := r.visitor("ina")
	v.write("zero")
	v.reply("zero")
	r.post("faults", object{"apply_then_fail": object{"method": "chat.postMessage", "times": 1}})
	v.write("one")
	r.within("it must be looked for, and may not yet", func() bool {
		due, ok, err := r.store.NextDue(context.Background(), bridge.LanePost)
		return err == nil && ok && time.Until(due) > 30*time.Minute
	})
	v.write("two")
	other := r.visitor("oda")
	other.write("meanwhile")
	other.reply("meanwhile")
	if got := strings.Join(v.mirrored(), ","); got != "zero,one" {
		t.Errorf("mirrored %s", got)
	}
	r.onceEach()
}

func TestAQuestionOvertakesMarks(t *testing.T) {
	r := newRig(t)
	v := r.visitor("una")
	v.write("hello")
	v.reply("hello")
	v.held("dana")
	r.post("faults", object{"rate_limit": object{"method": "reactions.add", "retry_after": 600, "times": 1}})
	asked := func(who string) func() bool {
		return func() bool {
			for _, e := range r.ephemerals() {
				if e.User == r.user(who) && strings.Contains(e.Text, "has not seen your line") {
					return true
				}
			}
			return false
		}
	}
	v.say("lee", "he had two refunds already")
	r.within("lee is asked", asked("lee"))
	r.within("marks may not go out", func() bool { return len(r.calls("reactions.add")) == 1 })
	v.say("morgan", "let me know how it goes")
	r.within("morgan is asked all the same", asked("morgan"))
}

func TestRevokedTokensAreToldAndMendable(t *testing.T) {
	r := newRig(t, brisk)
	v := r.visitor("tess")
	v.write("hello")
	v.reply("hello")
	r.post("faults", object{"revoke_tokens": true})
	v.write("anybody?")
	r.within("the refusal shows", func() bool { return r.desk.Status() == "refused" })
	b, err := r.store.Backlog(context.Background(), time.Now())
	if err != nil || b.Pending == 0 {
		t.Errorf("the line was dropped: %+v %v", b, err)
	}
	r.post("faults", object{"clear": true})
	v.reply("anybody?")
	r.within("the mending shows", func() bool { return r.desk.Status() == "connected" })
}

func TestAScopeTakenAwayIsToldAndMendable(t *testing.T) {
	r := newRig(t, brisk, lone)
	v := r.visitor("toni")
	v.held("dana")
	v.write("hello")
	v.reply("hello")
	r.post("faults", object{"revoke_scopes": []string{"chat:write", "channels:history"}})
	v.write("anybody?")
	r.within("the refusal shows", func() bool { return r.desk.Status() == "refused" })
	v.say("dana", "nobody tells the app of this")
	b, err := r.store.Backlog(context.Background(), time.Now())
	if err != nil || b.Pending == 0 {
		t.Errorf("the line was dropped: %+v %v", b, err)
	}
	r.post("faults", object{"clear": true})
	v.reply("anybody?")
	r.within("the mending shows", func() bool { return r.desk.Status() == "connected" })
	r.within("what dana wrote is read back", func() bool { return v.heard() == "nobody tells the app of this" })
}

func TestAChannelThatIsOnlyToBeReadKeepsItsPosts(t *testing.T) {
	r := newRig(t, brisk)
	v := r.visitor("rory")
	v.held("dana")
	v.write("before")
	v.reply("before")
	r.post("faults", object{"restrict": "#support"})
	v.write("during")
	r.within("App Home says why", func() bool {
		return strings.Contains(r.homeOf("morgan"), "Posting in the channel is restricted.")
	})
	v.say("dana", "I can still read")
	r.within("the visitor hears dana", func() bool { return v.heard() == "I can still read" })
	r.post("faults", object{"clear": true})
	r.within("the line goes out", func() bool { return strings.Join(v.mirrored(), ",") == "before,during" })
	r.onceEach()
}

func TestKickedOutOfTheChannelItJoinsAgain(t *testing.T) {
	r := newRig(t, brisk)
	v := r.visitor("joe")
	v.write("one")
	v.reply("one")
	r.post("faults", object{"kick": "#support"})
	v.write("two")
	v.reply("two")
	r.onceEach()
}

func TestWhatWasSaidWhileWeWereOutIsReadBack(t *testing.T) {
	r := newRig(t)
	v := r.visitor("oli")
	v.write("before")
	v.reply("before")
	v.held("dana")
	r.post("faults", object{"kick": "#support"})
	v.say("dana", "nobody tells the app of this")
	v.write("are you there?")
	v.reply("are you there?") // it joined again to post it
	r.within("the line is read back", func() bool {
		said := v.saw(bridge.ByAgent)
		return len(said) == 1 && said[0].Text == "nobody tells the app of this"
	})
}

func TestAgentsLinesSurviveTheSocket(t *testing.T) {
	for name, f := range map[string]object{
		"acks are lost":         {"drop_acks": 3},
		"events come twice":     {"duplicate_events": 3},
		"a refresh":             {"disconnect": "refresh_requested"},
		"a warning":             {"disconnect": "warning"},
		"the link is cut":       {"disconnect": "link_disabled"},
		"an unknown envelope":   {"unknown_envelope": 2},
		"a malformed block":     {"malformed_block": 2},
		"cut after every hello": {"disconnect_after_hello": 2},
		"events are late":       {"delay_events_ms": 300},
		"an unknown event":      {"unknown_event": 2},
		"one id for every try":  {"same_envelope": true, "drop_acks": 3},
		"acks count in place":   {"strict_acks": true, "disconnect": "refresh_requested", "drop_acks": 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(c *slacksim.Config, _ *slackapp.Config) { c.AckTimeout = 500 * time.Millisecond })
			v := r.visitor("eva")
			v.ask()
			r.click("dana", v.alert().Stamp, "claim")
			v.status(bridge.Assigned)
			r.post("faults", f)
			for i := range 4 {
				v.say("dana", fmt.Sprint("line ", i))
			}
			r.within("all lines arrive", func() bool { return len(v.saw(bridge.ByAgent)) >= 4 })
			r.get("wait?idle_ms=700&timeout_ms=4000")
			var got []string
			for _, m := range v.saw(bridge.ByAgent) {
				got = append(got, m.Text)
			}
			if strings.Join(got, ",") != "line 0,line 1,line 2,line 3" {
				t.Errorf("the visitor saw %v", got)
			}
		})
	}
}

func TestReconnectsArePaced(t *testing.T) {
	r := newRig(t)
	r.within("a connection", func() bool { return r.desk.Status() == "connected" })
	r.post("faults", object{"disconnect_after_hello": 50})
	r.post("faults", object{"disconnect": "refresh_requested"})
	deadline := time.Now().Add(4 * time.Second)
	count := func() int {
		n := 0
		for _, e := range r.get("log")["entries"].([]any) {
			if e.(object)["method"] == "apps.connections.open" {
				n++
			}
		}
		return n
	}
	for time.Now().Before(deadline) {
		if n := count(); n > 6 {
			t.Fatalf("opened %d connections within 4 s", n)
		}
		<-time.After(50 * time.Millisecond)
	}
	r.within("it reconnects", func() bool { return count() >= 2 })
}
