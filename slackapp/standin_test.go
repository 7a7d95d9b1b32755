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

// site saves what a site says about its channels.
func (r *rig) site(id bridge.SiteID, change func(*bridge.Site)) {
	r.t.Helper()
	s := bridge.DefaultSite()
	s.ID = id
	change(&s)
	if err := r.store.SaveSite(context.Background(), s); err != nil {
		r.t.Fatal(err)
	}
}

// in are the top-level messages of a channel, oldest first.
func (r *rig) in(channel string) []msg {
	r.t.Helper()
	for _, c := range r.get("state")["channels"].([]any) {
		if c := c.(object); c["name"] == channel {
			return remarshal[[]msg](r.t, c["messages"])
		}
	}
	r.t.Fatal("no #" + channel)
	return nil
}

// rootIn is the chat's root in a channel; without a stamp if it has none.
func (v *visitor) rootIn(channel string) msg {
	v.r.t.Helper()
	for _, m := range v.r.in(channel) {
		if m.Metadata.Type == "threadline_thread" && m.Metadata.Payload["conversation_id"] == string(v.id) {
			return m
		}
	}
	return msg{}
}

// linesIn is what the chat's thread in a channel tells of the talk, joined.
func (v *visitor) linesIn(channel string) string {
	v.r.t.Helper()
	var out []string
	for _, m := range v.rootIn(channel).Replies {
		if m.Metadata.Type == "threadline_lines" {
			out = append(out, m.Text)
		}
	}
	return strings.Join(out, "\n")
}

// alertsIn are the chat's alerts in a channel.
func (v *visitor) alertsIn(channel string) []msg {
	v.r.t.Helper()
	var out []msg
	for _, m := range v.rootIn(channel).Replies {
		if m.Metadata.Type == "threadline_alert" {
			out = append(out, m)
		}
	}
	return out
}

// ordered fails unless the words stand in the text in that order, each once.
func ordered(t *testing.T, text string, words ...string) {
	t.Helper()
	at := -1
	for _, w := range words {
		i := strings.Index(text, w)
		if i <= at || strings.Count(text, w) != 1 {
			t.Errorf("%q does not stand once and in its place in:\n%s", w, text)
		}
		at = i
	}
}

// prompt makes a channel's death count at once.
func prompt(sc *slacksim.Config, dc *slackapp.Config) {
	brisk(sc, dc)
	dc.StandInAfter = 300 * time.Millisecond
}

func TestEachSiteHasItsOwnChannel(t *testing.T) {
	r := newRig(t, brisk)
	r.site("default", func(s *bridge.Site) {
		s.Pages = []bridge.PageRule{{Path: "/heat*", Channel: "#sales"}}
	})
	r.site("shop", func(s *bridge.Site) { s.Channels = []string{"managers"} })
	sales := r.visitor("sal") // its page is /heat-pumps
	sales.write("about a pump")
	shop := r.visitor("shop")
	write := func(text string) {
		shop.n++
		shop.handle(bridge.VisitorWrote{Conversation: shop.id, Visitor: "v-shop", SiteID: "shop", ClientID: fmt.Sprint(shop.n), Text: text})
	}
	write("where is my order")
	usual := r.visitor("usual")
	usual.handle(bridge.VisitorWrote{Conversation: usual.id, Visitor: "v-usual", SiteID: "default", ClientID: "1", Text: "hello there", PageURL: "https://example.com/"})
	r.within("each chat stands in its channel", func() bool {
		return strings.Contains(sales.linesIn("sales"), "about a pump") && strings.Contains(shop.linesIn("managers"), "where is my order") &&
			strings.Contains(usual.linesIn("support"), "hello there")
	})
	for _, channel := range []string{"sales", "managers", "support"} {
		if n := len(r.in(channel)); n != 1 {
			t.Errorf("#%s has %d top-level posts", channel, n)
		}
	}
	// One channel's death is its own affair.
	r.post("faults", object{"archive": "#sales"})
	sales.write("still there?")
	write("it was number 12")
	r.within("the others go on", func() bool { return strings.Contains(shop.linesIn("managers"), "number 12") })
	r.within("the doctor names the channel", func() bool {
		for _, c := range r.desk.Check(t.Context()) {
			if c.Name == "slack channel" && c.Level == slackapp.LevelFail {
				return strings.Contains(c.Detail, "sales")
			}
		}
		return false
	})
	r.post("faults", object{"clear": true})
	r.within("what was kept goes out", func() bool { return strings.Contains(sales.linesIn("sales"), "still there?") })
	r.quiet()
}

