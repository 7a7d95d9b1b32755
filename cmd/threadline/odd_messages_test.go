package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"threadline/cmd/threadline/programtest"
	"threadline/storage/storagetest"
)

// TestOddMessagesAreNotMetWithSilence: whatever can be sent, with knowledge and
// without any, gets words from the assistant or a person called, and leaves the
// program fit for the next visitor.
func TestOddMessagesAreNotMetWithSilence(t *testing.T) {
	messages := map[string]string{
		"one word repeated":      strings.TrimSpace(strings.Repeat("refund ", 1142)),
		"one letter repeated":    strings.Repeat("a", 8000),
		"8,000 wide characters":  strings.Repeat("界", 8000),
		"marks upon marks":       "h" + strings.Repeat("\u0301", 4000),
		"mixed scripts":          "Do you sеrvice hеat pumps? 您好 שלום مرحبا Здравствуйте",
		"right to left":          "\u202edo you service heat pumps?\u202c",
		"unbalanced bidi":        strings.Repeat("\u2067\u202e", 50) + "hello",
		"zero width in words":    "do you ser\u200bvice he\u200bat pu\u00admps?",
		"signs alone":            "?!?!…—",
		"faces alone":            "😀😀🏳️‍🌈",
		"tags and quotes":        `<script>alert("x")</script> ' OR 1=1 -- {{.}} <@U123> <!here>`,
		"lines alone":            "hello" + strings.Repeat("\n", 500) + "there",
		"a person in disguise":   "t\u200balk to a hu\u00adman please",
		"a person, turned round": "\u202etalk to a human\u202c",
	}
	for name, knowledge := range map[string]string{"sample knowledge": "demo/knowledge", "no knowledge": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, env := workspace(t)
			p := launch(t, binary(t, ""), append(env, "DATABASE_URL="+storagetest.SQLite(t), "KNOWLEDGE_DIR="+knowledge), "serve")
			visitors := map[string]*visitor{}
			for what, text := range messages {
				visitors[what] = newVisitor(t, p.lines["site"])
				visitors[what].say(text)
			}
			for what, v := range visitors {
				until(t, what+": words for the visitor", func() bool { return len(v.said("assistant"))+len(v.said("system")) > 0 })
				if strings.HasPrefix(what, "a person") && v.status() != "queued" {
					t.Errorf("%s: the chat is %s, want a person called", what, v.status())
				}
				if got := v.said("visitor"); len(got) != 1 || got[0] == "" {
					t.Errorf("%s: the transcript shows %d lines of the visitor", what, len(got))
				}
			}
			v := newVisitor(t, p.lines["site"])
			if code, says := v.posts(strings.Repeat("refund ", 1429)[:10_000]); code != http.StatusRequestEntityTooLarge || !strings.Contains(says, "8,000") {
				t.Errorf("10,000 characters: %d %q, want 413 and the limit", code, says)
			}
			if code, says := v.posts("\u200b \u2060\ufeff\n"); code != http.StatusUnprocessableEntity || says == "" {
				t.Errorf("nothing visible: %d %q, want 422", code, says)
			}
			v.say("I want to talk to a human")
			until(t, "a person is called", func() bool { return v.status() == "queued" })
		})
	}
}

// posts sends a line and returns the status and what the refusal says.
func (v *visitor) posts(text string) (int, string) {
	v.t.Helper()
	b, err := json.Marshal(map[string]any{"client_id": uuid.NewString(), "text": text})
	if err != nil {
		v.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.site+"/api/v1/messages", strings.NewReader(string(b)))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+v.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var refusal struct{ Error struct{ Message string } }
	if err := json.NewDecoder(resp.Body).Decode(&refusal); err != nil {
		v.t.Fatal(err)
	}
	return resp.StatusCode, refusal.Error.Message
}

// TestASlowImportHoldsUpNobody: while pages crawl in beside the running
// program, visitors are answered from what is known; nothing of the import is
// there before all of it is.
func TestASlowImportHoldsUpNobody(t *testing.T) {
	_, env := workspace(t)
	env = append(env, "DATABASE_URL="+storagetest.SQLite(t))
	p := launch(t, binary(t, ""), slices.Clone(env), "serve")
	asked, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	release := func() { once.Do(func() { close(goOn) }) }
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := ""
		switch r.URL.Path {
		case "/sitemap.xml":
			page = `<urlset><url><loc>http://` + r.Host + `/boilers</loc></url><url><loc>http://` + r.Host + `/slow</loc></url></urlset>`
		case "/boilers":
			page = `<title>Boilers</title><p>A zeppelin inspection costs $120.</p>`
		case "/slow":
			close(asked)
			select {
			case <-goOn:
			case <-r.Context().Done():
			}
			page = `<title>Gondolas</title><p>Gondolas are painted in May.</p>`
		default:
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, page) // a caller that left
	}))
	t.Cleanup(site.Close)
	t.Cleanup(release)

	type end struct {
		err error
		out string
	}
	ended := make(chan end, 1)
	imports := exec.CommandContext(t.Context(), binary(t, ""), "kb", "import", "--private-host", "127.0.0.1", site.URL+"/sitemap.xml")
	imports.Env = append(programtest.CleanEnv(), env...)
	go func() {
		out, err := imports.CombinedOutput()
		ended <- end{err, string(out)}
	}()
	<-asked
	v := newVisitor(t, p.lines["site"])
	v.say("Do you service heat pumps?")
	v.heard("assistant", "heat pump")
	if code, out := finish(t, env, "kb", "search", "zeppelin inspection"); code != 0 || strings.Contains(out, "zeppelin") {
		t.Errorf("half an import is there: exit code %d\n%s", code, out)
	}
	select {
	case e := <-ended:
		t.Fatalf("the import ended while its page hung: %+v", e)
	default:
	}
	release()
	if e := <-ended; e.err != nil || !strings.Contains(e.out, "2 added") {
		t.Fatalf("%v\n%s", e.err, e.out)
	}
	// The next questions find it, as soon as the index has been made anew.
	until(t, "an answer from the new page", func() bool {
		v := newVisitor(t, p.lines["site"])
		v.say("How much is a zeppelin inspection?")
		until(t, "a reply", func() bool { return len(v.said("assistant"))+len(v.said("system")) > 0 })
		return strings.Contains(strings.Join(v.said("assistant"), "\n"), "$120")
	})
}
