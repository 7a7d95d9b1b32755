package bridge

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Change is one setting that changed, as people write it. Before or After is
// empty where there was or is nothing.
type Change struct {
	Path   string `json:"path"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// String is the change in one line.
func (c Change) String() string {
	show := func(s string) string {
		if s == "" {
			return "nothing"
		}
		return s
	}
	return c.Path + ": " + show(c.Before) + " → " + show(c.After)
}

// ChangesTo lists every setting in which next differs, by path.
func (s Setup) ChangesTo(next Setup) []Change {
	before, after := s.flat(), next.flat()
	paths := map[string]bool{}
	for p := range before {
		paths[p] = true
	}
	for p := range after {
		paths[p] = true
	}
	var out []Change
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		if before[p] != after[p] {
			out = append(out, Change{p, before[p], after[p]})
		}
	}
	return out
}

// flat is every setting that is not empty, by its path.
func (s Setup) flat() map[string]string {
	out := map[string]string{}
	flatten(out, "", reflect.ValueOf(s))
	for _, site := range s.Sites {
		flatten(out, "sites."+string(site.ID), reflect.ValueOf(site))
	}
	return out
}

// flatten writes the leaves of v. Lists of things that have an id or a name go
// by it, so that a change of order alone is none of each; where the order
// matters, it is a leaf of its own.
func flatten(out map[string]string, path string, v reflect.Value) {
	join := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		if d := time.Duration(v.Int()); d != 0 {
			out[path] = ShortDuration(d)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.IsExported() && name != "-" {
				flatten(out, join(written(v.Type(), name)), v.Field(i))
			}
		}
	case v.Kind() == reflect.Map:
		for _, k := range v.MapKeys() {
			flatten(out, join(k.String()), v.MapIndex(k))
			if v.Type().Elem().Kind() == reflect.Struct && !hasBelow(out, join(k.String())) {
				out[join(k.String())] = "{}"
			}
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		var order []string
		for i := range v.Len() {
			name := nameOf(v.Index(i), i)
			order = append(order, name)
			flatten(out, join(name), v.Index(i))
		}
		if len(order) > 0 {
			out[path] = strings.Join(order, ", ")
		}
	case v.Kind() == reflect.Slice:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, fmt.Sprint(v.Index(i).Interface()))
		}
		if len(parts) > 0 {
			out[path] = strings.Join(parts, ", ")
		}
	case !v.IsZero():
		out[path] = fmt.Sprint(v.Interface())
	}
}

func hasBelow(out map[string]string, path string) bool {
	for p := range out {
		if strings.HasPrefix(p, path+".") {
			return true
		}
	}
	return false
}

// nameOf is the id or name of an element, or its place in the list.
func nameOf(v reflect.Value, i int) string {
	for _, field := range []string{"ID", "Name"} {
		if f := v.FieldByName(field); f.IsValid() && f.Kind() == reflect.String && f.String() != "" {
			return f.String()
		}
	}
	return strconv.Itoa(i + 1)
}

// ShortDuration writes 8h and not 8h0m0s.
func ShortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// written is how people write a setting whose kept name differs.
func written(of reflect.Type, name string) string {
	if of != reflect.TypeFor[Site]() {
		return name
	}
	switch name {
	case "assistant_name":
		return "assistant.name"
	case "instructions", "tone", "mode":
		return "assistant." + name
	case "accent":
		return "theme.accent"
	case "threshold":
		return "thresholds.answer"
	case "return_after":
		return "windows.reactivation"
	case "urgent_return_after":
		return "windows.reactivation_urgent"
	}
	return name
}
