package hours

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Holiday is one day, a day of every year, or a weekday of a month of every
// year.
type Holiday struct {
	// Year is zero for every year.
	Year  int
	Month time.Month
	// Day is zero where Nth is set.
	Day int
	// Nth counts the Weekdays of the month from 1; -1 is the last one.
	Nth     int
	Weekday time.Weekday
}

// On reports whether the holiday falls on that day.
func (h Holiday) On(d Date) bool {
	switch {
	case d.Month != h.Month || h.Year != 0 && h.Year != d.Year:
		return false
	case h.Nth == 0:
		return d.Day == h.Day
	case d.midnight().Weekday() != h.Weekday:
		return false
	case h.Nth < 0:
		return d.next(7).Month != d.Month
	default:
		return (d.Day-1)/7+1 == h.Nth
	}
}

const holidayForm = "write 2026-12-25, 12-25 for every year, or fourth thursday of november"

// ParseHoliday reads "2026-12-25", "12-25" or "fourth thursday of november".
func ParseHoliday(text string) (Holiday, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if d, err := ParseDate(text); err == nil {
		return Holiday{Year: d.Year, Month: d.Month, Day: d.Day}, nil
	}
	// 2000 has a 29 February.
	if t, err := time.Parse(time.DateOnly, "2000-"+text); err == nil {
		return Holiday{Month: t.Month(), Day: t.Day()}, nil
	}
	words := strings.Fields(text)
	if len(words) == 4 && words[2] == "of" {
		nth, okNth := ordinals()[words[0]]
		weekday, okDay := ParseWeekday(words[1])
		month, okMonth := parseMonth(words[3])
		if okNth && okDay && okMonth {
			return Holiday{Month: month, Nth: nth, Weekday: weekday}, nil
		}
	}
	return Holiday{}, fmt.Errorf("%q is no holiday: %s", text, holidayForm)
}

// String is the form that ParseHoliday reads.
func (h Holiday) String() string {
	switch {
	case h.Nth != 0:
		for _, word := range []string{"first", "second", "third", "fourth", "fifth", "last"} {
			if ordinals()[word] == h.Nth {
				return strings.ToLower(word + " " + h.Weekday.String() + " of " + h.Month.String())
			}
		}
		return strconv.Itoa(h.Nth)
	case h.Year != 0:
		return Date{h.Year, h.Month, h.Day}.String()
	default:
		return fmt.Sprintf("%02d-%02d", int(h.Month), h.Day)
	}
}

func ordinals() map[string]int {
	return map[string]int{
		"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1,
		"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5,
	}
}

func parseMonth(text string) (time.Month, bool) {
	for m := time.January; m <= time.December; m++ {
		name := strings.ToLower(m.String())
		if text == name || text == name[:3] {
			return m, true
		}
	}
	return 0, false
}
