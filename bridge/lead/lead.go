// Package lead reads from what a visitor writes who they are and how they can
// be reached: name, phone, e-mail, postcode, product model and the fields that
// a team names itself; it also says what stage a lead has come to. It is pure,
// needs no model, and reads a bounded part of any text.
//
// It prefers a gap to a wrong entry: what is not plainly the visitor's own is
// left out. A number that our side named, a quoted line, a card or an order
// number and somebody else's address are not theirs.
package lead

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Names of what is read beside a team's own fields.
const (
	Name     = "name"
	Email    = "email"
	Phone    = "phone"
	Postcode = "postcode"
	Model    = "model"
)

// Bounds, in code points and entries; maxText in bytes.
const (
	maxText    = 4000
	maxEarlier = 12
	maxValue   = 200
	maxFields  = 20
	maxPattern = 500
)

// Contact is what is known about a visitor. Fields holds [Postcode], [Model]
// and the team's own.
type Contact struct {
	Name, Email, Phone string
	Fields             map[string]string
}

// Get is what is known under a name, empty if nothing.
func (c Contact) Get(name string) string {
	switch name {
	case Name:
		return c.Name
	case Email:
		return c.Email
	case Phone:
		return c.Phone
	}
	return c.Fields[name]
}

// Empty reports whether nothing is known.
func (c Contact) Empty() bool {
	return c.Name == "" && c.Email == "" && c.Phone == "" && len(c.Fields) == 0
}

// Field is something that a team wants to know besides.
type Field struct {
	// Name is its key; Label what people call it, the name if empty.
	Name  string `json:"name"`
	Label string `json:"label,omitempty"`
	// Pattern is a regular expression (RE2) of its values; with a group, the
	// group is the value. Without a pattern only an answer to our question, or
	// "label: value", counts.
	Pattern string `json:"pattern,omitempty"`
	// Ask says that the assistant may ask for it.
	Ask bool `json:"ask,omitempty"`
}

// label is what people call the field.
func (f Field) label() string {
	if l := strings.TrimSpace(f.Label); l != "" {
		return l
	}
	return strings.ReplaceAll(f.Name, "_", " ")
}

// Line is an earlier line of the chat.
type Line struct {
	Visitor bool
	Text    string
}

// Input is a visitor's message with what it is read by. Earlier is oldest
// first.
type Input struct {
	Text    string
	Earlier []Line
	Known   Contact
	Fields  []Field
	// Area are the postcodes served; one of them is recognised anywhere.
	Area []string
	// Country is an ISO 3166 code that says how national numbers are written;
	// empty means US.
	Country string
}

// Read returns what the message tells that is not known yet, or corrects what
// is. Empty fields change nothing.
func Read(in Input) Contact {
	r := reader{in: in, text: clean(in.Text), taken: map[[2]int]bool{}}
	if strings.TrimSpace(r.text) == "" {
		return Contact{}
	}
	r.low = fold(r.text)
	if n := len(in.Earlier); n > maxEarlier {
		r.in.Earlier = in.Earlier[n-maxEarlier:]
	}
	for _, l := range r.in.Earlier {
		text := clean(l.Text)
		if l.Visitor {
			r.before = text
			continue
		}
		r.asked = fold(text)
		r.ours = append(r.ours, text)
	}
	var c Contact
	set := func(name, value string) {
		value = strings.TrimSpace(value)
		if value == "" || len([]rune(value)) > maxValue || same(name, value, in.Known.Get(name)) {
			return
		}
		switch name {
		case Name:
			c.Name = value
		case Email:
			c.Email = value
		case Phone:
			c.Phone = value
		default:
			if c.Fields == nil {
				c.Fields = map[string]string{}
			}
			if len(c.Fields) < maxFields {
				c.Fields[name] = value
			}
		}
	}
	// Longer shapes first: what one of them took is nothing else.
	set(Email, r.email())
	set(Phone, r.phone())
	set(Postcode, r.postcode())
	own := map[string]bool{}
	for _, f := range in.Fields[:min(len(in.Fields), maxFields)] {
		own[f.Name] = true
		if f.Name != "" {
			set(f.Name, r.field(f))
		}
	}
	if !own[Model] {
		set(Model, r.model())
	}
	set(Name, r.name())
	return c
}

