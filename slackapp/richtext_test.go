package slackapp

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestRichForm(t *testing.T) {
	const rel = ` target="_blank" rel="noopener noreferrer nofollow"`
	text := func(s string) string {
		b, _ := json.Marshal(s)
		return `{"type":"text","text":` + string(b) + `}`
	}
	styled := func(s, style string) string {
		return `{"type":"text","text":"` + s + `","style":{"` + style + `":true}}`
	}
	section := func(e ...string) string {
		return `{"type":"rich_text_section","elements":[` + strings.Join(e, ",") + `]}`
	}
	list := func(style, more string, items ...string) string {
		return `{"type":"rich_text_list","style":"` + style + `"` + more + `,"elements":[` + strings.Join(items, ",") + `]}`
	}
	block := func(kind string, e ...string) string {
		return `{"type":"` + kind + `","elements":[` + strings.Join(e, ",") + `]}`
	}
	for _, c := range []struct {
		name, source string
		elements     []string
		text, html   string
	}{
		{"plain", "", []string{section(text("Hello\nthere"))}, "Hello\nthere", "Hello<br>there"},
		{"typed stars are stars", "*5* of 7", []string{section(text("*5* of 7"))}, "*5* of 7", "*5* of 7"},
		{"styles", "", []string{section(styled("b", "bold"), text(" "), styled("i", "italic"), text(" "), styled("s", "strike"), text(" "), styled("c", "code"))},
			"b i s c", "<strong>b</strong> <em>i</em> <del>s</del> <code>c</code>"},
		{"markup is text", "", []string{section(text("<b>x</b> & &lt;"))}, "<b>x</b> & &lt;", "&lt;b&gt;x&lt;/b&gt; &amp; &amp;lt;"},
		{"a list", "", []string{section(text("We bring:\n")), list("bullet", "", section(text("a pump")), section(styled("pipes", "bold")))},
			"We bring:\n• a pump\n• pipes", "We bring:<ul><li>a pump</li><li><strong>pipes</strong></li></ul>"},
		{"an ordered list that goes on", "", []string{list("ordered", `,"offset":2`, section(text("c")), section(text("d"))), section(text("end"))},
			"3. c\n4. d\nend", "<ol><li>c</li><li>d</li></ol>end"},
		{"nested lists", "", []string{
			list("ordered", "", section(text("one"))),
			list("bullet", `,"indent":1`, section(text("a")), section(text("b"))),
			list("ordered", `,"indent":0,"offset":1`, section(text("two"))),
		}, "1. one\n  • a\n  • b\n2. two", "<ol><li>one<ul><li>a</li><li>b</li></ul></li><li>two</li></ol>"},
		{"two lists", "", []string{list("bullet", "", section(text("a"))), list("ordered", "", section(text("b")))},
			"• a\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"},
		{"a list from the middle", "", []string{list("bullet", `,"indent":3`, section(text("deep")))}, "• deep", "<ul><li>deep</li></ul>"},
		{"code", "", []string{section(text("run\n")), block("rich_text_preformatted", text("a <b>\n  *c*\n")), section(text("then"))},
			"run\na <b>\n  *c*\nthen", "run<pre><code>a &lt;b&gt;\n  *c*</code></pre>then"},
		{"a link in code", "", []string{block("rich_text_preformatted", `{"type":"link","url":"https://e.com"}`)}, "https://e.com", "<pre><code>https://e.com</code></pre>"},
		{"a quote", "", []string{block("rich_text_quote", text("one\ntwo")), section(text("three"))},
			"> one\n> two\nthree", "<blockquote>one<br>two</blockquote>three"},
		{"links", "", []string{section(`{"type":"link","url":"https://e.com/a?b=1&c=2","text":"our *parts*"}`, text(" "), `{"type":"link","url":"https://e.com"}`)},
			"our *parts* (https://e.com/a?b=1&c=2) https://e.com",
			`<a href="https://e.com/a?b=1&amp;c=2"` + rel + `>our *parts*</a> <a href="https://e.com"` + rel + `>https://e.com</a>`},
		{"a link to nowhere good", "", []string{section(`{"type":"link","url":"javascript:alert(1)","text":"x"}`)}, "x", "x"},
		{"people", "<#C0123456|sales> <!subteam^S01|@ops>", []string{section(`{"type":"user","user_id":"U0DANA000"}`, text(" "), `{"type":"user","user_id":"U0NOBODY1"}`, text(" "),
			`{"type":"channel","channel_id":"C0123456"}`, text(" "), `{"type":"channel","channel_id":"C9"}`, text(" "),
			`{"type":"usergroup","usergroup_id":"S01"}`, text(" "), `{"type":"usergroup","usergroup_id":"S02"}`, text(" "), `{"type":"broadcast","range":"here"}`)},
			"@Dana Reed a colleague #sales a channel @ops the team @here", "@Dana Reed a colleague #sales a channel @ops the team @here"},
		{"a date", "", []string{section(`{"type":"date","timestamp":1720710212,"format":"{date}","fallback":"11 July"}`, text(" "), `{"type":"date","timestamp":1720710212,"format":"{date}"}`)},
			"11 July 11 Jul 2024 15:03 UTC", "11 July 11 Jul 2024 15:03 UTC"},
		{"emoji", "", []string{section(
			`{"type":"emoji","name":"tada","unicode":"1f389"}`, `{"type":"emoji","name":"+1::skin-tone-3"}`, `{"type":"emoji","name":"wave","skin_tone":6}`,
			`{"type":"emoji","name":"brand_new","unicode":"1f44d-1f3fc"}`, `{"type":"emoji","name":"our_logo"}`, `{"type":"emoji","name":"evil","unicode":"3c-0"}`)},
			"🎉👍🏼👋🏿👍🏼:our_logo::evil:", "🎉👍🏼👋🏿👍🏼:our_logo::evil:"},
		{"a colour", "", []string{section(`{"type":"color","value":"#F405B3"}`)}, "#F405B3", "#F405B3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := `{"type":"rich_text","elements":[` + strings.Join(c.elements, ",") + `]}`
			text, page, ok := richForm(json.RawMessage(raw), c.source, testNames)
			if !ok {
				t.Fatalf("not read: %s", raw)
			}
			if text != c.text {
				t.Errorf("text = %q, want %q", text, c.text)
			}
			if page != c.html {
				t.Errorf("html = %q, want %q", page, c.html)
			}
			safeTags(t, raw, page)
		})
	}
}

