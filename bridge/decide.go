package bridge

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// Settings are what Decide must know beside the state.
type Settings struct {
	// Site is the conversation's, out of Setup.
	Site  Site
	Setup Setup
	// Channels name the desk's channels by their routes; empty is one that takes
	// no posts at present, and a route that is missing is a channel of its own.
	Channels map[Route]string
	// Spent is what the assistant did today, for the limits of the site.
	Spent Spent
	// ModelSummaries asks for a model's summary of each handoff.
	ModelSummaries bool
}

// AnswerPause is how long the assistant waits for the visitor's next line
// before it answers. A newer line restarts the pause, twice at most.
const AnswerPause = 800 * time.Millisecond

const maxRestarts = 2

// Decide says what an event changes. It is pure: the same arguments give the
// same changes, apart from the ids that newID makes.
func Decide(s State, set Settings, e Event, now time.Time, newID func() string) Changes {
	d := &decision{
		state: s, site: set.Site, setup: set.Setup, channels: set.Channels, modelSummaries: set.ModelSummaries, spent: set.Spent,
		now: now.UTC().Truncate(time.Microsecond), newID: newID,
		c: s.Conversation,
	}
	d.c.Holds = slices.Clone(s.Conversation.Holds)
	d.c.Joins = slices.Clone(s.Conversation.Joins)
	d.c.Delayed = slices.Clone(s.Conversation.Delayed)
	if s.Handoff != nil {
		h := *s.Handoff
		d.h = &h
	}
	d.out.Receipt = Receipt{Verdict: Done, Conversation: s.Conversation.ID}
	e.decide(d)
	if d.dirty {
		d.c.UpdatedAt = d.now
		d.out.Conversation = &d.c
	}
	if d.handoffDirty {
		d.out.Handoff = d.h
	}
	return d.out
}

// decision is the state an event works on and the changes it makes.
type decision struct {
	state          State
	site           Site
	setup          Setup
	channels       map[Route]string
	modelSummaries bool
	spent          Spent
	answering      bool // the event is the assistant's answer to its turn
	now            time.Time
	newID          func() string
	c              Conversation
	h              *Handoff
	dirty          bool
	handoffDirty   bool
	// elsewhere: the event's line is not in the conversation's present thread.
	elsewhere bool
	out       Changes
}

func (d *decision) verdict(v Verdict) { d.out.Receipt.Verdict = v }

// refuse says that the presser cannot act because of who holds the
// conversation, and redraws the cards they may have pressed on.
func (d *decision) refuse(v Verdict) {
	d.verdict(v)
	if d.c.Holder != "" {
		d.out.Receipt.Agent = d.agent(d.c.Holder)
	}
	d.redraw()
}

func (d *decision) agent(id AgentID) Agent {
	if a, ok := d.state.Agents[id]; ok {
		return a
	}
	return Agent{ID: id}
}

// maxTrail is how many pages of a visitor are kept.
const maxTrail = 6

// begin makes the conversation exist, with its thread.
func (d *decision) begin(v VisitorID, site SiteID, page, referrer, locale, device string) {
	if page != "" {
		d.visit(page)
	}
	if device != "" {
		d.c.Device = device
	}
	if d.c.Begun() {
		return
	}
	d.c.Status, d.c.SiteID, d.c.VisitorID = Automatic, site, v
	d.c.Referrer, d.c.Locale = referrer, locale
	d.c.CreatedAt, d.c.Episode = d.now, 1
	d.out.Episode = &Episode{Conversation: d.c.ID, Number: 1, SiteID: site, Began: d.now}
	d.c.Rev++
	d.c.StatusRev = d.c.Rev
	d.dirty = true
	if d.state.Visitor.ID == "" {
		// A genuine token outlives a restored database; the cards need somebody.
		d.out.Visitor = &Visitor{ID: v, SiteID: site, CreatedAt: d.now}
	}
	d.c.Route = d.site.RouteFor(d.c.ID, page)
	d.quieten()
	d.putRoot(3)
}

