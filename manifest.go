// Package threadline holds the Slack app's manifest, so that the program can
// hand it to the simulator and check itself against it.
package threadline

import _ "embed"

// Manifest is manifest.yaml, the app as it is created at Slack.
//
//go:embed manifest.yaml
var Manifest []byte
