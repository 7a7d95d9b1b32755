package slackapp

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
)

// board is a store of which only the marks are there.
type board struct {
	Store
	marks map[string]string
}

func (b *board) Mark(_ context.Context, name string) (string, error) { return b.marks[name], nil }

func (b *board) SetMark(_ context.Context, name, value string) error {
	b.marks[name] = value
	return nil
}

func TestAChannelKeepsItsFirstIDInTheBooks(t *testing.T) {
	b := &board{marks: map[string]string{}}
	config := Config{Clock: &fixedClock{now: noon}, Logger: slog.New(slog.DiscardHandler)}
	d := NewDesk(config, b)
	in, err := open([]byte(`{"envelope_id":"E1","type":"events_api","payload":{"event":{"type":"channel_id_changed","old_channel_id":"G1","new_channel_id":"C2","event_ts":"1.000001"}}}`), noon, d.known)
	if err != nil || in.keep == nil || in.keep.Key != "moved:G1:C2" {
		t.Fatalf("%+v %v", in.keep, err)
	}
	a := New(d, &tray{known: map[string]bool{}}, nil)
	if err := a.handle(t.Context(), *in.keep); err != nil {
		t.Fatal(err)
	}
	if err := d.moved(t.Context(), "C2", "C3"); err != nil {
		t.Fatal(err)
	}
	for _, desk := range []*Desk{d, NewDesk(config, b)} {
		if _, err := desk.recallRenamed(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := desk.called("G1"); got != "C3" {
			t.Errorf("Slack is asked for %s", got)
		}
		if got := desk.known("C3"); got != "G1" {
			t.Errorf("the books call it %s", got)
		}
		if desk.called("C9") != "C9" || desk.known("C9") != "C9" {
			t.Error("another channel is mixed up with it")
		}
		for raw, key := range map[string]string{
			`"events_api","payload":{"event":{"type":"message","channel":"C3","user":"U1","text":"hi","ts":"2.000001","thread_ts":"1.000001"}}`:                                                                "msg:G1:2.000001",
			`"events_api","payload":{"event":{"type":"reaction_added","user":"U1","reaction":"white_check_mark","event_ts":"3.000001","item":{"channel":"C3","ts":"1.000001"}}}`:                               "react:G1:1.000001:white_check_mark:U1:3.000001",
			`"interactive","payload":{"type":"block_actions","user":{"id":"U1"},"container":{"channel_id":"C3","message_ts":"1.000001"},"actions":[{"action_id":"claim","value":"h","action_ts":"4.000001"}]}`: "action:G1:1.000001:claim:U1:4.000001",
		} {
			in, err := open([]byte(`{"envelope_id":"E1","type":`+raw+`}`), noon, desk.known)
			if err != nil || in.keep == nil || in.keep.Key != key {
				t.Errorf("%s: %+v %v", key, in.keep, err)
			}
		}
	}
}

func TestAClosedChannelIsAskedSeldomer(t *testing.T) {
	var c closed
	if w, _ := c.wait("C1", noon); w > 0 {
		t.Errorf("unknown: %s", w)
	}
	now, last := noon, time.Duration(0)
	for range 10 {
		w := c.shut("C1", "is_archived", now, 0.5)
		if left, why := c.wait("C1", now); left != w || why != "is_archived" {
			t.Errorf("%s, %s", left, why)
		}
		if w < last || w > closedCap {
			t.Errorf("%s after %s", w, last)
		}
		last, now = w, now.Add(w)
	}
	if w, _ := c.wait("C2", now); w > 0 {
		t.Errorf("another channel waits %s", w)
	}
	c.open("C1")
	if w, _ := c.wait("C1", now.Add(-time.Minute)); w > 0 {
		t.Errorf("open again: %s", w)
	}
}

func TestTroubleIsToldInPlainWords(t *testing.T) {
	for cause, want := range map[string][2]string{
		"is_archived":             {"archived", "Unarchive"},
		"is_inactive":             {"archived", "Unarchive"},
		"not_in_channel":          {"not in the channel", "/invite"},
		"channel_not_found":       {"gone", "/invite"},
		"restricted_action":       {"restricted", "settings"},
		"token_revoked":           {"token", "SLACK_BOT_TOKEN"},
		"account_inactive":        {"token", "SLACK_BOT_TOKEN"},
		"thread_not_found":        {"deleted", "kept"},
		"missing_scope":           {"permission", "manifest.yaml"},
		"auth.test: invalid_auth": {"token", "SLACK_BOT_TOKEN"},
		"slack rate limit exceeded, retry after 5s":                 {"slow down", "by itself"},
		"Post \"http://x/\": dial tcp: connect: connection refused": {"does not answer", "network"},
		"channel \"support\": " + errNoChannel.Error():              {"gone", "/invite"},
		"something_new": {"something_new", "doctor"},
		"slack server error: 503 Service Unavailable":                    {"does not answer", "network"},
		"Post \"http://x/\": context deadline exceeded (Client.Timeout)": {"does not answer", "network"},
	} {
		got := explainTrouble(cause)
		if !strings.Contains(got.what, want[0]) || !strings.Contains(got.mend, want[1]) {
			t.Errorf("%s: %+v", cause, got)
		}
	}
	what, why := stuck(bridge.Backlog{Pending: 3, Oldest: 5 * time.Minute, Stuck: []bridge.Delivery{{}, {LastError: "is_archived"}}})
	if what != "3 deliveries wait to go out to Slack, the oldest post for 5 min" || !strings.Contains(why.what, "archived") {
		t.Errorf("%s: %s", what, why.what)
	}
	if what, _ := stuck(bridge.Backlog{Pending: 3}); what != "" {
		t.Errorf("nothing is stuck: %s", what)
	}
}

func TestASuccessorsBucketsAreEmpty(t *testing.T) {
	l := newLimits(time.Second, time.Second, time.Second, noon)
	now := noon.Add(time.Minute)
	l.of("chat.update").park(now.Add(time.Minute))
	for range 2 {
		if w := l.of("post").wait(now); w != 0 {
			t.Fatalf("a rested bucket waits %s", w)
		}
		l.empty(now)
		for _, name := range []string{"post", "conversations.replies", "views.open"} {
			if w := l.of(name).wait(now); w <= 0 {
				t.Errorf("%s may send at once", name)
			}
		}
		now = now.Add(10 * time.Second)
	}
	if w := l.of("chat.update").wait(now); w < 30*time.Second {
		t.Errorf("a park was forgotten: %s", w)
	}
}
