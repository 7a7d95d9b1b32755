package slackapp_test

import (
	"encoding/json"
	"strings"
	"testing"

	"threadline/bridge"
)

// typed is a line as a composer sends it: its rich text, and the text that it
// derives from that.
type typed struct{ text, elements string }

func (v *visitor) compose(act, who, ts string, l typed) string {
	v.r.t.Helper()
	var elements []any
	if err := json.Unmarshal([]byte("["+l.elements+"]"), &elements); err != nil {
		v.r.t.Fatal(err)
	}
	body := object{
		"user": who, "channel": "support", "text": l.text,
		"blocks": []any{object{"type": "rich_text", "elements": elements}},
	}
	if act == "edit" {
		body["ts"] = ts
	} else {
		body["thread_ts"] = v.root().Stamp
	}
	if ts, ok := v.r.post(act, body)["ts"].(string); ok {
		return ts
	}
	return ts
}

var formatted = struct{ list, code typed }{
	list: typed{
		text: "We bring :tada:\n• a *pump*\n    ◦ its valve\n&gt; as agreed\nsee <https://example.com/a?b=1&amp;c=2|our parts>",
		elements: `{"type":"rich_text_section","elements":[{"type":"text","text":"We bring "},{"type":"emoji","name":"tada"},{"type":"text","text":"\n"}]},
			{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a "},{"type":"text","text":"pump","style":{"bold":true}}]}]},
			{"type":"rich_text_list","style":"bullet","indent":1,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"its valve"}]}]},
			{"type":"rich_text_quote","elements":[{"type":"text","text":"as agreed"}]},
			{"type":"rich_text_section","elements":[{"type":"text","text":"see "},{"type":"link","url":"https://example.com/a?b=1&c=2","text":"our parts"}]}`,
	},
	code: typed{
		text: "Type `reset` or\n```\nif a &lt; b { *stop* }\n```\n1. wait\n2. press",
		elements: `{"type":"rich_text_section","elements":[{"type":"text","text":"Type "},{"type":"text","text":"reset","style":{"code":true}},{"type":"text","text":" or\n"}]},
			{"type":"rich_text_preformatted","elements":[{"type":"text","text":"if a < b { *stop* }"}]},
			{"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"wait"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"press"}]}]}`,
	},
}

const (
	listPage = `We bring 🎉<ul><li>a <strong>pump</strong><ul><li>its valve</li></ul></li></ul><blockquote>as agreed</blockquote>` +
		`see <a href="https://example.com/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">our parts</a>`
	listText = "We bring 🎉\n• a pump\n  • its valve\n> as agreed\nsee our parts (https://example.com/a?b=1&c=2)"
	codePage = `Type <code>reset</code> or<pre><code>if a &lt; b { *stop* }</code></pre><ol><li>wait</li><li>press</li></ol>`
	codeText = "Type reset or\nif a < b { *stop* }\n1. wait\n2. press"
)

// reads waits until the agents' only line is that.
func (v *visitor) reads(text, page string) {
	v.r.t.Helper()
	var got bridge.Message
	defer func() {
		if v.r.t.Failed() {
			v.r.t.Logf("the visitor reads %q\n%s", got.Text, got.HTML)
		}
	}()
	v.r.within("the visitor reads "+text, func() bool {
		all := v.saw(bridge.ByAgent)
		if len(all) == 1 {
			got = all[0]
		}
		return got.Text == text && got.HTML == page
	})
}

// TestWhatAgentsComposeReachesTheVisitor with its form, and so does an edit.
func TestWhatAgentsComposeReachesTheVisitor(t *testing.T) {
	r := newRig(t)
	v := r.visitor("fay")
	v.held("dana")
	ts := v.compose("say", "dana", "", formatted.list)
	v.reads(listText, listPage)
	v.compose("edit", "dana", ts, formatted.code)
	v.reads(codeText, codePage)
}

