package assistant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"

	"threadline/bridge"
	"threadline/bridge/trigger"
)

// turn is one question's way through the model.
type turn struct {
	m        *Model
	q        bridge.Question
	f        finding
	shown    []passage
	asked    string
	out      *releaser
	deadline <-chan time.Time

	// Of the present request:
	held     string // text before the decision
	calls    []openai.ToolCall
	decided  bool
	judged   int // how many calls the decision was read from
	d        decision
	from     []bridge.Source
	finish   openai.FinishReason
	released bool // some text went to the releaser
	bytes    int  // read and written, of all requests
	unsure   bool // the answer is less sure than the site wants
}

func (m *Model) turn(q bridge.Question, f finding, emit func(string)) *turn {
	ps := shown(q, f)
	return &turn{
		m: m, q: q, f: f, shown: ps, asked: pending(q.Transcript), deadline: m.clock.After(m.limits.Turn),
		out: &releaser{
			guard: newGuard(m.rules, q, ps), render: m.render, emit: emit,
			idle: func(s string) bool { return asksKnown(s, q) },
		},
	}
}

// errSettled ends a stream early: the outcome is known.
var errSettled = errors.New("settled")

func (t *turn) run(ctx context.Context) (bridge.Answer, error) {
	if t.f.confidence >= threshold(t.q.Site) && !t.f.offered && !t.f.agreed && !t.f.guessed {
		if c := t.f.conflict(t.m.figures); c != nil {
			return t.askBack(conflictText(c), sources([]bridge.Section{c[0].section, c[1].section})), nil
		}
	}
	msgs := prompt(t.q, t.shown)
	err := t.request(ctx, msgs)
	if errors.Is(err, errGarbage) {
		again := append(slices.Clone(msgs), openai.ChatCompletionMessage{
			Role: openai.ChatMessageRoleSystem, Content: "Call exactly one of the offered tools, with arguments that fit its schema, and ask for nothing that is known about the visitor.",
		})
		err = t.request(ctx, again)
	}
	if errors.Is(err, errGarbage) && t.d.move == bridge.MoveAskBack {
		return t.contact(t.handOff(trigger.InformationGap, "The assistant could only ask again for what the visitor had said.", "")), nil
	}
	if errors.Is(err, errGarbage) {
		return bridge.Answer{}, fmt.Errorf("%w: %w", ErrVendor, err)
	}
	if err == nil && t.d.move != bridge.MoveHandOff && t.d.move != bridge.MoveBook && t.d.move != bridge.MoveAskBack && !t.released && len(t.calls) > 0 {
		err = t.request2(ctx, msgs)
	}
	var held *heldBack
	switch {
	case errors.As(err, &held):
		if c := t.f.choices(threshold(t.q.Site)); t.unsure && c != nil && !t.f.offered {
			return t.contact(t.askBack(choicesText(c), nil)), nil
		}
		return t.contact(t.handOff(held.trigger, held.reason, "")), nil
	case err != nil && !errors.Is(err, errSettled):
		return bridge.Answer{}, err
	}
	return t.outcome()
}

// outcome is the answer once every stream has ended well.
func (t *turn) outcome() (bridge.Answer, error) {
	switch t.d.move {
	case bridge.MoveHandOff:
		g := t.m.deskGuard(t.q, t.shown)
		return t.contact(t.handOff(t.d.trigger, g.forDesk(t.d.reason), g.forDesk(t.d.summary))), nil
	case bridge.MoveBook:
		return t.contact(booked(slotOf(t.d.slot, t.q.Callback))), nil
	case bridge.MoveAskBack:
		return t.said(bridge.MoveAskBack, t.f.confidence, nil)
	}
	if c := t.out.guard.cited; c != nil {
		t.from = append(t.from, sources(c.also)...)
	}
	return t.said(bridge.MoveAnswer, t.d.confidence, t.from)
}

// said is what was let out, once its page form passed as well.
func (t *turn) said(move bridge.Move, confidence float64, from []bridge.Source) (bridge.Answer, error) {
	a := t.out.answer(move, confidence, from)
	if a.Text == "" {
		return bridge.Answer{}, fmt.Errorf("%w: the model wrote no answer", ErrVendor)
	}
	if h := t.out.guard.links(a.HTML); h != nil {
		return t.contact(t.handOff(h.trigger, h.reason, "")), nil
	}
	return t.contact(a), nil
}

// askBack is a text of our own that waits for the visitor's word.
func (t *turn) askBack(text string, from []bridge.Source) bridge.Answer {
	t.out.emit(text)
	return bridge.Answer{Move: bridge.MoveAskBack, Text: text, HTML: plainHTML(text), Sources: from, Confidence: t.f.confidence}
}

