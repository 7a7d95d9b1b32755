package hours

import (
	"slices"
	"time"

	_ "time/tzdata" // zones are known wherever the program runs
)

// Day is the length of a day on the wall.
const Day = 24 * time.Hour

// Span is an opening, from and to as times on the wall since midnight. To may
// lie past midnight, up to [Day] more: a night shift belongs to the day on
// which it begins.
type Span struct{ From, To time.Duration }

// Date is a day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day that an instant falls on in its location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// String is the date in the form 2026-12-25.
func (d Date) String() string { return d.midnight().Format(time.DateOnly) }

// midnight is the day's beginning as if its wall clock were UTC.
func (d Date) midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// Days counts the days since 1 January 1970.
func (d Date) Days() int64 { return d.midnight().Unix() / int64(Day/time.Second) }

func (d Date) next(days int) Date { return DateOf(d.midnight().AddDate(0, 0, days)) }

// Schedule says when somebody is open. The zero Schedule is always open; one
// with a Zone is open in its spans alone.
type Schedule struct {
	Zone *time.Location
	// Week has the openings of each weekday. Spans may touch and overlap.
	Week [7][]Span
	// Exceptions replace the openings of a day; no spans means closed. They
	// come before Holidays.
	Exceptions map[Date][]Span
	// Holidays are closed.
	Holidays []Holiday
}

// horizon bounds the search for an opening or a closing: past the longest wait
// for a yearly day.
const horizon = 8*366 + 1

// Always reports whether the schedule has no closing times at all because none
// were set.
func (s Schedule) Always() bool { return s.Zone == nil }

// Open reports whether t lies in an opening. An opening includes its first
// instant and not its last.
func (s Schedule) Open(t time.Time) bool {
	if s.Always() {
		return true
	}
	_, open := s.around(t)
	return open
}

// around is the opening that holds t, merged with those that touch it within
// the days about t.
func (s Schedule) around(t time.Time) (period, bool) {
	d := DateOf(t.In(s.Zone))
	for _, p := range s.periods(d.next(-2), 5) {
		if !t.Before(p.from) && t.Before(p.to) {
			return p, true
		}
	}
	return period{}, false
}

// NextOpening is the first instant at or after t that is open: t itself while
// open. False means that there is none within eight years.
func (s Schedule) NextOpening(t time.Time) (time.Time, bool) {
	if s.Open(t) {
		return t, true
	}
	d := DateOf(t.In(s.Zone)).next(-2)
	const stride = 30
	for i := 0; i < horizon; i += stride {
		for _, p := range s.periods(d.next(i), stride+3) {
			if !p.from.Before(t) {
				return p.from, true
			}
		}
	}
	return time.Time{}, false
}

// NextClosing is the first instant at or after t that is not open: t itself
// while closed. False means that there is none within eight years.
func (s Schedule) NextClosing(t time.Time) (time.Time, bool) {
	if s.Always() {
		return time.Time{}, false
	}
	end := t
	for first := t; ; {
		p, open := s.around(end)
		if !open {
			return end, true
		}
		if end = p.to; end.Sub(first) > horizon*Day {
			return time.Time{}, false
		}
	}
}

// Between is how much open time lies between two instants; zero if b is not
// after a.
func (s Schedule) Between(a, b time.Time) time.Duration {
	if !b.After(a) {
		return 0
	}
	if s.Always() {
		return b.Sub(a)
	}
	first := DateOf(a.In(s.Zone)).next(-2)
	days := int(DateOf(b.In(s.Zone)).midnight().Sub(first.midnight())/Day) + 2
	var sum time.Duration
	for _, p := range s.periods(first, days) {
		from, to := later(p.from, a), earlier(p.to, b)
		if to.After(from) {
			sum += to.Sub(from)
		}
	}
	return sum
}

// After is the instant at which that much open time has passed since t. False
// means that it does not within eight years. Nothing has passed at t itself,
// open or not.
func (s Schedule) After(t time.Time, open time.Duration) (time.Time, bool) {
	if open <= 0 {
		return t, true
	}
	if s.Always() {
		return t.Add(open), true
	}
	limit := t.Add(horizon * Day)
	for at := t; at.Before(limit); {
		from, ok := s.NextOpening(at)
		if !ok {
			break
		}
		to, ends := s.NextClosing(from)
		if !ends || to.Sub(from) >= open {
			return from.Add(open), true
		}
		open -= to.Sub(from)
		at = to
	}
	return time.Time{}, false
}

// period is an opening in instants.
type period struct{ from, to time.Time }

// periods are the openings that begin on one of so many days, merged and in
// order.
func (s Schedule) periods(first Date, days int) []period {
	var all []period
	for i := range days {
		d := first.next(i)
		for _, span := range s.on(d) {
			p := period{s.instant(d, span.From, false), s.instant(d, span.To, true)}
			if p.to.After(p.from) {
				all = append(all, p)
			}
		}
	}
	slices.SortFunc(all, func(a, b period) int { return a.from.Compare(b.from) })
	merged := all[:0]
	for _, p := range all {
		if n := len(merged); n > 0 && !p.from.After(merged[n-1].to) {
			merged[n-1].to = later(merged[n-1].to, p.to)
			continue
		}
		merged = append(merged, p)
	}
	return merged
}

// on are the openings that begin on a day.
func (s Schedule) on(d Date) []Span {
	if spans, ok := s.Exceptions[d]; ok {
		return spans
	}
	for _, h := range s.Holidays {
		if h.On(d) {
			return nil
		}
	}
	return s.Week[d.midnight().Weekday()]
}

// instant is when the zone's clocks show that time of that day. Of a time that
// comes twice it is the first, or with second the second; a time that the
// clocks skip is the instant of the skip.
func (s Schedule) instant(d Date, wall time.Duration, second bool) time.Time {
	shown := d.midnight().Add(wall) // the wall's reading, as if it were UTC
	var found []time.Time
	least := time.Duration(0)
	for i, about := range []time.Duration{-26 * time.Hour, -13 * time.Hour, 0, 13 * time.Hour, 26 * time.Hour} {
		_, seconds := shown.Add(about).In(s.Zone).Zone()
		offset := time.Duration(seconds) * time.Second
		if i == 0 || offset < least {
			least = offset
		}
		at := shown.Add(-offset)
		if _, there := at.In(s.Zone).Zone(); there == seconds {
			found = append(found, at)
		}
	}
	if len(found) == 0 {
		skip, _ := shown.Add(-least).In(s.Zone).ZoneBounds()
		return skip.UTC()
	}
	if second {
		return slices.MaxFunc(found, time.Time.Compare)
	}
	return slices.MinFunc(found, time.Time.Compare)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
