package chaos_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	_ "github.com/lib/pq"
	_ "modernc.org/sqlite"
)

// misfortune is one thing that goes wrong.
type misfortune struct {
	name string
	does func(context.Context) error
}

// faulty sets a fault, and another after the hold if there is one.
func (w *world) faulty(name string, hold time.Duration, set, then map[string]any) misfortune {
	return misfortune{name, func(ctx context.Context) error {
		if err := w.slack.fault(set); err != nil {
			return err
		}
		pause(ctx, hold)
		if then == nil {
			return nil
		}
		return w.slack.fault(then)
	}}
}

// atSockets are the faults that end connections or withhold envelopes.
func (w *world) atSockets() []misfortune {
	const beat = time.Second
	return []misfortune{
		w.faulty("down", 3*time.Second, map[string]any{"down": true}, map[string]any{"down": false}),
		w.faulty("disconnect warning", beat, map[string]any{"disconnect": "warning"}, nil),
		w.faulty("disconnect refresh_requested", beat, map[string]any{"disconnect": "refresh_requested"}, nil),
		w.faulty("disconnect link_disabled", beat, map[string]any{"disconnect": "link_disabled"}, nil),
		w.faulty("disconnect_after_hello", beat, map[string]any{"disconnect_after_hello": 1, "disconnect": "warning"}, nil),
		w.faulty("drop_acks", beat, map[string]any{"drop_acks": 3}, nil),
		w.faulty("duplicate_events", beat, map[string]any{"duplicate_events": 6}, nil),
		w.faulty("reorder_events", 2*beat, map[string]any{"reorder_events": 3}, map[string]any{"reorder_events": 0}),
		w.faulty("delay_events_ms", 2*beat, map[string]any{"delay_events_ms": 900}, map[string]any{"delay_events_ms": 0}),
		w.faulty("unknown_envelope", 0, map[string]any{"unknown_envelope": 2}, nil),
		w.faulty("malformed_block", beat, map[string]any{"malformed_block": 4}, nil),
	}
}

// atChannel are the faults that only a clearing of all faults mends, so they
// come first.
func (w *world) atChannel() []misfortune {
	const beat = time.Second
	return []misfortune{
		w.faulty("kick", 2*beat, map[string]any{"kick": "#support"}, map[string]any{"clear": true}),
		w.faulty("archive", 2*beat, map[string]any{"archive": "#support"}, map[string]any{"clear": true}),
	}
}

// atCalls are the faults that befall single calls.
func (w *world) atCalls() []misfortune {
	const beat = time.Second
	aim := func(fault string, more map[string]any) map[string]any {
		a := map[string]any{"method": "chat.postMessage", "times": 2}
		for k, v := range more {
			a[k] = v
		}
		return map[string]any{fault: a}
	}
	return []misfortune{
		w.faulty("latency_ms", 2*beat, map[string]any{"latency_ms": 400}, map[string]any{"latency_ms": 0}),
		w.faulty("hang", beat, aim("hang", nil), nil),
		w.faulty("reset", beat, aim("reset", nil), nil),
		w.faulty("fail html", beat, aim("fail", map[string]any{"status": 503, "html": true}), nil),
		w.faulty("error", beat, aim("error", map[string]any{"error": "internal_error"}), nil),
		w.faulty("apply_then_fail", beat, aim("apply_then_fail", map[string]any{"times": 3}), nil),
		w.faulty("apply_then_fail again", beat, aim("apply_then_fail", map[string]any{"times": 3}), nil),
		w.faulty("apply_then_fail update", beat, aim("apply_then_fail", map[string]any{"method": "chat.update"}), nil),
		// Slack did it, does not say so, and its event is late too: only looking
		// for the post tells.
		w.faulty("apply_then_fail unheard", 5*beat, map[string]any{"apply_then_fail": map[string]any{"method": "chat.postMessage", "times": 2}, "delay_events_ms": 5000},
			map[string]any{"delay_events_ms": 0}),
		w.faulty("rate_limit", beat, aim("rate_limit", map[string]any{"retry_after": 1}), nil),
		w.faulty("rate_limit without header", beat, aim("rate_limit", map[string]any{"retry_after": nil, "times": 1}), nil),
		w.faulty("fail look-up", beat, aim("fail", map[string]any{"method": "conversations.replies", "status": 500}), nil),
	}
}

