// Package widget serves visitors: the embedded chat widget, the HTTP interface
// it speaks, and a stream of events for each visitor.
//
// It is split in two halves. [Hub] is handed to the bridge and told what was
// committed; [Handler] calls the bridge. The messages table is the truth: the
// hub only says "look", streams re-read the store from the rev they have sent,
// so a lost wake-up costs a second and a lost connection costs nothing.
//
// Drafts of the assistant are the exception. They live in memory, are fenced
// by the epoch of the last conversation event on their stream, and are void
// after a reconnect.
//
// The package imports the bridge and the standard library, a uuid and a rate
// limiter; it knows neither the desk nor the database.
package widget
