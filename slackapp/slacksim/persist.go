package slacksim

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// compactAt is how many bytes of journal trigger a rewrite of the whole state.
const compactAt = 64 << 20

// journal is one file of JSON lines, {"k":key,"v":value}; the last line of a key wins and a null
// value deletes it. Lines are handed to the kernel before an answer leaves, which survives a kill
// of the process (not a power cut). Without a directory it keeps nothing. Server.mu guards it.
type journal struct {
	path  string
	f     *os.File
	buf   bytes.Buffer
	size  int64
	whole bool // the last write failed: the file must be rewritten
}

type line struct {
	K string          `json:"k"`
	V json.RawMessage `json:"v"`
}

func (j *journal) put(key string, v any) {
	if j.path == "" {
		return
	}
	raw, err := json.Marshal(v)
	if err != nil {
		raw = []byte("null")
	}
	key2, _ := json.Marshal(key)
	fmt.Fprintf(&j.buf, `{"k":%s,"v":%s}`+"\n", key2, raw)
}

func (j *journal) flush(s *Server) error {
	if j.path == "" || (j.buf.Len() == 0 && !j.whole) || j.f == nil {
		return nil
	}
	if j.whole || j.size > compactAt {
		return j.rewrite(s)
	}
	n, err := j.f.Write(j.buf.Bytes())
	j.size += int64(n)
	j.buf.Reset()
	if err != nil {
		j.whole = true
		return fmt.Errorf("slacksim: journal: %w", err)
	}
	return nil
}

// rewrite puts the whole state in a fresh file and swaps it in by rename.
func (j *journal) rewrite(s *Server) error {
	j.buf.Reset()
	s.dump()
	tmp := j.path + ".new"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("slacksim: journal: %w", err)
	}
	n, err := f.Write(j.buf.Bytes())
	j.buf.Reset()
	if err == nil {
		err = os.Rename(tmp, j.path)
	}
	if err != nil {
		j.whole = true
		return errors.Join(fmt.Errorf("slacksim: journal: %w", err), f.Close())
	}
	if j.f != nil {
		err = j.f.Close()
	}
	j.f, j.size, j.whole = f, int64(n), false
	return err
}

func (j *journal) close(s *Server) error {
	if j.f == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := j.rewrite(s)
	err = errors.Join(err, j.f.Close())
	j.f = nil
	return err
}

// openState reads what an earlier run left and starts a fresh journal holding it.
func (s *Server) openState(dir string) error {
	s.journal = &journal{}
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("slacksim: state directory: %w", err)
	}
	path := filepath.Join(dir, "slacksim.jsonl")
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("slacksim: state: %w", err)
	default:
		err = s.load(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("slacksim: state in %s: %w", path, err)
		}
	}
	s.journal.path = path
	return s.journal.rewrite(s)
}

func (s *Server) load(r io.Reader) error {
	rows := map[string]json.RawMessage{}
	var keys []string
	br := bufio.NewReader(r)
	for {
		raw, err := br.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // a line without its end was being written when the process was killed
		}
		if err != nil {
			return err
		}
		var l line
		if err := json.Unmarshal(raw, &l); err != nil {
			return fmt.Errorf("damaged line: %w", err)
		}
		if _, seen := rows[l.K]; !seen {
			keys = append(keys, l.K)
		}
		rows[l.K] = l.V
	}
	if len(keys) > 0 { // a channel that has another id since is not there by the first
		s.st.Channels = slices.DeleteFunc(s.st.Channels, func(c *channel) bool {
			v := rows["channel/"+c.ID]
			return v == nil || bytes.Equal(v, []byte("null"))
		})
	}
	for pass := range 2 { // channels first, then what hangs on them
		for _, k := range keys {
			v := rows[k]
			if bytes.Equal(v, []byte("null")) || strings.HasPrefix(k, "channel/") != (pass == 0) {
				continue
			}
			if err := s.restore(k, v); err != nil {
				return fmt.Errorf("%s: %w", k, err)
			}
		}
	}
	return nil
}

