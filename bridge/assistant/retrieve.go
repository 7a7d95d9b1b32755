package assistant

import (
	"context"
	"slices"
	"strings"

	"threadline/bridge"
)

// finding is what the knowledge has for a question.
type finding struct {
	terms    []sought
	wants    kind
	sections []bridge.Section // that answer it together, best first
	// hits are the nearest passages, best first, for a model to read.
	hits       []Hit
	confidence float64
	// covered is the share of the question that the passages cover.
	covered float64
	// touches: something of the question stands in the knowledge; empty: there
	// is no knowledge; agreed: it asks for what an agent agreed.
	touches, empty, agreed bool
	// lacks: a number or a name of the question stands nowhere; offered: our
	// last line offered choices.
	lacks, offered bool
	picked         bool // from the choices offered
	// guessed: meaning alone speaks for the passage, so that it may be offered
	// and read by a model, and never answers by itself.
	guessed bool
}

// passages is how many passages a model gets to read.
const passages = 6

// retrieve finds what the knowledge has for the question's last message. Where
// that message leans on the one before ("and what does it cost?"), both are
// searched for.
func (x *Index) retrieve(ctx context.Context, q bridge.Question) (finding, error) {
	s, err := x.current(ctx)
	if err != nil {
		return finding{}, err
	}
	asked := pending(q.Transcript)
	own := terms(q.Site.Name + " " + q.Site.AssistantName)
	f := s.ask(asked, own)
	if rest := besides(q); rest != asked {
		if g := s.ask(rest, own); len(g.terms) > 0 && g.confidence > f.confidence {
			f, asked = g, rest
		}
	}
	meant := asked
	if before := previous(q.Transcript); before != "" && leans(asked) {
		meant = before + "\n" + asked
		if both := s.find(before+" "+asked, own); both.confidence > 0 {
			// The new words must be covered too, or it answers the old question.
			at := positions(s, both.sections)
			if share, _ := s.covered(f.terms, at...); len(f.terms) == 0 || share >= 0.6 {
				both.touches = f.touches || len(f.terms) == 0
				f = both
			}
		}
	}
	if g := s.pickedChoice(asked, q, f); g.picked {
		f = g
	} else {
		f = g.joined(x.meant(ctx, s, meant, 2*passages), threshold(q.Site))
	}
	f.hits = f.hits[:min(passages, len(f.hits))]
	f.empty = len(s.sections) == 0
	f.agreed = q.HandBack != "" && asksAgreed(asked, q.HandBack, f.covered)
	return f, nil
}

func positions(s *shelf, sections []bridge.Section) []int {
	var at []int
	for _, sec := range sections {
		at = append(at, s.position(sec))
	}
	return at
}

// ask finds what the knowledge has for a message. A story that ends in a
// question is judged by the question where that is clearer.
func (s *shelf) ask(message string, own []string) finding {
	f := s.find(message, own)
	for _, line := range strings.Split(message, "\n") {
		for _, q := range sentences(line) {
			if !strings.HasSuffix(q, "?") || len(q) == len(message) {
				continue
			}
			if g := s.find(q, own); len(g.terms) >= 2 && g.confidence > f.confidence {
				f = g
			}
		}
	}
	return f
}

// Judge finds what the knowledge has for one message on its own: the nearest
// passages, at most k, best first, and the confidence of an answer from them.
func (x *Index) Judge(ctx context.Context, message string, k int) ([]Hit, float64, error) {
	s, err := x.current(ctx)
	if err != nil {
		return nil, 0, err
	}
	f := s.ask(message, nil)
	return f.hits[:min(k, len(f.hits))], f.confidence, nil
}

// find picks the best passage, and a second one where it covers a part of the
// question that the first lacks ("heat pumps" and "60614").
func (s *shelf) find(query string, own []string) finding {
	f := finding{terms: slices.DeleteFunc(s.query(query), func(w sought) bool {
		// The business's own name says nothing about the question.
		return w.worth == 0 && slices.Contains(own, w.term)
	})}
	f.lacks = slices.ContainsFunc(f.terms, func(w sought) bool { return w.worth == 0 && (w.number || w.name) })
	f.wants = kindOf(query)
	f.hits = s.search(f.terms, f.wants, 2*passages)
	if len(f.hits) > 0 {
		f.touches = true
		s.combine(&f)
		f.confidence = sure(f.covered)
		if f.wants.lacking(f.sections...) {
			f.confidence *= kindShare
		}
		for i := range f.hits {
			f.hits[i].Confidence = sure(f.hits[i].Confidence)
			if f.wants.lacking(f.hits[i].Section) {
				f.hits[i].Confidence *= kindShare
			}
		}
	}
	if known := s.knownHits(query, 2*passages); len(known) > 0 {
		f.touches = f.touches || known[0].Confidence >= 0.1
		if known[0].Confidence >= f.confidence {
			f.sections, f.confidence = []bridge.Section{known[0].Section}, known[0].Confidence
		}
		f.hits = merge(known, f.hits, 2*passages)
	}
	return f
}

