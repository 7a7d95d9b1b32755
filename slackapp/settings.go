package slackapp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
	"threadline/bridge/hours"
	"threadline/bridge/routing"
)

// Forms for settings that need more than two words. In modals a block's id is
// its element's action id.
const (
	viewTeam    = "team_modal"
	viewHours   = "hours_modal"
	viewTargets = "config_modal"
	viewAsk     = "ask_modal"

	fieldName       = "name"
	fieldMembers    = "members"
	fieldChannel    = "channel"
	fieldMethod     = "method"
	fieldCapacity   = "capacity"
	fieldGroup      = "group"
	fieldZone       = "timezone"
	fieldWeek       = "week"
	fieldHolidays   = "holidays"
	fieldExceptions = "exceptions"
)

// team shows the teams, or to a manager the form of one of them. A name that
// no team has yet makes a new one.
func (a *App) team(ctx context.Context, o order) (string, error) {
	s, err := a.d.store.Setup(ctx)
	if err != nil {
		return "", err
	}
	manages, err := a.d.manages(ctx, o.who.ID)
	if err != nil {
		return "", err
	}
	if len(o.words) > 0 && manages {
		name := decode(strings.Join(o.words, " "))
		if i := findTeam(s, name); i >= 0 {
			return a.open(ctx, o.notice, teamView(s.Teams[i], false))
		}
		t := bridge.Team{ID: newTeamID(s, name), Name: name, Method: routing.RoundRobin, Lines: bridge.LinesOfHolder}
		return a.open(ctx, o.notice, teamView(t, true))
	}
	var b strings.Builder
	for _, t := range s.Teams {
		if len(o.words) > 0 && findTeam(bridge.Setup{Teams: []bridge.Team{t}}, strings.Join(o.words, " ")) < 0 {
			continue
		}
		fmt.Fprintf(&b, "*%s* `%s` · %s · %s\n", inert(t.Name), t.ID, strings.ReplaceAll(string(t.Method), "_", " "), capacityWords(t.Capacity))
		for _, m := range t.Members {
			name := orElse(a.d.nameOf(ctx, string(m.ID)), string(m.ID))
			b.WriteString("• " + inert(name))
			if len(m.Skills) > 0 {
				b.WriteString(" · " + inert(strings.Join(m.Skills, ", ")))
			}
			if m.Capacity > 0 {
				b.WriteString(" · " + capacityWords(m.Capacity))
			}
			b.WriteString("\n")
		}
		if len(t.Members) == 0 {
			b.WriteString("• nobody yet: whoever claims first has it\n")
		}
	}
	if b.Len() == 0 {
		return "There is no such team. There are: " + escape(strings.Join(teamIDs(s), ", ")) + ".", nil
	}
	if manages {
		b.WriteString("Change one with `" + slashCommand + " team TEAM`; a new name makes a new team.")
	}
	return b.String(), nil
}

func capacityWords(n int) string {
	if n == 0 {
		return "any number of chats"
	}
	return plural(n, "chat", "chats") + " at a time"
}

