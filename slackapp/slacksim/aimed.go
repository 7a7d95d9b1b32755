package slacksim

import (
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// aimed is a fault for a number of calls or events, or for some of them by chance.
type aimed struct {
	method      string // of the Web API, or an event's type; empty or "*" means any
	channel     string // id; empty means any, and none too
	times       int    // how often it strikes yet; without end where negative
	probability float64
	dice        *rand.Rand // nil where every one is struck
	status      int
	html        bool
	code        string
	retryAfter  int
	noHeader    bool
}

// takeAimed spends one of the first fault that strikes.
func takeAimed(list *[]*aimed, method, channel string) *aimed {
	for i, a := range *list {
		if a.method != "" && a.method != "*" && a.method != method || a.channel != "" && a.channel != channel {
			continue
		}
		if a.dice != nil && a.dice.Float64() >= a.probability {
			continue
		}
		if a.times--; a.times == 0 {
			*list = slices.Delete(*list, i, i+1)
		}
		return a
	}
	return nil
}

// counted is a fault for the next events or acknowledgements, whichever they are, and for those that
// are aimed at.
type counted struct {
	left  int
	aimed []*aimed
}

// take spends one, if an event of that name is struck. A name may bear a subtype behind a dot.
func (c *counted) take(name, channel string) bool {
	if c.left > 0 {
		c.left--
		return true
	}
	kind, _, _ := strings.Cut(name, ".")
	return takeAimed(&c.aimed, kind, channel) != nil
}

func (c *counted) view() int { return c.left + len(c.aimed) }

// countOrAim takes a number, which replaces the one before, or what to aim at.
func (s *Server) countOrAim(a args, key string, c *counted) *actError {
	v, ok := a[key]
	if _, object := v.(object); object {
		return s.addAimed(a, key, &c.aimed)
	}
	if ok {
		c.left = a.int(key, 0)
	}
	return nil
}

func (s *Server) addAimed(a args, key string, list *[]*aimed) *actError {
	v, ok := a[key]
	if !ok || v == nil {
		return nil
	}
	o, ok := v.(object)
	if !ok {
		return refuse(http.StatusBadRequest, "invalid_fault", key+" is an object")
	}
	in := args(o)
	x := &aimed{method: in.str("method"), times: in.int("times", 1), status: in.int("status", http.StatusInternalServerError),
		html: in.bool("html"), code: in.str("error"), retryAfter: in.int("retry_after", 1)}
	if v, ok := in["retry_after"]; ok && v == nil {
		x.noHeader = true
	}
	if key == "error" && x.code == "" {
		x.code = "internal_error"
	}
	if ref := in.str("channel"); ref != "" {
		c := s.st.channelRef(ref)
		if c == nil {
			return refuse(http.StatusNotFound, "no_such_channel", "there is no channel by that name or id")
		}
		x.channel = c.ID
	}
	if in.has("probability") {
		p, err := strconv.ParseFloat(in.str("probability"), 64)
		if err != nil || math.IsNaN(p) || p <= 0 || p > 1 {
			return refuse(http.StatusBadRequest, "invalid_fault", "a probability is above 0 and at most 1")
		}
		// Each has dice of its own, so that other traffic does not change what it strikes.
		s.armed[key]++
		x.probability, x.dice = p, rand.New(rand.NewChaCha8(s.ids.sum("fault/"+key, strconv.Itoa(s.armed[key]))))
		if !in.has("times") {
			x.times = -1
		}
	}
	if x.times > 0 || x.times < 0 && x.dice != nil {
		*list = append(*list, x)
	}
	return nil
}

// aims are all faults that are aimed at calls and events.
func (f *faults) aims() [][]*aimed {
	return [][]*aimed{f.hang, f.reset, f.fail, f.errs, f.applyThenFail, f.rate, f.truncate,
		f.dropAcks.aimed, f.dropEvents.aimed, f.duplicateEvents.aimed, f.malformedBlock.aimed}
}

// followChannel keeps faults on a channel that has another id now.
func (f *faults) followChannel(from, to string) {
	for _, list := range [][]string{f.kicked, f.archived, f.restricted} {
		for i, id := range list {
			if id == from {
				list[i] = to
			}
		}
	}
	for _, list := range f.aims() {
		for _, a := range list {
			if a.channel == from {
				a.channel = to
			}
		}
	}
}

// ofCall is the channel that a call is about; empty if its arguments name none.
func (s *Server) ofCall(a args) string {
	ref := a.str("channel")
	if ref == "" {
		ref = a.str("channel_id")
	}
	c := s.st.channelRef(ref)
	if c == nil && ref != "" {
		c = s.st.im(ref)
	}
	if c == nil {
		return ""
	}
	return c.ID
}

// stamp is the time as the workspace tells it.
func (s *Server) stamp() time.Time { return s.now().Add(s.faults.skew) }
