package slackapp

import (
	"context"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"threadline/bridge"
)

// A trigger opens a form for 3 s (Slack: views.open, expired_trigger_id), and
// what the form needs may take longer to read. Then a page that says so is
// opened in its place and becomes the form when it is ready.

// formWithin is how long after a press its form may take before that page is
// opened; what is left of the 3 s is for the network.
const formWithin = 1700 * time.Millisecond

// viewWaiting stands in a form's place.
const viewWaiting = "waiting_modal"

// waiting is the trigger of one press. It is spent once.
type waiting struct {
	mu    sync.Mutex
	spent bool
	view  string // the page that stands in the form's place, if one does
}

// patiently runs what may open a form, and keeps its trigger alive meanwhile.
func (a *App) patiently(ctx context.Context, e bridge.Envelope, n notice, do func(notice) error) error {
	if n.Trigger == "" || n.View != "" {
		return do(n)
	}
	n.waiting = &waiting{}
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-done:
		case <-a.d.c.Clock.After(formWithin - a.d.c.Clock.Now().Sub(e.ReceivedAt)):
			a.meanwhile(ctx, n)
		}
	})
	err := do(n)
	close(done)
	watch.Wait()
	if view := n.waiting.take(); view != "" {
		// Nothing came that fills the page: it was refused, or it failed.
		if err := a.fill(ctx, view, waitingView("Nothing is to be filled in. I have told you why, where you pressed it.")); err != nil {
			a.log.Warn("slack: cannot settle the page in a form's place", "error", err)
		}
	}
	return err
}

// meanwhile spends the trigger on a page in the form's place.
func (a *App) meanwhile(ctx context.Context, n notice) {
	w := n.waiting
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.spent {
		return
	}
	bounded, cancel := a.d.call(ctx)
	defer cancel()
	got, err := a.d.api.OpenViewContext(bounded, n.Trigger, waitingView("One moment, this takes longer than usual …"))
	if err != nil {
		a.log.Warn("slack: cannot open a page in a form's place", "error", err)
		return
	}
	w.spent, w.view = true, got.ID
}

// take gives the page that is to become the form, and spends the trigger; empty
// if the form is to be opened with it.
func (w *waiting) take() string {
	if w == nil {
		return ""
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	view := w.view
	w.spent, w.view = true, ""
	return view
}

// showForm opens a form, or fills the page that stands in its place.
func (a *App) showForm(ctx context.Context, n notice, v slack.ModalViewRequest) error {
	if view := n.waiting.take(); view != "" {
		return a.fill(ctx, view, v)
	}
	bounded, cancel := a.d.call(ctx)
	defer cancel()
	_, err := a.d.api.OpenViewContext(bounded, n.Trigger, v)
	return err
}

// fill puts a view in the place of an open one.
func (a *App) fill(ctx context.Context, view string, v slack.ModalViewRequest) error {
	bounded, cancel := a.d.call(ctx)
	defer cancel()
	_, err := a.d.api.UpdateViewContext(bounded, v, "", "", view)
	return err
}

func waitingView(text string) slack.ModalViewRequest {
	v := slack.ModalViewRequest{Type: slack.VTModal, CallbackID: viewWaiting, Title: words("Threadline"), Close: words("Close")}
	v.Blocks.BlockSet = []slack.Block{ours(text)}
	return v
}
