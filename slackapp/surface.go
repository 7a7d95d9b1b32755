package slackapp

// Scopes are the bot scopes that the code needs, each with the methods, events
// and features that need it.
func Scopes() map[string][]string {
	return map[string][]string{
		"channels:history": {"conversations.history", "conversations.replies", "message.channels"},
		"channels:join":    {"conversations.join"},
		"channels:read":    {"conversations.list", "conversations.info", "conversations.members", "channel_id_changed"},
		"chat:write":       {"chat.postMessage", "chat.update", "chat.postEphemeral", "assistant.threads.setStatus"},
		"commands":         {"slash_commands", "shortcuts"},
		"files:read":       {"files.info"},
		"files:write":      {"files.getUploadURLExternal", "files.completeUploadExternal"},
		"groups:history":   {"conversations.history", "conversations.replies", "message.groups"},
		"groups:read":      {"conversations.list", "conversations.info", "conversations.members", "channel_id_changed"},
		"reactions:read":   {"reaction_added"},
		"reactions:write":  {"reactions.add", "reactions.remove"},
		"usergroups:read":  {"usergroups.users.list"},
		"users:read":       {"users.info", "users.list"},
	}
}

// scopeless are the methods and events that we use and that need no scope.
func scopeless() []string {
	return []string{
		"apps.connections.open", "auth.test", "views.open", "views.publish", "views.update",
		"app_home_opened", "app_uninstalled", "tokens_revoked",
	}
}

// eventKinds are the inner events that we handle, each with the names under
// which an app subscribes to them.
func eventKinds() map[string][]string {
	return map[string][]string{
		"message":            {"message.channels", "message.groups"},
		"reaction_added":     {"reaction_added"},
		"app_home_opened":    {"app_home_opened"},
		"channel_id_changed": {"channel_id_changed"},
		"tokens_revoked":     {"tokens_revoked"},
		"app_uninstalled":    {"app_uninstalled"},
	}
}
