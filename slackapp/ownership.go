package slackapp

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// Buttons by which a chat changes hands, beside Claim, Release and Resolve.
const (
	actTransfer = "transfer"
	actTakeOver = "take_over"
	actJoin     = "join"
	actLeave    = "leave"
	actPass     = "pass"
	actSnooze   = "snooze"
	actWake     = "wake"
	actBlock    = "block"
	actUnblock  = "unblock"
)

// Their forms. In modals a block's id is its element's action id.
const (
	viewTransfer = "transfer_modal"
	viewSnooze   = "snooze_modal"
	fieldTo      = "to"
	fieldFor     = "for"
	// teamPrefix tells a team from a person where either may be chosen.
	teamPrefix = "team:"
)

// asksAboutChat reports whether a press is answered with a form about its chat.
func asksAboutChat(action string) bool {
	return action == actResolve || action == actTransfer || action == actSnooze || action == actEditDraft || action == actArticle
}

// openForm shows the form of a press to whoever may send it, and tells
// everybody else why not.
func (a *App) openForm(ctx context.Context, n notice, p bridge.Press) error {
	switch n.Action {
	case actResolve:
		return a.openResolve(ctx, n, p)
	case actEditDraft:
		return a.openDraft(ctx, n, p)
	case actArticle:
		return a.openArticle(ctx, n, p)
	}
	c, err := a.d.store.Conversation(ctx, p.Conversation)
	if err != nil {
		return err
	}
	verdict, holder, err := a.mayResolve(ctx, c, p)
	if err != nil {
		return err
	}
	if verdict == bridge.NotHolder && n.Action == actTransfer {
		if ok, err := a.d.manages(ctx, p.Agent.ID); err != nil {
			return err
		} else if ok {
			verdict = bridge.Done
		}
	}
	if verdict != bridge.Done {
		a.tell(ctx, n, a.explain(ctx, bridge.Receipt{Verdict: verdict, Agent: holder}, p))
		a.refresh(ctx, p)
		return nil
	}
	meta, err := json.Marshal(modalMeta{Conversation: p.Conversation, Handoff: p.Handoff})
	if err != nil {
		return err
	}
	var v slack.ModalViewRequest
	if n.Action == actTransfer {
		v = transferView(string(meta), a.whoElse(ctx, c))
	} else {
		v = snoozeView(string(meta))
	}
	said, err := a.open(ctx, n, v)
	if said != "" {
		a.tell(ctx, n, sayPressAgain)
	}
	return err
}

// maxChoices is how many options a menu holds (Slack: static_select).
const maxChoices = 100

// namesWithin bounds how long a form waits for people's names: its trigger
// lives for 3 s.
const namesWithin = 1500 * time.Millisecond

// whoElse are the teams and people whom a chat may be given to: the members of
// teams, then the people of its channel.
func (a *App) whoElse(ctx context.Context, c bridge.Conversation) (groups [2][][2]string) {
	ctx, cancel := context.WithTimeout(ctx, namesWithin)
	defer cancel()
	setup, err := a.d.store.Setup(ctx)
	if err != nil {
		a.log.Warn("slack: cannot read the teams", "error", err)
	}
	var ids []string
	for _, t := range setup.Teams {
		if len(groups[0]) < maxChoices {
			groups[0] = append(groups[0], [2]string{teamPrefix + string(t.ID), clip(orElse(t.Name, string(t.ID)), maxOption)})
		}
		for _, m := range t.Members {
			ids = append(ids, string(m.ID))
		}
	}
	if c.Thread.Channel != "" {
		in, _, err := a.d.api.GetUsersInConversationContext(ctx, &slack.GetUsersInConversationParameters{
			ChannelID: a.d.called(c.Thread.Channel), Limit: maxChoices,
		})
		if err != nil {
			a.log.Warn("slack: cannot list a channel's people", "error", err)
		}
		ids = append(ids, in...)
	}
	var known []string
	for _, id := range ids {
		if !slices.Contains(known, id) && id != string(c.Holder) && len(known) < maxChoices {
			known = append(known, id)
		}
	}
	names := make([]string, len(known))
	var wg sync.WaitGroup
	for i, id := range known {
		wg.Go(func() {
			if p, err := a.d.person(ctx, id); err == nil && !p.Nobody && !p.Outsider {
				names[i] = orElse(p.Name, id)
			}
		})
	}
	wg.Wait()
	duties := a.dutiesOf(ctx, known)
	for i, id := range known {
		if names[i] == "" {
			continue
		}
		label := clip(names[i], maxOption)
		if state := duties[i]; state != bridge.Available {
			mark := " · " + dutyIcon(state) + " " + string(state)
			label = clip(names[i], maxOption-len([]rune(mark))) + mark
		}
		groups[1] = append(groups[1], [2]string{id, label})
	}
	return groups
}

