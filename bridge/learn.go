package bridge

import (
	"maps"
	"slices"
	"strings"

	"threadline/bridge/lead"
)

// LeadSettings say what a site wants to know of its visitors.
type LeadSettings struct {
	// Fields are the team's own, beside name, phone, e-mail, postcode and
	// product model.
	Fields []lead.Field `json:"fields,omitempty"`
	// Ask lists what the assistant may ask for, in that order and once each:
	// "name", "phone", "email", "postcode", "model", or a field's name. What is
	// known is never asked for.
	Ask []string `json:"ask,omitempty"`
	// ServiceArea lists the postcodes served, as [lead.Served] reads them.
	// Whether one is in it is answered from this list alone.
	ServiceArea []string `json:"service_area,omitempty"`
	// Country is an ISO 3166 code; it says how phone numbers and postcodes are
	// written at home. Empty means US.
	Country string `json:"country,omitempty"`
}

// Contact is what is known about the visitor, as package lead has it.
func (v Visitor) Contact() lead.Contact {
	return lead.Contact{Name: v.Name, Email: v.Email, Phone: v.Phone, Fields: v.Fields}
}

// LeadInput is a visitor's line with what package lead reads it by. earlier is
// what was said before it.
func LeadInput(s Site, known lead.Contact, text string, earlier []Message) lead.Input {
	in := lead.Input{Text: text, Known: known, Fields: s.Lead.Fields, Area: s.Lead.ServiceArea, Country: s.Lead.Country}
	for _, m := range earlier {
		if !m.Deleted {
			in.Earlier = append(in.Earlier, lead.Line{Visitor: m.Author.Kind == ByVisitor, Text: m.Text})
		}
	}
	return in
}

// visitor is the visitor as this event leaves them.
func (d *decision) visitor() Visitor {
	if d.out.Visitor != nil {
		return *d.out.Visitor
	}
	return d.state.Visitor
}

// learn reads from the visitor's newest line who they are and what they are
// after. pulled are triggers that the line pulled.
func (d *decision) learn(text string, pulled ...string) {
	c := lead.Read(LeadInput(d.site, d.visitor().Contact(), text, d.recent()))
	known := d.mergeContact(Contact{Name: c.Name, Email: c.Email, Phone: c.Phone, Fields: c.Fields})
	d.assess(append(d.saidByVisitor(), text), pulled)
	if known {
		d.redraw()
	}
}

// taught merges what a model read from the visitor's words. It fills gaps;
// what is known gives way only to words of the newest line, or a correction
// would be undone.
func (d *decision) taught(c Contact) bool {
	seen := lead.Check(lead.Contact{Name: c.Name, Email: c.Email, Phone: c.Phone, Fields: c.Fields}, LeadInput(d.site, lead.Contact{}, "", d.recent()))
	known, newest := d.visitor().Contact(), strings.ToLower(oneLine(lastOf(d.recent(), ByVisitor)))
	keep := func(name, value string) string {
		if known.Get(name) != "" && !strings.Contains(newest, strings.ToLower(oneLine(value))) {
			return ""
		}
		return value
	}
	out := Contact{Name: keep(lead.Name, seen.Name), Email: keep(lead.Email, seen.Email), Phone: keep(lead.Phone, seen.Phone)}
	for _, k := range slices.Sorted(maps.Keys(seen.Fields)) {
		if v := keep(k, seen.Fields[k]); v != "" {
			if out.Fields == nil {
				out.Fields = map[string]string{}
			}
			out.Fields[k] = v
		}
	}
	if !d.mergeContact(out) {
		return false
	}
	d.assess(d.saidByVisitor(), nil)
	return true
}

// saidByVisitor are the visitor's lines of this episode before the event.
func (d *decision) saidByVisitor() []string {
	var said []string
	for _, m := range d.recent() {
		if m.Author.Kind == ByVisitor && !m.Deleted {
			said = append(said, m.Text)
		}
	}
	return said
}

// assess brings the visitor's standing as a lead, and the brief of an open
// handoff, up to date.
func (d *decision) assess(said, pulled []string) {
	v := d.visitor()
	if d.h != nil {
		pulled = append(slices.Clone(pulled), d.h.Trigger)
	}
	a := d.standing(said, pulled)
	if v.ID != "" && !a.Equal(v.Lead) {
		v.Lead = a
		d.out.Visitor = &v
	}
	if d.h != nil && !a.Equal(d.h.Summary.Lead) {
		d.h.Summary.Lead = a
		d.handoffDirty = true
	}
}

// standing is what the visitor has come to as a lead.
func (d *decision) standing(said, pulled []string) lead.Assessment {
	return lead.Assess(lead.Story{
		Contact: d.visitor().Contact(), Fields: d.site.Lead.Fields, Area: d.site.Lead.ServiceArea,
		Said: said, Triggers: pulled, PageURL: d.c.PageURL,
	})
}

// Missing are the facts that the site wants to ask for and neither has nor
// asked for in what was said, in its order.
func Missing(s Site, v Visitor, said []Message) []string {
	c := v.Contact()
	var missing []string
	for _, k := range s.Lead.Ask {
		if c.Get(k) == "" && !slices.ContainsFunc(said, func(m Message) bool {
			return m.Author.Kind != ByVisitor && !m.Deleted && slices.Contains(lead.Asks(m.Text, s.Lead.Fields), k)
		}) {
			missing = append(missing, k)
		}
	}
	return missing
}
