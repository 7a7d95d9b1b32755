package slacksim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// submit sends a modal's form. What Slack's client refuses itself never reaches the application.
func (s *Server) submit(r *actRequest) (*interaction, *actError) {
	u, fail := s.who(r)
	if fail != nil {
		return nil, fail
	}
	v := s.st.Views[r.a.str("view_id")]
	stack := s.st.Stacks[u.ID]
	if v == nil || v.User != u.ID {
		return nil, refuse(http.StatusNotFound, "no_such_view", "that person has no such view open")
	}
	if stack[len(stack)-1] != v.ID {
		return nil, refuse(http.StatusConflict, "not_on_top", "another view lies over that one")
	}
	values, _, err := r.a.json("values")
	given, ok := values.(object)
	if err != nil || (values != nil && !ok) {
		return nil, refuse(http.StatusBadRequest, "invalid_values", "values are {block_id:{action_id:value}}")
	}
	if code := enterValues(v, given, func(block string, el object) object { return s.offered(u.ID, v.ID, block, el) }); code != "" {
		return s.refused(u, code), nil
	}
	s.saveView(v)
	i := s.newInteraction(u.ID)
	if errs := clientErrors(v); len(errs) > 0 {
		i.errors = errs
		i.fail("not_filled_in")
		return i, nil
	}
	p := s.envelopeBase("view_submission", u)
	p["trigger_id"] = s.newTrigger(u.ID, v.ID, i)
	p["view"] = s.renderView(v)
	p["response_urls"] = []any{}
	i.onAck = func(payload object) { s.submitted(i, v, payload) }
	s.press(i, "interactive", "view_submission", "", p)
	return i, nil
}

// submitted does what the acknowledgement of a submission says.
func (s *Server) submitted(i *interaction, v *view, payload object) {
	i.effectSeen = true
	if s.st.Views[v.ID] == nil {
		return
	}
	what, _ := payload["response_action"].(string)
	if len(payload) == 0 {
		s.forgetView(v.ID)
		return
	}
	def, _ := payload["view"].(object)
	switch what {
	case "errors":
		errs, _ := payload["errors"].(object)
		if code := unknownBlocks(v, errs); code != "" || len(errs) == 0 {
			i.err = "invalid_response"
			return
		}
		v.Errors, i.errors = errs, errs
		s.saveView(v)
	case "clear":
		for _, id := range slices.Clone(s.st.Stacks[v.User]) {
			s.forgetView(id)
		}
	case "update", "push":
		checked, fail := s.checkView(def, false)
		if fail != nil {
			s.log.Warn("response_action carries a view that Slack refuses", "error", fail.code, "why", fail.extra)
			i.err = "invalid_response"
			return
		}
		if what == "update" {
			s.setView(v, checked)
			i.sawView(v.ID)
			return
		}
		n, fail := s.push(v.User, checked)
		if fail != nil {
			i.err = fail.code
			return
		}
		i.sawView(n.ID)
	default:
		// A payload that is no response_action: the client shows a connection error and keeps the modal.
		i.err = "invalid_response"
	}
}

// closeView closes a modal with its × or Cancel. The × of a stack closes all of it ("clear").
func (s *Server) closeView(r *actRequest) (*interaction, *actError) {
	u, fail := s.who(r)
	if fail != nil {
		return nil, fail
	}
	v := s.st.Views[r.a.str("view_id")]
	if v == nil || v.User != u.ID {
		return nil, refuse(http.StatusNotFound, "no_such_view", "that person has no such view open")
	}
	i := s.newInteraction(u.ID)
	i.effectSeen = true
	ids := []string{v.ID}
	flag := func(k string) bool { b, _ := v.Def[k].(bool); return b }
	cleared := r.a.bool("clear") || flag("clear_on_close")
	if cleared {
		ids = slices.Clone(s.st.Stacks[u.ID])
	}
	sent := false
	for _, id := range ids {
		x := s.st.Views[id]
		if notify, _ := x.Def["notify_on_close"].(bool); notify {
			p := s.envelopeBase("view_closed", u)
			p["view"], p["is_cleared"] = s.renderView(x), cleared
			s.press(i, "interactive", "view_closed", "", p)
			sent = true
		}
		s.forgetView(id)
	}
	if !sent {
		i.ack(nil, 0)
	}
	return i, nil
}

// textOf is the plain string of a JSON value that a control was given.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, textOf(x))
		}
		return strings.Join(parts, ",")
	case object:
		return textOf(v["value"])
	}
	return ""
}
