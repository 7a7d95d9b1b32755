package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// line is what a person wrote in a thread, with what must become of it.
type line struct {
	name     string // a<chat>x<n>
	at       place
	root     place // of the thread in which it stands
	agent    string
	versions []version
	// public: the visitor must end up with the newest version. A line that is
	// not public must never have been seen by the visitor.
	public  bool
	deleted bool
	// either: the rules allow both fates, as for the holder's line that the
	// visitor's own end of the chat overtook.
	either bool
	// sentLater: it became public by a press, so it stands where the press was.
	sentLater bool
	// asks: its author must have been asked about it.
	asks bool
	// tookBack: an edit made it internal. Its author is asked if it had been
	// public; a line that is first read with its prefix is an aside.
	tookBack bool
	// undo: its author pressed Undo while it was held back, perhaps too late.
	// Whether it was in time, the thread tells.
	undo bool
}

type version struct {
	text  string
	never bool // the visitor must not see this version
}

func (l *line) newest() version { return l.versions[len(l.versions)-1] }

// chat is one conversation as the harness knows it from its own acts.
type chat struct {
	w   *world
	n   int
	rng *rand.Rand
	v   *visitor

	mu      sync.Mutex // guards said against the visitor's side talk
	said    []string   // what the visitor wrote and was acknowledged, in order
	lines   []*line
	holder  string
	wanted  int           // handoffs that the visitor asked for
	holds   int           // holds that began
	team    string        // with whom it is
	moves   int           // how often it had a reason to go on in another channel
	booked  int           // confirmations that it was given
	steady  string        // status that nothing may change any more; empty if unknown
	stalled string        // what it waited for in vain
	over    bool          // its script has ended, with the chat resolved
	busy    time.Duration // waited for an agent who was at another form
}

func (c *chat) isOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// stuck ends a chat's script.
type stuck struct{ what string }

func (c *chat) must(ok bool, format string, a ...any) {
	if !ok {
		panic(stuck{fmt.Sprintf(format, a...)})
	}
}

var questions = []string{
	"Do you service heat pumps in 60614?",
	"How long does duct cleaning take?",
	"What does a heat pump cost?",
	"How often should ducts be cleaned?",
	"Which brands of furnace do you install?",
	"Do you offer financing?",
}

// play lives one chat from the first question to its end.
func (c *chat) play(ctx context.Context) {
	defer c.note()
	c.begin(ctx)
	switch {
	case c.n%8 == 6:
		c.routed()
		c.claim(c.n%4 == 0)
	case c.n%4 == 1:
		c.stepIn()
	default:
		if c.calls() && c.w.model == nil {
			c.bookCall()
		}
		c.ask()
		c.want()
		if c.calls() {
			c.bookCall()
		}
		if c.n%3 == 0 {
			c.early()
		}
		if c.holder == "" {
			c.claim(c.n%2 == 0)
		}
	}
	c.talk()
	if c.calls() {
		c.invited()
	}
	if c.n%3 == 2 && c.n%8 != 6 {
		c.passOn()
		if c.n%2 == 0 {
			c.passOn()
		}
	}
	switch c.n % 5 {
	case 0:
		c.steady = "assigned"
	case 1:
		c.release()
		c.claim(false)
		c.talk()
		c.resolve()
		c.steady = "resolved"
	case 2:
		c.end()
		c.steady = "resolved"
	case 3:
		c.react()
		c.after()
		c.steady = "resolved"
	default:
		c.resolve()
		c.ask()
		if c.rng.IntN(2) == 0 {
			c.want()
			c.claim(true)
			c.talk()
			c.steady = "assigned"
		}
	}
}

// hum is a chat that only waits for a person and writes all the while, so that
// whatever goes wrong with posts has a post to go wrong with.
func (c *chat) hum(ctx context.Context, over <-chan struct{}) {
	defer c.note()
	c.begin(ctx)
	c.want()
	c.steady = "queued"
	for i := 0; ; i++ {
		select {
		case <-over:
			return
		default:
		}
		pause(ctx, 1500*time.Millisecond)
		c.say("Still here")
	}
}

// note keeps what a script waited for in vain.
func (c *chat) note() {
	defer func() { c.w.audit.note("%5.1fs chat %d is over %s", time.Since(c.w.began).Seconds(), c.n, c.stalled) }()
	switch r := recover().(type) {
	case nil:
		c.mu.Lock()
		c.over = c.steady == "resolved"
		c.mu.Unlock()
	case stuck:
		c.stalled = r.what
	default:
		panic(r)
	}
}

// begin opens the session and its stream.
func (c *chat) begin(ctx context.Context) {
	err := c.v.open()
	c.must(err == nil, "a session: %v", err)
	rng := rand.New(rand.NewPCG(c.rng.Uint64(), 1))
	c.v.view.begin()
	c.w.streams.Go(func() { c.v.listen(ctx, rng) })
}

// say lets the visitor write one line.
func (c *chat) say(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text = fmt.Sprintf("%s #v%dx%dx0#", text, c.n, len(c.said))
	err := c.v.say(text)
	c.must(err == nil, "acknowledgement of %q: %v", text, err)
	c.said = append(c.said, text)
}

// ask asks something that the knowledge answers and waits for words or a
// handoff.
func (c *chat) ask() {
	c.waitsFor("support") // whose site it is, if nothing is known
	before := c.v.view.newest()
	c.say(questions[c.rng.IntN(len(questions))])
	if c.rng.IntN(4) == 0 {
		c.say("And in the suburbs?")
	}
	ok := c.v.view.wait(patience, func(v *view) bool {
		for seq, m := range v.msgs {
			if seq > before && m.Author.Kind != "visitor" {
				return true
			}
		}
		return v.status == "queued"
	})
	c.must(ok, "an answer")
}

// want lets the visitor ask for a person.
func (c *chat) want() {
	if s, _ := c.v.view.state(); s != "queued" {
		c.wanted++
	}
	c.waitsFor("support") // whose site it is
	if c.rng.IntN(2) == 0 {
		c.say("I want to talk to a human")
	} else {
		_, err := c.v.until("POST", "/api/v1/handoff", map[string]any{}, nil, http.StatusAccepted)
		c.must(err == nil, "a handoff: %v", err)
	}
	c.must(c.v.view.wait(patience, func(v *view) bool { return v.status == "queued" }), "the queue")
}
