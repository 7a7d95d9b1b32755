// Package openaitest is a stand-in for an OpenAI-compatible endpoint, for
// tests: it streams scripted chat completions and misbehaves on request. It
// checks what it is sent as the real one does, and shares no code with the
// client under test.
package openaitest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Request is one request that the server was sent.
type Request struct {
	Authorization string
	Body          []byte
	Model         string    `json:"model"`
	Stream        bool      `json:"stream"`
	Messages      []Message `json:"messages"`
	Tools         []Tool    `json:"tools"`
	ToolChoice    any       `json:"tool_choice"`
}

// Message is one of a request's messages.
type Message struct {
	Role       string `json:"role"`
	Content    string `json:"content"`
	ToolCallID string `json:"tool_call_id"`
	ToolCalls  []Call `json:"tool_calls"`
}

// Call is a tool call.
type Call struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// Tool is an offered tool.
type Tool struct {
	Type     string `json:"type"`
	Function struct {
		Name       string          `json:"name"`
		Parameters json.RawMessage `json:"parameters"`
	} `json:"function"`
}

// Passage is a piece of knowledge found in a request.
type Passage struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Passages are the pieces of knowledge that the request carries.
func (r Request) Passages() []Passage {
	for _, m := range r.Messages {
		var data struct {
			Passages []Passage `json:"passages"`
		}
		if m.Role == "user" && json.Unmarshal([]byte(m.Content), &data) == nil && data.Passages != nil {
			return data.Passages
		}
	}
	return nil
}

// Visitor is the visitor's last line in the request.
func (r Request) Visitor() string {
	for i := len(r.Messages) - 1; i >= 0; i-- {
		var data struct {
			Visitor string `json:"visitor"`
		}
		if r.Messages[i].Role == "user" && json.Unmarshal([]byte(r.Messages[i].Content), &data) == nil && data.Visitor != "" {
			return data.Visitor
		}
	}
	return ""
}

// Choice is the tool_choice where it is a word, else empty.
func (r Request) Choice() string {
	s, _ := r.ToolChoice.(string)
	return s
}

// Server is the endpoint. Safe for concurrent use.
type Server struct {
	http *httptest.Server

	mu       sync.Mutex
	script   []Reply
	standing Reply
	requests []Request
	problems []string
	open     int
	embedded []EmbedRequest
	embed    EmbedReply
	alike    map[string]string // a word's stand-in; see Synonyms
}

// New starts a server on a free port of the loopback interface. Without a
// script it gives [FromPassages].
func New() *Server {
	s := &Server{standing: FromPassages()}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// URL is the base URL to configure.
func (s *Server) URL() string { return s.http.URL + "/v1" }

// Close ends every stream and the server.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Script queues replies; each request takes the next.
func (s *Server) Script(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, replies...)
}

// Always sets the reply to requests that the script does not cover.
func (s *Server) Always(r Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.standing = r
}

// Requests are the requests so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Problems are requests that a real endpoint would have refused.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.problems...)
}

// Open is how many streams are being served now.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && r.URL.Path == "/v1/embeddings" {
		s.serveEmbeddings(w, r)
		return
	}
	if r.Method != http.MethodPost || r.URL.Path != "/v1/chat/completions" {
		fail(w, http.StatusNotFound, "no such endpoint", "")
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	if err != nil {
		return // the client has gone
	}
	req := Request{Authorization: r.Header.Get("Authorization"), Body: body}
	problem := ""
	if err := json.Unmarshal(body, &req); err != nil {
		problem = "the body is no JSON: " + err.Error()
	} else {
		problem = check(req)
	}
	s.mu.Lock()
	s.requests = append(s.requests, req)
	reply := s.standing
	if problem != "" {
		s.problems = append(s.problems, problem)
	} else if len(s.script) > 0 {
		reply, s.script = s.script[0], s.script[1:]
	}
	s.open++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.open--
		s.mu.Unlock()
	}()
	if problem != "" {
		fail(w, http.StatusBadRequest, problem, "invalid_request_error")
		return
	}
	reply(&Stream{w: w, ctx: r.Context(), Request: req})
}

