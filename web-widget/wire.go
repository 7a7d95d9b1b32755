package widget

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"html"
	"net/url"
	"strings"
	"time"

	"threadline/bridge"
)

// The shapes that visitors' programs read. Others script against them: names
// stay, and nothing is left out when it is empty.
type (
	authorJSON struct {
		Kind      string `json:"kind"`
		Name      string `json:"name"`
		Title     string `json:"title"`
		AvatarURL string `json:"avatar_url"`
	}
	agentJSON struct {
		Name      string `json:"name"`
		Title     string `json:"title"`
		AvatarURL string `json:"avatar_url"`
	}
	messageJSON struct {
		ID          string           `json:"id"`
		Seq         int64            `json:"seq"`
		Author      authorJSON       `json:"author"`
		Text        string           `json:"text"`
		HTML        string           `json:"html"`
		Attachments []attachmentJSON `json:"attachments"`
		Sources     []bridge.Source  `json:"sources"`
		ClientID    string           `json:"client_id"`
		ReplyID     string           `json:"reply_id"`
		Order       string           `json:"order"`
		Rev         int64            `json:"rev"`
		CreatedAt   string           `json:"created_at"`
		EditedAt    *string          `json:"edited_at"`
		Deleted     bool             `json:"deleted"`
		// Helpful is what the visitor said of it; null for nothing.
		Helpful *bool `json:"helpful"`
	}
	conversationJSON struct {
		ID          string     `json:"id"`
		Status      string     `json:"status"`
		Agent       *agentJSON `json:"agent"`
		Expectation string     `json:"expectation"`
		Epoch       int64      `json:"epoch"`
		Rev         int64      `json:"rev"`
		// Rating is the visitor's of the present episode; null for none.
		Rating *ratingJSON `json:"rating"`
	}
	ratingJSON struct {
		Score   int    `json:"score"`
		Comment string `json:"comment"`
	}
	siteJSON struct {
		ID            string    `json:"id"`
		Name          string    `json:"name"`
		AssistantName string    `json:"assistant_name"`
		Theme         themeJSON `json:"theme"`
		Texts         textsJSON `json:"texts"`
	}
	themeJSON struct {
		Accent string `json:"accent"`
	}
	textsJSON struct {
		Greeting     string `json:"greeting"`
		AINotice     string `json:"ai_notice"`
		Placeholder  string `json:"placeholder"`
		TalkToPerson string `json:"talk_to_person"`
		Waiting      string `json:"waiting"`
		Resolved     string `json:"resolved"`
		Ended        string `json:"ended"`
	}
	deltaJSON struct {
		ReplyID string `json:"reply_id"`
		Epoch   int64  `json:"epoch"`
		Offset  int    `json:"offset"`
		Text    string `json:"text"`
	}
	cancelledJSON struct {
		ReplyID string `json:"reply_id"`
	}
)

const (
	orderFormat   = "2006-01-02T15:04:05.000000Z"
	instantFormat = "2006-01-02T15:04:05.000Z"
)

func instant(t time.Time) string { return t.UTC().Format(instantFormat) }

// scribe writes rows in the visitor's shapes, reading each agent once.
// One goroutine.
type scribe struct {
	store     bridge.Reader
	publicURL string
	tokens    signer
	agents    map[bridge.AgentID]bridge.Agent
}

func (h *Handler) scribe() *scribe {
	return &scribe{store: h.store, publicURL: h.publicURL, tokens: h.tokens, agents: make(map[bridge.AgentID]bridge.Agent)}
}

// forget makes the scribe read agents afresh: people change their pictures
// while a stream lasts.
func (s *scribe) forget() { clear(s.agents) }

func (s *scribe) agent(ctx context.Context, id bridge.AgentID) (bridge.Agent, error) {
	if a, ok := s.agents[id]; ok {
		return a, nil
	}
	a, err := s.store.Agent(ctx, id)
	switch {
	case errors.Is(err, bridge.ErrNotFound):
		a = bridge.Agent{ID: id}
	case err != nil:
		return bridge.Agent{}, err
	}
	s.agents[id] = a
	return a, nil
}

