package widget

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// proxies tell whose calls come through them. Safe for concurrent use.
type proxies struct {
	// trusted are believed in what they say of their callers, as loopback
	// always is.
	trusted []netip.Prefix
	log     *slog.Logger
	doubted sync.Once
}

func (p *proxies) trusts(ip netip.Addr) bool {
	return ip.IsLoopback() || slices.ContainsFunc(p.trusted, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// address is what calls from one place share: an IPv4 address, or the /64 that
// a provider gives one customer. Each proxy adds whom it saw to the right of
// X-Forwarded-For, so that is read from the right as long as the speaker is
// trusted: what stands further left may be a stranger's invention.
func (p *proxies) address(r *http.Request) string {
	ip, ok := parseHost(r.RemoteAddr)
	if !ok {
		return r.RemoteAddr
	}
	forwarded := r.Header.Values("X-Forwarded-For")
	if len(forwarded) > 0 && ip.IsPrivate() && !p.trusts(ip) {
		p.doubted.Do(func() {
			p.log.Warn("a private address sends X-Forwarded-For and is not trusted: if it is a proxy, name it in TRUSTED_PROXIES, or its visitors share one limit", "address", ip.String())
		})
	}
	seen := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(seen) - 1; i >= 0 && p.trusts(ip); i-- {
		next, ok := parseHost(strings.TrimSpace(seen[i]))
		if !ok {
			break
		}
		ip = next
	}
	if ip.Is6() {
		if n, err := ip.Prefix(64); err == nil {
			return n.String()
		}
	}
	return ip.String()
}

// parseHost reads an address with or without a port, which some proxies add.
func parseHost(s string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	ip, err := netip.ParseAddr(s)
	return ip.Unmap().WithZone(""), err == nil
}
