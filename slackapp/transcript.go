package slackapp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

const (
	actTranscript = "show_transcript"
	// The buttons that turn the pages of a transcript bear its number.
	actEarlier     = "transcript_earlier"
	actLater       = "transcript_later"
	viewTranscript = "transcript_modal"
	// transcriptPage is how many characters a page of a transcript holds, far
	// below what a view may weigh (Slack: views.open, 250 KB).
	transcriptPage = 9000
)

// transcript shows an agent what was said in a chat whose thread does not show
// it. The press on the card opens a modal, which takes nothing of the channel's
// pace; presses in the modal turn its pages.
func (a *App) transcript(ctx context.Context, n notice) error {
	who, err := a.d.person(ctx, n.User)
	if err != nil || who.Nobody {
		return err
	}
	if who.Outsider {
		a.tell(ctx, n, a.explain(ctx, bridge.Receipt{Verdict: bridge.NotAllowed}, bridge.Press{}))
		return nil
	}
	id, which, _ := strings.Cut(n.Value, ":")
	c, err := a.d.store.Conversation(ctx, bridge.ConversationID(id))
	if errors.Is(err, bridge.ErrNotFound) {
		a.tell(ctx, n, sayOutdated)
		return nil
	}
	if err != nil {
		return err
	}
	v, err := a.d.visitor(ctx, c.VisitorID)
	if err != nil {
		return err
	}
	said, err := a.everythingSaid(ctx, c.ID)
	if err != nil {
		return err
	}
	pages := paged(said)
	page := len(pages) - 1
	if i, err := strconv.Atoi(which); err == nil {
		page = min(max(i, 0), page)
	}
	view := transcriptView(c.ID, visitorName(v), pages, page)
	if n.View != "" {
		err = a.fill(ctx, n.View, view)
	} else {
		err = a.showForm(ctx, n, view)
	}
	if err != nil {
		a.log.Warn("slack: cannot show a transcript", "conversation", c.ID, "error", err)
		a.tell(ctx, n, sayPressAgain)
	}
	return nil
}

// everythingSaid are all public messages that stand, in the order in which the
// visitor sees them.
func (a *App) everythingSaid(ctx context.Context, id bridge.ConversationID) ([]bridge.Message, error) {
	var all []bridge.Message
	for after := int64(0); ; {
		list, err := a.d.store.Messages(ctx, id, after, 500)
		if err != nil || len(list) == 0 {
			slices.SortStableFunc(all, func(x, y bridge.Message) int { return x.Order.Compare(y.Order) })
			return all, err
		}
		for _, m := range list {
			after = m.Seq
			if !m.Deleted {
				all = append(all, m)
			}
		}
	}
}

// paged splits a transcript; there is always a page.
func paged(said []bridge.Message) [][]para {
	pages := [][]para{nil}
	size := 0
	for _, m := range said {
		paras := []para{{bold(speaker(bridge.LineBody{Kind: m.Author.Kind, Name: m.Author.Name}))}}
		if m.Text != "" {
			paras = append(paras, para{plain(m.Text)})
		}
		for _, f := range m.Attachments {
			paras = append(paras, para{plain("📎 " + f.Name)})
		}
		for _, s := range m.Sources {
			paras = append(paras, source(s))
		}
		n := 0
		for _, p := range paras {
			n += utf8.RuneCountInString(p.said()) + 1
		}
		if size > 0 && size+n > transcriptPage {
			pages, size = append(pages, nil), 0
		}
		last := len(pages) - 1
		pages[last], size = append(pages[last], paras...), size+n
	}
	return pages
}

func transcriptView(id bridge.ConversationID, visitor string, pages [][]para, page int) slack.ModalViewRequest {
	text := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
	}
	blocks := []slack.Block{header("💬 " + visitor)}
	if len(pages[page]) == 0 {
		blocks = append(blocks, ours("Nothing has been said yet."))
	}
	blocks = append(blocks, rich(pages[page]...)...)
	if n := len(pages); n > 1 {
		blocks = append(blocks, aside(fmt.Sprintf("Page %d of %d", page+1, n)))
		var turn []slack.BlockElement
		to := func(action, label string, page int) {
			turn = append(turn, button(action, string(id)+":"+strconv.Itoa(page), label, slack.StyleDefault))
		}
		if page > 0 {
			to(actEarlier, "← Earlier", page-1)
		}
		if page < n-1 {
			to(actLater, "Later →", page+1)
		}
		blocks = append(blocks, slack.NewActionBlock("", turn...))
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewTranscript, Title: text("Transcript"), Close: text("Close"),
		Blocks: slack.Blocks{BlockSet: blocks},
	}
}
