package slacksim

import (
	"time"
	"unicode/utf8"
)

// view is an open modal, or a person's App Home.
type view struct {
	ID, User, Root, Previous, Hash string
	Def                            object // as the application sent it
	Values                         object // block_id → action_id → state of the element
	Errors                         object `json:",omitempty"`
}

const (
	maxView    = 250 << 10 // Slack: view_too_large
	maxStack   = 3         // Slack: push_limit_reached
	triggerAge = 3 * time.Second
)

// trigger is the right to open one modal, for 3 s (Slack: trigger_id).
type trigger struct {
	user     string
	expires  time.Time
	used     bool
	fromView string
	by       *interaction
}

func (s *Server) newTrigger(user, fromView string, by *interaction) string {
	for id, t := range s.triggers {
		if s.now().Sub(t.expires) > time.Minute {
			delete(s.triggers, id)
		}
	}
	id := "1" + s.next("t")[2:] + "." + s.nextSecret("trigger")
	s.triggers[id] = &trigger{user: user, expires: s.now().Add(triggerAge), fromView: fromView, by: by}
	return id
}

func (s *Server) findTrigger(c *call) (*trigger, *apiError) {
	id := c.args.str("trigger_id")
	if id == "" {
		return nil, missing("trigger_id")
	}
	t := s.triggers[id]
	switch {
	case t == nil:
		return nil, fault("invalid_trigger_id")
	case t.used:
		return nil, fault("exchanged_trigger_id")
	case !s.now().Before(t.expires):
		return nil, fault("expired_trigger_id")
	}
	return t, nil
}

// readView checks a view argument against the limits of modals or of App Home.
func (s *Server) readView(c *call, home bool) (object, *apiError) {
	v, present, err := c.args.json("view")
	if !present && err == nil {
		return nil, missing("view")
	}
	def, ok := v.(object)
	if err != nil || !ok {
		return nil, invalid("invalid_arguments", "[ERROR] failed to match all allowed schemas [json-pointer:/view]")
	}
	return s.checkView(def, home)
}

func (s *Server) checkView(def object, home bool) (object, *apiError) {
	if len(mustJSON(def)) > maxView {
		return nil, fault("view_too_large")
	}
	if v := checkViewDef(def, home); len(v) > 0 {
		return nil, invalid("invalid_arguments", v.messages()...)
	}
	out, _ := cloneJSON(def).(object)
	blocks, _ := out["blocks"].([]any)
	out["blocks"] = s.nameBlocks(s.parseBlocks(blocks))
	return out, nil
}

// externalTaken says whether another view already has this external id.
func (s *Server) externalTaken(def object, except string) bool {
	ext, _ := def["external_id"].(string)
	if ext == "" {
		return false
	}
	for id, v := range s.st.Views {
		if id != except && v.Def["external_id"] == ext {
			return true
		}
	}
	return false
}

// readOpening reads what shows a view: a trigger that holds, and a view whose external id is free.
func (s *Server) readOpening(c *call) (*trigger, object, *apiError) {
	t, fail := s.findTrigger(c)
	if fail != nil {
		return nil, nil, fail
	}
	def, fail := s.readView(c, false)
	if fail == nil && s.externalTaken(def, "") {
		fail = fault("duplicate_external_id")
	}
	return t, def, fail
}

func (s *Server) viewsOpen(c *call) (object, *apiError) {
	t, def, fail := s.readOpening(c)
	if fail != nil {
		return nil, fail
	}
	t.used = true
	for _, id := range s.st.Stacks[t.user] { // what a second root does to the first is a guess
		s.forgetView(id)
	}
	v := s.newView(t.user, def, nil)
	s.saveStack(t.user, []string{v.ID})
	t.by.sawView(v.ID)
	return object{"view": s.renderView(v)}, nil
}

func (s *Server) viewsPush(c *call) (object, *apiError) {
	t, def, fail := s.readOpening(c)
	if fail != nil {
		return nil, fail
	}
	v, fail := s.push(t.user, def)
	if fail != nil {
		return nil, fail
	}
	t.used = true
	t.by.sawView(v.ID)
	return object{"view": s.renderView(v)}, nil
}

func (s *Server) push(user string, def object) (*view, *apiError) {
	stack := s.st.Stacks[user]
	switch {
	case len(stack) == 0:
		return nil, fault("not_found")
	case len(stack) >= maxStack:
		return nil, fault("push_limit_reached")
	}
	v := s.newView(user, def, s.st.Views[stack[len(stack)-1]])
	s.saveStack(user, append(stack[:len(stack):len(stack)], v.ID))
	return v, nil
}

func (s *Server) newView(user string, def object, over *view) *view {
	v := &view{ID: s.next("V"), User: user, Def: def, Values: object{}}
	v.Root = v.ID
	if over != nil {
		v.Root, v.Previous = over.Root, over.ID
	}
	s.setView(v, def)
	return v
}

