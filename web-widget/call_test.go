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

func TestEveryRefusalHasItsStatusAndCode(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	taken := w.say(s, "taken")
	stranger := signer{[]byte(strings.Repeat("x", 32))}.sign(claims{
		Site: "default", Visitor: "v", Conversation: bridge.ConversationID(s.ConversationID), Expires: w.clock.Now().Add(time.Hour).Unix(),
	})
	elsewhere := w.h.tokens.sign(claims{
		Site: "other", Visitor: "v", Conversation: "c", Expires: w.clock.Now().Add(time.Hour).Unix(),
	})
	expired := w.h.tokens.sign(claims{Site: "default", Visitor: "v", Conversation: "c", Expires: w.clock.Now().Unix()})
	const post, get = "POST", "GET"
	const messages, sessions = "/api/v1/messages", "/api/v1/sessions"
	for name, c := range map[string]struct {
		method, path, token string
		body                any
		headers             []string
		status              int
		code                string
	}{
		"malformed":          {post, messages, s.Token, `{"client_id":`, nil, 400, "malformed_json"},
		"two documents":      {post, messages, s.Token, `{} {}`, nil, 400, "malformed_json"},
		"not an object":      {post, messages, s.Token, `[1]`, nil, 400, "malformed_json"},
		"not UTF-8":          {post, messages, s.Token, "{\"client_id\":\"a\",\"text\":\"\xff\"}", nil, 400, "malformed_json"},
		"wrong field type":   {post, messages, s.Token, `{"client_id":"a","text":5}`, nil, 422, "invalid_field"},
		"form":               {post, messages, s.Token, `a=b`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"},
		"no type":            {post, messages, s.Token, `{}`, []string{"Content-Type", ""}, 415, "unsupported_media_type"},
		"huge body":          {post, messages, s.Token, line("a", strings.Repeat("x", maxBody)), nil, 413, "body_too_large"},
		"long text":          {post, messages, s.Token, line("a", strings.Repeat("é", 8001)), nil, 413, "text_too_long"},
		"40,000 characters":  {post, messages, s.Token, line("a", strings.Repeat("x", 40000)), nil, 413, "text_too_long"},
		"empty":              {post, messages, s.Token, line("a", ""), nil, 422, "empty_text"},
		"blank":              {post, messages, s.Token, line("a", " \n\t "), nil, 422, "empty_text"},
		"only a NUL":         {post, messages, s.Token, line("a", "\x00"), nil, 422, "empty_text"},
		"no body":            {post, messages, s.Token, nil, nil, 422, "invalid_client_id"},
		"no client id":       {post, messages, s.Token, line("", "x"), nil, 422, "invalid_client_id"},
		"odd client id":      {post, messages, s.Token, line("a b", "x"), nil, 422, "invalid_client_id"},
		"long client id":     {post, messages, s.Token, line(strings.Repeat("a", 65), "x"), nil, 422, "invalid_client_id"},
		"attachment":         {post, messages, s.Token, `{"client_id":"a","text":"x","attachment_ids":["f1"]}`, nil, 422, "unknown_attachment"},
		"client id conflict": {post, messages, s.Token, line(taken.ClientID, "another"), nil, 409, "client_id_conflict"},
		"no token":           {post, messages, "", line("a", "x"), nil, 401, "invalid_token"},
		"not a token":        {post, messages, "abc", line("a", "x"), nil, 401, "invalid_token"},
		"other scheme":       {post, messages, "", line("a", "x"), []string{"Authorization", "Basic " + s.Token}, 401, "invalid_token"},
		"foreign token":      {post, messages, stranger, line("a", "x"), nil, 401, "invalid_token"},
		"altered token":      {post, messages, "v1.e30" + s.Token[6:], line("a", "x"), nil, 401, "invalid_token"},
		"token cut short":    {post, messages, s.Token[:len(s.Token)-1], line("a", "x"), nil, 401, "invalid_token"},
		"expired token":      {post, messages, expired, line("a", "x"), nil, 401, "token_expired"},
		"expired stream":     {get, "/api/v1/events", expired, nil, nil, 401, "token_expired"},
		"forged session":     {post, sessions, stranger, map[string]any{"site": "default"}, nil, 401, "invalid_token"},
		"another site's":     {post, sessions, elsewhere, map[string]any{"site": "default"}, nil, 401, "invalid_token"},
		"unknown site":       {post, sessions, "", map[string]any{"site": "nowhere"}, nil, 404, "unknown_site"},
		"no site":            {post, sessions, "", map[string]any{}, nil, 404, "unknown_site"},
		"bad e-mail":         {post, sessions, "", `{"site":"default","visitor":{"email":"me at home"}}`, nil, 422, "invalid_email"},
		"long name":          {post, sessions, "", map[string]any{"site": "default", "visitor": map[string]any{"name": strings.Repeat("x", 201)}}, nil, 422, "name_too_long"},
		"long attribute":     {post, sessions, "", map[string]any{"site": "default", "visitor": map[string]any{"attributes": map[string]any{"a": strings.Repeat("x", 1025)}}}, nil, 422, "field_too_long"},
		"foreign origin":     {post, sessions, "", map[string]any{"site": "default"}, []string{"Origin", "https://evil.example"}, 403, "foreign_origin"},
		"foreign with token": {get, messages, s.Token, nil, []string{"Origin", "https://evil.example"}, 403, "foreign_origin"},
		"opaque origin":      {get, messages, s.Token, nil, []string{"Origin", "null"}, 403, "foreign_origin"},
		"another port":       {get, messages, s.Token, nil, []string{"Origin", "http://127.0.0.1:1"}, 403, "foreign_origin"},
		"another site's page": {get, messages, s.Token, nil, []string{"Origin", "https://other.example"}, 403,
			"foreign_origin"},
		"foreign preflight": {"OPTIONS", messages, "", nil, []string{"Origin", "https://evil.example", "Access-Control-Request-Method", "POST"}, 403, "foreign_origin"},
		"bad after":         {get, messages + "?after=x", s.Token, nil, nil, 400, "invalid_parameter"},
		"negative limit":    {get, messages + "?limit=-1", s.Token, nil, nil, 400, "invalid_parameter"},
		"bad resume point":  {get, "/api/v1/events?after_rev=x", s.Token, nil, nil, 400, "invalid_parameter"},
		"bad format":        {get, "/api/v1/transcript?format=pdf", s.Token, nil, nil, 400, "invalid_parameter"},
		"no seq":            {post, "/api/v1/seen", s.Token, map[string]any{}, nil, 422, "invalid_seq"},
		"negative seq":      {post, "/api/v1/seen", s.Token, map[string]any{"seq": -1}, nil, 422, "invalid_seq"},
		"fractional seq":    {post, "/api/v1/seen", s.Token, map[string]any{"seq": 1.5}, nil, 422, "invalid_field"},
		"empty contact":     {post, "/api/v1/contact", s.Token, map[string]any{"name": " "}, nil, 422, "empty_contact"},
		"contact e-mail":    {post, "/api/v1/contact", s.Token, map[string]any{"email": "a@b@c"}, nil, 422, "invalid_email"},
		"contact phone":     {post, "/api/v1/contact", s.Token, map[string]any{"phone": strings.Repeat("5", 65)}, nil, 422, "phone_too_long"},
		"wrong method":      {"DELETE", messages, s.Token, nil, nil, 405, "method_not_allowed"},
		"typing or not":     {post, "/api/v1/typing", s.Token, map[string]any{}, nil, 422, "invalid_field"},
		"typing, no token":  {post, "/api/v1/typing", "", map[string]any{"typing": true}, nil, 401, "invalid_token"},
		"rating":            {post, "/api/v1/rating", s.Token, map[string]any{"score": 5}, nil, 404, "not_found"},
		"unknown path":      {get, "/api/v1/nothing", s.Token, nil, nil, 404, "not_found"},
		"unknown file":      {get, "/widget/none.js", "", nil, nil, 404, "not_found"},
		"unknown agent":     {get, "/avatars/UNONE", "", nil, nil, 404, "not_found"},
		"no page":           {get, "/", "", nil, nil, 404, "not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.call(c.method, c.path, c.token, c.body, c.headers...)
			if code := a.code(t); a.status != c.status || code != c.code {
				t.Errorf("got %d %s, want %d %s", a.status, code, c.status, c.code)
			}
			if a.head.Get("Content-Type") != "application/json; charset=utf-8" || a.head.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers: %v", a.head)
			}
			if (a.status == 401) != (a.head.Get("WWW-Authenticate") != "") {
				t.Errorf("WWW-Authenticate with %d: %q", a.status, a.head.Get("WWW-Authenticate"))
			}
		})
	}
	if rows := w.row(s); rows.Seq != 1 {
		t.Errorf("refused calls left %d messages", rows.Seq)
	}
}

