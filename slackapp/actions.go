package slackapp

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
	"threadline/bridge/killpoint"
)

// resolveEmoji is the reaction by which the holder resolves.
const resolveEmoji = "white_check_mark"

// pressFor is how long a press is worth settling. Found later, after a
// restart, it is answered with a request to press again.
const pressFor = 30 * time.Second

const (
	sayPressAgain = "That took too long to reach us. Please press it again."
	sayOutdated   = "That button belongs to a chat we no longer know."
)

// press settles a button or a message shortcut.
func (a *App) press(ctx context.Context, e bridge.Envelope, n notice) error {
	if !opensForm(n.Action) {
		return a.settle(ctx, e, n)
	}
	return a.patiently(ctx, e, n, func(n notice) error { return a.settle(ctx, e, n) })
}

func (a *App) settle(ctx context.Context, e bridge.Envelope, n notice) error {
	if n.Kind == notePress && n.Block == menuBlock {
		n.Thread = "" // the menu stands in no thread
		words := strings.Fields(n.Value)
		if len(words) == 0 {
			return nil
		}
		text, err := a.obey(ctx, e, n, words[0], words[1:])
		if err == nil && text != "" {
			a.tell(ctx, n, text)
		}
		return err
	}
	if n.Kind == notePress && (n.Block == actMe || n.Block == mineBlock) {
		return a.ownPress(ctx, e, n)
	}
	if n.Kind == notePress && n.Action == actTestChat {
		return a.testChat(ctx, e, n)
	}
	if n.Kind == notePress && isTaskAction(n.Action) {
		return a.taskPress(ctx, e, n)
	}
	offered := buttons()
	if n.Kind == noteShortcut {
		offered = shortcuts()
	}
	if !knows(offered, n.Action) {
		return nil // an element without an effect, as a link
	}
	old := a.d.c.Clock.Now().Sub(e.ReceivedAt) > pressFor
	if old {
		a.tell(ctx, n, sayPressAgain)
		return nil
	}
	switch n.Action {
	case actTranscript, actEarlier, actLater:
		return a.transcript(ctx, n)
	}
	who, err := a.d.person(ctx, n.User)
	if err != nil {
		return err
	}
	if who.Nobody {
		return nil
	}
	if n.Action == actAgain {
		return a.sendAgain(ctx, n, who.Agent)
	}
	p := bridge.Press{Key: e.Key, Agent: who.Agent, Stamp: n.At}
	found, err := a.subject(ctx, n, &p)
	if err != nil {
		return err
	}
	if !found {
		if n.Kind == noteShortcut {
			a.tell(ctx, n, "This works on a line in the thread of a visitor's chat.")
		} else {
			a.tell(ctx, n, sayOutdated)
		}
		return nil
	}
	if asksAboutChat(n.Action) {
		return a.openForm(ctx, n, p)
	}
	ev, err := a.owning(ctx, n, p)
	if err != nil {
		return err
	}
	if ev == nil {
		ev = event(n, p)
	}
	r, err := a.bridge.Handle(ctx, ev)
	if err != nil {
		return err
	}
	if _, claim := ev.(bridge.AgentClaimed); claim {
		killpoint.Reach(killpoint.ClaimCommitted)
	}
	if _, undo := ev.(bridge.AgentUndid); undo && r.Verdict == bridge.Done {
		killpoint.Reach(killpoint.UndoCommitted)
	}
	if r.Repeat {
		return nil
	}
	a.answer(ctx, n, p, r)
	return nil
}

// opensForm reports whether a press shows a form or turns one's pages, for
// which its trigger is good for 3 s.
func opensForm(action string) bool {
	switch action {
	case actResolve, actTransfer, actSnooze, actEditDraft, actArticle, actTranscript, actEarlier, actLater,
		actTaskNew, actTaskEdit, actTaskDone, actTaskLater:
		return true
	}
	return false
}

// hurries reports whether a press cannot wait for its turn in the queue: it
// opens a form, or may.
func hurries(action string) bool {
	return opensForm(action) || strings.HasPrefix(action, actMenu+"_") || strings.HasPrefix(action, actMe+"_")
}

// event is the bridge's word for a press.
func event(n notice, p bridge.Press) bridge.Event {
	switch n.Action {
	case actClaim:
		return bridge.AgentClaimed{Press: p}
	case actRelease:
		return bridge.AgentReleased{Press: p}
	case actReopen:
		return bridge.AgentReopened{Press: p}
	case actSuggest:
		return bridge.AgentAskedForDraft{Press: p}
	case actSummarise:
		return bridge.AgentAskedForBrief{Press: p}
	case actClaimAndSend:
		return bridge.AgentSentLine{Press: p, Line: lineKey(n), Claim: true}
	case actSend:
		return bridge.AgentSentLine{Press: p, Line: lineKey(n)}
	case actUndo:
		return bridge.AgentUndid{Press: p, Line: lineKey(n)}
	default:
		return bridge.AgentKeptLine{Press: p, Line: lineKey(n)}
	}
}

