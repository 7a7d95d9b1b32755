package bridge

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// model is a store of one conversation, small enough to be obviously right:
// it runs Decide and applies what comes back.
type model struct {
	now        time.Time
	ids        int
	site       Site
	setup      Setup
	duties     map[AgentID]Duty
	elsewhere  map[AgentID]int // what agents hold of other conversations
	audit      []AuditEntry
	spent      Spent
	conv       Conversation
	handoffs   map[HandoffID]Handoff
	visitor    Visitor
	agents     map[AgentID]Agent
	messages   []Message
	lines      map[string]Line
	files      map[FileID]File
	tasks      map[TaskID]Task
	deliveries []Delivery
	settled    map[string]Receipt
	channels   map[Route]string
	bookings   map[BookingID]Booking // also of other conversations
	kept       []KeptFile
	// stamps counts what the desk has stamped: its own clock, or with clocked one
	// that goes with now.
	stamps  int
	clocked bool
}

const convID = ConversationID("c1")

func newModel() *model {
	return &model{
		now:  time.Date(2026, 3, 8, 7, 59, 58, 0, time.UTC),
		site: DefaultSite(), setup: deskSetup(), duties: map[AgentID]Duty{}, elsewhere: map[AgentID]int{}, conv: Conversation{ID: convID},
		handoffs: map[HandoffID]Handoff{}, agents: map[AgentID]Agent{},
		lines: map[string]Line{}, files: map[FileID]File{}, tasks: map[TaskID]Task{}, settled: map[string]Receipt{},
		bookings: map[BookingID]Booking{},
	}
}

// deskSetup has a team that offers what waits to its two members, and one that
// has none.
func deskSetup() Setup {
	s := DefaultSetup()
	s.Teams[0].Members = []Member{{ID: "U1", Capacity: 2}, {ID: "U2", Capacity: 2}}
	s.Teams[0].Booking = BookingOn
	s.Teams = append(s.Teams, Team{ID: "sales", Name: "Sales", Group: "S1"})
	return s
}

// load is what an agent holds and is offered, everywhere.
func (m *model) load(id AgentID) int {
	n := m.elsewhere[id]
	if m.conv.Holder == id {
		n++
	}
	if h := m.openHandoff(); h != nil && h.OfferedTo == id {
		n++
	}
	return n
}

func (m *model) id() string { m.ids++; return fmt.Sprintf("id%d", m.ids) }

// stamp is the next instant of the desk's clock.
// stamp is the desk's next one, by the clock of the model where it is clocked.
func (m *model) stamp() string {
	m.stamps++
	at := int64(1700000000)
	if m.clocked {
		at = m.now.Unix()
	}
	return fmt.Sprintf("%d.%06d", at, m.stamps)
}

func (m *model) openHandoff() *Handoff {
	for _, h := range m.handoffs {
		if h.Open() {
			return &h
		}
	}
	return nil
}

func (m *model) state(q Query) State {
	s := State{Conversation: m.conv, Handoff: m.openHandoff(), Visitor: m.visitor, Agents: m.agents}
	s.Conversation.Holds = slices.Clone(m.conv.Holds)
	s.Conversation.Joins = slices.Clone(m.conv.Joins)
	if h, ok := m.handoffs[q.Handoff]; ok {
		s.Named = &h
	}
	s.Recent = slices.Clone(m.messages[max(len(m.messages)-RecentMessages, 0):])
	if b, ok := m.bookings[m.conv.Booking]; ok {
		s.Booking = &b
	}
	for _, b := range m.bookings {
		if q.Bookings && b.Booked() {
			s.Booked = append(s.Booked, b)
		}
	}
	if l, ok := m.lines[q.Line]; ok && q.Line != "" {
		s.Line = &l
	}
	if len(q.Crew) > 0 {
		s.Crew = map[AgentID]Crew{}
	}
	for _, id := range q.Crew {
		s.Crew[id] = Crew{Duty: m.duties[id], Load: m.load(id)}
	}
	for _, key := range m.conv.Delayed {
		s.Delayed = append(s.Delayed, m.lines[key])
	}
	slices.SortFunc(s.Delayed, func(a, b Line) int { return strings.Compare(a.Stamp, b.Stamp) })
	if t, ok := m.tasks[q.Task]; ok {
		s.Task = &t
	}
	for _, id := range q.Files {
		if f, ok := m.files[id]; ok {
			s.Files = append(s.Files, f)
		}
	}
	for _, msg := range m.messages {
		if (s.Line != nil && msg.ID == s.Line.Message) || (q.Client != "" && msg.ClientID == q.Client) || (q.Seq > 0 && msg.Seq == q.Seq) {
			s.Message = &msg
		}
	}
	return s
}

