package slackapp

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func testNames(id string) string {
	if id == "U0DANA000" {
		return "Dana Reed"
	}
	return ""
}

func TestPublicForm(t *testing.T) {
	const rel = ` target="_blank" rel="noopener noreferrer nofollow"`
	for _, c := range []struct{ name, in, text, html string }{
		{"plain", "Hello", "Hello", "Hello"},
		{"entities are decoded once", "a &amp;lt; b &lt;i&gt; &amp;amp;", "a &lt; b <i> &amp;", "a &amp;lt; b &lt;i&gt; &amp;amp;"},
		{"emphasis", "*bold* _it_ ~no~", "bold it no", "<strong>bold</strong> <em>it</em> <del>no</del>"},
		{"nested", "*bold _both_*", "bold both", "<strong>bold <em>both</em></strong>"},
		{"no emphasis inside words", "snake_case_name 2*3*4", "snake_case_name 2*3*4", "snake_case_name 2*3*4"},
		{"no emphasis around spaces", "* not * this", "* not * this", "* not * this"},
		{"unclosed", "*never closed", "*never closed", "*never closed"},
		{"empty pair", "** __ ~~", "** __ ~~", "** __ ~~"},
		{"code", "run `a *b* <c`", "run a *b* <c", "run <code>a *b* &lt;c</code>"},
		{"code with entities", "`&lt;b&gt;`", "<b>", "<code>&lt;b&gt;</code>"},
		{"fence", "see\n```\nx &lt; y\n  *z*\n```\nend", "see\nx < y\n  *z*\nend", "see<pre><code>x &lt; y\n  *z*</code></pre>end"},
		{"quote", "&gt; one\n&gt;two\nthree", "> one\n> two\nthree", "<blockquote>one<br>two</blockquote>three"},
		{"bullets", "• one\n• *two*\nend", "• one\n• two\nend", "<ul><li>one</li><li><strong>two</strong></li></ul>end"},
		{"numbers", "1. one\n2. two", "1. one\n2. two", "<ol><li>one</li><li>two</li></ol>"},
		{"lines", "a\n\nb", "a\n\nb", "a<br><br>b"},
		{"link", "<https://example.com/a?x=1&amp;y=2>", "https://example.com/a?x=1&y=2",
			`<a href="https://example.com/a?x=1&amp;y=2"` + rel + `>https://example.com/a?x=1&amp;y=2</a>`},
		{"labelled link", "<https://example.com|our *parts*>", "our *parts* (https://example.com)",
			`<a href="https://example.com"` + rel + `>our *parts*</a>`},
		{"link in bold", "*<https://e.com|go>*", "go (https://e.com)", `<strong><a href="https://e.com"` + rel + `>go</a></strong>`},
		{"mail", "<mailto:a@b.c|a@b.c>", "a@b.c", `<a href="mailto:a@b.c"` + rel + `>a@b.c</a>`},
		{"telephone", "<tel:+13125550100|+1 312 555 0100>", "+1 312 555 0100", `<a href="tel:+13125550100"` + rel + `>+1 312 555 0100</a>`},
		{"script link", "<javascript:alert(1)|click>", "click", "click"},
		{"script link without words", "<javascript:alert(1)>", "", ""},
		{"slack link", "<slack://channel?id=C1|the thread>", "the thread", "the thread"},
		{"quote in a link", `<https://e.com/"onclick="x|y>`, `y (https://e.com/"onclick="x)`,
			`<a href="https://e.com/&#34;onclick=&#34;x"` + rel + `>y</a>`},
		{"a name", "ask <@U0DANA000>", "ask @Dana Reed", "ask @Dana Reed"},
		{"an unknown name", "ask <@U0NOBODY1>", "ask a colleague", "ask a colleague"},
		{"a name with a label", "ask <@U0NOBODY1|lee>", "ask @lee", "ask @lee"},
		{"a channel", "in <#C0123456|sales> or <#C0123456>", "in #sales or a channel", "in #sales or a channel"},
		{"a group", "<!subteam^S0123456|@ops> <!subteam^S0123456>", "@ops the team", "@ops the team"},
		{"everyone", "<!here> <!channel> <!everyone>", "@here @channel @everyone", "@here @channel @everyone"},
		{"a date", "<!date^1392734382^{date}|18 Feb>", "18 Feb", "18 Feb"},
		{"emoji", ":tada: :+1::skin-tone-3: :flag-us: :slightly_smiling_face:", "🎉 👍🏼 🇺🇸 🙂", "🎉 👍🏼 🇺🇸 🙂"},
		{"an emoji of the workspace", ":our_logo: at 10:30:45", ":our_logo: at 10:30:45", ":our_logo: at 10:30:45"},
		{"markup of a page", "<b>x</b> & \"y\"", "x & \"y\"", `x &amp; &#34;y&#34;`},
		{"right to left", "مرحبا *بك*", "مرحبا بك", "مرحبا <strong>بك</strong>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, html := publicForm(c.in, testNames)
			if c.name == "markup of a page" {
				// Slack never stores a bare <; whatever it means, no tag of it
				// may come out.
				if strings.Contains(html, "<b>") {
					t.Errorf("html = %q", html)
				}
				return
			}
			if text != c.text {
				t.Errorf("text = %q, want %q", text, c.text)
			}
			if html != c.html {
				t.Errorf("html = %q, want %q", html, c.html)
			}
		})
	}
}

