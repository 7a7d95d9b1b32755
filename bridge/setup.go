package bridge

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"threadline/bridge/hours"
	"threadline/bridge/routing"
)

// TeamID is what the operator calls a team.
type TeamID string

// Setup is everything about the product that people change while it runs, from
// the desk or with a settings file. Treat one that was read as immutable: it
// is shared.
type Setup struct {
	// Edition rises with every change.
	Edition int64 `json:"-"`
	// Managers are the desk's ids of people or groups who may change settings;
	// none means whoever the environment names.
	Managers []string `json:"managers"`
	Teams    []Team   `json:"teams"`
	SLA      SLA      `json:"sla"`
	// Escalation are the steps by which an unclaimed handoff reaches further,
	// in the order of their After.
	Escalation []Step                    `json:"escalation"`
	Windows    Windows                   `json:"windows"`
	Booking    BookingSettings           `json:"booking"`
	Triggers   map[string]TriggerSetting `json:"triggers"`
	Rules      []Rule                    `json:"rules"`
	Sites      []Site                    `json:"-"`

	schedules map[string]hours.Schedule // by site, or by team and site
}

// Team is a group of agents who take conversations.
type Team struct {
	ID   TeamID `json:"id"`
	Name string `json:"name"`
	// Channel is where chats go on that wait for the team, by name or id; empty
	// means the site's.
	Channel string `json:"channel"`
	// Method says how conversations are offered to the members. Without
	// members nothing is offered, and whoever claims first has it.
	Method  routing.Method `json:"method"`
	Members []Member       `json:"members"`
	// Capacity is how many conversations a member may be offered who has no
	// capacity of their own; zero is any number.
	Capacity int `json:"capacity"`
	// Group is the desk's id of a group to be mentioned as on call.
	Group string `json:"group"`
	// Lines says whose lines in a held thread reach the visitor.
	Lines LineMode `json:"lines"`
	// TakeOver says who may take a chat over from a colleague.
	TakeOver TakeOver `json:"take_over"`
	// Hours are the team's own; none means those of the site.
	Hours Hours `json:"hours"`
	// Booking says whether visitors can book calls of the team, Callbacks how
	// many of them at the same time; zero is one for each member.
	Booking   BookingMode `json:"booking"`
	Callbacks int         `json:"callbacks"`
}

// Member is an agent in a team.
type Member struct {
	ID AgentID `json:"id"`
	// Skills are free words, compared without case.
	Skills []string `json:"skills,omitempty"`
	// Capacity limits offers and transfers, never the agent's own claims. Zero
	// is the team's.
	Capacity int `json:"capacity,omitempty"`
}

// LineMode says which lines of a held thread reach the visitor.
type LineMode string

const (
	// LinesOfHolder: those of the holder and of whoever joined. It is the
	// default.
	LinesOfHolder LineMode = "holder"
	// LinesOfAll: those of everybody in the thread who is no outsider.
	LinesOfAll LineMode = "everyone"
	// LinesMarked: only those that their author sends by a press.
	LinesMarked LineMode = "marked"
	// LinesClaim: as LinesOfHolder, and the first line in a thread that nobody
	// holds claims it.
	LinesClaim LineMode = "claim"
)

// TakeOver says who may take chats over from colleagues.
type TakeOver string

const (
	TakeOverByManagers TakeOver = "managers" // the default
	TakeOverByAll      TakeOver = "everyone"
)

// SLA is how long a visitor may wait for the first human answer, by priority.
// Only open time counts, except for urgent ones.
type SLA struct {
	Urgent time.Duration `json:"urgent"`
	High   time.Duration `json:"high"`
	Normal time.Duration `json:"normal"`
	Low    time.Duration `json:"low"`
}

// Target is the target of a priority; zero means none.
func (s SLA) Target(p Priority) time.Duration {
	switch p {
	case Urgent:
		return s.Urgent
	case High:
		return s.High
	case Low:
		return s.Low
	default:
		return s.Normal
	}
}

// Step is one widening of an alert that nobody has claimed.
type Step struct {
	// After counts from the beginning of the wait; after-hours waits count from
	// the opening.
	After time.Duration `json:"after"`
	To    StepTo        `json:"to"`
	// Priorities limits the step; none means all.
	Priorities []string `json:"priorities,omitempty"`
	// Group is the group to mention, for StepGroup; empty is the team's.
	Group string `json:"group,omitempty"`
}

// StepTo is whom a step of widening reaches.
type StepTo string

