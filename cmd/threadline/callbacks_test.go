package main_test

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"threadline/storage/storagetest"
)

// newest is the last line that visitors read of that kind of author.
func (v *visitor) newest(kind string) string {
	said := v.said(kind)
	if len(said) == 0 {
		return ""
	}
	return said[len(said)-1]
}

// tells waits until the newest line of that kind of author has the text in it,
// and returns it.
func (v *visitor) tells(kind, text string) string {
	v.t.Helper()
	got := ""
	until(v.t, kind+" says "+text+" last", func() bool {
		got = v.newest(kind)
		return strings.Contains(got, text)
	})
	return got
}

// calendars are the calendar files that the chat holds, oldest first.
func (v *visitor) calendars() []string {
	v.t.Helper()
	var reply struct {
		Messages []struct {
			Attachments []struct{ Name, Type, URL string }
		}
	}
	call(v.t, "GET", v.site+"/api/v1/messages?limit=500", v.token, nil, &reply)
	var out []string
	for _, m := range reply.Messages {
		for _, a := range m.Attachments {
			if a.Name != "callback.ics" || a.Type != "text/calendar" {
				v.t.Errorf("an attachment is %+v", a)
			}
			req, err := http.NewRequestWithContext(v.t.Context(), "GET", a.URL, nil)
			if err != nil {
				v.t.Fatal(err)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				v.t.Fatal(err)
			}
			data, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if err != nil || res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/calendar") {
				v.t.Fatalf("the calendar: %v, %d, %s", err, res.StatusCode, res.Header.Get("Content-Type"))
			}
			out = append(out, string(data))
		}
	}
	return out
}

// offered are the times of the last offer that a text makes.
func offered(text string) []string {
	return regexp.MustCompile(`(?m)^\d\. (.*)$`).FindAllString(text, -1)
}

// Two visitors ask to be called and want the same time at once: one has it,
// the other is shown the next. Then the call is moved and cancelled.
func TestVisitorsBookCalls(t *testing.T) {
	for name, url := range map[string]string{"sqlite": storagetest.SQLite(t), "postgres": storagetest.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			_, env := workspace(t)
			env = append(env, "DATABASE_URL="+url)
			furnished(t, env, "booking: {length: 1h, notice: 0s, horizon: 48h}\nteams:\n  - id: support\n    booking: \"on\"\n    callbacks: 1\n")
			p := launch(t, binary(t, ""), env, "serve")
			ann, bob := newVisitor(t, p.lines["site"]), newVisitor(t, p.lines["site"])
			for _, v := range []*visitor{ann, bob} {
				v.say("Could somebody call me back?")
				v.tells("assistant", "\n3. ")
				if v.status() != "automatic" {
					t.Fatalf("asking for a call made it %s", v.status())
				}
			}
			first := offered(ann.newest("assistant"))
			var both sync.WaitGroup
			for _, v := range []*visitor{ann, bob} {
				both.Go(func() { v.say("1") })
			}
			both.Wait()
			until(t, "an answer to both", func() bool { return len(ann.said("assistant")) == 2 && len(bob.said("assistant")) == 2 })
			if strings.Contains(bob.newest("assistant"), "is booked") {
				ann, bob = bob, ann
			}
			won, lost := ann.newest("assistant"), bob.newest("assistant")
			if !strings.Contains(won, "is booked") || !strings.Contains(won, "UTC") || !strings.Contains(won, "Which phone number") {
				t.Fatalf("one is told %q", won)
			}
			if !strings.Contains(lost, "just been taken") || slices.Contains(offered(lost), first[0]) || len(offered(lost)) != 3 {
				t.Fatalf("the other is told %q", lost)
			}
			bob.say("the first one, and my number is +1 312 555 0199")
			if got := bob.tells("assistant", "is booked"); !strings.Contains(got, "+1 312 555 0199") || strings.Contains(got, "Which phone") {
				t.Errorf("with a number known: %q", got)
			}
			ann.say("Can we move the call?")
			ann.tells("assistant", "\n3. ")
			ann.say("3")
			ann.tells("assistant", "is moved")
			ann.say("please cancel the call")
			ann.tells("assistant", "is cancelled")
			files := ann.calendars()
			if len(files) != 3 {
				t.Fatalf("%d calendar files", len(files))
			}
			uid := regexp.MustCompile(`UID:\S+`).FindString(files[0])
			for i, want := range [][]string{{"METHOD:PUBLISH", "SEQUENCE:0"}, {"METHOD:PUBLISH", "SEQUENCE:1"}, {"METHOD:CANCEL", "SEQUENCE:2"}} {
				for _, line := range append(want, uid, "BEGIN:VCALENDAR\r\n") {
					if uid == "" || !strings.Contains(files[i], line) {
						t.Errorf("calendar %d lacks %q:\n%s", i, line, files[i])
					}
				}
			}
			// What was cancelled is free again.
			ann.say("call me back after all please")
			if got := ann.tells("assistant", "\n3. "); !strings.Contains(got, strings.TrimPrefix(first[0], "1. ")) {
				t.Errorf("after the cancellation %q is not offered: %s", first[0], got)
			}
		})
	}
}

// The agent offers times from the thread, the visitor picks, and both are
// reminded.
func TestAnAgentOffersACall(t *testing.T) {
	sim, env := workspace(t)
	env = append(env, "DATABASE_URL="+storagetest.SQLite(t))
	furnished(t, env, "booking: {length: 5s, notice: 1s, horizon: 1h, reminder: 8s}\nteams:\n  - id: support\n    booking: \"on\"\n")
	p := launch(t, binary(t, ""), env, "serve")
	v := newVisitor(t, p.lines["site"])
	v.say("I want to talk to a human")
	until(t, "the claim", func() bool {
		if a, ok := sim.alert(v.id); ok {
			sim.click("dana", a.TS, "claim")
		}
		return v.status() == "assigned"
	})
	root, _ := sim.thread(v.id)
	sim.say("dana", root.TS, "!book")
	v.tells("system", "\n3. ")
	v.say("3")
	v.tells("system", "is booked")
	command := func(user string) string {
		return sim.post("command", map[string]any{"user": user, "channel": "#support", "command": "/handoff", "text": "tasks mine"}).told()
	}
	if got := command("dana"); !strings.Contains(got, "📞 Call") || !strings.Contains(got, "no number yet") {
		t.Errorf("dana's tasks are %s", got)
	}
	v.heard("system", "A reminder: our team calls you")
	until(t, "dana to be called for", func() bool {
		root, _ := sim.thread(v.id)
		return slices.ContainsFunc(root.Replies, func(r slackPost) bool {
			return strings.Contains(r.Text, "time to call") && strings.Contains(r.Text, "<@"+sim.user("dana")+">")
		})
	})
	until(t, "the call to be over", func() bool { return !strings.Contains(command("dana"), "📞 Call") })
	if v.status() != "assigned" || len(v.said("assistant")) > 0 {
		t.Errorf("it ends %s, the assistant said %q", v.status(), v.said("assistant"))
	}
}
