package slackapp

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// Store is what the desk needs kept and read.
type Store interface {
	bridge.Outbox
	bridge.Reader
	bridge.Keeper
	bridge.Files
	bridge.Bookings
	bridge.Library
}

// Config says which Slack the desk talks to and how fast.
type Config struct {
	// APIURL is Slack's Web API with a trailing slash; empty means Slack's own.
	APIURL string
	// BotToken (xoxb-…) sends, AppToken (xapp-…) opens the socket.
	BotToken, AppToken string
	// Channel is the name or id of the channel for conversations whose site
	// names none.
	Channel string
	// Managers are user ids or user group ids; empty means the workspace's
	// owners and admins.
	Managers []string
	// VisitorURL is where visitors meet the product; shown in App Home.
	VisitorURL string
	Logger     *slog.Logger
	Clock      bridge.Clock
	// PostInterval is the least time between two posts to one channel; zero
	// means 1.25 s, a fifth less than Slack allows.
	PostInterval time.Duration
	// UpdateInterval is the least time between two updates of cards in the
	// workspace; zero means 1.5 s, a fifth less than Slack allows.
	UpdateInterval time.Duration
	// ReadInterval is the least time between two reads of a thread or of the
	// channel; zero means 1.5 s, a fifth less than Slack allows.
	ReadInterval time.Duration
	// CallInterval is the least time between two calls of any other method of
	// Slack's tier 3; those of tier 4 go twice as often, those of tier 2 two
	// and a half times as seldom. Zero means 1.5 s, a fifth less than Slack
	// allows.
	CallInterval time.Duration
	// SecondSocketAfter is when a process opens its second connection, so that
	// a renewal of one leaves no gap; zero means a minute after the first,
	// negative never.
	SecondSocketAfter time.Duration
	// DoubtAfter is how long an unknown outcome is left alone before it is
	// looked up; zero means 15 s.
	DoubtAfter time.Duration
	// LagAfter is how old a waiting post of a held chat may be before its card
	// says that it catches up; zero means 10 s.
	LagAfter time.Duration
	// SeenEvery is the least time between two updates of a card for nothing but
	// what the visitor has seen; zero means 30 s.
	SeenEvery time.Duration
	// StandInAfter is how long a channel must have refused posts before chats
	// that need a person go on in another of their site's; zero means 10 s.
	StandInAfter time.Duration
	// Timeout bounds one call to Slack; zero means 4 s.
	Timeout time.Duration
	// Lease is how long the sender's lease on the workspace lasts; zero means
	// 10 s. It must exceed twice the time-out.
	Lease time.Duration
	// Owner names this process in the sender's lease; empty means a random
	// name, so that a restart is a stranger.
	Owner string
}

func (c Config) withDefaults() Config {
	c.APIURL = cmp.Or(c.APIURL, slack.APIURL)
	c.PostInterval = cmp.Or(c.PostInterval, 1250*time.Millisecond)
	c.UpdateInterval = cmp.Or(c.UpdateInterval, 1500*time.Millisecond)
	c.ReadInterval = cmp.Or(c.ReadInterval, 1500*time.Millisecond)
	c.CallInterval = cmp.Or(c.CallInterval, callInterval)
	c.SecondSocketAfter = cmp.Or(c.SecondSocketAfter, time.Minute)
	c.DoubtAfter = cmp.Or(c.DoubtAfter, 15*time.Second)
	c.LagAfter = cmp.Or(c.LagAfter, 10*time.Second)
	c.SeenEvery = cmp.Or(c.SeenEvery, 30*time.Second)
	c.StandInAfter = cmp.Or(c.StandInAfter, 10*time.Second)
	c.Timeout = cmp.Or(c.Timeout, 4*time.Second)
	c.Lease = cmp.Or(c.Lease, 10*time.Second)
	if c.Owner == "" {
		b := make([]byte, 8)
		_, _ = rand.Read(b) // never fails, says crypto/rand
		c.Owner = hex.EncodeToString(b)
	}
	c.Channel = strings.TrimPrefix(strings.TrimSpace(c.Channel), "#")
	return c
}

