package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
	"threadline/bridge/attachment"
)

const (
	// filesTimeout bounds the transfer of one file.
	filesTimeout = 30 * time.Second
	// fetchAhead is how long a holder's line waits for its files, so that it
	// usually appears whole; what takes longer follows it.
	fetchAhead = 3 * time.Second
	// fetchTries is how often a file is fetched before its author hears that it
	// does not come; with the back-off that is about an hour.
	fetchTries = 20
	// fetchers is how many files are fetched at once.
	fetchers = 2
)

// sharedFile is what we keep of a file in a message.
type sharedFile struct {
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	Type     string `json:"mimetype,omitempty"`
	Size     int64  `json:"size,omitempty"`
	URL      string `json:"url_private_download,omitempty"`
	Private  string `json:"url_private,omitempty"`
	Mode     string `json:"mode,omitempty"`
	Access   string `json:"file_access,omitempty"`
	External bool   `json:"is_external,omitempty"`
}

func sharedOf(f slack.File) sharedFile {
	return sharedFile{
		ID: f.ID, Name: f.Name, Type: f.Mimetype, Size: int64(f.Size), URL: f.URLPrivateDownload, Private: f.URLPrivate,
		Mode: f.Mode, Access: f.FileAccess, External: f.IsExternal,
	}
}

// standing are the files of a message that were not deleted.
func standing(files []sharedFile) []sharedFile {
	var out []sharedFile
	for _, f := range files {
		if f.ID != "" && f.Mode != "tombstone" {
			out = append(out, f)
		}
	}
	return out
}

// sameFiles reports whether two messages show the same files.
func sameFiles(a, b []sharedFile) bool {
	a, b = standing(a), standing(b)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID {
			return false
		}
	}
	return true
}

const (
	gone   = "Slack no longer has it"
	hidden = "Slack does not let the app read it"
)

// deskFiles are a line's files as the bridge knows them, and beside them where
// to fetch them. What Slack hides in the message is asked for (Slack Connect:
// file_access, check_file_info).
func (a *App) deskFiles(ctx context.Context, files []sharedFile) ([]bridge.DeskFile, []sharedFile) {
	var out []bridge.DeskFile
	whole := standing(files)
	for i, f := range whole {
		if f.Access == "check_file_info" {
			if told, err := a.fileInfo(ctx, f.ID); err == nil {
				f = told
				whole[i] = told
			}
		}
		d := bridge.DeskFile{ID: f.ID, Name: attachment.CleanName(orElse(f.Name, "file"), ""), Type: f.Type, Size: f.Size}
		switch {
		case f.External:
			d.Refused = "it is a link to another service"
		case f.Size > attachment.MaxSize:
			d.Refused = attachment.ErrSize.Error()
		case f.Access != "" && f.Access != "visible" && f.Access != "check_file_info":
			d.Refused = hidden
		}
		out = append(out, d)
	}
	return out, whole
}

// fetchAll fetches the files of a line that its author's visitor is likely to
// see, within a moment. What is refused is noted in place.
func (a *App) fetchAll(ctx context.Context, c bridge.Conversation, line string, files []bridge.DeskFile, from []sharedFile) []bridge.Attachment {
	if a.slowFiles.until(a.d.c.Clock.Now()) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, fetchAhead)
	defer cancel()
	var here []bridge.Attachment
	for i, f := range files {
		if f.Refused != "" {
			continue
		}
		kept, err := a.obtain(ctx, c.ID, line, f, from[i])
		var no refusal
		switch {
		case err == nil:
			here = append(here, kept)
		case errors.As(err, &no):
			files[i].Refused = string(no)
		default:
			a.log.Info("slack: a line goes ahead of its file", "file", f.ID, "error", err)
			a.slowFiles.note(a.d.c.Clock.Now())
			return here
		}
	}
	return here
}

// refusal is why a file will never be passed on, as half a sentence.
type refusal string

func (r refusal) Error() string { return string(r) }

// obtain fetches a file, judges it and keeps it. It is done once for a line
// and file, however often it is asked for.
func (a *App) obtain(ctx context.Context, c bridge.ConversationID, line string, f bridge.DeskFile, from sharedFile) (bridge.Attachment, error) {
	id := bridge.KeptID(line, f.ID)
	if kept, err := a.d.store.File(ctx, id); err == nil {
		return kept.Attachment, nil
	}
	address := orElse(from.URL, from.Private)
	if address == "" || from.Access == "check_file_info" {
		told, err := a.fileInfo(ctx, f.ID)
		if err != nil {
			return bridge.Attachment{}, err
		}
		if from, address = told, orElse(told.URL, told.Private); address == "" {
			return bridge.Attachment{}, refusal(hidden)
		}
	}
	if from.Size > attachment.MaxSize {
		return bridge.Attachment{}, refusal(attachment.ErrSize.Error())
	}
	data, err := a.d.download(ctx, address, from)
	if err != nil {
		return bridge.Attachment{}, err
	}
	info, err := attachment.Inspect(orElse(from.Name, f.Name), data)
	if err != nil {
		return bridge.Attachment{}, refusal(plainly(err))
	}
	kept := bridge.Attachment{ID: id, Name: info.Name, Type: info.Type, Size: int64(len(data)), Width: info.Width, Height: info.Height}
	err = a.d.store.AddFile(ctx, bridge.File{Attachment: kept, Conversation: c, FromDesk: true, CreatedAt: a.d.c.Clock.Now()}, data, bridge.UploadRoom{})
	return kept, err
}

