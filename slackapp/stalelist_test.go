package slackapp_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/slackapp"
	"threadline/storage"
)

// listing stops whoever lists held chats first, with the list in hand, until it
// may go on.
type listing struct {
	*storage.Store
	listed, goOn chan struct{}
}

func (l *listing) Held(ctx context.Context, limit int) ([]bridge.Case, error) {
	cases, err := l.Store.Held(ctx, limit)
	select {
	case l.listed <- struct{}{}:
		<-l.goOn
	case <-l.goOn:
	}
	return cases, err
}

// TestALineIsNotGoneBecauseItsChatMoved: a chat goes on in another thread after
// catch-up has listed it and before it reads the thread. What is written in the
// new one is no line that the former has lost.
func TestALineIsNotGoneBecauseItsChatMoved(t *testing.T) {
	for name, back := range map[string]bool{"to the team's channel": false, "back under a new root": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, brisk)
			r.teams(func(_, sales *bridge.Team) { sales.Channel = "sales" })
			v := r.visitor("ines")
			v.held("dana")
			v.root()
			if back {
				v.goesOn("sales", "sales")
			}
			r.stop()
			l := &listing{r.store, make(chan struct{}), make(chan struct{})}
			r.books = func(*storage.Store) slackapp.Store { return l }
			before := r.mark()
			r.run()
			select {
			case <-l.listed:
			case <-time.After(time.Minute):
				t.Fatal("nothing is read back")
			}
			from, team := v.conversation().Thread, "sales"
			if back {
				team = "support"
			}
			r.post("say", object{"user": "morgan", "channel": from.Channel, "thread_ts": from.Stamp, "text": "!assign " + team})
			r.within("it stands in another thread", func() bool {
				c := v.conversation()
				return c.Thread != from && c.Status == bridge.Queued
			})
			at := v.conversation().Thread
			r.post("click", object{"user": "morgan", "channel": at.Channel, "message_ts": at.Stamp, "action_id": "claim"})
			v.heldBy("morgan")
			said := time.Now()
			r.post("say", object{"user": "morgan", "channel": at.Channel, "thread_ts": at.Stamp, "text": "I am here now"})
			r.within("the visitor hears it", func() bool { return strings.Contains(v.heard(), "I am here now") })
			r.within("nobody would call it very new", func() bool { return time.Since(said) > 2*r.config.DoubtAfter })
			close(l.goOn)
			r.within("a complete read", func() bool { return r.mark() > before })
			r.quiet()
			if got := v.heard(); !strings.Contains(got, "I am here now") {
				t.Errorf("the visitor has %q", got)
			}
		})
	}
}