// dutiesOf tells who is there; somebody unknown is taken to be.
func (a *App) dutiesOf(ctx context.Context, ids []string) []bridge.Availability {
	agents := make([]bridge.AgentID, len(ids))
	for i, id := range ids {
		agents[i] = bridge.AgentID(id)
	}
	crew, err := a.d.store.Crew(ctx, agents)
	if err != nil {
		a.log.Warn("slack: cannot tell who is there", "error", err)
	}
	out := make([]bridge.Availability, len(ids))
	for i, id := range agents {
		out[i] = crew[id].Duty.At(a.d.c.Clock.Now())
	}
	return out
}

// maxOption is how long an option's text may be (Slack: option object).
const maxOption = 75

func transferView(meta string, groups [2][][2]string) slack.ModalViewRequest {
	f := newForm(viewTransfer, "Transfer this chat", meta)
	f.v.Submit = words("Transfer")
	el := slack.NewOptionsGroupSelectBlockElement(slack.OptTypeStatic, words("Choose a person or a team"), fieldTo)
	for i, label := range []string{"Teams", "People"} {
		var options []*slack.OptionBlockObject
		for _, o := range groups[i] {
			options = append(options, slack.NewOptionBlockObject(o[0], words(o[1]), nil))
		}
		if len(options) > 0 {
			el.OptionGroups = append(el.OptionGroups, slack.NewOptionGroupBlockElement(words(label), options...))
		}
	}
	f.input(fieldTo, "To", "A person has it at once; a team gets it in its queue.", false, el)
	f.bounded(fieldNote, "Note for them", "The visitor never sees it.", "", true, true, bridge.MaxNote)
	return f.v
}

func snoozes() [][2]string {
	return [][2]string{{"30m", "30 minutes"}, {"1h", "1 hour"}, {"2h", "2 hours"}, {"4h", "4 hours"}, {"24h", "1 day"}, {"168h", "1 week"}}
}

func snoozeView(meta string) slack.ModalViewRequest {
	f := newForm(viewSnooze, "Snooze this chat", meta)
	f.v.Submit = words("Snooze")
	f.choice(fieldFor, "Remind me in", snoozes(), "1h")
	return f.v
}

// handed settles the form of a transfer or a snooze and returns what is wrong
// with it, by field.
func (a *App) handed(ctx context.Context, s submission, who person) (map[string]string, error) {
	first := firstField(s.callback)
	refuse := func(why string) (map[string]string, error) { return map[string]string{first: why}, nil }
	var m modalMeta
	if err := json.Unmarshal([]byte(s.meta), &m); err != nil {
		return refuse("This form is out of date. Please close it and press the button again.")
	}
	chosen := ""
	if f := s.values[first][first]; f.Selected != nil {
		chosen = f.Selected.Value
	}
	now := a.d.c.Clock.Now()
	p := bridge.Press{
		Key: "view:" + s.view, Conversation: m.Conversation, Handoff: m.Handoff,
		Agent: who.Agent, Stamp: a.d.clock.now(now),
	}
	var ev bridge.Event
	if s.callback == viewSnooze {
		d, err := time.ParseDuration(chosen)
		if err != nil || d <= 0 {
			return refuse("Please choose how long.")
		}
		ev = bridge.AgentSnoozed{Press: p, Until: now.Add(d)}
	} else {
		t, err := a.transfer(ctx, p, chosen, s.text(fieldNote))
		if err != nil {
			return nil, err
		}
		if t.To.ID == "" && t.Team == "" {
			return refuse("Please choose a person or a team.")
		}
		ev = t
	}
	r, err := a.bridge.Handle(ctx, ev)
	if err != nil {
		return nil, err
	}
	if r.Verdict != bridge.Done {
		return refuse(plainWords(a.explain(ctx, r, p)))
	}
	return nil, nil
}

// transfer is the event that gives a chat to the person or team that was
// chosen; neither is set if that is nobody.
func (a *App) transfer(ctx context.Context, p bridge.Press, chosen, note string) (bridge.AgentTransferred, error) {
	ev := bridge.AgentTransferred{Press: p, Note: note}
	manager, err := a.d.manages(ctx, p.Agent.ID)
	if err != nil {
		return ev, err
	}
	ev.Manager = manager
	if team, ok := strings.CutPrefix(chosen, teamPrefix); ok {
		ev.Team = bridge.TeamID(team)
		return ev, nil
	}
	if !isID(chosen, 'U', 'W') {
		return ev, nil
	}
	to, err := a.d.person(ctx, chosen)
	if err != nil {
		return ev, err
	}
	if !to.Nobody {
		ev.To = to.Agent
	}
	return ev, nil
}