// check finds what a real endpoint refuses.
func check(r Request) string {
	if r.Model == "" {
		return "you must provide a model parameter"
	}
	if len(r.Messages) == 0 {
		return "messages must not be empty"
	}
	if r.ToolChoice != nil && len(r.Tools) == 0 {
		return "tool_choice is only allowed when tools are specified"
	}
	for _, t := range r.Tools {
		if t.Type != "function" || t.Function.Name == "" || !json.Valid(t.Function.Parameters) {
			return "a tool is malformed"
		}
	}
	due := map[string]bool{}
	for i, m := range r.Messages {
		switch m.Role {
		case "tool":
			if !due[m.ToolCallID] {
				return fmt.Sprintf("messages[%d]: a tool message must answer a tool call before it", i)
			}
			delete(due, m.ToolCallID)
			continue
		case "system", "user", "assistant", "developer":
		default:
			return fmt.Sprintf("messages[%d]: unknown role %q", i, m.Role)
		}
		if len(due) > 0 {
			return fmt.Sprintf("messages[%d]: tool calls before it have no result", i)
		}
		if m.Content == "" && len(m.ToolCalls) == 0 {
			return fmt.Sprintf("messages[%d]: content is missing", i)
		}
		for _, c := range m.ToolCalls {
			if c.ID == "" || c.Type != "function" || m.Role != "assistant" {
				return fmt.Sprintf("messages[%d]: a tool call is malformed", i)
			}
			due[c.ID] = true
		}
	}
	if len(due) > 0 {
		return "tool calls have no result"
	}
	return ""
}

func fail(w http.ResponseWriter, status int, message, kind string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may have gone; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": message, "type": kind, "code": nil}})
}

// Stream is a response being written.
type Stream struct {
	Request Request

	w       http.ResponseWriter
	ctx     context.Context
	started bool
}

// Raw sends a line as it is.
func (s *Stream) Raw(line string) {
	if !s.started {
		s.started = true
		s.w.Header().Set("Content-Type", "text/event-stream")
		s.w.WriteHeader(http.StatusOK)
	}
	if _, err := io.WriteString(s.w, line); err != nil {
		return // the client has gone
	}
	if f, ok := s.w.(http.Flusher); ok {
		f.Flush()
	}
}

// Delta sends one frame.
func (s *Stream) Delta(delta map[string]any, finish string) {
	var reason any
	if finish != "" {
		reason = finish
	}
	frame, err := json.Marshal(map[string]any{
		"id": "chatcmpl-test", "object": "chat.completion.chunk", "created": 1, "model": s.Request.Model,
		"choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": reason}},
	})
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	s.Raw("data: " + string(frame) + "\n\n")
}

// Say streams text in small pieces.
func (s *Stream) Say(text string) {
	r := []rune(text)
	for len(r) > 0 {
		n := min(7, len(r))
		s.Delta(map[string]any{"content": string(r[:n])}, "")
		r = r[n:]
	}
}

// Call streams a tool call, its arguments in fragments.
func (s *Stream) Call(index int, name, arguments string) {
	call := func(id, name, args string) {
		f := map[string]any{"arguments": args}
		c := map[string]any{"index": index, "function": f}
		if id != "" {
			c["id"], c["type"], f["name"] = id, "function", name
		}
		s.Delta(map[string]any{"tool_calls": []any{c}}, "")
	}
	call(fmt.Sprintf("call_%d", index), name, "")
	for len(arguments) > 0 {
		n := min(9, len(arguments))
		// JSON strings must not be cut within a code point.
		for n < len(arguments) && arguments[n]&0xC0 == 0x80 {
			n++
		}
		call("", "", arguments[:n])
		arguments = arguments[n:]
	}
}

// End finishes the stream in order.
func (s *Stream) End(finish string) {
	s.Delta(map[string]any{}, finish)
	s.Raw("data: [DONE]\n\n")
}

// Hang waits until the client has gone.
func (s *Stream) Hang() {
	s.Raw(": waiting\n\n")
	<-s.ctx.Done()
}

// Gone waits for d at most and reports whether the client has gone.
func (s *Stream) Gone(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-s.ctx.Done():
		return true
	case <-t.C:
		return false
	}
}

// Cut breaks the connection off.
func (s *Stream) Cut() { panic(http.ErrAbortHandler) }

// Refuse answers with an error status.
func (s *Stream) Refuse(status int, message string) {
	if status == http.StatusTooManyRequests {
		s.w.Header().Set("Retry-After", "1")
	}
	fail(s.w, status, message, "test_error")
}

// Tooled reports whether the request allows a tool call.
func (s *Stream) Tooled() bool {
	return len(s.Request.Tools) > 0 && s.Request.Choice() != "none"
}

func ids(ps []Passage, n int) []string {
	out := []string{}
	for _, p := range ps[:min(n, len(ps))] {
		out = append(out, p.ID)
	}
	return out
}

func arguments(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // tests pass plain values
	}
	return string(b)
}

func firstSentence(s string) string {
	if i := strings.Index(s, ". "); i > 0 {
		return s[:i+1]
	}
	return strings.ReplaceAll(s, "\n", " ")
}
