package slackapp

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// fateKind says what is known of a call that failed.
type fateKind int

const (
	// outcomeUnknown: Slack may or may not have done it.
	outcomeUnknown fateKind = iota
	// notSent: it never reached Slack.
	notSent
	// rateLimited: Slack wants us to wait.
	rateLimited
	// tryLater: Slack says no at present.
	tryLater
	// notInChannel: we must join first.
	notInChannel
	// channelTrouble: the channel is archived, gone or closed to us.
	channelTrouble
	// threadGone: the thread's root does not exist.
	threadGone
	// tokenTrouble: Slack does not take our token.
	tokenTrouble
	// badContent: Slack will never take this content.
	badContent
	// subjectGone: the message or person it is about does not exist.
	subjectGone
	// alreadySo: what we asked for was so before.
	alreadySo
)

type fate struct {
	kind fateKind
	wait time.Duration // for rateLimited
}

// judge reads an error of slack-go. Errors that Slack's pages call server
// failures ("some aspect of the operation may have succeeded") count as
// unknown.
func judge(err error) fate {
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return fate{kind: rateLimited, wait: max(limited.RetryAfter, time.Second)}
	}
	var status slack.StatusCodeError
	if errors.As(err, &status) {
		switch {
		case status.Code == http.StatusTooManyRequests:
			return fate{kind: rateLimited, wait: 5 * time.Second}
		case status.Code >= 500:
			return fate{kind: outcomeUnknown}
		default:
			return fate{kind: tryLater}
		}
	}
	var said slack.SlackErrorResponse
	if errors.As(err, &said) {
		return judgeName(said.Err)
	}
	if errors.Is(err, errNoChannel) {
		return fate{kind: channelTrouble}
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return fate{kind: notSent}
	}
	return fate{kind: outcomeUnknown}
}

func judgeName(name string) fate {
	switch name {
	case "ratelimited", "rate_limited":
		return fate{kind: rateLimited, wait: 5 * time.Second}
	case "internal_error", "fatal_error", "request_timeout":
		return fate{kind: outcomeUnknown}
	case "service_unavailable", "accesslimited", "team_added_to_org":
		return fate{kind: tryLater}
	case "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired",
		"not_allowed_token_type", "missing_scope", "no_permission", "org_login_required":
		return fate{kind: tokenTrouble}
	case "not_in_channel":
		return fate{kind: notInChannel}
	case "channel_not_found", "is_archived", "is_inactive", "method_not_supported_for_channel_type":
		return fate{kind: channelTrouble}
	case "thread_not_found":
		return fate{kind: threadGone}
	case "message_not_found", "user_not_in_channel", "user_not_found", "no_item_specified",
		"cant_update_message", "edit_window_closed", "users_not_found", "no_reaction_target":
		return fate{kind: subjectGone}
	case "already_reacted", "no_reaction":
		return fate{kind: alreadySo}
	case "invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "no_text",
		"invalid_arguments", "invalid_metadata_format", "invalid_metadata_schema", "metadata_too_large",
		"too_many_attachments", "markdown_text_conflict", "invalid_arg_name", "invalid_form_data",
		"too_many_reactions", "invalid_name":
		return fate{kind: badContent}
	}
	if strings.HasPrefix(name, "restricted_action") {
		return fate{kind: channelTrouble}
	}
	return fate{kind: tryLater}
}

// backoff is how long to wait after the n-th attempt: doubling from one
// second, capped. jitter is 0 to 1.
func backoff(attempts int, limit time.Duration, jitter float64) time.Duration {
	wait := limit
	if attempts < 16 {
		wait = min(limit, time.Second<<max(attempts-1, 0))
	}
	return wait*3/4 + time.Duration(float64(wait)*jitter/2)
}
