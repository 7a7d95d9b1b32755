package widget

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"threadline/bridge"
)

func TestAVisitorRatesTheChat(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "hello")
	w.claim(s)
	w.handle(bridge.AgentResolved{Press: w.press(s), Outcome: bridge.Solved})
	l := w.listen(s.Token, "")
	l.expect(fmt.Sprint("conversation#", w.row(s).Rev))
	rate := func(body string, want int) {
		t.Helper()
		if a := w.call("POST", "/api/v1/rating", s.Token, body); a.status != want {
			t.Fatalf("%s: %d %s", body, a.status, a.body)
		}
	}
	rate(`{"score":2,"comment":" slow <b>\u0000"}`, 200)
	rev := w.row(s).Rev
	rate(`{"score":2,"comment":" slow <b>\u0000"}`, 200)
	if again := w.row(s).Rev; again != rev {
		t.Errorf("said again, it took rev %d", again)
	}
	got, _ := l.expect(fmt.Sprint("conversation#", rev))[0].decoded["rating"].(map[string]any)
	if got["score"] != 2.0 || got["comment"] != "slow <b>" {
		t.Errorf("the other pages hear %v", got)
	}
	rate(`{"score":5,"comment":""}`, 200)
	if c := w.row(s); c.Rating.Score != 5 || c.Rating.Comment != "" || c.Status != bridge.Resolved {
		t.Errorf("kept %+v", c)
	}
	var resumed sessionReply
	w.call("POST", "/api/v1/sessions", s.Token, map[string]any{"site": "default"}).into(t, 201, &resumed)
	if r := resumed.Conversation.Rating; r == nil || r.Score != 5 {
		t.Errorf("a reload shows the rating %+v", r)
	}
	w.say(s, "one more thing")
	a := w.call("GET", "/api/v1/messages", s.Token, nil)
	if !strings.Contains(string(a.body), `"rating":null`) {
		t.Errorf("a new episode begins rated: %s", a.body)
	}
}

func TestAVisitorJudgesAnAnswer(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "do you?")
	w.reply(s, "r1", "We do.")
	w.say(s, "since when?")
	judge := func(seq int, yes bool) int {
		return w.call("POST", "/api/v1/feedback", s.Token, map[string]any{"seq": seq, "helpful": yes}).status
	}
	thumbs := func() string {
		var list struct{ Messages []messageJSON }
		w.call("GET", "/api/v1/messages", s.Token, nil).into(t, 200, &list)
		var out []*bool
		for _, m := range list.Messages {
			out = append(out, m.Helpful)
		}
		b, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if got := thumbs(); got != "[null,null,null]" {
		t.Errorf("before: %s", got)
	}
	l := w.listen(s.Token, "")
	l.expect(fmt.Sprint("conversation#", w.row(s).Rev))
	for _, c := range []struct {
		yes  bool
		want string
	}{{false, "[null,false,null]"}, {false, "[null,false,null]"}, {true, "[null,true,null]"}} {
		if status := judge(2, c.yes); status != 204 {
			t.Fatalf("%v: %d", c.yes, status)
		}
		if got := thumbs(); got != c.want {
			t.Errorf("%v: %s", c.yes, got)
		}
	}
	rev := w.row(s).Rev
	resumed := w.listen(s.Token, "", "Last-Event-ID", fmt.Sprint(rev-1))
	if d := resumed.expect(fmt.Sprint("message_updated#", rev))[0].decoded; d["helpful"] != true || d["text"] != "We do." || d["edited_at"] != nil {
		t.Errorf("another page hears %v", d)
	}
}

func TestABlockedVisitorsOpinionIsRefused(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "do you?")
	w.reply(s, "r1", "We do.")
	w.handle(bridge.AgentBlocked{Press: w.press(s)})
	for path, body := range map[string]string{"rating": `{"score":1}`, "feedback": `{"seq":2,"helpful":false}`} {
		if a := w.call("POST", "/api/v1/"+path, s.Token, body); a.status != 403 || a.code(t) != "blocked" {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}
