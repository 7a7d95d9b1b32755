package widget

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"threadline/bridge"
)

func line(id, text string) map[string]any { return map[string]any{"client_id": id, "text": text} }

func TestSessionShape(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/api/v1/sessions", "", map[string]any{
		"site": "default", "page_url": "https://shop.example/", "referrer": "https://search.example/", "locale": "de-AT", "identity": "later", "unknown": 1,
		"visitor": map[string]any{"name": " Ana ", "email": "ana@example.com", "attributes": map[string]any{"plan": "gold", "age": 7, "vip": true}},
	})
	var raw map[string]any
	a.into(t, 201, &raw)
	wantKeys(t, "session", raw, "token", "visitor_id", "conversation_id", "conversation", "messages", "site")
	wantKeys(t, "conversation", raw["conversation"], "id", "status", "agent", "expectation", "epoch", "rev", "rating")
	wantKeys(t, "site", raw["site"], "id", "name", "assistant_name", "theme", "texts")
	site := raw["site"].(map[string]any)
	wantKeys(t, "theme", site["theme"], "accent")
	wantKeys(t, "texts", site["texts"], "greeting", "ai_notice", "placeholder", "talk_to_person", "waiting", "resolved", "ended")
	if list, ok := raw["messages"].([]any); !ok || len(list) != 0 {
		t.Errorf("messages: %v, want an empty list", raw["messages"])
	}
	v, err := w.store.Visitor(t.Context(), bridge.VisitorID(raw["visitor_id"].(string)))
	if err != nil || v.Name != "Ana" || v.Email != "ana@example.com" || v.SiteID != "default" ||
		!maps.Equal(v.Attributes, map[string]string{"plan": "gold", "age": "7", "vip": "true"}) {
		t.Errorf("kept %+v, %v", v, err)
	}
	if n := w.begun(); n != 0 {
		t.Errorf("a page view left %d conversations", n)
	}
	if a.head.Get("Cache-Control") != "no-store" {
		t.Errorf("a token may be cached: %v", a.head)
	}
}

