package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/jmoiron/sqlx"
)

// preparedMost bounds how many statements stay prepared. Queries with a list
// of ids have a text for each length.
const preparedMost = 200

// prepared is one connection that keeps its statements, because parsing takes
// SQLite as long as running. For one goroutine.
type prepared struct {
	*sqlx.Conn
	statements map[string]*sqlx.Stmt
}

func newPrepared(c *sqlx.Conn) *prepared {
	return &prepared{Conn: c, statements: make(map[string]*sqlx.Stmt)}
}

// statement is nil where the query is better run as it is: it cannot be
// prepared, which running it will tell, or too many are.
func (p *prepared) statement(ctx context.Context, query string) *sqlx.Stmt {
	s, ok := p.statements[query]
	if ok || len(p.statements) >= preparedMost {
		return s
	}
	s, err := p.PreparexContext(ctx, query)
	if err != nil {
		return nil
	}
	p.statements[query] = s
	return s
}

// ExecContext implements querier, as do the three that follow.
func (p *prepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s := p.statement(ctx, query); s != nil {
		return s.ExecContext(ctx, args...)
	}
	return p.Conn.ExecContext(ctx, query, args...)
}

func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := p.statement(ctx, query); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return p.Conn.QueryContext(ctx, query, args...)
}

func (p *prepared) QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error) {
	if s := p.statement(ctx, query); s != nil { //nolint:sqlclosecheck // it stays prepared; release closes it
		return s.QueryxContext(ctx, args...)
	}
	return p.Conn.QueryxContext(ctx, query, args...)
}

func (p *prepared) QueryRowxContext(ctx context.Context, query string, args ...any) *sqlx.Row {
	if s := p.statement(ctx, query); s != nil { //nolint:sqlclosecheck // it stays prepared; release closes it
		return s.QueryRowxContext(ctx, args...)
	}
	return p.Conn.QueryRowxContext(ctx, query, args...)
}

// discard closes the connection for good, not just back into the pool.
func (p *prepared) discard() {
	p.release()
	_ = p.Raw(func(any) error { return driver.ErrBadConn })
}

// release closes the statements.
func (p *prepared) release() {
	for _, s := range p.statements {
		_ = s.Close()
	}
	clear(p.statements)
}
