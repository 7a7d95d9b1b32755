package widget

import (
	"strings"

	"github.com/mileusna/useragent"
)

// maxDevice bounds what is kept of a browser's words about itself, in bytes.
const maxDevice = 80

// device says in people's words what a visitor uses, as in
// "Phone · Safari · iOS"; empty for programs and browsers nobody knows.
func device(agent string) string {
	ua := useragent.Parse(cut(agent, maxAddress))
	var parts []string
	switch {
	case ua.Bot:
		return ""
	case ua.Tablet:
		parts = append(parts, "Tablet")
	case ua.Mobile:
		parts = append(parts, "Phone")
	case ua.Desktop:
		parts = append(parts, "Computer")
	default:
		return ""
	}
	for _, s := range []string{ua.Name, ua.OS} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return cut(strings.Join(parts, " · "), maxDevice)
}
