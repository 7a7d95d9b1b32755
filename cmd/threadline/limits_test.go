package main_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"threadline/storage/storagetest"
)

// furnished applies settings to a database before anything serves from it.
func furnished(t *testing.T, env []string, settings string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := finish(t, env, "config", "apply", file); code != 0 {
		t.Fatalf("config apply: %d\n%s", code, out)
	}
}

// A visitor's day is spent after two questions, also across a restart; then a
// person is asked, and another visitor is served as before.
func TestLimitsSurviveARestart(t *testing.T) {
	for name, url := range map[string]string{"sqlite": storagetest.SQLite(t), "postgres": storagetest.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			sim, env := workspace(t)
			env = append(env, "DATABASE_URL="+url, "VISITOR_RATE=", "LISTEN_ADDR="+freePort(t), "SECRET_KEY=0123456789abcdef0123456789abcdef")
			furnished(t, env, "sites:\n  - id: default\n    limits: {visitor_turns: 2}\n")
			p := launch(t, binary(t, ""), env, "serve")
			v := newVisitor(t, p.lines["site"])
			for _, line := range []string{"How much is duct cleaning?", "When are you open?"} {
				v.say(line)
				settledTurn(t, v)
			}
			if n := len(v.said("assistant")); n != 2 || v.status() != "automatic" {
				t.Fatalf("%d answers, %s", n, v.status())
			}
			if code := p.stop(t); code != 0 {
				t.Fatalf("exit code %d", code)
			}
			p = launch(t, binary(t, ""), env, "serve")
			v.site = p.lines["site"]
			v.say("Do you service heat pumps?")
			settledTurn(t, v)
			if n := len(v.said("assistant")); n != 2 || v.status() != "queued" {
				t.Errorf("past the limit: %d answers, %s", n, v.status())
			}
			until(t, "the alert to say why", func() bool {
				a, ok := sim.alert(v.id)
				return ok && strings.Contains(a.Text, "limit for today")
			})
			other := newVisitor(t, v.site)
			other.say("How much is duct cleaning?")
			other.heard("assistant", "$")
		})
	}
}

// Where the assistant only suggests, agents read its answers and visitors none.
func TestSuggestsToAgentsOnly(t *testing.T) {
	sim, env := workspace(t)
	env = append(env, "DATABASE_URL="+storagetest.SQLite(t))
	furnished(t, env, "sites:\n  - id: default\n    assistant: {mode: suggest}\n")
	p := launch(t, binary(t, ""), env, "serve")
	v := newVisitor(t, p.lines["site"])
	e, hush := v.listen(v.site)
	defer hush()
	v.say("How much is duct cleaning?")
	until(t, "a person to be asked for", func() bool { return v.status() == "queued" })
	until(t, "the suggestion in the thread", func() bool {
		root, _ := sim.thread(v.id)
		return slices.ContainsFunc(root.Replies, func(r slackPost) bool {
			return r.Metadata.EventType == "threadline_note" && strings.Contains(r.Text, "suggests this reply") && strings.Contains(r.Text, "duct")
		})
	})
	until(t, "the claim", func() bool {
		if a, ok := sim.alert(v.id); ok {
			sim.click("dana", a.TS, "claim")
		}
		return v.status() == "assigned"
	})
	v.say("And how long is the warranty?")
	dana := sim.user("dana")
	until(t, "the suggestion to Dana alone", func() bool {
		return slices.ContainsFunc(sim.state().Ephemerals, func(m ephemeral) bool {
			return m.User == dana && strings.Contains(m.Text, "suggested reply") && strings.Contains(strings.ToLower(m.Text), "warranty")
		})
	})
	if said := v.said("assistant"); len(said) > 0 {
		t.Errorf("the visitor reads %q", said)
	}
	if h, ok := e.first(aPiece); ok {
		t.Errorf("a piece of a suggestion went to the visitor: %+v", h)
	}
	if c, messages := v.chat(); c.Status != "assigned" || messages[len(messages)-1].Author.Kind != "visitor" {
		t.Errorf("it ends with %q, %s", messages[len(messages)-1].Text, c.Status)
	}
}
