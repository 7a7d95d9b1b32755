package slackapp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
	"threadline/bridge/attachment"
	"threadline/bridge/killpoint"
)

const (
	// uploadPoll is how soon a file's turn comes again while its bytes go up.
	uploadPoll = 300 * time.Millisecond
	// uploadPatience is how long, and uploadTries how often, an upload fails
	// while the rest of Slack answers, before the thread is told instead.
	uploadPatience = 5 * time.Minute
	uploadTries    = 5
	// uploadsAtOnce bounds how many files are in memory on their way up.
	uploadsAtOnce = 2
)

// uploads are the files whose bytes go up to Slack. Nobody sees those before
// they are shared, so they need no place in a lane: what is lost with the
// process goes up again.
type uploads struct {
	mu    sync.Mutex
	by    map[bridge.FileID]*upload
	wg    sync.WaitGroup
	slots chan struct{}
}

type upload struct {
	running bool
	tries   int       // failed ones since Slack last was in trouble as a whole
	since   time.Time // of the first of those
	next    time.Time
	err     error
	final   bool // it can never succeed
}

func newUploads() *uploads {
	return &uploads{by: map[bridge.FileID]*upload{}, slots: make(chan struct{}, uploadsAtOnce)}
}

// begin has the bytes of a file sent up unless they are on their way, or the
// last failure is too fresh. An error means that it will not succeed.
func (d *Desk) begin(ctx context.Context, f bridge.File) error {
	u := d.uploads
	now := d.c.Clock.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	up := u.by[f.ID]
	if up == nil {
		up = &upload{}
		u.by[f.ID] = up
	}
	if up.err != nil && !d.state.healthy() {
		// Slack as a whole is in trouble: that says nothing about this file.
		up.tries, up.since = 0, time.Time{}
	}
	if up.final || up.tries >= uploadTries && now.Sub(up.since) >= uploadPatience {
		delete(u.by, f.ID)
		return up.err
	}
	if up.running || now.Before(up.next) {
		return nil
	}
	up.running = true
	u.wg.Go(func() {
		select {
		case u.slots <- struct{}{}:
		case <-ctx.Done():
			d.uploaded(f.ID, ctx.Err())
			return
		}
		err := d.upload(ctx, f)
		<-u.slots
		d.uploaded(f.ID, err)
	})
	return nil
}

// uploaded notes how an upload ended.
func (d *Desk) uploaded(id bridge.FileID, err error) {
	u := d.uploads
	now := d.c.Clock.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	up := u.by[id]
	if err == nil || up == nil {
		delete(u.by, id)
		return
	}
	if up.tries++; up.tries == 1 {
		up.since = now
	}
	up.running, up.err = false, err
	up.final = neverUploads(err)
	up.next = now.Add(backoff(up.tries, retryCap/2, rand.Float64()))
	d.log.Warn("slack: a file did not go up", "file", id, "tries", up.tries, "error", err)
}

// neverUploads reports whether trying again is in vain (Slack:
// files.getUploadURLExternal, errors).
func neverUploads(err error) bool {
	if errors.Is(err, bridge.ErrNotFound) {
		return true
	}
	var said slack.SlackErrorResponse
	if !errors.As(err, &said) {
		return false
	}
	switch said.Err {
	case "file_type_not_allowed", "file_upload_size_restricted", "file_uploads_disabled", "file_uploads_except_images_disabled",
		"storage_limit_reached", "missing_argument", "invalid_arguments", "missing_scope", "no_permission", "posting_to_channel_denied":
		return true
	}
	return false
}