func TestAChatOfASpreadSiteStaysInItsChannel(t *testing.T) {
	r := newRig(t, brisk)
	r.site("default", func(s *bridge.Site) { s.Channels, s.Spread = []string{"support", "sales", "managers"}, true })
	var all []*visitor
	for i := range 12 {
		v := r.visitor(fmt.Sprint("spread", i))
		v.write("first")
		v.write("second")
		all = append(all, v)
	}
	used := map[string]int{}
	for _, v := range all {
		r.within("both lines of "+string(v.id), func() bool {
			for _, c := range []string{"support", "sales", "managers"} {
				if s := v.linesIn(c); strings.Contains(s, "first") && strings.Contains(s, "second") {
					used[c]++
					return true
				}
			}
			return false
		})
	}
	if len(used) != 3 {
		t.Errorf("used %v", used)
	}
}

func TestAWaitingChatGoesOnInAnotherChannel(t *testing.T) {
	r := newRig(t, prompt)
	r.site("default", func(s *bridge.Site) { s.Channels = []string{"support", "managers"} })
	v := r.visitor("una")
	v.write("my boiler leaks")
	v.ask()
	old := v.alert()
	v.reply("my boiler leaks")
	oldRoot := v.root()
	r.post("faults", object{"archive": "#support"})
	v.write("and it is cold")
	r.within("the alert stands in the other channel", func() bool { return len(v.alertsIn("managers")) == 1 })
	r.within("with everything that was said", func() bool { return strings.Contains(v.linesIn("managers"), "and it is cold") })
	ordered(t, v.linesIn("managers"), "my boiler leaks", "bringing in a person", "and it is cold")
	r.within("doctor and App Home say where", func() bool {
		const where = "go on in managers meanwhile"
		return strings.Contains(r.check("slack deliveries").Detail, where) && strings.Contains(r.homeOf("morgan"), where)
	})
	if a := v.alertsIn("managers")[0]; a.Subtype != "thread_broadcast" || a.Metadata.Payload["handoff_id"] != old.Metadata.Payload["handoff_id"] {
		t.Errorf("alert %+v", a)
	}

	// It is claimed and answered there.
	r.post("click", object{"user": "morgan", "channel": "managers", "message_ts": v.alertsIn("managers")[0].Stamp, "action_id": "claim"})
	v.status(bridge.Assigned)
	r.post("say", object{"user": "morgan", "channel": "managers", "thread_ts": v.rootIn("managers").Stamp, "text": "I am on my way"})
	r.within("the visitor hears it", func() bool { return len(v.saw(bridge.ByAgent)) == 1 })

	// The channel comes back: the team is told, and the old posts link on.
	r.post("faults", object{"clear": true})
	r.within("the team is told", func() bool {
		n := 0
		for _, m := range r.in("support") {
			if m.Metadata.Type == "threadline_note" && strings.Contains(m.Text, "takes posts again") {
				n++
			}
		}
		return n == 1
	})
	r.within("root and alert link on and have no buttons", func() bool {
		root := v.rootIn("support")
		for _, m := range append(root.Replies, root) {
			if (m.Stamp == oldRoot.Stamp || m.Stamp == old.Stamp) && (!strings.Contains(m.Text, "goes on in") || len(m.buttons()) > 0) {
				return false
			}
		}
		return strings.Contains(root.Text, strings.ReplaceAll(v.rootIn("managers").Stamp, ".", ""))
	})
	// What the holder writes there is heard, shown to both, and they are told.
	r.post("say", object{"user": "morgan", "channel": "support", "thread_ts": oldRoot.Stamp, "text": "five minutes more"})
	r.within("it is heard", func() bool { return len(v.saw(bridge.ByAgent)) == 2 })
	r.within("the live thread shows it", func() bool { return strings.Contains(v.linesIn("managers"), "five minutes more") })
	r.within("morgan gets a pointer", func() bool {
		for _, e := range r.ephemerals() {
			if e.User == r.user("morgan") && strings.Contains(e.Text, "goes on in") {
				return true
			}
		}
		return false
	})
	v.write("thank you")
	r.within("the visitor's lines go to the live thread", func() bool { return strings.Contains(v.linesIn("managers"), "thank you") })
	ordered(t, v.linesIn("managers"), "my boiler leaks", "and it is cold", "five minutes more", "thank you")
	if s := v.linesIn("support"); strings.Contains(s, "cold") || strings.Contains(s, "thank you") {
		t.Errorf("the old thread goes on: %s", s)
	}
	if n := len(v.alertsIn("managers")) + len(v.alertsIn("support")); n != 2 {
		t.Errorf("%d alerts", n)
	}
	// New chats begin in the first channel again.
	w := r.visitor("vera")
	w.write("anybody there?")
	w.reply("anybody there?")
	r.quiet()
}

