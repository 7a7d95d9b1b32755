package slacksim_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"threadline/slackapp/slacksim"
)

const narrowManifest = `
display_information: {name: Narrow}
features:
  bot_user: {display_name: Narrow}
  slash_commands:
    - {command: /handoff, description: x, should_escape: true}
  shortcuts:
    - {name: Withdraw, type: message, callback_id: withdraw, description: x}
oauth_config: {scopes: {bot: ["chat:write", "channels:history"]}}
settings:
  event_subscriptions: {bot_events: ["reaction_added"]}
  interactivity: {is_enabled: true}
  socket_mode_enabled: true
`

// raw sends a body as it is and says what came.
func (s *sim) raw(method, token, contentType, body string) (int, object) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.APIURL()+method, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, parse(s.t, raw)
}

func TestTheOrderOfChecks(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1, Manifest: []byte(narrowManifest)})
	const form, json = "application/x-www-form-urlencoded", "application/json; charset=utf-8"
	bot, app := s.BotToken(), s.AppToken()
	for _, c := range []struct{ name, method, token, kind, body, want string }{
		{"unknown method before all", "no.such", "", json, "{", "unknown_method"},
		{"body before token", "chat.postMessage", "", json, "{", "invalid_json"},
		{"a list is no body", "chat.postMessage", bot, json, "[]", "json_not_object"},
		{"type of body", "chat.postMessage", bot, "text/csv", "a,b", "invalid_post_type"},
		{"token present", "chat.postMessage", "", form, "", "not_authed"},
		{"token not in JSON", "chat.postMessage", "", json, `{"token":"` + bot + `"}`, "not_authed"},
		{"token valid", "chat.postMessage", "xoxb-no", form, "", "invalid_auth"},
		{"kind of token", "chat.postMessage", app, form, "", "not_allowed_token_type"},
		{"kind of token, other way", "apps.connections.open", bot, form, "", "not_allowed_token_type"},
		{"app token not in the form", "apps.connections.open", "", form, "token=" + app, "not_authed"},
		{"scope before arguments", "reactions.add", bot, form, "", "missing_scope"},
		{"scope of a customised name", "chat.postMessage", bot, form, "channel=x&text=y&username=z", "missing_scope"},
		{"arguments before channel", "chat.postMessage", bot, form, "text=x", "invalid_arguments"},
		{"text before channel", "chat.postMessage", bot, form, "channel=C0NONE", "no_text"},
		{"channel before blocks", "chat.postMessage", bot, form, "channel=C0NONE&text=x&blocks=x", "channel_not_found"},
		{"blocks that are no JSON", "chat.postMessage", bot, form, "channel=support&text=x&blocks=x", "invalid_blocks_format"},
		{"blocks that are no blocks", "chat.postMessage", bot, form, `channel=support&blocks=[{"type":"hat"}]`, "invalid_blocks"},
		{"thread", "chat.postMessage", bot, form, "channel=support&text=x&thread_ts=1.2", "thread_not_found"},
	} {
		if status, out := s.raw(c.method, c.token, c.kind, c.body); out["error"] != c.want || status != http.StatusOK {
			t.Errorf("%s: %d %v, want %s", c.name, status, out, c.want)
		}
	}
	_, out := s.raw("reactions.add", bot, form, "")
	if out["needed"] != "reactions:write" || out["provided"] != "chat:write,channels:history" {
		t.Errorf("missing_scope says %v", out)
	}
}

