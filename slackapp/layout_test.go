package slackapp

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"threadline/bridge"
	"threadline/bridge/lead"
)

var update = flag.Bool("update", false, "rewrite the golden layouts")

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func sampleVisitor() bridge.Visitor {
	return bridge.Visitor{ID: "v_7f3a", Name: "Priya <!here> *N*", Email: "priya@example.com", Phone: "+1 312 555 0100"}
}

func sampleHandoff() bridge.Handoff {
	return bridge.Handoff{
		ID: "h1", Conversation: "c1", Status: bridge.HandoffOpen, Trigger: "explicit_request",
		Evidence: "I want <@U1> a *person* & a refund", Reason: "The visitor asked for a person.",
		Priority: bridge.High, OpenedAt: noon, WaitingSince: noon,
		Summary: bridge.Summary{
			Issue: "The furnace is loud.", OpenQuestion: "When can somebody come?",
			Tried: []string{"Filters every three months.", "Warranty is ten years."},
			Lead: lead.Assessment{
				Stage: lead.Qualified, Intent: lead.Booking, Score: 70, Reasons: []string{"+20 phone number", "+25 wants a visit"},
				Facts: []string{"Model: Carrier 24ACC6 <!here>", "Postcode: 60614 (in the service area)"},
			},
		},
	}
}

// travelled has come from elsewhere, by way of other pages, and been here before.
func travelled(c bridge.Conversation) bridge.Conversation {
	c.LastVisitorAt = noon
	c.Device, c.Locale, c.Referrer = "Phone · Safari · iOS", "es-US", "https://search.example/?q=<!here>"
	c.Trail = []string{"https://example.com/", "https://example.com/prices?from=<!channel>", c.PageURL}
	c.Episode = 3
	return c
}

// from is the visitor with a browser in that time zone.
func from(zone string, v bridge.Visitor) bridge.Visitor {
	v.Attributes = map[string]string{bridge.TimeZone: zone}
	return v
}

// TestOnlyTimeZonesAreShown: what a browser says is not to be believed.
func TestOnlyTimeZonesAreShown(t *testing.T) {
	january := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	for zone, want := range map[string]string{
		"America/Chicago": "time zone America/Chicago (UTC-06:00)", "Asia/Kolkata": "time zone Asia/Kolkata (UTC+05:30)",
		"": "", "UTC": "", "Local": "", "<!channel>/x": "", "../../etc/passwd": "", "Mars/Olympus": "",
	} {
		if got := arrivalLine(bridge.Conversation{LastVisitorAt: january}, from(zone, bridge.Visitor{})); got != want {
			t.Errorf("%q became %q, want %q", zone, got, want)
		}
	}
}

func layouts() map[string]card {
	dana := bridge.Agent{ID: "U1", Name: "Dana Reed"}
	conv := func(s bridge.Status) bridge.Conversation {
		c := bridge.Conversation{ID: "c1", Status: s, PageURL: "https://example.com/heat"}
		switch s {
		case bridge.Queued:
			c.Handoff = "h1"
		case bridge.Assigned:
			c.Handoff, c.Holder = "h1", "U1"
		}
		return c
	}
	out := map[string]card{
		"root-automatic": root{conversation: conv(bridge.Automatic), visitor: sampleVisitor()}.draw(),
		"root-queued":    root{conversation: conv(bridge.Queued), visitor: sampleVisitor(), since: noon}.draw(),
		"root-assigned":  root{conversation: travelled(conv(bridge.Assigned)), visitor: from("America/Chicago", sampleVisitor()), holder: dana, owner: bridge.Agent{ID: "U2", Name: "Lee *Cho*"}}.draw(),
		"root-resolved":  root{conversation: conv(bridge.Resolved), visitor: bridge.Visitor{ID: "v_7f3a"}}.draw(),
	}
	a := alert{handoff: sampleHandoff(), visitor: sampleVisitor(), link: "https://t.slack.com/archives/C1/p1", page: "https://example.com/heat"}
	a.call = []string{"U0MORGAN0", "S0MANAGERS"}
	out["alert-open"] = a.draw()
	a.call = nil
	a.handoff.ResponseDue = noon.Add(3 * time.Minute)
	out["alert-due"] = a.draw()
	a.handoff.BreachedAt = noon.Add(3 * time.Minute)
	out["alert-late"] = a.draw()
	a.handoff.ResponseDue, a.handoff.BreachedAt = time.Time{}, time.Time{}
	a.agent = dana
	a.handoff.Status, a.handoff.ClaimedAt = bridge.HandoffClaimed, noon
	out["alert-claimed"] = a.draw()
	a.handoff.Status, a.handoff.ClosedAt = bridge.HandoffResolved, noon
	a.handoff.Outcome, a.handoff.Note = bridge.Booked, "Tuesday at nine"
	out["alert-resolved"] = a.draw()
	a.handoff.Status = bridge.HandoffExpired
	out["alert-expired"] = a.draw()
	a.handoff.Status = bridge.HandoffEnded
	out["alert-ended"] = a.draw()
	lines := map[string]bridge.LineBody{
		"line-visitor": {Seq: 1, Kind: bridge.ByVisitor, Name: "Priya", Text: "Do you *service* <!channel> heat pumps?", Page: "https://example.com/heat"},
		"line-assistant": {
			Seq: 2, Kind: bridge.ByAssistant, Name: "Ada", Text: "Yes, in 60614.",
			Source: []bridge.Source{{Title: "Service area", URL: "https://example.com/area"}, {Title: "Notes", URL: "area.md"}},
		},
		"line-system": {Seq: 3, Kind: bridge.BySystem, Text: "I'm bringing in a person."},
	}
	for name, l := range lines {
		text, blocks := linePost(l)
		out[name] = card{text: text, blocks: blocks}
	}
	text, blocks := heldCard(bridge.HeldBody{LineKey: "C1:1.000001", Offer: bridge.OfferClaimAndSend, Reason: "Nobody has claimed it."}, "h1")
	out["held-before-claim"] = card{text: text, blocks: blocks}
	text, blocks = heldCard(bridge.HeldBody{LineKey: "C1:1.000001", Offer: bridge.OfferSend, Reason: "It mentions a colleague."}, "h1")
	out["held-mention"] = card{text: text, blocks: blocks}
	text, blocks = notePost(bridge.NoteBody{Text: "The visitor asked again."}, nil, "")
	out["note"] = card{text: text, blocks: blocks}
	text, blocks = notePost(bridge.NoteBody{Text: "It is about money now.", Evidence: "I want a *refund* <@U1>"}, []string{"U0MORGAN0"}, "")
	out["note-calling"] = card{text: text, blocks: blocks}
	text, blocks = heldCard(bridge.HeldBody{LineKey: "C1:1.000001", Reason: "Guests may read along."}, "h1")
	out["held-told-only"] = card{text: text, blocks: blocks}
	text, blocks = linePost(lines["line-visitor"], lines["line-assistant"], lines["line-system"])
	out["line-batch"] = card{text: text, blocks: blocks}
	view := resolveView(`{"conversation":"c1"}`)
	out["modal-resolve"] = card{text: view.Title.Text, blocks: view.Blocks.BlockSet}
	return out
}

