package widget

import (
	"context"
	"errors"
	"net/http"
	"time"

	"threadline/bridge"
)

// readyTimeout is how long the database may take to prove that it answers.
const readyTimeout = 2 * time.Second

func (h *Handler) healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, struct {
		Status string `json:"status"`
	}{"ok"})
}

// readyz is ready while the database answers; how Slack and the assistant are
// doing is told but never decides it, since visitors do not wait for them.
func (h *Handler) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	status, state, database := http.StatusOK, "ready", "ok"
	if _, err := h.store.Site(ctx, bridge.DefaultSite().ID); err != nil && !errors.Is(err, bridge.ErrNotFound) {
		status, state, database = http.StatusServiceUnavailable, "unavailable", "unavailable"
		h.log.Warn("database does not answer", "error", err)
		w.Header().Set("Retry-After", "2")
	}
	now := h.ready()
	writeJSON(w, status, struct {
		Status    string `json:"status"`
		Database  string `json:"database"`
		Slack     string `json:"slack"`
		Assistant string `json:"assistant"`
		// Lag is in seconds.
		Lag float64 `json:"lag"`
	}{state, database, now.Slack, now.Assistant, now.Lag.Seconds()})
}
