package slackapp

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"threadline/bridge"
)

// Kinds of notices in the inbox.
const (
	noteLine     = "line"
	noteEdit     = "edit"
	noteDelete   = "delete"
	notePress    = "press"
	noteShortcut = "shortcut"
	noteReaction = "reaction"
	noteCommand  = "command"
	noteHome     = "home"
	noteRevoked  = "revoked"
	noteMoved    = "moved"
	noteRootGone = "root_gone"
)

// A notice is what we keep of an envelope: our own words for it, so that a
// later version can read what an earlier one kept.
type notice struct {
	Kind string `json:"kind"`
	// Channel, Thread and Stamp say which message it is about; Thread is the
	// root's stamp.
	Channel string `json:"channel,omitempty"`
	Thread  string `json:"thread,omitempty"`
	Stamp   string `json:"stamp,omitempty"`
	// At is the instant of the event itself in Slack's clock.
	At   string `json:"at,omitempty"`
	User string `json:"user,omitempty"`
	Text string `json:"text,omitempty"`
	// Rich is the rich_text block that Text was made of, if there is one.
	Rich json.RawMessage `json:"rich,omitempty"`
	// Parent is who wrote the thread's root.
	Parent string       `json:"parent,omitempty"`
	Files  []sharedFile `json:"files,omitempty"`
	// Action, Value and Block describe a press; Name a reaction or command.
	Action    string `json:"action,omitempty"`
	Value     string `json:"value,omitempty"`
	Block     string `json:"block,omitempty"`
	Name      string `json:"name,omitempty"`
	Ephemeral bool   `json:"ephemeral,omitempty"`
	Trigger   string `json:"trigger,omitempty"`
	// View is the modal that a press was made in.
	View        string `json:"view,omitempty"`
	ResponseURL string `json:"response_url,omitempty"`

	waiting *waiting // the trigger, while what it opens is being read
}

// submission is a modal that was sent off. It is settled before it is
// acknowledged and never waits in the inbox.
type submission struct {
	view, callback, user, meta string
	values                     map[string]map[string]viewValue
}

type viewValue struct {
	Value    string `json:"value"`
	Selected *struct {
		Value string `json:"value"`
	} `json:"selected_option"`
	User  string   `json:"selected_user"`
	Users []string `json:"selected_users"`
	At    int64    `json:"selected_date_time"`
}

// incoming is what one envelope turned out to be: a notice to keep, one of our
// own posts coming back, a submission, or nothing of interest.
type incoming struct {
	id     string // of the envelope
	keep   *bridge.Envelope
	note   notice
	echo   *echo
	submit *submission
	known  func(channel string) string
	// limited: Slack holds events back.
	limited bool
}

// echo is one of our posts as Slack shows it to us.
type echo struct {
	delivery string
	bot      string // who posted it
	files    []string
	place    bridge.Place
}

var errNoEnvelope = errors.New("no envelope id")

// wire is an envelope as it comes over the socket. It is read here and not by
// the library so that one malformed block cannot hide a line.
type wire struct {
	EnvelopeID string          `json:"envelope_id"`
	Type       string          `json:"type"`
	Payload    json.RawMessage `json:"payload"`
}

// open reads an envelope. On an error the id is still there if it could be
// read, so that the envelope can be acknowledged. Channels may have had other
// ids: known tells the first one.
func open(raw json.RawMessage, now time.Time, known func(string) string) (incoming, error) {
	var w wire
	if err := json.Unmarshal(raw, &w); err != nil {
		return incoming{}, err
	}
	in := incoming{id: w.EnvelopeID, known: known}
	if in.id == "" {
		return in, errNoEnvelope
	}
	var err error
	switch w.Type {
	case "events_api":
		err = in.event(w.Payload)
	case "interactive":
		err = in.interaction(w.Payload)
	case "slash_commands":
		err = in.command(w.Payload)
	default:
		return in, errors.New("unknown kind of envelope: " + w.Type)
	}
	if err != nil || in.keep == nil {
		return in, err
	}
	in.keep.Kind = in.note.Kind
	in.keep.ReceivedAt = now
	in.keep.Payload, err = json.Marshal(in.note)
	return in, err
}

