package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"threadline/bridge"
	"threadline/bridge/attachment"
)

// Metadata types of our posts. The payload holds ids only: any app of the
// workspace can read it.
const (
	metaThread = "threadline_thread"
	metaAlert  = "threadline_alert"
	metaLines  = "threadline_lines"
	metaNote   = "threadline_note"
)

// A post is one message as chat.postMessage takes it.
type post struct {
	route           bridge.Route
	channel, thread string
	broadcast       bool
	// text is escaped and holds everything that the blocks hold.
	text   string
	blocks []slack.Block
	// spare are simpler blocks in case Slack refuses the others.
	spare    []slack.Block
	metadata slack.SlackMetadata
}

var (
	// errUnfit: the delivery can never be sent.
	errUnfit = errors.New("delivery makes no sense")
	// errNoThread: the conversation's root is not posted yet.
	errNoThread = errors.New("the conversation has no thread yet")
)

// compose makes the post of a delivery from the state at this moment.
func (d *Desk) compose(ctx context.Context, row bridge.Delivery) (post, error) {
	p, err := d.whereTo(ctx, row)
	if err != nil {
		return post{}, err
	}
	if p.thread == "" && !standsAlone(row) {
		return post{}, errNoThread
	}
	switch row.Kind {
	case bridge.KindRoot:
		c, err := d.rootCard(ctx, row.Conversation)
		if err != nil {
			return post{}, err
		}
		p.text, p.blocks, p.spare = c.text, c.blocks, c.spare
		p.metadata = threadMeta(row.Conversation, row.ID)
	case bridge.KindAlert:
		c, err := d.alertCard(ctx, bridge.HandoffID(row.Subject), row.Attempts)
		if err != nil {
			return post{}, err
		}
		p.text, p.blocks, p.spare, p.broadcast = c.text, c.blocks, c.spare, true
		p.metadata = alertMeta(row.Conversation, bridge.HandoffID(row.Subject), row.ID)
	case bridge.KindLine:
		lines, err := batch(row)
		if err != nil {
			return post{}, err
		}
		p.text, p.blocks = linePost(lines...)
		p.metadata = meta(metaLines, row.ID, map[string]any{
			"conversation_id": string(row.Conversation), "seq_from": lines[0].Seq, "seq_to": lines[len(lines)-1].Seq,
		})
	case bridge.KindNote:
		var b bridge.NoteBody
		if err := json.Unmarshal(row.Body, &b); err != nil {
			return post{}, fmt.Errorf("%w: %w", errUnfit, err)
		}
		var call []string
		if b.CallManagers {
			var err error
			if call, err = d.whomToCall(ctx, row.Attempts); err != nil {
				return post{}, err
			}
		}
		for _, id := range b.Call {
			call = append(call, string(id))
		}
		p.text, p.blocks = notePost(b, call, d.permalink(ctx, b.Link))
		p.broadcast = b.Loud
		p.metadata = meta(metaNote, row.ID, map[string]any{"conversation_id": string(row.Conversation)})
	case bridge.KindDigest:
		var b bridge.DigestBody
		if err := json.Unmarshal(row.Body, &b); err != nil {
			return post{}, fmt.Errorf("%w: %w", errUnfit, err)
		}
		p.text, p.blocks = d.digestPost(ctx, b)
		p.metadata = meta(metaNote, row.ID, map[string]any{"conversation_id": string(row.Conversation)})
	case bridge.KindReminder:
		c, m, err := d.taskPost(ctx, row)
		if err != nil {
			return post{}, err
		}
		p.text, p.blocks, p.spare, p.metadata = c.text, c.blocks, c.spare, m
	default:
		return post{}, fmt.Errorf("%w: kind %q", errUnfit, row.Kind)
	}
	return p, nil
}

// standsAlone reports whether a post stands in the channel itself.
func standsAlone(row bridge.Delivery) bool {
	return row.Kind == bridge.KindRoot || row.Kind == bridge.KindDigest || row.Kind == bridge.KindReminder && bridge.StandsAlone(row.Conversation)
}

