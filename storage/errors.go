package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/lib/pq"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"threadline/bridge"
)

var (
	errClosed = fmt.Errorf("%w: the store is closed", bridge.ErrUnavailable)
	// errGroup is what the other jobs of a group get when the database failed
	// one of them or the commit.
	errGroup = fmt.Errorf("%w: the commit failed", bridge.ErrUnavailable)
)

// failure wraps an error once with what was being done, and with the sentinel
// of bridge that says what it means.
func failure(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("storage: %s: %w", what, bridge.ErrNotFound)
	case !errors.Is(err, bridge.ErrUnavailable) && isUnavailable(err):
		return fmt.Errorf("storage: %s: %w: %w", what, bridge.ErrUnavailable, err)
	}
	return fmt.Errorf("storage: %s: %w", what, err)
}

// isUnavailable reports whether the error is the database's trouble and not
// that of the statement: it may go away, and nothing was committed.
func isUnavailable(err error) bool {
	var ours *sqlite.Error
	var theirs *pq.Error
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return false
	case errors.Is(err, bridge.ErrUnavailable), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, net.ErrClosed):
		return true
	case errors.As(err, &ours):
		switch ours.Code() & 0xff { // the rest is the extended code
		case lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN,
			lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_NOMEM, lib.SQLITE_PROTOCOL:
			return true
		}
		return false
	case errors.As(err, &theirs):
		switch code := string(theirs.Code); {
		case strings.HasPrefix(code, "08"), // connection
			strings.HasPrefix(code, "53"),    // disk full, out of memory, too many connections
			strings.HasPrefix(code, "57P0"),  // shutting down, crashed, starting
			strings.HasPrefix(code, "58"),    // input or output
			code == "25006", code == "0A000": // the server has become a standby, which begins no such transaction
			return true
		}
		return false
	}
	return errors.As(err, &network)
}

// wantsRetry reports whether PostgreSQL asks for the transaction to be run
// again: a serialization failure or a deadlock.
func wantsRetry(err error) bool {
	var e *pq.Error
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}
