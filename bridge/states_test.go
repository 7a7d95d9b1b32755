package bridge

import (
	"flag"
	"os"
	"testing"
	"time"

	"threadline/bridge/booking"
)

var update = flag.Bool("update", false, "rewrite generated documents")

func TestStatesDocument(t *testing.T) {
	const path = "../docs/states.md"
	got := StatesDocument()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what StateTable says: run go test ./bridge -run TestStatesDocument -update", path)
	}
}

// in returns a model brought into a status by the shortest road, with a line of
// Lee's in the thread wherever there is a thread.
func in(t *testing.T, s Status) *model {
	t.Helper()
	m := newModel()
	m.agents = map[AgentID]Agent{"U1": dana(), "U2": lee()}
	if s == "" {
		return m
	}
	m.settle(m.writes("Do you service heat pumps?"))
	m.settle(m.answers(MoveAnswer))
	m.settle(m.writes("Since when?"))
	if s == Automatic {
		return m
	}
	m.settle(m.writes("I want to talk to a human"))
	if s == Queued {
		return m
	}
	m.settle(AgentClaimed{m.press(dana(), m.conv.Handoff)})
	if s == Assigned {
		return m
	}
	m.settle(AgentResolved{Press: m.press(dana(), m.conv.Handoff), Outcome: Solved, Note: "Visit on Friday."})
	if m.conv.Status != Resolved {
		t.Fatalf("status is %q on the way to %q", m.conv.Status, s)
	}
	return m
}

