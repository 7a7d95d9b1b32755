package assistant

import (
	"slices"
	"sort"
	"strings"
	"unicode"

	"threadline/bridge"
	"threadline/bridge/trigger"
)

// maxSentences is how many sentences an extractive answer takes.
const maxSentences = 3

// kindWorth is what a sentence with the kind of answer that is asked for is
// worth more, in units of a word's weight.
const kindWorth = 0.5

// sentence is a quotable unit of a passage.
type sentence struct {
	text    string
	section int
	at      int
	score   float64
}

// compose answers with the passages' own sentences: those that bear the
// question's words, in the order in which they stand.
func compose(f finding) string {
	if len(f.sections) == 1 && f.sections[0].Questions != "" {
		// An answer written for a question is said whole.
		return clip(strings.TrimSpace(f.sections[0].Text), 1500)
	}
	var all []sentence
	for i, sec := range f.sections {
		for j, u := range units(sec.Text) {
			all = append(all, sentence{text: u, section: i, at: j})
		}
	}
	if len(all) == 0 {
		return ""
	}
	left := map[string]float64{}
	for _, t := range f.terms {
		if t.worth > 0 {
			left[t.term] = t.idf * t.worth
		}
	}
	var picked []sentence
	taken := map[int]bool{}
	for len(picked) < maxSentences {
		best := -1
		for i := range all {
			if taken[i] {
				continue
			}
			all[i].score = 0
			seen := map[string]bool{}
			for _, t := range terms(all[i].text) {
				if !seen[t] {
					seen[t] = true
					all[i].score += left[t]
				}
			}
			if f.wants != anyKind && (all[i].score > 0 || len(picked) == 0) && f.wants.in(all[i].text) {
				all[i].score += kindWorth
			}
			// The better passage first, and its opening before its details.
			all[i].score -= 0.05*float64(all[i].section) + 0.01*float64(min(all[i].at, 10))
			if best < 0 || all[i].score > all[best].score {
				best = i
			}
		}
		if best < 0 || len(picked) > 0 && all[best].score <= 0.1 {
			break
		}
		taken[best] = true
		picked = append(picked, all[best])
		for _, t := range terms(all[best].text) {
			// A word that was answered still counts a little.
			left[t] *= 0.25
		}
	}
	// One lone short sentence reads better with what the passage opens with, or
	// goes on with.
	if len(picked) == 1 && len(picked[0].text) < 80 {
		beside := 0
		if picked[0].at == 0 {
			beside = 1
		}
		for _, s := range all {
			if s.section == picked[0].section && s.at == beside {
				picked = append(picked, s)
			}
		}
	}
	sort.SliceStable(picked, func(i, j int) bool {
		if picked[i].section != picked[j].section {
			return picked[i].section < picked[j].section
		}
		return picked[i].at < picked[j].at
	})
	var b strings.Builder
	for i, s := range picked {
		switch {
		case i == 0:
		case s.section != picked[i-1].section || strings.Contains(s.text, "\n") || strings.Contains(picked[i-1].text, "\n"):
			b.WriteString("\n\n")
		default:
			b.WriteByte(' ')
		}
		b.WriteString(sentenceEnd(s.text))
	}
	return clip(b.String(), 1500)
}

// units cuts a section's text into sentences; a list stays with the line that
// leads into it where that ends in a colon, otherwise each item is a unit.
func units(text string) []string {
	var out []string
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		if line == "" {
			continue
		}
		if item, ok := strings.CutPrefix(line, "- "); ok {
			var items []string
			for {
				items = append(items, item)
				next := i + 1
				for next < len(lines) && strings.TrimSpace(lines[next]) == "" {
					next++
				}
				if next >= len(lines) {
					break
				}
				if item, ok = strings.CutPrefix(strings.TrimSpace(lines[next]), "- "); !ok {
					break
				}
				i = next
			}
			if n := len(out); n > 0 && strings.HasSuffix(out[n-1], ":") {
				out[n-1] += "\n- " + strings.Join(items, "\n- ")
				continue
			}
			out = append(out, items...)
			continue
		}
		out = append(out, sentences(line)...)
	}
	return out
}

// sentences splits a line after . ! or ? where a new sentence seems to begin.
func sentences(line string) []string {
	var out []string
	r := []rune(line)
	from := 0
	for i := 0; i < len(r); i++ {
		if r[i] != '.' && r[i] != '!' && r[i] != '?' {
			continue
		}
		if i+2 >= len(r) || !unicode.IsSpace(r[i+1]) || unicode.IsLower(r[i+2]) || abbreviated(string(r[from:i])) {
			continue
		}
		out = append(out, strings.TrimSpace(string(r[from:i+1])))
		from = i + 1
	}
	if s := strings.TrimSpace(string(r[from:])); s != "" {
		out = append(out, s)
	}
	return out
}

