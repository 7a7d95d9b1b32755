package chaos_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What the team's calls are like: one at a time, soon after one another, with a
// reminder that falls due while the chats go on although the call itself is
// after the end.
const (
	callLength   = 15 * time.Second
	callNotice   = 10 * time.Minute
	callReminder = callNotice - 10*time.Second
)

// calls reports whether the chat's visitor books a call. Such chats begin in
// pairs, so that two may want the same time at the same instant.
func (c *chat) calls() bool { return c.n%8 == 3 || c.n%8 == 4 }

// bookCall lets the visitor ask for a call and pick a time, or move the call
// that is booked to another one.
func (c *chat) bookCall() {
	if c.booked > 0 {
		c.offer("Can we move the call to another time?")
		c.pick("the last one")
		return
	}
	c.offer("Could somebody call me back?")
	c.w.together()
	c.pick("the first one")
}

// invited: the holder offers times, which the visitor picks from; some think
// better of it.
func (c *chat) invited() {
	before := c.v.view.newest()
	_, ok := c.w.slack.say(c.holder, c.root(), "!book")
	c.must(ok, "a word in the thread")
	c.must(c.v.view.wait(patience, func(v *view) bool { return v.offered(before) }), "the times that the agent offers")
	c.pick("the second one")
	if c.n%8 == 4 {
		c.confirmed("please cancel the call")
	}
}

// offer lets the visitor ask for times until some are shown.
func (c *chat) offer(words string) {
	before := c.v.view.newest()
	c.say(words)
	c.must(c.v.view.wait(patience, func(v *view) bool { return v.offered(before) }), "times for a call")
}

// pick lets the visitor pick one of the times on offer, and again where another
// visitor was faster, who leaves other times on offer.
func (c *chat) pick(words string) {
	for range 10 {
		if c.confirmed(words) {
			return
		}
	}
	c.must(false, "a time that nobody else takes")
}

// confirmed lets the visitor write and waits for a calendar file; false if the
// time is gone.
func (c *chat) confirmed(words string) bool {
	before := c.v.view.newest()
	c.say(words)
	done := false
	c.must(c.v.view.wait(patience, func(v *view) bool {
		done = v.told(before, func(m message) bool { return len(m.Files) > 0 })
		return done || v.told(before, func(m message) bool { return strings.Contains(m.Text, "has just been taken") })
	}), "an answer to %q", words)
	if done {
		c.booked++
	}
	return done
}

// offered reports whether times were offered after a line.
func (w *view) offered(after int64) bool {
	return w.told(after, func(m message) bool { return strings.Contains(m.Text, "\n1. ") })
}

// told reports whether the visitor was told something after a line.
func (w *view) told(after int64, what func(message) bool) bool {
	for seq, m := range w.msgs {
		if seq > after && m.Author.Kind != "visitor" && what(m) {
			return true
		}
	}
	return false
}

// together lets whoever is to pick a time wait for another one who is.
func (w *world) together() {
	select {
	case w.pair <- struct{}{}:
	case <-w.pair:
	case <-time.After(10 * beat):
	}
}

// booked are the calls of all chats, each for as long as it stood.
type booked struct {
	w     *world
	calls []calendar
}

// calendar is what a visitor's calendar file says.
type calendar struct {
	chat      int
	uid       string
	sequence  int
	cancelled bool
	from, to  time.Time
	until     time.Time // when it was moved or cancelled; zero for not at all
	line      message
}

// file is a calendar file as the visitor gets it. Files do not change.
func (b *booked) file(m message) (calendar, error) {
	if data, ok := b.w.files[m.ID]; ok {
		return data, nil
	}
	data, err := download(m.Files[0].URL)
	if err != nil {
		return calendar{}, err
	}
	c := calendar{line: m}
	for _, field := range strings.Split(string(data), "\r\n") {
		name, value, _ := strings.Cut(field, ":")
		switch name {
		case "UID":
			c.uid = value
		case "SEQUENCE":
			c.sequence, err = strconv.Atoi(value)
		case "METHOD":
			c.cancelled = value == "CANCEL"
		case "DTSTART":
			c.from, err = time.Parse("20060102T150405Z", value)
		case "DTEND":
			c.to, err = time.Parse("20060102T150405Z", value)
		}
		if err != nil {
			return calendar{}, fmt.Errorf("%s: %w", field, err)
		}
	}
	b.w.files[m.ID] = c
	return c, nil
}

