package bridge

import (
	"slices"
	"strings"
	"testing"
)

// assigned is a conversation that dana holds.
func assigned(t *testing.T) *model { return in(t, Assigned) }

func (m *model) messageOf(line string) Message {
	i := slices.IndexFunc(m.messages, func(x Message) bool { return x.LineKey == line && !x.Deleted })
	if i < 0 {
		return Message{}
	}
	return m.messages[i]
}

func (m *model) arrives(e AgentWrote) (Verdict, Changes) {
	f := e.Files[0]
	r, c := m.settle(AgentFileArrived{Conversation: convID, Line: e.Key, Message: m.lines[e.Key].Message, File: f.ID, Kept: m.fetched(e.Key, f)})
	return r.Verdict, c
}

func TestAVisitorsFileFollowsItsLine(t *testing.T) {
	m := assigned(t)
	e := m.writes("this leaks")
	e.Files = []FileID{m.uploads("leak.png"), m.uploads("plan.pdf")}
	r, c := m.settle(e)
	var kinds []string
	for _, d := range c.Deliveries {
		if d.Lane == LanePost {
			kinds = append(kinds, d.Kind)
		}
	}
	if r.Verdict != Done || !slices.Equal(kinds, []string{KindLine, KindFile, KindFile}) {
		t.Fatalf("%q puts %q", r.Verdict, kinds)
	}
	line := bodyOf[LineBody](c.Deliveries[slices.IndexFunc(c.Deliveries, func(d Delivery) bool { return d.Kind == KindLine })])
	if len(line.Files) != 2 || line.Files[0].Name != "leak.png" || len(c.Messages[0].Attachments) != 2 {
		t.Errorf("line %+v, message %+v", line, c.Messages[0])
	}
	for name, ids := range map[string][]FileID{"used": e.Files[:1], "unknown": {"x"}, "twice": {m.uploads("a.png"), "id0"}} {
		again := m.writes("again")
		again.Files = ids
		if name == "twice" {
			again.Files[1] = again.Files[0]
		}
		if r, c := m.settle(again); r.Verdict != UnknownFile || len(c.Messages) > 0 {
			t.Errorf("%s: %q with %d messages", name, r.Verdict, len(c.Messages))
		}
		if again.Files = nil; m.settled[again.query().Key].Verdict != "" {
			t.Errorf("%s: a refused message used its client id up", name)
		}
	}
}

func TestAFileAloneToTheAssistantBringsAPerson(t *testing.T) {
	m := newModel()
	e := m.writes("")
	e.Files = []FileID{m.uploads("leak.png")}
	m.settle(e)
	h := m.openHandoff()
	if m.conv.Status != Queued || h == nil || !strings.Contains(h.Reason, "file") || h.Summary.Issue != "📎 leak.png (84 kB)" {
		t.Errorf("status %q, handoff %+v", m.conv.Status, h)
	}
	if said := m.messages[len(m.messages)-1]; said.Text != m.site.Texts.Bridge {
		t.Errorf("the visitor hears %q", said.Text)
	}
}

func TestAnAgentsFileFollowsItsWords(t *testing.T) {
	m := assigned(t)
	here := m.shares(dana(), "the plan", "plan.png", true)
	m.settle(here)
	if msg := m.messageOf(here.Key); msg.Text != "the plan" || len(msg.Attachments) != 1 {
		t.Errorf("fetched in time: %+v", msg)
	}
	late := m.shares(dana(), "", "plan.png", false)
	_, c := m.settle(late)
	if !slices.ContainsFunc(c.Deliveries, func(d Delivery) bool { return d.Kind == KindFetch && d.Lane == LaneFile }) {
		t.Error("nobody fetches it")
	}
	if msg := m.messageOf(late.Key); msg.Text != "📎 plan.png" || len(msg.Attachments) != 0 {
		t.Errorf("on its way: %+v", msg)
	}
	if v, _ := m.arrives(late); v != Done {
		t.Fatal(v)
	}
	if msg := m.messageOf(late.Key); msg.Text != "" || len(msg.Attachments) != 1 || m.files[msg.Attachments[0].ID].Message != msg.ID {
		t.Errorf("arrived: %+v", msg)
	}
	if v, c := m.arrives(late); v != Done || len(c.Messages) > 0 {
		t.Errorf("the second report: %q with %d changes", v, len(c.Messages))
	}
	m.settle(AgentDeleted{Conversation: convID, Key: late.Key, Stamp: m.stamp()})
	for id, f := range m.files {
		if f.Message != "" && f.Message != m.messageOf(here.Key).ID {
			t.Errorf("%s is still reachable", id)
		}
	}
}

