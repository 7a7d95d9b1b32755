package main_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"threadline/cmd/threadline/programtest"
)

// patience bounds every wait on a condition. It is long because a look-up
// after an unknown outcome waits on purpose, and machines are shared.
const patience = 90 * time.Second

// until waits for a condition and fails the test if it never comes true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// builds makes each kind of binary once for all tests.
type builds struct {
	mu   sync.Mutex
	dir  string
	done map[string]string
}

var binaries builds

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "threadline-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binaries = builds{dir: dir, done: map[string]string{}}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// binary builds the program, with build tags if there are any.
func binary(t *testing.T, tags string) string {
	t.Helper()
	binaries.mu.Lock()
	defer binaries.mu.Unlock()
	if path, ok := binaries.done[tags]; ok {
		return path
	}
	path, err := programtest.Build(t.Context(), binaries.dir, tags)
	if err != nil {
		t.Fatal(err)
	}
	binaries.done[tags] = path
	return path
}

// program is a running threadline.
type program struct {
	*programtest.Program
	lines map[string]string // first word → rest, as printed before ready
	errs  *programtest.Log
	dead  <-chan struct{}
}

// launch starts the program and waits for its ready line.
func launch(t *testing.T, bin string, env []string, args ...string) *program {
	t.Helper()
	p := start(t, bin, env, args...)
	if p.lines == nil {
		t.Fatalf("%v: %v\n%s", args, p.Err(), p.errs)
	}
	return p
}

// start starts the program and waits until it is ready or dead; lines is nil
// if it died.
func start(t *testing.T, bin string, env []string, args ...string) *program {
	t.Helper()
	said := &programtest.Log{}
	p, err := programtest.Start(bin, env, said, patience, args...)
	if p != nil {
		t.Cleanup(p.Kill)
	}
	if err != nil && !errors.Is(err, programtest.ErrEnded) {
		t.Fatalf("%v\n%s", err, said)
	}
	return &program{Program: p, lines: p.Said, errs: said, dead: p.Dead()}
}

// stop ends the program the polite way and returns its exit code.
func (p *program) stop(t *testing.T) int {
	t.Helper()
	code, err := p.Stop(patience)
	if err != nil {
		t.Fatalf("%v\n%s", err, p.errs)
	}
	return code
}

// freePort is an address that nobody listens on at present.
func freePort(t *testing.T) string {
	t.Helper()
	addr, err := programtest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// mistakes are the errors in a program's log, but for envelopes that a busy
// machine's database did not keep in time: those stay unacknowledged, as they
// must, and Slack sends them again.
func mistakes(log string) string {
	var wrong []string
	for line := range strings.Lines(log) {
		slow := strings.Contains(line, "cannot keep an envelope") && strings.Contains(line, "context deadline exceeded")
		if strings.Contains(line, "level=ERROR") && !slow {
			wrong = append(wrong, line)
		}
	}
	return strings.Join(wrong, "")
}
