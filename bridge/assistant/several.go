package assistant

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"threadline/bridge"
)

var (
	// asking begins another question within a sentence: "…, and how much is it".
	asking = regexp.MustCompile(`(?i)(?:,| and| also| plus|;)+ (?:also )?((?:how|what|whats|what's|when|where|which|do|does|can|could|is|are|will|would) )`)
	// idleIt is an "it" that stands for nothing: "how much is it to come out".
	idleIt = regexp.MustCompile(`(?i)\b(?:is|does|will|would)(?: it)(?: cost| take| be)? (?:to|for|if)\b`)
)

const mostQuestions = 3

// questions are the questions of a message that can each stand alone; nil where
// there are not several.
func questions(asked string) []string {
	if len(asked) > 600 {
		return nil // a story, which is judged as a whole
	}
	var parts []string
	for _, line := range strings.FieldsFunc(strings.ReplaceAll(asked, "?", "?\n"), func(c rune) bool { return c == '\n' }) {
		for _, s := range sentences(line) {
			if strings.HasSuffix(s, "?") || asks(s, rawWords(s)) {
				parts = append(parts, strings.Split(asking.ReplaceAllString(s, "\x00$1"), "\x00")...)
			}
		}
	}
	if len(parts) < 2 || len(parts) > mostQuestions {
		return nil
	}
	for _, p := range parts {
		if len(terms(p)) == 0 || !strings.HasSuffix(p, "?") && !asks(p, rawWords(p)) || leans(idleIt.ReplaceAllString(p, "to")) {
			return nil
		}
	}
	return parts
}

// several answers a message of several questions, each from what the knowledge
// has for it. It leaves alone what one passage covers, or none.
func (b *Builtin) several(ctx context.Context, q bridge.Question, whole finding, emit func(string)) (bridge.Answer, bool, error) {
	parts := questions(strings.Trim(besides(q), " ,;"))
	if parts == nil || whole.offered || whole.agreed || q.ForAgent {
		return bridge.Answer{}, false, nil
	}
	before := q.Transcript
	for len(before) > 0 && before[len(before)-1].Author.Kind == bridge.ByVisitor {
		before = before[:len(before)-1]
	}
	var texts, open []string
	var from []bridge.Section
	sure := 1.0
	for _, p := range parts {
		one := q
		one.Transcript = append(slices.Clone(before), bridge.Message{Author: bridge.Author{Kind: bridge.ByVisitor}, Text: p})
		f, err := b.index.retrieve(ctx, one)
		if err != nil {
			return bridge.Answer{}, false, err
		}
		t := ""
		if f = f.peaceful(); len(f.sections) > 0 && f.confidence >= threshold(q.Site) && !f.ambiguous() && !f.guessed && f.conflict(b.figures) == nil {
			t = compose(f)
		}
		switch {
		case t == "":
			open = append(open, p)
		case !slices.Contains(texts, t):
			texts, from, sure = append(texts, t), append(from, f.sections...), min(sure, f.confidence)
		}
	}
	switch {
	case len(texts) == 0, len(open) == 0 && len(texts) < 2:
		return bridge.Answer{}, false, nil
	case len(open) > 0:
		rest := strings.TrimSpace(strings.Trim(clip(oneLine(open[0]), 150), " ,;"))
		text := strings.Join(texts, "\n\n") + fmt.Sprintf("\n\nI have nothing reliable on “%s”. ", rest) + personOffer
		a, err := b.say(ctx, text, sure, sources(from), emit)
		a.Move = bridge.MoveAskBack
		return a, true, err
	}
	a, err := b.say(ctx, strings.Join(texts, "\n\n")+gather(q), sure, sources(from), emit)
	return a, true, err
}

// foreign reports whether a message is in one of the other languages that the
// triggers read: what it asks about may well be in the knowledge.
func foreign(asked string) bool {
	words := distinct(rawWords(asked))
	theirs, ours := 0, 0
	for _, w := range words {
		switch {
		case slices.Contains(strings.Fields(otherWords), w):
			theirs++
		case isStop(w):
			ours++
		}
	}
	return theirs >= 2 && theirs > ours || strings.ContainsAny(asked, "¿¡") && theirs > 0
}

// otherWords are everyday words of Spanish, German, French, Italian and
// Portuguese, without accents, that English does not have.
const otherWords = "cuanto cuesta cuestan cual cuando donde como puede pueden puedo tienen tiene ustedes hacen hace para con por que una los las del esta hay necesito quiero tengo trabajan abren precio horario el mi un es " +
	"kostet kosten ein eine einen ist sind wie viel wann wo haben habt konnen kann ich wir sie mein meine der die das und nicht mit fur von auf offen gibt es preis " +
	"combien coute est ce que vous avez je pouvez peux le la les des une mon ma votre vos pour avec dans quand ou quel quelle sont faites bonjour merci pas besoin juste horaires prix " +
	"quanto costa costano quando dove avete fate potete posso il lo gli una mio vostro per che sono siete aperti prezzo " +
	"custa custam voces fazem tem quero preciso posso meu minha uma dos das onde quais preco voce abrem"
