package assistant

import (
	"math"
	"strings"
)

// learn reads the questions that sections are known to answer.
func (s *shelf) learn() {
	var questions [][]string
	for i, sec := range s.sections {
		if sec.Questions == "" {
			continue
		}
		s.answers = append(s.answers, i)
		questions = append(questions, strings.Split(sec.Questions, "\n"))
	}
	if len(questions) > 0 {
		s.known = newPhrases(questions)
	}
}

// knownHits are the sections whose known questions are most like the query.
func (s *shelf) knownHits(query string, k int) []Hit {
	if s.known == nil {
		return nil
	}
	words := plainWords(clip(query, maxQuery))
	m := s.known.match(words, -1, -1, s.known.linear)
	if len(m.order) == 0 {
		return nil
	}
	best := m.score[m.order[0]]
	confidence := s.known.traits(query, m).confidence()
	var hits []Hit
	for _, a := range m.order[:min(k, len(m.order))] {
		if m.near[a] <= 0 {
			break
		}
		behind := float64(best-m.score[a]) / s.known.self.deviation
		hits = append(hits, Hit{
			Section: s.sections[s.answers[a]], Score: float64(m.score[a]),
			// What the best one leaves is shared by the rest.
			Confidence: confidence * math.Exp(-behind),
		})
	}
	return hits
}

// maxQuery is how much of a message is compared with known questions, in bytes.
const maxQuery = 1000

// merge brings two lists into one, the surer head first, each section once.
// Where both have hits, the score is the confidence.
func merge(a, b []Hit, k int) []Hit {
	switch {
	case len(a) == 0:
		return b[:min(k, len(b))]
	case len(b) == 0:
		return a[:min(k, len(a))]
	}
	var out []Hit
	seen := map[[2]string]bool{}
	for len(out) < k && (len(a) > 0 || len(b) > 0) {
		var h Hit
		if len(b) == 0 || len(a) > 0 && a[0].Confidence >= b[0].Confidence {
			h, a = a[0], a[1:]
		} else {
			h, b = b[0], b[1:]
		}
		if id := [2]string{h.Section.Source, h.Section.ID}; !seen[id] {
			seen[id] = true
			h.Score = h.Confidence
			if n := len(out); n > 0 {
				h.Score = min(h.Score, out[n-1].Score)
			}
			out = append(out, h)
		}
	}
	return out
}