// Check keeps of a contact that somebody else read from the visitor's words,
// such as a model, what is well formed and not our side's own.
func Check(c Contact, in Input) Contact {
	r := reader{in: in, taken: map[[2]int]bool{}}
	for _, l := range in.Earlier {
		if !l.Visitor {
			r.ours = append(r.ours, clean(l.Text))
		}
	}
	out := Contact{Name: strings.TrimSpace(clean(c.Name))}
	if n := []rune(out.Name); len(n) > 80 || strings.ContainsFunc(out.Name, func(c rune) bool { return unicode.IsDigit(c) || strings.ContainsRune("@/<>[]{}", c) }) {
		out.Name = ""
	}
	if e := strings.TrimSpace(clean(c.Email)); validEmail(e) && !r.saidByUs(e) {
		out.Email = e
	}
	if p := strings.TrimSpace(clean(c.Phone)); p != "" {
		// A number that stands alone needs no word beside it.
		if whole, ok := r.number(p, true); ok && !r.numberOfOurs(whole) && !card(digits(p)) {
			out.Phone = p
		}
	}
	for _, k := range slices.Sorted(maps.Keys(c.Fields)) {
		key, v := strings.TrimSpace(clean(k)), strings.TrimSpace(clean(c.Fields[k]))
		if key == "" || len([]rune(key)) > 60 || v == "" || len([]rune(v)) > maxValue || cardWithin(v) || len(out.Fields) >= maxFields {
			continue
		}
		if i := slices.IndexFunc(in.Fields, func(f Field) bool { return f.Name == key }); i >= 0 && in.Fields[i].Pattern != "" {
			if re := in.Fields[i].compile(); re == nil || !re.MatchString(v) {
				continue
			}
		}
		if out.Fields == nil {
			out.Fields = map[string]string{}
		}
		out.Fields[key] = v
	}
	return out
}

// reader is one message being read.
type reader struct {
	in   Input
	text string // cleaned
	low  string // text folded to lower case, byte for byte as long as text
	// asked is our newest line before the message, folded; before the visitor's
	// newest line.
	asked, before string
	ours          []string
	taken         map[[2]int]bool
}

// take marks a stretch of the text as read.
func (r *reader) take(from, to int) { r.taken[[2]int{from, to}] = true }

// free reports whether nothing that was read reaches into the stretch.
func (r *reader) free(from, to int) bool {
	for t := range r.taken {
		if from < t[1] && t[0] < to {
			return false
		}
	}
	return true
}

// saidByUs reports whether our side wrote a value before.
func (r *reader) saidByUs(value string) bool {
	v := strings.ToLower(value)
	return slices.ContainsFunc(r.ours, func(s string) bool { return strings.Contains(strings.ToLower(s), v) })
}

// same reports whether two values of a name mean the same.
func same(name, a, b string) bool {
	switch {
	case b == "":
		return false
	case name == Phone:
		x, y := digits(a), digits(b)
		return x == y || len(x) >= 9 && len(y) >= 9 && (strings.HasSuffix(x, y) || strings.HasSuffix(y, x))
	}
	return strings.EqualFold(a, b)
}

// clean takes out what a reader does not see, and lines that quote somebody.
func clean(s string) string {
	if len(s) > maxText {
		// People say who they are first or last.
		s = strings.ToValidUTF8(s[:maxText/2], "") + "\n" + strings.ToValidUTF8(s[len(s)-maxText/2:], "")
	}
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
			return c
		case unicode.IsSpace(c):
			return ' '
		case unicode.Is(unicode.Cf, c) || unicode.Is(unicode.Cc, c) || c == unicode.ReplacementChar:
			return -1
		case c >= '０' && c <= '９':
			return '0' + (c - '０')
		case c == '＋':
			return '+'
		case c == '＠':
			return '@'
		case c == '‐', c == '‑', c == '‒', c == '–', c == '—':
			return '-'
		case c == '’', c == '‘', c == '´', c == 'ʼ':
			return '\''
		}
		return c
	}, strings.ToValidUTF8(s, ""))
	s = Written(s)
	if !strings.Contains(s, ">") {
		return s
	}
	lines := strings.Split(s, "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), ">") })
	return strings.Join(lines, "\n")
}

// fold lowers a text without changing where its bytes stand: a letter whose
// lower case has another length stays.
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, c := range s {
		l := unicode.ToLower(c)
		if len(string(l)) != len(string(c)) {
			l = c
		}
		b.WriteRune(l)
	}
	return b.String()
}

func digits(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, s)
}

// wordsBefore are the folded words, at most n, that end right before a place;
// a sentence's end stops them.
func (r *reader) wordsBefore(at, n int) []string {
	s := r.low[max(0, at-80):at]
	if i := strings.LastIndexAny(s, ".!?;\n"); i >= 0 && strings.TrimSpace(s[i+1:]) != "" {
		s = s[i+1:]
	}
	w := strings.FieldsFunc(s, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '\'' })
	return w[max(0, len(w)-n):]
}

// wordAfter is the folded word that follows a place at once.
func (r *reader) wordAfter(at int) string {
	s := strings.TrimLeft(r.low[at:min(len(r.low), at+60)], " ")
	if i := strings.IndexFunc(s, func(c rune) bool { return !unicode.IsLetter(c) && c != '%' }); i >= 0 {
		s = s[:i]
	}
	return s
}

func anyOf(words []string, of string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(of, " "+w+" ") })
}
