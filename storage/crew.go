package storage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"threadline/bridge"
)

const dutyColumns = "agent_id, state, state_until, missed, last_offered, changed_at"

type dutyRow struct {
	Agent       bridge.AgentID      `db:"agent_id"`
	State       bridge.Availability `db:"state"`
	Until       instant             `db:"state_until"`
	Missed      int                 `db:"missed"`
	LastOffered instant             `db:"last_offered"`
	ChangedAt   instant             `db:"changed_at"`
}

func (r dutyRow) domain() bridge.Duty {
	return bridge.Duty{
		Agent: r.Agent, State: r.State, Until: r.Until.Time, Missed: r.Missed,
		LastOffered: r.LastOffered.Time, ChangedAt: r.ChangedAt.Time,
	}
}

func (c conn) putDuty(ctx context.Context, d bridge.Duty) error {
	return c.put(ctx, "duties", "agent_id", dutyColumns, dutyRow{
		Agent: d.Agent, State: d.State, Until: at(d.Until), Missed: d.Missed,
		LastOffered: at(d.LastOffered), ChangedAt: at(d.ChangedAt),
	})
}

// lockCrew keeps agents' loads still until the transaction ends: nothing else
// can be given to them meanwhile. Everybody locks in rising order, after the
// conversation.
func (t *tx) lockCrew(ctx context.Context, ids []bridge.AgentID) error {
	if !t.locks {
		return nil
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if err := t.lockName(ctx, "agent:"+string(id)); err != nil {
			return fmt.Errorf("lock agent %s: %w", id, err)
		}
	}
	return nil
}

// crew reads agents' duties and loads.
func (c conn) crew(ctx context.Context, ids []bridge.AgentID) (map[bridge.AgentID]bridge.Crew, error) {
	crew := make(map[bridge.AgentID]bridge.Crew, len(ids))
	for _, id := range ids {
		crew[id] = bridge.Crew{Duty: bridge.Duty{Agent: id}}
	}
	var duties []dutyRow
	if err := listIn(ctx, c, &duties, `SELECT `+dutyColumns+` FROM duties WHERE agent_id IN (`, `)`, ids); err != nil {
		return nil, err
	}
	for _, r := range duties {
		crew[r.Agent] = bridge.Crew{Duty: r.domain()}
	}
	type load struct {
		Agent bridge.AgentID `db:"agent"`
		N     int            `db:"n"`
	}
	for _, query := range []string{
		`SELECT holder AS agent, count(*) AS n FROM conversations WHERE holder <> '' AND holder IN (`,
		`SELECT offered_to AS agent, count(*) AS n FROM handoffs WHERE offered_to <> '' AND status = 'open' AND offered_to IN (`,
	} {
		var loads []load
		if err := listIn(ctx, c, &loads, query, `) GROUP BY 1`, ids); err != nil {
			return nil, err
		}
		for _, l := range loads {
			member := crew[l.Agent]
			member.Load += l.N
			crew[l.Agent] = member
		}
	}
	return crew, nil
}

// Crew implements bridge.Reader.
func (s *Store) Crew(ctx context.Context, ids []bridge.AgentID) (map[bridge.AgentID]bridge.Crew, error) {
	crew, err := s.reads.crew(ctx, ids)
	return crew, failure("crew", err)
}

// SetDuty implements bridge.Keeper.
func (s *Store) SetDuty(ctx context.Context, id bridge.AgentID, state bridge.Availability, until time.Time, by bridge.Actor) (bridge.Duty, error) {
	var duty bridge.Duty
	err := s.write(ctx, "duty of "+string(id), func(ctx context.Context, t *tx) error {
		if err := t.lockCrew(ctx, []bridge.AgentID{id}); err != nil {
			return err
		}
		crew, err := t.crew(ctx, []bridge.AgentID{id})
		if err != nil {
			return err
		}
		now := s.now()
		before := crew[id].Duty
		duty = bridge.Duty{
			Agent: id, State: state, Until: until.UTC(), LastOffered: before.LastOffered, ChangedAt: now.UTC(),
		}
		if err := t.putDuty(ctx, duty); err != nil {
			return err
		}
		if by.ID == id {
			return nil
		}
		return t.record(ctx, bridge.AuditEntry{
			At: now, Actor: by, Action: bridge.AuditDuty, Subject: string(id),
			Before: string(before.At(now)), After: string(state),
		})
	})
	return duty, err
}
