package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"threadline/bridge"
)

const (
	// pieceBytes is what one write carries of a file: a few milliseconds on
	// the slower engine.
	pieceBytes = 256 << 10
	// uploadHour is how long an upload that no message carries counts against
	// its conversation.
	uploadHour = time.Hour
	// sweepFiles bounds how many files one sweep forgets.
	sweepFiles = 50
)

const fileColumns = "id, conversation_id, from_desk, message_id, desk_id, name, type, size, width, height, whole, uploader, created_at"

type fileRow struct {
	ID           bridge.FileID         `db:"id"`
	Conversation bridge.ConversationID `db:"conversation_id"`
	FromDesk     bool                  `db:"from_desk"`
	Message      bridge.MessageID      `db:"message_id"`
	DeskID       string                `db:"desk_id"`
	Name         string                `db:"name"`
	Type         string                `db:"type"`
	Size         int64                 `db:"size"`
	Width        int                   `db:"width"`
	Height       int                   `db:"height"`
	Whole        bool                  `db:"whole"`
	Uploader     string                `db:"uploader"`
	CreatedAt    instant               `db:"created_at"`
}

func (r fileRow) domain() bridge.File {
	return bridge.File{
		Attachment:   bridge.Attachment{ID: r.ID, Name: r.Name, Type: r.Type, Size: r.Size, Width: r.Width, Height: r.Height},
		Conversation: r.Conversation, FromDesk: r.FromDesk, Message: r.Message, DeskID: r.DeskID, CreatedAt: r.CreatedAt.Time,
	}
}