// download fetches what visitors click on.
func download(url string) ([]byte, error) {
	ctx, done := context.WithTimeout(context.Background(), patience/6)
	defer done()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	return io.ReadAll(resp.Body)
}

// calls: each act of the visitor is confirmed once, a call keeps its name and
// counts its changes, and each of its times is reminded of at most once.
func (p proof) calls(b *booked) {
	var all []calendar
	for _, m := range p.messages {
		if len(m.Files) == 0 {
			continue
		}
		c, err := b.file(m)
		if err != nil {
			p.broken(checkHarness, "%s", p.at("the calendar file of line %d: %v", m.Seq, err))
			return
		}
		c.chat = p.c.n
		all = append(all, c)
	}
	if p.c.calls() && p.c.stalled == "" {
		p.hold(checkCall, len(all) == p.c.booked, "%s", p.at("%d confirmations, the visitor was given %d", len(all), p.c.booked))
	}
	reminders, late := 0, false
	for i, c := range all {
		if i == 0 || all[i-1].cancelled {
			p.hold(checkCall, c.sequence == 0 && !c.cancelled, "%s", p.at("line %d begins a call with change %d", c.line.Seq, c.sequence))
		} else {
			was := all[i-1]
			p.hold(checkCall, c.uid == was.uid && c.sequence == was.sequence+1, "%s", p.at("line %d is change %d of %s after change %d of %s", c.line.Seq, c.sequence, c.uid, was.sequence, was.uid))
		}
		until := int64(1 << 62)
		if i < len(all)-1 {
			until = all[i+1].line.Seq
		}
		n := p.reminders(c.line.Seq, until)
		reminders += n
		due := c.from.Add(-callReminder)
		late = late || !due.After(c.line.Created) && time.Now().After(c.from)
		most := 1
		if c.cancelled {
			most = 0
		}
		p.hold(checkReminder, n <= most, "%s", p.at("%d reminders after line %d", n, c.line.Seq))
		if i < len(all)-1 {
			c.until = all[i+1].line.Created
		}
		if !c.cancelled {
			b.calls = append(b.calls, c)
		}
		if i == len(all)-1 && !c.cancelled {
			if due.After(c.line.Created) && time.Since(due) > patience/9 {
				p.hold(checkReminder, n == 1, "%s", p.at("%d reminders of the call at %s, one due at %s", n, c.from, due))
			}
		}
	}
	if len(all) == 0 || late { // a call that was booked too late to remind of
		return
	}
	notes := 0
	for _, root := range p.s.threads[p.c.v.id] {
		for _, r := range root.Replies {
			if strings.Contains(r.Text, "time to call this visitor") {
				notes++
			}
		}
	}
	p.hold(checkReminder, notes == reminders, "%s", p.at("the visitor was reminded %d times, the team %d times", reminders, notes))
}

// reminders counts those between two lines.
func (p proof) reminders(from, to int64) int {
	n := 0
	for _, m := range p.messages {
		if m.Seq > from && m.Seq < to && strings.HasPrefix(m.Text, "A reminder: our team calls you") {
			n++
		}
	}
	return n
}

// crowded: the team makes one call at a time, also while calls that are moved or
// cancelled later still stand.
func (b *booked) crowded(a *audit) {
	const jitter = 100 * time.Millisecond // between the clocks of processes
	for i, c := range b.calls {
		for _, o := range b.calls[:i] {
			if o.chat == c.chat || !c.from.Before(o.to) || !o.from.Before(c.to) {
				continue
			}
			gone := func(x, by calendar) bool { return !x.until.IsZero() && !by.line.Created.Before(x.until.Add(-jitter)) }
			a.hold(checkRoom, gone(c, o) || gone(o, c), "chats %d and %d both have the call at %s", o.chat, c.chat, c.from)
		}
		a.hold(checkRoom, true, "")
	}
}