// hours tells when we are open, or shows a manager the form of one site.
func (a *App) hours(ctx context.Context, o order) (string, error) {
	s, err := a.d.store.Setup(ctx)
	if err != nil {
		return "", err
	}
	manages, err := a.d.manages(ctx, o.who.ID)
	if err != nil {
		return "", err
	}
	if len(o.words) > 0 {
		site, ok := s.Site(bridge.SiteID(strings.ToLower(o.words[0])))
		if !ok {
			return "There is no site " + code(o.words[0]) + ".", nil
		}
		if manages {
			return a.open(ctx, o.notice, hoursView(site))
		}
	}
	now := a.d.c.Clock.Now()
	var b strings.Builder
	for _, site := range s.Sites {
		if len(o.words) > 0 && !strings.EqualFold(string(site.ID), o.words[0]) {
			continue
		}
		team := s.Team(site.Team)
		fmt.Fprintf(&b, "*%s* `%s` · %s\n", inert(site.Name), site.ID, openWords(s.Schedule(site.ID, team.ID), now))
		if team.Hours.IsZero() {
			writeHours(&b, site.Hours)
		} else {
			b.WriteString("• by the hours of its team:\n")
			writeHours(&b, team.Hours)
		}
		if len(site.Holidays) > 0 {
			b.WriteString("• closed on holidays: " + inert(strings.Join(site.Holidays, ", ")) + "\n")
		}
		for _, t := range s.Teams {
			if t.ID != team.ID && !t.Hours.IsZero() {
				fmt.Fprintf(&b, "• its chats for *%s*: %s\n", inert(t.Name), openWords(s.Schedule(site.ID, t.ID), now))
				writeHours(&b, t.Hours)
			}
		}
	}
	if manages {
		b.WriteString("Change them with `" + slashCommand + " hours SITE`; hours of teams stand in the file of `threadline config`.")
	}
	return b.String(), nil
}

// openWords says until when it is open or closed.
func openWords(w hours.Schedule, now time.Time) string {
	closing, closes := w.NextClosing(now)
	opening, opens := w.NextOpening(now)
	switch {
	case w.Always() || w.Open(now) && !closes:
		return "open round the clock"
	case w.Open(now):
		return "open until " + dateToken(closing, "{date_short_pretty}, {time}")
	case opens:
		return "closed until " + dateToken(opening, "{date_short_pretty}, {time}")
	default:
		return "closed, and never open again by these hours"
	}
}

// writeHours lists the openings of a week and the exceptions.
func writeHours(b *strings.Builder, h bridge.Hours) {
	if h.Zone != "" {
		b.WriteString("• times of " + inert(h.Zone) + "\n")
	}
	for _, day := range weekOrder(h.Week) {
		fmt.Fprintf(b, "• %s %s\n", day, inert(h.Week[day]))
	}
	for _, date := range datesOf(h.Exceptions) {
		fmt.Fprintf(b, "• on %s %s\n", date, inert(h.Exceptions[date]))
	}
}

// datesOf are the dates of exceptions in order.
func datesOf(exceptions map[string]string) []string { return slices.Sorted(maps.Keys(exceptions)) }