// lineKey is the line that a press is about: named by the block of the private
// question, or for a shortcut the message itself.
func lineKey(n notice) string {
	if key, ok := strings.CutPrefix(n.Block, linePrefix); ok && n.Kind == notePress {
		return key
	}
	return n.Channel + ":" + n.Stamp
}

// subject finds the conversation and handoff of a press: from the button's
// value, or for a shortcut from the thread.
func (a *App) subject(ctx context.Context, n notice, p *bridge.Press) (bool, error) {
	if n.Kind == noteShortcut {
		if n.Parent == "program" || n.Thread == n.Stamp {
			return false, nil
		}
		c, ok, err := a.conversation(ctx, notice{Channel: n.Channel, Thread: n.Thread})
		p.Conversation, p.Handoff = c.ID, c.Handoff
		return ok, err
	}
	h, err := a.d.store.Handoff(ctx, bridge.HandoffID(n.Value))
	if err == nil {
		p.Conversation, p.Handoff = h.Conversation, h.ID
		return true, nil
	}
	if !errors.Is(err, bridge.ErrNotFound) {
		return false, err
	}
	c, err := a.d.store.Conversation(ctx, bridge.ConversationID(n.Value))
	if errors.Is(err, bridge.ErrNotFound) {
		return false, nil
	}
	p.Conversation = c.ID
	return err == nil, err
}

// answer tells the presser what came of it, where the card does not say it
// already, and redraws a card that misled them.
func (a *App) answer(ctx context.Context, n notice, p bridge.Press, r bridge.Receipt) {
	private := n.Action == actSend || n.Action == actKeep || n.Action == actClaimAndSend || n.Action == actWithdraw || n.Action == actUndo
	switch {
	case r.Verdict == bridge.Done && !private:
		return
	case r.Verdict == bridge.Done && n.Action == actUndo:
		a.replace(ctx, n, "↩️ Taken back. It stays between colleagues.")
	case r.Verdict == bridge.Done && n.Action == actKeep:
		a.replace(ctx, n, "🔒 Kept between colleagues.")
	case r.Verdict == bridge.Done && n.Action == actWithdraw:
		a.tell(ctx, n, "🔒 Taken back: the visitor does not see this line any more.")
	case r.Verdict == bridge.Done:
		a.replace(ctx, n, "✅ Sent to the visitor.")
	case private && r.Verdict == bridge.Ignored && n.Action == actKeep:
		a.replace(ctx, n, "🔒 It stays between colleagues.")
	case r.Verdict == bridge.Ignored && n.Action == actWithdraw:
		a.tell(ctx, n, "The visitor does not have this line, so there is nothing to take back.")
	case private && r.Verdict == bridge.Ignored:
		a.replace(ctx, n, "The visitor has this line already.")
	case private && r.Verdict == bridge.Stale:
		a.tell(ctx, n, "That line is gone, or it was never seen here, so nothing was done with it.")
	default:
		a.tell(ctx, n, a.explain(ctx, r, p))
		a.refresh(ctx, p)
	}
}

// explain says in words why something was not done.
func (a *App) explain(ctx context.Context, r bridge.Receipt, p bridge.Press) string {
	name := escape(orElse(r.Agent.Name, "Somebody else"))
	switch r.Verdict {
	case bridge.AlreadyClaimed:
		if r.Agent.ID == p.Agent.ID {
			return "You have this one already."
		}
		return name + " has this one" + a.sinceWhen(ctx, p.Conversation) + ". You can read along in the thread."
	case bridge.NotHolder:
		if r.Agent.ID == "" {
			return "Nobody has this chat at present. Press Claim first."
		}
		return name + " has this chat" + a.sinceWhen(ctx, p.Conversation) + ", so only they can do that."
	case bridge.AlreadyOver:
		return "This request is over already. Nothing was changed."
	case bridge.NotAllowed:
		return "Guests and people of other organisations can read along here, but not act."
	case bridge.NotManager:
		return "Only managers may do that here."
	case bridge.NotEligible:
		return "That person or team cannot take chats: guests and people of other organisations can only read along. Nothing was changed."
	case bridge.NoSlot:
		return "No call can be booked: calls of this team are not bookable, or no time is free."
	case bridge.Full:
		return name + " has as many chats as they can take. Nothing was changed; choose somebody else or a team."
	case bridge.Blocked:
		return "This visitor is blocked. Unblock them first."
	case bridge.NotAuthor:
		return "That line is a colleague's; only whoever wrote it can decide about it."
	case bridge.Stale:
		return "Things have changed meanwhile, so nothing was done. The card shows how it stands now."
	case bridge.Conflict, bridge.Ignored:
		return "There was nothing to do."
	default:
		return "Done."
	}
}

