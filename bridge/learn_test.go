package bridge

import (
	"slices"
	"strings"
	"testing"

	"threadline/bridge/lead"
)

func TestContactIsReadFromWhatIsSaid(t *testing.T) {
	m := newModel()
	m.site.Lead = LeadSettings{ServiceArea: []string{"60614"}, Fields: []lead.Field{{Name: "floors", Label: "Floors", Pattern: `(\d+) floors`}}}
	m.settle(m.writes("I'm Ana, 312-555-0142, Carrier 24ACC6"))
	if v := m.visitor; v.Name != "Ana" || v.Phone != "312-555-0142" || v.Fields[lead.Model] != "Carrier 24ACC6" {
		t.Fatalf("learned %+v", v)
	}
	if _, ok := m.pending(KindRootCard); !ok {
		t.Error("the card was not drawn again")
	}
	m.settle(m.answers(MoveAnswer))
	m.settle(m.writes("no, it's 0143. We have 3 floors in 60614, how much is a new furnace?"))
	v := m.visitor
	if v.Phone != "312-555-0143" || v.Fields["floors"] != "3" || v.Fields[lead.Postcode] != "60614" {
		t.Errorf("after a correction: %+v", v)
	}
	if v.Lead.Stage != lead.Qualified || v.Lead.Intent != lead.Pricing || v.Lead.Score < 60 || len(v.Lead.Reasons) == 0 {
		t.Errorf("as a lead: %+v", v.Lead)
	}

	// A model's memory of the first number does not undo the correction; what it
	// makes up or takes from us is not kept.
	a := m.answers(MoveAnswer)
	a.Answer.Contact = Contact{Name: "Ana", Phone: "312-555-0142", Email: "not an address", Fields: map[string]string{"pet": "a dog"}}
	m.settle(a)
	if v := m.visitor; v.Phone != "312-555-0143" || v.Email != "" || v.Fields["pet"] != "a dog" {
		t.Errorf("after the model's word: %+v", v)
	}

	m.settle(m.writes("can I talk to a person please"))
	h := m.openHandoff()
	want := []string{"Floors: 3", "Model: Carrier 24ACC6", "Pet: a dog", "Postcode: 60614 (in the service area)"}
	if h == nil || !slices.Equal(h.Summary.Lead.Facts, want) || h.Summary.Lead.Stage != lead.Qualified {
		t.Fatalf("the brief says %+v, want the facts %q", h, want)
	}
	m.settle(m.writes("it's a Lennox ML180UH070"))
	if h := m.openHandoff(); !slices.Contains(h.Summary.Lead.Facts, "Model: Lennox ML180UH070") {
		t.Errorf("what was said while waiting is not in the brief: %q", h.Summary.Lead.Facts)
	}
	m.settle(HandoffSummarised{Conversation: convID, Handoff: h.ID, Summary: Summary{Issue: "A model's words."}})
	if h := m.openHandoff(); h.Summary.Lead.Stage != lead.Qualified || h.Summary.Issue != "A model's words." {
		t.Errorf("a model's summary dropped the brief: %+v", h.Summary)
	}
}

func TestWhatOthersSayIsNotTheVisitors(t *testing.T) {
	m := in(t, Assigned)
	m.settle(m.line(dana(), "You can call me at 773-555-0100, I'm Dana."))
	m.settle(m.writes("so 773-555-0100, Dana?"))
	if v := m.visitor; v.Phone != "" || v.Name != "" {
		t.Errorf("took the agent's number: %+v", v)
	}
}

func TestContactIsAskedForOnce(t *testing.T) {
	bridgeText := func(m *model) string {
		m.settle(m.writes("can I talk to a person please"))
		var said string
		for _, msg := range m.messages {
			if msg.Author.Kind == BySystem {
				said = msg.Text
			}
		}
		return said
	}
	site := DefaultSite()
	site.Lead.Ask = []string{lead.Phone, lead.Email}
	ask := site.Texts.AskContact

	m := newModel()
	m.site = site
	if s := bridgeText(m); !strings.HasSuffix(s, ask) {
		t.Errorf("nothing known, and it did not ask: %q", s)
	}
	m = newModel()
	m.site = site
	m.settle(m.writes("hello, I'm at 312-555-0142"))
	if s := bridgeText(m); strings.Contains(s, ask) {
		t.Errorf("it asked for what it has: %q", s)
	}
	m = newModel()
	if s := bridgeText(m); strings.Contains(s, ask) {
		t.Errorf("the site asks for nothing, and yet: %q", s)
	}
}

func TestUnreachableNamesTheContact(t *testing.T) {
	m := newModel()
	m.settle(m.writes("My number is 312-555-0142, get me a human"))
	h := m.openHandoff()
	if h == nil {
		t.Fatal("no handoff")
	}
	m.settle(AlertNotPosted{Conversation: convID, Handoff: h.ID})
	if last := m.messages[len(m.messages)-1].Text; !strings.Contains(last, "312-555-0142") || strings.Contains(last, "please leave") {
		t.Errorf("said %q", last)
	}
}
