package assistant

import "strings"

// concepts are words of everyday English that people put for one another when
// they ask for the same thing, a concept a line. They are the language's, not
// any business's, and need not mean quite the same: they only bring questions
// nearer.
func concepts() []string {
	return []string{
		"wrong incorrect mistaken inaccurate error",
		"cancel abandon abort",
		"deduct debit charge cut",
		"fraud fake cheat scam dishonest unfair",
		"change update edit modify alter replace switch",
		"fast quick instant immediate rapid urgent speedy",
		"money amount cash fund payment",
		"receive credit arrive reach come show reflect appear get got",
		"refund reimburse",
		"deliver ship dispatch courier send",
		"buy purchase order",
		"cost price rate expensive cheap",
		"shop store outlet showroom",
		"address location place where",
		"thanks thank tnx thx thankyou",
		"delete remove close deactivate erase",
		"problem issue trouble fault",
		"broken damaged defective torn",
		"lost stolen missing misplaced",
		"begin start open launch",
		"win won winning prize reward",
		"phone mobile cell telephone contact",
		"discount offer coupon promo deal voucher sale",
		"verify confirm validate authenticate",
		"fail decline reject refuse unsuccessful",
		"pending delay late stuck waiting",
		"hello hi hey",
		"child kid baby",
		"size dimension measurement length width height",
		"warranty guarantee",
		"genuine original authentic real",
		"blocked frozen locked suspended disabled",
		"limit maximum max minimum min",
		"compare difference versus vs better",
		"exchange convert conversion",
		"withdraw withdrawal atm",
		"abroad overseas foreign international",
		"help assist support",
		"anyone anybody someone somebody",
	}
}

// shortestSlip is the length, in letters, from which on a word may be a slip of
// a concept's word.
const shortestSlip = 5

// thesaurus finds the concept of a word.
type thesaurus struct {
	concept map[string]string // by word and by stem
	letters map[byte][]string // the words that others may be slips of, by first letter
}

func newThesaurus() thesaurus {
	t := thesaurus{concept: map[string]string{}, letters: map[byte][]string{}}
	for i, line := range concepts() {
		for _, w := range strings.Fields(line) {
			t.concept[w], t.concept[stem(w)] = name(i), name(i)
			if len(w) >= shortestSlip {
				t.letters[w[0]] = append(t.letters[w[0]], w)
			}
		}
	}
	return t
}

// name of a concept: no text holds such a word.
func name(concept int) string { return "\x00" + string(rune('!'+concept)) }

// of is the concept of a word, of its stem or of the word that it is a slip of;
// empty if there is none.
func (t thesaurus) of(word string) string {
	if c, ok := t.concept[word]; ok {
		return c
	}
	if c, ok := t.concept[stem(word)]; ok {
		return c
	}
	if len(word) < shortestSlip {
		return ""
	}
	for _, w := range t.letters[word[0]] {
		if near(word, w, 1) {
			return t.concept[w]
		}
	}
	return ""
}

// withConcepts also yields each word's concept, so many times.
func (t thesaurus) withConcepts(cut func([]string, func(string)), times int) func([]string, func(string)) {
	return func(words []string, yield func(string)) {
		cut(words, yield)
		for _, w := range words {
			if c := t.of(w); c != "" {
				for range times {
					yield(c)
				}
			}
		}
	}
}
