package slacksim

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// elementState is the state of an element holding value: an option's value, a text, a user's or
// channel's id, or several of them separated by commas. It says false for a value the element
// cannot hold.
func elementState(el object, value string) (object, bool) {
	t, _ := el["type"].(string)
	out := object{"type": t}
	one := func(key string, v any) (object, bool) {
		out[key] = v
		return out, true
	}
	text := func(key string) (object, bool) {
		if value == "" {
			return one(key, nil)
		}
		return one(key, value)
	}
	option := func(v string) (any, bool) {
		if v == "" {
			return nil, true
		}
		o := findOption(el, v)
		return o, o != nil
	}
	switch t {
	case "button":
		return one("value", value)
	case "plain_text_input", "email_text_input", "url_text_input", "number_input":
		return text("value")
	case "static_select", "radio_buttons", "overflow", "external_select":
		o, ok := option(value)
		if !ok {
			return nil, false
		}
		return one("selected_option", o)
	case "checkboxes", "multi_static_select", "multi_external_select":
		list := []any{}
		for _, v := range splitList(value) {
			o, ok := option(v)
			if !ok {
				return nil, false
			}
			list = append(list, o)
		}
		return one("selected_options", list)
	case "users_select":
		return text("selected_user")
	case "conversations_select":
		return text("selected_conversation")
	case "channels_select":
		return text("selected_channel")
	case "multi_users_select":
		return one("selected_users", splitList(value))
	case "multi_conversations_select":
		return one("selected_conversations", splitList(value))
	case "multi_channels_select":
		return one("selected_channels", splitList(value))
	case "datepicker":
		return text("selected_date")
	case "timepicker":
		return text("selected_time")
	case "datetimepicker":
		if value == "" {
			return one("selected_date_time", nil)
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, false
		}
		return one("selected_date_time", n)
	}
	return text("value")
}

func splitList(v string) []string {
	out := []string{}
	for _, p := range strings.Split(v, ",") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// initial is the value an element starts with, as elementState takes it.
func initial(el object) string {
	for _, k := range []string{"initial_value", "initial_option", "initial_user", "initial_conversation",
		"initial_channel", "initial_date", "initial_time", "initial_options", "initial_users",
		"initial_conversations", "initial_channels", "initial_date_time"} {
		if v := textOf(el[k]); v != "" {
			return v
		}
	}
	return ""
}

// stateful visits the elements of a view whose state is part of view.state.
func stateful(def object, visit func(block object, blockID, actionID string, el object)) {
	blocks, _ := def["blocks"].([]any)
	for _, b := range blocks {
		block, _ := b.(object)
		id, _ := block["block_id"].(string)
		walkElements(block, func(el object) {
			if t := el["type"]; t == "button" || t == "overflow" || t == "workflow_button" {
				return
			}
			act, _ := el["action_id"].(string)
			visit(block, id, act, el)
		})
	}
}

// initialValues is the state of a view just shown. What was entered stays where block_id and
// action_id stay (Slack: views.update).
func initialValues(def, had object) object {
	out := object{}
	stateful(def, func(_ object, block, act string, el object) {
		if old, ok := valueAt(had, block, act); ok && old["type"] == el["type"] {
			setValue(out, block, act, old)
			return
		}
		if st, ok := elementState(known(el), initial(el)); ok {
			setValue(out, block, act, st)
		}
	})
	return out
}

func valueAt(values object, block, act string) (object, bool) {
	b, _ := values[block].(object)
	v, ok := b[act].(object)
	return v, ok
}

func setValue(values object, block, act string, st object) {
	b, ok := values[block].(object)
	if !ok {
		b = object{}
		values[block] = b
	}
	b[act] = st
}

// enterValues fills a form; its answer names what cannot be entered, or is empty. offered is an
// element with the options that its person was offered.
func enterValues(v *view, given object, offered func(block string, el object) object) string {
	type where struct{ block, act string }
	els := map[where]object{}
	stateful(v.Def, func(_ object, block, act string, el object) { els[where{block, act}] = offered(block, el) })
	for block, acts := range given {
		m, ok := acts.(object)
		if !ok {
			return "invalid_values"
		}
		for act, raw := range m {
			el := els[where{block, act}]
			if el == nil {
				return "no_such_element"
			}
			st, ok := elementState(el, textOf(raw))
			if !ok {
				return "no_such_option"
			}
			setValue(v.Values, block, act, st)
		}
	}
	return ""
}

// clientErrors is what Slack's client says itself before anything is sent.
func clientErrors(v *view) object {
	errs := object{}
	stateful(v.Def, func(block object, id, act string, el object) {
		if block["type"] != "input" {
			return
		}
		st, _ := valueAt(v.Values, id, act)
		optional, _ := block["optional"].(bool)
		if emptyState(st) {
			if !optional {
				errs[id] = "Please complete this required field."
			}
			return
		}
		text, ok := st["value"].(string)
		if !ok {
			return
		}
		n := utf8.RuneCountInString(text)
		if most, ok := number(el["max_length"]); ok && n > most {
			errs[id] = "This is longer than " + strconv.Itoa(most) + " characters."
		}
		if least, ok := number(el["min_length"]); ok && n < least {
			errs[id] = "This is shorter than " + strconv.Itoa(least) + " characters."
		}
	})
	return errs
}

func emptyState(st object) bool {
	for k, v := range st {
		if k == "type" {
			continue
		}
		switch v := v.(type) {
		case nil:
		case []any:
			if len(v) > 0 {
				return false
			}
		case []string:
			if len(v) > 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func number(v any) (int, bool) {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Int64()
		return int(n), err == nil
	case float64:
		return int(v), v == float64(int(v))
	case int:
		return v, true
	}
	return 0, false
}

// unknownBlocks names a block that errors speak of and the view does not have.
func unknownBlocks(v *view, errs object) string {
	have := map[string]bool{}
	blocks, _ := v.Def["blocks"].([]any)
	for _, b := range blocks {
		if o, ok := b.(object); ok {
			id, _ := o["block_id"].(string)
			have[id] = o["type"] == "input"
		}
	}
	for id := range errs {
		if !have[id] {
			return id
		}
	}
	return ""
}
