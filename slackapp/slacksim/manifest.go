package slacksim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// manifest is what the simulator reads from the application's manifest.yaml.
type manifest struct {
	given     bool
	Name      string
	Scopes    []string
	Events    []string
	Commands  []command
	Shortcuts []shortcut
	lost      []string // scopes taken away by a fault
}

type command struct {
	Command     string `yaml:"command"`
	Description string `yaml:"description"`
	UsageHint   string `yaml:"usage_hint"`
	Escape      bool   `yaml:"should_escape"`
}

type shortcut struct {
	Name       string `yaml:"name"`
	Type       string `yaml:"type"`
	CallbackID string `yaml:"callback_id"`
}

// parseManifest reads an app manifest; nil means an application that may do everything.
func parseManifest(raw []byte) (manifest, error) {
	if raw == nil {
		return manifest{Name: "Threadline"}, nil
	}
	var f struct {
		Display struct {
			Name string `yaml:"name"`
		} `yaml:"display_information"`
		Features struct {
			Bot struct {
				Name string `yaml:"display_name"`
			} `yaml:"bot_user"`
			Commands  []command  `yaml:"slash_commands"`
			Shortcuts []shortcut `yaml:"shortcuts"`
		} `yaml:"features"`
		OAuth struct {
			Scopes struct {
				Bot []string `yaml:"bot"`
			} `yaml:"scopes"`
		} `yaml:"oauth_config"`
		Settings struct {
			Events struct {
				Bot []string `yaml:"bot_events"`
			} `yaml:"event_subscriptions"`
			Socket bool `yaml:"socket_mode_enabled"`
		} `yaml:"settings"`
	}
	if err := yaml.Unmarshal(raw, &f); err != nil {
		return manifest{}, fmt.Errorf("slacksim: manifest: %w", err)
	}
	if !f.Settings.Socket {
		return manifest{}, fmt.Errorf("slacksim: manifest: settings.socket_mode_enabled must be true")
	}
	m := manifest{given: true, Name: f.Features.Bot.Name, Scopes: f.OAuth.Scopes.Bot,
		Events: f.Settings.Events.Bot, Commands: f.Features.Commands, Shortcuts: f.Features.Shortcuts}
	if m.Name == "" {
		m.Name = f.Display.Name
	}
	if m.Name == "" {
		m.Name = "Threadline"
	}
	return m, nil
}

func (m manifest) hasScope(scope string) bool {
	return (!m.given || slices.Contains(m.Scopes, scope)) && !slices.Contains(m.lost, scope)
}

func (m manifest) scopeList() string {
	list := m.Scopes
	if !m.given {
		list = []string{"app_mentions:read", "channels:history", "channels:join", "channels:read",
			"chat:write", "chat:write.customize", "commands", "emoji:read", "files:read", "files:write",
			"groups:history", "groups:read", "im:history", "im:read", "im:write", "mpim:read", "reactions:read",
			"reactions:write", "team:read", "usergroups:read", "users:read", "users:read.email"}
	}
	return strings.Join(slices.DeleteFunc(slices.Clone(list), func(scope string) bool { return !m.hasScope(scope) }), ",")
}

// subscribed tells whether an event may be sent; a scope that was taken away takes its events along.
func (m manifest) subscribed(event string) bool {
	return (!m.given || slices.Contains(m.Events, event)) && !slices.Contains(m.lost, scopeOf(event))
}

// scopeOf is the scope that an event needs; empty if none, or either of two.
func scopeOf(event string) string {
	switch event {
	case "app_mention":
		return "app_mentions:read"
	case "message.channels":
		return "channels:history"
	case "message.groups":
		return "groups:history"
	case "message.im":
		return "im:history"
	case "reaction_added", "reaction_removed":
		return "reactions:read"
	}
	switch kind, _, _ := strings.Cut(event, "_"); {
	case event == "channel_id_changed":
	case kind == "channel":
		return "channels:read"
	case kind == "group":
		return "groups:read"
	}
	return ""
}

// command finds a slash command; without a manifest every name is one.
func (m manifest) command(name string) (command, bool) {
	if !m.given {
		return command{Command: name}, strings.HasPrefix(name, "/")
	}
	for _, c := range m.Commands {
		if c.Command == name {
			return c, true
		}
	}
	return command{}, false
}

// messageShortcut finds a message shortcut by its callback id.
func (m manifest) messageShortcut(callback string) bool {
	if !m.given {
		return callback != ""
	}
	return slices.ContainsFunc(m.Shortcuts, func(s shortcut) bool { return s.Type == "message" && s.CallbackID == callback })
}
