package storage

import (
	"context"
	"time"

	"threadline/bridge"
)

const bookingColumns = "id, conversation_id, site_id, team, agent, status, starts_at, ends_at, slots, said, sequence, " +
	"asked_number, created_at, updated_at"

type bookingRow struct {
	ID           bridge.BookingID      `db:"id"`
	Conversation bridge.ConversationID `db:"conversation_id"`
	SiteID       bridge.SiteID         `db:"site_id"`
	Team         bridge.TeamID         `db:"team"`
	Agent        bridge.AgentID        `db:"agent"`
	Status       bridge.BookingStatus  `db:"status"`
	Start        instant               `db:"starts_at"`
	End          instant               `db:"ends_at"`
	Slots        document[[]time.Time] `db:"slots"`
	Said         int64                 `db:"said"`
	Sequence     int                   `db:"sequence"`
	AskedNumber  bool                  `db:"asked_number"`
	CreatedAt    instant               `db:"created_at"`
	UpdatedAt    instant               `db:"updated_at"`
}

func bookingOf(b bridge.Booking) bookingRow {
	return bookingRow{
		ID: b.ID, Conversation: b.Conversation, SiteID: b.SiteID, Team: b.Team, Agent: b.Agent, Status: b.Status,
		Start: at(b.Start), End: at(b.End), Slots: document[[]time.Time]{b.Slots}, Said: b.Said, Sequence: b.Sequence,
		AskedNumber: b.AskedNumber, CreatedAt: at(b.CreatedAt), UpdatedAt: at(b.UpdatedAt),
	}
}

func (r bookingRow) domain() bridge.Booking {
	return bridge.Booking{
		ID: r.ID, Conversation: r.Conversation, SiteID: r.SiteID, Team: r.Team, Agent: r.Agent, Status: r.Status,
		Start: r.Start.Time, End: r.End.Time, Slots: r.Slots.V, Said: r.Said, Sequence: r.Sequence,
		AskedNumber: r.AskedNumber, CreatedAt: r.CreatedAt.Time, UpdatedAt: r.UpdatedAt.Time,
	}
}

// Booking implements bridge.Bookings.
func (s *Store) Booking(ctx context.Context, id bridge.BookingID) (bridge.Booking, error) {
	b, err := s.reads.booking(ctx, id)
	return b, failure("callback "+string(id), err)
}

func (c conn) booking(ctx context.Context, id bridge.BookingID) (bridge.Booking, error) {
	var r bookingRow
	err := c.get(ctx, &r, `SELECT `+bookingColumns+` FROM bookings WHERE id = $1`, id)
	return r.domain(), err
}

// Booked implements bridge.Bookings.
func (s *Store) Booked(ctx context.Context) ([]bridge.Booking, error) {
	all, err := s.reads.booked(ctx)
	return all, failure("callbacks", err)
}

func (c conn) booked(ctx context.Context) ([]bridge.Booking, error) {
	var rows []bookingRow
	if err := c.list(ctx, &rows, `SELECT `+bookingColumns+` FROM bookings WHERE status = 'booked' ORDER BY starts_at, id`); err != nil {
		return nil, err
	}
	all := make([]bridge.Booking, 0, len(rows))
	for _, r := range rows {
		all = append(all, r.domain())
	}
	return all, nil
}

// lockBookings keeps all callbacks still until the transaction ends. It comes
// after the conversation's lock and before those of agents.
func (t *tx) lockBookings(ctx context.Context) error { return t.lockName(ctx, "bookings") }

// keepFile writes a small file whole.
func (t *tx) keepFile(ctx context.Context, f bridge.KeptFile) error {
	err := t.put(ctx, "files", "id", fileColumns, fileRow{
		ID: f.ID, Conversation: f.Conversation, FromDesk: f.FromDesk, Message: f.Message, Name: f.Name,
		Type: f.Type, Size: f.Size, Whole: true, CreatedAt: at(f.CreatedAt),
	})
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO file_pieces (file_id, ordinal, data) VALUES ($1, 0, $2)
		ON CONFLICT (file_id, ordinal) DO UPDATE SET data = excluded.data`, f.ID, f.Data)
	return err
}
