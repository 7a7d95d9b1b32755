package slacksim

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// renderChannel is the conversation object.
func (s *Server) renderChannel(c *channel) object {
	w := s.st.ws
	if c.IM != "" {
		return object{"id": c.ID, "created": c.Created, "is_im": true, "is_org_shared": false, "user": c.IM,
			"is_user_deleted": false, "is_archived": false, "priority": 0, "context_team_id": w.TeamID, "updated": c.Created * 1000}
	}
	teams := []string{w.TeamID}
	o := object{
		"id": c.ID, "name": c.Name, "name_normalized": c.Name, "is_channel": !c.Private, "is_group": c.Private,
		"is_im": false, "is_mpim": false, "is_private": c.Private, "created": c.Created, "creator": c.Creator,
		"is_archived": c.Archived, "is_general": false, "unlinked": 0, "is_shared": c.Shared,
		"is_ext_shared": c.Shared, "is_org_shared": false, "is_pending_ext_shared": false,
		"pending_shared": []string{}, "pending_connected_team_ids": []string{}, "is_member": c.has(w.BotUser),
		"topic":          object{"value": "", "creator": "", "last_set": 0},
		"purpose":        object{"value": "", "creator": "", "last_set": 0},
		"previous_names": append([]string{}, c.Formerly...), "context_team_id": w.TeamID, "updated": c.Created * 1000,
	}
	if c.Shared {
		teams = append(teams, w.OtherTeamID)
		o["conversation_host_id"], o["internal_team_ids"] = w.TeamID, []string{w.TeamID}
		o["connected_team_ids"] = []string{w.OtherTeamID}
	}
	o["shared_team_ids"] = teams
	return o
}

// known finds a channel by id for reading its description; private ones only for members.
func (s *Server) known(c *call) (*channel, *apiError) {
	id := c.args.str("channel")
	if id == "" {
		return nil, missing("channel")
	}
	c.channel = id
	ch := s.st.channel(id)
	if ch == nil || (ch.Private && !ch.has(s.st.ws.BotUser)) {
		return nil, fault("channel_not_found")
	}
	return ch, s.readScope(map[string]string{"channel": "public_channel", "group": "private_channel", "im": "im"}[ch.kind()])
}

// readScope is the scope that a kind of conversation needs to be described.
func (s *Server) readScope(kind string) *apiError {
	switch kind {
	case "private_channel":
		return s.needScope("groups:read")
	case "im":
		return s.needScope("im:read")
	case "mpim":
		return s.needScope("mpim:read")
	}
	return s.needScope("channels:read")
}

func (s *Server) conversationsInfo(c *call) (object, *apiError) {
	ch, fail := s.known(c)
	if fail != nil {
		return nil, fail
	}
	o := s.renderChannel(ch)
	if c.args.bool("include_num_members") {
		o["num_members"] = len(ch.Members)
	}
	return object{"channel": o}, nil
}

// page cuts a list by limit and cursor.
func page[T any](c *call, all []T, def, most int) ([]T, object, *apiError) {
	limit := c.args.int("limit", def)
	if limit <= 0 || limit > most {
		limit = min(def, most)
	}
	start := 0
	if cur := c.args.str("cursor"); cur != "" {
		raw, err := base64.StdEncoding.DecodeString(cur)
		at, ok := strings.CutPrefix(string(raw), "next:")
		start = args{"at": at}.int("at", -1)
		if err != nil || !ok || start < 0 || start > len(all) {
			return nil, nil, fault("invalid_cursor")
		}
	}
	end := min(start+limit, len(all))
	next := ""
	if end < len(all) {
		next = cursorAt(strconv.Itoa(end))
	}
	return all[start:end], object{"next_cursor": next}, nil
}

func cursorAt(v string) string { return base64.StdEncoding.EncodeToString([]byte("next:" + v)) }