// avatarURL is where we serve the agent's picture ourselves. The version in it
// changes with the picture, so that browsers may keep it.
func (s *scribe) avatarURL(a bridge.Agent) string {
	return s.publicURL + "/avatars/" + url.PathEscape(string(a.ID)) + "?v=" + pictureVersion(a)
}

func pictureVersion(a bridge.Agent) string {
	sum := sha256.Sum256([]byte(a.Picture + "\n" + a.Name))
	return hex.EncodeToString(sum[:6])
}

func (s *scribe) message(ctx context.Context, m bridge.Message) (messageJSON, error) {
	out := messageJSON{
		ID:  string(m.ID),
		Seq: m.Seq,
		Author: authorJSON{
			Kind: string(m.Author.Kind), Name: m.Author.Name, Title: m.Author.Title,
		},
		Attachments: []attachmentJSON{},
		Sources:     []bridge.Source{},
		ClientID:    m.ClientID,
		ReplyID:     m.ReplyID,
		Order:       m.Order.UTC().Format(orderFormat),
		Rev:         m.Rev,
		CreatedAt:   instant(m.CreatedAt),
		Deleted:     m.Deleted,
		Helpful:     helpful(m.Thumb),
	}
	if m.Author.Agent != "" {
		a, err := s.agent(ctx, m.Author.Agent)
		if err != nil {
			return messageJSON{}, err
		}
		out.Author.AvatarURL = s.avatarURL(a)
	}
	if !m.EditedAt.IsZero() {
		at := instant(m.EditedAt)
		out.EditedAt = &at
	}
	if m.Deleted {
		return out, nil
	}
	out.Text, out.HTML = m.Text, m.HTML
	if out.HTML == "" {
		out.HTML = plainHTML(m.Text)
	}
	out.Sources = append(out.Sources, m.Sources...)
	for _, a := range m.Attachments {
		out.Attachments = append(out.Attachments, s.attachment(a))
	}
	return out, nil
}

func (s *scribe) messages(ctx context.Context, list []bridge.Message) ([]messageJSON, error) {
	out := make([]messageJSON, 0, len(list))
	for _, m := range list {
		j, err := s.message(ctx, m)
		if err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return out, nil
}

func (s *scribe) conversation(ctx context.Context, c bridge.Conversation) (conversationJSON, error) {
	out := conversationJSON{
		ID: string(c.ID), Status: string(c.Status), Expectation: c.Expectation, Epoch: c.Epoch, Rev: c.Rev,
		Rating: given(c.Rating),
	}
	if !c.Begun() {
		out.Status = string(bridge.Automatic)
	}
	if c.Status == bridge.Assigned && c.Holder != "" {
		a, err := s.agent(ctx, c.Holder)
		if err != nil {
			return conversationJSON{}, err
		}
		out.Agent = &agentJSON{Name: a.Name, Title: a.Title, AvatarURL: s.avatarURL(a)}
	}
	return out, nil
}

func siteShape(s bridge.Site) siteJSON {
	fill := strings.NewReplacer("{assistant}", s.AssistantName).Replace
	t := s.Texts
	return siteJSON{
		ID: string(s.ID), Name: s.Name, AssistantName: s.AssistantName,
		Theme: themeJSON{Accent: s.Accent},
		Texts: textsJSON{
			Greeting: fill(t.Greeting), AINotice: fill(t.AINotice), Placeholder: fill(t.Placeholder),
			TalkToPerson: fill(t.TalkToPerson), Waiting: fill(t.Waiting),
			Resolved: fill(t.Resolved), Ended: fill(t.Ended),
		},
	}
}

// plainHTML is a text made safe for a page.
func plainHTML(text string) string {
	return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>")
}

// conversation reads the visitor's conversation; one that has not begun is empty and bears only
// its ids.
func (h *Handler) conversation(ctx context.Context, c claims) (bridge.Conversation, error) {
	return readConversation(ctx, h.store, c.Conversation)
}

func readConversation(ctx context.Context, store bridge.Reader, id bridge.ConversationID) (bridge.Conversation, error) {
	conv, err := store.Conversation(ctx, id)
	if errors.Is(err, bridge.ErrNotFound) {
		return bridge.Conversation{ID: id}, nil
	}
	return conv, err
}