// upload sends a file's bytes to Slack and keeps the name of the copy before
// anybody can see it.
func (d *Desk) upload(ctx context.Context, f bridge.File) error {
	var data bytes.Buffer
	data.Grow(int(f.Size))
	if err := d.store.ReadFile(ctx, f.ID, &data); err != nil {
		return fmt.Errorf("read file %s: %w", f.ID, err)
	}
	if w := d.limit.of("files.getUploadURLExternal").wait(d.c.Clock.Now()); !d.sleep(ctx, w) {
		return ctx.Err()
	}
	d.limit.of("files.getUploadURLExternal").take(d.c.Clock.Now())
	bounded, cancel := d.call(ctx)
	ticket, err := d.api.GetUploadURLExternalContext(bounded, slack.GetUploadURLExternalParameters{FileName: f.Name, FileSize: data.Len()})
	cancel()
	if err != nil {
		if fate := judge(err); fate.kind == rateLimited {
			d.limit.of("files.getUploadURLExternal").park(d.c.Clock.Now().Add(fate.wait))
		}
		return fmt.Errorf("files.getUploadURLExternal: %w", err)
	}
	// The address is the permission: Slack takes the bytes raw and needs no
	// token there.
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, ticket.UploadURL, &data)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	req.Header.Set("Content-Type", f.Type)
	res, err := d.files.Do(req)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	if err := res.Body.Close(); err != nil {
		d.log.Debug("slack: close the answer to an upload", "error", err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("upload: %s", res.Status)
	}
	killpoint.Reach(killpoint.FileUploaded)
	if err := d.store.SetDeskID(ctx, f.ID, ticket.FileID); err != nil {
		return fmt.Errorf("keep the upload of %s: %w", f.ID, err)
	}
	return nil
}

// sendAhead has the files of a line sent up while the line itself is posted.
func (d *Desk) sendAhead(ctx context.Context, row bridge.Delivery) {
	var b bridge.LineBody
	if row.Kind != bridge.KindLine || json.Unmarshal(row.Body, &b) != nil || b.Kind != bridge.ByVisitor {
		return
	}
	for _, a := range b.Files {
		if f, err := d.store.File(ctx, a.ID); err == nil && f.DeskID == "" {
			_ = d.begin(ctx, f) // its own row asks again
		}
	}
}

// sendFile shares a visitor's file in the thread, in its turn behind its line.
// Slack answers before the file is in the thread and does not say where it will
// be, so the row stays in doubt until its echo is heard or it is found.
func (d *Desk) sendFile(ctx context.Context, row bridge.Delivery) {
	var b bridge.FileBody
	if err := json.Unmarshal(row.Body, &b); err != nil {
		d.abandon(ctx, row, fmt.Errorf("%w: %w", errUnfit, err))
		return
	}
	p, err := d.whereTo(ctx, row)
	if err == nil && p.thread == "" {
		err = errNoThread
	}
	if err != nil {
		d.cannotCompose(ctx, row, err)
		return
	}
	if w, why := d.closed.wait(p.channel, d.c.Clock.Now()); w > 0 {
		d.retry(ctx, row, w, why)
		return
	}
	f, err := d.store.File(ctx, b.File.ID)
	if err == nil && f.DeskID == "" {
		err = d.begin(ctx, f)
	}
	switch {
	case errors.Is(err, bridge.ErrUnavailable):
		d.retry(ctx, row, time.Second, err.Error())
		return
	case err != nil:
		d.postInstead(ctx, row, p, b, err)
		return
	case f.DeskID == "":
		d.retry(ctx, row, uploadPoll, "its bytes are on their way")
		return
	}
	if w := d.limit.of("files.completeUploadExternal").wait(d.c.Clock.Now()); w > 0 {
		d.retry(ctx, row, w, "waiting for files.completeUploadExternal")
		return
	}
	if !d.maySend() {
		d.retry(ctx, row, 0, "the sender's lease ran short")
		return
	}
	if w := d.limit.spend(p.channel, d.c.Clock.Now()); w > 0 {
		d.retry(ctx, row, w, "waiting for the channel")
		return
	}
	d.limit.of("files.completeUploadExternal").take(d.c.Clock.Now())
	bounded, cancel := d.call(ctx)
	_, err = d.api.CompleteUploadExternalContext(bounded, slack.CompleteUploadExternalParameters{
		Files: []slack.FileSummary{{ID: f.DeskID, Title: f.Name}}, Channel: d.called(p.channel), ThreadTimestamp: p.thread,
	})
	cancel()
	killpoint.Reach(killpoint.FileShared)
	if err != nil {
		d.shareFailed(ctx, row, p, b, err)
		return
	}
	d.works()
	d.doubt(ctx, row, d.c.DoubtAfter, "shared; waiting to see it in its thread")
}

