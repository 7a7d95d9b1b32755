package booking

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"threadline/bridge/hours"
)

// Act is what a visitor's words ask for.
type Act string

const (
	None Act = ""
	// Want: they would like to be called.
	Want Act = "want"
	// Pick: one of the times that were offered, or another one that they name.
	Pick Act = "pick"
	// Later: other times than those that were offered.
	Later Act = "later"
	// Cancel and Move: the call that is booked.
	Cancel Act = "cancel"
	Move   Act = "move"
)

// Wish is a time as people name it, by halves: "tuesday", "at 3pm".
type Wish struct {
	Day   hours.Date    `json:"day,omitzero"`
	Clock time.Duration `json:"clock,omitempty"` // since midnight
	// HasClock tells midnight from no time.
	HasClock bool `json:"has_clock,omitempty"`
}

// IsZero reports whether no time was named.
func (w Wish) IsZero() bool { return w == Wish{} }

// Fits reports whether a time is one that was wished.
func (w Wish) Fits(t time.Time, zone *time.Location) bool {
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	clock := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	return (w.Day == hours.Date{} || w.Day == hours.DateOf(t)) && (!w.HasClock || w.Clock == clock)
}

// Talk is what words are read by.
type Talk struct {
	// Offered are the times that our newest line offers, in its order; none if
	// it offers none.
	Offered []time.Time
	// Booked is when the call is, zero if none is booked; Fresh says that our
	// newest line was about it.
	Booked time.Time
	Fresh  bool
	Now    time.Time
	Zone   *time.Location
}

// Reading is what words came to. Choice counts Offered from 0 and is -1 where
// none of them is meant.
type Reading struct {
	Act    Act
	Choice int
	Wish   Wish
}

// longest is how many words an answer to an offer has; who writes more says
// something else as well.
const longest = 14

// Read reads one message.
func Read(text string, t Talk) Reading {
	words := split(number.ReplaceAllString(text, " "))
	r := Reading{Choice: -1}
	if len(words) == 0 || len(words) > 60 {
		return r
	}
	r.Wish = wish(words, t)
	if !t.Booked.IsZero() {
		if r.Act = change(words, t.Fresh); r.Act != None {
			return r
		}
	}
	if len(t.Offered) > 0 && len(words) <= longest && !asks(words) {
		if r.Choice = pick(words, t, r.Wish); r.Choice >= 0 {
			r.Act = Pick
			return r
		}
		switch {
		case later(words):
			r.Act = Later
			return r
		case !r.Wish.IsZero():
			r.Act = Pick
			return r
		}
	}
	if wants(words) {
		r.Act = Want
	}
	return r
}

// number is a phone number, which people give together with their pick.
var number = regexp.MustCompile(`\+?\d[\d ().-]{6,}\d`)

// split lowers a text and cuts it into words. Times such as 3:30 stay whole.
func split(text string) []string {
	text = strings.NewReplacer("’", "'", "a.m.", "am", "p.m.", "pm", "call-back", "callback", "phone-call", "phone call").Replace(strings.ToLower(text))
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ':' && r != '\''
	})
	for i, w := range words {
		words[i] = strings.Trim(w, ":'")
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}

func has(words []string, any ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(any, w) })
}

// follows reports whether the phrase stands among the words, and where it ends.
func follows(words []string, phrase string) (int, bool) {
	want := strings.Fields(phrase)
	for i := 0; i+len(want) <= len(words); i++ {
		if slices.Equal(words[i:i+len(want)], want) {
			return i + len(want), true
		}
	}
	return 0, false
}

func saysOne(words []string, phrases ...string) bool {
	return slices.ContainsFunc(phrases, func(p string) bool { _, ok := follows(words, p); return ok })
}

// Without is a text without its words about a call: what else it wants.
func Without(text string) string { return about.ReplaceAllString(text, " ") }

var about = regexp.MustCompile(`(?i)\b(cancel|reschedule|move|postpone|call-?back|phone-call|calls?|appointment|booking|slot)\b`)

// refused reports whether the words say no to what they name.
func refused(words []string) bool {
	return has(words, "don't", "dont", "never", "stop", "not", "didn't", "didnt", "without", "shouldn't")
}

// hurried reports whether it must be now: that is one for the queue.
func hurried(words []string) bool {
	return has(words, "now", "immediately", "asap", "urgent", "urgently", "emergency") || saysOne(words, "right away", "straight away", "at once")
}

