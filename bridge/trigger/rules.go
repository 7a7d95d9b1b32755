package trigger

import _ "embed" // the rules are texts

// The rules, in the form that [grammar] reads.
var (
	//go:embed rules/classes.txt
	classes string
	//go:embed rules/requests.txt
	requests string
	//go:embed rules/languages.txt
	languages string
	//go:embed rules/sensitive.txt
	sensitives string
	//go:embed rules/urgency.txt
	dangers string
	//go:embed rules/sales.txt
	sales string
	//go:embed rules/moods.txt
	moods string
	// spellings maps what people type in a hurry to the word.
	//go:embed rules/spellings.txt
	spellings string
	// words are right as they stand, close though they are to key words.
	//go:embed rules/words.txt
	words string
)
