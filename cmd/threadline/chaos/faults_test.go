package chaos_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"

	_ "github.com/lib/pq"
	_ "modernc.org/sqlite"
)

// misfortune is one thing that goes wrong. does reports whether it struck:
// what is counted, as a fault of two calls, may meet no call.
type misfortune struct {
	name string
	does func(context.Context) (bool, error)
}

const beat = time.Second

// spell is a fault that lasts, and is lifted by then.
func (w *world) spell(name string, hold time.Duration, set, then map[string]any) misfortune {
	return misfortune{name, func(ctx context.Context) (bool, error) {
		if err := w.slack.fault(set); err != nil {
			return false, err
		}
		pause(ctx, hold)
		if then == nil {
			return true, nil
		}
		return true, w.slack.fault(then)
	}}
}

// counted is a fault that is over when it has struck so often.
func (w *world) counted(name string, set map[string]any) misfortune {
	return misfortune{name, func(ctx context.Context) (bool, error) {
		if err := w.slack.fault(set); err != nil {
			return false, err
		}
		struck := w.slack.next(spending, func(s *slackState) bool {
			for fault, how := range set {
				if _, lasts := how.(int); lasts && strings.HasSuffix(fault, "_ms") {
					continue
				}
				if n, ok := s.Faults[fault].(float64); ok && n > 0 {
					return false
				}
			}
			return true
		})
		return struck, nil
	}}
}

// until is a misfortune with something beside it that is lifted behind it.
func (w *world) until(name string, m misfortune, then map[string]any) misfortune {
	return misfortune{name, func(ctx context.Context) (bool, error) {
		struck, err := m.does(ctx)
		return struck, errors.Join(err, w.slack.fault(then))
	}}
}

// spending is how long a counted fault may take to strike before the next
// misfortune follows all the same.
// It is over once it has struck; only a busy machine needs that long.
const spending = time.Minute

// atSockets are the faults that end connections or withhold envelopes.
func (w *world) atSockets() []misfortune {
	return []misfortune{
		w.spell("down", 3*beat, map[string]any{"down": true}, map[string]any{"down": false}),
		w.spell("disconnect warning", beat, map[string]any{"disconnect": "warning"}, nil),
		w.spell("disconnect refresh_requested", beat, map[string]any{"disconnect": "refresh_requested"}, nil),
		w.spell("disconnect link_disabled", beat, map[string]any{"disconnect": "link_disabled"}, nil),
		w.counted("disconnect_after_hello", map[string]any{"disconnect_after_hello": 1, "disconnect": "warning"}),
		w.counted("drop_acks", map[string]any{"drop_acks": 3}),
		w.counted("duplicate_events", map[string]any{"duplicate_events": 6}),
		w.counted("reorder_events", map[string]any{"reorder_events": 3}),
		w.spell("delay_events_ms", 2*beat, map[string]any{"delay_events_ms": 900}, map[string]any{"delay_events_ms": 0}),
		w.spell("unknown_envelope", 0, map[string]any{"unknown_envelope": 2}, nil),
		w.counted("malformed_block", map[string]any{"malformed_block": 4}),
		w.until("same_envelope", w.counted("", map[string]any{"same_envelope": true, "duplicate_events": 3}), map[string]any{"same_envelope": false}),
		w.until("strict_acks", w.counted("", map[string]any{"strict_acks": true, "drop_acks": 2}), map[string]any{"strict_acks": false}),
		w.spell("refresh_every_ms", 2*beat, map[string]any{"refresh_every_ms": 700}, map[string]any{"refresh_every_ms": 0}),
	}
}

// shutOut are the faults that only a clearing of all faults mends.
func (w *world) shutOut(rng *rand.Rand) []misfortune {
	clear := map[string]any{"clear": true}
	return []misfortune{
		w.kicking(),
		w.spell("archive", 2*beat, map[string]any{"archive": "#support"}, clear),
		w.closing([]string{"kick", "archive"}[rng.IntN(2)]),
		w.spell("revoke_tokens", 3*beat, map[string]any{"revoke_tokens": true}, clear),
	}
}

// kicking puts the app out of the channel. What somebody writes just then, in
// the thread of a chat that is over, the app can only read back.
func (w *world) kicking() misfortune {
	return misfortune{"kick", func(ctx context.Context) (bool, error) {
		if err := w.slack.fault(map[string]any{"kick": "#support"}); err != nil {
			return false, err
		}
		for _, c := range w.chats {
			if c.isOver() && c.root().channel == w.support {
				c.write(agents[c.rng.IntN(2)], "one more thing %s", false).asks = true
				break
			}
		}
		pause(ctx, 3*beat)
		return true, w.slack.fault(map[string]any{"clear": true})
	}}
}

