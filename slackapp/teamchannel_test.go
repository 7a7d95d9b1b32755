package slackapp_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/slackapp"
	"threadline/slackapp/slacksim"
)

// teams changes the teams of the settings, beside Support a team Sales.
func (r *rig) teams(change func(support, sales *bridge.Team)) {
	r.t.Helper()
	_, err := r.store.ChangeSetup(context.Background(), bridge.Actor{Name: "test"}, func(s bridge.Setup) (bridge.Setup, error) {
		s.Teams = slices.Clone(s.Teams)
		if !s.HasTeam("sales") {
			s.Teams = append(s.Teams, bridge.Team{ID: "sales", Name: "Sales", Method: s.Teams[0].Method, Lines: s.Teams[0].Lines, TakeOver: s.Teams[0].TakeOver})
		}
		change(&s.Teams[0], &s.Teams[slices.IndexFunc(s.Teams, func(t bridge.Team) bool { return t.ID == "sales" })])
		return s, nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// sendTo transfers the chat to a team, by a word in its thread.
func (v *visitor) sendTo(who, channel, team, note string) {
	v.r.t.Helper()
	v.r.post("say", object{"user": who, "channel": channel, "thread_ts": v.conversation().Thread.Stamp, "text": "!assign " + team + " " + note})
	v.status(bridge.Queued)
}

// notesIn is what our notes in the chat's threads in a channel say.
func (v *visitor) notesIn(channel string) string {
	v.r.t.Helper()
	var out []string
	for _, root := range v.r.in(channel) {
		for _, m := range root.Replies {
			if m.Metadata.Type == "threadline_note" && root.Metadata.Payload["conversation_id"] == string(v.id) {
				out = append(out, m.Text)
			}
		}
	}
	return strings.Join(out, "\n")
}

// TestATransferTakesTheChatToItsTeamsChannel: whoever sits only there sees the
// alert, the note and everything that was said, and answers from there.
func TestATransferTakesTheChatToItsTeamsChannel(t *testing.T) {
	r := newRig(t, brisk)
	r.teams(func(_, sales *bridge.Team) { sales.Channel = "#sales" })
	v := r.visitor("lena")
	v.write("what does a heat pump cost?")
	v.held("dana")
	v.say("dana", "Let me ask a colleague")
	r.within("the visitor hears it", func() bool { return v.heard() == "Let me ask a colleague" })
	old, oldAlert := v.root(), v.alert()
	v.sendTo("dana", "support", "sales", "wants a quote")
	r.within("the alert stands in the team's channel", func() bool { return len(v.alertsIn("sales")) == 1 })
	r.within("with what was said and the note", func() bool {
		return strings.Contains(v.linesIn("sales"), "ask a colleague") && strings.Contains(v.notesIn("sales"), "wants a quote")
	})
	ordered(t, v.linesIn("sales"), "what does a heat pump cost?", "bringing in a person", "Let me ask a colleague")
	if a := v.alertsIn("sales")[0]; a.Subtype != "thread_broadcast" || a.Metadata.Payload["handoff_id"] != oldAlert.Metadata.Payload["handoff_id"] {
		t.Errorf("the alert is %+v", a)
	}
	if notes := v.notesIn("sales"); !strings.Contains(notes, "where Sales takes care of it") || !strings.Contains(notes, strings.ReplaceAll(old.Stamp, ".", "")) {
		t.Errorf("the new thread does not say where it came from: %s", notes)
	}
	r.within("root and alert link on and have no buttons", func() bool {
		root := v.rootIn("support")
		for _, m := range append(root.Replies, root) {
			if (m.Stamp == old.Stamp || m.Stamp == oldAlert.Stamp) && (!strings.Contains(m.Text, "goes on in") || strings.Contains(m.Text, "took no posts") || len(m.buttons()) > 0) {
				return false
			}
		}
		return strings.Contains(root.Text, strings.ReplaceAll(v.rootIn("sales").Stamp, ".", ""))
	})
	if s := v.notesIn("support"); strings.Contains(s, "wants a quote") {
		t.Errorf("the note stands in the old thread: %s", s)
	}
	// Sales answer there. What their holder writes in the old thread counts, too.
	r.post("click", object{"user": "morgan", "channel": "sales", "message_ts": v.alertsIn("sales")[0].Stamp, "action_id": "claim"})
	v.heldBy("morgan")
	r.post("say", object{"user": "morgan", "channel": "sales", "thread_ts": v.rootIn("sales").Stamp, "text": "About 9,000"})
	r.within("the visitor hears it", func() bool { return strings.HasSuffix(v.heard(), "About 9,000") })
	r.post("say", object{"user": "morgan", "channel": "support", "thread_ts": old.Stamp, "text": "with the fitting"})
	r.within("the old thread is heard", func() bool { return strings.HasSuffix(v.heard(), "with the fitting") })
	v.write("thanks")
	r.within("and all of it stands in the live one", func() bool { return strings.Contains(v.linesIn("sales"), "thanks") })
	ordered(t, v.linesIn("sales"), "Let me ask a colleague", "with the fitting", "thanks")

	// Resolved it stays where it is; who comes back and needs the usual team
	// waits in the site's channel again.
	r.post("say", object{"user": "morgan", "channel": "sales", "thread_ts": v.rootIn("sales").Stamp, "text": "!resolve sold"})
	v.status(bridge.Resolved)
	v.write("one more thing")
	v.ask()
	v.status(bridge.Queued)
	live := func() msg {
		for _, m := range r.in("support") {
			if m.Stamp == v.conversation().Thread.Stamp {
				return m
			}
		}
		return msg{}
	}
	r.within("it is back under a new root", func() bool {
		all := live().Replies
		return live().Stamp != old.Stamp && slices.ContainsFunc(all, func(m msg) bool { return m.Metadata.Type == "threadline_alert" }) &&
			slices.ContainsFunc(all, func(m msg) bool { return strings.Contains(m.Text, "one more thing") })
	})
	r.within("the team's root links on", func() bool {
		m := v.rootIn("sales")
		return strings.Contains(m.Text, "goes on in") && len(m.buttons()) == 0
	})
	r.post("click", object{"user": "dana", "channel": "support", "message_ts": live().Stamp, "action_id": "claim"})
	v.heldBy("dana")
	r.quiet()
}

// TestAChatForATeamBeginsInItsChannel: a first line that is for a team needs no
// thread elsewhere first, and one that is not posted yet leaves none.
func TestAChatForATeamBeginsInItsChannel(t *testing.T) {
	r := newRig(t, brisk)
	r.teams(func(_, sales *bridge.Team) { sales.Channel = "sales" })
	r.site("default", func(s *bridge.Site) { s.Team = "sales" })
	v := r.visitor("nils")
	v.ask()
	r.within("the alert stands in the team's channel", func() bool { return len(v.alertsIn("sales")) == 1 })
	v.write("are you there?")
	r.within("and so do lines", func() bool { return strings.Contains(v.linesIn("sales"), "are you there?") })
	if all := r.in("support"); len(all) != 0 {
		t.Errorf("#support has %d posts", len(all))
	}
	if s := v.notesIn("sales"); strings.Contains(s, "goes on here") {
		t.Errorf("nothing was before, but the thread says %q", s)
	}
	r.quiet()
}

// TestATeamsChannelMayBeTheSites: however it is written, no second thread begins.
func TestATeamsChannelMayBeTheSites(t *testing.T) {
	for name, channel := range map[string]func(*rig) string{
		"by name": func(*rig) string { return "#support" },
		"by id": func(r *rig) string {
			for _, c := range r.get("state")["channels"].([]any) {
				if c := c.(object); c["name"] == "support" {
					return c["id"].(string)
				}
			}
			return ""
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, brisk)
			r.teams(func(support, _ *bridge.Team) { support.Channel = channel(r) })
			id := bridge.Route(channel(r))
			v := r.visitor("same")
			v.write("hello")
			v.root()
			r.within("the channel is known", func() bool { return r.desk.ChannelOf("") == r.desk.ChannelOf(id) || name == "by name" })
			v.held("dana")
			v.sendTo("dana", "support", "support", "")
			if n := len(r.in("support")); n != 2 { // the root, and the alert as it is broadcast
				for _, m := range r.in("support") {
					if m.Metadata.Type == "threadline_thread" && m.Stamp != v.root().Stamp {
						t.Errorf("#support has a second root among %d posts", n)
					}
				}
			}
			if c := v.conversation(); !c.Left.IsZero() || c.Route != "" {
				t.Errorf("the chat went from %v to %q", c.Left, c.Route)
			}
		})
	}
}

// TestATeamsChannelThatIsMissingLosesNoAlert: the chat waits in its own thread
// where that is known, and comes back where it turns out; doctor and App Home
// name the channel.
func TestATeamsChannelThatIsMissingLosesNoAlert(t *testing.T) {
	r := newRig(t, prompt)
	r.post("channels", object{"name": "vip", "private": true, "members": []string{"dana", "morgan"}, "app": true})
	r.teams(func(_, sales *bridge.Team) { sales.Channel = "vip" })
	v := r.visitor("olga")
	v.write("hello")
	v.held("dana")
	old := v.root()
	r.post("faults", object{"kick": "#vip"})
	v.sendTo("dana", "support", "sales", "wants a quote")
	var back msg
	r.within("the alert is back in the site's channel", func() bool {
		for _, m := range r.in("support") {
			if m.Stamp == v.conversation().Thread.Stamp && m.Stamp != old.Stamp {
				back = m
				return slices.ContainsFunc(m.Replies, func(m msg) bool { return m.Metadata.Type == "threadline_alert" }) &&
					slices.ContainsFunc(m.Replies, func(m msg) bool { return strings.Contains(m.Text, "hello") }) &&
					slices.ContainsFunc(m.Replies, func(m msg) bool { return strings.Contains(m.Text, "wants a quote") })
			}
		}
		return false
	})
	r.within("the former root links on", func() bool {
		m := v.rootIn("support")
		return m.Stamp == old.Stamp && strings.Contains(m.Text, strings.ReplaceAll(back.Stamp, ".", "")) && len(m.buttons()) == 0
	})
	// The rule waits a minute; the alert is up, so the visitor is told nothing.
	v.handle(bridge.AlertNotPosted{Conversation: v.id, Handoff: v.conversation().Handoff})
	for _, m := range v.saw(bridge.BySystem) {
		if strings.Contains(m.Text, "trouble reaching our team") {
			t.Errorf("the visitor was told %q", m.Text)
		}
	}
	r.within("doctor and App Home name it", func() bool {
		named := false
		for _, c := range r.desk.Check(t.Context()) {
			named = named || c.Name == "slack channel" && strings.Contains(c.Detail, "vip")
		}
		const where = "of vip that need a person go on in"
		return named && strings.Contains(r.check("slack deliveries").Detail, where) && strings.Contains(r.homeOf("morgan"), where)
	})
	r.post("click", object{"user": "dana", "channel": "support", "message_ts": back.Stamp, "action_id": "claim"})
	v.heldBy("dana")

	// By now it is known: the next chat for the team waits in its own thread.
	w := r.visitor("pia")
	w.held("lee")
	r.within("the channel is known to be closed", func() bool { return r.desk.ChannelOf("vip") == "" })
	root := w.root()
	w.sendTo("lee", "support", "sales", "the second one")
	r.within("its note stands there", func() bool { return strings.Contains(w.notesIn("support"), "the second one") })
	if c := w.conversation(); c.Thread.Stamp != root.Stamp {
		t.Errorf("the chat went on in %v", c.Thread)
	}

	// Once it takes posts again it is used again.
	r.post("faults", object{"clear": true})
	r.within("the channel is open", func() bool { return r.desk.ChannelOf("vip") != "" })
	x := r.visitor("quinn")
	x.held("lee")
	x.sendTo("lee", "support", "sales", "the third one")
	r.within("the alert stands in the team's channel", func() bool { return len(x.alertsIn("vip")) == 1 })
	r.quiet()
}

// goesOn lets morgan transfer the chat to a team and claim it in its channel.
func (v *visitor) goesOn(team, channel string) {
	v.r.t.Helper()
	at := v.conversation().Thread
	v.r.post("say", object{"user": "morgan", "channel": at.Channel, "thread_ts": at.Stamp, "text": "!assign " + team})
	v.r.within("it stands in #"+channel, func() bool {
		return len(v.alertsIn(channel)) == 1 && v.conversation().Thread.Stamp == v.rootIn(channel).Stamp
	})
	v.r.post("click", object{"user": "morgan", "channel": channel, "message_ts": v.alertsIn(channel)[0].Stamp, "action_id": "claim"})
	v.heldBy("morgan")
}

// TestALineInAnyFormerThreadIsAskedAboutThere: its author may not be in the
// channel where the chat goes on.
func TestALineInAnyFormerThreadIsAskedAboutThere(t *testing.T) {
	r := newRig(t, brisk)
	r.teams(func(_, sales *bridge.Team) { sales.Channel = "sales" })
	v := r.visitor("sara")
	v.held("dana")
	first := v.root()
	v.goesOn("sales", "sales")
	second := v.rootIn("sales")
	r.teams(func(support, _ *bridge.Team) { support.Channel = "managers" })
	v.goesOn("support", "managers")

	r.post("say", object{"user": "lee", "channel": "support", "thread_ts": first.Stamp, "text": "from a colleague"})
	asked := func(who, thread, text string) bool {
		return slices.ContainsFunc(r.ephemerals(), func(e ephemeral) bool {
			return e.User == r.user(who) && e.Thread == thread && strings.Contains(e.Text, text)
		})
	}
	var question ephemeral
	r.within("its author is asked in that thread", func() bool {
		for _, e := range r.ephemerals() {
			if e.User == r.user("lee") && e.Thread == first.Stamp && len(e.Blocks) > 1 {
				question = e
			}
		}
		return question.ID != ""
	})
	r.post("click", object{"user": "lee", "ephemeral_id": question.ID, "action_id": "send_to_visitor"})
	r.within("the visitor has it", func() bool { return strings.Contains(v.heard(), "from a colleague") })

	for channel, root := range map[string]string{"support": first.Stamp, "sales": second.Stamp} {
		out := r.post("say", object{
			"user": "morgan", "channel": channel, "thread_ts": root, "text": "see " + channel,
			"files": []any{shareable("in-"+channel+".exe", []byte("MZ\x90\x00\x03"))},
		})
		r.within("the line in #"+channel+" is marked", func() bool {
			for _, m := range v.rootIn(channel).Replies {
				for _, x := range m.Reactions {
					if m.Stamp == out["ts"] && x.Name == "warning" {
						return true
					}
				}
			}
			return false
		})
		r.within("and its author is told there", func() bool { return asked("morgan", root, "in-"+channel+".exe") })
	}
	r.quiet()
}

// TestALineInAnyFormerThreadWhileNobodyListens: the next read finds it, also
// after the chat has gone on twice.
func TestALineInAnyFormerThreadWhileNobodyListens(t *testing.T) {
	r := newRig(t, brisk)
	r.teams(func(_, sales *bridge.Team) { sales.Channel = "sales" })
	v := r.visitor("rita")
	v.held("dana")
	first := v.root()
	v.goesOn("sales", "sales")
	r.teams(func(support, _ *bridge.Team) { support.Channel = "managers" })
	v.goesOn("support", "managers")
	r.stop()
	said := func(channel, at, text string) {
		r.steal(1, func() {
			r.post("say", object{"user": "morgan", "channel": channel, "thread_ts": at, "text": text})
		})
	}
	said("support", first.Stamp, "in the first")
	said("sales", v.rootIn("sales").Stamp, "in the second")
	said("managers", v.rootIn("managers").Stamp, "in the third")
	r.readAgain()
	r.within("all are heard", func() bool {
		return strings.Contains(v.heard(), "in the first") && strings.Contains(v.heard(), "in the second") && strings.Contains(v.heard(), "in the third")
	})
	r.within("the live thread shows those of the others", func() bool {
		s := v.linesIn("managers")
		return strings.Contains(s, "in the first") && strings.Contains(s, "in the second")
	})
	r.quiet()
}

// TestARootThatStandsAfterTheChatMovedOn: its answer was lost, and before its
// echo came the chat went to its team's channel. It is no second live one, and
// what is written under it counts, long before everything is read back.
func TestARootThatStandsAfterTheChatMovedOn(t *testing.T) {
	for name, first := range map[string]bool{"the new root was there first": false, "the old one was there first": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, prompt, func(_ *slacksim.Config, c *slackapp.Config) { c.DoubtAfter = time.Hour })
			r.teams(func(_, sales *bridge.Team) { sales.Channel = "sales" })
			r.site("default", func(s *bridge.Site) { s.Team = "sales" })
			r.post("faults", object{"error": object{"method": "conversations.history", "probability": 1}}) // nothing is read back
			r.post("faults", object{"delay_events_ms": 2500, "apply_then_fail": object{"method": "chat.postMessage", "channel": "support", "times": 1}})
			v := r.visitor("zoe")
			v.write("hello")
			r.within("the root stands", func() bool { return v.rootIn("support").Stamp != "" })
			old := v.rootIn("support")
			if first {
				r.post("faults", object{"rate_limit": object{"method": "chat.postMessage", "channel": "sales", "retry_after": 5, "times": 1}})
			}
			v.ask()
			r.within("the alert stands in the team's channel", func() bool { return len(v.alertsIn("sales")) == 1 })
			r.within("the old root links on and has no buttons", func() bool {
				m := v.rootIn("support")
				return m.Stamp == old.Stamp && strings.Contains(m.Text, "goes on in") && len(m.buttons()) == 0
			})
			if v.conversation().Thread.Stamp != v.rootIn("sales").Stamp {
				t.Error("the live root is not the one in #sales")
			}
			r.post("faults", object{"delay_events_ms": 0})
			r.post("click", object{"user": "morgan", "channel": "sales", "message_ts": v.alertsIn("sales")[0].Stamp, "action_id": "claim"})
			v.heldBy("morgan")
			r.post("say", object{"user": "morgan", "channel": "support", "thread_ts": old.Stamp, "text": "I read you here"})
			r.within("it is heard", func() bool { return v.heard() == "I read you here" })
			r.within("and shown in the live thread", func() bool { return strings.Contains(v.linesIn("sales"), "I read you here") })
		})
	}
}

