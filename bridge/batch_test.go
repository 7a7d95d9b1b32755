package bridge

import (
	"strings"
	"testing"
)

func TestBatchWith(t *testing.T) {
	line := func(seq int64, text string, attempts int) Delivery {
		return Delivery{Kind: KindLine, Attempts: attempts, Body: body(LineBody{Seq: seq, Kind: ByVisitor, Text: text})}
	}
	run := func(from, to int64) []Delivery {
		var ds []Delivery
		for n := from; n <= to; n++ {
			ds = append(ds, line(n, "hello", 0))
		}
		return ds
	}
	tests := []struct {
		name   string
		head   Delivery
		behind []Delivery
		want   int
	}{
		{"nothing waits", line(1, "a", 1), nil, 0},
		{"lines without a gap", line(1, "a", 1), run(2, 5), 4},
		{"an agent's line between", line(1, "a", 1), append(run(2, 2), run(4, 5)...), 1},
		{"one tried before", line(1, "a", 1), []Delivery{line(2, "b", 0), line(3, "c", 1), line(4, "d", 0)}, 1},
		{"a note between", line(1, "a", 1), []Delivery{{Kind: KindNote, Body: body(NoteBody{Text: "x"})}, line(2, "b", 0)}, 0},
		{"behind an alert", Delivery{Kind: KindAlert, Body: body(AlertBody{})}, run(2, 3), 0},
		{"fifty at most", line(1, "a", 1), run(2, 100), BatchLines - 1},
		{"as long as a post may be", line(1, strings.Repeat("é", 2000), 1), []Delivery{line(2, strings.Repeat("é", 1650), 0), line(3, "x", 0)}, 1},
		{"a long line goes alone", line(1, strings.Repeat("x", 8000), 1), run(2, 3), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := len(BatchWith(tt.head, tt.behind)); got != tt.want {
				t.Errorf("%d rows go along, want %d", got, tt.want)
			}
		})
	}
}
