package slacksim

import (
	"strings"
)

// richText is the rich_text block that Slack makes of a message's text.
func (p textParser) richText(text string) []any {
	if text == "" {
		return nil
	}
	return []any{object{"type": "rich_text", "elements": []any{
		object{"type": "rich_text_section", "elements": p.richElements(text)}}}}
}

func (p textParser) richElements(text string) []any {
	out := []any{}
	last := 0
	for _, loc := range append(p.entity.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		out = append(out, p.richPlain(text[last:loc[0]])...)
		if loc[0] < loc[1] {
			out = append(out, richEntity(text[loc[0]+1:loc[1]-1]))
		}
		last = loc[1]
	}
	return out
}

func richEntity(e string) object {
	head, label, _ := strings.Cut(e, "|")
	switch {
	case strings.HasPrefix(head, "@"):
		return object{"type": "user", "user_id": head[1:]}
	case strings.HasPrefix(head, "#"):
		return object{"type": "channel", "channel_id": head[1:]}
	case strings.HasPrefix(head, "!subteam^"):
		return object{"type": "usergroup", "usergroup_id": strings.TrimPrefix(head, "!subteam^")}
	case strings.HasPrefix(head, "!date^"):
		return object{"type": "text", "text": unescape(label)}
	case strings.HasPrefix(head, "!"):
		return object{"type": "broadcast", "range": head[1:]}
	}
	o := object{"type": "link", "url": unescape(head)}
	if label != "" {
		o["text"] = unescape(label)
	}
	return o
}

// richPlain splits text without markup into emoji, simply styled pieces and the rest.
func (p textParser) richPlain(t string) []any {
	var out []any
	last := 0
	plain := func(v string) {
		if v != "" {
			out = append(out, object{"type": "text", "text": unescape(v)})
		}
	}
	for _, loc := range p.styled.FindAllStringIndex(t, -1) {
		m := t[loc[0]:loc[1]]
		if !standsAlone(t, loc) {
			continue
		}
		plain(t[last:loc[0]])
		last = loc[1]
		inner := unescape(m[1 : len(m)-1])
		switch m[0] {
		case ':':
			out = append(out, object{"type": "emoji", "name": inner})
		case '`':
			out = append(out, styled(inner, "code"))
		case '*':
			out = append(out, styled(inner, "bold"))
		case '_':
			out = append(out, styled(inner, "italic"))
		case '~':
			out = append(out, styled(inner, "strike"))
		}
	}
	plain(t[last:])
	return out
}

func styled(text, style string) object {
	return object{"type": "text", "text": text, "style": object{style: true}}
}

// standsAlone says whether a styled piece is bounded as Slack wants it: no letter or digit before
// or after, no space just inside.
func standsAlone(t string, loc []int) bool {
	word := func(i int) bool {
		return i >= 0 && i < len(t) && (t[i] >= '0' && t[i] <= '9' || t[i] >= 'a' && t[i] <= 'z' || t[i] >= 'A' && t[i] <= 'Z')
	}
	return !word(loc[0]-1) && !word(loc[1]) && t[loc[0]+1] != ' ' && t[loc[1]-2] != ' '
}

// stripIDs forgets block ids, which Slack gives anew when an update does not repeat them.
func stripIDs(blocks []any) []any {
	out, _ := cloneJSON(any(blocks)).([]any)
	for _, b := range out {
		if o, ok := b.(object); ok {
			delete(o, "block_id")
		}
	}
	return out
}
