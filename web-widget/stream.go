package widget

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"threadline/bridge"
)

// Names of the events. The first four bear an id and come again on resume.
const (
	eventMessage      = "message"
	eventUpdated      = "message_updated"
	eventDeleted      = "message_deleted"
	eventConversation = "conversation"
	eventDelta        = "delta"
	eventCancelled    = "delta_cancelled"
	eventTyping       = "typing"
)

const (
	// beat is how often a quiet stream says that it lives.
	beat = 15 * time.Second
	// writeTimeout is how long a client may take to accept one write.
	writeTimeout = 5 * time.Second
	// readTimeout bounds one look at the store; after lookTries failed ones, a
	// second apart, the stream ends.
	readTimeout = 10 * time.Second
	lookTries   = 30
	pageSize    = 200
)

// stream is one visitor's connection. One goroutine.
type stream struct {
	h     *Handler
	w     http.ResponseWriter
	rc    *http.ResponseController
	write *scribe
	id    bridge.ConversationID

	// cursor is the rev up to which the client has been told everything.
	cursor int64
	// epoch is that of the last conversation event the client knows; a draft
	// of any other is dropped.
	epoch int64
	// shown are the drafts that the client shows, with how much of each.
	shown map[string]int
	// settled are the replies that the client has as messages.
	settled map[string]bool
	// busy is who is shown at work, and fade when that is no longer true.
	busy *bridge.Sign
	fade <-chan time.Time
	out  bytes.Buffer
}

// events streams the conversation until the client leaves, the token expires
// or the handler closes.
func (h *Handler) events(w http.ResponseWriter, r *http.Request, c claims) error {
	after, resume, err := resumePoint(r)
	if err != nil {
		return err
	}
	if !h.enter() {
		return unavailable()
	}
	defer h.streams.Done()
	// Subscribed before the first look, so that nothing falls in between.
	sub := h.hub.subscribe(c.Conversation, h.limits.streams)
	if sub == nil {
		return &problem{
			status: http.StatusTooManyRequests, code: "too_many_streams", retry: 5 * time.Second,
			message: "This chat is open in too many places.",
		}
	}
	h.present(c.Conversation)
	defer h.present(c.Conversation)
	defer h.hub.unsubscribe(sub)
	s := &stream{
		h: h, w: w, rc: http.NewResponseController(w), write: h.scribe(), id: c.Conversation,
		shown: make(map[string]int), settled: make(map[string]bool),
	}
	if err := s.begin(r.Context(), after, resume); err != nil {
		return err
	}
	head := w.Header()
	head.Set("Content-Type", "text/event-stream; charset=utf-8")
	head.Set("Cache-Control", "no-cache, no-store, no-transform")
	head.Set("X-Accel-Buffering", "no")
	if r.ProtoMajor == 1 {
		// The deadlines of a stream must not outlive it on a kept connection.
		head.Set("Connection", "close")
	}
	// A server's limit on reading a request must not cut the reply.
	if err := s.rc.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	if err := s.flush(); err != nil {
		return nil //nolint:nilerror // the client has gone: there is nobody to tell
	}
	s.run(r.Context(), sub, time.Unix(c.Expires, 0))
	return nil
}

// resumePoint is the rev that the client has reached, if it says so. The header
// wins: a client that reconnects by itself repeats the address it began with.
func resumePoint(r *http.Request) (int64, bool, error) {
	if s := r.Header.Get("Last-Event-ID"); s != "" {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
			return n, true, nil
		}
	}
	if r.URL.Query().Get("after_rev") == "" {
		return 0, false, nil
	}
	n, err := number(r, "after_rev", 0)
	return n, true, err
}

