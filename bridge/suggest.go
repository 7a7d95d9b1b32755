package bridge

// suggest shows an answer to agents and to nobody else: to the holder in
// private, else in the thread for whoever claims.
func (d *decision) suggest(a Answer) {
	if a.Move == MoveHandOff || a.Text == "" {
		return
	}
	if d.c.Status == Assigned {
		d.draft(d.c.Holder, a)
		return
	}
	d.put(Delivery{
		Lane: LanePost, Kind: KindNote, Priority: d.priority(), Rank: RankLine,
		Body: body(NoteBody{
			Text:     "The assistant suggests this reply; the visitor has not seen it.",
			Evidence: clip(a.Text, maxDraft), Whole: true,
		}),
	})
}
