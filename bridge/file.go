package bridge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"threadline/bridge/attachment"
)

// FileID is an opaque name of a kept file.
type FileID string

// Attachment is a file that a public message carries. Which files may be one
// is decided by package attachment.
type Attachment struct {
	ID   FileID `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"` // bytes
	// Width and Height are an image's, in pixels; zero for what is none.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
}

// label is how a text names the file.
func (a Attachment) label() string { return a.Name + " (" + attachment.Size(a.Size) + ")" }

// File is an attachment as it is kept.
type File struct {
	Attachment
	Conversation ConversationID
	// FromDesk says that an agent shared it. Such a file may be seen only as
	// part of a message; a visitor's own upload by itself too.
	FromDesk bool
	// Message is the message that carries it; empty as long as none does.
	Message MessageID
	// DeskID is what the desk calls a copy of it that is about to be shared;
	// empty before there is one.
	DeskID    string
	CreatedAt time.Time
}

// DeskFile is a file of a line as the desk has it.
type DeskFile struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
	Size int64  `json:"size,omitempty"` // bytes, as the desk says
	// Refused says why it is not passed on, as half a sentence; empty if it
	// may be.
	Refused string `json:"refused,omitempty"`
}

// UploadRoom is how much visitors may have uploaded that no message carries.
// What is zero is not bounded.
type UploadRoom struct {
	// Files is how many a conversation may have of the last hour; past it
	// there is [ErrTooMany].
	Files int
	// Bytes is what all conversations together may have, however old, where a
	// file counts as [LeastUpload] at least; past it there is [ErrFull].
	Bytes int64
	// Uploader is an opaque name of the place that a file comes from, kept
	// until a message carries the file. UploaderBytes is what may come from one
	// place, whichever conversations', counted like Bytes; past it there is
	// [ErrShare].
	Uploader      string
	UploaderBytes int64
}

// LeastUpload is what the smallest file takes of [UploadRoom]'s bytes: it
// bounds how many there can be.
const LeastUpload = 64 << 10

// Files keeps the bytes of attachments. Missing things give [ErrNotFound].
type Files interface {
	// AddFile keeps a file if there is room for it; one that is kept already
	// under its id stays as it is.
	AddFile(ctx context.Context, f File, data []byte, room UploadRoom) error
	File(ctx context.Context, id FileID) (File, error)
	// ReadFile writes the file's bytes, piece by piece.
	ReadFile(ctx context.Context, id FileID, to io.Writer) error
	// DropFile forgets a visitor's upload that no message carries.
	DropFile(ctx context.Context, c ConversationID, id FileID) error
	// SetDeskID notes what the desk calls its copy; empty takes that back.
	SetDeskID(ctx context.Context, id FileID, deskID string) error
	// FileDelivery is the delivery that puts the desk's copy of that name into a
	// thread, if it is not settled yet.
	FileDelivery(ctx context.Context, deskID string) (DeliveryID, error)
	// SweepFiles forgets files that came before the instant and that no
	// message carries, a few at a time, and tells how many.
	SweepFiles(ctx context.Context, before time.Time) (int, error)
}

const (
	// FileGrace is how long a file is kept that no message carries.
	FileGrace = 24 * time.Hour
	// MessageFiles is how many files one message may carry.
	MessageFiles = 10
	sweepEvery   = 10 * time.Minute
)

// sweep forgets files that nobody sent until ctx ends.
func (b *Bridge) sweep(ctx context.Context) {
	for {
		swept, err := b.sweepAll(ctx, b.c.Clock.Now().Add(-FileGrace))
		if err != nil && ctx.Err() == nil && !errors.Is(err, ErrUnavailable) {
			b.c.Logger.Error("sweep files", "err", err)
		}
		if swept > 0 {
			b.c.Logger.Info("files that no message carries are forgotten", "files", swept)
		}
		select {
		case <-ctx.Done():
			return
		case <-b.c.Clock.After(sweepEvery):
		}
	}
}

