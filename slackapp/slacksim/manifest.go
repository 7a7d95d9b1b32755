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
	return !m.given || slices.Contains(m.Scopes, scope)
}

func (m manifest) scopeList() string {
	if m.given {
		return strings.Join(m.Scopes, ",")
	}
	return strings.Join([]string{"app_mentions:read", "channels:history", "channels:join", "channels:read",
		"chat:write", "chat:write.customize", "commands", "emoji:read", "files:read", "files:write",
		"groups:history", "groups:read", "im:history", "im:read", "im:write", "mpim:read", "reactions:read",
		"reactions:write", "team:read", "usergroups:read", "users:read", "users:read.email"}, ",")
}

func (m manifest) subscribed(event string) bool {
	return !m.given || slices.Contains(m.Events, event)
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