func TestLayoutsAreGolden(t *testing.T) {
	for name, c := range layouts() {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err := enc.Encode(struct {
			Text   string        `json:"text"`
			Blocks []slack.Block `json:"blocks"`
		}{c.text, c.blocks})
		if err != nil {
			t.Fatal(err)
		}
		raw := b.Bytes()
		path := filepath.Join("testdata", "layouts", name+".json")
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, raw, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != string(raw) {
			t.Errorf("%s differs from %s; look, then run with -update:\n%s", name, path, raw)
		}
	}
}

// walk visits every object of blocks as JSON.
func walk(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			walk(x, visit)
		}
	case map[string]any:
		visit(v)
		for _, x := range v {
			walk(x, visit)
		}
	}
}

func blocksAsJSON(t *testing.T, blocks []slack.Block) []any {
	t.Helper()
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	var v []any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// checkLimits holds blocks against Block Kit's limits.
func checkLimits(t *testing.T, name string, c card) {
	t.Helper()
	if n := len(c.blocks); n > 50 {
		t.Errorf("%s: %d blocks", name, n)
	}
	total := 0
	walk(any(blocksAsJSON(t, c.blocks)), func(o map[string]any) {
		text, _ := o["text"].(string)
		n := utf8.RuneCountInString(text)
		total += n
		switch o["type"] {
		case "text":
			if n == 0 || n > 3000 {
				t.Errorf("%s: a run of %d characters", name, n)
			}
		case "mrkdwn":
			if n == 0 || n > 3000 {
				t.Errorf("%s: mrkdwn of %d characters", name, n)
			}
			if o["verbatim"] != true {
				t.Errorf("%s: mrkdwn that is not verbatim: %q", name, text)
			}
		case "header":
			if h := o["text"].(map[string]any)["text"].(string); utf8.RuneCountInString(h) > 150 {
				t.Errorf("%s: header of %d characters", name, len(h))
			}
		case "button":
			if l := o["text"].(map[string]any)["text"].(string); utf8.RuneCountInString(l) > 75 {
				t.Errorf("%s: button label %q", name, l)
			}
		}
		if id, _ := o["block_id"].(string); len(id) > 255 {
			t.Errorf("%s: block id of %d bytes", name, len(id))
		}
	})
	if total > 13_000 {
		t.Errorf("%s: blocks of %d characters", name, total)
	}
}

func TestLayoutsKeepWithinLimits(t *testing.T) {
	for name, c := range layouts() {
		checkLimits(t, name, c)
		if c.text == "" {
			t.Errorf("%s has no text beside its blocks", name)
		}
	}
	huge := strings.Repeat("<&>🙂 x", 4000)
	h := sampleHandoff()
	h.Evidence, h.Reason, h.Note = huge, huge, huge
	h.Summary = bridge.Summary{Issue: huge, OpenQuestion: huge, Tried: []string{huge, huge, huge, huge, huge}}
	v := bridge.Visitor{ID: bridge.VisitorID(huge), Name: huge, Email: huge, Phone: huge}
	a := alert{handoff: h, visitor: v, link: "https://t.slack.com/archives/C1/p1", page: "https://example.com/" + huge}
	for _, s := range []bridge.HandoffStatus{bridge.HandoffOpen, bridge.HandoffClaimed, bridge.HandoffResolved} {
		a.handoff.Status = s
		c := a.draw()
		checkLimits(t, "huge alert "+string(s), c)
		if cut := clipEscaped(c.text, maxUpdateText); utf8.RuneCountInString(cut) > maxUpdateText || strings.Count(cut, "<") != strings.Count(cut, ">") {
			t.Errorf("an update's text of %d characters with a broken token: %q", utf8.RuneCountInString(cut), cut[len(cut)-60:])
		}
	}
	c := root{
		conversation: bridge.Conversation{
			ID: "c", Status: bridge.Queued, PageURL: "https://example.com/" + huge, Episode: 1_000_000, Device: huge, Locale: huge,
			Trail: []string{"https://example.com/a" + huge, "https://example.com/b" + huge, "https://example.com/c" + huge, huge, huge, huge},
		},
		visitor: v, holder: bridge.Agent{Name: huge}, owner: bridge.Agent{ID: "U2", Name: huge}, since: noon,
	}.draw()
	checkLimits(t, "huge root", c)
	for _, unit := range []string{"&", "<", "🙂", "word ", "\n"} {
		body := bridge.LineBody{Kind: bridge.ByVisitor, Name: "P", Text: strings.Repeat(unit, 8000/utf8.RuneCountInString(unit))}
		text, blocks := linePost(body)
		checkLimits(t, "8,000 of "+unit, card{text: text, blocks: blocks})
		if n := utf8.RuneCountInString(text); n > maxPostText {
			t.Errorf("text of %d characters", n)
		}
		var said strings.Builder
		walkInOrder(blocksAsJSON(t, blocks), &said)
		if !strings.HasSuffix(said.String(), body.Text) {
			t.Errorf("8,000 of %q do not arrive whole", unit)
		}
		if got := decode(text); !strings.HasSuffix(got, body.Text) {
			t.Errorf("the text beside 8,000 of %q is not whole", unit)
		}
	}
	var many []bridge.LineBody
	for i := range bridge.BatchLines {
		many = append(many, bridge.LineBody{Seq: int64(i), Kind: bridge.ByVisitor, Name: "P", Text: "short", Page: "https://e.com"})
	}
	text, blocks := linePost(many...)
	checkLimits(t, "a full batch", card{text: text, blocks: blocks})
	long := bridge.LineBody{Kind: bridge.ByAssistant, Text: strings.Repeat("long answer ", 2000)}
	if text, blocks := linePost(long); len(blocks) != 0 || !strings.HasSuffix(text, long.Text) {
		t.Errorf("an answer past what blocks hold: %d blocks, text of %d", len(blocks), len(text))
	}
}

func walkInOrder(v any, b *strings.Builder) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			walkInOrder(x, b)
		}
	case map[string]any:
		if s, ok := v["text"].(string); ok && v["type"] == "text" {
			b.WriteString(s)
		}
		walkInOrder(v["elements"], b)
	}
}

