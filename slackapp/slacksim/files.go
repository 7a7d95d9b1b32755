package slacksim

import (
	"net/http"
	"path"
	"slices"
	"strings"
)

func (s *Server) renderFiles(ids []string) []any {
	out := []any{}
	for _, id := range ids {
		if f := s.st.Files[id]; f != nil {
			out = append(out, s.renderFile(f))
		}
	}
	return out
}

func (s *Server) renderFile(f *file) object {
	link := s.base + "/files/" + f.ID + "/" + escapePath(f.Name)
	ext := strings.TrimPrefix(path.Ext(f.Name), ".")
	return object{"id": f.ID, "created": f.Created, "timestamp": f.Created, "name": f.Name, "title": f.Name, "mimetype": f.Mime,
		"filetype": ext, "pretty_type": strings.ToUpper(ext), "user": f.User, "user_team": s.st.ws.TeamID, "editable": false,
		"size": len(f.Data), "mode": "hosted", "is_external": false, "external_type": "", "is_public": true,
		"public_url_shared": false, "display_as_bot": false, "username": "", "url_private": link,
		"url_private_download": link, "file_access": "visible"}
}

func (s *Server) filesInfo(c *call) (object, *apiError) {
	id := c.args.str("file")
	if id == "" {
		return nil, missing("file")
	}
	f := s.st.Files[id]
	if f == nil {
		return nil, fault("file_not_found")
	}
	return object{"file": s.renderFile(f), "comments": []any{}, "response_metadata": object{"next_cursor": ""}}, nil
}

// serveFile gives a file's bytes to a bearer of the bot token, or to the page, which is of this
// machine like everything else that may ask.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	s.lock()
	f := s.st.Files[r.PathValue("id")]
	s.unlock()
	auth := r.Header.Get("Authorization")
	fromPage := r.Header.Get("Sec-Fetch-Site") == "same-origin" || r.Header.Get("Sec-Fetch-Site") == "none"
	if f == nil {
		http.NotFound(w, r)
		return
	}
	if !fromPage && auth != "Bearer "+s.BotToken() {
		http.Redirect(w, r, "/", http.StatusFound) // Slack answers a stranger with its sign-in page
		return
	}
	w.Header().Set("Content-Type", f.Mime)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if !slices.Contains([]string{"image/png", "image/jpeg", "image/gif"}, f.Mime) {
		w.Header().Set("Content-Disposition", "attachment")
	}
	_, _ = w.Write(f.Data)
}
