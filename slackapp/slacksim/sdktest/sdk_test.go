// Package sdktest lets Slack's official Node SDKs judge the simulator.
package sdktest

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"threadline/slackapp/slacksim"
)

// A minute and five minutes of redelivery become 0.6 s and 3 s; acknowledgements have a second.
const (
	scale      = 0.01
	ackTimeout = time.Second
)

// narrow grants and subscribes to little, so that the judges see what is refused for it.
const narrow = `
display_information: {name: Narrow}
features:
  bot_user: {display_name: Narrow}
oauth_config:
  scopes:
    bot: [chat:write, reactions:read, channels:history]
settings:
  event_subscriptions:
    bot_events: [reaction_added]
  interactivity: {is_enabled: true}
  socket_mode_enabled: true
`

type instance struct {
	URL string `json:"url"`
	Bot string `json:"bot"`
	App string `json:"app"`
}

func start(t *testing.T, c slacksim.Config) (*slacksim.Server, instance) {
	t.Helper()
	c.Scale, c.AckTimeout = scale, ackTimeout
	s, err := slacksim.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, instance{URL: s.URL(), Bot: s.BotToken(), App: s.AppToken()}
}

func TestOfficialSDKs(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is not installed: run make test, which installs it")
	}
	if _, err := os.Stat(filepath.Join("node_modules", "@slack", "bolt", "package.json")); err != nil {
		t.Fatal("the Slack SDKs are not installed here: run make test, which installs them")
	}
	sim, relaxed := start(t, slacksim.Config{Seed: 1})
	_, strict := start(t, slacksim.Config{Seed: 2, Strict: true})
	_, little := start(t, slacksim.Config{Seed: 3, Manifest: []byte(narrow)})
	env, err := json.Marshal(map[string]any{
		"relaxed": relaxed, "strict": strict, "narrow": little,
		"offers": map[string]any{"methods": sim.Methods(), "events": sim.Events(), "interactions": sim.Interactions()},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "--test", "--test-reporter=spec", "judge.test.mjs")
	cmd.Env = append(os.Environ(), "SLACKSIM_JUDGE="+string(env))
	cmd.WaitDelay = 5 * time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if err != nil {
		t.Fatalf("the SDKs disagree with the simulator: %v\n%s", err, out.String())
	}
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "judged:") || strings.Contains(line, "ℹ tests") || strings.Contains(line, "ℹ pass") {
			t.Log(strings.TrimSpace(line))
		}
	}
	if !strings.Contains(out.String(), "judged:") {
		t.Fatalf("the account of what was judged is missing:\n%s", out.String())
	}
}
