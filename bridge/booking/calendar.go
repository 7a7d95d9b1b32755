package booking

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Event is a callback as a calendar has it.
type Event struct {
	// UID names the event for ever; Sequence rises with every change of it, and
	// Stamp is when this one was made.
	UID      string
	Sequence int
	Stamp    time.Time
	Slot     Slot
	// Summary, Description and Organizer are free texts. Address is a URI of
	// the organizer, empty if there is none.
	Summary, Description string
	Organizer, Address   string
	// Cancelled takes the event back.
	Cancelled bool
	// Remind is how long before it the calendar should ring; zero is never.
	Remind time.Duration
}

// MediaType is that of Calendar's result.
const MediaType = "text/calendar"

// noAddress stands for an organizer who has no address. RFC 5546 wants one in
// whatever is published (3.2.1) or cancelled (3.2.5).
const noAddress = "invalid:nomail"

// Calendar writes the event as an iCalendar object (RFC 5545) that publishes or
// cancels it (RFC 5546).
func Calendar(e Event) []byte {
	var w writer
	method, status := "PUBLISH", "CONFIRMED"
	if e.Cancelled {
		method, status = "CANCEL", "CANCELLED"
	}
	w.line("BEGIN:VCALENDAR")
	w.line("VERSION:2.0")
	w.line("PRODID:-//Threadline//Threadline//EN")
	w.line("CALSCALE:GREGORIAN")
	w.line("METHOD:" + method)
	w.line("BEGIN:VEVENT")
	w.line("UID:" + text(e.UID))
	w.line(fmt.Sprintf("SEQUENCE:%d", e.Sequence))
	w.line("DTSTAMP:" + utc(e.Stamp))
	w.line("DTSTART:" + utc(e.Slot.From))
	w.line("DTEND:" + utc(e.Slot.To))
	w.line("STATUS:" + status)
	w.line("SUMMARY:" + text(e.Summary))
	if e.Description != "" {
		w.line("DESCRIPTION:" + text(e.Description))
	}
	address := noAddress
	if a := uri(e.Address); a != "" {
		address = a
	}
	if e.Organizer != "" {
		w.line(`ORGANIZER;CN="` + parameter(e.Organizer) + `":` + address)
	} else {
		w.line("ORGANIZER:" + address)
	}
	if e.Remind > 0 && !e.Cancelled {
		w.line("BEGIN:VALARM")
		w.line("ACTION:DISPLAY")
		w.line("DESCRIPTION:" + text(e.Summary))
		w.line("TRIGGER:-" + duration(e.Remind))
		w.line("END:VALARM")
	}
	w.line("END:VEVENT")
	w.line("END:VCALENDAR")
	return []byte(w.String())
}

type writer struct{ strings.Builder }

// maxLine is the longest line in octets, its end aside (RFC 5545, 3.1).
const maxLine = 75

// line writes a content line, folded between characters.
func (w *writer) line(s string) {
	room := maxLine
	for len(s) > room {
		cut := room
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		w.WriteString(s[:cut] + "\r\n ")
		s, room = s[cut:], maxLine-1
	}
	w.WriteString(s + "\r\n")
}

// text is a value of type TEXT (RFC 5545, 3.3.11). Controls other than a new
// line have no place in it.
func text(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085' {
			return '\n'
		}
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}

// parameter is a quoted parameter's value, whose quotes are written as RFC 6868
// has it.
func parameter(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.NewReplacer("^", "^^", `"`, "^'").Replace(s)
}

// uri is an address that can stand in a line as it is; empty if it cannot.
func uri(s string) string {
	if !strings.Contains(s, ":") || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' }) {
		return ""
	}
	return s
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// duration is a value of type DURATION, to the second.
func duration(d time.Duration) string {
	return fmt.Sprintf("PT%dS", int64(d/time.Second))
}
