package bridge

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"threadline/bridge/booking"
	"threadline/bridge/trigger"
)

// books is what the visitor's newest line wants of a call.
func (m *model) books(w CallWanted) VisitorBooked {
	return VisitorBooked{Conversation: convID, Seq: m.conv.Seq*100 + int64(m.ids), Wanted: w}
}

// offeredCall lets times be offered and returns them.
func (m *model) offeredCall() Booking {
	m.settle(m.books(CallWanted{Act: booking.Want}))
	if b, ok := m.bookings[m.conv.Booking]; ok {
		return b
	}
	return Booking{Slots: make([]time.Time, offers)}
}

// bookedCall lets the soonest time be booked.
func (m *model) bookedCall() Booking {
	m.settle(m.books(CallWanted{Act: booking.Pick, Slot: m.offeredCall().Slots[0]}))
	return m.bookings[m.conv.Booking]
}

func (m *model) answersCall(w CallWanted) AssistantAnswered {
	e := m.answers(MoveBook)
	e.Answer.Text, e.Answer.HTML, e.Answer.Call = "", "", &w
	return e
}

// newest is the newest public line.
func (m *model) newest() Message { return m.messages[len(m.messages)-1] }

// atNine is a model on a Monday morning in Chicago, whose one agent is there on
// weekdays from eight to noon.
func atNine(t *testing.T) *model {
	t.Helper()
	m := newModel()
	m.agents = map[AgentID]Agent{"U1": dana(), "U2": lee()}
	m.site.Name, m.site.Origins = "Example Heating", []string{"https://www.example.com"}
	m.site.Hours = Hours{Zone: "America/Chicago", Week: map[string]string{"mon-fri": "08:00-12:00"}}
	m.setup.Teams[0].Booking = BookingByHours
	m.setup.Teams[0].Members = []Member{{ID: "U1"}}
	m.setup.Sites = []Site{m.site}
	var err error
	if m.setup, err = m.setup.Compile(); err != nil {
		t.Fatal(err)
	}
	m.now, m.clocked = time.Date(2026, 11, 23, 15, 5, 0, 0, time.UTC), true
	return m
}

// says lets the visitor write, and the assistant act on it if it is asked to.
func (m *model) says(t *testing.T, text string) {
	t.Helper()
	m.settle(m.writes(text))
	if d, ok := m.pending(KindBook); ok {
		m.done(d.ID)
		m.settle(VisitorBooked{Conversation: convID, Seq: bodyOf[BookBody](d).Seq, Wanted: bodyOf[BookBody](d).Wanted})
		return
	}
	if !m.assistantAwaited() {
		return
	}
	var b *Booking
	if found, ok := m.bookings[m.conv.Booking]; ok {
		b = &found
	}
	zone := m.setup.Schedule("default", "support").Zone
	said := m.messages[:len(m.messages)-1]
	talk := talk(b, m.conv.EpisodeFrom, said, m.now, zone)
	if r := booking.Read(text, talk); r.Act != booking.None {
		m.settle(m.answersCall(Wanted(r, talk)))
	}
}

func (m *model) assistantAwaited() bool {
	_, ok := m.pending(KindAnswer)
	return ok && m.conv.Turn > m.conv.AnsweredTurn
}

