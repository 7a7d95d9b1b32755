package main

import (
	"threadline/bridge"
	"threadline/slackapp"
	"threadline/web-widget"
)

// ears are what in this process hears of what happens: the visitors' streams,
// and the desk of what passes.
type ears struct {
	*widget.Hub
	desk *slackapp.Desk
}

// Sign implements bridge.Feed.
func (e ears) Sign(s bridge.Sign) {
	e.Hub.Sign(s)
	e.desk.Sign(s)
}
