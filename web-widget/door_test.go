package widget

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"threadline/bridge"
)

func TestOriginsThatMayCall(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	port := w.url[strings.LastIndexByte(w.url, ':'):]
	for _, allowed := range []string{w.url, "http://localhost" + port, "https://shop.example", "https://shop.example:443", "https://SHOP.example"} {
		a := w.call("GET", "/api/v1/messages", s.Token, nil, "Origin", allowed)
		if a.status != 200 || a.head.Get("Access-Control-Allow-Origin") != allowed || !slices.Contains(a.head.Values("Vary"), "Origin") {
			t.Errorf("%s: %d %v", allowed, a.status, a.head)
		}
		a = w.call("OPTIONS", "/api/v1/messages", "", nil, "Origin", allowed, "Access-Control-Request-Method", "POST")
		if a.status != 204 || !strings.Contains(a.head.Get("Access-Control-Allow-Headers"), "Authorization") ||
			!strings.Contains(a.head.Get("Access-Control-Allow-Headers"), "Last-Event-ID") || len(a.body) > 0 {
			t.Errorf("preflight of %s: %d %v", allowed, a.status, a.head)
		}
	}
	if a := w.call("GET", "/api/v1/messages", s.Token, nil); a.status != 200 || a.head.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a script: %d %v", a.status, a.head)
	}
	// A refusal to an allowed page can be read there.
	if a := w.call("GET", "/api/v1/messages", "bad", nil, "Origin", "https://shop.example"); a.status != 401 || a.head.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("got %d %v", a.status, a.head)
	}
	// So can the refusal to a page that is not allowed, or the widget there could
	// not tell why it does not work.
	foreign := []string{"Origin", "https://other.example", "Access-Control-Request-Method", "POST"}
	if a := w.call("OPTIONS", "/api/v1/sessions", "", nil, foreign...); a.status != 204 {
		t.Errorf("preflight of a foreign page: %d", a.status)
	}
	a := w.call("POST", "/api/v1/sessions", "", map[string]any{"site": "default"}, foreign...)
	if a.status != 403 || a.code(t) != "foreign_origin" || a.head.Get("Access-Control-Allow-Origin") != "https://other.example" {
		t.Errorf("a page of another site got %d %v", a.status, a.head)
	}
}

func TestALoopbackNameIsNotForeignOnlyToALoopbackServer(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.PublicURL = "https://chat.example" })
	s := w.session()
	for origin, want := range map[string]int{"https://chat.example": 200, "http://localhost:8080": 403, "https://localhost": 403} {
		if a := w.call("GET", "/api/v1/messages", s.Token, nil, "Origin", origin); a.status != want {
			t.Errorf("%s: %d, want %d", origin, a.status, want)
		}
	}
}

func TestRatesLimitAVisitorAndAnAddress(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Rate = Rate{Messages: Limit{0.5, 2}, Calls: Limit{1, 3}, Sessions: Limit{1, 3}, Address: Limit{100, 100}}
	})
	one, two := w.session(), w.session()
	w.say(one, "1")
	w.say(one, "2")
	a := w.call("POST", "/api/v1/messages", one.Token, line("x", "3"))
	if a.status != 429 || a.code(t) != "rate_limited" || a.head.Get("Retry-After") != "2" {
		t.Errorf("got %d %v %s", a.status, a.head, a.body)
	}
	w.say(two, "another visitor may")
	w.clock.advance(2 * time.Second)
	w.say(one, "3")
	for range 3 {
		if a := w.call("GET", "/api/v1/messages", one.Token, nil); a.status != 200 {
			t.Errorf("got %d", a.status)
		}
	}
	if a := w.call("POST", "/api/v1/handoff", one.Token, nil); a.status != 429 {
		t.Errorf("got %d", a.status)
	}
	for range 3 {
		w.session()
	}
	open := map[string]any{"site": "default"}
	if a := w.call("POST", "/api/v1/sessions", "", open); a.status != 429 {
		t.Errorf("got %d", a.status)
	}
	if a := w.call("POST", "/api/v1/sessions", "", open, "X-Forwarded-For", "198.51.100.7, 203.0.113.9"); a.status != 201 {
		t.Errorf("another address behind our proxy: %d", a.status)
	}
	// Buckets that are full again are forgotten.
	w.clock.advance(time.Hour)
	w.session()
	if n := len(w.h.limits.sessions.keys); n != 1 {
		t.Errorf("%d buckets are kept", n)
	}
}