// begin puts what the client must hear first into the buffer: what changed
// since the resume point, or the conversation as it stands. A resume point
// that the conversation has not reached belongs to another database, and
// counts as none.
func (s *stream) begin(ctx context.Context, after int64, resume bool) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	s.comment("threadline")
	conv, err := readConversation(ctx, s.h.store, s.id)
	if err != nil {
		return err
	}
	s.epoch = conv.Epoch
	if !resume || !conv.Begun() || after > conv.Rev {
		s.cursor = conv.Rev
		return s.conversation(ctx, conv, conv.Rev)
	}
	s.cursor = after
	return s.look(ctx)
}

func (s *stream) run(ctx context.Context, sub *subscription, expires time.Time) {
	sub.reached(s.cursor)
	var again <-chan time.Time // set after a failed look
	failures := 0
	heart := s.h.clock.After(beat)
	for {
		woken, drafts, signs := false, []bridge.Draft(nil), []bridge.Sign(nil)
		select {
		case <-ctx.Done():
			return
		case <-s.h.done:
			return
		case <-heart:
			heart = s.h.clock.After(beat)
			if !s.h.clock.Now().Before(expires) {
				return
			}
			s.write.forget()
			s.h.present(s.id)
			s.comment("beat")
		case <-s.fade:
			if err := s.idle(); err != nil {
				return
			}
		case <-again:
			woken, again = true, nil
		case <-sub.ready:
			var slow bool
			if woken, drafts, slow = sub.take(); slow {
				s.h.log.Info("slow stream dropped", "conversation", s.id)
				return
			}
			signs = sub.takeSigns()
		}
		err := s.advance(ctx, woken, drafts, signs)
		sub.reached(s.cursor)
		if err != nil {
			if failures++; failures > lookTries || ctx.Err() != nil {
				return
			}
			s.h.log.Warn("stream cannot read the store", "conversation", s.id, "error", err)
			again = s.h.clock.After(time.Second)
		} else if woken {
			failures = 0
		}
		if err := s.flush(); err != nil {
			return
		}
	}
}