// become moves the conversation to a status in which somebody else may speak.
func (d *decision) become(s Status) {
	d.c.Status = s
	d.c.Epoch++
	d.c.Rev++
	d.c.StatusRev = d.c.Rev
	d.c.Expectation = ""
	if s == Queued {
		d.c.Expectation = d.expectation()
	}
	if s != Assigned {
		d.c.Holder = ""
	}
	d.snooze(time.Time{})
	d.answeredVisitor()
	if s != Automatic {
		d.c.Restarts = 0
	}
	d.dirty = true
	if s == Queued || s == Assigned {
		d.speakUp()
	}
	d.cancel(LaneAssistant, "answer:"+string(d.c.ID))
	d.redraw()
}

// expectation is what a visitor may expect who waits for a person.
func (d *decision) expectation() string {
	if d.closed() && d.h.Priority != Urgent && d.site.Texts.WaitingClosed != "" {
		return d.fill(d.site.Texts.WaitingClosed, Agent{})
	}
	return d.site.Texts.Waiting
}

// redraw brings the cards of the conversation up to date.
func (d *decision) redraw() {
	if !d.c.Begun() {
		return
	}
	card := RootCard(d.c.ID, d.now)
	card.Priority = d.priority()
	d.put(card)
	for _, h := range []*Handoff{d.h, d.state.Named} {
		if h == nil || !h.Alerted {
			continue
		}
		d.put(Delivery{Lane: LaneCard, Key: "alert:" + string(h.ID), Kind: KindAlertCard, Subject: string(h.ID)})
		if d.h != nil && d.state.Named != nil && d.h.ID == d.state.Named.ID {
			break
		}
	}
}

// RootCard is the wish to have a conversation's root card drawn again.
func RootCard(id ConversationID, due time.Time) Delivery {
	return Delivery{
		Lane: LaneCard, Key: "root:" + string(id), Kind: KindRootCard, Conversation: id,
		Subject: string(id), Priority: 3, Due: due, CreatedAt: due,
	}
}

func (d *decision) priority() int {
	switch d.c.Status {
	case Assigned:
		return 1
	case Queued:
		return 2
	default:
		return 3
	}
}

// put adds a delivery; one with the same lane and key replaces the earlier
// wish of this same event.
func (d *decision) put(v Delivery) {
	v.ID = DeliveryID(d.newID())
	v.Conversation = d.c.ID
	v.CreatedAt = d.now
	if v.Due.IsZero() {
		v.Due = d.now
	}
	if v.Key != "" {
		d.out.Deliveries = slices.DeleteFunc(d.out.Deliveries, func(o Delivery) bool {
			return o.Lane == v.Lane && o.Key == v.Key
		})
		d.out.Cancel = slices.DeleteFunc(d.out.Cancel, func(k DeliveryKey) bool {
			return k == DeliveryKey{v.Lane, v.Key}
		})
	}
	d.out.Deliveries = append(d.out.Deliveries, v)
}

func (d *decision) cancel(l Lane, key string) {
	d.out.Deliveries = slices.DeleteFunc(d.out.Deliveries, func(o Delivery) bool {
		return o.Lane == l && o.Key == key
	})
	d.out.Cancel = append(d.out.Cancel, DeliveryKey{l, key})
}

// orderGap parts two lines whose own times do not: a millisecond leaves room
// for lines that are heard late.
const orderGap = time.Millisecond

// say adds a public message and, unless the desk has it already, its mirrored
// line.
func (d *decision) say(m Message) Message {
	d.c.Seq++
	d.c.Rev++
	m.ID, m.Conversation = MessageID(d.newID()), d.c.ID
	m.Seq, m.Rev, m.FirstRev, m.CreatedAt = d.c.Seq, d.c.Rev, d.c.Rev, d.now
	if m.Order.IsZero() {
		m.Order = d.now
		if !m.Order.After(d.c.LastOrder) {
			m.Order = d.c.LastOrder.Add(orderGap)
		}
	}
	if m.Order.After(d.c.LastOrder) {
		d.c.LastOrder = m.Order
	}
	switch m.Author.Kind {
	case ByAssistant:
		d.c.Alone++
	case ByAgent, BySystem:
		d.c.Alone = 0
	}
	d.dirty = true
	d.out.Messages = append(d.out.Messages, m)
	if m.LineKey == "" && !d.c.Quiet || d.elsewhere {
		line := LineDelivery(m, d.priority(), d.now)
		line.Body = body(lineBody(m, d.pageOf(m)))
		d.put(line)
		d.mirrorFiles(m)
	}
	d.out.Receipt.Message = m.ID
	return m
}