// AddFile implements bridge.Files. The bytes go in piece by piece, each in a
// transaction of its own; a file that breaks off is swept like one that nobody
// sent.
func (s *Store) AddFile(ctx context.Context, f bridge.File, data []byte, room bridge.UploadRoom) error {
	if f.CreatedAt.IsZero() {
		f.CreatedAt = s.now()
	}
	there := false
	err := s.write(ctx, "add file "+string(f.ID), func(ctx context.Context, t *tx) error {
		there = false
		var r fileRow
		err := t.get(ctx, &r, `SELECT `+fileColumns+` FROM files WHERE id = $1`, f.ID)
		if err == nil && r.Whole {
			there = true
			return nil
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := t.roomForFile(ctx, f, room); err != nil {
			return err
		}
		return t.put(ctx, "files", "id", fileColumns, fileRow{
			ID: f.ID, Conversation: f.Conversation, FromDesk: f.FromDesk, Message: f.Message, DeskID: f.DeskID, Name: f.Name,
			Type: f.Type, Size: f.Size, Width: f.Width, Height: f.Height,
			Uploader: room.Uploader, CreatedAt: at(f.CreatedAt),
		})
	})
	if err != nil || there {
		return err
	}
	for n := 0; n*pieceBytes < len(data); n++ {
		piece := data[n*pieceBytes : min((n+1)*pieceBytes, len(data))]
		err := s.write(ctx, fmt.Sprintf("add piece %d of file %s", n, f.ID), func(ctx context.Context, t *tx) error {
			_, err := t.exec(ctx, `INSERT INTO file_pieces (file_id, ordinal, data) VALUES ($1, $2, $3)
				ON CONFLICT (file_id, ordinal) DO UPDATE SET data = excluded.data`, f.ID, n, piece)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.write(ctx, "finish file "+string(f.ID), func(ctx context.Context, t *tx) error {
		n, err := t.exec(ctx, `UPDATE files SET whole = TRUE WHERE id = $1`, f.ID)
		if err == nil && n == 0 {
			err = sql.ErrNoRows // swept meanwhile
		}
		return err
	})
}

// roomForFile counts what the conversation, the place that the file comes from
// and everybody have uploaded and not sent. What is still on its way counts in full.
func (t *tx) roomForFile(ctx context.Context, f bridge.File, room bridge.UploadRoom) error {
	if room == (bridge.UploadRoom{}) {
		return nil
	}
	if err := t.lockName(ctx, "uploads"); err != nil {
		return err
	}
	if room.Files > 0 {
		var n int
		err := t.get(ctx, &n, `SELECT count(*) FROM files
			WHERE conversation_id = $1 AND message_id = '' AND NOT from_desk AND created_at > $2 AND id <> $3`,
			f.Conversation, at(f.CreatedAt.Add(-uploadHour)), f.ID)
		if err != nil {
			return err
		}
		if n >= room.Files {
			return bridge.ErrTooMany
		}
	}
	if room.Bytes <= 0 && room.UploaderBytes <= 0 {
		return nil
	}
	var used struct {
		All      int64 `db:"everybody"`
		Uploader int64 `db:"uploader"`
	}
	err := t.get(ctx, &used, `SELECT CAST(COALESCE(sum(taken), 0) AS BIGINT) AS everybody,
			CAST(COALESCE(sum(CASE WHEN uploader = $3 THEN taken ELSE 0 END), 0) AS BIGINT) AS uploader
		FROM (SELECT uploader, CASE WHEN size < $2 THEN $2 ELSE size END AS taken FROM files
			WHERE message_id = '' AND NOT from_desk AND id <> $1) AS unsent`, f.ID, int64(bridge.LeastUpload), room.Uploader)
	if err != nil {
		return err
	}
	takes := max(f.Size, bridge.LeastUpload)
	if room.UploaderBytes > 0 && used.Uploader+takes > room.UploaderBytes {
		return bridge.ErrShare
	}
	if room.Bytes > 0 && used.All+takes > room.Bytes {
		return bridge.ErrFull
	}
	return nil
}

// File implements bridge.Files.
func (s *Store) File(ctx context.Context, id bridge.FileID) (bridge.File, error) {
	var r fileRow
	err := s.reads.get(ctx, &r, `SELECT `+fileColumns+` FROM files WHERE id = $1 AND whole`, id)
	return r.domain(), failure("file "+string(id), err)
}

// wholeFiles reads the named files and keeps the sweeper from them until the
// transaction ends.
func (t *tx) wholeFiles(ctx context.Context, ids []bridge.FileID) ([]bridge.File, error) {
	var rows []fileRow
	err := listIn(ctx, t.conn, &rows, `SELECT `+fileColumns+` FROM files WHERE whole AND id IN (`, `) ORDER BY id`+t.forUpdate, ids)
	files := make([]bridge.File, len(rows))
	for i, r := range rows {
		files[i] = r.domain()
	}
	return files, err
}

// linkFile says which message carries the file from now on.
func (t *tx) linkFile(ctx context.Context, l bridge.FileLink, now time.Time) error {
	_, err := t.exec(ctx, `UPDATE files SET message_id = $2, uploader = '', created_at = CASE WHEN $2 = '' THEN CAST($3 AS BIGINT) ELSE created_at END
		WHERE id = $1`, l.File, l.Message, at(now))
	return err
}

// ReadFile implements bridge.Files. No transaction spans it, so that a slow
// reader holds nothing up.
func (s *Store) ReadFile(ctx context.Context, id bridge.FileID, to io.Writer) error {
	f, err := s.File(ctx, id)
	if err != nil {
		return err
	}
	for n := int64(0); n*pieceBytes < f.Size; n++ {
		var piece []byte
		if err := s.reads.get(ctx, &piece, `SELECT data FROM file_pieces WHERE file_id = $1 AND ordinal = $2`, id, n); err != nil {
			return failure(fmt.Sprintf("piece %d of file %s", n, id), err)
		}
		if _, err := to.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// DropFile implements bridge.Files.
func (s *Store) DropFile(ctx context.Context, c bridge.ConversationID, id bridge.FileID) error {
	return s.write(ctx, "drop file "+string(id), func(ctx context.Context, t *tx) error {
		n, err := t.exec(ctx, `DELETE FROM files WHERE id = $1 AND conversation_id = $2 AND message_id = '' AND NOT from_desk`, id, c)
		if err == nil && n == 0 {
			err = sql.ErrNoRows
		}
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `DELETE FROM file_pieces WHERE file_id = $1`, id)
		return err
	})
}

// SetDeskID implements bridge.Files.
func (s *Store) SetDeskID(ctx context.Context, id bridge.FileID, deskID string) error {
	return s.write(ctx, "set desk id of file "+string(id), func(ctx context.Context, t *tx) error {
		n, err := t.exec(ctx, `UPDATE files SET desk_id = $2 WHERE id = $1`, id, deskID)
		if err == nil && n == 0 {
			err = sql.ErrNoRows
		}
		return err
	})
}

// FileDelivery implements bridge.Files.
func (s *Store) FileDelivery(ctx context.Context, deskID string) (bridge.DeliveryID, error) {
	var id bridge.DeliveryID
	err := s.reads.get(ctx, &id, `SELECT d.id FROM files f JOIN deliveries d ON d.conversation_id = f.conversation_id AND d.subject = f.id
		WHERE f.desk_id = $1 AND f.desk_id <> '' AND d.lane = $2 AND d.kind = $3 AND d.done_at IS NULL`, deskID, bridge.LanePost, bridge.KindFile)
	return id, failure("delivery of the desk's file "+deskID, err)
}

// SweepFiles implements bridge.Files. Each file goes in a transaction of its
// own, for the bytes of many would hold up the writer.
func (s *Store) SweepFiles(ctx context.Context, before time.Time) (int, error) {
	var ids []bridge.FileID
	err := s.reads.list(ctx, &ids, `SELECT id FROM files WHERE message_id = '' AND created_at < $1 ORDER BY created_at LIMIT $2`, at(before), sweepFiles)
	if err != nil {
		return 0, failure("look for files to sweep", err)
	}
	swept := 0
	for _, id := range ids {
		var n int64
		err := s.write(ctx, "sweep file "+string(id), func(ctx context.Context, t *tx) (err error) {
			// A message may have taken it meanwhile.
			n, err = t.exec(ctx, `DELETE FROM files WHERE id = $1 AND message_id = '' AND created_at < $2`, id, at(before))
			if err == nil && n > 0 {
				_, err = t.exec(ctx, `DELETE FROM file_pieces WHERE file_id = $1`, id)
			}
			return err
		})
		if err != nil {
			return swept, err
		}
		swept += int(n)
	}
	return swept, nil
}
