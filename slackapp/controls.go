package slackapp

import (
	"slices"
	"strings"
)

// control is something that people in Slack press, choose or fill in. Only
// those named here are obeyed.
type control struct {
	// id is the action id of a button, or the callback id of a form or shortcut.
	// A part in capitals stands for one of several words.
	id, label string
	// where it stands: on what, and while what holds.
	where string
	who   role
	does  string
}

// role says who may use a control. Guests and people of other organisations
// may use none.
type role string

const (
	anAgent         role = "every agent"
	theHolder       role = "whoever holds the chat"
	holderOrManager role = "whoever holds the chat, managers"
	theSpeakers     role = "whoever holds or has joined the chat"
	theOffered      role = "whoever is asked"
	theAuthor       role = "whoever wrote the line, or whom it was suggested to"
	authorOrManager role = "whoever wrote the line, managers"
	managers        role = "managers"
)

// buttons are all that our cards, questions and App Home bear.
func buttons() []control {
	return []control{
		{actClaim, "Claim", "root card and alert, while nobody holds the chat", anAgent, "the chat is yours: what you write in the thread reaches the visitor, and the assistant is silent"},
		{actPass, "Pass", "alert, while it is offered to one agent", theOffered, "the offer goes on to the next"},
		{actResolve, "Resolve", "root card and alert of a held chat", theHolder, "asks for outcome and note, then ends the handoff; the assistant answers again"},
		{actTransfer, "Transfer", "root card and alert of a held chat", holderOrManager, "asks for a person or team and a note, then gives the chat away"},
		{actSnooze, "Snooze", "root card and alert of a held chat", theHolder, "asks for how long, then reminds you; a line of the visitor wakes it"},
		{actWake, "Wake", "root card and alert of a snoozed chat", theHolder, "ends the snooze"},
		{actRelease, "Release", "root card and alert of a held chat", theHolder, "back to the queue"},
		{actJoin, "Join", "root card and alert of a held chat", anAgent, "you answer the visitor beside the holder"},
		{actLeave, "Leave", "root card, while somebody has joined", anAgent, "what you write stays between colleagues again"},
		{actTakeOver, "Take over", "root card and alert of a held chat", managers, "the chat is yours at once; the holder is told"},
		{actBlock, "Block", "root card of a waiting chat, root card and alert of a held one", holderOrManager, "asks first; closes the chat and refuses what the visitor sends"},
		{actUnblock, "Unblock", "root card of a blocked visitor", anAgent, "lets them write again"},
		{actSuggest, "Suggest a reply", "root card and alert of a held chat", theSpeakers, "shows you alone a reply to the visitor's newest open lines, with its sources"},
		{actSummarise, "Summarize", "alert of a waiting chat, root card and alert of a held one", anAgent, "tells you alone what the chat is about"},
		{actReopen, "Reopen", "root card and alert of a resolved chat", anAgent, "the chat is yours again"},
		{actTranscript, "Show transcript", "root card of a chat that is mirrored as one card", anAgent, "shows all lines to you"},
		{actEarlier, "Earlier", "the transcript", anAgent, "turns a page"},
		{actLater, "Later", "the transcript", anAgent, "turns a page"},
		{actClaimAndSend, "Claim and send", "the private question about a line in a chat that nobody holds", theAuthor, "claims the chat and sends the line"},
		{actSend, "Send to visitor, Send", "the private question about a line that was kept back, and a suggested reply", theAuthor, "sends it under your name; a suggested reply only while you answer the visitor"},
		{actKeep, "Keep internal", "the same question", theAuthor, "keeps it between colleagues"},
		{actEditDraft, "Edit", "a suggested reply", theAuthor, "asks for your own words, then sends them"},
		{actUndo, "Undo", "the private notice about a line that is held back, where the setting `windows.undo` holds lines back", theAuthor, "the visitor never gets the line; it stays between colleagues"},
		{actAgain, "Try again", "App Home, while Slack has refused something for good", anAgent, "sends it anew"},
		{actTestChat, "Start a test chat", "App Home, before the first chat", anAgent, "begins a chat with a visitor who is made up, so that one sees thread, alert and Claim"},
		{actMe + "_STATUS", "Available, Busy, Away, Offline", "App Home", anAgent, "says whether chats are offered to you"},
		{actKeepMine, "I keep them", "the question that going away asks", anAgent, "your chats stay with you"},
		{actReleaseMine, "Back to the queue", "the same question", anAgent, "all your chats go back to the queue"},
		{actTaskNew, "New task", "the list of `" + slashCommand + " tasks`, App Home, the answer to `!task`", anAgent, "asks for a task, about the chat or standing alone"},
		{actTaskDone, "Done", "a task in a list, in App Home or where it was posted", anAgent, "asks for outcome and note, then closes it"},
		{actTaskLater, "Later", "the same", anAgent, "asks for how long, then reminds you"},
		{actTaskTried, "Not reached", "the same", anAgent, "keeps the attempt and sets the next one, or gives the task up"},
		{actTaskEdit, "Edit", "the same", anAgent, "asks for every field of it"},
		{actMenu + "_WORD", "Queue, Status, Teams, Hours, Help, Targets", "the menu behind `" + slashCommand + "` alone, and for managers App Home", anAgent, "runs that command; its form is for managers"},
	}
}