// TestAnAlertOfBeforeShowsItsEndAfterAMove: the handoff ended in the team's
// channel, and the next one took the chat out of it before that was drawn.
func TestAnAlertOfBeforeShowsItsEndAfterAMove(t *testing.T) {
	r := newRig(t, brisk)
	r.teams(func(_, sales *bridge.Team) { sales.Channel = "sales" })
	v := r.visitor("tess")
	v.held("dana")
	v.root()
	v.goesOn("sales", "sales")
	alert := v.alertsIn("sales")[0]
	r.within("the alert shows who has it", func() bool { return strings.Contains(v.alertsIn("sales")[0].Text, "Claimed by") })
	r.post("faults", object{"fail": object{"method": "chat.update", "status": 500, "times": 1000}})
	r.post("say", object{"user": "morgan", "channel": "sales", "thread_ts": v.rootIn("sales").Stamp, "text": "!resolve sold"})
	v.status(bridge.Resolved)
	v.ask()
	v.status(bridge.Queued)
	r.within("it is back in the site's channel", func() bool {
		return v.conversation().Thread.Stamp > alert.Stamp
	})
	r.post("faults", object{"clear": true})
	r.within("the former alert offers nothing", func() bool { return len(v.alertsIn("sales")[0].buttons()) == 0 })
	r.quiet()
}
