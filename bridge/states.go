package bridge

import (
	"fmt"
	"strings"
)

// Cell is what an event does to a conversation in one status.
type Cell struct {
	To      Status // the status afterwards
	Verdict Verdict
}

// StateRow is what one event does in every status: before the conversation
// exists, then in the order of [Statuses].
type StateRow struct {
	Event string
	Cells [5]Cell
}

// StateTable is the whole state machine: each event that can happen against
// each status. Tests play every cell, and docs/states.md shows it.
func StateTable() []StateRow {
	const none Status = ""
	row := func(event string, cells ...Cell) StateRow {
		return StateRow{event, [5]Cell(cells)}
	}
	to := func(s Status) Cell { return Cell{s, Done} }
	no := func(s Status, v Verdict) Cell { return Cell{s, v} }
	// stays refuses in every status with the same verdict.
	stays := func(event string, v Verdict) StateRow {
		return row(event, no(none, v), no(Automatic, v), no(Queued, v), no(Assigned, v), no(Resolved, v))
	}
	return []StateRow{
		row("visitor writes", to(Automatic), to(Automatic), to(Queued), to(Assigned), to(Automatic)),
		row("visitor writes that they want a person", to(Queued), to(Queued), to(Queued), to(Assigned), to(Queued)),
		row("visitor takes the wish for a person back", to(Automatic), to(Automatic), to(Automatic), to(Assigned), to(Automatic)),
		row("visitor sends a file", to(Queued), to(Queued), to(Queued), to(Assigned), to(Queued)),
		row("visitor sends a file that is not theirs", no(none, UnknownFile), no(Automatic, UnknownFile), no(Queued, UnknownFile), no(Assigned, UnknownFile), no(Resolved, UnknownFile)),
		row("visitor presses Talk to a person", to(Queued), to(Queued), no(Queued, Ignored), no(Assigned, Ignored), to(Queued)),
		row("visitor gives contact", to(none), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("the website introduces the visitor", to(none), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("visitor has seen the newest line", no(none, Ignored), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("visitor rates the chat", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("visitor judges an answer of the assistant", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("visitor ends the chat", no(none, Ignored), to(Resolved), to(Resolved), to(Resolved), no(Resolved, Ignored)),

		row("assistant answers the open turn", no(none, Stale), to(Automatic), no(Queued, Stale), no(Assigned, Stale), no(Resolved, Stale)),
		row("assistant hands the open turn off", no(none, Stale), to(Queued), no(Queued, Stale), no(Assigned, Stale), no(Resolved, Stale)),
		row("assistant fails on the open turn", no(none, Stale), to(Queued), no(Queued, Stale), no(Assigned, Stale), no(Resolved, Stale)),
		stays("assistant answers in an older epoch", Stale),
		row("a model has summarised the handoff", no(none, Stale), no(Automatic, Stale), to(Queued), to(Assigned), no(Resolved, Stale)),
		row("the wait runs out", no(none, Stale), no(Automatic, Stale), to(Automatic), no(Assigned, Stale), no(Resolved, Stale)),
		stays("a wait of an earlier arm runs out", Stale),

		row("the alert cannot be posted", no(none, Stale), no(Automatic, Stale), to(Queued), no(Assigned, Stale), no(Resolved, Stale)),
		row("the chat's channel takes no posts, another does", no(none, Stale), no(Automatic, Stale), to(Queued), to(Assigned), no(Resolved, Stale)),
		row("a root that was called off stands all the same", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),

		row("agent claims", no(none, Stale), to(Assigned), to(Assigned), no(Assigned, AlreadyClaimed), no(Resolved, AlreadyOver)),
		row("agent claims on the card of an earlier handoff", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, AlreadyOver), no(Assigned, AlreadyOver), no(Resolved, AlreadyOver)),
		stays("outsider claims", NotAllowed),
		row("holder releases", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), to(Queued), no(Resolved, AlreadyOver)),
		row("another agent releases", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), no(Assigned, NotHolder), no(Resolved, AlreadyOver)),
		row("holder resolves", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), to(Resolved), no(Resolved, AlreadyOver)),
		row("another agent resolves", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), no(Assigned, NotHolder), no(Resolved, AlreadyOver)),
		row("agent reopens", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), no(Assigned, AlreadyClaimed), to(Assigned)),

		row("holder asks for a suggested reply", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), to(Assigned), no(Resolved, AlreadyOver)),
		row("another agent asks for a suggested reply", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), no(Assigned, NotHolder), no(Resolved, AlreadyOver)),
		row("the assistant suggests a reply to the holder", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), to(Assigned), no(Resolved, Stale)),
		row("holder sends a suggested reply", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), to(Assigned), no(Resolved, AlreadyOver)),
		row("a colleague sends a reply suggested to the holder", no(none, Stale), no(Automatic, NotAuthor), no(Queued, NotAuthor), no(Assigned, NotAuthor), no(Resolved, NotAuthor)),
		row("agent asks for a summary", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("the assistant sums the chat up for an agent", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),

		row("holder transfers to a colleague", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), to(Assigned), no(Resolved, AlreadyOver)),
		row("holder transfers to a team", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), to(Queued), no(Resolved, AlreadyOver)),
		row("holder transfers to a colleague without room", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), no(Assigned, Full), no(Resolved, AlreadyOver)),
		row("holder transfers to a guest", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), no(Assigned, NotEligible), no(Resolved, AlreadyOver)),
		row("another agent transfers", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), no(Assigned, NotHolder), no(Resolved, AlreadyOver)),
		row("manager assigns to a colleague", no(none, Stale), to(Assigned), to(Assigned), to(Assigned), no(Resolved, AlreadyOver)),
		row("manager sends to a team", no(none, Stale), to(Queued), to(Queued), to(Queued), no(Resolved, AlreadyOver)),
		row("manager takes over", no(none, Stale), to(Assigned), to(Assigned), to(Assigned), no(Resolved, AlreadyOver)),
		row("another agent takes over", no(none, Stale), to(Assigned), to(Assigned), no(Assigned, NotManager), no(Resolved, AlreadyOver)),
		row("holder takes over", no(none, Stale), to(Assigned), to(Assigned), no(Assigned, AlreadyClaimed), no(Resolved, AlreadyOver)),
		row("another agent joins", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), to(Assigned), no(Resolved, AlreadyOver)),
		row("holder joins", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), no(Assigned, Ignored), no(Resolved, AlreadyOver)),
		row("an agent who joined leaves", no(none, Stale), no(Automatic, Ignored), no(Queued, Ignored), to(Assigned), no(Resolved, Ignored)),
		row("agent passes what is offered to them", no(none, Stale), no(Automatic, AlreadyOver), to(Queued), no(Assigned, AlreadyClaimed), no(Resolved, AlreadyOver)),
		row("another agent passes", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, Stale), no(Assigned, AlreadyClaimed), no(Resolved, AlreadyOver)),
		row("holder snoozes", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), to(Assigned), no(Resolved, AlreadyOver)),
		row("holder snoozes until an hour ago", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), no(Assigned, Stale), no(Resolved, AlreadyOver)),
		row("the snooze ends", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), to(Assigned), no(Resolved, Stale)),
		row("holder blocks the visitor", no(none, Stale), to(Resolved), to(Resolved), to(Resolved), to(Resolved)),
		row("another agent blocks the visitor", no(none, Stale), to(Resolved), to(Resolved), no(Assigned, NotHolder), to(Resolved)),
		row("agent unblocks the visitor", no(none, Stale), to(Resolved), to(Resolved), to(Resolved), to(Resolved)),
		row("agent unblocks a visitor who is not blocked", no(none, Stale), no(Automatic, Ignored), no(Queued, Ignored), no(Assigned, Ignored), no(Resolved, Ignored)),
		row("a blocked visitor writes", no(none, Blocked), no(Resolved, Blocked), no(Resolved, Blocked), no(Resolved, Blocked), no(Resolved, Blocked)),
		row("a blocked visitor presses Talk to a person", no(none, Blocked), no(Resolved, Blocked), no(Resolved, Blocked), no(Resolved, Blocked), no(Resolved, Blocked)),
		row("agent reopens the chat of a blocked visitor", no(none, Stale), no(Resolved, Blocked), no(Resolved, Blocked), no(Resolved, Blocked), no(Resolved, Blocked)),
		row("agent tags", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("it is to be offered to the next", no(none, Stale), no(Automatic, Stale), to(Queued), no(Assigned, Stale), no(Resolved, Stale)),
		row("a widening is due", no(none, Stale), no(Automatic, Stale), to(Queued), no(Assigned, Stale), no(Resolved, Stale)),
		row("the settings or the hours change while it waits", no(none, Stale), no(Automatic, Stale), to(Queued), no(Assigned, Stale), no(Resolved, Stale)),
		row("the first answer is late", no(none, Stale), no(Automatic, Stale), to(Queued), to(Assigned), no(Resolved, Stale)),
		row("the holder has been silent for long", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), to(Assigned), no(Resolved, Stale)),
		row("the holder has been silent for too long", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), to(Queued), no(Resolved, Stale)),
		row("visitor asks for a call", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("visitor picks a time for a call", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("visitor moves the call", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("visitor cancels the call", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("visitor cancels a call that is not booked", no(none, Stale), no(Automatic, Ignored), no(Queued, Ignored), no(Assigned, Ignored), no(Resolved, Ignored)),
		row("a blocked visitor asks for a call", no(none, Blocked), no(Resolved, Blocked), no(Resolved, Blocked), no(Resolved, Blocked), no(Resolved, Blocked)),
		row("assistant offers times for a call on the open turn", no(none, Stale), to(Automatic), no(Queued, Stale), no(Assigned, Stale), no(Resolved, Stale)),
		row("assistant offers a call when no time is free", no(none, Stale), to(Queued), no(Queued, Stale), no(Assigned, Stale), no(Resolved, Stale)),
		row("holder offers times for a call", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), to(Assigned), no(Resolved, AlreadyOver)),
		row("holder offers a call when no time is free", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), no(Assigned, NoSlot), no(Resolved, AlreadyOver)),
		row("another agent offers times for a call", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, NotHolder), no(Assigned, NotHolder), no(Resolved, AlreadyOver)),
		row("agent cancels the call", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("agent cancels a call that is not booked", no(none, Stale), no(Automatic, Ignored), no(Queued, Ignored), no(Assigned, Ignored), no(Resolved, Ignored)),
		row("the call is due", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("the time of the call has passed", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("a call that was moved meanwhile is due", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), no(Assigned, Stale), no(Resolved, Stale)),
		row("agent adds a task", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		stays("outsider adds a task", NotAllowed),
		row("agent changes a task", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("agent changes a task that somebody else has changed", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), no(Assigned, Stale), no(Resolved, Stale)),
		row("agent puts a task off", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("agent has tried and reached nobody", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("agent closes a task", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("agent closes a task that is closed", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, AlreadyOver), no(Assigned, AlreadyOver), no(Resolved, AlreadyOver)),
		row("a task falls due", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		stays("a task falls due by an earlier timer", Stale),
		row("the person who has a task is gone", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("the team opens", no(none, Ignored), to(Automatic), to(Queued), to(Assigned), to(Resolved)),

		row("holder writes in the thread", no(none, Ignored), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("a file of the holder's line arrives", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), to(Assigned), to(Resolved)),
		row("a file of the holder's line cannot be passed on", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), to(Assigned), to(Resolved)),
		stays("a file of an internal line arrives", Stale),
		row("another agent writes in the thread", no(none, Ignored), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("author presses Claim and send", no(none, Stale), to(Assigned), to(Assigned), no(Assigned, AlreadyClaimed), to(Assigned)),
		row("author presses Send to visitor", no(none, Stale), no(Automatic, AlreadyOver), no(Queued, AlreadyOver), to(Assigned), no(Resolved, AlreadyOver)),
		row("a manager makes an article of a line", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("author takes back a line", no(none, Stale), no(Automatic, Ignored), no(Queued, Ignored), to(Assigned), to(Resolved)),
		row("holder writes a line that can be undone", no(none, Ignored), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("the time to undo a line is over", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), to(Assigned), no(Resolved, Stale)),
		row("author undoes a line", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), to(Assigned), no(Resolved, Ignored)),
		row("a colleague undoes a line", no(none, Stale), no(Automatic, NotAuthor), no(Queued, NotAuthor), no(Assigned, NotAuthor), no(Resolved, NotAuthor)),
		row("author presses Keep internal", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("a colleague presses Send to visitor", no(none, Stale), no(Automatic, NotAuthor), no(Queued, NotAuthor), no(Assigned, NotAuthor), no(Resolved, NotAuthor)),
		row("author edits a line", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("the thread's root is deleted", no(none, Stale), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
		row("the root of an earlier thread is deleted", no(none, Stale), no(Automatic, Stale), no(Queued, Stale), no(Assigned, Stale), no(Resolved, Stale)),
		row("a line is deleted", no(none, Ignored), to(Automatic), to(Queued), to(Assigned), to(Resolved)),
	}
}

// StatesDocument renders StateTable for docs/states.md.
func StatesDocument() string {
	var b strings.Builder
	b.WriteString(`# Conversation states

Generated from ` + "`bridge.StateTable`" + `, which the tests play cell by cell; do not
edit. Renew it with ` + "`go test ./bridge -run TestStatesDocument -update`" + `.

` + "```mermaid" + `
stateDiagram-v2
    [*] --> automatic: visitor writes
    [*] --> queued: visitor asks for a person
    automatic --> queued: handoff
    automatic --> assigned: agent steps in
    queued --> assigned: claim
    queued --> automatic: the wait runs out
    assigned --> queued: release, transfer to a team, or the holder is silent for too long
    assigned --> assigned: transfer to a colleague, take over
    queued --> assigned: assigned by a manager
    assigned --> resolved: resolve, the visitor ends the chat, or is blocked
    automatic --> resolved: the visitor ends the chat
    queued --> resolved: the visitor ends the chat
    resolved --> automatic: visitor writes
    resolved --> queued: visitor asks for a person
    resolved --> assigned: reopen
` + "```" + `

A cell shows the status afterwards. In brackets stands the verdict of an event
that changes nothing about who speaks: *ignored* (nobody is told), *stale* (the
world moved on), *already_claimed*, *already_over*, *not_holder*, *not_author*, *not_allowed*,
*unknown_file*, *not_manager*, *not_eligible* (whom it should go to cannot have
it), *full* (they have no room), *blocked* (the visitor may not write), *no_slot* (no
call can be booked); each is
said kindly to whoever pressed.

| event | before it begins |`)
	for _, s := range Statuses() {
		fmt.Fprintf(&b, " %s |", s)
	}
	b.WriteString("\n|---|---|---|---|---|---|\n")
	for _, r := range StateTable() {
		fmt.Fprintf(&b, "| %s |", r.Event)
		for _, c := range r.Cells {
			status := string(c.To)
			if status == "" {
				status = "–"
			}
			if c.Verdict != Done {
				status = "[" + string(c.Verdict) + "]"
			}
			fmt.Fprintf(&b, " %s |", status)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
