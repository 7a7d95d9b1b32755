package assistant

import "strings"

// refuses reports whether words speak of what is not, failed or is wrong: such
// a message is seldom answered by how things work when they do.
func refuses(words []string) bool {
	for _, w := range words {
		switch w {
		case "not", "no", "cant", "cannot", "dont", "didnt", "wont", "isnt", "wasnt", "doesnt", "couldnt", "arent", "havent", "hasnt", "wouldnt", "unable",
			"never", "without", "none", "nothing", "neither", "nor",
			"fail", "fails", "failed", "failing", "failure", "error", "errors", "problem", "problems", "issue", "issues", "bug", "bugs",
			"wrong", "wrongly", "incorrect", "stuck", "block", "blocked", "restrict", "restricted", "restricting", "reject", "rejected",
			"decline", "declined", "declining", "denied", "refused", "missing", "unfortunately", "broken", "lost", "less", "delay", "delayed", "still", "yet", "late",
			"nahi", "nahin", "nhi", "nai", "नहीं", "nicht", "kein", "keine", "pas", "nunca", "não", "nao", "ningun", "senza", "sin":
			return true
		}
	}
	return false
}

// denies reports whether a word says that something is not so or cannot be done.
func denies(w string) bool {
	switch w {
	case "not", "no", "cant", "cannot", "dont", "didnt", "wont", "isnt", "wasnt", "doesnt", "couldnt", "arent", "havent", "hasnt", "wouldnt", "unable",
		"never", "without", "none", "nothing", "neither", "nor", "nahi", "nahin", "nhi", "nai":
		return true
	}
	return false
}

// asksWhich reports whether a word says which kind of answer is asked for.
func asksWhich(w string) bool {
	switch w {
	case "how", "why", "when", "where", "who", "which":
		return true
	}
	return false
}

// asks reports whether a message is put as a question.
func asks(text string, words []string) bool {
	if strings.Contains(text, "?") {
		return true
	}
	if len(words) == 0 {
		return false
	}
	switch words[0] {
	case "how", "what", "when", "where", "which", "who", "why", "can", "could", "do", "does", "is", "are", "will":
		return true
	}
	return false
}

// ownAffair reports whether a message is of the visitor's own case.
func ownAffair(words []string) bool {
	for _, w := range words {
		switch w {
		case "i", "im", "me", "my", "mine":
			return true
		}
	}
	return false
}

// everyday reports whether a word is so common that a knowledge base that lacks
// it proves nothing.
func everyday(w string) bool {
	switch w {
	case "sir", "madam", "mam", "dear", "today", "tomorrow", "yesterday", "day", "days", "time", "times", "hour", "hours", "week", "weeks", "month", "months", "year", "years",
		"never", "always", "already", "back", "come", "came", "done", "good", "best", "better", "bad", "new", "old", "first", "last", "next", "two", "three", "hii", "hlo",
		"show", "want", "buy", "find", "mean", "start", "stop", "keep", "same", "way", "big", "small", "long", "short", "anyone", "people", "person":
		return true
	}
	return false
}