func TestABrokenStoreAnswers503AndKeepsNothingHalf(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	w.say(s, "before")
	w.store.setBroken(true)
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/api/v1/sessions", `{"site":"default"}`},
		{"POST", "/api/v1/messages", `{"client_id":"c1","text":"during"}`},
		{"GET", "/api/v1/messages", ``},
		{"POST", "/api/v1/handoff", `{}`},
		{"POST", "/api/v1/end", `{}`},
		{"POST", "/api/v1/seen", `{"seq":1}`},
		{"POST", "/api/v1/contact", `{"name":"A"}`},
		{"GET", "/api/v1/transcript", ``},
		{"GET", "/readyz", ``},
	} {
		a := w.call(c.method, c.path, s.Token, c.body)
		if a.status != 503 || a.head.Get("Retry-After") == "" {
			t.Errorf("%s %s: %d %v", c.method, c.path, a.status, a.head)
		}
		if c.path != "/readyz" && a.code(t) != "unavailable" {
			t.Errorf("%s %s: %s", c.method, c.path, a.body)
		}
		if strings.Contains(string(a.body), "disk full") {
			t.Errorf("the visitor reads our insides: %s", a.body)
		}
	}
	if a := w.call("GET", "/healthz", "", nil); a.status != 200 {
		t.Errorf("healthz: %d", a.status)
	}
	w.store.setBroken(false)
	var m messageReply
	w.call("POST", "/api/v1/messages", s.Token, line("c1", "during")).into(t, 201, &m)
	if m.Message.Seq != 2 {
		t.Errorf("got seq %d, want 2", m.Message.Seq)
	}
}

