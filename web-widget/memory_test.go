package widget

import (
	"context"
	"errors"
	"slices"
	"sync"

	"threadline/bridge"
)

// memory is the ledger and the tables that visitors touch. The ports that
// only the desk and the lanes need are nil: to call them is a test's mistake.
type memory struct {
	bridge.Outbox
	bridge.Reader
	bridge.Keeper

	mu       sync.Mutex
	broken   bool
	sites    map[bridge.SiteID]bridge.Site
	visitors map[bridge.VisitorID]bridge.Visitor
	agents   map[bridge.AgentID]bridge.Agent
	convs    map[bridge.ConversationID]bridge.Conversation
	handoffs map[bridge.HandoffID]bridge.Handoff
	lines    map[string]bridge.Line
	messages []bridge.Message
	receipts map[string]bridge.Receipt
	// pause, if set, is called before each reading of changed messages.
	pause func()
}

var errBroken = errors.New("disk full")

func newMemory() *memory {
	site := bridge.DefaultSite()
	site.Origins = []string{"https://shop.example"}
	other := bridge.DefaultSite()
	other.ID, other.Origins = "other", []string{"https://other.example/"}
	return &memory{
		sites:    map[bridge.SiteID]bridge.Site{site.ID: site, other.ID: other},
		visitors: map[bridge.VisitorID]bridge.Visitor{},
		agents:   map[bridge.AgentID]bridge.Agent{},
		convs:    map[bridge.ConversationID]bridge.Conversation{},
		handoffs: map[bridge.HandoffID]bridge.Handoff{},
		lines:    map[string]bridge.Line{},
		receipts: map[string]bridge.Receipt{},
	}
}

// lock enters the store, unless it is broken.
func (m *memory) lock() error {
	m.mu.Lock()
	if m.broken {
		m.mu.Unlock()
		return errors.Join(bridge.ErrUnavailable, errBroken)
	}
	return nil
}

func (m *memory) setBroken(b bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = b
}

func find[K comparable, V any](m *memory, table map[K]V, key K) (V, error) {
	if err := m.lock(); err != nil {
		var none V
		return none, err
	}
	defer m.mu.Unlock()
	v, ok := table[key]
	if !ok {
		return v, bridge.ErrNotFound
	}
	return v, nil
}

func (m *memory) Site(_ context.Context, id bridge.SiteID) (bridge.Site, error) {
	return find(m, m.sites, id)
}

func (m *memory) Visitor(_ context.Context, id bridge.VisitorID) (bridge.Visitor, error) {
	return find(m, m.visitors, id)
}

func (m *memory) Agent(_ context.Context, id bridge.AgentID) (bridge.Agent, error) {
	return find(m, m.agents, id)
}

func (m *memory) Conversation(_ context.Context, id bridge.ConversationID) (bridge.Conversation, error) {
	return find(m, m.convs, id)
}

func (m *memory) Sites(context.Context) ([]bridge.Site, error) {
	if err := m.lock(); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var all []bridge.Site
	for _, s := range m.sites {
		all = append(all, s)
	}
	return all, nil
}

func (m *memory) SaveVisitor(_ context.Context, v bridge.Visitor) error {
	if err := m.lock(); err != nil {
		return err
	}
	defer m.mu.Unlock()
	m.visitors[v.ID] = v
	return nil
}

func (m *memory) SaveAgent(_ context.Context, a bridge.Agent) error {
	if err := m.lock(); err != nil {
		return err
	}
	defer m.mu.Unlock()
	m.agents[a.ID] = a
	return nil
}

func (m *memory) Revs(_ context.Context, ids []bridge.ConversationID) (map[bridge.ConversationID]int64, error) {
	if err := m.lock(); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	out := map[bridge.ConversationID]int64{}
	for _, id := range ids {
		if c, ok := m.convs[id]; ok {
			out[id] = c.Rev
		}
	}
	return out, nil
}

func (m *memory) Message(_ context.Context, id bridge.MessageID) (bridge.Message, error) {
	list, err := m.where(func(o bridge.Message) bool { return o.ID == id })
	if err != nil || len(list) == 0 {
		return bridge.Message{}, errors.Join(err, bridge.ErrNotFound)
	}
	return list[0], nil
}

func (m *memory) where(keep func(bridge.Message) bool) ([]bridge.Message, error) {
	if err := m.lock(); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var out []bridge.Message
	for _, o := range m.messages {
		if keep(o) {
			out = append(out, o)
		}
	}
	return out, nil
}

func (m *memory) Messages(_ context.Context, id bridge.ConversationID, after int64, limit int) ([]bridge.Message, error) {
	list, err := m.where(func(o bridge.Message) bool { return o.Conversation == id && o.Seq > after })
	slices.SortFunc(list, func(a, b bridge.Message) int { return int(a.Seq - b.Seq) })
	return list[:min(len(list), limit)], err
}

func (m *memory) Changed(_ context.Context, id bridge.ConversationID, after int64, limit int) ([]bridge.Message, error) {
	if m.pause != nil {
		m.pause()
	}
	list, err := m.where(func(o bridge.Message) bool { return o.Conversation == id && o.Rev > after })
	slices.SortFunc(list, func(a, b bridge.Message) int { return int(a.Rev - b.Rev) })
	return list[:min(len(list), limit)], err
}

// Settle is one transaction: the lock is held throughout.
func (m *memory) Settle(_ context.Context, q bridge.Query, decide func(bridge.State) (bridge.Changes, error)) (bridge.Receipt, error) {
	if err := m.lock(); err != nil {
		return bridge.Receipt{}, err
	}
	defer m.mu.Unlock()
	if r, ok := m.receipts[q.Key]; ok && q.Key != "" {
		r.Repeat = true
		return r, nil
	}
	changes, err := decide(m.state(q))
	if err != nil {
		return bridge.Receipt{}, err
	}
	if c := changes.Conversation; c != nil {
		m.convs[c.ID] = *c
	}
	if h := changes.Handoff; h != nil {
		m.handoffs[h.ID] = *h
	}
	if v := changes.Visitor; v != nil {
		m.visitors[v.ID] = *v
	}
	if a := changes.Agent; a != nil {
		m.agents[a.ID] = *a
	}
	for _, l := range changes.Lines {
		m.lines[l.Key] = l
	}
	for _, n := range changes.Messages {
		m.messages = slices.DeleteFunc(m.messages, func(o bridge.Message) bool { return o.ID == n.ID })
		m.messages = append(m.messages, n)
	}
	m.receipts[q.Key] = changes.Receipt
	return changes.Receipt, nil
}

func (m *memory) state(q bridge.Query) bridge.State {
	s := bridge.State{Conversation: m.convs[q.Conversation], Agents: m.agents}
	s.Conversation.ID = q.Conversation
	s.Visitor = m.visitors[s.Conversation.VisitorID]
	for _, h := range m.handoffs {
		if h.Conversation == q.Conversation && h.Open() {
			s.Handoff = &h
		}
	}
	if h, ok := m.handoffs[q.Handoff]; ok {
		s.Named = &h
	}
	if l, ok := m.lines[q.Line]; ok {
		s.Line = &l
	}
	for _, o := range m.messages {
		if o.Conversation != q.Conversation {
			continue
		}
		if (s.Line != nil && o.ID == s.Line.Message) || (q.Client != "" && o.ClientID == q.Client) {
			s.Message = &o
		}
		s.Recent = append(s.Recent, o)
	}
	return s
}
