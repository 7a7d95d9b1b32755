package widget

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("198.51.100.7/32"), netip.MustParsePrefix("2001:db8:f::/48")}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:99", "", "192.0.2.1"},
		{"192.0.2.1:99", "203.0.113.9", "192.0.2.1"}, // a stranger may claim anything
		{"10.2.0.1:99", "203.0.113.9", "10.2.0.1"},   // so may a neighbour
		{"127.0.0.1:99", "10.0.0.1, 203.0.113.9", "203.0.113.9"},
		{"127.0.0.1:99", "nonsense", "127.0.0.1"},
		{"127.0.0.1:99", "203.0.113.9, nonsense", "127.0.0.1"},
		{"10.1.2.3:99", "", "10.1.2.3"},
		{"10.1.2.3:99", "203.0.113.9", "203.0.113.9"},
		{"10.1.2.3:99", "192.0.2.66, 203.0.113.9", "203.0.113.9"}, // the left one is the visitor's own word
		{"10.1.2.3:99", "192.0.2.66,203.0.113.9,198.51.100.7,10.1.9.9", "203.0.113.9"},
		{"127.0.0.1:99", "192.0.2.66, 203.0.113.9|10.1.9.9", "203.0.113.9"}, // two headers are one list
		{"10.1.2.3:99", "10.1.9.9, 198.51.100.7", "10.1.9.9"},               // somebody within
		{"10.1.2.3:99", "nonsense, 198.51.100.7", "198.51.100.7"},
		{"10.1.2.3:99", "203.0.113.9:4711", "203.0.113.9"},
		{"10.1.2.3:99", "[2001:db8:1:2:3:4:5:6]:4711", "2001:db8:1:2::/64"},
		{"[::ffff:10.1.2.3]:99", "203.0.113.9", "203.0.113.9"},
		{"[2001:db8:f::1]:99", "::ffff:203.0.113.9", "203.0.113.9"},
		{"[::1]:99", "203.0.113.9", "203.0.113.9"},
		{"[2001:db8:1:2:3:4:5:6]:99", "", "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.1]:99", "", "192.0.2.1"},
		{"pipe", "203.0.113.9", "pipe"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header["X-Forwarded-For"] = strings.Split(c.forwarded, "|")
		}
		p := &proxies{trusted: trusted, log: slog.New(slog.DiscardHandler)}
		if got := p.address(r); got != c.want {
			t.Errorf("%v: %s", c, got)
		}
	}
}

// The operator hears once that a proxy is not known as one.
func TestAnUnknownProxyIsMentionedOnce(t *testing.T) {
	var out logged
	p := &proxies{trusted: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}, log: slog.New(slog.NewTextHandler(&out, nil))}
	call := func(remote, forwarded string) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{}}
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		p.address(r)
	}
	call("10.1.2.3:99", "203.0.113.9")
	call("127.0.0.1:99", "203.0.113.9")
	call("192.0.2.1:99", "203.0.113.9")
	call("172.18.0.2:99", "")
	if got := out.String(); got != "" {
		t.Errorf("said %s", got)
	}
	for range 3 {
		call("172.18.0.2:99", "203.0.113.9")
	}
	if got := out.String(); strings.Count(got, "TRUSTED_PROXIES") != 1 || !strings.Contains(got, "address=172.18.0.2") || strings.Contains(got, "203.0.113.9") {
		t.Errorf("said %s", got)
	}
}

func TestVisitorsBehindAProxyHaveTheirOwnLimits(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Rate = Rate{Sessions: Limit{0.5, 1}}
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("172.18.0.0/16")}
	})
	open := func(visitor string) int {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/sessions", strings.NewReader(`{"site":"default"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Forwarded-For", visitor)
		r.RemoteAddr = "172.18.0.2:4711"
		out := httptest.NewRecorder()
		w.h.ServeHTTP(out, r)
		return out.Code
	}
	for _, c := range []struct {
		visitor string
		want    int
	}{{"203.0.113.9", 201}, {"203.0.113.10", 201}, {"203.0.113.9", 429}, {"192.0.2.66, 203.0.113.10", 429}} {
		if got := open(c.visitor); got != c.want {
			t.Errorf("%s: %d, want %d", c.visitor, got, c.want)
		}
	}
}
