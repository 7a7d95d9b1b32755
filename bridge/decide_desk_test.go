package bridge

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// notes are the product's own lines that wait to be posted in the thread.
func (m *model) notes() []NoteBody {
	var out []NoteBody
	for _, d := range m.deliveries {
		if d.Kind == KindNote {
			out = append(out, bodyOf[NoteBody](d))
		}
	}
	return out
}

// fire plays the pending timer of a kind at its time, or late.
func (m *model) fire(t *testing.T, kind string, late time.Duration) Receipt {
	t.Helper()
	d, ok := m.pending(kind)
	if !ok {
		t.Fatalf("no timer %q is set", kind)
	}
	m.now = laterOf(m.now, d.Due.Add(late))
	members := []AgentID{"U1", "U2"}
	var e Event
	switch kind {
	case KindOffer:
		b := bodyOf[OfferBody](d)
		e = OfferDue{Conversation: convID, Handoff: HandoffID(d.Subject), Arm: b.Arm, Offer: b.Offer, Members: members}
	case KindStep:
		b := bodyOf[StepBody](d)
		e = StepDue{Conversation: convID, Handoff: HandoffID(d.Subject), Arm: b.Arm, Step: b.Step, Members: members}
	case KindSLA:
		e = ResponseLate{Conversation: convID, Handoff: HandoffID(d.Subject)}
	case KindSilent:
		b := bodyOf[SilentBody](d)
		e = HolderSilent{Conversation: convID, Handoff: HandoffID(d.Subject), Arm: b.Arm, Since: b.Since, Idle: b.Idle}
	case KindSnooze:
		e = SnoozeEnded{Conversation: convID, Until: bodyOf[SnoozeBody](d).Until}
	default:
		t.Fatalf("no event for a timer %q", kind)
	}
	r, _ := m.settle(e)
	if now, still := m.pending(kind); still && now.ID == d.ID {
		m.done(d.ID)
	}
	return r
}

func TestOffersGoRoundAndThoseWhoNeverAnswerAreAway(t *testing.T) {
	m := in(t, Queued)
	m.setup.Windows.AwayAfter = 2
	var offered []AgentID
	for range 2 {
		m.fire(t, KindOffer, 0)
		offered = append(offered, m.openHandoff().OfferedTo)
	}
	if !slices.Equal(offered, []AgentID{"U1", "U2"}) {
		t.Fatalf("it was offered to %v", offered)
	}
	m.fire(t, KindOffer, 0) // both have been asked
	if to := m.openHandoff().OfferedTo; to != "" {
		t.Errorf("it is offered to %s again", to)
	}
	if !m.has(KindOffer) {
		t.Error("nobody looks again")
	}
	// A second wait: the next offer that runs out makes its agent away.
	m.settle(AgentClaimed{m.press(morgan(), m.conv.Handoff)})
	m.settle(AgentReleased{m.press(morgan(), m.conv.Handoff)})
	m.fire(t, KindOffer, 0)
	first := m.openHandoff().OfferedTo
	m.fire(t, KindOffer, 0)
	if got := m.duties[first].At(m.now); got != Away {
		t.Errorf("%s left two offers unanswered and is %s", first, got)
	}
	told := false
	for _, d := range m.deliveries {
		told = told || d.Kind == KindTell && bodyOf[TellBody](d).Agent == first
	}
	if !told {
		t.Errorf("%s was not told", first)
	}
}

func (m *model) has(kind string) bool { _, ok := m.pending(kind); return ok }

func TestAnAnswerForgivesMissedOffers(t *testing.T) {
	m := in(t, Queued)
	m.fire(t, KindOffer, 0)
	m.fire(t, KindOffer, 0)
	if m.duties["U1"].Missed != 1 {
		t.Fatalf("missed are %+v", m.duties)
	}
	m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
	if m.duties["U1"].Missed != 0 {
		t.Errorf("after a claim missed are %+v", m.duties["U1"])
	}
}

