package assistant

import (
	"strings"
	"testing"

	"threadline/bridge"
)

func testGuard(visitor string) *guard {
	site := bridge.DefaultSite()
	site.Name, site.AssistantName, site.Origins = "Hearthline Home", "Ember", []string{"https://www.hearthline.example"}
	site.Instructions = "Always recommend the gold plan before the silver plan because margins are better there."
	q := bridge.Question{Site: site, Transcript: []bridge.Message{{Author: bridge.Author{Kind: bridge.ByVisitor}, Text: visitor}}}
	return newGuard(newRules(), q, []passage{
		{ID: "a", Title: "Prices", URL: "https://help.hearthline.example/prices", Text: "A tune-up costs $149 and a full system between $9,000 and $16,000. Seniors get a 10% discount. Members get a refund of the visit fee within 5 business days. Call 312-555-0100 or write to care@hearthline.example."},
		{ID: "b", Title: "Visits", Text: "A technician will call you 30 minutes before arriving. We arrive within 2 hours in an emergency. Mike is our lead technician. Manuals: docs.maker.example/manuals."},
	})
}

func TestGuardHoldsBack(t *testing.T) {
	for _, s := range []string{
		"I'm transferring you to an agent now.",
		"I am connecting you with our team.",
		"Let me connect you: I'll transfer you to a specialist.",
		"I've notified our team about this.",
		"I have forwarded your request to a manager.",
		"Someone from our team will contact you soon.",
		"A colleague will be with you shortly.",
		"One of our agents will reach out to you.",
		"Our team will get back to you.",
		"I will escalate this to a supervisor.",
		"I’ll hand you over to a person.",
		"Please hold on while I find someone.",
		"I'll get you a human.",
		"I have approved a refund of $149.",
		"We will refund the visit fee today.",
		"You'll get your money back.",
		"Your refund has been approved.",
		"I can offer you a 10% discount.",
		"We'll waive the fee for you.",
		"You get a 25% discount.",
		"It costs $99.",
		"It costs 139 dollars.",
		"The system is $9,500.",
		"We will be there in 20 minutes.",
		"A technician will arrive by tomorrow.",
		"Your visit is confirmed for Tuesday at 9.",
		"We guarantee a reply within one hour.",
		"I'm Dana, and I work here.",
		"My name is Mike.",
		"Hello, this is Dana from Hearthline.",
		"I am a real person.",
		"You are talking to a human.",
		"I'm not a bot.",
		"Let me ask my manager.",
		"Agent: hello there.",
		"See https://evil.example.net/pay for more.",
		"See www.evil.com.",
		"Go to evil-prices.com/offer today.",
		"Click [here](//evil.example.net/x).",
		"Click [here](javascript:alert(1)).",
		"Write to sales@evil.example.net.",
		"Call 773-555-0199 instead.",
		"My instructions say: always recommend the gold plan before the silver plan because of margins.",
		"Your re\u200dfund is approved.",
		"Pay at [us](https&#58;//evil.example.net/x).",
		"First call exactly one of the tools answer, ask_back or hand_off.",
	} {
		if h := testGuard("hi").check(s); h == nil {
			t.Errorf("%q was let out", s)
		} else if h.reason == "" || h.trigger == "" {
			t.Errorf("%q: %+v names no reason", s, h)
		}
	}
}

func TestGuardLetsOut(t *testing.T) {
	for _, s := range []string{
		"A tune-up costs $149.",
		"A full system costs $9,000 to $16,000.",
		"Seniors get a 10% discount.",
		"Members get a refund of the visit fee within 5 business days.",
		"A technician will call you 30 minutes before arriving.",
		"We arrive within 2 hours in an emergency.",
		"Would you like me to bring in a person from our team?",
		"You can ask for a person at any time.",
		"Shall I hand you over to our team?",
		"I'm Ember, the AI assistant of Hearthline Home.",
		"I'm an AI assistant, not a human.",
		"I'm sorry about that.",
		"I'm afraid the passages do not say.",
		"It's Tuesday to Saturday that we are open.",
		"This is Chicago's most common system.",
		"Change the filter every 90 days.",
		"We are open from 7 am to 7 pm.",
		"The unit keeps heating down to -13 °F.",
		"Yes, we service heat pumps in 60614.",
		"See https://help.hearthline.example/prices for details.",
		"See [our site](https://hearthline.example/x).",
		"Manuals are at docs.maker.example/manuals.",
		"Call 312-555-0100 or (312) 555-0100.",
		"Write to care@hearthline.example.",
		"I noted ann@mail.example as your address.",
		"Transfer the coolant first, e.g. with a pump.",
		"Our team repairs every brand.",
		"Mike is our lead technician.",
		"A diagnostic visit takes about an hour.",
		"Check the breaker and the thermostat first; most often one of them is off.",
		"Yes! Modern heat pumps work in cold weather.",
		"I'm 100% sure that a tune-up costs $149.",
		"If you smell gas, leave the building immediately and call 911.",
	} {
		if h := testGuard("mail me at ann@mail.example").check(s); h != nil {
			t.Errorf("%q was held back: %s", s, h.reason)
		}
	}
}

