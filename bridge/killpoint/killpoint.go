// Package killpoint names the places on the road where a process may die. A
// test builds the binary with the tag "killpoints", sets
// THREADLINE_KILL_AT=<name> and sees the process killed there, by SIGKILL, the
// first time it comes by. Without the tag Reach does nothing.
package killpoint

// Name is a place on the road.
type Name string

const (
	VisitorBeforeCommit  Name = "visitor-before-commit"
	VisitorAfterCommit   Name = "visitor-after-commit"
	PostLeased           Name = "post-leased"
	PostSent             Name = "post-sent"
	EnvelopeBeforeInsert Name = "envelope-before-insert"
	EnvelopeBeforeAck    Name = "envelope-before-ack"
	EnvelopeAcked        Name = "envelope-acked"
	ClaimCommitted       Name = "claim-committed"
	AnswerStreaming      Name = "answer-streaming"
	AnswerBeforeCommit   Name = "answer-before-commit"
	LineCommitted        Name = "line-committed"
	ResolveBeforeAck     Name = "resolve-before-ack"
	FileUploaded         Name = "file-uploaded"
	FileShared           Name = "file-shared"
	CallBeforeCommit     Name = "call-before-commit"
	CallCommitted        Name = "call-committed"
	CallReminded         Name = "call-reminded"
	HoldOver             Name = "hold-over"
	UndoCommitted        Name = "undo-committed"
)

// Names lists every kill point.
func Names() []Name {
	return []Name{
		VisitorBeforeCommit, VisitorAfterCommit, PostLeased, PostSent,
		EnvelopeBeforeInsert, EnvelopeBeforeAck, EnvelopeAcked, ClaimCommitted,
		AnswerStreaming, AnswerBeforeCommit, LineCommitted, ResolveBeforeAck,
		FileUploaded, FileShared, CallBeforeCommit, CallCommitted, CallReminded,
		HoldOver, UndoCommitted,
	}
}
