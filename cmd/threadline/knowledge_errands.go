package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"threadline/bridge"
	"threadline/bridge/assistant"
)

// Errands by which one process reads and changes the knowledge of another that
// owns the database.
const (
	errandKnowledge = "knowledge/"
	errandSections  = errandKnowledge + "sections"
	errandEdition   = errandKnowledge + "edition"
	errandReplace   = errandKnowledge + "replace"
	errandMark      = errandKnowledge + "mark"
	errandSetMark   = errandKnowledge + "set-mark"
)

// knowledgeErrand is what such an errand brings; each uses the fields it needs.
type knowledgeErrand struct {
	Source   string           `json:"source,omitempty"`
	Sections []bridge.Section `json:"sections,omitempty"`
	Name     string           `json:"name,omitempty"`
	Value    string           `json:"value,omitempty"`
}

// runKnowledgeErrand does an errand with the database in hand.
func runKnowledgeErrand(ctx context.Context, shelf assistant.Shelf, errand string, input []byte, out io.Writer) error {
	var in knowledgeErrand
	if err := json.Unmarshal(input, &in); err != nil {
		return usageError{fmt.Errorf("the errand cannot be read: %w", err)}
	}
	if (errand == errandMark || errand == errandSetMark) && !strings.HasPrefix(in.Name, "page:") && !strings.HasPrefix(in.Name, "sitemap:") {
		return usageError{errors.New("only notes on pages are read and written here")}
	}
	var reply any
	var err error
	switch errand {
	case errandSections:
		reply, err = shelf.Sections(ctx)
	case errandEdition:
		reply, err = shelf.Edition(ctx)
	case errandReplace:
		reply, err = shelf.ReplaceSource(ctx, in.Source, in.Sections)
	case errandMark:
		reply, err = shelf.Mark(ctx, in.Name)
	case errandSetMark:
		reply, err = true, shelf.SetMark(ctx, in.Name, in.Value)
	default:
		return usageError{fmt.Errorf("there is no errand %q", errand)}
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(reply)
}

// shelfElsewhere is the knowledge of the process that owns the database.
type shelfElsewhere struct {
	cfg   config
	inUse error // what is said where that process takes no errands
}

func (s shelfElsewhere) ask(ctx context.Context, errand string, in knowledgeErrand, out any) error {
	input, err := json.Marshal(in)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := sendErrand(ctx, s.cfg, errand, input, &b, s.inUse); err != nil {
		return err
	}
	return json.Unmarshal(b.Bytes(), out)
}

func (s shelfElsewhere) Sections(ctx context.Context) (sections []bridge.Section, err error) {
	err = s.ask(ctx, errandSections, knowledgeErrand{}, &sections)
	return sections, err
}

func (s shelfElsewhere) Edition(ctx context.Context) (edition int64, err error) {
	err = s.ask(ctx, errandEdition, knowledgeErrand{}, &edition)
	return edition, err
}

func (s shelfElsewhere) ReplaceSource(ctx context.Context, source string, sections []bridge.Section) (changed bool, err error) {
	err = s.ask(ctx, errandReplace, knowledgeErrand{Source: source, Sections: sections}, &changed)
	return changed, err
}

func (s shelfElsewhere) Mark(ctx context.Context, name string) (value string, err error) {
	err = s.ask(ctx, errandMark, knowledgeErrand{Name: name}, &value)
	return value, err
}

func (s shelfElsewhere) SetMark(ctx context.Context, name, value string) error {
	var done bool
	return s.ask(ctx, errandSetMark, knowledgeErrand{Name: name, Value: value}, &done)
}
