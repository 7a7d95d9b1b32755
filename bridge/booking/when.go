package booking

import (
	"strings"
	"time"

	"threadline/bridge/hours"
)

// When says an instant in a zone's own time, with the day as people call it
// now: "tomorrow, Tuesday 24 November, 15:00 CST".
func When(t, now time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	at := t.In(zone)
	text := at.Format("Monday 2 January, 15:04 ") + zoneName(at)
	switch hours.DateOf(at).Days() - hours.DateOf(now.In(zone)).Days() {
	case 0:
		return "today, " + text
	case 1:
		return "tomorrow, " + text
	}
	return text
}

// zoneName is the zone's short name, or its distance from UTC where it has none.
func zoneName(t time.Time) string {
	name := t.Format("MST")
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "UTC" + t.Format("-07:00")
	}
	return name
}

// Line is When as a line of its own.
func Line(t, now time.Time, zone *time.Location) string {
	s := When(t, now, zone)
	return strings.ToUpper(s[:1]) + s[1:]
}
