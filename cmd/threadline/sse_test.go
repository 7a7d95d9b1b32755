package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// heard is one event of a visitor's stream.
type heard struct {
	Name string
	ID   int64 // -1 for none
	At   time.Time
	Data struct {
		Seq, Rev, Epoch int64
		Offset          int
		Text, Status    string
		ReplyID         string `json:"reply_id"`
		Author          struct{ Kind string }
	}
}

// ear listens to a visitor's stream and judges what comes as it comes. When a
// connection ends it resumes at the next of its sites.
type ear struct {
	mu       sync.Mutex
	events   []heard
	wrong    []string
	last     int64 // id of the last event
	epoch    int64
	status   string
	revs     map[int64]int64  // seq → rev
	texts    map[int64]string // seq → text
	drafts   map[string]int   // reply → code points on show, on this connection
	written  map[string]string
	settled  map[string]bool // replies that became messages
	connects int             // connections that were accepted
}

// listen begins to listen from the beginning of the chat. It ends with the
// test, or earlier by the function it returns.
func (v *visitor) listen(sites ...string) (*ear, func()) {
	e := &ear{
		revs: map[int64]int64{}, texts: map[int64]string{}, drafts: map[string]int{},
		written: map[string]string{}, settled: map[string]bool{},
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ctx.Err() == nil; i++ {
			e.connect(ctx, sites[i%len(sites)], v.token)
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	stop := sync.OnceFunc(func() {
		cancel()
		<-done
	})
	v.t.Cleanup(stop)
	return e, stop
}

func (e *ear) connect(ctx context.Context, site, token string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, site+"/api/v1/events", nil)
	if err != nil {
		panic(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	e.mu.Lock()
	req.Header.Set("Last-Event-ID", strconv.FormatInt(e.last, 10))
	clear(e.drafts)
	e.mu.Unlock()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return
	}
	e.mu.Lock()
	e.connects++
	e.mu.Unlock()
	h := heard{ID: -1}
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			h.ID, _ = strconv.ParseInt(value, 10, 64)
		case "event":
			h.Name = value
		case "data":
			if err := json.Unmarshal([]byte(value), &h.Data); err != nil {
				e.mu.Lock()
				e.accuse("unreadable %s: %s", h.Name, value)
				e.mu.Unlock()
			}
		case "":
			if h.Name != "" {
				h.At = time.Now()
				e.take(h)
			}
			h = heard{ID: -1}
		}
	}
}

func (e *ear) accuse(format string, a ...any) { e.wrong = append(e.wrong, fmt.Sprintf(format, a...)) }

// take judges an event: ids never go back, a change comes once, an epoch comes
// with a clean table, and a piece of an answer belongs to the present epoch,
// joins what is shown and never follows the answer itself.
func (e *ear) take(h heard) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = append(e.events, h)
	if h.ID >= 0 {
		if h.ID < e.last {
			e.accuse("%s with id %d after %d", h.Name, h.ID, e.last)
		}
		e.last = h.ID
	}
	d := h.Data
	switch h.Name {
	case "message", "message_updated", "message_deleted":
		was, known := e.revs[d.Seq]
		if known && (was >= d.Rev || h.Name == "message") {
			e.accuse("line %d came at rev %d and again as %s at rev %d", d.Seq, was, h.Name, d.Rev)
		}
		e.revs[d.Seq], e.texts[d.Seq] = d.Rev, d.Text
		if d.ReplyID != "" {
			e.settled[d.ReplyID] = true
			delete(e.drafts, d.ReplyID)
		}
	case "conversation":
		if d.Epoch < e.epoch {
			e.accuse("epoch %d after %d", d.Epoch, e.epoch)
		}
		if d.Epoch > e.epoch && len(e.drafts) > 0 {
			e.accuse("epoch %d came while drafts of epoch %d were on show", d.Epoch, e.epoch)
		}
		e.epoch, e.status = d.Epoch, d.Status
	case "delta":
		if d.Epoch != e.epoch {
			e.accuse("a piece of epoch %d in epoch %d", d.Epoch, e.epoch)
		}
		if at := e.drafts[d.ReplyID]; e.settled[d.ReplyID] || d.Offset != at {
			e.accuse("a piece at %d of a draft of %d, settled %v", d.Offset, at, e.settled[d.ReplyID])
		}
		if d.Offset == 0 {
			e.written[d.ReplyID] = ""
		}
		e.drafts[d.ReplyID] = d.Offset + utf8.RuneCountInString(d.Text)
		e.written[d.ReplyID] += d.Text
	case "delta_cancelled":
		delete(e.drafts, d.ReplyID)
	}
}

// first returns the first event that satisfies ok.
func (e *ear) first(ok func(heard) bool) (heard, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if i := slices.IndexFunc(e.events, ok); i >= 0 {
		return e.events[i], true
	}
	return heard{}, false
}

// await waits for an event that satisfies ok and returns it.
func (e *ear) await(t *testing.T, what string, ok func(heard) bool) heard {
	t.Helper()
	var found heard
	until(t, what, func() bool {
		var there bool
		found, there = e.first(ok)
		return there
	})
	return found
}

// check fails the test for whatever was wrong.
func (e *ear) check(t *testing.T, who string) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, w := range e.wrong {
		t.Errorf("%s: %s", who, w)
	}
}

func aPiece(h heard) bool { return h.Name == "delta" }

func aLine(kind, text string) func(heard) bool {
	return func(h heard) bool {
		return h.Name == "message" && h.Data.Author.Kind == kind && strings.Contains(h.Data.Text, text)
	}
}

func aStatus(status string) func(heard) bool {
	return func(h heard) bool { return h.Name == "conversation" && h.Data.Status == status }
}
