package bridge

import (
	"testing"
	"time"

	"threadline/bridge/trigger"
)

const angry = "This is the worst service ever, you people are completely useless!!!"

// after plays a chat whose handoff for frustration has just been resolved.
func after(t *testing.T) *model {
	t.Helper()
	m := newModel()
	m.settle(m.writes(angry))
	h := m.openHandoff()
	if h == nil || h.Trigger != trigger.Frustration || h.Origin != FromWords {
		t.Fatalf("no handoff for anger: %+v", h)
	}
	m.settle(AgentClaimed{m.press(dana(), h.ID)})
	m.settle(AgentResolved{Press: m.press(dana(), h.ID), Outcome: Solved})
	return m
}

func TestCoolDown(t *testing.T) {
	m := after(t)
	m.now = m.now.Add(5 * time.Minute)
	m.settle(m.writes(angry))
	if m.conv.Status != Automatic {
		t.Errorf("five minutes later the same anger alarms the team again: %s", m.conv.Status)
	}
	// The assistant may not go round it, and nobody is left in silence.
	a := m.answers(MoveHandOff)
	a.Answer = Answer{Move: MoveHandOff, Trigger: trigger.Frustration}
	before := len(m.messages)
	m.settle(a)
	if m.conv.Status != Automatic || len(m.messages) != before+1 || m.messages[before].Text != m.site.Texts.Unsure {
		t.Errorf("the assistant's judgement: %s, %+v", m.conv.Status, m.messages[before:])
	}
	// Nor by having no answer to it; a question that it cannot answer is new.
	m.settle(m.writes(angry))
	m.settle(m.answers(MoveHandOff))
	if m.conv.Status != Automatic {
		t.Errorf("no answer to the same anger: %s", m.conv.Status)
	}
	gap := after(t)
	gap.settle(gap.writes("Do you repair boats?"))
	gap.settle(gap.answers(MoveHandOff))
	if gap.conv.Status != Queued {
		t.Errorf("a new question without an answer: %s", gap.conv.Status)
	}
	// Who asks for a person gets one at once.
	m.settle(m.writes("let me talk to a human"))
	if m.conv.Status != Queued {
		t.Errorf("a request for a person was put off: %s", m.conv.Status)
	}

	m = after(t)
	m.now = m.now.Add(16 * time.Minute)
	m.settle(m.writes(angry))
	if m.conv.Status != Queued {
		t.Errorf("the cool-down never ends: %s", m.conv.Status)
	}

	m = after(t)
	m.setup.Triggers = map[string]TriggerSetting{trigger.Frustration: {CoolDown: time.Hour}}
	m.now = m.now.Add(16 * time.Minute)
	m.settle(m.writes(angry))
	if m.conv.Status != Automatic {
		t.Errorf("the team's own cool-down was not kept: %s", m.conv.Status)
	}
}

func TestSettingsTuneTheTriggers(t *testing.T) {
	for name, c := range map[string]struct {
		setting TriggerSetting
		status  Status
	}{
		"as it is":         {TriggerSetting{}, Queued},
		"off":              {TriggerSetting{Off: true}, Automatic},
		"beyond its reach": {TriggerSetting{Threshold: 1}, Automatic},
	} {
		m := newModel()
		m.setup.Triggers = map[string]TriggerSetting{trigger.Frustration: c.setting}
		m.settle(m.writes("you people are useless, nothing you say helps me"))
		if m.conv.Status != c.status {
			t.Errorf("%s: %s", name, m.conv.Status)
		}
	}
	m := newModel()
	m.setup.Triggers = map[string]TriggerSetting{
		trigger.BuyerSpecific: {Examples: []string{"do you take the municipal heating voucher"}, Priority: "urgent"},
	}
	m.settle(m.writes("do you take the municipal heating vouchers?"))
	if h := m.openHandoff(); h == nil || h.Trigger != trigger.BuyerSpecific || h.Priority != Urgent {
		t.Errorf("a team's example: %+v", h)
	}
}

func TestOrigins(t *testing.T) {
	m := newModel()
	m.settle(VisitorAskedForPerson{Conversation: convID, Visitor: "v1", SiteID: "default", Press: "p"})
	if h := m.openHandoff(); h.Origin != FromButton {
		t.Errorf("the button: %q", h.Origin)
	}
	m = newModel()
	m.settle(m.writes("hello"))
	m.settle(AssistantFailed{Conversation: convID, Turn: m.conv.Turn, Epoch: m.conv.Epoch, Cause: "x"})
	if h := m.openHandoff(); h.Origin != FromFailure {
		t.Errorf("a failure: %q", h.Origin)
	}
	m = newModel()
	_, c := m.settle(m.writes("hello"))
	if c.Episode == nil || c.Episode.Number != 1 || c.Episode.From != 0 {
		t.Errorf("the first episode: %+v", c.Episode)
	}
	m.settle(VisitorEnded{Conversation: convID, Press: "e"})
	last := m.conv.Seq
	if _, c = m.settle(m.writes("again")); c.Episode == nil || c.Episode.Number != 2 || c.Episode.From != last {
		t.Errorf("the second episode: %+v, want it after %d", c.Episode, last)
	}
}