// events makes each row's event for a model that is in some status.
func events() map[string]func(*model) Event {
	leesLine := func(m *model) string {
		e := m.line(lee(), "I know that street.")
		m.settle(e)
		return e.Key
	}
	danasFile := func(m *model) (AgentWrote, MessageID) {
		e := m.shares(dana(), "Here is the plan.", "plan.pdf", false)
		// Written while they held, whoever holds by now.
		for _, h := range m.conv.Holds {
			if h.Agent == "U1" {
				e.Stamp = h.From
				e.Key = "C1:" + e.Stamp
			}
		}
		m.settle(e)
		return e, m.lines[e.Key].Message
	}
	draft := func(m *model) string {
		key := "draft:" + m.id()
		m.lines[key] = Line{Key: key, Conversation: convID, Agent: "U1", Stamp: m.stamp(), Text: "We do.", HTML: "<p>We do.</p>", Standing: Drafted, Elsewhere: true}
		return key
	}
	return map[string]func(*model) Event{
		"holder asks for a suggested reply":        func(m *model) Event { return AgentAskedForDraft{m.press(dana(), m.conv.Handoff)} },
		"another agent asks for a suggested reply": func(m *model) Event { return AgentAskedForDraft{m.press(lee(), m.conv.Handoff)} },
		"the assistant suggests a reply to the holder": func(m *model) Event {
			return AssistantDrafted{Conversation: convID, Agent: "U1", Task: m.id(), Answer: Answer{Move: MoveAnswer, Text: "We do."}}
		},
		"holder sends a suggested reply": func(m *model) Event {
			return AgentSentLine{Press: m.press(dana(), m.conv.Handoff), Line: draft(m)}
		},
		"a colleague sends a reply suggested to the holder": func(m *model) Event {
			return AgentSentLine{Press: m.press(lee(), m.conv.Handoff), Line: draft(m)}
		},
		"agent asks for a summary": func(m *model) Event { return AgentAskedForBrief{m.press(lee(), m.conv.Handoff)} },
		"the assistant sums the chat up for an agent": func(m *model) Event {
			return AssistantBriefed{Conversation: convID, Agent: "U2", Task: m.id(), Summary: Summary{Issue: "Heat pumps."}}
		},
		"visitor sends a file": func(m *model) Event {
			e := m.writes("")
			e.Files = []FileID{m.uploads("leak.png")}
			return e
		},
		"visitor sends a file that is not theirs": func(m *model) Event {
			e := m.writes("look")
			id := m.uploads("leak.png")
			f := m.files[id]
			f.Conversation = "another"
			m.files[id] = f
			e.Files = []FileID{id}
			return e
		},
		"a file of the holder's line arrives": func(m *model) Event {
			e, id := danasFile(m)
			return AgentFileArrived{Conversation: convID, Line: e.Key, Message: id, File: e.Files[0].ID, Kept: m.fetched(e.Key, e.Files[0])}
		},
		"a file of the holder's line cannot be passed on": func(m *model) Event {
			e, id := danasFile(m)
			return AgentFileRefused{Conversation: convID, Line: e.Key, Message: id, File: e.Files[0].ID, Reason: "it is a film"}
		},
		"a file of an internal line arrives": func(m *model) Event {
			e := m.shares(lee(), "! for us", "plan.pdf", false)
			m.settle(e)
			return AgentFileArrived{Conversation: convID, Line: e.Key, File: e.Files[0].ID, Kept: m.fetched(e.Key, e.Files[0])}
		},
		"visitor writes":                           func(m *model) Event { return m.writes("And water heaters?") },
		"visitor writes that they want a person":   func(m *model) Event { return m.writes("please let me talk to a human") },
		"visitor takes the wish for a person back": func(m *model) Event { return m.writes("never mind, I found it") },
		"visitor presses Talk to a person": func(m *model) Event {
			return VisitorAskedForPerson{Conversation: convID, Visitor: "v1", SiteID: "default", Press: m.id()}
		},
		"visitor gives contact": func(m *model) Event {
			return VisitorGaveContact{Conversation: convID, Visitor: "v1", Press: m.id(), Contact: Contact{Name: "Ana"}}
		},
		"the website introduces the visitor": func(m *model) Event {
			return VisitorIntroduced{Conversation: convID, Visitor: "v1", Contact: Contact{Name: "Ana"}, Attributes: map[string]string{"plan": "gold"}}
		},
		"visitor rates the chat": func(*model) Event { return VisitorRated{Conversation: convID, Score: 4, Comment: "quick"} },
		"visitor judges an answer of the assistant": func(m *model) Event {
			e := VisitorJudged{Conversation: convID, Seq: 1, Thumb: ThumbDown}
			for _, msg := range m.messages {
				if msg.Author.Kind == ByAssistant {
					e.Seq = msg.Seq
				}
			}
			return e
		},
		"visitor has seen the newest line": func(m *model) Event { return VisitorSaw{Conversation: convID, Seq: m.conv.Seq} },
		"visitor ends the chat":            func(m *model) Event { return VisitorEnded{Conversation: convID, Press: m.id()} },
		"assistant answers the open turn":  func(m *model) Event { return m.answers(MoveAnswer) },
		"assistant hands the open turn off": func(m *model) Event {
			return m.answers(MoveHandOff)
		},
		"assistant fails on the open turn": func(m *model) Event {
			return AssistantFailed{Conversation: convID, Turn: m.conv.Turn, Epoch: m.conv.Epoch, Cause: "it took too long"}
		},
		"assistant answers in an older epoch": func(m *model) Event {
			e := m.answers(MoveAnswer)
			e.Epoch--
			return e
		},
		"a model has summarised the handoff": func(m *model) Event {
			return HandoffSummarised{Conversation: convID, Handoff: m.conv.Handoff, Summary: Summary{Issue: "Heat pump service."}}
		},
		"the wait runs out": func(m *model) Event {
			e := WaitRanOut{Conversation: convID, Handoff: m.conv.Handoff}
			if h := m.openHandoff(); h != nil {
				e.Arm = h.Arm
			}
			return e
		},
		"a wait of an earlier arm runs out": func(m *model) Event {
			e := WaitRanOut{Conversation: convID, Handoff: m.conv.Handoff}
			if h := m.openHandoff(); h != nil {
				e.Arm = h.Arm - 1
			}
			return e
		},
		"the alert cannot be posted": func(m *model) Event {
			return AlertNotPosted{Conversation: convID, Handoff: m.conv.Handoff}
		},
		"the chat's channel takes no posts, another does": func(m *model) Event {
			return ThreadMoved{Conversation: convID, From: m.conv.Route, To: "spare"}
		},
		"a root that was called off stands all the same": func(*model) Event {
			return RootTurnedUp{Conversation: convID, Root: Place{Channel: "C9", Stamp: "1700000000.000001"}}
		},
		"agent claims": func(m *model) Event { return AgentClaimed{m.press(lee(), m.conv.Handoff)} },
		"agent claims on the card of an earlier handoff": func(m *model) Event {
			return AgentClaimed{m.press(lee(), "another")}
		},
		"outsider claims":        func(m *model) Event { return AgentClaimed{m.press(gus(), m.conv.Handoff)} },
		"holder releases":        func(m *model) Event { return AgentReleased{m.press(dana(), m.conv.Handoff)} },
		"another agent releases": func(m *model) Event { return AgentReleased{m.press(lee(), m.conv.Handoff)} },
		"holder resolves": func(m *model) Event {
			return AgentResolved{Press: m.press(dana(), m.conv.Handoff), Outcome: Solved}
		},
		"another agent resolves": func(m *model) Event {
			return AgentResolved{Press: m.press(lee(), m.conv.Handoff), Outcome: Solved}
		},
		"agent reopens": func(m *model) Event { return AgentReopened{m.press(lee(), "")} },
		"holder transfers to a colleague": func(m *model) Event {
			return AgentTransferred{Press: m.press(dana(), m.conv.Handoff), To: lee(), Note: "Knows boilers."}
		},
		"holder transfers to a team": func(m *model) Event {
			return AgentTransferred{Press: m.press(dana(), m.conv.Handoff), Team: "sales"}
		},
		"holder transfers to a colleague without room": func(m *model) Event {
			m.elsewhere["U2"] = 2
			return AgentTransferred{Press: m.press(dana(), m.conv.Handoff), To: lee()}
		},
		"holder transfers to a guest": func(m *model) Event {
			return AgentTransferred{Press: m.press(dana(), m.conv.Handoff), To: gus()}
		},
		"another agent transfers": func(m *model) Event {
			return AgentTransferred{Press: m.press(lee(), m.conv.Handoff), To: lee()}
		},
		"manager assigns to a colleague": func(m *model) Event {
			return AgentTransferred{Press: m.press(morgan(), m.conv.Handoff), Manager: true, To: lee()}
		},
		"manager sends to a team": func(m *model) Event {
			return AgentTransferred{Press: m.press(morgan(), m.conv.Handoff), Manager: true, Team: "sales"}
		},
		"manager takes over": func(m *model) Event {
			return AgentTookOver{Press: m.press(morgan(), m.conv.Handoff), Manager: true}
		},
		"another agent takes over": func(m *model) Event { return AgentTookOver{Press: m.press(lee(), m.conv.Handoff)} },
		"holder takes over":        func(m *model) Event { return AgentTookOver{Press: m.press(dana(), m.conv.Handoff)} },
		"another agent joins":      func(m *model) Event { return AgentJoined{m.press(lee(), m.conv.Handoff)} },
		"holder joins":             func(m *model) Event { return AgentJoined{m.press(dana(), m.conv.Handoff)} },
		"an agent who joined leaves": func(m *model) Event {
			m.settle(AgentJoined{m.press(lee(), m.conv.Handoff)})
			return AgentLeft{m.press(lee(), m.conv.Handoff)}
		},
		"agent passes what is offered to them": func(m *model) Event {
			return AgentPassed{m.press(m.agents[m.offer()], m.conv.Handoff)}
		},
		"another agent passes": func(m *model) Event {
			m.offer()
			return AgentPassed{m.press(morgan(), m.conv.Handoff)}
		},
		"holder snoozes": func(m *model) Event {
			return AgentSnoozed{Press: m.press(dana(), m.conv.Handoff), Until: m.now.Add(time.Hour)}
		},
		"holder snoozes until an hour ago": func(m *model) Event {
			return AgentSnoozed{Press: m.press(dana(), m.conv.Handoff), Until: m.now.Add(-time.Hour)}
		},
		"the snooze ends": func(m *model) Event {
			until := m.now.Add(time.Hour)
			m.settle(AgentSnoozed{Press: m.press(dana(), m.conv.Handoff), Until: until})
			return SnoozeEnded{Conversation: convID, Until: until}
		},
		"holder blocks the visitor":        func(m *model) Event { return AgentBlocked{Press: m.press(dana(), m.conv.Handoff)} },
		"another agent blocks the visitor": func(m *model) Event { return AgentBlocked{Press: m.press(lee(), m.conv.Handoff)} },
		"agent unblocks the visitor": func(m *model) Event {
			m.block()
			return AgentUnblocked{m.press(lee(), "")}
		},
		"agent unblocks a visitor who is not blocked": func(m *model) Event { return AgentUnblocked{m.press(lee(), "")} },
		"a blocked visitor writes": func(m *model) Event {
			m.block()
			return m.writes("Hello?")
		},
		"a blocked visitor presses Talk to a person": func(m *model) Event {
			m.block()
			return VisitorAskedForPerson{Conversation: convID, Visitor: "v1", SiteID: "default", Press: m.id()}
		},
		"agent reopens the chat of a blocked visitor": func(m *model) Event {
			m.block()
			return AgentReopened{m.press(lee(), "")}
		},
		"agent tags": func(m *model) Event { return AgentTagged{Press: m.press(lee(), m.conv.Handoff), Tags: []string{"VIP"}} },
		"it is to be offered to the next": func(m *model) Event {
			e := OfferDue{Conversation: convID, Handoff: m.conv.Handoff, Members: []AgentID{"U1", "U2"}}
			if h := m.openHandoff(); h != nil {
				e.Arm, e.Offer = h.Arm, h.Offers
			}
			return e
		},
		"the settings or the hours change while it waits": func(m *model) Event {
			return WaitRevised{Conversation: convID, Handoff: m.conv.Handoff}
		},
		"a widening is due": func(m *model) Event {
			m.now = m.now.Add(time.Hour)
			e := StepDue{Conversation: convID, Handoff: m.conv.Handoff}
			if h := m.openHandoff(); h != nil {
				e.Arm, e.Step = h.Arm, h.Steps
			}
			return e
		},
		"the first answer is late": func(m *model) Event {
			m.now = m.now.Add(time.Hour)
			return ResponseLate{Conversation: convID, Handoff: m.conv.Handoff}
		},
		"the holder has been silent for long":     func(m *model) Event { return m.silence(false) },
		"the holder has been silent for too long": func(m *model) Event { return m.silence(true) },
		"visitor asks for a call":                 func(m *model) Event { return m.books(CallWanted{Act: booking.Want}) },
		"visitor picks a time for a call": func(m *model) Event {
			return m.books(CallWanted{Act: booking.Pick, Slot: m.offeredCall().Slots[1]})
		},
		"visitor moves the call": func(m *model) Event {
			m.bookedCall()
			return m.books(CallWanted{Act: booking.Move})
		},
		"visitor cancels the call": func(m *model) Event {
			m.bookedCall()
			return m.books(CallWanted{Act: booking.Cancel})
		},
		"visitor cancels a call that is not booked": func(m *model) Event { return m.books(CallWanted{Act: booking.Cancel}) },
		"a blocked visitor asks for a call": func(m *model) Event {
			m.block()
			return m.books(CallWanted{Act: booking.Want})
		},
		"assistant offers times for a call on the open turn": func(m *model) Event { return m.answersCall(CallWanted{Act: booking.Want}) },
		"assistant offers a call when no time is free": func(m *model) Event {
			m.setup.Booking.Horizon = time.Second
			return m.answersCall(CallWanted{Act: booking.Want})
		},
		"holder offers times for a call": func(m *model) Event { return AgentOfferedCall{m.press(dana(), m.conv.Handoff)} },
		"holder offers a call when no time is free": func(m *model) Event {
			m.setup.Booking.Horizon = time.Second
			return AgentOfferedCall{m.press(dana(), m.conv.Handoff)}
		},
		"another agent offers times for a call": func(m *model) Event { return AgentOfferedCall{m.press(lee(), m.conv.Handoff)} },
		"agent cancels the call": func(m *model) Event {
			m.bookedCall()
			return AgentCancelledCall{m.press(lee(), m.conv.Handoff)}
		},
		"agent cancels a call that is not booked": func(m *model) Event { return AgentCancelledCall{m.press(lee(), m.conv.Handoff)} },
		"the call is due": func(m *model) Event {
			b := m.bookedCall()
			return CallDue{Conversation: convID, Booking: b.ID, Sequence: b.Sequence}
		},
		"the time of the call has passed": func(m *model) Event {
			b := m.bookedCall()
			return CallDue{Conversation: convID, Booking: b.ID, Sequence: b.Sequence, Over: true}
		},
		"a call that was moved meanwhile is due": func(m *model) Event {
			b := m.bookedCall()
			return CallDue{Conversation: convID, Booking: b.ID, Sequence: b.Sequence - 1}
		},
		"agent adds a task":    func(m *model) Event { return m.addsTask(dana(), m.now.Add(time.Hour)) },
		"outsider adds a task": func(m *model) Event { return m.addsTask(gus(), m.now.Add(time.Hour)) },
		"agent changes a task": func(m *model) Event {
			return TaskChanged{TaskPress: m.taskPress(lee(), m.hasTask()), Rev: 1, Wish: TaskWish{Title: "Call at noon"}}
		},
		"agent changes a task that somebody else has changed": func(m *model) Event {
			return TaskChanged{TaskPress: m.taskPress(lee(), m.hasTask()), Rev: 2, Wish: TaskWish{Title: "Call at noon"}}
		},
		"agent puts a task off": func(m *model) Event {
			return TaskPutOff{TaskPress: m.taskPress(lee(), m.hasTask()), Until: m.now.Add(24 * time.Hour)}
		},
		"agent has tried and reached nobody": func(m *model) Event { return TaskTried{m.taskPress(dana(), m.hasTask())} },
		"agent closes a task":                func(m *model) Event { return m.closesTask(m.hasTask()) },
		"agent closes a task that is closed": func(m *model) Event {
			id := m.hasTask()
			m.settle(m.closesTask(id))
			return m.closesTask(id)
		},
		"a task falls due": func(m *model) Event {
			id := m.hasTask()
			m.now = m.now.Add(time.Hour)
			return TaskDue{Task: id, Conversation: convID, Arm: m.tasks[id].Arm}
		},
		"a task falls due by an earlier timer": func(m *model) Event {
			id := m.hasTask()
			return TaskDue{Task: id, Conversation: convID, Arm: m.tasks[id].Arm - 1}
		},
		"the person who has a task is gone": func(m *model) Event {
			return TaskLeft{Task: m.hasTask(), Conversation: convID, Agent: "U1"}
		},
		"the team opens": func(m *model) Event {
			return Opened{Conversation: convID, SiteID: "default", Team: "support", At: m.now, Waiting: []DigestLine{{Conversation: convID}}}
		},
		"holder writes in the thread":        func(m *model) Event { return m.line(dana(), "On my way.") },
		"another agent writes in the thread": func(m *model) Event { return m.line(lee(), "I know that street.") },
		"author presses Claim and send": func(m *model) Event {
			return AgentSentLine{Press: m.press(lee(), m.conv.Handoff), Line: leesLine(m), Claim: true}
		},
		"author presses Send to visitor": func(m *model) Event {
			return AgentSentLine{Press: m.press(lee(), m.conv.Handoff), Line: leesLine(m)}
		},
		"a manager makes an article of a line": func(m *model) Event {
			return ArticleMade{Press: m.press(dana(), m.conv.Handoff), Manager: true, Questions: "Since when?", Answer: "Since 2004."}
		},
		"author takes back a line": func(m *model) Event {
			e, _ := danasFile(m)
			return AgentWithdrewLine{Press: m.press(dana(), m.conv.Handoff), Line: e.Key}
		},
		"holder writes a line that can be undone": func(m *model) Event {
			m.setup.Windows.Undo = 10 * time.Second
			return m.line(dana(), "On my way.")
		},
		"the time to undo a line is over": func(m *model) Event {
			return LineDue{Conversation: convID, Line: m.delayedLine()}
		},
		"author undoes a line": func(m *model) Event {
			return AgentUndid{Press: m.press(dana(), m.conv.Handoff), Line: m.delayedLine()}
		},
		"a colleague undoes a line": func(m *model) Event {
			return AgentUndid{Press: m.press(lee(), m.conv.Handoff), Line: m.delayedLine()}
		},
		"author presses Keep internal": func(m *model) Event {
			return AgentKeptLine{Press: m.press(lee(), m.conv.Handoff), Line: leesLine(m)}
		},
		"a colleague presses Send to visitor": func(m *model) Event {
			return AgentSentLine{Press: m.press(dana(), m.conv.Handoff), Line: leesLine(m)}
		},
		"author edits a line": func(m *model) Event {
			return AgentEdited{Conversation: convID, Key: leesLine(m), Edit: m.stamp(), Agent: lee(), Source: "changed", Text: "changed", HTML: "changed"}
		},
		"the thread's root is deleted": func(m *model) Event {
			if m.conv.Begun() {
				m.conv.Thread = Place{Channel: "C1", Stamp: "1.000001"}
			}
			return ThreadLost{Conversation: convID, Root: Place{Channel: "C1", Stamp: "1.000001"}}
		},
		"the root of an earlier thread is deleted": func(m *model) Event {
			m.conv.Thread = Place{Channel: "C1", Stamp: "1.000002"}
			return ThreadLost{Conversation: convID, Root: Place{Channel: "C1", Stamp: "1.000001"}}
		},
		"a line is deleted": func(m *model) Event {
			return AgentDeleted{Conversation: convID, Key: leesLine(m), Stamp: m.stamp()}
		},
	}
}

