package slackapp

import (
	"context"
	"sync"
	"time"

	"threadline/bridge"
)

// leaseName is the workspace's one sender: its budgets are the workspace's.
const leaseName = "desk"

// lease is our hold on the workspace. It is measured on this machine's
// monotonic clock from before the database was asked, so it never outlives the
// database's own reckoning.
type lease struct {
	mu    sync.Mutex
	until time.Time
	since time.Time
}

func (l *lease) remaining() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.until)
}

func (l *lease) gained() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since
}

func (l *lease) extend(until, since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = until
	if !since.IsZero() {
		l.since = since
	}
}

func (l *lease) drop() { l.extend(time.Time{}, time.Time{}) }

// maySend reports whether a call that takes the whole time-out would still end
// within the lease.
func (d *Desk) maySend() bool { return d.lease.remaining() > d.c.Timeout }

// keepLease takes the lease, recovers what a predecessor left in flight, and
// renews well inside its time.
func (d *Desk) keepLease(ctx context.Context) {
	held, contested := false, false
	for {
		asked := time.Now()
		ok, err := d.store.Lease(ctx, leaseName, d.c.Owner, d.c.Lease)
		switch {
		case err != nil:
			if ctx.Err() == nil {
				d.log.Warn("slack: cannot renew the sender's lease", "error", err)
			}
		case !ok:
			if held || !contested {
				d.log.Info("slack: another process sends; standing by")
			}
			held, contested = false, true
			d.lease.drop()
		case !held || d.lease.remaining() <= 0:
			if d.succeed(ctx, contested) {
				held, contested = true, false
			}
		default:
			d.lease.extend(asked.Add(d.c.Lease), time.Time{})
		}
		if !d.sleep(ctx, d.c.Lease/5) {
			return
		}
	}
}

// succeed makes us the sender. If somebody else was, what they had sent may
// still be on its way when their lease ends, so it waits one time-out more.
func (d *Desk) succeed(ctx context.Context, contested bool) bool {
	if contested && !d.sleep(ctx, d.c.Timeout) {
		return false
	}
	asked := time.Now()
	ok, err := d.store.Lease(ctx, leaseName, d.c.Owner, d.c.Lease)
	if err != nil || !ok {
		return false
	}
	lanes := []bridge.Lane{bridge.LanePost, bridge.LaneCard, bridge.LanePrivate}
	n, err := d.store.Recover(ctx, lanes, d.c.Clock.Now())
	if err != nil {
		d.log.Warn("slack: cannot recover deliveries in flight", "error", err)
		return false
	}
	d.log.Info("slack: sending for the workspace", "recovered", n)
	now := d.c.Clock.Now()
	d.limit.empty(now)
	d.lease.extend(asked.Add(d.c.Lease), now)
	return true
}
