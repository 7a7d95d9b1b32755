package main_test

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"threadline/storage/storagetest"
)

// claimedRoad starts a road whose visitor has asked for a person and been claimed.
func claimedRoad(t *testing.T, database string) (*road, string) {
	t.Helper()
	r := newRoad(t, binary(t, ""), database)
	r.run()
	v := newVisitor(t, r.site)
	r.visitor = v
	v.say("I want to talk to a human")
	until(t, "the alert", func() bool { _, ok := r.sim.alert(v.id); return ok })
	alert, _ := r.sim.alert(v.id)
	r.sim.click("dana", alert.TS, "claim")
	until(t, "the claim", func() bool { return v.status() == "assigned" })
	root, _ := r.sim.thread(v.id)
	return r, root.TS
}

// refused sends a line that must not be taken, and says with which id.
func (v *visitor) refused(text string) string {
	v.t.Helper()
	id := uuid.NewString()
	body := map[string]any{"client_id": id, "text": text}
	if code := call(v.t, "POST", v.site+"/api/v1/messages", v.token, body, nil); code != http.StatusServiceUnavailable {
		v.t.Errorf("while nothing can be written a line gave %d, want 503", code)
	}
	return id
}

// count is how many lines of a kind hold the text.
func (v *visitor) count(kind, text string) int {
	n := 0
	for _, s := range v.said(kind) {
		n += strings.Count(s, text)
	}
	return n
}

// TestADatabaseThatTakesNoWrites: whoever writes is told to try again, nothing
// is half there, what was said meanwhile in Slack arrives afterwards, and a
// line that the widget sends again stands once.
func TestADatabaseThatTakesNoWrites(t *testing.T) {
	shut := map[string]func(t *testing.T) (url string, shut, open func()){
		// What a failover leaves behind.
		"postgres": func(t *testing.T) (string, func(), func()) {
			server := storagetest.NewServer(t)
			return server.URL(), server.Standby, server.Primary
		},
		// A backup tool that does not let go of the file.
		"sqlite": func(t *testing.T) (string, func(), func()) {
			url := storagetest.SQLite(t)
			var db *sql.DB
			var x *sql.Tx
			shut := func() {
				var err error
				if db, err = sql.Open("sqlite", "file:"+strings.TrimPrefix(url, "sqlite:")+"?_txlock=immediate&_pragma=busy_timeout(5000)"); err != nil {
					t.Fatal(err)
				}
				if x, err = db.BeginTx(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
			}
			return url, shut, func() {
				_ = x.Rollback()
				_ = db.Close()
			}
		},
	}
	for engine, database := range shut {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url, shut, open := database(t)
			r, root := claimedRoad(t, url)
			v := r.visitor
			shut()
			id := v.refused("is anybody there?")
			r.sim.say("dana", root, "I am, one moment")
			if v.count("visitor", "is anybody there?") != 0 {
				t.Error("a line that was refused is in the transcript")
			}
			if code := call(t, "GET", r.site+"/healthz", "", nil, nil); code != http.StatusOK {
				t.Errorf("healthz %d: the process is alive", code)
			}
			open()
			until(t, "the line is taken", func() bool {
				body := map[string]any{"client_id": id, "text": "is anybody there?"}
				code := call(t, "POST", v.site+"/api/v1/messages", v.token, body, nil)
				return code == http.StatusOK || code == http.StatusCreated
			})
			v.heard("agent", "I am, one moment")
			until(t, "the thread shows the line", func() bool {
				got, _ := r.sim.thread(v.id)
				n := 0
				for _, m := range got.Replies {
					n += strings.Count(m.Text, "is anybody there?")
				}
				return n == 1
			})
			if n := v.count("visitor", "is anybody there?"); n != 1 {
				t.Errorf("the line stands %d times", n)
			}
			if n := v.count("agent", "I am, one moment"); n != 1 {
				t.Errorf("Dana's line stands %d times", n)
			}
		})
	}
}

// TestPostgresRestartsUnderTheProgram: the server goes away and comes back in
// the middle of a talk; the program stays, says so, and nothing is lost.
func TestPostgresRestartsUnderTheProgram(t *testing.T) {
	server := storagetest.NewServer(t)
	r, root := claimedRoad(t, server.URL())
	v := r.visitor
	for round := range 2 {
		server.Stop()
		id := v.refused("are you there?")
		r.sim.say("dana", root, "I am here")
		if code := call(t, "GET", r.site+"/readyz", "", nil, nil); code != http.StatusServiceUnavailable {
			t.Errorf("readyz %d while the database is away", code)
		}
		server.Start()
		until(t, "the line is taken", func() bool {
			code := call(t, "POST", v.site+"/api/v1/messages", v.token, map[string]any{"client_id": id, "text": "are you there?"}, nil)
			return code == http.StatusOK || code == http.StatusCreated
		})
		until(t, "Dana is heard", func() bool { return v.count("agent", "I am here") == round+1 })
		until(t, "readiness", func() bool { return call(t, "GET", r.site+"/readyz", "", nil, nil) == http.StatusOK })
		until(t, "the thread shows the line", func() bool {
			got, _ := r.sim.thread(v.id)
			n := 0
			for _, m := range got.Replies {
				n += strings.Count(m.Text, "are you there?")
			}
			return n == round+1
		})
		if n := v.count("visitor", "are you there?"); n != round+1 {
			t.Errorf("the visitor's line stands %d times after %d restarts", n, round+1)
		}
	}
}
