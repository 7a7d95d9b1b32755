package storage

import (
	"threadline/bridge"
)

// The rows below mirror the domain's types column by column. Each has its list
// of columns, which is what is written, and what is read besides.

const conversationColumns = "id, site_id, visitor_id, status, epoch, rev, status_rev, seq, episode, episode_from, turn, " +
	"answered_turn, restarts, assistant_helps, holder, holds, handoff_id, cooling, hand_back, expectation, page_url, " +
	"trail, referrer, locale, device, last_order, last_visitor_at, visitor_seen, created_at, updated_at, " +
	"route, left_channel, left_stamp, quiet, quiet_after, " +
	"joins, snoozed_until, unanswered_since, tags, delayed, booking_id, rating, alone"

// selectConversation reads conversations with the newest root post.
const selectConversation = `SELECT ` + conversationColumns + `,
	COALESCE((SELECT p.channel FROM places p WHERE p.conversation_id = c.id AND p.kind = 'root' ORDER BY p.at DESC, p.stamp DESC LIMIT 1), '') AS thread_channel,
	COALESCE((SELECT p.stamp FROM places p WHERE p.conversation_id = c.id AND p.kind = 'root' ORDER BY p.at DESC, p.stamp DESC LIMIT 1), '') AS thread_stamp
	FROM conversations c`

type conversationRow struct {
	ID              bridge.ConversationID     `db:"id"`
	SiteID          bridge.SiteID             `db:"site_id"`
	VisitorID       bridge.VisitorID          `db:"visitor_id"`
	Status          bridge.Status             `db:"status"`
	Epoch           int64                     `db:"epoch"`
	Rev             int64                     `db:"rev"`
	StatusRev       int64                     `db:"status_rev"`
	Seq             int64                     `db:"seq"`
	Episode         int                       `db:"episode"`
	EpisodeFrom     int64                     `db:"episode_from"`
	Turn            int64                     `db:"turn"`
	AnsweredTurn    int64                     `db:"answered_turn"`
	Restarts        int                       `db:"restarts"`
	AssistantHelps  bool                      `db:"assistant_helps"`
	Holder          bridge.AgentID            `db:"holder"`
	Holds           document[[]bridge.Hold]   `db:"holds"`
	Handoff         bridge.HandoffID          `db:"handoff_id"`
	Cooling         document[[]bridge.Cooled] `db:"cooling"`
	HandBack        string                    `db:"hand_back"`
	Expectation     string                    `db:"expectation"`
	PageURL         string                    `db:"page_url"`
	Trail           document[[]string]        `db:"trail"`
	Referrer        string                    `db:"referrer"`
	Locale          string                    `db:"locale"`
	Device          string                    `db:"device"`
	LastOrder       instant                   `db:"last_order"`
	LastVisitorAt   instant                   `db:"last_visitor_at"`
	VisitorSeen     int64                     `db:"visitor_seen"`
	CreatedAt       instant                   `db:"created_at"`
	UpdatedAt       instant                   `db:"updated_at"`
	Route           bridge.Route              `db:"route"`
	LeftChannel     string                    `db:"left_channel"`
	LeftStamp       string                    `db:"left_stamp"`
	Quiet           bool                      `db:"quiet"`
	QuietAfter      int64                     `db:"quiet_after"`
	ThreadChannel   string                    `db:"thread_channel"`
	ThreadStamp     string                    `db:"thread_stamp"`
	Joins           document[[]bridge.Hold]   `db:"joins"`
	SnoozedUntil    instant                   `db:"snoozed_until"`
	UnansweredSince instant                   `db:"unanswered_since"`
	Tags            document[[]string]        `db:"tags"`
	Delayed         document[[]string]        `db:"delayed"`
	Booking         bridge.BookingID          `db:"booking_id"`
	Rating          document[bridge.Rating]   `db:"rating"`
	Alone           int                       `db:"alone"`
}