func TestBodiesOfEveryKind(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	bot := s.BotToken()
	var buf bytes.Buffer
	mp := multipart.NewWriter(&buf)
	for k, v := range map[string]string{"token": bot, "channel": "support", "text": "hi"} {
		if err := mp.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := mp.Close(); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"token": {bot}, "channel": {"support"}, "text": {"hi"}}.Encode()
	for name, c := range map[string]struct{ token, kind, body string }{
		"form, token in it":    {"", "application/x-www-form-urlencoded", form},
		"multipart":            {"", mp.FormDataContentType(), buf.String()},
		"JSON":                 {bot, "application/json; charset=utf-8", `{"channel":"support","text":"hi"}`},
		"JSON without charset": {bot, "application/json", `{"channel":"support","text":"hi"}`},
	} {
		_, out := s.raw("chat.postMessage", c.token, c.kind, c.body)
		if out["ok"] != true {
			t.Errorf("%s: %v", name, out)
		}
		if want := name == "JSON without charset"; (out["warning"] == "missing_charset") != want {
			t.Errorf("%s: warning %v", name, out["warning"])
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.APIURL()+"auth.test", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+bot)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.Header.Get("X-Oauth-Scopes") == "" || res.Header.Get("X-Slack-Req-Id") == "" {
		t.Errorf("headers %v", res.Header)
	}
}

func TestTextLimits(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	ch := s.channel("support")["id"]
	out := s.must("chat.postMessage", object{"channel": ch, "text": strings.Repeat("é", 40001)})
	if out["warning"] != "message_truncated" || len([]rune(out["message"].(object)["text"].(string))) != 40000 {
		t.Errorf("a post of 40,001: warning %v", out["warning"])
	}
	ts := s.must("chat.postMessage", object{"channel": ch, "text": "x"})["ts"]
	if out := s.api("chat.update", object{"channel": ch, "ts": ts, "text": strings.Repeat("é", 4001)}); out["error"] != "msg_too_long" {
		t.Errorf("an update of 4,001: %v", out["error"])
	}
	s.must("chat.update", object{"channel": ch, "ts": ts, "text": strings.Repeat("é", 4000)})
	many := make([]any, 101)
	for i := range many {
		many[i] = object{"text": "a"}
	}
	for name, c := range map[string]struct {
		body object
		want string
	}{
		"attachments":            {object{"attachments": many}, "too_many_attachments"},
		"markdown with text":     {object{"text": "x", "markdown_text": "y"}, "markdown_text_conflict"},
		"metadata of no object":  {object{"text": "x", "metadata": []any{}}, "invalid_metadata_format"},
		"metadata without type":  {object{"text": "x", "metadata": object{"event_payload": object{}}}, "invalid_metadata_schema"},
		"metadata too large":     {object{"text": "x", "metadata": object{"event_type": "x", "event_payload": object{"a": strings.Repeat("x", 9000)}}}, "metadata_too_large"},
		"markdown blocks at all": {object{"blocks": []any{object{"type": "markdown", "text": strings.Repeat("x", 12001)}}}, "invalid_blocks"},
	} {
		c.body["channel"] = ch
		if out := s.api("chat.postMessage", c.body); out["error"] != c.want {
			t.Errorf("%s: %v, want %s", name, out["error"], c.want)
		}
	}
}

func TestThreads(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	ch := s.channel("support")["id"].(string)
	root := s.must("chat.postMessage", object{"channel": ch, "text": "root"})["ts"].(string)
	var all []string
	for i := range 7 {
		all = append(all, s.must("chat.postMessage", object{"channel": ch, "thread_ts": root, "text": fmt.Sprint(i), "reply_broadcast": i == 6})["ts"].(string))
	}
	dana := s.control("say", object{"user": "dana", "channel": "support", "thread_ts": root, "text": "me"})["ts"].(string)
	all = append(all, dana)

	var got []string
	cursor := any("")
	for {
		out := s.must("conversations.replies", object{"channel": ch, "ts": root, "limit": 3, "cursor": cursor})
		for _, m := range out["messages"].([]any) {
			if m.(object)["ts"] != root {
				got = append(got, m.(object)["ts"].(string))
			}
		}
		if out["has_more"] == false {
			break
		}
		cursor = out["response_metadata"].(object)["next_cursor"]
	}
	if strings.Join(got, " ") != strings.Join(all, " ") {
		t.Errorf("pages give %v, want %v", got, all)
	}
	texts := func(body object) string {
		body["channel"], body["ts"] = ch, root
		var out []string
		for _, m := range s.must("conversations.replies", body)["messages"].([]any)[1:] {
			out = append(out, m.(object)["text"].(string))
		}
		return strings.Join(out, "")
	}
	for want, body := range map[string]object{"3456me": {"oldest": all[2]}, "23456me": {"oldest": all[2], "inclusive": true},
		"01": {"latest": all[2]}, "012": {"latest": all[2], "inclusive": true}, "34": {"oldest": all[2], "latest": all[5]}} {
		if got := texts(body); got != want {
			t.Errorf("%v gives %s, want %s", body, got, want)
		}
	}
	history := s.must("conversations.history", object{"channel": ch})["messages"].([]any)
	if len(history) != 2 {
		t.Fatalf("history holds %d, want the root and the broadcast", len(history))
	}
	broadcast, parent := history[0].(object), history[1].(object)
	if broadcast["subtype"] != "thread_broadcast" || broadcast["root"].(object)["ts"] != root {
		t.Errorf("the broadcast: %v", broadcast)
	}
	if parent["reply_count"] != 8.0 || parent["latest_reply"] != dana || parent["reply_users_count"] != 2.0 {
		t.Errorf("the parent: %v", parent)
	}
	for name, c := range map[string]struct {
		method string
		body   object
		want   string
	}{
		"a reply is no parent": {"chat.postMessage", object{"channel": ch, "text": "x", "thread_ts": all[0]}, "cannot_reply_to_message"},
		"no such thread":       {"conversations.replies", object{"channel": ch, "ts": "1700000000.000001"}, "thread_not_found"},
		"a bad cursor":         {"conversations.replies", object{"channel": ch, "ts": root, "cursor": "?"}, "invalid_cursor"},
		"not ours to change":   {"chat.update", object{"channel": ch, "ts": dana, "text": "x"}, "cant_update_message"},
		"not ours to delete":   {"chat.delete", object{"channel": ch, "ts": dana}, "cant_delete_message"},
		"nothing to change":    {"chat.update", object{"channel": ch, "ts": "1700000000.000001", "text": "x"}, "message_not_found"},
	} {
		if out := s.api(c.method, c.body); out["error"] != c.want {
			t.Errorf("%s: %v, want %s", name, out["error"], c.want)
		}
	}
	s.must("chat.delete", object{"channel": ch, "ts": root})
	if m := s.must("conversations.replies", object{"channel": ch, "ts": root})["messages"].([]any)[0].(object); m["subtype"] != "tombstone" {
		t.Errorf("a deleted parent with replies: %v", m)
	}
}

func TestChannelsOneMayAct(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	public := s.control("channels", object{"name": "lobby", "members": []any{"dana"}})["id"]
	private := s.control("channels", object{"name": "vault", "private": true, "members": []any{"dana"}})["id"]
	for want, body := range map[string]object{"not_in_channel": {"channel": public, "text": "x"}, "channel_not_found": {"channel": private, "text": "x"}} {
		if out := s.api("chat.postMessage", body); out["error"] != want {
			t.Errorf("%v, want %s", out["error"], want)
		}
	}
	if out := s.api("conversations.join", object{"channel": private}); out["error"] != "channel_not_found" {
		t.Errorf("joining an unseen private channel: %v", out)
	}
	w := s.listen(t, nil)
	s.control("say", object{"user": "dana", "channel": "lobby", "text": "unheard"})
	s.must("conversations.join", object{"channel": public})
	s.control("say", object{"user": "dana", "channel": "lobby", "text": "heard"})
	eventually(t, "a line after joining", func() bool { return len(w.events("message")) > 0 })
	if got := payloadOf(w.events("message")[0])["event"].(object)["text"]; got != "heard" {
		t.Errorf("a line from before joining came: %v", got)
	}
	ts := s.must("chat.postMessage", object{"channel": public, "text": "x"})["ts"]
	s.control("faults", object{"archive": "#lobby"})
	if out := s.api("chat.postMessage", object{"channel": public, "text": "x"}); out["error"] != "is_archived" {
		t.Errorf("posting in an archive: %v", out["error"])
	}
	if out := s.api("chat.update", object{"channel": public, "ts": ts, "text": "x"}); out["error"] != "is_inactive" {
		t.Errorf("updating in an archive: %v", out["error"])
	}
	s.control("faults", object{"clear": true, "kick": "#sales"})
	if out := s.api("chat.postMessage", object{"channel": "sales", "text": "x"}); out["error"] != "not_in_channel" {
		t.Errorf("posting after a kick: %v", out["error"])
	}
	s.control("faults", object{"clear": true})
	s.must("chat.postMessage", object{"channel": "sales", "text": "x"})
}

func TestUpdatesAndEchoes(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	w := s.listen(t, nil)
	ch := s.channel("support")["id"]
	meta := object{"event_type": "threadline_thread", "event_payload": object{"conversation_id": "c1"}}
	ts := s.must("chat.postMessage", object{"channel": ch, "text": "one", "metadata": meta})["ts"]
	s.must("chat.update", object{"channel": ch, "ts": ts, "text": "two"})
	s.must("chat.update", object{"channel": ch, "ts": ts, "text": "two"})
	eventually(t, "the post and one change", func() bool { return len(w.events("message")) == 2 })
	post := payloadOf(w.events("message")[0])["event"].(object)
	if post["metadata"].(object)["event_payload"].(object)["conversation_id"] != "c1" || post["bot_id"] == nil {
		t.Errorf("our own echo: %v", post)
	}
	change := payloadOf(w.events("message")[1])["event"].(object)
	after, before := change["message"].(object), change["previous_message"].(object)
	if change["subtype"] != "message_changed" || after["text"] != "two" || before["text"] != "one" || after["edited"] == nil || after["ts"] != ts {
		t.Errorf("the change: %v", change)
	}
	get := func(all bool) object {
		return s.must("conversations.history", object{"channel": ch, "include_all_metadata": all})["messages"].([]any)[0].(object)
	}
	if get(false)["metadata"] != nil || get(true)["metadata"] == nil {
		t.Error("metadata comes with include_all_metadata alone")
	}
	for i, want := range []any{nil, "already_reacted"} {
		if out := s.api("reactions.add", object{"channel": ch, "timestamp": ts, "name": "eyes"}); out["error"] != want {
			t.Errorf("reaction %d: %v", i, out["error"])
		}
	}
	_ = s.must("chat.postEphemeral", object{"channel": ch, "user": s.user("dana"), "text": "psst"})
	if n := len(s.must("conversations.history", object{"channel": ch})["messages"].([]any)); n != 1 {
		t.Errorf("an ephemeral is in the history: %d", n)
	}
	if out := s.api("chat.postEphemeral", object{"channel": s.channel("managers")["id"], "user": s.user("gus"), "text": "x"}); out["error"] != "user_not_in_channel" {
		t.Errorf("an ephemeral for an outsider: %v", out)
	}
}

func TestTheManifestDecides(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1, Manifest: []byte(narrowManifest)})
	w := s.listen(t, nil)
	ts := s.control("say", object{"user": "dana", "channel": "support", "text": "hi"})["ts"]
	s.control("react", object{"user": "lee", "channel": "support", "ts": ts, "emoji": "eyes"})
	eventually(t, "the reaction arrives", func() bool { return len(w.events("reaction_added")) == 1 })
	if len(w.events("message")) != 0 {
		t.Error("an event nobody subscribed to came")
	}
	for want, body := range map[string]object{
		"unknown_command":        {"user": "dana", "channel": "support", "command": "/other"},
		"not_for_external_users": {"user": "xena", "channel": "support", "command": "/handoff"},
		"not_in_threads":         {"user": "dana", "channel": "support", "command": "/handoff", "thread_ts": ts},
		"":                       {"user": "dana", "channel": "support", "command": "/handoff", "text": "ask @lee"},
	} {
		if out := s.control("command", body); out["error"] != want {
			t.Errorf("%v: %v", body, out)
		}
	}
	lee := s.user("lee")
	if p := payloadOf(w.all()[len(w.all())-1]); p["text"] != "ask <@"+lee+">" {
		t.Errorf("should_escape gives %v", p["text"])
	}
	if out := s.control("shortcut", object{"user": "dana", "channel": "support", "message_ts": ts, "callback_id": "other"}); out["error"] != "unknown_shortcut" {
		t.Errorf("an unknown shortcut: %v", out)
	}
	if out := s.control("shortcut", object{"user": "xena", "channel": "support", "message_ts": ts, "callback_id": "withdraw"}); out["error"] != "not_for_external_users" {
		t.Errorf("an outsider's shortcut: %v", out)
	}
	if _, err := slacksim.Start(t.Context(), slacksim.Config{Manifest: []byte("settings: {socket_mode_enabled: false}")}); err == nil {
		t.Error("a manifest without Socket Mode was taken")
	}
}
