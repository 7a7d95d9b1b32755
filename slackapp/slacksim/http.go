package slacksim

import (
	"bytes"
	"embed"
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
)

//go:embed page
var pageFiles embed.FS

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", s.serveAPI)
	mux.HandleFunc("/link/", s.serveSocket)
	mux.HandleFunc("/actions/{team}/{id}/{secret}", s.serveResponseURL)
	mux.HandleFunc("/avatars/{file}", s.serveAvatar)
	mux.HandleFunc("/files/{id}/{name}", s.serveFile)
	mux.HandleFunc("/upload/v1/{ticket}", s.serveUpload)
	s.controls(mux)
	if page, err := fs.Sub(pageFiles, "page"); err == nil {
		static := http.FileServerFS(page)
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				sendError(w, http.StatusMethodNotAllowed, "method_not_allowed", "the page is only for reading")
				return
			}
			w.Header().Set("Cache-Control", "no-cache")
			if strings.HasPrefix(r.URL.Path, "/archives/") { // permalinks open in the page
				http.ServeFileFS(w, r, page, "index.html")
				return
			}
			static.ServeHTTP(w, r)
		})
	}
	return s.localOnly(mux)
}

// localOnly turns away what a web page elsewhere could make a browser send: a foreign name that
// resolves to loopback, and a foreign origin. Slack's SDKs name Slack's own origin.
func (s *Server) localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		u, err := url.Parse(origin)
		foreign := origin != "" && origin != "https://api.slack.com" && (err != nil || !isLoopbackHost(u.Host))
		if foreign || !isLoopbackHost(r.Host) {
			sendError(w, http.StatusForbidden, "foreign_origin", "the simulator serves this machine only")
			return
		}
		if !s.begin() {
			sendError(w, http.StatusServiceUnavailable, "closing", "the simulator is shutting down")
			return
		}
		defer s.wg.Done()
		next.ServeHTTP(w, r)
	})
}

func isLoopbackHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// decode reads JSON keeping numbers as they were written.
func decode(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(v)
}

func sendJSON(w http.ResponseWriter, status int, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte(`{"ok":false,"error":"internal_error"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

// sendHalf sends an answer whose JSON breaks off, as one that a proxy cut.
func sendHalf(w http.ResponseWriter, status int, v any) {
	raw := mustJSON(v)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(raw[:len(raw)/2])
}

func sendError(w http.ResponseWriter, status int, code, message string) {
	sendJSON(w, status, object{"error": object{"code": code, "message": message}})
}
