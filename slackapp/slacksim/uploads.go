package slacksim

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// maxUpload is Slack's own limit on a file; what the simulator takes in is
	// less, because it keeps everything in memory.
	maxUpload  = 1 << 30
	maxKept    = 64 << 20
	maxAltText = 1000
	// shareAfter is how long a finished upload takes to appear in a channel:
	// Slack shares it after it has answered.
	shareAfter = 30 * time.Millisecond
)

// sharing is what the end of an upload has promised and not done yet.
type sharing struct {
	ID, ThreadTS, Comment string
	Files, Channels       []string
	Blocks                []any
}

func (s *Server) filesGetUploadURL(c *call) (object, *apiError) {
	name := c.args.str("filename")
	if name == "" {
		return nil, missing("filename")
	}
	length := c.args.int("length", 0)
	switch {
	case !c.args.has("length"):
		return nil, missing("length")
	case length <= 0:
		return nil, fault("missing_argument") // Slack: files.getUploadURLExternal, "typically when the length is 0"
	case length > maxUpload:
		return nil, fault("file_upload_size_restricted")
	case utf8.RuneCountInString(c.args.str("alt_txt")) > maxAltText:
		return nil, fault("alt_txt_too_large")
	}
	f := &file{ID: s.next("F"), Name: name, Title: name, User: s.st.ws.BotUser, Created: s.stamp().Unix(), Declared: length,
		Ticket: s.nextSecret("upload")}
	s.st.Files[f.ID] = f
	s.saveFile(f)
	return object{"upload_url": s.base + "/upload/v1/" + f.Ticket, "file_id": f.ID}, nil
}

func (s *Server) saveFile(f *file) { s.journal.put("file/"+f.ID, f) }

// serveUpload takes the bytes of a file, raw or as a form, once.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "use POST", http.StatusMethodNotAllowed)
		return
	}
	e, pre, finish := s.answering("upload", func() string { return "" })
	if s.applyFault(w, r, pre, e, finish) {
		return
	}
	data, kind, err := uploaded(w, r)
	if pre.err != "" {
		err = errors.New(pre.err)
	}
	if err == nil {
		err = s.takeUpload(r.PathValue("ticket"), data, kind)
	}
	if err != nil {
		e.Status, e.Error = http.StatusBadRequest, err.Error()
	}
	if pre.rate != nil {
		e.Status, e.Error = http.StatusTooManyRequests, "ratelimited"
		w.Header().Set("Retry-After", pre.rate.header)
	}
	e.OK = e.Error == ""
	if pre.cutAfter && e.OK {
		e.Status, e.Error = 0, "connection_cut"
		finish()
		cut(w, false)
		return
	}
	finish()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(e.Status)
	if e.OK {
		_, _ = io.WriteString(w, "OK")
	}
}

// uploaded reads the body: the first file of a form, or all of it.
func uploaded(w http.ResponseWriter, r *http.Request) ([]byte, string, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxKept)
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		data, err := io.ReadAll(r.Body)
		return data, kind, err
	}
	form := multipart.NewReader(r.Body, params["boundary"])
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, "", errors.New("no file in the form")
		}
		if part.FileName() != "" {
			data, err := io.ReadAll(part)
			return data, part.Header.Get("Content-Type"), err
		}
	}
}

func (s *Server) takeUpload(ticket string, data []byte, kind string) error {
	s.lock()
	defer s.unlock()
	for _, f := range s.st.Files {
		if f.Ticket != ticket || ticket == "" {
			continue
		}
		if len(f.Data) > 0 {
			return errors.New("this address was used")
		}
		if len(data) != f.Declared {
			return errors.New("the length is not the one declared")
		}
		f.Data, f.Mime = data, mimeOf(f.Name, data)
		if kind != "" && strings.Contains(kind, "/") && f.Mime == "application/octet-stream" {
			f.Mime = kind
		}
		s.saveFile(f)
		return nil
	}
	return errors.New("no such upload")
}

func (s *Server) filesCompleteUpload(c *call) (object, *apiError) {
	raw, present, err := c.args.json("files")
	list, ok := raw.([]any)
	if !present {
		return nil, missing("files")
	}
	if err != nil || !ok || len(list) == 0 {
		return nil, invalid("invalid_arguments", "[ERROR] must provide at least one file [json-pointer:/files]")
	}
	var files []*file
	for _, x := range list {
		o, _ := x.(object)
		id, _ := o["id"].(string)
		f := s.st.Files[id]
		// Slack: files.completeUploadExternal, file_not_found: no such upload ticket. One that is
		// finished has none any more.
		if f == nil || f.Ticket == "" || len(f.Data) == 0 || slices.Contains(files, f) {
			return nil, fault("file_not_found")
		}
		if title, _ := o["title"].(string); title != "" {
			f.Title = title
		}
		files = append(files, f)
	}
	channels, fail := s.shareTargets(c)
	if fail != nil {
		return nil, fail
	}
	blocks, present, err := c.args.json("blocks")
	if present {
		list, ok := blocks.([]any)
		if err != nil || !ok || len(checkBlocks(list, surfaceMessage, "/blocks")) > 0 {
			return nil, fault("invalid_blocks")
		}
	}
	sh := &sharing{ID: s.next("share"), ThreadTS: c.args.str("thread_ts"), Comment: c.args.str("initial_comment")}
	if list, ok := blocks.([]any); ok && sh.Comment == "" {
		sh.Blocks = list
	}
	for _, ch := range channels {
		sh.Channels = append(sh.Channels, ch.ID)
	}
	out := []any{}
	for _, f := range files {
		f.Ticket = ""
		s.saveFile(f)
		sh.Files = append(sh.Files, f.ID)
		out = append(out, object{"id": f.ID, "title": f.Title})
	}
	if len(sh.Channels) > 0 {
		s.st.Sharings[sh.ID] = sh
		s.journal.put("sharing/"+sh.ID, sh)
		s.shareSoon(sh)
	}
	return object{"files": out}, nil
}