func TestACallIsBookedMovedAndCancelled(t *testing.T) {
	m := atNine(t)
	m.says(t, "Can someone call me back?")
	if m.conv.Status != Automatic || m.openHandoff() != nil {
		t.Fatalf("asking for a call made it %q", m.conv.Status)
	}
	want := "When may our team call you?\n1. Today, Monday 23 November, 10:30 CST\n2. Today, Monday 23 November, 11:00 CST\n3. Today, Monday 23 November, 11:30 CST\nAnswer with a number, or name another day or time."
	if got := m.newest(); got.Text != want || got.Author.Kind != ByAssistant {
		t.Fatalf("offered:\n%s", got.Text)
	}
	m.says(t, "something later please")
	if got := m.newest().Text; !strings.Contains(got, "1. Tomorrow, Tuesday 24 November, 08:00 CST") {
		t.Fatalf("later times:\n%s", got)
	}
	m.says(t, "wednesday at 9")
	got := m.newest()
	if got.Text != "Your call is booked for Wednesday 25 November, 09:00 CST. The file is for your calendar. Which phone number should our team call?" {
		t.Fatalf("booked: %s", got.Text)
	}
	if len(got.Attachments) != 1 || got.Attachments[0].Name != "callback.ics" || m.kept[0].Message != got.ID || !m.kept[0].FromDesk {
		t.Fatalf("the confirmation carries %+v, kept %+v", got.Attachments, m.kept)
	}
	first := m.bookings[m.conv.Booking]
	at := time.Date(2026, 11, 25, 15, 0, 0, 0, time.UTC)
	if !first.Booked() || !first.Start.Equal(at) || first.End.Sub(first.Start) != 30*time.Minute || first.Team != "support" {
		t.Fatalf("kept: %+v", first)
	}
	if d, ok := m.pending(KindCall); !ok || !d.Due.Equal(at.Add(-15*time.Minute)) {
		t.Fatalf("the reminder is due at %v", d.Due)
	}
	m.says(t, "312 555 0199")
	m.says(t, "call me back please")
	if got := m.newest().Text; !strings.Contains(got, "Wednesday 25 November, 09:00 CST") || !strings.Contains(got, "cancel the call") {
		t.Errorf("asked again, it says: %s", got)
	}
	m.says(t, "I can't make the call, can we move it?")
	if got := m.newest().Text; strings.Contains(got, "Wednesday") || !m.bookings[first.ID].Booked() {
		t.Fatalf("moving offers:\n%s", got)
	}
	m.says(t, "the first")
	moved := m.bookings[m.conv.Booking]
	if moved.ID != first.ID || moved.Sequence != 1 || !moved.Start.Equal(time.Date(2026, 11, 23, 16, 30, 0, 0, time.UTC)) {
		t.Fatalf("moved: %+v", moved)
	}
	if got := m.newest().Text; got != "Your call is moved to today, Monday 23 November, 10:30 CST. The file updates your calendar. Our team calls you on 312 555 0199." {
		t.Errorf("moved: %s", got)
	}
	m.says(t, "please cancel my call")
	if got := m.newest().Text; got != "Your call of today, Monday 23 November, 10:30 CST is cancelled." || m.conv.Booking != "" || m.conv.Status != Automatic {
		t.Errorf("cancelled: %s (%q)", got, m.conv.Status)
	}
	if _, left := m.pending(KindCall); left {
		t.Error("a reminder of a cancelled call is left")
	}
	for i, want := range []string{"METHOD:PUBLISH", "SEQUENCE:1", "METHOD:CANCEL"} {
		if !bytes.Contains(m.kept[i].Data, []byte(want)) || !bytes.Contains(m.kept[i].Data, []byte("UID:"+string(first.ID)+"@threadline")) {
			t.Errorf("calendar %d lacks %s:\n%s", i, want, m.kept[i].Data)
		}
	}
}

// Of two who want the last time, the second is offered the next.
func TestTheLastTimeGoesToOne(t *testing.T) {
	m := atNine(t)
	m.says(t, "please call me")
	slots := m.bookings[m.conv.Booking].Slots
	m.bookings["other"] = Booking{ID: "other", Conversation: "c2", Team: "support", Status: BookingMade, Start: slots[0], End: slots[0].Add(30 * time.Minute)}
	m.says(t, "1")
	if got := m.newest().Text; !strings.HasPrefix(got, "I'm sorry, that time has just been taken.") || !strings.Contains(got, "1. Today, Monday 23 November, 11:00 CST") {
		t.Fatalf("the second is told:\n%s", got)
	}
	m.says(t, "1")
	if b := m.bookings[m.conv.Booking]; !b.Booked() || !b.Start.Equal(slots[1]) {
		t.Errorf("the next time was not booked: %+v", b)
	}
	// A second agent makes room for two at a time.
	m.setup.Teams[0].Members = append(m.setup.Teams[0].Members, Member{ID: "U2"})
	m.says(t, "reschedule the call")
	m.says(t, "at 10:30")
	if b := m.bookings[m.conv.Booking]; !b.Start.Equal(slots[0]) {
		t.Errorf("with two agents it is %v", b.Start)
	}
}

func TestPressedTwiceBooksOnce(t *testing.T) {
	m := atNine(t)
	m.says(t, "please call me")
	pick := m.books(CallWanted{Act: booking.Pick, Slot: m.bookings[m.conv.Booking].Slots[0]})
	m.settle(pick)
	seq := m.conv.Seq
	if r, _ := m.settle(pick); !r.Repeat || m.conv.Seq != seq || len(m.kept) != 1 {
		t.Errorf("picked twice: %+v, %d lines more", r, m.conv.Seq-seq)
	}
}