// sweepAll forgets all there is: what strangers leave behind must not outgrow
// what is taken away.
func (b *Bridge) sweepAll(ctx context.Context, before time.Time) (int, error) {
	swept := 0
	for {
		n, err := b.c.Store.SweepFiles(ctx, before)
		swept += n
		if err != nil || n == 0 {
			return swept, err
		}
	}
}

// uploads finds the files that the visitor's message wants to carry; false if
// one of them is unknown, another visitor's, or used.
func (d *decision) uploads(ids []FileID) ([]Attachment, bool) {
	var out []Attachment
	for i, id := range ids {
		at := slices.IndexFunc(d.state.Files, func(f File) bool {
			return f.ID == id && f.Conversation == d.state.Conversation.ID && !f.FromDesk && f.Message == ""
		})
		if at < 0 || slices.Contains(ids[:i], id) {
			return nil, false
		}
		out = append(out, d.state.Files[at].Attachment)
	}
	return out, true
}

// carry makes a message the carrier of files; an empty one lets go of them.
func (d *decision) carry(m MessageID, files ...Attachment) {
	for _, f := range files {
		d.out.Files = append(d.out.Files, FileLink{File: f.ID, Message: m})
	}
}

// mirrorFiles puts a copy of each of a visitor's files behind their line.
func (d *decision) mirrorFiles(m Message) {
	for _, f := range visitorFiles(m, d.priority()) {
		d.put(f)
	}
}

func visitorFiles(m Message, priority int) []Delivery {
	if m.Author.Kind != ByVisitor {
		return nil
	}
	var out []Delivery
	for _, f := range m.Attachments {
		out = append(out, Delivery{
			Lane: LanePost, Kind: KindFile, Subject: string(f.ID), Priority: priority, Rank: RankLine,
			Body: body(FileBody{Seq: m.Seq, File: f}),
		})
	}
	return out
}

// passable are those of a line's files that may go out.
func passable(files []DeskFile) []DeskFile {
	return slices.DeleteFunc(slices.Clone(files), func(f DeskFile) bool { return f.Refused != "" })
}

// keptOf finds a line's file among those that are here.
func keptOf(line string, f DeskFile, here []Attachment) (Attachment, bool) {
	i := slices.IndexFunc(here, func(a Attachment) bool { return a.ID == KeptID(line, f.ID) })
	if i < 0 {
		return Attachment{}, false
	}
	return here[i], true
}

// kept are the attachments that a line's message can carry at once.
func kept(l Line, here []Attachment) []Attachment {
	var out []Attachment
	for _, f := range passable(l.Files) {
		if a, ok := keptOf(l.Key, f, here); ok {
			out = append(out, a)
		}
	}
	return out
}

// lineWords are what a line shows in a message: its text, and as long as it
// would be empty otherwise the names of the files that are on their way.
func lineWords(l Line, has []Attachment) (text, html string) {
	if strings.TrimSpace(l.Text) != "" || len(has) > 0 {
		return l.Text, l.HTML
	}
	var names []string
	for _, f := range passable(l.Files) {
		names = append(names, f.Name)
	}
	if len(names) == 0 {
		return l.Text, l.HTML
	}
	text = "📎 " + strings.Join(names, ", ")
	return text, PlainHTML(text)
}

// sendable reports whether a line has anything that a visitor could get.
func (l Line) sendable() bool {
	return strings.TrimSpace(l.Text) != "" || len(passable(l.Files)) > 0
}

// remaining are those of a line's files that are still among others.
func remaining(files, others []DeskFile) []DeskFile {
	return slices.DeleteFunc(slices.Clone(files), func(f DeskFile) bool {
		return !slices.ContainsFunc(others, func(o DeskFile) bool { return o.ID == f.ID })
	})
}

