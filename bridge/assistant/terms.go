package assistant

import (
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
	"golang.org/x/text/unicode/norm"
)

// rawWords splits a text into lower-case words without accents; apostrophes
// vanish.
func rawWords(s string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, b.String())
			b.Reset()
		}
	}
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || r == '\'' || r == '’':
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		default:
			flush()
		}
	}
	flush()
	return out
}

// terms are the stems of a text's words that carry meaning, in order.
func terms(s string) []string {
	var out []string
	for _, w := range rawWords(s) {
		if !isStop(w) {
			out = append(out, stem(w))
		}
	}
	return out
}

func stem(w string) string {
	switch w {
	case "aircon", "airconditioner", "airconditioning", "acs":
		return "ac"
	case "zipcode", "zipcodes", "postcode", "postcodes":
		return "zip"
	}
	if len(w) < 3 || strings.IndexFunc(w, func(r rune) bool { return r > 'z' || r < 'a' }) >= 0 {
		return w
	}
	return english.Stem(w, false)
}

// isStop reports whether a word says nothing about a question's topic.
func isStop(w string) bool {
	switch w {
	case "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "anything", "are", "arent", "as", "ask", "at",
		"be", "because", "been", "before", "being", "but", "by", "can", "cant", "could", "couldnt", "did", "didnt", "do", "does", "doesnt", "doing", "dont",
		"else", "even", "ever", "every", "for", "from", "get", "gets", "getting", "give", "go", "going", "gonna", "got", "guys", "had", "has", "have", "having", "he", "hello", "help", "her", "here", "hey", "hi", "him", "his", "how",
		"i", "id", "if", "ill", "im", "in", "into", "is", "isnt", "it", "its", "ive", "just", "kind", "know", "let", "like", "long", "look", "looking", "lot",
		"make", "many", "may", "maybe", "me", "might", "more", "most", "much", "must", "my", "myself", "need", "needed", "needs", "no", "not", "now",
		"of", "off", "oh", "ok", "okay", "on", "one", "only", "or", "other", "our", "out", "over", "own", "please", "pls", "possible", "put",
		"question", "quick", "really", "say", "see", "she", "should", "so", "some", "someone", "something", "soon", "still", "such", "sure",
		"take", "takes", "tell", "than", "thank", "thanks", "that", "thats", "the", "their", "them", "then", "there", "these", "they", "thing", "things", "think", "this", "those", "to", "too", "try", "trying",
		"u", "up", "ur", "us", "use", "using", "very", "want", "wanted", "was", "we", "well", "were", "what", "whats", "when", "where", "which", "while", "who", "whom", "whose", "why", "will", "wish", "with", "wondering", "would", "wouldnt",
		"yes", "yet", "you", "youre", "your", "yours":
		return true
	}
	return false
}

// near reports whether two words are at most limit edits apart; a swap of
// neighbours is one edit.
func near(a, b string, limit int) bool {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return false
	}
	before, prev, cur := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		cur[0] = i
		best := i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
			best = min(best, cur[j])
		}
		if best > limit {
			return false
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(y)] <= limit
}
