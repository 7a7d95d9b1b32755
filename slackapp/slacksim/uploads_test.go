package slacksim_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"threadline/slackapp/slacksim"
)

// send posts the bytes of an upload and returns the status.
func (s *sim) send(url, body string) int {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, url, bytes.NewReader([]byte(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		s.t.Error(err)
	}
	return res.StatusCode
}

// withFile is the newest message of a thread that carries the file.
func (s *sim) withFile(ch, root, id string) object {
	s.t.Helper()
	var got object
	eventually(s.t, "the file in its thread", func() bool {
		for _, m := range s.must("conversations.replies", object{"channel": ch, "ts": root})["messages"].([]any) {
			files, _ := m.(object)["files"].([]any)
			if len(files) > 0 && files[0].(object)["id"] == id {
				got = m.(object)
			}
		}
		return got != nil
	})
	return got
}

func TestAFinishedUploadOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, slacksim.Config{Seed: 1, Dir: dir})
	ch := s.channel("support")["id"].(string)
	root := s.must("chat.postMessage", object{"channel": ch, "text": "root"})["ts"].(string)
	half := s.must("files.getUploadURLExternal", object{"filename": "half.txt", "length": 4})
	up := s.must("files.getUploadURLExternal", object{"filename": "a.txt", "length": 5})
	if got := s.send(up["upload_url"].(string), "hello"); got != 200 {
		t.Fatal(got)
	}
	s.must("files.completeUploadExternal", object{"files": []any{object{"id": up["file_id"]}}, "channel_id": ch, "thread_ts": root})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, slacksim.Config{Seed: 1, Dir: dir})
	m := s.withFile(ch, root, up["file_id"].(string))
	if m["subtype"] != "file_share" || m["user"] != s.must("auth.test", nil)["user_id"] {
		t.Errorf("got %v", m)
	}
	if got := s.send(s.URL()+half["upload_url"].(string)[strings.Index(half["upload_url"].(string), "/upload/"):], "late"); got != 200 {
		t.Errorf("an unfinished upload after the restart: %d", got)
	}
}

func TestUploadsGoWrongOnRequest(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	up := s.must("files.getUploadURLExternal", object{"filename": "a.txt", "length": 5})
	url := up["upload_url"].(string)
	s.control("faults", object{"fail": object{"method": "upload", "status": 503, "times": 1}})
	for _, want := range []int{503, 200} {
		if got := s.send(url, "hello"); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
	s.control("faults", object{"archive": "#support"})
	out := s.api("files.completeUploadExternal", object{"files": []any{object{"id": up["file_id"]}}, "channel_id": s.channel("support")["id"]})
	if out["error"] != "posting_to_channel_denied" {
		t.Errorf("into an archived channel: %v", out)
	}
	calls := 0
	for _, e := range s.get("/sim/v1/log")["entries"].([]any) {
		if e.(object)["method"] == "upload" {
			calls++
		}
	}
	if calls != 2 {
		t.Errorf("%d uploads are in the log", calls)
	}
}

func TestADeletedFileLeavesItsMessages(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	ch := s.channel("support")["id"].(string)
	w := s.listen(t, nil)
	share := func(text string) (string, string) {
		ts := s.control("say", object{"user": "dana", "channel": "support", "text": text, "files": []any{object{"name": "a.txt", "content_base64": "aGk="}}})["ts"].(string)
		m := s.must("conversations.history", object{"channel": ch, "oldest": ts, "inclusive": true})["messages"].([]any)[0].(object)
		return ts, m["files"].([]any)[0].(object)["id"].(string)
	}
	_, alone := share("")
	ts, with := share("with words")
	s.control("delete_file", object{"user": "dana", "file": alone})
	s.control("delete_file", object{"user": "dana", "file": with})
	left := s.must("conversations.history", object{"channel": ch})["messages"].([]any)
	if len(left) != 1 || left[0].(object)["ts"] != ts || left[0].(object)["files"].([]any)[0].(object)["mode"] != "tombstone" {
		t.Errorf("left: %v", left)
	}
	told := func(subtype string) object {
		for _, e := range w.events("message") {
			if ev := payloadOf(e)["event"].(object); ev["subtype"] == subtype {
				return ev
			}
		}
		return nil
	}
	eventually(t, "both events", func() bool { return told("message_deleted") != nil && told("message_changed") != nil })
	ev := told("message_changed")
	before := ev["previous_message"].(object)["files"].([]any)[0].(object)
	if before["mode"] != "hosted" || ev["message"].(object)["edited"] != nil {
		t.Errorf("the event: %v", ev)
	}
}

func TestAFileOfSlackConnectMustBeAskedFor(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	w := s.listen(t, nil)
	s.control("say", object{"user": "dana", "channel": "support", "text": "", "files": []any{
		object{"name": "a.txt", "content_base64": "aGk=", "file_access": "check_file_info"}}})
	eventually(t, "the event", func() bool { return len(w.events("message")) == 1 })
	f := payloadOf(w.events("message")[0])["event"].(object)["files"].([]any)[0].(object)
	if f["file_access"] != "check_file_info" || f["url_private"] != nil || f["name"] != nil {
		t.Errorf("the event tells %v", f)
	}
	if got := s.must("files.info", object{"file": f["id"]})["file"].(object); got["name"] != "a.txt" || got["url_private"] == nil {
		t.Errorf("files.info tells %v", got)
	}
}
