package storage_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

// Lines that can be undone are sent once and in order, although the process
// that took them ended before their time came: line and timer are one commit.
func TestLinesThatWaitOutliveTheProcess(t *testing.T) {
	for name, address := range engines() {
		t.Run(name, func(t *testing.T) {
			url := address(t)
			dana := bridge.Agent{ID: "U1", Name: "Dana"}
			first, err := storage.Open(t.Context(), url, storage.Options{})
			must(t, err)
			_, err = first.ChangeSetup(t.Context(), morgan(), func(s bridge.Setup) (bridge.Setup, error) {
				s.Windows.Undo = time.Second
				return s, nil
			})
			must(t, err)
			b := bridgeOn(first)
			events := []bridge.Event{
				bridge.VisitorAskedForPerson{Conversation: "c1", Visitor: "v1", SiteID: "default", Press: "1"},
				bridge.AgentClaimed{Press: bridge.Press{Key: "claim", Conversation: "c1", Agent: dana, Stamp: "1.000001"}},
			}
			for i := range 3 {
				stamp := fmt.Sprintf("1.00000%d", i+2)
				text := fmt.Sprint("line ", i+1)
				events = append(events, bridge.AgentWrote{Conversation: "c1", Key: "C1:" + stamp, Agent: dana, Stamp: stamp, Source: text, Text: text, HTML: text})
			}
			events = append(events, bridge.AgentUndid{Press: bridge.Press{Key: "undo", Conversation: "c1", Agent: dana, Stamp: "1.000009"}, Line: "C1:1.000003"})
			for _, e := range events {
				r, err := b.Handle(t.Context(), e)
				must(t, err)
				if r.Verdict != bridge.Done {
					t.Fatalf("%T came to %s", e, r.Verdict)
				}
			}
			c, err := first.Conversation(t.Context(), "c1")
			must(t, err)
			if len(c.Delayed) != 2 {
				t.Fatalf("%v wait", c.Delayed)
			}
			must(t, first.Close())

			second := open(t, url)
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			for range 2 { // two bridges fire the same timers
				wg.Go(func() { _ = bridgeOn(second).Run(ctx) })
			}
			var said []string
			deadline := time.Now().Add(20 * time.Second)
			for len(said) < 2 && time.Now().Before(deadline) {
				said = nil
				all, err := second.Messages(t.Context(), "c1", 0, 100)
				must(t, err)
				for _, m := range all {
					if m.Author.Kind == bridge.ByAgent {
						said = append(said, m.Text)
					}
				}
				<-time.After(10 * time.Millisecond)
			}
			cancel()
			wg.Wait()
			if fmt.Sprint(said) != "[line 1 line 3]" {
				t.Errorf("the visitor saw %q", said)
			}
			if c, err := second.Conversation(t.Context(), "c1"); err != nil || len(c.Delayed) != 0 {
				t.Errorf("%v wait still, %v", c.Delayed, err)
			}
		})
	}
}
