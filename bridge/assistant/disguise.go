package assistant

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"threadline/bridge/trigger"
)

// leakLetters is how many of the instructions' letters in a row are a leak,
// whatever stands between them, and also backwards or shifted by thirteen.
const (
	leakLetters = 32
	leakStep    = 8
)

// disguises are ways to write what a pattern does not see, and to show what
// belongs to the machinery.
type disguises struct {
	spaced, blob, machinery, about, twin *regexp.Regexp
}

func newDisguises() disguises {
	return disguises{
		spaced: regexp.MustCompile(`(?:^|[^\p{L}\p{N}])(?:[\p{L}][ .\-_*|/]{1,4}){4,}\p{L}(?:$|[^\p{L}\p{N}])`),
		blob:   regexp.MustCompile(`[A-Za-z0-9+/=_\-]{40,}`),
		machinery: regexp.MustCompile(`(?i)\b(?:ask_back|hand_off|save_contact|book_callback|known_about_visitor|may_ask_visitor_for|tool_calls?|function_call)\b` +
			`|<\|[a-z_]*\|?>?|\|>|</?(?:tool|system|assistant|user|visitor|function)[a-z_]*>|"(?:role|content|arguments|tool|function)"\s*:|\[/?(?:inst|system|assistant)\b[^\]]*\]|^\W*(?:visitor|user|assistant)\s*:`),
		about: regexp.MustCompile(`(?i)\b(?:my|these|the|our) (?:own |full |system |internal |hidden |original |secret )*(?:instructions?|prompts?|guidelines)\b(?: \w+)? (?:say|are|is|tell|state|read|forbid|require|include|begin|were)|\bsystem prompt\b` +
			`|\bmeine (?:anweisungen|regeln|vorgaben)\b|\bmis (?:instrucciones|reglas)\b|\bmes (?:instructions|consignes)\b|\ble mie istruzioni\b|\b(?:as )?minhas instrucoes\b`),
		twin: regexp.MustCompile(`[\p{L}\p{M}]+`),
	}
}

// undisguised is a text as a reader takes it: one form of each letter, without
// marks, twins of other scripts as Latin.
func undisguised(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		if t, ok := twinOf(r); ok {
			r = t
		}
		b.WriteRune(r)
	}
	return b.String()
}

// twins are letters of other scripts that look like Latin ones, pair by pair.
const twins = "аaеeоoрpсcуyхxіiјjѕsԁdһhӏlАAВBЕEКKМMНHОOРPСCТTХXУYІIЅSαaοoνvρpυuΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXıiɡgℓl"

func twinOf(r rune) (rune, bool) {
	if r < 0x80 {
		return r, false
	}
	twin := false
	for _, t := range twins {
		if twin {
			return t, true
		}
		twin = false
		if t == r {
			twin = true
		}
	}
	return r, false
}

// disguise holds back a sentence whose letters are made to deceive, and one
// that shows the machinery.
func (g *guard) disguise(s string) *heldBack {
	held := &heldBack{trigger.InformationGap, "The answer was held back: its letters were disguised."}
	d := g.rules.disguises
	g.tail = tailOf(g.tail, 40) + s
	if d.spaced.MatchString(g.tail + " ") {
		return held
	}
	marks := 0
	for _, r := range norm.NFC.String(s) {
		switch {
		case r >= 0x300 && r < 0x370:
			marks++ // one that makes no letter of a language
		case r >= 0xE0000 && r < 0xE0080:
			return held
		}
	}
	if marks > 2 {
		return held
	}
	for _, w := range d.twin.FindAllString(s, -1) {
		latin, other := false, false
		for _, r := range w {
			latin = latin || unicode.Is(unicode.Latin, r)
			other = other || unicode.Is(unicode.Cyrillic, r) || unicode.Is(unicode.Greek, r)
		}
		if latin && other {
			return held
		}
	}
	for _, m := range d.blob.FindAllString(s, -1) {
		if !strings.Contains(g.known, strings.ToLower(m)) {
			return held
		}
	}
	plain := undisguised(s)
	if d.machinery.MatchString(plain) || d.about.MatchString(plain) && !g.backed(d.about.FindString(plain)) {
		return &heldBack{trigger.InformationGap, "The answer was held back: it spoke of the assistant's workings."}
	}
	return nil
}

// letters are a text's letters and nothing else, in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, undisguised(s))
}

// secret is what must not be told, in the forms in which it is told.
type secret struct{ forms []string }

func newSecret(s string) secret {
	plain := letters(s)
	back := []rune(plain)
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return secret{[]string{plain, string(back), strings.Map(shifted, plain)}}
}

func shifted(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return 'a' + (r-'a'+13)%26
	}
	return r
}

// within reports whether a stretch of the letters is a stretch of the secret
// that the knowledge does not hold. Stretches begin every few letters.
func (s secret) within(said, known string) bool {
	for at := 0; at+leakLetters <= len(said); at += leakStep {
		w := said[at : at+leakLetters]
		for _, f := range s.forms {
			if strings.Contains(f, w) && !strings.Contains(known, w) {
				return true
			}
		}
	}
	return false
}