func TestTheAgentOffersACall(t *testing.T) {
	m := atNine(t)
	m.settle(m.writes("I want to talk to a human"))
	m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
	offer := AgentOfferedCall{m.press(dana(), m.conv.Handoff)}
	m.settle(offer)
	if got := m.newest(); got.Author.Kind != BySystem || got.Author.Name != "Dana Whitfield" || !strings.Contains(got.Text, "1. Today") {
		t.Fatalf("offered by %+v:\n%s", got.Author, got.Text)
	}
	seq := m.conv.Seq
	if r, _ := m.settle(offer); !r.Repeat || m.conv.Seq != seq {
		t.Error("the same press offers twice")
	}
	m.says(t, "2 please")
	got := m.newest()
	if got.Author.Kind != BySystem || !strings.HasPrefix(got.Text, "Your call is booked") || m.conv.Status != Assigned {
		t.Fatalf("picked: %+v in status %q", got, m.conv.Status)
	}
	if b := m.bookings[m.conv.Booking]; b.Agent != "U1" {
		t.Errorf("the call is for %q", b.Agent)
	}
	if !m.conv.UnansweredSince.IsZero() {
		t.Error("the holder is thought to owe an answer to a pick")
	}
	m.settle(AgentResolved{Press: m.press(dana(), m.conv.Handoff), Outcome: Booked})
	if b := m.bookings[m.conv.Booking]; !b.Booked() {
		t.Fatal("resolving took the call back")
	}
	d, _ := m.pending(KindCall)
	m.now = d.Due
	m.done(d.ID)
	body := bodyOf[CallBody](d)
	m.settle(CallDue{Conversation: convID, Booking: BookingID(d.Subject), Sequence: body.Sequence, Over: body.Over})
	if got := m.newest(); got.Text != "A reminder: our team calls you today, Monday 23 November, 11:00 CST." {
		t.Errorf("reminded: %s", got.Text)
	}
	var called NoteBody
	for _, d := range m.deliveries {
		if d.Kind == KindNote && strings.Contains(string(d.Body), "time to call") {
			called = bodyOf[NoteBody](d)
		}
	}
	if !slices.Equal(called.Call, []AgentID{"U1"}) || !strings.Contains(called.Text, "no phone number yet") {
		t.Errorf("the agent is told %+v", called)
	}
	d, _ = m.pending(KindCall)
	if body = bodyOf[CallBody](d); !body.Over || !d.Due.Equal(m.bookings[m.conv.Booking].End) {
		t.Fatalf("the end is due at %v: %+v", d.Due, body)
	}
	m.now = d.Due
	m.settle(CallDue{Conversation: convID, Booking: BookingID(d.Subject), Sequence: body.Sequence, Over: true})
	if b := m.bookings[BookingID(d.Subject)]; b.Status != BookingOver || m.conv.Booking != "" {
		t.Errorf("afterwards it is %+v", b)
	}
}

// What a model wants booked is shown first, unless the visitor named it.
func TestAModelBooksOnlyWhatTheVisitorNamed(t *testing.T) {
	at := time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)
	for text, booked := range map[string]bool{"Sounds good, have your team ring": false, "Tomorrow at 10am would suit me for the phone": true} {
		m := atNine(t)
		m.settle(m.writes(text))
		m.settle(m.answersCall(CallWanted{Act: booking.Pick, Slot: at}))
		b := m.bookings[m.conv.Booking]
		if b.Booked() != booked || booked && !b.Start.Equal(at) || !booked && len(b.Slots) != offers {
			t.Errorf("%q: %+v", text, b)
		}
	}
}

// Words that sound like a trigger are about the call while one is booked; what
// is urgent never is.
func TestCallsAndTriggers(t *testing.T) {
	for _, c := range []struct {
		booked bool
		text   string
		want   Status
	}{
		{true, "cancel my call", Automatic},
		{true, "I want to cancel my contract", Queued},
		{false, "I want to talk to a human", Queued},
		{false, "please call me tomorrow", Automatic},
		{false, "call me right now, I need a person immediately", Queued},
		{false, "I smell gas in the basement, call me back please", Queued},
	} {
		m := atNine(t)
		m.settle(m.writes("hello"))
		if c.booked {
			m.bookedCall()
		}
		m.settle(m.writes(c.text))
		if m.conv.Status != c.want {
			t.Errorf("%q (booked: %v) came to %q", c.text, c.booked, m.conv.Status)
		}
	}
}

