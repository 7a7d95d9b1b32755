package main_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"threadline/cmd/threadline/programtest"
)

// playTime bounds one play in the browser.
const playTime = 4 * time.Minute

// TestBrowser plays both sides of the real program's demo in Chromium, the way
// people do: the site's widget on one page, the Slack page on others. Run it
// with -artifacts to keep the pictures that the plays take.
func TestBrowser(t *testing.T) {
	chromium := findChromium(t)
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is not installed: install Node 20 or newer")
	}
	if _, err := os.Stat(filepath.Join("browser", "node_modules", "playwright-core", "package.json")); err != nil {
		t.Fatal("playwright-core is not installed in cmd/threadline/browser: run scripts/npm.sh")
	}
	for _, play := range []string{"road", "keeps", "pages", "files"} {
		t.Run(play, func(t *testing.T) {
			s := newStage(t)
			s.play(node, filepath.Join("browser", play+".mjs"), chromium)
			if wrong := mistakes(s.program.errs.String()); wrong != "" {
				t.Errorf("errors in the log:\n%s\n%s", wrong, s.program.errs)
			}
		})
	}
}

// findChromium is the browser that $CHROMIUM names, else Debian's.
func findChromium(t *testing.T) string {
	t.Helper()
	name := os.Getenv("CHROMIUM")
	if name == "" {
		name = "/usr/bin/chromium"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("there is no browser at %s: set CHROMIUM to the path of a Chromium, or run make browser, which installs one", name)
	}
	return path
}

// stage is a demo that a play in the browser may kill and start again.
type stage struct {
	t       *testing.T
	args    []string
	program *program
	control string       // where the play asks for that
	asked   chan request // what it asked
	foreign string       // origin of a page that the product does not serve
}

// request is what a play asks to be done to the program; done answers it.
type request struct {
	what string
	done chan struct{}
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{
		t:     t,
		args:  []string{"demo", "--listen", freePort(t), "--slack-listen", freePort(t), "--data", t.TempDir()},
		asked: make(chan request),
	}
	s.program = launch(t, binary(t, ""), nil, s.args...)
	s.control = serveFor(t, http.HandlerFunc(s.take))
	s.foreign = serveFor(t, http.HandlerFunc(s.foreignPage))
	return s
}

// take hands a request over to the test, which alone may fail it.
func (s *stage) take(w http.ResponseWriter, r *http.Request) {
	q := request{strings.TrimPrefix(r.URL.Path, "/"), make(chan struct{})}
	select {
	case s.asked <- q:
		<-q.done
		w.WriteHeader(http.StatusNoContent)
	case <-r.Context().Done():
	}
}

// foreignPage includes the widget where it has no business to be.
func (s *stage) foreignPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := w.Write([]byte(`<!doctype html><html lang="en"><title>Somebody else's page</title><h1>Somebody else's page</h1>` +
		`<script async src="` + r.URL.Query().Get("site") + `/widget.js" data-site="default"></script></html>`))
	if err != nil {
		s.t.Errorf("foreign page: %v", err)
	}
}

// play runs a script under Node to its end and does what it asks meanwhile.
func (s *stage) play(node, script, chromium string) {
	t := s.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), playTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, script)
	cmd.Env = append(programtest.CleanEnv(),
		"CHROMIUM="+chromium, "PICTURES="+t.ArtifactDir(), "SITE="+s.program.lines["site"], "SLACK="+s.program.lines["slack"],
		"CONTROL="+s.control, "FOREIGN="+s.foreign)
	out := &programtest.Log{}
	cmd.Stdout, cmd.Stderr = out, out
	over := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { over <- cmd.Wait() }()
	for {
		select {
		case q := <-s.asked:
			switch q.what {
			case "kill":
				s.program.Kill()
			case "start":
				s.program = launch(t, binary(t, ""), nil, s.args...)
			default:
				t.Errorf("%s asked for %q", script, q.what)
			}
			close(q.done)
		case err := <-over:
			t.Logf("%s:\n%s", script, out)
			if err != nil {
				t.Errorf("%v; -artifacts keeps pictures of every page\n%s", err, s.program.errs)
			}
			return
		}
	}
}

// serveFor serves on a free port until the test ends and returns the origin.
func serveFor(t *testing.T, h http.Handler) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: patience}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = srv.Serve(l)
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-over
	})
	return "http://" + l.Addr().String()
}
