package slackapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	who, err := a.d.person(ctx, user)
	if err != nil {
		return err
	}
	blocks, err := a.homeBlocks(ctx, who)
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

// homeListed bounds each list in App Home, which has at most 100 blocks
// (Slack: views.publish): four lists of 15 blocks, 18 of tasks, and what
// surrounds them stay below.
const homeListed = 12

// homeBlocks is what somebody's App Home shows: their status and chats, who
// waits, today's figures, and for managers the settings.
func (a *App) homeBlocks(ctx context.Context, who person) ([]slack.Block, error) {
	if who.Outsider || who.Nobody {
		return []slack.Block{ours(sayNoOutsiders)}, nil
	}
	counts, err := a.d.store.Counts(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := a.d.store.Waiting(ctx, homeListed)
	if err != nil {
		return nil, err
	}
	held, err := a.d.store.Held(ctx, maxHeld)
	if err != nil {
		return nil, err
	}
	manages, err := a.d.manages(ctx, who.ID)
	if err != nil {
		a.log.Warn("slack: cannot tell the managers", "error", err)
	}
	crew, err := a.d.store.Crew(ctx, []bridge.AgentID{who.ID})
	if err != nil {
		return nil, err
	}

	blocks := a.trouble(ctx)
	if counts[bridge.Automatic]+counts[bridge.Queued]+counts[bridge.Assigned]+counts[bridge.Resolved] == 0 {
		blocks = append(blocks, a.firstSteps(ctx)...)
	}
	duty := crew[who.ID].Duty
	blocks = append(blocks, ours("You are "+a.dutyWords(duty)+"."), dutyButtons(duty.At(a.d.c.Clock.Now())))

	var mine, others []bridge.Case
	for _, c := range held {
		if c.Conversation.Holder == who.ID {
			mine = append(mine, c)
		} else {
			others = append(others, c)
		}
	}
	section := func(title string, total int, none string, lines []string) {
		blocks = append(blocks, slack.NewDividerBlock(), header(fmt.Sprintf("%s: %d", title, total)))
		if len(lines) == 0 {
			blocks = append(blocks, ours(none))
		}
		shown := lines[:min(len(lines), homeListed)]
		for _, l := range shown {
			blocks = append(blocks, ours(l))
		}
		if more := total - len(shown); more > 0 && len(shown) > 0 {
			blocks = append(blocks, aside(fmt.Sprintf("and %d more", more)))
		}
	}
	lines := func(cases []bridge.Case) []string {
		var out []string
		for _, c := range cases[:min(len(cases), homeListed)] {
			out = append(out, a.homeLine(ctx, c))
		}
		return out
	}
	if len(mine) > 0 {
		section("Your chats", len(mine), "", lines(mine))
	}
	setup, err := a.d.store.Setup(ctx)
	if err != nil {
		return nil, err
	}
	calls, err := a.calls(ctx, "mine", who.ID, setup.TeamsOf(who.ID))
	if err != nil {
		return nil, err
	}
	if len(calls) > 0 {
		section("Calls you make", len(calls), "", calls)
	}
	section("Waiting for a person", counts[bridge.Queued], "Nobody waits.", lines(waiting))
	section("With another agent", len(others), "No chat is with anybody else.", lines(others))
	todo, err := a.homeTasks(ctx, who)
	if err != nil {
		return nil, err
	}
	blocks = append(blocks, todo...)
	if manages {
		blocks = append(blocks, slack.NewDividerBlock(), header("Settings"), a.settingButtons(ctx))
	}
	return append(blocks, slack.NewDividerBlock(), aside(a.figures(ctx, counts))), nil
}

// homeLine is a chat in App Home, with how long its visitor has waited.
func (a *App) homeLine(ctx context.Context, c bridge.Case) string {
	line := a.caseLine(ctx, c)
	if overdue(c, a.d.c.Clock.Now()) {
		line += " · ⚠️ overdue"
	}
	if since := c.Conversation.UnansweredSince; !since.IsZero() && c.Conversation.Status == bridge.Assigned {
		line += " · waits for an answer since " + dateToken(since, "{time}")
	}
	return line
}

// trouble is what hinders the mirror at present, with how to mend it.
func (a *App) trouble(ctx context.Context) []slack.Block {
	b, err := a.d.store.Backlog(ctx, a.d.c.Clock.Now())
	if err != nil {
		return nil
	}
	what, why := stuck(b)
	if what == "" {
		return nil
	}
	return []slack.Block{
		ours("⚠️ *" + what + ".* " + escape(why.what) + " Nothing is lost.\n" + escape(why.mend)),
		slack.NewActionBlock("", button(actAgain, "again", "Try again", slack.StyleDefault)),
		slack.NewDividerBlock(),
	}
}

// firstSteps guide a new install to its first chat.
func (a *App) firstSteps(ctx context.Context) []slack.Block {
	channel := "the channel for chats"
	if a.d.c.Channel != "" {
		channel = "`#" + inert(a.d.c.Channel) + "`"
	}
	step := "*4.* Start a test chat: its thread appears in the channel, with Claim."
	if link := webLink(a.d.c.VisitorURL); link != "" {
		step += " Or open <" + link + "|the chat> as your visitors do and write a first line."
	}
	return []slack.Block{
		header("Welcome. Four steps to the first chat"),
		ours("*1.* Invite me: type `/invite` and my name in " + channel + "."),
		ours("*2.* Say when you are there: `" + slashCommand + " hours` shows the opening hours, *Settings* below changes them."),
		ours("*3.* Give the assistant something to know: the operator runs `threadline kb import` with pages or files."),
		ours(step),
		slack.NewActionBlock("", button(actTestChat, "test", "Start a test chat", slack.StylePrimary)),
		slack.NewDividerBlock(),
	}
}

// actTestChat begins a chat without a website, so that a new install shows
// what it does before the widget stands anywhere.
const actTestChat = "test_chat"

// testChat begins a chat whose visitor is made up. The press is its natural
// key: the same press twice is one chat.
func (a *App) testChat(ctx context.Context, e bridge.Envelope, n notice) error {
	who, ok, err := a.presser(ctx, e, n)
	if !ok {
		return err
	}
	site := bridge.DefaultSite().ID
	if s, err := a.d.store.Setup(ctx); err == nil && len(s.Sites) > 0 {
		site = s.Sites[0].ID
	}
	sum := sha256.Sum256([]byte(e.Key))
	id := hex.EncodeToString(sum[:8])
	chat, visitor := bridge.ConversationID("test-"+id), bridge.VisitorID("test-"+id)
	for _, ev := range []bridge.Event{
		bridge.VisitorWrote{
			Conversation: chat, Visitor: visitor, SiteID: site, ClientID: e.Key,
			Text: "Hello, this is a test. Could I talk to a person, please?",
		},
		bridge.VisitorIntroduced{Conversation: chat, Visitor: visitor, Contact: bridge.Contact{Name: "Test visitor"}},
	} {
		if _, err := a.bridge.Handle(ctx, ev); err != nil {
			return err
		}
	}
	a.log.Info("slack: a test chat was started", "conversation", chat, "by", who.ID)
	a.homes.want(n.User)
	return nil
}

// settingButtons open the forms for settings.
func (a *App) settingButtons(ctx context.Context) slack.Block {
	row := []slack.BlockElement{button(actMenu+"_config", "config", "Targets", slack.StyleDefault)}
	if s, err := a.d.store.Setup(ctx); err == nil {
		for i, t := range s.Teams {
			if i < 10 {
				row = append(row, button(fmt.Sprintf("%s_team_%d", actMenu, i), "team "+string(t.ID), clip("Team "+t.Name, maxOption), slack.StyleDefault))
			}
		}
		for i, t := range s.Sites {
			if i < 10 {
				row = append(row, button(fmt.Sprintf("%s_hours_%d", actMenu, i), "hours "+string(t.ID), clip("Hours of "+t.Name, maxOption), slack.StyleDefault))
			}
		}
	}
	return slack.NewActionBlock(menuBlock, row...)
}

// figures are today's, by the clock of the database's zone.
func (a *App) figures(ctx context.Context, counts map[bridge.Status]int) string {
	foot := fmt.Sprintf("With the assistant: %d · resolved: %d", counts[bridge.Automatic], counts[bridge.Resolved])
	if r, _, err := bridge.Review(ctx, a.d.store, a.d.c.Clock.Now().Add(-24*time.Hour)); err == nil && r.Episodes > 0 {
		foot = fmt.Sprintf("Last 24 hours: %s, %s · ", plural(r.Episodes, "chat", "chats"), plural(r.HandedOver, "handoff", "handoffs")) + foot
	}
	if link := webLink(a.d.c.VisitorURL); link != "" {
		foot += " · <" + link + "|the website's chat>"
	}
	return foot
}
