package slackapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// A good answer in a thread becomes an article of the knowledge: an agent
// proposes it, a manager's form makes it.
const (
	viewArticle    = "article_modal"
	fieldQuestions = "questions"
	fieldAnswer    = "answer"
	// proposalMark begins the name under which a proposal waits for its nod.
	proposalMark = "article proposed:"
	// asked is how many of the newest lines are searched for the question.
	asked = 200
)

// articleMeta is what the form carries to its submission.
type articleMeta struct {
	modalMeta
	Line string `json:"line"`
}

// proposal is what an agent wants to be known.
type proposal struct {
	Questions string `json:"questions"`
	Answer    string `json:"answer"`
}

// openArticle shows the form with the line as the answer and the visitor's
// words before it as the question, or with what an agent has proposed.
func (a *App) openArticle(ctx context.Context, n notice, p bridge.Press) error {
	if p.Agent.Outsider {
		a.tell(ctx, n, a.explain(ctx, bridge.Receipt{Verdict: bridge.NotAllowed}, p))
		return nil
	}
	line, err := a.d.store.Line(ctx, lineKey(n))
	if err != nil && !errors.Is(err, bridge.ErrNotFound) {
		return err
	}
	if err != nil || line.Standing == bridge.Withdrawn || strings.TrimSpace(line.Text) == "" {
		a.tell(ctx, n, "That line has no words, or it was never seen here, so there is nothing to make an article of.")
		return nil
	}
	w, err := a.articleOf(ctx, line)
	if err != nil {
		return err
	}
	meta, err := json.Marshal(articleMeta{modalMeta{Conversation: p.Conversation, Handoff: p.Handoff}, line.Key})
	if err != nil {
		return err
	}
	said, err := a.open(ctx, n, articleView(string(meta), w))
	if said != "" {
		a.tell(ctx, n, sayPressAgain)
	}
	return err
}

func (a *App) articleOf(ctx context.Context, line bridge.Line) (proposal, error) {
	mark, err := a.d.store.Mark(ctx, proposalMark+line.Key)
	if err != nil {
		return proposal{}, err
	}
	var w proposal
	if mark != "" && json.Unmarshal([]byte(mark), &w) == nil {
		return w, nil
	}
	w.Answer = strings.TrimSpace(strings.TrimLeft(line.Text, "!/ "))
	c, err := a.d.store.Conversation(ctx, line.Conversation)
	if err != nil {
		return proposal{}, err
	}
	said, err := a.d.store.Messages(ctx, c.ID, max(0, c.Seq-asked), asked)
	if err != nil {
		return proposal{}, err
	}
	for _, m := range said {
		if m.Author.Kind == bridge.ByVisitor && !m.Deleted && m.Stamp != "" && m.Stamp < line.Stamp && strings.TrimSpace(m.Text) != "" {
			w.Questions = strings.Join(strings.Fields(m.Text), " ")
		}
	}
	return w, nil
}

func articleView(meta string, w proposal) slack.ModalViewRequest {
	f := newForm(viewArticle, "Make an article", meta)
	f.text(fieldQuestions, "What it answers", "One question a line. Leave out what is about this visitor alone.", w.Questions, true, false)
	f.text(fieldAnswer, "The answer", "The assistant quotes it to visitors.", w.Answer, true, false)
	return f.v
}

// articled settles the form and returns what is wrong with it, by field. The
// knowledge is kept before the thread is told; sent twice, it is the same.
func (a *App) articled(ctx context.Context, s submission, who person) (map[string]string, error) {
	refuse := func(field, why string) (map[string]string, error) { return map[string]string{field: why}, nil }
	var m articleMeta
	if err := json.Unmarshal([]byte(s.meta), &m); err != nil || m.Line == "" {
		return refuse(fieldQuestions, "This form is out of date. Please close it and choose Make article again.")
	}
	if who.Outsider || who.Nobody {
		return refuse(fieldQuestions, "Guests and people of other organisations cannot do that.")
	}
	var questions []string
	for q := range strings.Lines(s.text(fieldQuestions)) {
		if q = strings.TrimSpace(q); q != "" {
			questions = append(questions, q)
		}
	}
	w := proposal{Questions: strings.Join(questions, "\n"), Answer: s.text(fieldAnswer)}
	if len(questions) == 0 {
		return refuse(fieldQuestions, "Please write the question that it answers.")
	}
	if w.Answer == "" {
		return refuse(fieldAnswer, "Please write the answer.")
	}
	manager, err := a.d.manages(ctx, who.ID)
	if err != nil {
		return nil, err
	}
	waiting := ""
	if manager {
		_, err = a.d.store.ReplaceSource(ctx, articleSource(m.Line), []bridge.Section{{
			ID: digest(articleSource(m.Line)), Title: questions[0], Text: w.Answer, Questions: w.Questions,
		}})
	} else {
		var kept []byte
		kept, err = json.Marshal(w)
		waiting = string(kept)
	}
	if err != nil {
		return nil, err
	}
	if err := a.d.store.SetMark(ctx, proposalMark+m.Line, waiting); err != nil {
		return nil, err
	}
	p := bridge.Press{
		Key: "view:" + s.view, Conversation: m.Conversation, Handoff: m.Handoff,
		Agent: who.Agent, Stamp: a.d.clock.now(a.d.c.Clock.Now()),
	}
	r, err := a.bridge.Handle(ctx, bridge.ArticleMade{Press: p, Manager: manager, Questions: w.Questions, Answer: w.Answer})
	if err != nil {
		return nil, err
	}
	if r.Verdict != bridge.Done {
		return refuse(fieldQuestions, plainWords(a.explain(ctx, r, p)))
	}
	return nil, nil
}

// articleSource is where the knowledge keeps what was learned from a line; the
// same line makes the same article again.
func articleSource(line string) string { return "learned/" + digest(line) }

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
