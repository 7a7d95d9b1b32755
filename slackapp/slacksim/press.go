package slacksim

import (
	"net/http"
	"slices"
)

// refused is an interaction that never reaches the application.
func (s *Server) refused(u *user, code string) *interaction {
	i := s.newInteraction(u.ID)
	i.fail(code)
	return i
}

// click presses an element of a message, an ephemeral, a modal or the App Home.
func (s *Server) click(r *actRequest) (*interaction, *actError) {
	u, fail := s.who(r)
	if fail != nil {
		return nil, fail
	}
	at, fail := s.spot(r, u)
	if fail != nil {
		return nil, fail
	}
	el, block := pickElement(s.elements(u, at), r.a)
	if el == nil {
		return s.refused(u, "no_such_element"), nil
	}
	if at.v != nil {
		return s.clickView(r, u, at, el, block), nil
	}
	i := s.newInteraction(u.ID)
	url := responseURL{User: u.ID, Channel: at.c.ID}
	p := s.envelopeBase("block_actions", u)
	p["container"] = at.container()
	p["trigger_id"] = s.newTrigger(u.ID, "", i)
	p["channel"] = s.channelObject(at.c)
	p["state"] = object{"values": object{}}
	if at.e != nil {
		url.EphemeralID, url.ThreadTS = at.e.ID, at.e.ThreadTS
	} else {
		url.MessageTS, url.ThreadTS = at.m.TS, at.m.ThreadTS
		p["message"] = withMetadata(at.m, s.render(at.c, at.m))
	}
	p["response_url"] = s.newResponseURL(url)
	p["actions"] = []any{s.action(el, block, r.a)}
	s.press(i, "interactive", "block_actions", at.c.ID, p)
	return i, nil
}

