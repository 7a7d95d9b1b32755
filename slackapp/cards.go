package slackapp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
	"threadline/bridge/lead"
)

// Action ids of buttons and, where they exist, callback ids of shortcuts.
const (
	actClaim        = "claim"
	actClaimAndSend = "claim_and_send"
	actSend         = "send_to_visitor"
	actKeep         = "keep_internal"
	actWithdraw     = "withdraw"
	actArticle      = "make_article"
	actUndo         = "undo"
	actRelease      = "release"
	actResolve      = "resolve"
	actReopen       = "reopen"
	actAgain        = "try_again"
)

// A card is a post that shows the present state.
type card struct {
	text          string
	blocks, spare []slack.Block
}

// sendCard brings a card up to date. The newest wish wins, and the state is
// read at the moment of sending.
func (d *Desk) sendCard(ctx context.Context, row bridge.Delivery) {
	if !d.maySend() {
		d.retry(ctx, row, 0, "the sender's lease ran short")
		return
	}
	done, err := d.draw(ctx, row)
	if err == nil && done {
		d.works()
		d.complete(ctx, row, bridge.Place{})
		return
	}
	if err == nil {
		d.awaitPost(ctx, row)
		return
	}
	var shut errClosed
	if errors.As(err, &shut) {
		w, why := d.closed.wait(shut.channel, d.c.Clock.Now())
		d.retry(ctx, row, max(w, time.Second), why)
		return
	}
	if isComposeError(err) {
		d.cannotCompose(ctx, row, err)
		return
	}
	switch f := judge(err); f.kind {
	case alreadySo:
		d.complete(ctx, row, bridge.Place{})
	case rateLimited:
		d.parked(ctx, row, "chat.update", f.wait, err)
	case badContent, subjectGone:
		if c, cerr := d.store.Conversation(ctx, row.Conversation); cerr == nil && row.Kind == bridge.KindRootCard && f.kind == subjectGone {
			d.missing(c.Thread)
		}
		d.abandon(ctx, row, err)
	default:
		// An update that was applied without our hearing of it may be applied
		// again.
		d.noteError("chat.update", err)
		d.retry(ctx, row, backoff(row.Attempts, retryCap/2, rand.Float64()), err.Error())
	}
}

// draw does what a row of the cards' lane asks for; false means that there is
// no post to update yet.
func (d *Desk) draw(ctx context.Context, row bridge.Delivery) (bool, error) {
	switch row.Kind {
	case bridge.KindLeft:
		return true, d.leave(ctx, row)
	case bridge.KindReopened:
		return true, d.tellReopened(ctx, row)
	case bridge.KindTaskCard:
		return d.redrawTask(ctx, row)
	}
	return d.redraw(ctx, row.Kind, row.Conversation, bridge.HandoffID(row.Subject), row.ID)
}

// awaitPost handles a card that is not posted yet. The post shows the state at
// its own time, so it matters only that nothing changed in between.
func (d *Desk) awaitPost(ctx context.Context, row bridge.Delivery) {
	if row.Kind == bridge.KindAlertCard {
		h, err := d.store.Handoff(ctx, bridge.HandoffID(row.Subject))
		if err == nil && (!h.Alerted || row.Attempts > 12 && !h.Open()) {
			d.complete(ctx, row, bridge.Place{}) // it is not shown, or was over before it was
			return
		}
	}
	if row.Kind == bridge.KindTaskCard && row.Attempts > 12 {
		d.complete(ctx, row, bridge.Place{}) // its post was called off
		return
	}
	d.retry(ctx, row, backoff(row.Attempts, 10*time.Second, rand.Float64()), "not posted yet")
}

type composeError struct{ error }

func (e composeError) Unwrap() error { return e.error }

func isComposeError(err error) bool {
	_, ok := err.(composeError) //nolint:errorlint // set by redraw itself, never wrapped
	return ok
}

