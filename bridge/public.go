package bridge

import "strings"

// words are what a line says: as its author wrote it, in its public form, and
// the files that it carries.
type words struct {
	source, text string
	mentions     bool
	files        []DeskFile
}

// empty reports whether nothing of it could reach a visitor.
func (w words) empty() bool { return strings.TrimSpace(w.text) == "" && len(passable(w.files)) == 0 }

// judgement is what becomes of a line from the desk. A reason means that its
// author is asked; offer is the button that fits.
type judgement struct {
	standing      Standing
	offer, reason string
}

// judgeLine decides whether a line written in the thread reaches the visitor.
// It is the only place that does, and its default is no. It judges by who held
// the conversation at the line's own stamp, not by who holds it now: what was
// said to colleagues before a claim, or after it ended, stays with them.
func judgeLine(c Conversation, mode LineMode, a Agent, stamp string, w words) judgement {
	if a.Outsider {
		return judgement{Internal, "", "Guests and people of other organisations can read along, but what they write is not sent to the visitor."}
	}
	if isAside(w.source) {
		return judgement{Internal, "", ""}
	}
	h, held := holdAt(c.Holds, a.ID, stamp)
	if !held {
		h, held = holdAt(c.Joins, a.ID, stamp)
	}
	if !held && mode == LinesOfAll {
		h, held = holdAt(c.Holds, "", stamp)
	}
	switch {
	case !held && c.Status != Assigned:
		return judgement{Held, OfferClaimAndSend, "Nobody has claimed this chat, so the visitor has not seen your line."}
	case !held:
		return judgement{Held, OfferSend, "A colleague holds this chat, so the visitor has not seen your line."}
	case h.End == EndedByOther:
		offer := OfferSend
		if c.Status != Assigned {
			offer = OfferClaimAndSend
		}
		return judgement{Held, offer, "The chat had ended when your line arrived, so the visitor has not seen it."}
	}
	if reason := unfit(w); reason != "" {
		offer := OfferSend
		if w.empty() {
			offer = ""
		}
		return judgement{Held, offer, reason}
	}
	if mode == LinesMarked {
		return judgement{Held, OfferSend, "In this team only lines that are sent by a press reach the visitor."}
	}
	return judgement{standing: Public}
}

// isAside reports whether a line is marked as internal by its author.
func isAside(source string) bool {
	s := strings.TrimSpace(source)
	return strings.HasPrefix(s, "!") || strings.HasPrefix(s, "//")
}

// unfit says why the holder's own line must not go out unasked; empty if it
// may.
func unfit(w words) string {
	switch {
	case isAside(w.source):
		return "it is marked as internal."
	case w.mentions:
		return "It mentions a colleague, so the visitor has not seen it."
	case w.empty() && len(w.files) > 0:
		return "The visitor has not received " + w.files[0].Name + ": " + w.files[0].Refused + "."
	case w.empty():
		return "It has no text that could be sent."
	}
	return ""
}

// holdAt finds the newest hold of an agent, or of anybody if a is empty, that
// covers a stamp. A hold that did not end by a click has no end in the desk's
// clock, so it covers everything after its beginning.
func holdAt(holds []Hold, a AgentID, stamp string) (Hold, bool) {
	for i := len(holds) - 1; i >= 0; i-- {
		h := holds[i]
		if a != "" && h.Agent != a || stamp < h.From {
			continue
		}
		if h.End == EndedByClick && stamp > h.Until {
			return Hold{}, false
		}
		return h, true
	}
	return Hold{}, false
}