// BenchmarkPublicFormOfHostileText says how many times more a byte costs in a
// text sixteen times as long: 1 where the work grows with the length, 16 where it
// grows with its square.
func BenchmarkPublicFormOfHostileText(b *testing.B) {
	for _, unit := range []string{"*", "*a ", "_~*", "`", "<", "&", ":", "&gt;", "• ", "*a*b", "<@", "1. ", "```", "*_~a", "*<", "*a* <", "*a* `<"} {
		b.Run(strings.TrimSpace(unit), func(b *testing.B) {
			cost := func(size int) float64 {
				in := strings.Repeat(unit, size/len(unit))
				began := time.Now()
				for range b.N {
					publicForm(in, testNames)
				}
				return float64(time.Since(began)) / float64(b.N*size)
			}
			short, long := cost(10_000), cost(160_000)
			b.ReportMetric(long/short, "times-per-byte")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func FuzzPublicFormIsSafe(f *testing.F) {
	for _, s := range []string{
		"*<https://e.com|x>* `y` &lt;script&gt;", "<javascript:x|y>", "> &gt; ```a", "<a href=\"x\">", `<https://e.com/" onmouseover="x>`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) { mustBeSafe(t, in) })
}

// TestPublicFormIsSafe throws hostile pieces together in thousands of ways.
func TestPublicFormIsSafe(t *testing.T) {
	pieces := []string{
		"<", ">", "&lt;", "&gt;", "&amp;", "*", "_", "~", "`", "```", "\n", " ", "a", "\"", "'", "|", ":tada:", ":",
		"<https://e.com", "<javascript:x|", "<mailto:", "<@U0DANA000>", "<!here>", "• ", "1. ", "onclick=", "<a href=\"", "\u202e", "\x00",
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var b strings.Builder
		for range 1 + rng.IntN(14) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		mustBeSafe(t, b.String())
	}
}

// mustBeSafe fails unless the HTML holds our few tags and safe links alone.
func mustBeSafe(t *testing.T, in string) {
	t.Helper()
	_, html := publicForm(in, testNames)
	safeTags(t, in, html)
}

// safeTags fails unless the HTML holds our few tags, and safe
// links, alone.
func safeTags(t *testing.T, in, html string) {
	t.Helper()
	for rest := html; ; {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		j := strings.IndexByte(rest, '>')
		if j < 0 {
			t.Fatalf("unclosed tag from %q: %q", in, html)
		}
		tag := strings.TrimPrefix(rest[:j], "/")
		switch tag {
		case "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "br", "a":
			continue
		}
		target, ok := strings.CutPrefix(tag, `a href="`)
		if !ok {
			t.Fatalf("tag %q from %q", tag, in)
		}
		target, rel, ok := strings.Cut(target, `"`)
		if !ok || rel != ` target="_blank" rel="noopener noreferrer nofollow"` {
			t.Fatalf("link %q from %q", tag, in)
		}
		scheme, _, _ := strings.Cut(target, ":")
		switch strings.ToLower(scheme) {
		case "http", "https", "mailto", "tel":
		default:
			t.Fatalf("link to %q from %q", target, in)
		}
	}
}

func TestMentionsColleague(t *testing.T) {
	for in, want := range map[string]bool{
		"ask <@U0DANA000> about it":      true,
		"<!here> look":                   true,
		"<!channel|channel> look":        true,
		"<!subteam^S01|@ops>":            true,
		"see <#C01|sales>":               true,
		"a@b.c and @here as typed":       false,
		"<https://example.com|#sales>":   false,
		"<mailto:a@b.c|a@b.c>":           false,
		"<!date^1392734382^{date}|18>":   false,
		"&lt;@U0DANA000&gt; as he wrote": false,
	} {
		if got := mentionsColleague(in); got != want {
			t.Errorf("%q = %v", in, got)
		}
	}
}
