package openaitest

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math"
	"net/http"
	"strings"
	"unicode"
)

// Dimensions is how many numbers a vector has.
const Dimensions = 256

// EmbedRequest is one request for vectors that the server was sent.
type EmbedRequest struct {
	Authorization string
	Model         string   `json:"model"`
	Input         []string `json:"input"`
}

// EmbedReply writes the response to a request for vectors; right is what the
// server would answer.
type EmbedReply func(w http.ResponseWriter, r *http.Request, right [][]float64)

// Embeddings are the requests for vectors so far, in order.
func (s *Server) Embeddings() []EmbedRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]EmbedRequest(nil), s.embedded...)
}

// Embed sets the reply to requests for vectors; nil for the right one.
func (s *Server) Embed(r EmbedReply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.embed = r
}

// Synonyms makes words of a group point in one direction. Other words each have
// their own, whatever their ending, and a text points where its words do.
func (s *Server) Synonyms(groups ...[]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]string{}
	maps.Copy(all, s.alike)
	for _, g := range groups {
		for _, w := range g {
			all[w] = g[0]
		}
	}
	s.alike = all
}

func (s *Server) serveEmbeddings(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	if err != nil {
		return // the client has gone
	}
	req := EmbedRequest{Authorization: r.Header.Get("Authorization")}
	problem := ""
	if err := json.Unmarshal(body, &req); err != nil {
		problem = "the body is no JSON: " + err.Error()
	} else {
		problem = checkEmbedding(req)
	}
	s.mu.Lock()
	s.embedded = append(s.embedded, req)
	if problem != "" {
		s.problems = append(s.problems, problem)
	}
	reply, alike := s.embed, s.alike
	s.mu.Unlock()
	if problem != "" {
		fail(w, http.StatusBadRequest, problem, "invalid_request_error")
		return
	}
	right := make([][]float64, len(req.Input))
	for i, text := range req.Input {
		right[i] = direction(text, alike)
	}
	if reply == nil {
		reply = Vectors
	}
	reply(w, r, right)
}

// checkEmbedding finds what a real endpoint refuses (OpenAI: at most 2,048
// inputs, none empty, of 8,192 tokens; four bytes a token are reckoned).
func checkEmbedding(r EmbedRequest) string {
	switch {
	case r.Model == "":
		return "you must provide a model parameter"
	case len(r.Input) == 0, len(r.Input) > 2048:
		return fmt.Sprintf("input has %d texts", len(r.Input))
	}
	for i, text := range r.Input {
		if text == "" || len(text) > 4*8192 {
			return fmt.Sprintf("input[%d] has %d bytes", i, len(text))
		}
	}
	return ""
}

// littleWords point nowhere, as those of up to three letters.
const littleWords = " about after also anyone before come comes could does each every from have here into like many more most much must only other over said " +
	"same some somebody than that their them then there they this until upon very want were what when where which while with without would your yours "

// direction is the sum of the directions of a text's longer words.
func direction(text string, alike map[string]string) []float64 {
	v := make([]float64, Dimensions)
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if to, ok := alike[w]; ok {
			w = to
		} else if len(w) < 4 || strings.Contains(littleWords, " "+w+" ") {
			continue
		} else {
			w = strings.TrimSuffix(strings.TrimSuffix(w, "s"), "ing")
		}
		h := fnv.New32a()
		_, _ = io.WriteString(h, w) // a hash takes everything
		v[h.Sum32()%(Dimensions-1)]++
	}
	v[Dimensions-1] = 0.01 // no text is without a direction
	return v
}

// Vectors answers with the vectors, the last first: they are numbered.
func Vectors(w http.ResponseWriter, _ *http.Request, vectors [][]float64) {
	data := []any{}
	for i := len(vectors) - 1; i >= 0; i-- {
		data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": vectors[i]})
	}
	w.Header().Set("Content-Type", "application/json")
	// The client may have gone; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(map[string]any{
		"object": "list", "data": data, "model": "test", "usage": map[string]int{"prompt_tokens": 1, "total_tokens": 1},
	})
}

// RefuseVectors answers with an error status.
func RefuseVectors(status int, message string) EmbedReply {
	return func(w http.ResponseWriter, _ *http.Request, _ [][]float64) { fail(w, status, message, "test_error") }
}

// StallVectors never answers.
func StallVectors(_ http.ResponseWriter, r *http.Request, _ [][]float64) { <-r.Context().Done() }

// CutVectors breaks the connection.
func CutVectors(http.ResponseWriter, *http.Request, [][]float64) { panic(http.ErrAbortHandler) }

// FewerVectors leaves one out.
func FewerVectors(w http.ResponseWriter, r *http.Request, right [][]float64) {
	Vectors(w, r, right[1:])
}

// ShortVectors have fewer numbers than is usual.
func ShortVectors(w http.ResponseWriter, r *http.Request, right [][]float64) {
	for i := range right {
		right[i] = right[i][:Dimensions/2]
		right[i][0]++
	}
	Vectors(w, r, right)
}

// EmptyVectors have a direction no longer.
func EmptyVectors(w http.ResponseWriter, r *http.Request, right [][]float64) {
	for i := range right {
		right[i] = make([]float64, Dimensions)
	}
	Vectors(w, r, right)
}

// HugeVectors have numbers that no float32 holds.
func HugeVectors(w http.ResponseWriter, r *http.Request, right [][]float64) {
	for i := range right {
		right[i][0] = math.MaxFloat64
	}
	Vectors(w, r, right)
}

// NoNumbers answers with NaN, as some servers do though JSON has none.
func NoNumbers(w http.ResponseWriter, _ *http.Request, _ [][]float64) {
	w.Header().Set("Content-Type", "application/json")
	numbers := strings.TrimSuffix(strings.Repeat("NaN,", Dimensions), ",")
	// The client may have gone; there is nobody to tell.
	_, _ = fmt.Fprintf(w, `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[%s]}]}`, numbers)
}
