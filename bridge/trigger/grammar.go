package trigger

import (
	"fmt"
	"strconv"
	"strings"
)

// A grammar is a list of word classes and of patterns over them, written as
// text, one to a line:
//
//	@talk = talk speak chat      a class of words; stem* stands for any ending
//	@talk ~ talk speak chat      the same, and slips of these words count
//	request 0.9: @talk to a|an @person
//
// A pattern is a group's name, an optional strength, and elements: words and
// classes split by | for any of them; element? for one that may be absent;
// element~3 for up to three of them; ..N for up to N words of anything in the
// clause, ,,N in the sentence; !a|b for no such word next; <a|b for no such
// word before the pattern; ^ and $ for the borders of the clause, ^^ and $$ of
// the message; #n for a number and #phone for a telephone number.
type grammar struct {
	vocabulary map[string]*entry
	stems      map[string]*entry
	slips      *speller
	groups     map[string]int
	nothing    *entry
}

// entry is what the grammar knows of a word: the sets it belongs to and the
// patterns that it may begin.
type entry struct {
	sets   bits
	starts []*pattern
}

type bits []uint64

func (b bits) has(i int) bool { return i>>6 < len(b) && b[i>>6]&(1<<(i&63)) != 0 }

func (b *bits) set(i int) {
	for len(*b) <= i>>6 {
		*b = append(*b, 0)
	}
	(*b)[i>>6] |= 1 << (i & 63)
}

type kind uint8

const (
	oneOf kind = iota
	gapInClause
	gapInSentence
	noneOf
	clauseEnds
	messageEnds
)

type element struct {
	kind     kind
	set      int
	most     int // how many words at most, for gaps
	optional bool
}

type pattern struct {
	group        int
	strength     float64
	elements     []element
	clauseBegins bool
	textBegins   bool
	notAfter     int // a set, -1 for none
}

// builder turns the text of a grammar into a grammar.
type builder struct {
	g       *grammar
	classes map[string][]string
	sets    map[string]int
	members [][]string
}

// build compiles grammars. They are constants of this package, so a mistake in
// one is a mistake of the program and panics.
func build(texts ...string) *grammar {
	b := &builder{
		g: &grammar{
			vocabulary: map[string]*entry{}, stems: map[string]*entry{},
			groups: map[string]int{}, nothing: &entry{}, slips: newSpeller(),
		},
		classes: map[string][]string{},
		sets:    map[string]int{},
	}
	var rules []string
	for _, text := range texts {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			switch {
			case line == "" || strings.HasPrefix(line, "//"):
			case line[0] == '@':
				b.class(line)
			default:
				rules = append(rules, line)
			}
		}
	}
	for _, r := range rules {
		b.rule(r)
	}
	for i, words := range b.members {
		for _, w := range words {
			b.g.entryOf(w).sets.set(i)
		}
	}
	for w := range b.g.vocabulary {
		b.g.slips.know(w)
	}
	return b.g
}

// entryOf returns the entry of a word or stem, made on first use.
func (g *grammar) entryOf(w string) *entry {
	m := g.vocabulary
	if stem, ok := strings.CutSuffix(w, "*"); ok {
		m, w = g.stems, stem
	}
	e := m[w]
	if e == nil {
		e = &entry{}
		m[w] = e
	}
	return e
}

func (b *builder) class(line string) {
	name, words, slippery := "", "", false
	if n, w, ok := strings.Cut(line, " = "); ok {
		name, words = n, w
	} else if n, w, ok := strings.Cut(line, " ~ "); ok {
		name, words, slippery = n, w, true
	} else {
		panic("trigger: bad class: " + line)
	}
	for _, w := range strings.Fields(words) {
		if strings.HasPrefix(w, "@") {
			b.classes[name] = append(b.classes[name], b.words(w)...)
			continue
		}
		b.classes[name] = append(b.classes[name], w)
		if slippery {
			b.g.slips.learn(w)
		}
	}
}

// words are the alternatives of an element, classes written out.
func (b *builder) words(s string) []string {
	var out []string
	for _, w := range strings.Split(s, "|") {
		if strings.HasPrefix(w, "@") {
			c, ok := b.classes[w]
			if !ok {
				panic("trigger: no class " + w)
			}
			out = append(out, c...)
			continue
		}
		out = append(out, w)
	}
	return out
}

func (b *builder) set(s string) int {
	if i, ok := b.sets[s]; ok {
		return i
	}
	i := len(b.members)
	b.sets[s] = i
	b.members = append(b.members, b.words(s))
	return i
}

func (b *builder) rule(line string) {
	head, body, ok := strings.Cut(line, ": ")
	if !ok {
		panic("trigger: bad rule: " + line)
	}
	// word|$ is the word or the end of the clause: two patterns.
	fields := strings.Fields(body)
	for i, f := range fields {
		if rest, ok := strings.CutSuffix(f, "|$"); ok {
			for _, v := range []string{rest, "$"} {
				fields[i] = v
				b.rule(head + ": " + strings.Join(fields, " "))
			}
			return
		}
		if strings.Contains(f, "|$|") {
			panic("trigger: $ must stand last: " + line)
		}
	}
	name, number, _ := strings.Cut(head, " ")
	p := pattern{strength: 1, notAfter: -1}
	if number != "" {
		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			panic(fmt.Sprintf("trigger: bad strength: %s", line))
		}
		p.strength = v
	}
	g, ok := b.g.groups[name]
	if !ok {
		g = len(b.g.groups)
		b.g.groups[name] = g
	}
	p.group = g
	var elements []element
	for _, f := range fields {
		switch {
		case f == "^":
			p.clauseBegins = true
			continue
		case f == "^^":
			p.textBegins = true
			continue
		case f[0] == '<':
			p.notAfter = b.set(f[1:])
			continue
		}
		// element~3 is three that may be absent.
		if some, most, ok := strings.Cut(f, "~"); ok {
			for range count(most) {
				elements = append(elements, b.element(some+"?"))
			}
			continue
		}
		elements = append(elements, b.element(f))
	}
	b.add(p, elements)
}

