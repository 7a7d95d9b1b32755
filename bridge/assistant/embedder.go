package assistant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sashabaranov/go-openai"

	"threadline/bridge"
)

// EmbedderConfig is what an embedder is made of. Zero limits take the defaults.
type EmbedderConfig struct {
	// APIKey never appears in logs or errors. BaseURL is where the API lives, up
	// to and without "/embeddings"; empty means OpenAI's own.
	APIKey, BaseURL, Model string
	Clock                  bridge.Clock
	Logger                 *slog.Logger
	// HTTP sends the requests; nil means one of its own.
	HTTP *http.Client
	// Query is what a visitor's question may wait for its vector, 400 ms; Batch
	// what a batch of the knowledge's texts may take, 30 s.
	Query, Batch time.Duration
	// Failures of queries in a row stop them for Rest, 5 and 30 s; a batch that
	// failed is asked for again after Rest.
	Failures int
	Rest     time.Duration
}

const (
	// maxInputs and maxInput, in code points, bound one request; OpenAI takes
	// 2,048 inputs of 8,192 tokens, smaller endpoints less.
	maxInputs = 96
	maxInput  = 2000
	// maxVectors bounds one response, in bytes, maxDimensions one vector.
	maxVectors    = 32 << 20
	maxDimensions = 16_384
	// quietFor is how long nothing more is logged of an endpoint that fails.
	quietFor = 10 * time.Minute
)

// Embedder asks an OpenAI-compatible endpoint for vectors of texts: texts that
// mean alike point alike. Safe for concurrent use.
type Embedder struct {
	EmbedderConfig
	breaker *breaker
	keys    *regexp.Regexp

	mu   sync.Mutex
	told time.Time // when a failure was logged last
}

// NewEmbedder returns an embedder; nothing is asked yet.
func NewEmbedder(c EmbedderConfig) *Embedder {
	c.APIKey, c.BaseURL = strings.TrimSpace(c.APIKey), strings.TrimRight(strings.TrimSpace(c.BaseURL), "/")
	for _, d := range []struct {
		v     *time.Duration
		usual time.Duration
	}{{&c.Query, 400 * time.Millisecond}, {&c.Batch, 30 * time.Second}, {&c.Rest, 30 * time.Second}} {
		if *d.v <= 0 {
			*d.v = d.usual
		}
	}
	if c.Failures <= 0 {
		c.Failures = 5
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Embedder{EmbedderConfig: c, breaker: &breaker{clock: c.Clock, after: c.Failures, rest: c.Rest}, keys: keyPattern()}
}

// Check asks for as many vectors at once as the knowledge does; of an endpoint
// that refuses so many, for one. Its error holds no secret.
func (e *Embedder) Check(ctx context.Context) error {
	texts := make([]string, maxInputs)
	for i := range texts {
		texts[i] = fmt.Sprintf("Passage %d. ", i+1) + strings.Repeat("A furnace should be serviced once a year, before it is needed. ", 10)
	}
	_, err := e.ask(ctx, texts, e.Batch)
	var refused *refusal
	if errors.As(err, &refused) {
		return e.checkWord(ctx)
	}
	return err
}

// checkWord asks for the vector of a word.
func (e *Embedder) checkWord(ctx context.Context) error {
	_, err := e.ask(ctx, []string{"hello"}, 10*time.Second)
	return err
}

// refusal is an [ErrVendor] over what was asked: asking the same again is in
// vain.
type refusal struct{ error }

// Unwrap makes it the error that it is.
func (r *refusal) Unwrap() error { return r.error }

// isRefusal reports whether the library's error speaks of the request's content,
// and not of the key, the address, the model's name or a pause.
func isRefusal(err error) bool {
	var api *openai.APIError
	var request *openai.RequestError
	status := 0
	if errors.As(err, &api) {
		status = api.HTTPStatusCode
	} else if errors.As(err, &request) {
		status = request.HTTPStatusCode
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}

// query is a question's vector, or nil where the endpoint does not give one in
// time; the log says so.
func (e *Embedder) query(ctx context.Context, text string) []float32 {
	if !e.breaker.allow() {
		return nil
	}
	vs, err := e.ask(ctx, []string{text}, e.Query)
	switch {
	case err == nil:
		e.breaker.settle(callWorked)
		return vs[0]
	case ctx.Err() != nil:
		e.breaker.settle(callCancelled)
	default:
		e.breaker.settle(callFailed)
		e.tell(ctx, err)
	}
	return nil
}

// tell logs a failure, unless one was logged just now.
func (e *Embedder) tell(ctx context.Context, err error) {
	now := e.Clock.Now()
	e.mu.Lock()
	quiet := !e.told.IsZero() && now.Sub(e.told) < quietFor
	if !quiet {
		e.told = now
	}
	e.mu.Unlock()
	if !quiet {
		e.Logger.WarnContext(ctx, "search by meaning fails; search goes on by words", "err", err)
	}
}

// ask returns a vector of length 1 for each text, all of as many numbers, or an
// error without a secret: [ErrTimeout], [ErrVendor], which may be a [refusal], or
// ctx's.
func (e *Embedder) ask(ctx context.Context, texts []string, budget time.Duration) ([][]float32, error) {
	type reply struct {
		vectors [][]float32
		err     error
	}
	asking, stop := context.WithCancel(ctx)
	got := make(chan reply, 1)
	go func() {
		vs, err := e.request(asking, texts)
		got <- reply{vs, err}
	}()
	select {
	case r := <-got:
		stop()
		if r.err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return r.vectors, r.err
	case <-e.Clock.After(budget):
		stop()
		<-got
		return nil, fmt.Errorf("%w: no vectors within %v", ErrTimeout, budget)
	}
}

func (e *Embedder) request(ctx context.Context, texts []string) ([][]float32, error) {
	config := openai.DefaultConfig(e.APIKey)
	if e.BaseURL != "" {
		config.BaseURL = e.BaseURL
	}
	config.HTTPClient = &tap{client: e.HTTP, most: maxVectors}
	inputs := make([]string, len(texts))
	for i, t := range texts {
		inputs[i] = clip(t, maxInput)
	}
	res, err := openai.NewClientWithConfig(config).CreateEmbeddings(ctx, openai.EmbeddingRequestStrings{
		Input: inputs, Model: openai.EmbeddingModel(e.Model),
	})
	if err != nil {
		told := vendorError(err, e.APIKey, e.keys)
		if isRefusal(err) {
			return nil, &refusal{told}
		}
		return nil, told
	}
	if len(res.Data) != len(texts) {
		return nil, fmt.Errorf("%w: %d vectors for %d texts", ErrVendor, len(res.Data), len(texts))
	}
	vectors := make([][]float32, len(texts))
	for _, d := range res.Data {
		if d.Index < 0 || d.Index >= len(vectors) || vectors[d.Index] != nil {
			return nil, fmt.Errorf("%w: the vectors are not numbered", ErrVendor)
		}
		v, err := unit(d.Embedding)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrVendor, err)
		}
		vectors[d.Index] = v
	}
	if slices.ContainsFunc(vectors, func(v []float32) bool { return len(v) != len(vectors[0]) }) {
		return nil, fmt.Errorf("%w: vectors of several sizes", ErrVendor)
	}
	return vectors, nil
}

// unit is a vector's direction.
func unit(v []float32) ([]float32, error) {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if len(v) > maxDimensions || !(sum > 0) || math.IsInf(sum, 1) {
		return nil, errors.New("a vector has no direction")
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return out, nil
}