// redraw updates one card; false means that there is no post to update yet.
func (d *Desk) redraw(ctx context.Context, kind string, c bridge.ConversationID, h bridge.HandoffID, id bridge.DeliveryID) (bool, error) {
	d.cards.Lock()
	defer d.cards.Unlock()
	var (
		at  bridge.Place
		now card
		m   slack.SlackMetadata
	)
	switch kind {
	case bridge.KindRootCard:
		conv, err := d.store.Conversation(ctx, c)
		if err != nil {
			return false, composeError{err}
		}
		at, m = conv.Thread, threadMeta(c, d.marks.of(conv.Thread, id))
		if at.IsZero() || at == conv.Left {
			return false, nil
		}
		if now, err = d.rootCard(ctx, c); err != nil {
			return false, composeError{err}
		}
	case bridge.KindAlertCard:
		hand, err := d.store.Handoff(ctx, h)
		if err != nil {
			return false, composeError{err}
		}
		conv, err := d.store.Conversation(ctx, c)
		if err != nil {
			return false, composeError{err}
		}
		at, m = hand.Alert, alertMeta(c, h, d.marks.of(hand.Alert, id))
		// One that is open and was left behind links on; see [Desk.leave].
		if at.IsZero() || hand.Open() && at.Channel == conv.Left.Channel && at.Channel != conv.Thread.Channel {
			return false, nil
		}
		if now, err = d.alertCard(ctx, h, mentionless); err != nil {
			return false, composeError{err}
		}
	default:
		return false, composeError{fmt.Errorf("%w: kind %q", errUnfit, kind)}
	}
	err := d.update(ctx, at, now.text, now.blocks, m)
	if err != nil && judge(err).kind == badContent && len(now.spare) > 0 {
		d.log.Error("slack: refused a card; showing the plain one", "kind", kind, "error", err)
		err = d.update(ctx, at, now.text, now.spare, m)
	}
	return err == nil, err
}

// update calls chat.update once. Metadata goes with it, or Slack drops it.
func (d *Desk) update(ctx context.Context, at bridge.Place, text string, blocks []slack.Block, m slack.SlackMetadata) error {
	d.limit.of("chat.update").take(d.c.Clock.Now())
	ctx, cancel := d.call(ctx)
	defer cancel()
	_, _, _, err := d.api.UpdateMessageContext(ctx, d.called(at.Channel), at.Stamp,
		slack.MsgOptionText(clipEscaped(text, maxUpdateText), false),
		slack.MsgOptionBlocks(blocks...),
		slack.MsgOptionMetadata(m),
		slack.MsgOptionParse(false))
	return err
}

// rootCard shows who the visitor is and who answers them. It carries no lines.
func (d *Desk) rootCard(ctx context.Context, id bridge.ConversationID) (card, error) {
	c, err := d.store.Conversation(ctx, id)
	if err != nil {
		return card{}, err
	}
	v, err := d.visitor(ctx, c.VisitorID)
	if err != nil {
		return card{}, err
	}
	holder, err := d.holder(ctx, c)
	if err != nil {
		return card{}, err
	}
	var since time.Time
	if c.Status == bridge.Queued && c.Handoff != "" {
		if h, err := d.store.Handoff(ctx, c.Handoff); err == nil {
			since = h.WaitingSince
		}
	}
	notes, err := d.notes(ctx, c)
	if err != nil {
		return card{}, err
	}
	if call, err := d.callNote(ctx, c); err != nil {
		return card{}, err
	} else if call != "" {
		notes = append(notes, call)
	}
	for _, j := range c.Joins {
		if j.End != bridge.HoldLasts {
			continue
		}
		if who, err := d.agent(ctx, j.Agent); err == nil {
			notes = append(notes, inert(orElse(who.Name, "An agent"))+" answers too")
		}
	}
	r := root{conversation: c, visitor: v, holder: holder, since: since, notes: notes}
	if v.Owner != "" {
		if r.owner, err = d.agent(ctx, v.Owner); err != nil {
			return card{}, err
		}
	}
	return r.draw(), nil
}

// stars shows a rating; empty for none.
func stars(r bridge.Rating) string {
	n := min(max(r.Score, 0), bridge.MaxScore)
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s%s %d of %d", strings.Repeat("★", n), strings.Repeat("☆", bridge.MaxScore-n), n, bridge.MaxScore)
}