func abbreviated(s string) bool {
	i := strings.LastIndexFunc(s, unicode.IsSpace)
	switch strings.ToLower(s[i+1:]) {
	case "mr", "mrs", "ms", "dr", "st", "ave", "no", "approx", "e.g", "i.e", "etc", "vs", "a.m", "p.m", "inc", "u.s":
		return true
	}
	return false
}

func sentenceEnd(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.Contains(s, "\n- ") || strings.HasSuffix(s, "…") {
		return s
	}
	if r := []rune(s); unicode.IsLetter(r[len(r)-1]) || unicode.IsDigit(r[len(r)-1]) || r[len(r)-1] == ')' {
		return s + "."
	}
	return s
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// clip cuts s to n code points at most, at a blank if it can.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	cut := string(r[:n-1])
	if i := strings.LastIndexAny(cut, " \n"); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:\n") + "…"
}

// smallTalk answers greetings, thanks and the like, which are no questions.
func smallTalk(asked string, site bridge.Site) (string, bool) {
	words := rawWords(asked)
	if len(words) > 8 {
		return allRight, trigger.Declines(asked)
	}
	name := strings.TrimSpace(site.AssistantName)
	if name == "" {
		name = "Assistant"
	}
	if len(words) == 0 && strings.ContainsFunc(asked, func(c rune) bool { return unicode.Is(unicode.So, c) }) {
		if strings.Contains(asked, "👋") {
			return "Hello! I'm " + name + ", an AI assistant. How can I help you?", true
		}
		return allRight, true
	}
	switch about(words) {
	case aboutNothing:
		return "How can I help you?", true
	case aboutBot:
		return "I'm " + name + ", an AI assistant. I answer from what I know about " + siteName(site) + ", and you can ask for a person at any time.", true
	case aboutHelp:
		return "Yes, gladly. Ask me anything about " + siteName(site) + ", or ask for a person at any time.", true
	case aboutWellBeing:
		return "All good here, thanks for asking! How can I help you?", true
	case aboutElse:
	}
	greeting, thanks, bye, fine := false, false, false, false
	for _, w := range words {
		switch w {
		case "hi", "hello", "hey", "hiya", "howdy", "morning", "afternoon", "evening", "greetings", "yo", "hallo", "hola":
			greeting = true
		case "thanks", "thank", "thx", "ty", "cheers", "appreciated", "appreciate":
			thanks = true
		case "bye", "goodbye", "cya":
			bye = true
		case "ok", "okay", "great", "cool", "perfect", "awesome", "nice", "alright", "fine", "wonderful", "excellent", "k", "no", "nope", "nothing", "yes", "yep", "yeah", "sure", "got":
			fine = true
		case "good", "you", "so", "very", "much", "there", "a", "lot", "it", "that", "thats", "all", "for", "your", "help", "to", "everyone", "again", "have", "day", "now", "and", "the", "info", "was", "is", "helps", "helped", "i", "really", "see", "one", "this", "im", "then", "me", "else":
		default:
			return allRight, trigger.Declines(asked)
		}
	}
	switch {
	case bye:
		return "Goodbye! Write again whenever you need anything.", true
	case thanks:
		return "You're welcome! Is there anything else I can help with?", true
	case greeting:
		return "Hello! I'm " + name + ", an AI assistant. How can I help you?", true
	case fine:
		return allRight, true
	}
	return allRight, trigger.Declines(asked)
}

// allRight answers whoever wants nothing more for now.
const allRight = "All right. If anything else comes up, just ask."

// topic is what small talk is about.
type topic int

const (
	aboutElse topic = iota
	aboutNothing
	aboutBot       // who or what answers
	aboutHelp      // what it can do
	aboutWellBeing // how it is
)

// about tells what a few words ask, by the words alone: all of them must belong
// to the topic, whatever their order.
func about(words []string) topic {
	if len(words) == 0 {
		return aboutNothing
	}
	has := func(any ...string) bool {
		return slices.ContainsFunc(any, func(w string) bool { return slices.Contains(words, w) })
	}
	only := func(allowed string) bool {
		all := strings.Fields("hi hello hey a an " + allowed)
		return !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(all, w) })
	}
	switch {
	case has("are", "am", "is") && has("human", "person", "bot", "robot", "ai", "machine", "real") && has("you", "i", "this") &&
		only("are am is you i this real live actual human person bot robot ai machine talking speaking chatting to with or"),
		has("who", "what", "whats") && has("are", "name") && has("you", "your") && only("who what whats are is you your name"):
		return aboutBot
	case has("help", "question") && only("help question can could you me i need some have quick how please with"),
		has("what") && has("can") && has("you") && has("do") && only("what can you do"):
		return aboutHelp
	case has("how", "hows") && (has("you") && has("are", "doing") || has("it") && has("going")) && only("how hows are is you it going doing today"),
		has("whats") && has("up") && only("whats up"):
		return aboutWellBeing
	}
	return aboutElse
}
