package slacksim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"threadline/slackapp/slacksim"
)

// pinged lists "name kind" for a message.
func (s *sim) pinged(ts any) []string {
	s.t.Helper()
	state := s.get("/sim/v1/state")
	names := map[any]string{}
	for _, u := range state["users"].([]any) {
		names[u.(object)["id"]] = u.(object)["name"].(string)
	}
	out := []string{}
	for _, n := range state["notifications"].([]any) {
		if n := n.(object); n["ts"] == ts {
			out = append(out, fmt.Sprint(names[n["user"]], " ", n["kind"]))
		}
	}
	slices.Sort(out)
	return out
}

func TestWhoIsPinged(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	dana, lee := s.user("dana"), s.user("lee")
	group := s.must("usergroups.list", nil)["usergroups"].([]any)[0].(object)["id"].(string)
	everyone := func(kind string) string {
		return strings.Join([]string{"dana " + kind, "gus " + kind, "lee " + kind, "morgan " + kind, "xena " + kind}, ",")
	}
	mrkdwn := func(text string, verbatim bool) object {
		return object{"text": "f", "blocks": []any{object{"type": "section", "text": object{"type": "mrkdwn", "text": text, "verbatim": verbatim}}}}
	}
	rich := func(el object) object {
		return object{"text": "f", "blocks": []any{object{"type": "rich_text", "elements": []any{object{"type": "rich_text_section", "elements": []any{el}}}}}}
	}
	plain := func(text string) object {
		return object{"text": "f", "blocks": []any{object{"type": "section", "text": object{"type": "plain_text", "text": text}}}}
	}
	for name, c := range map[string]struct {
		body object
		want string
	}{
		"markup in text":            {object{"text": "<@" + dana + ">"}, "dana mention"},
		"group in text":             {object{"text": "<!subteam^" + group + ">"}, "dana usergroup,lee usergroup"},
		"here in text":              {object{"text": "<!here>"}, everyone("here")},
		"channel in text":           {object{"text": "<!channel>"}, everyone("channel")},
		"everyone in text":          {object{"text": "<!everyone|x>"}, everyone("everyone")},
		"escaped in text":           {object{"text": "&lt;!here&gt; &lt;@" + dana + "&gt;"}, ""},
		"bare words in text":        {object{"text": "@here @dana #general"}, ""},
		"bare words, link_names":    {object{"text": "@here", "link_names": true}, everyone("here")},
		"bare words, parse full":    {object{"text": "@dana.", "parse": "full"}, "dana mention"},
		"bare word in mrkdwn":       {mrkdwn("@here", false), everyone("here")},
		"escaped bare word, mrkdwn": {mrkdwn("&lt;b&gt; @lee", false), "lee mention"},
		"bare word, verbatim":       {mrkdwn("@here @dana", true), ""},
		"markup, verbatim":          {mrkdwn("<!here>", true), everyone("here")},
		"an address is no mention":  {mrkdwn("x@here.example", false), ""},
		"rich_text user":            {rich(object{"type": "user", "user_id": lee}), "lee mention"},
		"rich_text group":           {rich(object{"type": "usergroup", "usergroup_id": group}), "dana usergroup,lee usergroup"},
		"rich_text broadcast":       {rich(object{"type": "broadcast", "range": "channel"}), everyone("channel")},
		"rich_text words":           {rich(object{"type": "text", "text": "@here <!channel> <@" + lee + ">"}), ""},
		"plain_text words":          {plain("@here <!channel> <@" + lee + ">"), ""},
	} {
		c.body["channel"] = "support"
		ts := s.must("chat.postMessage", c.body)["ts"]
		if got := strings.Join(s.pinged(ts), ","); got != c.want {
			t.Errorf("%s pings %q, want %q", name, got, c.want)
		}
	}
}