// wireMessage holds what we read of a message.
type wireMessage struct {
	Type     string `json:"type"`
	Subtype  string `json:"subtype"`
	Channel  string `json:"channel"`
	User     string `json:"user"`
	BotID    string `json:"bot_id"`
	AppID    string `json:"app_id"`
	Text     string `json:"text"`
	Stamp    string `json:"ts"`
	Thread   string `json:"thread_ts"`
	Parent   string `json:"parent_user_id"`
	EventAt  string `json:"event_ts"`
	Deleted  string `json:"deleted_ts"`
	Reaction string `json:"reaction"`
	Tab      string `json:"tab"`
	Edited   *struct {
		User  string `json:"user"`
		Stamp string `json:"ts"`
	} `json:"edited"`
	Files []sharedFile `json:"files"`
	Item  struct {
		Channel string `json:"channel"`
		Stamp   string `json:"ts"`
	} `json:"item"`
	Metadata struct {
		Type    string         `json:"event_type"`
		Payload map[string]any `json:"event_payload"`
	} `json:"metadata"`
	Blocks   blockList    `json:"blocks"`
	Message  *wireMessage `json:"message"`
	Previous *wireMessage `json:"previous_message"`
}

// blockList is a message's blocks, unread. Whatever else it may be is none: one
// malformed block must not hide a line.
type blockList []json.RawMessage

// UnmarshalJSON implements json.Unmarshaler.
func (b *blockList) UnmarshalJSON(raw []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		*b = list
	}
	return nil
}

// byProgram: bots and apps, ourselves among them, never speak to visitors.
func (m *wireMessage) byProgram() bool { return m.BotID != "" || m.AppID != "" }

func (in *incoming) event(payload json.RawMessage) error {
	var outer struct {
		Type    string          `json:"type"`
		EventID string          `json:"event_id"`
		Event   json.RawMessage `json:"event"`
	}
	if err := json.Unmarshal(payload, &outer); err != nil {
		return err
	}
	if in.limited = outer.Type == eventLimit; in.limited {
		return nil // Slack documents it without an inner event
	}
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(outer.Event, &head); err != nil {
		return err
	}
	if in.limited = head.Type == eventLimit; in.limited {
		return nil
	}
	if eventKinds()[head.Type] == nil {
		return errors.New("unknown kind of event: " + head.Type)
	}
	if head.Type == "tokens_revoked" || head.Type == "app_uninstalled" {
		in.note = notice{Kind: noteRevoked, Name: head.Type}
		in.file("revoked:"+outer.EventID, "", "")
		return nil
	}
	if head.Type == "channel_id_changed" {
		return in.moved(outer.Event)
	}
	if head.Type == "app_home_opened" {
		return in.home(outer.Event)
	}
	var m wireMessage
	if err := json.Unmarshal(outer.Event, &m); err != nil {
		return err
	}
	m.Channel, m.Item.Channel = in.known(m.Channel), in.known(m.Item.Channel)
	if head.Type == "reaction_added" {
		in.note = notice{
			Kind: noteReaction, Channel: m.Item.Channel, Thread: m.Item.Stamp, Stamp: m.Item.Stamp,
			At: m.EventAt, User: m.User, Name: m.Reaction,
		}
		if m.Reaction == resolveEmoji && m.Item.Stamp != "" {
			in.file("react:"+m.Item.Channel+":"+m.Item.Stamp+":"+m.Reaction+":"+m.User+":"+m.EventAt,
				m.Item.Channel+":"+m.Item.Stamp, m.EventAt)
		}
		return nil
	}
	in.message(&m)
	return nil
}

// eventLimit says that Slack holds events back, as beyond 30,000 an hour. What
// it holds back never comes.
const eventLimit = "app_rate_limited"

