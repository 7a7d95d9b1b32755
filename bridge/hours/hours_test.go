package hours

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// weekdays is a schedule of the same openings from Monday to Friday.
func weekdays(t testing.TB, name, spans string) Schedule {
	t.Helper()
	parsed, err := ParseSpans(spans)
	if err != nil {
		t.Fatal(err)
	}
	s := Schedule{Zone: zone(t, name)}
	for d := time.Monday; d <= time.Friday; d++ {
		s.Week[d] = parsed
	}
	return s
}

func daily(t testing.TB, name, spans string) Schedule {
	s := weekdays(t, name, spans)
	s.Week[time.Sunday], s.Week[time.Saturday] = s.Week[time.Monday], s.Week[time.Monday]
	return s
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestOpen(t *testing.T) {
	chicago := weekdays(t, "America/Chicago", "08:00-12:00, 13:00-17:00")
	thanks, err := ParseHoliday("fourth thursday of november")
	if err != nil {
		t.Fatal(err)
	}
	chicago.Holidays = []Holiday{thanks, {Month: time.December, Day: 25}}
	chicago.Exceptions = map[Date][]Span{
		{2026, time.November, 27}: {{9 * time.Hour, 11 * time.Hour}},
		{2026, time.December, 25}: {{10 * time.Hour, 11 * time.Hour}}, // open on a holiday after all
	}
	night := weekdays(t, "Europe/Berlin", "22:00-06:00")
	for _, c := range []struct {
		name string
		s    Schedule
		at   string
		want bool
	}{
		{"no hours set", Schedule{}, "2026-03-01T03:00:00Z", true},
		{"first instant", chicago, "2026-11-23T14:00:00Z", true},
		{"before it", chicago, "2026-11-23T13:59:59Z", false},
		{"lunch", chicago, "2026-11-23T18:30:00Z", false},
		{"last instant", chicago, "2026-11-23T23:00:00Z", false},
		{"weekend", chicago, "2026-11-22T16:00:00Z", false},
		{"thanksgiving", chicago, "2026-11-26T16:00:00Z", false},
		{"the short day after", chicago, "2026-11-27T16:00:00Z", true},
		{"the rest of the short day", chicago, "2026-11-27T19:30:00Z", false},
		{"an exception beats a holiday", chicago, "2026-12-25T16:30:00Z", true},
		{"summer time", chicago, "2026-07-06T13:00:00Z", true},
		{"an evening's night shift", night, "2026-01-05T22:00:00Z", true},
		{"runs past midnight", night, "2026-01-06T04:59:59Z", true},
		{"into Saturday", night, "2026-01-10T04:00:00Z", true},
		{"but none begins on Saturday", night, "2026-01-10T22:00:00Z", false},
		{"nor ends on Monday", night, "2026-01-12T04:00:00Z", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.s.Open(at(t, c.at)); got != c.want {
				t.Errorf("open at %s is %v, want %v", c.at, got, c.want)
			}
		})
	}
}

// Wall times that the clocks skip or show twice.
func TestClockChanges(t *testing.T) {
	for _, c := range []struct {
		name    string
		s       Schedule
		from    string
		opens   string
		closes  string
		openFor time.Duration
	}{
		{
			name: "Chicago skips 02:00-03:00; an opening at 02:30 is at the skip",
			s:    daily(t, "America/Chicago", "02:30-05:00"), from: "2026-03-08T06:00:00Z",
			opens: "2026-03-08T08:00:00Z", closes: "2026-03-08T10:00:00Z", openFor: 2 * time.Hour,
		},
		{
			name: "an opening inside the skipped hour does not happen",
			s:    daily(t, "America/Chicago", "02:15-02:45"), from: "2026-03-08T06:00:00Z",
			opens: "2026-03-09T07:15:00Z", closes: "2026-03-09T07:45:00Z",
		},
		{
			name: "Chicago shows 01:00-02:00 twice; from the first to the second",
			s:    daily(t, "America/Chicago", "01:15-01:45"), from: "2026-11-01T05:00:00Z",
			opens: "2026-11-01T06:15:00Z", closes: "2026-11-01T07:45:00Z", openFor: 90 * time.Minute,
		},
		{
			name: "Lord Howe changes by half an hour",
			s:    daily(t, "Australia/Lord_Howe", "02:15-04:00"), from: "2026-10-03T14:00:00Z",
			opens: "2026-10-03T15:30:00Z", closes: "2026-10-03T17:00:00Z", openFor: 90 * time.Minute,
		},
		{
			name: "Samoa left 30 December 2011 out",
			s:    daily(t, "Pacific/Apia", "08:00-17:00"), from: "2011-12-30T04:00:00Z",
			opens: "2011-12-30T18:00:00Z", closes: "2011-12-31T03:00:00Z", openFor: 6 * time.Hour,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			opens, ok := c.s.NextOpening(at(t, c.from))
			if !ok || !opens.Equal(at(t, c.opens)) {
				t.Fatalf("opens at %v (%v), want %s", opens, ok, c.opens)
			}
			closes, ok := c.s.NextClosing(opens)
			if !ok || !closes.Equal(at(t, c.closes)) {
				t.Errorf("closes at %v (%v), want %s", closes, ok, c.closes)
			}
			if got := c.s.Between(at(t, c.from), at(t, c.from).Add(20*time.Hour)); got != c.openFor {
				t.Errorf("open for %v, want %v", got, c.openFor)
			}
		})
	}
}

