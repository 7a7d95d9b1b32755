package slackapp

import (
	_ "embed" // the table of names
	"strings"
	"sync"
	"unicode/utf8"
)

// maxShortcode bounds how far an emoji's name is looked for.
const maxShortcode = 60

// emojiAt reads an emoji's name at the start of s, as ":wave:" with an
// optional ":skin-tone-3:" behind it, and returns the sign and how many bytes
// it took; 0 if there is none that a visitor's screen knows.
func emojiAt(s string) (string, int) {
	name, n := shortcode(s)
	if n == 0 {
		return "", 0
	}
	e := emojiNamed(name)
	if e.text == "" {
		return "", 0
	}
	if tone, m := shortcode(s[n:]); m > 0 {
		if t := skinTone(tone); t != "" {
			return e.withTone(t), n + m
		}
	}
	return e.text, n
}

func shortcode(s string) (string, int) {
	if len(s) < 3 || s[0] != ':' {
		return "", 0
	}
	for i := 1; i < len(s) && i < maxShortcode; i++ {
		switch c := s[i]; {
		case c == ':':
			if i == 1 {
				return "", 0
			}
			return s[1:i], i + 1
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-', c == '+', c == '\'':
		default:
			return "", 0
		}
	}
	return "", 0
}

func skinTone(name string) string {
	switch name {
	case "skin-tone-2":
		return "\U0001F3FB"
	case "skin-tone-3":
		return "\U0001F3FC"
	case "skin-tone-4":
		return "\U0001F3FD"
	case "skin-tone-5":
		return "\U0001F3FE"
	case "skin-tone-6":
		return "\U0001F3FF"
	}
	return ""
}

//go:embed emoji.txt
var emojiTable string

// sign is an emoji; toned says that a skin tone may follow its first character.
type sign struct {
	text  string
	toned bool
}

//nolint:gochecknoglobals // a table read once and never changed
var emojiSigns = sync.OnceValue(func() map[string]sign {
	signs := map[string]sign{}
	for line := range strings.Lines(emojiTable) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] != "#" {
			signs[f[0]] = sign{f[1], len(f) > 2}
		}
	}
	return signs
})

// emojiNamed is the sign with Slack's name for it; empty if it is one of the
// workspace's own.
func emojiNamed(name string) sign {
	switch name {
	case "simple_smile":
		name = "slightly_smiling_face"
	case "thumbsup_all":
		name = "thumbsup"
	}
	if s, ok := emojiSigns()[name]; ok {
		return s
	}
	if cc, ok := strings.CutPrefix(name, "flag-"); ok && len(cc) == 2 {
		return sign{text: countryFlag(cc)}
	}
	return sign{}
}

// withTone gives the sign a skin tone if it can have one (Unicode: the tone
// follows the base and takes the place of its variation selector).
func (s sign) withTone(tone string) string {
	if !s.toned || tone == "" {
		return s.text
	}
	_, n := utf8.DecodeRuneInString(s.text)
	return s.text[:n] + tone + strings.TrimPrefix(s.text[n:], "\uFE0F")
}

func countryFlag(cc string) string {
	var b strings.Builder
	for i := range len(cc) {
		if cc[i] < 'a' || cc[i] > 'z' {
			return ""
		}
		b.WriteRune(0x1F1E6 + rune(cc[i]-'a'))
	}
	return b.String()
}
