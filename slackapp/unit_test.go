package slackapp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

func TestBucketPacesBurstsAndParks(t *testing.T) {
	l := newLimits(time.Second, time.Second, time.Second, noon)
	b := l.of("post:C1")
	if w := b.wait(noon); w != time.Second {
		t.Errorf("a fresh process may send after %s", w)
	}
	at := noon.Add(10 * time.Second)
	for i := range 2 {
		if w := b.wait(at); w != 0 {
			t.Fatalf("post %d of the burst waits %s", i, w)
		}
		b.take(at)
	}
	if w := b.wait(at); w != time.Second {
		t.Errorf("after the burst: %s", w)
	}
	b.park(at.Add(7 * time.Second))
	if w := b.wait(at.Add(2 * time.Second)); w != 5*time.Second {
		t.Errorf("parked: %s", w)
	}
	if w := l.of("chat.update").wait(at); w != 0 {
		t.Errorf("another bucket is parked too: %s", w)
	}
	if w := b.wait(at.Add(20 * time.Second)); w != 0 {
		t.Errorf("after the park: %s", w)
	}
}

func TestCatchUpReadsFortyTimesAMinuteAtMost(t *testing.T) {
	l := newLimits(time.Second, time.Second, Config{}.withDefaults().ReadInterval, noon)
	for _, from := range []time.Time{noon, noon.Add(time.Hour)} {
		reads, spare := 0, true
		for now := from; now.Sub(from) < time.Minute; now = now.Add(10 * time.Millisecond) {
			if l.of("catch-up").waitFor(now, 2) > 0 || l.of("conversations.replies").waitFor(now, 2) > 0 {
				continue
			}
			l.of("catch-up").take(now)
			l.of("conversations.replies").take(now)
			spare = spare && l.of("conversations.replies").wait(now) == 0
			reads++
		}
		if reads > 40 || reads < 35 {
			t.Errorf("%d reads in a minute", reads)
		}
		if !spare {
			t.Error("no call was left to others")
		}
	}
}

func TestBackoffDoublesToItsCap(t *testing.T) {
	var last time.Duration
	for n := 1; n < 40; n++ {
		got := backoff(n, time.Minute, 0.5)
		if got < last || got > time.Minute {
			t.Fatalf("attempt %d waits %s after %s", n, got, last)
		}
		last = got
	}
	if last != time.Minute {
		t.Errorf("the cap is %s", last)
	}
}

func TestJudge(t *testing.T) {
	said := func(s string) error { return fmt.Errorf("call: %w", slack.SlackErrorResponse{Err: s}) }
	for _, c := range []struct {
		err  error
		want fateKind
	}{
		{&slack.RateLimitedError{RetryAfter: 3 * time.Second}, rateLimited},
		{slack.StatusCodeError{Code: 429}, rateLimited},
		{slack.StatusCodeError{Code: 503}, outcomeUnknown},
		{slack.StatusCodeError{Code: 404}, tryLater},
		{context.DeadlineExceeded, outcomeUnknown},
		{errors.New("unexpected EOF"), outcomeUnknown},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, notSent},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, outcomeUnknown},
		{said("fatal_error"), outcomeUnknown},
		{said("service_unavailable"), tryLater},
		{said("some_name_of_tomorrow"), tryLater},
		{said("is_archived"), channelTrouble},
		{said("restricted_action_thread_locked"), channelTrouble},
		{said("not_in_channel"), notInChannel},
		{said("token_revoked"), tokenTrouble},
		{said("missing_scope"), tokenTrouble},
		{said("invalid_blocks"), badContent},
		{said("msg_too_long"), badContent},
		{said("already_reacted"), alreadySo},
		{said("message_not_found"), subjectGone},
	} {
		if got := judge(c.err).kind; got != c.want {
			t.Errorf("%v is %d, want %d", c.err, got, c.want)
		}
	}
}

type fixedClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *fixedClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fixedClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *fixedClock) After(time.Duration) <-chan time.Time {
	ch := make(chan time.Time, 1)
	ch <- c.Now()
	return ch
}

