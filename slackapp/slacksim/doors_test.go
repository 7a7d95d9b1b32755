package slacksim_test

import (
	"bufio"
	"context"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"threadline/slackapp/slacksim"
)

// fetch gets a URL and hands its body to read.
func (s *sim) fetch(url, token string, read func(*http.Response)) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	read(res)
}

func TestAvatarsArePicturesOfTheSameAuthority(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	for _, name := range []string{"dana", "lee", "morgan", "gus", "xena"} {
		u := s.must("users.info", object{"user": s.user(name)})["user"].(object)
		p := u["profile"].(object)
		if p["title"] == "" || !strings.HasPrefix(strings.ToLower(u["real_name"].(string)), name) {
			t.Errorf("%s: %v, %v", name, u["real_name"], p["title"])
		}
		for size, want := range map[string]int{"image_72": 72, "image_192": 192, "image_512": 512} {
			url := p[size].(string)
			if !strings.HasPrefix(url, s.URL()+"/") {
				t.Errorf("%s is elsewhere: %s", size, url)
			}
			s.fetch(url, "", func(res *http.Response) {
				img, err := png.Decode(res.Body)
				if err != nil || img.Bounds().Dx() != want || res.Header.Get("Content-Type") != "image/png" {
					t.Errorf("%s of %s: %v", size, name, err)
				}
			})
		}
	}
	for want, flag := range map[string]string{"gus": "is_restricted", "xena": "is_stranger", "morgan": "is_admin"} {
		for _, name := range []string{"dana", "lee", "morgan", "gus", "xena"} {
			u := s.must("users.info", object{"user": s.user(name)})["user"].(object)
			if (u[flag] == true) != (name == want) {
				t.Errorf("%s of %s is %v", flag, name, u[flag])
			}
		}
	}
}

func TestFilesNeedTheToken(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1})
	w := s.listen(t, nil)
	s.control("say", object{"user": "dana", "channel": "support", "text": "see", "files": []any{object{"name": "a b.txt", "content_base64": "aGVsbG8="}}})
	eventually(t, "the file's message", func() bool { return len(w.events("message")) == 1 })
	ev := payloadOf(w.events("message")[0])["event"].(object)
	f := ev["files"].([]any)[0].(object)
	if ev["subtype"] != "file_share" || f["name"] != "a b.txt" || f["size"] != 5.0 {
		t.Errorf("the event: %v", ev)
	}
	s.fetch(f["url_private"].(string), s.BotToken(), func(res *http.Response) {
		raw, err := io.ReadAll(res.Body)
		if err != nil || string(raw) != "hello" {
			t.Errorf("with the token: %q %v", raw, err)
		}
	})
	s.fetch(f["url_private"].(string), "", func(res *http.Response) {
		if res.StatusCode != http.StatusFound {
			t.Errorf("without a token: %d", res.StatusCode)
		}
	})
}

func TestThePageAndItsStream(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1, SiteURL: "http://127.0.0.1:1/"})
	for _, path := range []string{"/", "/archives/C0/p1"} {
		s.fetch(s.URL()+path, "", func(res *http.Response) {
			raw, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != 200 || !strings.Contains(strings.ToLower(string(raw)), "<!doctype html>") {
				t.Errorf("%s: %d %v", path, res.StatusCode, err)
			}
		})
	}
	if s.get("/sim/v1/state")["site_url"] != "http://127.0.0.1:1/" {
		t.Error("the site is not shown")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/sim/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), ":") {
		t.Fatalf("the stream begins with %q", lines.Text())
	}
	ts := s.control("say", object{"user": "dana", "channel": "support", "text": "hi"})["ts"].(string)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data:") && strings.Contains(lines.Text(), `"message"`) && strings.Contains(lines.Text(), ts) {
			return
		}
	}
	t.Error("the stream ended without the message")
}

func TestConversationsNeedTheScopeOfTheirKind(t *testing.T) {
	t.Parallel()
	s := start(t, slacksim.Config{Seed: 1, Manifest: []byte(strings.Replace(narrowManifest, `"chat:write"`, `"chat:write", "channels:read"`, 1))})
	s.must("conversations.list", object{})
	out := s.api("conversations.list", object{"types": "public_channel,private_channel"})
	if out["error"] != "missing_scope" || out["needed"] != "groups:read" {
		t.Errorf("private channels without groups:read: %v", out)
	}
	if got := s.get("/sim/v1/offers"); len(got["methods"].([]any)) < 30 || len(got["events"].([]any)) == 0 {
		t.Errorf("offers: %v", got)
	}
}
