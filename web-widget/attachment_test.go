package widget

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/bridge/attachment"
)

// form is a multipart body with one file.
func form(t *testing.T, field, name string, data []byte) (string, string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	if err := m.WriteField("note", "ignored"); err != nil {
		t.Fatal(err)
	}
	part, err := m.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), m.FormDataContentType()
}

func (w *world) upload(token, name string, data []byte) answer {
	w.Helper()
	body, kind := form(w.T, "file", name, data)
	return w.call("POST", "/api/v1/attachments", token, body, "Content-Type", kind)
}

// uploaded is a file that must be taken.
func (w *world) uploaded(s sessionReply, name string, data []byte) attachmentJSON {
	w.Helper()
	var got attachmentReply
	w.upload(s.Token, name, data).into(w.T, http.StatusCreated, &got)
	return got.Attachment
}

// fetch asks for a file by its address.
func (w *world) fetch(address string, headers ...string) answer {
	w.Helper()
	path, ok := strings.CutPrefix(address, w.url)
	if !ok {
		w.Fatalf("%s is not ours", address)
	}
	return w.call("GET", path, "", nil, headers...)
}

func carrying(id, text string, files ...string) map[string]any {
	return map[string]any{"client_id": id, "text": text, "attachment_ids": files}
}

func TestAnUploadTravelsWithAMessage(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	var raw map[string]map[string]any
	w.upload(s.Token, "the leak.png", photo(t)).into(t, 201, &raw)
	wantKeys(t, "attachment", raw["attachment"], "id", "name", "type", "size", "url", "width", "height")
	got := raw["attachment"]
	if got["name"] != "the leak.png" || got["type"] != "image/png" || got["size"] != float64(len(photo(t))) || got["width"] != 8.0 {
		t.Errorf("got %v", got)
	}
	id := got["id"].(string)
	var m, again messageReply
	w.call("POST", "/api/v1/messages", s.Token, carrying("c1", "", id)).into(t, 201, &m)
	w.call("POST", "/api/v1/messages", s.Token, carrying("c1", "", id)).into(t, 200, &again)
	if len(m.Message.Attachments) != 1 || m.Message.Attachments[0].ID != id || m.Message.Attachments[0].URL != got["url"] || again.Message.ID != m.Message.ID {
		t.Errorf("message %+v then %+v", m.Message, again.Message)
	}
	var page messagesReply
	w.call("GET", "/api/v1/messages", s.Token, nil).into(t, 200, &page)
	if len(page.Messages) == 0 || len(page.Messages[0].Attachments) != 1 {
		t.Errorf("messages %+v", page.Messages)
	}
	if a := w.call("POST", "/api/v1/messages", s.Token, carrying("c1", "")); a.status != 422 {
		t.Errorf("without it: %d", a.status)
	}
	second := w.uploaded(s, "b.txt", []byte("hello"))
	if a := w.call("POST", "/api/v1/messages", s.Token, carrying("c1", "", second.ID)); a.status != 409 || a.code(t) != "client_id_conflict" {
		t.Errorf("the same client_id with another file: %d %s", a.status, a.body)
	}
	w.call("POST", "/api/v1/messages", s.Token, carrying("c2", "look", second.ID)).into(t, 201, &m)
	for format, want := range map[string]string{"txt": "look\n📎 b.txt (1 kB)", "html": "look<br>📎 b.txt (1 kB)"} {
		if a := w.call("GET", "/api/v1/transcript?format="+format, s.Token, nil); !strings.Contains(string(a.body), want) || !strings.Contains(string(a.body), "📎 the leak.png") {
			t.Errorf("%s: %s", format, a.body)
		}
	}
}