func count(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic("trigger: bad count: " + s)
	}
	return n
}

func (b *builder) element(f string) element {
	switch {
	case f == "$":
		return element{kind: clauseEnds}
	case f == "$$":
		return element{kind: messageEnds}
	case strings.HasPrefix(f, ".."):
		return element{kind: gapInClause, most: count(f[2:])}
	case strings.HasPrefix(f, ",,"):
		return element{kind: gapInSentence, most: count(f[2:])}
	case f[0] == '!':
		return element{kind: noneOf, set: b.set(f[1:])}
	}
	if s, ok := strings.CutSuffix(f, "?"); ok {
		return element{kind: oneOf, set: b.set(s), optional: true}
	}
	return element{kind: oneOf, set: b.set(f)}
}

// add enters the pattern under every word it may begin with; one that may
// begin without its first element is entered again without it.
func (b *builder) add(p pattern, elements []element) {
	if len(elements) == 0 || elements[0].kind != oneOf {
		panic("trigger: a pattern must begin with a word")
	}
	if elements[0].optional {
		b.add(p, elements[1:])
		first := elements[0]
		first.optional = false
		elements = append([]element{first}, elements[1:]...)
	}
	p.elements = elements
	q := p
	for _, w := range b.members[elements[0].set] {
		e := b.g.entryOf(w)
		e.starts = append(e.starts, &q)
	}
}

// look returns what the grammar knows of a word.
func (g *grammar) look(w string) *entry {
	e := g.vocabulary[w]
	var merged *entry
	for n := 3; n <= len(w) && n <= 14; n++ {
		s, ok := g.stems[w[:n]]
		if !ok {
			continue
		}
		if merged == nil {
			merged = &entry{}
			if e != nil {
				merged.sets = append(bits(nil), e.sets...)
				merged.starts = append([]*pattern(nil), e.starts...)
			}
		}
		for i, v := range s.sets {
			for len(merged.sets) <= i {
				merged.sets = append(merged.sets, 0)
			}
			merged.sets[i] |= v
		}
		merged.starts = append(merged.starts, s.starts...)
	}
	switch {
	case merged != nil:
		return merged
	case e != nil:
		return e
	}
	return g.nothing
}

// hit is where a pattern matched: the words from..to-1.
type hit struct {
	from, to int
	strength float64
}

// maxHits bounds what is remembered of one group, maxSteps the work on one
// text: only a text made to be slow comes near them.
const (
	maxHits  = 40
	maxSteps = 150_000
)

// matches are the hits of every group in a text.
type matches struct {
	t     *text
	steps int
	hits  [][]hit
}

// run finds all patterns of the grammar; only, if not negative, limits it to
// one group.
func (g *grammar) run(t *text, only int) *matches {
	m := &matches{t: t, hits: make([][]hit, len(g.groups))}
	for i := range t.words {
		for _, p := range t.words[i].entry.starts {
			if only >= 0 && p.group != only || len(m.hits[p.group]) >= maxHits {
				continue
			}
			if p.textBegins && i > 0 || p.clauseBegins && i > 0 && t.words[i].clause == t.words[i-1].clause {
				continue
			}
			if p.notAfter >= 0 && i > 0 && t.words[i-1].clause == t.words[i].clause && t.words[i-1].entry.sets.has(p.notAfter) {
				continue
			}
			if to := m.match(p.elements, i, i); to > 0 {
				m.hits[p.group] = append(m.hits[p.group], hit{i, to, p.strength})
			}
		}
		if m.steps > maxSteps {
			break
		}
	}
	return m
}

// match returns where the elements end that begin at word i, or 0. first is
// the pattern's first word.
func (m *matches) match(es []element, i, first int) int {
	m.steps++
	if m.steps > maxSteps {
		return 0
	}
	if len(es) == 0 {
		return i
	}
	words := m.t.words
	e := es[0]
	switch e.kind {
	case clauseEnds:
		if i < len(words) && words[i].clause == words[i-1].clause {
			return 0
		}
		return m.match(es[1:], i, first)
	case messageEnds:
		if i < len(words) {
			return 0
		}
		return m.match(es[1:], i, first)
	case noneOf:
		if i < len(words) && words[i].sentence == words[i-1].sentence && words[i].entry.sets.has(e.set) {
			return 0
		}
		return m.match(es[1:], i, first)
	case gapInClause, gapInSentence:
		for skip := 0; skip <= e.most; skip++ {
			j := i + skip
			if j > len(words) || j < len(words) && (words[j].sentence != words[first].sentence ||
				e.kind == gapInClause && words[j].clause != words[i-1].clause) {
				return 0
			}
			if to := m.match(es[1:], j, first); to > 0 {
				return to
			}
		}
		return 0
	}
	ok := i < len(words) && words[i].sentence == words[first].sentence && words[i].entry.sets.has(e.set)
	if ok {
		if to := m.match(es[1:], i+1, first); to > 0 {
			return to
		}
	}
	if e.optional {
		return m.match(es[1:], i, first)
	}
	return 0
}
