package assistant

import (
	"context"
	"fmt"
	"strings"
	"time"

	"threadline/bridge"
	"threadline/bridge/trigger"
)

// agreedTitle names what an agent wrote down as agreed, as a source.
const agreedTitle = "Noted by our team"

// Builtin answers from the knowledge alone: the passages' own sentences, or a
// handoff. It needs no model. Safe for concurrent use.
type Builtin struct {
	index   *Index
	figures figures
	// clock paces the pieces of an answer; nil gives them all at once.
	clock bridge.Clock
}

// NewBuiltin returns an answerer over the index that gives its pieces at the
// pace of reading along, by the clock; a nil clock means at once.
func NewBuiltin(index *Index, clock bridge.Clock) *Builtin {
	return &Builtin{index: index, figures: newFigures(), clock: clock}
}

// pace is the time between two pieces of an answer, a few words each.
const pace = 50 * time.Millisecond

// Answer implements [bridge.Assistant].
func (b *Builtin) Answer(ctx context.Context, q bridge.Question, emit func(string)) (bridge.Answer, error) {
	asked := pending(q.Transcript)
	if a, ok := called(q, false); ok {
		return a, nil
	}
	// A yes may be to an address that we asked about.
	if c, _ := told(q); c.Empty() {
		if t, ok := smallTalk(asked, q.Site); ok {
			return b.say(ctx, t, 1, nil, emit)
		}
	}
	if a, ok := served(q); ok {
		return b.say(ctx, a.Text, a.Confidence, a.Sources, emit)
	}
	if t, ok := noted(q); ok {
		return b.say(ctx, t, 1, nil, emit)
	}
	f, err := b.index.retrieve(ctx, q)
	if err != nil {
		return bridge.Answer{}, err
	}
	f = f.peaceful()
	if a, ok, err := b.several(ctx, q, f, emit); ok || err != nil {
		return a, err
	}
	switch {
	case f.agreed:
		return b.say(ctx, "Here is what our team noted: "+sentenceEnd(clip(oneLine(q.HandBack), 600)), 0.9,
			[]bridge.Source{{Title: agreedTitle}}, emit)
	case len(f.sections) > 0 && f.confidence >= threshold(q.Site) && !f.ambiguous() && !f.guessed:
		if c := f.conflict(b.figures); c != nil && !f.offered {
			return b.askBack(ctx, conflictText(c), f, sources([]bridge.Section{c[0].section, c[1].section}), emit)
		}
		if t := compose(f); t != "" {
			return b.say(ctx, t+gather(q), f.confidence, sources(f.sections), emit)
		}
	case !f.offered && f.choices(threshold(q.Site)) != nil:
		return b.askBack(ctx, choicesText(f.choices(threshold(q.Site))), f, nil, emit)
	case q.ForAgent, f.empty, f.touches, f.offered, aboutUs(asked), foreign(asked), offered(q.Transcript):
	default:
		t := fmt.Sprintf("I can't help with that: what I know here is only about %s, and it has nothing on this. "+personOffer, siteName(q.Site))
		return b.askBack(ctx, t, f, nil, emit)
	}
	return gap(asked, f), nil
}

// personOffer ends what cannot be answered.
const personOffer = "Would you like me to bring in a person from our team?"

// askBack says a text that waits for the visitor's word.
func (b *Builtin) askBack(ctx context.Context, text string, f finding, from []bridge.Source, emit func(string)) (bridge.Answer, error) {
	a, err := b.say(ctx, text, f.confidence, from, emit)
	a.Move = bridge.MoveAskBack
	return a, err
}

// Summarise implements [bridge.Assistant]: there is no model to do it.
func (b *Builtin) Summarise(context.Context, bridge.Question) (bridge.Summary, error) {
	return bridge.Summary{}, bridge.ErrNoModel
}