// advance settles one wake-up: first what was committed, then the drafts that
// are still good.
func (s *stream) advance(ctx context.Context, woken bool, drafts []bridge.Draft, signs []bridge.Sign) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	for _, d := range drafts {
		// A draft of a newer epoch was emitted after a commit that this stream
		// has not looked at.
		woken = woken || d.Epoch > s.epoch
	}
	for _, g := range signs {
		woken = woken || g.Epoch > s.epoch
	}
	if woken {
		if err := s.look(ctx); err != nil {
			return err
		}
	}
	for _, d := range drafts {
		if err := s.draft(d); err != nil {
			return err
		}
	}
	for _, g := range signs {
		if err := s.sign(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

// look sends everything public that changed after the cursor, by rev, each
// message once and in its latest state.
func (s *stream) look(ctx context.Context) error {
	from := s.cursor
	for {
		// The conversation first: the messages read after it hold every rev up
		// to its own. If they hold newer ones too, the status may have changed
		// in between, and is read again.
		conv, err := readConversation(ctx, s.h.store, s.id)
		if err != nil {
			return err
		}
		page, err := s.h.store.Changed(ctx, s.id, s.cursor, pageSize)
		if err != nil {
			return err
		}
		full, upTo := len(page) == pageSize, max(conv.Rev, s.cursor)
		if len(page) > 0 && page[len(page)-1].Rev > conv.Rev {
			upTo = page[len(page)-1].Rev
			if conv, err = readConversation(ctx, s.h.store, s.id); err != nil {
				return err
			}
		}
		if full {
			upTo = page[len(page)-1].Rev
		}
		if err := s.merge(ctx, conv, page, from, upTo); err != nil {
			return err
		}
		s.cursor = upTo
		if full {
			continue
		}
		if conv.Epoch != s.epoch {
			return s.conversation(ctx, conv, upTo)
		}
		return nil
	}
}

// merge sends a page of messages and, at its place among them, the
// conversation if that changed at or before upTo.
func (s *stream) merge(ctx context.Context, conv bridge.Conversation, page []bridge.Message, from, upTo int64) error {
	pending := conv.StatusRev > s.cursor && conv.StatusRev <= upTo
	for i, m := range page {
		if pending && conv.StatusRev < m.Rev {
			pending = false
			if err := s.conversation(ctx, conv, conv.StatusRev, page[i:]...); err != nil {
				return err
			}
		}
		if err := s.message(ctx, m, from); err != nil {
			return err
		}
	}
	if pending {
		return s.conversation(ctx, conv, conv.StatusRev)
	}
	return nil
}

// message sends m as the client must take it: new if it was created after the
// rev the client came with.
func (s *stream) message(ctx context.Context, m bridge.Message, from int64) error {
	name := eventMessage
	switch {
	case m.FirstRev > from:
	case m.Deleted:
		name = eventDeleted
	default:
		name = eventUpdated
	}
	if m.ReplyID != "" {
		s.settled[m.ReplyID] = true
		delete(s.shown, m.ReplyID)
	}
	if s.busy != nil && s.busy.Author.Kind == m.Author.Kind {
		if err := s.idle(); err != nil {
			return err
		}
	}
	j, err := s.write.message(ctx, m)
	if err != nil {
		return err
	}
	return s.event(name, m.Rev, j)
}

// conversation sends the conversation at rev. With a new epoch, drafts that
// are on show are withdrawn first, unless a message among next replaces them.
func (s *stream) conversation(ctx context.Context, conv bridge.Conversation, rev int64, next ...bridge.Message) error {
	if conv.Epoch != s.epoch {
		for _, m := range next {
			delete(s.shown, m.ReplyID)
		}
		if err := s.withdraw(""); err != nil {
			return err
		}
		if err := s.idle(); err != nil {
			return err
		}
	}
	j, err := s.write.conversation(ctx, conv)
	if err != nil {
		return err
	}
	s.epoch, j.Rev = conv.Epoch, rev
	return s.event(eventConversation, rev, j)
}

// withdraw takes back every draft on show but one.
func (s *stream) withdraw(except string) error {
	for reply := range s.shown {
		if reply == except {
			continue
		}
		delete(s.shown, reply)
		if err := s.event(eventCancelled, 0, cancelledJSON{reply}); err != nil {
			return err
		}
	}
	return nil
}

// draft sends a piece of an answer if it is of the present epoch and joins
// what the client has of it.
func (s *stream) draft(d bridge.Draft) error {
	at, showing := s.shown[d.ReplyID]
	if d.Cancelled {
		if !showing {
			return nil
		}
		delete(s.shown, d.ReplyID)
		return s.event(eventCancelled, 0, cancelledJSON{d.ReplyID})
	}
	if d.Epoch != s.epoch || s.settled[d.ReplyID] || d.Offset != at || d.Text == "" {
		return nil
	}
	// Turns are answered one at a time: another draft on show is dead.
	if err := s.withdraw(d.ReplyID); err != nil {
		return err
	}
	s.shown[d.ReplyID] = at + utf8.RuneCountInString(d.Text)
	return s.event(eventDelta, 0, deltaJSON{ReplyID: d.ReplyID, Epoch: d.Epoch, Offset: d.Offset, Text: d.Text})
}

func (s *stream) comment(text string) { fmt.Fprintf(&s.out, ": %s\n\n", text) }

// event buffers one event; those that pass bear no id.
func (s *stream) event(name string, rev int64, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("widget: encode %s: %w", name, err)
	}
	switch name {
	case eventDelta, eventCancelled, eventTyping:
	default:
		fmt.Fprintf(&s.out, "id: %d\n", rev)
	}
	fmt.Fprintf(&s.out, "event: %s\ndata: %s\n\n", name, data)
	return nil
}

// flush writes the buffer within the time that a client may take.
func (s *stream) flush() error {
	if s.out.Len() == 0 {
		return nil
	}
	if err := s.rc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.out.WriteTo(s.w); err != nil {
		return err
	}
	return s.rc.Flush()
}
