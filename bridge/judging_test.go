package bridge

import (
	"slices"
	"strings"
	"testing"

	"threadline/bridge/trigger"
)

// lineOf is the newest line by that kind of author.
func (m *model) lineOf(kind AuthorKind) string { return lastOf(m.messages, kind) }

func TestTheMoodSetsToneTagAndPriority(t *testing.T) {
	texts := DefaultSite().Texts
	for _, c := range []struct {
		says, trigger, tone, reason, tag string
		priority                         Priority
	}{
		{"Please let me talk to a person", trigger.ExplicitRequest, "", "The visitor asked for a person.", "", Normal},
		{"You are useless, let me talk to a person", trigger.Frustration, texts.ToneAnger, "The visitor is frustrated.", "anger", High},
		{"I'm really worried about the wiring, can I talk to a person?", trigger.ExplicitRequest, texts.ToneAnxiety, "The visitor asked for a person. They seem worried.", "anxiety", High},
		{"I don't understand any of this, can I talk to a person?", trigger.ExplicitRequest, texts.ToneConfusion, "The visitor asked for a person. They seem confused.", "confusion", Normal},
		{"I'm panicking, please do something now", trigger.Urgency, texts.TonePanic, "This sounds like an emergency. They seem to panic.", "panic", High},
		{"HELP, I smell gas, oh my god please help", trigger.Urgency, "", "This sounds like an emergency. They seem to panic.", "panic", Urgent},
	} {
		m := in(t, "")
		m.settle(m.writes(c.says))
		h := m.openHandoff()
		if h == nil {
			t.Errorf("%q opened no handoff", c.says)
			continue
		}
		if h.Trigger != c.trigger || h.Priority != c.priority || h.Reason != c.reason || h.Evidence == "" {
			t.Errorf("%q: got %s, %s, %q; want %s, %s, %q", c.says, h.Trigger, h.Priority, h.Reason, c.trigger, c.priority, c.reason)
		}
		if c.tag != "" && !slices.Contains(h.Tags, c.tag) {
			t.Errorf("%q: tags %q, want %q among them", c.says, h.Tags, c.tag)
		}
		said := m.lineOf(BySystem)
		if c.tone != "" && !strings.HasPrefix(said, c.tone+" ") || c.tone == "" && !strings.HasPrefix(said, texts.Bridge) && !strings.HasPrefix(said, texts.BridgeUrgent) {
			t.Errorf("%q: the visitor read %q, want it to begin with %q", c.says, said, c.tone)
		}
	}
}

func TestAnAcceptedOfferIsARequest(t *testing.T) {
	m := in(t, "")
	m.settle(m.writes("Do you repair boats?"))
	m.messages = append(m.messages, Message{
		ID: "a1", Seq: m.conv.Seq + 1, Author: Author{Kind: ByAssistant},
		Text: "I don't know that. Would you like me to bring in a person from our team?",
	})
	m.conv.Seq++
	m.settle(m.writes("yes please"))
	if h := m.openHandoff(); h == nil || h.Trigger != trigger.ExplicitRequest {
		t.Errorf("got %+v, want a request for a person", h)
	}
	n := in(t, "")
	n.settle(n.writes("yes please"))
	if h := n.openHandoff(); h != nil {
		t.Errorf("an answer to nothing opened %+v", h)
	}
}

func TestTeamsTuneTheTriggers(t *testing.T) {
	opened := func(set map[string]TriggerSetting, text string) *Handoff {
		m := in(t, "")
		m.setup.Triggers = set
		m.settle(m.writes(text))
		return m.openHandoff()
	}
	refund := "I want a refund"
	if h := opened(map[string]TriggerSetting{trigger.SensitiveTopic: {Off: true}}, refund); h != nil {
		t.Errorf("a trigger that is off opened %+v", h)
	}
	if h := opened(map[string]TriggerSetting{trigger.SensitiveTopic: {Threshold: 0.99}}, refund); h != nil {
		t.Errorf("a trigger under its threshold opened %+v", h)
	}
	if h := opened(map[string]TriggerSetting{trigger.SensitiveTopic: {Priority: "low"}}, refund); h == nil || h.Priority != Low {
		t.Errorf("got %+v, want a handoff of the team's own priority", h)
	}
	claim := map[string]TriggerSetting{trigger.SensitiveTopic: {
		Examples: []string{"my warranty claim was rejected"},
		Negative: []string{"what does the warranty cover"},
	}}
	if h := opened(claim, "they have rejected our waranty claim!"); h == nil || h.Trigger != trigger.SensitiveTopic {
		t.Errorf("got %+v, want what is like a team's example", h)
	}
	if h := opened(claim, "what will the warranty cover?"); h != nil {
		t.Errorf("what is like a counter-example opened %+v", h)
	}
}

func TestTheVisitorsStandingCounts(t *testing.T) {
	m := in(t, "")
	m.visitor = Visitor{ID: "v1", SiteID: "default", Attributes: map[string]string{"vip": "true"}}
	m.settle(m.writes("Do you have time in May?"))
	h := m.openHandoff()
	if h == nil || h.Trigger != trigger.HighValue || h.Evidence != "vip: true" {
		t.Errorf("got %+v, want a handoff of high value that names the attribute", h)
	}
}
