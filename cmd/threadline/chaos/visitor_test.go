package chaos_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// message and conversation are what a script sees of a chat.
type message struct {
	ID      string
	Seq     int64
	Rev     int64
	Order   string
	Text    string
	HTML    string
	ReplyID string `json:"reply_id"`
	Author  struct{ Kind, Name string }
	Created time.Time `json:"created_at"`
	Files   []file    `json:"attachments"`
	Deleted bool
}

type file struct{ Name, URL string }

type conversation struct {
	ID, Status string
	Epoch, Rev int64
	Agent      *struct{ Name string }
}

// marks are how lines are told apart wherever they turn up.
var marks = regexp.MustCompile(`#[va]\d+x\d+x\d+#`)

// visitor plays a visitor through the HTTP interface of any replica.
type visitor struct {
	sites []string
	rng   *rand.Rand
	token string
	id    string        // of the conversation
	acked chan<- string // who acknowledged a line, for those that strike just then
	view  view

	// What was sent again, and what became of it; guarded by the chat.
	resent  int
	doubled []string
}

func (v *visitor) call(method, path string, body, reply any) int {
	site := v.sites[rand.IntN(len(v.sites))]
	code := call(method, site+path, v.token, body, reply, 5*time.Second)
	if path == sending && code == http.StatusCreated {
		select {
		case v.acked <- site:
		default:
		}
	}
	return code
}

// sending is where messages are sent to.
const sending = "/api/v1/messages"

// until repeats a call until it has one of the wanted outcomes, as a widget
// does that was cut off.
func (v *visitor) until(method, path string, body, reply any, want ...int) (int, error) {
	last := 0
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); pause(context.Background(), 100*time.Millisecond) {
		last = v.call(method, path, body, reply)
		for _, w := range want {
			if last == w {
				return last, nil
			}
		}
		switch last {
		case 0, http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusInternalServerError:
		default:
			return last, fmt.Errorf("%s %s: status %d", method, path, last)
		}
	}
	return last, fmt.Errorf("%s %s: status %d for %v", method, path, last, patience)
}

func (v *visitor) open() error {
	var s struct {
		Token          string
		ConversationID string `json:"conversation_id"`
	}
	_, err := v.until("POST", "/api/v1/sessions", map[string]any{"site": "default", "page_url": "https://example.com/", "locale": "en"}, &s, http.StatusCreated)
	v.token, v.id = s.Token, s.ConversationID
	return err
}

// say sends a message until it is acknowledged, always under the same client
// id. Now and then it is sent again although it was acknowledged, as when the
// acknowledgement is lost on the way; that must change nothing.
func (v *visitor) say(text string) error {
	body := map[string]any{"client_id": uuid.NewString(), "text": text}
	var first, again struct{ Message message }
	if _, err := v.until("POST", sending, body, &first, http.StatusOK, http.StatusCreated); err != nil {
		return err
	}
	if v.rng.IntN(4) > 0 {
		return nil
	}
	code, err := v.until("POST", sending, body, &again, http.StatusOK, http.StatusCreated)
	if err != nil {
		return err
	}
	v.resent++
	if code != http.StatusOK || again.Message.Seq != first.Message.Seq || again.Message.ID != first.Message.ID {
		v.doubled = append(v.doubled, fmt.Sprintf("a resend was answered %d with line %d, the first was line %d", code, again.Message.Seq, first.Message.Seq))
	}
	return nil
}

// chat reads the whole chat as it stands.
func (v *visitor) chat() (conversation, []message, error) {
	var all []message
	var conv conversation
	for after := int64(0); ; {
		var reply struct {
			Messages     []message
			Conversation conversation
			More         bool
		}
		if _, err := v.until("GET", "/api/v1/messages?limit=500&after="+strconv.FormatInt(after, 10), nil, &reply, http.StatusOK); err != nil {
			return conv, nil, err
		}
		all, conv = append(all, reply.Messages...), reply.Conversation
		if !reply.More || len(reply.Messages) == 0 {
			return conv, all, nil
		}
		after = reply.Messages[len(reply.Messages)-1].Seq
	}
}

// view is what the visitor's stream has shown so far.
type view struct {
	mu     sync.Mutex
	tick   chan struct{} // closed at the next change
	msgs   map[int64]message
	last   int64 // id of the last event
	epoch  int64
	status string
	agent  string
	seen   map[string]bool // marks of lines
	drafts map[string]int  // reply → code points shown, on this connection
	done   map[string]bool // replies that became messages

	events, deltas, resumes int
	afterClaim              []string // what of the assistant came while a person held the chat
	unordered               []string // ids that go back, changes that come twice
}

func (w *view) begin() {
	w.tick = make(chan struct{})
	w.msgs, w.seen, w.done = map[int64]message{}, map[string]bool{}, map[string]bool{}
}