func TestAFileIsServedInertAndOnlyByItsWholeAddress(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	for _, c := range []struct {
		name, kind, disposition string
		data                    []byte
	}{
		{"a.png", "image/png", `inline; filename=a.png`, photo(t)},
		{"Größe <b>.html", "text/plain; charset=utf-8", "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%20_b_.html.txt", []byte("just words")},
		{"plan.pdf", "application/pdf", `attachment; filename=plan.pdf`, []byte("%PDF-1.4 <script>")},
	} {
		f := w.uploaded(s, c.name, c.data)
		a := w.fetch(f.URL)
		if a.status != 200 || !bytes.Equal(a.body, c.data) {
			t.Fatalf("%s: %d %q", c.name, a.status, a.body)
		}
		if a.head.Get("Content-Type") != c.kind || a.head.Get("Content-Disposition") != c.disposition {
			t.Errorf("%s: %q, %q", c.name, a.head.Get("Content-Type"), a.head.Get("Content-Disposition"))
		}
		for key, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache", "Content-Length": fmt.Sprint(len(c.data))} {
			if a.head.Get(key) != want {
				t.Errorf("%s: %s is %q", c.name, key, a.head.Get(key))
			}
		}
		if csp := a.head.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "sandbox") {
			t.Errorf("%s: policy %q", c.name, csp)
		}
		if a := w.fetch(f.URL, "If-None-Match", a.head.Get("ETag")); a.status != 304 || len(a.body) > 0 {
			t.Errorf("%s again: %d", c.name, a.status)
		}
		parts := strings.Split(f.URL, "/")
		parts[len(parts)-2] = strings.Repeat("0", len(parts[len(parts)-2]))
		if a := w.fetch(strings.Join(parts, "/")); a.status != 404 {
			t.Errorf("%s under a guessed address: %d", c.name, a.status)
		}
		for i := range parts[:len(parts)-3] {
			if strings.Contains(parts[i], s.ConversationID) || strings.Contains(f.URL, s.Token) {
				t.Errorf("the address tells %s", f.URL)
			}
		}
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	bomb := photo(t)
	binary.BigEndian.PutUint32(bomb[16:], 50_000)
	binary.BigEndian.PutUint32(bomb[20:], 50_000)
	for name, c := range map[string]struct {
		data   []byte
		status int
		code   string
	}{
		"a program":       {[]byte("MZ\x90\x00\x03"), 415, "unsupported_file"},
		"a page":          {[]byte("<html><script>alert(1)</script>"), 415, "unsupported_file"},
		"an image bomb":   {bomb, 413, "image_too_large"},
		"half a picture":  {photo(t)[:20], 415, "damaged_file"},
		"nothing":         {nil, 422, "empty_file"},
		"a byte too many": {bytes.Repeat([]byte("a"), attachment.MaxSize+1), 413, "file_too_large"},
	} {
		if a := w.upload(s.Token, "innocent.png", c.data); a.status != c.status || a.code(t) != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := w.upload(s.Token, "all.txt", bytes.Repeat([]byte("a"), attachment.MaxSize)); a.status != 201 {
		t.Errorf("the largest file: %d %s", a.status, a.body)
	}
	body, kind := form(t, "file", "a.png", photo(t))
	other, otherKind := form(t, "picture", "a.png", photo(t))
	for name, c := range map[string]struct {
		token, body, kind string
		status            int
		code              string
	}{
		"no token":      {"", body, kind, 401, "invalid_token"},
		"forged token":  {"v1.e30.AAAA", body, kind, 401, "invalid_token"},
		"no form":       {s.Token, `{"file":"a"}`, "application/json", 415, "unsupported_media_type"},
		"cut short":     {s.Token, body[:len(body)-90], kind, 400, "unreadable_body"},
		"another field": {s.Token, other, otherKind, 422, "missing_file"},
		"no fields":     {s.Token, "--b--\r\n", "multipart/form-data; boundary=b", 422, "missing_file"},
	} {
		if a := w.call("POST", "/api/v1/attachments", c.token, c.body, "Content-Type", c.kind); a.status != c.status || a.code(t) != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

// endless is a body of that many bytes which nobody holds in memory.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	clear(p[:n])
	e.left -= n
	return n, nil
}

func TestAHugeBodyIsRefusedWithoutKeepingIt(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	const size = 20 << 20
	head := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n"
	var before, after runtime.MemStats
	for _, declared := range []bool{true, false} {
		body := io.MultiReader(strings.NewReader(head), &endless{size}, strings.NewReader("\r\n--b--\r\n"))
		req, err := http.NewRequestWithContext(t.Context(), "POST", w.url+"/api/v1/attachments", body)
		if err != nil {
			t.Fatal(err)
		}
		if declared {
			req.ContentLength = int64(len(head)) + size + 9
		}
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		req.Header.Set("Authorization", "Bearer "+s.Token)
		runtime.ReadMemStats(&before)
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatalf("declared %v: %v", declared, err)
		}
		got, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		runtime.ReadMemStats(&after)
		if a := (answer{resp.StatusCode, resp.Header, got}); err != nil || a.status != 413 || a.code(t) != "file_too_large" {
			t.Errorf("declared %v: %d %s %v", declared, resp.StatusCode, got, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; declared && used > 2<<20 {
			t.Errorf("%d bytes were allocated for a body that says it is too large", used)
		}
	}
}

func TestOnlyOnesOwnUnusedFilesCanBeSent(t *testing.T) {
	w := newWorld(t)
	s, other := w.session(), w.session()
	theirs, used := w.uploaded(other, "a.txt", []byte("x")), w.uploaded(s, "b.txt", []byte("x"))
	var m messageReply
	w.call("POST", "/api/v1/messages", s.Token, carrying("c1", "hi", used.ID)).into(t, 201, &m)
	mine := w.uploaded(s, "c.txt", []byte("x"))
	dropped := w.uploaded(s, "d.txt", []byte("x"))
	if a := w.call("DELETE", "/api/v1/attachments/"+dropped.ID, s.Token, nil); a.status != 204 {
		t.Fatalf("drop: %d", a.status)
	}
	for name, ids := range map[string][]string{
		"another's": {theirs.ID}, "used": {used.ID}, "unknown": {"f1"}, "twice": {mine.ID, mine.ID}, "dropped": {dropped.ID},
		"no id": {"../x"}, "one good, one bad": {mine.ID, "f1"},
	} {
		if a := w.call("POST", "/api/v1/messages", s.Token, carrying("again", "hi", ids...)); a.status != 422 || a.code(t) != "unknown_attachment" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := w.call("POST", "/api/v1/messages", s.Token, carrying("again", "hi", slices.Repeat([]string{"f"}, 11)...)); a.status != 422 || a.code(t) != "too_many_attachments" {
		t.Errorf("eleven: %d %s", a.status, a.body)
	}
	for _, id := range []string{theirs.ID, used.ID, "f1"} {
		if a := w.call("DELETE", "/api/v1/attachments/"+id, s.Token, nil); a.status != 404 {
			t.Errorf("dropping %s: %d", id, a.status)
		}
	}
	if a := w.call("POST", "/api/v1/messages", s.Token, carrying("again", "hi", mine.ID)); a.status != 201 {
		t.Errorf("after the refusals: %d %s", a.status, a.body)
	}
	if a := w.fetch(dropped.URL); a.status != 404 {
		t.Errorf("dropped: %d", a.status)
	}
}

func TestUploadsAreLimited(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Rate = Rate{Uploads: Limit{0.5, 20}} })
	s := w.session()
	first := w.uploaded(s, "a.txt", []byte("x"))
	for range maxPending - 1 {
		w.uploaded(s, "a.txt", []byte("x"))
	}
	a := w.upload(s.Token, "a.txt", []byte("x"))
	if a.status != 429 || a.code(t) != "too_many_uploads" || a.head.Get("Retry-After") == "" {
		t.Errorf("one too many: %d %s", a.status, a.body)
	}
	w.uploaded(w.session(), "a.txt", []byte("another visitor's"))
	for range 9 {
		w.upload(s.Token, "a.txt", []byte("x"))
	}
	if a = w.upload(s.Token, "a.txt", []byte("x")); a.status != 429 || a.code(t) != "rate_limited" {
		t.Errorf("too fast: %d %s", a.status, a.body)
	}
	// What nobody sends is forgotten after a day, however much it is.
	for i := range 120 {
		f := bridge.File{Attachment: bridge.Attachment{ID: bridge.FileID(fmt.Sprint("flood", i)), Size: 1}, Conversation: "c", CreatedAt: w.clock.Now()}
		if err := w.store.AddFile(t.Context(), f, []byte("x"), bridge.UploadRoom{}); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.advance(25 * time.Hour)
	w.run()
	w.eventually("the sweep", func() bool {
		_, err := w.store.File(t.Context(), "flood119")
		return errors.Is(err, bridge.ErrNotFound) && w.fetch(first.URL).status == 404
	})
}

func TestUploadsFromAnAddressAreLimited(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Rate = Rate{AddressUploads: Limit{0.1, 3}} })
	for range 3 {
		w.uploaded(w.session(), "a.txt", []byte("x"))
	}
	s := w.session()
	if a := w.upload(s.Token, "a.txt", []byte("x")); a.status != 429 || a.code(t) != "rate_limited" || a.head.Get("Retry-After") != "10" {
		t.Errorf("a fourth visitor's: %d %s", a.status, a.body)
	}
	if a := w.call("GET", "/api/v1/messages", s.Token, nil); a.status != 200 {
		t.Errorf("other calls: %d", a.status)
	}
	w.clock.advance(10 * time.Second)
	w.uploaded(s, "a.txt", []byte("x"))
}