func reversed(list []carried) []carried {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

// channelObject is the channel of payloads. Slack names direct messages "directmessage".
func (s *Server) channelObject(c *channel) object {
	name := c.Name
	switch {
	case c.IM != "":
		name = "directmessage"
	case c.Private:
		name = "privategroup"
	}
	return object{"id": c.ID, "name": name}
}

func (s *Server) clickView(r *actRequest, u *user, at spot, el object, block string) *interaction {
	v := at.v
	i := s.newInteraction(u.ID)
	act := s.action(el, block, r.a)
	if el["type"] != "button" && el["type"] != "overflow" {
		id, _ := el["action_id"].(string)
		if st, ok := elementState(el, pressed(r.a)); ok {
			setValue(v.Values, block, id, st)
			s.saveView(v)
		}
	}
	p := s.envelopeBase("block_actions", u)
	p["container"] = at.container()
	p["trigger_id"] = s.newTrigger(u.ID, v.ID, i)
	p["view"] = s.renderView(v)
	p["actions"] = []any{act}
	s.press(i, "interactive", "block_actions", "", p)
	return i
}

// pressed is what a person chose or typed.
func pressed(a args) string {
	if o, ok := a["selected_option"].(object); ok {
		v, _ := o["value"].(string)
		return v
	}
	if a.has("selected_option") {
		return a.str("selected_option")
	}
	for _, k := range []string{"selected_options", "selected_user", "selected_date", "selected_time"} {
		if v := textOf(a[k]); v != "" {
			return v
		}
	}
	return a.str("value")
}

// pickElement finds the element that a click names among those the message carries or carried.
func pickElement(list []carried, a args) (object, string) {
	for _, c := range list {
		e := c.Element
		if e["action_id"] != a.str("action_id") || (a.has("block_id") && c.BlockID != a.str("block_id")) {
			continue
		}
		if e["type"] == "button" {
			if v, _ := e["value"].(string); a.has("value") && v != a.str("value") {
				continue
			}
			return e, c.BlockID
		}
		if _, ok := elementState(e, pressed(a)); !ok {
			continue
		}
		return e, c.BlockID
	}
	return nil, ""
}

func findOption(e object, value string) object {
	var lists []any
	lists = append(lists, e["options"])
	if groups, ok := e["option_groups"].([]any); ok {
		for _, g := range groups {
			if o, ok := g.(object); ok {
				lists = append(lists, o["options"])
			}
		}
	}
	for _, l := range lists {
		opts, _ := l.([]any)
		for _, x := range opts {
			if o, ok := x.(object); ok && o["value"] == value {
				return o
			}
		}
	}
	return nil
}

// action is one entry of block_actions' actions.
func (s *Server) action(el object, block string, a args) object {
	out := object{"type": el["type"], "action_id": el["action_id"], "block_id": block, "action_ts": formatTS(s.stamp().UnixMicro())}
	for _, k := range []string{"text", "value", "style", "placeholder"} {
		if el["type"] == "button" && el[k] != nil {
			out[k] = el[k]
		}
	}
	if st, ok := elementState(el, pressed(a)); ok && el["type"] != "button" {
		for k, v := range st {
			out[k] = v
		}
	}
	return out
}

// command types a slash command. Slack: developers' commands cannot be used in threads, nor by
// people of other workspaces.
func (s *Server) command(r *actRequest) (*interaction, *actError) {
	u, c, fail := s.actor(r)
	if fail != nil {
		return nil, fail
	}
	name := r.a.str("command")
	cmd, ok := s.app.command(name)
	switch {
	case r.a.has("thread_ts"):
		return s.refused(u, "not_in_threads"), nil
	case u.Stranger:
		return s.refused(u, "not_for_external_users"), nil
	case !ok:
		return s.refused(u, "unknown_command"), nil
	}
	text := r.a.str("text")
	if cmd.Escape {
		text = s.autoParse(text, false, true)
	}
	i := s.newInteraction(u.ID)
	url := responseURL{User: u.ID, Channel: c.ID}
	p := object{"token": s.ids.named("v", "verification"), "team_id": s.st.ws.TeamID, "team_domain": teamDomain,
		"channel_id": c.ID, "channel_name": s.channelObject(c)["name"], "user_id": u.ID, "user_name": u.Name,
		"command": name, "text": text, "api_app_id": s.st.ws.AppID, "is_enterprise_install": "false",
		"response_url": s.newResponseURL(url), "trigger_id": s.newTrigger(u.ID, "", i)}
	i.onAck = func(payload object) {
		if len(payload) == 0 {
			return
		}
		if fail := s.respond(&url, payload); fail != nil {
			i.err = fail.code
		}
	}
	s.press(i, "slash_commands", name, c.ID, p)
	return i, nil
}

// shortcut uses a message shortcut.
func (s *Server) shortcut(r *actRequest) (*interaction, *actError) {
	u, c, fail := s.actor(r)
	if fail != nil {
		return nil, fail
	}
	m := c.msgs[r.a.str("message_ts")]
	if m == nil || m.Subtype == "tombstone" {
		return nil, refuse(http.StatusNotFound, "message_not_found", "there is no such message")
	}
	callback := r.a.str("callback_id")
	switch {
	case u.Stranger:
		return s.refused(u, "not_for_external_users"), nil
	case !s.app.messageShortcut(callback):
		return s.refused(u, "unknown_shortcut"), nil
	}
	i := s.newInteraction(u.ID)
	p := s.envelopeBase("message_action", u)
	delete(p, "api_app_id") // recorded message_action payloads have neither this nor the username
	p["user"] = object{"id": u.ID, "name": u.Name, "team_id": u.Team}
	p["callback_id"], p["message_ts"], p["action_ts"] = callback, m.TS, formatTS(s.stamp().UnixMicro())
	p["channel"], p["message"] = s.channelObject(c), withMetadata(m, s.render(c, m))
	p["trigger_id"] = s.newTrigger(u.ID, "", i)
	p["response_url"] = s.newResponseURL(responseURL{User: u.ID, Channel: c.ID, MessageTS: m.TS, ThreadTS: m.ThreadTS})
	s.press(i, "interactive", "message_action", c.ID, p)
	return i, nil
}
