package storage

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// instant is a time.Time as whole microseconds since 1970: the same on both
// engines, comparable in SQL, and in UTC when it comes back. The zero time is
// NULL.
type instant struct{ time.Time }

func at(t time.Time) instant { return instant{t} }

// Value implements driver.Valuer.
func (i instant) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i.UnixMicro(), nil
}

// Scan implements sql.Scanner.
func (i *instant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		i.Time = time.Time{}
	case int64:
		i.Time = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("an instant cannot be read from %T", v)
	}
	return nil
}

// document is a value kept as JSON text.
type document[T any] struct{ V T }

// Value implements driver.Valuer.
func (d document[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(d.V)
	if bytes.Contains(b, []byte(`\u0000`)) {
		b = withoutNUL(b)
	}
	return string(b), err
}

// withoutNUL replaces escaped NULs in JSON. A backslash that is escaped itself
// does not begin one.
func withoutNUL(b []byte) []byte {
	for i := 0; i+6 <= len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		if bytes.HasPrefix(b[i:], []byte(`\u0000`)) {
			copy(b[i:], `\ufffd`)
		}
		i++
	}
	return b
}

// Scan implements sql.Scanner.
func (d *document[T]) Scan(v any) error {
	var zero T
	d.V = zero
	switch v := v.(type) {
	case string:
		return json.Unmarshal([]byte(v), &d.V)
	case []byte:
		return json.Unmarshal(v, &d.V)
	}
	return errors.New("a document must be text")
}

// clean makes every string fit for both engines: PostgreSQL refuses NUL and
// broken UTF-8 in TEXT and SQLite keeps them, so both are replaced by U+FFFD
// before either sees them.
func clean(args []any) []any {
	for i, a := range args {
		switch s := a.(type) {
		case string:
			args[i] = cleanText(s)
		case driver.Valuer, []byte, nil:
		default:
			if v := reflect.ValueOf(a); v.Kind() == reflect.String {
				args[i] = cleanText(v.String())
			}
		}
	}
	return args
}

func cleanText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