func TestSessionShape(t *testing.T) {
	w := newWorld(t)
	a := w.call("POST", "/api/v1/sessions", "", map[string]any{
		"site": "default", "page_url": "https://shop.example/", "referrer": "https://search.example/", "locale": "de-AT", "identity": "later", "unknown": 1,
		"visitor": map[string]any{"name": " Ana ", "email": "ana@example.com", "attributes": map[string]any{"plan": "gold", "age": 7, "vip": true}},
	})
	var raw map[string]any
	a.into(t, 201, &raw)
	wantKeys(t, "session", raw, "token", "visitor_id", "conversation_id", "conversation", "messages", "site")
	wantKeys(t, "conversation", raw["conversation"], "id", "status", "agent", "expectation", "epoch", "rev")
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
	if len(w.store.convs) != 0 {
		t.Error("a page view left a conversation")
	}
	if a.head.Get("Cache-Control") != "no-store" {
		t.Errorf("a token may be cached: %v", a.head)
	}
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
			"client_id", "reply_id", "order", "rev", "created_at", "edited_at", "deleted")
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
	if len(w.store.convs) != 0 {
		t.Fatal("a conversation began without a message")
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
	if c := w.row(s); c.Status != bridge.Queued || len(w.store.handoffs) != 1 {
		t.Errorf("status %s with %d handoffs", c.Status, len(w.store.handoffs))
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