func TestThreadsDirectMessagesAndEditsPing(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	ch, dana, lee := s.channel("support")["id"], s.user("dana"), s.user("lee")
	root := s.must("chat.postMessage", object{"channel": ch, "text": "root"})["ts"]
	first := s.must("chat.postMessage", object{"channel": ch, "text": "nobody follows yet", "thread_ts": root})["ts"]
	s.control("say", object{"user": "dana", "channel": "support", "thread_ts": root, "text": "I do"})
	second := s.must("chat.postMessage", object{"channel": ch, "text": "<@" + lee + ">", "thread_ts": root})["ts"]
	if got := s.pinged(first); len(got) != 0 {
		t.Errorf("the first reply pings %v", got)
	}
	if got := strings.Join(s.pinged(second), ","); got != "dana thread,lee mention" {
		t.Errorf("the second reply pings %s", got)
	}
	s.must("chat.update", object{"channel": ch, "ts": second, "text": "<@" + lee + "> <@" + dana + ">"})
	if got := strings.Join(s.pinged(second), ","); got != "dana mention,dana thread,lee mention" {
		t.Errorf("after the update: %s", got)
	}
	im := s.must("conversations.open", object{"users": dana})["channel"].(object)["id"]
	if got := strings.Join(s.pinged(s.must("chat.postMessage", object{"channel": im, "text": "psst"})["ts"]), ","); got != "dana dm" {
		t.Errorf("a direct message pings %s", got)
	}
	managers := s.must("chat.postMessage", object{"channel": s.channel("managers")["id"], "text": "<@" + lee + ">"})["ts"]
	if got := s.pinged(managers); len(got) != 0 {
		t.Errorf("somebody outside the channel is pinged: %v", got)
	}
}

func TestStoredText(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	general := s.channel("sales")["id"].(string)
	for _, c := range []struct {
		body object
		want string
	}{
		{object{"text": "see https://x.example/a?b=1."}, "see <https://x.example/a?b=1>."},
		{object{"text": "see https://x.example", "parse": "none"}, "see https://x.example"},
		{object{"text": "<https://x.example|here> & <b>"}, "<https://x.example|here> &amp; &lt;b&gt;"},
		{object{"text": "1 &lt; 2 &amp; 3"}, "1 &lt; 2 &amp; 3"},
		{object{"text": "#sales", "link_names": true}, "<#" + general + "|sales>"},
		{object{"text": "#sales"}, "#sales"},
	} {
		c.body["channel"] = "support"
		if got := s.must("chat.postMessage", c.body)["message"].(object)["text"]; got != c.want {
			t.Errorf("%v is stored as %q, want %q", c.body, got, c.want)
		}
	}
}

func TestLinksUnfurlUnlessToldNotTo(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	w := s.listen(t, nil)
	const link = "look: https://a.example/x"
	off := object{"channel": "support", "text": link, "unfurl_links": false, "unfurl_media": false}
	s.must("chat.postMessage", off)
	s.must("chat.postMessage", object{"channel": "support", "text": link, "parse": "none"})
	s.must("chat.postMessage", object{"channel": "support", "text": "here: http://127.0.0.1:1/x"})
	bot := s.must("chat.postMessage", object{"channel": "support", "text": link})["ts"]
	dana := s.control("say", object{"user": "dana", "channel": "support", "text": "<https://b.example|b>"})["ts"]
	var got []string
	for _, u := range s.get("/sim/v1/state")["unfurls"].([]any) {
		u := u.(object)
		got = append(got, fmt.Sprint(u["ts"], " ", u["url"]))
	}
	if want := fmt.Sprintf("[%v https://a.example/x %v https://b.example]", bot, dana); fmt.Sprint(got) != want {
		t.Errorf("unfurled %v, want %s", got, want)
	}
	eventually(t, "five posts and two changes", func() bool { return len(w.events("message")) == 7 })
	last := payloadOf(w.events("message")[6])["event"].(object)
	after, before := last["message"].(object), last["previous_message"].(object)
	if last["subtype"] != "message_changed" || after["text"] != before["text"] || after["edited"] != nil || len(after["attachments"].([]any)) != 1 {
		t.Errorf("an unfurl is told as %v", last)
	}
}