func TestTheOwnerIsOfferedFirst(t *testing.T) {
	m := in(t, Resolved)
	if m.visitor.Owner != "U1" {
		t.Fatalf("the owner is %q", m.visitor.Owner)
	}
	m.duties["U1"] = Duty{Agent: "U1", LastOffered: m.now} // by turns it would be the other
	m.settle(m.writes("I want to talk to a human"))
	m.fire(t, KindOffer, 0)
	if to := m.openHandoff().OfferedTo; to != "U1" {
		t.Errorf("it is offered to %s", to)
	}
}

func TestPassedOffersGoOnAtOnce(t *testing.T) {
	m := in(t, Queued)
	m.fire(t, KindOffer, 0)
	duty := m.duties["U1"]
	duty.Missed = 2
	m.duties["U1"] = duty
	m.settle(AgentPassed{m.press(dana(), m.conv.Handoff)})
	if d, ok := m.pending(KindOffer); !ok || d.Due.After(m.now) {
		t.Fatalf("the next offer is due at %v, %v", d.Due, ok)
	}
	m.fire(t, KindOffer, 0)
	if to := m.openHandoff().OfferedTo; to != "U2" {
		t.Errorf("it is offered to %q", to)
	}
	if missed := m.duties["U1"].Missed; missed != 0 {
		t.Errorf("after a pass %d offers count as missed", missed)
	}
}

// Each step reaches further; after a downtime only the last that is due is
// taken.
func TestWidening(t *testing.T) {
	steps := []Step{
		{After: 2 * time.Minute, To: StepGroup, Group: "S9"},
		{After: 5 * time.Minute, To: StepManagers},
		{After: 9 * time.Minute, To: StepNotify},
		{After: 10 * time.Minute, To: StepManagers, Priorities: []string{"urgent"}},
	}
	m := newModel()
	m.setup.Escalation = steps
	m.settle(m.writes("I want to talk to a human"))
	began := m.now
	m.fire(t, KindStep, 0)
	n := m.notes()
	if last := n[len(n)-1]; !slices.Equal(last.Call, []AgentID{"S9"}) || last.CallManagers || m.now.Sub(began) != 2*time.Minute {
		t.Errorf("after %v the first step says %+v", m.now.Sub(began), last)
	}
	m.fire(t, KindStep, 0)
	n = m.notes()
	if last := n[len(n)-1]; !last.CallManagers || !strings.Contains(last.Text, "for 5m") {
		t.Errorf("the second step says %+v", last)
	}
	m.fire(t, KindStep, 0)
	if d, ok := m.pending(KindNotify); !ok || d.Lane != LaneNotify {
		t.Error("the third step notifies nobody")
	}
	if m.has(KindStep) {
		t.Error("a step for urgent ones is set for a normal one")
	}

	down := newModel()
	down.setup.Escalation = steps
	down.settle(down.writes("I want to talk to a human"))
	notes := len(down.notes())
	down.fire(t, KindStep, 4*time.Minute) // six minutes after the beginning
	if n := down.notes(); len(n) != notes+1 || !n[len(n)-1].CallManagers {
		t.Errorf("after a downtime the steps say %+v", n[notes:])
	}
	if got := down.openHandoff().Steps; got != 2 {
		t.Errorf("%d steps are taken", got)
	}
}