// shareTargets are the channels that the arguments name, checked.
func (s *Server) shareTargets(c *call) ([]*channel, *apiError) {
	var ids []string
	if id := c.args.str("channel_id"); id != "" {
		ids = append(ids, id)
	}
	for id := range strings.SplitSeq(c.args.str("channels"), ",") {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	thread := c.args.str("thread_ts")
	if len(ids) > 100 || thread != "" && len(ids) != 1 {
		return nil, fault("invalid_arguments")
	}
	var out []*channel
	for _, id := range ids {
		one := *c
		one.args = args{"channel": id}
		ch, fail := s.visible(&one, false)
		c.channel = one.channel
		if fail != nil {
			return nil, fail
		}
		if ch.Archived {
			return nil, fault("posting_to_channel_denied")
		}
		if _, fail := s.threadRoot(ch, thread); fail != nil {
			return nil, fail
		}
		out = append(out, ch)
	}
	return out, nil
}

// shareSoon does what the end of an upload promised, a moment after it.
func (s *Server) shareSoon(sh *sharing) {
	if !s.begin() {
		return
	}
	s.inflight++
	go func() {
		defer s.wg.Done()
		wait := time.NewTimer(shareAfter)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-s.ctx.Done():
		}
		s.lock()
		defer s.unlock()
		s.inflight--
		s.share(sh)
		s.moved()
	}()
}

func (s *Server) share(sh *sharing) {
	delete(s.st.Sharings, sh.ID)
	s.journal.put("sharing/"+sh.ID, nil)
	ws := s.st.ws
	for _, id := range sh.Channels {
		c := s.st.channel(id)
		if c == nil || c.Archived || sh.ThreadTS != "" && c.msgs[sh.ThreadTS] == nil {
			continue // gone meanwhile
		}
		m := &message{TS: s.nextTS(), ThreadTS: sh.ThreadTS, User: ws.BotUser, Team: ws.TeamID, BotID: ws.BotID, AppID: ws.AppID,
			Subtype: "file_share", Text: s.parseText(sh.Comment, args{}, ""), FileIDs: slices.Clone(sh.Files), Blocks: sh.Blocks}
		if len(m.Blocks) == 0 {
			m.Blocks, m.AutoBlocks = s.nameBlocks(s.st.text.richText(m.Text)), true
		}
		for _, fid := range sh.Files {
			if f := s.st.Files[fid]; f != nil {
				f.Channel, f.TS = c.ID, m.TS
				f.Shares = append(f.Shares, fileShare{Channel: c.ID, TS: m.TS, ThreadTS: sh.ThreadTS})
				s.saveFile(f)
			}
		}
		c.add(m)
		s.posted(c, m)
	}
}

func (s *Server) filesDelete(c *call) (object, *apiError) {
	id := c.args.str("file")
	if id == "" {
		return nil, missing("file")
	}
	f := s.st.Files[id]
	switch {
	case f == nil || f.Ticket != "":
		return nil, fault("file_not_found")
	case f.Gone:
		return nil, fault("file_deleted")
	case f.User != s.st.ws.BotUser:
		return nil, fault("cant_delete_file")
	}
	s.removeFile(f)
	return object{}, nil
}

// deleteFile is a person deleting a file of their own.
func (s *Server) deleteFile(r *actRequest) (object, *actError) {
	u := s.st.ws.person(r.a.str("user"))
	f := s.st.Files[r.a.str("file")]
	switch {
	case u == nil:
		return nil, refuse(http.StatusNotFound, "user_not_found", "there is no such person")
	case f == nil || f.Gone || f.Ticket != "":
		return nil, refuse(http.StatusNotFound, "file_not_found", "there is no such file")
	case f.User != u.ID && !u.Admin:
		return nil, refuse(http.StatusForbidden, "cant_delete_file", "people delete their own files only")
	}
	s.removeFile(f)
	return object{}, nil
}

// removeFile takes a file out of every message: one that was nothing else goes
// with it, another shows that there was a file.
func (s *Server) removeFile(f *file) {
	for _, c := range s.st.Channels {
		for _, ts := range slices.Clone(c.order) {
			m := c.msgs[ts]
			if !slices.Contains(m.FileIDs, f.ID) {
				continue
			}
			if m.Text == "" && len(m.FileIDs) == 1 {
				s.deleted(c, m)
				continue
			}
			before := withMetadata(m, s.render(c, m))
			f.Gone = true
			s.changed(c, m, before)
			f.Gone = false // the next message's view of before
		}
	}
	f.Gone, f.Data = true, nil
	s.saveFile(f)
}

// sharesOf lists where a file was shared, for files.info.
func (s *Server) sharesOf(f *file) object {
	public, private := map[string][]object{}, map[string][]object{}
	for _, sh := range f.Shares {
		c := s.st.channel(sh.Channel)
		if c == nil {
			continue
		}
		o := object{"ts": sh.TS, "channel_name": c.Name, "team_id": s.st.ws.TeamID, "reply_users": []string{},
			"reply_users_count": 0, "reply_count": 0, "share_user_id": f.User}
		if sh.ThreadTS != "" {
			o["thread_ts"] = sh.ThreadTS
		}
		to := public
		if c.Private {
			to = private
		}
		to[c.ID] = append(to[c.ID], o)
	}
	out := object{}
	for name, m := range map[string]map[string][]object{"public": public, "private": private} {
		if len(m) > 0 {
			out[name] = m
		}
	}
	return out
}
