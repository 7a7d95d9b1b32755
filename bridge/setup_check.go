package bridge

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"threadline/bridge/routing"
	"threadline/bridge/trigger"
)

// MaxCapacity bounds every capacity; more is a typing mistake.
const MaxCapacity = 1000

// Check says in words for a person everything that is wrong with the settings,
// each with the path of the setting; nil if nothing is.
func (s Setup) Check() error {
	c := &checker{setup: s}
	for i, id := range s.Managers {
		c.id(fmt.Sprintf("managers[%d]", i), id)
	}
	c.teams()
	for _, t := range []struct {
		name string
		d    time.Duration
	}{{"urgent", s.SLA.Urgent}, {"high", s.SLA.High}, {"normal", s.SLA.Normal}, {"low", s.SLA.Low}} {
		c.span("sla."+t.name, t.d, true)
	}
	c.steps()
	c.windows()
	c.booking()
	c.triggers()
	c.rules()
	c.sites()
	return errors.Join(c.found...)
}

type checker struct {
	setup Setup
	found []error
}

func (c *checker) bad(path, format string, a ...any) {
	c.found = append(c.found, fmt.Errorf("%s: %w", path, fmt.Errorf(format, a...)))
}

// id checks what must be an id of the desk, not the name people read.
func (c *checker) id(path, id string) {
	if id == "" || strings.ContainsAny(id, " @<>#") || strings.ToUpper(id) != id {
		c.bad(path, "%q is no id: copy the id from the person's or group's profile, such as U012AB3CD", id)
	}
}

func (c *checker) span(path string, d time.Duration, zero bool) {
	switch {
	case d < 0 || d == 0 && !zero:
		c.bad(path, "%s is too short; write at least 1s", d)
	case d > 0 && d < time.Second:
		c.bad(path, "%s is under a second; the shortest is 1s", d)
	case d > 366*24*time.Hour:
		c.bad(path, "%s is over a year", d)
	}
}

func (c *checker) capacity(path string, n int) {
	if n < 0 || n > MaxCapacity {
		c.bad(path, "%d is no capacity; write 1 to %d, or 0 for no limit", n, MaxCapacity)
	}
}

func (c *checker) priority(path, p string) {
	if p == "" {
		return
	}
	if _, ok := ParsePriority(p); !ok {
		c.bad(path, "%q is no priority; write urgent, high, normal or low", p)
	}
}

func (c *checker) team(path string, id TeamID) {
	if id != "" && !c.setup.HasTeam(id) {
		c.bad(path, "there is no team %q", id)
	}
}

func (c *checker) hours(path string, h Hours, holidays []string) {
	if _, err := h.Schedule(holidays); err != nil {
		c.bad(path, "%w", err)
	}
}

func (c *checker) teams() {
	if !c.setup.HasTeam(DefaultTeam) {
		c.bad("teams", "the team %q must stay: it takes whatever no other team is named for", DefaultTeam)
	}
	seen := map[TeamID]bool{}
	for _, t := range c.setup.Teams {
		path := "teams." + string(t.ID)
		if !validSlug(string(t.ID)) {
			c.bad(path, "%q is no id of a team; use small letters, digits, - and _", t.ID)
		}
		if seen[t.ID] {
			c.bad(path, "there are two teams of this id")
		}
		seen[t.ID] = true
		if t.Method != "" && !slices.Contains(routing.Methods(), t.Method) {
			c.bad(path+".method", "%q is no method; write round_robin, first_available, skill_based or load_balanced", t.Method)
		}
		if !slices.Contains([]LineMode{"", LinesOfHolder, LinesOfAll, LinesMarked, LinesClaim}, t.Lines) {
			c.bad(path+".lines", "%q is unknown; write holder, everyone, marked or claim", t.Lines)
		}
		if !slices.Contains([]TakeOver{"", TakeOverByManagers, TakeOverByAll}, t.TakeOver) {
			c.bad(path+".take_over", "%q is unknown; write managers or everyone", t.TakeOver)
		}
		if !slices.Contains([]BookingMode{BookingByHours, BookingOn, BookingOff}, t.Booking) {
			c.bad(path+".booking", "%q is unknown; write on or off, or leave it empty for on where there are hours", t.Booking)
		}
		c.capacity(path+".callbacks", t.Callbacks)
		c.capacity(path+".capacity", t.Capacity)
		if t.Group != "" {
			c.id(path+".group", t.Group)
		}
		c.hours(path+".hours", t.Hours, nil)
		members := map[AgentID]bool{}
		for _, m := range t.Members {
			c.id(path+".members."+string(m.ID), string(m.ID))
			c.capacity(path+".members."+string(m.ID)+".capacity", m.Capacity)
			if members[m.ID] {
				c.bad(path+".members."+string(m.ID), "the member is listed twice")
			}
			members[m.ID] = true
		}
	}
}

