package booking

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"threadline/bridge/hours"
)

func chicago(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// office is open on weekdays from eight to noon and from one to half past five.
func office(t *testing.T) hours.Schedule {
	t.Helper()
	s := hours.Schedule{Zone: chicago(t)}
	for d := time.Monday; d <= time.Friday; d++ {
		s.Week[d] = []hours.Span{{From: 8 * time.Hour, To: 12 * time.Hour}, {From: 13 * time.Hour, To: 17*time.Hour + 30*time.Minute}}
	}
	return s
}

func local(s hours.Schedule, slots []Slot) []string {
	var out []string
	for _, x := range slots {
		out = append(out, x.From.In(s.Zone).Format("Mon 2 Jan 15:04"))
	}
	return out
}

func TestFree(t *testing.T) {
	s := office(t)
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text, s.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	hour := Rules{Length: time.Hour, Notice: time.Hour, Horizon: 7 * hours.Day, Capacity: 1}
	taken := func(times ...string) []Slot {
		var out []Slot
		for _, x := range times {
			out = append(out, Slot{at(x), at(x).Add(time.Hour)})
		}
		return out
	}
	closed := s
	closed.Holidays = []hours.Holiday{{Month: time.November, Nth: 4, Weekday: time.Thursday}}
	closed.Exceptions = map[hours.Date][]hours.Span{{Year: 2026, Month: time.November, Day: 27}: {{From: 10 * time.Hour, To: 11*time.Hour + 30*time.Minute}}}
	for _, c := range []struct {
		name  string
		s     hours.Schedule
		r     Rules
		taken []Slot
		now   string
		want  []string
	}{
		{"the soonest after the notice", s, hour, nil, "2026-11-23 09:10", []string{"Mon 23 Nov 11:00", "Mon 23 Nov 13:00", "Mon 23 Nov 14:00"}},
		{"to the minute", s, hour, nil, "2026-11-23 09:00", []string{"Mon 23 Nov 10:00", "Mon 23 Nov 11:00", "Mon 23 Nov 13:00"}},
		{"half an hour before closing is no slot", s, hour, nil, "2026-11-23 15:30", []string{"Tue 24 Nov 08:00", "Tue 24 Nov 09:00", "Tue 24 Nov 10:00"}},
		{"over the weekend", s, hour, nil, "2026-11-20 17:00", []string{"Mon 23 Nov 08:00", "Mon 23 Nov 09:00", "Mon 23 Nov 10:00"}},
		{"what is taken is left out", s, hour, taken("2026-11-23 11:00", "2026-11-23 14:00"), "2026-11-23 09:10", []string{"Mon 23 Nov 13:00", "Mon 23 Nov 15:00", "Mon 23 Nov 16:00"}},
		{"a call across two slots takes both", s, hour, taken("2026-11-23 13:30"), "2026-11-23 10:10", []string{"Mon 23 Nov 15:00", "Mon 23 Nov 16:00", "Tue 24 Nov 08:00"}},
		{"two at a time", s, Rules{Length: time.Hour, Horizon: hours.Day, Capacity: 2}, taken("2026-11-23 13:00", "2026-11-23 14:00", "2026-11-23 14:00"), "2026-11-23 12:10", []string{"Mon 23 Nov 13:00", "Mon 23 Nov 15:00", "Mon 23 Nov 16:00"}},
		{"a holiday and another day's hours", closed, hour, nil, "2026-11-25 16:40", []string{"Fri 27 Nov 10:00", "Mon 30 Nov 08:00", "Mon 30 Nov 09:00"}},
		{"the horizon", s, Rules{Length: time.Hour, Horizon: 90 * time.Minute, Capacity: 1}, nil, "2026-11-23 15:00", []string{"Mon 23 Nov 15:00", "Mon 23 Nov 16:00"}},
		{"nothing as long as that", s, Rules{Length: 5 * time.Hour, Horizon: 30 * hours.Day}, nil, "2026-11-23 15:00", nil},
		{"no length", s, Rules{Horizon: hours.Day}, nil, "2026-11-23 15:00", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := local(c.s, Free(c.s, c.r, c.taken, at(c.now), time.Time{}, 3)); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	later := Free(s, hour, nil, at("2026-11-23 09:10"), at("2026-11-24 15:30"), 2)
	if got, want := local(s, later), []string{"Tue 24 Nov 16:00", "Wed 25 Nov 08:00"}; !slices.Equal(got, want) {
		t.Errorf("from a later time on: %q, want %q", got, want)
	}
}

// Who has no hours is there all day.
func TestFreeWithoutHours(t *testing.T) {
	now := time.Date(2026, 11, 23, 23, 50, 0, 0, time.UTC)
	got := Free(hours.Schedule{}, Rules{Length: 30 * time.Minute, Horizon: hours.Day}, nil, now, time.Time{}, 2)
	want := []Slot{{now.Add(10 * time.Minute), now.Add(40 * time.Minute)}, {now.Add(40 * time.Minute), now.Add(70 * time.Minute)}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Whatever the hours, the zone, the holidays and what is taken: every slot lies
// within open time for its whole length, has room, respects notice and horizon,
// and none that does is passed over for a later one.
func TestFreeIsNeverOutsideHoursNorPastCapacity(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{
			"America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "UTC", "Pacific/Apia",
		}).Draw(rt, "zone"))
		if err != nil {
			rt.Fatal(err)
		}
		s := hours.Schedule{Zone: zone, Exceptions: map[hours.Date][]hours.Span{}}
		span := rapid.Custom(func(rt *rapid.T) hours.Span {
			from := time.Duration(rapid.IntRange(0, 95).Draw(rt, "from")) * 15 * time.Minute
			return hours.Span{From: from, To: from + time.Duration(rapid.IntRange(1, 96).Draw(rt, "long"))*15*time.Minute}
		})
		for d := range s.Week {
			s.Week[d] = rapid.SliceOfN(span, 0, 2).Draw(rt, "week")
		}
		// The clocks change in these months in most of the zones.
		month := rapid.SampledFrom([]time.Month{time.March, time.April, time.October, time.November}).Draw(rt, "month")
		for range rapid.IntRange(0, 3).Draw(rt, "exceptions") {
			s.Exceptions[hours.Date{Year: 2026, Month: month, Day: rapid.IntRange(1, 28).Draw(rt, "day")}] = rapid.SliceOfN(span, 0, 1).Draw(rt, "other")
		}
		s.Holidays = []hours.Holiday{{Month: month, Day: rapid.IntRange(1, 28).Draw(rt, "holiday")}, {Month: month, Nth: -1, Weekday: time.Sunday}}
		now := time.Date(2026, month, rapid.IntRange(1, 31).Draw(rt, "today"), 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 24*60).Draw(rt, "minute")) * time.Minute)
		r := Rules{
			Length:   time.Duration(rapid.SampledFrom([]int{10, 15, 30, 45, 90}).Draw(rt, "length")) * time.Minute,
			Notice:   time.Duration(rapid.IntRange(0, 180).Draw(rt, "notice")) * time.Minute,
			Horizon:  time.Duration(rapid.IntRange(0, 8*24).Draw(rt, "horizon")) * time.Hour,
			Capacity: rapid.IntRange(0, 3).Draw(rt, "capacity"),
		}
		var taken []Slot
		count := func(x Slot) int {
			n := 0
			for _, y := range taken {
				if y.From.Before(x.To) && x.From.Before(y.To) {
					n++
				}
			}
			return n
		}
		// Book until nothing is left, or thirty.
		for range 30 {
			free := Free(s, r, taken, now, time.Time{}, 3)
			for i, f := range free {
				if !s.Covers(f.From, f.To) || !s.Open(f.From) || f.To.Sub(f.From) != r.Length {
					rt.Fatalf("slot %v to %v is not open", f.From.In(zone), f.To.In(zone))
				}
				if f.From.Before(now.Add(r.Notice)) || f.From.After(now.Add(r.Horizon)) {
					rt.Fatalf("slot %v is too soon or too far away for %v", f, now)
				}
				if count(f) >= max(r.Capacity, 1) || !Fits(s, r, taken, now.Add(-time.Second), f) {
					rt.Fatalf("slot %v has no room", f)
				}
				if i > 0 && !free[i-1].From.Before(f.From) {
					rt.Fatalf("slots are not in order: %v", free)
				}
			}
			if len(free) == 0 {
				break
			}
			wider := Free(s, r, taken, now, time.Time{}, 10)
			if !slices.Equal(wider[:len(free)], free) || len(free) < 3 && len(wider) > len(free) {
				rt.Fatalf("asked for more, the soonest are %v, not %v", wider, free)
			}
			taken = append(taken, rapid.SampledFrom(free).Draw(rt, "books"))
		}
	})
}

