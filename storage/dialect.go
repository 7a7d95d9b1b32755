package storage

import (
	"strconv"
	"strings"
)

// dialect holds the words in which the engines differ.
type dialect struct {
	// forUpdate and skipLocked end a SELECT that locks what it reads.
	forUpdate, skipLocked string
	// now is the database's clock in microseconds.
	now string
	// fold is an expression of ? with the letters of any language made small.
	// Two have more than one small form and come out as one: the Greek sigma is
	// written otherwise at a word's end, and the dotted I may keep its dot as a
	// sign of its own (Unicode: SpecialCasing.txt).
	fold string
	// locks says whether transactions run side by side and must take locks.
	locks bool
}

func sqliteDialect() dialect {
	return dialect{now: `CAST(unixepoch('subsec') * 1000000 AS BIGINT)`, fold: sqliteFold + `(?)`}
}

func postgresDialect() dialect {
	return dialect{
		forUpdate:  ` FOR UPDATE`,
		skipLocked: ` FOR UPDATE SKIP LOCKED`,
		now:        `CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)`,
		fold:       `lower(?)`,
		locks:      true,
	}
}

// small is an SQL expression of text with its letters made small.
func (d dialect) small(expression string) string {
	return strings.Replace(d.fold, `?`, expression, 1)
}

// marks is a list of n placeholders, the first of which is $from.
func marks(from, n int) string {
	b := make([]byte, 0, n*4)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '$')
		b = strconv.AppendInt(b, int64(from+i), 10)
	}
	return string(b)
}