func conversationOf(c bridge.Conversation) conversationRow {
	return conversationRow{
		ID: c.ID, SiteID: c.SiteID, VisitorID: c.VisitorID, Status: c.Status, Epoch: c.Epoch, Rev: c.Rev,
		StatusRev: c.StatusRev, Seq: c.Seq, Episode: c.Episode, EpisodeFrom: c.EpisodeFrom, Turn: c.Turn, AnsweredTurn: c.AnsweredTurn,
		Restarts: c.Restarts, AssistantHelps: c.AssistantHelps, Holder: c.Holder, Holds: document[[]bridge.Hold]{c.Holds},
		Handoff: c.Handoff, Cooling: document[[]bridge.Cooled]{c.Cooling}, HandBack: c.HandBack, Expectation: c.Expectation, PageURL: c.PageURL, Trail: document[[]string]{c.Trail},
		Referrer: c.Referrer, Locale: c.Locale, Device: c.Device, LastOrder: at(c.LastOrder), LastVisitorAt: at(c.LastVisitorAt), VisitorSeen: c.VisitorSeen,
		CreatedAt: at(c.CreatedAt), UpdatedAt: at(c.UpdatedAt),
		Route: c.Route, LeftChannel: c.Left.Channel, LeftStamp: c.Left.Stamp, Quiet: c.Quiet, QuietAfter: c.QuietAfter,
		Joins: document[[]bridge.Hold]{c.Joins}, SnoozedUntil: at(c.SnoozedUntil), UnansweredSince: at(c.UnansweredSince),
		Tags: document[[]string]{c.Tags}, Delayed: document[[]string]{c.Delayed}, Booking: c.Booking, Rating: document[bridge.Rating]{c.Rating}, Alone: c.Alone,
	}
}

func (r conversationRow) domain() bridge.Conversation {
	return bridge.Conversation{
		ID: r.ID, SiteID: r.SiteID, VisitorID: r.VisitorID, Status: r.Status, Epoch: r.Epoch, Rev: r.Rev,
		StatusRev: r.StatusRev, Seq: r.Seq, Episode: r.Episode, EpisodeFrom: r.EpisodeFrom, Turn: r.Turn, AnsweredTurn: r.AnsweredTurn,
		Restarts: r.Restarts, AssistantHelps: r.AssistantHelps, Holder: r.Holder, Holds: r.Holds.V, Handoff: r.Handoff,
		Cooling: r.Cooling.V, HandBack: r.HandBack, Expectation: r.Expectation, PageURL: r.PageURL, Trail: r.Trail.V,
		Referrer: r.Referrer, Locale: r.Locale, Device: r.Device,
		LastOrder: r.LastOrder.Time, LastVisitorAt: r.LastVisitorAt.Time, VisitorSeen: r.VisitorSeen,
		CreatedAt: r.CreatedAt.Time, UpdatedAt: r.UpdatedAt.Time,
		Route: r.Route, Left: bridge.Place{Channel: r.LeftChannel, Stamp: r.LeftStamp}, Quiet: r.Quiet, QuietAfter: r.QuietAfter,
		Joins: r.Joins.V, SnoozedUntil: r.SnoozedUntil.Time, UnansweredSince: r.UnansweredSince.Time, Tags: r.Tags.V, Delayed: r.Delayed.V, Booking: r.Booking, Rating: r.Rating.V, Alone: r.Alone,
		Thread: bridge.Place{Channel: r.ThreadChannel, Stamp: r.ThreadStamp},
	}
}

const handoffColumns = "id, conversation_id, episode, status, trigger_name, origin, evidence, reason, priority, call_managers, " +
	"alerted, tags, summary, page_url, opened_at, waiting_since, claimed_by, claimed_at, arm, outcome, note, resolved_by, closed_at, " +
	"team, offered_to, offered_at, offers, passed, steps, response_due, responded_at, breached_at"

// selectHandoff reads handoffs with their newest alert.
const selectHandoff = `SELECT ` + handoffColumns + `,
	COALESCE((SELECT p.channel FROM places p WHERE p.kind = 'alert' AND p.subject = h.id ORDER BY p.at DESC, p.stamp DESC LIMIT 1), '') AS alert_channel,
	COALESCE((SELECT p.stamp FROM places p WHERE p.kind = 'alert' AND p.subject = h.id ORDER BY p.at DESC, p.stamp DESC LIMIT 1), '') AS alert_stamp
	FROM handoffs h`

