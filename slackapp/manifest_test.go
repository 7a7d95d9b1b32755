package slackapp

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

type manifestFile struct {
	Features struct {
		Shortcuts []struct {
			Type       string `yaml:"type"`
			CallbackID string `yaml:"callback_id"`
		} `yaml:"shortcuts"`
		SlashCommands []struct {
			Command   string `yaml:"command"`
			UsageHint string `yaml:"usage_hint"`
		} `yaml:"slash_commands"`
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
	} `yaml:"settings"`
}

func readManifest(t *testing.T) manifestFile {
	t.Helper()
	raw, err := os.ReadFile("../manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var m manifestFile
	if err := yaml.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// same compares two lists as sets and says what either has alone.
func same(t *testing.T, what string, code, file []string) {
	t.Helper()
	for _, s := range code {
		if !slices.Contains(file, s) {
			t.Errorf("%s: the code needs %q, manifest.yaml lacks it", what, s)
		}
	}
	for _, s := range file {
		if !slices.Contains(code, s) {
			t.Errorf("%s: manifest.yaml has %q, no code needs it", what, s)
		}
	}
}

func TestManifestFitsTheCode(t *testing.T) {
	m := readManifest(t)
	same(t, "scopes", slices.Collect(maps.Keys(Scopes())), m.OAuth.Scopes.Bot)

	var events []string
	for _, names := range eventKinds() {
		events = append(events, names...)
	}
	same(t, "events", events, m.Settings.Events.Bot)

	var callbacks []string
	for _, s := range m.Features.Shortcuts {
		if s.Type != "message" {
			t.Errorf("shortcut %s is of type %q; we handle message shortcuts only", s.CallbackID, s.Type)
		}
		callbacks = append(callbacks, s.CallbackID)
	}
	var handled []string
	for _, c := range shortcuts() {
		handled = append(handled, c.id)
	}
	same(t, "shortcuts", handled, callbacks)

	var commands []string
	for _, c := range m.Features.SlashCommands {
		commands = append(commands, c.Command)
		for _, sub := range subcommands() {
			if !strings.Contains(c.UsageHint, sub.word) {
				t.Errorf("the usage hint of %s lacks %q: %q", c.Command, sub.word, c.UsageHint)
			}
		}
	}
	same(t, "commands", []string{slashCommand}, commands)
}

// webAPI names the Web API method behind each call of slack-go that we may use.
func webAPI() map[string]string {
	return map[string]string{
		"AuthTestContext":               "auth.test",
		"AddReactionContext":            "reactions.add",
		"RemoveReactionContext":         "reactions.remove",
		"GetConversationInfoContext":    "conversations.info",
		"GetConversationsContext":       "conversations.list",
		"GetUsersInConversationContext": "conversations.members",
		"GetConversationHistoryContext": "conversations.history",
		"GetConversationRepliesContext": "conversations.replies",
		"GetUserGroupMembersContext":    "usergroups.users.list",
		"GetFileInfoContext":            "files.info",
		"GetUploadURLExternalContext":   "files.getUploadURLExternal",
		"CompleteUploadExternalContext": "files.completeUploadExternal",
		"GetUserInfoContext":            "users.info",
		"GetUsersPaginated":             "users.list",
		"JoinConversationContext":       "conversations.join",
		"OpenViewContext":               "views.open",
		"UpdateViewContext":             "views.update",
		"PostEphemeralContext":          "chat.postEphemeral",
		"PostMessageContext":            "chat.postMessage",
		"PublishViewContext":            "views.publish",
		"StartSocketModeContext":        "apps.connections.open",

		"SetAssistantThreadsStatusContext": "assistant.threads.setStatus",
		"UpdateMessageContext":             "chat.update",
	}
}

// TestEveryMethodHasItsScope finds every call on a slack-go client in the
// package's source and holds it against the table of scopes, both ways.
func TestEveryMethodHasItsScope(t *testing.T) {
	files := token.NewFileSet()
	//nolint:staticcheck // the deprecated loader reads one directory without building, which is all that is needed
	pkgs, err := parser.ParseDir(files, ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, p := range pkgs {
		ast.Inspect(p, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			on, ok := sel.X.(*ast.SelectorExpr)
			if !ok || on.Sel.Name != "api" {
				return true
			}
			method, known := webAPI()[sel.Sel.Name]
			if !known {
				t.Errorf("%s: %s calls a method that the table of this test does not know", files.Position(call.Pos()), sel.Sel.Name)
			}
			used[method] = true
			return true
		})
	}
	if len(used) < 10 {
		t.Fatalf("found only %d methods; the scan is broken", len(used))
	}
	listed := map[string]bool{}
	for scope, uses := range Scopes() {
		for _, u := range uses {
			listed[u] = true
			isMethod := slices.Contains(slices.Collect(maps.Values(webAPI())), u)
			if isMethod && !used[u] {
				t.Errorf("scope %s is listed for %s, which nothing calls", scope, u)
			}
		}
	}
	for _, u := range scopeless() {
		listed[u] = true
	}
	for m := range used {
		if !listed[m] {
			t.Errorf("%s is called, and no scope is listed for it", m)
		}
	}
	for _, names := range eventKinds() {
		for _, e := range names {
			if !listed[e] {
				t.Errorf("%s is handled, and no scope is listed for it", e)
			}
		}
	}
}
