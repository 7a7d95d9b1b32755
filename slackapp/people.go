package slackapp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// crew caches people: names change seldom, and every line needs one.
type crew struct {
	mu       sync.Mutex
	known    map[string]entry
	managers []string
	listed   time.Time
	groups   map[string]groupEntry
}

// groupEntry is who was in a user group at an instant.
type groupEntry struct {
	members []string
	at      time.Time
}

type entry struct {
	who person
	at  time.Time
}

// person is somebody in Slack.
type person struct {
	bridge.Agent
	// Nobody: a bot, an app or a deleted account; what it does is ignored.
	Nobody bool
}

const (
	crewFor     = 10 * time.Minute
	managersFor = 30 * time.Minute
)

// person finds out who a user id is, from the cache, from Slack, or from what
// the database remembers if Slack does not answer.
func (d *Desk) person(ctx context.Context, id string) (person, error) {
	if id == "" || id == "USLACKBOT" {
		return person{Nobody: true}, nil
	}
	now := d.c.Clock.Now()
	d.crew.mu.Lock()
	got, ok := d.crew.known[id]
	d.crew.mu.Unlock()
	if ok && now.Sub(got.at) < crewFor {
		return got.who, nil
	}
	who, err := d.askPerson(ctx, id)
	if err != nil {
		if ok {
			return got.who, nil
		}
		if a, serr := d.store.Agent(ctx, bridge.AgentID(id)); serr == nil && a.Name != "" {
			return person{Agent: a}, nil
		}
		return person{}, err
	}
	if !who.Nobody {
		if err := d.store.SaveAgent(ctx, who.Agent); err != nil {
			return person{}, fmt.Errorf("save agent %s: %w", id, err)
		}
	}
	d.crew.mu.Lock()
	d.crew.known[id] = entry{who: who, at: now}
	d.crew.mu.Unlock()
	return who, nil
}

func (d *Desk) askPerson(ctx context.Context, id string) (person, error) {
	me, err := d.identity(ctx)
	if err != nil {
		return person{}, err
	}
	ctx, cancel := d.call(ctx)
	defer cancel()
	u, err := d.api.GetUserInfoContext(ctx, id)
	var said slack.SlackErrorResponse
	if errors.As(err, &said) && (said.Err == "user_not_found" || said.Err == "user_not_visible") {
		return person{Nobody: true}, nil
	}
	if err != nil {
		return person{}, fmt.Errorf("users.info: %w", err)
	}
	return whois(*u, me.team), nil
}

// visitor is who a conversation is with; one that is not in the books is shown
// by its id.
func (d *Desk) visitor(ctx context.Context, id bridge.VisitorID) (bridge.Visitor, error) {
	v, err := d.store.Visitor(ctx, id)
	if errors.Is(err, bridge.ErrNotFound) {
		return bridge.Visitor{ID: id}, nil
	}
	return v, err
}

// whois is pure. A person of another organisation or a guest may read along
// but not act.
func whois(u slack.User, team string) person {
	p := person{Nobody: u.IsBot || u.Deleted || u.IsWorkflowBot || u.IsConnectorBot}
	p.Agent = bridge.Agent{
		ID:       bridge.AgentID(u.ID),
		Name:     firstOf(u.Profile.RealName, u.RealName, u.Profile.DisplayName, u.Name),
		Title:    strings.TrimSpace(u.Profile.Title),
		Picture:  firstOf(u.Profile.Image192, u.Profile.Image512, u.Profile.Image72, u.Profile.Image48),
		Outsider: u.IsRestricted || u.IsUltraRestricted || u.IsStranger || u.TeamID != "" && u.TeamID != team,
	}
	return p
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}

// agent is a person who acted before: the database knows them.
func (d *Desk) agent(ctx context.Context, id bridge.AgentID) (bridge.Agent, error) {
	a, err := d.store.Agent(ctx, id)
	if err == nil && a.Name != "" {
		return a, nil
	}
	if err != nil && !errors.Is(err, bridge.ErrNotFound) {
		return bridge.Agent{}, err
	}
	p, err := d.person(ctx, string(id))
	if err != nil {
		return bridge.Agent{}, err
	}
	return p.Agent, nil
}