// TestWhatAgentsComposedWhileNobodyListened is read back with its form.
func TestWhatAgentsComposedWhileNobodyListened(t *testing.T) {
	r := newRig(t)
	v := r.visitor("fred")
	v.held("dana")
	r.within("the first read", func() bool { return r.mark() != "" })
	r.stop()
	var ts string
	r.steal(1, func() { ts = v.compose("say", "dana", "", formatted.list) })
	r.run()
	v.reads(listText, listPage)
	r.stop()
	r.steal(1, func() { v.compose("edit", "dana", ts, formatted.code) })
	r.run()
	v.reads(codeText, codePage)
}

// TestMentionsBecomeNames where a line with one is sent on purpose, a mention
// that only the rich text holds included.
func TestMentionsBecomeNames(t *testing.T) {
	r := newRig(t)
	v := r.visitor("fern")
	v.held("dana")
	lee := r.user("lee")
	ts := v.compose("say", "dana", "", typed{
		text:     "Ask <@" + lee + "> at noon",
		elements: `{"type":"rich_text_section","elements":[{"type":"text","text":"Ask "},{"type":"user","user_id":"` + lee + `"},{"type":"text","text":" at noon"}]}`,
	})
	key := v.conversation().Thread.Channel + ":" + ts
	r.within("the line is held", func() bool {
		l, err := r.store.Line(t.Context(), key)
		return err == nil && l.Standing == bridge.Held
	})
	r.post("shortcut", object{"user": "dana", "channel": "support", "message_ts": ts, "callback_id": "send_to_visitor"})
	v.reads("Ask @Lee Okafor at noon", "Ask @Lee Okafor at noon")
}

// TestVisitorMarkupIsDeadInSlack: whatever a visitor types stands in Slack as
// typed, rings nobody, unfurls nothing, and styles nothing.
func TestVisitorMarkupIsDeadInSlack(t *testing.T) {
	r := newRig(t)
	v := r.visitor("fox")
	dana := r.user("dana")
	for _, text := range []string{
		"# Title\n- *one*\n- _two_\n1. ~three~\n> quoted\n```\ncode\n```\n`x`",
		"<!here> <!channel> <!everyone> <!subteam^S012345> <@" + dana + "> <@" + dana + "|dana> <#C012345> @dana @here @channel #support",
		"[label](https://evil.example) <https://evil.example|bank.example> https://evil.example/x.png :tada: :rotating_light:",
		"&lt;!here&gt; &amp;lt;@" + dana + "&amp;gt; <!date^1^{date}|now> </text> \u202etxet \u0000 end",
	} {
		v.write(text)
		text = bridge.CleanText(text)
		escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
		var post msg
		r.within("the line as typed: "+text, func() bool {
			for _, m := range v.root().Replies {
				if strings.Contains(m.Text, escaped) && strings.Contains(gather(m.Blocks), text) {
					post = m
				}
			}
			return post.Stamp != ""
		})
		dead(t, text, post.Blocks)
	}
	v.held("dana")
	r.get("wait?idle_ms=300&timeout_ms=5000")
	for _, n := range r.get("state")["notifications"].([]any) {
		t.Errorf("the visitor's words rang: %v", n)
	}
}

// dead fails if the elements that hold the visitor's words are anything but
// text without style.
func dead(t *testing.T, words string, v any) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			dead(t, words, x)
		}
	case object:
		kind, _ := v["type"].(string)
		text, _ := v["text"].(string)
		switch kind {
		case "rich_text", "rich_text_section":
			dead(t, words, v["elements"])
		case "text":
			if text != "" && strings.Contains(words, text) && v["style"] != nil {
				t.Errorf("%q is styled: %v", text, v)
			}
		case "link":
			if url, _ := v["url"].(string); strings.Contains(words, url) {
				t.Errorf("a link of the visitor's is live: %v", v)
			}
		default:
			t.Errorf("a %s stands in the line: %v", kind, v)
		}
	}
}