func TestFilesOfInternalLinesStayInside(t *testing.T) {
	m := assigned(t)
	for name, e := range map[string]AgentWrote{
		"aside": m.shares(dana(), "! for us", "plan.png", true), "a colleague's": m.shares(lee(), "for you", "plan.png", true),
		"a guest's": m.shares(gus(), "", "plan.png", true),
	} {
		_, c := m.settle(e)
		if len(c.Messages) > 0 || len(c.Files) > 0 || slices.ContainsFunc(c.Deliveries, func(d Delivery) bool { return d.Lane == LaneFile }) {
			t.Errorf("%s: %+v", name, c)
		}
		if v, c := m.arrives(e); v != Stale || len(c.Files) > 0 {
			t.Errorf("%s arrived: %q %+v", name, v, c.Files)
		}
	}
}

func TestAHeldFileGoesOutWhenItsAuthorSendsIt(t *testing.T) {
	m := assigned(t)
	e := m.shares(lee(), "", "plan.png", true)
	m.settle(e)
	if _, c := m.settle(AgentSentLine{Press: m.press(lee(), m.conv.Handoff), Line: e.Key}); !slices.ContainsFunc(c.Deliveries, func(d Delivery) bool { return d.Kind == KindFetch }) {
		t.Errorf("nobody fetches it: %+v", c.Deliveries)
	}
	if v, _ := m.arrives(e); v != Done || len(m.messageOf(e.Key).Attachments) != 1 {
		t.Errorf("%q, %+v", v, m.messageOf(e.Key))
	}
	// An edit takes it back and sending it again brings it again.
	m.settle(AgentEdited{Conversation: convID, Key: e.Key, Edit: m.stamp(), Agent: lee(), Source: "! no", Text: "! no", HTML: "! no", Files: e.Files})
	if got := m.messageOf(e.Key); got.ID != "" || m.files[KeptID(e.Key, e.Files[0].ID)].Message != "" {
		t.Errorf("taken back, but %+v", got)
	}
	m.settle(AgentSentLine{Press: m.press(lee(), m.conv.Handoff), Line: e.Key})
	if v, _ := m.arrives(e); v != Done || len(m.messageOf(e.Key).Attachments) != 1 {
		t.Errorf("sent again: %q, %+v", v, m.messageOf(e.Key))
	}
}

func TestTheAuthorHearsOfAFileThatDoesNotPass(t *testing.T) {
	told := func(c Changes) string {
		for _, d := range c.Deliveries {
			if d.Kind == KindTell {
				return bodyOf[TellBody](d).Text
			}
		}
		return ""
	}
	m := assigned(t)
	known := m.shares(dana(), "see this", "film.mp4", false)
	known.Files[0].Refused = "files of this kind are not passed on"
	_, c := m.settle(known)
	if got, want := told(c), "The visitor has not received film.mp4 (84 kB): files of this kind are not passed on."; got != want || m.messageOf(known.Key).Text != "see this" {
		t.Errorf("told %q, want %q", got, want)
	}
	alone := m.shares(dana(), "", "film.mp4", false)
	alone.Files[0].Refused = "files of this kind are not passed on"
	m.settle(alone)
	if l := m.lines[alone.Key]; l.Standing != Held || m.messageOf(alone.Key).ID != "" {
		t.Errorf("a refused file alone: %+v", l)
	}
	later := m.shares(dana(), "", "film.mp4", false)
	m.settle(later)
	id := m.lines[later.Key].Message
	_, c = m.settle(AgentFileRefused{Conversation: convID, Line: later.Key, Message: id, File: later.Files[0].ID, Reason: "Slack no longer has it"})
	if told(c) == "" || m.messageOf(later.Key).ID != "" || m.lines[later.Key].Standing != Internal {
		t.Errorf("refused later: told %q, line %+v, message %+v", told(c), m.lines[later.Key], m.messageOf(later.Key))
	}
	if v, _ := m.arrives(later); v == Done {
		t.Error("a refused file arrived after all")
	}
}

func TestAnEditMayTakeAFileOff(t *testing.T) {
	m := assigned(t)
	e := m.shares(dana(), "the plan", "plan.png", true)
	m.settle(e)
	m.settle(AgentEdited{Conversation: convID, Key: e.Key, Edit: m.stamp(), Agent: dana(), Source: "no plan", Text: "no plan", HTML: "no plan"})
	if msg := m.messageOf(e.Key); msg.Text != "no plan" || len(msg.Attachments) != 0 || m.files[KeptID(e.Key, e.Files[0].ID)].Message != "" {
		t.Errorf("%+v", msg)
	}
}
