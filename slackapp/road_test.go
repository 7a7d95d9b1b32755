package slackapp_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"threadline/bridge"
)

func TestChatAlertClaimReplyResolve(t *testing.T) {
	r := newRig(t)
	v := r.visitor("priya")
	v.write("my furnace is making a noise")
	line := v.reply("my furnace is making a noise")
	if !strings.Contains(line.Text, "👤 priya") {
		t.Errorf("the line does not name its speaker: %q", line.Text)
	}
	v.ask()
	alert := v.alert()
	if alert.Subtype != "thread_broadcast" {
		t.Errorf("the alert is not broadcast: subtype %q", alert.Subtype)
	}
	h := alert.buttons()["claim"]
	if h == "" || h != string(v.conversation().Handoff) {
		t.Fatalf("claim button's value = %q, want the handoff %q", h, v.conversation().Handoff)
	}
	for _, want := range []string{"priya@example.com", "https://example.com/heat-pumps", "my furnace is making a noise", "Waiting since"} {
		if !strings.Contains(alert.Text, want) {
			t.Errorf("the alert lacks %q:\n%s", want, alert.Text)
		}
	}

	got := r.click("dana", alert.Stamp, "claim")
	if got["acked"] != true {
		t.Fatalf("claim: %v", got)
	}
	v.status(bridge.Assigned)
	r.within("the alert says who has it", func() bool {
		a := v.alert()
		_, resolve := a.buttons()["resolve"]
		return strings.Contains(a.Text, "Claimed by Dana") && resolve
	})
	if got := v.alert().delivery(); got == "" || got != alert.delivery() {
		t.Errorf("the alert's delivery became %q, was %q", got, alert.delivery())
	}
	r.within("the root card offers Release", func() bool {
		_, ok := v.root().buttons()["release"]
		return ok
	})

	late := r.click("lee", alert.Stamp, "claim")
	if e := r.answers(late); len(e) != 1 || !strings.Contains(e[0].Text, "Dana") || !strings.Contains(e[0].Text, "read along") {
		t.Errorf("the second claimer was told %v", late)
	}

	v.say("dana", "Hi! See <https://example.com/parts|our parts page> *today* :tada:")
	r.within("the line reaches the visitor", func() bool { return len(v.saw(bridge.ByAgent)) == 1 })
	m := v.saw(bridge.ByAgent)[0]
	if want := "Hi! See our parts page (https://example.com/parts) today 🎉"; m.Text != want {
		t.Errorf("text = %q, want %q", m.Text, want)
	}
	if !strings.Contains(m.HTML, `<strong>today</strong>`) || !strings.Contains(m.HTML, `href="https://example.com/parts"`) {
		t.Errorf("html = %q", m.HTML)
	}

	opened := r.click("dana", v.alert().Stamp, "resolve")
	view, _ := opened["view_id"].(string)
	if view == "" {
		t.Fatalf("no form: %v", opened)
	}
	sent := r.post("submit", object{"user": "dana", "view_id": view, "values": object{
		"outcome": object{"outcome": "booked"}, "note": object{"note": "Tuesday at nine"},
	}})
	if sent["acked"] != true || sent["errors"] != nil && len(sent["errors"].(object)) > 0 {
		t.Fatalf("submit: %v", sent)
	}
	v.status(bridge.Resolved)
	if got := v.conversation().HandBack; got != "Tuesday at nine" {
		t.Errorf("hand-back note = %q", got)
	}
	r.within("the alert shows the outcome", func() bool {
		a := v.alert()
		return strings.Contains(a.Text, "booked") && len(a.buttons()) == 0
	})
	r.within("the root offers Reopen", func() bool {
		_, ok := v.root().buttons()["reopen"]
		return ok
	})
}

func TestTwoPressClaimAtOnce(t *testing.T) {
	r := newRig(t)
	v := r.visitor("duo")
	v.ask()
	alert := v.alert()
	var wg sync.WaitGroup
	answers := map[string]object{}
	var mu sync.Mutex
	for _, who := range []string{"dana", "lee"} {
		wg.Go(func() {
			out := r.click(who, alert.Stamp, "claim")
			mu.Lock()
			defer mu.Unlock()
			answers[who] = out
		})
	}
	wg.Wait()
	v.status(bridge.Assigned)
	for who, out := range answers {
		if string(v.conversation().Holder) == r.user(who) {
			if got := fmt.Sprint(out["ephemerals"]); strings.Contains(got, "has this one") {
				t.Errorf("%s holds and was told %s", who, got)
			}
		} else if got := r.told(out); !strings.Contains(got, "has this one") {
			t.Errorf("%s does not hold and was told %q", who, got)
		}
	}
	joined := 0
	for _, m := range append(v.saw(bridge.BySystem), v.saw(bridge.ByAgent)...) {
		if strings.Contains(m.Text, "taking over from here") {
			joined++
		}
	}
	if joined != 1 {
		t.Errorf("the visitor was greeted %d times", joined)
	}
}

