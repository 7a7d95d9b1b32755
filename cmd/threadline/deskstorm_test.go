package main_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/template"
	"time"

	"threadline/bridge"
	"threadline/slackapp/slacksim"
	"threadline/storage"
)

const (
	deskChats    = 50
	deskHands    = 4 // how many things an agent does at a time
	deskRounds   = 5 // and how many times
	deskCapacity = 3 // edited between this and one less
	// deskGivenTo of the agents never claim for themselves: what they have was
	// given to them, so it never passes their capacity.
	deskGivenTo = 5
)

// TestDeskStorm: ten agents and fifty conversations on three replicas. The
// agents press, write and command in a seeded storm; at no time has a
// conversation two holders or no way forward, nor has anybody been given more
// than they can take. In the end each chat is answered and resolved.
func TestDeskStorm(t *testing.T) {
	t.Parallel()
	d := newDeskStorm(t)
	t.Logf("after %v: all wait", time.Since(d.began))
	stop := d.watch()
	d.each(len(d.agents)*deskHands, func(i int) {
		r := rand.New(rand.NewPCG(11, uint64(i))) //nolint:gosec // the storm must be the same each time
		for range deskRounds {
			d.act(r, i%len(d.agents))
		}
	})
	d.acted()
	d.rescue()
	t.Logf("after %v: all are held", time.Since(d.began))
	d.farewell()
	stop()
	t.Logf("after %v: all is done", time.Since(d.began))
	for _, r := range d.c.replicas {
		if wrong := mistakes(r.errs.String()); wrong != "" {
			t.Errorf("replica %s logged errors:\n%s\n%s", r.name, wrong, tail(r.errs.String(), 4000))
		}
	}
}

type deskStorm struct {
	t        *testing.T
	began    time.Time
	c        *cluster
	store    *storage.Store // to look only
	agents   []string       // those who are only given chats come first
	ids      []string
	visitors []*visitor
	byID     map[bridge.ConversationID]*visitor

	hands []sync.Mutex // each agent does one thing at a time

	mu   sync.Mutex
	done map[string]int // acts by kind
	said map[string]int // refusals, by their words
}

var deskSettings = template.Must(template.New("").Parse(`
teams:
  - id: support
    method: load_balanced
    members: [{{range .IDs}}{id: {{.}}, capacity: {{$.Capacity}}}, {{end}}]
  - {id: sales, members: [{{range .Sales}}{id: {{.}}, capacity: {{$.Capacity}}}, {{end}}]}
windows: {offer: 2s, away_after: 0, nudge: 10m, idle: 30m}
escalation: []
sites: [{id: default, channels: [{{range .Channels}}{{.}}, {{end}}support], spread: true}]
`))

func newDeskStorm(t *testing.T) *deskStorm {
	t.Helper()
	more := []string{"ada", "ben", "cleo", "dov", "elif", "finn", "gwen"}
	d := &deskStorm{
		t: t, began: time.Now(), c: newClusterOf(t, "chaos", slacksim.Config{Seed: 11, Scale: 0.02, Colleagues: more}),
		agents: append(more, "dana", "lee", "morgan"), byID: map[bridge.ConversationID]*visitor{}, done: map[string]int{}, said: map[string]int{},
	}
	d.hands = make([]sync.Mutex, len(d.agents))
	for _, name := range d.agents {
		d.ids = append(d.ids, d.c.sim.user(name))
	}
	channels := []string{"north", "east", "south", "west", "inner", "outer", "lake"}
	for _, name := range channels {
		call(t, "POST", d.c.sim.url+"/sim/v1/channels", "", map[string]any{"name": name, "members": d.agents, "app": true}, nil)
	}
	var settings bytes.Buffer
	err := deskSettings.Execute(&settings, map[string]any{"IDs": d.ids, "Sales": d.ids[3:7], "Channels": channels, "Capacity": deskCapacity})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "settings.yaml")
	if err := os.WriteFile(file, settings.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := runOnce(t, binary(t, "chaos"), []string{"DATABASE_URL=" + d.c.database}, "config", "apply", file); code != 0 {
		t.Fatalf("apply exits %d and says\n%s%s", code, out, errs)
	}
	if d.store, err = storage.OpenToRead(t.Context(), d.c.database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.store.Close() })
	d.visitors = make([]*visitor, deskChats)
	d.each(deskChats, func(i int) {
		d.visitors[i] = newVisitor(t, d.c.sites()[i%3])
		d.asks(d.visitors[i])
	})
	for _, v := range d.visitors {
		d.byID[bridge.ConversationID(v.id)] = v
	}
	until(t, "every chat to have a thread and an alert", func() bool {
		for _, v := range d.visitors {
			if _, h := d.look(v); h.Alert.IsZero() {
				return false
			}
		}
		return true
	})
	return d
}

