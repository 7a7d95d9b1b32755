package storage

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
)

func taken(q *queue) string {
	items, _, _ := q.take(time.Now())
	var out []string
	for _, i := range items {
		if i.draft != nil {
			out = append(out, fmt.Sprint(i.draft.Conversation, i.draft.Offset))
		} else {
			out = append(out, string(i.changed))
		}
	}
	return strings.Join(out, " ")
}

func TestWhatWaitsKeepsItsOrder(t *testing.T) {
	q := newQueue()
	say := func(what string) {
		t.Helper()
		for w := range strings.FieldsSeq(what) {
			if offset, ok := strings.CutPrefix(w, "a"); ok && offset != "" {
				q.draft(bridge.Draft{Conversation: "a", Offset: int(offset[0] - '0')})
				continue
			}
			q.change(bridge.ConversationID(w))
		}
	}
	want := func(want string) {
		t.Helper()
		if got := taken(q); got != want {
			t.Errorf("took %q, want %q", got, want)
		}
	}
	say("a b a b a1 b a2 a a b")
	want("a b a1 a2 a")
	want("")
	say("a a")
	want("a")

	// After a failure the changes come first, once each, and old drafts never.
	say("a a1 a b")
	failed, _, _ := q.take(time.Now())
	say("b c a2 a")
	q.putBack(failed)
	want("a b c a2 a")
	select {
	case <-q.ready:
	default:
		t.Error("nobody was told that something waits")
	}
}

func TestALaneIsToldOfOnceInAWhile(t *testing.T) {
	q, now := newQueue(), time.Now()
	look := func(after time.Duration, lanes int, wait time.Duration) {
		t.Helper()
		if _, got, left := q.take(now.Add(after)); len(got) != lanes || left != wait {
			t.Errorf("after %v took %v and waits %v, want %d lanes and %v", after, got, left, lanes, wait)
		}
	}
	q.lane(bridge.LanePost)
	q.lane(bridge.LanePost)
	look(0, 1, 0)
	look(0, 0, 0)
	q.lane(bridge.LanePost)
	q.lane(bridge.LaneCard)
	look(spreadPause/2, 1, spreadPause/2)
	look(spreadPause, 1, 0)
	look(spreadPause, 0, 0)
}
