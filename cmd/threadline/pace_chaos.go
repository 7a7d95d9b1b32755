//go:build chaos

package main

import (
	"time"

	"threadline/slackapp"
)

// paced shortens the paces, so that hours of misfortune fit into a minute. It
// changes no rule: what waits still waits, only not as long.
func paced(c slackapp.Config) slackapp.Config {
	c.PostInterval = 150 * time.Millisecond
	c.UpdateInterval = 250 * time.Millisecond
	c.CallInterval = 150 * time.Millisecond
	c.DoubtAfter = 2 * time.Second
	c.Timeout = 1200 * time.Millisecond
	c.Lease = 3 * time.Second
	c.ReadInterval = 200 * time.Millisecond
	c.SecondSocketAfter = 3 * time.Second
	return c
}
