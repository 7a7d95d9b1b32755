package bridge

import (
	"encoding/json"
	"time"
	"unicode/utf8"
)

// Ageing is what one step of priority is worth in waiting time: a post that
// has waited this much longer goes before one that is one step more pressing.
const Ageing = 30 * time.Second

// A batch holds at most this many lines, and at most this many code points
// with the labels that tell its speakers apart.
const (
	BatchLines = 50
	BatchRunes = 3800
	// labelRunes is what a speaker's label and a source cost at most.
	labelRunes = 60
)

// BatchWith returns the rows from the front of behind that go out in one post
// with head. They are lines without a gap in seq, so that a post's range says
// exactly what it holds, none of them tried before.
func BatchWith(head Delivery, behind []Delivery) []Delivery {
	seq, size, ok := measure(head)
	if !ok {
		return nil
	}
	for i, d := range behind {
		next, more, ok := measure(d)
		if !ok || d.Attempts > 0 || next != seq+1 || i+2 > BatchLines || size+more > BatchRunes {
			return behind[:i]
		}
		seq, size = next, size+more
	}
	return behind
}

// measure tells a line's seq and what it adds to a post.
func measure(d Delivery) (seq int64, runes int, ok bool) {
	var l LineBody
	if d.Kind != KindLine || json.Unmarshal(d.Body, &l) != nil {
		return 0, 0, false
	}
	runes = utf8.RuneCountInString(l.Text) + utf8.RuneCountInString(l.Page) + labelRunes
	for _, f := range l.Files {
		runes += utf8.RuneCountInString(f.Name) + labelRunes
	}
	for _, s := range l.Source {
		runes += utf8.RuneCountInString(s.Title) + utf8.RuneCountInString(s.URL)
	}
	return l.Seq, runes, true
}