// begun is how many conversations there are.
func (w *world) begun() int {
	w.Helper()
	counts, err := w.store.Counts(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

func wantKeys(t *testing.T, what string, v any, keys ...string) {
	t.Helper()
	m, ok := v.(map[string]any)
	got := slices.Sorted(maps.Keys(m))
	slices.Sort(keys)
	if !ok || !slices.Equal(got, keys) {
		t.Errorf("%s has %v, want %v", what, got, keys)
	}
}

func TestASessionResumesEvenWhenItsTokenHasExpired(t *testing.T) {
	w := newWorld(t)
	var first sessionReply
	w.call("POST", "/api/v1/sessions", "", map[string]any{
		"site": "default", "referrer": "https://search.example/?q=heat", "locale": "es",
	}).into(t, 201, &first)
	for _, wait := range []time.Duration{time.Minute, 2 * tokenLife} {
		w.clock.advance(wait)
		var again sessionReply
		w.call("POST", "/api/v1/sessions", first.Token, map[string]any{
			"site": "default", "referrer": "https://late.example/", "visitor": map[string]any{"phone": "555 0100"},
		}).into(t, 201, &again)
		if again.VisitorID != first.VisitorID || again.ConversationID != first.ConversationID || again.Token == first.Token {
			t.Fatalf("after %s: %+v, want the same visitor and a fresh token", wait, again)
		}
		w.say(again, "back again")
		if again.Conversation.ID != first.ConversationID {
			t.Errorf("conversation %s", again.Conversation.ID)
		}
	}
	if c := w.row(first); c.Referrer != "https://search.example/?q=heat" || c.Locale != "es" {
		t.Errorf("came from %q speaking %q", c.Referrer, c.Locale)
	}
	if v, err := w.store.Visitor(t.Context(), bridge.VisitorID(first.VisitorID)); err != nil || v.Phone != "555 0100" {
		t.Errorf("kept %+v, %v", v, err)
	}
	var last sessionReply
	w.call("POST", "/api/v1/sessions", first.Token, map[string]any{"site": "default"}).into(t, 201, &last)
	if len(last.Messages) != 2 || last.Messages[0].Seq != 1 || last.Conversation.Rev != w.row(first).Rev {
		t.Errorf("brought %+v", last)
	}
}

func TestAMessageArrivesAsTypedAndOnce(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	for i, text := range []string{
		"<!channel> @here <script>alert(1)</script> *_~`", "  two\n lines ", "👩‍🔧 مرحبا שלום", strings.Repeat("😀", maxText),
	} {
		body := line(fmt.Sprintf("c%d", i), text)
		var first, second messageReply
		a := w.call("POST", "/api/v1/messages", s.Token, body)
		a.into(t, 201, &first)
		w.call("POST", "/api/v1/messages", s.Token, body).into(t, 200, &second)
		if first.Message.Text != text || first.Message.Seq != int64(i+1) || first.Message.ID != second.Message.ID {
			t.Errorf("sent %q, got %+v then %+v", text, first.Message, second.Message)
		}
		if strings.Contains(first.Message.HTML, "<script") || first.Message.HTML == "" {
			t.Errorf("html %q", first.Message.HTML)
		}
		var raw struct{ Message map[string]any }
		a.into(t, 201, &raw)
		wantKeys(t, "message", raw.Message, "id", "seq", "author", "text", "html", "attachments", "sources",
			"client_id", "reply_id", "order", "rev", "created_at", "edited_at", "deleted", "helpful")
		wantKeys(t, "author", raw.Message["author"], "kind", "name", "title", "avatar_url")
		if raw.Message["edited_at"] != nil || raw.Message["attachments"] == nil || raw.Message["sources"] == nil || raw.Message["reply_id"] != "" {
			t.Errorf("got %v", raw.Message)
		}
		if order := raw.Message["order"].(string); !regexp.MustCompile(`^2026-03-08T12:30:15\.\d{6}Z$`).MatchString(order) {
			t.Errorf("order %q", order)
		}
		if _, err := time.Parse(time.RFC3339, raw.Message["created_at"].(string)); err != nil {
			t.Error(err)
		}
	}
	// Escaped as surrogate pairs, the longest text is still no more than that.
	escaped := `{"client_id":"e","text":"` + strings.Repeat(`\ud83d\ude00`, maxText) + `"}`
	if a := w.call("POST", "/api/v1/messages", s.Token, escaped); a.status != 201 {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

func TestTheSameMessageSentTwentyTimesAtOnceIsOne(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	var mu sync.Mutex
	counts := map[int]int{}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			a := w.call("POST", "/api/v1/messages", s.Token, line("same", "hello"))
			mu.Lock()
			defer mu.Unlock()
			counts[a.status]++
		})
	}
	wg.Wait()
	if counts[201] != 1 || counts[200] != 19 || w.row(s).Seq != 1 {
		t.Errorf("got %v and seq %d", counts, w.row(s).Seq)
	}
}

func TestMessagesArePagedInRisingSeq(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	var page messagesReply
	w.call("GET", "/api/v1/messages", s.Token, nil).into(t, 200, &page)
	if len(page.Messages) != 0 || page.More || page.Conversation.Status != "automatic" || page.Conversation.Rev != 0 || page.Conversation.ID != s.ConversationID {
		t.Errorf("before the first message: %+v", page)
	}
	for i := range 7 {
		w.say(s, fmt.Sprint(i))
	}
	for _, c := range []struct {
		query       string
		first, last int64
		more        bool
	}{{"", 1, 7, false}, {"?after=2&limit=3", 3, 5, true}, {"?after=4&limit=3", 5, 7, false}, {"?limit=0", 1, 1, true}, {"?limit=9999", 1, 7, false}} {
		w.call("GET", "/api/v1/messages"+c.query, s.Token, nil).into(t, 200, &page)
		if n := len(page.Messages); n == 0 || page.Messages[0].Seq != c.first || page.Messages[n-1].Seq != c.last || page.More != c.more {
			t.Errorf("%q: %+v", c.query, page)
		}
	}
	if page.Conversation.Rev != w.row(s).Rev {
		t.Errorf("rev %d", page.Conversation.Rev)
	}
	w.call("GET", "/api/v1/messages?after=7", s.Token, nil).into(t, 200, &page)
	if len(page.Messages) != 0 {
		t.Errorf("got %+v", page.Messages)
	}
}

func TestHandoffEndSeenAndContact(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	id := bridge.ConversationID(s.ConversationID)
	for path, status := range map[string]int{"/api/v1/end": 200, "/api/v1/seen": 204} {
		if a := w.call("POST", path, s.Token, map[string]any{"seq": 4}); a.status != status {
			t.Errorf("%s before the first message: %d %s", path, a.status, a.body)
		}
	}
	contact := map[string]any{"name": "Ana", "fields": map[string]any{"floor": 2}}
	if a := w.call("POST", "/api/v1/contact", s.Token, contact); a.status != 200 {
		t.Errorf("contact: %d %s", a.status, a.body)
	}
	if n := w.begun(); n != 0 {
		t.Fatalf("%d conversations began without a message", n)
	}
	v, err := w.store.Visitor(t.Context(), bridge.VisitorID(s.VisitorID))
	if err != nil || v.Name != "Ana" || v.Fields["floor"] != "2" {
		t.Errorf("kept %+v, %v", v, err)
	}

	for range 3 {
		if a := w.call("POST", "/api/v1/handoff", s.Token, map[string]any{}); a.status != 202 || strings.TrimSpace(string(a.body)) != "{}" {
			t.Fatalf("handoff: %d %s", a.status, a.body)
		}
	}
	if list, err := w.store.Waiting(t.Context(), 10); err != nil || len(list) != 1 || list[0].Conversation.ID != id {
		t.Errorf("waiting: %+v, %v", list, err)
	}
	var page messagesReply
	w.call("GET", "/api/v1/messages", s.Token, nil).into(t, 200, &page)
	if page.Conversation.Status != "queued" || page.Conversation.Agent != nil {
		t.Errorf("got %+v", page.Conversation)
	}

	if a := w.call("POST", "/api/v1/contact", s.Token, map[string]any{"email": "ana@example.com"}); a.status != 200 {
		t.Errorf("contact: %d %s", a.status, a.body)
	}
	if v, err = w.store.Visitor(t.Context(), bridge.VisitorID(s.VisitorID)); err != nil || v.Email != "ana@example.com" || v.Name != "Ana" {
		t.Errorf("kept %+v, %v", v, err)
	}

	if a := w.call("POST", "/api/v1/typing", s.Token, map[string]any{"typing": true}); a.status != 204 || len(a.body) != 0 {
		t.Errorf("typing: %d %s", a.status, a.body)
	}
	if a := w.call("POST", "/api/v1/seen", s.Token, map[string]any{"seq": 999}); a.status != 204 || len(a.body) != 0 {
		t.Errorf("seen: %d %s", a.status, a.body)
	}
	if c := w.row(s); c.VisitorSeen != c.Seq {
		t.Errorf("seen %d of %d", c.VisitorSeen, c.Seq)
	}

	w.claim(s)
	w.line(s, "Hello")
	w.call("GET", "/api/v1/messages", s.Token, nil).into(t, 200, &page)
	want := &agentJSON{Name: "Dana Reyes", Title: "Comfort advisor", AvatarURL: page.Conversation.Agent.AvatarURL}
	if got := page.Conversation.Agent; *got != *want || !strings.HasPrefix(got.AvatarURL, w.url+"/avatars/UDANA?v=") {
		t.Errorf("agent %+v", got)
	}
	last := page.Messages[len(page.Messages)-1]
	if last.Author.Kind != "agent" || last.Author.AvatarURL != want.AvatarURL {
		t.Errorf("author %+v", last.Author)
	}

	for range 2 {
		if a := w.call("POST", "/api/v1/end", s.Token, nil); a.status != 200 {
			t.Errorf("end: %d %s", a.status, a.body)
		}
	}
	if c, err := w.store.Conversation(t.Context(), id); err != nil || c.Status != bridge.Resolved {
		t.Errorf("after the end: %+v, %v", c, err)
	}
}

func TestTranscripts(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	if a := w.call("GET", "/api/v1/transcript", s.Token, nil); a.status != 200 || !strings.HasPrefix(string(a.body), "Chat with our team\n") {
		t.Errorf("before the first message: %d %s", a.status, a.body)
	}
	w.say(s, "a <b> & c")
	w.reply(s, "r1", "an answer")
	w.call("POST", "/api/v1/handoff", s.Token, map[string]any{})
	w.claim(s)
	w.line(s, "hello")
	w.remove(s, w.line(s, "a secret"))
	text := w.call("GET", "/api/v1/transcript?format=txt", s.Token, nil)
	page := w.call("GET", "/api/v1/transcript?format=html", s.Token, nil)
	for _, want := range []string{"[2026-03-08 12:30 UTC] You:\na <b> & c\n", "Assistant (AI):\nan answer", "Dana Reyes, Comfort advisor:\nhello"} {
		if !strings.Contains(string(text.body), want) {
			t.Errorf("the text lacks %q:\n%s", want, text.body)
		}
	}
	if !strings.Contains(string(page.body), "a &lt;b&gt; &amp; c") || !strings.Contains(page.head.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("page: %v\n%s", page.head, page.body)
	}
	for _, a := range []answer{text, page} {
		if strings.Contains(string(a.body), "a secret") {
			t.Error("a deleted line is in the transcript")
		}
		if !strings.HasPrefix(a.head.Get("Content-Disposition"), "attachment") || a.head.Get("Cache-Control") != "no-store" {
			t.Errorf("headers: %v", a.head)
		}
	}
}

func TestReadiness(t *testing.T) {
	w := newWorld(t)
	var body map[string]any
	w.call("GET", "/readyz", "", nil).into(t, 200, &body)
	want := map[string]any{"status": "ready", "database": "ok", "slack": "connecting", "assistant": "built-in", "lag": 1.5}
	if !maps.Equal(body, want) {
		t.Errorf("got %v, want %v", body, want)
	}
	w.store.setBroken(true)
	w.call("GET", "/readyz", "", nil).into(t, 503, &body)
	if body["status"] != "unavailable" || body["database"] != "unavailable" || body["slack"] != "connecting" {
		t.Errorf("got %v", body)
	}
}

func TestNewRefusesWhatCannotServe(t *testing.T) {
	clock := newHands()
	good := Config{PublicURL: "https://chat.example", Secret: make([]byte, 32), Clock: clock}
	for name, c := range map[string]Config{
		"no public url": {Secret: good.Secret, Clock: clock},
		"a path":        {PublicURL: "https://chat.example/chat", Secret: good.Secret, Clock: clock},
		"other scheme":  {PublicURL: "ftp://chat.example", Secret: good.Secret, Clock: clock},
		"short secret":  {PublicURL: good.PublicURL, Secret: make([]byte, 15), Clock: clock},
	} {
		if _, err := New(c, nil, nil); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := New(good, nil, nil); err != nil {
		t.Error(err)
	}
}

func TestPageServesTheRest(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Page = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("page " + r.URL.Path)) })
	})
	if a := w.call("GET", "/about", "", nil); string(a.body) != "page /about" {
		t.Errorf("got %s", a.body)
	}
	if a := w.call("GET", "/api/about", "", nil); a.status != 404 || !json.Valid(a.body) {
		t.Errorf("got %d %s", a.status, a.body)
	}
}