// moved is about a channel that has another id now: Channel was its id, Value
// is.
func (in *incoming) moved(raw json.RawMessage) error {
	var e struct {
		Old     string `json:"old_channel_id"`
		New     string `json:"new_channel_id"`
		EventAt string `json:"event_ts"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	in.note = notice{Kind: noteMoved, Channel: e.Old, Value: e.New, At: e.EventAt}
	in.file("moved:"+e.Old+":"+e.New, "", e.EventAt)
	return nil
}

func (in *incoming) home(raw json.RawMessage) error {
	var e struct {
		User    string `json:"user"`
		Tab     string `json:"tab"`
		EventAt string `json:"event_ts"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	if e.Tab != "" && e.Tab != "home" {
		return nil
	}
	in.note = notice{Kind: noteHome, User: e.User, At: e.EventAt}
	in.file("home:"+e.User+":"+e.EventAt, "", e.EventAt)
	return nil
}

// message sorts a message event. Only what people write, change or delete in
// threads is of interest; our own posts come back and settle their deliveries.
func (in *incoming) message(m *wireMessage) {
	switch m.Subtype {
	case "", "file_share", "thread_broadcast":
		if m.byProgram() {
			if id, _ := m.Metadata.Payload["delivery"].(string); id != "" {
				in.echo = &echo{delivery: id, bot: m.BotID, place: bridge.Place{Channel: m.Channel, Stamp: m.Stamp}}
			} else if len(m.Files) > 0 {
				in.shares(m)
			}
			return
		}
		if m.Thread == "" || m.Thread == m.Stamp || m.User == "" {
			return
		}
		in.note = lineNotice(m.Channel, m)
		in.file(lineEnvelopeKey(m.Channel, m.Stamp), m.Channel+":"+m.Thread, m.Stamp)
	case "message_changed":
		in.changed(m)
	case "message_deleted":
		in.deleted(m)
	}
}

// The natural keys of what happens to a line.

func lineEnvelopeKey(channel, stamp string) string { return "msg:" + channel + ":" + stamp }

func editEnvelopeKey(channel, stamp, edited string) string {
	return "edit:" + channel + ":" + stamp + ":" + edited
}

func deleteEnvelopeKey(channel, stamp string) string { return "del:" + channel + ":" + stamp }

// shares is a message of a program that carries files: ours, perhaps.
func (in *incoming) shares(m *wireMessage) {
	in.echo = &echo{bot: m.BotID, place: bridge.Place{Channel: m.Channel, Stamp: m.Stamp}}
	for _, f := range m.Files {
		in.echo.files = append(in.echo.files, f.ID)
	}
}

func lineNotice(channel string, m *wireMessage) notice {
	n := notice{
		Kind: noteLine, Channel: channel, Thread: m.Thread, Stamp: m.Stamp, At: m.Stamp,
		User: m.User, Text: m.Text, Rich: richBlock(m.Blocks), Parent: m.Parent,
	}
	n.Files = m.Files
	return n
}

func (in *incoming) changed(m *wireMessage) {
	now := m.Message
	if now != nil && now.Subtype == tombstone && m.Previous != nil {
		in.rootGone(m.Channel, now.Stamp, m.Previous)
		return
	}
	if now == nil || now.byProgram() || now.Thread == "" {
		return
	}
	if m.Previous != nil && m.Previous.Text == now.Text && sameFiles(m.Previous.Files, now.Files) {
		return // unfurls, replies counted, pins
	}
	if now.Thread == now.Stamp {
		return
	}
	n := lineNotice(m.Channel, now)
	n.Kind = noteEdit
	n.At = firstOf(m.EventAt, m.Stamp)
	// A file that is taken away leaves the mark of an earlier edit as it was.
	if now.Edited != nil && (m.Previous == nil || m.Previous.Edited == nil || m.Previous.Edited.Stamp != now.Edited.Stamp) {
		n.At = now.Edited.Stamp
		n.User = firstOf(now.Edited.User, now.User)
	}
	in.note = n
	in.file(editEnvelopeKey(m.Channel, now.Stamp, n.At), m.Channel+":"+now.Thread, n.At)
}

func (in *incoming) deleted(m *wireMessage) {
	was := m.Previous
	if was == nil || m.Deleted == "" {
		return
	}
	if was.byProgram() {
		in.rootGone(m.Channel, m.Deleted, was)
		return
	}
	at := firstOf(m.EventAt, m.Stamp)
	in.note = notice{Kind: noteDelete, Channel: m.Channel, Thread: was.Thread, Stamp: m.Deleted, At: at, User: was.User}
	in.file(deleteEnvelopeKey(m.Channel, m.Deleted), m.Channel+":"+orElse(was.Thread, m.Deleted), at)
}

// rootGone keeps that a top-level post of a program was deleted: it may have
// been the root of a conversation.
func (in *incoming) rootGone(channel, stamp string, was *wireMessage) {
	if !was.byProgram() || was.Thread != "" && was.Thread != stamp {
		return
	}
	in.note = notice{Kind: noteRootGone, Channel: channel, Thread: stamp, Stamp: stamp}
	in.file("gone:"+channel+":"+stamp, channel+":"+stamp, stamp)
}

func (in *incoming) file(key, order, stamp string) {
	in.keep = &bridge.Envelope{Key: key, Order: order, Stamp: stamp}
}

type wireInteraction struct {
	Type       string `json:"type"`
	CallbackID string `json:"callback_id"`
	TriggerID  string `json:"trigger_id"`
	Response   string `json:"response_url"`
	ActionAt   string `json:"action_ts"`
	MessageTS  string `json:"message_ts"`
	User       struct {
		ID string `json:"id"`
	} `json:"user"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Container struct {
		Type      string `json:"type"`
		MessageTS string `json:"message_ts"`
		Channel   string `json:"channel_id"`
		Thread    string `json:"thread_ts"`
		Ephemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	Message *wireMessage `json:"message"`
	Actions []struct {
		Action string `json:"action_id"`
		Block  string `json:"block_id"`
		Value  string `json:"value"`
		At     string `json:"action_ts"`
	} `json:"actions"`
	View struct {
		ID       string `json:"id"`
		Callback string `json:"callback_id"`
		Meta     string `json:"private_metadata"`
		State    struct {
			Values map[string]map[string]viewValue `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

func (in *incoming) interaction(payload json.RawMessage) error {
	var p wireInteraction
	if err := json.Unmarshal(payload, &p); err != nil {
		return err
	}
	n := notice{User: p.User.ID, Trigger: p.TriggerID, ResponseURL: p.Response}
	n.Channel = in.known(firstOf(p.Container.Channel, p.Channel.ID))
	n.Stamp = firstOf(p.Container.MessageTS, p.MessageTS)
	n.Ephemeral = p.Container.Ephemeral
	n.Thread = p.Container.Thread
	if p.Message != nil {
		n.Stamp = firstOf(n.Stamp, p.Message.Stamp)
		n.Thread = firstOf(n.Thread, p.Message.Thread)
		n.Text = p.Message.Text
	}
	n.Thread = firstOf(n.Thread, n.Stamp)
	switch p.Type {
	case "block_actions":
		if len(p.Actions) == 0 {
			return nil
		}
		a := p.Actions[0]
		n.Kind, n.Action, n.Value, n.Block, n.At, n.Text = notePress, a.Action, a.Value, a.Block, firstOf(a.At, p.ActionAt), ""
		n.View = p.View.ID
		in.note = n
		in.file(strings.Join([]string{"action", n.Channel, n.Stamp, n.Action, n.User, n.At}, ":"), n.Channel+":"+n.Thread, n.At)
	case "message_action":
		n.Kind, n.Action, n.At = noteShortcut, p.CallbackID, p.ActionAt
		if p.Message != nil {
			if p.Message.byProgram() {
				n.Parent = "program"
			}
			n.Parent = firstOf(n.Parent, p.Message.User)
		}
		in.note = n
		in.file(strings.Join([]string{"action", n.Channel, n.Stamp, n.Action, n.User, n.At}, ":"), n.Channel+":"+n.Thread, n.At)
	case "view_submission":
		in.submit = &submission{
			view: p.View.ID, callback: p.View.Callback, user: p.User.ID,
			meta: p.View.Meta, values: p.View.State.Values,
		}
	}
	return nil
}

func (in *incoming) command(payload json.RawMessage) error {
	var c struct {
		Command  string `json:"command"`
		Text     string `json:"text"`
		User     string `json:"user_id"`
		Channel  string `json:"channel_id"`
		Trigger  string `json:"trigger_id"`
		Response string `json:"response_url"`
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return err
	}
	in.note = notice{
		Kind: noteCommand, Name: c.Command, Text: c.Text, User: c.User,
		Channel: in.known(c.Channel), Trigger: c.Trigger, ResponseURL: c.Response,
	}
	in.file("command:"+firstOf(c.Trigger, in.id), "", "")
	return nil
}