// TestAnOfferSwallowsNothing: while times are on offer, or a call is booked,
// whatever else the words want of a person brings one; words about the call
// alone do not.
func TestAnOfferSwallowsNothing(t *testing.T) {
	for _, c := range []struct {
		booked  bool
		text    string
		trigger string // empty: the words are about the call alone
	}{
		{false, "I want a refund for one unit", trigger.SensitiveTopic},
		{false, "a refund, or the second one", trigger.SensitiveTopic},
		{false, "the second one please", ""},
		{false, "get me any human please", trigger.ExplicitRequest},
		{false, "agent please, the first", trigger.ExplicitRequest},
		{false, "have someone call me tomorrow at 10", ""},
		{false, "no other times, just give me a human", trigger.ExplicitRequest},
		{false, "no, other times please", ""},
		{false, "tomorrow at 10, I smell gas", trigger.Urgency},
		{false, "tomorrow at 10", ""},
		{true, "cancel my call and get me a person", trigger.ExplicitRequest},
		{true, "cancel my call or I sue you", trigger.SensitiveTopic},
		{true, "I want a refund, cancel my call", trigger.SensitiveTopic},
		{true, "please cancel my call", ""},
		{true, "move the call because of the refund", trigger.SensitiveTopic},
		{true, "move the call because of the traffic", ""},
	} {
		m := atNine(t)
		m.settle(m.writes("hello"))
		if c.booked {
			m.bookedCall()
		} else {
			m.offeredCall()
		}
		before := m.bookings[m.conv.Booking]
		m.says(t, c.text)
		after := m.bookings[before.ID]
		if c.trigger == "" {
			if m.conv.Status != Automatic || slices.Equal(after.Slots, before.Slots) && after.Status == before.Status {
				t.Errorf("%q left it %q with the call %+v", c.text, m.conv.Status, after)
			}
			continue
		}
		h := m.openHandoff()
		if m.conv.Status != Queued || h == nil || h.Trigger != c.trigger || h.CallManagers == (c.trigger == trigger.ExplicitRequest) {
			t.Errorf("%q came to %q with %+v", c.text, m.conv.Status, h)
		}
		if after.Status != before.Status || !after.Start.Equal(before.Start) {
			t.Errorf("%q changed the call to %+v", c.text, after)
		}
	}
}

// TestAnswersToTheAgentBookNothing: with an agent's line an offer lapses, and
// the visitor's answer is the holder's to answer; what the agent offers by
// itself can be picked.
func TestAnswersToTheAgentBookNothing(t *testing.T) {
	for asked, answer := range map[string]string{"How many units do you have?": "two", "When should the technician come?": "tomorrow at 10am"} {
		m := atNine(t)
		m.says(t, "please call me")
		offer := m.conv.Booking
		m.settle(AgentClaimed{m.press(dana(), "")})
		m.settle(m.line(dana(), asked))
		m.says(t, answer)
		if b := m.bookings[offer]; b.Status != BookingOffered || !m.has(KindSilent) {
			t.Errorf("%q, %q: the call is %+v, the holder has a timer: %v", asked, answer, b, m.has(KindSilent))
		}
		m.settle(AgentOfferedCall{m.press(dana(), m.conv.Handoff)})
		m.says(t, "2")
		if b := m.bookings[m.conv.Booking]; !b.Booked() {
			t.Errorf("what the agent offers cannot be picked: %+v", b)
		}
	}
}

