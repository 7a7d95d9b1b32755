package slacksim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// logSize is how many entries the log keeps; older ones are dropped, numbers go on.
const logSize = 200_000

// entry is one line of /sim/v1/log. Kind is call, envelope, ack, socket, drop or control; Method
// is the Web API method, the event's type, or what happened to a socket.
type entry struct {
	N          int64     `json:"n"`
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"`
	Method     string    `json:"method"`
	Channel    string    `json:"channel"`
	OK         bool      `json:"ok"`
	Error      string    `json:"error"`
	Status     int       `json:"status"`
	MS         int64     `json:"ms"`
	EnvelopeID string    `json:"envelope_id"`
	TS         string    `json:"ts,omitempty"`
	ThreadTS   string    `json:"thread_ts,omitempty"`
	EventID    string    `json:"event_id,omitempty"`
	Attempt    int       `json:"retry_attempt,omitempty"`
	Conn       int64     `json:"connection,omitempty"`
}

type callLog struct {
	last    int64
	entries []entry
}

// record numbers an entry and shows it to the event stream. The caller holds the lock.
func (s *Server) record(e entry) {
	s.calls.last++
	e.N = s.calls.last
	if e.At.IsZero() {
		e.At = s.now()
	}
	e.At = e.At.UTC()
	if len(s.calls.entries) >= logSize {
		s.calls.entries = append(s.calls.entries[:0:0], s.calls.entries[logSize/4:]...)
	}
	s.calls.entries = append(s.calls.entries, e)
	s.hub.send("log", e)
}

// answering begins the answer to a call about the channel that where names under the lock: it returns
// the call's entry, what goes wrong with it by order, and what ends it. To end it writes the entry
// down, before the answer leaves, so that whoever has the answer finds it in the log.
func (s *Server) answering(method string, where func() string) (e *entry, pre planned, finish func()) {
	start := time.Now()
	e = &entry{At: s.now(), Kind: "call", Method: method, Status: http.StatusOK}
	s.lock()
	defer s.unlock()
	s.inflight++
	s.moved()
	return e, s.faults.before(method, where()), func() {
		s.lock()
		defer s.unlock()
		s.inflight--
		e.MS = time.Since(start).Milliseconds()
		s.record(*e)
		s.moved()
	}
}

func (s *Server) serveLog(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	s.lock()
	out := []entry{}
	for i, e := range s.calls.entries {
		if e.N > after {
			out = append(out, s.calls.entries[i:]...)
			break
		}
	}
	s.unlock()
	sendJSON(w, http.StatusOK, object{"entries": out})
}

// serveWait answers once nothing has moved for a while: no call, envelope, acknowledgement or act
// of a person, no call under way, no envelope waiting for its acknowledgement.
func (s *Server) serveWait(w http.ResponseWriter, r *http.Request) {
	idle := time.Duration(queryInt(r, "idle_ms", 300)) * time.Millisecond
	deadline := time.Now().Add(time.Duration(queryInt(r, "timeout_ms", 5000)) * time.Millisecond)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		s.lock()
		quiet := time.Since(s.lastMove) >= idle && s.inflight <= s.faults.hanging && !s.awaitingAck()
		s.unlock()
		if quiet || !time.Now().Before(deadline) {
			sendJSON(w, http.StatusOK, object{"idle": quiet})
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func queryInt(r *http.Request, key string, def int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(key))
	if err != nil || n < 0 {
		return def
	}
	return n
}

// hub hands changes to the page's event streams. A stream that does not keep up loses changes and
// is told so by a gap in n; it reads the state again.
type hub struct {
	mu   sync.Mutex
	n    int64
	subs map[chan []byte]struct{}
}

func newHub() *hub { return &hub{subs: map[chan []byte]struct{}{}} }

func (h *hub) send(kind string, v any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	if len(h.subs) == 0 {
		return
	}
	raw, err := json.Marshal(object{"n": h.n, "type": kind, "data": v})
	if err != nil {
		return
	}
	for c := range h.subs {
		select {
		case c <- raw:
		default:
		}
	}
}

func (h *hub) subscribe() chan []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan []byte, 256)
	h.subs[c] = struct{}{}
	return c
}

func (h *hub) leave(c chan []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subs, c)
}

// serveEvents streams every change: `data: {"n","type","data"}`, type log, message, channel,
// ephemeral, view, home or notification.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	rc := http.NewResponseController(w)
	c := s.hub.subscribe()
	defer s.hub.leave(c)
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	_, err := w.Write([]byte(": open\n\n"))
	for err == nil && rc.Flush() == nil {
		select {
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		case <-tick.C:
			_, err = w.Write([]byte(": still here\n\n"))
		case raw := <-c:
			_, err = w.Write(append(append([]byte("data: "), raw...), "\n\n"...))
		}
	}
}
