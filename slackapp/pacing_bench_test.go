package slackapp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

// BenchmarkTakeWhenBusy times taking a post from a desk at 20 lines a second,
// 25 lines waiting in each of 60 conversations, against taking from an empty
// lane and against taking the only line there is.
func BenchmarkTakeWhenBusy(b *testing.B) {
	ctx := context.Background()
	open := func() *storage.Store {
		s, err := storage.Open(ctx, "sqlite:"+filepath.Join(b.TempDir(), "db"), storage.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			if err := s.Close(); err != nil {
				b.Error(err)
			}
		})
		return s
	}
	seqs, keys := map[bridge.ConversationID]int64{}, 0
	fill := func(s *storage.Store, c bridge.ConversationID, lines int) {
		keys++
		_, err := s.Settle(ctx, bridge.Query{Key: fmt.Sprint(keys), Conversation: c}, func(bridge.State) (bridge.Changes, error) {
			var ch bridge.Changes
			for range lines {
				seqs[c]++
				body, err := json.Marshal(bridge.LineBody{Seq: seqs[c], Kind: bridge.ByVisitor, Text: words[:50]})
				if err != nil {
					return ch, err
				}
				ch.Deliveries = append(ch.Deliveries, bridge.Delivery{
					Lane: bridge.LanePost, Kind: bridge.KindLine, Conversation: c, Priority: 3, Rank: bridge.RankLine, Body: body,
				})
			}
			return ch, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	// timed takes one post, puts the same lines back and says how long the
	// take took and how many lines it brought.
	timed := func(s *storage.Store) (time.Duration, int) {
		begun := time.Now()
		rows, err := s.Take(ctx, bridge.LanePost, begun, time.Minute, 1)
		took := time.Since(begun)
		if err != nil {
			b.Fatal(err)
		}
		if len(rows) == 0 {
			return took, 0
		}
		n := 1 + len(rows[0].Batch)
		if err := s.Complete(ctx, rows[0], bridge.Place{Channel: pacingChannel, Stamp: rows[0].FirstAttempt.String()}, begun); err != nil {
			b.Fatal(err)
		}
		fill(s, rows[0].Conversation, n)
		return took, n
	}
	busy, lone, empty := open(), open(), open()
	for i := range pacingChats {
		fill(busy, bridge.ConversationID(fmt.Sprintf("c%03d", i)), 25)
	}
	fill(lone, "lone", 1)
	var full, one, none time.Duration
	for b.Loop() {
		took, n := timed(busy)
		if n != 25 {
			b.Fatalf("a post takes %d lines", n)
		}
		full += took
		took, n = timed(lone)
		if n != 1 {
			b.Fatalf("the only post takes %d lines", n)
		}
		one += took
		took, _ = timed(empty)
		none += took
	}
	b.ReportMetric(float64(full.Microseconds())/float64(b.N), "µs/busy")
	b.ReportMetric(float64(one.Microseconds())/float64(b.N), "µs/one-line")
	b.ReportMetric(float64(none.Microseconds())/float64(b.N), "µs/empty")
	b.ReportMetric(float64(full)/float64(none), "busy/empty")
	b.ReportMetric(float64(full)/float64(one), "busy/one-line")
}