// each does something n times, all at once: a press takes three seconds to say
// that nothing came back.
func (d *deskStorm) each(n int, do func(int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

func (d *deskStorm) asks(v *visitor) {
	if code := call(d.t, "POST", v.site+"/api/v1/handoff", v.token, map[string]any{}, nil); code != 202 {
		d.t.Errorf("asking for a person: status %d", code)
	}
}

// look reads a chat as it stands in the database.
func (d *deskStorm) look(v *visitor) (bridge.Conversation, bridge.Handoff) {
	c, err := d.store.Conversation(context.Background(), bridge.ConversationID(v.id))
	if err != nil {
		d.t.Error(err)
	}
	h, err := d.store.Handoff(context.Background(), c.Handoff)
	if err != nil && c.Handoff != "" {
		d.t.Error(err)
	}
	return c, h
}

// own are the chats that an agent holds.
func (d *deskStorm) own(who int) []*visitor {
	held, err := d.store.Held(context.Background(), deskChats)
	if err != nil {
		d.t.Error(err)
	}
	var own []*visitor
	for _, c := range held {
		if string(c.Conversation.Holder) == d.ids[who] {
			own = append(own, d.byID[c.Conversation.ID])
		}
	}
	return own
}

// act lets one agent do what somebody at their desk would do next.
func (d *deskStorm) act(r *rand.Rand, who int) {
	v := d.visitors[r.IntN(deskChats)]
	if own := d.own(who); len(own) > 0 && r.IntN(3) > 0 {
		v = own[r.IntN(len(own))]
	}
	c, h := d.look(v)
	claims := who >= deskGivenTo
	mine := string(c.Holder) == d.ids[who]
	switch n := r.IntN(20); {
	case n == 0:
		d.command(who, "me "+[]string{"available", "available", "busy", "away"}[r.IntN(4)])
	case n <= 5 && d.agents[who] == "morgan":
		i := r.IntN(len(d.ids))
		d.command(who, fmt.Sprintf("capacity <@%s> %d", d.ids[i], deskCapacity-r.IntN(2)))
	case n == 3:
		v.say("Are you still there?")
	case c.Status == bridge.Queued && string(h.OfferedTo) == d.ids[who] && (n < 12 || !claims):
		d.click(who, h.Alert, "pass")
	case c.Status == bridge.Queued && claims:
		d.click(who, h.Alert, "claim")
	case c.Status == bridge.Assigned && (mine || n == 4 || d.agents[who] == "morgan" && n < 12):
		switch to := r.IntN(8); {
		case mine && to == 0:
			d.click(who, h.Alert, "release")
		case mine && to == 1:
			d.form(who, c, h, "snooze", map[string]any{"for": map[string]string{"for": "1h"}}, "!snooze 1h")
		case mine && to == 2:
			d.form(who, c, h, "resolve", resolution, "!resolve Done.")
		case to == 3 && claims:
			d.click(who, c.Thread, "take_over")
		default:
			target := d.ids[r.IntN(len(d.ids))]
			word := "!assign <@" + target + "> Yours, I think."
			if r.IntN(5) == 0 {
				team := []string{"sales", "support"}[r.IntN(2)]
				target, word = "team:"+team, "!assign "+team+" Yours, I think."
			}
			d.form(who, c, h, "transfer", map[string]any{
				"to": map[string]string{"to": target}, "note": map[string]string{"note": "Yours, I think."},
			}, word)
		}
	case c.Status == bridge.Assigned:
		d.click(who, c.Thread, "join")
	case c.Status == bridge.Resolved && claims:
		d.click(who, c.Thread, "reopen")
	case c.Status == bridge.Queued:
		d.command(who, "me available")
	default:
		d.asks(v)
	}
}

var resolution = map[string]any{"outcome": map[string]string{"outcome": "solved"}, "note": map[string]string{"note": "Done."}}

func (d *deskStorm) post(path string, body map[string]any) pressed {
	var p pressed
	if code := call(d.t, "POST", d.c.sim.url+"/sim/v1/"+path, "", body, &p); code != 200 {
		d.t.Errorf("%s %v: status %d", path, body, code)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	what := path
	for _, key := range []string{"action_id", "text"} {
		if s, ok := body[key].(string); ok {
			what, _, _ = strings.Cut(s, " ")
		}
	}
	d.done[what]++
	for _, words := range []string{"as many chats as they can take", "Only managers", "has this chat", "has this one", "Things have changed"} {
		if strings.Contains(p.told(), words) {
			d.said[words]++
		}
	}
	return p
}

func (d *deskStorm) command(who int, text string) {
	d.post("command", map[string]any{"user": d.agents[who], "channel": "#support", "command": "/handoff", "text": text})
}

func (d *deskStorm) click(who int, at bridge.Place, action string) pressed {
	return d.post("click", map[string]any{"user": d.agents[who], "channel": at.Channel, "message_ts": at.Stamp, "action_id": action})
}

// form presses a button of the alert and sends the form that opens; none opens
// for whoever may not. While the card does not show the button yet, it writes
// the word that does the same.
func (d *deskStorm) form(who int, c bridge.Conversation, h bridge.Handoff, action string, values map[string]any, word string) {
	d.hands[who].Lock()
	defer d.hands[who].Unlock()
	switch p := d.click(who, h.Alert, action); {
	case p.ViewID != "":
		d.post("submit", map[string]any{"user": d.agents[who], "view_id": p.ViewID, "values": values})
	case p.Error == "no_such_element":
		d.post("say", map[string]any{"user": d.agents[who], "channel": c.Thread.Channel, "thread_ts": c.Thread.Stamp, "text": word})
	}
}

// acted fails the test if the storm did not blow from all directions.
func (d *deskStorm) acted() {
	t := d.t
	t.Logf("after %v: acts %v, refusals %v", time.Since(d.began), d.done, d.said)
	for _, what := range []string{"claim", "release", "transfer", "resolve", "!assign", "me", "capacity"} {
		if d.done[what] == 0 {
			t.Errorf("nobody did %s: %v", what, d.done)
		}
	}
}

// rescue: whatever waits can be claimed by its alert, and whoever holds a chat
// is heard, they and those who joined alone.
func (d *deskStorm) rescue() {
	// A word that was written last may still give a chat to somebody else.
	until(d.t, "everything written to be handled", func() bool {
		left, err := d.store.Unhandled(context.Background(), 1)
		return err == nil && len(left) == 0
	})
	d.each(deskChats, func(i int) {
		v := d.visitors[i]
		if c, _ := d.look(v); c.Status == bridge.Resolved || c.Status == bridge.Automatic {
			d.asks(v)
		}
		until(d.t, "somebody to have every chat", func() bool {
			c, h := d.look(v)
			if c.Status == bridge.Queued && !h.Alert.IsZero() {
				d.click(deskGivenTo+i%(len(d.agents)-deskGivenTo), h.Alert, "claim")
			}
			return c.Status == bridge.Assigned
		})
		c, _ := d.look(v)
		holder := slices.Index(d.ids, string(c.Holder))
		if holder < 0 {
			d.t.Errorf("%s is held by %q, who is nobody", v.id, c.Holder)
			return
		}
		stranger := holder
		for stranger == holder || slices.ContainsFunc(c.Joins, func(h bridge.Hold) bool { return string(h.Agent) == d.ids[stranger] }) {
			stranger = (stranger + 1) % len(d.agents)
		}
		for _, who := range []int{stranger, holder} {
			body := map[string]any{"user": d.agents[who], "channel": c.Thread.Channel, "thread_ts": c.Thread.Stamp, "text": "This is " + d.agents[who]}
			call(d.t, "POST", d.c.sim.url+"/sim/v1/say", "", body, nil)
		}
		v.heard("agent", "This is "+d.agents[holder])
		if slices.Contains(v.said("agent"), "This is "+d.agents[stranger]) {
			d.t.Errorf("%s, who does not hold %s, is heard beside %s", d.agents[stranger], v.id, d.agents[holder])
		}
	})
}

// farewell: every holder resolves what they hold by their mark on its card.
func (d *deskStorm) farewell() {
	d.each(deskChats, func(i int) {
		v := d.visitors[i]
		until(d.t, "the resolve", func() bool {
			if v.status() == "resolved" {
				return true
			}
			if c, _ := d.look(v); c.Holder != "" {
				body := map[string]any{"user": string(c.Holder), "channel": c.Thread.Channel, "ts": c.Thread.Stamp, "emoji": "white_check_mark"}
				call(d.t, "POST", d.c.sim.url+"/sim/v1/unreact", "", body, nil)
				call(d.t, "POST", d.c.sim.url+"/sim/v1/react", "", body, nil)
			}
			return false
		})
	})
}

// deskRow is a conversation with what must agree with it.
type deskRow struct {
	id                       string
	status                   bridge.Status
	holder, claimed, offered string
	holds                    []byte
	handoff                  bridge.HandoffStatus
	open, returns, offers    int
	alerts, snoozed, wakes   int
}

// deskLook is one statement, and so of one instant.
const deskLook = `SELECT c.id, c.status, c.holder, c.holds, COALESCE(h.status, ''), COALESCE(h.claimed_by, ''),
	CASE WHEN h.status = 'open' THEN h.offered_to ELSE '' END,
	(SELECT count(*) FROM handoffs o WHERE o.conversation_id = c.id AND o.status IN ('open', 'claimed')),
	(SELECT count(*) FROM deliveries d WHERE d.lane = 'timer' AND d.dedupe_key = 'return:' || h.id AND d.done_at IS NULL),
	(SELECT count(*) FROM deliveries d WHERE d.lane = 'timer' AND d.dedupe_key = 'offer:' || h.id AND d.done_at IS NULL),
	(SELECT count(*) FROM deliveries d WHERE d.lane = $1 AND (d.dedupe_key = 'alert:' || h.id OR d.dedupe_key LIKE 'alert:' || h.id || ':%') AND d.done_at IS NULL) +
		(SELECT count(*) FROM places p WHERE p.kind = 'alert' AND p.subject = h.id),
	CASE WHEN c.snoozed_until IS NULL THEN 0 ELSE 1 END,
	(SELECT count(*) FROM deliveries d WHERE d.lane = 'timer' AND d.dedupe_key = 'snooze:' || c.id AND d.done_at IS NULL)
	FROM conversations c LEFT JOIN handoffs h ON h.id = c.handoff_id WHERE c.status <> ''`

// watch judges the desk over and over until stop is called, which judges it
// once more.
func (d *deskStorm) watch() (stop func()) {
	db, err := sql.Open("postgres", d.c.database)
	if err != nil {
		d.t.Fatal(err)
	}
	over := make(chan struct{})
	var watching sync.WaitGroup
	looks := 0
	watching.Go(func() {
		for last := false; ; looks++ {
			d.judge(db)
			if last {
				return
			}
			select {
			case <-over:
				last = true
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	return func() {
		close(over)
		watching.Wait()
		_ = db.Close()
		d.t.Logf("judged %d times", looks)
	}
}

func (d *deskStorm) judge(db *sql.DB) {
	rows, err := db.QueryContext(context.Background(), deskLook, bridge.LanePost)
	if err != nil {
		d.t.Error(err)
		return
	}
	defer func() { _ = rows.Close() }()
	given := map[string]int{}
	for rows.Next() {
		var r deskRow
		if err := rows.Scan(&r.id, &r.status, &r.holder, &r.holds, &r.handoff, &r.claimed, &r.offered,
			&r.open, &r.returns, &r.offers, &r.alerts, &r.snoozed, &r.wakes); err != nil {
			d.t.Error(err)
			return
		}
		if why := r.wrong(d.ids); why != "" {
			d.t.Errorf("%s: %+v", why, r)
		}
		if r.holder != "" {
			given[r.holder]++
		}
		if r.offered != "" {
			given[r.offered]++
		}
	}
	if err := rows.Err(); err != nil {
		d.t.Error(err)
	}
	for i, id := range d.ids[:deskGivenTo] {
		if given[id] > deskCapacity {
			d.t.Errorf("%s was given %d of %d", d.agents[i], given[id], deskCapacity)
		}
	}
}

// wrong says which law of the desk a conversation breaks; empty if none.
func (r deskRow) wrong(agents []string) string {
	var holds []bridge.Hold
	if err := json.Unmarshal(r.holds, &holds); err != nil {
		return err.Error()
	}
	lasting := slices.DeleteFunc(holds, func(h bridge.Hold) bool { return h.End != bridge.HoldLasts })
	switch {
	case r.open > 1:
		return "two open handoffs"
	case r.snoozed != r.wakes || r.snoozed > 0 && r.status != bridge.Assigned:
		return "a snooze without its wake, or of a chat that nobody holds"
	}
	if r.status == bridge.Assigned {
		switch {
		case len(lasting) != 1 || string(lasting[0].Agent) != r.holder || r.claimed != r.holder:
			return "not one holder"
		case !slices.Contains(agents, r.holder) || r.handoff != bridge.HandoffClaimed || r.offered != "":
			return "held, but not to be answered"
		}
		return ""
	}
	switch {
	case len(lasting) > 0 || r.holder != "":
		return "a holder of what is not held"
	case r.status == bridge.Queued && (r.handoff != bridge.HandoffOpen || r.claimed != ""):
		return "waits without an open handoff"
	case r.status == bridge.Queued && (r.returns != 1 || r.offers != 1 || r.alerts < 1):
		return "waits without a way forward"
	case r.status != bridge.Queued && r.open > 0:
		return "an open handoff of a chat that does not wait"
	}
	return ""
}