func TestTargets(t *testing.T) {
	m := in(t, Queued)
	if h := m.openHandoff(); !h.ResponseDue.Equal(h.OpenedAt.Add(3 * time.Minute)) {
		t.Fatalf("the target is %v after %v", h.ResponseDue, h.OpenedAt)
	}
	if r := m.fire(t, KindSLA, 0); r.Verdict != Done || m.openHandoff().BreachedAt.IsZero() {
		t.Errorf("a missed target is %s, %+v", r.Verdict, m.openHandoff())
	}

	kept := in(t, Assigned)
	kept.settle(kept.line(dana(), "Hello!"))
	if h := kept.openHandoff(); h.RespondedAt.IsZero() || !h.BreachedAt.IsZero() || kept.has(KindSLA) {
		t.Errorf("a target that was kept is %+v", h)
	}

	late := in(t, Assigned)
	late.now = late.now.Add(time.Hour) // the timer's own process is down
	late.settle(late.line(dana(), "Hello!"))
	if h := late.openHandoff(); h.BreachedAt.IsZero() {
		t.Errorf("a late answer is not on record: %+v", h)
	}
	for _, w := range []*model{m, late} {
		if n := len(w.audit); n != 1 || w.audit[0].Action != AuditLate || w.audit[0].Subject != string(convID) {
			t.Errorf("a missed target is on record as %+v", w.audit)
		}
	}
	if len(kept.audit) > 0 {
		t.Errorf("a target that was kept is on record as %+v", kept.audit)
	}
}

func TestASilentHolderIsNudgedThenRelieved(t *testing.T) {
	m := in(t, Assigned)
	m.settle(m.writes("Are you there?"))
	m.settle(m.line(dana(), "! looking it up")) // an act refreshes the hold
	m.now = m.now.Add(time.Minute)
	m.settle(m.line(dana(), "! still looking"))
	since := m.conv.UnansweredSince
	if d, _ := m.pending(KindSilent); !since.Equal(m.now) || !d.Due.Equal(m.now.Add(10*time.Minute)) {
		t.Fatalf("unanswered since %v, nudge at %v", since, d.Due)
	}
	m.fire(t, KindSilent, 0)
	if m.conv.Status != Assigned || !m.has(KindTell) {
		t.Fatalf("after the nudge it is %q", m.conv.Status)
	}
	m.fire(t, KindSilent, 0)
	if m.conv.Status != Queued || m.now.Sub(since) != 30*time.Minute || !slices.Equal(m.openHandoff().Passed, []AgentID{"U1"}) {
		t.Errorf("after %v it is %q, %+v", m.now.Sub(since), m.conv.Status, m.openHandoff())
	}

	answered := in(t, Assigned)
	answered.settle(answered.writes("Are you there?"))
	answered.settle(answered.line(dana(), "Yes."))
	if answered.has(KindSilent) || !answered.conv.UnansweredSince.IsZero() {
		t.Error("an answered visitor still waits")
	}
	snoozed := in(t, Assigned)
	snoozed.settle(snoozed.writes("Take your time."))
	snoozed.settle(AgentSnoozed{Press: snoozed.press(dana(), snoozed.conv.Handoff), Until: snoozed.now.Add(2 * time.Hour)})
	if snoozed.has(KindSilent) {
		t.Error("a snoozed chat nudges")
	}
	snoozed.settle(snoozed.writes("One more thing."))
	if !snoozed.conv.SnoozedUntil.IsZero() || !snoozed.has(KindSilent) {
		t.Error("the visitor's line does not wake a snoozed chat")
	}
}