func TestUploadsNobodySendsHaveOneRoom(t *testing.T) {
	w := newWorld(t)
	w.h.room.Bytes = 2 * bridge.LeastUpload
	one, other := w.session(), w.session()
	first := w.uploaded(one, "a.txt", []byte("x"))
	w.uploaded(other, "a.txt", []byte("x"))
	for range 2 {
		a := w.upload(w.session().Token, "a.txt", []byte("x"))
		if a.status != 503 || a.code(t) != "uploads_full" || a.head.Get("Retry-After") == "" {
			t.Errorf("a third: %d %s", a.status, a.body)
		}
	}
	if n := strings.Count(w.log.String(), "no room for uploads"); n != 1 {
		t.Errorf("the log says it %d times", n)
	}
	if a := w.call("POST", "/api/v1/messages", one.Token, carrying("c1", "hi", first.ID)); a.status != 201 {
		t.Fatalf("send: %d %s", a.status, a.body)
	}
	w.uploaded(w.session(), "a.txt", []byte("x"))
}

func TestOneAddressHasAShareOfTheRoomForUploads(t *testing.T) {
	if full := int64(maxPending * attachment.MaxSize); DefaultRate().AddressUnsent < full || DefaultRate().AddressUnsent > maxUnsent/4 {
		t.Errorf("the share of an address is %d, with messages of %d and a room of %d", DefaultRate().AddressUnsent, full, maxUnsent)
	}
	w := newWorld(t, func(c *Config) { c.Rate = Rate{AddressUnsent: 3 * bridge.LeastUpload} })
	from := func(s sessionReply, address string) answer {
		body, kind := form(t, "file", "a.txt", []byte("x"))
		return w.call("POST", "/api/v1/attachments", s.Token, body, "Content-Type", kind, "X-Forwarded-For", address)
	}
	one, other := w.session(), w.session()
	var ids []string
	for _, s := range []sessionReply{one, other, one} {
		var got attachmentReply
		from(s, "2001:db8:1:2::1").into(t, 201, &got)
		ids = append(ids, got.Attachment.ID)
	}
	full := func(when string) {
		t.Helper()
		a := from(w.session(), "2001:db8:1:2:ffff::9")
		if a.status != 429 || a.code(t) != "address_uploads_full" || a.head.Get("Retry-After") != "60" {
			t.Errorf("%s: %d %s", when, a.status, a.body)
		}
	}
	full("another of the same network")
	for _, elsewhere := range []string{"2001:db8:1:3::1", "203.0.113.9"} {
		if a := from(one, elsewhere); a.status != 201 {
			t.Errorf("from %s: %d %s", elsewhere, a.status, a.body)
		}
	}
	if a := w.call("POST", "/api/v1/messages", one.Token, carrying("c1", "hi", ids[0])); a.status != 201 {
		t.Fatalf("send: %d %s", a.status, a.body)
	}
	if a := from(one, "2001:db8:1:2::1"); a.status != 201 {
		t.Errorf("after one was sent: %d %s", a.status, a.body)
	}
	full("after one was sent and another came")
	if a := w.call("DELETE", "/api/v1/attachments/"+ids[1], other.Token, nil); a.status != 204 {
		t.Fatalf("drop: %d %s", a.status, a.body)
	}
	if a := from(other, "2001:db8:1:2::1"); a.status != 201 {
		t.Errorf("after one was removed: %d %s", a.status, a.body)
	}
	full("after one was removed and another came")
	if strings.Contains(w.log.String(), "no room for uploads") {
		t.Error("the log says that there is no room, and there is")
	}
}