func (s *Server) listed(c *call, member string) ([]any, *apiError) {
	types := c.args.list("types")
	if len(types) == 0 {
		types = []string{"public_channel"}
	}
	for _, t := range types {
		if !slices.Contains([]string{"public_channel", "private_channel", "mpim", "im"}, t) {
			return nil, fault("invalid_types")
		}
		if fail := s.readScope(t); fail != nil {
			return nil, fail
		}
	}
	bot := s.st.ws.BotUser
	out := []any{}
	for _, ch := range s.st.Channels {
		t := "public_channel"
		switch {
		case ch.IM != "":
			t = "im"
		case ch.Private:
			t = "private_channel"
		}
		if !slices.Contains(types, t) || (c.args.bool("exclude_archived") && ch.Archived) ||
			(t != "public_channel" && !ch.has(bot)) || (member != "" && !ch.has(member)) {
			continue
		}
		o := s.renderChannel(ch)
		if ch.IM == "" && member == "" {
			o["num_members"] = len(ch.Members)
		}
		if member != "" {
			delete(o, "is_member")
			delete(o, "connected_team_ids")
		}
		delete(o, "connected_team_ids")
		out = append(out, o)
	}
	return out, nil
}

func (s *Server) conversationsList(c *call) (object, *apiError) {
	all, fail := s.listed(c, "")
	if fail != nil {
		return nil, fail
	}
	list, meta, fail := page(c, all, 100, 1000)
	if fail != nil {
		return nil, fail
	}
	return object{"channels": list, "response_metadata": meta}, nil
}

func (s *Server) usersConversations(c *call) (object, *apiError) {
	who := c.args.str("user")
	if who == "" {
		who = s.st.ws.BotUser
	} else if s.st.ws.user(who) == nil {
		return nil, fault("user_not_found")
	}
	all, fail := s.listed(c, who)
	if fail != nil {
		return nil, fail
	}
	list, meta, fail := page(c, all, 100, 999)
	if fail != nil {
		return nil, fail
	}
	return object{"channels": list, "response_metadata": meta}, nil
}

func (s *Server) conversationsMembers(c *call) (object, *apiError) {
	ch, fail := s.known(c)
	if fail != nil {
		return nil, fail
	}
	list, meta, fail := page(c, ch.Members, 100, 1000)
	if fail != nil {
		return nil, fail
	}
	return object{"members": list, "response_metadata": meta}, nil
}

func (s *Server) conversationsJoin(c *call) (object, *apiError) {
	ch, fail := s.known(c)
	if fail != nil {
		return nil, fail
	}
	switch {
	case ch.Private || ch.IM != "":
		return nil, fault("method_not_supported_for_channel_type")
	case ch.Archived:
		return nil, fault("is_archived")
	case ch.has(s.st.ws.BotUser):
		c.warn("already_in_channel")
	default:
		s.join(ch, s.st.ws.BotUser)
	}
	o := s.renderChannel(ch)
	delete(o, "connected_team_ids")
	delete(o, "conversation_host_id")
	return object{"channel": o}, nil
}

// join makes somebody a member and says so.
func (s *Server) join(ch *channel, user string) {
	if ch.has(user) {
		return
	}
	ch.Members = append(ch.Members, user)
	s.saveChannel(ch)
	s.hub.send("channel", object{"channel": ch.ID})
	letter := "C"
	if ch.Private {
		letter = "G"
	}
	s.raise("member_joined_channel", ch, object{"type": "member_joined_channel", "user": user, "channel": ch.ID,
		"channel_type": letter, "team": s.st.ws.TeamID})
}

func (s *Server) conversationsOpen(c *call) (object, *apiError) {
	if id := c.args.str("channel"); id != "" {
		ch := s.st.channel(id)
		if ch == nil || ch.IM == "" {
			return nil, fault("channel_not_found")
		}
		return s.opened(c, ch), nil
	}
	users := c.args.list("users")
	switch len(users) {
	case 0:
		return nil, fault("users_list_not_supplied")
	case 1:
	default:
		return nil, fault("not_enough_users") // group messages are not simulated
	}
	u := s.st.ws.user(users[0])
	if u == nil {
		return nil, fault("user_not_found")
	}
	ch := s.st.im(u.ID)
	switch {
	case ch == nil && u.Bot:
		return nil, fault("cannot_dm_bot")
	case ch == nil:
		return nil, fault("user_not_visible")
	}
	return s.opened(c, ch), nil
}

func (s *Server) opened(c *call, ch *channel) object {
	c.channel = ch.ID
	if c.args.bool("return_im") {
		return object{"channel": s.renderChannel(ch), "no_op": true, "already_open": true}
	}
	return object{"channel": object{"id": ch.ID}}
}
