package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

const (
	// groupJobs and groupTime bound what one commit carries, so that the first
	// in a group does not wait for ever for the last.
	groupJobs = 128
	groupTime = 5 * time.Millisecond
)

// group is the one goroutine that writes. Whatever waits while a commit is
// under way becomes the next transaction, each job under a savepoint of its
// own: one that fails takes back only itself.
type group struct {
	db      *sqlx.DB
	conn    *prepared // of the loop alone; nil until it is needed
	dialect dialect
	lanes   *lanes
	jobs    chan *job
	quit    chan struct{}
	done    chan struct{}
}

type job struct {
	run  func(context.Context, *tx) error
	tx   *tx
	err  error
	done chan struct{}
	// panicked is what run panicked with, to go on in the caller.
	panicked any
}

func startGroup(db *sqlx.DB, d dialect, l *lanes) *group {
	g := &group{
		db: db, dialect: d, lanes: l,
		jobs: make(chan *job), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go g.loop()
	return g
}

// stop ends the loop after the group in flight. Call it once.
func (g *group) stop() {
	close(g.quit)
	<-g.done
}

// write hands f to the writer. Until f is taken up, the end of ctx gives up;
// from then on write waits for the outcome, which is a matter of
// milliseconds, so that an error always means that nothing was committed. f
// runs under a context of the writer's own: SQLite would roll the whole group
// back if one caller's end interrupted a statement.
func (g *group) write(ctx context.Context, f func(context.Context, *tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{run: f, done: make(chan struct{})}
	select {
	case g.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-g.quit:
		return errClosed
	}
	<-j.done
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
}

func (g *group) loop() {
	defer close(g.done)
	defer func() {
		if g.conn != nil {
			g.conn.discard()
		}
	}()
	for {
		select {
		case <-g.quit:
			return
		case first := <-g.jobs:
			g.commit(context.Background(), first)
		}
	}
}

// commit runs first and whatever else waits in one transaction, and answers.
func (g *group) commit(ctx context.Context, first *job) {
	jobs := []*job{first}
	err := g.transaction(ctx, &jobs)
	for _, j := range jobs {
		if err != nil && j.err == nil {
			j.err = err
		}
		if j.err == nil {
			g.lanes.wake(j.tx.woken)
		}
	}
	for _, j := range jobs {
		close(j.done)
	}
}

// transaction returns an error if the group as a whole was not committed. The
// connection of such a group is not used again: what state it is in is not
// worth finding out.
func (g *group) transaction(ctx context.Context, jobs *[]*job) (err error) {
	if g.conn == nil {
		c, err := g.db.Connx(ctx)
		if err != nil {
			return err
		}
		g.conn = newPrepared(c)
	}
	defer func() {
		if err != nil {
			_, _ = g.conn.ExecContext(ctx, `ROLLBACK`) // SQLite may have done so by itself
			g.conn.discard()
			g.conn = nil
		}
	}()
	if _, err := g.conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	begun := time.Now()
	for i := 0; ; i++ {
		if err := g.attempt(ctx, (*jobs)[i]); err != nil {
			return fmt.Errorf("%w: %w", errGroup, err)
		}
		if i+1 == groupJobs || time.Since(begun) > groupTime {
			break
		}
		select {
		case next := <-g.jobs:
			*jobs = append(*jobs, next)
			continue
		default:
		}
		break
	}
	if _, err := g.conn.ExecContext(ctx, `COMMIT`); err != nil {
		return fmt.Errorf("%w: %w", errGroup, err)
	}
	return nil
}

// attempt runs one job under a savepoint. Its own failure stays with the job;
// the error returned is the database's and ends the group.
func (g *group) attempt(ctx context.Context, j *job) error {
	if _, err := g.conn.ExecContext(ctx, `SAVEPOINT job`); err != nil {
		return err
	}
	j.tx = newTx(g.conn, g.dialect)
	if j.err = j.protect(ctx); j.err != nil {
		if isUnavailable(j.err) {
			return j.err
		}
		if _, err := g.conn.ExecContext(ctx, `ROLLBACK TO job`); err != nil {
			return err
		}
	}
	_, err := g.conn.ExecContext(ctx, `RELEASE job`)
	return err
}

// protect runs the job. A panic is the caller's to die of, not the writer's.
func (j *job) protect(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			j.panicked = p
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return j.run(ctx, j.tx)
}
