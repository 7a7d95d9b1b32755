package slackapp

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"threadline/bridge"
	"threadline/bridge/routing"
)

// A shown is what a form of settings showed, by field. Two managers may have
// the same form open, so a submission changes only what its sender has.
type shown struct {
	ID string `json:"id"`
	// New says that there was no such thing yet.
	New bool `json:"new,omitempty"`
	// Marks tell values apart without keeping them (Slack: private_metadata has
	// at most 3,000 characters).
	Marks map[string]string `json:"marks"`
}

// mark tells values of a field apart, but not by their white space.
func mark(value string) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(clip(value, maxNote)), " ")))
	return hex.EncodeToString(sum[:6])
}

// shows is what a form keeps of what it shows.
func shows(id string, isNew bool, values map[string]string) string {
	b, _ := json.Marshal(shown{ID: id, New: isNew, Marks: marksOf(values)}) // strings alone
	return string(b)
}

func marksOf(values map[string]string) map[string]string {
	out := map[string]string{}
	for field, v := range values {
		out[field] = mark(v)
	}
	return out
}

// shown reads what the form showed.
func (s submission) shown() (shown, error) {
	var was shown
	if err := json.Unmarshal([]byte(s.meta), &was); err != nil || was.ID == "" {
		return was, fieldError{firstField(s.callback), "This form is out of date. Please close it and open it again."}
	}
	return was, nil
}

// changed reports which fields the sender of a form has changed. A field that
// somebody else has changed meanwhile is refused, with what it is now.
func (was shown) changed(given, now map[string]string, order []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, f := range order {
		g, n := mark(given[f]), mark(now[f])
		switch {
		case g == was.Marks[f] || g == n:
		case n != was.Marks[f]:
			return nil, fieldError{f, otherwise(f, now[f])}
		default:
			out[f] = true
		}
	}
	return out, nil
}

// otherwise says that a field has been changed by somebody else.
func otherwise(field, now string) string {
	const again = " Nothing was changed: please close this form and open it again."
	if field == fieldMembers || field == fieldMethod || strings.Contains(now, "\n") {
		return "Somebody else has changed this meanwhile." + again
	}
	return fmt.Sprintf("Somebody else has changed this meanwhile, to “%s”.", clip(orElse(now, "nothing"), 80)) + again
}

// teamValues are a team as its form shows it.
func teamValues(t bridge.Team) map[string]string {
	var ids []string
	for _, m := range t.Members {
		ids = append(ids, string(m.ID))
	}
	slices.Sort(ids)
	return map[string]string{
		fieldName: t.Name, fieldMembers: strings.Join(ids, " "), fieldMethod: string(cmp.Or(t.Method, routing.RoundRobin)),
		fieldCapacity: strconv.Itoa(t.Capacity), fieldChannel: t.Channel,
	}
}

// hoursValues are a site's hours as their form shows them.
func hoursValues(s bridge.Site) map[string]string {
	return map[string]string{
		fieldZone: s.Hours.Zone, fieldWeek: lineUp(s.Hours.Week, weekOrder(s.Hours.Week)),
		fieldExceptions: lineUp(s.Hours.Exceptions, datesOf(s.Hours.Exceptions)), fieldHolidays: strings.Join(s.Holidays, "\n"),
	}
}

// lineUp writes a line for each key, as pairs reads them.
func lineUp(m map[string]string, order []string) string {
	var b strings.Builder
	for _, k := range order {
		b.WriteString(k + " " + m[k] + "\n")
	}
	return strings.TrimSpace(b.String())
}

// targetValues are the durations as their form shows them.
func targetValues(s bridge.Setup) map[string]string {
	out := map[string]string{}
	for _, t := range targets() {
		out[t.field] = bridge.ShortDuration(*t.of(&s))
	}
	return out
}