func TestFewFilesAreInMemoryAtOnce(t *testing.T) {
	u := newUploads()
	var leave []func()
	for i := range uploadsAtOnce {
		l, err := u.enter(t.Context(), bridge.VisitorID(fmt.Sprint("v", i/uploadsEach)))
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, l)
	}
	if _, err := u.enter(t.Context(), "v0"); err == nil {
		t.Error("a third of one visitor's was let in")
	}
	entered := make(chan func())
	go func() {
		l, err := u.enter(t.Context(), "patient")
		if err != nil {
			t.Error(err)
		}
		entered <- l
	}()
	select {
	case <-entered:
		t.Fatal("there was no room")
	case <-time.After(20 * time.Millisecond):
	}
	for _, l := range leave {
		l()
	}
	(<-entered)()
	if len(u.by) != 0 || len(u.slots) != 0 {
		t.Errorf("%v and %d slots are left", u.by, len(u.slots))
	}
}

func TestAnAgentsFileIsSeenOnlyWhileItsLineIs(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "hello")
	w.claim(s)
	share := func(text string) (string, bridge.Attachment) {
		stamp := w.stamp()
		key := "C1:" + stamp
		f := bridge.DeskFile{ID: "F1", Name: "plan.png", Size: 9}
		a := bridge.Attachment{ID: bridge.KeptID(key, f.ID), Name: f.Name, Type: "image/png", Size: int64(len(photo(t)))}
		if err := w.store.AddFile(t.Context(), bridge.File{Attachment: a, Conversation: bridge.ConversationID(s.ConversationID), FromDesk: true}, photo(t), bridge.UploadRoom{}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.bridge.Handle(t.Context(), bridge.AgentWrote{
			Conversation: bridge.ConversationID(s.ConversationID), Key: key, Stamp: stamp, Agent: dana(), Source: text, Text: text, HTML: text,
			Files: []bridge.DeskFile{f}, Kept: []bridge.Attachment{a},
		}); err != nil {
			t.Fatal(err)
		}
		return key, a
	}
	key, public := share("the plan")
	_, internal := share("! only for us")
	var page messagesReply
	w.call("GET", "/api/v1/messages", s.Token, nil).into(t, 200, &page)
	last := page.Messages[len(page.Messages)-1]
	if len(last.Attachments) != 1 || last.Attachments[0].ID != string(public.ID) {
		t.Fatalf("got %+v", last)
	}
	if a := w.fetch(last.Attachments[0].URL); a.status != 200 || !bytes.Equal(a.body, photo(t)) {
		t.Errorf("public: %d", a.status)
	}
	if a := w.fetch(w.h.scribe().attachment(internal).URL); a.status != 404 {
		t.Errorf("an internal line's file is served: %d", a.status)
	}
	w.remove(s, key)
	if a := w.fetch(last.Attachments[0].URL, "If-None-Match", `"`+string(public.ID)+`"`); a.status != 404 {
		t.Errorf("a withdrawn line's file is served: %d", a.status)
	}
}