func TestFits(t *testing.T) {
	s, hour := office(t), Rules{Length: time.Hour, Notice: 2 * time.Hour, Horizon: hours.Day, Capacity: 1}
	ten := time.Date(2026, 11, 23, 10, 0, 0, 0, s.Zone)
	slot := Slot{ten, ten.Add(time.Hour)}
	for _, c := range []struct {
		name  string
		now   time.Time
		slot  Slot
		taken []Slot
		want  bool
	}{
		{"shown with notice, picked without", ten.Add(-time.Minute), slot, nil, true},
		{"it has begun", ten, slot, nil, false},
		{"taken meanwhile", ten.Add(-time.Hour), slot, []Slot{slot}, false},
		{"the one before ends as it begins", ten.Add(-time.Hour), slot, []Slot{{ten.Add(-time.Hour), ten}}, true},
		{"into the break", ten.Add(-time.Hour), Slot{ten.Add(90 * time.Minute), ten.Add(150 * time.Minute)}, nil, false},
	} {
		if got := Fits(s, hour, c.taken, c.now, c.slot); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

func TestWhen(t *testing.T) {
	zone := chicago(t)
	now := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC) // still Monday evening there
	for at, want := range map[time.Time]string{
		time.Date(2026, 11, 23, 21, 30, 0, 0, zone): "today, Monday 23 November, 21:30 CST",
		time.Date(2026, 11, 24, 8, 0, 0, 0, zone):   "tomorrow, Tuesday 24 November, 08:00 CST",
		time.Date(2027, 7, 1, 8, 0, 0, 0, zone):     "Thursday 1 July, 08:00 CDT",
	} {
		if got := When(at, now, zone); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	paulo, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	if got := When(now.Add(72*time.Hour), now, paulo); got != "Friday 27 November, 00:00 UTC-03:00" {
		t.Errorf("a zone without a name: %q", got)
	}
}

func TestRead(t *testing.T) {
	zone := chicago(t)
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, zone) // a Monday
	offered := []time.Time{
		time.Date(2026, 11, 23, 15, 0, 0, 0, zone), time.Date(2026, 11, 23, 15, 30, 0, 0, zone), time.Date(2026, 11, 24, 10, 0, 0, 0, zone),
	}
	day := func(d int) hours.Date { return hours.Date{Year: 2026, Month: time.November, Day: d} }
	plain, shown := Talk{Now: now, Zone: zone}, Talk{Now: now, Zone: zone, Offered: offered}
	booked := Talk{Now: now, Zone: zone, Booked: offered[2]}
	fresh := booked
	fresh.Fresh = true
	none := Reading{Choice: -1}
	want := func(w Wish) Reading { return Reading{Act: Want, Choice: -1, Wish: w} }
	pick := func(i int, w Wish) Reading { return Reading{Act: Pick, Choice: i, Wish: w} }
	act := func(a Act) Reading { return Reading{Act: a, Choice: -1} }
	at := func(d int, c time.Duration) Wish { return Wish{Day: day(d), Clock: c, HasClock: true} }
	clock := func(c time.Duration) Wish { return Wish{Clock: c, HasClock: true} }
	for _, c := range []struct {
		text string
		t    Talk
		want Reading
	}{
		{"Can someone call me back?", plain, want(Wish{})},
		{"please call me", plain, want(Wish{})},
		{"Call me tomorrow at 3pm", plain, want(at(24, 15*time.Hour))},
		{"could you give me a call on Wednesday?", plain, want(Wish{Day: day(25)})},
		{"I'd like to book a call", plain, want(Wish{})},
		{"call me Bob", plain, none},
		{"You can call me Susan, by the way", plain, none},
		{"Will the technician call me before the visit?", plain, none},
		{"Did you call me yesterday?", plain, none},
		{"Please don't call me", plain, none},
		{"call me right now!", plain, none},
		{"How do I call you?", plain, none},
		{"2", plain, none},
		{"cancel my call", plain, none},
		{"2", shown, pick(1, Wish{})},
		{"the second one please", shown, pick(1, Wish{})},
		{"3rd", shown, pick(2, Wish{})},
		{"the last one", shown, pick(2, Wish{})},
		{"the first one, and my number is +1 312 555 0199", shown, pick(0, Wish{})},
		{"2, on 312-555-0199", shown, pick(1, Wish{})},
		{"312 555 0199", shown, none},
		{"1 or 2", shown, none},
		{"number 4", shown, none},
		{"tomorrow works", shown, pick(2, Wish{Day: day(24)})},
		{"today", shown, pick(-1, Wish{Day: day(23)})},
		{"at 3:30", shown, pick(1, clock(15*time.Hour+30*time.Minute))},
		{"3 pm is good", shown, pick(0, clock(15*time.Hour))},
		{"15:30", shown, pick(1, clock(15*time.Hour+30*time.Minute))},
		{"thursday at 11am", shown, pick(-1, at(26, 11*time.Hour))},
		{"none of those, something later please", shown, act(Later)},
		{"the soonest", shown, pick(0, Wish{})},
		{"How much does the visit cost?", shown, none},
		{"What do you do on tuesday?", shown, Reading{Choice: -1, Wish: Wish{Day: day(24)}}},
		{"Can we do tuesday?", shown, pick(2, Wish{Day: day(24)})},
		{"I have another question", shown, none},
		{"any please", shown, pick(0, Wish{})},
		{"any of them works", shown, pick(0, Wish{})},
		{"Have you got any in stock?", shown, none},
		{"get me any human please", shown, none},
		{"could I have the second one?", shown, pick(1, Wish{})},
		{"Can I get the second one in white?", shown, none},
		{"can I get a discount on two?", shown, none},
		{"will 3:30 work?", shown, pick(1, clock(15*time.Hour+30*time.Minute))},
		{"will it take one hour?", shown, none},
		{"can someone come and fix it tomorrow?", shown, Reading{Choice: -1, Wish: Wish{Day: day(24)}}},
		{"can someone call me back?", shown, want(Wish{})},
		{"have you got anything later?", shown, act(Later)},
		{"can I pick another time?", shown, act(Later)},
		{"show me other options", shown, act(Later)},
		{"another please", shown, act(Later)},
		{"have you other colors?", shown, none},
		{"Tell me about other models please", shown, none},
		{"more info please", shown, none},
		{"the first available", shown, pick(0, Wish{})},
		{"the first of those", shown, pick(0, Wish{})},
		{"one of your people came", shown, none},
		{"I want a refund for one unit", shown, none},
		{"the last time please", shown, pick(2, Wish{})},
		{"the last time you came", shown, none},
		{"2 weeks ago you fixed my heater", shown, none},
		{"2 on tuesday", shown, pick(2, Wish{Day: day(24)})},
		{"yes", Talk{Now: now, Zone: zone, Offered: offered[:1]}, pick(0, Wish{})},
		{"yes", shown, none},
		{"cancel my call please", booked, act(Cancel)},
		{"cancel", booked, none},
		{"cancel", fresh, act(Cancel)},
		{"I want to cancel my contract", fresh, none},
		{"please don't cancel the call", booked, none},
		{"I can't make the call, can we move it to friday?", booked, Reading{Act: Move, Choice: -1, Wish: Wish{Day: day(27)}}},
		{"reschedule the callback", booked, act(Move)},
		{"is the boiler serviced every year?", booked, none},
	} {
		if got := Read(c.text, c.t); got != c.want {
			t.Errorf("%q: got %+v, want %+v", c.text, got, c.want)
		}
	}
}

func TestWithout(t *testing.T) {
	for text, want := range map[string]string{
		"cancel my call": "my",
		"Reschedule the call-back, I want a quote": "the , I want a quote",
		"I called about the calling card":          "I called about the calling card",
	} {
		if got := strings.Join(strings.Fields(Without(text)), " "); got != want {
			t.Errorf("%q without its call is %q, not %q", text, got, want)
		}
	}
}

// A time that we write can be answered as it stands, and by its number.
func TestReadWhatWeWrite(t *testing.T) {
	s := office(t)
	rapid.Check(t, func(rt *rapid.T) {
		now := time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 40*24*60).Draw(rt, "minute")) * time.Minute)
		free := Free(s, Rules{Length: 30 * time.Minute, Horizon: 5 * hours.Day}, nil, now, time.Time{}, 4)
		talk := Talk{Now: now, Zone: s.Zone}
		for _, f := range free {
			talk.Offered = append(talk.Offered, f.From)
		}
		for i, at := range talk.Offered {
			for _, text := range []string{When(at, now, s.Zone), "let's say " + strconv.Itoa(i+1)} {
				if got := Read(text, talk); got.Act != Pick || got.Choice != i {
					rt.Fatalf("%q among %v came to %+v, not to choice %d", text, talk.Offered, got, i)
				}
			}
		}
	})
}