// Check reports whether there is anything to answer from.
func (b *Builtin) Check(ctx context.Context) (Health, error) {
	n, err := b.index.Size(ctx)
	if err != nil {
		return Health{}, err
	}
	return Health{Sections: n}, nil
}

// gap is the handoff of a question that the knowledge does not answer.
func gap(asked string, f finding) bridge.Answer {
	reason := "The knowledge has nothing on this question."
	switch {
	case f.empty:
		reason = "There is no knowledge to answer from yet."
	case len(f.sections) > 0:
		reason = fmt.Sprintf("The knowledge does not cover this question well enough (confidence %.2f); the nearest passage is %q.", f.confidence, f.sections[0].Title)
	}
	return bridge.Answer{
		Move: bridge.MoveHandOff, Trigger: trigger.InformationGap, Reason: reason, Confidence: f.confidence,
		Summary: bridge.Summary{OpenQuestion: clip(oneLine(asked), 300)},
	}
}

// say makes an answer of plain text and emits it piece by piece.
func (b *Builtin) say(ctx context.Context, t string, confidence float64, from []bridge.Source, emit func(string)) (bridge.Answer, error) {
	for i, p := range nibbles(t) {
		if i > 0 && b.clock != nil {
			select {
			case <-ctx.Done():
				return bridge.Answer{}, ctx.Err()
			case <-b.clock.After(pace):
			}
		}
		emit(p)
	}
	return bridge.Answer{Move: bridge.MoveAnswer, Text: t, HTML: plainHTML(t), Sources: from, Confidence: confidence}, nil
}

// nibbles cuts a text into pieces of a few words; joined they are the text.
func nibbles(t string) []string {
	var out []string
	from := 0
	for i := range t {
		if (t[i] == ' ' || t[i] == '\n') && i-from >= 20 {
			out = append(out, t[from:i])
			from = i
		}
	}
	return append(out, t[from:])
}

func threshold(s bridge.Site) float64 {
	if s.Threshold > 0 {
		return s.Threshold
	}
	return DefaultThreshold
}

func siteName(s bridge.Site) string {
	if n := strings.TrimSpace(s.Name); n != "" {
		return n
	}
	return "our services"
}

// sources are the sections' titles and addresses, each once.
func sources(sections []bridge.Section) []bridge.Source {
	var out []bridge.Source
	seen := map[bridge.Source]bool{}
	for _, s := range sections {
		src := bridge.Source{Title: s.Title, URL: safeURL(s.URL)}
		if !seen[src] {
			seen[src] = true
			out = append(out, src)
		}
	}
	return out
}

// aboutUs reports whether a question speaks to the business ("do you sell…")
// or of the visitor's own affairs, as against one about the wide world.
func aboutUs(asked string) bool {
	words := rawWords(asked)
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "can", "could", "would", "will", "do":
			// "can you tell me" is only politeness.
			if i+2 < len(words) && words[i+1] == "you" {
				switch words[i+2] {
				case "tell", "explain", "help", "know", "write", "give", "say", "answer", "please", "sing", "translate", "solve":
					i += 2
				}
			}
		case "how":
			if i+1 < len(words) && (words[i+1] == "much" || words[i+1] == "soon") {
				return true
			}
		case "you", "your", "yours", "we", "our", "us", "my", "im", "ive", "mine", "guys", "company", "business",
			"price", "prices", "cost", "costs", "charge", "fee", "fees", "book", "booking", "appointment", "quote", "refund", "policy", "hours", "discount", "service", "repair", "install", "warranty", "delivery", "order":
			return true
		}
	}
	return false
}

// offered reports whether our last line offered a person already.
func offered(transcript []bridge.Message) bool {
	for i := len(transcript) - 1; i >= 0; i-- {
		switch m := transcript[i]; m.Author.Kind {
		case bridge.ByAssistant:
			return strings.Contains(m.Text, "bring in a person from our team?")
		case bridge.ByAgent, bridge.BySystem:
			return false
		}
	}
	return false
}
