//go:build !chaos

package main

import "threadline/slackapp"

// paced leaves Slack's paces as they are; a build with the tag "chaos", made
// for tests, shortens them.
func paced(c slackapp.Config) slackapp.Config { return c }
