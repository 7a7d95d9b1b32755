package assistant

import (
	"hash/maphash"
	"math"
	"slices"
	"strings"
)

// What a text is cut into for comparing its spelling: every run of two to five
// letters within a word and its borders. A slip of the keyboard changes a few
// of a word's grams and leaves the rest.
const (
	shortestGram = 2
	longestGram  = 5
)

// plainWords are a text's words for comparing spellings: letters that are held
// down count twice at most, and long numbers look alike.
func plainWords(s string) []string {
	words := rawWords(s)
	for i, w := range words {
		words[i] = plainWord(w)
	}
	return words
}

func plainWord(w string) string {
	var b strings.Builder
	digits := 0
	var last rune
	run := 0
	for _, r := range w {
		if r == last {
			run++
		} else {
			last, run = r, 1
		}
		if r >= '0' && r <= '9' {
			digits++
		} else if run > 2 {
			continue
		}
		b.WriteRune(r)
	}
	if digits >= 5 {
		return "00000"
	}
	return b.String()
}

// charGrams calls yield with each gram of the words, borders as blanks.
func charGrams(words []string, yield func(string)) {
	for _, w := range words {
		padded := " " + w + " "
		at := make([]int, 0, len(padded)+1) // where each letter begins
		for i := range padded {
			at = append(at, i)
		}
		at = append(at, len(padded))
		letters := len(at) - 1
		for n := shortestGram; n <= longestGram; n++ {
			if n >= letters {
				yield(padded)
				break
			}
			for i := 0; i+n <= letters; i++ {
				yield(padded[at[i]:at[i+n]])
			}
		}
	}
}

// wordGrams calls yield with each word and each pair of neighbours.
func wordGrams(words []string, yield func(string)) {
	for i, w := range words {
		yield(w)
		if i > 0 {
			yield(words[i-1] + "\x00" + w)
		}
	}
}

// weight is one coordinate of a sparse vector.
type weight struct {
	at int32
	w  float32
}

// space gives the grams of a collection coordinates, rare ones long.
type space struct {
	seed maphash.Seed
	at   map[uint64]int32
	idf  []float32
	cut  func([]string, func(string))
}

// newSpace learns the coordinates from the texts, each a list of words.
func newSpace(texts [][]string, cut func([]string, func(string))) *space {
	s := &space{seed: maphash.MakeSeed(), at: map[uint64]int32{}, cut: cut}
	var last []int32 // the text that has counted a gram, plus one
	var df []int32
	for i, words := range texts {
		cut(words, func(g string) {
			h := maphash.String(s.seed, g)
			at, ok := s.at[h]
			if !ok {
				at = int32(len(df))
				s.at[h] = at
				df, last = append(df, 0), append(last, 0)
			}
			if last[at] != int32(i+1) {
				last[at] = int32(i + 1)
				df[at]++
			}
		})
	}
	s.idf = make([]float32, len(df))
	for i, n := range df {
		s.idf[i] = float32(math.Log(float64(1+len(texts))/float64(1+n)) + 1)
	}
	return s
}

// vector is a text's direction in the space, of length one; grams that the
// space lacks are left out.
func (s *space) vector(words []string) []weight {
	var ats []int32
	s.cut(words, func(g string) {
		if at, ok := s.at[maphash.String(s.seed, g)]; ok {
			ats = append(ats, at)
		}
	})
	slices.Sort(ats)
	var v []weight
	sum := 0.0
	for i := 0; i < len(ats); {
		j := i
		for j < len(ats) && ats[j] == ats[i] {
			j++
		}
		w := (1 + math.Log(float64(j-i))) * float64(s.idf[ats[i]])
		v = append(v, weight{ats[i], float32(w)})
		sum += w * w
		i = j
	}
	return scaled(v, 1/math.Sqrt(max(sum, 1e-12)))
}

func scaled(v []weight, by float64) []weight {
	for i := range v {
		v[i].w *= float32(by)
	}
	return v
}

// join puts two vectors of two spaces side by side, the second one shifted.
func join(a, b []weight, shift int, share float64) []weight {
	out := make([]weight, 0, len(a)+len(b))
	norm := 1 / math.Sqrt(1+share*share)
	for _, w := range a {
		out = append(out, weight{w.at, w.w * float32(norm)})
	}
	for _, w := range b {
		out = append(out, weight{w.at + int32(shift), w.w * float32(norm*share)})
	}
	return out
}