// TestRichFormGivesWay where the text says more, or something is unknown.
func TestRichFormGivesWay(t *testing.T) {
	section := `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}`
	for name, c := range map[string]struct{ raw, text string }{
		"none":            {"", "x"},
		"malformed":       {"{", "x"},
		"unknown block":   {`{"type":"rich_text","elements":[{"type":"rich_text_table"}]}`, "x"},
		"unknown element": {`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"canvas"}]}]}`, "x"},
		"a typed fence":   {section, "```x```"},
		"a typed quote":   {section, "&gt; x"},
		"a typed list":    {section, "• x"},
		"typed numbers":   {section, "1. x"},
	} {
		if _, _, ok := richForm(json.RawMessage(c.raw), c.text, testNames); ok {
			t.Errorf("%s: was read", name)
		}
	}
}

func TestRichMentions(t *testing.T) {
	for raw, want := range map[string]bool{
		`{"type":"rich_text","elements":[{"type":"rich_text_list","elements":[{"type":"rich_text_section","elements":[{"type":"user","user_id":"U1"}]}]}]}`: true,
		`{"type":"rich_text","elements":[{"type":"rich_text_quote","elements":[{"type":"broadcast","range":"here"}]}]}`:                                     true,
		`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"@here"}]}]}`:                                        false,
		``:  false,
		`{`: false,
	} {
		if got := mentionsInRich(json.RawMessage(raw)); got != want {
			t.Errorf("%s: %v", raw, got)
		}
	}
}

func TestEmojiNames(t *testing.T) {
	for in, want := range map[string]string{
		":tada:": "🎉", ":thinking_face:": "🤔", ":hugging_face:": "🤗", ":simple_smile:": "🙂", ":email:": "✉️",
		":+1::skin-tone-2:": "👍🏻", ":man-shrugging::skin-tone-4:": "🤷🏽‍♂️", ":weight_lifter::skin-tone-6:": "🏋🏿",
		":tada::skin-tone-2:": "🎉", ":flag-ch:": "🇨🇭", ":us:": "🇺🇸", ":melting_face:": "🫠", ":shaking_face:": "🫨",
		":rolling_on_the_floor_laughing:": "🤣", ":white_check_mark:": "✅", ":warning:": "⚠️", ":female-technologist:": "👩‍💻",
	} {
		got, n := emojiAt(in)
		if got != want || n != len(in) {
			t.Errorf("%s: %q (%d of %d bytes), want %q", in, got, n, len(in), want)
		}
	}
	for _, custom := range []string{":our_logo:", ":x-y-z:", "::", ":a b:"} {
		if got, n := emojiAt(custom); n != 0 {
			t.Errorf("%s is taken for %q", custom, got)
		}
	}
	if n := len(emojiSigns()); n < 1900 {
		t.Errorf("%d names", n)
	}
}

func FuzzRichFormIsSafe(f *testing.F) {
	f.Add(`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"javascript:x","text":"\"><script>"}]}]}`, "x")
	f.Add(`{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","indent":-3,"offset":-9,"elements":[{"elements":[{"type":"text","text":"<a>"}]}]},{"type":"rich_text_list","indent":99,"elements":[{"elements":[]}]}]}`, "<#C1|<b>>")
	f.Fuzz(func(t *testing.T, raw, text string) {
		if _, page, ok := richForm(json.RawMessage(raw), text, testNames); ok {
			safeTags(t, raw, page)
		}
	})
}