// forms are all the modals, each with its fields.
func forms() []control {
	return []control{
		{viewResolve, "Resolve", "behind Resolve", theHolder, fieldOutcome + ", " + fieldNote},
		{viewTransfer, "Transfer this chat", "behind Transfer", holderOrManager, fieldTo + ", " + fieldNote},
		{viewSnooze, "Snooze this chat", "behind Snooze", theHolder, fieldFor},
		{viewDraft, "Edit the reply", "behind Edit", theSpeakers, fieldReply},
		{viewTranscript, "Transcript", "behind Show transcript", anAgent, "none; it only shows"},
		{viewTeam, "Team", "behind `" + slashCommand + " team TEAM`", managers, "the team's name, members, method, capacity, channel"},
		{viewHours, "Hours", "behind `" + slashCommand + " hours SITE`", managers, "time zone, days, holidays, exceptions"},
		{viewTargets, "Targets and windows", "behind `" + slashCommand + " config`", managers, "first-answer targets, windows"},
		{viewTask, "Task", "behind New task and Edit", anAgent, strings.Join([]string{fieldTitle, fieldContext, fieldPriority, fieldDue, fieldAgent, fieldTeam, fieldCadence, fieldTries}, ", ")},
		{viewTaskDone, "Close this task", "behind Done", anAgent, fieldOutcome + " (also `given_up`), " + fieldNote},
		{viewTaskLater, "Do it later", "behind a task's Later", anAgent, fieldFor},
		{viewArticle, "Make an article", "behind Make article", anAgent, fieldQuestions + ", " + fieldAnswer},
		{viewWaiting, "Threadline", "in a form's place, while what it needs is slow to come", anAgent, "none; it becomes the form"},
		{viewAsk, "Your chats", "behind Away and Offline in App Home", anAgent, "none; it asks"},
	}
}

// shortcuts are the message shortcuts, as manifest.yaml has them.
func shortcuts() []control {
	return []control{
		{actSend, "Send to visitor", "a line in a chat's thread", theAuthor, "sends it under your name"},
		{actKeep, "Keep internal", "a line in a chat's thread", theAuthor, "keeps a line that was held back between colleagues"},
		{actWithdraw, "Take back", "a line in a chat's thread that the visitor has", authorOrManager, "takes it away from the visitor; it stays in the thread, marked 🔒"},
		{actArticle, "Make article", "a line of a person in a chat's thread", anAgent, "asks for question and answer, then proposes an article; a manager's form makes it"},
	}
}

// knows reports whether the id is one of these controls.
func knows(all []control, id string) bool {
	return slices.ContainsFunc(all, func(c control) bool { return c.id == id })
}
