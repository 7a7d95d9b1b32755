package slackapp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
)

// form opens the form of a button and returns its id; empty if none opened,
// with what the presser was told.
func (r *rig) form(user, stamp, action string) (string, string) {
	r.t.Helper()
	out := r.click(user, stamp, action)
	id, _ := out["view_id"].(string)
	return id, r.told(out)
}

// submit sends a form and returns what was wrong with it.
func (r *rig) submit(user, view string, values map[string]string) object {
	r.t.Helper()
	state := object{}
	for k, v := range values {
		state[k] = object{k: v}
	}
	var errs object
	r.within("a form is taken or refused", func() bool {
		errs, _ = r.post("submit", object{"user": user, "view_id": view, "values": state})["errors"].(object)
		// A busy machine asks for it again, as its user would see.
		return !strings.Contains(fmt.Sprint(errs), "send it once more")
	})
	return errs
}

func (v *visitor) heldBy(name string) {
	v.r.t.Helper()
	id := bridge.AgentID(v.r.userID(name))
	v.r.within(string(v.id)+" is held by "+name, func() bool { return v.conversation().Holder == id })
}

func TestATransferGivesTheChatAway(t *testing.T) {
	r := newRig(t)
	v := r.visitor("tom")
	v.held("dana")
	r.within("the alert offers Transfer", func() bool { _, ok := v.alert().buttons()["transfer"]; return ok })
	if id, said := r.form("lee", v.alert().Stamp, "transfer"); id != "" || !strings.Contains(said, "Dana") {
		t.Errorf("a colleague who does not hold it got %q, %q", id, said)
	}
	if id, said := r.form("gus", v.alert().Stamp, "transfer"); id != "" || !strings.Contains(said, "Guests") {
		t.Errorf("a guest got %q, %q", id, said)
	}
	view, _ := r.form("dana", v.alert().Stamp, "transfer")
	if view == "" {
		t.Fatal("the holder got no form")
	}
	if errs := r.submit("dana", view, map[string]string{"to": r.userID("lee"), "note": "He wants a call at *nine*"}); len(errs) > 0 {
		t.Fatalf("the transfer was refused: %v", errs)
	}
	v.heldBy("lee")
	r.within("the note stands in the thread, and lee is called", func() bool {
		for _, m := range v.root().Replies {
			if strings.Contains(m.Text, "gave this chat to you") && strings.Contains(m.Text, "a call at *nine*") && strings.Contains(m.Text, r.userID("lee")) {
				return true
			}
		}
		return false
	})
	v.say("dana", "am I still heard?")
	v.say("lee", "Hello, lee here")
	r.within("lee's line is public", func() bool { return len(v.saw(bridge.ByAgent)) == 1 })
	if got := v.saw(bridge.ByAgent)[0].Text; got != "Hello, lee here" {
		t.Errorf("the visitor saw %q", got)
	}
	view, _ = r.form("lee", v.alert().Stamp, "transfer")
	if errs := r.submit("lee", view, map[string]string{"to": "team:support", "note": ""}); len(errs) > 0 {
		t.Fatalf("the transfer to a team was refused: %v", errs)
	}
	v.status(bridge.Queued)
	for _, m := range v.saw(bridge.BySystem) {
		if strings.Contains(m.Text, "nine") {
			t.Errorf("the note reached the visitor: %q", m.Text)
		}
	}
}

func TestATransferIsRefusedOnceTheChatMovedOn(t *testing.T) {
	r := newRig(t)
	v := r.visitor("joy")
	v.held("dana")
	r.within("the alert offers Transfer", func() bool { _, ok := v.alert().buttons()["transfer"]; return ok })
	view, _ := r.form("dana", v.alert().Stamp, "transfer")
	r.click("dana", v.alert().Stamp, "release")
	v.status(bridge.Queued)
	if errs := r.submit("dana", view, map[string]string{"to": r.userID("lee"), "note": ""}); errs == nil {
		t.Error("the form of a chat that dana has given back was accepted")
	}
	v.status(bridge.Queued)
}

