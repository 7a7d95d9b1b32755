package assistant

import (
	"regexp"
	"strings"

	"threadline/bridge"
)

// orders finds words in the knowledge that are meant for an assistant and not
// for a reader.
var orders = regexp.MustCompile(`(?i)\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:instructions?|rules|prompts?|guidelines|above)\b` +
	`|\b(?:instructions?|rules|orders|note|message) (?:for|to) (?:the |any |all |every )?(?:ai|llm|bot|chatbot|assistants?|language model)s?\b` +
	`|(?:^|\n)\W*(?:system|assistant|ai|llm|chatbot)\s*[:,>\]]` +
	`|\b(?:tell|inform|send|give) (?:every|all|each|any) (?:visitor|user|customer|person)s?\b` +
	`|\b(?:reveal|print|repeat|show|output|leak)\b[^.\n]{0,20}\b(?:prompt|instructions)\b|<\|[a-z_]+\|>|<!--|\[/?inst\]`)

// unordered is a passage without the paragraphs that give orders to assistants.
func unordered(text string) string {
	if !orders.MatchString(undisguised(text)) {
		return text
	}
	var kept []string
	for _, p := range strings.Split(text, "\n\n") {
		if orders.MatchString(undisguised(p)) {
			p = withoutLines(p)
		}
		if strings.TrimSpace(p) != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n\n")
}

// withoutLines drops a paragraph's lines from the first that gives orders on:
// what follows belongs to it.
func withoutLines(p string) string {
	lines := strings.Split(p, "\n")
	for i := range lines {
		if orders.MatchString(undisguised(strings.Join(lines[:i+1], "\n"))) {
			return strings.Join(lines[:i], "\n")
		}
	}
	return p
}

// peaceful is a finding without orders.
func (f finding) peaceful() finding {
	var sections []bridge.Section
	for _, s := range f.sections {
		if s.Text = unordered(s.Text); strings.TrimSpace(s.Text) != "" {
			sections = append(sections, s)
		}
	}
	var hits []Hit
	for _, h := range f.hits {
		if h.Section.Text = unordered(h.Section.Text); strings.TrimSpace(h.Section.Text) != "" {
			hits = append(hits, h)
		}
	}
	f.sections, f.hits = sections, hits
	return f
}

// forDesk is what a model tells colleagues, or nothing where it names what
// neither the knowledge nor the chat does: an address, a sum, a permission.
func (g *guard) forDesk(s string) string {
	if s == "" {
		return s
	}
	low := strings.ToLower(undisguised(s))
	if g.addresses(s) != nil || g.disguise(s) != nil || g.leak(s) != nil {
		return ""
	}
	for _, p := range append(g.rules.price.FindAllString(low, -1), g.rules.percent.FindAllString(low, -1)...) {
		if !g.figure(p) {
			return ""
		}
	}
	for _, p := range []*regexp.Regexp{g.rules.tongues.granted, g.rules.tongues.sum, permission} {
		if m := p.FindString(low); m != "" && !g.backed(m) {
			return ""
		}
	}
	return s
}

// permission is the word of somebody who may allow things.
var permission = regexp.MustCompile(`\b(?:approved|authori[sz]ed|granted|confirmed by|promised)\b`)

// deskGuard checks what a model tells colleagues about a chat.
func (m *Model) deskGuard(q bridge.Question, ps []passage) *guard {
	var said strings.Builder
	for _, l := range q.Transcript {
		if !l.Deleted {
			said.WriteString(l.Text + "\n")
		}
	}
	all := append([]passage{{ID: "said", Text: said.String()}}, ps...)
	return newGuard(m.rules, q, all)
}
