package bridge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"threadline/bridge/hours"
)

// Schedule reads the hours, with these holidays. Its errors name the line that
// is wrong and say what to write.
func (h Hours) Schedule(holidays []string) (hours.Schedule, error) {
	if h.IsZero() {
		return hours.Schedule{}, nil
	}
	if h.Zone == "" {
		return hours.Schedule{}, fmt.Errorf("timezone: missing; write an IANA name such as America/Chicago")
	}
	zone, err := time.LoadLocation(h.Zone)
	if err != nil || strings.EqualFold(h.Zone, "local") {
		return hours.Schedule{}, fmt.Errorf("timezone: %q is unknown; write an IANA name such as America/Chicago", h.Zone)
	}
	s := hours.Schedule{Zone: zone, Exceptions: map[hours.Date][]hours.Span{}}
	var named [7]string
	for _, key := range slices.Sorted(maps.Keys(h.Week)) {
		days, err := weekdays(key)
		if err != nil {
			return s, fmt.Errorf("week: %w", err)
		}
		spans, err := hours.ParseSpans(h.Week[key])
		if err != nil {
			return s, fmt.Errorf("week.%s: %w", key, err)
		}
		for _, d := range days {
			if named[d] != "" {
				return s, fmt.Errorf("week: %s is in %q and in %q; name every day once", d, named[d], key)
			}
			named[d], s.Week[d] = key, spans
		}
	}
	for _, key := range slices.Sorted(maps.Keys(h.Exceptions)) {
		date, err := hours.ParseDate(key)
		if err != nil {
			return s, fmt.Errorf("exceptions: %w", err)
		}
		spans, err := hours.ParseSpans(h.Exceptions[key])
		if err != nil {
			return s, fmt.Errorf("exceptions.%s: %w", key, err)
		}
		s.Exceptions[date] = spans
	}
	for _, text := range holidays {
		holiday, err := hours.ParseHoliday(text)
		if err != nil {
			return s, fmt.Errorf("holidays: %w", err)
		}
		s.Holidays = append(s.Holidays, holiday)
	}
	return s, nil
}

// weekdays reads "mon", "mon-fri" or "daily".
func weekdays(key string) ([]time.Weekday, error) {
	if k := strings.ToLower(strings.TrimSpace(key)); k == "daily" {
		key = "sun-sat"
	}
	first, last, isRange := strings.Cut(key, "-")
	if !isRange {
		last = first
	}
	a, okA := hours.ParseWeekday(first)
	b, okB := hours.ParseWeekday(last)
	if !okA || !okB {
		return nil, fmt.Errorf("%q is no day: write mon, mon-fri or daily", key)
	}
	days := []time.Weekday{a}
	for d := a; d != b; {
		d = (d + 1) % 7
		days = append(days, d)
	}
	return days, nil
}
