package slacksim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// surface is where blocks are shown; what is allowed differs.
type surface int

const (
	surfaceMessage surface = iota
	surfaceModal
	surfaceHome
)

// maxBlocksText is a guess at an unpublished limit: msg_blocks_too_long has been reported for
// about 13,200 characters of markdown blocks.
const maxBlocksText = 13200

// violation is one thing wrong with blocks: where, and which rule of Block Kit it breaks.
type violation struct {
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Limit   object `json:"constraint,omitempty"`
}

type violations []violation

// messages is how response_metadata.messages tells them.
func (v violations) messages() []string {
	out := make([]string, 0, len(v))
	for _, x := range v {
		out = append(out, fmt.Sprintf("[ERROR] %s [json-pointer:%s]", x.Message, x.Pointer))
	}
	return out
}

// checker walks blocks and gathers violations. Limits are those of Slack's Block Kit reference.
type checker struct {
	on       surface
	out      violations
	blockIDs map[string]bool
	actions  map[string]bool
	markdown int
	tables   int
	inputs   int
	focus    int
}

func (c *checker) fail(at, code, format string, a ...any) {
	c.out = append(c.out, violation{Pointer: at, Code: code, Message: fmt.Sprintf(format, a...)})
}

func (c *checker) failLimit(at, kind string, want, got any, format string, a ...any) {
	c.out = append(c.out, violation{Pointer: at, Code: "failed_constraint", Message: fmt.Sprintf(format, a...),
		Limit: object{"type": kind, "expected": want, "got": got}})
}

// checkBlocks checks a list of blocks for one surface; at is the JSON pointer of the list.
func checkBlocks(list []any, on surface, at string) violations {
	c := &checker{on: on, blockIDs: map[string]bool{}}
	c.blocks(list, at)
	return c.out
}

func (c *checker) blocks(list []any, at string) {
	most := 50
	if c.on != surfaceMessage {
		most = 100
	}
	if len(list) > most {
		c.failLimit(at, "max_items", most, len(list), "no more than %d items allowed", most)
	}
	for i, b := range list {
		p := at + "/" + strconv.Itoa(i)
		o, ok := b.(object)
		if !ok {
			c.fail(p, "wrong_type", "must provide an object")
			continue
		}
		c.block(o, p)
	}
	if c.markdown > 12000 {
		c.failLimit(at, "max_length", 12000, c.markdown, "markdown blocks hold no more than 12000 characters together")
	}
	if c.tables > 1 {
		c.failLimit(at, "max_items", 1, c.tables, "only one table allowed")
	}
}

func (c *checker) block(o object, at string) {
	t, _ := o["type"].(string)
	c.actions = map[string]bool{}
	if id, ok := o["block_id"]; ok {
		c.length(o, "block_id", at, 0, 255)
		if s, _ := id.(string); s != "" {
			if c.blockIDs[s] {
				c.fail(at+"/block_id", "duplicate", "`block_id` must be unique")
			}
			c.blockIDs[s] = true
		}
	}
	switch t {
	case "section":
		c.section(o, at)
	case "header":
		c.only(o, at, "text", "level")
		c.text(o, "text", at, 1, 150, "plain_text", true)
	case "divider":
		c.only(o, at)
	case "context":
		c.context(o, at)
	case "actions":
		c.only(o, at, "elements")
		c.elements(o, at, 25, actionElements()...)
	case "context_actions":
		c.only(o, at, "elements")
		c.onlyOn(at, t, surfaceMessage)
		c.elements(o, at, 5, "feedback_buttons", "icon_button")
	case "image":
		c.only(o, at, "image_url", "slack_file", "alt_text", "title")
		c.image(o, at)
		c.text(o, "title", at, 1, 2000, "plain_text", false)
	case "input":
		c.input(o, at)
	case "rich_text":
		c.richText(o, at)
	case "markdown":
		c.only(o, at, "text")
		c.onlyOn(at, t, surfaceMessage)
		c.length(o, "text", at, 1, 12000)
		s, _ := o["text"].(string)
		c.markdown += utf8.RuneCountInString(s)
	case "table":
		c.table(o, at)
	case "card":
		c.card(o, at)
	case "carousel":
		c.carousel(o, at)
	case "video", "file", "call", "alert", "container", "layout", "task_card", "plan",
		"data_table", "data_visualization", "auth_provider":
		// Known to Slack; their content is not checked here.
	default:
		c.fail(at+"/type", "invalid_value", "unsupported type: %s", t)
	}
}

