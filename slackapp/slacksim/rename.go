package slacksim

import (
	"net/http"
	"strings"
)

// renameChannel gives a channel another name, as a member of the workspace may at any time.
func (s *Server) renameChannel(r *actRequest) (object, *actError) {
	c := s.st.channelRef(r.a.str("channel"))
	if c == nil || c.IM != "" {
		return nil, refuse(http.StatusNotFound, "no_such_channel", "there is no channel by that name or id")
	}
	name := strings.TrimPrefix(r.a.str("name"), "#")
	if name == "" || s.st.channelRef(name) != nil {
		return nil, refuse(http.StatusConflict, "name_taken", "a channel needs a name of its own")
	}
	c.Formerly = append([]string{c.Name}, c.Formerly...)
	c.Name = name
	s.saveChannel(c)
	s.hub.send("channel", object{"channel": c.ID})
	kind := "channel_rename"
	if c.Private {
		kind = "group_rename"
	}
	s.raise(kind, c, object{"type": kind, "channel": object{"id": c.ID, "is_channel": !c.Private, "is_mpim": false,
		"name": name, "name_normalized": name, "created": c.Created}})
	return object{}, nil
}

// changeID gives a channel another id, as Slack does when a private channel begins to be shared. The
// old one is unknown from then on.
func (s *Server) changeID(r *actRequest) (object, *actError) {
	c := s.st.channelRef(r.a.str("channel"))
	if c == nil || c.IM != "" {
		return nil, refuse(http.StatusNotFound, "no_such_channel", "there is no channel by that name or id")
	}
	old := c.ID
	for ts := range c.msgs {
		s.journal.put("message/"+old+"/"+ts, nil)
	}
	s.journal.put("channel/"+old, nil)
	c.ID = s.next("C")
	s.saveChannel(c)
	for _, m := range c.msgs {
		s.saveMessage(c, m)
	}
	for _, e := range s.st.Ephemeral {
		if e.Channel == old {
			e.Channel = c.ID
			s.saveEphemeral(e)
		}
	}
	for _, f := range s.st.Files {
		s.moveFile(f, old, c.ID)
	}
	s.faults.followChannel(old, c.ID)
	s.hub.send("channel", object{"channel": c.ID})
	s.raise("channel_id_changed", c, object{"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": c.ID})
	return object{"id": c.ID}, nil
}

func (s *Server) moveFile(f *file, from, to string) {
	was := f.Channel == from
	if was {
		f.Channel = to
	}
	for i := range f.Shares {
		if f.Shares[i].Channel == from {
			f.Shares[i].Channel, was = to, true
		}
	}
	if was {
		s.saveFile(f)
	}
}
