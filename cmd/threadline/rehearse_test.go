package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"threadline/storage/storagetest"
)

// Past chats are played against changed triggers, beside the program that
// serves from the same database.
func TestRehearse(t *testing.T) {
	for name, url := range map[string]string{"sqlite": storagetest.SQLite(t), "postgres": storagetest.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			_, env := workspace(t)
			env = append(env, "DATABASE_URL="+url)
			if code, out := finish(t, env, "rehearse"); code != 3 || !strings.Contains(out, "cannot be read") {
				t.Errorf("without a database: %d, %s", code, out)
			}
			p := launch(t, binary(t, ""), env, "serve")
			if code, out := finish(t, env, "rehearse", "--last", "5"); code != 0 || !strings.Contains(out, "There is nothing to play in the last 5 chats") {
				t.Errorf("without chats: %d, %s", code, out)
			}
			for _, line := range []string{
				"This is the worst service ever, you people are completely useless!!!",
				"do you take the municipal heating voucher",
				"let me talk to a human please",
				"How much is duct cleaning?",
			} {
				v := newVisitor(t, p.lines["site"])
				v.say(line)
				settledTurn(t, v)
			}
			asked := newVisitor(t, p.lines["site"])
			asked.say("thanks")
			call(t, "POST", p.lines["site"]+"/api/v1/handoff", asked.token, map[string]any{}, nil)

			if code, out := finish(t, env, "rehearse"); code != 0 || !strings.Contains(out, "5 chats played") || !strings.Contains(out, "would now be handed over: 0") || !strings.Contains(out, "no longer be handed over: 0") {
				t.Errorf("with nothing changed: %d\n%s", code, out)
			}
			file := filepath.Join(t.TempDir(), "triggers.yaml")
			write := func(s string) {
				if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("triggers:\n  frustration: {off: true}\n  buyer_specific:\n    examples: [do you take the municipal heating voucher]\n  explicit_request: {priority: low}\n")
			code, out := finish(t, env, "rehearse", "--triggers", file)
			if code != 0 {
				t.Fatalf("exit %d\n%s", code, out)
			}
			for _, want := range []string{"would now be handed over: 1", "voucher", "would no longer be handed over: 1", "worst service", "buyer_specific", "frustration"} {
				if !strings.Contains(out, want) {
					t.Errorf("lacks %q:\n%s", want, out)
				}
			}
			var j struct {
				Episodes int
				Now      []struct{ After struct{ Trigger string } }
				NoLonger []struct{ Before struct{ Trigger string } } `json:"no_longer"`
			}
			_, out = finish(t, env, "rehearse", "--last", "5", "--json", "--triggers", file)
			if err := json.Unmarshal([]byte(out), &j); err != nil || j.Episodes != 5 || len(j.Now) != 1 || len(j.NoLonger) != 1 || j.NoLonger[0].Before.Trigger != "frustration" {
				t.Errorf("JSON: %v, %s", err, out)
			}
			write("triggers:\n  frustration: {treshold: 0.7}\n")
			if code, out := finish(t, env, "rehearse", "--triggers", file); code != 2 || !strings.Contains(out, "treshold") {
				t.Errorf("a misspelt setting: %d, %s", code, out)
			}
			write("triggers:\n  frustration: {threshold: 7}\n")
			if code, out := finish(t, env, "rehearse", "--triggers", file); code != 2 || !strings.Contains(out, "between 0 and 1") {
				t.Errorf("an unfit setting: %d, %s", code, out)
			}
			for _, args := range [][]string{{"--days", "3", "--last", "3"}, {"--last", "-1"}, {"--triggers", "/nowhere.yaml"}, {"extra"}, {"--last", "x"}} {
				if code, out := finish(t, env, append([]string{"rehearse"}, args...)...); code != 2 {
					t.Errorf("%v: exit %d, %s", args, code, out)
				}
			}
			if s := asked.status(); s != "queued" {
				t.Errorf("a rehearsal changed a chat: %s", s)
			}
		})
	}
}