// setView gives a view its content and a new hash, keeping what the person entered in blocks that stay.
func (s *Server) setView(v *view, def object) {
	v.Def, v.Errors = def, nil
	v.Hash = formatTS(s.stamp().UnixMicro())[:10] + "." + s.nextShort()
	v.Values = initialValues(def, v.Values)
	s.saveView(v)
}

func (s *Server) saveView(v *view) {
	if v.Def["type"] == "home" {
		s.st.Homes[v.User] = v
		s.journal.put("home/"+v.User, v)
		s.hub.send("home", object{"user": v.User})
		return
	}
	s.st.Views[v.ID] = v
	s.journal.put("view/"+v.ID, v)
	s.hub.send("view", object{"user": v.User, "view_id": v.ID})
}

func (s *Server) saveStack(user string, ids []string) {
	s.st.Stacks[user] = ids
	s.journal.put("stack/"+user, ids)
}

func (s *Server) forgetView(id string) {
	v := s.st.Views[id]
	if v == nil {
		return
	}
	delete(s.st.Views, id)
	s.journal.put("view/"+id, nil)
	var rest []string
	for _, x := range s.st.Stacks[v.User] {
		if x != id {
			rest = append(rest, x)
		}
	}
	s.saveStack(v.User, rest)
	s.hub.send("view", object{"user": v.User, "view_id": id, "closed": true})
}

func (s *Server) viewsUpdate(c *call) (object, *apiError) {
	id, ext := c.args.str("view_id"), c.args.str("external_id")
	if id == "" && ext == "" {
		return nil, invalid("invalid_arguments", "[ERROR] missing required field: view_id or external_id")
	}
	v := s.st.Views[id]
	for _, x := range s.st.Views {
		if id == "" && x.Def["external_id"] == ext {
			v = x
		}
	}
	for _, h := range s.st.Homes {
		if h.ID == id && id != "" {
			v = h
		}
	}
	if v == nil {
		return nil, fault("not_found")
	}
	def, fail := s.readView(c, v.Def["type"] == "home")
	if fail != nil {
		return nil, fail
	}
	if h := c.args.str("hash"); h != "" && h != v.Hash {
		return nil, fault("hash_conflict")
	}
	if s.externalTaken(def, v.ID) {
		return nil, fault("duplicate_external_id")
	}
	s.setView(v, def)
	for i := range s.running {
		if i.user == v.User && i.viewID == "" {
			i.sawView(v.ID)
		} else if i.viewID == v.ID {
			i.effect()
		}
	}
	return object{"view": s.renderView(v)}, nil
}

func (s *Server) viewsPublish(c *call) (object, *apiError) {
	id := c.args.str("user_id")
	if id == "" {
		return nil, missing("user_id")
	}
	u := s.st.ws.user(id)
	if u == nil || u.Bot || u.Stranger {
		return nil, fault("user_not_found")
	}
	def, fail := s.readView(c, true)
	if fail != nil {
		return nil, fail
	}
	h := s.st.Homes[u.ID]
	if want := c.args.str("hash"); want != "" && (h == nil || want != h.Hash) {
		return nil, fault("hash_conflict")
	}
	if h == nil {
		h = &view{ID: s.next("V"), User: u.ID, Values: object{}}
		h.Root = h.ID
	}
	s.setView(h, def)
	for i := range s.running {
		if i.user == u.ID {
			i.published = true
			i.effect()
		}
	}
	return object{"view": s.renderView(h)}, nil
}

// renderView is the view object of replies and payloads.
func (s *Server) renderView(v *view) object {
	w := s.st.ws
	str := func(k string) string { t, _ := v.Def[k].(string); return t }
	flag := func(k string) bool { b, _ := v.Def[k].(bool); return b }
	o := object{
		"id": v.ID, "team_id": w.TeamID, "type": v.Def["type"], "blocks": v.Def["blocks"],
		"private_metadata": str("private_metadata"), "callback_id": str("callback_id"), "external_id": str("external_id"),
		"state": object{"values": v.Values}, "hash": v.Hash, "clear_on_close": flag("clear_on_close"),
		"notify_on_close": flag("notify_on_close"), "root_view_id": v.Root, "previous_view_id": nil,
		"app_id": w.AppID, "app_installed_team_id": w.TeamID, "bot_id": w.BotID,
	}
	if v.Previous != "" {
		o["previous_view_id"] = v.Previous
	}
	for _, k := range []string{"title", "submit", "close"} {
		o[k] = nil
		if t, ok := v.Def[k].(object); ok {
			o[k] = object{"type": "plain_text", "text": t["text"], "emoji": true}
		}
	}
	if v.Def["type"] == "modal" {
		o["submit_disabled"] = flag("submit_disabled")
	}
	return o
}

// tooLong counts characters, not bytes.
func tooLong(t string, n int) bool { return utf8.RuneCountInString(t) > n }
