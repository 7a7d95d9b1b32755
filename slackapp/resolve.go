package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"threadline/bridge"
	"threadline/bridge/killpoint"
)

// The resolve modal. In modals a block's id is its element's action id.
const (
	viewResolve  = "resolve_modal"
	fieldOutcome = "outcome"
	fieldNote    = "note"
	// maxNote is the longest text that an input takes (Slack: plain_text_input).
	maxNote = 3000
)

// modalMeta is what a modal carries to its submission.
type modalMeta struct {
	Conversation bridge.ConversationID `json:"conversation"`
	Handoff      bridge.HandoffID      `json:"handoff,omitempty"`
}

// openResolve shows the modal to the holder, within the 3 s that the press's
// trigger lives, and tells everybody else who the holder is.
func (a *App) openResolve(ctx context.Context, n notice, p bridge.Press) error {
	c, err := a.d.store.Conversation(ctx, p.Conversation)
	if err != nil {
		return err
	}
	if v, holder, err := a.mayResolve(ctx, c, p); err != nil {
		return err
	} else if v != bridge.Done {
		a.tell(ctx, n, a.explain(ctx, bridge.Receipt{Verdict: v, Agent: holder}, p))
		a.refresh(ctx, p)
		return nil
	}
	m, err := json.Marshal(modalMeta{Conversation: p.Conversation, Handoff: p.Handoff})
	if err != nil {
		return err
	}
	if err := a.showForm(ctx, n, resolveView(string(m))); err != nil {
		a.log.Warn("slack: cannot open the resolve form", "error", err)
		a.tell(ctx, n, sayPressAgain)
	}
	return nil
}

// mayResolve judges a press on Resolve before the form is shown. The
// submission is judged again, under the lock.
func (a *App) mayResolve(ctx context.Context, c bridge.Conversation, p bridge.Press) (bridge.Verdict, bridge.Agent, error) {
	switch {
	case p.Agent.Outsider:
		return bridge.NotAllowed, bridge.Agent{}, nil
	case c.Status != bridge.Assigned && c.Status != bridge.Queued:
		return bridge.AlreadyOver, bridge.Agent{}, nil
	case c.Holder == p.Agent.ID:
		return bridge.Done, bridge.Agent{}, nil
	}
	holder, err := a.d.holder(ctx, c)
	return bridge.NotHolder, holder, err
}

func resolveView(meta string) slack.ModalViewRequest {
	text := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
	}
	option := func(o bridge.Outcome, label string) *slack.OptionBlockObject {
		return slack.NewOptionBlockObject(string(o), text(label), nil)
	}
	outcome := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, text("Choose one"), fieldOutcome,
		option(bridge.Solved, "Solved"),
		option(bridge.Booked, "Booked"),
		option(bridge.NeedsEscalation, "Needs escalation"),
		option(bridge.Lost, "Lost"),
	)
	note := slack.NewPlainTextInputBlockElement(text("Visit booked for Tuesday at 9, technician calls ahead"), fieldNote)
	note.Multiline = true
	note.MaxLength = maxNote
	noteBlock := slack.NewInputBlock(fieldNote, text("What was agreed"),
		text("The assistant reads this if the visitor comes back."), note)
	noteBlock.Optional = true
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewResolve, PrivateMetadata: meta,
		Title: text("Resolve this chat"), Submit: text("Resolve"), Close: text("Cancel"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock(fieldOutcome, text("What came of it"), nil, outcome),
			noteBlock,
		}},
	}
}

// submitWithin leaves time for the acknowledgement within Slack's 3 s.
const submitWithin = 2200 * time.Millisecond

const sayNotSaved = "This could not be saved just now. Please send it once more."

// submitted settles a modal and returns what the acknowledgement carries: nil
// closes the modal, errors keep it open. The outcome is committed before it is
// acknowledged; the view's id makes a second try the same event.
func (a *App) submitted(ctx context.Context, s submission) any {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), submitWithin)
	defer cancel()
	settle, first := a.resolved, fieldOutcome
	switch s.callback {
	case viewResolve:
	case viewTransfer, viewSnooze:
		settle, first = a.handed, firstField(s.callback)
	case viewTask, viewTaskDone, viewTaskLater:
		settle, first = a.tasked, firstField(s.callback)
	case viewArticle:
		settle, first = a.articled, fieldQuestions
	case viewDraft:
		settle, first = a.sentDraft, fieldReply
	case viewTeam, viewHours, viewTargets:
		settle, first = a.saved, firstField(s.callback)
	default:
		a.log.Warn("slack: unknown form", "callback", s.callback)
		return nil
	}
	who, err := a.d.person(ctx, s.user)
	if err != nil {
		a.log.Warn("slack: cannot tell who sent a form", "error", err)
		return slack.NewErrorsViewSubmissionResponse(map[string]string{first: sayNotSaved})
	}
	wrong, err := settle(ctx, s, who)
	if err != nil {
		if !errors.Is(err, bridge.ErrUnavailable) {
			a.log.Error("slack: cannot settle a form", "form", s.callback, "error", err)
		}
		wrong = map[string]string{first: sayNotSaved}
	}
	if len(wrong) > 0 {
		return slack.NewErrorsViewSubmissionResponse(wrong)
	}
	return nil
}

// tooLong says why a note cannot be kept whole; empty if it can.
func tooLong(text string) string {
	if n := utf8.RuneCountInString(text); n > maxNote {
		return fmt.Sprintf("This has %d characters, and at most %d fit. Nothing was done.", n, maxNote)
	}
	return ""
}

// resolved settles the form of a resolve and returns what is wrong with it, by
// field.
func (a *App) resolved(ctx context.Context, s submission, who person) (map[string]string, error) {
	refuse := func(why string) (map[string]string, error) { return map[string]string{fieldOutcome: why}, nil }
	var m modalMeta
	if err := json.Unmarshal([]byte(s.meta), &m); err != nil {
		return refuse("This form is out of date. Please close it and press Resolve again.")
	}
	chosen := ""
	if f := s.values[fieldOutcome][fieldOutcome]; f.Selected != nil {
		chosen = f.Selected.Value
	}
	outcome, ok := bridge.ParseOutcome(chosen)
	if !ok {
		return refuse("Please choose what came of it.")
	}
	p := bridge.Press{
		Key: "view:" + s.view, Conversation: m.Conversation, Handoff: m.Handoff,
		Agent: who.Agent, Stamp: a.d.clock.now(a.d.c.Clock.Now()),
	}
	r, err := a.bridge.Handle(ctx, bridge.AgentResolved{
		Press: p, Outcome: outcome, Note: s.values[fieldNote][fieldNote].Value,
	})
	if err != nil {
		return nil, err
	}
	if r.Verdict != bridge.Done {
		return refuse(plainWords(a.explain(ctx, r, p)))
	}
	killpoint.Reach(killpoint.ResolveBeforeAck)
	return nil, nil
}
