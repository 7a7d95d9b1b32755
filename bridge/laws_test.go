package bridge

import (
	"flag"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// world plays one conversation at random and knows, from what it did itself,
// what must be true. It never asks the code under test for permission.
type world struct {
	*model
	rt      *rapid.T
	acked   map[string]string // client id → text of acknowledged visitor lines
	played  []Event           // for repeats
	unheard []AgentWrote      // written at the desk, not handled yet
	written map[string]AgentWrote
	sent    map[string]bool // lines their author sent by a press
	holds   []deskHold
	alerts  map[HandoffID]int
	seen    map[string]bool // status × event
	// quiet: the site shows a card alone; quietFrom is the seq after which the
	// thread is silent, or -1. movedTo is the newest line when the thread moved.
	quiet     bool
	quietFrom int64
	movedTo   int64
	// leftFrom is the newest line when a root turned up that was left, or -1. The
	// next root is never posted here, so lines of the desk from then on stand in
	// the one that was left, and the live thread is to show them.
	leftFrom  int64
	alertsDue map[HandoffID]int // further alerts, for moves
	// over are tasks that were closed, told the arms by which each came to
	// mind.
	over   map[TaskID]Outcome
	undone map[string]bool // lines whose author took them back
	told   map[TaskID]map[int64]bool
	// words are those of the assistant's messages.
	words map[MessageID]string
}

// deskHold is the world's own record of who held when, in desk stamps.
type deskHold struct {
	agent       AgentID
	from, until string
	byClick     bool
	joined      bool
}

func TestLaws(t *testing.T) {
	const interleavings = 10_000
	for name, value := range map[string]string{"rapid.checks": fmt.Sprint(interleavings), "rapid.nofailfile": "true"} {
		f := flag.Lookup(name)
		old := f.Value.String()
		if err := f.Value.Set(value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(old) })
	}

	seen := map[string]bool{}
	runs, events := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{
			model: newModel(), rt: rt, acked: map[string]string{}, written: map[string]AgentWrote{},
			sent: map[string]bool{}, alerts: map[HandoffID]int{}, seen: seen, alertsDue: map[HandoffID]int{}, quietFrom: -1, leftFrom: -1,
			over: map[TaskID]Outcome{}, undone: map[string]bool{}, words: map[MessageID]string{}, told: map[TaskID]map[int64]bool{},
		}
		if w.quiet = rapid.Bool().Draw(rt, "quiet"); w.quiet {
			w.site.Mirror = MirrorCard
		}
		lines := rapid.SampledFrom([]LineMode{LinesOfHolder, LinesOfHolder, LinesOfAll, LinesMarked, LinesClaim}).Draw(rt, "lines")
		taking := rapid.SampledFrom([]TakeOver{TakeOverByManagers, TakeOverByAll}).Draw(rt, "takeOver")
		for i := range w.setup.Teams {
			w.setup.Teams[i].Lines, w.setup.Teams[i].TakeOver = lines, taking
		}
		if rapid.Bool().Draw(rt, "salesChannel") {
			w.setup.Teams[1].Channel = "#third"
		}
		w.setup.Windows.Undo = rapid.SampledFrom([]time.Duration{0, 10 * time.Second}).Draw(rt, "undoFor")
		steps := rapid.IntRange(8, 30).Draw(rt, "steps")
		for range steps {
			w.step()
		}
		runs++
		events += steps
	})

	var missing []string
	for _, s := range append([]Status{""}, Statuses()...) {
		for _, e := range everyEvent() {
			if cell := string(s) + " × " + reflect.TypeOf(e).Name(); !seen[cell] {
				missing = append(missing, cell)
			}
		}
	}
	t.Logf("%d interleavings, %d steps, %d of %d status × event cells seen",
		runs, events, len(seen), 5*len(everyEvent()))
	if runs < interleavings {
		t.Errorf("only %d interleavings were played, want %d", runs, interleavings)
	}
	if len(missing) > 0 {
		t.Errorf("never seen: %s", strings.Join(missing, ", "))
	}
}

