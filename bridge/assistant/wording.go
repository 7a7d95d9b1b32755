package assistant

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// wording sees texts as sets of terms: stems, everyday concepts, that something
// is not so, and which kind of answer is asked for. Grams of letters see how a
// text is spelt; this sees what it speaks of. It never changes once made.
type wording struct {
	thesaurus thesaurus
	texts     [][]string         // by known text: its terms, each once
	weighs    []float64          // by known text: the weight of its terms together
	post      map[string][]int32 // by term: the known texts that have it
	vocab     map[string]bool    // the known words and their stems
	letters   map[rune][]string  // the same by first letter, in order
}

// denial is the term of every word that says that something is not so; no text
// holds such a word.
const denial = "\x00not"

func newWording(t thesaurus, texts [][]string) *wording {
	w := &wording{thesaurus: t, post: map[string][]int32{}, vocab: map[string]bool{}, letters: map[rune][]string{}}
	for _, words := range texts {
		for _, word := range words {
			w.vocab[word], w.vocab[stem(word)] = true, true
		}
	}
	for word := range w.vocab {
		first := []rune(word)[0]
		w.letters[first] = append(w.letters[first], word)
	}
	for _, words := range w.letters {
		slices.Sort(words)
	}
	for i, words := range texts {
		own := w.terms(words)
		w.texts = append(w.texts, own)
		for _, term := range own {
			w.post[term] = append(w.post[term], int32(i))
		}
	}
	for _, own := range w.texts {
		w.weighs = append(w.weighs, w.weigh(own))
	}
	return w
}

// terms are what words speak of, each term once and in order. Numbers are left
// out: an order's, a size or a date is seldom what a question is about.
func (w *wording) terms(words []string) []string {
	var out []string
	for _, word := range words {
		switch {
		case hasDigit(word):
		case denies(word):
			out = append(out, denial)
		case isStop(word):
			if asksWhich(word) {
				out = append(out, word)
			}
		default:
			term := w.thesaurus.of(word)
			if term == "" {
				term = stem(word)
				if !w.vocab[term] {
					if known := w.slip(word); known != "" {
						term = stem(known)
					}
				}
			}
			out = append(out, term)
		}
	}
	return distinct(out)
}

// weight is a term's by rarity among the known texts.
func (w *wording) weight(term string) float64 {
	return math.Log(float64(len(w.texts)+1) / (float64(len(w.post[term])) + 0.5))
}

func (w *wording) weigh(terms []string) float64 {
	sum := 0.0
	for _, t := range terms {
		sum += w.weight(t)
	}
	return sum
}

// common is by known text the weight of the terms that it shares with a query.
func (w *wording) common(query []string) []float64 {
	out := make([]float64, len(w.texts))
	for _, t := range query {
		weight := w.weight(t)
		for _, i := range w.post[t] {
			out[i] += weight
		}
	}
	return out
}

// likeness is the F-score of a known text and a query of which it shares common.
func (w *wording) likeness(text int32, common, query float64) float64 {
	return 2 * common / (query + w.weighs[text] + 1e-9)
}

// knows reports whether a word, or one of which it is a slip, stands in the
// known texts.
func (w *wording) knows(word string) bool {
	return w.vocab[word] || w.vocab[stem(word)] || w.slip(word) != ""
}

// slip is the known word of which a word is a slip, the one most spoken of;
// empty if there is none.
func (w *wording) slip(word string) string {
	letters := []rune(word)
	if len(letters) < shortestSlip || hasDigit(word) {
		return ""
	}
	limit := 1
	if len(letters) >= 8 {
		limit = 2
	}
	best := ""
	for _, v := range w.letters[letters[0]] {
		if len(v) >= 4 && near(word, v, limit) && (best == "" || len(w.post[stem(v)]) > len(w.post[stem(best)])) {
			best = v
		}
	}
	return best
}

func hasDigit(word string) bool { return strings.IndexFunc(word, unicode.IsDigit) >= 0 }

func distinct(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}
