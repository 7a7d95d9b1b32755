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

// names are the terms of a text that it writes with a capital letter within a
// sentence: places, brands, people.
func names(s string) map[string]bool {
	out := map[string]bool{}
	opening := true // the next word begins a sentence or a line
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '(' || r == '"' }) {
		lines := strings.Split(f, "\n")
		for i, w := range lines {
			if i > 0 {
				opening = true
			}
			if w == "" || w == "-" {
				continue
			}
			r := []rune(w)
			if !opening && unicode.IsUpper(r[0]) && len(r) > 2 && unicode.IsLower(r[1]) {
				for _, t := range terms(w) {
					out[t] = true
				}
			}
			opening = strings.ContainsRune(".!?:", r[len(r)-1])
		}
	}
	return out
}

// terms are the stems of a text's words that carry meaning, in order.
func terms(s string) []string {
	var out []string
	for _, w := range rawWords(s) {
		switch {
		case w == "ac" || w == "aircon":
			out = append(out, "air", "condit")
		case !isStop(w):
			out = append(out, stem(w))
		}
	}
	return out
}

// stem maps a word to what all its forms share, and a few words that every
// business uses to the one they stand for.
func stem(w string) string {
	switch w {
	case "cost", "costs", "costing", "pricing", "priced", "charge", "charges", "charged", "fee", "fees", "rate", "rates", "expensive", "cheap":
		return "price"
	case "fix", "fixes", "fixed", "fixing", "mend":
		return "repair"
	case "appointment", "appointments", "schedule", "scheduling", "reserve", "reservation":
		return "book"
	case "change", "changes", "changing", "changed", "swap", "swapping":
		return "replac"
	case "zipcode", "zipcodes", "postcode", "postcodes":
		return "zip"
	case "license", "licensed", "licence", "licenced", "licenses":
		return "licens"
	}
	if len(w) < 3 || strings.IndexFunc(w, func(r rune) bool { return r > 'z' || r < 'a' }) >= 0 {
		return w
	}
	return english.Stem(w, false)
}

// isStop reports whether a word says nothing about a question's topic.
func isStop(w string) bool {
	if len(w) == 1 {
		return true
	}
	switch w {
	case "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "anything", "are", "arent", "as", "ask", "at",
		"be", "because", "been", "before", "being", "but", "by", "can", "cant", "could", "couldnt", "did", "didnt", "do", "does", "doesnt", "doing", "dont",
		"else", "even", "ever", "every", "for", "from", "get", "gets", "getting", "give", "go", "going", "gonna", "got", "guys", "had", "has", "have", "having", "he", "hello", "help", "her", "here", "hey", "hi", "him", "his", "how",
		"i", "id", "if", "ill", "im", "in", "into", "is", "isnt", "it", "its", "ive", "just", "kind", "know", "let", "like", "long", "look", "looking", "lot",
		"made", "make", "makes", "making", "many", "may", "maybe", "me", "might", "more", "most", "much", "must", "my", "myself", "need", "needed", "needs", "no", "not", "now",
		"of", "off", "offer", "offers", "offering", "provide", "provides", "oh", "ok", "okay", "on", "one", "only", "or", "other", "our", "out", "over", "own", "please", "pls", "possible", "put",
		"question", "quick", "really", "say", "see", "she", "should", "so", "some", "someone", "something", "soon", "still", "such", "sure",
		"take", "takes", "tell", "than", "thank", "thanks", "that", "thats", "the", "their", "them", "then", "there", "these", "they", "thing", "things", "think", "this", "those", "to", "too", "try", "trying",
		"u", "up", "ur", "us", "use", "using", "very", "want", "wanted", "was", "we", "well", "were", "what", "whats", "when", "where", "which", "while", "who", "whom", "whose", "why", "will", "wish", "with", "wondering", "work", "working", "works", "would", "wouldnt",
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
