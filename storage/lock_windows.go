package storage

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// ErrInUse: another process, or another Store of this one, has the SQLite file.
var ErrInUse = errors.New("in use by another process")

// lockFile takes the file's lock for as long as it stays open. The system
// frees it however the process ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
	if err != nil {
		_ = f.Close()
		if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
			return nil, ErrInUse
		}
		return nil, err
	}
	return f, nil
}
