package hours

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseSpans reads the openings of a day as people write them:
// "09:00-12:00, 13:00-17:30", "22:00-06:00" over midnight, "24h", or "closed".
// Seconds may follow: "09:00:30". Its errors tell a person what to write.
func ParseSpans(text string) ([]Span, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "closed":
		return nil, nil
	case "24h", "all day":
		return []Span{{0, Day}}, nil
	}
	var spans []Span
	for part := range strings.SplitSeq(text, ",") {
		from, to, ok := strings.Cut(strings.ReplaceAll(part, "–", "-"), "-")
		if !ok {
			return nil, fmt.Errorf("%q is no opening: write 09:00-17:00, several with commas, 24h or closed", strings.TrimSpace(part))
		}
		a, err := parseClock(from)
		if err != nil {
			return nil, err
		}
		b, err := parseClock(to)
		if err != nil {
			return nil, err
		}
		if a == Day || a == b {
			return nil, fmt.Errorf("%q opens for no time at all; for the whole day write 24h", strings.TrimSpace(part))
		}
		if b < a {
			b += Day
		}
		spans = append(spans, Span{a, b})
	}
	return spans, nil
}

func parseClock(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	bad := fmt.Errorf("%q is no time of day: write it as 09:00, up to 24:00", text)
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, bad
	}
	var sum time.Duration
	for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second}[:len(parts)] {
		if len(parts[i]) == 0 || len(parts[i]) > 2 || i > 0 && len(parts[i]) != 2 {
			return 0, bad
		}
		n, err := strconv.ParseUint(parts[i], 10, 8)
		if err != nil || i > 0 && n > 59 {
			return 0, bad
		}
		sum += time.Duration(n) * unit
	}
	if sum > Day {
		return 0, bad
	}
	return sum, nil
}

// ParseDate reads a day in the form 2026-12-25.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(text))
	if err != nil {
		return Date{}, fmt.Errorf("%q is no date: write it as 2026-12-25", text)
	}
	return DateOf(t), nil
}

// ParseWeekday reads an English weekday, whole or its first three letters.
func ParseWeekday(text string) (time.Weekday, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		if text == name || text == name[:3] {
			return d, true
		}
	}
	return 0, false
}
