package hours

import "time"

// Opening is a span of a day in instants.
type Opening struct{ From, To time.Time }

// Openings are the openings that begin on a day, as they were written and not
// merged, so that what is counted from their beginnings stays where it is from
// day to day. Without hours it is the whole day by UTC.
func (s Schedule) Openings(d Date) []Opening {
	if s.Always() {
		from := d.midnight()
		return []Opening{{from, from.Add(Day)}}
	}
	var out []Opening
	for _, span := range s.on(d) {
		o := Opening{s.instant(d, span.From, false), s.instant(d, span.To, true)}
		if o.To.After(o.From) {
			out = append(out, o)
		}
	}
	return out
}

// Covers reports whether the whole stretch from a to b is open.
func (s Schedule) Covers(a, b time.Time) bool {
	return b.After(a) && s.Between(a, b) == b.Sub(a)
}

// Next is the day so many days later.
func (d Date) Next(days int) Date { return d.next(days) }

// Weekday is the day's weekday.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }
