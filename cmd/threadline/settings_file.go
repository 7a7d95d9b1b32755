package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"threadline/bridge"
)

// settingsFile is the settings as people write them in YAML. Its fields are in
// the order of an export.
type settingsFile struct {
	Managers   []string                         `yaml:"managers"`
	Teams      []teamFile                       `yaml:"teams"`
	SLA        bridge.SLA                       `yaml:"sla"`
	Escalation []bridge.Step                    `yaml:"escalation"`
	Windows    bridge.Windows                   `yaml:"windows"`
	Booking    bridge.BookingSettings           `yaml:"booking"`
	Triggers   map[string]bridge.TriggerSetting `yaml:"triggers"`
	Rules      []bridge.Rule                    `yaml:"rules"`
	Sites      []siteFile                       `yaml:"sites"`
}

// teamFile is a team in the file. Remove takes the team away.
type teamFile struct {
	bridge.Team `yaml:",inline"`
	Remove      bool `yaml:"remove,omitempty"`
}

// siteFile is a site in the file.
type siteFile struct {
	ID        bridge.SiteID     `yaml:"id"`
	Name      string            `yaml:"name"`
	Origins   []string          `yaml:"origins"`
	Channels  []string          `yaml:"channels"`
	Pages     []bridge.PageRule `yaml:"pages"`
	Spread    bool              `yaml:"spread"`
	Mirror    bridge.Mirror     `yaml:"mirror"`
	Team      bridge.TeamID     `yaml:"team"`
	Assistant struct {
		Name         string               `yaml:"name"`
		Instructions string               `yaml:"instructions"`
		Tone         string               `yaml:"tone"`
		Mode         bridge.AssistantMode `yaml:"mode"`
	} `yaml:"assistant"`
	Hours      bridge.Hours      `yaml:"hours"`
	Holidays   []string          `yaml:"holidays"`
	AfterHours bridge.AfterHours `yaml:"after_hours"`
	Windows    struct {
		Reactivation       time.Duration `yaml:"reactivation"`
		ReactivationUrgent time.Duration `yaml:"reactivation_urgent"`
	} `yaml:"windows"`
	Thresholds struct {
		Answer float64 `yaml:"answer"`
	} `yaml:"thresholds"`
	Theme struct {
		Accent string `yaml:"accent"`
	} `yaml:"theme"`
	Texts  bridge.Texts        `yaml:"texts"`
	Lead   bridge.LeadSettings `yaml:"lead"`
	Limits bridge.Limits       `yaml:"limits"`
}

func siteFileOf(s bridge.Site) siteFile {
	f := siteFile{
		ID: s.ID, Name: s.Name, Origins: s.Origins, Team: s.Team,
		Channels: s.Channels, Pages: s.Pages, Spread: s.Spread, Mirror: s.Mirror,
		Hours: s.Hours, Holidays: s.Holidays, AfterHours: s.AfterHours, Texts: s.Texts, Lead: s.Lead, Limits: s.Limits,
	}
	f.Assistant.Name, f.Assistant.Instructions, f.Assistant.Tone, f.Assistant.Mode = s.AssistantName, s.Instructions, s.Tone, s.Mode
	f.Windows.Reactivation, f.Windows.ReactivationUrgent = s.ReturnAfter, s.UrgentReturnAfter
	f.Thresholds.Answer, f.Theme.Accent = s.Threshold, s.Accent
	return f
}

func (f siteFile) site() bridge.Site {
	return bridge.Site{
		ID: f.ID, Name: f.Name, Origins: f.Origins, Team: f.Team,
		Channels: f.Channels, Pages: f.Pages, Spread: f.Spread, Mirror: f.Mirror,
		AssistantName: f.Assistant.Name, Instructions: f.Assistant.Instructions, Tone: f.Assistant.Tone, Mode: f.Assistant.Mode,
		Hours: f.Hours, Holidays: f.Holidays, AfterHours: f.AfterHours, Texts: f.Texts, Lead: f.Lead, Limits: f.Limits,
		ReturnAfter: f.Windows.Reactivation, UrgentReturnAfter: f.Windows.ReactivationUrgent,
		Threshold: f.Thresholds.Answer, Accent: f.Theme.Accent,
	}
}

// writeSettings writes every setting, so that applying the result elsewhere
// leaves nothing as it was there.
func writeSettings(s bridge.Setup) ([]byte, error) {
	f := settingsFile{
		Managers: s.Managers, SLA: s.SLA, Escalation: s.Escalation, Windows: s.Windows, Booking: s.Booking, Triggers: s.Triggers, Rules: s.Rules,
	}
	for _, t := range s.Teams {
		f.Teams = append(f.Teams, teamFile{Team: t})
	}
	for _, site := range s.Sites {
		f.Sites = append(f.Sites, siteFileOf(site))
	}
	b, err := yaml.MarshalWithOptions(f, yaml.IndentSequence(true), yaml.UseLiteralStyleIfMultiline(true),
		yaml.CustomMarshaler(func(d time.Duration) ([]byte, error) { return []byte(bridge.ShortDuration(d)), nil }))
	if err != nil {
		return nil, fmt.Errorf("write the settings: %w", err)
	}
	return b, nil
}

