package slackapp_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"threadline/bridge"
	"threadline/slackapp"
	"threadline/storage"
)

// What the pacing proof assumes: the product's own interval, and where a load
// says nothing else, one channel.
const (
	pacingInterval = 1250 * time.Millisecond
	pacingChats    = 60
	pacingAlerts   = 20 * time.Second
	pacingTick     = 500 * time.Millisecond
	pacingChannel  = "C0SUPPORT0"
)

// TestPacing runs the real sender on a real SQLite store through five minutes
// of a busy desk at each load. Its clock is the bubble's, which moves only when everything
// waits, so that nothing depends on how fast this machine is.
func TestPacing(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	table := map[int]string{}
	t.Run("loads", func(t *testing.T) {
		for i, load := range pacingLoads {
			t.Run(load.name, func(t *testing.T) {
				t.Parallel()
				row := load.run(t)
				mu.Lock()
				defer mu.Unlock()
				table[i] = row
			})
		}
	})
	out := "lines | alert, root there: p50 p95 p99 | no root: p50 p95 p99 | mirror: p50 p95 p99 | posts that clear the backlog | lines a post\n"
	for i := range pacingLoads {
		if row := table[i]; row != "" {
			out += row + "\n"
		}
	}
	t.Log("seconds on the simulated clock\n" + out)
}

type pacingLoad struct {
	name string
	rate float64 // lines a second, all conversations together
	cold bool    // no conversation has a root yet
	// channels share the conversations by their ids, as a spread site's do, each
	// with pacingChats of them on average; 0 is one, the desk's default.
	channels int
	time     time.Duration // 0 is pacingTime
}

func (l pacingLoad) chats() int { return pacingChats * max(1, l.channels) }

func (l pacingLoad) lasts() time.Duration {
	if l.time > 0 {
		return l.time
	}
	return pacingTime
}

// site names the load's channels.
func (l pacingLoad) site() bridge.Site {
	s := bridge.DefaultSite()
	for i := range l.channels {
		s.Channels = append(s.Channels, fmt.Sprintf("C0CHANNEL%d", i))
	}
	s.Spread = l.channels > 1
	return s
}

func (l pacingLoad) run(t *testing.T) (row string) {
	clock := &pacingClock{}
	desk := newPacingSlack(clock)
	// The server lives outside the bubble: it waits for the network, which no
	// simulated clock can see through. It keeps no connection, so that none is
	// waited on while the clock is to move.
	server := httptest.NewUnstartedServer(desk)
	server.Config.SetKeepAlivesEnabled(false)
	server.Start()
	defer server.Close()
	synctest.Test(t, func(t *testing.T) {
		p := newPacing(t, l, clock, desk, server.URL+"/api/")
		p.play()
		row = p.judge()
	})
	return row
}

// pacing is one run. It is the store as well, to see what is put when.
type pacing struct {
	*storage.Store
	t      *testing.T
	load   pacingLoad
	clock  *pacingClock
	slack  *pacingSlack
	bridge *bridge.Bridge
	random *rand.Rand
	ids    atomic.Int64
	begun  time.Time
	chats  map[bridge.ConversationID]*pacingChat

	lines  map[bridge.ConversationID][]bridge.Delivery
	alerts map[bridge.HandoffID]pacingAlert
	worst  int // posts that would have cleared the backlog at its worst
}

type pacingAlert struct {
	at   time.Time
	root bool // was posted before
}

func newPacing(t *testing.T, l pacingLoad, clock *pacingClock, slack *pacingSlack, url string) *pacing {
	ctx := context.Background()
	log := logger(t)
	store, err := storage.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "db"), storage.Options{Logger: log, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	p := &pacing{
		Store: store, t: t, load: l, clock: clock, slack: slack, random: rand.New(rand.NewPCG(1, uint64(l.rate))),
		chats: map[bridge.ConversationID]*pacingChat{}, lines: map[bridge.ConversationID][]bridge.Delivery{}, alerts: map[bridge.HandoffID]pacingAlert{},
	}
	p.bridge = bridge.New(bridge.Config{
		Store: p, Assistant: silent{}, Feed: silent{}, Clock: clock, Logger: log,
		NewID: func() string { return fmt.Sprintf("id%06d", p.ids.Add(1)) },
	})
	if err := store.SaveSite(ctx, l.site()); err != nil {
		t.Fatal(err)
	}
	if !l.cold {
		p.warm(ctx)
	}
	desk := slackapp.NewDesk(slackapp.Config{
		APIURL: url, BotToken: "xoxb-1", AppToken: "xapp-1", Channel: pacingChannel, Managers: []string{"U0MANAGER0"},
		Logger: log, Clock: clock, PostInterval: pacingInterval, Owner: "pacing",
	}, store)
	running, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := desk.Run(running); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return p
}