// weekOrder are the days of a week's hours as a week goes.
func weekOrder(week map[string]string) []string {
	rank := func(day string) int {
		if len(day) < 3 {
			return 9
		}
		return (strings.Index("montuewedthufrisatsun", strings.ToLower(day[:3])) + 30) % 30
	}
	return slices.SortedFunc(maps.Keys(week), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
}

// target is one duration that the form of targets shows.
type target struct {
	field, label, hint string
	of                 func(*bridge.Setup) *time.Duration
}

func targets() []target {
	return []target{
		{"sla_urgent", "First answer, urgent", "", func(s *bridge.Setup) *time.Duration { return &s.SLA.Urgent }},
		{"sla_high", "First answer, high", "", func(s *bridge.Setup) *time.Duration { return &s.SLA.High }},
		{"sla_normal", "First answer, normal", "", func(s *bridge.Setup) *time.Duration { return &s.SLA.Normal }},
		{"sla_low", "First answer, low", "", func(s *bridge.Setup) *time.Duration { return &s.SLA.Low }},
		{"offer", "An offer waits for its agent", "", func(s *bridge.Setup) *time.Duration { return &s.Windows.Offer }},
		{"nudge", "A silent holder is reminded after", "", func(s *bridge.Setup) *time.Duration { return &s.Windows.Nudge }},
		{"idle", "A silent holder's chat goes back to the queue after", "", func(s *bridge.Setup) *time.Duration { return &s.Windows.Idle }},
		{"undo", "Agents' lines are held back for", "0s sends them at once.", func(s *bridge.Setup) *time.Duration { return &s.Windows.Undo }},
		{"reactivation", "The assistant comes back after", "Where nobody has claimed.", func(s *bridge.Setup) *time.Duration { return &s.Windows.Reactivation }},
		{"reactivation_urgent", "The same for urgent ones", "", func(s *bridge.Setup) *time.Duration { return &s.Windows.ReactivationUrgent }},
	}
}

// targets shows how long things may take, to a manager as a form.
func (a *App) targets(ctx context.Context, o order) (string, error) {
	s, err := a.d.store.Setup(ctx)
	if err != nil {
		return "", err
	}
	manages, err := a.d.manages(ctx, o.who.ID)
	if err != nil {
		return "", err
	}
	if manages {
		return a.open(ctx, o.notice, targetsView(s))
	}
	var b strings.Builder
	b.WriteString("*Targets and windows*\n")
	for _, t := range targets() {
		fmt.Fprintf(&b, "• %s: %s\n", t.label, durationWords(*t.of(&s)))
	}
	return b.String(), nil
}

func durationWords(d time.Duration) string {
	if d == 0 {
		return "off"
	}
	return bridge.ShortDuration(d)
}

// open shows a form to whoever gave the order, within the life of its trigger.
func (a *App) open(ctx context.Context, n notice, v slack.ModalViewRequest) (string, error) {
	if err := a.showForm(ctx, n, v); err != nil {
		a.log.Warn("slack: cannot open a form", "form", v.CallbackID, "error", err)
		return sayTypeAgain, nil
	}
	return "", nil
}

// form is a modal with one text input after another, and whatever else is put
// between them.
type form struct{ v slack.ModalViewRequest }

func newForm(callback, title, meta string) *form {
	f := &form{}
	f.v = slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callback, PrivateMetadata: meta,
		Title: words(title), Submit: words("Save"), Close: words("Cancel"),
	}
	return f
}

func words(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

func (f *form) input(id, label, hint string, optional bool, el slack.BlockElement) {
	var h *slack.TextBlockObject
	if hint != "" {
		h = words(hint)
	}
	b := slack.NewInputBlock(id, words(label), h, el)
	b.Optional = optional
	f.v.Blocks.BlockSet = append(f.v.Blocks.BlockSet, b)
}

func (f *form) text(id, label, hint, value string, lines, optional bool) {
	f.bounded(id, label, hint, value, lines, optional, maxNote)
}

// bounded asks for a text of at most that many characters.
func (f *form) bounded(id, label, hint, value string, lines, optional bool, most int) {
	el := slack.NewPlainTextInputBlockElement(nil, id)
	el.InitialValue, el.Multiline, el.MaxLength = clip(value, most), lines, most
	f.input(id, label, hint, optional, el)
}

func (f *form) choice(id, label string, options [][2]string, chosen string) {
	all := make([]*slack.OptionBlockObject, len(options))
	el := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, words("Choose one"), id)
	for i, o := range options {
		all[i] = slack.NewOptionBlockObject(o[0], words(o[1]), nil)
		if o[0] == chosen {
			el.InitialOption = all[i]
		}
	}
	el.Options = all
	f.input(id, label, "", false, el)
}

// newTeamID makes the id of a new team from its name: small letters, digits and
// dashes, and none that another team has.
func newTeamID(s bridge.Setup, name string) bridge.TeamID {
	id := strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_'
	}), "-")
	id = strings.Trim(id[:min(len(id), 40)], "-_")
	id = orElse(id, "team")
	for n, base := 2, id; s.HasTeam(bridge.TeamID(id)); n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	return bridge.TeamID(id)
}

