package widget

import (
	"net/http"
	"unicode/utf8"

	"threadline/bridge"
)

// rating takes what the visitor says of the chat. Saying it again changes
// nothing, saying something else replaces it.
func (h *Handler) rating(w http.ResponseWriter, r *http.Request, c claims) error {
	var in struct {
		Score   int    `json:"score"`
		Comment string `json:"comment"`
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if in.Score < 1 || in.Score > bridge.MaxScore {
		return invalid("invalid_score", "The field score must be a whole number from 1 to 5.")
	}
	comment := tidy(in.Comment)
	if utf8.RuneCountInString(comment) > maxText {
		return textTooLong()
	}
	receipt, err := h.bridge.Handle(r.Context(), bridge.VisitorRated{Conversation: c.Conversation, Score: in.Score, Comment: comment})
	if err != nil {
		return err
	}
	switch receipt.Verdict {
	case bridge.Blocked:
		return blocked()
	case bridge.Stale:
		return &problem{status: http.StatusConflict, code: "nothing_to_rate", message: "There is no chat to rate yet."}
	}
	writeJSON(w, http.StatusOK, struct{}{})
	return nil
}

// feedback takes whether an answer of the assistant helped.
func (h *Handler) feedback(w http.ResponseWriter, r *http.Request, c claims) error {
	var in struct {
		Seq     *int64 `json:"seq"`
		Helpful *bool  `json:"helpful"`
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if in.Seq == nil || *in.Seq < 1 {
		return invalid("invalid_seq", "The field seq must be a whole number of at least 1.")
	}
	if in.Helpful == nil {
		return invalid("invalid_field", "The field helpful must be true or false.")
	}
	thumb := bridge.ThumbDown
	if *in.Helpful {
		thumb = bridge.ThumbUp
	}
	receipt, err := h.bridge.Handle(r.Context(), bridge.VisitorJudged{Conversation: c.Conversation, Seq: *in.Seq, Thumb: thumb})
	if err != nil {
		return err
	}
	switch receipt.Verdict {
	case bridge.Blocked:
		return blocked()
	case bridge.Stale:
		return &problem{status: http.StatusNotFound, code: "unknown_answer", message: "There is no answer of the assistant with that number."}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// helpful is the visitor's opinion of an answer; nil for none.
func helpful(t bridge.Thumb) *bool {
	if t == bridge.NoThumb {
		return nil
	}
	yes := t == bridge.ThumbUp
	return &yes
}

// given is the visitor's rating; nil for none.
func given(r bridge.Rating) *ratingJSON {
	if r.Score == 0 {
		return nil
	}
	return &ratingJSON{Score: r.Score, Comment: r.Comment}
}
