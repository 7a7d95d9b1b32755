package storage

import (
	"context"

	"threadline/bridge"
	"threadline/bridge/lead"
)

const visitorColumns = "id, site_id, name, email, phone, fields, attributes, lead, created_at, owner, blocked_at, blocked_by, reach"

type visitorRow struct {
	ID         bridge.VisitorID            `db:"id"`
	SiteID     bridge.SiteID               `db:"site_id"`
	Name       string                      `db:"name"`
	Email      string                      `db:"email"`
	Phone      string                      `db:"phone"`
	Fields     document[map[string]string] `db:"fields"`
	Attributes document[map[string]string] `db:"attributes"`
	Lead       document[lead.Assessment]   `db:"lead"`
	CreatedAt  instant                     `db:"created_at"`
	Owner      bridge.AgentID              `db:"owner"`
	BlockedAt  instant                     `db:"blocked_at"`
	BlockedBy  bridge.AgentID              `db:"blocked_by"`
	Reach      document[bridge.Reach]      `db:"reach"`
}

func visitorOf(v bridge.Visitor) visitorRow {
	return visitorRow{
		ID: v.ID, SiteID: v.SiteID, Name: v.Name, Email: v.Email, Phone: v.Phone,
		Fields: document[map[string]string]{v.Fields}, Attributes: document[map[string]string]{v.Attributes},
		Lead: document[lead.Assessment]{v.Lead}, CreatedAt: at(v.CreatedAt),
		Owner: v.Owner, BlockedAt: at(v.BlockedAt), BlockedBy: v.BlockedBy, Reach: document[bridge.Reach]{v.Reach},
	}
}

func (r visitorRow) domain() bridge.Visitor {
	return bridge.Visitor{
		ID: r.ID, SiteID: r.SiteID, Name: r.Name, Email: r.Email, Phone: r.Phone,
		Fields: r.Fields.V, Attributes: r.Attributes.V, Lead: r.Lead.V, CreatedAt: r.CreatedAt.Time,
		Owner: r.Owner, BlockedAt: r.BlockedAt.Time, BlockedBy: r.BlockedBy, Reach: r.Reach.V,
	}
}

const agentColumns = "id, name, title, picture, outsider"

type agentRow struct {
	ID       bridge.AgentID `db:"id"`
	Name     string         `db:"name"`
	Title    string         `db:"title"`
	Picture  string         `db:"picture"`
	Outsider bool           `db:"outsider"`
}

func (r agentRow) domain() bridge.Agent { return bridge.Agent(r) }

// Visitor implements bridge.Reader.
func (s *Store) Visitor(ctx context.Context, id bridge.VisitorID) (bridge.Visitor, error) {
	v, err := s.reads.visitor(ctx, id)
	return v, failure("visitor "+string(id), err)
}

// Agent implements bridge.Reader.
func (s *Store) Agent(ctx context.Context, id bridge.AgentID) (bridge.Agent, error) {
	var r agentRow
	err := s.reads.get(ctx, &r, `SELECT `+agentColumns+` FROM agents WHERE id = $1`, id)
	return r.domain(), failure("agent "+string(id), err)
}

// SaveVisitor implements bridge.Keeper.
func (s *Store) SaveVisitor(ctx context.Context, v bridge.Visitor) error {
	return s.write(ctx, "save visitor "+string(v.ID), func(ctx context.Context, t *tx) error {
		return t.putVisitor(ctx, v)
	})
}

// SaveAgent implements bridge.Keeper.
func (s *Store) SaveAgent(ctx context.Context, a bridge.Agent) error {
	return s.write(ctx, "save agent "+string(a.ID), func(ctx context.Context, t *tx) error {
		return t.putAgent(ctx, a)
	})
}

func (c conn) putVisitor(ctx context.Context, v bridge.Visitor) error {
	return c.put(ctx, "visitors", "id", visitorColumns, visitorOf(v))
}

func (c conn) putAgent(ctx context.Context, a bridge.Agent) error {
	return c.put(ctx, "agents", "id", agentColumns, agentRow(a))
}

func (c conn) visitor(ctx context.Context, id bridge.VisitorID) (bridge.Visitor, error) {
	var r visitorRow
	err := c.get(ctx, &r, `SELECT `+visitorColumns+` FROM visitors WHERE id = $1`, id)
	return r.domain(), err
}

// visitors are those of the ids that are known.
func (c conn) visitors(ctx context.Context, ids []bridge.VisitorID) (map[bridge.VisitorID]bridge.Visitor, error) {
	found := make(map[bridge.VisitorID]bridge.Visitor, len(ids))
	var rows []visitorRow
	err := listIn(ctx, c, &rows, `SELECT `+visitorColumns+` FROM visitors WHERE id IN (`, `)`, ids)
	for _, r := range rows {
		found[r.ID] = r.domain()
	}
	return found, err
}

// agents are those of the ids that are known.
func (c conn) agents(ctx context.Context, ids []bridge.AgentID) (map[bridge.AgentID]bridge.Agent, error) {
	found := make(map[bridge.AgentID]bridge.Agent, len(ids))
	var rows []agentRow
	err := listIn(ctx, c, &rows, `SELECT `+agentColumns+` FROM agents WHERE id IN (`, `)`, ids)
	for _, r := range rows {
		found[r.ID] = r.domain()
	}
	return found, err
}

// listIn appends to rows what a query with a list of ids finds, a few hundred
// ids at a time.
func listIn[Row any, ID ~string](ctx context.Context, c conn, rows *[]Row, before, after string, ids []ID) error {
	const most = 400
	for len(ids) > 0 {
		n := min(most, len(ids))
		args := make([]any, n)
		for i, id := range ids[:n] {
			args[i] = id
		}
		var some []Row
		if err := c.list(ctx, &some, before+marks(1, n)+after, args...); err != nil {
			return err
		}
		*rows = append(*rows, some...)
		ids = ids[n:]
	}
	return nil
}