// TestALineOfBeforeTheOfferEndsItNot: what the agent wrote before is handled
// late, or was held back so that it could be undone.
func TestALineOfBeforeTheOfferEndsItNot(t *testing.T) {
	for name, held := range map[string]time.Duration{"handled late": 0, "held back": 5 * time.Second} {
		t.Run(name, func(t *testing.T) {
			m := atNine(t)
			m.setup.Windows.Undo = held
			m.settle(m.writes("I want to talk to a human"))
			m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
			line := m.line(dana(), "Let me see when we could call you")
			if held > 0 {
				m.settle(line)
			}
			m.now = m.now.Add(time.Second)
			m.settle(AgentOfferedCall{m.press(dana(), m.conv.Handoff)})
			m.now = m.now.Add(time.Minute)
			if held > 0 {
				m.settle(LineDue{Conversation: convID, Line: line.Key})
			} else {
				m.settle(line)
			}
			if got := m.newest(); got.Author.Kind != ByAgent {
				t.Fatalf("the visitor got %+v last", got)
			}
			m.says(t, "2")
			if b := m.bookings[m.conv.Booking]; !b.Booked() {
				t.Errorf("the pick came to %+v", b)
			}
		})
	}
}

// TestAPickEndsNoOlderWait: a pick needs no answer of the holder's once it is
// booked; a question before it does.
func TestAPickEndsNoOlderWait(t *testing.T) {
	for _, c := range []struct {
		question string
		waits    bool
	}{{"", false}, {"how much is a visit?", true}} {
		m := atNine(t)
		m.settle(m.writes("I want to talk to a human"))
		m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
		m.settle(AgentOfferedCall{m.press(dana(), m.conv.Handoff)})
		if c.question != "" {
			m.says(t, c.question)
			m.now = m.now.Add(time.Minute)
		}
		m.settle(m.writes("2"))
		if !m.has(KindSilent) {
			t.Error("nobody would see to a pick that is never booked")
		}
		d, _ := m.pending(KindBook)
		m.done(d.ID)
		m.settle(VisitorBooked{Conversation: convID, Seq: bodyOf[BookBody](d).Seq, Wanted: bodyOf[BookBody](d).Wanted})
		if b := m.bookings[m.conv.Booking]; !b.Booked() || m.has(KindSilent) != c.waits {
			t.Errorf("after %q and a pick the call is %+v, the holder has a timer: %v", c.question, b, m.has(KindSilent))
		}
	}
}

// An offer ends with its episode; a call that is booked does not.
func TestNoOfferOutlivesItsEpisode(t *testing.T) {
	m := atNine(t)
	m.says(t, "please call me")
	m.settle(VisitorEnded{Conversation: convID})
	m.now = m.now.Add(72 * time.Hour)
	m.says(t, "2")
	if got := m.newest(); m.bookings[m.conv.Booking].Booked() || got.Author.Kind != ByVisitor {
		t.Errorf("an offer of three days ago was picked: %s", got.Text)
	}
	call := m.bookedCall()
	m.settle(VisitorEnded{Conversation: convID})
	m.says(t, "cancel my call")
	if b := m.bookings[call.ID]; b.Status != BookingCancelled {
		t.Errorf("after the end a call cannot be cancelled: %+v", b)
	}
}

// TestCallsAreOfferedUnasked: to buyers and while nobody is there, to nobody in
// danger, once, and the place in the queue stays.
func TestCallsAreOfferedUnasked(t *testing.T) {
	for _, c := range []struct {
		text   string
		closed bool
		want   bool
	}{
		{"we want to buy forty thermostats for our school district", false, true},
		{"would I qualify for financing with my credit score", false, true},
		{"I want to talk to a human", false, false},
		{"I want to talk to a human", true, true},
		{"I want a refund", true, false},
		{"I smell gas in the basement", true, false},
	} {
		m := atNine(t)
		if c.closed {
			m.now = m.now.Add(12 * time.Hour)
		}
		m.settle(m.writes(c.text))
		if m.conv.Status != Queued {
			t.Errorf("%q came to %q", c.text, m.conv.Status)
			continue
		}
		invite, ok := m.pending(KindBook)
		if ok != c.want {
			t.Errorf("%q (closed: %v): offered %v", c.text, c.closed, ok)
		}
		if !ok {
			continue
		}
		e := VisitorBooked{Conversation: convID, Wanted: bodyOf[BookBody](invite).Wanted}
		m.done(invite.ID)
		m.settle(e)
		said := m.messages[len(m.messages)-1]
		if said.Author.Kind != BySystem || !strings.Contains(said.Text, "1. ") || m.conv.Status != Queued {
			t.Errorf("%q: said %+v in %q", c.text, said, m.conv.Status)
		}
		if m.settle(e); m.messages[len(m.messages)-1].Seq != said.Seq {
			t.Errorf("%q: offered twice", c.text)
		}
		m.says(t, "2")
		if b := m.bookings[m.conv.Booking]; !b.Booked() {
			t.Errorf("%q: a pick booked nothing: %+v", c.text, b)
		}
		if h := m.openHandoff(); h == nil || m.conv.Status != Queued {
			t.Errorf("%q: the place in the queue is gone", c.text)
		}
	}
}