func (d *Desk) shareFailed(ctx context.Context, row bridge.Delivery, p post, b bridge.FileBody, err error) {
	var said slack.SlackErrorResponse
	switch {
	case errors.As(err, &said) && said.Err == "file_not_found":
		// The upload has expired, or was finished before: a fresh one will do.
		d.log.Info("slack: an upload is gone; sending it up again", "file", b.File.ID)
		d.again(ctx, row, b.File.ID)
	case neverUploads(err):
		d.postInstead(ctx, row, p, b, err)
	default:
		if f := judge(err); f.kind == rateLimited {
			d.parked(ctx, row, "files.completeUploadExternal", f.wait, err)
			return
		}
		d.postFailed(ctx, row, p, err)
	}
}

// again forgets the copy at the desk, so that a fresh one goes up.
func (d *Desk) again(ctx context.Context, row bridge.Delivery, id bridge.FileID) {
	if err := d.store.SetDeskID(context.WithoutCancel(ctx), id, ""); err != nil {
		d.log.Warn("slack: cannot forget an upload", "file", id, "error", err)
	}
	d.retry(ctx, row, 0, "the upload is gone")
}

// postInstead tells the thread of a file that it cannot have.
func (d *Desk) postInstead(ctx context.Context, row bridge.Delivery, p post, b bridge.FileBody, cause error) {
	d.log.Error("slack: a visitor's file cannot be shared", "file", b.File.ID, "error", cause)
	p.text, p.blocks = notePost(bridge.NoteBody{
		Text: fmt.Sprintf("📎 %s (%s) of the visitor is not here: %s Ask them for it another way.", b.File.Name, attachment.Size(b.File.Size), whyNot(cause)),
	}, nil, "")
	p.metadata = meta(metaNote, row.ID, map[string]any{"conversation_id": string(row.Conversation)})
	if !d.maySend() {
		d.retry(ctx, row, 0, "the sender's lease ran short")
		return
	}
	place, err := d.post(ctx, p)
	if err != nil {
		d.postFailed(ctx, row, p, err)
		return
	}
	d.complete(ctx, row, place)
}

// whyNot says in a sentence why a file could not be shared.
func whyNot(cause error) string {
	var said slack.SlackErrorResponse
	if errors.As(cause, &said) {
		switch said.Err {
		case "missing_scope", "no_permission":
			return "the app lacks the permission files:write; bring its manifest up to date."
		case "file_uploads_disabled", "file_uploads_except_images_disabled", "file_type_not_allowed", "file_upload_size_restricted":
			return "this workspace does not allow it."
		case "storage_limit_reached":
			return "the workspace has no room left for files."
		}
	}
	if errors.Is(cause, bridge.ErrNotFound) {
		return "it is kept no longer."
	}
	return "Slack did not take it."
}

// settleFile looks for a file, or for the words in its place, whose outcome is
// unknown. A file that a complete read lacks goes up afresh: what was shared
// cannot be shared again.
func (d *Desk) settleFile(ctx context.Context, row bridge.Delivery) {
	f, err := d.store.File(ctx, bridge.FileID(row.Subject))
	if err != nil && !errors.Is(err, bridge.ErrNotFound) {
		d.doubt(ctx, row, time.Second, err.Error())
		return
	}
	d.settleDoubtOf(ctx, row, func(m *slack.Message) bool {
		for _, shared := range m.Files {
			if f.DeskID != "" && shared.ID == f.DeskID {
				return true
			}
		}
		return false
	}, func() {
		if f.DeskID == "" {
			return
		}
		if err := d.store.SetDeskID(context.WithoutCancel(ctx), f.ID, ""); err != nil {
			d.log.Warn("slack: cannot forget an upload", "file", f.ID, "error", err)
		}
	})
}

// confirmFiles settles the deliveries of files of ours that appeared in a
// thread.
func (a *App) confirmFiles(ctx context.Context, ids []string, at bridge.Place) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), receiveWithin)
	defer cancel()
	for _, id := range ids {
		delivery, err := a.d.store.FileDelivery(bounded, id)
		if errors.Is(err, bridge.ErrNotFound) {
			continue
		}
		if err == nil {
			_, err = a.d.store.Confirm(bounded, delivery, at, a.d.c.Clock.Now())
		}
		if err != nil && !errors.Is(err, bridge.ErrStale) {
			a.log.Warn("slack: cannot confirm a file of ours", "file", id, "error", err)
		}
	}
}