// sinceWhen says how long the present hold lasts, in the reader's own time.
func (a *App) sinceWhen(ctx context.Context, id bridge.ConversationID) string {
	c, err := a.d.store.Conversation(ctx, id)
	if err != nil || len(c.Holds) == 0 {
		return ""
	}
	last := c.Holds[len(c.Holds)-1]
	at, ok := stampTime(last.From)
	if !ok || last.End != bridge.HoldLasts {
		return ""
	}
	return " since " + dateToken(at, "{time}")
}

// refresh redraws the cards of a conversation at once. Only the process that
// sends for the workspace may; elsewhere the cards' own deliveries do.
func (a *App) refresh(ctx context.Context, p bridge.Press) {
	if !a.d.maySend() || a.d.limit.of("chat.update").wait(a.d.c.Clock.Now()) > 0 {
		return
	}
	if _, err := a.d.redraw(ctx, bridge.KindRootCard, p.Conversation, "", redrawn+bridge.DeliveryID(p.Conversation)); err != nil {
		a.log.Warn("slack: cannot redraw a card", "conversation", p.Conversation, "error", err)
	}
	if p.Handoff == "" {
		return
	}
	if _, err := a.d.redraw(ctx, bridge.KindAlertCard, p.Conversation, p.Handoff, redrawn+bridge.DeliveryID(p.Handoff)); err != nil {
		a.log.Warn("slack: cannot redraw an alert", "handoff", p.Handoff, "error", err)
	}
}

// redrawn begins what stands for a delivery's id where no delivery asked for
// the update and the one that made the post is forgotten.
const redrawn = bridge.DeliveryID("redrawn:")

// reaction resolves a chat whose holder marks its root card.
func (a *App) reaction(ctx context.Context, e bridge.Envelope, n notice) error {
	if n.Name != resolveEmoji {
		return nil
	}
	c, err := a.d.byThread(ctx, bridge.Place{Channel: n.Channel, Stamp: n.Stamp})
	if errors.Is(err, bridge.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	who, err := a.d.person(ctx, n.User)
	if err != nil {
		return err
	}
	if err := a.noteChecked(ctx, c.Thread, n.User); err != nil {
		return err
	}
	// Anybody may put a mark on a card; only the holder's means something.
	if who.Nobody || c.Holder != who.ID {
		return nil
	}
	_, err = a.bridge.Handle(ctx, bridge.AgentResolved{
		Press:   bridge.Press{Key: e.Key, Conversation: c.ID, Handoff: c.Handoff, Agent: who.Agent, Stamp: n.At},
		Outcome: bridge.Solved,
	})
	return err
}

// tell answers whoever pressed, so that only they see it: by the press's own
// address, else as an ephemeral message.
func (a *App) tell(ctx context.Context, n notice, text string) {
	a.respond(ctx, n, text, false)
}

// replace puts the answer in the place of a private question.
func (a *App) replace(ctx context.Context, n notice, text string) {
	a.respond(ctx, n, text, n.Ephemeral)
}

func (a *App) respond(ctx context.Context, n notice, text string, instead bool) {
	ctx, cancel := a.d.call(ctx)
	defer cancel()
	if n.ResponseURL != "" {
		m := &slack.WebhookMessage{
			Text: text, ResponseType: slack.ResponseTypeEphemeral, ReplaceOriginal: instead, Parse: "none",
		}
		if !instead && n.Kind != noteCommand && n.Thread != "" {
			m.ThreadTimestamp = n.Thread
		}
		err := slack.PostWebhookCustomHTTPContext(ctx, n.ResponseURL, a.d.http, m)
		if err == nil {
			return
		}
		a.log.Info("slack: a response address did not work; sending it as a message", "error", withoutAddress(err))
	}
	if n.Channel == "" {
		return
	}
	opts := []slack.MsgOption{slack.MsgOptionText(text, false), slack.MsgOptionParse(false)}
	if n.Thread != "" && n.Kind != noteCommand {
		opts = append(opts, slack.MsgOptionTS(n.Thread))
	}
	if _, err := a.d.api.PostEphemeralContext(ctx, a.d.called(n.Channel), n.User, opts...); err != nil {
		a.log.Warn("slack: cannot answer a press", "action", n.Action, "error", err)
	}
}

// withoutAddress is an error without the address it happened at: whoever has a
// response address may answer for us.
func withoutAddress(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
