package slackapp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"threadline/slackapp/slacksim/simtest"
)

// post lets somebody do something, or sets the simulator. The reply to an act
// that is answered in private has under "later" how to hear the answer.
func (r *rig) post(path string, body object) object {
	r.t.Helper()
	out := object{}
	if user, known := body["user"].(string); known && simtest.Answers(path) {
		heard, err := r.workspace().Listening(r.t.Context(), user)
		if err != nil {
			r.t.Fatal(err)
		}
		out["later"] = heard
	}
	if err := r.workspace().Do(r.t.Context(), path, body, &out); err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *rig) workspace() simtest.Workspace { return simtest.Workspace(r.sim.URL()) }

// answers are the private answers to an act; it waits for one unless the act
// opened a view.
func (r *rig) answers(out object) []ephemeral {
	r.t.Helper()
	got := remarshal[[]ephemeral](r.t, out["ephemerals"])
	if id, _ := out["view_id"].(string); len(got) > 0 || id != "" {
		return got
	}
	heard := out["later"].(func(context.Context) ([]simtest.Ephemeral, error))
	r.within("an act is answered", func() bool {
		fresh, err := heard(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		got = remarshal[[]ephemeral](r.t, fresh)
		return len(got) > 0
	})
	return got
}

// told is what answers an act, in private.
func (r *rig) told(out object) string {
	r.t.Helper()
	var b strings.Builder
	for _, e := range r.answers(out) {
		b.WriteString(e.Text + "\n")
	}
	return b.String()
}

func (r *rig) get(path string) object {
	r.t.Helper()
	out := object{}
	if err := r.workspace().Get(r.t.Context(), path, &out); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// msg is a message as the simulator shows it.
type msg struct {
	Stamp    string `json:"ts"`
	Thread   string `json:"thread_ts"`
	User     string `json:"user"`
	Text     string `json:"text"`
	Subtype  string `json:"subtype"`
	Blocks   []any  `json:"blocks"`
	Metadata struct {
		Type    string `json:"event_type"`
		Payload object `json:"event_payload"`
	} `json:"metadata"`
	Reactions []struct {
		Name string `json:"name"`
	} `json:"reactions"`
	Replies []msg `json:"replies"`
}

func (m msg) delivery() string { s, _ := m.Metadata.Payload["delivery"].(string); return s }

func (m msg) blocks() string {
	b, _ := json.Marshal(m.Blocks)
	return string(b)
}

// buttons are the action ids that the message carries, with their values.
func (m msg) buttons() map[string]string {
	out := map[string]string{}
	for _, b := range m.Blocks {
		list, _ := b.(object)["elements"].([]any)
		for _, e := range list {
			if e, ok := e.(object); ok && e["type"] == "button" {
				out[e["action_id"].(string)], _ = e["value"].(string)
			}
		}
	}
	return out
}

type ephemeral struct {
	ID     string `json:"id"`
	User   string `json:"user"`
	Thread string `json:"thread_ts"`
	Text   string `json:"text"`
	Blocks []any  `json:"blocks"`
}

func remarshal[T any](t *testing.T, v any) T {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out T
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// roots are the top-level messages of #support, oldest first.
func (r *rig) roots() []msg {
	r.t.Helper()
	for _, c := range r.get("state")["channels"].([]any) {
		if c := c.(object); c["name"] == "support" {
			return remarshal[[]msg](r.t, c["messages"])
		}
	}
	r.t.Fatal("no #support")
	return nil
}

func (r *rig) ephemerals() []ephemeral {
	r.t.Helper()
	return remarshal[[]ephemeral](r.t, r.get("state")["ephemerals"])
}

func (r *rig) user(name string) string {
	r.t.Helper()
	for _, u := range r.get("state")["users"].([]any) {
		if u := u.(object); u["name"] == name {
			return u["id"].(string)
		}
	}
	r.t.Fatalf("no %s", name)
	return ""
}

func (r *rig) show() string {
	var b strings.Builder
	for _, m := range r.roots() {
		fmt.Fprintf(&b, "%s %s %s\n", m.Stamp, m.Metadata.Type, m.Text)
		for _, x := range m.Replies {
			fmt.Fprintf(&b, "  %s %s %s\n", x.Stamp, x.Metadata.Type, x.Text)
		}
	}
	for _, e := range r.ephemerals() {
		fmt.Fprintf(&b, "only %s: %s\n", e.User, e.Text)
	}
	return b.String()
}

func (r *rig) click(who, stamp, action string) object {
	r.t.Helper()
	return r.post("click", object{"user": who, "channel": "support", "message_ts": stamp, "action_id": action})
}
