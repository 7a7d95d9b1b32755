package storage

import (
	"encoding/json"
	"unicode/utf8"

	"threadline/bridge"
)

const (
	// packetBytes bounds a notification. PostgreSQL: NOTIFY, a payload is
	// shorter than 8,000 bytes.
	packetBytes = 7000
	// pieceRunes is how many code points of a draft a packet carries at most:
	// escaped, each takes six bytes at worst.
	pieceRunes = 1000
)

// item is a change of a conversation, a piece of a draft or a sign.
type item struct {
	changed bridge.ConversationID
	draft   *bridge.Draft
	sign    *bridge.Sign
}

// signJSON tells a sign from a draft.
type signJSON struct {
	Sign *bridge.Sign `json:"sign"`
}

// draftJSON is how a draft travels.
type draftJSON struct {
	Conversation bridge.ConversationID `json:"conversation"`
	Epoch        int64                 `json:"epoch"`
	ReplyID      string                `json:"reply_id"`
	Offset       int                   `json:"offset,omitempty"`
	Text         string                `json:"text,omitempty"`
	Cancelled    bool                  `json:"cancelled,omitempty"`
}

// MarshalJSON makes a change the id alone, and a draft or a sign an object.
func (i item) MarshalJSON() ([]byte, error) {
	if i.sign != nil {
		return json.Marshal(signJSON{i.sign})
	}
	if i.draft == nil {
		return json.Marshal(i.changed)
	}
	return json.Marshal(draftJSON(*i.draft))
}

// UnmarshalJSON implements json.Unmarshaler.
func (i *item) UnmarshalJSON(b []byte) error {
	*i = item{}
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &i.changed)
	}
	var s signJSON
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s.Sign != nil {
		i.sign = s.Sign
		return nil
	}
	var d draftJSON
	if err := json.Unmarshal(b, &d); err != nil {
		return err
	}
	draft := bridge.Draft(d)
	i.draft = &draft
	return nil
}

// packet is the payload of one notification.
type packet struct {
	Origin string        `json:"origin"`
	Items  []item        `json:"items,omitempty"`
	Lanes  []bridge.Lane `json:"lanes,omitempty"`
}

func unpack(payload string) (packet, bool) {
	var p packet
	err := json.Unmarshal([]byte(payload), &p)
	return p, err == nil
}

// packets writes items, in their order, and lanes into as few payloads as
// hold them. An item that no payload can hold is left out: our ids are short.
func packets(origin string, items []item, lanes []bridge.Lane) []string {
	type raw struct {
		Origin string            `json:"origin"`
		Items  []json.RawMessage `json:"items,omitempty"`
		Lanes  []bridge.Lane     `json:"lanes,omitempty"`
	}
	var payloads []string
	next := raw{Origin: origin, Lanes: lanes}
	base, _ := json.Marshal(raw{Origin: origin, Items: []json.RawMessage{[]byte(`""`)}, Lanes: lanes}) // strings always marshal
	size := len(base)
	flush := func() {
		if len(next.Items) == 0 && len(next.Lanes) == 0 {
			return
		}
		b, err := json.Marshal(next)
		if err == nil {
			payloads = append(payloads, string(b))
		}
		next, size = raw{Origin: origin}, len(base)
	}
	for _, whole := range items {
		for _, i := range pieces(whole) {
			b, err := json.Marshal(i)
			if err != nil || len(base)+len(b) > packetBytes {
				continue
			}
			if size+len(b)+1 > packetBytes {
				flush()
			}
			next.Items = append(next.Items, b)
			size += len(b) + 1
		}
	}
	flush()
	return payloads
}

// pieces splits a draft that is too long between code points.
func pieces(i item) []item {
	if i.draft == nil || len(i.draft.Text) <= pieceRunes {
		return []item{i}
	}
	var out []item
	d := *i.draft
	for rest := d.Text; rest != ""; {
		end, runes := 0, 0
		for end < len(rest) && runes < pieceRunes {
			_, n := utf8.DecodeRuneInString(rest[end:])
			end += n
			runes++
		}
		piece := d
		piece.Text = rest[:end]
		out = append(out, item{draft: &piece})
		rest = rest[end:]
		d.Offset += runes
	}
	return out
}