// whereTo is a post without content; the thread of a root is empty, as is that
// of what follows a root which is not posted yet.
func (d *Desk) whereTo(ctx context.Context, row bridge.Delivery) (post, error) {
	if bridge.StandsAlone(row.Conversation) {
		return d.whereToTask(ctx, row)
	}
	c, err := d.store.Conversation(ctx, row.Conversation)
	if err != nil {
		return post{}, err
	}
	p := post{route: c.Route}
	switch {
	case standsAlone(row):
		p.channel, err = d.beginIn(ctx, c.Route)
	case c.Thread != c.Left:
		p.channel, p.thread = c.Thread.Channel, c.Thread.Stamp
	}
	return p, err
}

func meta(kind string, id bridge.DeliveryID, payload map[string]any) slack.SlackMetadata {
	payload["delivery"] = string(id)
	return slack.SlackMetadata{EventType: kind, EventPayload: payload}
}

func threadMeta(c bridge.ConversationID, id bridge.DeliveryID) slack.SlackMetadata {
	return meta(metaThread, id, map[string]any{"conversation_id": string(c)})
}

func alertMeta(c bridge.ConversationID, h bridge.HandoffID, id bridge.DeliveryID) slack.SlackMetadata {
	return meta(metaAlert, id, map[string]any{"conversation_id": string(c), "handoff_id": string(h)})
}

// batch reads the lines that one post carries, the row's own first.
func batch(row bridge.Delivery) ([]bridge.LineBody, error) {
	var lines []bridge.LineBody
	for _, d := range append([]bridge.Delivery{row}, row.Batch...) {
		var b bridge.LineBody
		if err := json.Unmarshal(d.Body, &b); err != nil {
			return nil, fmt.Errorf("%w: %w", errUnfit, err)
		}
		lines = append(lines, b)
	}
	return lines, nil
}

// linePost shows public lines. Each speaker stands in bold with an icon above
// the words, so that visitor and assistant differ at a glance.
func linePost(lines ...bridge.LineBody) (string, []slack.Block) {
	var paras []para
	longest := 0
	for _, b := range lines {
		paras = append(paras, para{bold(speaker(b))})
		if strings.TrimSpace(b.Text) != "" || len(b.Files) == 0 {
			paras = append(paras, para{plain(b.Text)})
		}
		for _, s := range b.Source {
			paras = append(paras, source(s))
		}
		for _, f := range b.Files {
			paras = append(paras, para{plain("📎 " + f.Name + " (" + attachment.Size(f.Size) + ")")})
		}
		if b.Page != "" {
			paras = append(paras, para{ital("on "), span{text: b.Page, ital: true, url: webLink(b.Page)}})
		}
		longest = max(longest, utf8.RuneCountInString(b.Text))
	}
	text := sayAll(paras, maxPostText)
	if utf8.RuneCountInString(text) > maxBlockText && longest > maxBlockText {
		return text, nil
	}
	return text, rich(paras...)
}

func speaker(b bridge.LineBody) string {
	switch b.Kind {
	case bridge.ByVisitor:
		return "👤 " + orElse(b.Name, "Visitor")
	case bridge.ByAssistant:
		return "🤖 " + orElse(b.Name, "Assistant") + " · AI"
	case bridge.ByAgent:
		return "🧑‍💼 " + orElse(b.Name, "Agent")
	default:
		return "⚙️ To the visitor"
	}
}

func source(s bridge.Source) para {
	title := orElse(s.Title, s.URL)
	if title == "" {
		return nil
	}
	p := para{ital("Source: ")}
	if link := webLink(s.URL); link != "" {
		return append(p, span{text: title, url: link})
	}
	if s.URL != "" && s.URL != title {
		title += " (" + s.URL + ")"
	}
	return append(p, plain(title))
}