func teamView(t bridge.Team, isNew bool) slack.ModalViewRequest {
	title := "Team"
	if isNew {
		title = "New team"
	}
	f := newForm(viewTeam, title, shows(string(t.ID), isNew, teamValues(t)))
	f.text(fieldName, "Name", "", t.Name, false, false)
	people := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeUser, words("Choose people"), fieldMembers)
	for _, m := range t.Members {
		people.InitialUsers = append(people.InitialUsers, string(m.ID))
	}
	f.input(fieldMembers, "Members", "Offers go to them. Without any, whoever claims first has a chat.", true, people)
	f.choice(fieldMethod, "How chats are offered", [][2]string{
		{string(routing.RoundRobin), "In turn"}, {string(routing.FirstAvailable), "First available"},
		{string(routing.SkillBased), "By skill"}, {string(routing.LoadBalanced), "Least loaded"},
	}, string(cmp.Or(t.Method, routing.RoundRobin)))
	f.text(fieldCapacity, "Chats an agent may be offered at a time", "0 for any number. One's own claims are never limited.", strconv.Itoa(t.Capacity), false, false)
	f.text(fieldChannel, "Channel", "Its name or id. Chats that wait for the team go on there; empty for the site's.", t.Channel, false, true)
	return f.v
}

func hoursView(s bridge.Site) slack.ModalViewRequest {
	v := hoursValues(s)
	f := newForm(viewHours, "Opening hours", shows(string(s.ID), false, v))
	f.text(fieldZone, "Time zone", "Such as America/Chicago. Empty: always open.", v[fieldZone], false, true)
	f.text(fieldWeek, "Week", "A line each: mon-fri 08:00-18:00. Days not named are closed.", v[fieldWeek], true, true)
	f.text(fieldExceptions, "Exceptions", "A line each: 2026-12-24 09:00-12:00, or closed.", v[fieldExceptions], true, true)
	f.text(fieldHolidays, "Holidays", "A line each: 2026-12-25, or 12-25 for every year.", v[fieldHolidays], true, true)
	return f.v
}

func targetsView(s bridge.Setup) slack.ModalViewRequest {
	v := targetValues(s)
	f := newForm(viewTargets, "Targets and windows", shows("-", false, v))
	for _, t := range targets() {
		f.text(t.field, t.label, orElse(t.hint, "Such as 90s, 5m or 8h."), v[t.field], false, false)
	}
	return f.v
}

// fieldError says that a field of a form is wrong.
type fieldError struct{ field, why string }

func (e fieldError) Error() string { return e.why }

// firstField is where a form says what is wrong with all of it.
func firstField(callback string) string {
	switch callback {
	case viewTeam:
		return fieldName
	case viewHours:
		return fieldZone
	case viewTransfer:
		return fieldTo
	case viewSnooze, viewTaskLater:
		return fieldFor
	case viewTask:
		return fieldTitle
	case viewTaskDone:
		return fieldOutcome
	default:
		return targets()[0].field
	}
}

// saved settles a form of settings and returns what is wrong with it, by
// field; nothing if it was kept.
func (a *App) saved(ctx context.Context, s submission, who person) (map[string]string, error) {
	first := firstField(s.callback)
	if ok, err := a.d.manages(ctx, who.ID); err != nil {
		return nil, err
	} else if !ok || who.Outsider || who.Nobody {
		return map[string]string{first: "Only managers may change this."}, nil
	}
	var apply func(bridge.Setup) (bridge.Setup, error)
	switch s.callback {
	case viewTeam:
		apply = s.team
	case viewHours:
		apply = s.hours
	default:
		apply = s.targets
	}
	_, err := a.d.store.ChangeSetup(ctx, bridge.Actor{ID: who.ID, Name: who.Name}, apply)
	var wrong fieldError
	if errors.As(err, &wrong) {
		return map[string]string{wrong.field: wrong.why}, nil
	}
	var refused *bridge.SetupError
	if errors.As(err, &refused) {
		return map[string]string{fieldOf(s.callback, refused.Error(), first): clip(refused.Error(), 300)}, nil
	}
	return nil, err
}

