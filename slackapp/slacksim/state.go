package slacksim

import (
	"sort"
	"strings"
	"time"
)

type object = map[string]any

// state is everything that a restart must find again. Server.mu guards it.
type state struct {
	ws        workspace
	Created   int64
	Counter   int64
	LastTS    int64
	Channels  []*channel
	Ephemeral map[string]*ephemeral
	Views     map[string]*view
	Stacks    map[string][]string // user → open modal ids, lowest first
	Homes     map[string]*view
	Notices   []notice
	Unfurls   []unfurled
	URLs      map[string]*responseURL
	Files     map[string]*file
	Sharings  map[string]*sharing

	text textParser
}

type channel struct {
	ID       string
	Name     string
	Private  bool
	IM       string // the person, when this is a direct message with the application
	Archived bool
	Shared   bool // with the other workspace, by Slack Connect
	Creator  string
	Created  int64
	Formerly []string // names it had, newest first
	Members  []string

	msgs    map[string]*message
	order   []string
	replies map[string][]string
}

type message struct {
	TS          string
	ThreadTS    string `json:",omitempty"`
	User        string `json:",omitempty"`
	Team        string `json:",omitempty"`
	Subtype     string `json:",omitempty"`
	Text        string
	BotID       string     `json:",omitempty"`
	AppID       string     `json:",omitempty"`
	BotName     string     `json:",omitempty"` // of another application
	Username    string     `json:",omitempty"`
	Icons       object     `json:",omitempty"`
	Blocks      []any      `json:",omitempty"`
	Attachments []any      `json:",omitempty"`
	Metadata    object     `json:",omitempty"`
	EditedBy    string     `json:",omitempty"`
	EditedTS    string     `json:",omitempty"`
	Reactions   []reaction `json:",omitempty"`
	FileIDs     []string   `json:",omitempty"`
	ClientMsgID string     `json:",omitempty"`
	Broadcast   bool       `json:",omitempty"`
	AutoBlocks  bool       `json:",omitempty"` // Blocks were made from Text
	Carried     []carried  `json:",omitempty"`
}

// carried is an interactive element that a message has, or had before an update: people press
// buttons on screens that have not refreshed yet.
type carried struct {
	BlockID string
	Element object
}

type reaction struct {
	Name  string
	Users []string
}

type ephemeral struct {
	ID, User, Channel, ThreadTS, Text string
	Blocks                            []any
	Attachments                       []any
	Carried                           []carried
	Gone                              bool
}

type notice struct {
	User    string `json:"user"`
	By      string `json:"by"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	Kind    string `json:"kind"`
}

type responseURL struct {
	ID, User, Channel, MessageTS, EphemeralID, ThreadTS string
	Uses                                                int
	Expires                                             time.Time
}

type file struct {
	ID, Name, Title, User, Channel, TS, Mime string
	Data                                     []byte
	Created                                  int64
	Access                                   string      `json:",omitempty"` // file_access, if not visible
	Gone                                     bool        `json:",omitempty"` // deleted
	Ticket                                   string      `json:",omitempty"` // of an upload that is not finished
	Declared                                 int         `json:",omitempty"` // its length
	Shares                                   []fileShare `json:",omitempty"`
}

// fileShare is a message that a file was shared in.
type fileShare struct{ Channel, TS, ThreadTS string }

func newState(ids idMaker, m manifest, colleagues []string) *state {
	w := newWorkspace(ids, m.Name, colleagues)
	st := &state{ws: w, Created: 1700000000, Ephemeral: map[string]*ephemeral{}, Views: map[string]*view{},
		Stacks: map[string][]string{}, Homes: map[string]*view{}, URLs: map[string]*responseURL{},
		Files: map[string]*file{}, Sharings: map[string]*sharing{}, text: newTextParser()}
	add := func(name string, shared bool, people ...string) {
		st.Channels = append(st.Channels, &channel{ID: ids.named("C", name), Name: name, Shared: shared,
			Creator: w.idsOf("morgan")[0], Created: st.Created, Members: append(w.idsOf(people...), w.BotUser)})
	}
	add("support", true, append([]string{"dana", "lee", "morgan", "gus", "xena"}, colleagues...)...)
	add("sales", false, append([]string{"dana", "lee", "morgan"}, colleagues...)...)
	add("managers", false, "morgan")
	for _, u := range w.Users {
		if !u.Bot && !u.Stranger {
			st.Channels = append(st.Channels, &channel{ID: ids.named("D", u.Name), IM: u.ID, Created: st.Created,
				Members: []string{u.ID, w.BotUser}})
		}
	}
	for _, c := range st.Channels {
		c.index()
	}
	return st
}

func (c *channel) index() {
	if c.msgs == nil {
		c.msgs, c.replies = map[string]*message{}, map[string][]string{}
	}
}

// add places a message by its ts; the ts decides the order.
func (c *channel) add(m *message) {
	if c.msgs[m.TS] == nil {
		c.order = insertSorted(c.order, m.TS)
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			c.replies[m.ThreadTS] = insertSorted(c.replies[m.ThreadTS], m.TS)
		}
	}
	c.msgs[m.TS] = m
}

func (c *channel) remove(m *message) {
	delete(c.msgs, m.TS)
	c.order = removeString(c.order, m.TS)
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		c.replies[m.ThreadTS] = removeString(c.replies[m.ThreadTS], m.TS)
	}
}

// root is the parent that a reply hangs on; a parent's own ThreadTS stays empty in the state.
func (m *message) isReply() bool { return m.ThreadTS != "" && m.ThreadTS != m.TS }

func insertSorted(list []string, v string) []string {
	i := sort.SearchStrings(list, v)
	if i < len(list) && list[i] == v {
		return list
	}
	list = append(list, "")
	copy(list[i+1:], list[i:])
	list[i] = v
	return list
}

func removeString(list []string, v string) []string {
	out := list[:0:0]
	for _, x := range list {
		if x != v {
			out = append(out, x)
		}
	}
	return out
}

func (c *channel) has(user string) bool {
	for _, m := range c.Members {
		if m == user {
			return true
		}
	}
	return false
}

// kind is the channel_type of events.
func (c *channel) kind() string {
	switch {
	case c.IM != "":
		return "im"
	case c.Private:
		return "group"
	}
	return "channel"
}

// channel finds a channel by id, or nil.
func (st *state) channel(id string) *channel {
	for _, c := range st.Channels {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// channelRef finds a channel by id or name, or the direct message of a person.
func (st *state) channelRef(ref string) *channel {
	if c := st.channel(ref); c != nil {
		return c
	}
	name := strings.TrimPrefix(ref, "#")
	for _, c := range st.Channels {
		if c.Name != "" && c.Name == name {
			return c
		}
	}
	return nil
}

func (st *state) im(user string) *channel {
	for _, c := range st.Channels {
		if c.IM == user && user != "" {
			return c
		}
	}
	return nil
}
