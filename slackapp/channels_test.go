package slackapp_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"threadline/slackapp"
	"threadline/slackapp/slacksim"
)

func (r *rig) check(name string) slackapp.Check {
	r.t.Helper()
	for _, c := range r.desk.Check(r.t.Context()) {
		if c.Name == name {
			return c
		}
	}
	r.t.Fatalf("no check %s", name)
	return slackapp.Check{}
}

func (r *rig) homeOf(who string) string {
	r.t.Helper()
	r.post("home", object{"user": who})
	return fmt.Sprint(r.get("state")["homes"])
}

func TestAnArchivedChannelKeepsItsLines(t *testing.T) {
	r := newRig(t, brisk)
	v, w := r.visitor("wim"), r.visitor("xia")
	v.write("before")
	v.reply("before")
	w.write("before")
	w.reply("before")
	r.post("faults", object{"archive": "#support"})
	var want []string
	for i := range 4 {
		want = append(want, fmt.Sprint("during ", i))
		v.write(want[i])
		w.write(want[i])
	}
	r.within("the doctor tells why", func() bool {
		c := r.check("slack deliveries")
		return c.Level == slackapp.LevelWarn && strings.Contains(c.Detail, "archived") && strings.Contains(c.Mend, "Unarchive")
	})
	r.within("so does App Home", func() bool {
		home := r.homeOf("morgan")
		return strings.Contains(home, "The channel is archived.") && strings.Contains(home, "Unarchive it in Slack")
	})
	r.within("it shows in the status", func() bool { return r.desk.Status() == "refused" })
	r.post("faults", object{"clear": true})
	for _, x := range []*visitor{v, w} {
		r.within("everything goes out", func() bool { return len(x.mirrored()) == 5 })
		if got := strings.Join(x.mirrored(), ","); got != "before,"+strings.Join(want, ",") {
			t.Errorf("mirrored %s", got)
		}
	}
	r.onceEach()
	r.quiet()
	if c := r.check("slack deliveries"); c.Level != slackapp.LevelOK {
		t.Errorf("afterwards: %+v", c)
	}
	r.within("the status is mended", func() bool { return r.desk.Status() == "connected" })
}

func TestARestrictedChannelKeepsItsLines(t *testing.T) {
	r := newRig(t, brisk)
	v := r.visitor("yan")
	v.write("before")
	v.reply("before")
	r.post("faults", object{"error": object{"method": "chat.postMessage", "error": "restricted_action_read_only_channel", "times": 3}})
	v.write("one")
	v.write("two")
	r.within("both are mirrored", func() bool { return len(v.mirrored()) == 3 })
	if got := strings.Join(v.mirrored(), ","); got != "before,one,two" {
		t.Errorf("mirrored %s", got)
	}
	if n := len(r.calls("chat.postMessage")); n > 8 {
		t.Errorf("asked %d times", n)
	}
}

// mover stands before the simulator and, once told, shows one channel under
// another id.
type mover struct {
	to       string
	from     atomic.Value // string: the channel's id, once it has moved
	upstream string
}

func (m *mover) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	from, _ := m.from.Load().(string)
	if from != "" && bytes.Contains(body, []byte(from)) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"ok":false,"error":"channel_not_found"}`)
		return
	}
	if from != "" {
		body = bytes.ReplaceAll(body, []byte(m.to), []byte(from))
	}
	req, err := http.NewRequestWithContext(r.Context(), r.Method, m.upstream+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	req.Header = r.Header.Clone()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = res.Body.Close() }()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	if from != "" {
		out = bytes.ReplaceAll(out, []byte(from), []byte(m.to))
	}
	for k, v := range res.Header {
		if k != "Content-Length" {
			w.Header()[k] = v
		}
	}
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(out)
}

func TestAChannelUnderAnotherIDIsFollowed(t *testing.T) {
	const present = "C0MOVED999"
	m := &mover{to: present}
	front := httptest.NewServer(m)
	t.Cleanup(front.Close)
	r := newRig(t)
	m.upstream = r.sim.URL()
	r.stop()
	r.config.APIURL = front.URL + "/api/"
	r.run()
	v := r.visitor("zoe")
	v.held("dana")
	v.write("before")
	v.reply("before")
	// The channel moves while it is not known whether a post has arrived.
	r.post("faults", object{"apply_then_fail": object{"method": "chat.postMessage", "times": 1}})
	v.write("unknown")
	r.within("the post stands", func() bool { return len(v.mirrored()) == 2 })
	m.from.Store(v.conversation().Thread.Channel)
	v.write("after")
	v.reply("after")
	r.within("the card is drawn under it too", func() bool {
		r.click("dana", v.root().Stamp, "release")
		return strings.Contains(v.root().Text, "Waiting for a person")
	})
	v.write("and on")
	v.reply("and on")
	if got := strings.Join(v.mirrored(), ","); got != "before,unknown,after,and on" {
		t.Errorf("mirrored %s", got)
	}
	r.onceEach()
	// It is known after a restart, and new chats begin there.
	r.stop()
	refused := len(r.calls("chat.postMessage"))
	r.run()
	v.write("restarted")
	v.reply("restarted")
	n := r.visitor("new")
	n.write("hello")
	n.reply("hello")
	if got := n.conversation().Thread.Channel; got != v.conversation().Thread.Channel {
		t.Errorf("a new chat is kept under %s", got)
	}
	if n := len(r.calls("chat.postMessage")) - refused; n > 6 {
		t.Errorf("%d posts after the restart", n)
	}
}

func TestAMissingChannelReadsAsRefused(t *testing.T) {
	r := newRig(t, func(_ *slacksim.Config, c *slackapp.Config) { c.Channel = "front-desk" })
	r.within("the refusal shows", func() bool { return r.desk.Status() == "refused" })
	if c := r.check("slack channel"); c.Level != slackapp.LevelFail {
		t.Errorf("the doctor says %+v", c)
	}
	v := r.visitor("bo")
	v.write("hello")
	r.post("channels", object{"name": "front-desk", "members": []string{"dana"}})
	r.within("the mending shows", func() bool { return r.desk.Status() == "connected" })
	r.within("the chat has its thread", func() bool { return !v.conversation().Thread.IsZero() })
}