func (c *checker) onlyOn(at, t string, on surface) {
	if c.on != on {
		c.fail(at+"/type", "invalid_value", "unsupported type: %s", t)
	}
}

// only refuses fields that the object does not have.
func (c *checker) only(o object, at string, fields ...string) {
	for _, k := range sortedKeys(o) {
		if k != "type" && k != "block_id" && !slices.Contains(fields, k) {
			c.fail(at, "additional_property", "invalid additional property: %s", k)
		}
	}
}

func (c *checker) section(o object, at string) {
	c.only(o, at, "text", "fields", "accessory", "expand")
	_, hasText := o["text"]
	fields, hasFields := o["fields"].([]any)
	if !hasText && !hasFields {
		c.fail(at, "missing_field", "missing required field: text or fields")
	}
	if hasText {
		c.text(o, "text", at, 1, 3000, "", true)
	}
	if hasFields {
		c.count(len(fields), at+"/fields", 1, 10)
		for i, f := range fields {
			c.textObject(f, at+"/fields/"+strconv.Itoa(i), 1, 2000, "")
		}
	} else if o["fields"] != nil {
		c.fail(at+"/fields", "wrong_type", "must provide an array")
	}
	if acc, ok := o["accessory"]; ok {
		c.element(acc, at+"/accessory", append(actionElements(), "image")...)
	}
}

// tenElements are those of a block that has nothing but one to ten elements.
func (c *checker) tenElements(o object, at string) []any {
	c.only(o, at, "elements")
	list, ok := o["elements"].([]any)
	if !ok {
		c.fail(at, "missing_field", "missing required field: elements")
		return nil
	}
	c.count(len(list), at+"/elements", 1, 10)
	return list
}

func (c *checker) context(o object, at string) {
	for i, e := range c.tenElements(o, at) {
		p := at + "/elements/" + strconv.Itoa(i)
		el, ok := e.(object)
		switch {
		case ok && el["type"] == "image":
			c.only(el, p, "image_url", "slack_file", "alt_text")
			c.image(el, p)
		default:
			c.textObject(e, p, 1, 2000, "")
		}
	}
}

func (c *checker) image(o object, at string) {
	_, url := o["image_url"].(string)
	_, file := o["slack_file"].(object)
	if url == file {
		c.fail(at, "missing_field", "must provide image_url or slack_file, and not both")
	}
	if url {
		c.length(o, "image_url", at, 1, 3000)
		c.urlField(o, "image_url", at)
	}
	c.length(o, "alt_text", at, 1, 2000)
}

func (c *checker) input(o object, at string) {
	c.inputs++
	c.only(o, at, "label", "element", "hint", "optional", "dispatch_action")
	c.text(o, "label", at, 1, 2000, "plain_text", true)
	c.text(o, "hint", at, 1, 2000, "plain_text", false)
	if _, ok := o["element"]; !ok {
		c.fail(at, "missing_field", "missing required field: element")
		return
	}
	kinds := append(inputElements(), "rich_text_input", "file_input")
	c.element(o["element"], at+"/element", kinds...)
}

func (c *checker) table(o object, at string) {
	c.onlyOn(at, "table", surfaceMessage)
	c.only(o, at, "rows", "column_settings")
	c.tables++
	rows, ok := o["rows"].([]any)
	if !ok {
		c.fail(at, "missing_field", "missing required field: rows")
		return
	}
	c.count(len(rows), at+"/rows", 1, 100)
	for i, r := range rows {
		cells, ok := r.([]any)
		if !ok {
			c.fail(at+"/rows/"+strconv.Itoa(i), "wrong_type", "must provide an array")
			continue
		}
		c.count(len(cells), at+"/rows/"+strconv.Itoa(i), 1, 20)
	}
}

