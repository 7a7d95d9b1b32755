//go:build unix

package storage

import (
	"errors"
	"os"
	"syscall"
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
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrInUse
		}
		return nil, err
	}
	return f, nil
}
