package slackapp

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"threadline/bridge"
)

// tray is an inbox that can be broken.
type tray struct {
	bridge.Inbox
	known map[string]bool
	err   error
}

func (b *tray) Receive(_ context.Context, e bridge.Envelope) (bool, error) {
	if b.err != nil {
		return false, b.err
	}
	fresh := !b.known[e.Key]
	b.known[e.Key] = true
	return fresh, nil
}

func TestAnEnvelopeIsAcknowledgedOnceItIsKept(t *testing.T) {
	const line = `{"envelope_id":"E1","type":"events_api","payload":{"event_id":"Ev1","event":{"type":"message","channel":"C1","user":"U1","text":"hi","ts":"2.000001","thread_ts":"1.000001"}}}`
	log := slog.New(slog.DiscardHandler)
	box := &tray{known: map[string]bool{}}
	d := NewDesk(Config{Clock: &fixedClock{now: noon}, Logger: log}, nil)
	a := New(d, box, nil)
	acked := 0
	receive := func(raw string) {
		a.receive(t.Context(), []byte(raw), func(id string, _ any) {
			if id != "E1" {
				t.Errorf("acknowledged %q", id)
			}
			acked++
		})
	}
	box.err = bridge.ErrUnavailable
	receive(line)
	if acked != 0 || a.queue.queued != 0 {
		t.Fatalf("acknowledged %d, queued %d without keeping it", acked, a.queue.queued)
	}
	box.err = nil
	receive(line)
	if acked != 1 || a.queue.queued != 1 {
		t.Fatalf("acknowledged %d, queued %d", acked, a.queue.queued)
	}
	a.queue.known = map[string]bool{}
	receive(line)
	if acked != 2 || a.queue.queued != 1 {
		t.Fatalf("a repeat: acknowledged %d, queued %d", acked, a.queue.queued)
	}
	// What cannot be read is acknowledged, or Slack would send it for ever.
	box.err = bridge.ErrUnavailable
	receive(`{"envelope_id":"E1","type":"events_api","payload":{"event":{"type":"tomorrow"}}}`)
	receive(`{"envelope_id":"E1","type":"tomorrow","payload":{}}`)
	// So is what concerns us not.
	receive(`{"envelope_id":"E1","type":"events_api","payload":{"event":{"type":"message","channel":"C1","user":"U1","text":"hi","ts":"2.000001"}}}`)
	if acked != 5 {
		t.Errorf("acknowledged %d of 5", acked)
	}
	receive(`not even JSON`)
	if acked != 5 {
		t.Error("acknowledged what has no id")
	}
}

func (b *tray) Handled(context.Context, string, time.Time) error { return b.err }

func TestAListReadTooEarlyBringsNothingBack(t *testing.T) {
	box := &tray{known: map[string]bool{}}
	a := New(NewDesk(Config{Clock: &fixedClock{now: noon}, Logger: slog.New(slog.DiscardHandler)}, nil), box, nil)
	read := bridge.Envelope{Key: "home:U1:1", Kind: noteHome, Payload: []byte(`{"kind":"home","user":"U1"}`)}
	if err := a.handle(t.Context(), read); err != nil {
		t.Fatal(err)
	}
	a.queue.add(read)
	if a.queue.queued != 0 || a.queue.hold(read.Key) {
		t.Error("what was handled is queued again")
	}
	// What could not be settled comes back.
	other := bridge.Envelope{Key: "home:U1:2", Kind: noteHome, Payload: read.Payload}
	box.err = bridge.ErrUnavailable
	if err := a.handle(t.Context(), other); err == nil {
		t.Fatal("no error")
	}
	a.queue.add(other)
	if a.queue.queued != 1 {
		t.Error("what could not be settled is forgotten")
	}
}
