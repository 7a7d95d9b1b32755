package main_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/bridge/assistant"
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

// wall is the real clock.
type wall struct{}

func (wall) Now() time.Time                         { return time.Now() }
func (wall) After(d time.Duration) <-chan time.Time { return time.After(d) }

// deaf is a feed that nobody listens to.
type deaf struct{}

func (deaf) Changed(bridge.ConversationID) {}
func (deaf) Draft(bridge.Draft)            {}
func (deaf) Sign(bridge.Sign)              {}

// vocabulary makes up words whose frequencies fall like a language's.
func vocabulary(rng *rand.Rand, n int) func() string {
	syllables := []string{"ba", "tor", "min", "ek", "su", "lan", "pri", "do", "ver", "gat", "hel", "ni", "ro", "sta", "mu", "fel", "qui", "zo"}
	words := make([]string, n)
	for i := range words {
		for range 2 + rng.IntN(3) {
			words[i] += syllables[rng.IntN(len(syllables))]
		}
	}
	zipf := rand.NewZipf(rng, 1.1, 8, uint64(n-1))
	return func() string { return words[zipf.Uint64()] }
}

// BenchmarkSearch prints what a search over 5,000 sections, half of them prose
// and half answers with three known questions each, costs in messages taken in:
// decided and committed with their lines for the desk, to SQLite. Carrying
// those to Slack is not even counted.
func BenchmarkSearch(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 7))
	word := vocabulary(rng, 12_000)
	text := func(n int) string {
		words := make([]string, n)
		for i := range words {
			words[i] = word()
		}
		return strings.Join(words, " ")
	}
	store, err := storage.Open(b.Context(), storagetest.SQLite(b), storage.Options{Clock: wall{}})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	var asked []string
	for i := range 500 {
		source := fmt.Sprintf("s%03d", i)
		var sections []bridge.Section
		for j := range 10 {
			s := bridge.Section{ID: fmt.Sprint(source, j), Source: source, Title: text(3) + " › " + text(3), Text: text(80)}
			if j%2 == 0 {
				s.Questions = text(7) + "?\n" + text(6) + "?\n" + text(9) + "?"
			}
			sections = append(sections, s)
		}
		if _, err := store.ReplaceSource(b.Context(), source, sections); err != nil {
			b.Fatal(err)
		}
		asked = append(asked, text(8)+"?")
	}
	index := assistant.NewIndex(store)
	began := time.Now()
	if _, _, err := index.Judge(b.Context(), "warm up", 6); err != nil {
		b.Fatal(err)
	}
	made := time.Since(began)

	var ids atomic.Int64
	br := bridge.New(bridge.Config{
		Store: store, Feed: deaf{}, Clock: wall{}, Logger: slog.New(slog.DiscardHandler),
		NewID: func() string { return fmt.Sprintf("id%09d", ids.Add(1)) }, SoleOwner: true,
	})
	const batch = 100
	var searching, relaying time.Duration
	n := 0
	for b.Loop() {
		from := cpu(b)
		for i := range batch {
			if _, _, err := index.Judge(b.Context(), asked[(n*batch+i)%len(asked)], 6); err != nil {
				b.Fatal(err)
			}
		}
		searching += cpu(b) - from
		from = cpu(b)
		for i := range batch {
			if _, err := br.Handle(context.Background(), bridge.VisitorWrote{
				Conversation: bridge.ConversationID(fmt.Sprint("c", n)), Visitor: "v1", SiteID: "default",
				ClientID: fmt.Sprint(n, "-", i), Text: asked[i],
			}); err != nil {
				b.Fatal(err)
			}
		}
		relaying += cpu(b) - from
		n++
	}
	messages := float64(n * batch)
	b.ReportMetric(made.Seconds(), "s/index")
	b.ReportMetric(float64(searching.Microseconds())/messages, "µs/search")
	b.ReportMetric(float64(relaying.Microseconds())/messages, "µs/message")
	b.ReportMetric(float64(searching)/float64(relaying), "messages/search")
}
