package main_test

import (
	"slices"
	"strings"
	"testing"

	"threadline/bridge/assistant/openaitest"
	"threadline/storage/storagetest"
)

// ephemeralsOf are what only that person reads, oldest first.
func (s *simulated) ephemeralsOf(user string) []ephemeral {
	s.t.Helper()
	id := s.user(user)
	return slices.DeleteFunc(s.state().Ephemerals, func(e ephemeral) bool { return e.User != id })
}

// suggested waits for a reply that is suggested to somebody after those that
// are known.
func (s *simulated) suggested(user string, known ...ephemeral) ephemeral {
	s.t.Helper()
	var found ephemeral
	until(s.t, "a suggestion to "+user, func() bool {
		for _, e := range s.ephemeralsOf(user) {
			old := slices.ContainsFunc(known, func(k ephemeral) bool { return k.ID == e.ID })
			if !old && strings.Contains(e.Text, "suggested reply") {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

// An agent gets a reply suggested and the chat summed up, in private: with the
// built-in answerer and with a model. The visitor reads a suggestion only if
// the agent sends it, as it is or in other words.
func TestCopilot(t *testing.T) {
	model := openaitest.New()
	t.Cleanup(model.Close)
	model.Always(func(s *openaitest.Stream) {
		if len(s.Request.Tools) == 0 {
			openaitest.Text(`{"issue":"Wants to know what duct cleaning costs.","open_question":"How long is the warranty?","tried":["Named the price."]}`)(s)
			return
		}
		openaitest.FromPassages()(s)
	})
	for name, with := range map[string][]string{
		"built in": nil,
		"a model":  {"OPENAI_BASE_URL=" + model.URL(), "OPENAI_API_KEY=key", "OPENAI_MODEL=test"},
	} {
		t.Run(name, func(t *testing.T) {
			sim, env := workspace(t)
			p := launch(t, binary(t, ""), append(append(env, "DATABASE_URL="+storagetest.SQLite(t)), with...), "serve")
			v := newVisitor(t, p.lines["site"])
			v.say("How much is duct cleaning?")
			settledTurn(t, v)
			v.say("I want to talk to a human")
			until(t, "a person to be asked for", func() bool { return v.status() == "queued" })
			var alert slackPost
			until(t, "the alert", func() (ok bool) { alert, ok = sim.alert(v.id); return ok })

			// Anybody may read what it is about; nobody speaks in it yet.
			sim.click("lee", alert.TS, "summarize")
			until(t, "the brief for Lee", func() bool {
				return slices.ContainsFunc(sim.ephemeralsOf("lee"), func(e ephemeral) bool {
					return strings.Contains(e.Text, "This chat in short") && strings.Contains(e.Text, "duct cleaning") && e.ThreadTS != ""
				})
			})
			if with != nil && !strings.Contains(sim.ephemeralsOf("lee")[0].Text, "Wants to know what duct cleaning costs.") {
				t.Errorf("the model's summary is not shown: %q", sim.ephemeralsOf("lee")[0].Text)
			}
			sim.click("dana", alert.TS, "claim")
			until(t, "the claim", func() bool { return v.status() == "assigned" })
			v.say("How long is the warranty?")
			until(t, "the button", func() bool {
				alert, _ = sim.alert(v.id)
				return strings.Contains(string(alert.Blocks), `"suggest_reply"`)
			})
			if said := sim.click("lee", alert.TS, "suggest_reply").told(); !strings.Contains(said, "Dana") {
				t.Errorf("a colleague was answered %s", said)
			}
			if said := sim.click("gus", alert.TS, "summarize").told(); !strings.Contains(said, "Guests") {
				t.Errorf("a guest was answered %s", said)
			}
			assistants := len(v.said("assistant"))

			sim.click("dana", alert.TS, "suggest_reply")
			first := sim.suggested("dana")
			if !strings.Contains(strings.ToLower(first.Text), "warranty") || !strings.Contains(first.Text, "Source:") {
				t.Errorf("the suggestion is %q", first.Text)
			}
			if got := v.said("agent"); len(got) > 0 {
				t.Fatalf("the visitor reads %q before anybody sent it", got)
			}
			send := func(e ephemeral, action string) pressed {
				return sim.post("click", map[string]any{"user": "dana", "ephemeral_id": e.ID, "action_id": action})
			}
			send(first, "send_to_visitor")
			v.heard("agent", "arranty")
			if said := send(first, "send_to_visitor").told(); !strings.Contains(said, "already") {
				t.Errorf("sent twice: %s", said)
			}
			until(t, "the thread to show what was sent", func() bool {
				root, _ := sim.thread(v.id)
				return slices.ContainsFunc(root.Replies, func(r slackPost) bool {
					return r.Metadata.EventType == "threadline_lines" && strings.Contains(r.Text, "Dana") && strings.Contains(r.Text, "arranty")
				})
			})

			v.say("Do you service heat pumps in 60614?")
			sim.click("dana", alert.TS, "suggest_reply")
			second := sim.suggested("dana", first)
			form := send(second, "edit_suggestion")
			if form.ViewID == "" {
				t.Fatalf("Edit opened no form: %s", form.told())
			}
			if wrong := sim.post("submit", map[string]any{"user": "dana", "view_id": form.ViewID, "values": map[string]any{
				"reply": map[string]string{"reply": "We do, <b>every</b> day."},
			}}); len(wrong.Errors) > 0 {
				t.Fatalf("the form was refused: %v", wrong.Errors)
			}
			v.heard("agent", "We do, <b>every</b> day.")

			// What she leaves is never sent, nor by her once the chat is not hers.
			v.say("And how much is duct cleaning?")
			sim.click("dana", alert.TS, "suggest_reply")
			third := sim.suggested("dana", first, second)
			sim.click("dana", alert.TS, "release")
			until(t, "the release", func() bool { return v.status() == "queued" })
			if said := send(third, "send_to_visitor").told(); !strings.Contains(said, "Claim") {
				t.Errorf("a draft of a chat that was given back: %s", said)
			}
			if got := v.said("agent"); len(got) != 2 {
				t.Errorf("the visitor reads %q of agents", got)
			}
			if n := len(v.said("assistant")); n != assistants {
				t.Errorf("the assistant said %d lines to the visitor after the claim", n-assistants)
			}
		})
	}
	if p := model.Problems(); len(p) > 0 {
		t.Error(p)
	}
}
