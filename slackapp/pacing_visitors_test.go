package slackapp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"threadline/bridge"
)

// pacingChat is what the visitors know of a conversation.
type pacingChat struct {
	seq      int64
	priority int // of its lines
}

// words are what visitors write: 20 to 90 characters.
const words = "the pump in the cellar has hummed since the last service and the display shows a code that the booklet does not list "

func (p *pacing) words() string {
	from := p.random.IntN(40)
	return fmt.Sprintf("%06d %s", p.ids.Add(1), words[from:from+12+p.random.IntN(80-from)])
}

func (p *pacing) names(chat int) (bridge.ConversationID, bridge.VisitorID) {
	return bridge.ConversationID(fmt.Sprintf("c%03d", chat)), bridge.VisitorID(fmt.Sprintf("v%03d", chat))
}

// begin lets a visitor's first line come the whole way.
func (p *pacing) begin(chat int) {
	c, v := p.names(chat)
	p.handle(bridge.VisitorWrote{Conversation: c, Visitor: v, SiteID: "default", ClientID: "1", Text: p.words()})
	p.chats[c] = &pacingChat{seq: 1, priority: 3}
}

// pacingArrival is a later line, not in the store yet.
type pacingArrival struct {
	at   time.Time
	chat int
}

// put puts the lines that arrived since the last time in one transaction, as
// deciding them one by one would: that spares the test four fifths of its time.
// A line's lag counts from its arrival.
func (p *pacing) put(arrived []pacingArrival) {
	var rows []bridge.Delivery
	for _, a := range arrived {
		id, _ := p.names(a.chat)
		chat := p.chats[id]
		if chat == nil {
			p.begin(a.chat)
			continue
		}
		chat.seq++
		body, err := json.Marshal(bridge.LineBody{Seq: chat.seq, Kind: bridge.ByVisitor, Text: p.words()})
		if err != nil {
			p.t.Fatal(err)
		}
		rows = append(rows, bridge.Delivery{
			ID: bridge.DeliveryID(fmt.Sprintf("id%06d", p.ids.Add(1))), Lane: bridge.LanePost, Kind: bridge.KindLine, Conversation: id,
			Priority: chat.priority, Rank: bridge.RankLine, Body: body, Due: a.at, CreatedAt: a.at,
		})
	}
	if len(rows) == 0 {
		return
	}
	q := bridge.Query{Key: fmt.Sprintf("lines:%d", p.ids.Add(1)), Conversation: rows[0].Conversation}
	_, err := p.Settle(context.Background(), q, func(bridge.State) (bridge.Changes, error) {
		return bridge.Changes{Deliveries: rows, Receipt: bridge.Receipt{Verdict: bridge.Done}}, nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// ask makes a visitor press the button; a chat that has begun is told first
// which lines it holds.
func (p *pacing) ask(chat int) {
	c, v := p.names(chat)
	known := p.chats[c]
	if known == nil {
		known = &pacingChat{}
		p.chats[c] = known
	} else {
		q := bridge.Query{Key: "count:" + string(c), Conversation: c}
		_, err := p.Settle(context.Background(), q, func(s bridge.State) (bridge.Changes, error) {
			s.Conversation.Seq = known.seq
			return bridge.Changes{Conversation: &s.Conversation, Receipt: bridge.Receipt{Verdict: bridge.Done}}, nil
		})
		if err != nil {
			p.t.Fatal(err)
		}
	}
	p.handle(bridge.VisitorAskedForPerson{Conversation: c, Visitor: v, SiteID: "default", Press: "1"})
	known.seq++ // the visitor is told that somebody comes
	known.priority = 2
}

func (p *pacing) handle(e bridge.Event) {
	if _, err := p.bridge.Handle(context.Background(), e); err != nil {
		p.t.Fatal(err)
	}
}
