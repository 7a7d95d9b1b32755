package bridge_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/bridge/trigger"
	"threadline/storage"
	"threadline/storage/storagetest"
)

// cpu is what this process has used, on all cores.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkJudging prints what share of the processor's time judging a message
// takes of taking the same message in: deciding and committing it with its
// line for the desk, to SQLite. Carrying the line to Slack is not even counted.
func BenchmarkJudging(b *testing.B) {
	texts := []string{
		"Do you service heat pumps in 60614?",
		"ok thanks, and what does a tune-up cost?",
		"The thermostat in the hall shows E4 since Monday. I have changed the batteries and pressed reset, but it comes back after an hour. What else can I try before somebody has to come out?",
		"yes",
		"My address is 12 Hill Road, second floor, the bell says Whitfield.",
	}
	c := newClock()
	store, err := storage.Open(b.Context(), storagetest.SQLite(b), storage.Options{Clock: c})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	var ids atomic.Int64
	br := bridge.New(bridge.Config{
		Store: store, Feed: &feed{}, Clock: c, Logger: slog.New(slog.DiscardHandler),
		NewID: func() string { return fmt.Sprintf("id%09d", ids.Add(1)) }, SoleOwner: true,
	})
	handle := func(e bridge.Event) {
		if _, err := br.Handle(context.Background(), e); err != nil {
			b.Fatal(err)
		}
	}
	const batch = 100
	var judging, relaying time.Duration
	n := 0
	for b.Loop() {
		id := bridge.ConversationID(fmt.Sprint("c", n))
		handle(bridge.VisitorWrote{Conversation: id, Visitor: "v1", SiteID: "default", ClientID: fmt.Sprint("first", n), Text: "Hello"})
		var earlier []trigger.Turn
		began := cpu(b)
		for i := range batch {
			trigger.Judge(trigger.Input{Text: texts[i%len(texts)], Earlier: earlier})
			if earlier = append(earlier, trigger.Turn{Visitor: true, Text: texts[i%len(texts)]}); len(earlier) > bridge.RecentMessages {
				earlier = earlier[1:]
			}
		}
		judging += cpu(b) - began
		began = cpu(b)
		for i := range batch {
			handle(bridge.VisitorWrote{
				Conversation: id, Visitor: "v1", SiteID: "default",
				ClientID: fmt.Sprint(n, "-", i), Text: texts[i%len(texts)],
			})
		}
		relaying += cpu(b) - began
		n++
	}
	messages := float64(n * batch)
	b.ReportMetric(float64(judging.Nanoseconds())/messages, "judging-ns")
	b.ReportMetric(float64(relaying.Nanoseconds())/messages, "relaying-ns")
	b.ReportMetric(100*float64(judging)/float64(relaying), "%judging/relaying")
}
