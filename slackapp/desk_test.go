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

func (v *visitor) held(who string) {
	v.r.t.Helper()
	v.ask()
	v.r.click(who, v.alert().Stamp, "claim")
	v.status(bridge.Assigned)
}

func TestOnlyTheHolderReleasesAndResolves(t *testing.T) {
	r := newRig(t)
	v := r.visitor("hugo")
	v.held("dana")
	r.within("the alert offers Release", func() bool { _, ok := v.alert().buttons()["release"]; return ok })
	for _, action := range []string{"release", "resolve"} {
		out := r.click("lee", v.alert().Stamp, action)
		if got := r.told(out); !strings.Contains(got, "Dana") {
			t.Errorf("%s by a colleague was answered %q (%v)", action, got, out)
		}
		if view, _ := out["view_id"].(string); strings.Contains(r.shown(view), "resolve_modal") {
			t.Errorf("a colleague got the form")
		}
	}
	r.click("dana", v.alert().Stamp, "release")
	v.status(bridge.Queued)
	r.within("the alert offers Claim again", func() bool { _, ok := v.alert().buttons()["claim"]; return ok })
	alerts := 0
	for _, m := range v.root().Replies {
		if m.Metadata.Type == "threadline_alert" {
			alerts++
		}
	}
	if alerts != 1 {
		t.Errorf("%d alerts for one handoff", alerts)
	}
}

func TestResolveFormIsCheckedAndCountsOnce(t *testing.T) {
	r := newRig(t)
	v := r.visitor("sara")
	v.held("dana")
	open := func() string {
		out := r.click("dana", v.alert().Stamp, "resolve")
		id, _ := out["view_id"].(string)
		if id == "" {
			t.Fatalf("no form: %v", out)
		}
		return id
	}
	r.within("the alert offers Resolve", func() bool { _, ok := v.alert().buttons()["resolve"]; return ok })
	values := object{"outcome": object{"outcome": "solved"}, "note": object{"note": "done"}}
	first := open()
	if out := r.post("submit", object{"user": "dana", "view_id": first, "values": object{}}); !hasErrors(out) {
		t.Errorf("a form without an outcome: %v", out)
	}
	r.post("faults", object{"drop_acks": 1})
	r.post("submit", object{"user": "dana", "view_id": first, "values": values})
	v.status(bridge.Resolved)
	// The acknowledgement was lost, so the form is still open and sent again.
	again := r.post("submit", object{"user": "dana", "view_id": first, "values": values})
	if again["acked"] != true || hasErrors(again) {
		t.Errorf("the same form once more: %v", again)
	}
	if got := len(v.saw(bridge.BySystem)); got == 0 {
		t.Error("the visitor was not told")
	}
	resolved := 0
	for _, m := range v.saw(bridge.BySystem) {
		if strings.Contains(m.Text, "has closed this request") {
			resolved++
		}
	}
	if resolved != 1 {
		t.Errorf("the visitor was told %d times", resolved)
	}
}

func TestResolveFormThatComesTooLateSaysSo(t *testing.T) {
	r := newRig(t)
	v := r.visitor("sam")
	v.held("dana")
	r.within("the alert offers Resolve", func() bool { _, ok := v.alert().buttons()["resolve"]; return ok })
	view, _ := r.click("dana", v.alert().Stamp, "resolve")["view_id"].(string)
	v.handle(bridge.VisitorEnded{Conversation: v.id, Press: "x"})
	out := r.post("submit", object{"user": "dana", "view_id": view, "values": object{"outcome": object{"outcome": "solved"}}})
	if !hasErrors(out) || !strings.Contains(fmt.Sprint(out["errors"]), "over already") {
		t.Errorf("a form that came too late: %v", out)
	}
}

func hasErrors(out object) bool {
	e, _ := out["errors"].(object)
	return len(e) > 0
}

func TestStalePressRedrawsAndExplains(t *testing.T) {
	r := newRig(t)
	v := r.visitor("pia")
	v.held("dana")
	r.within("the alert shows the claim", func() bool { _, ok := v.alert().buttons()["claim"]; return !ok })
	before := len(r.calls("chat.update"))
	out := r.click("lee", v.alert().Stamp, "claim") // the button it once had
	if got := r.told(out); !strings.Contains(got, "since") || !strings.Contains(got, "Dana") {
		t.Errorf("told %q", got)
	}
	r.within("the cards are redrawn", func() bool { return len(r.calls("chat.update")) > before })
	if got := r.told(r.click("dana", v.alert().Stamp, "claim")); !strings.Contains(got, "You have this one already") {
		t.Errorf("the holder was told %q", got)
	}
}

