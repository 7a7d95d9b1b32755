package slackapp_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/bridge/attachment"
	"threadline/slackapp"
	"threadline/slackapp/slacksim"
)

// picture is a PNG of that width, so that several differ.
func picture(t *testing.T, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 4))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// upload keeps a file of the visitor's.
func (v *visitor) upload(name string, data []byte) bridge.FileID {
	v.r.t.Helper()
	info, err := attachment.Inspect(name, data)
	if err != nil {
		v.r.t.Fatal(err)
	}
	v.n++
	id := bridge.FileID(fmt.Sprintf("file-%s-%d", v.id, v.n))
	err = v.r.store.AddFile(context.Background(), bridge.File{
		Attachment:   bridge.Attachment{ID: id, Name: info.Name, Type: info.Type, Size: int64(len(data)), Width: info.Width, Height: info.Height},
		Conversation: v.id, CreatedAt: time.Now(),
	}, data, bridge.UploadRoom{Files: 10})
	if err != nil {
		v.r.t.Fatal(err)
	}
	return id
}

// send writes a line with files.
func (v *visitor) send(text string, files ...bridge.FileID) {
	v.r.t.Helper()
	v.n++
	got := v.handle(bridge.VisitorWrote{
		Conversation: v.id, Visitor: bridge.VisitorID("v-" + string(v.id[2:])), SiteID: "default",
		ClientID: fmt.Sprint(v.n), Text: text, Files: files,
	})
	if got.Verdict != bridge.Done {
		v.r.t.Fatalf("sent with %q", got.Verdict)
	}
}

// shared are the files in the thread that our bot shared, as the simulator
// shows the messages, oldest first.
func (v *visitor) shared() []sharedMsg {
	v.r.t.Helper()
	var out []sharedMsg
	for _, c := range v.r.get("state")["channels"].([]any) {
		c := remarshal[struct {
			Messages []struct {
				Stamp   string      `json:"ts"`
				Replies []sharedMsg `json:"replies"`
			} `json:"messages"`
		}](v.r.t, c)
		for _, root := range c.Messages {
			if root.Stamp == v.conversation().Thread.Stamp {
				out = append(out, root.Replies...)
			}
		}
	}
	return slices.DeleteFunc(out, func(m sharedMsg) bool { return len(m.Files) == 0 || m.BotID == "" })
}

type sharedMsg struct {
	Stamp string `json:"ts"`
	BotID string `json:"bot_id"`
	Text  string `json:"text"`
	Files []struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		URL  string `json:"url_private"`
	} `json:"files"`
}

// bytesOf reads a file in Slack.
func (r *rig) bytesOf(url string) []byte {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.sim.BotToken())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: %s %v", url, res.Status, err)
	}
	return data
}

func (v *visitor) sharedOnce(name string) sharedMsg {
	v.r.t.Helper()
	var got sharedMsg
	v.r.within(name+" in the thread", func() bool {
		for _, m := range v.shared() {
			if m.Files[0].Name == name {
				got = m
				return true
			}
		}
		return false
	})
	return got
}

// settled waits until nothing of the conversation waits to go out.
func (v *visitor) settled() {
	v.r.t.Helper()
	v.r.within("everything to go out", func() bool {
		n, _, err := v.r.store.Behind(context.Background(), v.id, time.Now())
		return err == nil && n == 0
	})
}

