//go:build race

package slackapp_test

import "time"

// The race detector makes SQLite twenty times as slow, and the figures are the
// same with it: one short run looks for races.
const pacingTime = 40 * time.Second

var pacingLoads = []pacingLoad{{name: "20/s", rate: 20}}