// Desk sends what must go out to Slack. Safe for concurrent use.
type Desk struct {
	c        Config
	store    Store
	api      *slack.Client
	http     *http.Client
	files    *http.Client // for bytes, which take longer than a call
	uploads  *uploads
	log      *slog.Logger
	lease    lease
	limit    *limits
	state    state
	crew     crew
	clock    drift
	sent     recent
	marks    marks
	where    whereabouts
	aboard   aboard
	renamed  renamed
	closed   closed
	missed   chan struct{}     // we were shut out of the channel and are back
	lost     chan bridge.Place // roots that Slack does not find
	gone     chan struct{}     // somebody who has a task was not found
	typists  typists
	presence presence
	cards    sync.Mutex // one redraw of a card at a time, so that none overtakes
}

// NewDesk returns a desk; it sends nothing until Run.
func NewDesk(c Config, store Store) *Desk {
	c = c.withDefaults()
	d := &Desk{c: c, store: store, log: c.Logger, missed: make(chan struct{}, 1)}
	d.http = &http.Client{Timeout: c.Timeout}
	d.files = &http.Client{
		Timeout: filesTimeout,
		// Our token must not follow anybody anywhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	d.uploads = newUploads()
	d.api = slack.New(c.BotToken,
		slack.OptionAPIURL(c.APIURL),
		slack.OptionHTTPClient(d.http),
		slack.OptionAppLevelToken(c.AppToken))
	d.limit = newLimits(c.PostInterval, c.UpdateInterval, c.ReadInterval, c.Clock.Now())
	d.limit.call = c.CallInterval
	d.lost = make(chan bridge.Place, 64)
	d.gone = make(chan struct{}, 1)
	d.crew.known = map[string]entry{}
	return d
}

// Run sends until ctx ends, then finishes what is in flight and gives the
// lease up.
func (d *Desk) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { d.keepLease(ctx) })
	wg.Go(func() { d.introduce(ctx) })
	wg.Go(func() { d.watchTeams(ctx) })
	wg.Go(func() { d.lookAboard(ctx) })
	wg.Go(func() { d.showTyping(ctx) })
	wg.Go(func() { d.drivePosts(ctx) })
	wg.Go(func() { d.drive(ctx, d.lane(bridge.LaneCard), d.limit.ready("chat.update"), d.sendCard) })
	wg.Go(func() { d.drive(ctx, d.lane(bridge.LanePrivate), nil, d.sendPrivate) })
	wg.Wait()
	d.uploads.wg.Wait()
	d.lease.drop()
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := d.store.Unlease(bye, leaseName, d.c.Owner); err != nil {
		return fmt.Errorf("slackapp: give up the sender's lease: %w", err)
	}
	return nil
}

// Lag is how long the oldest post has been waiting to go out.
func (d *Desk) Lag(ctx context.Context) (time.Duration, error) {
	b, err := d.store.Backlog(ctx, d.c.Clock.Now())
	return b.Oldest, err
}

// introduce learns who we are, and as the sender where we post and who manages,
// so that the first alert does not have to. It tries until it succeeds, then
// watches.
func (d *Desk) introduce(ctx context.Context) {
	const stand = 100 * time.Millisecond
	for wait := time.Second; ; {
		_, err := d.recallRenamed(ctx)
		if err == nil {
			_, err = d.identity(ctx)
		}
		sends := d.maySend()
		if err == nil && sends {
			err = d.liveChannels(ctx)
		}
		if err == nil && sends {
			_, err = d.managers(ctx)
		}
		if err == nil && sends {
			break
		}
		pause := stand
		if err != nil {
			d.noteError("introduce", err)
			pause, wait = wait, min(2*wait, 30*time.Second)
		}
		if !d.sleep(ctx, pause) {
			return
		}
	}
	d.watch(ctx)
}