// atCalls are the faults that befall single calls.
func (w *world) atCalls() []misfortune {
	aim := func(fault string, more map[string]any) map[string]any {
		a := map[string]any{"method": "chat.postMessage", "times": 2}
		for k, v := range more {
			a[k] = v
		}
		return map[string]any{fault: a}
	}
	return []misfortune{
		w.spell("latency_ms", 2*beat, map[string]any{"latency_ms": 400}, map[string]any{"latency_ms": 0}),
		w.counted("hang", aim("hang", nil)),
		w.counted("reset", aim("reset", nil)),
		w.counted("fail html", aim("fail", map[string]any{"status": 503, "html": true})),
		w.counted("error", aim("error", map[string]any{"error": "internal_error"})),
		w.counted("apply_then_fail", aim("apply_then_fail", map[string]any{"times": 3})),
		w.counted("apply_then_fail again", aim("apply_then_fail", map[string]any{"times": 3})),
		w.counted("truncate", aim("truncate", nil)),
		w.unheard("apply_then_fail unheard", nil),
		w.unheard("fail look-up", map[string]any{"method": "conversations.replies", "status": 500, "times": 2}),
		w.counted("rate_limit", aim("rate_limit", map[string]any{"retry_after": 1})),
		w.counted("rate_limit without header", aim("rate_limit", map[string]any{"retry_after": nil, "times": 1})),
	}
}

// unheard: Slack did it, does not say so, and its event is late too, so that
// only looking for the post tells; and perhaps the look-up fails as well.
func (w *world) unheard(name string, lookUp map[string]any) misfortune {
	set := map[string]any{"apply_then_fail": map[string]any{"method": "chat.postMessage", "times": 2}, "delay_events_ms": 5000}
	if lookUp != nil {
		set["fail"] = lookUp
	}
	once := w.counted(name, set)
	return misfortune{name, func(ctx context.Context) (bool, error) {
		struck, err := once.does(ctx)
		pause(ctx, 4*beat)
		return struck, errors.Join(err, w.slack.fault(map[string]any{"delay_events_ms": 0}))
	}}
}

// delaying has a post reach Slack long after the process gave it up, which
// nothing can tell from a post that never will. It is not among what the product
// promises to bear; asked for by its name, it measures what is left.
func (w *world) delaying() misfortune {
	return misfortune{"late post", func(ctx context.Context) (bool, error) {
		w.tap.delay(w.late)
		pause(ctx, w.late+3*beat)
		return true, nil
	}}
}

// killing ends a process as a power cut would and starts it again: at any
// moment, while a post is on its way whose event comes only after whoever is next
// has taken the lease, or right after it has acknowledged a visitor's line.
func (w *world) killing(rng *rand.Rand) misfortune {
	r := w.replicas[rng.IntN(len(w.replicas))]
	how, down := rng.IntN(3), time.Duration(rng.IntN(700))*time.Millisecond
	return misfortune{"SIGKILL", func(ctx context.Context) (bool, error) {
		switch how {
		case 0:
			if err := w.slack.fault(map[string]any{"latency_ms": 500, "delay_events_ms": 6000}); err != nil {
				return false, err
			}
			r = w.replicas[w.tap.posting(ctx)]
			r.kill()
			pause(ctx, 200*time.Millisecond) // until Slack knows that it was cut
			if err := w.slack.fault(map[string]any{"latency_ms": 0, "delay_events_ms": 0}); err != nil {
				return false, err
			}
		case 1:
			r = w.whoAcknowledges(ctx, r)
			r.kill()
		default:
			r.kill()
		}
		pause(ctx, down)
		return true, r.start()
	}}
}

// whoAcknowledges waits for the next acknowledgement of a visitor's line.
func (w *world) whoAcknowledges(ctx context.Context, otherwise *replica) *replica {
	select { // what lies there is not from just now
	case <-w.acked:
	default:
	}
	select {
	case site := <-w.acked:
		for _, r := range w.replicas {
			if site == "http://"+r.addr {
				return r
			}
		}
	case <-time.After(spending):
	case <-ctx.Done():
	}
	return otherwise
}

// restarting ends a process politely and starts it again, as an upgrade does.
func (w *world) restarting(rng *rand.Rand) misfortune {
	r := w.replicas[rng.IntN(len(w.replicas))]
	return misfortune{"restart", func(context.Context) (bool, error) {
		code := r.stop()
		w.audit.hold(checkShutdown, code == 0, "exit code %d on SIGTERM", code)
		return true, r.start()
	}}
}

// freezing stops a process for longer than its lease lasts, as a machine does
// that is moved or swaps, and then lets it go on.
func (w *world) freezing(rng *rand.Rand) misfortune {
	r := w.replicas[rng.IntN(len(w.replicas))]
	return misfortune{"freeze", func(ctx context.Context) (bool, error) {
		if err := r.signal(syscall.SIGSTOP); err != nil {
			return false, err
		}
		pause(ctx, 4*beat)
		return true, r.signal(syscall.SIGCONT)
	}}
}

// severing ends every connection to the PostgreSQL database.
func (w *world) severing() misfortune {
	return misfortune{"pg_terminate_backend", func(ctx context.Context) (struck bool, err error) {
		db, err := sql.Open("postgres", w.database)
		if err != nil {
			return false, err
		}
		defer func() {
			if closeErr := db.Close(); err == nil {
				err = closeErr
			}
		}()
		_, err = db.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		if err != nil {
			return false, fmt.Errorf("terminate backends: %w", err)
		}
		return true, nil
	}}
}