func (c *checker) steps() {
	for i, s := range c.setup.Escalation {
		path := fmt.Sprintf("escalation[%d]", i)
		c.span(path+".after", s.After, false)
		if i > 0 && s.After < c.setup.Escalation[i-1].After {
			c.bad(path+".after", "%s comes before the step above it; put the steps in order", s.After)
		}
		if !slices.Contains([]StepTo{StepNextAgent, StepGroup, StepManagers, StepNotify}, s.To) {
			c.bad(path+".to", "%q is unknown; write next_agent, on_call, managers or notify", s.To)
		}
		if s.Group != "" {
			c.id(path+".group", s.Group)
		}
		for _, p := range s.Priorities {
			c.priority(path+".priorities", p)
		}
	}
}

func (c *checker) windows() {
	w := c.setup.Windows
	c.span("windows.reactivation", w.Reactivation, false)
	c.span("windows.reactivation_urgent", w.ReactivationUrgent, false)
	c.span("windows.nudge", w.Nudge, true)
	c.span("windows.idle", w.Idle, true)
	c.span("windows.offer", w.Offer, false)
	c.span("windows.undo", w.Undo, true)
	if w.Idle > 0 && w.Nudge > w.Idle {
		c.bad("windows.nudge", "%s comes after windows.idle, %s: nobody would be nudged", w.Nudge, w.Idle)
	}
	if w.Undo > time.Minute {
		c.bad("windows.undo", "%s would keep visitors waiting; the longest is 1m", w.Undo)
	}
	if w.AwayAfter < 0 {
		c.bad("windows.away_after", "%d is negative; write 0 for never", w.AwayAfter)
	}
}

func (c *checker) booking() {
	b := c.setup.Booking
	c.span("booking.length", b.Length, true)
	c.span("booking.notice", b.Notice, true)
	c.span("booking.horizon", b.Horizon, true)
	c.span("booking.reminder", b.Reminder, true)
	if b.Horizon > 0 && b.Notice >= b.Horizon {
		c.bad("booking.notice", "%s is not before booking.horizon, %s: nothing could be booked", b.Notice, b.Horizon)
	}
	if b.Length > 24*time.Hour {
		c.bad("booking.length", "%s is longer than a day", b.Length)
	}
}

func (c *checker) triggers() {
	for name, t := range c.setup.Triggers {
		path := "triggers." + name
		if !slices.Contains(trigger.Names(), name) {
			c.bad(path, "there is no such trigger; they are %s", strings.Join(trigger.Names(), ", "))
		}
		c.share(path+".threshold", t.Threshold)
		c.span(path+".cool_down", t.CoolDown, true)
		if t.CoolDown > 0 && neverPutOff(name) {
			c.bad(path+".cool_down", "this trigger is never put off; leave the line out")
		}
		c.priority(path+".priority", t.Priority)
		c.team(path+".team", t.Team)
	}
}

func (c *checker) share(path string, f float64) {
	if !(f >= 0 && f <= 1) {
		c.bad(path, "%g is not between 0 and 1", f)
	}
}