type handoffRow struct {
	ID           bridge.HandoffID           `db:"id"`
	Conversation bridge.ConversationID      `db:"conversation_id"`
	Episode      int                        `db:"episode"`
	Status       bridge.HandoffStatus       `db:"status"`
	Trigger      string                     `db:"trigger_name"`
	Origin       bridge.Origin              `db:"origin"`
	Evidence     string                     `db:"evidence"`
	Reason       string                     `db:"reason"`
	Priority     bridge.Priority            `db:"priority"`
	CallManagers bool                       `db:"call_managers"`
	Alerted      bool                       `db:"alerted"`
	Tags         document[[]string]         `db:"tags"`
	Summary      document[bridge.Summary]   `db:"summary"`
	PageURL      string                     `db:"page_url"`
	OpenedAt     instant                    `db:"opened_at"`
	WaitingSince instant                    `db:"waiting_since"`
	ClaimedBy    bridge.AgentID             `db:"claimed_by"`
	ClaimedAt    instant                    `db:"claimed_at"`
	Arm          int64                      `db:"arm"`
	Outcome      bridge.Outcome             `db:"outcome"`
	Note         string                     `db:"note"`
	ResolvedBy   bridge.AgentID             `db:"resolved_by"`
	ClosedAt     instant                    `db:"closed_at"`
	AlertChannel string                     `db:"alert_channel"`
	AlertStamp   string                     `db:"alert_stamp"`
	Team         bridge.TeamID              `db:"team"`
	OfferedTo    bridge.AgentID             `db:"offered_to"`
	OfferedAt    instant                    `db:"offered_at"`
	Offers       int64                      `db:"offers"`
	Passed       document[[]bridge.AgentID] `db:"passed"`
	Steps        int                        `db:"steps"`
	ResponseDue  instant                    `db:"response_due"`
	RespondedAt  instant                    `db:"responded_at"`
	BreachedAt   instant                    `db:"breached_at"`
}

func handoffOf(h bridge.Handoff) handoffRow {
	return handoffRow{
		ID: h.ID, Conversation: h.Conversation, Episode: h.Episode, Status: h.Status, Trigger: h.Trigger, Origin: h.Origin,
		Evidence: h.Evidence, Reason: h.Reason, Priority: h.Priority, CallManagers: h.CallManagers, Alerted: h.Alerted,
		Tags: document[[]string]{h.Tags}, Summary: document[bridge.Summary]{h.Summary}, PageURL: h.PageURL,
		OpenedAt: at(h.OpenedAt), WaitingSince: at(h.WaitingSince), ClaimedBy: h.ClaimedBy, ClaimedAt: at(h.ClaimedAt),
		Arm: h.Arm, Outcome: h.Outcome, Note: h.Note, ResolvedBy: h.ResolvedBy, ClosedAt: at(h.ClosedAt),
		Team: h.Team, OfferedTo: h.OfferedTo, OfferedAt: at(h.OfferedAt), Offers: h.Offers,
		Passed: document[[]bridge.AgentID]{h.Passed}, Steps: h.Steps,
		ResponseDue: at(h.ResponseDue), RespondedAt: at(h.RespondedAt), BreachedAt: at(h.BreachedAt),
	}
}

func (r handoffRow) domain() bridge.Handoff {
	return bridge.Handoff{
		ID: r.ID, Conversation: r.Conversation, Episode: r.Episode, Status: r.Status, Trigger: r.Trigger, Origin: r.Origin,
		Evidence: r.Evidence, Reason: r.Reason, Priority: r.Priority, CallManagers: r.CallManagers, Alerted: r.Alerted,
		Tags: r.Tags.V, Summary: r.Summary.V, PageURL: r.PageURL, OpenedAt: r.OpenedAt.Time,
		WaitingSince: r.WaitingSince.Time, ClaimedBy: r.ClaimedBy, ClaimedAt: r.ClaimedAt.Time, Arm: r.Arm,
		Outcome: r.Outcome, Note: r.Note, ResolvedBy: r.ResolvedBy, ClosedAt: r.ClosedAt.Time,
		Team: r.Team, OfferedTo: r.OfferedTo, OfferedAt: r.OfferedAt.Time, Offers: r.Offers, Passed: r.Passed.V, Steps: r.Steps,
		ResponseDue: r.ResponseDue.Time, RespondedAt: r.RespondedAt.Time, BreachedAt: r.BreachedAt.Time,
		Alert: bridge.Place{Channel: r.AlertChannel, Stamp: r.AlertStamp},
	}
}

