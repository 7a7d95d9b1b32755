package main_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"threadline/storage/storagetest"
)

// day is a running product that somebody steers by its public doors alone.
type day struct {
	t         *testing.T
	sim       *simulated
	site      string
	env       []string
	dana, lee string // their ids
	onCall    string // a user group
}

// TestDayInAMinute: with settings of a few seconds an outsider watches what
// takes a day: every step by which a wait reaches further, the missed target,
// the assistant's return, a silent holder, and a morning after a night.
func TestDayInAMinute(t *testing.T) {
	t.Parallel()
	sim, env := workspace(t)
	env = append(env, "DATABASE_URL="+storagetest.SQLite(t))
	p := launch(t, binary(t, ""), env, "serve")
	d := &day{t: t, sim: sim, env: env, site: p.lines["site"], dana: sim.user("dana"), lee: sim.user("lee")}
	d.onCall = d.group("duty-managers")
	d.nobodyComes()
	d.silentHolder()
	d.morning()
	d.hired()
	if errs := p.errs.String(); mistakes(errs) != "" || t.Failed() {
		t.Errorf("the log:\n%s", errs)
	}
}

// group asks Slack for the id of a user group.
func (d *day) group(handle string) string {
	d.t.Helper()
	form := url.Values{}
	var api string
	for _, kv := range d.env {
		switch name, value, _ := strings.Cut(kv, "="); name {
		case "SLACK_BOT_TOKEN":
			form.Set("token", value)
		case "SLACK_API_URL":
			api = value
		}
	}
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, api+"usergroups.list", strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var reply struct {
		UserGroups []struct{ ID, Handle string } `json:"usergroups"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
		d.t.Fatal(err)
	}
	for _, g := range reply.UserGroups {
		if g.Handle == handle {
			return g.ID
		}
	}
	d.t.Fatalf("no user group %s in %+v", handle, reply)
	return ""
}

// apply changes settings with the command, beside the running program.
func (d *day) apply(text string, with any) {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "settings.yaml")
	f, err := os.Create(file) //nolint:gosec // a directory of the test's own
	if err != nil {
		d.t.Fatal(err)
	}
	if err := template.Must(template.New("").Parse(text)).Execute(f, with); err != nil {
		d.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		d.t.Fatal(err)
	}
	if out, errs, code := runOnce(d.t, binary(d.t, ""), d.env, "config", "apply", file); code != 0 {
		d.t.Fatalf("apply exits %d and says\n%s%s", code, out, errs)
	}
}

// asks is a new visitor who asks for a person.
func (d *day) asks() *visitor {
	d.t.Helper()
	v := newVisitor(d.t, d.site)
	v.say("I want to talk to a human")
	until(d.t, "the wait", func() bool { return v.status() == "queued" })
	return v
}

// posts counts posts in a chat's thread that hold all the words.
func (d *day) posts(v *visitor, words ...string) int {
	root, _ := d.sim.thread(v.id)
	n := 0
	for _, r := range root.Replies {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(r.Text, w) }) {
			n++
		}
	}
	return n
}

// posted waits for a post in a chat's thread that holds all the words.
func (d *day) posted(v *visitor, words ...string) {
	d.t.Helper()
	until(d.t, "a post with "+strings.Join(words, " and "), func() bool { return d.posts(v, words...) > 0 })
}

func (d *day) command(user, text string) string {
	return d.sim.post("command", map[string]any{"user": user, "channel": "#support", "command": "/handoff", "text": text}).told()
}

// idle waits until Slack has heard nothing for a moment.
func (d *day) idle() {
	call(d.t, "GET", d.sim.url+"/sim/v1/wait?idle_ms=2000&timeout_ms=20000", "", nil, nil)
}

// nobodyComes: a wait widens step by step, misses its target, and ends with
// the assistant's return.
func (d *day) nobodyComes() {
	t := d.t
	d.apply(`
teams: [{id: support, members: [{id: {{.dana}}}, {id: {{.lee}}}], group: {{.group}}}]
sla: {urgent: 1s, high: 1s, normal: 3s, low: 3s}
escalation: [{after: 2s, to: next_agent}, {after: 5s, to: on_call}, {after: 8s, to: managers}]
windows: {reactivation: 11s, offer: 1m, nudge: 2s, idle: 5s}
`, map[string]string{"dana": d.dana, "lee": d.lee, "group": d.onCall})
	v := d.asks()
	steps := [][]string{
		{"This chat is offered to you", "<@" + d.dana + ">"},
		{"This chat is offered to you", "<@" + d.lee + ">"},
		{"Nobody has claimed this chat for", "<!subteam^" + d.onCall},
		{"Nobody has claimed this chat for", "<@" + d.sim.user("morgan") + ">"},
		{"Nobody claimed this in time, so the assistant is answering again"},
	}
	for _, words := range steps {
		d.posted(v, words...)
	}
	until(t, "the assistant's return", func() bool { return v.status() == "automatic" })
	v.heard("system", "nobody from the team could join in time")
	until(t, "the alert to say so", func() bool {
		a, _ := d.sim.alert(v.id)
		return strings.Contains(a.Text, "Nobody came in time; the assistant has returned")
	})
	if said := d.command("lee", "audit"); !strings.Contains(said, "late answer “") || !strings.Contains(said, "nobody has answered yet") {
		t.Errorf("the missed target is not on record: %s", said)
	}
	d.idle()
	for _, words := range steps {
		if n := d.posts(v, words...); n != 1 {
			t.Errorf("%d posts with %q", n, words)
		}
	}
	rung := map[string]int{}
	for _, n := range d.sim.state().Notifications {
		if n.Kind == "mention" || n.Kind == "usergroup" {
			rung[n.User]++
		}
	}
	// Morgan is on call and a manager.
	if rung[d.dana] != 1 || rung[d.lee] != 1 || rung[d.sim.user("morgan")] != 2 {
		t.Errorf("they were called %v times", rung)
	}
	v.say("Do you service heat pumps?")
	v.heard("assistant", "heat pump")
}

// silentHolder: whoever claims and does not answer is reminded, then relieved.
func (d *day) silentHolder() {
	t := d.t
	d.apply(`escalation: []
windows: {reactivation: 8h, away_after: 0}
sla: {urgent: 1m, high: 2m, normal: 3m, low: 10m}
`, nil)
	v := d.asks()
	until(t, "the claim", func() bool {
		if a, ok := d.sim.alert(v.id); ok {
			d.sim.click("dana", a.TS, "claim")
		}
		return v.status() == "assigned"
	})
	v.say("Hello, are you there?")
	until(t, "the reminder", func() bool {
		return slices.ContainsFunc(d.sim.state().Ephemerals, func(e ephemeral) bool {
			return e.User == d.dana && strings.Contains(e.Text, "waiting for your answer for 2s") && strings.Contains(e.Text, "After 5s the chat goes back")
		})
	})
	until(t, "the chat to be back in the queue", func() bool { return v.status() == "queued" })
	v.heard("system", "had to step away")
	d.posted(v, "Dana Whitfield has not answered for 5s, so this chat is back in the queue.", "<@"+d.dana+">")
	until(t, "the offer to a colleague", func() bool { return d.posts(v, "This chat is offered to you", "<@"+d.lee+">") == 1 })
	d.apply(`windows: {nudge: 1m, idle: 5m}`, nil) // Lee has time to answer
	until(t, "the colleague's claim", func() bool {
		a, _ := d.sim.alert(v.id)
		d.sim.click("lee", a.TS, "claim")
		return v.status() == "assigned"
	})
	root, _ := d.sim.thread(v.id)
	d.sim.say("lee", root.TS, "Yes, I am here.")
	v.heard("agent", "Yes, I am here.")
	if said := d.command("lee", "tasks overdue"); strings.Contains(said, "⚠️") {
		t.Errorf("an answer in time is overdue: %s", said)
	}
}

// night is how long the test's night lasts: long enough for two visitors.
const night = 15 * time.Second

// morning: at night visitors wait for the opening, the assistant goes on
// helping, and the opening hands the queue out with one digest.
func (d *day) morning() {
	t := d.t
	zone := time.UTC
	if h := time.Now().In(zone).Hour(); h == 0 || h == 23 {
		var err error
		if zone, err = time.LoadLocation("Asia/Tokyo"); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now().In(zone)
	opening := now.Add(night).Truncate(time.Second)
	d.apply(`sites: [{id: default, hours: {timezone: {{.zone}}, week: {daily: "{{.from}}-{{.to}}"}}}]`, map[string]string{
		"zone": zone.String(), "from": opening.Format("15:04:05"), "to": opening.Add(40 * time.Minute).Format("15:04:05"),
	})
	waiting := []*visitor{d.asks(), d.asks()}
	for _, v := range waiting {
		v.heard("system", "they are back today at "+opening.Format("15:04 MST"))
		if c, _ := v.chat(); !strings.Contains(c.Expectation, "today at "+opening.Format("15:04 MST")) {
			t.Errorf("at night a visitor expects %q", c.Expectation)
		}
		if n := d.posts(v, "This chat is offered to you"); n > 0 && time.Now().Before(opening) {
			t.Errorf("%d offers at night", n)
		}
	}
	waiting[0].say("Do you service heat pumps?")
	waiting[0].heard("assistant", "heat pump")
	digests := func() (found []slackPost) {
		for _, c := range d.sim.state().Channels {
			for _, m := range c.Messages {
				if strings.Contains(m.Text, "have waited for the opening") {
					found = append(found, m)
				}
			}
		}
		return found
	}
	until(t, "the digest of the morning", func() bool { return len(digests()) > 0 })
	if now := time.Now(); now.Before(opening) {
		t.Errorf("the digest came %v before the opening", opening.Sub(now))
	}
	if text := digests()[0].Text; !strings.Contains(text, "Good morning. 2 chats") {
		t.Errorf("the digest says %q", text)
	}
	for _, v := range waiting {
		d.posted(v, "This chat is offered to you")
		until(t, "the claim in the morning", func() bool {
			a, _ := d.sim.alert(v.id)
			d.sim.click("lee", a.TS, "claim")
			return v.status() == "assigned"
		})
	}
	d.idle()
	if n := len(digests()); n != 1 {
		t.Errorf("%d digests of one morning", n)
	}
}

// hired: a team that gets its members while a visitor waits, and that is open
// earlier than it thought, offers at once what waits.
func (d *day) hired() {
	d.apply(`
teams: [{id: support, members: []}]
sites: [{id: default, hours: {timezone: {{.}}, week: {daily: "00:00-00:01"}}}]
`, zoneOfDay())
	v := d.asks()
	v.heard("system", "they are back")
	d.apply(`
teams: [{id: support, members: [{id: {{.}}}]}]
sites: [{id: default, hours: {timezone: "", week: {}}}]
`, d.lee)
	d.posted(v, "This chat is offered to you", "<@"+d.lee+">")
	until(d.t, "the visitor to expect somebody", func() bool {
		c, _ := v.chat()
		return c.Expectation != "" && !strings.Contains(c.Expectation, "back")
	})
}

// zoneOfDay is a zone in which it is not about midnight.
func zoneOfDay() string {
	if h := time.Now().UTC().Hour(); h == 0 || h == 23 {
		return "Asia/Tokyo"
	}
	return "UTC"
}