// TestOnlyOurWordsAreMarkup looks for what a visitor typed in every place
// where Slack would read it as markup.
func TestOnlyOurWordsAreMarkup(t *testing.T) {
	for name, c := range layouts() {
		walk(any(blocksAsJSON(t, c.blocks)), func(o map[string]any) {
			text, _ := o["text"].(string)
			if o["type"] == "mrkdwn" {
				for _, theirs := range []string{"Priya", "<@U1>", "furnace", "<!here>", "refund"} {
					if strings.Contains(text, theirs) {
						t.Errorf("%s: %q stands in mrkdwn: %q", name, theirs, text)
					}
				}
			}
		})
		for _, live := range []string{"<!here>", "<!channel>", "<@U1>"} {
			if strings.Contains(c.text, live) {
				t.Errorf("%s: the text holds a live %s", name, live)
			}
		}
	}
}

// TestTextHoldsAllThatBlocksHold compares the two forms of every post.
func TestTextHoldsAllThatBlocksHold(t *testing.T) {
	for name, c := range layouts() {
		if strings.HasPrefix(name, "modal") {
			continue
		}
		said := decode(c.text)
		walk(any(blocksAsJSON(t, c.blocks)), func(o map[string]any) {
			text, _ := o["text"].(string)
			if o["type"] != "text" && o["type"] != "mrkdwn" {
				return
			}
			if !strings.Contains(said, strings.TrimSpace(decode(text))) {
				t.Errorf("%s: the text lacks %q:\n%s", name, text, said)
			}
		})
	}
}
