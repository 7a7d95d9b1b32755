package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// What the assistant does for one agent, who alone sees it.
const (
	actSuggest   = "suggest_reply"
	actSummarise = "summarize"
	// actEditDraft opens a suggested reply for its reader's own words.
	actEditDraft = "edit_suggestion"
	viewDraft    = "suggestion_modal"
	fieldReply   = "reply"
)

// copilotButtons stand on what a held chat offers.
func copilotButtons(value string) *slack.ActionBlock {
	return slack.NewActionBlock("",
		button(actSuggest, value, "Suggest a reply", slack.StyleDefault),
		button(actSummarise, value, "Summarize", slack.StyleDefault))
}

// suggestionCard shows its reader a reply that the assistant suggests. The
// line's key rides in the block's id, as on a line that was held.
func suggestionCard(b bridge.SuggestionBody, value string) (string, []slack.Block) {
	title := "💡 *A suggested reply.* Only you can see it; the visitor sees it if you send it."
	text := []string{title, "“" + escape(b.Text) + "”"}
	blocks := append([]slack.Block{ours(title)}, quoted(b.Text)...)
	var from []para
	for _, s := range b.Sources {
		if p := source(s); p != nil {
			from = append(from, p)
		}
	}
	if len(from) > 0 {
		text = append(text, sayAll(from, maxUpdateText))
		blocks = append(blocks, rich(from...)...)
	}
	return strings.Join(text, "\n"), append(blocks, slack.NewActionBlock(lineBlock(b.Line),
		button(actSend, value, "Send", slack.StylePrimary),
		button(actEditDraft, value, "Edit", slack.StyleDefault)))
}

// briefCard tells its reader what a chat is about.
func briefCard(b bridge.BriefBody) (string, []slack.Block) {
	title := "📋 *This chat in short.* Only you can see it."
	s := b.Summary
	paras := []para{
		labelled("Wants", clip(s.Issue, maxIssue)),
		labelled("Still open", clip(s.OpenQuestion, maxQuestion)),
	}
	if s.Issue == "" {
		paras = []para{{plain("The visitor has written nothing yet.")}}
	}
	if len(s.Tried) > 0 {
		paras = append(paras, para{bold("What the assistant tried:")})
		for _, t := range s.Tried {
			paras = append(paras, para{plain("• " + clip(t, maxTried))})
		}
	}
	if len(b.Said) > 0 {
		paras = append(paras, para{bold("Said last:")})
		for _, l := range b.Said {
			paras = append(paras, para{bold(speaker(l) + ": "), plain(clip(l.Text, maxTried))})
		}
	}
	return title + "\n" + sayAll(paras, maxUpdateText), append([]slack.Block{ours(title)}, rich(paras...)...)
}

// forOne makes the call that shows a suggestion or a brief to its reader.
func (d *Desk) forOne(c bridge.Conversation, row bridge.Delivery) (func(context.Context) error, error) {
	var (
		to     bridge.AgentID
		text   string
		blocks []slack.Block
		err    error
	)
	if row.Kind == bridge.KindSuggestion {
		var b bridge.SuggestionBody
		err = json.Unmarshal(row.Body, &b)
		to = b.Agent
		text, blocks = suggestionCard(b, orElse(string(b.Value), string(row.Conversation)))
	} else {
		var b bridge.BriefBody
		err = json.Unmarshal(row.Body, &b)
		to = b.Agent
		text, blocks = briefCard(b)
	}
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		_, err := d.api.PostEphemeralContext(ctx, d.called(c.Thread.Channel), string(to),
			slack.MsgOptionTS(c.Thread.Stamp), slack.MsgOptionText(clipEscaped(text, maxUpdateText), false),
			slack.MsgOptionParse(false), slack.MsgOptionBlocks(blocks...))
		return err
	}, nil
}

// draftMeta is what the form of a suggested reply carries.
type draftMeta struct {
	modalMeta
	Line string `json:"line"`
}

// openDraft shows a suggested reply to its reader for editing.
func (a *App) openDraft(ctx context.Context, n notice, p bridge.Press) error {
	l, err := a.d.store.Line(ctx, lineKey(n))
	if errors.Is(err, bridge.ErrNotFound) || err == nil && (l.Conversation != p.Conversation || l.Agent != p.Agent.ID) {
		a.tell(ctx, n, sayOutdated)
		return nil
	}
	if err != nil {
		return err
	}
	if l.Standing != bridge.Drafted {
		a.replace(ctx, n, "The visitor has this line already.")
		return nil
	}
	meta, err := json.Marshal(draftMeta{modalMeta{Conversation: p.Conversation, Handoff: p.Handoff}, l.Key})
	if err != nil {
		return err
	}
	f := newForm(viewDraft, "Edit the reply", string(meta))
	f.v.Submit = words("Send")
	f.text(fieldReply, "What the visitor reads", "It is sent as yours.", l.Text, true, false)
	said, err := a.open(ctx, n, f.v)
	if said != "" {
		a.tell(ctx, n, sayPressAgain)
	}
	return err
}

// sentDraft settles the form of a suggested reply and returns what is wrong
// with it, by field.
func (a *App) sentDraft(ctx context.Context, s submission, who person) (map[string]string, error) {
	refuse := func(why string) (map[string]string, error) { return map[string]string{fieldReply: why}, nil }
	var m draftMeta
	if err := json.Unmarshal([]byte(s.meta), &m); err != nil {
		return refuse("This form is out of date. Please close it and press the button again.")
	}
	text := strings.TrimSpace(s.text(fieldReply))
	if text == "" {
		return refuse("Please write what the visitor is to read.")
	}
	p := bridge.Press{
		Key: "view:" + s.view, Conversation: m.Conversation, Handoff: m.Handoff,
		Agent: who.Agent, Stamp: a.d.clock.now(a.d.c.Clock.Now()),
	}
	r, err := a.bridge.Handle(ctx, bridge.AgentSentLine{Press: p, Line: m.Line, Text: text})
	switch {
	case err != nil:
		return nil, err
	case r.Verdict == bridge.Ignored:
		return refuse("The visitor has this reply already.")
	case r.Verdict != bridge.Done:
		return refuse(plainWords(a.explain(ctx, r, p)))
	}
	return nil, nil
}
