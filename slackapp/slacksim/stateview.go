package slacksim

import (
	"net/http"
	"time"
)

// serveState shows everything, as the page draws it and tests look at it.
func (s *Server) serveState(w http.ResponseWriter, _ *http.Request) {
	s.lock()
	raw := mustJSON(s.wholeState())
	s.unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(raw)
}

func (s *Server) wholeState() object {
	st, ws := s.st, s.st.ws
	users := []any{}
	for _, u := range ws.Users {
		o := s.profile(u)
		o["title"], o["image"] = u.Title, s.avatarURL(u.ID, "72")
		users = append(users, o)
	}
	channels := []any{}
	for _, c := range st.Channels {
		channels = append(channels, s.channelState(c))
	}
	ephemerals := []any{}
	for _, ts := range sortedKeys(st.Ephemeral) {
		if e := st.Ephemeral[ts]; !e.Gone {
			ephemerals = append(ephemerals, s.renderEphemeral(e))
		}
	}
	views := []any{}
	for _, u := range ws.Users {
		for _, id := range st.Stacks[u.ID] {
			v := st.Views[id]
			errs := v.Errors
			if errs == nil {
				errs = object{}
			}
			views = append(views, object{"view_id": v.ID, "user": v.User, "callback_id": textOf(v.Def["callback_id"]),
				"view": s.renderView(v), "errors": errs})
		}
	}
	homes := object{}
	for u, h := range st.Homes {
		homes[u] = s.renderView(h)
	}
	notices := st.Notices
	if notices == nil {
		notices = []notice{}
	}
	unfurls := st.Unfurls
	if unfurls == nil {
		unfurls = []unfurled{}
	}
	groups := []any{}
	for _, g := range ws.Groups {
		groups = append(groups, object{"id": g.ID, "name": g.Name, "handle": g.Handle, "users": g.Users})
	}
	open := 0
	for _, c := range s.conns {
		if c.open {
			open++
		}
	}
	commands := []any{}
	for _, c := range s.app.Commands {
		commands = append(commands, object{"command": c.Command, "description": c.Description, "usage_hint": c.UsageHint})
	}
	shortcuts := []any{}
	for _, c := range s.app.Shortcuts {
		shortcuts = append(shortcuts, object{"name": c.Name, "type": c.Type, "callback_id": c.CallbackID})
	}
	return object{
		"team":  object{"id": ws.TeamID, "name": teamName, "domain": teamDomain},
		"app":   object{"id": ws.AppID, "bot_id": ws.BotID, "app_id": ws.AppID, "bot_user_id": ws.BotUser, "name": ws.BotName},
		"users": users, "usergroups": groups, "channels": channels, "ephemerals": ephemerals, "views": views, "homes": homes,
		"commands": commands, "shortcuts": shortcuts, "site_url": s.cfg.SiteURL, "statuses": s.statusesView(),
		"notifications": notices, "unfurls": unfurls, "sockets": open, "pending_envelopes": len(s.deliveries), "faults": s.faults.view(),
	}
}

func (s *Server) channelState(c *channel) object {
	full := func(m *message) object {
		o := withMetadata(m, s.render(c, m))
		o["permalink"] = s.permalink(c, m)
		return o
	}
	msgs := []any{}
	for _, ts := range c.order {
		m := c.msgs[ts]
		if m.isReply() {
			continue
		}
		o := full(m)
		replies := []any{}
		for _, r := range c.replies[ts] {
			replies = append(replies, full(c.msgs[r]))
		}
		o["replies"] = replies
		msgs = append(msgs, o)
	}
	name := c.Name
	if c.IM != "" {
		name = "@" + s.st.ws.user(c.IM).Name
	}
	return object{"id": c.ID, "name": name, "members": c.Members, "messages": msgs, "is_private": c.Private,
		"is_im": c.IM != "", "user": c.IM, "is_archived": c.Archived, "is_ext_shared": c.Shared}
}

func (s *Server) permalink(c *channel, m *message) string {
	digits := ""
	for _, r := range m.TS {
		if r != '.' {
			digits += string(r)
		}
	}
	link := s.base + "/archives/" + c.ID + "/p" + digits
	if m.isReply() {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + c.ID
	}
	return link
}

// serveHome opens the App Home of a person: app_home_opened, then what the application publishes.
func (s *Server) serveHome(w http.ResponseWriter, r *http.Request) {
	var u *user
	var i *interaction
	if !s.control(w, r, func(req *actRequest) (fail *actError) {
		if u, fail = s.who(req); fail != nil {
			return fail
		}
		if u.Stranger {
			return refuse(http.StatusForbidden, "not_for_external_users", "the App Home is for people of this workspace")
		}
		i = s.newInteraction(u.ID)
		i.acked, i.ackedAt = true, time.Now()
		ev := object{"type": "app_home_opened", "user": u.ID, "channel": s.st.im(u.ID).ID, "tab": "home"}
		if h := s.st.Homes[u.ID]; h != nil {
			ev["view"] = s.renderView(h)
		}
		s.raise("app_home_opened", nil, ev)
		if !s.app.subscribed("app_home_opened") {
			i.effectSeen = true
		}
		return nil
	}) {
		return
	}
	s.await(r.Context(), i)
	s.lock()
	delete(s.running, i)
	var view any
	if h := s.st.Homes[u.ID]; h != nil {
		view = s.renderView(h)
	}
	s.unlock()
	sendJSON(w, http.StatusOK, object{"view": view})
}