// warm gives every conversation its root, as if it had begun long ago.
func (p *pacing) warm(ctx context.Context) {
	for i := range p.load.chats() {
		p.begin(i)
	}
	now, n := p.clock.Now(), 0
	for _, route := range p.load.site().Routes() {
		channel := cmp.Or(string(route), pacingChannel)
		for {
			rows, err := p.TakePost(ctx, route, now, time.Minute, 1)
			if err != nil {
				p.t.Fatal(err)
			}
			if len(rows) == 0 {
				break
			}
			n++
			place := bridge.Place{Channel: channel, Stamp: fmt.Sprintf("%d.%06d", now.Unix()-3600, n)}
			if err := p.Complete(ctx, rows[0], place, now); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	p.lines = map[bridge.ConversationID][]bridge.Delivery{}
}

// Settle notes the posts that a decision puts.
func (p *pacing) Settle(ctx context.Context, q bridge.Query, decide func(bridge.State) (bridge.Changes, error)) (bridge.Receipt, error) {
	var before bridge.State
	var changes bridge.Changes
	r, err := p.Store.Settle(ctx, q, func(s bridge.State) (bridge.Changes, error) {
		var err error
		before = s
		changes, err = decide(s)
		return changes, err
	})
	if err != nil {
		return r, err
	}
	for _, d := range changes.Deliveries {
		switch d.Kind {
		case bridge.KindLine:
			p.lines[d.Conversation] = append(p.lines[d.Conversation], d)
		case bridge.KindAlert:
			p.alerts[bridge.HandoffID(d.Subject)] = pacingAlert{at: d.CreatedAt, root: !before.Conversation.Thread.IsZero()}
		}
	}
	return r, nil
}

// play lets lines arrive by chance and, every 20 s, an alert at any point of
// the sender's interval, by turns in a conversation that has its root and in a
// new one; then it waits until everything is out.
func (p *pacing) play() {
	p.begun = time.Now()
	next, alert, asked := p.gap(), p.alert(0), 0
	for n := range int(p.load.lasts() / pacingTick) {
		var arrived []pacingArrival
		for ; next <= time.Duration(n+1)*pacingTick; next += p.gap() {
			arrived = append(arrived, pacingArrival{p.begun.Add(next).UTC().Truncate(time.Microsecond), p.random.IntN(p.load.chats())})
		}
		if alert <= time.Duration(n+1)*pacingTick {
			p.until(alert)
			if asked%2 == 0 {
				p.ask(asked / 2)
			} else {
				p.ask(p.load.chats() + asked)
			}
			asked++
			alert = p.alert(asked)
		}
		p.until(time.Duration(n+1) * pacingTick)
		p.put(arrived)
		if n%10 == 0 {
			p.measure()
		}
	}
	for range 400 {
		<-time.After(pacingInterval)
		if b, err := p.Backlog(context.Background(), time.Now()); err != nil {
			p.t.Fatal(err)
		} else if b.Pending == 0 {
			return
		}
	}
	p.t.Error("the backlog does not go away")
}

// alert is when the n-th visitor presses.
func (p *pacing) alert(n int) time.Duration {
	return time.Duration(n)*pacingAlerts + pacingAlerts/2 + time.Duration(p.random.Int64N(int64(pacingInterval)))
}

// gap is the time between two lines.
func (p *pacing) gap() time.Duration {
	return time.Duration(p.random.ExpFloat64() / p.load.rate * float64(time.Second))
}

// until waits for an instant, counted from the beginning.
func (p *pacing) until(d time.Duration) {
	if w := d - time.Since(p.begun); w > 0 {
		<-time.After(w)
	}
}

// measure counts the posts that it would take to clear all waiting lines.
func (p *pacing) measure() {
	gone := map[bridge.ConversationID]int{}
	for _, post := range p.slack.seen() {
		if post.kind == "threadline_lines" {
			gone[post.payload.Conversation] += int(post.payload.To - post.payload.From + 1)
		}
	}
	posts := 0
	for id, lines := range p.lines {
		for wait := lines[gone[id]:]; len(wait) > 0; posts++ {
			wait = wait[1+len(bridge.BatchWith(wait[0], wait[1:])):]
		}
	}
	p.worst = max(p.worst, posts)
}

// judge compares what was put with what was posted.
func (p *pacing) judge() string {
	t := p.t
	var mirror, there, without []time.Duration
	done := map[bridge.ConversationID]int{}
	in := map[string]bool{}
	posts, lines := 0, 0
	for _, post := range p.slack.seen() {
		id := post.payload.Conversation
		if home := cmp.Or(string(p.load.site().RouteFor(id, "")), pacingChannel); post.channel != home {
			t.Errorf("%s: a %s stands in %s, not in %s", id, post.kind, post.channel, home)
		}
		in[post.channel] = true
		switch post.kind {
		case "threadline_lines":
			posts++
			said := post.text
			for seq := post.payload.From; seq <= post.payload.To; seq++ {
				if done[id] >= len(p.lines[id]) {
					t.Fatalf("%s: seq %d is posted but was never put", id, seq)
				}
				d := p.lines[id][done[id]]
				done[id]++
				lines++
				var body bridge.LineBody
				if err := json.Unmarshal(d.Body, &body); err != nil {
					t.Fatal(err)
				}
				_, rest, ok := strings.Cut(said, body.Text)
				if body.Seq != seq || !ok {
					t.Fatalf("%s: a post of %d to %d holds not %d %q, which is next, but %q", id, post.payload.From, post.payload.To, body.Seq, body.Text, said)
				}
				said = rest
				mirror = append(mirror, post.at.Sub(d.CreatedAt))
			}
		case "threadline_alert":
			a, ok := p.alerts[post.payload.Handoff]
			if !ok {
				t.Errorf("handoff %s is posted twice or was never put", post.payload.Handoff)
			}
			delete(p.alerts, post.payload.Handoff)
			if a.root {
				there = append(there, post.at.Sub(a.at))
			} else {
				without = append(without, post.at.Sub(a.at))
			}
		}
	}
	for id, put := range p.lines {
		if done[id] != len(put) {
			t.Errorf("%s: %d of %d lines are posted", id, done[id], len(put))
		}
	}
	if len(p.alerts) > 0 || len(there)+len(without) != int(p.load.lasts()/pacingAlerts) || !p.load.cold && len(there) < len(without) {
		t.Errorf("%d alerts with a root and %d without, %d lost", len(there), len(without), len(p.alerts))
	}
	if len(p.slack.refused) > 0 {
		t.Errorf("Slack refused %d calls: %q", len(p.slack.refused), p.slack.refused[:min(5, len(p.slack.refused))])
	}
	limit := func(what string, got, most time.Duration) {
		if got > most {
			t.Errorf("%s: %s is more than %s", what, got, most)
		}
	}
	limit("alert p99, root there", percentile(there, 99), 2*pacingInterval)
	limit("alert p99, no root", percentile(without, 99), 4*pacingInterval)
	if len(in) != max(1, p.load.channels) {
		t.Errorf("%d channels have posts, not %d", len(in), max(1, p.load.channels))
	}
	share, busiest := map[bridge.Route]int{}, 0
	for i := range p.load.chats() {
		id, _ := p.names(i)
		route := p.load.site().RouteFor(id, "")
		share[route]++
		busiest = max(busiest, share[route])
	}
	if p.load.rate <= 10*float64(len(in)) && !p.load.cold {
		limit("mirror p99", percentile(mirror, 99), 3*time.Duration(busiest)*pacingInterval/2)
	}
	if active := p.load.chats() + int(p.load.lasts()/pacingAlerts)/2; p.worst > active {
		t.Errorf("%d posts waited, more than the %d active conversations", p.worst, active)
	}
	return fmt.Sprintf("%s | %s | %s | %s | %d | %.1f", p.load.name, spread(there), spread(without), spread(mirror), p.worst, float64(lines)/float64(posts))
}

func spread(d []time.Duration) string {
	return fmt.Sprintf("%.2f %.2f %.2f", percentile(d, 50).Seconds(), percentile(d, 95).Seconds(), percentile(d, 99).Seconds())
}

// percentile is the nearest rank; nothing has the percentile zero.
func percentile(d []time.Duration, p float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	d = slices.Sorted(slices.Values(d))
	return d[int(math.Ceil(p/100*float64(len(d))))-1]
}