// TestWhoeverComesToHoldIsNudged: a claim, a transfer, a take-over and the end
// of a snooze leave nobody waiting unseen.
func TestWhoeverComesToHoldIsNudged(t *testing.T) {
	transfer := func(t *testing.T, m *model) {
		m.settle(m.writes("Are you there?"))
		m.now = m.now.Add(time.Minute)
		m.settle(AgentTransferred{Press: m.press(dana(), m.conv.Handoff), To: lee()})
	}
	snooze := func(t *testing.T, m *model) {
		m.settle(AgentSnoozed{Press: m.press(dana(), m.conv.Handoff), Until: m.now.Add(time.Hour)})
	}
	for _, c := range []struct {
		name  string
		from  Status
		act   func(*testing.T, *model)
		waits bool
	}{
		{"a claim out of the queue", Queued, func(_ *testing.T, m *model) {
			m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
		}, true},
		{"a claim before the assistant has answered", Automatic, func(_ *testing.T, m *model) {
			m.settle(m.writes("What are your hours?"))
			m.settle(AgentClaimed{m.press(dana(), "")})
		}, true},
		{"a claim after the assistant's answer", Automatic, func(_ *testing.T, m *model) {
			m.settle(m.writes("What are your hours?"))
			m.settle(m.answers(MoveAnswer))
			m.settle(AgentClaimed{m.press(dana(), "")})
		}, false},
		{"a transfer with an open question", Assigned, transfer, true},
		{"a transfer after the answer", Assigned, func(_ *testing.T, m *model) {
			m.settle(m.line(dana(), "Lee knows more."))
			m.settle(AgentTransferred{Press: m.press(dana(), m.conv.Handoff), To: lee()})
		}, false},
		{"a transfer of a snoozed question", Assigned, func(t *testing.T, m *model) {
			snooze(t, m)
			m.settle(AgentTransferred{Press: m.press(dana(), m.conv.Handoff), To: lee()})
		}, true},
		{"a manager's take-over with an open question", Assigned, func(_ *testing.T, m *model) {
			m.settle(m.writes("Are you there?"))
			m.settle(AgentTookOver{Press: m.press(lee(), m.conv.Handoff), Manager: true})
		}, true},
		{"the end of a snooze on the visitor's line", Assigned, func(t *testing.T, m *model) {
			snooze(t, m)
			m.fire(t, KindSnooze, 0)
		}, true},
		{"the end of a snooze on the agent's line", Assigned, func(t *testing.T, m *model) {
			m.settle(m.line(dana(), "I'll come back to you."))
			snooze(t, m)
			m.fire(t, KindSnooze, 0)
		}, false},
		{"a claim that sends its author's line", Queued, func(_ *testing.T, m *model) {
			m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
			m.settle(m.line(dana(), "Hello!"))
		}, false},
		{"a reopened chat", Resolved, func(_ *testing.T, m *model) {
			m.settle(AgentReopened{m.press(dana(), "")})
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := in(t, c.from)
			c.act(t, m)
			if m.conv.Status != Assigned || m.has(KindSilent) != c.waits {
				t.Fatalf("in status %q a timer for the holder: %v", m.conv.Status, m.has(KindSilent))
			}
			if !c.waits {
				return
			}
			since, holder := m.now, m.conv.Holder
			if !m.conv.UnansweredSince.Equal(since) {
				t.Errorf("unanswered since %v, held since %v", m.conv.UnansweredSince, since)
			}
			m.fire(t, KindSilent, 0)
			if m.conv.Status != Assigned || !m.has(KindTell) || m.now.Sub(since) != 10*time.Minute {
				t.Fatalf("after %v the nudge left it %q", m.now.Sub(since), m.conv.Status)
			}
			m.fire(t, KindSilent, 0)
			if m.conv.Status != Queued || m.now.Sub(since) != 30*time.Minute || !slices.Equal(m.openHandoff().Passed, []AgentID{holder}) {
				t.Errorf("after %v it is %q, %+v", m.now.Sub(since), m.conv.Status, m.openHandoff())
			}
		})
	}
}

