package slackapp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"threadline/bridge"
)

// Levels of a check.
const (
	LevelOK   = "ok"
	LevelWarn = "warn"
	LevelFail = "fail"
)

// Check is one thing that was looked at: how it stands and how to mend it.
type Check struct {
	Name, Level, Detail, Mend string
}

// Check looks at everything about Slack that an operator can get wrong. It
// changes nothing except that it joins a public channel. What is stuck is
// shown only by a desk with a store.
func (d *Desk) Check(ctx context.Context) []Check {
	out := []Check{d.checkBotToken(ctx)}
	if out[0].Level == LevelFail {
		out = append(out, d.checkAppToken(ctx))
	} else {
		out = append(out, d.checkScopes(ctx), d.checkAppToken(ctx))
		out = append(out, d.checkChannels(ctx)...)
		out = append(out, d.checkManagers(ctx))
	}
	if d.store != nil {
		out = append(out, d.checkDeliveries(ctx))
	}
	return out
}

func (d *Desk) checkBotToken(ctx context.Context) Check {
	c := Check{Name: "slack bot token"}
	bounded, cancel := d.call(ctx)
	defer cancel()
	got, err := d.api.AuthTestContext(bounded)
	if err != nil {
		return c.failed(err, "Put the Bot User OAuth Token (xoxb-…) of the installed app into SLACK_BOT_TOKEN.")
	}
	return c.ok(fmt.Sprintf("%s in %s", got.User, got.Team))
}

func (d *Desk) checkScopes(ctx context.Context) Check {
	c := Check{Name: "slack scopes"}
	bounded, cancel := d.call(ctx)
	defer cancel()
	got, err := d.api.AuthTestContext(bounded)
	if err != nil {
		return c.failed(err, "See the bot token.")
	}
	granted := map[string]bool{}
	for s := range strings.SplitSeq(got.Header.Get("X-Oauth-Scopes"), ",") {
		granted[strings.TrimSpace(s)] = true
	}
	var missing []string
	for s := range Scopes() {
		if !granted[s] {
			missing = append(missing, s)
		}
	}
	if len(missing) > 0 {
		c.Level, c.Detail = LevelFail, "missing "+strings.Join(sorted(missing), ", ")
		c.Mend = "Bring the app's manifest up to date with manifest.yaml and install the app again."
		return c
	}
	return c.ok(fmt.Sprintf("all %d granted", len(Scopes())))
}

func (d *Desk) checkAppToken(ctx context.Context) Check {
	c := Check{Name: "slack app token"}
	bounded, cancel := d.call(ctx)
	defer cancel()
	if _, _, err := d.api.StartSocketModeContext(bounded); err != nil {
		return c.failed(err, "Put an app-level token (xapp-…) with the scope connections:write into SLACK_APP_TOKEN, and switch Socket Mode on.")
	}
	return c.ok("Socket Mode opens")
}

// checkChannels looks at every channel in which chats begin, at those that
// stand in for them and at those of teams. Without one of the others nobody
// waits, so its lack is a warning.
func (d *Desk) checkChannels(ctx context.Context) []Check {
	s, err := d.setup(ctx)
	if err != nil {
		return []Check{{Name: "slack channel", Level: LevelWarn, Detail: err.Error(), Mend: "See the database."}}
	}
	d.forgetChannels()
	begin := live(s.Sites)
	var out []Check
	for _, r := range routes(s) {
		c := d.checkChannel(ctx, r)
		if len(routes(s)) > 1 {
			c.Detail = d.named(r) + ": " + c.Detail
		}
		if !slices.Contains(begin, r) && c.Level == LevelFail {
			c.Level = LevelWarn
			if slices.Contains(s.TeamRoutes(), r) {
				c.Detail += "; chats for its team wait where they began"
				c.Mend = strings.Replace(c.Mend, "the site's channels", "the team's form or file", 1)
			} else {
				c.Detail += "; it is to stand in for another"
			}
		}
		out = append(out, c)
	}
	return out
}

func (d *Desk) checkChannel(ctx context.Context, r bridge.Route) Check {
	c := Check{Name: "slack channel"}
	setting := "the site's channels"
	if r == "" {
		setting = "SLACK_CHANNEL"
	}
	found, err := d.findChannel(ctx, d.named(r))
	if err != nil {
		return c.failed(err, "Make the channel, or name another in "+setting+"; into a private channel the app must be invited.")
	}
	if found.IsArchived {
		c.Level, c.Detail, c.Mend = LevelFail, "#"+found.Name+" is archived", "Unarchive it, or name another in "+setting+"."
		return c
	}
	if !found.IsMember {
		if err := d.join(ctx, found.ID); err != nil {
			return c.failed(err, "Invite the app: /invite @Threadline in the channel.")
		}
	}
	called, name := "#"+found.Name, d.named(r)
	renamed := found.Name != name && !isID(name, 'C', 'G')
	if renamed {
		called += ", which was #" + name + ","
	}
	if found.IsExtShared {
		c.Level, c.Detail = LevelWarn, called+" is shared with another organisation"
		c.Mend = "People there can read every chat. Prefer a channel of your own."
		return c
	}
	if renamed {
		c.Level, c.Detail = LevelWarn, called+" has another name now"
		c.Mend = "Write its present name in " + setting + "."
		return c
	}
	return c.ok("#" + found.Name)
}

func (d *Desk) checkManagers(ctx context.Context) Check {
	c := Check{Name: "slack managers"}
	const mend = "List user ids (U…) or a user group's id (S…) in MANAGERS, separated by commas, or leave it empty for the workspace's owners and admins."
	for _, id := range d.c.Managers {
		bounded, cancel := d.call(ctx)
		var err error
		switch {
		case isID(id, 'S'):
			_, err = d.api.GetUserGroupMembersContext(bounded, id)
		case isID(id, 'U', 'W'):
			_, err = d.api.GetUserInfoContext(bounded, id)
		default:
			err = fmt.Errorf("%q is no id", id)
		}
		cancel()
		if err != nil {
			return c.failed(fmt.Errorf("%s: %w", id, err), mend)
		}
	}
	who, err := d.managers(ctx)
	if err != nil {
		return c.failed(err, mend)
	}
	if len(who) == 0 {
		c.Level, c.Detail, c.Mend = LevelWarn, "nobody would be called for a refund or a complaint", mend
		return c
	}
	if n := len(who); n > maxManagers {
		return c.ok(fmt.Sprintf("%d of %d to call; name a user group to call more", maxManagers, n))
	}
	return c.ok(fmt.Sprintf("%d to call", len(who)))
}

func (c Check) ok(detail string) Check {
	c.Level, c.Detail = LevelOK, detail
	return c
}

func (c Check) failed(err error, mend string) Check {
	c.Level, c.Detail, c.Mend = LevelFail, err.Error(), mend
	if judge(err).kind == outcomeUnknown || judge(err).kind == notSent {
		c.Mend = "Slack cannot be reached; check the network and SLACK_API_URL. " + mend
	}
	return c
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