// fieldOf is the field that a refusal of the settings is about: the first step
// of the path it begins with that the form asks for.
func fieldOf(callback, why, first string) string {
	for _, t := range targets() {
		if callback == viewTargets && (strings.HasPrefix(why, "windows."+t.field+":") || strings.HasPrefix(why, strings.Replace(t.field, "_", ".", 1)+":")) {
			return t.field
		}
	}
	asked := map[string][]string{
		viewTeam:  {fieldName, fieldMembers, fieldMethod, fieldCapacity, fieldChannel},
		viewHours: {fieldZone, fieldWeek, fieldExceptions, fieldHolidays},
	}[callback]
	for _, step := range strings.FieldsFunc(why, func(r rune) bool { return strings.ContainsRune(".:[ ", r) }) {
		if slices.Contains(asked, step) {
			return step
		}
	}
	return first
}

func (s submission) text(field string) string {
	return strings.TrimSpace(s.values[field][field].Value)
}

func (s submission) team(setup bridge.Setup) (bridge.Setup, error) {
	was, err := s.shown()
	if err != nil {
		return setup, err
	}
	setup.Teams = slices.Clone(setup.Teams)
	i := slices.IndexFunc(setup.Teams, func(t bridge.Team) bool { return string(t.ID) == was.ID })
	switch {
	case i >= 0 && was.New:
		return setup, fieldError{fieldName, "Somebody else has made this team meanwhile. Please close this form and open it again."}
	case i < 0 && !was.New:
		return setup, fieldError{fieldName, "There is no such team any more."}
	case i < 0:
		setup.Teams = append(setup.Teams, bridge.Team{ID: bridge.TeamID(was.ID), Name: s.text(fieldName), Method: routing.RoundRobin, Lines: bridge.LinesOfHolder})
		i = len(setup.Teams) - 1
		was.Marks = marksOf(teamValues(setup.Teams[i]))
	}
	t := &setup.Teams[i]
	given := map[string]string{
		fieldName: s.text(fieldName), fieldCapacity: s.text(fieldCapacity), fieldChannel: strings.TrimPrefix(s.text(fieldChannel), "#"),
	}
	if f := s.values[fieldMethod][fieldMethod]; f.Selected != nil {
		given[fieldMethod] = f.Selected.Value
	}
	given[fieldMembers] = strings.Join(slices.Sorted(slices.Values(s.values[fieldMembers][fieldMembers].Users)), " ")
	capacity, err := strconv.Atoi(given[fieldCapacity])
	if err != nil {
		return setup, fieldError{fieldCapacity, "Please write a number; 0 for no limit."}
	}
	if given[fieldName] == "" {
		return setup, fieldError{fieldName, "Please give the team a name."}
	}
	changed, err := was.changed(given, teamValues(*t), []string{fieldName, fieldMembers, fieldMethod, fieldCapacity, fieldChannel})
	if err != nil {
		return setup, err
	}
	if changed[fieldName] {
		t.Name = given[fieldName]
	}
	if changed[fieldChannel] {
		t.Channel = given[fieldChannel]
	}
	if changed[fieldCapacity] {
		t.Capacity = capacity
	}
	if changed[fieldMethod] {
		t.Method = routing.Method(given[fieldMethod])
	}
	if changed[fieldMembers] {
		t.Members = s.members(*t)
	}
	return setup, nil
}

// members are the team's members as the form names them; who stays keeps their
// skills and capacity.
func (s submission) members(t bridge.Team) []bridge.Member {
	var members []bridge.Member
	for _, id := range s.values[fieldMembers][fieldMembers].Users {
		m := bridge.Member{ID: bridge.AgentID(id)}
		if at := slices.IndexFunc(t.Members, func(m bridge.Member) bool { return string(m.ID) == id }); at >= 0 {
			m = t.Members[at]
		}
		members = append(members, m)
	}
	return members
}

