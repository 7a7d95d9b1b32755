package slacksim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"threadline/slackapp/slacksim"
)

// sample reads the shape of one reply, event or payload of the real Slack.
func sample(t *testing.T, name string) any {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "shapes", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// compare says how got departs from the shape: a field the real Slack does not have, or one of
// another JSON type. Null is allowed anywhere; what is passed through is not looked into.
func compare(path string, got, want any) []string {
	if got == nil || want == nil || want == "pruned" {
		return nil
	}
	var out []string
	switch g := got.(type) {
	case object:
		w, ok := want.(object)
		if !ok {
			return []string{fmt.Sprintf("%s is an object, in Slack %T", path, want)}
		}
		if len(w) == 0 {
			return nil
		}
		for k, v := range g {
			if passedThrough(k) || unrecorded(path+"."+k) {
				continue
			}
			x, ok := w[k]
			if strings.HasSuffix(path, ".shares.public") || strings.HasSuffix(path, ".shares.private") {
				x, ok = w["C03E94MKU"] // keyed by channel
			}
			if !ok {
				out = append(out, path+"."+k+" is unknown to Slack")
				continue
			}
			out = append(out, compare(path+"."+k, v, x)...)
		}
	case []any:
		w, ok := want.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s is a list, in Slack %T", path, want)}
		}
		for i, v := range g {
			if len(w) > 0 {
				out = append(out, compare(fmt.Sprintf("%s[%d]", path, i), v, w[0])...)
			}
		}
	default:
		if fmt.Sprintf("%T", got) != fmt.Sprintf("%T", want) {
			out = append(out, fmt.Sprintf("%s is %T, in Slack %T", path, got, want))
		}
	}
	return out
}

// passedThrough names fields whose content is the application's, and the few that Slack's
// documentation has (Slack Connect: user_team, source_team) where the samples lack them.
func passedThrough(k string) bool {
	switch k {
	case "blocks", "metadata", "state", "warning", "response_metadata", "user_team", "source_team", "response_urls":
		return true
	}
	return false
}

// unrecorded are fields that the samples happen to lack in one reply and have in its like: the
// messages recorded there were no thread broadcasts, not a person's, no application's, or roots
// under another name.
func unrecorded(path string) bool {
	for _, p := range []string{".root.user", "conversations.replies.messages[1].root", "conversations.replies.messages[1].subtype",
		"conversations.replies.messages[2].client_msg_id",
		"message.event.app_id", "thread_broadcast.event.app_id", "thread_broadcast.event.bot_id", "thread_broadcast.event.bot_profile"} {
		if strings.HasSuffix(path, p) {
			return true
		}
	}
	return false
}

func checkShape(t *testing.T, what, name string, got any, require ...string) {
	t.Helper()
	for _, p := range compare(what, got, sample(t, name)) {
		t.Error(p)
	}
	o, _ := got.(object)
	for _, k := range require {
		if _, ok := o[k]; !ok {
			t.Errorf("%s lacks %s: %v", what, k, got)
		}
	}
}

func button(id, value string) object {
	return object{"type": "button", "action_id": id, "value": value, "text": object{"type": "plain_text", "text": id}}
}

func actions(elements ...any) []any {
	return []any{object{"type": "actions", "block_id": "acts", "elements": elements}}
}

func modal(notify bool) object {
	plain := func(t string) object { return object{"type": "plain_text", "text": t} }
	return object{"type": "modal", "callback_id": "resolve_modal", "title": plain("Resolve"), "submit": plain("OK"),
		"close": plain("Cancel"), "notify_on_close": notify, "private_metadata": "x", "blocks": []any{
			object{"type": "input", "block_id": "outcome", "label": plain("Outcome"), "element": object{
				"type": "static_select", "action_id": "outcome", "options": []any{
					object{"text": plain("Solved"), "value": "solved"}, object{"text": plain("Lost"), "value": "lost"}}}},
			object{"type": "input", "block_id": "note", "optional": true, "label": plain("Note"),
				"element": object{"type": "plain_text_input", "action_id": "note", "multiline": true}}}}
}