// asks reports whether the words are a question about something. "Can we do
// Tuesday?" is one about the times alone, and so an answer to the offer.
func asks(words []string) bool {
	switch words[0] {
	case "what", "what's", "how", "why", "when", "where", "who", "which", "do", "does", "is", "are":
		return true
	case "have", "has", "can", "could", "would", "will":
		return slices.ContainsFunc(words, func(w string) bool {
			_, day := dayName(w)
			return !day && !unicode.IsDigit([]rune(w)[0]) && !slices.Contains(strings.Fields(timely), w)
		})
	}
	return false
}

// timely are the words of a question about the times that were offered.
const timely = `have has can could would will you i we me us it that they someone somebody your team
	call phone ring back do take make be get got pick choose book go suit work fit with for
	a an the this next at on around in or and of please instead perhaps maybe possible okay ok better also still
	time times slot slots option options day days one ones any anything something another other others different more
	later earlier morning afternoon noon am pm today tonight tomorrow week half past o'clock
	first second third fourth last two three four soonest earliest whichever anytime them those these`

// wants reports whether the words ask for a call.
func wants(words []string) bool {
	if refused(words) || hurried(words) {
		return false
	}
	if saysOne(words, "call me back", "phone me back", "ring me back", "give me a call", "give me a ring", "request a callback", "have a callback",
		"book a call", "book a callback", "book a phone call", "schedule a call", "schedule a callback", "schedule a phone call",
		"arrange a call", "arrange a callback", "set up a call", "get a callback", "get a call back", "want a callback", "need a callback",
		"like a callback", "like a call", "want a call", "a call back please", "callback please", "call back please") {
		return true
	}
	for _, verb := range []string{"call me", "phone me", "ring me"} {
		end, ok := follows(words, verb)
		if !ok || has(words[:end], "did", "you've", "who", "will", "does", "do", "before", "should", "someone's", "called") {
			continue
		}
		// "Call me Bob" names somebody.
		if end == len(words) || closing(words[end]) {
			return true
		}
	}
	return slices.Equal(words, []string{"callback"}) || slices.Equal(words, []string{"call", "back"})
}

// closing reports whether a word can follow "call me".
func closing(w string) bool {
	if _, ok := dayName(w); ok || unicode.IsDigit([]rune(w)[0]) {
		return true
	}
	return slices.Contains([]string{
		"please", "at", "on", "about", "regarding", "when", "today", "tomorrow", "tonight", "later", "sometime", "next", "this",
		"in", "after", "instead", "to", "and", "if", "thanks", "so", "soon", "between", "around", "whenever", "first", "because", "for",
	}, w)
}

// change reads words about the call that is booked.
func change(words []string, fresh bool) Act {
	if refused(words) && !saysOne(words, "can not", "not make", "no longer") && !has(words, "can't", "cannot", "cant") {
		return None
	}
	ours := has(words, "call", "callback", "appointment", "booking", "slot") || fresh && len(words) <= 6
	if !ours || has(words, "contract", "subscription", "order", "plan", "account", "membership") {
		return None
	}
	switch {
	case has(words, "reschedule", "move", "postpone") || saysOne(words, "another time", "different time", "other time", "another day", "different day", "change the time", "change my", "change the call", "change the"):
		return Move
	case has(words, "cancel") || saysOne(words, "call off", "call it off", "no longer need"):
		return Cancel
	}
	return None
}

// pick is the offered time that is meant, by its number, its place or its time;
// -1 for none.
func pick(words []string, t Talk, w Wish) int {
	if !w.IsZero() {
		found := -1
		for i, at := range t.Offered {
			if w.Fits(at, t.Zone) {
				if found >= 0 {
					return -1 // "tomorrow", and two of them are
				}
				found = i
			}
		}
		if found >= 0 || w.HasClock {
			return found
		}
	}
	if refused(words) && !saysOne(words, "why not") {
		return -1
	}
	found := -1
	for i, word := range words {
		n := place(word, len(t.Offered))
		switch {
		case n < 0 || counts(words[i+1:]), word == "one" && found >= 0: // "the second one"
		case found >= 0 && found != n:
			return -1 // "1 or 2"
		default:
			found = n
		}
	}
	switch {
	case found >= 0 && len(words) <= 7:
		return found
	case saysOne(words, "any of them", "any of those", "any time", "whichever", "anytime", "soonest", "earliest") || slices.Equal(words, []string{"any"}) || slices.Equal(words, []string{"any", "please"}):
		return 0
	case len(t.Offered) == 1 && has(words, "yes", "yep", "ok", "okay", "sure", "perfect", "fine", "works"):
		return 0
	}
	return -1
}

