package slacksim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// spot is what a person presses on: a message, an ephemeral, a modal or the App Home.
type spot struct {
	c *channel
	m *message
	e *ephemeral
	v *view
}

// spot finds what a request presses on, among what the person sees.
func (s *Server) spot(r *actRequest, u *user) (spot, *actError) {
	switch {
	case r.a.has("ephemeral_id"):
		e := s.st.Ephemeral[r.a.str("ephemeral_id")]
		if e == nil || e.User != u.ID || e.Gone {
			return spot{}, refuse(http.StatusNotFound, "no_such_ephemeral", "that person sees no such message")
		}
		return spot{c: s.st.channel(e.Channel), e: e}, nil
	case r.a.has("view_id"):
		v := s.st.Views[r.a.str("view_id")]
		if v == nil || v.User != u.ID {
			return spot{}, refuse(http.StatusNotFound, "no_such_view", "that person has no such view open")
		}
		return spot{v: v}, nil
	case r.a.bool("home"):
		v := s.st.Homes[u.ID]
		if v == nil {
			return spot{}, refuse(http.StatusNotFound, "no_such_view", "that person's App Home is empty")
		}
		return spot{v: v}, nil
	}
	c, fail := s.where(r, u)
	if fail != nil {
		return spot{}, fail
	}
	m := c.msgs[r.a.str("message_ts")]
	if m == nil {
		return spot{}, refuse(http.StatusNotFound, "message_not_found", "there is no such message")
	}
	return spot{c: c, m: m}, nil
}

// id names the spot among all.
func (p spot) id() string {
	switch {
	case p.v != nil:
		return p.v.ID
	case p.e != nil:
		return p.e.ID
	}
	return p.c.ID + "/" + p.m.TS
}

// container is how payloads name the spot.
func (p spot) container() object {
	if p.v != nil {
		return object{"type": "view", "view_id": p.v.ID}
	}
	out := object{"type": "message", "channel_id": p.c.ID, "is_ephemeral": p.e != nil}
	if p.e != nil {
		out["message_ts"] = p.e.ID
		if p.e.ThreadTS != "" {
			out["thread_ts"] = p.e.ThreadTS
		}
		return out
	}
	out["message_ts"] = p.m.TS
	if p.m.isReply() {
		out["thread_ts"] = p.m.ThreadTS
	}
	return out
}

// elements are those that the spot carries or carried, with what the person was offered in them.
func (s *Server) elements(u *user, p spot) []carried {
	var list []carried
	switch {
	case p.v != nil:
		blocks, _ := p.v.Def["blocks"].([]any)
		list = collectCarried(blocks, nil)
	case p.e != nil:
		list = append(collectCarried(p.e.Blocks, nil), reversed(p.e.Carried)...)
	default:
		list = append(collectCarried(p.m.Blocks, nil), reversed(p.m.Carried)...)
	}
	for i, c := range list {
		list[i].Element = s.offered(u.ID, p.id(), c.BlockID, c.Element)
	}
	return list
}

func external(el object) bool {
	t, _ := el["type"].(string)
	return strings.HasSuffix(t, "external_select")
}

// known is a select menu whose options the application knows, with those that stand in it anyway.
func known(el object, offered ...any) object {
	if !external(el) {
		return el
	}
	out := maps.Clone(el)
	if o := el["initial_option"]; o != nil {
		offered = append(offered, o)
	}
	if list, ok := el["initial_options"].([]any); ok {
		offered = append(offered, list...)
	}
	out["options"] = offered
	return out
}

func offerKey(user, spot, block string, el object) string {
	act, _ := el["action_id"].(string)
	return strings.Join([]string{user, spot, block, act}, "\n")
}

// offered is an element with all that the application has offered a person in it so far.
func (s *Server) offered(user, spot, block string, el object) object {
	if !external(el) {
		return el
	}
	return known(el, s.offers[offerKey(user, spot, block, el)]...)
}

// defaultQuery is how much a person types before the application is asked, unless the element says
// otherwise (Slack: external_select, min_query_length).
const defaultQuery = 3

// suggest types into a select menu whose options the application knows, and asks for them.
func (s *Server) suggest(r *actRequest) (*interaction, *actError) {
	u, fail := s.who(r)
	if fail != nil {
		return nil, fail
	}
	p, fail := s.spot(r, u)
	if fail != nil {
		return nil, fail
	}
	var el object
	block := ""
	for _, c := range s.elements(u, p) {
		if external(c.Element) && c.Element["action_id"] == r.a.str("action_id") && (!r.a.has("block_id") || c.BlockID == r.a.str("block_id")) {
			el, block = c.Element, c.BlockID
			break
		}
	}
	if el == nil {
		return s.refused(u, "no_such_element"), nil
	}
	least := defaultQuery
	if n, ok := number(el["min_query_length"]); ok {
		least = n
	}
	query := r.a.str("value")
	if utf8.RuneCountInString(query) < least {
		return s.refused(u, "query_too_short"), nil
	}
	i := s.newInteraction(u.ID)
	out := s.envelopeBase("block_suggestion", u)
	out["container"], out["action_id"], out["block_id"], out["value"] = p.container(), el["action_id"], block, query
	channel := ""
	if p.v != nil {
		out["view"] = s.renderView(p.v)
	} else {
		channel = p.c.ID
		out["channel"] = s.channelObject(p.c)
	}
	if p.m != nil {
		out["message"] = withMetadata(p.m, s.render(p.c, p.m))
	}
	i.onAck = func(payload object) { s.suggested(i, offerKey(u.ID, p.id(), block, el), payload) }
	s.press(i, "interactive", "block_suggestion", channel, out)
	return i, nil
}

// suggested takes the options that an acknowledgement carries.
func (s *Server) suggested(i *interaction, key string, payload object) {
	i.effectSeen = true
	c := &checker{on: surfaceMessage, blockIDs: map[string]bool{}, actions: map[string]bool{}}
	c.only(payload, "", "options", "option_groups")
	var all []any
	groups, grouped := payload["option_groups"].([]any)
	_, listed := payload["options"]
	switch {
	case grouped && listed:
		c.fail("", "additional_property", "must provide options or option_groups, and not both")
	case grouped:
		c.optionGroups(groups, "", 0)
		for _, g := range groups {
			if o, ok := g.(object); ok {
				list, _ := o["options"].([]any)
				all = append(all, list...)
			}
		}
	default:
		c.options(payload, "", 0, 100, true)
		all, _ = payload["options"].([]any)
	}
	if len(c.out) > 0 {
		s.log.Warn("options that Slack refuses", "why", c.out.messages())
		i.err = "invalid_response"
		return
	}
	i.suggested = payload
	s.offers[key] = append(all, slices.DeleteFunc(s.offers[key], func(old any) bool { // the newest word on each value
		value, _ := old.(object)["value"].(string)
		return findOption(object{"options": all}, value) != nil
	})...)
}
