package slacksim_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"threadline/slackapp/slacksim"
)

// childDir makes the test binary a simulator that keeps its state there, to be killed.
const childDir = "SLACKSIM_TEST_DIR"

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	srv, err := slacksim.Start(context.Background(), slacksim.Config{Seed: 7, Dir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(srv.URL())
	select {}
}

func TestStateSurvivesAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(line)
	same := start(t, slacksim.Config{Seed: 7}) // for its tokens alone: they follow from the seed
	call := func(method string, body object) object {
		_, out := same.do("POST", url+"/api/"+method, same.BotToken(), body)
		if out["ok"] != true {
			t.Fatalf("%s: %v", method, out)
		}
		return out
	}
	post := call("chat.postMessage", object{"channel": "support", "text": "root", "metadata": object{"event_type": "x", "event_payload": object{"n": 1}},
		"blocks": actions(button("claim", "h1"))})
	ch, ts := post["channel"], post["ts"]
	call("chat.update", object{"channel": ch, "ts": ts, "text": "changed", "blocks": actions(button("release", "h1"))})
	call("reactions.add", object{"channel": ch, "timestamp": ts, "name": "eyes"})
	if status, out := same.do("POST", url+"/sim/v1/say", "", object{"user": "dana", "channel": "support", "thread_ts": ts, "text": "<@" + same.user("lee") + "> look"}); status != 200 {
		t.Fatal(out)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	// A kill in the middle of a write leaves half a line.
	f, err := os.OpenFile(filepath.Join(dir, "slacksim.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"k":"message/`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	for range 2 { // after a kill, and after an orderly end
		srv, err := slacksim.Start(context.Background(), slacksim.Config{Seed: 7, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		s := &sim{t: t, Server: srv}
		got := s.must("conversations.replies", object{"channel": ch, "ts": ts, "include_all_metadata": true})["messages"].([]any)
		if len(got) != 2 || got[0].(object)["text"] != "changed" || got[0].(object)["metadata"] == nil || got[0].(object)["reactions"] == nil {
			t.Fatalf("the thread after the restart: %v", got)
		}
		state := s.get("/sim/v1/state")
		if n := state["notifications"].([]any); len(n) != 1 || n[0].(object)["kind"] != "mention" {
			t.Errorf("notifications after the restart: %v", n)
		}
		if state["pending_envelopes"] == 0.0 {
			t.Error("the pending envelopes are gone")
		}
		if out := s.control("click", object{"user": "dana", "channel": "support", "message_ts": ts, "action_id": "claim"}); out["error"] != "dispatch_failed" {
			t.Errorf("a stale press is unknown after the restart: %v", out)
		}
		next := s.must("chat.postMessage", object{"channel": ch, "text": "later"})
		if next["ts"].(string) <= ts.(string) {
			t.Errorf("ts %v does not follow %v", next["ts"], ts)
		}
		if err := srv.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, slacksim.Config{Seed: 7, Dir: dir})
	w := s.listen(t, nil)
	eventually(t, "the lines of before the kill arrive", func() bool {
		texts := map[any]bool{}
		for _, env := range w.events("message") {
			texts[payloadOf(env)["event"].(object)["text"]] = true
		}
		return texts["root"] && len(texts) >= 3
	})
}

func TestAnotherSeedRefusesTheState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	srv, err := slacksim.Start(t.Context(), slacksim.Config{Seed: 1, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	if srv, err := slacksim.Start(t.Context(), slacksim.Config{Seed: 2, Dir: dir}); err == nil {
		_ = srv.Close()
		t.Error("a state of another seed was taken")
	}
}

func TestTheSeedDecidesTokensAndIDs(t *testing.T) {
	t.Parallel()
	a, b, c := start(t, slacksim.Config{Seed: 5}), start(t, slacksim.Config{Seed: 5}), start(t, slacksim.Config{Seed: 6})
	if a.BotToken() != b.BotToken() || a.AppToken() != b.AppToken() || a.user("dana") != b.user("dana") {
		t.Error("one seed gave two workspaces")
	}
	if a.BotToken() == c.BotToken() || a.user("dana") == c.user("dana") {
		t.Error("two seeds gave one workspace")
	}
	if !strings.HasPrefix(a.BotToken(), "xoxb-") || !strings.HasPrefix(a.AppToken(), "xapp-") {
		t.Errorf("tokens %s %s", a.BotToken(), a.AppToken())
	}
}
