package chaos_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// What is checked. Each name stands in the table that a run prints, in the
// verdict on a mutant, and in docs/reliability.md.
const (
	checkLost      = "visitor lines lost"
	checkDoubled   = "visitor lines doubled"
	checkMirror    = "mirrored lines lost"
	checkTwice     = "mirrored lines doubled"
	checkWording   = "mirrored lines changed"
	checkThread    = "out of order in the thread"
	checkWidget    = "out of order in the widget"
	checkAgent     = "agents' lines lost"
	checkAgentTwo  = "agents' lines doubled"
	checkEdit      = "edits and deletions lost"
	checkLeak      = "internal lines leaked"
	checkLock      = "internal lines unmarked"
	checkAsked     = "authors not asked"
	checkClaim     = "assistant after a claim"
	checkStream    = "streams that differ"
	checkStreamed  = "stream out of order"
	checkPing      = "pings from visitor text"
	checkSilence   = "visitors left in silence"
	checkRoot      = "roots missing or doubled"
	checkAlert     = "alerts missing or doubled"
	checkLeft      = "live in a thread that was left"
	checkUndo      = "undone lines astray"
	checkCall      = "calls confirmed wrongly"
	checkRoom      = "call times given twice"
	checkReminder  = "reminders missing or doubled"
	checkHolder    = "claims won twice"
	checkStatus    = "status astray"
	checkBatch     = "posts changed on retry"
	checkSender    = "two senders at once"
	checkAck       = "acknowledged before it was kept"
	checkWaiting   = "waited in vain"
	checkShutdown  = "unclean stops"
	checkHappening = "faults that never struck"
	checkHarness   = "trouble of the harness"
)

// audit counts what was compared and what was found broken.
type audit struct {
	mu       sync.Mutex
	compared map[string]int
	found    map[string][]string
	notes    []string
}

func newAudit() *audit {
	return &audit{compared: map[string]int{}, found: map[string][]string{}}
}

// hold compares one thing.
func (a *audit) hold(check string, ok bool, format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.compared[check]++
	if !ok {
		a.found[check] = append(a.found[check], fmt.Sprintf(format, args...))
	}
}

func (a *audit) broken(check, format string, args ...any) { a.hold(check, false, format, args...) }

// add takes over what another audit found.
func (a *audit) add(b *audit) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for check, n := range b.compared {
		a.compared[check] += n
	}
	for check, found := range b.found {
		a.found[check] = append(a.found[check], found...)
	}
}

// tally adds what was counted while the run went on: so many compared, and
// those of them that were broken.
func (a *audit) tally(check string, compared int, broken []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if compared == 0 && len(broken) == 0 {
		return
	}
	a.compared[check] += max(compared, len(broken))
	a.found[check] = append(a.found[check], broken...)
}

func (a *audit) note(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.notes = append(a.notes, fmt.Sprintf(format, args...))
}

func (a *audit) failures() int {
	n := 0
	for _, f := range a.found {
		n += len(f)
	}
	return n
}

// idle are the checks that compared nothing, which would make them vain.
func (a *audit) idle() []string {
	var idle []string
	for _, check := range []string{
		checkLost, checkDoubled, checkMirror, checkTwice, checkWording, checkThread, checkWidget, checkAgent, checkAgentTwo,
		checkEdit, checkLeak, checkLock, checkAsked, checkClaim, checkStream, checkStreamed, checkPing, checkSilence,
		checkRoot, checkAlert, checkLeft, checkUndo, checkCall, checkRoom, checkReminder, checkHolder, checkStatus, checkBatch, checkAck, checkShutdown, checkHappening,
	} {
		if a.compared[check] == 0 {
			idle = append(idle, check)
		}
	}
	return idle
}

// table shows each check with how much it compared and how much was broken,
// and the first findings of each.
func (a *audit) table() string {
	var b strings.Builder
	checks := make([]string, 0, len(a.compared))
	for c := range a.compared {
		checks = append(checks, c)
	}
	slices.Sort(checks)
	fmt.Fprintf(&b, "%-32s %9s %7s\n", "", "compared", "broken")
	for _, c := range checks {
		fmt.Fprintf(&b, "%-32s %9d %7d\n", c, a.compared[c], len(a.found[c]))
	}
	for _, c := range checks {
		for i, f := range a.found[c] {
			if i == 8 {
				fmt.Fprintf(&b, "%s: and %d more\n", c, len(a.found[c])-i)
				break
			}
			fmt.Fprintf(&b, "%s: %s\n", c, f)
		}
	}
	return b.String()
}

// whole is everything that was found.
func (a *audit) whole() string {
	var b strings.Builder
	for _, c := range slices.Sorted(maps.Keys(a.found)) {
		for _, f := range a.found[c] {
			fmt.Fprintf(&b, "%s: %s\n", c, f)
		}
	}
	return b.String()
}