func TestPaceGrowsWithQuickDisconnectsAndForgivesASteadyOne(t *testing.T) {
	c := &fixedClock{now: noon}
	p := &pace{clock: c, least: time.Second, gate: &gate{}}
	if w := p.wait(); w != 0 {
		t.Errorf("the first connection waits %s", w)
	}
	var waits []time.Duration
	for range 9 {
		p.opened()
		w := p.wait()
		waits = append(waits, w)
		c.add(w)
	}
	want := []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60}
	for i := range want {
		if waits[i] != want[i]*time.Second {
			t.Fatalf("waits %v", waits)
		}
	}
	p.opened()
	c.add(time.Hour)
	if w := p.wait(); w != 0 {
		t.Errorf("after a steady connection: %s", w)
	}
}

func TestPaceLeavesOtherCallsAlone(t *testing.T) {
	c := &fixedClock{now: noon}
	p := &pace{clock: c, least: time.Second, gate: &gate{}, base: &http.Client{Transport: answer{}}}
	for _, path := range []string{"chat.postMessage", "auth.test"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x/api/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := p.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	if !p.last.IsZero() {
		t.Error("a call that opens no connection was paced")
	}
}

type answer struct{}

func (answer) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// gathering is a dispatcher whose handler can be held and made to fail.
type gathering struct {
	mu   sync.Mutex
	got  []string
	fail map[string]int
	gate chan struct{}
}

func (g *gathering) handle(_ context.Context, e bridge.Envelope) error {
	<-g.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fail[e.Key] > 0 {
		g.fail[e.Key]--
		return errors.New("not now")
	}
	g.got = append(g.got, e.Key)
	return nil
}

func TestDispatcherKeepsAThreadsOrder(t *testing.T) {
	g := &gathering{gate: make(chan struct{})}
	d := newDispatcher(g.handle)
	stop := make(chan struct{})
	done := make(chan struct{})
	// A first envelope keeps the worker busy while the others arrive.
	d.add(bridge.Envelope{Key: "first", Order: "t", Stamp: "0"})
	go func() { d.run(t.Context(), stop); close(done) }()
	g.gate <- struct{}{}
	for _, s := range []string{"5", "2", "4", "3", "2", "1"} {
		d.add(bridge.Envelope{Key: "k" + s, Order: "t", Stamp: s})
		d.add(bridge.Envelope{Key: "other" + s, Order: "o" + s, Stamp: s})
	}
	close(stop)
	close(g.gate)
	<-done
	var thread []string
	for _, k := range g.got {
		if strings.HasPrefix(k, "k") {
			thread = append(thread, k)
		}
	}
	// The one that was already being handled when the others came may be any
	// of them; the rest is in order.
	if len(thread) != 5 || !slices.IsSorted(thread[1:]) {
		t.Errorf("handled %v", thread)
	}
	if len(g.got) != 11 {
		t.Errorf("handled %v", g.got)
	}
}

func TestDispatcherHoldsAThreadBackBehindAFailure(t *testing.T) {
	g := &gathering{gate: make(chan struct{}), fail: map[string]int{"k1": 1}}
	close(g.gate)
	d := newDispatcher(g.handle)
	all := []bridge.Envelope{
		{Key: "k1", Order: "t", Stamp: "1"}, {Key: "k2", Order: "t", Stamp: "2"}, {Key: "k3", Order: "t", Stamp: "3"},
		{Key: "x", Order: "u", Stamp: "1"},
	}
	for _, e := range all {
		d.add(e)
	}
	run := func() {
		stop := make(chan struct{})
		close(stop)
		d.run(t.Context(), stop)
	}
	run()
	if !slices.Equal(g.got, []string{"x"}) {
		t.Fatalf("handled %v behind a failure", g.got)
	}
	d.add(bridge.Envelope{Key: "k4", Order: "t", Stamp: "4"})
	run()
	if len(g.got) != 1 {
		t.Fatalf("handled %v while the thread was stuck", g.got)
	}
	if !d.behind() {
		t.Fatal("the failure left no trace")
	}
	for _, e := range append(all, bridge.Envelope{Key: "k4", Order: "t", Stamp: "4"}) {
		if e.Key != "x" {
			d.add(e)
		}
	}
	run()
	if !slices.Equal(g.got, []string{"x", "k1", "k2", "k3", "k4"}) {
		t.Errorf("handled %v", g.got)
	}
}

func TestDispatcherIsBounded(t *testing.T) {
	d := newDispatcher(func(context.Context, bridge.Envelope) error { return nil })
	for i := range maxQueued + 10 {
		d.add(bridge.Envelope{Key: fmt.Sprint(i), Order: "t", Stamp: fmt.Sprintf("%09d", i)})
	}
	if d.queued != maxQueued || !d.behind() {
		t.Errorf("queued %d, behind %v", d.queued, d.behind())
	}
}

func TestOpenEnvelopes(t *testing.T) {
	read := func(raw string) (incoming, error) {
		return open([]byte(raw), noon, func(channel string) string { return channel })
	}
	event := func(e string) string {
		return `{"envelope_id":"E1","type":"events_api","payload":{"event_id":"Ev1","event":` + e + `}}`
	}
	for _, c := range []struct{ name, raw, key, order string }{
		{"a line", event(`{"type":"message","channel":"C1","user":"U1","text":"hi","ts":"2.000001","thread_ts":"1.000001"}`), "msg:C1:2.000001", "C1:1.000001"},
		{"a line with a block nobody can read", event(`{"type":"message","channel":"C1","user":"U1","text":"hi","ts":"2.000001","thread_ts":"1.000001","blocks":[{"type":7,"elements":"?"}]}`), "msg:C1:2.000001", "C1:1.000001"},
		{"a broadcast line", event(`{"type":"message","subtype":"thread_broadcast","channel":"C1","user":"U1","ts":"2.000001","thread_ts":"1.000001"}`), "msg:C1:2.000001", "C1:1.000001"},
		{"a file", event(`{"type":"message","subtype":"file_share","channel":"C1","user":"U1","ts":"2.000001","thread_ts":"1.000001","files":[{"name":"a.png"}]}`), "msg:C1:2.000001", "C1:1.000001"},
		{"a bot's line", event(`{"type":"message","channel":"C1","user":"U1","bot_id":"B1","ts":"2.000001","thread_ts":"1.000001"}`), "", ""},
		{"a bot_message", event(`{"type":"message","subtype":"bot_message","channel":"C1","bot_id":"B1","ts":"2.000001","thread_ts":"1.000001"}`), "", ""},
		{"a join", event(`{"type":"message","subtype":"channel_join","channel":"C1","user":"U1","ts":"2.000001"}`), "", ""},
		{"talk in the channel", event(`{"type":"message","channel":"C1","user":"U1","text":"hi","ts":"2.000001"}`), "", ""},
		{"an edit", event(`{"type":"message","subtype":"message_changed","channel":"C1","ts":"3.000001","message":{"user":"U1","text":"b","ts":"2.000001","thread_ts":"1.000001","edited":{"user":"U1","ts":"3.000000"}},"previous_message":{"text":"a"}}`), "edit:C1:2.000001:3.000000", "C1:1.000001"},
		{"a change without another text", event(`{"type":"message","subtype":"message_changed","channel":"C1","ts":"3.000001","message":{"user":"U1","text":"a","ts":"2.000001","thread_ts":"1.000001"},"previous_message":{"text":"a"}}`), "", ""},
		{"our own update", event(`{"type":"message","subtype":"message_changed","channel":"C1","ts":"3.000001","message":{"user":"U1","bot_id":"B1","text":"b","ts":"2.000001","thread_ts":"1.000001"},"previous_message":{"text":"a"}}`), "", ""},
		{"a deletion", event(`{"type":"message","subtype":"message_deleted","channel":"C1","ts":"3.000001","deleted_ts":"2.000001","previous_message":{"user":"U1","thread_ts":"1.000001"}}`), "del:C1:2.000001", "C1:1.000001"},
		{"the mark on a card", event(`{"type":"reaction_added","user":"U1","reaction":"white_check_mark","item":{"type":"message","channel":"C1","ts":"1.000001"},"event_ts":"4.000001"}`), "react:C1:1.000001:white_check_mark:U1:4.000001", "C1:1.000001"},
		{"another mark", event(`{"type":"reaction_added","user":"U1","reaction":"eyes","item":{"type":"message","channel":"C1","ts":"1.000001"},"event_ts":"4.000001"}`), "", ""},
		{"a press", `{"envelope_id":"E1","type":"interactive","payload":{"type":"block_actions","user":{"id":"U1"},"container":{"message_ts":"2.000001","channel_id":"C1","thread_ts":"1.000001"},"actions":[{"action_id":"claim","value":"h1","action_ts":"5.000001"}]}}`, "action:C1:2.000001:claim:U1:5.000001", "C1:1.000001"},
		{"a press on the root", `{"envelope_id":"E1","type":"interactive","payload":{"type":"block_actions","user":{"id":"U1"},"container":{"message_ts":"1.000001","channel_id":"C1"},"actions":[{"action_id":"claim","value":"h1","action_ts":"5.000001"}]}}`, "action:C1:1.000001:claim:U1:5.000001", "C1:1.000001"},
		{"a shortcut", `{"envelope_id":"E1","type":"interactive","payload":{"type":"message_action","callback_id":"keep_internal","action_ts":"5.000001","user":{"id":"U1"},"channel":{"id":"C1"},"message_ts":"2.000001","message":{"user":"U1","ts":"2.000001","thread_ts":"1.000001"}}}`, "action:C1:2.000001:keep_internal:U1:5.000001", "C1:1.000001"},
		{"a command", `{"envelope_id":"E1","type":"slash_commands","payload":{"command":"/handoff","trigger_id":"T1","user_id":"U1"}}`, "command:T1", ""},
		{"a home", event(`{"type":"app_home_opened","user":"U1","tab":"home","event_ts":"6.000001"}`), "home:U1:6.000001", ""},
		{"the messages tab", event(`{"type":"app_home_opened","user":"U1","tab":"messages","event_ts":"6.000001"}`), "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, err := read(c.raw)
			if err != nil {
				t.Fatal(err)
			}
			if in.id != "E1" {
				t.Errorf("id = %q", in.id)
			}
			var key, order string
			if in.keep != nil {
				key, order = in.keep.Key, in.keep.Order
			}
			if key != c.key || order != c.order {
				t.Errorf("key %q order %q, want %q %q", key, order, c.key, c.order)
			}
		})
	}
	in, err := read(event(`{"type":"message","channel":"C1","bot_id":"B1","ts":"2.000001","metadata":{"event_type":"threadline_lines","event_payload":{"delivery":"d1"}}}`))
	if err != nil || in.echo == nil || in.echo.delivery != "d1" || in.echo.place != (bridge.Place{Channel: "C1", Stamp: "2.000001"}) {
		t.Errorf("our own post: %+v %v", in.echo, err)
	}
	for _, raw := range []string{`{"envelope_id":"E1","type":"tomorrow"}`, event(`{"type":"tomorrow"}`), event(`7`)} {
		in, err := read(raw)
		if err == nil || in.id != "E1" {
			t.Errorf("%s: id %q, error %v", raw, in.id, err)
		}
	}
}

