package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"threadline/cmd/threadline/programtest"
)

// runOnce runs one command and returns what it said and its exit code.
func runOnce(t *testing.T, bin string, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bin, args...)
	cmd.Env = append(programtest.CleanEnv(), env...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// Settings are applied before the first start, beside the running program,
// which owns the file, and after it was killed.
func TestConfigApplyBesideARunningProgram(t *testing.T) {
	bin := binary(t, "")
	dir := t.TempDir()
	database := []string{"DATABASE_URL=sqlite:" + filepath.Join(dir, "threadline.db")}
	file := filepath.Join(dir, "settings.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	apply := func(want string, wantCode int) {
		t.Helper()
		out, errs, code := runOnce(t, bin, database, "config", "apply", file)
		if code != wantCode || !strings.Contains(out+errs, want) {
			t.Fatalf("apply exits %d and says\n%s%s\nwant %d and %q", code, out, errs, wantCode, want)
		}
	}

	write("windows: {idle: 2h}")
	apply("windows.idle: 30m → 2h\n", 0)

	demo := launch(t, bin, nil, "demo", "--listen", "127.0.0.1:0", "--slack-listen", "127.0.0.1:0", "--data", dir)
	apply("nothing to change\n", 0)
	write("sites: [{id: default, texts: {waiting: A minute!}, windows: {reactivation: 2s}}]")
	apply("sites.default.texts.waiting: Waiting for a person.", 0)
	write("windows: {idel: 1h}")
	apply(`[1:11] unknown field "idel"`, 2)
	if out, errs, code := runOnce(t, bin, database, "config", "export"); code != 0 || !strings.Contains(out, "waiting: A minute!") {
		t.Errorf("export exits %d and says\n%s%s", code, out, errs)
	}

	// The running program uses them at once.
	v := newVisitor(t, demo.lines["site"])
	v.say("I want to talk to a human")
	until(t, "the visitor reads the new words", func() bool {
		c, _ := v.chat()
		return c.Status == "queued" && c.Expectation == "A minute!"
	})
	until(t, "the assistant comes back after two seconds", func() bool { return v.status() == "automatic" })

	demo.Kill()
	if _, err := os.Stat(filepath.Join(dir, "threadline.db.errands")); err != nil {
		t.Fatalf("a killed program leaves no file behind: %v", err)
	}
	write("windows: {idle: 3h}")
	apply("windows.idle: 2h → 3h\n", 0)

	for _, args := range [][]string{{"config"}, {"config", "apply"}, {"config", "export", "x"}, {"config", "aply", file}, {"config", "apply", "nowhere.yaml"}} {
		if _, errs, code := runOnce(t, bin, database, args...); code != 2 || errs == "" {
			t.Errorf("%v exits %d and says %q", args, code, errs)
		}
	}
}
