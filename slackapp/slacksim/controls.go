package slacksim

import (
	"io"
	"net/http"
	"strings"
)

// controls are the doors by which the page, tests and scripts play the people of the workspace.
func (s *Server) controls(mux *http.ServeMux) {
	mux.HandleFunc("GET /sim/v1/state", s.serveState)
	mux.HandleFunc("GET /sim/v1/wait", s.serveWait)
	mux.HandleFunc("GET /sim/v1/events", s.serveEvents)
	mux.HandleFunc("GET /sim/v1/log", s.serveLog)
	mux.HandleFunc("GET /sim/v1/offers", s.serveOffers)
	mux.HandleFunc("POST /sim/v1/say", s.act((*Server).say))
	mux.HandleFunc("POST /sim/v1/edit", s.act((*Server).edit))
	mux.HandleFunc("POST /sim/v1/delete", s.act((*Server).remove))
	mux.HandleFunc("POST /sim/v1/delete_file", s.act((*Server).deleteFile))
	mux.HandleFunc("POST /sim/v1/react", s.act(func(s *Server, r *actRequest) (object, *actError) { return s.reactAs(r, true) }))
	mux.HandleFunc("POST /sim/v1/unreact", s.act(func(s *Server, r *actRequest) (object, *actError) { return s.reactAs(r, false) }))
	mux.HandleFunc("POST /sim/v1/channels", s.act((*Server).makeChannel))
	mux.HandleFunc("POST /sim/v1/rename", s.act((*Server).renameChannel))
	mux.HandleFunc("POST /sim/v1/change_id", s.act((*Server).changeID))
	mux.HandleFunc("POST /sim/v1/faults", s.act((*Server).setFaults))
	mux.HandleFunc("POST /sim/v1/click", s.interact((*Server).click))
	mux.HandleFunc("POST /sim/v1/options", s.interact((*Server).suggest))
	mux.HandleFunc("POST /sim/v1/command", s.interact((*Server).command))
	mux.HandleFunc("POST /sim/v1/shortcut", s.interact((*Server).shortcut))
	mux.HandleFunc("POST /sim/v1/submit", s.interact((*Server).submit))
	mux.HandleFunc("POST /sim/v1/close", s.interact((*Server).closeView))
	mux.HandleFunc("POST /sim/v1/home", s.serveHome)
	mux.HandleFunc("/sim/", func(w http.ResponseWriter, _ *http.Request) {
		sendError(w, http.StatusNotFound, "no_such_control", "there is no such control, or not by this method")
	})
}

// actRequest is a control's request; a is its JSON body.
type actRequest struct {
	a  args
	op string
}

type actError struct {
	status        int
	code, message string
}

func refuse(status int, code, message string) *actError { return &actError{status, code, message} }

func readAct(w http.ResponseWriter, r *http.Request) (*actRequest, *actError) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, refuse(http.StatusRequestEntityTooLarge, "too_large", "the body is too large")
	}
	req := &actRequest{a: args{}, op: strings.TrimPrefix(r.URL.Path, "/sim/v1/")}
	if len(strings.TrimSpace(string(raw))) > 0 {
		if err := decode(raw, &req.a); err != nil {
			return nil, refuse(http.StatusBadRequest, "invalid_json", "the body is not a JSON object")
		}
	}
	return req, nil
}

// control has f do what a control's request asks, under the lock, and writes it down. False means
// that it was refused, and the caller of the control has been told so.
func (s *Server) control(w http.ResponseWriter, r *http.Request, f func(*actRequest) *actError) bool {
	req, fail := readAct(w, r)
	if fail == nil {
		s.lock()
		fail = f(req)
		s.recordControl(req, fail)
		s.unlock()
	}
	if fail != nil {
		sendError(w, fail.status, fail.code, fail.message)
	}
	return fail == nil
}

// act serves a control that is done at once.
func (s *Server) act(f func(*Server, *actRequest) (object, *actError)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var out object
		if s.control(w, r, func(req *actRequest) (fail *actError) {
			out, fail = f(s, req)
			return fail
		}) {
			sendJSON(w, http.StatusOK, out)
		}
	}
}

func (s *Server) recordControl(req *actRequest, fail *actError) {
	e := entry{Kind: "control", Method: req.op, OK: fail == nil, Channel: req.a.str("channel")}
	if fail != nil {
		e.Error = fail.code
	}
	if c := s.st.channelRef(e.Channel); c != nil {
		e.Channel = c.ID
	}
	s.record(e)
	s.moved()
	s.nudge()
}

// interact serves a control that waits for the application's answer and its effects.
func (s *Server) interact(f func(*Server, *actRequest) (*interaction, *actError)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var i *interaction
		if !s.control(w, r, func(req *actRequest) (fail *actError) {
			i, fail = f(s, req)
			return fail
		}) {
			return
		}
		s.await(r.Context(), i)
		s.lock()
		out := s.outcome(i)
		s.unlock()
		sendJSON(w, http.StatusOK, out)
	}
}

// who finds the person that a request acts as.
func (s *Server) who(r *actRequest) (*user, *actError) {
	u := s.st.ws.person(r.a.str("user"))
	if u == nil || u.Bot {
		return nil, refuse(http.StatusNotFound, "no_such_user", "there is nobody by that name or id")
	}
	if s.hasLeft(u.ID) {
		return nil, refuse(http.StatusForbidden, "deactivated", u.Name+" has left the workspace")
	}
	return u, nil
}

// where finds the channel that a request names and checks that the person is in it. A direct
// message with the application is "@app", its id, or the channel id that starts with D.
func (s *Server) where(r *actRequest, u *user) (*channel, *actError) {
	ref := r.a.str("channel")
	c := s.st.channelRef(ref)
	if ref == "@app" {
		c = s.st.im(u.ID)
	}
	if c == nil {
		return nil, refuse(http.StatusNotFound, "no_such_channel", "there is no channel by that name or id")
	}
	if !c.has(u.ID) {
		return nil, refuse(http.StatusForbidden, "not_in_channel", u.Name+" is not in that channel")
	}
	return c, nil
}

func (s *Server) actor(r *actRequest) (*user, *channel, *actError) {
	u, fail := s.who(r)
	if fail != nil {
		return nil, nil, fail
	}
	c, fail := s.where(r, u)
	return u, c, fail
}

func (s *Server) makeChannel(r *actRequest) (object, *actError) {
	name := strings.TrimPrefix(r.a.str("name"), "#")
	if name == "" || s.st.channelRef(name) != nil {
		return nil, refuse(http.StatusConflict, "name_taken", "a channel needs a name of its own")
	}
	c := &channel{ID: s.next("C"), Name: name, Private: r.a.bool("private"), Created: s.stamp().Unix(),
		Creator: s.st.ws.idsOf("morgan")[0]}
	for _, m := range r.a.list("members") {
		if u := s.st.ws.person(m); u != nil {
			c.Members = append(c.Members, u.ID)
		}
	}
	if r.a.bool("app") {
		c.Members = append(c.Members, s.st.ws.BotUser)
	}
	c.index()
	s.st.Channels = append(s.st.Channels, c)
	s.saveChannel(c)
	s.hub.send("channel", object{"channel": c.ID})
	return object{"id": c.ID}, nil
}
