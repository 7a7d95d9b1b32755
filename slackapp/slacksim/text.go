package slacksim

import (
	"regexp"
	"strings"
)

// textParser finds markup, and the bare words that become markup.
type textParser struct {
	entity, url, at, hash, styled, emoji *regexp.Regexp
}

func newTextParser() textParser {
	return textParser{
		entity: regexp.MustCompile(`<(?:@[UWB][A-Z0-9]+(?:\|[^<>]*)?|#[CG][A-Z0-9]+(?:\|[^<>]*)?|!(?:here|channel|everyone|group)(?:\|[^<>]*)?|!subteam\^S[A-Z0-9]+(?:\|[^<>]*)?|!date\^[^<>]*|(?:https?|mailto|tel|slack|ftp|sftp)[:][^<>\s|]+(?:\|[^<>]*)?)>`),
		url:    regexp.MustCompile(`\bhttps?://[^\s<>|]+[^\s<>|.,;:!?'")\]]`),
		at:     regexp.MustCompile(`(^|[^\w@])@([a-zA-Z0-9._-]+)`),
		hash:   regexp.MustCompile(`(^|[^\w&#])#([a-z0-9_-]+)`),
		styled: regexp.MustCompile(":[a-z0-9_+-]+:|`[^`\n]+`|\\*[^*\n]+\\*|_[^_\n]+_|~[^~\n]+~"),
		emoji:  regexp.MustCompile(`^[a-z0-9_'+-]+(::skin-tone-[2-6])?$`),
	}
}

// parseText is what becomes of a message's top-level text. def is the method's default for parse:
// nothing for posting, "client" for chat.update (Slack: chat.update, parse).
func (s *Server) parseText(text string, a args, def string) string {
	parse := a.str("parse")
	if parse == "" {
		parse = def
	}
	links := parse != "none"
	names := parse == "full" || a.bool("link_names")
	return s.autoParse(text, links, names)
}

// autoParse escapes what is not markup and, where asked, turns URLs and names into markup.
func (s *Server) autoParse(text string, links, names bool) string {
	p := s.st.text
	var out strings.Builder
	last := 0
	for _, loc := range append(p.entity.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		out.WriteString(s.parsePlain(p, text[last:loc[0]], links, names))
		out.WriteString(text[loc[0]:loc[1]])
		last = loc[1]
	}
	return out.String()
}

func (s *Server) parsePlain(p textParser, t string, links, names bool) string {
	t = escapeStray(t)
	var parts []string
	if links {
		last := 0
		for _, loc := range p.url.FindAllStringIndex(t, -1) {
			parts = append(parts, s.parseNames(p, t[last:loc[0]], names), "<"+t[loc[0]:loc[1]]+">")
			last = loc[1]
		}
		return strings.Join(append(parts, s.parseNames(p, t[last:], names)), "")
	}
	return s.parseNames(p, t, names)
}

func (s *Server) parseNames(p textParser, t string, names bool) string {
	if !names {
		return t
	}
	t = p.at.ReplaceAllStringFunc(t, func(m string) string {
		g := p.at.FindStringSubmatch(m)
		name := strings.TrimRight(g[2], ".-_")
		rest := g[2][len(name):]
		switch name {
		case "here", "channel", "everyone":
			return g[1] + "<!" + name + ">" + rest
		}
		for _, u := range s.st.ws.Users {
			if strings.EqualFold(u.Name, name) {
				return g[1] + "<@" + u.ID + ">" + rest
			}
		}
		for _, gr := range s.st.ws.Groups {
			if gr.Handle == name {
				return g[1] + "<!subteam^" + gr.ID + ">" + rest
			}
		}
		return m
	})
	return p.hash.ReplaceAllStringFunc(t, func(m string) string {
		g := p.hash.FindStringSubmatch(m)
		for _, c := range s.st.Channels {
			if c.Name != "" && c.Name == g[2] {
				return g[1] + "<#" + c.ID + "|" + c.Name + ">"
			}
		}
		return m
	})
}

// escapeStray escapes the three characters of markup where they are not part of any.
func escapeStray(t string) string {
	var b strings.Builder
	for i := 0; i < len(t); i++ {
		switch t[i] {
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			rest := t[i:]
			if strings.HasPrefix(rest, "&amp;") || strings.HasPrefix(rest, "&lt;") || strings.HasPrefix(rest, "&gt;") {
				b.WriteByte('&')
			} else {
				b.WriteString("&amp;")
			}
		default:
			b.WriteByte(t[i])
		}
	}
	return b.String()
}

func unescape(t string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(t)
}

// parseBlocks applies Slack's automatic parsing to mrkdwn text objects that do not say
// verbatim:true (Slack: text object, verbatim).
func (s *Server) parseBlocks(blocks []any) []any {
	out, _ := cloneJSON(any(blocks)).([]any)
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case object:
			if t, ok := v["text"].(string); ok && v["type"] == "mrkdwn" {
				verbatim, _ := v["verbatim"].(bool)
				v["text"] = s.autoParse(t, !verbatim, !verbatim)
				v["verbatim"] = verbatim
			}
			for k, x := range v {
				if k != "metadata" {
					walk(x)
				}
			}
		}
	}
	walk(any(out))
	return out
}
