package slacksim

import (
	"encoding/base64"
	"slices"
	"strings"
)

// window keeps the timestamps that lie between oldest and latest.
func window(a args, ts []string) []string {
	oldest, latest, incl := a.str("oldest"), a.str("latest"), a.bool("inclusive")
	return slices.DeleteFunc(slices.Clone(ts), func(t string) bool {
		if oldest != "" && oldest != "0" && (compareTS(t, oldest) < 0 || (!incl && compareTS(t, oldest) == 0)) {
			return true
		}
		return latest != "" && (compareTS(t, latest) > 0 || (!incl && compareTS(t, latest) == 0))
	})
}

// compareTS orders timestamps that may have fewer than six decimals.
func compareTS(a, b string) int {
	pad := func(t string) string {
		sec, frac, _ := strings.Cut(t, ".")
		return strings.Repeat("0", max(0, 12-len(sec))) + sec + "." + (frac + "000000")[:max(6, len(frac))]
	}
	return strings.Compare(pad(a), pad(b))
}

func validTS(a args, keys ...string) *apiError {
	for _, k := range keys {
		if v := a.str(k); v != "" && strings.Trim(v, "0123456789.") != "" {
			return fault("invalid_ts_" + k)
		}
	}
	return nil
}

func (s *Server) historyScope(ch *channel) *apiError {
	switch ch.kind() {
	case "im":
		return s.needScope("im:history")
	case "group":
		return s.needScope("groups:history")
	}
	return s.needScope("channels:history")
}

func (s *Server) conversationsHistory(c *call) (object, *apiError) {
	ch, fail := s.visible(c, false)
	if fail == nil {
		fail = s.historyScope(ch)
	}
	if fail == nil {
		fail = validTS(c.args, "oldest", "latest")
	}
	if fail != nil {
		return nil, fail
	}
	var top []string
	for _, ts := range ch.order {
		if m := ch.msgs[ts]; !m.isReply() || m.Broadcast {
			top = append(top, ts)
		}
	}
	top = window(c.args, top)
	slices.Reverse(top)
	rest, meta, fail := s.pageTS(c, top, 100, 999, true)
	if fail != nil {
		return nil, fail
	}
	out := object{"messages": s.renderAll(c, ch, rest), "has_more": meta != "", "pin_count": 0}
	if meta != "" {
		out["response_metadata"] = object{"next_cursor": meta}
	}
	return out, nil
}

// pageTS pages by timestamp, so that new messages between two pages neither hide nor repeat one.
func (s *Server) pageTS(c *call, list []string, def, most int, down bool) ([]string, string, *apiError) {
	limit := c.args.int("limit", def)
	if limit <= 0 || limit > most {
		return nil, "", fault("invalid_limit")
	}
	if cur := c.args.str("cursor"); cur != "" {
		raw, err := base64.StdEncoding.DecodeString(cur)
		after, ok := strings.CutPrefix(string(raw), "next:")
		if err != nil || !ok {
			return nil, "", fault("invalid_cursor")
		}
		list = slices.DeleteFunc(slices.Clone(list), func(t string) bool {
			d := compareTS(t, after)
			return d == 0 || (d > 0) == down
		})
	}
	if len(list) <= limit {
		return list, "", nil
	}
	return list[:limit], cursorAt(list[limit-1]), nil
}

func (s *Server) renderAll(c *call, ch *channel, list []string) []any {
	out := []any{}
	for _, ts := range list {
		m := ch.msgs[ts]
		o := s.render(ch, m)
		if c.args.bool("include_all_metadata") {
			withMetadata(m, o)
		}
		out = append(out, o)
	}
	return out
}

func (s *Server) conversationsReplies(c *call) (object, *apiError) {
	ts := c.args.str("ts")
	if ts == "" {
		return nil, missing("ts")
	}
	ch, fail := s.visible(c, false)
	if fail == nil {
		fail = s.historyScope(ch)
	}
	if fail == nil {
		fail = validTS(c.args, "oldest", "latest")
	}
	if fail != nil {
		return nil, fail
	}
	c.ts = ts
	root := ch.msgs[ts]
	if root == nil {
		return nil, fault("thread_not_found")
	}
	list := window(c.args, ch.replies[ts])
	rest, next, fail := s.pageTS(c, list, 1000, 1000, false)
	if fail != nil {
		return nil, fail
	}
	if !c.args.has("cursor") { // the parent leads the first page whatever the window
		rest = append([]string{ts}, rest...)
	}
	out := object{"messages": s.renderAll(c, ch, rest), "has_more": next != ""}
	if next != "" {
		out["response_metadata"] = object{"next_cursor": next}
	}
	return out, nil
}