func (c *checker) card(o object, at string) {
	c.onlyOn(at, "card", surfaceMessage)
	c.only(o, at, "hero_image", "icon", "title", "subtitle", "body", "actions")
	c.text(o, "title", at, 1, 150, "", false)
	c.text(o, "subtitle", at, 1, 150, "", false)
	c.text(o, "body", at, 1, 200, "", false)
	for _, k := range []string{"hero_image", "icon"} {
		if img, ok := o[k]; ok {
			c.element(img, at+"/"+k, "image")
		}
	}
	list, ok := o["actions"].([]any)
	if !ok && o["actions"] != nil {
		c.fail(at+"/actions", "wrong_type", "must provide an array")
	}
	for i, e := range list {
		c.element(e, at+"/actions/"+strconv.Itoa(i), "button")
	}
}

func (c *checker) carousel(o object, at string) {
	c.onlyOn(at, "carousel", surfaceMessage)
	for i, e := range c.tenElements(o, at) {
		p := at + "/elements/" + strconv.Itoa(i)
		if card, ok := e.(object); ok && card["type"] == "card" {
			c.card(card, p)
		} else {
			c.fail(p+"/type", "invalid_value", "must be one of: card")
		}
	}
}

func (c *checker) count(n int, at string, least, most int) {
	if n < least {
		c.failLimit(at, "min_items", least, n, "must have at least %d items", least)
	}
	if n > most {
		c.failLimit(at, "max_items", most, n, "no more than %d items allowed", most)
	}
}

// length checks a string field; least above 0 makes it required.
func (c *checker) length(o object, field, at string, least, most int) {
	v, ok := o[field]
	if !ok || v == nil {
		if least > 0 {
			c.fail(at, "missing_field", "missing required field: %s", field)
		}
		return
	}
	s, ok := v.(string)
	if !ok {
		c.fail(at+"/"+field, "wrong_type", "must provide a string")
		return
	}
	n := utf8.RuneCountInString(s)
	if n < least {
		c.failLimit(at+"/"+field, "min_length", least, n, "must be more than %d characters", least-1)
	}
	if n > most {
		c.failLimit(at+"/"+field, "max_length", most, n, "must be less than %d characters", most+1)
	}
}

func (c *checker) urlField(o object, field, at string) {
	s, ok := o[field].(string)
	if !ok || s == "" {
		return
	}
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "mailto:") && !strings.HasPrefix(s, "slack://") {
		c.fail(at+"/"+field, "invalid_value", "must be a valid URL")
	}
}

func (c *checker) text(o object, field, at string, least, most int, kind string, required bool) {
	v, ok := o[field]
	if !ok || v == nil {
		if required {
			c.fail(at, "missing_field", "missing required field: %s", field)
		}
		return
	}
	c.textObject(v, at+"/"+field, least, most, kind)
}

// textObject checks a text object; kind "" allows plain_text and mrkdwn.
func (c *checker) textObject(v any, at string, least, most int, kind string) {
	o, ok := v.(object)
	if !ok {
		c.fail(at, "wrong_type", "must provide an object")
		return
	}
	t, _ := o["type"].(string)
	switch {
	case t != "plain_text" && t != "mrkdwn", kind != "" && t != kind:
		want := kind
		if want == "" {
			want = "plain_text or mrkdwn"
		}
		c.failLimit(at+"/type", "enum", want, t, "must be one of: %s", want)
		return
	case t == "plain_text":
		c.only(o, at, "text", "emoji")
		c.boolField(o, "emoji", at)
	default:
		c.only(o, at, "text", "verbatim")
		c.boolField(o, "verbatim", at)
	}
	c.length(o, "text", at, least, most)
}

func (c *checker) boolField(o object, field, at string) {
	if v, ok := o[field]; ok {
		if _, isBool := v.(bool); !isBool {
			c.fail(at+"/"+field, "wrong_type", "must provide a boolean")
		}
	}
}

// blocksSize counts the characters that blocks show.
func blocksSize(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			n += blocksSize(x)
		}
	case object:
		if v["type"] == "markdown" {
			s, _ := v["text"].(string)
			return utf8.RuneCountInString(s)
		}
	}
	return n
}
