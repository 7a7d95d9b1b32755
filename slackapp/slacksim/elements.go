package slacksim

import (
	"slices"
	"strconv"
	"strings"
)

func inputElements() []string {
	return []string{"plain_text_input", "email_text_input", "url_text_input", "number_input", "static_select",
		"external_select", "users_select", "conversations_select", "channels_select", "multi_static_select",
		"multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select",
		"radio_buttons", "checkboxes", "datepicker", "timepicker", "datetimepicker"}
}

func actionElements() []string {
	return append([]string{"button", "workflow_button", "overflow"}, inputElements()[4:]...)
}

func (c *checker) elements(o object, at string, most int, kinds ...string) {
	list, ok := o["elements"].([]any)
	if !ok {
		c.fail(at, "missing_field", "missing required field: elements")
		return
	}
	c.count(len(list), at+"/elements", 1, most)
	for i, e := range list {
		c.element(e, at+"/elements/"+strconv.Itoa(i), kinds...)
	}
}

// element checks one interactive element (or an accessory image).
func (c *checker) element(v any, at string, kinds ...string) {
	o, ok := v.(object)
	if !ok {
		c.fail(at, "wrong_type", "must provide an object")
		return
	}
	t, _ := o["type"].(string)
	if !slices.Contains(kinds, t) {
		c.fail(at+"/type", "invalid_value", "unsupported type: %s", t)
		return
	}
	if t != "image" {
		c.length(o, "action_id", at, 0, 255)
		if id, _ := o["action_id"].(string); id != "" {
			if c.actions[id] {
				c.fail(at+"/action_id", "duplicate", "`action_id` must be unique within a block")
			}
			c.actions[id] = true
		}
	}
	if f, _ := o["focus_on_load"].(bool); f {
		if c.focus++; c.focus > 1 {
			c.fail(at+"/focus_on_load", "duplicate", "only one element may have focus_on_load")
		}
	}
	c.confirm(o, at)
	switch t {
	case "button":
		c.button(o, at)
	case "image":
		c.only(o, at, "image_url", "slack_file", "alt_text")
		c.image(o, at)
	case "overflow":
		c.only(o, at, "action_id", "options", "confirm")
		c.options(o, at, 1, 5, true)
	case "radio_buttons":
		c.only(o, at, "action_id", "options", "initial_option", "confirm", "focus_on_load")
		c.options(o, at, 1, 10, false)
		c.initialOption(o, at)
	case "checkboxes":
		c.only(o, at, "action_id", "options", "initial_options", "confirm", "focus_on_load")
		c.options(o, at, 1, 10, false)
	case "static_select", "multi_static_select":
		c.staticSelect(o, at, t)
	case "plain_text_input":
		c.only(o, at, "action_id", "placeholder", "initial_value", "multiline", "min_length", "max_length",
			"dispatch_action_config", "focus_on_load")
		c.text(o, "placeholder", at, 1, 150, "plain_text", false)
		c.boolField(o, "multiline", at)
		c.bounds(o, at)
	case "email_text_input", "url_text_input":
		c.only(o, at, "action_id", "placeholder", "initial_value", "dispatch_action_config", "focus_on_load")
		c.text(o, "placeholder", at, 1, 150, "plain_text", false)
	case "users_select", "conversations_select", "channels_select", "multi_users_select",
		"multi_conversations_select", "multi_channels_select", "datepicker", "timepicker":
		c.text(o, "placeholder", at, 1, 150, "plain_text", false)
	case "external_select", "multi_external_select":
		c.only(o, at, "action_id", "placeholder", "initial_option", "initial_options", "min_query_length", "confirm",
			"focus_on_load", "max_selected_items")
		c.text(o, "placeholder", at, 1, 150, "plain_text", false)
	case "number_input":
		if _, ok := o["is_decimal_allowed"].(bool); !ok {
			c.fail(at, "missing_field", "missing required field: is_decimal_allowed")
		}
	case "icon_button":
		c.length(o, "icon", at, 1, 255)
		c.text(o, "text", at, 1, 75, "plain_text", true)
	case "feedback_buttons":
		for _, k := range []string{"positive_button", "negative_button"} {
			b, ok := o[k].(object)
			if !ok {
				c.fail(at, "missing_field", "missing required field: %s", k)
				continue
			}
			c.text(b, "text", at+"/"+k, 1, 75, "plain_text", true)
			c.length(b, "value", at+"/"+k, 0, 2000)
		}
	}
}