// later reports whether the words want other times than those on offer. "Other
// models" are none.
func later(words []string) bool {
	if has(words, "question", "questions", "person") {
		return false
	}
	for i, w := range words {
		switch w {
		case "later", "none", "neither":
			return true
		case "another", "other", "others", "different", "more":
			if i+1 == len(words) || slices.Contains([]string{
				"time", "times", "day", "days", "date", "dates", "slot", "slots", "option", "options", "one", "ones",
				"hour", "hours", "week", "morning", "afternoon", "please", "than", "available", "possible", "free", "thanks",
			}, words[i+1]) {
				return true
			}
		}
	}
	return false
}

// counts reports whether a number counts what comes behind it, as in "two
// weeks" and "one of your people", and so means none of the times.
func counts(behind []string) bool {
	if len(behind) == 0 {
		return false
	}
	ends := []string{"please", "pls", "is", "works", "work", "would", "will", "suits", "suit", "sounds", "looks", "seems", "thanks", "thank"}
	switch behind[0] {
	case "time": // "the first time you came"
		return len(behind) > 1 && !slices.Contains(ends, behind[1])
	case "of": // "the first of these"
		return len(behind) == 1 || !slices.Contains([]string{"them", "these", "those", "the"}, behind[1])
	}
	return !slices.Contains(ends, behind[0]) && !strings.HasPrefix(behind[0], "i'") && !slices.Contains([]string{
		"one", "slot", "option", "appointment", "call", "good", "great", "fine", "perfect", "ok", "okay", "yes", "then", "and", "at", "on",
		"if", "my", "for", "but", "i", "we", "it", "that", "or", "with", "so", "because", "can", "could", "today", "tomorrow", "number",
		"instead", "maybe", "probably", "available", "possible", "1", "2", "3", "4", "two", "second", "third", "last",
	}, behind[0])
}

// place reads "2", "2nd", "two", "second" or "last" among n, from 0; -1 for
// anything else.
func place(w string, n int) int {
	names := [][]string{{"1", "1st", "first", "one"}, {"2", "2nd", "second", "two"}, {"3", "3rd", "third", "three"}, {"4", "4th", "fourth", "four"}}
	for i := range names[:min(n, len(names))] {
		if slices.Contains(names[i], w) {
			return i
		}
	}
	if w == "last" {
		return n - 1
	}
	return -1
}

// wish reads a day and a time of day.
func wish(words []string, t Talk) Wish {
	zone := t.Zone
	if zone == nil {
		zone = time.UTC
	}
	today := hours.DateOf(t.Now.In(zone))
	var w Wish
	for i, word := range words {
		switch word {
		case "today", "tonight":
			w.Day = today
			continue
		case "tomorrow":
			w.Day = today.Next(1)
			continue
		}
		if d, ok := dayName(word); ok {
			ahead := (int(d-today.Weekday()) + 7) % 7
			w.Day = today.Next(ahead)
			continue
		}
		if i > 0 && (words[i-1] == "at" || words[i-1] == "around") || strings.ContainsAny(word, ":") || half(words, i) != "" {
			if c, ok := clock(word, half(words, i)); ok {
				w.Clock, w.HasClock = c, true
			}
		}
		if word == "noon" {
			w.Clock, w.HasClock = 12*time.Hour, true
		}
	}
	return w
}

// half is the am or pm of the number at i, within it or behind it.
func half(words []string, i int) string {
	if !unicode.IsDigit([]rune(words[i])[0]) {
		return ""
	}
	for _, h := range []string{"am", "pm"} {
		if strings.HasSuffix(words[i], h) || i+1 < len(words) && words[i+1] == h {
			return h
		}
	}
	return ""
}

// clock reads "15:30", "3pm", "3:30" with its half, or "15". Without a half the
// small hours are those after noon, when people are called.
func clock(word, half string) (time.Duration, bool) {
	h, m, _ := strings.Cut(strings.TrimSuffix(strings.TrimSuffix(word, "am"), "pm"), ":")
	hour, err := strconv.Atoi(h)
	minute := 0
	if m != "" && err == nil {
		minute, err = strconv.Atoi(m)
	}
	if err != nil || hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return 0, false
	}
	switch {
	case half == "pm" && hour < 12, half == "" && hour >= 1 && hour <= 6 && len(h) == 1:
		hour += 12
	case half == "am" && hour == 12:
		hour = 0
	}
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute, true
}

// dayName reads "tue" or "tuesday", not "sun" or "mon" as parts of other words.
func dayName(w string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		if w == name || w == name+"s" || len(w) >= 3 && len(w) <= 5 && strings.HasPrefix(name, w) && w != "sun" && w != "sat" {
			return d, true
		}
	}
	return 0, false
}