// calls are the logged calls of a method.
func (r *rig) calls(method string) []object {
	r.t.Helper()
	var out []object
	for _, e := range r.get("log")["entries"].([]any) {
		if e := e.(object); e["method"] == method {
			out = append(out, e)
		}
	}
	return out
}

func TestEditsAndDeletionsReachTheVisitor(t *testing.T) {
	r := newRig(t)
	v := r.visitor("noor")
	v.held("dana")
	ts := v.say("dana", "we open at 8")
	r.within("the line arrives", func() bool { return len(v.saw(bridge.ByAgent)) == 1 })
	r.post("edit", object{"user": "dana", "channel": "support", "ts": ts, "text": "we open at *9*"})
	r.within("the edit arrives", func() bool { return v.saw(bridge.ByAgent)[0].Text == "we open at 9" })
	r.post("delete", object{"user": "dana", "channel": "support", "ts": ts})
	r.within("the deletion arrives", func() bool { return len(v.saw(bridge.ByAgent)) == 0 })
}

func TestInternalTalkStaysInternal(t *testing.T) {
	r := newRig(t)
	v := r.visitor("tom")
	v.held("dana")
	v.say("dana", "!is he the one from Monday?")
	v.say("dana", "//check the invoice")
	v.say("dana", "<@"+r.user("lee")+"> can you look?")
	v.say("lee", "I would refund him")
	v.say("gus", "hello from a guest")
	v.say("dana", "one moment please")
	r.within("the public line arrives", func() bool { return len(v.saw(bridge.ByAgent)) > 0 })
	r.get("wait?idle_ms=400&timeout_ms=5000")
	if got := v.saw(bridge.ByAgent); len(got) != 1 || got[0].Text != "one moment please" {
		t.Errorf("the visitor saw %v", got)
	}
	r.within("the holder is asked about the mention", func() bool {
		for _, e := range r.ephemerals() {
			if e.User == r.user("dana") && strings.Contains(e.Text, "mentions a colleague") {
				return (msg{Blocks: e.Blocks}).buttons()["send_to_visitor"] != ""
			}
		}
		return false
	})
}

func TestShortcutsSendAndKeep(t *testing.T) {
	r := newRig(t)
	v := r.visitor("uma")
	v.held("dana")
	ts := v.say("dana", "//the boiler is a Vaillant")
	r.within("the line is handled", func() bool {
		known, err := r.store.KnownLines(context.Background(), []string{v.conversation().Thread.Channel + ":" + ts})
		return err == nil && len(known) == 1
	})
	out := r.post("shortcut", object{"user": "dana", "channel": "support", "message_ts": ts, "callback_id": "send_to_visitor"})
	r.within("the line is sent", func() bool { return len(v.saw(bridge.ByAgent)) == 1 })
	if got := r.told(out); !strings.Contains(got, "Sent to the visitor") {
		t.Errorf("told %q", got)
	}
	out = r.post("shortcut", object{"user": "dana", "channel": "support", "message_ts": v.root().Stamp, "callback_id": "keep_internal"})
	if got := r.told(out); !strings.Contains(got, "thread of a visitor's chat") {
		t.Errorf("on the card itself: %q", got)
	}
}

func TestHandoffCommand(t *testing.T) {
	r := newRig(t)
	v := r.visitor("yan")
	v.ask()
	v.alert()
	for text, want := range map[string][]string{
		"help":        {"/handoff status", "Claim"},
		"status":      {"Waiting for a person: 1", "yan", "With an agent: 0"},
		"triggers":    {"Handoffs in the last 7 days: 1 of 1 chat (100 %)", "Too few chats", "explicit request", "1 by the button", "rehearse"},
		"triggers 30": {"last 30 days"},
		"triggers x":  {"from 1 to 365"},
		"statsu":      {"Did you mean `/handoff status`"},
		"dance":       {"I don't know `/handoff dance`"},
	} {
		out := r.post("command", object{"user": "dana", "channel": "support", "command": "/handoff", "text": text})
		got := r.told(out)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%q was answered without %q: %q (%v)", text, w, got, out)
			}
		}
	}
}

func TestAppHomeListsWhoWaits(t *testing.T) {
	r := newRig(t)
	a, b := r.visitor("abe"), r.visitor("bea")
	a.held("dana")
	b.ask()
	b.alert()
	for range 3 {
		r.post("home", object{"user": "morgan"})
	}
	r.within("the home shows both", func() bool {
		home := fmt.Sprint(r.get("state")["homes"])
		return strings.Contains(home, "Waiting for a person: 1") && strings.Contains(home, "bea") &&
			strings.Contains(home, "abe") && strings.Contains(home, "with Dana")
	})
	var last time.Time
	for _, c := range r.calls("views.publish") {
		at, err := time.Parse(time.RFC3339Nano, c["at"].(string))
		if err != nil {
			t.Fatal(err)
		}
		if gap := at.Sub(last); gap < 2500*time.Millisecond {
			t.Errorf("published again after %s", gap)
		}
		last = at
	}
}

