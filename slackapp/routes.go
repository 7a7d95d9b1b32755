package slackapp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

var errNoChannel = errors.New("no such channel, or the app is not invited to it")

// named is the name or id of a route's channel.
func (d *Desk) named(r bridge.Route) string {
	if r == "" {
		return d.c.Channel
	}
	return string(r)
}

// routeKey names a route among closed channels, for as long as the id of its
// channel is unknown.
func routeKey(r bridge.Route) string { return "route:" + string(r) }

// channel finds the id of a route's channel and joins it if it is public. A
// channel that was looked for in vain is asked for again after a while.
func (d *Desk) channel(ctx context.Context, r bridge.Route) (string, error) {
	if id := d.channelIfKnown(r); id != "" {
		return id, nil
	}
	found, err := d.findChannel(ctx, d.named(r))
	if err == nil && found.IsArchived {
		err = fmt.Errorf("channel %q: is_archived: %w", d.named(r), errNoChannel)
	}
	if err == nil && !found.IsMember {
		err = d.join(ctx, found.ID)
	}
	if err != nil {
		return "", err
	}
	id := d.known(found.ID)
	d.where.mu.Lock()
	if d.where.channels == nil {
		d.where.channels = map[bridge.Route]string{}
	}
	d.where.channels[r] = id
	d.where.mu.Unlock()
	d.closed.open(routeKey(r))
	return id, nil
}

// channelIfKnown is the id of a route's channel; empty if it was not found yet.
func (d *Desk) channelIfKnown(r bridge.Route) string {
	d.where.mu.Lock()
	defer d.where.mu.Unlock()
	return d.where.channels[r]
}

// home is the channel in which a chat of that route begins. It shows in the
// status whether it can be used.
func (d *Desk) home(ctx context.Context, r bridge.Route) (string, error) {
	id, err := d.channel(ctx, r)
	switch {
	case err == nil:
		d.state.channel(r, true)
	case isChannelTrouble(err):
		d.state.channel(r, false)
	}
	return id, err
}

func isChannelTrouble(err error) bool {
	k := judge(err).kind
	return k == channelTrouble || k == notInChannel
}

// forgetChannel makes a route be looked up anew.
func (d *Desk) forgetChannel(r bridge.Route) {
	d.where.mu.Lock()
	defer d.where.mu.Unlock()
	delete(d.where.channels, r)
}

// forgetChannels makes every route be looked up anew.
func (d *Desk) forgetChannels() {
	d.where.mu.Lock()
	d.where.channels = nil
	d.where.mu.Unlock()
}

// ChannelOf names a route's channel for [bridge.Config]: by its id if it was
// looked up, else by its name; empty while it takes no posts. It asks nobody.
func (d *Desk) ChannelOf(r bridge.Route) string {
	name, id := d.named(r), ""
	if isID(name, 'C', 'G') {
		id = d.known(name)
	}
	d.where.mu.Lock()
	for other, found := range d.where.channels {
		if d.named(other) == name {
			id = found
		}
	}
	d.where.mu.Unlock()
	at := orElse(id, routeKey(bridge.Route(name)))
	now := d.c.Clock.Now()
	if d.closed.known(at, now) || d.closed.known(routeKey(r), now) {
		return ""
	}
	return at
}

// setup are the settings; a fresh database has no site yet.
func (d *Desk) setup(ctx context.Context) (bridge.Setup, error) {
	var s bridge.Setup
	if d.store != nil {
		var err error
		if s, err = d.store.Setup(ctx); err != nil {
			return s, err
		}
	}
	if len(s.Sites) == 0 {
		s.Sites = []bridge.Site{{}}
	}
	return s, nil
}

// live are the routes in which new chats begin, each once; the others only
// stand in.
func live(sites []bridge.Site) []bridge.Route {
	var out []bridge.Route
	add := func(list ...bridge.Route) {
		for _, r := range list {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	for _, s := range sites {
		routes := s.Routes()
		if s.Spread {
			add(routes...)
			continue
		}
		add(routes[0])
		for _, p := range s.Pages {
			add((bridge.Site{Channels: []string{p.Channel}}).Routes()...)
		}
	}
	return out
}

// routes are all routes of all sites and teams, live ones first.
func routes(s bridge.Setup) []bridge.Route {
	out := live(s.Sites)
	add := func(list []bridge.Route) {
		for _, r := range list {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	for _, site := range s.Sites {
		add(site.Routes())
	}
	add(s.TeamRoutes())
	return out
}

// liveChannels looks for every channel in which chats begin; it returns the
// first error but looks for all.
func (d *Desk) liveChannels(ctx context.Context) error {
	s, err := d.setup(ctx)
	if err != nil {
		return err
	}
	list := live(s.Sites)
	d.state.only(list)
	for _, r := range list {
		if _, rerr := d.home(ctx, r); err == nil {
			err = rerr
		}
	}
	return err
}

func (d *Desk) findChannel(ctx context.Context, name string) (*slack.Channel, error) {
	if isID(name, 'C', 'G') {
		ctx, cancel := d.call(ctx)
		defer cancel()
		ch, err := d.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: d.called(name)})
		if err != nil {
			return nil, fmt.Errorf("conversations.info: %w", err)
		}
		return ch, nil
	}
	p := slack.GetConversationsParameters{
		ExcludeArchived: true, Limit: 1000,
		Types: []string{"public_channel", "private_channel"},
	}
	// A renamed channel is still meant by the name that it had, unless another
	// one bears it now.
	var formerly *slack.Channel
	for {
		page, cancel := d.call(ctx)
		list, next, err := d.api.GetConversationsContext(page, &p)
		cancel()
		if err != nil {
			return nil, fmt.Errorf("conversations.list: %w", err)
		}
		for i := range list {
			if list[i].Name == name {
				return &list[i], nil
			}
			if formerly == nil && slices.Contains(list[i].PreviousNames, name) {
				formerly = &list[i]
			}
		}
		if next == "" && formerly != nil {
			d.log.Warn("slack: a channel was renamed; please write its new name in the settings", "was", name, "now", formerly.Name)
			return formerly, nil
		}
		if next == "" {
			return nil, fmt.Errorf("channel %q: %w", name, errNoChannel)
		}
		p.Cursor = next
	}
}

// beginIn is the channel for a root. Where there is none at present, one at a
// time asks whether that is still so.
func (d *Desk) beginIn(ctx context.Context, r bridge.Route) (string, error) {
	if id := d.channelIfKnown(r); id != "" {
		return id, nil
	}
	now := d.c.Clock.Now()
	if w, why := d.closed.wait(routeKey(r), now); w > 0 {
		return "", noHome{route: r, why: why}
	}
	id, err := d.home(ctx, r)
	if err != nil && isChannelTrouble(err) {
		d.closed.shut(routeKey(r), err.Error(), now, rand.Float64())
		return "", noHome{route: r, why: err.Error()}
	}
	return id, err
}

// noHome says that a route has no channel at present.
type noHome struct {
	route bridge.Route
	why   string
}

func (e noHome) Error() string { return e.why }
func (noHome) Unwrap() error   { return errNoChannel }

// closedRoute is how long a root must wait that has no channel, and why.
func (d *Desk) closedRoute(err error) (time.Duration, string) {
	var none noHome
	if !errors.As(err, &none) {
		return 0, ""
	}
	return d.closed.wait(routeKey(none.route), d.c.Clock.Now())
}
