package slacksim

import (
	"context"
	"time"
)

// interaction is one act of a person for which the application must answer: a press, a command, a
// shortcut, a submission. Server.mu guards it.
type interaction struct {
	user       string
	signal     chan struct{}
	acked      bool
	ackedAt    time.Time
	ackMS      int64
	err        string
	response   object
	ephemerals []string
	viewID     string
	errors     object
	suggested  object // the options that the application offers
	published  bool
	effectSeen bool
	onAck      func(payload object)
}

func (s *Server) newInteraction(user string) *interaction {
	i := &interaction{user: user, signal: make(chan struct{}, 1)}
	s.running[i] = struct{}{}
	return i
}

func (i *interaction) poke() {
	select {
	case i.signal <- struct{}{}:
	default:
	}
}

// effect notes that something the person can see has come of the act.
func (i *interaction) effect() {
	i.effectSeen = true
	i.poke()
}

func (i *interaction) sawView(id string) {
	if i == nil {
		return
	}
	i.viewID = id
	i.effect()
}

func (i *interaction) fail(code string) {
	i.err = code
	i.poke()
}

func (i *interaction) ack(payload object, ms int64) {
	i.acked, i.ackedAt, i.ackMS = true, time.Now(), ms
	if i.onAck != nil {
		i.onAck(payload)
	}
	i.poke()
}

const (
	quietFor    = 300 * time.Millisecond
	effectsWait = 3 * time.Second // after the acknowledgement
)

// await waits until the act has failed, or was acknowledged and its effects have come and
// everything was quiet for 300 ms, at latest 3 s after the acknowledgement.
func (s *Server) await(ctx context.Context, i *interaction) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		s.mu.Lock()
		done := i.err != ""
		wait := time.Second
		if i.acked && !done {
			left := effectsWait - time.Since(i.ackedAt)
			wait = left
			if i.effectSeen {
				quiet := quietFor - time.Since(s.lastMove)
				if s.inflight > s.faults.hanging {
					quiet = max(quiet, 20*time.Millisecond)
				}
				wait = min(left, quiet)
			}
			done = wait <= 0
		}
		s.mu.Unlock()
		if done {
			return
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-s.ctx.Done():
			return
		case <-timer.C:
		case <-i.signal:
		}
	}
}

// outcome is what the controls answer; it ends the interaction.
func (s *Server) outcome(i *interaction) object {
	delete(s.running, i)
	eph := []any{}
	for _, id := range i.ephemerals {
		if e := s.st.Ephemeral[id]; e != nil && !e.Gone {
			eph = append(eph, s.renderEphemeral(e))
		}
	}
	out := object{"acked": i.acked, "ack_ms": i.ackMS, "error": i.err, "response": nil, "ephemerals": eph, "view_id": i.viewID}
	if i.response != nil {
		out["response"] = i.response
	}
	if i.errors != nil {
		out["errors"] = i.errors
	}
	for k, v := range i.suggested {
		out[k] = v
	}
	return out
}

func (s *Server) renderEphemeral(e *ephemeral) object {
	blocks := e.Blocks
	if blocks == nil {
		blocks = []any{}
	}
	return object{"id": e.ID, "user": e.User, "channel": e.Channel, "thread_ts": e.ThreadTS, "text": e.Text, "blocks": blocks}
}

// press sends an interactive or slash_commands envelope.
func (s *Server) press(i *interaction, kind, name, channel string, payload object) {
	s.enqueue(&delivery{Type: kind, Name: name, Channel: channel, Payload: mustJSON(payload), by: i})
}

// person is the user of interactive payloads.
func (s *Server) personObject(u *user) object {
	return object{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.Team}
}

// envelopeBase is what all interactive payloads share.
func (s *Server) envelopeBase(kind string, u *user) object {
	return object{"type": kind, "user": s.personObject(u), "api_app_id": s.st.ws.AppID,
		"token": s.ids.named("v", "verification"), "team": object{"id": s.st.ws.TeamID, "domain": teamDomain},
		"enterprise": nil, "is_enterprise_install": false}
}

// newResponseURL is a URL by which the application may answer 5 times within 30 minutes.
func (s *Server) newResponseURL(u responseURL) string {
	u.ID = s.nextSecret("response")
	u.Expires = s.now().Add(responseAge)
	s.st.URLs[u.ID] = &u
	s.journal.put("url/"+u.ID, u)
	for id, old := range s.st.URLs {
		if s.now().After(old.Expires.Add(responseAge)) {
			delete(s.st.URLs, id)
			s.journal.put("url/"+id, nil)
		}
	}
	return s.base + "/actions/" + s.st.ws.TeamID + "/" + u.ID[:12] + "/" + u.ID
}
