package slackapp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"threadline/bridge"
	"threadline/bridge/booking"
)

// bookable lets visitors book calls of the team.
func (r *rig) bookable() {
	r.t.Helper()
	_, err := r.store.ChangeSetup(r.t.Context(), bridge.Actor{Name: "test"}, func(s bridge.Setup) (bridge.Setup, error) {
		s.Teams[0].Booking = bridge.BookingOn
		return s, nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// private are the private answers that came since.
func (r *rig) private(since int) string {
	return fmt.Sprint(r.get("state")["ephemerals"].([]any)[since:])
}

// threaded waits until the thread has a post with the text in it.
func (v *visitor) threaded(text string) {
	v.r.t.Helper()
	v.r.within("the thread says "+text, func() bool {
		return slices.ContainsFunc(v.root().Replies, func(m msg) bool { return strings.Contains(m.Text, text) })
	})
}

func TestAnAgentOffersACallFromTheThread(t *testing.T) {
	r := newRig(t)
	v := r.visitor("cal")
	v.held("dana")
	told := func(who, text string) string {
		t.Helper()
		was := len(r.get("state")["ephemerals"].([]any))
		v.say(who, text)
		r.within("an answer to "+text, func() bool { return len(r.get("state")["ephemerals"].([]any)) > was })
		return r.private(was)
	}
	wants(t, "!book where nothing can be booked", told("dana", "!book"), "No call can be booked")
	r.bookable()
	wants(t, "!book by another", told("lee", "!book"), "Dana")
	wants(t, "!book and more", told("dana", "!book friday"), "!book cancel")
	wants(t, "!book cancel without a call", told("dana", "!book cancel"), "nothing to do")
	wants(t, "!help", told("dana", "!help"), "!book [cancel]")

	v.say("dana", "!book")
	r.within("the visitor reads the times", func() bool {
		all := v.saw(bridge.BySystem)
		return len(all) > 0 && strings.Contains(all[len(all)-1].Text, "3. ")
	})
	v.threaded("When may our team call you?")
	c := v.conversation()
	b, err := r.store.Booking(t.Context(), c.Booking)
	if err != nil || len(b.Slots) != 3 || b.Agent != bridge.AgentID(r.userID("dana")) {
		t.Fatalf("offered: %+v, %v", b, err)
	}
	if strings.Contains(v.root().Text, "📅") {
		t.Error("the card shows a call before the visitor has picked one")
	}
	v.handle(bridge.VisitorBooked{Conversation: v.id, Seq: c.Seq + 1, Wanted: bridge.CallWanted{Act: booking.Pick, Slot: b.Slots[1]}})
	r.within("the card shows the call", func() bool { return strings.Contains(v.root().Text, "📅 Call") })
	v.threaded("📎 callback.ics")

	wants(t, "tasks mine", r.command("dana", "tasks mine"), "📞 Call", "cal", "no number yet", "Dana")
	if got := r.command("lee", "tasks mine"); strings.Contains(got, "📞") {
		t.Errorf("lee's tasks are %q", got)
	}
	wants(t, "tasks", r.command("lee", "tasks"), "📞 Call")
	r.post("home", object{"user": "dana"})
	r.within("dana's home shows the call", func() bool {
		homes, _ := r.get("state")["homes"].(object)
		return strings.Contains(fmt.Sprint(homes[r.userID("dana")]), "Calls you make: 1")
	})

	v.say("dana", "!book cancel")
	r.within("the card shows no call", func() bool { return !strings.Contains(v.root().Text, "📅") })
	v.threaded("Dana Whitfield has cancelled the call")
	if got := v.conversation().Booking; got != "" {
		t.Errorf("the chat still has call %s", got)
	}
	if all := v.saw(bridge.ByAgent); len(all) > 0 {
		t.Errorf("words of command reached the visitor: %v", all)
	}
}

// A reminder mentions whoever calls and shows the visitor's words as data.
func TestACallThatIsDueIsAnnounced(t *testing.T) {
	r := newRig(t)
	v := r.visitor("<!channel> *Cal*")
	v.held("dana")
	r.bookable()
	v.handle(bridge.VisitorBooked{Conversation: v.id, Seq: 99, Wanted: bridge.CallWanted{Act: booking.Want}})
	b, err := r.store.Booking(t.Context(), v.conversation().Booking)
	if err != nil {
		t.Fatal(err)
	}
	v.handle(bridge.VisitorBooked{Conversation: v.id, Seq: 100, Wanted: bridge.CallWanted{Act: booking.Pick, Slot: b.Slots[0]}})
	v.handle(bridge.CallDue{Conversation: v.id, Booking: b.ID})
	v.threaded("It is time to call this visitor")
	for _, m := range v.root().Replies {
		if strings.Contains(m.Text, "It is time to call") && (!strings.Contains(m.Text, "<@"+r.userID("dana")+">") || strings.Contains(m.Text, "<!channel>")) {
			t.Errorf("the reminder is %q", m.Text)
		}
	}
}
