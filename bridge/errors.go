package bridge

import "errors"

var (
	// ErrNotFound: no such thing.
	ErrNotFound = errors.New("not found")
	// ErrStale: the delivery was replaced or taken by somebody else meanwhile.
	ErrStale = errors.New("stale fence")
	// ErrUnavailable: the database cannot be read or written at present.
	ErrUnavailable = errors.New("storage unavailable")
	// ErrTooMany: there is no room for more of these.
	ErrTooMany = errors.New("too many")
	// ErrFull: everybody together has used up what there is room for.
	ErrFull = errors.New("full")
	// ErrShare: one place has used up its share of what there is room for.
	ErrShare = errors.New("share used up")
	// ErrNoModel: no language model is configured.
	ErrNoModel = errors.New("no language model")
)

// SetupError says in words for a person why settings were not changed.
type SetupError struct{ Cause error }

// Error implements error.
func (e *SetupError) Error() string { return e.Cause.Error() }

// Unwrap gives the cause.
func (e *SetupError) Unwrap() error { return e.Cause }
