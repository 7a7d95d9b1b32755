package slackapp

import (
	"strings"

	"github.com/kyokomi/emoji/v2"
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
	sign := emojiNamed(name)
	if sign == "" {
		return "", 0
	}
	if tone, m := shortcode(s[n:]); m > 0 {
		if t := skinTone(tone); t != "" {
			return sign + t, n + m
		}
	}
	return sign, n
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

// emojiNamed knows Slack's own names where they differ from the usual ones.
func emojiNamed(name string) string {
	switch name {
	case "simple_smile":
		return "🙂"
	case "thumbsup_all":
		return "👍"
	case "hugging_face":
		return "🤗"
	case "face_with_rolling_eyes":
		return "🙄"
	case "rolling_on_the_floor_laughing":
		return "🤣"
	case "smiling_face_with_3_hearts":
		return "🥰"
	case "grinning_face_with_star_eyes":
		return "🤩"
	case "thinking_face":
		return "🤔"
	case "raised_hand_with_fingers_splayed":
		return "🖐️"
	case "the_horns", "sign_of_the_horns":
		return "🤘"
	case "hammer_and_wrench":
		return "🛠️"
	case "email":
		return "📧"
	}
	if cc, ok := strings.CutPrefix(name, "flag-"); ok && len(cc) == 2 {
		return countryFlag(cc)
	}
	codes := emoji.CodeMap()
	for _, n := range []string{name, strings.ReplaceAll(name, "-", "_"), strings.ReplaceAll(name, "_", "-")} {
		if sign := codes[":"+n+":"]; sign != "" {
			return strings.TrimSpace(sign)
		}
	}
	return ""
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