const messageColumns = "id, conversation_id, seq, rev, first_rev, sort_order, author_kind, author_name, author_title, author_agent, " +
	"text, html, sources, attachments, client_id, reply_id, line_key, created_at, edited_at, deleted, stamp, thumb"

// selectMessage reads messages with the stamp of the post that mirrors them.
const selectMessage = `SELECT ` + messageColumns + `,
	COALESCE((SELECT min(p.stamp) FROM places p WHERE p.kind = 'line' AND p.subject = m.id), '') AS mirror_stamp
	FROM messages m`

type messageRow struct {
	ID           bridge.MessageID              `db:"id"`
	Conversation bridge.ConversationID         `db:"conversation_id"`
	Seq          int64                         `db:"seq"`
	Rev          int64                         `db:"rev"`
	FirstRev     int64                         `db:"first_rev"`
	Order        instant                       `db:"sort_order"`
	AuthorKind   bridge.AuthorKind             `db:"author_kind"`
	AuthorName   string                        `db:"author_name"`
	AuthorTitle  string                        `db:"author_title"`
	AuthorAgent  bridge.AgentID                `db:"author_agent"`
	Text         string                        `db:"text"`
	HTML         string                        `db:"html"`
	Sources      document[[]bridge.Source]     `db:"sources"`
	Attachments  document[[]bridge.Attachment] `db:"attachments"`
	ClientID     string                        `db:"client_id"`
	ReplyID      string                        `db:"reply_id"`
	LineKey      string                        `db:"line_key"`
	CreatedAt    instant                       `db:"created_at"`
	EditedAt     instant                       `db:"edited_at"`
	Deleted      bool                          `db:"deleted"`
	Stamp        string                        `db:"stamp"`
	MirrorStamp  string                        `db:"mirror_stamp"`
	Thumb        bridge.Thumb                  `db:"thumb"`
}

func messageOf(m bridge.Message) messageRow {
	return messageRow{
		ID: m.ID, Conversation: m.Conversation, Seq: m.Seq, Rev: m.Rev, FirstRev: m.FirstRev, Order: at(m.Order),
		AuthorKind: m.Author.Kind, AuthorName: m.Author.Name, AuthorTitle: m.Author.Title, AuthorAgent: m.Author.Agent,
		Text: m.Text, HTML: m.HTML, Sources: document[[]bridge.Source]{m.Sources},
		Attachments: document[[]bridge.Attachment]{m.Attachments}, ClientID: m.ClientID,
		ReplyID: m.ReplyID, LineKey: m.LineKey, CreatedAt: at(m.CreatedAt), EditedAt: at(m.EditedAt),
		Deleted: m.Deleted, Stamp: m.Stamp, Thumb: m.Thumb,
	}
}

func (r messageRow) domain() bridge.Message {
	m := bridge.Message{
		ID: r.ID, Conversation: r.Conversation, Seq: r.Seq, Rev: r.Rev, FirstRev: r.FirstRev, Order: r.Order.Time,
		Author: bridge.Author{Kind: r.AuthorKind, Name: r.AuthorName, Title: r.AuthorTitle, Agent: r.AuthorAgent},
		Text:   r.Text, HTML: r.HTML, Sources: r.Sources.V, Attachments: r.Attachments.V, ClientID: r.ClientID, ReplyID: r.ReplyID, LineKey: r.LineKey,
		CreatedAt: r.CreatedAt.Time, EditedAt: r.EditedAt.Time, Deleted: r.Deleted, Stamp: r.Stamp, Thumb: r.Thumb,
	}
	if m.Stamp == "" {
		m.Stamp = r.MirrorStamp
	}
	return m
}