// killing ends a process as a power cut would and starts it again. Half of the
// time Slack is slow just then, so that calls are on their way.
func (w *world) killing(rng *rand.Rand) misfortune {
	r := w.replicas[rng.IntN(len(w.replicas))]
	slow, down := rng.IntN(2) == 0, time.Duration(rng.IntN(700))*time.Millisecond
	return misfortune{"SIGKILL", func(ctx context.Context) error {
		if slow {
			if err := w.slack.fault(map[string]any{"latency_ms": 500}); err != nil {
				return err
			}
			pause(ctx, 800*time.Millisecond)
		}
		r.kill()
		if slow {
			if err := w.slack.fault(map[string]any{"latency_ms": 0}); err != nil {
				return err
			}
		}
		pause(ctx, down)
		return r.start()
	}}
}

// severing ends every connection to the PostgreSQL database.
func (w *world) severing() misfortune {
	return misfortune{"pg_terminate_backend", func(ctx context.Context) (err error) {
		db, err := sql.Open("postgres", w.database)
		if err != nil {
			return err
		}
		defer func() {
			if closeErr := db.Close(); err == nil {
				err = closeErr
			}
		}()
		_, err = db.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		if err != nil {
			return fmt.Errorf("terminate backends: %w", err)
		}
		return nil
	}}
}

// blocking keeps every writer of the database waiting. What cannot be kept must
// not be acknowledged: somebody without rights presses a button meanwhile.
func (w *world) blocking() misfortune {
	return misfortune{"database blocked", func(ctx context.Context) (err error) {
		db, begin := w.database, `BEGIN`
		driver, lock := "postgres", `LOCK TABLE envelopes IN ACCESS EXCLUSIVE MODE`
		if file, ok := strings.CutPrefix(w.database, "sqlite:"); ok {
			driver, db, begin, lock = "sqlite", file, `BEGIN IMMEDIATE`, `SELECT 1`
		}
		pool, err := sql.Open(driver, db)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, pool.Close()) }()
		conn, err := pool.Conn(ctx)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, conn.Close()) }()
		root := ""
		if !w.slack.wait(patience, func(s *slackState) bool {
			if r := s.root(w.chats[len(w.chats)-1].v.id); r != nil {
				root = r.TS
			}
			return root != ""
		}) {
			return errors.New("no card to press on")
		}
		for locked, tries := false, 0; !locked; tries++ {
			if tries == 100 {
				return errors.New("no lock on the database")
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
			return err
		}
		if p.Error != "dispatch_failed" { // without a socket it proves nothing
			w.audit.hold(checkAck, !p.Acked, "a press while nothing could be written: %+v", p)
		}
		return nil
	}}
}

// plan puts everything that will go wrong into an order that the seed decides.
// Deaths are spread out, so that each cuts something else short; the
// half-open socket comes last, with the faults of single calls, because
// noticing it takes the client half a minute.
func (w *world) plan(rng *rand.Rand, round int) []misfortune {
	var deaths []misfortune
	for i := range w.kills {
		if round == 0 || i%3 == 0 {
			deaths = append(deaths, w.killing(rng))
		}
	}
	if w.engine == "postgres" {
		for range 2 {
			deaths = append(deaths, w.severing())
		}
		rng.Shuffle(len(deaths), func(i, j int) { deaths[i], deaths[j] = deaths[j], deaths[i] })
	}
	sockets, calls := append(w.atSockets(), w.blocking()), w.atCalls()
	rng.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	// Half of the single calls come early, between the deaths.
	early := append(sockets, calls[:len(calls)/2]...)
	late := calls[len(calls)/2:]
	rng.Shuffle(len(early), func(i, j int) { early[i], early[j] = early[j], early[i] })
	var all []misfortune
	if round == 0 {
		all = w.atChannel()
	}
	for i, d := range deaths {
		all = append(all, early[i*len(early)/len(deaths):(i+1)*len(early)/len(deaths)]...)
		all = append(all, d)
	}
	if len(deaths) == 0 {
		all = append(all, early...)
	}
	all = append(all, w.faulty("half_open", time.Second, map[string]any{"half_open": true}, nil))
	all = append(all, late...)
	if w.only == "" {
		return all
	}
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
			if err := m.does(ctx); err != nil {
				w.audit.broken(checkHarness, "%s: %v", m.name, err)
			}
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