// TestNoTimeIsFree: whoever cannot be called waits for a person instead, also
// where the assistant only suggests; who waits or has one is told so.
func TestNoTimeIsFree(t *testing.T) {
	for _, c := range []struct {
		mode AssistantMode
		from Status
		want Status
		told bool
	}{
		{ModeAnswer, Automatic, Queued, false},
		{ModeSuggest, Automatic, Queued, false},
		{ModeSuggest, Queued, Queued, true},
		{ModeSuggest, Assigned, Assigned, true},
	} {
		m := atNine(t)
		m.site.Mode = c.mode
		m.setup.Sites[0].Mode = c.mode
		if c.from != Automatic {
			m.settle(VisitorAskedForPerson{Conversation: convID, Visitor: "v1", SiteID: "default", Press: m.id()})
		}
		if c.from == Assigned {
			m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
			m.settle(AgentOfferedCall{m.press(dana(), m.conv.Handoff)})
		}
		m.setup.Booking.Notice, m.setup.Booking.Horizon = 100*24*time.Hour, 24*time.Hour // nothing is free
		if c.from == Assigned {
			m.says(t, "something later please")
		} else {
			m.says(t, "please call me")
		}
		told := m.newest().Text == DefaultSite().Texts.CallNone
		if h := m.openHandoff(); m.conv.Status != c.want || h == nil || !h.Alerted || told != c.told {
			t.Errorf("%s from %q came to %q with %+v: %s", c.mode, c.from, m.conv.Status, h, m.newest().Text)
		}
		if c.from == Assigned && !m.has(KindSilent) {
			t.Error("the holder does not owe the answer that no time is free")
		}
	}
}

func TestWhoCanBeBooked(t *testing.T) {
	for _, c := range []struct {
		mode  BookingMode
		hours bool
		want  bool
	}{{BookingByHours, false, false}, {BookingByHours, true, true}, {BookingOn, false, true}, {BookingOff, true, false}} {
		m := newModel()
		if c.hours {
			m = atNine(t)
		}
		m.setup.Teams[0].Booking = c.mode
		if got := m.setup.Bookable("default", "support"); got != c.want {
			t.Errorf("mode %q, hours %v: %v", c.mode, c.hours, got)
		}
		m.settle(m.writes("please call me"))
		if _, asked := m.pending(KindAnswer); asked == (m.conv.Status == Queued) {
			t.Errorf("mode %q, hours %v: neither asked nor queued in %q", c.mode, c.hours, m.conv.Status)
		}
	}
}

// An offer lapses when the assistant goes on to something else, so that "2" is
// an answer to that.
func TestAnOfferLapses(t *testing.T) {
	m := atNine(t)
	m.says(t, "please call me")
	m.settle(m.writes("what do you charge?"))
	m.settle(m.answers(MoveAnswer))
	m.says(t, "2")
	if b := m.bookings[m.conv.Booking]; b.Booked() {
		t.Errorf("a lapsed offer was picked: %+v", b)
	}
}

func TestABlockedVisitorIsNotCalled(t *testing.T) {
	m := atNine(t)
	m.settle(m.writes("hello"))
	b := m.bookedCall()
	m.block()
	if _, left := m.pending(KindCall); left || m.bookings[b.ID].Booked() {
		t.Error("a blocked visitor is still to be called")
	}
}

func TestBookingSettingsAreChecked(t *testing.T) {
	s := DefaultSetup()
	s.Sites = []Site{DefaultSite()}
	s.Booking = BookingSettings{Length: 25 * time.Hour, Notice: 3 * time.Hour, Horizon: time.Hour, Reminder: -time.Second}
	s.Teams[0].Booking, s.Teams[0].Callbacks = "maybe", -1
	said := fmt.Sprint(s.Check())
	for _, want := range []string{"booking.length: 25h", "booking.notice: 3h0m0s is not before", "booking.reminder", "teams.support.booking", "teams.support.callbacks"} {
		if !strings.Contains(said, want) {
			t.Errorf("the check does not name %s:\n%s", want, said)
		}
	}
}