func TestStampsOfSlacksClock(t *testing.T) {
	var c drift
	if got := c.now(noon); got != stampOf(noon) {
		t.Errorf("unknown: %s", got)
	}
	c.observe(stampOf(noon.Add(-3*time.Second)), noon)
	c.observe(stampOf(noon.Add(-4*time.Second)), noon)
	if got := c.now(noon); got != stampOf(noon.Add(-3*time.Second)) {
		t.Errorf("the clock is behind: %s", got)
	}
	// What was true long ago is forgotten.
	late := noon.Add(time.Hour)
	for i := range 3 {
		c.observe(stampOf(late.Add(-5*time.Second)), late.Add(time.Duration(i)*6*time.Minute))
	}
	late = late.Add(12 * time.Minute)
	c.observe(stampOf(late.Add(-5*time.Second)), late)
	if got := c.now(late); got != stampOf(late.Add(-5*time.Second)) {
		t.Errorf("an hour later: %s", got)
	}
	for _, s := range []string{"", "x", "1", "1.5", "1.abcdef"} {
		if _, ok := stampTime(s); ok {
			t.Errorf("%q is no stamp", s)
		}
	}
}

func TestOneSocketOfTwoIsEnough(t *testing.T) {
	var s state
	if s.hears() != connected {
		t.Error("without an in-half there is nothing to wait for")
	}
	for _, step := range []struct{ name, to, want string }{
		{"first", connecting, connecting},
		{"first", connected, connected},
		{"second", connecting, connected},
		{"second", refused, connected},
		{"first", connecting, refused},
		{"second", connected, connected},
	} {
		s.wire(step.name, step.to)
		if got := s.hears(); got != step.want {
			t.Errorf("%s is %s: %s, want %s", step.name, step.to, got, step.want)
		}
	}
}