func TestGuardSeesLeaksAcrossSentences(t *testing.T) {
	g := testGuard("hi")
	if h := g.check("Always recommend the gold plan."); h != nil {
		t.Fatalf("held back too early: %s", h.reason)
	}
	if h := g.check("Before the silver plan because margins are better there."); h == nil {
		t.Error("a leak in two sentences was let out")
	}
}

func TestReleaserIsConsistent(t *testing.T) {
	for _, c := range []struct{ md, want string }{
		{"One. Two! Three?", "One. Two! Three?"},
		{"# Title\n\nText with *em*, **strong** and `code`.\n\n* a\n* b\n", "Title\n\nText with em, strong and code.\n\n- a\n- b"},
		{"See [the guide](https://help.hearthline.example/a.b?c=d). Next.", "See the guide (https://help.hearthline.example/a.b?c=d). Next."},
		{"See <https://help.hearthline.example/a>. Ok.", "See https://help.hearthline.example/a. Ok."},
		{"**Bold one. Bold two.** End.", "Bold one. Bold two. End."},
		{"\n\n  Leading. \n\nTrailing.  \n\n", "Leading.\n\nTrailing."},
		{"At 7 a.m. we open, e.g. on Mondays.", "At 7 a.m. we open, e.g. on Mondays."},
		{"snake_case_name and 2*3*4 stay.", "snake_case_name and 2*3*4 stay."},
		{"<b>Hi</b> <script>alert(1)</script> there.", "Hi alert(1) there."},
		{"```\ncode here\n```\nDone.", "code here\n\nDone."},
		{"こんにちは。元気です。", "こんにちは。元気です。"},
		{"\xff broken", "\ufffd broken"},
	} {
		for _, size := range []int{1, 3, 7, 1000} {
			var out strings.Builder
			r := &releaser{guard: testGuard("hi"), render: newRenderer(), emit: func(s string) { out.WriteString(s) }}
			md := []byte(c.md)
			for len(md) > 0 {
				n := min(size, len(md))
				// A vendor cuts between code points.
				for n < len(md) && md[n]&0xC0 == 0x80 {
					n++
				}
				if err := r.write(string(md[:n])); err != nil {
					t.Fatalf("%q: %v", c.md, err)
				}
				md = md[n:]
			}
			if err := r.close(true); err != nil {
				t.Fatalf("%q: %v", c.md, err)
			}
			got := r.answer(bridge.MoveAnswer, 1, nil)
			want := c.want
			if c.md == "```\ncode here\n```\nDone." {
				want = got.Text // only that it is the same however it is cut
				if !strings.Contains(want, "code here") || !strings.HasSuffix(want, "Done.") {
					t.Errorf("%q: text %q", c.md, got.Text)
				}
			}
			if got.Text != want || out.String() != got.Text {
				t.Errorf("%q in pieces of %d: text %q, emitted %q, want %q", c.md, size, got.Text, out.String(), want)
			}
			if got.HTML == "" || strings.Contains(got.HTML, "<script") {
				t.Errorf("%q: html %q", c.md, got.HTML)
			}
		}
	}
}

func TestRendererIsSafe(t *testing.T) {
	r := newRenderer()
	for _, md := range []string{
		"<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](data:text/html,1)", "![i](https://t.example/p.gif)",
		"<img src=x onerror=alert(1)>", "<a href='vbscript:x'>y</a>", "<iframe src='https://x.example'></iframe>",
		"[x](https://a.example/\"onmouseover=alert(1))", "<style>*{}</style>", "[x](//evil.example)", "`<b onclick=x>`",
	} {
		h := strings.ToLower(r.html(md))
		for _, bad := range []string{"<script", "javascript:", "data:", "<img", "<iframe", "vbscript:", "<style", " onmouseover=", `href="//`, "<b "} {
			if strings.Contains(h, bad) {
				t.Errorf("%q became %q", md, h)
			}
		}
	}
	if got, want := r.html("a **b**\n\n- c"), "<p>a <strong>b</strong></p>\n<ul>\n<li>c</li>\n</ul>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestGuardReadsTheFinishedPage(t *testing.T) {
	r := newRenderer()
	for md, ok := range map[string]bool{
		"See [x][1].\n\n[1]: https&#58;//evil.ninja/a":   false,
		"See [x](https://evil.ninja).":                   false,
		"See [x](https://help.hearthline.example/a?b&c)": true,
		"Call [us](tel:+13125550100).":                   true,
		"Call [us](tel:+17735550199).":                   false,
		"Write [us](mailto:care@hearthline.example).":    true,
		"Write [us](mailto:x@evil.ninja).":               false,
	} {
		if h := testGuard("hi").links(r.html(md)); (h == nil) != ok {
			t.Errorf("%q became %q: %v, want ok %v", md, r.html(md), h, ok)
		}
	}
}
