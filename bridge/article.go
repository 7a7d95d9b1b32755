package bridge

// ArticleMade: a manager has made an article of the knowledge from a line of
// the thread, or an agent proposes one and asks for a manager's nod. It is told
// in the thread. Verdicts: Done, Stale, NotAllowed.
type ArticleMade struct {
	Press
	Manager bool
	// Questions are what it answers, one a line.
	Questions, Answer string
}

func (e ArticleMade) query() Query { return e.Press.query().keepIfDone() }

func (e ArticleMade) decide(d *decision) {
	if e.Agent.Outsider {
		d.refuse(NotAllowed)
		return
	}
	if !d.c.Begun() {
		d.verdict(Stale)
		return
	}
	note := NoteBody{Sign: "📚", Evidence: e.Questions + "\n\n" + e.Answer, Whole: true}
	if e.Manager {
		note.Text = d.nameOf(e.Agent) + " added an article to the knowledge; the assistant answers from it now."
		d.out.Audit = append(d.out.Audit, AuditEntry{
			At: d.now, Actor: Actor{ID: e.Agent.ID, Name: d.nameOf(e.Agent)}, Action: AuditArticle, Subject: string(d.c.ID), After: e.Questions,
		})
	} else {
		note.Text = d.nameOf(e.Agent) + " proposes an article for the knowledge. A manager's nod: choose Make article in the menu of that line, and save."
		note.CallManagers = true
	}
	d.put(Delivery{Lane: LanePost, Kind: KindNote, Priority: 3, Rank: RankLine, Body: body(note)})
}