func TestNextOpeningSkipsALongClosure(t *testing.T) {
	s := weekdays(t, "America/Chicago", "09:00-17:00")
	s.Exceptions = map[Date][]Span{}
	for d := (Date{2026, time.July, 1}); d.Month < time.October; d = d.next(1) {
		s.Exceptions[d] = nil
	}
	got, ok := s.NextOpening(at(t, "2026-07-01T12:00:00Z"))
	if want := at(t, "2026-10-01T14:00:00Z"); !ok || !got.Equal(want) {
		t.Errorf("opens at %v (%v), want %v", got, ok, want)
	}
}

func TestNeverOpenAndNeverClosed(t *testing.T) {
	now := at(t, "2026-07-01T12:00:00Z")
	never := Schedule{Zone: time.UTC}
	if got, ok := never.NextOpening(now); ok {
		t.Errorf("a schedule without openings opens at %v", got)
	}
	if got, ok := never.After(now, time.Second); ok {
		t.Errorf("a second of open time passes by %v", got)
	}
	for name, s := range map[string]Schedule{"no hours": {}, "24h": daily(t, "America/Chicago", "24h")} {
		if got, ok := s.NextClosing(now); ok {
			t.Errorf("%s closes at %v", name, got)
		}
		if got := s.Between(now, now.Add(1000*time.Hour)); got != 1000*time.Hour {
			t.Errorf("%s is open for %v of 1000 h", name, got)
		}
	}
}

// A wait that begins on the evening before a holiday counts open time alone.
func TestAfterCountsOpenTimeAlone(t *testing.T) {
	s := weekdays(t, "America/Chicago", "09:00-17:00")
	s.Holidays = []Holiday{{Month: time.November, Nth: 4, Weekday: time.Thursday}}
	from := at(t, "2026-11-25T22:30:00Z") // half an hour before closing on Wednesday
	got, ok := s.After(from, 9*time.Hour) // 30 min, Thursday closed, all of Friday, 30 min of Monday
	if want := at(t, "2026-11-30T15:30:00Z"); !ok || !got.Equal(want) {
		t.Errorf("nine hours pass by %v (%v), want %v", got, ok, want)
	}
	if at, ok := s.After(from, 0); !ok || !at.Equal(from) {
		t.Errorf("no time passes by %v (%v)", at, ok)
	}
}

// schedules draws schedules with anything in them: overlapping and touching
// spans, nights, holidays, exceptions, zones with odd clock changes.
func schedules(t *testing.T) *rapid.Generator[Schedule] {
	zones := []*time.Location{}
	for _, n := range []string{"America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca", "UTC"} {
		zones = append(zones, zone(t, n))
	}
	quarter := func(rt *rapid.T, label string, n int) time.Duration {
		return time.Duration(rapid.IntRange(0, n).Draw(rt, label)) * 15 * time.Minute
	}
	spans := rapid.Custom(func(rt *rapid.T) []Span {
		var all []Span
		for range rapid.IntRange(0, 3).Draw(rt, "spans") {
			from := quarter(rt, "from", 95)
			all = append(all, Span{from, from + 15*time.Minute + quarter(rt, "length", 94)})
		}
		return all
	})
	return rapid.Custom(func(rt *rapid.T) Schedule {
		s := Schedule{Zone: rapid.SampledFrom(zones).Draw(rt, "zone"), Exceptions: map[Date][]Span{}}
		for d := range s.Week {
			s.Week[d] = spans.Draw(rt, "day")
		}
		for range rapid.IntRange(0, 2).Draw(rt, "exceptions") {
			s.Exceptions[Date{2026, time.March, rapid.IntRange(1, 31).Draw(rt, "date")}] = spans.Draw(rt, "other")
		}
		if rapid.Bool().Draw(rt, "holiday") {
			s.Holidays = []Holiday{{Month: time.November, Day: rapid.IntRange(1, 5).Draw(rt, "on")}}
		}
		return s
	})
}

// instants lie about the nights on which clocks change.
func instants() *rapid.Generator[time.Time] {
	return rapid.Custom(func(rt *rapid.T) time.Time {
		day := rapid.SampledFrom([]time.Time{
			time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 4, 5, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 4, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		}).Draw(rt, "night")
		return day.Add(time.Duration(rapid.IntRange(-3*24*60, 3*24*60).Draw(rt, "minute")) * time.Minute)
	})
}

