package slackapp_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"threadline/bridge"
	"threadline/slackapp"
)

// standby starts a second process that does not send. What visitors of the test
// do from now on is decided there.
func (r *rig) standby() *slackapp.Desk {
	r.t.Helper()
	early := r.visitor("early")
	early.write("hello")
	early.root() // so the first one sends
	config := r.config
	config.Owner = "standby"
	desk := slackapp.NewDesk(config, r.store)
	r.bridge = bridge.New(bridge.Config{
		Store: r.store, Assistant: silent{}, Feed: silent{}, Clock: clock{}, Logger: r.log,
		NewID:     func() string { return fmt.Sprintf("id%04d", r.ids.Add(1)) },
		ChannelOf: desk.ChannelOf,
	})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := desk.Run(ctx); err != nil {
			r.t.Error(err)
		}
	})
	r.t.Cleanup(func() { cancel(); wg.Wait() })
	return desk
}

// idOf is the id of a channel.
func (r *rig) idOf(name string) string {
	r.t.Helper()
	for _, c := range r.get("state")["channels"].([]any) {
		if c := c.(object); c["name"] == name {
			return c["id"].(string)
		}
	}
	r.t.Fatal("no #" + name)
	return ""
}

// TestAStandbyTellsATeamsChannelApart: it hears of channels that are set while
// it runs, however they are written, and begins no second thread in the same.
func TestAStandbyTellsATeamsChannelApart(t *testing.T) {
	r := newRig(t, brisk)
	desk := r.standby()
	v := r.visitor("same")
	v.write("hello")
	root := v.root()
	id := r.idOf("support")
	r.teams(func(_, sales *bridge.Team) { sales.Channel = id })
	r.site("default", func(s *bridge.Site) { s.Team = "sales" })
	r.within("the standby knows that it is the site's", func() bool { return desk.ChannelOf("") == id && desk.ChannelOf(bridge.Route(id)) == id })
	v.ask()
	v.alert()
	if c := v.conversation(); !c.Left.IsZero() || c.Route != "" || c.Thread.Stamp != root.Stamp {
		t.Errorf("the chat went from %v to %v in %q", c.Left, c.Thread, c.Route)
	}
	r.quiet()
}

// TestAStandbyKnowsWhatTheSenderFoundClosed: it moves no chat into a channel
// that takes no posts, and uses it again when it does.
func TestAStandbyKnowsWhatTheSenderFoundClosed(t *testing.T) {
	r := newRig(t, prompt)
	desk := r.standby()
	r.post("channels", object{"name": "vip", "private": true, "members": []string{"dana", "morgan"}, "app": true})
	r.teams(func(_, sales *bridge.Team) { sales.Channel = "vip" })
	r.site("default", func(s *bridge.Site) { s.Team = "sales" })
	vip := r.idOf("vip")
	r.within("both know the channel", func() bool { return desk.ChannelOf("vip") == vip && r.desk.ChannelOf("vip") == vip })
	r.post("faults", object{"kick": "#vip"})
	first := r.visitor("first")
	first.ask()
	r.within("the alert stands in the site's channel", func() bool { return len(first.alertsIn("support")) == 1 })
	r.within("the standby knows the channel to be closed", func() bool { return desk.ChannelOf("vip") == "" })

	second := r.visitor("second")
	second.ask()
	r.within("the next alert stands there at once", func() bool { return len(second.alertsIn("support")) == 1 })
	if s := second.notesIn("support"); strings.Contains(s, "goes on here") || !second.conversation().Left.IsZero() || second.conversation().Route != "" {
		t.Errorf("the chat has been elsewhere: %q", s)
	}

	r.post("faults", object{"clear": true})
	r.within("the standby knows it to be open", func() bool { return desk.ChannelOf("vip") == vip })
	third := r.visitor("third")
	third.ask()
	r.within("the alert stands in the team's channel", func() bool { return len(third.alertsIn("vip")) == 1 })
	r.quiet()
}
