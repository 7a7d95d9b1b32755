package chaos_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"threadline/cmd/threadline/programtest"
)

// binary is the program, built once for all tests with the tag that shortens
// its paces.
var binary = sync.OnceValues(func() (string, error) {
	if ready := os.Getenv("CHAOS_BINARY"); ready != "" {
		return ready, nil
	}
	return programtest.Build(context.Background(), scratch, "chaos")
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
	log  programtest.Log // of all its lives

	mu     sync.Mutex
	now    *programtest.Program
	deaths int
}

// start runs the program and waits until it is ready.
func (r *replica) start() error {
	p, err := programtest.Start(r.bin, r.env, &r.log, patience, "serve")
	r.mu.Lock()
	defer r.mu.Unlock()
	if p != nil {
		r.now = p
	}
	return err
}

func (r *replica) running() *programtest.Program {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// kill ends the program as a power cut would.
func (r *replica) kill() {
	if p := r.running(); p != nil {
		p.Kill()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deaths++
}

func (r *replica) signal(s syscall.Signal) error { return r.running().Signal(s) }

// stop ends the program the polite way and returns its exit code, or -1 if it
// did not end.
func (r *replica) stop() int {
	code, err := r.running().Stop(patience)
	if err != nil {
		return -1
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

// settings are what the company has set: a team with a channel of its own, a
// rule that routes to it, and calls that visitors can book.
var settings = fmt.Sprintf(`
booking: {length: %s, notice: %s, horizon: 2h, reminder: %s}
teams:
  - {id: support, booking: "on", callbacks: 1}
  - {id: sales, name: Sales, channel: sales, booking: "off"}
rules:
  - name: bulk
    when: {contains: [bulk discount]}
    then: {hand_off: true, team: sales}
`, callLength, callNotice, callReminder)

// furnish changes settings, as somebody does from a shell, until it is done.
func (w *world) furnish(t *testing.T, yaml string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	var said []byte
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); pause(t.Context(), 200*time.Millisecond) {
		cmd := exec.CommandContext(t.Context(), w.bin, "config", "apply", file)
		cmd.Env = append(programtest.CleanEnv(), w.env...)
		if said, err = cmd.CombinedOutput(); err == nil {
			return
		}
	}
	t.Fatalf("config apply: %v\n%s", err, said)
}
