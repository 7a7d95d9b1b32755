package storagetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Server is a PostgreSQL server of one test's own, which the test may stop.
// The one that tests share must never be: others are using it.
type Server struct {
	tb   testing.TB
	bin  string
	home string
	port int
	// as begins a command of the user, uid and gid, who runs it in root's place.
	as       []string
	uid, gid int
}

// NewServer makes and starts a server on a free loopback port, and removes it
// when the test ends. It needs PostgreSQL's server programs in PATH or where
// Debian has them; without them the test fails.
func NewServer(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{tb: tb, bin: programs(tb)}
	var err error
	// Not TempDir: the lesser user below could not enter it.
	if s.home, err = os.MkdirTemp("", "threadline-postgres."); err != nil {
		tb.Fatalf("storagetest: %v", err)
	}
	tb.Cleanup(func() {
		s.Stop()
		_ = os.RemoveAll(s.home)
	})
	if os.Getuid() == 0 { // initdb refuses to run as root
		s.lend()
	}
	if said, err := s.run("initdb", "-D", s.data(), "-U", "threadline", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"); err != nil {
		tb.Fatalf("storagetest: initdb: %v\n%s", err, said)
	}
	for range 5 { // a port can be taken before the server has it
		if err = s.pick(); err == nil {
			if err = s.start(); err == nil {
				return s
			}
		}
	}
	tb.Fatalf("storagetest: the server does not start: %v", err)
	return nil
}

// URL is the DATABASE_URL of its only database.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://threadline@127.0.0.1:%d/postgres?sslmode=disable", s.port)
}

// Stop ends it as a shutdown of the machine does: transactions are cut off.
func (s *Server) Stop() {
	_, _ = s.run("pg_ctl", "-D", s.data(), "-m", "fast", "-w", "stop") // it may have ended already
}

// Start starts it again, at the same address.
func (s *Server) Start() {
	s.tb.Helper()
	if err := s.start(); err != nil {
		s.tb.Fatalf("storagetest: the server does not start again: %v", err)
	}
}

// Standby makes it read-only, as a server is that a failover has left behind.
func (s *Server) Standby() {
	s.tb.Helper()
	s.Stop()
	if err := os.WriteFile(s.signal(), nil, 0o600); err != nil {
		s.tb.Fatalf("storagetest: %v", err)
	}
	if s.as != nil {
		s.own(s.signal())
	}
	s.Start()
}

// Primary makes it take writes again.
func (s *Server) Primary() {
	s.tb.Helper()
	s.Stop()
	if err := os.Remove(s.signal()); err != nil {
		s.tb.Fatalf("storagetest: %v", err)
	}
	s.Start()
}

func (s *Server) signal() string { return filepath.Join(s.data(), "standby.signal") }

func (s *Server) data() string { return filepath.Join(s.home, "data") }

// lend gives the cluster's directory to a user who is not root.
func (s *Server) lend() {
	s.tb.Helper()
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		s.uid, _ = strconv.Atoi(u.Uid)
		s.gid, _ = strconv.Atoi(u.Gid)
		s.as = []string{"runuser", "-u", name, "--"}
		s.own(s.home)
		return
	}
	s.tb.Fatal("storagetest: neither a user postgres nor nobody can run the server")
}

func (s *Server) own(path string) {
	s.tb.Helper()
	if err := os.Chown(path, s.uid, s.gid); err != nil {
		s.tb.Fatalf("storagetest: %v", err)
	}
}

// pick finds a port below those handed out for outgoing connections.
func (s *Server) pick() error {
	s.port = 15000 + rand.IntN(5000)
	l, err := new(net.ListenConfig).Listen(s.tb.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
	if err != nil {
		return err
	}
	return l.Close()
}

func (s *Server) start() error {
	options := fmt.Sprintf("-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=60 -c port=%d", s.port)
	said, err := s.run("pg_ctl", "-D", s.data(), "-l", filepath.Join(s.data(), "server.log"), "-w", "-t", "60", "-o", options, "start")
	if err != nil {
		return fmt.Errorf("%w\n%s", err, said)
	}
	return nil
}

func (s *Server) run(program string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.tb.Context()), 90*time.Second)
	defer cancel()
	line := append(append([]string{}, s.as...), append([]string{filepath.Join(s.bin, program)}, args...)...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...) //nolint:gosec // the test's own programs
	cmd.Dir = s.home
	// A server inherits what it is started with: a pipe would never end.
	out, err := os.Create(filepath.Join(os.TempDir(), filepath.Base(s.home)+"."+program))
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = out.Close()
		_ = os.Remove(out.Name())
	}()
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	said, rerr := os.ReadFile(out.Name())
	if rerr != nil {
		return nil, rerr
	}
	return bytes.TrimSpace(said), err
}

// programs is the directory of the server's programs, the newest where there
// are several.
func programs(tb testing.TB) string {
	tb.Helper()
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_ctl"); err == nil && len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	path, err := exec.LookPath("pg_ctl")
	if err != nil {
		tb.Fatal("storagetest: this test stops a PostgreSQL server of its own: install PostgreSQL's server programs")
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.Dir(path)
}