// chicago is a site with hours on a Sunday night: closed until 08:00 on Monday.
func chicago(t *testing.T) *model {
	t.Helper()
	m := newModel() // 2026-03-08 07:59:58 UTC, two seconds before Chicago's clocks change
	m.site.Hours = Hours{Zone: "America/Chicago", Week: map[string]string{"mon-fri": "08:00-17:00"}}
	m.site.AfterHours = AfterHours{Number: "+1 312 555 0100", Text: "Call {number} at once.", Team: "sales"}
	m.setup.Sites = []Site{m.site}
	var err error
	if m.setup, err = m.setup.Compile(); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNobodyThere(t *testing.T) {
	opening := time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC)
	m := chicago(t)
	m.settle(m.writes("I want to talk to a human"))
	if m.conv.Status != Queued || !m.conv.AssistantHelps {
		t.Fatalf("at night it is %q, the assistant helps: %v", m.conv.Status, m.conv.AssistantHelps)
	}
	said := m.messages[len(m.messages)-1].Text
	if !strings.Contains(said, "tomorrow at 08:00 CDT") || strings.Contains(said, "{") || !strings.Contains(m.conv.Expectation, "tomorrow at 08:00 CDT") {
		t.Errorf("the visitor reads %q and expects %q", said, m.conv.Expectation)
	}
	for kind, want := range map[string]time.Time{
		KindOffer: opening, KindStep: opening.Add(2 * time.Minute), KindReturn: opening.Add(8 * time.Hour),
		KindSLA: opening.Add(3 * time.Minute), KindOpening: opening,
	} {
		if d, ok := m.pending(kind); !ok || !d.Due.Equal(want) {
			t.Errorf("timer %q is due at %v (%v), want %v", kind, d.Due, ok, want)
		}
	}
	m.settle(m.writes("And do you service boilers?"))
	if !m.has(KindAnswer) {
		t.Error("the assistant does not go on helping")
	}
	m.settle(VisitorAskedForPerson{Conversation: convID, Visitor: "v1", SiteID: "default", Press: m.id()})
	if !m.conv.AssistantHelps {
		t.Error("asking again at night silences the assistant")
	}

	m.settle(m.writes("water is pouring through the ceiling"))
	h := m.openHandoff()
	if m.conv.AssistantHelps || h.Priority != Urgent || !strings.Contains(m.messages[len(m.messages)-1].Text, "+1 312 555 0100") {
		t.Errorf("an emergency at night: %+v, last said %q", h, m.messages[len(m.messages)-1].Text)
	}
	if d, _ := m.pending(KindReturn); !d.Due.Equal(m.now.Add(2 * time.Hour)) {
		t.Errorf("an emergency's wait ends at %v", d.Due)
	}

	first := chicago(t)
	first.settle(first.writes("there is a gas smell in my kitchen"))
	if h := first.openHandoff(); h == nil || h.Team != "sales" || first.messages[1].Text != "Call +1 312 555 0100 at once." {
		t.Errorf("an emergency that comes first: %+v, %q", h, first.messages[1].Text)
	}
	sensitive := chicago(t)
	sensitive.settle(sensitive.writes("I want a refund"))
	if sensitive.conv.AssistantHelps || !strings.Contains(sensitive.messages[1].Text, "tomorrow at 08:00") {
		t.Errorf("a sensitive topic at night: helps %v, %q", sensitive.conv.AssistantHelps, sensitive.messages[1].Text)
	}
}