// TestOpeningsAgree holds every question to the plainest one, asked minute by
// minute: what the wall shows, is it inside a span?
func TestOpeningsAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := schedules(t).Draw(rt, "schedule")
		a := instants().Draw(rt, "a")
		b := a.Add(time.Duration(rapid.IntRange(0, 3*24*60).Draw(rt, "minutes")) * time.Minute)
		var open time.Duration
		firstOpen, firstClosed := time.Time{}, time.Time{}
		for m := a; m.Before(b); m = m.Add(time.Minute) {
			isOpen := s.Open(m)
			if isOpen {
				open += time.Minute
				if firstOpen.IsZero() {
					firstOpen = m
				}
			} else if firstClosed.IsZero() {
				firstClosed = m
			}
			if shown := s.shows(m); shown != isOpen && !s.twice(m) {
				rt.Fatalf("at %v open is %v, the wall in %v says %v", m, isOpen, s.Zone, shown)
			}
		}
		if got := s.Between(a, b); got != open {
			rt.Fatalf("between %v and %v %v are open, want %v", a, b, got, open)
		}
		if next, ok := s.NextOpening(a); !firstOpen.IsZero() && (!ok || !next.Equal(firstOpen)) {
			rt.Fatalf("after %v it opens at %v (%v), want %v", a, next, ok, firstOpen)
		}
		if next, ok := s.NextClosing(a); !firstClosed.IsZero() && (!ok || !next.Equal(firstClosed)) {
			rt.Fatalf("after %v it closes at %v (%v), want %v", a, next, ok, firstClosed)
		}
		if end, ok := s.After(a, open); open > 0 && (!ok || end.After(b) || s.Between(a, end) != open) {
			rt.Fatalf("%v after %v is %v (%v): %v are open until then", open, a, end, ok, s.Between(a, end))
		}
	})
}

// shows reads the wall at an instant: is that reading inside a span of its day
// or of the day before?
func (s Schedule) shows(t time.Time) bool {
	local := t.In(s.Zone)
	d := DateOf(local)
	wall := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute
	for i := range 3 {
		for _, span := range s.on(d.next(-i)) {
			if w := wall + time.Duration(i)*Day; span.From <= w && w < span.To {
				return true
			}
		}
	}
	return false
}

// twice reports whether the wall shows this instant's time twice: there a span
// that ends and begins runs through, which the plain reading does not see.
func (s Schedule) twice(t time.Time) bool {
	d := DateOf(t.In(s.Zone))
	local := t.In(s.Zone)
	wall := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute
	return !s.instant(d, wall, false).Equal(s.instant(d, wall, true))
}

func TestParseSpans(t *testing.T) {
	const h, m, s = time.Hour, time.Minute, time.Second
	for text, want := range map[string][]Span{
		"09:00-17:00":               {{9 * h, 17 * h}},
		" 9:00 - 12:00,13:00–17:30": {{9 * h, 12 * h}, {13 * h, 17*h + 30*m}},
		"22:00-06:00":               {{22 * h, 30 * h}},
		"18:00-24:00":               {{18 * h, 24 * h}},
		"24h":                       {{0, 24 * h}},
		"00:00-24:00":               {{0, 24 * h}},
		"closed":                    nil,
		"08:00:30-08:00:45":         {{8*h + 30*s, 8*h + 45*s}},
		"08:00-12:00, 11:00-15:00":  {{8 * h, 12 * h}, {11 * h, 15 * h}},
	} {
		if got, err := ParseSpans(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q is read as %v, want %v (%v)", text, got, want, err)
		}
	}
	for _, text := range []string{"", "9", "09:00", "09:00-09:00", "24:00-06:00", "09:00-25:00", "09:60-10:00", "9am-5pm", "09:00-17:00,", "-1:00-02:00", "24:30-25:00", "009:00-10:00"} {
		if spans, err := ParseSpans(text); err == nil {
			t.Errorf("%q is read as %v", text, spans)
		}
	}
}

func TestParseHoliday(t *testing.T) {
	for text, day := range map[string]Date{
		"2026-12-24":                  {2026, time.December, 24},
		"12-25":                       {2031, time.December, 25},
		"02-29":                       {2028, time.February, 29},
		"Fourth Thursday of November": {2026, time.November, 26},
		"last mon of may":             {2026, time.May, 25},
		"1st monday of september":     {2026, time.September, 7},
	} {
		h, err := ParseHoliday(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if !h.On(day) || h.On(day.next(1)) || h.On(day.next(-7)) || h.On(day.next(7)) {
			t.Errorf("%q (%+v) is not on %v alone", text, h, day)
		}
		if again, err := ParseHoliday(h.String()); err != nil || again != h {
			t.Errorf("%q comes back from %q as %+v (%v)", text, h.String(), again, err)
		}
	}
	for _, text := range []string{"", "christmas", "13-01", "02-30", "2026-02-30", "sixth monday of may", "fourth thursday november"} {
		if h, err := ParseHoliday(text); err == nil {
			t.Errorf("%q is read as %+v", text, h)
		}
	}
}
