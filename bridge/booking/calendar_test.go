package booking

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCalendar(t *testing.T) {
	from := time.Date(2026, 11, 24, 9, 0, 0, 0, chicago(t))
	e := Event{
		UID: "b1@threadline", Sequence: 2, Stamp: from.Add(-time.Hour), Slot: Slot{from, from.Add(30 * time.Minute)},
		Summary: "Call from Müller; Söhne, Heizung", Description: "We call +1 312 555 0100.\nUse \\ with care",
		Organizer: `Dana "Dee" Whitfield`, Address: "https://www.example.com", Remind: 15 * time.Minute,
	}
	want := strings.Join([]string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Threadline//Threadline//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
		"BEGIN:VEVENT", "UID:b1@threadline", "SEQUENCE:2", "DTSTAMP:20261124T140000Z", "DTSTART:20261124T150000Z", "DTEND:20261124T153000Z",
		"STATUS:CONFIRMED", `SUMMARY:Call from Müller\; Söhne\, Heizung`, `DESCRIPTION:We call +1 312 555 0100.\nUse \\ with care`,
		`ORGANIZER;CN="Dana ^'Dee^' Whitfield":https://www.example.com`,
		"BEGIN:VALARM", "ACTION:DISPLAY", `DESCRIPTION:Call from Müller\; Söhne\, Heizung`, "TRIGGER:-PT900S", "END:VALARM",
		"END:VEVENT", "END:VCALENDAR", "",
	}, "\r\n")
	if got := string(Calendar(e)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	e.Cancelled, e.Sequence, e.Organizer, e.Address, e.Description = true, 3, "", "no address", ""
	got := string(Calendar(e))
	for _, line := range []string{"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3", "UID:b1@threadline", "ORGANIZER:invalid:nomail"} {
		if !strings.Contains(got, line+"\r\n") {
			t.Errorf("a cancelled call lacks %s:\n%s", line, got)
		}
	}
	if strings.Contains(got, "VALARM") || strings.Contains(got, "DESCRIPTION") {
		t.Errorf("a cancelled call still rings:\n%s", got)
	}
}

// unfold is a reader of calendars, small enough to be right: lines joined, then
// name, parameters and value told apart.
func unfold(rt *rapid.T, data []byte) map[string]string {
	text := string(data)
	if !utf8.ValidString(text) || !strings.HasSuffix(text, "\r\n") {
		rt.Fatalf("not whole UTF-8 lines: %q", text)
	}
	for _, l := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(l) > 75 || !utf8.ValidString(l) || strings.ContainsAny(l, "\r\n\x00\x1b\x7f") {
			rt.Fatalf("a line of %d octets, or cut within a character: %q", len(l), l)
		}
	}
	out := map[string]string{}
	for _, l := range strings.Split(strings.ReplaceAll(text, "\r\n ", ""), "\r\n") {
		quoted, end := false, -1
		for i, r := range l {
			if r == '"' {
				quoted = !quoted
			}
			if r == ':' && !quoted {
				end = i
				break
			}
		}
		if end < 0 {
			if l != "" {
				rt.Fatalf("no content line: %q", l)
			}
			continue
		}
		name, params, _ := strings.Cut(l[:end], ";")
		out[name] = l[end+1:]
		if params != "" {
			out[name+";"] = params
		}
	}
	return out
}

// Names and words of people never break out of their lines.
func TestCalendarBearsAnyName(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := func(label string) string {
			if rapid.Bool().Draw(rt, "awkward") {
				return rapid.SampledFrom([]string{
					"Ann\r\nBEGIN:VEVENT\r\nUID:evil", `"; CN=x:mailto:a@b`, strings.Repeat("𝔘𝔫𝔦", 60), "a,b;c\\n\\", "\x00\x1b[31m\u2028x", " leading", strings.Repeat(",", 200), "^n^'",
				}).Draw(rt, label)
			}
			return rapid.String().Draw(rt, label)
		}
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(rt, "at"), 0)
		e := Event{UID: "id", Stamp: at, Slot: Slot{at, at.Add(time.Hour)}, Summary: word("summary"), Description: word("description"), Organizer: word("organizer"), Address: word("address")}
		got := unfold(rt, Calendar(e))
		back := strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n")
		plain := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == ' ' {
					return -1
				}
				return r
			}, strings.ToValidUTF8(s, ""))
		}
		if have := plain(back.Replace(got["SUMMARY"])); have != plain(e.Summary) {
			rt.Fatalf("the summary %q came back as %q", e.Summary, have)
		}
		if got["UID"] != "id" || got["DTSTART"] != at.UTC().Format("20060102T150405Z") || got["END"] != "VCALENDAR" {
			rt.Fatalf("the words %q changed the event: %v", e.Summary, got)
		}
	})
}
