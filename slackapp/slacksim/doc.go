// Package slacksim is a strict stand-in for Slack on the loopback interface: the Web API, Socket
// Mode, and controls by which tests, the demo and a person at its page play the people of a
// workspace.
//
// It is stricter than kind. Limits are enforced, errors bear Slack's names in one fixed order,
// acknowledgements are timed, unacknowledged events come again, and everything that would ping
// somebody is written down. It shares no code with the application it judges and imports only the
// standard library, a WebSocket server, a rate limiter, a UUID type and a YAML reader.
//
// One mutex guards all state (see state.go); each change is appended to a journal before the
// answer leaves, so that a process killed at any moment carries on where it was. A Server is safe
// for concurrent use, and several may run in one process.
package slacksim