func TestRepliesHaveSlacksShapes(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	ch := s.channel("support")["id"].(string)
	dana := s.user("dana")
	checkShape(t, "auth.test", "auth.test", s.must("auth.test", nil), "url", "team", "user", "team_id", "user_id", "bot_id")
	root := s.must("chat.postMessage", object{"channel": ch, "text": "root", "metadata": object{"event_type": "x", "event_payload": object{"id": "1"}}})
	checkShape(t, "chat.postMessage", "chat.postMessage", root, "channel", "ts", "message")
	ts := root["ts"].(string)
	own := root["message"].(object)
	for _, k := range []string{"type", "text", "user", "ts", "bot_id", "app_id", "bot_profile", "team", "blocks"} {
		if own[k] == nil {
			t.Errorf("our own post lacks %s: %v", k, own)
		}
	}
	checkShape(t, "customised", "chat.postMessage", s.must("chat.postMessage", object{"channel": ch, "text": "x", "username": "Vi", "icon_emoji": ":wave:"}))
	checkShape(t, "broadcast", "chat.postMessage", s.must("chat.postMessage",
		object{"channel": ch, "thread_ts": ts, "reply_broadcast": true, "blocks": actions(button("claim", "h1")), "text": "alert"}))
	s.control("say", object{"user": "dana", "channel": "support", "thread_ts": ts, "text": "mine"})
	s.control("say", object{"user": "xena", "channel": "support", "text": "look", "files": []any{object{"name": "a.txt", "content_base64": "aGk="}}})
	checkShape(t, "chat.update", "chat.update", s.must("chat.update", object{"channel": ch, "ts": ts, "text": "root 2"}), "channel", "ts", "text", "message")
	checkShape(t, "reactions.add", "reactions.add", s.must("reactions.add", object{"channel": ch, "timestamp": ts, "name": "eyes"}))
	for _, m := range []string{"conversations.history", "conversations.replies"} {
		out := s.must(m, object{"channel": ch, "ts": ts, "include_all_metadata": true})
		checkShape(t, m, m, out, "messages", "has_more")
	}
	got := s.must("reactions.get", object{"channel": ch, "timestamp": ts})
	history := sample(t, "conversations.history").(object)["messages"].([]any)[0]
	for _, p := range compare("reactions.get.message", got["message"], history) {
		t.Error(p)
	}
	delete(got, "message")
	checkShape(t, "reactions.get", "reactions.get", got, "type", "channel")
	checkShape(t, "reactions.remove", "reactions.remove", s.must("reactions.remove", object{"channel": ch, "timestamp": ts, "name": "eyes"}))
	checkShape(t, "postEphemeral", "chat.postEphemeral", s.must("chat.postEphemeral", object{"channel": ch, "user": dana, "text": "psst"}), "message_ts")
	checkShape(t, "getPermalink", "chat.getPermalink", s.must("chat.getPermalink", object{"channel": ch, "message_ts": ts}), "permalink")
	checkShape(t, "delete", "chat.delete", s.must("chat.delete", object{"channel": ch, "ts": s.must("chat.postMessage", object{"channel": ch, "text": "x"})["ts"]}), "channel", "ts")
	for m, body := range map[string]object{
		"conversations.info": {"channel": ch, "include_num_members": true}, "conversations.list": {"types": "public_channel,im"},
		"conversations.members": {"channel": ch}, "conversations.join": {"channel": ch}, "conversations.open": {"users": dana},
		"users.conversations": {}, "users.info": {"user": dana}, "users.lookupByEmail": {"email": "dana@hartwell-home.example"},
		"usergroups.list": {"include_users": true}, "bots.info": {"bot": own["bot_id"]}, "team.info": {},
		"assistant.threads.setStatus": {"channel_id": ch, "thread_ts": ts, "status": "thinking"},
		"views.publish":               {"user_id": dana, "view": object{"type": "home", "blocks": actions(button("b", "1"))}},
	} {
		checkShape(t, m, m, s.must(m, body))
	}
	list := s.must("users.list", nil)
	for _, u := range list["members"].([]any) {
		checkShape(t, "users.list.members", "users.info", object{"user": u})
	}
	list["members"] = nil
	checkShape(t, "users.list", "users.list", list, "members", "cache_ts")
	group := s.must("usergroups.list", nil)["usergroups"].([]any)[0].(object)
	checkShape(t, "usergroups.users.list", "usergroups.users.list", s.must("usergroups.users.list", object{"usergroup": group["id"]}), "users")
	shared := s.must("conversations.history", object{"channel": ch})["messages"].([]any)
	for _, m := range shared {
		if files, ok := m.(object)["files"].([]any); ok {
			checkShape(t, "files.info", "files.info", s.must("files.info", object{"file": files[0].(object)["id"]}), "file")
		}
	}
	_, open := s.do(http.MethodPost, s.APIURL()+"apps.connections.open", s.AppToken(), nil)
	checkShape(t, "apps.connections.open", "apps.connections.open", open, "url")
}

