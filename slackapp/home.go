package slackapp

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// homeEvery is the least time between two publications to one person.
const homeEvery = 3 * time.Second

// homes remembers whose App Home is to be published.
type homes struct {
	mu     sync.Mutex
	wanted map[string]bool
	last   map[string]time.Time
	wake   chan struct{}
}

func (h *homes) signal() chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.wake == nil {
		h.wake = make(chan struct{}, 1)
	}
	return h.wake
}

func (h *homes) want(user string) {
	if user == "" {
		return
	}
	wake := h.signal()
	h.mu.Lock()
	if h.wanted == nil {
		h.wanted, h.last = map[string]bool{}, map[string]time.Time{}
	}
	h.wanted[user] = true
	h.mu.Unlock()
	select {
	case wake <- struct{}{}:
	default:
	}
}

// due takes the people whose home may be published now.
func (h *homes) due(now time.Time) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for u := range h.wanted {
		if now.Sub(h.last[u]) >= homeEvery {
			out = append(out, u)
			h.last[u] = now
			delete(h.wanted, u)
		}
	}
	for u, at := range h.last {
		if now.Sub(at) > time.Hour {
			delete(h.last, u)
		}
	}
	return out
}

func (h *homes) waiting() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.wanted) > 0
}

func (h *homes) run(ctx context.Context, a *App) {
	wake := h.signal()
	for {
		for _, u := range h.due(a.d.c.Clock.Now()) {
			if err := a.publishHome(ctx, u); err != nil && ctx.Err() == nil {
				a.log.Warn("slack: cannot publish App Home", "user", u, "error", err)
			}
		}
		if h.waiting() {
			if !a.d.sleep(ctx, homeEvery/6) {
				return
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		}
	}
}

func (a *App) publishHome(ctx context.Context, user string) error {
	blocks, err := a.homeBlocks(ctx)
	if err != nil {
		return err
	}
	bounded, cancel := a.d.call(ctx)
	defer cancel()
	_, err = a.d.api.PublishViewContext(bounded, slack.PublishViewContextRequest{
		UserID: user,
		View:   slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}},
	})
	return err
}

// homeBlocks lists who waits and who holds what. A home has at most 100
// blocks; two lists of twenty stay far below.
func (a *App) homeBlocks(ctx context.Context) ([]slack.Block, error) {
	waiting, err := a.d.store.Waiting(ctx, listed)
	if err != nil {
		return nil, err
	}
	held, err := a.d.store.Held(ctx, listed)
	if err != nil {
		return nil, err
	}
	counts, err := a.d.store.Counts(ctx)
	if err != nil {
		return nil, err
	}
	blocks := []slack.Block{header(fmt.Sprintf("Waiting for a person: %d", counts[bridge.Queued]))}
	for _, c := range waiting {
		blocks = append(blocks, ours(a.caseLine(ctx, c)))
	}
	if len(waiting) == 0 {
		blocks = append(blocks, ours("Nobody waits."))
	}
	blocks = append(blocks, slack.NewDividerBlock(), header(fmt.Sprintf("With an agent: %d", counts[bridge.Assigned])))
	for _, c := range held {
		blocks = append(blocks, ours(a.caseLine(ctx, c)))
	}
	if len(held) == 0 {
		blocks = append(blocks, ours("No chat is held."))
	}
	foot := fmt.Sprintf("With the assistant: %d · resolved: %d", counts[bridge.Automatic], counts[bridge.Resolved])
	if b, err := a.d.store.Backlog(ctx, a.d.c.Clock.Now()); err == nil {
		if what, why := stuck(b); what != "" {
			warning := ours("⚠️ *" + what + ".* " + escape(why.what) + " Nothing is lost.\n" + escape(why.mend))
			again := slack.NewActionBlock("", button(actAgain, "again", "Try again", slack.StyleDefault))
			blocks = append([]slack.Block{warning, again, slack.NewDividerBlock()}, blocks...)
		}
	}
	if link := webLink(a.d.c.VisitorURL); link != "" {
		foot += " · <" + link + "|the website's chat>"
	}
	return append(blocks, slack.NewDividerBlock(), aside(foot)), nil
}