func (c *checker) rules() {
	seen := map[string]bool{}
	for i, r := range c.setup.Rules {
		path := fmt.Sprintf("rules[%d]", i)
		if strings.TrimSpace(r.Name) == "" {
			c.bad(path+".name", "missing; name the rule so that people can talk about it")
		}
		if seen[r.Name] {
			c.bad(path+".name", "there are two rules called %q", r.Name)
		}
		seen[r.Name] = true
		if _, err := regexp.Compile("(?i)" + r.When.Matches); err != nil {
			c.bad(path+".when.matches", "%w", err)
		}
		if h := r.When.Hours; h != "" && h != "open" && h != "closed" {
			c.bad(path+".when.hours", "%q is unknown; write open or closed", h)
		}
		c.share(path+".when.confidence", r.When.Confidence)
		c.priority(path+".then.priority", r.Then.Priority)
		c.team(path+".then.team", r.Then.Team)
		if r.Then.Agent != "" {
			c.id(path+".then.agent", string(r.Then.Agent))
		}
		for _, id := range r.Sites {
			if _, ok := c.setup.Site(id); !ok {
				c.bad(path+".sites", "there is no site %q", id)
			}
		}
	}
}

func (c *checker) sites() {
	seen := map[SiteID]bool{}
	for _, s := range c.setup.Sites {
		path := "sites." + string(s.ID)
		if !validSlug(string(s.ID)) {
			c.bad(path, "%q is no id of a site; use small letters, digits, - and _", s.ID)
		}
		if seen[s.ID] {
			c.bad(path, "there are two sites of this id")
		}
		seen[s.ID] = true
		for _, o := range s.Origins {
			if u, err := url.Parse(o); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
				c.bad(path+".origins", "%q is no origin; write the scheme and host of your pages, such as https://www.example.com", o)
			}
		}
		for _, r := range s.Routes() {
			if strings.ContainsAny(string(r), " \t<>|") {
				c.bad(path+".channels", "%q is no channel; write its name or id", string(r))
			}
		}
		for _, p := range s.Pages {
			if !strings.HasPrefix(p.Path, "/") || routeOf(p.Channel) == "" {
				c.bad(path+".pages", "%q needs a path that begins with / and a channel", p.Path)
			}
		}
		if !slices.Contains([]Mirror{"", MirrorFull, MirrorCard}, s.Mirror) {
			c.bad(path+".mirror", "%q is unknown; write full or card", s.Mirror)
		}
		c.share(path+".thresholds.answer", s.Threshold)
		if !slices.Contains([]AssistantMode{"", ModeAnswer, ModeSuggest}, s.Mode) {
			c.bad(path+".assistant.mode", "%q is unknown; write answer or suggest", s.Mode)
		}
		if l := s.Limits; min(l.VisitorTurns, l.VisitorTokens, l.SiteTurns, l.SiteTokens) < 0 {
			c.bad(path+".limits", "a limit is negative; write 0 for none")
		}
		if !slices.Contains([]PastLimit{"", PastPeople, PastWords}, s.Limits.Then) {
			c.bad(path+".limits.then", "%q is unknown; write people or words", s.Limits.Then)
		}
		c.span(path+".windows.reactivation", s.ReturnAfter, true)
		c.span(path+".windows.reactivation_urgent", s.UrgentReturnAfter, true)
		c.team(path+".team", s.Team)
		c.team(path+".after_hours.team", s.AfterHours.Team)
		c.hours(path+".hours", s.Hours, s.Holidays)
		for _, f := range s.Lead.Fields {
			if _, err := regexp.Compile(f.Pattern); err != nil || f.Name == "" {
				c.bad(path+".lead.fields."+f.Name, "a field needs a name and a pattern that RE2 reads, or none: %v", err)
			}
		}
		if s.Hours.IsZero() && len(s.Holidays) > 0 {
			c.bad(path+".holidays", "holidays need hours; set hours with a timezone")
		}
		if s.Accent != "" && !regexp.MustCompile(`^#[0-9a-fA-F]{6}$`).MatchString(s.Accent) {
			c.bad(path+".theme.accent", "%q is no colour; write it as #0b6e4f", s.Accent)
		}
	}
}

func validSlug(s string) bool {
	return regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`).MatchString(s)
}