// plainly is the reason of an inspection without its details.
func plainly(err error) string {
	for _, e := range []error{attachment.ErrSize, attachment.ErrEmpty, attachment.ErrPixels, attachment.ErrBroken} {
		if errors.Is(err, e) {
			return e.Error()
		}
	}
	return attachment.ErrKind.Error()
}

// fileInfo asks Slack about a file.
func (a *App) fileInfo(ctx context.Context, id string) (sharedFile, error) {
	d := a.d
	for w := d.limit.of("files.info").wait(d.c.Clock.Now()); w > 0; w = d.limit.of("files.info").wait(d.c.Clock.Now()) {
		if !d.sleep(ctx, w) {
			return sharedFile{}, ctx.Err()
		}
	}
	d.limit.of("files.info").take(d.c.Clock.Now())
	bounded, cancel := context.WithTimeout(ctx, d.c.Timeout)
	defer cancel()
	f, _, _, err := d.api.GetFileInfoContext(bounded, id, 0, 0)
	var said slack.SlackErrorResponse
	switch {
	case err == nil:
		return sharedOf(*f), nil
	case errors.As(err, &said) && (said.Err == "file_not_found" || said.Err == "file_deleted"):
		return sharedFile{}, refusal(gone)
	case judge(err).kind == rateLimited:
		d.limit.of("files.info").park(d.c.Clock.Now().Add(judge(err).wait))
	}
	return sharedFile{}, fmt.Errorf("files.info: %w", err)
}

// errSignIn: Slack answered with a page for people instead of the file's bytes,
// as it does to a token that may not read files.
var errSignIn = errors.New("slack sent its sign-in page in place of the file; is the scope files:read granted?")

// download fetches a file's bytes with our token, which goes to Slack alone.
func (d *Desk) download(ctx context.Context, address string, f sharedFile) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || !d.mayHaveToken(u) {
		return nil, refusal("it is not kept by Slack")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, refusal(gone)
	}
	req.Header.Set("Authorization", "Bearer "+d.c.BotToken)
	res, err := d.files.Do(req)
	if err != nil {
		return nil, fmt.Errorf("download: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone:
		return nil, refusal(gone)
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return nil, errSignIn
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("download: %s", res.Status)
	case kind == "text/html" && f.Type != kind:
		return nil, errSignIn
	case res.ContentLength > attachment.MaxSize:
		return nil, refusal(attachment.ErrSize.Error())
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, attachment.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("download: %w", err)
	}
	if len(data) > attachment.MaxSize {
		return nil, refusal(attachment.ErrSize.Error())
	}
	return data, nil
}

// mayHaveToken reports whether an address is Slack's own, or of the very place
// where the Web API is.
func (d *Desk) mayHaveToken(u *url.URL) bool {
	if u.User != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if u.Scheme == "https" && (host == "slack.com" || strings.HasSuffix(host, ".slack.com")) && u.Port() == "" {
		return true
	}
	api, err := url.Parse(d.c.APIURL)
	return err == nil && u.Scheme == api.Scheme && u.Host == api.Host
}

// fetchFile brings a file of a public line to the visitor, however long that
// takes, or tells its author that it does not come.
func (a *App) fetchFile(ctx context.Context, row bridge.Delivery) {
	var b bridge.FetchBody
	if err := json.Unmarshal(row.Body, &b); err != nil {
		a.d.abandon(ctx, row, fmt.Errorf("%w: %w", errUnfit, err))
		return
	}
	l, err := a.d.store.Line(ctx, b.Line)
	if err == nil && (l.Standing != bridge.Public || l.Message != b.Message) || errors.Is(err, bridge.ErrNotFound) {
		a.d.complete(ctx, row, bridge.Place{}) // taken back meanwhile
		return
	}
	var kept bridge.Attachment
	if err == nil {
		bounded, cancel := context.WithTimeout(ctx, filesTimeout)
		kept, err = a.obtain(bounded, row.Conversation, b.Line, b.File, sharedFile{})
		cancel()
	}
	var no refusal
	switch {
	case err == nil:
		_, err = a.bridge.Handle(ctx, bridge.AgentFileArrived{
			Conversation: row.Conversation, Line: b.Line, Message: b.Message, File: b.File.ID, Kept: kept,
		})
	case errors.As(err, &no), row.Attempts >= fetchTries && !errors.Is(err, bridge.ErrUnavailable) && ctx.Err() == nil:
		reason := string(no)
		if reason == "" {
			reason = "Slack did not hand it over"
			if errors.Is(err, errSignIn) {
				reason = hidden
			}
		}
		_, err = a.bridge.Handle(ctx, bridge.AgentFileRefused{
			Conversation: row.Conversation, Line: b.Line, Message: b.Message, File: b.File.ID, Reason: reason,
		})
	}
	if err != nil {
		if ctx.Err() == nil {
			a.log.Warn("slack: a file cannot be fetched yet", "file", b.File.ID, "tries", row.Attempts, "error", err)
		}
		a.d.retry(ctx, row, backoff(row.Attempts, 5*time.Minute, rand.Float64()), err.Error())
		return
	}
	a.slowFiles.clear()
	a.d.complete(ctx, row, bridge.Place{})
}

// slow remembers that Slack's files were slow or away a moment ago, so that
// lines do not wait for them one after another.
type slow struct {
	mu sync.Mutex
	at time.Time
}

const slowFor = 30 * time.Second

func (s *slow) note(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = now
}

func (s *slow) clear() { s.note(time.Time{}) }

func (s *slow) until(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.at.IsZero() && now.Sub(s.at) < slowFor
}