func (s submission) hours(setup bridge.Setup) (bridge.Setup, error) {
	was, err := s.shown()
	if err != nil {
		return setup, err
	}
	setup.Sites = slices.Clone(setup.Sites)
	i := slices.IndexFunc(setup.Sites, func(t bridge.Site) bool { return string(t.ID) == was.ID })
	if i < 0 {
		return setup, fieldError{fieldZone, "There is no such site any more."}
	}
	site := &setup.Sites[i]
	order := []string{fieldZone, fieldWeek, fieldExceptions, fieldHolidays}
	given := map[string]string{}
	for _, f := range order {
		given[f] = s.text(f)
	}
	week, err := pairs(given[fieldWeek])
	if err != nil {
		return setup, fieldError{fieldWeek, err.Error()}
	}
	exceptions, err := pairs(given[fieldExceptions])
	if err != nil {
		return setup, fieldError{fieldExceptions, err.Error()}
	}
	changed, err := was.changed(given, hoursValues(*site), order)
	if err != nil {
		return setup, err
	}
	if changed[fieldZone] {
		site.Hours.Zone = given[fieldZone]
	}
	if changed[fieldWeek] {
		site.Hours.Week = week
	}
	if changed[fieldExceptions] {
		site.Hours.Exceptions = exceptions
	}
	if changed[fieldHolidays] {
		site.Holidays = nil
		for line := range strings.SplitSeq(given[fieldHolidays], "\n") {
			if line = strings.TrimSpace(line); line != "" {
				site.Holidays = append(site.Holidays, line)
			}
		}
	}
	return setup, nil
}

// pairs reads lines of a key, a space and a value.
func pairs(text string) (map[string]string, error) {
	out := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, " ")
		key = strings.ToLower(strings.TrimSuffix(key, ":"))
		if !ok {
			return nil, fmt.Errorf("%q: write the day, a space and the times", clip(line, 40))
		}
		if _, twice := out[key]; twice {
			return nil, fmt.Errorf("%s stands there twice", key)
		}
		out[key] = strings.TrimSpace(value)
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

func (s submission) targets(setup bridge.Setup) (bridge.Setup, error) {
	was, err := s.shown()
	if err != nil {
		return setup, err
	}
	given, long := map[string]string{}, map[string]time.Duration{}
	var order []string
	for _, t := range targets() {
		text := s.text(t.field)
		d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
		if text == "0" {
			d, err = 0, nil
		}
		if err != nil {
			return setup, fieldError{t.field, "Please write it as 90s, 5m or 8h."}
		}
		order = append(order, t.field)
		given[t.field], long[t.field] = bridge.ShortDuration(d), d
	}
	changed, err := was.changed(given, targetValues(setup), order)
	if err != nil {
		return setup, err
	}
	for _, t := range targets() {
		if changed[t.field] {
			*t.of(&setup) = long[t.field]
		}
	}
	return setup, nil
}

// show puts blocks of ours before whoever gave the order, so that only they
// see them: privately where they gave it, or from App Home in a modal.
func (a *App) show(ctx context.Context, n notice, text string, blocks ...slack.Block) {
	if n.ResponseURL == "" && n.Channel == "" {
		v := slack.ModalViewRequest{Type: slack.VTModal, CallbackID: viewAsk, Title: words("Your chats"), Close: words("Close")}
		v.Blocks.BlockSet = blocks
		if said, err := a.open(ctx, n, v); err != nil || said != "" {
			a.log.Warn("slack: cannot ask somebody", "error", err)
		}
		return
	}
	ctx, cancel := a.d.call(ctx)
	defer cancel()
	m := &slack.WebhookMessage{
		Text: text, ResponseType: slack.ResponseTypeEphemeral, Parse: "none",
		Blocks: &slack.Blocks{BlockSet: blocks},
	}
	if err := slack.PostWebhookCustomHTTPContext(ctx, n.ResponseURL, a.d.http, m); err != nil {
		a.log.Warn("slack: cannot answer a command", "error", withoutAddress(err))
	}
}

// plural counts things.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
