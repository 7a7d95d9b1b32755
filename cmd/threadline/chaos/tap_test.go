package chaos_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"threadline/cmd/threadline/programtest"
)

// calmBetween is how long nothing is posted when another process takes over:
// the time-out of a call, after which none of its predecessor's is on its way.
// Keep it in step with the binary's paces.
const calmBetween = 1200 * time.Millisecond

// tap stands between the processes and Slack, with a way for each, and reads
// along: a line's post must be the same at every attempt, because Slack may
// have taken any of them, and one process sends at a time.
type tap struct {
	slack string
	ways  []*httptest.Server

	mu       sync.Mutex
	first    map[string]string // delivery → content at its first attempt
	attempts map[string]int
	changed  []string
	late     time.Duration // the next post is on its way so long
	delayed  int           // posts that were
	sender   int           // who posted last, -1 for nobody yet
	left     time.Time     // when its last post was over; zero while one is on its way
	under    int           // posts of the sender that are on their way
	changes  int           // of the sender
	crowded  []string      // posts too soon after another process's
}

func newTap(slack string) *tap {
	return &tap{slack: slack, first: map[string]string{}, attempts: map[string]int{}, sender: -1}
}

// way opens a process's own way to Slack.
func (t *tap) way() (string, error) {
	who := len(t.ways)
	s, err := programtest.Way(t.slack, func(body []byte) programtest.Passage {
		late := t.read(body)
		t.sends(who)
		return programtest.Passage{Late: late, Over: func(bool) { t.sent(who) }}
	})
	if err != nil {
		return "", err
	}
	t.ways = append(t.ways, s)
	return s.URL, nil
}

// sends notes that a post of a process leaves.
func (t *tap) sends(who int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sender != who {
		if t.sender >= 0 {
			t.changes++
			if calm := time.Since(t.left); t.under > 0 || calm < calmBetween {
				t.crowded = append(t.crowded, fmt.Sprintf("process %d posts %v after process %d, %d of whose posts are on their way", who, calm, t.sender, t.under))
			}
		}
		t.sender, t.under = who, 0
	}
	t.under++
}

func (t *tap) sent(who int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sender == who {
		t.under--
		t.left = time.Now()
	}
}

// posting waits until a post is on its way, and returns whose.
func (t *tap) posting(ctx context.Context) int {
	for deadline := time.Now().Add(spending); ; pause(ctx, 5*time.Millisecond) {
		t.mu.Lock()
		who, under := t.sender, t.under
		t.mu.Unlock()
		if under > 0 || time.Now().After(deadline) || ctx.Err() != nil {
			return max(who, 0)
		}
	}
}

// read takes a post in and says how late it is to be passed on.
func (t *tap) read(body []byte) (late time.Duration) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return 0
	}
	var meta struct {
		EventType    string                    `json:"event_type"`
		EventPayload struct{ Delivery string } `json:"event_payload"`
	}
	if json.Unmarshal([]byte(form.Get("metadata")), &meta) != nil || meta.EventType != "threadline_lines" {
		return 0
	}
	id := meta.EventPayload.Delivery
	content := strings.Join([]string{form.Get("channel"), form.Get("thread_ts"), form.Get("text"), form.Get("blocks"), form.Get("metadata")}, "\x00")
	t.mu.Lock()
	defer t.mu.Unlock()
	t.attempts[id]++
	if was, ok := t.first[id]; !ok {
		t.first[id] = content
	} else if was != content {
		t.changed = append(t.changed, id+": first "+was+" then "+content)
	}
	if late, t.late = t.late, 0; late > 0 {
		t.delayed++
	}
	return late
}

// delay has the next post of lines reach Slack so much later.
func (t *tap) delay(by time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.late = by
}

// report says how many posts of lines were tried, how many more than once, and
// what is wrong with them.
func (t *tap) report(a *audit) (posts, repeated int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.attempts {
		posts++
		if n > 1 {
			repeated++
		}
	}
	a.tally(checkBatch, posts, t.changed)
	a.tally(checkSender, t.changes, t.crowded)
	return posts, repeated
}

func (t *tap) close() {
	for _, s := range t.ways {
		s.CloseClientConnections()
		s.Close()
	}
}
