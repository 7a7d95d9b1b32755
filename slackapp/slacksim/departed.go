package slacksim

import "slices"

// departed is a person whose account was deactivated, and where they were.
type departed struct {
	user string
	from []*channel
}

// deactivate ends a person's account, as an admin does when somebody leaves: they are in no channel
// any more, act no more, and users.info and users.list say "deleted" of them.
func (s *Server) deactivate(u *user) {
	gone := departed{user: u.ID}
	for _, c := range s.st.Channels {
		if c.IM == "" && c.has(u.ID) {
			c.Members = removeString(c.Members, u.ID)
			gone.from = append(gone.from, c)
			s.saveChannel(c)
			s.hub.send("channel", object{"channel": c.ID})
		}
	}
	s.faults.departed = append(s.faults.departed, gone)
}

func (s *Server) hasLeft(id string) bool {
	return slices.ContainsFunc(s.faults.departed, func(d departed) bool { return d.user == id })
}