func TestColleaguesJoinAndManagersTakeOver(t *testing.T) {
	r := newRig(t)
	v := r.visitor("joy")
	v.held("dana")
	r.within("the alert offers Join", func() bool { _, ok := v.alert().buttons()["join"]; return ok })
	v.say("lee", "not heard yet")
	r.click("lee", v.alert().Stamp, "join")
	r.within("the visitor is told", func() bool {
		all := v.saw(bridge.BySystem)
		return strings.Contains(all[len(all)-1].Text, "Lee")
	})
	v.say("lee", "Heard now")
	r.within("the line of the one who joined is public", func() bool {
		all := v.saw(bridge.ByAgent)
		return len(all) == 1 && all[0].Text == "Heard now" && strings.HasPrefix(all[0].Author.Name, "Lee")
	})
	v.heldBy("dana")
	if said := r.told(r.click("lee", v.alert().Stamp, "take_over")); !strings.Contains(said, "Only managers") {
		t.Errorf("an agent's take-over was answered %q", said)
	}
	if said := r.told(r.click("gus", v.alert().Stamp, "take_over")); !strings.Contains(said, "Guests") {
		t.Errorf("a guest's take-over was answered %q", said)
	}
	r.click("morgan", v.alert().Stamp, "take_over")
	v.heldBy("morgan")
	v.say("dana", "nor am I")
	v.say("morgan", "It's me")
	r.within("the new holder is heard", func() bool { return len(v.saw(bridge.ByAgent)) == 2 })
	if got := v.saw(bridge.ByAgent)[1].Text; got != "It's me" {
		t.Errorf("the visitor saw %q", got)
	}
}

func TestSnoozeBlockAndTheirWayBack(t *testing.T) {
	r := newRig(t)
	v := r.visitor("sid")
	v.held("dana")
	r.within("the alert offers Snooze", func() bool { _, ok := v.alert().buttons()["snooze"]; return ok })
	view, _ := r.form("dana", v.alert().Stamp, "snooze")
	if errs := r.submit("dana", view, map[string]string{"for": "2h"}); len(errs) > 0 {
		t.Fatalf("the snooze was refused: %v", errs)
	}
	r.within("the card says so and offers Wake", func() bool {
		_, ok := v.root().buttons()["wake"]
		return ok && strings.Contains(v.root().Text, "Snoozed until")
	})
	r.click("dana", v.root().Stamp, "wake")
	r.within("it is awake", func() bool { return v.conversation().SnoozedUntil.IsZero() })

	if said := r.told(r.click("lee", v.root().Stamp, "block")); !strings.Contains(said, "Dana") {
		t.Errorf("a block by somebody who does not hold it was answered %q", said)
	}
	r.click("dana", v.root().Stamp, "block")
	v.status(bridge.Resolved)
	r.within("the card offers Unblock", func() bool { _, ok := v.root().buttons()["unblock"]; return ok })
	before := v.conversation().Seq
	got := v.handle(bridge.VisitorWrote{Conversation: v.id, Visitor: "v-sid", SiteID: "default", ClientID: "after", Text: "let me in"})
	if got.Verdict != bridge.Blocked || v.conversation().Seq != before {
		t.Errorf("a blocked visitor's line came to %q", got.Verdict)
	}
	r.click("dana", v.root().Stamp, "unblock")
	r.within("the card offers Reopen again", func() bool { _, ok := v.root().buttons()["reopen"]; return ok })
	v.n = 50
	v.write("thanks")
	if v.conversation().Seq == before {
		t.Error("an unblocked visitor cannot write")
	}
}

func TestWordsInAThread(t *testing.T) {
	r := newRig(t)
	v := r.visitor("wyn")
	v.held("dana")
	answered := func(who, text string) string {
		t.Helper()
		was := len(r.get("state")["ephemerals"].([]any))
		v.say(who, text)
		said := ""
		r.within("an answer to "+text, func() bool {
			all := r.get("state")["ephemerals"].([]any)
			said = fmt.Sprint(all[was:])
			return len(all) > was
		})
		return said
	}
	wants(t, "!help", answered("dana", "!help"), "!assign", "!snooze")
	wants(t, "!frobnicate", answered("dana", "!frobnicate now"), "I don't know `!frobnicate`", "nothing was sent")
	wants(t, "!snooze", answered("dana", "!snooze whenever"), "!snooze 2h")
	wants(t, "!assign", answered("dana", "!assign @nobody"), "nobody of that name")
	wants(t, "!tag", answered("dana", "!tag"), "!tag warranty")
	wants(t, "!resolve by another", answered("lee", "!resolve"), "Dana")
	v.say("dana", "!tag VIP #warranty")
	r.within("the card bears the tags", func() bool { return strings.Contains(v.root().Text, "vip, warranty") })
	v.say("dana", "!tag -vip")
	r.within("a tag is gone", func() bool { return strings.Contains(v.root().Text, "Tags: warranty") })
	v.say("dana", "!snooze 2h")
	r.within("it sleeps", func() bool { return !v.conversation().SnoozedUntil.IsZero() })
	v.say("dana", "!note the basement is *dry*")
	v.say("dana", fmt.Sprintf("!assign <@%s> she knows the house", r.userID("lee")))
	v.heldBy("lee")
	v.say("lee", "!assign support")
	v.status(bridge.Queued)
	r.click("dana", v.alert().Stamp, "claim")
	v.heldBy("dana")
	v.say("dana", "!resolve Pump replaced & paid")
	v.status(bridge.Resolved)
	if got := v.conversation().HandBack; got != "Pump replaced & paid" {
		t.Errorf("the hand-back note is %q", got)
	}
	if all := v.saw(bridge.ByAgent); len(all) > 0 {
		t.Errorf("words of command reached the visitor: %v", all)
	}
}