// A root is what drawing a root card needs.
type root struct {
	conversation bridge.Conversation
	visitor      bridge.Visitor
	holder       bridge.Agent // zero if nobody has it
	owner        bridge.Agent // who last solved something for the visitor
	since        time.Time    // how long a person has been waited for; zero if none is
	notes        []string     // stand below, in small
}

// draw lays the root card out; it is pure.
func (r root) draw() card {
	c, v, notes := r.conversation, r.visitor, r.notes
	title := "💬 " + visitorName(v)
	paras := []para{
		labelled("Contact", contactLine(v)),
		labelled("Known", knownLine(v.Lead)),
		labelled("Lead", leadLine(v.Lead)),
		pageLine(c.PageURL),
		labelled("Pages before", trailLine(c)),
		labelled("From", arrivalLine(c, v)),
		labelled("History", historyLine(c, r.owner)),
		{bold("Status: "), plain(statusWords(c, v, r.holder))},
		labelled("Tags", strings.Join(c.Tags, ", ")),
		labelled("Rated", stars(c.Rating)),
	}
	blocks := append([]slack.Block{header(title)}, rich(paras...)...)
	text := escape(title) + "\n" + sayAll(paras, maxUpdateText)
	if !r.since.IsZero() {
		notes = append([]string{waitingSince(r.since)}, notes...)
	}
	if !c.SnoozedUntil.IsZero() {
		notes = append([]string{"💤 Snoozed until " + dateToken(c.SnoozedUntil, "{date_short_pretty}, {time}")}, notes...)
	}
	if foot := strings.Join(notes, " · "); foot != "" {
		blocks = append(blocks, aside(foot))
		text += "\n" + foot
	}
	spare := []slack.Block{ours("A visitor's chat. " + statusIcon(c.Status) + " " + string(c.Status))}
	buttons := rootButtons(c, v)
	return card{text: text, blocks: append(blocks, buttons...), spare: append(spare, buttons...)}
}

func rootButtons(c bridge.Conversation, v bridge.Visitor) []slack.Block {
	value := string(c.Handoff)
	if value == "" {
		value = string(c.ID)
	}
	var row []slack.BlockElement
	switch {
	case !v.BlockedAt.IsZero():
		row = append(row, button(actUnblock, value, "Unblock", slack.StyleDefault))
	case c.Status == bridge.Assigned:
		joined := slices.ContainsFunc(c.Joins, func(h bridge.Hold) bool { return h.End == bridge.HoldLasts })
		return handButtons(value, !c.SnoozedUntil.IsZero(), joined)
	case c.Status == bridge.Resolved:
		row = append(row, button(actReopen, value, "Reopen", slack.StyleDefault))
	case c.Status == bridge.Queued:
		row = append(row, button(actClaim, value, "Claim", slack.StyleDefault), blockButton(value))
	case c.Status == bridge.Automatic:
		row = append(row, button(actClaim, value, "Claim", slack.StyleDefault))
	default:
		return nil
	}
	if c.Quiet {
		row = append(row, button(actTranscript, string(c.ID), "Show transcript", slack.StyleDefault))
	}
	return []slack.Block{slack.NewActionBlock("", row...)}
}

func statusIcon(s bridge.Status) string {
	switch s {
	case bridge.Queued:
		return "🟠"
	case bridge.Assigned:
		return "🟢"
	case bridge.Resolved:
		return "✅"
	default:
		return "🤖"
	}
}

func statusWords(c bridge.Conversation, v bridge.Visitor, holder bridge.Agent) string {
	if !v.BlockedAt.IsZero() {
		return "🚫 Blocked"
	}
	icon := statusIcon(c.Status) + " "
	switch c.Status {
	case bridge.Queued:
		return icon + "Waiting for a person"
	case bridge.Assigned:
		return icon + orElse(holder.Name, "An agent") + " has this chat"
	case bridge.Resolved:
		return icon + "Resolved"
	default:
		return icon + "The assistant answers"
	}
}

func waitingSince(t time.Time) string {
	return "⏱ Waiting since " + dateToken(t, "{time}") + " (" + dateToken(t, "{ago}") + ")"
}

func visitorName(v bridge.Visitor) string {
	if name := strings.TrimSpace(v.Name); name != "" {
		return name
	}
	id := string(v.ID)
	if len(id) > 4 {
		id = id[len(id)-4:]
	}
	return strings.TrimSpace("Visitor " + strings.ToUpper(id))
}