func TestAVisitorsFileStandsBehindItsLine(t *testing.T) {
	r := newRig(t)
	v := r.visitor("ana")
	first, second := picture(t, 3), picture(t, 5)
	v.send("this leaks", v.upload("leak.png", first), v.upload("<!channel>.png", second))
	v.write("what now?")
	line, one, two, after := v.reply("this leaks"), v.sharedOnce("leak.png"), v.sharedOnce("_!channel_.png"), v.reply("what now?")
	if !slices.IsSorted([]string{line.Stamp, one.Stamp, two.Stamp, after.Stamp}) {
		t.Errorf("out of order: line %s, files %s and %s, next line %s", line.Stamp, one.Stamp, two.Stamp, after.Stamp)
	}
	if !strings.Contains(line.Text, "📎 leak.png (1 kB)") || !strings.Contains(line.blocks(), "leak.png") {
		t.Errorf("the line does not name its file: %q", line.Text)
	}
	if !bytes.Equal(r.bytesOf(one.Files[0].URL), first) || !bytes.Equal(r.bytesOf(two.Files[0].URL), second) {
		t.Error("the bytes changed on the way")
	}
	v.settled()
	if n := len(v.shared()); n != 2 {
		t.Errorf("%d files in the thread", n)
	}
	if list := r.get("state")["notifications"].([]any); slices.ContainsFunc(list, func(n any) bool { return n.(object)["kind"] == "channel" }) {
		t.Error("a file's name rang the channel")
	}
}

func TestAFileIsSharedOnceWhateverGoesWrong(t *testing.T) {
	for name, fault := range map[string]object{
		"the share is applied and cut":      {"apply_then_fail": object{"method": "files.completeUploadExternal", "times": 1}},
		"the share is cut":                  {"reset": object{"method": "files.completeUploadExternal", "times": 2}},
		"the share fails with a page":       {"fail": object{"method": "files.completeUploadExternal", "status": 502, "html": true, "times": 2}},
		"the address fails":                 {"error": object{"method": "files.getUploadURLExternal", "error": "internal_error", "times": 1}},
		"the bytes fail":                    {"fail": object{"method": "upload", "status": 503, "times": 1}},
		"the bytes arrive and are cut":      {"apply_then_fail": object{"method": "upload", "times": 1}},
		"the upload has expired":            {"error": object{"method": "files.completeUploadExternal", "error": "file_not_found", "times": 1}},
		"Slack is asked too often":          {"rate_limit": object{"method": "files.completeUploadExternal", "retry_after": 1, "times": 1}},
		"the echo is late":                  {"delay_events_ms": 1500},
		"everything is there twice to hear": {"duplicate_events": 20},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			v := r.visitor("ana")
			v.write("hello")
			v.reply("hello")
			r.post("faults", fault)
			v.send("look", v.upload("leak.png", picture(t, 3)))
			v.write("afterwards")
			v.sharedOnce("leak.png")
			v.reply("afterwards")
			v.settled()
			r.get("wait?idle_ms=100&timeout_ms=5000")
			if n := len(v.shared()); n != 1 {
				t.Errorf("%d copies in the thread\n%s", n, r.show())
			}
		})
	}
}

func TestADeafDeskFindsItsFile(t *testing.T) {
	r := newDeafRig(t)
	v := r.visitor("ana")
	v.send("look", v.upload("leak.png", picture(t, 3)))
	v.sharedOnce("leak.png")
	v.settled()
	if n := len(v.shared()); n != 1 {
		t.Errorf("%d copies in the thread", n)
	}
}

func TestARestartBetweenUploadAndShare(t *testing.T) {
	r := newRig(t)
	v := r.visitor("ana")
	v.write("hello")
	v.reply("hello")
	r.post("faults", object{"hang": object{"method": "files.completeUploadExternal", "times": 1}})
	v.send("look", v.upload("leak.png", picture(t, 3)))
	r.within("the share to begin", func() bool {
		for _, e := range r.get("log")["entries"].([]any) {
			if e.(object)["method"] == "upload" {
				return true
			}
		}
		return false
	})
	r.stop()
	r.post("faults", object{"clear": true})
	if _, err := r.store.Recover(context.Background(), []bridge.Lane{bridge.LanePost}, time.Now()); err != nil {
		t.Fatal(err)
	}
	r.run()
	v.sharedOnce("leak.png")
	v.settled()
	if n := len(v.shared()); n != 1 {
		t.Errorf("%d copies in the thread", n)
	}
}