func morgan() Agent { return Agent{ID: "U9", Name: "Morgan"} }

// offer lets what waits be offered, and returns to whom it was.
func (m *model) offer() AgentID {
	h := m.openHandoff()
	if h == nil {
		return "U1"
	}
	m.settle(OfferDue{Conversation: convID, Handoff: h.ID, Arm: h.Arm, Offer: h.Offers, Members: []AgentID{"U1", "U2"}})
	if to := m.openHandoff().OfferedTo; to != "" {
		return to
	}
	return "U1"
}

// block blocks the visitor, as a manager may in every status.
func (m *model) block() {
	if !m.conv.Begun() {
		m.visitor.BlockedAt = m.now // blocked in a chat that is gone
		return
	}
	m.settle(AgentBlocked{Press: m.press(morgan(), m.conv.Handoff), Manager: true})
}

// silence lets the visitor write and the holder not answer.
func (m *model) silence(idle bool) Event {
	if m.conv.Status == Assigned {
		m.settle(m.writes("Are you there?"))
	}
	m.now = m.now.Add(time.Hour)
	e := HolderSilent{Conversation: convID, Handoff: m.conv.Handoff, Since: m.conv.UnansweredSince, Idle: idle}
	if h := m.openHandoff(); h != nil {
		e.Arm = h.Arm
	}
	return e
}

func TestStateTable(t *testing.T) {
	make := events()
	for _, row := range StateTable() {
		event, ok := make[row.Event]
		if !ok {
			t.Errorf("no event is made for row %q", row.Event)
			continue
		}
		delete(make, row.Event)
		for i, from := range append([]Status{""}, Statuses()...) {
			t.Run(row.Event+"/"+string(from), func(t *testing.T) {
				m := in(t, from)
				receipt, _ := m.settle(event(m))
				if got, want := (Cell{m.conv.Status, receipt.Verdict}), row.Cells[i]; got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
			})
		}
	}
	for name := range make {
		t.Errorf("event %q is in no row", name)
	}
}