// contactLine is how the visitor can be reached, shortened: people paste
// anything into forms.
func contactLine(v bridge.Visitor) string {
	var parts []string
	for _, s := range []string{v.Email, v.Phone} {
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, clip(s, 200))
		}
	}
	switch r := v.Reach; r.Status {
	case bridge.ReachTrying:
		parts = append(parts, "📵 not reached yet, "+plural(r.Tries, "attempt", "attempts"))
	case bridge.ReachUnreachable:
		parts = append(parts, "📵 given up after "+plural(r.Tries, "attempt", "attempts"))
	case bridge.ReachReached:
		parts = append(parts, "📞 reached")
	}
	return strings.Join(parts, " · ")
}

// knownLine is what is known beside how to reach the visitor.
func knownLine(a lead.Assessment) string {
	return clip(strings.Join(a.Facts, " · "), maxKnown)
}

// leadLine is what the visitor wants and has come to, with the reasons.
func leadLine(a lead.Assessment) string {
	if a.Stage == "" || a.Stage == lead.New {
		return ""
	}
	parts := []string{string(a.Stage)}
	if a.Intent != lead.NoIntent {
		parts = append(parts, string(a.Intent))
	}
	s := fmt.Sprintf("%s · score %d", strings.Join(parts, " · "), a.Score)
	if len(a.Reasons) > 0 {
		s += " (" + strings.Join(a.Reasons, ", ") + ")"
	}
	return clip(s, maxKnown)
}

func pageLine(page string) para {
	if page == "" {
		return nil
	}
	return para{bold("Page: "), span{text: clip(page, 500), url: webLink(clip(page, 500))}}
}

// Bounds on a line of the root card, in code points.
const (
	maxTrailPage = 60
	maxArrival   = 200
)

// trailLine is the way to the present page, the newest first.
func trailLine(c bridge.Conversation) string {
	var pages []string
	for _, page := range slices.Backward(c.Trail) {
		if page == c.PageURL {
			continue
		}
		if u, err := url.Parse(page); err == nil && u.Path != "" {
			page = u.Path
		}
		pages = append(pages, clip(page, maxTrailPage))
	}
	return strings.Join(pages, " ← ")
}

// arrivalLine is what the visitor came with and from where.
func arrivalLine(c bridge.Conversation, v bridge.Visitor) string {
	var parts []string
	if c.Device != "" {
		parts = append(parts, c.Device)
	}
	if zone := zoneOf(c, v); zone != "" {
		parts = append(parts, zone)
	}
	if c.Locale != "" {
		parts = append(parts, "language "+c.Locale)
	}
	if u, err := url.Parse(c.Referrer); err == nil && u.Host != "" {
		parts = append(parts, "by way of "+u.Host)
	}
	return clip(strings.Join(parts, " · "), maxArrival)
}

// zoneOf is the time zone that the visitor's browser names and how far it was
// from UTC when they last wrote; nothing for a name that is no zone.
func zoneOf(c bridge.Conversation, v bridge.Visitor) string {
	name := v.Attributes[bridge.TimeZone]
	if !strings.Contains(name, "/") {
		return ""
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return ""
	}
	words := "time zone " + name
	if at := c.LastVisitorAt; !at.IsZero() {
		words += " (UTC" + at.In(zone).Format("-07:00") + ")"
	}
	return words
}

// historyLine is what has been before.
func historyLine(c bridge.Conversation, owner bridge.Agent) string {
	var parts []string
	if n := c.Episode - 1; n > 0 {
		parts = append(parts, plural(n, "earlier chat", "earlier chats"))
	}
	if owner.ID != "" {
		parts = append(parts, orElse(owner.Name, string(owner.ID))+" knows them")
	}
	return clip(strings.Join(parts, " · "), maxArrival)
}

// holder is who holds the conversation, zero if nobody does.
func (d *Desk) holder(ctx context.Context, c bridge.Conversation) (bridge.Agent, error) {
	if c.Holder == "" {
		return bridge.Agent{}, nil
	}
	return d.agent(ctx, c.Holder)
}
