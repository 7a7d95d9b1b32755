package bridge

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"threadline/bridge/trigger"
)

// AgentAskedForDraft: somebody who speaks in the chat wants the assistant to
// suggest a reply. Verdicts: Done, NotHolder, AlreadyOver, NotAllowed, Stale.
type AgentAskedForDraft struct{ Press }

// AgentAskedForBrief: an agent wants to read in short what the chat is about.
// Verdicts: Done, AlreadyOver, NotAllowed, Stale.
type AgentAskedForBrief struct{ Press }

// AssistantDrafted: the assistant has a reply to suggest to an agent, or none,
// and then Cause says why in half a sentence. Task is the key of the press. Void
// unless the agent speaks in the chat.
type AssistantDrafted struct {
	Conversation ConversationID
	Agent        AgentID
	Task         string
	Answer       Answer
	Cause        string
}

// AssistantBriefed: what a chat is about, for the agent who asked.
type AssistantBriefed struct {
	Conversation ConversationID
	Agent        AgentID
	Task         string
	Summary      Summary
	// Said are the newest public lines, oldest first.
	Said []LineBody
}

func (e AssistantDrafted) query() Query {
	return Query{Key: "drafted:" + e.Task, Conversation: e.Conversation}
}

func (e AssistantBriefed) query() Query {
	return Query{Key: "briefed:" + e.Task, Conversation: e.Conversation}
}

func (e AgentAskedForDraft) decide(d *decision) {
	if d.overtaken(e.Press) || d.blocked() || d.unheard(e.Agent.ID) {
		return
	}
	d.out.Agent = &e.Agent
	d.put(Delivery{
		Lane: LaneAssistant, Key: "draft:" + string(d.c.ID) + ":" + string(e.Agent.ID), Kind: KindDraft, Subject: string(d.c.ID),
		Priority: 1, Body: body(AsideBody{Agent: e.Agent.ID, Task: e.Key}),
	})
}

func (e AgentAskedForBrief) decide(d *decision) {
	if d.overtaken(e.Press) {
		return
	}
	d.put(Delivery{
		Lane: LaneAssistant, Key: "brief:" + string(d.c.ID) + ":" + string(e.Agent.ID), Kind: KindBrief, Subject: string(d.c.ID),
		Priority: 1, Body: body(AsideBody{Agent: e.Agent.ID, Task: e.Key}),
	})
}

// unheard refuses what only those may do whose lines the visitor sees.
func (d *decision) unheard(a AgentID) bool {
	switch {
	case d.c.Status == Queued:
		d.refuse(NotHolder)
	case d.c.Status != Assigned:
		d.refuse(AlreadyOver)
	case d.c.Holder != a && !d.joined(a):
		d.refuse(NotHolder)
	default:
		return false
	}
	return true
}

func (e AssistantDrafted) decide(d *decision) {
	d.spend(0, e.Answer.Tokens)
	if d.c.Status != Assigned || d.c.Holder != e.Agent && !d.joined(e.Agent) {
		d.verdict(Stale)
		return
	}
	if e.Answer.Move == MoveHandOff || strings.TrimSpace(e.Answer.Text) == "" {
		why := orText(e.Cause, orText(strings.TrimRight(e.Answer.Reason, ". "), "the knowledge has nothing on this"))
		d.tell(e.Agent, "The assistant has no reply to suggest: "+lowerFirst(why)+".")
		return
	}
	d.draft(e.Agent, e.Answer)
}

func (e AssistantBriefed) decide(d *decision) {
	if !d.c.Begun() {
		d.verdict(Stale)
		return
	}
	d.put(Delivery{
		Lane: LanePrivate, Key: "told-brief:" + string(d.c.ID) + ":" + string(e.Agent), Kind: KindBriefing, Subject: string(d.c.ID),
		Priority: 1, Body: body(BriefBody{Agent: e.Agent, Summary: e.Summary, Said: e.Said}),
	})
}

// maxDraft bounds a suggested reply, in code points, so that whoever sends it
// has read all of it.
const maxDraft = 2500

// draft keeps a reply for an agent and shows it to nobody else. It is a line
// that stands nowhere, and reaches the visitor only if that agent sends it.
func (d *decision) draft(to AgentID, a Answer) {
	l := Line{
		Key: "draft:" + d.newID(), Conversation: d.c.ID, Agent: to, Stamp: formatStamp(d.now.UnixMicro()),
		Text: CleanText(a.Text), HTML: a.HTML, Standing: Drafted, Elsewhere: true, CreatedAt: d.now,
	}
	if utf8.RuneCountInString(l.Text) > maxDraft || l.HTML == "" {
		l.Text = clip(l.Text, maxDraft)
		l.HTML = PlainHTML(l.Text)
	}
	d.out.Lines = append(d.out.Lines, l)
	d.put(Delivery{
		Lane: LanePrivate, Key: "suggestion:" + string(d.c.ID) + ":" + string(to), Kind: KindSuggestion, Subject: string(d.c.ID), Priority: 1,
		Body: body(SuggestionBody{Line: l.Key, Agent: to, Value: d.c.Handoff, Text: l.Text, Sources: a.Sources}),
	})
}

