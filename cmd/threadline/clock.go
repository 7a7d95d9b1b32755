package main

import (
	"time"

	"github.com/google/uuid"
)

// wallClock is the machine's clock.
type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now().UTC() }

func (wallClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// newID makes an id that sorts by the time it was made.
func newID() string {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.NewString() // the clock is of no use; random is as unique
	}
	return id.String()
}