func (c *checker) button(o object, at string) {
	c.only(o, at, "text", "action_id", "url", "value", "style", "confirm", "accessibility_label")
	c.text(o, "text", at, 1, 75, "plain_text", true)
	c.length(o, "value", at, 0, 2000)
	c.length(o, "url", at, 0, 3000)
	c.urlField(o, "url", at)
	c.length(o, "accessibility_label", at, 0, 75)
	if st, ok := o["style"]; ok && st != "primary" && st != "danger" {
		c.failLimit(at+"/style", "enum", "primary, danger", st, "must be one of: primary, danger")
	}
}

func (c *checker) confirm(o object, at string) {
	v, ok := o["confirm"]
	if !ok || v == nil {
		return
	}
	at += "/confirm"
	d, ok := v.(object)
	if !ok {
		c.fail(at, "wrong_type", "must provide an object")
		return
	}
	c.only(d, at, "title", "text", "confirm", "deny", "style")
	c.text(d, "title", at, 1, 100, "plain_text", true)
	c.text(d, "text", at, 1, 300, "", true)
	c.text(d, "confirm", at, 1, 30, "plain_text", true)
	c.text(d, "deny", at, 1, 30, "plain_text", true)
}

func (c *checker) bounds(o object, at string) {
	least, hasLeast := number(o["min_length"])
	most, hasMost := number(o["max_length"])
	if hasLeast && (least < 0 || least > 3000) {
		c.failLimit(at+"/min_length", "range", "0..3000", least, "must be between 0 and 3000")
	}
	if hasMost && (most < 1 || most > 3000) {
		c.failLimit(at+"/max_length", "range", "1..3000", most, "must be between 1 and 3000")
	}
	if hasLeast && hasMost && least > most {
		c.fail(at+"/min_length", "failed_constraint", "min_length must not be more than max_length")
	}
	limit := 3000
	if hasMost {
		limit = most
	}
	c.length(o, "initial_value", at, 0, limit)
}

func (c *checker) staticSelect(o object, at, t string) {
	c.only(o, at, "action_id", "placeholder", "options", "option_groups", "initial_option", "initial_options",
		"confirm", "focus_on_load", "max_selected_items")
	c.text(o, "placeholder", at, 1, 150, "plain_text", false)
	groups, hasGroups := o["option_groups"].([]any)
	_, hasOptions := o["options"]
	switch {
	case hasGroups == hasOptions:
		c.fail(at, "missing_field", "must provide options or option_groups, and not both")
	case hasGroups:
		c.optionGroups(groups, at, 1)
	default:
		c.options(o, at, 1, 100, true)
	}
	if t == "static_select" {
		c.initialOption(o, at)
	}
}

func (c *checker) optionGroups(groups []any, at string, least int) {
	c.count(len(groups), at+"/option_groups", least, 100)
	for i, g := range groups {
		p := at + "/option_groups/" + strconv.Itoa(i)
		og, ok := g.(object)
		if !ok {
			c.fail(p, "wrong_type", "must provide an object")
			continue
		}
		c.only(og, p, "label", "options")
		c.text(og, "label", p, 1, 75, "plain_text", true)
		c.options(og, p, 1, 100, true)
	}
}

// options checks option objects. Where sources differ on the length of a value (75 or 150), the
// shorter is enforced.
func (c *checker) options(o object, at string, least, most int, plain bool) {
	list, ok := o["options"].([]any)
	if !ok {
		c.fail(at, "missing_field", "missing required field: options")
		return
	}
	c.count(len(list), at+"/options", least, most)
	kind := ""
	if plain {
		kind = "plain_text"
	}
	seen := map[string]bool{}
	for i, v := range list {
		p := at + "/options/" + strconv.Itoa(i)
		x, ok := v.(object)
		if !ok {
			c.fail(p, "wrong_type", "must provide an object")
			continue
		}
		c.only(x, p, "text", "value", "description", "url")
		c.text(x, "text", p, 1, 75, kind, true)
		c.length(x, "value", p, 1, 75)
		c.text(x, "description", p, 1, 75, kind, false)
		if val, _ := x["value"].(string); seen[val] {
			c.fail(p+"/value", "duplicate", "option values must be unique")
		} else {
			seen[val] = true
		}
	}
}