// combine takes the best hit's passage, and the one that complements it.
func (s *shelf) combine(f *finding) {
	first := s.position(f.hits[0].Section)
	chosen := []int{first}
	f.covered = f.hits[0].Confidence
	best, gain := -1, 0.15
	total, gains := 0.0, make([]float64, len(s.sections))
	for _, t := range f.terms {
		total += t.idf
		own := s.stands(t, first)
		for _, p := range s.places[t.term] {
			if p.stands > own {
				gains[p.at] += t.idf * t.worth * (p.stands - own)
			}
		}
	}
	for i, g := range gains {
		if g/total > gain && s.complements(f.terms, first, i, s.weights[i]) {
			best, gain = i, g/total
		}
	}
	if best >= 0 {
		chosen = append(chosen, best)
		f.covered = max(f.covered, s.confidence(f.terms, chosen...))
		// Both must be among what a model reads.
		if j := slices.IndexFunc(f.hits, func(h Hit) bool { return h.Section == s.sections[best] }); j < 0 {
			f.hits = slices.Insert(f.hits, 1, Hit{Section: s.sections[best], Confidence: s.confidence(f.terms, best)})
		} else if j > 1 {
			h := f.hits[j]
			f.hits = slices.Insert(slices.Delete(f.hits, j, j+1), 1, h)
		}
	}
	for _, i := range chosen {
		f.sections = append(f.sections, s.sections[i])
	}
}

// complements reports whether section i answers a part of the question that the
// first lacks: a number or a name ("in Evanston?"), or a word whose section is
// about nothing but the question.
func (s *shelf) complements(q []sought, first, i int, weights map[string]float64) bool {
	asks := func(term string) bool {
		return slices.ContainsFunc(q, func(t sought) bool { return t.term == term })
	}
	return slices.ContainsFunc(q, func(t sought) bool {
		if t.worth == 0 || s.weights[first][t.term] > 0 || weights[t.term] == 0 {
			return false
		}
		if t.number || s.names[i][t.term] {
			return true
		}
		if !s.headed[i][t.term] {
			return false
		}
		for h := range s.headed[i] {
			if !asks(h) {
				return false
			}
		}
		return true
	})
}

// pending is what the visitor wrote since anybody else spoke: several short
// lines are one question.
func pending(transcript []bridge.Message) string {
	end := len(transcript)
	for end > 0 && transcript[end-1].Author.Kind != bridge.ByVisitor {
		end--
	}
	from := end
	for from > 0 && end-from < 4 && transcript[from-1].Author.Kind == bridge.ByVisitor {
		from--
	}
	var lines []string
	for _, m := range transcript[from:end] {
		if !m.Deleted {
			lines = append(lines, m.Text)
		}
	}
	return strings.Join(lines, "\n")
}

// previous is the visitor's line before the pending ones.
func previous(transcript []bridge.Message) string {
	stage := 0
	for i := len(transcript) - 1; i >= 0; i-- {
		visitor := transcript[i].Author.Kind == bridge.ByVisitor
		switch {
		case stage == 0 && visitor:
			stage = 1
		case stage == 1 && !visitor:
			stage = 2
		case stage == 2 && visitor:
			return transcript[i].Text
		}
	}
	return ""
}

// leans reports whether a message makes sense only after the one before.
func leans(asked string) bool {
	words := rawWords(asked)
	if len(words) == 0 || len(words) > 10 {
		return false
	}
	switch words[0] {
	case "and", "or", "also", "so", "then":
		return true
	}
	if len(words) > 1 && (words[0] == "what" || words[0] == "how") && words[1] == "about" {
		return true
	}
	for _, w := range words {
		switch w {
		case "it", "that", "this", "they", "them", "those", "these", "one":
			return true
		}
	}
	return len(terms(asked)) == 0
}

// asksAgreed reports whether a question is about what an agent and the visitor
// agreed, given how well the knowledge covers it.
func asksAgreed(asked, handBack string, covered float64) bool {
	words := rawWords(asked)
	has := func(ws ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(ws, w) })
	}
	if has("agree", "agreed", "agreement", "promised", "arranged", "arrangement", "discussed", "decided") && has("we", "i", "you", "he", "she", "they", "was", "our", "colleague", "agent", "what") {
		return true
	}
	if has("when", "what", "who", "which", "time", "day") && has("he", "she", "they", "him", "her", "them", "technician", "someone", "visit", "appointment", "colleague") &&
		has("come", "comes", "coming", "arrive", "arriving", "arrives", "call", "calling", "visit", "appointment", "here", "say", "said", "show", "offer", "offered", "tell", "told") {
		return true
	}
	note := terms(handBack)
	q := terms(asked)
	if len(q) == 0 {
		return false
	}
	common := 0
	for _, t := range q {
		if slices.Contains(note, t) {
			common++
		}
	}
	share := float64(common) / float64(len(q))
	return common >= 1 && share >= 0.5 && share > covered
}
