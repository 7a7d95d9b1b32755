package slacksim

import (
	"slices"
	"strings"
	"time"
)

func (s *Server) usersInfo(c *call) (object, *apiError) {
	id := c.args.str("user")
	if id == "" {
		return nil, missing("user")
	}
	u := s.st.ws.user(id)
	if u == nil {
		return nil, fault("user_not_found")
	}
	return object{"user": s.profile(u)}, nil
}

func (s *Server) usersList(c *call) (object, *apiError) {
	all := []any{}
	for _, u := range s.st.ws.Users {
		all = append(all, s.profile(u))
	}
	list, meta, fail := page(c, all, 200, 1000)
	if fail != nil {
		return nil, fail
	}
	return object{"members": list, "cache_ts": s.stamp().Unix(), "response_metadata": meta}, nil
}

func (s *Server) usersLookupByEmail(c *call) (object, *apiError) {
	email := c.args.str("email")
	if email == "" {
		return nil, missing("email")
	}
	for _, u := range s.st.ws.Users {
		if strings.EqualFold(u.Email, email) && !u.Stranger && u.Email != "" {
			return object{"user": s.profile(u)}, nil
		}
	}
	return nil, fault("users_not_found")
}

func (s *Server) botsInfo(c *call) (object, *apiError) {
	w := s.st.ws
	if id := c.args.str("bot"); id != w.BotID {
		return nil, fault("bot_not_found")
	}
	return object{"bot": object{"id": w.BotID, "deleted": false, "name": w.BotName, "updated": s.st.Created,
		"app_id": w.AppID, "user_id": w.BotUser, "icons": s.botIcons()}}, nil
}

func (s *Server) teamInfo(c *call) (object, *apiError) {
	if t := c.args.str("team"); t != "" && t != s.st.ws.TeamID {
		return nil, fault("team_not_found")
	}
	return object{"team": object{"id": s.st.ws.TeamID, "name": teamName, "domain": teamDomain, "email_domain": teamDomain + ".example",
		"url": s.base + "/", "is_verified": false, "icon": object{"image_default": true, "image_68": s.avatarURL(s.st.ws.TeamID, "68")}}}, nil
}

func (s *Server) emojiList(*call) (object, *apiError) {
	return object{"emoji": object{}, "cache_ts": formatTS(s.stamp().UnixMicro())}, nil
}

func (s *Server) usergroupsList(c *call) (object, *apiError) {
	list := []any{}
	for _, g := range s.st.ws.Groups {
		o := object{"id": g.ID, "team_id": s.st.ws.TeamID, "is_usergroup": true, "is_subteam": true, "name": g.Name,
			"description": "", "handle": g.Handle, "is_external": false, "date_create": s.st.Created,
			"date_update": s.st.Created, "date_delete": 0, "created_by": s.st.ws.idsOf("morgan")[0],
			"updated_by": s.st.ws.idsOf("morgan")[0], "user_count": len(g.Users)}
		if c.args.bool("include_users") {
			o["users"] = g.Users
		}
		list = append(list, o)
	}
	return object{"usergroups": list}, nil
}

func (s *Server) usergroupsUsersList(c *call) (object, *apiError) {
	id := c.args.str("usergroup")
	if id == "" {
		return nil, missing("usergroup")
	}
	g := s.st.ws.group(id)
	if g == nil {
		return nil, fault("no_such_subteam")
	}
	return object{"users": g.Users}, nil
}

// statusLasts is how long a status stays unless it is set again (Slack: assistant.threads.setStatus).
const statusLasts = 2 * time.Minute

// threadStatus is the line below a thread that says what the application does.
type threadStatus struct {
	channel, thread, text string
	until                 time.Time
}

func (s *Server) statusesView() []any {
	list := []any{}
	for _, t := range s.statuses {
		if s.now().Before(t.until) {
			list = append(list, object{"channel": t.channel, "thread_ts": t.thread, "status": t.text})
		}
	}
	return list
}

func (s *Server) dropStatus(channel, thread string) {
	s.statuses = slices.DeleteFunc(s.statuses, func(t threadStatus) bool { return t.channel == channel && t.thread == thread })
}

// setStatus shows a status below a thread until the application posts there, clears it with an
// empty one, or two minutes have passed. That it works in a channel's thread is a guess.
func (s *Server) setStatus(c *call) (object, *apiError) {
	for _, k := range []string{"channel_id", "thread_ts"} {
		if !c.args.has(k) {
			return nil, missing(k)
		}
	}
	c.channel = c.args.str("channel_id")
	ch := s.st.channel(c.channel)
	if ch == nil || !ch.has(s.st.ws.BotUser) {
		return nil, fault("channel_not_found")
	}
	thread := c.args.str("thread_ts")
	if ch.msgs[thread] == nil {
		return nil, fault("thread_not_found")
	}
	s.dropStatus(ch.ID, thread)
	if text := c.args.str("status"); text != "" {
		s.statuses = append(s.statuses, threadStatus{channel: ch.ID, thread: thread, text: text, until: s.now().Add(statusLasts)})
	}
	s.hub.send("message", object{"channel": ch.ID, "ts": thread, "thread_ts": thread})
	return object{}, nil
}
