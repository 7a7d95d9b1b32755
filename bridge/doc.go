// Package bridge carries a conversation between a visitor on a website and the
// agents of a business: who may speak, who is asked, what follows.
//
// Everything that happens is an [Event]: a visitor's message, an agent's line,
// a press of Claim, the assistant's outcome, a timer. Every event takes the
// same road, [Bridge.Handle]: load the conversation under its lock, [Decide]
// (a pure function), commit the new state, the messages and whatever must go
// out in one transaction, and only then tell anyone. A repeated event changes
// nothing and returns the first outcome.
//
// The package speaks the product's words only. It imports the standard library
// and its own pure parts; Slack, HTTP, SQL and model vendors live in adapters
// that implement the ports of this package.
package bridge