// TestNotesThatAreTooLongAreRefusedWhole: nothing is cut off in silence.
func TestNotesThatAreTooLongAreRefusedWhole(t *testing.T) {
	r := newRig(t)
	v := r.visitor("lon")
	v.held("dana")
	r.within("the alert offers Resolve", func() bool { _, ok := v.alert().buttons()["resolve"]; return ok })
	long := strings.Repeat("é", 3001)
	view, _ := r.form("dana", v.alert().Stamp, "resolve")
	if errs := r.submit("dana", view, map[string]string{"outcome": "solved", "note": long}); errs["note"] == nil { // Slack's clients stop there by themselves
		t.Errorf("a note of 3,001 characters came to %v", errs)
	}
	v.say("dana", "!resolve "+long)
	r.within("the word is answered", func() bool { return strings.Contains(fmt.Sprint(r.get("state")["ephemerals"]), "3001 characters") })
	v.status(bridge.Assigned)
	if errs := r.submit("dana", view, map[string]string{"outcome": "solved", "note": long[2:]}); len(errs) > 0 {
		t.Errorf("a note of 3,000 characters came to %v", errs)
	}
	v.status(bridge.Resolved)
	if got := v.conversation().HandBack; got != long[2:] {
		t.Errorf("the note is kept with %d bytes", len(got))
	}
}

func TestGoingAwayAsksWhatBecomesOfOnesChats(t *testing.T) {
	r := newRig(t)
	wants(t, "me", r.command("dana", "me"), "You are 🟢 available")
	wants(t, "me busy", r.command("dana", "me busy for 2h"), "You are now 🔴 busy until")
	wants(t, "me asleep", r.command("dana", "me asleep"), "no such status", "available|busy|away|offline")
	wants(t, "me away for long", r.command("dana", "me away for long"), "can't read how long")
	wants(t, "a guest", r.command("gus", "me available"), "Guests")
	a, b := r.visitor("amy"), r.visitor("ben")
	a.held("dana")
	b.held("lee")
	out := r.post("command", object{"user": "dana", "channel": "support", "command": "/handoff", "text": "me away"})
	wants(t, "me away", r.told(out), "You are now 🌙 away", "You still have 1 chat")
	a.status(bridge.Assigned)
	id := r.answers(out)[0].ID
	r.post("click", object{"user": "dana", "ephemeral_id": id, "action_id": "release_mine"})
	a.status(bridge.Queued)
	b.heldBy("lee")
	wants(t, "tasks", r.command("lee", "tasks mine"), "ben")
	if got := r.command("lee", "tasks mine"); strings.Contains(got, "amy") {
		t.Errorf("lee's tasks are %q", got)
	}
	wants(t, "tasks", r.command("lee", "tasks"), "amy", "ben", "first answer due")
}