func (w *view) changed() {
	close(w.tick)
	w.tick = make(chan struct{})
}

// wait waits until the view satisfies ok, which is called under its lock.
func (w *view) wait(limit time.Duration, ok func(*view) bool) bool {
	deadline := time.After(limit)
	for {
		w.mu.Lock()
		good, tick := ok(w), w.tick
		w.mu.Unlock()
		if good {
			return true
		}
		select {
		case <-tick:
		case <-deadline:
			return false
		}
	}
}

// state is the status and, in lower case, the first name of who holds.
func (w *view) state() (string, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status, w.agent
}

// newest is the highest seq.
func (w *view) newest() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	top := int64(0)
	for seq := range w.msgs {
		top = max(top, seq)
	}
	return top
}

// listen streams until ctx ends: it resumes whenever the connection ends, and
// ends it itself now and then.
func (v *visitor) listen(ctx context.Context, rng *rand.Rand) {
	for ctx.Err() == nil {
		limit := time.Duration(3+rng.IntN(20)) * time.Second
		one, cut := context.WithTimeout(ctx, limit)
		v.connect(one, v.sites[rng.IntN(len(v.sites))])
		cut()
		pause(ctx, time.Duration(20+rng.IntN(200))*time.Millisecond)
	}
}

func (v *visitor) connect(ctx context.Context, site string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, site+"/api/v1/events", nil)
	if err != nil {
		panic(err)
	}
	req.Header.Set("Authorization", "Bearer "+v.token)
	v.view.mu.Lock()
	// From the very beginning, so that the stream must bring every line.
	req.Header.Set("Last-Event-ID", strconv.FormatInt(v.view.last, 10))
	v.view.drafts = map[string]int{}
	v.view.resumes++
	v.view.mu.Unlock()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return
	}
	var name, data string
	id := int64(-1)
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			id, _ = strconv.ParseInt(value, 10, 64)
		case "event":
			name = value
		case "data":
			data = value
		case "":
			if name != "" {
				v.view.event(name, id, data)
			}
			name, data, id = "", "", -1
		}
	}
}

// event takes one event of the stream in and judges it.
func (w *view) event(name string, id int64, data string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.changed()
	w.events++
	for _, m := range marks.FindAllString(data, -1) {
		w.seen[m] = true
	}
	if id >= 0 {
		if id < w.last {
			w.unordered = append(w.unordered, fmt.Sprintf("%s with id %d after %d", name, id, w.last))
		}
		w.last = max(w.last, id)
	}
	held := w.status == "assigned"
	switch name {
	case "message", "message_updated", "message_deleted":
		var m message
		if json.Unmarshal([]byte(data), &m) != nil {
			w.unordered = append(w.unordered, "unreadable "+name)
			return
		}
		if was, ok := w.msgs[m.Seq]; ok && was.Rev >= m.Rev {
			w.unordered = append(w.unordered, fmt.Sprintf("line %d at rev %d came again", m.Seq, m.Rev))
		}
		w.msgs[m.Seq] = m
		if m.ReplyID != "" {
			w.done[m.ReplyID] = true
			delete(w.drafts, m.ReplyID)
		}
	case "conversation":
		var c conversation
		if json.Unmarshal([]byte(data), &c) != nil {
			w.unordered = append(w.unordered, "unreadable "+name)
			return
		}
		if c.Epoch < w.epoch {
			w.unordered = append(w.unordered, fmt.Sprintf("epoch %d after %d", c.Epoch, w.epoch))
		}
		w.epoch, w.status, w.agent = c.Epoch, c.Status, ""
		if c.Agent != nil {
			first, _, _ := strings.Cut(c.Agent.Name, " ")
			w.agent = strings.ToLower(first)
		}
	case "delta":
		var d struct {
			ReplyID string `json:"reply_id"`
			Epoch   int64
			Offset  int
			Text    string
		}
		if json.Unmarshal([]byte(data), &d) != nil {
			w.unordered = append(w.unordered, "unreadable "+name)
			return
		}
		w.deltas++
		if d.Epoch != w.epoch || held || w.status == "resolved" {
			w.afterClaim = append(w.afterClaim, fmt.Sprintf("a piece of epoch %d while %s in epoch %d: %q", d.Epoch, w.status, w.epoch, d.Text))
		}
		if w.done[d.ReplyID] || d.Offset != w.drafts[d.ReplyID] {
			w.unordered = append(w.unordered, fmt.Sprintf("a piece at %d of a draft of %d", d.Offset, w.drafts[d.ReplyID]))
		}
		w.drafts[d.ReplyID] = d.Offset + utf8.RuneCountInString(d.Text)
	case "delta_cancelled":
		var d struct {
			ReplyID string `json:"reply_id"`
		}
		if json.Unmarshal([]byte(data), &d) == nil {
			delete(w.drafts, d.ReplyID)
		}
	}
}
