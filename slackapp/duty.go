package slackapp

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// What a person may do with the chats they hold when they go, and how they
// change their status in App Home.
const (
	actKeepMine    = "keep_mine"
	actReleaseMine = "release_mine"
	actMe          = "me"
	mineBlock      = "mine"
)

// held is how many chats are looked through for those of one person.
const maxHeld = 500

func (a *App) me(ctx context.Context, o order) (string, error) {
	if len(o.words) == 0 {
		crew, err := a.d.store.Crew(ctx, []bridge.AgentID{o.who.ID})
		if err != nil {
			return "", err
		}
		return "You are " + a.dutyWords(crew[o.who.ID].Duty) + ". " + usage("me"), nil
	}
	state := bridge.Availability(strings.ToLower(o.words[0]))
	if !slices.Contains(bridge.Availabilities(), state) {
		return "There is no such status. " + usage("me"), nil
	}
	var until time.Time
	if rest := strings.Join(o.words[1:], " "); rest != "" {
		d, ok := howLong(rest)
		if !ok {
			return "I can't read how long. " + usage("me"), nil
		}
		until = a.d.c.Clock.Now().Add(d)
	}
	return a.goOnDuty(ctx, o.notice, o.who, state, until)
}

// goOnDuty keeps what somebody says about being there. What becomes of the
// chats they hold is asked, not guessed.
func (a *App) goOnDuty(ctx context.Context, n notice, who person, state bridge.Availability, until time.Time) (string, error) {
	duty, err := a.d.store.SetDuty(ctx, who.ID, state, until, bridge.Actor{ID: who.ID, Name: who.Name})
	if err != nil {
		return "", err
	}
	said := "You are now " + a.dutyWords(duty) + "."
	a.homes.want(string(who.ID))
	if state == bridge.Available {
		return said, a.bridge.Offer(ctx, who.ID)
	}
	if state != bridge.Away && state != bridge.Offline {
		return said, nil
	}
	mine, err := a.heldBy(ctx, who.ID)
	if err != nil || len(mine) == 0 {
		return said, err
	}
	said += " You still have " + plural(len(mine), "chat", "chats") + ". What should become of them?"
	buttons := []slack.BlockElement{
		button(actKeepMine, "keep", "I keep them", slack.StyleDefault),
		button(actReleaseMine, "release", "Back to the queue", slack.StylePrimary),
	}
	a.show(ctx, n, said, ours(said), slack.NewActionBlock(mineBlock, buttons...))
	return "", nil
}

// ownPress settles a press that is about the presser alone.
func (a *App) ownPress(ctx context.Context, e bridge.Envelope, n notice) error {
	n.Thread = "" // it stands in no thread
	who, ok, err := a.presser(ctx, e, n)
	if !ok {
		return err
	}
	if n.Block == mineBlock {
		return a.mine(ctx, e, n, who)
	}
	state := bridge.Availability(n.Value)
	if !slices.Contains(bridge.Availabilities(), state) {
		return nil
	}
	said, err := a.goOnDuty(ctx, n, who, state, time.Time{})
	if said != "" {
		a.tell(ctx, n, said)
	}
	return err
}

// presser is who pressed something that stands outside of chats; false after
// they were told that it came too late or is not for them.
func (a *App) presser(ctx context.Context, e bridge.Envelope, n notice) (person, bool, error) {
	if a.d.c.Clock.Now().Sub(e.ReceivedAt) > pressFor {
		a.tell(ctx, n, sayPressAgain)
		return person{}, false, nil
	}
	who, err := a.d.person(ctx, n.User)
	if err != nil || who.Nobody {
		return person{}, false, err
	}
	if who.Outsider {
		a.tell(ctx, n, sayNoOutsiders)
		return person{}, false, nil
	}
	return who, true, nil
}

// mine settles what becomes of the chats of somebody who goes.
func (a *App) mine(ctx context.Context, e bridge.Envelope, n notice, who person) error {
	if n.Action == actKeepMine {
		a.asked(ctx, n, "They stay with you.")
		return nil
	}
	mine, err := a.heldBy(ctx, who.ID)
	if err != nil {
		return err
	}
	for _, c := range mine {
		_, err := a.bridge.Handle(ctx, bridge.AgentReleased{Press: bridge.Press{
			Key: e.Key + ":" + string(c.Conversation.ID), Conversation: c.Conversation.ID,
			Handoff: c.Conversation.Handoff, Agent: who.Agent, Stamp: n.At,
		}})
		if err != nil {
			return err
		}
	}
	a.asked(ctx, n, "Back to the queue: "+plural(len(mine), "chat", "chats")+".")
	return nil
}

// asked puts an answer in the place of the question.
func (a *App) asked(ctx context.Context, n notice, text string) {
	if n.ResponseURL != "" || n.Channel != "" || n.View == "" {
		a.replace(ctx, n, text)
		return
	}
	v := slack.ModalViewRequest{Type: slack.VTModal, CallbackID: viewAsk, Title: words("Your chats"), Close: words("Close")}
	v.Blocks.BlockSet = []slack.Block{ours(text)}
	if err := a.fill(ctx, n.View, v); err != nil {
		a.log.Warn("slack: cannot answer in a form", "error", err)
	}
}

// heldBy are the chats that somebody holds, those held longest first.
func (a *App) heldBy(ctx context.Context, id bridge.AgentID) ([]bridge.Case, error) {
	held, err := a.d.store.Held(ctx, maxHeld)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(held, func(c bridge.Case) bool { return c.Conversation.Holder != id }), nil
}

func (a *App) dutyWords(d bridge.Duty) string {
	now := a.d.c.Clock.Now()
	state := d.At(now)
	words := dutyIcon(state) + " " + string(state)
	if d.State == state && !d.Until.IsZero() {
		words += " until " + dateToken(d.Until, "{date_short_pretty}, {time}")
	}
	return words
}

func dutyIcon(s bridge.Availability) string {
	switch s {
	case bridge.Available:
		return "🟢"
	case bridge.Busy:
		return "🔴"
	case bridge.Away:
		return "🌙"
	default:
		return "⚫"
	}
}

// dutyButtons are a person's status in App Home.
func dutyButtons(now bridge.Availability) slack.Block {
	var row []slack.BlockElement
	for _, s := range bridge.Availabilities() {
		style := slack.StyleDefault
		if s == now {
			style = slack.StylePrimary
		}
		name := string(s)
		row = append(row, button(actMe+"_"+name, name, dutyIcon(s)+" "+strings.ToUpper(name[:1])+name[1:], style))
	}
	return slack.NewActionBlock(actMe, row...)
}