// settle plays an event and returns its receipt and what it changed.
func (m *model) settle(e Event) (Receipt, Changes) {
	q := e.query()
	if r, ok := m.settled[q.Key]; ok && q.Key != "" {
		r.Repeat = true
		return r, Changes{}
	}
	c := Decide(m.state(q), Settings{Site: m.site, Setup: m.setup, Channels: m.channels, Spent: m.spent}, e, m.now, m.id)
	if c.Conversation != nil {
		m.conv = *c.Conversation
	}
	if c.Handoff != nil {
		m.handoffs[c.Handoff.ID] = *c.Handoff
	}
	if c.Visitor != nil {
		m.visitor = *c.Visitor
	}
	if c.Agent != nil {
		m.agents[c.Agent.ID] = *c.Agent
	}
	for _, msg := range c.Messages {
		if i := slices.IndexFunc(m.messages, func(o Message) bool { return o.ID == msg.ID }); i >= 0 {
			m.messages[i] = msg
		} else {
			m.messages = append(m.messages, msg)
		}
	}
	for _, l := range c.Lines {
		m.lines[l.Key] = l
	}
	for _, v := range c.Duties {
		m.duties[v.Agent] = v
	}
	if c.Booking != nil {
		m.bookings[c.Booking.ID] = *c.Booking
	}
	for _, f := range c.Kept {
		m.kept = append(m.kept, f)
		m.files[f.ID] = f.File
	}
	for _, t := range c.Tasks {
		m.tasks[t.ID] = t
	}
	m.audit = append(m.audit, c.Audit...)
	for _, link := range c.Files {
		if f, ok := m.files[link.File]; ok {
			f.Message = link.Message
			m.files[link.File] = f
		}
	}
	for _, k := range c.Cancel {
		m.deliveries = slices.DeleteFunc(m.deliveries, func(d Delivery) bool { return d.Lane == k.Lane && d.Key == k.Key })
	}
	if r := c.Replay; r != nil {
		if r.Anew {
			m.deliveries = slices.DeleteFunc(m.deliveries, func(d Delivery) bool { return d.Kind == KindLine || d.Kind == KindFile })
		}
		for _, msg := range m.messages {
			if msg.Seq > r.After && msg.Seq <= r.To && !msg.Deleted && (r.Anew || msg.LineKey == "") {
				for _, d := range MirrorOf(msg, r.Priority, m.now) {
					d.ID = DeliveryID(m.id())
					m.deliveries = append(m.deliveries, d)
				}
			}
		}
	}
	for _, d := range c.Deliveries {
		if d.Key != "" {
			m.deliveries = slices.DeleteFunc(m.deliveries, func(o Delivery) bool { return o.Lane == d.Lane && o.Key == d.Key })
		}
		m.deliveries = append(m.deliveries, d)
	}
	if q.Key != "" && (!q.KeepIfDone || c.Receipt.Verdict == Done) {
		m.settled[q.Key] = c.Receipt
	}
	return c.Receipt, c
}

// pending returns the first unsettled delivery of a kind.
func (m *model) pending(kind string) (Delivery, bool) {
	i := slices.IndexFunc(m.deliveries, func(d Delivery) bool { return d.Kind == kind })
	if i < 0 {
		return Delivery{}, false
	}
	return m.deliveries[i], true
}

// done settles a delivery that has been done.
func (m *model) done(id DeliveryID) {
	m.deliveries = slices.DeleteFunc(m.deliveries, func(d Delivery) bool { return d.ID == id })
}

func bodyOf[T any](d Delivery) T {
	var v T
	if err := json.Unmarshal(d.Body, &v); err != nil {
		panic(err)
	}
	return v
}

func dana() Agent { return Agent{ID: "U1", Name: "Dana Whitfield", Title: "Dispatcher"} }
func lee() Agent  { return Agent{ID: "U2", Name: "Lee Park"} }
func gus() Agent  { return Agent{ID: "U3", Name: "Gus Guest", Outsider: true} }

// Events as they come from the doors.

func (m *model) writes(text string) VisitorWrote {
	return VisitorWrote{Conversation: convID, Visitor: "v1", SiteID: "default", ClientID: m.id(), Text: text}
}

// uploads keeps a file of the visitor's and returns its id.
func (m *model) uploads(name string) FileID {
	id := FileID(m.id())
	m.files[id] = File{Attachment: Attachment{ID: id, Name: name, Type: "image/png", Size: 84_000}, Conversation: convID}
	return id
}

// shares is a line with a file. A fetched one is here before the line is.
func (m *model) shares(a Agent, text, file string, fetched bool) AgentWrote {
	e := m.line(a, text)
	f := DeskFile{ID: "F" + m.id(), Name: file, Size: 84_000}
	if fetched {
		e.Kept = []Attachment{m.fetched(e.Key, f)}
	}
	e.Files = []DeskFile{f}
	return e
}

// fetched keeps a file of the desk's.
func (m *model) fetched(line string, f DeskFile) Attachment {
	a := Attachment{ID: KeptID(line, f.ID), Name: f.Name, Type: "image/png", Size: f.Size}
	if _, ok := m.files[a.ID]; !ok {
		m.files[a.ID] = File{Attachment: a, Conversation: convID, FromDesk: true}
	}
	return a
}

func (m *model) press(a Agent, h HandoffID) Press {
	return Press{Key: "action:" + m.id(), Conversation: convID, Handoff: h, Agent: a, Stamp: m.stamp()}
}

func (m *model) line(a Agent, text string) AgentWrote {
	s := m.stamp()
	return AgentWrote{Conversation: convID, Key: "C1:" + s, Agent: a, Stamp: s, Source: text, Text: text, HTML: PlainHTML(text)}
}

func (m *model) answers(move Move) AssistantAnswered {
	return AssistantAnswered{
		Conversation: convID, Turn: m.conv.Turn, Epoch: m.conv.Epoch, ReplyID: m.id(),
		Answer: Answer{Move: move, Text: "We do.", HTML: "We do.", Confidence: 0.9},
	}
}
