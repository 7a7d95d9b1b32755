package widget

import (
	"fmt"
	"slices"
	"testing"
)

func TestDevice(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1": "Phone · Safari · iOS",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:126.0) Gecko/20100101 Firefox/126.0":                                                        "Computer · Firefox · Windows",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36":                   "Phone · Chrome · Android",
		"curl/8.5.0":                 "",
		"":                           "",
		"<!channel> <@U1> *Mozilla*": "",
	} {
		if got := device(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}

// TestTheWayOfAVisitorIsKept: the pages they wrote from, each once and the
// newest last, and what they use.
func TestTheWayOfAVisitorIsKept(t *testing.T) {
	w := newWorld(t)
	var s sessionReply
	w.call("POST", "/api/v1/sessions", "", map[string]any{"site": "default"},
		"User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:126.0) Gecko/20100101 Firefox/126.0").into(t, 201, &s)
	visit := func(page string) {
		t.Helper()
		w.call("POST", "/api/v1/messages", s.Token, map[string]any{
			"client_id": w.id(), "text": "on " + page, "page_url": "https://example.com" + page,
		}).into(t, 201, new(messageReply))
	}
	for _, page := range []string{"/", "/heat", "/prices", "/heat"} {
		visit(page)
	}
	c := w.row(s)
	if want := []string{"https://example.com/", "https://example.com/prices", "https://example.com/heat"}; !slices.Equal(c.Trail, want) {
		t.Errorf("the trail is %v, want %v", c.Trail, want)
	}
	if c.Device != "Computer · Firefox · Windows" {
		t.Errorf("the device is %q", c.Device)
	}
	for i := range 9 {
		visit(fmt.Sprint("/p", i))
	}
	if c = w.row(s); len(c.Trail) != 6 || c.Trail[5] != "https://example.com/p8" || c.PageURL != c.Trail[5] {
		t.Errorf("after many pages the trail is %v", c.Trail)
	}
}