func (t *turn) contact(a bridge.Answer) bridge.Answer {
	a.Contact = said(t.d.contact, t.q.Transcript)
	return a
}

func (t *turn) handOff(name, reason, issue string) bridge.Answer {
	if reason == "" {
		reason = "The assistant asked for a person."
	}
	return bridge.Answer{
		Move: bridge.MoveHandOff, Trigger: name, Reason: reason, Confidence: t.f.confidence,
		Summary: bridge.Summary{Issue: issue, OpenQuestion: clip(oneLine(t.asked), 300), ByModel: issue != ""},
	}
}

// request makes the first request: a decision, and perhaps the text.
func (t *turn) request(ctx context.Context, msgs []openai.ChatCompletionMessage) error {
	t.held, t.calls, t.decided, t.judged, t.d, t.finish = "", nil, false, 0, decision{}, ""
	t.read(msgs)
	err := t.m.stream(ctx, openai.ChatCompletionRequest{
		Model: t.m.name, Messages: msgs, Stream: true, Tools: tools(t.q.Callback), ToolChoice: "required",
	}, t.deadline, func(c chunk) error {
		t.wrote(c)
		for _, p := range c.calls {
			if err := t.piece(p); err != nil {
				return err
			}
		}
		if c.finish != "" {
			t.finish = c.finish
		}
		if c.text == "" {
			return nil
		}
		// Text after whole calls means that the decision is made.
		if !t.decided && len(t.calls) > 0 && !slices.ContainsFunc(t.calls, func(c openai.ToolCall) bool { return !complete(c) }) {
			if err := t.decide(); err != nil {
				return err
			}
		}
		if !t.decided {
			if t.held += c.text; len(t.held) > 4*maxAnswer {
				return fmt.Errorf("%w: the text is too long", ErrVendor)
			}
			return nil
		}
		return t.write(c.text)
	})
	if err != nil {
		return err
	}
	if !t.decided {
		if err := t.decide(); err != nil {
			return err
		}
	} else if late := t.calls[t.judged:]; len(late) > 0 {
		// Calls after the text: a contact is kept, and a handoff still counts.
		d, err := decide(late)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrVendor, err)
		}
		if d.move == bridge.MoveHandOff {
			t.d = d
			return errSettled
		}
		if !empty(d.contact) {
			t.d.contact = d.contact
		}
	}
	return t.ended()
}

// piece adds a fragment of a tool call.
func (t *turn) piece(p openai.ToolCall) error {
	i := len(t.calls)
	switch {
	case p.Index != nil:
		i = slices.IndexFunc(t.calls, func(c openai.ToolCall) bool { return c.Index != nil && *c.Index == *p.Index })
	case p.ID != "":
		i = slices.IndexFunc(t.calls, func(c openai.ToolCall) bool { return c.ID == p.ID })
	default:
		i--
	}
	if i < 0 {
		if len(t.calls) >= 8 {
			return t.garbage("too many calls")
		}
		t.calls = append(t.calls, openai.ToolCall{Index: p.Index, ID: p.ID, Type: openai.ToolTypeFunction})
		i = len(t.calls) - 1
	}
	if p.ID != "" {
		t.calls[i].ID = p.ID
	}
	t.calls[i].Function.Name += p.Function.Name
	t.calls[i].Function.Arguments += p.Function.Arguments
	if len(t.calls[i].Function.Arguments) > 16<<10 {
		return t.garbage("the arguments are too long")
	}
	return nil
}

// garbage is worth a second request only while nothing went out.
func (t *turn) garbage(what string) error {
	if t.decided {
		return fmt.Errorf("%w: %s", ErrVendor, what)
	}
	return fmt.Errorf("%w: %s", errGarbage, what)
}

// decide reads the decision, checks it outside the model, and lets out what was
// held for it.
func (t *turn) decide() error {
	d, err := decide(t.calls)
	if err != nil {
		return err
	}
	t.d, t.judged = d, len(t.calls)
	if d.move == bridge.MoveBook && t.q.Callback == nil {
		return t.garbage("there is nothing to book")
	}
	if d.move == bridge.MoveAskBack && asksKnown(d.question, t.q) {
		return t.garbage("it asks for what is known")
	}
	t.decided = true
	switch d.move {
	case bridge.MoveHandOff, bridge.MoveBook:
		return errSettled
	case bridge.MoveAskBack:
		if err := t.out.write(d.question); err != nil {
			return err
		}
		if err := t.out.close(true); err != nil {
			return err
		}
		return errSettled
	}
	t.d.move = bridge.MoveAnswer
	if err := t.support(); err != nil {
		return err
	}
	held := t.held
	t.held = ""
	return t.write(held)
}

