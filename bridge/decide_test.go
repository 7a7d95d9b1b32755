package bridge

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestOnlyTheHoldersWordsGoOut(t *testing.T) {
	hold := func(a Agent, from, until string, end HoldEnd) Hold { return Hold{a.ID, from, until, end} }
	tests := []struct {
		name     string
		holds    []Hold
		status   Status
		author   Agent
		stamp    string
		source   string
		mentions bool
		want     Standing
		offer    string
	}{
		{"holder", []Hold{hold(dana(), "10", "", "")}, Assigned, dana(), "11", "hello", false, Public, ""},
		{"before the claim", []Hold{hold(dana(), "10", "", "")}, Assigned, dana(), "09", "who takes it?", false, Held, OfferSend},
		{"nobody has claimed", nil, Queued, dana(), "11", "hello", false, Held, OfferClaimAndSend},
		{"assistant answers", nil, Automatic, dana(), "11", "hello", false, Held, OfferClaimAndSend},
		{"a colleague", []Hold{hold(dana(), "10", "", "")}, Assigned, lee(), "11", "hello", false, Held, OfferSend},
		{"a guest", []Hold{hold(dana(), "10", "", "")}, Assigned, gus(), "11", "hello", false, Internal, ""},
		{"bang", []Hold{hold(dana(), "10", "", "")}, Assigned, dana(), "11", " !careful", false, Internal, ""},
		{"slashes", []Hold{hold(dana(), "10", "", "")}, Assigned, dana(), "11", "// careful", false, Internal, ""},
		{"mention", []Hold{hold(dana(), "10", "", "")}, Assigned, dana(), "11", "ask Lee", true, Held, OfferSend},
		{"nothing at all", []Hold{hold(dana(), "10", "", "")}, Assigned, dana(), "11", "", false, Held, ""},
		{"late, hold ended by a later click", []Hold{hold(dana(), "10", "20", EndedByClick)}, Resolved, dana(), "15", "hello", false, Public, ""},
		{"after the release", []Hold{hold(dana(), "10", "20", EndedByClick)}, Queued, dana(), "21", "he is rude", false, Held, OfferClaimAndSend},
		{"late, the visitor had ended it", []Hold{hold(dana(), "10", "", EndedByOther)}, Resolved, dana(), "15", "hello", false, Held, OfferClaimAndSend},
		{"late, a colleague holds now", []Hold{hold(dana(), "10", "20", EndedByClick), hold(lee(), "21", "", "")}, Assigned, dana(), "15", "hello", false, Public, ""},
		{"between two holds", []Hold{hold(dana(), "10", "20", EndedByClick), hold(dana(), "30", "", "")}, Assigned, dana(), "25", "hello", false, Held, OfferSend},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := judgeLine(Conversation{Status: tt.status, Holds: tt.holds}, LinesOfHolder, tt.author, tt.stamp, words{source: tt.source, text: tt.source, mentions: tt.mentions})
			if got.standing != tt.want || got.offer != tt.offer {
				t.Errorf("got %q with offer %q, want %q with %q", got.standing, got.offer, tt.want, tt.offer)
			}
			if got.standing == Held && got.reason == "" {
				t.Error("a held line needs a reason")
			}
		})
	}
}