// mergeSettings lays a file over settings: what the file leaves out stays.
// Sites, teams and triggers are found by their ids and merged setting by
// setting; every other list in the file replaces the one before. Errors name
// the line and column.
func mergeSettings(data []byte, s bridge.Setup) (bridge.Setup, error) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return s, err
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return s, errors.New("the file must hold one YAML document with settings")
	}
	root, err := mapping(file.Docs[0].Body)
	if err != nil {
		return s, err
	}
	for _, v := range root {
		if err := mergeSection(v.Key.String(), v.Key, v.Value, &s); err != nil {
			return s, err
		}
	}
	return s, nil
}

func mergeSection(name string, key, value ast.Node, s *bridge.Setup) error {
	switch name {
	case "managers":
		s.Managers = nil
		return decodeNode(name, value, &s.Managers)
	case "sla":
		return decodeNode(name, value, &s.SLA)
	case "escalation":
		s.Escalation = nil
		return decodeNode(name, value, &s.Escalation)
	case "windows":
		return decodeNode(name, value, &s.Windows)
	case "booking":
		return decodeNode(name, value, &s.Booking)
	case "rules":
		s.Rules = nil
		return decodeNode(name, value, &s.Rules)
	case "triggers":
		return mergeTriggers(value, s)
	case "teams":
		return eachByID(name, value, func(id string, n ast.Node) error { return mergeTeam(id, n, s) })
	case "sites":
		return eachByID(name, value, func(id string, n ast.Node) error { return mergeSite(id, n, s) })
	}
	return at(key, "unknown field %q", name)
}

func mergeTriggers(value ast.Node, s *bridge.Setup) error {
	entries, err := mapping(value)
	if err != nil {
		return err
	}
	merged := map[string]bridge.TriggerSetting{}
	for name, t := range s.Triggers {
		merged[name] = t
	}
	for _, v := range entries {
		t := merged[v.Key.String()]
		if err := decodeNode("triggers", v.Value, &t); err != nil {
			return err
		}
		merged[v.Key.String()] = t
	}
	s.Triggers = merged
	return nil
}

func mergeTeam(id string, n ast.Node, s *bridge.Setup) error {
	i := slices.IndexFunc(s.Teams, func(t bridge.Team) bool { return string(t.ID) == id })
	var f teamFile
	if i >= 0 {
		f.Team = s.Teams[i]
	}
	if err := decodeNode("teams", n, &f); err != nil {
		return err
	}
	if f.Name == "" {
		f.Name = id // people must be able to choose it from a list
	}
	s.Teams = slices.Clone(s.Teams)
	switch {
	case f.Remove && i >= 0:
		s.Teams = slices.Delete(s.Teams, i, i+1)
	case f.Remove:
	case i >= 0:
		s.Teams[i] = f.Team
	default:
		s.Teams = append(s.Teams, f.Team)
	}
	return nil
}

func mergeSite(id string, n ast.Node, s *bridge.Setup) error {
	i := slices.IndexFunc(s.Sites, func(t bridge.Site) bool { return string(t.ID) == id })
	base := bridge.DefaultSite()
	if i >= 0 {
		base = s.Sites[i]
	}
	f := siteFileOf(base)
	if err := decodeNode("sites", n, &f); err != nil {
		return err
	}
	s.Sites = slices.Clone(s.Sites)
	if i >= 0 {
		s.Sites[i] = f.site()
	} else {
		s.Sites = append(s.Sites, f.site())
	}
	return nil
}

// eachByID calls f for each element of a list, with its id.
func eachByID(section string, value ast.Node, f func(id string, n ast.Node) error) error {
	list, ok := value.(*ast.SequenceNode)
	if !ok {
		return at(value, "%s must be a list, each with an id", section)
	}
	seen := map[string]bool{}
	for _, n := range list.Values {
		var it struct {
			ID string `yaml:"id"`
		}
		if err := yaml.NodeToValue(n, &it); err != nil {
			return sectionError(section, n, err)
		}
		if it.ID == "" {
			return at(n, "%s: the id is missing", section)
		}
		if seen[it.ID] {
			return at(n, "%s: %q is there twice", section, it.ID)
		}
		seen[it.ID] = true
		if err := f(it.ID, n); err != nil {
			return err
		}
	}
	return nil
}

func mapping(n ast.Node) ([]*ast.MappingValueNode, error) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, nil
	}
	return nil, at(n, "settings must stand here, as name: value")
}

// decodeNode reads a part of the file; fields it does not know are refused.
func decodeNode(section string, n ast.Node, to any) error {
	if n.Type() == ast.NullType {
		return nil // a name with nothing behind it changes nothing
	}
	if err := yaml.NodeToValue(n, to, yaml.Strict()); err != nil {
		return sectionError(section, n, err)
	}
	return nil
}

// sectionError says where an error is that does not say so itself.
func sectionError(section string, n ast.Node, err error) error {
	var placed yaml.Error
	if errors.As(err, &placed) && placed.GetToken() != nil {
		return err
	}
	return at(n, "%s: %s; write times as 90s, 15m or 8h", section, err)
}

func at(n ast.Node, format string, a ...any) error {
	line, column := 1, 1
	if t := n.GetToken(); t != nil && t.Position != nil {
		line, column = t.Position.Line, t.Position.Column
	}
	return fmt.Errorf("[%d:%d] %s", line, column, fmt.Sprintf(format, a...))
}