func TestTheThreadHearsOfAFileItCannotHave(t *testing.T) {
	for code, want := range map[string]string{
		"file_uploads_disabled": "this workspace does not allow it", "missing_scope": "files:write", "storage_limit_reached": "no room left",
	} {
		t.Run(code, func(t *testing.T) {
			r := newRig(t)
			r.post("faults", object{"error": object{"method": "files.getUploadURLExternal", "error": code, "times": 100}})
			v := r.visitor("ana")
			v.send("look", v.upload("leak.png", picture(t, 3)))
			v.write("afterwards")
			v.reply("afterwards")
			var note msg
			r.within("a note", func() bool {
				for _, m := range v.root().Replies {
					if m.Metadata.Type == "threadline_note" && strings.Contains(m.Text, "leak.png (1 kB)") {
						note = m
					}
				}
				return note.Stamp != ""
			})
			if !strings.Contains(note.Text, want) || note.Stamp > v.reply("afterwards").Stamp {
				t.Errorf("note %q at %s", note.Text, note.Stamp)
			}
			v.settled()
		})
	}
}

// held is a chat that dana holds.
func held(r *rig) *visitor {
	v := r.visitor("ana")
	v.write("Do you service heat pumps?")
	v.ask()
	r.click("dana", v.alert().Stamp, "claim")
	v.status(bridge.Assigned)
	return v
}

func shareable(name string, data []byte, more ...object) object {
	f := object{"name": name, "content_base64": base64.StdEncoding.EncodeToString(data)}
	for _, m := range more {
		for k, x := range m {
			f[k] = x
		}
	}
	return f
}

// share lets somebody in Slack write with files.
func (v *visitor) share(who, text string, files ...object) string {
	v.r.t.Helper()
	list := make([]any, len(files))
	for i, f := range files {
		list[i] = f
	}
	out := v.r.post("say", object{"user": who, "channel": "support", "thread_ts": v.root().Stamp, "text": text, "files": list})
	return out["ts"].(string)
}

// line waits for the agent's newest message that fits.
func (v *visitor) line(what string, fits func(bridge.Message) bool) bridge.Message {
	v.r.t.Helper()
	var got bridge.Message
	v.r.within(what, func() bool {
		for _, m := range v.saw(bridge.ByAgent) {
			if fits(m) {
				got = m
				return true
			}
		}
		return false
	})
	return got
}