func TestAHeldChatTakesItsHolderAlong(t *testing.T) {
	r := newRig(t, prompt)
	r.site("default", func(s *bridge.Site) { s.Channels = []string{"support", "managers"} })
	v := r.visitor("will")
	v.held("morgan")
	v.say("morgan", "Hello, Morgan here")
	r.within("the visitor hears it", func() bool { return len(v.saw(bridge.ByAgent)) == 1 })
	r.post("faults", object{"archive": "#support"})
	v.write("are you there?")
	r.within("the talk goes on elsewhere", func() bool { return strings.Contains(v.linesIn("managers"), "are you there?") })
	ordered(t, v.linesIn("managers"), "Morgan here", "are you there?")
	r.within("Morgan is called there", func() bool {
		for _, n := range r.get("state")["notifications"].([]any) {
			n := n.(object)
			if n["user"] == r.user("morgan") && n["kind"] == "mention" {
				return true
			}
		}
		return false
	})
	if root := v.rootIn("managers"); root.buttons()["release"] == "" {
		t.Errorf("the new root is not the holder's: %v", root.buttons())
	}
	r.post("faults", object{"clear": true})
}

func TestWhereNothingStandsInTheVisitorIsTold(t *testing.T) {
	r := newRig(t, prompt)
	v := r.visitor("xen")
	v.ask()
	v.alert()
	r.post("faults", object{"archive": "#support"})
	v.write("hello?")
	r.within("it shows in the status", func() bool { return r.desk.Status() == "refused" })
	h := v.conversation().Handoff
	// The rule waits a minute; its event is what the visitor gets then.
	for range 2 {
		v.handle(bridge.AlertNotPosted{Conversation: v.id, Handoff: h, Closed: true})
	}
	told := 0
	for _, m := range v.saw(bridge.BySystem) {
		if strings.Contains(m.Text, "trouble reaching our team") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	r.post("faults", object{"clear": true})
	v.reply("hello?")
	r.onceEach()
}

func TestAChatIsHomeAgainWhenTheStandInDies(t *testing.T) {
	r := newRig(t, prompt)
	r.site("default", func(s *bridge.Site) { s.Channels = []string{"support", "managers"} })
	v := r.visitor("yara")
	v.ask()
	v.alert()
	r.post("faults", object{"archive": "#support"})
	v.write("one")
	r.within("it moves", func() bool { return strings.Contains(v.linesIn("managers"), "one") })
	r.post("faults", object{"clear": true})
	r.within("the channel is back", func() bool { return strings.Contains(v.rootIn("support").Text, "goes on in") })
	r.post("faults", object{"archive": "#managers"})
	v.write("two")
	r.within("it moves back under a new root", func() bool {
		n := 0
		for _, m := range r.roots() {
			if m.Metadata.Payload["conversation_id"] == string(v.id) && len(m.buttons()) > 0 {
				n++
			}
		}
		return n == 1 && v.conversation().Thread.Channel != v.conversation().Left.Channel
	})
	v.write("three")
	r.within("and goes on there", func() bool {
		for _, m := range r.roots() {
			for _, x := range m.Replies {
				if m.Stamp == v.conversation().Thread.Stamp && strings.Contains(x.Text, "three") {
					return true
				}
			}
		}
		return false
	})
	r.post("faults", object{"clear": true})
}

// TestARootThatTurnsUpInTheOldChannel: whether a root was posted is unknown,
// its channel dies, and the chat goes on elsewhere. When the channel is back and
// the root does stand there, it is no second live one, and what is written
// under it counts.
func TestARootThatTurnsUpInTheOldChannel(t *testing.T) {
	r := newRig(t, prompt, func(_ *slacksim.Config, c *slackapp.Config) { c.DoubtAfter = 500 * time.Millisecond })
	r.post("channels", object{"name": "vip", "private": true, "members": []string{"dana", "morgan"}, "app": true})
	r.site("default", func(s *bridge.Site) { s.Channels = []string{"vip", "managers"} })
	w := r.visitor("wes")
	w.write("hello")
	r.within("hello is mirrored", func() bool { return strings.Contains(w.linesIn("vip"), "hello") })
	r.post("faults", object{"delay_events_ms": 60000, "apply_then_fail": object{"method": "chat.postMessage", "times": 1}})
	v := r.visitor("zoe")
	v.ask()
	r.within("the root stands", func() bool { return v.rootIn("vip").Stamp != "" })
	r.post("faults", object{"kick": "#vip"})
	w.write("the line that is refused")
	r.within("the chat goes on elsewhere", func() bool { return len(v.alertsIn("managers")) == 1 })
	if v.conversation().Thread.Stamp != v.rootIn("managers").Stamp {
		t.Fatal("the live root is not the one in #managers")
	}
	r.stop()
	r.post("faults", object{"clear": true})
	old := v.rootIn("vip")
	if old.buttons()["claim"] == "" {
		t.Fatalf("the root in #vip has no button: %v", old)
	}
	r.run()
	r.within("it links on and has no buttons", func() bool {
		m := v.rootIn("vip")
		return strings.Contains(m.Text, "goes on in") && len(m.buttons()) == 0
	})
	if v.conversation().Thread.Stamp != v.rootIn("managers").Stamp {
		t.Error("the old root is live again")
	}
	r.post("click", object{"user": "morgan", "channel": "managers", "message_ts": v.alertsIn("managers")[0].Stamp, "action_id": "claim"})
	v.status(bridge.Assigned)
	r.post("say", object{"user": "morgan", "channel": "vip", "thread_ts": old.Stamp, "text": "I read you here"})
	r.within("it is heard", func() bool { return v.heard() == "I read you here" })
	r.within("and shown in the live thread", func() bool { return strings.Contains(v.linesIn("managers"), "I read you here") })
}

// TestALineInTheOldThreadWhileNobodyListens: it is found by the next read.
func TestALineInTheOldThreadWhileNobodyListens(t *testing.T) {
	r := newRig(t, prompt)
	r.site("default", func(s *bridge.Site) { s.Channels = []string{"support", "managers"} })
	v := r.visitor("abby")
	v.held("morgan")
	v.reply("")
	old := v.root()
	r.post("faults", object{"archive": "#support"})
	v.write("hello?")
	r.within("it moves", func() bool { return strings.Contains(v.linesIn("managers"), "hello?") })
	r.post("faults", object{"clear": true})
	r.within("the old root links on", func() bool { return strings.Contains(v.rootIn("support").Text, "goes on in") })
	r.stop()
	r.steal(1, func() {
		r.post("say", object{"user": "morgan", "channel": "support", "thread_ts": old.Stamp, "text": "written while you slept"})
	})
	r.readAgain()
	r.within("it is heard", func() bool { return v.heard() == "written while you slept" })
	r.within("and shown", func() bool { return strings.Contains(v.linesIn("managers"), "written while you slept") })
	r.quiet()
}

// TestKickedFromAPrivateChannel: an app cannot join one again by itself.
func TestKickedFromAPrivateChannel(t *testing.T) {
	r := newRig(t, prompt)
	r.post("channels", object{"name": "vip", "private": true, "members": []string{"dana", "morgan"}, "app": true})
	r.site("default", func(s *bridge.Site) { s.Channels = []string{"vip", "support"} })
	v := r.visitor("bea")
	v.ask()
	r.within("the alert", func() bool { return len(v.alertsIn("vip")) == 1 })
	r.post("faults", object{"kick": "#vip"})
	v.write("anybody?")
	r.within("it goes on in the next channel", func() bool {
		return len(v.alertsIn("support")) == 1 && strings.Contains(v.linesIn("support"), "anybody?")
	})
	r.within("doctor and App Home say where", func() bool {
		const where = "go on in support meanwhile"
		return strings.Contains(r.check("slack deliveries").Detail, where) && strings.Contains(r.homeOf("morgan"), where)
	})
	r.post("faults", object{"clear": true})
	r.within("the team is told when it is back", func() bool {
		for _, m := range r.in("vip") {
			if strings.Contains(m.Text, "takes posts again") {
				return true
			}
		}
		return false
	})
	r.within("the old root links on", func() bool { return strings.Contains(v.rootIn("vip").Text, "goes on in") })
	if n := len(v.rootIn("support").buttons()); n == 0 {
		t.Error("the live root has no buttons")
	}
}
