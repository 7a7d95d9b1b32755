package assistant

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"threadline/bridge"
)

// Entry is an answer of a FAQ table with the questions it answers.
type Entry struct {
	// ID is what the table calls it, or its first question.
	ID        string
	Questions []string
	// Answer and URL are empty where the table has no such columns.
	Answer, URL string
	// Line is where it first stands, from 1.
	Line int
}

// ErrTable: a FAQ table cannot be read as one.
var ErrTable = errors.New("not a FAQ table")

// faqColumns says what a table must look like.
const faqColumns = `the first line must name the columns: "question" and "answer", and if you like "id" (several questions may share one) and "url"`

// maxCell bounds a table's cell, in code points.
const maxCell = 8000

// ParseFAQ reads a table of questions and answers: a .csv, or else tab-separated
// without quoting. Its first line names the columns: question, and in any order
// id, answer and url; others are passed over. Several questions may share an id;
// their answers must agree, or be empty but one. Errors are [ErrTable] and name
// the line.
func ParseFAQ(name string, src []byte) ([]Entry, error) {
	if !utf8.Valid(src) {
		return nil, fmt.Errorf("%s: %w: the text is not UTF-8", name, ErrTable)
	}
	rows, err := tableRows(name, bytes.TrimPrefix(src, []byte("\ufeff")))
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: %w: it is empty; %s", name, ErrTable, faqColumns)
	}
	at := map[string]int{}
	for i, c := range rows[0].cells {
		c = strings.ToLower(strings.TrimSpace(c))
		if _, twice := at[c]; twice && c != "" {
			return nil, fmt.Errorf("%s:%d: %w: the column %q stands twice", name, rows[0].line, ErrTable, c)
		}
		at[c] = i
	}
	if _, ok := at["question"]; !ok {
		return nil, fmt.Errorf("%s:%d: %w: no column is called \"question\" (found: %s); %s",
			name, rows[0].line, ErrTable, strings.Join(quoted(rows[0].cells), ", "), faqColumns)
	}
	var entries []Entry
	byID := map[string]int{}
	for _, r := range rows[1:] {
		if len(r.cells) > len(rows[0].cells) {
			return nil, fmt.Errorf("%s:%d: %w: %d cells under %d columns", name, r.line, ErrTable, len(r.cells), len(rows[0].cells))
		}
		cell := func(column string) string {
			if i, ok := at[column]; ok && i < len(r.cells) {
				return strings.TrimSpace(r.cells[i])
			}
			return ""
		}
		for i, c := range r.cells {
			if utf8.RuneCountInString(c) > maxCell {
				return nil, fmt.Errorf("%s:%d: %w: the cell of column %q is longer than %d characters", name, r.line, ErrTable, strings.TrimSpace(rows[0].cells[i]), maxCell)
			}
		}
		q := oneLine(cell("question"))
		if q == "" {
			return nil, fmt.Errorf("%s:%d: %w: the question is empty", name, r.line, ErrTable)
		}
		id := cell("id")
		if id == "" {
			if _, named := at["id"]; named {
				return nil, fmt.Errorf("%s:%d: %w: the id is empty", name, r.line, ErrTable)
			}
			id = q
		}
		i, ok := byID[id]
		if !ok {
			i = len(entries)
			byID[id] = i
			entries = append(entries, Entry{ID: id, Line: r.line})
		}
		e := &entries[i]
		if !slices.Contains(e.Questions, q) {
			e.Questions = append(e.Questions, q)
		}
		if a := cell("answer"); a != "" && e.Answer != "" && a != e.Answer {
			return nil, fmt.Errorf("%s:%d: %w: %q has another answer on line %d", name, r.line, ErrTable, id, e.Line)
		} else if a != "" {
			e.Answer = a
		}
		if u := cell("url"); u != "" {
			e.URL = u
		}
	}
	return entries, nil
}

// faqSections are the entries as sections of a source. Every one needs an
// answer.
func faqSections(source string, entries []Entry) ([]bridge.Section, error) {
	var out []bridge.Section
	for _, e := range entries {
		if e.Answer == "" {
			return nil, fmt.Errorf("%s:%d: %w: %q has no answer; %s", source, e.Line, ErrTable, e.ID, faqColumns)
		}
		out = append(out, e.Section(source))
	}
	return out, nil
}

// Section is the entry as a section of a source. What the table calls it counts
// as one of its questions where that is in words.
func (e Entry) Section(source string) bridge.Section {
	questions := e.Questions
	if name := e.name(); name != "" && !slices.ContainsFunc(questions, func(q string) bool { return slices.Equal(plainWords(q), plainWords(name)) }) {
		questions = append(slices.Clone(questions), name)
	}
	return bridge.Section{
		ID: sectionID(source, e.ID, 1), Source: source, Title: e.Questions[0], URL: e.URL, Text: e.Answer,
		Questions: strings.Join(questions, "\n"),
	}
}

// name is what the table calls the entry, in words ("bank_transferFee" is "bank
// transfer fee"), without those that have digits, as a list's numbers have.
func (e Entry) name() string {
	var b strings.Builder
	before := ' '
	for _, r := range e.ID {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
		before = r
	}
	return strings.Join(slices.DeleteFunc(rawWords(b.String()), hasDigit), " ")
}

type tableRow struct {
	line  int
	cells []string
}

// tableRows are the lines that hold anything.
func tableRows(name string, src []byte) ([]tableRow, error) {
	var rows []tableRow
	if strings.EqualFold(path.Ext(name), ".csv") {
		r := csv.NewReader(bytes.NewReader(src))
		r.FieldsPerRecord = -1
		for {
			cells, err := r.Read()
			if errors.Is(err, io.EOF) {
				return rows, nil
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w: %w", name, ErrTable, err)
			}
			line, _ := r.FieldPos(0)
			rows = append(rows, tableRow{line, cells})
		}
	}
	for i, line := range strings.Split(string(src), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if strings.TrimSpace(line) != "" {
			rows = append(rows, tableRow{i + 1, strings.Split(line, "\t")})
		}
	}
	return rows, nil
}

func quoted(cells []string) []string {
	out := make([]string, 0, len(cells))
	for _, c := range cells {
		if len(out) == 8 {
			return append(out, "…")
		}
		out = append(out, fmt.Sprintf("%q", clip(oneLine(c), 40)))
	}
	return out
}
