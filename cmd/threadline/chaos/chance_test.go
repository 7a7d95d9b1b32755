package chaos_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// oneInTwenty is the name of everyday trouble, which is asked for by its name:
// no storm, but a Slack that is a little unwell for as long as the run lasts.
const oneInTwenty = "one in twenty"

// chancy has one in twenty calls that post or redraw go wrong, in five ways, one
// in twenty lines come twice and one in twenty acknowledgements of lines get
// lost, and every connection end after a minute, until faults are cleared.
func (w *world) chancy() misfortune {
	return misfortune{oneInTwenty, func(ctx context.Context) (bool, error) {
		if !w.struck[oneInTwenty] {
			lines := map[string]any{"method": "message", "probability": 0.05}
			all := []map[string]any{{"refresh_every_ms": 60_000, "duplicate_events": lines, "drop_acks": lines}}
			for _, method := range []string{"chat.postMessage", "chat.update"} {
				a := map[string]any{"method": method, "probability": 0.01}
				all = append(all, map[string]any{"hang": a, "reset": a, "error": a, "apply_then_fail": a,
					"fail": map[string]any{"method": method, "probability": 0.01, "status": 503, "html": true}})
			}
			for _, f := range all {
				if err := w.slack.fault(f); err != nil {
					return false, err
				}
			}
		}
		pause(ctx, 5*beat)
		return true, nil
	}}
}

// trouble tells what went wrong by order, and among how much.
func (w *world) trouble() string {
	var reply struct {
		Entries []struct{ Kind, Method, Error string }
	}
	call("GET", w.slack.url+"/sim/v1/log?after=0", "", nil, &reply, patience)
	seen := map[string]int{}
	for _, e := range reply.Entries {
		switch {
		case e.Kind == "call" && strings.HasPrefix(e.Method, "chat."), e.Kind == "envelope" || e.Kind == "ack" || e.Kind == "socket":
			seen[strings.TrimSpace(e.Kind+" "+e.Method+" "+e.Error)]++
		}
	}
	var out []string
	for what, n := range seen {
		out = append(out, fmt.Sprintf("  %6d %s\n", n, what))
	}
	slices.Sort(out)
	return strings.Join(out, "")
}