func everyEvent() []Event {
	return []Event{
		VisitorWrote{}, VisitorAskedForPerson{}, VisitorGaveContact{}, VisitorSaw{}, VisitorEnded{},
		VisitorIntroduced{}, VisitorRated{}, VisitorJudged{}, ArticleMade{},
		AssistantAnswered{}, AssistantFailed{}, HandoffSummarised{},
		AgentClaimed{}, AgentReleased{}, AgentResolved{}, AgentReopened{},
		AgentWrote{}, AgentEdited{}, AgentDeleted{}, AgentFileArrived{}, AgentFileRefused{}, AgentSentLine{}, AgentKeptLine{}, AgentWithdrewLine{}, WaitRanOut{}, AlertNotPosted{}, ThreadMoved{}, RootTurnedUp{},
		AgentTransferred{}, AgentTookOver{}, AgentJoined{}, AgentLeft{}, AgentPassed{}, AgentSnoozed{}, SnoozeEnded{},
		AgentAskedForDraft{}, AgentAskedForBrief{}, AssistantDrafted{}, AssistantBriefed{},
		AgentBlocked{}, AgentUnblocked{}, AgentTagged{}, OfferDue{}, StepDue{}, ResponseLate{}, HolderSilent{}, WaitRevised{}, Opened{},
		TaskAdded{}, TaskChanged{}, TaskClosed{}, TaskPutOff{}, TaskTried{}, TaskLeft{}, TaskDue{}, LineDue{}, AgentUndid{},
	}
}

func (w *world) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(w.rt, label) }

func (w *world) who() Agent {
	return []Agent{dana(), lee(), dana(), lee(), gus()}[w.pick("who", 5)]
}

