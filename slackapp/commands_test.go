package slackapp_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/bridge/routing"
	"threadline/slackapp"
	"threadline/slackapp/slacksim"
)

// command gives an order and returns what its sender alone was told.
func (r *rig) command(user, text string) string {
	r.t.Helper()
	return r.told(r.post("command", object{"user": user, "channel": "support", "command": "/handoff", "text": text}))
}

func (r *rig) setup() bridge.Setup {
	r.t.Helper()
	s, err := r.store.Setup(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// userID is the id of somebody of the cast.
func (r *rig) userID(name string) string {
	r.t.Helper()
	for _, u := range r.get("state")["users"].([]any) {
		if u := u.(object); u["name"] == name {
			return u["id"].(string)
		}
	}
	r.t.Fatalf("nobody is called %s", name)
	return ""
}

func wants(t *testing.T, text, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%q was answered without %q: %q", text, w, got)
		}
	}
}

func TestReadingIsEverybodys(t *testing.T) {
	r := newRig(t)
	a, b := r.visitor("yan"), r.visitor("ola")
	a.write("my heat pump leaks *badly* <!channel>")
	a.ask()
	a.alert()
	b.held("lee")
	for text, want := range map[string][]string{
		"queue":           {"Waiting for a person: 1", "yan"},
		"find HEAT leaks": {"Chats with all of these words: 1", "yan"},
		"find ola":        {"ola", "with Lee"},
		"find nothing-of": {"No chat has all of these words"},
		"find":            {"/handoff find WORDS"},
		"team":            {"Support", "round robin", "whoever claims first"},
		"team nosuch":     {"There is no such team", "support"},
		"hours":           {"open round the clock"},
		"hours mars":      {"There is no site `mars`"},
		"config":          {"First answer, urgent: 1m", "The assistant comes back after: 8h"},
		"audit":           {"Nothing has been changed yet"},
		"quue":            {"Did you mean `/handoff queue`"},
	} {
		wants(t, text, r.command("dana", text), want...)
	}
	for _, text := range []string{"status", "queue", "find yan", ""} {
		if got := r.command("gus", text); !strings.Contains(got, "Guests") || strings.Contains(got, "yan") {
			t.Errorf("a guest's %q was answered %q", text, got)
		}
	}
}

func TestTheMenuRunsItsCommands(t *testing.T) {
	r := newRig(t)
	v := r.visitor("mia")
	v.ask()
	v.alert()
	out := r.post("command", object{"user": "dana", "channel": "support", "command": "/handoff", "text": ""})
	all := r.answers(out)
	if len(all) != 1 || !strings.Contains(all[0].Text, "1 visitor waits for a person, 0 chats are with an agent") {
		t.Fatalf("the menu is %v", out)
	}
	id := all[0].ID
	for action, want := range map[string]string{"menu_queue": "mia", "menu_team": "Support", "menu_help": "/handoff status"} {
		out := r.post("click", object{"user": "dana", "ephemeral_id": id, "action_id": action})
		if got := r.told(out); !strings.Contains(got, want) {
			t.Errorf("%s was answered without %q: %v", action, want, out)
		}
	}
}

func TestChangingIsTheManagersAndOnRecord(t *testing.T) {
	r := newRig(t)
	dana := r.userID("dana")
	before := r.setup()
	for _, text := range []string{"route support load-balanced", "capacity support 3", "pause-ai", "resume-ai default"} {
		wants(t, text, r.command("dana", text), "Only managers may change that")
	}
	if after := r.setup(); after.Edition != before.Edition {
		t.Fatal("an agent changed the settings")
	}
	wants(t, "route", r.command("morgan", "route support load-balanced"), "Changed, and on record", "load_balanced")
	wants(t, "route again", r.command("morgan", "route support load-balanced"), "like that already")
	wants(t, "route to nobody", r.command("morgan", "route sales round-robin"), "there is no team", "support")
	wants(t, "route by magic", r.command("morgan", "route support magic"), "no such method", "skill_based")
	wants(t, "route of nothing", r.command("morgan", "route"), "/handoff route TEAM METHOD")
	wants(t, "capacity", r.command("morgan", "capacity support 4"), "Changed", "teams.support.capacity")
	wants(t, "capacity of nobody", r.command("morgan", fmt.Sprintf("capacity <@%s|dana> 2", dana)), "they are in no team")
	wants(t, "capacity in words", r.command("morgan", "capacity support many"), "is no number")
	wants(t, "capacity below nothing", r.command("morgan", "capacity support -1"), "Nothing was changed", "is no capacity")
	wants(t, "pause-ai", r.command("morgan", "pause-ai"), "suggest")
	wants(t, "resume-ai elsewhere", r.command("morgan", "resume-ai mars"), "there is no site")
	s := r.setup()
	if team := s.Teams[0]; team.Method != routing.LoadBalanced || team.Capacity != 4 || s.Sites[0].Mode != bridge.ModeSuggest {
		t.Errorf("the settings are %+v", s)
	}
	wants(t, "audit", r.command("dana", "audit"), "Morgan", "teams.support.method", "round_robin", "load_balanced")
}