func (v *visitor) content(id bridge.FileID) []byte {
	v.r.t.Helper()
	var b bytes.Buffer
	if err := v.r.store.ReadFile(context.Background(), id, &b); err != nil {
		v.r.t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnAgentsFileReachesTheVisitorWithItsWords(t *testing.T) {
	r := newRig(t)
	v := held(r)
	plan := picture(t, 7)
	v.share("dana", "the plan", shareable("plan.png", plan), shareable("list.csv", []byte("a,b\n1,2\n")))
	m := v.line("the plan", func(m bridge.Message) bool { return m.Text == "the plan" })
	if len(m.Attachments) != 2 || m.Attachments[0].Name != "plan.png" || m.Attachments[0].Width != 7 || m.Attachments[1].Type != "text/csv" {
		t.Fatalf("with %+v", m.Attachments)
	}
	if !bytes.Equal(v.content(m.Attachments[0].ID), plan) {
		t.Error("the bytes changed on the way")
	}
	alone := v.share("dana", "", shareable("other.png", picture(t, 9)))
	m = v.line("a file alone", func(m bridge.Message) bool { return m.Stamp == alone })
	if m.Text != "" || len(m.Attachments) != 1 {
		t.Errorf("a file alone is %q with %+v", m.Text, m.Attachments)
	}
	hidden := v.share("dana", "by Slack Connect", shareable("far.png", picture(t, 11), object{"file_access": "check_file_info"}))
	m = v.line("a hidden file", func(m bridge.Message) bool { return m.Stamp == hidden })
	if len(m.Attachments) != 1 || m.Attachments[0].Name != "far.png" {
		t.Errorf("by Slack Connect: %+v", m)
	}
}

func TestWordsDoNotWaitForAFile(t *testing.T) {
	for name, fault := range map[string]object{
		"the download fails":        {"fail": object{"method": "download", "status": 500, "html": true, "times": 1}},
		"the download is cut":       {"reset": object{"method": "download", "times": 1}},
		"the download hangs a bit":  {"hang": object{"method": "download", "times": 1}},
		"Slack does not say where":  {"error": object{"method": "files.info", "error": "internal_error", "times": 1}, "reset": object{"method": "download", "times": 1}},
		"the first tries all break": {"reset": object{"method": "download", "times": 3}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			v := held(r)
			r.post("faults", fault)
			ts := v.share("dana", "", shareable("plan.png", picture(t, 7)))
			m := v.line("the line", func(m bridge.Message) bool { return m.Stamp == ts })
			if len(m.Attachments) == 0 && m.Text != "📎 plan.png" {
				t.Errorf("meanwhile the visitor sees %q", m.Text)
			}
			m = v.line("its file", func(m bridge.Message) bool { return m.Stamp == ts && len(m.Attachments) == 1 })
			if m.Text != "" || !bytes.Equal(v.content(m.Attachments[0].ID), picture(t, 7)) {
				t.Errorf("in the end: %+v", m)
			}
		})
	}
}

func TestTheAuthorAloneHearsOfAFileThatDoesNotPass(t *testing.T) {
	r := newRig(t)
	v := held(r)
	bomb := picture(t, 3)
	copy(bomb[16:], []byte{0, 1, 0, 0, 0, 1, 0, 0})
	for name, c := range map[string]struct {
		data []byte
		why  string
	}{
		"setup.exe": {[]byte("MZ\x90\x00\x03"), "files of this kind are not passed on"},
		"huge.txt":  {bytes.Repeat([]byte("a"), attachment.MaxSize+1), "the file is larger than 10 MB"},
		"bomb.png":  {bomb, "the image has too many pixels"},
	} {
		ts := v.share("dana", "with "+name, shareable(name, c.data))
		r.within("a word to the author about "+name, func() bool {
			return slices.ContainsFunc(r.ephemerals(), func(e ephemeral) bool {
				return e.User == r.user("dana") && strings.Contains(e.Text, name) && strings.Contains(e.Text, c.why)
			})
		})
		r.within("a mark on the line with "+name, func() bool {
			for _, m := range v.root().Replies {
				if m.Stamp == ts {
					return slices.ContainsFunc(m.Reactions, func(x struct {
						Name string `json:"name"`
					}) bool {
						return x.Name == "warning"
					})
				}
			}
			return false
		})
		if m := v.line("the words", func(m bridge.Message) bool { return m.Stamp == ts }); m.Text != "with "+name || len(m.Attachments) != 0 {
			t.Errorf("%s: the visitor sees %+v", name, m)
		}
	}
	alone := v.share("dana", "", shareable("setup.exe", []byte("MZ\x90\x00\x03")))
	r.within("a word about a refused file alone", func() bool {
		l, err := r.store.Line(context.Background(), v.conversation().Thread.Channel+":"+alone)
		return err == nil && l.Standing == bridge.Held
	})
	if slices.ContainsFunc(v.saw(bridge.ByAgent), func(m bridge.Message) bool { return m.Stamp == alone }) {
		t.Error("the visitor sees a line that is nothing but a refused file")
	}
}

func TestFilesOfInternalLinesAreNotEvenFetched(t *testing.T) {
	r := newRig(t)
	v := held(r)
	aside := v.share("dana", "! for us", shareable("aside.png", picture(t, 3)))
	colleague := v.share("lee", "from me", shareable("lee.png", picture(t, 5)))
	v.share("gus", "from a guest", shareable("gus.png", picture(t, 5)))
	channel := v.conversation().Thread.Channel
	standing := func(ts string) bridge.Line {
		var l bridge.Line
		r.within("the line to be judged", func() bool {
			var err error
			l, err = r.store.Line(context.Background(), channel+":"+ts)
			return err == nil
		})
		return l
	}
	if l := standing(colleague); l.Standing != bridge.Held || len(l.Files) != 1 {
		t.Fatalf("a colleague's line: %+v", l)
	}
	if _, err := r.store.File(context.Background(), bridge.KeptID(channel+":"+colleague, standing(colleague).Files[0].ID)); !errors.Is(err, bridge.ErrNotFound) {
		t.Errorf("a colleague's file is kept: %v", err)
	}
	standing(aside)
	r.within("the question", func() bool {
		return slices.ContainsFunc(r.ephemerals(), func(e ephemeral) bool { return e.User == r.user("lee") })
	})
	for _, e := range r.ephemerals() {
		if e.User == r.user("lee") {
			r.post("click", object{"user": "lee", "ephemeral_id": e.ID, "action_id": "send_to_visitor"})
		}
	}
	m := v.line("what its author sent", func(m bridge.Message) bool { return m.Stamp == colleague && len(m.Attachments) == 1 })
	if m.Text != "from me" || !bytes.Equal(v.content(m.Attachments[0].ID), picture(t, 5)) {
		t.Errorf("sent: %+v", m)
	}
	for _, m := range v.saw(bridge.ByAgent) {
		if m.Stamp == aside {
			t.Error("an aside leaked")
		}
	}
}

func TestFilesThatGoInSlackGoForTheVisitor(t *testing.T) {
	r := newRig(t)
	v := held(r)
	fileOf := func(ts string) string {
		for _, c := range r.get("state")["channels"].([]any) {
			for _, root := range c.(object)["messages"].([]any) {
				replies, _ := root.(object)["replies"].([]any)
				for _, m := range replies {
					if m := m.(object); m["ts"] == ts {
						return m["files"].([]any)[0].(object)["id"].(string)
					}
				}
			}
		}
		t.Fatalf("no file at %s", ts)
		return ""
	}
	with := v.share("dana", "the plan", shareable("plan.png", picture(t, 7)))
	m := v.line("the plan", func(m bridge.Message) bool { return m.Stamp == with && len(m.Attachments) == 1 })
	id := m.Attachments[0].ID
	r.post("edit", object{"user": "dana", "channel": "support", "ts": with, "text": "the new plan"})
	v.line("the edit", func(m bridge.Message) bool { return m.Text == "the new plan" && len(m.Attachments) == 1 })
	r.post("delete_file", object{"user": "dana", "file": fileOf(with)})
	v.line("the words alone", func(m bridge.Message) bool { return m.Text == "the new plan" && len(m.Attachments) == 0 })
	if f, err := r.store.File(context.Background(), id); err == nil && f.Message != "" {
		t.Errorf("a deleted file is still carried: %+v", f)
	}
	// What happened while nobody listened is found by reading back.
	late := v.share("dana", "another", shareable("other.png", picture(t, 9)))
	v.line("another", func(m bridge.Message) bool { return m.Stamp == late && len(m.Attachments) == 1 })
	r.stop()
	r.post("delete_file", object{"user": "dana", "file": fileOf(late)})
	r.run()
	v.line("another, alone", func(m bridge.Message) bool { return m.Stamp == late && len(m.Attachments) == 0 })
}

func TestAFileWithoutTheScopeIsExplained(t *testing.T) {
	narrow := func(sc *slacksim.Config, _ *slackapp.Config) {
		sc.Manifest = bytes.Replace(sc.Manifest, []byte("      - files:read\n"), nil, 1)
	}
	r := newRig(t, narrow)
	v := held(r)
	ts := v.share("dana", "the plan", shareable("plan.png", picture(t, 7)))
	if m := v.line("the words", func(m bridge.Message) bool { return m.Stamp == ts }); m.Text != "the plan" || len(m.Attachments) != 0 {
		t.Errorf("got %+v", m)
	}
	r.within("the reason to be kept", func() bool {
		due, ok, err := r.store.NextDue(context.Background(), bridge.LaneFile)
		return err == nil && ok && due.After(time.Now())
	})
}
