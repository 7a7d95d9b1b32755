package slackapp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"threadline/bridge"
)

// trouble says in plain words why deliveries do not go out, and how to mend it.
type trouble struct{ what, mend string }

// explainTrouble reads the error that a delivery was last refused with.
func explainTrouble(cause string) trouble {
	has := func(names ...string) bool {
		for _, n := range names {
			if strings.Contains(cause, n) {
				return true
			}
		}
		return false
	}
	switch {
	case has("bytes are on their way", "waiting to see it"):
		return trouble{"A visitor's file is on its way.", "Nothing to do: it goes on by itself."}
	case has("is_archived", "is_inactive"):
		return trouble{"The channel is archived.", "Unarchive it in Slack, or name another in SLACK_CHANNEL for new chats. A second channel of the site stands in at once."}
	case has("restricted_action"):
		return trouble{"Posting in the channel is restricted.", "Let the app post there: the channel's settings in Slack, under Posting permissions."}
	case has("not_in_channel"):
		return trouble{"The app is not in the channel.", "Invite it there: /invite @Threadline."}
	case has("channel_not_found", errNoChannel.Error()):
		return trouble{"The channel is gone, or it is private and the app was removed from it.", "Invite the app there: /invite @Threadline; or name another channel in SLACK_CHANNEL for new chats."}
	case has("thread_not_found"):
		return trouble{"A chat's thread was deleted in Slack.", "Its lines are kept here; nothing else is held up."}
	case has("missing_scope", "no_permission"):
		return trouble{"The app lacks a permission.", "Bring its manifest up to date with manifest.yaml and install it again."}
	case judgeName(cause).kind == tokenTrouble, has("invalid_auth", "account_inactive", "token_revoked", "not_authed"):
		return trouble{"Slack does not take the bot token: it was revoked, or the app was removed.", "Install the app again and put its token (xoxb-…) into SLACK_BOT_TOKEN."}
	case judgeName(cause).kind == badContent:
		return trouble{"Slack refuses the content of a post (" + clip(cause, 120) + ").", "Try again; if it is refused again, please report it with the log."}
	case has("rate limit", "ratelimited"):
		return trouble{"Slack asks us to slow down.", "Nothing to do: it goes on by itself."}
	case has("connection refused", "no such host", "deadline exceeded", "server error", "EOF", "reset"):
		return trouble{"Slack does not answer.", "Check the network and status.slack.com; it goes on by itself."}
	}
	return trouble{"Slack refuses: " + clip(cause, 120) + ".", "See the log, and run threadline doctor."}
}

// stuck tells what does not go out and why; empty if everything does.
func stuck(b bridge.Backlog) (string, trouble) {
	if len(b.Stuck) == 0 && len(b.Lost) > 0 {
		posts := "posts were given up"
		if len(b.Lost) == 1 {
			posts = "post was given up"
		}
		why := explainTrouble(b.Lost[0].LastError)
		return fmt.Sprintf("%d %s", len(b.Lost), posts), why
	}
	if len(b.Stuck) == 0 {
		return "", trouble{}
	}
	cause := ""
	for _, row := range b.Stuck {
		if cause = row.LastError; cause != "" {
			break
		}
	}
	things := "deliveries wait"
	if b.Pending == 1 {
		things = "delivery waits"
	}
	s := fmt.Sprintf("%d %s to go out to Slack", b.Pending, things)
	if b.Oldest > 0 {
		s += ", the oldest post for " + roughly(b.Oldest)
	}
	why := explainTrouble(cause)
	for _, row := range b.Stuck {
		var left bridge.ReopenedBody
		if row.Kind == bridge.KindReopened && json.Unmarshal(row.Body, &left) == nil {
			name := "another channel"
			if left.To != "" {
				name = string(left.To)
			}
			whose := ""
			if left.Route != "" {
				whose = " of " + string(left.Route)
			}
			why.what += " Chats" + whose + " that need a person go on in " + name + " meanwhile."
			break
		}
	}
	return s, why
}

// roughly is a length of time as people say it.
func roughly(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// checkDeliveries shows what is stuck. It needs the store.
func (d *Desk) checkDeliveries(ctx context.Context) Check {
	c := Check{Name: "slack deliveries"}
	b, err := d.store.Backlog(ctx, d.c.Clock.Now())
	if err != nil {
		c.Level, c.Detail, c.Mend = LevelWarn, err.Error(), "See the database."
		return c
	}
	what, why := stuck(b)
	if what == "" {
		return c.ok(fmt.Sprintf("%d wait", b.Pending))
	}
	c.Level, c.Detail, c.Mend = LevelWarn, what+". "+why.what+" Nothing is lost.", why.mend
	if len(b.Lost) > 0 {
		c.Mend += " Then press Try again in the app's home in Slack."
	}
	return c
}
