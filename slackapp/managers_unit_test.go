package slackapp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"threadline/bridge"
)

// TestEveryAdminManages: an alert calls ten of them, the owner first, and all
// may do what managers do.
func TestEveryAdminManages(t *testing.T) {
	slack := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/users.list" {
			http.NotFound(w, r)
			return
		}
		var members []map[string]any
		for i := range 12 {
			members = append(members, map[string]any{"id": fmt.Sprintf("UADMIN%02d", i), "is_admin": true})
		}
		members = append(members,
			map[string]any{"id": "UMEMBER"}, map[string]any{"id": "ULEFT", "is_admin": true, "deleted": true},
			map[string]any{"id": "UBOT", "is_admin": true, "is_bot": true},
			map[string]any{"id": "UOWNER", "is_admin": true, "is_owner": true, "is_primary_owner": true})
		if err := json.NewEncoder(w).Encode(map[string]any{"ok": true, "members": members}); err != nil {
			t.Error(err)
		}
	}))
	defer slack.Close()
	d := NewDesk(Config{APIURL: slack.URL + "/", BotToken: "xoxb-test", Clock: nowhere{}}, nil)
	for id, want := range map[bridge.AgentID]bool{"UADMIN00": true, "UADMIN11": true, "UOWNER": true, "UMEMBER": false, "ULEFT": false, "UBOT": false} {
		if got, err := d.manages(t.Context(), id); err != nil || got != want {
			t.Errorf("%s manages: %v, %v", id, got, err)
		}
	}
	call, err := d.whomToCall(t.Context(), 1)
	if err != nil || len(call) != maxManagers || !slices.Contains(call, "UOWNER") {
		t.Errorf("an alert calls %v, %v", call, err)
	}
}