func TestAClockThatWasSetVoidsWhatWasMeasured(t *testing.T) {
	for _, x := range []struct {
		wall, passed time.Duration
		want         bool
	}{
		{time.Minute, time.Minute, false},
		{time.Minute + 200*time.Millisecond, time.Minute, false},
		{2 * time.Minute, time.Minute, true},
		{-time.Minute, time.Second, true},
	} {
		if got := stepped(noon, noon.Add(x.wall), x.passed); got != x.want {
			t.Errorf("%s by the clock while %s passed: %v", x.wall, x.passed, got)
		}
	}
}

func TestNearestCommand(t *testing.T) {
	for in, want := range map[string]string{"statsu": "status", "stat": "status", "hepl": "help", "hlp": "help", "transfer": "", "x": ""} {
		if got := nearest(in); got != want {
			t.Errorf("%q means %q, want %q", in, got, want)
		}
	}
}

func TestWhois(t *testing.T) {
	u := slack.User{ID: "U1", TeamID: "T1", RealName: "Dana Reed", Profile: slack.UserProfile{Title: " Tech ", Image192: "http://x/1.png"}}
	if got := whois(u, "T1"); got.Nobody || got.Outsider || got.Name != "Dana Reed" || got.Title != "Tech" || got.Picture != "http://x/1.png" {
		t.Errorf("%+v", got)
	}
	for name, change := range map[string]func(*slack.User){
		"guest":          func(u *slack.User) { u.IsRestricted = true },
		"single guest":   func(u *slack.User) { u.IsUltraRestricted = true },
		"stranger":       func(u *slack.User) { u.IsStranger = true },
		"another team's": func(u *slack.User) { u.TeamID = "T2" },
	} {
		x := u
		change(&x)
		if !whois(x, "T1").Outsider {
			t.Errorf("%s is no outsider", name)
		}
	}
	u.IsBot = true
	if !whois(u, "T1").Nobody {
		t.Error("a bot is somebody")
	}
}