// owning is the event of a press by which a chat changes hands; nil if the
// action is none of these.
func (a *App) owning(ctx context.Context, n notice, p bridge.Press) (bridge.Event, error) {
	switch n.Action {
	case actJoin:
		return bridge.AgentJoined{Press: p}, nil
	case actLeave:
		return bridge.AgentLeft{Press: p}, nil
	case actPass:
		return bridge.AgentPassed{Press: p}, nil
	case actWake:
		return bridge.AgentSnoozed{Press: p}, nil
	case actUnblock:
		return bridge.AgentUnblocked{Press: p}, nil
	case actTakeOver, actBlock, actWithdraw:
		manager, err := a.d.manages(ctx, p.Agent.ID)
		if err != nil {
			return nil, err
		}
		switch n.Action {
		case actWithdraw:
			return bridge.AgentWithdrewLine{Press: p, Line: lineKey(n), Manager: manager}, nil
		case actBlock:
			return bridge.AgentBlocked{Press: p, Manager: manager}, nil
		}
		return bridge.AgentTookOver{Press: p, Manager: manager}, nil
	}
	return nil, nil
}

// handButtons are what a held chat offers, those of its holder first.
func handButtons(value string, snoozed, joined bool) []slack.Block {
	snooze := button(actSnooze, value, "Snooze", slack.StyleDefault)
	if snoozed {
		snooze = button(actWake, value, "Wake", slack.StyleDefault)
	}
	others := []slack.BlockElement{button(actJoin, value, "Join", slack.StyleDefault)}
	if joined {
		others = append(others, button(actLeave, value, "Leave", slack.StyleDefault))
	}
	others = append(others, button(actTakeOver, value, "Take over", slack.StyleDefault), blockButton(value))
	return []slack.Block{
		slack.NewActionBlock("",
			button(actResolve, value, "Resolve", slack.StylePrimary),
			button(actTransfer, value, "Transfer", slack.StyleDefault),
			snooze,
			button(actRelease, value, "Release", slack.StyleDefault)),
		slack.NewActionBlock("", others...),
		copilotButtons(value),
	}
}

// blockButton asks before it blocks.
func blockButton(value string) *slack.ButtonBlockElement {
	b := button(actBlock, value, "Block", slack.StyleDanger)
	b.Confirm = slack.NewConfirmationBlockObject(words("Block this visitor?"),
		words("The chat is closed, and they cannot write here until somebody unblocks them."),
		words("Block"), words("Cancel"))
	return b
}

// bangWord is a word of command in a thread.
type bangWord struct {
	word, args, does string
	who              role
}

// bangWords are all that there are, in the order of the help.
func bangWords() []bangWord {
	return []bangWord{
		{"note", "TEXT", "keeps a remark between colleagues", anAgent},
		{"tag", "WORD…", "tags the chat; `-word` takes a tag away", anAgent},
		{"assign", "@agent or TEAM", "gives the chat to a colleague or a team", holderOrManager},
		{"snooze", "2h", "reminds you later; `!snooze off` wakes it", theHolder},
		{"book", "[cancel]", "offers the visitor free times for a call, or moves the one that is booked; `cancel` takes it back", theHolder},
		{"resolve", "NOTE", "resolves the chat; the note is for the assistant", theHolder},
		{"task", "WORDS [in 2h]", "adds a task about the chat, for yourself; alone it offers the form. What is more than a title goes into the task's context", anAgent},
		{"help", "", "shows this", anAgent},
	}
}

// banged is the word of command that a line begins with, and what follows;
// false if it is no command but an aside.
func banged(text string) (word string, rest string, ok bool) {
	after, found := strings.CutPrefix(strings.TrimSpace(text), "!")
	if !found {
		return "", "", false
	}
	word, rest, _ = strings.Cut(strings.ReplaceAll(after, "\n", " "), " ")
	word = strings.ToLower(word)
	if word == "" || len(word) > 20 || strings.IndexFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) >= 0 {
		return "", "", false
	}
	return word, strings.TrimSpace(rest), true
}

func bangHelp() string {
	var b strings.Builder
	b.WriteString("*Words in a thread* (never sent to the visitor)")
	for _, w := range bangWords() {
		fmt.Fprintf(&b, "\n• `%s` %s", strings.TrimSpace("!"+w.word+" "+w.args), w.does)
	}
	return b.String()
}