// nameOf is how a person is called in front of a visitor; empty if unknown.
// It never fails: a line matters more than a name in it.
func (d *Desk) nameOf(ctx context.Context, id string) string {
	p, err := d.person(ctx, id)
	if err != nil {
		return ""
	}
	return p.Name
}

// managers are the ids of whoever manages: those of the settings, else of the
// environment, else the workspace's owners and admins. A desk without a store
// has no settings.
func (d *Desk) managers(ctx context.Context) ([]string, error) {
	var configured []string
	if d.store != nil {
		setup, err := d.store.Setup(ctx)
		if err != nil {
			return nil, err
		}
		configured = setup.Managers
	}
	if len(configured) == 0 {
		configured = d.c.Managers
	}
	var set []string
	for _, id := range configured {
		if id = strings.TrimSpace(id); isID(id, 'U', 'W', 'S') {
			set = append(set, id)
		}
	}
	if len(set) > 0 {
		return set, nil
	}
	now := d.c.Clock.Now()
	d.crew.mu.Lock()
	list, at := d.crew.managers, d.crew.listed
	d.crew.mu.Unlock()
	if !at.IsZero() && now.Sub(at) < managersFor {
		return list, nil
	}
	fresh, err := d.askManagers(ctx)
	if err != nil {
		if !at.IsZero() {
			return list, nil
		}
		return nil, err
	}
	d.crew.mu.Lock()
	d.crew.managers, d.crew.listed = fresh, now
	d.crew.mu.Unlock()
	return fresh, nil
}

// maxManagers bounds how many people or user groups one alert calls. All the
// others manage as well.
const maxManagers = 10

// askManagers are the workspace's owners, then its admins.
func (d *Desk) askManagers(ctx context.Context) ([]string, error) {
	var owners, admins []string
	p := d.api.GetUsersPaginated(slack.GetUsersOptionLimit(200))
	for {
		page, cancel := d.call(ctx)
		var err error
		p, err = p.Next(page)
		cancel()
		if p.Done(err) {
			return append(owners, admins...), nil
		}
		if err != nil {
			return nil, fmt.Errorf("users.list: %w", err)
		}
		for _, u := range p.Users {
			switch {
			case u.Deleted || u.IsBot:
			case u.IsOwner || u.IsPrimaryOwner:
				owners = append(owners, u.ID)
			case u.IsAdmin:
				admins = append(admins, u.ID)
			}
		}
	}
}

// manages reports whether somebody is a manager, by name or in a group of
// them.
func (d *Desk) manages(ctx context.Context, id bridge.AgentID) (bool, error) {
	ids, err := d.managers(ctx)
	if err != nil {
		return false, err
	}
	for _, m := range ids {
		if m == string(id) {
			return true, nil
		}
		if !isID(m, 'S') {
			continue
		}
		members, err := d.group(ctx, m)
		if err != nil {
			return false, err
		}
		if slices.Contains(members, string(id)) {
			return true, nil
		}
	}
	return false, nil
}

// group are the people of a user group, as they were at most a crewFor ago.
func (d *Desk) group(ctx context.Context, id string) ([]string, error) {
	now := d.c.Clock.Now()
	d.crew.mu.Lock()
	got, ok := d.crew.groups[id]
	d.crew.mu.Unlock()
	if ok && now.Sub(got.at) < crewFor {
		return got.members, nil
	}
	bounded, cancel := d.call(ctx)
	defer cancel()
	members, err := d.api.GetUserGroupMembersContext(bounded, id)
	var said slack.SlackErrorResponse
	switch {
	case errors.As(err, &said) && said.Err == "no_such_subteam":
		members = nil
	case err != nil && ok:
		return got.members, nil
	case err != nil:
		return nil, fmt.Errorf("usergroups.users.list: %w", err)
	}
	d.crew.mu.Lock()
	defer d.crew.mu.Unlock()
	if d.crew.groups == nil {
		d.crew.groups = map[string]groupEntry{}
	}
	d.crew.groups[id] = groupEntry{members: members, at: now}
	return members, nil
}
