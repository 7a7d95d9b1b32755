package storage

import (
	"context"
	"strings"

	"threadline/bridge"
)

// WithPragma adds a pragma to the connection that writes a SQLite file.
func WithPragma(o Options, pragma string) Options {
	o.pragmas = append(o.pragmas, pragma)
	return o
}

// Exec runs a statement where writes run.
func (s *Store) Exec(ctx context.Context, query string, args ...any) error {
	return s.write(ctx, "exec", func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, query, args...)
		return err
	})
}

// Read reads one value where reads run.
func (s *Store) Read(ctx context.Context, to any, query string, args ...any) error {
	return failure("read", s.reads.get(ctx, to, query, args...))
}

// Transact runs f in a write transaction; f gets names locked by lock.
func (s *Store) Transact(ctx context.Context, f func(lock func(name string) error) error) error {
	return s.write(ctx, "transact", func(ctx context.Context, t *tx) error {
		return f(func(name string) error { return t.lockName(ctx, name) })
	})
}

// PlanOfTake says how SQLite looks for work in the lane.
func (s *Store) PlanOfTake(ctx context.Context, lane bridge.Lane) (string, error) {
	var rows []struct {
		ID      int    `db:"id"`
		Parent  int    `db:"parent"`
		NotUsed int    `db:"notused"`
		Detail  string `db:"detail"`
	}
	err := s.reads.list(ctx, &rows, `EXPLAIN QUERY PLAN `+look(lane), lane, 0, 1)
	steps := make([]string, len(rows))
	for i, r := range rows {
		steps[i] = r.Detail
	}
	return strings.Join(steps, "\n"), err
}
