package storage

import (
	"context"
	"time"

	"threadline/bridge"
)

type episodeRow struct {
	Conversation bridge.ConversationID `db:"conversation_id"`
	Number       int                   `db:"number"`
	SiteID       bridge.SiteID         `db:"site_id"`
	From         int64                 `db:"from_seq"`
	To           int64                 `db:"to_seq"`
	Began        instant               `db:"began_at"`
	Score        int                   `db:"score"`
	Comment      string                `db:"comment"`
	RatedAt      instant               `db:"rated_at"`
}

// Episodes implements bridge.Reader. It is several queries, so an episode may
// be a moment older than its handoffs.
func (s *Store) Episodes(ctx context.Context, since time.Time, limit int) ([]bridge.Episode, error) {
	if since.IsZero() {
		since = time.Unix(0, 0) // the zero time is kept as nothing at all
	}
	var rows []episodeRow
	err := s.reads.list(ctx, &rows, `SELECT e.conversation_id, e.number, e.site_id, e.from_seq, e.began_at, COALESCE(r.score, 0) AS score, COALESCE(r.comment, '') AS comment, r.rated_at,
		COALESCE((SELECT min(n.from_seq) FROM episodes n WHERE n.conversation_id = e.conversation_id AND n.number > e.number), 0) AS to_seq
		FROM episodes e LEFT JOIN ratings r ON r.conversation_id = e.conversation_id AND r.episode = e.number
		WHERE e.began_at >= $1 ORDER BY e.began_at DESC, e.conversation_id, e.number DESC LIMIT $2`, at(since), limit)
	if err != nil {
		return nil, failure("episodes", err)
	}
	seen := map[bridge.ConversationID]bool{}
	var ids []bridge.ConversationID
	for _, r := range rows {
		if !seen[r.Conversation] {
			seen[r.Conversation] = true
			ids = append(ids, r.Conversation)
		}
	}
	var talks []conversationRow
	if err := listIn(ctx, s.reads, &talks, selectConversation+` WHERE c.id IN (`, `)`, ids); err != nil {
		return nil, failure("conversations of episodes", err)
	}
	of := make(map[bridge.ConversationID]bridge.Conversation, len(talks))
	for _, c := range talks {
		of[c.ID] = c.domain()
	}
	var handoffs []handoffRow
	if err := listIn(ctx, s.reads, &handoffs, selectHandoff+` WHERE h.conversation_id IN (`, `) ORDER BY h.opened_at, h.id`, ids); err != nil {
		return nil, failure("handoffs of episodes", err)
	}
	type key struct {
		conversation bridge.ConversationID
		number       int
	}
	by := map[key][]bridge.Handoff{}
	for _, h := range handoffs {
		by[key{h.Conversation, h.Episode}] = append(by[key{h.Conversation, h.Episode}], h.domain())
	}
	episodes := make([]bridge.Episode, len(rows))
	for i, r := range rows {
		c := of[r.Conversation]
		episodes[i] = bridge.Episode{
			Conversation: r.Conversation, Number: r.Number, SiteID: r.SiteID, Began: r.Began.Time, From: r.From, To: r.To,
			Rating:  bridge.Rating{Score: r.Score, Comment: r.Comment, At: r.RatedAt.Time},
			Visitor: c.VisitorID, PageURL: c.PageURL, Thread: c.Thread, Handoffs: by[key{r.Conversation, r.Number}],
		}
	}
	return episodes, nil
}
