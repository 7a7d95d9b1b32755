package slackapp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/bridge/routing"
)

// openForm gives a command and returns the id of the form that it opens.
func (r *rig) openForm(user, text string) string {
	r.t.Helper()
	out := r.post("command", object{"user": user, "channel": "support", "command": "/handoff", "text": text})
	id, _ := out["view_id"].(string)
	if id == "" {
		r.t.Fatalf("%q opened nothing: %v", text, out)
	}
	return id
}

// Two managers have the same form open: each changes what they have changed,
// and nobody undoes the other's unseen.
func TestTwoManagersShareAForm(t *testing.T) {
	r := newRig(t)
	morgan, lee, dana := r.userID("morgan"), r.userID("lee"), r.userID("dana")
	r.change(func(s *bridge.Setup) {
		s.Managers = []string{morgan, lee, dana}
		s.Sites[0].Hours = bridge.Hours{Zone: "America/Chicago", Week: map[string]string{"mon-fri": "08:00-18:00"}}
	})

	targets := map[string]string{
		"sla_urgent": "1m", "sla_high": "2m", "sla_normal": "3m", "sla_low": "10m", "offer": "1m",
		"nudge": "10m", "idle": "30m", "undo": "0s", "reactivation": "8h", "reactivation_urgent": "2h",
	}
	first, second, third := r.openForm("morgan", "config"), r.openForm("lee", "config"), r.openForm("dana", "config")
	if errs := r.submit("morgan", first, with(targets, "sla_low", "20m")); len(errs) > 0 {
		t.Fatalf("the first form was refused: %v", errs)
	}
	if errs := r.submit("lee", second, with(targets, "idle", "45m")); len(errs) > 0 {
		t.Fatalf("the second form, about something else, was refused: %v", errs)
	}
	if s := r.setup(); s.SLA.Low != 20*time.Minute || s.Windows.Idle != 45*time.Minute {
		t.Errorf("after both the targets are %+v, %+v", s.SLA, s.Windows)
	}
	errs := r.submit("dana", third, with(targets, "sla_low", "5m"))
	wants(t, "a change of what the other changed", fmt.Sprint(errs["sla_low"]), "Somebody else has changed this meanwhile, to “20m”", "Nothing was changed")
	if s := r.setup(); s.SLA.Low != 20*time.Minute {
		t.Errorf("it is %s all the same", s.SLA.Low)
	}

	team := map[string]string{"name": "Support", "members": "", "method": "round_robin", "capacity": "0", "channel": ""}
	first, second, third = r.openForm("morgan", "team support"), r.openForm("lee", "team support"), r.openForm("dana", "team support")
	if errs := r.submit("morgan", first, with(team, "members", dana)); len(errs) > 0 {
		t.Fatalf("the team was refused: %v", errs)
	}
	if errs := r.submit("lee", second, with(team, "method", "load_balanced")); len(errs) > 0 {
		t.Fatalf("the team's method was refused: %v", errs)
	}
	if got := r.setup().Team("support"); len(got.Members) != 1 || got.Method != routing.LoadBalanced {
		t.Errorf("after both the team is %+v", got)
	}
	errs = r.submit("dana", third, with(team, "members", lee))
	wants(t, "other members", fmt.Sprint(errs["members"]), "Somebody else has changed this meanwhile.")

	hours := map[string]string{"timezone": "America/Chicago", "week": "mon-fri 08:00-18:00", "exceptions": "", "holidays": ""}
	first, second = r.openForm("morgan", "hours default"), r.openForm("lee", "hours default")
	if errs := r.submit("morgan", first, with(hours, "week", "mon-fri 09:00-17:00")); len(errs) > 0 {
		t.Fatalf("the hours were refused: %v", errs)
	}
	if errs := r.submit("lee", second, with(hours, "holidays", "12-25")); len(errs) > 0 {
		t.Fatalf("the holidays were refused: %v", errs)
	}
	if s := r.setup().Sites[0]; s.Hours.Week["mon-fri"] != "09:00-17:00" || len(s.Holidays) != 1 || s.Hours.Zone == "" {
		t.Errorf("after both the hours are %+v, %v", s.Hours, s.Holidays)
	}
}

// A new team has the whole name that was typed, in any letters, and an id that
// nothing else has.
func TestNewTeamsKeepTheirNames(t *testing.T) {
	r := newRig(t)
	team := map[string]string{"members": "", "method": "round_robin", "capacity": "0", "channel": ""}
	for _, c := range []struct{ name, id string }{
		{"Night shift", "night-shift"}, {"Night & shift!", "night-shift-2"}, {"ночная смена 🌙", "team"}, {strings.Repeat("long ", 20), ""},
	} {
		view := r.openForm("morgan", "team "+c.name)
		name := strings.TrimSpace(c.name)
		if s := r.shown(view); !strings.Contains(s, "New team") {
			t.Errorf("the form of %q does not say that the team is new: %s", c.name, s)
		}
		if errs := r.submit("morgan", view, with(team, "name", name)); len(errs) > 0 {
			t.Errorf("%q was refused: %v", c.name, errs)
			continue
		}
		all := r.setup().Teams
		last := all[len(all)-1]
		if last.Name != name || c.id != "" && string(last.ID) != c.id {
			t.Errorf("%q became %q, %q", c.name, last.ID, last.Name)
		}
	}
	r.change(func(s *bridge.Setup) { s.Managers = []string{r.userID("morgan"), r.userID("lee")} })
	first, second := r.openForm("morgan", "team east"), r.openForm("lee", "team east")
	r.submit("morgan", first, with(team, "name", "East"))
	errs := r.submit("lee", second, with(team, "name", "East"))
	wants(t, "a team made twice", fmt.Sprint(errs["name"]), "Somebody else has made this team meanwhile")
	gone := r.openForm("morgan", "team east")
	r.change(func(s *bridge.Setup) { s.Teams = s.Teams[:len(s.Teams)-1] })
	errs = r.submit("morgan", gone, with(team, "name", "East"))
	wants(t, "a team that is gone", fmt.Sprint(errs["name"]), "There is no such team any more")
}