// sendDraft makes a suggested reply its reader's own line, in the words that
// they have given it.
func (e AgentSentLine) sendDraft(d *decision, l Line) {
	if d.blocked() || d.unheard(e.Agent.ID) {
		return
	}
	if text := CleanText(e.Text); strings.TrimSpace(text) != "" {
		l.Text, l.HTML = text, PlainHTML(text)
	}
	d.responded()
	// It bears no line's key, so that the thread shows it, too.
	m := d.say(Message{
		Author: Author{Kind: ByAgent, Name: d.nameOf(e.Agent), Title: cmp.Or(e.Agent.Title, d.agent(e.Agent.ID).Title), Agent: e.Agent.ID},
		Text:   l.Text, HTML: l.HTML,
	})
	l.Standing, l.Message = Public, m.ID
	d.cancel(LanePrivate, "suggestion:"+string(d.c.ID)+":"+string(e.Agent.ID))
	d.out.Agent = &e.Agent
	d.out.Lines = append(d.out.Lines, l)
}

// lowerFirst makes a sentence the second half of another.
func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// aside does a task of the assistant's for one agent and brings its outcome
// home as an event. It always ends in words for that agent.
func (b *Bridge) aside(ctx context.Context, d Delivery) {
	var task AsideBody
	if err := decode(d.Body, &task); err != nil {
		b.settle(ctx, d, "unreadable task: "+err.Error())
		return
	}
	c, err := b.c.Store.Conversation(ctx, d.Conversation)
	if err != nil {
		b.again(ctx, d, err)
		return
	}
	q, err := b.question(ctx, c)
	if err != nil {
		b.again(ctx, d, err)
		return
	}
	var event Event
	if d.Kind == KindDraft {
		event, err = b.drafted(ctx, d, task, q)
	} else {
		event, err = b.briefed(ctx, d, task, q)
	}
	if err != nil {
		b.again(ctx, d, err)
		return
	}
	if _, err := b.Handle(ctx, event); err != nil {
		b.again(ctx, d, err)
		return
	}
	b.settle(ctx, d, "")
}

// drafted asks for a reply; an error means that we are shutting down.
func (b *Bridge) drafted(ctx context.Context, d Delivery, task AsideBody, q Question) (Event, error) {
	e := AssistantDrafted{Conversation: d.Conversation, Agent: task.Agent, Task: task.Task}
	q.ForAgent, q.Callback = true, nil
	if q.Transcript = toAnswer(q.Transcript); q.Transcript == nil {
		e.Cause = "the visitor has written nothing yet"
		return e, nil
	}
	err := b.held(ctx, d, func(ctx context.Context) (err error) {
		e.Answer, err = b.c.Assistant.Answer(ctx, q, func(string) {})
		return err
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		b.c.Logger.Warn("draft failed", "conversation", d.Conversation, "err", err)
		e.Answer, e.Cause = Answer{Tokens: e.Answer.Tokens}, failure(err)
	}
	return e, nil
}

// briefed asks for a summary. Without a model, and where it fails, the brief
// quotes.
func (b *Bridge) briefed(ctx context.Context, d Delivery, task AsideBody, q Question) (Event, error) {
	e := AssistantBriefed{Conversation: d.Conversation, Agent: task.Agent, Task: task.Task, Summary: Extract(q.Transcript)}
	var s Summary
	err := b.held(ctx, d, func(ctx context.Context) (err error) {
		s, err = b.c.Assistant.Summarise(ctx, q)
		return err
	})
	switch {
	case err == nil:
		e.Summary = s
	case ctx.Err() != nil:
		return nil, err
	case !errors.Is(err, ErrNoModel):
		b.c.Logger.Warn("brief failed", "conversation", d.Conversation, "err", err)
	}
	for _, m := range q.Transcript[max(len(q.Transcript)-briefLines, 0):] {
		if !m.Deleted {
			e.Said = append(e.Said, LineBody{Seq: m.Seq, Kind: m.Author.Kind, Name: m.Author.Name, Text: clip(oneLine(saidBy(m)), 200)})
		}
	}
	return e, nil
}

// briefLines is how many of the newest lines a brief quotes.
const briefLines = 4

// held does work of bounded time under the lease of a task.
func (b *Bridge) held(ctx context.Context, d Delivery, do func(context.Context) error) error {
	limited, stop := context.WithTimeout(ctx, turnLimit)
	defer stop()
	running, cancel := context.WithCancel(limited)
	var lease sync.WaitGroup
	lease.Go(func() { b.hold(running, d, cancel) })
	err := do(running)
	cancel()
	lease.Wait()
	return err
}

// toAnswer moves what a draft is to answer to the end: the visitor's newest
// lines that nobody has answered, or else their newest one. A bare wish for a
// person is none where they wrote anything else. Nil if they wrote nothing.
func toAnswer(said []Message) []Message {
	answered := false
	var open, rest []Message
	for _, m := range slices.Backward(said) {
		visitor := m.Author.Kind == ByVisitor && !m.Deleted && strings.TrimSpace(m.Text) != ""
		answered = answered || m.Author.Kind == ByAgent
		if visitor && !wantsPerson(m.Text) && (len(open) == 0 || !answered) && len(open) < 3 {
			open = append(open, m)
			continue
		}
		answered = answered || m.Author.Kind == ByAssistant && len(open) > 0
		rest = append(rest, m)
	}
	if len(open) == 0 {
		if i := slices.IndexFunc(rest, func(m Message) bool { return m.Author.Kind == ByVisitor && !m.Deleted && m.Text != "" }); i >= 0 {
			open, rest = []Message{rest[i]}, slices.Delete(rest, i, i+1)
		}
	}
	if len(open) == 0 {
		return nil
	}
	slices.Reverse(rest)
	slices.Reverse(open)
	return append(rest, open...)
}

// wantsPerson reports whether a line asks for a person.
func wantsPerson(text string) bool {
	return slices.ContainsFunc(trigger.Judge(trigger.Input{Text: text}), func(f trigger.Finding) bool {
		return f.Trigger == trigger.ExplicitRequest
	})
}
