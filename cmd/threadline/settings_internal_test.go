package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"threadline/bridge"
	"threadline/bridge/trigger"
	"threadline/storage"
	"threadline/storage/storagetest"
)

const example = "../../docs/config.example.yaml"

func readExample(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newStore(t *testing.T) *storage.Store {
	t.Helper()
	s, err := storage.Open(t.Context(), storagetest.SQLite(t), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func errand(t *testing.T, s *storage.Store, name string, input []byte) string {
	t.Helper()
	var out strings.Builder
	if err := runErrand(t.Context(), s, name, input, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTheExampleRoundTrips(t *testing.T) {
	first, second := newStore(t), newStore(t)
	said := errand(t, first, errandApply, readExample(t))
	for _, want := range []string{
		"teams.sales.channel: nothing → sales\n",
		"windows.", "sites.default.name: our team → Example Heating\n",
		"sites.default.hours.week.sat: nothing → 09:00-13:00\n",
	} {
		if want != "windows." && !strings.Contains(said, want) {
			t.Errorf("apply did not print %q:\n%s", want, said)
		}
	}
	if again := errand(t, first, errandApply, readExample(t)); again != "nothing to change\n" {
		t.Errorf("applied twice, it says:\n%s", again)
	}
	exported := errand(t, first, errandExport, nil)
	if again := errand(t, first, errandApply, []byte(exported)); again != "nothing to change\n" {
		t.Errorf("its own export changes:\n%s", again)
	}
	errand(t, second, errandApply, []byte(exported))
	if got := errand(t, second, errandExport, nil); got != exported {
		t.Errorf("elsewhere the export becomes\n%s\nwant\n%s", got, exported)
	}
}

func TestTheTimeToUndoIsASetting(t *testing.T) {
	s := newStore(t)
	if said := errand(t, s, errandApply, []byte("windows: {undo: 7s}\n")); !strings.Contains(said, "windows.undo: nothing → 7s\n") {
		t.Errorf("apply printed %q", said)
	}
	if out := errand(t, s, errandExport, nil); !strings.Contains(out, "undo: 7s\n") {
		t.Errorf("it is exported as %s", out)
	}
	var out strings.Builder
	if err := runErrand(t.Context(), s, errandApply, []byte("windows: {undo: 2m}\n"), &out); err == nil || !strings.Contains(err.Error(), "windows.undo") {
		t.Errorf("two minutes gave %v", err)
	}
}

// Every key that an export can write is explained in the example.
func TestTheExampleShowsEveryKey(t *testing.T) {
	full := bridge.Setup{}
	fill(reflect.ValueOf(&full).Elem(), new(int))
	written, err := writeSettings(full)
	if err != nil {
		t.Fatal(err)
	}
	has := keys(t, readExample(t))
	for _, k := range keys(t, written) {
		if !slices.Contains(has, k) {
			t.Errorf("the example does not show %s", k)
		}
	}
}

// keys are the paths of all keys, places in lists aside. Names of days, dates,
// attributes and triggers are free and do not count.
func keys(t *testing.T, data []byte) []string {
	t.Helper()
	var doc map[string]any
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	var all []string
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, below := range v {
				switch path {
				case ".triggers":
					walk(path+".*", below)
					continue
				case ".sites.hours.week", ".sites.hours.exceptions", ".teams.hours.week", ".teams.hours.exceptions", ".rules.when.attributes":
					continue
				}
				all = append(all, path+"."+k)
				walk(path+"."+k, below)
			}
		case []any:
			for _, below := range v {
				walk(path, below)
			}
		}
	}
	walk("", doc)
	return all
}

// fill gives every field a value of its own.
func fill(v reflect.Value, n *int) {
	*n++
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		v.SetInt(int64(time.Duration(*n) * time.Second))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "Edition" {
				fill(v.Field(i), n)
			}
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		elem := reflect.New(v.Type().Elem()).Elem()
		fill(elem, n)
		v.SetMapIndex(reflect.ValueOf(fmt.Sprint("key", *n)).Convert(v.Type().Key()), elem)
	case v.Kind() == reflect.String:
		v.SetString(fmt.Sprintf("value: %d", *n)) // must be quoted
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(int64(*n))
	case v.CanFloat():
		v.SetFloat(float64(*n) / 1000)
	}
}

// A field that the file forgot would be lost without a word.
func TestEverySettingRoundTrips(t *testing.T) {
	var want bridge.Setup
	fill(reflect.ValueOf(&want).Elem(), new(int))
	written, err := writeSettings(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := mergeSettings(written, bridge.Setup{})
	if err != nil {
		t.Fatalf("%v\n%s", err, written)
	}
	if left := want.ChangesTo(got); len(left) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("came back with %v\n%s", left, written)
	}
}

func TestWhatAFileLeavesOutStays(t *testing.T) {
	s := newStore(t)
	errand(t, s, errandApply, readExample(t))
	said := errand(t, s, errandApply, []byte(`
windows: {reactivation: 3s}
teams: [{id: support, capacity: 2}, {id: emergency}]
triggers: {complexity: {off: false, threshold: 0.7}}
sites: [{id: default, assistant: {tone: dry}}]
`))
	want := `sites.default.assistant.tone: warm and brief → dry
teams: support, sales → support, sales, emergency
teams.emergency.id: nothing → emergency
teams.emergency.name: nothing → emergency
teams.support.capacity: nothing → 2
triggers.complexity.off: true → nothing
triggers.complexity.threshold: nothing → 0.7
windows.reactivation: 8h → 3s
`
	if said != want {
		t.Errorf("apply printed\n%s\nwant\n%s", said, want)
	}
	setup, err := s.Setup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(setup.Team("support").Members) != 2 || setup.Windows.Idle != 30*time.Minute || setup.Sites[0].AssistantName != "Nora" {
		t.Errorf("what the file left out is %+v", setup)
	}
	if said := errand(t, s, errandApply, []byte("teams: [{id: emergency, remove: true}]")); !strings.Contains(said, "teams: support, sales, emergency → support, sales\n") {
		t.Errorf("removing a team printed\n%s", said)
	}
}

func TestBadFilesChangeNothing(t *testing.T) {
	s := newStore(t)
	before := errand(t, s, errandExport, nil)
	for name, c := range map[string]struct{ file, want string }{
		"unknown section":     {"windows: {idle: 1h}\nwindoes: {}", `[2:1] unknown field "windoes"`},
		"unknown key":         {"windows:\n  idle: 1h\n  ildle: 2h", `[3:3] unknown field "ildle"`},
		"unknown key of site": {"sites:\n  - id: default\n    assistant:\n      nayme: x", `[4:7] unknown field "nayme"`},
		"unknown key of team": {"teams: [{id: support, chanel: x}]", `unknown field "chanel"`},
		"key twice":           {"sla: {high: 1m}\nsla: {high: 2m}", "[2:1]"},
		"not YAML":            {"sla: [", "[1:6]"},
		"a tab":               {"sla:\n\thigh: 1m", "[2:1]"},
		"a list":              {"- sla", "[1:1] settings must stand here"},
		"empty":               {"", "must hold one YAML document"},
		"two documents":       {"sla: {}\n---\nsla: {}", "must hold one YAML document"},
		"no duration":         {"windows: {idle: 3x}", "write times as 90s, 15m or 8h"},
		"too short":           {"windows: {idle: 10ms, nudge: 0s}", "windows.idle: 10ms is under a second; the shortest is 1s"},
		"negative":            {"sla: {high: -1s}", "sla.high: -1s is too short"},
		"never nudged":        {"windows: {idle: 1m, nudge: 2m}", "nobody would be nudged"},
		"site without id":     {"sites: [{name: x}]", "[1:9] sites: the id is missing"},
		"site twice":          {"sites: [{id: a}, {id: a}]", `"a" is there twice`},
		"bad site id":         {"sites: [{id: A b}]", "is no id of a site"},
		"bad origin":          {"sites: [{id: default, origins: [example.com]}]", `sites.default.origins: "example.com" is no origin`},
		"bad hours":           {"sites: [{id: default, hours: {timezone: America/Chicago, week: {mon: 9-5}}}]", `sites.default.hours: week.mon: "9" is no time of day`},
		"no zone":             {"sites: [{id: default, hours: {week: {mon: 24h}}}]", "timezone: missing"},
		"bad zone":            {"sites: [{id: default, hours: {timezone: Chicago}}]", `timezone: "Chicago" is unknown`},
		"a day twice":         {"sites: [{id: default, hours: {timezone: UTC, week: {daily: 24h, sat: closed}}}]", "name every day once"},
		"no holiday":          {"sites: [{id: default, hours: {timezone: UTC, week: {daily: 24h}}, holidays: [christmas]}]", `"christmas" is no holiday`},
		"holidays alone":      {"sites: [{id: default, holidays: [12-25]}]", "holidays need hours"},
		"no such team":        {"sites: [{id: default, team: nobody}]", `sites.default.team: there is no team "nobody"`},
		"support removed":     {"teams: [{id: support, remove: true}]", `the team "support" must stay`},
		"a name as member":    {"teams: [{id: support, members: [{id: \"@dana\"}]}]", `"@dana" is no id`},
		"member twice":        {"teams: [{id: support, members: [{id: U1}, {id: U1}]}]", "the member is listed twice"},
		"capacity":            {"teams: [{id: support, capacity: -1}]", "-1 is no capacity"},
		"method":              {"teams: [{id: support, method: dice}]", `"dice" is no method`},
		"steps out of order":  {"escalation: [{after: 2m, to: managers}, {after: 1m, to: notify}]", "put the steps in order"},
		"step to nobody":      {"escalation: [{after: 2m, to: everybody}]", `"everybody" is unknown`},
		"no trigger":          {"triggers: {anger: {off: true}}", "there is no such trigger"},
		"threshold":           {"triggers: {frustration: {threshold: 7}}", "7 is not between 0 and 1"},
		"rule without name":   {"rules: [{when: {page: /x}, then: {hand_off: true}}]", "name the rule"},
		"bad expression":      {"rules: [{name: x, when: {matches: \"(\"}, then: {hand_off: true}}]", "rules[0].when.matches"},
		"rule of no site":     {"rules: [{name: x, sites: [nowhere], then: {hand_off: true}}]", `there is no site "nowhere"`},
		"a good and a bad":    {"sla: {high: 5m}\nwindows: {undo: 2h}", "windows.undo"},
	} {
		t.Run(name, func(t *testing.T) {
			err := runErrand(t.Context(), s, errandApply, []byte(c.file), new(strings.Builder))
			var bad usageError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant it to say %s", err, c.want)
			}
			if after := errand(t, s, errandExport, nil); after != before {
				t.Errorf("something changed:\n%s", after)
			}
		})
	}
}

func TestTheExampleNamesTriggersThatExist(t *testing.T) {
	for _, name := range trigger.Names() {
		if name != trigger.Rule && name != trigger.AgentInitiated && !strings.Contains(string(readExample(t)), name) {
			t.Errorf("the example does not name the trigger %s", name)
		}
	}
}
