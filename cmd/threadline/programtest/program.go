// Package programtest runs the real binary for tests that play through its
// public doors.
package programtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Build builds the program into dir, with build tags if there are any, and
// returns its path.
func Build(ctx context.Context, dir, tags string) (string, error) {
	path := filepath.Join(dir, "threadline-"+tags)
	out, err := exec.CommandContext(ctx, "go", "build", "-tags", tags, "-o", path, "threadline/cmd/threadline").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
}

// Log is what processes said on stderr. Safe for concurrent use.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is everything so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Program is a running threadline.
type Program struct {
	// Said is what it printed before it was ready: first word → rest of line.
	Said map[string]string

	cmd  *exec.Cmd
	dead chan struct{}
	err  error // after dead
}

// ErrEnded means that the program ended before it was ready.
var ErrEnded = errors.New("the program ended before it was ready")

// Start starts the program and waits for its ready line, as long as within. It
// runs until it is stopped or killed, also if an error is returned.
func Start(bin string, env []string, log *Log, within time.Duration, args ...string) (*Program, error) {
	// No context of a test: who starts it ends it, in the order that it wants.
	p := &Program{cmd: exec.CommandContext(context.Background(), bin, args...), dead: make(chan struct{})}
	p.cmd.Env = append(CleanEnv(), env...)
	p.cmd.Stderr = log
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan map[string]string, 1)
	go func() {
		defer close(p.dead)
		said := map[string]string{}
		for s := bufio.NewScanner(stdout); s.Scan(); {
			word, rest, _ := strings.Cut(s.Text(), " ")
			if word == "ready" {
				ready <- said
				said = map[string]string{}
				continue
			}
			said[word] = rest
		}
		p.err = p.cmd.Wait()
	}()
	select {
	case p.Said = <-ready:
		return p, nil
	case <-p.dead:
		select {
		case p.Said = <-ready: // it was ready first
			return p, nil
		default:
			return p, fmt.Errorf("%w: %w", ErrEnded, p.err)
		}
	case <-time.After(within):
		return p, fmt.Errorf("%v was not ready within %v", args, within)
	}
}

// Dead is closed once the program has ended.
func (p *Program) Dead() <-chan struct{} { return p.dead }

// Err is how the program ended; it waits until it has.
func (p *Program) Err() error {
	<-p.dead
	return p.err
}

// Kill ends the program by SIGKILL; nothing of it runs any more when it
// returns.
func (p *Program) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.dead
}

// Signal sends the program a signal.
func (p *Program) Signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// Stop ends the program the polite way and returns its exit code.
func (p *Program) Stop(within time.Duration) (int, error) {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-p.dead:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(within):
		return 0, fmt.Errorf("did not stop within %v", within)
	}
}

// CleanEnv is the environment without anything that the program reads.
func CleanEnv() []string {
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

// FreePort is a local address that nobody listens on at present.
func FreePort() (string, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := l.Addr().String()
	return addr, l.Close()
}
