package main_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
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
	path := filepath.Join(binaries.dir, "threadline-"+tags)
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", tags, "-o", path, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	binaries.done[tags] = path
	return path
}

// program is a running threadline.
type program struct {
	cmd   *exec.Cmd
	lines map[string]string // first word → rest, as printed before ready
	errs  *lockedBuffer
	dead  chan struct{}
	err   error // after dead
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// launch starts the program and waits for its ready line.
func launch(t *testing.T, bin string, env []string, args ...string) *program {
	t.Helper()
	p := start(t, bin, env, args...)
	if p.lines == nil {
		<-p.dead
		t.Fatalf("%v ended before it was ready: %v\n%s", args, p.err, p.errs)
	}
	return p
}

// start starts the program and waits until it is ready or dead; lines is nil
// if it died.
func start(t *testing.T, bin string, env []string, args ...string) *program {
	t.Helper()
	p := &program{errs: &lockedBuffer{}, dead: make(chan struct{})}
	// Not t.Context: a program is stopped by the test's clean-up, in order.
	p.cmd = exec.CommandContext(context.Background(), bin, args...)
	p.cmd.Env = append(cleanEnv(), env...)
	p.cmd.Stderr = p.errs
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan map[string]string, 1)
	go func() {
		defer close(p.dead)
		lines := map[string]string{}
		for s := bufio.NewScanner(stdout); s.Scan(); {
			word, rest, _ := strings.Cut(s.Text(), " ")
			if word == "ready" {
				ready <- lines
				lines = map[string]string{}
				continue
			}
			lines[word] = rest
		}
		p.err = p.cmd.Wait()
	}()
	t.Cleanup(func() { p.kill() })
	select {
	case p.lines = <-ready:
	case <-p.dead:
		select {
		case p.lines = <-ready: // it was ready first
		default:
		}
	case <-time.After(patience):
		t.Fatalf("%v was not ready within %v\n%s", args, patience, p.errs)
	}
	return p
}

func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	<-p.dead
}

// stop ends the program the polite way and returns its exit code.
func (p *program) stop(t *testing.T) int {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.dead:
	case <-time.After(patience):
		t.Fatalf("did not stop within %v\n%s", patience, p.errs)
	}
	return p.cmd.ProcessState.ExitCode()
}

// cleanEnv is the environment without anything the program reads.
func cleanEnv() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "PATH", "HOME", "TMPDIR", "TZ", "GOCOVERDIR", "SSL_CERT_FILE", "SSL_CERT_DIR":
			env = append(env, kv)
		}
	}
	return env
}

// freePort is a port that nobody listens on at present.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