func TestAssetsAreServedByKind(t *testing.T) {
	files, err := loadAssets(fstest.MapFS{
		"dist/widget.js":            {Data: []byte(strings.Repeat("loader ", 100))},
		"dist/app-0a1b2c3d4e.js":    {Data: []byte(strings.Repeat("app ", 100))},
		"dist/fonts/x-00000000.css": {Data: []byte("a{}")},
		"dist/.gitkeep":             {},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files.files) != 3 {
		t.Errorf("%d files", len(files.files))
	}
	w := newWorld(t)
	serve := func(name string, headers ...string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/widget/"+name, nil)
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w.h.asset(rec, r, files, name)
		return rec
	}
	for name, want := range map[string][2]string{
		"widget.js":            {"text/javascript; charset=utf-8", "no-cache"},
		"app-0a1b2c3d4e.js":    {"text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"fonts/x-00000000.css": {"text/css; charset=utf-8", "public, max-age=31536000, immutable"},
	} {
		rec := serve(name)
		if got := [2]string{rec.Header().Get("Content-Type"), rec.Header().Get("Cache-Control")}; rec.Code != 200 || got != want {
			t.Errorf("%s: %d %v, want %v", name, rec.Code, got, want)
		}
		if again := serve(name, "If-None-Match", rec.Header().Get("ETag")); again.Code != 304 {
			t.Errorf("%s again: %d", name, again.Code)
		}
		if !bytes.Equal(rec.Body.Bytes(), files.files[name].plain) {
			t.Errorf("%s: other bytes", name)
		}
	}
	packed := serve("widget.js", "Accept-Encoding", "br, gzip")
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); err != nil || !bytes.Equal(plain, files.files["widget.js"].plain) {
		t.Errorf("unpacked: %v", err)
	}
	if rec := serve("widget.js", "Accept-Encoding", "gzip;q=0"); rec.Header().Get("Content-Encoding") != "" {
		t.Error("packed for one who refuses it")
	}
}

func TestTheLoaderFindsItsFiles(t *testing.T) {
	w := newWorld(t)
	a := w.call("GET", "/widget.js", "", nil, "Accept-Encoding", "identity")
	if a.status != 200 || a.head.Get("Cache-Control") != "no-cache" || a.head.Get("X-Content-Type-Options") != "nosniff" {
		t.Fatalf("loader: %d %v", a.status, a.head)
	}
	names := regexp.MustCompile(`/widget/[\w./-]+\w`).FindAllString(string(a.body), -1)
	if len(names) == 0 {
		t.Fatal("the loader names no file")
	}
	for _, name := range names {
		f := w.call("GET", name, "", nil, "Origin", "https://anywhere.example")
		if f.status != 200 || f.head.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(f.head.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", name, f.status, f.head)
		}
	}
}

// TestProtocolNames compares what the widget speaks with what is served here.
func TestProtocolNames(t *testing.T) {
	source, err := os.ReadFile("src/protocol.ts")
	if err != nil {
		t.Fatal(err)
	}
	list := func(name string) []string {
		m := regexp.MustCompile(name + `(?:: [^=]+)? = [\[{]([^\]}]*)[\]}]`).FindSubmatch(source)
		if m == nil {
			t.Fatalf("protocol.ts has no %s", name)
		}
		var out []string
		for _, quoted := range regexp.MustCompile(`"([^"]+)"`).FindAllSubmatch(m[1], -1) {
			out = append(out, string(quoted[1]))
		}
		return out
	}
	if got, want := list("REPLAYED_EVENTS"), []string{eventMessage, eventUpdated, eventDeleted, eventConversation}; !slices.Equal(got, want) {
		t.Errorf("replayed events %v, want %v", got, want)
	}
	passing := list("PASSING_EVENTS")
	for _, name := range []string{eventDelta, eventCancelled} {
		if !slices.Contains(passing, name) {
			t.Errorf("the widget does not know %s", name)
		}
	}
	var statuses []string
	for _, s := range bridge.Statuses() {
		statuses = append(statuses, string(s))
	}
	if got := list("STATUSES"); !slices.Equal(got, statuses) {
		t.Errorf("statuses %v, want %v", got, statuses)
	}
	kinds := []string{string(bridge.ByVisitor), string(bridge.ByAssistant), string(bridge.ByAgent), string(bridge.BySystem)}
	if got := list("AUTHOR_KINDS"); !slices.Equal(got, kinds) {
		t.Errorf("author kinds %v, want %v", got, kinds)
	}
	if !strings.Contains(string(source), fmt.Sprintf("MAX_TEXT = %d;", maxText)) {
		t.Errorf("MAX_TEXT is not %d", maxText)
	}
	w := newWorld(t)
	for _, path := range list("PATHS") {
		// OPTIONS is no method of any of them: 405 says that the path is known.
		if a := w.call("OPTIONS", "/api/v1"+path, "", nil); a.status != 405 {
			t.Errorf("the widget calls %s, which answers %d", path, a.status)
		}
	}
}

func photo(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAvatarsAreFetchedOnceAndServedByUs(t *testing.T) {
	w := newWorld(t)
	body := photo(t)
	var fetched atomic.Int32
	desk := http.NewServeMux()
	desk.HandleFunc("/dana.png", func(w http.ResponseWriter, _ *http.Request) {
		fetched.Add(1)
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(body)
	})
	desk.HandleFunc("/page.html", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<script>alert(1)</script>"))
	})
	desk.HandleFunc("/lie.png", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte("<script>alert(1)</script>"))
	})
	desk.HandleFunc("/huge.png", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(append(body, make([]byte, maxPicture)...))
	})
	desk.HandleFunc("/near", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/dana.png", http.StatusFound) })
	server := httptest.NewServer(desk)
	defer server.Close()
	far := httptest.NewServer(http.RedirectHandler(server.URL+"/dana.png", http.StatusFound))
	defer far.Close()

	get := func(picture string, headers ...string) answer {
		t.Helper()
		if err := w.store.SaveAgent(t.Context(), bridge.Agent{ID: "UDANA", Name: "Dana <Reyes>", Picture: picture}); err != nil {
			t.Fatal(err)
		}
		agent, err := w.store.Agent(t.Context(), "UDANA")
		if err != nil {
			t.Fatal(err)
		}
		return w.call("GET", "/avatars/UDANA?v="+pictureVersion(agent), "", nil, headers...)
	}
	for range 3 {
		a := get(server.URL + "/dana.png")
		if a.status != 200 || a.head.Get("Content-Type") != "image/png" || !bytes.Equal(a.body, body) || a.head.Get("Cache-Control") != "public, max-age=86400" {
			t.Fatalf("got %d %v", a.status, a.head)
		}
		if again := get(server.URL+"/dana.png", "If-None-Match", a.head.Get("ETag")); again.status != 304 {
			t.Errorf("again: %d", again.status)
		}
	}
	if n := fetched.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
	w.clock.advance(pictureLife)
	get(server.URL + "/dana.png")
	if n := fetched.Load(); n != 2 {
		t.Errorf("after an hour: fetched %d times", n)
	}
	if a := get(server.URL + "/near"); a.head.Get("Content-Type") != "image/png" {
		t.Errorf("a redirect at the same place: %v", a.head)
	}
	for _, bad := range []string{"", "ftp://x/y", server.URL + "/none.png", server.URL + "/page.html", server.URL + "/lie.png", server.URL + "/huge.png", far.URL} {
		a := get(bad)
		if a.status != 200 || a.head.Get("Content-Type") != "image/svg+xml" || !bytes.Contains(a.body, []byte(">D</text>")) ||
			a.head.Get("Cache-Control") != "public, max-age=60" || !strings.Contains(a.head.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %d %v %s", bad, a.status, a.head, a.body)
		}
		if bytes.Contains(a.body, []byte("script")) {
			t.Errorf("%s: %s", bad, a.body)
		}
	}
}

func TestAnOldPictureIsBetterThanNone(t *testing.T) {
	w := newWorld(t)
	body := photo(t)
	var broken atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(body)
	}))
	defer server.Close()
	if err := w.store.SaveAgent(t.Context(), bridge.Agent{ID: "U1", Name: "Lee Park", Picture: server.URL}); err != nil {
		t.Fatal(err)
	}
	w.call("GET", "/avatars/U1", "", nil)
	broken.Store(true)
	w.clock.advance(2 * pictureLife)
	if a := w.call("GET", "/avatars/U1", "", nil); a.head.Get("Content-Type") != "image/png" || !bytes.Equal(a.body, body) {
		t.Errorf("got %v", a.head)
	}
}