func (s *Server) restore(key string, raw json.RawMessage) error {
	kind, rest, _ := strings.Cut(key, "/")
	st := s.st
	switch kind {
	case "seed":
		var seed int64
		if err := json.Unmarshal(raw, &seed); err != nil {
			return err
		}
		if seed != s.cfg.Seed {
			return fmt.Errorf("the state was made with seed %d, not %d", seed, s.cfg.Seed)
		}
		return nil
	case "counter":
		return json.Unmarshal(raw, &st.Counter)
	case "last_ts":
		return json.Unmarshal(raw, &st.LastTS)
	case "stack":
		return restoreInto(raw, func(v []string) { st.Stacks[rest] = v })
	case "channel":
		return restoreInto(raw, func(v channel) {
			v.index()
			for i, c := range st.Channels {
				if c.ID == v.ID {
					st.Channels[i] = &v
					return
				}
			}
			st.Channels = append(st.Channels, &v)
		})
	case "message":
		return restoreInto(raw, func(v message) {
			id, _, _ := strings.Cut(rest, "/")
			if c := st.channel(id); c != nil {
				c.add(&v)
			}
		})
	case "ephemeral":
		return restoreInto(raw, func(v ephemeral) { st.Ephemeral[rest] = &v })
	case "view":
		return restoreInto(raw, func(v view) { st.Views[rest] = &v })
	case "home":
		return restoreInto(raw, func(v view) { st.Homes[rest] = &v })
	case "notice":
		return restoreInto(raw, func(v notice) { st.Notices = append(st.Notices, v) })
	case "unfurl":
		return restoreInto(raw, func(v unfurled) { st.Unfurls = append(st.Unfurls, v) })
	case "url":
		return restoreInto(raw, func(v responseURL) { st.URLs[rest] = &v })
	case "sharing":
		return restoreInto(raw, func(v sharing) { st.Sharings[rest] = &v })
	case "file":
		return restoreInto(raw, func(v file) { st.Files[rest] = &v })
	case "envelope":
		return restoreInto(raw, func(v delivery) { s.requeue(&v) })
	}
	return fmt.Errorf("unknown kind of state")
}

func restoreInto[T any](raw json.RawMessage, keep func(T)) error {
	var v T
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return err
	}
	keep(v)
	return nil
}

// dump puts every piece of state into the journal's buffer.
func (s *Server) dump() {
	st, j := s.st, s.journal
	j.put("seed", s.cfg.Seed)
	j.put("counter", st.Counter)
	j.put("last_ts", st.LastTS)
	for _, c := range st.Channels {
		j.put("channel/"+c.ID, c)
		for _, ts := range c.order {
			s.saveMessage(c, c.msgs[ts])
		}
	}
	for id, e := range st.Ephemeral {
		j.put("ephemeral/"+id, e)
	}
	for id, v := range st.Views {
		j.put("view/"+id, v)
	}
	for u, ids := range st.Stacks {
		j.put("stack/"+u, ids)
	}
	for u, v := range st.Homes {
		j.put("home/"+u, v)
	}
	for i, n := range st.Notices {
		j.put(fmt.Sprintf("notice/%d", i), n)
	}
	for i, n := range st.Unfurls {
		j.put(fmt.Sprintf("unfurl/%d", i), n)
	}
	for id, u := range st.URLs {
		j.put("url/"+id, u)
	}
	for id, sh := range st.Sharings {
		j.put("sharing/"+id, sh)
	}
	for id, f := range st.Files {
		j.put("file/"+id, f)
	}
	for _, d := range s.deliveries {
		s.saveDelivery(d)
	}
}

func (s *Server) saveMessage(c *channel, m *message) { s.journal.put("message/"+c.ID+"/"+m.TS, m) }
func (s *Server) saveChannel(c *channel)             { s.journal.put("channel/"+c.ID, c) }