func (c *checker) initialOption(o object, at string) {
	v, ok := o["initial_option"]
	if !ok || v == nil {
		return
	}
	x, _ := v.(object)
	val, _ := x["value"].(string)
	match := findOption(o, val)
	if match == nil || !sameText(match["text"], x["text"]) {
		c.fail(at+"/initial_option", "failed_constraint", "initial_option must match one of the options")
	}
}

func sameText(a, b any) bool {
	x, _ := a.(object)
	y, _ := b.(object)
	return x["text"] == y["text"] && x["type"] == y["type"]
}

// richText checks a rich_text block and its elements.
func (c *checker) richText(o object, at string) {
	c.only(o, at, "elements")
	list, ok := o["elements"].([]any)
	if !ok {
		c.fail(at, "missing_field", "missing required field: elements")
		return
	}
	for i, v := range list {
		c.richBlock(v, at+"/elements/"+strconv.Itoa(i))
	}
}

func (c *checker) richBlock(v any, at string) {
	o, ok := v.(object)
	if !ok {
		c.fail(at, "wrong_type", "must provide an object")
		return
	}
	t, _ := o["type"].(string)
	inner, isList := o["elements"].([]any)
	if !isList {
		c.fail(at, "missing_field", "missing required field: elements")
		return
	}
	switch t {
	case "rich_text_section", "rich_text_quote", "rich_text_preformatted":
		c.only(o, at, "elements", "border", "language")
		for i, x := range inner {
			c.richElement(x, at+"/elements/"+strconv.Itoa(i), t)
		}
	case "rich_text_list":
		c.only(o, at, "elements", "style", "indent", "offset", "border")
		if o["style"] != "bullet" && o["style"] != "ordered" {
			c.fail(at+"/style", "invalid_value", "must be one of: bullet, ordered")
		}
		for i, x := range inner {
			p := at + "/elements/" + strconv.Itoa(i)
			if s, ok := x.(object); !ok || s["type"] != "rich_text_section" {
				c.fail(p+"/type", "invalid_value", "must be one of: rich_text_section")
				continue
			}
			c.richBlock(x, p)
		}
	default:
		c.fail(at+"/type", "invalid_value", "unsupported type: %s", t)
	}
}

func (c *checker) richElement(v any, at, in string) {
	o, ok := v.(object)
	if !ok {
		c.fail(at, "wrong_type", "must provide an object")
		return
	}
	t, _ := o["type"].(string)
	if in == "rich_text_preformatted" && t != "text" && t != "link" {
		c.fail(at+"/type", "invalid_value", "unsupported type: %s", t)
		return
	}
	need := map[string]string{"text": "text", "link": "url", "user": "user_id", "channel": "channel_id",
		"usergroup": "usergroup_id", "emoji": "name", "broadcast": "range", "color": "value", "date": "format", "team": "team_id"}
	field, known := need[t]
	if !known {
		c.fail(at+"/type", "invalid_value", "unsupported type: %s", t)
		return
	}
	if s, ok := o[field].(string); !ok || s == "" {
		c.fail(at, "missing_field", "missing required field: %s", field)
	}
	if t == "broadcast" && !slices.Contains([]string{"here", "channel", "everyone"}, textOf(o["range"])) {
		c.fail(at+"/range", "invalid_value", "must be one of: here, channel, everyone")
	}
	if st, ok := o["style"].(object); ok {
		for _, k := range sortedKeys(st) {
			if !strings.Contains(" bold italic strike code underline highlight client_highlight unlink ", " "+k+" ") {
				c.fail(at+"/style", "additional_property", "invalid additional property: %s", k)
			}
		}
	}
}