func TestBusyChatsKeepWithinSlacksLimits(t *testing.T) {
	r := newRig(t, func(s *slacksim.Config, c *slackapp.Config) {
		s.Strict = true
		c.PostInterval, c.UpdateInterval = 0, 0
	})
	a, b := r.visitor("ann"), r.visitor("bob")
	for i := range 4 {
		a.write(fmt.Sprint("a", i))
		b.write(fmt.Sprint("b", i))
	}
	a.ask()
	r.within("everything is mirrored", func() bool { return len(a.mirrored()) == 4 && len(b.mirrored()) == 4 })
	for _, e := range r.get("log")["entries"].([]any) {
		if e := e.(object); e["error"] == "ratelimited" {
			t.Errorf("we were rate limited: %v", e)
		}
	}
}

func levels(checks []slackapp.Check) map[string]string {
	out := map[string]string{}
	for _, c := range checks {
		out[c.Name] = c.Level
	}
	return out
}

func TestDoctorNamesWhatIsBroken(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	for name, level := range levels(r.desk.Check(ctx)) {
		// A person of another organisation is in #support: worth a warning.
		if level == slackapp.LevelFail || level == slackapp.LevelWarn && name != "slack channel" {
			t.Errorf("%s is %s in a healthy installation: %+v", name, level, r.desk.Check(ctx))
		}
	}
	for name, c := range map[string]struct {
		change func(*slackapp.Config)
		bad    string
	}{
		"bot token":    {func(c *slackapp.Config) { c.BotToken = "xoxb-wrong" }, "slack bot token"},
		"app token":    {func(c *slackapp.Config) { c.AppToken = "xapp-wrong" }, "slack app token"},
		"channel name": {func(c *slackapp.Config) { c.Channel = "nowhere" }, "slack channel"},
		"channel id":   {func(c *slackapp.Config) { c.Channel = "C0NOWHERE0" }, "slack channel"},
		"managers":     {func(c *slackapp.Config) { c.Managers = []string{"U0NOBODY00"} }, "slack managers"},
		"manager name": {func(c *slackapp.Config) { c.Managers = []string{"morgan"} }, "slack managers"},
	} {
		t.Run(name, func(t *testing.T) {
			config := r.config
			c.change(&config)
			for _, got := range slackapp.NewDesk(config, r.store).Check(ctx) {
				if bad := got.Level == slackapp.LevelFail; bad != (got.Name == c.bad) {
					t.Errorf("%s: %s %s", got.Name, got.Level, got.Detail)
				} else if bad && got.Mend == "" {
					t.Errorf("%s does not say how to mend it", got.Name)
				}
			}
		})
	}
	t.Run("scopes", func(t *testing.T) {
		less := strings.ReplaceAll(string(manifest(t)), "      - reactions:write\n", "")
		sim, err := slacksim.Start(ctx, slacksim.Config{Listen: "127.0.0.1:0", Seed: 1, Manifest: []byte(less)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = sim.Close() })
		config := r.config
		config.APIURL, config.BotToken, config.AppToken = sim.APIURL(), sim.BotToken(), sim.AppToken()
		for _, got := range slackapp.NewDesk(config, r.store).Check(ctx) {
			if bad := got.Level == slackapp.LevelFail; bad != (got.Name == "slack scopes") {
				t.Errorf("%s: %s %s", got.Name, got.Level, got.Detail)
			} else if bad && !strings.Contains(got.Detail, "reactions:write") {
				t.Errorf("it does not name the scope: %s", got.Detail)
			}
		}
	})
	t.Run("unreachable", func(t *testing.T) {
		config := r.config
		config.APIURL = "http://127.0.0.1:1/api/"
		got := slackapp.NewDesk(config, r.store).Check(ctx)[0]
		if got.Level != slackapp.LevelFail || !strings.Contains(got.Mend, "SLACK_API_URL") {
			t.Errorf("%+v", got)
		}
	})
}

func TestWrongTokensAreRefusedAndNothingStops(t *testing.T) {
	r := newRig(t)
	r.stop()
	r.config.BotToken, r.config.AppToken = "xoxb-wrong", "xapp-wrong"
	r.run()
	v := r.visitor("zoe")
	v.write("hello")
	r.within("the refusal shows", func() bool { return r.desk.Status() == "refused" })
	lag, err := r.desk.Lag(context.Background())
	if err != nil || lag <= 0 || lag > time.Minute {
		t.Errorf("lag %s, %v", lag, err)
	}
	r.stop()
	r.config.BotToken, r.config.AppToken = r.sim.BotToken(), r.sim.AppToken()
	r.run()
	v.reply("hello")
}
