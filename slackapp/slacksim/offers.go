package slacksim

import (
	"net/http"
	"slices"
)

// Methods lists every Web API method that is served, sorted.
func (s *Server) Methods() []string { return sortedKeys(s.methods) }

// Events lists every subscription whose events can be sent, sorted.
func (s *Server) Events() []string {
	return []string{"app_home_opened", "app_mention", "app_uninstalled", "channel_archive", "channel_id_changed", "channel_left",
		"channel_rename", "channel_unarchive", "group_archive", "group_left", "group_rename", "group_unarchive", "member_joined_channel", "message.channels",
		"message.groups", "message.im", "reaction_added", "reaction_removed", "tokens_revoked"}
}

// Interactions lists the kinds of interactive payloads and commands that can be sent, sorted.
func (s *Server) Interactions() []string {
	list := []string{"slash_commands", "block_actions", "block_suggestion", "message_action", "view_submission", "view_closed"}
	slices.Sort(list)
	return list
}

// serveOffers tells what there is to judge.
func (s *Server) serveOffers(w http.ResponseWriter, _ *http.Request) {
	sendJSON(w, http.StatusOK, object{"methods": s.Methods(), "events": s.Events(), "interactions": s.Interactions()})
}