func TestLineBeforeClaimIsHeldAndClaimAndSendSendsIt(t *testing.T) {
	r := newRig(t)
	v := r.visitor("omar")
	v.write("hello there")
	v.reply("hello there")
	stamp := v.say("dana", "I can take this")
	var q ephemeral
	r.within("the author is asked", func() bool {
		for _, e := range r.ephemerals() {
			if e.User == r.user("dana") {
				q = e
				return true
			}
		}
		return false
	})
	if got := (msg{Blocks: q.Blocks}).buttons(); got["claim_and_send"] == "" || got["keep_internal"] == "" {
		t.Fatalf("buttons = %v", got)
	}
	r.within("the line is locked", func() bool {
		for _, m := range v.root().Replies {
			if m.Stamp == stamp {
				return len(m.Reactions) == 1 && m.Reactions[0].Name == "lock"
			}
		}
		return false
	})
	if got := v.saw(bridge.ByAgent); len(got) != 0 {
		t.Fatalf("the visitor saw %v", got)
	}
	r.post("click", object{"user": "dana", "ephemeral_id": q.ID, "action_id": "claim_and_send"})
	r.within("the line is sent", func() bool { return len(v.saw(bridge.ByAgent)) == 1 })
	v.status(bridge.Assigned)
	r.within("the lock is gone", func() bool {
		for _, m := range v.root().Replies {
			if m.Stamp == stamp {
				return len(m.Reactions) == 0
			}
		}
		return false
	})
	r.within("the question is answered", func() bool {
		for _, e := range r.ephemerals() {
			if e.ID == q.ID {
				return strings.Contains(e.Text, "Sent to the visitor")
			}
		}
		return true
	})
}

func TestVisitorTextPingsNobody(t *testing.T) {
	r := newRig(t)
	v := r.visitor("mallory")
	text := "<!channel> @here <@" + r.user("dana") + "> <script>alert(1)</script> *_~ `x` #general &amp; <https://evil.example|click>"
	v.write(text)
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	m := v.reply(escaped)
	if !strings.Contains(m.blocks(), strings.ReplaceAll(jsonInner(t, text), "\\u0026", "&")) && !strings.Contains(m.blocks(), jsonInner(t, text)) {
		t.Errorf("blocks lack the text as typed: %s", m.blocks())
	}
	v.ask()
	v.alert()
	if n := r.get("state")["notifications"].([]any); len(n) != 0 {
		t.Errorf("somebody was notified: %v", n)
	}
}

func jsonInner(t *testing.T, s string) string {
	t.Helper()
	return strings.Trim((msg{Blocks: []any{s}}).blocks(), `[]"`)
}

func TestLongestVisitorTextArrivesWhole(t *testing.T) {
	r := newRig(t)
	v := r.visitor("lena")
	for _, unit := range []string{"&", "x", "<", "🙂", "مرحبا "} {
		text := strings.Repeat(unit, 8000/len([]rune(unit)))
		v.write(text)
		last := "blocks of 8,000 times " + unit
		r.within(last, func() bool {
			for _, m := range v.root().Replies {
				if strings.Count(gather(m.Blocks), unit) >= strings.Count(text, unit) {
					return true
				}
			}
			return false
		})
	}
}

// gather is all literal text of blocks in order.
func gather(v any) string {
	var b strings.Builder
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			b.WriteString(gather(x))
		}
	case object:
		if s, ok := v["text"].(string); ok {
			b.WriteString(s)
		}
		b.WriteString(gather(v["elements"]))
	}
	return b.String()
}

func TestRefundCallsTheManagers(t *testing.T) {
	r := newRig(t)
	v := r.visitor("ned")
	v.write("I want a refund")
	a := v.alert()
	if !strings.Contains(a.Text, "<@"+r.user("morgan")+">") {
		t.Fatalf("the alert does not mention the manager: %s", a.Text)
	}
	r.get("wait?idle_ms=300&timeout_ms=5000")
	mentions := 0
	for _, n := range r.get("state")["notifications"].([]any) {
		n := n.(object)
		if n["user"] != r.user("morgan") {
			t.Errorf("somebody else was notified: %v", n)
		}
		if n["kind"] == "mention" {
			mentions++
		}
	}
	if mentions != 1 {
		t.Errorf("the manager was mentioned %d times", mentions)
	}
}

func TestFortyThousandCharactersReachTheVisitor(t *testing.T) {
	r := newRig(t)
	v := r.visitor("otto")
	v.ask()
	r.click("dana", v.alert().Stamp, "claim")
	v.status(bridge.Assigned)
	text := strings.Repeat("long ", 7999) + "END"
	v.say("dana", text)
	r.within("the long line arrives", func() bool {
		got := v.saw(bridge.ByAgent)
		return len(got) == 1 && got[0].Text == text
	})
}

func TestReactionOfTheHolderResolves(t *testing.T) {
	r := newRig(t)
	v := r.visitor("rita")
	v.ask()
	r.click("dana", v.alert().Stamp, "claim")
	v.status(bridge.Assigned)
	r.post("react", object{"user": "lee", "channel": "support", "ts": v.root().Stamp, "emoji": "white_check_mark"})
	r.get("wait?idle_ms=300&timeout_ms=5000")
	if got := v.conversation().Status; got != bridge.Assigned {
		t.Fatalf("a colleague's mark resolved it: %s", got)
	}
	r.post("react", object{"user": "dana", "channel": "support", "ts": v.root().Stamp, "emoji": "white_check_mark"})
	v.status(bridge.Resolved)
}

func TestGuestsMayNotClaim(t *testing.T) {
	r := newRig(t)
	v := r.visitor("gina")
	v.ask()
	for _, who := range []string{"gus", "xena"} {
		got := r.click(who, v.alert().Stamp, "claim")
		if e := r.answers(got); len(e) != 1 || !strings.Contains(e[0].Text, "not act") {
			t.Errorf("%s was told %v", who, got)
		}
	}
	if got := v.conversation().Status; got != bridge.Queued {
		t.Errorf("status = %s", got)
	}
	if _, err := r.store.Agent(context.Background(), bridge.AgentID(r.user("gus"))); err != nil {
		t.Errorf("the guest is not remembered: %v", err)
	}
}
