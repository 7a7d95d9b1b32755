package widget

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"threadline/bridge"
)

// origin is where a page comes from, in the form in which two can be compared.
type origin struct{ scheme, host, port string }

func parseOrigin(s string) (origin, error) {
	u, err := url.Parse(s)
	if err != nil {
		return origin{}, err
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return origin{}, errors.New("not an http or https origin")
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return origin{}, errors.New("an origin has no path")
	}
	o := origin{scheme: u.Scheme, host: strings.ToLower(u.Hostname()), port: u.Port()}
	if o.port == "" {
		o.port = map[string]string{"http": "80", "https": "443"}[o.scheme]
	}
	return o, nil
}

func (o origin) loopback() bool {
	ip := net.ParseIP(o.host)
	return o.host == "localhost" || (ip != nil && ip.IsLoopback())
}

// same compares origins; the names of the loopback interface are one, because
// people type localhost where the server says 127.0.0.1.
func (o origin) same(p origin) bool {
	if o == p {
		return true
	}
	return o.scheme == p.scheme && o.port == p.port && o.loopback() && p.loopback()
}

func foreignOrigin() error {
	return &problem{status: http.StatusForbidden, code: "foreign_origin", message: "This website may not use this chat."}
}

// admit judges the Origin header of a call and answers preflights; true says
// that the answer is complete. A request without one is a script and passes.
// Whether the origin suits the site of the call is judged by siteAdmits, once
// the site is known.
func (h *Handler) admit(w http.ResponseWriter, r *http.Request) (bool, error) {
	w.Header().Add("Vary", "Origin")
	given := r.Header.Get("Origin")
	if given == "" {
		return false, nil
	}
	o, err := parseOrigin(given)
	if err != nil {
		return false, foreignOrigin()
	}
	// A foreign page may read that it is refused, and nothing else: there are
	// no cookies, so what answers it is never the visitor's.
	w.Header().Set("Access-Control-Allow-Origin", given)
	w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
	if !o.same(h.origin) && r.Method != http.MethodOptions {
		ok, err := h.anySiteHas(r.Context(), o)
		if err != nil {
			return false, err
		}
		if !ok {
			return false, foreignOrigin()
		}
	}
	if r.Method != http.MethodOptions {
		return false, nil
	}
	w.Header().Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
	w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID")
	w.Header().Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true, nil
}

// anySiteHas looks the origin up over all sites: a preflight names none.
func (h *Handler) anySiteHas(ctx context.Context, o origin) (bool, error) {
	sites, err := h.store.Sites(ctx)
	if err != nil {
		return false, err
	}
	for _, s := range sites {
		if siteHas(s, o) {
			return true, nil
		}
	}
	return false, nil
}

func siteHas(s bridge.Site, o origin) bool {
	for _, listed := range s.Origins {
		if p, err := parseOrigin(listed); err == nil && p.same(o) {
			return true
		}
	}
	return false
}

// siteAdmits reports whether the page that makes the call belongs to the site.
func (h *Handler) siteAdmits(r *http.Request, id bridge.SiteID) error {
	given := r.Header.Get("Origin")
	if given == "" {
		return nil
	}
	o, err := parseOrigin(given)
	if err != nil {
		return foreignOrigin()
	}
	if o.same(h.origin) {
		return nil
	}
	site, err := h.store.Site(r.Context(), id)
	if err != nil && !errors.Is(err, bridge.ErrNotFound) {
		return err
	}
	if err != nil || !siteHas(site, o) {
		return foreignOrigin()
	}
	return nil
}