// blocking keeps every writer of the database waiting. What cannot be kept must
// not be acknowledged: somebody without rights presses a button meanwhile.
func (w *world) blocking() misfortune {
	return misfortune{"database blocked", func(ctx context.Context) (struck bool, err error) {
		db, begin := w.database, `BEGIN`
		driver, lock := "postgres", `LOCK TABLE envelopes IN ACCESS EXCLUSIVE MODE`
		if file, ok := strings.CutPrefix(w.database, "sqlite:"); ok {
			driver, db, begin, lock = "sqlite", file, `BEGIN IMMEDIATE`, `SELECT 1`
		}
		pool, err := sql.Open(driver, db)
		if err != nil {
			return false, err
		}
		defer func() { err = errors.Join(err, pool.Close()) }()
		conn, err := pool.Conn(ctx)
		if err != nil {
			return false, err
		}
		defer func() { err = errors.Join(err, conn.Close()) }()
		var root place
		if !w.slack.wait(patience, func(s *slackState) bool {
			if r := s.root(w.chats[len(w.chats)-1].v.id); r != nil {
				root = r.at()
			}
			return root.ts != ""
		}) {
			return false, errors.New("no card to press on")
		}
		for locked, deadline := false, time.Now().Add(patience); !locked; {
			if time.Now().After(deadline) {
				return false, errors.New("no lock on the database")
			}
			_, err := conn.ExecContext(ctx, begin)
			if err == nil {
				_, err = conn.ExecContext(ctx, lock)
			}
			if locked = err == nil; !locked {
				pause(ctx, 20*time.Millisecond)
			}
		}
		p := w.slack.press("gus", root, "claim")
		if _, err := conn.ExecContext(ctx, `ROLLBACK`); err != nil {
			return false, err
		}
		if p.Error != "dispatch_failed" { // without a socket it proves nothing
			w.audit.hold(checkAck, !p.Acked, "a press while nothing could be written: %+v", p)
			struck = true
		}
		return struck, nil
	}}
}

// plan puts everything that will go wrong into an order that the seed decides.
// Deaths and the like are spread out, so that each cuts something else short;
// the half-open socket comes last but for some faults of calls, because noticing
// it takes the client half a minute.
func (w *world) plan(rng *rand.Rand, round int) []misfortune {
	var deaths []misfortune
	for i := range w.kills {
		if round == 0 || i%3 == 0 {
			deaths = append(deaths, w.killing(rng))
		}
	}
	deaths = append(deaths, w.restarting(rng), w.freezing(rng))
	if round == 0 || w.only != "" {
		deaths = append(deaths, w.shutOut(rng)...)
	}
	if w.engine == "postgres" {
		for range 2 {
			deaths = append(deaths, w.severing())
		}
	}
	rng.Shuffle(len(deaths), func(i, j int) { deaths[i], deaths[j] = deaths[j], deaths[i] })
	sockets, calls := append(w.atSockets(), w.blocking()), w.atCalls()
	rng.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	// Half of the single calls come early, between the deaths.
	early := append(sockets, calls[:len(calls)/2]...)
	late := calls[len(calls)/2:]
	// Cards are redrawn while people come and go.
	early = append(early, w.counted("apply_then_fail update", map[string]any{"apply_then_fail": map[string]any{"method": "chat.update", "times": 2}}))
	rng.Shuffle(len(early), func(i, j int) { early[i], early[j] = early[j], early[i] })
	var all []misfortune
	for i, d := range deaths {
		all = append(all, early[i*len(early)/len(deaths):(i+1)*len(early)/len(deaths)]...)
		all = append(all, d)
	}
	if len(deaths) == 0 {
		all = append(all, early...)
	}
	all = append(all, w.spell("half_open", beat, map[string]any{"half_open": true}, nil))
	all = append(all, late...)
	if w.only == "" {
		return all
	}
	all = append(all, w.delaying(), w.chancy())
	only := strings.Split(w.only, ",")
	return slices.DeleteFunc(all, func(m misfortune) bool { return !slices.Contains(only, m.name) })
}

// torment lets everything go wrong, one after another, and then again and
// again until the chats are over.
func (w *world) torment(ctx context.Context, rng *rand.Rand, over <-chan struct{}) {
	for round := 0; ; round++ {
		for _, m := range w.plan(rng, round) {
			select {
			case <-over:
				if round > 0 {
					return
				}
			default:
			}
			if ctx.Err() != nil {
				return
			}
			w.audit.note("%5.1fs %s", time.Since(w.began).Seconds(), m.name)
			struck, err := m.does(ctx)
			if err != nil {
				w.audit.broken(checkHarness, "%s: %v", m.name, err)
			}
			w.struck[m.name] = w.struck[m.name] || struck
			pause(ctx, w.gap/2+time.Duration(rng.Int64N(int64(w.gap))))
		}
		select {
		case <-over:
			return
		default:
			pause(ctx, 100*time.Millisecond)
		}
	}
}