// visit makes page the newest of the trail.
func (d *decision) visit(page string) {
	d.c.PageURL = page
	trail := slices.DeleteFunc(slices.Clone(d.c.Trail), func(s string) bool { return s == page })
	d.c.Trail = append(trail, page)
	if n := len(d.c.Trail); n > maxTrail {
		d.c.Trail = d.c.Trail[n-maxTrail:]
	}
}

// pageOf is the page a visitor wrote from, where it is news to the thread.
func (d *decision) pageOf(m Message) string {
	if m.Author.Kind != ByVisitor || d.c.PageURL == d.state.Conversation.PageURL {
		return ""
	}
	return d.c.PageURL
}

// announce says one of the site's texts.
func (d *decision) announce(text string, by Agent) {
	if text == "" {
		return
	}
	receipt := d.out.Receipt.Message
	text = d.fill(text, by)
	d.say(Message{
		Author: Author{Kind: BySystem, Name: by.Name, Title: by.Title, Agent: by.ID},
		Text:   text, HTML: PlainHTML(text),
	})
	d.out.Receipt.Message = receipt
}

// fill replaces the placeholders of a site's text.
func (d *decision) fill(text string, by Agent) string {
	name, title := by.Name, ""
	if name == "" {
		name = "A colleague"
	}
	if by.Title != "" {
		title = ", " + by.Title
	}
	return strings.NewReplacer("{agent}", name, "{title}", title, "{assistant}", d.site.AssistantName,
		"{number}", d.site.AfterHours.Number, "{opening}", d.opening()).Replace(text)
}

// askAssistant asks for an answer to the visitor's newest message.
func (d *decision) askAssistant() {
	if d.pastLimit() {
		return
	}
	d.spend(1, 0)
	due := d.now
	if d.c.Restarts <= maxRestarts {
		due = d.now.Add(AnswerPause)
	}
	d.c.Restarts++
	d.c.Turn++
	d.dirty = true
	d.put(Delivery{
		Lane: LaneAssistant, Key: "answer:" + string(d.c.ID), Kind: KindAnswer, Subject: string(d.c.ID),
		Priority: 1, Due: due, Body: body(AnswerBody{Turn: d.c.Turn, Epoch: d.c.Epoch}),
	})
}

// mergeContact keeps what the visitor said about themselves; what is empty
// changes nothing. It reports whether anything is new.
func (d *decision) mergeContact(c Contact) bool {
	v := d.state.Visitor
	if d.out.Visitor != nil {
		v = *d.out.Visitor
	}
	old := v
	v.Fields = maps.Clone(v.Fields)
	set := func(to *string, from string) {
		if from = strings.TrimSpace(from); from != "" {
			*to = from
		}
	}
	set(&v.Name, c.Name)
	set(&v.Email, c.Email)
	set(&v.Phone, c.Phone)
	for k, f := range c.Fields {
		if v.Fields == nil {
			v.Fields = map[string]string{}
		}
		v.Fields[k] = f
	}
	if v.Name == old.Name && v.Email == old.Email && v.Phone == old.Phone && maps.Equal(v.Fields, old.Fields) {
		return false
	}
	if v.ID == "" {
		v.ID, v.SiteID, v.CreatedAt = d.c.VisitorID, d.c.SiteID, d.now
	}
	d.out.Visitor = &v
	return true
}

// body encodes a delivery's body. The bodies are plain structs of this
// package, which always encode.
func body(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("bridge: encode body: " + err.Error())
	}
	return b
}