func TestFormsChangeWhatTheyShow(t *testing.T) {
	r := newRig(t)
	dana, lee := r.userID("dana"), r.userID("lee")
	open := func(user, text string) string {
		t.Helper()
		out := r.post("command", object{"user": user, "channel": "support", "command": "/handoff", "text": text})
		id, _ := out["view_id"].(string)
		if id == "" {
			t.Fatalf("%q opened nothing: %v", text, out)
		}
		return id
	}
	submit := func(user, view string, values map[string]string) object {
		t.Helper()
		state := object{}
		for k, v := range values {
			state[k] = object{k: v}
		}
		out := r.post("submit", object{"user": user, "view_id": view, "values": state})
		errs, _ := out["errors"].(object)
		return errs
	}
	team := map[string]string{"name": "Support", "members": dana + "," + lee, "method": "skill_based", "capacity": "2", "channel": "#sales"}

	if errs := submit("morgan", open("morgan", "team support"), with(team, "capacity", "lots")); errs["capacity"] == nil {
		t.Errorf("a capacity of lots was answered %v", errs)
	}
	if errs := submit("morgan", open("morgan", "team support"), with(team, "capacity", "5000")); errs["capacity"] == nil {
		t.Errorf("a capacity of 5000 was answered %v", errs)
	}
	view := open("morgan", "team support")
	if errs := submit("morgan", view, team); len(errs) > 0 {
		t.Fatalf("the team was refused: %v", errs)
	}
	got := r.setup().Team("support")
	if len(got.Members) != 2 || got.Method != routing.SkillBased || got.Capacity != 2 || got.Channel != "sales" {
		t.Errorf("the team is %+v", got)
	}
	wants(t, "capacity", r.command("morgan", fmt.Sprintf("capacity <@%s|dana> 7", dana)), "Changed")
	if c := r.setup().Team("support").MemberCapacity(bridge.AgentID(dana)); c != 7 {
		t.Errorf("dana's capacity is %d", c)
	}
	wants(t, "team", r.command("dana", "team"), "Dana", "Lee", "7 chats at a time")

	hours := map[string]string{"timezone": "America/Chicago", "week": "mon-fri 08:00-18:00\nsat 09:00-12:00", "exceptions": "", "holidays": "12-25"}
	for field, bad := range map[string]string{"timezone": "Chicago", "week": "someday 9-5", "exceptions": "noon", "holidays": "christmas"} {
		if errs := submit("morgan", open("morgan", "hours default"), with(hours, field, bad)); errs[field] == nil {
			t.Errorf("%s %q was answered %v", field, bad, errs)
		}
	}
	if errs := submit("morgan", open("morgan", "hours default"), hours); len(errs) > 0 {
		t.Fatalf("the hours were refused: %v", errs)
	}
	wants(t, "hours", r.command("dana", "hours"), "America/Chicago", "mon-fri 08:00-18:00", "closed on holidays: 12-25")

	targets := map[string]string{
		"sla_urgent": "30s", "sla_high": "2m", "sla_normal": "3m", "sla_low": "10m", "offer": "1m",
		"nudge": "10m", "idle": "30m", "undo": "0", "reactivation": "8h", "reactivation_urgent": "1h 30m",
	}
	if errs := submit("morgan", open("morgan", "config"), with(targets, "nudge", "soon")); errs["nudge"] == nil {
		t.Errorf("a nudge soon was answered %v", errs)
	}
	if errs := submit("morgan", open("morgan", "config"), with(targets, "nudge", "2h")); errs["nudge"] == nil {
		t.Errorf("a nudge after the idle window was answered %v", errs)
	}
	if errs := submit("morgan", open("morgan", "config"), targets); len(errs) > 0 {
		t.Fatalf("the targets were refused: %v", errs)
	}
	if s := r.setup(); s.SLA.Urgent != 30*time.Second || s.Windows.ReactivationUrgent != 90*time.Minute {
		t.Errorf("the targets are %+v, %+v", s.SLA, s.Windows)
	}
}

func with(values map[string]string, field, value string) map[string]string {
	values = maps.Clone(values)
	values[field] = value
	return values
}

// A manager may be named by a group of users, and is one no more when the
// settings name others.
func TestManagersByGroupAndFormerManagers(t *testing.T) {
	group := ""
	r := newRig(t, func(_ *slacksim.Config, c *slackapp.Config) { c.Managers = []string{"S00000000"} })
	wants(t, "an unknown group", r.command("morgan", "pause-ai"), "Only managers")
	for _, g := range r.get("state")["usergroups"].([]any) {
		group = g.(object)["id"].(string)
	}
	set := func(ids ...string) {
		t.Helper()
		_, err := r.store.ChangeSetup(context.Background(), bridge.Actor{Name: "test"}, func(s bridge.Setup) (bridge.Setup, error) {
			s.Managers = ids
			return s, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set(group)
	var in []string
	for _, who := range []string{"dana", "lee", "morgan"} {
		if !strings.Contains(r.command(who, "pause-ai"), "Only managers") {
			in = append(in, who)
		}
	}
	if len(in) == 0 || len(in) == 3 {
		t.Errorf("of the group's managers are %v", in)
	}
	set(r.userID("lee"))
	wants(t, "a former manager", r.command("morgan", "resume-ai"), "Only managers")
	wants(t, "the new manager", r.command("lee", "resume-ai"), "Changed")
}