func TestEventsHaveSlacksShapes(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	raw := s.listen(t, func(env object) any { return nil })
	ch := s.channel("support")["id"].(string)
	bot := s.must("auth.test", nil)["user_id"].(string)
	root := s.must("chat.postMessage", object{"channel": ch, "text": "root", "metadata": object{"event_type": "x", "event_payload": object{"id": "1"}}})["ts"]
	s.must("chat.postMessage", object{"channel": ch, "text": "custom", "username": "Vi"})
	s.must("chat.postMessage", object{"channel": ch, "text": "alert", "thread_ts": root, "reply_broadcast": true})
	ts := s.control("say", object{"user": "dana", "channel": "support", "text": "hi <@" + bot + ">", "thread_ts": root})["ts"]
	s.control("edit", object{"user": "dana", "channel": "support", "ts": ts, "text": "hi again"})
	s.control("react", object{"user": "lee", "channel": "support", "ts": ts, "emoji": ":eyes:"})
	s.control("unreact", object{"user": "lee", "channel": "support", "ts": ts, "emoji": "eyes"})
	s.control("delete", object{"user": "dana", "channel": "support", "ts": ts})
	s.control("say", object{"user": "xena", "channel": "support", "text": "look", "files": []any{object{"name": "a.txt", "content_base64": "aGk="}}})
	s.control("home", object{"user": "dana"})
	s.control("faults", object{"archive": "#sales", "kick": "#managers"})
	s.control("faults", object{"clear": true})
	s.control("rename", object{"channel": "#sales", "name": "deals"})
	s.control("change_id", object{"channel": "#managers"})
	s.control("faults", object{"uninstall": true})
	want := map[string]string{
		"message": "MessagePayload", "message.bot_message": "MessageBotPayload", "message.thread_broadcast": "MessageThreadBroadcastPayload",
		"message.message_changed": "MessageChangedPayload", "message.message_deleted": "MessageDeletedPayload",
		"message.file_share": "MessageFileSharePayload", "app_mention": "AppMentionPayload", "reaction_added": "ReactionAddedPayload",
		"reaction_removed": "ReactionRemovedPayload", "app_home_opened": "AppHomeOpenedPayload", "channel_archive": "ChannelArchivePayload",
		"channel_unarchive": "ChannelUnarchivePayload", "channel_left": "ChannelLeftPayload", "member_joined_channel": "MemberJoinedChannelPayload",
		"tokens_revoked": "TokensRevokedPayload", "app_uninstalled": "AppUninstalledPayload", "channel_rename": "ChannelRenamePayload",
		"channel_id_changed": "ChannelIdChangedPayload",
	}
	seen := map[string]bool{}
	eventually(t, "every kind of event", func() bool {
		for _, env := range raw.all() {
			ev := env["payload"].(object)["event"].(object)
			name := ev["type"].(string)
			if st, ok := ev["subtype"].(string); ok {
				name += "." + st
			}
			seen[name] = true
		}
		return len(seen) >= len(want)
	})
	for _, env := range raw.all() {
		payload := env["payload"].(object)
		ev := payload["event"].(object)
		name := ev["type"].(string)
		if st, ok := ev["subtype"].(string); ok {
			name += "." + st
		}
		if want[name] == "" {
			t.Errorf("an event nobody listed: %s", name)
			continue
		}
		checkShape(t, name, want[name], payload, "event_id", "event_time", "team_id", "api_app_id", "authorizations")
		for k, typ := range map[string]any{"envelope_id": "", "type": "", "retry_attempt": 1.0, "retry_reason": "", "accepts_response_payload": false} {
			if fmt.Sprintf("%T", env[k]) != fmt.Sprintf("%T", typ) {
				t.Errorf("the envelope's %s is %T", k, env[k])
			}
		}
	}
}

func TestInteractionsHaveSlacksShapes(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	ch := s.channel("support")["id"].(string)
	raw := s.listen(t, func(env object) any {
		p, _ := env["payload"].(object)
		if p["type"] == "block_actions" && p["trigger_id"] != nil {
			out := s.api("views.open", object{"trigger_id": p["trigger_id"], "view": modal(true)})
			checkShape(t, "views.open", "views.open", out, "view")
		}
		if env["type"] == "slash_commands" {
			return object{"text": "ok"}
		}
		return nil
	})
	ts := s.must("chat.postMessage", object{"channel": ch, "text": "x", "blocks": actions(button("claim", "h1"))})["ts"]
	view := s.control("click", object{"user": "dana", "channel": "support", "message_ts": ts, "action_id": "claim"})["view_id"]
	s.control("submit", object{"user": "dana", "view_id": view, "values": object{"outcome": object{"outcome": "solved"}, "note": object{"note": "done"}}})
	view = s.control("click", object{"user": "lee", "channel": "support", "message_ts": ts, "action_id": "claim"})["view_id"]
	s.control("close", object{"user": "lee", "view_id": view})
	s.control("command", object{"user": "dana", "channel": "support", "command": "/handoff", "text": "status"})
	s.control("shortcut", object{"user": "dana", "channel": "support", "message_ts": ts, "callback_id": "withdraw"})
	want := map[string]string{"block_actions": "BlockActionPayload", "view_submission": "ViewSubmissionPayload", "view_closed": "ViewClosedPayload",
		"message_action": "MessageShortcutPayload", "slash_commands": "SlashCommandPayload"}
	seen := map[string]bool{}
	for _, env := range raw.all() {
		if env["type"] == "events_api" {
			continue
		}
		p := env["payload"].(object)
		name, _ := p["type"].(string)
		if env["type"] == "slash_commands" {
			name = "slash_commands"
			delete(p, "is_enterprise_install") // a boolean in the sample, the string "false" on the wire
		}
		seen[name] = true
		checkShape(t, name, want[name], p)
	}
	if len(seen) != len(want) {
		t.Errorf("seen %v", seen)
	}
}