// handoffID is what a card may name: nothing, the open handoff, or any other.
func (w *world) handoffID() HandoffID {
	ids := []HandoffID{"", w.conv.Handoff, w.conv.Handoff, w.conv.Handoff}
	for id := range w.handoffs {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids[w.pick("handoff", len(ids))]
}

func (w *world) anyLine() string {
	keys := []string{"C1:1.000000"}
	for k := range w.written {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys[w.pick("line", len(keys))]
}

func (w *world) pressed() Press { return w.press(w.who(), w.handoffID()) }

// step draws one event, plays it and checks every law.
func (w *world) step() {
	w.now = w.now.Add(time.Duration(w.pick("pass", 2000)) * time.Millisecond)
	if len(w.played) > 0 && w.pick("repeat", 8) == 0 {
		w.repeat(w.played[w.pick("which", len(w.played))])
		return
	}
	w.play(w.draw())
}

// drawOpinion draws what nobody's turn depends on.
func (w *world) drawOpinion() Event {
	switch w.pick("of", 4) {
	case 0:
		return VisitorRated{Conversation: convID, Score: 1 + w.pick("score", MaxScore), Comment: []string{"", "slow"}[w.pick("comment", 2)]}
	case 1:
		return VisitorJudged{Conversation: convID, Seq: int64(w.pick("line", 6)), Thumb: []Thumb{ThumbUp, ThumbDown}[w.pick("thumb", 2)]}
	case 2:
		return VisitorIntroduced{Conversation: convID, Visitor: "v1", Contact: Contact{Name: "Ana"}, Attributes: map[string]string{"plan": []string{"gold", "blue"}[w.pick("plan", 2)]}}
	default:
		return ArticleMade{Press: w.pressed(), Manager: w.pick("manager", 2) == 0, Questions: "Since when?", Answer: "2004."}
	}
}

func (w *world) draw() Event {
	if w.pick("desk", 3) == 0 {
		return w.drawDesk()
	}
	if w.pick("opinion", 10) == 0 {
		return w.drawOpinion()
	}
	if w.pick("undo", 8) == 0 {
		return w.drawUndo()
	}
	if w.pick("task", 6) == 0 {
		return w.drawTask()
	}
	switch w.pick("event", 25) {
	case 0, 1, 2, 3:
		if w.pick("file", 5) == 0 {
			e := w.writes([]string{"", "look"}[w.pick("text", 2)])
			e.Files = []FileID{w.anyUpload()}
			return e
		}
		texts := []string{
			"Do you service heat pumps?", "hello", "I want to talk to a human", "I want a refund",
			"water is pouring through the ceiling", "<!channel> *hi*", "😀 שלום", "never mind, I found it",
		}
		return w.writes(texts[w.pick("text", len(texts))])
	case 4:
		return VisitorAskedForPerson{Conversation: convID, Visitor: "v1", SiteID: "default", Press: w.id()}
	case 5:
		return VisitorGaveContact{Conversation: convID, Visitor: "v1", Press: w.id(), Contact: Contact{Phone: fmt.Sprint(w.pick("phone", 3))}}
	case 6:
		return VisitorSaw{Conversation: convID, Seq: int64(w.pick("seen", 12))}
	case 7:
		if w.pick("really", 3) > 0 {
			return AgentClaimed{w.pressed()}
		}
		return VisitorEnded{Conversation: convID, Press: w.id()}
	case 8, 9, 10:
		e := w.answers([]Move{MoveAnswer, MoveAskBack, MoveHandOff}[w.pick("move", 3)])
		e.Turn -= int64(w.pick("oldTurn", 2))
		e.Epoch -= int64(w.pick("oldEpoch", 3)) / 2
		return e
	case 11:
		return AssistantFailed{Conversation: convID, Turn: w.conv.Turn, Epoch: w.conv.Epoch - int64(w.pick("oldEpoch", 2)), Cause: "it took too long"}
	case 12:
		switch w.pick("unposted", 5) {
		case 0:
			return AlertNotPosted{Conversation: convID, Handoff: w.handoffID()}
		case 1:
			routes := []Route{"", "spare", "third"}
			return ThreadMoved{Conversation: convID, From: routes[w.pick("from", 3)], To: routes[w.pick("to", 3)]}
		case 2:
			return RootTurnedUp{Conversation: convID, Root: Place{Channel: "C9", Stamp: fmt.Sprintf("1700000000.00000%d", w.pick("root", 3))}}
		}
		return HandoffSummarised{Conversation: convID, Handoff: w.handoffID(), Summary: Summary{Issue: "An issue."}}
	case 13, 14:
		return AgentClaimed{w.pressed()}
	case 15:
		return AgentReleased{w.pressed()}
	case 16:
		return AgentResolved{Press: w.pressed(), Outcome: Solved, Note: "Agreed."}
	case 17:
		return AgentReopened{w.pressed()}
	case 18, 19:
		texts := []string{"Hello!", "! a remark", "// a remark", "ask @lee", ""}
		i := w.pick("said", len(texts))
		e := w.line(w.who(), texts[i])
		if shared := w.pick("shares", 3); shared > 0 {
			e = w.shares(w.who(), texts[i], "plan.pdf", shared > 1)
		}
		e.MentionsColleague = i == 3
		w.written[e.Key] = e
		if w.pick("hears", 3) == 0 { // the desk has it, we hear of it later
			w.unheard = append(w.unheard, e)
			return AgentKeptLine{Press: w.pressed(), Line: e.Key}
		}
		return e
	case 20:
		if n := len(w.unheard); n > 0 {
			i := w.pick("late", n)
			e := w.unheard[i]
			w.unheard = slices.Delete(w.unheard, i, i+1)
			return e
		}
		if w.pick("takes back", 2) == 0 {
			return AgentWithdrewLine{Press: w.pressed(), Line: w.anyLine(), Manager: w.pick("manager", 2) == 0}
		}
		return AgentKeptLine{Press: w.pressed(), Line: w.anyLine()}
	case 21:
		texts := []string{"changed", "! changed"}
		i := w.pick("edit", 2)
		key := w.anyLine()
		e := AgentEdited{Conversation: convID, Key: key, Edit: w.stamp(), Agent: w.written[key].Agent, Source: texts[i], Text: texts[i], HTML: texts[i], MentionsColleague: w.pick("mention", 4) == 0}
		if w.pick("keeps its file", 3) > 0 {
			e.Files = w.written[key].Files
		}
		return e
	case 22:
		if w.pick("delete", 3) == 0 {
			return AgentDeleted{Conversation: convID, Key: w.anyLine(), Stamp: w.stamp()}
		}
		key := w.anyLine()
		p := w.pressed()
		if w.pick("own", 3) > 0 && key != "C1:1.000000" {
			p.Agent = w.written[key].Agent
		}
		return AgentSentLine{Press: p, Line: key, Claim: w.pick("claim", 2) == 0}
	case 23:
		return w.fileNews()
	default:
		h := w.handoffID()
		return WaitRanOut{Conversation: convID, Handoff: h, Arm: w.handoffs[h].Arm - int64(w.pick("oldArm", 3))/2}
	}
}

// anyUpload is a file of the visitor's, new or used.
func (w *world) anyUpload() FileID {
	var ids []FileID
	for id, f := range w.files {
		if !f.FromDesk {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	if i := w.pick("upload", len(ids)+2); i < len(ids) {
		return ids[i]
	}
	return w.uploads("leak.png")
}

// fileNews is what came of fetching a file of any line.
func (w *world) fileNews() Event {
	key := w.anyLine()
	file := DeskFile{ID: "F0"}
	if files := w.written[key].Files; len(files) > 0 {
		file = files[0]
	}
	message := w.lines[key].Message
	if w.pick("refused", 3) == 0 {
		return AgentFileRefused{Conversation: convID, Line: key, Message: message, File: file.ID, Reason: "it is a film"}
	}
	return AgentFileArrived{Conversation: convID, Line: key, Message: message, File: file.ID, Kept: w.fetched(key, file)}
}

// checkFiles: a file is carried by one message at most, which shows it; what is
// withdrawn carries nothing.
func (w *world) checkFiles(e Event) {
	shown := map[FileID]MessageID{}
	for _, m := range w.messages {
		for _, a := range m.Attachments {
			if shown[a.ID] != "" || m.Deleted {
				w.rt.Fatalf("after %T file %s is in message %s (withdrawn %v) and in %q", e, a.ID, m.ID, m.Deleted, shown[a.ID])
			}
			shown[a.ID] = m.ID
		}
	}
	for id, f := range w.files {
		if f.Message != shown[id] {
			w.rt.Fatalf("after %T file %s belongs to %q and is shown in %q", e, id, f.Message, shown[id])
		}
	}
}

// repeat plays an event again: nothing may change.
func (w *world) repeat(e Event) {
	if _, known := w.settled[e.query().Key]; !known {
		return // it has no key, or was refused and may be tried again
	}
	_, c := w.settle(e)
	if !reflect.DeepEqual(c, Changes{}) {
		w.rt.Fatalf("repeated %T changed something: %+v", e, c)
	}
}

// play settles an event and checks every law.
func (w *world) play(e Event) {
	if e.query().Key != "" {
		if _, known := w.settled[e.query().Key]; known {
			w.repeat(e)
			return
		}
	}
	w.played = append(w.played, e)
	before := w.conv
	open := w.openHandoff()
	timer, armed := w.pending(timerOf(e))
	w.seen[string(before.Status)+" × "+reflect.TypeOf(e).Name()] = true
	receipt, c := w.settle(e)
	if a, ok := e.(AssistantAnswered); ok && receipt.Verdict == Done {
		if d, ok := w.pending(KindAnswer); ok && bodyOf[AnswerBody](d).Turn == a.Turn {
			w.done(d.ID)
		}
	}
	if now, still := w.pending(timerOf(e)); armed && still && now.ID == timer.ID && receipt.Verdict == Done {
		w.done(timer.ID)
	}
	w.remember(e, before, receipt, c)
	w.checkSpeech(e, before, c)
	w.checkLines(e)
	w.checkFiles(e)
	w.checkNumbers(before, c)
	w.checkAlone()
	w.checkOwner(e, before)
	w.checkNobodyUnseen()
	w.checkDesk(e, before, open, receipt)
	w.checkTasks(e, c)
	w.checkDelayed(e, receipt)
}

// remember keeps the world's own record of what happened.
func (w *world) remember(e Event, before Conversation, r Receipt, c Changes) {
	if v, ok := e.(VisitorWrote); ok && r.Verdict == Done {
		w.acked[v.ClientID] = v.Text
	}
	if s, ok := e.(AgentSentLine); ok && r.Verdict == Done {
		w.sent[s.Line] = true
		speaks := before.Holder == s.Agent.ID || slices.ContainsFunc(before.Joins, func(h Hold) bool { return h.Agent == s.Agent.ID && h.End == HoldLasts })
		if l := w.lines[s.Line]; strings.HasPrefix(l.Key, "draft:") && (before.Status != Assigned || !speaks || l.Agent != s.Agent.ID) {
			w.rt.Fatalf("%s sent a draft of %s's in %q, held by %q", s.Agent.ID, l.Agent, before.Status, before.Holder)
		}
	}
	stamp := ""
	if p, ok := pressOf(e); ok {
		stamp = p.Stamp
	}
	if l, ok := e.(AgentWrote); ok && before.Holder == "" {
		stamp = l.Stamp // a reply that claims does so from its own stamp on
	}
	if before.Holder != w.conv.Holder {
		for i, h := range w.holds {
			if before.Holder != "" && h.until == "" {
				w.holds[i].until, w.holds[i].byClick = stamp, stamp != ""
			}
		}
		if w.conv.Holder != "" {
			w.holds = append(w.holds, deskHold{agent: w.conv.Holder, from: stamp})
		}
	}
	w.rememberDesk(e, r)
	if begins := before.Status == "" || before.Status == Resolved; begins && w.conv.Status == Automatic && w.quietFrom < 0 {
		w.quietFrom = before.Seq
	}
	if w.conv.Status == Queued || w.conv.Status == Assigned {
		w.quietFrom = -1
	}
	if _, moved := e.(ThreadMoved); moved && r.Verdict == Done || before.Route != w.conv.Route {
		w.movedTo = w.conv.Seq
		if h := w.openHandoff(); w.alerts[h.ID] > 0 {
			w.alertsDue[h.ID]++
		}
	}
	if _, up := e.(RootTurnedUp); up && r.Verdict == Done && w.leftFrom < 0 {
		w.leftFrom = w.conv.Seq
	}
	for _, d := range c.Deliveries {
		if d.Kind == KindAlert {
			w.alerts[HandoffID(d.Subject)]++
		}
	}
}

func pressOf(e Event) (Press, bool) {
	switch e := e.(type) {
	case AgentClaimed:
		return e.Press, true
	case AgentReleased:
		return e.Press, true
	case AgentResolved:
		return e.Press, true
	case AgentReopened:
		return e.Press, true
	case AgentSentLine:
		return e.Press, true
	case AgentTransferred:
		return e.Press, true
	case AgentTookOver:
		return e.Press, true
	case AgentJoined:
		return e.Press, true
	case AgentLeft:
		return e.Press, true
	case AgentPassed:
		return e.Press, true
	case AgentSnoozed:
		return e.Press, true
	case AgentBlocked:
		return e.Press, true
	case AgentUnblocked:
		return e.Press, true
	case AgentTagged:
		return e.Press, true
	case AgentUndid:
		return e.Press, true
	}
	return Press{}, false
}

// said reports whether that message stood there before with the same words.
func (w *world) said(before Conversation, m Message) bool {
	return m.Seq <= before.Seq && m.Text == w.words[m.ID]
}

// checkSpeech: nothing of the assistant's after a claim or out of its epoch;
// epochs only rise, and do so whenever somebody else may speak.
func (w *world) checkSpeech(e Event, before Conversation, c Changes) {
	if w.conv.Epoch < before.Epoch {
		w.rt.Fatalf("epoch fell from %d to %d", before.Epoch, w.conv.Epoch)
	}
	began := before.Status == "" && w.conv.Status == Automatic
	if (w.conv.Status != before.Status || w.conv.Holder != before.Holder) && !began && w.conv.Epoch == before.Epoch {
		w.rt.Fatalf("%T moved %q/%q to %q/%q in the same epoch", e, before.Status, before.Holder, w.conv.Status, w.conv.Holder)
	}
	for _, m := range c.Messages {
		if m.Author.Kind != ByAssistant {
			continue
		}
		if _, judged := e.(VisitorJudged); judged && w.said(before, m) {
			continue // its words stay; only the visitor's thumb is new
		}
		w.words[m.ID] = m.Text
		a, ok := e.(AssistantAnswered)
		if !ok || a.Epoch != before.Epoch || before.Status == Assigned || before.Status == Resolved ||
			(before.Status == Queued && !before.AssistantHelps) {
			w.rt.Fatalf("assistant spoke by %T in status %q, epoch %d", e, before.Status, before.Epoch)
		}
	}
}

// checkLines: no line of the desk is public unless its author held at its
// stamp, or sent it by a press; edits make nothing public.
func (w *world) checkLines(e Event) {
	for _, m := range w.messages {
		if m.Author.Kind != ByAgent || m.Deleted {
			continue
		}
		l := w.written[m.LineKey]
		if w.sent[m.LineKey] {
			continue
		}
		if m.LineKey == "" { // a draft, which only its reader's press sends
			if !slices.ContainsFunc(slices.Collect(maps.Values(w.lines)), func(l Line) bool { return l.Message == m.ID && w.sent[l.Key] }) {
				w.rt.Fatalf("after %T the draft %q is public, and nobody has sent it", e, m.Text)
			}
			continue
		}
		aside := strings.HasPrefix(l.Source, "!") || strings.HasPrefix(l.Source, "//")
		lines := w.setup.Teams[0].Lines
		held := lines != LinesMarked && slices.ContainsFunc(w.holds, func(h deskHold) bool {
			return (h.agent == l.Agent.ID || lines == LinesOfAll && !h.joined) && h.from <= l.Stamp && (h.until == "" || l.Stamp <= h.until)
		})
		if aside || l.MentionsColleague || l.Agent.Outsider || !held {
			w.rt.Fatalf("after %T line %q of %s leaked (aside %v, held %v)", e, l.Source, l.Agent.ID, aside, held)
		}
		if strings.HasPrefix(m.Text, "!") {
			w.rt.Fatalf("after %T an edited aside is public: %q", e, m.Text)
		}
	}
	for _, l := range w.lines {
		if l.Standing == Public != (l.Message != "") && l.Standing != Withdrawn {
			w.rt.Fatalf("line %s is %q with message %q", l.Key, l.Standing, l.Message)
		}
	}
}

// checkAlone: the assistant's lines of the episode are counted up to the last of
// anybody else's but the visitor's, however many messages there are.
func (w *world) checkAlone() {
	n := 0
	for _, m := range w.messages {
		switch {
		case m.Author.Kind == ByAgent, m.Author.Kind == BySystem, m.Seq <= w.conv.EpisodeFrom:
			n = 0
		case m.Author.Kind == ByAssistant:
			n++
		}
	}
	if w.conv.Alone != n {
		w.rt.Fatalf("the assistant has said %d lines alone, and %d are counted", n, w.conv.Alone)
	}
}

// checkNumbers: acknowledged lines are there once, seq has no gap, orders and
// revs do not collide, every line of ours is mirrored once.
func (w *world) checkNumbers(before Conversation, c Changes) {
	count := map[string]int{}
	rows := map[MessageID]int{}
	for _, d := range w.deliveries {
		if d.Kind == KindLine {
			rows[MessageID(d.Subject)]++
		}
	}
	orders := map[time.Time]bool{}
	revs := map[int64]bool{}
	for i, m := range w.messages {
		if m.Seq != int64(i+1) {
			w.rt.Fatalf("message %d has seq %d", i, m.Seq)
		}
		if orders[m.Order] || revs[m.Rev] || m.Rev > w.conv.Rev || m.FirstRev > m.Rev {
			w.rt.Fatalf("message %d: order %v or rev %d is taken or wrong", m.Seq, m.Order, m.Rev)
		}
		orders[m.Order], revs[m.Rev] = true, true
		if m.ClientID != "" {
			count[m.ClientID]++
			if m.Text != w.acked[m.ClientID] {
				w.rt.Fatalf("message %d is %q, the visitor wrote %q", m.Seq, m.Text, w.acked[m.ClientID])
			}
		}
		want := 1
		standing := m.LineKey != "" && m.Seq > w.movedTo && (w.leftFrom < 0 || m.Seq <= w.leftFrom)
		if standing || w.quiet && w.quietFrom >= 0 && m.Seq > w.quietFrom {
			want = 0
		}
		if rows[m.ID] != want && !m.Deleted {
			w.rt.Fatalf("message %d (%s) is mirrored %d times, want %d", m.Seq, m.Author.Kind, rows[m.ID], want)
		}
	}
	for id := range w.acked {
		if count[id] != 1 {
			w.rt.Fatalf("acknowledged line %s is there %d times", id, count[id])
		}
	}
	if len(c.Messages) > 0 && w.conv.Rev <= before.Rev {
		w.rt.Fatalf("messages changed but rev stayed %d", before.Rev)
	}
	for id, n := range w.alerts {
		if n != 1+w.alertsDue[id] {
			w.rt.Fatalf("handoff %s was alerted %d times", id, n)
		}
	}
}

// checkOwner: status, holder and handoff agree, there is one open handoff at
// most, and a hold ends only by its holder's press, by somebody who may take
// it, by the idle rule or with the visitor.
func (w *world) checkOwner(e Event, before Conversation) {
	open := 0
	for _, h := range w.handoffs {
		if h.Open() {
			open++
		}
	}
	h := w.openHandoff()
	ok := open <= 1
	switch w.conv.Status {
	case Queued:
		ok = ok && h != nil && h.Status == HandoffOpen && h.ClaimedBy == "" && w.conv.Holder == "" && h.Alerted && w.conv.Expectation != ""
	case Assigned:
		ok = ok && h != nil && h.Status == HandoffClaimed && h.ClaimedBy == w.conv.Holder && w.conv.Holder != ""
	default:
		ok = ok && h == nil && w.conv.Holder == "" && w.conv.Handoff == ""
	}
	if h != nil && h.ID != w.conv.Handoff {
		ok = false
	}
	if !ok {
		w.rt.Fatalf("after %T: status %q, holder %q, handoff %+v, %d open", e, w.conv.Status, w.conv.Holder, h, open)
	}
	if before.Holder != "" && w.conv.Holder != before.Holder {
		p, pressed := pressOf(e)
		_, ended := e.(VisitorEnded)
		if !ended && !w.mayTake(e, before) && (!pressed || p.Agent.ID != before.Holder) {
			w.rt.Fatalf("%T took the hold from %s", e, before.Holder)
		}
	}
}

// checkNobodyUnseen: whoever has spoken last to the assistant has an answer
// coming, and every wait has an end.
func (w *world) checkNobodyUnseen() {
	n := len(w.messages)
	switch w.conv.Status {
	case Automatic:
		if n > 0 && w.messages[n-1].Author.Kind == ByVisitor && w.messages[n-1].Text != "" {
			d, ok := w.pending(KindAnswer)
			if !ok || bodyOf[AnswerBody](d) != (AnswerBody{Turn: w.conv.Turn, Epoch: w.conv.Epoch}) {
				w.rt.Fatalf("the visitor waits and no answer is coming (%v)", ok)
			}
		}
	case Queued:
		d, ok := w.pending(KindReturn)
		if !ok || d.Subject != string(w.conv.Handoff) || bodyOf[ReturnBody](d).Arm != w.openHandoff().Arm {
			w.rt.Fatalf("the wait has no end")
		}
	default:
		if _, ok := w.pending(KindReturn); ok {
			w.rt.Fatalf("a timer is armed in status %q", w.conv.Status)
		}
	}
	if _, ok := w.pending(KindAnswer); ok && w.conv.Status != Automatic && !w.conv.AssistantHelps {
		w.rt.Fatalf("an answer is pending in status %q", w.conv.Status)
	}
}
