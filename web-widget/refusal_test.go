package widget

import (
	"strings"
	"testing"
	"time"

	"threadline/bridge"
)

func TestEveryRefusalHasItsStatusAndCode(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	taken := w.say(s, "taken")
	unbegun := w.session().Token
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
		"nothing to see":     {post, messages, s.Token, line("a", "\u200b \u2060\ufeff\u202e\u3164\n"), nil, 422, "empty_text"},
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
		"long attribute":     {post, sessions, "", map[string]any{"site": "default", "visitor": map[string]any{"attributes": map[string]any{"a": strings.Repeat("x", 1025)}}}, nil, 422, "field_too_long"},
		"foreign origin":     {post, sessions, "", map[string]any{"site": "default"}, []string{"Origin", "https://evil.example"}, 403, "foreign_origin"},
		"foreign with token": {get, messages, s.Token, nil, []string{"Origin", "https://evil.example"}, 403, "foreign_origin"},
		"opaque origin":      {get, messages, s.Token, nil, []string{"Origin", "null"}, 403, "foreign_origin"},
		"another port":       {get, messages, s.Token, nil, []string{"Origin", "http://127.0.0.1:1"}, 403, "foreign_origin"},
		"another site's page": {get, messages, s.Token, nil, []string{"Origin", "https://other.example"}, 403,
			"foreign_origin"},
		"bad after":          {get, messages + "?after=x", s.Token, nil, nil, 400, "invalid_parameter"},
		"negative limit":     {get, messages + "?limit=-1", s.Token, nil, nil, 400, "invalid_parameter"},
		"bad resume point":   {get, "/api/v1/events?after_rev=x", s.Token, nil, nil, 400, "invalid_parameter"},
		"bad format":         {get, "/api/v1/transcript?format=pdf", s.Token, nil, nil, 400, "invalid_parameter"},
		"no seq":             {post, "/api/v1/seen", s.Token, map[string]any{}, nil, 422, "invalid_seq"},
		"negative seq":       {post, "/api/v1/seen", s.Token, map[string]any{"seq": -1}, nil, 422, "invalid_seq"},
		"fractional seq":     {post, "/api/v1/seen", s.Token, map[string]any{"seq": 1.5}, nil, 422, "invalid_field"},
		"empty contact":      {post, "/api/v1/contact", s.Token, map[string]any{"name": " "}, nil, 422, "empty_contact"},
		"contact e-mail":     {post, "/api/v1/contact", s.Token, map[string]any{"email": "a@b@c"}, nil, 422, "invalid_email"},
		"contact phone":      {post, "/api/v1/contact", s.Token, map[string]any{"phone": strings.Repeat("5", 65)}, nil, 422, "phone_too_long"},
		"wrong method":       {"DELETE", messages, s.Token, nil, nil, 405, "method_not_allowed"},
		"typing or not":      {post, "/api/v1/typing", s.Token, map[string]any{}, nil, 422, "invalid_field"},
		"typing, no token":   {post, "/api/v1/typing", "", map[string]any{"typing": true}, nil, 401, "invalid_token"},
		"no score":           {post, "/api/v1/rating", s.Token, map[string]any{"comment": "good"}, nil, 422, "invalid_score"},
		"score of 0":         {post, "/api/v1/rating", s.Token, map[string]any{"score": 0}, nil, 422, "invalid_score"},
		"score of 6":         {post, "/api/v1/rating", s.Token, map[string]any{"score": 6}, nil, 422, "invalid_score"},
		"half a score":       {post, "/api/v1/rating", s.Token, map[string]any{"score": 4.5}, nil, 422, "invalid_field"},
		"long comment":       {post, "/api/v1/rating", s.Token, map[string]any{"score": 1, "comment": strings.Repeat("é", 8001)}, nil, 413, "text_too_long"},
		"rating, no token":   {post, "/api/v1/rating", "", map[string]any{"score": 5}, nil, 401, "invalid_token"},
		"nothing to rate":    {post, "/api/v1/rating", unbegun, map[string]any{"score": 5}, nil, 409, "nothing_to_rate"},
		"no answer's seq":    {post, "/api/v1/feedback", s.Token, map[string]any{"helpful": true}, nil, 422, "invalid_seq"},
		"answer 0":           {post, "/api/v1/feedback", s.Token, map[string]any{"seq": 0, "helpful": true}, nil, 422, "invalid_seq"},
		"helpful or not":     {post, "/api/v1/feedback", s.Token, map[string]any{"seq": 1}, nil, 422, "invalid_field"},
		"their own line":     {post, "/api/v1/feedback", s.Token, map[string]any{"seq": 1, "helpful": true}, nil, 404, "unknown_answer"},
		"no such line":       {post, "/api/v1/feedback", s.Token, map[string]any{"seq": 99, "helpful": true}, nil, 404, "unknown_answer"},
		"feedback, no token": {post, "/api/v1/feedback", "", map[string]any{"seq": 1, "helpful": true}, nil, 401, "invalid_token"},
		"unknown path":       {get, "/api/v1/nothing", s.Token, nil, nil, 404, "not_found"},
		"unknown file":       {get, "/widget/none.js", "", nil, nil, 404, "not_found"},
		"unknown agent":      {get, "/avatars/UNONE", "", nil, nil, 404, "not_found"},
		"no page":            {get, "/", "", nil, nil, 404, "not_found"},
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
		{"POST", "/api/v1/rating", `{"score":1}`},
		{"POST", "/api/v1/feedback", `{"seq":1,"helpful":true}`},
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