// edited is a message after its line was changed.
func (d *decision) edited(m Message, l Line) Message {
	var has []Attachment
	for _, a := range m.Attachments {
		if slices.ContainsFunc(l.Files, func(f DeskFile) bool { return KeptID(l.Key, f.ID) == a.ID }) {
			has = append(has, a)
		} else {
			d.carry("", a)
		}
	}
	m.Attachments = has
	m.Text, m.HTML = lineWords(l, has)
	m.EditedAt = d.now
	return m
}

// KeptID is what we call the desk's file of a line, however often it is
// fetched.
func KeptID(line, file string) FileID {
	sum := sha256.Sum256([]byte(line + "\n" + file))
	return FileID("desk_" + hex.EncodeToString(sum[:16]))
}

// fetch asks for what a line that has just become public still lacks, and
// tells its author about the rest.
func (d *decision) fetch(l Line, here []Attachment) {
	for _, f := range l.Files {
		if f.Refused != "" {
			d.tellRefused(l, f)
		} else if _, ok := keptOf(l.Key, f, here); !ok {
			d.put(Delivery{
				Lane: LaneFile, Key: "fetch:" + string(l.Message) + ":" + f.ID, Kind: KindFetch, Subject: l.Key, Priority: 1,
				Body: body(FetchBody{Line: l.Key, Message: l.Message, File: f}),
			})
		}
	}
}

// tellRefused tells a line's author alone that a file did not reach the
// visitor, and marks the line.
func (d *decision) tellRefused(l Line, f DeskFile) {
	size := ""
	if f.Size > 0 {
		size = " (" + attachment.Size(f.Size) + ")"
	}
	d.put(Delivery{
		Lane: LanePrivate, Key: "warn:" + l.Key, Kind: KindWarn, Subject: l.Key, Priority: 1, Rank: RankMark, Body: body(LockBody{Stamp: l.Stamp}),
	})
	d.put(Delivery{
		Lane: LanePrivate, Key: "file:" + l.Key + ":" + f.ID, Kind: KindTell, Subject: l.Key,
		Body: body(TellBody{Agent: l.Agent, Stamp: l.Stamp, Text: fmt.Sprintf("The visitor has not received %s%s: %s.", f.Name, size, f.Refused)}),
	})
}

// publicFile finds the public message that waits for a file; false if there is
// none any more.
func (d *decision) publicFile(message MessageID, file string) (Line, Message, int, bool) {
	l, m := d.state.Line, d.state.Message
	if l == nil || m == nil || l.Standing != Public || l.Message != message || m.ID != message || m.Deleted {
		return Line{}, Message{}, 0, false
	}
	i := slices.IndexFunc(l.Files, func(f DeskFile) bool { return f.ID == file })
	if i < 0 || l.Files[i].Refused != "" {
		return Line{}, Message{}, 0, false
	}
	n := *l
	n.Files = slices.Clone(l.Files)
	return n, *m, i, true
}

func (e AgentFileArrived) decide(d *decision) {
	l, m, _, ok := d.publicFile(e.Message, e.File)
	if !ok || slices.ContainsFunc(m.Attachments, func(a Attachment) bool { return a.ID == e.Kept.ID }) {
		d.verdict(Stale)
		return
	}
	m.Attachments = append(slices.Clone(m.Attachments), e.Kept)
	m.Text, m.HTML = lineWords(l, m.Attachments)
	d.carry(m.ID, e.Kept)
	d.change(m)
}

func (e AgentFileRefused) decide(d *decision) {
	l, m, i, ok := d.publicFile(e.Message, e.File)
	if !ok {
		d.verdict(Stale)
		return
	}
	l.Files[i].Refused = e.Reason
	d.tellRefused(l, l.Files[i])
	if strings.TrimSpace(l.Text) == "" && len(passable(l.Files)) == 0 {
		l.Standing, l.Message = Internal, ""
		d.withdraw(m)
		d.mark(l, false)
	} else if text, html := lineWords(l, m.Attachments); text != m.Text {
		m.Text, m.HTML = text, html
		d.change(m)
	}
	d.out.Lines = append(d.out.Lines, l)
}