func TestTheOpeningHasOneDigest(t *testing.T) {
	m := chicago(t)
	m.settle(m.writes("I want to talk to a human"))
	e := Opened{Conversation: convID, SiteID: "default", Team: "support", At: m.now, Waiting: []DigestLine{{Conversation: convID, Issue: "A person."}}}
	m.settle(e)
	m.settle(e)
	n := 0
	for _, d := range m.deliveries {
		if d.Kind == KindDigest {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d digests for one opening", n)
	}
}

func TestReplyClaims(t *testing.T) {
	m := in(t, Queued)
	for i := range m.setup.Teams {
		m.setup.Teams[i].Lines = LinesClaim
	}
	before := m.line(dana(), "Said before the others.")
	m.settle(m.line(lee(), "! not this one"))
	if m.conv.Status != Queued {
		t.Fatal("an aside claims")
	}
	m.settle(m.line(lee(), "Hi, I can help."))
	if m.conv.Holder != "U2" || m.messages[len(m.messages)-1].Text != "Hi, I can help." {
		t.Fatalf("after a reply it is held by %q, last said %q", m.conv.Holder, m.messages[len(m.messages)-1].Text)
	}
	m.settle(AgentReleased{m.press(lee(), m.conv.Handoff)})
	m.settle(before) // heard late, written before Lee held
	if m.conv.Status != Queued {
		t.Error("a line from before the last hold claims")
	}
}

// A team without members is offered nothing to, and yet has a way forward.
func TestATeamWithoutMembers(t *testing.T) {
	m := in(t, Assigned)
	m.settle(AgentTransferred{Press: m.press(dana(), m.conv.Handoff), Team: "sales", Note: "A new boiler."})
	notes := m.notes()
	if last := notes[len(notes)-1]; m.conv.Status != Queued || !strings.Contains(last.Text, "Nobody is in that team, so whoever claims it first has it.") {
		t.Fatalf("it is %q, the thread reads %q", m.conv.Status, last.Text)
	}
	if m.has(KindOffer) || !m.has(KindStep) || !m.has(KindReturn) {
		t.Errorf("it waits with an offer %v, a step %v, an end %v", m.has(KindOffer), m.has(KindStep), m.has(KindReturn))
	}
	if r, _ := m.settle(AgentClaimed{m.press(lee(), m.conv.Handoff)}); r.Verdict != Done || m.conv.Holder != "U2" {
		t.Errorf("a claim comes to %s", r.Verdict)
	}
	m.settle(AgentTransferred{Press: m.press(lee(), m.conv.Handoff), Team: "nowhere"})
	if m.conv.Holder != "U2" {
		t.Error("a team that does not exist has taken it")
	}
}

// A transfer past somebody's capacity changes nothing, a manager's neither.
func TestTransferPastCapacity(t *testing.T) {
	for _, manager := range []bool{false, true} {
		m := in(t, Assigned)
		m.elsewhere["U2"] = 2
		before, said := m.conv, len(m.messages)
		who := dana()
		if manager {
			who = Agent{ID: "U9", Name: "Morgan"}
		}
		r, c := m.settle(AgentTransferred{Press: m.press(who, m.conv.Handoff), Manager: manager, To: lee(), Note: "Yours."})
		if r.Verdict != Full || r.Agent.ID != "U2" {
			t.Errorf("it comes to %s, %+v", r.Verdict, r.Agent)
		}
		if m.conv.Holder != "U1" || m.conv.Epoch != before.Epoch || len(m.messages) != said || len(m.audit) > 0 || len(c.Duties) > 0 {
			t.Errorf("a refused transfer leaves %+v, audit %+v", m.conv, m.audit)
		}
		for _, d := range c.Deliveries {
			if d.Kind == KindNote {
				t.Errorf("a refused transfer posts %s", d.Body)
			}
		}
	}
}

func TestTags(t *testing.T) {
	m := in(t, Automatic)
	m.settle(AgentTagged{Press: m.press(lee(), ""), Tags: []string{" #Big Job ", "vip", ""}})
	if !slices.Equal(m.conv.Tags, []string{"big-job", "vip"}) {
		t.Errorf("tags are %v", m.conv.Tags)
	}
	m.settle(AgentTagged{Press: m.press(lee(), ""), Tags: []string{"VIP"}, Off: true})
	if !slices.Equal(m.conv.Tags, []string{"big-job"}) {
		t.Errorf("tags are %v", m.conv.Tags)
	}
}

func TestDutyEndsByItself(t *testing.T) {
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		d    Duty
		want Availability
	}{
		{Duty{}, Available},
		{Duty{State: Busy}, Busy},
		{Duty{State: Busy, Until: now.Add(time.Second)}, Busy},
		{Duty{State: Busy, Until: now}, Available},
		{Duty{State: Available, Until: now}, Offline},
		{Duty{State: Offline}, Offline},
	} {
		if got := c.d.At(now); got != c.want {
			t.Errorf("%+v is %s, want %s", c.d, got, c.want)
		}
	}
}