// bang does what a word of command in a thread says. The line itself has been
// kept as internal already.
func (a *App) bang(ctx context.Context, n notice, c bridge.Conversation, who person, word, rest string) error {
	p := bridge.Press{
		Key: "word:" + n.Channel + ":" + n.Stamp, Conversation: c.ID, Handoff: c.Handoff,
		Agent: who.Agent, Stamp: n.Stamp,
	}
	n.Action = word
	if why := tooLong(rest); why != "" && (word == "resolve" || word == "assign") {
		a.tell(ctx, n, why)
		return nil
	}
	var (
		ev  bridge.Event
		err error
	)
	switch word {
	case "note":
		return nil
	case "help":
		a.tell(ctx, n, bangHelp())
		return nil
	case "task":
		return a.taskWord(ctx, n, p, rest)
	case "tag":
		if ev = tagging(p, rest); ev == nil {
			a.tell(ctx, n, "Write the tags behind it, as in `!tag warranty vip`, or those to take away, as in `!tag -vip`; one line does one of the two. Nothing was changed.")
			return nil
		}
	case "snooze":
		until, ok := a.until(rest)
		if !ok {
			a.tell(ctx, n, "Write how long, as in `!snooze 30m`, `!snooze 2h` or `!snooze 1d`; `!snooze off` wakes it.")
			return nil
		}
		ev = bridge.AgentSnoozed{Press: p, Until: until}
	case "book":
		if ev = a.calling(ctx, n, p, decode(rest)); ev == nil {
			return nil
		}
	case "resolve":
		ev = bridge.AgentResolved{Press: p, Outcome: bridge.Solved, Note: decode(rest)}
	case "assign":
		if ev, err = a.assigning(ctx, n, p, rest); err != nil || ev == nil {
			return err
		}
	default:
		a.tell(ctx, n, unknownWord(word))
		return nil
	}
	r, err := a.bridge.Handle(ctx, ev)
	if err != nil || r.Repeat {
		return err
	}
	if r.Verdict != bridge.Done {
		a.tell(ctx, n, a.explain(ctx, r, p))
	} else if t, ok := ev.(bridge.AgentTransferred); ok && t.To.ID != "" {
		if state := a.dutiesOf(ctx, []string{string(t.To.ID)})[0]; state != bridge.Available {
			a.tell(ctx, n, inert(orElse(t.To.Name, "Your colleague"))+" has the chat now, but is "+dutyIcon(state)+" "+string(state)+": the visitor may wait.")
		}
	}
	return nil
}

// unknownWord is said of a word of command that is none.
func unknownWord(word string) string {
	text := fmt.Sprintf("I don't know `!%s`, so nothing was done, and nothing was sent to the visitor.", word)
	var known []string
	for _, w := range bangWords() {
		known = append(known, w.word)
	}
	if near := nearestOf(word, known); near != "" {
		text += fmt.Sprintf(" Did you mean `!%s`?", near)
	}
	return text + "\n" + bangHelp()
}

func tagging(p bridge.Press, rest string) bridge.Event {
	ev := bridge.AgentTagged{Press: p}
	for _, t := range strings.Fields(decode(rest)) {
		off, isOff := strings.CutPrefix(t, "-")
		if len(ev.Tags) > 0 && isOff != ev.Off {
			return nil // half of what was meant is worse than nothing
		}
		ev.Off = isOff
		ev.Tags = append(ev.Tags, off)
	}
	if len(ev.Tags) == 0 {
		return nil
	}
	return ev
}

// until reads how long a snooze lasts; zero for off.
func (a *App) until(text string) (time.Time, bool) {
	d, ok := howLong(text)
	if strings.EqualFold(text, "off") {
		return time.Time{}, true
	}
	if !ok {
		return time.Time{}, false
	}
	return a.d.c.Clock.Now().Add(d), true
}

// howLong reads 90s, 30m, 2h, 1d or 1w, up to a year.
func howLong(text string) (time.Duration, bool) {
	text = strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "for "), " ", "")
	unit := time.Duration(1)
	if n := len(text); n > 1 {
		switch text[n-1] {
		case 'd':
			text, unit = text[:n-1]+"h", 24
		case 'w':
			text, unit = text[:n-1]+"h", 7*24
		}
	}
	d, err := time.ParseDuration(text)
	d *= unit
	return d, err == nil && d > 0 && d <= 366*24*time.Hour
}

// assigning is the event of !assign; nil after its author was told what to
// write.
func (a *App) assigning(ctx context.Context, n notice, p bridge.Press, rest string) (bridge.Event, error) {
	target, note, _ := strings.Cut(rest, " ")
	chosen := ""
	if id, ok := mentioned(target); ok {
		chosen = string(id)
	} else {
		s, err := a.d.store.Setup(ctx)
		if err != nil {
			return nil, err
		}
		if i := findTeam(s, decode(target)); i >= 0 && target != "" {
			chosen = teamPrefix + string(s.Teams[i].ID)
		}
	}
	ev, err := a.transfer(ctx, p, chosen, decode(note))
	if err != nil {
		return nil, err
	}
	if ev.To.ID == "" && ev.Team == "" {
		a.tell(ctx, n, "There is nobody of that name. Mention a colleague, as in `!assign @lee`, or name a team.")
		return nil, nil
	}
	return ev, nil
}
