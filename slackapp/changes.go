package slackapp

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"threadline/bridge"
	"threadline/bridge/routing"
)

// change changes the settings in the name of whoever gave the order and says
// what came of it.
func (a *App) change(ctx context.Context, who person, next func(bridge.Setup) (bridge.Setup, error)) (string, error) {
	changes, err := a.d.store.ChangeSetup(ctx, bridge.Actor{ID: who.ID, Name: who.Name}, next)
	if err != nil {
		return "", err
	}
	if len(changes) == 0 {
		return "It is like that already. Nothing was changed.", nil
	}
	var b strings.Builder
	b.WriteString("Changed, and on record:")
	for _, c := range changes {
		fmt.Fprintf(&b, "\n• %s: %s → %s", code(a.named(ctx, c.Path)),
			code(orElse(clip(a.named(ctx, c.Before), 120), "nothing")), code(orElse(clip(a.named(ctx, c.After), 120), "nothing")))
	}
	return b.String(), nil
}

func (a *App) route(ctx context.Context, o order) (string, error) {
	if len(o.words) < 2 {
		return usage("route"), nil
	}
	method, ok := routing.ParseMethod(strings.Join(o.words[1:], " "))
	if !ok {
		return "There is no such method. " + usage("route"), nil
	}
	return a.change(ctx, o.who, func(s bridge.Setup) (bridge.Setup, error) {
		return changeTeam(s, o.words[0], func(t *bridge.Team) { t.Method = method })
	})
}

func (a *App) capacity(ctx context.Context, o order) (string, error) {
	if len(o.words) != 2 {
		return usage("capacity"), nil
	}
	n, err := strconv.Atoi(o.words[1])
	if err != nil {
		return fmt.Sprintf("%s is no number. %s", code(o.words[1]), usage("capacity")), nil
	}
	id, named := mentioned(o.words[0])
	if !named {
		return a.change(ctx, o.who, func(s bridge.Setup) (bridge.Setup, error) {
			return changeTeam(s, o.words[0], func(t *bridge.Team) { t.Capacity = n })
		})
	}
	return a.change(ctx, o.who, func(s bridge.Setup) (bridge.Setup, error) {
		s.Teams = slices.Clone(s.Teams)
		found := false
		for i := range s.Teams {
			t := &s.Teams[i]
			if at := slices.IndexFunc(t.Members, func(m bridge.Member) bool { return m.ID == id }); at >= 0 {
				t.Members = slices.Clone(t.Members)
				t.Members[at].Capacity, found = n, true
			}
		}
		if !found {
			return s, errors.New("they are in no team; add them with /handoff team TEAM first")
		}
		return s, nil
	})
}

// changeTeam is the setup with one team changed. The team may be named by its
// id or by its name.
func changeTeam(s bridge.Setup, name string, change func(*bridge.Team)) (bridge.Setup, error) {
	i := findTeam(s, name)
	if i < 0 {
		return s, fmt.Errorf("there is no team %q; there are: %s", name, strings.Join(teamIDs(s), ", "))
	}
	s.Teams = slices.Clone(s.Teams)
	change(&s.Teams[i])
	return s, nil
}

func findTeam(s bridge.Setup, name string) int {
	return slices.IndexFunc(s.Teams, func(t bridge.Team) bool {
		return strings.EqualFold(string(t.ID), name) || strings.EqualFold(t.Name, name)
	})
}

func teamIDs(s bridge.Setup) []string {
	var ids []string
	for _, t := range s.Teams {
		ids = append(ids, string(t.ID))
	}
	return ids
}

// aMention is a person in a command's text (Slack: slash commands with
// should_escape).
var aMention = regexp.MustCompile(`^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$`)

// mentioned is the person whom a word of a command names.
func mentioned(word string) (bridge.AgentID, bool) {
	m := aMention.FindStringSubmatch(word)
	if m == nil {
		return "", false
	}
	return bridge.AgentID(m[1]), true
}

func (a *App) pauseAI(ctx context.Context, o order) (string, error) {
	return a.changeMode(ctx, o, bridge.ModeSuggest)
}

func (a *App) resumeAI(ctx context.Context, o order) (string, error) {
	return a.changeMode(ctx, o, bridge.ModeAnswer)
}

// changeMode lets the assistant of one site, or of all, answer or only
// suggest.
func (a *App) changeMode(ctx context.Context, o order, mode bridge.AssistantMode) (string, error) {
	return a.change(ctx, o.who, func(s bridge.Setup) (bridge.Setup, error) {
		s.Sites = slices.Clone(s.Sites)
		found := false
		for i := range s.Sites {
			if len(o.words) > 0 && !strings.EqualFold(string(s.Sites[i].ID), o.words[0]) {
				continue
			}
			found = true
			if s.Sites[i].Mode != mode && (s.Sites[i].Mode != "" || mode != bridge.ModeAnswer) {
				s.Sites[i].Mode = mode
			}
		}
		if !found {
			return s, fmt.Errorf("there is no site %q", o.words[0])
		}
		return s, nil
	})
}
