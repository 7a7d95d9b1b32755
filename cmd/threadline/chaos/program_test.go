package chaos_test

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

// binary is the program, built once for all tests with the tag that shortens
// its paces.
var binary = sync.OnceValues(func() (string, error) {
	if ready := os.Getenv("CHAOS_BINARY"); ready != "" {
		return ready, nil
	}
	path := filepath.Join(scratch, "threadline")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-tags", "chaos", "-o", path, "threadline/cmd/threadline").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

var scratch string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "threadline-chaos-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// replica is one process of the program that is started again whenever it is
// killed, always on the same address.
type replica struct {
	bin  string
	env  []string
	addr string

	mu     sync.Mutex
	cmd    *exec.Cmd
	dead   chan struct{}
	log    bytes.Buffer
	deaths int
}

func (r *replica) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(p)
}

func (r *replica) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// start runs the program and waits until it is ready.
func (r *replica) start() error {
	cmd := exec.CommandContext(context.Background(), r.bin, "serve")
	cmd.Env = append(cleanEnv(), r.env...)
	cmd.Stderr = r
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	dead, ready := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(dead)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			if s.Text() == "ready" {
				close(ready)
			}
		}
		_ = cmd.Wait() // its exit code is looked at where it matters
	}()
	r.mu.Lock()
	r.cmd, r.dead = cmd, dead
	r.mu.Unlock()
	select {
	case <-ready:
		return nil
	case <-dead:
		return fmt.Errorf("the program ended before it was ready: %s", cmd.ProcessState)
	case <-time.After(patience):
		return fmt.Errorf("the program was not ready within %v", patience)
	}
}

// kill ends the program by SIGKILL; nothing of it runs any more when it
// returns.
func (r *replica) kill() {
	r.mu.Lock()
	cmd, dead := r.cmd, r.dead
	r.deaths++
	r.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Kill() // it may have ended by itself
	<-dead
}

// stop ends the program the polite way and returns its exit code.
func (r *replica) stop() int {
	r.mu.Lock()
	cmd, dead := r.cmd, r.dead
	r.mu.Unlock()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return -1
	}
	select {
	case <-dead:
		return cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		return -1
	}
}

// cleanEnv is the environment without anything that the program reads.
func cleanEnv() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "PATH", "HOME", "TMPDIR", "TZ", "GOCOVERDIR":
			env = append(env, kv)
		}
	}
	return env
}

// freePort is an address that nobody listens on at present.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