// modelThreshold is the least confidence of a model that cites what it was
// shown, where the site names none. Models state theirs on a scale of their
// own, which nobody has measured.
const modelThreshold = 0.42

// support checks what an answer rests on: the passages it cites must be among
// those it was shown, and it must be sure enough. Without citation retrieval's
// own confidence counts.
func (t *turn) support() error {
	_, small := smallTalk(t.asked, t.q.Site)
	var cited []bridge.Section
	known := false
	for _, id := range t.d.passages {
		if id == agreedID && t.q.HandBack != "" {
			known = true
			t.from = append(t.from, bridge.Source{Title: agreedTitle})
			continue
		}
		if i := slices.IndexFunc(t.f.hits, func(h Hit) bool { return h.Section.ID == id }); i >= 0 {
			known = true
			cited = append(cited, t.f.hits[i].Section)
		}
	}
	t.from = append(t.from, sources(cited)...)
	if known {
		var others []bridge.Section
		for _, h := range t.f.hits {
			if !slices.Contains(cited, h.Section) {
				others = append(others, h.Section)
			}
		}
		t.out.guard.cite(cited, others, t.q)
	}
	kept := said(t.d.contact, t.q.Transcript)
	own := t.f.confidence
	if t.f.guessed {
		own = 0 // what no word bears out is not answered uncited
	}
	switch {
	case t.f.agreed:
		own = max(own, 0.9)
	case small, t.d.none && !empty(kept) && !strings.Contains(t.asked, "?"):
		own = 1 // nothing is claimed that a passage would have to support
	}
	switch {
	case len(t.d.passages) > 0 && !known:
		return &heldBack{trigger.InformationGap, "The answer was held back: it cited passages that were not found."}
	case known && t.d.stated:
	case t.d.stated && !t.d.none:
		t.d.confidence = min(t.d.confidence, own)
	default:
		t.d.confidence = own
	}
	least := threshold(t.q.Site)
	if t.d.stated && known && t.q.Site.Threshold <= 0 {
		least = modelThreshold
	}
	if t.d.confidence < least {
		t.unsure = true
		return &heldBack{trigger.InformationGap, fmt.Sprintf("The assistant was not sure enough (confidence %.2f).", t.d.confidence)}
	}
	return nil
}

func (t *turn) write(text string) error {
	if strings.TrimSpace(text) != "" {
		t.released = true
	}
	return t.out.write(text)
}

// ended settles a stream by how it says that it ended.
func (t *turn) ended() error {
	switch t.finish {
	case openai.FinishReasonContentFilter:
		return fmt.Errorf("%w: the vendor filtered the answer", ErrVendor)
	case openai.FinishReasonLength:
		return t.out.close(false)
	}
	return t.out.close(true)
}

// request2 asks for the text of an answer that was decided without any: it
// carries the calls and their results, and no further call is allowed.
func (t *turn) request2(ctx context.Context, msgs []openai.ChatCompletionMessage) error {
	calls := slices.Clone(t.calls)
	for i := range calls {
		if calls[i].ID == "" {
			calls[i].ID = fmt.Sprintf("call_%d", i+1)
		}
		calls[i].Index = nil
	}
	msgs = append(slices.Clone(msgs), openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant, ToolCalls: calls})
	for _, c := range calls {
		msgs = append(msgs, openai.ChatCompletionMessage{
			Role: openai.ChatMessageRoleTool, ToolCallID: c.ID, Name: c.Function.Name,
			Content: `{"ok":true,"next":"write the text for the visitor"}`,
		})
	}
	t.finish = ""
	t.read(msgs)
	err := t.m.stream(ctx, openai.ChatCompletionRequest{
		Model: t.m.name, Messages: msgs, Stream: true, Tools: tools(t.q.Callback), ToolChoice: "none",
	}, t.deadline, func(c chunk) error {
		t.wrote(c)
		if c.finish != "" {
			t.finish = c.finish
		}
		if c.text == "" {
			return nil
		}
		return t.write(c.text)
	})
	if err != nil {
		return err
	}
	return t.ended()
}

// toolBytes is about what the offered tools take in a request.
const toolBytes = 2000

func (t *turn) read(msgs []openai.ChatCompletionMessage) {
	t.bytes += toolBytes
	for _, m := range msgs {
		t.bytes += len(m.Content)
	}
}

func (t *turn) wrote(c chunk) {
	t.bytes += len(c.text)
	for _, p := range c.calls {
		t.bytes += len(p.Function.Name) + len(p.Function.Arguments)
	}
}

// tokens is an estimate, at four bytes each.
func (t *turn) tokens() int64 { return int64(t.bytes+3) / 4 }
