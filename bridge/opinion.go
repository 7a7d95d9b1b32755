package bridge

import (
	"strconv"
	"time"
)

// Rating is what a visitor says of an episode. The zero value is none.
type Rating struct {
	Score   int       `json:"score,omitempty"` // 1 to [MaxScore]
	Comment string    `json:"comment,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

// MaxScore is the best that a visitor can say.
const MaxScore = 5

// EpisodeRating is the rating of one episode.
type EpisodeRating struct {
	Conversation ConversationID
	Episode      int
	Rating
}

// Thumb is what a visitor says of one answer.
type Thumb int

const (
	NoThumb   Thumb = 0
	ThumbUp   Thumb = 1
	ThumbDown Thumb = -1
)

// VisitorRated: the visitor rates the present episode, or thinks again. The
// rating is told in the thread, for colleagues only. Verdicts: Done, Ignored
// (they have said just that), Stale (there is nothing to rate), Blocked.
type VisitorRated struct {
	Conversation ConversationID
	Score        int
	Comment      string
}

// VisitorJudged: the visitor says whether an answer of the assistant helped.
// Verdicts: Done, Ignored (they have said so), Stale (no such answer),
// Blocked.
type VisitorJudged struct {
	Conversation ConversationID
	Seq          int64
	Thumb        Thumb
}

func (e VisitorRated) query() Query { return Query{Conversation: e.Conversation} }

func (e VisitorJudged) query() Query { return Query{Conversation: e.Conversation, Seq: e.Seq} }

func (e VisitorRated) decide(d *decision) {
	if !d.c.Begun() {
		d.verdict(Stale)
		return
	}
	if d.blocked() {
		return
	}
	was, comment := d.c.Rating, CleanText(e.Comment)
	if was.Score == e.Score && was.Comment == comment {
		d.verdict(Ignored)
		return
	}
	d.c.Rating = Rating{Score: e.Score, Comment: comment, At: d.now}
	d.c.Rev++
	d.c.StatusRev = d.c.Rev
	d.dirty = true
	d.out.Rating = &EpisodeRating{Conversation: d.c.ID, Episode: d.c.Episode, Rating: d.c.Rating}
	text := "The visitor rated this chat " + strconv.Itoa(e.Score) + " of " + strconv.Itoa(MaxScore) + "."
	if was.Score != 0 {
		text = "The visitor now rates this chat " + strconv.Itoa(e.Score) + " of " + strconv.Itoa(MaxScore) + "."
	}
	d.tellOpinion("⭐", text, comment, true)
	d.redraw()
}

func (e VisitorJudged) decide(d *decision) {
	m := d.state.Message
	if !d.c.Begun() || m == nil || m.Deleted || m.Author.Kind != ByAssistant {
		d.verdict(Stale)
		return
	}
	if d.blocked() {
		return
	}
	if m.Thumb == e.Thumb {
		d.verdict(Ignored)
		return
	}
	n := *m
	n.Thumb = e.Thumb
	d.change(n)
	if e.Thumb == ThumbUp {
		d.tellOpinion("👍", "The visitor found this answer of the assistant helpful:", m.Text, false)
	} else {
		d.tellOpinion("👎", "The visitor found this answer of the assistant unhelpful:", m.Text, false)
	}
}

// tellOpinion puts a note for colleagues into the thread. A chat that is shown
// as one card has no lines there, and gets none for this.
func (d *decision) tellOpinion(sign, text, words string, whole bool) {
	if d.c.Quiet {
		return
	}
	d.put(Delivery{
		Lane: LanePost, Kind: KindNote, Priority: 3, Rank: RankLine,
		Body: body(NoteBody{Sign: sign, Text: text, Evidence: words, Whole: whole}),
	})
}