func TestOurTokenGoesToSlackAlone(t *testing.T) {
	d := NewDesk(Config{APIURL: "http://127.0.0.1:8081/api/", Clock: nowhere{}}, nil)
	for address, want := range map[string]bool{
		"https://files.slack.com/files-pri/T1-F1/a.png": true, "https://slack.com/x": true, "http://127.0.0.1:8081/files/F1/a.png": true,
		"http://files.slack.com/a.png": false, "https://slack.com.evil.example/a": false, "https://evilslack.com/a": false,
		"https://files.slack.com:8443/a": false, "https://user@files.slack.com/a": false, "http://localhost:8081/files/F1/a.png": false,
		"http://127.0.0.1:8082/a": false, "file:///etc/passwd": false, "https://169.254.169.254/latest": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.mayHaveToken(u); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

type nowhere struct{}

func (nowhere) Now() time.Time                       { return time.Time{} }
func (nowhere) After(time.Duration) <-chan time.Time { return nil }

// TestTitledLosesNothing: title and text are the whole line again, and each
// keeps within what a task holds.
func TestTitledLosesNothing(t *testing.T) {
	for _, s := range []string{
		"short", strings.Repeat("é", bridge.MaxTaskTitle), strings.Repeat("é", 400),
		strings.Repeat("word ", 300) + "end", "two\nlines " + strings.Repeat("long ", 40) + "end",
		strings.Repeat("a", bridge.MaxTaskTitle) + " b", "x " + strings.Repeat("y", bridge.MaxTaskTitle+bridge.MaxTaskText-2),
	} {
		title, text := titled(s)
		if utf8.RuneCountInString(title) > bridge.MaxTaskTitle || utf8.RuneCountInString(text) > bridge.MaxTaskText {
			t.Errorf("%.20q: a title of %d characters, a text of %d", s, utf8.RuneCountInString(title), utf8.RuneCountInString(text))
		}
		if title+text != s && title+" "+text != s {
			t.Errorf("%.20q became %q and %q", s, title, text)
		}
	}
}