func TestLateLinesTakeTheirPlace(t *testing.T) {
	m := in(t, Assigned)
	first := m.line(dana(), "one")
	m.settle(first)
	missed := m.line(dana(), "two, written while the program was down")
	m.now = m.now.Add(time.Minute)
	m.settle(m.writes("are you there?"))
	m.messages[len(m.messages)-1].Stamp = m.stamp() // its mirror is posted
	m.settle(m.line(dana(), "three"))
	m.settle(missed)

	byOrder := slices.Clone(m.messages)
	slices.SortFunc(byOrder, func(a, b Message) int { return a.Order.Compare(b.Order) })
	var got []string
	for _, msg := range byOrder[len(byOrder)-4:] {
		got = append(got, msg.Text)
	}
	want := []string{"one", "two, written while the program was down", "are you there?", "three"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if last := m.messages[len(m.messages)-1]; last.Text != missed.Text || last.Seq != m.conv.Seq {
		t.Errorf("the late line has seq %d, want the newest, %d", last.Seq, m.conv.Seq)
	}
}

func TestEditsAndDeletionsReachTheVisitor(t *testing.T) {
	m := in(t, Assigned)
	line := m.line(dana(), "At nine.")
	m.settle(line)
	edit := func(stamp, text string, mentions bool) AgentEdited {
		return AgentEdited{Conversation: convID, Key: line.Key, Edit: stamp, Agent: dana(), Source: text, Text: text, HTML: text, MentionsColleague: mentions}
	}
	last := func() Message { return m.messages[len(m.messages)-1] }

	m.settle(edit("30", "At ten.", false))
	if got := last(); got.Text != "At ten." || got.EditedAt.IsZero() || got.Rev == got.FirstRev {
		t.Errorf("after an edit: %+v", got)
	}
	if r, _ := m.settle(edit("20", "At eight.", false)); r.Verdict != Stale || last().Text != "At ten." {
		t.Errorf("an older edit was %s and left %q", r.Verdict, last().Text)
	}
	m.settle(edit("40", "! At ten, he is rude", false))
	if got := last(); !got.Deleted || got.Text != "" || got.HTML != "" {
		t.Errorf("an edit to an aside left %+v", got)
	}
	if d, ok := m.pending(KindHeld); !ok || bodyOf[HeldBody](d).Offer != OfferSend {
		t.Error("nobody was asked about the withdrawn line")
	}

	other := m.line(dana(), "See you.")
	m.settle(other)
	m.settle(AgentDeleted{Conversation: convID, Key: other.Key, Stamp: m.stamp()})
	if got := last(); !got.Deleted || got.Text != "" {
		t.Errorf("after a deletion: %+v", got)
	}
}

func TestHandoffTellsTheAgentWhatMatters(t *testing.T) {
	m := newModel()
	m.settle(m.writes("My heat pump ices over every night and the house is cold"))
	m.settle(m.answers(MoveAnswer))
	m.settle(m.writes("How much is a visit?"))
	m.settle(m.writes("I want a refund"))
	h := m.openHandoff()
	if h == nil {
		t.Fatal("no handoff")
	}
	if h.Trigger != "sensitive_topic" || !h.CallManagers || !strings.Contains(h.Evidence, "refund") {
		t.Errorf("trigger %q, managers %v, evidence %q", h.Trigger, h.CallManagers, h.Evidence)
	}
	if !strings.HasPrefix(h.Summary.Issue, "I want a refund") || !strings.Contains(h.Summary.Issue, "heat pump") || h.Summary.OpenQuestion != "How much is a visit?" || len(h.Summary.Tried) != 1 {
		t.Errorf("summary %+v", h.Summary)
	}
	if m.conv.AssistantHelps {
		t.Error("the assistant may still speak on a sensitive topic")
	}
	if _, ok := m.pending(KindAnswer); ok {
		t.Error("an answer is still pending")
	}
	texts := m.messages[len(m.messages)-1].Text
	if texts != m.site.Texts.BridgeSensitive {
		t.Errorf("the visitor was told %q", texts)
	}
}

func TestAVisitorTakesTheWishForAPersonBack(t *testing.T) {
	m := newModel()
	m.settle(m.writes("I'd like to speak with a human"))
	m.settle(m.writes("no wait, don't transfer me, I found it"))
	if m.conv.Status != Automatic || m.openHandoff() != nil || m.messages[len(m.messages)-1].Text != m.site.Texts.Withdrawn {
		t.Fatalf("%s, told %q", m.conv.Status, m.messages[len(m.messages)-1].Text)
	}
	if d, ok := m.pending(KindNote); !ok || !strings.Contains(bodyOf[NoteBody](d).Text, "nobody any more") {
		t.Error("the team is not told")
	}
	// It counts as no answer: the next wish is one again.
	m.settle(m.writes("ok now I do want to talk to a person"))
	if h := m.openHandoff(); h == nil || h.Trigger != "explicit_request" {
		t.Errorf("asked again: %+v", h)
	}
	// A no to another question takes nothing back, and no emergency, anger or
	// sensitive topic is called off by a word.
	for first, second := range map[string]string{
		"please let me talk to a human":           "no thanks",
		"water is pouring through the ceiling":    "never mind, I found it",
		"I want a refund":                         "forget it",
		"this is the third time, you useless bot": "never mind",
	} {
		m := newModel()
		m.settle(m.writes(first))
		m.settle(m.writes(second))
		if m.conv.Status != Queued || m.openHandoff() == nil {
			t.Errorf("%q, %q: %s", first, second, m.conv.Status)
		}
	}
	// Whoever has claimed it reads it, as any line.
	m = in(t, Assigned)
	m.settle(m.writes("never mind, I found it"))
	if m.conv.Status != Assigned {
		t.Errorf("while claimed: %s", m.conv.Status)
	}
}

func TestReleaseOfAnUnaskedStepAlertsTheTeam(t *testing.T) {
	m := in(t, Automatic)
	m.settle(AgentClaimed{m.press(dana(), "")})
	if _, ok := m.pending(KindAlert); ok {
		t.Error("stepping in alerted the team")
	}
	m.settle(AgentReleased{m.press(dana(), m.conv.Handoff)})
	if _, ok := m.pending(KindAlert); !ok {
		t.Error("nobody is told that the chat waits")
	}
}

func TestAnswerPauseRestartsAtMostTwice(t *testing.T) {
	m := newModel()
	for i, want := range []time.Duration{AnswerPause, AnswerPause, AnswerPause, 0} {
		m.settle(m.writes("and"))
		d, ok := m.pending(KindAnswer)
		if !ok {
			t.Fatal("no answer is pending")
		}
		if got := d.Due.Sub(m.now); got != want {
			t.Errorf("after line %d the answer is due in %v, want %v", i+1, got, want)
		}
	}
}

func TestPlainHTMLIsInert(t *testing.T) {
	tests := map[string]string{
		`<script>alert(1)</script>`: `&lt;script&gt;alert(1)&lt;/script&gt;`,
		"a\nb":                      "a<br>b",
		`see https://x.test/?a=1&b="2".`: `see <a href="https://x.test/?a=1&amp;b=" target="_blank" rel="noopener noreferrer nofollow">` +
			`https://x.test/?a=1&amp;b=</a>&#34;2&#34;.`,
		`javascript:alert(1)`: `javascript:alert(1)`,
		"*_~`> 😀 שלום":        "*_~`&gt; 😀 שלום",
	}
	for in, want := range tests {
		if got := PlainHTML(in); got != want {
			t.Errorf("PlainHTML(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWhatOvertakesItsLineKeepsItInside(t *testing.T) {
	m := in(t, Assigned)
	gone, changed := m.line(dana(), "oops"), m.line(dana(), "fine words")
	m.settle(AgentDeleted{Conversation: convID, Key: gone.Key, Stamp: m.stamp()})
	m.settle(AgentEdited{Conversation: convID, Key: changed.Key, Edit: m.stamp(), Agent: dana(), Source: "! aside now", Text: "! aside now"})
	before := len(m.messages)
	m.settle(gone)
	m.settle(changed)
	if len(m.messages) != before {
		t.Errorf("a line came out behind its deletion or edit: %q", m.messages[before].Text)
	}

	late := m.line(dana(), "at nin")
	m.settle(AgentEdited{Conversation: convID, Key: late.Key, Edit: m.stamp(), Agent: dana(), Source: "at nine", Text: "at nine", HTML: "at nine"})
	m.settle(late)
	if last := m.messages[len(m.messages)-1]; last.Text != "at nine" || last.LineKey != late.Key {
		t.Errorf("behind its edit a line reads %q", last.Text)
	}
}

func TestLateLinesComeOutRightInWhateverOrderTheyAreHeard(t *testing.T) {
	for _, heard := range [][]int{{0, 5, 4, 3, 2, 1}, {0, 5, 1, 2, 3, 4}, {0, 5, 3, 1, 4, 2}, {5, 4, 3, 2, 1, 0}} {
		m := in(t, Assigned)
		var lines []AgentWrote
		for i := range 6 {
			lines = append(lines, m.line(dana(), string(rune('a'+i))))
		}
		for _, i := range heard {
			m.now = m.now.Add(50 * time.Millisecond)
			m.settle(lines[i])
		}
		said := slices.DeleteFunc(slices.Clone(m.messages), func(m Message) bool { return m.Author.Kind != ByAgent })
		slices.SortFunc(said, func(a, b Message) int { return a.Order.Compare(b.Order) })
		got := ""
		for _, msg := range said {
			got += msg.Text
		}
		if got != "abcdef" {
			t.Errorf("heard as %v they stand as %s", heard, got)
		}
	}
}

func TestAMirrorPostedLateDragsNothingBack(t *testing.T) {
	m := in(t, Assigned)
	m.settle(m.writes("are you there?")) // committed now, posted after the lines below
	m.now = m.now.Add(3 * time.Second)
	m.settle(m.line(dana(), "one"))
	two := m.line(dana(), "two")
	for i := range m.messages {
		if m.messages[i].Text == "are you there?" {
			m.messages[i].Stamp = m.stamp()
		}
	}
	m.settle(two)
	if last, before := m.messages[len(m.messages)-1], m.messages[len(m.messages)-2]; !last.Order.After(before.Order) {
		t.Errorf("%q at %v stands before %q at %v", last.Text, last.Order, before.Text, before.Order)
	}
}

func TestALateLineIsNotDraggedAlongByOneSentLater(t *testing.T) {
	m := in(t, Assigned)
	early, late, newer := m.line(lee(), "early"), m.line(dana(), "late"), m.line(dana(), "newer")
	m.settle(early) // a colleague's: held
	m.settle(newer)
	m.now = m.now.Add(time.Minute)
	m.settle(AgentSentLine{Press: m.press(lee(), m.conv.Handoff), Line: early.Key})
	m.settle(late)
	order := map[string]time.Time{}
	for _, msg := range m.messages {
		order[msg.Text] = msg.Order
	}
	if !order["late"].Before(order["newer"]) || !order["newer"].Before(order["early"]) {
		t.Errorf("orders %v", order)
	}
}

func TestALateLineBehindManyNewerOnesStaysNearThem(t *testing.T) {
	m := in(t, Assigned)
	late := m.line(dana(), "late")
	for range RecentMessages + 5 {
		m.now = m.now.Add(time.Second)
		m.settle(m.line(dana(), "newer"))
	}
	m.settle(late)
	got, oldest := m.messages[len(m.messages)-1].Order, m.messages[0].Order
	if got.Before(oldest) {
		t.Errorf("the late line stands at %v, before the first of all at %v", got, oldest)
	}
}

func TestARefusedFormMayBeSentAgain(t *testing.T) {
	m := in(t, Queued)
	form := AgentResolved{Press: m.press(dana(), m.conv.Handoff), Outcome: Solved}
	if r, _ := m.settle(form); r.Verdict != NotHolder {
		t.Fatalf("resolve without a hold: %s", r.Verdict)
	}
	m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
	if r, _ := m.settle(form); r.Verdict != Done || m.conv.Status != Resolved {
		t.Errorf("the same form after the claim: %s, status %q", r.Verdict, m.conv.Status)
	}
}

func TestASummaryTellsThisEpisode(t *testing.T) {
	m := in(t, Automatic)
	m.settle(m.writes("My upstairs boiler makes a terrible banging noise every night"))
	m.settle(m.writes("I want to talk to a human"))
	m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
	m.settle(AgentResolved{Press: m.press(dana(), m.conv.Handoff), Outcome: Solved})
	m.settle(m.writes("I want a refund"))
	if s := m.openHandoff().Summary; strings.Contains(s.Issue, "boiler") {
		t.Errorf("the summary tells the last episode: %+v", s)
	}
}