// notePost is a line of our own, with the visitor's words behind it quoted as
// data.
func notePost(b bridge.NoteBody, call []string, link string) (string, []slack.Block) {
	title := orElse(b.Sign, "ℹ️") + " " + escape(b.Text) + ring(call)
	if link != "" {
		title += " <" + link + "|What came before>"
	}
	if len(b.Lines) > 0 {
		text, blocks := linePost(b.Lines...)
		if b.Text == "" {
			return text, blocks
		}
		if blocks != nil {
			blocks = append([]slack.Block{ours(title)}, blocks...)
		}
		return title + "\n" + text, blocks
	}
	if b.Evidence == "" {
		return title, []slack.Block{ours(title)}
	}
	words := b.Evidence
	if !b.Whole {
		words = clip(words, maxEvidence)
	}
	return title + "\n“" + escape(words) + "”", append([]slack.Block{ours(title)}, quoted(words)...)
}

// sayAll is the text beside the blocks: everything they say, escaped.
func sayAll(paras []para, limit int) string {
	var lines []string
	for _, p := range paras {
		if s := p.said(); s != "" {
			lines = append(lines, s)
		}
	}
	return escapeInto(strings.Join(lines, "\n"), limit)
}

// private makes the call for a private row and names its bucket.
func (d *Desk) private(ctx context.Context, row bridge.Delivery) (func(context.Context) error, string, error) {
	c, err := d.store.Conversation(ctx, row.Conversation)
	if err != nil {
		return nil, "", err
	}
	if c.Thread.IsZero() {
		return nil, "", errNoThread
	}
	switch row.Kind {
	case bridge.KindLock:
		var b bridge.LockBody
		if err := json.Unmarshal(row.Body, &b); err != nil {
			return nil, "", fmt.Errorf("%w: %w", errUnfit, err)
		}
		item := slack.NewRefToMessage(d.called(lineChannel(c, row.Subject)), b.Stamp)
		if b.Off {
			return func(ctx context.Context) error {
				return d.api.RemoveReactionContext(ctx, lockEmoji, item)
			}, "reactions.remove", nil
		}
		return func(ctx context.Context) error {
			return d.api.AddReactionContext(ctx, lockEmoji, item)
		}, "reactions.add", nil
	case bridge.KindWarn:
		var b bridge.LockBody
		if err := json.Unmarshal(row.Body, &b); err != nil {
			return nil, "", fmt.Errorf("%w: %w", errUnfit, err)
		}
		item := slack.NewRefToMessage(d.called(lineChannel(c, row.Subject)), b.Stamp)
		return func(ctx context.Context) error {
			return d.api.AddReactionContext(ctx, warnEmoji, item)
		}, "reactions.add", nil
	case bridge.KindSuggestion, bridge.KindBriefing:
		send, err := d.forOne(c, row)
		if err != nil {
			return nil, "", fmt.Errorf("%w: %w", errUnfit, err)
		}
		return send, "chat.postEphemeral", nil
	case bridge.KindTell:
		var b bridge.TellBody
		if err := json.Unmarshal(row.Body, &b); err != nil {
			return nil, "", fmt.Errorf("%w: %w", errUnfit, err)
		}
		root, err := d.lineRoot(ctx, c, row.Subject)
		if err != nil {
			return nil, "", err
		}
		text := escape("⚠️ " + b.Text)
		return func(ctx context.Context) error {
			_, err := d.api.PostEphemeralContext(ctx, d.called(root.Channel), string(b.Agent),
				slack.MsgOptionTS(root.Stamp), slack.MsgOptionText(text, false), slack.MsgOptionParse(false),
				slack.MsgOptionBlocks(ours(text)))
			return err
		}, "chat.postEphemeral", nil
	case bridge.KindUndo:
		var b bridge.UndoBody
		if err := json.Unmarshal(row.Body, &b); err != nil {
			return nil, "", fmt.Errorf("%w: %w", errUnfit, err)
		}
		root, err := d.lineRoot(ctx, c, b.LineKey)
		if err != nil {
			return nil, "", err
		}
		text, blocks := undoCard(b)
		return func(ctx context.Context) error {
			_, err := d.api.PostEphemeralContext(ctx, d.called(root.Channel), string(b.Agent),
				slack.MsgOptionTS(root.Stamp), slack.MsgOptionText(text, false), slack.MsgOptionParse(false),
				slack.MsgOptionBlocks(blocks...))
			return err
		}, "chat.postEphemeral", nil
	case bridge.KindHeld:
		var b bridge.HeldBody
		if err := json.Unmarshal(row.Body, &b); err != nil {
			return nil, "", fmt.Errorf("%w: %w", errUnfit, err)
		}
		value := string(b.Value)
		if value == "" {
			value = string(row.Conversation)
		}
		root, err := d.lineRoot(ctx, c, b.LineKey)
		if err != nil {
			return nil, "", err
		}
		text, blocks := heldCard(b, value)
		return func(ctx context.Context) error {
			_, err := d.api.PostEphemeralContext(ctx, d.called(root.Channel), string(b.Agent),
				slack.MsgOptionTS(root.Stamp),
				slack.MsgOptionText(text, false),
				slack.MsgOptionParse(false),
				slack.MsgOptionBlocks(blocks...))
			return err
		}, "chat.postEphemeral", nil
	}
	return nil, "", fmt.Errorf("%w: kind %q", errUnfit, row.Kind)
}

