package bridge

import (
	"strings"
	"testing"
)

func TestARatingIsToldOnceAndIsOfItsEpisode(t *testing.T) {
	m := in(t, Resolved)
	m.deliveries = nil
	rate := func(score int, comment string) (Receipt, Changes) {
		return m.settle(VisitorRated{Conversation: convID, Score: score, Comment: comment})
	}
	rev := m.conv.Rev
	r, c := rate(2, "slow")
	if r.Verdict != Done || c.Rating == nil || c.Rating.Episode != 1 || c.Rating.Score != 2 || c.Rating.Comment != "slow" || m.conv.Status != Resolved {
		t.Fatalf("%+v, %+v", r, c.Rating)
	}
	if m.conv.StatusRev != rev+1 {
		t.Error("the visitor's other pages do not hear of it")
	}
	if r, c := rate(2, "slow"); r.Verdict != Ignored || len(c.Deliveries) != 0 || c.Rating != nil {
		t.Errorf("said again: %+v, %+v", r, c)
	}
	if r, _ := rate(5, ""); r.Verdict != Done || m.conv.Rating.Comment != "" {
		t.Errorf("thought again: %+v, %+v", r, m.conv.Rating)
	}
	n := m.notes()
	if len(n) != 2 || n[0].Evidence != "slow" || !strings.Contains(n[0].Text, "2 of 5") || !strings.Contains(n[1].Text, "now rates this chat 5 of 5") {
		t.Errorf("the thread was told %+v", n)
	}
	m.settle(m.writes("One more thing"))
	if m.conv.Rating.Score != 0 {
		t.Errorf("a new episode begins with the rating %+v", m.conv.Rating)
	}
	if _, c := rate(5, ""); c.Rating == nil || c.Rating.Episode != 2 {
		t.Errorf("rated %+v", c.Rating)
	}
}

func TestAnAnswerIsJudgedOnce(t *testing.T) {
	m := newModel()
	m.settle(m.writes("Do you service heat pumps?"))
	m.settle(m.answers(MoveAnswer))
	judge := func(seq int64, thumb Thumb) Verdict {
		r, _ := m.settle(VisitorJudged{Conversation: convID, Seq: seq, Thumb: thumb})
		return r.Verdict
	}
	if v := judge(1, ThumbUp); v != Stale {
		t.Errorf("their own line: %s", v)
	}
	if v := judge(7, ThumbUp); v != Stale {
		t.Errorf("no line: %s", v)
	}
	rev := m.conv.Rev
	if v := judge(2, ThumbDown); v != Done || m.messages[1].Thumb != ThumbDown || m.messages[1].Rev != rev+1 || m.messages[1].Text != "We do." {
		t.Errorf("%s, %+v", v, m.messages[1])
	}
	if v := judge(2, ThumbDown); v != Ignored || m.conv.Rev != rev+1 {
		t.Errorf("said again: %s", v)
	}
	if v := judge(2, ThumbUp); v != Done {
		t.Errorf("thought again: %s", v)
	}
	if n := m.notes(); len(n) != 2 || n[0].Sign != "👎" || n[0].Evidence != "We do." || n[1].Sign != "👍" {
		t.Errorf("the thread was told %+v", n)
	}
	if m.conv.Seq != 2 {
		t.Errorf("an opinion became line %d", m.conv.Seq)
	}
}

func TestOpinionsOfAQuietChatStayOutOfTheThread(t *testing.T) {
	m := newModel()
	m.site.Mirror = MirrorCard
	m.settle(m.writes("Do you service heat pumps?"))
	m.settle(m.answers(MoveAnswer))
	m.settle(VisitorJudged{Conversation: convID, Seq: 2, Thumb: ThumbUp})
	m.settle(VisitorRated{Conversation: convID, Score: 1})
	if n := m.notes(); len(n) != 0 || m.conv.Rating.Score != 1 {
		t.Errorf("told %+v, kept %+v", n, m.conv.Rating)
	}
	if _, ok := m.pending(KindRootCard); !ok {
		t.Error("the card was not drawn again")
	}
}

func TestABlockedVisitorHasNoOpinion(t *testing.T) {
	m := in(t, Assigned)
	m.settle(AgentBlocked{Press: m.press(dana(), m.conv.Handoff), Reason: "abuse"})
	for _, e := range []Event{VisitorRated{Conversation: convID, Score: 1, Comment: "!"}, VisitorJudged{Conversation: convID, Seq: 2, Thumb: ThumbDown}} {
		if r, c := m.settle(e); r.Verdict != Blocked || len(c.Deliveries) != 0 {
			t.Errorf("%T: %+v", e, r)
		}
	}
}
