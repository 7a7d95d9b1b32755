// Package storage keeps everything on SQLite or PostgreSQL behind the ports of
// package bridge. It imports bridge and nothing else of this module.
//
// Both engines run the same SQL; the few words that differ live in [dialect]
// and in the migrations of that name. On SQLite one goroutine writes and
// groups commits; on PostgreSQL every write is a transaction of its own that
// locks the conversation's row. Instants are whole microseconds since 1970 and
// come back in UTC.
package storage
