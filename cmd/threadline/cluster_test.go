package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"threadline"
	"threadline/bridge/assistant/openaitest"
	"threadline/cmd/threadline/programtest"
	"threadline/slackapp/slacksim"
	"threadline/storage/storagetest"
)

// cluster is three replicas at one PostgreSQL database, one Slack with its
// limits enforced and one model.
type cluster struct {
	t        *testing.T
	tags     string // of the build
	database string
	sim      *simulated
	model    *openaitest.Server
	replicas []*replica

	mu     sync.Mutex
	posts  []posted
	strike func(*replica) // called when Slack has taken a post, before it says so
}

// replica is one of them. It has its own way to Slack and its own key at the
// model, by which tests tell who acts.
type replica struct {
	*program
	name, site string
	env        []string
	slack      *httptest.Server
	logged     string    // by those that ran before the present program
	begun      time.Time // when the present program began
}

// posted is a message on its way to Slack.
type posted struct {
	by       *replica
	at       time.Time // when it left
	delivery string
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	return newClusterOf(t, "", slacksim.Config{Seed: 1, Strict: true, Scale: 0.02})
}

// newClusterOf is a cluster of binaries with those build tags at a Slack of
// that kind.
func newClusterOf(t *testing.T, tags string, config slacksim.Config) *cluster {
	t.Helper()
	config.Manifest = threadline.Manifest
	sim, err := slacksim.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	c := &cluster{t: t, tags: tags, database: storagetest.Postgres(t), sim: &simulated{t, sim.URL()}, model: openaitest.New()}
	t.Cleanup(c.model.Close)
	for _, name := range []string{"one", "two", "three"} {
		r := &replica{name: name}
		r.slack = c.wayToSlack(r, sim.URL())
		addr := freePort(t)
		r.site = "http://" + addr
		r.env = []string{
			"LISTEN_ADDR=" + addr, "VISITOR_RATE=off", "DATABASE_URL=" + c.database, "KNOWLEDGE_DIR=demo/knowledge",
			"SLACK_API_URL=" + r.slack.URL + "/api/", "SLACK_BOT_TOKEN=" + sim.BotToken(), "SLACK_APP_TOKEN=" + sim.AppToken(),
			"OPENAI_BASE_URL=" + c.model.URL(), "OPENAI_API_KEY=" + name, "OPENAI_MODEL=test",
		}
		c.replicas = append(c.replicas, r)
	}
	// All at once on an empty database: migrations, knowledge and the signing
	// key must come out the same for all.
	bin := binary(t, tags)
	var ready sync.WaitGroup
	for _, r := range c.replicas {
		ready.Go(func() { r.program = start(t, bin, r.env, "serve") })
	}
	ready.Wait()
	for _, r := range c.replicas {
		if r.program == nil || r.lines == nil {
			t.Fatalf("replica %s did not start", r.name)
		}
	}
	t.Cleanup(func() {
		if t.Failed() {
			for _, r := range c.replicas {
				t.Logf("replica %s:\n%s", r.name, tail(r.logged+r.errs.String(), 6000))
			}
		}
	})
	// From here on somebody has the lease, and all have sockets.
	until(t, "a socket for each replica", func() bool { return c.sockets() >= len(c.replicas) })
	return c
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// again starts a replica that has ended, at the same address.
func (c *cluster) again(r *replica) {
	c.t.Helper()
	r.logged += r.errs.String()
	r.begun = time.Now()
	r.program = launch(c.t, binary(c.t, c.tags), r.env, "serve")
}

func (c *cluster) sites() []string {
	var sites []string
	for _, r := range c.replicas {
		sites = append(sites, r.site)
	}
	return sites
}

// wayToSlack passes a replica's calls on and notes its posts.
func (c *cluster) wayToSlack(r *replica, slack string) *httptest.Server {
	s, err := programtest.Way(slack, func(body []byte) programtest.Passage {
		c.note(r, body)
		return programtest.Passage{Over: func(answered bool) {
			c.mu.Lock()
			strike := c.strike
			c.mu.Unlock()
			if answered && strike != nil {
				strike(r)
			}
		}}
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func (c *cluster) note(r *replica, body []byte) {
	p := posted{by: r, at: time.Now()}
	if form, err := url.ParseQuery(string(body)); err == nil {
		var meta struct {
			EventPayload struct{ Delivery string } `json:"event_payload"`
		}
		if json.Unmarshal([]byte(form.Get("metadata")), &meta) == nil {
			p.delivery = meta.EventPayload.Delivery
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posts = append(c.posts, p)
}

// passed returns the posts so far, in the order in which they left.
func (c *cluster) passed() []posted {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.posts)
}

// oneSender holds the posts against the rule of the one sender and returns how
// often it changed: the post of a row leaves once, whoever stopped sending never
// sends again unless it is started anew, and seconds pass between posts to a
// channel, across a change too, as Slack asks.
func (c *cluster) oneSender() (changes int) {
	c.t.Helper()
	posts := c.passed()
	seen := map[string]bool{}
	over := map[*replica]time.Time{}
	for i, p := range posts {
		if p.delivery == "" || seen[p.delivery] {
			c.t.Errorf("delivery %q left %s although it had left before", p.delivery, p.by.name)
		}
		seen[p.delivery] = true
		if i == 0 || posts[i-1].by == p.by {
			continue
		}
		changes++
		over[posts[i-1].by] = posts[i-1].at
		if last, was := over[p.by]; was && last.After(p.by.begun) {
			c.t.Errorf("replica %s sends again after another did", p.by.name)
		}
		if gap := p.at.Sub(posts[i-1].at); gap < time.Second {
			c.t.Errorf("%s posted %v after %s did", p.by.name, gap, posts[i-1].by.name)
		}
	}
	c.freshBuckets(posts)
	for _, e := range c.log() {
		if e.Kind == "call" && strings.HasPrefix(e.Method, "chat.") && e.Error == "ratelimited" {
			c.t.Errorf("Slack said %s to %s at %v", e.Error, e.Method, e.At)
		}
	}
	return changes
}

// interval is the product's least time between two posts, on average.
const interval = 1250 * time.Millisecond

// freshBuckets: whoever becomes the sender cannot know what the one before used
// up, so two posts take two intervals from then on, all but a second for what
// lies between the log and the buckets.
func (c *cluster) freshBuckets(posts []posted) {
	c.t.Helper()
	for _, r := range c.replicas {
		for line := range strings.Lines(r.logged + r.errs.String()) {
			stamp, ok := strings.CutPrefix(line, "time=")
			if !ok || !strings.Contains(line, "sending for the workspace") {
				continue
			}
			stamp, _, _ = strings.Cut(stamp, " ")
			gained, err := time.Parse(time.RFC3339, stamp)
			if err != nil {
				c.t.Fatalf("a log line without a time: %q", line)
			}
			n := 0
			for _, p := range posts {
				if p.by == r && p.at.Before(gained.Add(2*interval-time.Second)) && !p.at.Before(gained) {
					n++
				}
			}
			if n > 1 {
				c.t.Errorf("%s began to send with %d posts at once", r.name, n)
			}
		}
	}
}

// slackEntry is a line of the simulator's log.
type slackEntry struct {
	At                  time.Time
	Kind, Method, Error string
	OK                  bool
	Status              int
	EventID             string `json:"event_id"`
	Connection          int64
}

func (c *cluster) log() []slackEntry {
	var reply struct{ Entries []slackEntry }
	call(c.t, "GET", c.sim.url+"/sim/v1/log?after=0", "", nil, &reply)
	return reply.Entries
}

func (c *cluster) sockets() int {
	var state struct{ Sockets int }
	call(c.t, "GET", c.sim.url+"/sim/v1/state", "", nil, &state)
	return state.Sockets
}

// mostSockets is how many connections were open at once at most, and whether
// one was refused because there were too many.
func (c *cluster) mostSockets() (most int, refused bool) {
	open := 0
	for _, e := range c.log() {
		if e.Kind != "socket" {
			continue
		}
		switch e.Method {
		case "hello":
			open++
			most = max(most, open)
		case "closed":
			open--
		case "too_many_websockets":
			refused = true
		}
	}
	return most, refused
}

// at is the same visitor in front of another replica.
func (v *visitor) at(site string) *visitor {
	w := *v
	w.site = site
	return &w
}

// sayAnywhere sends a message under one client id, to one replica after the
// other until one acknowledges it.
func (v *visitor) sayAnywhere(sites []string, text string) error {
	body := map[string]any{"client_id": uuid.NewString(), "text": text}
	for deadline, i := time.Now().Add(patience), 0; time.Now().Before(deadline); i++ {
		switch code := call(v.t, "POST", sites[i%len(sites)]+"/api/v1/messages", v.token, body, nil); code {
		case http.StatusOK, http.StatusCreated:
			return nil
		case 0, http.StatusServiceUnavailable:
			<-time.After(50 * time.Millisecond)
		default:
			return fmt.Errorf("message %q: status %d", text, code)
		}
	}
	return fmt.Errorf("message %q: nobody acknowledged it within %v", text, patience)
}

// mirrored lists the lines in a chat's thread, in the thread's order.
func (c *cluster) mirrored(v *visitor) []int64 {
	root, _ := c.sim.thread(v.id)
	var order []int64
	for _, p := range root.Replies {
		if p.Metadata.EventType == "threadline_lines" {
			for n := p.Metadata.EventPayload.SeqFrom; n <= p.Metadata.EventPayload.SeqTo; n++ {
				order = append(order, n)
			}
		}
	}
	return order
}

// settled waits until every line of the chat that is not an agent's stands in
// its thread, and then holds the two against each other.
func (c *cluster) settled(v *visitor) []publicMessage {
	c.t.Helper()
	var messages []publicMessage
	until(c.t, "the mirror to catch up", func() bool {
		_, messages = v.chat()
		got := c.mirrored(v)
		for _, m := range messages {
			if m.Author.Kind != "agent" && !slices.Contains(got, m.Seq) {
				return false
			}
		}
		return len(messages) > 0
	})
	var want []int64
	for _, m := range messages {
		if m.Author.Kind != "agent" {
			want = append(want, m.Seq)
		}
	}
	if got := c.mirrored(v); !slices.Equal(got, want) {
		c.t.Errorf("the thread has lines %v, want %v", got, want)
	}
	return messages
}

// texts of one kind of author, in the order that visitors see.
func texts(messages []publicMessage, kind string) []string {
	sorted := slices.Clone(messages)
	slices.SortStableFunc(sorted, func(a, b publicMessage) int { return strings.Compare(a.Order, b.Order) })
	var list []string
	for _, m := range sorted {
		if m.Author.Kind == kind {
			list = append(list, m.Text)
		}
	}
	return list
}

// atLength answers sentence after sentence until the gate is closed, then ends.
func atLength(gate <-chan struct{}) openaitest.Reply {
	return func(s *openaitest.Stream) {
		passages := s.Request.Passages()
		if len(s.Request.Tools) == 0 || len(passages) == 0 {
			openaitest.FromPassages()(s)
			return
		}
		s.Call(0, "answer", fmt.Sprintf(`{"confidence":0.9,"passages":[%q]}`, passages[0].ID))
		for i := range 150 {
			s.Say(fmt.Sprintf("Filter number %d is washed. ", i+1))
			select {
			case <-gate:
			case <-time.After(20 * time.Millisecond):
				continue
			}
			break
		}
		<-gate
		s.Say("That is all.")
		s.End("tool_calls")
	}
}

// gate returns a gate for atLength and what closes it, at the test's end at
// the latest.
func gate(t *testing.T) (<-chan struct{}, func()) {
	c := make(chan struct{})
	shut := sync.OnceFunc(func() { close(c) })
	t.Cleanup(shut)
	return c, shut
}

// shortly answers with one sentence.
func shortly(s *openaitest.Stream) { openaitest.FromPassages()(s) }
