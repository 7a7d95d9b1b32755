package assistant

import (
	"cmp"
	"slices"

	"threadline/bridge"
)

// rankOffset damps the first places where two orders are joined (reciprocal
// rank fusion; Cormack, Clarke and Büttcher, 2009).
const rankOffset = 60

// fuse joins two orders of the same search into one; the sections of first go
// before all others. What words found is as sure as words make it, unless
// meaning may raise that.
func fuse(words, meant []Hit, first []bridge.Section, raise bool, k int) []Hit {
	if len(meant) == 0 {
		return words[:min(k, len(words))]
	}
	var all []Hit
	add := func(h Hit, rank int) {
		share := 1 / float64(rankOffset+rank+1)
		if i := slices.IndexFunc(all, func(o Hit) bool { return o.Section == h.Section }); i >= 0 {
			all[i].Score += share
			if raise {
				all[i].Confidence = max(all[i].Confidence, h.Confidence)
			}
			return
		}
		h.Score = share
		if i := slices.Index(first, h.Section); i >= 0 {
			h.Score += float64(len(first) - i)
		}
		all = append(all, h)
	}
	for rank, h := range words {
		add(h, rank)
	}
	for rank, h := range meant {
		h.meant = true
		add(h, rank)
	}
	slices.SortStableFunc(all, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	return all[:min(k, len(all))]
}

// joined is what words found, joined by what meaning found. Where words are too
// unsure to answer a site that asks for least, or to offer anything, the passage
// nearest in meaning is a guess.
func (f finding) joined(meant []Hit, least float64) finding {
	if len(meant) == 0 {
		return f
	}
	var first []bridge.Section
	best := meant[0]
	switch {
	case f.confidence >= min(offerFrom, least):
		first = f.sections
	case best.Confidence >= offerFrom && !f.lacks:
		f.guessed, f.touches = true, true
		f.sections, f.confidence = []bridge.Section{best.Section}, best.Confidence
		first = f.sections
	}
	f.hits = fuse(f.hits, meant, first, f.guessed, 2*passages)
	return f
}