const (
	lockEmoji = "lock"
	warnEmoji = "warning"
)

// lineChannel is the channel in which a line stands: it may be that of any
// thread that the chat was in. Without a line it is the live one.
func lineChannel(c bridge.Conversation, line string) string {
	if channel, _, ok := strings.Cut(line, ":"); ok && isID(channel, 'C', 'G') {
		return channel
	}
	return c.Thread.Channel
}

// lineRoot is the root of the thread in which a line stands, as far as its
// channel and its age tell: only members of that channel can be asked about it.
func (d *Desk) lineRoot(ctx context.Context, c bridge.Conversation, line string) (bridge.Place, error) {
	switch lineChannel(c, line) {
	case c.Thread.Channel:
		return c.Thread, nil
	case c.Left.Channel:
		return c.Left, nil
	}
	roots, err := d.store.Roots(ctx, c.ID, maxRead)
	if err != nil {
		return bridge.Place{}, err
	}
	channel, stamp, _ := strings.Cut(line, ":")
	for _, root := range roots { // newest first
		if root.Channel == channel && root.Stamp < stamp {
			return root, nil
		}
	}
	return c.Thread, nil
}

// heldCard asks the author of a line that was not sent what to do with it. The
// line's key rides in the block's id: the buttons' value is the handoff's.
func heldCard(b bridge.HeldBody, value string) (string, []slack.Block) {
	reason := orElse(b.Reason, "This line was not sent to the visitor.")
	paras := []para{{plain("🔒 " + reason)}}
	text, blocks := sayAll(paras, maxUpdateText), rich(paras...)
	var send *slack.ButtonBlockElement
	switch b.Offer {
	case bridge.OfferClaimAndSend:
		send = button(actClaimAndSend, value, "Claim and send", slack.StylePrimary)
	case bridge.OfferSend:
		send = button(actSend, value, "Send to visitor", slack.StylePrimary)
	default:
		return text, blocks // they may not send it at all and are only told why
	}
	keep := button(actKeep, value, "Keep internal", slack.StyleDefault)
	return text, append(blocks, slack.NewActionBlock(lineBlock(b.LineKey), send, keep))
}

// undoCard tells the author of a line that it is held back, and until when.
func undoCard(b bridge.UndoBody) (string, []slack.Block) {
	text := "⏳ The visitor gets this line at " + dateToken(b.Until, "{time_secs}") + "."
	return text, []slack.Block{ours(text), slack.NewActionBlock(lineBlock(b.LineKey), button(actUndo, string(b.Value), "Undo", slack.StyleDefault))}
}

const linePrefix = "line:"

func lineBlock(key string) string { return linePrefix + key }

func orElse(s, other string) string {
	if strings.TrimSpace(s) == "" {
		return other
	}
	return s
}

// dateToken shows an instant in the reader's own zone, with the time in UTC
// for whoever cannot (Slack: date formatting).
func dateToken(t time.Time, format string) string {
	return fmt.Sprintf("<!date^%d^%s|%s UTC>", t.Unix(), format, t.UTC().Format("15:04"))
}