// watchEvery is how soon mended trouble shows although nothing is to be sent.
const watchEvery = 10 * time.Second

// watch asks Slack whether it takes our token again after it did not, and
// whether the channel is back.
func (d *Desk) watch(ctx context.Context) {
	for d.sleep(ctx, watchEvery) {
		if _, err := d.recallRenamed(ctx); err != nil {
			d.log.Warn("slack: cannot read changed channel ids", "error", err)
		}
		if d.state.healthy() {
			continue
		}
		bounded, cancel := d.call(ctx)
		_, err := d.api.AuthTestContext(bounded)
		cancel()
		if err != nil {
			d.noteError("auth.test", err)
			continue
		}
		d.works()
		if err := d.liveChannels(ctx); err != nil {
			d.noteError("find the channel", err)
		}
	}
}

// sleep waits on the clock; false means that ctx ended first.
func (d *Desk) sleep(ctx context.Context, wait time.Duration) bool {
	if wait <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-d.c.Clock.After(wait):
		return true
	}
}

// call bounds one call to Slack. It outlives a shutdown: a call that was begun
// is finished, so that its outcome is known.
func (d *Desk) call(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), d.c.Timeout)
}

// identity is who our tokens say we are.
type identity struct {
	team, user, bot string
	url             string // of the workspace, with a trailing slash
}

// whereabouts caches our identity and the ids of channels.
type whereabouts struct {
	mu       sync.Mutex
	me       identity
	channels map[bridge.Route]string
}

// isMe reports whether a user is our bot; it asks nobody.
func (d *Desk) isMe(user string) bool {
	d.where.mu.Lock()
	defer d.where.mu.Unlock()
	return user != "" && user == d.where.me.user
}

func (d *Desk) identity(ctx context.Context) (identity, error) {
	d.where.mu.Lock()
	me := d.where.me
	d.where.mu.Unlock()
	if me.team != "" {
		return me, nil
	}
	ctx, cancel := d.call(ctx)
	defer cancel()
	got, err := d.api.AuthTestContext(ctx)
	if err != nil {
		return identity{}, fmt.Errorf("auth.test: %w", err)
	}
	me = identity{team: got.TeamID, user: got.UserID, bot: got.BotID, url: got.URL}
	if !strings.HasSuffix(me.url, "/") {
		me.url += "/"
	}
	d.where.mu.Lock()
	d.where.me = me
	d.where.mu.Unlock()
	d.works()
	return me, nil
}

// join makes us a member, which Slack allows for public channels. What was said
// before was not told to us (Slack: events come from channels that the app is
// in), so it must be read.
func (d *Desk) join(ctx context.Context, channel string) error {
	ctx, cancel := d.call(ctx)
	defer cancel()
	if _, _, _, err := d.api.JoinConversationContext(ctx, channel); err != nil {
		return fmt.Errorf("conversations.join: %w", err)
	}
	d.outside()
	return nil
}

// permalink is where a post can be opened. Slack builds these links from the
// workspace's address, the channel and the stamp without its dot.
func (d *Desk) permalink(ctx context.Context, p bridge.Place) string {
	if p.IsZero() {
		return ""
	}
	me, err := d.identity(ctx)
	if err != nil {
		return ""
	}
	return me.url + "archives/" + d.called(p.Channel) + "/p" + strings.ReplaceAll(p.Stamp, ".", "")
}

// isID reports whether s looks like a Slack id with one of the first letters.
func isID(s string, first ...byte) bool {
	if len(s) < 8 {
		return false
	}
	ok := false
	for _, f := range first {
		ok = ok || s[0] == f
	}
	for i := range len(s) {
		c := s[i]
		ok = ok && (c >= 'A' && c <= 'Z' || c >= '0' && c <= '9')
	}
	return ok
}
