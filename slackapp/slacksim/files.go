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
		switch f := s.st.Files[id]; {
		case f == nil:
		case f.Gone:
			out = append(out, object{"id": f.ID, "mode": "tombstone"})
		case f.Access != "":
			// Slack Connect: all else must be asked for with files.info.
			out = append(out, object{"id": f.ID, "created": 0, "timestamp": 0, "user": "", "mode": "file_access", "file_access": f.Access})
		default:
			out = append(out, s.renderFile(f))
		}
	}
	return out
}

func (s *Server) renderFile(f *file) object {
	link := s.base + "/files/" + f.ID + "/" + escapePath(f.Name)
	ext := strings.TrimPrefix(path.Ext(f.Name), ".")
	return object{"id": f.ID, "created": f.Created, "timestamp": f.Created, "name": f.Name, "title": firstText(f.Title, f.Name), "mimetype": f.Mime,
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
	if f == nil || f.Ticket != "" {
		return nil, fault("file_not_found")
	}
	if f.Gone {
		return nil, fault("file_deleted")
	}
	shown := s.renderFile(f)
	shown["shares"] = s.sharesOf(f)
	return object{"file": shown, "comments": []any{}, "response_metadata": object{"next_cursor": ""}}, nil
}

func firstText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// serveFile gives a file's bytes to a bearer of the bot token with files:read, or to the page, which
// is of this machine like everything else that may ask.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	from := r.Header.Get("Sec-Fetch-Site")
	byPage := from == "same-origin" || from == "none"
	var pre planned
	s.lock()
	var f *file
	if found := s.st.Files[r.PathValue("id")]; found != nil && !found.Gone && found.Ticket == "" {
		shown := *found
		f = &shown
	}
	if !byPage {
		channel := ""
		if f != nil {
			channel = f.Channel
		}
		pre = s.faults.before("download", channel)
	}
	allowed := byPage || r.Header.Get("Authorization") == "Bearer "+s.BotToken() && !s.faults.revoked && s.app.hasScope("files:read")
	s.unlock()
	e := entry{At: s.now(), Kind: "call", Method: "download", Status: http.StatusOK, OK: true}
	finish := func() {
		s.lock()
		s.record(e)
		s.unlock()
	}
	if s.applyFault(w, r, pre, &e, finish) {
		return
	}
	if f == nil {
		http.NotFound(w, r)
		return
	}
	if !allowed {
		http.Redirect(w, r, "/", http.StatusFound) // Slack answers a stranger with its sign-in page
		return
	}
	if !byPage {
		finish()
	}
	w.Header().Set("Content-Type", f.Mime)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if !slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, f.Mime) {
		w.Header().Set("Content-Disposition", "attachment")
	}
	_, _ = w.Write(f.Data)
}
