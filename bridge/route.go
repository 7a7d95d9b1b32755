package bridge

import (
	"hash/fnv"
	"net/url"
	"slices"
	"strings"
)

// Route names the desk's channel in which a conversation's thread stands, by
// name or id. Empty is the desk's default channel.
type Route string

// PageRule sends chats that begin on some pages to a channel of their own.
type PageRule struct {
	// Path is the page's path; one that ends with * covers everything that
	// begins with the rest.
	Path string `json:"path"`
	// Channel is the channel's name or id.
	Channel string `json:"channel"`
}

func (r PageRule) covers(path string) bool {
	if before, ok := strings.CutSuffix(r.Path, "*"); ok {
		return strings.HasPrefix(path, before)
	}
	return r.Path == path
}

// Mirror says how much of a chat between visitor and assistant alone its
// thread shows.
type Mirror string

const (
	// MirrorFull shows every line from the first on.
	MirrorFull Mirror = "full"
	// MirrorCard shows one card with a button for the transcript. Once a person
	// is asked for or steps in, the whole transcript is mirrored and every line
	// from then on.
	MirrorCard Mirror = "card"
)

// RouteFor is the channel for a chat that begins on a page: that of the first
// page rule that covers it, else the first of the site's channels, or with
// Spread one of them by the conversation's id.
func (s Site) RouteFor(id ConversationID, page string) Route {
	if u, err := url.Parse(page); err == nil {
		for _, r := range s.Pages {
			if r.covers(u.Path) {
				return routeOf(r.Channel)
			}
		}
	}
	n := len(s.Channels)
	switch {
	case n == 0:
		return ""
	case s.Spread:
		h := fnv.New32a()
		_, _ = h.Write([]byte(id))
		return routeOf(s.Channels[int(h.Sum32()%uint32(n))]) //nolint:gosec // a list of channels is short
	}
	return routeOf(s.Channels[0])
}

// Routes are all channels that the site names, in the order in which they
// stand in for one another; the default channel where it names none.
func (s Site) Routes() []Route {
	var out []Route
	add := func(r Route) {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	for _, c := range s.Channels {
		add(routeOf(c))
	}
	if len(out) == 0 {
		add("")
	}
	for _, p := range s.Pages {
		add(routeOf(p.Channel))
	}
	return out
}

func routeOf(channel string) Route {
	return Route(strings.TrimPrefix(strings.TrimSpace(channel), "#"))
}