const (
	StepNextAgent StepTo = "next_agent" // offer it to the next by the team's method
	StepGroup     StepTo = "on_call"    // mention the on-call group
	StepManagers  StepTo = "managers"   // mention the managers
	StepNotify    StepTo = "notify"     // every further channel: SMS, push, mail
)

// For reports whether the step is for that priority.
func (s Step) For(p Priority) bool {
	return len(s.Priorities) == 0 || slices.Contains(s.Priorities, p.String())
}

// Windows are how long things may take.
type Windows struct {
	// Reactivation is how long a handoff may wait unclaimed before the
	// assistant comes back; ReactivationUrgent the same for urgent ones.
	Reactivation       time.Duration `json:"reactivation"`
	ReactivationUrgent time.Duration `json:"reactivation_urgent"`
	// Nudge is how long a holder may leave a visitor's line unanswered before
	// they are reminded; Idle how long before the conversation goes back to the
	// queue. For a visitor who waited already they count from the hold. Zero
	// means never.
	Nudge time.Duration `json:"nudge"`
	Idle  time.Duration `json:"idle"`
	// Offer is how long an offer waits for its agent.
	Offer time.Duration `json:"offer"`
	// Undo holds agents' lines back so long that they can be taken back; zero
	// sends them at once. Whatever ends the hold of the conversation meanwhile
	// (release, resolve, transfer, take-over, the visitor's end) sends them
	// first: who ends a talk has meant what they said in it.
	Undo time.Duration `json:"undo"`
	// AwayAfter is how many offers in a row an agent may leave unanswered
	// before they count as away; zero is any number.
	AwayAfter int `json:"away_after"`
}

// TriggerSetting tunes one trigger.
type TriggerSetting struct {
	Off bool `json:"off,omitempty"`
	// Examples are phrases that must trigger, Negative look-alikes that must
	// not.
	Examples []string `json:"examples,omitempty"`
	Negative []string `json:"negative,omitempty"`
	// Threshold is the strength, 0 to 1, from which on it fires; zero is the
	// trigger's own.
	Threshold float64 `json:"threshold,omitempty"`
	// CoolDown is how long after a handoff for it has ended the same chat opens
	// no other one; zero is the trigger's own.
	CoolDown time.Duration `json:"cool_down,omitempty"`
	// Priority replaces the trigger's own; empty keeps it.
	Priority string `json:"priority,omitempty"`
	// Team takes the handoffs; empty is the site's.
	Team TeamID `json:"team,omitempty"`
}

// Rule is to do something when a visitor's message meets all its conditions.
// Rules are tried in order; the first that fits decides. They are checked and
// kept; nothing follows them yet.
type Rule struct {
	Name  string   `json:"name"`
	Off   bool     `json:"off,omitempty"`
	Sites []SiteID `json:"sites,omitempty"`
	When  RuleWhen `json:"when"`
	Then  RuleThen `json:"then"`
}