// Whoever is offered a chat may pass; it goes to the next, and nobody else's
// press moves it.
func TestWhoIsOfferedAChatMayPass(t *testing.T) {
	r := newRig(t)
	var members []bridge.Member
	for _, name := range []string{"dana", "lee"} {
		members = append(members, bridge.Member{ID: bridge.AgentID(r.userID(name))})
		wants(t, "me available", r.command(name, "me available"), "You are now")
	}
	_, err := r.store.ChangeSetup(t.Context(), bridge.Actor{Name: "test"}, func(s bridge.Setup) (bridge.Setup, error) {
		s.Teams = slices.Clone(s.Teams)
		s.Teams[0].Members = members
		s.Windows.Offer = time.Hour
		return s, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	v := r.visitor("pia")
	v.ask()
	handoff := func() bridge.Handoff {
		h, err := r.store.Handoff(t.Context(), v.conversation().Handoff)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	offered := func() bridge.AgentID { return handoff().OfferedTo }
	due := func() { // the timer of offers, which the rig has not
		h := handoff()
		v.handle(bridge.OfferDue{Conversation: v.id, Handoff: h.ID, Arm: h.Arm, Offer: h.Offers, Members: []bridge.AgentID{members[0].ID, members[1].ID}})
	}
	due()
	r.within("the alert offers Pass", func() bool { return v.alert().buttons()["pass"] != "" })
	first := offered()
	names := map[bridge.AgentID]string{members[0].ID: "dana", members[1].ID: "lee"}
	next := members[0].ID
	if next == first {
		next = members[1].ID
	}
	for who, because := range map[string]string{"gus": "Guests", "xena": "people of other organisations", names[next]: "Things have changed"} {
		if said := r.told(r.click(who, v.alert().Stamp, "pass")); !strings.Contains(said, because) {
			t.Errorf("a pass by %s was answered %q", who, said)
		}
		if got := offered(); got != first {
			t.Errorf("after the press of %s it is offered to %q", who, got)
		}
	}
	r.click(names[first], v.alert().Stamp, "pass")
	r.within("the offer is taken back", func() bool { return offered() == "" })
	due()
	if got := offered(); got != next {
		t.Errorf("after a pass it is offered to %q, want %q", got, next)
	}
	if got := v.conversation().Status; got != bridge.Queued {
		t.Errorf("status = %s", got)
	}
}

// What nobody could be offered is offered at once to whoever is back.
func TestWhoIsBackIsOfferedWhatWaits(t *testing.T) {
	r := newRig(t)
	dana := bridge.AgentID(r.userID("dana"))
	_, err := r.store.ChangeSetup(t.Context(), bridge.Actor{Name: "test"}, func(s bridge.Setup) (bridge.Setup, error) {
		s.Teams = slices.Clone(s.Teams)
		s.Teams[0].Members = []bridge.Member{{ID: dana}}
		s.Windows.Offer = time.Hour
		return s, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "me away", r.command("dana", "me away"), "You are now")
	v := r.visitor("zoe")
	v.ask()
	r.within("dana is passed over", func() bool {
		h, err := r.store.Handoff(t.Context(), v.conversation().Handoff)
		return err == nil && !h.Alert.IsZero()
	})
	wants(t, "me available", r.command("dana", "me available"), "You are now 🟢 available")
	r.within("dana is offered it", func() bool {
		h, err := r.store.Handoff(t.Context(), v.conversation().Handoff)
		return err == nil && h.OfferedTo == dana
	})
}

func TestAppHomeIsWhereOneWorks(t *testing.T) {
	r := newRig(t)
	home := func(user string) string {
		t.Helper()
		r.post("home", object{"user": user})
		got := ""
		r.within("the home of "+user, func() bool {
			homes, _ := r.get("state")["homes"].(object)
			v, ok := homes[r.userID(user)]
			got = fmt.Sprint(v)
			return ok
		})
		return got
	}
	wants(t, "a new install", home("morgan"), "Welcome", "/invite", "kb import", "Settings", "menu_team_0")
	if got := home("dana"); strings.Contains(got, "menu_team_0") {
		t.Error("an agent is shown the settings")
	}
	if got := home("gus"); strings.Contains(got, "Waiting for a person") || !strings.Contains(got, "Guests") {
		t.Errorf("a guest's home is %s", got)
	}
	out := r.post("click", object{"user": "morgan", "home": true, "action_id": "menu_hours_0"})
	if id, _ := out["view_id"].(string); id == "" {
		t.Errorf("the button for hours opened nothing: %v", out)
	}
	v := r.visitor("hal")
	v.held("dana")
	r.post("click", object{"user": "dana", "home": true, "action_id": "me_away"})
	r.within("the status is kept, and what becomes of the chat is asked", func() bool {
		return strings.Contains(home("dana"), "away") && strings.Contains(fmt.Sprint(r.get("state")["views"]), "release_mine")
	})
	wants(t, "dana's home", home("dana"), "Your chats: 1", "hal")
}

// TestANewInstallStartsATestChat: thread, alert and Claim, before the widget
// stands anywhere.
func TestANewInstallStartsATestChat(t *testing.T) {
	r := newRig(t)
	r.post("home", object{"user": "morgan"})
	r.within("the first steps are shown", func() bool {
		homes, _ := r.get("state")["homes"].(object)
		return strings.Contains(fmt.Sprint(homes[r.userID("morgan")]), "test_chat")
	})
	r.post("click", object{"user": "morgan", "home": true, "action_id": "test_chat"})
	var v *visitor
	r.within("the chat stands in the channel under its name", func() bool {
		for _, m := range r.roots() {
			if id, _ := m.Metadata.Payload["conversation_id"].(string); strings.Contains(m.Text, "Test visitor") {
				v = &visitor{r: r, id: bridge.ConversationID(id)}
			}
		}
		return v != nil
	})
	r.click("dana", v.alert().Stamp, "claim")
	v.heldBy("dana")
	v.say("dana", "It works")
	r.within("the answer is public", func() bool { return len(v.saw(bridge.ByAgent)) == 1 })
	if n := len(r.roots()); n != 1 {
		t.Errorf("%d chats began", n)
	}
	r.post("home", object{"user": "morgan"})
	r.within("the first steps are gone", func() bool {
		homes, _ := r.get("state")["homes"].(object)
		return !strings.Contains(fmt.Sprint(homes[r.userID("morgan")]), "test_chat")
	})
}
