package assistant

import (
	"strconv"
	"strings"
	"time"
)

// robots are a host's wishes, as its robots.txt tells them to us.
type robots struct {
	rules []robotRule
	pause time.Duration
}

type robotRule struct {
	path  string
	allow bool
}

// maxCrawlDelay bounds the pause that a robots.txt can ask for.
const maxCrawlDelay = 10 * time.Second

// parseRobots reads the group for the agent, or else that for everybody
// (RFC 9309).
func parseRobots(src, agent string) robots {
	groups := map[string]*robots{}
	var current []string
	open := false // the last line named an agent
	for _, line := range strings.Split(src, "\n") {
		line, _, _ = strings.Cut(line, "#")
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "user-agent":
			if !open {
				current = nil
			}
			open = true
			name := strings.ToLower(value)
			current = append(current, name)
			if groups[name] == nil {
				groups[name] = &robots{}
			}
			continue
		case "disallow", "allow":
			for _, name := range current {
				if value != "" {
					groups[name].rules = append(groups[name].rules, robotRule{value, strings.EqualFold(strings.TrimSpace(key), "allow")})
				}
			}
		case "crawl-delay":
			if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 {
				for _, name := range current {
					groups[name].pause = min(time.Duration(s*float64(time.Second)), maxCrawlDelay)
				}
			}
		}
		open = false
	}
	if g, ok := groups[strings.ToLower(agent)]; ok {
		return *g
	}
	if g, ok := groups["*"]; ok {
		return *g
	}
	return robots{}
}

// allows reports whether a path with its query may be fetched: the longest rule
// that fits decides, and allowing wins a tie.
func (r robots) allows(path string) bool {
	best, allowed := -1, true
	for _, rule := range r.rules {
		if n := len(rule.path); fits(rule.path, path) && (n > best || n == best && rule.allow) {
			best, allowed = n, rule.allow
		}
	}
	return allowed
}

// fits matches a rule with * and a closing $ against a path.
func fits(rule, path string) bool {
	rule, whole := strings.CutSuffix(rule, "$")
	parts := strings.Split(rule, "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	at := len(parts[0])
	for i, p := range parts[1:] {
		if whole && i == len(parts)-2 {
			return strings.HasSuffix(path[at:], p)
		}
		j := strings.Index(path[at:], p)
		if j < 0 {
			return false
		}
		at += j + len(p)
	}
	return !whole || at == len(path)
}