// RuleWhen are a rule's conditions; what is empty is no condition.
type RuleWhen struct {
	// Contains are words of which one must stand in the message; Matches is a
	// regular expression (RE2). Neither minds case.
	Contains []string `json:"contains,omitempty"`
	Matches  string   `json:"matches,omitempty"`
	// Page must be part of the page's URL.
	Page string `json:"page,omitempty"`
	// Hours is "open" or "closed".
	Hours      string            `json:"hours,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Language   string            `json:"language,omitempty"`
	Tag        string            `json:"tag,omitempty"`
	// Turns is the least number of the visitor's messages so far.
	Turns int `json:"turns,omitempty"`
	// Confidence is an upper bound of the assistant's, 0 to 1.
	Confidence float64 `json:"confidence,omitempty"`
}

// RuleThen is what a rule does.
type RuleThen struct {
	HandOff    bool     `json:"hand_off,omitempty"`
	Team       TeamID   `json:"team,omitempty"`
	Agent      AgentID  `json:"agent,omitempty"`
	AskContact bool     `json:"ask_contact,omitempty"`
	Queue      bool     `json:"queue,omitempty"`
	Tags       []string `json:"tags,omitempty"`
	Priority   string   `json:"priority,omitempty"`
	Say        string   `json:"say,omitempty"`
}

// Hours are opening hours as people write them.
type Hours struct {
	// Zone is an IANA name, such as America/Chicago. Without one there are no
	// hours, which is to say always open.
	Zone string `json:"timezone"`
	// Week has openings by "mon", "mon-fri" or "daily"; days not named are
	// closed.
	Week map[string]string `json:"week"`
	// Exceptions replace the openings of a date.
	Exceptions map[string]string `json:"exceptions"`
}

// IsZero reports whether no hours are set.
func (h Hours) IsZero() bool { return h.Zone == "" && len(h.Week) == 0 && len(h.Exceptions) == 0 }

// AfterHours is what happens to emergencies while nobody is there.
type AfterHours struct {
	// Number is told to whoever has an emergency; Text is said in place of the
	// usual words, with {number} filled in.
	Number string `json:"number"`
	Text   string `json:"text"`
	// Team takes emergencies at such times; empty is the usual one.
	Team TeamID `json:"team"`
}

// DefaultTeam takes whatever no other team is named for.
const DefaultTeam TeamID = "support"

// DefaultSetup is what an empty database starts with.
func DefaultSetup() Setup {
	return Setup{
		Teams: []Team{{ID: DefaultTeam, Name: "Support", Method: routing.RoundRobin, Lines: LinesOfHolder, TakeOver: TakeOverByManagers}},
		SLA:   SLA{Urgent: time.Minute, High: 2 * time.Minute, Normal: 3 * time.Minute, Low: 10 * time.Minute},
		Escalation: []Step{
			{After: 2 * time.Minute, To: StepNextAgent},
			{After: 5 * time.Minute, To: StepGroup},
			{After: 10 * time.Minute, To: StepManagers},
			{After: 15 * time.Minute, To: StepNotify},
		},
		Windows: Windows{
			Reactivation: 8 * time.Hour, ReactivationUrgent: 2 * time.Hour,
			Nudge: 10 * time.Minute, Idle: 30 * time.Minute, Offer: time.Minute, AwayAfter: 3,
		},
		Booking: BookingSettings{Length: 30 * time.Minute, Notice: time.Hour, Horizon: 14 * 24 * time.Hour, Reminder: 15 * time.Minute},
	}
}

// Team finds a team; an unknown or empty id is the default team, which exists
// even where the settings have none.
func (s Setup) Team(id TeamID) Team {
	for _, want := range []TeamID{id, DefaultTeam} {
		if i := slices.IndexFunc(s.Teams, func(t Team) bool { return t.ID == want }); i >= 0 {
			return s.Teams[i]
		}
	}
	return Team{ID: DefaultTeam, Name: "Support", Method: routing.RoundRobin}
}

// HasTeam reports whether a team has that id.
func (s Setup) HasTeam(id TeamID) bool {
	return slices.ContainsFunc(s.Teams, func(t Team) bool { return t.ID == id })
}

// TeamRoutes are the channels that teams have of their own, each once.
func (s Setup) TeamRoutes() []Route {
	var out []Route
	for _, t := range s.Teams {
		if r := routeOf(t.Channel); r != "" && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// Site finds a site.
func (s Setup) Site(id SiteID) (Site, bool) {
	if i := slices.IndexFunc(s.Sites, func(t Site) bool { return t.ID == id }); i >= 0 {
		return s.Sites[i], true
	}
	return Site{}, false
}

// MemberCapacity is how much may be offered to a member; zero is any number.
func (t Team) MemberCapacity(id AgentID) int {
	if i := slices.IndexFunc(t.Members, func(m Member) bool { return m.ID == id }); i >= 0 {
		return cmp.Or(t.Members[i].Capacity, t.Capacity)
	}
	return t.Capacity
}

// Has reports whether somebody is in the team.
func (t Team) Has(id AgentID) bool {
	return slices.ContainsFunc(t.Members, func(m Member) bool { return m.ID == id })
}

// Compile reads the hours of all sites and teams, once for many questions.
func (s Setup) Compile() (Setup, error) {
	s.schedules = map[string]hours.Schedule{}
	for _, site := range s.Sites {
		w, err := site.Hours.Schedule(site.Holidays)
		if err != nil {
			return s, fmt.Errorf("hours of site %s: %w", site.ID, err)
		}
		s.schedules[string(site.ID)] = w
		for _, t := range s.Teams {
			if t.Hours.IsZero() {
				continue
			}
			w, err := t.Hours.Schedule(site.Holidays)
			if err != nil {
				return s, fmt.Errorf("hours of team %s: %w", t.ID, err)
			}
			s.schedules[string(site.ID)+"\x00"+string(t.ID)] = w
		}
	}
	return s, nil
}

// Schedule is when a team is there for a site: in its own hours, else in the
// site's. A setup that was not compiled is always open.
func (s Setup) Schedule(site SiteID, team TeamID) hours.Schedule {
	if w, ok := s.schedules[string(site)+"\x00"+string(team)]; ok {
		return w
	}
	return s.schedules[string(site)]
}
